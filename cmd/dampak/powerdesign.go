package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate/power"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// The design that `dampak power` looks at: what the flags say of it, what the
// data can, and the words for what cannot be.

// apply puts what the flags state into a design. Periods and their correlation
// are for a comparison over time alone.
func (c powerCmd) apply(d *power.Design, study *designs.Study) {
	set := func(to, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	set(&d.Units, c.Units)
	set(&d.Treated, c.Share)
	set(&d.SD, c.SD)
	set(&d.ClusterSize, c.ClusterSize)
	set(&d.ICC, c.ICC)
	if study.Design.Name != "did" {
		return
	}
	set(&d.Rho, c.Rho)
	if c.Before != nil {
		d.Before = *c.Before
	}
	if c.After != nil {
		d.After = *c.After
	}
}

// redesigns says that a flag makes the design another than that of the data,
// beside the number of units: the run's error there says nothing of it.
func (c powerCmd) redesigns() bool {
	return c.Share != nil || c.SD != nil || c.ClusterSize != nil || c.ICC != nil || c.Before != nil || c.After != nil || c.Rho != nil
}

// checkFlags refuses, by its name, each flag outside its range before any data
// are read.
func (c powerCmd) checkFlags(study *designs.Study) error {
	did := study.Design.Name == "did"
	if !did {
		for flag, given := range map[string]bool{"--rho": c.Rho != nil, "--after": c.After != nil, "--before": c.Before != nil && *c.Before > 0} {
			if given {
				return problem.Usage("power-did-only", "flag", flag)
			}
		}
	}
	level := study.Plan.Inference.Level
	refuse := func(name string, found float64) error {
		return problem.Usage("power-range-"+name, "found", strconv.FormatFloat(found, 'g', -1, 64),
			"size", strconv.FormatFloat(1-level, 'g', 6, 64))
	}
	outside := func(x *float64, least, most float64) bool { return x != nil && !(*x >= least && *x <= most) }
	switch {
	case outside(c.Units, 3, power.MostUnits):
		return refuse(power.NameUnits, *c.Units)
	case outside(c.ClusterSize, 1, power.MostUnits):
		return refuse(power.NameClusterSize, *c.ClusterSize)
	case c.Before != nil && (*c.Before < 0 || did && *c.Before == 0):
		return refuse(power.NameBefore, float64(*c.Before))
	case c.Effect != nil && !(math.Abs(*c.Effect) >= power.LeastSize && math.Abs(*c.Effect) <= power.MostSize):
		return refuse(power.NameEffect, *c.Effect)
	}
	// What no flag states stands here as numbers that can be.
	d := power.Design{Treated: 0.5, SD: 1, Level: level, Power: c.Power}
	if did {
		d.Before, d.After = 1, 1
	}
	c.apply(&d, study)
	var out *power.RangeError
	if errors.As(d.Check(), &out) {
		return refuse(out.Name, out.Found)
	}
	return nil
}

// dataProblem says what of a design cannot be, where its numbers come from the
// data or from several flags together.
func dataProblem(err error, o plan.Outcome, d power.Design) error {
	var out *power.RangeError
	if !errors.As(err, &out) {
		return err
	}
	whole := d.ClusterSize > 1 && !d.Mixed // clusters are treated as a whole
	return problem.New("power-data-"+out.Name, "column", o.Column, "found", strconv.FormatFloat(out.Found, 'g', 4, 64),
		"units", rounded(d.Units), "clusters", rounded(d.Clusters()), "size", d.ClusterSize, "share", d.Treated,
		"by_unit", !whole, "by_cluster", whole).Because(err)
}

// dataRun is what the plan's own run on the data says of one outcome.
type dataRun struct {
	se       float64 // of the headline; 0 = none
	unproved bool    // an effect without an error or a p-value
	cautions []result.Warning
	failed   problem.List // why there is no answer; a baseline, say: nobody is treated yet
}

type dataRuns map[string]dataRun

// errorCautions are the run's warnings that its error may not be the true one.
var errorCautions = []string{"few-clusters", "few-treated", "few-clusters-experiment", "singleton-cohort"}

// runOnData answers the plan on the data as they are.
func (s *session) runOnData(study *designs.Study, sources []engine.Source, eng engine.Engine) (dataRuns, error) {
	runs := dataRuns{}
	r, err := s.answer(study, sources, eng)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		list := problem.Of(err)
		if list == nil {
			return nil, err
		}
		for _, o := range study.Plan.Outcomes {
			runs[o.Column] = dataRun{failed: list}
		}
		return runs, nil
	}
	for _, e := range r.Estimates {
		if _, known := runs[e.Outcome]; known {
			continue // the first is the headline
		}
		var one dataRun
		if e.SE != nil {
			one.se = *e.SE
		}
		one.unproved = e.Estimate != nil && e.SE == nil && e.P == nil
		if code, refused := e.Details["refused"].(string); refused {
			one.failed = problem.List{problem.Refusal(code, refusalValues(r.Warnings, e.Outcome))}
		}
		for _, w := range r.Warnings {
			if w.Outcome == e.Outcome && slices.Contains(errorCautions, w.Code) {
				one.cautions = append(one.cautions, w)
			}
		}
		runs[e.Outcome] = one
	}
	return runs, nil
}

// refusalValues are the values of the refusal of one outcome among others.
func refusalValues(all []result.Warning, outcome string) map[string]any {
	for _, w := range all {
		if w.Code == "outcome-refused" && w.Outcome == outcome {
			return w.Values
		}
	}
	return nil
}

// cautions are what the run on the data says against the numbers. Where its
// design has no error there, neither has a detectable effect, unless flags state
// another number of units or share treated.
func (c powerCmd) cautions(o plan.Outcome, r dataRun) ([]powerCaution, error) {
	out := []powerCaution{}
	add := func(code string, text func(l i18n.Lang) string) {
		out = append(out, powerCaution{code, result.Text{ID: text(i18n.ID), EN: text(i18n.EN)}})
	}
	another := c.Share != nil || c.Units != nil || c.ClusterSize != nil
	switch {
	case r.failed != nil:
		add("no-run", func(l i18n.Lang) string {
			return i18n.Text(l, "power.caution.no-run", map[string]any{"why": r.failed[0].Text(l)})
		})
	case r.unproved && !another:
		return nil, problem.New("power-no-error", "column", o.Column)
	case r.unproved:
		add("no-error", func(l i18n.Lang) string {
			return i18n.Text(l, "power.caution.no-error", map[string]any{"column": o.Column})
		})
	case !another:
		for _, w := range r.cautions {
			text := result.Text{ID: strings.TrimPrefix(w.Text.ID, o.Column+": "), EN: strings.TrimPrefix(w.Text.EN, o.Column+": ")}
			out = append(out, powerCaution{w.Code, text})
		}
	}
	return out, nil
}
