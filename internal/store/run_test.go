package store

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

const runPlan = "dampak: 1\nid: bantuan\ndata: {rumah: rumah.csv}\ndesign: {experiment: {treatment: ikut}}\noutcomes: [{column: belanja, unit: rupiah}]\n"

// laboratory is a town in which a study can be made: budi asks, wati and yuni keep
// public rows.
type laboratory struct {
	*town
	ask               By
	dataset, contract string
	protocol          study.Protocol
}

func (w *laboratory) kept(text string) string {
	w.t.Helper()
	hash, _, err := w.Contents().Write(w.ctx, func(path string) error { return os.WriteFile(path, []byte(text), 0o600) })
	w.ok(err)
	return hash
}

func newLaboratory(t *testing.T, c Config, class registry.Class) *laboratory {
	w := &laboratory{town: settled(t, c)}
	w.grant("budi", access.Researcher, "35", "Dinsos Jatim")
	w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
	w.person("yuni", "Dinsos Surabaya")
	w.grant("yuni", access.DataSteward, "3578", "Dinsos Surabaya")
	columns := []registry.Column{{Name: "belanja", Words: registry.Words{ID: "belanja", EN: "spending"}}}
	id, _, err := w.RegisterDataset(w.ctx, w.by("wati", "uji"), registry.Dataset{Owner: w.ids["Dinsos Surabaya"], Name: "Data contoh", Class: class, Regions: []string{"3578"}, Columns: columns})
	w.ok(err)
	w.dataset, w.contract = id, w.kept("kontrak")
	n, _, err := w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, registry.DatasetVersion{Rows: 3, File: "rumah.csv", SHA256: w.kept("berkas"), Content: w.kept("baris"), Contract: w.contract, Quality: w.kept("mutu"), Class: class, Columns: columns, Purpose: "uji", LegalBasis: "perjanjian contoh"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(w.ctx, w.by("yuni", "uji"), id, n)
	w.ok(err)
	w.ask = w.by("budi", "")
	w.ask.Seen = Whatever
	w.protocol = study.Protocol{Plan: runPlan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}}, Data: []study.Use{{Name: "rumah", Dataset: id, Contract: w.contract}}}
	return w
}

// drafted makes a study with the laboratory's protocol.
func (w *laboratory) drafted() string {
	w.t.Helper()
	id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Studi contoh", Position: w.ids["Kepala Dinas"], User: w.ids["budi"], Purpose: "evaluation", Draft: &w.protocol})
	w.ok(err)
	return id
}

var aRun = RunAsk{Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}}

