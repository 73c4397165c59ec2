package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// A content comes before the event that rests on it, and may go in two ways: the rows
// of a version that was erased (RemoveErased), which an event says, and what no event
// rests on (SweepContents), which nobody misses. Both happen while writers wait, and
// no event is written on a content that is not there (rests): so neither takes
// away what somebody is about to use.

// needs is what a log rests on, gathered event by event.
type needs struct {
	types    *event.Types
	contents map[string]bool // by hash; false: it was erased, and is rightly absent
	datasets map[string]registry.Dataset
}

func newNeeds(types *event.Types) *needs {
	return &needs{types, map[string]bool{}, map[string]registry.Dataset{}}
}

// add notes a lifted event.
func (n *needs) add(e event.Event) error {
	if t, _ := n.types.Find(e.Type); t.Content != nil {
		for _, hash := range t.Content(e) {
			n.contents[hash] = true
		}
	}
	if e.Object.Kind != datasetKind {
		return nil
	}
	d, err := Read[registry.Dataset](e.After)
	n.datasets[d.ID] = d
	return err
}

// settle marks what was erased, once all events were added.
func (n *needs) settle() map[string]bool {
	for hash := range erasedRows(n.datasets) {
		n.contents[hash] = false
	}
	return n.contents
}

// erasedRows are the hashes of rows that were erased and that no version still keeps.
func erasedRows(all map[string]registry.Dataset) map[string]bool {
	gone := map[string]bool{}
	for _, d := range all {
		for _, v := range d.Versions {
			if hash, is := v.Gone(); is {
				gone[hash] = true
			}
		}
	}
	for _, d := range all {
		for _, v := range d.Versions {
			for _, hash := range v.Contents() {
				delete(gone, hash)
			}
		}
	}
	return gone
}

// needsUntil gathers what the log rests on up to an event.
func (s *Store) needsUntil(ctx context.Context, last int64) (map[string]bool, error) {
	n := newNeeds(s.types)
	err := s.view(ctx, func(r *Reader) error {
		for e, err := range r.Log(0) {
			if err != nil || e.Seq > last {
				return err
			}
			lifted, err := s.types.Lift(e)
			if err != nil {
				return err
			}
			if err := n.add(lifted); err != nil {
				return err
			}
		}
		return nil
	})
	return n.settle(), err
}

// rests refuses an event on a content that is not there: one that was swept or
// erased since it was put, or that somebody only names. What the object rested on
// before is not looked at, for then nobody could say any more that it is lost.
func (s *Store) rests(e event.Event) error {
	t, _ := s.types.Find(e.Type)
	if t.Content == nil || s.contents.dir == "" {
		return nil
	}
	was := map[string]bool{}
	if e.Before != nil {
		before := e
		before.After = e.Before
		for _, hash := range t.Content(before) {
			was[hash] = true
		}
	}
	for _, hash := range t.Content(e) {
		if was[hash] || !contentHash.MatchString(hash) {
			continue
		}
		if _, err := os.Stat(s.contents.path(hash)); errors.Is(err, fs.ErrNotExist) {
			return problem.New("content-missing", "hash", short(hash)).Because(err)
		}
	}
	return nil
}

// RemoveErased removes the rows of versions that were erased. It does so again where
// a process was killed before it had.
func (s *Store) RemoveErased(ctx context.Context) error {
	if s.contents.dir == "" {
		return nil
	}
	find := func(from From) ([]string, error) {
		all, err := entries[registry.Dataset](from, datasets, "ORDER BY id")
		if err != nil {
			return nil, err
		}
		of := map[string]registry.Dataset{}
		for _, d := range all {
			of[d.ID] = d
		}
		var there []string
		for hash := range erasedRows(of) {
			if _, err := os.Lstat(s.contents.path(hash)); err == nil {
				there = append(there, hash)
			}
		}
		return there, nil
	}
	var there []string
	err := s.View(ctx, func(r *Reader) (err error) {
		there, err = find(r)
		return err
	})
	if err != nil || len(there) == 0 {
		return err
	}
	return s.whileWritersWait(ctx, func(tx *Tx) error {
		there, err := find(tx) // now that nobody stages the same rows anew
		for _, hash := range there {
			err = errors.Join(err, s.contents.remove(s.contents.path(hash)))
		}
		return err
	})
}

// whileWritersWait runs a function in a transaction that holds the head of the log.
func (s *Store) whileWritersWait(ctx context.Context, do func(*Tx) error) error {
	return s.inWords(s.writing(ctx, viewing, func(tx *Tx) error {
		if _, err := tx.tx.ExecContext(ctx, "UPDATE log_head SET seq = seq WHERE id = 1"); err != nil {
			return err
		}
		return do(tx)
	}))
}

