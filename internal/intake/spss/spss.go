package spss

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options say what the file itself does not hold.
type Options struct {
	Encoding string // of texts, such as "windows-1252"; "" to obey the file
}

// Reader reads one file; it is a source.Reader.
type Reader struct {
	table     source.Table
	cautions  problem.List
	order     binary.ByteOrder
	variables []*variable
	gone      []map[string]bool // missing texts, by column
	missing   float64
	rows      interface {
		Row(context.Context) ([]byte, error)
	}
	row     int64
	decoder source.Decoder
	joined  []byte
	ended   bool
}

// Open reads the dictionary. Errors are problems: no system file, an encrypted
// one, a record that holds what it cannot, a file that is cut short. Compressed
// rows that are cut short show only when they are read.
func Open(f source.File, o Options) (*Reader, error) {
	c, d := &cursor{file: f}, &dictionary{}
	if err := d.header(c); err != nil {
		return nil, err
	}
	if err := d.read(c); err != nil {
		return nil, err
	}
	if err := d.longValues(c.order); err != nil {
		return nil, err
	}
	r := &Reader{order: c.order, variables: d.variables, missing: d.missing}
	if err := r.encoding(o.Encoding, d); err != nil {
		return nil, err
	}
	if err := r.columns(d); err != nil {
		return nil, err
	}
	return r, r.open(c, d)
}

// encoding chooses the decoder of texts.
func (r *Reader) encoding(asked string, d *dictionary) error {
	name := asked
	if name == "" {
		name = d.encoding
	}
	if name == "" && d.codePage > 4 { // up to 4 it says no more than ASCII or EBCDIC
		name = strconv.FormatInt(d.codePage, 10)
		if _, known := source.NewDecoder(name); !known {
			name = ""
		}
	}
	if name == "" {
		return nil
	}
	decoder, ok := source.NewDecoder(name)
	if !ok {
		return problem.New("source-encoding", "found", name)
	}
	r.decoder, r.table.Encoding = decoder, decoder.Name()
	return nil
}

// columns turns variables into columns.
func (r *Reader) columns(d *dictionary) error {
	seen := make(map[string]int, len(d.variables))
	r.gone = make([]map[string]bool, len(d.variables))
	shared := sharedLabels{}
	for i, v := range d.variables {
		c := source.Column{Name: r.decoder.Text(v.name), Label: r.padded(v.label), Decimals: -1}
		if c.Name == "" {
			return problem.New("column-without-name", "number", i+1)
		}
		if first, twice := seen[c.Name]; twice {
			return problem.New("column-twice", "column", c.Name, "first", first, "second", i+1)
		}
		seen[c.Name] = i + 1
		if v.width > 0 {
			c.Kind, c.Format = source.Text, fmt.Sprintf("A%d", v.width)
			for _, t := range v.texts {
				if r.gone[i] == nil {
					r.gone[i] = map[string]bool{}
				}
				r.gone[i][r.padded(t)] = true
				c.Missing = append(c.Missing, r.padded(t))
			}
		} else {
			v.show(&c)
			if v.low <= v.high {
				c.Missing = append(c.Missing, span(v.low, v.high))
			}
			for _, m := range v.missing {
				c.Missing = append(c.Missing, source.SpellReal(m))
			}
		}
		c.Labels = shared.labels(r, v)
		if v.slot+1 == int(d.weight) {
			r.table.Weight = c.Name
		}
		r.table.Columns = append(r.table.Columns, c)
	}
	if d.weight != 0 && r.table.Weight == "" {
		return problem.New("spss-weight", "found", d.weight)
	}
	r.table.Label, r.table.Rows = r.decoder.Text(d.title), d.rows
	return nil
}

// padded decodes a text without the blanks that fill its field.
func (r *Reader) padded(b []byte) string { return r.decoder.Text(bytes.TrimRight(b, " \x00")) }

// sharedLabels keeps what was made of each set of labels: many variables may
// share a long one, which must not be made anew for each.
type sharedLabels map[setOf][]source.Label

