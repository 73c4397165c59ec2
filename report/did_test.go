package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

const didPlan = `dampak: 1
id: pasar
title: {id: Perbaikan pasar, en: Renovated markets}
question: {id: Apakah pendapatan naik?, en: Did earnings rise?}
data: {households: h.csv}
design:
  did: {unit: household, time: year, first_treated: market_year, cluster: region, by: region_name}
outcomes: [{column: earnings, unit: rupiah, better: higher, label: {id: "Pendapatan per bulan, harga 2025", en: "Earnings per month, prices of 2025"}, matters: 15000}]
`

// didSample is the result of a difference-in-differences with its sensitivity,
// three regions and a truth of 20,000.
func didSample(t *testing.T, edit func(*result.Result)) Input {
	t.Helper()
	study, err := designs.Parse([]byte(didPlan), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := result.Float
	event := func(at int64, value float64) result.Estimate {
		return result.Estimate{Outcome: "earnings", Estimator: "did", Term: "event", Event: result.Int(at), Estimate: f(value), SE: f(2000), Lower: f(value - 4000), Upper: f(value + 4000),
			BandLower: f(value - 6000), BandUpper: f(value + 6000), P: f(0.01), N: 900}
	}
	r := result.Result{
		Plan: result.PlanRef{ID: "pasar", SHA256: strings.Repeat("ab", 32)}, Data: []result.DataRef{{Name: "households", SHA256: strings.Repeat("cd", 32), Rows: 900}},
		Engine: "duckdb v1.5.6", Version: "0.1.0", Seconds: 0.08, Status: result.StatusOK,
		Verdict: &result.Verdict{Grade: result.Moderate, Text: result.Text{ID: "bukti sedang", EN: "moderate evidence"}},
		Estimates: []result.Estimate{
			{Outcome: "earnings", Estimator: "did", Term: "simple", Estimate: f(22000), SE: f(3000), Lower: f(16120), Upper: f(27880), P: f(0.0001), N: 900, Clusters: result.Int(38), Details: map[string]any{"vce": "if-cluster"}},
			event(-2, 500), event(-1, -300), event(0, 15000), event(1, 29000),
		},
		Diagnostics: []result.Diagnostic{
			{Name: "pre-trend", Verdict: result.Pass, Outcome: "earnings", Text: result.Text{ID: "tidak ditemukan (p = 0,4)", EN: "nothing found (p = 0.4)"}},
			{Name: "equal-effects", Verdict: result.Pass, Outcome: "earnings", P: f(0.001), Values: result.Values{"differ": true, "same": false}, Text: result.Text{ID: "berbeda", EN: "they differ"}},
		},
		Exhibits: []result.Exhibit{
			{Kind: result.ExhibitHonest, Outcome: "earnings", Columns: []string{"kind", "term", "event", "m", "lower", "upper", "set"},
				Rows: [][]any{
					{"relative-magnitudes", "average", nil, 0.0, 16000.0, 28000.0, "interval"}, {"relative-magnitudes", "average", nil, 1.0, -9000.0, 53000.0, "interval"},
					{"smoothness", "average", nil, 0.0, -3000.0, 9000.0, "interval"},
				},
				Values: result.Values{"breakdown_relative": f(0.54), "breakdown_smoothness": f(0)}},
			{Kind: result.ExhibitDomains, Outcome: "earnings", Columns: []string{"name", "n", "estimate", "se", "lower", "upper", "shrunk", "shrunk_lower", "shrunk_upper", "rank_low", "rank_high"},
				Rows: [][]any{
					{"Kota Batu", int64(90), 9000.0, 9000.0, -8640.0, 26640.0, 18000.0, -2000.0, 30000.0, int64(1), int64(3)},
					{"Kabupaten Tuban", int64(500), 31000.0, 3000.0, 25120.0, 36880.0, 29000.0, 23000.0, 35000.0, int64(1), int64(2)},
					{"Kabupaten Gresik", int64(1), 4000.0, nil, nil, nil, nil, nil, nil, nil, nil},
				},
				Values: result.Values{"by": "region_name", "mean": 23000.0}},
		},
	}
	if edit != nil {
		edit(&r)
	}
	return Input{Result: r, Study: study, Command: "dampak run plan.yaml --data households=h.csv", Printed: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)}
}

