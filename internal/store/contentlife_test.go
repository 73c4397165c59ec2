package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// aged gives every file and folder of the contents a time.
func aged(t *testing.T, c Contents, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(c.dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, at, at))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSweep: what no event rests on goes after the grace, what is being written or was
// put again stays, and no event is ever written on a content that is gone.
func TestSweep(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
		put := func(text string) string {
			hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(text))
			w.ok(err)
			return hash
		}
		swept := func(want int) {
			t.Helper()
			w.swept.Store(0)
			n, err := w.SweepContents(w.ctx)
			if err != nil || n != want {
				t.Errorf("swept %d, want %d: %v", n, want, err)
			}
		}
		there := func(hash string) bool { _, err := os.Stat(w.Contents().path(hash)); return err == nil }
		id, number := w.aDataset("wati", "Dinsos Surabaya", "3578", "dipakai")
		used := w.datasetOf(id).Versions[number-1].Content
		refused, again := put("ditolak"), put("dicoba lagi")
		half := filepath.Join(w.Contents().dir, writing+"1")
		w.ok(os.MkdirAll(half, 0o700))
		w.ok(os.WriteFile(filepath.Join(half, "rows"), []byte("setengah"), 0o600))
		w.ok(os.WriteFile(filepath.Join(w.Contents().dir, writing+"2"), []byte("setengah"), 0o600))

		old := w.now.Add(-SweepGrace - time.Minute)
		aged(t, w.Contents(), w.now.Add(-SweepGrace+time.Minute))
		swept(0)
		aged(t, w.Contents(), old)
		w.ok(os.WriteFile(filepath.Join(half, "rows"), []byte("masih ditulis"), 0o600))
		w.ok(os.Chtimes(filepath.Join(half, "rows"), *w.now, *w.now))
		put("dicoba lagi")
		w.ok(os.Chtimes(w.Contents().path(again), *w.now, *w.now))
		swept(2)
		if there(refused) || !there(again) || !there(used) {
			t.Error(there(refused), there(again), there(used))
		}
		if left, err := w.Contents().halfWritten(w.now.Add(time.Hour)); len(left) != 1 || err != nil {
			t.Error(left, err)
		}
		if n, err := w.SweepContents(w.ctx); n != 0 || err != nil {
			t.Errorf("swept %d again: %v", n, err)
		}
		v := w.aVersion("x")
		v.Content = refused
		before, err := w.Head(w.ctx)
		w.ok(err)
		_, _, err = w.StageDatasetVersion(w.ctx, w.by("wati", "uji"), id, v)
		hasProblem(t, err, "content-missing")
		if after, err := w.Head(w.ctx); after != before || err != nil {
			t.Errorf("%v, then %v %v", before, after, err)
		}
		verifies(t, w.Store)
		// A dataset whose older rows were lost can still be worked on.
		w.ok(os.Remove(w.Contents().path(used)))
		_, err = w.WithdrawDatasetVersion(w.ctx, w.by("wati", "rusak"), id, number)
		w.ok(err)
	})
}

// stagingDir tells the test's own program that it is the child of TestKillWhileStaging.
const (
	stagingDir  = "DAMPAK_TEST_STAGING_DIR"
	stagingUser = "DAMPAK_TEST_STAGING_USER"
	stagingFrom = "DAMPAK_TEST_STAGING_FROM"
)

