package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Config says where the record is kept and what the store may use.
type Config struct {
	// Dir is the folder of the record: the database dampak.db unless URL is
	// given, content/, and backups/ from before migrations. It may be empty with
	// URL as long as no content is kept.
	Dir string
	// URL names a PostgreSQL database, postgres://...; empty: SQLite in Dir.
	URL string
	// Now is the clock. It must be given.
	Now func() time.Time
	// Random makes identifiers; nil: crypto/rand.
	Random io.Reader
	// Migrate makes what is missing and brings an older schema to this
	// program's, after a backup. Without it Open refuses both.
	Migrate bool
	// NoBackup migrates without a backup.
	NoBackup bool
}

// Store is an open record. Its methods may be used by many goroutines, and
// several processes may have the same record open.
type Store struct {
	config      Config
	db          database
	rooms       []Projection
	outside     []AnyTable
	types       *event.Types
	contents    Contents
	steps       fs.FS           // the migrations
	target      int64           // the schema that they lead to
	projectedBy map[string]bool // the names of projected tables
	kept        *kept
	swept       atomic.Int64 // Unix time of the last sweep of contents; 0: none by this process
}

// parts are what a store is made of beside its place; tests bring their own.
type parts struct {
	rooms      []Projection
	outside    []AnyTable
	migrations fs.FS
	scratch    bool     // thrown away after use: nothing needs to reach the disk
	contents   Contents // of the record whose log is replayed; none: of the folder
}

// Open opens the record. Errors: a *problem.Problem where there is none, where
// its schema is not this program's, or where it cannot be reached.
func Open(ctx context.Context, c Config) (*Store, error) {
	return open(ctx, c, parts{rooms: projections(), outside: outsideTables(), migrations: migrations()})
}

func open(ctx context.Context, c Config, p parts) (_ *Store, err error) {
	if c.Now == nil {
		return nil, errors.New("store: a clock is needed")
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	s := &Store{config: c, rooms: p.rooms, outside: p.outside, steps: p.migrations, projectedBy: map[string]bool{}}
	if c.Dir != "" {
		s.contents = Contents{dir: filepath.Join(c.Dir, contentDir)}
	}
	if p.contents != (Contents{}) {
		s.contents = p.contents
	}
	var types []event.Type
	for _, r := range p.rooms {
		types = append(types, r.Types()...)
		for _, t := range r.Tables() {
			s.projectedBy[t.declared().name] = true
		}
	}
	if s.types, err = event.NewTypes(types...); err != nil {
		return nil, err
	}
	s.kept = &kept{types: s.types, states: map[int64]any{}}
	if s.db, err = connect(ctx, c, p.scratch); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.db.close()
		}
	}()
	if err := s.migrate(ctx, p.migrations); err != nil {
		return nil, err
	}
	if err := s.checkTables(ctx); err != nil {
		return nil, err
	}
	if err := s.project(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// connect reaches the database and, with Migrate, makes the folder.
func connect(ctx context.Context, c Config, scratch bool) (database, error) {
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return nil, problem.Usage("store-url")
		}
		return openPostgres(ctx, c.URL)
	}
	if c.Dir == "" {
		return nil, problem.Usage("store-nowhere")
	}
	path := filepath.Join(c.Dir, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !c.Migrate {
		return nil, problem.New("store-none", "place", c.Dir)
	}
	if c.Migrate {
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, problem.New("store-unusable", "place", c.Dir, "what", plain(err)).Because(err)
		}
	}
	return openSQLite(ctx, path, scratch)
}

// Close ends the use of the record.
func (s *Store) Close() error { return s.db.close() }

// Place names the record for messages: the folder, or the database without the
// password of its URL.
func (s *Store) Place() string { return s.config.place() }

func (c Config) place() string {
	u, err := url.Parse(c.URL)
	if c.URL == "" || err != nil {
		return c.Dir
	}
	return u.Redacted()
}

// Now is the time of the store's clock.
func (s *Store) Now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// Contents are the files that events rest on.
func (s *Store) Contents() Contents { return s.contents }

// database is what differs between SQLite and PostgreSQL.
type database interface {
	// write gives the pool of connections that change the record.
	write() *sql.DB
	// read gives the pool of connections that cannot.
	read() *sql.DB
	// snapshot are the options of a transaction that sees one state throughout.
	snapshot() *sql.TxOptions
	// columns gives each table's columns with their declared types, in capitals.
	columns(ctx context.Context) (map[string]map[string]string, error)
	// before copies the record before a migration to a file in the folder.
	before(ctx context.Context, dir, name string) error
	// copyTo writes a SQLite database of the same content to a new file.
	copyTo(ctx context.Context, s *Store, path string) error
	// busy and full tell why a statement failed.
	busy(err error) bool
	full(err error) bool
	// moved tells whether the database is not the one at its place any more.
	moved() bool
	// shape is what the database has; wanted is that of a new SQLite database of the
	// same migrations, as this one would tell it.
	shape(ctx context.Context, from *sql.Tx) (shape, error)
	wanted(made shape) shape
	// dialect is goose's word.
	dialect() string
	close() error
}

// inWords puts an error of the database that a person can mend into words.
func (s *Store) inWords(err error) error {
	switch {
	case err == nil || problem.Of(err) != nil:
		return err
	case s.db.busy(err):
		return problem.New("store-busy", "place", s.Place()).Because(err)
	case s.db.full(err):
		return problem.New("store-full", "place", s.Place()).Because(err)
	}
	return err
}

// plain is the reason within an error of a file, without its path.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return strings.TrimSpace(err.Error())
}