// broken makes the check of paths fail, as a run does.
func broken(r *result.Result) {
	r.Diagnostics[0].Verdict = result.Fail
	r.Diagnostics[0].Text = result.Text{ID: "jalurnya sudah berbeda (p < 0,001)", EN: "they already moved apart (p < 0.001)"}
	r.Verdict = &result.Verdict{Grade: result.NotCausal, Text: result.Text{ID: "bukan sebab-akibat", EN: "not causal"},
		Reasons: []result.Reason{{Rule: "pre-trend-failed", Effect: "failed", Text: result.Text{
			ID: "sebelum program, jalur penerima dan pembanding sudah berbeda (p < 0,001)", EN: "before the programme, the treated and the comparison group already moved apart (p < 0.001)"}}}}
}

func weak(r *result.Result) { r.Verdict.Grade = result.Weak }

// TestTheFirstLinesSayWhatMayBeConcluded, by what was found and how sure it is.
func TestTheFirstLinesSayWhatMayBeConcluded(t *testing.T) {
	null := func(r *result.Result) {
		r.Estimates[0].Lower, r.Estimates[0].P = result.Float(-5000), result.Float(0.2)
	}
	small := func(r *result.Result) {
		e := &r.Estimates[0]
		e.Estimate, e.Lower, e.Upper = result.Float(4000), result.Float(2000), result.Float(6000)
	}
	both := func(edits ...func(*result.Result)) func(*result.Result) {
		return func(r *result.Result) {
			for _, edit := range edits {
				edit(r)
			}
		}
	}
	for name, c := range map[string]struct {
		edit               func(*result.Result)
		answer, conclusion string // English
		never              string // in neither
	}{
		"an effect":            {nil, "The programme raised earnings per month, prices of 2025, by 22,000 rupiah", "The whole interval is above the smallest effect that matters (15,000 rupiah)", "hint"},
		"part of it may be":    {func(r *result.Result) { r.Estimates[0].Lower = result.Float(9000) }, "The programme raised", "It may be too small", "whole interval"},
		"weak":                 {weak, "There is a sign that the programme raised", "this is a hint, not proof", "helps"},
		"broken":               {broken, "Do not conclude anything about the effect of the programme on earnings per month, prices of 2025: before the programme, the treated and the comparison group already moved apart.", "nothing. The difference that is seen (rose by 22,000 rupiah) is no evidence of cause and effect", "better"},
		"broken, and nothing":  {both(broken, null), "Do not conclude anything", "nothing.", "chance"},
		"broken, and small":    {both(broken, small), "Do not conclude anything", "nothing.", "practically no effect"},
		"nothing found":        {null, "It is not shown that the programme changes earnings per month, prices of 2025, since the estimate (rose by 22,000 rupiah) cannot be told from chance", "no proof that there is no effect", "raised"},
		"practically none":     {small, "practically no effect on earnings per month, prices of 2025,", "too small to matter", "raised"},
		"weak and practically": {both(small, weak), "but the evidence is weak", "this is a hint", "raised"},
	} {
		in := didSample(t, c.edit)
		o := in.Study.Plan.Outcomes[0]
		answer, conclusion := Answer(in, i18n.EN), in.conclusion(o, i18n.EN)
		if !strings.Contains(answer, c.answer) {
			t.Errorf("%s: %q lacks %q", name, answer, c.answer)
		}
		if !strings.Contains(conclusion, c.conclusion) {
			t.Errorf("%s: %q lacks %q", name, conclusion, c.conclusion)
		}
		if strings.Contains(answer+conclusion, c.never) {
			t.Errorf("%s: says %q: %q %q", name, c.never, answer, conclusion)
		}
		if got := in.tone(); (got == "better") != (name == "an effect" || name == "weak" || name == "part of it may be") {
			t.Errorf("%s: tone %q", name, got)
		}
	}
}

// A check of one outcome that failed says nothing of another outcome.
func TestAFailedCheckIsThatOfItsOutcome(t *testing.T) {
	in := didSample(t, broken)
	in.Study.Plan.Outcomes = append(in.Study.Plan.Outcomes, plan.Outcome{Column: "food", Unit: "rupiah", Better: plan.Higher})
	f := result.Float
	in.Result.Estimates = append(in.Result.Estimates, result.Estimate{Outcome: "food", Term: "simple", Estimate: f(10), Lower: f(5), Upper: f(15), P: f(0.001)})
	got := Answer(in, i18n.EN)
	if strings.Count(got, "Do not conclude") != 1 || !strings.Contains(got, "There is a sign that the programme raised `food` by 10") {
		t.Error(got)
	}
}

