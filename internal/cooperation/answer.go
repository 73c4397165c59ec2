package cooperation

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Answer is what an office writes at its step.
type Answer struct {
	Office  string           // id of the organisation from whose position somebody acts
	Region  string           // BPS code of the region; empty: the province's part of the chain
	Against bool             // recommend: it advises against
	Reason  string           // needed to return, decline, revoke and advise against
	Number  *Number          // of the office's own letter; nil: none
	Used    []Number         // all that the office has ever used
	File    *File            // that letter; nil: none
	Signing registry.Signing // the office's setting: a decision is its holder's, or of whom it lets stand in
}

// number checks the number of the office's letter, where it has one.
func (a *Answer) number(at time.Time) error {
	if a.Number == nil {
		return nil
	}
	n, err := CheckNumber(*a.Number, a.Used, at)
	a.Number = &n
	return err
}

// stand is where a step of a place stands in the round that runs.
type stand struct {
	Step
	since  time.Time // when it reached the office; zero: not yet
	done   bool
	passed bool // the office let its days for advice pass: it holds nobody up
}

// round gives the moves since the last submission; an earlier round is another
// chain. Empty where nothing was submitted.
func round(moves []Move) []Move {
	for i, m := range slices.Backward(moves) {
		if m.Command == "submit" {
			return moves[i:]
		}
	}
	return nil
}

// stands gives the steps of a place's part of the chain, the region's code or the
// province's, without those that fall away: each reaches its office once the one
// before is done, or has let its days pass. RanOut says of a step and when it
// reached its office which day was the last one, false while it is not past; nil: by
// what is recorded alone.
func (p Permit) stands(place string, moves []Move, ranOut func(Step, time.Time) (registry.Day, bool)) []stand {
	moves = round(moves)
	if len(moves) == 0 {
		return nil
	}
	asked, opened, until := moves[0].Mark.At, time.Time{}, p.Period.Until
	for _, m := range moves {
		switch m.Command {
		case "open":
			opened = m.Mark.At
		case "extend":
			until = m.Until
		}
	}
	var all []stand
	var since time.Time
	for _, s := range p.Chain {
		if s.Region != place || s.FallsAway() {
			continue
		}
		if len(all) == 0 {
			if since = asked; s.Level == RegionLevel {
				since = opened
			}
		}
		st := stand{Step: s, since: since}
		since = time.Time{}
		for _, m := range moves {
			switch {
			case st.since.IsZero() || m.Region != place || m.Rule != s.Rule:
			case m.Command == "record-passed":
				st.passed, since = true, m.Until.Add(1).Begins()
			case m.Command == "grant-region" && m.Until != until: // a silence may still be answered, and a yes to fewer days than are now asked
			default:
				if st.done = true; !st.passed {
					since = m.Mark.At
				}
			}
		}
		if !st.done && !st.passed && !st.since.IsZero() && s.Act == Recommends && ranOut != nil {
			if due, over := ranOut(s, st.since); over {
				st.passed, since = true, due.Add(1).Begins()
			}
		}
		all = append(all, st)
	}
	return all
}

// standsAt is stands at an instant: a recommending office whose working days have run
// out holds nobody up, recorded or not. Where the calendar does not know the year it
// does.
func (p Permit) standsAt(g Ground, place string, at time.Time) []stand {
	return p.stands(place, p.until(at), func(s Step, since time.Time) (registry.Day, bool) {
		due, unknown := g.Calendar.AddWorkingDays(registry.DayOf(since), s.Days)
		return due, len(unknown) == 0 && registry.DayOf(at) > due
	})
}

// turn gives the step that holds a place's part of the chain; false: none is left,
// or its turn has not come.
func turn(all []stand) (Step, bool) {
	for _, st := range all {
		if !st.since.IsZero() && !st.done && !st.passed {
			return st.Step, true
		}
	}
	return Step{}, false
}

