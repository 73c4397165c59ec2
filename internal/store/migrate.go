package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/dampak/dampak/internal/problem"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps of the schema, the same for both databases. A file
// that a release held is never changed.
func migrations() fs.FS {
	f, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the path is a constant
	}
	return f
}

// versionTable is goose's.
const versionTable = "goose_db_version"

// backupDir is where copies from before migrations are kept.
const backupDir = "backups"

// migrate brings the schema to the program's, or says why it does not.
func (s *Store) migrate(ctx context.Context, steps fs.FS) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.db.dialect() == "postgres" {
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // seconds, times
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(goose.Dialect(s.db.dialect()), s.db.write(), steps, options...)
	if err != nil {
		return err
	}
	for _, source := range p.ListSources() {
		s.target = max(s.target, source.Version)
	}
	target := s.target
	current, err := s.schema(ctx)
	if err != nil {
		return err
	}
	switch {
	case current == target:
		return nil
	case current > target:
		return problem.New("store-newer", "place", s.Place(), "found", current, "expected", target)
	case !s.config.Migrate && current == 0:
		return problem.New("store-none", "place", s.Place())
	case !s.config.Migrate:
		return problem.New("store-older", "place", s.Place(), "found", current, "expected", target)
	}
	if current > 0 {
		var first sql.NullInt64
		if err := s.db.read().QueryRowContext(ctx, "SELECT MIN(seq) FROM events").Scan(&first); err != nil {
			return err
		}
		// Of a record in which nothing has happened there is nothing to copy: another process
		// may be making it.
		if first.Valid && !s.config.NoBackup {
			if err := s.backupBefore(ctx, current); err != nil {
				return err
			}
		}
		// What is forged is named here, not by the condition that a migration adds.
		if first.Valid && first.Int64 < 1 {
			return problem.New("log-beside", "found", strconv.FormatInt(first.Int64, 10), "id", "", "head", "")
		}
	}
	for at := current; ; {
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
		// Another process may be doing the same at the same moment: as long as somebody gets
		// on with it, it is tried again.
		now, failed := s.schema(ctx)
		switch {
		case failed == nil && now == target:
			return nil
		case failed != nil || now <= at:
			return s.inWords(fmt.Errorf("migrating from schema %d: %w", current, err))
		}
		at = now
	}
}

// project makes the projected tables from the log where that was last done by a
// program of another schema: what a new column of theirs holds, the log knows.
// A process that was killed between migrating and this leaves it to the next.
func (s *Store) project(ctx context.Context) error {
	var row headRow
	err := s.View(ctx, func(r *Reader) (err error) {
		row, _, err = headTable.Get(r, int64(1))
		return err
	})
	switch {
	case err != nil || row.Schema == s.target:
		return err
	case !s.config.Migrate:
		return problem.New("store-older", "place", s.Place(), "found", row.Schema, "expected", s.target)
	}
	return s.Rebuild(ctx)
}

// schema is the number of the last step taken; 0 for an empty database.
func (s *Store) schema(ctx context.Context) (int64, error) {
	tables, err := s.db.columns(ctx)
	if err != nil {
		return 0, problem.New("store-unusable", "place", s.Place(), "what", reason(err)).Because(err)
	}
	if tables[versionTable] == nil {
		if len(tables) > 0 {
			return 0, problem.New("store-other", "place", s.Place())
		}
		return 0, nil
	}
	var version int64
	err = s.db.read().QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&version)
	return version, err
}

func (s *Store) backupBefore(ctx context.Context, schema int64) error {
	if s.config.Dir == "" {
		return problem.New("migrate-no-folder")
	}
	dir := filepath.Join(s.config.Dir, backupDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return problem.New("store-unusable", "place", dir, "what", plain(err)).Because(err)
	}
	return s.db.before(ctx, dir, fmt.Sprintf("schema-%d-%s", schema, s.Now().Format("20060102T150405.000000")))
}
