package runs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// What can go wrong with a run, and the test that shows what becomes of it. Whatever it
// is, the run ends in a state that says why in both languages, or waits in the queue; and
// no answer, no look, no content and no folder is left of one that has no answer.
//
//	data outside the agreement, or columns and regions outside the permit   TestOutsideThePapers
//	agreement terminated, or over                                           TestPapersEndUnderWay
//	permit revoked, or over; the yes of one region taken back               TestPapersEndUnderWay
//	version of the data withdrawn; dataset withdrawn                        TestPapersEndUnderWay
//	study stopped, or withdrawn; the right of the researcher ended          TestPapersEndUnderWay
//	cancelled                                                               TestPapersEndUnderWay, TestWhatEndsARunUnderWay
//	worker killed, also between the contents and the record                 TestKilledFiftyTimes
//	worker stopped                                                          TestTwoWorkers
//	disk full: of what spills, of made-up rows, of contents, of the record  TestDiskFull
//	two runs of one study, also from two processes                          TestTwoRunsOfOneStudy
//	two studies that together point at somebody, from two processes        TestTwoProcessesOneGate
//	time limit; a plan that the data cannot answer                          TestNoAnswer
//	a content that another took away while it was about to count            TestAContentThatWentIsPutAgain
//	a report asked for before the release                                   cmd/dampak: TestTheStudyInABrowser

// ended checks what is left of a run that has no answer; its code is one of several where
// a paper ends first and the study is stopped after that.
func (w *coop) ended(id string, state study.RunState, code string) {
	w.t.Helper()
	r := w.run(id)
	if r.State != state || r.Answer != nil {
		w.t.Errorf("%s %+v", r.State, r)
	}
	if (code == "") != (len(r.Problems) == 0) || code != "" && !slices.Contains(strings.Split(code, " or "), r.Problems[0].Code) {
		w.t.Errorf("says %+v, want %s", r.Problems, code)
	}
	for _, p := range r.Problems {
		for _, l := range i18n.Langs {
			if text := p.Problem().Text(l); strings.ContainsAny(text, "{}[]") || !strings.Contains(text, " ") || strings.Contains(text, w.dir) {
				w.t.Errorf("%s: %s", l, text)
			}
		}
	}
	if left := w.unnamed(); len(left) != 0 {
		w.t.Errorf("contents left behind: %v", left)
	}
	if n := w.looks(); n != 0 {
		w.t.Errorf("%d looks at nothing", n)
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil && !errors.Is(err, os.ErrNotExist) || len(left) != 0 {
		w.t.Errorf("folders left behind: %v %v", left, err)
	}
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		if _, held, err := store.LeaseOf(r, id); held || err != nil {
			w.t.Errorf("it is in somebody's hand still: %v", err)
		}
		all, err := store.AnsweredOn(r, w.dataset)
		if len(all) != 0 {
			w.t.Error("it counts as shown")
		}
		return err
	}))
}

// TestOutsideThePapers: what agreement and permit do not open is refused when it is asked
// for, by the document that lacks it; columns of others are not there.
func TestOutsideThePapers(t *testing.T) {
	w := cooperates(t, "", persons, people)
	refused := func(code, document string) {
		t.Helper()
		_, _, err := w.QueueRun(w.ctx, w.ask, w.study, store.RunAsk{Limits: limits})
		all := problem.Of(err)
		if len(all) == 0 || all[0].Code != code || !strings.Contains(all[0].Text(i18n.ID), document) {
			t.Errorf("want %s of %q: %v", code, document, err)
		}
	}
	w.studiesOn(w.keeps("Penerima lain", persons, people+" WHERE i > 9"), everybody)
	refused("scope-dataset", "Penelitian dampak bantuan sosial")

	// Without a permit, and with one that does not name the column.
	id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Tanpa izin", Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Programmes: []string{w.ids["programme"]}, Agreement: w.ids["agreement"],
		Draft: &study.Protocol{Plan: everybody, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Differs}}, Data: []study.Use{{Name: "penerima", Dataset: w.dataset, Contract: w.contract}}}})
	w.ok(err)
	_, err = w.LockStudy(w.ctx, w.ask, id)
	w.ok(err)
	w.study = id
	refused("scope-no-permit", "Penerima contoh")
	w.studies(everybody, "nik", "kode", "ikut")
	run := w.queue(nil)
	w.one(duck)
	w.ended(run, study.Failed, "no-column")
}

