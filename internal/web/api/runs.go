package api

import (
	"context"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

const runKind = "run"

// RunLine is a run as a list shows it.
type RunLine struct {
	ID           string            `json:"id"`
	Study        string            `json:"study"`
	Dummy        bool              `json:"made_up"`
	Baseline     bool              `json:"measures_baseline"`
	State        string            `json:"state" enum:"queued,done,failed,cancelled,shut,requested,questioned,released,refused"`
	Registration int64             `json:"registration"`
	User         string            `json:"user"`
	At           time.Time         `json:"at"`
	Ended        *time.Time        `json:"ended"`
	Names        map[string]string `json:"names"`
	Revision     int64             `json:"revision"`
	Example      bool              `json:"example"`
}

// Run is one run of a study, without the numbers of its answer: these are at result,
// for those whom shows lets.
type Run struct {
	RunLine
	Plan     string       `json:"plan_sha256"`
	Data     []RunData    `json:"data"`
	Limits   RunLimits    `json:"limits"`
	Progress *RunProgress `json:"progress,omitempty"`
	Why      string       `json:"reason"`
	Problems []Lack       `json:"problems"`
	Answer   *RunAnswer   `json:"answer,omitempty"`
	Shows    bool         `json:"shows"`
	Review   []RunStep    `json:"review"`
	Release  *RunRelease  `json:"release,omitempty"`
	Commands []string     `json:"commands"`
}

// RunData is a source of a run.
type RunData struct {
	Name     string `json:"name"`
	Dataset  string `json:"dataset"`
	Version  int64  `json:"version_number"`
	Contract string `json:"contract_sha256"`
}

// RunLimits are what a run may take of the machine.
type RunLimits struct {
	Memory  int64 `json:"memory"`
	Seconds int64 `json:"seconds"`
	Threads int   `json:"threads"`
}

// RunProgress is how far a run is that a worker has in hand.
type RunProgress struct {
	Begun time.Time `json:"begun"`
	Doing string    `json:"doing"`
	Share float64   `json:"share"`
}

// RunAnswer says under what a run answered and where it differs from what was
// registered.
type RunAnswer struct {
	Result     string      `json:"result_sha256"`
	Version    string      `json:"program_version"`
	Agreement  string      `json:"agreement"`
	Permit     string      `json:"permit"`
	Deviations []FieldEdit `json:"deviations"`
	Scope      []RunScope  `json:"opened"`
}

// RunScope is what a source was cut to.
type RunScope struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Regions []string `json:"regions"`
	Days    *Days    `json:"days,omitempty"`
	Rows    int64    `json:"rows"`
}

// RunStep is one step of a run's way out.
type RunStep struct {
	State string    `json:"state" enum:"requested,questioned,released,refused"`
	User  string    `json:"user"`
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
}

// RunRelease is what left.
type RunRelease struct {
	Content string `json:"sha256"`
	Held    int    `json:"held"`
	Rounded bool   `json:"rounded"`
	Reason  string `json:"reason"`
}

func (c caller) runLine(x study.Run, names map[string]string, revision int64) RunLine {
	return RunLine{x.ID, x.Study, x.Dummy, x.Baseline(), string(x.Stage()), x.Registration, x.Queued.User, x.Queued.At, x.Ended, map[string]string{x.Queued.User: names[x.Queued.User]}, revision, c.example}
}

func (c caller) run(r *store.Reader, x study.Run, line RunLine) (Run, error) {
	out := Run{RunLine: line, Plan: x.SHA256, Data: []RunData{}, Limits: RunLimits(x.Limits), Why: x.Why, Problems: []Lack{}, Review: []RunStep{}}
	for _, d := range x.Data {
		out.Data = append(out.Data, RunData{d.Name, d.Dataset, d.Version, d.Contract})
	}
	for _, p := range x.Problems {
		out.Problems = append(out.Problems, Lack{p.Code, p.Problem().Text(c.lang)})
	}
	for _, s := range x.Review {
		out.Review = append(out.Review, RunStep{string(s.Stage), s.By.User, s.By.At, s.Text})
	}
	if x.Release != nil {
		out.Release = &RunRelease{x.Release.Content, len(x.Release.Held), x.Release.Rounded, x.Release.Why}
	}
	lease, taken, err := store.LeaseOf(r, x.ID)
	if err != nil {
		return out, err
	}
	if x.State == study.Queued && taken && lease.Until.After(c.At) {
		out.Progress = &RunProgress{lease.Begun, lease.Doing, lease.Share}
	}
	if a := x.Answer; a != nil {
		of, _, err := store.StudyOf(r, x.Study)
		if err != nil {
			return out, err
		}
		out.Answer = &RunAnswer{Result: a.Result, Version: a.Version, Agreement: a.Agreement, Permit: a.Permit, Deviations: []FieldEdit{}, Scope: []RunScope{}}
		if store.SeesProtocol(c.Standing, of) { // a deviation tells what was registered
			out.Answer.Deviations = editsOf(a.Deviations)
		}
		for _, s := range a.Scope {
			out.Answer.Scope = append(out.Answer.Scope, RunScope{s.Name, texts(s.Columns), texts(s.Regions), daysOf(s.Period), s.Rows})
		}
	}
	sight, err := store.SightOf(r, c.Standing, x)
	if err != nil {
		return out, err
	}
	out.Shows = sight.Shows
	out.Commands = slices.DeleteFunc(c.commandsAt(runKind, line.State, sight.Places, ""), func(name string) bool { return !sight.Offers(x, name) })
	return out, nil
}

