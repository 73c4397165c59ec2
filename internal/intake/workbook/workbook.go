package workbook

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options are a person's decisions; the zero value leaves all to the evidence.
type Options struct {
	Sheet    string          // name; "" for the one with the data
	Decimals map[string]byte // by column name: ',' or '.'
}

// Sheet is one sheet of cells in a workbook; sheets of charts are none.
type Sheet struct {
	Name   string
	Hidden bool
	repeat bool // of a survey: its rows belong to rows of another sheet
	part   string
	size   uint64 // bytes unpacked
}

// Book is an open workbook.
type Book struct {
	Sheets    []Sheet // in the order of their tabs
	archive   *archive
	shared    *shared
	looks     []look
	since1904 bool
	texts     string // part of the shared texts
}

// Reader reads one sheet; it is a source.Reader.
type Reader struct {
	*grid.Reader
	Book  *Book
	Sheet string
	scans []*sheetScanner
}

// OpenBook opens a workbook and lists its sheets. Errors are problems.
func OpenBook(f source.File) (*Book, error) {
	a, err := openArchive(f)
	if err != nil {
		return nil, err
	}
	b := &Book{archive: a}
	var top relations
	if err := a.small("_rels/.rels", &top); err != nil {
		return nil, err
	}
	main := top.related("", "", "/officeDocument")
	if main == "" {
		return nil, problem.New("workbook-part", "part", "xl/workbook.xml")
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := a.small(main, &book); err != nil {
		return nil, err
	}
	b.since1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	var parts relations
	slash := strings.LastIndexByte(main, '/') + 1
	if err := a.small(main[:slash]+"_rels/"+main[slash:]+".rels", &parts); err != nil {
		return nil, err
	}
	for _, s := range book.Sheets {
		part := parts.related(main, s.ID, "/worksheet")
		if part == "" {
			continue // of charts or of old macros
		}
		p := a.find(part)
		if p == nil {
			return nil, problem.New("workbook-part", "part", part)
		}
		b.Sheets = append(b.Sheets, Sheet{Name: s.Name, Hidden: s.State == "hidden" || s.State == "veryHidden", part: part, size: p.UncompressedSize64})
	}
	if len(b.Sheets) == 0 {
		return nil, problem.New("workbook-no-sheets")
	}
	if part := parts.related(main, "", "/styles"); part != "" && a.find(part) != nil {
		var s styles
		if err := a.small(part, &s); err != nil {
			return nil, err
		}
		b.looks = s.looks()
	}
	if part := parts.related(main, "", "/sharedStrings"); a.find(part) != nil {
		b.texts = part
	}
	return b, nil
}

// Open reads the sheet that the options name, or the one with the data. Errors
// are problems, or of ctx.
func Open(ctx context.Context, f source.File, o Options) (*Reader, error) {
	b, err := OpenBook(f)
	if err != nil {
		return nil, err
	}
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	s, err := b.choose(o.Sheet)
	if err != nil {
		return nil, err
	}
	r, err := b.read(ctx, s, o)
	for _, p := range problem.Of(err) {
		p.Sheet = s.Name
	}
	return r, err
}

// load reads what all sheets share, and which of them hold the repeats of a survey.
func (b *Book) load(ctx context.Context) (err error) {
	b.shared = &shared{}
	if b.texts != "" {
		if b.shared, err = readShared(ctx, b.archive, b.texts); err != nil {
			return err
		}
	}
	for i := range b.Sheets {
		if s := &b.Sheets[i]; len(b.Sheets) > 1 {
			if s.repeat, err = b.repeats(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeats tells that the first row of a sheet names the column by which KoboToolbox
// and ODK join what a person answered several times (members of a household) to the
// rest. A sheet that cannot be read is none: it may not be wanted.
func (b *Book) repeats(ctx context.Context, s *Sheet) (bool, error) {
	scan, err := b.scanner(s)
	if err != nil {
		return false, ctx.Err()
	}
	defer func() { _ = scan.in.Close() }() // nothing was written
	row, err := scan.Scan(ctx)
	if err != nil {
		return false, ctx.Err()
	}
	for _, c := range row.Cells {
		if t := string(c.Text); t == "_parent_index" || t == "PARENT_KEY" {
			return true, nil
		}
	}
	return false, nil
}

// choose finds the sheet by name; without one it is the first visible sheet that
// is at least half as large as the largest and holds no repeats.
func (b *Book) choose(name string) (*Sheet, error) {
	names := make([]string, len(b.Sheets))
	largest := uint64(0)
	visible := false
	for i := range b.Sheets {
		s := &b.Sheets[i]
		names[i] = s.Name
		if name != "" && strings.EqualFold(strings.TrimSpace(s.Name), strings.TrimSpace(name)) {
			return s, nil
		}
		visible = visible || s.chosen()
	}
	if name != "" {
		return nil, problem.New("workbook-sheet", "found", name, "sheets", names)
	}
	for i := range b.Sheets {
		if s := &b.Sheets[i]; s.chosen() || !visible {
			largest = max(largest, s.size)
		}
	}
	for i := range b.Sheets {
		if s := &b.Sheets[i]; (s.chosen() || !visible) && s.size*2 >= largest {
			return s, nil
		}
	}
	return &b.Sheets[0], nil
}

// chosen tells a sheet that may be meant when none is named.
func (s *Sheet) chosen() bool { return !s.Hidden && !s.repeat }

func (b *Book) scanner(s *Sheet) (*sheetScanner, error) {
	in, err := b.archive.open(s.part, maxSheet)
	if err != nil {
		return nil, err
	}
	return &sheetScanner{in: in, tokens: newTokens(in, s.part), shared: b.shared, looks: b.looks}, nil
}

// read opens one sheet: once for what it says of itself, then as grid does.
func (b *Book) read(ctx context.Context, s *Sheet, o Options) (*Reader, error) {
	about, err := b.about(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &Reader{Book: b, Sheet: s.Name}
	g, err := grid.Open(ctx, func() (grid.Scanner, error) {
		scan, err := b.scanner(s)
		if err == nil {
			r.scans = append(r.scans, scan)
		}
		return scan, err
	}, grid.Options{Decimals: o.Decimals, Since1904: b.since1904, Merges: about.merges})
	if err != nil {
		r.Close()
		return nil, err
	}
	r.Reader = g
	g.Table().Label = s.Name
	r.say(about, s, o)
	return r, nil
}

// about reads a sheet to its end for what stands beside its cells.
func (b *Book) about(ctx context.Context, s *Sheet) (*sheetScanner, error) {
	scan, err := b.scanner(s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = scan.in.Close() }() // nothing was written
	scan.plain = true
	if _, err := scan.Scan(ctx); !errors.Is(err, io.EOF) { // no row has cells that are wanted
		return nil, err
	}
	return scan, scan.rest()
}

// say tells what a person should know of the sheet.
func (r *Reader) say(about *sheetScanner, s *Sheet, o Options) {
	if o.Sheet == "" && len(r.Book.Sheets) > 1 {
		var names, repeats []string
		for _, other := range r.Book.Sheets {
			switch {
			case other.Name == s.Name:
			case other.repeat:
				repeats = append(repeats, other.Name)
			default:
				names = append(names, other.Name)
			}
		}
		if len(names) > 0 {
			r.Say(problem.New("workbook-sheets", "found", s.Name, "others", names))
		}
		if len(repeats) > 0 {
			r.Say(problem.New("workbook-repeats", "found", s.Name, "others", repeats))
		}
	}
	if s.repeat {
		r.Say(problem.New("workbook-repeat", "found", s.Name))
	}
	if s.Hidden {
		r.Say(problem.New("workbook-hidden-sheet", "found", s.Name))
	}
	if r.Book.since1904 {
		r.Say(problem.New("workbook-1904"))
	}
	if about.formulas.n > 0 {
		r.Say(problem.New("workbook-formulas", "n", about.formulas.n, "row", about.formulas.row))
	}
	if about.uncached.n > 0 {
		r.Say(problem.New("workbook-uncached", "n", about.uncached.n, "row", about.uncached.row))
	}
	if about.hiddenRows.n > 0 {
		r.Say(problem.New("workbook-hidden-rows", "n", about.hiddenRows.n, "row", about.hiddenRows.row))
	}
	var hidden []string
	for _, c := range r.Layout().Columns {
		if about.hiddenColumns[c.Column] {
			hidden = append(hidden, grid.Letter(c.Column))
		}
	}
	if len(hidden) > 0 {
		r.Say(problem.New("workbook-hidden-columns", "n", len(hidden), "columns", hidden))
	}
	var merged counted
	for _, m := range about.merges {
		if m.FirstRow > r.Layout().HeaderAt && m.FirstRow <= r.Layout().Last {
			merged.add(m.FirstRow)
		}
	}
	if merged.n > 0 {
		r.Say(problem.New("workbook-merged", "n", merged.n, "row", merged.row))
	}
}

// Close gives back what unpacks the sheet; the file stays open.
func (r *Reader) Close() {
	for _, s := range r.scans {
		_ = s.in.Close() // nothing was written
	}
}
