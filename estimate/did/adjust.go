package did

import (
	"fmt"
	"slices"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// adjuster estimates the cells of a panel with covariates, in rounds of
// moments. A reading is one way to read covariates and weights: in one period,
// or once for all where they do not change. Change hi of reading k is the
// change of the outcome from the reading's own period to hi; where nothing
// changes over time, from the unit's first period.
type adjuster struct {
	c        collector
	vars     []variable // of the regressors after the constant
	readings []int      // position of the period; a single -1 where nothing changes
	strata   []stratum
	sums     [][]stratumSums // by reading and stratum
	models   []*model
	jobs     []*job
}

// stratumSums are sums over a stratum in one reading: x holds the constant
// first, all weighted.
type stratumSums struct {
	xx [][]float64
	xy map[int][]float64 // by hi
}

// job is the estimate of one cell.
type job struct {
	cell    *cell
	reading int
	treated []int // strata
	control []int
	model   *model // nil without one
	gap     string // why there is no estimate: a code
	apart   string // with gapSeparation and no model: the covariate that never meets the treated's values
	// keep are the regressors that vary in the comparison group; nil = all. The
	// others are constant among the treated as well.
	keep []int

	value                        float64
	beta, slope, pull            []float64 // x'beta is fitted; x'slope and x'pull carry the errors of beta and of the propensity score
	treatedMean, comparisonMean  float64
	treatedWeight, controlWeight float64
}

// Codes of cells without an estimate.
const (
	gapNobody     = "nobody"     // no unit seen in both periods
	gapSingular   = "singular"   // too few comparison units for the covariates
	gapSeparation = "separation" // covariates tell the treated from the comparison without fail
)

func readingWeight(k int) moments.Ref { return moments.Ref(fmt.Sprintf("rw%d", k)) }
func changeOf(k, hi int) moments.Ref  { return moments.Ref(fmt.Sprintf("d%d_%d", k, hi)) }

// newAdjuster sorts the cells into jobs. Varying says that a covariate or a
// weight changes over time within units.
func newAdjuster(c collector, vars []variable, strata []stratum, varying bool) *adjuster {
	a := &adjuster{c: c, vars: vars, strata: strata}
	if !varying {
		a.readings = []int{-1}
	}
	for i := range c.f.cells {
		cl := &c.f.cells[i]
		if cl.isBase() {
			continue
		}
		j := &job{cell: cl}
		early := min(cl.base, cl.at)
		if varying {
			if j.reading = slices.Index(a.readings, early); j.reading < 0 {
				j.reading = len(a.readings)
				a.readings = append(a.readings, early)
			}
		}
		for h, st := range strata {
			if !c.p.sees(st, cl.base) || !c.p.sees(st, cl.at) {
				continue
			}
			if st.cohort == cl.g {
				j.treated = append(j.treated, h)
			}
			if slices.Contains(cl.controls, st.cohort) {
				j.control = append(j.control, h)
			}
		}
		a.jobs = append(a.jobs, j)
	}
	return a
}

// from is the position of the period that a reading's changes start from.
func (a *adjuster) from(reading int) int { return max(a.readings[reading], 0) }

// changes lists, for each reading, the periods whose change some cell needs.
func (a *adjuster) changes() [][]int {
	all := make([][]int, len(a.readings))
	for _, j := range a.jobs {
		for _, k := range []int{j.cell.base, j.cell.at} {
			if k != a.from(j.reading) && !slices.Contains(all[j.reading], k) {
				all[j.reading] = append(all[j.reading], k)
			}
		}
	}
	for _, hi := range all {
		slices.Sort(hi)
	}
	return all
}

// terms writes a cell's change of the outcome as changes of its reading.
func (a *adjuster) terms(j *job) (list []term) {
	for _, end := range []term{{j.cell.at, 1}, {j.cell.base, -1}} {
		if end.feature != a.from(j.reading) {
			list = append(list, end)
		}
	}
	return list
}

// steps fold rows into units that have weights, regressors and changes.
func (a *adjuster) steps() []moments.Step {
	c, varying := a.c, a.readings[0] >= 0
	steps := c.byUnit(varying && c.p.o.Weights != "")
	fold := steps[0].(moments.Fold)
	for i, x := range c.p.o.Covariates {
		if !varying {
			fold.Make = append(fold.Make, moments.Agg{Name: string(covariateMax(i)), Op: moments.Max, Of: moments.Ref(x.Column)})
			continue
		}
		for _, k := range a.readings {
			here := moments.Compare{A: moments.Ref(c.p.o.Time), Op: moments.Equal, B: moments.Int(c.f.periods[k])}
			fold.Make = append(fold.Make, moments.Agg{Name: string(covariateAt(i, k)), Op: moments.Max, Of: moments.Case{When: here, Then: moments.Ref(x.Column)}})
		}
	}
	steps[0] = fold
	var d moments.Derive
	for r, k := range a.readings {
		weight := moments.Expr(moments.Int(1))
		switch {
		case c.p.o.Weights != "" && varying:
			weight = weightAt(k)
		case c.p.o.Weights != "":
			weight = moments.Ref("w_max")
		}
		d = append(d, moments.Field{Name: string(readingWeight(r)), Of: weight})
		for j, v := range a.vars {
			value := covariateMax(v.column)
			if varying {
				value = covariateAt(v.column, k)
			}
			d = append(d, moments.Field{Name: string(regressor(r, j)), Of: v.of(value)})
		}
		from := moments.Ref("first")
		if varying {
			from = outcomeAt(k)
		}
		for _, hi := range a.changes()[r] {
			d = append(d, moments.Field{Name: string(changeOf(r, hi)), Of: moments.Sub{A: outcomeAt(hi), B: from}})
		}
	}
	return append(steps, moments.Keep{Cond: a.used()}, d)
}

// used holds for the units of strata that take part.
func (a *adjuster) used() moments.Cond {
	var cohorts []moments.Value
	for _, st := range a.strata {
		if v := moments.WholeKey(st.cohort); !slices.Contains(cohorts, v) {
			cohorts = append(cohorts, v)
		}
	}
	in := moments.All{moments.Is{Of: moments.Ref(cohortKey), Values: cohorts}}
	if a.c.p.o.Unbalanced != Pairwise {
		in = append(in, moments.Compare{A: moments.Ref(patternKey), Op: moments.Equal, B: moments.Int(1)})
	}
	return in
}

// base begins a request over units.
func (a *adjuster) base(label string) moments.Request {
	r := a.c.request(label)
	r.Steps = a.steps()
	return r
}

// columns are the regressors of a reading, the constant first as nil.
func (a *adjuster) columns(reading int) []moments.Expr {
	xs := []moments.Expr{nil}
	for j := range a.vars {
		xs = append(xs, regressor(reading, j))
	}
	return xs
}

// sumOf adds to a request the sum of a product; nil factors are one.
func sumOf(r *moments.Request, name string, factors ...moments.Expr) {
	r.Make = append(r.Make, moments.Agg{Name: name, Op: moments.Sum, Of: product(factors...)})
}

func product(factors ...moments.Expr) moments.Expr {
	var m moments.Mul
	for _, f := range factors {
		if f != nil {
			m = append(m, f)
		}
	}
	return m
}

// outer asks for sums of weight x x', and vector for those of weight x.
func outer(r *moments.Request, prefix string, weight moments.Expr, xs []moments.Expr) {
	for i := range xs {
		for j := i; j < len(xs); j++ {
			sumOf(r, fmt.Sprintf("%s_%d_%d", prefix, i, j), weight, xs[i], xs[j])
		}
	}
}

func vector(r *moments.Request, prefix string, weight moments.Expr, xs []moments.Expr) {
	for i := range xs {
		sumOf(r, fmt.Sprintf("%s_%d", prefix, i), weight, xs[i])
	}
}

func readOuter(s moments.Statistic, g moments.Group, prefix string, n int) [][]float64 {
	m := square(n)
	for i := range n {
		for j := i; j < n; j++ {
			m[i][j] = zeroIfMissing(s.Cell(g, fmt.Sprintf("%s_%d_%d", prefix, i, j)))
			m[j][i] = m[i][j]
		}
	}
	return m
}

func readVector(s moments.Statistic, g moments.Group, prefix string, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = zeroIfMissing(s.Cell(g, fmt.Sprintf("%s_%d", prefix, i)))
	}
	return v
}

