package cooperation_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
	"pgregory.net/rapid"
)

// yearStart is the first instant of 2020 in Jakarta; all that happens in these
// tests happens at whole hours of its first seventy days.
var yearStart = noon("2020-01-01").Add(-12 * time.Hour)

func someHour(t *rapid.T, name string, from int) int {
	return rapid.IntRange(from, max(from, 70*24)).Draw(t, name)
}

func atHour(h int) time.Time { return yearStart.Add(time.Duration(h) * time.Hour) }

// someAgreement is one that has come some way, often to its end.
func someAgreement(t *rapid.T, id string) Agreement {
	drafted := someHour(t, "drafted", 0) / 4
	frozen := drafted + rapid.IntRange(0, 20).Draw(t, "frozen")
	a := Agreement{ID: id, Kind: "pks", Drafted: Mark{At: atHour(drafted)}}
	a.Scope = someScope(t).Tidy()
	a.Parties = []Party{{Organisation: "centre"}, {Organisation: "dinsos"}}
	a.Terms = Terms{ReleaseDays: rapid.IntRange(0, 9).Draw(t, "release"), ReportDays: 30}
	if rapid.IntRange(0, 9).Draw(t, "how far") == 0 {
		return a
	}
	a.Frozen = &Frozen{Mark: Mark{At: atHour(frozen)}}
	last := frozen
	for i, p := range a.Parties {
		if rapid.IntRange(0, 15).Draw(t, "signs") == 0 {
			continue
		}
		recorded := frozen + i + rapid.IntRange(0, 20).Draw(t, "recorded")
		s := Signature{Organisation: p.Organisation, Recorded: Mark{At: atHour(recorded)}}
		if rapid.IntRange(0, 15).Draw(t, "checks") > 0 {
			last = max(last, recorded+rapid.IntRange(0, 40).Draw(t, "checked"))
			s.Checked = &Mark{At: atHour(last)}
		}
		a.Signatures = append(a.Signatures, s)
	}
	if _, ok := a.Concluded(); ok && rapid.IntRange(0, 2).Draw(t, "ends early") == 0 {
		m := Mark{At: atHour(someHour(t, "ended", last))}
		a.Terminated = &Termination{Mark: m, Day: registry.DayOf(m.At).Add(rapid.IntRange(0, 9).Draw(t, "notice"))}
	}
	return a
}

// someBound is an agreement with up to two above it, each with addenda.
func someBound(t *rapid.T) *Bound {
	var b *Bound
	for i := range rapid.IntRange(1, 3).Draw(t, "depth") {
		next := &Bound{Agreement: someAgreement(t, fmt.Sprint("a", i)), Parent: b}
		if b != nil {
			next.Agreement.Parent = b.Agreement.ID
		}
		for j := range rapid.IntRange(0, 3).Draw(t, "addenda") {
			x := someAgreement(t, fmt.Sprint("x", i, j))
			x.Amends, x.Terminated = next.Agreement.ID, nil
			next.Addenda = append(next.Addenda, x)
		}
		b = next
	}
	return b
}

// clerk follows one agreement hour by hour, as somebody with a calendar and the
// papers would: the referee of Bound.
type clerk struct {
	above *clerk
	b     Bound
	now   Content // the wording in force
	seen  map[string]bool
	over  bool
	live  bool
	days  registry.Period // of the agreement and all above it
}

func newClerk(b *Bound) *clerk {
	c := &clerk{b: *b, now: b.Agreement.Content, seen: map[string]bool{}}
	if b.Parent != nil {
		c.above = newClerk(b.Parent)
	}
	return c
}

