package store

import (
	"bytes"
	"encoding/json"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// datasetKind is the kind of object of a dataset.
const datasetKind = "dataset"

// registerRow is an entry of a register; the last column is its state as in the
// log.
type registerRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Value        json.RawMessage `db:"value"`
}

var datasets = Projected[registerRow]("datasets", "id")

// datasetRoom keeps the register of datasets.
type datasetRoom struct{}

// Types are the events of datasets.
func (datasetRoom) Types() []event.Type {
	var all []event.Type
	for _, name := range []string{"dataset-version-registered", "dataset-withdrawn"} {
		all = append(all, event.Type{Name: name, Object: datasetKind})
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
func (datasetRoom) Tables() []AnyTable { return []AnyTable{datasets} }

// Apply writes the entry's state as the event leaves it.
func (datasetRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != datasetKind {
		return nil
	}
	d, err := Read[registry.Dataset](e.After)
	if err != nil {
		return err
	}
	return datasets.Put(tx, registerRow{d.ID, d.Owner, d.Region, e.After})
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
	text, err := contents.Read(v.Coverage)
	if err != nil {
		return nil, err
	}
	return registry.DecodeCoverage(bytes.NewReader(text))
}
