package api

import (
	"context"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Organisation is an institution as the API shows it.
type Organisation struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind" enum:"ministry-centre,province-office,regency-office"`
	Office   string   `json:"office"`
	Region   string   `json:"region"`
	Full     string   `json:"name"`
	Short    string   `json:"short"`
	Names    []Name   `json:"names"`
	From     string   `json:"from"`
	Until    string   `json:"until"`
	State    string   `json:"state" enum:"active,ended"`
	Revision int64    `json:"revision"`
	Commands []string `json:"commands"`
	// Of one organisation alone, not in lists.
	Signing         *Signing `json:"signing,omitempty"`
	SigningRevision *int64   `json:"signing_revision,omitempty"`
}

// Name is how an organisation is called from a day on.
type Name struct {
	Full  string `json:"name"`
	Short string `json:"short"`
	From  string `json:"from"`
}

// Signing is what those may sign who stand in for a holder.
type Signing struct {
	Plt []string `json:"plt" enum:"agreement,permit,decision,letter" uniqueItems:"true" maxItems:"4"`
	Plh []string `json:"plh" enum:"agreement,permit,decision,letter" uniqueItems:"true" maxItems:"4"`
	An  []string `json:"an" enum:"agreement,permit,decision,letter" uniqueItems:"true" maxItems:"4"`
}

func signingOf(s registry.Signing) *Signing {
	return &Signing{texts(s.Plt), texts(s.Plh), texts(s.An)}
}

func (s Signing) setting() registry.Signing {
	return registry.Signing{Plt: kinds[registry.Document](s.Plt), Plh: kinds[registry.Document](s.Plh), An: kinds[registry.Document](s.An)}
}

// texts and kinds go between kinds of string; never nil.
func texts[K ~string](all []K) []string { return kindsOf[string](all) }
func kinds[K ~string](all []string) []K { return kindsOf[K](all) }
func kindsOf[K, L ~string](all []L) []K {
	out := make([]K, len(all))
	for i, v := range all {
		out[i] = K(v)
	}
	return out
}

// today is the legal date at the caller's instant.
func (c caller) today() registry.Day { return registry.DayOf(c.At) }

func (c caller) organisation(o registry.Organisation, revision int64) Organisation {
	now := o.NameOn(c.today())
	out := Organisation{ID: o.ID, Kind: string(o.Kind), Office: string(o.Office), Region: o.Region, Full: now.Full, Short: now.Short, Names: []Name{}, From: string(o.Period.From), Until: string(o.Period.Until),
		State: o.State(), Revision: revision, Commands: c.commandsOf(organisationKind, o.State(), access.Place{Region: o.Region, Organisation: o.ID}, "")}
	for _, n := range o.Names {
		out.Names = append(out.Names, Name{n.Full, n.Short, string(n.From)})
	}
	return out
}

// OrganisationFilter picks organisations.
type OrganisationFilter struct {
	Paging
	Within string `query:"within" maxLength:"20"`
	Kind   string `query:"kind" enum:"ministry-centre,province-office,regency-office"`
	State  string `query:"state" enum:"active,ended"`
}

// RegisterOrganisation makes an organisation. Without an office it is the social
// office of its region, or a centre of research of the ministry.
type RegisterOrganisation struct {
	Kind   string `json:"kind" enum:"ministry-centre,province-office,regency-office"`
	Office string `json:"office,omitempty" maxLength:"40"`
	Region string `json:"region" maxLength:"20"`
	Full   string `json:"name" maxLength:"1000"`
	Short  string `json:"short" maxLength:"1000"`
	From   string `json:"from" format:"date"`
	Given
}

// RenameOrganisation gives an organisation another name from a day on.
type RenameOrganisation struct {
	Full  string `json:"name" maxLength:"1000"`
	Short string `json:"short" maxLength:"1000"`
	From  string `json:"from" format:"date"`
	OnObject
}

