package did

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

var fourCohorts = []int64{0, 2002, 2004, 2005}

// Two periods, one cohort: the textbook difference of differences, with the
// error of two independent means (variances over n, not n-1).
func TestTwoByTwo(t *testing.T) {
	panel := world{units: 60, periods: 2, cohorts: []int64{0, 0, 2001}}.draw(3)
	change := map[int64]float64{}
	treated := map[int64]bool{}
	for _, o := range panel {
		if o.time == 2000 {
			change[o.unit] -= o.y
		} else {
			change[o.unit] += o.y
		}
		treated[o.unit] = o.first != 0
	}
	moment := func(arm bool) (m, v, n float64) {
		var s, q float64
		for u, d := range change {
			if treated[u] == arm {
				s, q, n = s+d, q+d*d, n+1
			}
		}
		return s / n, q/n - s/n*s/n, n
	}
	m1, v1, n1 := moment(true)
	m0, v0, n0 := moment(false)
	got := index(mustAnalyse(t, names, panel))
	for _, term := range []string{"simple", "event-overall", "group-overall", "calendar-overall", "event e0", "group g2001", "calendar t2001", "att-gt g2001 t2001"} {
		e := got[term]
		if math.Abs(*e.Estimate-(m1-m0)) > 1e-12 || math.Abs(*e.SE-math.Sqrt(v1/n1+v0/n0)) > 1e-12 {
			t.Errorf("%s: %v (%v), want %v (%v)", term, *e.Estimate, *e.SE, m1-m0, math.Sqrt(v1/n1+v0/n0))
		}
	}
}

// The simple effect against never-treated units is the effect of Sun and
// Abraham (2021), whose golden number comes from fixest, another program.
func TestSimpleEffectIsSunAbraham(t *testing.T) {
	got := index(mustAnalyse(t, names, mpdta(t)))["simple"]
	for _, r := range readCSV(t, "mpdta.expected.csv") {
		if r["spec"] == "sunab_cluster_countyreal_att" && r["quantity"] == "ATT" {
			if want := number(t, r["value"]); !near(*got.Estimate, want, 1e-9) {
				t.Errorf("%v, Sun-Abraham %v", *got.Estimate, want)
			}
			return
		}
	}
	t.Error("no golden number")
}

// numbers lists estimates and errors, NaN where there is none.
func numbers(a result.Analysis, of func(result.Estimate) *float64) []float64 {
	var xs []float64
	for _, e := range a.Estimates {
		x := math.NaN()
		if v := of(e); v != nil {
			x = *v
		}
		xs = append(xs, x)
	}
	return xs
}

func value(e result.Estimate) *float64  { return e.Estimate }
func stdErr(e result.Estimate) *float64 { return e.SE }

// alike compares two analyses whose numbers differ by a factor.
func alike(t *testing.T, what string, got, want result.Analysis, factor, tol float64) {
	t.Helper()
	for _, of := range []func(result.Estimate) *float64{value, stdErr} {
		g, w := numbers(got, of), numbers(want, of)
		for i := range w {
			if math.IsNaN(g[i]) != math.IsNaN(w[i]) || math.Abs(g[i]-factor*w[i]) > tol*math.Abs(factor*w[i])+tol*factor*1e-3 {
				t.Errorf("%s: %s: %v, want %v", what, label(want.Estimates[i]), g[i], factor*w[i])
			}
		}
	}
}

