package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// world is an invented record, kept in memory beside the store: what the rules
// would refuse is in it too.
type world struct {
	organisations []registry.Organisation
	positions     []registry.Position
	users         []access.User
	grants        []access.Grant
	places        map[event.Object]access.Place
	moves         []move
}

// move is a user's way to another organisation.
type move struct {
	user, to string
	at       time.Time
}

// invent writes a random world into a store.
func invent(t *testing.T, s *Store, r *rand.Rand) *world {
	t.Helper()
	w := &world{places: map[event.Object]access.Place{}}
	regions := []string{registry.Nation, "35", "3501", "3507", "3507010", "3507010001", "3573", "3578", "34", "3404"}
	region := func() string { return regions[r.IntN(len(regions))] }
	at := func() time.Time { return noon.Add(time.Duration(r.IntN(400*24)-200*24) * time.Hour) }
	day := func() registry.Day { return registry.DayOf(at()) }
	write := func(kind, id, name string, after any, place access.Place) time.Time {
		t.Helper()
		o := event.Object{Kind: kind, ID: id}
		e := must(t, s, Command{Actor: sari, Object: o, Seen: Whatever, Decide: func(*Tx) (Change, error) { return Change{Type: name, After: after}, nil }})
		w.places[o] = place
		return e.At
	}
	some := func() string { // an organisation, or none
		if len(w.organisations) == 0 || r.IntN(4) == 0 {
			return ""
		}
		return w.organisations[r.IntN(len(w.organisations))].ID
	}
	home := func(organisation string) access.Place {
		p := access.Place{Region: registry.Nation}
		for _, o := range w.organisations {
			if o.ID == organisation {
				p = access.Place{Region: o.Region, Organisation: o.ID}
			}
		}
		return p
	}
	for i := range 12 {
		o := registry.Organisation{ID: fmt.Sprintf("o%02d", i), Kind: registry.RegencyOffice, Region: region(), Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Kantor", Short: "K", From: "2020-01-01"}}}
		w.organisations = append(w.organisations, o)
		write(organisationKind, o.ID, "organisation-registered", o, access.Place{Region: o.Region, Organisation: o.ID})
		if i%3 == 0 {
			id := SettingObject(o.ID, registry.SigningSetting).ID
			signing := registry.DefaultSigning()
			write(settingKind, id, "setting-changed", registry.Setting{Organisation: o.ID, Name: registry.SigningSetting, Signing: &signing}, access.Place{Region: o.Region, Organisation: o.ID})
		}
	}
	for i := range 10 {
		p := registry.Position{ID: fmt.Sprintf("p%02d", i), Organisation: w.organisations[r.IntN(12)].ID, Title: "Kepala", Period: registry.Period{From: "2020-01-01"}, Holdings: []registry.Holding{
			{ID: fmt.Sprintf("h%02d", i), User: fmt.Sprintf("u%02d", i), Capacity: []event.Capacity{event.Definitive, event.Definitive, event.Plt, event.Plh}[r.IntN(4)],
				Period: registry.Period{From: "2025-01-01", Until: []registry.Day{"", day()}[r.IntN(2)]}, Begun: noon.AddDate(-2, 0, 0)}}}
		w.positions = append(w.positions, p)
		write(positionKind, p.ID, "position-created", p, home(p.Organisation))
	}
	for i := range 14 {
		u := access.User{ID: fmt.Sprintf("u%02d", i), Name: "Nama", Email: fmt.Sprintf("u%d@contoh.go.id", i), Language: "id", Organisation: some()}
		since := noon.AddDate(-1, 0, 0)
		for _, status := range [][]access.Status{{access.Invited}, {access.Invited, access.UserActive}, {access.Invited, access.UserActive}, {access.Invited, access.UserActive, access.Suspended, access.UserActive}, {access.Invited, access.UserActive, access.Left}}[r.IntN(5)] {
			u.Statuses = append(u.Statuses, access.Turn{Status: status, Since: since})
			since = since.Add(time.Duration(1+r.IntN(200*24)) * time.Hour)
		}
		w.users = append(w.users, u)
		write(userKind, u.ID, "user-invited", u, home(u.Organisation))
		if moved := u; r.IntN(3) == 0 {
			moved.Organisation = some()
			w.moves = append(w.moves, move{u.ID, moved.Organisation, write(userKind, u.ID, "user-changed", moved, home(moved.Organisation))})
		}
	}
	for i := range 110 {
		g := access.Grant{ID: fmt.Sprintf("g%03d", i), User: w.users[r.IntN(len(w.users))].ID, Role: access.Roles[r.IntN(len(access.Roles))], Region: region(), Organisation: some(),
			Period: registry.Period{From: day(), Until: day()}, Reason: "uji", Requested: access.Mark{User: "x", Via: event.Web, At: at()}}
		if r.IntN(2) == 0 {
			g.Period = registry.Period{From: "2025-01-01", Until: "2028-01-01"}
		}
		for _, m := range []**access.Mark{&g.Confirmed, &g.Confirmed, &g.Confirmed, &g.Refused, &g.Ended} {
			if r.IntN(3) == 0 {
				*m = &access.Mark{User: "y", Via: event.Web, At: at()}
			}
		}
		for _, u := range w.users { // most are of those who may hold the role, at least for some time
			if u.ID == g.User && r.IntN(4) > 0 {
				g.Organisation = u.Organisation
			}
		}
		if p := w.positions[r.IntN(len(w.positions))]; g.Role == access.Head && r.IntN(4) > 0 {
			g.User, g.Organisation = p.Holdings[0].User, p.Organisation
		}
		w.grants = append(w.grants, g)
		write(grantKind, g.ID, "grant-requested", g, g.Place())
	}
	for i, u := range w.users {
		t := Token{ID: fmt.Sprintf("t%02d", i), User: u.ID, Scope: ReadScope, Until: "2027-01-01", Made: access.Mark{User: "x", Via: event.Web, At: noon}, Seal: access.UnknownSeal}
		write(tokenKind, t.ID, tokenMade, t, w.places[event.Object{Kind: userKind, ID: u.ID}])
	}
	write(backupKind, "b", backupBegun, backupState{File: "x"}, access.Place{Region: registry.Nation})
	return w
}

// TestListsAreWhatTheRuleAllows: for random users, instants and permissions the
// SQL of a list gives exactly the rows for which May says yes in memory, where
// the standing is worked out from what was invented and not from what was stored.
func TestListsAreWhatTheRuleAllows(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		s, err := Open(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		const seed = 20261125
		r := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // invented data
		w := invent(t, s, r)
		asked, some, all, resting := 0, 0, 0, 0
		err = s.View(context.Background(), func(from *Reader) error {
			for range 400 {
				u := w.users[r.IntN(len(w.users))]
				at := noon.Add(time.Duration(r.IntN(400*24)-200*24) * time.Hour)
				var own []access.Grant
				for _, g := range w.grants {
					if g.User == u.ID {
						own = append(own, g)
					}
				}
				var held []access.Seat
				for _, p := range w.positions {
					if h := p.Holdings[0]; h.User == u.ID {
						held = append(held, access.Seat{Position: p.ID, Organisation: p.Organisation, Holding: h})
					}
				}
				then := u
				for _, m := range w.moves {
					if m.user == u.ID && !m.at.After(at) {
						then.Organisation = m.to
					}
				}
				memory := access.StandingAt(then, held, own, at)
				resting += len(memory.Resting)
				stored, err := Who(from, u.ID, at)
				if err != nil {
					return err
				}
				if r.IntN(10) == 0 {
					memory, stored = memory.ViewedBy("x"), stored.ViewedBy("x")
				}
				allowed := func(p access.Permission, kind string) []string {
					var ids []string
					for o, place := range w.places {
						if o.Kind == kind && memory.May(p, place) == nil {
							ids = append(ids, o.ID)
						}
					}
					slices.Sort(ids)
					return ids
				}
				same := func(what string, got, want []string) {
					if !slices.Equal(got, want) {
						t.Errorf("%s at %v, %s: found %v, the rule says %v", u.ID, at, what, got, want)
					}
					asked++
					if len(want) > 0 {
						some++
					}
				}
				p := access.Permissions[r.IntN(len(access.Permissions))]
				for _, list := range []struct{ kind, sql string }{{organisationKind, "organisations"}, {positionKind, "positions"}, {userKind, "users"}, {grantKind, "grants"}} {
					column := "organisation"
					if list.kind == organisationKind {
						column = "id"
					}
					where, args := stored.Where(p, access.Columns{Region: "region", Organisation: column}, 2)
					rows, err := Query[struct {
						ID string `db:"id"`
					}](from, "SELECT id FROM "+list.sql+" WHERE id <> $1 AND "+where+" ORDER BY id", append([]any{"none"}, args...)...)
					if err != nil {
						return err
					}
					var got []string
					for _, row := range rows {
						got = append(got, row.ID)
					}
					want := allowed(p, list.kind)
					same(string(p)+" "+list.sql, got, want)
					if len(want) == len(w.grants) {
						all++
					}
				}
				lists := map[string][]string{}
				page := Page{}
				orgs, err := Organisations(from, stored, page)
				if err != nil {
					return err
				}
				for _, o := range orgs {
					lists[organisationKind] = append(lists[organisationKind], o.ID)
				}
				seats, err := Positions(from, stored, page)
				if err != nil {
					return err
				}
				for _, o := range seats {
					lists[positionKind] = append(lists[positionKind], o.ID)
				}
				people, err := Users(from, stored, page)
				if err != nil {
					return err
				}
				for _, o := range people {
					lists[userKind] = append(lists[userKind], o.ID)
				}
				given, err := Grants(from, stored, page)
				if err != nil {
					return err
				}
				for _, o := range given {
					lists[grantKind] = append(lists[grantKind], o.ID)
				}
				for kind, p := range map[string]access.Permission{organisationKind: access.OrganisationRead, positionKind: access.PositionRead, userKind: access.UserRead, grantKind: access.GrantRead} {
					same("list of "+kind, lists[kind], allowed(p, kind))
				}
				events, err := EventsBy(from, stored, EventFilter{}, 0, 1000)
				if err != nil {
					return err
				}
				// Gathered object by object, and in pieces, it is the same list.
				var pieces []event.Event
				for before := int64(0); ; {
					piece, err := eventsBy(from, stored, EventFilter{}, before, 7, 10)
					if err != nil {
						return err
					}
					pieces = append(pieces, piece...)
					if len(piece) < 7 {
						break
					}
					before = piece[6].Seq
				}
				if !slices.EqualFunc(events, pieces, func(a, b event.Event) bool { return a.Hash == b.Hash }) {
					t.Errorf("%s at %v: %d events, %d in pieces", u.ID, at, len(events), len(pieces))
				}
				got := map[string][]string{}
				for _, e := range events {
					got[e.Object.Kind] = append(got[e.Object.Kind], e.Object.ID)
				}
				for _, kind := range []string{organisationKind, settingKind, positionKind, userKind, grantKind, tokenKind, backupKind} {
					slices.Sort(got[kind])
					same("log of "+kind, slices.Compact(got[kind]), allowed(access.EventRead, kind))
				}
			}
			for o, place := range w.places {
				found, err := PlaceOf(from, o)
				if err != nil || found.Region != place.Region || found.Organisation != place.Organisation {
					t.Errorf("%v: %+v, %v", o, found, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if asked != 400*15 || some < 500 || all < 20 || resting < 100 {
			t.Errorf("%d lists asked, %d with rows, %d with all: the world is too poor to tell", asked, some, all)
		}
		verifies(t, s)
	})
}

// TestPages walks a list in pieces.
func TestPages(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			rini, err := Who(r, w.ids["rini"], *w.now)
			if err != nil {
				return err
			}
			all, err := Users(r, rini, Page{})
			if err != nil || len(all) != 6 {
				t.Fatal(all, err)
			}
			var walked []string
			for page := (Page{Most: 4}); ; {
				piece, err := Users(r, rini, page)
				if err != nil {
					return err
				}
				if len(piece) == 0 {
					break
				}
				for _, u := range piece {
					walked = append(walked, u.ID)
					if len(u.Statuses) != 2 {
						t.Errorf("%+v", u)
					}
				}
				page.After = piece[len(piece)-1].ID
			}
			if len(walked) != 6 || !slices.IsSorted(walked) {
				t.Error(walked)
			}
			newest, err := EventsBy(r, rini, EventFilter{}, 0, 3)
			if err != nil || len(newest) != 3 {
				t.Fatal(newest, err)
			}
			older, err := EventsBy(r, rini, EventFilter{}, newest[2].Seq, 3)
			if err != nil || len(older) != 3 || older[0].Seq != newest[2].Seq-1 {
				t.Error(older, err)
			}
			nobody, err := EventsBy(r, access.Standing{}, EventFilter{}, 0, 3)
			if len(nobody) != 0 {
				t.Error(nobody)
			}
			return err
		}))
	})
}
