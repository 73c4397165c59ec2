package answers

import (
	"bytes"
	"context"
	"slices"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
)

// Release lets the answer of a run go, but for the numbers that held names
// (report.Key), and with its counts rounded where round says so: exactly what leaves is
// kept as a content first. It gives that answer. Errors: the problems answer-key, for a
// name that none of them has, answer-implied, for each number held that those which go
// give away, and answer-nothing, where no number would be left; those of store.ReleaseRun.
func Release(ctx context.Context, s *store.Store, by store.By, id string, held []string, round bool) (Answer, event.Event, error) {
	var x study.Run
	if err := s.View(ctx, func(r *store.Reader) error {
		var ok bool
		var err error
		if x, ok, err = store.RunOf(r, id); err != nil {
			return err
		}
		if !ok {
			return problem.New("run-unknown", "found", id)
		}
		return study.RunLife.Check(string(x.Stage()), "release")
	}); err != nil {
		return Answer{}, event.Event{}, err
	}
	a, err := Of(ctx, s.Contents(), x)
	if err != nil {
		return a, event.Event{}, err
	}
	if a, err = a.leaving(held, round); err != nil {
		return a, event.Event{}, err
	}
	var text bytes.Buffer
	if err := report.JSON(&text, report.Input{Result: a.Result, Study: a.Plan}); err != nil {
		return a, event.Event{}, err
	}
	hash, _, err := s.Contents().Put(ctx, &text)
	if err != nil {
		return a, event.Event{}, err
	}
	e, err := s.ReleaseRun(ctx, by, id, study.Release{Content: hash, Held: held, Rounded: round})
	if err != nil {
		return a, e, err
	}
	a.Run, err = store.Read[study.Run](e.After)
	return a, e, err
}

// leaving is the answer as it leaves without the numbers that held names, which nothing
// of it may give away. Errors: answer-key, answer-implied and answer-nothing, of Release.
func (a Answer) leaving(held []string, round bool) (Answer, error) {
	leaves := a.Leaves()
	for _, key := range held {
		if !slices.ContainsFunc(leaves, func(n Number) bool { return n.Key == key }) {
			return a, problem.New("answer-key", "found", key, "field", "held_keys")
		}
	}
	if err := notImplied(a.Result.Estimates, slices.Concat(a.Gate.Held, held)); err != nil {
		return a, err
	}
	a.Result = report.Hold(a.Result, held)
	if round {
		a = a.Rounded()
	}
	if len(a.Leaves()) == 0 {
		return a, problem.New("answer-nothing")
	}
	return a, nil
}
