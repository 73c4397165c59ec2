package intake_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // reads what was written

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
)

var at = time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)

// limit ends a test that hangs, with what it was doing.
func limit(t testing.TB, most time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.Cleanup(cancel)
	return ctx
}

func write(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func ring() (*identity.Ring, error) {
	return identity.NewRing(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), at)
}

func record(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(limit(t, time.Minute), store.Config{Dir: dir, Now: func() time.Time { return at }, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func parsed(t testing.TB, src string) *contract.Contract {
	t.Helper()
	c, err := contract.Parse([]byte(src), "kontrak.json")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func codes(err error) string {
	var all []string
	for _, p := range problem.Of(err) {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

// nik makes an identity number that can be nobody's.
func nik(n int) string {
	return identity.Invent("3578", time.Date(1960+n%40, time.Month(1+n%12), 1+n%28, 0, 0, 0, 0, time.UTC), n%2 == 0, 1+n%9999)
}

// table reads a content that is Parquet: the names of its columns, then its rows.
func table(t testing.TB, c store.Contents, hash string) [][]string {
	t.Helper()
	in, err := c.Open(hash)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	all, err := parquet(write(t, filepath.Join(t.TempDir(), "rows.parquet"), string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// parquet reads every cell of a file of Parquet.
func parquet(path string) ([][]string, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	found, err := db.Query("SELECT COLUMNS(*)::VARCHAR FROM read_parquet('" + strings.ReplaceAll(path, "'", "''") + "')")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	all := [][]string{names}
	cells, to := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range cells {
		to[i] = &cells[i]
	}
	for found.Next() {
		if err := found.Scan(to...); err != nil {
			return nil, err
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = c.String
		}
		all = append(all, row)
	}
	return all, found.Err()
}

func take(t testing.TB, path string, o intake.Options) (*intake.Result, error) {
	t.Helper()
	if o.Ring == nil {
		o.Ring = ring
	}
	if o.Lang == "" {
		o.Lang = i18n.EN
	}
	r, err := intake.Take(limit(t, 2*time.Minute), path, o)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("it hangs")
	}
	return r, err
}
