package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// column is a leaf that is read.
type column struct {
	leaf
	name      string
	kind      source.Kind
	rounded   int64 // decimals with more digits than a number here has
	roundedAt int64
}

// mostScale is the most digits of a decimal after its point.
const mostScale = 38

// kind is what the values become; false for those that are no cells.
func (l *leaf) kind() (source.Kind, bool) {
	if l.logical == nothing {
		return source.Text, true
	}
	if l.logical == other {
		return 0, false
	}
	if l.logical == decimals {
		switch {
		case l.scale < 0 || l.scale > mostScale:
			return 0, false
		case l.scale == 0:
			return source.Whole, true
		}
		return source.Real, true
	}
	switch l.physical {
	case booleans:
		return source.Truth, true
	case int32s, int64s:
		switch l.logical {
		case days:
			return source.Day, true
		case times:
			return source.Text, true
		case moments:
			return source.Moment, true
		}
		return source.Whole, true
	case int96s:
		return source.Moment, true
	case floats, doubles:
		return source.Real, true
	case byteArrays:
		return source.Text, true
	case fixedArrays:
		switch l.logical {
		case uuids:
			return source.Text, true
		case halves:
			return source.Real, true
		}
	}
	return 0, false
}

// word is the file's own word for a type.
func (l *leaf) word() string {
	unit := []string{"", "ms", "us", "ns"}
	switch l.logical {
	case texts:
		return "STRING"
	case decimals:
		return fmt.Sprintf("DECIMAL(%d,%d)", l.precision, l.scale)
	case days:
		return "DATE"
	case times:
		return "TIME(" + unit[l.unit] + ")"
	case moments:
		if l.instant {
			return "TIMESTAMP(" + unit[l.unit] + ",UTC)"
		}
		return "TIMESTAMP(" + unit[l.unit] + ")"
	case uuids:
		return "UUID"
	case halves:
		return "FLOAT16"
	case nothing:
		return "NULL"
	}
	if l.unsigned {
		return []string{"", "UINT32", "UINT64"}[l.physical]
	}
	return []string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}[l.physical]
}

// add adds a value to a batch.
func (c *column) add(b *source.Batch, i int, v *value, row int64) {
	bad := func(code string) { b.AddBad(i, c.kind, problem.New(code, "row", row, "column", c.name)) }
	switch {
	case c.logical == nothing:
		b.AddMissing(i, c.kind, source.Plain)
	case c.logical == decimals:
		c.decimal(b, i, v, row)
	case c.kind == source.Truth:
		b.AddWhole(i, int64(v.bits&1))
	case c.kind == source.Whole:
		x := int64(v.bits)
		if c.unsigned && c.physical == int32s {
			x = int64(uint32(v.bits))
		}
		if c.unsigned && x < 0 {
			bad("parquet-number")
			return
		}
		b.AddWhole(i, x)
	case c.kind == source.Real:
		switch c.physical {
		case floats:
			b.AddReal(i, float64(math.Float32frombits(uint32(v.bits))))
		case doubles:
			b.AddReal(i, math.Float64frombits(v.bits))
		default:
			b.AddReal(i, half(binary.LittleEndian.Uint16(v.raw())))
		}
	case c.kind == source.Day:
		if x := int64(v.bits); x < source.FirstDay || x > source.LastDay {
			bad("parquet-date")
		} else {
			b.AddWhole(i, x)
		}
	case c.kind == source.Moment:
		if x, ok := c.moment(v); ok {
			b.AddWhole(i, x)
		} else {
			bad("parquet-date")
		}
	case c.logical == times:
		if s, ok := c.clock(int64(v.bits)); ok {
			b.AddText(i, s)
		} else {
			bad("parquet-date")
		}
	case c.logical == uuids:
		s := hex.EncodeToString(v.raw())
		b.AddText(i, s[:8]+"-"+s[8:12]+"-"+s[12:16]+"-"+s[16:20]+"-"+s[20:])
	default:
		c.words(b, i, v, row)
	}
}

// raw is the bytes, wherever they come from.
func (v *value) raw() []byte {
	if v.bytes == nil {
		return []byte(v.text)
	}
	return v.bytes
}

