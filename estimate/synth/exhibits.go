package synth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dampak/dampak/result"
)

// exhibits are the tables behind the figures.
func (p procedure) exhibits(s study) []result.Exhibit {
	all := []result.Exhibit{paths(s), unitWeights(s)}
	if p.o.Method != SC {
		all = append(all, timeWeights(s))
	}
	if s.u.way == Placebo && !s.u.sampling {
		all = append(all, placebos(s))
	}
	for i := range all {
		all[i].Outcome = p.o.Outcome
		if all[i].Values == nil {
			all[i].Values = result.Values{}
		}
		all[i].Values["treated"] = s.treatedName()
		all[i].Values["first_year"] = s.d.years[s.d.pre]
		all[i].Values["method"] = p.o.Method
	}
	return all
}

func (s study) treatedName() string { return strings.Join(s.d.names(s.d.treated), ", ") }

// paths shifts the weighted donors by the weighted gap before treatment, so
// that the mean gap after it is the effect.
func paths(s study) result.Exhibit {
	e := result.Exhibit{Kind: result.ExhibitPaths, Columns: []string{"time", "treated", "synthetic"}, Values: result.MakeValues("shift", s.f.level)}
	for t, g := range s.w.gap(s.f.omega) {
		y := s.w.treated[t]
		e.Rows = append(e.Rows, []any{s.d.years[t], y, y - g + s.f.level})
	}
	return e
}

func unitWeights(s study) result.Exhibit {
	e := result.Exhibit{Kind: result.ExhibitUnitWeights, Columns: []string{"name", "weight"}}
	for i, j := range s.d.donors {
		e.Rows = append(e.Rows, []any{s.d.units[j], s.f.omega[i]})
	}
	slices.SortStableFunc(e.Rows, func(a, b []any) int { return cmp.Compare(b[1].(float64), a[1].(float64)) })
	return e
}

func timeWeights(s study) result.Exhibit {
	e := result.Exhibit{Kind: result.ExhibitTimeWeights, Columns: []string{"time", "weight"}}
	for t, x := range s.f.lambda {
		e.Rows = append(e.Rows, []any{s.d.years[t], x})
	}
	return e
}

func placebos(s study) result.Exhibit {
	e := result.Exhibit{Kind: result.ExhibitPlacebos, Columns: []string{"name", "estimate", "fit"},
		Values: result.MakeValues("rank", s.u.rank, "of", s.u.of)}
	for i, j := range s.d.donors {
		e.Rows = append(e.Rows, []any{s.d.units[j], s.u.effects[i], s.u.fits[i]})
	}
	e.Rows = append(e.Rows, []any{s.treatedName(), s.f.effect, s.f.rmspe})
	slices.SortStableFunc(e.Rows, func(a, b []any) int { return cmp.Compare(a[1].(float64), b[1].(float64)) })
	return e
}
