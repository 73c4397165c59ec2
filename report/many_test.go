package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// outcomesSample is a result of outcomes without label and unit: o0 to o<n-1>,
// each with an effect of 2 from 1 to 3 and its passed check.
func outcomesSample(t *testing.T, n int, edit func(*result.Result)) Input {
	t.Helper()
	in := didSample(t, nil)
	f := result.Float
	in.Study.Plan.Outcomes = nil
	r := &in.Result
	r.Estimates, r.Diagnostics, r.Exhibits = nil, nil, nil
	for i := range n {
		o := fmt.Sprintf("o%d", i)
		in.Study.Plan.Outcomes = append(in.Study.Plan.Outcomes, plan.Outcome{Column: o})
		prefix := o + ": "
		if n == 1 {
			prefix = ""
		}
		for _, term := range []string{"simple", "event-overall", "group-overall", "calendar-overall"} {
			r.Estimates = append(r.Estimates, result.Estimate{Outcome: o, Estimator: "did", Term: term, Estimate: f(2), SE: f(0.5), Lower: f(1), Upper: f(3), P: f(0.01), N: 60, Details: map[string]any{}})
		}
		r.Diagnostics = append(r.Diagnostics, result.Diagnostic{Name: "pre-trend", Verdict: result.Pass, Outcome: o, Values: result.Values{"p": 0.4 + float64(i)/100, "detectable_bias": 3.21 + float64(i)},
			Text: result.Text{ID: prefix + "tidak ditemukan", EN: prefix + "nothing found"}})
	}
	if edit != nil {
		edit(r)
	}
	return in
}

// first is the estimate from which an outcome's answer is made.
func first(r *result.Result, column string) *result.Estimate {
	for i := range r.Estimates {
		if r.Estimates[i].Outcome == column {
			return &r.Estimates[i]
		}
	}
	return nil
}

// tested makes an outcome's p one adjusted for a family.
func tested(r *result.Result, column string, p float64, family int) {
	d := first(r, column).Details
	d["p_adjusted"], d["adjust"], d["family_size"] = p, plan.Holm, family
}

// chance makes an outcome's answer one of chance.
func chance(r *result.Result, column string) {
	e := first(r, column)
	e.Lower, e.P = result.Float(-1), result.Float(0.2)
}

func printed(t *testing.T, in Input, l i18n.Lang) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, in, l); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
			t.Errorf("%s: a line of %d columns: %q", l, n, line)
		}
	}
	if m := unknownWord.FindString(b.String()) + placeholder.FindString(b.String()); m != "" {
		t.Errorf("%s: the text holds %q", l, m)
	}
	return b.String()
}

// flat is a text without its lines.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// Where outcomes are tested together, the first lines follow the adjusted p.
func TestTheFirstLinesFollowTheAdjustedP(t *testing.T) {
	for _, c := range []struct {
		p    float64
		want map[i18n.Lang]string
	}{
		{0.176, map[i18n.Lang]string{i18n.EN: "It is not shown that the programme changes `o1`: tested together with the other outcomes (2 in all), the estimate (rose by 2.00) can no longer be told from chance (adjusted p = 0.176;",
			i18n.ID: "Belum terbukti bahwa program mengubah `o1`: setelah diuji bersama hasil lainnya (seluruhnya 2), perkiraannya (naik 2,00) tidak lagi dapat dibedakan dari kebetulan (p bersama = 0,176;"}},
		{0.02, map[i18n.Lang]string{i18n.EN: "The programme raised `o1` by 2.00 (", i18n.ID: "Program menaikkan `o1` sebesar 2,00 ("}},
	} {
		in := outcomesSample(t, 2, func(r *result.Result) { tested(r, "o0", 0.01, 2); tested(r, "o1", c.p, 2) })
		for l, want := range c.want {
			if got := Answer(in, l); !strings.Contains(got, want) {
				t.Errorf("p %v: %q lacks %q", c.p, got, want)
			}
		}
		if claims := strings.Contains(Answer(in, i18n.EN), "raised `o1`"); claims != (c.p < 0.05) {
			t.Errorf("p %v: claims an effect: %v", c.p, claims)
		}
		if unsure := in.conclusion(in.Study.Plan.Outcomes[1], i18n.EN); strings.Contains(unsure, "no answer yet") != (c.p >= 0.05) {
			t.Errorf("p %v: %s", c.p, unsure)
		}
		if got := flat(printed(t, in, i18n.EN)); strings.Count(got, "The adjusted p takes 2 outcomes together (Holm)") != 1 {
			t.Errorf("the rule is not said once: %s", got)
		}
	}
}