// EndOnDay records an object's last day.
type EndOnDay struct {
	Last string `json:"last" format:"date"`
	OnObject
}

// ChangeSetting sets what those may sign who stand in at an organisation; seen
// is the signing_revision, 0 where it was never set.
type ChangeSetting struct {
	Signing Signing `json:"signing"`
	Seen    int64   `json:"seen" minimum:"0"`
	Given
}

func (c ChangeSetting) seen() int64 { return c.Seen }

func (d *door) organisations() {
	const noun = "organisations"
	all := shelf[OrganisationFilter, registry.Organisation, Organisation]{
		noun: noun, kind: organisationKind, right: access.OrganisationRead, pieces: func(r *store.Reader, c caller, f OrganisationFilter) func(store.Page) ([]registry.Organisation, error) {
			return func(p store.Page) ([]registry.Organisation, error) {
				if err := known("query.within", f.Within); err != nil {
					return nil, err
				}
				return store.Organisations(r, c.Standing, p)
			}
		},
		one: plain(store.OrganisationOf),
		id:  func(o registry.Organisation) string { return o.ID },
		keep: func(_ caller, f OrganisationFilter, o registry.Organisation) bool {
			return (f.Within == "" || registry.Within(o.Region, f.Within)) && (f.Kind == "" || f.Kind == string(o.Kind)) && (f.State == "" || f.State == o.State())
		},
		show: func(c caller, _ *store.Reader, _ []registry.Organisation) (func(registry.Organisation, int64) Organisation, error) {
			return c.organisation, nil
		},
	}
	all.list(d)
	all.read(d, func(r *store.Reader, o *Organisation) error {
		set, err := r.Last(store.SettingObject(o.ID, registry.SigningSetting))
		if err != nil {
			return err
		}
		signing, err := store.SigningOf(r, o.ID)
		o.Signing, o.SigningRevision = signingOf(signing), &set.Seq
		return err
	})
	example := OnObject{Seen{12}, Given{Why: "Pergub Jawa Timur 45/2026"}}
	create(d, commanding(noun, organisationKind, "register", true),
		RegisterOrganisation{Kind: "regency-office", Office: "social", Region: "3510", Full: "Dinas Sosial Kabupaten Banyuwangi", Short: "Dinsos Banyuwangi", From: "2026-01-01", Given: example.Given},
		func(ctx context.Context, by store.By, b RegisterOrganisation) (string, event.Event, error) {
			return d.record.RegisterOrganisation(ctx, by, registry.Organisation{Kind: registry.OrganisationKind(b.Kind), Office: registry.Office(b.Office), Region: b.Region,
				Period: registry.Period{From: registry.Day(b.From)}, Names: []registry.Name{{Full: b.Full, Short: b.Short}}})
		})
	act(d, commanding(noun, organisationKind, "rename", false), RenameOrganisation{Full: "Dinas Sosial dan P3A Kabupaten Banyuwangi", Short: "Dinsos P3A Banyuwangi", From: "2027-01-01", OnObject: example},
		func(ctx context.Context, by store.By, id string, b RenameOrganisation) (event.Event, error) {
			return d.record.RenameOrganisation(ctx, by, id, registry.Name{Full: b.Full, Short: b.Short, From: registry.Day(b.From)})
		})
	act(d, commanding(noun, organisationKind, "end", false), EndOnDay{Last: "2026-12-31", OnObject: example},
		func(ctx context.Context, by store.By, id string, b EndOnDay) (event.Event, error) {
			return d.record.EndOrganisation(ctx, by, id, registry.Day(b.Last))
		})
	act(d, commanding(noun, organisationKind, "change-setting", false),
		ChangeSetting{Signing: Signing{Plt: []string{"permit", "letter"}, Plh: []string{"letter"}, An: []string{}}, Seen: 0, Given: example.Given},
		func(ctx context.Context, by store.By, id string, b ChangeSetting) (event.Event, error) {
			return d.record.ChangeSigning(ctx, by, id, b.Signing.setting())
		})
}
