package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/dampak/dampak/internal/problem"
)

// databaseFile is the SQLite database in the folder of the record.
const databaseFile = "dampak.db"

// sqliteDB has one connection that writes and several that read: SQLite has one
// writer at a time, and in WAL mode readers do not wait for it.
type sqliteDB struct {
	path            string
	file            os.FileInfo // of the database that was opened
	writer, readers *sql.DB
}

// readersOf is how many may read at once.
var readersOf = max(4, runtime.GOMAXPROCS(0)*2)

func openSQLite(ctx context.Context, path string, scratch bool) (database, error) {
	durable := "FULL"
	if scratch {
		durable = "OFF"
	}
	if err := makePrivate(path); err != nil {
		return nil, problem.New("store-unusable", "place", filepath.Dir(path), "what", plain(err)).Because(err)
	}
	common := []string{"_busy_timeout", "5000", "_foreign_keys", "1", "_dqs", "0"}
	d := &sqliteDB{path: path}
	var err error
	if d.writer, err = sql.Open("sqlite", sqliteURL(path, append(common, "_journal_mode", "WAL", "_synchronous", durable, "_txlock", "immediate")...)); err != nil {
		return nil, err
	}
	d.writer.SetMaxOpenConns(1)
	if d.readers, err = sql.Open("sqlite", sqliteURL(path, append(common, "_query_only", "1")...)); err != nil {
		return nil, err
	}
	d.readers.SetMaxOpenConns(readersOf)
	d.readers.SetMaxIdleConns(readersOf)
	// The writer comes first: it makes the file and sets WAL, which stays.
	if err := d.writer.PingContext(ctx); err != nil {
		_ = d.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, problem.New("store-unusable", "place", filepath.Dir(path), "what", err.Error()).Because(err)
	}
	if d.file, err = os.Stat(path); err != nil {
		_ = d.close()
		return nil, problem.New("store-unusable", "place", filepath.Dir(path), "what", plain(err)).Because(err)
	}
	return d, nil
}

// makePrivate makes a file that its owner alone may read, or takes the right of
// others to one away: it holds secrets. SQLite gives the files beside a database
// the same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, beside := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + beside)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			_ = os.Chmod(path+beside, 0o600) // of another owner: theirs to settle
		}
	}
	return nil
}

// moved compares the file at the path with the one that was opened.
func (d *sqliteDB) moved() bool {
	now, err := os.Stat(d.path)
	return err != nil || !os.SameFile(d.file, now)
}

// sqliteURL names a file, whatever characters its path has, with options in
// pairs.
func sqliteURL(path string, options ...string) string {
	q := url.Values{}
	for i := 0; i < len(options); i += 2 {
		q.Set(options[i], options[i+1])
	}
	path = filepath.ToSlash(path)
	if abs, err := filepath.Abs(path); err == nil {
		path = filepath.ToSlash(abs)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func (d *sqliteDB) write() *sql.DB           { return d.writer }
func (d *sqliteDB) read() *sql.DB            { return d.readers }
func (d *sqliteDB) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }
func (d *sqliteDB) dialect() string          { return "sqlite3" }
func (d *sqliteDB) close() error             { return errors.Join(d.readers.Close(), d.writer.Close()) }

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff // the primary code
	}
	return 0
}

func (d *sqliteDB) busy(err error) bool { return sqliteCode(err) == sqlite3.SQLITE_BUSY }
func (d *sqliteDB) full(err error) bool { return sqliteCode(err) == sqlite3.SQLITE_FULL }

func (d *sqliteDB) columns(ctx context.Context) (map[string]map[string]string, error) {
	return listColumns(ctx, d.readers, `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
}

func (d *sqliteDB) before(ctx context.Context, dir, name string) error {
	return d.vacuumInto(ctx, filepath.Join(dir, name+".db"))
}

func (d *sqliteDB) copyTo(ctx context.Context, _ *Store, path string) error {
	return d.vacuumInto(ctx, path)
}

// vacuumInto writes a copy of one state of the database to a new file, and lets
// others read and write meanwhile.
func (d *sqliteDB) vacuumInto(ctx context.Context, path string) error {
	// A connection of its own: the writer must stay free, readers refuse VACUUM.
	if err := makePrivate(path); err != nil { // SQLite takes an empty file for none
		return err
	}
	c, err := sql.Open("sqlite", sqliteURL(d.path, "_busy_timeout", "5000"))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "VACUUM INTO $1", path); err != nil {
		return err
	}
	return syncFile(path)
}

// listColumns reads rows of table, column, type.
func listColumns(ctx context.Context, db *sql.DB, query string) (map[string]map[string]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]map[string]string{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return nil, err
		}
		if all[table] == nil {
			all[table] = map[string]string{}
		}
		all[table][column] = strings.ToUpper(kind)
	}
	return all, rows.Err()
}
