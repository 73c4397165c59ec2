package study

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// RunState is how far a run has come.
type RunState string

// The states. That a worker holds a queued run is no state of the record: a worker
// may die at any moment, and what it held is queued still.
const (
	Queued    RunState = "queued"
	Done      RunState = "done"
	Failed    RunState = "failed"    // the data or the plan cannot answer, or a limit was met
	Cancelled RunState = "cancelled" // somebody no longer wanted it
	Shut      RunState = "shut"      // what opened the data ended while it waited or ran
)

// RunStates lists them.
var RunStates = []RunState{Queued, Done, Failed, Cancelled, Shut}

// Run is one computation of a study.
type Run struct {
	ID     string `json:"id"`
	Study  string `json:"study"`  // id
	Owner  string `json:"owner"`  // the study's
	Region string `json:"region"` // the study's, BPS code
	// Dummy says that it runs on rows that were made up from the contracts: it needs
	// no registration, no agreement and no permit, and tells nothing of anybody.
	Dummy        bool          `json:"dummy"`
	Registration int64         `json:"registration"` // number that held when it was asked for; 0: none yet (Dummy alone)
	Plan         string        `json:"plan"`         // YAML that runs
	SHA256       string        `json:"sha256"`       // of the frozen plan
	Data         []RunData     `json:"data"`         // in the order of the plan
	Limits       Limits        `json:"limits"`
	Queued       registry.Hand `json:"queued"`
	State        RunState      `json:"state"`
	Ended        *time.Time    `json:"ended"`    // nil: queued
	Why          string        `json:"why"`      // the reason somebody gave who cancelled it; may be empty
	Problems     []Said        `json:"problems"` // why it has no answer; none: it was answered, cancelled, or has not ended
	Answer       *Answer       `json:"answer"`
	Review       []ReviewStep  `json:"review"`  // on its way out, the oldest first
	Release      *Release      `json:"release"` // nil: it has not left
}

// Said is a problem as the record keeps it, for either language.
type Said struct {
	Code   string         `json:"code"`
	Values map[string]any `json:"values"`
	File   string         `json:"file"` // what it is about; empty: not said
	Line   int            `json:"line"` // of the plan; 0: not said
	Column int            `json:"column"`
}

// SaidOf keeps the problems of an error; what is none of ours is "run-broke", whose
// cause belongs into a log of the program.
func SaidOf(err error) []Said {
	all := problem.Of(err)
	if len(all) == 0 {
		all = problem.List{problem.New("run-broke")}
	}
	out := make([]Said, len(all))
	for i, p := range all {
		out[i] = Said{Code: p.Code, Values: p.Values, File: p.File, Line: p.Line, Column: p.Column}
	}
	return out
}

// Problem gives it back.
func (s Said) Problem() *problem.Problem {
	return &problem.Problem{Code: s.Code, Values: s.Values, File: s.File, Line: s.Line, Column: s.Column}
}

// RunData is a source of a run.
type RunData struct {
	Name     string `json:"name"`     // in the plan
	Dataset  string `json:"dataset"`  // id
	Version  int64  `json:"version"`  // of its rows; 0: made up
	Content  string `json:"content"`  // SHA-256 of the rows; empty: made up
	Contract string `json:"contract"` // SHA-256 of their contract
	// Periods are those that a measurement of the baseline reads; see Run.Baseline.
	Periods Periods `json:"periods,omitzero"`
}

// Limits are what a run may take of the machine.
type Limits struct {
	Memory  int64 `json:"memory"`  // bytes
	Seconds int64 `json:"seconds"` // of the clock
	Threads int   `json:"threads"`
}

// UsualLimits are what a run may take where nobody says otherwise: of two cores one is
// left to the pages.
var UsualLimits = Limits{Memory: 2 << 30, Seconds: 1800, Threads: 1}

// Check says which limit is out of its range.
func (l Limits) Check() error {
	for _, x := range []struct {
		field       string
		n, low, top int64
	}{{"memory", l.Memory, 64 << 20, 1 << 40}, {"seconds", l.Seconds, 1, 24 * 3600}, {"threads", int64(l.Threads), 1, 256}} {
		if x.n < x.low || x.n > x.top {
			return problem.New("run-limit", "field", x.field, "found", x.n, "least", x.low, "most", x.top)
		}
	}
	return nil
}

// Answer is what a run that is done leaves. Hashes are of contents.
type Answer struct {
	Result     string   `json:"result"`     // JSON of the result as the first gate let it pass; of a baseline []Measurement
	Moments    string   `json:"moments"`    // what it was estimated from, for repeating it
	Gate       string   `json:"gate"`       // what the first gate looked at and decided
	Deviations []Edit   `json:"deviations"` // from the registration; empty for Dummy
	Version    string   `json:"version"`    // of the program
	Grade      string   `json:"grade"`      // of the verdict; empty: a design without one
	Agreement  string   `json:"agreement"`  // id, under which the rows were open; empty: public or made-up rows
	Permit     string   `json:"permit"`     // id
	Scope      []Opened `json:"scope"`      // what the views were cut to, by the plan's data
}

// Contents are the hashes of what the run keeps.
func (r Run) Contents() []string {
	var all []string
	if a := r.Answer; a != nil {
		all = append(all, a.Result, a.Moments, a.Gate)
	}
	if r.Release != nil {
		all = append(all, r.Release.Content)
	}
	return slices.DeleteFunc(all, func(hash string) bool { return hash == "" })
}

