package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/dampak/dampak/internal/intake/source"
)

// value is one stored value: the bits of a number, or bytes that stand until the
// next value is read. Of a dictionary of texts it is text.
type value struct {
	bits  uint64 // of int32s with their sign
	bytes []byte
	text  string
}

// values gives the values of a page one after another; false at the end of the
// bytes and where they make no sense.
type values interface {
	next(v *value) bool
}

// The encodings of the format.
const (
	encPlain           = 0
	encPlainDictionary = 2
	encRLE             = 3
	encDelta           = 5
	encDeltaLength     = 6
	encDeltaBytes      = 7
	encDictionary      = 8
	encSplit           = 9
)

// wide is the bytes of a stored value; 0: they differ.
func (l *leaf) wide() int {
	switch l.physical {
	case int32s, floats:
		return 4
	case int64s, doubles:
		return 8
	case int96s:
		return 12
	case fixedArrays:
		return int(l.length)
	}
	return 0
}

// decoder gives the values of a page; nil for an encoding that the type has not.
func (l *leaf) decoder(encoding int64, b []byte, most int, d *dictionary) values {
	switch encoding {
	case encPlain:
		return l.plain(b)
	case encPlainDictionary, encDictionary:
		if d == nil || len(b) == 0 {
			return &indexed{}
		}
		return &indexed{hybrid{b: b[1:], width: uint(b[0])}, d}
	case encRLE:
		if l.physical == booleans && len(b) >= 4 {
			return &runs{hybrid{b: b[4:], width: 1}}
		}
	case encDelta:
		if l.physical == int32s || l.physical == int64s {
			return newDelta(b, most, l.physical == int32s)
		}
	case encDeltaLength:
		if l.physical == byteArrays {
			return newDeltaLength(b, most)
		}
	case encDeltaBytes:
		if l.physical == byteArrays || l.physical == fixedArrays {
			return newDeltaBytes(b, most)
		}
	case encSplit:
		if size := l.wide(); size > 0 && l.physical != int96s {
			return &split{b: b, size: size, n: len(b) / size, number: l.physical != fixedArrays, scratch: make([]byte, size)}
		}
	}
	return nil
}

func (l *leaf) plain(b []byte) values {
	switch l.physical {
	case booleans:
		return &plainBits{b: b}
	case byteArrays:
		return &plainBytes{b}
	case int96s, fixedArrays:
		return &plainFixed{b, l.wide()}
	}
	return &plainNumbers{b, l.wide()}
}

type plainBits struct {
	b  []byte
	at int
}

func (d *plainBits) next(v *value) bool {
	if d.at>>3 >= len(d.b) {
		return false
	}
	v.bits = uint64(d.b[d.at>>3] >> (d.at & 7) & 1)
	d.at++
	return true
}

type plainNumbers struct {
	b    []byte
	size int
}

func (d *plainNumbers) next(v *value) bool {
	if len(d.b) < d.size {
		return false
	}
	v.bits = number(d.b, d.size)
	d.b = d.b[d.size:]
	return true
}

// number is a stored number of 4 or 8 bytes, the first with its sign.
func number(b []byte, size int) uint64 {
	if size == 4 {
		return uint64(int64(int32(binary.LittleEndian.Uint32(b))))
	}
	return binary.LittleEndian.Uint64(b)
}

type plainFixed struct {
	b    []byte
	size int
}

func (d *plainFixed) next(v *value) bool {
	if len(d.b) < d.size {
		return false
	}
	v.bytes, d.b = d.b[:d.size], d.b[d.size:]
	return true
}

type plainBytes struct{ b []byte }

func (d *plainBytes) next(v *value) bool {
	if len(d.b) < 4 {
		return false
	}
	n := uint64(binary.LittleEndian.Uint32(d.b))
	if n > uint64(len(d.b)-4) {
		return false
	}
	v.bytes, d.b = d.b[4:4+n], d.b[4+n:]
	return true
}

// hybrid reads runs of one value and groups of eight packed ones.
type hybrid struct {
	b      []byte
	width  uint
	same   uint64 // values left of a run
	value  uint64
	packed []byte // groups being read
	bit    uint64
	left   uint64 // values left in them
}

