package did

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
)

// feature is one value of a unit that influence functions are linear in: a
// weight (constant), or a weight times a difference of outcomes.
type feature struct {
	name string
	// partner is the position of the constant with the same weight, by which the
	// feature is centred; -1 for constants.
	partner int
	of      moments.Expr
}

// basis is the set of features that a request gathers.
type basis struct {
	features []feature
	// pair gives the position of the weighted difference of periods a < b where
	// weights vary over time; nil where each unit has one weight. Then feature k
	// is the weighted difference of period k from the unit's first, k > 0.
	pair  map[[2]int]int
	early map[int]int // period -> position of its weight, beside pair
	// carried are plain sums that travel with the features: levels of outcomes.
	carried []moments.Field
	// extra is folded by unit and before derived ahead of the features that need
	// them.
	extra  []moments.Agg
	before []moments.Step
}

// term is a feature with a sign.
type term struct {
	feature int
	sign    int
}

// share is the position of the weight that cohort shares are made of.
const share = 0

// change writes the change of the outcome from period a to b as features, and
// gives the position of its weight.
func (b basis) change(from, to int) (terms []term, weight int) {
	if b.pair == nil {
		if to > 0 {
			terms = append(terms, term{to, 1})
		}
		if from > 0 {
			terms = append(terms, term{from, -1})
		}
		return terms, share
	}
	if from < to {
		return []term{{b.pair[[2]int{from, to}], 1}}, b.early[from]
	}
	return []term{{b.pair[[2]int{to, from}], -1}}, b.early[to]
}

// Names of what the fold by unit and the steps after it make. Columns' own
// names are gone by then, so that nothing can clash.
const (
	unitKey    = "unit"
	cohortKey  = "cohort"
	patternKey = "pattern"
	timeKey    = "period"
	clusterKey = "cluster"
	domainKey  = "domain"

	cellUnits    = "units"
	cellRows     = "rows"
	cellClusters = "clusters"
	cellSwitch   = "switching"
	cellTwice    = "duplicated"
	cellVarying  = "varying"
)

func outcomeAt(k int) moments.Ref { return moments.Ref(fmt.Sprintf("y%d", k)) }
func weightAt(k int) moments.Ref  { return moments.Ref(fmt.Sprintf("w%d", k)) }

// oneWeight is the basis where a unit has one weight, or none: the weight, and
// weighted differences from the unit's first outcome.
func (p procedure) oneWeight(f frame) basis {
	weight := moments.Expr(moments.Int(1))
	times := func(e moments.Expr) moments.Expr { return e }
	if p.o.Weights != "" {
		weight = moments.Ref("w_max")
		times = func(e moments.Expr) moments.Expr { return moments.Mul{moments.Ref("w_max"), e} }
	}
	b := basis{features: []feature{{name: "z0", partner: -1, of: weight}}}
	for k := 1; k < len(f.periods); k++ {
		change := moments.Expr(moments.Sub{A: outcomeAt(k), B: moments.Ref("first")})
		if p.o.Unbalanced == Pairwise {
			change = moments.First{change, moments.Int(0)} // absent: the pattern keeps it out
		}
		b.features = append(b.features, feature{name: fmt.Sprintf("z%d", k), partner: share, of: times(change)})
	}
	b.carried = []moments.Field{{Name: "level", Of: times(moments.Ref("first"))}}
	return b
}

// weightByPeriod is the basis where weights change over time: each pair of
// periods that a cell needs carries the weight of its earlier period.
func (p procedure) weightByPeriod(f frame) basis {
	var weights moments.First
	b := basis{pair: map[[2]int]int{}, early: map[int]int{}}
	for k := range f.periods {
		weights = append(weights, weightAt(k))
		b.carried = append(b.carried,
			moments.Field{Name: fmt.Sprintf("level%d", k), Of: moments.First{moments.Mul{weightAt(k), outcomeAt(k)}, moments.Int(0)}},
			moments.Field{Name: fmt.Sprintf("weight%d", k), Of: moments.First{weightAt(k), moments.Int(0)}})
	}
	b.features = append(b.features, feature{name: "z", partner: -1, of: weights})
	for _, c := range f.cells {
		lo, hi := min(c.base, c.at), max(c.base, c.at)
		if lo == hi {
			continue
		}
		if _, known := b.early[lo]; !known {
			b.early[lo] = len(b.features)
			b.features = append(b.features, feature{name: fmt.Sprintf("z%d", lo), partner: -1, of: moments.First{weightAt(lo), moments.Int(0)}})
		}
		if _, known := b.pair[[2]int{lo, hi}]; !known {
			b.pair[[2]int{lo, hi}] = len(b.features)
			change := moments.Mul{weightAt(lo), moments.Sub{A: outcomeAt(hi), B: outcomeAt(lo)}}
			b.features = append(b.features, feature{name: fmt.Sprintf("z%d_%d", lo, hi), partner: b.early[lo], of: moments.First{change, moments.Int(0)}})
		}
	}
	return b
}

