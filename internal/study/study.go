package study

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The states of a study.
const (
	Drafted   = "draft"
	Running   = "running" // registered
	Stopped   = "stopped"
	Withdrawn = "withdrawn" // taken back, or stopped and its data are gone
)

// Study is a study in the register.
type Study struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Owner      string      `json:"owner"`      // id of the organisation that does it
	Region     string      `json:"region"`     // the owner's, BPS code
	Position   string      `json:"position"`   // id of the owner's position that answers for it
	User       string      `json:"user"`       // id of who answers for it
	Purpose    string      `json:"purpose"`    // code of what its data are used for
	Programmes []string    `json:"programmes"` // ids, sorted; none: of no programme
	Agreement  string      `json:"agreement"`  // id; empty: of public data alone
	Permit     string      `json:"permit"`     // id; empty: none yet
	Stops      []Stop      `json:"stops"`      // in the order in which they came
	Removed    *Withdrawal `json:"removed"`    // nil: its data are there
	// Draft is what the study will say that it does, not yet locked; nil: nothing
	// was written since the last registration.
	Draft         *Protocol      `json:"draft,omitempty"`
	Registrations []Registration `json:"registrations,omitempty"` // in the order in which they were locked
	Stone         *Withdrawal    `json:"stone,omitempty"`         // nil: it was not taken back
}

// Withdrawal says that the study's data were taken away.
type Withdrawal = registry.Withdrawal