type setOf struct {
	first *label
	n     int
	text  bool
}

func (s sharedLabels) labels(r *Reader, v *variable) []source.Label {
	if len(v.labels) == 0 {
		return nil
	}
	set := setOf{&v.labels[0], len(v.labels), v.width > 0}
	if all, known := s[set]; known {
		return all
	}
	var all []source.Label
	for _, l := range v.labels {
		value := r.padded(l.value)
		if v.width == 0 {
			value = source.SpellReal(math.Float64frombits(r.order.Uint64(l.value)))
		}
		all = append(all, source.Label{Value: value, Text: r.padded(l.text)})
	}
	s[set] = all
	return all
}

// span spells a range of missing values as SPSS does.
func span(low, high float64) string {
	from, to := source.SpellReal(low), source.SpellReal(high)
	if low < -1.7e308 {
		from = "LO"
	}
	if high > 1.7e308 {
		to = "HI"
	}
	return from + " THRU " + to
}

// formats are the names of print formats.
var formats = map[uint32]string{
	3: "COMMA", 4: "DOLLAR", 5: "F", 6: "IB", 7: "PIBHEX", 8: "P", 9: "PIB", 10: "PK", 11: "RB", 12: "RBHEX", 15: "Z", 16: "N", 17: "E",
	20: "DATE", 21: "TIME", 22: "DATETIME", 23: "ADATE", 24: "JDATE", 25: "DTIME", 26: "WKDAY", 27: "MONTH", 28: "MOYR", 29: "QYR", 30: "WKYR",
	31: "PCT", 32: "DOT", 33: "CCA", 34: "CCB", 35: "CCC", 36: "CCD", 37: "CCE", 38: "EDATE", 39: "SDATE", 40: "MTIME", 41: "YMDHMS",
}

// show finds the kind of a number by its print format.
func (v *variable) show(c *source.Column) {
	kind, width, decimals := v.print>>16&0xff, v.print>>8&0xff, v.print&0xff
	c.Kind, c.Decimals = source.Real, int(decimals)
	switch kind {
	case 20, 23, 24, 38, 39:
		c.Kind = source.Day
	case 28:
		c.Kind, c.Span = source.Day, source.Month
	case 29:
		c.Kind, c.Span = source.Day, source.Quarter
	case 30:
		c.Kind, c.Span = source.Day, source.Week
	case 22, 41:
		c.Kind = source.Moment
	case 17:
		c.Decimals = -1
	}
	name, known := formats[kind]
	if !known {
		name, c.Decimals = fmt.Sprintf("?%d-", kind), -1
	}
	if c.Format = fmt.Sprintf("%s%d", name, width); decimals > 0 {
		c.Format += fmt.Sprintf(".%d", decimals)
	}
	if c.Kind != source.Real {
		c.Decimals = -1
	}
}

// open makes ready to read rows.
func (r *Reader) open(c *cursor, d *dictionary) error {
	width := 8 * len(d.slots)
	var in io.Reader
	switch d.compress {
	case 0:
		there := (c.file.Size() - c.at) / int64(width)
		rows := d.rows
		if rows < 0 {
			if rows = there; rows*int64(width) != c.file.Size()-c.at {
				return problem.New("spss-cut", "size", c.file.Size(), "at", c.at+rows*int64(width))
			}
		}
		if there > rows {
			r.cautions = append(r.cautions, problem.New("spss-rows-beyond", "declared", rows))
		}
		if rows > there {
			return problem.New("spss-rows-cut", "declared", rows, "found", there)
		}
		r.rows = source.NewFixed(c.file, c.at, rows, width)
		return nil
	case 1:
		in = io.NewSectionReader(c.file, c.at, c.file.Size()-c.at)
	case 2:
		b, err := openBlocks(c)
		if err != nil {
			return err
		}
		in = b
	}
	r.rows = &packed{in: bufio.NewReaderSize(in, 64<<10), order: c.order, bias: d.bias, missing: d.missing, row: make([]byte, width), next: 8}
	return nil
}

