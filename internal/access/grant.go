package access

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Grant gives a user a role in a region and all within it. It is ended, never
// deleted.
type Grant struct {
	ID           string          `json:"id"`
	User         string          `json:"user"`
	Role         Role            `json:"role"`
	Region       string          `json:"region"`       // BPS code; the subtree
	Organisation string          `json:"organisation"` // id; empty: objects of any organisation
	Period       registry.Period `json:"period"`       // both days are needed
	Reason       string          `json:"reason"`
	Requested    Mark            `json:"requested"`
	Confirmed    *Mark           `json:"confirmed"` // nil: not yet, or never
	Refused      *Mark           `json:"refused"`
	Ended        *Mark           `json:"ended"`
}

// Mark says who did something, and when.
type Mark struct {
	User    string    `json:"user"`
	Via     event.Via `json:"via"`
	Through string    `json:"through"` // as in event.Actor
	At      time.Time `json:"at"`
}

// mark takes the mark of an actor.
func mark(a event.Actor, at time.Time) Mark { return Mark{a.User, a.Via, a.Through, at} }

// same tells whether two marks are one person's: the same user, or the command
// line of the same user of the operating system under any name.
func (m Mark) same(o Mark) bool {
	return m.User == o.User || (m.Via == event.CommandLine && o.Via == event.CommandLine && m.Through == o.Through)
}

// The states of a grant. Expired is computed from the days and is never an
// event's doing.
const (
	Requested = "requested"
	Active    = "active"
	Refused   = "refused"
	Expired   = "expired"
	Ended     = "ended"
)

// GrantLife is the life of a grant.
var GrantLife = registry.Life{
	Object: "grant", States: []string{Requested, Active, Expired, Refused, Ended},
	Steps: []registry.Step{
		{Command: "request", From: []string{registry.None}}, {Command: "confirm", From: []string{Requested}},
		{Command: "refuse", From: []string{Requested}}, {Command: "end", From: []string{Requested, Active}},
	},
}

// StateAt gives the state at an instant. A grant that begins later is Active
// once it is confirmed, yet not in force.
func (g Grant) StateAt(at time.Time) string {
	past := func(m *Mark) bool { return m != nil && !at.Before(m.At) }
	switch {
	case past(g.Ended):
		return Ended
	case past(g.Refused):
		return Refused
	case registry.DayOf(at) > g.Period.Until:
		return Expired
	case past(g.Confirmed):
		return Active
	}
	return Requested
}

// InForce tells whether the grant counts at an instant.
func (g Grant) InForce(at time.Time) bool {
	return g.StateAt(at) == Active && g.Period.Has(registry.DayOf(at))
}

// Place is where the grant is, as an object that others may grant or see.
func (g Grant) Place() Place { return Place{Region: g.Region, Organisation: g.Organisation} }

// RequestGrant asks for a grant: g has ID, User, Role, Region, Organisation,
// Period and Reason. To is the user, others are the user's grants, seats the
// positions held, of is the organisation (nil: none is named). A role that needs
// no second person is given at once where the actor may confirm. Events:
// grant-requested, grant-given.
func RequestGrant(g Grant, to User, others []Grant, seats []Seat, of *registry.Organisation, by event.Actor, mayConfirm bool, at time.Time) (registry.Change, error) {
	if s := to.StatusAt(at); s != Invited && s != UserActive {
		return registry.Change{}, problem.New("state-user-" + string(s))
	}
	g.Reason = registry.Clean(g.Reason)
	if err := registry.CheckReason(g.Reason); err != nil {
		return registry.Change{}, err
	}
	if g.Period.Until == "" {
		return registry.Change{}, problem.New("grant-until", "field", "until")
	}
	if err := g.Period.Check(); err != nil {
		return registry.Change{}, err
	}
	today := registry.DayOf(at)
	if g.Period.Until < today {
		return registry.Change{}, problem.New("grant-past", "until", string(g.Period.Until), "today", string(today), "field", "until")
	}
	if _, err := registry.RegionOn(g.Region, max(g.Period.From, today)); err != nil {
		return registry.Change{}, err
	}
	if of != nil && !registry.Within(of.Region, g.Region) {
		return registry.Change{}, problem.New("grant-outside", "organisation", of.NameOn(today).Full, "region", registry.RegionName(g.Region), "field", "organisation")
	}
	if of != nil && of.State() != "active" {
		return registry.Change{}, problem.New("state-organisation-ended")
	}
	if err := g.mayHold(to, others, seats, at); err != nil {
		return registry.Change{}, err
	}
	for _, o := range others {
		if s := o.StateAt(at); (s == Requested || s == Active) && o.Role == g.Role && o.Region == g.Region && o.Organisation == g.Organisation && o.Period.Meets(g.Period) {
			return registry.Change{}, problem.New("grant-twice", "until", string(o.Period.Until))
		}
	}
	g.Requested, g.Confirmed, g.Refused, g.Ended = mark(by, at), nil, nil, nil
	if g.Role.TwoPeople() || !mayConfirm || by.User == g.User {
		return registry.Change{Type: "grant-requested", After: g}, nil
	}
	g.Confirmed = &g.Requested
	return registry.Change{Type: "grant-given", After: g}, nil
}

