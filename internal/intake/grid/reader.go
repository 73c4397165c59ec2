package grid

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Reader is the table of one file; it is a source.Reader.
type Reader struct {
	table    source.Table
	layout   Layout
	cautions problem.List
	more     int64 // cautions that were too many
	options  Options
	scan     Scanner
	columns  []*column // those of the table
	at       []*column // by place in the file; nil: not in the table
	index    []int     // by place in the file: index into columns
	known    map[string]class
	repeated map[string][]int // titles by their text: the places where they stand
	rows     int64
	totals   seen
	sections seen
	ended    bool
	raw      *raw // nil: not asked for
}

// raw is the texts of the rows of one batch: where each cell ends in bytes.
type raw struct {
	bytes []byte
	ends  []int
}

const (
	labelColumns = 3   // that may say that a row is a total
	maxCautions  = 500 // beyond which they are only counted
	maxKnown     = 4096
	maxPending   = 64
)

// Open decides what the table is: it reads a sample and then all rows of two
// fresh scanners; the third yields the rows of Next. Errors are problems, or of
// ctx.
func Open(ctx context.Context, open func() (Scanner, error), o Options) (*Reader, error) {
	r := &Reader{options: o, known: map[string]class{}, repeated: map[string][]int{}}
	first, err := open()
	if err != nil {
		return nil, err
	}
	sample, err := sampled(ctx, first)
	if err != nil {
		return nil, err
	}
	h := header{}
	if !o.Records || len(sample) == 0 {
		if h, err = findHeader(sample, o.Merges); err != nil {
			return nil, err
		}
	}
	second, err := open()
	if err != nil {
		return nil, err
	}
	p := &pass{Reader: r}
	if err := p.header(sample, h); err != nil {
		return nil, err
	}
	if err := p.run(ctx, second); err != nil {
		return nil, err
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	if r.scan, err = open(); err != nil {
		return nil, err
	}
	return r, nil
}

// Table is what was decided.
func (r *Reader) Table() *source.Table { return &r.table }

// Layout is where the parts of the table stand.
func (r *Reader) Layout() *Layout { return &r.layout }

// Cautions lists what was decided and passed over; complete after io.EOF.
func (r *Reader) Cautions() problem.List { return r.cautions }

// KeepRaw makes Raw possible; it is called before the first Next.
func (r *Reader) KeepRaw() { r.raw = &raw{} }

// Raw gives the cells of row i of the batch that Next filled last as they stand in
// the file, by column of the table, to hand the row back: texts, and what could not
// be read. Cells are empty where the file has a value that is no text.
func (r *Reader) Raw(i int) []string {
	cells := make([]string, len(r.columns))
	for j := range cells {
		at, from := i*len(cells)+j, 0
		if at > 0 {
			from = r.raw.ends[at-1]
		}
		cells[j] = string(r.raw.bytes[from:r.raw.ends[at]])
	}
	return cells
}

// add notes the next cell.
func (w *raw) add(text []byte) {
	if w != nil {
		w.bytes = append(w.bytes, text...)
		w.ends = append(w.ends, len(w.bytes))
	}
}

// Say adds a caution of the form of file before the first Next.
func (r *Reader) Say(p *problem.Problem) { r.say(p) }

func (r *Reader) say(p *problem.Problem) {
	if len(r.cautions) >= maxCautions {
		r.more++
		return
	}
	r.cautions = append(r.cautions, p)
}

// next gives the next row with its blank cells dropped and the others trimmed.
func next(ctx context.Context, s Scanner) (*Row, error) {
	row, err := s.Scan(ctx)
	if err != nil {
		return nil, err
	}
	n := 0
	for i := range row.Cells {
		c := &row.Cells[i]
		if c.Text = trim(c.Text); len(c.Text) > 0 {
			if n != i {
				row.Cells[n] = *c
			}
			n++
		}
	}
	row.Cells = row.Cells[:n]
	return row, nil
}

// Next reads the next rows; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	b.Start(len(r.columns))
	if r.raw != nil {
		r.raw.bytes, r.raw.ends = r.raw.bytes[:0], r.raw.ends[:0]
	}
	for !b.Full() && !r.ended {
		row, err := next(ctx, r.scan)
		if err == nil && row.Number <= r.layout.HeaderAt {
			continue
		}
		if errors.Is(err, io.EOF) || err == nil && row.Number > r.layout.Last {
			if err := r.end(); err != nil {
				b.Start(len(r.columns))
				return err
			}
			break
		}
		if err == nil {
			err = r.row(b, row)
		}
		if err != nil {
			b.Start(len(r.columns))
			return err
		}
	}
	if len(b.Row) > 0 {
		return nil
	}
	return io.EOF
}

