package moments

import (
	"cmp"
	"fmt"
	"math/big"
	"strconv"
)

// Value is a key: missing, a whole number, a real number or a name. Values are
// comparable with == and can be keys of maps.
type Value struct {
	kind valueKind
	i    int64
	f    float64
	s    string
}

type valueKind uint8

const (
	missingValue valueKind = iota
	wholeValue
	realValue
	nameValue
)

// Missing is the missing key.
var Missing = Value{}

// WholeKey makes the key of a whole number.
func WholeKey(i int64) Value { return Value{kind: wholeValue, i: i} }

// RealKey makes the key of a real number.
func RealKey(f float64) Value { return Value{kind: realValue, f: f} }

// NameKey makes the key of a name.
func NameKey(s string) Value { return Value{kind: nameValue, s: s} }

// IsMissing tells whether the key is missing.
func (v Value) IsMissing() bool { return v.kind == missingValue }

// Whole gives a whole key, and whether it is one.
func (v Value) Whole() (int64, bool) { return v.i, v.kind == wholeValue }

// Name gives a name, and whether it is one.
func (v Value) Name() (string, bool) { return v.s, v.kind == nameValue }

// Float gives a number, whole or real, and whether it is one.
func (v Value) Float() (float64, bool) {
	switch v.kind {
	case wholeValue:
		return float64(v.i), true
	case realValue:
		return v.f, true
	default:
		return 0, false
	}
}

// String prints the key; missing is the empty string.
func (v Value) String() string {
	switch v.kind {
	case wholeValue:
		return strconv.FormatInt(v.i, 10)
	case realValue:
		return strconv.FormatFloat(v.f, 'g', -1, 64)
	case nameValue:
		return v.s
	default:
		return ""
	}
}

// Compare orders keys: missing first, then whole numbers, reals, names by
// bytes.
func (v Value) Compare(w Value) int {
	return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.i, w.i), cmp.Compare(v.f, w.f), cmp.Compare(v.s, w.s))
}

// Quantity is a cell of a statistic: missing, an exact whole number, or a real
// one. The zero Quantity is missing. Quantities are not modified once made.
type Quantity struct {
	whole *big.Int
	real  float64
	known bool
}

// WholeQuantity makes an exact quantity. It keeps i: do not change it after.
func WholeQuantity(i *big.Int) Quantity { return Quantity{whole: i, known: true} }

// RealQuantity makes a real quantity.
func RealQuantity(f float64) Quantity { return Quantity{real: f, known: true} }

// IsMissing tells whether there was nothing to gather.
func (q Quantity) IsMissing() bool { return !q.known }

// IsWhole tells whether the quantity is exact.
func (q Quantity) IsWhole() bool { return q.whole != nil }

// Int gives the exact value; nil for a real or missing quantity. Do not change
// the value returned.
func (q Quantity) Int() *big.Int { return q.whole }

// Float gives the value as a float64, the nearest one when exact; 0 when
// missing (a sum over nothing).
func (q Quantity) Float() float64 {
	if q.whole != nil {
		f, _ := new(big.Float).SetInt(q.whole).Float64()
		return f
	}
	return q.real
}

// Count gives a count as an int64; 0 when missing.
func (q Quantity) Count() int64 {
	if q.whole != nil {
		return q.whole.Int64()
	}
	return int64(q.real)
}

// Equal tells whether two quantities are the same bits.
func (q Quantity) Equal(p Quantity) bool {
	if q.known != p.known || (q.whole == nil) != (p.whole == nil) {
		return false
	}
	if q.whole != nil {
		return q.whole.Cmp(p.whole) == 0
	}
	return q.real == p.real
}

// String prints the quantity.
func (q Quantity) String() string {
	switch {
	case !q.known:
		return "missing"
	case q.whole != nil:
		return q.whole.String()
	default:
		return strconv.FormatFloat(q.real, 'g', -1, 64)
	}
}

// add is the merge of sums and counts: missing adds nothing.
func (q Quantity) add(p Quantity) Quantity {
	switch {
	case !q.known:
		return p
	case !p.known:
		return q
	case q.whole != nil && p.whole != nil:
		return WholeQuantity(new(big.Int).Add(q.whole, p.whole))
	default:
		return RealQuantity(q.Float() + p.Float())
	}
}

// pick is the merge of Min (sign -1) and Max (sign 1).
func (q Quantity) pick(p Quantity, sign int) Quantity {
	switch {
	case !q.known:
		return p
	case !p.known:
		return q
	}
	var order int
	if q.whole != nil && p.whole != nil {
		order = q.whole.Cmp(p.whole)
	} else {
		order = cmp.Compare(q.Float(), p.Float())
	}
	if order*sign >= 0 {
		return q
	}
	return p
}

// merge gathers two quantities of one aggregate.
func (op AggOp) merge(q, p Quantity) Quantity {
	switch op {
	case Sum, Count:
		return q.add(p)
	case Min:
		return q.pick(p, -1)
	case Max:
		return q.pick(p, 1)
	default:
		panic(fmt.Sprintf("moments: unknown aggregate %q", op))
	}
}
