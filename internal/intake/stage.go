package intake

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Entry is what the register would say of a result that makes a dataset of its own:
// of an owner, by a name (empty: the contract's title, else its name, else the
// file's). It has no ID.
func (r *Result) Entry(owner registry.Organisation, name string) registry.Dataset {
	for _, other := range []string{r.Contract.Title, r.Contract.Name, strings.TrimSuffix(r.File, filepath.Ext(r.File))} {
		if name == "" {
			name = other
		}
	}
	class, _, regions := r.Contract.Register()
	if len(regions) == 0 {
		regions = []string{owner.Region}
	}
	return registry.Dataset{Owner: owner.ID, Name: registry.Clean(name), Class: class, Columns: r.Version().Columns, Regions: regions}
}

// Stage adds a result that was kept as a version to a dataset of the record, for a
// second person to accept; an entry without an ID is registered with it. Errors: those
// of the store.
func Stage(ctx context.Context, record *store.Store, by store.By, entry registry.Dataset, r *Result) (id string, number int64, e event.Event, err error) {
	if entry.ID == "" {
		return record.RegisterDatasetWith(ctx, by, entry, r.Version())
	}
	number, e, err = record.StageDatasetVersion(ctx, by, entry.ID, r.Version())
	return entry.ID, number, e, err
}

// Takes says whether the register would take a result as a version of an entry,
// before its rows are kept. Errors: as RegisterDataset and Stage of registry.
func Takes(entry registry.Dataset, owner registry.Organisation, r *Result) error {
	if entry.ID == "" {
		change, err := registry.RegisterDataset(entry, owner, nil, nil)
		if err != nil {
			return err
		}
		entry = change.After.(registry.Dataset)
	}
	_, err := entry.Stage(r.Version(), registry.Hand{})
	return err
}
