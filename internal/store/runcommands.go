package store

import (
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// RunAsk is what is asked of a run.
type RunAsk struct {
	Dummy bool // on made-up rows
	// Baseline measures the outcomes of the draft in its baseline periods, instead of
	// answering it; Protocol is not looked at then.
	Baseline bool
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
		if ask.Baseline {
			ask.Dummy, ask.Protocol = false, x.Draft
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
		queue := x.Queue
		if ask.Baseline {
			queue = x.QueueBaseline
		}
		return queue(r, c, others, registry.HandOf(a.by.Actor, a.Now()))
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

func (a acting) checked(p study.Protocol) (study.Checked, error) { return CheckProtocol(a, p) }

// CheckProtocol reads a protocol, with the contracts of the datasets that it names.
// Errors: the problems of what it lacks.
func CheckProtocol(from From, p study.Protocol) (study.Checked, error) {
	contracts := map[string][]string{}
	for _, u := range p.Data {
		d, ok, err := DatasetOf(from, u.Dataset)
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
		if _, err := runLeases.DeleteWhere(a.Tx, "WHERE run = $1", id); err != nil {
			return registry.Change{}, err
		}
		return r.Cancel(a.by.Why, a.Now())
	})
}

// Along is what goes into the record together with an answer, or keeps it out.
type Along struct {
	// Still is asked in the transaction of the answer, so of what the record says at that
	// instant; its error keeps the answer out. Nil: nothing is asked.
	Still func(From) error
	// Looks are noted before the answer, and only with it (NoteLook).
	Looks []access.Look
}

// AnswerRun records what a worker computed, while it holds the run, all or nothing.
func (s *Store) AnswerRun(ctx context.Context, worker, id string, answer study.Answer, along ...Along) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(tx *Tx, r study.Run) (registry.Change, error) {
		for _, a := range along {
			if a.Still != nil {
				if err := a.Still(tx); err != nil {
					return registry.Change{}, err
				}
			}
		}
		return r.Finish(answer, tx.Now())
	}, along...)
}

// FailRun records that a run has no answer, while a worker holds it.
func (s *Store) FailRun(ctx context.Context, worker, id string, why error) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(tx *Tx, r study.Run) (registry.Change, error) { return r.Fail(study.SaidOf(why), tx.Now()) })
}

// ShutRun records that a run's data are not open, while a worker holds it.
func (s *Store) ShutRun(ctx context.Context, worker, id string, why error) (event.Event, error) {
	return s.endRun(ctx, worker, id, func(tx *Tx, r study.Run) (registry.Change, error) { return r.ShutDown(study.SaidOf(why), tx.Now()) })
}

