package jsonfile

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// stream yields the objects that are rows.
type stream struct {
	*Decoder
	shape   shape
	number  int64 // of the row begun last
	started bool
	ended   bool
}

func newStream(f source.File, s shape) *stream {
	return &stream{Decoder: NewDecoder(f), shape: s}
}

func (s *stream) fail(err error) error {
	switch {
	case errors.Is(err, ErrLong):
		return problem.New("json-long", "number", s.number, "most", MostValue>>20)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return problem.New("json-cut", "number", s.number)
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return problem.New("source-unreadable").Because(err)
	}
	return problem.New("json-damaged", "number", s.number, "at", s.InputOffset()).Because(err)
}

// next gives the next object, io.EOF after the last.
func (s *stream) next(ctx context.Context) (json.RawMessage, error) {
	if s.ended {
		return nil, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.started {
		s.started = true
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	if !s.More() {
		s.ended = true
		return nil, s.end()
	}
	s.number++
	var v json.RawMessage
	if err := s.Decode(&v); err != nil {
		return nil, s.fail(err)
	}
	switch v[0] {
	case '{':
		return v, nil
	case '[':
		return nil, problem.New("json-rows")
	}
	return nil, problem.New("json-row", "number", s.number)
}

// start goes to the first row.
func (s *stream) start() error {
	if s.shape.list {
		_, err := s.Token()
		return s.failed(err)
	}
	for i, name := range s.shape.path {
		if _, err := s.Token(); err != nil { // the object
			return s.fail(err)
		}
		if err := s.member(name); err != nil {
			return err
		}
		if i == len(s.shape.path)-1 {
			_, err := s.Token() // the list
			return s.failed(err)
		}
	}
	return nil
}

func (s *stream) failed(err error) error {
	if err != nil {
		return s.fail(err)
	}
	return nil
}

// member goes to the value of a member of the object that has begun.
func (s *stream) member(name string) error {
	for s.More() {
		t, err := s.Token()
		if err != nil {
			return s.fail(err)
		}
		if t == name {
			return nil
		}
		if err := s.pass(); err != nil {
			return err
		}
	}
	return problem.New("source-unreadable") // it was there when the file was looked at
}

// pass goes over a value, whatever its length.
func (s *stream) pass() error {
	depth := 0
	for {
		t, err := s.Token()
		if err != nil {
			return s.fail(err)
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// end reads what stands after the rows: io.EOF where all is well.
func (s *stream) end() error {
	if s.shape.list || len(s.shape.path) > 0 {
		if _, err := s.Token(); err != nil { // the end of the list
			return s.fail(err)
		}
	}
	for range s.shape.path { // what is left of the objects around it
		for s.More() {
			if _, err := s.Token(); err != nil { // a name
				return s.fail(err)
			}
			if err := s.pass(); err != nil {
				return err
			}
		}
		if _, err := s.Token(); err != nil {
			return s.fail(err)
		}
	}
	switch _, err := s.Token(); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return s.fail(err)
	}
	return problem.New("json-damaged", "number", s.number, "at", s.InputOffset())
}
