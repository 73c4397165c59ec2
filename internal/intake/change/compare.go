package change

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// usualMemory is the most that DuckDB has unless said otherwise.
const usualMemory = 512 << 20

// Compare says what differs between two versions of a dataset. Errors: problems
// (change-unreadable, change-too-big), of the folder, or of ctx.
func Compare(ctx context.Context, before, after Side, o Options) (c *Change, err error) {
	dir, err := os.MkdirTemp(o.Dir, "compare-*")
	if err != nil {
		return nil, problem.New("unwritable", "path", o.Dir).Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &pair{sides: [2]Side{before, after}}
	if err := p.open(ctx, dir, o); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	c, err = p.compare(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && strings.Contains(err.Error(), "Out of Memory"):
		return nil, problem.New("change-too-big").Because(err)
	case err != nil:
		return nil, problem.New("change-unreadable").Because(err)
	}
	return c, nil
}

// pair is two versions in DuckDB, as the views v0 and v1.
type pair struct {
	sides [2]Side
	db    *sql.DB
	conn  *sql.Conn
	types [2]map[string]string // of columns
	order [2][]string
}

func (p *pair) open(ctx context.Context, dir string, o Options) error {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	p.db = sql.OpenDB(connector)
	if p.conn, err = p.db.Conn(ctx); err != nil {
		return errors.Join(fmt.Errorf("duckdb: %w", err), p.db.Close())
	}
	memory := o.Memory
	if memory == 0 {
		memory = usualMemory
	}
	var ring *identity.Ring
	if o.Held != nil && !maps.Equal(p.sides[0].Keys, p.sides[1].Keys) {
		if ring, err = o.Held(); err != nil && !identity.NoKey(err) {
			return errors.Join(err, p.close())
		}
	}
	replaced, err := p.rotate(p.conn, ring)
	if err != nil {
		return errors.Join(fmt.Errorf("duckdb: %w", err), p.close())
	}
	paths := make([]string, 2)
	for i := range paths {
		if paths[i], err = filepath.Abs(p.sides[i].Path); err != nil {
			return errors.Join(err, p.close())
		}
	}
	for _, statement := range []string{
		fmt.Sprintf("SET memory_limit = '%dB'", memory),
		"SET threads = 2",
		"SET preserve_insertion_order = false",
		"SET temp_directory = " + text(dir),
		"SET allowed_paths = [" + text(paths[0]) + ", " + text(paths[1]) + "]",
		"SET allowed_directories = [" + text(dir) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
		"CREATE VIEW v0 AS SELECT " + star(replaced[0]) + " FROM read_parquet(" + text(paths[0]) + ")",
		"CREATE VIEW v1 AS SELECT " + star(replaced[1]) + " FROM read_parquet(" + text(paths[1]) + ")",
	} {
		if _, err := p.conn.ExecContext(ctx, statement); err != nil {
			return errors.Join(problem.New("change-unreadable").Because(err), p.close())
		}
	}
	return nil
}

func (p *pair) close() error { return errors.Join(p.conn.Close(), p.db.Close()) }

// text and name quote for SQL.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// numbers runs a query of one row of numbers; NULL is NaN.
func (p *pair) numbers(ctx context.Context, query string) ([]float64, error) {
	rows, err := p.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	found, to := make([]sql.NullFloat64, len(names)), make([]any, len(names))
	for i := range found {
		to[i] = &found[i]
	}
	out := make([]float64, len(names))
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for i, x := range found {
			out[i] = x.Float64
			if !x.Valid {
				out[i] = math.NaN()
			}
		}
	}
	return out, rows.Err()
}

