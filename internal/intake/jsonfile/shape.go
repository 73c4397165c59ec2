package jsonfile

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// shape is what holds the rows.
type shape struct {
	list bool     // the file is a list
	path []string // of the list within one object; empty: objects one after another
}

// deepest is how many objects may lie around the list of rows, and within a row.
const deepest = 8

// look finds what holds the rows; list is the one that a person chose, or "".
func look(ctx context.Context, s *stream, list string) (shape, error) {
	t, err := s.Token()
	if err != nil {
		return shape{}, s.fail(err)
	}
	switch t {
	case json.Delim('['):
		return shape{list: true}, nil
	case json.Delim('{'):
	default:
		return shape{}, problem.New("json-magic")
	}
	o := &object{ctx: ctx, stream: s}
	if err := o.members(nil); err != nil {
		return shape{}, err
	}
	if s.More() {
		return shape{}, nil
	}
	if t, err := s.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New(string(t.(json.Delim)))
		}
		return shape{}, s.fail(err)
	}
	if o.kind == "FeatureCollection" || o.kind == "Topology" {
		return shape{}, problem.New("json-geo")
	}
	names := make([]string, len(o.lists))
	for i, l := range o.lists {
		names[i] = strings.Join(l, ".")
	}
	if list != "" {
		for i, n := range names {
			if strings.EqualFold(n, strings.TrimSpace(list)) {
				return shape{path: o.lists[i]}, nil
			}
		}
		return shape{}, problem.New("json-list", "found", list, "lists", strings.Join(names[:min(len(names), 20)], ", "))
	}
	switch {
	case len(o.lists) == 1:
		return shape{path: o.lists[0]}, nil
	case len(o.lists) > 1:
		return shape{}, problem.New("json-lists", "lists", strings.Join(names[:min(len(names), 20)], ", "))
	case o.tables > 0:
		return shape{}, problem.New("json-rows")
	case o.keyed > 0, o.values == 0 && o.columns > 0:
		return shape{}, problem.New("json-columns")
	case o.hollow > 0: // an answer without rows
		return shape{}, problem.New("json-empty")
	}
	return shape{}, nil
}

// object looks at the first object of a file.
type object struct {
	*stream
	ctx     context.Context //nolint:containedctx // lives within one call
	lists   [][]string      // of objects
	tables  int             // lists of lists
	hollow  int             // empty lists
	keyed   int             // objects whose names are numbers: of rows, or of persons
	columns int             // lists of values, and objects whose names are numbers
	values  int
	kind    string // what its member type says
}

// members looks at the members of an object that has begun.
func (o *object) members(path []string) error {
	numbered := 0
	for o.More() {
		t, err := o.Token()
		if err != nil {
			return o.fail(err)
		}
		name, _ := t.(string)
		if digits(name) {
			numbered++
		}
		inner := slices.Concat(path, []string{name})
		if t, err = o.Token(); err != nil {
			return o.fail(err)
		}
		switch t {
		case json.Delim('{'):
			if digits(name) {
				o.keyed++
			}
			if len(inner) >= deepest {
				return problem.New("json-deep", "most", deepest)
			}
			if err := o.members(inner); err != nil {
				return err
			}
		case json.Delim('['):
			if err := o.elements(inner); err != nil {
				return err
			}
		default:
			if len(path) == 0 && name == "type" {
				o.kind, _ = t.(string)
			}
			if !digits(name) {
				o.values++
			}
		}
	}
	if numbered > 0 {
		o.columns++
	}
	if _, err := o.Token(); err != nil {
		return o.fail(err)
	}
	return nil
}

// elements looks at the elements of a list that has begun.
func (o *object) elements(path []string) error {
	var first byte
	for o.More() {
		if err := o.ctx.Err(); err != nil {
			return err
		}
		var v json.RawMessage
		if err := o.Decode(&v); err != nil {
			return o.fail(err)
		}
		if first == 0 {
			first = v[0]
		}
	}
	if _, err := o.Token(); err != nil {
		return o.fail(err)
	}
	switch first {
	case 0:
		o.hollow++
	case '{':
		if !slices.ContainsFunc(o.lists, func(l []string) bool { return slices.Equal(l, path) }) {
			o.lists = append(o.lists, path)
		}
	case '[':
		o.tables++
	default:
		o.columns++
	}
	return nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