// TestChildThatStages is no test of its own: two importers bring versions in without
// end, of datasets that they both may be the first to register.
func TestChildThatStages(t *testing.T) {
	dir := os.Getenv(stagingDir)
	if dir == "" {
		t.Skip("runs as the child of TestKillWhileStaging")
	}
	from, err := time.Parse(time.RFC3339, os.Getenv(stagingFrom))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s, err := Open(context.Background(), Config{Dir: dir, Now: func() time.Time { return from.Add(time.Since(start)) }})
	if err != nil {
		t.Fatal(err)
	}
	who, office, _ := strings.Cut(os.Getenv(stagingUser), "@")
	w := &town{Store: s, t: t, ctx: context.Background(), now: &from, ids: map[string]string{"wati": who, "kantor": office}}
	var group sync.WaitGroup
	var out sync.Mutex
	for g := range 2 {
		group.Go(func() {
			for i := 0; ; i++ {
				v := w.aVersion("x")
				rows := fmt.Sprintf("%s %d %d ", from, g, i) + strings.Repeat("baris ", 200_000)
				hash, _, err := s.Contents().Write(w.ctx, func(path string) error { return os.WriteFile(path, []byte(rows), 0o600) })
				if err == nil {
					v.Content, v.SHA256 = hash, hash
					d := registry.Dataset{Owner: office, Name: fmt.Sprintf("Data %s %d", from, i/3), Class: registry.PersonalData, Regions: []string{"3578"}, Columns: []registry.Column{desil}}
					_, _, _, err = s.RegisterDatasetWith(w.ctx, w.by("wati", "uji"), d, v)
				}
				if err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				fmt.Printf("done %s\n", hash)
				out.Unlock()
			}
		})
	}
	group.Wait()
}

// TestKillWhileStaging kills a process that brings versions in, at random moments.
// What it had acknowledged is there, no dataset is without its rows, the record
// verifies, and what it left half done is swept and nothing else.
func TestKillWhileStaging(t *testing.T) {
	if os.Getenv(stagingDir) != "" {
		t.Skip("is the child")
	}
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
	acknowledged := map[string]bool{}
	for i := range 6 {
		*w.now = w.now.Add(time.Hour)
		cmd := exec.Command(os.Args[0], "-test.run=^TestChildThatStages$")
		cmd.Env = append(os.Environ(), stagingDir+"="+w.config.Dir, stagingUser+"="+w.ids["wati"]+"@"+w.ids["Dinsos Surabaya"], stagingFrom+"="+w.now.Format(time.RFC3339))
		var said bytes.Buffer
		cmd.Stderr = &said
		pipe, err := cmd.StdoutPipe()
		w.ok(err)
		w.ok(cmd.Start())
		first := true
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			hash, ok := strings.CutPrefix(lines.Text(), "done ")
			if !ok || !contentHash.MatchString(hash) {
				break // the child has an error, or was cut off
			}
			if first {
				time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() }) //nolint:gosec // any moment will do
				first = false
			}
			acknowledged[hash] = true
		}
		_ = cmd.Wait() // killed
		if first || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: the child was not killed at work: %v %s", i, cmd.ProcessState, &said)
		}
	}
	// On this process's clock the files are young, for they are of today.
	*w.now = w.now.Add(time.Hour)
	verifies(t, w.Store)
	staged := map[string]bool{}
	w.ok(w.View(w.ctx, func(r *Reader) error {
		all, err := entries[registry.Dataset](r, datasets, "ORDER BY id")
		names := map[string]bool{}
		for _, d := range all {
			if len(d.Versions) == 0 || names[d.Name] {
				t.Errorf("%s is there by half, or twice", d.Name)
			}
			names[d.Name] = true
			for _, v := range d.Versions {
				staged[v.Content] = true
			}
		}
		return err
	}))
	for hash := range acknowledged {
		if !staged[hash] {
			t.Errorf("%s was acknowledged and is not there", hash)
		}
	}
	aged(t, w.Contents(), w.now.Add(-SweepGrace-time.Minute))
	n, err := w.SweepContents(w.ctx)
	w.ok(err)
	verifies(t, w.Store)
	w.ok(w.Contents().each(func(hash, _ string) error {
		needed, err := w.needsUntil(w.ctx, 1<<40)
		if !needed[hash] {
			t.Errorf("%s was left", hash)
		}
		return err
	}))
	left, err := filepath.Glob(filepath.Join(w.Contents().dir, writing+"*"))
	if len(left) > 0 || err != nil {
		t.Errorf("left: %v %v", left, err)
	}
	t.Logf("%d versions acknowledged, %d staged, %d leftovers swept", len(acknowledged), len(staged), n)
}

