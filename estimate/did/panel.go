package did

import (
	"slices"

	"github.com/dampak/dampak/moments"
)

// panel is what was collected: strata of units of one cohort and one pattern of
// presence, and the sums of products of their features.
//
// An influence function is psi = sum_h sum_f L[h][f] x[h][f], x the features of
// stratum h (summed within clusters), so cov(psi, psi') = L X L' with
// X the matrix of products. Each difference is centred at its stratum's own
// mean first, so that L speaks of deviations and nothing large cancels.
type panel struct {
	basis    basis
	strata   []stratum
	products map[[2]int][][]float64 // centred; strata h <= k that share clusters
	units    int64
	clusters int64
	// clustersOf counts the clusters of a cohort where a cluster may stand in
	// several strata.
	clustersOf map[int64]int64
	// blocks and width are the shape of a load: strata by features, or one by the
	// influence functions of scores.
	blocks, width int
	scores        *scoreSet // nil where features are those of basis
	df            float64   // of errors; 0 = normal
	mended        bool      // a two-way matrix was not positive semi-definite
	// rounded says that real sums of products lost most of their digits.
	rounded bool
	// means of the outcome by cohort and period come from levels.
	levels map[int64][]mean
}

// digitsLeft is the share of a raw sum of squares that must remain after
// centring: below it errors of real outcomes keep fewer than about six digits.
const digitsLeft = 1e-9

// fewToTell is the number of units or clusters of a stratum below which that share tells
// nothing: they may just be alike.
const fewToTell = 5

// stratum is a set of units that influence functions treat alike.
type stratum struct {
	cohort, pattern       int64
	domain                string // "" without domains
	units, rows, clusters int64
	sums                  []moments.Quantity // by feature
	uses                  []bool             // features that some cell needs
	group                 moments.Group
}

// is holds for the units of the stratum.
func (p procedure) is(st stratum) moments.Cond {
	all := moments.All{
		moments.Compare{A: moments.Ref(cohortKey), Op: moments.Equal, B: moments.Int(st.cohort)},
		moments.Compare{A: moments.Ref(patternKey), Op: moments.Equal, B: moments.Int(st.pattern)},
	}
	if p.o.By != "" {
		all = append(all, moments.Is{Of: p.group(p.o.By), Values: []moments.Value{st.group.Key[2]}})
	}
	return all
}

// sees tells whether the units of a stratum were seen in a period.
func (p procedure) sees(st stratum, k int) bool {
	if p.o.Unbalanced != Pairwise {
		return st.pattern == 1
	}
	return st.pattern&(1<<k) != 0
}

// tally is what the first answer says about units, before any estimate.
type tally struct {
	units, always, partial        int64 // partial = seen in some periods only, always treated apart
	switching, duplicated, varies int64
	split                         []int64 // by carried column
	changing                      []int64 // by covariate
	strataClusters                int64   // sum over all strata
}

// readStrata sorts the groups of a panel statistic into the strata that take
// part, and counts the rest.
func (c collector) readStrata(s moments.Statistic, b basis) ([]stratum, tally) {
	var strata []stratum
	t := tally{split: make([]int64, len(c.p.carried())), changing: make([]int64, len(c.p.o.Covariates))}
	for _, g := range s.Groups {
		cohort, _ := g.Key[0].Whole()
		pattern, _ := g.Key[1].Whole()
		st := stratum{cohort: cohort, pattern: pattern, group: g,
			units: s.Cell(g, cellUnits).Count(), rows: s.Cell(g, cellRows).Count()}
		if c.p.o.By != "" {
			st.domain = g.Key[2].String()
		}
		st.clusters = st.units
		t.switching += s.Cell(g, cellSwitch).Count()
		t.duplicated += s.Cell(g, cellTwice).Count()
		for i, name := range c.p.carried() {
			if name != c.p.o.Unit {
				t.split[i] += s.Cell(g, cellSplit(i)).Count()
			}
		}
		if c.p.grouping() != "" {
			st.clusters = s.Cell(g, cellClusters).Count()
			t.strataClusters += st.clusters
		}
		if slices.Contains(c.f.always, cohort) {
			t.always += st.units
			if c.p.o.Estimator != TWFE {
				continue
			}
		}
		t.units += st.units
		if c.p.o.Unbalanced != Pairwise && pattern == 0 {
			t.partial += st.units
			continue
		}
		if c.p.o.Unbalanced == Pairwise && pattern != 1<<len(c.f.periods)-1 {
			t.partial += st.units
		}
		for i := range c.p.o.Covariates {
			t.changing[i] += s.Cell(g, changing(i)).Count()
		}
		if c.p.o.Weights != "" {
			t.varies += s.Cell(g, cellVarying).Count()
		}
		for _, name := range b.names() {
			st.sums = append(st.sums, s.Cell(g, name))
		}
		strata = append(strata, st)
	}
	for h := range strata {
		strata[h].uses = c.uses(strata[h], b)
	}
	return strata, t
}

