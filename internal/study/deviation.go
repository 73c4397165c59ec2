package study

import (
	"strings"

	"github.com/dampak/dampak/designs"
)

// Ran is what a run did, as far as a registration speaks of it.
type Ran struct {
	Design *designs.Study
	Data   []Use // as it ran; Baseline is not looked at
	// Shut are the regions that the data have and the run did not see, with the
	// document that was missing, by BPS code.
	Shut map[string]string
}

// Deviations lists every field in which a run differs from what was registered, and
// every region that it could not see, in the order of their names. None: it ran as
// registered. Errors: the problems of the registered plan, should this program not
// read it any more.
func Deviations(r Registration, ran Ran) ([]Edit, error) {
	said, err := fieldsOf(r.Protocol)
	if err != nil {
		return nil, err
	}
	did, err := planFields(ran.Design.Canonical)
	if err != nil {
		return nil, err
	}
	for _, u := range ran.Data {
		spread(did, "data."+u.Name, map[string]any{"dataset": u.Dataset, "contract": u.Contract, "period": u.Period})
	}
	for region, why := range ran.Shut {
		spread(did, "regions."+region, why)
	}
	for field := range said { // what no run can differ in
		if !strings.HasPrefix(field, "plan.") && !strings.HasPrefix(field, "data.") || strings.Contains(field, ".baseline.") {
			delete(said, field)
		}
	}
	return edits(said, did), nil
}
