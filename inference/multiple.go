package inference

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Holm gives p-values adjusted so that the chance of any false rejection in the
// family is at most the level (Holm 1979). NaN entries stay and do not count.
func Holm(p []float64) []float64 {
	return adjust(p, func(sorted []float64) {
		n, most := len(sorted), 0.0
		for i := range sorted {
			most = math.Max(most, math.Min(1, float64(n-i)*sorted[i]))
			sorted[i] = most
		}
	})
}

// BenjaminiHochberg gives p-values adjusted so that the expected share of false
// rejections among all rejections is at most the level (Benjamini and Hochberg
// 1995). NaN entries stay and do not count.
func BenjaminiHochberg(p []float64) []float64 {
	return adjust(p, func(sorted []float64) {
		n, least := len(sorted), 1.0
		for i := n - 1; i >= 0; i-- {
			least = math.Min(least, float64(n)/float64(i+1)*sorted[i])
			sorted[i] = least
		}
	})
}

// adjust applies a rule to the known p-values in rising order.
func adjust(p []float64, rule func(sorted []float64)) []float64 {
	var order []int
	for i, x := range p {
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	sorted := make([]float64, len(order))
	for k, i := range order {
		sorted[k] = p[i]
	}
	rule(sorted)
	out := slices.Clone(p)
	for k, i := range order {
		out[i] = sorted[k]
	}
	return out
}

// RomanoWolf gives p-values adjusted for a family of tests by the step-down
// method of the largest statistic (Romano and Wolf 2005, 2016): t holds the
// statistics, draws[b] those of draw b under the null hypothesis, in the same
// order, which carry their dependence. P-values count the statistic itself as
// one draw more. NaN entries of t stay and do not count, whatever their draws.
func RomanoWolf(t []float64, draws [][]float64) []float64 {
	var order []int
	p := make([]float64, len(t))
	for i, x := range t {
		p[i] = math.NaN()
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(t[b]), math.Abs(t[a])) })
	counts := make([]int, len(order))
	for _, row := range draws {
		// The largest of this and all smaller statistics, from the smallest up.
		var largest float64
		for k, i := range slices.Backward(order) {
			largest = math.Max(largest, math.Abs(row[i]))
			if largest >= math.Abs(t[i])*(1-tieTolerance) {
				counts[k]++
			}
		}
	}
	most := 0.0
	for k, i := range order {
		most = math.Max(most, float64(1+counts[k])/float64(len(draws)+1))
		p[i] = most
	}
	return p
}

// RomanoWolfNormal is RomanoWolf for estimates theta (length k) of zero that are
// normal with covariance cov (k by k), neither of which is modified: o.Draws are
// drawn with o.Seed and stream. No p-value is below that of the estimate alone.
// NaN where an estimate is NaN or has no variance.
func RomanoWolfNormal(theta []float64, cov mat.Symmetric, o Options, stream uint64) []float64 {
	t := make([]float64, len(theta))
	var kept []int // as correlationRoot does
	for i := range t {
		t[i] = math.NaN()
		if v := cov.At(i, i); v > 0 {
			t[i] = theta[i] / math.Sqrt(v)
			kept = append(kept, i)
		}
	}
	root := correlationRoot(cov)
	random := rand.New(rand.NewPCG(o.Seed, stream))
	draws := make([][]float64, max(o.Draws, 0))
	z := make([]float64, len(root))
	for b := range draws {
		for j := range z {
			z[j] = random.NormFloat64()
		}
		draws[b] = make([]float64, len(t))
		for a, row := range root {
			draws[b][kept[a]] = floats.Dot(row, z[:a+1])
		}
	}
	p := RomanoWolf(t, draws)
	for i := range p {
		p[i] = math.Max(p[i], NormalP(t[i], 1))
	}
	return p
}
