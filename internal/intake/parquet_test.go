package intake

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// given gives the batches that a function fills until it adds no row.
func given(columns int, fill func(b *source.Batch)) func(*source.Batch) error {
	return func(b *source.Batch) error {
		b.Start(columns)
		fill(b)
		if len(b.Row) == 0 {
			return io.EOF
		}
		return nil
	}
}

// TestParquetKinds: a value of every kind comes back as it was, over more rows than
// a chunk and a group have.
func TestParquetKinds(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	table := &source.Table{Columns: []source.Column{{Name: "no", Kind: source.Whole}, {Name: `te"ks; x`, Kind: source.Text}, {Name: "angka", Kind: source.Real},
		{Name: "hari", Kind: source.Day}, {Name: "saat", Kind: source.Moment}, {Name: "ya", Kind: source.Truth}}}
	const n = 130_000
	at := int64(0)
	path := filepath.Join(t.TempDir(), "it's.parquet")
	err := writeParquet(ctx, path, writeMemory, table, given(6, func(b *source.Batch) {
		for ; at < n && len(b.Row) < 1777; at++ {
			b.AddRow(at)
			b.AddWhole(0, -at)
			for j, c := range table.Columns[1:] {
				switch {
				case at%7 == int64(j):
					b.AddMissing(j+1, c.Kind, "-99")
				case c.Kind == source.Text:
					b.AddText(j+1, fmt.Sprintf("é%d", at))
				case c.Kind == source.Real:
					b.AddReal(j+1, float64(at)/8)
				case c.Kind == source.Truth:
					b.AddWhole(j+1, at%2)
				case c.Kind == source.Day:
					b.AddWhole(j+1, at-40_000)
				default:
					b.AddWhole(j+1, at*1_000_003-5)
				}
			}
			if at == n-1 {
				at++
				return
			}
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows, wrong int64
	err = db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE
		no <> -i OR "te""ks; x" IS DISTINCT FROM (CASE WHEN i % 7 <> 0 THEN 'é' || i END) OR angka IS DISTINCT FROM (CASE WHEN i % 7 <> 1 THEN i / 8.0 END)
		OR hari IS DISTINCT FROM (CASE WHEN i % 7 <> 2 THEN DATE '1970-01-01' + (i - 40000)::INTEGER END)
		OR epoch_us(saat) IS DISTINCT FROM (CASE WHEN i % 7 <> 3 THEN i * 1000003 - 5 END) OR ya IS DISTINCT FROM (CASE WHEN i % 7 <> 4 THEN i % 2 = 1 END))
		FROM (SELECT *, row_number() OVER () - 1 AS i FROM read_parquet(`+quoted(path)+`))`).Scan(&rows, &wrong)
	if err != nil || rows != n || wrong != 0 {
		t.Errorf("%d rows, %d wrong: %v", rows, wrong, err)
	}

	// And what DuckDB wrote is read here as it was.
	f, err := Open(ctx, path, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, c := range f.Table().Columns {
		if want := table.Columns[i]; c.Name != want.Name || c.Kind != want.Kind {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	var b source.Batch
	for i := int64(0); ; {
		err := f.Next(ctx, &b)
		if errors.Is(err, io.EOF) {
			if i != n {
				t.Errorf("%d rows", i)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := range b.Row {
			want := []any{-i, fmt.Sprintf("é%d", i), float64(i) / 8, i - 40_000, i*1_000_003 - 5, i % 2}
			got := []any{b.Cells[0].Whole[r], b.Cells[1].Text[r], b.Cells[2].Real[r], b.Cells[3].Whole[r], b.Cells[4].Whole[r], b.Cells[5].Whole[r]}
			for j := range got {
				missing := j > 0 && i%7 == int64(j-1)
				if (b.Cells[j].Missing[r] != "") != missing || !missing && got[j] != want[j] {
					t.Fatalf("row %d, column %d: %v %q, want %v", i, j, got[j], b.Cells[j].Missing[r], want[j])
				}
			}
			i++
		}
	}
}

// TestTooBig: memory does not grow with the rows, however long their texts are; a
// row that does not fit is an error that says so; nothing spills.
func TestTooBig(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	t.Chdir(dir) // where DuckDB would spill of itself
	t.Setenv("TMPDIR", dir)
	random := rand.NewChaCha8([32]byte{7})
	write := func(name string, memory int64, rows, size int) error {
		text := make([]byte, size/2)
		return writeParquet(ctx, filepath.Join(dir, name), memory, &source.Table{Columns: []source.Column{{Name: "teks", Kind: source.Text}}}, given(1, func(b *source.Batch) {
			for ; rows > 0 && len(b.Row) < 50; rows-- {
				_, _ = random.Read(text) // never fails
				b.AddRow(int64(rows))
				b.AddText(0, hex.EncodeToString(text))
			}
		}))
	}
	if err := write("long", 160<<20, 2700, 64<<10); err != nil { // 169 MB
		t.Error(err)
	}
	err := write("big", 160<<20, 3, 21<<20)
	if found := problem.Of(err); len(found) != 1 || found[0].Code != "intake-too-big" {
		t.Errorf("found %v", err)
	}
	all, err := os.ReadDir(dir)
	for _, f := range all {
		if f.Name() != "long" && f.Name() != "big" {
			t.Errorf("left: %v", f)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestStopped: an error of whoever gives the rows, and a call that is over, end it.
func TestStopped(t *testing.T) {
	table := &source.Table{Columns: []source.Column{{Name: "a", Kind: source.Whole}}}
	broken := errors.New("broken")
	if err := writeParquet(context.Background(), filepath.Join(t.TempDir(), "a"), writeMemory, table, func(*source.Batch) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("found %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := writeParquet(ctx, filepath.Join(t.TempDir(), "a"), writeMemory, table, given(1, func(b *source.Batch) {
		cancel()
		b.AddRow(1)
		b.AddWhole(0, 1)
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
}

// TestWide: hundreds of columns are written, and more than the memory has room for
// are an error that says so.
func TestWide(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range []struct {
		columns int
		code    string
	}{{300, ""}, {10_000, "intake-too-big"}} {
		table := &source.Table{}
		for j := range c.columns {
			table.Columns = append(table.Columns, source.Column{Name: fmt.Sprint("k", j), Kind: source.Text})
		}
		rows := 5000
		err := writeParquet(ctx, filepath.Join(t.TempDir(), "a"), writeMemory, table, given(c.columns, func(b *source.Batch) {
			for range min(rows, 100) {
				b.AddRow(int64(rows))
				for j := range c.columns {
					b.AddText(j, "more than twelve signs")
				}
				rows--
			}
		}))
		code := ""
		if all := problem.Of(err); len(all) > 0 {
			code = all[0].Code
		}
		if code != c.code || err != nil && code == "" {
			t.Errorf("%d columns: %v, expected %q", c.columns, err, c.code)
		}
	}
}
