package did

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// smallestPivot is the share of a normal matrix's unit diagonal below which a
// direction counts as not seen in the sample.
const smallestPivot = 1e-11

// solver solves systems with one symmetric positive definite matrix.
type solver struct {
	chol  mat.Cholesky
	scale []float64
}

// newSolver factors a matrix after bringing its diagonal to one; ok is false
// where it has no inverse.
func newSolver(a [][]float64) (s solver, ok bool) {
	n := len(a)
	s.scale = make([]float64, n)
	for i := range a {
		if !(a[i][i] > 0) || math.IsInf(a[i][i], 0) {
			return s, false
		}
		s.scale[i] = 1 / math.Sqrt(a[i][i])
	}
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, a[i][j]*s.scale[i]*s.scale[j])
		}
	}
	if !s.chol.Factorize(sym) {
		return s, false
	}
	var low mat.TriDense
	s.chol.LTo(&low)
	for i := range n {
		if d := low.At(i, i); !(d*d > smallestPivot) {
			return s, false
		}
	}
	return s, true
}

// solve gives x with A x = b.
func (s solver) solve(b []float64) []float64 {
	v := mat.NewVecDense(len(b), nil)
	for i := range b {
		v.SetVec(i, b[i]*s.scale[i])
	}
	x := mat.NewVecDense(len(b), nil)
	if err := s.chol.SolveVecTo(x, v); err != nil {
		// A condition warning: the pivots were looked at above.
		_ = err
	}
	out := make([]float64, len(b))
	for i := range out {
		out[i] = x.AtVec(i) * s.scale[i]
	}
	return out
}

// partSolver solves systems in some of the coordinates; the others stay 0.
type partSolver struct {
	keep []int
	of   solver
	n    int
}

// newPartSolver factors the rows and columns to keep; nil keeps all.
func newPartSolver(a [][]float64, keep []int) (partSolver, bool) {
	if keep == nil {
		keep = make([]int, len(a))
		for i := range keep {
			keep[i] = i
		}
	}
	s, ok := newSolver(pickMatrix(a, keep))
	return partSolver{keep, s, len(a)}, ok
}

func (p partSolver) solve(b []float64) []float64 {
	out := make([]float64, p.n)
	for i, x := range p.of.solve(pick(b, p.keep)) {
		out[p.keep[i]] = x
	}
	return out
}

func dot(a, b []float64) float64 {
	var sum float64
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// square makes an n by n matrix of zeros.
func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

func addMatrix(to, of [][]float64) {
	for i := range of {
		for j := range of[i] {
			to[i][j] += of[i][j]
		}
	}
}

func times(a [][]float64, x []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = dot(a[i], x)
	}
	return out
}

// less is a - b, plusTimes a + f b.
func less(a, b []float64) []float64 { return plusTimes(a, -1, b) }

func plusTimes(a []float64, f float64, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + f*b[i]
	}
	return out
}
