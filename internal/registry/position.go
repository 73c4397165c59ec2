package registry

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// Position is a seat (jabatan) in an organisation. Owners, inboxes and deadlines
// belong to it and pass on when the person changes.
type Position struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation"`
	Title        string    `json:"title"` // "Kepala Dinas"
	Period       Period    `json:"period"`
	Holdings     []Holding `json:"holdings"` // in the order in which they were recorded
}

// PositionLife is the life of a position.
var PositionLife = Life{
	Object: "position", States: []string{"active", "ended"},
	Steps: []Step{
		{"create", []string{None}}, {"end", []string{"active"}},
		{"begin-holding", []string{"active"}}, {"end-holding", []string{"active", "ended"}},
	},
}

// State is "active", or "ended" once a last day is recorded.
func (p Position) State() string {
	if p.Period.Until == "" {
		return "active"
	}
	return "ended"
}

// CreatePosition makes a position: p has ID, Organisation, Title and the first
// day. Others are the positions of the organisation. Event: position-created.
func CreatePosition(p Position, of Organisation, others []Position) (Change, error) {
	if of.State() != "active" {
		return Change{}, problem.New("state-organisation-ended")
	}
	p.Title, p.Holdings = Clean(p.Title), []Holding{}
	if err := CheckText("title", p.Title, LongestName, false); err != nil {
		return Change{}, err
	}
	if err := p.Period.Check(); err != nil {
		return Change{}, err
	}
	if p.Period.Until != "" || !of.Period.Covers(p.Period) {
		return Change{}, problem.New("position-outside", "organisation", of.NameOn(p.Period.From).Full, "from", string(of.Period.From), "found", string(p.Period.From), "field", "from")
	}
	for _, other := range others {
		if other.Title == p.Title && other.Period.Meets(p.Period) {
			return Change{}, problem.New("position-twice", "title", p.Title, "field", "title")
		}
	}
	return Change{Type: "position-created", After: p}, nil
}

// End records the position's last day. Nobody may hold it beyond. Event:
// position-ended.
func (p Position) End(last Day, name NameOf) (Change, error) {
	if err := PositionLife.Check(p.State(), "end"); err != nil {
		return Change{}, err
	}
	if last == "" {
		return Change{}, problem.New("day", "found", "")
	}
	ended := p
	ended.Period.Until = last
	if err := ended.Period.Check(); err != nil {
		return Change{}, err
	}
	for _, h := range p.Holdings {
		if d := h.Days(); !d.empty() && !ended.Period.Covers(d) {
			return Change{}, problem.New("position-is-held", "who", name(h.User), "last", string(last))
		}
	}
	return Change{Type: "position-ended", Before: p, After: ended}, nil
}

// NameOf gives a person's name by the id, for messages.
type NameOf func(user string) string

// InCharge gives the holding that answers for the position at an instant: the
// Plh. where there is one (the holder is away), else the definitive holder, else
// the Plt. Whoever signs a.n. is never in charge. False: the position is vacant.
func (p Position) InCharge(at time.Time) (Holding, bool) {
	for _, c := range inCharge {
		for _, h := range p.Holdings {
			if h.Capacity == c && h.HeldAt(at) {
				return h, true
			}
		}
	}
	return Holding{}, false
}

// find gives the place of a holding.
func (p Position) find(id string) (int, bool) {
	i := slices.IndexFunc(p.Holdings, func(h Holding) bool { return h.ID == id })
	return i, i >= 0
}
