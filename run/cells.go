package run

import (
	"context"
	"maps"
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// checkCells refuses an outcome that the plan's `min_cell` keeps in: some cell of the
// columns by which the design tells rows apart (cohorts and periods, arms, blocks,
// categories) has fewer contributors. They are the units of the design where it follows
// them over periods, else rows. An estimate is not withheld by itself: the others would
// tell it.
//
// It is the owner's own rule for a file. What of a registered dataset may be seen is for
// the gate of package disclosure, which knows the people and all that left before.
func checkCells(ctx context.Context, s *designs.Study, columns []estimate.Column, sample estimate.Sample, session engine.Session) error {
	least := s.Plan.Disclosure.MinCell
	if least == 0 {
		return nil
	}
	unit := ""
	var cells, alone []string
	for _, c := range columns {
		switch {
		case c.Role == "unit" && !c.Level:
			unit = c.Name
		case c.MakesCells():
			cells = append(cells, c.Name)
		case c.MakesOwnCells():
			alone = append(alone, c.Name)
		}
	}
	tables := [][]string{cells}
	for _, c := range alone {
		tables = append(tables, []string{c})
	}
	for _, by := range tables {
		answer, err := session.Collect(ctx, smallest(s.Plan.Table, by, unit, sample))
		if err != nil {
			return err
		}
		if n := answer.Cell(answer.Total(), "least"); !n.IsMissing() && n.Float() < float64(least) {
			return result.Refuse("small-cell", "columns", by, "limit", least)
		}
	}
	return nil
}

// smallest asks for how many contribute to the cell with the fewest.
func smallest(table string, by []string, unit string, sample estimate.Sample) moments.Request {
	r := moments.Request{Label: "count the contributors of each cell", Table: table, Where: sample.Where,
		Columns: sample.Pick(slices.Sorted(maps.Keys(sample.Columns))...), // the conditions read them too
		Make:    []moments.Agg{{Name: "least", Op: moments.Min, Of: moments.Ref("n")}}}
	var cell []moments.Field
	for _, name := range by {
		cell = append(cell, moments.Field{Name: name, Of: moments.Ref(name)})
	}
	if unit != "" { // a unit counts once in a cell
		r.Steps = append(r.Steps, moments.Fold{By: append(cell[:len(cell):len(cell)], moments.Field{Name: unit, Of: moments.Ref(unit)}), Make: []moments.Agg{{Name: "rows", Op: moments.Count}}})
	}
	r.Steps = append(r.Steps, moments.Fold{By: cell, Make: []moments.Agg{{Name: "n", Op: moments.Count}}})
	return r
}
