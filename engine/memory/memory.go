// Package memory is the referee among engines: it answers a moments.Request in
// plain loops over rows held in memory, one loop a node of the request, without
// any thought of speed. It shares nothing with the other engines but the types
// of package moments, so that an agreement between it and them means something.
package memory

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// Table is a table of text, as a file holds it: Rows have one cell for each of
// Columns. Blank, NA, "." and NULL are missing.
type Table struct {
	Columns []string
	Rows    [][]string
	file    string
}

// New is the engine that reads CSV files.
func New() engine.Engine { return memory{} }

// From is an engine whose sources are the given tables, by name; paths are not
// looked at, and Open may be called without sources.
func From(tables map[string]Table) engine.Engine { return memory{tables: tables} }

type memory struct{ tables map[string]Table }

// Name is the engine's name; it has no version of its own.
func (memory) Name() string { return "memory" }

// Open reads each source whole.
func (m memory) Open(_ context.Context, sources []engine.Source, _ engine.Options) (engine.Session, error) {
	s := session{}
	maps.Copy(s, m.tables)
	for _, src := range sources {
		t, given := m.tables[src.Name]
		if !given && m.tables != nil {
			continue
		}
		if !given {
			var err error
			if t, err = readCSV(src.Path); err != nil {
				return nil, err
			}
		}
		t, err := t.cut(src)
		if err != nil {
			return nil, err
		}
		s[src.Name] = t
	}
	return s, nil
}

// cut gives the part of a table that its source's view has.
func (t Table) cut(src engine.Source) (Table, error) {
	if src.View == nil {
		return t, nil
	}
	out := Table{file: t.file}
	var kept []int
	for j, c := range t.Columns {
		if src.View.Sees(c) {
			kept = append(kept, j)
			out.Columns = append(out.Columns, c)
		}
	}
	var by []int
	for _, w := range src.View.Rows {
		j := slices.Index(t.Columns, w.Column)
		if j < 0 {
			return out, problem.New("view-column", "column", w.Column).In(src.Title())
		}
		by = append(by, j)
	}
	for _, record := range t.Rows {
		inside := true
		for i, w := range src.View.Rows {
			cell := strings.TrimSpace(record[by[i]])
			inside = inside && !isBlank(cell) && w.Has(cell)
		}
		if !inside {
			continue
		}
		row := make([]string, len(kept))
		for i, j := range kept {
			row[i] = record[j]
		}
		out.Rows = append(out.Rows, row)
	}
	if len(out.Rows) == 0 || len(out.Columns) == 0 {
		return out, problem.New("view-empty").In(src.Title())
	}
	return out, nil
}

// readCSV reads a CSV file whose separator is the one, of comma, semicolon, tab
// and bar, that the header has most of.
func readCSV(path string) (Table, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Table{}, problem.New("no-file", "path", path).Because(err)
	}
	if err != nil {
		return Table{}, err
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	header, _, _ := strings.Cut(string(content), "\n")
	separator := ','
	for _, r := range ";\t|" {
		if strings.Count(header, string(r)) > strings.Count(header, string(separator)) {
			separator = r
		}
	}
	in := csv.NewReader(bytes.NewReader(content))
	in.Comma = separator
	in.FieldsPerRecord = 0
	t := Table{file: path}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Table{}, problem.New("unreadable-csv", "what", err.Error()).In(path).Because(err)
		}
		if t.Columns == nil {
			t.Columns = record
			continue
		}
		t.Rows = append(t.Rows, record)
	}
	return t, nil
}

type session map[string]Table

// Columns lists a table's columns.
func (s session) Columns(table string) ([]engine.Column, error) {
	t := s[table]
	out := make([]engine.Column, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = engine.Column{Name: c, Type: "text"}
	}
	return out, nil
}

// Rows counts a table's rows.
func (s session) Rows(_ context.Context, table string) (int64, error) {
	return int64(len(s[table].Rows)), nil
}

