package did

import (
	"math"
	"testing"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// In one stratum the survey's error of a regression is that by PSU with
// G/(G-1), and two clusterings of which one lies within the other leave the
// coarser one: both against the usual errors of the same regression.
func TestRecastErrors(t *testing.T) {
	panel := world{units: 60, periods: 5, cohorts: fourCohorts, clusters: "crossing", scale: 2, weights: "unit", missing: 0.1}.draw(9)
	withCovariates(panel)
	for i := range panel {
		panel[i].second = 0 // one stratum
	}
	for _, covariates := range [][]Covariate{nil, {{Column: "x"}}} {
		for _, estimator := range []string{TWFE, SunAbraham, Imputation} {
			o := names
			o.Estimator, o.Weights, o.Unbalanced, o.Covariates = estimator, "w", Pairwise, covariates
			run := func(change func(*Options)) map[string]result.Estimate {
				o := o
				change(&o)
				return index(mustAnalyse(t, o, panel))
			}
			usual := run(func(o *Options) { o.Clusters = []string{"c"} })
			survey := run(func(o *Options) { o.Strata, o.PSU = "d", "c" })
			both := usual
			if estimator != TWFE {
				both = run(func(o *Options) { o.Clusters = []string{"c", "id"} })
			}
			compared := 0
			var factor float64 // of CR1 over CR0: the same for all of a regression
			for name, e := range usual {
				if e.SE == nil || survey[name].SE == nil {
					continue
				}
				compared++
				g := float64(*e.Clusters)
				cr0 := *survey[name].SE / math.Sqrt(g/(g-1))
				if *survey[name].Estimate != *e.Estimate || survey[name].Details["df"] != g-1 {
					t.Errorf("%s %s: %+v", estimator, name, survey[name])
				}
				ratio := *e.SE / cr0
				if factor == 0 {
					factor = ratio
				}
				if !near(ratio, factor, 1e-8) || ratio < 1-1e-9 || (estimator == Imputation && !near(ratio, 1, 1e-8)) {
					t.Errorf("%s %s: error %v over that of the survey without its factor %v is %v", estimator, name, *e.SE, cr0, ratio)
				}
				if !near(*both[name].SE, *e.SE, 1e-8) {
					t.Errorf("%s %s: two clusterings %v, by the coarser %v", estimator, name, *both[name].SE, *e.SE)
				}
			}
			if compared == 0 {
				t.Errorf("%s: nothing compared", estimator)
			}
		}
	}
}

// Where products across strata are too many the influence functions give the
// same errors: against rows, in clusters that hold several cohorts and patterns.
func TestManyStrataInClusters(t *testing.T) {
	panel := world{units: 150, periods: 7, cohorts: fourCohorts, clusters: "crossing", scale: 2, missing: 0.25}.draw(3)
	o := names
	o.Clusters, o.Unbalanced = []string{"c"}, Pairwise
	o.Comparison, o.BasePeriod = NeverTreated, Varying
	a := mustAnalyse(t, o, panel)
	p := New(o, few).(procedure)
	session, s, err := open(p, panel)
	if err != nil {
		t.Fatal(err)
	}
	so, err := rounds(p, s, func(r moments.Request) (moments.Statistic, error) { return session.Collect(t.Context(), r) })
	if err != nil {
		t.Fatal(err)
	}
	if st, _, err := p.advance(s, so); err != nil || st.recast == nil {
		t.Fatalf("products across strata were taken all the same: %v", err)
	}
	same(t, o, a, bruteForce(o, panel))
}
