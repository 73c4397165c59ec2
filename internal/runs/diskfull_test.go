package runs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// smallDisk makes a folder a disk of its own of so many kilobytes; it skips where that
// takes rights that the test does not have.
func smallDisk(t *testing.T, dir, kilobytes string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+kilobytes+"k,mode=700", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount a small disk: %v %s", err, said)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// fill takes all the room of a disk; the file gives it back when it is removed.
func fill(t testing.TB, dir string) (file string) {
	t.Helper()
	file = filepath.Join(dir, "penuh")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 16, 1 << 12, 1} {
		block := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return file
}

// TestDiskFull: a disk without room, of what a run spills, of made-up rows, of contents or
// of the record itself, leaves no half answer; the run says so, and runs once there is
// room.
func TestDiskFull(t *testing.T) {
	again := func(w *coop, ask func(*store.RunAsk)) {
		t.Helper()
		id := w.queue(ask)
		w.one(duck)
		if r := w.run(id); r.State != study.Done {
			t.Errorf("with room: %+v", r.Problems)
		}
	}
	t.Run("what spills", func(t *testing.T) {
		w := cooperates(t, "", personsOfYears, panelOf(100_000))
		smallDisk(t, filepath.Join(w.dir, "runs"), "256")
		w.studies(panelPlan)
		id := w.queue(func(a *store.RunAsk) { a.Limits.Memory = 64 << 20 })
		w.one(duck)
		w.ended(id, study.Failed, "run-disk-full")
	})
	t.Run("made-up rows", func(t *testing.T) {
		w := cooperates(t, "", persons, people)
		smallDisk(t, filepath.Join(w.dir, "runs"), "64")
		w.studies(everybody)
		id := w.queue(func(a *store.RunAsk) { a.Dummy = true })
		w.one(duck)
		w.ended(id, study.Failed, "run-disk-full")
		if err := exec.Command("umount", "-l", filepath.Join(w.dir, "runs")).Run(); err != nil {
			t.Fatal(err)
		}
		again(w, func(a *store.RunAsk) { a.Dummy = true })
	})
	t.Run("contents", func(t *testing.T) {
		var filler string
		w := cooperatesIn(t, func(dir string) { smallDisk(t, filepath.Join(dir, "content"), "4096") }, "", persons, people)
		w.studies(everybody)
		id := w.queue(nil)
		w.one(&slow{Engine: duck, in: make(chan struct{}, 99), out: closedChannel, then: func() { filler = fill(t, filepath.Join(w.dir, "content")) }})
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		w.ended(id, study.Failed, "run-disk-full")
		again(w, nil)
	})
	t.Run("the record", func(t *testing.T) {
		var filler string
		w := cooperatesIn(t, func(dir string) { smallDisk(t, dir, "16384") }, "", persons, people)
		w.studies(everybody)
		id := w.queue(nil)
		c := w.config(&slow{Engine: duck, in: make(chan struct{}, 99), out: closedChannel, then: func() { filler = fill(t, w.dir) }})
		did, err := c.One(w.ctx, "satu")
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		t.Log(did, err)
		switch r := w.run(id); {
		case r.State == study.Failed && err == nil: // that much fitted in
			w.ended(id, study.Failed, "run-disk-full")
			again(w, nil)
		case r.State == study.Queued && err != nil:
			w.shift(time.Minute) // the lease runs out
			w.one(duck)
			if r := w.run(id); r.State != study.Done {
				t.Errorf("with room: %+v", r.Problems)
			}
			if left := w.unnamed(); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		default:
			t.Errorf("%+v %v", r, err)
		}
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

var closedChannel = func() chan struct{} { c := make(chan struct{}); close(c); return c }()
