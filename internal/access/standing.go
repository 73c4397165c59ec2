package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Place is where an object is: what a right to it depends on.
type Place struct {
	Region       string // BPS code
	Organisation string // id; empty: of none, so that a grant for one organisation does not reach it
	Name         string // of the organisation, for messages; may be empty
}

// Seat is a position that a user holds.
type Seat struct {
	Position     string // id
	Title        string
	Organisation string // id
	Region       string // of the organisation
	Holding      registry.Holding
}

// Standing is what is known of a user at an instant: who they are, which
// positions they hold, which grants count. The zero value is somebody who is not
// signed in.
type Standing struct {
	User         string // id; empty: nobody is signed in
	Name         string
	Language     string
	Organisation string
	Status       Status
	At           time.Time
	Seats        []Seat  // held at the instant
	Grants       []Grant // in force at the instant
	Resting      []Grant // in force but resting at the instant (Grant.Rests): they count for nothing
	Past         []Grant // expired or ended at the instant, for messages
	Viewer       string  // id of the administrator who views the pages as this user; empty: nobody
	Local        bool    // whoever may use the machine's command line
}

// StandingAt works out a standing from all grants and seats of a user, whenever
// they counted: a pure function of the record and the instant. The organisation of
// u is the one of that instant.
func StandingAt(u User, seats []Seat, grants []Grant, at time.Time) Standing {
	s := Standing{User: u.ID, Name: u.Name, Language: u.Language, Organisation: u.Organisation, Status: u.StatusAt(at), At: at}
	for _, seat := range seats {
		if seat.Holding.HeldAt(at) {
			s.Seats = append(s.Seats, seat)
		}
	}
	for _, g := range grants {
		switch {
		case g.InForce(at) && g.Rests(u.Organisation, s.Seats) != "":
			s.Resting = append(s.Resting, g)
		case g.InForce(at):
			s.Grants = append(s.Grants, g)
		case g.StateAt(at) == Expired || g.StateAt(at) == Ended:
			s.Past = append(s.Past, g)
		}
	}
	return s
}

// LocalAdministrator is the standing of whoever may use the machine's command
// line: that of an administrator of the whole country, no more.
func LocalAdministrator(name string, at time.Time) Standing {
	return Standing{User: name, Name: name, Status: UserActive, At: at, Local: true, Grants: []Grant{{Role: Administrator, Region: registry.Nation}}}
}

// ViewedBy gives the standing as an administrator sees the pages with it: what
// it reads, and nothing that it changes.
func (s Standing) ViewedBy(viewer string) Standing { s.Viewer = viewer; return s }

// grants are the grants that count, with what everybody has.
func (s Standing) grants() []Grant {
	everybody := Grant{Role: Public, Region: registry.Nation}
	if s.Status != UserActive {
		return []Grant{everybody}
	}
	return append([]Grant{everybody}, s.Grants...)
}

// May says why a permission does not hold for an object at a place; nil: it
// does. Errors: a *Denial.
func (s Standing) May(p Permission, at Place) error {
	if s.Viewer != "" && p.Changes() {
		return &Denial{Standing: s, Permission: p, Place: at}
	}
	for _, g := range s.grants() {
		if g.reaches(p, at) {
			return nil
		}
	}
	return &Denial{Standing: s, Permission: p, Place: at}
}

// AnyOf settles a right to an object of several places, such as an agreement of
// two offices: one of them is enough. May says why it does not hold at a place.
// Errors: the denial at the first place; of an object without any, that at none.
func AnyOf(places []Place, may func(Place) error) error {
	if len(places) == 0 {
		places = []Place{{}}
	}
	var denied error
	for _, at := range places {
		err := may(at)
		if err == nil {
			return nil
		}
		denied = cmp.Or(denied, err)
	}
	return denied
}

// MayAny is AnyOf for a permission.
func (s Standing) MayAny(p Permission, places []Place) error {
	return AnyOf(places, func(at Place) error { return s.May(p, at) })
}

// reaches is the rule itself: a role's reach at a place. Where says the same.
func (g Grant) reaches(p Permission, at Place) bool {
	switch g.Role.Reach(p) {
	case Anywhere:
		return true
	case Inside:
		return registry.Within(at.Region, g.Region) && (g.Organisation == "" || g.Organisation == at.Organisation)
	}
	return false
}

