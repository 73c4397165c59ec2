package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// TestTamperingIsNamed: what somebody with the database's password did, and
// what Verify says.
func TestTamperingIsNamed(t *testing.T) {
	away := func(seq int) []string {
		return []string{fmt.Sprintf("CREATE TABLE aside AS SELECT * FROM events WHERE seq = %d", seq), fmt.Sprintf("DELETE FROM events WHERE seq = %d", seq)}
	}
	back := []string{"INSERT INTO events SELECT * FROM aside", "DROP TABLE aside"}
	onBoth(t, func(t *testing.T, c Config) {
		s := openTest(t, c)
		fill(t, s, 12, 3)
		for _, k := range []struct {
			name     string
			do, undo []string
			code     string
			seq      int64
		}{
			{"why changed", []string{"UPDATE events SET why = 'lain' WHERE seq = 5"}, []string{"UPDATE events SET why = 'uji' WHERE seq = 5"}, "log-changed", 5},
			{"who changed", []string{"UPDATE events SET actor_user = 'budi' WHERE seq = 12"}, []string{"UPDATE events SET actor_user = 'sari' WHERE seq = 12"}, "log-changed", 12},
			{"an instant that is none", []string{"UPDATE events SET at = at || '!' WHERE seq = 7"}, []string{"UPDATE events SET at = REPLACE(at, '!', '') WHERE seq = 7"}, "log-changed", 7},
			{"removed", away(4), back, "log-removed", 4},
			{"the last removed", away(12), back, "log-removed", 12},
			{"removed and the rest moved up",
				append(away(10), "UPDATE events SET seq = 10 WHERE seq = 11", "UPDATE events SET seq = 11 WHERE seq = 12"),
				append([]string{"UPDATE events SET seq = 12 WHERE seq = 11", "UPDATE events SET seq = 11 WHERE seq = 10"}, back...), "log-removed", 10},
			{"two exchanged", []string{"UPDATE events SET seq = 999 WHERE seq = 6", "UPDATE events SET seq = 6 WHERE seq = 9", "UPDATE events SET seq = 9 WHERE seq = 999"},
				[]string{"UPDATE events SET seq = 999 WHERE seq = 6", "UPDATE events SET seq = 6 WHERE seq = 9", "UPDATE events SET seq = 9 WHERE seq = 999"}, "log-reordered", 6},
			{"the head put back", []string{"UPDATE log_head SET seq = 11, hash = (SELECT hash FROM events WHERE seq = 11)"},
				[]string{"UPDATE log_head SET seq = 12, hash = (SELECT hash FROM events WHERE seq = 12)"}, "log-added", 12},
			{"the head's hash", []string{"UPDATE log_head SET hash = (SELECT hash FROM events WHERE seq = 11)"},
				[]string{"UPDATE log_head SET hash = (SELECT hash FROM events WHERE seq = 12)"}, "log-headless", 12},
		} {
			raw(t, s, k.do...)
			_, err := s.Verify(context.Background())
			var f *event.Fault
			if !errors.As(err, &f) || f.Seq != k.seq {
				t.Errorf("%s: found %v", k.name, err)
			}
			hasProblem(t, err, k.code)
			if err := s.Rebuild(context.Background()); !errors.As(err, &f) {
				t.Errorf("%s: rebuilt from a broken log: %v", k.name, err)
			}
			raw(t, s, k.undo...)
			verifies(t, s)
		}
	})
}

