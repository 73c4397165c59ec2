package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// call is one request to a page of the record: who asks, and how it is answered.
type call struct {
	p    *Pages
	o    *office
	w    http.ResponseWriter
	r    *http.Request
	lang i18n.Lang
	sess *session        // nil: nobody is signed in
	half *session        // the password was right, the second factor is missing
	self access.Standing // of who is signed in
	who  access.Standing // with which the page is drawn: self, or whom they view as

	attached string // the document that came with the form, signed for this session; "" = none
}

// The largest body that a form may have, pictures and letters of mandates too, and
// one with a document that is attached.
const (
	mostBody     = 1 << 20
	mostAttached = 21 << 20
)

// serve makes a handler of a page that somebody signed in may open.
func (p *Pages) signedIn(page func(*call) error) http.HandlerFunc {
	return p.public(func(c *call) error {
		switch {
		case c.sess != nil:
			return page(c)
		case c.r.Method == http.MethodGet || c.r.Method == http.MethodHead:
			to := c.r.URL.Path
			if c.r.URL.RawQuery != "" {
				to += "?" + c.r.URL.RawQuery
			}
			c.redirect("/masuk?" + url.Values{"ke": {to}}.Encode())
			return nil
		}
		return problem.New("denied-nobody")
	})
}

// changes makes a handler of a form that somebody signed in may send, as
// themself.
func (p *Pages) changes(page func(*call) error) http.HandlerFunc {
	return p.changesUpTo(mostBody, page)
}

// changesUpTo is changes with the largest body, in bytes.
func (p *Pages) changesUpTo(most int64, page func(*call) error) http.HandlerFunc {
	return p.signedIn(func(c *call) error {
		if c.who.Viewer != "" && c.r.URL.Path != stopViewingPath {
			return problem.New("denied-viewing", "name", c.who.Name)
		}
		if err := c.parse(most); err != nil {
			return err
		}
		if ok, err := c.o.sessions.takeToken(c.ctx(), c.sess, c.r.PostForm.Get("form"), c.r.URL.Path); err != nil || !ok {
			return cmp.Or(err, errReplayed)
		}
		return page(c)
	})
}

// public makes a handler of a page of the record that anybody may open.
func (p *Pages) public(page func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r)
		c.w, c.r = w, r
		w.Header().Set("Cache-Control", "no-store")
		if err := page(c); err != nil {
			c.fail(err)
		}
	}
}

var errReplayed error = problem.New("form-replayed")

// parse reads a form, at most so many bytes of it.
func (c *call) parse(most int64) error {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, most)
	var err error
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") {
		err = c.r.ParseMultipartForm(most)
		if err == nil {
			c.r.PostForm = c.r.MultipartForm.Value
		}
	} else {
		err = c.r.ParseForm()
	}
	var large *http.MaxBytesError
	if err != nil && !errors.As(err, &large) && !strings.Contains(err.Error(), "too large") {
		return problem.New("form-unreadable").Because(err)
	}
	if err != nil {
		return problem.New("form-large", "most", most/1024)
	}
	return nil
}

// t gives a sentence in the reader's language.
func (c *call) t(key string, pairs ...any) string {
	return i18n.Text(c.lang, "record."+key, problem.New("", pairs...).Values)
}

func (c *call) words(key string, pairs ...any) string {
	return i18n.Text(c.lang, key, problem.New("", pairs...).Values)
}

func (c *call) link(path string) string { return "/" + string(c.lang) + path }

func (c *call) redirect(path string) {
	http.Redirect(c.w, c.r, c.link(path), http.StatusSeeOther)
}

// view looks at one state of the record.
func (c *call) view(look func(*store.Reader) error) error {
	return c.o.Store.View(c.r.Context(), look)
}

func (c *call) today() registry.Day { return registry.DayOf(c.o.Now()) }

func (c *call) ctx() context.Context { return c.r.Context() }

// by is who gives a command: the person who is signed in, from the position that
// the form names.
func (c *call) by(why, position string, seen int64) (store.By, error) {
	actor, err := c.self.Actor(position, event.Web, "")
	return store.By{Actor: actor, Seen: seen, Why: why}, err
}

// here is where somebody works, for what they ask that is about no place: their
// organisation, else the whole country.
func (c *call) here(r *store.Reader) (access.Place, error) {
	at := access.Place{Region: registry.Nation}
	id := c.who.Organisation
	if len(c.who.Seats) > 0 {
		id = c.who.Seats[0].Organisation
	}
	if id == "" {
		return at, nil
	}
	o, ok, err := store.OrganisationOf(r, id)
	if ok {
		at = access.Place{Region: o.Region, Organisation: o.ID, Name: o.NameOn(c.today()).Full}
	}
	return at, err
}

