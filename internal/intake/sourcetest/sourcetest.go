// Package sourcetest is for tests of readers alone: it compares what a reader
// yields with what another program read of the same file, and checks what every
// reader must keep to whatever bytes it is given.
package sourcetest

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Open opens a file with one reader.
type Open func(source.File) (source.Reader, error)

// Rows reads a file to its end and spells each cell, the column names first.
// A bad cell is spelt as its problem's code.
func Rows(r source.Reader) ([][]string, error) {
	columns := r.Table().Columns
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	all := [][]string{names}
	var b source.Batch
	for {
		err := r.Next(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		at := map[int64]int{}
		for i, n := range b.Row {
			row := make([]string, len(columns))
			for j := range columns {
				row[j] = b.Cells[j].Spell(columns[j].Kind, i)
			}
			at[n] = len(all)
			all = append(all, row)
		}
		for _, bad := range b.Bad {
			all[at[bad.Row]][bad.Column] = bad.Problem.Code
		}
	}
}

// Compare fails unless a reader yields what the CSV of another program says:
// texts as they are, numbers as the same float64.
func Compare(t *testing.T, r source.Reader, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Rows(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", path, len(got)-1, len(want)-1)
	}
	differ := 0
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("%s: columns %q, want %q", path, got[i], want[i])
		}
		for j := range want[i] {
			if same(got[i][j], want[i][j]) {
				continue
			}
			if differ++; differ <= 10 {
				t.Errorf("%s: row %d, %s: %q, want %q", path, i, want[0][j], got[i][j], want[i][j])
			}
		}
	}
}

func same(got, want string) bool {
	if got == "*" && want == source.Plain { // a number that did not fit is nothing more to other readers
		return true
	}
	if strings.ReplaceAll(got, "\r\n", "\n") == strings.ReplaceAll(want, "\r\n", "\n") { // csv makes one line end of two
		return true
	}
	x, err1 := strconv.ParseFloat(got, 64)
	y, err2 := strconv.ParseFloat(want, 64)
	// R reads decimals with its own function, whose last bit may differ.
	return err1 == nil && err2 == nil && (x == y || math.Nextafter(x, y) == y)
}

// Sound reads whatever it is given and fails when a reader breaks a promise: an
// error that is no problem with a sentence in both languages, columns of
// different length, an empty batch, rows out of order. It gives the rows read
// and how it ended (nil for the end of the file).
func Sound(t testing.TB, open Open, f source.File) (rows int64, err error) {
	t.Helper()
	r, err := open(f)
	if err != nil {
		spoken(t, err)
		return 0, err
	}
	columns := r.Table().Columns
	if len(columns) == 0 {
		t.Fatal("a table without columns")
	}
	var b source.Batch
	last := int64(0)
	for range 10_000 {
		err := r.Next(context.Background(), &b)
		if err != nil {
			if len(b.Row) > 0 {
				t.Fatal("rows beside an error")
			}
			for _, c := range r.Cautions() {
				spoken(t, c)
			}
			if errors.Is(err, io.EOF) {
				return rows, nil
			}
			spoken(t, err)
			return rows, err
		}
		if len(b.Row) == 0 {
			t.Fatal("an empty batch")
		}
		for i, c := range columns {
			cells, n := &b.Cells[i], len(b.Row)
			texts, wholes, reals := 0, 0, 0
			switch c.Kind {
			case source.Text:
				texts = n
			case source.Real:
				reals = n
			default:
				wholes = n
			}
			if len(cells.Missing) != n || len(cells.Text) != texts || len(cells.Whole) != wholes || len(cells.Real) != reals {
				t.Fatalf("column %s of kind %d: %d, %d, %d values and %d marks in %d rows", c.Name, c.Kind, len(cells.Text), len(cells.Whole), len(cells.Real), len(cells.Missing), n)
			}
			cells.Spell(c.Kind, 0)
		}
		for _, n := range b.Row {
			if n <= last {
				t.Fatalf("row %d after %d", n, last)
			}
			last = n
		}
		for _, bad := range b.Bad {
			spoken(t, bad.Problem)
		}
		rows += int64(len(b.Row))
	}
	return rows, nil // endless by its own account, in bounded memory
}

