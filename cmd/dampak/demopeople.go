package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web"
)

// The people of the demo are invented, as are their addresses. Each role has one;
// two administrators, for what matters takes two people.
var demoPeople = []struct {
	name, email, office string
	role                access.Role
	region              string
	ofOffice            bool // the grant is for the office alone
}{
	{"Rini Wulandari", "administrator@contoh.example", "", access.Administrator, registry.Nation, false},
	{"Agus Prasetyo", "administrator2@contoh.example", "B2P3KS", access.Administrator, registry.Nation, false},
	{"Dewi Anggraini", "pimpinan@contoh.example", "Dinsos Jatim", access.Head, "35", true},
	{"Bayu Saputra", "analis@contoh.example", "Dinsos Jatim", access.Analyst, "35", true},
	{"Sekar Kinanti", "peneliti@contoh.example", "B2P3KS", access.Researcher, registry.Nation, true},
	{"Wahyu Hidayat", "petugas@contoh.example", "Dinsos Banyuwangi", access.KabupatenOfficer, "3510", true},
	{"Laras Puspita", "walidata@contoh.example", "Dinsos Jatim", access.DataSteward, "35", true},
	{"Fajar Nugroho", "pemeriksa@contoh.example", "Dinsos Jatim", access.OutputChecker, "35", true},
	{"Ratna Maharani", "auditor@contoh.example", "B2P3KS", access.Auditor, registry.Nation, false},
}

var demoOffices = []struct {
	full, short string
	kind        registry.OrganisationKind
	region      string
	head        string
}{
	{"Balai Besar Penelitian dan Pengembangan Pelayanan Kesejahteraan Sosial", "B2P3KS", registry.MinistryCentre, registry.Nation, "Kepala Balai"},
	{"Dinas Sosial Provinsi Jawa Timur", "Dinsos Jatim", registry.ProvinceOffice, "35", "Kepala Dinas"},
	{"Dinas Sosial Kabupaten Banyuwangi", "Dinsos Banyuwangi", registry.RegencyOffice, "3510", "Kepala Dinas"},
	{"Dinas Sosial Kabupaten Malang", "Dinsos Malang", registry.RegencyOffice, "3507", "Kepala Dinas"},
	{"Dinas Sosial Kabupaten Sampang", "Dinsos Sampang", registry.RegencyOffice, "3527", "Kepala Dinas"},
}

// demoFrom is the first day of the demo's offices: that of the cooperation.
const demoFrom = registry.Day("2020-09-21")

// demoLogin is who may sign in to the demo, with the password of this run.
type demoLogin struct {
	role            access.Role
	email, password string
}

// openDemoRecord opens the record of the demo, made where there is none, and sets
// a new password for each of its people.
func openDemoRecord(ctx context.Context, dir string, now func() time.Time) (_ *store.Store, logins []demoLogin, err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := makeDemoRecord(ctx, dir, now); err != nil {
			return nil, nil, err
		}
	}
	record, err := store.Open(ctx, store.Config{Dir: dir, Now: now, Migrate: true})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, record.Close())
		}
	}()
	for _, p := range demoPeople {
		var u access.User
		err := record.View(ctx, func(r *store.Reader) (err error) {
			u, _, err = store.UserByEmail(r, p.email)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		if s := u.StatusAt(now()); s != access.Invited && s != access.UserActive {
			continue // somebody has played with the demo: who was kept out stays out
		}
		token, _, err := record.InviteUser(ctx, demoBy("dampak demo"), u.ID)
		if err != nil {
			return nil, nil, err
		}
		login := demoLogin{role: p.role, email: p.email}
		if login.password, err = demoPassword(); err != nil {
			return nil, nil, err
		}
		encoded, err := web.HashPassword(ctx, login.password)
		if err != nil {
			return nil, nil, err
		}
		if _, err := record.Accept(ctx, event.CommandLine, token, encoded); err != nil {
			return nil, nil, err
		}
		logins = append(logins, login)
	}
	return record, logins, nil
}

// afterLast gives the clock, or one that goes on from the record's last event
// where that is later: who runs a demo of the same day again finds what they did.
func afterLast(ctx context.Context, dir string, now func() time.Time) (func() time.Time, error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return now, nil
	}
	record, err := store.Open(ctx, store.Config{Dir: dir, Now: now, Migrate: true})
	if err != nil {
		return nil, err
	}
	err = record.View(ctx, func(r *store.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		for e, err := range r.Log(head.Seq - 1) {
			if err != nil {
				return err
			}
			if e.At.After(now()) {
				now = runsOn(e.At)
			}
		}
		return nil
	})
	return now, errors.Join(err, record.Close())
}