// TestPruneBackups: a folder keeps the backups of 35 days and always the newest; of
// those in which an erased person may be, none, and a new one instead. Other files, and
// backups of other records, are left alone.
func TestPruneBackups(t *testing.T) {
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	w.grant("wati", access.DataSteward, "3578", "Dinsos Surabaya")
	other := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	folder, elsewhere := t.TempDir(), t.TempDir()
	backup := func(of *town, name string) {
		t.Helper()
		_, err := of.Backup(of.ctx, keeper, filepath.Join(folder, name))
		w.ok(err)
	}
	holds := func(want ...string) {
		t.Helper()
		entries, err := os.ReadDir(folder)
		w.ok(err)
		var found []string
		for _, e := range entries {
			found = append(found, e.Name())
		}
		if !slices.Equal(found, want) {
			t.Errorf("found %v, want %v", found, want)
		}
	}
	prunes := func(want ...string) {
		t.Helper()
		found, err := w.PruneBackups(w.ctx)
		w.ok(err)
		slices.Sort(found)
		if !slices.Equal(found, want) {
			t.Errorf("removed %v, want %v", found, want)
		}
	}
	prunes()
	id, _ := w.aDataset("wati", "Dinsos Surabaya", "3578", "hapus saya")
	gone := w.datasetOf(id).Versions[0].Content
	w.ok(os.WriteFile(filepath.Join(folder, "z-lain.tar.gz"), []byte("bukan cadangan"), 0o600))
	backup(other, "z-orang.tar.gz")
	backup(w, "a.tar.gz")
	*w.now = w.now.Add(BackupsLast + time.Hour)
	prunes() // the only one
	backup(w, "b.tar.gz")
	w.ok(os.Link(filepath.Join(folder, "b.tar.gz"), filepath.Join(elsewhere, "b.tar.gz"))) // carried away: out of reach
	prunes("a.tar.gz")
	prunes()
	holds("b.tar.gz", "z-lain.tar.gz", "z-orang.tar.gz")

	*w.now = w.now.Add(time.Hour)
	left := w.aVersion("sisanya")
	done, err := w.ErasePerson(w.ctx, w.by("wati", "permintaan 7"), id, func(_ context.Context, v registry.DatasetVersion) (registry.Rewritten, error) {
		return registry.Rewritten{Removed: 1, Rows: 2, Content: left.Content}, nil
	})
	w.ok(err)
	if !slices.Equal(done.Backups, []string{"b.tar.gz"}) || !slices.Equal(done.Erased, []int64{1}) || !slices.Equal(done.Made, []int64{2}) || done.Rows != 1 {
		t.Errorf("%+v", done)
	}
	if _, err := os.Stat(w.Contents().path(gone)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the bytes are still there")
	}
	*w.now = w.now.Add(time.Hour)
	fresh := "dampak-" + w.now.Format("20060102T150405") + ".tar.gz"
	prunes("b.tar.gz")
	holds(fresh, "z-lain.tar.gz", "z-orang.tar.gz")
	prunes()
	verifies(t, w.Store)
	w.ok(w.Rebuild(w.ctx))
	// The new one restores, without the person, and knows no folder of this machine.
	dir := filepath.Join(t.TempDir(), "baru")
	_, err = Restore(w.ctx, Config{Dir: dir, Now: func() time.Time { return w.now.Add(time.Hour) }}, keeper, filepath.Join(folder, fresh))
	w.ok(err)
	back, err := Open(w.ctx, Config{Dir: dir, Now: func() time.Time { return w.now.Add(2 * time.Hour) }})
	w.ok(err)
	defer back.Close()
	verifies(t, back)
	if _, err := os.Stat(back.Contents().path(gone)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the bytes came back")
	}
	if removed, err := back.PruneBackups(w.ctx); len(removed) > 0 || err != nil {
		t.Errorf("a restored record removed %v %v", removed, err)
	}
}
