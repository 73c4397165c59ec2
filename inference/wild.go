package inference

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// tieTolerance is how near two statistics count as equal: under enumeration the
// draw with all signs alike repeats the statistic itself, up to rounding.
const tieTolerance = 1e-10

// webbBelow is the number of clusters below which random draws take Webb's six
// points: with few clusters two points give too few distinct statistics.
const webbBelow = 12

// Wild is the answer of a wild cluster bootstrap of one estimate.
type Wild struct {
	Estimate, SE, T float64 // CR1 error and t of the hypothesis; T is infinite where SE is zero and the hypothesis wrong
	P               float64 // symmetric, the share of draws with |t*| >= |t|; ties count
	PStrict         float64 // |t*| > |t|; ties do not
	PEqualTail      float64 // twice the smaller tail, ties counted, at most 1
	// Lower and Upper bound the values that the test does not reject at 1 - level;
	// infinite where it rejects none so far out, and then Unbounded is true. They
	// are the first values on either side of the estimate at which p crosses.
	Lower, Upper float64
	Unbounded    bool
	Draws        int
	Enumerated   bool   // all sign vectors were taken: nothing is random
	Weights      string // "rademacher" or "webb"
}

// RegressionCluster is what a least-squares regression with k regressors keeps
// of one cluster.
type RegressionCluster struct {
	Gram *mat.SymDense // X_c'X_c, k by k
	XY   *mat.VecDense // X_c'y_c, k
}

// signs are the bootstrap weights of draws: the whole set of sign vectors where
// that is not more than asked for. They are made one draw at a time, since
// clusters times draws may be more than memory holds.
type signs struct {
	clusters, draws int
	enumerated      bool
	weights         string
	points          []float64
	seed            uint64
}

func newSigns(clusters int, o Options) signs {
	s := signs{clusters: clusters, draws: max(o.Draws, 0), weights: "rademacher", points: []float64{-1, 1}, seed: o.Seed}
	switch {
	case clusters < 31 && 1<<clusters <= o.Draws:
		s.enumerated, s.draws = true, 1<<clusters
	case clusters < webbBelow:
		a, b := math.Sqrt(1.5), math.Sqrt(0.5)
		s.weights, s.points = "webb", []float64{-a, -1, -b, b, 1, a}
	}
	return s
}

// each calls f with the weights of every draw, in order; f must not keep v.
func (s signs) each(f func(draw int, v []float64)) {
	random := rand.New(rand.NewPCG(s.seed, wildStream))
	v := make([]float64, s.clusters)
	for draw := range s.draws {
		for c := range v {
			switch {
			case !s.enumerated:
				v[c] = s.points[random.IntN(len(s.points))]
			case draw>>c&1 == 1:
				v[c] = -1
			default:
				v[c] = 1
			}
		}
		f(draw, v)
	}
}

// wildStream is the stream of random numbers of bootstrap weights.
const wildStream = 4711

// WildCluster is WildClusterAt for the hypothesis l'b = 0.
func WildCluster(clusters []RegressionCluster, n, k int64, l *mat.VecDense, o Options) (Wild, error) {
	return WildClusterAt(clusters, n, k, l, 0, o)
}

