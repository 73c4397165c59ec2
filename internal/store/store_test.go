package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/testenv"
)

// The tests' own room: notes, how many each author has, and drafts outside the
// log.
type noteRow struct {
	ID     string     `db:"id"`
	Text   string     `db:"text"`
	Author string     `db:"author"`
	Rupiah int64      `db:"rupiah"`
	Share  *float64   `db:"share"`
	Pinned bool       `db:"pinned"`
	At     time.Time  `db:"at"`
	Read   *time.Time `db:"read_at"`
}

type countRow struct {
	Author string `db:"author"`
	Notes  int64  `db:"notes"`
}

type draftRow struct {
	User string `db:"owner"`
	Text string `db:"text"`
}

var (
	notes  = Projected[noteRow]("notes", "id")
	counts = Projected[countRow]("note_counts", "author")
	drafts = Outside[draftRow](Draft, "drafts", "owner")
)

const notesSQL = `-- +goose Up
CREATE TABLE note_counts (author TEXT NOT NULL PRIMARY KEY, notes BIGINT NOT NULL);
CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL, author TEXT NOT NULL REFERENCES note_counts (author),
  rupiah BIGINT NOT NULL, share DOUBLE PRECISION, pinned BIGINT NOT NULL, at TEXT NOT NULL, read_at TEXT);
CREATE TABLE drafts (owner TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL);
`

// note is a note's state in events.
type note struct {
	Text    string   `json:"text"`
	Rupiah  int64    `json:"rupiah"`
	Share   *float64 `json:"share"`
	Pinned  bool     `json:"pinned"`
	Content string   `json:"content,omitempty"`
}

type noteRoom struct{}

func (noteRoom) Types() []event.Type {
	return []event.Type{
		{Name: "note-written", Object: "note", Content: func(e event.Event) []string {
			if n, err := Read[note](e.After); err == nil && n.Content != "" {
				return []string{n.Content}
			}
			return nil
		}},
		{Name: "note-dropped", Object: "note"},
	}
}

func (noteRoom) Tables() []AnyTable { return []AnyTable{counts, notes} }

func (noteRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != "note" {
		return nil
	}
	old, was, err := notes.Get(tx, e.Object.ID)
	if err != nil {
		return err
	}
	if e.Type == "note-dropped" {
		if err := notes.Delete(tx, e.Object.ID); err != nil {
			return err
		}
		return count(tx, old.Author, -1)
	}
	n, err := Read[note](e.After)
	if err != nil {
		return err
	}
	row := noteRow{ID: e.Object.ID, Text: n.Text, Author: e.Actor.User, Rupiah: n.Rupiah, Share: n.Share, Pinned: n.Pinned, At: e.At}
	if was {
		row.Author, row.Read = old.Author, &e.At
		return notes.Put(tx, row)
	}
	if err := count(tx, row.Author, 1); err != nil {
		return err
	}
	return notes.Put(tx, row)
}

func count(tx *Tx, author string, by int64) error {
	row, _, err := counts.Get(tx, author)
	if err != nil {
		return err
	}
	return counts.Put(tx, countRow{Author: author, Notes: row.Notes + by})
}

// testParts are the program's parts and the tests' room.
func testParts(t testing.TB) parts {
	t.Helper()
	return parts{rooms: append(projections(), noteRoom{}), outside: []AnyTable{drafts}, migrations: withMigration(t, "00900_notes.sql", notesSQL)}
}

// withMigration are the program's migrations and one more.
func withMigration(t testing.TB, name, sql string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{name: {Data: []byte(sql)}}
	real := migrations()
	names, err := fs.Glob(real, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		b, err := fs.ReadFile(real, n)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = &fstest.MapFile{Data: b}
	}
	return all
}

var noon = time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)

// clock goes on by a second at each look.
func clock() func() time.Time {
	ticks := make(chan time.Time, 1)
	ticks <- noon
	return func() time.Time {
		now := <-ticks
		ticks <- now.Add(time.Second)
		return now
	}
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, c Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true}) })
	t.Run("postgres", func(t *testing.T) {
		url := testenv.Postgres(t)
		test(t, Config{Dir: t.TempDir(), URL: url, Now: clock(), Migrate: true})
	})
}

func openTest(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := open(context.Background(), c, testParts(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var sari = event.Actor{User: "sari", Position: "kabid", Capacity: event.Definitive, Via: event.Web}

// write is the command that writes a note.
func write(id string, seen int64, n note) Command {
	return Command{Actor: sari, Object: event.Object{Kind: "note", ID: id}, Seen: seen, Why: "uji", Decide: func(tx *Tx) (Change, error) {
		c := Change{Type: "note-written", After: n}
		last, err := tx.Last(event.Object{Kind: "note", ID: id})
		if err == nil && last.After != nil {
			c.Before, err = Read[note](last.After)
		}
		return c, err
	}}
}

func must(t testing.TB, s *Store, c Command) event.Event {
	t.Helper()
	e, err := s.Do(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func verifies(t testing.TB, s *Store) Proof {
	t.Helper()
	p, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// raw changes the database behind the program's back.
func raw(t testing.TB, s *Store, statements ...string) {
	t.Helper()
	for _, q := range statements {
		r, err := s.db.write().Exec(q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		if strings.HasPrefix(q, "CREATE ") || strings.HasPrefix(q, "DROP ") || strings.HasPrefix(q, "ALTER ") {
			continue
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s: %d rows, %v", q, n, err)
		}
	}
}

// hasProblem: the error is one problem of a code, with whole sentences.
func hasProblem(t testing.TB, err error, code string) *problem.Problem {
	t.Helper()
	list := problem.Of(err)
	if len(list) == 0 {
		t.Fatalf("found %v, want the problem %s", err, code)
	}
	for _, p := range list {
		if p.Code != code {
			t.Fatalf("found %s (%v), want the problem %s", p.Code, p, code)
		}
		for _, l := range i18n.Langs {
			if text := p.Text(l); strings.ContainsAny(text, "{}[]") {
				t.Errorf("%s: %s", l, text)
			}
		}
	}
	return list[0]
}

func some[T any](v T) *T { return &v }

// fill writes n notes by turns on m objects.
func fill(t testing.TB, s *Store, n, m int) {
	t.Helper()
	seen := map[string]int64{}
	for i := range n {
		id := fmt.Sprintf("n%d", i%m)
		seen[id] = must(t, s, write(id, seen[id], note{Text: fmt.Sprint("isi ", i), Rupiah: int64(i) * 1_000_000_007, Share: some(float64(i) / 7), Pinned: i%2 == 0})).Seq
	}
}

var errNo = errors.New("no")
