package inference

import (
	"math"
	"slices"
)

// ClusterScores is what a linear estimate rests on, by cluster.
type ClusterScores struct {
	Estimate float64
	// Score is the sum of the estimate's influence function over a cluster, over
	// n: they sum to about zero, and sqrt(sum Score^2) is the CR0 error.
	Score []float64
	// Leverage is the share of a cluster in what the estimate is made of; they sum
	// to one. For theta = a'Y it is |a_c|^2 / |a|^2.
	Leverage []float64
}

// WildScores is the restricted wild cluster bootstrap of WildCluster for
// estimates that are no regression, such as aggregates of ATT(g,t). A linear
// estimate a'Y is the coefficient of one regressor x = a/|a|^2 after all else
// was taken out, so that the hypothesis theta = r moves a cluster's score by
// (theta - r) times its leverage, and a draw v has theta* = sum v_c g_c with
// scores v_c g_c - leverage theta*. Exact for a regressor that was taken free of
// the others within each cluster; else a first-order form, as that of Kline and
// Santos (2012). All estimates share the draws. SE is CR0 times G/(G-1).
// Critical is the value that the largest |t*| over all estimates stays below
// with probability o.Level: for a simultaneous band.
func WildScores(estimates []ClusterScores, o Options) (answers []Wild, critical float64) {
	if len(estimates) == 0 || len(estimates[0].Score) < 2 {
		return nil, math.NaN()
	}
	v := newSigns(len(estimates[0].Score), o, wildStream)
	largest := make([]float64, len(v.rows))
	for _, e := range estimates {
		t, draws := e.statistics(0, v)
		for b, x := range draws {
			largest[b] = math.Max(largest[b], math.Abs(x))
		}
		g := float64(len(e.Score))
		w := Wild{Estimate: e.Estimate, SE: norm(e.Score) * math.Sqrt(g/(g-1)), Draws: len(v.rows), Enumerated: v.enumerated, Weights: v.weights}
		w.T = t / math.Sqrt(g/(g-1))
		w.count(t, draws)
		w.Lower, w.Upper = invert(e.Estimate, w.SE, o.Level, func(r float64) float64 {
			t, draws := e.statistics(r, v)
			return symmetricP(t, draws)
		})
		answers = append(answers, w)
	}
	slices.Sort(largest)
	// The draws leave out the factor G/(G-1), as t does.
	return answers, largest[max(int(math.Ceil(o.Level*float64(len(largest))))-1, 0)]
}

func norm(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// statistics gives t and those of all draws for the hypothesis theta = r.
func (e ClusterScores) statistics(r float64, v signs) (t float64, draws []float64) {
	g := make([]float64, len(e.Score))
	for c := range g {
		g[c] = e.Score[c] + (e.Estimate-r)*e.Leverage[c]
	}
	draws = make([]float64, len(v.rows))
	for b, row := range v.rows {
		var theta float64
		for c := range g {
			theta += row[c] * g[c]
		}
		var spread float64
		for c := range g {
			s := row[c]*g[c] - e.Leverage[c]*theta
			spread += s * s
		}
		draws[b] = ratio(theta, math.Sqrt(spread))
	}
	return ratio(e.Estimate-r, norm(e.Score)), draws
}
