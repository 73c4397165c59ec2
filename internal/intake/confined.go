package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
)

// confined runs a function with a database of DuckDB that may touch the named files
// and no other, has so many bytes of memory and never spills. It has one thread, so
// that the same rows come in the same order and give the same bytes.
func confined(ctx context.Context, memory int64, files []string, do func(*sql.Conn) error) (err error) {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	allowed := make([]string, len(files))
	for i, f := range files {
		allowed[i] = quoted(f)
	}
	for _, setting := range []string{
		fmt.Sprintf("SET memory_limit = '%dB'", memory),
		"SET threads = 1",                      // one order of rows, so the same bytes
		"SET preserve_insertion_order = false", // so that groups may end by their bytes; one thread keeps it
		"SET temp_directory = ''",
		"SET allowed_paths = [" + strings.Join(allowed, ", ") + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if _, err := c.ExecContext(ctx, setting); err != nil {
			return fmt.Errorf("duckdb: %s: %w", setting, err)
		}
	}
	return do(c)
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// named writes the name of a column.
func named(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
