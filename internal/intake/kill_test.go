package intake_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// What the child of TestKillWhileImporting is told: the record's folder, the office, and
// who brings data in.
const (
	importDir    = "DAMPAK_TEST_IMPORT_DIR"
	importOffice = "DAMPAK_TEST_IMPORT_OFFICE"
	importUser   = "DAMPAK_TEST_IMPORT_USER"
)

// clocked opens a record whose clock goes on from where the test's stands.
func clocked(t *testing.T, dir string) *store.Store {
	t.Helper()
	start := time.Now()
	s, err := store.Open(context.Background(), store.Config{Dir: dir, Now: func() time.Time { return at.Add(time.Hour + time.Since(start)) }, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestChildThatImports is no test of its own: two imports run at once, again and again,
// of the same two files in turn and of files of their own.
func TestChildThatImports(t *testing.T) {
	dir := os.Getenv(importDir)
	if dir == "" {
		t.Skip("runs as the child of TestKillWhileImporting")
	}
	s := clocked(t, dir)
	kept := s.Contents()
	by := store.By{Actor: event.Actor{User: os.Getenv(importUser), Via: event.Web}, Seen: store.Whatever, Why: "uji"}
	var group sync.WaitGroup
	var out sync.Mutex
	for g := range 2 {
		group.Go(func() {
			for i := 0; ; i++ {
				rows := family(3000, 2024)
				if i%2 == 1 {
					rows = family(3000, 1950+os.Getpid()%50) + nik(8000+g) + ";" + nik(8000+g) + ";" + nik(5000) + fmt.Sprintf(";%d;1;35.78\n", 1000+(os.Getpid()+i)%900)
				}
				r, err := intake.Take(context.Background(), write(t, filepath.Join(t.TempDir(), "a.csv"), rows), intake.Options{Contract: parsed(t, erasable), DataDir: dir, Keep: &kept, Ring: ring})
				if err == nil {
					v := r.Version()
					_, _, _, err = s.RegisterDatasetWith(context.Background(), by, registry.Dataset{Owner: os.Getenv(importOffice), Name: "Penerima", Class: registry.PersonalData, Columns: v.Columns, Regions: []string{"35"}}, v)
					if err == nil {
						out.Lock()
						fmt.Printf("done %s\n", v.Content)
						out.Unlock()
					}
				}
				if list := problem.Of(err); err != nil && (len(list) != 1 || list[0].Code != "version-twice") { // the other import was first
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

// TestKillWhileImporting kills a process that imports two files at once, at random
// moments. What it had acknowledged is there with contract, quality and coverage; there
// is one dataset, no rows stand in it twice, the record verifies, and what was left half
// written is swept.
func TestKillWhileImporting(t *testing.T) {
	if os.Getenv(importDir) != "" {
		t.Skip("is the child")
	}
	dir := t.TempDir()
	s := clocked(t, dir)
	o := anOffice(t, s)
	acknowledged := map[string]bool{}
	for round := range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChildThatImports$")
		cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), importDir+"="+dir, importOffice+"="+o.id, importUser+"="+o.maker.Actor.User)
		var said bytes.Buffer
		cmd.Stderr = &said
		pipe, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		first := true
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			hash, ok := strings.CutPrefix(lines.Text(), "done ")
			if !ok || len(hash) != 64 {
				t.Logf("the child said %q", lines.Text())
				break
			}
			if first {
				time.AfterFunc(time.Duration(50+rand.IntN(600))*time.Millisecond, func() { _ = cmd.Process.Kill() }) //nolint:gosec // any moment will do
				first = false
			}
			acknowledged[hash] = true
		}
		_ = cmd.Wait() // killed
		if first || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: the child was not killed at work: %v %s", round, cmd.ProcessState, &said)
		}
	}
	if _, err := s.Verify(context.Background()); err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	err := s.View(context.Background(), func(r *store.Reader) error {
		who, err := store.Who(r, o.maker.Actor.User, s.Now())
		if err != nil {
			return err
		}
		all, err := store.Datasets(r, who, store.Page{})
		if len(all) != 1 {
			t.Errorf("%d datasets", len(all))
		}
		for _, d := range all {
			for _, v := range d.Versions {
				if rows[v.Content] {
					t.Errorf("version %d has rows that are there already", v.Number)
				}
				rows[v.Content] = true
				if cells, err := store.CoverageOf(s.Contents(), v); err != nil || len(cells) == 0 {
					t.Errorf("version %d: %v %v", v.Number, cells, err)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for hash := range acknowledged {
		if !rows[hash] {
			t.Errorf("%s was acknowledged and is not there", hash)
		}
	}
	// The record's clock stands in the past of the files; a process of later sweeps them.
	later, err := store.Open(context.Background(), store.Config{Dir: dir, Now: func() time.Time { return time.Now().Add(store.SweepGrace + time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	swept, err := later.SweepContents(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "content", "new-*")); len(left) > 0 || err != nil {
		t.Errorf("left: %v %v", left, err)
	}
	if _, err := later.Verify(context.Background()); err != nil {
		t.Error(err)
	}
	t.Logf("%d versions acknowledged, %d there, %d leftovers swept", len(acknowledged), len(rows), swept)
}
