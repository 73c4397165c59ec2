package store

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// programmeKind is the kind of object of a programme.
const programmeKind = "programme"

var programmes = Projected[registerRow]("programmes", "id")

// programmeRoom keeps the register of programmes.
type programmeRoom struct{}

// Types are the events of the register. Version 2 of those that are older may say
// more of a programme; what was written before reads the same.
func (programmeRoom) Types() []event.Type {
	all := []event.Type{
		{Name: "programme-registered", Object: programmeKind, Lifts: []event.Lift{same}},
		{Name: "programme-ended", Object: programmeKind, Lifts: []event.Lift{same}},
	}
	for _, name := range []string{"programme-proposed", "programme-edited", "programme-started", "programme-dropped"} {
		all = append(all, event.Type{Name: name, Object: programmeKind})
	}
	return all
}

// Tables are the room's.
func (programmeRoom) Tables() []AnyTable { return []AnyTable{programmes} }

// Apply writes the entry as the event leaves it.
func (programmeRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != programmeKind {
		return nil
	}
	p, err := Read[registry.Programme](e.After)
	if err != nil {
		return err
	}
	return programmes.Put(tx, registerRow{p.ID, p.Owner, p.Region, e.After})
}

// ProgrammeOf gives a programme; false where there is none.
func ProgrammeOf(from From, id string) (registry.Programme, bool, error) {
	return first(entries[registry.Programme](from, programmes, "WHERE id = $1", id))
}

// Programmes are those that a standing may see.
func Programmes(from From, s access.Standing, page Page) ([]registry.Programme, error) {
	tail, args := seen(s, access.ProgrammeRead, ofOwner, page)
	return entries[registry.Programme](from, programmes, tail, args...)
}

// AllProgrammes gives the whole register in the order in which its entries were
// made. It is public: no right is asked for.
func AllProgrammes(from From) ([]registry.Programme, error) {
	return entries[registry.Programme](from, programmes, "ORDER BY id")
}
