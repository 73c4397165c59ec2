package store

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// rounds lets two processes do at once all that is due at an instant, twice, and
// gives the types of the events that came of it, with notices by their kind.
func (w *town) rounds(c Config, at time.Time) []string {
	w.t.Helper()
	var head event.Anchor
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		head, err = r.Head()
		return err
	}))
	c.Now = func() time.Time { return at }
	var group sync.WaitGroup
	for range 2 {
		s, err := Open(w.ctx, c)
		w.ok(err)
		defer s.Close()
		group.Go(func() {
			for range 2 {
				for _, duty := range []func(context.Context) error{s.RecordSilence, s.RecordPermitEnds, s.RecordAgreementEnds, s.StopStudies, s.WithdrawData} {
					if err := duty(w.ctx); err != nil {
						w.t.Error(err)
					}
				}
				var due []notice.Due
				err := s.View(w.ctx, func(r *Reader) error {
					for _, list := range []func(From, time.Time) ([]notice.Due, error){AgreementsEnding, ReportsDue} {
						found, err := list(r, at)
						if err != nil {
							return err
						}
						due = append(due, found...)
					}
					return nil
				})
				for _, d := range due {
					if _, failed := s.Notify(w.ctx, d); failed != nil {
						err = failed
					}
				}
				if err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	group.Wait()
	var all []string
	w.ok(w.View(w.ctx, func(r *Reader) error {
		for e, err := range r.Log(head.Seq) {
			if err != nil {
				return err
			}
			name := e.Type
			if name == noticeSent {
				n, err := Read[notice.Notice](e.After)
				if err != nil {
					return err
				}
				name = string(n.Kind) + " to " + n.To.Kind
			}
			all = append(all, name)
		}
		return nil
	}))
	slices.Sort(all)
	return all
}

// TestEnds moves the clock past each end: what is missing is recorded once, by two
// processes at once and after a long sleep; and what was already told is not told
// again.
func TestEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		umbrella := w.agreed("nota-kesepakatan", "", registry.Period{From: "2026-11-25", Until: "2027-01-15"})
		agreement := w.agreed("pks", umbrella, registry.Period{From: "2026-11-26", Until: "2027-01-15"})
		w.on("2026-11-26")
		permit := w.opened(agreement, registry.Period{From: "2026-11-27", Until: "2026-12-31"})
		ended := w.ids["study"]
		_, err := w.GrantRegion(w.ctx, w.seat("tono", "Kepala Malang", ""), permit, PermitAnswer{Region: "3507"})
		w.ok(err)
		expect := func(day registry.Day, want ...string) {
			t.Helper()
			w.on(day)
			if got := w.rounds(c, *w.now); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", day, got, want)
			}
		}
		turn := []string{}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := Inbox(r, w.who("wati", *w.now), false, "", 10)
			for _, l := range all {
				turn = append(turn, string(l.Kind)+" "+l.Values["place"].(string))
			}
			return err
		}))
		if !slices.Equal(turn, []string{"permit-waiting " + registry.RegionName("3578")}) {
			t.Error(turn)
		}
		expect("2026-11-30")
		expect("2026-12-10", "permit-region-deemed", "permit-region-deemed")
		// Ninety days before lies before the signatures; the umbrella ends too.
		expect("2026-12-20", slices.Repeat([]string{"agreement-ending to organisation"}, 4)...)
		if p, g := w.permit(permit); len(p.Places(g, *w.now)) != 3 {
			t.Errorf("%+v", p.Places(g, *w.now))
		}
		expect("2027-01-02", "permit-expired")
		x := w.studyNow(ended)
		if x.State() != study.Running {
			t.Errorf("the days of a permit stop no study: %+v", x)
		}
		// Three weeks without a process: seven days before was missed and is past.
		expect("2027-01-25", "agreement-expired", "agreement-expired", "report-due to position", "study-stopped")
		if x = w.studyNow(ended); x.State() != study.Stopped || x.Stops[0].Via != event.System {
			t.Errorf("%+v", x)
		}
		waits := func(who string) (all []string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				found, err := RequestsWaiting(r, w.who(who, *w.now), 0)
				for _, one := range found {
					all = append(all, one.Command)
				}
				return err
			}))
			return all
		}
		if rani, sri, tono := waits("rani"), waits("sri"), waits("tono"); !slices.Equal(rani, []string{"file-report"}) || sri != nil || tono != nil {
			t.Error(rani, sri, tono)
		}
		expect("2027-04-15", "report-due to organisation", "report-due to organisation", "report-due to position") // the last day of release
		expect("2027-04-16", "study-data-withdrawn")
		_, err = w.FileReport(w.ctx, w.by("rani", "hasil dipakai"), permit, ptr(w.file("laporan.pdf")))
		w.ok(err)
		if rani, sri := waits("rani"), waits("sri"); rani != nil || !slices.Equal(sri, []string{"accept-report"}) {
			t.Error(rani, sri)
		}
		_, err = w.ReturnReport(w.ctx, w.seat("sri", "Kepala Dinas", "lampiran kurang"), permit, PermitAnswer{})
		w.ok(err)
		expect("2027-04-20")
		if rani := waits("rani"); !slices.Equal(rani, []string{"file-report"}) {
			t.Error(rani)
		}
		_, err = w.FileReport(w.ctx, w.by("rani", ""), permit, ptr(w.file("laporan-2.pdf")))
		w.ok(err)
		_, err = w.AcceptReport(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{})
		w.ok(err)
		_, err = w.RecordDestruction(w.ctx, w.by("dewi", ""), agreement, cooperation.Destruction{Day: "2027-04-20", What: "salinan data penelitian", Who: "Balai", How: "dihapus dan ditimpa"})
		w.ok(err)
		expect("2027-07-01")
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
	})
}

