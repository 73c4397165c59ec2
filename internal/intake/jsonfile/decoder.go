package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
)

// MostValue is the most bytes of a value that is held at once.
const MostValue = 64 << 20

// ErrLong is the error of a longer one.
var ErrLong = errors.New("a value too long")

// Decoder reads JSON in UTF-8, each value in bounded memory.
type Decoder struct {
	*json.Decoder
	in *bounded
}

// bounded fails where one value would be too long to hold.
type bounded struct {
	in   io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// NewDecoder begins at the first value; a mark of UTF-8 before it is passed over.
func NewDecoder(f source.File) *Decoder {
	from := int64(0)
	mark := make([]byte, 3)
	if n, _ := f.ReadAt(mark, 0); n == 3 && string(mark) == "\ufeff" { // what cannot be read shows when it is read
		from = 3
	}
	in := &bounded{in: io.NewSectionReader(f, from, f.Size()-from)}
	return &Decoder{json.NewDecoder(in), in}
}

// Token is that of encoding/json.
func (d *Decoder) Token() (json.Token, error) {
	d.in.left = MostValue
	return d.Decoder.Token()
}

// More is that of encoding/json.
func (d *Decoder) More() bool {
	d.in.left = MostValue
	return d.Decoder.More()
}

// Decode is that of encoding/json.
func (d *Decoder) Decode(v any) error {
	d.in.left = MostValue
	return d.Decoder.Decode(v)
}

// Cell is a value as a cell: null is none, and lists and objects are their text.
func Cell(v json.RawMessage) grid.Cell {
	switch v = bytes.TrimSpace(v); {
	case len(v) == 0 || string(v) == "null":
		return grid.Cell{}
	case v[0] == '"':
		if inside := v[1 : len(v)-1]; bytes.IndexByte(inside, '\\') < 0 {
			return grid.Cell{Text: bytes.ToValidUTF8(inside, []byte("\ufffd"))}
		}
		var s string
		if json.Unmarshal(v, &s) != nil {
			return grid.Cell{Text: v}
		}
		return grid.Cell{Text: []byte(s)}
	case string(v) == "true":
		return grid.Cell{Form: grid.Truth, Text: []byte("1")}
	case string(v) == "false":
		return grid.Cell{Form: grid.Truth, Text: []byte("0")}
	case v[0] == '-' || v[0] >= '0' && v[0] <= '9':
		return grid.Cell{Form: grid.Number, Text: v}
	}
	return grid.Cell{Text: v}
}
