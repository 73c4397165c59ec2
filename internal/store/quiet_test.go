package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// TestAFirstRunThatDiedGoesOn: killed before the password was set, the link works
// again, for the same address at once and for another once the lost link has run
// out; once somebody joined it is over.
func TestAFirstRunThatDiedGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		now := noon
		c.Now = func() time.Time { now = now.Add(time.Millisecond); return now }
		s := openTest(t, c)
		ctx := t.Context()
		by := By{Actor: event.Actor{Via: event.Web}, Why: "tautan pertama"}
		open := func(want bool) {
			t.Helper()
			if err := s.View(ctx, func(r *Reader) error {
				is, err := FirstRun(r)
				if is != want {
					t.Errorf("the first run is open: %v", is)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		first := func(email string) (string, string) {
			t.Helper()
			id, token, err := s.FirstAdministrator(ctx, by, access.User{Name: "Rini", Email: email, Language: "id"})
			if err != nil {
				t.Fatal(err)
			}
			return id, token
		}
		id, lost := first("rini@contoh.example")
		open(true)
		again, _ := first("rini@contoh.example")
		if again != id {
			t.Error("another user was made for the same address")
		}
		_, _, err := s.FirstAdministrator(ctx, by, access.User{Name: "Budi", Email: "budi@contoh.example", Language: "id"})
		hasProblem(t, err, "first-run-over")
		now = now.Add(access.InvitationLasts)
		_, token := first("budi@contoh.example")
		open(true)
		if _, err := s.Accept(ctx, event.Web, token, encoded); err != nil {
			t.Fatal(err)
		}
		open(false)
		_, _, err = s.FirstAdministrator(ctx, by, access.User{Name: "Rini", Email: "rini@contoh.example", Language: "id"})
		hasProblem(t, err, "first-run-over")
		_, err = s.Accept(ctx, event.Web, lost, encoded)
		hasProblem(t, err, "invitation-unknown")
		verifies(t, s)
	})
}

// TestNothingIsToldOfWhoIsOutOfReach: neither by an address that is taken, nor by
// a grant that is asked for.
func TestNothingIsToldOfWhoIsOutOfReach(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := regional(t, c)
		_, _, _, err := w.AddUser(w.ctx, w.by("tono", ""), access.User{Name: "Sri", Email: "sri@contoh.go.id", Language: "id", Organisation: w.ids["Dinsos Malang"]})
		if p := hasProblem(t, err, "user-email-taken"); len(p.Values) != 2 {
			t.Errorf("%v", p.Values)
		}
		ask := func(user string) error {
			_, _, err := w.RequestGrant(w.ctx, w.by("tono", "uji"), access.Grant{User: user, Role: access.Administrator, Region: "3507",
				Period: registry.Period{From: registry.DayOf(*w.now), Until: registry.DayOf(*w.now).Add(9)}})
			return err
		}
		hasProblem(t, ask(w.ids["agus"]), "user-unknown") // an auditor of the ministry
		hasProblem(t, ask("tidak-ada"), "user-unknown")
		w.ok(ask(w.ids["lina"]))
		// A name of the future is not shown today.
		_, err = w.RenameOrganisation(w.ctx, w.by("rini", "Pergub"), w.ids["Dinsos Malang"], registry.Name{Full: "Dinas Esok", Short: "Esok", From: "2027-01-01"})
		w.ok(err)
		name := func(want string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				place, err := PlaceOf(r, event.Object{Kind: userKind, ID: w.ids["lina"]})
				if place.Name != want {
					t.Errorf("%q, want %q", place.Name, want)
				}
				return err
			}))
		}
		name("Kantor Dinsos Malang")
		*w.now = registry.Day("2027-01-01").Begins()
		name("Dinas Esok")
	})
}

// TestTheShapeIsProven: a trigger, a view, an index or a condition that was added,
// changed or taken away is named.
func TestTheShapeIsProven(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s := openTest(t, c)
		fill(t, s, 3, 1)
		verifies(t, s)
		trigger, untrigger := "CREATE TRIGGER diam AFTER UPDATE ON users BEGIN DELETE FROM sessions; END", "DROP TRIGGER diam"
		if s.db.dialect() == "postgres" {
			trigger = "CREATE TRIGGER diam BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
			untrigger = "DROP TRIGGER diam ON users"
		}
		for _, k := range []struct{ do, undo, what string }{
			{trigger, untrigger, "trigger diam"},
			{"CREATE VIEW intip AS SELECT * FROM credentials", "DROP VIEW intip", "view intip"},
			{"DROP INDEX people_email", "CREATE INDEX people_email ON people (email)", "index people_email"},
			{"CREATE TABLE titipan (a BIGINT)", "DROP TABLE titipan", "table titipan"},
		} {
			raw(t, s, k.do)
			_, err := s.Verify(t.Context())
			if p := hasProblem(t, err, "shape-differs"); p.Values["what"] != k.what {
				t.Errorf("%s: %v", k.do, p)
			}
			raw(t, s, k.undo)
			verifies(t, s)
		}
		raw(t, s, "CREATE TABLE bare AS SELECT * FROM drafts", "DROP TABLE drafts", "ALTER TABLE bare RENAME TO drafts")
		_, err := s.Verify(t.Context())
		if p := hasProblem(t, err, "shape-differs"); p.Values["what"] != "table drafts" {
			t.Error(p)
		}
	})
}

// TestAContentUnderAnotherNameIsNotRestored: a backup brings no file along whose
// bytes are not those of its name.
func TestAContentUnderAnotherNameIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{Dir: filepath.Join(dir, "rec"), Now: clock(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	damage(t, s.Contents().path(restedOn(t, s, "surat perintah")), func([]byte) []byte { return []byte("surat palsu") })
	file := filepath.Join(dir, "cadangan.tar.gz")
	if _, err := s.Backup(t.Context(), sari, file); err != nil {
		t.Fatal(err)
	}
	_, err = Restore(t.Context(), Config{Dir: filepath.Join(dir, "baru"), Now: func() time.Time { return noon.AddDate(0, 0, 1) }}, consoleOf("mesin").Actor, file)
	hasProblem(t, err, "content-changed")
}
