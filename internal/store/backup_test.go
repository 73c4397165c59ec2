package store

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

var keeper = event.Actor{User: "rini", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "rini"}

// TestRestoreDrill: while others write, a backup is taken; from it alone a
// record is restored that verifies, holds all that was acknowledged before the
// backup began, passes the anchors of the first record, and can be written to.
func TestRestoreDrill(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		ctx := context.Background()
		// The program's own rooms: a backup is restored by Open.
		s, err := Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		hash := restedOn(t, s, "kolom\n1\n")
		if _, _, err := s.Contents().Put(ctx, strings.NewReader("tidak dipakai")); err != nil { // no event names it: it stays behind
			t.Fatal(err)
		}
		begin := func(id string) event.Event {
			return must(t, s, Command{Actor: sari, Object: event.Object{Kind: backupKind, ID: id}, Decide: func(*Tx) (Change, error) {
				return Change{Type: backupBegun, After: backupState{File: "mingguan.tar.gz"}}, nil
			}})
		}
		anchors := []event.Anchor{begin("a").Anchor(), begin("b").Anchor()}
		acknowledged, err := s.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		stop, writing := make(chan bool), make(chan bool)
		var group sync.WaitGroup
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					begin(fmt.Sprint("w", i))
				}
				if i == 3 {
					close(writing)
				}
			}
		})
		<-writing
		file := filepath.Join(t.TempDir(), "cadangan.tar.gz")
		made, err := s.Backup(ctx, keeper, file)
		close(stop)
		group.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if made.Contents != 1 || made.Head.Seq <= acknowledged.Seq {
			t.Errorf("%+v", made)
		}
		if _, err := s.Verify(ctx, made.Head); err != nil {
			t.Errorf("the first record does not pass the backup's head: %v", err)
		}
		_, err = s.Backup(ctx, keeper, file)
		hasProblem(t, err, "backup-exists")
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".dampak*")); len(left) != 0 || err != nil {
			t.Errorf("left behind: %q %v", left, err)
		}

		dir := filepath.Join(t.TempDir(), "baru", "catatan")
		got, err := Restore(ctx, Config{Dir: dir, Now: c.Now}, keeper, file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Head != made.Head || got.Contents != 1 || got.Now.Seq != made.Head.Seq+1 {
			t.Errorf("made %+v, got %+v", made, got)
		}
		back, err := Open(ctx, Config{Dir: dir, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		proof, err := back.Verify(ctx, append(anchors, made.Head, got.Now)...)
		if err != nil || proof.Head != got.Now {
			t.Fatal(proof, err)
		}
		if err := back.Contents().Check(ctx, hash); err != nil {
			t.Error(err)
		}
		err = back.View(ctx, func(r *Reader) error {
			rows, err := Backups.Select(r, "WHERE restored_at IS NOT NULL")
			if len(rows) != 1 || *rows[0].RestoredBy != "rini" || rows[0].BegunBy != "rini" || rows[0].File != "cadangan.tar.gz" {
				t.Errorf("%+v", rows)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		// The log of the restored record and of the first have parted.
		now, err := s.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if now.Seq > made.Head.Seq {
			if _, err = back.Verify(ctx, now); err == nil {
				t.Error("an anchor from after the backup was passed")
			}
		}
		_, err = Restore(ctx, Config{Dir: dir, Now: c.Now}, keeper, file)
		hasProblem(t, err, "restore-not-empty")
	})
}

// TestRestoreIntoPostgreSQL: a record moves from a folder into an empty database,
// with its contents beside it, and goes on there; a place that holds something,
// and a backup that does not verify, change nothing.
func TestRestoreIntoPostgreSQL(t *testing.T) {
	url, ctx := testenv.Postgres(t), context.Background()
	s, err := Open(ctx, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := settled(t, Config{Dir: t.TempDir(), Migrate: true})
	hash := restedOn(t, w.Store, "isi é")
	if _, err := w.NoteLook(ctx, sari, aLook()); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	file, bare := filepath.Join(out, "cadangan.tar.gz"), filepath.Join(out, "tanpa-isi.tar.gz")
	made, err := w.Backup(ctx, keeper, file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(ctx, keeper, bare); err != nil {
		t.Fatal(err)
	}
	_, err = Restore(ctx, Config{URL: url, Now: clock()}, keeper, file)
	hasProblem(t, err, "restore-no-folder")
	raw(t, w.Store, "UPDATE users SET language = 'en' WHERE language = 'id'")
	spoilt := filepath.Join(out, "dirusak.tar.gz")
	if _, err := w.Backup(ctx, keeper, spoilt); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "isi")
	_, err = Restore(ctx, Config{Dir: dir, URL: url, Now: clock()}, keeper, spoilt)
	hasProblem(t, err, "state-differs")
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a restoring that failed leaves %s: %v", dir, err)
	}

	got, err := Restore(ctx, Config{Dir: dir, URL: url, Now: clock()}, keeper, file)
	if err != nil {
		t.Fatal(err)
	}
	if got.Head != made.Head || got.Contents != made.Contents || got.Now.Seq != made.Head.Seq+1 {
		t.Errorf("made %+v, got %+v", made, got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != contentDir {
		t.Errorf("beside the database: %v %v", left, err)
	}
	to, err := Open(ctx, Config{Dir: dir, URL: url, Now: clock()})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := to.Verify(ctx, made.Head, got.Now); err != nil {
		t.Error(err)
	}
	if err := to.Contents().Check(ctx, hash); err != nil {
		t.Error(err)
	}
	if e, err := to.NoteLook(ctx, sari, aLook()); err != nil || e.Seq != got.Now.Seq+1 {
		t.Errorf("%+v %v", e, err)
	}
	// What is outside the log came too: people sign in as before.
	err = to.View(ctx, func(r *Reader) error {
		all, err := credentials.Select(r, "WHERE password = $1", encoded)
		if len(all) != 6 {
			t.Errorf("%d passwords came over", len(all))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	_, err = Restore(ctx, Config{URL: url, Now: clock()}, keeper, bare)
	hasProblem(t, err, "restore-database-not-empty")
	_, err = Restore(ctx, Config{Dir: dir, URL: testenv.Postgres(t), Now: clock()}, keeper, file)
	hasProblem(t, err, "restore-not-empty")
	if _, err := Restore(ctx, Config{URL: testenv.Postgres(t), Now: clock()}, keeper, bare); err != nil {
		t.Error(err)
	}
	_, err = Restore(ctx, Config{Now: clock()}, keeper, bare)
	hasProblem(t, err, "store-nowhere")
}

// TestBadBackups: what is no whole backup is refused and leaves nothing.
func TestBadBackups(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Config{Dir: t.TempDir(), Now: clock(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	restedOn(t, s, "isi")
	dir := t.TempDir()
	good := filepath.Join(dir, "baik")
	if _, err := s.Backup(ctx, keeper, good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	entries := unpacked(t, whole)
	change := func(how func(e []tar.Header, b [][]byte) ([]tar.Header, [][]byte)) []byte {
		var h []tar.Header
		var b [][]byte
		for _, e := range entries {
			h, b = append(h, e.header), append(b, e.body)
		}
		h, b = how(h, b)
		return repacked(t, h, b)
	}
	for _, k := range []struct {
		name, code string
		file       []byte
	}{
		{"empty", "restore-no-backup", nil},
		{"text", "restore-no-backup", []byte("bukan cadangan")},
		{"cut", "restore-no-backup", whole[:len(whole)/2]},
		{"a byte changed", "restore-no-backup", append(append(bytes.Clone(whole[:len(whole)-6]), whole[len(whole)-6]^1), whole[len(whole)-5:]...)},
		{"only a manifest", "restore-no-backup", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) { return h[:1], b[:1] })},
		{"a path out of the folder", "restore-no-backup", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) {
			h[2].Name = "../../" + strings.Repeat("a", 64)
			return h, b
		})},
		{"a link", "restore-no-backup", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) {
			h[1].Typeflag, h[1].Linkname, h[1].Size, b[1] = tar.TypeSymlink, "/etc/passwd", 0, nil
			return h, b
		})},
		{"a manifest of another format", "restore-no-backup", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) {
			b[0] = bytes.Replace(b[0], []byte(`"format": 1`), []byte(`"format": 2`), 1)
			return h, b
		})},
		{"a manifest with another head", "log-rewritten", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) {
			b[0] = bytes.Replace(b[0], []byte(`"head": "3:`), []byte(`"head": "0:`), 1)
			return h, b
		})},
		{"an event changed", "log-changed", change(func(h []tar.Header, b [][]byte) ([]tar.Header, [][]byte) {
			b[1] = bytes.ReplaceAll(b[1], []byte("local-administratorcommand-line"), []byte("local-administratorcommand-lime"))
			return h, b
		})},
	} {
		file, to := filepath.Join(dir, "rusak"), filepath.Join(dir, "ke")
		if err := os.WriteFile(file, k.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Restore(ctx, Config{Dir: to, Now: clock()}, keeper, file)
		if err == nil {
			t.Errorf("%s: was restored", k.name)
			os.RemoveAll(to)
			continue
		}
		t.Run(k.name, func(t *testing.T) { hasProblem(t, err, k.code) })
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 2 {
			t.Errorf("%s: left %v %v", k.name, left, err)
		}
	}
	_, err = Restore(ctx, Config{Dir: filepath.Join(dir, "ke"), Now: clock()}, keeper, filepath.Join(dir, "tidak-ada"))
	hasProblem(t, err, "restore-no-file")
	if _, err := Restore(ctx, Config{Dir: filepath.Join(dir, "ke"), Now: clock()}, keeper, good); err != nil {
		t.Error(err)
	}
}

// restedOn keeps a content on which an event rests, and gives its hash.
func restedOn(t *testing.T, s *Store, text string) string {
	t.Helper()
	ctx := context.Background()
	hash, _, err := s.Contents().Put(ctx, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	office, _, err := s.RegisterOrganisation(ctx, consoleOf("mesin"), registry.Organisation{Kind: registry.RegencyOffice, Region: "3510", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Contoh", Short: "Dinsos Contoh"}}})
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, Command{Actor: sari, Object: event.Object{Kind: datasetKind, ID: "d1"}, Decide: func(*Tx) (Change, error) {
		return Change{Type: "dataset-registered", After: registry.Dataset{ID: "d1", Name: "Contoh", Owner: office, Region: "3510", Class: registry.LimitedData,
			Versions: []registry.DatasetVersion{{Number: 1, State: registry.Staged, Content: hash, Contract: hash, Quality: hash}}}}, nil
	}})
	return hash
}

type packed struct {
	header tar.Header
	body   []byte
}

func unpacked(t *testing.T, file []byte) []packed {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var all []packed
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, packed{*h, b})
	}
}

func repacked(t *testing.T, headers []tar.Header, bodies [][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for i, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bodies[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
