package waiting

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/problem"
)

func room(t testing.TB) (*Room, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "waiting")
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// Whatever the length, and wherever it is read, what was put in comes out.
func TestReadAt(t *testing.T) {
	r, _ := room(t)
	noise := rand.NewChaCha8([32]byte{1})
	rapid.Check(t, func(t *rapid.T) {
		want := make([]byte, rapid.OneOf(rapid.IntRange(0, 300_000), rapid.SampledFrom([]int{0, 1, 65535, 65536, 65537, 131072})).Draw(t, "size"))
		_, _ = noise.Read(want)
		f, err := r.Put(context.Background(), bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Size() != int64(len(want)) {
			t.Fatalf("%d bytes, expected %d", f.Size(), len(want))
		}
		for range 20 {
			at, n := rapid.IntRange(0, len(want)+10).Draw(t, "at"), rapid.IntRange(0, 200_000).Draw(t, "n")
			got := make([]byte, n)
			read, err := f.ReadAt(got, int64(at))
			there := want[min(at, len(want)):min(at+n, len(want))]
			if !bytes.Equal(got[:read], there) || (err == nil) != (read == n) || err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("at %d: %d of %d bytes, %v", at, read, n, err)
			}
		}
		if all, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size())); err != nil || !bytes.Equal(all, want) {
			t.Fatalf("read whole: %d bytes, %v", len(all), err)
		}
	})
}

// Nothing of what waits stands in the folder, and the file that holds it, which has
// no name, holds noise.
func TestNothingIsReadable(t *testing.T) {
	r, dir := room(t)
	secret := []byte("Contoh Siti Aminah;3578994101900001\n")
	f, err := r.Put(context.Background(), bytes.NewReader(bytes.Repeat(secret, 10_000)))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) != 0 {
		t.Errorf("%v %v", there, err)
	}
	found := 0
	for _, path := range ownFiles(t) {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // a socket, or gone
		}
		if len(b) < 10_000*len(secret) {
			continue
		}
		found++
		if bytes.Contains(b, secret[:10]) || bytes.Contains(b, secret[20:30]) {
			t.Error("the file of what waits can be read")
		}
	}
	if found == 0 {
		t.Skip("this system does not show which files a process has open")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

// ownFiles are the files that this process has open and that are no devices.
func ownFiles(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, path := range all {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, path)
		}
	}
	return files
}

// What does not fit is refused, leaves nothing, and the room is as large as before.
func TestBounds(t *testing.T) {
	r, dir := room(t)
	r.one, r.all = 1<<20, 4<<20
	zeros := func(n int64) io.Reader { return io.LimitReader(zero{}, n) }
	for _, c := range []struct {
		name string
		from io.Reader
		code string
	}{
		{"too large", zeros(r.one + 1), "upload-large"},
		{"broken off", io.MultiReader(zeros(100_000), iotest.ErrReader(io.ErrUnexpectedEOF)), ""},
	} {
		f, err := r.Put(context.Background(), c.from)
		if f != nil || err == nil || c.code != "" && (len(problem.Of(err)) == 0 || problem.Of(err)[0].Code != c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := r.Put(ctx, zeros(1<<20)); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
	var all []*File
	for range r.all / r.one {
		f, err := r.Put(context.Background(), zeros(r.one))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	if _, err := r.Put(context.Background(), zeros(1)); len(problem.Of(err)) == 0 || problem.Of(err)[0].Code != "upload-full" {
		t.Errorf("a full room: %v", err)
	}
	for _, f := range all {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	f, err := r.Put(context.Background(), zeros(r.one))
	if err != nil {
		t.Fatalf("an empty room: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) != 0 {
		t.Errorf("left: %v %v", there, err)
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What a process before left goes at the start; what is not ours stays.
func TestOpenClears(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"upload-1", "catatan.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	if there, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(there) != 1 || filepath.Base(there[0]) != "catatan.txt" {
		t.Errorf("%v %v", there, err)
	}
}

// One file is checked at a time, and whoever waits for their turn may give up.
func TestTurn(t *testing.T) {
	r, _ := room(t)
	done, err := r.Turn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := r.Turn(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
	done()
	done() // once is meant
	again, err := r.Turn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again()
}
