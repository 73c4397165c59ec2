package store

import (
	"context"
	"errors"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on users. Each gives the event it led to; errors: *Stale,
// *access.Denial, a problem that says why not.

// AddUser makes a user with an invitation. The token opens it; it is given here
// once and kept as a hash alone.
func (s *Store) AddUser(ctx context.Context, by By, u access.User) (id, token string, e event.Event, err error) {
	token, hash, err := newToken(s.config.Random)
	if err != nil {
		return "", "", e, err
	}
	id, e, err = s.made(ctx, by, userKind, func(a acting, id string) (registry.Change, error) {
		place, err := placeOfUser(a, u.Organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.who.MayCommand(userKind, "add", place, ""); err != nil {
			return registry.Change{}, err
		}
		return a.add(u, id, hash)
	})
	if err != nil {
		return "", "", e, err
	}
	return id, token, e, nil
}

// add makes a user whose invitation has the hash.
func (a acting) add(u access.User, id, hash string) (registry.Change, error) {
	taken, err := a.taken(u.Email)
	if err != nil {
		return registry.Change{}, err
	}
	u.ID = id
	by, err := a.hands()
	if err != nil {
		return registry.Change{}, err
	}
	c, err := access.AddUser(u, taken, by, a.Now())
	if err != nil {
		return c, err
	}
	return a.keepSecrets(c, func(c *Credentials) { c.Invitation = hash })
}

// taken is the user who has an e-mail address already.
func (a acting) taken(email string) (*access.User, error) {
	u, ok, err := UserByEmail(a, strings.ToLower(registry.Clean(email)))
	if err != nil || !ok {
		return nil, err
	}
	return &u, nil
}

// onUser carries out a command on a user who is there.
func (s *Store) onUser(ctx context.Context, by By, id, command string, decide func(acting, access.User) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: userKind, ID: id}, func(a acting) (registry.Change, error) {
		u, err := a.user(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.mayUser(command, u); err != nil {
			return registry.Change{}, err
		}
		return decide(a, u)
	})
}

// InviteUser opens a new invitation and gives its token; the one before counts
// no more. An active user sets a new password with it. Nobody does it for
// themself: whoever finds an open screen could.
func (s *Store) InviteUser(ctx context.Context, by By, id string) (token string, e event.Event, err error) {
	token, hash, err := newToken(s.config.Random)
	if err != nil {
		return "", e, err
	}
	e, err = s.onUser(ctx, by, id, "invite", func(a acting, u access.User) (registry.Change, error) {
		if a.by.Actor.User == id {
			return registry.Change{}, problem.New("user-oneself")
		}
		return a.invite(u, hash)
	})
	if err != nil {
		return "", e, err
	}
	return token, e, nil
}

// invite opens an invitation whose token has the hash.
func (a acting) invite(u access.User, hash string) (registry.Change, error) {
	by, err := a.hands()
	if err != nil {
		return registry.Change{}, err
	}
	c, err := u.Invite(by, a.Now())
	if err != nil {
		return c, err
	}
	return a.keepSecrets(c, func(c *Credentials) { c.Invitation = hash })
}

// mayStillInvite asks once more, of a user's open invitation that is followed,
// whether whoever opened it may: the user may have got wider rights meanwhile, or
// the other have lost theirs. Errors: the problem invitation-lapsed.
func (a acting) mayStillInvite(u access.User) error {
	if len(u.Invitation.By) == 0 {
		return problem.New("invitation-lapsed")
	}
	by := u.Invitation.By[0]
	if by.User == u.ID && u.StatusAt(a.Now()) == access.Invited {
		return nil // the link of the first run
	}
	who, err := standingOf(a, by, a.Now())
	if err != nil {
		return err
	}
	var denial *access.Denial
	if err = mayOfUser(a, who, userKind, "invite", u, a.Now()); errors.As(err, &denial) {
		return problem.New("invitation-lapsed")
	}
	return err
}

// Accept lets whoever has the token of an invitation set the password (argon2id,
// encoded): an invited user joins by it, and is signed out everywhere. The token
// counts once. Errors: a problem where there is no such invitation, it has run
// out, or whoever opened it may no longer do so.
func (s *Store) Accept(ctx context.Context, via event.Via, token, encoded string) (event.Event, error) {
	if err := checkEncoded(encoded); err != nil {
		return event.Event{}, err
	}
	hash := hashToken(token)
	find := func(from From) (string, error) {
		found, err := credentials.Select(from, "WHERE invitation = $1", hash)
		if err == nil && len(found) != 1 {
			err = problem.New("invitation-unknown")
		}
		if err != nil {
			return "", err
		}
		return found[0].Person, nil
	}
	var id string
	err := s.View(ctx, func(r *Reader) (err error) {
		id, err = find(r)
		return err
	})
	if err != nil {
		return event.Event{}, err
	}
	by := By{Actor: event.Actor{User: id, Via: via}, Seen: Whatever}
	return s.change(ctx, by, event.Object{Kind: userKind, ID: id}, func(a acting) (registry.Change, error) {
		if again, err := find(a); err != nil || again != id {
			return registry.Change{}, problem.New("invitation-unknown").Because(err)
		}
		u, err := a.user(id)
		if err != nil {
			return registry.Change{}, err
		}
		c, err := u.Accept(a.Now())
		if err != nil {
			return c, err
		}
		if err := a.mayStillInvite(u); err != nil {
			return c, err
		}
		if err := a.signOut(id, ""); err != nil {
			return c, err
		}
		return a.keepSecrets(c, func(c *Credentials) { c.Password, c.Invitation = encoded, "" })
	})
}

// ChangeUser sets a user's profile. The user may change name and language; the
// rest needs the right to manage users, where they are and where they go.
func (s *Store) ChangeUser(ctx context.Context, by By, id string, p access.Profile) (event.Event, error) {
	return s.onUser(ctx, by, id, "change", func(a acting, u access.User) (registry.Change, error) {
		here, err := placeOfUser(a, u.Organisation)
		if err != nil {
			return registry.Change{}, err
		}
		manage := a.who.May(access.UserManage, here) == nil
		if p.Organisation != u.Organisation && manage {
			there, err := placeOfUser(a, p.Organisation)
			if err != nil {
				return registry.Change{}, err
			}
			if err := a.who.May(access.UserManage, there); err != nil {
				return registry.Change{}, err
			}
		}
		taken, err := a.taken(p.Email)
		if err != nil {
			return registry.Change{}, err
		}
		return u.Change(p, taken, manage)
	})
}

// SetPassword keeps a new password (argon2id, encoded) of the actor; the door
// has seen the old one. It signs the actor out everywhere but in one session
// (its hash; "": there too), and an open invitation counts no more.
func (s *Store) SetPassword(ctx context.Context, by By, encoded, session string) (event.Event, error) {
	if err := checkEncoded(encoded); err != nil {
		return event.Event{}, err
	}
	id := by.Actor.User
	return s.onUser(ctx, by, id, "set-password", func(a acting, u access.User) (registry.Change, error) {
		c, err := u.SetPassword()
		if err != nil {
			return c, err
		}
		if err := a.signOut(id, session); err != nil {
			return c, err
		}
		return a.keepSecrets(c, func(c *Credentials) { c.Password, c.Invitation = encoded, "" })
	})
}

// SetSecondFactor keeps the secret of the actor's second factor; the door has
// seen a code of it. It signs the actor out as SetPassword does.
func (s *Store) SetSecondFactor(ctx context.Context, by By, secret, session string) (event.Event, error) {
	id := by.Actor.User
	return s.onUser(ctx, by, id, "set-second-factor", func(a acting, u access.User) (registry.Change, error) {
		c, err := u.SetSecondFactor()
		if err != nil {
			return c, err
		}
		if err := a.signOut(id, session); err != nil {
			return c, err
		}
		return a.keepSecrets(c, func(c *Credentials) { c.SecondFactor = secret })
	})
}

// RemoveSecondFactor forgets a user's second factor: the user's own wish, or an
// administrator's where the telephone is lost.
func (s *Store) RemoveSecondFactor(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onUser(ctx, by, id, "remove-second-factor", func(a acting, u access.User) (registry.Change, error) {
		by, err := a.hands()
		if err != nil {
			return registry.Change{}, err
		}
		c, err := u.RemoveSecondFactor(by, a.by.Why)
		if err != nil {
			return c, err
		}
		return a.keepSecrets(c, func(c *Credentials) { c.SecondFactor = "" })
	})
}

// SuspendUser keeps a user out for now and signs them out. An open invitation
// counts no more.
func (s *Store) SuspendUser(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onUser(ctx, by, id, "suspend", func(a acting, u access.User) (registry.Change, error) {
		c, err := u.Suspend(a.by.Actor, a.by.Why, a.Now())
		if err != nil {
			return c, err
		}
		if err := a.signOut(id, ""); err != nil {
			return c, err
		}
		return a.keepSecrets(c, func(c *Credentials) { c.Invitation = "" })
	})
}

// ReinstateUser lets a suspended user in again.
func (s *Store) ReinstateUser(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onUser(ctx, by, id, "reinstate", func(a acting, u access.User) (registry.Change, error) {
		return u.Reinstate(a.by.Actor, a.by.Why, a.Now())
	})
}

// LeaveUser keeps a user out for good, signs them out and forgets the
// credentials.
func (s *Store) LeaveUser(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onUser(ctx, by, id, "leave", func(a acting, u access.User) (registry.Change, error) {
		seats, err := seatsOf(a, id)
		if err != nil {
			return registry.Change{}, err
		}
		c, err := u.Leave(seats, a.by.Actor, a.by.Why, a.Now())
		if err != nil {
			return c, err
		}
		if err := a.signOut(id, ""); err != nil {
			return c, err
		}
		return a.keepSecrets(c, nil)
	})
}

// ViewAs records that the actor looks at the pages as another user, and gives
// the standing with which they are then drawn: it reads and never changes.
func (s *Store) ViewAs(ctx context.Context, by By, id string) (access.Standing, event.Event, error) {
	var lent access.Standing
	e, err := s.onUser(ctx, by, id, "view-as", func(a acting, u access.User) (registry.Change, error) {
		c, err := u.Viewed(a.by.Actor, a.by.Why)
		if err != nil {
			return c, err
		}
		lent, err = Who(a, id, a.Now())
		return c, err
	})
	if err != nil {
		return access.Standing{}, e, err
	}
	return lent.ViewedBy(by.Actor.User), e, nil
}
