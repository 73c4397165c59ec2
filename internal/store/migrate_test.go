package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// laterSQL is a migration of a later release: the rows outside the log are to be
// kept, and the new column of a projected one is to be made from the log.
const laterSQL = `-- +goose Up
ALTER TABLE drafts ADD COLUMN colour TEXT NOT NULL DEFAULT 'putih';
ALTER TABLE note_counts ADD COLUMN first_at TEXT NOT NULL DEFAULT '';
`

type colouredDraft struct {
	User   string `db:"owner"`
	Text   string `db:"text"`
	Colour string `db:"colour"`
}

type laterCount struct {
	Author  string    `db:"author"`
	Notes   int64     `db:"notes"`
	FirstAt time.Time `db:"first_at"`
}

var laterCounts = Projected[laterCount]("note_counts", "author")

// laterRoom counts an author's notes and keeps when the first one was written.
type laterRoom struct{ noteRoom }

func (laterRoom) Tables() []AnyTable { return []AnyTable{laterCounts, notes} }

func (laterRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != "note" {
		return nil
	}
	row, was, err := laterCounts.Get(tx, e.Actor.User)
	if err != nil {
		return err
	}
	if !was {
		row = laterCount{Author: e.Actor.User, FirstAt: e.At}
	}
	_, again, err := notes.Get(tx, e.Object.ID)
	if err != nil {
		return err
	}
	if !again {
		row.Notes++
	}
	n, err := Read[note](e.After)
	if err != nil {
		return err
	}
	if err := laterCounts.Put(tx, row); err != nil {
		return err
	}
	return notes.Put(tx, noteRow{ID: e.Object.ID, Text: n.Text, Author: e.Actor.User, At: e.At})
}

// TestMigration: an older record is refused without Migrate, and with it is
// copied first, then brought up to date with nothing lost; the copy is whole.
func TestMigration(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		old, err := open(ctx, c, testParts(t))
		if err != nil {
			t.Fatal(err)
		}
		fill(t, old, 6, 2)
		if err := old.Aside(ctx, func(tx *Tx) error { return drafts.Put(tx, draftRow{"sari", "konsep"}) }); err != nil {
			t.Fatal(err)
		}
		head := verifies(t, old).Head
		old.Close()

		later := testParts(t)
		coloured := Outside[colouredDraft](Draft, "drafts", "owner")
		later.outside = []AnyTable{coloured}
		later.rooms = append(projections(), laterRoom{})
		steps := withMigration(t, "00901_later.sql", laterSQL)
		steps["00900_notes.sql"] = withMigration(t, "00900_notes.sql", notesSQL)["00900_notes.sql"]
		later.migrations = steps

		looking := c
		looking.Migrate = false
		_, err = open(ctx, looking, later)
		hasProblem(t, err, "store-older")
		if found := backupsIn(t, c.Dir); len(found) != 0 {
			t.Errorf("looking left %q", found)
		}

		s, err := open(ctx, c, later)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if now := verifies(t, s).Head; now != head {
			t.Errorf("the head was %v and is %v", head, now)
		}
		err = s.View(ctx, func(r *Reader) error {
			d, ok, err := coloured.Get(r, "sari")
			if !ok || d.Text != "konsep" || d.Colour != "putih" {
				t.Errorf("%+v %v", d, ok)
			}
			first, _, err2 := laterCounts.Get(r, "sari")
			log, err3 := r.History(event.Object{Kind: "note", ID: "n0"})
			if len(log) != 3 || !first.FirstAt.Equal(log[0].At) || first.Notes != 2 {
				t.Errorf("%+v, the first event was at %v", first, log)
			}
			return errors.Join(err, err2, err3)
		})
		if err != nil {
			t.Error(err)
		}
		// As if the program had been killed before it had made the tables anew.
		raw(t, s, "UPDATE log_head SET schema = 900", "UPDATE note_counts SET first_at = ''")
		_, err = open(ctx, looking, later)
		hasProblem(t, err, "store-older")
		next, err := open(ctx, c, later)
		if err != nil {
			t.Fatal(err)
		}
		verifies(t, next)
		next.Close()
		copies := backupsIn(t, c.Dir)
		if len(copies) != 1 {
			t.Fatalf("copies: %q", copies)
		}
		if c.URL != "" {
			b, err := os.ReadFile(copies[0])
			if err != nil || !strings.HasPrefix(string(b), "PGDMP") || len(b) < 2000 {
				t.Errorf("%s is no dump: %d bytes, %v", copies[0], len(b), err)
			}
			return
		}
		// The copy is the older record, and the older program reads it.
		dir := t.TempDir()
		if err := os.Rename(copies[0], filepath.Join(dir, databaseFile)); err != nil {
			t.Fatal(err)
		}
		back := openTest(t, Config{Dir: dir, Now: clock()})
		if then := verifies(t, back).Head; then != head {
			t.Errorf("the copy's head is %v, it was %v", then, head)
		}
		// A record of a newer program is refused.
		c.Migrate = false
		_, err = open(ctx, c, testParts(t))
		hasProblem(t, err, "store-newer")
	})
}

