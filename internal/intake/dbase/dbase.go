package dbase

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options say what the table itself does not hold.
type Options struct {
	Memo     source.File // the .dbt or .fpt beside the table; nil for none: memo columns are then left out with a caution
	Encoding string      // of texts, such as "cp850"; "" to obey the table
}

// Reader reads one table; it is a source.Reader.
type Reader struct {
	table    source.Table
	cautions problem.List
	fields   []field // those of table.Columns
	rows     *source.Fixed
	width    int   // bytes of a row
	there    int64 // rows to be read
	row      int64 // the last one read, from 1
	deleted  int64
	decoder  source.Decoder
	memo     *memo
	ended    bool
}

// field is where a column stands in a row.
type field struct {
	name     string
	kind     byte // type letter
	start    int
	width    int
	decimals int
	null     int // its bit among the flags of null; -1 when it cannot be null
}

const (
	headerSize     = 32
	descriptorSize = 32
)

// versions are the first bytes of the tables that the reader knows.
var versions = map[byte]string{
	0x03: "dBase III+", 0x30: "Visual FoxPro", 0x31: "Visual FoxPro", 0x32: "Visual FoxPro", 0x43: "dBase IV", 0x63: "dBase IV",
	0x7b: "dBase IV", 0x83: "dBase III+", 0x8b: "dBase IV", 0x8e: "dBase IV", 0xcb: "dBase IV", 0xf5: "FoxPro 2", 0xfb: "FoxBASE",
}

// refused are the first bytes of tables in layouts that it does not know.
var refused = map[byte]string{0x02: "dBase II", 0x04: "dBase 7", 0x8c: "dBase 7", 0xe5: "HiPer-Six"}

// Open reads the header. Errors are problems: no dBase table, a version that
// is not read, a header that contradicts itself, a file that is cut short.
func Open(f source.File, o Options) (*Reader, error) {
	head := make([]byte, headerSize)
	if n, err := source.ReadAt(f, head, 0); err != nil {
		return nil, err
	} else if n == 0 || (versions[head[0]] == "" && refused[head[0]] == "") {
		return nil, problem.New("dbase-magic", "found", fmt.Sprintf("% X", head[:min(n, 4)]))
	} else if name := refused[head[0]]; name != "" {
		return nil, problem.New("dbase-version", "found", name)
	} else if n < headerSize {
		return nil, problem.New("dbase-header-cut", "size", f.Size(), "needed", headerSize)
	}
	if head[15] == 1 {
		return nil, problem.New("dbase-encrypted")
	}
	declared := int64(binary.LittleEndian.Uint32(head[4:]))
	length, width := int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	if length < headerSize+descriptorSize {
		return nil, problem.New("dbase-no-columns")
	}
	if int64(length) > f.Size() {
		return nil, problem.New("dbase-header-cut", "size", f.Size(), "needed", length)
	}
	header := make([]byte, length)
	if _, err := source.ReadAt(f, header, 0); err != nil {
		return nil, err
	}
	r := &Reader{width: width}
	if err := r.encoding(o.Encoding, head[29]); err != nil {
		return nil, err
	}
	fields, err := r.describe(header, head[0])
	if err != nil {
		return nil, err
	}
	if o.Memo != nil {
		if r.memo, err = openMemo(o.Memo, head[0]); err != nil {
			return nil, err
		}
	}
	if err := r.columns(fields); err != nil {
		return nil, err
	}
	r.table.Rows = declared
	if err := r.count(f, int64(length), declared); err != nil {
		return nil, err
	}
	r.rows = source.NewFixed(f, int64(length), r.there, width)
	return r, nil
}

