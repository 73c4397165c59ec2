package intake

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Eraser takes a person out of versions of datasets: rows whose key is the person
// (of the kind's columns those of the primary key, else the first) go; other columns
// of the kind, such as the head of a family, are made empty where they name the
// person. What is left is kept as a new content, through DuckDB, which touches the two
// files alone.
func Eraser(contents store.Contents, who *identity.Person) store.Rewrite {
	return func(ctx context.Context, v registry.DatasetVersion) (registry.Rewritten, error) {
		c, err := contract.Read(contents, v.Contract)
		if err != nil {
			return registry.Rewritten{}, err
		}
		e := eraser{contents: contents, who: who, v: v, c: c}
		own, beside := e.columns()
		if len(own) == 0 {
			return registry.Rewritten{}, nil
		}
		if err := contents.Check(ctx, v.Content); err != nil {
			return registry.Rewritten{}, err
		}
		if e.path, err = contents.File(v.Content); err != nil {
			return registry.Rewritten{}, err
		}
		return e.run(ctx, own, beside)
	}
}

type eraser struct {
	contents store.Contents
	who      *identity.Person
	v        registry.DatasetVersion
	c        *contract.Contract
	path     string
}

// columns are those in which pseudonyms of the person's kind stand: that say whose a row
// is, and others.
func (e eraser) columns() (own, beside []string) {
	for _, f := range e.c.Fields {
		if f.Treatment == contract.Hash && f.Identity == e.who.Kind() {
			beside = append(beside, f.Name)
		}
	}
	for _, name := range beside {
		if slices.Contains(e.c.PrimaryKey, name) {
			own = append(own, name)
		}
	}
	if len(own) == 0 && len(beside) > 0 {
		own = beside[:1]
	}
	return own, slices.DeleteFunc(slices.Clone(beside), func(name string) bool { return slices.Contains(own, name) })
}

func (e eraser) run(ctx context.Context, own, beside []string) (w registry.Rewritten, err error) {
	from := "read_parquet(" + quoted(e.path) + ")"
	var mine, named_ []string
	var emptied strings.Builder
	for _, name := range slices.Concat(own, beside) {
		pseudonym, ok, err := e.pseudonym(ctx, name)
		if err != nil {
			return w, err
		}
		if !ok {
			continue
		}
		is := fmt.Sprintf("COALESCE(%s = %s, false)", named(name), quoted(pseudonym))
		if slices.Contains(own, name) {
			mine = append(mine, is)
			continue
		}
		named_ = append(named_, is)
		if emptied.Len() > 0 {
			emptied.WriteString(", ")
		}
		fmt.Fprintf(&emptied, "CASE WHEN %s THEN NULL ELSE %s END AS %s", is, named(name), named(name))
	}
	if len(mine)+len(named_) == 0 {
		return w, nil
	}
	isMine := "(" + strings.Join(append(mine, "false"), " OR ") + ")"
	cells := "0"
	for _, is := range named_ {
		cells += fmt.Sprintf(" + COUNT(*) FILTER (WHERE NOT %s AND %s)", isMine, is)
	}
	err = e.ask(ctx, fmt.Sprintf("SELECT COUNT(*) FILTER (WHERE %s), %s, COUNT(*) FILTER (WHERE NOT %s) FROM %s", isMine, cells, isMine, from), func(rows *sql.Rows) error {
		return rows.Scan(&w.Removed, &w.Cells, &w.Rows)
	})
	if err != nil || w.Removed+w.Cells == 0 || w.Rows == 0 {
		return w, err
	}
	columns := "*"
	if emptied.Len() > 0 {
		columns = "* REPLACE (" + emptied.String() + ")"
	}
	var covered []registry.CoverageCell
	w.Content, _, err = e.contents.Write(ctx, func(path string) error {
		err := confined(ctx, writeMemory, []string{e.path, path}, func(db *sql.Conn) error {
			_, err := db.ExecContext(ctx, copyTo(fmt.Sprintf("SELECT %s FROM %s WHERE NOT %s", columns, from, isMine), path, len(e.v.Columns)))
			return err
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return problem.New("erase-unwritable") // the text of a database's error has the statement, which names the person
		}
		covered, err = coverageOf(ctx, path, e.c)
		return err
	})
	if err != nil {
		return w, err
	}
	w.Regions, w.First, w.Last = registry.Covered(covered)
	w.Coverage, _, err = e.contents.Put(ctx, bytes.NewReader(registry.EncodeCoverage(covered)))
	return w, err
}

// pseudonym is the person's in a column; false where they are surely not in it.
func (e eraser) pseudonym(ctx context.Context, column string) (string, bool, error) {
	i := slices.IndexFunc(e.v.Keys, func(k registry.PseudonymKey) bool { return k.Column == column })
	if i < 0 {
		return "", false, nil // the file had no such column
	}
	return e.who.In(identity.Key{Number: e.v.Keys[i].Number, ID: e.v.Keys[i].ID}, func() (all []string, err error) {
		err = e.ask(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM read_parquet(%s) WHERE %s IS NOT NULL", named(column), quoted(e.path), named(column)), func(rows *sql.Rows) error {
			var one string
			err := rows.Scan(&one)
			all = append(all, one)
			return err
		})
		return all, err
	})
}

// ask reads the rows of an answer. No error has the statement.
func (e eraser) ask(ctx context.Context, statement string, row func(*sql.Rows) error) error {
	err := confined(ctx, writeMemory, []string{e.path}, func(db *sql.Conn) error {
		rows, err := db.QueryContext(ctx, statement)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := row(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil && ctx.Err() == nil {
		err = problem.New("erase-unreadable", "number", e.v.Number)
	}
	return err
}
