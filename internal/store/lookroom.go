package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// A look has a life of one event: it is an object of its own, so that nobody's
// form on the dataset, study or permit goes stale because another has looked.
const (
	lookKind    = "look"
	rowsShown   = "rows-shown"
	lookRefused = "look-refused"
)

type lookRow struct {
	ID               string          `db:"id"`
	Seq              int64           `db:"seq"`
	At               time.Time       `db:"at"`
	Actor            string          `db:"actor"`
	Person           string          `db:"person"`
	Position         string          `db:"position"`
	As               string          `db:"seen_as"`
	Kind             access.LookKind `db:"kind"`
	Outcome          access.Outcome  `db:"outcome"`
	Refusal          string          `db:"refusal"`
	Study            string          `db:"study"`
	Agreement        string          `db:"agreement"`
	AgreementVersion int64           `db:"agreement_version"`
	Permit           string          `db:"permit"`
	PermitVersion    int64           `db:"permit_version"`
	Dataset          string          `db:"dataset"`
	DatasetVersion   string          `db:"dataset_version"`
	Columns          json.RawMessage `db:"column_names"`
	Regions          json.RawMessage `db:"region_codes"`
	From             registry.Day    `db:"from_day"`
	Until            registry.Day    `db:"until_day"`
	Rows             int64           `db:"row_count"`
}

var looks = Projected[lookRow]("looks", "id")

// lookRoom keeps who saw what.
type lookRoom struct{}

// Types are the two events of looks.
func (lookRoom) Types() []event.Type {
	return []event.Type{{Name: rowsShown, Object: lookKind}, {Name: lookRefused, Object: lookKind}}
}

// Tables is the table of looks.
func (lookRoom) Tables() []AnyTable { return []AnyTable{looks} }

// Apply adds a look.
func (lookRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != lookKind {
		return nil
	}
	l, err := Read[access.Look](e.After)
	if err != nil {
		return err
	}
	row := lookRow{
		ID: e.Object.ID, Seq: e.Seq, At: e.At, Actor: who(e.Actor), Person: l.User, Position: l.Position, As: l.As, Kind: l.Kind, Outcome: l.Outcome, Refusal: l.Refusal,
		Study: l.Study, Agreement: l.Agreement, AgreementVersion: l.AgreementVersion, Permit: l.Permit, PermitVersion: l.PermitVersion,
		Dataset: l.Dataset, DatasetVersion: l.DatasetVersion, From: l.Period.From, Until: l.Period.Until, Rows: l.Rows,
	}
	if row.Columns, err = event.Marshal(l.Columns); err != nil {
		return err
	}
	if row.Regions, err = event.Marshal(l.Regions); err != nil {
		return err
	}
	return looks.Put(tx, row)
}

// NoteLook notes a look in a transaction of its own. It comes before anything is
// shown: who gets an error shows nothing. It takes no right and refuses nobody;
// that is settled by then, and a refusal is noted too. Errors: the problem
// look-incomplete, or one of the store.
func (s *Store) NoteLook(ctx context.Context, by event.Actor, l access.Look) (event.Event, error) {
	c, err := s.look(by, l)
	if err != nil {
		return event.Event{}, err
	}
	return s.Do(ctx, c)
}

// look is the command that notes a look.
func (s *Store) look(by event.Actor, l access.Look) (Command, error) {
	if err := l.Check(); err != nil {
		return Command{}, err
	}
	if l.Columns == nil {
		l.Columns = []string{}
	}
	if l.Regions == nil {
		l.Regions = []string{}
	}
	id, err := event.NewID(s.Now(), s.config.Random)
	// Whatever: the object is new, so there is nothing to have seen.
	return Command{Actor: by, Object: event.Object{Kind: lookKind, ID: id}, Seen: Whatever, Decide: func(*Tx) (Change, error) {
		return Change{Type: l.Event(), After: l}, nil
	}}, err
}

// NotedLook is a look with its place in the log.
type NotedLook struct {
	Seq   int64 // of the event
	At    time.Time
	Actor string // who acted: the user, or "dampak" where a job looked for the user
	access.Look
}

// LooksUnder are the looks and the refusals under an agreement (its id; empty:
// under none), in order of the log, after an event's number, at most so many (0:
// all). Who may see them is the caller's question.
func LooksUnder(from From, agreement string, after int64, most int) ([]NotedLook, error) {
	tail, args := "WHERE agreement = $1 AND seq > $2 ORDER BY seq", []any{agreement, after}
	if most > 0 {
		tail, args = tail+" LIMIT $3", append(args, most)
	}
	rows, err := looks.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	all := make([]NotedLook, len(rows))
	for i, w := range rows {
		all[i] = NotedLook{Seq: w.Seq, At: w.At, Actor: w.Actor, Look: access.Look{
			User: w.Person, Position: w.Position, As: w.As, Kind: w.Kind, Outcome: w.Outcome, Refusal: w.Refusal,
			Study: w.Study, Agreement: w.Agreement, AgreementVersion: w.AgreementVersion, Permit: w.Permit, PermitVersion: w.PermitVersion,
			Dataset: w.Dataset, DatasetVersion: w.DatasetVersion, Period: registry.Period{From: w.From, Until: w.Until}, Rows: w.Rows,
		}}
		if err := json.Unmarshal(w.Columns, &all[i].Columns); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(w.Regions, &all[i].Regions); err != nil {
			return nil, err
		}
	}
	return all, nil
}
