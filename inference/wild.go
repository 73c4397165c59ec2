package inference

import (
	"math"
	"math/rand/v2"

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
	Estimate, SE, T float64 // CR1 error and t of the hypothesis
	P               float64 // symmetric, |t*| >= |t|; ties count
	PStrict         float64 // |t*| > |t|; ties do not
	PEqualTail      float64 // twice the smaller tail, ties counted, at most 1
	// Lower and Upper bound the values that the test does not reject at 1 - level;
	// infinite where it rejects none so far out.
	Lower, Upper float64
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

// signs gives the bootstrap weights of draws: the whole set of sign vectors
// where that is not more than asked for.
type signs struct {
	rows       [][]float64
	enumerated bool
	weights    string
}

func newSigns(clusters int, o Options, stream uint64) signs {
	if clusters < 31 && 1<<clusters <= o.Draws {
		all := signs{enumerated: true, weights: "rademacher"}
		for b := range 1 << clusters {
			v := make([]float64, clusters)
			for c := range v {
				v[c] = 1
				if b>>c&1 == 1 {
					v[c] = -1
				}
			}
			all.rows = append(all.rows, v)
		}
		return all
	}
	points, name := []float64{-1, 1}, "rademacher"
	if clusters < webbBelow {
		a, b := math.Sqrt(1.5), math.Sqrt(0.5)
		points, name = []float64{-a, -1, -b, b, 1, a}, "webb"
	}
	random := rand.New(rand.NewPCG(o.Seed, stream))
	all := signs{weights: name}
	for range o.Draws {
		v := make([]float64, clusters)
		for c := range v {
			v[c] = points[random.IntN(len(points))]
		}
		all.rows = append(all.rows, v)
	}
	return all
}

// wildStream is the stream of random numbers of bootstrap weights.
const wildStream = 4711

// WildCluster tests l'b = 0 in a least-squares regression by the restricted wild
// cluster bootstrap, from the moments of clusters alone: the residuals of the
// regression under the hypothesis are multiplied by one weight a cluster
// (Cameron, Gelbach and Miller 2008). n is the number of rows and k the number
// of parameters of the CR1 factor G/(G-1) (n-1)/(n-k). The interval is the set
// of values that the same test does not reject. The fast form is that of
// Roodman, MacKinnon, Nielsen and Webb (2019): with M = (X'X)^-1 and g_c the
// scores of the restricted fit, a draw v has d = M sum_c v_c g_c, and cluster
// scores v_c g_c - X_c'X_c d. ErrSingular where regressors are collinear.
func WildCluster(clusters []RegressionCluster, n, k int64, l *mat.VecDense, o Options) (Wild, error) {
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
	w := wildTest{theta: mat.Dot(l, &beta), bread: bread, m: &m}
	g := float64(len(clusters))
	if len(clusters) < 2 || n <= k {
		return Wild{}, ErrSingular
	}
	w.factor = g / (g - 1) * float64(n-1) / float64(n-k)
	for _, c := range clusters {
		// Scores at the unrestricted fit, and how they move with the hypothesis.
		var at, move, along mat.VecDense
		at.MulVec(c.Gram, &beta)
		at.SubVec(c.XY, &at)
		along.MulVec(c.Gram, &m)
		move.ScaleVec(1/lml, &along)
		w.score, w.move, w.along = append(w.score, &at), append(w.move, &move), append(w.along, &along)
	}
	return w.run(newSigns(len(clusters), o, wildStream), o.Level), nil
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

// wildTest holds a regression ready for tests of l'b = r for any r.
type wildTest struct {
	theta, factor float64
	bread         *mat.SymDense
	m             *mat.VecDense   // M l
	score, move   []*mat.VecDense // restricted score of a cluster: score + (theta - r) move
	along         []*mat.VecDense // X_c'X_c M l
}

// statistics gives t and the statistics of all draws for the hypothesis r. They
// leave out the CR1 factor, which cancels.
func (w wildTest) statistics(r float64, v signs) (t float64, draws []float64) {
	clusters := len(w.score)
	scores := make([]*mat.VecDense, clusters)
	plain := make([]float64, clusters) // l'M g_c
	var variance float64
	for c := range scores {
		scores[c] = mat.NewVecDense(w.m.Len(), nil)
		scores[c].AddScaledVec(w.score[c], w.theta-r, w.move[c])
		plain[c] = mat.Dot(w.m, scores[c])
		own := mat.Dot(w.m, w.score[c])
		variance += own * own
	}
	t = (w.theta - r) / math.Sqrt(variance)
	draws = make([]float64, len(v.rows))
	size := w.m.Len()
	sum, d := mat.NewVecDense(size, nil), mat.NewVecDense(size, nil)
	for b, row := range v.rows {
		sum.Zero()
		for c, s := range scores {
			sum.AddScaledVec(sum, row[c], s)
		}
		d.MulVec(w.bread, sum)
		var spread float64
		for c := range scores {
			e := row[c]*plain[c] - mat.Dot(w.along[c], d)
			spread += e * e
		}
		draws[b] = ratio(mat.Dot(w.m, sum), math.Sqrt(spread))
	}
	return t, draws
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

func (w wildTest) run(v signs, level float64) Wild {
	t, draws := w.statistics(0, v)
	var own float64
	for c := range w.score {
		s := mat.Dot(w.m, w.score[c])
		own += s * s
	}
	out := Wild{Estimate: w.theta, SE: math.Sqrt(w.factor * own), Draws: len(v.rows), Enumerated: v.enumerated, Weights: v.weights}
	out.T = t / math.Sqrt(w.factor)
	out.count(t, draws)
	out.Lower, out.Upper = invert(w.theta, out.SE, level, func(r float64) float64 {
		t, draws := w.statistics(r, v)
		return symmetricP(t, draws)
	})
	return out
}

// count sets the p-values.
func (w *Wild) count(t float64, draws []float64) {
	var strict, below, above float64
	for _, x := range draws {
		if math.Abs(x) > math.Abs(t)*(1+tieTolerance) {
			strict++
		}
		near := tieTolerance * math.Abs(t)
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

// invert finds the values around theta that a test with p-value p(r) does not
// reject at 1 - level; infinite where none is rejected within the limit.
func invert(theta, se, level float64, p func(r float64) float64) (lower, upper float64) {
	alpha := 1 - level
	side := func(sign float64) float64 {
		if !(se > 0) {
			return theta
		}
		in, out := theta, theta+sign*2*se
		for p(out) > alpha {
			in = out
			if math.Abs(out-theta) > searchLimit*se {
				return sign * math.Inf(1)
			}
			out = theta + 2*(out-theta)
		}
		for math.Abs(out-in) > 1e-6*se {
			if middle := (in + out) / 2; p(middle) > alpha {
				in = middle
			} else {
				out = middle
			}
		}
		return in
	}
	return side(-1), side(1)
}
