package evidence

import (
	"math"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// The states of a finding.
const (
	Proposed   = "proposed"
	Released   = "released"
	Superseded = "superseded" // by a newer finding
	Withdrawn  = "withdrawn"  // taken back, with its reason; it stays readable
)

// Finding is one thing that is known.
type Finding struct {
	ID        string         `json:"id"`
	Study     string         `json:"study"`     // id
	Run       string         `json:"run"`       // id of a released run of it
	Owner     string         `json:"owner"`     // the study's
	Region    string         `json:"region"`    // the study's, BPS code
	Programme string         `json:"programme"` // id
	Outcome   string         `json:"outcome"`   // code that studies of one outcome share: letters, digits and hyphens
	Sentence  registry.Words `json:"sentence"`  // what was found, for everybody
	Effect    Effect         `json:"effect"`
	Grade     string         `json:"grade"` // of the run's verdict
	// Major is how many major deviations the run has; Late says that the plan was
	// amended in a major point after outcomes were read.
	Major    int                  `json:"major"`
	Late     bool                 `json:"late"`
	Applies  Applies              `json:"applies"`
	Made     registry.Hand        `json:"made"`
	Let      *registry.Hand       `json:"let"`      // who released it; nil: nobody yet
	Replaces string               `json:"replaces"` // id of the finding whose place it takes; may be empty
	By       string               `json:"by"`       // id of the finding that has taken its place; empty: none
	Gone     *registry.Withdrawal `json:"gone"`     // nil: it was not taken back
}

// Effect is the number in a finding, as the released run has it.
type Effect struct {
	Estimate float64  `json:"estimate"`
	Lower    float64  `json:"lower"` // of the run's interval
	Upper    float64  `json:"upper"`
	SE       float64  `json:"se"`
	Level    float64  `json:"level"`  // of the interval, 0 to 1
	Unit     string   `json:"unit"`   // as the plan spells it
	Better   string   `json:"better"` // "higher", "lower"; empty: not said
	Matters  *float64 `json:"matters"`
	Term     string   `json:"term"` // as in the result: "att", "simple", ...
}

// Applies says where and for whom the finding holds.
type Applies struct {
	Regions []string `json:"regions"` // BPS codes that the run saw, sorted
	From    string   `json:"from"`    // first period
	Until   string   `json:"until"`   // last
	Whom    string   `json:"whom"`    // in words; may be empty
}

// Life is the life of a finding.
var Life = registry.Life{
	Object: "finding", States: []string{Proposed, Released, Superseded, Withdrawn},
	Steps: []registry.Step{
		{Command: "propose", From: []string{registry.None}}, {Command: "edit", From: []string{Proposed}}, {Command: "release", From: []string{Proposed}},
		{Command: "withdraw", From: []string{Proposed, Released, Superseded}}, {Command: "supersede", From: []string{Released}},
	},
}

// State is where the finding is.
func (f Finding) State() string {
	switch {
	case f.Gone != nil:
		return Withdrawn
	case f.By != "":
		return Superseded
	case f.Let != nil:
		return Released
	}
	return Proposed
}

// Propose makes a finding of a released run: f has ID, Programme, Outcome, Sentence,
// Effect, Applies and Replaces. Event: finding-proposed.
func Propose(f Finding, of study.Study, run study.Run, by registry.Hand) (registry.Change, error) {
	if run.Study != of.ID || run.Release == nil {
		return registry.Change{}, problem.New("finding-unreleased", "study", of.Title)
	}
	if err := stands(of); err != nil {
		return registry.Change{}, err
	}
	f.Study, f.Run, f.Owner, f.Region, f.Made = of.ID, run.ID, of.Owner, of.Region, by
	f.Let, f.By, f.Gone = nil, "", nil
	f.Grade, f.Major, f.Late = run.Answer.Grade, 0, false
	for _, e := range run.Answer.Deviations {
		if e.Weight == study.Major {
			f.Major++
		}
	}
	for _, r := range of.Registrations {
		if r.Looked != nil && slices.ContainsFunc(r.Changes, func(e study.Edit) bool { return e.Weight == study.Major }) && r.Number <= run.Registration {
			f.Late = true
		}
	}
	f, err := f.checked(of)
	if err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "finding-proposed", After: f}, nil
}

// Edit mends the words of a finding that is not released. Event: finding-edited.
func (f Finding) Edit(sentence registry.Words, whom string, of study.Study, by registry.Hand) (registry.Change, error) {
	if err := Life.Check(f.State(), "edit"); err != nil {
		return registry.Change{}, err
	}
	after := f
	after.Sentence, after.Applies.Whom, after.Made = sentence, whom, by
	after, err := after.checked(of)
	if err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "finding-edited", Before: f, After: after}, nil
}