func (h *hybrid) next() (uint64, bool) {
	for h.same == 0 && h.left == 0 {
		if h.width > 32 {
			return 0, false
		}
		head, n := binary.Uvarint(h.b)
		if n <= 0 {
			return 0, false
		}
		h.b = h.b[n:]
		if head&1 == 0 {
			size := int(h.width+7) / 8
			if len(h.b) < size {
				return 0, false
			}
			h.same, h.value = head>>1, 0
			for i := range size {
				h.value |= uint64(h.b[i]) << (8 * i)
			}
			h.b = h.b[size:]
			continue
		}
		groups := head >> 1
		if h.width > 0 {
			groups = min(groups, uint64(len(h.b))/uint64(h.width)+1) // the last may be cut after its values
		}
		size := min(groups*uint64(h.width), uint64(len(h.b)))
		h.left, h.bit, h.packed = groups*8, 0, h.b[:size]
		h.b = h.b[size:]
	}
	if h.same > 0 {
		h.same--
		return h.value, true
	}
	v, ok := unpack(h.packed, h.bit, h.width)
	h.bit += uint64(h.width)
	h.left--
	return v, ok
}

// unpack reads width bits, at most 64, that begin at a bit.
func unpack(b []byte, bit uint64, width uint) (uint64, bool) {
	if width == 0 {
		return 0, true
	}
	at, shift := bit>>3, uint(bit&7)
	if (bit+uint64(width)+7)>>3 > uint64(len(b)) {
		return 0, false
	}
	var v uint64
	if at+8 <= uint64(len(b)) {
		v = binary.LittleEndian.Uint64(b[at:]) >> shift
	} else {
		for i, c := range b[at:] {
			v |= uint64(c) << (8 * i)
		}
		v >>= shift
	}
	if shift+width > 64 {
		v |= uint64(b[at+8]) << (64 - shift)
	}
	return v & (1<<width - 1), true
}

// runs are truths in runs.
type runs struct{ hybrid }

func (d *runs) next(v *value) (ok bool) {
	v.bits, ok = d.hybrid.next()
	return ok
}

// dictionary is the values that a chunk's pages point to.
type dictionary struct {
	numbers []uint64
	text    string // all byte values, one after another
	ends    []uint32
	size    int // of fixed values; 0: they end at ends
	n       int
}

// newDictionary reads the values of a page of a dictionary; nil where they are not
// as many as it says.
func newDictionary(l *leaf, b []byte, n int) *dictionary {
	d := &dictionary{n: n}
	var v value
	switch l.physical {
	case booleans:
		return nil
	case byteArrays:
		in := &plainBytes{b}
		if n > len(b)/4 {
			return nil
		}
		d.ends = make([]uint32, n)
		kept := b[:0] // values are moved together in place
		for i := range n {
			if !in.next(&v) {
				return nil
			}
			kept = append(kept, v.bytes...)
			d.ends[i] = uint32(len(kept))
		}
		d.text = string(kept)
	case int96s, fixedArrays:
		d.size = l.wide()
		if n > len(b)/d.size {
			return nil
		}
		d.text = string(b[:n*d.size])
	default:
		size := l.wide()
		if n > len(b)/size {
			return nil
		}
		d.numbers = make([]uint64, n)
		for i := range d.numbers {
			d.numbers[i] = number(b[i*size:], size)
		}
	}
	return d
}

// bytes is the memory that the dictionary takes.
func (d *dictionary) bytes() int {
	if d == nil {
		return 0
	}
	return len(d.numbers)*8 + len(d.text) + len(d.ends)*4
}

// indexed are places in a dictionary.
type indexed struct {
	hybrid
	d *dictionary
}

func (d *indexed) next(v *value) bool {
	if d.d == nil {
		return false
	}
	i, ok := d.hybrid.next()
	if !ok || i >= uint64(d.d.n) {
		return false
	}
	switch {
	case d.d.numbers != nil:
		v.bits = d.d.numbers[i]
	case d.d.size > 0:
		v.text = d.d.text[int(i)*d.d.size:][:d.d.size]
	default:
		from := uint32(0)
		if i > 0 {
			from = d.d.ends[i-1]
		}
		v.text = d.d.text[from:d.d.ends[i]]
	}
	return true
}

// delta are numbers by their differences, in blocks of packed small ones.
type delta struct {
	b        []byte
	at       int // where the bytes go on after the values read so far
	total    int // values in all
	given    int
	last     uint64
	perMini  int
	minis    int
	least    uint64
	widths   []byte
	mini     int // of the block
	left     int // in it
	packed   []byte
	bit      uint64
	width    uint
	short    bool // of 32 bits, which wrap around
	unusable bool
}

