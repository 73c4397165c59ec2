package store

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"

	"github.com/dampak/dampak/internal/event"
)

// eventRow is an event as the database holds it.
type eventRow struct {
	Seq        int64            `db:"seq"`
	ID         string           `db:"id"`
	At         string           `db:"at"` // read by hand: a spoilt instant is a finding, not an error
	User       string           `db:"actor_user"`
	Position   string           `db:"actor_position"`
	Capacity   event.Capacity   `db:"actor_capacity"`
	Via        event.Via        `db:"actor_via"`
	Through    string           `db:"actor_through"`
	ObjectKind string           `db:"object_kind"`
	ObjectID   string           `db:"object_id"`
	Type       string           `db:"type"`
	Version    int64            `db:"version"`
	Before     *json.RawMessage `db:"state_before"`
	After      *json.RawMessage `db:"state_after"`
	Why        string           `db:"why"`
	Prev       string           `db:"prev"`
	Hash       string           `db:"hash"`
}

type headRow struct {
	ID     int64  `db:"id"`
	Seq    int64  `db:"seq"`
	Hash   string `db:"hash"`
	Schema int64  `db:"schema"` // for which the projected tables were last made; 0: not yet
}

// The log is neither projected nor outside: Do alone writes it.
var (
	eventsTable = declare[eventRow]("events", ofLog, []string{"seq"})
	headTable   = declare[headRow]("log_head", ofLog, []string{"id"})
)

func (w eventRow) event() (event.Event, error) {
	at, err := event.ParseInstant(w.At)
	if err != nil {
		return event.Event{}, event.Unreadable(w.Seq, w.ID)
	}
	e := event.Event{
		Seq: w.Seq, ID: w.ID, At: at, Actor: event.Actor{User: w.User, Position: w.Position, Capacity: w.Capacity, Via: w.Via, Through: w.Through},
		Object: event.Object{Kind: w.ObjectKind, ID: w.ObjectID}, Type: w.Type, Version: int(w.Version), Why: w.Why, Prev: w.Prev, Hash: w.Hash,
	}
	if w.Before != nil {
		e.Before = *w.Before
	}
	if w.After != nil {
		e.After = *w.After
	}
	return e, nil
}

func rowOf(e event.Event) eventRow {
	w := eventRow{
		Seq: e.Seq, ID: e.ID, At: event.FormatInstant(e.At),
		User: e.Actor.User, Position: e.Actor.Position, Capacity: e.Actor.Capacity, Via: e.Actor.Via, Through: e.Actor.Through,
		ObjectKind: e.Object.Kind, ObjectID: e.Object.ID, Type: e.Type, Version: int64(e.Version), Why: e.Why, Prev: e.Prev, Hash: e.Hash,
	}
	if e.Before != nil {
		w.Before = &e.Before
	}
	if e.After != nil {
		w.After = &e.After
	}
	return w
}

// append writes a sealed event and moves the head to it.
func (tx *Tx) append(e event.Event) error {
	values, err := eventsTable.row(rowOf(e))
	if err != nil {
		return err
	}
	// Plain INSERT: an event is never written over.
	if _, err := tx.tx.ExecContext(tx.ctx, eventsTable.inserting, values...); err != nil {
		return err
	}
	_, err = tx.tx.ExecContext(tx.ctx, "UPDATE log_head SET hash = $1 WHERE id = 1", e.Hash)
	return err
}

// Head is the end of the log as it stands.
func (s *Store) Head(ctx context.Context) (event.Anchor, error) {
	var head event.Anchor
	err := s.View(ctx, func(r *Reader) (err error) {
		head, err = r.Head()
		return err
	})
	return head, err
}

// Head is the end of the log in this state.
func (r *Reader) Head() (event.Anchor, error) {
	row, ok, err := headTable.Get(r, int64(1))
	if err == nil && !ok {
		err = errors.New("the head of the log is gone")
	}
	return event.Anchor{Seq: row.Seq, Hash: row.Hash}, err
}

// pageOf is how many events are read at a time: PostgreSQL answers no other
// question on a connection whose rows are still coming.
const pageOf = 1000

// Log gives the events after a number, in order. What no longer is an event
// comes as an error that is an *event.Fault; the walk goes on if its number can
// still be read.
func (r *Reader) Log(after int64) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		after, page := after, pageOf
		for {
			rows, err := eventsTable.Select(r, "WHERE seq > $1 ORDER BY seq LIMIT $2", after, page)
			switch {
			case errors.Is(err, errUnfit) && page > 1:
				page = 1 // which one is it?
				continue
			case errors.Is(err, errUnfit):
				yield(event.Event{}, event.Unreadable(after+1, ""))
				return
			case err != nil:
				yield(event.Event{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row.event()) {
					return
				}
				after = row.Seq
			}
			if len(rows) < page {
				return
			}
		}
	}
}

// History gives the events of an object, the first one first.
func (r *Reader) History(o event.Object) ([]event.Event, error) {
	return r.events("WHERE object_kind = $1 AND object_id = $2 AND seq >= 1 ORDER BY seq", o.Kind, o.ID)
}

// Trail gives the last events of a user, by them or on them, the newest first, at
// most so many, before a number (0: from the end).
func (r *Reader) Trail(user string, before int64, most int) ([]event.Event, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return r.events("WHERE seq IN (SELECT seq FROM events WHERE actor_user = $1 UNION SELECT seq FROM events WHERE object_kind = $2 AND object_id = $1) AND seq >= 1 AND seq < $3 ORDER BY seq DESC LIMIT $4",
		user, userKind, before, most)
}

// Last gives the last event of an object, whose Seq is the object's revision;
// Seq 0 where there is none.
func (r *Reader) Last(o event.Object) (event.Event, error) {
	all, err := r.events("WHERE object_kind = $1 AND object_id = $2 AND seq >= 1 ORDER BY seq DESC LIMIT 1", o.Kind, o.ID)
	if err != nil || len(all) == 0 {
		return event.Event{}, err
	}
	return all[0], nil
}

func (r *Reader) events(tail string, args ...any) ([]event.Event, error) {
	rows, err := eventsTable.Select(r, tail, args...)
	if err != nil {
		return nil, err
	}
	all := make([]event.Event, len(rows))
	for i, row := range rows {
		if all[i], err = row.event(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
