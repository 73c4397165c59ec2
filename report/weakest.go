package report

import (
	"math"
	"regexp"
	"slices"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// written are the numbers of an English sentence.
var written = regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]+)?`)

// ruleOfFamily is the line of the verdict about outcomes tested together.
const ruleOfFamily, warningOfFamily = "family-of-outcomes", "family-adjusted"

// weakest is the outcome whose reasons the verdict of several outcomes states.
// The reasons carry no name: an outcome is ruled out where it was refused, where
// it lacks the failed check or the caution that a reason rests on, or where a
// reason states a number that another outcome has and this one has not. ok is
// false unless one outcome alone is left.
func (in Input) weakest() (plan.Outcome, bool) {
	v := in.Result.Verdict
	outcomes := in.Study.Plan.Outcomes
	own := map[string]map[string]bool{}
	for _, o := range outcomes {
		own[o.Column] = in.numbers(o)
	}
	left := slices.DeleteFunc(slices.Clone(outcomes), func(o plan.Outcome) bool {
		if _, known := headline(in.Result, o.Column); !known {
			return true
		}
		return slices.ContainsFunc(v.Reasons, func(r result.Reason) bool {
			if r.Effect == "failed" && !in.hasFailed(o) || !in.warned(o, r.Rule) {
				return true
			}
			return slices.ContainsFunc(written.FindAllString(r.Text.EN, -1), func(n string) bool {
				return !own[o.Column][n] && slices.ContainsFunc(outcomes, func(other plan.Outcome) bool { return own[other.Column][n] })
			})
		})
	})
	if len(left) != 1 {
		return plan.Outcome{}, false
	}
	return left[0], true
}

func (in Input) hasFailed(o plan.Outcome) bool {
	return slices.ContainsFunc(in.Result.Diagnostics, func(d result.Diagnostic) bool { return d.Outcome == o.Column && d.Verdict == result.Fail })
}

// warned tells whether an outcome has the caution that a line of the verdict is
// named after; true for lines that are named after none.
func (in Input) warned(o plan.Outcome, rule string) bool {
	code := rule
	if rule == ruleOfFamily {
		code = warningOfFamily
	}
	known, has := false, false
	for _, w := range in.Result.Warnings {
		if w.Code == code {
			known, has = true, has || w.Outcome == o.Column
		}
	}
	return !known || has
}

// numbers are those that reasons about an outcome may state, as they are
// written there.
func (in Input) numbers(o plan.Outcome) map[string]bool {
	all := map[string]bool{}
	add := func(v any) {
		for _, format := range []string{"", "p", "pct", "2"} {
			for _, n := range written.FindAllString(i18n.Format(i18n.EN, v, format), -1) {
				all[n] = true
			}
		}
	}
	for _, d := range in.Result.Diagnostics {
		if d.Outcome == o.Column {
			for _, v := range d.Values {
				add(v)
			}
		}
	}
	for _, w := range in.Result.Warnings {
		if w.Outcome == o.Column {
			for _, v := range w.Values {
				add(v)
			}
		}
	}
	if e, known := headline(in.Result, o.Column); known {
		add(math.Abs(*e.Estimate))
	}
	if o.Matters != nil {
		add(*o.Matters)
	}
	return all
}
