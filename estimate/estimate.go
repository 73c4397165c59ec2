// Package estimate holds the shape that every estimator has. Each sub-package
// is one design: it says which columns it reads, asks for moments in rounds,
// and turns them into estimates. It does no I/O and has no clock, random
// source (a seed is an argument) or global.
//
//	Columns -> look (one scan) -> Ask -> collect -> Ask -> ... -> Estimate
package estimate

import (
	"math"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// IfMissing says what a missing value of a column does to its row.
type IfMissing int

const (
	// Leave lets the row leave the analysis of this outcome, counted by reason.
	Leave IfMissing = iota
	// Stop refuses the analysis (unit, time, weight, stratum, PSU).
	Stop
	// Stay keeps the row: missing has a meaning of its own (never treated).
	Stay
)

// Column is one column that a procedure reads.
type Column struct {
	Name      string
	As        moments.As // Number, Category, Period or Cohort; the look turns Number into Whole
	IfMissing IfMissing
	// Level asks the look for one group per combination of the level columns:
	// periods and cohorts, arms and blocks. Few values only.
	Level bool
	// Role names the column's part in messages: "outcome", "unit", "weights" ...
	Role string
}

// MakesCells tells whether a column tells rows apart together with the others that do:
// cohorts and periods, arms, domains.
func (c Column) MakesCells() bool { return c.Level || c.Role == "by" }

// MakesOwnCells tells whether it does so by itself: blocks, categories.
func (c Column) MakesOwnCells() bool {
	return !c.MakesCells() && (c.Role == "blocks" || c.Role == "covariates" && c.As == moments.Category)
}

// Procedure is one estimator's way from moments to estimates for one outcome.
// It is a value: its methods do not change it.
type Procedure interface {
	// Columns lists the columns read, the outcome among them.
	Columns() []Column
	// Ask returns the requests of the next round, given the sample and the
	// answers so far in the order asked; none when Estimate has all it needs.
	// A *result.Refusal says that the data cannot answer.
	Ask(s Sample, so []moments.Statistic) ([]moments.Request, error)
	// Estimate computes the analysis from the answers of all rounds.
	Estimate(s Sample, so []moments.Statistic) (result.Analysis, error)
}

// Checker is a Procedure that can say before any data are read what of its options
// does not go together.
type Checker interface {
	Procedure
	// Check gives a *result.Refusal; nil where data alone could refuse.
	Check() error
}

// Sample is what the look (the first scan) found: which rows count, and how
// each column is to be read from now on.
type Sample struct {
	Table   string
	Where   []moments.Cond            // the plan's conditions and completeness; for every request
	Columns map[string]moments.Column // by name; Number has become Whole where that is exact
	Summary map[string]Summary        // by name, for columns of numbers
	Rows    int64                     // complete rows
	// Levels has one group for each combination of the level columns, in the
	// order of Columns(), with the cell "rows": complete rows. Without level
	// columns it has one group.
	Levels moments.Statistic
}

// Summary describes the known values of a column of numbers.
type Summary struct {
	Known    int64
	Min, Max float64
	Mean     float64 // of real columns correct to rounding only; never enters an estimate but as a shift
}

// Pick lists the columns of a request in the given order, as the look found
// them.
func (s Sample) Pick(names ...string) []moments.Column {
	cols := make([]moments.Column, 0, len(names))
	for _, n := range names {
		if c, ok := s.Columns[n]; ok {
			cols = append(cols, c)
		}
	}
	return cols
}

// Whole tells whether sums of the column are exact.
func (s Sample) Whole(name string) bool { return s.Columns[name].As.Kind() == moments.KindWhole }

// Shift is a number near the column's mean with few digits, to be subtracted
// before squares are summed. It is whole for whole columns.
func (s Sample) Shift(name string) float64 {
	m := s.Summary[name].Mean
	if m == 0 || math.IsNaN(m) || math.IsInf(m, 0) {
		return 0
	}
	digits := math.Pow(10, math.Floor(math.Log10(math.Abs(m)))-1)
	shift := math.Round(m/digits) * digits
	if s.Whole(name) {
		return math.Round(shift)
	}
	return shift
}