func backupsIn(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, backupDir, "schema-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestMigrationWithoutACopy is only done when asked for.
func TestMigrationWithoutACopy(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		old, err := open(ctx, c, testParts(t))
		if err != nil {
			t.Fatal(err)
		}
		must(t, old, write("a", 0, note{}))
		old.Close()
		p := testParts(t)
		p.migrations = withMigration(t, "00901_extra.sql", "-- +goose Up\nCREATE TABLE extra (x BIGINT);\n")
		if c.URL != "" {
			noFolder := c
			noFolder.Dir = ""
			_, err = open(ctx, noFolder, p)
			hasProblem(t, err, "migrate-no-folder")
			t.Setenv("PATH", t.TempDir())
			_, err = open(ctx, c, p)
			hasProblem(t, err, "migrate-no-pg-dump")
		}
		c.NoBackup = true
		s, err := open(ctx, c, p)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if found := backupsIn(t, c.Dir); len(found) != 0 {
			t.Errorf("%q", found)
		}
	})
}

// TestABrokenMigrationChangesNothing: its first statement is taken back too.
func TestABrokenMigrationChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		s, err := open(ctx, c, testParts(t))
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, 3, 1)
		s.Close()
		p := testParts(t)
		steps := withMigration(t, "00901_broken.sql", "-- +goose Up\nDELETE FROM notes;\nDELETE FROM nothing;\n")
		steps["00900_notes.sql"] = withMigration(t, "00900_notes.sql", notesSQL)["00900_notes.sql"]
		p.migrations = steps
		if s, err := open(ctx, c, p); err == nil {
			s.Close()
			t.Fatal("went through")
		}
		c.Migrate = false
		if s, err = open(ctx, c, testParts(t)); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		verifies(t, s)
	})
}

// TestManyOpenANewRecordAtOnce: one makes it, all can use it.
func TestManyOpenANewRecordAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				s, err := open(context.Background(), c, testParts(t))
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				if _, err := s.Do(context.Background(), Command{Actor: sari, Object: event.Object{Kind: "note", ID: "a"}, Seen: Whatever,
					Decide: func(*Tx) (Change, error) { return Change{Type: "note-written", After: note{}}, nil }}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if !t.Failed() && verifies(t, openTest(t, c)).Head.Seq != 6 {
			t.Error("events are missing")
		}
	})
}

// TestPlacesThatCannotBe are refused in words, and nothing is made there.
func TestPlacesThatCannotBe(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	file := filepath.Join(dir, "berkas")
	if err := os.WriteFile(file, []byte("teks"), 0o600); err != nil {
		t.Fatal(err)
	}
	noDatabase := filepath.Join(dir, "bukan")
	if err := os.Mkdir(noDatabase, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(noDatabase, databaseFile), []byte(strings.Repeat("bukan basis data ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		c    Config
		code string
	}{
		{Config{}, "store-nowhere"},
		{Config{Dir: filepath.Join(dir, "kosong")}, "store-none"},
		{Config{Dir: file, Migrate: true}, "store-unusable"},
		{Config{Dir: noDatabase}, "store-unusable"},
		{Config{URL: "mysql://server/x"}, "store-url"},
		{Config{URL: "postgres://sari:rahasia@127.0.0.1:1/x?connect_timeout=2"}, "store-unusable"},
	} {
		k.c.Now = clock()
		_, err := Open(ctx, k.c)
		p := hasProblem(t, err, k.code)
		if strings.Contains(p.Error(), "rahasia") {
			t.Errorf("the password is in %q", p.Error())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "kosong")); err == nil {
		t.Error("looking made a folder")
	}
	if _, err := Open(ctx, Config{Dir: dir, Migrate: true}); err == nil {
		t.Error("opened without a clock")
	}
	// Characters that mean something in a URL.
	odd := filepath.Join(dir, "a b?c=d&e#f%41é")
	s := openTest(t, Config{Dir: odd, Now: clock(), Migrate: true})
	fill(t, s, 3, 1)
	verifies(t, s)
	if _, err := os.Stat(filepath.Join(odd, databaseFile)); err != nil {
		t.Error(err)
	}
}

// TestAnotherProgramsDatabase is left alone.
func TestAnotherProgramsDatabase(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		db, err := connect(ctx, c, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.write().Exec("CREATE TABLE theirs (x BIGINT)"); err != nil {
			t.Fatal(err)
		}
		db.close()
		_, err = Open(ctx, c)
		hasProblem(t, err, "store-other")
	})
}
