package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// importCommands are what scripts of imports need:
//
//	office DIR    makes a record with the office Dinsos Jatim, its steward
//	              laras@contoh.example and its analyst bayu@contoh.example
//	why DIR TEXT  the last event of a record has this reason
//	programmes DIR adds the ministry's centre and the programmes that are known from
//	              the start
func importCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"office": func(ts *testscript.TestScript, _ bool, args []string) {
		s := openRecord(ts, args[0], true)
		ctx := context.Background()
		console := func(name string) store.By {
			return store.By{Actor: event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}, Seen: store.Whatever, Why: "uji"}
		}
		id, _, err := s.RegisterOrganisation(ctx, console("mesin"), registry.Organisation{Kind: registry.ProvinceOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Dinas Sosial Provinsi Jawa Timur", Short: "Dinsos Jatim"}}})
		ts.Check(err)
		ts.Setenv("OFFICE", id)
		today := registry.DayOf(time.Now())
		for name, role := range map[string]access.Role{"laras": access.DataSteward, "bayu": access.Analyst} {
			user, token, _, err := s.AddUser(ctx, console("mesin"), access.User{Name: name, Email: name + "@contoh.example", Language: "id", Organisation: id})
			ts.Check(err)
			_, err = s.Accept(ctx, event.Web, token, "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo")
			ts.Check(err)
			grant, e, err := s.RequestGrant(ctx, console("mesin"), access.Grant{User: user, Role: role, Region: "35", Organisation: id, Period: registry.Period{From: today, Until: today.Add(30)}})
			ts.Check(err)
			if e.Type == "grant-requested" {
				_, err = s.ConfirmGrant(ctx, console("lain"), grant)
				ts.Check(err)
			}
		}
		ts.Check(s.Close())
	}, "why": func(ts *testscript.TestScript, _ bool, args []string) {
		s := openRecord(ts, args[0], false)
		ctx := context.Background()
		head, err := s.Head(ctx)
		ts.Check(err)
		ts.Check(s.View(ctx, func(r *store.Reader) error {
			for e, err := range r.Log(head.Seq - 1) {
				if err != nil || e.Why != args[1] {
					ts.Fatalf("%s has the reason %q: %v", e.Type, e.Why, err)
				}
			}
			return nil
		}))
		ts.Check(s.Close())
	}, "programmes": func(ts *testscript.TestScript, _ bool, args []string) {
		s := openRecord(ts, args[0], false)
		ctx := context.Background()
		by := store.By{Actor: event.Actor{User: "mesin", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "mesin"}, Seen: store.Whatever, Why: "uji"}
		centre, _, err := s.RegisterOrganisation(ctx, by, registry.Organisation{Kind: registry.MinistryCentre, Region: registry.Nation, Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Balai Besar Contoh", Short: "BB Contoh"}}})
		ts.Check(err)
		_, err = s.RegisterKnownProgrammes(ctx, by, centre, ts.Getenv("OFFICE"))
		ts.Check(err)
		ts.Check(s.Close())
	}}
}