// again tells a header that stands once more, as where sheets were put under
// each other, and one that has its titles in other columns.
func (r *Reader) again(row *Row) (same, moved bool) {
	n := len(row.Cells)
	if n < 2 || n*2 < len(r.repeated) || row.Cells[0].Form != Words {
		return false, false
	}
	same = true
	for i := range row.Cells {
		places, title := r.repeated[string(row.Cells[i].Text)]
		if !title {
			return false, false
		}
		same = same && slices.Contains(places, row.Cells[i].Column)
	}
	return same, !same
}

// row adds one row to a batch.
func (r *Reader) row(b *source.Batch, row *Row) error {
	if len(row.Cells) == 0 {
		return nil
	}
	if same, _ := r.again(row); same && !r.options.Records {
		return nil
	}
	b.AddRow(row.Number)
	r.rows++
	bad, marks := len(b.Bad), len(b.Marks)
	cells := row.Cells
	good := 0
	for i, c := range r.columns {
		for len(cells) > 0 && cells[0].Column < c.at {
			cells = cells[1:]
		}
		if len(cells) == 0 || cells[0].Column != c.at {
			b.AddMissing(i, c.kind, source.Plain)
			r.raw.add(nil)
			continue
		}
		was := len(b.Bad)
		c.fill(b, i, &cells[0], row.Number, &r.options)
		if cells[0].Form == Words || len(b.Bad) > was {
			r.raw.add(cells[0].Text)
		} else {
			r.raw.add(nil)
		}
		if c.kind != source.Text && len(b.Bad) == was {
			good++
		}
	}
	if r.options.Records {
		return nil
	}
	if n := len(b.Bad) - bad; n > 1 && good == 0 && distinct(b.Bad[bad:]) {
		return problem.New("grid-columns-change", "row", row.Number, "header", r.layout.HeaderAt, "found", b.Bad[bad].Problem.Values["value"])
	}
	if first := &row.Cells[0]; len(row.Cells) == 1 && len(r.at) > 2 && first.Form == Words && first.Column < 2 {
		r.sections.add(row.Number, first.Text)
		b.Marks = b.Marks[:marks]
		b.Mark(-1, source.Section)
		return nil
	}
	if s := r.total(row); s != nil {
		r.totals.add(row.Number, s)
		b.Mark(-1, source.Total)
	}
	return nil
}

// distinct tells that cells which should be numbers are different words, as
// titles are.
func distinct(bad []source.Bad) bool {
	seen := map[any]bool{}
	for _, b := range bad {
		v := b.Problem.Values["value"]
		if s, ok := v.(string); !ok || seen[v] || strings.ContainsAny(s, "0123456789") || b.Problem.Code != "grid-no-number" {
			return false
		}
		seen[v] = true
	}
	return true
}

// end completes the cautions; the rows must be those of the first pass.
func (r *Reader) end() error {
	r.ended = true
	if r.rows != r.table.Rows {
		return problem.New("grid-changed", "before", r.table.Rows, "now", r.rows)
	}
	if r.totals.n > 0 {
		r.say(problem.New("grid-totals", "n", r.totals.n, "row", r.totals.row, "found", r.totals.text))
	}
	if r.sections.n > 0 {
		r.say(problem.New("grid-sections", "n", r.sections.n, "row", r.sections.row, "found", r.sections.text))
	}
	if r.more > 0 {
		r.cautions = append(r.cautions, problem.New("grid-more", "n", r.more))
	}
	return nil
}
