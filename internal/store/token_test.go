package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// TestTokens: what a token lets through, until when and for whom; its secret is
// in no event, and a replay makes the same table on both databases.
func TestTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		today := registry.DayOf(*w.now)
		id, secret, e, err := w.MakeToken(w.ctx, w.by("sri", "papan dinding"), w.ids["sri"], WriteScope, today)
		w.ok(err)
		if !strings.HasPrefix(secret, "dampak_") || len(secret) != 50 || e.Type != "token-made" || e.Object != (event.Object{Kind: "token", ID: id}) {
			t.Errorf("%q %+v", secret, e)
		}
		shown := func(secret string, at time.Time) (found Token, ok bool) {
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				found, ok, err = TokenShown(r, secret, at)
				return err
			}))
			return found, ok
		}
		if got, ok := shown(secret, *w.now); !ok || got.ID != id || got.User != w.ids["sri"] || got.Scope != WriteScope {
			t.Errorf("%+v %v", got, ok)
		}
		for name, wrong := range map[string]string{"id": id, "empty": "", "without prefix": strings.TrimPrefix(secret, "dampak_"), "one letter": secret[:49]} {
			if _, ok := shown(wrong, *w.now); ok {
				t.Errorf("%s counts as a token", name)
			}
		}
		// The last day is the last one in Asia/Jakarta: it ends at 17.00 UTC.
		end := time.Date(2026, 11, 25, 17, 0, 0, 0, time.UTC)
		if today != "2026-11-25" {
			t.Fatalf("the clock stands on %s", today)
		}
		if _, ok := shown(secret, end.Add(-time.Microsecond)); !ok {
			t.Error("a token does not count at the end of its last day")
		}
		if _, ok := shown(secret, end); ok {
			t.Error("a token counts after its last day")
		}

		// A command through it is settled anew inside the transaction.
		through := func(user, token string) By {
			by := w.by(user, "surat")
			by.Actor.Via, by.Actor.Through = event.API, token
			return by
		}
		sign := func(by By) error {
			_, err := w.ChangeSigning(w.ctx, by, w.ids["Dinsos Jatim"], registry.Signing{Plh: []registry.Document{registry.LetterDocument}})
			return err
		}
		w.ok(sign(through("sri", id)))
		hasProblem(t, sign(through("budi", id)), "token-over")
		hasProblem(t, sign(through("sri", "tidak-ada")), "token-over")
		reading, _, _, err := w.MakeToken(w.ctx, w.by("sri", "papan"), w.ids["sri"], ReadScope, today)
		w.ok(err)
		hasProblem(t, sign(through("sri", reading)), "token-read-only")
		_, err = w.EndToken(w.ctx, w.by("sri", "bocor"), id)
		w.ok(err)
		hasProblem(t, sign(through("sri", id)), "token-over")
		if _, ok := shown(secret, *w.now); ok {
			t.Error("an ended token counts")
		}
		_, err = w.EndToken(w.ctx, w.by("sri", "lagi"), id)
		hasProblem(t, err, "state-token-ended")
		_, err = w.EndToken(w.ctx, w.by("sri", "lagi"), "x")
		hasProblem(t, err, "token-unknown")

		for _, k := range []struct {
			by    By
			user  string
			scope Scope
			until registry.Day
			want  string
		}{
			{w.by("sri", "uji"), "budi", ReadScope, today, "denied-user-manage"},
			{w.by("agus", "uji"), "budi", ReadScope, today, "denied-user-manage"},
			{w.by("rini", ""), "budi", ReadScope, today, "blank-reason"},
			{w.by("rini", "uji"), "budi", "all", today, "token-scope"},
			{w.by("rini", "uji"), "budi", ReadScope, "", "day"},
			{w.by("rini", "uji"), "budi", ReadScope, today.Add(-1), "token-until"},
			{w.by("rini", "uji"), "budi", ReadScope, today.Add(LongestToken), "token-until"},
			{w.by("rini", "uji"), "budi", ReadScope, today.Add(LongestToken - 1), ""},
			{consoleOf("mesin"), "budi", WriteScope, today, ""},
		} {
			_, _, _, err := w.MakeToken(w.ctx, k.by, w.ids[k.user], k.scope, k.until)
			if k.want == "" {
				w.ok(err)
				continue
			}
			hasProblem(t, err, k.want)
		}
		_, err = w.SuspendUser(w.ctx, w.by("rini", "cuti"), w.ids["budi"])
		w.ok(err)
		_, _, _, err = w.MakeToken(w.ctx, w.by("rini", "uji"), w.ids["budi"], ReadScope, today)
		hasProblem(t, err, "state-user-suspended")

		list := func(who string) (n int) {
			s := w.who(who, *w.now)
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := Tokens(r, s)
				n = len(all)
				return err
			}))
			return n
		}
		// Each sees their own; tono may see nobody of the province.
		for who, want := range map[string]int{"rini": 4, "sri": 4, "budi": 2, "tono": 0, "agus": 4} {
			if got := list(who); got != want {
				t.Errorf("%s sees %d tokens, want %d", who, got, want)
			}
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			place, err := PlaceOf(r, event.Object{Kind: "token", ID: id})
			if place.Region != "35" || place.Organisation != w.ids["Dinsos Jatim"] {
				t.Errorf("%+v", place)
			}
			var errs error
			for e, err := range r.Log(0) {
				if strings.Contains(string(e.Encode()), strings.TrimPrefix(secret, "dampak_")) || strings.Contains(string(e.Encode()), hashToken(secret)) {
					t.Errorf("event %d holds the secret", e.Seq)
				}
				errs = errors.Join(errs, err)
			}
			revisions, err3 := Revisions(r, "token", []string{id, reading, "x"})
			last, err4 := r.Last(event.Object{Kind: "token", ID: id})
			if len(revisions) != 2 || revisions[id] != last.Seq || revisions[reading] == 0 {
				t.Errorf("%v", revisions)
			}
			names, err5 := NamesOf(r, []string{w.ids["sri"], w.ids["budi"], "x"})
			if len(names) != 2 || names[w.ids["sri"]] != "Sri" {
				t.Errorf("%v", names)
			}
			back, ok, err6 := EventOf(r, last.Seq)
			if !ok || back.Hash != last.Hash {
				t.Errorf("%+v", back)
			}
			if _, ok, err := EventOf(r, 99999); ok || err != nil {
				t.Errorf("%v %v", ok, err)
			}
			errs = errors.Join(errs, err3, err4, err5, err6)
			made, err2 := EventsBy(r, w.who("agus", *w.now), EventFilter{Object: event.Object{Kind: "token"}, User: w.ids["sri"]}, 0, 10)
			if len(made) != 3 || made[0].Type != "token-ended" {
				t.Errorf("%+v", made)
			}
			return errors.Join(err, errs, err2)
		}))
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
		if got, ok, err := tokenBack(w, reading); !ok || err != nil || got.Until != today || got.Ended != nil || got.Made.User != w.ids["sri"] {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		if got, _, _ := tokenBack(w, id); got.Ended == nil || got.StateAt(*w.now) != access.Ended {
			t.Errorf("%+v", got)
		}
	})
}

func tokenBack(w *town, id string) (found Token, ok bool, err error) {
	err = w.View(w.ctx, func(r *Reader) (err error) {
		found, ok, err = TokenOf(r, id)
		return err
	})
	return found, ok, err
}
