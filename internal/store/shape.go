package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// A trigger changes rows that no command has changed, a view or a lost condition
// lets others do so: the shape of the database is proven too. It is that of a new
// database that has taken the same migrations.

// shape is what a database has, by kind and name, with how it was made.
type shape map[string]string

// shapeOf reads the shape of a SQLite database; the texts are without what releases
// of SQLite write otherwise.
func shapeOf(ctx context.Context, from querier) (shape, error) {
	return readShape(ctx, from, "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> '"+versionTable+"' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", func(sql string) string {
		return strings.Join(strings.Fields(strings.ReplaceAll(sql, `"`, "")), " ")
	})
}

func readShape(ctx context.Context, from querier, query string, plain func(string) string) (shape, error) {
	rows, err := from.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := shape{}
	for rows.Next() {
		var name, made string
		if err := rows.Scan(&name, &made); err != nil {
			return nil, err
		}
		all[name] = plain(made)
	}
	return all, rows.Err()
}

// differs names what one shape has and the other has not, or otherwise.
func (s shape) differs(wanted shape) problem.List {
	var found problem.List
	names := slices.Sorted(maps.Keys(wanted))
	for name := range s {
		if _, known := wanted[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		is, there := s[name]
		want, known := wanted[name]
		if there != known || is != want {
			found = append(found, problem.New("shape-differs", "what", name))
		}
	}
	return found
}

func (d *sqliteDB) shape(ctx context.Context, from *sql.Tx) (shape, error) { return shapeOf(ctx, from) }

func (d *sqliteDB) wanted(made shape) shape { return made }

// postgresShape asks the catalogue for what was made by name, and for how many
// conditions of each kind a table has.
const postgresShape = `SELECT 'table ' || c.relname, CONCAT_WS(' ',
	(SELECT COUNT(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'),
	(SELECT COUNT(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'u'),
	(SELECT COUNT(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'),
	(SELECT COUNT(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'))
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f') AND c.relname <> '` + versionTable + `'
UNION ALL SELECT 'index ' || c.relname, '' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
	WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)
UNION ALL SELECT 'trigger ' || t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = current_schema() AND NOT t.tgisinternal
UNION ALL SELECT 'rule ' || rulename, tablename FROM pg_rules WHERE schemaname = current_schema()
UNION ALL SELECT 'view ' || viewname, '' FROM pg_views WHERE schemaname = current_schema()`

func (d *postgresDB) shape(ctx context.Context, from *sql.Tx) (shape, error) {
	return readShape(ctx, from, postgresShape, func(s string) string { return s })
}

// wanted is the shape of a SQLite database as PostgreSQL would tell it.
func (d *postgresDB) wanted(made shape) shape {
	all := shape{}
	for name, sql := range made {
		if strings.HasPrefix(name, "table ") {
			var counts []string
			for _, word := range []string{"CHECK", "UNIQUE", "PRIMARY KEY", "REFERENCES"} {
				counts = append(counts, strconv.Itoa(strings.Count(sql, word)))
			}
			all[name] = strings.Join(counts, " ")
			continue
		}
		all[name] = ""
	}
	return all
}
