package runs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// drafts makes a draft whose baseline lies between two periods, and opens it a permit.
func (w *coop) drafts(dataset, plan, from, until string) string {
	w.t.Helper()
	id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Dampak contoh", Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Programmes: []string{w.ids["programme"]}, Agreement: w.ids["agreement"], Draft: w.draft(dataset, plan, from, until)})
	w.ok(err)
	w.permits(id, cooperation.All)
	return id
}

func (w *coop) draft(dataset, plan, from, until string) *study.Protocol {
	return &study.Protocol{Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Differs}}, Data: []study.Use{{Name: "penerima", Dataset: dataset, Contract: w.contract, Period: "tahun", Baseline: &study.Baseline{From: from, Until: until}}},
		Setting: study.Setting{Given: registry.Period{From: "2030-01-01", Until: "2030-12-31"}}}
}

// measures queues a measurement and does it.
func (w *coop) measures(id string) study.Run {
	w.t.Helper()
	run, _, err := w.QueueRun(w.ctx, w.ask, id, store.RunAsk{Baseline: true, Limits: limits})
	w.ok(err)
	w.one(duck)
	return w.run(run)
}

// TestBaseline: before the registration the outcome is measured in the periods that the
// draft declares, under the same papers as any run and past the same gate; the
// registration says so, and that nobody has seen an outcome.
func TestBaseline(t *testing.T) {
	w := cooperates(t, "", personsOfYears, panelOf(240))
	id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Dampak contoh", Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Programmes: []string{w.ids["programme"]}, Agreement: w.ids["agreement"], Draft: w.draft(w.dataset, panelPlan, "2015", "2016")})
	w.ok(err)
	if _, _, err := w.QueueRun(w.ctx, w.ask, id, store.RunAsk{Baseline: true, Limits: limits}); problem.Of(err) == nil || problem.Of(err)[0].Code != "scope-no-permit" {
		t.Errorf("rows of persons without a permit: %v", err)
	}
	w.permits(id, cooperation.All)
	looks := w.looks()
	r := w.measures(id)
	if r.State != study.Done || !r.Baseline() || len(r.Problems) > 0 || r.Answer.Permit != w.ids["permit"] || r.Answer.Scope[0].Rows != 480 || len(r.Answer.Deviations) != 0 || w.looks() != looks+1 {
		t.Fatalf("%+v %+v; %d looks", r, r.Answer, w.looks())
	}
	var got []study.Measurement
	w.ok(json.Unmarshal([]byte(w.content(r.Answer.Result)), &got))
	if len(got) != 1 || got[0].Outcome != "belanja" || got[0].Rows != 480 || got[0].Units != 240 || got[0].Periods != 2 || got[0].From != "2015" || got[0].Until != "2016" || !(got[0].SD > 100 && got[0].SD < 200) || !(got[0].Rho > 0.99) || !(got[0].Mean > 3200 && got[0].Mean < 3300) {
		t.Errorf("%+v", got)
	}
	var gate struct {
		Decisions []json.RawMessage
		Seen      []struct {
			Rows []struct{ Column, From, Until string }
		}
	}
	w.ok(json.Unmarshal([]byte(w.content(r.Answer.Gate)), &gate))
	if rows := gate.Seen[0].Rows; len(gate.Decisions) != 1 || len(rows) != 2 || rows[1].Column != "tahun" || rows[1].From != "2015" || rows[1].Until != "2016" {
		t.Errorf("the history does not say what was seen: %+v", gate)
	}
	if _, err := w.RequestRelease(w.ctx, w.ask, r.ID); err == nil {
		t.Error("a measurement is to be released")
	}

	// Registered: nobody has seen an outcome, and what was measured is named.
	_, err = w.LockStudy(w.ctx, w.ask, id)
	w.ok(err)
	now := w.registered(id)
	if now.Looked != nil || len(now.Measured) != 1 || now.Measured[0].Run != r.ID || now.Measured[0].Until != "2016" || strings.Join(now.Measured[0].Outcomes, "") != "belanja" {
		t.Errorf("%+v", now)
	}
	if _, _, err := w.QueueRun(w.ctx, w.ask, id, store.RunAsk{Baseline: true, Limits: limits}); problem.Of(err) == nil || problem.Of(err)[0].Code != "run-baseline-registered" {
		t.Errorf("measured after the registration: %v", err)
	}
	// And the study runs, on all its rows, though the gate knows the measurement.
	run := w.queue(nil)
	w.one(duck)
	if r := w.run(run); r.State != study.Done {
		t.Errorf("%+v", r)
	}
}

func (w *coop) registered(id string) (r study.Registration) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(from *store.Reader) error {
		s, _, err := store.StudyOf(from, id)
		r, _ = s.Registered()
		return err
	}))
	return r
}