// TestTitlesStateTheFinding of each figure.
func TestTitlesStateTheFinding(t *testing.T) {
	titles := func(edit func(*result.Result)) string {
		in := didSample(t, edit)
		in.Truth = []Truth{{Term: "simple", Value: 20000}}
		in.Beside = []Beside{{Title: result.Text{ID: "Cara lain", EN: "Another way"}, Result: result.Result{
			Verdict:   &result.Verdict{Grade: result.Weak},
			Estimates: []result.Estimate{{Outcome: "earnings", Term: "simple", Estimate: result.Float(7000), Lower: result.Float(5000), Upper: result.Float(9000)}}}}}
		var all []string
		for _, f := range in.figures(in.Study.Plan.Outcomes[0], i18n.EN) {
			all = append(all, f.Title+" / "+f.Sub)
		}
		return strings.Join(all, "\n")
	}
	fine := titles(nil)
	for _, want := range []string{
		"2 of 2 effects after the start differ from zero, all periods taken together",
		"Another way, another answer: +22,000 here, +7,000 in the other study; the truth is +20,000",
		"The conclusion falls if the paths move apart by more than 0.54 times",
		"the effect cannot be told from zero",
		"In 1 of 3 regions the effect can be told from zero",
		"Cross: the truth",
	} {
		if !strings.Contains(fine, want) {
			t.Errorf("no %q in\n%s", want, fine)
		}
	}
	if bad := titles(broken); !strings.Contains(bad, "Before the programme the paths already differed") {
		t.Error(bad)
	}
	alone := titles(func(r *result.Result) {
		for i := range r.Estimates {
			r.Estimates[i].BandLower, r.Estimates[i].BandUpper = nil, nil
		}
	})
	if !strings.Contains(alone, "each judged by itself") || strings.Contains(alone, "simultaneous band") {
		t.Error(alone)
	}
	same := titles(func(r *result.Result) { r.Estimates[0].Estimate = result.Float(7000) })
	if !strings.Contains(same, "The estimate is the same (+7,000), but the interval here is 2.94 times as wide") {
		t.Error(same)
	}
}

// The parts of a two-way coefficient: what compares with those already treated
// is told in the title and drawn as a square.
func TestForbiddenComparisonsAreToldApart(t *testing.T) {
	with := func(rows ...[]any) figure {
		in := didSample(t, func(r *result.Result) {
			r.Exhibits = append(r.Exhibits, result.Exhibit{Kind: result.ExhibitBacon, Outcome: "earnings", Columns: []string{"treated", "comparison", "kind", "estimate", "weight"},
				Rows: rows, Values: result.Values{"total": 12000.0}})
		})
		f, ok := in.bacon(in.Study.Plan.Outcomes[0], i18n.EN)
		if !ok {
			t.Fatal("no figure")
		}
		return f
	}
	clean := []any{int64(2018), nil, "treated-vs-never", 20000.0, 0.6}
	dirty := []any{int64(2022), int64(2018), "later-vs-earlier", 1000.0, 0.4}
	if f := with(clean, dirty); !strings.Contains(f.Title, "40\u00a0% of the weight") || strings.Count(string(f.Wide), "<rect") != 2 {
		t.Errorf("%s: %d squares", f.Title, strings.Count(string(f.Wide), "<rect"))
	}
	if f := with(clean); !strings.Contains(f.Title, "not treated alone") || strings.Contains(string(f.Wide), "<rect") {
		t.Errorf("%s", f.Title)
	}
}