// SweepGrace is how long a content that no event rests on is left alone: whoever
// put it may still be about to use it. A form that carries a file over a mistake
// lasts as long as a session, half a day.
const SweepGrace = 48 * time.Hour

// sweepEvery is how long a process waits between two sweeps, for one reads the log.
const sweepEvery = 6 * time.Hour

// SweepContents removes what uploads have left that were refused or broke off:
// contents that no event names, and files that are half written, once nobody has
// touched them for SweepGrace. It gives how many there were; what is younger, or
// was swept less than six hours ago, waits for another time.
func (s *Store) SweepContents(ctx context.Context) (int, error) {
	now := s.Now()
	if last := s.swept.Load(); s.contents.dir == "" || (last != 0 && now.Sub(time.Unix(last, 0)) < sweepEvery) {
		return 0, nil
	}
	swept, err := s.sweep(ctx, now.Add(-SweepGrace))
	if err == nil {
		s.swept.Store(now.Unix())
	}
	return swept, err
}

func (s *Store) sweep(ctx context.Context, before time.Time) (swept int, err error) {
	half, err := s.contents.halfWritten(before)
	if err != nil {
		return 0, err
	}
	for _, path := range half {
		if err := s.contents.remove(path); err != nil {
			return swept, err
		}
		swept++
	}
	old := map[string]bool{}
	err = s.contents.each(func(hash, path string) error {
		info, err := os.Lstat(path)
		if err == nil && info.ModTime().Before(before) {
			old[hash] = true
		}
		return gone(err)
	})
	if err != nil || len(old) == 0 {
		return swept, err
	}
	n, err := s.removeUnnamed(ctx, old, func(path string) (bool, error) {
		info, err := os.Lstat(path)
		return err == nil && info.ModTime().Before(before), gone(err) // not put again meanwhile
	})
	return swept + n, err
}

// DiscardContents removes at once what was put for an event that did not come about: of
// these hashes those that no event names. Who puts the same content at that moment may
// have to put it again (rests).
func (s *Store) DiscardContents(ctx context.Context, hashes ...string) error {
	all := map[string]bool{}
	for _, hash := range hashes {
		if contentHash.MatchString(hash) && s.contents.dir != "" {
			all[hash] = true
		}
	}
	if len(all) == 0 {
		return nil
	}
	_, err := s.removeUnnamed(ctx, all, func(path string) (bool, error) {
		_, err := os.Lstat(path)
		return err == nil, gone(err)
	})
	return err
}

// removeUnnamed removes the contents among these that the log does not name and that
// may still go once writers wait, and tells how many there were.
func (s *Store) removeUnnamed(ctx context.Context, old map[string]bool, may func(path string) (bool, error)) (removed int, err error) {
	// Whatever looks like a hash anywhere in the log is left alone, also where a type of
	// event does not say that it rests on it.
	var last int64
	spare := func(r *Reader, after int64) error {
		for e, err := range r.Log(after) {
			if err != nil {
				return err
			}
			for _, side := range []json.RawMessage{e.Before, e.After} {
				eachHash(string(side), func(hash string) { delete(old, hash) })
			}
			last = e.Seq
		}
		return nil
	}
	if err := s.View(ctx, func(r *Reader) error { return spare(r, 0) }); err != nil || len(old) == 0 {
		return 0, err
	}
	err = s.whileWritersWait(ctx, func(tx *Tx) error {
		if err := spare(&tx.Reader, last); err != nil {
			return err
		}
		for hash := range old {
			path := s.contents.path(hash)
			ok, err := may(path)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if err := s.contents.remove(path); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

// eachHash calls a function with each run of 64 lowercase hex digits.
func eachHash(text string, do func(string)) {
	const length = 64
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && strings.IndexByte("0123456789abcdef", text[i]) >= 0 {
			run++
			continue
		}
		if run == length {
			do(text[i-length : i])
		}
		run = 0
	}
}

// gone takes it for nothing that a file is not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// remove takes a file or folder of the contents away, for good.
func (c Contents) remove(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return problem.New("store-unusable", "place", c.dir, "what", plain(err)).Because(err)
	}
	return gone(syncDir(filepath.Dir(path)))
}

// halfWritten are the files and folders of writers that ended midway: nothing in
// them was touched since an instant.
func (c Contents) halfWritten(before time.Time) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(c.dir, writing+"*"))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, path := range found {
		young := false
		err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return gone(err)
			}
			info, err := d.Info()
			if err == nil {
				young = young || !info.ModTime().Before(before)
			}
			return gone(err)
		})
		if err != nil {
			return nil, err
		}
		if !young {
			all = append(all, path)
		}
	}
	return all, nil
}