func zeroIfMissing(q moments.Quantity) float64 {
	if q.IsMissing() {
		return 0
	}
	return q.Float()
}

// regressions asks for the sums of least squares, by stratum.
func (a *adjuster) regressions() moments.Request {
	r := a.base("regression sums by cohort")
	r.By = []moments.Field{{Name: cohortKey, Of: moments.Ref(cohortKey)}, {Name: patternKey, Of: moments.Ref(patternKey)}}
	changes := a.changes()
	for k := range a.readings {
		xs := a.columns(k)
		outer(&r, fmt.Sprintf("xx%d", k), readingWeight(k), xs)
		for _, hi := range changes[k] {
			vector(&r, fmt.Sprintf("xy%d_%d", k, hi), product(readingWeight(k), changeOf(k, hi)), xs)
		}
	}
	return r
}

// readRegressions keeps the sums and drops the regressors that the others
// explain; it names them.
func (a *adjuster) readRegressions(s moments.Statistic) (dropped []string) {
	n := len(a.vars) + 1
	changes := a.changes()
	a.sums = make([][]stratumSums, len(a.readings))
	for k := range a.readings {
		a.sums[k] = make([]stratumSums, len(a.strata))
		for h, st := range a.strata {
			a.sums[k][h] = stratumSums{xx: square(n), xy: map[int][]float64{}}
			for _, g := range s.Groups {
				cohort, _ := g.Key[0].Whole()
				pattern, _ := g.Key[1].Whole()
				if cohort != st.cohort || pattern != st.pattern {
					continue
				}
				a.sums[k][h].xx = readOuter(s, g, fmt.Sprintf("xx%d", k), n)
				for _, hi := range changes[k] {
					a.sums[k][h].xy[hi] = readVector(s, g, fmt.Sprintf("xy%d_%d", k, hi), n)
				}
			}
		}
	}
	return a.drop()
}

