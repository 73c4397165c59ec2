package access

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Outside says how a look went beyond what was open at its instant, as Case.Use
// works it out then; none: it lay within. A refusal showed nothing, so it is never
// outside. What the period of the data is does not matter: a scope's period is that
// of use.
func (c Case) Outside(l Look, at time.Time) problem.List {
	if l.Outcome == LookRefused {
		return nil
	}
	if l.Agreement != c.Study.Agreement {
		return problem.List{problem.New("look-outside-agreement", "study", c.Study.Title)}
	}
	if l.Permit != c.Study.Permit {
		return problem.List{problem.New("look-outside-permit", "study", c.Study.Title)}
	}
	open, err := c.Use(l.Dataset, at)
	if err != nil {
		return problem.Of(err)
	}
	return l.beyond(open, at)
}

// OutsideNoStudy is Outside of a look that named no study, or one that was not there.
func (l Look) OutsideNoStudy() problem.List {
	if l.Outcome == LookRefused {
		return nil
	}
	return problem.List{problem.New("look-outside-study")}
}

// beyond names what a look holds that a scope does not.
func (l Look) beyond(open cooperation.Scope, at time.Time) problem.List {
	var all problem.List
	columns, _ := open.Columns(l.Dataset)
	if out := slices.DeleteFunc(slices.Clone(l.Columns), columns.Has); len(out) > 0 {
		all = append(all, problem.New("look-outside-columns", "found", out))
	}
	var out []string
	for _, r := range l.Regions {
		if !slices.ContainsFunc(open.Regions, func(q string) bool { return registry.Within(r, q) }) {
			out = append(out, registry.RegionName(r))
		}
	}
	if len(out) > 0 {
		all = append(all, problem.New("look-outside-regions", "found", out))
	}
	if day := registry.DayOf(at); open.Period.From != "" && !open.Period.Has(day) {
		all = append(all, problem.New("look-outside-day", "day", string(day), "from", string(open.Period.From), "until", string(open.Period.Until)))
	}
	return all
}
