package api

import (
	"context"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// User is a person who may sign in, as the API shows them.
type User struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Email        string     `json:"email"`
	Language     string     `json:"language" enum:"id,en"`
	Organisation string     `json:"organisation"`
	State        string     `json:"state" enum:"invited,active,suspended,left"`
	Since        time.Time  `json:"since"`
	InvitedUntil *time.Time `json:"invited_until"`
	SecondFactor bool       `json:"second_factor"`
	Revision     int64      `json:"revision"`
	Commands     []string   `json:"commands"`
}

func (c caller) user(u access.User, place access.Place, revision int64) User {
	state := string(u.StatusAt(c.At))
	out := User{ID: u.ID, Name: u.Name, Email: u.Email, Language: u.Language, Organisation: u.Organisation, State: state, SecondFactor: u.SecondFactor,
		Revision: revision, Commands: c.commandsOf(userKind, state, place, u.ID)}
	if !u.SecondFactor { // there is none to take away
		out.Commands = slices.DeleteFunc(out.Commands, func(command string) bool { return command == "remove-second-factor" })
	}
	if u.Name == "" {
		out.Commands = slices.DeleteFunc(out.Commands, func(command string) bool { return command == "forget" })
	}
	for _, t := range u.Statuses {
		if !c.At.Before(t.Since) {
			out.Since = t.Since
		}
	}
	if u.Invitation != nil {
		out.InvitedUntil = &u.Invitation.Until
	}
	return out
}

// places looks up where users are, once an organisation.
func (c caller) places(r *store.Reader, all []access.User) (func(access.User, int64) User, error) {
	places := map[string]access.Place{}
	for _, u := range all {
		if _, known := places[u.Organisation]; known {
			continue
		}
		place, err := store.PlaceOf(r, event.Object{Kind: userKind, ID: u.ID})
		if err != nil {
			return nil, err
		}
		places[u.Organisation] = place
	}
	return func(u access.User, revision int64) User { return c.user(u, places[u.Organisation], revision) }, nil
}

// UserFilter picks users.
type UserFilter struct {
	Paging
	Organisation string `query:"organisation" maxLength:"200"`
	State        string `query:"state" enum:"invited,active,suspended,left"`
}

// Profile is what may be set of a user.
type Profile struct {
	Name         string `json:"name" maxLength:"1000"`
	Email        string `json:"email" maxLength:"1000"`
	Language     string `json:"language" enum:"id,en"`
	Organisation string `json:"organisation,omitempty" maxLength:"200"`
}

// AddUser makes a user with an invitation.
type AddUser struct {
	Profile
	Given
}

// ChangeUser sets a user's profile.
type ChangeUser struct {
	Profile
	OnObject
}

// Invited is the answer of a command that opens an invitation. The token is
// shown once.
type Invited struct {
	Done
	Invitation   string    `json:"invitation"`
	InvitedUntil time.Time `json:"invited_until"`
}

func invited(e event.Event, token string) Invited {
	return Invited{Done: done(e), Invitation: token, InvitedUntil: e.At.Add(access.InvitationLasts)}
}

// notOneself keeps a token, or an open screen, from changing how its own user signs
// in: who has found it must not be able to lock the owner out or come in for good.
// The profile asks for the password.
func notOneself(by store.By, id string) error {
	switch {
	case by.Actor.User != id:
		return nil
	case by.Actor.Through != "":
		return problem.New("api-token-oneself")
	}
	return problem.New("denied-own-way")
}

func (d *door) users() {
	const noun = "users"
	all := shelf[UserFilter, access.User, User]{
		noun: noun, kind: userKind, right: access.UserRead, self: true, pieces: whole[UserFilter](store.Users), one: plain(store.UserOf),
		id: func(u access.User) string { return u.ID },
		keep: func(c caller, f UserFilter, u access.User) bool {
			return (f.Organisation == "" || f.Organisation == u.Organisation) && (f.State == "" || f.State == string(u.StatusAt(c.At)))
		},
		show: caller.places,
	}
	all.list(d)
	all.read(d, nil)
	example := OnObject{Seen{12}, Given{Why: "penugasan baru"}}
	profile := Profile{Name: "Rini Sari", Email: "rini@contoh.go.id", Language: "id"}
	creating(d, commanding(noun, userKind, "add", true), AddUser{profile, example.Given},
		func(ctx context.Context, by store.By, b AddUser) (string, Invited, error) {
			id, token, e, err := d.record.AddUser(ctx, by, access.User{Name: b.Name, Email: b.Email, Language: b.Language, Organisation: b.Organisation})
			return id, invited(e, token), err
		})
	answering(d, commanding(noun, userKind, "invite", false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (Invited, error) {
		if err := notOneself(by, id); err != nil {
			return Invited{}, err
		}
		token, e, err := d.record.InviteUser(ctx, by, id)
		return invited(e, token), err
	})
	act(d, commanding(noun, userKind, "change", false), ChangeUser{profile, example}, func(ctx context.Context, by store.By, id string, b ChangeUser) (event.Event, error) {
		return d.record.ChangeUser(ctx, by, id, access.Profile(b.Profile))
	})
	for command, do := range map[string]func(context.Context, store.By, string) (event.Event, error){
		"suspend": d.record.SuspendUser, "reinstate": d.record.ReinstateUser, "leave": d.record.LeaveUser, "forget": d.record.ForgetUser, "remove-second-factor": d.record.RemoveSecondFactor,
	} {
		act(d, commanding(noun, userKind, command, false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			if command == "remove-second-factor" {
				if err := notOneself(by, id); err != nil {
					return event.Event{}, err
				}
			}
			return do(ctx, by, id)
		})
	}
}