// drop leaves out, everywhere, the regressors that are collinear in the whole
// sample.
func (a *adjuster) drop() (dropped []string) {
	total := square(len(a.vars) + 1)
	for _, byStratum := range a.sums {
		for _, st := range byStratum {
			addMatrix(total, st.xx)
		}
	}
	kept := collinear(total)
	if len(kept) == len(total) {
		return nil
	}
	for k := range a.sums {
		for h := range a.sums[k] {
			st := &a.sums[k][h]
			st.xx = pickMatrix(st.xx, kept)
			for hi, v := range st.xy {
				st.xy[hi] = pick(v, kept)
			}
		}
	}
	var vars []variable
	for j, v := range a.vars {
		if slices.Contains(kept, j+1) {
			vars = append(vars, v)
		} else {
			dropped = append(dropped, v.label)
		}
	}
	a.vars = vars
	return dropped
}

func pick(v []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = v[k]
	}
	return out
}

func pickMatrix(m [][]float64, at []int) [][]float64 {
	out := make([][]float64, len(at))
	for i, k := range at {
		out[i] = pick(m[k], at)
	}
	return out
}

// gather adds up the sums of some strata for a job: x x' and x dY.
func (a *adjuster) gather(j *job, strata []int) (xx [][]float64, xy []float64) {
	n := len(a.vars) + 1
	xx, xy = square(n), make([]float64, n)
	for _, h := range strata {
		st := a.sums[j.reading][h]
		addMatrix(xx, st.xx)
		for _, t := range a.terms(j) {
			if v := st.xy[t.feature]; v != nil {
				for i := range xy {
					xy[i] += float64(t.sign) * v[i]
				}
			}
		}
	}
	return xx, xy
}

// begin finds the jobs that can be done at all, and fits least squares where
// the method needs them.
func (a *adjuster) begin() {
	for _, j := range a.jobs {
		treated, _ := a.gather(j, j.treated)
		control, xy := a.gather(j, j.control)
		j.treatedWeight = treated[0][0]
		if !(treated[0][0] > 0) || !(control[0][0] > 0) {
			j.gap = gapNobody
			continue
		}
		if a.narrow(j, treated, control); j.gap != "" {
			continue
		}
		s, ok := newPartSolver(control, j.keep)
		if !ok {
			j.gap = gapSingular
			continue
		}
		if a.c.p.o.Method == DoublyRobust || a.c.p.o.Method == OutcomeRegression {
			j.beta = s.solve(xy)
		}
	}
	if a.c.p.o.Method != OutcomeRegression {
		a.newModels()
	}
}

// narrow leaves out of a job the covariates that say nothing in it, and finds
// those that tell its treated from its comparison group without fail: a
// covariate that is constant in the comparison group and not among all.
func (a *adjuster) narrow(j *job, treated, control [][]float64) {
	kept := collinear(control)
	if len(kept) == len(control) {
		return
	}
	both := square(len(control))
	addMatrix(both, treated)
	addMatrix(both, control)
	all := collinear(both)
	if slices.Equal(kept, all) {
		j.keep = kept
		return
	}
	j.gap = gapSingular
	for _, i := range all {
		if !slices.Contains(kept, i) && varianceOf(control, i) <= 0 {
			j.gap, j.apart = gapSeparation, a.vars[i-1].label
			return
		}
	}
}

// varianceOf is the variance of regressor i from sums w x x', 0 where only rounding
// is left.
func varianceOf(xx [][]float64, i int) float64 {
	mean := xx[0][i] / xx[0][0]
	v := xx[i][i]/xx[0][0] - mean*mean
	if v <= 1e-10*xx[i][i]/xx[0][0] {
		return 0
	}
	return v
}

