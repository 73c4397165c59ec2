package store

import (
	"context"
	"time"
)

// SignedIn is somebody's session at one browser. It stands outside the log: it
// ends by itself, and no backup holds it (docs/decisions/0022).
type SignedIn struct {
	Hash         string     `db:"hash"` // SHA-256 in hex of the token of the cookie
	User         string     `db:"person"`
	Half         bool       `db:"half"` // the password was right, the second factor is still asked for
	Begun        time.Time  `db:"begun_at"`
	Until        time.Time  `db:"until_at"` // when it is over unless it is prolonged
	Ends         time.Time  `db:"ends_at"`  // when it is over in any case
	Viewing      string     `db:"viewing"`  // id of the user as whom the pages are seen; "": oneself
	ViewingUntil *time.Time `db:"viewing_until"`
}

// sentForm is a form that was sent in a session.
type sentForm struct {
	Session string `db:"session"`
	Nonce   string `db:"nonce"`
}

var (
	sessions  = Outside[SignedIn](Session, "sessions", "hash")
	sentForms = Outside[sentForm](Session, "sent_forms", "session", "nonce")
)

// BeginSession keeps a new session and gives the token that its browser shows,
// here once. It forgets what is over, the sessions that it comes instead of
// (hashes; "" for none), and so many of the person's oldest of the same sort
// (half or whole) that at most these many are left. Hash is filled in here.
func (s *Store) BeginSession(ctx context.Context, b SignedIn, most int, instead ...string) (token string, err error) {
	token, b.Hash, err = newToken(s.config.Random)
	if err != nil {
		return "", err
	}
	return token, s.Aside(ctx, func(tx *Tx) error {
		if _, err := sessions.DeleteWhere(tx, "WHERE until_at <= $1", b.Begun); err != nil {
			return err
		}
		for _, hash := range instead {
			if err := sessions.Delete(tx, hash); err != nil {
				return err
			}
		}
		mine, err := sessions.Select(tx, "WHERE person = $1 AND half = $2 ORDER BY begun_at DESC, hash", b.User, b.Half)
		if err != nil {
			return err
		}
		for _, old := range mine[min(len(mine), max(most-1, 0)):] {
			if err := sessions.Delete(tx, old.Hash); err != nil {
				return err
			}
		}
		if _, err := sentForms.DeleteWhere(tx, "WHERE session NOT IN (SELECT hash FROM sessions)"); err != nil {
			return err
		}
		return sessions.Put(tx, b)
	})
}

// SessionShown gives the session whose token a browser shows, if it is not over
// at an instant; false where there is none such. Whether its user may still come
// in is another question.
func SessionShown(from From, token string, at time.Time) (SignedIn, bool, error) {
	found, ok, err := sessions.Get(from, hashToken(token))
	return found, ok && at.Before(found.Until), err
}

// ProlongSession lets a session go on until an instant; one that has ended stays
// so.
func (s *Store) ProlongSession(ctx context.Context, hash string, until time.Time) error {
	return s.Aside(ctx, func(tx *Tx) error {
		_, err := sessions.Update(tx, "SET until_at = $1 WHERE hash = $2 AND until_at < $1", until, hash)
		return err
	})
}

// SetViewing notes as whom the pages are seen in a session, and until when; ""
// and nil: as oneself.
func (s *Store) SetViewing(ctx context.Context, hash, user string, until *time.Time) error {
	return s.Aside(ctx, func(tx *Tx) error {
		_, err := sessions.Update(tx, "SET viewing = $1, viewing_until = $2 WHERE hash = $3", user, until, hash)
		return err
	})
}

// EndSession signs out one session.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.Aside(ctx, func(tx *Tx) error { return sessions.Delete(tx, hash) })
}

// signOut ends a user's sessions within a command, but one ("": all), so that
// what keeps somebody out and the end of their sessions are one change.
func (a acting) signOut(user, but string) error {
	_, err := sessions.DeleteWhere(a.Tx, "WHERE person = $1 AND hash <> $2", user, but)
	return err
}

// TakeForm notes that a form was sent in a session; false where it was before,
// whichever process took it.
func (s *Store) TakeForm(ctx context.Context, session, nonce string) (first bool, err error) {
	err = s.Aside(ctx, func(tx *Tx) error {
		n, err := sentForms.Insert(tx, sentForm{Session: session, Nonce: nonce}, "ON CONFLICT (session, nonce) DO NOTHING")
		first = n == 1
		return err
	})
	return first && err == nil, err
}