// collector writes the requests of one study.
type collector struct {
	p procedure
	s estimate.Sample
	f frame
}

// request begins a request that reads the sample's columns: those of the
// procedure, then those of the plan's conditions.
func (c collector) request(label string) moments.Request {
	var names []string
	for _, col := range c.p.Columns() {
		names = append(names, col.Name)
	}
	for _, n := range slices.Sorted(maps.Keys(c.s.Columns)) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return moments.Request{Label: label, Table: c.s.Table, Columns: c.s.Pick(names...), Where: c.p.conds(c.s, c.f)}
}

// byUnit folds rows into units and derives what belongs to a unit. Faults are
// marked, not dropped: the request that gathers the panel counts them too.
func (c collector) byUnit(weightsByPeriod bool) []moments.Step {
	o := c.p.o
	cohort := moments.Ref(o.FirstTreated)
	fold := moments.Fold{By: []moments.Field{{Name: unitKey, Of: moments.Ref(o.Unit)}}, Make: []moments.Agg{
		{Name: "g_max", Op: moments.Max, Of: cohort},
		{Name: "g_min", Op: moments.Min, Of: cohort},
		{Name: "g_known", Op: moments.Count, Of: cohort},
		{Name: cellRows, Op: moments.Count},
	}}
	add := func(name string, op moments.AggOp, of moments.Expr) {
		fold.Make = append(fold.Make, moments.Agg{Name: name, Op: op, Of: of})
	}
	for k, t := range c.f.periods {
		here := moments.Compare{A: moments.Ref(o.Time), Op: moments.Equal, B: moments.Int(t)}
		add(string(outcomeAt(k)), moments.Max, moments.Case{When: here, Then: moments.Ref(o.Outcome)})
		if weightsByPeriod {
			add(string(weightAt(k)), moments.Max, moments.Case{When: here, Then: moments.Ref(o.Weights)})
		}
	}
	if o.Weights != "" {
		add("w_max", moments.Max, moments.Ref(o.Weights))
		add("w_min", moments.Min, moments.Ref(o.Weights))
	}
	for i, name := range c.p.carried() {
		if name != o.Unit {
			add(string(carriedMax(i)), moments.Max, moments.Ref(name))
			add(string(carriedMin(i)), moments.Min, moments.Ref(name))
		}
	}
	if o.FPC != "" {
		add("fpc", moments.Max, moments.Ref(o.FPC))
		add("fpc_low", moments.Min, moments.Ref(o.FPC))
	}
	return []moments.Step{fold, c.describe()}
}

// features folds rows into units and derives the features of a basis, of the
// units that keep names; nil keeps all.
func (c collector) features(b basis, keep moments.Cond, more ...moments.Agg) []moments.Step {
	steps := c.byUnit(b.pair != nil)
	fold := steps[0].(moments.Fold)
	fold.Make = append(append(fold.Make, b.extra...), more...)
	steps[0] = fold
	if keep != nil {
		steps = append(steps, moments.Keep{Cond: keep})
	}
	return append(append(steps, b.before...), b.derive())
}

// extremes are the greatest and the least value of each covariate: whether they
// change.
func (c collector) extremes() (list []moments.Agg) {
	for i, x := range c.p.o.Covariates {
		list = append(list,
			moments.Agg{Name: string(covariateMax(i)), Op: moments.Max, Of: moments.Ref(x.Column)},
			moments.Agg{Name: string(covariateMin(i)), Op: moments.Min, Of: moments.Ref(x.Column)})
	}
	return list
}