// demoBy is the machine on which the demo runs.
func demoBy(why string) store.By {
	return store.By{Actor: localAdministrator(), Seen: store.Whatever, Why: why}
}

// demoPassword is 80 random bits in groups that can be typed.
func demoPassword() (string, error) {
	raw := make([]byte, 10)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	s := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:], nil
}

// makeDemoRecord makes the record beside its place and moves it there whole, so
// that what was interrupted leaves nothing half made.
func makeDemoRecord(ctx context.Context, dir string, now func() time.Time) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), "record-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	record, err := store.Open(ctx, store.Config{Dir: making, Now: now, Migrate: true})
	if err != nil {
		return err
	}
	if err := errors.Join(fillDemoRecord(ctx, record), record.Close()); err != nil {
		return err
	}
	err = os.Rename(making, dir)
	if _, found := os.Stat(dir); err != nil && found == nil {
		return nil // another demo was first
	}
	return err
}

// fillDemoRecord sets up the two institutions, three kabupaten and their people.
func fillDemoRecord(ctx context.Context, record *store.Store) error {
	const why = "dunia contoh / demo world"
	offices, seats, people := map[string]string{"": ""}, map[string]string{}, map[string]string{}
	first := demoPeople[0]
	id, token, err := record.FirstAdministrator(ctx, demoBy(why), access.User{Name: first.name, Email: first.email, Language: "id"})
	if err != nil {
		return err
	}
	people[first.email] = id
	// Who confirms has joined: with a password that nobody knows, until the run
	// gives another.
	password, err := demoPassword()
	if err != nil {
		return err
	}
	encoded, err := web.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	if _, err := record.Accept(ctx, event.CommandLine, token, encoded); err != nil {
		return err
	}
	for _, o := range demoOffices {
		id, _, err := record.RegisterOrganisation(ctx, demoBy(why), registry.Organisation{Kind: o.kind, Region: o.region,
			Period: registry.Period{From: demoFrom}, Names: []registry.Name{{Full: o.full, Short: o.short, From: demoFrom}}})
		if err != nil {
			return err
		}
		offices[o.short] = id
		if seats[o.short], _, err = record.CreatePosition(ctx, demoBy(why), registry.Position{Organisation: id, Title: o.head, Period: registry.Period{From: demoFrom}}); err != nil {
			return err
		}
	}
	today := registry.DayOf(record.Now())
	for _, p := range demoPeople[1:] {
		u := access.User{Name: p.name, Email: p.email, Language: "id", Organisation: offices[p.office]}
		if people[p.email], _, _, err = record.AddUser(ctx, demoBy(why), u); err != nil {
			return err
		}
		if p.role == access.Head {
			if _, err := record.BeginHolding(ctx, demoBy(why), seats[p.office], registry.Holding{User: people[p.email], Capacity: event.Definitive, Period: registry.Period{From: today}}); err != nil {
				return err
			}
		}
		g := access.Grant{User: people[p.email], Role: p.role, Region: p.region, Period: registry.Period{From: today, Until: today.Add(364)}}
		if p.ofOffice {
			g.Organisation = offices[p.office]
		}
		id, e, err := record.RequestGrant(ctx, demoBy(why), g)
		if err != nil {
			return err
		}
		if e.Type == "grant-requested" {
			second := store.By{Actor: event.Actor{User: people[first.email], Via: event.Web}, Seen: store.Whatever}
			if _, err := record.ConfirmGrant(ctx, second, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// loginWords gives the address and the log-ins of the demo as one text.
func (s *session) loginWords(url string, logins []demoLogin) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.text("demo.serving", "url", url))
	fmt.Fprintln(&b, s.text("demo.logins"))
	for _, l := range logins {
		fmt.Fprintln(&b, s.text("demo.login", "role", s.role(l.role), "email", l.email, "password", l.password))
	}
	return b.String()
}
