package cooperation

import (
	"maps"
	"slices"

	"github.com/dampak/dampak/internal/registry"
)

// All in a list of columns stands for every column of the dataset.
const All = "*"

// Columns are the columns of one dataset that a scope opens.
type Columns struct {
	Dataset string   `json:"dataset"` // id
	Columns []string `json:"columns"` // names, sorted; All alone: every one
}

// Has tells whether a column is open.
func (c Columns) Has(column string) bool {
	return slices.Contains(c.Columns, All) || slices.Contains(c.Columns, column)
}

// Scope is a rectangle: it opens the columns of the datasets, in the regions,
// for the programmes and purposes, on the days of the period; what one side does
// not name is closed. Lists are sorted and name nothing twice; an empty list
// opens nothing.
type Scope struct {
	Programmes []string        `json:"programmes"` // ids
	Regions    []string        `json:"regions"`    // BPS codes, each with all within it
	Datasets   []Columns       `json:"datasets"`   // by id
	Purposes   []string        `json:"purposes"`   // codes of Purposes
	Period     registry.Period `json:"period"`     // both days are needed
}

// Nothing is the scope that opens nothing.
func Nothing() Scope {
	return Scope{Programmes: []string{}, Regions: []string{}, Datasets: []Columns{}, Purposes: []string{}}
}

// OpensNothing tells whether one side is empty, so that the rectangle is.
func (s Scope) OpensNothing() bool {
	p := s.Period
	return len(s.Programmes) == 0 || len(s.Regions) == 0 || len(s.Datasets) == 0 || len(s.Purposes) == 0 || (p.Until != "" && p.Until < p.From)
}

// Tidy gives the scope as it is kept: lists sorted, nothing twice, no region
// within another, All alone in its list, no dataset without columns.
func (s Scope) Tidy() Scope {
	t := Scope{Programmes: sorted(s.Programmes), Regions: widest(slices.Clone(s.Regions)), Datasets: []Columns{}, Purposes: sorted(s.Purposes), Period: s.Period}
	named := map[string][]string{}
	for _, c := range s.Datasets {
		named[c.Dataset] = append(named[c.Dataset], c.Columns...)
	}
	for _, id := range slices.Sorted(maps.Keys(named)) {
		columns := sorted(named[id])
		if slices.Contains(columns, All) {
			columns = []string{All}
		}
		if len(columns) > 0 {
			t.Datasets = append(t.Datasets, Columns{id, columns})
		}
	}
	return t
}

func sorted(s []string) []string {
	out := slices.Compact(slices.Sorted(slices.Values(s)))
	if out == nil {
		return []string{}
	}
	return out
}

// Excess is what one scope names and another does not open.
type Excess struct {
	Programmes []string
	Regions    []string
	Datasets   []Columns // with the columns that are closed; All: every one was asked, a few are open
	Purposes   []string
	Period     bool // a day of it is outside
}

// Outside gives what the scope names beyond another, side by side, so that each
// thing can be named to whoever asked for it.
func (s Scope) Outside(o Scope) Excess {
	e := Excess{Programmes: beyond(s.Programmes, o.Programmes), Purposes: beyond(s.Purposes, o.Purposes), Period: !o.Period.Covers(s.Period)}
	for _, r := range s.Regions {
		if !slices.ContainsFunc(o.Regions, func(q string) bool { return registry.Within(r, q) }) {
			e.Regions = append(e.Regions, r)
		}
	}
	for _, c := range s.Datasets {
		open, _ := o.Columns(c.Dataset)
		closed := slices.DeleteFunc(slices.Clone(c.Columns), open.Has)
		if len(closed) > 0 {
			e.Datasets = append(e.Datasets, Columns{c.Dataset, closed})
		}
	}
	return e
}

// beyond gives what stands in a and not in b.
func beyond(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
}

// Columns gives what is open of a dataset; false where it is not named.
func (s Scope) Columns(dataset string) (Columns, bool) {
	i := slices.IndexFunc(s.Datasets, func(c Columns) bool { return c.Dataset == dataset })
	if i < 0 {
		return Columns{}, false
	}
	return s.Datasets[i], true
}

// Meet is the rectangle that both scopes open: the only way in which scopes are
// joined. It never opens more than either.
func (s Scope) Meet(o Scope) Scope {
	m := Scope{Programmes: both(s.Programmes, o.Programmes), Regions: []string{}, Datasets: []Columns{}, Purposes: both(s.Purposes, o.Purposes)}
	for _, r := range s.Regions {
		for _, q := range o.Regions {
			switch { // the smaller of the two, where one lies in the other
			case registry.Within(r, q):
				m.Regions = append(m.Regions, r)
			case registry.Within(q, r):
				m.Regions = append(m.Regions, q)
			}
		}
	}
	m.Regions = widest(m.Regions)
	for _, c := range s.Datasets {
		d, ok := o.Columns(c.Dataset)
		if !ok {
			continue
		}
		open := both(c.Columns, d.Columns)
		switch {
		case slices.Contains(c.Columns, All):
			open = slices.Clone(d.Columns)
		case slices.Contains(d.Columns, All):
			open = slices.Clone(c.Columns)
		}
		if len(open) > 0 {
			m.Datasets = append(m.Datasets, Columns{c.Dataset, open})
		}
	}
	m.Period = s.Period.Cut(o.Period.Until)
	m.Period.From = max(m.Period.From, o.Period.From)
	return m
}

// both gives what stands in both of two sorted lists.
func both(a, b []string) []string {
	out := []string{}
	for _, x := range a {
		if slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// widest sorts codes and takes out those that lie within another.
func widest(codes []string) []string {
	slices.Sort(codes)
	out := []string{}
	for _, c := range slices.Compact(codes) {
		if !slices.ContainsFunc(out, func(w string) bool { return registry.Within(c, w) }) {
			out = append(out, c)
		}
	}
	return out
}