func TestAnswersThatMustNotChange(t *testing.T) {
	for _, whole := range []bool{true, false} {
		w := world{units: 80, periods: 6, cohorts: fourCohorts, whole: whole, clusters: "crossing"}
		panel := w.draw(11)
		o := names
		o.Comparison = NotYetTreated
		want := mustAnalyse(t, o, panel)

		r := rand.New(rand.NewPCG(1, 2))
		shuffled := append([]obs(nil), panel...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		renamed := change(panel, func(o *obs) { o.unit = (o.unit*7919 + 13) % 100_003 })
		if whole {
			for what, p := range map[string][]obs{"rows shuffled": shuffled, "units renamed": renamed} {
				if got := mustAnalyse(t, o, p); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: whole outcomes must give the same bits", what)
				}
			}
		}
		alike(t, "rows shuffled", mustAnalyse(t, o, shuffled), want, 1, 1e-11)

		// A unit effect and a path common to all cancel: exactly where numbers are
		// whole; elsewhere to the rounding of y itself (1e6 has ulp 1e-10) and of
		// the squares of the common path.
		path, tol := 1e6, 1e-12
		if !whole {
			path, tol = 100, 1e-8
		}
		moved := change(panel, func(o *obs) { o.y += 1e6*float64(o.unit%17) + path*float64(o.time-2000) })
		alike(t, "unit effects and common path", mustAnalyse(t, o, moved), want, 1, tol)
		scaled := change(panel, func(o *obs) { o.y *= 1e9 })
		alike(t, "rupiah", mustAnalyse(t, o, scaled), want, 1e9, 1e-10)

		weighted := o
		weighted.Weights = "w"
		alike(t, "equal weights", mustAnalyse(t, weighted, change(panel, func(o *obs) { o.w = 2.5 })), want, 1, 1e-10)
		alone := o
		alone.Clusters = []string{"c"}
		got := mustAnalyse(t, alone, change(panel, func(o *obs) { o.cluster = 5000 - o.unit }))
		alike(t, "each unit its own cluster", got, want, 1, 1e-11)
		pairs := o
		pairs.Unbalanced = Pairwise
		alike(t, "pairwise on a balanced panel", mustAnalyse(t, pairs, panel), want, 1, 1e-12)
	}
}

func TestDigitsLostIsSaid(t *testing.T) {
	panel := world{units: 80, periods: 4, cohorts: fourCohorts}.draw(2)
	a := mustAnalyse(t, names, change(panel, func(o *obs) { o.y += 1e6 * float64(o.time-2000) }))
	if !slices.Contains(warned(a), "did-digits-lost") || slices.Contains(warned(mustAnalyse(t, names, panel)), "did-digits-lost") {
		t.Error("a common path of a million times the spread must be said, and nothing else")
	}
}

// Weights that are counts of copies give the points of the copied panel; its
// errors are those of copies clustered with their original.
func TestWeightsAreCopies(t *testing.T) {
	panel := world{units: 80, periods: 5, cohorts: fourCohorts, whole: true}.draw(4)
	var copies []obs
	for i := range panel {
		panel[i].w = float64(1 + panel[i].unit%3)
		for k := range int64(panel[i].w) {
			o := panel[i]
			o.cluster, o.unit, o.w = o.unit, o.unit*10+k, 1
			copies = append(copies, o)
		}
	}
	weighted, clustered := names, names
	weighted.Weights, clustered.Clusters = "w", []string{"c"}
	alike(t, "weights as copies", mustAnalyse(t, weighted, panel), mustAnalyse(t, clustered, copies), 1, 1e-11)
}

// Statistics of shards add to those of the whole: the same bits.
func TestShardsMerge(t *testing.T) {
	for _, o := range []Options{
		names,
		{Outcome: "y", Unit: "id", Time: "year", FirstTreated: "first", Clusters: []string{"c"}},
		{Outcome: "y", Unit: "id", Time: "year", FirstTreated: "first", Unbalanced: Pairwise},
	} {
		w := world{units: 150, periods: 5, cohorts: fourCohorts, whole: true, clusters: "crossing"}
		if o.Unbalanced == Pairwise {
			w.missing = 0.1
		}
		panel := w.draw(8)
		p := New(o, few)
		_, s, err := open(p, panel)
		if err != nil {
			t.Fatal(err)
		}
		whole := mustAnalyse(t, o, panel)
		so, err := rounds(p, s, func(r moments.Request) (moments.Statistic, error) {
			var parts []moments.Statistic
			for k := range int64(3) {
				shard, _, err := open(p, without(panel, func(o obs) bool { return o.cluster%3 != k }))
				if err != nil {
					return moments.Statistic{}, err
				}
				part, err := shard.Collect(context.Background(), r)
				if err != nil {
					return moments.Statistic{}, err
				}
				parts = append(parts, part)
			}
			return moments.Merge(parts...)
		})
		if err != nil {
			t.Fatal(err)
		}
		merged, err := p.Estimate(s, so)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(whole, merged) {
			t.Errorf("%+v: merged shards differ from the whole", o)
		}
	}
}

