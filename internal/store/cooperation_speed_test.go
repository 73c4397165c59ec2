package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

// crowded adds copies of an agreement, a permit and a study with the permit's own
// history, in one transaction.
func crowded(w *town, agreement, permit, studyID string, agreements, permits int) {
	w.t.Helper()
	var ofAgreement, ofPermit, ofStudy []event.Event
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		if ofAgreement, err = r.History(event.Object{Kind: agreementKind, ID: agreement}); err == nil {
			if ofPermit, err = r.History(event.Object{Kind: permitKind, ID: permit}); err == nil {
				ofStudy, err = r.History(event.Object{Kind: studyKind, ID: studyID})
			}
		}
		return err
	}))
	state := func(e event.Event) (b, a any) {
		read := func(raw []byte, into func() (any, error)) any {
			if raw == nil {
				return nil
			}
			v, err := into()
			w.ok(err)
			return v
		}
		return read(e.Before, func() (any, error) { return rename(e.Before, e.Object.Kind) }), read(e.After, func() (any, error) { return rename(e.After, e.Object.Kind) })
	}
	add := func(tx *Tx, events []event.Event, id string, change func(any) any) error {
		for _, e := range events {
			before, after := state(e)
			if before != nil {
				before = change(before)
			}
			tx.mode = deciding
			_, err := tx.store.do(tx, Command{Actor: e.Actor, Object: event.Object{Kind: e.Object.Kind, ID: id}, Seen: Whatever, Why: e.Why,
				Decide: func(*Tx) (Change, error) { return Change{Type: e.Type, Before: before, After: change(after)}, nil }})
			if err != nil {
				return err
			}
		}
		return nil
	}
	w.ok(w.writing(w.ctx, deciding, func(tx *Tx) error {
		for i := range agreements {
			id := fmt.Sprintf("perjanjian-%03d", i)
			if err := add(tx, ofAgreement, id, func(v any) any { a := v.(cooperation.Agreement); a.ID = id; return a }); err != nil {
				return err
			}
		}
		for i := range permits {
			id, of, under := fmt.Sprintf("izin-%04d", i), fmt.Sprintf("studi-%04d", i), fmt.Sprintf("perjanjian-%03d", i%agreements)
			if err := add(tx, ofStudy, of, func(v any) any {
				x := v.(study.Study)
				x.ID, x.Agreement = of, under
				if x.Permit != "" {
					x.Permit = id
				}
				return x
			}); err != nil {
				return err
			}
			if err := add(tx, ofPermit, id, func(v any) any {
				p := v.(cooperation.Permit)
				p.ID, p.Study, p.Agreement = id, of, under
				return p
			}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func rename(raw []byte, kind string) (any, error) {
	switch kind {
	case agreementKind:
		return Read[cooperation.Agreement](raw)
	case permitKind:
		return Read[cooperation.Permit](raw)
	}
	return Read[study.Study](raw)
}

// TestCooperationTakes measures what a page asks for, among 5,000 permits and 200
// agreements, and the looks of an agreement worked out again.
func TestCooperationTakes(t *testing.T) {
	testenv.NeedLong(t)
	w := partners(t, Config{Dir: t.TempDir(), Migrate: true})
	umbrella := w.agreed("nota-kesepakatan", "", registry.Period{From: "2026-11-25", Until: "2027-06-30"})
	agreement := w.agreed("pks", umbrella, registry.Period{From: "2026-11-26", Until: "2027-06-30"})
	w.on("2026-11-27")
	permit := w.opened(agreement, registry.Period{From: "2026-11-27", Until: "2027-03-31"})
	_, err := w.GrantRegion(w.ctx, w.seat("tono", "Kepala Malang", ""), permit, PermitAnswer{Region: "3507"})
	w.ok(err)
	began, then := time.Now(), *w.now
	crowded(w, agreement, permit, w.ids["study"], 200, 5000)
	head, err := w.Head(w.ctx)
	w.ok(err)
	t.Logf("%d events after %v", head.Seq, time.Since(began))
	look := aLook()
	look.User, look.Position, look.Study, look.Agreement, look.Permit, look.Dataset, look.Columns, look.Regions = w.ids["rani"], w.ids["Peneliti"], "studi-0007", "perjanjian-007", "izin-0007", w.ids["personal"], []string{"umur"}, []string{"3507"}
	w.ok(w.writing(w.ctx, deciding, func(tx *Tx) error {
		for i := range 10000 {
			l := look
			k := 7 + 200*(i%25)
			l.Study, l.Permit = fmt.Sprintf("studi-%04d", k), fmt.Sprintf("izin-%04d", k)
			tx.mode = deciding
			if _, err := tx.store.do(tx, Command{Actor: event.Actor{User: l.User, Via: event.Web}, Object: event.Object{Kind: lookKind, ID: fmt.Sprint("lihat-", i)}, Seen: Whatever,
				Decide: func(*Tx) (Change, error) { return Change{Type: l.Event(), After: l}, nil }}); err != nil {
				return err
			}
		}
		return nil
	}))
	rani, wati, sri := w.who("rani", *w.now), w.who("wati", *w.now), w.who("sri", *w.now)
	at := *w.now
	measure := func(what string, most time.Duration, n int, ask func(*Reader, int) error) {
		t.Helper()
		var took []time.Duration
		for i := range n {
			start := time.Now()
			w.ok(w.View(w.ctx, func(r *Reader) error { return ask(r, i) }))
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		p95 := took[len(took)*95/100]
		t.Logf("%-40s median %v, p95 %v", what, took[len(took)/2], p95)
		if median := took[len(took)/2]; median > most {
			t.Errorf("%s: median %v, at most %v", what, median, most)
		}
	}
	scope := func(r *Reader, i int) error {
		o, err := scopeOf(r, w.ids["rani"], fmt.Sprintf("studi-%04d", i%5000), at)
		if err == nil && o.Scope.OpensNothing() {
			t.Fatalf("%+v", o)
		}
		return err
	}
	measure("scope, of other studies", time.Millisecond, 800, func(r *Reader, i int) error { return scope(r, i*7) })
	measure("scope, again", time.Millisecond, 800, func(r *Reader, i int) error { return scope(r, i%20) })
	measure("scope as of some time ago", time.Millisecond, 200, func(r *Reader, _ int) error {
		o, err := scopeOf(r, w.ids["rani"], w.ids["study"], then)
		if err == nil && o.Scope.OpensNothing() {
			t.Fatalf("%+v", o)
		}
		return err
	})
	for name, who := range map[string]access.Standing{"centre": rani, "kabupaten": wati, "province": sri} {
		measure("50 permits, "+name, 20*time.Millisecond, 50, func(r *Reader, i int) error {
			all, err := Permits(r, who, PermitFilter{}, Page{Most: 50})
			if len(all) != 50 {
				t.Fatal(len(all))
			}
			g := GroundsIn(r)
			for _, p := range all {
				ground, err := g.Of(p.Agreement)
				if err != nil {
					return err
				}
				_ = p.StateAt(ground, at)
			}
			return err
		})
		measure("20 steps waiting, "+name, 20*time.Millisecond, 50, func(r *Reader, _ int) error {
			n, err := CountStepsWaiting(r, who)
			if err != nil {
				return err
			}
			all, err := StepsWaiting(r, who, 20)
			if len(all) != min(n, 20) || (name == "kabupaten") != (n == 5001) {
				t.Errorf("%s: %d of %d", name, len(all), n)
			}
			return err
		})
		measure("20 requests waiting, "+name, 20*time.Millisecond, 50, func(r *Reader, _ int) error {
			_, err := RequestsWaiting(r, who, 20)
			return err
		})
		measure("50 agreements, "+name, 20*time.Millisecond, 50, func(r *Reader, _ int) error {
			_, err := Agreements(r, who, AgreementFilter{}, Page{Most: 50})
			return err
		})
	}
	measure("signatures waiting", 20*time.Millisecond, 50, func(r *Reader, _ int) error {
		_, err := SignaturesWaiting(r, sri, 20)
		return err
	})
	measure("10,000 looks worked out again", 5*time.Second, 2, func(r *Reader, _ int) error {
		all, err := AuditLooks(r, "perjanjian-007", 0, 0)
		out := 0
		for _, a := range all {
			if len(a.Outside) > 0 {
				out++
			}
		}
		if len(all) != 10000 || out != 0 {
			t.Fatal(len(all), out, all[0].Outside)
		}
		return err
	})
	measure("100 looks worked out again", 50*time.Millisecond, 20, func(r *Reader, _ int) error {
		_, err := AuditLooks(r, "perjanjian-007", 0, 100)
		return err
	})
	for name, duty := range map[string]func(context.Context) error{"silence": w.RecordSilence, "permits": w.RecordPermitEnds, "agreements": w.RecordAgreementEnds, "stops": w.StopStudies, "data": w.WithdrawData} {
		start := time.Now()
		w.ok(duty(w.ctx))
		t.Logf("duty %s: %v", name, time.Since(start))
	}
}
