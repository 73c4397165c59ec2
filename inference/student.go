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

// HotellingSize is the size of the chi-square test that rejects just where the
// test of HotellingP on factor times the statistic rejects at size alpha: for its
// power, leaving aside that the covariance varies. 0 where it never rejects.
func HotellingSize(rank int, df, factor, alpha float64) float64 {
	q := float64(rank)
	rest := df - q + 1
	if rank == 0 || !(rest > 0) || !(factor > 0) {
		return 0
	}
	critical := distuv.F{D1: q, D2: rest}.Quantile(1-alpha) * q * df / rest / factor
	return distuv.ChiSquared{K: q}.Survival(critical)
}

// TwoSampleFreedom is the degrees of freedom of the covariance of a difference
// between the means of n and m independent groups of like spread
// (Satterthwaite 1946), n, m >= 1, and what a statistic made with variances over
// n and m instead of n-1 and m-1 is multiplied by. Both are 0 where a side has
// one group.
func TwoSampleFreedom(n, m float64) (df, factor float64) {
	if n <= 1 || m <= 1 {
		return 0, 0
	}
	a, b := 1/(n-1), 1/(m-1)
	return (a + b) * (a + b) / (a*a/(n-1) + b*b/(m-1)), (1/n + 1/m) / (a + b)
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
