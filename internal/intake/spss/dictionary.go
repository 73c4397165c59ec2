package spss

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// cursor goes through a file.
type cursor struct {
	file  source.File
	at    int64
	order binary.ByteOrder
}

// skip goes past n bytes that must be there.
func (c *cursor) skip(n int64) error {
	if n < 0 || n > c.file.Size()-c.at {
		return problem.New("spss-cut", "size", c.file.Size(), "at", c.at)
	}
	c.at += n
	return nil
}

// take reads n bytes.
func (c *cursor) take(n int64) ([]byte, error) {
	at := c.at
	if err := c.skip(n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := source.ReadAt(c.file, b, at)
	return b, err
}

// int32 reads a whole number.
func (c *cursor) int32() (int64, error) {
	b, err := c.take(4)
	if err != nil {
		return 0, err
	}
	return int64(int32(c.order.Uint32(b))), nil
}

// variable is one record of the dictionary that is not a continuation.
type variable struct {
	short   []byte // name of up to 8 bytes, without blanks
	name    []byte
	label   []byte
	width   int // bytes of a text, 0 for a number
	slot    int // the first of its 8-byte slots in a row, from 0
	print   uint32
	missing []float64 // single values of a number
	low     float64   // of the range of missing numbers
	high    float64   // below low when there is no range
	texts   [][]byte  // missing values of a text
	labels  []label
	parts   []part // of a text
}

// part is where some bytes of a text stand in a row.
type part struct{ start, width int }

type label struct{ value, text []byte }

// dictionary is what stands before the rows.
type dictionary struct {
	variables []*variable
	slots     []*variable // per 8 bytes of a row; nil for a continuation
	compress  int64       // 0 plain, 1 bytecode, 2 zlib
	bias      float64
	rows      int64 // -1 unknown
	weight    int64 // its slot, from 1; 0 for none
	title     []byte
	missing   float64 // the system-missing value
	encoding  string  // as the file names it
	codePage  int64
	longNames []byte
	veryLong  []byte
	longText  [][]byte // records of subtype 21
	longGone  [][]byte // records of subtype 22
}

const headerSize = 176

// broken says that a record holds what it cannot.
func broken(at int64, record string) error {
	return problem.New("spss-record", "at", at, "record", record)
}

// header reads the first record.
func (d *dictionary) header(c *cursor) error {
	b := make([]byte, headerSize)
	n, err := source.ReadAt(c.file, b, 0)
	if err != nil {
		return err
	}
	magic := string(b[:min(n, 4)])
	switch {
	case n >= 20 && string(b[8:20]) == "ENCRYPTEDSAV":
		return problem.New("spss-encrypted")
	case magic != "$FL2" && magic != "$FL3":
		return problem.New("spss-magic", "found", fmt.Sprintf("% X", b[:min(n, 4)]))
	case n < headerSize:
		return problem.New("spss-cut", "size", n, "at", 0)
	}
	c.at, c.order = headerSize, binary.LittleEndian
	if layout := c.order.Uint32(b[64:]); layout != 2 && layout != 3 {
		c.order = binary.BigEndian
		if layout = c.order.Uint32(b[64:]); layout != 2 && layout != 3 {
			return broken(64, "1")
		}
	}
	d.compress = int64(c.order.Uint32(b[72:]))
	if d.compress > 2 || (magic == "$FL3") != (d.compress == 2) {
		return broken(72, "1")
	}
	d.weight = int64(int32(c.order.Uint32(b[76:])))
	d.rows = max(-1, int64(int32(c.order.Uint32(b[80:]))))
	d.bias = math.Float64frombits(c.order.Uint64(b[84:]))
	if math.IsNaN(d.bias) || math.Abs(d.bias) > 1e6 {
		return broken(84, "1")
	}
	d.title, d.missing = bytes.TrimRight(b[109:173], " \x00"), -math.MaxFloat64
	return nil
}

// read goes through the records up to the rows.
func (d *dictionary) read(c *cursor) error {
	for {
		at := c.at
		kind, err := c.int32()
		if err != nil {
			return err
		}
		switch kind {
		case 2:
			err = d.variable(c)
		case 3:
			err = d.valueLabels(c)
		case 6:
			var n int64
			if n, err = c.int32(); err == nil {
				err = c.skip(n * 80)
			}
		case 7:
			err = d.extension(c)
		case 999:
			_, err = c.int32()
			if err != nil {
				return err
			}
			return d.finish()
		default:
			return broken(at, strconv.FormatInt(kind, 10))
		}
		if err != nil {
			return err
		}
	}
}

// variable reads a record of type 2.
func (d *dictionary) variable(c *cursor) error {
	at := c.at - 4
	b, err := c.take(28)
	if err != nil {
		return err
	}
	width, hasLabel, missing := int32(c.order.Uint32(b)), c.order.Uint32(b[4:]), int64(int32(c.order.Uint32(b[8:])))
	v := &variable{width: int(width), slot: len(d.slots), print: c.order.Uint32(b[12:]), short: bytes.TrimRight(b[20:28], " \x00"), low: 1, high: -1}
	if width < -1 || width > 255 || hasLabel > 1 || missing < -3 || missing > 3 || missing == -1 {
		return broken(at, "2")
	}
	if hasLabel == 1 {
		n, err := c.int32()
		if err != nil {
			return err
		}
		if v.label, err = c.take(n); err != nil {
			return err
		}
		if err := c.skip((4 - n%4) % 4); err != nil {
			return err
		}
	}
	values, err := c.take(8 * max(missing, -missing))
	if err != nil {
		return err
	}
	// A text of more than 8 bytes goes on in records without a name.
	last := len(d.variables) - 1
	open := last >= 0 && len(d.slots)-d.variables[last].slot < slots(d.variables[last].width)
	if open != (width == -1) || (width != 0 && missing < 0) {
		return broken(at, "2")
	}
	if width == -1 {
		d.slots = append(d.slots, nil)
		return nil
	}
	if width > 0 {
		for i := range missing {
			v.texts = append(v.texts, values[8*i:8*i+8])
		}
	} else {
		number := func(i int64) float64 { return math.Float64frombits(c.order.Uint64(values[8*i:])) }
		first := int64(0)
		if missing < 0 {
			v.low, v.high, first = number(0), number(1), 2
		}
		for i := first; i < max(missing, -missing); i++ {
			v.missing = append(v.missing, number(i))
		}
	}
	v.name = v.short
	v.parts = []part{{8 * v.slot, v.width}}
	d.variables, d.slots = append(d.variables, v), append(d.slots, v)
	return nil
}

// slots is how many 8-byte slots a variable takes.
func slots(width int) int { return max(1, (width+7)/8) }

// valueLabels reads a record of type 3 and the record of type 4 that says whose
// they are.
func (d *dictionary) valueLabels(c *cursor) error {
	at := c.at - 4
	n, err := c.int32()
	if err != nil {
		return err
	}
	if n < 0 {
		return broken(at, "3")
	}
	var all []label
	for range n {
		b, err := c.take(9)
		if err != nil {
			return err
		}
		size := int64(b[8])
		text, err := c.take(size)
		if err != nil {
			return err
		}
		if err := c.skip((8 - (size+1)%8) % 8); err != nil {
			return err
		}
		all = append(all, label{b[:8], text})
	}
	kind, err := c.int32()
	if err != nil {
		return err
	}
	if n, err = c.int32(); err != nil {
		return err
	}
	if kind != 4 || n < 0 {
		return broken(at, "4")
	}
	whose, err := c.take(4 * n)
	if err != nil {
		return err
	}
	for i := range n {
		slot := int64(int32(c.order.Uint32(whose[4*i:])))
		if slot < 1 || slot > int64(len(d.slots)) || d.slots[slot-1] == nil {
			return problem.New("spss-labels", "at", at, "found", slot, "most", len(d.slots))
		}
		d.slots[slot-1].labels = all
	}
	return nil
}

// maxExtension is the most bytes of one record of names or labels.
const maxExtension = 64 << 20

// extension reads a record of type 7, or goes past it.
func (d *dictionary) extension(c *cursor) error {
	at := c.at - 4
	head, err := c.take(12)
	if err != nil {
		return err
	}
	kind := c.order.Uint32(head)
	size, count := int64(c.order.Uint32(head[4:])), int64(c.order.Uint32(head[8:]))
	if size >= 1<<31 || count >= 1<<31 {
		return broken(at, "7")
	}
	switch kind {
	case 3, 4, 13, 14, 16, 20, 21, 22:
	default:
		return c.skip(size * count)
	}
	if size*count > maxExtension {
		return broken(at, fmt.Sprintf("7.%d", kind))
	}
	b, err := c.take(size * count)
	if err != nil {
		return err
	}
	switch {
	case kind == 3 && len(b) >= 32:
		d.codePage = int64(int32(c.order.Uint32(b[28:])))
	case kind == 4 && len(b) >= 8:
		d.missing = math.Float64frombits(c.order.Uint64(b))
	case kind == 13:
		d.longNames = b
	case kind == 14:
		d.veryLong = b
	case kind == 16 && len(b) >= 16:
		if n := int64(c.order.Uint64(b[8:])); n >= 0 {
			d.rows = n
		}
	case kind == 20:
		d.encoding = string(bytes.TrimRight(b, " \x00"))
	case kind == 21:
		d.longText = append(d.longText, b)
	case kind == 22:
		d.longGone = append(d.longGone, b)
	}
	return nil
}

// finish applies the records that speak of variables by name.
func (d *dictionary) finish() error {
	if last := len(d.variables) - 1; last < 0 {
		return problem.New("spss-no-columns")
	} else if v := d.variables[last]; v.slot+slots(v.width) != len(d.slots) {
		return broken(headerSize, "2")
	}
	if err := d.joinVeryLong(); err != nil {
		return err
	}
	names := d.byName(func(v *variable) []byte { return v.short })
	for entry := range bytes.SplitSeq(d.longNames, []byte{'\t'}) {
		short, long, ok := bytes.Cut(entry, []byte{'='})
		if v := names[string(bytes.ToUpper(short))]; ok && v != nil && len(long) > 0 {
			v.name = bytes.TrimRight(long, "\x00")
		}
	}
	return nil
}

// byName lists the variables by a name in capitals.
func (d *dictionary) byName(name func(*variable) []byte) map[string]*variable {
	all := make(map[string]*variable, len(d.variables))
	for _, v := range d.variables {
		all[string(bytes.ToUpper(name(v)))] = v
	}
	return all
}

// joinVeryLong makes one variable of the segments in which a text of more than
// 255 bytes is stored: of 255 bytes each but the last, though each stands for
// 252 of the width.
func (d *dictionary) joinVeryLong() error {
	widths := map[string]int{}
	for entry := range bytes.SplitSeq(d.veryLong, []byte{'\t'}) {
		name, width, ok := bytes.Cut(bytes.TrimRight(entry, "\x00"), []byte{'='})
		if !ok {
			continue
		}
		n, err := strconv.Atoi(string(width))
		if err != nil || n < 256 || n > 32767 {
			return broken(headerSize, "7.14")
		}
		widths[string(bytes.ToUpper(name))] = n
	}
	if len(widths) == 0 {
		return nil
	}
	var joined []*variable
	for i := 0; i < len(d.variables); i++ {
		v := d.variables[i]
		joined = append(joined, v)
		width := widths[string(bytes.ToUpper(v.short))]
		if width == 0 {
			continue
		}
		segments := (width + 251) / 252
		if i+segments > len(d.variables) {
			return broken(headerSize, "7.14")
		}
		v.parts, v.width = nil, width
		for j, s := range d.variables[i : i+segments] {
			want := 255
			if j == segments-1 {
				want = width - 252*j
			}
			stored := s.width
			if j == 0 {
				stored = 255 // its own was replaced above
			}
			if stored < want || stored > 255 {
				return broken(headerSize, "7.14")
			}
			v.parts = append(v.parts, part{8 * s.slot, stored})
		}
		i += segments - 1
	}
	d.variables = joined
	return nil
}

// longValues gives texts of more than 8 bytes their labels and missing values.
func (d *dictionary) longValues(order binary.ByteOrder) error {
	names := d.byName(func(v *variable) []byte { return v.name })
	for _, b := range d.longText {
		p := &pieces{b: b, order: order}
		for len(p.b) > 0 && !p.bad {
			v := names[string(bytes.ToUpper(p.counted()))]
			p.number() // width
			var all []label
			for n := p.number(); n > 0 && !p.bad; n-- {
				all = append(all, label{p.counted(), p.counted()})
			}
			if v != nil && v.width > 0 {
				v.labels = slices.Concat(v.labels, all) // those of record 3 are shared
			}
		}
		if p.bad {
			return broken(headerSize, "7.21")
		}
	}
	for _, b := range d.longGone {
		// SPSS writes the length of values once a variable, PSPP before each.
		if !missingTexts(&pieces{b: b, order: order}, names, true) && !missingTexts(&pieces{b: b, order: order}, names, false) {
			return broken(headerSize, "7.22")
		}
	}
	return nil
}

// missingTexts reads a record of subtype 22. It is false, and changes nothing,
// when the record is not of this form.
func missingTexts(p *pieces, names map[string]*variable, once bool) bool {
	all := map[*variable][][]byte{}
	for len(p.b) > 0 && !p.bad {
		v := names[string(bytes.ToUpper(p.counted()))]
		n := p.bytes(1)
		if p.bad {
			return false
		}
		width := int64(0)
		for i := range n[0] {
			if i == 0 || !once {
				width = p.number()
			}
			value := p.bytes(width)
			if v != nil && v.width > 0 {
				all[v] = append(all[v], value)
			}
		}
	}
	if p.bad {
		return false
	}
	for v, texts := range all {
		v.texts = append(v.texts, texts...)
	}
	return true
}

// pieces takes a record apart; bad once it ends too early.
type pieces struct {
	b     []byte
	order binary.ByteOrder
	bad   bool
}

func (p *pieces) bytes(n int64) []byte {
	if p.bad || n < 0 || n > int64(len(p.b)) {
		p.bad = true
		return nil
	}
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

func (p *pieces) number() int64 {
	b := p.bytes(4)
	if p.bad {
		return 0
	}
	return int64(int32(p.order.Uint32(b)))
}

func (p *pieces) counted() []byte { return p.bytes(p.number()) }
