package access

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
)

// PermitPlaces are those of a permit's places at which a permission counts: of the
// institution that asks for its own commands, of the offices on the chain for theirs,
// and all of them for the others.
func PermitPlaces(p cooperation.Permit, places []Place, need Permission) []Place {
	return slices.DeleteFunc(slices.Clone(places), func(x Place) bool {
		switch need {
		case PermitRequest:
			return x.Organisation != p.Institution
		case PermitAnswer:
			return !slices.ContainsFunc(p.Chain, func(s cooperation.Step) bool { return s.Organisation == x.Organisation })
		}
		return false
	})
}

// AnswersFor tells whether somebody may answer a permit for an office that is among
// its places.
func (s Standing) AnswersFor(office string, places []Place) bool {
	return office != "" && slices.ContainsFunc(places, func(p Place) bool {
		return p.Organisation == office && s.May(PermitAnswer, p) == nil
	})
}

// PermitTurns are the steps of a permit that wait for an office for which somebody
// may answer.
func (s Standing) PermitTurns(steps []cooperation.StepStatus, places []Place, act cooperation.Act, level cooperation.Level) []cooperation.StepStatus {
	var all []cooperation.StepStatus
	for _, x := range steps {
		if x.State == "waiting" && x.Act == act && x.Level == level && s.AnswersFor(x.Organisation, places) {
			all = append(all, x)
		}
	}
	return all
}

// Revocable are the regions of a permit, by code, that somebody may take back at an
// instant: for the office that opened it, or for the region's own.
func (s Standing) Revocable(p cooperation.Permit, g cooperation.Ground, places []Place, at time.Time) []string {
	var all []string
	for _, code := range p.Regions {
		r, _ := p.RegionAt(g, code, at)
		if (r.State == cooperation.RegionGranted || r.State == cooperation.RegionDeemed) &&
			(s.AnswersFor(p.Office(cooperation.Verifies, ""), places) || s.AnswersFor(p.Office(cooperation.Answers, code), places)) {
			all = append(all, code)
		}
	}
	return all
}

// OffersPermit tells whether a command that the rights and the state of a permit
// allow would go through at an instant for some office of somebody: whether it is
// that office's turn.
func (s Standing) OffersPermit(p cooperation.Permit, g cooperation.Ground, places []Place, at time.Time, command string) bool {
	n, _ := Needs("permit", command)
	if !slices.ContainsFunc(PermitPlaces(p, places, n.Permission), func(x Place) bool { return s.MayCommand("permit", command, x, "") == nil }) {
		return false
	}
	turns := func(act cooperation.Act, level cooperation.Level) bool {
		return len(s.PermitTurns(p.Steps(g, at), places, act, level)) > 0
	}
	province := s.AnswersFor(p.Office(cooperation.Verifies, ""), places)
	report := p.ReportAt(g, at).State
	switch command {
	case "recommend":
		return turns(cooperation.Recommends, cooperation.ProvinceLevel) || turns(cooperation.Recommends, cooperation.RegionLevel)
	case "return", "decline", "open":
		return turns(cooperation.Verifies, cooperation.ProvinceLevel)
	case "grant-region", "decline-region":
		return turns(cooperation.Answers, cooperation.RegionLevel)
	case "revoke-region":
		return len(s.Revocable(p, g, places, at)) > 0
	case "issue-letter":
		return province && len(p.Places(g, at)) > 0
	case "revoke", "extend":
		return province
	case "return-report", "accept-report":
		return province && report == cooperation.ReportFiled
	case "file-report":
		return report == cooperation.ReportDue || report == cooperation.ReportReturned
	}
	return true
}

// OwnParties are the parties of an agreement for which somebody may give a command.
func (s Standing) OwnParties(a cooperation.Agreement, places []Place, command string) []cooperation.Party {
	return slices.DeleteFunc(slices.Clone(a.Parties), func(p cooperation.Party) bool {
		return !slices.ContainsFunc(places, func(at Place) bool {
			return at.Organisation == p.Organisation && s.MayCommand("agreement", command, at, "") == nil
		})
	})
}

// OffersAgreement tells whether a command that the rights and the state of an
// agreement allow would not be refused by what the agreement already has.
func (s Standing) OffersAgreement(a cooperation.Agreement, places []Place, command string) bool {
	_, concluded := a.Concluded()
	switch command {
	case "edit", "attach":
		return !concluded
	case "detach":
		return !concluded && len(a.Documents) > 0
	case "issue-number":
		return slices.ContainsFunc(s.OwnParties(a, places, command), func(p cooperation.Party) bool { return p.Number == nil })
	case "record-signature":
		return slices.ContainsFunc(s.OwnParties(a, places, command), func(p cooperation.Party) bool {
			_, signed := a.Signature(p.Organisation)
			return !signed
		})
	case "check-signature":
		return slices.ContainsFunc(a.Signatures, func(x cooperation.Signature) bool {
			return x.Checked == nil && x.User != s.User && x.Recorded.User != s.User
		})
	case "refuse-signature":
		return slices.ContainsFunc(a.Signatures, func(x cooperation.Signature) bool { return x.Checked == nil })
	case "terminate":
		return concluded && a.Amends == "" && a.Terminated == nil
	case "record-destruction":
		return a.Destroyed == nil
	}
	return true
}
