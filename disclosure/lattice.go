package disclosure

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// lattice is what is known of the people behind all cells that ever left and those
// of the new output: rows that lie in the same cells are one variable.
type lattice struct {
	rows   []released
	groups [][]int // of each small variable: indexes into people
	people []int64
	big    map[int]bool // variables of need people or more
}

// released is one cell, with the variables that its sums are over.
type released struct {
	output, table int // output is an index; the new one is the last
	cell          Cell
	variables     vector
}

// view is how one version is looked at in a census: which filters are packed into
// its first keys, and which columns follow.
type view struct {
	data    Data
	filters []string // ids; bit i of the packed keys
	columns []string
	tables  []seenTable
}

// seenTable is a table of an output on a version.
type seenTable struct {
	output, table int
	filter        int // index into filters
	by            []int
	leaves        map[string]bool // ids of its cells; nil: all
}

// perKey is the number of filters packed into one key.
const perKey = 60

// id tells a cell from the others of its table.
func (c Cell) id() string { return strings.Join(c, "\x1f") }

// newView lays out the tables of outputs on one version.
func newView(d Data, outputs []Output) (view, moments.Part) {
	v := view{data: d}
	parts := map[string]Filter{}
	under := map[string][]moments.Cond{} // column -> conditions under which it is looked at
	for o, out := range outputs {
		if out.Version != d.Version {
			continue
		}
		for t, table := range out.Tables {
			id := table.Where.id()
			if _, known := parts[id]; !known {
				parts[id] = table.Where
				v.filters = append(v.filters, id)
			}
			s := seenTable{output: o, table: t, filter: slices.Index(v.filters, id)}
			for _, c := range table.By {
				at := slices.Index(v.columns, c)
				if at < 0 {
					at = len(v.columns)
					v.columns = append(v.columns, c)
				}
				s.by = append(s.by, at)
				under[c] = append(under[c], table.Where.cond(d))
			}
			if table.Cells != nil {
				s.leaves = map[string]bool{}
				for _, c := range table.Cells {
					s.leaves[c.id()] = true
				}
			}
			v.tables = append(v.tables, s)
		}
	}
	p := moments.Part{Table: d.Table, Unit: d.Unit}
	read := map[string]bool{}
	if d.Unit != "" {
		read[d.Unit] = true
		p.Columns = append(p.Columns, moments.Column{Name: d.Unit, As: moments.Category})
	}
	names := map[string]bool{} // columns that made groups when something left, whatever they are now
	for _, c := range v.columns {
		names[c] = true
	}
	for _, f := range parts {
		for _, tests := range f {
			for _, t := range tests {
				names[t.Column] = names[t.Column] || len(t.Values) > 0
			}
		}
	}
	add := func(name string) {
		if read[name] {
			return
		}
		read[name] = true
		col := d.read(name)
		if _, registered := d.column(name); !registered && names[name] {
			col.As = moments.Category
		}
		p.Columns = append(p.Columns, col)
	}
	var some moments.Any
	everything := false
	for first := 0; first < len(v.filters); first += perKey {
		bits := moments.Add{moments.Int(0)}
		for i, id := range v.filters[first:min(first+perKey, len(v.filters))] {
			f := parts[id]
			for _, c := range f.columns() {
				add(c)
			}
			bits = append(bits, moments.Case{When: f.cond(d), Then: moments.Int(1 << i), Else: moments.Int(0)})
			some = append(some, f.cond(d))
			everything = everything || f.isEverything()
		}
		p.Key = append(p.Key, moments.Field{Name: "filters" + strconv.Itoa(first), Of: bits})
	}
	if !everything {
		p.Where = []moments.Cond{some}
	}
	for _, c := range v.columns {
		add(c)
		col, _ := d.column(c)
		col.Name = c
		p.Key = append(p.Key, moments.Field{Name: "column " + c, Of: moments.Case{When: moments.Any(under[c]), Then: col.level()}})
	}
	for _, c := range d.Record {
		add(c)
		p.Record = append(p.Record, moments.Field{Name: c, Of: moments.Ref(c)})
	}
	return v, p
}