func (c *column) words(b *source.Batch, i int, v *value, row int64) {
	s := v.text
	if v.bytes != nil {
		s = string(v.bytes)
	}
	switch {
	case len(s) > source.MaxText:
		b.AddBad(i, source.Text, problem.New("grid-text-long", "row", row, "column", c.name, "most", source.MaxText>>20))
	case !utf8.ValidString(s):
		b.AddBad(i, source.Text, problem.New("parquet-letters", "row", row, "column", c.name))
	default:
		b.AddText(i, s)
	}
}

// exact is the largest number up to which a Real has every whole one.
const exact = 1 << 53

func (c *column) decimal(b *source.Batch, i int, v *value, row int64) {
	var x int64
	small := true
	var large *big.Int
	if c.physical == int32s || c.physical == int64s {
		x = int64(v.bits)
	} else {
		raw := v.raw()
		if len(raw) > 64 {
			b.AddBad(i, c.kind, problem.New("parquet-number", "row", row, "column", c.name))
			return
		}
		large = new(big.Int).SetBytes(raw)
		if len(raw) > 0 && raw[0]&0x80 != 0 {
			large.Sub(large, new(big.Int).Lsh(big.NewInt(1), uint(len(raw)*8)))
		}
		if small = large.IsInt64(); small {
			x = large.Int64()
		}
	}
	if c.kind == source.Whole {
		if !small {
			b.AddBad(i, c.kind, problem.New("parquet-number", "row", row, "column", c.name))
			return
		}
		b.AddWhole(i, x)
		return
	}
	if small && x <= exact && x >= -exact && c.scale <= 22 {
		b.AddReal(i, float64(x)/math.Pow10(int(c.scale))) // both exact, so the nearest
		return
	}
	digits := strconv.FormatInt(x, 10)
	if !small {
		digits = large.String()
	}
	y, err := strconv.ParseFloat(digits+"e-"+strconv.FormatInt(c.scale, 10), 64)
	if err != nil {
		b.AddBad(i, c.kind, problem.New("parquet-number", "row", row, "column", c.name))
		return
	}
	if len(strings.Trim(digits, "-0")) > 15 {
		if c.rounded++; c.rounded == 1 {
			c.roundedAt = row
		}
	}
	b.AddReal(i, y)
}

// jakarta is how far the clock of Jakarta is before UTC, in microseconds.
const jakarta = 7 * 3600 * 1_000_000

const aDay = 86400 * 1_000_000

// moment gives the microseconds since 1970 on the clock of who reads.
func (c *column) moment(v *value) (int64, bool) {
	var x int64
	if c.physical == int96s { // nanoseconds of a day, and the Julian number of that day
		raw := v.raw()
		nano := int64(binary.LittleEndian.Uint64(raw))
		day := int64(int32(binary.LittleEndian.Uint32(raw[8:]))) - 2440588
		if nano < 0 || nano > aDay*1000 || day < source.FirstDay || day > source.LastDay {
			return 0, false
		}
		return day*aDay + nano/1000, true
	}
	x = int64(v.bits)
	switch c.unit {
	case 1:
		if x > math.MaxInt64/1000 || x < math.MinInt64/1000 {
			return 0, false
		}
		x *= 1000
	case 3:
		x = floor(x, 1000)
	}
	if x < source.FirstDay*aDay || x >= (source.LastDay+1)*aDay-jakarta {
		return 0, false
	}
	if c.instant {
		x += jakarta
	}
	return x, true
}

func floor(x, by int64) int64 {
	if x < 0 {
		return (x+1)/by - 1
	}
	return x / by
}

// clock writes a time of the day.
func (c *column) clock(x int64) (string, bool) {
	micro := x
	switch c.unit {
	case 1:
		if x > aDay {
			return "", false
		}
		micro = x * 1000
	case 3:
		micro = x / 1000
	}
	if micro < 0 || micro > aDay {
		return "", false
	}
	s := fmt.Sprintf("%02d:%02d:%02d", micro/3600e6, micro/60e6%60, micro/1e6%60)
	if part := micro % 1e6; part > 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", part), "0")
	}
	return s, true
}

// half is a number of 16 bits.
func half(h uint16) float64 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		return math.NaN() // infinities are missing too
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
