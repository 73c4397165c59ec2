package parquet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

const (
	// mostPage is the most bytes of a page unpacked, mostHeld of all pages and
	// dictionaries of a row group that are in memory at once. Usual pages have 1 MB.
	mostPage = 256 << 20
	mostHeld = 512 << 20
	// headerFirst is how much is read at once for the header of a page, mostHeader
	// how long it may be: it may hold the least and the most of the page's values.
	headerFirst = 256
	mostHeader  = 1 << 20
)

// The kinds of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// pageHeader is what stands before a page.
type pageHeader struct {
	kind                 int64
	unpacked, packed     int64
	crc                  int64
	checked              bool // crc is given
	values, encoding     int64
	levelsEncoding       int64
	defineSize, listSize int64
	raw                  bool // of version 2: not packed
}

func (h *pageHeader) read(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 1:
			h.kind = t.number()
		case 2:
			h.unpacked = t.number()
		case 3:
			h.packed = t.number()
		case 4:
			h.crc, h.checked = t.number(), true
		case 5, 7, 8:
			h.about(t, id)
		default:
			t.skip(kind, 0)
		}
	})
}

// about reads the part that a kind of page has.
func (h *pageHeader) about(t *thrift, part int16) {
	t.fields(func(id int16, kind byte) {
		switch {
		case id == 1:
			h.values = t.number()
		case id == 2 && part != 8, id == 4 && part == 8:
			h.encoding = t.number()
		case id == 3 && part == 5:
			h.levelsEncoding = t.number()
		case id == 5 && part == 8:
			h.defineSize = t.number()
		case id == 6 && part == 8:
			h.listSize = t.number()
		case id == 7 && part == 8:
			h.raw = kind == thriftFalse
		default:
			t.skip(kind, 0)
		}
	})
}

// pages reads the pages of one column in one row group after another.
type pages struct {
	leaf    *leaf
	codec   int64
	at, end int64 // in the file
	rows    int64 // of the chunk, not yet begun
	left    int64 // of the page
	levels  levels
	values  values
	page    []byte
	dict    *dictionary
}

// begin starts a chunk.
func (r *Reader) begin(p *pages, c *chunk) {
	r.held -= p.dict.bytes()
	p.codec, p.at, p.end, p.rows, p.left, p.dict, p.values = c.codec, c.start(), c.start()+c.compressed, c.values, 0, nil, nil
}

// damaged is the problem of a page.
func (r *Reader) damaged(p *pages, why error) error {
	return problem.New("parquet-page", "column", p.leaf.path, "row", r.row, "at", p.at).Because(why)
}

