package disclosure

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// Contributions say who stands behind one number.
type Contributions struct {
	N int64 // units, without weights
	// Of a sum: what it is, the least and the largest contribution of a unit, and
	// that of the two largest together.
	Total, Least, Largest, TwoLargest float64
}

// Thin tells whether fewer than least units contribute, none included.
func (c Contributions) Thin(least int) bool { return c.N < int64(least) }

// Negative tells whether a contribution is negative, so that shares mean nothing.
func (c Contributions) Negative() bool { return c.N > 0 && c.Least < 0 }

// DominatedBy tells whether the two largest contributors have the share k of the sum
// or more: the (n,k) rule with n = 2. A sum of zero is dominated by nobody.
func (c Contributions) DominatedBy(k float64) bool {
	return c.Total > 0 && c.TwoLargest >= k*c.Total
}

// Approximated tells whether all but the two largest contribute less than the share
// p of the largest, so that the second largest can work out the largest to within p.
func (c Contributions) Approximated(p float64) bool {
	return c.Total-c.TwoLargest < p*c.Largest
}

// AllEqual tells whether several contributors all have the same value.
func (c Contributions) AllEqual() bool { return c.N > 1 && c.Least == c.Largest }

// yesOrNo tells whether each contribution to a measure is 0 or 1, by what is known of its
// cells, so that its sums count people who have something.
func yesOrNo(tables [][]contributed, measure string) bool {
	known := false
	for _, cells := range tables {
		for _, x := range cells {
			c := x.measures[measure]
			if c.N == 0 {
				continue
			}
			known = true
			for _, v := range []float64{c.Least, c.Largest} {
				if v != 0 && v != 1 {
					return false
				}
			}
			if c.Total != math.Trunc(c.Total) {
				return false // shares, of which one is 0 and one 1
			}
		}
	}
	return known
}

// Rarer is how many have the rarer of two values, where contributions are 0 or 1.
func (c Contributions) Rarer() int64 { return min(int64(c.Total), c.N-int64(c.Total)) }

// Round gives the multiple of base nearest to a count; half goes up.
func Round(n int64, base int64) int64 { return (2*n + base) / (2 * base) * base }

// Count is a count as it leaves: rounded to the base of the rules where the output
// is.
func (o Output) Count(n int64) int64 {
	if !o.Rounded {
		return n
	}
	return Round(n, int64(limit("rounding-base")))
}

// contributed has what stands behind a cell: of the count, and of each measure.
type contributed struct {
	cell     Cell
	count    int64
	measures map[string]Contributions
}