func (p *pair) describe(ctx context.Context) error {
	for i := range p.sides {
		if err := p.columns(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// columns reads the names and types of one version.
func (p *pair) columns(ctx context.Context, side int) error {
	p.types[side] = map[string]string{}
	rows, err := p.conn.QueryContext(ctx, fmt.Sprintf("SELECT column_name, column_type FROM (DESCRIBE v%d)", side))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var column, kind string
		if err := rows.Scan(&column, &kind); err != nil {
			return err
		}
		p.types[side][column] = kind
		p.order[side] = append(p.order[side], column)
	}
	return rows.Err()
}

func (p *pair) compare(ctx context.Context) (*Change, error) {
	if err := p.describe(ctx); err != nil {
		return nil, err
	}
	c := &Change{Key: []string{}, New: []string{}, Lost: []string{}, Retyped: []string{}, Columns: []Column{}}
	for _, s := range p.sides {
		c.Personal = c.Personal || s.Contract.Class == registry.PersonalData
	}
	rows, err := p.numbers(ctx, "SELECT (SELECT count(*) FROM v0), (SELECT count(*) FROM v1)")
	if err != nil {
		return nil, err
	}
	c.Before, c.After = int64(rows[0]), int64(rows[1])
	var shared []string
	for _, column := range p.order[0] {
		if _, ok := p.types[1][column]; !ok {
			c.Lost = append(c.Lost, column)
		}
	}
	for _, column := range p.order[1] {
		was, ok := p.types[0][column]
		switch {
		case !ok:
			c.New = append(c.New, column)
		case was != p.types[1][column] || p.apart(column):
			c.Retyped = append(c.Retyped, column)
		default:
			shared = append(shared, column)
		}
	}
	cells, err := p.rows(ctx, c, shared)
	if err != nil {
		return nil, err
	}
	for _, column := range shared {
		one := Column{Name: column, Cells: c.count(cells[column]), Size: Unknown}
		one.Words = p.words(column)
		if err := p.distribution(ctx, c, &one); err != nil {
			return nil, err
		}
		c.Columns = append(c.Columns, one)
	}
	return c, nil
}

// words are the titles of a column, its name where there is none.
func (p *pair) words(column string) Words {
	w := Words{column, column}
	if f, ok := p.sides[1].Contract.Field(column); ok {
		if f.Title != "" {
			w.ID = f.Title
		}
		if f.TitleEn != "" {
			w.EN = f.TitleEn
		}
	}
	return w
}

// apart tells whether the pseudonyms of a column stand under different keys.
func (p *pair) apart(column string) bool { return p.sides[0].Keys[column] != p.sides[1].Keys[column] }

// pseudonyms tells whether a column holds some.
func (p *pair) pseudonyms(column string) bool {
	f, ok := p.sides[1].Contract.Field(column)
	return ok && f.Treatment == contract.Hash
}

// key gives the columns by which rows are matched, and whether they cannot be.
func (p *pair) key(ctx context.Context, shared []string) (key []string, apart bool, err error) {
	key = p.sides[1].Contract.PrimaryKey
	if len(key) == 0 {
		return nil, false, nil
	}
	for _, column := range key {
		if slices.Contains(shared, column) {
			continue
		}
		if _, both := p.types[0][column]; both && p.apart(column) {
			return key, true, nil
		}
		return nil, false, nil // another key than before
	}
	for i := range p.sides { // a version from before the key may repeat it
		n, err := p.numbers(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM v%d GROUP BY %s HAVING count(*) > 1)", i, list(key, "")))
		if err != nil {
			return nil, false, err
		}
		if n[0] != 0 {
			return nil, false, nil
		}
	}
	return key, false, nil
}

// list writes columns with a prefix.
func list(columns []string, prefix string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = prefix + name(c)
	}
	return strings.Join(all, ", ")
}

// rows counts rows added, removed and changed, and gives the changed cells of each
// column.
func (p *pair) rows(ctx context.Context, c *Change, shared []string) (map[string]int64, error) {
	key, apart, err := p.key(ctx, shared)
	if err != nil || apart {
		c.Key, c.Apart = append(c.Key, key...), apart
		return nil, err
	}
	if len(key) == 0 {
		return nil, p.whole(ctx, c, shared)
	}
	c.Key = append(c.Key, key...)
	var on, cells []string
	var beside []string
	for _, column := range key {
		on = append(on, "a."+name(column)+" IS NOT DISTINCT FROM b."+name(column))
	}
	for _, column := range shared {
		if !slices.Contains(key, column) {
			beside = append(beside, column)
			cells = append(cells, "a."+name(column)+" IS DISTINCT FROM b."+name(column))
		}
	}
	query := "SELECT count(*) FILTER (NOT here), count(*) FILTER (NOT there)"
	inner := "SELECT a.here IS NOT NULL AS there, b.here IS NOT NULL AS here"
	changed := "false"
	for i, one := range cells {
		inner += fmt.Sprintf(", %s AS c%d", one, i)
		query += fmt.Sprintf(", count(*) FILTER (here AND there AND c%d)", i)
		changed += fmt.Sprintf(" OR c%d", i)
	}
	columns := list(append(slices.Clone(key), beside...), "")
	query += ", count(*) FILTER (here AND there AND (" + changed + ")) FROM (" + inner +
		" FROM (SELECT " + columns + ", true AS here FROM v0) a FULL JOIN (SELECT " + columns + ", true AS here FROM v1) b ON " + strings.Join(on, " AND ") + ")"
	n, err := p.numbers(ctx, query)
	if err != nil {
		return nil, err
	}
	c.Removed, c.Added, c.Changed = c.count(int64(n[0])), c.count(int64(n[1])), c.count(int64(n[len(n)-1]))
	found := map[string]int64{}
	for i, column := range beside {
		found[column] = int64(n[2+i])
	}
	return found, nil
}

// whole compares rows by all their cells, as often as each is there.
func (p *pair) whole(ctx context.Context, c *Change, shared []string) error {
	if len(shared) == 0 {
		c.Removed, c.Added = c.count(c.Before), c.count(c.After)
		return nil
	}
	columns := list(shared, "")
	n, err := p.numbers(ctx, "SELECT coalesce(sum(greatest(a - b, 0)), 0), coalesce(sum(greatest(b - a, 0)), 0) FROM (SELECT count(*) FILTER (v = 0) AS a, count(*) FILTER (v = 1) AS b FROM (SELECT "+
		columns+", 0 AS v FROM v0 UNION ALL SELECT "+columns+", 1 AS v FROM v1) GROUP BY "+columns+")")
	if err != nil {
		return err
	}
	c.Removed, c.Added = c.count(int64(n[0])), c.count(int64(n[1]))
	return nil
}
