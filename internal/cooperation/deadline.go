package cooperation

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// StepStatus is where one step of the chain stands, for everyone on it.
type StepStatus struct {
	Step
	State   string       // one of StepStates
	Since   registry.Day // waiting, silent: when it reached the office; empty: not yet
	Due     registry.Day // waiting, silent: the last working day in which to act
	Waited  int          // waiting, silent: working days since
	Late    bool         // the due day is past
	Unknown []int        // years whose holidays are not known: Due may be later, Waited less
	Done    *Move        // what the office did; nil: nothing
}

// StepStates are the states of a step: its words are permit.step.CODE. A silent one
// is of a recommending office that let its days pass: it holds nobody up, and may
// still act until an office behind it has.
var StepStates = []string{"later", "waiting", "silent", "done", "falls-away", "dropped"}

// Steps lists the steps of the chain with who holds each and for how long, in
// the order of the chain; nothing before the request was submitted. A step is
// dropped where the permit ended before its turn came.
func (p Permit) Steps(g Ground, at time.Time) []StepStatus { return p.steps(g, p.Chain, at) }

// StepsIn are those of Steps that are of one region, or of the province (its code).
func (p Permit) StepsIn(g Ground, region string, at time.Time) []StepStatus {
	return p.steps(g, slices.DeleteFunc(slices.Clone(p.Chain), func(s Step) bool { return s.Region != region }), at)
}

func (p Permit) steps(g Ground, chain []Step, at time.Time) []StepStatus {
	moves := round(p.until(at))
	if len(moves) == 0 {
		return nil
	}
	state := p.StateAt(g, at)
	live := state == PermitSubmitted || state == PermitReview || state == PermitOpen
	places := map[string][]stand{}
	all := make([]StepStatus, 0, len(chain))
	for _, s := range chain {
		st := StepStatus{Step: s, State: "later"}
		for i, m := range moves {
			if m.Region == s.Region && m.Rule == s.Rule && m.Command != "record-passed" {
				st.Done = &moves[i]
			}
		}
		if _, known := places[s.Region]; !known {
			places[s.Region] = p.standsAt(g, s.Region, at)
		}
		var here stand
		if i := slices.IndexFunc(places[s.Region], func(x stand) bool { return x.Rule == s.Rule }); i >= 0 {
			here = places[s.Region][i]
		}
		switch waits := !here.since.IsZero() && !here.done; {
		case s.FallsAway():
			st.State = "falls-away"
		case waits && live && !p.stopped(s, moves):
			since := here.since
			if asked := p.regionAt(g, s.Region, at).Asked; s.Act == Answers && asked.After(since) { // an extension asks anew
				since = asked
			}
			st.State, st.Since = "waiting", registry.DayOf(since)
			if here.passed {
				st.State = "silent"
			}
			due, unknown := g.Calendar.AddWorkingDays(st.Since, s.Days)
			waited, also := g.Calendar.WorkingDays(st.Since, registry.DayOf(at))
			st.Due, st.Waited, st.Late = due, waited, registry.DayOf(at) > due
			st.Unknown = slices.Compact(slices.Sorted(slices.Values(append(unknown, also...))))
		case st.Done != nil:
			st.State = "done"
		case !live || p.stopped(s, moves):
			st.State = "dropped"
		}
		all = append(all, st)
	}
	return all
}

// stopped tells whether a region was taken out, so that nobody waits for it.
func (p Permit) stopped(s Step, moves []Move) bool {
	return s.Level == RegionLevel && slices.ContainsFunc(moves, func(m Move) bool { return m.Command == "revoke-region" && m.Region == s.Region })
}

// The states of the report of use.
const (
	NoReport       = "none"     // nothing was opened
	ReportDue      = "due"      // to be filed
	ReportFiled    = "filed"    // under review
	ReportReturned = "returned" // to be mended
	ReportAccepted = "accepted"
)

// Report is where the report of use stands.
type Report struct {
	State string
	Due   registry.Day // last day for filing
	Late  bool         // filed after that day, or not filed although it is past
}