// TestSilentAdviceIsRecorded: the office behind one that let its days pass is told
// that it is its turn, and has the permit in what waits for it.
func TestSilentAdviceIsRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		w.ids["Bakesbangpol"], _, _ = w.RegisterOrganisation(w.ctx, w.by("rini", ""), registry.Organisation{Kind: registry.ProvinceOffice, Office: "kesbangpol", Region: "35", Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Bakesbangpol contoh", Short: "Bakesbangpol"}}})
		agreement := w.agreed("pks", "", registry.Period{From: "2026-11-25", Until: "2027-06-30"})
		w.on("2026-11-26") // a Thursday; five working days: Thursday, 3 December
		permit := w.asked(agreement, registry.Period{From: "2026-11-27", Until: "2027-03-31"})
		_, err := w.SubmitPermit(w.ctx, w.by("rani", ""), permit)
		w.ok(err)
		waits := func() (acts []string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := StepsWaiting(r, w.who("sri", *w.now), 0)
				for _, x := range all {
					acts = append(acts, string(x.Step.Act))
				}
				return err
			}))
			return acts
		}
		w.on("2026-12-03")
		if got := w.rounds(c, *w.now); got != nil || waits() != nil {
			t.Error(got, waits())
		}
		w.on("2026-12-04")
		if got := w.rounds(c, *w.now); !slices.Equal(got, []string{"permit-step-passed"}) {
			t.Error(got)
		}
		if got := waits(); !slices.Equal(got, []string{"verify"}) {
			t.Error(got)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			told, err := Inbox(r, w.who("sri", *w.now), false, "", 10)
			if len(told) == 0 || told[0].Kind != notice.PermitWaiting {
				t.Errorf("%+v", told)
			}
			return err
		}))
		_, err = w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{})
		w.ok(err)
		verifies(t, w.Store)
	})
}

