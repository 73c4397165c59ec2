package cooperation

import (
	"cmp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// Bound is an agreement with all that it depends on. What the record learnt
// after an instant does not count at that instant.
type Bound struct {
	Agreement Agreement
	Parent    *Bound      // the agreement above it, or the one that it amends; nil: none
	Addenda   []Agreement // that amend it, in any order and state
}

// StateAt gives the state at an instant; registry.None before it was drafted. A
// child begins no earlier and ends no later than its parent.
func (b Bound) StateAt(at time.Time) string {
	a := b.Agreement
	concluded, ok := a.Concluded()
	switch {
	case at.Before(a.Drafted.At):
		return registry.None
	case a.Frozen == nil || at.Before(a.Frozen.At):
		return AgreementDraft
	case !slices.ContainsFunc(a.Signatures, func(s Signature) bool { return !at.Before(s.Recorded.At) }):
		return AgreementProposed
	case !ok || at.Before(concluded):
		return AgreementSigned
	}
	if last, state := b.end(at); last != "" && registry.DayOf(at) > last {
		return state
	}
	if a.Amends != "" {
		if b.Parent != nil && b.Parent.InForce(at) && slices.ContainsFunc(b.amended().inForce(at), func(x Agreement) bool { return x.ID == a.ID }) {
			return AgreementActive
		}
		return AgreementSigned
	}
	switch {
	case registry.DayOf(at) < a.Scope.Period.From, b.Parent != nil && !b.Parent.InForce(at):
		return AgreementSigned
	case len(b.inForce(at)) > 0:
		return AgreementAmended
	}
	return AgreementActive
}

// InForce tells whether the agreement is active, amended or not.
func (b Bound) InForce(at time.Time) bool {
	s := b.StateAt(at)
	return s == AgreementActive || s == AgreementAmended
}

// ScopeAt is what the agreement opens at an instant: its scope or that of its
// newest addendum in force, cut by all agreements above it. Nothing where it is
// not in force; an addendum opens nothing by itself.
func (b Bound) ScopeAt(at time.Time) Scope {
	if b.Agreement.Amends != "" || !b.InForce(at) {
		return Nothing()
	}
	s := b.wording(at).Scope
	s.Period = b.PeriodAt(at)
	if b.Parent != nil {
		s = s.Meet(b.Parent.ScopeAt(at))
	}
	return s
}

// TermsAt are the terms at an instant, in whatever state.
func (b Bound) TermsAt(at time.Time) Terms { return b.wording(at).Terms }

// PeriodAt are the days of the agreement as they stood at an instant, in
// whatever state: from its own first day to the end that its newest addendum in
// force, a recorded termination or its parent gives it. Its last day may lie
// before its first.
func (b Bound) PeriodAt(at time.Time) registry.Period {
	p := b.Agreement.Scope.Period
	p.Until, _ = b.end(at)
	if b.Parent != nil {
		p.From = max(p.From, b.Parent.PeriodAt(at).From)
	}
	return p
}

// ReleasableUntil is the last day on which what was estimated under the
// agreement may still be checked and released, as it stood at an instant; empty
// while the agreement has no last day.
func (b Bound) ReleasableUntil(at time.Time) registry.Day {
	last, _ := b.end(at)
	if last == "" {
		return ""
	}
	return last.Add(b.TermsAt(at).ReleaseDays)
}

// wording is the newest text in force at an instant: the last addendum's or the
// agreement's own.
func (b Bound) wording(at time.Time) Content {
	if in := b.inForce(at); len(in) > 0 {
		return in[len(in)-1].Content
	}
	return b.Agreement.Content
}

// end gives the last day as it stood at an instant, and the state that follows
// it; an empty day: none is settled.
func (b Bound) end(at time.Time) (registry.Day, string) {
	if b.Agreement.Amends != "" && b.Parent != nil {
		return b.amended().end(at)
	}
	last, state := b.wording(at).Scope.Period.Until, AgreementExpired
	if t := b.Agreement.Terminated; t != nil && !at.Before(t.At) {
		if day := t.Day.Add(-1); last == "" || day < last {
			last, state = day, AgreementTerminated
		}
	}
	if b.Parent != nil {
		if day, then := b.Parent.end(at); day != "" && (last == "" || day < last) {
			last, state = day, then
		}
	}
	return last, state
}

// amended is the agreement that an addendum changes, with the addendum.
func (b Bound) amended() Bound {
	up := *b.Parent
	if !slices.ContainsFunc(up.Addenda, func(x Agreement) bool { return x.ID == b.Agreement.ID }) {
		up.Addenda = append(slices.Clone(up.Addenda), b.Agreement)
	}
	return up
}

// inForce gives the addenda that had come into force by an instant, in the order
// in which they did: each once it is concluded and its first day has come. One
// that would come after the end as it then stood never does.
func (b Bound) inForce(at time.Time) []Agreement {
	from := func(a Agreement) time.Time {
		t, _ := a.Concluded()
		if s := start(a.Scope.Period.From); s.After(t) {
			return s
		}
		return t
	}
	var all []Agreement
	for _, a := range b.Addenda {
		if _, ok := a.Concluded(); ok && !at.Before(from(a)) {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(x, y Agreement) int {
		return cmp.Or(from(x).Compare(from(y)), x.Drafted.At.Compare(y.Drafted.At), cmp.Compare(x.ID, y.ID))
	})
	last := b.Agreement.Scope.Period.Until
	var in []Agreement
	for _, a := range all {
		begins := from(a)
		day := registry.DayOf(begins)
		t := b.Agreement.Terminated
		stopped := t != nil && !begins.Before(t.At) && day >= t.Day
		if day > last || day > a.Scope.Period.Until || stopped {
			continue
		}
		if b.Parent != nil {
			if over, _ := b.Parent.end(begins); over != "" && day > over {
				continue
			}
		}
		in, last = append(in, a), a.Scope.Period.Until
	}
	return in
}

// start is the first instant of a day in Asia/Jakarta.
func start(d registry.Day) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), jakarta)
	if err != nil {
		return time.Time{} // no day: since ever
	}
	return t
}

// jakarta has had no summer time in the years that the record speaks of.
var jakarta = time.FixedZone("WIB", 7*60*60)
