package runs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
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

// TestKilledFiftyTimes: a worker may die at any moment of a run, fifty times; the
// next one begins anew, what was begun leaves nothing, and there is one answer.
func TestKilledFiftyTimes(t *testing.T) {
	w := newWorld(t)
	id := w.queue(nil)
	killed := 0
	for n := range 50 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), child+"="+w.dir, child+"_MINUTES="+strconv.Itoa(n))
		out, err := c.StdoutPipe()
		w.ok(err)
		w.ok(c.Start())
		if _, err := io.ReadFull(out, make([]byte, 6)); err != nil {
			t.Fatal("the worker did not start: ", err)
		}
		time.Sleep(time.Duration(n%25) * 6 * time.Millisecond)
		w.ok(c.Process.Kill())
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
	for deadline := time.Now().Add(30 * time.Second); w.run(id).State == study.Queued && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	w.ok(<-done)
	r := w.run(id)
	if r.State != study.Done || r.Answer == nil {
		t.Fatalf("%+v", r)
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	t.Logf("%d workers killed, one answer", killed)
}