// describe derives a unit's cohort, its pattern of presence and its first
// outcome. The pattern is 1 for a unit seen in all periods and 0 otherwise, or
// with pairwise one bit for each period.
func (c collector) describe() moments.Derive {
	var seen, bits moments.Add
	var first moments.First
	for k := range c.f.periods {
		here := moments.Known{Of: outcomeAt(k)}
		seen = append(seen, moments.Case{When: here, Then: moments.Int(1), Else: moments.Int(0)})
		bits = append(bits, moments.Case{When: here, Then: moments.Int(1 << k), Else: moments.Int(0)})
		first = append(first, outcomeAt(k))
	}
	pattern := moments.Expr(bits)
	firstOf := moments.Expr(first)
	if c.p.o.Unbalanced != Pairwise {
		whole := moments.Compare{A: seen, Op: moments.Equal, B: moments.Int(int64(len(c.f.periods)))}
		pattern = moments.Case{When: whole, Then: moments.Int(1), Else: moments.Int(0)}
		firstOf = outcomeAt(0)
	}
	later := moments.Compare{A: moments.Ref("g_max"), Op: moments.Greater, B: moments.Int(c.f.last)}
	return moments.Derive{
		{Name: cohortKey, Of: moments.Case{When: later, Then: moments.Int(never), Else: moments.First{moments.Ref("g_max"), moments.Int(never)}}},
		{Name: patternKey, Of: pattern},
		{Name: "seen", Of: seen},
		{Name: "first", Of: firstOf},
	}
}

// A cohort that changes within a unit, or is missing in some of its rows, is a
// treatment that switches.
var switching = moments.Any{
	moments.Compare{A: moments.Ref("g_max"), Op: moments.NotEqual, B: moments.Ref("g_min")},
	moments.All{
		moments.Compare{A: moments.Ref("g_known"), Op: moments.Greater, B: moments.Int(0)},
		moments.Compare{A: moments.Ref("g_known"), Op: moments.Less, B: moments.Ref(cellRows)},
	},
}

// A unit with more rows than periods seen has two rows in some period.
var duplicated = moments.Compare{A: moments.Ref("seen"), Op: moments.Less, B: moments.Ref(cellRows)}

// Names in the fold by unit of the greatest and the least value of a column
// that should stay with a unit.
func carriedMax(i int) moments.Ref { return moments.Ref(fmt.Sprintf("c%d_max", i)) }
func carriedMin(i int) moments.Ref { return moments.Ref(fmt.Sprintf("c%d_min", i)) }

// splitBy holds where a unit's cluster, stratum or domain changes.
func splitBy(i int) moments.Cond {
	return moments.Compare{A: carriedMax(i), Op: moments.NotEqual, B: carriedMin(i)}
}

// group is the value of a carried column after the fold by unit.
func (p procedure) group(name string) moments.Ref {
	if name == p.o.Unit {
		return unitKey
	}
	return carriedMax(slices.Index(p.carried(), name))
}

func cellSplit(i int) string { return fmt.Sprintf("split%d", i) }

var varying = moments.Compare{A: moments.Ref("w_max"), Op: moments.NotEqual, B: moments.Ref("w_min")}

// faults are the counters of what is wrong with units.
func (c collector) faults() []moments.Agg {
	count := func(name string, when moments.Cond) moments.Agg {
		return moments.Agg{Name: name, Op: moments.Count, Of: moments.Case{When: when, Then: moments.Int(1)}}
	}
	list := []moments.Agg{count(cellSwitch, switching), count(cellTwice, duplicated)}
	for i, name := range c.p.carried() {
		if name != c.p.o.Unit {
			list = append(list, count(cellSplit(i), splitBy(i)))
		}
	}
	if c.p.o.Weights != "" {
		list = append(list, count(cellVarying, varying))
	}
	for i := range c.p.o.Covariates {
		list = append(list, count(changing(i), moments.Compare{A: covariateMax(i), Op: moments.NotEqual, B: covariateMin(i)}))
	}
	return list
}

