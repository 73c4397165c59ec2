package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// table is one source: the file as given, and the Parquet file that is scanned.
type table struct {
	given   string // as the user wrote it, for messages
	path    string // absolute
	base    string // start of the names of its temporary files
	format  format
	parquet string // what is scanned
	columns []column
	rows    int64
	proved  map[proof]bool
	extents map[string]extent // of integer columns, once asked for
	words   map[string]bool   // of columns of text, once asked for
	view    *engine.View      // nil: all of it
	seen    string            // condition of the rows in the view; "" = all
}

// column is one column of the scanned Parquet file.
type column struct {
	name    string // as the user's file spells it
	ref     string // its quoted name in the scanned file
	sqlType string
	store   stored
	// written is the quoted name of the cells' text, kept beside a number where
	// the text says more than the number ("35.10", sixteen digits); "" elsewhere.
	written string
	clean   bool // conversion trimmed texts, and made blanks, marks and what is not finite missing or text
}

// stored is how a column's values stand in the Parquet file.
type stored int

const (
	storedText    stored = iota // text; blanks and marks are missing
	storedInteger               // whole numbers of at most 64 bits
	storedReal                  // floating numbers
	storedDecimal               // DECIMAL: exact, with decimals
	storedLong                  // integers that may not fit 64 bits with a sign
	storedTruth
)

type proof struct {
	column string
	as     moments.As
}

type format int

const (
	formatCSV format = iota
	formatParquet
	formatJSON
	formatXLSX
)

// newTable finds the file and its format.
func newTable(src engine.Source, base string) (*table, error) {
	info, err := os.Stat(src.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, problem.New("no-file", "path", src.Title()).Because(err)
	case err != nil:
		return nil, problem.New("file-unreadable", "path", src.Title()).Because(err)
	case info.IsDir():
		return nil, problem.New("file-is-folder", "path", src.Title())
	case info.Size() == 0:
		return nil, problem.New("file-empty").In(src.Title())
	}
	path, err := filepath.Abs(src.Path)
	if err != nil {
		return nil, err
	}
	t := &table{given: src.Title(), path: path, base: base, view: src.View, proved: map[proof]bool{}, extents: map[string]extent{}, words: map[string]bool{}}
	head, err := readHead(path)
	if err != nil {
		return nil, problem.New("file-unreadable", "path", src.Title()).Because(err)
	}
	if t.format, err = t.find(head); err != nil {
		return nil, err
	}
	t.parquet = base + ".parquet"
	if t.format == formatParquet {
		t.parquet = path
	}
	return t, nil
}

// readHead reads the first bytes of a file.
func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, err := f.Read(head)
	return head[:n], err
}

const headSize = 1 << 16

// find tells the format by what the file holds; a name that says another is a
// problem.
func (t *table) find(head []byte) (format, error) {
	start := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	extension := strings.ToLower(filepath.Ext(t.path))
	var found format
	switch {
	case strings.HasPrefix(start, "PAR1"):
		found = formatParquet
	case strings.HasPrefix(start, "PK\x03\x04"):
		found = formatXLSX
	case strings.ContainsRune(string(head), 0):
		return 0, problem.New("not-a-table", "extension", extension).In(t.given)
	case extension == ".json" || extension == ".jsonl" || extension == ".ndjson":
		found = formatJSON
	default:
		found = formatCSV
	}
	says := map[string]format{".parquet": formatParquet, ".xlsx": formatXLSX}
	if want, ok := says[extension]; ok && want != found {
		return 0, problem.New("not-what-it-says", "extension", extension).In(t.given)
	}
	return found, nil
}

// files are all the files that the table may need.
func (t *table) files() []string {
	files := []string{t.path}
	if t.format != formatParquet {
		files = append(files, t.parquet)
	}
	if t.format == formatXLSX {
		files = append(files, t.base+".csv")
	}
	return files
}

