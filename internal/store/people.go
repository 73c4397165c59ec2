package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Who gives a user's standing at an instant, now or past: status, positions and
// grants. Of somebody unknown it is the standing of the public.
func Who(from From, user string, at time.Time) (access.Standing, error) {
	u, ok, err := UserOf(from, user)
	if err != nil || !ok {
		return access.Standing{At: at}, err
	}
	seats, err := seatsOf(from, user)
	if err != nil {
		return access.Standing{}, err
	}
	given, err := grantsWhere(from, "WHERE person = $1 ORDER BY id", user)
	if err != nil {
		return access.Standing{}, err
	}
	homes, err := homesOf(from, user)
	if err != nil {
		return access.Standing{}, err
	}
	u.Organisation = homeAt(homes, at)
	return access.StandingAt(u, seats, given, at), nil
}

// homesOf are the organisations that a user was of, in order of time.
func homesOf(from From, user string) ([]membershipRow, error) {
	return memberships.Select(from, "WHERE person = $1 ORDER BY since", user)
}

// homeAt is the organisation of a user at an instant; before the first, the first.
func homeAt(homes []membershipRow, at time.Time) string {
	home := ""
	for i, h := range homes {
		if i == 0 || !h.Since.After(at) {
			home = h.Organisation
		}
	}
	return home
}

// Resting says of grants which rest at an instant and why (access.Grant.Rests), by
// their ids.
func Resting(from From, given []access.Grant, at time.Time) (map[string]string, error) {
	standings := map[string]access.Standing{}
	resting := map[string]string{}
	for _, g := range given {
		if !g.InForce(at) {
			continue
		}
		who, known := standings[g.User]
		if !known {
			seats, err := seatsOf(from, g.User)
			if err != nil {
				return nil, err
			}
			homes, err := homesOf(from, g.User)
			if err != nil {
				return nil, err
			}
			who = access.StandingAt(access.User{ID: g.User, Organisation: homeAt(homes, at)}, seats, nil, at)
			standings[g.User] = who
		}
		if why := g.Rests(who.Organisation, who.Seats); why != "" {
			resting[g.ID] = why
		}
	}
	return resting, nil
}

// seatsOf are all positions that a user was ever to hold.
func seatsOf(from From, user string) ([]access.Seat, error) {
	held, err := holdings.Select(from, "WHERE person = $1 ORDER BY begun_at, id", user)
	if err != nil {
		return nil, err
	}
	seats := make([]access.Seat, 0, len(held))
	for _, h := range held {
		p, ok, err := positions.Get(from, h.Position)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("holding %s: there is no position %s", h.ID, h.Position)
		}
		seats = append(seats, access.Seat{Position: p.ID, Title: p.Title, Organisation: p.Organisation, Region: p.Region, Holding: h.holding()})
	}
	return seats, nil
}

// UserOf gives a user by the id; false where there is none.
func UserOf(from From, id string) (access.User, bool, error) {
	return first(usersWhere(from, "WHERE id = $1", id))
}

// UserByEmail gives the user with an e-mail address who has not left.
func UserByEmail(from From, email string) (access.User, bool, error) {
	return first(usersWhere(from, "WHERE id IN (SELECT person FROM people WHERE email = $1) AND status <> $2", email, access.Left))
}

// GrantOf gives a grant by the id; false where there is none.
func GrantOf(from From, id string) (access.Grant, bool, error) {
	return first(grantsWhere(from, "WHERE id = $1", id))
}

// GrantsOf gives all grants that a user was ever given or asked for, in order of
// time.
func GrantsOf(from From, user string) ([]access.Grant, error) {
	return grantsWhere(from, "WHERE person = $1 ORDER BY id", user)
}

// OrganisationOf gives an organisation by the id; false where there is none.
func OrganisationOf(from From, id string) (registry.Organisation, bool, error) {
	return first(organisationsWhere(from, "WHERE id = $1", id))
}

// PositionOf gives a position with all holdings by the id; false where there is
// none.
func PositionOf(from From, id string) (registry.Position, bool, error) {
	return first(positionsWhere(from, "WHERE id = $1", id))
}

// SigningOf gives what those may sign who stand in at an organisation: its
// setting, or the default.
func SigningOf(from From, organisation string) (registry.Signing, error) {
	row, ok, err := settings.Get(from, organisation, registry.SigningSetting)
	if err != nil || !ok {
		return registry.DefaultSigning(), err
	}
	var s registry.Signing
	return s, json.Unmarshal(row.Value, &s)
}