// Each conclusion, check and reason says which of several outcomes it is about.
func TestOutcomesAreNamed(t *testing.T) {
	in := outcomesSample(t, 2, func(r *result.Result) {
		chance(r, "o0")
		r.Verdict = &result.Verdict{Grade: result.Weak, Text: result.Text{ID: "lemah", EN: "weak"},
			Reasons: []result.Reason{{Rule: "pre-trend-power", Effect: "underpowered", Outcome: "o1", Text: result.Text{ID: "tren (4,21)", EN: "a trend it could miss (4.21)"}}}}
	})
	got := flat(printed(t, in, i18n.EN))
	for _, want := range []string{"What may be concluded on `o0`: there is no answer yet", "What may be concluded on `o1`: this is a hint",
		"The reasons are those of `o1`, the outcome with the weakest evidence: - a trend it could miss (4.21)", "] `o0`: nothing found."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(got, "O0") || strings.Contains(got, "O1") {
		t.Errorf("a column has a capital: %s", got)
	}
	one := printed(t, outcomesSample(t, 1, nil), i18n.EN)
	if strings.Contains(one, "concluded on") || strings.Contains(one, "reasons are those") {
		t.Errorf("a single outcome is told apart from itself: %s", one)
	}
}

// Many outcomes of which the same is said share a sentence; effects come first
// and keep their numbers.
func TestManyOutcomesShareSentences(t *testing.T) {
	in := outcomesSample(t, 40, func(r *result.Result) {
		for i := range 40 {
			if i != 7 {
				chance(r, fmt.Sprintf("o%d", i))
			}
		}
	})
	for l, want := range map[i18n.Lang]string{
		i18n.EN: "The programme raised `o7` by 2.00 (95\u00a0% interval +1.00 to +3.00). It is not shown that the programme changes `o0`, `o1`, `o2`, `o3`, `o4`, `o5`, `o6`, `o8`, `o9`, `o10`, `o11`, `o12` and 27 more: the estimates cannot be told from chance.",
		i18n.ID: "Program menaikkan `o7` sebesar 2,00 (selang 95\u00a0%: +1,00 sampai +3,00). Belum terbukti bahwa program mengubah `o0`, `o1`, `o2`, `o3`, `o4`, `o5`, `o6`, `o8`, `o9`, `o10`, `o11`, `o12` dan 27 lainnya: perkiraannya belum dapat dibedakan dari kebetulan.",
	} {
		if got := Answer(in, l); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if n := len(in.conclusions(l)); n != 2 {
			t.Errorf("%d conclusions, want 2", n)
		}
		printed(t, in, l)
	}
}

// Every kind of finding has its sentence for one and for many outcomes.
func TestEveryKindHasItsSentences(t *testing.T) {
	for _, l := range i18n.Langs {
		for _, k := range []kind{kind(foundBetter), kind(foundWorse), kind(foundOther), kind(foundNothing), kind(foundAlone), kind(practically), kind(noError), kind(noAnswer), kind(tooSmall), notCausal} {
			for _, key := range []string{"report.answer.", "report.answer.many.", "report.conclude."} {
				if !i18n.Has(l, key+string(k)) {
					t.Errorf("%s: no %s%s", l, key, k)
				}
			}
		}
		for _, rule := range []string{plan.Holm, plan.BenjaminiHochberg, plan.RomanoWolf} {
			if !i18n.Has(l, "report.adjust."+rule) {
				t.Errorf("%s: no report.adjust.%s", l, rule)
			}
		}
	}
}

// The text prints the conditions that its conclusion speaks of, and only then.
func TestTheConditionsStandInTheText(t *testing.T) {
	const speaks, condition = "as far as the conditions below hold", "Without the programme, both groups would have changed in parallel."
	with := flat(printed(t, didSample(t, nil), i18n.EN))
	if !strings.Contains(with, speaks) || !strings.Contains(with, "This holds only if: - "+condition) || strings.Index(with, speaks) > strings.Index(with, condition) {
		t.Errorf("no conditions below the conclusion: %s", with)
	}
	without := flat(printed(t, outcomesSample(t, 1, func(r *result.Result) { chance(r, "o0") }), i18n.EN))
	if strings.Contains(without, speaks) || strings.Contains(without, condition) {
		t.Errorf("conditions of no conclusion: %s", without)
	}
}

// blank is a blank that stands before a mark.
var blank = regexp.MustCompile(` [),;.:]|\( |  `)

// An outcome without a unit leaves no blank where the unit would stand.
func TestNoUnitLeavesNoBlank(t *testing.T) {
	matters := 0.5
	edits := map[string]func(*result.Result){
		"effect": nil, "weak": weak, "chance": func(r *result.Result) { chance(r, "o0") },
		"family":      func(r *result.Result) { tested(r, "o0", 0.3, 4) },
		"practically": func(r *result.Result) { e := first(r, "o0"); e.Lower, e.Upper = result.Float(-0.1), result.Float(0.2) },
		"no error":    func(r *result.Result) { e := first(r, "o0"); e.Lower, e.Upper = nil, nil },
		"broken":      broken,
	}
	for name, edit := range edits {
		for _, n := range []int{1, 4} {
			in := outcomesSample(t, n, edit)
			in.Study.Plan.Outcomes[0].Matters = &matters
			in.Result.Diagnostics = append(in.Result.Diagnostics, result.Diagnostic{Name: detectable, Outcome: "o0", Verdict: result.Pass, Values: result.Values{"mde": 1.5}})
			in.Truth = []Truth{{Term: "simple", Value: 2}}
			for _, l := range i18n.Langs {
				said := Answer(in, l)
				for _, c := range in.conclusions(l) {
					said += "|" + c.Label + " " + c.Text
				}
				said += "|" + in.trueEffect(in.Study.Plan.Outcomes[0], l)
				if m := blank.FindString(said); m != "" {
					t.Errorf("%s, %s: %q in %q", name, l, m, said)
				}
			}
		}
	}
}

// A figure of an outcome without a unit has no empty brackets.
func TestFiguresWithoutAUnit(t *testing.T) {
	in := didSample(t, nil)
	in.Study.Plan.Outcomes[0].Unit, in.Study.Plan.Outcomes[0].Label = "", plan.Words{}
	for _, l := range i18n.Langs {
		body, err := Body(in, l)
		if err != nil || strings.Contains(string(body), "()") || strings.Contains(string(body), "( )") || strings.Contains(string(body), "`") {
			t.Errorf("%s: %v", l, err)
		}
		if !strings.Contains(string(body), "<code>earnings</code>") {
			t.Errorf("%s: the column is not set as one", l)
		}
	}
}

// With the column of adjusted p the names of effects have little room: they go
// on below, and no two are the same.
func TestNamesOfEffectsStayApart(t *testing.T) {
	in := outcomesSample(t, 2, func(r *result.Result) {
		tested(r, "o0", 0.0123, 2)
		tested(r, "o1", 0.176, 2)
		for i := range r.Estimates {
			e := &r.Estimates[i]
			e.Estimate, e.Lower, e.Upper, e.N = result.Float(1_234_567), result.Float(1_000_000), result.Float(1_400_000), 123_456
		}
	})
	for _, l := range i18n.Langs {
		got := printed(t, in, l)
		if strings.Contains(got, "…   ") || !strings.Contains(got, "0"+map[i18n.Lang]string{i18n.ID: ",", i18n.EN: "."}[l]+"176") {
			t.Errorf("%s: names are cut, or the adjusted p is not there:\n%s", l, got)
		}
		for _, term := range []string{"simple", "event-overall", "group-overall", "calendar-overall"} {
			last := words(i18n.Text(l, "term."+term, nil))
			if strings.Count(got, last[len(last)-1]) < 2 {
				t.Errorf("%s: the name of %s is cut:\n%s", l, term, got)
			}
		}
	}
}

// The text lists the effects by region, the largest first: all up to twelve,
// else the largest and the smallest.
func TestRegionsInTheText(t *testing.T) {
	regions := func(n int) Input {
		return didSample(t, func(r *result.Result) {
			r.Exhibits[1].Rows = nil
			for i := range n {
				name, value := fmt.Sprintf("Kabupaten %c", 'A'+i), float64(1000*(i+1))
				r.Estimates = append(r.Estimates, result.Estimate{Outcome: "earnings", Term: "simple", Group: result.Name(name), Estimate: &value, Lower: result.Float(value - 500), Upper: result.Float(value + 500), P: result.Float(0.01), N: 30, Details: map[string]any{}})
				r.Exhibits[1].Rows = append(r.Exhibits[1].Rows, []any{name, int64(30), value, 250.0, value - 500, value + 500, value + 7, value - 400, value + 400, int64(1), int64(n)})
			}
		})
	}
	got := printed(t, regions(12), i18n.EN)
	if strings.Count(got, "\nKabupaten ") != 12 || strings.Contains(got, "more in the report") {
		t.Errorf("not all twelve regions:\n%s", got)
	}
	if strings.Index(got, "\nKabupaten L ") > strings.Index(got, "\nKabupaten A ") || !strings.Contains(got, "+12,007") {
		t.Errorf("the largest is not first, or not drawn together:\n%s", got)
	}
	got = printed(t, regions(20), i18n.EN)
	if strings.Count(got, "\nKabupaten ") != 12 || !strings.Contains(got, "and 8 more in the report") || strings.Contains(got, "\nKabupaten J ") || strings.Count(got, "\n…\n") != 1 {
		t.Errorf("not the largest and smallest:\n%s", got)
	}
	if got := printed(t, regions(20), i18n.ID); !strings.Contains(got, "dan 8 lainnya di laporan") {
		t.Error(got)
	}
}

// A refusal that needs a cluster says so in one language.
func TestARefusalIsInOneLanguage(t *testing.T) {
	values := map[string]any{"key": "vce: wild", "other": "panel: false", "need_cluster": true}
	for l, want := range map[i18n.Lang]string{
		i18n.ID: "`vce: wild` dan `panel: false` tanpa `cluster` belum dapat dipakai bersama pada versi ini; tambahkan `cluster`, atau hilangkan salah satunya",
		i18n.EN: "`vce: wild` and `panel: false` without `cluster` cannot be used together in this version; add `cluster`, or leave one out",
	} {
		if got := i18n.Text(l, "refusal.did-not-together", values); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
