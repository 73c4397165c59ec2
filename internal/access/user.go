package access

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Status is where a user stands.
type Status string

// The states of a user.
const (
	Unknown    Status = ""          // no such user, or not yet
	Invited    Status = "invited"   // has not joined yet
	UserActive Status = "active"    // may sign in
	Suspended  Status = "suspended" // may not, for now
	Left       Status = "left"      // may not, for good
)

// User is a person. There are no identity numbers here, and no secrets. What the
// person is called and how they are reached stands in no event: the store keeps it
// outside the log, where it can be taken away (Forget).
type User struct {
	ID           string      `json:"id"`
	Name         string      `json:"-"`            // empty: forgotten
	Email        string      `json:"-"`            // lower case; of one user who has not left
	Language     string      `json:"language"`     // "id" or "en"
	Organisation string      `json:"organisation"` // id; empty: of none, seen from the whole country
	Statuses     []Turn      `json:"statuses"`     // in order of time; the first is Invited
	Invitation   *Invitation `json:"invitation"`   // the last one; nil: none is open
	SecondFactor bool        `json:"second_factor"`
	WayIn        []Mark      `json:"way_in"` // who else could come in as this user (Hands); empty: nobody
	Seals        Seals       `json:"seals"`
}

// Seals bind what is kept outside the log of a user to the events that put it there:
// the SHA-256 in hex of each, which tells nothing of it. Empty: there is none. The
// store fills them in.
type Seals struct {
	Profile      string `json:"profile"` // of name and e-mail address with a salt, which goes with them
	Password     string `json:"password"`
	SecondFactor string `json:"second_factor"`
	Invitation   string `json:"invitation"`
}

// UnknownSeal stands for what was kept before there were seals.
const UnknownSeal = "unknown"

// Turn is a change of status.
type Turn struct {
	Status Status    `json:"status"`
	Since  time.Time `json:"since"`
}

// Invitation is an open invitation, or a way to set a new password. Its token is
// shown once; its hash is kept outside the log.
type Invitation struct {
	Until time.Time `json:"until"` // the first instant at which it no longer counts
	// By are the hands that opened it, which have seen its link, first of all who
	// did; empty: it is from before that was kept.
	By []Mark `json:"by"`
}

// InvitationLasts is how long an invitation is open.
const InvitationLasts = 7 * 24 * time.Hour

// UserLife is the life of a user.
var UserLife = registry.Life{
	Object: "user", States: []string{string(Invited), string(UserActive), string(Suspended), string(Left)},
	Steps: []registry.Step{
		{Command: "add", From: []string{registry.None}},
		{Command: "invite", From: []string{string(Invited), string(UserActive)}},
		{Command: "accept", From: []string{string(Invited), string(UserActive)}},
		{Command: "change", From: []string{string(Invited), string(UserActive), string(Suspended)}},
		{Command: "set-password", From: []string{string(UserActive)}},
		{Command: "set-second-factor", From: []string{string(UserActive)}},
		{Command: "remove-second-factor", From: []string{string(UserActive), string(Suspended)}},
		{Command: "suspend", From: []string{string(Invited), string(UserActive)}},
		{Command: "reinstate", From: []string{string(Suspended)}},
		{Command: "leave", From: []string{string(Invited), string(UserActive), string(Suspended)}},
		{Command: "forget", From: []string{string(Left)}},
		{Command: "view-as", From: []string{string(UserActive)}},
	},
}

// StatusAt gives the status at an instant; Unknown before the first.
func (u User) StatusAt(at time.Time) Status {
	s := Unknown
	for _, t := range u.Statuses {
		if !at.Before(t.Since) {
			s = t.Status
		}
	}
	return s
}

// status is the last status.
func (u User) status() Status {
	if len(u.Statuses) == 0 {
		return Unknown
	}
	return u.Statuses[len(u.Statuses)-1].Status
}

// turned gives the user in another status.
func (u User) turned(to Status, at time.Time) User {
	u.Statuses = append(slices.Clone(u.Statuses), Turn{to, at})
	return u
}

