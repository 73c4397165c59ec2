package did

import (
	"slices"

	"github.com/dampak/dampak/moments"
)

// sections estimates the cells of repeated cross-sections: each row is a person
// of its own. With C(g,t) the comparison group and o the odds of the propensity
// score, fitted on the rows of both periods,
//
//	regression: [mean_T,t(y) - mean_T,b(y)] - mean_T(x'B_C,t - x'B_C,b)
//	ipw:        [mean_T,t(y) - mean_T,b(y)] - [mean_o,t(y) - mean_o,b(y)]
//
// and doubly robust, with r the residual from the comparison's regression in the
// period and D_t = B_T,t - B_C,t,
//
//	[mean_T,t(r) - mean_T,b(r)] - [mean_o,t(r) - mean_o,b(r)]
//	+ [mean_T(x) - mean_T,t(x)]'D_t - [mean_T(x) - mean_T,b(x)]'D_b
//
// (Sant'Anna and Zhao 2020, section 3.2: the locally efficient estimator). The
// treated outside subscripts are those of both periods.
type sections struct {
	c      collector
	vars   []variable
	sums   map[[2]int64]sectionSums // cohort, period
	models []*model
	jobs   []*sectionJob
}

type sectionSums struct {
	rows   int64
	xx     [][]float64
	xy     []float64
	weight float64
}

// sectionJob is the estimate of one cell. Index 0 is the base period, 1 the
// period itself.
type sectionJob struct {
	cell  *cell
	model *model
	gap   string
	value float64

	treated, control         [2]sectionSums
	odds                     [2]stratumSums
	controlBeta, treatedBeta [2][]float64 // nil where the method has none
	treatedMean, controlMean [2]float64
	slope, treatedSlope      [2][]float64 // errors of the regressions
	pull                     []float64    // error of the propensity score
	effect                   [2][]float64 // coefficients of the terms over x alone
}

const sectionWeight = moments.Ref("rw")

func (a *sections) xs() []moments.Expr {
	xs := []moments.Expr{nil}
	for j := range a.vars {
		xs = append(xs, regressor(0, j))
	}
	return xs
}

// base begins a request over rows with cohort, weight, regressors and outcome.
func (a *sections) base(label string) moments.Request {
	c := a.c
	r := c.request(label)
	g := moments.Ref(c.p.o.FirstTreated)
	later := moments.Compare{A: g, Op: moments.Greater, B: moments.Int(c.f.last)}
	d := moments.Select{
		{Name: cohortKey, Of: moments.Case{When: later, Then: moments.Int(never), Else: moments.First{g, moments.Int(never)}}},
		{Name: timeKey, Of: moments.Ref(c.p.o.Time)},
		{Name: string(sectionWeight), Of: a.weight()},
		{Name: "y", Of: a.outcome()},
	}
	for j, v := range a.vars {
		d = append(d, moments.Field{Name: string(regressor(0, j)), Of: v.of(moments.Ref(c.p.o.Covariates[v.column].Column))})
	}
	for i, name := range c.p.carried() {
		d = append(d, moments.Field{Name: string(carriedMax(i)), Of: moments.Ref(name)})
	}
	if c.p.o.FPC != "" {
		d = append(d, moments.Field{Name: "fpc", Of: moments.Ref(c.p.o.FPC)}, moments.Field{Name: "fpc_low", Of: moments.Ref(c.p.o.FPC)})
	}
	in := append(slices.Clone(c.f.cohorts), never)
	r.Steps = []moments.Step{d, moments.Keep{Cond: moments.Is{Of: moments.Ref(cohortKey), Values: wholeKeys(in)}}}
	return r
}

func (a *sections) weight() moments.Expr {
	if a.c.p.o.Weights == "" {
		return moments.Int(1)
	}
	return moments.Ref(a.c.p.o.Weights)
}

// outcome is the outcome less a number near its mean, which no effect sees.
func (a *sections) outcome() moments.Expr {
	y := a.c.p.o.Outcome
	shift := a.c.s.Shift(y)
	if a.c.s.Whole(y) {
		return moments.Sub{A: moments.Ref(y), B: moments.Int(int64(shift))}
	}
	return moments.Sub{A: moments.Ref(y), B: moments.Real(shift)}
}