// TestNothingStandsBesideTheLog: the database refuses an event before the first
// and an id twice; where its conditions were taken away, verify names the row, and
// no list shows it.
func TestNothingStandsBesideTheLog(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		fill(t, s, 6, 3)
		const columns = "id, at, actor_user, actor_position, actor_capacity, actor_via, actor_through, object_kind, object_id, type, version, state_before, state_after, why, prev, hash"
		forged := func(seq int, id string) string {
			return fmt.Sprintf("INSERT INTO events (seq, %s) SELECT %d, %s FROM events WHERE seq = 3", columns, seq, strings.Replace(columns, "id, at", id+", at", 1))
		}
		for _, q := range []string{forged(0, "'palsu'"), forged(-5, "'palsu'"), forged(7, "id")} {
			if _, err := s.db.write().ExecContext(ctx, q); err == nil {
				t.Errorf("the database took %s", q)
			}
		}
		verifies(t, s)
		raw(t, s, "CREATE TABLE bare AS SELECT * FROM events", "DROP TABLE events", "ALTER TABLE bare RENAME TO events")
		for _, k := range []struct {
			id    string
			seq   int
			found string
		}{{"'palsu'", 0, "0"}, {"'palsu'", -5, "-5"}, {"id", -7, "-7"}} {
			raw(t, s, forged(k.seq, k.id))
			_, err := s.Verify(ctx)
			if p := hasProblem(t, err, "log-beside"); p.Values["found"] != k.found {
				t.Error(p)
			}
			hasProblem(t, s.Rebuild(ctx), "log-beside")
			must := func(all []event.Event, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range all {
					if e.Seq < 1 {
						t.Errorf("event %d is shown", e.Seq)
					}
				}
			}
			if err := s.View(ctx, func(r *Reader) error {
				must(r.History(event.Object{Kind: "note", ID: "n2"}))
				must(r.Trail("sari", 0, 100))
				must(EventsBy(r, access.LocalAdministrator("x", noon), EventFilter{Type: "note-written"}, 0, 100))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			raw(t, s, fmt.Sprintf("DELETE FROM events WHERE seq = %d", k.seq))
		}
	})
}

// TestTypelessValuesAreNamed: SQLite lets anybody store a text in a number.
func TestTypelessValuesAreNamed(t *testing.T) {
	s := openTest(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	fill(t, s, 9, 3)
	raw(t, s, "UPDATE events SET version = 'satu' WHERE seq = 7")
	_, err := s.Verify(context.Background())
	if p := hasProblem(t, err, "log-changed"); p.Values["seq"] != int64(7) {
		t.Error(p)
	}
	raw(t, s, "UPDATE events SET version = 1 WHERE seq = 7", "UPDATE notes SET rupiah = 'banyak' WHERE id = 'n1'")
	_, err = s.Verify(context.Background())
	if p := hasProblem(t, err, "state-differs"); p.Values["column"] != "rupiah" || p.Values["key"] != "n1" || p.Values["table"] != "notes" {
		t.Error(p)
	}
}

// TestStateBehindTheLogIsNamed by table, key and column; Rebuild mends it.
func TestStateBehindTheLogIsNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s := openTest(t, c)
		fill(t, s, 12, 4)
		for _, k := range []struct{ do, code, table, key, column string }{
			{"UPDATE notes SET text = 'lain' WHERE id = 'n2'", "state-differs", "notes", "n2", "text"},
			{"UPDATE notes SET rupiah = rupiah + 1 WHERE id = 'n2'", "state-differs", "notes", "n2", "rupiah"},
			{"UPDATE notes SET share = NULL WHERE id = 'n3'", "state-differs", "notes", "n3", "share"},
			{"UPDATE notes SET pinned = 1 - pinned WHERE id = 'n0'", "state-differs", "notes", "n0", "pinned"},
			{"UPDATE note_counts SET notes = notes + 1", "state-differs", "note_counts", "sari", "notes"},
			{"DELETE FROM notes WHERE id = 'n1'", "state-missing", "notes", "n1", ""},
			{"INSERT INTO note_counts VALUES ('budi', 3)", "state-unlogged", "note_counts", "budi", ""},
		} {
			raw(t, s, k.do)
			_, err := s.Verify(context.Background())
			p := hasProblem(t, err, k.code)
			if len(problem.Of(err)) != 1 || p.Values["table"] != k.table || p.Values["key"] != k.key || p.Values["column"] != k.column {
				t.Errorf("%s: found %v", k.do, err)
			}
			if err := s.Rebuild(context.Background()); err != nil {
				t.Fatal(err)
			}
			verifies(t, s)
		}
		// Many at once are listed, but not without end.
		raw(t, s, "DELETE FROM notes")
		for i := range 30 {
			raw(t, s, fmt.Sprintf("INSERT INTO note_counts VALUES ('u%d', 1)", i))
		}
		_, err := s.Verify(context.Background())
		if n := len(problem.Of(err)); n != MostDifferences {
			t.Errorf("%d differences", n)
		}
	})
}

