package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// Pages is the handler of all pages. It is safe for concurrent use.
type Pages struct {
	site     atomic.Pointer[Site]
	progress atomic.Pointer[progress]
	handler  http.Handler
	office   *office
	assets   map[string]asset // fixed ones, by name with hash
	css      string           // address of the style
	report   string           // and of that of reports
	live     string           // and of the program that shows how far something is
	plan     string           // and of the one that checks a plan while it is typed
}

type progress struct {
	doing result.Text
	share float64 // 0 to 1
}

func newPages(o *office, site ...Site) *Pages {
	p := &Pages{assets: map[string]asset{}, office: o}
	p.progress.Store(&progress{})
	p.css, p.report = p.addStyle("dampak", styleSheet), p.addStyle("report", report.CSS())
	p.live, p.plan = p.addScript("live", liveScript), p.addScript("plan", planScript)
	mux := http.NewServeMux()
	for _, r := range p.routes() {
		mux.HandleFunc(r.method+" "+r.path, r.handle)
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{p: p, o: o, w: w, r: r, lang: languageOf(r)}
		c.fail(problem.New("denied-cross-origin"))
	}))
	pages := p.language(guard.Handler(p.identify(mux)))
	p.handler = secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.api != nil && (r.URL.Path == "/api/v1" || strings.HasPrefix(r.URL.Path, "/api/v1/")) {
			o.api.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}))
	for _, s := range site {
		p.Ready(s)
	}
	return p
}

// Progress tells what is being done and how far all is, 0 to 1.
func (p *Pages) Progress(doing result.Text, share float64) {
	p.progress.Store(&progress{doing, min(max(share, 0), 1)})
}

// Ready shows a site from the next request on, in place of the progress or of
// the site before.
func (p *Pages) Ready(s Site) { p.site.Store(&s) }

// ServeHTTP answers a request: GET and HEAD, and POST of the forms of the record.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// door says who may open a page at all; what they may see on it is settled from
// the record.
type door string

const (
	everybody door = "everybody"
	signedIn  door = "signed in"
)

type route struct {
	method, path string
	door         door
	handle       http.HandlerFunc
}

// routes are all pages: nothing else is served, and the tests ask for each.
func (p *Pages) routes() []route {
	all := []route{
		{"GET", "/assets/{name}", everybody, p.asset},
		{"GET", "/{$}", everybody, p.whenReady(p.home)},
		{"GET", "/studi", everybody, p.studiesDoor},
		{"GET", "/studi/{id}", everybody, p.studyDoor},
		{"GET", "/metode", everybody, p.whenReady(p.methods)},
		{"GET", "/metode/{name}", everybody, p.whenReady(p.method)},
		{"GET", "/metode/kalibrasi", everybody, p.whenReady(p.calibration)},
		{"GET", "/metode/aturan", everybody, p.whenReady(p.rules)},
		{"GET", "/metode/kalibrasi.csv", everybody, p.whenReady(p.calibrationFile)},
		{"GET", "/", everybody, p.notFoundRoute},
	}
	all = append(all,
		route{"GET", "/masuk", everybody, p.public(p.signIn)}, route{"POST", "/masuk", everybody, p.public(p.signInSent)},
		route{"GET", "/masuk/kode", everybody, p.public(p.code)}, route{"POST", "/masuk/kode", everybody, p.public(p.codeSent)},
		route{"POST", "/keluar", everybody, p.public(p.signOut)},
		route{"GET", "/undangan/{token}", everybody, p.public(p.invitation)}, route{"POST", "/undangan/{token}", everybody, p.public(p.invitationSent)},
		route{"GET", "/awal/{token}", everybody, p.public(p.first)}, route{"POST", "/awal/{token}", everybody, p.public(p.firstSent)},
		route{"GET", "/api", everybody, p.public(p.apiPage)},
		route{"GET", "/profil", signedIn, p.signedIn(p.profile)},
		route{"POST", stopViewingPath, signedIn, p.changes(p.stopViewing)},
		route{"GET", "/pengelolaan", signedIn, p.signedIn(p.manage)},
		route{"GET", "/pengelolaan/catatan", signedIn, p.signedIn(p.log)},
		route{"POST", "/pengelolaan/catatan/periksa", signedIn, p.changes(p.verify)},
		route{"GET", "/pengelolaan/cadangan", signedIn, p.signedIn(p.backups)}, route{"POST", "/pengelolaan/cadangan", signedIn, p.changes(p.backup)},
		route{"GET", nounPath["position"] + "/{id}/surat/{masa}", signedIn, p.signedIn(p.letter)},
		route{"GET", nounPath["organisation"] + "/{id}/logo/{hash}", signedIn, p.signedIn(p.logo)},
	)
	all = append(all, p.inboxRoutes()...)
	all = append(all, p.agreementRoutes()...)
	all = append(all, slices.Concat(p.regionRoutes(), p.programmeRoutes())...)
	all = append(all, slices.Concat(p.permitRoutes(), p.verifyRoutes(), p.auditRoutes(), p.dataRoutes(), p.uploadRoutes(), p.studyRoutes(), p.runRoutes(), p.findingRoutes())...)
	for _, f := range ownForms() {
		all = append(all, route{"GET", f.path, signedIn, p.signedIn(f.show)}, route{"POST", f.path, signedIn, p.changes(f.send)})
	}
	for _, n := range nouns() {
		if n.kind != "study" { // whose doors are open to everybody for the examples
			all = append(all, route{"GET", n.path, signedIn, p.signedIn(n.index)}, route{"GET", n.path + "/{id}", signedIn, p.signedIn(n.page)})
		}
		for _, m := range n.commands {
			path := n.commandPath(m, "{id}")
			all = append(all, route{"GET", path, signedIn, p.signedIn(n.show(m))}, route{"POST", path, signedIn, p.changesUpTo(cmp.Or(m.most, mostBody), n.send(m))})
		}
	}
	return all
}

func (p *Pages) notFoundRoute(w http.ResponseWriter, r *http.Request) { p.whenReady(p.notFound)(w, r) }

// whenReady shows the progress while there is no site.
func (p *Pages) whenReady(page func(http.ResponseWriter, *http.Request, *Site)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s := p.site.Load(); s != nil {
			page(w, r, s)
			return
		}
		now := p.progress.Load()
		w.Header().Set("Retry-After", "2")
		w.Header().Set("Cache-Control", "no-store")
		p.render(w, r, http.StatusServiceUnavailable, "progress", view{
			Title: "web.progress.title", Reload: true,
			Data: map[string]any{"doing": now.doing, "percent": int(now.share * 100)},
		})
	}
}
