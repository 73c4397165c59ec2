package evidence

import (
	"slices"

	"github.com/dampak/dampak/estimate/meta"
	"github.com/dampak/dampak/inference"
)

// Synthesis puts the released findings on one programme and outcome side by side.
type Synthesis struct {
	Findings []Finding    // those that enter, one a study, the newest of each; in order of release
	Left     []Finding    // those of another unit, which cannot stand beside them
	Pooled   *meta.Pooled // nil with fewer than two
}

// Synthesise takes the released findings on a programme and an outcome. What two
// studies share (regions, years) makes them less than independent; the pooled number
// does not know it.
func Synthesise(all []Finding, programme, outcome string, o inference.Options) Synthesis {
	var of []Finding
	for _, f := range all {
		if f.Programme == programme && f.Outcome == outcome && f.State() == Released && f.Effect.SE > 0 {
			of = append(of, f)
		}
	}
	slices.SortStableFunc(of, func(a, b Finding) int { return a.Let.At.Compare(b.Let.At) })
	newest := map[string]int{}
	for i, f := range of {
		newest[f.Study] = i
	}
	var s Synthesis
	unit := ""
	var studies []meta.Study
	for i, f := range of {
		switch {
		case newest[f.Study] != i:
			continue
		case unit == "":
			unit = f.Effect.Unit
		}
		if f.Effect.Unit != unit {
			s.Left = append(s.Left, f)
			continue
		}
		s.Findings = append(s.Findings, f)
		studies = append(studies, meta.Study{Name: f.ID, Estimate: f.Effect.Estimate, SE: f.Effect.SE})
	}
	if p, ok := meta.Pool(studies, o); ok {
		s.Pooled = &p
	}
	return s
}