// turn reads on to the next page that has values.
func (r *Reader) turn(ctx context.Context, p *pages) error {
	for p.left == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, b, err := r.next(p)
		if err != nil {
			return err
		}
		switch h.kind {
		case pageDictionary:
			err = r.dictionary(p, h, b)
		case pageData, pageDataV2:
			err = r.data(p, h, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next reads the header of a page and its bytes, which stand until the next call.
func (r *Reader) next(p *pages) (*pageHeader, []byte, error) {
	var h pageHeader
	var length int64
	for size := int64(headerFirst); ; size *= 4 {
		size = min(size, p.end-p.at, mostHeader)
		r.packed = grown(r.packed, int(size))
		if n, err := source.ReadAt(r.file, r.packed, p.at); err != nil || n < len(r.packed) {
			return nil, nil, problem.New("source-unreadable").Because(err)
		}
		h = pageHeader{}
		t := thrift{b: r.packed}
		if h.read(&t); t.err == nil {
			length = int64(t.at)
			break
		}
		if size == p.end-p.at || size == mostHeader {
			return nil, nil, r.damaged(p, t.err)
		}
	}
	p.at += length
	switch {
	case h.packed < 0 || h.packed > p.end-p.at || h.unpacked < 0 || h.values < 0:
		return nil, nil, r.damaged(p, nil)
	case h.unpacked > mostPage || h.packed > mostPage:
		return nil, nil, problem.New("parquet-page-long", "column", p.leaf.path, "found", max(h.unpacked, h.packed)>>20, "most", mostPage>>20)
	}
	r.packed = grown(r.packed, int(h.packed))
	if n, err := source.ReadAt(r.file, r.packed, p.at); err != nil || n < len(r.packed) {
		return nil, nil, problem.New("source-unreadable").Because(err)
	}
	if h.checked && crc32.ChecksumIEEE(r.packed) != uint32(h.crc) {
		return nil, nil, r.damaged(p, fmt.Errorf("its sum is not %08x", uint32(h.crc)))
	}
	p.at += h.packed
	return &h, r.packed, nil
}

// grown is a slice of a length with whatever it held before.
func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

func (r *Reader) dictionary(p *pages, h *pageHeader, b []byte) error {
	if p.dict != nil {
		return r.damaged(p, nil)
	}
	if h.encoding != encPlain && h.encoding != encPlainDictionary {
		return problem.New("parquet-encoding", "column", p.leaf.path, "found", h.encoding)
	}
	to, err := r.unpack(p, nil, b, h.unpacked)
	if err != nil {
		return err
	}
	if p.dict = newDictionary(p.leaf, to, int(h.values)); p.dict == nil {
		return r.damaged(p, nil)
	}
	return r.hold(p.dict.bytes())
}

// hold counts memory that stays.
func (r *Reader) hold(n int) error {
	if r.held += n; r.held > mostHeld {
		return problem.New("parquet-big", "most", mostHeld>>20, "columns", len(r.columns))
	}
	return nil
}

func (r *Reader) data(p *pages, h *pageHeader, b []byte) error {
	if h.values > p.rows {
		return r.damaged(p, nil)
	}
	was := cap(p.page)
	var define []byte
	if h.kind == pageDataV2 {
		if h.defineSize < 0 || h.listSize < 0 || h.defineSize+h.listSize > int64(len(b)) || h.defineSize+h.listSize > h.unpacked {
			return r.damaged(p, nil)
		}
		beside := int(h.listSize + h.defineSize)
		p.page = append(p.page[:0], b[:beside]...)
		if h.raw {
			p.page = append(p.page, b[beside:]...)
		} else {
			var err error
			if p.page, err = r.unpack(p, p.page, b[beside:], h.unpacked-int64(beside)); err != nil {
				return err
			}
		}
		define = p.page[h.listSize:beside]
		b = p.page[beside:]
	} else {
		var err error
		if p.page, err = r.unpack(p, p.page[:0], b, h.unpacked); err != nil {
			return err
		}
		b = p.page
		if p.leaf.defined > 0 {
			if h.levelsEncoding != encRLE {
				return problem.New("parquet-encoding", "column", p.leaf.path, "found", h.levelsEncoding)
			}
			if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
				return r.damaged(p, nil)
			}
			n := 4 + int(binary.LittleEndian.Uint32(b))
			define, b = b[4:n], b[n:]
		}
	}
	if err := r.hold(cap(p.page) - was); err != nil {
		return err
	}
	p.levels = newLevels(define, p.leaf.defined)
	if p.values = p.leaf.decoder(h.encoding, b, int(h.values), p.dict); p.values == nil {
		return problem.New("parquet-encoding", "column", p.leaf.path, "found", h.encoding)
	}
	p.left, p.rows = h.values, p.rows-h.values
	return nil
}

// unpack appends the size bytes that b unpacks to. Nothing more is ever unpacked.
func (r *Reader) unpack(p *pages, to, b []byte, size int64) ([]byte, error) {
	from := len(to)
	if cap(to) < from+int(size) {
		to = append(make([]byte, 0, from+int(size)), to...)
	}
	to = to[:from+int(size)]
	into := to[from:]
	if size == 0 {
		return to, nil
	}
	var err error
	switch p.codec {
	case 0:
		if int64(len(b)) != size {
			err = io.ErrUnexpectedEOF
		}
		copy(into, b)
	case 1:
		if n, fault := s2.DecodedLen(b); fault != nil || n != len(into) {
			err = io.ErrUnexpectedEOF
		} else {
			_, err = s2.Decode(into, b)
		}
	case 2:
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			_, err = io.ReadFull(z, into)
		}
	case 4:
		_, err = io.ReadFull(brotli.NewReader(bytes.NewReader(b)), into)
	case 5:
		if err = hadoop(into, b); err != nil { // writers have used this number for both forms
			err = block(into, b)
		}
	case 6:
		if r.zstd == nil {
			if r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(mostPage)); err != nil {
				break
			}
		}
		if err = r.zstd.Reset(bytes.NewReader(b)); err == nil {
			_, err = io.ReadFull(r.zstd, into)
		}
	case 7:
		err = block(into, b)
	default:
		return nil, problem.New("parquet-codec", "column", p.leaf.path, "found", p.codec)
	}
	if errors.Is(err, io.EOF) { // it is not that of the rows
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, r.damaged(p, err)
	}
	return to, nil
}

// block unpacks a block of LZ4.
func block(into, b []byte) error {
	n, err := lz4.UncompressBlock(b, into)
	if err == nil && n != len(into) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// hadoop unpacks blocks of LZ4 with their sizes before them.
func hadoop(into, b []byte) error {
	for len(b) >= 8 {
		size, packed := uint64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))
		if b = b[8:]; packed > uint64(len(b)) || size > uint64(len(into)) {
			return io.ErrUnexpectedEOF
		}
		if err := block(into[:size], b[:packed]); err != nil {
			return err
		}
		into, b = into[size:], b[packed:]
	}
	if len(into) > 0 || len(b) > 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}
