package store

import (
	"context"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// DraftStudy makes a study of the organisation of x.Position, with what is written of
// its protocol so far, and gives its id; see study.Begin.
func (s *Store) DraftStudy(ctx context.Context, by By, x study.Study) (string, event.Event, error) {
	return s.makeStudy(ctx, by, x, "draft", study.Begin)
}

// makeStudy makes a study of the organisation of x.Position by a command.
func (s *Store) makeStudy(ctx context.Context, by By, x study.Study, command string, begin func(study.Study, registry.Organisation, registry.Position, []string, time.Time) (registry.Change, error)) (string, event.Event, error) {
	return s.made(ctx, by, studyKind, func(a acting, id string) (registry.Change, error) {
		position, owner, err := a.position(x.Position)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(studyKind, command, owner.Region, owner.ID); err != nil {
			return registry.Change{}, err
		}
		if _, err := a.user(x.User); err != nil {
			return registry.Change{}, err
		}
		known, err := a.known(x.Programmes)
		if err != nil {
			return registry.Change{}, err
		}
		x.ID = id
		return begin(x, owner, position, known, a.Now())
	})
}

// EditStudy replaces what is written of a study and not locked.
func (s *Store) EditStudy(ctx context.Context, by By, id string, p study.Protocol) (event.Event, error) {
	return s.onStudy(ctx, by, id, "edit", func(_ acting, x study.Study) (registry.Change, error) { return x.Edit(p) })
}

// LockStudy registers a study's draft: what it will do is locked before its people
// read outcomes.
func (s *Store) LockStudy(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "lock", func(a acting, x study.Study) (registry.Change, error) {
		c, measured, looked, err := a.draftOf(x)
		if err != nil {
			return registry.Change{}, err
		}
		return x.Lock(c, registry.HandOf(a.by.Actor, a.Now()), looked, measured...)
	})
}

// AmendStudy registers a study's draft as an amendment, for the reason in by.
func (s *Store) AmendStudy(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "amend", func(a acting, x study.Study) (registry.Change, error) {
		c, _, looked, err := a.draftOf(x)
		if err != nil {
			return registry.Change{}, err
		}
		return x.Amend(c, registry.HandOf(a.by.Actor, a.Now()), a.by.Why, looked)
	})
}

// WithdrawStudy takes a study back, for the reason in by, which everybody can read.
func (s *Store) WithdrawStudy(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "withdraw", func(a acting, x study.Study) (registry.Change, error) {
		return x.Withdraw(a.by.Actor.User, a.by.Why, a.Now())
	})
}

// draftOf reads a study's draft, and tells what its people measured in the periods that
// it declares as baseline, and when they first had another answer from its data; nil:
// never.
func (a acting) draftOf(x study.Study) (study.Checked, []study.Measured, *time.Time, error) {
	var p study.Protocol
	if x.Draft != nil {
		p = *x.Draft
	}
	c, err := a.checked(p)
	if err != nil {
		return c, nil, nil, err
	}
	all, err := runsWhere(a, "WHERE study = $1 AND dummy = $2 ORDER BY id", x.ID, false)
	if err != nil {
		return c, nil, nil, err
	}
	answered := slices.DeleteFunc(all, func(r study.Run) bool { return r.Answer == nil || x.Listed(r.ID) })
	measured, looked := c.MeasuredIn(answered)
	return c, measured, looked, nil
}

// RegisterStudy makes a study of the organisation of x.Position and gives its id;
// see study.Register.
func (s *Store) RegisterStudy(ctx context.Context, by By, x study.Study) (string, event.Event, error) {
	return s.makeStudy(ctx, by, x, "register", study.Register)
}

// NameStudyPermit says under which agreement and permit a study stands.
func (s *Store) NameStudyPermit(ctx context.Context, by By, id, agreement, permit string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "name-permit", func(_ acting, x study.Study) (registry.Change, error) {
		return x.NamePermit(agreement, permit)
	})
}

// StopStudy stops a study in a region, or as a whole (empty), for the reason in by.
func (s *Store) StopStudy(ctx context.Context, by By, id, region string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "stop", func(a acting, x study.Study) (registry.Change, error) {
		return x.Stop(region, a.by.Actor, a.by.Why, a.Now())
	})
}

// WithdrawStudyData records that a stopped study's data were taken away, for the
// reason in by.
func (s *Store) WithdrawStudyData(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "withdraw-data", func(a acting, x study.Study) (registry.Change, error) {
		return x.WithdrawData(a.by.Actor.User, a.by.Why, a.Now())
	})
}

func (s *Store) onStudy(ctx context.Context, by By, id, command string, decide func(acting, study.Study) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: studyKind, ID: id}, func(a acting) (registry.Change, error) {
		x, err := a.study(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(studyKind, command, x.Region, x.Owner); err != nil {
			return registry.Change{}, err
		}
		return decide(a, x)
	})
}

// The program itself stops studies and takes their data away when what they stand
// on ends: the rule is the reason. It asks for no right and no revision.

// StopStudyByRule stops a study in a region, or as a whole (empty).
func (s *Store) StopStudyByRule(ctx context.Context, id, region, rule string) (event.Event, error) {
	return s.byRule(ctx, id, rule, func(a acting, x study.Study) (registry.Change, error) {
		return x.Stop(region, a.by.Actor, rule, a.Now())
	})
}

// WithdrawStudyDataByRule records that a stopped study's data were taken away.
func (s *Store) WithdrawStudyDataByRule(ctx context.Context, id, rule string) (event.Event, error) {
	return s.byRule(ctx, id, rule, func(a acting, x study.Study) (registry.Change, error) {
		return x.WithdrawData("", rule, a.Now())
	})
}

func (s *Store) byRule(ctx context.Context, id, rule string, decide func(acting, study.Study) (registry.Change, error)) (event.Event, error) {
	by := By{Actor: event.Actor{Via: event.System}, Seen: Whatever, Why: rule}
	return s.Do(ctx, Command{Actor: by.Actor, Object: event.Object{Kind: studyKind, ID: id}, Seen: by.Seen, Why: by.Why, Decide: func(tx *Tx) (Change, error) {
		a := acting{Tx: tx, by: by}
		x, err := a.study(id)
		if err != nil {
			return Change{}, err
		}
		c, err := decide(a, x)
		return Change(c), err
	}})
}

func (a acting) study(id string) (study.Study, error) {
	return need("study-unknown", id, func() (study.Study, bool, error) { return StudyOf(a, id) })
}

// owner gives the organisation that is to own an entry, where the actor may give
// the command for it.
func (a acting) owner(kind, command, id string) (registry.Organisation, error) {
	o, err := a.organisation(id)
	if err != nil {
		return o, err
	}
	return o, a.may(kind, command, o.Region, o.ID)
}

// known gives those of the programmes that the register has.
func (a acting) known(ids []string) ([]string, error) {
	var known []string
	for _, id := range ids {
		_, ok, err := programmes.Get(a, id)
		if err != nil {
			return nil, err
		}
		if ok {
			known = append(known, id)
		}
	}
	return known, nil
}