// endRun carries out a command of the program on a run that a worker holds: one that
// lost its lease may have been followed by another, whose word counts.
func (s *Store) endRun(ctx context.Context, worker, id string, decide func(*Tx, study.Run) (registry.Change, error), along ...Along) (e event.Event, err error) {
	var all []Command
	for _, a := range along {
		for _, l := range a.Looks {
			c, err := s.look(event.Actor{Via: event.System}, l)
			if err != nil {
				return e, err
			}
			all = append(all, c)
		}
	}
	all = append(all, Command{Actor: event.Actor{Via: event.System}, Object: event.Object{Kind: runKind, ID: id}, Seen: Whatever, Decide: func(tx *Tx) (Change, error) {
		r, err := acting{Tx: tx}.run(id)
		if err != nil {
			return Change{}, err
		}
		l, ok, err := runLeases.Get(tx, id)
		if err != nil {
			return Change{}, err
		}
		if !ok || l.Worker != worker || r.State != study.Queued {
			return Change{}, ErrLeaseLost
		}
		c, err := decide(tx, r)
		return Change(c), err
	}})
	err = s.writing(ctx, deciding, func(tx *Tx) (err error) {
		for _, c := range all {
			tx.mode = deciding
			if e, err = s.do(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return event.Event{}, s.inWords(err)
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

// RequestRelease asks a checker to let a run's answer go; the reason in by is the note
// to the checker.
func (s *Store) RequestRelease(ctx context.Context, by By, id string) (event.Event, error) {
	return s.ofStudy(ctx, by, id, "request-release", func(a acting, r study.Run) (registry.Change, error) {
		return r.Request(a.by.Why, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// AnswerQuestion answers the checker's question, by the reason in by.
func (s *Store) AnswerQuestion(ctx context.Context, by By, id string) (event.Event, error) {
	return s.ofStudy(ctx, by, id, "answer-question", func(a acting, r study.Run) (registry.Change, error) {
		return r.Reply(a.by.Why, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// QuestionRelease asks the study's people something, by the reason in by.
func (s *Store) QuestionRelease(ctx context.Context, by By, id string) (event.Event, error) {
	return s.checks(ctx, by, id, "question-release", func(a acting, r study.Run, people []string) (registry.Change, error) {
		return r.Question(a.by.Why, people, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// RefuseRelease keeps a run's answer in, for the reason in by.
func (s *Store) RefuseRelease(ctx context.Context, by By, id string) (event.Event, error) {
	return s.checks(ctx, by, id, "refuse-release", func(a acting, r study.Run, people []string) (registry.Change, error) {
		return r.Refuse(a.by.Why, people, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// ReleaseRun lets a run's answer go: the content of out, which is kept already, is
// exactly what leaves, its Held what does not, for the reason in by.
func (s *Store) ReleaseRun(ctx context.Context, by By, id string, out study.Release) (event.Event, error) {
	return s.checks(ctx, by, id, "release", func(a acting, r study.Run, people []string) (registry.Change, error) {
		return r.LetGo(out, a.by.Why, people, registry.HandOf(a.by.Actor, a.Now()))
	})
}

// ofStudy carries out a command of a study's people on its run.
func (s *Store) ofStudy(ctx context.Context, by By, id, command string, decide func(acting, study.Run) (registry.Change, error)) (event.Event, error) {
	return s.onRun(ctx, by, id, func(a acting, r study.Run) (registry.Change, error) {
		if err := a.may(runKind, command, r.Region, r.Owner); err != nil {
			return registry.Change{}, err
		}
		x, err := a.study(r.Study)
		if err != nil {
			return registry.Change{}, err
		}
		people, err := peopleOf(a, x, r)
		if err != nil {
			return registry.Change{}, err
		}
		if !slices.Contains(people, a.by.Actor.User) {
			return registry.Change{}, problem.New("scope-not-member", "study", x.Title)
		}
		return decide(a, r)
	})
}

// checks carries out a command of a checker on a run: one of the study's office, or
// of an office whose data it read.
func (s *Store) checks(ctx context.Context, by By, id, command string, decide func(acting, study.Run, []string) (registry.Change, error)) (event.Event, error) {
	return s.onRun(ctx, by, id, func(a acting, r study.Run) (registry.Change, error) {
		places, err := CheckPlaces(a, r)
		if err != nil {
			return registry.Change{}, err
		}
		need, _ := access.Needs(runKind, command)
		if err := a.who.MayAny(need.Permission, places); err != nil {
			return registry.Change{}, err
		}
		x, err := a.study(r.Study)
		if err != nil {
			return registry.Change{}, err
		}
		authors, err := authorsOf(a, x, r)
		if err != nil {
			return registry.Change{}, err
		}
		return decide(a, r, authors)
	})
}

// CheckPlaces are the places at which a right to check counts for a run: that of its
// study, and those of the owners of the data that it read.
func CheckPlaces(from From, r study.Run) ([]access.Place, error) {
	seen := map[string]bool{}
	var out []access.Place
	add := func(region, organisation string) error {
		if seen[organisation] {
			return nil
		}
		seen[organisation] = true
		p, err := placeIn(from, region, organisation)
		out = append(out, p)
		return err
	}
	if err := add(r.Region, r.Owner); err != nil {
		return nil, err
	}
	for _, x := range r.Data {
		d, ok, err := DatasetOf(from, x.Dataset)
		if err != nil {
			return nil, err
		}
		if ok {
			if err := add(d.Region, d.Owner); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// peopleOf are those whose study it is, who see what a run of it answered and never
// check it; no run: whoever queued it is left out.
func peopleOf(from From, x study.Study, r study.Run) ([]string, error) {
	p, ok, err := PermitOf(from, x.Permit)
	if err != nil || !ok {
		return x.People(r, nil), err
	}
	return x.People(r, append([]string{p.Responsible.User}, p.Members...)), nil
}

// authorsOf are those who never check what a run of a study gives: its people, whoever
// wrote of it without registering it, and the members of the permit that the run read
// under, should the study stand under another by now.
func authorsOf(from From, x study.Study, r study.Run) ([]string, error) {
	all, err := peopleOf(from, x, r)
	if err != nil {
		return nil, err
	}
	wrote, err := from.reader().History(event.Object{Kind: studyKind, ID: x.ID})
	if err != nil {
		return nil, err
	}
	for _, e := range wrote {
		if slices.Contains([]string{"study-drafted", "study-edited", "study-locked", "study-amended"}, e.Type) {
			all = append(all, e.Actor.User)
		}
	}
	if r.Answer == nil || r.Answer.Permit == "" || r.Answer.Permit == x.Permit {
		return all, nil
	}
	p, _, err := PermitOf(from, r.Answer.Permit)
	return append(append(all, p.Responsible.User), p.Members...), err
}

// SeesAnswer tells whether a person may see what a run of a study answered before it
// is released: the study's people. Each such look is noted by who shows it.
func SeesAnswer(from From, user string, r study.Run) (bool, error) {
	x, ok, err := StudyOf(from, r.Study)
	if err != nil || !ok || user == "" {
		return false, err
	}
	people, err := peopleOf(from, x, r)
	return slices.Contains(people, user), err
}

// ChecksAnswer tells whether somebody may look at what a run answered in order to
// check it: it waits for that, and they are none of the study's people.
func ChecksAnswer(from From, who access.Standing, r study.Run) (bool, error) {
	if r.Stage() != study.Requested && r.Stage() != study.Questioned {
		return false, nil
	}
	places, err := CheckPlaces(from, r)
	if err != nil || who.MayAny(access.ReleaseCheck, places) != nil {
		return false, err
	}
	x, ok, err := StudyOf(from, r.Study)
	if err != nil || !ok {
		return false, err
	}
	authors, err := authorsOf(from, x, r)
	return !slices.Contains(authors, who.User), err
}