// mine finds the step at which an office may act now; one that let its days pass may
// still act until an office behind it has. Errors: a region that was not asked, an
// office that has no such step, a step out of turn or done.
func (p Permit) mine(g Ground, a Answer, act Act, at time.Time) (Step, error) {
	place := a.Region
	if place == "" {
		place = p.Chain[0].Region // the province's
	} else if !slices.Contains(p.Regions, place) {
		return Step{}, problem.New("permit-region-not-asked", "region", registry.RegionName(place), "field", "region")
	}
	if !slices.ContainsFunc(p.Chain, func(s Step) bool { return s.Region == place && s.Act == act && s.Organisation == a.Office }) {
		return Step{}, problem.New("permit-not-your-step", "region", registry.RegionName(place))
	}
	all := p.standsAt(g, place, at)
	i := slices.IndexFunc(all, func(s stand) bool { return s.Act == act && s.Organisation == a.Office })
	switch behind := func(s stand) bool { return s.done }; {
	case i < 0 || all[i].since.IsZero():
		return Step{}, problem.New("permit-out-of-turn", "region", registry.RegionName(place))
	case all[i].done || slices.ContainsFunc(all[i+1:], behind):
		return Step{}, problem.New("permit-answered", "region", registry.RegionName(place))
	}
	return all[i].Step, nil
}

// answer adds the move of an office at its step.
func (p Permit) answer(g Ground, command, kind string, a Answer, act Act, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), command); err != nil {
		return registry.Change{}, err
	}
	s, err := p.mine(g, a, act, at)
	if err != nil {
		return registry.Change{}, err
	}
	if err := a.Signing.May(by.Capacity, registry.PermitDocument); err != nil {
		return registry.Change{}, err
	}
	if err := a.number(at); err != nil {
		return registry.Change{}, err
	}
	m := Move{Command: command, Region: s.Region, Rule: s.Rule, Against: a.Against && act == Recommends, Reason: a.Reason, Number: a.Number, File: a.File}
	if command == "grant-region" {
		m.Until = p.PeriodAt(at).Until
	}
	if act == Answers {
		if p.regionAt(g, a.Region, at).State == RegionRevoked {
			return registry.Change{}, problem.New("permit-region-revoked", "region", registry.RegionName(a.Region))
		}
	}
	return p.move(g, kind, m, by, at)
}

// Recommend records what an office advises: the province's while the permit is
// submitted, a region's once it is open. It opens nothing, and no advice against
// it closes anything. Event: permit-recommended.
func (p Permit) Recommend(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.answer(g, "recommend", "permit-recommended", a, Recommends, by, at)
}

// Return hands the request back to be mended. Event: permit-returned.
func (p Permit) Return(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.answer(g, "return", "permit-returned", a, Verifies, by, at)
}

// Decline is the province's no. Event: permit-declined.
func (p Permit) Decline(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.answer(g, "decline", "permit-declined", a, Verifies, by, at)
}

// Open is the province's yes: the request goes to the regions, each of which
// answers for itself. Event: permit-opened.
func (p Permit) Open(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	if !g.Agreement.InForce(at) && PermitLife.Allows(p.StateAt(g, at), "open") {
		return registry.Change{}, problem.New("permit-agreement-not-in-force")
	}
	return p.answer(g, "open", "permit-opened", a, Verifies, by, at)
}

// Grant is a region's yes, for the days that the permit then has. It may come
// after a silence. Event: permit-region-granted.
func (p Permit) Grant(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.answer(g, "grant-region", "permit-region-granted", a, Answers, by, at)
}

// DeclineRegion is a region's no; to an extension, it leaves the days that it had
// said yes to. Event: permit-region-declined.
func (p Permit) DeclineRegion(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.answer(g, "decline-region", "permit-region-declined", a, Answers, by, at)
}

// RevokeRegion takes back what a region opened, at once: by its own office or by
// the province's. Event: permit-region-revoked.
func (p Permit) RevokeRegion(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "revoke-region"); err != nil {
		return registry.Change{}, err
	}
	r, asked := p.RegionAt(g, a.Region, at)
	if !asked {
		return registry.Change{}, problem.New("permit-region-not-asked", "region", registry.RegionName(a.Region), "field", "region")
	}
	if a.Office != p.office(Verifies, "") && a.Office != p.office(Answers, a.Region) {
		return registry.Change{}, problem.New("permit-not-your-step", "region", registry.RegionName(a.Region))
	}
	if r.State != RegionGranted && r.State != RegionDeemed {
		return registry.Change{}, problem.New("permit-region-closed", "region", registry.RegionName(a.Region), "field", "region")
	}
	if err := a.Signing.May(by.Capacity, registry.PermitDocument); err != nil {
		return registry.Change{}, err
	}
	if err := a.number(at); err != nil {
		return registry.Change{}, err
	}
	return p.move(g, "permit-region-revoked", Move{Command: "revoke-region", Region: a.Region, Reason: a.Reason, Number: a.Number, File: a.File}, by, at)
}

