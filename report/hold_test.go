package report

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// TestHold: what is held has no number left anywhere, and the rest is as it was.
func TestHold(t *testing.T) {
	x, year := 5.0, result.Label{}
	event := int64(2)
	r := result.Result{
		Estimates: []result.Estimate{
			{Outcome: "a", Term: "att", Estimate: &x, SE: &x, Lower: &x, Upper: &x, P: &x, N: 12, Details: map[string]any{"df": 3.0}}, {Outcome: "a", Term: "event", Event: &event, Estimate: &x},
			{Outcome: "b", Term: "att", Estimate: &x, N: 9}, {Outcome: "b", Term: "att-gt", Group: &year, Estimate: &x},
		},
		Exhibits:    []result.Exhibit{{Kind: "arms", Outcome: "a"}, {Kind: "arms", Outcome: "b"}},
		Diagnostics: []result.Diagnostic{{Name: detectable, Outcome: "a", Statistic: &x, DF: &x, P: &x, Verdict: result.Caution, Text: result.Text{ID: "5"}, Values: result.Values{"mde": x}}, {Name: detectable, Outcome: "b", Statistic: &x}},
		Verdict:     &result.Verdict{Grade: result.Weak, Reasons: []result.Reason{{Rule: "r", Outcome: "a", Text: result.Text{ID: "5"}}, {Rule: "r", Outcome: "b", Text: result.Text{ID: "5"}}}},
	}
	keys := map[string]bool{}
	for _, e := range r.Estimates {
		keys[Key(e)] = true
	}
	if len(keys) != len(r.Estimates) {
		t.Fatalf("keys stand for several: %v", keys)
	}
	got := Hold(r, []string{Key(r.Estimates[0]), "nobody/att"})
	if e := got.Estimates[0]; e.Estimate != nil || e.SE != nil || e.Lower != nil || e.P != nil || e.N != 0 || len(e.Details) != 0 || e.Term != "att" {
		t.Errorf("%+v", e)
	}
	if got.Estimates[1].Estimate == nil || got.Estimates[2].N != 9 || len(got.Exhibits) != 1 || got.Exhibits[0].Outcome != "b" || len(got.Warnings) != 1 || got.Warnings[0].Text.ID == "" {
		t.Errorf("%+v", got)
	}
	if d := got.Diagnostics[0]; d.Statistic != nil || d.DF != nil || d.P != nil || d.Values != nil || d.Text.ID == "5" || d.Text.ID == "" || d.Verdict != result.Caution || got.Diagnostics[1].Statistic == nil {
		t.Errorf("%+v", got.Diagnostics)
	}
	if d := got.Diagnostics[0]; d.Text.ID != "efek terkecil yang dapat ditemukan: angka pemeriksaan ini ditahan" || d.Text.EN != "smallest effect that can be found: the numbers of this check are held back" {
		t.Errorf("what is held does not say of which check: %+v", d.Text)
	}
	if why := checkHeld("pre-trend-power-matters").ID; why != "jalur sebelum program: angka pemeriksaan ini ditahan" {
		t.Errorf("a reason about a check says %q", why)
	}
	if why := checkHeld("no-error").ID; why != "angka pemeriksaan ini ditahan" {
		t.Errorf("a reason about no check says %q", why)
	}
	var one table
	plan := Input{Study: new(designs.Study), Result: got}
	if plan.fillEstimates(&one, got.Estimates[:2], i18n.ID); !strings.Contains(one.Held, "ditahan") {
		t.Errorf("a table of dashes says %q", one.Held)
	}
	if plan.fillEstimates(&one, got.Estimates[1:3], i18n.ID); one.Held != "" {
		t.Errorf("a table of which nothing is held says %q", one.Held)
	}
	if v := got.Verdict; v.Reasons[0].Text.ID == "5" || v.Reasons[1].Text.ID != "5" || v.Grade != result.Weak || r.Verdict.Reasons[0].Text.ID != "5" || r.Diagnostics[0].Statistic == nil {
		t.Errorf("%+v", got.Verdict)
	}
	if r.Estimates[0].Estimate == nil || len(r.Exhibits) != 2 || len(r.Warnings) != 0 {
		t.Error("the result itself has changed")
	}
	if same := Hold(r, []string{"nobody/att"}); len(same.Warnings) != 0 || len(same.Exhibits) != 2 {
		t.Errorf("%+v", same)
	}
}

// TestWhatIsHeldHasNoCount: neither table nor workbook says 0 of what is not told, and
// both speak the reader's language.
func TestWhatIsHeldHasNoCount(t *testing.T) {
	x, kept := 5.0, result.Estimate{Outcome: "a", Term: "simple", N: 1440}
	kept.Estimate = &x
	r := result.Result{
		Estimates:   []result.Estimate{kept, {Outcome: "a", Term: "event-overall"}},
		Diagnostics: []result.Diagnostic{{Name: "pre-trend", Outcome: "a", Verdict: result.Pass}},
		Exhibits:    []result.Exhibit{{Kind: result.ExhibitSample, Outcome: "a", Columns: []string{"step", "column", "rows"}, Rows: [][]any{{"file", "", int64(7680)}}}},
	}
	in := Input{Result: r}
	for l, want := range map[i18n.Lang][2]string{i18n.ID: {"Tidak ada yang melawan", "baris dalam berkas"}, i18n.EN: {"Nothing against it", "rows in the file"}} {
		all := Sheets(in, l)
		if got := all[0].Rows; got[0][10] != int64(1440) || got[1][10] != nil {
			t.Errorf("%s: of %v and %v", l, got[0][10], got[1][10])
		}
		if got := all[1].Rows[0][0]; got == "pre-trend" {
			t.Errorf("%s: a check is called %v", l, got)
		}
		if got := all[1].Rows[0][4]; got != want[0] {
			t.Errorf("%s: a check says %v", l, got)
		}
		if got := all[2].Rows[0]; got[0] != want[1] || got[2] != int64(7680) {
			t.Errorf("%s: a step is %v", l, got)
		}
	}
	if got := (Input{Study: new(designs.Study)}).estimateCells(i18n.ID, r.Estimates[1], 2)["n"]; got != "–" {
		t.Errorf("a table says %q", got)
	}
	if id, en, own := Unit("Ribu rupiah", i18n.ID), Unit("ribu rupiah", i18n.EN), Unit("kali", i18n.EN); id != "ribu rupiah" || en != "thousand rupiah" || own != "kali" {
		t.Errorf("%q, %q, %q", id, en, own)
	}
}

// TestEveryCheckHasAName: what a design can find out is called by words in a workbook.
func TestEveryCheckHasAName(t *testing.T) {
	checks := 0
	for _, key := range i18n.Keys(i18n.ID) {
		rest, ok := strings.CutPrefix(key, "diagnostic.")
		if !ok {
			continue
		}
		checks++
		if name, _, _ := strings.Cut(rest, "."); !i18n.Has(i18n.ID, "report.check-name."+name) {
			t.Errorf("%s has no name", name)
		}
	}
	if checks == 0 {
		t.Error("no check was seen")
	}
}
