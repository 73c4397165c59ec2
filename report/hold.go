package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// Key names an estimate of a result: outcome, term, and what tells it from the others
// of that term.
func Key(e result.Estimate) string {
	parts := []string{e.Outcome, e.Term}
	for _, x := range []struct {
		name  string
		label *result.Label
	}{{"group", e.Group}, {"time", e.Time}} {
		if x.label != nil {
			parts = append(parts, x.name+"="+fmt.Sprint(*x.label))
		}
	}
	if e.Event != nil {
		parts = append(parts, fmt.Sprintf("event=%d", *e.Event))
	}
	return strings.Join(parts, "/")
}

// Hold gives the result without the numbers of the estimates that are held back, and
// says so in a caution of each outcome they are of. The figures and tables behind an
// outcome of which something is held go with it, and so do the numbers of its checks
// (the effect that could be found gives the standard error): of these what they found
// stays. What the keys do not name stays as it is.
func Hold(r result.Result, held []string) result.Result {
	out := r
	out.Estimates = slices.Clone(r.Estimates)
	of := map[string]int{}
	var outcomes []string
	for i, e := range out.Estimates {
		if !slices.Contains(held, Key(e)) {
			continue
		}
		if of[e.Outcome] == 0 {
			outcomes = append(outcomes, e.Outcome)
		}
		of[e.Outcome]++
		out.Estimates[i] = result.Estimate{Outcome: e.Outcome, Estimator: e.Estimator, Term: e.Term, Group: e.Group, Time: e.Time, Event: e.Event, Details: map[string]any{}}
	}
	if len(outcomes) == 0 {
		return r
	}
	out.Warnings = slices.Clone(r.Warnings)
	for _, o := range outcomes {
		w := result.Caveat("held-back", "n", of[o], "outcome", o)
		w.Outcome = o
		values := map[string]any{"n": of[o], "outcome": o}
		w.Text = result.Text{ID: i18n.Text(i18n.ID, "warning.held-back", values), EN: i18n.Text(i18n.EN, "warning.held-back", values)}
		out.Warnings = append(out.Warnings, w)
	}
	out = HoldChecks(out, func(outcome string) bool { return of[outcome] > 0 })
	out.Exhibits = slices.DeleteFunc(slices.Clone(r.Exhibits), func(x result.Exhibit) bool { return of[x.Outcome] > 0 })
	return out
}

// HoldChecks gives the result without the numbers of the checks of some outcomes: what
// they found stays.
func HoldChecks(r result.Result, of func(outcome string) bool) result.Result {
	r.Diagnostics = slices.Clone(r.Diagnostics)
	for i, d := range r.Diagnostics {
		if of(d.Outcome) {
			r.Diagnostics[i] = result.Diagnostic{Name: d.Name, Verdict: d.Verdict, Outcome: d.Outcome, Text: checkHeld(d.Name)}
		}
	}
	if r.Verdict == nil {
		return r
	}
	v := *r.Verdict
	v.Reasons = slices.Clone(v.Reasons)
	for i, why := range v.Reasons {
		if of(why.Outcome) {
			v.Reasons[i].Text = checkHeld(why.Rule)
		}
	}
	r.Verdict = &v
	return r
}

// checkHeld says that the numbers of a check are held, and of which: name is a check, or
// a rule of the verdict that starts with the name of one. Of other rules it names none.
func checkHeld(name string) result.Text {
	for !i18n.Has(i18n.ID, "report.check-name."+name) && name != "" {
		name = name[:max(strings.LastIndex(name, "-"), 0)]
	}
	in := func(l i18n.Lang) string {
		values := map[string]any{}
		if name != "" {
			values["check"] = checkName(l, name)
		}
		return i18n.Text(l, "report.check-held", values)
	}
	return result.Text{ID: in(i18n.ID), EN: in(i18n.EN)}
}

func checkName(l i18n.Lang, name string) string {
	return i18n.Text(l, "report.check-name."+name, nil)
}
