package did

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// preTrends tests that all effects before treatment are zero: over t < g and,
// where effects may come early, over t < g - anticipation as well, on which the
// verdict then rests. Cells of a cohort without a valid error stay out.
func (e estimator) preTrends(cells []param, cov *mat.SymDense, offset int) []result.Diagnostic {
	a := int64(e.p.o.Anticipation)
	all := e.preTest(cells, cov, offset, 0)
	all.Name = "pre-trend"
	if a == 0 {
		return []result.Diagnostic{all}
	}
	clean := e.preTest(cells, cov, offset, a)
	clean.Name = "pre-trend-before-anticipation"
	// A departure inside the window of anticipation is foreseen by the design.
	switch {
	case clean.Verdict == result.Fail:
		all.Verdict, all.Values["p"] = result.Fail, clean.Values["p"]
	case all.Verdict == result.Fail:
		all.Verdict, all.Values["inside_window"] = result.Caution, true
	case clean.Verdict == result.Caution && all.Verdict == result.Pass:
		all.Verdict, all.Values["clean_caution"] = result.Caution, true
	}
	for _, name := range []string{"detectable_slope", "detectable_bias", "power", "matters", "power_matters"} {
		if x, ok := clean.Values[name]; ok {
			all.Values[name] = x
		} else {
			delete(all.Values, name)
		}
	}
	return []result.Diagnostic{all, clean}
}

// preTest is the Wald test over the cells t < g - before, with what it could
// have found: the difference in linear trends per period of time that it
// rejects with 80 % power (Roth 2022), the bias of the simple effect that such
// a difference makes, and the power against the difference whose bias would be
// the smallest effect that matters.
func (e estimator) preTest(cells []param, cov *mat.SymDense, offset int, before int64) result.Diagnostic {
	limits := e.p.o.Limits
	var use []int
	var theta, trend []float64
	leftOut := 0
	for i, c := range cells {
		if c.cell.t >= c.cell.g-before || c.base || c.gap {
			continue
		}
		if c.lone || !(cov.At(offset+i, offset+i) > 0) {
			leftOut++
			continue
		}
		use = append(use, offset+i)
		theta = append(theta, c.value)
		trend = append(trend, e.distance(c))
	}
	d := result.Diagnostic{Verdict: result.Caution, Values: result.MakeValues(
		"cells", len(use), "left_out", leftOut, "rank", 0, "none", false, "singular", false, "borderline", false)}
	if len(use) == 0 || e.pn.clusters <= 1 {
		d.Values["none"] = true
		return d
	}
	sub := submatrix(cov, use)
	w := inference.WaldTest(theta, sub)
	d.DF = result.Float(float64(w.Rank))
	d.Values["rank"] = w.Rank
	if w.Singular() {
		d.Values["singular"] = true
		d.Values["generalised_statistic"], d.Values["generalised_p"] = w.Statistic, w.P
		return d
	}
	size := limits.PreTrendFails // of the chi-square test with the same power
	if treated, comparison := e.testedGroups(cells, use, offset); min(treated, comparison) < limits.FewClusters {
		// A covariance from few treated or few comparison groups makes chi-square
		// reject far too often.
		df, factor := inference.TwoSampleFreedom(float64(treated), float64(comparison))
		w.P = inference.HotellingP(w.Statistic*factor, w.Rank, df)
		d.Values["groups"] = min(treated, comparison)
		if math.IsNaN(w.P) {
			d.Statistic = result.Float(w.Statistic)
			d.Values["too_few"] = true
			return d
		}
		size = inference.HotellingSize(w.Rank, df, factor, size)
	}
	d.Statistic, d.P = result.Float(w.Statistic), result.Float(w.P)
	d.Values["p"] = w.P
	if slope := inference.DetectableSlope(trend, sub, size, limits.Power); !math.IsInf(slope, 0) {
		d.Values["detectable_slope"], d.Values["power"] = slope, limits.Power
		reach := math.Abs(e.reachOf(cells))
		if !math.IsNaN(reach) {
			d.Values["detectable_bias"] = slope * reach
		}
		if m := e.p.o.Matters; m != nil && reach > 0 {
			for i := range trend {
				trend[i] *= *m / reach
			}
			d.Values["matters"], d.Values["power_matters"] = *m, inference.WaldPower(trend, sub, size)
		}
	}
	switch {
	case w.P < limits.PreTrendFails:
		d.Verdict = result.Fail
	case w.P < limits.PreTrendCaution:
		d.Values["borderline"] = true
	default:
		d.Verdict = result.Pass
	}
	return d
}