// spoken fails unless an error is a problem that both languages can say.
func spoken(t testing.TB, err error) {
	t.Helper()
	list := problem.Of(err)
	if len(list) == 0 {
		t.Fatalf("no problem: %v", err)
	}
	for _, p := range list {
		for _, l := range i18n.Langs {
			if s := p.Text(l); strings.HasPrefix(s, "[") || strings.Contains(s, "{") && !strings.Contains(s, "`") {
				t.Fatalf("%s: %s has no sentence: %s", l, p.Code, s)
			}
		}
	}
}

// Cut opens a file cut at every offset, every seventh of a longer one, and
// fails when a reader takes a part for the whole.
func Cut(t *testing.T, open Open, whole []byte, mayEnd func(size int) bool) {
	t.Helper()
	step := 1
	if len(whole) > 3000 {
		step = 7
	}
	for n := 0; n < len(whole); n += step {
		if _, err := Sound(t, open, Bytes(whole[:n])); err == nil && (mayEnd == nil || !mayEnd(n)) {
			t.Errorf("cut at %d of %d bytes: read without a problem", n, len(whole))
		}
	}
}

// Flip changes single bytes, those of the head all, and demands only soundness.
func Flip(t *testing.T, open Open, whole []byte) {
	t.Helper()
	for n := 0; n < min(len(whole), 4000); n++ {
		if n > 400 {
			n += 4
		}
		for _, to := range []byte{0, 0x7f, 0xff} {
			changed := append([]byte(nil), whole...)
			changed[min(n, len(whole)-1)] = to
			_, _ = Sound(t, open, Bytes(changed)) // what it says does not matter here, only that it is sound
		}
	}
}

// Bytes is a file in memory.
func Bytes(b []byte) source.File { return strings.NewReader(string(b)) }

// Repeated is a file whose middle part stands many times, as a table of many
// rows without its bytes in memory.
type Repeated struct {
	Head, Part, Tail []byte
	Times            int64
}

// Size is the length of the whole.
func (r *Repeated) Size() int64 {
	return int64(len(r.Head)) + int64(len(r.Part))*r.Times + int64(len(r.Tail))
}

// ReadAt reads across the parts.
func (r *Repeated) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	for n < len(p) {
		from := r.from(at + int64(n))
		if len(from) == 0 {
			return n, io.EOF
		}
		n += copy(p[n:], from)
	}
	return n, nil
}

func (r *Repeated) from(at int64) []byte {
	if at < int64(len(r.Head)) {
		return r.Head[at:]
	}
	if at -= int64(len(r.Head)); at < int64(len(r.Part))*r.Times {
		return r.Part[at%int64(len(r.Part)):]
	}
	if at -= int64(len(r.Part)) * r.Times; at < int64(len(r.Tail)) {
		return r.Tail[at:]
	}
	return nil
}

// Peak reads a file to its end and gives the rows and the most bytes in use at
// any batch.
func Peak(t testing.TB, open Open, f source.File) (rows int64, most uint64) {
	t.Helper()
	r, err := open(f)
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	var b source.Batch
	for i := 0; ; i++ {
		err := r.Next(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			return rows, most
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += int64(len(b.Row))
		if i%64 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
}

// Flat fails when the second file, of many times the rows of the first, needs
// more memory by more than what the garbage collector leaves lying about.
func Flat(t *testing.T, open Open, few, many source.File) {
	t.Helper()
	runtime.GC()
	n, small := Peak(t, open, few)
	runtime.GC()
	m, large := Peak(t, open, many)
	if m < 10*n || large > small+8<<20 {
		t.Errorf("%d rows need %d bytes, %d rows %d", n, small, m, large)
	}
}

// Bench reads a file to its end and reports rows a second and the most memory
// in use at any batch.
func Bench(b *testing.B, open Open, f source.File, rows int64) {
	b.Helper()
	var most uint64
	for b.Loop() {
		read, peak := Peak(b, open, f)
		if most = max(most, peak); read != rows {
			b.Fatalf("%d rows, want %d", read, rows)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(most)/(1<<20), "MB-heap")
}

// Load reads a file of the package's testdata.
func Load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
