package study

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The stages of a run that is done, on its way out.
const (
	Requested  RunState = "requested"  // a checker is asked to let it go
	Questioned RunState = "questioned" // the checker asks something first
	Released   RunState = "released"
	Refused    RunState = "refused"
)

// ReviewStep is one step of a run's way out, the oldest first.
type ReviewStep struct {
	Stage RunState      `json:"stage"` // that it led to
	By    registry.Hand `json:"by"`
	Text  string        `json:"text"` // what was asked, answered or the reason; may be empty for a request
}

// Release is what left. It never changes; a correction is a release of another run.
type Release struct {
	Content string   `json:"content"` // SHA-256 of exactly what left, JSON of a result
	Held    []string `json:"held"`    // what the checker kept back, by the names that disclosure gives outputs; sorted
	// Rounded says that counts left rounded, and what tells exact ones with them.
	Rounded bool          `json:"rounded,omitempty"`
	By      registry.Hand `json:"by"`
	Why     string        `json:"why"` // needed where something is kept back; may be empty
}

// Stage is the run's state, and where it is on its way out once it is done.
func (r Run) Stage() RunState {
	if r.State != Done || len(r.Review) == 0 {
		return r.State
	}
	return r.Review[len(r.Review)-1].Stage
}

// Request asks a checker to let the answer go: from the study's people, of real rows.
// Event: run-release-requested.
func (r Run) Request(note string, by registry.Hand) (registry.Change, error) {
	if r.Dummy {
		return registry.Change{}, problem.New("review-dummy")
	}
	if r.Baseline() {
		return registry.Change{}, problem.New("review-baseline")
	}
	return r.review("request-release", "run-release-requested", Requested, note, false, by)
}

// Question asks the study's people something before deciding. Others are the people
// of the study; none of them is the checker. Event: run-release-questioned.
func (r Run) Question(text string, others []string, by registry.Hand) (registry.Change, error) {
	if err := notOwn(others, by); err != nil {
		return registry.Change{}, err
	}
	return r.review("question-release", "run-release-questioned", Questioned, text, true, by)
}

// Reply answers the checker's question. Event: run-release-answered.
func (r Run) Reply(text string, by registry.Hand) (registry.Change, error) {
	return r.review("answer-question", "run-release-answered", Requested, text, true, by)
}

// Refuse keeps the answer in, for a reason; it may be asked for again. Event:
// run-release-refused.
func (r Run) Refuse(why string, others []string, by registry.Hand) (registry.Change, error) {
	if err := notOwn(others, by); err != nil {
		return registry.Change{}, err
	}
	return r.review("refuse-release", "run-release-refused", Refused, why, true, by)
}

// LetGo releases the answer: out has Content, Held and Rounded. Event: run-released.
func (r Run) LetGo(out Release, why string, others []string, by registry.Hand) (registry.Change, error) {
	if err := notOwn(others, by); err != nil {
		return registry.Change{}, err
	}
	out.Held = append([]string{}, out.Held...)
	slices.Sort(out.Held)
	out.Held = slices.Compact(out.Held)
	c, err := r.review("release", "run-released", Released, why, len(out.Held) > 0, by)
	if err != nil {
		return c, err
	}
	after := c.After.(Run)
	out.By, out.Why = by, registry.Clean(why)
	after.Release = &out
	c.After = after
	return c, nil
}

func (r Run) review(command, becomes string, to RunState, text string, needed bool, by registry.Hand) (registry.Change, error) {
	if err := RunLife.Check(string(r.Stage()), command); err != nil {
		return registry.Change{}, err
	}
	text = registry.Clean(text)
	if text != "" || needed {
		if err := registry.CheckText("review", text, registry.LongestReason, true); err != nil {
			return registry.Change{}, err
		}
	}
	after := r
	after.Review = append(slices.Clone(r.Review), ReviewStep{to, by, text})
	return registry.Change{Type: becomes, Before: r, After: after}, nil
}

// notOwn refuses a checker who is of the study.
func notOwn(people []string, by registry.Hand) error {
	if by.User == "" || slices.Contains(people, by.User) {
		return problem.New("review-own")
	}
	return nil
}

// People are the users who may not check what a run of the study gives: who asked for
// it, who answers for the study, who registered it, and the members (of its permit).
func (s Study) People(r Run, members []string) []string {
	all := append([]string{r.Queued.User, s.User}, members...)
	for _, x := range s.Registrations {
		all = append(all, x.By.User)
	}
	for _, x := range r.Review {
		if x.Stage == Requested {
			all = append(all, x.By.User)
		}
	}
	all = slices.DeleteFunc(all, func(u string) bool { return u == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// ReleasedAt is when it left; nil: it has not.
func (r Run) ReleasedAt() *time.Time {
	if r.Release == nil {
		return nil
	}
	return &r.Release.By.At
}