// waiting is an engine that stops a run at a moment: in its first question, or once the
// gate has looked.
func (w *coop) waiting(late bool, then func()) engine.Engine {
	if late {
		return &afterGate{Engine: duck, then: then}
	}
	return &slow{Engine: duck, in: make(chan struct{}), out: make(chan struct{}), then: then}
}

// TestPapersEndUnderWay: what closes the data while a run computes stops it, and at the
// last moment before its answer still keeps that out.
func TestPapersEndUnderWay(t *testing.T) {
	for _, x := range []struct {
		name string
		end  func(*coop) error
		code string
	}{
		{"agreement terminated", func(w *coop) error {
			_, err := w.TerminateAgreement(w.ctx, w.by("sri", "dana berakhir"), w.ids["agreement"], registry.DayOf(w.Now()))
			return err
		}, "scope-stopped or scope-agreement-terminated"},
		{"agreement over", func(w *coop) error { w.shift(60 * 24 * time.Hour); return nil }, "scope-agreement-expired"},
		{"permit revoked", func(w *coop) error {
			_, err := w.RevokePermit(w.ctx, w.seat("sri", "Kepala Dinas", "keluhan warga"), w.ids["permit"], store.PermitAnswer{})
			return err
		}, "scope-stopped or scope-permit-revoked"},
		{"permit over", func(w *coop) error { w.shift(30 * 24 * time.Hour); return nil }, "scope-permit-reporting"},
		{"one region taken back", func(w *coop) error {
			_, err := w.RevokeRegion(w.ctx, w.seat("tono", "Kepala Malang", "keluhan warga"), w.ids["permit"], store.PermitAnswer{Region: "3507"})
			return err
		}, "run-regions-shut"},
		{"version withdrawn", func(w *coop) error {
			_, err := w.WithdrawDatasetVersion(w.ctx, w.by("yuni", "keliru"), w.dataset, 1)
			return err
		}, "run-version-gone"},
		{"dataset withdrawn", func(w *coop) error {
			_, err := w.WithdrawDataset(w.ctx, w.by("wiwit", "keliru"), w.dataset)
			return err
		}, "scope-withdrawn"},
		{"study stopped", func(w *coop) error {
			_, err := w.StopStudyByRule(w.ctx, w.study, "", "aturan contoh")
			return err
		}, "scope-stopped"},
		{"study withdrawn", func(w *coop) error {
			_, err := w.WithdrawStudy(w.ctx, w.by("rani", "dana berakhir"), w.study)
			return err
		}, "state-study-withdrawn"},
		{"the right of who asked", func(w *coop) error {
			var grant string
			if err := w.View(w.ctx, func(r *store.Reader) error {
				all, err := store.GrantsOf(r, w.ids["rani"])
				grant = all[0].ID
				return err
			}); err != nil {
				return err
			}
			_, err := w.EndGrant(w.ctx, w.by("rini", "pindah tugas"), grant)
			return err
		}, "denied-rows-use"},
		{"cancelled", func(w *coop) error {
			_, err := w.CancelRun(w.ctx, w.ask, w.ids["run"])
			return err
		}, ""},
	} {
		for moment, late := range map[string]bool{"while it computes": false, "after the gate": true} {
			t.Run(x.name+" "+moment, func(t *testing.T) {
				w := cooperates(t, "", persons, people)
				w.studies(everybody)
				id := w.queue(nil)
				w.ids["run"] = id
				c := w.config(w.waiting(late, func() { w.ok(x.end(w)) }))
				if late {
					c.Lease = time.Hour // no heartbeat sees it before the end
				}
				ctx, stop := context.WithTimeout(w.ctx, 20*time.Second)
				defer stop()
				if did, err := c.One(ctx, "satu"); err != nil || !did {
					t.Fatal(did, err)
				}
				state := study.Shut
				if x.code == "" {
					state = study.Cancelled
				}
				w.ended(id, state, x.code)
				if t.Failed() || testing.Verbose() {
					for _, p := range w.run(id).Problems {
						t.Log(p.Problem().Text(i18n.ID))
					}
				}
			})
		}
	}
}
