package store

import (
	"encoding/json"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/study"
)

// studyKind is the kind of object of a study.
const studyKind = "study"

type studyRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Agreement    string          `db:"agreement"`
	Permit       string          `db:"permit"`
	State        string          `db:"state"`
	Value        json.RawMessage `db:"value"`
}

var studies = Projected[studyRow]("studies", "id")

// studyRoom keeps the studies.
type studyRoom struct{}

// Types are the events of studies.
func (studyRoom) Types() []event.Type {
	var all []event.Type
	for _, name := range []string{
		"study-registered", "study-drafted", "study-edited", "study-locked", "study-amended", "study-permit-named",
		"study-stopped", "study-withdrawn", "study-data-withdrawn",
	} {
		all = append(all, event.Type{Name: name, Object: studyKind})
	}
	return all
}

// Tables are the room's.
func (studyRoom) Tables() []AnyTable { return []AnyTable{studies} }

// Apply writes the study as the event leaves it.
func (studyRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != studyKind {
		return nil
	}
	s, err := Read[study.Study](e.After)
	if err != nil {
		return err
	}
	return studies.Put(tx, studyRow{s.ID, s.Owner, s.Region, s.Agreement, s.Permit, s.State(), e.After})
}

func studiesWhere(from From, tail string, args ...any) ([]study.Study, error) {
	rows, err := studies.Select(from, tail, args...)
	return values[studyRow, study.Study](rows, err, func(r studyRow) json.RawMessage { return r.Value })
}

// StudyOf gives a study; false where there is none.
func StudyOf(from From, id string) (study.Study, bool, error) {
	return first(studiesWhere(from, "WHERE id = $1", id))
}

// Studies are those that a standing may see.
func Studies(from From, s access.Standing, page Page) ([]study.Study, error) {
	tail, args := seen(s, access.StudyRead, ofOwner, page)
	return studiesWhere(from, tail, args...)
}

// StudiesWithdrawn are the studies whose stones everybody may read, in order of
// identifiers.
func StudiesWithdrawn(from From) ([]study.Study, error) {
	return studiesWhere(from, "WHERE state = $1 ORDER BY id", study.Withdrawn)
}

// StudiesUnder gives all studies under an agreement, in order of identifiers.
func StudiesUnder(from From, agreement string) ([]study.Study, error) {
	return studiesWhere(from, "WHERE agreement = $1 ORDER BY id", agreement)
}
