package record

import (
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// previewed is how many rows a page shows of a region.
const previewed = 50

// look has somebody look at the rows of a region in a dataset (a.why), as a page of
// data will: the record says what is open, and the look or the refusal is noted.
func (w *world) look(p permit, a act) error {
	dataset, who := w.ids(w.datasets, []string{a.why})[0], w.users[a.who]
	var c store.Case
	var d registry.Dataset
	err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
		if d, _, err = store.DatasetOf(r, dataset); err != nil {
			return err
		}
		c, err = store.CaseOf(r, who.User, w.studies[p.key], w.clock.Now(), dataset)
		return err
	})
	if err != nil {
		return err
	}
	version, ok := d.Current()
	if !ok {
		return nil // a demo of an earlier day: nothing has come in yet
	}
	l := access.Look{User: who.User, Position: who.Position, Kind: access.PreviewLook, Outcome: access.LookShown, Study: w.studies[p.key],
		Agreement: c.Study.Agreement, AgreementVersion: c.AgreementVersion, Permit: c.Study.Permit, PermitVersion: c.PermitVersion,
		Dataset: dataset, DatasetVersion: version.Content, Regions: []string{a.place}, Period: registry.Period{}, Rows: previewed}
	open, refused := c.Use(dataset, w.clock.Now())
	switch columns, ok := open.Columns(dataset); {
	case refused != nil:
		l.Refusal = problem.Of(refused)[0].Code
	case !ok || !slices.ContainsFunc(open.Regions, func(r string) bool { return registry.Within(a.place, r) }):
		l.Refusal = "look-outside-regions"
	case slices.Contains(columns.Columns, cooperation.All):
		for _, c := range version.Columns {
			l.Columns = append(l.Columns, c.Name)
		}
	default:
		l.Columns = columns.Columns
	}
	if l.Refusal != "" {
		l.Outcome, l.DatasetVersion, l.Rows = access.LookRefused, "", 0
	}
	_, err = w.store.NoteLook(w.ctx, event.Actor{User: who.User, Position: who.Position, Capacity: who.Capacity, Via: event.Web}, l)
	return err
}
