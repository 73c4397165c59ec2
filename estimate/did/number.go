package did

import (
	"math/big"

	"github.com/dampak/dampak/moments"
)

// Sums of whole outcomes are exact, and stay so until the last division: the
// same bits on every engine and sharding, and nothing lost where large numbers
// cancel. Real sums take the same formulas in float64.

// signed is the sum of quantities with signs; exact where all are. Missing
// quantities count as 0.
func signed(terms []term, of func(feature int) moments.Quantity) moments.Quantity {
	exact, rounded, whole := new(big.Int), 0.0, true
	for _, t := range terms {
		q := of(t.feature)
		switch {
		case q.IsMissing():
			continue
		case q.IsWhole() && t.sign > 0:
			exact.Add(exact, q.Int())
		case q.IsWhole():
			exact.Sub(exact, q.Int())
		default:
			whole = false
		}
		rounded += float64(t.sign) * q.Float()
	}
	if whole {
		return moments.WholeQuantity(exact)
	}
	return moments.RealQuantity(rounded)
}

// plus adds two quantities; a missing one counts as 0.
func plus(a, b moments.Quantity) moments.Quantity {
	if a.IsMissing() {
		return b
	}
	if b.IsMissing() {
		return a
	}
	if a.IsWhole() && b.IsWhole() {
		return moments.WholeQuantity(new(big.Int).Add(a.Int(), b.Int()))
	}
	return moments.RealQuantity(a.Float() + b.Float())
}

// mean is a weighted mean: a sum over its weight.
type mean struct{ sum, weight moments.Quantity }

func (m mean) defined() bool { return m.weight.Float() > 0 }

func (m mean) float() float64 {
	if m.sum.IsWhole() && m.weight.IsWhole() {
		return quotient(m.sum.Int(), m.weight.Int())
	}
	return m.sum.Float() / m.weight.Float()
}

// less is the difference of two means, rounded once where they are exact.
func (m mean) less(k mean) float64 {
	if !m.sum.IsWhole() || !m.weight.IsWhole() || !k.sum.IsWhole() || !k.weight.IsWhole() {
		return m.float() - k.float()
	}
	left := new(big.Int).Mul(m.sum.Int(), k.weight.Int())
	right := new(big.Int).Mul(k.sum.Int(), m.weight.Int())
	return quotient(left.Sub(left, right), right.Mul(m.weight.Int(), k.weight.Int()))
}

// quotient is a / b rounded from 128 bits.
func quotient(a, b *big.Int) float64 {
	x := new(big.Float).SetPrec(128).SetInt(a)
	y := new(big.Float).SetPrec(128).SetInt(b)
	f, _ := x.Quo(x, y).Float64()
	return f
}

// centre is the mean by which a feature is centred; none for a constant.
type centre struct {
	mean  mean
	shift bool
}

// centred is the sum of products of two features, each less its centre times
// its weight, from the raw sums of products: of the features (qab), of one with
// the other's weight (qpb, qaq) and of the weights (qpq). Exact sums are
// centred in whole numbers:
//
//	Qab - (Sa/Wa) Qpb - (Sb/Wb) Qaq + (Sa/Wa) (Sb/Wb) Qpq
func centred(a, b centre, qab, qpb, qaq, qpq moments.Quantity) float64 {
	if qab.IsMissing() {
		return 0
	}
	if !a.shift && !b.shift {
		return qab.Float()
	}
	exact := qab.IsWhole()
	for _, c := range []centre{a, b} {
		exact = exact && (!c.shift || (c.mean.sum.IsWhole() && c.mean.weight.IsWhole()))
	}
	if !exact {
		return centredReal(a, b, qab, qpb, qaq, qpq)
	}
	num, den, t := new(big.Int).Set(qab.Int()), big.NewInt(1), new(big.Int)
	if a.shift {
		num.Mul(num, a.mean.weight.Int()).Sub(num, t.Mul(a.mean.sum.Int(), qpb.Int()))
		den.Mul(den, a.mean.weight.Int())
	}
	if b.shift {
		// Subtract Sb (Qaq Wa - Sa Qpq), or Sb Qaq where a is a constant.
		rest := new(big.Int).Set(qaq.Int())
		if a.shift {
			rest.Mul(rest, a.mean.weight.Int()).Sub(rest, t.Mul(a.mean.sum.Int(), qpq.Int()))
		}
		num.Mul(num, b.mean.weight.Int()).Sub(num, rest.Mul(rest, b.mean.sum.Int()))
		den.Mul(den, b.mean.weight.Int())
	}
	return quotient(num, den)
}

func centredReal(a, b centre, qab, qpb, qaq, qpq moments.Quantity) float64 {
	var ma, mb float64
	if a.shift {
		ma = a.mean.float()
	}
	if b.shift {
		mb = b.mean.float()
	}
	return (qab.Float() - ma*qpb.Float()) - mb*(qaq.Float()-ma*qpq.Float())
}
