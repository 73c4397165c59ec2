package did

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/dampak/dampak/result"
)

// twoWay is the coefficient of 1[t >= g] in a regression with unit and period
// effects. Where effects differ between cohorts or over time it may have any
// sign: what it is made of is shown beside it.
func (e *estimator) twoWay() ([]param, error) {
	x := e.design(1, func(h, t int) []float64 {
		if e.treatedAt(h, t) {
			return []float64{1}
		}
		return []float64{0}
	})
	f, ok := e.fit(e.everyRow(), x)
	if !ok || f.kept[0] != 0 {
		return nil, result.Refuse("did-twfe-no-variation", "column", e.p.o.FirstTreated)
	}
	q := param{term: "att", combo: make([]float64, len(f.kept))}
	q.combo[0] = 1
	q.value, q.load = f.combination(q.combo)
	q = e.counted(q, e.f.cohorts)
	q.lone = e.treatedGroups() <= 1 // periods and cohorts all speak to it
	return []param{q}, nil
}

// twoWayErrors sets the factor of the error that the options ask for, and notes
// the conventional ones.
func (e *estimator) twoWayErrors(f *regression, q *param) {
	if e.controls != nil {
		q.factor, q.df = f.factor(e.pn.clusters), float64(e.pn.clusters-1)
		return
	}
	l := make([]float64, len(f.kept))
	l[0] = 1
	by := f.inverse.solve(l)
	units := e.pn.units
	perRow := func(weigh bool) float64 {
		var sum float64
		for t := range e.f.periods {
			load := f.residual(t, func(h int) float64 {
				if weigh {
					return dot(by, f.centred[h][t])
				}
				return 1
			})
			cov := e.covariance([]param{{load: load}})
			sum += cov.At(0, 0)
		}
		return sum
	}
	q.details = map[string]any{}
	if rest := f.n - int64(len(f.kept)) - units; rest > 0 && (e.p.grouping() == "" || e.p.grouping() == e.p.o.Unit) {
		q.details["se_hc1"] = math.Sqrt(perRow(true) * float64(f.n) / float64(rest))
		if e.p.o.Weights == "" {
			q.details["se_iid"] = math.Sqrt(perRow(false) / float64(rest) * by[0])
		}
	}
	q.factor = f.factor(e.pn.clusters)
	q.df = float64(e.pn.clusters - 1)
	if rest := f.n - int64(len(f.kept)) - units; e.p.o.VCE == HC1 && rest > 0 {
		q.df, q.factor, q.extra = float64(rest), float64(f.n)/float64(rest), perRow(true)
		q.plain = true
	}
	if len(e.p.o.Clusters) == 2 { // the second is the period
		var years float64
		for t := range e.f.periods {
			var score float64
			for h, st := range e.pn.strata {
				if f.rows[h][t] {
					load := f.residual(t, func(k int) float64 {
						if k == h {
							return dot(by, f.centred[h][t])
						}
						return 0
					})
					score += load[h*e.width()+share] * st.sums[share].Float()
				}
			}
			years += score * score
		}
		n := int64(len(e.f.periods))
		g := min(n, e.pn.clusters)
		k := int64(2)
		q.extra = years - perRow(true)
		q.factor = float64(g) / float64(g-1) * float64(f.n-1) / float64(f.n-k)
		q.df = float64(g - 1)
	}
}

// negativeWeights is the share of the weights that the coefficient puts on
// treated cohorts and periods which are negative (de Chaisemartin and
// D'Haultfoeuille 2020, theorem 1): the weight of a cell is its residual of the
// treatment on the effects.
func (e *estimator) negativeWeights(f *regression) result.Diagnostic {
	// The residual of the first regressor on all others is a multiple of the
	// first row of the inverse times them.
	first := make([]float64, len(f.kept))
	first[0] = 1
	by, ofControls := f.solve(first, nil)
	var total, negative float64
	cells, below := map[[2]int64]float64{}, 0
	for h, st := range e.pn.strata {
		for t := range e.f.periods {
			if f.rows[h][t] && e.treatedAt(h, t) {
				w := st.sums[share].Float() * dot(by, f.centred[h][t])
				for i, x := range ofControls {
					w += x * e.controls.meanWithin(f, i, h, t)
				}
				cells[[2]int64{st.cohort, int64(t)}] += w
				total += w
			}
		}
	}
	keys := make([][2]int64, 0, len(cells))
	for k := range cells {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		if w := cells[k] / total; w < -1e-12 {
			negative -= w
			below++
		}
	}
	d := result.Diagnostic{Name: "negative-weights", Statistic: result.Float(negative), Verdict: result.Pass,
		Values: result.MakeValues("negative", negative, "cells", len(cells), "below", below)}
	if below > 0 {
		d.Verdict = result.Caution
	}
	return d
}

