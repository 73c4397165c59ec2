package parquet

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dampak/dampak/internal/intake/grid"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// physical is how values are stored.
type physical int64

const (
	booleans physical = iota
	int32s
	int64s
	int96s
	floats
	doubles
	byteArrays
	fixedArrays
)

// logical is what values stand for.
type logical uint8

const (
	plain logical = iota
	texts
	numbers // integers, with or without sign
	decimals
	days
	times
	moments
	uuids
	halves // numbers of 16 bits with a point
	nothing
	other // no value of a cell
)

// element is a node of the schema.
type element struct {
	name      string
	physical  physical
	leaf      bool
	length    int64 // of fixedArrays
	repeats   int64 // 0 required, 1 optional, 2 repeated
	children  int64
	converted int64 // -1: none
	logical   logical
	scale     int64
	precision int64
	unit      int64 // of times and moments: 1 ms, 2 µs, 3 ns
	instant   bool  // adjusted to UTC
	unsigned  bool
}

// chunk is the part of a column in one row group.
type chunk struct {
	codec      int64
	values     int64
	compressed int64
	data       int64 // offset of the first page of data
	dictionary int64 // 0: none, or with the data
	meta       bool
	apart      bool // it is in another file
	locked     bool
}

type group struct {
	chunks []chunk
	rows   int64
}

type footer struct {
	schema []element
	rows   int64
	groups []group
	maker  string
	geo    []string // columns of geometry
	locked bool
}

const (
	magic      = "PAR1"
	lockedMark = "PARE"
	// mostFooter is the most bytes of the footer; one of 10,000 columns and 100 row
	// groups has 60 MB.
	mostFooter = 64 << 20
)

// readFooter reads what stands at the end of a file. Errors are problems.
func readFooter(f source.File) (*footer, error) {
	size := f.Size()
	ends := make([]byte, 12)
	head := ends[:4]
	if _, err := source.ReadAt(f, head, 0); err != nil {
		return nil, err
	}
	if string(head) == lockedMark {
		return nil, problem.New("parquet-encrypted")
	}
	if size < 12 || string(head) != magic {
		if size < 12 && string(head) == magic {
			return nil, problem.New("parquet-cut", "size", size)
		}
		return nil, problem.New("parquet-magic", "found", fmt.Sprintf("% x", head[:min(4, size)]))
	}
	tail := ends[4:]
	if _, err := source.ReadAt(f, tail, size-8); err != nil {
		return nil, err
	}
	switch string(tail[4:]) {
	case lockedMark:
		return nil, problem.New("parquet-encrypted")
	case magic:
	default:
		return nil, problem.New("parquet-cut", "size", size)
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	if length > size-12 {
		return nil, problem.New("parquet-cut", "size", size)
	}
	if length > mostFooter {
		return nil, problem.New("parquet-footer-long", "found", length>>20, "most", mostFooter>>20)
	}
	b := make([]byte, length)
	if n, err := source.ReadAt(f, b, size-8-length); err != nil || n < len(b) {
		return nil, problem.New("source-unreadable").Because(err)
	}
	t := &thrift{b: b}
	m := &footer{}
	m.read(t)
	if t.err != nil {
		return nil, problem.New("parquet-damaged", "at", size-8-length+int64(t.at)).Because(t.err)
	}
	if m.locked {
		return nil, problem.New("parquet-encrypted")
	}
	return m, nil
}

func (m *footer) read(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 2:
			t.each(kind, func() {
				e := element{converted: -1}
				e.read(t)
				m.schema = append(m.schema, e)
			})
		case 3:
			m.rows = t.number()
		case 4:
			t.each(kind, func() {
				g := group{}
				g.read(t)
				m.groups = append(m.groups, g)
			})
		case 5:
			t.each(kind, func() { m.pair(t) })
		case 6:
			m.maker = string(t.bytes())
		case 8:
			m.locked = true
			t.skip(kind, 0)
		default:
			t.skip(kind, 0)
		}
	})
}

