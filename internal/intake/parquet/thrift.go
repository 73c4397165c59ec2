package parquet

import (
	"encoding/binary"
	"errors"
)

// The types of Thrift's compact form that matter here.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftI8     = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

var errThrift = errors.New("not a structure of Thrift")

// mostNested is how deep structures that are passed over may nest.
const mostNested = 32

// thrift reads structures from bytes. After a fault all further reads give zero
// values and err stays. It allocates nothing: texts are parts of the bytes.
type thrift struct {
	b   []byte
	at  int
	err error
}

func (t *thrift) fail() {
	t.err, t.at = errThrift, len(t.b)
}

func (t *thrift) take(n int) []byte {
	if n < 0 || n > len(t.b)-t.at {
		t.fail()
		return nil
	}
	t.at += n
	return t.b[t.at-n : t.at]
}

func (t *thrift) byte() byte {
	if b := t.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (t *thrift) unsigned() uint64 {
	v, n := binary.Uvarint(t.b[t.at:])
	if n <= 0 {
		t.fail()
		return 0
	}
	t.at += n
	return v
}

// number reads an integer of any size but one byte.
func (t *thrift) number() int64 {
	v := t.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) bytes() []byte {
	n := t.unsigned()
	if n > uint64(len(t.b)-t.at) {
		t.fail()
		return nil
	}
	return t.take(int(n))
}

// fields calls do with each field of a structure; do reads its value, or skips it.
// A truth has its value in its type.
func (t *thrift) fields(do func(id int16, kind byte)) {
	id := int16(0)
	for t.err == nil {
		head := t.byte()
		if head == 0 || t.err != nil {
			return
		}
		if delta := head >> 4; delta != 0 {
			id += int16(delta)
		} else {
			id = int16(t.number())
		}
		do(id, head&15)
	}
}

// list gives the type and number of the elements of a list, which are all there: an
// element has one byte at least.
func (t *thrift) list() (kind byte, n int) {
	head := t.byte()
	size := uint64(head >> 4)
	if size == 15 {
		size = t.unsigned()
	}
	if size > uint64(len(t.b)-t.at) {
		t.fail()
		return 0, 0
	}
	return head & 15, int(size)
}

// each calls do for each structure of a list of structures.
func (t *thrift) each(kind byte, do func()) {
	if kind != thriftList {
		t.fail()
		return
	}
	of, n := t.list()
	if of != thriftStruct && n > 0 {
		t.fail()
	}
	for i := 0; i < n && t.err == nil; i++ {
		do()
	}
}

// skip passes over a value.
func (t *thrift) skip(kind byte, depth int) {
	if depth > mostNested {
		t.fail()
	}
	if t.err != nil {
		return
	}
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftI8:
		t.byte()
	case thriftI16, thriftI32, thriftI64:
		t.unsigned()
	case thriftDouble:
		t.take(8)
	case thriftUUID:
		t.take(16)
	case thriftBinary:
		t.bytes()
	case thriftList, thriftSet:
		of, n := t.list()
		for i := 0; i < n && t.err == nil; i++ {
			t.element(of, depth)
		}
	case thriftMap:
		n := t.unsigned()
		if n == 0 {
			return
		}
		kinds := t.byte()
		for i := uint64(0); i < n && t.err == nil; i++ {
			t.element(kinds>>4, depth)
			t.element(kinds&15, depth)
		}
	case thriftStruct:
		t.fields(func(_ int16, kind byte) { t.skip(kind, depth+1) })
	default:
		t.fail()
	}
}

// element passes over an element, in which a truth has a byte of its own.
func (t *thrift) element(kind byte, depth int) {
	if kind == thriftTrue || kind == thriftFalse {
		t.byte()
		return
	}
	t.skip(kind, depth+1)
}
