package runs_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/moments"
)

var seconds = regexp.MustCompile(`"seconds": ?[0-9.e-]+`)

// TestARunAnswers: from the queue to an answer that repeats, bit for bit, and that
// says how it differs from what was registered.
func TestARunAnswers(t *testing.T) {
	w := newWorld(t)
	first := w.queue(nil)
	w.one(duck)
	r := w.run(first)
	if r.State != study.Done || len(r.Problems) != 0 || len(r.Answer.Deviations) != 0 || r.Answer.Grade == "" {
		t.Fatalf("%+v", r)
	}
	var got struct {
		Status    string
		Data      []struct{ SHA256 string }
		Estimates []struct{ Estimate float64 }
	}
	w.ok(json.Unmarshal([]byte(w.content(r.Answer.Result)), &got))
	if got.Status != "ok" || got.Data[0].SHA256 != r.Data[0].Content || len(got.Estimates) == 0 {
		t.Errorf("%+v", got)
	}
	second := w.queue(nil)
	w.one(duck)
	again := w.run(second)
	if a, b := seconds.ReplaceAllString(w.content(r.Answer.Result), ""), seconds.ReplaceAllString(w.content(again.Answer.Result), ""); a != b {
		t.Errorf("the same run gives other bytes:\n%s\n%s", a, b)
	}
	if again.Answer.Moments != r.Answer.Moments {
		t.Error("the same run keeps other moments")
	}

	// Another plan than the registered one runs, and says so.
	third := w.queue(func(a *store.RunAsk) {
		a.Protocol = &study.Protocol{Plan: strings.Replace(plan, "unit: rupiah", "unit: ribu", 1) + "inference: {level: 0.9}\n", Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}},
			Data: []study.Use{{Name: "rumah", Dataset: w.dataset, Contract: r.Data[0].Contract}}}
	})
	w.one(duck)
	if d := w.run(third).Answer.Deviations; len(d) != 2 || d[0].Field != "plan.inference.level" || d[0].Weight != study.Major || d[1].Weight != study.Minor {
		t.Errorf("%+v", d)
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestMadeUpRows: a run on made-up rows answers, and reads nothing of anybody.
func TestMadeUpRows(t *testing.T) {
	w := newWorld(t)
	id := w.queue(func(a *store.RunAsk) { a.Dummy = true })
	w.one(duck)
	r := w.run(id)
	if r.State != study.Done || r.Data[0].Content != "" || len(r.Answer.Scope) != 0 || strings.Contains(w.content(r.Answer.Moments), w.dir) {
		t.Errorf("%+v", r)
	}
}

// TestNoAnswer: a plan that the data cannot answer ends as such, in words.
func TestNoAnswer(t *testing.T) {
	w := newWorld(t)
	r := w.run(w.queue(nil))
	id := r.ID
	_, err := w.CancelRun(w.ctx, w.ask, id)
	w.ok(err)
	for name, x := range map[string]struct {
		code string
		edit func(*store.RunAsk)
	}{
		"column": {"no-column", func(a *store.RunAsk) {
			a.Protocol = &study.Protocol{Plan: strings.Replace(plan, "treatment: ikut", "treatment: serta", 1), Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}}, Data: []study.Use{{Name: "rumah", Dataset: w.dataset, Contract: r.Data[0].Contract}}}
		}},
		"min_cell": {"refusal.small-cell", func(a *store.RunAsk) {
			a.Protocol = &study.Protocol{Plan: plan + "disclosure: {min_cell: 201}\n", Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises}}, Data: []study.Use{{Name: "rumah", Dataset: w.dataset, Contract: r.Data[0].Contract}}}
		}},
		"limit": {"run-too-long", func(a *store.RunAsk) { a.Limits.Seconds = 1 }},
	} {
		id := w.queue(x.edit)
		if name == "limit" {
			w.one(&slow{Engine: duck, in: make(chan struct{}, 9), out: make(chan struct{})})
		} else {
			w.one(duck)
		}
		if got := w.run(id); got.State != study.Failed || len(got.Problems) == 0 || got.Problems[0].Code != x.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// counting is an engine that notes how many threads it was allowed at most.
type counting struct {
	engine.Engine
	threads int
}

func (e *counting) Open(ctx context.Context, s []engine.Source, o engine.Options) (engine.Session, error) {
	e.threads = max(e.threads, o.Threads)
	return e.Engine.Open(ctx, s, o)
}

// TestOneCoreIsLeft: a run that asks for more threads than the machine has leaves one to
// the pages.
func TestOneCoreIsLeft(t *testing.T) {
	w := newWorld(t)
	id := w.queue(func(a *store.RunAsk) { a.Limits.Threads = 256 })
	e := &counting{Engine: duck}
	w.one(e)
	if r := w.run(id); r.State != study.Done || r.Limits.Threads != 256 || e.threads != max(1, runtime.NumCPU()-1) {
		t.Errorf("%s with %d threads of %d", r.State, e.threads, runtime.NumCPU())
	}
}

// slow is an engine that waits in the middle of a run.
type slow struct {
	engine.Engine
	in, out chan struct{}
	then    func() // is called when a run has come there, once; nil: nothing
	once    sync.Once
}

func (e *slow) Open(ctx context.Context, s []engine.Source, o engine.Options) (engine.Session, error) {
	x, err := e.Engine.Open(ctx, s, o)
	if err != nil {
		return nil, err
	}
	return slowSession{x.(engine.Counter), e}, nil
}

type slowSession struct {
	engine.Counter
	e *slow
}

func (s slowSession) Collect(ctx context.Context, r moments.Request) (moments.Statistic, error) {
	if s.e.then != nil {
		s.e.once.Do(s.e.then)
	}
	select {
	case s.e.in <- struct{}{}:
	default:
	}
	select {
	case <-ctx.Done():
		return moments.Statistic{}, ctx.Err()
	case <-s.e.out:
	}
	return s.Counter.Collect(ctx, r)
}

// TestWhatEndsARunUnderWay: what happens in the record stops a run in the middle, and
// nothing that it computed is kept.
func TestWhatEndsARunUnderWay(t *testing.T) {
	for name, x := range map[string]struct {
		end   func(*world, string) error
		state study.RunState
		code  string
	}{
		"study stopped": {func(w *world, _ string) error {
			_, err := w.StopStudyByRule(w.ctx, w.study, "", "perjanjian berakhir")
			return err
		}, study.Shut, "scope-stopped"},
		"data withdrawn": {func(w *world, _ string) error {
			_, err := w.WithdrawDatasetVersion(w.ctx, store.By{Actor: w.second(), Seen: store.Whatever, Why: "keliru"}, w.dataset, 1)
			return err
		}, study.Shut, "run-version-gone"},
		"cancelled": {func(w *world, id string) error {
			_, err := w.CancelRun(w.ctx, w.ask, id)
			return err
		}, study.Cancelled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.queue(nil)
			e := &slow{Engine: duck, in: make(chan struct{}, 1), out: make(chan struct{})}
			c := w.config(e)
			done := make(chan error, 1)
			go func() {
				_, err := c.One(w.ctx, "satu")
				done <- err
			}()
			<-e.in
			w.ok(x.end(w, id))
			select {
			case err := <-done:
				w.ok(err)
			case <-time.After(20 * time.Second):
				t.Fatal("the run goes on")
			}
			r := w.run(id)
			if r.State != x.state || r.Answer != nil || (x.code != "" && (len(r.Problems) == 0 || r.Problems[0].Code != x.code)) {
				t.Errorf("%+v", r)
			}
			if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// second is somebody who may withdraw the rows.
func (w *world) second() (a event.Actor) {
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		d, _, err := store.DatasetOf(r, w.dataset)
		a.User, a.Via = d.Versions[0].Accepted.User, d.Versions[0].Accepted.Via
		return err
	}))
	return a
}

// TestTwoWorkers: a run is in one hand at a time, and a worker that is stopped gives
// it back.
func TestTwoWorkers(t *testing.T) {
	w := newWorld(t)
	id := w.queue(nil)
	e := &slow{Engine: duck, in: make(chan struct{}, 1), out: make(chan struct{})}
	c := w.config(e)
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- runs.Work(ctx, c, "satu") }()
	<-e.in
	if did, err := c.One(w.ctx, "dua"); did || err != nil {
		t.Errorf("two workers have it: %v", err)
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if did, err := w.config(duck).One(w.ctx, "dua"); !did || err != nil {
		t.Error(did, err)
	}
	if r := w.run(id); r.State != study.Done {
		t.Errorf("%+v", r)
	}
}

// drowsy is an engine that takes its time.
type drowsy struct{ engine.Engine }

func (e *drowsy) Open(ctx context.Context, s []engine.Source, o engine.Options) (engine.Session, error) {
	x, err := e.Engine.Open(ctx, s, o)
	if err != nil {
		return nil, err
	}
	return drowsySession{x.(engine.Counter)}, nil
}

type drowsySession struct{ engine.Counter }

func (s drowsySession) Collect(ctx context.Context, r moments.Request) (moments.Statistic, error) {
	select {
	case <-ctx.Done():
		return moments.Statistic{}, ctx.Err()
	case <-time.After(150 * time.Millisecond):
	}
	return s.Counter.Collect(ctx, r)
}
