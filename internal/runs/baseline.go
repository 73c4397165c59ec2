package runs

import (
	"context"
	"encoding/json"
	"io"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/run"
)

// measure measures the outcomes of a plan on rows that are cut to baseline periods.
// Errors: the rows have nothing to measure, or hold somebody who was treated by then:
// what comes after a treatment is no baseline.
func (j *job) measure(ctx context.Context, e engine.Engine, plan *designs.Study, periods study.Periods, sources []engine.Source, opts engine.Options) ([]study.Measurement, error) {
	s, err := e.Open(ctx, sources, opts)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if treated, err := run.TreatedIn(ctx, s, plan); err != nil {
		return nil, err
	} else if treated {
		return nil, problem.New("run-baseline-treated", "from", periods.From, "until", periods.Until)
	}
	out := []study.Measurement{}
	for i, o := range plan.Plan.Outcomes {
		j.tell("baseline", float64(i)/float64(len(plan.Plan.Outcomes)))
		b, err := run.Measure(ctx, s, plan, o)
		if err != nil {
			return nil, err
		}
		out = append(out, study.Measurement{Outcome: o.Column, From: periods.From, Until: periods.Until, Rows: b.Rows, Units: b.Units, Clusters: b.Clusters,
			Periods: b.Periods, Mean: b.Mean, SD: b.SD, Rho: b.Rho, ICC: b.ICC})
	}
	return out, nil
}

// writeMeasured writes a measurement as it is kept.
func writeMeasured(w io.Writer, all []study.Measurement) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(all)
}
