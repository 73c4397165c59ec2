package inference

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// TwoWay is the covariance a + b - both of errors that depend within the groups
// of two kinds: a and b are those by each kind, both that by their pairs
// (Cameron, Gelbach and Miller 2011). It need not be positive semi-definite;
// then its negative eigenvalues, on the scale of correlations, are set to zero
// and mended is true. Nothing given is modified.
func TwoWay(a, b, both mat.Symmetric) (v *mat.SymDense, mended bool) {
	n := a.SymmetricDim()
	v = mat.NewSymDense(n, nil)
	scale := make([]float64, n)
	for i := range n {
		for j := i; j < n; j++ {
			v.SetSym(i, j, a.At(i, j)+b.At(i, j)-both.At(i, j))
		}
		scale[i] = math.Sqrt(math.Max(a.At(i, i), b.At(i, i)))
		if scale[i] == 0 {
			scale[i] = 1
		}
	}
	r := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			r.SetSym(i, j, v.At(i, j)/scale[i]/scale[j])
		}
	}
	var eigen mat.EigenSym
	if n == 0 || !eigen.Factorize(r, true) {
		return v, false
	}
	values := eigen.Values(nil)
	if values[0] >= -rankTolerance*math.Max(values[n-1], 0) {
		return v, false
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for i := range n {
		for j := i; j < n; j++ {
			var sum float64
			for k, x := range values {
				if x > 0 {
					sum += x * vectors.At(i, k) * vectors.At(j, k)
				}
			}
			v.SetSym(i, j, sum*scale[i]*scale[j])
		}
	}
	return v, true
}

// EffectiveClusters is the number of equal clusters that would say as much as
// clusters with these shares of the variance (Carter, Schnepel and Steigerwald
// 2017): G / (1 + the squared coefficient of variation of the shares). Shares
// are >= 0; NaN where all are zero.
func EffectiveClusters(shares []float64) float64 {
	var sum, squares float64
	for _, x := range shares {
		sum += x
		squares += x * x
	}
	if squares == 0 {
		return math.NaN()
	}
	return sum * sum / squares
}
