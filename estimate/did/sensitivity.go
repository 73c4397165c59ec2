package did

import (
	"math"
	"slices"

	"github.com/dampak/dampak/inference/honest"
	"github.com/dampak/dampak/result"
)

// maxSensitivity is the most event times before treatment for which the
// sensitivity is computed: its cost grows with their cube.
const maxSensitivity = 30

// Values at which sensitivity is shown. Smoothness counts in standard errors of
// the average effect per period: our choice.
var (
	relativeGrid = []float64{0, 0.1, 0.25, 0.5, 1}
	smoothGrid   = []float64{0, 0.05, 0.1, 0.25, 0.5}
)

// longDifferences are the effects by time since treatment against one reference
// period, the last before treatment (less anticipation), also where the base
// period varies: consecutive differences are added up. Event times at which
// some cohort's difference cannot be made are left to the other cohorts.
func (e estimator) longDifferences(cells []param) []param {
	at := map[[2]int64]param{}
	for _, c := range cells {
		at[[2]int64{*c.group, *c.time}] = c
	}
	var long []param
	for _, g := range e.f.cohorts {
		ref := e.reference(g)
		for k, t := range e.f.periods {
			if k == ref {
				continue
			}
			c, known := at[[2]int64{g, t}]
			if t < g && e.p.o.BasePeriod == Varying {
				c, known = e.chained(at, g, ref, k)
			}
			if known && !c.gap && !c.base {
				long = append(long, c)
			}
		}
	}
	return e.by(long, "event", func(c param) int64 { return *c.event }, e.weighted)
}

// chained is the difference between a period before treatment and the
// reference, made of the steps between them.
func (e estimator) chained(at map[[2]int64]param, g int64, ref, k int) (param, bool) {
	from, to, sign := k+1, ref, -1.0
	if k > ref {
		from, to, sign = ref+1, k, 1
	}
	event := e.f.periods[k] - g
	q := param{term: "event", group: &g, time: &e.f.periods[k], event: &event, load: e.noLoad()}
	for s := from; s <= to; s++ {
		c, ok := at[[2]int64{g, e.f.periods[s]}]
		if !ok || c.gap {
			return q, false
		}
		q.value += sign * c.value
		add(q.load, sign, c.load)
		if s == from || c.smallest < q.smallest {
			q.smallest = c.smallest
		}
		q.lone = q.lone || c.lone
	}
	return q, true
}

// sensitivity says how much of a difference in trends the average effect over
// event times bears.
func (e estimator) sensitivity(cells, printed []param) ([]result.Diagnostic, []result.Exhibit) {
	var events []param
	switch e.p.o.Estimator {
	case CallawaySantAnna:
		events = e.longDifferences(cells)
	case SunAbraham:
		for _, q := range printed {
			if q.term == "event" {
				events = append(events, q)
			}
		}
	default:
		return nil, nil
	}
	if len(events) == 0 {
		return nil, nil
	}
	reference := -1 - int64(e.p.o.Anticipation)
	cov := e.covariance(events)
	s := honest.Study{Reference: reference}
	var use []int
	for i, q := range events {
		if *q.event != reference && e.valid(q, cov.At(i, i)) {
			use = append(use, i)
			s.Times, s.Beta = append(s.Times, *q.event), append(s.Beta, q.value)
		}
	}
	if len(use) == 0 {
		return nil, nil
	}
	sub := submatrix(cov, use)
	sub.ScaleSym(e.variance(events[use[0]], 1), sub)
	s.Cov = sub
	pre := 0
	var post []int64
	for _, t := range s.Times {
		if t < reference {
			pre++
		} else {
			post = append(post, t)
		}
	}
	effects := 0
	for _, t := range post {
		if t >= 0 {
			effects++
		}
	}
	if pre == 0 || pre > maxSensitivity || effects == 0 {
		return nil, nil
	}
	weights := make([]float64, len(post))
	for i, t := range post {
		if t >= 0 {
			weights[i] = 1 / float64(effects)
		}
	}
	average, err := s.Of(weights, e.p.inf.Level)
	if err != nil {
		return nil, nil
	}
	x := result.Exhibit{Kind: result.ExhibitHonest, Columns: []string{"kind", "term", "event", "m", "lower", "upper", "set"}, Values: result.Values{}}
	usual := average.RelativeMagnitudes(0)
	se := (usual.Upper - usual.Lower) / 2 / average.Critical()
	show := func(term string, event any, t *honest.Target) {
		for _, m := range relativeGrid {
			x.Rows = append(x.Rows, setRow("relative-magnitudes", term, event, t.RelativeMagnitudes(m)))
		}
		for _, m := range smoothGrid {
			x.Rows = append(x.Rows, setRow("smoothness", term, event, t.Smoothness(m*se)))
		}
	}
	show("average", nil, average)
	for i, t := range post {
		if t < 0 {
			continue
		}
		one := make([]float64, len(post))
		one[i] = 1
		if target, err := s.Of(one, e.p.inf.Level); err == nil {
			show("event", t, target)
		}
	}
	relative, smooth := average.BreakdownRelative(), average.BreakdownSmoothness()
	x.Values["breakdown_relative"], x.Values["breakdown_smoothness"] = finite(relative), finite(smooth)
	x.Values["estimate"], x.Values["lower"], x.Values["upper"] = (usual.Lower+usual.Upper)/2, usual.Lower, usual.Upper
	null := usual.HoldsZero()
	other := "" // the error that the answer has, where sensitivity has not
	if slices.Contains([]string{CR2, CR3, Wild, Randomisation}, e.p.o.VCE) {
		other = e.p.o.VCE
	}
	magnitudes := result.Diagnostic{Name: "sensitivity-magnitude", Statistic: finite(relative), Verdict: result.Pass,
		Values: result.MakeValues("usual", other, "breakdown", finite(relative), "null", null, "never", math.IsInf(relative, 1), "survives", !null && relative >= e.p.o.Limits.Fragile && !math.IsInf(relative, 1))}
	if !null && relative < e.p.o.Limits.Fragile {
		magnitudes.Verdict = result.Caution
	}
	smoothness := result.Diagnostic{Name: "sensitivity-smoothness", Statistic: finite(smooth), Verdict: result.Pass,
		Values: result.MakeValues("usual", other, "breakdown", finite(smooth), "null", null, "never", math.IsInf(smooth, 1), "line", !null && smooth == 0, "bends", smooth > 0 && !math.IsInf(smooth, 1))}
	if !null && smooth == 0 {
		smoothness.Verdict = result.Caution
	}
	return []result.Diagnostic{magnitudes, smoothness}, []result.Exhibit{x}
}

func setRow(kind, term string, event any, s honest.Set) []any {
	return []any{kind, term, event, s.M, s.Lower, s.Upper, "interval"}
}

// finite is a pointer to a number, nil where it is infinite.
func finite(x float64) *float64 { return result.Float(x) }