// cells lists the cells that a sort of rows of the version lies in.
func (v view) cells(key []moments.Value, each func(s seenTable, c Cell)) {
	packed := (len(v.filters) + perKey - 1) / perKey
	for _, s := range v.tables {
		bits, _ := key[s.filter/perKey].Whole()
		if bits>>(s.filter%perKey)&1 == 0 {
			continue
		}
		c := make(Cell, len(s.by))
		for i, at := range s.by {
			if c[i] = key[packed+at].String(); key[packed+at].IsMissing() {
				c[i] = Blank
			}
		}
		if s.leaves == nil || s.leaves[c.id()] {
			each(s, c)
		}
	}
}

// look counts the people behind the cells of outputs, the last of which is new. All
// are of one dataset; versions has each that they are of. With measure, only rows that
// know it count, and two versions of a row are the same only where they hold the same
// of it; without, always. A reason says that the count cannot be trusted.
func look(ctx context.Context, counter engine.Counter, versions []Data, outputs []Output, measure string, need int64) (*lattice, *Reason, error) {
	census := moments.Census{Label: "count the people behind the cells", Small: need, Limit: 1_000_000}
	var views []view
	for _, d := range versions {
		v, p := newView(d, outputs)
		if measure != "" {
			if !slices.ContainsFunc(p.Columns, func(c moments.Column) bool { return c.Name == measure }) {
				p.Columns = append(p.Columns, d.read(measure))
			}
			p.Where = append(p.Where, moments.Known{Of: moments.Ref(measure)})
			p.Value = []moments.Field{{Name: measure, Of: moments.Ref(measure)}}
		}
		views, census.Parts = append(views, v), append(census.Parts, p)
	}
	tally, err := counter.Count(ctx, census)
	if err != nil {
		return nil, nil, err
	}
	if tally.Nameless > 0 || tally.Split > 0 {
		r := because("versions-apart", "column", versions[len(versions)-1].Unit)
		return nil, &r, nil
	}
	return newLattice(views, tally, need), nil, nil
}

// newLattice gathers the atoms of a tally into variables and cells.
func newLattice(views []view, tally moments.Tally, need int64) *lattice {
	l := &lattice{big: map[int]bool{}}
	index := map[string]int{}     // cell -> row
	variables := map[string]int{} // set of rows -> variable
	behind := make([][]int, len(tally.Atoms))
	for g, p := range tally.Profiles {
		l.people = append(l.people, p.Units)
		for _, a := range p.Atoms {
			behind[a] = append(behind[a], g)
		}
	}
	for a, atom := range tally.Atoms {
		// A row that holds the same in several versions is one variable.
		roots := map[int][]int{}
		for part, s := range atom.Seen {
			if s.Key == nil {
				continue
			}
			views[part].cells(s.Key, func(t seenTable, c Cell) {
				id := strconv.Itoa(t.output) + " " + strconv.Itoa(t.table) + " " + c.id()
				row, known := index[id]
				if !known {
					row = len(l.rows)
					index[id] = row
					l.rows = append(l.rows, released{t.output, t.table, c, vector{}})
				}
				roots[s.Same] = append(roots[s.Same], row)
			})
		}
		for _, same := range slices.Sorted(maps.Keys(roots)) {
			in := roots[same]
			slices.Sort(in)
			id := ""
			for _, row := range in {
				id += strconv.Itoa(row) + " "
			}
			v, known := variables[id]
			if !known {
				v = len(l.groups)
				variables[id] = v
				l.groups = append(l.groups, nil)
				for _, row := range in {
					l.rows[row].variables[v] = 1
				}
			}
			if atom.Units >= need {
				l.big[v] = true
			}
			l.groups[v] = append(l.groups[v], behind[a]...)
		}
	}
	for v := range l.groups {
		slices.Sort(l.groups[v])
		l.groups[v] = slices.Compact(l.groups[v])
		var n int64
		for _, g := range l.groups[v] {
			n += l.people[g]
		}
		if n >= need {
			l.big[v] = true
		}
	}
	return l
}

// isolates tells whether fewer than need people follow from the cells that are kept.
func (l *lattice) isolates(need int64, steps int, keep func(r released) bool) finding {
	var rows []vector
	for _, r := range l.rows {
		if keep(r) {
			rows = append(rows, r.variables)
		}
	}
	return isolates(rows, l.big, slices.Clone(l.groups), l.people, need, steps)
}
