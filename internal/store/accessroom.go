package store

import (
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
	Name         string        `db:"name"`
	Email        string        `db:"email"`
	Language     string        `db:"language"`
	Organisation string        `db:"organisation"` // empty: none
	Region       string        `db:"region"`       // of the organisation; the nation where there is none
	Status       access.Status `db:"status"`       // the last one
	InvitedUntil *time.Time    `db:"invited_until"`
	SecondFactor bool          `db:"second_factor"`
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
	grants       = Projected[grantRow]("grants", "id")
	grantMarks   = Projected[grantMarkRow]("grant_marks", "grant_id", "step")
)

// accessRoom keeps users and grants.
type accessRoom struct{}

// Types are the events of internal/access.
func (accessRoom) Types() []event.Type {
	var all []event.Type
	for _, name := range []string{
		"user-invited", "user-joined", "user-changed", "user-suspended", "user-reinstated", "user-left", "user-viewed-as",
		"password-set", "second-factor-set", "second-factor-removed",
	} {
		all = append(all, event.Type{Name: name, Object: userKind})
	}
	for _, name := range []string{
		"grant-requested", "grant-given", "grant-confirmed", "grant-refused", "grant-ended", "first-administrator-granted",
	} {
		all = append(all, event.Type{Name: name, Object: grantKind})
	}
	return all
}

// Tables are the room's.
func (accessRoom) Tables() []AnyTable { return []AnyTable{users, userStatuses, grants, grantMarks} }

// Apply writes the object's state as the event leaves it.
func (accessRoom) Apply(tx *Tx, e event.Event) error {
	switch e.Object.Kind {
	case userKind:
		u, err := Read[access.User](e.After)
		if err != nil {
			return err
		}
		return putUser(tx, u)
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
	row := userRow{ID: u.ID, Name: u.Name, Email: u.Email, Language: u.Language, Organisation: u.Organisation, Region: registry.Nation, SecondFactor: u.SecondFactor}
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
