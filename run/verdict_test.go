package run

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// speaking makes a result in which a line of the rules applies.
func speaking(l rule, o *plan.Outcome) result.Result {
	r := quiet()
	matters := 0.5
	switch {
	case l.Warning != "":
		r.Warnings = append(r.Warnings, result.Warning{Code: l.Warning, Outcome: "y", Values: result.Values{"clusters": int64(8), "units": int64(8), "year": int64(2020), "outcomes": int64(3), "from": "september", "to": "march", "p_adjusted": 0.2}})
	case l.NoError:
		r.Estimates[0].SE = nil
	case l.Null:
		r.Estimates[0].Lower = result.Float(-1)
	case l.Value != "":
		if l.NullOnly {
			r.Estimates[0].Lower = result.Float(-1)
		}
		o.Matters = &matters
		found := 1.5 // above what matters, below the estimate
		if l.Above == "estimate-and-matters" {
			found = 99
		}
		r.Diagnostics = append(r.Diagnostics, result.Diagnostic{Name: l.Diagnostic, Verdict: result.Pass, Outcome: "y", Values: result.Values{l.Value: found}})
	default:
		r.Diagnostics = append(r.Diagnostics, result.Diagnostic{Name: l.Diagnostic, Verdict: result.CheckVerdict(l.Verdict), Outcome: "y",
			Values: result.Values{"share": 0.2, "p": 0.01}})
	}
	return r
}

// quiet is a result against which no line speaks: an effect of 2 from 1 to 3.
func quiet() result.Result {
	return result.Result{Estimates: []result.Estimate{{Outcome: "y", Estimate: result.Float(2), SE: result.Float(0.5), Lower: result.Float(1), Upper: result.Float(3)}}}
}

// TestEachLineOfTheRules has a case on each side of every line.
func TestEachLineOfTheRules(t *testing.T) {
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	grades := map[string]result.Grade{effectCaution: result.Moderate, effectUnderpowered: result.Weak, effectFailed: result.NotCausal}
	seen := map[string]bool{}
	for _, l := range b.Rules {
		t.Run(l.ID, func(t *testing.T) {
			if seen[l.ID] {
				t.Error("the id stands twice")
			}
			seen[l.ID] = true
			if l.Source == "" || l.Text["id"] == "" || l.Text["en"] == "" || grades[l.Effect] == "" {
				t.Errorf("the line lacks a source, a sentence or an effect: %+v", l)
			}
			o := plan.Outcome{Column: "y"}
			if v := b.judgeOutcome(o, quiet()); v.Grade != result.Strong || len(v.Reasons) > 0 {
				t.Errorf("nothing speaks against it, yet %+v", v)
			}
			loud := speaking(l, &o)
			v := b.judgeOutcome(o, loud)
			if v.Grade != grades[l.Effect] || len(v.Reasons) != 1 || v.Reasons[0].Rule != l.ID || v.Reasons[0].Outcome != o.Column {
				t.Errorf("the line speaks, yet %+v", v)
			}
			for _, text := range []string{v.Reasons[0].Text.ID, v.Reasons[0].Text.EN} {
				if strings.ContainsAny(text, "{}") {
					t.Errorf("a placeholder is left in %q", text)
				}
			}
		})
	}
}

// TestTwoCautionsAreWeak, and a comparison on its limit does not speak.
func TestTwoCautionsAreWeak(t *testing.T) {
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	o := plan.Outcome{Column: "y"}
	r := quiet()
	r.Warnings = []result.Warning{{Code: "few-clusters", Outcome: "y"}, {Code: "singleton-cohort", Outcome: "y"}}
	if v := b.judgeOutcome(o, r); v.Grade != result.Weak {
		t.Errorf("two cautions give %q", v.Grade)
	}
	limit := 0.5
	o.Matters = &limit
	r = quiet()
	r.Estimates[0].Lower = result.Float(-1)
	r.Diagnostics = []result.Diagnostic{{Name: "detectable-effect", Verdict: result.Pass, Outcome: "y", Values: result.Values{"mde": 0.5}}}
	if v := b.judgeOutcome(o, r); v.Grade != result.Strong {
		t.Errorf("a detectable effect equal to what matters gives %q", v.Grade)
	}
	r.Diagnostics[0].Values["mde"] = 0.51
	if v := b.judgeOutcome(o, r); v.Grade != result.Weak {
		t.Errorf("a detectable effect above what matters gives %q", v.Grade)
	}
	r.Estimates[0].Lower = result.Float(0.1)
	if v := b.judgeOutcome(o, r); v.Grade != result.Strong {
		t.Errorf("an effect that was found, though larger ones only were sure to be, gives %q", v.Grade)
	}
}

// TestOtherOutcomesDoNotSpeak: the verdict is the worst over outcomes, each
// judged by its own checks.
func TestOtherOutcomesDoNotSpeak(t *testing.T) {
	r := quiet()
	r.Estimates = append(r.Estimates, result.Estimate{Outcome: "z", Estimate: result.Float(2), SE: result.Float(0.5), Lower: result.Float(1), Upper: result.Float(3)})
	r.Warnings = []result.Warning{{Code: "few-clusters", Outcome: "y"}, {Code: "few-clusters", Outcome: "z"}}
	v, err := judge(plan.Plan{Outcomes: []plan.Outcome{{Column: "y"}, {Column: "z"}}}, r)
	if err != nil || v.Grade != result.Moderate {
		t.Errorf("one caution on each of two outcomes gives %q, %v", v.Grade, err)
	}
}

// TestAPreciseNullIsNotWeak: a trend that the test of paths could miss counts
// against the effect that matters, not against an effect that is nearly none.
func TestAPreciseNullIsNotWeak(t *testing.T) {
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	matters := 0.5
	o := plan.Outcome{Column: "y", Matters: &matters}
	r := quiet()
	r.Estimates[0].Estimate, r.Estimates[0].Lower, r.Estimates[0].Upper = result.Float(-0.03), result.Float(-0.13), result.Float(0.07)
	for bias, want := range map[float64]result.Grade{0.14: result.Strong, 0.6: result.Weak} {
		r.Diagnostics = []result.Diagnostic{{Name: "pre-trend", Verdict: result.Pass, Outcome: "y", Values: result.Values{"detectable_bias": bias}}}
		if v := b.judgeOutcome(o, r); v.Grade != want {
			t.Errorf("a missed bias of %v beside 0.5 that matters gives %q, want %q", bias, v.Grade, want)
		}
	}
}
