package evidence

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

var (
	now   = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	sari  = registry.HandOf(event.Actor{User: "sari", Via: event.Web}, now)
	tini  = registry.HandOf(event.Actor{User: "tini", Via: event.Web}, now)
	asked = study.Study{ID: "s1", Title: "Dampak contoh", Owner: "o1", Region: "35", Programmes: []string{"pkh"}}
)

func aRun() study.Run {
	return study.Run{ID: "r1", Study: "s1", Registration: 2, Release: &study.Release{}, Answer: &study.Answer{Grade: "strong"}}
}

func a() Finding {
	return Finding{ID: "f1", Programme: "pkh", Outcome: "belanja-per-orang", Sentence: registry.Words{ID: " Belanja naik. ", EN: "Spending rose."},
		Effect: Effect{Estimate: 5, Lower: 2, Upper: 8, SE: 1.5, Level: 0.95, Unit: "rupiah", Better: "higher"}, Applies: Applies{Regions: []string{"3578", "3507", "3507"}}}
}

func done(t *testing.T, c registry.Change, err error) Finding {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return c.After.(Finding)
}

func refused(t *testing.T, code string, err error) {
	t.Helper()
	if all := problem.Of(err); len(all) != 1 || all[0].Code != code {
		t.Errorf("expected %s, found %v", code, err)
	}
}

// TestLife walks a finding from its proposal to the one that takes its place, and to
// its end.
func TestLife(t *testing.T) {
	c, err := Propose(a(), asked, aRun(), sari)
	f := done(t, c, err)
	if f.State() != Proposed || f.Sentence.ID != "Belanja naik." || f.Owner != "o1" || f.Grade != "strong" || !slices.Equal(f.Applies.Regions, []string{"3507", "3578"}) {
		t.Errorf("%+v", f)
	}
	_, err = f.Release(asked, nil, sari)
	refused(t, "finding-own", err)
	gone := asked
	gone.Stone = &registry.Withdrawal{User: "u1", Reason: "asumsi tidak terpenuhi"}
	_, err = f.Release(gone, nil, tini)
	refused(t, "finding-study-withdrawn", err)
	_, err = Propose(a(), gone, aRun(), sari)
	refused(t, "finding-study-withdrawn", err)
	_, err = f.Release(asked, &Finding{By: "f0"}, tini)
	refused(t, "finding-replaced", err)
	c, err = f.Edit(registry.Words{ID: "Belanja per orang naik.", EN: "Spending per person rose."}, "keluarga penerima", asked, sari)
	f = done(t, c, err)
	c, err = f.Release(asked, nil, tini)
	out := done(t, c, err)
	_, err = out.Edit(out.Sentence, "", asked, sari)
	refused(t, "state-finding-released", err)
	next := out
	next.ID, next.Replaces = "f2", "f1"
	c, err = out.Supersede(next)
	old := done(t, c, err)
	if old.State() != Superseded || old.By != "f2" || out.By != "" {
		t.Errorf("%+v", old)
	}
	next.Outcome = "lain"
	_, err = out.Supersede(next)
	refused(t, "finding-replaces", err)
	_, err = old.Withdraw("sari", " ", now)
	refused(t, "blank-reason", err)
	c, err = old.Withdraw("sari", "data keliru", now)
	if gone := done(t, c, err); gone.State() != Withdrawn {
		t.Errorf("%+v", gone)
	}
}

// TestRefusals: each thing that a finding lacks has its problem.
func TestRefusals(t *testing.T) {
	for _, r := range []struct {
		code string
		edit func(*Finding, *study.Run)
	}{
		{"finding-unreleased", func(_ *Finding, r *study.Run) { r.Release = nil }},
		{"finding-unreleased", func(_ *Finding, r *study.Run) { r.Study = "s2" }},
		{"blank-finding-sentence-id", func(f *Finding, _ *study.Run) { f.Sentence.ID = " " }},
		{"blank-finding-sentence-en", func(f *Finding, _ *study.Run) { f.Sentence.EN = "" }},
		{"text-identity", func(f *Finding, _ *study.Run) { f.Sentence.EN = "of 3578994107900001" }},
		{"finding-programme", func(f *Finding, _ *study.Run) { f.Programme = "lain" }},
		{"finding-outcome", func(f *Finding, _ *study.Run) { f.Outcome = "Belanja" }},
		{"finding-outcome", func(f *Finding, _ *study.Run) { f.Outcome = "" }},
		{"finding-effect", func(f *Finding, _ *study.Run) { f.Effect.Estimate = math.NaN() }},
		{"finding-effect", func(f *Finding, _ *study.Run) { f.Effect.Lower = 6 }},
		{"finding-effect", func(f *Finding, _ *study.Run) { f.Effect.Level = 1 }},
	} {
		f, run := a(), aRun()
		r.edit(&f, &run)
		_, err := Propose(f, asked, run, sari)
		refused(t, r.code, err)
	}
}

// TestDirection: the interval speaks, on each side of each border.
func TestDirection(t *testing.T) {
	matters := 10.0
	for _, c := range []struct {
		e    Effect
		want Direction
	}{
		{Effect{Estimate: 5, Lower: 2, Upper: 8, Better: "higher"}, ForBetter}, {Effect{Estimate: 5, Lower: 2, Upper: 8, Better: "lower"}, ForWorse},
		{Effect{Estimate: -5, Lower: -8, Upper: -2, Better: "lower"}, ForBetter}, {Effect{Estimate: 5, Lower: 0, Upper: 10, Better: "higher"}, Unclear},
		{Effect{Estimate: 5, Lower: 0.1, Upper: 10}, Unvalued}, {Effect{Estimate: 5, Lower: 2, Upper: 8, Better: "higher", Matters: &matters}, NoEffect},
		{Effect{Estimate: 5, Lower: 2, Upper: 10, Better: "higher", Matters: &matters}, ForBetter}, {Effect{Estimate: 1, Lower: -10, Upper: 9, Matters: &matters}, Unclear},
	} {
		if got := c.e.Direction(); got != c.want {
			t.Errorf("%+v: %s, expected %s", c.e, got, c.want)
		}
	}
}

