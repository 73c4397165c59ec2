package store

import (
	"context"
	"errors"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// By says who gives a command of internal/registry or internal/access, why, and
// what they saw.
//
// Whether they may is settled in the same transaction as the change, from what
// the record then says: a grant that ended a moment ago counts no more, whatever
// a door has looked at before.
type By struct {
	Actor event.Actor
	Seen  int64  // as in Command; not looked at where the command makes the object
	Why   string // the reason given; may be empty where the command needs none
}

// acting is a transaction in which somebody acts.
type acting struct {
	*Tx
	by  By
	who access.Standing
}

// change carries out a command whose right and rules decide settles.
func (s *Store) change(ctx context.Context, by By, object event.Object, decide func(acting) (registry.Change, error)) (event.Event, error) {
	by.Why = registry.Clean(by.Why)
	return s.Do(ctx, Command{Actor: by.Actor, Object: object, Seen: by.Seen, Why: by.Why, Decide: func(tx *Tx) (Change, error) {
		who, err := tx.standing(by.Actor)
		if err != nil {
			return Change{}, err
		}
		if by.Why != "" {
			if err := registry.CheckReason(by.Why); err != nil {
				return Change{}, err
			}
		}
		c, err := decide(acting{tx, by, who})
		return Change(c), err
	}})
}

// standing is the actor's, now. Errors: a problem where they do not hold the
// position that they say they act from.
func (tx *Tx) standing(a event.Actor) (access.Standing, error) {
	if a.Capacity == event.LocalAdministrator {
		if a.Via != event.CommandLine {
			return access.Standing{}, errors.New("a local administrator acts from the command line alone")
		}
		return access.LocalAdministrator(a.User, tx.Now()), nil
	}
	if err := tx.counts(a); err != nil {
		return access.Standing{}, err
	}
	who, err := Who(tx, a.User, tx.Now())
	if err != nil {
		return who, err
	}
	if who.User == "" {
		return who, problem.New("denied-nobody")
	}
	as, err := who.Actor(a.Position, a.Via, a.Through)
	if err == nil && as != a {
		err = problem.New("actor-position")
	}
	return who, err
}

// may settles a command on an object at a place.
func (a acting) may(object, command string, region, organisation string) error {
	place, err := placeIn(a.Tx, region, organisation)
	if err != nil {
		return err
	}
	return a.who.MayCommand(object, command, place, "")
}

// mayUser settles a command on a user. Others than the user need the right also
// where the user's grants are: who could set the password of somebody with a
// wider right, or view as them, would have that right.
func (a acting) mayUser(command string, u access.User) error {
	return a.mayOfUser(userKind, command, u)
}

// mayOfUser is mayUser for a command on another kind of object that is a user's.
func (a acting) mayOfUser(kind, command string, u access.User) error {
	return mayOfUser(a, a.who, kind, command, u, a.Now())
}

func mayOfUser(from From, who access.Standing, kind, command string, u access.User, at time.Time) error {
	place, err := placeOfUser(from, u.Organisation)
	if err != nil {
		return err
	}
	if err := who.MayCommand(kind, command, place, u.ID); err != nil || who.User == u.ID {
		return err
	}
	given, err := GrantsOf(from, u.ID)
	if err != nil {
		return err
	}
	for _, g := range given {
		if g.StateAt(at) != access.Active {
			continue
		}
		place, err := placeIn(from, g.Region, g.Organisation)
		if err != nil {
			return err
		}
		if err := who.MayCommand(kind, command, place, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// standingOf is the standing now of whoever left a mark.
func standingOf(from From, m access.Mark, at time.Time) (access.Standing, error) {
	who, err := Who(from, m.User, at)
	if err == nil && who.User == "" && m.Via == event.CommandLine && m.User == m.Through {
		return access.LocalAdministrator(m.User, at), nil
	}
	return who, err
}

// hands are those who may be behind what the actor does now (access.Hands).
func (a acting) hands() ([]access.Mark, error) {
	u, _, err := UserOf(a, a.by.Actor.User)
	return access.Hands(a.mark(), u), err
}

// two are the hands behind what was done first, when it was, and those behind what
// the actor does now: what needs two people holds them against each other
// (access.Apart), and nothing but that.
func (a acting) two(first access.Mark) (asked, by []access.Mark, err error) {
	if by, err = a.hands(); err != nil {
		return nil, nil, err
	}
	asked, err = handsThen(a, first)
	return asked, by, err
}

// handsThen are the hands behind what was done first, as they were then.
func handsThen(from From, first access.Mark) ([]access.Mark, error) {
	r := from.reader()
	before, err := r.events("WHERE seq >= 1 AND object_kind = $1 AND object_id = $2 AND at <= $3 ORDER BY seq DESC LIMIT 1", userKind, first.User, first.At)
	if err != nil {
		return nil, err
	}
	var u access.User
	if len(before) > 0 {
		e, err := r.kept.types.Lift(before[0])
		if err != nil {
			return nil, err
		}
		if u, err = Read[access.User](e.After); err != nil {
			return nil, err
		}
	}
	return access.Hands(first, u), nil
}

// made is what a command leads to that makes an object.
func (s *Store) made(ctx context.Context, by By, kind string, decide func(a acting, id string) (registry.Change, error)) (string, event.Event, error) {
	id, err := event.NewID(s.Now(), s.config.Random)
	if err != nil {
		return "", event.Event{}, err
	}
	by.Seen = 0
	e, err := s.change(ctx, by, event.Object{Kind: kind, ID: id}, func(a acting) (registry.Change, error) { return decide(a, id) })
	if err != nil {
		return "", event.Event{}, err
	}
	return id, e, nil
}

// nameOf names people for messages.
func nameOf(from From) registry.NameOf {
	return func(user string) string {
		u, ok, err := UserOf(from, user)
		if err != nil || !ok || u.Name == "" {
			return user
		}
		return u.Name
	}
}

// need gives an object that a command rests on, or the problem that there is
// none.
func need[T any](code, id string, find func() (T, bool, error)) (T, error) {
	v, ok, err := find()
	if err == nil && !ok {
		err = problem.New(code, "found", id)
	}
	return v, err
}

func (a acting) organisation(id string) (registry.Organisation, error) {
	return need("organisation-unknown", id, func() (registry.Organisation, bool, error) { return OrganisationOf(a, id) })
}

func (a acting) position(id string) (registry.Position, registry.Organisation, error) {
	p, err := need("position-unknown", id, func() (registry.Position, bool, error) { return PositionOf(a, id) })
	if err != nil {
		return p, registry.Organisation{}, err
	}
	o, err := a.organisation(p.Organisation)
	return p, o, err
}

func (a acting) user(id string) (access.User, error) {
	return need("user-unknown", id, func() (access.User, bool, error) { return UserOf(a, id) })
}

func (a acting) grant(id string) (access.Grant, error) {
	return need("grant-unknown", id, func() (access.Grant, bool, error) { return GrantOf(a, id) })
}