// regressions asks for counts and the sums of least squares by cohort and
// period.
func (a *sections) regressions() moments.Request {
	r := a.base("sums by cohort and period")
	r.By = []moments.Field{{Name: cohortKey, Of: moments.Ref(cohortKey)}, {Name: timeKey, Of: moments.Ref(timeKey)}}
	r.Make = []moments.Agg{{Name: cellRows, Op: moments.Count}}
	outer(&r, "xx", sectionWeight, a.xs())
	vector(&r, "xy", product(sectionWeight, moments.Ref("y")), a.xs())
	return r
}

// crossSections walks the rounds of repeated cross-sections: levels of
// categories, regression sums, the propensity scores, influence functions.
func (p procedure) crossSections(c collector, q *answers) (study, error) {
	var st study
	var levels []moments.Statistic
	if len(p.categories()) > 0 {
		var ask []moments.Request
		for _, column := range p.categories() {
			ask = append(ask, c.levelsOf(column))
		}
		got, ok := q.get(ask...)
		if !ok {
			return st, nil
		}
		levels = got
	}
	vars, err := p.variables(c.s, levels)
	if err != nil {
		return st, err
	}
	a := &sections{c: c, vars: vars}
	so, ok := q.get(a.regressions())
	if !ok {
		return st, nil
	}
	st.adj = &adjusted{method: p.o.Method, dropped: a.read(so[0]), gaps: map[*cell]string{}, value: map[*cell]float64{}, rows: map[*cell][2]int64{}, effective: 1}
	if len(a.vars) == 0 {
		a.c.p.o.Method, st.adj.method = OutcomeRegression, ""
	}
	pn := a.panel()
	if err := p.checkStrata(c.f, pn.strata, tally{units: pn.units}); err != nil {
		return st, err
	}
	a.begin()
	method := a.c.p.o.Method
	if method != OutcomeRegression {
		if !scoresBySlot(a.base(""), a.models, method == DoublyRobustImproved, q, a.xs()) {
			return st, nil
		}
		a.readOdds()
	}
	for _, j := range a.jobs {
		if j.gap == "" {
			a.finish(j)
		}
	}
	if err := a.report(st.adj); err != nil {
		return st, err
	}
	scores := newScores(c.f.cohorts, sectionWeight, c.f.periods...)
	for _, j := range a.jobs {
		if j.gap == "" {
			scores.addCell(j.cell, a.influence(j))
		}
	}
	base := a.base("influence functions")
	if method != OutcomeRegression && (p.grouping() != "" || p.survey()) { // else each place derives its own
		base.Steps = withOdds(base.Steps, arrived(a.models))
	}
	requests, err := p.covarianceRequests(base, scores, func(column string) moments.Expr {
		if column == p.o.Time {
			return moments.Ref(timeKey)
		}
		return carriedMax(slices.Index(p.carried(), column))
	})
	if err != nil {
		return st, err
	}
	got, ok := q.get(requests...)
	if !ok {
		return st, nil
	}
	sp, err := p.readCovariance(scores, got)
	if err != nil {
		return st, err
	}
	if p.grouping() == "" && !p.survey() {
		sp.clusters = pn.units
	}
	st.tally.units = pn.units
	st.panel = scorePanel(pn, scores, sp)
	if p.needsGroups() {
		if err := p.checkGroups(sp.clusters); err != nil {
			return st, err
		}
		byCluster, ok := q.get(p.groupRequest(base, scores, carriedMax(slices.Index(p.carried(), p.grouping())), sectionWeight))
		if !ok {
			return st, nil
		}
		st.groups = scores.readScoreGroups(byCluster[0])
	}
	return st, nil
}

