package geojson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/jsonfile"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// Reader reads one file; it is a source.Reader.
type Reader struct {
	*grid.Reader
	geometry int // index of its column
}

// Open reads the file twice to find its columns and what they are. Errors are
// problems, or of ctx.
func Open(ctx context.Context, f source.File) (*Reader, error) {
	names, err := properties(ctx, f)
	if err != nil {
		return nil, err
	}
	g, err := grid.Open(ctx, func() (grid.Scanner, error) { return &scanner{features: newFeatures(f), names: names}, nil }, grid.Options{Records: true})
	if err != nil {
		return nil, err
	}
	g.Table().Encoding = "UTF-8"
	return &Reader{g, len(g.Table().Columns) - 1}, nil
}

// Next reads the next features; see source.Reader.
func (r *Reader) Next(ctx context.Context, b *source.Batch) error {
	if err := r.Reader.Next(ctx, b); err != nil {
		return err
	}
	cells := &b.Cells[r.geometry]
	for i, row := range b.Row {
		if cells.Missing[i] != "" {
			continue
		}
		if p := check([]byte(cells.Text[i])); p != nil {
			p.Values["row"] = row
			cells.Text[i], cells.Missing[i] = "", source.Plain
			b.Bad = append(b.Bad, source.Bad{Row: row, Column: r.geometry, Problem: p})
		}
	}
	return nil
}

// properties lists the names of all properties in order of appearance; id, when
// features have it, first, and geometry last.
func properties(ctx context.Context, f source.File) ([]string, error) {
	in := newFeatures(f)
	var names []string
	seen := map[string]bool{}
	id, count := false, 0
	for {
		one, err := in.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		count++
		id = id || len(one.ID) > 0 && string(one.ID) != "null"
		for _, p := range one.properties {
			if !seen[p.name] {
				seen[p.name] = true
				names = append(names, p.name)
			}
		}
		if len(names) >= grid.MaxColumns-1 {
			return nil, problem.New("grid-columns", "found", len(names), "most", grid.MaxColumns)
		}
	}
	if count == 0 {
		return nil, problem.New("geojson-empty")
	}
	if id {
		names = append([]string{""}, names...) // no property can pass for it
	}
	return names, nil
}

// scanner yields the names and then a row for each feature.
type scanner struct {
	features *features
	names    []string
	at       map[string]int
	row      grid.Row
}

// Scan gives the next row.
func (s *scanner) Scan(ctx context.Context) (*grid.Row, error) {
	s.row.Cells = s.row.Cells[:0]
	if s.at == nil {
		s.at = map[string]int{}
		for i, name := range s.names {
			s.at[name] = i
			if i == 0 && name == "" {
				name = "id"
			}
			s.row.Cells = append(s.row.Cells, grid.Cell{Column: i, Text: []byte(name)})
		}
		s.row.Cells = append(s.row.Cells, grid.Cell{Column: len(s.names), Text: []byte("geometry")})
		return &s.row, nil
	}
	one, err := s.features.next(ctx)
	if err != nil {
		return nil, err
	}
	s.row.Number++
	cells := make([]grid.Cell, len(s.names)+1)
	if at, ok := s.at[""]; ok {
		cells[at] = jsonfile.Cell(one.ID)
	}
	for _, p := range one.properties {
		if at, ok := s.at[p.name]; ok {
			cells[at] = jsonfile.Cell(p.value)
		}
	}
	if g := bytes.TrimSpace(one.Geometry); string(g) != "null" {
		cells[len(s.names)] = grid.Cell{Text: g}
	}
	for i, c := range cells {
		if c.Column = i; len(c.Text) > 0 {
			s.row.Cells = append(s.row.Cells, c)
		}
	}
	return &s.row, nil
}

// feature is one feature; its properties keep their order.
type feature struct {
	Type       string          `json:"type"`
	ID         json.RawMessage `json:"id"`
	Properties json.RawMessage `json:"properties"`
	Geometry   json.RawMessage `json:"geometry"`
	properties []property
}

