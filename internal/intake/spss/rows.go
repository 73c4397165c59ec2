package spss

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// packed reads rows that are compressed by bytecode: eight codes of one byte,
// each for 8 bytes of the row, then the bytes of those whose code is 253.
type packed struct {
	in      *bufio.Reader
	order   binary.ByteOrder
	bias    float64
	missing float64
	row     []byte
	codes   [8]byte
	next    int // the next of codes
}

// errCut is a stream that ends within a row.
var errCut = errors.New("spss: the rows end within one")

// Row gives the next row, valid until the next call, and io.EOF after the last.
func (p *packed) Row(ctx context.Context) ([]byte, error) {
	for at, groups := 0, 0; at < len(p.row); {
		if p.next == len(p.codes) {
			// A stream may be all padding: a call must end when its context does.
			if groups++; groups%4096 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if n, err := io.ReadFull(p.in, p.codes[:]); err != nil {
				if errors.Is(err, io.EOF) && n == 0 && at == 0 {
					return nil, io.EOF
				}
				return nil, cut(err)
			}
			p.next = 0
		}
		code := p.codes[p.next]
		p.next++
		slot := p.row[at : at+8]
		switch code {
		case 0:
			continue
		case 252:
			if p.next = len(p.codes); at > 0 {
				return nil, errCut
			}
			return nil, io.EOF
		case 253:
			if _, err := io.ReadFull(p.in, slot); err != nil {
				return nil, cut(err)
			}
		case 254:
			copy(slot, "        ")
		case 255:
			p.order.PutUint64(slot, math.Float64bits(p.missing))
		default:
			p.order.PutUint64(slot, math.Float64bits(float64(code)-p.bias))
		}
		at += 8
	}
	return p.row, nil
}

// cut keeps an error of reading, and names an early end.
func cut(err error) error {
	if len(problem.Of(err)) == 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return errCut
	}
	return err
}

// blocks is the stream of a .zsav: blocks of zlib one after another, listed in
// a trailer.
type blocks struct {
	file    source.File
	order   binary.ByteOrder
	at      int64 // where the next block must begin
	end     int64 // where the trailer begins
	entry   int64 // of the next block in the trailer
	n       int64 // blocks left
	current io.ReadCloser
	left    int64 // bytes that the current one must still give
}

const maxBlock = 64 << 20

// openBlocks reads the header that stands before the blocks, and the trailer.
func openBlocks(c *cursor) (*blocks, error) {
	at := c.at
	b, err := c.take(24)
	if err != nil {
		return nil, err
	}
	trailer, length := int64(c.order.Uint64(b[8:])), int64(c.order.Uint64(b[16:]))
	if int64(c.order.Uint64(b)) != at || trailer < c.at || length < 24 {
		return nil, broken(at, "ZHEADER")
	}
	if trailer > c.file.Size() || length > c.file.Size()-trailer {
		return nil, problem.New("spss-cut", "size", c.file.Size(), "at", at)
	}
	s := &blocks{file: c.file, order: c.order, at: c.at, end: trailer, entry: trailer + 24}
	c.at = trailer
	if b, err = c.take(24); err != nil {
		return nil, err
	}
	if s.n = int64(c.order.Uint32(b[20:])); s.n != (length-24)/24 {
		return nil, broken(trailer, "ZTRAILER")
	}
	return s, nil
}

// Read gives what the blocks hold.
func (s *blocks) Read(p []byte) (int, error) {
	for s.current == nil {
		if s.n == 0 {
			return 0, io.EOF
		}
		if err := s.open(); err != nil {
			return 0, err
		}
	}
	n, err := s.current.Read(p)
	s.left -= int64(n)
	if s.left < 0 || (err != nil && !errors.Is(err, io.EOF)) || (errors.Is(err, io.EOF) && s.left > 0) {
		return 0, problem.New("spss-zlib", "at", s.at).Because(unwrapped(err))
	}
	if err != nil {
		s.current.Close()
		s.current = nil
	}
	return n, nil
}

// open begins the next block as the trailer describes it.
func (s *blocks) open() error {
	e := make([]byte, 24)
	if _, err := source.ReadAt(s.file, e, s.entry); err != nil {
		return err
	}
	begin, full, size := int64(s.order.Uint64(e[8:])), int64(s.order.Uint32(e[16:])), int64(s.order.Uint32(e[20:]))
	if begin != s.at || full > maxBlock || size > s.end-begin {
		return broken(s.entry, "ZTRAILER")
	}
	z, err := zlib.NewReader(bufio.NewReader(io.NewSectionReader(s.file, begin, size)))
	if err != nil {
		return problem.New("spss-zlib", "at", begin).Because(unwrapped(err))
	}
	s.current, s.left = z, full
	s.at, s.entry, s.n = begin+size, s.entry+24, s.n-1
	return nil
}

// unwrapped keeps the words of an error, which may be io.EOF and must not pass
// for the end of the rows.
func unwrapped(err error) error { return errors.New(fmt.Sprint(err)) }

// text joins the parts of a text in a row, without the blanks that pad it.
func (r *Reader) text(v *variable, row []byte) []byte {
	if len(v.parts) == 1 {
		p := v.parts[0]
		return bytes.TrimRight(row[p.start:p.start+p.width], " \x00")
	}
	r.joined = r.joined[:0]
	for _, p := range v.parts {
		r.joined = append(r.joined, row[p.start:p.start+p.width]...)
	}
	return bytes.TrimRight(r.joined[:min(v.width, len(r.joined))], " \x00")
}