// hour comes, and nothing of it is known before.
func (c *clerk) hour(at time.Time) {
	if c.above != nil {
		c.above.hour(at)
	}
	day := registry.DayOf(at)
	ended := func() bool {
		t := c.b.Agreement.Terminated
		return day > c.now.Scope.Period.Until || (t != nil && !at.Before(t.At) && day >= t.Day) || (c.above != nil && c.above.over)
	}
	c.over = c.over || ended()
	addenda := slices.Clone(c.b.Addenda)
	slices.SortFunc(addenda, func(x, y Agreement) int { // two that come in the same hour: as they were drafted
		return cmp.Or(x.Drafted.At.Compare(y.Drafted.At), cmp.Compare(x.ID, y.ID))
	})
	for _, x := range addenda {
		checked, ok := x.Concluded()
		if !ok || c.seen[x.ID] || at.Before(checked) || day < x.Scope.Period.From {
			continue
		}
		c.seen[x.ID] = true
		if !c.over && day <= x.Scope.Period.Until {
			c.now = x.Content
		}
	}
	checked, ok := c.b.Agreement.Concluded()
	c.live = ok && !at.Before(checked) && !c.over && day >= c.b.Agreement.Scope.Period.From && (c.above == nil || c.above.live)
	c.days = registry.Period{From: c.b.Agreement.Scope.Period.From, Until: c.now.Scope.Period.Until}
	if t := c.b.Agreement.Terminated; t != nil && !at.Before(t.At) {
		c.days.Until = min(c.days.Until, t.Day.Add(-1))
	}
	if c.above != nil {
		c.days = registry.Period{From: max(c.days.From, c.above.days.From), Until: min(c.days.Until, c.above.days.Until)}
	}
}

// open asks whether all papers, from the top down, open a spot.
func (c *clerk) open(p spot) bool {
	s := c.now.Scope
	s.Period = c.days
	return c.live && opens(s, p) && (c.above == nil || c.above.open(p))
}

// TestBound holds agreements against a clerk: never open beyond what is in force
// of it and of all above it, and never closed within; active as the clerk says;
// no child where its parent is not; and no way back.
func TestBound(t *testing.T) {
	rank := map[string]int{
		registry.None: 0, AgreementDraft: 1, AgreementProposed: 2, AgreementSigned: 3, AgreementActive: 4, AgreementAmended: 5, AgreementExpired: 6, AgreementTerminated: 6,
	}
	lives, opened, amended := 0, 0, 0
	property := func(t *rapid.T) {
		b := someBound(t)
		c := newClerk(b)
		until, h, then := someHour(t, "until", 100), 0, registry.None
		var ended registry.Period
		for {
			stop := min(until, h+rapid.IntRange(1, 60).Draw(t, "wait"))
			for ; h < stop; h++ {
				c.hour(atHour(h))
			}
			at := atHour(h - 1)
			state, s := b.StateAt(at), b.ScopeAt(at)
			if rank[state] < rank[then] || (rank[then] == 6 && state != then) {
				t.Fatalf("from %q to %q at %s", then, state, at)
			}
			if b.InForce(at) != c.live {
				t.Fatalf("%q at %s, the clerk says %v", state, at, c.live)
			}
			if days := b.PeriodAt(at); days != c.days {
				t.Fatalf("%v at %s, the clerk says %v", days, at, c.days)
			}
			if got := b.TermsAt(at); got != c.now.Terms {
				t.Fatalf("%v at %s, the clerk says %v", got, at, c.now.Terms)
			}
			for up := b.Parent; up != nil && b.InForce(at); up = up.Parent {
				if !up.InForce(at) {
					t.Fatalf("active at %s under %s that is %s", at, up.Agreement.ID, up.StateAt(at))
				}
				if e := s.Outside(up.ScopeAt(at)); !s.OpensNothing() && !reflect.DeepEqual(e, s.Outside(s)) {
					t.Fatalf("beyond %s at %s: %+v", up.Agreement.ID, at, e)
				}
			}
			for range 10 {
				p := somewhere(t)
				if !s.OpensNothing() && rapid.Bool().Draw(t, "within") {
					p = corner(t, s)
				}
				if opens(s, p) != c.open(p) {
					t.Fatalf("%v at %s: opens %v", p, at, opens(s, p))
				}
				if opens(s, p) {
					opened++
				}
			}
			if rank[state] == 6 {
				if p := b.PeriodAt(at); then == state && p != ended {
					t.Fatalf("after the end its days become %v", p)
				}
				ended = b.PeriodAt(at)
			}
			if c.live {
				lives++
			}
			if state == AgreementAmended {
				amended++
			}
			if then = state; h >= until {
				return
			}
		}
	}
	for round := 0; round < 20 && (round == 0 || lives == 0 || opened == 0 || amended == 0); round++ { // chance may look at nothing
		rapid.Check(t, property)
	}
	if lives == 0 || opened == 0 || amended == 0 {
		t.Errorf("%d instants in force, %d amended, %d spots open: the test looked at nothing", lives, amended, opened)
	}
}