type property struct {
	name  string
	value json.RawMessage
}

// features walks a collection.
type features struct {
	decoder *jsonfile.Decoder
	number  int64 // of the feature begun last
	within  bool
	found   bool
	started bool
	kind    string
}

func newFeatures(f source.File) *features { return &features{decoder: jsonfile.NewDecoder(f)} }

func (s *features) fail(err error) error {
	switch {
	case errors.Is(err, jsonfile.ErrLong):
		return problem.New("geojson-long", "number", s.number, "most", jsonfile.MostValue>>20)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return problem.New("geojson-cut", "number", s.number)
	}
	return problem.New("geojson-damaged", "number", s.number, "at", s.decoder.InputOffset()).Because(err)
}

func (s *features) token() (json.Token, error) {
	t, err := s.decoder.Token()
	if err != nil {
		return nil, s.fail(err)
	}
	return t, nil
}

// next gives the next feature, io.EOF after the last.
func (s *features) next(ctx context.Context) (*feature, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.started {
		s.started = true
		if t, err := s.token(); err != nil || t != json.Delim('{') {
			return nil, problem.New("geojson-magic")
		}
	}
	if !s.within {
		if err := s.members(); err != nil {
			return nil, err
		}
	}
	if s.decoder.More() {
		s.number++
		var one feature
		if err := s.decoder.Decode(&one); err != nil {
			return nil, s.fail(err)
		}
		if one.Type != "Feature" {
			return nil, problem.New("geojson-feature", "number", s.number, "found", one.Type)
		}
		return &one, s.split(&one)
	}
	if _, err := s.token(); err != nil { // the end of the list
		return nil, err
	}
	s.within = false
	if err := s.members(); err != nil {
		return nil, err
	}
	return nil, problem.New("geojson-damaged", "number", s.number, "at", s.decoder.InputOffset()) // a second list
}

// members reads the members of the collection up to its features, or to its end.
func (s *features) members() error {
	for s.decoder.More() {
		t, err := s.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if name == "features" && !s.found {
			if t, err = s.token(); err != nil {
				return err
			}
			if t != json.Delim('[') {
				return problem.New("geojson-magic")
			}
			s.within, s.found = true, true
			return nil
		}
		var value json.RawMessage
		if err := s.decoder.Decode(&value); err != nil {
			return s.fail(err)
		}
		if err := s.member(name, value); err != nil {
			return err
		}
	}
	if _, err := s.token(); err != nil {
		return err
	}
	if !s.found || s.kind != "FeatureCollection" {
		return problem.New("geojson-magic")
	}
	return io.EOF
}

func (s *features) member(name string, value json.RawMessage) error {
	switch name {
	case "type":
		if err := json.Unmarshal(value, &s.kind); err != nil || s.kind != "FeatureCollection" {
			if s.kind == "Topology" {
				return problem.New("geojson-topology")
			}
			return problem.New("geojson-magic")
		}
	case "crs":
		text := strings.ToUpper(string(value))
		if string(value) != "null" && !strings.Contains(text, "CRS84") && !strings.Contains(text, "4326") {
			return problem.New("geojson-crs", "found", string(value[:min(len(value), 80)]))
		}
	}
	return nil
}

// split takes the properties apart in their order; the last of a name counts.
func (s *features) split(one *feature) error {
	if p := bytes.TrimSpace(one.Properties); len(p) == 0 || string(p) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(one.Properties))
	t, err := d.Token()
	if err != nil || t != json.Delim('{') {
		return problem.New("geojson-feature", "number", s.number, "found", "properties")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return s.fail(err)
		}
		p := property{name: strings.TrimSpace(t.(string))}
		if err := d.Decode(&p.value); err != nil {
			return s.fail(err)
		}
		if p.name != "" {
			one.properties = append(one.properties, p)
		}
	}
	return nil
}
