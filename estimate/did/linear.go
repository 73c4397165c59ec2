package did

import (
	"math"
	"slices"

	"github.com/dampak/dampak/result"
)

// Two-way fixed effects, Sun-Abraham and imputation are least squares with unit
// and period effects, whose regressors are functions of cohort and period. With
// r" the regressors less their mean over the unit's rows, the coefficients are
//
//	B = (sum_h W_h sum_t r"_ht r"_ht')^-1 sum_h sum_t r"_ht S_ht,
//
// S_ht the weighted sum of the outcome over stratum h, and the score of a unit,
// sum_t r"_ht (Y_it - r_ht'B), is linear in its outcomes. So the moments by
// cohort that serve ATT(g,t) serve these as well.

// regression is such a fit.
type regression struct {
	e *estimator
	// rows tells, by stratum and period, which rows take part; x are the
	// regressors there, centred those less their mean over the unit's rows.
	rows       [][]bool
	x, centred [][][]float64
	kept       []int // regressors that the others do not explain
	inverse    solver
	joint      solver    // of the kept and the controls together; with controls alone
	beta       []float64 // of the kept
	n          int64     // rows
}

// fit runs the regression. Regressors explained by those before them are left
// out; false where nothing is left.
func (e *estimator) fit(rows [][]bool, x [][][]float64) (*regression, bool) {
	f := &regression{e: e, rows: rows}
	width := len(x[0][0])
	xx := square(width)
	centred := centreRows(rows, x)
	for h, st := range e.pn.strata {
		w := st.sums[share].Float()
		for t := range e.f.periods {
			if rows[h][t] {
				addOuter(xx, w, centred[h][t])
				f.n += st.units
			}
		}
	}
	f.kept = independent(xx)
	if len(f.kept) == 0 {
		return nil, false
	}
	var ok bool
	if f.inverse, ok = newSolver(pickMatrix(xx, f.kept)); !ok {
		return nil, false
	}
	f.x, f.centred = pickRows(x, f.kept), pickRows(centred, f.kept)
	xy := make([]float64, len(f.kept))
	for h := range e.pn.strata {
		for t := range e.f.periods {
			if rows[h][t] {
				xy = plusTimes(xy, e.total(h, t), f.centred[h][t])
			}
		}
	}
	if e.controls == nil || e.controls.gamma != nil { // the outcome is net of the controls by now
		f.beta = f.inverse.solve(xy)
	}
	if e.controls != nil && !e.controls.join(f, pickMatrix(xx, f.kept), xy) {
		return nil, false
	}
	e.lastFit = f
	return f, true
}

// solve gives what the rows' residuals are multiplied by in the influence
// function of l'B + lx'gamma: of the regressors, and of the controls. A nil lx
// is zero.
func (f *regression) solve(l, lx []float64) (ofRegressors, ofControls []float64) {
	ctl := f.e.controls
	if ctl == nil {
		return f.inverse.solve(l), nil
	}
	if lx == nil {
		lx = make([]float64, len(ctl.kept))
	}
	q := f.joint.solve(append(slices.Clone(l), lx...))
	return q[:len(l)], q[len(l):]
}

// total is the weighted sum over a stratum of the outcome in a period less the
// unit's first.
func (e *estimator) total(h, t int) float64 {
	if t == 0 {
		return 0
	}
	return zeroIfMissing(e.pn.strata[h].sums[t])
}

// mean is total over the weight.
func (e *estimator) mean(h, t int) float64 {
	return e.total(h, t) / e.pn.strata[h].sums[share].Float()
}

func centreRows(rows [][]bool, x [][][]float64) [][][]float64 {
	out := make([][][]float64, len(x))
	for h := range x {
		out[h] = make([][]float64, len(x[h]))
		mean, n := make([]float64, len(x[h][0])), 0.0
		for t := range x[h] {
			if rows[h][t] {
				mean, n = plusTimes(mean, 1, x[h][t]), n+1
			}
		}
		for t := range x[h] {
			if rows[h][t] {
				out[h][t] = plusTimes(x[h][t], -1/n, mean)
			}
		}
	}
	return out
}

func addOuter(to [][]float64, w float64, v []float64) {
	for i := range v {
		for j := range v {
			to[i][j] += w * v[i] * v[j]
		}
	}
}

func pickRows(x [][][]float64, kept []int) [][][]float64 {
	out := make([][][]float64, len(x))
	for h := range x {
		out[h] = make([][]float64, len(x[h]))
		for t := range x[h] {
			if x[h][t] != nil {
				out[h][t] = pick(x[h][t], kept)
			}
		}
	}
	return out
}

// independent lists the columns that those before them do not explain.
func independent(xx [][]float64) (kept []int) {
	const explained = 1e-10
	a := make([][]float64, len(xx))
	for i := range a {
		a[i] = slices.Clone(xx[i])
	}
	for j := range a {
		if !(a[j][j] > explained*xx[j][j]) {
			continue
		}
		kept = append(kept, j)
		for i := j + 1; i < len(a); i++ {
			f := a[i][j] / a[j][j]
			for k := j + 1; k < len(a); k++ {
				a[i][k] -= f * a[j][k]
			}
		}
	}
	return kept
}