// describe reads the field descriptors and places the fields in the row.
func (r *Reader) describe(header []byte, version byte) ([]field, error) {
	var fields []field
	var plain, extended, bit int
	for at := headerSize; at+descriptorSize <= len(header) && header[at] != 0x0d; at += descriptorSize {
		d := header[at : at+descriptorSize]
		name, _, _ := bytes.Cut(d[:11], []byte{0})
		f := field{name: strings.TrimSpace(r.decoder.Text(name)), kind: d[11], width: int(d[16]), decimals: int(d[17]), null: -1}
		plain += f.width
		if f.kind == 'C' { // Clipper and FoxPro keep the high byte of a text's width in its decimals
			extended += f.width + f.decimals<<8
		} else {
			extended += f.width
		}
		if version&0xf0 == 0x30 {
			if f.kind == 'V' || f.kind == 'Q' {
				bit++
			}
			if d[18]&2 != 0 {
				f.null = bit
				bit++
			}
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return nil, problem.New("dbase-no-columns")
	}
	start := 1
	for i := range fields {
		f := &fields[i]
		if f.kind == 'C' && extended+1 == r.width {
			f.width += f.decimals << 8
		}
		f.start = start
		start += f.width
	}
	if start != r.width {
		return nil, problem.New("dbase-row-width", "found", r.width, "expected", plain+1)
	}
	return fields, nil
}

// columns turns fields into columns and leaves out what is no value.
func (r *Reader) columns(fields []field) error {
	flags := 0 // where the flags of null stand in a row
	for _, f := range fields {
		if f.kind == '0' {
			flags = f.start
		}
	}
	seen := map[string]int{}
	for i, f := range fields {
		switch {
		case f.kind == '0':
			continue
		case f.kind == 'M' && r.memo == nil:
			r.cautions = append(r.cautions, problem.New("dbase-memo-absent", "column", f.name))
			continue
		case f.kind != 'B' && strings.IndexByte("GPQVW", f.kind) >= 0, f.kind == 'B' && f.width != 8:
			r.cautions = append(r.cautions, problem.New("dbase-left-out", "column", f.name, "type", string(rune(f.kind))))
			continue
		}
		c, err := f.column()
		if err != nil {
			return err
		}
		if f.name == "" {
			return problem.New("column-without-name", "number", i+1)
		}
		if first, twice := seen[f.name]; twice {
			return problem.New("column-twice", "column", f.name, "first", first, "second", i+1)
		}
		seen[f.name] = i + 1
		if f.null >= 0 {
			f.null += flags * 8
		}
		if flags == 0 || f.null >= r.width*8 {
			f.null = -1
		}
		r.fields, r.table.Columns = append(r.fields, f), append(r.table.Columns, c)
	}
	if len(r.fields) == 0 {
		return problem.New("dbase-no-columns")
	}
	return nil
}

// column says what the values of a field are.
func (f field) column() (source.Column, error) {
	c := source.Column{Name: f.name, Decimals: -1, Format: fmt.Sprintf("%c(%d)", printable(f.kind), f.width)}
	width := f.width // that the type must have
	switch f.kind {
	case 'C':
		c.Kind = source.Text
	case 'M':
		if c.Kind = source.Text; width != 4 {
			width = 10
		}
	case 'N', 'F':
		c.Kind, c.Format = source.Whole, fmt.Sprintf("%c(%d,%d)", f.kind, f.width, f.decimals)
		if f.decimals > 0 || f.kind == 'F' {
			c.Kind, c.Decimals = source.Real, f.decimals
		}
	case 'L':
		c.Kind, width = source.Truth, 1
	case 'D':
		c.Kind, width = source.Day, 8
	case 'I':
		c.Kind, width = source.Whole, 4
	case 'Y':
		c.Kind, c.Decimals, width = source.Real, 4, 8
	case 'T':
		c.Kind, width = source.Moment, 8
	case 'B':
		c.Kind = source.Real
	default:
		return c, problem.New("dbase-field-type", "column", f.name, "found", string(printable(f.kind)))
	}
	if f.width != width || width == 0 {
		return c, problem.New("dbase-field-width", "column", f.name, "type", string(rune(f.kind)), "found", f.width, "expected", max(1, width))
	}
	return c, nil
}

func printable(b byte) rune {
	if b < ' ' || b > '~' {
		return '?'
	}
	return rune(b)
}

// count compares the rows that the header declares with those that are there.
func (r *Reader) count(f source.File, start, declared int64) error {
	there := (f.Size() - start) / int64(r.width)
	r.there = min(declared, there)
	if there > declared {
		r.cautions = append(r.cautions, problem.New("dbase-rows-beyond", "declared", declared, "found", there))
	}
	if there >= declared {
		return nil
	}
	// A program that closed the table well leaves an end mark: then the header
	// lies; without it the file is cut short.
	end := make([]byte, 1)
	if _, err := source.ReadAt(f, end, start+there*int64(r.width)); err != nil {
		return err
	}
	if f.Size() == start+there*int64(r.width)+1 && end[0] == 0x1a {
		r.cautions = append(r.cautions, problem.New("dbase-rows-short", "declared", declared, "found", there))
		return nil
	}
	return problem.New("dbase-rows-cut", "declared", declared, "found", there)
}

// encoding chooses the decoder of texts.
func (r *Reader) encoding(asked string, driver byte) error {
	name := codePages[driver]
	if asked != "" {
		name = asked
	}
	if name == "" {
		if driver != 0 {
			r.cautions = append(r.cautions, problem.New("dbase-code-page", "found", fmt.Sprintf("%#02x", driver)))
		}
		return nil
	}
	d, ok := source.NewDecoder(name)
	if !ok {
		return problem.New("source-encoding", "found", name)
	}
	r.decoder, r.table.Encoding = d, d.Name()
	return nil
}

// Table is what the header says.
func (r *Reader) Table() *source.Table { return &r.table }

// Cautions lists what was passed over.
func (r *Reader) Cautions() problem.List { return r.cautions }

// Next reads the next rows; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	err := b.Fill(len(r.fields), func() error {
		row, err := r.next(ctx)
		if err != nil {
			return err
		}
		b.AddRow(r.row)
		for i := range r.fields {
			r.cell(b, i, row)
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		r.end()
	}
	return err
}

