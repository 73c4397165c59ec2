package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// TestDo: a command yields one event, chained and applied, and the rows read
// back as they were written.
func TestDo(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		n := note{Text: "Rapat “Malang”\nhalaman 2 é", Rupiah: 9_007_199_254_740_993, Share: some(0.1), Pinned: true}
		e := must(t, s, write("a", 0, n))
		second := must(t, s, write("a", e.Seq, note{Text: "", Share: nil}))
		if e.Seq != 1 || second.Seq != 2 || second.Prev != e.Hash || string(second.Before) != string(e.After) || second.Why != "uji" || second.Actor != sari {
			t.Errorf("%+v\n%+v", e, second)
		}
		err := s.View(ctx, func(r *Reader) error {
			row, ok, err := notes.Get(r, "a")
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			if row.Text != "" || row.Author != "sari" || row.Share != nil || row.Pinned || !row.At.Equal(second.At) || row.Read == nil || !row.Read.Equal(second.At) {
				t.Errorf("%+v", row)
			}
			history, err := r.History(event.Object{Kind: "note", ID: "a"})
			if err != nil || len(history) != 2 || string(history[0].Encode()) != string(e.Encode()) || string(history[1].Encode()) != string(second.Encode()) {
				t.Errorf("%v %v", history, err)
			}
			trail, err := r.Trail("sari", 0, 10)
			if err != nil || len(trail) != 2 || trail[0].Seq != 2 {
				t.Errorf("%v %v", trail, err)
			}
			if trail, err = r.Trail("sari", 2, 10); err != nil || len(trail) != 1 {
				t.Errorf("%v %v", trail, err)
			}
			head, err := r.Head()
			if err != nil || head != second.Anchor() {
				t.Errorf("%v %v", head, err)
			}
			if _, ok, err := notes.Get(r, "b"); ok || err != nil {
				t.Error(ok, err)
			}
			sums, err := Query[struct {
				N   int64 `db:"n"`
				Sum int64 `db:"sum"`
			}](r, "SELECT COUNT(*), CAST(SUM(rupiah) AS BIGINT) FROM notes WHERE author = $1 AND at > $2 AND pinned = $3", "sari", noon, false)
			if err != nil || len(sums) != 1 || sums[0].N != 1 || sums[0].Sum != 0 {
				t.Errorf("%v %v", sums, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if p := verifies(t, s); p.Head != second.Anchor() || p.Tables != len(s.projected()) || p.Rows != 2 {
			t.Errorf("%+v", p)
		}
	})
}

// TestManyWriters: 50 at once, each with several commands on an object of its
// own and all on the same count: all land, without a gap.
func TestManyWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		const writers, each = 50, 8
		// Two stores on one record, as two processes have.
		stores := []*Store{openTest(t, c), openTest(t, c)}
		var group sync.WaitGroup
		failed := make(chan error, writers*each)
		for w := range writers {
			group.Go(func() {
				var seen int64
				for i := range each {
					e, err := stores[w%2].Do(context.Background(), write(fmt.Sprint("w", w), seen, note{Text: fmt.Sprint(i)}))
					if err != nil {
						failed <- err
						return
					}
					seen = e.Seq
				}
			})
		}
		group.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
		p := verifies(t, stores[0])
		if p.Head.Seq != writers*each {
			t.Errorf("the head is %d, want %d", p.Head.Seq, writers*each)
		}
		err := stores[1].View(context.Background(), func(r *Reader) error {
			rows, err := counts.Select(r, "ORDER BY author")
			if err != nil || len(rows) != 1 || rows[0].Notes != writers {
				t.Errorf("%v %v", rows, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestTwoOnTheSameObject: of many who saw the same state one wins; each other
// is told who was faster and when.
func TestTwoOnTheSameObject(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s := openTest(t, c)
		first := must(t, s, write("a", 0, note{Text: "awal"}))
		const rivals = 10
		results := make([]error, rivals)
		var group sync.WaitGroup
		for i := range rivals {
			group.Go(func() { _, results[i] = s.Do(context.Background(), write("a", first.Seq, note{Text: fmt.Sprint(i)})) })
		}
		group.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
				continue
			}
			var stale *Stale
			if !errors.As(err, &stale) || stale.Last.Seq != 2 || stale.Seen != 1 || stale.Last.Actor.User != "sari" {
				t.Fatal(err)
			}
			p := hasProblem(t, err, "stale")
			if p.Values["who"] != "sari" || p.Values["when"] != stale.Last.At.In(wib).Format("2006-01-02 15:04:05")+" WIB" {
				t.Error(p.Values)
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
		_, err := s.Do(context.Background(), write("a", 0, note{}))
		hasProblem(t, err, "stale") // made twice
		_, err = s.Do(context.Background(), write("b", 7, note{}))
		hasProblem(t, err, "stale-gone")
		must(t, s, write("a", Whatever, note{Text: "apa pun"}))
		if p := verifies(t, s); p.Head.Seq != 3 {
			t.Errorf("%+v", p)
		}
	})
}

// TestAFailingCommandLeavesNothing, wherever it fails.
func TestAFailingCommandLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		must(t, s, write("a", 0, note{Text: "awal"}))
		head, err := s.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		decide := func(d func(*Tx) (Change, error)) Command {
			return Command{Actor: sari, Object: event.Object{Kind: "note", ID: "b"}, Decide: d}
		}
		nobody := write("b", 0, note{})
		nobody.Actor.User = ""
		cancelled, cancel := context.WithCancel(ctx)
		for name, c := range map[string]Command{
			"refused": decide(func(*Tx) (Change, error) { return Change{}, errNo }),
			"refused after aside": decide(func(tx *Tx) (Change, error) {
				return Change{}, errors.Join(drafts.Put(tx, draftRow{"sari", "x"}), errNo)
			}),
			"unknown type":     decide(func(*Tx) (Change, error) { return Change{Type: "note-painted"}, nil }),
			"type of another":  decide(func(*Tx) (Change, error) { return Change{Type: "backup-begun"}, nil }),
			"NaN in the event": decide(func(*Tx) (Change, error) { return Change{Type: "note-written", After: math.NaN()}, nil }),
			"apply fails":      decide(func(*Tx) (Change, error) { return Change{Type: "note-written", After: map[string]int{"other": 1}}, nil }),
			"NUL in the text":  write("b", 0, note{Text: "a\x00b"}),
			"nobody":           nobody,
			"given up":         decide(func(*Tx) (Change, error) { cancel(); return Change{Type: "note-written", After: note{}}, nil }),
		} {
			if _, err := s.Do(cancelled, c); err == nil {
				t.Errorf("%s: went through", name)
			}
			if name == "given up" {
				cancelled, cancel = context.WithCancel(ctx)
			}
		}
		cancel()
		if now, err := s.Head(ctx); err != nil || now != head {
			t.Errorf("the head moved from %v to %v, %v", head, now, err)
		}
		if p := verifies(t, s); p.Rows != 2 {
			t.Errorf("%+v", p)
		}
		err = s.View(ctx, func(r *Reader) error {
			left, err := drafts.Select(r, "")
			if len(left) != 0 {
				t.Error(left)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if e := must(t, s, write("b", 0, note{Text: "sesudah"})); e.Seq != 2 {
			t.Errorf("the next event is %d", e.Seq)
		}
	})
}

// TestWrongTypes: what PostgreSQL would refuse and SQLite would store without a
// word is an error on both, before it reaches them.
func TestWrongTypes(t *testing.T) {
	type wrong struct {
		Owner int64  `db:"owner"`
		Text  string `db:"text"`
	}
	type short struct {
		Owner string `db:"owner"`
	}
	type long struct {
		Owner string `db:"owner"`
		Text  string `db:"text"`
		More  string `db:"more"`
	}
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		for name, table := range map[string]AnyTable{
			"a number for a text": Outside[wrong](Draft, "drafts", "owner"),
			"a column too few":    Outside[short](Draft, "drafts", "owner"),
			"a column too many":   Outside[long](Draft, "drafts", "owner"),
			"a table not there":   Outside[draftRow](Draft, "sketches", "owner"),
		} {
			p := testParts(t)
			p.outside = []AnyTable{table}
			if other, err := open(ctx, c, p); err == nil {
				other.Close()
				t.Errorf("%s: was opened", name)
			}
		}
		must(t, s, write("a", 0, note{Text: "1"}))
		err := s.View(ctx, func(r *Reader) error {
			for _, key := range [][]any{{1}, {int64(1)}, {true}, {1.5}, {noon}, {nil}, {[]byte("a")}, {}, {"a", "b"}, {some("a"), 1}} {
				// An instant is TEXT too, but no identifier.
				if _, _, err := notes.Get(r, key...); err == nil {
					t.Errorf("key %v was taken", key)
				}
			}
			for _, arg := range []any{nil, []byte("a"), uint8(1), struct{}{}, math.NaN(), math.Inf(1), "\xff", "a\x00", []string{"a"}} {
				if _, err := notes.Select(r, "WHERE text = $1", arg); err == nil {
					t.Errorf("argument %v was taken", arg)
				}
			}
			if _, ok, err := notes.Get(r, some("a")); !ok || err != nil {
				t.Error(ok, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for name, d := range map[string]draftRow{"not UTF-8": {"a", "\xff"}, "NUL": {"a\x00", ""}} {
			if err := s.Aside(ctx, func(tx *Tx) error { return drafts.Put(tx, d) }); err == nil {
				t.Errorf("%s was written", name)
			}
		}
	})
	for name, declare := range map[string]func(){
		"no tag": func() { Outside[struct{ A string }](Draft, "x", "a") },
		"int32": func() {
			Outside[struct {
				A int32 `db:"a"`
			}](Draft, "x", "a")
		},
		"bytes": func() {
			Outside[struct {
				A []byte `db:"a"`
			}](Draft, "x", "a")
		},
		"no key":        func() { Outside[draftRow](Draft, "x") },
		"key not there": func() { Outside[draftRow](Draft, "x", "id") },
		"key may be NULL": func() {
			Outside[struct {
				A *string `db:"a"`
			}](Draft, "x", "a")
		},
		"no struct": func() { Outside[string](Draft, "x", "a") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: was declared", name)
				}
			}()
			declare()
		}()
	}
}

// TestWhoMayWriteWhat: projected tables only in Apply, the log only in Do,
// others never in Apply, nobody in a view.
func TestWhoMayWriteWhat(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		refuses := func(what string, err error) {
			t.Helper()
			if err == nil {
				t.Errorf("%s was allowed", what)
			}
		}
		must(t, s, Command{Actor: sari, Object: event.Object{Kind: "note", ID: "a"}, Decide: func(tx *Tx) (Change, error) {
			refuses("a projected table in Decide", notes.Put(tx, noteRow{ID: "x", Author: "sari", At: noon}))
			refuses("the head in Decide", headTable.Put(tx, headRow{ID: 1, Hash: event.Origin}))
			refuses("an event in Decide", eventsTable.Delete(tx, int64(1)))
			return Change{Type: "note-written", After: note{Text: "x"}}, drafts.Put(tx, draftRow{"sari", "x"})
		}})
		err := s.Aside(ctx, func(tx *Tx) error {
			refuses("a projected table in Aside", notes.Delete(tx, "a"))
			if row, ok, err := drafts.Get(tx, "sari"); !ok || row.Text != "x" || err != nil {
				t.Error(row, ok, err)
			}
			return drafts.Delete(tx, "sari")
		})
		if err != nil {
			t.Error(err)
		}
		err = s.writing(ctx, applying, func(tx *Tx) error {
			refuses("a table outside the log in Apply", drafts.Put(tx, draftRow{"sari", "x"}))
			_, err := drafts.Select(tx, "")
			refuses("reading it in Apply", err)
			_, err = tx.Head()
			refuses("reading the log in Apply", err)
			_, err = Query[countRow](tx, "SELECT author, notes FROM note_counts")
			refuses("free SQL in Apply", err)
			refuses("a table of no room in Apply", Projected[countRow]("other", "author").Put(tx, countRow{}))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		// What a door could try with the connection of a reader.
		for _, q := range []string{"DELETE FROM events", "UPDATE log_head SET seq = 0"} {
			_, err := s.db.read().ExecContext(ctx, q)
			refuses(q+" by a reader", err)
		}
		verifies(t, s)
	})
}

// TestAViewIsOneState, though others write meanwhile.
func TestAViewIsOneState(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s := openTest(t, c)
		must(t, s, write("a", 0, note{Text: "awal"}))
		err := s.View(context.Background(), func(r *Reader) error {
			before, err := r.Head()
			if err != nil {
				return err
			}
			must(t, s, write("b", 0, note{Text: "sementara itu"}))
			after, err := r.Head()
			rows, err2 := notes.Select(r, "ORDER BY id")
			if after != before || len(rows) != 1 {
				t.Errorf("%v %v %v", before, after, rows)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestAWriterThatHangs: another process holds the head; after 5 s the store
// says so in words, and nothing is lost.
func TestAWriterThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 5 s")
	}
	onBoth(t, func(t *testing.T, c Config) {
		t.Parallel()
		s, other := openTest(t, c), openTest(t, c)
		held, release := make(chan bool), make(chan bool)
		var group sync.WaitGroup
		group.Go(func() {
			must(t, other, Command{Actor: sari, Object: event.Object{Kind: "note", ID: "a"}, Decide: func(*Tx) (Change, error) {
				held <- true
				<-release
				return Change{Type: "note-written", After: note{Text: "lambat"}}, nil
			}})
		})
		<-held
		started := time.Now()
		_, err := s.Do(context.Background(), write("b", 0, note{}))
		hasProblem(t, err, "store-busy")
		if waited := time.Since(started); waited < 4*time.Second || waited > 15*time.Second {
			t.Errorf("waited %v", waited)
		}
		release <- true
		group.Wait()
		if e := must(t, s, write("b", 0, note{})); e.Seq != 2 {
			t.Error(e)
		}
	})
}

// TestEachTableIsAccountedFor: no table is in the schema of which the code does
// not say whether the log makes it.
func TestEachTableIsAccountedFor(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, err := Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		found, err := s.db.columns(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		known := []string{versionTable}
		for _, table := range s.allTables() {
			known = append(known, table.name)
			if !slices.Contains([]Reason{"", ofLog, Session, Counter, Draft, Lease, Heartbeat, Progress, MailQueue, BulkRows, Secret, Place, Person}, table.reason) {
				t.Errorf("table %s: %q is no reason of the list", table.name, table.reason)
			}
		}
		for name, columns := range found {
			if !slices.Contains(known, name) {
				t.Errorf("table %s is neither projected nor declared outside the log", name)
			}
			for column, kind := range columns {
				if name != versionTable && !slices.Contains([]string{"TEXT", "BIGINT", "DOUBLE PRECISION"}, kind) {
					t.Errorf("table %s: column %s is %s", name, column, kind)
				}
			}
		}
	})
}
