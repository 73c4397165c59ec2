package api

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// What is public is read without saying who one is. Such an answer depends on the
// record, the day and the request alone, so it carries a tag by which a reader asks
// whether it has changed.

// publicMost is how many requests of nobody one origin has within publicWindow. A
// program that needs more has a token.
const (
	publicMost   = 600
	publicWindow = time.Minute
)

// public is what the API knows of its public operations.
type public struct {
	patterns map[string]bool // of the mux
	from     func(*http.Request) string
	counts   *tally
	made     string // tells one run of the program from another
}

func newPublic(origin func(*http.Request) string) public {
	if origin == nil {
		origin = func(r *http.Request) string {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				return r.RemoteAddr
			}
			return host
		}
	}
	return public{patterns: map[string]bool{}, from: origin, counts: &tally{}, made: rand.Text()}
}

// everybodys tells whether a request that was refused for being nobody's is one
// that everybody may send. Who shows a token that does not count is told so.
func (a *API) everybodys(r *http.Request, refused error) bool {
	said := problem.Of(refused)
	if _, shown := bearer(r); shown || len(said) == 0 || statuses[said[0].Code] != http.StatusUnauthorized {
		return false
	}
	if path.Clean(r.URL.Path) != r.URL.Path || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	_, pattern := a.mux.Handler(r)
	return a.public.patterns[pattern]
}

// answerNobody answers a public request of somebody who is not known.
func (a *API) answerNobody(w http.ResponseWriter, r *http.Request, l i18n.Lang) {
	now := a.record.Now()
	if !a.public.counts.may(a.public.from(r), now) {
		write(w, failure(l, http.StatusTooManyRequests, problem.New("api-often", "most", publicMost)))
		return
	}
	c := caller{Standing: access.Standing{At: now}, lang: l}
	var tag string
	if err := a.record.View(r.Context(), func(from *store.Reader) (err error) {
		if c.example, err = store.Example(from); err != nil {
			return err
		}
		head, err := from.Head()
		said := sha256.Sum256([]byte(strings.Join([]string{a.public.made, head.Hash, string(registry.DayOf(now)), string(l), r.Header.Get("Accept"), r.URL.RequestURI()}, "\x00")))
		tag = fmt.Sprintf(`"%x"`, said[:16])
		return err
	}); err != nil {
		write(w, inWords(l, err))
		return
	}
	if c.example {
		w.Header().Set("X-Dampak-Example", "true")
	}
	out := &tagged{ResponseWriter: w, tag: tag}
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		out.WriteHeader(http.StatusNotModified)
		return
	}
	a.mux.ServeHTTP(out, r.WithContext(withCaller(r.Context(), c)))
}

// hasTag tells whether an If-None-Match names a tag.
func hasTag(names, tag string) bool {
	for _, name := range strings.Split(names, ",") {
		if strings.TrimPrefix(strings.TrimSpace(name), "W/") == tag {
			return true
		}
	}
	return false
}

// tagged puts the tag on an answer that may be kept, which a problem is not.
type tagged struct {
	http.ResponseWriter
	tag  string
	said bool
}

// WriteHeader sends the status.
func (t *tagged) WriteHeader(status int) {
	if !t.said && (status == http.StatusOK || status == http.StatusNotModified) {
		t.Header().Set("ETag", t.tag)
		t.Header().Set("Cache-Control", "no-cache")
	}
	t.said = true
	t.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the answer.
func (t *tagged) Write(b []byte) (int, error) {
	if !t.said {
		t.WriteHeader(http.StatusOK)
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (t *tagged) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// tally counts requests by their origin within a window of time.
type tally struct {
	sync.Mutex
	began time.Time
	n     map[string]int
}

// may counts a request; false where there were too many.
func (t *tally) may(from string, now time.Time) bool {
	t.Lock()
	defer t.Unlock()
	if since := now.Sub(t.began); t.n == nil || since >= publicWindow || since < 0 {
		t.began, t.n = now, map[string]int{}
	}
	t.n[from]++
	return t.n[from] <= publicMost
}
