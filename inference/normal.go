package inference

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// NormalQuantile is the quantile of the standard normal at p in (0, 1).
func NormalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// NormalP is the two-sided p-value of an estimate with a normal standard error;
// NaN where se is not positive.
func NormalP(estimate, se float64) float64 {
	if !(se > 0) {
		return math.NaN()
	}
	return math.Erfc(math.Abs(estimate/se) / math.Sqrt2)
}

// NormalInterval is the two-sided interval of a level in (0, 1).
func NormalInterval(estimate, se, level float64) (lower, upper float64) {
	half := NormalQuantile((1+level)/2) * se
	return estimate - half, estimate + half
}

// DetectableEffect is the smallest effect that a two-sided test at 1 - level
// finds with the given power, for an estimate with standard error se: the
// minimum detectable effect (Bloom 1995), 2.80 se at 0.95 and 0.8.
func DetectableEffect(se, level, power float64) float64 {
	return (NormalQuantile((1+level)/2) + NormalQuantile(power)) * se
}