// TestAnchors: a keeper who writes the log anew, or cuts it short, leaves a
// record that is whole in itself; the anchors on paper tell.
func TestAnchors(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		fill(t, s, 12, 3)
		var log []event.Event
		err := s.View(ctx, func(r *Reader) error {
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				log = append(log, e)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		paper := log[8].Anchor()
		if _, err := s.Verify(ctx, paper, log[0].Anchor(), log[11].Anchor()); err != nil {
			t.Fatal(err)
		}
		// Written anew from event 6 on, with all hashes right.
		head := log[4].Anchor()
		for _, e := range log[5:] {
			if e.Seq == 6 {
				e.Why = "lain"
			}
			e, err := event.Seal(e, head)
			if err != nil {
				t.Fatal(err)
			}
			raw(t, s, fmt.Sprintf("UPDATE events SET why = '%s', prev = '%s', hash = '%s' WHERE seq = %d", e.Why, e.Prev, e.Hash, e.Seq))
			head = e.Anchor()
		}
		raw(t, s, "UPDATE log_head SET hash = '"+head.Hash+"'")
		if _, err := s.Verify(ctx); err != nil {
			t.Fatalf("without an anchor: %v", err)
		}
		if _, err := s.Verify(ctx, log[4].Anchor()); err != nil {
			t.Fatalf("with an anchor before it: %v", err)
		}
		_, err = s.Verify(ctx, paper)
		hasProblem(t, err, "log-rewritten")
		// Cut short, with the tables made to agree.
		raw(t, s, "DELETE FROM events WHERE seq > 7", "UPDATE log_head SET seq = 7, hash = (SELECT hash FROM events WHERE seq = 7)")
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		verifies(t, s)
		_, err = s.Verify(ctx, paper)
		hasProblem(t, err, "log-truncated")
	})
}

// TestContents: an event's content is read by Verify, and one that is gone or
// changed is named.
func TestContents(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		text := strings.Repeat("kolom,isi\n", 10_000)
		hash, size, err := s.Contents().Put(ctx, strings.NewReader(text))
		if err != nil || size != int64(len(text)) {
			t.Fatal(size, err)
		}
		if again, _, err := s.Contents().Put(ctx, strings.NewReader(text)); err != nil || again != hash {
			t.Fatal(again, err)
		}
		must(t, s, write("a", 0, note{Content: hash}))
		if p := verifies(t, s); p.Contents != 1 {
			t.Errorf("%+v", p)
		}
		damage(t, s.Contents().path(hash), func(b []byte) []byte { b[777] ^= 1; return b })
		_, err = s.Verify(ctx)
		hasProblem(t, err, "content-changed")
		damage(t, s.Contents().path(hash), nil)
		_, err = s.Verify(ctx)
		hasProblem(t, err, "content-missing")
		if _, err := s.Contents().Open("../../etc/passwd"); err == nil {
			t.Error("a path was opened")
		}
	})
}

// TestLongLogs: pages of events neither lose nor repeat one.
func TestLongLogs(t *testing.T) {
	s := openTest(t, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	const n = 2*pageOf + 1
	err := s.writing(context.Background(), deciding, func(tx *Tx) error {
		for i := range n {
			if _, err := s.do(tx, write(fmt.Sprint("n", i%10), Whatever, note{Text: fmt.Sprint(i)})); err != nil {
				return err
			}
			tx.mode = deciding
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := verifies(t, s); p.Head.Seq != n {
		t.Errorf("%+v", p)
	}
	err = s.View(context.Background(), func(r *Reader) error {
		next := int64(pageOf - 3)
		for e, err := range r.Log(next) {
			if next++; err != nil || e.Seq != next {
				t.Fatalf("event %d at %d, %v", e.Seq, next, err)
			}
		}
		if next != n {
			t.Errorf("ended at %d", next)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// damage changes a file, or removes it.
func damage(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	if how == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(b), 0o600); err != nil {
		t.Fatal(err)
	}
}