// uses marks the features that the cells of a stratum's cohort, as treated or
// as comparison, need.
func (c collector) uses(st stratum, b basis) []bool {
	uses := make([]bool, len(b.features))
	uses[share] = true
	if c.p.o.Estimator != CallawaySantAnna { // regressions read all periods
		for f := range uses {
			uses[f] = true
		}
		return uses
	}
	for _, cl := range c.f.cells {
		if cl.isBase() || (cl.g != st.cohort && !slices.Contains(cl.controls, st.cohort)) {
			continue
		}
		terms, weight := b.change(cl.base, cl.at)
		uses[weight] = true
		for _, t := range terms {
			uses[t.feature] = true
		}
	}
	return uses
}

// newPanel centres the products: of each stratum with itself, or from the
// joint statistic of all strata where clusters hold several.
func (c collector) newPanel(b basis, s moments.Statistic, strata []stratum, joint *moments.Statistic) panel {
	pn := panel{basis: b, strata: strata, products: map[[2]int][][]float64{}}
	for h, st := range strata {
		pn.units += st.units
		pn.clusters += st.clusters
		if joint == nil {
			pn.products[[2]int{h, h}] = pn.block(h, h, func(a, b string) moments.Quantity { return s.Cell(st.group, moments.Cross(a, b)) })
		}
	}
	if joint != nil {
		total := joint.Total()
		pn.clusters = joint.Cell(total, cellClusters).Count()
		pn.clustersOf = map[int64]int64{}
		for _, st := range strata {
			pn.clustersOf[st.cohort] = joint.Cell(total, clustersOf(st.cohort)).Count()
		}
		for h := range strata {
			for k := h; k < len(strata); k++ {
				pn.products[[2]int{h, k}] = pn.block(h, k, func(a, b string) moments.Quantity {
					return joint.Cell(total, moments.Cross(stacked(h, a), stacked(k, b)))
				})
			}
		}
	}
	pn.blocks, pn.width = len(strata), len(b.features)
	pn.levels = c.readLevels(b, s, strata)
	return pn
}

// block is the matrix of centred products of the features of two strata.
func (pn *panel) block(h, k int, product func(a, b string) moments.Quantity) [][]float64 {
	fs := pn.basis.features
	raw := make([][]moments.Quantity, len(fs))
	for a := range fs {
		raw[a] = make([]moments.Quantity, len(fs))
		for b := range fs {
			switch {
			case !pn.strata[h].uses[a] || !pn.strata[k].uses[b]:
			case h == k && b < a:
				raw[a][b] = raw[b][a]
			default:
				raw[a][b] = product(fs[a].name, fs[b].name)
			}
		}
	}
	out := make([][]float64, len(fs))
	for a := range fs {
		out[a] = make([]float64, len(fs))
		ca, pa := pn.centre(h, a)
		for b := range fs {
			if h == k && b < a {
				out[a][b] = out[b][a]
				continue
			}
			cb, pb := pn.centre(k, b)
			out[a][b] = centred(ca, cb, raw[a][b], raw[pa][b], raw[a][pb], raw[pa][pb])
			if h == k && a == b && !raw[a][b].IsWhole() && pn.strata[h].clusters >= fewToTell && out[a][b] < digitsLeft*raw[a][b].Float() {
				pn.rounded = true
			}
		}
	}
	return out
}

// centre gives the mean of a difference in its stratum and the position of its
// weight; a constant is its own weight and is not centred.
func (pn *panel) centre(h, a int) (centre, int) {
	partner := pn.basis.features[a].partner
	if partner < 0 {
		return centre{}, a
	}
	m := mean{pn.strata[h].sums[a], pn.strata[h].sums[partner]}
	return centre{mean: m, shift: m.defined() && !m.sum.IsMissing()}, partner
}

// readLevels gives the means of the outcome by cohort and period.
func (c collector) readLevels(b basis, s moments.Statistic, strata []stratum) map[int64][]mean {
	levels := map[int64][]mean{}
	for _, st := range strata {
		if levels[st.cohort] == nil {
			levels[st.cohort] = make([]mean, len(c.f.periods))
		}
		for k := range c.f.periods {
			if !c.p.sees(st, k) {
				continue
			}
			m := &levels[st.cohort][k]
			if b.pair != nil {
				m.sum = plus(m.sum, s.Cell(st.group, b.carried[2*k].Name))
				m.weight = plus(m.weight, s.Cell(st.group, b.carried[2*k+1].Name))
				continue
			}
			m.sum = plus(m.sum, s.Cell(st.group, b.carried[0].Name))
			if k > 0 {
				m.sum = plus(m.sum, st.sums[k])
			}
			m.weight = plus(m.weight, st.sums[share])
		}
	}
	return levels
}
