package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/engine/replay"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

// Repeat is the command that gives the numbers of a data package again.
const Repeat = "dampak estimate rencana.yaml momen.json"

// Answer is what a run answered, without the numbers that are held back.
type Answer struct {
	Run    study.Run
	Plan   *designs.Study
	Result result.Result
	Gate   Gate
	kept   store.Contents
}

// Open gives the answer of a run to somebody who may see its study, and notes first,
// by source, that they saw numbers that are not released. Errors: the problems
// run-unknown, answer-none (it has none), answer-closed (it is not shown to them) and
// answer-baseline (it is a Measurement).
func Open(ctx context.Context, s *store.Store, by event.Actor, who access.Standing, id string) (Answer, error) {
	x, err := shown(ctx, s, who, id)
	if err != nil {
		return Answer{}, err
	}
	if x.Baseline() {
		return Answer{}, problem.New("answer-baseline")
	}
	if err := s.NoteAnswer(ctx, by, who.User, x); err != nil {
		return Answer{}, err
	}
	return Of(ctx, s.Contents(), x)
}

// shown gives a run whose numbers are shown to somebody.
func shown(ctx context.Context, s *store.Store, who access.Standing, id string) (x study.Run, err error) {
	return x, s.View(ctx, func(r *store.Reader) error {
		var ok bool
		if x, ok, err = store.RunOf(r, id); err != nil {
			return err
		}
		if !ok {
			return problem.New("run-unknown", "found", id)
		}
		sight, err := store.SightOf(r, who, x)
		if err != nil || sight.Shows {
			return err
		}
		if sight.Own && x.Answer == nil {
			return problem.New("answer-none")
		}
		return problem.New("answer-closed")
	})
}

// Of computes the answer of a run that has one. Whether it may be shown is the
// caller's question (Open). Errors: those of contents that are gone or spoilt, and of
// moments that another program kept.
func Of(ctx context.Context, kept store.Contents, x study.Run) (Answer, error) {
	a := Answer{Run: x, kept: kept}
	var err error
	if a.Plan, err = designs.Parse([]byte(x.Plan), ""); err != nil {
		return a, err
	}
	text, err := kept.Read(x.Answer.Moments)
	if err != nil {
		return a, err
	}
	moments, err := replay.Read(bytes.NewReader(text), "")
	if err != nil {
		return a, err
	}
	got, err := run.Run(ctx, run.Input{Study: a.Plan, Sources: moments.Sources(), Engine: moments.Replay(), Version: x.Answer.Version, Now: func() time.Time { return time.Time{} }})
	if err != nil {
		return a, err
	}
	if a.Gate, err = GateOf(kept, x); err != nil {
		return a, err
	}
	if !a.Gate.Public {
		got = run.Untold(got)
	}
	a.Result = report.Hold(got, a.Gate.Held)
	if out := x.Release; out != nil {
		a.Result = report.Hold(a.Result, out.Held)
		if out.Rounded {
			a.Result = rounded(a.Result)
		}
	}
	return a, nil
}

// Gate is what the first gate said of a run (internal/runs keeps it).
type Gate struct {
	Held   []string            // estimates that it kept back, as report.Key names them
	Public bool                // it had nothing to look at: everybody may read the rows
	Asks   []disclosure.Reason // what a person has to look at
	By     []string            // columns that made cells of what it let pass, sorted
}

// GateOf reads it; the zero Gate where none was asked.
func GateOf(kept store.Contents, x study.Run) (Gate, error) {
	if x.Answer == nil || x.Answer.Gate == "" {
		return Gate{}, nil
	}
	text, err := kept.Read(x.Answer.Gate)
	if err != nil {
		return Gate{}, err
	}
	var said struct {
		Held      []string              `json:"held"`
		Public    bool                  `json:"public"`
		Decisions []disclosure.Decision `json:"decisions"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return Gate{}, err
	}
	g := Gate{Held: said.Held, Public: said.Public}
	for _, d := range said.Decisions {
		g.Asks = append(g.Asks, d.Asks...)
		for _, t := range d.Output.Tables {
			g.By = append(g.By, t.By...)
		}
	}
	slices.Sort(g.By)
	g.By = slices.Compact(g.By)
	return g, nil
}

// Whole tells whether nothing is held back, rounded or left unsaid.
func (a Answer) Whole() bool {
	if !a.Gate.Public && run.Refused(a.Result) {
		return false // the moments name rows that the sentence does not
	}
	out := a.Run.Release
	return len(a.Gate.Held) == 0 && (out == nil || len(out.Held) == 0 && !out.Rounded)
}

// Rounded is the answer as it would leave with its counts rounded.
func (a Answer) Rounded() Answer {
	a.Result = rounded(a.Result)
	return a
}

// Report is the answer for package report; printed is the day on the paper.
func (a Answer) Report(printed time.Time) report.Input {
	key := "record.run.source.real"
	if a.Run.Dummy {
		key = "record.run.source.dummy"
	}
	command := ""
	if a.Whole() { // else the moments that it needs do not leave
		command = Repeat
	}
	return report.Input{Result: a.Result, Study: a.Plan, Command: command, Source: inBoth(key, nil), Printed: printed}
}

// JSON is the result as the contract has it: of what is released exactly what left.
func (a Answer) JSON() ([]byte, error) {
	if a.Run.Release != nil {
		return a.kept.Read(a.Run.Release.Content)
	}
	return a.kept.Read(a.Run.Answer.Result)
}

// Gone are rows that a run read and that were erased since.
type Gone struct {
	Dataset     string       `json:"dataset"` // its name
	Version     int64        `json:"version"`
	Day         registry.Day `json:"erased"`
	Replacement int64        `json:"replacement"` // number of the version in its place; 0: none
}

// GoneOf are the rows of a run that are gone.
func GoneOf(r store.From, x study.Run) ([]Gone, error) {
	var all []Gone
	for _, data := range x.Data {
		d, ok, err := store.DatasetOf(r, data.Dataset)
		if err != nil {
			return nil, err
		}
		if !ok || data.Content == "" {
			continue
		}
		if v, ok := d.VersionOfContent(data.Content); ok && v.Erased != nil {
			all = append(all, Gone{d.Name, v.Number, registry.DayOf(v.Erased.At), v.Erased.Replacement})
		}
	}
	return all, nil
}
