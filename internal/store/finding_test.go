package store

import (
	"slices"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// TestFindings: a finding rests on a released run, is let go by the head of the
// office, is public from then on for ever, and is followed by the one that names it.
func TestFindings(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newLaboratory(t, c, registry.PublicData)
		w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
		programme, _, err := w.RegisterProgramme(w.ctx, w.by("budi", ""), registry.Programme{Owner: w.ids["Dinsos Jatim"], Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2024-01-01"}})
		w.ok(err)
		id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Studi contoh", Position: w.ids["Kepala Dinas"], User: w.ids["budi"], Purpose: "evaluation", Programmes: []string{programme}, Draft: &w.protocol})
		w.ok(err)
		_, err = w.LockStudy(w.ctx, w.ask, id)
		w.ok(err)
		run, _, err := w.QueueRun(w.ctx, w.ask, id, aRun)
		w.ok(err)
		_, _, _, err = w.ClaimRun(w.ctx, "satu", time.Minute)
		w.ok(err)
		hash := w.kept("hasil")
		_, err = w.AnswerRun(w.ctx, "satu", run, study.Answer{Result: hash, Moments: hash, Version: "uji", Grade: "strong"})
		w.ok(err)
		finding := evidence.Finding{Run: run, Programme: programme, Outcome: "belanja", Sentence: registry.Words{ID: "Belanja naik 25 rupiah.", EN: "Spending rose by 25 rupiah."},
			Effect: evidence.Effect{Estimate: 25, Lower: 12, Upper: 38, SE: 6.5, Level: 0.95, Unit: "rupiah", Better: "higher"}}
		_, _, err = w.ProposeFinding(w.ctx, w.ask, finding)
		w.refused(err, "finding-unreleased")
		_, err = w.RequestRelease(w.ctx, w.ask, run)
		w.ok(err)
		w.person("intan", "Dinsos Surabaya")
		w.grant("intan", access.OutputChecker, "3578", "")
		check := w.by("intan", "")
		check.Seen = Whatever
		_, err = w.ReleaseRun(w.ctx, check, run, study.Release{Content: hash})
		w.ok(err)
		_, _, err = w.ProposeFinding(w.ctx, w.by("tono", ""), finding)
		w.denied(err, access.StudyRegister)
		old, _, err := w.ProposeFinding(w.ctx, w.ask, finding)
		w.ok(err)
		_, err = w.ReleaseFinding(w.ctx, w.ask, old)
		w.denied(err, access.FindingRelease)
		public := func() (ids []string) {
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := PublicFindings(r, FindingFilter{Programme: programme}, Page{})
				for _, f := range all {
					ids = append(ids, f.ID+" "+f.State())
				}
				return err
			}))
			return ids
		}
		if got := public(); len(got) != 0 {
			t.Errorf("a proposal is public: %v", got)
		}
		head := w.by("sri", "")
		head.Seen = Whatever
		_, err = w.ReleaseFinding(w.ctx, head, old)
		w.ok(err)
		finding.Replaces = old
		next, _, err := w.ProposeFinding(w.ctx, w.ask, finding)
		w.ok(err)
		second, _, err := w.ProposeFinding(w.ctx, w.ask, finding)
		w.ok(err)
		_, err = w.ReleaseFinding(w.ctx, head, next)
		w.ok(err)
		_, err = w.ReleaseFinding(w.ctx, head, second)
		w.refused(err, "finding-replaced")
		finding.Replaces = next
		late, _, err := w.ProposeFinding(w.ctx, w.ask, finding)
		w.ok(err)
		finding.Replaces = old
		_, _, err = w.ProposeFinding(w.ctx, w.ask, finding)
		w.refused(err, "finding-replaces") // what was replaced is not replaced again
		if got := public(); !slices.Equal(got, []string{next + " released", old + " superseded"}) {
			t.Errorf("%v", got)
		}
		head.Why = "data keliru"
		_, err = w.WithdrawFinding(w.ctx, head, next)
		w.ok(err)
		if got := public(); !slices.Equal(got, []string{next + " withdrawn", old + " superseded"}) {
			t.Errorf("%v", got)
		}
		taken := w.ask
		taken.Why, taken.Seen = "asumsi tidak terpenuhi", Whatever
		_, err = w.WithdrawStudy(w.ctx, taken, id)
		w.ok(err)
		_, err = w.ReleaseFinding(w.ctx, head, late)
		w.refused(err, "finding-study-withdrawn")
		finding.Replaces = ""
		_, _, err = w.ProposeFinding(w.ctx, w.ask, finding)
		w.refused(err, "finding-study-withdrawn")
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
	})
}
