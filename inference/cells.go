package inference

import (
	"math"
	"slices"
)

// CellPart is what a cluster holds of one cell of a regression on indicators of
// disjoint cells (arms, or arms by block): rows, and the sum of their distances
// from the cell's mean.
type CellPart struct {
	Cell     int
	Rows     float64
	Residual float64
}

// CellRobust is ClusterRobust for a regression on indicators of cells, where
// all matrices are diagonal: a cluster touches few cells, so that there may be
// very many of both. Each cluster's parts are of different cells; rows are the
// cells' rows, all positive, contrast has one weight for each cell.
func CellRobust(clusters [][]CellPart, rows, contrast []float64, n int64) ClusterErrors {
	var cr0, cr2, cr3, trace, square float64
	full := 0
	outer := map[[2]int]float64{}
	for _, parts := range clusters {
		var plain, reduced, dropped, own, norm float64
		s := make([]float64, len(parts))
		determines := false
		for i, p := range parts {
			score := contrast[p.Cell] / rows[p.Cell] * p.Residual
			plain += score
			share := p.Rows / rows[p.Cell]
			rest := 1 - share
			if rest < fullLeverage {
				determines = determines || contrast[p.Cell] != 0
				continue
			}
			reduced += score / math.Sqrt(rest)
			dropped += score / rest
			along := contrast[p.Cell] * contrast[p.Cell] / rows[p.Cell]
			own += along * share / rest
			s[i] = contrast[p.Cell] / math.Sqrt(rows[p.Cell]) * share / math.Sqrt(rest)
			norm += s[i] * s[i]
		}
		for i, p := range parts {
			for j, q := range parts {
				if s[i] != 0 && s[j] != 0 {
					outer[[2]int{p.Cell, q.Cell}] += s[i] * s[j]
				}
			}
		}
		if determines {
			full++
		}
		cr0 += plain * plain
		cr2 += reduced * reduced
		cr3 += dropped * dropped
		trace += own - norm
		square += own*own - 2*own*norm
	}
	// In a fixed order: the same bits on every run.
	squares := make([]float64, 0, len(outer))
	for _, x := range outer {
		squares = append(squares, x*x)
	}
	slices.Sort(squares)
	for _, x := range squares {
		square += x
	}
	out := ClusterErrors{CR0: math.Sqrt(cr0), CR1: math.NaN(), CR2: math.NaN(), CR3: math.NaN(), DF: math.NaN(), Full: full}
	if g, k := float64(len(clusters)), int64(len(rows)); g > 1 && n > k {
		out.CR1 = out.CR0 * math.Sqrt(g/(g-1)*float64(n-1)/float64(n-k))
	}
	if full == 0 {
		out.CR2 = math.Sqrt(cr2)
		out.CR3 = math.Sqrt(cr3 * float64(len(clusters)-1) / float64(len(clusters)))
		out.DF = trace * trace / square
	}
	return out
}
