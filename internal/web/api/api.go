package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/waiting"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// Base is the path below which the API lies.
const Base = "/api/v1"

const documentPath = Base + "/openapi.json"

// LargestBody is how many bytes of a body are read at most.
const LargestBody = 1 << 20

// Session tells which user a request's browser session is of; "" where there is
// none. It must not write an answer. Errors: the record's.
type Session func(*http.Request) (user string, err error)

// Config is what the API needs.
type Config struct {
	Record  *store.Store
	Session Session // lets signed-in browsers in; nil: bearers of tokens alone
	// Origin tells where a request comes from, for the limit on requests of nobody;
	// nil: its RemoteAddr.
	Origin func(*http.Request) string
	// Waiting is where uploads of rows wait while they are looked at, and Ring gives
	// the keys of pseudonyms; nil: files of rows are not taken.
	Waiting *waiting.Room
	Ring    func() (*identity.Ring, error)
	// Held gives the keys that there are and never makes one, for erasing and for comparing
	// versions; needed with Ring.
	Held func() (*identity.Ring, error)
}

// API is the handler of all that lies under Base. It is safe for concurrent use.
type API struct {
	record    *store.Store
	session   Session
	mux       *http.ServeMux
	documents map[i18n.Lang]document
	origin    *http.CrossOriginProtection
	public    public
	waiting   *waiting.Room
	ring      func() (*identity.Ring, error)
	held      func() (*identity.Ring, error)
}

// document is the description of the API in one language.
type document struct {
	api  *huma.OpenAPI
	json []byte
	tag  string // its ETag
}

// New makes the API of a record. The clock is the record's.
func New(c Config) (*API, error) {
	if c.Session == nil {
		c.Session = func(*http.Request) (string, error) { return "", nil }
	}
	a := &API{record: c.Record, session: c.Session, documents: map[i18n.Lang]document{}, origin: http.NewCrossOriginProtection(), public: newPublic(c.Origin), waiting: c.Waiting, ring: c.Ring, held: c.Held}
	for _, l := range i18n.Langs {
		mux := http.NewServeMux()
		d := &door{API: a, lang: l, huma: newHuma(mux, l)}
		d.register()
		doc, err := d.finish()
		if err != nil {
			return nil, err
		}
		a.documents[l] = doc
		// One mux answers in both languages: they differ in the document alone.
		a.mux = mux
	}
	a.mux.HandleFunc("GET "+documentPath, a.describe)
	return a, nil
}

func newHuma(mux *http.ServeMux, l i18n.Lang) huma.API {
	settle()
	c := huma.DefaultConfig(i18n.Text(l, "api.title", nil), "1")
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema members, no links
	c.RejectUnknownQueryParameters = true
	c.Info.Description = i18n.Text(l, "api.about", nil)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: i18n.Text(l, "api.about-token", nil)},
	}
	c.Security = []map[string][]string{{"token": {}}}
	return humago.New(mux, c)
}

// ServeHTTP answers all under Base: the document and what is public to everybody,
// the rest to whom it knows.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if what := recover(); what != nil {
			if err, ok := what.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(what)
			}
			slog.Error("api: panic", "method", r.Method, "path", r.URL.Path, "what", what)
			write(w, failure(languageOf(r.Header.Get("Accept-Language")), http.StatusInternalServerError, problem.New("api-internal")))
		}
	}()
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept, Accept-Language, Authorization, Cookie")
	l := languageOf(r.Header.Get("Accept-Language"))
	h.Set("Content-Language", string(l))
	if r.URL.Path == documentPath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.describe(w, r)
		return
	}
	c, err := a.callerOf(r)
	if err != nil && a.everybodys(r, err) {
		a.answerNobody(w, r, l)
		return
	}
	if err != nil {
		refused := inWords(l, err)
		if refused.Status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", challenge(r))
		}
		write(w, refused)
		return
	}
	if c.example {
		h.Set("X-Dampak-Example", "true")
	}
	if c.token == nil {
		// A browser sends its cookie to us from any page that wants it to.
		if err := a.origin.Check(r); err != nil {
			write(w, failure(l, http.StatusForbidden, problem.New("api-origin").Because(err)))
			return
		}
	}
	if refused := a.unknown(r); refused != nil {
		for k, v := range refused.header {
			h[k] = v
		}
		write(w, failure(l, refused.status, refused.problem))
		return
	}
	a.mux.ServeHTTP(w, r.WithContext(withCaller(r.Context(), c)))
}

type noRoute struct {
	status  int
	header  http.Header
	problem *problem.Problem
}

// unknown says why no operation answers a request; nil where one does. The mux's
// own answers would be plain text, and for some paths a redirect.
func (a *API) unknown(r *http.Request) *noRoute {
	missing := &noRoute{status: http.StatusNotFound, problem: problem.New("api-no-path", "path", r.URL.Path)}
	if path.Clean(r.URL.Path) != r.URL.Path || r.Method == http.MethodConnect {
		return missing
	}
	h, pattern := a.mux.Handler(r)
	if pattern != "" {
		return nil
	}
	said := &discard{header: http.Header{}}
	h.ServeHTTP(said, r)
	if said.status == http.StatusMethodNotAllowed {
		allow := said.header.Get("Allow")
		return &noRoute{said.status, http.Header{"Allow": {allow}}, problem.New("api-method", "method", r.Method, "expected", strings.Split(allow, ", "))}
	}
	return missing
}

// discard keeps the status and the headers of an answer.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// describe answers with the OpenAPI document.
func (a *API) describe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "no-cache")
	d := a.documents[languageOf(r.Header.Get("Accept-Language"))]
	w.Header().Set("ETag", d.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.json))
}