// Opened is the rectangle that a source was cut to.
type Opened struct {
	Name    string          `json:"name"` // in the plan
	Columns []string        `json:"columns"`
	Regions []string        `json:"regions"` // BPS codes
	Period  registry.Period `json:"period"`
	Rows    int64           `json:"rows"` // that the view had
}

// OpenedOf cuts a scope to what concerns one source.
func OpenedOf(name, dataset string, s cooperation.Scope) Opened {
	o := Opened{Name: name, Regions: s.Regions, Period: s.Period, Columns: []string{}}
	if c, ok := s.Columns(dataset); ok {
		o.Columns = c.Columns
	}
	return o
}

// RunLife is the life of a run.
var RunLife = registry.Life{
	Object: "run",
	States: []string{string(Queued), string(Done), string(Failed), string(Cancelled), string(Shut), string(Requested), string(Questioned), string(Released), string(Refused)},
	Steps: []registry.Step{
		{Command: "queue", From: []string{registry.None}}, {Command: "cancel", From: []string{string(Queued)}},
		{Command: "record-answer", From: []string{string(Queued)}}, {Command: "record-failure", From: []string{string(Queued)}},
		{Command: "record-shut", From: []string{string(Queued)}},
		{Command: "request-release", From: []string{string(Done), string(Refused)}}, {Command: "question-release", From: []string{string(Requested)}},
		{Command: "answer-question", From: []string{string(Questioned)}}, {Command: "refuse-release", From: []string{string(Requested), string(Questioned)}},
		{Command: "release", From: []string{string(Requested)}},
	},
}

// mostTried is how many runs of a study on made-up rows may wait at once.
const mostTried = 5

// Queue asks for a run of a study: x has ID, Dummy, Data and Limits; c is the
// protocol that runs, read, others the runs of the study that have not ended. On
// real rows the study must be registered, and one run of it at a time is under way;
// of those on made-up rows so few that a study does not fill the queue.
// Event: run-queued.
func (s Study) Queue(x Run, c Checked, others []Run, by registry.Hand) (registry.Change, error) {
	if x.Dummy {
		if state := s.State(); state != Drafted && state != Running {
			return registry.Change{}, problem.New("state-study-" + state)
		}
	} else if err := s.MayRun(nil); err != nil {
		return registry.Change{}, err
	} else if _, registered := s.Registered(); !registered {
		return registry.Change{}, problem.New("state-study-draft")
	}
	return s.queue(x, c, others, by)
}

func (s Study) queue(x Run, c Checked, others []Run, by registry.Hand) (registry.Change, error) {
	if err := x.Limits.Check(); err != nil {
		return registry.Change{}, err
	}
	r, _ := s.Registered()
	alike := slices.DeleteFunc(slices.Clone(others), func(o Run) bool { return o.Dummy != x.Dummy || o.State != Queued })
	if len(alike) > 0 && (!x.Dummy || len(alike) >= mostTried) {
		return registry.Change{}, problem.New("run-under-way", "day", string(registry.DayOf(alike[0].Queued.At)))
	}
	x.Study, x.Owner, x.Region, x.Registration = s.ID, s.Owner, s.Region, r.Number
	x.Plan, x.SHA256, x.Queued = c.Plan, c.Design.SHA256, by
	x.State, x.Ended, x.Why, x.Problems, x.Answer, x.Review, x.Release = Queued, nil, "", []Said{}, nil, []ReviewStep{}, nil
	x.Data = slices.Clone(x.Data)
	for i, u := range c.Data {
		if i >= len(x.Data) || x.Data[i].Name != u.Name || x.Data[i].Dataset != u.Dataset {
			return registry.Change{}, problem.New("study-data-missing", "name", u.Name, "field", "data")
		}
		if x.Dummy {
			x.Data[i].Version, x.Data[i].Content = 0, ""
		} else if x.Data[i].Content == "" {
			return registry.Change{}, problem.New("run-no-version", "name", u.Name)
		}
	}
	return registry.Change{Type: "run-queued", After: x}, nil
}

// Cancel ends a run that is no longer wanted. Event: run-cancelled.
func (r Run) Cancel(why string, at time.Time) (registry.Change, error) {
	if why != "" {
		if err := registry.CheckReason(why); err != nil {
			return registry.Change{}, err
		}
	}
	return r.end("cancel", "run-cancelled", Cancelled, at, func(after *Run) { after.Why = registry.Clean(why) })
}

// Finish records what the run answered. Event: run-answered.
func (r Run) Finish(a Answer, at time.Time) (registry.Change, error) {
	if a.Deviations == nil {
		a.Deviations = []Edit{}
	}
	if a.Scope == nil {
		a.Scope = []Opened{}
	}
	return r.end("record-answer", "run-answered", Done, at, func(after *Run) { after.Answer = &a })
}

// Fail records that there is no answer; no problem names a value of the data. Event:
// run-failed.
func (r Run) Fail(why []Said, at time.Time) (registry.Change, error) {
	return r.end("record-failure", "run-failed", Failed, at, func(after *Run) { after.Problems = why })
}

// ShutDown records that what opened the data ended, or was never there; nothing that
// was computed is kept. Event: run-shut.
func (r Run) ShutDown(why []Said, at time.Time) (registry.Change, error) {
	return r.end("record-shut", "run-shut", Shut, at, func(after *Run) { after.Problems = why })
}

func (r Run) end(command, becomes string, state RunState, at time.Time, edit func(*Run)) (registry.Change, error) {
	if err := RunLife.Check(string(r.Stage()), command); err != nil {
		return registry.Change{}, err
	}
	after := r
	after.State, after.Ended = state, &at
	edit(&after)
	return registry.Change{Type: becomes, Before: r, After: after}, nil
}
