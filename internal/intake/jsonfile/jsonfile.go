package jsonfile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Options are a person's decisions; the zero value leaves all to the evidence.
type Options struct {
	List     string          // dotted name of the list of rows; "" for the only one
	Decimals map[string]byte // by column name: ',' or '.'
}

// Open reads the file three times to find its rows, its columns and what they are.
// Errors are problems, or of ctx.
func Open(ctx context.Context, f source.File, o Options) (*grid.Reader, error) {
	head := make([]byte, min(4, f.Size()))
	if _, err := source.ReadAt(f, head, 0); err != nil {
		return nil, err
	}
	if bytes.IndexByte(head, 0) >= 0 || bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, problem.New("json-encoding")
	}
	s, err := look(ctx, newStream(f, shape{}), o.List)
	if err != nil {
		return nil, err
	}
	names, lists, err := columns(ctx, newStream(f, s))
	if err != nil {
		return nil, err
	}
	r, err := grid.Open(ctx, func() (grid.Scanner, error) { return &scanner{stream: newStream(f, s), names: names}, nil },
		grid.Options{Records: true, Decimals: o.Decimals})
	if err != nil {
		return nil, err
	}
	r.Table().Encoding = "UTF-8"
	if len(lists) > 0 {
		r.Say(problem.New("json-left", "n", len(lists), "columns", strings.Join(lists[:min(len(lists), 20)], ", ")))
	}
	return r, nil
}

// columns lists the names of all columns in order of appearance, and of those that
// hold nothing but lists.
func columns(ctx context.Context, s *stream) (names, lists []string, err error) {
	cells, listed := map[string]bool{}, map[string]bool{}
	rows := 0
	for {
		row, err := s.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		rows++
		walk(row, func(path []byte, value []byte) {
			switch {
			case value[0] == '[':
				if !listed[string(path)] && !cells[string(path)] && len(listed) < grid.MaxColumns {
					listed[string(path)] = true
					lists = append(lists, string(path))
				}
			case !cells[string(path)]:
				cells[string(path)] = true
				names = append(names, string(path))
			}
		})
		if len(names) > grid.MaxColumns {
			return nil, nil, problem.New("grid-columns", "found", len(names), "most", grid.MaxColumns)
		}
	}
	if rows == 0 {
		return nil, nil, problem.New("json-empty")
	}
	if len(names) == 0 {
		return nil, nil, problem.New("json-no-columns")
	}
	only := lists[:0]
	for _, l := range lists {
		if !cells[l] {
			only = append(only, l)
		}
	}
	return names, only, nil
}

// scanner yields the names and then a row for each object.
type scanner struct {
	stream *stream
	names  []string
	at     map[string]int
	row    grid.Row
	cells  []grid.Cell
}

// Scan gives the next row.
func (s *scanner) Scan(ctx context.Context) (*grid.Row, error) {
	s.row.Cells = s.row.Cells[:0]
	if s.at == nil {
		s.at = map[string]int{}
		for i, name := range s.names {
			s.at[name] = i
			s.row.Cells = append(s.row.Cells, grid.Cell{Column: i, Text: []byte(name)})
		}
		s.cells = make([]grid.Cell, len(s.names))
		return &s.row, nil
	}
	row, err := s.stream.next(ctx)
	if err != nil {
		return nil, err
	}
	s.row.Number++
	clear(s.cells)
	walk(row, func(path []byte, value []byte) {
		if at, ok := s.at[string(path)]; ok {
			s.cells[at] = Cell(value)
		}
	})
	for i, c := range s.cells {
		if c.Column = i; len(c.Text) > 0 {
			s.row.Cells = append(s.row.Cells, c)
		}
	}
	return &s.row, nil
}

// walk calls each with the dotted name and the text of every value of an object
// that is known to be JSON; an object in it is parted, a list is one value.
func walk(b []byte, each func(path []byte, value []byte)) {
	w := walker{b: b, each: each}
	w.object(nil, 0)
}

type walker struct {
	b    []byte
	at   int
	each func(path []byte, value []byte)
}

func (w *walker) blank() {
	for w.at < len(w.b) && (w.b[w.at] == ' ' || w.b[w.at] == '\t' || w.b[w.at] == '\n' || w.b[w.at] == '\r') {
		w.at++
	}
}

func (w *walker) object(path []byte, depth int) {
	w.at++ // the brace
	for {
		w.blank()
		switch w.b[w.at] {
		case '}':
			w.at++
			return
		case ',':
			w.at++
			continue
		}
		name := w.text()
		w.blank()
		w.at++ // the colon
		w.blank()
		inner := name
		if len(path) > 0 {
			inner = slices.Concat(path, []byte{'.'}, name)
		}
		from := w.at
		if w.b[w.at] == '{' && depth < deepest {
			w.object(inner, depth+1)
			continue
		}
		w.value()
		if value := w.b[from:w.at]; len(inner) > 0 {
			if value[0] == '{' { // too deep for a name
				value = []byte("[]")
			}
			w.each(inner, value)
		}
	}
}

// text reads a name without the blanks around it.
func (w *walker) text() []byte {
	from := w.at
	w.value()
	quoted := w.b[from:w.at]
	if inside := quoted[1 : len(quoted)-1]; bytes.IndexByte(inside, '\\') < 0 {
		return bytes.TrimSpace(inside)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is known to be JSON
	return []byte(strings.TrimSpace(s))
}

// value goes over a value.
func (w *walker) value() {
	depth := 0
	for w.at < len(w.b) {
		switch w.b[w.at] {
		case '"':
			for w.at++; w.b[w.at] != '"'; w.at++ {
				if w.b[w.at] == '\\' {
					w.at++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 { // of what is around a number or word
				return
			}
			depth--
		case ',', ' ', '\t', '\n', '\r', ':':
			if depth == 0 {
				return
			}
			w.at++
			continue
		default:
			w.at++
			continue
		}
		if w.at++; depth == 0 {
			return
		}
	}
}