// AddUser makes a user and an invitation: u has ID, Name, Email, Language and
// Organisation. Taken is another user with the e-mail address, if there is one
// who has not left; by are the hands that do it. Event: user-invited.
func AddUser(u User, taken *User, by []Mark, at time.Time) (registry.Change, error) {
	u, err := u.profile(taken)
	if err != nil {
		return registry.Change{}, err
	}
	u.Statuses, u.SecondFactor, u.WayIn, u.Seals = nil, false, []Mark{}, Seals{}
	u = u.turned(Invited, at)
	u.Invitation = &Invitation{at.Add(InvitationLasts), by}
	return registry.Change{Type: "user-invited", After: u}, nil
}

// profile cleans and checks what a person is called and how they are reached.
func (u User) profile(taken *User) (User, error) {
	u.Name, u.Email = registry.Clean(u.Name), strings.ToLower(registry.Clean(u.Email))
	if err := registry.CheckText("name", u.Name, registry.LongestName, false); err != nil {
		return u, err
	}
	if err := registry.CheckText("email", u.Email, longestEmail, false); err != nil {
		return u, err
	}
	if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email || a.Name != "" {
		return u, problem.New("user-email", "found", u.Email, "field", "email")
	}
	if taken != nil && taken.ID != u.ID {
		return u, problem.New("user-email-taken", "email", u.Email, "field", "email")
	}
	if u.Language != "id" && u.Language != "en" {
		return u, problem.New("user-language", "found", u.Language, "field", "language")
	}
	return u, nil
}

const longestEmail = 254 // of RFC 5321

// Invite opens a new invitation: for an invited user whose last one ran out, or
// for an active one to set a new password; by are the hands that do it. Event:
// user-invited.
func (u User) Invite(by []Mark, at time.Time) (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "invite"); err != nil {
		return registry.Change{}, err
	}
	after := u
	after.Invitation = &Invitation{at.Add(InvitationLasts), by}
	return registry.Change{Type: "user-invited", Before: u, After: after}, nil
}

// Accept follows an invitation whose token the door has found to be right: an
// invited user joins, an active one has a new password. Events: user-joined,
// password-set.
func (u User) Accept(at time.Time) (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "accept"); err != nil {
		return registry.Change{}, err
	}
	if u.Invitation == nil {
		return registry.Change{}, problem.New("invitation-unknown")
	}
	if !at.Before(u.Invitation.Until) {
		return registry.Change{}, problem.New("invitation-expired", "until", string(registry.DayOf(u.Invitation.Until)))
	}
	after, kind := u, "password-set"
	if u.status() == Invited {
		after, kind = u.turned(UserActive, at), "user-joined"
	} else {
		after.WayIn = others(u.ID, u.Invitation.By)
	}
	after.Invitation = nil
	return registry.Change{Type: kind, Before: u, After: after}, nil
}

// Profile is what may be changed of a user.
type Profile struct{ Name, Email, Language, Organisation string }

// Change sets a user's profile. Taken is as for AddUser; manage says that the
// actor manages users, without which address and organisation stay. Event:
// user-changed.
func (u User) Change(p Profile, taken *User, manage bool) (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "change"); err != nil {
		return registry.Change{}, err
	}
	after := u
	after.Name, after.Email, after.Language, after.Organisation = p.Name, p.Email, p.Language, p.Organisation
	after, err := after.profile(taken)
	if err != nil {
		return registry.Change{}, err
	}
	if !manage && (after.Email != u.Email || after.Organisation != u.Organisation) {
		return registry.Change{}, problem.New("user-profile")
	}
	return registry.Change{Type: "user-changed", Before: u, After: after}, nil
}

// SetPassword records that the user has a new password; an open invitation counts
// no more. Event: password-set.
func (u User) SetPassword() (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "set-password"); err != nil {
		return registry.Change{}, err
	}
	after := u
	after.Invitation = nil
	return registry.Change{Type: "password-set", Before: u, After: after}, nil
}

