package store

import (
	"context"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// The commands on grants. Each gives the event it led to; errors: *Stale,
// *access.Denial, a problem that says why not.

// RequestGrant asks for a grant of User, Role, Region, Organisation and Period,
// for the reason in by, and gives its id. Its event tells whether it waits for a
// second person (grant-requested) or is in force (grant-given).
func (s *Store) RequestGrant(ctx context.Context, by By, g access.Grant) (string, event.Event, error) {
	return s.made(ctx, by, grantKind, func(a acting, id string) (registry.Change, error) {
		if err := a.may(grantKind, "request", g.Region, g.Organisation); err != nil {
			return registry.Change{}, err
		}
		var of *registry.Organisation
		if g.Organisation != "" {
			o, err := a.organisation(g.Organisation)
			if err != nil {
				return registry.Change{}, err
			}
			of = &o
		}
		to, others, seats, err := a.grantee(g.User)
		if err != nil {
			return registry.Change{}, err
		}
		// Of somebody whom the actor may not see, what they hold is not told either.
		home, err := placeOfUser(a, to.Organisation)
		if err != nil {
			return registry.Change{}, err
		}
		if to.ID != a.who.User && a.who.May(access.UserRead, home) != nil {
			return registry.Change{}, problem.New("user-unknown", "found", g.User)
		}
		g.ID, g.Reason = id, a.by.Why
		mayConfirm := a.may(grantKind, "confirm", g.Region, g.Organisation) == nil
		return access.RequestGrant(g, to, others, seats, of, a.by.Actor, mayConfirm, a.Now())
	})
}

// grantee is the user of a grant, with the grants and seats that matter to it.
func (a acting) grantee(id string) (access.User, []access.Grant, []access.Seat, error) {
	u, err := a.user(id)
	if err != nil {
		return u, nil, nil, err
	}
	others, err := GrantsOf(a, id)
	if err != nil {
		return u, nil, nil, err
	}
	seats, err := seatsOf(a, id)
	return u, others, seats, err
}

// onGrant carries out a command on a grant that is there.
func (s *Store) onGrant(ctx context.Context, by By, id, command string, decide func(acting, access.Grant) (registry.Change, error)) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: grantKind, ID: id}, func(a acting) (registry.Change, error) {
		g, err := a.grant(id)
		if err != nil {
			return registry.Change{}, err
		}
		if err := a.may(grantKind, command, g.Region, g.Organisation); err != nil {
			return registry.Change{}, err
		}
		return decide(a, g)
	})
}

// ConfirmGrant brings a grant into force that another has asked for.
func (s *Store) ConfirmGrant(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onGrant(ctx, by, id, "confirm", func(a acting, g access.Grant) (registry.Change, error) {
		to, others, seats, err := a.grantee(g.User)
		if err != nil {
			return registry.Change{}, err
		}
		asked, by, err := a.two(g.Requested)
		if err != nil {
			return registry.Change{}, err
		}
		return g.Confirm(to, others, seats, asked, by, a.Now())
	})
}

// RefuseGrant turns down a grant that another has asked for.
func (s *Store) RefuseGrant(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onGrant(ctx, by, id, "refuse", func(a acting, g access.Grant) (registry.Change, error) {
		asked, by, err := a.two(g.Requested)
		if err != nil {
			return registry.Change{}, err
		}
		return g.Refuse(asked, by, a.by.Why, a.Now())
	})
}

// EndGrant takes a grant away from now on.
func (s *Store) EndGrant(ctx context.Context, by By, id string) (event.Event, error) {
	return s.onGrant(ctx, by, id, "end", func(a acting, g access.Grant) (registry.Change, error) {
		return g.End(a.by.Actor, a.by.Why, a.Now())
	})
}

// FirstRun tells whether the record never had an administrator who joined. One who
// was made and has set no password yet has nobody's link: whoever made them may
// have died in between.
func FirstRun(from From) (bool, error) {
	all, err := joinedAdministrators(from)
	return len(all) == 0, err
}

// joinedAdministrators are the grants, ever confirmed, of administrators who have
// ever joined.
func joinedAdministrators(from From) ([]access.Grant, error) {
	return administrators(from, func(u access.User) bool {
		return slices.ContainsFunc(u.Statuses, func(t access.Turn) bool { return t.Status == access.UserActive })
	})
}