// WildClusterAt tests l'b = r in a least-squares regression by the restricted
// wild cluster bootstrap, from the moments of clusters alone: the residuals of
// the regression under the hypothesis are multiplied by one weight a cluster
// (Cameron, Gelbach and Miller 2008). l has the length of b and is not zero; n
// is the number of rows and k the number of parameters of the CR1 factor
// G/(G-1) (n-1)/(n-k), which leaves out effects nested in clusters. The interval
// is the set of values that the same test does not reject. All sign vectors are
// taken when they are at most o.Draws; else o.Draws (> 0) are drawn with o.Seed,
// of Webb's (2023) six points below 12 clusters. Nothing given is modified.
// ErrSingular where regressors are collinear, l is zero, there are fewer than
// two clusters or n is not above k.
//
// The fast form is that of Roodman, MacKinnon, Nielsen and Webb (2019) and
// MacKinnon (2023): with M = (X'X)^-1, the restricted fit is
// b~ = b - M l (l'M l)^-1 (l'b - r), its cluster scores are g_c = X_c'y_c -
// X_c'X_c b~, and a draw v has b* - b~ = M sum_c v_c g_c with cluster scores
// v_c g_c - X_c'X_c (b* - b~).
func WildClusterAt(clusters []RegressionCluster, n, k int64, l *mat.VecDense, r float64, o Options) (Wild, error) {
	if len(clusters) < 2 || n <= k {
		return Wild{}, ErrSingular
	}
	size := l.Len()
	total, xy := mat.NewSymDense(size, nil), mat.NewVecDense(size, nil)
	for _, c := range clusters {
		total.AddSym(total, c.Gram)
		xy.AddVec(xy, c.XY)
	}
	bread, err := invertScaled(total)
	if err != nil {
		return Wild{}, err
	}
	var beta, m mat.VecDense
	beta.MulVec(bread, xy)
	m.MulVec(bread, l)
	lml := mat.Dot(l, &m)
	if !(lml > 0) {
		return Wild{}, ErrSingular
	}
	w := wildRegression{m: m.RawVector().Data}
	for _, c := range clusters {
		// Scores at the unrestricted fit, how they move with the hypothesis, and
		// what a change of the fit takes from them.
		var at, along, pull mat.VecDense
		at.MulVec(c.Gram, &beta)
		at.SubVec(c.XY, &at)
		along.MulVec(c.Gram, &m)
		pull.MulVec(bread, &along)
		along.ScaleVec(1/lml, &along)
		w.score, w.move, w.pull = append(w.score, at.RawVector().Data), append(w.move, along.RawVector().Data), append(w.pull, pull.RawVector().Data)
	}
	v := newSigns(len(clusters), o)
	d := w.draws(mat.Dot(l, &beta), v)
	g := float64(len(clusters))
	return d.test(r, math.Sqrt(g/(g-1)*float64(n-1)/float64(n-k)), v, o.Level), nil
}

// invertScaled inverts a symmetric positive definite matrix after bringing its
// diagonal to one.
func invertScaled(a *mat.SymDense) (*mat.SymDense, error) {
	n := a.SymmetricDim()
	scale, sym := make([]float64, n), mat.NewSymDense(n, nil)
	for i := range n {
		if !(a.At(i, i) > 0) {
			return nil, ErrSingular
		}
		scale[i] = 1 / math.Sqrt(a.At(i, i))
	}
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, a.At(i, j)*scale[i]*scale[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sym) || chol.Cond() > 1e12 {
		return nil, ErrSingular
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, ErrSingular
	}
	for i := range n {
		for j := i; j < n; j++ {
			inverse.SetSym(i, j, inverse.At(i, j)*scale[i]*scale[j])
		}
	}
	return &inverse, nil
}

// wildRegression holds a regression ready for tests of l'b = r for any r.
type wildRegression struct {
	m           []float64   // M l
	score, move [][]float64 // restricted score of a cluster: score + (l'b - r) move
	pull        [][]float64 // M X_c'X_c M l
}

func (w wildRegression) draws(theta float64, v signs) *wildDraws {
	size := len(w.m)
	score, move := make([]float64, len(w.score)), make([]float64, len(w.score)) // l'M times those of w
	active := make([]bool, len(w.score))
	for c := range w.score {
		score[c], move[c] = floats.Dot(w.m, w.score[c]), floats.Dot(w.m, w.move[c])
		active[c] = slices.ContainsFunc(w.score[c], notZero) || slices.ContainsFunc(w.move[c], notZero)
	}
	d := newWildDraws(theta, norm(score), active, v.draws)
	sum, shift := make([]float64, size), make([]float64, size)
	v.each(func(draw int, v []float64) {
		if d.alike(draw, v) {
			return
		}
		clear(sum)
		clear(shift)
		for c, weight := range v {
			floats.AddScaled(sum, weight, w.score[c])
			floats.AddScaled(shift, weight, w.move[c])
		}
		d.at[draw], d.slope[draw] = floats.Dot(w.m, sum), floats.Dot(w.m, shift)
		for c, weight := range v {
			d.add(draw, weight*score[c]-floats.Dot(w.pull[c], sum), weight*move[c]-floats.Dot(w.pull[c], shift))
		}
	})
	return d
}

func notZero(x float64) bool { return x != 0 }

// wildDraws holds, for each draw, the sums over clusters that its statistic is
// made of under every hypothesis: with x = theta - r, theta* - r is at + x slope
// and cluster scores are p_c + x q_c, so that one pass over clusters serves all r.
type wildDraws struct {
	theta, own float64 // the estimate and its CR0 error
	active     []bool  // clusters that have a score under some hypothesis
	at, slope  []float64
	pp, pq, qq []float64 // sums over clusters
	t          []float64 // room for answers
}