// SetSecondFactor records that the user has a second factor, maybe another than
// before. Event: second-factor-set.
func (u User) SetSecondFactor() (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "set-second-factor"); err != nil {
		return registry.Change{}, err
	}
	after := u
	after.SecondFactor = true
	return registry.Change{Type: "second-factor-set", Before: u, After: after}, nil
}

// RemoveSecondFactor records that the user has none any more; by are the hands
// that do it, why is needed. Event: second-factor-removed.
func (u User) RemoveSecondFactor(by []Mark, why string) (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "remove-second-factor"); err != nil {
		return registry.Change{}, err
	}
	if !u.SecondFactor {
		return registry.Change{}, problem.New("user-no-second-factor", "who", u.Name)
	}
	if err := registry.CheckReason(registry.Clean(why)); err != nil {
		return registry.Change{}, err
	}
	after := u
	after.SecondFactor = false
	if by[0].User != u.ID {
		after.WayIn = append(slices.Clone(u.WayIn), others(u.ID, by)...)
	}
	return registry.Change{Type: "second-factor-removed", Before: u, After: after}, nil
}

// Suspend keeps a user out for now; why is needed. Event: user-suspended.
func (u User) Suspend(by event.Actor, why string, at time.Time) (registry.Change, error) {
	if err := u.away("suspend", by, why); err != nil {
		return registry.Change{}, err
	}
	after := u.turned(Suspended, at)
	after.Invitation = nil
	return registry.Change{Type: "user-suspended", Before: u, After: after}, nil
}

// Reinstate lets a suspended user in again; why is needed. Event:
// user-reinstated.
func (u User) Reinstate(by event.Actor, why string, at time.Time) (registry.Change, error) {
	if err := u.away("reinstate", by, why); err != nil {
		return registry.Change{}, err
	}
	to := Invited
	for _, t := range u.Statuses {
		if t.Status == UserActive {
			to = UserActive
		}
	}
	return registry.Change{Type: "user-reinstated", Before: u, After: u.turned(to, at)}, nil
}

// Leave keeps a user out for good; why is needed. Positions are handed on first:
// seats are those still held. Event: user-left.
func (u User) Leave(seats []Seat, by event.Actor, why string, at time.Time) (registry.Change, error) {
	if err := u.away("leave", by, why); err != nil {
		return registry.Change{}, err
	}
	for _, s := range seats {
		if d := s.Holding.Days(); d.Until == "" || d.Until >= registry.DayOf(at) {
			return registry.Change{}, problem.New("user-holds", "who", u.Name, "title", s.Title)
		}
	}
	after := u.turned(Left, at)
	after.Invitation = nil
	return registry.Change{Type: "user-left", Before: u, After: after}, nil
}

// Forget takes away what a user who has left is called and how they were reached;
// why is needed. What they did stays, under their id. Event: user-forgotten.
func (u User) Forget(by event.Actor, why string) (registry.Change, error) {
	if err := u.away("forget", by, why); err != nil {
		return registry.Change{}, err
	}
	if u.Name == "" {
		return registry.Change{}, problem.New("user-forgotten")
	}
	after := u
	after.Name, after.Email = "", ""
	return registry.Change{Type: "user-forgotten", Before: u, After: after}, nil
}

// away checks what suspending, reinstating, leaving and forgetting have in common.
func (u User) away(command string, by event.Actor, why string) error {
	if err := UserLife.Check(string(u.status()), command); err != nil {
		return err
	}
	if by.User == u.ID {
		return problem.New("user-oneself")
	}
	return registry.CheckReason(registry.Clean(why))
}

// Viewed records that somebody looks at the pages as this user; why is needed.
// Event: user-viewed-as.
func (u User) Viewed(by event.Actor, why string) (registry.Change, error) {
	if err := UserLife.Check(string(u.status()), "view-as"); err != nil {
		return registry.Change{}, err
	}
	if by.User == u.ID {
		return registry.Change{}, problem.New("user-oneself")
	}
	if err := registry.CheckReason(registry.Clean(why)); err != nil {
		return registry.Change{}, err
	}
	return registry.Change{Type: "user-viewed-as", Before: u, After: u}, nil
}
