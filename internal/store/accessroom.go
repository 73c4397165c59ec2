package store

import (
	"encoding/json"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// The kinds of objects of internal/access.
const (
	userKind  = "user"
	grantKind = "grant"
)

type userRow struct {
	ID           string        `db:"id"`
	Language     string        `db:"language"`
	Organisation string        `db:"organisation"` // empty: none
	Region       string        `db:"region"`       // of the organisation; the nation where there is none
	Status       access.Status `db:"status"`       // the last one
	InvitedUntil *time.Time    `db:"invited_until"`
	SecondFactor bool          `db:"second_factor"`

	InvitedBy        json.RawMessage `db:"invited_by"` // list of access.Mark, as the next
	WayIn            json.RawMessage `db:"way_in"`
	ProfileSeal      string          `db:"profile_seal"`
	PasswordSeal     string          `db:"password_seal"`
	SecondFactorSeal string          `db:"second_factor_seal"`
	InvitationSeal   string          `db:"invitation_seal"`
}

type membershipRow struct {
	Person       string    `db:"person"`
	Since        time.Time `db:"since"`
	Organisation string    `db:"organisation"`
}

type userStatusRow struct {
	Person string        `db:"person"`
	Turn   int64         `db:"turn"`
	Status access.Status `db:"status"`
	Since  time.Time     `db:"since"`
}

type grantRow struct {
	ID           string       `db:"id"`
	Person       string       `db:"person"`
	Role         access.Role  `db:"role"`
	Region       string       `db:"region"`
	Organisation string       `db:"organisation"`
	From         registry.Day `db:"from_day"`
	Until        registry.Day `db:"until_day"`
	Reason       string       `db:"reason"`
}

type grantMarkRow struct {
	Grant   string    `db:"grant_id"`
	Step    string    `db:"step"`
	Person  string    `db:"person"`
	Via     event.Via `db:"via"`
	Through string    `db:"through"`
	At      time.Time `db:"at"`
}

var (
	users        = Projected[userRow]("users", "id")
	userStatuses = Projected[userStatusRow]("user_statuses", "person", "turn")
	memberships  = Projected[membershipRow]("memberships", "person", "since")
	grants       = Projected[grantRow]("grants", "id")
	grantMarks   = Projected[grantMarkRow]("grant_marks", "grant_id", "step")
)

// accessRoom keeps users and grants.
type accessRoom struct{}

// Types are the events of internal/access.
func (accessRoom) Types() []event.Type {
	var all []event.Type
	for _, name := range []string{
		"user-invited", "user-joined", "user-changed", "user-suspended", "user-reinstated", "user-left", "user-forgotten", "user-viewed-as",
		"password-set", "second-factor-set", "second-factor-removed",
	} {
		all = append(all, event.Type{Name: name, Object: userKind, Lifts: []event.Lift{unsealedUser, namelessUser}})
	}
	for _, name := range []string{
		"grant-requested", "grant-given", "grant-confirmed", "grant-refused", "grant-ended", "first-administrator-granted",
	} {
		all = append(all, event.Type{Name: name, Object: grantKind})
	}
	return all
}

// unsealedUser brings a user to version 2, which says who has opened the way in and
// what is kept of the credentials; before, neither was known.
func unsealedUser(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
	return lifted(before, after, func(u map[string]any) {
		u["way_in"] = []any{}
		u["seals"] = access.Seals{Password: access.UnknownSeal, SecondFactor: access.UnknownSeal, Invitation: access.UnknownSeal}
		if i, ok := u["invitation"].(map[string]any); ok {
			i["by"] = []any{}
		}
	})
}

// namelessUser brings a user to version 3, which does not say what the person is
// called. Events of before do, for good; whoever had a name then has it in the table
// of people from the migration.
func namelessUser(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
	return lifted(before, after, func(u map[string]any) {
		delete(u, "name")
		delete(u, "email")
		if seals, ok := u["seals"].(map[string]any); ok {
			seals["profile"] = access.UnknownSeal
		}
	})
}

// lifted edits both sides of an event.
func lifted(before, after json.RawMessage, edit func(map[string]any)) (json.RawMessage, json.RawMessage, error) {
	sides := [2]json.RawMessage{before, after}
	for i, side := range sides {
		if side == nil {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal(side, &v); err != nil {
			return nil, nil, err
		}
		edit(v)
		var err error
		if sides[i], err = event.Marshal(v); err != nil {
			return nil, nil, err
		}
	}
	return sides[0], sides[1], nil
}

// Tables are the room's.
func (accessRoom) Tables() []AnyTable {
	return []AnyTable{users, userStatuses, memberships, grants, grantMarks}
}

// Apply writes the object's state as the event leaves it.
func (accessRoom) Apply(tx *Tx, e event.Event) error {
	switch e.Object.Kind {
	case userKind:
		u, err := Read[access.User](e.After)
		if err != nil {
			return err
		}
		if err := putUser(tx, u); err != nil {
			return err
		}
		before := access.User{}
		if e.Before != nil {
			if before, err = Read[access.User](e.Before); err != nil {
				return err
			}
		}
		if e.Before == nil || before.Organisation != u.Organisation {
			return memberships.Put(tx, membershipRow{Person: u.ID, Since: e.At, Organisation: u.Organisation})
		}
		return nil
	case grantKind:
		g, err := Read[access.Grant](e.After)
		if err != nil {
			return err
		}
		return putGrant(tx, g)
	}
	return nil
}

func putUser(tx *Tx, u access.User) error {
	row := userRow{ID: u.ID, Language: u.Language, Organisation: u.Organisation, Region: registry.Nation, SecondFactor: u.SecondFactor,
		ProfileSeal: u.Seals.Profile, PasswordSeal: u.Seals.Password, SecondFactorSeal: u.Seals.SecondFactor, InvitationSeal: u.Seals.Invitation}
	var err error
	if row.WayIn, err = event.Marshal(append([]access.Mark{}, u.WayIn...)); err != nil {
		return err
	}
	var by []access.Mark
	if u.Invitation != nil {
		by = u.Invitation.By
	}
	if row.InvitedBy, err = event.Marshal(append([]access.Mark{}, by...)); err != nil {
		return err
	}
	if u.Organisation != "" {
		of, _, err := organisations.Get(tx, u.Organisation)
		if err != nil {
			return err
		}
		row.Region = of.Region
	}
	if n := len(u.Statuses); n > 0 {
		row.Status = u.Statuses[n-1].Status
	}
	if u.Invitation != nil {
		row.InvitedUntil = &u.Invitation.Until
	}
	if err := users.Put(tx, row); err != nil {
		return err
	}
	for i, t := range u.Statuses {
		if err := userStatuses.Put(tx, userStatusRow{Person: u.ID, Turn: int64(i), Status: t.Status, Since: t.Since}); err != nil {
			return err
		}
	}
	return nil
}

func putGrant(tx *Tx, g access.Grant) error {
	row := grantRow{ID: g.ID, Person: g.User, Role: g.Role, Region: g.Region, Organisation: g.Organisation, From: g.Period.From, Until: g.Period.Until, Reason: g.Reason}
	if err := grants.Put(tx, row); err != nil {
		return err
	}
	for _, m := range []struct {
		step string
		mark *access.Mark
	}{{access.Requested, &g.Requested}, {stepConfirmed, g.Confirmed}, {access.Refused, g.Refused}, {access.Ended, g.Ended}} {
		if m.mark == nil {
			continue
		}
		if err := grantMarks.Put(tx, grantMarkRow{Grant: g.ID, Step: m.step, Person: m.mark.User, Via: m.mark.Via, Through: m.mark.Through, At: m.mark.At}); err != nil {
			return err
		}
	}
	return nil
}

const stepConfirmed = "confirmed"
