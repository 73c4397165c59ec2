package bps_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake/bps"
	"github.com/dampak/dampak/internal/intake/bpstest"
)

const secret = bpstest.Key

// server is one that makes clients of it.
type server struct {
	*bpstest.Server
	t *testing.T
}

func newServer(t *testing.T) *server { return &server{bpstest.New(t), t} }

func item(val any, label string) map[string]any { return bpstest.Item(val, label) }

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, "<html><b>Bad gateway</b></html>")
	}
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.ReplaceAll(text, "KEY", r.URL.Query().Get("key")))
	}
}

// hangUp closes the connection in the middle of an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"status":"OK",`)
	panic(http.ErrAbortHandler)
}

// office is a client whose clock a test moves.
type office struct {
	*bps.Client
	s     *server
	now   time.Time
	waits []time.Duration
	dir   string
}

func (s *server) office(change func(*bps.Config)) *office {
	s.t.Helper()
	o := &office{s: s, now: time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC), dir: s.t.TempDir()}
	key, err := bps.ParseKey(" " + secret + "\n")
	if err != nil {
		s.t.Fatal(err)
	}
	c := bps.Config{Key: key, Base: s.URL + "/v1", Dir: o.dir, Now: func() time.Time { return o.now }}
	c.Wait = o.wait
	change(&c)
	if o.Client, err = bps.New(c); err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *server) count() int { return len(s.Asked()) }

func sameStrings(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
