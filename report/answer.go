package report

import (
	"math"
	"strings"
	"unicode"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// finding is what an estimate says, in one word.
type finding string

const (
	foundBetter  finding = "better"
	foundWorse   finding = "worse"
	foundOther   finding = "found"       // an effect, and the plan does not say which way is better
	foundNothing finding = "chance"      // cannot be told from chance
	practically  finding = "practically" // the whole interval is smaller than what matters
	noError      finding = "no-error"    // the point alone
	noAnswer     finding = "refused"
)

// find reads an estimate against chance and against what matters. Where the
// p-value and the interval differ (placebo ranks), both must speak.
func find(e result.Estimate, o plan.Outcome, level float64) finding {
	switch {
	case e.Estimate == nil:
		return noAnswer
	case e.Lower == nil || e.Upper == nil:
		return noError
	}
	if o.Matters != nil && *e.Lower > -*o.Matters && *e.Upper < *o.Matters {
		return practically
	}
	sure := (*e.Lower > 0 || *e.Upper < 0) && (e.P == nil || *e.P < 1-level)
	if !sure {
		return foundNothing
	}
	switch d := direction(o); {
	case d == 0:
		return foundOther
	case (*e.Estimate > 0) == (d > 0):
		return foundBetter
	default:
		return foundWorse
	}
}

// Answer is the answer to the plan's question in one sentence an outcome, with
// the number in it.
func Answer(in Input, l i18n.Lang) string {
	var sentences []string
	for _, o := range in.Study.Plan.Outcomes {
		sentences = append(sentences, in.answer(o, l))
	}
	return strings.Join(sentences, " ")
}

func (in Input) answer(o plan.Outcome, l i18n.Lang) string {
	e, _ := headline(in.Result, o.Column)
	f := find(e, o, in.Study.Plan.Inference.Level)
	values := map[string]any{"outcome": outcomeName(o, l), "unit": unitName(o, l), "level": in.Study.Plan.Inference.Level}
	if f == noAnswer {
		return i18n.Text(l, "report.answer.refused", values)
	}
	d := places(e)
	values["size"] = i18n.Number(l, math.Abs(*e.Estimate), d)
	way := "report.way.up"
	if *e.Estimate < 0 {
		way = "report.way.down"
	}
	values["way"] = i18n.Text(l, way, nil)
	if year, ok := e.Details["first_year"]; ok {
		values["since"] = year // the year is known, not the cause
	} else {
		values["treatment"] = true
	}
	if e.Lower != nil && e.Upper != nil {
		values["lower"], values["upper"] = signed(l, *e.Lower, d), signed(l, *e.Upper, d)
	}
	if mde, ok := in.mde(o); ok {
		values["mde"] = i18n.Number(l, mde, d)
	}
	if o.Matters != nil {
		values["matters"] = quantity(l, *o.Matters)
	}
	return i18n.Text(l, "report.answer."+string(f), values)
}

// detectable is the diagnostic that says what the design could have found.
const detectable = "detectable-effect"

// mde is the effect that the design finds with 80 % power.
func (in Input) mde(o plan.Outcome) (float64, bool) {
	for _, d := range in.Result.Diagnostics {
		if d.Name == detectable && d.Outcome == o.Column {
			mde, ok := d.Values["mde"].(float64)
			return mde, ok
		}
	}
	return 0, false
}

// outcomeName is what the plan calls an outcome.
func outcomeName(o plan.Outcome, l i18n.Lang) string {
	if o.Label == (plan.Words{}) {
		return o.Column
	}
	return inLang(o.Label, l)
}

// within is the outcome's name inside a sentence: a capital that only starts
// it goes, that of a name or an abbreviation stays.
func within(o plan.Outcome, l i18n.Lang) string {
	r := []rune(outcomeName(o, l))
	if len(r) > 1 && unicode.IsUpper(r[0]) && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

func inLang(w plan.Words, l i18n.Lang) string {
	if l == i18n.ID {
		return w.ID
	}
	return w.EN
}

func pick(t result.Text, l i18n.Lang) string {
	if l == i18n.ID {
		return t.ID
	}
	return t.EN
}

// unitName is the outcome's unit; the units that offices write have a name in
// both languages, others stand as they are.
func unitName(o plan.Outcome, l i18n.Lang) string {
	key := "unit." + strings.ReplaceAll(strings.ToLower(o.Unit), " ", "-")
	if i18n.Has(l, key) {
		return i18n.Text(l, key, nil)
	}
	return o.Unit
}

// places are the decimals with which estimates and their intervals are
// written: those that the largest of them deserves, so that they line up.
func places(estimates ...result.Estimate) int {
	most := 0.0
	for _, e := range estimates {
		for _, v := range []*float64{e.Estimate, e.Lower, e.Upper} {
			if v != nil {
				most = math.Max(most, math.Abs(*v))
			}
		}
	}
	return digits(most)
}

func digits(most float64) int {
	switch {
	case most >= 1000 || most == 0:
		return 0
	case most >= 100:
		return 1
	case most >= 0.1:
		return 2
	default:
		return min(12, 1-int(math.Floor(math.Log10(most))))
	}
}

// quantity writes a number with the digits it deserves.
func quantity(l i18n.Lang, x float64) string { return i18n.Number(l, x, digits(math.Abs(x))) }

// signed writes a number with its sign.
func signed(l i18n.Lang, x float64, decimals int) string {
	s := i18n.Number(l, x, decimals)
	if x > 0 && strings.Trim(s, "0.,") != "" {
		return "+" + s
	}
	return s
}
