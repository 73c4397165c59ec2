package runs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// child tells the test binary to be a worker on the record of that folder; the time
// of its clock follows after a bar.
const child = "DAMPAK_TEST_RUNS_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		work(dir)
		return
	}
	os.Exit(m.Run())
}

// work does runs until it is killed, each of them with a pause in the middle.
func work(dir string) {
	minutes, err := strconv.Atoi(os.Getenv(child + "_MINUTES"))
	if err != nil {
		panic(err)
	}
	begin := time.Now()
	s, err := store.Open(context.Background(), store.Config{Dir: dir, Now: func() time.Time {
		return time.Date(2026, 11, 25, 6, minutes, 0, 0, time.UTC).Add(time.Since(begin))
	}})
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	c := runs.Config{Store: s, Engine: &drowsy{duck}, Dir: filepath.Join(dir, "runs"), Lease: 20 * time.Second, Idle: 5 * time.Millisecond, Version: "uji", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := runs.Work(context.Background(), c, "anak-"+strconv.Itoa(minutes)); err != nil {
		panic(err)
	}
}

// TestKilledFiftyTimes: a worker may die at any moment of a run, fifty times, every fifth
// time when its contents are there and the record does not have them yet; the next one
// begins anew, what was begun leaves nothing, and there is one answer.
func TestKilledFiftyTimes(t *testing.T) {
	w := cooperates(t, "", persons, people)
	w.studies(everybody)
	id := w.queue(nil)
	killed, late := 0, 0
	for n := range 50 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), child+"="+w.dir, child+"_MINUTES="+strconv.Itoa(n))
		out, err := c.StdoutPipe()
		w.ok(err)
		w.ok(c.Start())
		if _, err := io.ReadFull(out, make([]byte, 6)); err != nil {
			t.Fatal("the worker did not start: ", err)
		}
		if n%5 < 4 {
			time.Sleep(time.Duration(n%25) * 6 * time.Millisecond)
		} else {
			w.soon(func() bool { return w.holder(id) == "anak-"+strconv.Itoa(n) })
			// While somebody else writes the worker waits with its answer.
			w.ok(w.Aside(w.ctx, func(*store.Tx) error {
				w.soon(func() bool {
					return slices.ContainsFunc(w.unnamed(), func(name string) bool { return len(name) == 64 })
				})
				return c.Process.Kill()
			}))
			late++
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		killed++
		if r := w.run(id); r.State != study.Queued {
			t.Fatalf("after %d kills: %+v", killed, r)
		}
	}
	begin := time.Now()
	s, err := store.Open(w.ctx, store.Config{Dir: w.dir, Now: func() time.Time { return time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).Add(time.Since(begin)) }})
	w.ok(err)
	defer s.Close()
	c := w.config(duck)
	c.Store = s
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- runs.Work(ctx, c, "terakhir") }()
	w.soon(func() bool { return w.run(id).State != study.Queued })
	stop()
	w.ok(<-done)
	r := w.run(id)
	if r.State != study.Done || r.Answer == nil {
		t.Fatalf("%+v", r)
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if left := w.unnamed(); len(left) != 0 || w.looks() != 1 {
		t.Errorf("contents left behind: %v; %d looks", left, w.looks())
	}
	t.Logf("%d workers killed, %d of them with contents and no answer; one answer", killed, late)
}

// soon waits for something that is to happen in seconds.
func (w *coop) soon(is func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("it did not happen")
		}
	}
}

// holder is the worker that has a run in hand; empty: none.
func (w *coop) holder(id string) (worker string) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		l, _, err := store.LeaseOf(r, id)
		worker = l.Worker
		return err
	}))
	return worker
}
