package moments

import (
	"fmt"
	"slices"
)

// Statistic is the answer to a request: groups in key order, each with one
// cell for each aggregate.
type Statistic struct {
	Keys   []string // names of Request.By
	Names  []string // names of Request.Make
	Ops    []AggOp
	Groups []Group
	index  map[string]int
}

// Group is one key with its cells.
type Group struct {
	Key   []Value
	Cells []Quantity
}

// NewStatistic makes an empty statistic of the request's shape.
func NewStatistic(r Request) Statistic {
	s := Statistic{Keys: Names(r.By)}
	for _, a := range r.Make {
		s.Names = append(s.Names, a.Name)
		s.Ops = append(s.Ops, a.Op)
	}
	s.build()
	return s
}

func (s *Statistic) build() {
	s.index = make(map[string]int, len(s.Names))
	for i, n := range s.Names {
		s.index[n] = i
	}
}

// Sort puts the groups in key order; engines call it before they answer.
func (s *Statistic) Sort() {
	slices.SortFunc(s.Groups, func(a, b Group) int { return compareKeys(a.Key, b.Key) })
}

func compareKeys(a, b []Value) int { return slices.CompareFunc(a, b, Value.Compare) }

// Cell gives the quantity of a name in a group. It panics on a name that the
// request did not ask for: a mistake of the programmer.
func (s Statistic) Cell(g Group, name string) Quantity {
	i, ok := s.index[name]
	if !ok {
		panic(fmt.Sprintf("moments: the statistic has no %q, only %q", name, s.Names))
	}
	return g.Cells[i]
}

// Total gathers all groups into one, whatever their keys.
func (s Statistic) Total() Group {
	total := Group{Cells: make([]Quantity, len(s.Names))}
	for _, g := range s.Groups {
		for i, q := range g.Cells {
			total.Cells[i] = s.Ops[i].merge(total.Cells[i], q)
		}
	}
	return total
}

// Merge adds the statistics that one request yielded on several shards whose
// folds do not split a unit. It is associative and commutative; whole cells are
// exact. Statistics of different shape are an error.
func Merge(parts ...Statistic) (Statistic, error) {
	if len(parts) == 0 {
		return Statistic{}, fmt.Errorf("moments: nothing to merge")
	}
	out := Statistic{Keys: parts[0].Keys, Names: parts[0].Names, Ops: parts[0].Ops}
	out.build()
	var all []Group
	for i, p := range parts {
		if !slices.Equal(p.Keys, out.Keys) || !slices.Equal(p.Names, out.Names) || !slices.Equal(p.Ops, out.Ops) {
			return Statistic{}, fmt.Errorf("moments: part %d has keys %q and sums %q, the first has %q and %q", i+1, p.Keys, p.Names, out.Keys, out.Names)
		}
		all = append(all, p.Groups...)
	}
	slices.SortStableFunc(all, func(a, b Group) int { return compareKeys(a.Key, b.Key) })
	for _, g := range all {
		if n := len(out.Groups); n > 0 && compareKeys(out.Groups[n-1].Key, g.Key) == 0 {
			last := out.Groups[n-1]
			cells := make([]Quantity, len(last.Cells))
			for i := range cells {
				cells[i] = out.Ops[i].merge(last.Cells[i], g.Cells[i])
			}
			out.Groups[n-1].Cells = cells
			continue
		}
		out.Groups = append(out.Groups, Group{Key: g.Key, Cells: g.Cells})
	}
	return out, nil
}
