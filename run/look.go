package run

import (
	"context"
	"math"
	"math/big"
	"slices"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// exactLimit is the largest whole number up to which float64 holds every whole
// number: a column beyond it may have lost digits and is not summed as whole.
const exactLimit = 1 << 53

// Names of the look's cells; those of a column have its name behind them.
const (
	cellAll      = "all"
	cellKnown    = "known:"  // rows where the column is known
	cellStayed   = "stayed:" // rows where it and the columns before it that may not be missing are known
	cellFraction = "fraction:"
	cellMin      = "min:"
	cellMax      = "max:"
	cellSum      = "sum:"
)

// look is the first scan: it counts rows, missing values and levels, and tells
// how each column is to be read from then on.
type look struct {
	request moments.Request
	columns []estimate.Column
	where   []moments.Cond
}

// newLook makes the request of the first scan for the columns that a procedure
// reads, among the rows that meet the plan's conditions.
func newLook(table string, columns []estimate.Column, where []plan.Condition, stored map[string]engine.Column) (look, error) {
	// A column in two parts is looked at once: whether it may have both is for the
	// procedure to say.
	var once []estimate.Column
	for _, c := range columns {
		if !slices.ContainsFunc(once, func(o estimate.Column) bool { return o.Name == c.Name }) {
			once = append(once, c)
		}
	}
	columns = once
	l := look{columns: columns, request: moments.Request{Label: "look at the columns", Table: table}}
	as := map[string]moments.As{}
	for _, c := range columns {
		as[c.Name] = c.As
		if c.As == moments.Category && !c.Level && stored[c.Name].Integer && !namesRows(where, c.Name) {
			as[c.Name] = moments.Period // whole by the file's own type: groups faster, same groups
		}
		l.request.Columns = append(l.request.Columns, moments.Column{Name: c.Name, As: as[c.Name]})
	}
	for _, w := range where {
		name := w.Column().Name
		if _, known := as[name]; !known {
			as[name] = w.Column().As
			l.request.Columns = append(l.request.Columns, w.Column())
		}
		cond, ok := w.CondAs(as[name])
		if !ok {
			return look{}, result.Refuse("where-range-of-category", "column", name)
		}
		l.where = append(l.where, cond)
	}
	l.request.Where = l.where
	l.request.Make = []moments.Agg{{Name: cellAll, Op: moments.Count}}
	var complete moments.All
	for _, c := range columns {
		value := moments.Ref(c.Name)
		if c.Level {
			l.request.By = append(l.request.By, moments.Field{Name: c.Name, Of: value}) // the keys tell what is known
		} else {
			l.request.Make = append(l.request.Make, moments.Agg{Name: cellKnown + c.Name, Op: moments.Count, Of: value})
		}
		if c.IfMissing == estimate.Leave {
			complete = append(complete, moments.Known{Of: value})
			if len(complete) > 1 || c.Level {
				l.count(cellStayed+c.Name, append(moments.All{}, complete...))
			}
		}
		if c.As == moments.Number {
			l.count(cellFraction+c.Name, moments.Fraction{Of: value})
			l.request.Make = append(l.request.Make,
				moments.Agg{Name: cellMin + c.Name, Op: moments.Min, Of: value},
				moments.Agg{Name: cellMax + c.Name, Op: moments.Max, Of: value},
				moments.Agg{Name: cellSum + c.Name, Op: moments.Sum, Of: value})
		}
	}
	return l, nil
}

// columnsOfWords are those of the columns that hold words and no numbers, in the
// order given.
func columnsOfWords(ctx context.Context, s engine.Session, table string, columns []string) ([]string, error) {
	var found []string
	for _, c := range columns {
		words, err := s.Words(ctx, table, c)
		if err != nil {
			return nil, err
		}
		if words {
			found = append(found, c)
		}
	}
	return found, nil
}

// count asks for the number of rows where a condition holds.
func (l *look) count(name string, cond moments.Cond) {
	l.request.Make = append(l.request.Make, moments.Agg{Name: name, Op: moments.Count, Of: moments.Case{When: cond, Then: moments.Int(1)}})
}

// namesRows tells whether a condition compares the column with names.
func namesRows(where []plan.Condition, column string) bool {
	for _, w := range where {
		if c := w.Column(); c.Name == column && c.As == moments.Category {
			return true
		}
	}
	return false
}

// flow counts what became of the rows of a table.
type flow struct {
	file  int64 // rows of the file
	met   int64 // rows that meet the plan's conditions
	left  []leaving
	used  int64 // complete rows
	where bool  // the plan has conditions
}

// leaving is the number of rows that left because a column was missing.
type leaving struct {
	column, role string
	rows         int64
}

func (f flow) gone() int64 { return f.met - f.used }

// cellRows is the cell of Sample.Levels.
const cellRows = "rows"

// known counts the rows of groups where a column is known.
func (l look) known(answer moments.Statistic, c estimate.Column) int64 {
	if !c.Level {
		return answer.Cell(answer.Total(), cellKnown+c.Name).Count()
	}
	var n int64
	for _, g := range answer.Groups {
		if !g.Key[slices.Index(answer.Keys, c.Name)].IsMissing() {
			n += answer.Cell(g, cellAll).Count()
		}
	}
	return n
}

// stayed counts the rows of a group that are complete up to a column: the
// first such column alone needs no cell of its own.
func (l look) stayed(answer moments.Statistic, g moments.Group, column string) int64 {
	if slices.Contains(answer.Names, cellStayed+column) {
		return answer.Cell(g, cellStayed+column).Count()
	}
	return answer.Cell(g, cellKnown+column).Count()
}

// complete counts the complete rows of a group.
func (l look) complete(answer moments.Statistic, g moments.Group) int64 {
	n := answer.Cell(g, cellAll).Count()
	for _, c := range l.columns {
		if c.IfMissing == estimate.Leave {
			n = l.stayed(answer, g, c.Name)
		}
	}
	return n
}

// do runs the look and turns its answer into the sample.
func (l look) do(ctx context.Context, s engine.Session) (estimate.Sample, flow, error) {
	answer, err := s.Collect(ctx, l.request)
	if err != nil {
		return estimate.Sample{}, flow{}, err
	}
	total := answer.Total()
	cell := func(name string) moments.Quantity { return answer.Cell(total, name) }
	f := flow{met: cell(cellAll).Count(), used: l.complete(answer, total), where: len(l.where) > 0}
	if f.file, err = s.Rows(ctx, l.request.Table); err != nil {
		return estimate.Sample{}, flow{}, err
	}
	if f.met == 0 {
		return estimate.Sample{}, f, result.Refuse("no-rows-meet-where", "table", l.request.Table, "rows", f.file)
	}
	sample := estimate.Sample{
		Table: l.request.Table, Where: l.where, Rows: f.used,
		Columns: map[string]moments.Column{}, Summary: map[string]estimate.Summary{},
	}
	for _, c := range l.request.Columns {
		sample.Columns[c.Name] = c
	}
	before := f.met
	for _, c := range l.columns {
		known := l.known(answer, c)
		if known == 0 && c.IfMissing != estimate.Stay {
			return sample, f, result.Refuse("column-empty", "column", c.Name, "role", c.Role, "rows", f.met)
		}
		switch {
		case c.IfMissing == estimate.Stop && known < f.met:
			return sample, f, result.Refuse("column-has-blanks", "column", c.Name, "role", c.Role, "blanks", f.met-known, "rows", f.met)
		case c.IfMissing == estimate.Leave:
			stayed := l.stayed(answer, total, c.Name)
			if stayed < before {
				f.left = append(f.left, leaving{column: c.Name, role: c.Role, rows: before - stayed})
			}
			if known < f.met { // a condition that all rows meet would only cost time
				sample.Where = append(sample.Where[:len(sample.Where):len(sample.Where)], moments.Known{Of: moments.Ref(c.Name)})
			}
			before = stayed
		}
		if c.As == moments.Number && known > 0 {
			summary := estimate.Summary{Known: known, Min: cell(cellMin + c.Name).Float(), Max: cell(cellMax + c.Name).Float()}
			summary.Mean = cell(cellSum+c.Name).Float() / float64(known)
			sample.Summary[c.Name] = summary
			bound := math.Max(math.Abs(summary.Min), math.Abs(summary.Max))
			if cell(cellFraction+c.Name).Count() == 0 && bound <= exactLimit {
				sample.Columns[c.Name] = moments.Column{Name: c.Name, As: moments.Whole, Bound: int64(bound)}
			}
		}
	}
	if f.used == 0 {
		return sample, f, result.Refuse("no-complete-rows", "rows", f.met)
	}
	sample.Levels = l.levels(answer)
	return sample, f, nil
}

// levels keeps, of the look's groups, the key and the count of complete rows.
func (l look) levels(answer moments.Statistic) moments.Statistic {
	request := moments.Request{Make: []moments.Agg{{Name: cellRows, Op: moments.Count}}}
	for _, k := range answer.Keys {
		request.By = append(request.By, moments.Field{Name: k})
	}
	out := moments.NewStatistic(request)
	for _, g := range answer.Groups {
		if rows := l.complete(answer, g); rows > 0 {
			out.Groups = append(out.Groups, moments.Group{Key: g.Key, Cells: []moments.Quantity{moments.WholeQuantity(big.NewInt(rows))}})
		}
	}
	return out
}
