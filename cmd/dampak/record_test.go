package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dampak/dampak/internal/access"
	demorecord "github.com/dampak/dampak/internal/demo/record"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
)

// recordCommands are what scripts need to have a record to work on:
//
//	record DIR N         makes a record with N events
//	writing DIR          goes on writing to it, from another process than the
//	                     commands of the script, until the script ends
//	tamper DIR SQL       changes its database behind the program
//	anchor DIR SEQ NAME  puts SEQ:HASH of an event into the variable NAME
func recordCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"record": func(ts *testscript.TestScript, _ bool, args []string) {
			n, err := strconv.Atoi(args[1])
			ts.Check(err)
			s := openRecord(ts, args[0], true)
			for i := range n {
				ts.Check(writeEvent(s, fmt.Sprint("awal-", i)))
			}
			ts.Check(s.Close())
		},
		"writing": func(ts *testscript.TestScript, _ bool, args []string) {
			s := openRecord(ts, args[0], false)
			stop := make(chan bool)
			var group sync.WaitGroup
			var failed error
			group.Go(func() {
				for i := 0; failed == nil; i++ {
					select {
					case <-stop:
						return
					default:
						failed = writeEvent(s, fmt.Sprint("terus-", i))
						// Other processes poll for SQLite's lock: who never lets go for a
						// moment keeps them waiting beyond their 5 seconds.
						time.Sleep(2 * time.Millisecond)
					}
				}
			})
			ts.Defer(func() {
				close(stop)
				group.Wait()
				ts.Check(failed)
				ts.Check(s.Close())
			})
		},
		"tamper": func(ts *testscript.TestScript, _ bool, args []string) {
			db, err := sql.Open("sqlite", filepath.Join(ts.MkAbs(args[0]), "dampak.db"))
			ts.Check(err)
			_, err = db.Exec(args[1])
			ts.Check(err)
			ts.Check(db.Close())
		},
		"anchor": func(ts *testscript.TestScript, _ bool, args []string) {
			seq, err := strconv.ParseInt(args[1], 10, 64)
			ts.Check(err)
			s := openRecord(ts, args[0], false)
			ts.Check(s.View(context.Background(), func(r *store.Reader) error {
				for e, err := range r.Log(seq - 1) {
					ts.Check(err)
					ts.Setenv(args[2], e.Anchor().String())
					break
				}
				return nil
			}))
			ts.Check(s.Close())
		},
	}
}

func openRecord(ts *testscript.TestScript, dir string, fresh bool) *store.Store {
	s, err := store.Open(context.Background(), store.Config{Dir: ts.MkAbs(dir), Now: time.Now, Migrate: fresh})
	ts.Check(err)
	return s
}

// writeEvent writes one event of the only room there is so far.
func writeEvent(s *store.Store, id string) error {
	_, err := s.Do(context.Background(), store.Command{
		Actor: event.Actor{User: "sari", Via: event.Web}, Object: event.Object{Kind: "backup", ID: id},
		Decide: func(*store.Tx) (store.Change, error) {
			return store.Change{Type: "backup-begun", After: map[string]string{"file": "uji.tar.gz"}}, nil
		},
	})
	return err
}

// call runs a command line in this process and gives what it printed.
func call(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	s := &session{ctx: context.Background(), stdout: &out, stderr: &said}
	if status := s.main(append(args, "--lang=en")); status != exitAnswered {
		t.Fatalf("%q ended with %d: %s", args, status, said.String())
	}
	return out.String()
}

