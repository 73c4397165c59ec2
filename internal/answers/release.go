package answers

import (
	"bytes"
	"context"
	"slices"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/report"
)

// Release lets the answer of a run go, but for the estimates that held names
// (report.Key): exactly what leaves is kept as a content first. Errors: the problem
// answer-key for a name that none of them has, those of store.ReleaseRun.
func Release(ctx context.Context, s *store.Store, by store.By, a Answer, held []string) (event.Event, error) {
	var keys []string
	for _, n := range a.Leaves() {
		keys = append(keys, n.Key)
	}
	for _, key := range held {
		if !slices.Contains(keys, key) {
			return event.Event{}, problem.New("answer-key", "found", key, "expected", keys, "field", "held")
		}
	}
	var text bytes.Buffer
	if err := report.JSON(&text, report.Input{Result: report.Hold(a.Result, held), Study: a.Plan}); err != nil {
		return event.Event{}, err
	}
	hash, _, err := s.Contents().Put(ctx, &text)
	if err != nil {
		return event.Event{}, err
	}
	return s.ReleaseRun(ctx, by, a.Run.ID, hash, held)
}
