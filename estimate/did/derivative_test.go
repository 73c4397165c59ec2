package did

import (
	"math"
	"testing"
)

// An influence function is the derivative of the estimate by the weight of a
// unit, times that weight. Here it is taken by differences, for every unit and
// every estimate, so that each term of each formula is seen: the regressions,
// the propensity score, the shares of cohorts.
func TestErrorsAreDerivatives(t *testing.T) {
	base := Options{Outcome: "y", Unit: "id", Time: "year", FirstTreated: "first", Weights: "w", Comparison: NotYetTreated}
	for name, set := range map[string]func(*Options){
		"no covariates":                 func(o *Options) { o.Covariates = nil },
		"doubly robust":                 func(*Options) {},
		"improved":                      func(o *Options) { o.Method = DoublyRobustImproved },
		"ipw":                           func(o *Options) { o.Method = IPW },
		"regression":                    func(o *Options) { o.Method = OutcomeRegression },
		"cross-sections":                func(o *Options) { o.CrossSections, o.Covariates = true, nil },
		"doubly robust, cross-sections": func(o *Options) { o.CrossSections = true },
		"improved, cross-sections":      func(o *Options) { o.CrossSections, o.Method = true, DoublyRobustImproved },
		"ipw, cross-sections":           func(o *Options) { o.CrossSections, o.Method = true, IPW },
		"regression, cross-sections":    func(o *Options) { o.CrossSections, o.Method = true, OutcomeRegression },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := base
			o.Covariates = []Covariate{{Column: "x"}}
			set(&o)
			panel := confounded(36, 7)
			tol := 2e-4
			if name == "improved, cross-sections" {
				tol = 1e-2 // DRDID too leaves out terms that vanish where both periods have the same people
			}
			exact := New(o, few).(procedure)
			exact.derivative = true
			a, err := analyseBy(exact, panel)
			if err != nil {
				t.Fatal(err)
			}
			want := index(a)
			squares := map[string]float64{}
			step := 1e-3
			units := map[int64][]int{}
			for i, r := range panel {
				key := r.unit
				if o.CrossSections {
					key = int64(i)
				}
				units[key] = append(units[key], i)
			}
			for _, rows := range units {
				move := func(by float64) map[string]float64 {
					moved := append([]obs(nil), panel...)
					for _, i := range rows {
						moved[i].w *= 1 + by
					}
					values := map[string]float64{}
					for k, e := range index(mustAnalyse(t, o, moved)) {
						values[k] = *e.Estimate
					}
					return values
				}
				up, down := move(step), move(-step)
				for k := range up {
					d := (up[k] - down[k]) / (2 * step)
					squares[k] += d * d
				}
			}
			for k, e := range want {
				if e.SE == nil {
					continue
				}
				if got := math.Sqrt(squares[k]); !near(*e.SE, got, tol) {
					t.Errorf("%s: se %.8g, by differences %.8g", k, *e.SE, got)
				}
			}
		})
	}
}

// confounded is a small panel where a covariate drives both treatment and
// outcomes.
func confounded(units int, seed uint64) []obs {
	w := world{units: units, periods: 3, cohorts: []int64{0, 2001, 2002}, scale: 1}
	panel := w.draw(seed)
	for i := range panel {
		r := &panel[i]
		x := math.Mod(float64(r.unit)*0.618033988749895, 1) * 2
		if r.first == 2001 {
			x += 0.4
		}
		r.x = x + 0.1*math.Sin(float64(r.time-2000)*float64(r.unit))
		r.w = 1 + 0.5*math.Mod(float64(r.unit)*0.414, 1)
		r.y += r.x * r.x * float64(r.time-2000)
	}
	return panel
}
