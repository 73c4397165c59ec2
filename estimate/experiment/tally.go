package experiment

import (
	"math"
	"math/big"

	"github.com/dampak/dampak/moments"
)

// tally is the outcome of some rows: their number, its sum and its sum of
// squares. Whole outcomes are exact.
type tally struct {
	n           int64
	sum, square moments.Quantity
}

func (t tally) plus(u tally) tally {
	return tally{t.n + u.n, plus(t.sum, u.sum), plus(t.square, u.square)}
}

// mean is NaN of no rows.
func (t tally) mean() float64 {
	if t.sum.IsWhole() && t.n > 0 {
		return quotient(t.sum.Int(), big.NewInt(t.n))
	}
	return t.sum.Float() / float64(t.n)
}

// spread is the sum of squares around the mean.
func (t tally) spread() float64 { return centred(t.n, t.sum, t.sum, t.square) }

// sd is the standard deviation with n - 1; NaN of one row.
func (t tally) sd() float64 { return math.Sqrt(t.spread() / float64(t.n-1)) }

// less is the difference of the means, rounded once where they are exact.
func (t tally) less(u tally) float64 {
	if !t.sum.IsWhole() || !u.sum.IsWhole() || t.n == 0 || u.n == 0 {
		return t.mean() - u.mean()
	}
	n, m := big.NewInt(t.n), big.NewInt(u.n)
	left, right := new(big.Int).Mul(t.sum.Int(), m), new(big.Int).Mul(u.sum.Int(), n)
	return quotient(left.Sub(left, right), n.Mul(n, m))
}

// centred is the sum of products of a and b over n rows, each less its mean,
// from the sums of a, of b and of their products: q - a b / n.
func centred(n int64, a, b, q moments.Quantity) float64 {
	if n == 0 {
		return 0
	}
	if a.IsWhole() && b.IsWhole() && q.IsWhole() {
		rows := big.NewInt(n)
		x := new(big.Int).Mul(q.Int(), rows)
		return quotient(x.Sub(x, new(big.Int).Mul(a.Int(), b.Int())), rows)
	}
	return q.Float() - a.Float()*b.Float()/float64(n)
}

// plus adds two quantities; a missing one counts as 0.
func plus(a, b moments.Quantity) moments.Quantity {
	switch {
	case a.IsMissing():
		return b
	case b.IsMissing():
		return a
	case a.IsWhole() && b.IsWhole():
		return moments.WholeQuantity(new(big.Int).Add(a.Int(), b.Int()))
	}
	return moments.RealQuantity(a.Float() + b.Float())
}

// quotient is a / b, rounded from 128 bits.
func quotient(a, b *big.Int) float64 {
	x := new(big.Float).SetPrec(128).SetInt(a)
	f, _ := x.Quo(x, new(big.Float).SetPrec(128).SetInt(b)).Float64()
	return f
}
