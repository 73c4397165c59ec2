package experiment

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/moments"
)

// gram is what some rows say about k values: rows, sums, and sums of products.
type gram struct {
	n     int64
	sums  []moments.Quantity
	cross [][]moments.Quantity // [i][j], j >= i
}

// readGram reads the Gram of named values in a group.
func readGram(so moments.Statistic, g moments.Group, names []string) gram {
	out := gram{n: so.Cell(g, "rows").Count()}
	for i, a := range names {
		out.sums = append(out.sums, so.Cell(g, a))
		row := make([]moments.Quantity, len(names))
		for j := i; j < len(names); j++ {
			row[j] = so.Cell(g, moments.Cross(a, names[j]))
		}
		out.cross = append(out.cross, row)
	}
	return out
}

func (g gram) plus(h gram) gram {
	if g.sums == nil {
		return h
	}
	out := gram{n: g.n + h.n}
	for i := range g.sums {
		out.sums = append(out.sums, plus(g.sums[i], h.sums[i]))
		row := make([]moments.Quantity, len(g.sums))
		for j := i; j < len(row); j++ {
			row[j] = plus(g.cross[i][j], h.cross[i][j])
		}
		out.cross = append(out.cross, row)
	}
	return out
}

func (g gram) mean(i int) float64 { return tally{n: g.n, sum: g.sums[i]}.mean() }

// centred is the sum of products of two values around the means of the rows.
func (g gram) centred(i, j int) float64 {
	if j < i {
		i, j = j, i
	}
	return centred(g.n, g.sums[i], g.sums[j], g.cross[i][j])
}

// around is the sum of products of two values, each less a given number.
func (g gram) around(i, j int, ci, cj float64) float64 {
	if j < i {
		i, j, ci, cj = j, i, cj, ci
	}
	if g.n == 0 {
		return 0
	}
	return g.centred(i, j) + float64(g.n)*(g.mean(i)-ci)*(g.mean(j)-cj)
}

// normal are X'X of a constant and the values at use, each less its centre, and
// X'y for the value at y.
func (g gram) normal(use []int, centre []float64, y int) (xx *mat.SymDense, xy *mat.VecDense) {
	k := 1 + len(use)
	xx, xy = mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	if g.n == 0 {
		return xx, xy
	}
	n := float64(g.n)
	xx.SetSym(0, 0, n)
	xy.SetVec(0, n*g.mean(y))
	for a, i := range use {
		xx.SetSym(0, a+1, n*(g.mean(i)-centre[a]))
		xy.SetVec(a+1, g.around(i, y, centre[a], 0))
		for b := a; b < len(use); b++ {
			xx.SetSym(a+1, b+1, g.around(i, use[b], centre[a], centre[b]))
		}
	}
	return xx, xy
}

// dependent is the share of a value's spread around its mean below which the
// values before it are taken to tell it all.
const dependent = 1e-9

// independent keeps, in order, the values at use that those kept before do not
// determine together with a constant.
func (g gram) independent(use []int) []int {
	var kept []int
	for _, i := range use {
		own := g.centred(i, i)
		if !(own > 0) || g.n <= int64(len(kept)+2) {
			continue
		}
		if g.unexplained(i, kept) > dependent*own {
			kept = append(kept, i)
		}
	}
	return kept
}

// unexplained is the sum of squares of a value around its regression on others.
func (g gram) unexplained(i int, on []int) float64 {
	own := g.centred(i, i)
	if len(on) == 0 {
		return own
	}
	k := len(on)
	xx, xy := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for a, j := range on {
		sa := math.Sqrt(g.centred(j, j))
		xy.SetVec(a, g.centred(i, j)/sa/math.Sqrt(own))
		for b := a; b < k; b++ {
			xx.SetSym(a, b, g.centred(j, on[b])/sa/math.Sqrt(g.centred(on[b], on[b])))
		}
	}
	var chol mat.Cholesky
	var coef mat.VecDense
	if !chol.Factorize(xx) {
		return 0
	}
	if err := chol.SolveVecTo(&coef, xy); err != nil {
		return 0
	}
	return own * (1 - mat.Dot(&coef, xy))
}