// RunFilter picks runs, the newest first.
type RunFilter struct {
	Paging
	Study string `query:"study" maxLength:"200"`
	State string `query:"state" enum:"queued,done,failed,cancelled,shut,requested,questioned,released,refused"`
}

// QueueRun asks for a run of a study, on made-up rows or on its data. A protocol runs
// instead of what is registered; without limits the usual ones hold. Of a draft the
// baseline may be measured instead.
type QueueRun struct {
	Study    string     `json:"study" maxLength:"200"`
	Dummy    bool       `json:"made_up"`
	Baseline bool       `json:"measures_baseline,omitempty"`
	Protocol *Protocol  `json:"protocol,omitempty"`
	Limits   *RunLimits `json:"limits,omitempty"`
	Given
}

func (b QueueRun) ask() store.RunAsk {
	ask := store.RunAsk{Dummy: b.Dummy, Baseline: b.Baseline, Limits: study.UsualLimits}
	if b.Protocol != nil {
		p := b.Protocol.protocol()
		ask.Protocol = &p
	}
	if b.Limits != nil {
		ask.Limits = study.Limits(*b.Limits)
	}
	return ask
}

func (d *door) runs() {
	const noun = "runs"
	shelf[RunFilter, study.Run, RunLine]{
		noun: noun, kind: runKind, right: access.StudyRead,
		pieces: func(r *store.Reader, c caller, f RunFilter) func(store.Page) ([]study.Run, error) {
			return func(p store.Page) ([]study.Run, error) {
				return store.Runs(r, c.Standing, store.RunFilter{Study: f.Study, State: study.RunState(f.State)}, p)
			}
		},
		id:   func(x study.Run) string { return x.ID },
		keep: func(caller, RunFilter, study.Run) bool { return true },
		show: func(c caller, r *store.Reader, all []study.Run) (func(study.Run, int64) RunLine, error) {
			var people []string
			for _, x := range all {
				people = append(people, x.Queued.User)
			}
			names, err := store.NamesOf(r, people)
			return func(x study.Run, revision int64) RunLine { return c.runLine(x, names, revision) }, err
		},
	}.list(d)
	read(d, reading(noun, runKind, true, false, access.StudyRead), func(r *store.Reader, c caller, id string) (Run, error) {
		x, _, err := store.RunOf(r, id)
		if err != nil {
			return Run{}, err
		}
		last, err := r.Last(event.Object{Kind: runKind, ID: id})
		if err != nil {
			return Run{}, err
		}
		people := []string{x.Queued.User}
		for _, s := range x.Review {
			people = append(people, s.By.User)
		}
		names, err := store.NamesOf(r, people)
		if err != nil {
			return Run{}, err
		}
		line := c.runLine(x, names, last.Seq)
		line.Names = names
		return c.run(r, x, line)
	})
	d.runAnswers(noun)
	d.runBaseline(noun)
	d.runRelease(noun)

	example := OnObject{Seen{12}, Given{Why: "semua sel di atas ambang"}}
	create(d, commanding(noun, runKind, "queue", true), QueueRun{Study: someID, Dummy: true, Limits: &RunLimits{1 << 30, 600, 1}, Given: example.Given}, func(ctx context.Context, by store.By, b QueueRun) (string, event.Event, error) {
		return d.record.QueueRun(ctx, by, b.Study, b.ask())
	})
	for command, do := range map[string]func(context.Context, store.By, string) (event.Event, error){
		"cancel": d.record.CancelRun, "request-release": d.record.RequestRelease, "answer-question": d.record.AnswerQuestion, "question-release": d.record.QuestionRelease, "refuse-release": d.record.RefuseRelease,
	} {
		o := commanding(noun, runKind, command, false)
		o.second = o.right == access.ReleaseCheck // also of an office whose data were read
		act(d, o, OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			return do(ctx, by, id)
		})
	}
}
