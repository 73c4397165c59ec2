package parquet

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Reader reads one file; it is a source.Reader.
type Reader struct {
	table    source.Table
	file     source.File
	footer   *footer
	columns  []column
	pages    []pages
	group    int   // row group being read, -1 before the first
	left     int64 // of its rows
	row      int64
	held     int // bytes of pages and dictionaries
	packed   []byte
	zstd     *zstd.Decoder
	cautions problem.List
	ended    bool
}

// mostRow is the most bytes of the texts of a row. A dictionary could repeat one
// long text in all columns.
const mostRow = 64 << 20

// Open reads the footer. Errors are problems: no Parquet file, one that is cut,
// encrypted or contradicts itself, or one of whose columns none is read.
func Open(f source.File) (*Reader, error) {
	m, err := readFooter(f)
	if err != nil {
		return nil, err
	}
	all, err := m.leaves()
	if err != nil {
		return nil, err
	}
	if err := m.sound(len(all), f.Size()); err != nil {
		return nil, err
	}
	r := &Reader{file: f, footer: m, group: -1}
	r.choose(all)
	if len(r.columns) == 0 {
		return nil, problem.New("parquet-no-columns")
	}
	r.table.Rows, r.table.Encoding = m.rows, "UTF-8"
	r.pages = make([]pages, len(r.columns))
	for i := range r.pages {
		r.pages[i].leaf = &r.columns[i].leaf
	}
	return r, nil
}

// choose settles which columns are read, and says which are not.
func (r *Reader) choose(all []leaf) {
	var lists, binaries, bytes, instants, unsure []string
	used := map[string]bool{}
	for _, l := range all {
		c := column{leaf: l}
		if l.listed {
			lists = append(lists, l.path)
			continue
		}
		kind, ok := l.kind()
		if !ok || slices.Contains(r.footer.geo, l.path) {
			binaries = append(binaries, l.path)
			continue
		}
		if l.physical == byteArrays && l.logical == plain {
			bytes = append(bytes, l.path)
		}
		switch {
		case l.physical == int96s:
			unsure = append(unsure, l.path)
		case l.logical == moments && l.instant:
			instants = append(instants, l.path)
		}
		c.kind = kind
		name := l.path
		for n := 2; name == "" || used[grid.Key(name)]; n++ { // contracts know names by their letters
			name = fmt.Sprintf("%s (%d)", l.path, n)
		}
		if k := grid.Key(name); k != "" {
			used[k] = true
		}
		c.name = name
		r.columns = append(r.columns, c)
		col := source.Column{Name: name, Kind: kind, Decimals: -1, Format: l.word()}
		if kind == source.Real && l.logical == decimals {
			col.Decimals = int(l.scale)
		}
		r.table.Columns = append(r.table.Columns, col)
	}
	for _, s := range []struct {
		code    string
		columns []string
	}{{"parquet-lists", lists}, {"parquet-binary", binaries}, {"parquet-bytes", bytes}, {"parquet-instants", instants}, {"parquet-int96", unsure}} {
		if len(s.columns) > 0 {
			r.cautions = append(r.cautions, problem.New(s.code, "n", len(s.columns), "columns", strings.Join(s.columns[:min(len(s.columns), 20)], ", ")))
		}
	}
}

// Table is what the file says of itself.
func (r *Reader) Table() *source.Table { return &r.table }

// Cautions lists what was passed over; complete after io.EOF.
func (r *Reader) Cautions() problem.List { return r.cautions }

// Next reads the next rows; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	err := ctx.Err()
	if err == nil {
		err = b.Fill(len(r.columns), func() error { return r.one(ctx, b) })
	} else {
		b.Start(len(r.columns))
	}
	if err == io.EOF && !r.ended { //nolint:errorlint // of Fill
		r.ended = true
		for i := range r.columns {
			if c := &r.columns[i]; c.rounded > 0 {
				r.cautions = append(r.cautions, problem.New("parquet-rounded", "column", c.name, "n", c.rounded, "row", c.roundedAt))
			}
		}
	}
	return err
}

// one adds the next row.
func (r *Reader) one(ctx context.Context, b *source.Batch) error {
	for r.left == 0 {
		if r.group+1 >= len(r.footer.groups) {
			return io.EOF
		}
		r.group++
		g := &r.footer.groups[r.group]
		r.left = g.rows
		for i := range r.pages {
			r.begin(&r.pages[i], &g.chunks[r.columns[i].index])
		}
	}
	r.left--
	r.row++
	b.AddRow(r.row)
	long := 0
	var v value
	for i := range r.pages {
		p, c := &r.pages[i], &r.columns[i]
		if p.left == 0 {
			if err := r.turn(ctx, p); err != nil {
				return err
			}
		}
		p.left--
		there, ok := p.levels.there()
		if !ok {
			return r.damaged(p, nil)
		}
		if !there {
			b.AddMissing(i, c.kind, source.Plain)
			continue
		}
		v.bytes, v.text = nil, ""
		if !p.values.next(&v) {
			return r.damaged(p, nil)
		}
		if long += len(v.bytes) + len(v.text); long > mostRow {
			return problem.New("parquet-row-long", "row", r.row, "most", mostRow>>20)
		}
		c.add(b, i, &v, r.row)
	}
	return nil
}
