package runs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// asks runs another plan than the registered one, and gives what became of it.
func (w *coop) asks(plan, outcome string) study.Run {
	w.t.Helper()
	id := w.queue(func(a *store.RunAsk) {
		a.Protocol = &study.Protocol{Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: outcome, Expects: study.Differs}}, Data: []study.Use{{Name: "penerima", Dataset: w.dataset, Contract: w.contract}}}
	})
	w.one(duck)
	return w.run(id)
}

// TestNoAnswerTellsNobody: a run without an answer says nothing that the first gate would
// not let pass: no value of somebody, no count of a filter, no pseudonym.
func TestNoAnswerTellsNobody(t *testing.T) {
	w := cooperates(t, "", persons, people)
	w.studies(everybody)
	digit := regexp.MustCompile(`\d`)
	for name, x := range map[string]struct{ design, outcome, code string }{
		"the spending of one":       {"experiment: {treatment: belanja, where: [{column: kelompok, is: sendiri}]}", "ikut", "disclosure-"},
		"the group of one":          {"experiment: {treatment: kelompok, where: [{column: kelompok, is: sendiri}]}", "belanja", "disclosure-"},
		"whether one spends more":   {"experiment: {treatment: ikut, where: [{column: kelompok, is: sendiri}, {column: belanja, above: 150}]}", "belanja", "disclosure-"},
		"how many spend more":       {"experiment: {treatment: ikut, where: [{column: ikut, is: 1}, {column: belanja, above: 204}]}", "belanja", "disclosure-"},
		"how many there are":        {"experiment: {treatment: ikut, where: [{column: ikut, is: 1}]}", "belanja", "refusal.experiment-all-treated"},
		"pseudonyms as numbers":     {"experiment: {treatment: ikut}", "nik", "disclosure-"},
		"pseudonyms of the missing": {"synth: {unit: nik, time: ikut, treated: [x], first_year: 1}", "belanja", "refusal.synth-"},
	} {
		r := w.asks("dampak: 1\nid: bantuan\ndata: {penerima: penerima.csv}\ndesign: {"+x.design+"}\noutcomes: [{column: "+x.outcome+"}]\n", x.outcome)
		if r.State != study.Failed || len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].Code, x.code) {
			t.Errorf("%s: %s %+v", name, r.State, r.Problems)
		}
		for _, p := range r.Problems {
			for _, l := range i18n.Langs {
				if text := p.Problem().Text(l); strings.HasPrefix(p.Code, "refusal.") && digit.MatchString(text) || strings.ContainsAny(text, "{}[]") {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
	}
}

// TestAGroupBecomesAnOutcome: a column that made groups of an earlier answer may be what
// a later one is about, and the two are still held against each other.
func TestAGroupBecomesAnOutcome(t *testing.T) {
	w := cooperates(t, "", persons, people)
	w.studies(everybody)
	if r := w.asks(everybody, "belanja"); r.State != study.Done {
		t.Fatalf("%+v", r.Problems)
	}
	about := func(where string) study.Run {
		return w.asks("dampak: 1\nid: bantuan\ndata: {penerima: penerima.csv}\ndesign: {experiment: {treatment: kode"+where+"}}\noutcomes: [{column: ikut}]\n", "ikut")
	}
	if r := about(""); r.State != study.Done {
		t.Errorf("%s %+v", r.State, r.Problems)
	}
	if r := about(", where: [{column: kelompok, is: umum}]"); r.State != study.Failed || len(r.Problems) == 0 || r.Problems[0].Code != "disclosure-differencing" {
		t.Errorf("all but one, after all: %s %+v", r.State, r.Problems)
	}
}

// TestAPartOfAnAnswerNamesNobody: where one of two outcomes is refused since people have
// two rows in a year, what is kept of the answer does not say who.
func TestAPartOfAnAnswerNamesNobody(t *testing.T) {
	contract := strings.Replace(personsOfYears, `{"name": "belanja"`, `{"name": "makan", "title": "Makan", "dampak:titleEn": "Food", "type": "integer"}, {"name": "belanja"`, 1)
	rows := "SELECT *, belanja % 97 AS makan FROM (" + panelOf(400) + ")"
	w := cooperates(t, "", contract, rows+" UNION ALL SELECT * REPLACE (NULL AS belanja) FROM ("+rows+") WHERE tahun = 2016")
	plan := strings.Replace(panelPlan, "outcomes: [", "outcomes: [{column: makan, unit: rupiah}, ", 1)
	w.studies(panelPlan)
	id := w.queue(func(a *store.RunAsk) {
		a.Protocol = &study.Protocol{Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "makan", Expects: study.Differs}, {Outcome: "belanja", Expects: study.Differs}}, Data: []study.Use{{Name: "penerima", Dataset: w.dataset, Contract: w.contract}}}
	})
	w.one(duck)
	r := w.run(id)
	if r.State != study.Done {
		t.Fatalf("%s %+v", r.State, r.Problems)
	}
	text, err := w.Contents().Read(r.Answer.Result)
	w.ok(err)
	if !strings.Contains(string(text), "did-duplicates") || regexp.MustCompile(`[0-9a-f]{64} \(`).Match(text) {
		t.Errorf("%s", text)
	}
}
