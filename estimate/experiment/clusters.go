package experiment

import (
	"math"
	"math/big"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// checkClusters refuses what no cluster error can speak of: one cluster in all,
// or in an arm, whose part of the variance cannot be told from its effect.
func (t trial) checkClusters(column string) error {
	if t.clusters() < 2 {
		return result.Refuse("experiment-one-cluster", "column", column)
	}
	for a, name := range t.arms {
		seen := map[moments.Value]bool{}
		for _, c := range t.cells {
			if c.arm == a {
				seen[c.cluster] = true
			}
		}
		if len(seen) < 2 {
			return result.Refuse("experiment-one-cluster-in-arm", "column", column, "arm", name)
		}
	}
	return nil
}

// mixed counts the clusters that hold several arms.
func (t trial) mixed() int64 {
	arms := make([]int, len(t.seen)) // 1 + the arm seen first; -1 once mixed
	var n int64
	for _, c := range t.cells {
		switch at := t.seen[c.cluster]; {
		case arms[at] == 0:
			arms[at] = c.arm + 1
		case arms[at] > 0 && arms[at] != c.arm+1:
			arms[at] = -1
			n++
		}
	}
	return n
}

// clustered is the difference in means of clusters assigned together: the
// contrast of a regression on indicators of arm and block.
func (p procedure) clustered(t trial, arm int) (effect, error) {
	all, pairs, err := t.shares(arm)
	if err != nil {
		return effect{}, err
	}
	e := effect{value: pooled(all), vce: p.o.VCE, adjustment: "none"}
	for _, s := range all {
		e.n += s.treated.n + s.control.n
	}
	if pairs {
		e.se, e.df = betweenPairs(all, e.value)
		e.vce = "between-pairs"
		return e, nil
	}
	// Cells of the regression: arm by block, where there are rows.
	number := make([][]int, len(t.arms))
	var rows, contrast []float64
	for a := range t.arms {
		number[a] = make([]int, len(t.blocks))
		for b, sum := range t.total[a] {
			number[a][b] = len(rows)
			if sum.n > 0 {
				rows, contrast = append(rows, float64(sum.n)), append(contrast, 0)
			}
		}
	}
	for _, s := range all {
		contrast[number[arm][s.block]], contrast[number[0][s.block]] = s.weight, -s.weight
	}
	parts := make([][]inference.CellPart, t.clusters())
	for _, c := range t.cells {
		at := t.seen[c.cluster]
		parts[at] = append(parts[at], inference.CellPart{Cell: number[c.arm][c.block], Rows: float64(c.n), Residual: c.distance(t.total[c.arm][c.block])})
	}
	errors := inference.CellRobust(parts, rows, contrast, t.n)
	return e.withClusters(errors, t.clusters()), nil
}

// withClusters takes the error that the options ask for, with CR1 beside CR2.
func (e effect) withClusters(errors inference.ClusterErrors, clusters int) effect {
	e.se, e.df = errors.CR2, errors.DF
	if e.vce == "cr1" {
		e.se, e.df = errors.CR1, float64(clusters-1)
	}
	e.details = map[string]any{"se_cr1": result.Float(errors.CR1)}
	return e
}

// distance is the sum of the outcome of some rows less so many times the mean
// of all: of exact sums rounded once.
func (t tally) distance(all tally) float64 {
	if t.sum.IsWhole() && all.sum.IsWhole() {
		n := big.NewInt(all.n)
		x := new(big.Int).Mul(t.sum.Int(), n)
		return quotient(x.Sub(x, new(big.Int).Mul(all.sum.Int(), big.NewInt(t.n))), n)
	}
	if all.n == t.n {
		return 0
	}
	return t.sum.Float() - float64(t.n)*(all.sum.Float()/math.Max(1, float64(all.n)))
}
