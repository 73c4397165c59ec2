package synth

import (
	"errors"
	"fmt"
	"math"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimate computes the effect, its error, the checks and the tables of the
// figures. N is the number of units.
func (p procedure) Estimate(_ estimate.Sample, so []moments.Statistic) (result.Analysis, error) {
	if len(so) != 1 {
		return result.Analysis{}, fmt.Errorf("synth: %d answers, one was asked for", len(so))
	}
	d, err := p.read(so[0])
	if err != nil {
		return result.Analysis{}, err
	}
	n1 := len(d.treated)
	if n1 > 1 && p.o.Inference == Placebo && len(d.donors) <= n1 {
		return result.Analysis{}, result.Refuse("synth-placebo-few-donors", "donors", len(d.donors), "treated", n1)
	}
	a, err := p.analyse(d)
	if errors.Is(err, errNotSolved) {
		return a, result.Refuse("synth-not-solved", "outcome", p.o.Outcome)
	}
	return a, err
}

// study is one panel with everything computed from it.
type study struct {
	d panel
	w world
	z penalty
	f fit
	u uncertainty
}

func (p procedure) analyse(d panel) (result.Analysis, error) {
	s := study{d: d, w: d.world()}
	n1 := len(d.treated)
	s.z = penalties(p.o.Method, s.w, n1)
	var err error
	if s.f, err = s.w.estimate(p.o.Method, s.z); err != nil {
		return result.Analysis{}, err
	}
	paths := make([][]float64, n1)
	for i, at := range d.treated {
		paths[i] = d.y[at]
	}
	if s.u, err = p.infer(s.w, n1, s.z, s.f, paths); err != nil {
		return result.Analysis{}, err
	}
	a := result.Analysis{Estimates: []result.Estimate{p.row(s)}, Exhibits: p.exhibits(s)}
	if err := p.check(&a, s); err != nil {
		return result.Analysis{}, err
	}
	return a, nil
}

// row is the estimate. Interval and p are of different kinds under placebo
// inference with one treated unit: see the package comment.
func (p procedure) row(s study) result.Estimate {
	e := result.Estimate{
		Outcome: p.o.Outcome, Estimator: "synth", Term: "att",
		Estimate: result.Float(s.f.effect), N: int64(len(s.d.units)),
		Details: p.details(s),
	}
	if !(s.u.se > 0) {
		e.P = result.Float(s.u.p)
		return e
	}
	e.SE = result.Float(s.u.se)
	lower, upper := inference.NormalInterval(s.f.effect, s.u.se, p.inf.Level)
	e.Lower, e.Upper = result.Float(lower), result.Float(upper)
	e.P = result.Float(s.u.p)
	if s.u.way == Jackknife {
		e.P = result.Float(inference.NormalP(s.f.effect, s.u.se))
	}
	return e
}

func (p procedure) details(s study) map[string]any {
	units := map[string]float64{}
	for i, j := range s.d.donors {
		units[s.d.units[j]] = s.f.omega[i]
	}
	details := map[string]any{
		"method": p.o.Method, "vce": s.u.way, "df": nil,
		"treated": s.d.names(s.d.treated), "first_year": s.d.years[s.d.pre],
		"years_before": s.d.pre, "years_after": len(s.d.years) - s.d.pre, "donors": len(s.d.donors),
		"unit_weights": units, "rmspe": s.f.rmspe,
	}
	if p.o.Method != SC {
		years := map[string]float64{}
		for t, x := range s.f.lambda {
			years[fmt.Sprint(s.d.years[t])] = x
		}
		details["time_weights"] = years
		details["intercept"] = s.f.level
	}
	if p.o.Method != DID {
		details["zeta_omega"] = s.z.omega
	}
	if p.o.Method == SDID {
		details["zeta_lambda"] = s.z.lambda
	}
	if s.u.way == Placebo {
		details["placebos"], details["rank"], details["of"] = len(s.u.effects), s.u.rank, s.u.of
		details["interval"], details["p_value"] = "placebo-normal", "placebo-rank"
	}
	return details
}

// disagree tells whether the interval and the rank point to different
// conclusions about no effect.
func (s study) disagree(level float64) bool {
	if s.u.way != Placebo || !(s.u.se > 0) {
		return false
	}
	outside := math.Abs(s.f.effect) > inference.NormalQuantile((1+level)/2)*s.u.se
	return outside != (s.u.p <= 1-level+1e-12)
}