// prepare makes the Parquet file where there is none, and reads its columns.
func (t *table) prepare(ctx context.Context, s *session) error {
	if t.format != formatParquet {
		s.tell("read " + filepath.Base(t.path))
		if err := t.convert(ctx, s); err != nil {
			return err
		}
	}
	if t.format == formatParquet {
		if err := t.describe(ctx, s); err != nil {
			return err
		}
	}
	if err := t.cut(); err != nil {
		return err
	}
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM "+t.scan()).Scan(&t.rows); err != nil {
		return t.readError(err)
	}
	if t.rows == 0 {
		if t.view != nil {
			return problem.New("view-empty").In(t.given)
		}
		return problem.New("no-rows").In(t.given)
	}
	return nil
}

// cut leaves what the view has.
func (t *table) cut() error {
	if t.view == nil {
		return nil
	}
	conditions := make([]string, 0, len(t.view.Rows))
	for _, w := range t.view.Rows {
		c, ok := t.column(w.Column)
		if !ok {
			return problem.New("view-column", "column", w.Column).In(t.given)
		}
		cell := c.ref
		if c.written != "" {
			cell = c.written
		}
		conditions = append(conditions, "coalesce("+within("CAST("+cell+" AS VARCHAR)", w)+", FALSE)")
	}
	t.seen = strings.Join(conditions, " AND ")
	t.columns = slices.DeleteFunc(t.columns, func(c column) bool { return !t.view.Sees(c.name) })
	if len(t.columns) == 0 {
		return problem.New("view-empty").In(t.given)
	}
	return nil
}

// within renders what engine.Within.Has says of a cell. Texts are compared byte by
// byte, as they are there.
func within(cell string, w engine.Within) string {
	if w.From != "" || w.Until != "" {
		return fmt.Sprintf("strlen(%[1]s) >= %[2]d AND encode(%[1]s)[1:%[3]d] >= encode(%[4]s) AND encode(%[1]s)[1:%[5]d] <= encode(%[6]s)",
			cell, max(len(w.From), len(w.Until)), len(w.From), text(w.From), len(w.Until), text(w.Until))
	}
	one := []string{"FALSE"}
	for _, p := range w.Prefixes {
		one = append(one, "starts_with("+cell+", "+text(p)+")")
	}
	return strings.Join(one, " OR ")
}

// describe reads the columns of a Parquet file of the user.
func (t *table) describe(ctx context.Context, s *session) error {
	rows, err := s.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+t.scan()+")")
	if err != nil {
		return t.readError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.sqlType); err != nil {
			return err
		}
		c.ref, c.store = name(c.name), storedAs(c.sqlType)
		t.columns = append(t.columns, c)
	}
	if err := rows.Err(); err != nil {
		return t.readError(err)
	}
	return nil
}

// scan is what stands after FROM: the file, or the rows of it that the view has.
func (t *table) scan() string {
	file := "read_parquet(" + text(t.parquet) + ")"
	if t.seen == "" {
		return file
	}
	return "(SELECT * FROM " + file + " WHERE " + t.seen + ")"
}

func storedAs(sqlType string) stored {
	switch sqlType {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return storedInteger
	case "BOOLEAN":
		return storedTruth
	case "DOUBLE", "FLOAT":
		return storedReal
	case "HUGEINT", "UBIGINT", "UHUGEINT":
		return storedLong
	}
	if strings.HasPrefix(sqlType, "DECIMAL") {
		return storedDecimal
	}
	return storedText
}

// column gives a column by name.
func (t *table) column(name string) (column, bool) {
	for _, c := range t.columns {
		if c.name == name {
			return c, true
		}
	}
	return column{}, false
}

// names lists the columns' names.
func (t *table) names() []string {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		out[i] = c.name
	}
	return out
}

// lacks is the problem of a column that the table, by its name in the plan, has
// not.
func (t *table) lacks(column, table string) error {
	return problem.New("no-column", "column", column, "table", table,
		"suggestion", problem.Nearest(column, t.names()), "columns", t.names())
}
