package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/dampak/dampak/internal/problem"
)

// postgresDB has a small pool that writes, for writers queue at the head of the
// log anyway, and another that reads, so that queueing writers take no reader's
// connection.
type postgresDB struct {
	url             string
	writer, readers *sql.DB
}

func openPostgres(ctx context.Context, from string) (database, error) {
	pool := func(most int, settings map[string]string) (*sql.DB, error) {
		c, err := pgx.ParseConfig(from)
		if err != nil {
			return nil, problem.Usage("store-url").Because(errors.New("the URL does not parse")) // its text may hold a password
		}
		for k, v := range settings {
			c.RuntimeParams[k] = v
		}
		db := stdlib.OpenDB(*c)
		db.SetMaxOpenConns(most)
		db.SetMaxIdleConns(most)
		return db, nil
	}
	d := &postgresDB{url: from}
	var err error
	if d.writer, err = pool(4, map[string]string{
		"application_name": "dampak", "timezone": "UTC", "default_transaction_isolation": "read committed",
		"synchronous_commit": "on", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s",
	}); err != nil {
		return nil, err
	}
	if d.readers, err = pool(readersOf, map[string]string{
		"application_name": "dampak", "timezone": "UTC", "default_transaction_read_only": "on",
	}); err != nil {
		return nil, err
	}
	if err := d.writer.PingContext(ctx); err != nil {
		_ = d.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, problem.New("store-unusable", "place", Config{URL: from}.place(), "what", reason(err)).Because(err)
	}
	return d, nil
}

// reason is what the server or the network said, without the connection's data.
func reason(err error) string {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Message
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

func (d *postgresDB) write() *sql.DB { return d.writer }
func (d *postgresDB) read() *sql.DB  { return d.readers }
func (d *postgresDB) snapshot() *sql.TxOptions {
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}
func (d *postgresDB) dialect() string { return "postgres" }
func (d *postgresDB) moved() bool     { return false } // the server holds it
func (d *postgresDB) close() error    { return errors.Join(d.readers.Close(), d.writer.Close()) }

func postgresCode(err error) string {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func (d *postgresDB) busy(err error) bool {
	code := postgresCode(err)
	return code == "55P03" || code == "40P01" // lock_not_available, deadlock_detected
}
func (d *postgresDB) full(err error) bool { return postgresCode(err) == "53100" } // disk_full

func (d *postgresDB) columns(ctx context.Context) (map[string]map[string]string, error) {
	return listColumns(ctx, d.readers, `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()`)
}

// before runs pg_dump, which must be at least as new as the server.
func (d *postgresDB) before(ctx context.Context, dir, name string) error {
	tool, err := exec.LookPath("pg_dump")
	if err != nil {
		return problem.New("migrate-no-pg-dump").Because(err)
	}
	u, err := url.Parse(d.url)
	if err != nil {
		return err
	}
	env := os.Environ()
	if password, ok := u.User.Password(); ok {
		u.User = url.User(u.User.Username())
		env = append(env, "PGPASSWORD="+password) // not among the arguments, which others see
	}
	path := filepath.Join(dir, name+".pgdump")
	if err := makePrivate(path); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, tool, "--format=custom", "--file="+path, "--dbname="+u.String()) //nolint:gosec // our own arguments
	cmd.Env = env
	if said, err := cmd.CombinedOutput(); err != nil {
		os.Remove(path)
		return problem.New("migrate-pg-dump-failed", "what", strings.Join(strings.Fields(string(said)), " ")).Because(err)
	}
	return syncFile(path)
}
