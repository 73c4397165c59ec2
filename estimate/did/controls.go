package did

import (
	"fmt"
	"slices"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// controls are the covariates of a regression with unit and period effects,
// each read in the row's own period. They differ between units of a cohort, so
// that moments by cohort do not hold them; two rounds do:
//
//  1. sums of the covariates by cohort and period, and their products within
//     units, give all coefficients;
//  2. the panel is gathered anew with the outcome less x'gamma, and for each
//     covariate the unit's score sum_t x"_it e_it beside it, so that influence
//     functions are linear in what is gathered.
type controls struct {
	vars    []variable
	dropped []string
	sums    [][][]float64 // by stratum, variable and period: weighted changes from the unit's first row
	xx      [][]float64   // products within units, over the rows of the fit
	xy      []float64
	kept    []int     // of vars
	gamma   []float64 // of the kept; nil before the first fit
	at      int       // position of the first score among the features; 0 before the second round
}

func changeOfX(j, k int) moments.Ref { return moments.Ref(fmt.Sprintf("dx%d_%d", j, k)) }
func changeOfY(k int) moments.Ref    { return moments.Ref(fmt.Sprintf("dy%d", k)) }
func takesPart(k int) moments.Ref    { return moments.Ref(fmt.Sprintf("use%d", k)) }
func sumOfX(j int) moments.Ref       { return moments.Ref(fmt.Sprintf("sx%d", j)) }

// takingPart counts a unit's rows that the regression uses.
const takingPart = moments.Ref("used_rows")

// inFit holds where the row of a period takes part in the regression.
func (c collector) inFit(k int) moments.Cond {
	seen := moments.Known{Of: outcomeAt(k)}
	if c.p.o.Estimator != Imputation {
		return seen
	}
	return moments.All{seen, moments.Any{
		moments.Compare{A: moments.Ref(cohortKey), Op: moments.Equal, B: moments.Int(never)},
		moments.Compare{A: moments.Ref(cohortKey), Op: moments.Greater, B: moments.Int(c.f.periods[k] + int64(c.p.o.Anticipation))},
	}}
}

// covariatesByPeriod folds each covariate's value in each period.
func (c collector) covariatesByPeriod() (list []moments.Agg) {
	for i, x := range c.p.o.Covariates {
		for k, t := range c.f.periods {
			here := moments.Compare{A: moments.Ref(c.p.o.Time), Op: moments.Equal, B: moments.Int(t)}
			list = append(list, moments.Agg{Name: string(covariateAt(i, k)), Op: moments.Max, Of: moments.Case{When: here, Then: moments.Ref(x.Column)}})
		}
	}
	return list
}

// withinUnits derives, for each period, whether the row takes part and the
// changes of outcome and covariates from the unit's first row (0 where it has
// no row), and the sums of the covariates' changes over rows that take part.
func (c collector) withinUnits(vars []variable) []moments.Step {
	var changes, sums moments.Derive
	var used moments.Add
	for k := range c.f.periods {
		seen := moments.Known{Of: outcomeAt(k)}
		changes = append(changes,
			moments.Field{Name: string(takesPart(k)), Of: moments.Case{When: c.inFit(k), Then: moments.Int(1), Else: moments.Int(0)}},
			moments.Field{Name: string(changeOfY(k)), Of: moments.Case{When: seen, Then: moments.Sub{A: outcomeAt(k), B: moments.Ref("first")}, Else: moments.Int(0)}})
		used = append(used, takesPart(k))
	}
	for j, v := range vars {
		first := v.of(covariateAt(v.column, len(c.f.periods)-1))
		for k := len(c.f.periods) - 2; k >= 0; k-- {
			first = moments.Case{When: moments.Known{Of: outcomeAt(k)}, Then: v.of(covariateAt(v.column, k)), Else: first}
		}
		var sum moments.Add
		for k := range c.f.periods {
			changes = append(changes, moments.Field{Name: string(changeOfX(j, k)),
				Of: moments.Case{When: moments.Known{Of: outcomeAt(k)}, Then: moments.Sub{A: v.of(covariateAt(v.column, k)), B: first}, Else: moments.Int(0)}})
			sum = append(sum, moments.Mul{takesPart(k), changeOfX(j, k)})
		}
		sums = append(sums, moments.Field{Name: string(sumOfX(j)), Of: sum})
	}
	return []moments.Step{changes, append(sums, moments.Field{Name: string(takingPart), Of: used})}
}

// unitWeight is a unit's one weight.
func (p procedure) unitWeight() moments.Expr {
	if p.o.Weights == "" {
		return moments.Int(1)
	}
	return moments.Ref("w_max")
}

// within asks for the sums of the first round.
func (c collector) within(vars []variable) moments.Request {
	r := c.request("covariates within units by cohort")
	steps := c.byUnit(false)
	fold := steps[0].(moments.Fold)
	fold.Make = append(fold.Make, c.covariatesByPeriod()...)
	steps[0] = fold
	r.Steps = slices.Concat(steps, c.withinUnits(vars))
	r.By = []moments.Field{{Name: cohortKey, Of: moments.Ref(cohortKey)}, {Name: patternKey, Of: moments.Ref(patternKey)}}
	w := c.p.unitWeight()
	var yAll moments.Add
	for k := range c.f.periods {
		yAll = append(yAll, moments.Mul{takesPart(k), changeOfY(k)})
	}
	some := moments.Compare{A: takingPart, Op: moments.Greater, B: moments.Int(0)}
	for j := range vars {
		for k := range c.f.periods {
			sumOf(&r, fmt.Sprintf("x%d_%d", j, k), w, changeOfX(j, k))
		}
		// Products within units: sum of x x' less that of the means.
		product := func(name string, other func(k int) moments.Expr, total moments.Expr) {
			var sum moments.Add
			for k := range c.f.periods {
				sum = append(sum, moments.Mul{takesPart(k), changeOfX(j, k), other(k)})
			}
			mean := moments.Div{A: moments.Mul{sumOfX(j), total}, B: takingPart}
			sumOf(&r, name, w, moments.Case{When: some, Then: moments.Sub{A: sum, B: mean}, Else: moments.Int(0)})
		}
		for i := j; i < len(vars); i++ {
			product(fmt.Sprintf("xx_%d_%d", j, i), func(k int) moments.Expr { return changeOfX(i, k) }, sumOfX(i))
		}
		product(fmt.Sprintf("xy_%d", j), func(k int) moments.Expr { return changeOfY(k) }, yAll)
	}
	return r
}

// readWithin reads the answer for the strata that take part.
func (c collector) readWithin(s moments.Statistic, vars []variable, strata []stratum) *controls {
	ctl := &controls{vars: vars, xx: square(len(vars)), xy: make([]float64, len(vars)), sums: make([][][]float64, len(strata))}
	for h, st := range strata {
		ctl.sums[h] = make([][]float64, len(vars))
		for j := range vars {
			ctl.sums[h][j] = make([]float64, len(c.f.periods))
		}
		for _, g := range s.Groups {
			cohort, _ := g.Key[0].Whole()
			pattern, _ := g.Key[1].Whole()
			if cohort != st.cohort || pattern != st.pattern || !(st.sums[share].Float() > 0) {
				continue
			}
			for j := range vars {
				for k := range c.f.periods {
					ctl.sums[h][j][k] = zeroIfMissing(s.Cell(g, fmt.Sprintf("x%d_%d", j, k)))
				}
			}
			addMatrix(ctl.xx, readOuter(s, g, "xx", len(vars)))
			ctl.xy = plusTimes(ctl.xy, 1, readVector(s, g, "xy", len(vars)))
		}
	}
	return ctl
}

// join adds the covariates to a fit: all coefficients together in the first
// round (xy are the regressors' products with the outcome), and the matrix that
// errors need. A covariate that the effects, the regressors and the covariates
// before it explain is left out.
func (ctl *controls) join(f *regression, rr [][]float64, xy []float64) bool {
	r, n := len(f.kept), len(ctl.vars)
	all := square(r + n)
	for i := range rr {
		copy(all[i], rr[i])
	}
	for j := range n {
		for h := range ctl.sums {
			for t := range f.rows[h] {
				if f.rows[h][t] {
					for i, v := range f.centred[h][t] {
						all[i][r+j] += v * ctl.sums[h][j][t]
					}
				}
			}
		}
		for i := range r {
			all[r+j][i] = all[i][r+j]
		}
		copy(all[r+j][r:], ctl.xx[j])
	}
	if ctl.gamma == nil {
		ctl.kept = nil
		for _, i := range independent(all) {
			if i >= r {
				ctl.kept = append(ctl.kept, i-r)
			}
		}
		for j, v := range ctl.vars {
			if !slices.Contains(ctl.kept, j) {
				ctl.dropped = append(ctl.dropped, v.label)
			}
		}
	}
	use := make([]int, r)
	for i := range use {
		use[i] = i
	}
	for _, j := range ctl.kept {
		use = append(use, r+j)
	}
	var ok bool
	if f.joint, ok = newSolver(pickMatrix(all, use)); !ok {
		return false
	}
	if ctl.gamma == nil {
		b := f.joint.solve(append(slices.Clone(xy), pick(ctl.xy, ctl.kept)...))
		f.beta, ctl.gamma = b[:r:r], b[r:]
	}
	return true
}

// adjusted is the basis of the second round: weighted changes of the outcome
// less x'gamma, and the scores of the covariates.
func (c collector) adjusted(ctl *controls, f *regression, strata []stratum) basis {
	w := c.p.unitWeight()
	b := basis{features: []feature{{name: "z0", partner: -1, of: w}}, extra: c.covariatesByPeriod(), before: c.withinUnits(ctl.vars)}
	net := make(moments.Derive, len(c.f.periods))
	residuals := make(moments.Derive, len(c.f.periods))
	rest := func(k int) moments.Ref { return moments.Ref(fmt.Sprintf("e%d", k)) }
	for k := range c.f.periods {
		sum := moments.Add{changeOfY(k)}
		for i, j := range ctl.kept {
			sum = append(sum, moments.Mul{moments.Real(-ctl.gamma[i]), changeOfX(j, k)})
		}
		net[k] = moments.Field{Name: fmt.Sprintf("net%d", k), Of: sum}
		residuals[k] = moments.Field{Name: string(rest(k)), Of: moments.Mul{takesPart(k), moments.Sub{A: moments.Ref(net[k].Name), B: fitted(f, strata, k)}}}
		if k > 0 {
			b.features = append(b.features, feature{name: fmt.Sprintf("z%d", k), partner: share, of: moments.Mul{w, moments.Ref(net[k].Name)}})
		}
	}
	b.before = append(b.before, net, residuals)
	ctl.at = len(b.features)
	some := moments.Compare{A: takingPart, Op: moments.Greater, B: moments.Int(0)}
	for _, j := range ctl.kept {
		var sum moments.Add
		for k := range c.f.periods {
			sum = append(sum, moments.Mul{moments.Sub{A: changeOfX(j, k), B: moments.Div{A: sumOfX(j), B: takingPart}}, rest(k)})
		}
		b.features = append(b.features, feature{name: fmt.Sprintf("u%d", j), partner: share,
			of: moments.Mul{w, moments.Case{When: some, Then: sum, Else: moments.Int(0)}}})
	}
	b.carried = []moments.Field{{Name: "level", Of: moments.Mul{w, moments.Ref("first")}}}
	return b
}

// fitted is what the regressors but the covariates predict in a period, by
// cohort.
func fitted(f *regression, strata []stratum, k int) moments.Expr {
	var of moments.Expr = moments.Int(0)
	seen := map[int64]bool{}
	for h, st := range strata {
		if f.rows[h][k] && !seen[st.cohort] {
			seen[st.cohort] = true
			of = moments.Case{When: moments.Compare{A: moments.Ref(cohortKey), Op: moments.Equal, B: moments.Int(st.cohort)},
				Then: moments.Real(dot(f.x[h][k], f.beta)), Else: of}
		}
	}
	return of
}

// load adds the part of an influence function that comes from estimating the
// covariates' coefficients: q times their scores, each centred at its stratum's
// mean as all features are.
func (ctl *controls) load(e *estimator, load, q []float64) {
	if ctl.at == 0 {
		return // the first round needs values alone
	}
	for i, x := range q {
		for h, st := range e.pn.strata {
			at := h * e.width()
			load[at+ctl.at+i] += x
			load[at+share] += x * zeroIfMissing(st.sums[ctl.at+i]) / st.sums[share].Float()
		}
	}
}

// meanWithin is the weighted sum over a stratum of a kept covariate in a period,
// less the unit's mean over the rows of the fit.
func (ctl *controls) meanWithin(f *regression, i, h, t int) float64 {
	return ctl.withinOf(f, ctl.kept[i], h, t)
}

// withinOf is meanWithin of variable j, kept or not.
func (ctl *controls) withinOf(f *regression, j, h, t int) float64 {
	sums := ctl.sums[h][j]
	var sum, n float64
	for k, in := range f.rows[h] {
		if in {
			sum, n = sum+sums[k], n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sums[t] - sum/n
}

// controlRounds walks the two rounds of covariates, and gives the basis and the
// answer of the second.
func (p procedure) controlRounds(c collector, a *answers, first panel, levels []moments.Statistic) (*controls, basis, *moments.Statistic, error) {
	vars, err := p.variables(c.s, levels)
	if err != nil {
		return nil, basis{}, nil, err
	}
	so, ok := a.get(c.within(vars))
	if !ok {
		return nil, basis{}, nil, nil
	}
	ctl := c.readWithin(so[0], vars, first.strata)
	e := estimator{p: c.p, f: c.f, pn: first, controls: ctl}
	if _, err := e.linearParams(); err != nil {
		return nil, basis{}, nil, err
	}
	if ctl.gamma == nil {
		return nil, basis{}, nil, result.Refuse("did-twfe-no-variation", "column", p.o.FirstTreated)
	}
	b := c.adjusted(ctl, e.lastFit, first.strata)
	again, ok := a.get(c.panel(b))
	if !ok {
		return nil, basis{}, nil, nil
	}
	return ctl, b, &again[0], nil
}