// Adding to the effect a linear trend of the treated moves the pre-test as
// DetectableSlope says, and the simple effect by slope times reach.
func TestDetectableBias(t *testing.T) {
	panel := world{units: 400, periods: 6, cohorts: fourCohorts}.draw(21)
	base := mustAnalyse(t, names, panel)
	values := base.Diagnostics[0].Values
	slope, bias := values["detectable_slope"].(float64), values["detectable_bias"].(float64)
	moved := change(panel, func(o *obs) {
		if o.first != 0 {
			o.y += slope * float64(o.time-2000)
		}
	})
	got := mustAnalyse(t, names, moved)
	if d := *got.Estimates[0].Estimate - *base.Estimates[0].Estimate; math.Abs(d-bias) > 1e-9 {
		t.Errorf("the trend moved the simple effect by %v, said %v", d, bias)
	}
	for _, e := range got.Estimates {
		if e.Term != "att-gt" || e.Time.Number >= e.Group.Number {
			continue
		}
		if d := *e.Estimate - *index(base)[label(e)].Estimate; math.Abs(d-slope) > 1e-9 {
			t.Errorf("%s moved by %v, not by one slope %v", label(e), d, slope)
		}
	}
}

// In null worlds 95 % intervals hold the truth as often as they say, the pre-test
// rejects in 5 %, and the band of the whole event study after treatment holds
// as one (Monte Carlo, 2,000 worlds: two standard errors are 1 point).
func TestCalibration(t *testing.T) {
	testenv.NeedLong(t)
	const worlds = 2000
	var simple, band, rejects float64
	for i := range worlds {
		w := world{units: 400, periods: 5, cohorts: []int64{0, 0, 2002, 2003}, scale: 3}
		panel := change(w.draw(uint64(i)), func(o *obs) {
			if o.first != 0 && o.time >= o.first {
				o.y -= 1 + 0.5*float64(o.time-o.first)
			}
		})
		a, err := analyseWith(names, inference.Options{Level: 0.95, Seed: uint64(i), Draws: 2000}, panel)
		if err != nil {
			t.Fatal(err)
		}
		if s := a.Estimates[0]; *s.Lower <= 0 && *s.Upper >= 0 {
			simple++
		}
		held := 1.0
		for _, e := range a.Estimates {
			if e.Term == "event" && *e.Event >= 0 && (*e.BandLower > 0 || *e.BandUpper < 0) {
				held = 0
			}
		}
		band += held
		if *a.Diagnostics[0].P < 0.05 {
			rejects++
		}
	}
	t.Logf("interval %.3f, band %.3f, pre-test rejects %.3f", simple/worlds, band/worlds, rejects/worlds)
	for what, x := range map[string][3]float64{"interval": {simple, 0.93, 0.97}, "band": {band, 0.93, 0.97}, "pre-test": {rejects, 0.03, 0.07}} {
		if share := x[0] / worlds; share < x[1] || share > x[2] {
			t.Errorf("%s: %v outside %v to %v", what, share, x[1], x[2])
		}
	}
}

// answered gives all answers of a study on a panel.
func answered(tb testing.TB, o Options, w world) (estimate.Sample, []moments.Statistic) {
	p := New(o, few)
	session, s, err := open(p, w.draw(1))
	if err != nil {
		tb.Fatal(err)
	}
	so, err := rounds(p, s, func(r moments.Request) (moments.Statistic, error) { return session.Collect(context.Background(), r) })
	if err != nil {
		tb.Fatal(err)
	}
	return s, so
}

// The promise is 5 ms for 10 periods and 7 cohorts, bands apart.
func BenchmarkEstimate(b *testing.B) {
	clustered := names
	clustered.Clusters = []string{"c"}
	yearly := world{units: 1600, periods: 10, cohorts: []int64{0, 2003, 2004, 2005, 2006, 2007, 2008, 2009}, whole: true, clusters: "crossing"}
	monthly := world{units: 1500, periods: 60, cohorts: []int64{0}, whole: true}
	for g := int64(2003); g < 2060; g += 2 {
		monthly.cohorts = append(monthly.cohorts, g)
	}
	for _, c := range []struct {
		name  string
		o     Options
		w     world
		draws int
	}{
		{"years, units", names, yearly, 0},
		{"years, clusters across cohorts", clustered, yearly, 0},
		{"years, bands of 10,000 draws", names, yearly, 10_000},
		{"months, bands of 10,000 draws", names, monthly, 10_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, so := answered(b, c.o, c.w)
			p := New(c.o, inference.Options{Level: 0.95, Seed: 1, Draws: c.draws})
			for b.Loop() {
				if _, err := p.Estimate(s, so); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
