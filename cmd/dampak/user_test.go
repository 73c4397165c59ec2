package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// TestTwoPeopleOnTheCommandLine: one account of the operating system cannot ask
// under one name and confirm under another; somebody on the web can confirm, and
// then acts with that right and no more.
func TestTwoPeopleOnTheCommandLine(t *testing.T) {
	dir, ctx := filepath.Join(t.TempDir(), "kantor"), context.Background()
	const encoded = "$argon2id$v=19$m=65536,t=3,p=2$c2FsdA$aGFzaA"
	token := regexp.MustCompile(`: ([A-Za-z0-9_-]{43})\n`)
	id := regexp.MustCompile(`id: ([0-9a-z]{26})`)
	refuses := func(code string, args ...string) {
		t.Helper()
		var out, said bytes.Buffer
		s := &session{ctx: ctx, stdout: &out, stderr: &said}
		status := s.main(append(args, "--lang=en"))
		if status != exitProblem || out.Len() > 0 || !strings.Contains(said.String(), strings.SplitN(problem.New(code).Error(), "{", 2)[0]) {
			t.Errorf("%q ended with %d: %s", args, status, said.String())
		}
	}
	joins := func(said string) {
		t.Helper()
		s, err := store.Open(ctx, store.Config{Dir: dir, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Accept(ctx, event.Web, token.FindStringSubmatch(said)[1], encoded); err != nil {
			t.Fatal(err)
		}
	}
	joins(call(t, "user", "first", "Rini", "--email", "rini@contoh.go.id", "--dir", dir))
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rini string
	if err := s.View(ctx, func(r *store.Reader) error {
		u, _, err := store.UserByEmail(r, "rini@contoh.go.id")
		rini = u.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	web := store.By{Actor: event.Actor{User: rini, Via: event.Web}, Seen: store.Whatever}
	if _, _, err := s.RegisterOrganisation(ctx, web, registry.Organisation{Kind: registry.ProvinceOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Provinsi Jawa Timur", Short: "Dinsos Jatim"}}}); err != nil {
		t.Fatal(err)
	}
	joins(call(t, "user", "add", "Budi", "--email", "budi@contoh.go.id", "--office", "dinsos jatim", "--as", "rini@contoh.go.id", "--dir", dir))

	asked := call(t, "user", "grant", "budi@contoh.go.id", "administrator", "--region", "35", "--office", "Dinsos Jatim", "--until", "2099-12-31", "--why", "tugas", "--dir", dir)
	grant := id.FindStringSubmatch(asked)[1]
	refuses("grant-own-request", "user", "confirm", grant, "--dir", dir)
	refuses("grant-own-request", "user", "confirm", grant, "--as", "rini@contoh.go.id", "--dir", dir)
	refuses("denied-grant-confirm", "user", "confirm", grant, "--as", "budi@contoh.go.id", "--dir", dir)
	if _, err := s.ConfirmGrant(ctx, web, grant); err != nil {
		t.Fatal(err)
	}
	if said := call(t, "user", "list", "--as", "budi@contoh.go.id", "--dir", dir); !strings.Contains(said, "Budi") || strings.Contains(said, "Rini") {
		t.Errorf("Budi sees his office alone: %s", said)
	}
	refuses("denied-user-manage", "user", "suspend", "rini@contoh.go.id", "--why", "uji", "--as", "budi@contoh.go.id", "--dir", dir)
	refuses("denied-user-read", "user", "show", "rini@contoh.go.id", "--as", "budi@contoh.go.id", "--dir", dir)
	call(t, "user", "grant", "budi@contoh.go.id", "analyst", "--region", "35", "--office", "Dinsos Jatim", "--until", "2099-12-31", "--why", "tugas", "--dir", dir)
	said := call(t, "user", "show", "budi@contoh.go.id", "--dir", dir)
	if !strings.Contains(said, "administrator, analyst") || strings.Count(said, "Dinsos Jatim") != 3 {
		t.Error(said)
	}
	call(t, "user", "end", grant, "--why", "mutasi", "--as", "rini@contoh.go.id", "--dir", dir)
	if said := call(t, "user", "list", "--as", "budi@contoh.go.id", "--dir", dir); !strings.Contains(said, "no users that you may see") {
		t.Error(said)
	}
	call(t, "verify", "--dir", dir)
}