// administrators are the grants, ever confirmed, of administrators of a kind.
func administrators(from From, is func(access.User) bool) ([]access.Grant, error) {
	all, err := grantsWhere(from, "WHERE role = $1", access.Administrator)
	if err != nil {
		return nil, err
	}
	var some []access.Grant
	for _, g := range all {
		if g.Confirmed == nil {
			continue
		}
		u, ok, err := UserOf(from, g.User)
		if err != nil {
			return nil, err
		}
		if ok && is(u) {
			some = append(some, g)
		}
	}
	return some, nil
}

// FirstAdministrator makes the first administrator of a record, with nobody's
// right and no second person: the one who has the link of the first run, or the
// machine. It gives the user's id and the token with which they set their
// password. By.Actor without user is that user. Called again after it was
// interrupted it goes on where it stopped: for the same address at once, for another
// once the link of the one who was made has run out. Once an administrator has
// joined, it refuses.
func (s *Store) FirstAdministrator(ctx context.Context, by By, u access.User) (id, token string, err error) {
	token, hash, err := newToken(s.config.Random)
	if err != nil {
		return "", "", err
	}
	err = s.View(ctx, func(r *Reader) error {
		found, ok, err := UserByEmail(r, strings.ToLower(registry.Clean(u.Email)))
		if ok {
			id = found.ID
		}
		return err
	})
	if err != nil {
		return "", "", err
	}
	by.Seen, by.Why = Whatever, registry.Clean(by.Why)
	if err := registry.CheckReason(by.Why); err != nil {
		return "", "", err
	}
	again := id != ""
	if !again {
		if id, err = event.NewID(s.Now(), s.config.Random); err != nil {
			return "", "", err
		}
	}
	if by.Actor.User == "" {
		by.Actor.User = id
	}
	if err := s.firstly(ctx, by, event.Object{Kind: userKind, ID: id}, func(a acting) (registry.Change, error) {
		if !again { // another than the one who was made: not while that one's link is good
			waiting, err := administrators(a, func(u access.User) bool { return u.Invitation != nil && a.Now().Before(u.Invitation.Until) })
			if err == nil && len(waiting) > 0 {
				err = problem.New("first-run-over")
			}
			if err != nil {
				return registry.Change{}, err
			}
			return a.add(u, id, hash)
		}
		found, err := a.user(id)
		if err != nil {
			return registry.Change{}, err
		}
		return a.invite(found, hash)
	}); err != nil {
		return "", "", err
	}
	granted := false
	err = s.View(ctx, func(r *Reader) error {
		given, err := GrantsOf(r, id)
		granted = slices.ContainsFunc(given, func(g access.Grant) bool {
			return g.Role == access.Administrator && g.Region == registry.Nation && g.StateAt(s.Now()) == access.Active
		})
		return err
	})
	if err != nil || granted {
		return id, token, err
	}
	grant, err := event.NewID(s.Now(), s.config.Random)
	if err != nil {
		return "", "", err
	}
	err = s.firstly(ctx, by, event.Object{Kind: grantKind, ID: grant}, func(a acting) (registry.Change, error) {
		to, err := a.user(id)
		if err != nil {
			return registry.Change{}, err
		}
		all, err := joinedAdministrators(a)
		if err != nil {
			return registry.Change{}, err
		}
		return access.FirstAdministrator(grant, to, all, a.by.Actor, a.by.Why, a.Now())
	})
	if err != nil {
		return "", "", err
	}
	return id, token, nil
}

// firstly is a command of the first run, which asks for no right.
func (s *Store) firstly(ctx context.Context, by By, object event.Object, decide func(acting) (registry.Change, error)) error {
	_, err := s.Do(ctx, Command{Actor: by.Actor, Object: object, Seen: by.Seen, Why: by.Why, Decide: func(tx *Tx) (Change, error) {
		open, err := FirstRun(tx)
		if err == nil && !open {
			err = problem.New("first-run-over")
		}
		if err != nil {
			return Change{}, err
		}
		c, err := decide(acting{Tx: tx, by: by})
		return Change(c), err
	}})
	return err
}
