package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Scope says how much of a user's rights a token carries.
type Scope string

// The scopes.
const (
	ReadScope  Scope = "read"  // looks alone
	WriteScope Scope = "write" // commands too
)

// Scopes lists the scopes, the narrower one first.
var Scopes = []Scope{ReadScope, WriteScope}

// LongestToken is how many days a token counts at most, the first included.
const LongestToken = 366

// Token lets a program act as a user through the API, with the rights that the
// user has at each request and no more. One that another has made rests while that
// other could not make it: a token never carries more than its maker could give.
// What the bearer shows is kept as a hash,
// outside the log.
type Token struct {
	ID    string       `json:"id"`
	User  string       `json:"user"`
	Scope Scope        `json:"scope"`
	Until registry.Day `json:"until"` // the last day
	Made  access.Mark  `json:"made"`
	Ended *access.Mark `json:"ended"` // nil: nobody has ended it
	Seal  string       `json:"seal"`  // SHA-256 in hex of the hash that is kept; access.UnknownSeal: older than seals
}

// StateAt is "active", "expired" or "ended" at an instant.
func (t Token) StateAt(at time.Time) string {
	switch {
	case t.Ended != nil && !at.Before(t.Ended.At):
		return access.Ended
	case registry.DayOf(at) > t.Until:
		return access.Expired
	}
	return access.Active
}

// tokenPrefix tells people and scanners of leaked secrets what they have found.
const tokenPrefix = "dampak_"

// The events of tokens.
const (
	tokenKind  = "token"
	tokenMade  = "token-made"
	tokenEnded = "token-ended"
)

type tokenRow struct {
	ID           string       `db:"id"`
	Person       string       `db:"person"`
	Scope        Scope        `db:"scope"`
	Until        registry.Day `db:"until_day"`
	MadeBy       string       `db:"made_by"`
	MadeVia      event.Via    `db:"made_via"`
	MadeThrough  string       `db:"made_through"`
	MadeAt       time.Time    `db:"made_at"`
	EndedBy      *string      `db:"ended_by"` // nil: not ended, as the next three
	EndedVia     *event.Via   `db:"ended_via"`
	EndedThrough *string      `db:"ended_through"`
	EndedAt      *time.Time   `db:"ended_at"`
	Seal         string       `db:"seal"`
}

func (w tokenRow) token() Token {
	t := Token{ID: w.ID, User: w.Person, Scope: w.Scope, Until: w.Until, Made: access.Mark{User: w.MadeBy, Via: w.MadeVia, Through: w.MadeThrough, At: w.MadeAt}, Seal: w.Seal}
	if w.EndedAt != nil {
		t.Ended = &access.Mark{User: *w.EndedBy, Via: *w.EndedVia, Through: *w.EndedThrough, At: *w.EndedAt}
	}
	return t
}

type tokenSecretRow struct {
	ID   string `db:"id"`
	Hash string `db:"hash"` // SHA-256 in hex
}

var (
	tokens       = Projected[tokenRow]("tokens", "id")
	tokenSecrets = Outside[tokenSecretRow](Secret, "token_secrets", "id")
)

// tokenRoom keeps the tokens.
type tokenRoom struct{}

// Types are the events of tokens.
func (tokenRoom) Types() []event.Type {
	lifts := []event.Lift{func(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
		return lifted(before, after, func(t map[string]any) { t["seal"] = access.UnknownSeal }) // version 2 seals the secret
	}}
	return []event.Type{{Name: tokenMade, Object: tokenKind, Lifts: lifts}, {Name: tokenEnded, Object: tokenKind, Lifts: lifts}}
}

// Tables are the room's.
func (tokenRoom) Tables() []AnyTable { return []AnyTable{tokens} }

// Apply writes the token as the event leaves it.
func (tokenRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != tokenKind {
		return nil
	}
	t, err := Read[Token](e.After)
	if err != nil {
		return err
	}
	row := tokenRow{ID: t.ID, Person: t.User, Scope: t.Scope, Until: t.Until, MadeBy: t.Made.User, MadeVia: t.Made.Via, MadeThrough: t.Made.Through, MadeAt: t.Made.At, Seal: t.Seal}
	if m := t.Ended; m != nil {
		row.EndedBy, row.EndedVia, row.EndedThrough, row.EndedAt = &m.User, &m.Via, &m.Through, &m.At
	}
	return tokens.Put(tx, row)
}

// mark takes the mark of who acts.
func (a acting) mark() access.Mark {
	return access.Mark{User: a.by.Actor.User, Via: a.by.Actor.Via, Through: a.by.Actor.Through, At: a.Now()}
}

// mayToken settles a command on a token. Who has a user's token has the user's
// rights, so it asks for what it takes to change the user: one's own, or the
// right to manage users within whose reach the user's grants lie.
func (a acting) mayToken(command, user string) (access.User, error) {
	u, err := a.user(user)
	if err != nil {
		return u, err
	}
	return u, a.mayOfUser(tokenKind, command, u)
}