// pair reads one of the words that programs leave in a file: of GeoParquet the
// columns of geometry, which are bytes that no program shows.
func (m *footer) pair(t *thrift) {
	var key string
	var value []byte
	t.fields(func(id int16, kind byte) {
		switch id {
		case 1:
			key = string(t.bytes())
		case 2:
			value = t.bytes()
		default:
			t.skip(kind, 0)
		}
	})
	if key != "geo" {
		return
	}
	var geo struct {
		Columns map[string]json.RawMessage `json:"columns"`
	}
	if json.Unmarshal(value, &geo) == nil {
		for name := range geo.Columns {
			m.geo = append(m.geo, name)
		}
	}
}

func (e *element) read(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 1:
			e.physical, e.leaf = physical(t.number()), true
		case 2:
			e.length = t.number()
		case 3:
			e.repeats = t.number()
		case 4:
			e.name = string(t.bytes())
		case 5:
			e.children = t.number()
		case 6:
			e.converted = t.number()
		case 7:
			e.scale = t.number()
		case 8:
			e.precision = t.number()
		case 10:
			e.meaning(t)
		default:
			t.skip(kind, 0)
		}
	})
	if e.logical == plain && e.converted >= 0 {
		e.old()
	}
	if e.leaf && !e.fits() {
		e.logical, e.unsigned, e.instant = plain, false, false
	}
}

// fits tells that the values can stand for what they are said to.
func (e *element) fits() bool {
	switch e.logical {
	case numbers:
		return e.physical == int32s || e.physical == int64s
	case decimals:
		return e.physical == int32s || e.physical == int64s || e.physical == byteArrays || e.physical == fixedArrays
	case days:
		return e.physical == int32s
	case times:
		return e.physical == int32s && e.unit == 1 || e.physical == int64s && (e.unit == 2 || e.unit == 3)
	case moments:
		return e.physical == int64s && e.unit >= 1 && e.unit <= 3
	case texts:
		return e.physical == byteArrays
	case uuids:
		return e.physical == fixedArrays && e.length == 16
	case halves:
		return e.physical == fixedArrays && e.length == 2
	}
	return true
}

// meaning reads the union of logical types.
func (e *element) meaning(t *thrift) {
	t.fields(func(id int16, _ byte) {
		switch id {
		case 1, 4, 12:
			e.logical = texts
		case 5:
			e.logical = decimals
		case 6:
			e.logical = days
		case 7:
			e.logical = times
		case 8:
			e.logical = moments
		case 10:
			e.logical = numbers
		case 11:
			e.logical = nothing
		case 14:
			e.logical = uuids
		case 15:
			e.logical = halves
		case 2, 3: // map and list: their repetition says it
		default:
			e.logical = other
		}
		t.fields(func(id int16, kind byte) {
			switch {
			case e.logical == decimals && id == 1:
				e.scale = t.number()
			case e.logical == decimals && id == 2:
				e.precision = t.number()
			case (e.logical == times || e.logical == moments) && id == 1:
				e.instant = kind == thriftTrue
			case (e.logical == times || e.logical == moments) && id == 2:
				t.fields(func(id int16, kind byte) {
					e.unit = int64(id)
					t.skip(kind, 0)
				})
			case e.logical == numbers && id == 2:
				e.unsigned = kind == thriftFalse
			default:
				t.skip(kind, 0)
			}
		})
	})
}

// old reads the types of older files.
func (e *element) old() {
	switch e.converted {
	case 0, 4, 19: // UTF8, ENUM, JSON
		e.logical = texts
	case 5:
		e.logical = decimals
	case 6:
		e.logical = days
	case 7, 8:
		e.logical, e.unit = times, e.converted-6
	case 9, 10:
		e.logical, e.unit, e.instant = moments, e.converted-8, true
	case 11, 12, 13, 14:
		e.logical, e.unsigned = numbers, true
	case 15, 16, 17, 18:
		e.logical = numbers
	case 20, 21: // BSON, INTERVAL
		e.logical = other
	}
}

