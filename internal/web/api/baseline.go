package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// BaselineFigures are what a run measured of outcomes in the periods before the
// programme, for the people of its study.
type BaselineFigures struct {
	Run      string            `json:"run"`
	Outcomes []BaselineOutcome `json:"measured_outcomes"`
}

// BaselineOutcome are the figures of one outcome over all rows of these periods.
// Detectable is the effect that the plan would find in 80 of 100 cases on as many
// units, half of them in the programme; absent where they are too few.
type BaselineOutcome struct {
	Outcome    string   `json:"outcome"`
	First      string   `json:"first_period"`
	Last       string   `json:"last_period"`
	Rows       int64    `json:"rows"`
	Units      int64    `json:"units"`
	Clusters   int64    `json:"clusters_measured"`
	Periods    int      `json:"periods_measured"`
	Mean       float64  `json:"mean"`
	SD         float64  `json:"standard_deviation"`
	Rho        float64  `json:"correlation_between_periods"`
	ICC        float64  `json:"correlation_within_clusters"`
	Detectable *float64 `json:"detectable,omitempty"`
}

func baselineOf(run study.Run, all []study.Measurement) (BaselineFigures, error) {
	out := BaselineFigures{run.ID, []BaselineOutcome{}}
	plan, err := designs.Parse([]byte(run.Plan), "")
	if err != nil {
		return out, err
	}
	for _, m := range all {
		one := BaselineOutcome{Outcome: m.Outcome, First: m.From, Last: m.Until, Rows: m.Rows, Units: m.Units, Clusters: m.Clusters, Periods: m.Periods, Mean: m.Mean, SD: m.SD, Rho: m.Rho, ICC: m.ICC}
		if found, err := m.Power(plan).Detectable(); err == nil {
			one.Detectable = &found
		}
		out.Outcomes = append(out.Outcomes, one)
	}
	return out, nil
}

// runBaseline declares GET /runs/{id}/baseline.
func (d *door) runBaseline(noun string) {
	o := reading(noun, runKind, true, false, access.StudyRead).under("/baseline", "read-run-baseline")
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *one) (*answer[BaselineFigures], error) {
		c := calling(ctx)
		by, err := c.command(Given{}, 0)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		all, err := answers.Measurement(ctx, d.record, by.Actor, c.Standing, in.ID)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		var run study.Run
		if err := d.record.View(ctx, func(r *store.Reader) error {
			run, _, err = store.RunOf(r, in.ID)
			return err
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		out, err := baselineOf(run, all)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &answer[BaselineFigures]{out}, nil
	})
}
