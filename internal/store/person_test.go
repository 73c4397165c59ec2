package store

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
)

// spoken are the places where an official act is written out as it was signed and sent,
// with those who signed it: the text of an agreement and of letters.
var spoken = []string{"frozen.text", "letters.text"}

// TestEventsNameNobody: no event of any type, as this program writes it, holds what a
// user is called, an e-mail address of a person or a NIP.
func TestEventsNameNobody(t *testing.T) {
	var events []event.Event
	for _, release := range append(releases(), nextRelease) {
		events = append(events, readGolden(t, release)...)
	}
	names := map[string]bool{"Sumiatun": true}
	newest := map[string]int{}
	for _, room := range projections() {
		for _, one := range room.Types() {
			newest[one.Name] = one.Version()
		}
	}
	var who struct{ Name, Email string }
	for _, e := range events {
		if e.Object.Kind == userKind && e.Version < newest[e.Type] { // those of before say it, and tell us whom to look for
			if json.Unmarshal(e.After, &who) == nil && who.Name != "" {
				names[who.Name], names[who.Email] = true, true
			}
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %d names to look for", len(names))
	}
	var any_ []string
	for n := range names {
		any_ = append(any_, regexp.QuoteMeta(n))
	}
	named := regexp.MustCompile(`\b(` + strings.Join(any_, "|") + `)\b`)
	address := regexp.MustCompile(`[^\s@]+@[^\s@]+\.[^\s@]+`)
	nip := regexp.MustCompile(`\b\d{8}\s?\d{6}\s?\d\s?\d{3}\b`)
	looked := map[string]bool{}
	for _, e := range events {
		if e.Version < newest[e.Type] {
			continue
		}
		looked[e.Type] = true
		found := func(where, text string) {
			for _, r := range []*regexp.Regexp{named, address, nip} {
				if s := r.FindString(text); s != "" && where != "letterhead.email" {
					t.Errorf("event %d (%s): %s says %q", e.Seq, e.Type, where, s)
				}
			}
		}
		found("why", e.Why)
		for _, side := range []json.RawMessage{e.Before, e.After} {
			var v any
			if side == nil {
				continue
			}
			if err := json.Unmarshal(side, &v); err != nil {
				t.Fatal(err)
			}
			eachText("", v, func(where, text string) {
				if !slices.ContainsFunc(spoken, func(s string) bool { return strings.HasPrefix(where, s) }) {
					found(where, text)
				}
			})
		}
	}
	for name := range newest {
		if !looked[name] {
			t.Errorf("no event of %s was looked at", name)
		}
	}
}

func eachText(where string, v any, do func(where, text string)) {
	switch v := v.(type) {
	case string:
		do(where, v)
	case []any:
		for _, x := range v {
			eachText(where, x, do)
		}
	case map[string]any:
		for k, x := range v {
			eachText(strings.TrimPrefix(where+"."+k, "."), x, do)
		}
	}
}

// TestForget: what somebody who has left was called goes out of the record, while the
// chain, the tables and the seals stay as they are; nobody else's changes unseen.
func TestForget(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		id := w.ids["wati"]
		refused := func(who, why, code string) {
			t.Helper()
			_, err := w.ForgetUser(w.ctx, w.by(who, why), id)
			hasProblem(t, err, code)
		}
		refused("rini", "permintaan 9", "state-user-active")
		_, err := w.LeaveUser(w.ctx, w.by("rini", "pensiun"), id)
		w.ok(err)
		refused("sri", "permintaan 9", "denied-user-manage")
		refused("rini", "", "blank-reason")
		before := verifies(t, w.Store)
		_, err = w.ForgetUser(w.ctx, w.by("rini", "permintaan 9"), id)
		w.ok(err)
		refused("rini", "permintaan 9", "user-forgotten")
		w.ok(w.View(w.ctx, func(r *Reader) error {
			u, ok, err := UserOf(r, id)
			if !ok || u.Name != "" || u.Email != "" || u.StatusAt(*w.now) != access.Left {
				t.Errorf("%+v", u)
			}
			names, err2 := NamesOf(r, []string{id, w.ids["sri"]})
			if len(names) != 1 || names[w.ids["sri"]] != "Sri" {
				t.Errorf("%v", names)
			}
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if text := string(e.Encode()); strings.Contains(text, "Wati") || strings.Contains(text, "wati@") {
					t.Errorf("event %d still says it: %s", e.Seq, text)
				}
			}
			if err == nil {
				err = err2
			}
			return err
		}))
		// The address is free again, and the anchors of before hold.
		w.person("wati", "Dinsos Surabaya")
		if _, err := w.Verify(w.ctx, before.Head); err != nil {
			t.Error(err)
		}
		w.ok(w.Rebuild(w.ctx))
		verifies(t, w.Store)
		for _, k := range []struct{ hand, mend string }{
			{"UPDATE people SET name = 'Lain' WHERE name = 'Sri'", "UPDATE people SET name = 'Sri' WHERE name = 'Lain'"},
			{"UPDATE people SET email = 'lain@contoh.go.id' WHERE name = 'Budi'", "UPDATE people SET email = 'budi@contoh.go.id' WHERE name = 'Budi'"},
			{"INSERT INTO people (person, name, email, salt) VALUES ('" + id + "', 'Wati', '', '')", "DELETE FROM people WHERE salt = ''"},
			{"INSERT INTO people (person, name, email, salt) VALUES ('hantu', 'Hantu', '', '')", "DELETE FROM people WHERE salt = ''"},
		} {
			raw(t, w.Store, k.hand)
			_, err = w.Verify(w.ctx)
			hasProblem(t, err, "person-differs")
			raw(t, w.Store, k.mend)
			verifies(t, w.Store)
		}
		// Nobody's name goes by another's hand; entered again it counts.
		raw(t, w.Store, "DELETE FROM people WHERE name = 'Tono'")
		_, err = w.Verify(w.ctx)
		hasProblem(t, err, "person-differs")
		_, err = w.ChangeUser(w.ctx, w.by("rini", "diisi lagi"), w.ids["tono"], access.Profile{Name: "Tono", Email: "tono@contoh.go.id", Language: "id", Organisation: w.ids["Dinsos Malang"]})
		w.ok(err)
		verifies(t, w.Store)
	})
}
