package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

var update = flag.Bool("update", false, "write the golden text")

const synthPlan = `dampak: 1
id: jatim
title: {id: Kemiskinan sejak 2021, en: Poverty since 2021}
question: {id: Apakah turun lebih cepat?, en: Did it fall faster?}
data: {panel: p.csv}
design:
  synth: {unit: province, time: year, treated: ["<b>Timur</b>"], first_year: 2021, where: [{column: province, not_in: [Indonesia]}]}
outcomes: [{column: p0, unit: poin persen, better: lower, label: {id: Persentase penduduk miskin, en: Share of people in poverty}, matters: 0.5}]
`

// sample is a result as a run makes it.
func sample(t *testing.T, edit func(*result.Result)) Input {
	t.Helper()
	study, err := designs.Parse([]byte(synthPlan), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := result.Float
	r := result.Result{
		Plan: result.PlanRef{ID: "jatim", SHA256: strings.Repeat("ab", 32)}, Data: []result.DataRef{{Name: "panel", SHA256: strings.Repeat("cd", 32), Rows: 374}},
		Engine: "duckdb v1.5.6", Version: "0.1.0", Seconds: 0.08, Status: result.StatusOK,
		Verdict: &result.Verdict{Grade: result.Weak, Text: result.Text{ID: "bukti lemah", EN: "weak evidence"},
			Reasons: []result.Reason{{Rule: "one", Text: result.Text{ID: "satu wilayah", EN: "one region"}}}},
		Estimates: []result.Estimate{{Outcome: "p0", Estimator: "synth", Term: "att", Estimate: f(-0.4103), SE: f(0.6848), Lower: f(-1.7525), Upper: f(0.9318), P: f(0.4118), N: 34, Details: map[string]any{"first_year": int64(2021)}}},
		Diagnostics: []result.Diagnostic{
			{Name: "pre-fit", Verdict: result.Pass, Outcome: "p0", Text: result.Text{ID: "jaraknya kecil", EN: "it is close"}},
			{Name: "detectable-effect", Verdict: result.Pass, Outcome: "p0", Text: result.Text{ID: "dapat menemukan", EN: "could find"}, Values: result.Values{"mde": 1.919}},
		},
		Warnings: []result.Warning{{Code: "x", Outcome: "p0", Text: result.Text{ID: "satu unit saja", EN: "one unit only"}}},
		Exhibits: []result.Exhibit{
			{Kind: result.ExhibitPaths, Outcome: "p0", Columns: []string{"time", "treated", "synthetic"}, Rows: [][]any{{int64(2020), 11.09, 11.09}, {int64(2021), 11.4, 11.5}},
				Values: result.Values{"treated": "<b>Timur</b>", "first_year": int64(2021)}},
			{Kind: result.ExhibitPlacebos, Outcome: "p0", Columns: []string{"name", "estimate", "fit"}, Rows: [][]any{{"<b>Timur</b>", -0.41, 0.1}, {"Aceh", 0.3, 0.2}},
				Values: result.Values{"treated": "<b>Timur</b>", "rank": 14, "of": 34}},
			{Kind: result.ExhibitSample, Outcome: "p0", Columns: []string{"step", "column", "rows"}, Rows: [][]any{{"file", "", 611.0}, {"used", "", 374.0}}},
		},
	}
	if edit != nil {
		edit(&r)
	}
	return Input{Result: r, Study: study, Command: "dampak run plan.yaml --data panel=p.csv", Printed: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC),
		Source: result.Text{ID: "data resmi: BPS", EN: "official data: BPS"}, Notes: []result.Text{{ID: "catatan", EN: "a note"}}}
}

// TestAnswers: the sentence for each way a result can be read.
func TestAnswers(t *testing.T) {
	set := func(estimate, lower, upper, p float64) func(*result.Result) {
		return func(r *result.Result) {
			e := &r.Estimates[0]
			e.Estimate, e.Lower, e.Upper, e.P = &estimate, &lower, &upper, &p
		}
	}
	for name, c := range map[string]struct {
		edit func(*result.Result)
		id   string
		en   string
	}{
		"chance":              {nil, "belum dapat dibedakan dari kebetulan", "cannot be told from chance"},
		"what could be found": {nil, "baru dapat menemukan efek 1,92 poin persen", "effects of 1.92 percentage points"},
		"better":              {set(-2, -3, -1, 0.001), "turun 2,00 poin persen", "for the better"},
		"worse":               {set(2, 1, 3, 0.001), "lebih buruk", "rose by 2.00 percentage points"},
		"rank and interval":   {set(-2, -3, -1, 0.4), "belum dapat dibedakan dari kebetulan", "cannot be told from chance"},
		"practically none":    {set(0.01, -0.1, 0.12, 0.8), "Praktis tidak ada efek", "practically no effect"},
		"without an error":    {func(r *result.Result) { e := &r.Estimates[0]; e.SE, e.Lower, e.Upper, e.P = nil, nil, nil, nil }, "ketidakpastiannya tidak dapat dihitung", "uncertainty cannot be computed"},
		"refused":             {func(r *result.Result) { r.Estimates[0].Estimate = nil }, "tidak dapat dijawab", "cannot answer"},
		"too small a cell": {func(r *result.Result) {
			e := &r.Estimates[0]
			e.Estimate, e.Details = nil, map[string]any{"refused": "small-cell"}
			r.Warnings = append(r.Warnings, result.Warning{Code: "outcome-refused", Outcome: e.Outcome, Values: result.MakeValues("limit", 10)})
		}, "jawabannya ditahan karena ada sel yang lebih kecil daripada batas terkecil sebuah sel (min_cell = 10)", "smaller than the minimum cell (min_cell = 10)"},
		"the number is signed":  {nil, "−1,75 sampai +0,93", "−1.75 to +0.93"},
		"since when":            {nil, "sejak 2021 dibandingkan pembanding sintetisnya", "since 2021 compared with its synthetic comparison"},
		"the outcome is named":  {nil, "Persentase penduduk miskin turun 0,41", "Share of people in poverty fell by 0.41"},
		"the interval is named": {nil, "selang 95\u00a0%", "95\u00a0% interval"},
	} {
		in := sample(t, c.edit)
		if got := Answer(in, i18n.ID); !strings.Contains(got, c.id) {
			t.Errorf("%s: %q lacks %q", name, got, c.id)
		}
		if got := Answer(in, i18n.EN); !strings.Contains(got, c.en) {
			t.Errorf("%s: %q lacks %q", name, got, c.en)
		}
	}
}

