package run

import (
	"fmt"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// codeOutcomeRefused is the warning of an outcome that could not be answered.
const codeOutcomeRefused = "outcome-refused"

// addWords gives each diagnostic and warning its sentence in both languages. A
// code without a sentence is a mistake of ours, never silence.
func addWords(r *result.Result, manyOutcomes bool) error {
	for i := range r.Diagnostics {
		d := &r.Diagnostics[i]
		text, err := both(fmt.Sprintf("diagnostic.%s.%s", d.Name, d.Verdict), d.Values, d.Outcome, manyOutcomes)
		if err != nil {
			return err
		}
		d.Text = text
	}
	for i := range r.Warnings {
		w := &r.Warnings[i]
		if w.Text != (result.Text{}) {
			continue
		}
		text, err := both("warning."+w.Code, w.Values, w.Outcome, manyOutcomes)
		if err != nil {
			return err
		}
		w.Text = text
	}
	return nil
}

// both fills a key in both languages, naming the outcome where there are many.
func both(key string, values result.Values, outcome string, manyOutcomes bool) (result.Text, error) {
	if !i18n.Has(i18n.ID, key) || !i18n.Has(i18n.EN, key) {
		return result.Text{}, fmt.Errorf("run: the catalogue has no %q", key)
	}
	t := result.Text{ID: i18n.Text(i18n.ID, key, values), EN: i18n.Text(i18n.EN, key, values)}
	if manyOutcomes && outcome != "" {
		t.ID, t.EN = outcome+": "+t.ID, outcome+": "+t.EN
	}
	t.ID, t.EN = problem.Mask(t.ID), problem.Mask(t.EN)
	return t, nil
}

// report adds to an analysis what became of the rows: a warning with reasons
// where rows left, a caution above the limit of the rules, and the flow as an exhibit.
func (f flow) report(a *result.Analysis) {
	steps := [][]any{{"file", "", float64(f.file)}}
	if f.where {
		steps = append(steps, []any{"where", "", float64(f.file - f.met)})
	}
	columns := make([]string, 0, len(f.left))
	for _, l := range f.left {
		steps = append(steps, []any{"missing", l.column, float64(l.rows)})
		columns = append(columns, l.column)
	}
	steps = append(steps, []any{"used", "", float64(f.used)})
	a.Exhibits = append(a.Exhibits, result.Exhibit{Kind: result.ExhibitSample, Columns: []string{"step", "column", "rows"}, Rows: steps})
	if len(f.left) == 0 {
		return
	}
	share := float64(f.gone()) / float64(f.met)
	a.Warnings = append(a.Warnings, result.Caveat("rows-left-out", "rows", f.gone(), "of", f.met, "share", share, "columns", columns))
	if share > designs.LimitOf(designs.AnyDesign, "rows-left-out") {
		a.Diagnostics = append(a.Diagnostics, result.Diagnostic{
			Name: "rows-left-out", Statistic: result.Float(share), Verdict: result.Caution,
			Values: result.MakeValues("rows", f.gone(), "of", f.met, "share", share, "columns", columns),
		})
	}
}

// nothing is the estimate of an outcome that was refused: null numbers.
func nothing(s *designs.Study, o plan.Outcome, r *result.Refusal) result.Estimate {
	return result.Estimate{
		Outcome: o.Column, Estimator: s.Design.Name, Term: s.Design.Terms[0],
		Details: map[string]any{"refused": r.Code},
	}
}

// refusedOutcome is the warning that says why an outcome was refused.
func refusedOutcome(o plan.Outcome, r *result.Refusal) result.Warning {
	t := func(l i18n.Lang) string {
		return problem.Mask(o.Column + ": " + i18n.Text(l, "refusal."+r.Code, r.Values))
	}
	return result.Warning{Code: codeOutcomeRefused, Outcome: o.Column, Text: result.Text{ID: t(i18n.ID), EN: t(i18n.EN)}, Values: r.Values}
}
