package disclosure

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
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
	return nil
}

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

// ask asks once for each rule and column.
func (c *check) ask(rule string, pairs ...any) {
	r := because(rule, pairs...)
	if !slices.ContainsFunc(c.decision.Asks, func(o Reason) bool { return o.Rule == r.Rule && o.Values["column"] == r.Values["column"] }) {
		c.decision.Asks = append(c.decision.Asks, r)
	}
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

// differences refuses what would give away a small group together with what left
// before: over all rows, and for each measure over the rows that know it.
func (c *check) differences() error {
	out := *c.output()
	outputs := append(slices.Clone(c.history), out)
	versions, why := c.versions(outputs)
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	need := int64(c.data.MinCell)
	for _, measure := range append([]string{""}, union(out.Measures, out.Covariates)...) {
		if same, err := c.knownEverywhere(versions, measure); err != nil {
			return err
		} else if same {
			continue // the rows that know it are all rows, and there is one version
		}
		l, why, err := look(c.ctx, c.gate.Counter, versions, outputs, measure, need)
		if err != nil {
			return err
		}
		if why != nil {
			c.decision.Refused = append(c.decision.Refused, *why)
			return nil
		}
		steps := int(limit("search-steps"))
		switch l.isolates(need, steps, func(released) bool { return true }) {
		case isFound:
			c.refuse("differencing", "earlier", c.names(l, need), "limit", c.data.MinCell)
			return nil
		case notKnown:
			c.refuse("not-proved")
			return nil
		}
	}
	return nil
}

// knownEverywhere tells whether a look by a measure would see what that over all rows
// sees: one version, with no value missing.
func (c *check) knownEverywhere(versions []Data, measure string) (bool, error) {
	if measure == "" || len(versions) > 1 {
		return false, nil
	}
	r := moments.Request{Label: "look for missing values", Table: c.data.Table, Columns: []moments.Column{c.data.read(measure)},
		Make: []moments.Agg{{Name: "all", Op: moments.Count}, {Name: "known", Op: moments.Count, Of: moments.Ref(measure)}}}
	answer, err := c.gate.Counter.Collect(c.ctx, r)
	if err != nil {
		return false, err
	}
	total := answer.Total()
	return answer.Cell(total, "all").Count() == answer.Cell(total, "known").Count(), nil
}

// versions gives the versions that outputs are of, the new one's last; a reason
// where one of them cannot be read or compared.
func (c *check) versions(outputs []Output) ([]Data, *Reason) {
	var out []Data
	for _, o := range outputs {
		if o.Version == c.data.Version || slices.ContainsFunc(out, func(d Data) bool { return d.Version == o.Version }) {
			continue
		}
		d, known := c.gate.version(o.Dataset, o.Version)
		if !known || d.Unit == "" || c.data.Unit == "" {
			r := because("versions-apart", "column", c.data.Unit)
			return nil, &r
		}
		out = append(out, d)
	}
	return append(out, c.data), nil
}

// names gives the titles of the fewest earlier outputs that could be found with which
// the new one gives something away: one where one does, else those that are left
// when no more can be spared.
func (c *check) names(l *lattice, need int64) []string {
	last := len(c.history)
	unsafe := func(with map[int]bool) bool {
		return l.isolates(need, int(limit("search-steps"))/10, func(r released) bool { return r.output == last || with[r.output] }) != isSafe
	}
	if unsafe(nil) {
		return []string{c.output().Title}
	}
	for i, h := range c.history {
		if unsafe(map[int]bool{i: true}) {
			return []string{h.Title}
		}
	}
	with := map[int]bool{}
	for i := range c.history {
		with[i] = true
	}
	for i := range c.history {
		delete(with, i)
		if !unsafe(with) {
			with[i] = true
		}
	}
	var out []string
	for _, i := range slices.Sorted(maps.Keys(with)) {
		out = append(out, c.history[i].Title)
	}
	return out
}

// numbers refuses what would leave too many different numbers about the same people,
// where some of them are sums of products with columns of numbers: then no two are
// alike, and as many as there are people give everyone away.
func (c *check) numbers() error {
	outputs := append(slices.Clone(c.history), *c.output())
	if !slices.ContainsFunc(outputs, func(o Output) bool { return len(o.Covariates) > 0 }) {
		return nil
	}
	versions, why := c.versions(outputs)
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	// A group that can be cut out of the weighted sums has to have as many people as
	// there are numbers about it, and the degrees of freedom more.
	spare := int64(limit("degrees-of-freedom"))
	var total int64
	for _, o := range outputs {
		for _, t := range o.Tables {
			total += int64(len(t.Cells) * (1 + len(o.Covariates)))
		}
	}
	l, why, err := look(c.ctx, c.gate.Counter, versions, outputs, "", spare+total)
	if err != nil {
		return err
	}
	if why != nil {
		c.decision.Refused = append(c.decision.Refused, *why)
		return nil
	}
	weighted := func(r released) bool { return len(outputs[r.output].Covariates) > 0 }
	var most int64
	for _, r := range l.rows {
		if !weighted(r) {
			continue
		}
		var about int64
		for _, o := range l.rows {
			if overlap(r.variables, o.variables) {
				about += int64(1 + len(outputs[o.output].Covariates))
			}
		}
		most = max(most, about)
	}
	if l.isolates(spare+most, int(limit("search-steps")), weighted) != isSafe {
		c.refuse("many-numbers", "limit", int(spare))
	}
	return nil
}

func overlap(a, b vector) bool {
	if len(b) < len(a) {
		a, b = b, a
	}
	for v := range a {
		if _, both := b[v]; both {
			return true
		}
	}
	return false
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
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
