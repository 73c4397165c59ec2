package runs

import (
	"context"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/run"
)

// why is what may be told of a run that has no answer. The first gate has not looked at
// what such a run says: that all rows of a filter hold a value, how many they are, or
// whom they name. So where it lets nothing pass of the plan, that is the answer; where
// it does, the sentence comes without what the rows hold.
func (j *job) why(ctx context.Context, plan *designs.Study, all []opened, opts engine.Options, err error) error {
	found := problem.Of(err)
	if j.run.Dummy || len(found) == 0 || ctx.Err() != nil || !slices.ContainsFunc(all, func(o opened) bool { return o.dataset.Class != registry.PublicData }) {
		return err
	}
	if !slices.ContainsFunc(found, tells) {
		return err
	}
	if _, _, refused := j.gate(ctx, plan, all, opts); len(problem.Of(refused)) > 0 && !slices.ContainsFunc(problem.Of(refused), tells) {
		return refused
	}
	var out problem.List
	for _, p := range found {
		out = append(out, without(p))
	}
	return out
}

// tells tells whether a sentence may say something of rows.
func tells(p *problem.Problem) bool {
	return strings.HasPrefix(p.Code, "refusal.") || slices.Contains([]string{"not-a-number", "not-whole", "engine-failed"}, p.Code)
}

// without is a problem without what the rows hold.
func without(p *problem.Problem) *problem.Problem {
	if !tells(p) {
		return p
	}
	out := *p
	out.Values, out.Err = run.WithoutRows(p.Values), nil
	return &out
}