// Stop says that no run of the study starts or goes on, and why.
type Stop struct {
	Region   string    `json:"region"` // BPS code, with all within it; empty: anywhere
	User     string    `json:"user"`   // id; empty: the program itself
	Position string    `json:"position"`
	Via      event.Via `json:"via"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
}

// Life is the life of a study.
var Life = registry.Life{
	Object: "study", States: []string{Drafted, Running, Stopped, Withdrawn},
	Steps: []registry.Step{
		{Command: "register", From: []string{registry.None}}, {Command: "draft", From: []string{registry.None}},
		{Command: "edit", From: []string{Drafted, Running}}, {Command: "lock", From: []string{Drafted, Running}},
		{Command: "amend", From: []string{Running}}, {Command: "name-permit", From: []string{Drafted, Running}},
		{Command: "stop", From: []string{Running}}, {Command: "withdraw", From: []string{Drafted, Running, Stopped}},
		{Command: "withdraw-data", From: []string{Stopped}},
	},
}

// State is that of the study as a whole.
func (s Study) State() string {
	switch {
	case s.Removed != nil || s.Stone != nil:
		return Withdrawn
	case slices.ContainsFunc(s.Stops, func(x Stop) bool { return x.Region == "" }):
		return Stopped
	case s.Draft != nil && len(s.Registrations) == 0:
		return Drafted
	}
	return Running
}

// StoppedIn gives the stop that holds in a region, or anywhere; false: none does.
func (s Study) StoppedIn(region string) (Stop, bool) {
	for _, x := range s.Stops {
		if x.Region == "" || registry.Within(region, x.Region) {
			return x, true
		}
	}
	return Stop{}, false
}

// MayRun says why no run may start in the regions; nil: it may, as far as the study
// goes. Errors: a problem for the study, or one for each region that is stopped.
func (s Study) MayRun(regions []string) error {
	if s.State() != Running {
		return problem.New("state-study-" + s.State())
	}
	var all problem.List
	for _, r := range regions {
		if x, ok := s.StoppedIn(r); ok {
			all = append(all, problem.New("study-stopped-region", "region", registry.RegionName(r), "day", string(registry.DayOf(x.At)), "why", x.Reason))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// Register makes an entry: s has ID, Title, Position, User, Purpose, Programmes,
// and Agreement and Permit where there are. Owner is the position's organisation,
// programmes are ids of the register. Event: study-registered.
func Register(s Study, owner registry.Organisation, position registry.Position, programmes []string, at time.Time) (registry.Change, error) {
	s.Draft = nil
	s, err := s.begin(owner, position, programmes, at)
	if err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "study-registered", After: s}, nil
}

// Begin makes an entry as Register does, with a protocol that may still lack
// everything. Event: study-drafted.
func Begin(s Study, owner registry.Organisation, position registry.Position, programmes []string, at time.Time) (registry.Change, error) {
	if s.Draft == nil {
		s.Draft = &Protocol{}
	}
	s, err := s.begin(owner, position, programmes, at)
	if err != nil {
		return registry.Change{}, err
	}
	if err := s.Draft.checkTexts(); err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "study-drafted", After: s}, nil
}

// Edit replaces what is written and not locked. Event: study-edited.
func (s Study) Edit(p Protocol) (registry.Change, error) {
	if err := Life.Check(s.State(), "edit"); err != nil {
		return registry.Change{}, err
	}
	p = p.clean()
	if err := p.checkTexts(); err != nil {
		return registry.Change{}, err
	}
	after := s
	after.Draft = &p
	return registry.Change{Type: "study-edited", Before: s, After: after}, nil
}

// begin settles what each new entry has.
func (s Study) begin(owner registry.Organisation, position registry.Position, programmes []string, at time.Time) (Study, error) {
	s.Registrations, s.Stone = nil, nil
	s.Title, s.Owner, s.Region, s.Position, s.Stops, s.Removed = registry.Clean(s.Title), owner.ID, owner.Region, position.ID, []Stop{}, nil
	if err := registry.CheckText("study-title", s.Title, registry.LongestName, false); err != nil {
		return s, err
	}
	day := registry.DayOf(at)
	if owner.State() != "active" {
		return s, problem.New("state-organisation-ended")
	}
	if position.Organisation != owner.ID || !position.Period.Has(day) {
		return s, problem.New("study-position", "title", position.Title, "organisation", owner.NameOn(day).Full, "field", "position")
	}
	if s.Purpose == "" {
		return s, problem.New("study-purpose", "field", "purpose")
	}
	if s.Permit != "" && s.Agreement == "" {
		return s, problem.New("study-permit-alone", "field", "agreement")
	}
	s.Programmes = append([]string{}, s.Programmes...)
	slices.Sort(s.Programmes)
	s.Programmes = slices.Compact(s.Programmes)
	for _, p := range s.Programmes {
		if !slices.Contains(programmes, p) {
			return s, problem.New("programme-unknown", "found", p, "field", "programmes")
		}
	}
	return s, nil
}

// NamePermit says under which agreement and permit the study stands from now on.
// Event: study-permit-named.
func (s Study) NamePermit(agreement, permit string) (registry.Change, error) {
	if err := Life.Check(s.State(), "name-permit"); err != nil {
		return registry.Change{}, err
	}
	if agreement == "" || permit == "" {
		return registry.Change{}, problem.New("study-permit-alone", "field", "agreement")
	}
	named := s
	named.Agreement, named.Permit = agreement, permit
	return registry.Change{Type: "study-permit-named", Before: s, After: named}, nil
}

// Stop stops the study in a region and all within it, or as a whole (empty), for a
// reason. Event: study-stopped.
func (s Study) Stop(region string, by event.Actor, why string, at time.Time) (registry.Change, error) {
	if err := Life.Check(s.State(), "stop"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	if region != "" {
		if _, ok := registry.FindRegion(region); !ok {
			return registry.Change{}, problem.New("region-unknown", "found", region, "field", "region")
		}
		if x, ok := s.StoppedIn(region); ok {
			return registry.Change{}, problem.New("study-stopped-region", "region", registry.RegionName(region), "day", string(registry.DayOf(x.At)), "why", x.Reason)
		}
	}
	stopped := s
	stopped.Stops = append(slices.Clone(s.Stops), Stop{region, by.User, by.Position, by.Via, at, why})
	return registry.Change{Type: "study-stopped", Before: s, After: stopped}, nil
}

// WithdrawData records that the data of a stopped study were taken away, for a
// reason such as the term of its agreement. Event: study-data-withdrawn.
func (s Study) WithdrawData(user, why string, at time.Time) (registry.Change, error) {
	if err := Life.Check(s.State(), "withdraw-data"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(why); err != nil {
		return registry.Change{}, err
	}
	gone := s
	gone.Removed = &Withdrawal{User: user, At: at, Reason: why}
	return registry.Change{Type: "study-data-withdrawn", Before: s, After: gone}, nil
}
