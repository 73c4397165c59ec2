package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// inbox is what a person finds, and how much of it is unread.
func (w *town) inbox(name string) (all []Letter, unread int) {
	w.t.Helper()
	who := w.who(name, *w.now)
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		if all, err = Inbox(r, who, false, "", 100); err != nil {
			return err
		}
		if unread, err = Unread(r, who); err != nil {
			return err
		}
		if unread != len(all) {
			w.t.Errorf("%s: %d unread of %d", name, unread, len(all))
		}
		read, err := Inbox(r, who, true, "", 100)
		all = append(all, read...)
		return err
	}))
	return all, unread
}

func (w *town) anchor(want bool) event.Event {
	w.t.Helper()
	e, sent, err := w.SendAnchor(w.ctx)
	w.ok(err)
	if sent != want {
		w.t.Fatalf("an anchor was sent: %v, want %v", sent, want)
	}
	return e
}

// anchorIn is the anchor as it stands in somebody's inbox.
func anchorIn(t *testing.T, l Letter) event.Anchor {
	t.Helper()
	s, _ := l.Values["anchor"].(string)
	a, err := event.ParseAnchor(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAnchorsGoToBothParties: the anchor in each inbox is the head before it was
// sent, the record verifies against it, and a keeper who writes the log anew is
// found out by it though the new log is whole in itself.
func TestAnchorsGoToBothParties(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.person("nur", "B2P3KS")
		w.grant("nur", access.Researcher, registry.Nation, "B2P3KS")
		before, err := w.Head(w.ctx)
		w.ok(err)
		e := w.anchor(true)
		if e.Actor != itself || e.Object != (event.Object{Kind: "anchor", ID: "2026-W48"}) || e.Seq != before.Seq+1 {
			t.Errorf("%+v", e)
		}
		for _, name := range []string{"sri", "nur"} { // by a position, by a grant
			all, unread := w.inbox(name)
			if len(all) != 1 || unread != 1 || all[0].Kind != notice.WeeklyAnchor || anchorIn(t, all[0]) != before || all[0].Values["week"] != 48 || all[0].Seq != e.Seq {
				t.Fatalf("%s finds %+v", name, all)
			}
		}
		for _, name := range []string{"tono", "wati", "rini"} { // a kabupaten's, and an administrator of all
			if all, _ := w.inbox(name); len(all) != 0 {
				t.Errorf("%s finds %+v", name, all)
			}
		}
		w.person("baru", "Dinsos Malang") // the record goes on
		if _, err := w.Verify(w.ctx, before); err != nil {
			t.Fatal(err)
		}
		// The keeper changes a reason of long ago and seals all after it again.
		var log []event.Event
		w.ok(w.View(w.ctx, func(r *Reader) error {
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				log = append(log, e)
			}
			return nil
		}))
		var head event.Anchor
		head.Hash = event.Origin
		for _, e := range log {
			if e.Seq == 3 {
				e.Why = "alasan lain"
			}
			sealed, err := event.Seal(e, head)
			w.ok(err)
			raw(t, w.Store, fmt.Sprintf("UPDATE events SET why = '%s', prev = '%s', hash = '%s' WHERE seq = %d", strings.ReplaceAll(sealed.Why, "'", "''"), sealed.Prev, sealed.Hash, sealed.Seq))
			head = sealed.Anchor()
		}
		raw(t, w.Store, "UPDATE log_head SET hash = '"+head.Hash+"'")
		if _, err := w.Verify(w.ctx); err != nil {
			t.Fatalf("the log that was written anew is not whole: %v", err)
		}
		_, err = w.Verify(w.ctx, before)
		hasProblem(t, err, "log-rewritten")
	})
}