// panel is the request for the moments of the panel by cohort and pattern: one
// row for each unit or cluster, squared.
func (c collector) panel(b basis) moments.Request {
	r := c.request("panel moments by cohort")
	r.Steps = c.features(b, nil, c.extremes()...)
	r.By = []moments.Field{{Name: cohortKey, Of: moments.Ref(cohortKey)}, {Name: patternKey, Of: moments.Ref(patternKey)}}
	if c.p.o.By != "" {
		r.By = append(r.By, moments.Field{Name: domainKey, Of: c.p.group(c.p.o.By)})
	}
	own := append([]moments.Agg{
		{Name: cellUnits, Op: moments.Count},
		{Name: cellRows, Op: moments.Sum, Of: moments.Ref(cellRows)},
	}, c.faults()...)
	own = append(own, sums(moments.Names(b.carried))...)
	if c.p.grouping() == "" {
		r.Make = slices.Concat(own, moments.Gram(b.names()))
		return r
	}
	r.Steps = append(r.Steps, moments.Fold{
		By:   slices.Concat([]moments.Field{{Name: clusterKey, Of: c.p.group(c.p.grouping())}}, r.By),
		Make: append(own, sums(b.names())...),
	})
	for i, k := range r.By { // what the fold by cluster made
		r.By[i] = moments.Field{Name: k.Name, Of: moments.Ref(k.Name)}
	}
	r.Make = []moments.Agg{{Name: cellClusters, Op: moments.Count}}
	for _, a := range own {
		r.Make = append(r.Make, moments.Agg{Name: a.Name, Op: moments.Sum, Of: moments.Ref(a.Name)})
	}
	r.Make = append(r.Make, moments.Gram(b.names())...)
	return r
}

// clusters counts the clusters: where strata together have more, some cluster
// holds several cohorts.
func (c collector) clusters() moments.Request {
	r := c.request("count the clusters")
	r.Steps = []moments.Step{moments.Fold{By: []moments.Field{{Name: clusterKey, Of: moments.Ref(c.p.grouping())}}}}
	r.Make = []moments.Agg{{Name: cellClusters, Op: moments.Count}}
	return r
}

// joint asks for the products of cluster sums across strata, where a cluster
// holds several: the features of each stratum side by side.
func (c collector) joint(b basis, strata []stratum) moments.Request {
	r := c.request("panel moments across cohorts by cluster")
	used := make(moments.Any, 0, len(strata))
	fold := moments.Fold{By: []moments.Field{{Name: clusterKey, Of: c.p.group(c.p.grouping())}}}
	for h, st := range strata {
		mine := c.p.is(st)
		used = append(used, mine)
		for a, ft := range b.features {
			if st.uses[a] {
				fold.Make = append(fold.Make, moments.Agg{Name: stacked(h, ft.name), Op: moments.Sum,
					Of: moments.Case{When: mine, Then: moments.Ref(ft.name), Else: moments.Int(0)}})
			}
		}
	}
	r.Steps = append(c.features(b, used), fold)
	r.Make = append([]moments.Agg{{Name: cellClusters, Op: moments.Count}}, holders(b, strata)...)
	for i, x := range fold.Make {
		for _, y := range fold.Make[i:] {
			r.Make = append(r.Make, moments.Agg{Name: moments.Cross(x.Name, y.Name), Op: moments.Sum,
				Of: moments.Mul{moments.Ref(x.Name), moments.Ref(y.Name)}})
		}
	}
	return r
}

// holders counts the clusters that hold units (of some weight) of each cohort.
func holders(b basis, strata []stratum) []moments.Agg {
	held := map[int64]moments.Any{}
	var cohorts []int64
	for h, st := range strata {
		if held[st.cohort] == nil {
			cohorts = append(cohorts, st.cohort)
		}
		weight := moments.Ref(stacked(h, b.features[share].name))
		held[st.cohort] = append(held[st.cohort], moments.Compare{A: weight, Op: moments.NotEqual, B: moments.Int(0)})
	}
	list := make([]moments.Agg, len(cohorts))
	for i, g := range cohorts {
		list[i] = moments.Agg{Name: clustersOf(g), Op: moments.Count, Of: moments.Case{When: held[g], Then: moments.Int(1)}}
	}
	return list
}

func clustersOf(cohort int64) string { return fmt.Sprintf("clusters_of_%d", cohort) }

// stacked names a feature of stratum h.
func stacked(h int, name string) string { return fmt.Sprintf("s%d_%s", h, name) }

func (b basis) names() []string {
	names := make([]string, len(b.features))
	for i, ft := range b.features {
		names[i] = ft.name
	}
	return names
}

func (b basis) derive() moments.Derive {
	d := append(moments.Derive{}, b.carried...)
	for _, ft := range b.features {
		d = append(d, moments.Field{Name: ft.name, Of: ft.of})
	}
	return d
}

func sums(names []string) []moments.Agg {
	list := make([]moments.Agg, len(names))
	for i, n := range names {
		list[i] = moments.Agg{Name: n, Op: moments.Sum, Of: moments.Ref(n)}
	}
	return list
}
