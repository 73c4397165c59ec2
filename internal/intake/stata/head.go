package stata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// layout is what differs between releases.
type layout struct {
	name, format, label int // bytes of a name, of a display format and of a label
	columns, rows       int // bytes of their counts
	titleLength, order  int // bytes of the length of the title, of an entry of the sort list
	longColumn          int // bytes of the column in the key of a long text
}

var layouts = map[string]layout{
	"117": {name: 33, format: 49, label: 81, columns: 2, rows: 4, titleLength: 1, order: 2, longColumn: 4},
	"118": {name: 129, format: 57, label: 321, columns: 2, rows: 8, titleLength: 2, order: 2, longColumn: 2},
	"119": {name: 129, format: 57, label: 321, columns: 4, rows: 8, titleLength: 2, order: 4, longColumn: 3},
}

// cursor goes through a file from tag to tag.
type cursor struct {
	file  source.File
	at    int64
	order binary.ByteOrder
}

// need fails when the file ends before n more bytes.
func (c *cursor) need(n int64) error {
	if n < 0 || n > c.file.Size()-c.at {
		return problem.New("stata-cut", "size", c.file.Size(), "at", c.at)
	}
	return nil
}

// take reads n bytes.
func (c *cursor) take(n int) ([]byte, error) {
	if err := c.need(int64(n)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := source.ReadAt(c.file, b, c.at); err != nil {
		return nil, err
	}
	c.at += int64(n)
	return b, nil
}

// tag reads a tag that must stand here.
func (c *cursor) tag(name string) error {
	at := c.at
	b, err := c.take(len(name))
	if err != nil {
		return err
	}
	if string(b) != name {
		return problem.New("stata-tag", "at", at, "expected", name, "found", shown(b))
	}
	return nil
}

// is tells whether a tag stands here, and goes past it when it does.
func (c *cursor) is(name string) (bool, error) {
	b, err := c.take(len(name))
	if err != nil {
		return false, err
	}
	if string(b) == name {
		return true, nil
	}
	c.at -= int64(len(name))
	return false, nil
}

// shown is bytes for a message.
func shown(b []byte) string { return strings.Trim(fmt.Sprintf("%q", b), `"`) }

// number reads an unsigned number of n bytes; false when it is beyond int64.
func number(b []byte, o binary.ByteOrder) (int64, bool) {
	var wide [8]byte
	if o == binary.LittleEndian {
		copy(wide[:], b)
		n := binary.LittleEndian.Uint64(wide[:])
		return int64(n), n < 1<<63
	}
	copy(wide[8-len(b):], b)
	n := binary.BigEndian.Uint64(wide[:])
	return int64(n), n < 1<<63
}

// between reads <name>, n bytes, </name>.
func (c *cursor) between(name string, n int) ([]byte, error) {
	if err := c.tag("<" + name + ">"); err != nil {
		return nil, err
	}
	b, err := c.take(n)
	if err != nil {
		return nil, err
	}
	return b, c.tag("</" + name + ">")
}

// header reads up to the map and gives the counts.
func (r *Reader) header(c *cursor) (columns, rows int64, err error) {
	const magic = "<stata_dta>"
	b := make([]byte, len(magic))
	n, err := source.ReadAt(c.file, b, 0)
	if err != nil {
		return 0, 0, err
	}
	if string(b[:n]) != magic {
		if n > 3 && b[0] >= 102 && b[0] <= 115 && (b[1] == 1 || b[1] == 2) && b[2] == 1 && b[3] == 0 {
			return 0, 0, problem.New("stata-version", "found", fmt.Sprint(b[0]))
		}
		return 0, 0, problem.New("stata-magic", "found", shown(b[:n]))
	}
	c.at = int64(n)
	if err := c.tag("<header>"); err != nil {
		return 0, 0, err
	}
	release, err := c.between("release", 3)
	if err != nil {
		return 0, 0, err
	}
	var known bool
	if r.layout, known = layouts[string(release)]; !known {
		return 0, 0, problem.New("stata-version", "found", shown(release))
	}
	order, err := c.between("byteorder", 3)
	if err != nil {
		return 0, 0, err
	}
	switch string(order) {
	case "LSF":
		c.order = binary.LittleEndian
	case "MSF":
		c.order = binary.BigEndian
	default:
		return 0, 0, problem.New("stata-tag", "at", c.at, "expected", "LSF, MSF", "found", shown(order))
	}
	if columns, err = c.count("K", r.layout.columns); err != nil {
		return 0, 0, err
	}
	if rows, err = c.count("N", r.layout.rows); err != nil {
		return 0, 0, err
	}
	title, err := c.counted("label", r.layout.titleLength)
	if err != nil {
		return 0, 0, err
	}
	r.table.Label = r.text(title)
	if _, err := c.counted("timestamp", 1); err != nil {
		return 0, 0, err
	}
	return columns, rows, c.tag("</header>")
}

// count reads a number in tags.
func (c *cursor) count(name string, width int) (int64, error) {
	at := c.at
	b, err := c.between(name, width)
	if err != nil {
		return 0, err
	}
	n, ok := number(b, c.order)
	if !ok {
		return 0, problem.New("stata-count", "at", at, "found", fmt.Sprintf("% X", b))
	}
	return n, nil
}

// counted reads a text with its length before it, in tags.
func (c *cursor) counted(name string, width int) ([]byte, error) {
	if err := c.tag("<" + name + ">"); err != nil {
		return nil, err
	}
	b, err := c.take(width)
	if err != nil {
		return nil, err
	}
	n, _ := number(b, c.order) // two bytes at most
	text, err := c.take(int(n))
	if err != nil {
		return nil, err
	}
	return text, c.tag("</" + name + ">")
}

// describe reads names, types, formats and labels of the columns. It gives the
// name of each column's table of value labels.
func (r *Reader) describe(c *cursor, columns int64) ([]string, error) {
	l := r.layout
	if columns == 0 {
		return nil, problem.New("stata-no-columns")
	}
	// A count that the file cannot hold must not be allocated.
	if err := c.need(columns * int64(2+l.name+l.order+l.format+l.name+l.label)); err != nil || columns > 1<<24 {
		return nil, problem.New("stata-cut", "size", c.file.Size(), "at", c.at)
	}
	k := int(columns)
	types, err := c.between("variable_types", 2*k)
	if err != nil {
		return nil, err
	}
	names, err := c.between("varnames", l.name*k)
	if err != nil {
		return nil, err
	}
	if _, err := c.between("sortlist", l.order*(k+1)); err != nil {
		return nil, err
	}
	formats, err := c.between("formats", l.format*k)
	if err != nil {
		return nil, err
	}
	tables, err := c.between("value_label_names", l.name*k)
	if err != nil {
		return nil, err
	}
	labels, err := c.between("variable_labels", l.label*k)
	if err != nil {
		return nil, err
	}
	part := func(b []byte, width, i int) string { return r.text(b[width*i : width*(i+1)]) }
	seen := make(map[string]int, k)
	labelled := make([]string, k)
	for i := range k {
		f := field{kind: c.order.Uint16(types[2*i:]), start: r.width}
		column := source.Column{Name: part(names, l.name, i), Label: part(labels, l.label, i), Format: part(formats, l.format, i), Decimals: -1}
		if column.Name == "" {
			return nil, problem.New("column-without-name", "number", i+1)
		}
		if first, twice := seen[column.Name]; twice {
			return nil, problem.New("column-twice", "column", column.Name, "first", first, "second", i+1)
		}
		seen[column.Name] = i + 1
		if f.width = f.bytes(); f.width == 0 {
			return nil, problem.New("stata-type", "column", column.Name, "found", int(f.kind))
		}
		f.show(&column)
		r.width += f.width
		labelled[i] = part(tables, l.name, i)
		r.fields, r.table.Columns = append(r.fields, f), append(r.table.Columns, column)
	}
	return labelled, nil
}

// The types of columns; up to maxText a text of so many bytes.
const (
	maxText  = 2045
	longText = 32768
	float64s = 65526
	float32s = 65527
	int32s   = 65528
	int16s   = 65529
	int8s    = 65530
)

// bytes is the width of a type, 0 for one that there is not.
func (f *field) bytes() int {
	switch f.kind {
	case longText, float64s:
		return 8
	case float32s, int32s:
		return 4
	case int16s:
		return 2
	case int8s:
		return 1
	}
	if f.kind > maxText {
		return 0
	}
	return int(f.kind)
}

// show finds the kind of a column by its type and display format.
func (f *field) show(c *source.Column) {
	switch f.kind {
	case float64s, float32s:
		c.Kind = source.Real
	case int32s, int16s, int8s:
		c.Kind = source.Whole
	default:
		c.Kind = source.Text
		return
	}
	format := strings.TrimPrefix(strings.TrimPrefix(c.Format, "%"), "-")
	if strings.HasPrefix(format, "d") { // as Stata wrote %td long ago
		format = "t" + format
	}
	if len(format) > 1 && format[0] == 't' {
		f.unit = format[1]
		switch f.unit {
		case 'd', 'w', 'm', 'q', 'h':
			c.Kind = source.Day
			c.Span = map[byte]source.Span{'w': source.Week, 'm': source.Month, 'q': source.Quarter, 'h': source.HalfYear}[f.unit]
		case 'c', 'C':
			c.Kind = source.Moment
		default:
			f.unit = 0
		}
		return
	}
	if c.Kind == source.Real {
		if _, after, ok := strings.Cut(strings.TrimRight(format, "c"), "."); ok && strings.HasSuffix(after, "f") {
			if n := strings.TrimSuffix(after, "f"); len(n) == 1 || len(n) == 2 {
				c.Decimals = 0
				for _, d := range n {
					if d < '0' || d > '9' {
						c.Decimals = -1
						return
					}
					c.Decimals = 10*c.Decimals + int(d-'0')
				}
			}
		}
	}
}

// skipCharacteristics goes past notes and whatever else programs keep.
func skipCharacteristics(c *cursor) error {
	if err := c.tag("<characteristics>"); err != nil {
		return err
	}
	for {
		if more, err := c.is("<ch>"); err != nil {
			return err
		} else if !more {
			return c.tag("</characteristics>")
		}
		b, err := c.take(4)
		if err != nil {
			return err
		}
		n := int64(c.order.Uint32(b))
		if err := c.need(n); err != nil {
			return err
		}
		c.at += n
		if err := c.tag("</ch>"); err != nil {
			return err
		}
	}
}

// maxLabels is the most bytes of a file's value labels.
const maxLabels = 64 << 20

// valueLabels reads the tables of labels that columns name.
func (r *Reader) valueLabels(c *cursor, wanted []string) error {
	if err := c.tag("<value_labels>"); err != nil {
		return err
	}
	tables := map[string][]source.Label{} // columns share them
	for _, name := range wanted {
		tables[name] = nil
	}
	total := 0
	for {
		if more, err := c.is("<lbl>"); err != nil {
			return err
		} else if !more {
			break
		}
		at := c.at
		head, err := c.take(4 + r.layout.name + 3)
		if err != nil {
			return err
		}
		name, size := r.text(head[4:4+r.layout.name]), int64(c.order.Uint32(head))
		if err := c.need(size); err != nil {
			return err
		}
		if total += int(size); total > maxLabels {
			return problem.New("stata-labels", "at", at, "table", name)
		}
		body, err := c.take(int(size))
		if err != nil {
			return err
		}
		if _, used := tables[name]; used {
			labels, ok := r.labels(body, c.order)
			if !ok {
				return problem.New("stata-labels", "at", at, "table", name)
			}
			tables[name] = labels
		}
		if err := c.tag("</lbl>"); err != nil {
			return err
		}
	}
	for i, name := range wanted {
		if r.table.Columns[i].Kind != source.Text {
			r.table.Columns[i].Labels = tables[name]
		}
	}
	return c.tag("</value_labels>")
}

// labels reads one table: how many, bytes of text, offsets, values, texts.
func (r *Reader) labels(b []byte, o binary.ByteOrder) ([]source.Label, bool) {
	if len(b) < 8 {
		return nil, false
	}
	n, size := int64(o.Uint32(b)), int64(o.Uint32(b[4:]))
	if 8+8*n+size != int64(len(b)) {
		return nil, false
	}
	offsets, values, texts := b[8:8+4*n], b[8+4*n:8+8*n], b[8+8*n:]
	all := make([]source.Label, n)
	for i := range all {
		at := int64(o.Uint32(offsets[4*i:]))
		if at >= size {
			return nil, false
		}
		v := int32(o.Uint32(values[4*i:]))
		value := fmt.Sprint(v)
		if v > maxInt32 {
			value = mark(int(v) - maxInt32)
		}
		all[i] = source.Label{Value: value, Text: r.text(texts[at:])}
	}
	return all, true
}

// text decodes bytes up to a zero byte.
func (r *Reader) text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return r.decoder.Text(b)
}