// TestBaselineSeesNothingElse: what rows outside the periods hold, and how many there
// are, changes nothing of a measurement.
func TestBaselineSeesNothingElse(t *testing.T) {
	w := cooperates(t, "", personsOfYears, panelOf(80))
	var all []string
	for i, rows := range []string{
		panelOf(80),
		`SELECT nik, kode, tahun, mulai, (CASE WHEN tahun > 2016 THEN belanja * 1000 - tahun ELSE belanja END)::INTEGER AS belanja FROM (` + panelOf(80) + `)`,
		`SELECT * FROM (` + panelOf(80) + `) WHERE tahun < 2018`,
	} {
		dataset := w.keepsPublic(fmt.Sprint("Panel ", i), rows)
		r := w.measures(w.drafts(dataset, panelPlan, "2015", "2016"))
		if r.State != study.Done {
			t.Fatalf("%+v", r)
		}
		all = append(all, w.content(r.Answer.Result))
	}
	if all[1] != all[0] || all[2] != all[0] {
		t.Errorf("rows outside the periods are seen: %s", all)
	}
}

// keepsPublic keeps rows as open data, for which no permit is needed.
func (w *coop) keepsPublic(name, rows string) string {
	w.t.Helper()
	open := strings.NewReplacer(`"dampak:class": "personal"`, `"dampak:class": "public"`, `"dampak:identity": "nik"`, `"dampak:identity": "none", "dampak:reason": "nomor buatan"`).Replace(personsOfYears)
	return w.keeps(name, open, rows)
}

// TestBaselineRefused: what is no baseline is not measured, and nothing of it is told.
func TestBaselineRefused(t *testing.T) {
	w := cooperates(t, "", personsOfYears, panelOf(80))
	open := w.keepsPublic("Panel", panelOf(80))
	unsaid := func(p *study.Protocol) { p.Setting.Given = registry.Period{} }
	experiment := "dampak: 1\nid: undian\ndata: {penerima: penerima.csv}\ndesign: {experiment: {treatment: mulai}}\noutcomes: [{column: belanja}]\n"
	for name, x := range map[string]struct {
		edit func(*study.Protocol)
		code string // of the refusal; empty: the run fails
		ends string
	}{
		"no periods":      {func(p *study.Protocol) { p.Data[0].Baseline = nil }, "run-baseline-none", ""},
		"no column":       {func(p *study.Protocol) { p.Data[0].Period = "" }, "study-data-baseline", ""},
		"no start":        {unsaid, "run-baseline-start", ""},
		"no start at all": {func(p *study.Protocol) { p.Plan = experiment; unsaid(p) }, "run-baseline-start", ""},
		"treated hidden": {func(p *study.Protocol) {
			p.Plan = strings.Replace(p.Plan, "did: {", "did: {where: [{column: mulai, known: false}], ", 1)
			p.Data[0].Baseline.Until = "2024"
		}, "", "run-baseline-treated"},
		"not periods":      {func(p *study.Protocol) { p.Data[0].Baseline.Until = "tahun lalu" }, "study-baseline-period", ""},
		"backwards":        {func(p *study.Protocol) { p.Data[0].Baseline.From = "2017" }, "study-baseline-period", ""},
		"after the start":  {func(p *study.Protocol) { p.Setting.Given = registry.Period{From: "2016-07-01"} }, "study-baseline-late", ""},
		"somebody treated": {func(p *study.Protocol) { p.Data[0].Baseline.Until = "2018" }, "", "run-baseline-treated"},
		"no such rows":     {func(p *study.Protocol) { p.Data[0].Baseline = &study.Baseline{From: "1999", Until: "2000"} }, "", "view-empty"},
	} {
		p := w.draft(open, panelPlan, "2015", "2016")
		x.edit(p)
		id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: name, Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Draft: p})
		w.ok(err)
		run, _, err := w.QueueRun(w.ctx, w.ask, id, store.RunAsk{Baseline: true, Limits: limits})
		if x.code != "" {
			if problem.Of(err) == nil || problem.Of(err)[0].Code != x.code {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		w.ok(err)
		w.one(duck)
		if r := w.run(run); r.State != study.Failed || r.Answer != nil || r.Problems[0].Code != x.ends {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestBaselineOfFew: the first gate looks at a measurement as at any answer.
func TestBaselineOfFew(t *testing.T) {
	w := cooperates(t, "", personsOfYears, panelOf(8))
	if r := w.measures(w.drafts(w.dataset, panelPlan, "2015", "2016")); r.State != study.Failed || r.Answer != nil || !strings.HasPrefix(r.Problems[0].Code, "disclosure-") {
		t.Errorf("%+v", r)
	}
}
