package did

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/moments"
)

// param is one estimate with its influence function.
type param struct {
	term  string
	group *int64
	time  *int64
	event *int64
	cell  *cell // of an ATT(g,t)
	// domain and units (its units) are those of an effect by domain.
	domain string
	units  int64

	value float64
	// load is the influence function over n: coefficients on the features of
	// each stratum in turn, differences centred.
	load []float64
	base bool // the base cell, or an aggregate of base cells alone: 0 by construction
	lone bool // rests on one unit or cluster alone: no valid error
	// smallest is the least number of units or clusters of a cohort behind it.
	smallest int64
	treated  int64   // units of the cohort(s) behind a cell
	controls int64   // units of a cell's comparison group
	factor   float64 // of the variance; 0 = 1
	extra    float64 // added to the variance before the factor
	plain    bool    // extra alone is the variance
	df       float64 // of the error; 0 = normal
	details  map[string]any
	combo    []float64 // of coefficients of the last regression
	gap      bool      // no unit of the cohort or of the comparison was seen in both periods
}

// estimator turns the moments of a panel into parameters.
type estimator struct {
	p        procedure
	f        frame
	pn       panel
	adj      *adjusted // nil without influence functions gathered by the engine
	features panel     // pn before influence functions took the place of features
	// controls are the covariates of regressions with unit effects; nil = none.
	controls *controls
	// lastFit is the regression behind the estimates, if any.
	lastFit *regression
}

// noLoad is an influence function that is 0 everywhere.
func (e estimator) noLoad() []float64 { return make([]float64, e.pn.blocks*e.pn.width) }

func (e estimator) width() int { return e.pn.width }

// cells estimates every ATT(g,t).
func (e estimator) cells() []param {
	params := make([]param, 0, len(e.f.cells))
	for i := range e.f.cells {
		params = append(params, e.att(&e.f.cells[i]))
	}
	return params
}

// side is one side of a cell: the units of some cohorts seen in both periods.
type side struct {
	strata   []int
	mean     mean
	units    int64
	clusters int64
}

func (e estimator) att(c *cell) param {
	all := func(stratum) bool { return true }
	return e.attOf(c, all, all)
}

// attOf is att of the treated and comparison units in some strata alone.
func (e estimator) attOf(c *cell, ofTreated, ofControl func(stratum) bool) param {
	event := c.event()
	q := param{term: "att-gt", group: &c.g, time: &c.t, event: &event, cell: c,
		load: e.noLoad()}
	treated, control := e.side(c, []int64{c.g}, ofTreated), e.side(c, c.controls, ofControl)
	q.treated, q.controls = treated.units, control.units
	q.smallest = treated.count(e)
	if n, ok := e.cellRows(c); ok {
		q.treated, q.controls = n[0], n[1]
		if e.p.grouping() == "" {
			q.smallest, control.units = n[0], n[1]
		}
	}
	if c.isBase() {
		q.base = true
		return q
	}
	q.lone = q.smallest <= 1 || control.count(e) <= 1
	if e.pn.scores != nil {
		at, ok := e.pn.scores.cell[c]
		if !ok {
			q.gap, q.value = true, math.NaN()
			return q
		}
		q.value, q.load[at] = e.adj.value[c], 1
		return q
	}
	if !treated.mean.defined() || !control.mean.defined() {
		q.gap = true
		q.value = math.NaN()
		return q
	}
	q.value = treated.mean.less(control.mean)
	e.load(q.load, c, treated, 1)
	e.load(q.load, c, control, -1)
	return q
}

// cellRows gives the rows of a cell of cross-sections: of the treated in the
// rarer of its two periods, and of the comparison group.
func (e estimator) cellRows(c *cell) ([2]int64, bool) {
	if e.adj == nil || e.adj.rows == nil {
		return [2]int64{}, false
	}
	return e.adj.rows[c], true
}

