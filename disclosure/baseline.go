package disclosure

import "github.com/dampak/dampak/designs"

// OfBaseline gives what a measurement of a study's outcomes in baseline periods shows:
// one output for each outcome, as the table of counts and sums of the outcome by
// period, from which its mean, spread and correlations say no more of few people than
// a model of these cells. All of it leaves or none. Period is the registered column of
// periods. A Reason says why the gate could not judge it.
func OfBaseline(d Data, s *designs.Study, period string) ([]Output, *Reason) {
	where, why := FilterOf(d, s.Plan.Where)
	if why != nil {
		return nil, why
	}
	var out []Output
	for _, outcome := range s.Plan.Outcomes {
		out = append(out, Output{ID: s.SHA256 + "/baseline/" + outcome.Column, Title: s.Plan.ID + ": " + outcome.Column + ", " + period, Dataset: d.Dataset, Version: d.Version,
			Measures: []string{outcome.Column}, Model: true, Parameters: 1, Tables: []Table{{Where: where.knowing(outcome.Column), By: []string{period}}}})
	}
	return out, nil
}
