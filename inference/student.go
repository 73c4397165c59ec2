package inference

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// StudentQuantile is the quantile at p in (0, 1) of Student's t with df > 0
// degrees of freedom, which need not be whole; +Inf is the normal.
func StudentQuantile(p, df float64) float64 {
	if math.IsInf(df, 1) {
		return NormalQuantile(p)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// StudentP is the two-sided p-value of an estimate whose error se has df
// degrees of freedom; NaN where se or df is not positive.
func StudentP(estimate, se, df float64) float64 {
	switch {
	case !(se > 0) || !(df > 0):
		return math.NaN()
	case math.IsInf(df, 1):
		return NormalP(estimate, se)
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(estimate/se))
}

// StudentInterval is the two-sided interval of a level in (0, 1) by Student's t
// with df degrees of freedom.
func StudentInterval(estimate, se, df, level float64) (lower, upper float64) {
	half := StudentQuantile((1+level)/2, df) * se
	return estimate - half, estimate + half
}

// DetectableEffectStudent is DetectableEffect where the error has df degrees of
// freedom: (t at (1+level)/2 + t at power) se (Bloom 1995; Djimeu and Houndolo
// 2016, equation 1).
func DetectableEffectStudent(se, df, level, power float64) float64 {
	return (StudentQuantile((1+level)/2, df) + StudentQuantile(power, df)) * se
}

// HotellingP is the p-value of a joint test of rank restrictions whose Wald
// statistic rests on a covariance estimated with df degrees of freedom: the
// statistic times (df - rank + 1) / (rank df) is F with rank and df - rank + 1
// (Hotelling 1931). It tends to the chi-square as df grows. NaN where df is too
// small for so many restrictions.
func HotellingP(statistic float64, rank int, df float64) float64 {
	q := float64(rank)
	rest := df - q + 1
	if rank == 0 || !(rest > 0) {
		return math.NaN()
	}
	if math.IsInf(df, 1) {
		return distuv.ChiSquared{K: q}.Survival(statistic)
	}
	return distuv.F{D1: q, D2: rest}.Survival(statistic * rest / (q * df))
}