// Columns name what a list has of an object's place: SQL expressions of TEXT.
type Columns struct{ Region, Organisation string }

// Where gives the condition under which a row of a list may be seen with a
// permission, as SQL with the placeholders $first, $first+1, ..., and their
// values. It says for each row what May says for its place.
func (s Standing) Where(p Permission, c Columns, first int) (sql string, args []any) {
	if s.Viewer != "" && p.Changes() {
		return "1 = 0", nil
	}
	var any_ []string
	place := func(v string) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", first+len(args)-1)
	}
	for _, g := range s.grants() {
		switch g.Role.Reach(p) {
		case Anywhere:
			return "1 = 1", nil
		case Inside:
			// Not a comparison of texts by order, which a database's locale may see
			// otherwise; the length is written out, for it is no value of a user.
			within := c.Region + " <> ''"
			if g.Region == "" {
				within = "1 = 0"
			} else if g.Region != registry.Nation {
				within = fmt.Sprintf("SUBSTR(%s, 1, %d) = %s", c.Region, len(g.Region), place(g.Region))
			}
			if g.Organisation != "" {
				within += fmt.Sprintf(" AND %s = %s", c.Organisation, place(g.Organisation))
			}
			any_ = append(any_, "("+within+")")
		}
	}
	if len(any_) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(any_, " OR ") + ")", args
}

// Has tells whether the user has a role in force, anywhere.
func (s Standing) Has(r Role) bool {
	return slices.ContainsFunc(s.grants(), func(g Grant) bool { return g.Role == r })
}

// Actor is the user as the one who acts, from a position that they hold or from
// none (empty). Errors: a problem where the user does not hold it.
func (s Standing) Actor(position string, via event.Via, through string) (event.Actor, error) {
	a := event.Actor{User: s.User, Via: via, Through: through}
	if s.Local {
		a.Capacity = event.LocalAdministrator
	}
	if position == "" {
		return a, nil
	}
	for _, seat := range s.Seats {
		if seat.Position == position {
			a.Position, a.Capacity = position, seat.Holding.Capacity
			return a, nil
		}
	}
	return event.Actor{}, problem.New("actor-position")
}

// Denial is the error of a right that is missing.
type Denial struct {
	Standing   Standing
	Permission Permission
	Place      Place
}

// Roles are the roles that would have the permission.
func (d *Denial) Roles() []Role { return RolesWith(d.Permission) }

// Error is the English sentence.
func (d *Denial) Error() string { return d.Unwrap().Error() }

// Unwrap gives the problem in words: what is missing, for which region and
// organisation, which roles have it, and where the user has it or had it.
func (d *Denial) Unwrap() error {
	switch s := d.Standing; {
	case s.User == "" || s.Status == Unknown:
		return problem.New("denied-nobody")
	case s.Status != UserActive:
		return problem.New("denied-" + string(s.Status))
	case s.Viewer != "" && d.Permission.Changes():
		return problem.New("denied-viewing", "name", s.Name)
	}
	var elsewhere []string
	for _, g := range d.Standing.Grants {
		if g.Role.Reach(d.Permission) == Inside && !slices.Contains(elsewhere, registry.RegionName(g.Region)) {
			elsewhere = append(elsewhere, registry.RegionName(g.Region))
		}
	}
	var over registry.Day
	for _, g := range d.Standing.Past {
		if g.reaches(d.Permission, d.Place) {
			last := g.Period.Until
			if g.Ended != nil {
				last = min(last, registry.DayOf(g.Ended.At))
			}
			over = max(over, last)
		}
	}
	organisation := d.Place.Name
	if organisation == "" {
		organisation = d.Place.Organisation
	}
	denied := problem.New("denied-"+string(d.Permission), "region", registry.RegionName(d.Place.Region), "organisation", organisation,
		"elsewhere", elsewhere, "over", string(over))
	for _, g := range d.Standing.Resting {
		if g.reaches(d.Permission, d.Place) {
			return problem.List{denied, problem.New(g.Rests(d.Standing.Organisation, d.Standing.Seats))}
		}
	}
	return denied
}
