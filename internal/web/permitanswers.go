package web

import (
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
)

// lastWord is the last instant at which an answer counted: now, or the end of the
// permit where it has ended, since a silence after that says nothing.
func (on permitOn) lastWord() time.Time {
	end := on.at
	switch on.StateAt(on.g, on.at) {
	case cooperation.PermitReporting, cooperation.PermitClosed, cooperation.PermitExpired, cooperation.PermitWithdrawn:
		if last := on.LastDay(on.g, on.at); last != "" {
			end = last.Add(1).Begins().Add(-time.Nanosecond)
		}
		if m, ok := on.last("withdraw"); ok && m.Mark.At.Before(end) {
			end = m.Mark.At
		}
	}
	if end.After(on.at) {
		return on.at
	}
	return end
}

// region is how a region answered. The revocation of the whole permit takes away
// what had been given, and leaves a no or a silence what it was.
func (on permitOn) region(code string) cooperation.Region {
	r, _ := on.RegionAt(on.g, code, on.lastWord())
	i := slices.IndexFunc(on.Moves, func(m cooperation.Move) bool { return m.Command == "revoke" })
	if i < 0 || r.State != cooperation.RegionRevoked {
		return r
	}
	before := on.Permit
	before.Moves = on.Moves[:i]
	if was, _ := before.RegionAt(on.g, code, on.Moves[i].Mark.At); !opens(was.State) {
		return was
	}
	return r
}

func opens(state string) bool {
	return state == cooperation.RegionGranted || state == cooperation.RegionDeemed
}

// answered counts the regions by what they answered.
type answered struct{ yes, deemed, waiting, declined, revoked int }

func (on permitOn) answers() (n answered) {
	for _, code := range on.Regions {
		switch on.region(code).State {
		case cooperation.RegionGranted:
			n.yes++
		case cooperation.RegionDeemed:
			n.deemed++
		case cooperation.RegionDeclined:
			n.declined++
		case cooperation.RegionRevoked:
			n.revoked++
		default:
			n.waiting++
		}
	}
	return n
}

// counts puts the answers side by side: those that nobody gave are left out.
func (on permitOn) counts(c *call) string {
	n := on.answers()
	waiting, deemed := "waiting", "deemed"
	if on.StateAt(on.g, on.at) != cooperation.PermitOpen {
		waiting = "unanswered"
	}
	if on.Kind != cooperation.FieldWork {
		deemed = "silent"
	}
	var all []string
	for _, x := range []struct {
		key string
		n   int
	}{{"yes", n.yes}, {deemed, n.deemed}, {waiting, n.waiting}, {"declined", n.declined}, {"revoked", n.revoked}} {
		if x.n > 0 {
			all = append(all, c.t("permit.count."+x.key, "n", x.n))
		}
	}
	return strings.Join(all, " · ")
}

// saysOpen is the first line while the permit is open.
func (on permitOn) saysOpen(c *call) (key string, pairs []any) {
	n := on.answers()
	pairs = []any{"of", spelled(c, len(on.Regions))}
	add := func(key string, n int) {
		if n > 0 {
			pairs = append(pairs, key, spelled(c, n))
		}
	}
	deemed := "deemed"
	if on.Kind != cooperation.FieldWork {
		deemed = "silent"
	}
	add("yes", n.yes)
	add(deemed, n.deemed)
	add("declined", n.declined)
	add("revoked", n.revoked)
	switch {
	case n.waiting == len(on.Regions):
		return "open-unanswered", pairs
	case n.yes == len(on.Regions):
		return "open-all", pairs
	}
	add("waiting", n.waiting)
	if n.yes == 0 {
		return "open-none", pairs
	}
	return "open", pairs
}

// opensNothing says how it is with a permit that opens nothing: not yet, not at
// all, or no longer.
func (on permitOn) opensNothing(c *call) string {
	gave := slices.ContainsFunc(on.Moves, func(m cooperation.Move) bool {
		return m.Command == "grant-region" || (m.Command == "record-deemed" && on.Kind == cooperation.FieldWork)
	})
	key := "nothing"
	switch on.StateAt(on.g, on.at) {
	case cooperation.PermitDeclined, cooperation.PermitExpired, cooperation.PermitWithdrawn:
		key = "never"
	case cooperation.PermitReporting, cooperation.PermitClosed, cooperation.PermitRevoked:
		key = "no-longer"
		if !gave && on.answers().deemed == 0 {
			key = "never"
		}
	case cooperation.PermitOpen:
		if n := on.answers(); gave && n.yes == 0 && n.revoked > 0 {
			key = "no-longer"
		} else if n.yes > 0 && registry.DayOf(on.at) < on.Period.From {
			key = "not-begun"
		}
	}
	return c.t("permit.opened."+key, "from", c.day(on.Period.From))
}
