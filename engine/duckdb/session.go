// Package duckdb is the engine that studies run on: DuckDB, linked into the
// program, reads CSV, Parquet and JSON; XLSX goes through excelize first. A
// moments.Request becomes one SQL statement of nested sub-queries.
//
// Each session has an in-memory database of its own that can read the session's
// files and nothing else of the machine. Files that are not Parquet are turned
// into typed Parquet once, in the session's temporary folder, so that each
// later scan is fast and memory does not grow with rows.
package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/dampak/dampak/engine"
)

// defaultMemory is the limit of a session that asks for none: enough for tens
// of millions of units, little enough for an office machine.
const defaultMemory = 4 << 30

// New is the DuckDB engine.
func New() engine.Engine { return duckdb{} }

type duckdb struct{}

// libraryVersion asks the linked library once.
var libraryVersion = sync.OnceValue(func() string {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return "unknown"
	}
	defer db.Close()
	version := "unknown"
	if err := db.QueryRowContext(context.Background(), "SELECT version()").Scan(&version); err != nil {
		return "unknown"
	}
	return version
})

// Name is the engine with the version of its library.
func (duckdb) Name() string { return "duckdb " + libraryVersion() }

// session is an opened set of tables.
type session struct {
	db       *sql.DB
	dir      string // of its own, removed at Close
	tables   map[string]*table
	progress func(doing string, share float64)
}

// folderPrefix starts the name of a session's folder; the process id follows.
const folderPrefix = "dampak-duckdb-"

// Open makes the session's database and locks it to the session's files.
func (duckdb) Open(ctx context.Context, sources []engine.Source, opts engine.Options) (engine.Session, error) {
	parent := opts.TempDir
	if parent == "" {
		parent = os.TempDir()
	}
	removeLeftovers(parent)
	dir, err := os.MkdirTemp(parent, folderPrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, cannotWrite(parent, err)
	}
	s := &session{dir: dir, tables: map[string]*table{}, progress: opts.Progress}
	if err := s.open(ctx, sources, opts); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *session) open(ctx context.Context, sources []engine.Source, opts engine.Options) error {
	var allowed []string
	var bytes int64
	for i, src := range sources {
		if info, err := os.Stat(src.Path); err == nil {
			bytes += info.Size()
		}
		t, err := newTable(src, filepath.Join(s.dir, "source"+strconv.Itoa(i)))
		if err != nil {
			return err
		}
		s.tables[src.Name] = t
		allowed = append(allowed, t.files()...)
	}
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	s.db = sql.OpenDB(connector)
	if opts.Threads <= 0 && bytes <= smallFiles {
		opts.Threads = 1
	}
	for _, setting := range settings(s.dir, allowed, opts) {
		if _, err := s.db.ExecContext(ctx, setting); err != nil {
			return fmt.Errorf("duckdb: %s: %w", setting, err)
		}
	}
	for _, src := range sources {
		if err := s.tables[src.Name].prepare(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// smallFiles is the size of a study's files up to which one thread reads them: a
// sum of real numbers then has one order, so that the same study gives the same
// bytes each time (whole numbers do so with any number of threads).
const smallFiles = 16 << 20

// settings are given in this order before anything else: limits, then which
// files may be read, then the door is shut and the key thrown away.
func settings(dir string, allowed []string, opts engine.Options) []string {
	memory := opts.Memory
	if memory <= 0 {
		memory = defaultMemory
	}
	threads := opts.Threads
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	quoted := make([]string, len(allowed))
	for i, path := range allowed {
		quoted[i] = text(path)
	}
	return []string{
		fmt.Sprintf("SET memory_limit = '%dB'", memory),
		fmt.Sprintf("SET threads = %d", threads),
		"SET temp_directory = " + text(filepath.Join(dir, "spill")),
		"SET allowed_paths = [" + strings.Join(quoted, ", ") + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	}
}

// removeLeftovers removes the folders of sessions whose process has died.
func removeLeftovers(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		id, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), folderPrefix), "-")
		if pid, err := strconv.Atoi(id); err == nil && pid != os.Getpid() && !alive(pid) {
			os.RemoveAll(dir)
		}
	}
}

// Close ends the database and removes the session's folder.
func (s *session) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if gone := os.RemoveAll(s.dir); err == nil {
		err = gone
	}
	return err
}

// Columns lists a table's columns in file order.
func (s *session) Columns(name string) ([]engine.Column, error) {
	t, ok := s.tables[name]
	if !ok {
		return nil, fmt.Errorf("duckdb: no table %q is open", name)
	}
	out := make([]engine.Column, len(t.columns))
	for i, c := range t.columns {
		out[i] = engine.Column{Name: c.name, Type: c.sqlType, Integer: c.store == storedInteger}
	}
	return out, nil
}

// Rows counts a table's rows.
func (s *session) Rows(_ context.Context, name string) (int64, error) {
	t, ok := s.tables[name]
	if !ok {
		return 0, fmt.Errorf("duckdb: no table %q is open", name)
	}
	return t.rows, nil
}

// tell reports what is being done; the share of it is not known.
func (s *session) tell(doing string) {
	if s.progress != nil {
		s.progress(doing, -1)
	}
}

// text and name quote a string and an identifier for SQL.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