// ReportAt tells where the report of use stands at an instant. It falls due the
// agreement's ReportDays after the last day of use, a revocation's day too.
func (p Permit) ReportAt(g Ground, at time.Time) Report {
	if s := p.StateAt(g, at); (s != PermitOpen && s != PermitReporting && s != PermitClosed && s != PermitRevoked) || !p.everOpened(g, at) {
		return Report{State: NoReport}
	}
	r := Report{State: ReportDue, Due: p.LastDay(g, at).Add(g.Agreement.TermsAt(at).ReportDays)}
	day := registry.DayOf(at)
	for _, m := range p.until(at) {
		switch m.Command {
		case "file-report":
			r.State, day = ReportFiled, registry.DayOf(m.Mark.At)
		case "return-report":
			r.State, day = ReportReturned, registry.DayOf(at)
		case "accept-report":
			r.State = ReportAccepted
		}
	}
	r.Late = day > r.Due
	return r
}

// FileReport hands in the report of use, in time or late, with a few words on it.
// Event: permit-report-filed.
func (p Permit) FileReport(g Ground, f *File, words string, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "file-report"); err != nil {
		return registry.Change{}, err
	}
	switch p.ReportAt(g, at).State {
	case ReportFiled:
		return registry.Change{}, problem.New("permit-report-filed")
	case NoReport:
		return registry.Change{}, problem.New("permit-report-nothing")
	}
	if f == nil {
		return registry.Change{}, problem.New("permit-report-file", "field", "file")
	}
	return p.move(g, "permit-report-filed", Move{Command: "file-report", File: f, Reason: words}, by, at)
}

// ReturnReport hands the report back to be mended: by the office that opened the
// permit. Event: permit-report-returned.
func (p Permit) ReturnReport(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.reviewReport(g, "return-report", "permit-report-returned", a, by, at)
}

// AcceptReport takes the report and closes the permit: by the office that opened
// it. Event: permit-report-accepted.
func (p Permit) AcceptReport(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.reviewReport(g, "accept-report", "permit-report-accepted", a, by, at)
}

func (p Permit) reviewReport(g Ground, command, kind string, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), command); err != nil {
		return registry.Change{}, err
	}
	if p.ReportAt(g, at).State != ReportFiled {
		return registry.Change{}, problem.New("permit-report-none")
	}
	return p.byProvince(g, kind, Move{Command: command}, a, by, at)
}

// Recipient is who is reminded of a report.
type Recipient string

// The recipients; those that are added later are told besides those before.
const (
	ToResponsible Recipient = "responsible"      // for the study
	ToInstitution Recipient = "institution-head" // of the office that asked
	ToProvince    Recipient = "province-head"    // of the office that opened the permit
)

// ReportReminder is a reminder of the report of use.
type ReportReminder struct {
	Days int          // before the due day where negative, after it else
	Day  registry.Day // on which it is sent
	Due  registry.Day
	To   []Recipient
}

// reportReminders are the days round the due day, after a permit flow of East
// Java (Portal DTSEN Bangkalan, 2026), with our choice of whom to tell.
var reportReminders = []struct {
	days int
	to   []Recipient
}{
	{-7, []Recipient{ToResponsible}}, {-1, []Recipient{ToResponsible}}, {1, []Recipient{ToResponsible}},
	{7, []Recipient{ToResponsible, ToInstitution}}, {14, []Recipient{ToResponsible, ToInstitution}},
	{30, []Recipient{ToResponsible, ToInstitution, ToProvince}},
}

// ReportReminders gives the reminders that fall due after an instant, up to
// another, that one included: each at the first instant of its day, where the
// report is then still to be filed or mended.
func (p Permit) ReportReminders(g Ground, from, to time.Time) []ReportReminder {
	var all []ReportReminder
	due := p.ReportAt(g, to).Due
	if due == "" {
		return nil
	}
	for _, r := range reportReminders {
		day := due.Add(r.days)
		at := day.Begins()
		if !at.After(from) || at.After(to) {
			continue
		}
		if then := p.ReportAt(g, at); then.Due == due && (then.State == ReportDue || then.State == ReportReturned) {
			all = append(all, ReportReminder{Days: r.days, Day: day, Due: due, To: slices.Clone(r.to)})
		}
	}
	return all
}
