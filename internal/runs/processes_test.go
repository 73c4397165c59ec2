package runs_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

// onBothDatabases runs a test on SQLite and on PostgreSQL.
func onBothDatabases(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "") })
	t.Run("postgres", func(t *testing.T) { test(t, testenv.Postgres(t)) })
}

// afterGate is an engine that tells when the gate has looked for the first time: its
// session is the second that is opened.
type afterGate struct {
	engine.Engine
	opened atomic.Int32
	then   func()
}

func (e *afterGate) Open(ctx context.Context, s []engine.Source, o engine.Options) (engine.Session, error) {
	x, err := e.Engine.Open(ctx, s, o)
	if err == nil && e.opened.Add(1) == 2 {
		return &gateSession{x.(engine.Counter), e.then}, nil
	}
	return x, err
}

type gateSession struct {
	engine.Counter
	then func()
}

func (s *gateSession) Close() error {
	err := s.Counter.Close()
	s.then()
	return err
}

// TestTwoProcessesOneGate: two processes compute two studies that differ by one person,
// and both ask the gate before either has shown anything. Each alone may pass; together
// they would point at him, so exactly one does.
func TestTwoProcessesOneGate(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, url string) {
		w := cooperates(t, url, persons, people)
		var ids []string
		for _, plan := range []string{everybody, withoutOne} {
			w.studies(plan)
			ids = append(ids, w.queue(nil))
		}
		var both, done sync.WaitGroup
		both.Add(2)
		var asked atomic.Int32
		for _, name := range []string{"satu", "dua"} {
			e := &afterGate{Engine: duck, then: func() { both.Done(); both.Wait() }}
			c := w.config(e)
			c.Store = w.open()
			c.Lease = time.Minute // each waits for the other, however slow the machine is
			done.Go(func() {
				if did, err := c.One(w.ctx, name); err != nil || !did {
					t.Error(did, err)
				}
				asked.Add(e.opened.Load())
			})
		}
		done.Wait()
		states := map[study.RunState]int{}
		for _, id := range ids {
			r := w.run(id)
			states[r.State]++
			if r.State == study.Failed && (len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].Code, "disclosure-")) {
				t.Errorf("%+v", r.Problems)
			}
		}
		if states[study.Done] != 1 || states[study.Failed] != 1 {
			t.Errorf("%v", states)
		}
		if n := asked.Load(); n != 5 { // a computation and a gate each, and the gate once more
			t.Errorf("%d sessions", n)
		}
		if left := w.unnamed(); len(left) != 0 || w.looks() != 1 {
			t.Errorf("left behind: %v, %d looks", left, w.looks())
		}
	})
}

// TestTwoRunsOfOneStudy: a study has one run on its rows at a time, also where two
// processes ask at once.
func TestTwoRunsOfOneStudy(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, url string) {
		w := cooperates(t, url, persons, people)
		w.studies(everybody)
		stores := []*store.Store{w.Store, w.open()}
		var group sync.WaitGroup
		got := make([]error, 8)
		for i := range got {
			group.Go(func() { _, _, got[i] = stores[i%2].QueueRun(w.ctx, w.ask, w.study, store.RunAsk{Limits: limits}) })
		}
		group.Wait()
		queued := 0
		for _, err := range got {
			switch all := problem.Of(err); {
			case err == nil:
				queued++
			case len(all) != 1 || all[0].Code != "run-under-way":
				t.Error(err)
			}
		}
		if queued != 1 {
			t.Errorf("%d runs of one study", queued)
		}

		// Two processes take what is queued: one has it.
		var held []string
		for i, s := range stores {
			r, _, ok, err := s.ClaimRun(w.ctx, []string{"satu", "dua"}[i], 1<<40)
			w.ok(err)
			if ok {
				held = append(held, r.ID)
			}
		}
		if len(held) != 1 {
			t.Errorf("in %d hands", len(held))
		}
	})
}

// TestAContentThatWentIsPutAgain: what one worker gave up may be what another is about to
// rest on; it puts it again, and its answer rests on all that it names.
func TestAContentThatWentIsPutAgain(t *testing.T) {
	w := cooperates(t, "", persons, people)
	w.studies(everybody)
	id := w.queue(nil)
	var other sync.WaitGroup
	writes := make(chan struct{})
	e := &afterGate{Engine: duck, then: func() {
		other.Go(func() {
			w.ok(w.Aside(w.ctx, func(*store.Tx) error {
				close(writes)
				var all []string
				w.soon(func() bool {
					all = slices.DeleteFunc(w.unnamed(), func(name string) bool { return len(name) != 64 })
					return len(all) == 3
				})
				for _, hash := range all {
					if err := os.Remove(filepath.Join(w.dir, "content", hash[:2], hash)); err != nil {
						return err
					}
				}
				return nil
			}))
		})
		<-writes
	}}
	w.one(e)
	other.Wait()
	r := w.run(id)
	if r.State != study.Done || e.opened.Load() != 3 {
		t.Fatalf("%+v, %d sessions", r, e.opened.Load())
	}
	for _, hash := range r.Contents() {
		w.ok(w.Contents().Check(w.ctx, hash))
	}
	if left := w.unnamed(); len(left) != 0 || w.looks() != 1 {
		t.Errorf("left behind: %v, %d looks", left, w.looks())
	}
}
