package runs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"syscall"
	"time"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Config is what a worker works with.
type Config struct {
	Store   *store.Store
	Engine  engine.Engine
	Dir     string        // for what runs need while they compute, private; what a dead worker left goes at the start
	Lease   time.Duration // how long a silent worker is believed; 0: half a minute
	Idle    time.Duration // how long a worker waits where nothing is queued; 0: a second
	Version string        // of the program, for answers
	Log     *slog.Logger  // takes what went wrong, without anything of the data
}

func (c Config) filled() Config {
	if c.Lease <= 0 {
		c.Lease = 30 * time.Second
	}
	if c.Idle <= 0 {
		c.Idle = time.Second
	}
	return c
}

// Work does one run after another until the context ends; a run in hand is then
// given back. One worker a process leaves the other cores to the pages, and its thread
// comes after theirs where the machine is busy.
func Work(ctx context.Context, c Config, worker string) error {
	ended := make(chan error, 1)
	go func() {
		comesLast()
		ended <- c.filled().work(ctx, worker)
	}()
	return <-ended
}

func (c Config) work(ctx context.Context, worker string) error {
	if err := c.sweep(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		did, err := c.One(ctx, worker)
		if err != nil && ctx.Err() == nil {
			c.Log.Error("a run could not be worked on", "error", problem.Mask(err.Error()))
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(c.Idle):
		}
	}
	return nil
}

// One claims the oldest run that is free and does it; false: there was none. Errors:
// the record could not be read or written; the run is free again then.
func (c Config) One(ctx context.Context, worker string) (bool, error) {
	c = c.filled()
	r, lease, ok, err := c.Store.ClaimRun(ctx, worker, c.Lease)
	if err != nil || !ok {
		return false, err
	}
	if lease.Attempts > 1 { // somebody had it before, and may be dead
		if err := c.sweep(ctx); err != nil {
			return true, errors.Join(err, c.Store.DropRun(ctx, worker, r.ID))
		}
	}
	if lease.Attempts > store.MostAttempts {
		_, err := c.Store.FailRun(ctx, worker, r.ID, problem.New("run-crashed", "attempts", store.MostAttempts))
		return true, err
	}
	return true, c.do(ctx, worker, r)
}

// do computes a run that the worker holds, and records why where there is no answer.
func (c Config) do(ctx context.Context, worker string, r study.Run) error {
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.Limits.Seconds > 0 {
		timer := time.AfterFunc(time.Duration(r.Limits.Seconds)*time.Second, func() {
			stop(problem.New("run-too-long", "seconds", r.Limits.Seconds))
		})
		defer timer.Stop()
	}
	j := &job{Config: c, worker: worker, run: r, stop: stop}
	beating := make(chan struct{})
	go func() { defer close(beating); j.beat(within) }()
	err := j.compute(within)
	stop(nil)
	<-beating
	if cause := context.Cause(within); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause // why the computation was stopped, not that it was
	}
	var shut *shutError
	switch {
	case errors.Is(err, store.ErrLeaseLost):
		return nil // somebody else's, or over
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), c.Store.DropRun(context.WithoutCancel(ctx), worker, r.ID))
	case errors.As(err, &shut):
		_, err = c.Store.ShutRun(ctx, worker, r.ID, shut.List)
	case full(err):
		_, err = c.Store.FailRun(ctx, worker, r.ID, problem.New("run-disk-full"))
	case errors.As(err, new(*unwritable)):
		return errors.Join(err, c.Store.DropRun(ctx, worker, r.ID))
	default:
		if problem.Of(err) == nil {
			c.Log.Error("a run broke", "run", r.ID, "error", problem.Mask(err.Error()))
		}
		_, err = c.Store.FailRun(ctx, worker, r.ID, err)
	}
	if errors.Is(err, store.ErrLeaseLost) {
		return nil
	}
	return err
}

// unwritable says that what a run has to keep could not be written.
type unwritable struct{ error }

func (u *unwritable) Unwrap() error { return u.error }

// full tells that a disk had no room, for what was computed or for what is kept. A
// record that cannot even take that leaves the run in the queue, for another time.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || slices.ContainsFunc(problem.Of(err), func(p *problem.Problem) bool { return p.Code == "disk-full" || p.Code == "store-full" })
}