// TestJSONIsTheContract: every key is present, absent values are null, a NaN is
// an error and never a word.
func TestJSONIsTheContract(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample(t, nil)); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"plan", "data", "engine", "version", "seconds", "status", "verdict", "estimates", "diagnostics", "warnings"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no key %q", key)
		}
	}
	if len(got) != 10 {
		t.Errorf("%d keys, want 10", len(got))
	}
	e := got["estimates"].([]any)[0].(map[string]any)
	for _, key := range []string{"outcome", "estimator", "term", "group", "time", "event", "estimate", "se", "lower", "upper", "p", "band_lower", "band_upper", "n", "clusters", "details"} {
		if _, ok := e[key]; !ok {
			t.Errorf("an estimate has no key %q", key)
		}
	}
	if e["group"] != nil || e["band_lower"] != nil {
		t.Error("absent values are not null")
	}
	nan := math.NaN()
	if err := JSON(&b, sample(t, func(r *result.Result) { r.Estimates[0].Estimate = &nan })); err == nil {
		t.Error("a NaN was written")
	}
}

var (
	ids         = regexp.MustCompile(`\bid="([^"]*)"`)
	unknownWord = regexp.MustCompile(`\[(report|column|term|unit|design)\.[^\]]*\]`)
	placeholder = regexp.MustCompile(`\{[a-z_]+(:[a-z0-9]+)?\}`)
	outside     = regexp.MustCompile(`(?i)(src|href)\s*=\s*"?(https?:)?//|@import|url\(`)
)

// TestHTML: self-contained, both languages, every word known, names escaped,
// ids unique.
func TestHTML(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, sample(t, nil)); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	_, page, ok := strings.Cut(page, "</style>")
	if !ok {
		t.Fatal("no style")
	}
	for _, bad := range []*regexp.Regexp{unknownWord, placeholder, outside} {
		if m := bad.FindString(page); m != "" {
			t.Errorf("the page holds %q", m)
		}
	}
	if strings.Contains(page, "<b>Timur</b>") || strings.Contains(page, "<script") {
		t.Error("a name of the data is not escaped")
	}
	seen := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("id %q stands twice", m[1])
		}
		seen[m[1]] = true
	}
	indonesian, english := strings.Index(page, `<article lang="id"`), strings.Index(page, `<article lang="en"`)
	if indonesian < 0 || english < indonesian {
		t.Error("Indonesian does not come first")
	}
	for _, want := range []string{"●<i>○○</i>", strings.Repeat("ab", 32), "dampak run plan.yaml", "Indonesia (dikeluarkan)", "satu wilayah", "one region"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Count(page, "<svg") != 8 {
		t.Errorf("%d drawings, want two figures in two widths and two languages", strings.Count(page, "<svg"))
	}
}

// TestBodyStandsInAPage: no inline style, which the pages' policy forbids.
func TestBodyStandsInAPage(t *testing.T) {
	for _, l := range i18n.Langs {
		body, err := Body(sample(t, nil), l)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "style=") || strings.Contains(string(body), "<style") || !strings.Contains(string(body), "<h1>") {
			t.Errorf("%s: the body has a style of its own, or no heading", l)
		}
	}
}

// TestTruthStandsBesideTheAnswer of an invented world.
func TestTruthStandsBesideTheAnswer(t *testing.T) {
	in := sample(t, nil)
	in.Truth = []Truth{{Term: "att", Value: -0.5}}
	body, err := Body(in, i18n.EN)
	if err != nil || !strings.Contains(string(body), "its interval holds the truth") {
		t.Errorf("the truth is not beside the answer: %v", err)
	}
	in.Truth[0].Value = 5
	body, err = Body(in, i18n.EN)
	if err != nil || !strings.Contains(string(body), "does not hold the truth") {
		t.Errorf("a missed truth is not said: %v", err)
	}
}

// TestTextFitsATerminal of 80 columns, word for word.
func TestTextFitsATerminal(t *testing.T) {
	for _, l := range i18n.Langs {
		var b bytes.Buffer
		if err := Text(&b, sample(t, nil), l); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%s: a line of %d columns: %q", l, n, line)
			}
		}
		path := filepath.Join("testdata", "synth."+string(l)+".txt")
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
	}
}