// MakeToken makes a token for an active user and gives its id and what the
// bearer shows, here once. By.Why says what it is for.
func (s *Store) MakeToken(ctx context.Context, by By, user string, scope Scope, until registry.Day) (id, secret string, e event.Event, err error) {
	secret, _, err = newToken(s.config.Random)
	if err != nil {
		return "", "", e, err
	}
	secret = tokenPrefix + secret
	id, e, err = s.made(ctx, by, tokenKind, func(a acting, id string) (registry.Change, error) {
		u, err := a.mayToken("make", user)
		if err != nil {
			return registry.Change{}, err
		}
		t := Token{ID: id, User: user, Scope: scope, Until: until, Made: a.mark()}
		if err := t.check(u, a.by.Why); err != nil {
			return registry.Change{}, err
		}
		hash := hashToken(secret)
		t.Seal = sealOf(hash)
		return registry.Change{Type: tokenMade, After: t}, tokenSecrets.Put(a.Tx, tokenSecretRow{ID: id, Hash: hash})
	})
	if err != nil {
		return "", "", e, err
	}
	return id, secret, e, nil
}

// check says what is wrong with a token to be made.
func (t Token) check(u access.User, why string) error {
	if status := u.StatusAt(t.Made.At); status != access.UserActive {
		return problem.New("state-user-" + string(status))
	}
	if err := registry.CheckReason(why); err != nil {
		return err
	}
	if !slices.Contains(Scopes, t.Scope) {
		return problem.New("token-scope", "found", string(t.Scope), "expected", Scopes, "field", "scope")
	}
	if _, err := registry.ParseDay(string(t.Until)); err != nil {
		return err
	}
	today := registry.DayOf(t.Made.At)
	if last := today.Add(LongestToken - 1); t.Until < today || t.Until > last {
		return problem.New("token-until", "found", string(t.Until), "today", string(today), "last", string(last), "field", "until")
	}
	return nil
}

// EndToken ends a token: it counts no more, and what its bearer shows is
// forgotten.
func (s *Store) EndToken(ctx context.Context, by By, id string) (event.Event, error) {
	return s.change(ctx, by, event.Object{Kind: tokenKind, ID: id}, func(a acting) (registry.Change, error) {
		before, err := need("token-unknown", id, func() (Token, bool, error) { return TokenOf(a, id) })
		if err != nil {
			return registry.Change{}, err
		}
		if _, err := a.mayToken("end", before.User); err != nil {
			return registry.Change{}, err
		}
		if before.Ended != nil {
			return registry.Change{}, problem.New("state-token-ended")
		}
		after, mark := before, a.mark()
		after.Ended = &mark
		return registry.Change{Type: tokenEnded, Before: before, After: after}, tokenSecrets.Delete(a.Tx, id)
	})
}

// TokenOf gives a token by the id; false where there is none.
func TokenOf(from From, id string) (Token, bool, error) {
	row, ok, err := tokens.Get(from, id)
	return row.token(), ok, err
}

// TokenShown gives the token that a bearer shows, if it counts at an instant;
// false where there is none such. Whether its user may still come in is another
// question.
func TokenShown(from From, secret string, at time.Time) (Token, bool, error) {
	found, err := tokenSecrets.Select(from, "WHERE hash = $1", hashToken(secret))
	if err != nil || len(found) != 1 {
		return Token{}, false, err
	}
	t, ok, err := TokenOf(from, found[0].ID)
	if err != nil || !ok || t.StateAt(at) != access.Active {
		return t, false, err
	}
	err = couldMake(from, t, at)
	if problem.Of(err) != nil {
		return t, false, nil //nolint:nilerr // it rests
	}
	return t, err == nil, err
}

// couldMake asks at each use whether whoever made a token for another still could,
// for the user may have got wider rights since. Errors: the problem token-rests.
func couldMake(from From, t Token, at time.Time) error {
	if t.Made.User == t.User {
		return nil
	}
	who, err := standingOf(from, t.Made, at)
	if err != nil {
		return err
	}
	u, ok, err := UserOf(from, t.User)
	if err != nil {
		return err
	}
	var denial *access.Denial
	if err := mayOfUser(from, who, tokenKind, "make", u, at); !ok || errors.As(err, &denial) {
		return problem.New("token-rests")
	} else if err != nil {
		return err
	}
	return nil
}

// Tokens are those of the users that a standing may see, and the user's own, in
// order of time.
func Tokens(from From, s access.Standing) ([]Token, error) {
	where, args := s.Where(access.UserRead, access.Columns{Region: "region", Organisation: "organisation"}, 2)
	rows, err := tokens.Select(from, "WHERE person = $1 OR person IN (SELECT id FROM users WHERE "+where+") ORDER BY id", append([]any{s.User}, args...)...)
	if err != nil {
		return nil, err
	}
	all := make([]Token, len(rows))
	for i, row := range rows {
		all[i] = row.token()
	}
	return all, nil
}

// counts refuses an actor whose token was ended, has run out or may only look,
// whatever the door has seen before.
func (tx *Tx) counts(a event.Actor) error {
	if a.Via != event.API || a.Through == "" {
		return nil
	}
	t, ok, err := TokenOf(tx, a.Through)
	switch {
	case err != nil:
		return err
	case !ok || t.User != a.User || t.StateAt(tx.Now()) != access.Active:
		return problem.New("token-over")
	case t.Scope != WriteScope:
		return problem.New("token-read-only")
	}
	return couldMake(tx, t, tx.Now())
}
