package store

import (
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// studyScene is the life of a study from its draft to its stone, with a measurement of
// its baseline and runs of each end.
func studyScene(w *town, tag string) {
	office := w.anOffice("Dinsos Studi " + tag)
	maker, checker := w.by(w.aPersonWith(access.DataSteward, "ratna", tag, office), "uji"), w.by(w.aPersonWith(access.DataSteward, "gilang", tag, office), "uji")
	asks := w.by(w.aPersonWith(access.Researcher, "bagas", tag, office), "")
	asks.Seen = Whatever
	hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(goldenContent))
	w.ok(err)
	columns := []registry.Column{{Name: "belanja", Words: registry.Words{ID: "belanja", EN: "spending"}}}
	dataset, _, err := w.RegisterDataset(w.ctx, maker, registry.Dataset{Owner: office, Name: "Data studi " + tag, Class: registry.PublicData, Regions: []string{"3510"}, Columns: columns})
	w.ok(err)
	number, _, err := w.StageDatasetVersion(w.ctx, maker, dataset, registry.DatasetVersion{Rows: 40, File: "rumah.csv", SHA256: hash, Content: hash, Contract: hash, Quality: hash, Class: registry.PublicData, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(w.ctx, checker, dataset, number)
	w.ok(err)
	seat, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Peneliti studi " + tag, Period: registry.Period{From: "2026-01-01"}})
	w.ok(err)
	few, small := int64(40), 25.5
	p := study.Protocol{Plan: runPlan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises, Why: "uang dibelanjakan"}},
		Data: []study.Use{{Name: "rumah", Dataset: dataset, Contract: hash, Period: "tahun", Baseline: &study.Baseline{From: "2018", Until: "2020"}}},
		Setting: study.Setting{Abstract: "contoh", Intervention: "uang tunai", Assignment: "undian", Given: registry.Period{From: "2021-01-01", Until: "2021-12-31"}, Studied: registry.Period{From: "2026-01-01", Until: "2026-12-31"},
			Clusters: &few, Observations: &few, Detectable: &small, Ethics: "komite 1/2026"}, Embargo: registry.DayOf(*w.now).Add(30)}
	analyst := w.by(w.aPersonWith(access.Analyst, "yoga", tag, office), "")
	programme, _, err := w.RegisterProgramme(w.ctx, analyst, registry.Programme{Owner: office, Names: registry.Words{ID: "Program studi " + tag, EN: "Programme of studies " + tag}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	w.ids["studi-program-"+tag] = programme
	id, _, err := w.DraftStudy(w.ctx, asks, study.Study{Title: "Studi " + tag, Position: seat, User: asks.Actor.User, Purpose: "evaluation", Programmes: []string{programme}})
	w.ok(err)
	_, err = w.EditStudy(w.ctx, asks, id, p)
	w.ok(err)
	baseline := aRun
	baseline.Baseline = true
	measured, _, err := w.QueueRun(w.ctx, asks, id, baseline)
	w.ok(err)
	_, _, _, err = w.ClaimRun(w.ctx, "pekerja", time.Minute)
	w.ok(err)
	_, err = w.AnswerRun(w.ctx, "pekerja", measured, study.Answer{Result: hash, Moments: hash, Gate: hash, Version: "0.1.0"})
	w.ok(err)
	_, err = w.LockStudy(w.ctx, asks, id)
	w.ok(err)

	claimed := func() string {
		run, _, err := w.QueueRun(w.ctx, asks, id, aRun)
		w.ok(err)
		r, _, ok, err := w.ClaimRun(w.ctx, "pekerja", time.Minute)
		w.ok(err)
		if !ok || r.ID != run {
			w.t.Fatalf("claimed %v, asked %s", r.ID, run)
		}
		return run
	}
	why := problem.New("run-too-long", "seconds", 60)
	_, err = w.FailRun(w.ctx, "pekerja", claimed(), why)
	w.ok(err)
	_, err = w.ShutRun(w.ctx, "pekerja", claimed(), problem.New("scope-no-agreement", "study", "Studi "+tag))
	w.ok(err)
	done := claimed()
	_, err = w.AnswerRun(w.ctx, "pekerja", done, study.Answer{Result: hash, Moments: hash, Gate: hash, Version: "0.1.0", Grade: "strong", Agreement: "pks-" + tag, Permit: "izin-" + tag,
		Deviations: []study.Edit{{Field: "plan.inference.level", Before: "0.95", After: "0.9", Weight: study.Major}},
		Scope:      []study.Opened{{Name: "rumah", Columns: []string{"belanja"}, Regions: []string{"3510"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}, Rows: 40}}})
	w.ok(err)
	check := w.by(w.aPersonWith(access.OutputChecker, "intan", tag, office), "")
	check.Seen = Whatever
	for _, x := range []struct {
		by  By
		why string
		do  func(By) (event.Event, error)
	}{
		{asks, "", func(by By) (event.Event, error) { return w.RequestRelease(w.ctx, by, done) }},
		{check, "mengapa satu sel?", func(by By) (event.Event, error) { return w.QuestionRelease(w.ctx, by, done) }},
		{asks, "satu kelompok", func(by By) (event.Event, error) { return w.AnswerQuestion(w.ctx, by, done) }},
		{check, "sel terlalu kecil", func(by By) (event.Event, error) { return w.RefuseRelease(w.ctx, by, done) }},
		{asks, "digabung", func(by By) (event.Event, error) { return w.RequestRelease(w.ctx, by, done) }},
		{check, "sisanya aman", func(by By) (event.Event, error) {
			return w.ReleaseRun(w.ctx, by, done, study.Release{Content: hash, Held: []string{"belanja/att"}})
		}},
	} {
		x.by.Why = x.why
		_, err = x.do(x.by)
		w.ok(err)
	}
	foundScene(w, tag, office, asks, done)
	cancel := asks
	cancel.Why = "tidak perlu"
	run, _, err := w.QueueRun(w.ctx, asks, id, aRun)
	w.ok(err)
	_, err = w.CancelRun(w.ctx, cancel, run)
	w.ok(err)

	p.Setting.Abstract = "contoh yang lebih jelas"
	_, err = w.EditStudy(w.ctx, asks, id, p)
	w.ok(err)
	cancel.Why = "ringkasan kurang jelas"
	_, err = w.AmendStudy(w.ctx, cancel, id)
	w.ok(err)
	cancel.Why = "dana studi berakhir"
	_, err = w.WithdrawStudy(w.ctx, cancel, id)
	w.ok(err)
}

// foundScene is the life of findings of a released run: one is released, one takes
// its place, and that one is taken back.
func foundScene(w *town, tag, office string, asks By, run string) {
	lets := w.headOf(office, "surya", tag)
	matters := 10.0
	propose := func(replaces string) string {
		id, _, err := w.ProposeFinding(w.ctx, asks, evidence.Finding{Run: run, Programme: w.ids["studi-program-"+tag], Outcome: "belanja", Replaces: replaces,
			Sentence: registry.Words{ID: "Belanja naik 25 rupiah.", EN: "Spending rose by 25 rupiah."},
			Effect:   evidence.Effect{Estimate: 25, Lower: 12, Upper: 38, SE: 6.5, Level: 0.95, Unit: "rupiah", Better: "higher", Matters: &matters, Term: "att"},
			Applies:  evidence.Applies{Regions: []string{"3510"}, From: "2021", Until: "2024", Whom: "keluarga penerima"}})
		w.ok(err)
		return id
	}
	old := propose("")
	_, err := w.EditFinding(w.ctx, asks, old, registry.Words{ID: "Belanja keluarga naik 25 rupiah.", EN: "Spending of families rose by 25 rupiah."}, "keluarga penerima")
	w.ok(err)
	_, err = w.ReleaseFinding(w.ctx, lets, old)
	w.ok(err)
	next := propose(old)
	_, err = w.ReleaseFinding(w.ctx, lets, next)
	w.ok(err)
	lets.Why = "data keliru"
	_, err = w.WithdrawFinding(w.ctx, lets, next)
	w.ok(err)
}
