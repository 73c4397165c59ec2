package answers

import (
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Earlier is how an earlier run on the same data ended its way out. It has no number:
// those that left are read at the run.
type Earlier struct {
	Run   study.Run
	Study study.Study
	Stage study.RunState // Released; Refused, by a checker; Failed: the first gate let nothing pass
	At    time.Time
	By    string // user who decided; empty: the program
	Why   string // their reason; may be empty
	// Problems are why the first gate let nothing pass.
	Problems []*problem.Problem
	// Outcomes are the columns that it is about, and Cells those that made its cells;
	// none of what was refused while the registration is closed to the reader.
	Outcomes, Cells []string
	Left, Held      int // numbers that left, and that the checker kept back
}

// EarlierThan lists what was let go or refused before a run on the data that it read,
// the newest first: a checker sees it beside what would leave now.
func EarlierThan(r store.From, kept store.Contents, who access.Standing, x study.Run) ([]Earlier, error) {
	seen := map[string]bool{x.ID: true}
	var out []Earlier
	for _, data := range x.Data {
		all, err := store.RunsOn(r, data.Dataset)
		if err != nil {
			return nil, err
		}
		for _, y := range all {
			if seen[y.ID] {
				continue
			}
			seen[y.ID] = true
			e, ended, err := earlier(r, kept, who, y)
			if err != nil {
				return nil, err
			}
			if ended {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, func(a, b Earlier) int { return strings.Compare(b.Run.ID, a.Run.ID) })
	return out, nil
}

// earlier tells how a run ended its way out; false: it has not, or it never got there.
func earlier(r store.From, kept store.Contents, who access.Standing, x study.Run) (e Earlier, ended bool, err error) {
	e = Earlier{Run: x, Stage: x.Stage()}
	switch e.Stage {
	case study.Released, study.Refused:
		last := x.Review[len(x.Review)-1]
		e.At, e.By, e.Why = last.By.At, last.By.User, last.Text
	case study.Failed:
		for _, p := range x.Problems {
			if strings.HasPrefix(p.Code, "disclosure-") || strings.HasPrefix(p.Code, "gate-") {
				e.Problems = append(e.Problems, p.Problem())
			}
		}
		if len(e.Problems) == 0 || x.Ended == nil {
			return e, false, nil
		}
		e.At = *x.Ended
	default:
		return e, false, nil
	}
	if e.Study, _, err = store.StudyOf(r, x.Study); err != nil {
		return e, true, err
	}
	if e.Stage != study.Released && !store.SeesProtocol(who, e.Study) {
		e.Problems = nil // they name columns
		return e, true, nil
	}
	d, err := designs.Parse([]byte(x.Plan), "")
	if err != nil {
		return e, true, err
	}
	for _, o := range d.Plan.Outcomes {
		e.Outcomes = append(e.Outcomes, o.Column)
	}
	g, err := GateOf(kept, x)
	if err != nil {
		return e, true, err
	}
	e.Cells = g.By
	if x.Release == nil {
		return e, true, nil
	}
	e.Held = len(x.Release.Held)
	left, err := released(kept, x, d)
	e.Left = len(left)
	return e, true, err
}
