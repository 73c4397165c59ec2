package stata

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// longTexts finds the texts that stand after the rows (strL), each under the
// column and row where it was first used. Programs write them in the order of
// rows or of columns; an index of every 64th is then enough, so that memory
// hardly grows.
type longTexts struct {
	pages   pages
	order   binary.ByteOrder
	layout  layout
	end     int64 // of the section
	index   []indexed
	byRow   bool // the order is that of rows, then columns
	next    int64
	scratch []byte
}

type key struct{ column, row uint64 }

type indexed struct {
	key key
	at  int64
}

const every = 64

// compare orders keys as the file does.
func (l *longTexts) compare(a, b key) int {
	if l.byRow {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	}
	return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.row, b.row))
}

// headSize is the bytes before a text: GSO, column, row, type, length.
func (l *longTexts) headSize() int {
	if l.layout.rows == 4 {
		return 3 + 4 + 4 + 1 + 4
	}
	return 3 + 4 + 8 + 1 + 4
}

// readLongTexts walks the section and makes the index.
func readLongTexts(c *cursor, y layout) (*longTexts, error) {
	if err := c.tag("<strls>"); err != nil {
		return nil, err
	}
	l := &longTexts{pages: pages{file: c.file}, order: c.order, layout: y, byRow: true, scratch: make([]byte, 24)}
	start := c.at
	for _, try := range []struct {
		byRow bool
		step  int
	}{{true, every}, {false, every}, {false, 1}} {
		l.byRow, c.at = try.byRow, start
		sorted, err := l.walk(c, try.step)
		if err != nil {
			return nil, err
		}
		if sorted {
			break
		}
	}
	slices.SortFunc(l.index, func(a, b indexed) int { return l.compare(a.key, b.key) })
	l.end, l.next = c.at, start
	return l, c.tag("</strls>")
}

// walk goes through the section and keeps every step-th place. It is false,
// having stopped, when the order is not that of compare, which does not matter
// where every place is kept.
func (l *longTexts) walk(c *cursor, step int) (bool, error) {
	l.index = l.index[:0]
	in := bufio.NewReaderSize(io.NewSectionReader(c.file, c.at, c.file.Size()-c.at), 64<<10)
	head := l.scratch[:l.headSize()]
	var last key
	for n := 0; ; n++ {
		first, err := in.Peek(3)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, problem.New("source-unreadable").Because(err)
		}
		if string(first) != "GSO" {
			return true, nil // the tag that must stand here is read by the caller
		}
		if _, err := io.ReadFull(in, head); err != nil {
			return false, problem.New("stata-cut", "size", c.file.Size(), "at", c.at)
		}
		k, _, length := l.head(head)
		if n > 0 && step > 1 && l.compare(last, k) >= 0 {
			return false, nil
		}
		last = k
		if n%step == 0 {
			l.index = append(l.index, indexed{k, c.at})
		}
		c.at += int64(len(head))
		if err := c.need(length); err != nil {
			return false, err
		}
		if _, err := in.Discard(int(length)); err != nil {
			return false, problem.New("source-unreadable").Because(err)
		}
		c.at += length
	}
}

// head reads what stands before a text.
func (l *longTexts) head(b []byte) (k key, text bool, length int64) {
	k.column, b = uint64(l.order.Uint32(b[3:])), b[7:]
	if l.layout.rows == 4 {
		k.row, b = uint64(l.order.Uint32(b)), b[4:]
	} else {
		k.row, b = l.order.Uint64(b), b[8:]
	}
	return k, b[0] == 130, int64(l.order.Uint32(b[1:]))
}

// key reads what a cell holds in place of its text; two zeros are no text.
func (l *longTexts) key(v []byte, o binary.ByteOrder) (k key, empty bool) {
	column, _ := number(v[:l.layout.longColumn], o)
	row, _ := number(v[l.layout.longColumn:], o)
	return key{uint64(column), uint64(row)}, column == 0 && row == 0
}

// find gives the text under a key; nil when there is none, it is binary or
// longer than a cell may be. Cells come mostly in the order of the texts, so the
// one after the last found is tried first.
func (l *longTexts) find(k key) ([]byte, error) {
	if text, found, err := l.look(l.next, k, 1); found || err != nil {
		return text, err
	}
	i, exact := slices.BinarySearchFunc(l.index, k, func(a indexed, k key) int { return l.compare(a.key, k) })
	if !exact {
		i--
	}
	if i < 0 {
		return nil, nil
	}
	text, _, err := l.look(l.index[i].at, k, every)
	return text, err
}

// look compares up to n keys from a place on.
func (l *longTexts) look(at int64, k key, n int) (text []byte, found bool, err error) {
	head := l.scratch[:l.headSize()]
	for ; n > 0 && at+int64(len(head)) <= l.end; n-- {
		if err := l.pages.read(head, at); err != nil {
			return nil, false, err
		}
		here, isText, length := l.head(head)
		at += int64(len(head))
		if here != k {
			at += length
			continue
		}
		l.next = at + length
		if !isText || length > source.MaxText || at+length > l.end {
			return nil, true, nil
		}
		text = make([]byte, length)
		return text, true, l.pages.read(text, at)
	}
	return nil, false, nil
}

// pages keeps some of the file, since texts are small, stand one after another
// and are used again.
type pages struct {
	file source.File
	kept [8]struct {
		number int64 // of the page, from 1; 0 for none
		b      []byte
	}
}

const pageSize = 16 << 10

// read fills p, which lies within the file.
func (s *pages) read(p []byte, at int64) error {
	if len(p) > pageSize {
		_, err := source.ReadAt(s.file, p, at)
		return err
	}
	for len(p) > 0 {
		number := at / pageSize
		page := &s.kept[number%int64(len(s.kept))]
		if page.number != number+1 {
			if page.b == nil {
				page.b = make([]byte, pageSize)
			}
			if _, err := source.ReadAt(s.file, page.b, number*pageSize); err != nil {
				page.number = 0
				return err
			}
			page.number = number + 1
		}
		n := copy(p, page.b[at%pageSize:])
		p, at = p[n:], at+int64(n)
	}
	return nil
}