// combination is the linear combination l of the kept coefficients with its
// influence function, sum_t q'r"_t (Y_t - r_t'B) with q = (X'X)^-1 l.
func (f *regression) combination(l []float64) (value float64, load []float64) {
	q, ofControls := f.solve(l, nil)
	load = f.e.noLoad()
	if ctl := f.e.controls; ctl != nil {
		ctl.load(f.e, load, ofControls)
	}
	for h := range f.e.pn.strata {
		at := h * f.e.width()
		for t := range f.e.f.periods {
			if !f.rows[h][t] {
				continue
			}
			a := dot(q, f.centred[h][t])
			if t > 0 {
				load[at+t] += a
			}
			load[at+share] += a * (f.e.mean(h, t) - dot(f.x[h][t], f.beta))
		}
	}
	return dot(l, f.beta), load
}

// residual is the load of the residual of period t, times a factor by stratum.
func (f *regression) residual(t int, factor func(h int) float64) []float64 {
	load := f.e.noLoad()
	for h := range f.e.pn.strata {
		if !f.rows[h][t] {
			continue
		}
		at, by := h*f.e.width(), factor(h)
		n, mean := 0.0, 0.0
		for k := range f.e.f.periods {
			if f.rows[h][k] {
				n++
			}
		}
		for k := range f.e.f.periods {
			if !f.rows[h][k] {
				continue
			}
			c := -1 / n
			if k == t {
				c++
			}
			if k > 0 {
				load[at+k] += by * c
			}
			mean += c * f.e.mean(h, k)
		}
		load[at+share] += by * (mean - dot(f.centred[h][t], f.beta))
	}
	return load
}

// factor is the CR1 factor: G/(G-1) (N-1)/(N-K), where K counts the regressors
// and the period effects; unit effects are nested in clusters (fixest).
func (f *regression) factor(g int64) float64 {
	k := int64(len(f.kept) + 1)
	if f.e.controls != nil {
		k += int64(len(f.e.controls.kept))
	}
	if g <= 1 || f.n <= k {
		return math.NaN()
	}
	return float64(g) / float64(g-1) * float64(f.n-1) / float64(f.n-k)
}

// everyRow marks the rows that strata have.
func (e *estimator) everyRow() [][]bool {
	rows := make([][]bool, len(e.pn.strata))
	for h, st := range e.pn.strata {
		rows[h] = make([]bool, len(e.f.periods))
		for t := range rows[h] {
			rows[h][t] = e.p.sees(st, t) && st.sums[share].Float() > 0
		}
	}
	return rows
}

// design makes the regressors: those of `of`, then the period dummies but the
// first.
func (e *estimator) design(width int, of func(h, t int) []float64) [][][]float64 {
	x := make([][][]float64, len(e.pn.strata))
	for h := range x {
		x[h] = make([][]float64, len(e.f.periods))
		for t := range x[h] {
			row := make([]float64, width+len(e.f.periods)-1)
			copy(row, of(h, t))
			if t > 0 {
				row[width+t-1] = 1
			}
			x[h][t] = row
		}
	}
	return x
}

// treatedAt tells whether a stratum is treated in a period.
func (e *estimator) treatedAt(h, t int) bool {
	g := e.pn.strata[h].cohort
	return g != never && e.f.periods[t] >= g
}

// counted fills in what an estimate over some cohorts rests on.
func (e *estimator) counted(q param, cohorts []int64) param {
	q.lone = true
	for i, g := range cohorts {
		s := e.cohortSide(g)
		n := s.count(*e)
		if i == 0 || n < q.smallest {
			q.smallest = n
		}
		q.lone = q.lone && n <= 1
	}
	q.lone = q.lone || e.controlsOf() <= 1
	return q
}

func (e *estimator) cohortSide(g int64) side {
	var s side
	for _, st := range e.pn.strata {
		if st.cohort == g {
			s.units, s.clusters = s.units+st.units, s.clusters+st.clusters
		}
	}
	if n, ok := e.pn.clustersOf[g]; ok {
		s.clusters = min(s.clusters, n)
	}
	return s
}

// controlsOf counts the units or clusters never treated.
func (e *estimator) controlsOf() int64 {
	s := e.cohortSide(never)
	return s.count(*e)
}

// linearEstimates gives the estimates of the estimator that the options name,
// with what is printed beside them.
func (e *estimator) linearEstimates() ([]param, []result.Diagnostic, []result.Exhibit, error) {
	params, err := e.linearParams()
	if err != nil || e.p.o.Estimator != TWFE {
		return params, nil, nil, err
	}
	if !e.p.survey() {
		e.twoWayErrors(e.lastFit, &params[0])
	}
	if e.controls != nil { // the decomposition speaks of the coefficient without covariates
		return params, []result.Diagnostic{e.negativeWeights(e.lastFit)}, nil, nil
	}
	exhibits, bacon := e.bacon(params[0].value)
	return params, append([]result.Diagnostic{e.negativeWeights(e.lastFit)}, bacon...), exhibits, nil
}

// linearParams gives the estimates alone.
func (e *estimator) linearParams() ([]param, error) {
	switch e.p.o.Estimator {
	case TWFE:
		return e.twoWay()
	case SunAbraham:
		return e.sunAbraham()
	default:
		return e.imputation()
	}
}
