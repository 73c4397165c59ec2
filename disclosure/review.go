package disclosure

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// State is how far the second gate, a person, has come with an output.
type State string

// The states. Accepted and Rejected are final.
const (
	Waiting  State = "waiting"  // for a checker
	Asked    State = "asked"    // the checker waits for an answer
	Accepted State = "accepted" // leaves as the letter says
	Rejected State = "rejected" // does not leave
)

// Deed is what somebody did with an output.
type Deed string

// The deeds.
const (
	Submitted  Deed = "submit"
	Questioned Deed = "ask"
	Answered   Deed = "answer"
	Suppressed Deed = "suppress" // more cells do not leave
	Passed     Deed = "accept"
	Refused    Deed = "reject"
)

// Step is one deed of a review.
type Step struct {
	By   string    `json:"by"` // id of the user
	At   time.Time `json:"at"`
	Deed Deed      `json:"deed"`
	Text string    `json:"text"` // question, answer or reason
	// Cells are those that the step withholds.
	Cells []Place `json:"cells"`
}

// Place is a cell of an output.
type Place struct {
	Table int  `json:"table"`
	Cell  Cell `json:"cell"`
}

// Review is the way of one output through the second gate. It is a value: each deed
// gives a new one.
type Review struct {
	State State `json:"state"`
	// Authors are the users who may not check it: whoever asked for the output and
	// the members of its study.
	Authors  []string `json:"authors"`
	Decision Decision `json:"decision"` // of the first gate
	Steps    []Step   `json:"steps"`    // in order; the first is the submission
}

// Submit begins the review of what the first gate let pass. by is one of the
// authors.
func Submit(d Decision, authors []string, by string, at time.Time) (Review, error) {
	if !d.Leaves() {
		return Review{}, problem.New("gate-nothing")
	}
	if !slices.Contains(authors, by) {
		return Review{}, problem.New("gate-not-author")
	}
	return Review{State: Waiting, Authors: slices.Clone(authors), Decision: d, Steps: []Step{{By: by, At: at, Deed: Submitted}}}, nil
}

// Ask puts a question to the authors.
func (r Review) Ask(by, question string, at time.Time) (Review, error) {
	if question == "" {
		return Review{}, problem.New("gate-no-text", "deed", string(Questioned))
	}
	return r.check(Step{By: by, At: at, Deed: Questioned, Text: question}, Asked, Waiting)
}

// Answer answers the question that is open.
func (r Review) Answer(by, answer string, at time.Time) (Review, error) {
	switch {
	case r.State != Asked:
		return Review{}, problem.New("gate-state", "deed", string(Answered), "state", string(r.State))
	case !slices.Contains(r.Authors, by):
		return Review{}, problem.New("gate-not-author")
	case answer == "":
		return Review{}, problem.New("gate-no-text", "deed", string(Answered))
	}
	return r.with(Step{By: by, At: at, Deed: Answered, Text: answer}, Waiting), nil
}

// Suppress withholds more cells, for a reason. Cells that do not leave anyway are a
// mistake; so is withholding a number of a model by itself.
func (r Review) Suppress(by string, cells []Place, reason string, at time.Time) (Review, error) {
	if reason == "" {
		return Review{}, problem.New("gate-no-text", "deed", string(Suppressed))
	}
	if len(cells) == 0 || r.Decision.Output.Model {
		return Review{}, problem.New("gate-no-cells")
	}
	leaves := r.Leaves()
	for _, p := range cells {
		if p.Table < 0 || p.Table >= len(leaves.Tables) || !slices.ContainsFunc(leaves.Tables[p.Table].Cells, func(c Cell) bool { return slices.Equal(c, p.Cell) }) {
			return Review{}, problem.New("gate-cell-unknown", "table", p.Table+1, "cell", named(p.Cell))
		}
	}
	return r.check(Step{By: by, At: at, Deed: Suppressed, Text: reason, Cells: slices.Clone(cells)}, Waiting, Waiting)
}

// Accept lets the output leave as Leaves gives it. Where the first gate asks for a
// look, the reason has to say what was seen.
func (r Review) Accept(by, reason string, at time.Time) (Review, error) {
	if reason == "" && len(r.Decision.Asks) > 0 {
		return Review{}, problem.New("gate-no-text", "deed", string(Passed))
	}
	left := 0
	for _, t := range r.Leaves().Tables {
		left += len(t.Cells)
	}
	if left == 0 {
		return Review{}, problem.New("gate-nothing")
	}
	if told := r.Told(); len(told) > 0 {
		return Review{}, problem.New("gate-told", "table", told[0].Table+1, "cell", named(told[0].Cell))
	}
	return r.check(Step{By: by, At: at, Deed: Passed, Text: reason}, Accepted, Waiting)
}

