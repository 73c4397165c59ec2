package disclosure

import (
	"maps"
	"slices"
)

// thin tells whether fewer than MinCell units stand behind a cell, or behind one of
// its sums; nobody counts too.
func (c *check) thin(x contributed) bool {
	if x.count < int64(c.data.MinCell) {
		return true
	}
	for _, m := range x.measures {
		if m.Thin(c.data.MinCell) {
			return true
		}
	}
	return false
}

// small withholds cells that say too much of few people, and others that would give
// those away.
func (c *check) small() error {
	out := c.output()
	for i, cells := range c.cells {
		for _, x := range cells {
			for _, name := range slices.Sorted(maps.Keys(x.measures)) {
				m := x.measures[name]
				if m.AllEqual() {
					c.ask("all-equal", "column", name)
				}
				if m.Negative() {
					c.ask("negative-values", "column", name)
				}
			}
		}
		if !out.Model {
			c.withhold(i)
		}
	}
	if out.Model {
		return nil
	}
	for _, group := range out.tableaux() {
		c.protect(group)
	}
	left := 0
	for i := range out.Tables {
		stay := map[string]bool{}
		for _, w := range c.decision.Withheld {
			if w.Table == i {
				stay[w.Cell.id()] = true
			}
		}
		out.Tables[i].Cells = slices.DeleteFunc(out.Tables[i].Cells, func(x Cell) bool { return stay[x.id()] })
		left += len(out.Tables[i].Cells)
	}
	slices.SortStableFunc(c.decision.Withheld, func(a, b Withheld) int {
		if a.Table != b.Table {
			return a.Table - b.Table
		}
		return slices.Compare(a.Cell, b.Cell)
	})
	if left == 0 {
		c.refuse("nothing-left", "limit", c.data.MinCell)
	}
	return nil
}

func (c *check) keep(table int, cell Cell, rule string, pairs ...any) {
	if c.isWithheld(table, cell) {
		return
	}
	c.decision.Withheld = append(c.decision.Withheld, Withheld{table, cell, because(rule, pairs...)})
}

func (c *check) isWithheld(table int, cell Cell) bool {
	return slices.ContainsFunc(c.decision.Withheld, func(w Withheld) bool { return w.Table == table && slices.Equal(w.Cell, cell) })
}

// withhold applies to each cell of a table the rules that need no other cell.
func (c *check) withhold(table int) {
	t := c.output().Tables[table]
	for _, x := range c.cells[table] {
		if c.thin(x) {
			c.keep(table, x.cell, "small-cell", "limit", c.data.MinCell)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(x.measures)) {
			switch m := x.measures[name]; {
			case c.counted[name] && m.Total == 0:
				c.keep(table, x.cell, "zero-cell", "column", name)
			case c.counted[name] && m.Rarer() == 0:
				c.keep(table, x.cell, "full-cell", "column", name)
			case c.counted[name] && m.Rarer() < int64(c.data.MinCell):
				c.keep(table, x.cell, "small-cell", "limit", c.data.MinCell)
			case m.Negative():
			case m.Approximated(limit("dominance-p")):
				c.keep(table, x.cell, "dominance-p", "column", name, "share", limit("dominance-p"))
			case m.DominatedBy(limit("dominance-k")):
				c.keep(table, x.cell, "dominance-nk", "column", name, "share", limit("dominance-k"))
			}
		}
	}
	for i, name := range t.By {
		if col, _ := c.data.column(name); !col.Public {
			c.lines(table, i, name)
		}
	}
}

// lines looks along a personal column: who differs in nothing else is one line.
func (c *check) lines(table, column int, name string) {
	levels, lines := map[string]bool{}, map[string][]contributed{}
	for _, x := range c.cells[table] {
		rest := slices.Delete(slices.Clone(x.cell), column, column+1)
		lines[rest.id()] = append(lines[rest.id()], x)
		levels[x.cell[column]] = true
	}
	if len(levels) < 2 {
		return // a table of one value was filtered to it
	}
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		line := lines[id]
		if len(line) == 1 {
			c.keep(table, line[0].cell, "full-cell", "column", name)
		}
		for _, l := range slices.Sorted(maps.Keys(levels)) {
			if !slices.ContainsFunc(line, func(x contributed) bool { return x.cell[column] == l }) {
				empty := slices.Clone(line[0].cell)
				empty[column] = l
				c.keep(table, empty, "zero-cell", "column", name)
			}
		}
	}
}
