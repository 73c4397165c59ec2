package did

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// clusteredOptions and panel: 18 clusters, nested in cohorts.
func clusteredPanel(seed uint64) ([]obs, Options) {
	o := names
	o.Clusters = []string{"c"}
	panel := world{units: 120, periods: 6, cohorts: fourCohorts, clusters: "nested", scale: 2}.draw(seed)
	return panel, o
}

func TestCR1IsAFactor(t *testing.T) {
	panel, o := clusteredPanel(1)
	own := mustAnalyse(t, o, panel)
	o.VCE = CR1
	got := mustAnalyse(t, o, panel)
	g := float64(*own.Estimates[0].Clusters)
	for i, e := range got.Estimates {
		if e.SE == nil {
			continue
		}
		if want := *own.Estimates[i].SE * math.Sqrt(g/(g-1)); !near(*e.SE, want, 1e-12) || e.Details["df"] != g-1 {
			t.Errorf("%s: %v, want %v", label(e), *e.SE, want)
		}
	}
}

// The jackknife of a regression, which estimates all anew without each cluster,
// is CR3 from the leverage of clusters.
func TestJackknifeIsCR3(t *testing.T) {
	for _, estimator := range []string{TWFE, SunAbraham} {
		panel, o := clusteredPanel(2)
		o.Estimator, o.VCE = estimator, CR3
		e, printed, groups := prepared(t, o, panel)
		got := e.jackknife(printed, groups)
		want, err := e.clusterRobust(printed, groups)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for i, q := range printed {
			// Aggregates of Sun and Abraham count the shares as known; left-out
			// clusters would move them.
			if (q.term == "att" || q.term == "att-gt") && !math.IsNaN(got[i].se) && !math.IsNaN(want[i].CR3) {
				compared++
				if !near(got[i].se, want[i].CR3, 1e-8) {
					t.Errorf("%s %s: %v, by leverage %v", estimator, q.key(), got[i].se, want[i].CR3)
				}
			}
		}
		if compared == 0 {
			t.Errorf("%s: nothing compared", estimator)
		}
	}
}

// prepared is the estimator of a panel with its clusters one by one.
func prepared(t *testing.T, o Options, panel []obs) (estimator, []param, []groupSums) {
	t.Helper()
	p := New(o, few).(procedure)
	session, s, err := open(p, panel)
	if err != nil {
		t.Fatal(err)
	}
	so, err := rounds(p, s, func(r moments.Request) (moments.Statistic, error) { return session.Collect(t.Context(), r) })
	if err != nil {
		t.Fatal(err)
	}
	st, _, err := p.advance(s, so)
	if err != nil {
		t.Fatal(err)
	}
	e := estimator{p: p, f: st.frame, pn: st.panel, adj: st.adj, controls: st.controls}
	printed := e.aggregates(e.cells())
	if o.Estimator != CallawaySantAnna && o.Estimator != "" {
		if printed, err = e.linearParams(); err != nil {
			t.Fatal(err)
		}
	}
	return e, printed, st.groups
}

// Scores by cluster give the covariance that products of sums give.
func TestScoresGiveTheCovariance(t *testing.T) {
	for _, clusters := range []string{"nested", "crossing"} {
		panel := world{units: 80, periods: 5, cohorts: fourCohorts, clusters: clusters, scale: 2, weights: "unit"}.draw(4)
		o := names
		o.Clusters, o.Weights, o.VCE = []string{"c"}, "w", Wild
		e, printed, groups := prepared(t, o, panel)
		cov := e.covariance(printed)
		for i, q := range printed {
			var sum, square float64
			for _, g := range groups {
				s := e.score(q, g)
				sum += s
				square += s * s
			}
			if math.Abs(sum) > 1e-9 || !near(square, cov.At(i, i), 1e-9) {
				t.Errorf("%s %s: squares %v, covariance %v, sum %v", clusters, q.key(), square, cov.At(i, i), sum)
			}
		}
	}
}