// next gives the next row that is not deleted.
func (r *Reader) next(ctx context.Context) ([]byte, error) {
	for {
		row, err := r.rows.Row(ctx)
		if err != nil {
			return nil, err
		}
		r.row++
		switch row[0] {
		case ' ':
			return row, nil
		case '*':
			r.deleted++
		default:
			return nil, problem.New("dbase-row-mark", "row", r.row, "found", fmt.Sprintf("%02X", row[0]))
		}
	}
}

// end completes the cautions.
func (r *Reader) end() {
	if r.ended {
		return
	}
	r.ended = true
	if r.deleted > 0 {
		r.cautions = append(r.cautions, problem.New("dbase-deleted", "rows", r.deleted))
	}
	if r.decoder.Guessed > 0 {
		r.cautions = append(r.cautions, problem.New("source-guessed-encoding", "texts", r.decoder.Guessed))
	}
}

// cell adds the value of a column in a row.
func (r *Reader) cell(b *source.Batch, i int, row []byte) {
	f, k := &r.fields[i], r.table.Columns[i].Kind
	v := row[f.start : f.start+f.width]
	if f.null >= 0 && row[f.null/8]&(1<<(f.null%8)) != 0 {
		b.AddMissing(i, k, source.Plain)
		return
	}
	switch f.kind {
	case 'C':
		b.AddText(i, r.text(v))
	case 'N', 'F':
		r.number(b, i, k, trim(v))
	case 'L':
		switch v[0] {
		case 'T', 't', 'Y', 'y':
			b.AddWhole(i, 1)
		case 'F', 'f', 'N', 'n':
			b.AddWhole(i, 0)
		case ' ', '?', 0:
			b.AddMissing(i, k, source.Plain)
		default:
			b.AddBad(i, k, r.bad("not-a-truth", f, v))
		}
	case 'D':
		r.day(b, i, v)
	case 'I':
		b.AddWhole(i, int64(int32(binary.LittleEndian.Uint32(v))))
	case 'Y':
		b.AddReal(i, float64(int64(binary.LittleEndian.Uint64(v)))/10000)
	case 'B':
		b.AddReal(i, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	case 'T':
		r.moment(b, i, v)
	case 'M':
		r.remark(b, i, v)
	}
}

// text is a text field up to a zero byte, without the blanks that pad it.
func (r *Reader) text(v []byte) string {
	v, _, _ = bytes.Cut(v, []byte{0})
	return r.decoder.Text(bytes.TrimRight(v, " "))
}

func trim(v []byte) []byte { return bytes.Trim(v, " \x00") }

// number reads digits as dBase writes them.
func (r *Reader) number(b *source.Batch, i int, k source.Kind, v []byte) {
	switch {
	case len(v) == 0 || string(v) == ".":
		b.AddMissing(i, k, source.Plain)
	case len(bytes.Trim(v, "*")) == 0:
		b.AddMissing(i, k, "*")
	case k == source.Whole:
		n, ok := whole(v)
		if !ok {
			b.AddBad(i, k, r.bad("not-whole", &r.fields[i], v))
			return
		}
		b.AddWhole(i, n)
	default:
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil || len(bytes.Trim(v, "0123456789+-.eE")) > 0 {
			b.AddBad(i, k, r.bad("not-a-number", &r.fields[i], v))
			return
		}
		b.AddReal(i, x)
	}
}

// whole reads digits with a sign; decimals may stand there when they are zero.
func whole(v []byte) (int64, bool) {
	digits, decimals, _ := bytes.Cut(v, []byte("."))
	if len(bytes.Trim(decimals, "0")) > 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

// day reads YYYYMMDD.
func (r *Reader) day(b *source.Batch, i int, v []byte) {
	t := trim(v)
	if len(t) == 0 || string(t) == "00000000" {
		b.AddMissing(i, source.Day, source.Plain)
		return
	}
	n, err := strconv.ParseUint(string(t), 10, 32)
	d, ok := source.DayNumber(int(n/10000), int(n/100%100), int(n%100))
	if err != nil || len(t) != 8 || !ok {
		b.AddBad(i, source.Day, r.bad("not-a-day", &r.fields[i], t))
		return
	}
	b.AddWhole(i, d)
}

// julian1970 is the Julian day number of 1970-01-01.
const julian1970 = 2440588

// moment reads a Julian day number and milliseconds.
func (r *Reader) moment(b *source.Batch, i int, v []byte) {
	if len(bytes.Trim(v, " \x00")) == 0 {
		b.AddMissing(i, source.Moment, source.Plain)
		return
	}
	day, ms := int64(int32(binary.LittleEndian.Uint32(v))), int64(int32(binary.LittleEndian.Uint32(v[4:])))
	day -= julian1970
	if day < source.FirstDay || day > source.LastDay || ms < 0 || ms > 86_400_000 {
		b.AddBad(i, source.Moment, r.bad("not-a-day", &r.fields[i], fmt.Appendf(nil, "% X", v)))
		return
	}
	b.AddWhole(i, day*86_400_000_000+ms*1000)
}

// remark reads the memo that a cell points to.
func (r *Reader) remark(b *source.Batch, i int, v []byte) {
	f := &r.fields[i]
	var n uint64
	if f.width == 4 {
		n = uint64(binary.LittleEndian.Uint32(v))
	} else if t := trim(v); len(t) > 0 {
		var err error
		if n, err = strconv.ParseUint(string(t), 10, 32); err != nil {
			b.AddBad(i, source.Text, r.bad("dbase-memo", f, t))
			return
		}
	}
	if n == 0 {
		b.AddMissing(i, source.Text, source.Plain)
		return
	}
	text, ok := r.memo.text(int64(n))
	if !ok {
		b.AddBad(i, source.Text, r.bad("dbase-memo", f, strconv.AppendUint(nil, n, 10)))
		return
	}
	b.AddText(i, r.decoder.Text(text))
}

func (r *Reader) bad(code string, f *field, v []byte) *problem.Problem {
	return problem.New(code, "row", r.row, "column", f.name, "value", r.decoder.Text(v[:min(len(v), 40)]))
}