// side gathers the strata of some cohorts seen in both periods of a cell.
func (e estimator) side(c *cell, cohorts []int64, in func(stratum) bool) side {
	var s side
	clusters := map[int64]int64{}
	var terms []term
	weight := share
	if e.pn.scores == nil {
		terms, weight = e.pn.basis.change(c.base, c.at)
	}
	for h, st := range e.pn.strata {
		if !slices.Contains(cohorts, st.cohort) || !in(st) || !e.p.sees(st, c.base) || !e.p.sees(st, c.at) {
			continue
		}
		s.strata = append(s.strata, h)
		s.units += st.units
		clusters[st.cohort] += st.clusters
		if c.isBase() || e.pn.scores != nil {
			continue
		}
		s.mean.sum = plus(s.mean.sum, signed(terms, func(f int) moments.Quantity { return st.sums[f] }))
		s.mean.weight = plus(s.mean.weight, st.sums[weight])
	}
	for g, n := range clusters {
		if known, ok := e.pn.clustersOf[g]; ok {
			n = min(n, known) // a cluster of several patterns stands in several strata
		}
		s.clusters += n
	}
	return s
}

// count is the number of units, or of clusters, that an error can rest on.
func (s side) count(e estimator) int64 {
	if e.p.grouping() != "" {
		return s.clusters
	}
	return s.units
}

// load adds one side of a cell's influence function: in each of its strata
// sign (dY - m) w / W, written with dY centred at the stratum's own mean.
func (e estimator) load(load []float64, c *cell, s side, sign float64) {
	terms, weight := e.pn.basis.change(c.base, c.at)
	per := sign / s.mean.weight.Float()
	for _, h := range s.strata {
		own := mean{signed(terms, func(f int) moments.Quantity { return e.pn.strata[h].sums[f] }), e.pn.strata[h].sums[weight]}
		at := h * e.width()
		for _, t := range terms {
			load[at+t.feature] += per * float64(t.sign)
		}
		if own.defined() {
			load[at+weight] += per * own.less(s.mean)
		}
	}
}

// covariance is the matrix of covariances of parameters, sum psi psi' / n^2.
// A cell loads on few features, so that only what is not zero is multiplied.
func (e estimator) covariance(params []param) *mat.SymDense {
	n := len(params)
	cov := make([]float64, n*n)
	loads := make([][]sparse, e.pn.blocks) // by stratum: the parameters that load on it
	for h := range loads {
		for i, q := range params {
			if s := compress(i, q.load[h*e.width():(h+1)*e.width()]); len(s.at) > 0 {
				loads[h] = append(loads[h], s)
			}
		}
	}
	half := make([]float64, e.width())
	for h := range loads {
		for k := h; k < len(loads); k++ {
			block, ok := e.pn.products[[2]int{h, k}]
			if !ok {
				continue
			}
			for _, x := range loads[h] {
				x.times(block, half)
				for _, y := range loads[k] {
					switch i, j := x.param, y.param; {
					case h == k && j < i: // the matrix is symmetric
					case h != k && i == j: // x in h with y in k, and the reverse
						cov[i*n+i] += 2 * y.dot(half)
					default:
						cov[min(i, j)*n+max(i, j)] += y.dot(half)
					}
				}
			}
		}
	}
	return mat.NewSymDense(n, cov)
}

// sparse is a parameter's coefficients on the features of one stratum.
type sparse struct {
	param int
	at    []int
	value []float64
}

func compress(i int, load []float64) sparse {
	s := sparse{param: i}
	for f, v := range load {
		if v != 0 {
			s.at, s.value = append(s.at, f), append(s.value, v)
		}
	}
	return s
}

// times puts s' X into out.
func (s sparse) times(x [][]float64, out []float64) {
	clear(out)
	for n, f := range s.at {
		for b, v := range x[f] {
			out[b] += s.value[n] * v
		}
	}
}

func (s sparse) dot(v []float64) float64 {
	var sum float64
	for n, f := range s.at {
		sum += s.value[n] * v[f]
	}
	return sum
}