// Reject ends the review: nothing leaves.
func (r Review) Reject(by, reason string, at time.Time) (Review, error) {
	if reason == "" {
		return Review{}, problem.New("gate-no-text", "deed", string(Refused))
	}
	return r.check(Step{By: by, At: at, Deed: Refused, Text: reason}, Rejected, Waiting, Asked)
}

// check is a deed of a checker, who is never an author.
func (r Review) check(s Step, to State, from ...State) (Review, error) {
	if slices.Contains(r.Authors, s.By) {
		return Review{}, problem.New("gate-own")
	}
	if !slices.Contains(from, r.State) {
		return Review{}, problem.New("gate-state", "deed", string(s.Deed), "state", string(r.State))
	}
	return r.with(s, to), nil
}

func (r Review) with(s Step, to State) Review {
	r.State = to
	r.Steps = append(slices.Clone(r.Steps), s)
	return r
}

// Leaves is exactly what leaves if it is accepted now: the output of the first gate
// without the cells that checkers withheld. It is what the release page shows and
// what the history of releases keeps. The history of what members saw keeps the
// decision's own output.
func (r Review) Leaves() Output {
	out := r.Decision.Output
	out.Tables = slices.Clone(out.Tables)
	for _, s := range r.Steps {
		for _, p := range s.Cells {
			t := &out.Tables[p.Table]
			t.Cells = slices.DeleteFunc(slices.Clone(t.Cells), func(c Cell) bool { return slices.Equal(c, p.Cell) })
		}
	}
	return out
}

// Told are the cells withheld by a checker that follow all the same from the
// sub-totals that leave: one more cell of the line, or the sub-total, has to stay.
func (r Review) Told() []Place {
	before, after := r.Decision.Output, r.Leaves()
	var out []Place
	for _, group := range before.tableaux() {
		fine := before.Tables[group[0]]
		cells := slices.Clone(fine.Cells)
		for _, w := range r.Decision.Withheld {
			if w.Table == group[0] {
				cells = append(cells, w.Cell)
			}
		}
		leaves := func(c Cell) bool {
			return slices.ContainsFunc(after.Tables[group[0]].Cells, func(l Cell) bool { return slices.Equal(l, c) })
		}
		known := newBasis()
		for _, i := range group[1:] {
			for _, total := range after.Tables[i].Cells {
				unknown := vector{}
				for k, c := range cells {
					if !leaves(c) && fine.under(c, after.Tables[i], total) {
						unknown[k] = 1
					}
				}
				known.take(unknown)
			}
		}
		for k, c := range cells {
			if k < len(fine.Cells) && !leaves(c) && len(known.rest(vector{k: 1})) == 0 {
				out = append(out, Place{group[0], c})
			}
		}
	}
	return out
}

// under tells whether a cell of the table is one of those that a sub-total adds up.
func (t Table) under(c Cell, totals Table, total Cell) bool {
	for j, name := range totals.By {
		if c[slices.Index(t.By, name)] != total[j] {
			return false
		}
	}
	return true
}

// Checker is who decided; empty while nobody has.
func (r Review) Checker() string {
	if last := r.Steps[len(r.Steps)-1]; last.Deed == Passed || last.Deed == Refused {
		return last.By
	}
	return ""
}

// Earlier are the outputs among others that a checker has to see beside a new one:
// those of the same dataset that have a column of cells or filter in common with
// it, or are of the whole.
func Earlier(history []Output, of Output) []Output {
	columns := of.columns()
	var out []Output
	for _, h := range history {
		if h.Dataset != of.Dataset {
			continue
		}
		theirs := h.columns()
		if len(theirs) == 0 || len(columns) == 0 || slices.ContainsFunc(theirs, func(c string) bool { return slices.Contains(columns, c) }) {
			out = append(out, h)
		}
	}
	return out
}

// columns lists what an output filters or makes cells by.
func (o Output) columns() []string {
	var all []string
	for _, t := range o.Tables {
		all = append(append(all, t.By...), t.Where.columns()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
