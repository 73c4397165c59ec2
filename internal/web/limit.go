package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

// How often somebody may try: per account (whether it exists or not) and per
// address on the network. Attempts count before they are looked at, so that many
// at once gain nothing; what was right does not count. The store keeps them, as
// hashes, for all processes on the record.
const (
	triesAPerson  = 10
	triesAnOrigin = 60
	triesWindow   = 15 * time.Minute
)

// attempt counts an attempt under whoever tries ("": nobody that one could name)
// and where from. Errors: the problem that there were too many.
func (c *call) attempt(who string) error {
	under := []store.Attempt{{Of: c.o.origin(c.r), Most: triesAnOrigin}}
	if who != "" {
		under = append(under, store.Attempt{Of: who, Most: triesAPerson})
	}
	ok, err := c.o.Store.Try(c.ctx(), c.o.Now(), triesWindow, under...)
	if err == nil && !ok {
		err = problem.New("tries", "minutes", int(triesWindow.Minutes()))
	}
	return err
}

// wasRight takes an attempt back, and all of those who tried.
func (c *call) wasRight(who ...string) error {
	return c.o.Store.TakeBack(c.ctx(), c.o.origin(c.r), who...)
}

// Origin is where a request comes from, for the API.
func (p *Pages) Origin(r *http.Request) string { return p.office.origin(r) }

// origin is where a request comes from: the address, or the /64 of IPv6, which
// one household or office has whole. Behind a proxy it is what the nearest proxy
// says at the end of X-Forwarded-For; what stands before that anybody may have
// written.
func (o *office) origin(r *http.Request) string {
	from := r.RemoteAddr
	if all := r.Header.Values("X-Forwarded-For"); o.BehindProxy && len(all) > 0 {
		last := all[len(all)-1]
		last = strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
		if _, err := netip.ParseAddr(strings.Trim(last, "[]")); err == nil {
			from = last
		} else if _, err := netip.ParseAddrPort(last); err == nil {
			from = last
		}
	}
	host, _, err := net.SplitHostPort(from)
	if err != nil {
		host = strings.Trim(from, "[]")
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return "origin " + host
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return "origin " + p.String()
		}
	}
	return "origin " + a.String()
}
