package cooperation

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// Ground is what a permit stands on besides itself: its agreement, with all that
// the agreement depends on, and the calendar of working days.
type Ground struct {
	Agreement Bound
	Calendar  registry.Calendar
}

// until gives the moves up to an instant, that instant included.
func (p Permit) until(at time.Time) []Move {
	i := slices.IndexFunc(p.Moves, func(m Move) bool { return m.Mark.At.After(at) })
	if i < 0 {
		return p.Moves
	}
	return p.Moves[:i]
}

// PeriodAt is the period with the extensions up to an instant.
func (p Permit) PeriodAt(at time.Time) registry.Period {
	period := p.Period
	for _, m := range p.until(at) {
		if m.Command == "extend" {
			period.Until = m.Until
		}
	}
	return period
}

// LastDay is the last day of use as known at an instant: that of the permit, of
// its agreement, or of its withdrawal or revocation, whichever comes first.
func (p Permit) LastDay(g Ground, at time.Time) registry.Day {
	last := p.PeriodAt(at).Cut(g.Agreement.PeriodAt(at).Until).Until
	for _, m := range p.until(at) {
		if m.Command == "withdraw" || m.Command == "revoke" {
			last = min(last, registry.DayOf(m.Mark.At))
		}
	}
	return last
}

// StateAt gives the state at an instant: one of the states of PermitLife. The
// revocation of the permit, its withdrawal and the end of the agreement count
// from their instant or day, whether or not an event records the end.
func (p Permit) StateAt(g Ground, at time.Time) string {
	state := PermitDraft
	for _, m := range p.until(at) {
		switch m.Command {
		case "submit":
			state = PermitSubmitted
		case "return":
			state = PermitReturned
		case "decline":
			state = PermitDeclined
		case "open":
			state = PermitOpen
		case "withdraw":
			state = PermitWithdrawn
		case "revoke":
			state = PermitRevoked
		case "accept-report":
			state = PermitClosed
		}
	}
	over := registry.DayOf(at) > p.LastDay(g, at)
	switch state {
	case PermitSubmitted:
		if over {
			return PermitExpired
		}
		if s, ok := turn(p.standsAt(g, p.Chain[0].Region, at)); ok && s.Act == Verifies {
			return PermitReview
		}
	case PermitOpen:
		if over && p.everOpened(g, at) {
			return PermitReporting
		}
		if over {
			return PermitExpired
		}
	case PermitWithdrawn:
		if p.everOpened(g, at) {
			return PermitReporting
		}
	}
	return state
}

// everOpened tells whether a region was open on some day up to an instant, so
// that there is something to report.
func (p Permit) everOpened(g Ground, at time.Time) bool {
	last := p.LastDay(g, at)
	if last < p.Period.From || registry.DayOf(at) < p.Period.From {
		return false
	}
	if end := last.Add(1).Begins(); at.After(end) { // silence after the end opens nothing
		at = end.Add(-time.Nanosecond)
	}
	for _, m := range p.until(at) {
		if m.Command == "revoke" { // what it took back was open before
			at = m.Mark.At.Add(-time.Nanosecond)
		}
	}
	return slices.ContainsFunc(p.Regions, func(r string) bool {
		granted := slices.ContainsFunc(p.until(at), func(m Move) bool {
			return m.Region == r && (m.Command == "grant-region" || (m.Command == "record-deemed" && p.Kind == FieldWork))
		})
		return granted || (p.Kind == FieldWork && p.regionAt(g, r, at).State == RegionDeemed)
	})
}

// The states of a region in a permit.
const (
	RegionWaiting  = "waiting"
	RegionGranted  = "granted"
	RegionDeclined = "declined"
	RegionDeemed   = "deemed" // silent beyond the term that the agreement sets
	RegionRevoked  = "revoked"
)

// Region is how one region stands to a permit.
type Region struct {
	Code   string
	State  string
	Asked  time.Time    // when the complete request, or its extension, reached the region: the province's opening; zero: not yet
	Silent registry.Day // the last working day for an answer, where the agreement turns silence into a yes; empty: it does not, or the calendar does not reach that far
	Covers registry.Day // the last day that a yes or a silence covers; empty: there is none
	Reason string       // of the refusal or revocation
}

// PassedRule names the rule under which a recommending office that lets its working
// days pass holds nobody up.
const PassedRule = "advice-working-days"

// SilenceRule names the rule under which a silent region is deemed to agree.
const SilenceRule = "agreement-silence-days"

// RegionAt tells how a region stands to the permit at an instant; false: it was
// not asked.
func (p Permit) RegionAt(g Ground, code string, at time.Time) (Region, bool) {
	if !slices.Contains(p.Regions, code) {
		return Region{}, false
	}
	return p.regionAt(g, code, at), true
}