// Regions: the largest and smallest with the ranks that the data cannot rule
// out; one without an error of its own is not ranked.
func TestRegionsAreNotRankedBeyondTheData(t *testing.T) {
	in := didSample(t, func(r *result.Result) { r.Exhibits[1].Rows = r.Exhibits[1].Rows[:2] })
	o := in.Study.Plan.Outcomes[0]
	got := in.byDomain(o, i18n.EN)
	for _, want := range []string{"differ between the 2 regions", "Kabupaten Tuban (+29,000 rupiah)", "Kota Batu (+18,000 rupiah)", "Kota Batu 1 to 3", "do not reward or punish"} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("%q lacks %q", got.Text, want)
		}
	}
	if got.Label != "By region:" {
		t.Error(got.Label)
	}
	in.Result.Exhibits[1].Values["by"] = "sex"
	if got := in.byDomain(o, i18n.EN); got.Label != "By group:" || !strings.Contains(got.Text, "the 2 groups") {
		t.Errorf("%+v", got)
	}
	if got := didSample(t, nil).byDomain(o, i18n.EN); !strings.Contains(got.Text, "the 2 regions") || strings.Contains(got.Text, "Gresik") {
		t.Errorf("a region without an error is ranked: %s", got.Text)
	}
	alike := didSample(t, func(r *result.Result) {
		r.Exhibits[1].Rows[0][6], r.Exhibits[1].Rows[1][6] = 23000.2, 23000.1
		r.Diagnostics[1].Values = result.Values{"differ": false, "same": true}
	})
	if got := alike.byDomain(o, i18n.EN); strings.Contains(got.Text, "largest") || !strings.Contains(got.Text, "the same to the digits shown (+23,000 rupiah): these data give them no order") {
		t.Errorf("estimates that look the same are ordered: %s", got.Text)
	}
	one := didSample(t, func(r *result.Result) { r.Exhibits[1].Rows = r.Exhibits[1].Rows[1:] })
	if got := one.byDomain(o, i18n.EN); got.Text != "" {
		t.Errorf("one region is compared with itself: %s", got.Text)
	}
}

// Figures fill two columns; a long one has the others beside it.
func TestFiguresFillTwoColumns(t *testing.T) {
	of := func(title, height string) figure {
		return draw(title, "", func(int) string { return `<svg width="470" height="` + height + `">` })
	}
	short, long := of("a", "200"), of("b", "900")
	got := columns([]figure{short, long, short, short, short})
	if len(got[0]) != 4 || len(got[1]) != 1 || got[1][0].Title != "b" {
		t.Errorf("%d and %d figures", len(got[0]), len(got[1]))
	}
	if got[0][0].Order != 1 || got[1][0].Order != 2 || got[0][3].Order != 5 {
		t.Error("in one column the figures lose their order")
	}
	if in := didSample(t, nil); !strings.Contains(CSS(), fmt.Sprintf(".o%d{", len(in.figures(in.Study.Plan.Outcomes[0], i18n.EN)))) {
		t.Error("the style has no place for so many figures")
	}
}

// How an unusual error was computed is said among the checks.
func TestTheWayOfTheErrorIsSaid(t *testing.T) {
	in := didSample(t, func(r *result.Result) {
		r.Estimates[0].Details = map[string]any{"vce": "wild", "draws": 1024, "enumerated": true}
	})
	body, err := Body(in, i18n.EN)
	if err != nil || !strings.Contains(string(body), "wild cluster bootstrap (all 1,024 patterns of signs)") {
		t.Errorf("%v", err)
	}
	if body, err := Body(didSample(t, nil), i18n.EN); err != nil || strings.Contains(string(body), "bootstrap") {
		t.Errorf("the usual error is explained: %v", err)
	}
}

// Names of columns stand as code, and what is not a name is escaped.
func TestCode(t *testing.T) {
	if got := code("only 10 clusters of `<region>` & more"); got != "only 10 clusters of <code>&lt;region&gt;</code> &amp; more" {
		t.Error(got)
	}
}

// TestTheReportOfABrokenTrend, word for word: go test ./report -update.
func TestTheReportOfABrokenTrend(t *testing.T) {
	in := didSample(t, broken)
	in.Truth = []Truth{{Term: "simple", Value: 0}}
	for _, l := range i18n.Langs {
		var b bytes.Buffer
		if err := Text(&b, in, l); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%s: a line of %d columns: %q", l, n, line)
			}
		}
		path := filepath.Join("testdata", "broken."+string(l)+".txt")
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs from the golden text:\n%s", l, b.String())
		}
		body, err := Body(in, l)
		if err != nil || unknownWord.MatchString(string(body)) || placeholder.MatchString(string(body)) {
			t.Errorf("%s: %v, %q %q", l, err, unknownWord.FindString(string(body)), placeholder.FindString(string(body)))
		}
	}
}