// newModels gives each job its propensity score.
func (a *adjuster) newModels() {
	known := map[string]*model{}
	changes := a.changes()
	for _, j := range a.jobs {
		if j.gap != "" {
			continue
		}
		key := fmt.Sprint(j.cell.g, j.cell.controls, j.reading)
		if a.c.p.o.Unbalanced == Pairwise {
			key += fmt.Sprint(" ", min(j.cell.base, j.cell.at), max(j.cell.base, j.cell.at))
		}
		if known[key] == nil {
			treated, _ := a.gather(j, j.treated)
			control, _ := a.gather(j, j.control)
			m := newModel(len(a.models), treated, control, a.vars)
			m.keep = j.keep
			m.weight, m.xs, m.ys = readingWeight(j.reading), a.columns(j.reading), map[int]moments.Expr{}
			m.sample = a.member(j, append([]int64{j.cell.g}, j.cell.controls...)...)
			m.treated = moments.Compare{A: moments.Ref(cohortKey), Op: moments.Equal, B: moments.Int(j.cell.g)}
			for _, hi := range changes[j.reading] {
				m.ys[hi] = changeOf(j.reading, hi)
			}
			known[key] = m
			a.models = append(a.models, m)
		}
		j.model = known[key]
	}
}

// regressionOnly finishes the jobs of outcome regression.
func (a *adjuster) regressionOnly() {
	for _, j := range a.jobs {
		if j.gap != "" {
			continue
		}
		treated, dy := a.gather(j, j.treated)
		control, _ := a.gather(j, j.control)
		j.value = (dy[0] - dot(treated[0], j.beta)) / j.treatedWeight
		j.treatedMean = j.value
		s, _ := newPartSolver(control, j.keep)
		j.slope = scaled(s.solve(treated[0]), 1/j.treatedWeight)
	}
}

func scaled(v []float64, f float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = f * v[i]
	}
	return out
}

// finish computes a job from the sums over the odds of its model.
func (a *adjuster) finish(j *job) {
	m := j.model
	if m.separated {
		j.gap = gapSeparation
	}
	if j.gap != "" {
		return
	}
	n := len(a.vars) + 1
	treated, dy := a.gather(j, j.treated)
	control, _ := a.gather(j, j.control)
	odds := m.odds.xx
	oy := make([]float64, n) // sum of odds x dY
	for _, t := range a.terms(j) {
		for i := range oy {
			oy[i] += float64(t.sign) * m.odds.xy[t.feature][i]
		}
	}
	j.controlWeight = odds[0][0]
	if !(j.controlWeight > 0) {
		j.gap = gapSeparation
		return
	}
	beta := make([]float64, n)
	switch a.c.p.o.Method {
	case DoublyRobust:
		beta = j.beta
	case DoublyRobustImproved:
		s, ok := newPartSolver(odds, j.keep)
		if !ok {
			j.gap = gapSingular
			return
		}
		beta = s.solve(oy)
		j.beta = beta
	}
	j.treatedMean = (dy[0] - dot(treated[0], beta)) / j.treatedWeight
	j.comparisonMean = (oy[0] - dot(odds[0], beta)) / j.controlWeight
	j.value = j.treatedMean - j.comparisonMean
	if a.c.p.o.Method == DoublyRobustImproved {
		return // its nuisance parameters do not move the estimate to first order
	}
	// Residuals weighted by odds: what a change of the score would move.
	left := plusTimes(less(oy, times(odds, beta)), -j.comparisonMean, odds[0])
	information, ok := newPartSolver(m.information, j.keep)
	if !ok {
		j.gap = gapSeparation
		return
	}
	j.pull = scaled(information.solve(left), 1/j.controlWeight)
	if a.c.p.o.Method == DoublyRobust {
		s, _ := newPartSolver(control, j.keep)
		j.slope = s.solve(less(scaled(treated[0], 1/j.treatedWeight), scaled(odds[0], 1/j.controlWeight)))
	}
}

// refuseIfAllGaps says why no cell can be estimated.
func (a *adjuster) refuseIfAllGaps() error {
	reason := ""
	for _, j := range a.jobs {
		if j.gap == "" && j.cell.post() {
			return nil
		}
		if j.cell.post() && reason != gapSeparation {
			reason = j.gap
		}
	}
	return noCellLeft(a.vars, reason)
}

// noCellLeft is the refusal of a study whose covariates leave nothing to
// compare.
func noCellLeft(vars []variable, reason string) error {
	var named []string
	for _, v := range vars {
		named = append(named, v.label)
	}
	return result.Refuse("did-covariates-too-much", "covariates", named, "nobody", reason == gapNobody,
		"singular", reason == gapSingular, "separation", reason == gapSeparation)
}