// newDelta begins to read; most is how many values there can be.
func newDelta(b []byte, most int, short bool) *delta {
	d := &delta{b: b, short: short}
	block, n1 := binary.Uvarint(b)
	minis, n2 := binary.Uvarint(b[max(n1, 0):])
	total, n3 := binary.Uvarint(b[max(n1, 0)+max(n2, 0):])
	d.at = max(n1, 0) + max(n2, 0) + max(n3, 0)
	first, n4 := binary.Varint(b[d.at:])
	d.at += max(n4, 0)
	if n1 <= 0 || n2 <= 0 || n3 <= 0 || n4 <= 0 || minis == 0 || block == 0 || block > 1<<20 || minis > block || block%minis != 0 || block/minis%8 != 0 || total > uint64(most) {
		d.unusable = true
		return d
	}
	d.total, d.minis, d.perMini, d.last = int(total), int(minis), int(block/minis), uint64(first)
	d.mini = d.minis
	return d
}

func (d *delta) one() (uint64, bool) {
	if d.unusable || d.given == d.total {
		return 0, false
	}
	if d.given++; d.given == 1 {
		return d.last, true
	}
	if d.left == 0 && !d.more() {
		return 0, false
	}
	x, ok := unpack(d.packed, d.bit, d.width)
	if !ok {
		return 0, false
	}
	d.bit += uint64(d.width)
	d.left--
	d.last += d.least + x
	return d.last, true
}

// more begins the next packed part, and with it perhaps the next block.
func (d *delta) more() bool {
	if d.mini == d.minis {
		least, n := binary.Varint(d.b[d.at:])
		if n <= 0 || len(d.b)-d.at-n < d.minis {
			return false
		}
		d.at += n
		d.least, d.widths, d.mini = uint64(least), d.b[d.at:d.at+d.minis], 0
		d.at += d.minis
	}
	d.width = uint(d.widths[d.mini])
	d.mini++
	if d.width > 64 {
		return false
	}
	size := min(d.perMini*int(d.width)/8, len(d.b)-d.at) // the last may be cut after its values
	d.packed, d.bit, d.left = d.b[d.at:d.at+size], 0, d.perMini
	d.at += size
	return true
}

func (d *delta) next(v *value) bool {
	x, ok := d.one()
	if d.short {
		x = uint64(int64(int32(x)))
	}
	v.bits = x
	return ok
}

// rest gives what stands after all values.
func (d *delta) rest() ([]byte, bool) {
	for d.given < d.total {
		if _, ok := d.one(); !ok {
			return nil, false
		}
	}
	return d.b[d.at:], !d.unusable
}

// deltaLength are byte values whose lengths stand before them all.
type deltaLength struct {
	lengths *delta
	b       []byte
	ok      bool
}

func newDeltaLength(b []byte, most int) *deltaLength {
	d := &deltaLength{lengths: newDelta(b, most, false)}
	d.b, d.ok = newDelta(b, most, false).rest()
	return d
}

func (d *deltaLength) next(v *value) bool {
	n, ok := d.lengths.one()
	if !ok || !d.ok || n > uint64(len(d.b)) {
		return false
	}
	v.bytes, d.b = d.b[:n], d.b[n:]
	return true
}

// deltaBytes are byte values that share their beginning with the one before.
type deltaBytes struct {
	prefixes *delta
	suffixes *deltaLength
	last     []byte
}

func newDeltaBytes(b []byte, most int) *deltaBytes {
	d := &deltaBytes{prefixes: newDelta(b, most, false)}
	rest, ok := newDelta(b, most, false).rest()
	d.suffixes = newDeltaLength(rest, most)
	d.suffixes.ok = d.suffixes.ok && ok
	return d
}

func (d *deltaBytes) next(v *value) bool {
	n, ok := d.prefixes.one()
	if !ok || n > uint64(len(d.last)) || !d.suffixes.next(v) || int(n)+len(v.bytes) > source.MaxText {
		return false
	}
	d.last = append(d.last[:n], v.bytes...)
	v.bytes = d.last
	return true
}

// split are numbers whose first bytes stand together, then their second ones.
type split struct {
	b       []byte
	size, n int
	at      int
	number  bool
	scratch []byte
}

func (d *split) next(v *value) bool {
	if d.at == d.n {
		return false
	}
	for i := range d.size {
		d.scratch[i] = d.b[i*d.n+d.at]
	}
	d.at++
	if d.number {
		v.bits = number(d.scratch, d.size)
	} else {
		v.bytes = d.scratch
	}
	return true
}

// levels tells which values of a page are there.
type levels struct {
	hybrid
	all uint64 // level of a value that is there; 0: all are
}

func newLevels(b []byte, all int) levels {
	return levels{hybrid{b: b, width: uint(bits.Len(uint(all)))}, uint64(all)}
}

func (l *levels) there() (there, ok bool) {
	if l.all == 0 {
		return true, true
	}
	v, ok := l.next()
	return v == l.all, ok
}
