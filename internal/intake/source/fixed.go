package source

import (
	"context"
	"errors"
	"io"

	"github.com/dampak/dampak/internal/problem"
)

// blockSize is how much of a file is read at once.
const blockSize = 256 << 10

// Fixed reads the rows of a file whose rows all have one width.
type Fixed struct {
	rows   io.Reader
	width  int
	left   int64 // rows not yet read from the file
	buffer []byte
	block  []byte // what is left of it
}

// NewFixed reads rows of a width in bytes, at least 1, from a place of the
// file. The caller has checked that they are all there: the buffer is no larger
// than what is asked for.
func NewFixed(f File, at, rows int64, width int) *Fixed {
	return &Fixed{rows: io.NewSectionReader(f, at, rows*int64(width)), width: width, left: rows}
}

// Row gives the next row, valid until the next call, and io.EOF after the last.
// A context that is over is seen between blocks.
func (r *Fixed) Row(ctx context.Context) ([]byte, error) {
	if len(r.block) == 0 {
		if r.left == 0 {
			return nil, io.EOF
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(r.left, int64(max(1, blockSize/r.width)))
		if r.buffer == nil {
			r.buffer = make([]byte, n*int64(r.width)) // the first is the longest
		}
		r.block = r.buffer[:n*int64(r.width)]
		r.left -= n
		if _, err := io.ReadFull(r.rows, r.block); err != nil {
			r.block, r.left = nil, 0
			if errors.Is(err, io.EOF) { // the file shrank; its end here is not that of the rows
				err = io.ErrUnexpectedEOF
			}
			return nil, problem.New("source-unreadable").Because(err)
		}
	}
	row := r.block[:r.width]
	r.block = r.block[r.width:]
	return row, nil
}

// ReadAt fills p as far as the file goes and gives how far that is; it fails
// only when the bytes cannot be had.
func ReadAt(f File, p []byte, at int64) (int, error) {
	n, err := f.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, problem.New("source-unreadable").Because(err)
	}
	return n, nil
}
