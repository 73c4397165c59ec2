package inference

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Bands gives the critical value c of a simultaneous band over a family of
// estimates with covariance cov (k by k, not modified): the intervals
// theta_j +- c se_j hold all true values at once with probability o.Level
// (sup-t; Montiel Olea and Plagborg-Moller 2019, algorithm 1). It is the
// quantile of max_j |t_j| over o.Draws draws from the normal distribution with
// the correlations of cov, seeded by o.Seed and stream, which names the family:
// the same arguments give the same bits. It is never below the pointwise
// critical value. Estimates without variance are left out; ok is false when
// none is left or no draws were asked for.
func Bands(cov mat.Symmetric, o Options, stream uint64) (critical float64, ok bool) {
	l := correlationRoot(cov)
	if len(l) == 0 || o.Draws <= 0 {
		return 0, false
	}
	pointwise := NormalQuantile((1 + o.Level) / 2)
	if len(l) == 1 {
		return pointwise, true
	}
	random := rand.New(rand.NewPCG(o.Seed, stream))
	z := make([]float64, len(l))
	largest := make([]float64, o.Draws)
	for b := range largest {
		for j := range z {
			z[j] = random.NormFloat64()
		}
		for i, row := range l {
			if t := math.Abs(floats.Dot(row, z[:i+1])); t > largest[b] {
				largest[b] = t
			}
		}
	}
	slices.Sort(largest)
	at := int(math.Ceil(o.Level*float64(o.Draws))) - 1
	return math.Max(largest[max(at, 0)], pointwise), true
}

// correlationRoot is the lower triangular L, row by row, with L L' the
// correlation matrix of the estimates that have variance. A column whose pivot
// is nil up to rounding is zero: the estimate adds no direction of its own.
func correlationRoot(cov mat.Symmetric) [][]float64 {
	var kept []int
	for i := range cov.SymmetricDim() {
		if cov.At(i, i) > 0 {
			kept = append(kept, i)
		}
	}
	l := make([][]float64, len(kept))
	for a, i := range kept {
		l[a] = make([]float64, a+1)
		for b, j := range kept[:a+1] {
			r := cov.At(i, j) / math.Sqrt(cov.At(i, i)*cov.At(j, j))
			rest := r - floats.Dot(l[a][:b], l[b][:b])
			switch {
			case a == b:
				l[a][a] = math.Sqrt(math.Max(rest, 0))
			case l[b][b] > math.Sqrt(rankTolerance):
				l[a][b] = rest / l[b][b]
			}
		}
		// A row must have length one, whatever rounding or a skipped pivot left.
		floats.Scale(1/floats.Norm(l[a], 2), l[a])
	}
	return l
}
