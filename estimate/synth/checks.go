package synth

import (
	"math"
	"slices"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// How finely fits are told apart.
const (
	fitSlack = 0.01
	fitFloor = 1e-3 // of a yearly change: fits are not told apart below this
)

// check adds the diagnostics and cautions.
func (p procedure) check(a *result.Analysis, s study) error {
	a.Diagnostics = append(a.Diagnostics, p.preFit(s))
	if p.o.Method != DID {
		a.Diagnostics = append(a.Diagnostics, p.concentration(s))
	}
	if s.u.way == Placebo {
		a.Diagnostics = append(a.Diagnostics, placeboRank(s, p.inf.Level))
	}
	if s.u.se > 0 {
		a.Diagnostics = append(a.Diagnostics, p.detectable(s))
	}
	left, err := p.leaveOneOut(s)
	if err != nil {
		return err
	}
	a.Diagnostics = append(a.Diagnostics, left)
	for i := range a.Diagnostics {
		a.Diagnostics[i].Outcome = p.o.Outcome
	}
	if a.Warnings, err = p.cautions(s); err != nil {
		return err
	}
	for i := range a.Warnings {
		a.Warnings[i].Outcome = p.o.Outcome
	}
	return nil
}

// preFit compares the gap before treatment with an ordinary yearly change.
func (p procedure) preFit(s study) result.Diagnostic {
	share := s.f.rmspe / s.z.noise
	if s.z.noise == 0 {
		share = 0
		if s.f.rmspe > 0 {
			share = math.Inf(1)
		}
	}
	v := result.Pass
	switch {
	case share > p.o.Limits.PreFitFails:
		v = result.Fail
	case share > p.o.Limits.PreFitCaution:
		v = result.Caution
	}
	return result.Diagnostic{Name: "pre-fit", Statistic: result.Float(share), Verdict: v, Values: result.MakeValues(
		"rmspe", s.f.rmspe, "change", s.z.noise, "from", s.d.years[0], "to", s.d.years[s.d.pre-1])}
}

// concentration counts effective donors.
func (p procedure) concentration(s study) result.Diagnostic {
	var squares float64
	most := 0
	for j, x := range s.f.omega {
		squares += x * x
		if x > s.f.omega[most] {
			most = j
		}
	}
	v := result.Pass
	if 1/squares < p.o.Limits.FewDonors {
		v = result.Caution
	}
	return result.Diagnostic{Name: "donor-concentration", Statistic: result.Float(1 / squares), Verdict: v, Values: result.MakeValues(
		"effective", 1/squares, "donors", len(s.f.omega), "largest", s.d.units[s.d.donors[most]], "weight", s.f.omega[most])}
}

// placeboRank says how many placebos are as large as the estimate.
func placeboRank(s study, level float64) result.Diagnostic {
	v := result.Pass
	if s.u.p > 1-level+1e-12 {
		v = result.Caution
	}
	return result.Diagnostic{Name: "placebo-rank", Statistic: result.Float(float64(s.u.rank)), P: result.Float(s.u.p), Verdict: v, Values: result.MakeValues(
		"rank", s.u.rank, "of", s.u.of, "placebos", len(s.u.effects), "as_large", s.u.rank-1, "p", s.u.p, "smallest", 1/float64(s.u.of))}
}

// detectable gives the smallest effect that the design finds with power 0.8.
// Whether that is small enough depends on the effect that matters, which only
// the plan knows: the verdict judges it.
func (p procedure) detectable(s study) result.Diagnostic {
	mde := inference.DetectableEffect(s.u.se, p.inf.Level, p.o.Limits.Power)
	return result.Diagnostic{Name: "detectable-effect", Statistic: result.Float(mde), Verdict: result.Pass, Values: result.MakeValues(
		"mde", mde, "estimate", s.f.effect, "power", p.o.Limits.Power)}
}

// leaveOneOut estimates anew without each donor that has weight.
func (p procedure) leaveOneOut(s study) (result.Diagnostic, error) {
	lo, hi := math.Inf(1), math.Inf(-1)
	var lowest, highest string
	count := 0
	for j, x := range s.f.omega {
		if x == 0 {
			continue
		}
		f, err := s.w.without(j).estimate(p.o.Method, s.z)
		if err != nil {
			return result.Diagnostic{}, err
		}
		count++
		name := s.d.units[s.d.donors[j]]
		if f.effect < lo {
			lo, lowest = f.effect, name
		}
		if f.effect > hi {
			hi, highest = f.effect, name
		}
	}
	v := result.Pass
	if lo*s.f.effect < 0 || hi*s.f.effect < 0 {
		v = result.Caution
	}
	return result.Diagnostic{Name: "leave-one-out", Statistic: result.Float(hi - lo), Verdict: v, Values: result.MakeValues(
		"lowest", lo, "highest", hi, "without_lowest", lowest, "without_highest", highest, "donors", count)}, nil
}

func (p procedure) cautions(s study) ([]result.Warning, error) {
	var all []result.Warning
	if len(s.d.treated) == 1 {
		all = append(all, result.Caveat("one-treated-unit", "unit", s.d.units[s.d.treated[0]], "donors", len(s.d.donors)))
	}
	if n := int64(len(s.d.treated)); n > 1 && n < p.o.Limits.FewTreatedUnits && s.u.se > 0 {
		all = append(all, result.Caveat("few-treated-units", "units", n, "limit", p.o.Limits.FewTreatedUnits))
	}
	if s.u.why != "" {
		all = append(all, result.Caveat(s.u.why))
	} else if !(s.u.se > 0) {
		all = append(all, result.Caveat("synth-no-variation", "outcome", p.o.Outcome))
	}
	if s.disagree(p.inf.Level) {
		all = append(all, result.Caveat("synth-interval-and-rank", "p", s.u.p, "level", p.inf.Level))
	}
	if p.o.Method == SDID {
		if t := argmax(s.f.lambda); s.f.lambda[t] >= p.o.Limits.OneYear {
			all = append(all, result.Caveat("time-weight-on-one-year", "year", s.d.years[t], "weight", s.f.lambda[t]))
		}
	}
	if p.o.Method == SC && len(s.d.donors) > s.d.pre {
		lo, hi, err := s.w.effects(s.f, s.z)
		if err != nil {
			return nil, err
		}
		all = append(all, result.Caveat("more-donors-than-years", "donors", len(s.d.donors), "years", s.d.pre,
			"lowest", lo, "highest", hi, "slack", fitSlack))
	}
	return all, nil
}

// effects gives the range of the effect of synthetic control over all weights
// whose objective is within 1 % of the best (or, where the fit is nearly
// perfect, within what a thousandth of a yearly change makes of it).
//
// The ends lie on the frontier between fit and effect. It is walked with the
// same solver by one more observation, the donors' mean after treatment, whose
// target lies beyond all donors: its importance is found by bisection.
func (w world) effects(f fit, z penalty) (lo, hi float64, err error) {
	allowed := f.objective + fitSlack*math.Max(f.objective, fitFloor*fitFloor*z.noise*z.noise)
	after := make([]float64, len(w.donors))
	for j, y := range w.donors {
		after[j] = mean(y[w.pre:])
	}
	reach := slices.Max(after) - slices.Min(after)
	treated := mean(w.treated[w.pre:])
	lo, hi = f.effect, f.effect
	if reach == 0 {
		return lo, hi, nil
	}
	// High weighted donors make a low effect.
	top, err := w.frontier(after, slices.Max(after)+reach, allowed, z)
	if err != nil {
		return 0, 0, err
	}
	bottom, err := w.frontier(after, slices.Min(after)-reach, allowed, z)
	if err != nil {
		return 0, 0, err
	}
	if top != nil {
		lo = math.Min(lo, treated-dot(top, after))
	}
	if bottom != nil {
		hi = math.Max(hi, treated-dot(bottom, after))
	}
	return lo, hi, nil
}

// frontier pulls the weighted mean of after towards target as far as the
// objective stays allowed; nil where it cannot move at all.
func (w world) frontier(after []float64, target, allowed float64, z penalty) ([]float64, error) {
	years := float64(w.pre)
	pulled := func(importance float64) ([]float64, float64, error) {
		// The objective is a mean over rows; the extra row and the factor keep the
		// first rows and the penalty at their weight.
		grow := math.Sqrt((years + 1) / years)
		pull := math.Sqrt(importance * (years + 1))
		goal := make([]float64, w.pre+1)
		for t, y := range w.treated[:w.pre] {
			goal[t] = grow * y
		}
		goal[w.pre] = pull * target
		columns := make([][]float64, len(w.donors))
		for j, y := range w.donors {
			columns[j] = make([]float64, w.pre+1)
			for t := range w.pre {
				columns[j][t] = grow * y[t]
			}
			columns[j][w.pre] = pull * after[j]
		}
		s, err := solve(columns, goal, z.omega, false)
		return s.Weights, w.unitObjective(s.Weights, z.omega), err
	}
	var best []float64
	low, high := -12.0, 6.0 // powers of ten of the importance
	const halvings = 30
	for range halvings {
		middle := (low + high) / 2
		omega, objective, err := pulled(math.Pow(10, middle))
		if err != nil {
			return nil, err
		}
		if objective <= allowed {
			low, best = middle, omega
		} else {
			high = middle
		}
	}
	return best, nil
}

// unitObjective is the objective of the unit problem without intercept.
func (w world) unitObjective(omega []float64, zeta float64) float64 {
	var squares float64
	for _, g := range w.gap(omega)[:w.pre] {
		squares += g * g
	}
	return squares/float64(w.pre) + zeta*zeta*dot(omega, omega)
}

func argmax(x []float64) int {
	best := 0
	for j := range x {
		if x[j] > x[best] {
			best = j
		}
	}
	return best
}