// Revoke takes back the whole permit, at once: by the office that opened it.
// Event: permit-revoked.
func (p Permit) Revoke(g Ground, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	return p.byProvince(g, "permit-revoked", Move{Command: "revoke"}, a, by, at)
}

// Extend gives the permit a later last day, which the agreement must reach. The
// regions that had said yes are asked for the days beyond. Event:
// permit-extended.
func (p Permit) Extend(g Ground, until registry.Day, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "extend"); err != nil {
		return registry.Change{}, err
	}
	if _, err := registry.ParseDay(string(until)); err != nil {
		return registry.Change{}, err
	}
	if last := p.PeriodAt(at).Until; until <= last {
		return registry.Change{}, problem.New("permit-extension-shorter", "until", string(last), "found", string(until), "field", "until")
	}
	if last := g.Agreement.PeriodAt(at).Until; last != "" && until > last {
		return registry.Change{}, problem.New("permit-extension-agreement", "until", string(last), "found", string(until), "field", "until")
	}
	if err := p.notBeforeOpening(a.Number, at); err != nil {
		return registry.Change{}, err
	}
	return p.byProvince(g, "permit-extended", Move{Command: "extend", Until: until}, a, by, at)
}

// RecordDeemed records that a region's silence now counts as a yes, under the
// rule SilenceRule: the program's own command. The state follows from the days
// without it. Event: permit-region-deemed.
func (p Permit) RecordDeemed(g Ground, region string, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "record-deemed"); err != nil {
		return registry.Change{}, err
	}
	r, asked := p.RegionAt(g, region, at)
	recorded := func(m Move) bool {
		return m.Command == "record-deemed" && m.Region == region && m.Until == r.Covers
	}
	if !asked || r.State != RegionDeemed || slices.ContainsFunc(p.until(at), recorded) {
		return registry.Change{}, problem.New("permit-not-deemed", "region", registry.RegionName(region))
	}
	return p.move(g, "permit-region-deemed", Move{Command: "record-deemed", Region: region, Rule: SilenceRule, Until: r.Covers}, by, at)
}

// RecordPassed records that a recommending office let its working days pass, so that
// the next one may act: the program's own command. The state follows from the days
// without it. Event: permit-step-passed.
func (p Permit) RecordPassed(g Ground, place string, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), "record-passed"); err != nil {
		return registry.Change{}, err
	}
	recorded := p.stands(place, p.until(at), nil)
	now, waits := turn(recorded)
	for _, st := range p.standsAt(g, place, at) {
		if waits && st.Rule == now.Rule && st.passed {
			due, _ := g.Calendar.AddWorkingDays(registry.DayOf(st.since), st.Days)
			return p.move(g, "permit-step-passed", Move{Command: "record-passed", Region: place, Rule: st.Rule, Until: due}, by, at)
		}
	}
	return registry.Change{}, problem.New("permit-not-passed", "region", registry.RegionName(place))
}

// RecordExpiry records that the days of use have ended: the program's own
// command. The state follows from the days without it. Event: permit-expired.
func (p Permit) RecordExpiry(g Ground, by event.Actor, at time.Time) (registry.Change, error) {
	if slices.ContainsFunc(p.until(at), func(m Move) bool { return m.Command == "record-expiry" }) {
		return registry.Change{}, problem.New("permit-expiry-recorded")
	}
	return p.move(g, "permit-expired", Move{Command: "record-expiry"}, by, at)
}

// byProvince adds a move that belongs to the office that opened the permit.
func (p Permit) byProvince(g Ground, kind string, m Move, a Answer, by event.Actor, at time.Time) (registry.Change, error) {
	if err := PermitLife.Check(p.StateAt(g, at), m.Command); err != nil {
		return registry.Change{}, err
	}
	if a.Office != p.office(Verifies, "") {
		return registry.Change{}, problem.New("permit-not-your-step", "region", registry.RegionName(p.Chain[0].Region))
	}
	if err := a.Signing.May(by.Capacity, registry.PermitDocument); err != nil {
		return registry.Change{}, err
	}
	if err := a.number(at); err != nil {
		return registry.Change{}, err
	}
	m.Reason, m.Number, m.File = a.Reason, a.Number, a.File
	return p.move(g, kind, m, by, at)
}

// office gives the id of the organisation that decides; region empty: the
// province's.
func (p Permit) office(act Act, region string) string {
	i := slices.IndexFunc(p.Chain, func(s Step) bool { return s.Act == act && (region == "" || s.Region == region) })
	if i < 0 {
		return ""
	}
	return p.Chain[i].Organisation
}
