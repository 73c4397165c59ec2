package store

import (
	"context"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// ProposeFinding makes a finding of a released run and gives its id; see
// evidence.Propose. Whether its numbers are those of the run is for who calls: the
// released result is a content.
func (s *Store) ProposeFinding(ctx context.Context, by By, f evidence.Finding) (string, event.Event, error) {
	return s.made(ctx, by, findingKind, func(a acting, id string) (registry.Change, error) {
		run, err := a.run(f.Run)
		if err != nil {
			return registry.Change{}, err
		}
		x, err := a.study(run.Study)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(findingKind, "propose", x.Region, x.Owner); err != nil {
			return registry.Change{}, err
		}
		if f.Replaces != "" {
			old, err := a.finding(f.Replaces)
			if err != nil {
				return registry.Change{}, err
			}
			if old.State() != evidence.Released || old.Programme != f.Programme || old.Outcome != f.Outcome {
				return registry.Change{}, problem.New("finding-replaces", "field", "replaces")
			}
		}
		f.ID = id
		return evidence.Propose(f, x, run, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// EditFinding mends the words of a finding that is not released.
func (s *Store) EditFinding(ctx context.Context, by By, id string, sentence registry.Words, whom string) (event.Event, error) {
	return s.onFinding(ctx, by, id, "edit", func(a acting, f evidence.Finding, x study.Study) (registry.Change, error) {
		return f.Edit(sentence, whom, x, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// ReleaseFinding lets everybody read a finding. The one whose place it takes is
// superseded by an event of its own, at once.
func (s *Store) ReleaseFinding(ctx context.Context, by By, id string) (event.Event, error) {
	e, err := s.onFinding(ctx, by, id, "release", func(a acting, f evidence.Finding, x study.Study) (registry.Change, error) {
		var replaced *evidence.Finding
		if f.Replaces != "" {
			old, err := a.finding(f.Replaces)
			if err != nil {
				return registry.Change{}, err
			}
			replaced = &old
		}
		return f.Release(x, replaced, registry.HandOf(a.by.Actor, a.Now()))
	})
	if err != nil {
		return e, err
	}
	return e, s.SupersedeFindings(ctx)
}

// WithdrawFinding takes a finding back, for the reason in by.
func (s *Store) WithdrawFinding(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onFinding(ctx, by, id, "withdraw", func(a acting, f evidence.Finding, _ study.Study) (registry.Change, error) {
		return f.Withdraw(a.by.Actor.User, a.by.Why, a.Now())
	})
}

// SupersedeFindings records of each released finding that a released one names it as
// its forerunner: after a release, and once more should that have been cut off.
func (s *Store) SupersedeFindings(ctx context.Context) error {
	var due []evidence.Finding
	if err := s.View(ctx, func(r *Reader) error {
		all, err := findingsWhere(r, "WHERE state = $1 ORDER BY id", evidence.Released)
		if err != nil {
			return err
		}
		released := map[string]bool{}
		for _, f := range all {
			released[f.ID] = true
		}
		for _, f := range all {
			if f.Replaces != "" && released[f.Replaces] {
				due = append(due, f)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, next := range due {
		_, err := s.Do(ctx, Command{Actor: event.Actor{Via: event.System}, Object: event.Object{Kind: findingKind, ID: next.Replaces}, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
			old, err := acting{Tx: tx}.finding(next.Replaces)
			if err != nil {
				return Change{}, err
			}
			c, err := old.Supersede(next)
			return Change(c), err
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) onFinding(ctx context.Context, by By, id, command string, decide func(acting, evidence.Finding, study.Study) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: findingKind, ID: id}, func(a acting) (registry.Change, error) {
		f, err := a.finding(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(findingKind, command, f.Region, f.Owner); err != nil {
			return registry.Change{}, err
		}
		x, err := a.study(f.Study)
		if err != nil {
			return registry.Change{}, err
		}
		return decide(a, f, x)
	})
}

func (a acting) finding(id string) (evidence.Finding, error) {
	return need("finding-unknown", id, func() (evidence.Finding, bool, error) { return FindingOf(a, id) })
}
