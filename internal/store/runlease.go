package store

import (
	"context"
	"errors"
	"time"

	"github.com/dampak/dampak/internal/study"
)

// RunLease says which worker has a run in hand.
type RunLease struct {
	Run      string    `db:"run"`
	Worker   string    `db:"worker"`
	Begun    time.Time `db:"begun_at"` // when this worker took it
	Until    time.Time `db:"until_at"` // it is taken as dead from then on
	Attempts int64     `db:"attempts"` // how many workers have taken it, this one with them
	Doing    string    `db:"doing"`    // as package run says it; empty: nothing yet
	Share    float64   `db:"share"`    // 0 to 1
}

var runLeases = Outside[RunLease](Lease, "run_leases", "run")

// MostAttempts is how many workers may die over one run before it is given up.
const MostAttempts = 100

// ErrLeaseLost is the error of a worker that no longer holds its run.
var ErrLeaseLost = errors.New("store: another worker has the run, or it has ended")

// ClaimRun gives the oldest run that is queued and in nobody's hand to a worker, for
// a time that BeatRun prolongs; false: there is none. Several processes may ask: each
// run has one worker at a time.
func (s *Store) ClaimRun(ctx context.Context, worker string, lasts time.Duration) (r study.Run, l RunLease, ok bool, err error) {
	err = s.Aside(ctx, func(tx *Tx) error {
		now := tx.Now()
		free, err := runsWhere(tx, "WHERE state = $1 AND id NOT IN (SELECT run FROM run_leases WHERE until_at > $2) ORDER BY id LIMIT 1", string(study.Queued), now)
		if err != nil || len(free) == 0 {
			return err
		}
		r = free[0]
		taken, err := runLeases.Insert(tx, RunLease{Run: r.ID, Worker: worker, Begun: now, Until: now.Add(lasts), Attempts: 1},
			"ON CONFLICT (run) DO UPDATE SET worker = excluded.worker, begun_at = excluded.begun_at, until_at = excluded.until_at, attempts = run_leases.attempts + 1, doing = '', share = 0 WHERE run_leases.until_at <= excluded.begun_at")
		if err != nil || taken == 0 {
			return err
		}
		l, ok, err = runLeases.Get(tx, r.ID)
		return err
	})
	return r, l, ok && err == nil, err
}

// BeatRun says that a worker lives, and what it does. Errors: ErrLeaseLost where
// another has the run by now, or it has ended; the worker then stops.
func (s *Store) BeatRun(ctx context.Context, worker, run string, lasts time.Duration, doing string, share float64) error {
	return s.Aside(ctx, func(tx *Tx) error {
		r, ok, err := RunOf(tx, run)
		if err != nil {
			return err
		}
		if !ok || r.State != study.Queued {
			return ErrLeaseLost
		}
		n, err := runLeases.Update(tx, "SET until_at = $1, doing = $2, share = $3 WHERE run = $4 AND worker = $5", tx.Now().Add(lasts), doing, share, run, worker)
		if err == nil && n == 0 {
			return ErrLeaseLost
		}
		return err
	})
}

// DropRun gives a run back, so that another worker takes it at once.
func (s *Store) DropRun(ctx context.Context, worker, run string) error {
	return s.Aside(ctx, func(tx *Tx) error {
		_, err := runLeases.Update(tx, "SET until_at = $1 WHERE run = $2 AND worker = $3", tx.Now(), run, worker)
		return err
	})
}

// LeaseOf tells who has a run in hand; false: nobody has taken it.
func LeaseOf(from From, run string) (RunLease, bool, error) { return runLeases.Get(from, run) }

// LiveWorkers are the workers that have a run in hand at an instant.
func LiveWorkers(from From, at time.Time) (map[string]bool, error) {
	held, err := runLeases.Select(from, "WHERE until_at > $1", at)
	if err != nil {
		return nil, err
	}
	live := map[string]bool{}
	for _, l := range held {
		live[l.Worker] = true
	}
	return live, nil
}
