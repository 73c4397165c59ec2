package store

import (
	"context"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// DraftStudy makes a study of the organisation of x.Position, with what is written of
// its protocol so far, and gives its id; see study.Begin.
func (s *Store) DraftStudy(ctx context.Context, by By, x study.Study) (string, event.Event, error) {
	return s.made(ctx, by, studyKind, func(a acting, id string) (registry.Change, error) {
		position, owner, err := a.position(x.Position)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(studyKind, "draft", owner.Region, owner.ID); err != nil {
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
		return study.Begin(x, owner, position, known, a.Now())
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
		c, looked, err := a.draftOf(x)
		if err != nil {
			return registry.Change{}, err
		}
		return x.Lock(c, registry.HandOf(a.by.Actor, a.Now()), looked)
	})
}

// AmendStudy registers a study's draft as an amendment, for the reason in by.
func (s *Store) AmendStudy(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onStudy(ctx, by, id, "amend", func(a acting, x study.Study) (registry.Change, error) {
		c, looked, err := a.draftOf(x)
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

// draftOf reads a study's draft, and tells when its people first had an answer from
// its data; nil: never.
func (a acting) draftOf(x study.Study) (study.Checked, *time.Time, error) {
	var p study.Protocol
	if x.Draft != nil {
		p = *x.Draft
	}
	c, err := a.checked(p)
	if err != nil {
		return c, nil, err
	}
	done, err := runsWhere(a, "WHERE study = $1 AND state = $2 AND dummy = $3 ORDER BY id", x.ID, string(study.Done), false)
	if err != nil {
		return c, nil, err
	}
	var first *time.Time
	for _, r := range done {
		if first == nil || r.Ended.Before(*first) {
			first = r.Ended
		}
	}
	return c, first, nil
}
