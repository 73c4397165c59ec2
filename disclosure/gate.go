package disclosure

import (
	"context"
	"fmt"
	"slices"

	"github.com/dampak/dampak/engine"
)

// Gate is the automatic check: what it lets pass, the study's own members may see,
// and counts in the history from then on.
type Gate struct {
	// Versions are the versions of the dataset that can be read: that of the new
	// output, and each that an earlier one is of.
	Versions []Data
	// Counter is the session in which their tables are open.
	Counter engine.Counter
}

// Withheld is a cell that does not leave.
type Withheld struct {
	Table  int    `json:"table"` // index
	Cell   Cell   `json:"cell"`
	Reason Reason `json:"reason"`
}

// Decision is what a gate says of an output.
type Decision struct {
	// Output is what leaves: its cells are those that do. It has none where it is
	// refused. It is what the history keeps.
	Output Output `json:"output"`
	// Refused says why nothing leaves; empty: something does.
	Refused []Reason `json:"refused"`
	// Withheld are the cells that stay, by table and cell.
	Withheld []Withheld `json:"withheld"`
	// Asks are what a person has to look at before anyone but the members sees it.
	Asks []Reason `json:"asks"`
	// Changes are how numbers leave changed.
	Changes []Reason `json:"changes"`
}

// Leaves tells whether something leaves.
func (d Decision) Leaves() bool { return len(d.Refused) == 0 }

// Check decides about a new output, given all that left or was seen before, of this
// or other datasets, in the order in which it left. An error is one of reading the
// data; a refusal is no error.
func (g Gate) Check(ctx context.Context, history []Output, asked Output) (Decision, error) {
	c := &check{gate: g, ctx: ctx, decision: Decision{Output: asked}}
	d, known := g.version(asked.Dataset, asked.Version)
	if !known {
		return Decision{}, fmt.Errorf("disclosure: version %q of dataset %q is not open", asked.Version, asked.Dataset)
	}
	c.data = d
	c.decision.Output.Tables = slices.Clone(asked.Tables)
	for _, h := range history {
		if h.Dataset == asked.Dataset {
			c.history = append(c.history, h)
		}
	}
	if err := c.run(); err != nil {
		return Decision{}, err
	}
	if !c.decision.Leaves() {
		for i := range c.decision.Output.Tables {
			c.decision.Output.Tables[i].Cells = []Cell{}
		}
	}
	return c.decision, nil
}

func (g Gate) version(dataset, version string) (Data, bool) {
	for _, d := range g.Versions {
		if d.Dataset == dataset && d.Version == version {
			return d, true
		}
	}
	return Data{}, false
}

// check is one decision in the making.
type check struct {
	gate     Gate
	ctx      context.Context
	data     Data
	history  []Output // of the dataset
	decision Decision
	cells    [][]contributed // by table
	counted  map[string]bool // measures of which each contribution is 0 or 1
}

func (c *check) output() *Output { return &c.decision.Output }

func (c *check) refuse(rule string, pairs ...any) {
	c.decision.Refused = append(c.decision.Refused, because(rule, pairs...))
}

// run applies the rules in their order; the first that refuses ends it.
func (c *check) run() error {
	if c.data.MinCell == 0 { // published figures: all cells that the data have
		return c.count()
	}
	c.form()
	for _, step := range []func() error{c.count, c.model, c.small, c.differences, c.numbers} {
		if !c.decision.Leaves() {
			return nil
		}
		if err := step(); err != nil {
			return err
		}
	}
	if c.decision.Leaves() && c.output().Rounded {
		c.decision.Changes = append(c.decision.Changes, because("rounded", "base", int(limit("rounding-base"))))
	}
	return nil
}

// form refuses what no data could make safe.
func (c *check) form() {
	out := c.output()
	for _, m := range out.Extremes {
		c.refuse("extremes", "column", m)
	}
	for _, m := range out.Percentiles {
		c.refuse("percentile", "column", m)
	}
	for _, t := range out.Tables {
		for _, name := range t.Where.columns() {
			_, registered := c.data.column(name)
			if !registered && !c.data.isMeasure(name) {
				c.refuse("unregistered", "column", name, "columns", c.data.names())
			}
		}
		for _, p := range t.Where { // a measure may be tested for being known alone
			for _, test := range p {
				if _, registered := c.data.column(test.Column); !registered && len(test.Values) > 0 {
					c.refuse("unregistered", "column", test.Column, "columns", c.data.names())
				}
			}
		}
		if most := int(limit("filter-parts")); len(t.Where) > most {
			c.refuse("filter-long", "limit", most)
		}
		for _, name := range t.By {
			if _, registered := c.data.column(name); !registered {
				c.refuse("unregistered", "column", name, "columns", c.data.names())
			}
		}
	}
	for _, m := range append(slices.Clone(out.Measures), out.Covariates...) {
		if !c.data.isMeasure(m) {
			c.refuse("unregistered", "column", m, "columns", c.data.Measures)
		}
	}
}

// count finds the cells that there are, and who contributes to each.
func (c *check) count() error {
	out := c.output()
	for i, t := range out.Tables {
		cells, err := contributions(c.ctx, c.gate.Counter, c.data, t, out.Measures)
		if err != nil {
			return err
		}
		if t.Cells != nil { // some cells alone are asked for
			wanted := map[string]bool{}
			for _, cell := range t.Cells {
				wanted[cell.id()] = true
			}
			cells = slices.DeleteFunc(cells, func(x contributed) bool { return !wanted[x.cell.id()] })
		}
		c.cells = append(c.cells, cells)
		out.Tables[i].Cells = []Cell{}
		for _, x := range cells {
			out.Tables[i].Cells = append(out.Tables[i].Cells, x.cell)
		}
	}
	c.counted = map[string]bool{}
	for _, m := range out.Measures {
		c.counted[m] = yesOrNo(c.cells, m)
	}
	return nil
}

// ask asks once for each rule and column.
func (c *check) ask(rule string, pairs ...any) {
	r := because(rule, pairs...)
	if !slices.ContainsFunc(c.decision.Asks, func(o Reason) bool { return o.Rule == r.Rule && o.Values["column"] == r.Values["column"] }) {
		c.decision.Asks = append(c.decision.Asks, r)
	}
}
