package web

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// How often somebody may try: per account (whether it exists or not) and per
// address on the network. Attempts count before they are looked at, so that many
// at once gain nothing; what was right does not count.
const (
	triesAPerson  = 10
	triesAnOrigin = 60
	triesWindow   = 15 * time.Minute
	mostCounters  = 50_000
)

type counter struct {
	n     int
	until time.Time
}

type limiter struct {
	mu  sync.Mutex
	all map[string]*counter
	now func() time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{all: map[string]*counter{}, now: now}
}

// try counts an attempt under each key; false where one of them has had too many.
func (l *limiter) try(keys map[string]int) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) >= mostCounters {
		for k, c := range l.all {
			if !now.Before(c.until) {
				delete(l.all, k)
			}
		}
	}
	ok := true
	for key, most := range keys {
		c := l.all[key]
		if c == nil || !now.Before(c.until) {
			if c == nil && len(l.all) >= mostCounters {
				return false // flooded: nobody is let try until counters run out
			}
			c = &counter{until: now.Add(triesWindow)}
			l.all[key] = c
		}
		if c.n >= most {
			ok = false
			continue
		}
		c.n++
	}
	return ok
}

// good takes the attempts of a person back, and one of the origin.
func (l *limiter) good(person, origin string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, person)
	if c := l.all[origin]; c != nil && c.n > 0 {
		c.n--
	}
}

// origin is where a request comes from: the address, or the /64 of IPv6, which
// one household or office has whole.
func origin(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "origin " + r.RemoteAddr
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return "origin " + p.String()
		}
	}
	return "origin " + host
}