// testedGroups counts the units or clusters on both sides of the cells of a test.
func (e estimator) testedGroups(cells []param, use []int, offset int) (treated, comparison int64) {
	var own, others []int64
	for _, i := range use {
		c := cells[i-offset].cell
		if !slices.Contains(own, c.g) {
			own = append(own, c.g)
		}
		for _, g := range c.controls {
			if !slices.Contains(others, g) {
				others = append(others, g)
			}
		}
	}
	for _, g := range own {
		s := e.cohortSide(g)
		treated += s.count(e)
	}
	for _, g := range others {
		s := e.cohortSide(g)
		comparison += s.count(e)
	}
	return treated, comparison
}

// distance is the time from a cell's base to its period.
func (e estimator) distance(c param) float64 { return float64(c.cell.t - e.f.periods[c.cell.base]) }

// reachOf is the bias of the first estimate for each unit of slope in the
// difference of paths.
func (e estimator) reachOf(cells []param) float64 {
	if !e.p.linear() {
		return e.reach(cells)
	}
	return e.bias()
}

// bias is what a regression makes of outcomes that are a line in time for the
// treated and nothing for the others.
func (e estimator) bias() float64 {
	other := e
	other.pn = e.features
	other.pn.strata = slices.Clone(e.features.strata)
	if e.controls != nil { // their coefficients move with the line
		other.controls = &controls{vars: e.controls.vars, sums: e.controls.sums, xx: e.controls.xx, xy: make([]float64, len(e.controls.vars))}
	}
	for h, st := range other.pn.strata {
		st.sums = slices.Clone(st.sums)
		first := -1
		for k, t := range e.f.periods {
			if !e.p.sees(st, k) {
				continue
			}
			if first < 0 {
				first = k
			}
			if k > 0 {
				line := 0.0
				if st.cohort != never {
					line = float64(t-e.f.periods[first]) * st.sums[share].Float()
				}
				st.sums[k] = moments.RealQuantity(line)
				if other.controls != nil && e.lastFit.rows[h][k] && line != 0 {
					for j := range other.controls.vars {
						other.controls.xy[j] += line / st.sums[share].Float() * other.controls.withinOf(e.lastFit, j, h, k)
					}
				}
			}
		}
		other.pn.strata[h] = st
	}
	params, err := other.linearParams()
	if ctl := other.controls; err == nil && ctl != nil { // once more, net of them
		for h, st := range other.pn.strata {
			for k := range e.f.periods {
				if k == 0 || !e.p.sees(st, k) {
					continue
				}
				net := st.sums[k].Float()
				for i, j := range ctl.kept {
					net -= ctl.gamma[i] * ctl.sums[h][j][k]
				}
				st.sums[k] = moments.RealQuantity(net)
			}
		}
		params, err = other.linearParams()
	}
	if err != nil || params[0].gap {
		return math.NaN()
	}
	return params[0].value
}

// reach is the bias of the simple effect for each unit of slope: the weighted
// mean distance of the cells after treatment from their bases.
func (e estimator) reach(cells []param) float64 {
	var sum, total float64
	for _, c := range cells {
		if c.cell.post() && !c.gap {
			share := e.shareOf(c.cell.g)
			sum += share * e.distance(c)
			total += share
		}
	}
	return sum / total
}

func submatrix(cov *mat.SymDense, use []int) *mat.SymDense {
	sub := mat.NewSymDense(max(len(use), 1), nil)
	for a, i := range use {
		for b, j := range use[a:] {
			sub.SetSym(a, a+b, cov.At(i, j))
		}
	}
	return sub
}
