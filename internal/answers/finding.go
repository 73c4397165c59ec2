package answers

import (
	"slices"

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
	n := left[at]
	f.Effect = evidence.Effect{Estimate: *n.Estimate, Lower: *n.Lower, Upper: *n.Upper, SE: *n.SE, Level: n.Level, Term: n.Term, Unit: n.Of.Unit, Better: n.Of.Better, Matters: n.Of.Matters}
	f.Applies.Regions, f.Applies.From, f.Applies.Until, err = seenBy(r, x, of)
	return f, err
}

// seenBy are the regions that were open to a run, and the first and the last period of
// the rows that it read (not the days on which they were open); where these have none,
// what the study said that it looks at.
func seenBy(from store.From, x study.Run, of study.Study) (regions []string, first, last string, err error) {
	for _, s := range x.Answer.Scope {
		regions = append(regions, s.Regions...)
	}
	for _, data := range x.Data {
		d, _, err := store.DatasetOf(from, data.Dataset)
		if err != nil {
			return nil, "", "", err
		}
		if v, ok := d.VersionOfContent(data.Content); ok && v.First != "" {
			if first == "" || v.First < first {
				first = v.First
			}
			last = max(last, v.Last)
		}
	}
	if r := x.Registration; first == "" && r > 0 && r <= int64(len(of.Registrations)) {
		studied := of.Registrations[r-1].Setting.Studied
		first, last = string(studied.From), string(studied.Until)
	}
	return regions, first, last, nil
}
