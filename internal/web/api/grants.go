package api

import (
	"context"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Grant is a role of a user as the API shows it.
type Grant struct {
	ID           string   `json:"id"`
	User         string   `json:"user"`
	Role         string   `json:"role" enum:"head,analyst,researcher,kabupaten-officer,data-steward,output-checker,administrator,auditor"`
	Region       string   `json:"region"`
	Organisation string   `json:"organisation"`
	From         string   `json:"from"`
	Until        string   `json:"until"`
	Reason       string   `json:"reason"`
	State        string   `json:"state" enum:"requested,active,expired,refused,ended,resting"`
	Rests        *Words   `json:"rests,omitempty"`
	Requested    Mark     `json:"requested"`
	Confirmed    *Mark    `json:"confirmed,omitempty"`
	Refused      *Mark    `json:"refused,omitempty"`
	Ended        *Mark    `json:"ended,omitempty"`
	Revision     int64    `json:"revision"`
	Commands     []string `json:"commands"`
}

// Mark says who did something, through which door, and when.
type Mark struct {
	User string    `json:"user"`
	Via  string    `json:"via" enum:"web,api,command-line,system"`
	At   time.Time `json:"at"`
}

func markOf(m *access.Mark) *Mark {
	if m == nil {
		return nil
	}
	return &Mark{m.User, string(m.Via), m.At}
}

// resting is the state of a grant in force that counts for nothing now.
const resting = "resting"

// given is a grant with why it rests (access.Grant.Rests); empty: it does not.
type given struct {
	access.Grant
	rests string
}

// grantsIn puts to grants why they rest.
func grantsIn(r *store.Reader, c caller, all []access.Grant) ([]given, error) {
	why, err := store.Resting(r, all, c.At)
	if err != nil {
		return nil, err
	}
	out := make([]given, len(all))
	for i, g := range all {
		out[i] = given{g, why[g.ID]}
	}
	return out, nil
}

// state is the grant's as it counts.
func (g given) state(c caller) string {
	if g.rests != "" {
		return resting
	}
	return g.StateAt(c.At)
}

func (c caller) grant(g given, revision int64) Grant {
	out := Grant{ID: g.ID, User: g.User, Role: string(g.Role), Region: g.Region, Organisation: g.Organisation, From: string(g.Period.From), Until: string(g.Period.Until),
		Reason: g.Reason, State: g.state(c), Requested: *markOf(&g.Requested), Confirmed: markOf(g.Confirmed), Refused: markOf(g.Refused), Ended: markOf(g.Ended),
		Revision: revision, Commands: c.commandsOf(grantKind, g.StateAt(c.At), g.Place(), "")}
	if g.rests != "" {
		why := wordsOf("record.grant.rests." + g.rests)
		out.Rests = &why
	}
	return out
}

// GrantFilter picks grants.
type GrantFilter struct {
	Paging
	User  string `query:"user" maxLength:"200"`
	Role  string `query:"role" enum:"head,analyst,researcher,kabupaten-officer,data-steward,output-checker,administrator,auditor"`
	State string `query:"state" enum:"requested,active,expired,refused,ended,resting"`
}

// RequestGrant asks for a role; why is its reason.
type RequestGrant struct {
	User         string `json:"user" maxLength:"200"`
	Role         string `json:"role" enum:"head,analyst,researcher,kabupaten-officer,data-steward,output-checker,administrator,auditor"`
	Region       string `json:"region" maxLength:"20"`
	Organisation string `json:"organisation,omitempty" maxLength:"200"`
	From         string `json:"from" format:"date"`
	Until        string `json:"until" format:"date"`
	Given
}

func (d *door) grants() {
	const noun = "grants"
	all := shelf[GrantFilter, given, Grant]{
		noun: noun, kind: grantKind, right: access.GrantRead, self: true,
		pieces: func(r *store.Reader, c caller, _ GrantFilter) func(store.Page) ([]given, error) {
			return func(p store.Page) ([]given, error) {
				some, err := store.Grants(r, c.Standing, p)
				if err != nil {
					return nil, err
				}
				return grantsIn(r, c, some)
			}
		},
		one: func(r *store.Reader, c caller, id string) (given, error) {
			g, _, err := store.GrantOf(r, id)
			if err != nil {
				return given{}, err
			}
			all, err := grantsIn(r, c, []access.Grant{g})
			if err != nil {
				return given{}, err
			}
			return all[0], nil
		},
		id: func(g given) string { return g.ID },
		keep: func(c caller, f GrantFilter, g given) bool {
			return (f.User == "" || f.User == g.User) && (f.Role == "" || f.Role == string(g.Role)) && (f.State == "" || f.State == g.state(c))
		},
		show: func(c caller, _ *store.Reader, _ []given) (func(given, int64) Grant, error) { return c.grant, nil },
	}
	all.list(d)
	all.read(d, nil)
	example := OnObject{Seen{12}, Given{Why: "pemeriksaan tahunan"}}
	create(d, commanding(noun, grantKind, "request", true),
		RequestGrant{User: someID, Role: "auditor", Region: "35", From: "2026-12-01", Until: "2027-11-30", Given: example.Given},
		func(ctx context.Context, by store.By, b RequestGrant) (string, event.Event, error) {
			return d.record.RequestGrant(ctx, by, access.Grant{User: b.User, Role: access.Role(b.Role), Region: b.Region, Organisation: b.Organisation,
				Period: registry.Period{From: registry.Day(b.From), Until: registry.Day(b.Until)}})
		})
	for command, do := range map[string]func(context.Context, store.By, string) (event.Event, error){
		"confirm": d.record.ConfirmGrant, "refuse": d.record.RefuseGrant, "end": d.record.EndGrant,
	} {
		act(d, commanding(noun, grantKind, command, false), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			return do(ctx, by, id)
		})
	}
}