func (f Finding) checked(of study.Study) (Finding, error) {
	f.Sentence = registry.Words{ID: registry.Clean(f.Sentence.ID), EN: registry.Clean(f.Sentence.EN)}
	f.Applies.Whom = registry.Clean(f.Applies.Whom)
	for field, text := range map[string]string{"finding-sentence-id": f.Sentence.ID, "finding-sentence-en": f.Sentence.EN} {
		if err := registry.CheckText(field, text, longestSentence, false); err != nil {
			return f, err
		}
	}
	if f.Applies.Whom != "" {
		if err := registry.CheckText("finding-whom", f.Applies.Whom, longestSentence, false); err != nil {
			return f, err
		}
	}
	if !slices.Contains(of.Programmes, f.Programme) {
		return f, problem.New("finding-programme", "study", of.Title, "field", "programme")
	}
	if !code(f.Outcome) {
		return f, problem.New("finding-outcome", "found", f.Outcome, "field", "outcome")
	}
	e := f.Effect
	for _, x := range []float64{e.Estimate, e.Lower, e.Upper, e.SE} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return f, problem.New("finding-effect")
		}
	}
	if !(e.Lower <= e.Estimate && e.Estimate <= e.Upper) || !(e.SE >= 0) || !(e.Level > 0 && e.Level < 1) {
		return f, problem.New("finding-effect")
	}
	f.Applies.Regions = append([]string{}, f.Applies.Regions...)
	slices.Sort(f.Applies.Regions)
	f.Applies.Regions = slices.Compact(f.Applies.Regions)
	return f, nil
}

// longestSentence is how long one sentence may be, in characters.
const longestSentence = 500

func code(s string) bool {
	if s == "" || len(s) > 60 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// stands says that a study was taken back: nothing new is known from it.
func stands(of study.Study) error {
	if of.Stone == nil {
		return nil
	}
	return problem.New("finding-study-withdrawn", "study", of.Title, "day", string(registry.DayOf(of.Stone.At)))
}

// Release lets everybody read the finding: by another person than who proposed it, of a
// study that was not taken back, and in the place of a finding that no other has taken.
// Replaced is the finding that f names as its forerunner; nil: none. Event:
// finding-released.
func (f Finding) Release(of study.Study, replaced *Finding, by registry.Hand) (registry.Change, error) {
	if err := Life.Check(f.State(), "release"); err != nil {
		return registry.Change{}, err
	}
	if err := stands(of); err != nil {
		return registry.Change{}, err
	}
	if replaced != nil && replaced.By != "" {
		return registry.Change{}, problem.New("finding-replaced", "finding", replaced.Sentence.ID)
	}
	if f.Made.Same(by) {
		return registry.Change{}, problem.New("finding-own")
	}
	after := f
	after.Let = &by
	return registry.Change{Type: "finding-released", Before: f, After: after}, nil
}

// Supersede records that a released finding on the same programme and outcome has
// taken its place. Event: finding-superseded.
func (f Finding) Supersede(next Finding) (registry.Change, error) {
	if err := Life.Check(f.State(), "supersede"); err != nil {
		return registry.Change{}, err
	}
	if next.Replaces != f.ID || next.Programme != f.Programme || next.Outcome != f.Outcome {
		return registry.Change{}, problem.New("finding-replaces", "field", "replaces")
	}
	after := f
	after.By = next.ID
	return registry.Change{Type: "finding-superseded", Before: f, After: after}, nil
}

// Withdraw takes the finding back, for a reason that stays with it. Event:
// finding-withdrawn.
func (f Finding) Withdraw(user, why string, at time.Time) (registry.Change, error) {
	if err := Life.Check(f.State(), "withdraw"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	after := f
	after.Gone = &registry.Withdrawal{User: user, At: at, Reason: registry.Clean(why)}
	return registry.Change{Type: "finding-withdrawn", Before: f, After: after}, nil
}

// Direction says which way the effect lies for people.
type Direction string

// The directions. They read the interval alone: an estimate whose interval holds zero
// points nowhere.
const (
	ForBetter Direction = "better"
	ForWorse  Direction = "worse"
	NoEffect  Direction = "none"    // the interval lies inside what would matter
	Unclear   Direction = "unclear" // cannot tell
	Unvalued  Direction = "changed" // it moved, and the plan does not say which way is better
)

// Direction gives it.
func (e Effect) Direction() Direction {
	switch {
	case e.Matters != nil && -*e.Matters < e.Lower && e.Upper < *e.Matters:
		return NoEffect
	case e.Lower <= 0 && e.Upper >= 0:
		return Unclear
	case e.Better == "":
		return Unvalued
	case (e.Better == "higher") == (e.Estimate > 0):
		return ForBetter
	}
	return ForWorse
}
