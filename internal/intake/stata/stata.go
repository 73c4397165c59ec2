package stata

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options say what the file itself does not hold.
type Options struct {
	Encoding string // of the texts of release 117, such as "windows-1252"; "" for UTF-8 or else Windows 1252
}

// Reader reads one file; it is a source.Reader.
type Reader struct {
	table    source.Table
	cautions problem.List
	layout   layout
	order    binary.ByteOrder
	fields   []field
	rows     *source.Fixed
	width    int // bytes of a row
	row      int64
	decoder  source.Decoder
	long     *longTexts
	ended    bool
}

// field is where a column stands in a row.
type field struct {
	kind  uint16 // of the file
	start int
	width int
	unit  byte // of a date: d w m q h c C; 0 for none
}

// Open reads all but the rows: what stands before and after them. Errors are
// problems: no .dta file, a release that is not read, a file that is cut short
// or contradicts itself.
func Open(f source.File, o Options) (*Reader, error) {
	r := &Reader{}
	if o.Encoding != "" {
		d, ok := source.NewDecoder(o.Encoding)
		if !ok {
			return nil, problem.New("source-encoding", "found", o.Encoding)
		}
		r.decoder = d
	}
	c := &cursor{file: f}
	columns, rows, err := r.header(c)
	if err != nil {
		return nil, err
	}
	r.order = c.order
	if r.layout.name > layouts["117"].name { // from 118 on all texts are UTF-8
		r.decoder.Charmap, r.table.Encoding = nil, "UTF-8"
	} else if o.Encoding != "" {
		r.table.Encoding = r.decoder.Name()
	}
	if _, err := c.between("map", 14*8); err != nil {
		return nil, err
	}
	labelled, err := r.describe(c, columns)
	if err != nil {
		return nil, err
	}
	if err := skipCharacteristics(c); err != nil {
		return nil, err
	}
	if err := c.tag("<data>"); err != nil {
		return nil, err
	}
	start := c.at
	if r.width == 0 {
		return nil, problem.New("stata-no-columns")
	}
	if rows > (f.Size()-c.at)/int64(r.width) {
		return nil, problem.New("stata-rows-cut", "declared", rows, "found", (f.Size()-c.at)/int64(r.width))
	}
	c.at += rows * int64(r.width)
	if err := c.tag("</data>"); err != nil {
		return nil, err
	}
	if r.long, err = readLongTexts(c, r.layout); err != nil {
		return nil, err
	}
	if err := r.valueLabels(c, labelled); err != nil {
		return nil, err
	}
	if err := c.tag("</stata_dta>"); err != nil {
		return nil, err
	}
	r.table.Rows = rows
	r.rows = source.NewFixed(f, start, rows, r.width)
	return r, nil
}

// Table is what the file says of itself.
func (r *Reader) Table() *source.Table { return &r.table }

// Cautions lists what was passed over.
func (r *Reader) Cautions() problem.List { return r.cautions }

// Next reads the next rows; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	err := b.Fill(len(r.fields), func() error {
		row, err := r.rows.Row(ctx)
		if err != nil {
			return err
		}
		r.row++
		b.AddRow(r.row)
		return r.cells(b, row)
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

// The largest number of each type; what lies above is missing: first ".", then
// .a to .z.
const (
	maxInt8    = 101
	maxInt16   = 32741
	maxInt32   = 2147483621
	missing32  = 0x7f000000
	missing64  = 0x7fe0000000000000
	letter32   = 0x800
	letter64   = 1 << 40
	dayOf1960  = -3653
	milliOfDay = 86_400_000
)

// mark spells a missing value: 0 is ".", 1 is .a, 26 is .z.
func mark(n int) string {
	if n < 1 || n > 26 {
		return source.Plain
	}
	return "." + string(rune('a'+n-1))
}

// cells adds the values of a row.
func (r *Reader) cells(b *source.Batch, row []byte) error {
	for i := range r.fields {
		f := &r.fields[i]
		v := row[f.start : f.start+f.width]
		switch f.kind {
		case int8s:
			r.whole(b, i, int64(int8(v[0])), maxInt8)
		case int16s:
			r.whole(b, i, int64(int16(r.order.Uint16(v))), maxInt16)
		case int32s:
			r.whole(b, i, int64(int32(r.order.Uint32(v))), maxInt32)
		case float32s:
			bits := r.order.Uint32(v)
			if bits>>31 == 0 && bits >= missing32 {
				b.AddMissing(i, r.table.Columns[i].Kind, mark(int(bits-missing32)/letter32))
				continue
			}
			r.real(b, i, float64(math.Float32frombits(bits)))
		case float64s:
			bits := r.order.Uint64(v)
			if bits>>63 == 0 && bits >= missing64 {
				b.AddMissing(i, r.table.Columns[i].Kind, mark(int((bits-missing64)/letter64)))
				continue
			}
			r.real(b, i, math.Float64frombits(bits))
		case longText:
			if err := r.longText(b, i, v); err != nil {
				return err
			}
		default:
			b.AddText(i, r.text(v))
		}
	}
	return nil
}