// TestWhoActsFromTheCommandLine stands in the log: the operating system's user, or
// the user of --as, whose rights hold, with the other's name behind.
func TestWhoActsFromTheCommandLine(t *testing.T) {
	dir, out := filepath.Join(t.TempDir(), "kantor"), t.TempDir()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: time.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	me := systemUser()
	local := event.Actor{User: me, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: me}
	join := func(token string, err error) {
		t.Helper()
		if err == nil {
			_, err = s.Accept(ctx, event.Web, token, "$argon2id$v=19$m=65536,t=3,p=2$c2FsdA$aGFzaA")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rini, token, err := s.FirstAdministrator(ctx, store.By{Actor: local, Why: "uji"}, access.User{Name: "Rini", Email: "rini@contoh.example", Language: "id"})
	join(token, err)
	_, token, _, err = s.AddUser(ctx, store.By{Actor: local}, access.User{Name: "Budi", Email: "budi@contoh.example", Language: "id"})
	join(token, err)
	call(t, "backup", "--dir", dir, "-o", filepath.Join(out, "a"))
	call(t, "backup", "--dir", dir, "-o", filepath.Join(out, "b"), "--as", "Rini@contoh.example")
	call(t, "verify", "--dir", dir, "--as", "rini@contoh.example")
	restored := filepath.Join(out, "pulih")
	for _, args := range [][]string{
		{"backup", "--dir", dir, "-o", filepath.Join(out, "c"), "--as", "budi@contoh.example"}, {"backup", "--dir", dir, "-o", filepath.Join(out, "c"), "--as", "siapa"},
		{"verify", "--dir", dir, "--as", "budi@contoh.example"}, {"verify", "--dir", dir, "--rebuild", "--as", "siapa"},
		{"restore", filepath.Join(out, "a"), "--dir", restored, "--as", "budi@contoh.example"}, {"restore", filepath.Join(out, "a"), "--dir", restored, "--as", "siapa"},
	} {
		var said bytes.Buffer
		if status := (&session{ctx: ctx, stdout: &said, stderr: &said}).main(append(args, "--lang=en")); status != 1 {
			t.Errorf("%q ended with %d: %s", args, status, said.String())
		}
	}
	call(t, "restore", filepath.Join(out, "b"), "--dir", restored, "--as", "rini@contoh.example")
	last := func(s *store.Store) (actors []event.Actor) {
		if err := s.View(ctx, func(r *store.Reader) error {
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if e.Object.Kind == "backup" {
					actors = append(actors, e.Actor)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return actors
	}
	as := event.Actor{User: rini, Via: event.CommandLine, Through: me}
	if found := last(s); !slices.Equal(found, []event.Actor{local, as}) || me == "" {
		t.Errorf("found %+v", found)
	}
	again, err := store.Open(ctx, store.Config{Dir: restored, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if found := last(again); !slices.Equal(found, []event.Actor{local, as, as}) {
		t.Errorf("found %+v", found)
	}
}

// TestARecordInPostgreSQL is verified and copied from the command line, and the
// copy is restored into a folder: an office can move from one to the other.
func TestARecordInPostgreSQL(t *testing.T) {
	url, dir := testenv.Postgres(t), t.TempDir()
	s, err := store.Open(context.Background(), store.Config{URL: url, Now: time.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 5 {
		if err := writeEvent(s, fmt.Sprint("awal-", i)); err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if said := call(t, "verify", "--database", url, "--anchor", head.String()); !strings.Contains(said, "5 events, head "+head.String()) {
		t.Error(said)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE backups SET begun_by = 'budi' WHERE id = 'awal-2'"); err != nil {
		t.Fatal(err)
	}
	var out, wrong bytes.Buffer
	c := &session{ctx: context.Background(), stdout: &out, stderr: &wrong}
	if status := c.main([]string{"verify", "--rebuild", "--database", url, "--lang=en"}); status != exitProblem || !strings.Contains(wrong.String(), "no folder for the backup") {
		t.Errorf("a rebuild without a copy ended with %d: %s", status, wrong.String())
	}
	if said := call(t, "verify", "--rebuild", "--no-backup", "--database", url, "--anchor", head.String()); !strings.Contains(said, "1 difference is gone") || !strings.Contains(said, "row awal-2, column begun_by") {
		t.Error(said)
	}
	file, to := filepath.Join(dir, "cadangan.tar.gz"), filepath.Join(dir, "folder")
	call(t, "backup", "--database", url, "-o", file)
	call(t, "restore", file, "--dir", to)
	if said := call(t, "verify", "--dir", to, "--anchor", head.String()); !strings.Contains(said, "7 events") {
		t.Error(said)
	}
}

// TestRebuildSaysWhatIsLeft: contents do not come out of the log; that one is gone
// is said after the tables were made anew.
func TestRebuildSaysWhatIsLeft(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	clock := &demorecord.Clock{}
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: clock.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := demorecord.Found(ctx, s, clock, time.Now().AddDate(0, 0, -2), "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"); err != nil {
		t.Fatal(err)
	}
	hash, _, err := s.Contents().Put(ctx, strings.NewReader("surat perintah"))
	if err != nil {
		t.Fatal(err)
	}
	var user, office string
	err = s.View(ctx, func(r *store.Reader) error {
		u, _, err := store.UserByEmail(r, "peneliti@contoh.example")
		user, office = u.ID, u.Organisation
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	today, by := registry.DayOf(clock.Now()), store.By{Actor: localAdministrator(), Seen: store.Whatever, Why: "uji"}
	seat, _, err := s.CreatePosition(ctx, by, registry.Position{Organisation: office, Title: "Kepala Bagian", Period: registry.Period{From: today}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.BeginHolding(ctx, by, seat, registry.Holding{User: user, Capacity: event.Plt, Period: registry.Period{From: today, Until: today.Add(30)},
		Mandate: &registry.Mandate{Number: "1", Date: today, File: hash}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "content", hash[:2], hash)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "dampak.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE users SET language = 'lain'"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the tables were made anew from the log, but", "dampak: the content " + hash[:12]} {
		var out, said bytes.Buffer
		c := &session{ctx: ctx, stdout: &out, stderr: &said}
		if status := c.main([]string{"verify", "--rebuild", "--dir", dir, "--lang=en"}); status != exitProblem || out.Len() > 0 || !strings.Contains(said.String(), want) {
			t.Errorf("ended with %d: %s%s", status, out.String(), said.String())
		}
	}
}
