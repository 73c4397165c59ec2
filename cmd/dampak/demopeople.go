package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/access"
	demorecord "github.com/dampak/dampak/internal/demo/record"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/web"
)

// demoLogin is who may sign in to the demo, with the password of this run.
type demoLogin struct {
	role                    access.Role
	office, email, password string
}

// openDemoRecord opens the record of the demo, made where there is none, and sets
// a new password for its people.
func openDemoRecord(s *session, dir string, now func() time.Time) (_ *store.Store, logins []demoLogin, err error) {
	ctx := s.ctx
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := makeDemoRecord(s, dir, now); err != nil {
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
	people, err := demoUsers(ctx, record)
	if err != nil {
		return nil, nil, err
	}
	// One for all: whoever plays with the demo goes from one person to the next.
	password, err := demoPassword()
	if err != nil {
		return nil, nil, err
	}
	encoded, err := web.HashPassword(ctx, password)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range people {
		logins = append(logins, demoLogin{role: p.Role, office: p.Office, email: p.Email, password: password})
		// As they would themselves: a way in that the machine opened for everybody
		// would put one hand behind all, and what takes two people could not be done.
		by := store.By{Actor: event.Actor{User: p.id, Via: event.CommandLine}, Seen: store.Whatever, Why: "kata sandi untuk kali ini"}
		if _, err := record.SetPassword(ctx, by, encoded, ""); err != nil {
			return nil, nil, err
		}
	}
	return record, logins, nil
}

type demoUser struct {
	demorecord.Person
	id string
}

// demoUsers are the people of the demo who may sign in. Whoever played with the
// demo and kept somebody out has kept them out.
func demoUsers(ctx context.Context, record *store.Store) ([]demoUser, error) {
	var all []demoUser
	err := record.View(ctx, func(r *store.Reader) error {
		for _, p := range demorecord.People {
			u, ok, err := store.UserByEmail(r, p.Email)
			if err != nil {
				return err
			}
			if ok && u.StatusAt(record.Now()) == access.UserActive {
				all = append(all, demoUser{p, u.ID})
			}
		}
		return nil
	})
	return all, err
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
func makeDemoRecord(s *session, dir string, now func() time.Time) error {
	ctx := s.ctx
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), "record-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	clock := &demorecord.Clock{}
	record, err := store.Open(ctx, store.Config{Dir: making, Now: clock.Now, Migrate: true})
	if err != nil {
		return err
	}
	// Until a run gives everybody a password, they have one that nobody knows.
	password, err := demoPassword()
	if err == nil {
		password, err = web.HashPassword(ctx, password)
	}
	if err == nil {
		worker := runs.Config{Store: record, Engine: duckdb.New(), Dir: filepath.Join(making, "runs"), Version: version, Log: slog.Default()}
		err = demorecord.Fill(ctx, record, clock, now(), demorecord.Means{Secret: password, Ring: keysOf(s, dir, now), Work: func(ctx context.Context) error {
			_, err := worker.One(ctx, workerName())
			return err
		}})
	}
	if err := errors.Join(err, record.Close()); err != nil {
		return err
	}
	err = os.Rename(making, dir)
	if _, found := os.Stat(dir); err != nil && found == nil {
		return nil // another demo was first
	}
	return err
}

// loginWords gives the address and the log-ins of the demo as one text.
func (s *session) loginWords(url string, logins []demoLogin) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.text("demo.serving", "url", url))
	fmt.Fprintln(&b, s.text("demo.logins"))
	for _, l := range logins {
		fmt.Fprintln(&b, s.text("demo.login", "role", s.role(l.role), "office", l.office, "email", l.email, "password", l.password))
	}
	return b.String()
}
