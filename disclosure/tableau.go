package disclosure

import (
	"math"
	"slices"
)

// tableaux groups an output's tables: each with its sub-totals, as indexes, the
// finest first.
func (o Output) tableaux() [][]int {
	var out [][]int
	done := map[int]bool{}
	order := make([]int, len(o.Tables))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(o.Tables[b].By) - len(o.Tables[a].By) })
	for _, i := range order {
		if done[i] {
			continue
		}
		group := []int{i}
		for _, j := range order {
			if j != i && !done[j] && o.Tables[j].within(o.Tables[i]) {
				group = append(group, j)
				done[j] = true
			}
		}
		done[i] = true
		out = append(out, group)
	}
	return out
}

// within tells whether a table's cells are sums of cells of another.
func (t Table) within(fine Table) bool {
	return t.Where.id() == fine.Where.id() && !slices.ContainsFunc(t.By, func(c string) bool { return !slices.Contains(fine.By, c) })
}

// protect withholds more cells of a table and its sub-totals until nobody can work
// out a withheld one too closely.
func (c *check) protect(group []int) {
	p := c.newTableau(group)
	for p.widen() {
	}
	if p.stuck {
		var earlier []string
		for _, o := range p.owners {
			if o.table < 0 && !slices.Contains(earlier, o.title) {
				earlier = append(earlier, o.title)
			}
		}
		if len(earlier) == 0 {
			earlier = []string{c.output().Title}
		}
		c.refuse("differencing", "earlier", earlier, "limit", c.data.MinCell)
	}
}

// tableau is a table with the numbers that add its cells up.
type tableau struct {
	check     *check
	group     []int
	cells     []Cell // of the finest table, empty ones of personal columns too
	values    [][]float64
	widths    [][]float64 // that the interval of a cell must have, by value
	primary   []bool
	withheld  []bool
	equations []equation
	owners    []owner
	stuck     bool // a withheld cell is nearly known, and nothing more can be withheld
}

// owner is where the number of an equation stands: a cell of one of the new tables,
// or one that left before (table -1).
type owner struct {
	table int
	cell  Cell
	title string // of the output that left before
}

// newTableau lays out the finest table of a group and all that adds it up: its
// sub-totals, and the cells of earlier outputs over the same rows.
func (c *check) newTableau(group []int) *tableau {
	p := &tableau{check: c, group: group}
	fine := c.output().Tables[group[0]]
	index := map[string]int{}
	measures := c.output().Measures
	add := func(cell Cell, x contributed) {
		index[cell.id()] = len(p.cells)
		p.cells = append(p.cells, cell)
		stays := c.isWithheld(group[0], cell)
		p.primary, p.withheld = append(p.primary, stays), append(p.withheld, stays)
		values, widths := []float64{float64(x.count)}, []float64{limit("interval-width")}
		for _, m := range measures {
			values = append(values, x.measures[m].Total)
			widths = append(widths, limit("dominance-p")*x.measures[m].Largest)
		}
		p.values, p.widths = append(p.values, values), append(p.widths, widths)
	}
	for _, x := range c.cells[group[0]] {
		add(x.cell, x)
	}
	for _, w := range slices.Clone(c.decision.Withheld) {
		if _, has := index[w.Cell.id()]; w.Table == group[0] && !has {
			add(w.Cell, contributed{})
		}
	}
	sum := func(t Table, cell Cell, o owner) {
		var at []int
		for _, name := range t.By {
			at = append(at, slices.Index(fine.By, name))
		}
		var in []int
		for i, x := range p.cells {
			same := true
			for j, k := range at {
				same = same && x[k] == cell[j]
			}
			if same {
				in = append(in, i)
			}
		}
		p.owners = append(p.owners, o)
		p.equations = append(p.equations, equation{in, len(p.owners) - 1})
	}
	for _, i := range group[1:] {
		t := c.output().Tables[i]
		for _, cell := range t.Cells {
			if !c.isWithheld(i, cell) {
				sum(t, cell, owner{table: i, cell: cell})
			}
		}
	}
	for _, h := range c.history {
		if h.Version != c.output().Version {
			continue
		}
		for _, t := range h.Tables {
			if !t.within(fine) {
				continue
			}
			for _, cell := range t.Cells {
				sum(t, cell, owner{-1, cell, h.Title})
			}
		}
	}
	return p
}

// widen finds a withheld cell that can be worked out too closely, and withholds one
// more number; false when there is none, or nothing more to withhold.
func (p *tableau) widen() bool {
	for i := range p.cells {
		if !p.primary[i] || !p.narrow(i) {
			continue
		}
		if p.hideAnother(i) {
			return true
		}
		p.stuck = true
	}
	return false
}

// narrow tells whether the interval of a cell is narrower than it must be.
func (p *tableau) narrow(cell int) bool {
	for v := range p.values[cell] {
		values := make([]float64, len(p.cells))
		negative := false
		for i := range p.cells {
			values[i] = p.values[i][v]
			negative = negative || values[i] < 0
		}
		if negative || v > 0 && p.widths[cell][v] == 0 {
			continue // without a sign there is no bound
		}
		low, high := interval(values, p.withheld, p.equations, cell)
		if math.Round(1e6*(high-low)) < math.Round(1e6*p.widths[cell][v]) {
			return true
		}
	}
	return false
}

// hideAnother withholds one more number that shares an equation with a cell: the
// smallest cell, else a sub-total.
func (p *tableau) hideAnother(cell int) bool {
	best := -1
	for _, e := range p.equations {
		if !slices.Contains(e.cells, cell) {
			continue
		}
		for _, i := range e.cells {
			if !p.withheld[i] && p.values[i][0] > 0 && (best < 0 || p.values[i][0] < p.values[best][0]) {
				best = i
			}
		}
	}
	if best >= 0 {
		p.withheld[best] = true
		p.check.keep(p.group[0], p.cells[best], "secondary")
		return true
	}
	for k, e := range p.equations {
		if o := p.owners[e.owner]; slices.Contains(e.cells, cell) && o.table >= 0 {
			p.check.keep(o.table, o.cell, "secondary")
			p.equations = slices.Delete(p.equations, k, k+1)
			return true
		}
	}
	return false
}
