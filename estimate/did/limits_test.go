package did

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// TestEachLimitSpeaks puts every threshold on both sides of what the data have.
func TestEachLimitSpeaks(t *testing.T) {
	panel, o := clusteredPanel(3)
	clusters := map[int64]bool{}
	treated := map[int64]bool{}
	for i := range panel {
		clusters[panel[i].cluster] = true
		if panel[i].first != 0 {
			treated[panel[i].cluster] = true
		}
	}
	has := func(a result.Analysis, code string) bool { return slices.Contains(warned(a), code) }
	verdict := func(a result.Analysis, name string) result.CheckVerdict {
		for _, d := range a.Diagnostics {
			if d.Name == name {
				return d.Verdict
			}
		}
		return ""
	}
	with := func(change func(*Limits)) result.Analysis {
		o := o
		o.Limits = UsualLimits()
		change(&o.Limits)
		return mustAnalyse(t, o, panel)
	}
	n, k := int64(len(clusters)), int64(len(treated))
	for _, c := range []struct {
		name   string
		limit  func(*Limits, bool) // true: just so that it speaks
		speaks func(result.Analysis) bool
	}{
		{"few-clusters", func(l *Limits, on bool) { l.FewClusters = either(on, n+1, n) }, func(a result.Analysis) bool { return has(a, "few-clusters") }},
		{"few-treated", func(l *Limits, on bool) { l.FewTreated = either(on, k+1, k) }, func(a result.Analysis) bool { return has(a, "few-treated") }},
		{"small-cohort", func(l *Limits, on bool) { l.SmallCohort = either(on, int64(1000), 2) }, func(a result.Analysis) bool { return has(a, "small-cohort") }},
		{"pre-trend-fails", func(l *Limits, on bool) { l.PreTrendFails = either(on, 1.0, 0) }, func(a result.Analysis) bool { return verdict(a, "pre-trend") == result.Fail }},
		{"pre-trend-caution", func(l *Limits, on bool) { l.PreTrendFails, l.PreTrendCaution = 1e-300, either(on, 1.0, 1e-300) },
			func(a result.Analysis) bool { return verdict(a, "pre-trend") == result.Caution }},
		{"fragile", func(l *Limits, on bool) { l.Fragile = either(on, 1e6, 0) }, func(a result.Analysis) bool { return verdict(a, "sensitivity-magnitude") == result.Caution }},
	} {
		for _, on := range []bool{true, false} {
			a := with(func(l *Limits) { c.limit(l, on) })
			if c.speaks(a) != on {
				t.Errorf("%s: speaks %v, want %v; %v", c.name, !on, on, warned(a))
			}
		}
	}
	for _, power := range []float64{0.5, 0.9} {
		a := with(func(l *Limits) { l.Power = power })
		for _, d := range a.Diagnostics {
			if d.Name == "detectable-effect" && d.Values["power"] != power {
				t.Errorf("detectable effect with power %v, want %v", d.Values["power"], power)
			}
		}
	}
	// Overlap, of a covariate that treatment depends on.
	r := rand.New(rand.NewPCG(5, 5))
	x := map[int64]float64{}
	for i := range panel {
		if _, ok := x[panel[i].unit]; !ok {
			x[panel[i].unit] = r.NormFloat64()
			if panel[i].first != 0 {
				x[panel[i].unit] += 0.5
			}
		}
		panel[i].x = x[panel[i].unit]
	}
	o.Covariates = []Covariate{{Column: "x"}}
	for _, on := range []bool{true, false} {
		for name, set := range map[string]func(*Limits){
			"thin-overlap": func(l *Limits) { l.HighScore, l.ThinOverlap = 1, either(on, 1.1, 0) },
			"high-score":   func(l *Limits) { l.ThinOverlap, l.HighScore = 0, either(on, 0.0, 1) },
		} {
			if a := with(set); (verdict(a, "overlap") == result.Caution) != on {
				t.Errorf("%s: %q, want a caution: %v", name, verdict(a, "overlap"), on)
			}
		}
	}
}

func either[T any](on bool, yes, no T) T {
	if on {
		return yes
	}
	return no
}

// Errors that are made for few clusters need no caution about them, but are
// named; with few treated ones the wild bootstrap is careful, randomisation holds.
func TestRemediesOfFewClusters(t *testing.T) {
	panel, o := clusteredPanel(3)
	o.Limits = UsualLimits()
	o.Limits.FewTreated = 1000
	for vce, want := range map[string][]string{
		"":            {"few-clusters", "few-treated"},
		CR1:           {"few-clusters", "few-treated"},
		CR3:           {"few-clusters-remedied", "few-treated"},
		Wild:          {"few-clusters-remedied", "few-treated-wild"},
		Randomisation: {"few-clusters-remedied"},
	} {
		o := o
		o.VCE = vce
		a, err := analyseWith(o, inference.Options{Level: 0.95, Draws: 99}, panel)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, code := range warned(a) {
			if strings.HasPrefix(code, "few-") {
				got = append(got, code)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", vce, got, want)
		}
	}
}
