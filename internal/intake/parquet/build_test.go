package parquet_test

import (
	"encoding/binary"
)

// These write files by hand: what no program writes, and many rows without a
// writer.

// fields are the fields of a structure of Thrift in ascending order.
type fields []field

type field struct {
	id    int
	value any // int64, string, bool, fields, []fields
}

func (all fields) bytes() []byte {
	var b []byte
	last := 0
	for _, f := range all {
		kind := byte(6)
		switch v := f.value.(type) {
		case string:
			kind = 8
		case bool:
			kind = 2
			if v {
				kind = 1
			}
		case fields:
			kind = 12
		case []fields:
			kind = 9
		}
		b = append(b, byte(f.id-last)<<4|kind)
		last = f.id
		switch v := f.value.(type) {
		case int:
			b = binary.AppendVarint(b, int64(v))
		case string:
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		case fields:
			b = append(b, v.bytes()...)
		case []fields:
			b = append(b, 15<<4|12)
			b = binary.AppendUvarint(b, uint64(len(v)))
			for _, one := range v {
				b = append(b, one.bytes()...)
			}
		}
	}
	return append(b, 0)
}

// built is a column of a built file: one page, and before it a dictionary where
// there is one.
type built struct {
	kind       int // physical
	codec      int
	values     int
	encoding   int
	data       []byte
	unpacked   int // -1: as long as data
	dictionary []byte
	entries    int
	header     fields // in place of the header of the page
}

func (c *built) pages() []byte {
	var b []byte
	if c.dictionary != nil {
		b = fields{{1, 2}, {2, len(c.dictionary)}, {3, len(c.dictionary)}, {7, fields{{1, c.entries}, {2, 0}}}}.bytes()
		b = append(b, c.dictionary...)
	}
	h := c.header
	if h == nil {
		size := c.unpacked
		if size < 0 {
			size = len(c.data)
		}
		h = fields{{1, 0}, {2, size}, {3, len(c.data)}, {5, fields{{1, c.values}, {2, c.encoding}, {3, 3}, {4, 3}}}}
	}
	return append(append(b, h.bytes()...), c.data...)
}

// build writes a file of row groups that all hold the same.
func build(groups int, columns ...built) []byte {
	b := []byte("PAR1")
	schema := []fields{{{4, "schema"}, {5, len(columns)}}}
	for i, c := range columns {
		schema = append(schema, fields{{1, c.kind}, {2, 4}, {3, 0}, {4, "k" + string(rune('a'+i))}})
	}
	var all []fields
	for range groups {
		var chunks []fields
		for i := range columns {
			c := &columns[i]
			p := c.pages()
			chunks = append(chunks, fields{{2, 0}, {3, fields{{1, c.kind}, {4, c.codec}, {5, c.values}, {6, len(p)}, {7, len(p)}, {9, len(b)}}}})
			b = append(b, p...)
		}
		all = append(all, fields{{1, chunks}, {2, 0}, {3, columns[0].values}})
	}
	return closed(b, fields{{1, 1}, {2, schema}, {3, groups * columns[0].values}, {4, all}})
}

// closed adds the footer.
func closed(b []byte, footer fields) []byte {
	f := footer.bytes()
	return append(binary.LittleEndian.AppendUint32(append(b, f...), uint32(len(f))), "PAR1"...)
}

// longs are numbers as they are stored plainly, texts likewise.
func longs(n int) []byte {
	var b []byte
	for i := range n {
		b = binary.LittleEndian.AppendUint64(b, uint64(i))
	}
	return b
}

func texts(n int, s string) []byte {
	var b []byte
	for range n {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	return b
}