// likeNumber is how a cell is written that is no word: see engine.Session.
var likeNumber = regexp.MustCompile(`^(?i:[+\x{2212}-]?([ \x{a0}\x{202f}.,0-9]*[0-9][ \x{a0}\x{202f}.,0-9]*(e[+-]?[0-9]+)? ?%?|nan|inf|infinity))$`)

// Words looks at every cell.
func (s session) Words(_ context.Context, table, column string) (bool, error) {
	t := s[table]
	j := slices.Index(t.Columns, column)
	if j < 0 {
		return false, noColumn(column, table, t.Columns)
	}
	known := false
	for _, record := range t.Rows {
		text := strings.TrimSpace(record[j])
		if isBlank(text) {
			continue
		}
		if known = true; likeNumber.MatchString(text) {
			return false, nil
		}
	}
	return known, nil
}

func noColumn(column, table string, columns []string) error {
	return problem.New("no-column", "column", column, "table", table, "suggestion", problem.Nearest(column, columns), "columns", columns)
}

// Close has nothing to remove.
func (s session) Close() error { return nil }

// Collect answers a request in loops.
func (s session) Collect(_ context.Context, r moments.Request) (moments.Statistic, error) {
	envs, err := r.Check()
	if err != nil {
		return moments.Statistic{}, err
	}
	last, err := finalKinds(r, envs[len(envs)-1])
	if err != nil {
		return moments.Statistic{}, err
	}
	rows, err := s[r.Table].read(r)
	if err != nil {
		return moments.Statistic{}, err
	}
	rows = apply(moments.Keep{Cond: moments.All(r.Where)}, rows, envs[0])
	for i, step := range r.Steps {
		rows = apply(step, rows, envs[i+1])
	}
	out := moments.NewStatistic(r)
	for _, g := range fold(r.By, r.Make, rows, last) {
		made := moments.Group{}
		for _, c := range g.key {
			made.Key = append(made.Key, c.key())
		}
		for _, c := range g.cells {
			made.Cells = append(made.Cells, c.quantity())
		}
		out.Groups = append(out.Groups, made)
	}
	out.Sort()
	if r.Only > 0 {
		out.Groups = out.Groups[:min(r.Only, len(out.Groups))]
		return out, nil
	}
	limit := r.Limit
	if limit == 0 {
		limit = moments.DefaultLimit
	}
	if len(out.Groups) > limit {
		return moments.Statistic{}, &moments.ErrTooManyGroups{Label: r.Label, Limit: limit}
	}
	return out, nil
}

// finalKinds are the kinds of the keys and cells of the answer.
func finalKinds(r moments.Request, env moments.Env) (moments.Env, error) {
	kinds := moments.Env{}
	for _, b := range r.By {
		k, err := moments.KindOf(b.Of, env)
		if err != nil {
			return nil, err
		}
		kinds[b.Name] = k
	}
	for _, a := range r.Make {
		k, err := moments.KindOfAgg(a, env)
		if err != nil {
			return nil, err
		}
		kinds[a.Name] = k
	}
	return kinds, nil
}

// quantity is the cell as a cell of a statistic.
func (c cell) quantity() moments.Quantity {
	switch c.kind {
	case whole:
		return moments.WholeQuantity(c.whole)
	case real:
		return moments.RealQuantity(c.real)
	default:
		return moments.Quantity{}
	}
}

// read reads the columns of a request; the first cell that cannot be read so is
// a problem with its place. Row 1 of a file is its header.
func (t Table) read(r moments.Request) ([]row, error) {
	rows := make([]row, len(t.Rows))
	for i := range rows {
		rows[i] = row{}
	}
	for _, c := range r.Columns {
		j := slices.Index(t.Columns, c.Name)
		if j < 0 {
			return nil, noColumn(c.Name, r.Table, t.Columns)
		}
		for i, record := range t.Rows {
			value, p := read(record[j], c.As)
			if p != nil {
				p.Values["column"], p.Values["row"] = c.Name, int64(i+2)
				return nil, p.In(t.file)
			}
			rows[i][c.Name] = value
		}
	}
	return rows, nil
}
