package store

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// The kinds of objects of the registers.
const (
	datasetKind = "dataset"
	studyKind   = "study"
)

// registerRow is an entry of a register; the last column is its state as in the
// log.
type registerRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Value        json.RawMessage `db:"value"`
}

type studyRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Agreement    string          `db:"agreement"`
	Permit       string          `db:"permit"`
	State        string          `db:"state"`
	Value        json.RawMessage `db:"value"`
}

var (
	datasets = Projected[registerRow]("datasets", "id")
	studies  = Projected[studyRow]("studies", "id")
)

// registersRoom keeps the registers of datasets and studies.
type registersRoom struct{}

// Types are the events of the registers.
func (registersRoom) Types() []event.Type {
	var all []event.Type
	for _, of := range []struct {
		kind  string
		names []string
	}{
		{datasetKind, []string{"dataset-version-registered", "dataset-withdrawn"}},
		{studyKind, []string{"study-registered", "study-permit-named", "study-stopped", "study-data-withdrawn"}},
	} {
		for _, name := range of.names {
			all = append(all, event.Type{Name: name, Object: of.kind})
		}
	}
	for _, name := range []string{"dataset-registered", "dataset-version-staged", "dataset-version-accepted", "dataset-version-withdrawn", "dataset-person-erased", "dataset-versions-expired"} {
		all = append(all, event.Type{Name: name, Object: datasetKind, Content: versionContents})
	}
	return all
}

// versionContents are what the versions of a dataset keep.
func versionContents(e event.Event) []string {
	d, err := Read[registry.Dataset](e.After)
	if err != nil {
		return nil
	}
	var all []string
	for _, v := range d.Versions {
		all = append(all, v.Contents()...)
	}
	return all
}

// Tables are the room's.
func (registersRoom) Tables() []AnyTable { return []AnyTable{datasets, studies} }

// Apply writes the entry's state as the event leaves it.
func (registersRoom) Apply(tx *Tx, e event.Event) error {
	switch e.Object.Kind {
	case datasetKind:
		d, err := Read[registry.Dataset](e.After)
		if err != nil {
			return err
		}
		return datasets.Put(tx, registerRow{d.ID, d.Owner, d.Region, e.After})
	case studyKind:
		s, err := Read[study.Study](e.After)
		if err != nil {
			return err
		}
		return studies.Put(tx, studyRow{s.ID, s.Owner, s.Region, s.Agreement, s.Permit, s.State(), e.After})
	}
	return nil
}

// values reads what the rows of a register hold, as in the log.
func values[R, T any](rows []R, err error, value func(R) json.RawMessage) ([]T, error) {
	if err != nil {
		return nil, err
	}
	all := make([]T, len(rows))
	for i, row := range rows {
		if all[i], err = Read[T](value(row)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// entries reads the entries of a register that the tail of a SELECT picks.
func entries[T any](from From, table Table[registerRow], tail string, args ...any) ([]T, error) {
	rows, err := table.Select(from, tail, args...)
	return values[registerRow, T](rows, err, func(r registerRow) json.RawMessage { return r.Value })
}

func studiesWhere(from From, tail string, args ...any) ([]study.Study, error) {
	rows, err := studies.Select(from, tail, args...)
	return values[studyRow, study.Study](rows, err, func(r studyRow) json.RawMessage { return r.Value })
}

// ofOwner names the columns of a register that rights depend on.
var ofOwner = access.Columns{Region: "region", Organisation: "organisation"}

// DatasetOf gives the entry of a dataset; false where there is none.
func DatasetOf(from From, id string) (registry.Dataset, bool, error) {
	return first(entries[registry.Dataset](from, datasets, "WHERE id = $1", id))
}

// Datasets are the entries that a standing may see.
func Datasets(from From, s access.Standing, page Page) ([]registry.Dataset, error) {
	tail, args := seen(s, access.DatasetRead, ofOwner, page)
	return entries[registry.Dataset](from, datasets, tail, args...)
}

// CoverageOf gives the cells of a version, in order of region and period; nil where
// they are not known. Errors: a problem where the content is missing or is none.
func CoverageOf(contents Contents, v registry.DatasetVersion) ([]registry.CoverageCell, error) {
	if v.Coverage == "" {
		return nil, nil
	}
	f, err := contents.Open(v.Coverage)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f) // whole, so that its hash is checked before it is read
	if err != nil {
		return nil, err
	}
	return registry.DecodeCoverage(bytes.NewReader(text))
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

// StudiesUnder gives all studies under an agreement, in order of identifiers.
func StudiesUnder(from From, agreement string) ([]study.Study, error) {
	return studiesWhere(from, "WHERE agreement = $1 ORDER BY id", agreement)
}

// StudiesOfPermit gives all studies that name a permit, in order of identifiers.
func StudiesOfPermit(from From, permit string) ([]study.Study, error) {
	return studiesWhere(from, "WHERE permit = $1 ORDER BY id", permit)
}
