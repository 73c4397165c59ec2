package run

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// The effects that a rule has on the grade.
const (
	effectCaution      = "caution"
	effectUnderpowered = "underpowered"
	effectFailed       = "failed"
)

// rule is one line of docs/rules/verdict.yaml. It applies where its diagnostic
// had its verdict, where its warning was given, or where its comparison holds.
type rule struct {
	ID         string            `yaml:"id"`
	Diagnostic string            `yaml:"diagnostic"`
	Verdict    string            `yaml:"verdict"`
	Warning    string            `yaml:"warning"`
	Value      string            `yaml:"value"`     // of the diagnostic's values ...
	Above      string            `yaml:"above"`     // ... against "matters" or "estimate-and-matters"
	NullOnly   bool              `yaml:"null_only"` // only where the interval of the answer holds zero
	Null       bool              `yaml:"null_without_matters"`
	NoError    bool              `yaml:"no_error"` // the answer is a point without an error
	Unless     string            `yaml:"unless"`   // an earlier line that says the same more strongly
	Effect     string            `yaml:"effect"`
	Source     string            `yaml:"source"`
	Text       map[string]string `yaml:"text"`
}

type ruleBook struct {
	Version int                                `yaml:"version"`
	Grades  map[result.Grade]map[string]string `yaml:"grades"`
	Rules   []rule                             `yaml:"rules"`
}

// book reads the rules once; they are part of the program and are tested.
var book = sync.OnceValues(func() (ruleBook, error) {
	var b ruleBook
	if err := yaml.UnmarshalWithOptions(rules.Verdict, &b, yaml.DisallowUnknownField()); err != nil {
		return ruleBook{}, fmt.Errorf("docs/rules/verdict.yaml: %w", err)
	}
	return b, nil
})

// judge gives the verdict of a result: the worst over its outcomes.
func judge(p plan.Plan, r result.Result) (result.Verdict, error) {
	b, err := book()
	if err != nil {
		return result.Verdict{}, err
	}
	worst := result.Verdict{Grade: result.Strong}
	for _, o := range p.Outcomes {
		if refused(r, o) {
			continue
		}
		v := b.judgeOutcome(o, r)
		if rank(v.Grade) > rank(worst.Grade) || (v.Grade == worst.Grade && len(v.Reasons) > len(worst.Reasons)) {
			worst = v
		}
	}
	words := b.Grades[worst.Grade]
	worst.Text = result.Text{ID: words["id"], EN: words["en"]}
	return worst, nil
}

func refused(r result.Result, o plan.Outcome) bool {
	for _, w := range r.Warnings {
		if w.Code == codeOutcomeRefused && w.Outcome == o.Column {
			return true
		}
	}
	return false
}

func rank(g result.Grade) int {
	switch g {
	case result.Strong:
		return 0
	case result.Moderate:
		return 1
	case result.Weak:
		return 2
	default:
		return 3
	}
}

// judgeOutcome applies each line to one outcome. Failed: not causal; an
// underpowered check or two cautions: weak; one caution: moderate; else strong.
func (b ruleBook) judgeOutcome(o plan.Outcome, r result.Result) result.Verdict {
	var v result.Verdict
	count := map[string]int{}
	for _, line := range b.Rules {
		values, ok := line.applies(o, r)
		said := func(reason result.Reason) bool { return reason.Rule == line.Unless }
		if !ok || slices.ContainsFunc(v.Reasons, said) {
			continue
		}
		count[line.Effect]++
		v.Reasons = append(v.Reasons, result.Reason{Rule: line.ID, Effect: line.Effect, Outcome: o.Column, Text: result.Text{
			ID: i18n.Fill(i18n.ID, line.Text["id"], values), EN: i18n.Fill(i18n.EN, line.Text["en"], values)}})
	}
	switch {
	case count[effectFailed] > 0:
		v.Grade = result.NotCausal
	case count[effectUnderpowered] > 0 || count[effectCaution] > 1:
		v.Grade = result.Weak
	case count[effectCaution] == 1:
		v.Grade = result.Moderate
	default:
		v.Grade = result.Strong
	}
	return v
}

// applies tells whether the line holds for an outcome, with the values that
// its sentence names.
func (l rule) applies(o plan.Outcome, r result.Result) (result.Values, bool) {
	if l.NullOnly && !holdsZero(o, r) {
		return nil, false
	}
	switch {
	case l.Warning != "":
		for _, w := range r.Warnings {
			if w.Code == l.Warning && w.Outcome == o.Column {
				return w.Values, true
			}
		}
		return nil, false
	case l.NoError:
		e, ok := overall(o, r)
		return nil, ok && e.SE == nil
	case l.Null:
		return nil, o.Matters == nil && holdsZero(o, r)
	}
	for _, d := range r.Diagnostics {
		if d.Name != l.Diagnostic || d.Outcome != o.Column {
			continue
		}
		if l.Value == "" {
			if string(d.Verdict) == l.Verdict {
				return d.Values, true
			}
			continue
		}
		found, known := number(d.Values[l.Value])
		limit, stated := l.limit(o, r)
		if known && stated && found > limit {
			values := result.Values{"found": found, "limit": limit}
			for k, x := range d.Values {
				values[k] = x
			}
			return values, true
		}
	}
	return nil, false
}

// limit is what a value is compared with; false where it is not stated.
func (l rule) limit(o plan.Outcome, r result.Result) (float64, bool) {
	switch l.Above {
	case "matters":
		if o.Matters == nil {
			return 0, false
		}
		return *o.Matters, true
	case "estimate-and-matters": // the larger of them; a trend that small could not matter
		e, ok := overall(o, r)
		if !ok {
			return 0, false
		}
		limit := math.Abs(*e.Estimate)
		if o.Matters != nil {
			limit = math.Max(limit, *o.Matters)
		}
		return limit, true
	default:
		return 0, false
	}
}

// overall is the outcome's first estimate: the one its answer is made from.
func overall(o plan.Outcome, r result.Result) (result.Estimate, bool) {
	for _, e := range r.Estimates {
		if e.Outcome == o.Column && e.Estimate != nil {
			return e, true
		}
	}
	return result.Estimate{}, false
}

// holdsZero tells whether the interval of the outcome's answer holds zero.
func holdsZero(o plan.Outcome, r result.Result) bool {
	e, ok := overall(o, r)
	return ok && e.Lower != nil && e.Upper != nil && *e.Lower <= 0 && *e.Upper >= 0
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case *float64:
		if x == nil {
			return 0, false
		}
		return *x, true
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	default:
		return 0, false
	}
}
