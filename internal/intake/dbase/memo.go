package dbase

import (
	"bytes"
	"encoding/binary"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// memo is the file of long texts beside a table, in blocks.
type memo struct {
	file  source.File
	block int64 // bytes
	form  memoForm
}

type memoForm uint8

const (
	dbase3 memoForm = iota // a text ends with 0x1A
	dbase4                 // FF FF 08 00, then the length with these 8 bytes, little endian
	foxpro                 // type 1, then the length, big endian
)

// openMemo reads the block size. The table's version says which form it is.
func openMemo(f source.File, version byte) (*memo, error) {
	head := make([]byte, 24)
	n, err := source.ReadAt(f, head, 0)
	if err != nil {
		return nil, err
	}
	if n < len(head) {
		return nil, problem.New("dbase-memo-file")
	}
	m := &memo{file: f, block: 512}
	switch version {
	case 0xf5, 0x30, 0x31, 0x32:
		m.form, m.block = foxpro, int64(binary.BigEndian.Uint16(head[6:]))
	case 0x8b, 0x7b, 0x8e, 0xcb:
		m.form = dbase4
		if n := binary.LittleEndian.Uint16(head[20:]); n > 0 {
			m.block = int64(n)
		}
	}
	if m.block == 0 {
		m.block = 1 // FoxPro's SET BLOCKSIZE TO 0
	}
	return m, nil
}

// text gives the bytes that begin at a block, or false when there are none.
func (m *memo) text(number int64) ([]byte, bool) {
	at := number * m.block
	left := m.file.Size() - at
	if left <= 0 {
		return nil, false
	}
	if m.form == dbase3 {
		return m.terminated(at, left)
	}
	head := make([]byte, 8)
	if n, err := source.ReadAt(m.file, head, at); err != nil || n < 8 {
		return nil, false
	}
	var length int64
	if m.form == foxpro {
		length = int64(binary.BigEndian.Uint32(head[4:]))
		if binary.BigEndian.Uint32(head) != 1 {
			return nil, false
		}
	} else {
		length = int64(binary.LittleEndian.Uint32(head[4:])) - 8
		if !bytes.Equal(head[:4], []byte{0xff, 0xff, 8, 0}) {
			return nil, false
		}
	}
	if length < 0 || length > left-8 || length > source.MaxText {
		return nil, false
	}
	text := make([]byte, length)
	if n, err := source.ReadAt(m.file, text, at+8); err != nil || int64(n) < length {
		return nil, false
	}
	return text, true
}

// terminated reads blocks up to the end mark.
func (m *memo) terminated(at, left int64) ([]byte, bool) {
	var text []byte
	block := make([]byte, m.block)
	for int64(len(text)) < min(left, source.MaxText) {
		n, err := source.ReadAt(m.file, block, at+int64(len(text)))
		if err != nil || n == 0 {
			return nil, false
		}
		if end := bytes.IndexByte(block[:n], 0x1a); end >= 0 {
			return append(text, block[:end]...), true
		}
		text = append(text, block[:n]...)
	}
	return nil, false
}
