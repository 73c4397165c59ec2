package cooperation

import (
	"slices"

	"github.com/dampak/dampak/internal/registry"
)

// Stage is how far a permit's papers are by its moves alone, whatever the days
// say: draft, submitted, returned, declined, open, withdrawn, revoked or closed of
// the states of PermitLife.
func (p Permit) Stage() string {
	stage := PermitDraft
	for _, m := range p.Moves {
		if to, moves := stages[m.Command]; moves {
			stage = to
		}
	}
	return stage
}

var stages = map[string]string{
	"submit": PermitSubmitted, "return": PermitReturned, "decline": PermitDeclined, "open": PermitOpen,
	"withdraw": PermitWithdrawn, "revoke": PermitRevoked, "accept-report": PermitClosed,
}

// Turns are the steps at which the parts of the chain stand after all moves, at
// most one a place, in the order of the chain; whether the days still let anybody
// act is asked of Steps.
func (p Permit) Turns() []Step {
	if s := p.Stage(); s != PermitSubmitted && s != PermitOpen {
		return nil
	}
	var all []Step
	var places []string
	for _, s := range p.Chain {
		if slices.Contains(places, s.Region) {
			continue
		}
		places = append(places, s.Region)
		if now, ok := turn(p.stands(s.Region, p.Moves, nil)); ok && !p.stopped(now, p.Moves) {
			all = append(all, now)
		}
	}
	return all
}

// Taken is what an office took back: a region (BPS code), or the permit as a whole
// (empty).
type Taken struct {
	Region string
	Reason string
}

// TakenBack lists what was opened and taken back since, by a revocation or by
// withdrawing an open permit: studies under it must not go on there.
func (p Permit) TakenBack() []Taken {
	var all []Taken
	opened := false
	for _, m := range p.Moves {
		switch {
		case m.Command == "open":
			opened = true
		case m.Command == "revoke-region":
			all = append(all, Taken{m.Region, m.Reason})
		case m.Command == "revoke" || (m.Command == "withdraw" && opened):
			all = append(all, Taken{"", m.Reason})
		}
	}
	return all
}

// Office gives the id of the organisation whose step an act is, in a region (BPS
// code) or the province (empty); empty: the chain has none.
func (p Permit) Office(act Act, region string) string { return p.office(act, region) }

// Files are the contents that the permit rests on.
func (p Permit) Files() []File {
	var all []File
	for _, d := range p.Documents {
		all = append(all, d.File)
	}
	for _, m := range p.Moves {
		if m.File != nil {
			all = append(all, *m.File)
		}
	}
	return all
}

// Files are the contents that the agreement rests on.
func (a Agreement) Files() []File {
	all := slices.Clone(a.Documents)
	for _, s := range a.Signatures {
		all = append(all, s.File)
	}
	if a.Destroyed != nil && a.Destroyed.File != nil {
		all = append(all, *a.Destroyed.File)
	}
	return all
}

// Stage is how far an agreement's papers are, whatever the days say: draft,
// proposed, signed (some signature is recorded) or StageConcluded.
func (a Agreement) Stage() string {
	_, concluded := a.Concluded()
	switch {
	case a.Frozen == nil:
		return AgreementDraft
	case concluded:
		return StageConcluded
	case len(a.Signatures) > 0:
		return AgreementSigned
	}
	return AgreementProposed
}

// StageConcluded is the stage of an agreement all of whose signatures are checked.
const StageConcluded = "concluded"

// OverDay is the first day on which an agreement is no longer in force by a
// recorded termination; empty: none is.
func (a Agreement) OverDay() registry.Day {
	if a.Terminated == nil {
		return ""
	}
	return a.Terminated.Day
}
