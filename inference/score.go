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
// Santos (2012). All estimates have the same clusters in the same order, at
// least two, and share the draws. SE is the root of G/(G-1) times CR0.
// Critical is the value that the largest |t*| over all estimates, each under its
// own hypothesis theta = 0, stays below with probability o.Level: theta +- critical
// SE is a simultaneous band. NaN without draws; answers is nil without estimates
// or with fewer than two clusters.
func WildScores(estimates []ClusterScores, o Options) (answers []Wild, critical float64) {
	if len(estimates) == 0 || len(estimates[0].Score) < 2 {
		return nil, math.NaN()
	}
	clusters := len(estimates[0].Score)
	v := newSigns(clusters, o)
	all := make([]*wildDraws, len(estimates))
	for i, e := range estimates {
		active := make([]bool, clusters)
		for c := range active {
			active[c] = e.Score[c] != 0 || e.Leverage[c] != 0
		}
		all[i] = newWildDraws(e.Estimate, norm(e.Score), active, v.draws)
	}
	v.each(func(draw int, v []float64) {
		for i, d := range all {
			if !d.alike(draw, v) {
				d.addScores(draw, v, estimates[i])
			}
		}
	})
	factor := math.Sqrt(float64(clusters) / float64(clusters-1))
	largest := make([]float64, v.draws)
	for _, d := range all {
		_, draws := d.statistics(d.theta)
		for b, x := range draws {
			largest[b] = math.Max(largest[b], math.Abs(x)/factor)
		}
		answers = append(answers, d.test(0, factor, v, o.Level))
	}
	if len(largest) == 0 {
		return answers, math.NaN()
	}
	slices.Sort(largest)
	return answers, largest[max(int(math.Ceil(o.Level*float64(len(largest))))-1, 0)]
}

func norm(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// addScores adds a draw of an estimate: with g = s + x h, theta* is
// sum v g = at + x slope, and cluster scores are v g - h theta*.
func (d *wildDraws) addScores(draw int, v []float64, e ClusterScores) {
	var at, slope float64
	for c, weight := range v {
		at += weight * e.Score[c]
		slope += weight * e.Leverage[c]
	}
	d.at[draw], d.slope[draw] = at, slope
	for c, weight := range v {
		h := e.Leverage[c]
		d.add(draw, weight*e.Score[c]-h*at, weight*h-h*slope)
	}
}
