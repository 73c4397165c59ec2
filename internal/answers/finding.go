package answers

import (
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Finding fills in what a finding says of the number that a key names (report.Key)
// among those of its run that left: the effect, and where and when it was seen. Errors:
// the problem finding-number where no such number left.
func Finding(r store.From, kept store.Contents, f evidence.Finding, key string) (evidence.Finding, error) {
	none := problem.New("finding-number", "field", "estimate")
	x, ok, err := store.RunOf(r, f.Run)
	if err != nil {
		return f, err
	}
	if !ok || x.Release == nil {
		return f, none
	}
	of, _, err := store.StudyOf(r, x.Study)
	if err != nil {
		return f, err
	}
	left, err := Left(kept, x)
	if err != nil {
		return f, err
	}
	at := slices.IndexFunc(left, func(n Number) bool { return n.Key == key })
	if at < 0 {
		return f, none
	}
	if f.Effect, err = effectOf(x, left[at]); err != nil {
		return f, err
	}
	f.Applies.Regions, f.Applies.From, f.Applies.Until = seenBy(x, of)
	return f, nil
}

// effectOf is a number that left, with what the plan says of its outcome.
func effectOf(x study.Run, n Number) (evidence.Effect, error) {
	d, err := designs.Parse([]byte(x.Plan), "")
	if err != nil {
		return evidence.Effect{}, err
	}
	return evidence.Effect{Estimate: *n.Estimate, Lower: *n.Lower, Upper: *n.Upper, SE: *n.SE, Level: d.Plan.Inference.Level, Term: n.Term, Unit: n.Of.Unit, Better: n.Of.Better, Matters: n.Of.Matters}, nil
}

// seenBy are the regions and the time that a run saw; of time, where nothing was cut,
// what the study said that it looks at.
func seenBy(x study.Run, of study.Study) (regions []string, from, until string) {
	for _, s := range x.Answer.Scope {
		regions = append(regions, s.Regions...)
		if p := s.Period; p.From != "" {
			if from == "" || string(p.From) < from {
				from = string(p.From)
			}
			until = max(until, string(p.Until))
		}
	}
	if r := x.Registration; from == "" && r > 0 && r <= int64(len(of.Registrations)) {
		studied := of.Registrations[r-1].Setting.Studied
		from, until = string(studied.From), string(studied.Until)
	}
	return regions, from, until
}