func (g *group) read(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 1:
			t.each(kind, func() {
				c := chunk{}
				c.read(t)
				g.chunks = append(g.chunks, c)
			})
		case 3:
			g.rows = t.number()
		default:
			t.skip(kind, 0)
		}
	})
}

func (c *chunk) read(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 1:
			c.apart = len(t.bytes()) > 0
		case 3:
			c.meta = true
			c.about(t)
		case 8:
			c.locked = true
			t.skip(kind, 0)
		default:
			t.skip(kind, 0)
		}
	})
}

func (c *chunk) about(t *thrift) {
	t.fields(func(id int16, kind byte) {
		switch id {
		case 4:
			c.codec = t.number()
		case 5:
			c.values = t.number()
		case 7:
			c.compressed = t.number()
		case 9:
			c.data = t.number()
		case 11:
			c.dictionary = t.number()
		default:
			t.skip(kind, 0)
		}
	})
}

// start is where the pages of the chunk begin.
func (c *chunk) start() int64 {
	if c.dictionary > 0 && c.dictionary < c.data {
		return c.dictionary
	}
	return c.data
}

// leaf is a column of the file.
type leaf struct {
	element
	path    string
	index   int  // among the leaves
	defined int  // level of a value that is there; 0: always there
	listed  bool // it lies in a list
}

// leaves walks the schema. Refusals: a schema that contradicts itself, too many
// columns.
func (m *footer) leaves() ([]leaf, error) {
	var all []leaf
	damaged := problem.New("parquet-schema")
	at := 0
	var walk func(path []string, defined int, listed bool, depth int) error
	walk = func(path []string, defined int, listed bool, depth int) error {
		if at >= len(m.schema) || depth > mostNested {
			return damaged
		}
		e := m.schema[at]
		at++
		root := depth == 0
		if !root {
			path = append(path[:len(path):len(path)], e.name)
			switch e.repeats {
			case 0:
			case 1:
				defined++
			case 2:
				defined, listed = defined+1, true
			default:
				return damaged
			}
		}
		if e.leaf {
			if root || e.children > 0 || e.physical < booleans || e.physical > fixedArrays || e.physical == fixedArrays && (e.length <= 0 || e.length > source.MaxText) {
				return damaged
			}
			all = append(all, leaf{element: e, path: strings.Join(path, "."), index: len(all), defined: defined, listed: listed})
			if len(all) > grid.MaxColumns {
				return problem.New("grid-columns", "found", len(all), "most", grid.MaxColumns)
			}
			return nil
		}
		for i := int64(0); i < e.children; i++ {
			if err := walk(path, defined, listed, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(nil, 0, false, 0); err != nil {
		return nil, err
	}
	if at != len(m.schema) || len(all) == 0 {
		return nil, damaged
	}
	return all, nil
}

// sound holds the row groups against the schema and the file.
func (m *footer) sound(columns int, size int64) error {
	rows := int64(0)
	for i := range m.groups {
		g := &m.groups[i]
		if len(g.chunks) != columns || g.rows < 0 {
			return problem.New("parquet-schema")
		}
		if rows += g.rows; rows < 0 {
			return problem.New("parquet-schema")
		}
		for j := range g.chunks {
			c := &g.chunks[j]
			switch {
			case c.locked:
				return problem.New("parquet-encrypted")
			case c.apart:
				return problem.New("parquet-apart")
			case !c.meta || c.compressed < 0 || c.start() < 0 || c.compressed > size || c.start() > size-c.compressed:
				return problem.New("parquet-damaged", "at", max(0, c.start()))
			}
		}
	}
	if rows != m.rows {
		return problem.New("parquet-rows", "declared", m.rows, "found", rows)
	}
	return nil
}
