package store

import (
	"context"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// RunAsk is what is asked of a run.
type RunAsk struct {
	Dummy bool // on made-up rows
	// Protocol runs instead of what is registered (or, on made-up rows before the
	// registration, instead of the draft); what differs from the registration is listed
	// with the answer. Nil: none.
	Protocol *study.Protocol
	Limits   study.Limits
}

// QueueRun asks for a run of a study and gives its id. On real rows each dataset must
// be open to who asks, at this instant: the refusal says which document is missing.
func (s *Store) QueueRun(ctx context.Context, by By, studyID string, ask RunAsk) (string, event.Event, error) {
	return s.made(ctx, by, runKind, func(a acting, id string) (registry.Change, error) {
		x, err := a.study(studyID)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(runKind, "queue", x.Region, x.Owner); err != nil {
			return registry.Change{}, err
		}
		c, err := a.protocol(x, ask)
		if err != nil {
			return registry.Change{}, err
		}
		r := study.Run{ID: id, Dummy: ask.Dummy, Limits: ask.Limits}
		var ids []string
		for _, u := range c.Data {
			d, err := a.dataset(u.Dataset)
			if err != nil {
				return registry.Change{}, err
			}
			data := study.RunData{Name: u.Name, Dataset: u.Dataset, Contract: u.Contract}
			if v, ok := d.Current(); ok && !ask.Dummy {
				data.Version, data.Content, data.Contract = v.Number, v.Content, v.Contract
			}
			r.Data, ids = append(r.Data, data), append(ids, u.Dataset)
		}
		if !ask.Dummy {
			if err := a.open(x, ids); err != nil {
				return registry.Change{}, err
			}
		}
		others, err := runsWhere(a, "WHERE study = $1 AND state = $2", x.ID, string(study.Queued))
		if err != nil {
			return registry.Change{}, err
		}
		return x.Queue(r, c, others, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// protocol is what the run does: what is asked, else what is registered, else the
// draft.
func (a acting) protocol(x study.Study, ask RunAsk) (study.Checked, error) {
	p := ask.Protocol
	if r, ok := x.Registered(); p == nil && ok {
		p = &r.Protocol
	}
	if p == nil {
		p = x.Draft
	}
	if p == nil {
		return study.Checked{}, problem.New("state-study-draft")
	}
	return a.checked(*p)
}

// checked reads a protocol, with the contracts of the datasets that it names.
func (a acting) checked(p study.Protocol) (study.Checked, error) {
	contracts := map[string][]string{}
	for _, u := range p.Data {
		d, ok, err := DatasetOf(a, u.Dataset)
		if err != nil {
			return study.Checked{}, err
		}
		if !ok {
			continue
		}
		contracts[d.ID] = []string{}
		for _, v := range d.Versions {
			contracts[d.ID] = append(contracts[d.ID], v.Contract)
		}
	}
	return p.Check(contracts)
}

// open says which document is missing for the actor to read the datasets for a
// study now.
func (a acting) open(x study.Study, datasets []string) error {
	c, err := CaseOf(a, a.by.Actor.User, x.ID, a.Now(), datasets...)
	if err != nil {
		return err
	}
	var lacks problem.List
	for _, d := range datasets {
		if _, err := c.Use(d, a.Now()); err != nil {
			lacks = append(lacks, problem.Of(err)...)
		}
	}
	if len(lacks) > 0 {
		return lacks
	}
	return nil
}

// CancelRun ends a run that is no longer wanted.
func (s *Store) CancelRun(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onRun(ctx, by, id, func(a acting, r study.Run) (registry.Change, error) {
		if err := a.may(runKind, "cancel", r.Region, r.Owner); err != nil {
			return registry.Change{}, err
		}
		return r.Cancel(a.by.Why, a.Now())
	})
}

// AnswerRun records what a worker computed, while it holds the run.
func (s *Store) AnswerRun(ctx context.Context, worker, id string, answer study.Answer) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(r study.Run, at time.Time) (registry.Change, error) { return r.Finish(answer, at) })
}

// FailRun records that a run has no answer, while a worker holds it.
func (s *Store) FailRun(ctx context.Context, worker, id string, why error) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(r study.Run, at time.Time) (registry.Change, error) { return r.Fail(study.SaidOf(why), at) })
}

// ShutRun records that a run's data are not open, while a worker holds it.
func (s *Store) ShutRun(ctx context.Context, worker, id string, why error) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(r study.Run, at time.Time) (registry.Change, error) { return r.ShutDown(study.SaidOf(why), at) })
}

// endRun carries out a command of the program on a run that a worker holds: one that
// lost its lease may have been followed by another, whose word counts.
func (s *Store) endRun(ctx context.Context, worker, id string, decide func(study.Run, time.Time) (registry.Change, error)) (event.Event, error) {
	e, err := s.Do(ctx, Command{Actor: event.Actor{Via: event.System}, Object: event.Object{Kind: runKind, ID: id}, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
		r, err := acting{Tx: tx}.run(id)
		if err != nil {
			return Change{}, err
		}
		l, ok, err := runLeases.Get(tx, id)
		if err != nil {
			return Change{}, err
		}
		if !ok || l.Worker != worker {
			return Change{}, ErrLeaseLost
		}
		c, err := decide(r, tx.Now())
		return Change(c), err
	}})
	if err != nil {
		return e, err
	}
	return e, s.Aside(ctx, func(tx *Tx) error {
		_, err := runLeases.DeleteWhere(tx, "WHERE run = $1", id)
		return err
	})
}

func (s *Store) onRun(ctx context.Context, by By, id string, decide func(acting, study.Run) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: runKind, ID: id}, func(a acting) (registry.Change, error) {
		r, err := a.run(id)
		if err != nil {
			return registry.Change{}, err
		}
		return decide(a, r)
	})
}

func (a acting) run(id string) (study.Run, error) {
	return need("run-unknown", id, func() (study.Run, bool, error) { return RunOf(a, id) })
}

// SeesAnswer tells whether a person may see what a run of a study answered before it
// is released: who asked for it, who answers for the study, and the members of its
// permit. Each such look is noted by who shows it.
func SeesAnswer(from From, user string, r study.Run) (bool, error) {
	x, ok, err := StudyOf(from, r.Study)
	if err != nil || !ok || user == "" {
		return false, err
	}
	if x.User == user || r.Queued.User == user {
		return true, nil
	}
	if x.Permit == "" {
		return false, nil
	}
	p, ok, err := PermitOf(from, x.Permit)
	if err != nil || !ok {
		return false, err
	}
	for _, member := range append([]string{p.Responsible.User}, p.Members...) {
		if member == user {
			return true, nil
		}
	}
	return false, nil
}
