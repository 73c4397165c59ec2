package answers

import (
	"encoding/json"
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// estimate is embedded under its own name, for Estimate is one of its fields.
type estimate = result.Estimate

// Number is one estimate that has a number, with what the plan says of its outcome.
type Number struct {
	estimate
	Key   string // report.Key
	Of    plan.Outcome
	Level float64 // of its interval, 0 to 1
}

func numbersOf(d *designs.Study, all []result.Estimate) []Number {
	var out []Number
	for _, e := range all {
		if e.Estimate == nil {
			continue
		}
		n := Number{e, report.Key(e), plan.Outcome{Column: e.Outcome}, d.Plan.Inference.Level}
		if i := slices.IndexFunc(d.Plan.Outcomes, func(o plan.Outcome) bool { return o.Column == e.Outcome }); i >= 0 {
			n.Of = d.Plan.Outcomes[i]
		}
		out = append(out, n)
	}
	return out
}

// Leaves are the numbers of an answer that leave, or would.
func (a Answer) Leaves() []Number { return numbersOf(a.Plan, a.Result.Estimates) }

// Left are the numbers of a released run that left whole, with interval and standard
// error: a finding rests on one of them.
func Left(kept store.Contents, x study.Run) ([]Number, error) {
	d, err := designs.Parse([]byte(x.Plan), "")
	if err != nil {
		return nil, err
	}
	all, err := released(kept, x, d)
	return slices.DeleteFunc(all, func(n Number) bool { return n.Lower == nil || n.Upper == nil || n.SE == nil }), err
}

// released are the numbers of what left of a run, whose plan d is.
func released(kept store.Contents, x study.Run, d *designs.Study) ([]Number, error) {
	text, err := kept.Read(x.Release.Content)
	if err != nil {
		return nil, err
	}
	var left struct {
		Estimates []result.Estimate `json:"estimates"`
	}
	if err := json.Unmarshal(text, &left); err != nil {
		return nil, err
	}
	return numbersOf(d, left.Estimates), nil
}
