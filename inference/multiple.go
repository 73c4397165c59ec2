package inference

import (
	"cmp"
	"math"
	"slices"
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
// one draw more.
func RomanoWolf(t []float64, draws [][]float64) []float64 {
	order := make([]int, len(t))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(t[b]), math.Abs(t[a])) })
	p := make([]float64, len(t))
	most := 0.0
	for k, i := range order {
		count := 1.0
		for _, row := range draws {
			var largest float64
			for _, j := range order[k:] {
				largest = math.Max(largest, math.Abs(row[j]))
			}
			if largest >= math.Abs(t[i])*(1-tieTolerance) {
				count++
			}
		}
		most = math.Max(most, count/float64(len(draws)+1))
		p[i] = most
	}
	return p
}
