package web

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/store"
)

// Who is signed in is kept in the store, outside the log: a restart signs nobody
// out, and processes on one record share it. Each request reads it through the
// readers, so that an end counts at once everywhere; it is written when it
// begins and ends, and once in a while as its person looks on
// (docs/decisions/0022).
const (
	sessionIdle     = time.Hour
	sessionLasts    = 12 * time.Hour
	halfLasts       = 5 * time.Minute // between password and second factor
	viewLasts       = 30 * time.Minute
	sessionsAPerson = 20
	seenEvery       = time.Minute
	seenWaits       = 200 * time.Millisecond // for those who write, at most
)

// session is that of one request.
type session struct {
	store.SignedIn
	key []byte // signs what only pages of this session can have shown; not kept
}

type sessions struct {
	store *store.Store
	now   func() time.Time
}

// begin signs somebody in, instead of who was before at the same browser (nil:
// nobody), and gives the token of the cookie.
func (s *sessions) begin(ctx context.Context, user string, half bool, before ...*session) (string, error) {
	now := s.now()
	b := store.SignedIn{User: user, Half: half, Begun: now, Until: now.Add(sessionIdle), Ends: now.Add(sessionLasts)}
	if half {
		b.Until, b.Ends = now.Add(halfLasts), now.Add(halfLasts)
	}
	var instead []string
	for _, old := range before {
		if old != nil {
			instead = append(instead, old.Hash)
		}
	}
	return s.store.BeginSession(ctx, b, sessionsAPerson, instead...)
}

// find gives the session of a token, nil where there is none any more.
func (s *sessions) find(ctx context.Context, token string) (*session, error) {
	now := s.now()
	var found store.SignedIn
	var ok bool
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		found, ok, err = store.SessionShown(r, token, now)
		return err
	})
	if err != nil || !ok {
		return nil, err
	}
	if found.ViewingUntil != nil && !now.Before(*found.ViewingUntil) {
		found.Viewing = ""
	}
	until := now.Add(sessionIdle)
	if found.Ends.Before(until) {
		until = found.Ends
	}
	if until.Sub(found.Until) >= seenEvery {
		// A page does not fail, nor wait for long, where this cannot be written: the
		// next one tries again.
		short, done := context.WithTimeout(ctx, seenWaits)
		_ = s.store.ProlongSession(short, found.Hash, until)
		done()
	}
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "dampak: what a session signs", sha256.Size)
	return &session{SignedIn: found, key: key}, err
}

// end signs out one session.
func (s *sessions) end(ctx context.Context, gone *session) error {
	return s.store.EndSession(ctx, gone.Hash)
}

// view notes as whom the pages are seen in a session; "": as oneself.
func (s *sessions) view(ctx context.Context, in *session, user string) error {
	var until *time.Time
	if user != "" {
		at := s.now().Add(viewLasts)
		until = &at
	}
	in.Viewing = user
	return s.store.SetViewing(ctx, in.Hash, user, until)
}

// formToken makes the token of one form at one address: nobody else can make it,
// and it counts once.
func (s *session) formToken(path string) string {
	nonce := rand.Text()
	return nonce + "." + s.sign(nonce, path)
}

// sign signs something for a use: the address of a form (which begins with a
// stroke), or a word.
func (s *session) sign(what, use string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(what + "\n" + use))
	return hex.EncodeToString(mac.Sum(nil))
}

// signed gives what was signed for a use; "" where it was not, or by another
// session.
func (s *session) signed(token, use string) string {
	what, signature, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(signature), []byte(s.sign(what, use))) {
		return ""
	}
	return what
}

// takeToken uses a form's token up; false where it is forged, of another form
// or session, or was used before.
func (s *sessions) takeToken(ctx context.Context, of *session, token, path string) (bool, error) {
	nonce := of.signed(token, path)
	if nonce == "" {
		return false, nil
	}
	return s.store.TakeForm(ctx, of.Hash, nonce)
}

// The cookie of the session.
const (
	sessionCookie       = "dampak"
	sessionCookieSecure = "__Host-dampak"
)

func (o *office) cookie(r *http.Request, token string) *http.Cookie {
	c := &http.Cookie{Name: sessionCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(sessionLasts.Seconds())}
	if o.https(r) {
		c.Name, c.Secure = sessionCookieSecure, true
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// sessionOf gives the session of the browser that a request comes from; nil:
// there is none.
func (o *office) sessionOf(r *http.Request) (*session, error) {
	c, err := r.Cookie(o.cookie(r, "").Name)
	if err != nil || c.Value == "" {
		return nil, nil //nolint:nilerr // no such cookie
	}
	return o.sessions.find(r.Context(), c.Value)
}