// other is a released finding of another study with an effect.
func other(id, study string, estimate, half float64) Finding {
	f := a()
	f.ID, f.Study, f.Let = id, study, &tini
	f.Effect.Estimate, f.Effect.Lower, f.Effect.Upper, f.Effect.SE = estimate, estimate-half, estimate+half, half/2
	return f
}

// TestStrength: a case on each side of each line of the rule.
func TestStrength(t *testing.T) {
	f := other("f1", "s1", 5, 3)
	f.Grade = "strong"
	with := func(edit func(*Finding)) Finding { g := f; edit(&g); return g }
	for _, c := range []struct {
		name   string
		f      Finding
		others []Finding
		dots   int
		rules  []string
	}{
		{"alone", f, nil, 3, []string{"alone"}},
		{"itself", f, []Finding{f}, 3, []string{"alone"}},
		{"replicated", f, []Finding{other("g", "s2", 4, 2)}, 3, []string{"replicated"}},
		{"one study twice", f, []Finding{other("g", "s2", 4, 2), other("h", "s2", 6, 2)}, 3, []string{"replicated"}},
		{"contradicted", f, []Finding{other("g", "s2", -4, 2)}, 2, []string{"contradicted"}},
		{"unclear beside it", f, []Finding{other("g", "s2", -1, 2)}, 3, []string{"alone"}},
		{"another outcome", f, []Finding{func() Finding { g := other("g", "s2", -4, 2); g.Outcome = "lain"; return g }()}, 3, []string{"alone"}},
		{"another unit", f, []Finding{func() Finding { g := other("g", "s2", -4, 2); g.Effect.Unit = "ribu"; return g }()}, 3, []string{"alone"}},
		{"not released", f, []Finding{func() Finding { g := other("g", "s2", -4, 2); g.Let = nil; return g }()}, 3, []string{"alone"}},
		{"deviates", with(func(g *Finding) { g.Major = 2 }), nil, 2, []string{"deviation-major", "alone"}},
		{"late", with(func(g *Finding) { g.Late = true }), nil, 2, []string{"amended-after-looking", "alone"}},
		{"all at once", with(func(g *Finding) { g.Late, g.Major = true, 1 }), []Finding{other("g", "s2", -4, 2)}, 0, []string{"deviation-major", "amended-after-looking", "contradicted"}},
		{"weak stays above nothing", with(func(g *Finding) { g.Grade, g.Major, g.Late = "weak", 1, true }), nil, 0, []string{"deviation-major", "amended-after-looking", "alone"}},
		{"not causal", with(func(g *Finding) { g.Grade = "not-causal" }), []Finding{other("g", "s2", 4, 2)}, 0, []string{"replicated"}},
	} {
		s := c.f.Strength(c.others)
		var ids []string
		for _, r := range s.Reasons {
			ids = append(ids, r.Rule.ID)
		}
		if s.Dots != c.dots || !slices.Equal(ids, c.rules) {
			t.Errorf("%s: %d dots by %v, expected %d by %v", c.name, s.Dots, ids, c.dots, c.rules)
		}
	}
	for _, r := range Rules() {
		if r.Source == "" || r.Text.ID == "" || r.Text.EN == "" || r.Lowers < 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestSynthesise: one finding a study, the newest, of one unit; the pooled effect lies
// between the least and the greatest.
func TestSynthesise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "findings")
		var all []Finding
		for i := range n {
			f := other(string(rune('a'+i)), rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(t, "study"), float64(rapid.IntRange(-9, 9).Draw(t, "effect")), float64(rapid.IntRange(1, 9).Draw(t, "half")))
			let := registry.HandOf(event.Actor{User: "tini"}, now.Add(time.Duration(i)*time.Hour))
			f.Let = &let
			all = append(all, f)
		}
		s := Synthesise(all, "pkh", "belanja-per-orang", inference.Options{Level: 0.95, Draws: 200, Seed: 1})
		last := map[string]string{}
		for _, f := range all {
			last[f.Study] = f.ID
		}
		if len(s.Findings) != len(last) || len(s.Left) != 0 || (s.Pooled != nil) != (len(last) > 1) {
			t.Fatalf("%d of %d studies, pooled %v", len(s.Findings), len(last), s.Pooled)
		}
		low, high := math.Inf(1), math.Inf(-1)
		for _, f := range s.Findings {
			if last[f.Study] != f.ID {
				t.Fatal("an older finding of a study")
			}
			low, high = min(low, f.Effect.Estimate), max(high, f.Effect.Estimate)
		}
		if s.Pooled != nil && (s.Pooled.Mean < low-1e-9 || s.Pooled.Mean > high+1e-9) {
			t.Fatalf("%g outside %g to %g", s.Pooled.Mean, low, high)
		}
	})
	thousand := other("z", "s9", 4, 2)
	thousand.Effect.Unit = "ribu rupiah"
	if s := Synthesise([]Finding{other("a", "s1", 4, 2), thousand}, "pkh", "belanja-per-orang", inference.Options{Level: 0.95, Draws: 200, Seed: 1}); len(s.Left) != 1 || s.Pooled != nil {
		t.Errorf("%+v", s)
	}
}