func newWildDraws(theta, own float64, active []bool, draws int) *wildDraws {
	room := func() []float64 { return make([]float64, draws) }
	return &wildDraws{theta: theta, own: own, active: active, at: room(), slope: room(), pp: room(), pq: room(), qq: room(), t: room()}
}

// alike fills a draw whose weights are one number for all clusters that matter:
// it repeats the statistic itself. Without rounding, so that it ties however far
// the hypothesis is from the estimate.
func (d *wildDraws) alike(draw int, v []float64) bool {
	weight := 0.0
	for c, x := range v {
		switch {
		case !d.active[c]:
		case weight == 0:
			weight = x
		case weight != x:
			return false
		}
	}
	d.slope[draw], d.pp[draw] = weight, weight*weight*d.own*d.own
	return true
}

func (d *wildDraws) add(draw int, p, q float64) {
	d.pp[draw] += p * p
	d.pq[draw] += p * q
	d.qq[draw] += q * q
}

// statistics gives t and those of all draws for the hypothesis theta - x, which
// the next call overwrites. They leave out the factor of the error, which
// cancels.
func (d *wildDraws) statistics(x float64) (t float64, draws []float64) {
	for b := range d.t {
		spread := d.pp[b] + x*(2*d.pq[b]+x*d.qq[b])
		d.t[b] = ratio(d.at[b]+x*d.slope[b], math.Sqrt(math.Max(spread, 0)))
	}
	return ratio(x, d.own), d.t
}

// test is the answer for the hypothesis r; factor turns CR0 into the error that
// is printed.
func (d *wildDraws) test(r, factor float64, v signs, level float64) Wild {
	w := Wild{Estimate: d.theta, SE: factor * d.own, Draws: v.draws, Enumerated: v.enumerated, Weights: v.weights}
	t, draws := d.statistics(d.theta - r)
	w.T = t / factor
	w.count(t, draws)
	w.Lower, w.Upper = d.invert(level)
	w.Unbounded = math.IsInf(w.Lower, 0) || math.IsInf(w.Upper, 0)
	return w
}

// ratio is a / b, 0 where both vanish.
func ratio(a, b float64) float64 {
	if b == 0 {
		if a == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), a)
	}
	return a / b
}

// count sets the p-values; NaN without draws.
func (w *Wild) count(t float64, draws []float64) {
	var strict, below, above float64
	near := tieTolerance * math.Abs(t)
	if math.IsInf(t, 0) {
		near = 0
	}
	for _, x := range draws {
		if math.Abs(x) > math.Abs(t)*(1+tieTolerance) {
			strict++
		}
		if x <= t+near {
			below++
		}
		if x >= t-near {
			above++
		}
	}
	n := float64(len(draws))
	w.P, w.PStrict = symmetricP(t, draws), strict/n
	w.PEqualTail = math.Min(1, 2*math.Min(below, above)/n)
}

// symmetricP is the share of draws at least as far out as t.
func symmetricP(t float64, draws []float64) float64 {
	var n float64
	for _, x := range draws {
		if math.Abs(x) >= math.Abs(t)*(1-tieTolerance) {
			n++
		}
	}
	return n / float64(len(draws))
}

// searchLimit is how many standard errors an interval is looked for on each
// side.
const searchLimit = 1e3

// invert finds the values around theta that the test does not reject at
// 1 - level; infinite where none is rejected within the limit, NaN without draws.
// It searches in standard errors from theta: theta itself may be so large that
// its last digit is more than an error.
func (d *wildDraws) invert(level float64) (lower, upper float64) {
	if len(d.t) == 0 {
		return math.NaN(), math.NaN()
	}
	if !(d.own > 0) {
		return d.theta, d.theta
	}
	alpha := (1 - level) * (1 + tieTolerance)
	rejected := func(step float64) bool {
		t, draws := d.statistics(-step * d.own)
		return symmetricP(t, draws) <= alpha
	}
	side := func(sign float64) float64 {
		in, out := 0.0, 2.0
		for !rejected(sign * out) {
			if out > searchLimit {
				return sign * math.Inf(1)
			}
			in, out = out, 2*out
		}
		for out-in > 1e-6 {
			if middle := (in + out) / 2; rejected(sign * middle) {
				out = middle
			} else {
				in = middle
			}
		}
		return d.theta + sign*in*d.own
	}
	return side(-1), side(1)
}
