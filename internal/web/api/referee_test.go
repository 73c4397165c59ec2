package api

import (
	"context"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/store"
)

func (w *town) event(seq int64) (e event.Event) {
	w.t.Helper()
	w.ok(w.View(context.Background(), func(r *store.Reader) (err error) {
		e, _, err = store.EventOf(r, seq)
		return err
	}))
	return e
}

// allows asks the table of rights itself, without the door's code.
func (w *town) allows(extensions map[string]any, right, who, noun, name string) bool {
	w.t.Helper()
	s, p := w.standing(who), access.Permission(right)
	if second, _ := extensions[secondExtension].(bool); name == "" || second { // a list, or something to be made: anywhere
		for _, region := range []string{"0000", "35", "3507", "3578"} {
			for _, of := range []string{"", "Jatim", "Malang", "Surabaya", "B2P3KS"} {
				if s.May(p, access.Place{Region: region, Organisation: w.ids[of]}) == nil {
					return true
				}
			}
		}
		return false
	}
	own, _ := extensions[selfExtension].(bool)
	if own && (name == who || name == "grant "+who) {
		return true
	}
	kind := map[string]string{"organisations": organisationKind, "positions": positionKind, "users": userKind, "grants": grantKind, "agreements": agreementKind, "permits": permitKind, "datasets": datasetKind, "programmes": programmeKind, "budgets": figuresKind, "studies": studyKind, "runs": runKind}[noun]
	return slices.ContainsFunc(w.places(kind, w.ids[name]), func(at access.Place) bool { return s.May(p, at) == nil })
}