// comparison is one two-by-two estimate of the Bacon decomposition.
type comparison struct {
	treated, against int64
	kind             string
	estimate, weight float64
}

// Kinds of comparisons.
const (
	vsNever   = "treated-vs-never"
	vsAlways  = "treated-vs-always"
	vsLater   = "earlier-vs-later"
	vsEarlier = "later-vs-earlier"
)

// bacon takes the coefficient apart into all two-by-two comparisons of cohorts
// (Goodman-Bacon 2021, theorem 1), for balanced panels.
func (e *estimator) bacon(value float64) ([]result.Exhibit, []result.Diagnostic) {
	for _, st := range e.pn.strata {
		for t := range e.f.periods {
			if !e.p.sees(st, t) {
				return nil, nil
			}
		}
	}
	all := e.comparisons()
	x := result.Exhibit{Kind: result.ExhibitBacon, Columns: []string{"treated", "comparison", "kind", "estimate", "weight"}, Values: result.Values{"total": value}}
	var forbidden float64
	for _, c := range all {
		var against any
		if c.against != never {
			against = c.against
		}
		x.Rows = append(x.Rows, []any{c.treated, against, c.kind, c.estimate, c.weight})
		if c.kind == vsEarlier || c.kind == vsAlways {
			forbidden += c.weight
		}
	}
	d := result.Diagnostic{Name: "forbidden-comparisons", Statistic: result.Float(forbidden), Verdict: result.Pass,
		Values: result.MakeValues("share", forbidden, "comparisons", len(all))}
	if forbidden > 0 {
		d.Verdict = result.Caution
	}
	return []result.Exhibit{x}, []result.Diagnostic{d}
}

func (e *estimator) comparisons() []comparison {
	periods := e.f.periods
	size, path := map[int64]float64{}, map[int64][]float64{}
	start := map[int64]int{} // position of the first treated period
	var cohorts []int64
	for h, st := range e.pn.strata {
		g := st.cohort
		if path[g] == nil {
			path[g] = make([]float64, len(periods))
			cohorts = append(cohorts, g)
			start[g] = len(periods)
			if g != never {
				for t := len(periods) - 1; t >= 0 && periods[t] >= g; t-- {
					start[g] = t
				}
			}
		}
		size[g] += st.sums[share].Float()
		for t := range periods {
			path[g][t] += e.total(h, t)
		}
	}
	total := 0.0
	for _, g := range cohorts {
		floats.Scale(1/size[g], path[g])
		total += size[g]
	}
	slices.SortFunc(cohorts, func(a, b int64) int { return start[a] - start[b] })
	over := func(g int64, from, to int) float64 {
		return floats.Sum(path[g][from:to]) / float64(to-from)
	}
	did := func(k, l int64, from, middle, to int) float64 {
		return over(k, middle, to) - over(k, from, middle) - over(l, middle, to) + over(l, from, middle)
	}
	last := len(periods)
	mean := func(g int64) float64 { return float64(last-start[g]) / float64(last) } // share of time treated
	var all []comparison
	for i, k := range cohorts {
		for _, l := range cohorts[i+1:] { // l is treated later than k, or never
			if start[k] == start[l] {
				continue
			}
			nk, nl := size[k]/total, size[l]/total
			share := nk / (nk + nl)
			spread := share * (1 - share)
			dk, dl := mean(k), mean(l)
			switch {
			case start[l] == last && start[k] == 0: // always against never: no change to compare
			case start[l] == last:
				all = append(all, comparison{k, never, vsNever, did(k, l, 0, start[k], last), (nk + nl) * (nk + nl) * spread * dk * (1 - dk)})
			case start[k] == 0:
				all = append(all, comparison{l, k, vsAlways, did(l, k, 0, start[l], last), (nk + nl) * (nk + nl) * spread * dl * (1 - dl)})
			default:
				before := (nk + nl) * (1 - dl)
				all = append(all, comparison{k, l, vsLater, did(k, l, 0, start[k], start[l]),
					before * before * spread * (dk - dl) / (1 - dl) * (1 - dk) / (1 - dl)})
				after := (nk + nl) * dk
				all = append(all, comparison{l, k, vsEarlier, did(l, k, start[k], start[l], last),
					after * after * spread * dl / dk * (dk - dl) / dk})
			}
		}
	}
	var sum float64
	for _, c := range all {
		sum += c.weight
	}
	for i := range all {
		all[i].weight /= sum
	}
	return all
}
