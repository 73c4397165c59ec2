// Package report puts one result before its readers: text for a terminal, the
// JSON of the contract, and a self-contained HTML page in Indonesian and
// English. The answer comes first, in one sentence with its number; then the
// strength of the evidence, the figures, how sure and why; then method, tables,
// provenance and how to repeat it. All numbers stand in the sheets of a workbook too
// (sheets.go), and what is held back is in none of these (hold.go).
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// Input is a result with what its readers need beside it.
type Input struct {
	Result  result.Result
	Study   *designs.Study
	Command string        // that repeats the numbers
	Source  result.Text   // of the data: "data resmi: ..." or "data contoh: ..."; may be empty
	Truth   []Truth       // known effects of an invented world; may be empty
	Notes   []result.Text // what a reader of this study must know
	Beside  []Beside      // studies of the same effect done in another way; may be empty
	// Called says of a source of the plan, by its name, what it is called elsewhere and
	// in which version it was read; may be empty.
	Called  map[string]result.Text
	Printed time.Time
}

// Beside is another study of the same effect, drawn beside this one's answer.
type Beside struct {
	Title  result.Text
	Result result.Result
}

// Truth is the known effect of one estimate.
type Truth struct {
	Term        string
	Group, Time *result.Label
	Event       *int64
	Value       float64
}

// JSON writes the result as the object of the contract. Numbers that do not
// exist are null: a NaN is an error here, never a word in the output.
func JSON(w io.Writer, in Input) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(in.Result)
}

// headline is the estimate from which an outcome's answer is made: its first.
func headline(r result.Result, outcome string) (result.Estimate, bool) {
	for _, e := range r.Estimates {
		if e.Outcome == outcome {
			return e, e.Estimate != nil
		}
	}
	return result.Estimate{}, false
}

// truth is the known effect of an estimate; nil where none is known.
func (in Input) truth(e result.Estimate) *float64 {
	for _, t := range in.Truth {
		if t.Term == e.Term && sameLabel(t.Group, e.Group) && sameLabel(t.Time, e.Time) && sameInt(t.Event, e.Event) {
			return &t.Value
		}
	}
	return nil
}

func sameLabel(a, b *result.Label) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
func sameInt(a, b *int64) bool          { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// exhibit finds an exhibit of an outcome.
func exhibit(r result.Result, outcome, kind string) (result.Exhibit, bool) {
	for _, x := range r.Exhibits {
		if x.Kind == kind && x.Outcome == outcome {
			return x, true
		}
	}
	return result.Exhibit{}, false
}

// direction is 1 where more of the outcome is better, -1 where less is, 0 where
// the plan does not say.
func direction(o plan.Outcome) int {
	switch o.Better {
	case plan.Higher:
		return 1
	case plan.Lower:
		return -1
	default:
		return 0
	}
}