// TestOneAnchorAWeek, whatever the clock does and however many processes ask; a
// missed week has none.
func TestOneAnchorAWeek(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newTown(t, c)
		w.anchor(false) // nobody to send it to
		w.organisation("Dinsos Malang", registry.RegencyOffice, "3507")
		w.anchor(false)
		w.organisation("Dinsos Jatim", registry.ProvinceOffice, "35")
		w.organisation("B2P3KS", registry.MinistryCentre, registry.Nation)
		w.organisation("Bappeda Jatim", registry.ProvinceOffice, "35")
		_, err := w.EndOrganisation(w.ctx, w.by("rini", "digabung"), w.ids["Bappeda Jatim"], "2026-11-24")
		w.ok(err)
		w.anchor(true)
		w.anchor(false)
		*w.now = time.Date(2026, 11, 29, 16, 59, 0, 0, time.UTC) // Sunday 23.59 in Jakarta
		w.anchor(false)
		*w.now = w.now.Add(2 * time.Minute)
		w.anchor(true)
		*w.now = w.now.AddDate(5, 0, 0) // a clock moved far ahead, or a machine that was off
		e := w.anchor(true)
		w.anchor(false)
		var a anchored
		w.ok(json.Unmarshal(e.After, &a))
		if len(a.To) != 2 || slices.Contains(a.To, w.ids["Bappeda Jatim"]) {
			t.Errorf("sent to %v", a.To)
		}
		*w.now = w.now.AddDate(0, 0, 7)
		var group sync.WaitGroup
		sent := make(chan bool, 8)
		for range cap(sent) {
			group.Go(func() {
				_, ok, err := w.SendAnchor(context.Background())
				if err != nil {
					t.Error(err)
				}
				sent <- ok
			})
		}
		group.Wait()
		close(sent)
		n := 0
		for ok := range sent {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d of 8 at once sent it", n)
		}
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestAnInboxPassesOn with the position; marks of reading stay with the person.
func TestAnInboxPassesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.position("Kabid", "Dinsos Malang")
		to := notice.Ref{Kind: notice.Position, ID: w.ids["Kabid"]}
		n := notice.Notice{To: to, Kind: notice.HoldingEnding, About: to, Values: notice.Values{"day": "2026-12-31", "left": 7}}
		for i, want := range []bool{true, false} {
			if sent, err := w.Notify(w.ctx, notice.Due{Key: "uji/1", Notice: n}); err != nil || sent != want {
				t.Fatal(i, sent, err)
			}
		}
		w.hold("tono", "Kabid", event.Definitive, "2026-11-01", "")
		all, unread := w.inbox("tono")
		if len(all) != 1 || unread != 1 || all[0].Values["day"] != "2026-12-31" || all[0].Values["left"] != 7 || all[0].About != to {
			t.Fatalf("%+v", all)
		}
		// Nobody else reads it or marks it.
		for _, name := range []string{"rini", "wati", "sri"} {
			w.ok(w.View(w.ctx, func(r *Reader) error {
				_, ok, err := LetterOf(r, w.who(name, *w.now), all[0].ID)
				if ok {
					t.Errorf("%s opens it", name)
				}
				return err
			}))
			_, err := w.MarkRead(w.ctx, w.by(name, ""), all[0].ID)
			hasProblem(t, err, "notice-unknown")
			_, err = w.MarkRead(w.ctx, w.by(name, ""), "")
			hasProblem(t, err, "state-notice-read")
		}
		e, err := w.MarkRead(w.ctx, w.by("tono", ""), all[0].ID)
		w.ok(err)
		if e.Object != (event.Object{Kind: "inbox", ID: w.ids["tono"]}) || string(e.After) != `{"read":["`+all[0].ID+`"]}` {
			t.Errorf("%+v", e)
		}
		_, err = w.MarkRead(w.ctx, w.by("tono", ""), all[0].ID)
		hasProblem(t, err, "state-notice-read")
		if all, unread = w.inbox("tono"); len(all) != 1 || unread != 0 || all[0].Read == nil || !all[0].Read.Equal(e.At) {
			t.Errorf("%+v", all)
		}
		// The position changes hands.
		of := func() registry.Position {
			var p registry.Position
			w.ok(w.View(w.ctx, func(r *Reader) (err error) { p, _, err = PositionOf(r, w.ids["Kabid"]); return err }))
			return p
		}
		_, err = w.EndHolding(w.ctx, w.by("rini", "mutasi"), w.ids["Kabid"], of().Holdings[0].ID, "2026-11-24")
		w.ok(err)
		w.hold("wati", "Kabid", event.Definitive, "2026-11-25", "")
		if all, _ = w.inbox("tono"); len(all) != 0 {
			t.Errorf("who has left it still finds %+v", all)
		}
		if all, unread = w.inbox("wati"); len(all) != 1 || unread != 1 {
			t.Errorf("who has come finds %+v", all)
		}
		_, err = w.MarkRead(w.ctx, w.by("wati", ""), "")
		w.ok(err)
		if _, unread = w.inbox("wati"); unread != 0 {
			t.Error(unread)
		}
		// Somebody suspended has no inbox.
		_, err = w.SuspendUser(w.ctx, w.by("rini", "uji"), w.ids["wati"])
		w.ok(err)
		if all, _ = w.inbox("wati"); len(all) != 0 {
			t.Errorf("somebody suspended finds %+v", all)
		}
		w.ok(w.Rebuild(w.ctx))
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestNotifyRefuses(t *testing.T) {
	w := newTown(t, Config{Dir: t.TempDir(), Migrate: true})
	if _, err := w.Notify(w.ctx, notice.Due{Key: "uji/1", Notice: notice.Notice{To: notice.Ref{Kind: "user", ID: w.ids["rini"]}, Kind: notice.HoldingEnding}}); err == nil {
		t.Error("a notice to a person was sent")
	}
}

// TestHoldingsEnding are those of who holds a position now, up to a last day.
func TestHoldingsEnding(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	for _, title := range []string{"Kabid", "Kasi", "Sekretaris"} {
		w.position(title, "Dinsos Malang")
	}
	w.hold("tono", "Kabid", event.Plt, "2026-11-01", "2026-12-05")
	w.hold("wati", "Kasi", event.Plt, "2027-01-01", "2027-06-01") // not yet
	w.hold("budi", "Sekretaris", event.Definitive, "2026-11-01", "")
	due := func(days int) (all []notice.Due) {
		at := w.now.AddDate(0, 0, days)
		w.ok(w.View(w.ctx, func(r *Reader) (err error) { all, err = HoldingsEnding(r, at); return err }))
		return all
	}
	for days, left := range map[int]any{0: nil, 2: nil, 3: 7, 8: 7, 9: 1, 10: 1, 11: nil} {
		switch all := due(days); {
		case len(all) == 0 && left == nil:
		case len(all) != 1 || all[0].Notice.Values["left"] != left || all[0].Notice.To.ID != w.ids["Kabid"] || all[0].Notice.Check() != nil:
			t.Errorf("after %d days %+v, want %v left", days, all, left)
		}
	}
	// Who left before tells nobody that the term ends.
	var p registry.Position
	w.ok(w.View(w.ctx, func(r *Reader) (err error) { p, _, err = PositionOf(r, w.ids["Kabid"]); return err }))
	_, err := w.EndHolding(w.ctx, w.by("rini", "mutasi"), p.ID, p.Holdings[0].ID, "2026-11-26")
	w.ok(err)
	if all := due(1); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// take takes a digest, which there must be or not be.
func (w *town) take(want bool) Digest {
	w.t.Helper()
	d, ok, err := w.TakeDigest(w.ctx)
	w.ok(err)
	if ok != want {
		w.t.Fatalf("a digest %+v: %v, want %v", d, ok, want)
	}
	return d
}

// TestDigests: one a week for each who has something unread, taken by one process,
// sent once, tried again only when it has surely not gone.
func TestDigests(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.anchor(true)
		queue := func() { w.t.Helper(); w.ok(w.QueueDigests(w.ctx)) }
		queue()
		queue()
		first := w.take(true)
		if first.Email == "" || first.Unread != 1 || first.Tries != 1 || first.Week != "2026-W48" || first.Language != "id" {
			t.Fatalf("%+v", first)
		}
		readers := 1
		for {
			d, ok, err := w.TakeDigest(w.ctx)
			w.ok(err)
			if !ok {
				break
			}
			if d.Person == first.Person {
				t.Fatal("taken twice")
			}
			readers++
			w.ok(w.DigestSent(w.ctx, d))
		}
		// Taken and not settled: neither queued anew nor taken again.
		queue()
		w.take(false)
		w.ok(w.RetryDigest(w.ctx, first, w.now.Add(time.Hour)))
		queue()
		w.take(false)
		*w.now = w.now.Add(2 * time.Hour)
		again := w.take(true)
		if again.Person != first.Person || again.Tries != 2 {
			t.Errorf("%+v", again)
		}
		w.ok(w.DigestSent(w.ctx, again))
		w.ok(w.DigestSent(w.ctx, again)) // said twice, recorded once
		queue()
		w.take(false)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			sent, err := r.events("WHERE type = 'digest-sent' ORDER BY seq")
			if len(sent) != readers || string(sent[0].After) != `{"notices":1}` || sent[0].Actor != itself {
				t.Errorf("%d readers, %+v", readers, sent)
			}
			return err
		}))
		// The next week: who has read everything meanwhile gets none.
		*w.now = w.now.AddDate(0, 0, 7)
		queue()
		for name, id := range w.ids {
			if _, err := w.MarkRead(w.ctx, w.by(name, ""), ""); err != nil && len(problem.Of(err)) == 0 {
				t.Fatal(id, err)
			}
		}
		w.take(false)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			left, err := mailQueue.Select(r, "ORDER BY person")
			if len(left) != 0 {
				t.Errorf("still queued: %+v", left)
			}
			return err
		}))
		// A digest of a week that is over is not sent late.
		w.anchor(true)
		queue()
		*w.now = w.now.AddDate(0, 0, 7)
		w.take(false)
		queue()
		if d := w.take(true); d.Week != "2026-W50" {
			t.Errorf("%+v", d)
		}
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestARestoredRecordSendsNoDigest in the week of its return, waiting ones too: what
// went out after the backup it does not know.
func TestARestoredRecordSendsNoDigest(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	w.anchor(true)
	w.ok(w.QueueDigests(w.ctx))
	file, dir := t.TempDir()+"/cadangan.tar.gz", t.TempDir()+"/kembali"
	_, err := w.Backup(w.ctx, consoleOf("mesin").Actor, file)
	w.ok(err)
	c := Config{Dir: dir, Now: func() time.Time { *w.now = w.now.Add(time.Millisecond); return *w.now }, Migrate: true}
	_, err = Restore(w.ctx, c, consoleOf("mesin").Actor, file)
	w.ok(err)
	back, err := Open(w.ctx, c)
	w.ok(err)
	t.Cleanup(func() { back.Close() })
	for range 2 {
		w.ok(back.QueueDigests(w.ctx))
		if d, ok, err := back.TakeDigest(w.ctx); ok || err != nil {
			t.Errorf("%+v %v", d, err)
		}
	}
	*w.now = w.now.AddDate(0, 0, 7)
	w.ok(back.QueueDigests(w.ctx))
	if _, ok, err := back.TakeDigest(w.ctx); !ok || err != nil {
		t.Error(ok, err)
	}
}

// TestADigestIsTakenOnce by however many ask at once.
func TestADigestIsTakenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.anchor(true)
		w.ok(w.QueueDigests(w.ctx))
		var mu sync.Mutex
		taken := map[string]int{}
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				for {
					d, ok, err := w.TakeDigest(context.Background())
					if err != nil {
						t.Error(err)
					}
					if err != nil || !ok {
						return
					}
					mu.Lock()
					taken[d.Person]++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for person, n := range taken {
			if n != 1 {
				t.Errorf("%s: taken %d times", person, n)
			}
		}
		if len(taken) == 0 {
			t.Error("nobody took anything")
		}
	})
}

// TestOnceIsUndone by what Decide finds wrong, and by nothing else.
func TestOnceIsUndone(t *testing.T) {
	w := newTown(t, Config{Dir: t.TempDir(), Migrate: true})
	before, err := w.Head(w.ctx)
	w.ok(err)
	if _, _, err := w.once(w.ctx, event.Object{Kind: noticeKind, ID: "x"}, func(*Tx) (Change, error) { return Change{}, errNo }); !errors.Is(err, errNo) {
		t.Error(err)
	}
	if after, err := w.Head(w.ctx); err != nil || after != before {
		t.Error(after, err)
	}
}