// LetterheadOf gives the head of an organisation's papers; nil where none was set.
func LetterheadOf(from From, organisation string) (*registry.Letterhead, error) {
	row, ok, err := settings.Get(from, organisation, registry.LetterheadSetting)
	if err != nil || !ok {
		return nil, err
	}
	l := new(registry.Letterhead)
	return l, json.Unmarshal(row.Value, l)
}

// NumberPatternOf gives how an organisation writes the numbers of its papers;
// empty: in any way.
func NumberPatternOf(from From, organisation string) (cooperation.Pattern, error) {
	row, ok, err := settings.Get(from, organisation, registry.NumberPatternSetting)
	if err != nil || !ok {
		return "", err
	}
	var p cooperation.Pattern
	return p, json.Unmarshal(row.Value, &p)
}

func first[T any](all []T, err error) (T, bool, error) {
	if err != nil || len(all) == 0 {
		var none T
		return none, false, err
	}
	return all[0], true, nil
}

// The functions below give the objects whose rows the tail of a SELECT picks;
// what belongs to them is fetched for all at once.

func organisationsWhere(from From, tail string, args ...any) ([]registry.Organisation, error) {
	rows, err := organisations.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	names, err := organisationNames.Select(from, "WHERE organisation IN (SELECT id FROM organisations "+tail+") ORDER BY organisation, from_day", args...)
	if err != nil {
		return nil, err
	}
	of := map[string][]registry.Name{}
	for _, n := range names {
		of[n.Organisation] = append(of[n.Organisation], registry.Name{Full: n.Full, Short: n.Short, From: n.From})
	}
	all := make([]registry.Organisation, len(rows))
	for i, o := range rows {
		all[i] = registry.Organisation{ID: o.ID, Kind: o.Kind, Office: o.Office, Region: o.Region, Period: registry.Period{From: o.From, Until: o.Until}, Names: of[o.ID]}
	}
	return all, nil
}

func positionsWhere(from From, tail string, args ...any) ([]registry.Position, error) {
	rows, err := positions.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	held, err := holdings.Select(from, "WHERE position IN (SELECT id FROM positions "+tail+") ORDER BY begun_at, id", args...)
	if err != nil {
		return nil, err
	}
	of := map[string][]registry.Holding{}
	for _, h := range held {
		of[h.Position] = append(of[h.Position], h.holding())
	}
	all := make([]registry.Position, len(rows))
	for i, p := range rows {
		all[i] = registry.Position{ID: p.ID, Organisation: p.Organisation, Title: p.Title, Period: registry.Period{From: p.From, Until: p.Until}, Holdings: of[p.ID]}
		if all[i].Holdings == nil {
			all[i].Holdings = []registry.Holding{}
		}
	}
	return all, nil
}

