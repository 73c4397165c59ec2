package workbook

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/dampak/dampak/internal/intake/grid"
)

// counted is how often something stood in a sheet and in which row first.
type counted struct{ n, row int64 }

func (c *counted) add(row int64) {
	if c.n++; c.n == 1 {
		c.row = row
	}
}

// sheetScanner yields the rows of a sheet; it is a grid.Scanner.
type sheetScanner struct {
	in     io.ReadCloser
	tokens *tokens
	shared *shared
	looks  []look
	row    grid.Row
	body   []byte // texts of the row that are not shared
	cells  []held
	data   bool // within sheetData
	last   int64
	column int
	plain  bool // cells are not wanted, only what the sheet says of itself

	formulas, uncached, hiddenRows counted
	hiddenColumns                  map[int]bool
	merges                         []grid.Merge
}

// held is a cell whose text lies in body or among the shared texts.
type held struct {
	cell     grid.Cell
	from, to int // in body; to is 0 for shared texts
}

const maxMerges = 1 << 20

// Scan gives the next row with cells.
func (s *sheetScanner) Scan(ctx context.Context) (*grid.Row, error) {
	t := s.tokens
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := t.next(); err != nil {
			if errors.Is(err, io.EOF) { // before the end of the sheet
				err = t.damaged(io.ErrUnexpectedEOF)
			}
			return nil, err
		}
		switch string(t.name) {
		case "sheetData":
			if t.close || t.empty {
				return nil, io.EOF
			}
			s.data = true
		case "col":
			if t.yes("hidden") {
				s.hide(number(t.attr("min")), number(t.attr("max")))
			}
		case "row":
			if !s.data || t.close {
				continue
			}
			if err := s.begin(); err != nil {
				return nil, err
			}
			if t.empty {
				continue
			}
			if err := s.read(); err != nil {
				return nil, err
			}
			if len(s.cells) == 0 {
				continue
			}
			s.row.Number, s.row.Cells = s.last, s.row.Cells[:0]
			for i := range s.cells {
				h := &s.cells[i]
				if h.to > 0 {
					h.cell.Text = s.body[h.from:h.to]
				}
				s.row.Cells = append(s.row.Cells, h.cell)
			}
			return &s.row, nil
		}
	}
}

func (s *sheetScanner) hide(from, to int64) {
	if s.hiddenColumns == nil {
		s.hiddenColumns = map[int]bool{}
	}
	for c := max(1, from); c <= min(to, grid.MaxColumns); c++ {
		s.hiddenColumns[int(c-1)] = true
	}
}

// begin takes the number of a row, which must come after the last one's.
func (s *sheetScanner) begin() error {
	number := s.last + 1
	if r := s.tokens.attr("r"); r != nil {
		n, err := strconv.ParseInt(string(r), 10, 32)
		if err != nil || n <= s.last {
			return s.tokens.damaged(errors.New("rows out of order"))
		}
		number = n
	}
	s.last = number
	if s.tokens.yes("hidden") {
		s.hiddenRows.add(number)
	}
	s.body, s.cells, s.column = s.body[:0], s.cells[:0], -1
	return nil
}

// read reads the cells of a row.
func (s *sheetScanner) read() error {
	t := s.tokens
	for {
		if err := t.next(); err != nil {
			return s.cut(err)
		}
		switch {
		case string(t.name) == "row" && t.close:
			return nil
		case string(t.name) != "c" || t.close:
		default:
			if err := s.cell(); err != nil {
				return err
			}
		}
	}
}

func (s *sheetScanner) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return s.tokens.damaged(io.ErrUnexpectedEOF)
	}
	return err
}

// cell reads one cell up to its end.
func (s *sheetScanner) cell() error {
	t := s.tokens
	column := s.column + 1
	if r := t.attr("r"); r != nil {
		if column = place(r); column <= s.column || column >= grid.MaxColumns {
			return t.damaged(errors.New("cells out of order"))
		}
	}
	s.column = column
	kind, shown := cellKind(t.attr("t")), plain
	if style := number(t.attr("s")); style > 0 || t.attr("s") != nil {
		if style >= 0 && style < int64(len(s.looks)) {
			shown = s.looks[style]
		}
	}
	if t.empty {
		return nil
	}
	from := len(s.body)
	formula, stored, phonetic := false, false, false
	for {
		if err := t.next(); err != nil {
			return s.cut(err)
		}
		switch string(t.name) {
		case "f":
			formula = true
		case "v", "t":
			if t.close && t.keep && !phonetic {
				s.body = append(s.body, t.text...)
				stored = true
			}
			t.keep = !t.close && !t.empty
		case "rPh":
			phonetic = !t.close && !t.empty
		case "c":
			if !t.close {
				return t.damaged(errors.New("a cell within a cell"))
			}
			t.keep = false
			if formula {
				s.formulas.add(s.last)
				if !stored || len(s.body) == from && kind != 's' {
					s.uncached.add(s.last)
				}
			}
			if len(s.body) == from || s.plain {
				s.body = s.body[:from]
				return nil
			}
			return s.keep(column, kind, shown, from)
		}
	}
}