// missing is the denial of a permission that somebody has nowhere, at their own
// office; where they had it once, it says so.
func (c *call) missing(p access.Permission) error {
	var at access.Place
	if err := c.view(func(r *store.Reader) (err error) { at, err = c.here(r); return err }); err != nil {
		return err
	}
	for _, g := range c.who.Past {
		if g.Role.Reach(p) != access.Nowhere {
			at = access.Place{Region: g.Region, Organisation: g.Organisation}
		}
	}
	return c.who.May(p, at)
}

// statusOf is the HTTP status of an error.
func statusOf(err error) int {
	var denial *access.Denial
	var stale *store.Stale
	switch {
	case errors.Is(err, errNotFound):
		return http.StatusNotFound
	case errors.As(err, &denial):
		return http.StatusForbidden
	case errors.As(err, &stale):
		return http.StatusConflict
	}
	found := problem.Of(err)
	if len(found) == 0 {
		return http.StatusInternalServerError
	}
	switch code := found[0].Code; {
	case code == "denied-nobody":
		return http.StatusUnauthorized
	case strings.HasPrefix(code, "denied-"), code == "user-another", code == "user-oneself", code == "actor-position":
		return http.StatusForbidden
	case code == "form-replayed", strings.HasPrefix(code, "state-"):
		return http.StatusConflict
	case code == "form-large":
		return http.StatusRequestEntityTooLarge
	case code == "form-unreadable":
		return http.StatusBadRequest
	case code == "tries":
		return http.StatusTooManyRequests
	case strings.HasPrefix(code, "store-"), strings.HasPrefix(code, "content-"):
		return http.StatusServiceUnavailable
	case code == "user-unknown", code == "organisation-unknown", code == "position-unknown", code == "grant-unknown", code == "invitation-unknown", code == "first-run-over", code == "answer-none", code == "answer-baseline", code == "answer-closed":
		return http.StatusNotFound
	}
	return http.StatusUnprocessableEntity
}

// fail answers with what is wrong, in words.
func (c *call) fail(err error) {
	status := statusOf(err)
	s := sheet{Heading: c.t("fail.heading")}
	var denial *access.Denial
	switch {
	case status == http.StatusNotFound && errors.Is(err, errNotFound):
		c.p.notFound(c.w, c.r, nil)
		return
	case status == http.StatusInternalServerError:
		if errors.Is(err, context.Canceled) {
			return // the reader has gone
		}
		c.o.Log.Error("a page failed", "method", c.r.Method, "page", c.pattern(), "error", problem.Mask(err.Error()))
		s.Lead = c.words("web.failed")
	default:
		for _, p := range problem.Of(err) {
			s.Notes = append(s.Notes, c.says(p))
		}
	}
	if errors.As(err, &denial) {
		s.Heading = c.t("denied.heading")
		var roles []string
		for _, r := range denial.Roles() {
			roles = append(roles, c.words("role."+string(r)+".name"))
		}
		s.Blocks = append(s.Blocks, block{Title: c.t("denied.title"), Facts: []fact{
			{Name: c.t("denied.what"), Text: c.words("permission." + string(denial.Permission))},
			{Name: c.t("denied.where"), Text: strings.TrimSpace(registry.RegionName(denial.Place.Region) + " " + denial.Place.Name)},
			{Name: c.t("denied.roles"), Text: strings.Join(roles, ", ")},
		}, Note: c.t("denied.ask")})
	} else if status == http.StatusForbidden || status == http.StatusUnauthorized {
		s.Heading = c.t("denied.heading")
	}
	back := c.link("/")
	if c.sess != nil && c.r.Method == http.MethodPost {
		back = c.link(c.r.URL.Path)
	}
	s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("back"), Link: back, Plain: true}}})
	c.sheet(status, s)
}

// pattern is the address of the page without what stands for its variables, for
// they may be secrets.
func (c *call) pattern() string {
	if c.r.Pattern != "" {
		return c.r.Pattern
	}
	return "(none)"
}

// sentence makes the words of a problem a sentence of their own. The name of a file
// at its head stays as it is.
func sentence(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if first, size := utf8.DecodeRuneInString(s); size > 0 && !strings.ContainsAny(strings.TrimRight(word, ".:,;"), ".:") {
		s = strings.ToUpper(string(first)) + s[size:]
	}
	if strings.HasSuffix(s, "?") {
		return s
	}
	return strings.TrimSuffix(s, ".") + "."
}

// within gives a path of these pages that somebody named, "/" for any other.
func within(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(path, "\\\r\n\t") || strings.HasPrefix(u.Path, "/masuk") {
		return "/"
	}
	out := u.EscapedPath()
	if u.RawQuery != "" {
		out += "?" + u.RawQuery
	}
	return out
}