func usersWhere(from From, tail string, args ...any) ([]access.User, error) {
	rows, err := users.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	turns, err := userStatuses.Select(from, "WHERE person IN (SELECT id FROM users "+tail+") ORDER BY person, turn", args...)
	if err != nil {
		return nil, err
	}
	of := map[string][]access.Turn{}
	for _, t := range turns {
		of[t.Person] = append(of[t.Person], access.Turn{Status: t.Status, Since: t.Since})
	}
	called, err := calledOf(from, rows)
	if err != nil {
		return nil, err
	}
	all := make([]access.User, len(rows))
	for i, u := range rows {
		all[i] = access.User{ID: u.ID, Name: called[u.ID].Name, Email: called[u.ID].Email, Language: u.Language, Organisation: u.Organisation, Statuses: of[u.ID], SecondFactor: u.SecondFactor,
			Seals: access.Seals{Profile: u.ProfileSeal, Password: u.PasswordSeal, SecondFactor: u.SecondFactorSeal, Invitation: u.InvitationSeal}}
		if err := json.Unmarshal(u.WayIn, &all[i].WayIn); err != nil {
			return nil, err
		}
		if u.InvitedUntil != nil {
			all[i].Invitation = &access.Invitation{Until: *u.InvitedUntil}
			if err := json.Unmarshal(u.InvitedBy, &all[i].Invitation.By); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func grantsWhere(from From, tail string, args ...any) ([]access.Grant, error) {
	rows, err := grants.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	marks, err := grantMarks.Select(from, "WHERE grant_id IN (SELECT id FROM grants "+tail+")", args...)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(rows))
	all := make([]access.Grant, len(rows))
	for i, g := range rows {
		at[g.ID] = i
		all[i] = access.Grant{ID: g.ID, User: g.Person, Role: g.Role, Region: g.Region, Organisation: g.Organisation, Period: registry.Period{From: g.From, Until: g.Until}, Reason: g.Reason}
	}
	for _, m := range marks {
		g := &all[at[m.Grant]]
		mark := access.Mark{User: m.Person, Via: m.Via, Through: m.Through, At: m.At}
		switch m.Step {
		case access.Requested:
			g.Requested = mark
		case stepConfirmed:
			g.Confirmed = &mark
		case access.Refused:
			g.Refused = &mark
		case access.Ended:
			g.Ended = &mark
		}
	}
	return all, nil
}

// placesOf is a SELECT of id, region and organisation for each kind of object
// that has a place; all others lie in the nation and belong to no organisation. An
// agreement and a permit have several: to have a right at one is to have it.
var placesOf = []struct{ kind, query string }{
	{organisationKind, "SELECT id, region, id AS organisation FROM organisations"},
	{settingKind, "SELECT s.organisation || '/' || s.name AS id, o.region, o.id AS organisation FROM settings s JOIN organisations o ON o.id = s.organisation"},
	{positionKind, "SELECT id, region, organisation FROM positions"},
	{userKind, "SELECT id, region, organisation FROM users"},
	{grantKind, "SELECT id, region, organisation FROM grants"},
	{tokenKind, "SELECT t.id, u.region, u.organisation FROM tokens t JOIN users u ON u.id = t.person"},
	{inboxKind, "SELECT id, region, organisation FROM users"},
	{programmeKind, "SELECT id, region, organisation FROM programmes"},
	{datasetKind, "SELECT id, region, organisation FROM datasets"},
	{studyKind, "SELECT id, region, organisation FROM studies"},
	{runKind, "SELECT id, region, organisation FROM runs"},
	{findingKind, "SELECT id, region, organisation FROM findings"},
	{statisticsKind, "SELECT id, region, organisation FROM statistic_batches"},
	{figuresKind, "SELECT id, region, organisation FROM figure_batches"},
	{agreementKind, "SELECT agreement AS id, region, organisation FROM agreement_places"},
	{permitKind, "SELECT permit AS id, region, organisation FROM permit_places"},
}

type placeRow struct {
	Region       string `db:"region"`
	Organisation string `db:"organisation"`
}

// PlaceOf gives the place of an object, which rights to it depend on; of one that
// has several, the first of PlacesOf.
func PlaceOf(from From, o event.Object) (access.Place, error) {
	all, err := PlacesOf(from, o)
	if err != nil || len(all) == 0 {
		return access.Place{}, err
	}
	return all[0], nil
}

// PlacesOf gives the places of an object, in order of their organisations; none
// where there is no such object.
func PlacesOf(from From, o event.Object) ([]access.Place, error) {
	for _, p := range placesOf {
		if p.kind != o.Kind {
			continue
		}
		rows, err := Query[placeRow](from, "SELECT p.region, p.organisation FROM ("+p.query+") p WHERE p.id = $1 ORDER BY p.organisation", o.ID)
		if err != nil {
			return nil, err
		}
		return placesIn(from, rows...)
	}
	return []access.Place{{Region: registry.Nation}}, nil
}

// placeIn is a place with the name of its organisation.
func placeIn(from From, region, organisation string) (access.Place, error) {
	all, err := placesIn(from, placeRow{region, organisation})
	if err != nil {
		return access.Place{}, err
	}
	return all[0], nil
}

// placesIn are places with the names of their organisations, looked up at once.
func placesIn(from From, rows ...placeRow) ([]access.Place, error) {
	all := make([]access.Place, len(rows))
	var ids []string
	for i, row := range rows {
		all[i] = access.Place{Region: row.Region, Organisation: row.Organisation}
		ids = append(ids, row.Organisation)
	}
	if ids = those(ids); len(ids) == 0 {
		return all, nil
	}
	in, args := among(ids)
	names, err := organisationNames.Select(from, "WHERE organisation IN "+in+" ORDER BY organisation, from_day", args...)
	if err != nil {
		return nil, err
	}
	var today registry.Day
	if clock := from.reader().clock; clock != nil {
		today = registry.DayOf(clock())
	}
	of := map[string]string{}
	for _, n := range names { // the name of today, before the first the first
		if of[n.Organisation] == "" || n.From <= today {
			of[n.Organisation] = n.Full
		}
	}
	for i := range all {
		all[i].Name = of[all[i].Organisation]
	}
	return all, nil
}

// placeOfUser is where a user of an organisation is.
func placeOfUser(from From, organisation string) (access.Place, error) {
	if organisation == "" {
		return access.Place{Region: registry.Nation}, nil
	}
	o, ok, err := OrganisationOf(from, organisation)
	if err == nil && !ok {
		err = problem.New("organisation-unknown", "found", organisation)
	}
	if err != nil {
		return access.Place{}, err
	}
	return placeIn(from, o.Region, o.ID)
}