// Confirm brings a requested grant into force. Nobody confirms what they asked
// for or what is for themself: asked and by are the hands (Hands) of both. Others
// are the user's grants, seats the positions held. Event: grant-confirmed.
func (g Grant) Confirm(to User, others []Grant, seats []Seat, asked, by []Mark, at time.Time) (registry.Change, error) {
	if err := g.second(asked, by, "confirm", at); err != nil {
		return registry.Change{}, err
	}
	if s := to.StatusAt(at); s != Invited && s != UserActive {
		return registry.Change{}, problem.New("state-user-" + string(s))
	}
	if err := g.mayHold(to, others, seats, at); err != nil {
		return registry.Change{}, err
	}
	m := by[0]
	after := g
	after.Confirmed = &m
	return registry.Change{Type: "grant-confirmed", Before: g, After: after}, nil
}

// Refuse turns a requested grant down, under the rule of Confirm; why is needed.
// Event: grant-refused.
func (g Grant) Refuse(asked, by []Mark, why string, at time.Time) (registry.Change, error) {
	if err := g.second(asked, by, "refuse", at); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(registry.Clean(why)); err != nil {
		return registry.Change{}, err
	}
	m := by[0]
	after := g
	after.Refused = &m
	return registry.Change{Type: "grant-refused", Before: g, After: after}, nil
}

// second checks that a request is answered by another than who made it or gains
// by it.
func (g Grant) second(asked, by []Mark, command string, at time.Time) error {
	if err := GrantLife.Check(g.StateAt(at), command); err != nil {
		return err
	}
	if by[0].User == g.User {
		return problem.New("grant-for-oneself")
	}
	if err := Apart(asked, by, "grant-own-request"); err != nil {
		return err
	}
	return Apart([]Mark{{User: g.User}}, by, "grant-for-oneself") // who gains by it may be behind the second
}

// End takes a grant away from now on, or withdraws a request; why is needed.
// Event: grant-ended.
func (g Grant) End(by event.Actor, why string, at time.Time) (registry.Change, error) {
	if err := GrantLife.Check(g.StateAt(at), "end"); err != nil {
		return registry.Change{}, err
	}
	if err := registry.CheckReason(registry.Clean(why)); err != nil {
		return registry.Change{}, err
	}
	m := mark(by, at)
	after := g
	after.Ended = &m
	return registry.Change{Type: "grant-ended", Before: g, After: after}, nil
}

// FirstAdministrator gives the first administrator the role for the whole
// country and a year, with no second person, for there is none: the one stated
// exception. All are the grants of the record, none of which may ever have made
// an administrator. Event: first-administrator-granted.
func FirstAdministrator(id string, to User, all []Grant, by event.Actor, reason string, at time.Time) (registry.Change, error) {
	if slices.ContainsFunc(all, func(g Grant) bool { return g.Role == Administrator && g.Confirmed != nil }) {
		return registry.Change{}, problem.New("first-run-over")
	}
	reason = registry.Clean(reason)
	if err := registry.CheckReason(reason); err != nil {
		return registry.Change{}, err
	}
	m := mark(by, at)
	from := registry.DayOf(at)
	return registry.Change{Type: "first-administrator-granted", After: Grant{
		ID: id, User: to.ID, Role: Administrator, Region: registry.Nation, Reason: reason,
		Period: registry.Period{From: from, Until: from.Add(365)}, Requested: m, Confirmed: &m,
	}}, nil
}
