package answers

import (
	"context"
	"encoding/json"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Measurement gives what a run measured of a baseline to somebody who may see its
// study, and notes first, by source, that they saw it. Errors: those of Open, and
// answer-no-baseline for a run that answers a plan.
func Measurement(ctx context.Context, s *store.Store, by event.Actor, who access.Standing, id string) ([]study.Measurement, error) {
	x, err := shown(ctx, s, who, id)
	if err != nil {
		return nil, err
	}
	if !x.Baseline() {
		return nil, problem.New("answer-no-baseline")
	}
	if err := s.NoteAnswer(ctx, by, who.User, x); err != nil {
		return nil, err
	}
	text, err := s.Contents().Read(x.Answer.Result)
	if err != nil {
		return nil, err
	}
	var all []study.Measurement
	return all, json.Unmarshal(text, &all)
}
