package registry

import (
	"regexp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Holding says that a person holds a position in a capacity on the days of a
// period: definitive; Plt. (pelaksana tugas) while there is no definitive
// holder; Plh. (pelaksana harian) while the definitive holder is away; a.n.
// (atas nama) to sign for whoever holds it.
type Holding struct {
	ID       string         `json:"id"`
	User     string         `json:"user"`
	Capacity event.Capacity `json:"capacity"`
	Period   Period         `json:"period"`
	Mandate  *Mandate       `json:"mandate"` // nil: none, for a definitive holder
	Absence  *Absence       `json:"absence"` // of the definitive holder; Plh. alone
	Begun    time.Time      `json:"begun"`   // when it was recorded
	Ended    *time.Time     `json:"ended"`   // when its end was recorded; nil: not yet
	Last     Day            `json:"last"`    // the last day then given; the day before From: never held
}

// Mandate is the letter under which somebody acts.
type Mandate struct {
	Number string `json:"number"`
	Date   Day    `json:"date"`
	File   string `json:"file"` // SHA-256 of the letter among the contents, 64 lowercase hex digits
}

// Absence says when the definitive holder is away, and why.
type Absence struct {
	Period Period `json:"period"`
	Reason string `json:"reason"`
}

// Days are the days of the holding as the record knows them now.
func (h Holding) Days() Period { return h.Period.Cut(h.Last) }

// HeldAt tells whether the record at an instant said that the position was held
// so on that day: what was recorded later does not count.
func (h Holding) HeldAt(at time.Time) bool {
	if at.Before(h.Begun) {
		return false
	}
	days := h.Period
	if h.Ended != nil && !at.Before(*h.Ended) {
		days = h.Days()
	}
	return days.Has(DayOf(at))
}

var (
	inCharge   = []event.Capacity{event.Plh, event.Definitive, event.Plt}
	capacities = []event.Capacity{event.Definitive, event.Plt, event.Plh, event.An}
	hash       = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// BeginHolding lets a person hold the position: h has ID, User, Capacity,
// Period, Mandate and Absence. Event: holding-begun.
//
// Each day has at most one definitive holder and no Plt. beside one, or at most
// one Plt.; at most one Plh., on days on which the definitive holder is stated to
// be away; and a.n. only for somebody who holds the position.
func (p Position) BeginHolding(h Holding, name NameOf, at time.Time) (Change, error) {
	if err := PositionLife.Check(p.State(), "begin-holding"); err != nil {
		return Change{}, err
	}
	h.Begun, h.Ended, h.Last = at, nil, ""
	if !slices.Contains(capacities, h.Capacity) {
		return Change{}, problem.New("holding-capacity", "found", string(h.Capacity), "expected", capacities, "field", "capacity")
	}
	if err := h.Period.Check(); err != nil {
		return Change{}, err
	}
	if !p.Period.Covers(h.Period) {
		return Change{}, problem.New("holding-outside", "title", p.Title, "from", string(p.Period.From), "found", string(h.Period.From), "field", "from")
	}
	if err := h.checkMandate(at); err != nil {
		return Change{}, err
	}
	if err := h.checkAbsence(); err != nil {
		return Change{}, err
	}
	if err := p.fits(h, name); err != nil {
		return Change{}, err
	}
	after := p
	after.Holdings = append(slices.Clone(p.Holdings), h)
	return Change{Type: "holding-begun", Before: p, After: after}, nil
}

func (h *Holding) checkMandate(at time.Time) error {
	if h.Mandate == nil {
		if h.Capacity == event.Definitive {
			return nil
		}
		return problem.New("blank-mandate", "field", "mandate")
	}
	m := *h.Mandate
	m.Number = Clean(m.Number)
	h.Mandate = &m
	if err := CheckText("mandate", m.Number, LongestName, false); err != nil {
		return err
	}
	if _, err := ParseDay(string(m.Date)); err != nil {
		return err
	}
	if today := DayOf(at); m.Date > today {
		return problem.New("holding-mandate-future", "date", string(m.Date), "today", string(today), "field", "mandate-date")
	}
	if !hash.MatchString(m.File) {
		return problem.New("holding-mandate-file", "field", "mandate-file")
	}
	return nil
}

func (h *Holding) checkAbsence() error {
	if h.Capacity != event.Plh {
		if h.Absence != nil {
			return problem.New("holding-absence-idle", "field", "absence")
		}
		return nil
	}
	if h.Absence == nil || h.Absence.Period.Until == "" {
		return problem.New("holding-absence", "field", "absence")
	}
	a := *h.Absence
	a.Reason = Clean(a.Reason)
	h.Absence = &a
	if err := a.Period.Check(); err != nil {
		return err
	}
	if err := CheckText("absence", a.Reason, LongestReason, false); err != nil {
		return err
	}
	if !a.Period.Covers(h.Period) {
		return problem.New("holding-plh-present", "from", string(a.Period.From), "until", string(a.Period.Until), "field", "until")
	}
	return nil
}

// fits holds a new holding against those of the same days.
func (p Position) fits(h Holding, name NameOf) error {
	for _, other := range p.Holdings {
		days := other.Days()
		if !days.Meets(h.Period) {
			continue
		}
		clash := func(code string) error {
			return problem.New(code, "who", name(other.User), "title", p.Title, "from", string(days.From), "until", string(days.Until))
		}
		switch pair := [2]event.Capacity{h.Capacity, other.Capacity}; {
		case h.User == other.User:
			return clash("holding-same-person")
		case pair == [2]event.Capacity{event.Definitive, event.Definitive}:
			return clash("holding-definitive-taken")
		case pair == [2]event.Capacity{event.Definitive, event.Plt}:
			return clash("holding-definitive-plt")
		case pair == [2]event.Capacity{event.Plt, event.Definitive}:
			return clash("holding-plt-not-vacant")
		case pair == [2]event.Capacity{event.Plt, event.Plt}:
			return clash("holding-plt-taken")
		case pair == [2]event.Capacity{event.Plh, event.Plh}:
			return clash("holding-plh-taken")
		}
	}
	switch h.Capacity {
	case event.Plh:
		if !p.covered(h.Period, event.Definitive) {
			return problem.New("holding-plh-nobody", "title", p.Title, "from", string(h.Period.From), "until", string(h.Period.Until))
		}
	case event.An:
		if !p.covered(h.Period, event.Definitive, event.Plt) {
			return problem.New("holding-an-nobody", "title", p.Title, "from", string(h.Period.From), "until", string(h.Period.Until))
		}
	}
	return nil
}

// covered tells whether each day of a period has a holder in one of the
// capacities.
func (p Position) covered(period Period, by ...event.Capacity) bool {
	held := make([]Period, 0, len(p.Holdings))
	for _, h := range p.Holdings {
		if d := h.Days(); slices.Contains(by, h.Capacity) && !d.empty() {
			held = append(held, d)
		}
	}
	slices.SortFunc(held, func(a, b Period) int {
		if a.From < b.From {
			return -1
		}
		return 1
	})
	for _, d := range held {
		switch {
		case period.empty():
			return true
		case d.From > period.From:
			return false
		case d.Until == "":
			return true
		case d.Until >= period.From:
			if d.Until == period.Until {
				return true
			}
			period.From = d.Until.Add(1)
		}
	}
	return period.empty()
}

// EndHolding records the last day on which a person holds the position; the day
// before the first one says that it was never held. Whoever stands in for this
// person beyond must be ended first. Event: holding-ended.
func (p Position) EndHolding(id string, last Day, name NameOf, at time.Time) (Change, error) {
	if err := PositionLife.Check(p.State(), "end-holding"); err != nil {
		return Change{}, err
	}
	i, ok := p.find(id)
	if !ok {
		return Change{}, problem.New("holding-unknown", "found", id, "title", p.Title)
	}
	if _, err := ParseDay(string(last)); err != nil {
		return Change{}, err
	}
	h := p.Holdings[i]
	if d := h.Days(); last < d.From.Add(-1) || (d.Until != "" && last >= d.Until) || d.empty() {
		return Change{}, problem.New("holding-ends", "who", name(h.User), "from", string(d.From), "until", string(d.Until), "found", string(last), "field", "last")
	}
	h.Ended, h.Last = &at, last
	after := p
	after.Holdings = slices.Clone(p.Holdings)
	after.Holdings[i] = h
	for _, other := range after.Holdings {
		needs := map[event.Capacity][]event.Capacity{event.Plh: {event.Definitive}, event.An: {event.Definitive, event.Plt}}[other.Capacity]
		if d := other.Days(); needs != nil && !d.empty() && other.ID != id && p.covered(d, needs...) && !after.covered(d, needs...) {
			return Change{}, problem.New("holding-stood-in", "who", name(other.User), "title", p.Title, "from", string(d.From), "until", string(d.Until))
		}
	}
	return Change{Type: "holding-ended", Before: p, After: after}, nil
}
