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
func (b Bound) StateAt(at time.Time) string { return b.at(at).state }

// InForce tells whether the agreement is active, amended or not.
func (b Bound) InForce(at time.Time) bool { return b.at(at).inForce() }

// ScopeAt is what the agreement opens at an instant: its scope or that of its
// newest addendum in force, cut by all agreements above it. Nothing where it is
// not in force; an addendum opens nothing by itself.
func (b Bound) ScopeAt(at time.Time) Scope {
	s := b.at(at)
	if b.Agreement.Amends != "" || !s.inForce() {
		return Nothing()
	}
	return s.scope()
}

// TermsAt are the terms at an instant, in whatever state.
func (b Bound) TermsAt(at time.Time) Terms { return b.at(at).words.Terms }

// PeriodAt are the days of the agreement as they stood at an instant, in
// whatever state: from its own first day to the end that its newest addendum in
// force, a recorded termination or its parent gives it. Its last day may lie
// before its first.
func (b Bound) PeriodAt(at time.Time) registry.Period { return b.at(at).days }

// ReleasableUntil is the last day on which what was estimated under the
// agreement may still be checked and released, as it stood at an instant; empty
// while the agreement has no last day.
func (b Bound) ReleasableUntil(at time.Time) registry.Day {
	s := b.at(at)
	if s.days.Until == "" {
		return ""
	}
	return s.days.Until.Add(s.words.Terms.ReleaseDays)
}

// standing is how an agreement stood at an instant.
type standing struct {
	state string
	words *Content        // the newest text in force, or its own
	days  registry.Period // cut by all that cuts them
	then  string          // the state that follows the last day
	in    []*Agreement    // its addenda in force, in the order in which they came
	up    *standing       // the agreement above it, or that it amends
}

func (s *standing) inForce() bool { return s.state == AgreementActive || s.state == AgreementAmended }

// over tells whether a day lies behind the last one.
func (s *standing) over(d registry.Day) bool { return s.days.Until != "" && d > s.days.Until }

// scope is what the words open on the days that are left, cut by all above.
func (s *standing) scope() Scope {
	open := s.words.Scope
	open.Period = s.days
	if s.up != nil {
		open = open.Meet(s.up.scope())
	}
	return open
}

func (b *Bound) at(at time.Time) *standing {
	a := &b.Agreement
	today := registry.DayOf(at)
	s := &standing{words: &a.Content, days: a.Scope.Period, then: AgreementExpired}
	if b.Parent != nil {
		s.up = b.above().at(at)
	}
	if a.Amends == "" {
		s.in = b.inForce(at, s.up)
	}
	if n := len(s.in); n > 0 {
		s.words = &s.in[n-1].Content
		s.days.Until = s.words.Scope.Period.Until
	}
	if s.up != nil {
		if a.Amends != "" {
			s.days.Until = "" // an addendum ends with what it amends, which it may have made longer
		}
		s.days.From = max(s.days.From, s.up.days.From)
		s.ends(s.up.days.Until, s.up.then)
	}
	if t := a.Terminated; t != nil && !at.Before(t.At) { // last: what has ended with its parent is not ended again
		s.ends(t.Day.Add(-1), AgreementTerminated)
	}
	concluded, ok := a.Concluded()
	switch {
	case at.Before(a.Drafted.At):
		s.state = registry.None
	case a.Frozen == nil || at.Before(a.Frozen.At):
		s.state = AgreementDraft
	case !slices.ContainsFunc(a.Signatures, func(x Signature) bool { return !at.Before(x.Recorded.At) }):
		s.state = AgreementProposed
	case !ok || at.Before(concluded):
		s.state = AgreementSigned
	case s.over(today):
		s.state = s.then
	case today < a.Scope.Period.From, s.up != nil && !s.up.inForce():
		s.state = AgreementSigned
	case a.Amends != "" && (s.up == nil || !slices.ContainsFunc(s.up.in, func(x *Agreement) bool { return x.ID == a.ID })):
		s.state = AgreementSigned // it never came into force
	case len(s.in) > 0:
		s.state = AgreementAmended
	default:
		s.state = AgreementActive
	}
	return s
}

// ends cuts the days at a last one; an empty day cuts nothing.
func (s *standing) ends(last registry.Day, then string) {
	if last != "" && (s.days.Until == "" || last < s.days.Until) {
		s.days.Until, s.then = last, then
	}
}

// above is the parent; of an addendum the agreement that it amends, with it.
func (b *Bound) above() *Bound {
	up := b.Parent
	if b.Agreement.Amends == "" || slices.ContainsFunc(up.Addenda, func(x Agreement) bool { return x.ID == b.Agreement.ID }) {
		return up
	}
	return &Bound{up.Agreement, up.Parent, append(slices.Clone(up.Addenda), b.Agreement)}
}

// inForce gives the addenda that had come into force by an instant, in the order
// in which they did: each once it is concluded and its first day has come. One
// that would come after the end as it then stood never does. Up is how the
// parent stands at that instant; nil: none.
func (b *Bound) inForce(at time.Time, up *standing) []*Agreement {
	type coming struct {
		a    *Agreement
		from time.Time
	}
	var all []coming
	for i := range b.Addenda {
		a := &b.Addenda[i]
		from, ok := a.Concluded()
		if s := a.Scope.Period.From.Begins(); s.After(from) {
			from = s
		}
		if ok && !at.Before(from) {
			all = append(all, coming{a, from})
		}
	}
	slices.SortFunc(all, func(x, y coming) int {
		return cmp.Or(x.from.Compare(y.from), x.a.Drafted.At.Compare(y.a.Drafted.At), cmp.Compare(x.a.ID, y.a.ID))
	})
	last := b.Agreement.Scope.Period.Until
	var in []*Agreement
	for _, x := range all {
		day, t := registry.DayOf(x.from), b.Agreement.Terminated
		switch {
		case day > last, day > x.a.Scope.Period.Until:
		case t != nil && !x.from.Before(t.At) && day >= t.Day:
		case up != nil && up.over(registry.DayOf(at)) && b.Parent.at(x.from).over(day): // a parent that is not over now was not over then
		default:
			in, last = append(in, x.a), x.a.Scope.Period.Until
		}
	}
	return in
}
