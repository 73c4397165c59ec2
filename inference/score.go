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
		d := newScoreDraws(e, v)
		t, draws := d.statistics(0)
		for b, x := range draws {
			largest[b] = math.Max(largest[b], math.Abs(x))
		}
		g := float64(len(e.Score))
		w := Wild{Estimate: e.Estimate, SE: norm(e.Score) * math.Sqrt(g/(g-1)), Draws: len(v.rows), Enumerated: v.enumerated, Weights: v.weights}
		w.T = t / math.Sqrt(g/(g-1))
		w.count(t, draws)
		w.Lower, w.Upper = invert(e.Estimate, w.SE, o.Level, func(r float64) float64 {
			t, draws := d.statistics(r)
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

// scoreDraws holds, for each draw, the sums over clusters that statistics for
// any hypothesis are made of: with g = s + d h, d = theta - r,
// theta* = A + d B, and the squared error is
// sum v^2 g^2 - 2 theta* sum v h g + theta*^2 sum h^2.
type scoreDraws struct {
	e          ClusterScores
	a, b       []float64 // sums of v s, v h
	ss, sh, hh []float64 // of v^2 s^2, v^2 s h, v^2 h^2
	hs, hv     []float64 // of v h s, v h h
	leverage2  float64   // of h^2
	t          []float64 // room for answers
}

func newScoreDraws(e ClusterScores, v signs) *scoreDraws {
	n := len(v.rows)
	d := &scoreDraws{e: e, a: make([]float64, n), b: make([]float64, n), ss: make([]float64, n), sh: make([]float64, n),
		hh: make([]float64, n), hs: make([]float64, n), hv: make([]float64, n), t: make([]float64, n)}
	for _, h := range e.Leverage {
		d.leverage2 += h * h
	}
	for k, row := range v.rows {
		for c, w := range row {
			s, h := e.Score[c], e.Leverage[c]
			d.a[k] += w * s
			d.b[k] += w * h
			d.ss[k] += w * w * s * s
			d.sh[k] += w * w * s * h
			d.hh[k] += w * w * h * h
			d.hs[k] += w * h * s
			d.hv[k] += w * h * h
		}
	}
	return d
}

// statistics gives t and those of all draws for the hypothesis theta = r; the
// latter are overwritten by the next call.
func (d *scoreDraws) statistics(r float64) (t float64, draws []float64) {
	x := d.e.Estimate - r
	for k := range d.t {
		theta := d.a[k] + x*d.b[k]
		spread := d.ss[k] + 2*x*d.sh[k] + x*x*d.hh[k] - 2*theta*(d.hs[k]+x*d.hv[k]) + theta*theta*d.leverage2
		d.t[k] = ratio(theta, math.Sqrt(math.Max(spread, 0)))
	}
	return ratio(x, norm(d.e.Score)), d.t
}
