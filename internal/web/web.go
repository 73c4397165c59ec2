package web

import (
	"net/http"
	"sync/atomic"

	"github.com/dampak/dampak/result"
)

// Pages is the handler of all pages. It is safe for concurrent use.
type Pages struct {
	site     atomic.Pointer[Site]
	progress atomic.Pointer[progress]
	handler  http.Handler
	assets   map[string]asset // fixed ones, by name with hash
	css      string           // address of the style
}

type progress struct {
	doing result.Text
	share float64 // 0 to 1
}

// New makes the handler. With a site it is ready at once; without one it shows
// the progress until Ready.
func New(site ...Site) *Pages {
	p := &Pages{assets: map[string]asset{}}
	p.progress.Store(&progress{})
	p.css = p.addStyle("dampak", styleSheet)
	p.handler = secure(p.language(p.routes()))
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

// ServeHTTP answers GET and HEAD.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

func (p *Pages) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{name}", p.asset)
	mux.HandleFunc("GET /{$}", p.whenReady(p.home))
	mux.HandleFunc("GET /studi", p.whenReady(p.studies))
	mux.HandleFunc("GET /studi/{id}", p.whenReady(p.study))
	mux.HandleFunc("GET /metode", p.whenReady(p.methods))
	mux.HandleFunc("GET /metode/{name}", p.whenReady(p.method))
	mux.HandleFunc("GET /metode/kalibrasi", p.whenReady(p.calibration))
	mux.HandleFunc("GET /metode/kalibrasi.csv", p.whenReady(p.calibrationFile))
	mux.HandleFunc("GET /", p.whenReady(p.notFound))
	return mux
}

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