// Table is what the dictionary says.
func (r *Reader) Table() *source.Table { return &r.table }

// Cautions lists what was passed over.
func (r *Reader) Cautions() problem.List { return r.cautions }

// Next reads the next rows; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	err := b.Fill(len(r.variables), func() error {
		row, err := r.next(ctx)
		if err != nil {
			return err
		}
		r.row++
		b.AddRow(r.row)
		for i, v := range r.variables {
			if v.width > 0 {
				r.addText(b, i, row)
				continue
			}
			r.addNumber(b, i, math.Float64frombits(r.order.Uint64(row[8*v.slot:])))
		}
		return nil
	})
	if !errors.Is(err, io.EOF) {
		return err
	}
	if !r.ended && r.decoder.Guessed > 0 {
		r.cautions = append(r.cautions, problem.New("source-guessed-encoding", "texts", r.decoder.Guessed))
	}
	r.ended = true
	return io.EOF
}

// next gives the next row; the file must hold as many as it declares.
func (r *Reader) next(ctx context.Context) ([]byte, error) {
	if r.ended {
		return nil, io.EOF
	}
	row, err := r.rows.Row(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && r.row == r.table.Rows:
		r.cautions = append(r.cautions, problem.New("spss-rows-beyond", "declared", r.row))
		return nil, io.EOF
	case err == nil:
		return row, nil
	case len(problem.Of(err)) > 0: // the checksum of a block comes after its last row
		return nil, err
	case r.row == r.table.Rows || (errors.Is(err, io.EOF) && r.table.Rows < 0):
		return nil, io.EOF
	case errors.Is(err, errCut) || errors.Is(err, io.EOF):
		return nil, problem.New("spss-rows-cut", "declared", max(r.table.Rows, r.row+1), "found", r.row)
	}
	return nil, problem.New("source-unreadable").Because(err)
}

// addText adds a text, or the mark of one that the file declares missing.
func (r *Reader) addText(b *source.Batch, i int, row []byte) {
	text := r.decoder.Text(r.text(r.variables[i], row))
	if text != "" && r.gone[i][text] {
		b.AddMissing(i, source.Text, text)
		return
	}
	b.AddText(i, text)
}

// epoch is 1970-01-01 in days and seconds since 1582-10-14.
const (
	epochDays    = 141428
	epochSeconds = epochDays * 86400
)

// addNumber adds a number or date.
func (r *Reader) addNumber(b *source.Batch, i int, x float64) {
	v, c := r.variables[i], &r.table.Columns[i]
	switch {
	case x == r.missing || math.IsNaN(x) || math.IsInf(x, 0):
		b.AddMissing(i, c.Kind, source.Plain)
		return
	case (x >= v.low && x <= v.high) || slices.Contains(v.missing, x):
		b.AddMissing(i, c.Kind, source.SpellReal(x))
		return
	case c.Kind == source.Real:
		b.AddReal(i, x)
		return
	}
	if x < (source.FirstDay+epochDays)*86400 || x >= (source.LastDay+1+epochDays)*86400 {
		b.AddBad(i, c.Kind, problem.New("spss-date", "row", r.row, "column", c.Name, "value", source.SpellReal(x), "format", c.Format))
		return
	}
	whole := math.Floor(x)
	if c.Kind == source.Moment {
		b.AddWhole(i, (int64(whole)-epochSeconds)*1_000_000+int64(math.Round((x-whole)*1e6)))
		return
	}
	b.AddWhole(i, first(int64(math.Floor(x/86400))-epochDays, c.Span))
}

// first gives the first day of the span in which a day lies.
func first(day int64, s source.Span) int64 {
	t := time.Unix(day*86400, 0).UTC()
	switch s {
	case source.Month:
		return day - int64(t.Day()-1)
	case source.Quarter:
		d, _ := source.DayNumber(t.Year(), (int(t.Month())-1)/3*3+1, 1)
		return d
	case source.Week: // the 53rd of SPSS is the one or two days that are left
		return day - int64(t.YearDay()-1)%7
	}
	return day
}
