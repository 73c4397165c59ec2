package inference

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// rankTolerance is the smallest eigenvalue of a correlation matrix, relative to
// its largest, that counts as not zero: sums of real numbers are correct to
// about 1e-12.
const rankTolerance = 1e-10

// Wald is the answer of a joint test that k parameters are zero.
type Wald struct {
	Statistic float64 // theta' V+ theta, V+ the generalised inverse on the scale of correlations
	P         float64 // chi-square with Rank degrees of freedom; NaN when Rank is 0
	Rank      int     // of the covariance
	Size      int     // k
}

// Singular tells whether the covariance has no inverse: the statistic then
// speaks of Rank directions only, and packages differ in what they print.
func (w Wald) Singular() bool { return w.Rank < w.Size }

// WaldTest tests theta = 0 (length k) with covariance cov (k by k), neither of
// which is modified. The covariance is scaled to correlations before its rank
// is judged, so that units do not matter; a parameter without variance lowers
// the rank by one.
func WaldTest(theta []float64, cov mat.Symmetric) Wald {
	w := Wald{Size: len(theta), P: math.NaN()}
	values, vectors, scale := correlationEigen(cov)
	if len(values) == 0 {
		return w
	}
	floor := values[len(values)-1] * rankTolerance
	for j, v := range values {
		if v <= floor {
			continue
		}
		w.Rank++
		var along float64
		for i, th := range theta {
			if scale[i] > 0 {
				along += vectors.At(i, j) * th / scale[i]
			}
		}
		w.Statistic += along * along / v
	}
	if w.Rank > 0 {
		w.P = distuv.ChiSquared{K: float64(w.Rank)}.Survival(w.Statistic)
	}
	return w
}

// correlationEigen decomposes the correlation matrix of cov: eigenvalues in
// rising order, eigenvectors in columns, and the standard deviations. A
// parameter without variance gets a row of zeros.
func correlationEigen(cov mat.Symmetric) (values []float64, vectors *mat.Dense, scale []float64) {
	k := cov.SymmetricDim()
	if k == 0 {
		return nil, nil, nil
	}
	scale = make([]float64, k)
	for i := range scale {
		if v := cov.At(i, i); v > 0 {
			scale[i] = math.Sqrt(v)
		}
	}
	r := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			if scale[i] > 0 && scale[j] > 0 {
				r.SetSym(i, j, cov.At(i, j)/scale[i]/scale[j])
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(r, true) {
		return nil, nil, scale
	}
	vectors = new(mat.Dense)
	eigen.VectorsTo(vectors)
	return eigen.Values(nil), vectors, scale
}

// NoncentralChiSquareSurvival is P(X > x) of a chi-square with df degrees of
// freedom and noncentrality lambda >= 0: a Poisson mixture of central ones.
func NoncentralChiSquareSurvival(x, df, lambda float64) float64 {
	if lambda == 0 {
		return distuv.ChiSquared{K: df}.Survival(x)
	}
	if df+lambda-x > 40*math.Sqrt(2*(df+2*lambda)) {
		return 1 // forty deviations above x; the sum below would have sqrt(lambda) terms
	}
	weights := distuv.Poisson{Lambda: lambda / 2}
	spread := 12*math.Sqrt(lambda/2) + 40
	first := math.Max(0, math.Floor(lambda/2-spread))
	var sum float64
	for j := first; j <= lambda/2+spread; j++ {
		sum += weights.Prob(j) * distuv.ChiSquared{K: df + 2*j}.Survival(x)
	}
	return sum
}

// DetectableNoncentrality is the noncentrality at which a chi-square test with
// df degrees of freedom at size alpha rejects with the given power; +Inf for a
// size so small that the test never rejects.
func DetectableNoncentrality(df, alpha, power float64) float64 {
	critical := distuv.ChiSquared{K: df}.Quantile(1 - alpha)
	if math.IsInf(critical, 1) {
		return math.Inf(1)
	}
	low, high := 0.0, 1.0
	for NoncentralChiSquareSurvival(critical, df, high) < power {
		high *= 2
	}
	for range 60 {
		middle := (low + high) / 2
		if NoncentralChiSquareSurvival(critical, df, middle) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// DetectableSlope is the gamma > 0 at which the Wald test of theta = 0 at size
// alpha has the given power when theta = gamma times direction (Roth 2022,
// section II, for the joint test); +Inf when the direction cannot be seen.
func DetectableSlope(direction []float64, cov mat.Symmetric, alpha, power float64) float64 {
	w := WaldTest(direction, cov)
	if w.Rank == 0 || !(w.Statistic > 0) {
		return math.Inf(1)
	}
	return math.Sqrt(DetectableNoncentrality(float64(w.Rank), alpha, power) / w.Statistic)
}

// WaldPower is the power of the Wald test of theta = 0 at size alpha when theta
// is that given; alpha where the test cannot see it.
func WaldPower(theta []float64, cov mat.Symmetric, alpha float64) float64 {
	w := WaldTest(theta, cov)
	if w.Rank == 0 || !(w.Statistic > 0) {
		return alpha
	}
	critical := distuv.ChiSquared{K: float64(w.Rank)}.Quantile(1 - alpha)
	return NoncentralChiSquareSurvival(critical, float64(w.Rank), w.Statistic)
}
