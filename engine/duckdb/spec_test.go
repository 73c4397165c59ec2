package duckdb

import (
	"context"
	"database/sql"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/enginetest"
	"github.com/dampak/dampak/engine/memory"
)

// writeCSV writes a table as a CSV file.
func writeCSV(t testing.TB, path string, table enginetest.Table) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	if err := w.WriteAll(append([][]string{table.Columns}, table.Rows...)); err != nil {
		t.Fatal(err)
	}
}

func openFiles(t testing.TB, sources []engine.Source) engine.Session {
	t.Helper()
	s, err := New().Open(context.Background(), sources, engine.Options{TempDir: t.TempDir(), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fromCSV opens tables as CSV files.
func fromCSV(t testing.TB, tables map[string]enginetest.Table) engine.Session {
	t.Helper()
	dir := t.TempDir()
	var sources []engine.Source
	for n, table := range tables {
		path := filepath.Join(dir, n+".csv")
		writeCSV(t, path, table)
		sources = append(sources, engine.Source{Name: n, Path: path})
	}
	return openFiles(t, sources)
}

// fromParquet opens tables as Parquet files whose types DuckDB itself found in
// the CSV: a file as an office's own tools would have made it.
func fromParquet(t testing.TB, tables map[string]enginetest.Table) engine.Session {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sources []engine.Source
	for n, table := range tables {
		from, to := filepath.Join(dir, n+".csv"), filepath.Join(dir, n+".parquet")
		writeCSV(t, from, table)
		query := "COPY (SELECT * FROM read_csv(" + text(from) + ", header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', sample_size = -1, auto_type_candidates = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR'])) TO " + text(to) + " (FORMAT parquet)"
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, engine.Source{Name: n, Path: to})
	}
	return openFiles(t, sources)
}

func fromMemory(t testing.TB, tables map[string]enginetest.Table) engine.Session {
	t.Helper()
	own := map[string]memory.Table{}
	for n, table := range tables {
		own[n] = memory.Table{Columns: table.Columns, Rows: table.Rows}
	}
	s, err := memory.From(own).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExamplesCSV(t *testing.T)     { enginetest.Run(t, fromCSV) }
func TestExamplesParquet(t *testing.T) { enginetest.Run(t, fromParquet) }

// Random requests read the two kinds of files in turn.
func TestRandom(t *testing.T) {
	turn := 0
	enginetest.Random(t, func(t testing.TB, tables map[string]enginetest.Table) engine.Session {
		if turn++; turn%2 == 0 {
			return fromParquet(t, tables)
		}
		return fromCSV(t, tables)
	}, fromMemory)
}

// Counts read the two kinds of files in turn.
func TestCensus(t *testing.T) {
	turn := 0
	enginetest.Census(t, func(t testing.TB, tables map[string]enginetest.Table) engine.Session {
		if turn++; turn%2 == 0 {
			return fromParquet(t, tables)
		}
		return fromCSV(t, tables)
	}, fromMemory)
}
