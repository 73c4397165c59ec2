package did

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/dampak/dampak/moments"
)

// place is where a unit stands, or a row of cross-sections: its cohort and, for
// rows, its period.
type place struct {
	cohort, period int64
	row            bool
}

// piece is a value that units or rows of some places have.
type piece struct {
	places []place
	of     moments.Expr
	// byRow writes the value in terms of the score and the odds of a model under
	// other names; nil where it has none of its own.
	model *model
	byRow func(score, odds moments.Ref) moments.Expr
}

// A score, or a model of the propensity, concerns few places: most units are 0
// in most cells. So that sums do not run over zeros, the values that a place has
// are moved into its first slots, and the answer is grouped by place:
//
//	slot k = the k-th value of the unit's own place
//
// Places with many values (the never treated) are asked apart from those with
// few, so that these do not pay for the others' slots.

// entry is one value of a place: which score or model it belongs to.
type entry struct {
	index int
	piece piece
}

// class is a set of places whose numbers of values are alike.
type class struct {
	places []place
	slots  int
}

// placed sorts the pieces of values by place.
func placed(pieces [][]piece) map[place][]entry {
	at := map[place][]entry{}
	for i, list := range pieces {
		for _, p := range list {
			for _, pl := range p.places {
				at[pl] = append(at[pl], entry{i, p})
			}
		}
	}
	return at
}

// classes sorts places by their number of values; within a class it differs by
// a factor of three at the most.
func classes(at map[place][]entry) []class {
	order := slices.SortedFunc(maps.Keys(at), func(a, b place) int {
		return cmp.Or(cmp.Compare(len(at[a]), len(at[b])), cmp.Compare(a.cohort, b.cohort), cmp.Compare(a.period, b.period))
	})
	var all []class
	for _, p := range order {
		last := len(all) - 1
		if last < 0 || len(at[p]) > 3*len(at[all[last].places[0]]) {
			all = append(all, class{})
			last++
		}
		all[last].places, all[last].slots = append(all[last].places, p), len(at[p])
	}
	return all
}

// holds is the condition to stand in one of the places.
func (c class) holds() moments.Cond {
	periods := map[int64][]int64{}
	var cohorts []int64
	for _, p := range c.places {
		if periods[p.cohort] == nil {
			cohorts = append(cohorts, p.cohort)
		}
		periods[p.cohort] = append(periods[p.cohort], p.period)
	}
	slices.Sort(cohorts)
	if !c.byPeriod() {
		return moments.Is{Of: moments.Ref(cohortKey), Values: wholeKeys(cohorts)}
	}
	var some moments.Any
	for _, g := range cohorts {
		some = append(some, moments.All{moments.Is{Of: moments.Ref(cohortKey), Values: wholeKeys([]int64{g})},
			moments.Is{Of: moments.Ref(timeKey), Values: wholeKeys(periods[g])}})
	}
	return some
}

// byPeriod tells whether places are those of rows.
func (c class) byPeriod() bool { return c.places[0].row }

// keys are what the answer is grouped by: nothing where there is one place, for
// sums without groups are several times faster.
func (c class) keys() []moments.Field {
	if len(c.places) == 1 {
		return nil
	}
	by := []moments.Field{{Name: cohortKey, Of: moments.Ref(cohortKey)}}
	if c.byPeriod() {
		by = append(by, moments.Field{Name: timeKey, Of: moments.Ref(timeKey)})
	}
	return by
}

// placeOf reads the place of a group of the answer.
func (c class) placeOf(g moments.Group) place {
	if len(c.places) == 1 {
		return c.places[0]
	}
	var p place
	p.cohort, _ = g.Key[0].Whole()
	if c.byPeriod() {
		p.row = true
		p.period, _ = g.Key[1].Whole()
	}
	return p
}

// choose is, for the unit's place, what value gives; missing where it gives nil.
func (c class) choose(value func(place) moments.Expr) moments.Expr {
	byCohort := map[int64][]place{}
	var cohorts []int64
	for _, p := range c.places {
		if byCohort[p.cohort] == nil {
			cohorts = append(cohorts, p.cohort)
		}
		byCohort[p.cohort] = append(byCohort[p.cohort], p)
	}
	slices.Sort(cohorts)
	equal := func(name string, x int64) moments.Cond {
		return moments.Compare{A: moments.Ref(name), Op: moments.Equal, B: moments.Int(x)}
	}
	var of moments.Expr
	for _, g := range cohorts {
		var own moments.Expr
		for _, p := range byCohort[g] {
			v := value(p)
			switch {
			case v == nil:
			case c.byPeriod():
				own = moments.Case{When: equal(timeKey, p.period), Then: v, Else: own}
			default:
				own = v
			}
		}
		if own != nil {
			of = moments.Case{When: equal(cohortKey, g), Then: own, Else: of}
		}
	}
	return of
}

func slotName(what string, k int) string { return fmt.Sprintf("%s_slot%d", what, k) }

// gramRequest asks for the products of the values of places in one class.
func (c class) gramRequest(base moments.Request, at map[place][]entry) moments.Request {
	r := base
	r.Label = "influence functions"
	var d moments.Derive
	var names []string
	r.Steps = append(slices.Clone(base.Steps), moments.Keep{Cond: c.holds()})
	r.Steps = append(r.Steps, c.slotOdds(at)...)
	for k := range c.slots {
		of := c.choose(func(p place) moments.Expr {
			switch {
			case k >= len(at[p]):
				return nil
			case at[p][k].piece.byRow != nil:
				return at[p][k].piece.byRow(slotScore(k), slotWeight(k))
			}
			return at[p][k].piece.of
		})
		d = append(d, moments.Field{Name: slotName("psi", k), Of: of})
		names = append(names, slotName("psi", k))
	}
	r.Steps = append(r.Steps, d)
	r.By = c.keys()
	r.Make = append([]moments.Agg{{Name: cellClusters, Op: moments.Count},
		{Name: "weighing", Op: moments.Count, Of: moments.Case{When: moments.Compare{A: moments.Ref(names[0]), Op: moments.NotEqual, B: moments.Int(0)}, Then: moments.Int(1)}}},
		moments.Gram(names)...)
	return r
}

// addGram adds an answer to a matrix of products, and counts the units by
// cohort (those of some weight: the first value of a treated place is its
// weight).
func (c class) addGram(s moments.Statistic, at map[place][]entry, to *spread) {
	for _, g := range s.Groups {
		p := c.placeOf(g)
		to.clusters += s.Cell(g, cellClusters).Count()
		if p.cohort != never {
			to.clustersOf[p.cohort] += s.Cell(g, "weighing").Count()
		}
		for i, a := range at[p] {
			for j, b := range at[p][i:] {
				x := zeroIfMissing(s.Cell(g, moments.Cross(slotName("psi", i), slotName("psi", i+j))))
				to.products[a.index][b.index] += x
				if a.index != b.index {
					to.products[b.index][a.index] += x
				}
			}
		}
	}
}
