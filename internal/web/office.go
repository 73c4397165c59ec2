package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	uploadroom "github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/store"
)

// Office is what the pages of the record need: the record itself and how the
// program is run.
type Office struct {
	Store *store.Store
	Now   func() time.Time
	// Backups is the folder for backups that are made on the pages; empty: none
	// can be made there.
	Backups string
	// URL is the address by which readers reach the pages, such as
	// https://dampak.kantor.go.id; empty: that of each request. With https the
	// cookies are for encrypted connections alone.
	URL string
	// BehindProxy says that all requests come through a proxy, which writes at the
	// end of X-Forwarded-For from where it got them. Without one a reader could
	// write there what they like.
	BehindProxy bool
	// Example says that the record is an invented one: each page, letter and export
	// then says so.
	Example bool
	// Start is the path at which somebody arrives who signs in on the way to no
	// other page; empty: that of Beranda.
	Start string
	// Waiting is where uploads of data wait for a decision; nil: none are taken in.
	Waiting *uploadroom.Room
	// Ring gives the keys of pseudonyms, which are made at the first use. It is needed
	// with Waiting.
	Ring func() (*identity.Ring, error)
	// Held gives the keys that there are and never makes one, for erasing and for
	// comparing versions. It is needed with Ring.
	Held func() (*identity.Ring, error)
	// Log takes what went wrong inside; nil: slog's default. It gets no secrets
	// and nothing that somebody typed.
	Log *slog.Logger
}

type office struct {
	Office
	api      API // nil: nothing answers under /api/v1/
	sessions *sessions
	uploads  *uploads
	checking sync.Mutex // one proof or backup at a time
	first    struct {   // the token of the link of the first run
		sync.Mutex
		hash [sha256.Size]byte
		open bool
	}
}

// NewOffice makes the handler of all pages. With a site it is ready at once; without
// one the pages that need it show the progress until Ready.
func NewOffice(o Office, site ...Site) *Pages {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	in := &office{Office: o, sessions: &sessions{store: o.Store, now: o.Now}, uploads: newUploads(o.Waiting, o.Now)}
	return newPages(in, site...)
}

// FirstRun gives the path of the link with which the first administrator is
// made, which counts until it has been used; "" where the record has had one.
// Each call makes a new link and the one before counts no more.
func (p *Pages) FirstRun(ctx context.Context) (string, error) {
	first := false
	err := p.office.Store.View(ctx, func(r *store.Reader) (err error) {
		first, err = store.FirstRun(r)
		return err
	})
	if err != nil || !first {
		return "", err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	p.office.first.Lock()
	defer p.office.first.Unlock()
	p.office.first.hash, p.office.first.open = sha256.Sum256([]byte(token)), true
	return "/awal/" + token, nil
}

// API is the door for programs: it answers under /api/v1/, and Main describes it
// to people, for a page with the frame of these.
type API interface {
	http.Handler
	Main(l i18n.Lang) (template.HTML, error)
}

// Mount lets programs in beside the pages. It is called before the pages are
// served.
func (p *Pages) Mount(api API) { p.office.api = api }

// apiPage describes the API to people.
func (p *Pages) apiPage(c *call) error {
	if p.office.api == nil {
		return errNotFound
	}
	main, err := p.office.api.Main(c.lang)
	if err != nil {
		return err
	}
	p.render(c.w, c.r, http.StatusOK, "api", view{Title: "record.api", Section: "methods", Data: map[string]any{"main": main}})
	return nil
}

// SessionUser tells who is signed in with the browser that a request comes from,
// for the API; "" for nobody. While somebody views the pages as another it is
// nobody.
func (p *Pages) SessionUser(r *http.Request) (user string, err error) {
	s, err := p.office.sessionOf(r)
	if s == nil || s.Half || s.Viewing != "" {
		return "", err
	}
	return s.User, nil
}

func (o *office) https(r *http.Request) bool {
	if u, err := url.Parse(o.URL); err == nil && o.URL != "" {
		return u.Scheme == "https"
	}
	return r.TLS != nil
}

// address makes a whole address of a path.
func (o *office) address(r *http.Request, path string) string {
	if o.URL != "" {
		if u, err := url.JoinPath(o.URL, path); err == nil {
			return u
		}
	}
	if r.TLS != nil {
		return "https://" + r.Host + path
	}
	return "http://" + r.Host + path
}

func (o *office) backupPath(name string) string { return filepath.Join(o.Backups, name) }

type callKey struct{}

// identify finds out who asks: the session of the cookie and, in the record,
// what its person may do now.
func (p *Pages) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{p: p, o: p.office, w: w, r: r, lang: languageOf(r)}
		s, err := p.office.sessionOf(r)
		if err == nil && s != nil {
			err = c.recognise(s)
		}
		if err != nil {
			c.fail(err)
			return
		}
		if c.sess != nil || c.half != nil {
			w.Header().Set("Cache-Control", "no-store")
		}
		c.r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		next.ServeHTTP(w, c.r)
	})
}

// recognise fills in who the person of a session is, and as whom they look.
func (c *call) recognise(s *session) error {
	user, viewing := s.User, s.Viewing
	now := c.o.Now()
	over := false // what the person views as somebody else
	err := c.o.Store.View(c.r.Context(), func(r *store.Reader) error {
		self, err := store.Who(r, user, now)
		if err != nil {
			return err
		}
		if self.Status != access.UserActive {
			return nil
		}
		if s.Half {
			c.half = s
			return nil
		}
		c.sess, c.self, c.who = s, self, self
		if viewing == "" {
			return nil
		}
		lent, err := store.Who(r, viewing, now)
		if err != nil {
			return err
		}
		place, err := store.PlaceOf(r, userObject(viewing))
		if err != nil {
			return err
		}
		// As when it began: the right holds where the person is and where their
		// grants are, for they may have got wider ones meanwhile.
		may := self.May(access.ViewAs, place) == nil
		for _, g := range lent.Grants {
			may = may && self.May(access.ViewAs, g.Place()) == nil
		}
		if over = !may || lent.Status != access.UserActive; !over {
			c.who = lent.ViewedBy(user)
		}
		return nil
	})
	if err == nil && over {
		err = c.o.sessions.view(c.r.Context(), s, "")
	}
	return err
}

func callOf(r *http.Request) *call {
	c, _ := r.Context().Value(callKey{}).(*call)
	return c
}

var errNotFound = errors.New("there is no such page")
