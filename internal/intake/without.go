package intake

import (
	"slices"

	"github.com/dampak/dampak/internal/intake/contract"
)

// Without is a report for somebody who is told nothing of some columns: that a row
// was not taken is left, what of it in these columns is not.
func (q Quality) Without(hides func(column string) bool) Quality {
	q.Counts = slices.DeleteFunc(slices.Clone(q.Counts), func(c QualityCount) bool { return hides(c.Field) })
	q.Findings = slices.DeleteFunc(slices.Clone(q.Findings), func(f contract.Finding) bool { return hides(f.Field) })
	q.Cautions = slices.DeleteFunc(slices.Clone(q.Cautions), func(c QualityCaution) bool {
		column, _ := c.Numbers["column"].(string)
		return hides(column)
	})
	q.Rejects = slices.Clone(q.Rejects)
	for i, r := range q.Rejects {
		q.Rejects[i].Breaks = slices.DeleteFunc(slices.Clone(r.Breaks), func(b QualityBreak) bool { return hides(b.Field) })
	}
	return q
}
