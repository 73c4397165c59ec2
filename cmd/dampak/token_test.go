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
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// TestTokenOnTheCommandLine: a token is shown once and counts until it is ended;
// the list never shows it.
func TestTokenOnTheCommandLine(t *testing.T) {
	dir, ctx := filepath.Join(t.TempDir(), "kantor"), context.Background()
	invitation := regexp.MustCompile(`: ([A-Za-z0-9_-]{43})\n`)
	first := call(t, "user", "first", "Rini", "--email", "rini@contoh.go.id", "--dir", dir)
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Accept(ctx, event.Web, invitation.FindStringSubmatch(first)[1], "$argon2id$v=19$m=65536,t=3,p=2$c2FsdA$aGFzaA"); err != nil {
		t.Fatal(err)
	}
	added := call(t, "token", "add", "--user", "Rini@contoh.go.id", "--scope", "write", "--as", "rini@contoh.go.id", "--why", "papan dinding", "--dir", dir)
	secret := regexp.MustCompile(`: (dampak_[A-Za-z0-9_-]{43})\n`).FindStringSubmatch(added)
	id := regexp.MustCompile(`id: ([0-9a-z]{26})`).FindStringSubmatch(added)
	if secret == nil || id == nil {
		t.Fatalf("%q", added)
	}
	counts := func() bool {
		var ok bool
		if err := s.View(ctx, func(r *store.Reader) (err error) {
			_, ok, err = store.TokenShown(r, secret[1], s.Now())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !counts() {
		t.Error("the token that was shown does not count")
	}
	listed := call(t, "token", "list", "--dir", dir)
	last := string(registry.DayOf(time.Now()).Add(tokenLasts - 1))
	if !regexp.MustCompile(`(?m)^`+id[1]+` +active +Rini +write +20[0-9-]+ +`+last+` +papan dinding$`).MatchString(listed) || strings.Contains(listed, secret[1]) {
		t.Errorf("%s", listed)
	}
	for want, args := range map[string][]string{
		"there is no scope `all`": {"token", "add", "--user", "rini@contoh.go.id", "--scope", "all", "--dir", dir},
		"is not a date":           {"token", "add", "--user", "rini@contoh.go.id", "--scope", "read", "--until", "besok", "--dir", dir},
		"the last day of a token": {"token", "add", "--user", "rini@contoh.go.id", "--scope", "read", "--until", "2020-01-01", "--dir", dir},
		"the reason is blank":     {"token", "end", id[1], "--why", " ", "--dir", dir},
	} {
		var out, said bytes.Buffer
		c := &session{ctx: ctx, stdout: &out, stderr: &said}
		if status := c.main(append(args, "--lang=en")); status != exitProblem || out.Len() > 0 || !strings.Contains(said.String(), want) {
			t.Errorf("%q ended with %d: %s", args, status, said.String())
		}
	}
	if said := call(t, "token", "end", id[1], "--why", "bocor", "--dir", dir); !strings.HasPrefix(said, "the token for Rini is ended (event 5)") || counts() {
		t.Errorf("%s", said)
	}
	if listed = call(t, "token", "--dir", dir); !strings.Contains(listed, " ended ") {
		t.Errorf("%s", listed)
	}
}