func (r *Reader) whole(b *source.Batch, i int, v, first int64) {
	switch {
	case v >= first:
		b.AddMissing(i, r.table.Columns[i].Kind, mark(int(v-first)))
	case r.fields[i].unit != 0:
		r.date(b, i, float64(v))
	default:
		b.AddWhole(i, v)
	}
}

func (r *Reader) real(b *source.Batch, i int, v float64) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		b.AddMissing(i, r.table.Columns[i].Kind, source.Plain)
	case r.fields[i].unit != 0:
		r.date(b, i, v)
	default:
		b.AddReal(i, v)
	}
}

// date turns a count since 1960 into a day or a moment. A part of a unit that
// the display format does not show is dropped.
func (r *Reader) date(b *source.Batch, i int, v float64) {
	k := r.table.Columns[i].Kind
	bad := func() {
		b.AddBad(i, k, problem.New("stata-date", "row", r.row, "column", r.table.Columns[i].Name, "value", source.SpellReal(v), "format", r.table.Columns[i].Format))
	}
	if math.Abs(v) > 1<<50 { // far outside every calendar, and safe to turn into whole numbers below
		bad()
		return
	}
	if k == source.Moment {
		if r.fields[i].unit == 'C' {
			v -= leapMillis(v)
		}
		if v < (source.FirstDay-dayOf1960)*milliOfDay || v >= (source.LastDay+1-dayOf1960)*milliOfDay {
			bad()
			return
		}
		b.AddWhole(i, int64(math.Round(v*1000))+dayOf1960*milliOfDay*1000)
		return
	}
	n := int64(math.Floor(v))
	year, month, day := 1960, 1, 1
	per := map[byte]int64{'w': 52, 'm': 12, 'q': 4, 'h': 2}[r.fields[i].unit]
	if per == 0 {
		if n < source.FirstDay-dayOf1960 || n > source.LastDay-dayOf1960 {
			bad()
			return
		}
		b.AddWhole(i, n+dayOf1960)
		return
	}
	at := ((n % per) + per) % per
	years := (n - at) / per
	if years < -1959 || years > 9999-1960 {
		bad()
		return
	}
	year += int(years)
	if per == 52 { // the weeks of Stata begin on 1 January; the last is longer
		day += int(at) * 7
		b.AddWhole(i, time.Date(year, 1, day, 0, 0, 0, 0, time.UTC).Unix()/86400)
		return
	}
	d, _ := source.DayNumber(year, month+int(at*12/per), day)
	b.AddWhole(i, d)
}

// leaps are the last days with a leap second, as days since 1960 (IERS Bulletin
// C); %tC counts those seconds, %tc does not.
var leaps = func() []float64 {
	var all []float64
	for _, s := range []string{
		"1972-06-30", "1972-12-31", "1973-12-31", "1974-12-31", "1975-12-31", "1976-12-31", "1977-12-31", "1978-12-31", "1979-12-31",
		"1981-06-30", "1982-06-30", "1983-06-30", "1985-06-30", "1987-12-31", "1989-12-31", "1990-12-31", "1992-06-30", "1993-06-30",
		"1994-06-30", "1995-12-31", "1997-06-30", "1998-12-31", "2005-12-31", "2008-12-31", "2012-06-30", "2015-06-30", "2016-12-31",
	} {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			panic(err)
		}
		all = append(all, float64(t.Unix()/86400-dayOf1960))
	}
	return all
}()

// leapMillis is how many milliseconds of leap seconds lie before a %tC value.
func leapMillis(v float64) float64 {
	n := 0.0
	for _, day := range leaps {
		if v < (day+1)*milliOfDay+n*1000 {
			break
		}
		n++
	}
	return n * 1000
}

// longText adds a text that stands after the rows.
func (r *Reader) longText(b *source.Batch, i int, v []byte) error {
	k, empty := r.long.key(v, r.order)
	if empty {
		b.AddMissing(i, source.Text, source.Plain)
		return nil
	}
	text, err := r.long.find(k)
	if err != nil {
		return err
	}
	if text == nil {
		b.AddBad(i, source.Text, problem.New("stata-long-text", "row", r.row, "column", r.table.Columns[i].Name, "value", fmt.Sprintf("(%d, %d)", k.column, k.row)))
		return nil
	}
	b.AddText(i, r.text(text))
	return nil
}
