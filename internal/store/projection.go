package store

import (
	"encoding/json"
	"fmt"

	"github.com/dampak/dampak/internal/event"
)

// Projection is what one room brings to the store: the events that may happen
// to its objects, and the tables that show what they lead to.
type Projection interface {
	// Types are the event types of the room.
	Types() []event.Type
	// Tables are the room's projected tables, a table after those it refers to.
	Tables() []AnyTable
	// Apply follows one event of any room, lifted to its type's newest version;
	// most it lets pass. It depends on the event, on the contents that the event
	// rests on and on projected tables alone: no clock, no chance, nothing else
	// outside the log, for the same Apply replays the log.
	Apply(tx *Tx, e event.Event) error
}

// projections are the rooms of the program, in the order in which they apply.
func projections() []Projection {
	return []Projection{exampleRoom{}, backupRoom{}, registryRoom{}, accessRoom{}, programmeRoom{}, datasetRoom{}, studyRoom{}, runRoom{}, findingRoom{}, agreementRoom{}, permitRoom{}, tokenRoom{}, lookRoom{}, noticeRoom{}, statisticRoom{}, figureRoom{}}
}

// Read decodes one side of an event into a room's struct; unknown keys are an
// error, for then the struct is not the type's newest version.
func Read[T any](side json.RawMessage) (T, error) {
	var v T
	if side == nil {
		return v, fmt.Errorf("the event has no %T", v)
	}
	return v, strict(side, &v)
}
