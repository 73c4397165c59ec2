package csvfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

const (
	bufferSize = 256 << 10
	maxRow     = 64 << 20 // bytes of one row
	minSample  = 64 << 10
)

// scanner splits a text into rows; it is a grid.Scanner.
type scanner struct {
	in        io.Reader
	buffer    []byte
	at, end   int
	eof       bool
	separator byte
	skipFirst bool // the line sep=;
	limit     int  // bytes to be read at most, 0 for all: a sample
	read      int
	number    int64
	row       grid.Row
	body      []byte // unquoted texts of the row
	spans     []span
	lenient   bool // of the sample: an open quote is no problem
}

// span is a field within body.
type span struct{ column, from, to int }

func newScanner(t *text, separator byte, skipFirst bool) *scanner {
	return &scanner{in: t.reader(), buffer: make([]byte, bufferSize), separator: separator, skipFirst: skipFirst}
}

// more reads on; false at the end.
func (s *scanner) more() (bool, error) {
	if s.eof || s.limit > 0 && s.read >= s.limit {
		return false, nil
	}
	for range 100 {
		n, err := s.in.Read(s.buffer)
		s.at, s.end = 0, n
		s.read += n
		if err != nil {
			s.eof = true
			if !errors.Is(err, io.EOF) {
				return false, err
			}
		}
		if n > 0 {
			return true, nil
		}
		if s.eof {
			return false, nil
		}
	}
	return false, problem.New("source-unreadable").Because(io.ErrNoProgress)
}

// Scan gives the next row; empty lines are left out but counted.
func (s *scanner) Scan(ctx context.Context) (*grid.Row, error) {
	for {
		if s.at >= s.end {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if ok, err := s.more(); err != nil {
				return nil, err
			} else if !ok {
				return nil, io.EOF
			}
		}
		s.number++
		width, err := s.line(ctx)
		if err != nil {
			return nil, err
		}
		if s.skipFirst && s.number == 1 || len(s.spans) == 0 {
			continue
		}
		s.row.Number, s.row.Width = s.number, width
		s.row.Cells = s.row.Cells[:0]
		for _, p := range s.spans {
			s.row.Cells = append(s.row.Cells, grid.Cell{Column: p.column, Text: s.body[p.from:p.to]})
		}
		return &s.row, nil
	}
}

// line reads one row into body and spans.
func (s *scanner) line(ctx context.Context) (int, error) {
	s.body, s.spans = s.body[:0], s.spans[:0]
	for column := 0; ; column++ {
		if column > grid.MaxColumns {
			return 0, problem.New("csv-columns", "row", s.number, "most", grid.MaxColumns)
		}
		from := len(s.body)
		ended, err := s.field(ctx)
		if err != nil {
			return 0, err
		}
		if to := len(s.body); to > from {
			if bytes.IndexByte(s.body[from:to], 0) >= 0 {
				return 0, problem.New("csv-zero-bytes", "row", s.number)
			}
			if !s.clean(from) {
				s.body = []byte(strings.ToValidUTF8(string(s.body), "\ufffd"))
			}
			s.spans = append(s.spans, span{column, from, len(s.body)})
		}
		if ended {
			return column + 1, nil
		}
	}
}

func (s *scanner) clean(from int) bool {
	for _, b := range s.body[from:] {
		if b >= utf8.RuneSelf {
			return utf8.Valid(s.body[from:])
		}
	}
	return true
}

// field reads one field; ended tells that the row ends with it.
func (s *scanner) field(ctx context.Context) (ended bool, err error) {
	if s.at >= s.end {
		if ok, err := s.more(); !ok || err != nil {
			return true, err
		}
	}
	if s.buffer[s.at] == '"' {
		s.at++
		if err := s.quoted(ctx); err != nil {
			return false, err
		}
	}
	for { // what is not quoted, or stands after the quote
		b := s.buffer[s.at:s.end]
		n := 0
		for n < len(b) && b[n] != s.separator && b[n] != '\n' && b[n] != '\r' {
			n++
		}
		s.body = append(s.body, b[:n]...)
		s.at += n
		if len(s.body) > maxRow {
			return false, problem.New("csv-row-long", "row", s.number, "most", maxRow>>20)
		}
		if n < len(b) {
			c := b[n]
			s.at++
			if c == '\r' {
				return true, s.newline()
			}
			return c == '\n', nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if ok, err := s.more(); !ok || err != nil {
			return true, err
		}
	}
}

// newline passes over the second half of a line end.
func (s *scanner) newline() error {
	if s.at >= s.end {
		if ok, err := s.more(); !ok || err != nil {
			return err
		}
	}
	if s.buffer[s.at] == '\n' {
		s.at++
	}
	return nil
}

// quoted reads up to the closing quote.
func (s *scanner) quoted(ctx context.Context) error {
	from := len(s.body)
	for {
		if s.at >= s.end {
			if err := ctx.Err(); err != nil {
				return err
			}
			if ok, err := s.more(); err != nil {
				return err
			} else if !ok {
				if s.lenient || s.limit > 0 {
					return nil
				}
				return problem.New("csv-quote", "row", s.number)
			}
		}
		b := s.buffer[s.at:s.end]
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			s.body = append(s.body, b...)
			s.at = s.end
			if len(s.body)-from > source.MaxText {
				return problem.New("csv-quote-long", "row", s.number, "most", source.MaxText>>20)
			}
			continue
		}
		s.body = append(s.body, b[:n]...)
		s.at += n + 1
		if s.at >= s.end {
			if ok, err := s.more(); err != nil {
				return err
			} else if !ok {
				return nil
			}
		}
		if s.buffer[s.at] != '"' {
			return nil
		}
		s.body = append(s.body, '"')
		s.at++
	}
}

// separators in the order in which they win: the comma last, for it stands before
// decimals and in sentences too.
const separators = ";\t|,"

// clearShare is the share of rows with the same number of fields at which a separator
// gives way to none that makes no more fields.
const clearShare = 0.6

// separate decides the separator from the first rows: the one by which most rows
// have the same number of fields. Where one that comes earlier in separators makes as
// many fields of clearly most rows, the others are titles and notes, and it wins.
func separate(ctx context.Context, t *text) (separator byte, named bool, err error) {
	first := newScanner(t, 0, false)
	first.limit = 1
	if row, err := first.Scan(ctx); err == nil {
		l := bytes.TrimSpace(row.Cells[0].Text)
		if len(l) == 5 && bytes.EqualFold(l[:4], []byte("sep=")) && l[4] < utf8.RuneSelf {
			return l[4], true, nil
		}
	}
	bestScore, bestWidth, best := -1.0, 0, byte(',')
	for i := range len(separators) {
		s := newScanner(t, separators[i], false)
		s.limit = minSample
		counts := map[int]int{}
		rows := 0
		for {
			row, err := s.Scan(ctx)
			if err != nil {
				if ctx.Err() != nil {
					return 0, false, ctx.Err()
				}
				if all := problem.Of(err); len(all) > 0 && all[0].Code == "csv-columns" { // it parts like no other
					return separators[i], false, nil
				}
				break // the passes will say what is wrong
			}
			counts[row.Width]++
			rows++
		}
		share, width := 0.0, 1
		for w, n := range counts {
			if w > 1 && (float64(n) > share*float64(rows) || float64(n) == share*float64(rows) && w > width) {
				share, width = float64(n)/float64(max(1, rows)), w
			}
		}
		if share > bestScore && (bestScore < clearShare || width > bestWidth) {
			bestScore, bestWidth, best = share, width, separators[i]
		}
	}
	if bestScore <= 0 {
		best = ','
	}
	return best, false, nil
}
