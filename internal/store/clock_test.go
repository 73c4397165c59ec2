package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
)

// TestInstantsNeverFall: a clock that steps back a little repeats the last
// instant; one that was set back is refused, in a proof of an old log told alone.
func TestInstantsNeverFall(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		now := noon
		c.Now = func() time.Time { return now }
		s, ctx := openTest(t, c), context.Background()
		first := must(t, s, write("a", 0, note{Text: "satu"}))
		now = noon.Add(-clockSteps)
		second := must(t, s, write("a", first.Seq, note{Text: "dua"}))
		if !second.At.Equal(first.At) {
			t.Errorf("%v after %v", second.At, first.At)
		}
		if err := s.CheckClock(ctx); err != nil {
			t.Error(err)
		}
		now = noon.Add(-clockSteps - time.Microsecond)
		_, err := s.Do(ctx, write("a", second.Seq, note{Text: "tiga"}))
		hasProblem(t, err, "clock-behind")
		hasProblem(t, s.CheckClock(ctx), "clock-behind")
		if p := verifies(t, s); p.Head.Seq != 2 || p.Fell != 0 {
			t.Errorf("%+v", p)
		}
		// A log of before that fell is whole, and told.
		head := second.Anchor()
		fell := first
		fell.ID, fell.At, fell.Before = "01kaw5jxfell", noon.Add(-time.Hour), second.After
		if fell, err = event.Seal(fell, head); err != nil {
			t.Fatal(err)
		}
		if err := s.writing(ctx, deciding, func(tx *Tx) error {
			if err := tx.append(fell); err != nil {
				return err
			}
			_, err := tx.tx.Exec("UPDATE log_head SET seq = 3 WHERE id = 1")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		if p := verifies(t, s); p.Fell != 3 {
			t.Errorf("%+v", p)
		}
	})
}

// TestAClockThatWasAheadLocksNobodyOut: its step of a one-time code and its
// counters do not count once it is right again.
func TestAClockThatWasAheadLocksNobodyOut(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, ctx := openTest(t, c), context.Background()
		take := func(step int64, want bool) {
			t.Helper()
			first, err := s.TakeStep(ctx, "u", step)
			if err != nil || first != want {
				t.Errorf("%d: %v %v", step, first, err)
			}
		}
		take(5000, true)
		take(1000, true)
		take(1000, false)
		take(999, false)
		take(998, false)
		try := func(at time.Time, want bool) {
			t.Helper()
			may, err := s.Try(ctx, at, time.Minute, Attempt{Of: "x", Most: 1})
			if err != nil || may != want {
				t.Errorf("%v: %v %v", at, may, err)
			}
		}
		try(noon.AddDate(1, 0, 0), true)
		try(noon, true)
		try(noon, false)
	})
}

// TestARecordThatWasMovedIsNotWritten: who has it open stops with words, also
// where another record stands in its place.
func TestARecordThatWasMovedIsNotWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rec")
	c := Config{Dir: dir, Now: clock(), Migrate: true}
	s, ctx := openTest(t, c), context.Background()
	fill(t, s, 3, 1)
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		_, err := s.Do(ctx, write("b", 0, note{}))
		hasProblem(t, err, "store-moved")
		hasProblem(t, s.View(ctx, func(*Reader) error { return nil }), "store-moved")
	}
	refused()
	other := openTest(t, c)
	fill(t, other, 1, 1)
	refused()
	if p := verifies(t, other); p.Head.Seq != 1 {
		t.Errorf("%+v", p)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir+".old", dir); err != nil {
		t.Fatal(err)
	}
	must(t, s, write("b", 0, note{}))
	if p := verifies(t, s); p.Head.Seq != 4 {
		t.Errorf("%+v", p)
	}
}

// TestFilesAreTheirOwnersAlone: database, what lies beside it, copies and backups,
// also in a folder that others may enter and of a record that was open to them.
func TestFilesAreTheirOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := Config{Dir: dir, Now: clock(), Migrate: true}
	private := func(names ...string) {
		t.Helper()
		for _, name := range names {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
		}
	}
	s := openTest(t, c)
	fill(t, s, 2, 1)
	private("dampak.db", "dampak.db-wal", "dampak.db-shm")
	if err := s.db.before(context.Background(), dir, "salinan"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(context.Background(), sari, filepath.Join(dir, "b.tar.gz")); err != nil {
		t.Fatal(err)
	}
	private("salinan.db", "b.tar.gz")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "dampak.db"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, c)
	must(t, s, write("lain", 0, note{}))
	private("dampak.db", "dampak.db-wal", "dampak.db-shm")
}
