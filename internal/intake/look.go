package intake

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/workbook"
	"github.com/dampak/dampak/internal/problem"
)

// Preview is what a person looks at before the rows of a file are checked: how it
// was read and what a contract of it could say. It shows nothing that tells who a
// person is.
type Preview struct {
	File     string // base name
	Form     Form
	SHA256   string   // of the file
	Sheets   []string // of a workbook that has several
	Sheet    string   // the one that was read; empty: the file has none
	Draft    *contract.Draft
	Columns  []source.Column
	Rows     []PreviewRow // the first of them
	Read     int64        // rows of the file
	Cautions problem.List
}

// PreviewRow is a row as the file has it, what tells of a person masked.
type PreviewRow struct {
	Row   int64
	Cells []string // as Columns; empty where nothing stands
	Said  string   // "total" or "section" of a row that is passed over
}

// Look reads a file whole, drafts a contract and keeps the first rows for showing,
// at most so many. Progress is told how many rows were read; it may be nil. Errors: as
// Take.
func Look(ctx context.Context, name string, at source.File, o Reading, rows int, progress func(rows int64)) (*Preview, error) {
	f, err := OpenAt(ctx, name, at, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was opened on a disk
	p := &Preview{File: f.Name, Form: f.Form, SHA256: f.SHA256, Columns: f.Table().Columns}
	if w, ok := f.Reader.(*workbook.Reader); ok {
		p.Sheet = w.Sheet
		for _, s := range w.Book.Sheets {
			p.Sheets = append(p.Sheets, s.Name)
		}
	}
	look := &looking{File: f, preview: p, most: rows, progress: progress}
	if p.Draft, err = contract.Infer(ctx, look, strings.TrimSuffix(f.Name, filepath.Ext(f.Name))); err != nil {
		return nil, f.in(err)
	}
	kinds := p.kinds()
	for _, row := range p.Rows {
		for j, s := range row.Cells {
			row.Cells[j] = shown(kinds[j], s)
		}
	}
	for _, c := range f.Cautions() {
		p.Cautions = append(p.Cautions, p.masked(c, kinds))
	}
	return p, nil
}

// kinds are what the columns tell of persons; empty for nothing.
func (p *Preview) kinds() []identity.Kind {
	kinds := make([]identity.Kind, len(p.Columns))
	for j := range p.Columns {
		if j < len(p.Draft.Contract.Fields) { // a draft has a field for each column, in their order
			kinds[j] = p.Draft.Contract.Fields[j].Identity
		}
	}
	return kinds
}

// shown is what may be shown of a cell.
func shown(k identity.Kind, s string) string {
	if k != "" && s != "" {
		return identity.Masked(k, s)
	}
	return problem.Mask(s)
}

// masked keeps cells of columns that tell of persons out of a caution.
func (p *Preview) masked(c *problem.Problem, kinds []identity.Kind) *problem.Problem {
	column, _ := c.Values["column"].(string)
	one := *c
	one.Values = maps.Clone(c.Values)
	for j, col := range p.Columns {
		if col.Name != column || kinds[j] == "" {
			continue
		}
		for _, name := range []string{"found", "otherfound", "made", "other", "value"} {
			if s, ok := one.Values[name].(string); ok {
				one.Values[name] = identity.Masked(kinds[j], s)
			}
		}
	}
	return &one
}

// looking keeps the first rows that pass through it.
type looking struct {
	*File
	preview  *Preview
	most     int
	progress func(int64)
}

// Next satisfies source.Reader.
func (l *looking) Next(ctx context.Context, b *source.Batch) error {
	if err := l.File.Next(ctx, b); err != nil {
		return err
	}
	said := map[int64]string{}
	for _, m := range b.Marks {
		if m.Column < 0 {
			said[m.Row] = map[source.Said]string{source.Total: "total", source.Section: "section"}[m.Said]
		}
	}
	for i, row := range b.Row {
		if len(l.preview.Rows) == l.most {
			break
		}
		cells := make([]string, len(l.preview.Columns))
		for j, c := range l.preview.Columns {
			if mark := b.Cells[j].Missing[i]; mark != source.Plain {
				cells[j] = b.Cells[j].Spell(c.Kind, i)
			}
		}
		l.preview.Rows = append(l.preview.Rows, PreviewRow{Row: row, Cells: cells, Said: said[row]})
	}
	l.preview.Read += int64(len(b.Row))
	if l.progress != nil {
		l.progress(l.preview.Read)
	}
	return nil
}

// Endings are those of the names of files that can be read, each with its dot.
func Endings() []string { return slices.Sorted(maps.Keys(endings)) }