// cellKind is the type of a cell: n, s for a text in place, i for a shared one,
// b, e, d.
func cellKind(t []byte) byte {
	switch string(t) {
	case "s":
		return 'i'
	case "str", "inlineStr":
		return 's'
	case "b":
		return 'b'
	case "e":
		return 'e'
	case "d":
		return 'd'
	}
	return 'n'
}

// keep adds a cell to the row.
func (s *sheetScanner) keep(column int, kind byte, shown look, from int) error {
	h := held{cell: grid.Cell{Column: column}, from: from, to: len(s.body)}
	v := s.body[from:]
	switch kind {
	case 'i':
		i, err := strconv.Atoi(string(v))
		s.body = s.body[:from]
		text, ok := s.shared.text(i)
		if err != nil || !ok {
			return s.tokens.damaged(errors.New("a shared text that is not there"))
		}
		if len(text) == 0 {
			return nil
		}
		h.cell.Text, h.to = text, 0
	case 's':
		if c := controls(v); len(c) < len(v) {
			s.body = append(s.body[:from], c...)
			h.to = len(s.body)
		}
	case 'b':
		if h.cell.Form = grid.Truth; len(v) != 1 || v[0] != '0' && v[0] != '1' {
			return s.tokens.damaged(errors.New("a truth that is none"))
		}
	case 'e':
		h.cell.Form = grid.Fault
	case 'n':
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return s.tokens.damaged(err)
		}
		switch shown {
		case percent:
			h.cell.Form, h.cell.Percent = grid.Number, true
		case dated:
			if h.cell.Form = grid.Serial; x > 0 && x < 1 { // midnight of no day: a time
				h.cell.Form = grid.Words
				s.body = hours(s.body[:from], x)
			}
		case timed:
			s.body = hours(s.body[:from], x)
		default:
			h.cell.Form = grid.Number
		}
		h.to = len(s.body)
	}
	s.cells = append(s.cells, h)
	return nil
}

// hours writes a part of a day, or more than one, as a clock does.
func hours(to []byte, days float64) []byte {
	if days < 0 || days > 1e6 {
		return strconv.AppendFloat(to, days, 'f', -1, 64)
	}
	n := int64(days*86400 + 0.5)
	two := func(v int64) {
		if v < 10 {
			to = append(to, '0')
		}
		to = strconv.AppendInt(to, v, 10)
	}
	two(n / 3600)
	to = append(to, ':')
	two(n / 60 % 60)
	to = append(to, ':')
	two(n % 60)
	return to
}

// rest reads what stands after the rows: the merged ranges.
func (s *sheetScanner) rest() error {
	t := s.tokens
	ended := false
	for {
		err := t.next()
		if errors.Is(err, io.EOF) && ended {
			return nil
		}
		if err != nil {
			return s.cut(err)
		}
		switch string(t.name) {
		case "mergeCell":
			if m, ok := merge(t.attr("ref")); ok && len(s.merges) < maxMerges {
				s.merges = append(s.merges, m)
			}
		case "worksheet":
			ended = t.close
		}
	}
}

// merge reads a range such as B2:D2.
func merge(ref []byte) (grid.Merge, bool) {
	for i, c := range ref {
		if c != ':' {
			continue
		}
		m := grid.Merge{FirstColumn: place(ref[:i]), LastColumn: place(ref[i+1:]), FirstRow: line(ref[:i]), LastRow: line(ref[i+1:])}
		return m, m.FirstColumn >= 0 && m.LastColumn >= m.FirstColumn && m.FirstRow > 0 && m.LastRow >= m.FirstRow
	}
	return grid.Merge{}, false
}

// place is the column of a reference such as AB12, from 0; -1 for none.
func place(ref []byte) int {
	n := 0
	for i, c := range ref {
		if c == '$' {
			continue
		}
		if c < 'A' || c > 'Z' || i > 4 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// line is the row of a reference; 0 for none.
func line(ref []byte) int64 {
	for i, c := range ref {
		if c >= '0' && c <= '9' {
			return number(ref[i:])
		}
	}
	return 0
}

// number reads digits; -1 for anything else.
func number(b []byte) int64 {
	n, err := strconv.ParseInt(string(b), 10, 32)
	if err != nil {
		return -1
	}
	return n
}
