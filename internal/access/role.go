package access

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Role is a duty. Its name, its duty in words and who may hold it are in the
// catalogue (role.NAME.name, .duty, .holder).
type Role string

// The roles.
const (
	Head             Role = "head"              // pimpinan: decides, signs, answers for the office
	Analyst          Role = "analyst"           // evaluates programmes for the office
	Researcher       Role = "researcher"        // studies under an agreement and a permit
	KabupatenOfficer Role = "kabupaten-officer" // answers permits and keeps the data of a kabupaten or kota
	DataSteward      Role = "data-steward"      // walidata: checks datasets and identifiers
	OutputChecker    Role = "output-checker"    // lets results out, or not
	Administrator    Role = "administrator"     // people, positions, grants, the record
	Auditor          Role = "auditor"           // follows everything, changes nothing
	Public           Role = "public"            // everybody, signed in or not
)

// Roles lists all, in the order of the documentation.
var Roles = []Role{Head, Analyst, Researcher, KabupatenOfficer, DataSteward, OutputChecker, Administrator, Auditor, Public}

// TwoPeople tells whether a grant of the role needs a second person to confirm
// it.
func (r Role) TwoPeople() bool { return r == Head || r == OutputChecker || r == Administrator }

// holder is who may hold a role. Its zero value is anybody.
type holder struct {
	organisation bool   // the grant names an organisation
	member       bool   // the user is of that organisation
	regency      bool   // the grant's region is a kabupaten or kota
	seat         bool   // the user holds a position of that organisation, in charge of it
	apart        []Role // the user has no grant of these roles meanwhile
}

var holders = map[Role]holder{
	Head:             {organisation: true, seat: true, apart: []Role{Auditor}},
	Analyst:          {organisation: true, member: true, apart: []Role{OutputChecker, Auditor}},
	Researcher:       {organisation: true, member: true, apart: []Role{OutputChecker, Auditor}},
	KabupatenOfficer: {organisation: true, member: true, regency: true, apart: []Role{Auditor}},
	DataSteward:      {organisation: true, member: true, apart: []Role{Auditor}},
	OutputChecker:    {apart: []Role{Analyst, Researcher, Auditor}},
	Administrator:    {apart: []Role{Auditor}},
	Auditor:          {apart: []Role{Head, Analyst, Researcher, KabupatenOfficer, DataSteward, OutputChecker, Administrator}},
}

// mayHold says why a user may not be granted a role; others are the user's
// grants, seats the positions held.
func (g Grant) mayHold(to User, others []Grant, seats []Seat, at time.Time) error {
	h, ok := holders[g.Role]
	if !ok {
		return problem.New("grant-role", "found", string(g.Role), "expected", grantable(), "field", "role")
	}
	if h.organisation && g.Organisation == "" {
		return problem.New("grant-organisation", "field", "organisation")
	}
	if h.member && to.Organisation != g.Organisation {
		return problem.New("grant-member", "who", to.Name, "field", "organisation")
	}
	if r, known := registry.FindRegion(g.Region); h.regency && (!known || (r.Kind != registry.RegencyKind && r.Kind != registry.CityKind)) {
		return problem.New("grant-regency", "region", registry.RegionName(g.Region), "field", "region")
	}
	if h.seat && !slices.ContainsFunc(seats, func(s Seat) bool {
		return g.inCharge(s) && s.Holding.Days().Meets(g.Period)
	}) {
		return problem.New("grant-seat", "field", "organisation")
	}
	for _, o := range others {
		state := o.StateAt(at)
		if o.ID != g.ID && (state == Requested || state == Active) && slices.Contains(h.apart, o.Role) && o.Period.Meets(g.Period) {
			return problem.New("grant-apart-"+string(o.Role), "from", string(o.Period.From), "until", string(o.Period.Until), "field", "role")
		}
	}
	return nil
}

// Why a grant rests: the codes of problems that say so.
const (
	RestsMember = "grant-rests-member" // its user is of another organisation
	RestsSeat   = "grant-rests-seat"   // its user is in charge of no position there
)

// Rests says why a grant that is in force counts for nothing now: its user no
// longer is what the role asks for, by the organisation and the positions held at
// the instant. Empty: it counts. It counts again, with no new grant, once the user
// is so again.
func (g Grant) Rests(organisation string, held []Seat) string {
	switch h := holders[g.Role]; {
	case h.member && organisation != g.Organisation:
		return RestsMember
	case h.seat && !slices.ContainsFunc(held, g.inCharge):
		return RestsSeat
	}
	return ""
}

// inCharge tells whether a seat is of the grant's organisation and in charge of it.
func (g Grant) inCharge(s Seat) bool {
	return s.Organisation == g.Organisation && (s.Holding.Capacity == event.Definitive || s.Holding.Capacity == event.Plt)
}

// grantable lists the roles that somebody can be given.
func grantable() []Role {
	return slices.DeleteFunc(slices.Clone(Roles), func(r Role) bool { _, ok := holders[r]; return !ok })
}
