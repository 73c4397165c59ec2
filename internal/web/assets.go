package web

import (
	"crypto/sha256"
	_ "embed" // the style sheet
	"encoding/hex"
	"net/http"
)

//go:embed assets/dampak.css
var styleSheet string

//go:embed assets/live.js
var liveScript string

//go:embed assets/plan.js
var planScript string

// asset is a file whose name holds its hash, so that it may be kept for ever.
type asset struct {
	kind string
	body string
}

// policy lets a page load its own style and nothing else; one that shows how far
// something is, or checks what is typed, may also run our own program and ask us
// (livePolicy).
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const livePolicy = "; script-src 'self'; connect-src 'self'"

// secure sets the headers of every answer.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func hashed(name, body string) string { return hashedAs(name, body, ".css") }

func hashedAs(name, body, ending string) string {
	sum := sha256.Sum256([]byte(body))
	return name + "." + hex.EncodeToString(sum[:5]) + ending
}

// addScript adds a program that never changes and gives its address.
func (p *Pages) addScript(name, body string) string {
	file := hashedAs(name, body, ".js")
	p.assets[file] = asset{"text/javascript; charset=utf-8", body}
	return "/assets/" + file
}

// addStyle adds a style sheet that never changes and gives its address.
func (p *Pages) addStyle(name, body string) string {
	file := hashed(name, body)
	p.assets[file] = asset{"text/css; charset=utf-8", body}
	return "/assets/" + file
}

func (p *Pages) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := p.assets[r.PathValue("name")]
	if !ok {
		p.whenReady(p.notFound)(w, r)
		return
	}
	w.Header().Del("Vary")
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write([]byte(a.body)) // a reader who has gone needs no answer
}