// TestStudiesAndRuns: a study is written, tried on made-up rows, locked, run once at
// a time by one worker, and not registered anew once its people have an answer; on
// both databases, replayed.
func TestStudiesAndRuns(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newLaboratory(t, c, registry.PublicData)
		tono := w.by("tono", "")
		tono.Seen = Whatever
		_, _, err := w.DraftStudy(w.ctx, tono, study.Study{Title: "x", Position: w.ids["Kepala Dinas"], User: w.ids["budi"], Purpose: "evaluation"})
		w.denied(err, access.StudyRegister)
		id := w.drafted()
		_, err = w.EditStudy(w.ctx, w.ask, id, study.Protocol{Plan: "id: setengah"})
		w.ok(err)
		_, err = w.LockStudy(w.ctx, w.ask, id)
		if problem.Of(err) == nil {
			t.Errorf("half a plan was locked: %v", err)
		}
		_, err = w.EditStudy(w.ctx, w.ask, id, w.protocol)
		w.ok(err)

		// Made-up rows before the registration, the data after it.
		dummy := aRun
		dummy.Dummy = true
		tried, _, err := w.QueueRun(w.ctx, w.ask, id, dummy)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, w.ask, id, aRun)
		w.refused(err, "state-study-draft")
		_, err = w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, tono, id, aRun)
		w.denied(err, access.RowsUse)
		asked, _, err := w.QueueRun(w.ctx, w.ask, id, aRun)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, w.ask, id, aRun)
		w.refused(err, "run-under-way")

		// The oldest first, each in one hand.
		first, _, ok, err := w.ClaimRun(w.ctx, "satu", time.Minute)
		w.ok(err)
		second, lease, ok2, err := w.ClaimRun(w.ctx, "dua", time.Minute)
		w.ok(err)
		if _, _, none, err := w.ClaimRun(w.ctx, "tiga", time.Minute); !ok || !ok2 || none || err != nil || first.ID != tried || second.ID != asked || lease.Attempts != 1 {
			t.Fatalf("%v %v %v %+v", first.ID, second.ID, none, lease)
		}
		w.ok(w.BeatRun(w.ctx, "satu", tried, time.Minute, "baca", 0.5))
		if err := w.BeatRun(w.ctx, "dua", tried, time.Minute, "baca", 0.5); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("another worker beats: %v", err)
		}
		_, err = w.CancelRun(w.ctx, w.ask, tried)
		w.ok(err)
		if err := w.BeatRun(w.ctx, "satu", tried, time.Minute, "baca", 0.6); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("a cancelled run goes on: %v", err)
		}
		if _, err := w.AnswerRun(w.ctx, "satu", tried, study.Answer{}); err == nil {
			t.Error("a cancelled run is answered")
		}

		// A worker that died is followed by another, and its late word does not count.
		*w.now = w.now.Add(2 * time.Minute)
		again, lease, ok, err := w.ClaimRun(w.ctx, "empat", time.Minute)
		w.ok(err)
		if !ok || again.ID != asked || lease.Worker != "empat" || lease.Attempts != 2 {
			t.Fatalf("%+v %v", lease, ok)
		}
		if _, err := w.FailRun(w.ctx, "dua", asked, errors.New("mati")); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("a dead worker speaks: %v", err)
		}
		w.ok(w.DropRun(w.ctx, "empat", asked))
		if _, lease, ok, err = w.ClaimRun(w.ctx, "lima", time.Minute); !ok || err != nil || lease.Attempts != 3 {
			t.Fatalf("%+v %v %v", lease, ok, err)
		}
		hash := w.kept("hasil")
		_, err = w.AnswerRun(w.ctx, "lima", asked, study.Answer{Result: hash, Moments: hash, Gate: hash, Version: "uji", Grade: "strong"})
		w.ok(err)

		// What was seen cannot be unseen.
		w.protocol.Setting.Abstract = "lebih jelas"
		_, err = w.EditStudy(w.ctx, w.ask, id, w.protocol)
		w.ok(err)
		_, err = w.LockStudy(w.ctx, w.ask, id)
		w.refused(err, "state-study-registered")
		why := w.ask
		why.Why = "ringkasan kurang jelas"
		_, err = w.AmendStudy(w.ctx, why, id)
		w.ok(err)
		x := w.studyNow(id)
		if r, _ := x.Registered(); r.Number != 2 || r.Looked == nil || len(r.Changes) != 1 || x.Draft != nil {
			t.Errorf("%+v", x)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := RunsOf(r, id)
			if err != nil || len(all) != 2 || all[0].State != study.Done || all[0].Answer.Result != hash || all[1].State != study.Cancelled {
				t.Errorf("%+v %v", all, err)
			}
			for who, want := range map[string]int{"budi": 1, "sri": 1} {
				list, err := Runs(r, w.who(who, *w.now), RunFilter{State: study.Done}, Page{Most: 5})
				if err != nil || len(list) != want {
					t.Errorf("%s lists %d runs, want %d (%v)", who, len(list), want, err)
				}
			}
			for who, want := range map[string]bool{"budi": true, "sri": false, "tono": false} {
				if sees, err := SeesAnswer(r, w.ids[who], all[0]); err != nil || sees != want {
					t.Errorf("%s sees the answer: %v (%v)", who, sees, err)
				}
			}
			return nil
		}))

		// What was answered leaves by another hand.
		w.person("intan", "Dinsos Surabaya")
		w.grant("intan", access.OutputChecker, "3578", "") // where the data are kept
		check := w.by("intan", "")
		check.Seen = Whatever
		_, err = w.ReleaseRun(w.ctx, check, asked, study.Release{Content: hash})
		w.refused(err, "state-run-done")
		_, err = w.RequestRelease(w.ctx, tono, asked)
		w.denied(err, access.RowsUse)
		_, err = w.RequestRelease(w.ctx, w.ask, asked)
		w.ok(err)
		_, err = w.ReleaseRun(w.ctx, w.ask, asked, study.Release{Content: hash})
		w.denied(err, access.ReleaseCheck)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			x, _, err := RunOf(r, asked)
			for who, want := range map[string]bool{"intan": true, "budi": false, "tono": false, "sri": false} {
				if may, err := ChecksAnswer(r, w.who(who, *w.now), x); err != nil || may != want {
					t.Errorf("%s checks: %v (%v)", who, may, err)
				}
			}
			return err
		}))
		_, err = w.ReleaseRun(w.ctx, check, asked, study.Release{Content: hash})
		w.ok(err)
		why.Why = "dana studi berakhir"
		_, err = w.WithdrawStudy(w.ctx, why, id)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, w.ask, id, aRun)
		w.refused(err, "state-study-withdrawn")
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
	})
}

