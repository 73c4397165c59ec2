package runs

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/plan"
)

// meant tells whether a plan would read rows of a region of a source: not where its own
// conditions on the column of regions leave them out. That such a region is not open
// changes nothing of what was registered.
func (o *opened) meant(p plan.Plan, code string) bool {
	if len(o.contract.RegionKeys) == 0 {
		return true
	}
	key := o.contract.RegionKeys[0]
	code, ok := key.Spelled(code)
	if !ok {
		return true
	}
	for _, c := range p.Where {
		if c.Name != key.Field {
			continue
		}
		// A region is left out where no value lies in it and it lies in none, or where it
		// lies in one that is not to be read.
		in := slices.ContainsFunc(c.Values, func(v plan.Node) bool { return v.Text != "" && strings.HasPrefix(code, v.Text) })
		holds := slices.ContainsFunc(c.Values, func(v plan.Node) bool { return strings.HasPrefix(v.Text, code) })
		switch c.Test {
		case plan.Is, plan.In:
			if !in && !holds {
				return false
			}
		case plan.IsNot, plan.NotIn:
			if in {
				return false
			}
		}
	}
	return true
}
