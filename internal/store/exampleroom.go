package store

import (
	"context"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

const (
	recordKind    = "record"
	markedExample = "record-marked-example"
)

// thisRecord is the record itself as an object of its log; there is one.
var thisRecord = event.Object{Kind: recordKind, ID: "1"}

// exampleState is the record as it is once it is marked.
type exampleState struct {
	Example bool `json:"example"`
}

// exampleRoom holds that a record is of an invented world. The log is its only
// table: whoever opens the record, by whatever command, finds the mark there.
type exampleRoom struct{}

// Types is the one event of the record itself.
func (exampleRoom) Types() []event.Type {
	return []event.Type{{Name: markedExample, Object: recordKind}}
}

// Tables are none.
func (exampleRoom) Tables() []AnyTable { return nil }

// Apply checks that the event says what it is for.
func (exampleRoom) Apply(_ *Tx, e event.Event) error {
	if e.Type != markedExample {
		return nil
	}
	_, err := Read[exampleState](e.After)
	return err
}

// Example tells whether the record is of an invented world, so that whatever
// leaves it says so.
func Example(from From) (bool, error) {
	last, err := from.reader().Last(thisRecord)
	return last.Seq > 0, err
}

// MarkExample says once and for ever that the record is of an invented world. It is
// for whoever makes such a world at the command line. Errors: a problem where
// somebody else asks, or where the record is marked.
func (s *Store) MarkExample(ctx context.Context, by By) (event.Event, error) {
	return s.change(ctx, by, thisRecord, func(a acting) (registry.Change, error) {
		if a.by.Actor.Capacity != event.LocalAdministrator {
			return registry.Change{}, problem.New("example-console")
		}
		if marked, err := Example(a); err != nil || marked {
			if err == nil {
				err = problem.New("example-marked")
			}
			return registry.Change{}, err
		}
		return registry.Change{Type: markedExample, After: exampleState{true}}, nil
	})
}