// regionAt follows the moves round by round: the request is the first round, and
// an extension asks anew whoever had said yes, for days that their yes does not
// cover.
func (p Permit) regionAt(g Ground, code string, at time.Time) Region {
	r := Region{Code: code, State: RegionWaiting}
	answered := ""                                        // in this round
	granted, deemed := registry.Day(""), registry.Day("") // the last days covered
	settle := func(now time.Time, until registry.Day) {
		if answered == "" && r.Silent != "" && registry.DayOf(now) > r.Silent {
			answered, deemed = RegionDeemed, until
		}
	}
	ask := func(now time.Time) {
		r.Asked, r.Silent, answered = now, "", ""
		if n := g.Agreement.TermsAt(now).SilenceDays; n > 0 {
			if due, unknown := g.Calendar.AddWorkingDays(registry.DayOf(now), n); len(unknown) == 0 {
				r.Silent = due
			}
		}
	}
	until := p.Period.Until
	for _, m := range p.until(at) {
		switch {
		case m.Command == "open":
			ask(m.Mark.At)
		case m.Command == "revoke" || (m.Command == "revoke-region" && m.Region == code):
			return Region{Code: code, State: RegionRevoked, Asked: r.Asked, Reason: m.Reason}
		case m.Command == "extend":
			settle(m.Mark.At, until)
			until = m.Until
			if answered == RegionGranted || answered == RegionDeemed {
				ask(m.Mark.At)
			}
		case m.Region != code:
		case m.Command == "grant-region":
			answered, granted = RegionGranted, m.Until
		case m.Command == "decline-region":
			answered, r.Reason = RegionDeclined, m.Reason
		case m.Command == "record-deemed" && answered == "":
			answered, deemed = RegionDeemed, m.Until
		}
	}
	settle(at, until)
	today := registry.DayOf(at)
	if answered != "" {
		r.State = answered
	}
	switch { // an earlier yes covers its days whatever becomes of the extension
	case granted != "" && (today <= granted || answered == RegionGranted):
		r.State, r.Covers = RegionGranted, granted
	case deemed != "" && (today <= deemed || answered == RegionDeemed) && answered != RegionDeclined:
		r.State, r.Covers = RegionDeemed, deemed
	}
	return r
}

// Shut says why a region is not open.
type Shut struct {
	Region string // BPS code
	Why    string // one of ShutWhys
}

// ShutWhys are the reasons for which a region is not open, the widest first; the
// words of each are permit.shut.CODE of the catalogue.
var ShutWhys = []string{
	"agreement-not-in-force", "not-opened", "permit-declined", "permit-withdrawn", "permit-revoked", "permit-over",
	"outside-agreement", "not-asked-for", "waiting", "declined", "revoked", "silence-opens-no-data", "not-begun",
}

// Opens lists the regions that are open at an instant for a use, and why each
// other region that was asked is not. For DataUse they are those whose rows may
// be read, by an office's own yes alone; for FieldWork those that may be entered.
func (p Permit) Opens(g Ground, use PermitKind, at time.Time) (regions []string, shut []Shut) {
	regions = []string{}
	state, scope := p.StateAt(g, at), g.Agreement.ScopeAt(at)
	for _, code := range p.Regions {
		if why := p.shut(g, use, code, state, scope, at); why != "" {
			shut = append(shut, Shut{code, why})
		} else {
			regions = append(regions, code)
		}
	}
	return regions, shut
}

// shut says why a region is not open; empty: it is.
func (p Permit) shut(g Ground, use PermitKind, code, state string, scope Scope, at time.Time) string {
	switch state {
	case PermitDraft, PermitSubmitted, PermitReview, PermitReturned:
		return "not-opened"
	case PermitDeclined, PermitWithdrawn, PermitRevoked:
		return "permit-" + state
	}
	if !g.Agreement.InForce(at) {
		return "agreement-not-in-force"
	}
	if state != PermitOpen {
		return "permit-over"
	}
	if !slices.ContainsFunc(scope.Regions, func(r string) bool { return registry.Within(code, r) }) {
		return "outside-agreement"
	}
	if (use == FieldWork && p.Kind != FieldWork) || (use == DataUse && len(p.Datasets) == 0) {
		return "not-asked-for"
	}
	r := p.regionAt(g, code, at)
	switch {
	case r.State == RegionWaiting || r.State == RegionDeclined || r.State == RegionRevoked:
		return r.State
	case r.State == RegionDeemed && use == DataUse:
		return "silence-opens-no-data"
	case registry.DayOf(at) < p.Period.From:
		return "not-begun"
	}
	return ""
}

// ScopeAt is the rectangle of data that the permit alone opens at an instant; it
// is to be met with the agreement's. Its regions are those whose office said yes.
func (p Permit) ScopeAt(g Ground, at time.Time) Scope {
	regions, _ := p.Opens(g, DataUse, at)
	return p.ScopeIn(regions, at)
}

// ScopeIn is ScopeAt for who has asked already which regions are open.
func (p Permit) ScopeIn(regions []string, at time.Time) Scope {
	return Scope{Programmes: p.Programmes, Regions: regions, Datasets: p.Datasets, Purposes: []string{p.Purpose}, Period: p.PeriodAt(at)}
}

// silentBeyondTerm tells whether the days in which a region's office should have
// answered are past.
func (p Permit) silentBeyondTerm(g Ground, code string, at time.Time) bool {
	for _, st := range p.standsAt(g, code, at) {
		if st.Act == Answers && !st.since.IsZero() {
			due, unknown := g.Calendar.AddWorkingDays(registry.DayOf(st.since), st.Days)
			return len(unknown) == 0 && registry.DayOf(at) > due
		}
	}
	return false
}

// Deviations lists the regions that were asked and are missing from the study's
// sample by their own doing, once the permit has been opened: they declined, revoked,
// or were silent beyond their days.
func (p Permit) Deviations(g Ground, at time.Time) []Shut {
	var all []Shut
	if slices.ContainsFunc(p.until(at), func(m Move) bool { return m.Command == "open" }) {
		for _, code := range p.Regions {
			switch r := p.regionAt(g, code, at); {
			case r.State == RegionDeemed && p.Kind != FieldWork:
				all = append(all, Shut{code, "silence-opens-no-data"})
			case r.State == RegionWaiting && !p.silentBeyondTerm(g, code, at): // still within its days
			case r.State != RegionGranted && r.State != RegionDeemed:
				all = append(all, Shut{code, r.State})
			}
		}
	}
	return all
}
