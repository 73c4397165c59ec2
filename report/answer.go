package report

import (
	"math"
	"regexp"
	"strings"

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
	foundAlone   finding = "family"      // clear alone, and no longer among the outcomes tested together
	practically  finding = "practically" // the whole interval is smaller than what matters
	noError      finding = "no-error"    // the point alone
	noAnswer     finding = "refused"
	tooSmall     finding = "small-cell" // withheld: some cell has fewer than min_cell
)

// none tells whether there is no number at all.
func (f finding) none() bool { return f == noAnswer || f == tooSmall }

// find reads an estimate against chance and against what matters. Where the
// p-value and the interval differ (placebo ranks), both must speak; where the
// plan tests outcomes together, so must the p adjusted for it.
func find(e result.Estimate, o plan.Outcome, level float64) finding {
	switch {
	case e.Estimate == nil && e.Details["refused"] == string(tooSmall):
		return tooSmall
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
	if p, ok := e.Details["p_adjusted"].(float64); ok && p >= 1-level {
		return foundAlone
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

// Answer is what may be concluded, in one sentence an outcome with the number in
// it; many outcomes of which the same is said share a sentence. Where a check failed that the design rests on, it says so before any
// number.
func Answer(in Input, l i18n.Lang) string {
	return strings.Join(in.sentences(l), " ")
}

func (in Input) answer(o plan.Outcome, l i18n.Lang) string {
	e, _ := headline(in.Result, o.Column)
	f := find(e, o, in.Study.Plan.Inference.Level)
	values := in.words(o, l)
	failed, broken := in.failed(o, l)
	if f.none() || !broken {
		return i18n.Text(l, "report.answer."+string(f), values)
	}
	values["failed"] = inBrackets.ReplaceAllString(failed, "") // the number stands among the reasons
	return i18n.Text(l, "report.answer.not-causal", values)
}

// inBrackets is a p-value at the end of a reason.
var inBrackets = regexp.MustCompile(` \(p [^)]*\)`)

// words are what the sentences about an outcome's answer are made of.
func (in Input) words(o plan.Outcome, l i18n.Lang) map[string]any {
	e, known := headline(in.Result, o.Column)
	level := in.Study.Plan.Inference.Level
	values := map[string]any{"outcome": spoken(o, l), "inside": inside(o, l), "name": within(o, l), "level": level}
	if mde, ok := in.mde(o); ok {
		values["mde"] = amount(o, l, quantity(l, mde))
	}
	if o.Matters != nil {
		values["matters"] = amount(o, l, quantity(l, *o.Matters))
	}
	if !known {
		for _, w := range in.Result.Warnings {
			if limit, ok := w.Values["limit"]; ok && w.Code == "outcome-refused" && w.Outcome == o.Column {
				values["limit"] = limit // of min_cell, where that is the reason
			}
		}
		return values
	}
	d := places(e)
	way, raise := "report.way.up", "report.raise.up"
	if *e.Estimate < 0 {
		way, raise = "report.way.down", "report.raise.down"
	}
	values["size"], values["way"], values["raise"] = amount(o, l, i18n.Number(l, math.Abs(*e.Estimate), d)), i18n.Text(l, way, nil), i18n.Text(l, raise, nil)
	if mde, ok := in.mde(o); ok {
		values["mde"] = amount(o, l, i18n.Number(l, mde, d))
	}
	if a, ok := in.adjusted(o); ok && a.Lower != nil && a.Upper != nil {
		d := places(a)
		values["adjusted"], values["adjusted_lower"], values["adjusted_upper"] = amount(o, l, signed(l, *a.Estimate, d)), signed(l, *a.Lower, d), signed(l, *a.Upper, d)
	}
	values["p_adjusted"], values["family_size"] = e.Details["p_adjusted"], e.Details["family_size"]
	weak := in.weak()
	values["weak"] = weak
	if year, ok := e.Details["first_year"]; ok {
		values["since"] = year // the year is known, not the cause
	} else {
		values["programme"], values["treatment"], values["sign"] = true, !weak, weak
	}
	if e.Lower != nil && e.Upper != nil {
		values["lower"], values["upper"] = signed(l, *e.Lower, d), signed(l, *e.Upper, d)
		if o.Matters != nil {
			all := beyond(e, *o.Matters)
			if a, ok := in.adjusted(o); ok {
				all = all && beyond(a, *o.Matters)
			}
			values["all_matters"], values["may_be_small"] = all, !all
		}
	}
	return values
}

// beyond tells whether an interval lies beyond what matters, on either side.
func beyond(e result.Estimate, matters float64) bool {
	return e.Lower != nil && e.Upper != nil && (*e.Lower >= matters || *e.Upper <= -matters)
}

// weak tells whether the evidence is weak, or worse.
func (in Input) weak() bool {
	v := in.Result.Verdict
	return v != nil && (v.Grade == result.Weak || v.Grade == result.NotCausal)
}

// failed says which check failed that the design rests on, as part of a
// sentence; ok is false where none did.
func (in Input) failed(o plan.Outcome, l i18n.Lang) (reason string, ok bool) {
	v := in.Result.Verdict
	if v == nil || v.Grade != result.NotCausal {
		return "", false
	}
	for _, d := range in.Result.Diagnostics {
		if d.Outcome == o.Column && d.Verdict == result.Fail {
			reason, ok = strings.TrimPrefix(pick(d.Text, l), o.Column+": "), true
			break
		}
	}
	if !ok || len(in.Study.Plan.Outcomes) > 1 {
		return reason, ok
	}
	for _, r := range v.Reasons {
		if r.Effect == "failed" {
			return pick(r.Text, l), true
		}
	}
	return reason, ok
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