// So do those of effects adjusted for covariates, of cross-sections and of
// regressions with covariates, and their bootstrap has a p.
func TestAdjustedScoresGiveTheCovariance(t *testing.T) {
	panel := world{units: 120, periods: 5, cohorts: fourCohorts, clusters: "crossing", scale: 2, weights: "unit"}.draw(4)
	withCovariates(panel)
	steady := slices.Clone(panel)
	for i := range steady {
		steady[i].x = float64(steady[i].unit*37%11) / 3
	}
	for name, change := range map[string]func(*Options){
		"doubly-robust":      func(o *Options) {},
		"improved":           func(o *Options) { o.Method = DoublyRobustImproved },
		"ipw":                func(o *Options) { o.Method = IPW },
		"outcome-regression": func(o *Options) { o.Method = OutcomeRegression },
		"cross-sections":     func(o *Options) { o.CrossSections, o.Unit = true, "" },
		"without covariates": func(o *Options) { o.CrossSections, o.Unit, o.Covariates = true, "", nil },
		SunAbraham:           func(o *Options) { o.Estimator = SunAbraham },
		TWFE:                 func(o *Options) { o.Estimator = TWFE },
		Imputation:           func(o *Options) { o.Estimator = Imputation },
	} {
		o := names
		o.Clusters, o.Weights, o.VCE, o.Covariates = []string{"c"}, "w", Wild, []Covariate{{Column: "x"}}
		change(&o)
		data := steady
		if o.Estimator != "" {
			data = panel
		}
		e, printed, groups := prepared(t, o, data)
		cov := e.covariance(printed)
		compared := 0
		for i, q := range printed {
			if q.gap {
				continue
			}
			compared++
			var sum, square float64
			for _, g := range groups {
				s := e.score(q, g)
				sum += s
				square += s * s
			}
			if math.Abs(sum) > 1e-7*math.Sqrt(square) || !near(square, cov.At(i, i), 1e-9) {
				t.Errorf("%s %s: squares %v, covariance %v, sum %v", name, q.key(), square, cov.At(i, i), sum)
			}
		}
		a := mustAnalyse(t, o, data)
		if answer := a.Estimates[0]; compared == 0 || answer.P == nil || answer.Lower == nil || !(*answer.Lower < *answer.Estimate && *answer.Estimate < *answer.Upper) {
			t.Errorf("%s: %d compared, %+v", name, compared, answer)
		}
	}
}

// In two periods with one cohort the simple effect is the difference of means of
// changes, whose exact bootstrap regression is known.
func TestWildOfTwoPeriods(t *testing.T) {
	panel := world{units: 40, periods: 2, cohorts: []int64{0, 2001}, clusters: "nested", scale: 1}.draw(6)
	for i := range panel {
		panel[i].cluster = panel[i].unit % 10 // 4 units each, one cohort each
	}
	o := names
	o.Clusters, o.VCE = []string{"c"}, Wild
	inf := inference.Options{Level: 0.9, Draws: 2000}
	run := func(estimator string) result.Estimate {
		o.Estimator = estimator
		a, err := analyseWith(o, inf, panel)
		if err != nil {
			t.Fatal(err)
		}
		return a.Estimates[0]
	}
	scores, exact := run(CallawaySantAnna), run(TWFE)
	if !near(*scores.Estimate, *exact.Estimate, 1e-9) || exact.Details["enumerated"] != true {
		t.Fatalf("%v and %v", scores, exact)
	}
	// The period effect is common to clusters, so that scores are first order: p
	// and interval agree roughly, not exactly.
	if math.Abs(*scores.P-*exact.P) > 0.05 {
		t.Errorf("p by scores %v, exact %v", *scores.P, *exact.P)
	}
}