// read keeps the sums, and drops the regressors that others explain.
func (a *sections) read(s moments.Statistic) (dropped []string) {
	n := len(a.vars) + 1
	a.sums = map[[2]int64]sectionSums{}
	total := square(n)
	for _, g := range s.Groups {
		cohort, _ := g.Key[0].Whole()
		period, _ := g.Key[1].Whole()
		one := sectionSums{rows: s.Cell(g, cellRows).Count(), xx: readOuter(s, g, "xx", n), xy: readVector(s, g, "xy", n)}
		one.weight = one.xx[0][0]
		a.sums[[2]int64{cohort, period}] = one
		addMatrix(total, one.xx)
	}
	kept := collinear(total)
	if len(kept) == n {
		return nil
	}
	for key, one := range a.sums {
		one.xx, one.xy = pickMatrix(one.xx, kept), pick(one.xy, kept)
		a.sums[key] = one
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

// panel gives the cohorts as strata of rows, for counts and mean paths.
func (a *sections) panel() panel {
	f := a.c.f
	pn := panel{levels: map[int64][]mean{}}
	shift := a.c.s.Shift(a.c.p.o.Outcome)
	for _, g := range append([]int64{never}, f.cohorts...) {
		st := stratum{cohort: g, pattern: 1}
		var weight float64
		means := make([]mean, len(f.periods))
		for k, t := range f.periods {
			one, ok := a.sums[[2]int64{g, t}]
			if !ok {
				continue
			}
			st.units += one.rows
			weight += one.weight
			means[k] = mean{sum: moments.RealQuantity(one.xy[0] + shift*one.weight), weight: moments.RealQuantity(one.weight)}
		}
		if st.units == 0 {
			continue
		}
		st.rows, st.clusters, st.sums = st.units, st.units, []moments.Quantity{moments.RealQuantity(weight)}
		if a.c.p.o.Unbalanced == Pairwise {
			st.pattern = 1<<len(f.periods) - 1
		}
		pn.strata = append(pn.strata, st)
		pn.units += st.units
		pn.levels[g] = means
	}
	pn.clusters = pn.units
	return pn
}

// over adds up the sums of some cohorts in a period.
func (a *sections) over(cohorts []int64, period int64) sectionSums {
	n := len(a.vars) + 1
	out := sectionSums{xx: square(n), xy: make([]float64, n)}
	for _, g := range cohorts {
		one, ok := a.sums[[2]int64{g, period}]
		if !ok {
			continue
		}
		out.rows += one.rows
		out.weight += one.weight
		addMatrix(out.xx, one.xx)
		out.xy = plusTimes(out.xy, 1, one.xy)
	}
	return out
}

// ends are the base period and the period of a cell.
func (a *sections) ends(c *cell) [2]int64 { return [2]int64{a.c.f.periods[c.base], c.t} }

// begin sorts cells into jobs, fits least squares and starts the models.
func (a *sections) begin() {
	method := a.c.p.o.Method
	for i := range a.c.f.cells {
		cl := &a.c.f.cells[i]
		if cl.isBase() {
			continue
		}
		j := &sectionJob{cell: cl}
		a.jobs = append(a.jobs, j)
		for e, t := range a.ends(cl) {
			j.treated[e], j.control[e] = a.over([]int64{cl.g}, t), a.over(cl.controls, t)
			if !(j.treated[e].weight > 0) || !(j.control[e].weight > 0) {
				j.gap = gapNobody
			}
		}
		if j.gap != "" {
			continue
		}
		for e := range 2 {
			control, ok := newSolver(j.control[e].xx)
			if !ok {
				j.gap = gapSingular
				break
			}
			if method == DoublyRobust || method == OutcomeRegression {
				j.controlBeta[e] = control.solve(j.control[e].xy)
			}
			if method == DoublyRobust || method == DoublyRobustImproved {
				treated, ok := newSolver(j.treated[e].xx)
				if !ok {
					j.gap = gapSingular
					break
				}
				j.treatedBeta[e] = treated.solve(j.treated[e].xy)
			}
		}
		if j.gap == "" && method != OutcomeRegression {
			treated, control := square(len(a.vars)+1), square(len(a.vars)+1)
			for e := range 2 {
				addMatrix(treated, j.treated[e].xx)
				addMatrix(control, j.control[e].xx)
			}
			m := newModel(len(a.models), treated, control, a.vars)
			m.weight, m.xs, m.ys = sectionWeight, a.xs(), map[int]moments.Expr{0: moments.Ref("y")}
			ends := a.ends(cl)
			when := moments.Is{Of: moments.Ref(timeKey), Values: wholeKeys(ends[:])}
			m.sample = moments.All{moments.Is{Of: moments.Ref(cohortKey), Values: wholeKeys(append([]int64{cl.g}, cl.controls...))}, when}
			m.treated = moments.Compare{A: moments.Ref(cohortKey), Op: moments.Equal, B: moments.Int(cl.g)}
			m.treatedAt, m.controlAt = rowsOf(ends[:], cl.g), rowsOf(ends[:], cl.controls...)
			j.model = m
			a.models = append(a.models, m)
		}
	}
}

// readOdds gives each job the sums over odds in its two periods.
func (a *sections) readOdds() {
	for _, j := range a.jobs {
		if j.gap != "" {
			continue
		}
		if j.model.separated {
			j.gap = gapSeparation
			continue
		}
		for e, t := range a.ends(j.cell) {
			odds, ok := j.model.oddsAt[t]
			if !ok || !(odds.xx[0][0] > 0) {
				j.gap = gapSeparation
				break
			}
			j.odds[e] = odds
		}
	}
}

// finish computes a job; e runs over base (0) and period (1), which enter with
// signs -1 and +1.
func (a *sections) finish(j *sectionJob) {
	method := a.c.p.o.Method
	n := len(a.vars) + 1
	all := make([]float64, n) // sums of x over the treated of both periods
	var weight float64
	for e := range 2 {
		all = plusTimes(all, 1, j.treated[e].xx[0])
		weight += j.treated[e].weight
	}
	meanAll := scaled(all, 1/weight)
	signs := [2]float64{-1, 1}
	moved := make([]float64, n) // derivative by the coefficients of the score
	for e, sign := range signs {
		treated, control := j.treated[e], j.control[e]
		meanTreated := scaled(treated.xx[0], 1/treated.weight)
		solveControl, _ := newSolver(control.xx)
		if method == OutcomeRegression {
			j.treatedMean[e] = treated.xy[0] / treated.weight
			j.value += sign * (j.treatedMean[e] - dot(meanAll, j.controlBeta[e]))
			j.slope[e] = scaled(solveControl.solve(meanAll), -sign)
			j.effect[e] = scaled(j.controlBeta[e], -sign)
			continue
		}
		odds := j.odds[e]
		beta := make([]float64, n)
		switch method {
		case DoublyRobust:
			beta = j.controlBeta[e]
		case DoublyRobustImproved:
			s, ok := newSolver(odds.xx)
			if !ok {
				j.gap = gapSingular
				return
			}
			beta = s.solve(odds.xy[0])
			j.controlBeta[e] = beta
		}
		meanOdds := scaled(odds.xx[0], 1/odds.xx[0][0])
		j.treatedMean[e] = treated.xy[0]/treated.weight - dot(meanTreated, beta)
		j.controlMean[e] = odds.xy[0][0]/odds.xx[0][0] - dot(meanOdds, beta)
		j.value += sign * (j.treatedMean[e] - j.controlMean[e])
		if j.treatedBeta[e] != nil {
			delta := less(j.treatedBeta[e], beta)
			j.effect[e] = scaled(delta, sign)
			j.value += sign * (dot(meanAll, delta) - dot(meanTreated, delta))
		}
		if method == DoublyRobustImproved {
			continue
		}
		if method == DoublyRobust {
			solveTreated, _ := newSolver(treated.xx)
			moves := less(meanOdds, meanAll)
			if e == 0 && !a.c.p.derivative { // as DRDID: see docs/decisions/0008
				moves = less(plusTimes(scaled(meanTreated, 2), -1, meanOdds), meanAll)
			}
			j.slope[e] = scaled(solveControl.solve(moves), sign)
			j.treatedSlope[e] = scaled(solveTreated.solve(less(meanAll, meanTreated)), sign)
		}
		left := plusTimes(less(odds.xy[0], times(odds.xx, beta)), -j.controlMean[e], odds.xx[0])
		moved = plusTimes(moved, -sign/odds.xx[0][0], left)
	}
	if method == IPW || method == DoublyRobust {
		information, ok := newSolver(j.model.information)
		if !ok {
			j.gap = gapSeparation
			return
		}
		j.pull = information.solve(moved)
	}
}

// influence is the cell's influence function over n as expressions of a row.
func (a *sections) influence(j *sectionJob) []piece {
	xs := a.xs()
	signs := [2]float64{-1, 1}
	var weight float64
	var all []float64
	for e := range 2 {
		weight += j.treated[e].weight
		if all == nil {
			all = make([]float64, len(xs))
		}
		all = plusTimes(all, 1, j.treated[e].xx[0])
	}
	meanAll := scaled(all, 1/weight)
	residual := func(beta []float64) moments.Expr {
		if beta == nil {
			return moments.Ref("y")
		}
		return moments.Add{moments.Ref("y"), linear(xs, scaled(beta, -1))}
	}
	// centred is x'b less its mean over a group, over the group's weight.
	centred := func(b, mean []float64, per float64) moments.Expr {
		shifted := slices.Clone(b)
		shifted[0] -= dot(b, mean)
		return linear(xs, scaled(shifted, per))
	}
	// side gives the treated and the comparison rows of one end their values.
	side := func(e int, score, odds moments.Ref) (treated, outside moments.Expr) {
		beta := j.controlBeta[e]
		if a.c.p.o.Method == OutcomeRegression {
			beta = nil
		}
		own := moments.Add{moments.Mul{moments.Real(signs[e] / j.treated[e].weight), moments.Sub{A: residual(beta), B: moments.Real(j.treatedMean[e])}}}
		var control moments.Add
		for o := range 2 { // terms over x alone belong to the treated of both periods
			if j.effect[o] != nil {
				own = append(own, centred(j.effect[o], meanAll, 1/weight))
			}
		}
		if a.c.p.o.Method != OutcomeRegression && j.effect[e] != nil {
			mean := scaled(j.treated[e].xx[0], 1/j.treated[e].weight)
			own = append(own, centred(j.effect[e], mean, -1/j.treated[e].weight))
		}
		if j.treatedSlope[e] != nil {
			own = append(own, moments.Mul{residual(j.treatedBeta[e]), linear(xs, j.treatedSlope[e])})
		}
		if j.slope[e] != nil {
			control = append(control, moments.Mul{residual(j.controlBeta[e]), linear(xs, j.slope[e])})
		}
		if j.pull != nil {
			pull := linear(xs, j.pull)
			own = append(own, moments.Mul{moments.Sub{A: moments.Int(1), B: score}, pull})
			control = append(control, moments.Mul{moments.Int(-1), score, pull})
		}
		others := moments.Add{moments.Real(0)}
		if len(control) > 0 {
			others = append(others, moments.Mul{sectionWeight, control})
		}
		if j.model != nil {
			others = append(others, moments.Mul{moments.Real(-signs[e] / j.odds[e].xx[0][0]), odds,
				moments.Sub{A: residual(j.controlBeta[e]), B: moments.Real(j.controlMean[e])}})
		}
		return moments.Mul{sectionWeight, own}, others
	}
	var score, odds moments.Ref
	if j.model != nil {
		score, odds = j.model.score(), j.model.oddsName()
	}
	var psi []piece
	for e, t := range a.ends(j.cell) {
		treated, outside := side(e, score, odds)
		one := piece{places: rowsOf([]int64{t}, j.cell.g), of: treated, model: j.model, byRow: func(score, odds moments.Ref) moments.Expr {
			treated, _ := side(e, score, odds)
			return treated
		}}
		two := piece{places: rowsOf([]int64{t}, j.cell.controls...), of: outside, model: j.model, byRow: func(score, odds moments.Ref) moments.Expr {
			_, outside := side(e, score, odds)
			return outside
		}}
		psi = append(psi, one, two)
	}
	return psi
}

// rowsOf are the places of some cohorts in some periods.
func rowsOf(periods []int64, cohorts ...int64) []place {
	var list []place
	for _, g := range cohorts {
		for _, t := range periods {
			list = append(list, place{g, t, true})
		}
	}
	return list
}

// report keeps what a reader must know; it refuses where no cell is left.
func (a *sections) report(ad *adjusted) error {
	reason, left := "", false
	for _, j := range a.jobs {
		ad.rows[j.cell] = [2]int64{min(j.treated[0].rows, j.treated[1].rows), min(j.control[0].rows, j.control[1].rows)}
		if j.gap == "" {
			ad.value[j.cell] = j.value
			left = left || j.cell.post()
			continue
		}
		ad.gaps[j.cell] = j.gap
		if j.cell.post() {
			reason = j.gap
		}
		if j.gap == gapSeparation && !slices.Contains(ad.apart, j.model.apart) {
			ad.apart = append(ad.apart, j.model.apart)
		}
	}
	ad.readModels(a.models)
	if left {
		return nil
	}
	return noCellLeft(a.vars, reason)
}
