package api

import (
	"context"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Position is a seat (jabatan) as the API shows it.
type Position struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation"`
	Title        string    `json:"title"`
	From         string    `json:"from"`
	Until        string    `json:"until"`
	State        string    `json:"state" enum:"active,ended"`
	Holdings     []Holding `json:"holdings"`
	InCharge     string    `json:"in_charge"`
	Revision     int64     `json:"revision"`
	Commands     []string  `json:"commands"`
}

// Holding says who holds a position, in which capacity and when.
type Holding struct {
	ID       string     `json:"id"`
	User     string     `json:"user"`
	Name     string     `json:"name"`
	Capacity string     `json:"capacity" enum:"definitive,plt,plh,an"`
	From     string     `json:"from"`
	Until    string     `json:"until"`
	Mandate  *Mandate   `json:"mandate,omitempty"`
	Absence  *Absence   `json:"absence,omitempty"`
	Begun    time.Time  `json:"begun"`
	Ended    *time.Time `json:"ended"`
}

// Mandate is the letter under which somebody acts.
type Mandate struct {
	Number string `json:"number" maxLength:"1000"`
	Date   string `json:"date" format:"date"`
	File   string `json:"file" minLength:"64" maxLength:"64"`
}

// Absence says when the definitive holder is away, and why.
type Absence struct {
	From   string `json:"from" format:"date"`
	Until  string `json:"until" format:"date"`
	Reason string `json:"reason" maxLength:"10000"`
}

func (c caller) position(p registry.Position, organisation registry.Organisation, names map[string]string, revision int64) Position {
	out := Position{ID: p.ID, Organisation: p.Organisation, Title: p.Title, From: string(p.Period.From), Until: string(p.Period.Until), State: p.State(), Holdings: []Holding{},
		Revision: revision, Commands: c.commandsOf(positionKind, p.State(), access.Place{Region: organisation.Region, Organisation: p.Organisation}, "")}
	if h, ok := p.InCharge(c.At); ok {
		out.InCharge = h.User
	}
	for _, h := range p.Holdings {
		days := h.Days()
		held := Holding{ID: h.ID, User: h.User, Name: names[h.User], Capacity: string(h.Capacity), From: string(days.From), Until: string(days.Until), Begun: h.Begun, Ended: h.Ended}
		if m := h.Mandate; m != nil {
			held.Mandate = &Mandate{m.Number, string(m.Date), m.File}
		}
		if a := h.Absence; a != nil {
			held.Absence = &Absence{string(a.Period.From), string(a.Period.Until), a.Reason}
		}
		out.Holdings = append(out.Holdings, held)
	}
	return out
}

// holders looks up what it takes to show positions: their organisations and the
// names of those who hold them.
func (c caller) holders(r *store.Reader, all []registry.Position) (func(registry.Position, int64) Position, error) {
	var users []string
	offices := map[string]registry.Organisation{}
	for _, p := range all {
		if _, known := offices[p.Organisation]; !known {
			o, _, err := store.OrganisationOf(r, p.Organisation)
			if err != nil {
				return nil, err
			}
			offices[p.Organisation] = o
		}
		for _, h := range p.Holdings {
			users = append(users, h.User)
		}
	}
	names, err := store.NamesOf(r, users)
	return func(p registry.Position, revision int64) Position {
		return c.position(p, offices[p.Organisation], names, revision)
	}, err
}

// PositionFilter picks positions.
type PositionFilter struct {
	Paging
	Organisation string `query:"organisation" maxLength:"200"`
	User         string `query:"user" maxLength:"200"`
	State        string `query:"state" enum:"active,ended"`
}

// CreatePosition makes a position.
type CreatePosition struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Title        string `json:"title" maxLength:"1000"`
	From         string `json:"from" format:"date"`
	Given
}

// BeginHolding lets a person hold a position.
type BeginHolding struct {
	User     string   `json:"user" maxLength:"200"`
	Capacity string   `json:"capacity" enum:"definitive,plt,plh,an"`
	From     string   `json:"from" format:"date"`
	Until    string   `json:"until,omitempty" format:"date"`
	Mandate  *Mandate `json:"mandate,omitempty"`
	Absence  *Absence `json:"absence,omitempty"`
	OnObject
}

func (b BeginHolding) holding() registry.Holding {
	h := registry.Holding{User: b.User, Capacity: event.Capacity(b.Capacity), Period: registry.Period{From: registry.Day(b.From), Until: registry.Day(b.Until)}}
	if m := b.Mandate; m != nil {
		h.Mandate = &registry.Mandate{Number: m.Number, Date: registry.Day(m.Date), File: m.File}
	}
	if a := b.Absence; a != nil {
		h.Absence = &registry.Absence{Period: registry.Period{From: registry.Day(a.From), Until: registry.Day(a.Until)}, Reason: a.Reason}
	}
	return h
}

// EndHolding records the last day on which a person holds a position.
type EndHolding struct {
	Holding string `json:"holding" maxLength:"200"`
	Last    string `json:"last" format:"date"`
	OnObject
}

func (d *door) positions() {
	const noun = "positions"
	all := shelf[PositionFilter, registry.Position, Position]{
		noun: noun, kind: positionKind, right: access.PositionRead, pieces: whole[PositionFilter](store.Positions), one: plain(store.PositionOf),
		id: func(p registry.Position) string { return p.ID },
		keep: func(_ caller, f PositionFilter, p registry.Position) bool {
			held := f.User == "" || slices.ContainsFunc(p.Holdings, func(h registry.Holding) bool { return h.User == f.User })
			return held && (f.Organisation == "" || f.Organisation == p.Organisation) && (f.State == "" || f.State == p.State())
		},
		show: caller.holders,
	}
	all.list(d)
	all.read(d, nil)
	example := OnObject{Seen{12}, Given{Why: "SK 821.2/104/2026"}}
	create(d, commanding(noun, positionKind, "create", true), CreatePosition{Organisation: someID, Title: "Kepala Dinas", From: "2026-01-01", Given: example.Given},
		func(ctx context.Context, by store.By, b CreatePosition) (string, event.Event, error) {
			return d.record.CreatePosition(ctx, by, registry.Position{Organisation: b.Organisation, Title: b.Title, Period: registry.Period{From: registry.Day(b.From)}})
		})
	act(d, commanding(noun, positionKind, "end", false), EndOnDay{Last: "2026-12-31", OnObject: example},
		func(ctx context.Context, by store.By, id string, b EndOnDay) (event.Event, error) {
			return d.record.EndPosition(ctx, by, id, registry.Day(b.Last))
		})
	act(d, commanding(noun, positionKind, "begin-holding", false), BeginHolding{User: someID, Capacity: "definitive", From: "2026-01-01", OnObject: example},
		func(ctx context.Context, by store.By, id string, b BeginHolding) (event.Event, error) {
			return d.record.BeginHolding(ctx, by, id, b.holding())
		})
	act(d, commanding(noun, positionKind, "end-holding", false), EndHolding{Holding: someID, Last: "2026-11-30", OnObject: example},
		func(ctx context.Context, by store.By, id string, b EndHolding) (event.Event, error) {
			return d.record.EndHolding(ctx, by, id, b.Holding, registry.Day(b.Last))
		})
}
