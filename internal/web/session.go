package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Who is signed in is kept in the process, not in the record: it ends by itself,
// no backup should carry it, and looking at a page should not queue behind those
// who write. A restart signs everybody out. Tokens are kept as hashes.
const (
	sessionIdle     = time.Hour
	sessionLasts    = 12 * time.Hour
	halfLasts       = 5 * time.Minute // between password and second factor
	viewLasts       = 30 * time.Minute
	sessionsAPerson = 20
)

type session struct {
	mu      sync.Mutex
	user    string
	half    bool // the password was right, the second factor is still asked for
	begun   time.Time
	seen    time.Time
	viewing string // id of the user as whom the pages are seen; "" = oneself
	viewed  time.Time
	key     []byte          // of the forms' tokens
	used    map[string]bool // tokens of forms that were sent
	uploads map[string]bool // contents that were uploaded in this session
	secret  string          // of a second factor that is being set up
}

type sessions struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*session
	now func() time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{all: map[[sha256.Size]byte]*session{}, now: now}
}

// begin signs somebody in and gives the token of the cookie.
func (s *sessions) begin(user string, half bool) (string, error) {
	raw := make([]byte, 64)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:32])
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest [sha256.Size]byte
	mine := 0
	for h, other := range s.all {
		if other.over(now) {
			delete(s.all, h)
			continue
		}
		if other.user == user {
			if mine == 0 || other.begun.Before(s.all[oldest].begun) {
				oldest = h
			}
			mine++
		}
	}
	if mine >= sessionsAPerson {
		delete(s.all, oldest)
	}
	s.all[sha256.Sum256([]byte(token))] = &session{user: user, half: half, begun: now, seen: now, key: raw[32:], used: map[string]bool{}, uploads: map[string]bool{}}
	return token, nil
}

func (s *session) over(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	lasts := sessionLasts
	if s.half {
		lasts = halfLasts
	}
	return now.Sub(s.begun) >= lasts || now.Sub(s.seen) >= sessionIdle
}

// find gives the session of a token, nil where there is none any more.
func (s *sessions) find(token string) *session {
	hash, now := sha256.Sum256([]byte(token)), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[hash]
	if found == nil {
		return nil
	}
	if found.over(now) {
		delete(s.all, hash)
		return nil
	}
	found.mu.Lock()
	found.seen = now
	found.mu.Unlock()
	return found
}

// end signs out one session.
func (s *sessions) end(gone *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, other := range s.all {
		if other == gone {
			delete(s.all, h)
		}
	}
}

// endAll signs a user out everywhere but in one session (nil: everywhere).
func (s *sessions) endAll(user string, but *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, other := range s.all {
		if other.user == user && other != but {
			delete(s.all, h)
		}
	}
}

// formToken makes the token of one form at one address: nobody else can make it,
// and it counts once.
func (s *session) formToken(path string) string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	nonce := hex.EncodeToString(raw[:])
	return nonce + "." + s.sign(nonce, path)
}

func (s *session) sign(nonce, path string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(nonce + "\n" + path))
	return hex.EncodeToString(mac.Sum(nil))
}

// takeToken uses a form's token up; false where it is forged, of another form
// or session, or was used before.
func (s *session) takeToken(token, path string) bool {
	nonce, signature, ok := strings.Cut(token, ".")
	if !ok || !hmac.Equal([]byte(signature), []byte(s.sign(nonce, path))) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[nonce] {
		return false
	}
	s.used[nonce] = true
	return true
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

func (o *office) sessionOf(r *http.Request) *session {
	c, err := r.Cookie(o.cookie(r, "").Name)
	if err != nil || c.Value == "" {
		return nil
	}
	return o.sessions.find(c.Value)
}