// TestRevokedReportIsDue: whoever used what was taken back is reminded of the report.
func TestRevokedReportIsDue(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		agreement := w.agreed("pks", "", registry.Period{From: "2026-11-25", Until: "2027-06-30"})
		w.on("2026-11-27")
		permit := w.opened(agreement, registry.Period{From: "2026-11-27", Until: "2027-03-31"})
		_, err := w.GrantRegion(w.ctx, w.seat("tono", "Kepala Malang", ""), permit, PermitAnswer{Region: "3507"})
		w.ok(err)
		_, err = w.RevokePermit(w.ctx, w.seat("sri", "Kepala Dinas", "disalahgunakan"), permit, PermitAnswer{})
		w.ok(err)
		w.on("2026-12-21") // seven days before 27 December lie behind
		if got := w.rounds(c, *w.now); !slices.Contains(got, "report-due to position") {
			t.Error(got)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := RequestsWaiting(r, w.who("rani", *w.now), 0)
			if len(all) != 1 || all[0].Command != "file-report" {
				t.Errorf("%+v", all)
			}
			return err
		}))
		_, err = w.FileReport(w.ctx, w.by("rani", ""), permit, ptr(w.file("laporan.pdf")))
		w.ok(err)
	})
}

// TestTakenBack: each way of taking a permit or an agreement back stops the studies
// under it in the same call, and a process that died between the two is made up for.
func TestTakenBack(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		agreement := w.agreed("pks", "", registry.Period{From: "2026-11-26", Until: "2027-06-30"})
		w.on("2026-11-27")
		period := registry.Period{From: "2026-11-27", Until: "2027-03-31"}
		running := func(want bool) {
			t.Helper()
			if x := w.studyNow(w.ids["study"]); (x.State() == study.Running) != want {
				t.Errorf("%+v", x.Stops)
			}
		}
		draft := w.asked(agreement, period)
		_, err := w.WithdrawPermit(w.ctx, w.by("rani", "belum siap"), draft)
		w.ok(err)
		running(true) // nothing was opened
		withdrawn := w.opened(agreement, period)
		_, err = w.WithdrawPermit(w.ctx, w.by("rani", "dana tidak ada"), withdrawn)
		w.ok(err)
		running(false)
		revoked := w.opened(agreement, period)
		_, err = w.RevokePermit(w.ctx, w.seat("sri", "Kepala Dinas", "disalahgunakan"), revoked, PermitAnswer{})
		w.ok(err)
		running(false)

		// The process dies after the revocation.
		region := w.opened(agreement, period)
		_, err = w.GrantRegion(w.ctx, w.seat("tono", "Kepala Malang", ""), region, PermitAnswer{Region: "3507"})
		w.ok(err)
		w.ok(w.itselfOn(w.ctx, event.Object{Kind: permitKind, ID: region}, "", func(a acting) (registry.Change, error) {
			p, g, err := a.permit(region)
			if err != nil {
				return registry.Change{}, err
			}
			by := w.seat("tono", "Kepala Malang", "").Actor
			return p.RevokeRegion(g, cooperation.Answer{Office: w.ids["Dinsos Malang"], Region: "3507", Reason: "keluhan", Signing: registry.DefaultSigning()}, by, a.Now())
		}))
		running(true)
		if got := w.rounds(c, *w.now); !slices.Equal(got, []string{"study-stopped"}) {
			t.Error(got)
		}
		if x := w.studyNow(w.ids["study"]); len(x.Stops) != 1 || x.Stops[0].Region != "3507" {
			t.Errorf("%+v", x.Stops)
		}

		last := w.opened(agreement, period)
		_, err = w.TerminateAgreement(w.ctx, w.by("dewi", "diganti perjanjian baru"), agreement, registry.DayOf(*w.now))
		w.ok(err)
		running(false)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			o, err := scopeOf(r, w.ids["rani"], w.ids["study"], *w.now)
			if !o.Scope.OpensNothing() || len(o.Lacks) == 0 {
				t.Errorf("%+v", o)
			}
			return err
		}))
		if got := w.rounds(c, *w.now); len(got) != 2 || got[0] != "permit-expired" { // those that were open
			t.Error(got)
		}
		if p, g := w.permit(last); p.StateAt(g, *w.now) != cooperation.PermitExpired {
			t.Error(p.StateAt(g, *w.now))
		}
		verifies(t, w.Store)
	})
}
