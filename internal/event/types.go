package event

import (
	"encoding/json"
	"fmt"

	"github.com/dampak/dampak/internal/problem"
)

// Lift turns what version n of a type wrote into version n+1. It is pure: it
// sees nothing but the event's two values (nil: nothing) and may not change
// them in place.
type Lift func(before, after json.RawMessage) (newBefore, newAfter json.RawMessage, err error)

// Type is one kind of event that may happen.
type Type struct {
	Name   string // kebab-case, a past participle: "organisation-registered"
	Object string // the kind of object it happens to
	// Lifts brings old versions up: Lifts[0] from 1 to 2, and so on. The newest
	// version is len(Lifts)+1; a type that never changed has none.
	Lifts []Lift
	// Content names the contents (SHA-256) that a lifted event rests on, such
	// as the rows of a dataset; nil: none.
	Content func(Event) []string
}

// Version is the newest version of the type, which new events get.
func (t Type) Version() int { return len(t.Lifts) + 1 }

// Types are all types that a program knows, by name.
type Types struct{ byName map[string]Type }

// NewTypes makes the registry. Errors: a name that is not kebab-case or stands
// twice.
func NewTypes(all ...Type) (*Types, error) {
	r := &Types{byName: make(map[string]Type, len(all))}
	for _, t := range all {
		if !name.MatchString(t.Name) || !name.MatchString(t.Object) {
			return nil, fmt.Errorf("event type %q of object %q: both must be names in kebab-case", t.Name, t.Object)
		}
		if _, twice := r.byName[t.Name]; twice {
			return nil, fmt.Errorf("event type %q is registered twice", t.Name)
		}
		r.byName[t.Name] = t
	}
	return r, nil
}

// Find gives a type by its name.
func (r *Types) Find(name string) (Type, bool) {
	t, ok := r.byName[name]
	return t, ok
}

// Lift gives an event as the newest version of its type would have written it;
// Seq, Prev and Hash stay those of the log. Errors: a type or version this
// program does not know (a newer program wrote it), an object of another kind,
// or a lift that failed.
func (r *Types) Lift(e Event) (Event, error) {
	t, ok := r.byName[e.Type]
	if !ok || e.Version > t.Version() {
		return Event{}, problem.New("event-unknown", "seq", e.Seq, "type", e.Type, "version", e.Version)
	}
	if e.Object.Kind != t.Object {
		return Event{}, problem.New("event-object", "seq", e.Seq, "type", e.Type, "found", e.Object.Kind, "expected", t.Object)
	}
	for ; e.Version < t.Version(); e.Version++ {
		before, after, err := t.Lifts[e.Version-1](e.Before, e.After)
		if err != nil {
			return Event{}, fmt.Errorf("event %d (%s version %d): %w", e.Seq, e.Type, e.Version, err)
		}
		e.Before, e.After = before, after
	}
	return e, nil
}
