package disclosure

import (
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/estimate"
)

// OfStudy gives what a study asks to see, one output for each outcome in the order
// of the plan: the sums behind its estimates, which say at least as much as these.
// A Reason says why the gate could not judge it.
//
//   - The rows are those that meet the plan's `where` and know every column without
//     which a row leaves the analysis.
//   - The columns that the design tells rows apart by (cohorts and periods, arms) make
//     cells together, with those of `by`; blocks and covariates of names make cells by
//     themselves.
//   - Covariates of numbers and weights count as columns that sums are weighted by.
//
// Units, clusters, strata and sampling units only enter standard errors.
func OfStudy(d Data, s *designs.Study) ([]Output, *Reason) {
	where, why := FilterOf(d, s.Plan.Where)
	if why != nil {
		return nil, why
	}
	var out []Output
	for _, outcome := range s.Plan.Outcomes {
		o := Output{ID: s.SHA256 + "/" + outcome.Column, Title: s.Plan.ID + ": " + outcome.Column, Dataset: d.Dataset, Version: d.Version,
			Measures: []string{outcome.Column}, Model: true}
		rows := where
		var cells, alone []string
		for _, c := range s.Procedure(outcome).Columns() {
			if _, registered := d.column(c.Name); c.IfMissing == estimate.Leave && (registered || d.isMeasure(c.Name)) {
				rows = rows.knowing(c.Name)
			}
			switch {
			case c.MakesCells():
				cells = append(cells, c.Name)
			case c.MakesOwnCells():
				alone = append(alone, c.Name)
			case c.Role == "covariates" || c.Role == "weights":
				o.Covariates = append(o.Covariates, c.Name)
			}
		}
		o.Tables = []Table{{Where: rows, By: cells}}
		for _, c := range alone {
			if !slices.Contains(cells, c) {
				o.Tables = append(o.Tables, Table{Where: rows, By: []string{c}})
			}
		}
		o.Parameters = 1 + len(o.Covariates)
		out = append(out, o)
	}
	return out, nil
}

// knowing is the filter among the rows that know a column.
func (f Filter) knowing(column string) Filter {
	var out Filter
	for _, p := range f {
		if q, some := p.and(Part{Test{Column: column, Values: []string{}, Except: true}}); some {
			out = append(out, q)
		}
	}
	return out
}