// Under chance assignment of cohorts to clusters the p of randomisation is
// uniform: it rejects at 10 % about 10 % of the time.
func TestRandomisationLevel(t *testing.T) {
	rejected, worlds := 0, 150
	for seed := range uint64(150) {
		panel := world{units: 60, periods: 3, cohorts: []int64{0, 2001}, scale: 1}.draw(seed + 100)
		for i := range panel {
			r := &panel[i]
			r.cluster = r.unit % 12
			r.y += 3 * math.Sin(float64(r.cluster)*float64(seed+1)*7.1+float64(r.time)) // shocks of clusters
			if treatment(*r) == 1 {
				r.y -= 1 + 0.5*float64(r.time-r.first) // the world's effect
			}
		}
		o := names
		o.Clusters, o.VCE = []string{"c"}, Randomisation
		a, err := analyseWith(o, inference.Options{Level: 0.95, Seed: seed, Draws: 199}, panel)
		if err != nil {
			t.Fatal(err)
		}
		if e := a.Estimates[0]; e.SE != nil || e.Lower != nil {
			t.Fatalf("randomisation has an error: %+v", e)
		} else if *e.P <= 0.10 {
			rejected++
		}
	}
	if share := float64(rejected) / float64(worlds); share < 0.03 || share > 0.19 {
		t.Errorf("rejects %.3f at 10 %%", share)
	}
}

// The scores that a run gets for the family of outcomes make the variance.
func TestScoresOfTheAnswer(t *testing.T) {
	panel := world{units: 80, periods: 5, cohorts: fourCohorts, clusters: "nested", scale: 2}.draw(4)
	for _, estimator := range []string{CallawaySantAnna, SunAbraham, TWFE, Imputation} {
		o := names
		o.Clusters, o.Scores, o.Estimator = []string{"c"}, true, estimator
		a := mustAnalyse(t, o, panel)
		plain := o
		plain.Scores = false
		if b := mustAnalyse(t, plain, panel); *b.Estimates[0].SE != *a.Estimates[0].SE || b.Scores != nil {
			t.Errorf("%s: asking for scores changed the error", estimator)
		}
		var sum, square, groups float64
		for _, s := range a.Scores {
			sum, square, groups = sum+s, square+s*s, groups+1
		}
		variance := *a.Estimates[0].SE * *a.Estimates[0].SE
		if math.Abs(sum) > 1e-9 || groups != float64(*a.Estimates[0].Clusters) {
			t.Errorf("%s: sum %v over %v clusters", estimator, sum, groups)
		}
		if ratio := square / variance; ratio > 1+1e-9 || ratio < 0.8 {
			t.Errorf("%s: squares %v, variance %v", estimator, square, variance)
		}
	}
}

// Where paths are parallel the test of paths rejects at 5 % about as often as it
// says, with few clusters and with few treated ones, or says that it cannot tell.
func TestPreTrendOfFewGroups(t *testing.T) {
	for _, c := range []struct{ treated, all, worlds int }{{5, 10, 150}, {6, 40, 60}, {8, 20, 100}, {2, 30, 20}} {
		failed, told := 0, 0
		for seed := range c.worlds {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(c.all)))
			var panel []obs
			for k := range c.all {
				first := int64(0)
				if k < c.treated {
					first = 2004
				}
				var shocks [7]float64
				for i := range shocks {
					shocks[i] = r.NormFloat64()
				}
				for u := range 4 {
					level := r.NormFloat64()
					for i := range shocks {
						panel = append(panel, obs{unit: int64(k*10 + u), time: 2000 + int64(i), first: first, cluster: int64(k), w: 1,
							y: level + shocks[i] + r.NormFloat64()})
					}
				}
			}
			o := names
			o.Clusters = []string{"c"}
			for _, d := range mustAnalyse(t, o, panel).Diagnostics {
				if d.Name == "pre-trend" && d.P != nil {
					told++
					if d.Verdict == result.Fail {
						failed++
					}
				}
			}
		}
		t.Logf("%d of %d: %d failed of %d that have a p", c.treated, c.all, failed, told)
		if c.treated == 2 && told > 0 || c.treated > 2 && (told < c.worlds || failed > c.worlds/9) {
			t.Errorf("%d of %d treated: %d of %d fail at 5 %%, %d have a p", c.treated, c.all, failed, c.worlds, told)
		}
	}
}
