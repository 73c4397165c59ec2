package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Command is one change that somebody wants. Whether they may is settled before
// it comes here.
type Command struct {
	Actor  event.Actor
	Object event.Object
	// Seen is the object's revision that the actor saw, which is the number of
	// its last event; 0: there is no such object yet; Whatever: it does not
	// matter.
	Seen int64
	Why  string // the reason given; may be empty
	// Decide looks at the record and answers with what shall be, or with the
	// error why not. It may write tables outside the log.
	Decide func(*Tx) (Change, error)
}

// Whatever is the Seen of a command that does not rest on what the object was.
const Whatever int64 = -1

// Change is what a command leads to.
type Change struct {
	Type string // of the event; its newest version is written
	// Before and After are the object's state as JSON makes it of Go values;
	// nil: there was, there will be nothing.
	Before, After any
}

// Stale is the error of a command on an object that others have changed since.
// It carries the problem in words.
type Stale struct {
	Object event.Object
	Seen   int64       // what the actor saw
	Last   event.Event // the last change; Seq 0: the object is not there
}

// Unwrap gives the problem in words.
func (e *Stale) Unwrap() error {
	if e.Last.Seq == 0 {
		return problem.New("stale-gone", "object", e.Object.String())
	}
	return problem.New("stale", "object", e.Object.String(), "seq", e.Last.Seq, "who", who(e.Last.Actor), "when", jakarta(e.Last.At))
}

// Error is the English sentence.
func (e *Stale) Error() string { return e.Unwrap().Error() }

// who names an actor for a message; the program itself goes by its name.
func who(a event.Actor) string {
	if a.User == "" {
		return "dampak"
	}
	return a.User
}

var wib = time.FixedZone("WIB", 7*60*60)

// jakarta writes an instant as officers of western Indonesia read it.
func jakarta(t time.Time) string { return t.In(wib).Format("2006-01-02 15:04:05 MST") }

// Do carries out a command and gives the event it led to, whose Seq is the
// object's new revision. When Do returns without error the event is on the
// disk; otherwise nothing was changed. Errors: *Stale, the error of Decide, or
// a problem of the store.
func (s *Store) Do(ctx context.Context, c Command) (event.Event, error) {
	var done event.Event
	err := s.writing(ctx, deciding, func(tx *Tx) (err error) {
		done, err = s.do(tx, c)
		return err
	})
	if err != nil {
		return event.Event{}, s.inWords(err)
	}
	return done, nil
}

func (s *Store) do(tx *Tx, c Command) (event.Event, error) {
	// First of all: writers queue here, on both databases.
	var head event.Anchor
	if err := tx.tx.QueryRowContext(tx.ctx, "UPDATE log_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash").Scan(&head.Seq, &head.Hash); err != nil {
		return event.Event{}, err
	}
	head.Seq--
	tx.now = s.Now() // the wait is over
	if err := tx.goesOn(head.Seq); err != nil {
		return event.Event{}, err
	}
	if c.Seen != Whatever {
		last, err := tx.Last(c.Object)
		if err != nil {
			return event.Event{}, err
		}
		if last.Seq != c.Seen {
			return event.Event{}, &Stale{Object: c.Object, Seen: c.Seen, Last: last}
		}
	}
	change, err := c.Decide(tx)
	if err != nil {
		return event.Event{}, err
	}
	if change.After, err = tx.keepPerson(change.After); err != nil {
		return event.Event{}, err
	}
	e, err := s.draft(tx, c, change)
	if err != nil {
		return event.Event{}, err
	}
	if err := s.rests(e); err != nil {
		return event.Event{}, err
	}
	if e, err = event.Seal(e, head); err != nil {
		return event.Event{}, err
	}
	if err := tx.append(e); err != nil {
		return event.Event{}, err
	}
	tx.mode = applying
	if err := s.apply(tx, e); err != nil {
		return event.Event{}, err
	}
	return e, nil
}

// clockSteps is how far a clock may be set back between two events, as those that
// are set by the network are now and then: the instant of the last event counts
// then. A clock further back is refused, for what counts at which instant (a
// grant, a mandate, a term) would be another thing.
const clockSteps = time.Minute

// goesOn sees to it that instants never fall from one event to the next.
func (tx *Tx) goesOn(last int64) error {
	e, ok, err := EventOf(tx, last)
	var spoilt *event.Fault
	if errors.As(err, &spoilt) {
		return nil // for Verify to name
	}
	if err != nil || !ok || !tx.now.Before(e.At) {
		return err
	}
	if e.At.Sub(tx.now) > clockSteps {
		return behind(tx.now, e.At)
	}
	tx.now = e.At
	return nil
}

func behind(now, last time.Time) error {
	return problem.New("clock-behind", "now", jakarta(now), "last", jakarta(last))
}

// CheckClock says in words that the clock is behind the last event.
func (s *Store) CheckClock(ctx context.Context) error {
	return s.View(ctx, func(r *Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		e, ok, err := EventOf(r, head.Seq)
		if now := s.Now(); err == nil && ok && e.At.Sub(now) > clockSteps {
			err = behind(now, e.At)
		}
		return err
	})
}

// draft makes the event of a change, with no place in the chain yet.
func (s *Store) draft(tx *Tx, c Command, change Change) (event.Event, error) {
	t, ok := s.types.Find(change.Type)
	if !ok || t.Object != c.Object.Kind {
		return event.Event{}, fmt.Errorf("no event type %q on %q is registered", change.Type, c.Object.Kind)
	}
	id, err := tx.NewID()
	if err != nil {
		return event.Event{}, err
	}
	e := event.Event{ID: id, At: tx.now, Actor: c.Actor, Object: c.Object, Type: t.Name, Version: t.Version(), Why: c.Why}
	for _, side := range []struct {
		from any
		to   *json.RawMessage
	}{{change.Before, &e.Before}, {change.After, &e.After}} {
		if *side.to, err = event.Marshal(side.from); err != nil {
			return event.Event{}, fmt.Errorf("event %s: %w", t.Name, err)
		}
	}
	return e, nil
}

// apply lets each room follow an event.
func (s *Store) apply(tx *Tx, e event.Event) error {
	e, err := s.types.Lift(e)
	if err != nil {
		return err
	}
	for _, r := range s.rooms {
		if err := r.Apply(tx, e); err != nil {
			return fmt.Errorf("event %d (%s): %w", e.Seq, e.Type, err)
		}
	}
	return nil
}