// contributions counts the units of each cell of a table, and how its sums are made
// up. Cells without rows are not listed.
func contributions(ctx context.Context, s engine.Session, d Data, t Table, measures []string) ([]contributed, error) {
	r := moments.Request{Label: "count the contributors of each cell", Table: d.Table, Where: []moments.Cond{t.Where.cond(d)}, Limit: 1_000_000}
	read := map[string]bool{}
	add := func(name string) {
		if !read[name] {
			read[name] = true
			r.Columns = append(r.Columns, d.read(name))
		}
	}
	for _, c := range append(t.Where.columns(), append(slices.Clone(t.By), measures...)...) {
		add(c)
	}
	unit := moments.Fold{}
	for i, name := range t.By {
		c, registered := d.column(name)
		if !registered { // of published figures any column may be asked for
			c = Column{Name: name}
		}
		unit.By = append(unit.By, moments.Field{Name: level(i), Of: c.level()})
		r.By = append(r.By, moments.Field{Name: level(i), Of: moments.Ref(level(i))})
	}
	if d.Unit == "" {
		derived := moments.Select(unit.By)
		for _, m := range measures {
			derived = append(derived, moments.Field{Name: "sum " + m, Of: moments.Ref(m)})
		}
		r.Steps = []moments.Step{derived}
		if len(derived) == 0 {
			r.Steps = nil
		}
	} else {
		add(d.Unit)
		unit.By = append(unit.By, moments.Field{Name: "unit", Of: moments.Ref(d.Unit)})
		for _, m := range measures {
			unit.Make = append(unit.Make, moments.Agg{Name: "sum " + m, Op: moments.Sum, Of: moments.Ref(m)})
		}
		r.Steps = []moments.Step{unit}
	}
	first := r
	first.Make = []moments.Agg{{Name: "n", Op: moments.Count}}
	for _, m := range measures {
		of := moments.Ref("sum " + m)
		first.Make = append(first.Make, moments.Agg{Name: "n " + m, Op: moments.Count, Of: of}, moments.Agg{Name: "total " + m, Op: moments.Sum, Of: of},
			moments.Agg{Name: "least " + m, Op: moments.Min, Of: of}, moments.Agg{Name: "largest " + m, Op: moments.Max, Of: of})
	}
	answer, err := s.Collect(ctx, first)
	if err != nil {
		return nil, err
	}
	out := make([]contributed, 0, len(answer.Groups))
	for _, g := range answer.Groups {
		c := contributed{cell: cellOf(g.Key), count: answer.Cell(g, "n").Count(), measures: map[string]Contributions{}}
		if c.count == 0 {
			continue
		}
		for _, m := range measures {
			x := Contributions{N: answer.Cell(g, "n "+m).Count(), Total: answer.Cell(g, "total "+m).Float(),
				Least: answer.Cell(g, "least "+m).Float(), Largest: answer.Cell(g, "largest "+m).Float()}
			x.TwoLargest = 2 * x.Largest // at most; worked out below where it matters
			if x.N == 1 {
				x.TwoLargest = x.Largest
			}
			c.measures[m] = x
		}
		out = append(out, c)
	}
	for _, m := range measures {
		if err := secondLargest(ctx, s, r, out, m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func level(i int) string { return "level" + strconv.Itoa(i) }

// cellOf reads the key of a group as a cell.
func cellOf(key []moments.Value) Cell {
	c := make(Cell, len(key))
	for i, k := range key {
		if c[i] = k.String(); k.IsMissing() {
			c[i] = Blank
		}
	}
	return c
}

// secondLargest works out what the two largest contribute in the cells that could
// be dominated: those that would be if the second were as large as the first.
func secondLargest(ctx context.Context, s engine.Session, r moments.Request, cells []contributed, measure string) error {
	of := moments.Ref("sum " + measure)
	index := map[string]int{}
	var among moments.Any
	for i, c := range cells {
		x := c.measures[measure]
		if x.N < 2 || x.Negative() || !x.DominatedBy(limit("dominance-k")) && !x.Approximated(limit("dominance-p")) {
			continue
		}
		index[c.cell.id()] = i
		among = append(among, append(at(r, c.cell), moments.Compare{A: of, Op: moments.Less, B: moments.Real(x.Largest)}))
	}
	if len(index) == 0 {
		return nil
	}
	r.Make = []moments.Agg{{Name: "known", Op: moments.Count, Of: of},
		{Name: "below", Op: moments.Count, Of: moments.Case{When: among, Then: moments.Int(1)}},
		{Name: "second", Op: moments.Max, Of: moments.Case{When: among, Then: of}}}
	answer, err := s.Collect(ctx, r)
	if err != nil {
		return err
	}
	for _, g := range answer.Groups {
		i, asked := index[cellOf(g.Key).id()]
		if !asked {
			continue
		}
		x := cells[i].measures[measure]
		// Two who share the first place are the two largest.
		if answer.Cell(g, "known").Count()-answer.Cell(g, "below").Count() < 2 {
			x.TwoLargest = x.Largest + answer.Cell(g, "second").Float()
		}
		cells[i].measures[measure] = x
	}
	return nil
}

// at is the condition of a cell on the levels of a request.
func at(r moments.Request, c Cell) moments.All {
	var all moments.All
	for i, v := range c {
		of := moments.Ref(r.By[i].Name)
		if v == Blank {
			all = append(all, moments.Not{Cond: moments.Known{Of: of}})
			continue
		}
		all = append(all, moments.Is{Of: of, Values: []moments.Value{valueOf(v)}})
	}
	return all
}

// valueOf is a level as a key: bins are whole numbers, and a whole number stands for
// its digits where names are compared.
func valueOf(v string) moments.Value {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(n, 10) == v {
		return moments.WholeKey(n)
	}
	return moments.NameKey(v)
}
