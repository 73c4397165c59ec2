package disclosure

import (
	"context"
	"math"
	"slices"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// model refuses models that say something of few people.
func (c *check) model() error {
	out := c.output()
	if !out.Model {
		return nil
	}
	var units int64
	for i, cells := range c.cells {
		for _, x := range cells {
			if c.thin(x) {
				c.refuse("model-cell", "columns", named(out.Tables[i].By), "limit", c.data.MinCell)
				return nil
			}
			for _, m := range out.Measures { // a mean of 0 or 1 tells what everybody has
				if c.counted[m] && x.measures[m].Rarer() < int64(c.data.MinCell) {
					c.refuse("model-values", "columns", named(out.Tables[i].By), "column", m, "limit", c.data.MinCell)
					return nil
				}
			}
		}
		whole, err := contributions(c.ctx, c.gate.Counter, c.data, Table{Where: out.Tables[i].Where}, out.Measures)
		if err != nil {
			return err
		}
		for _, x := range whole {
			n := x.count
			for _, m := range x.measures {
				n = min(n, m.N)
			}
			if i == 0 || n < units {
				units = n
			}
		}
	}
	parameters := out.Parameters
	for i := range out.Tables { // at least one for each cell of its finest table
		parameters = max(parameters, len(c.cells[i])+len(out.Covariates))
	}
	if least := int(limit("degrees-of-freedom")); units-int64(parameters) < int64(least) {
		c.refuse("degrees-of-freedom", "limit", least)
		return nil
	}
	for _, covariate := range out.Covariates {
		for _, t := range out.Tables {
			ok, err := spread(c.ctx, c.gate.Counter, c.data, t, covariate, c.data.MinCell)
			if err != nil {
				return err
			}
			if !ok {
				c.refuse("lone-values", "column", covariate, "limit", c.data.MinCell)
				return nil
			}
		}
	}
	return nil
}

// named gives the columns of a table for a sentence; none is the whole.
func named(by []string) []string {
	if len(by) == 0 {
		return []string{"-"}
	}
	return by
}

// spread tells whether enough units differ from the most common value of a column,
// or none does.
func spread(ctx context.Context, s engine.Session, d Data, t Table, covariate string, least int) (bool, error) {
	r := moments.Request{Label: "look whether a column marks a few", Table: d.Table, Where: []moments.Cond{t.Where.cond(d), moments.Known{Of: moments.Ref(covariate)}},
		Steps: []moments.Step{moments.Fold{By: []moments.Field{{Name: "value", Of: moments.Ref(covariate)}}, Make: []moments.Agg{{Name: "rows", Op: moments.Count}}}},
		Make:  []moments.Agg{{Name: "all", Op: moments.Sum, Of: moments.Ref("rows")}, {Name: "most", Op: moments.Max, Of: moments.Ref("rows")}}}
	for _, c := range append(t.Where.columns(), covariate) {
		if !slices.ContainsFunc(r.Columns, func(o moments.Column) bool { return o.Name == c }) {
			r.Columns = append(r.Columns, d.read(c))
		}
	}
	value := moments.Expr(moments.Ref(covariate))
	if d.Unit != "" { // by unit: a panel repeats its rows
		if !slices.ContainsFunc(r.Columns, func(o moments.Column) bool { return o.Name == d.Unit }) {
			r.Columns = append(r.Columns, moments.Column{Name: d.Unit, As: moments.Category})
		}
		byUnit := moments.Fold{By: []moments.Field{{Name: "unit", Of: moments.Ref(d.Unit)}}, Make: []moments.Agg{
			{Name: "low", Op: moments.Min, Of: value}, {Name: "high", Op: moments.Max, Of: value}}}
		byValue := moments.Fold{By: []moments.Field{{Name: "low", Of: moments.Ref("low")}, {Name: "high", Of: moments.Ref("high")}},
			Make: []moments.Agg{{Name: "rows", Op: moments.Count}}}
		r.Steps = []moments.Step{byUnit, byValue}
	}
	answer, err := s.Collect(ctx, r)
	if err != nil {
		return false, err
	}
	total := answer.Total()
	differ := math.Round(answer.Cell(total, "all").Float() - answer.Cell(total, "most").Float())
	return differ == 0 || differ >= float64(least), nil
}