// TestAnOutcomeStruckOutStaysUnseen: who takes an outcome out of a draft, looks, and puts
// it back would have looked before registering.
func TestAnOutcomeStruckOutStaysUnseen(t *testing.T) {
	w := newLaboratory(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true}, registry.PublicData)
	id := w.drafted()
	other := w.protocol
	other.Plan = strings.Replace(runPlan, "column: belanja", "column: makan", 1)
	hides := func(want ...string) {
		t.Helper()
		w.ok(w.View(w.ctx, func(r *Reader) error {
			u, err := UnseenOf(r, w.ids["budi"], w.dataset)
			if !slices.Equal(u.Columns, want) {
				t.Errorf("hides %v, want %v", u.Columns, want)
			}
			return err
		}))
	}
	hides("belanja")
	_, err := w.EditStudy(w.ctx, w.ask, id, other)
	w.ok(err)
	hides("belanja", "makan")
	_, err = w.EditStudy(w.ctx, w.ask, id, study.Protocol{Plan: "id: [", Data: w.protocol.Data})
	w.ok(err)
	hides("*")
	_, err = w.EditStudy(w.ctx, w.ask, id, w.protocol)
	w.ok(err)
	hides("belanja", "makan")
	_, err = w.LockStudy(w.ctx, w.ask, id)
	w.ok(err)
	hides()
}

// TestOneStudyDoesNotFillTheQueue: who asks again and again on made-up rows is asked to
// wait, and may go on once one has ended.
func TestOneStudyDoesNotFillTheQueue(t *testing.T) {
	w := newLaboratory(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true}, registry.PublicData)
	id := w.drafted()
	dummy := aRun
	dummy.Dummy = true
	var last string
	for range 5 {
		run, _, err := w.QueueRun(w.ctx, w.ask, id, dummy)
		w.ok(err)
		last = run
	}
	_, _, err := w.QueueRun(w.ctx, w.ask, id, dummy)
	w.refused(err, "run-under-way")
	_, err = w.CancelRun(w.ctx, w.ask, last)
	w.ok(err)
	_, _, err = w.QueueRun(w.ctx, w.ask, id, dummy)
	w.ok(err)
}

// TestTheCheckerIsNoAuthor: who wrote of a study does not check what it gives, though
// another registered it and asked for the run, and their role is another by now.
func TestTheCheckerIsNoAuthor(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newLaboratory(t, c, registry.PublicData)
		w.person("eka", "Dinsos Jatim")
		writer := w.grant("eka", access.Researcher, "35", "Dinsos Jatim")
		eka := w.by("eka", "tidak layak")
		eka.Seen = Whatever
		id := w.drafted()
		_, err := w.EditStudy(w.ctx, eka, id, w.protocol)
		w.ok(err)
		_, err = w.EndGrant(w.ctx, w.by("rini", "tugas lain"), writer)
		w.ok(err)
		w.grant("eka", access.OutputChecker, "35", "Dinsos Jatim")
		_, err = w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		run, _, err := w.QueueRun(w.ctx, w.ask, id, aRun)
		w.ok(err)
		_, _, _, err = w.ClaimRun(w.ctx, "satu", time.Minute)
		w.ok(err)
		hash := w.kept("hasil")
		_, err = w.AnswerRun(w.ctx, "satu", run, study.Answer{Result: hash, Moments: hash, Gate: hash, Version: "uji"})
		w.ok(err)
		_, err = w.RequestRelease(w.ctx, w.ask, run)
		w.ok(err)
		_, err = w.ReleaseRun(w.ctx, eka, run, study.Release{Content: hash})
		w.refused(err, "review-own")
		_, err = w.RefuseRelease(w.ctx, eka, run)
		w.refused(err, "review-own")
		w.ok(w.View(w.ctx, func(r *Reader) error {
			x, _, err := RunOf(r, run)
			w.ok(err)
			may, err := ChecksAnswer(r, w.who("eka", *w.now), x)
			if may {
				t.Error("an author is asked to check")
			}
			return err
		}))
	})
}

// TestNoDocumentNoRun: rows that are not public open no run without the document
// that the refusal names.
func TestNoDocumentNoRun(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newLaboratory(t, c, registry.LimitedData)
		id := w.drafted()
		_, err := w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		_, _, err = w.QueueRun(w.ctx, w.ask, id, aRun)
		w.refused(err, "scope-no-agreement")
		dummy := aRun
		dummy.Dummy = true
		_, _, err = w.QueueRun(w.ctx, w.ask, id, dummy)
		w.ok(err)
	})
}
