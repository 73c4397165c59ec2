package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// referee is the bootstrap of l'b = r by rows, as the textbook has it: fit under
// the hypothesis, outcomes of signed residuals, the regression fitted anew.
func (r regressionRows) referee(l *mat.VecDense, null float64, v signs, factor float64) (w Wild) {
	statistic := func(y []float64) (theta, se float64) {
		beta, bread := r.fit(y)
		sums := make([]float64, v.clusters)
		for i, row := range r.x {
			x := mat.NewVecDense(len(row), row)
			sums[r.cluster[i]] += mat.Inner(l, bread, x) * (y[i] - mat.Dot(x, beta))
		}
		return mat.Dot(l, beta), factor * norm(sums)
	}
	w.Estimate, w.SE = statistic(r.y)
	w.T = (w.Estimate - null) / w.SE
	beta, bread := r.fit(r.y)
	var step mat.VecDense
	step.MulVec(bread, l)
	beta.AddScaledVec(beta, -(w.Estimate-null)/mat.Inner(l, bread, l), &step)
	y := make([]float64, len(r.y))
	var below, above float64
	v.each(func(_ int, v []float64) {
		for i, row := range r.x {
			fitted := mat.Dot(mat.NewVecDense(len(row), row), beta)
			y[i] = fitted + v[r.cluster[i]]*(r.y[i]-fitted)
		}
		theta, se := statistic(y)
		t := (theta - null) / se
		const near = 1e-9
		if math.Abs(t) >= math.Abs(w.T)*(1-near) {
			w.P++
		}
		if math.Abs(t) > math.Abs(w.T)*(1+near) {
			w.PStrict++
		}
		if t >= w.T-near {
			above++
		}
		if t <= w.T+near {
			below++
		}
	})
	n := float64(v.draws)
	w.P, w.PStrict, w.PEqualTail = w.P/n, w.PStrict/n, math.Min(1, 2*math.Min(below, above)/n)
	return w
}

// Any combination, any hypothesis, each kind of weights.
func TestWildClusterAtAgainstRows(t *testing.T) {
	for _, world := range []struct {
		clusters, draws int
		weights         string
	}{{5, 32, "rademacher"}, {8, 150, "webb"}, {13, 150, "rademacher"}} {
		r := randomRows(uint64(world.clusters), world.clusters, 4)
		o := Options{Level: 0.9, Draws: world.draws, Seed: 6}
		n, g := float64(len(r.y)), float64(world.clusters)
		factor := math.Sqrt(g / (g - 1) * (n - 1) / (n - 3))
		for _, l := range [][]float64{{1, 0, 0}, {1, 0.5, -2}} {
			for _, null := range []float64{0, 0.4, -3} {
				v := mat.NewVecDense(3, l)
				got, err := WildClusterAt(r.moments(), int64(n), 3, v, null, o)
				if err != nil {
					t.Fatal(err)
				}
				want := r.referee(v, null, newSigns(world.clusters, o), factor)
				if !near(got.Estimate, want.Estimate) || !near(got.SE, want.SE) || !near(got.T, want.T) ||
					got.P != want.P || got.PStrict != want.PStrict || got.PEqualTail != want.PEqualTail {
					t.Errorf("%d clusters, l %v, r %v: %+v, from rows %+v", world.clusters, l, null, got, want)
				}
				if got.Weights != world.weights || got.Enumerated != (world.draws == 32) || got.Draws != world.draws {
					t.Errorf("%+v", got)
				}
			}
		}
	}
}

// The interval ends where the test of its own bounds turns.
func TestWildIntervalInvertsTheTest(t *testing.T) {
	for seed := range uint64(6) {
		r := randomRows(seed, 9, 4)
		o := Options{Level: 0.9, Draws: 600, Seed: seed}
		l := mat.NewVecDense(3, []float64{1, 0, -1})
		w, err := WildCluster(r.moments(), int64(len(r.y)), 3, l, o)
		if err != nil || w.Unbounded {
			t.Fatalf("%+v %v", w, err)
		}
		p := func(null float64) float64 {
			w, err := WildClusterAt(r.moments(), int64(len(r.y)), 3, l, null, o)
			if err != nil {
				t.Fatal(err)
			}
			return w.P
		}
		step := 1e-5 * w.SE
		if p(w.Lower-step) > 0.1 || p(w.Lower+step) <= 0.1 || p(w.Upper+step) > 0.1 || p(w.Upper-step) <= 0.1 {
			t.Errorf("seed %d: interval %v to %v has p %v %v %v %v", seed, w.Lower, w.Upper, p(w.Lower-step), p(w.Lower+step), p(w.Upper-step), p(w.Upper+step))
		}
		if p(w.Estimate) != 1 {
			t.Errorf("the estimate itself has p %v", p(w.Estimate))
		}
	}
}

// What must not change the answer: the run, under enumeration the seed and the
// order of clusters, and units of measurement.
func TestWildClusterIsInvariant(t *testing.T) {
	r := randomRows(4, 9, 4)
	o := Options{Level: 0.95, Draws: 512, Seed: 1}
	run := func(clusters []RegressionCluster, o Options) Wild {
		w, err := WildCluster(clusters, int64(len(r.y)), 3, unit(3, 0), o)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	all := r.moments()
	want := run(all, o)
	other := o
	other.Seed = 99
	if got := run(all, o); got != want {
		t.Errorf("again: %+v, want %+v", got, want)
	}
	if got := run(all, other); got != want || !got.Enumerated {
		t.Errorf("another seed: %+v, want %+v", got, want)
	}
	var turned []RegressionCluster
	for i := range all {
		turned = append(turned, all[len(all)-1-i])
	}
	if got := run(turned, o); got.P != want.P || got.PStrict != want.PStrict || !near(got.T, want.T) {
		t.Errorf("turned: %+v, want %+v", got, want)
	}
	scaled := r
	scaled.x, scaled.y = nil, nil
	for i := range r.y {
		scaled.x = append(scaled.x, []float64{r.x[i][0] * 1e-4, r.x[i][1], r.x[i][2] * 1e3})
		scaled.y = append(scaled.y, r.y[i]*1e6)
	}
	if got := run(scaled.moments(), o); got.P != want.P || !near(got.T, want.T) || !near(got.Lower/1e10, want.Lower) {
		t.Errorf("other units: %+v, want %+v", got, want)
	}
	// Drawn: the seed matters, and the answer comes near enumeration.
	o.Draws, other.Draws = 500, 500
	a, b := run(all, o), run(all, other)
	if a == b || a.Enumerated || a != run(all, o) {
		t.Errorf("drawn: %+v and %+v", a, b)
	}
	// Rademacher draws come near enumeration: 4 standard errors of 4,000 draws.
	r = randomRows(4, 12, 4)
	o.Draws = 4096
	exact := run(r.moments(), o)
	o.Draws = 4000
	drawn := run(r.moments(), o)
	if !exact.Enumerated || drawn.Enumerated || drawn.Weights != "rademacher" || math.Abs(exact.P-drawn.P) > 4*math.Sqrt(exact.P*(1-exact.P)/4000) {
		t.Errorf("drawn %v, enumerated %v", drawn.P, exact.P)
	}
}

// With four clusters the two draws that repeat the statistic are 2/16 of all:
// p never falls to 0.05, whatever the hypothesis, and the set has no ends.
func TestFourClustersRejectNothing(t *testing.T) {
	o := Options{Level: 0.95, Draws: 1000}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 4))
		e := randomScores(random, 4)
		answers, _ := WildScores([]ClusterScores{e}, o)
		if w := answers[0]; !w.Unbounded || !math.IsInf(w.Lower, -1) || !math.IsInf(w.Upper, 1) || w.P < 0.125 {
			t.Fatalf("seed %d: %+v", seed, w)
		}
		r := randomRows(seed, 4, 4)
		w, err := WildCluster(r.moments(), int64(len(r.y)), 3, unit(3, 0), o)
		if err != nil || !w.Unbounded || w.P < 0.125 {
			t.Fatalf("seed %d: %+v %v", seed, w, err)
		}
	}
}

// Ties hold however far the hypothesis is from the estimate.
func TestTiesFarAway(t *testing.T) {
	for seed := range uint64(50) {
		for g := 3; g < 9; g++ {
			e := randomScores(rand.New(rand.NewPCG(seed, uint64(g))), g)
			o := Options{Level: 0.95, Draws: 1000}
			for _, far := range []float64{1e2, 1e4, 1e8} {
				shifted := e
				shifted.Estimate = far * norm(e.Score)
				answers, _ := WildScores([]ClusterScores{shifted}, o)
				if w := answers[0]; w.P < math.Ldexp(2, -g) {
					t.Fatalf("%d clusters, %g errors away: %+v", g, far, w)
				}
				r := randomRows(seed, g, 4)
				w, err := WildClusterAt(r.moments(), int64(len(r.y)), 3, unit(3, 0), far, o)
				if err != nil || w.P < math.Ldexp(2, -g) {
					t.Fatalf("%d clusters, hypothesis %g: %+v %v", g, far, w, err)
				}
			}
		}
	}
}

func randomScores(random *rand.Rand, clusters int) ClusterScores {
	e := ClusterScores{Estimate: random.NormFloat64(), Score: make([]float64, clusters), Leverage: make([]float64, clusters)}
	var score, leverage float64
	for c := range clusters {
		e.Score[c], e.Leverage[c] = random.NormFloat64(), random.ExpFloat64()
		score += e.Score[c]
		leverage += e.Leverage[c]
	}
	for c := range clusters {
		e.Score[c] -= score / float64(clusters)
		e.Leverage[c] /= leverage
	}
	return e
}

// With dummies for the clusters, the regressor is what is left of it within each:
// the scores' form of that is the regression on all, to the last draw.
func TestScoresAreTheRegressionWithFixedEffects(t *testing.T) {
	for _, draws := range []int{512, 300} {
		const clusters, k = 9, 10
		o := Options{Level: 0.9, Draws: draws, Seed: 3}
		r := randomRows(11, clusters, 5)
		full, within := r, r
		full.x, within.x = nil, nil
		means, rows := make([]float64, clusters), make([]float64, clusters)
		for i, c := range r.cluster {
			means[c] += r.x[i][0]
			rows[c]++
		}
		for i, c := range r.cluster {
			x := make([]float64, k)
			x[0], x[1+c] = r.x[i][0], 1
			full.x = append(full.x, x)
			within.x = append(within.x, []float64{r.x[i][0] - means[c]/rows[c]})
		}
		want, err := WildCluster(full.moments(), int64(len(r.y)), 1, unit(k, 0), o)
		if err != nil {
			t.Fatal(err)
		}
		var total float64
		for _, c := range within.moments() {
			total += c.Gram.At(0, 0)
		}
		e := ClusterScores{Estimate: want.Estimate}
		for _, c := range within.moments() {
			e.Score = append(e.Score, (c.XY.AtVec(0)-c.Gram.At(0, 0)*want.Estimate)/total)
			e.Leverage = append(e.Leverage, c.Gram.At(0, 0)/total)
		}
		answers, _ := WildScores([]ClusterScores{e}, o)
		got := answers[0]
		if got.P != want.P || got.PStrict != want.PStrict || got.PEqualTail != want.PEqualTail {
			t.Errorf("scores %+v, regression %+v", got, want)
		}
		// The same but for the factor of the error, (n-1)/(n-1) with k = 1.
		if !near(got.SE, want.SE) || !near(got.T, want.T) || math.Abs(got.Lower-want.Lower) > 1e-9 || math.Abs(got.Upper-want.Upper) > 1e-9 {
			t.Errorf("scores %+v, regression %+v", got, want)
		}
	}
}

// Many estimates share draws: each answer is that of the estimate alone, a copy
// does not widen the band, another estimate does not narrow it, and for one
// estimate the band's value is where its own p turns.
func TestScoresJointly(t *testing.T) {
	o := Options{Level: 0.9, Draws: 2048, Seed: 8}
	random := rand.New(rand.NewPCG(7, 7))
	a, b, c := randomScores(random, 11), randomScores(random, 11), randomScores(random, 11)
	alone, one := WildScores([]ClusterScores{a}, o)
	_, copied := WildScores([]ClusterScores{a, a}, o)
	all, three := WildScores([]ClusterScores{a, b, c}, o)
	if one != copied || !(three > one) || all[0] != alone[0] {
		t.Errorf("critical values %v, %v, %v; %+v in company %+v", one, copied, three, alone[0], all[0])
	}
	_, wide := WildScores([]ClusterScores{a, b, c}, Options{Level: 0.99, Draws: 2048})
	if !(wide > three) {
		t.Errorf("at 0.99 %v, at 0.9 %v", wide, three)
	}
	// T and the critical value have the same factor: p <= 0.1 just where |T| is
	// above it. Moving the estimate moves its draws, so each is looked at anew.
	a = randomScores(random, 9)
	for step := range 400 {
		e := a
		e.Estimate = float64(step) * 0.01 * norm(a.Score)
		w, critical := WildScores([]ClusterScores{e}, Options{Level: 0.9, Draws: 512})
		if (w[0].P <= 0.1) != (math.Abs(w[0].T) > critical) {
			t.Errorf("T %v, critical %v, p %v", w[0].T, critical, w[0].P)
		}
	}
}

func TestWildWithoutMuch(t *testing.T) {
	o := Options{Level: 0.95, Draws: 64}
	if answers, critical := WildScores(nil, o); answers != nil || !math.IsNaN(critical) {
		t.Errorf("nothing: %v %v", answers, critical)
	}
	e := randomScores(rand.New(rand.NewPCG(1, 1)), 6)
	answers, critical := WildScores([]ClusterScores{e}, Options{Level: 0.95})
	if w := answers[0]; !math.IsNaN(w.P) || !math.IsNaN(w.Lower) || !math.IsNaN(critical) || !near(w.SE, norm(e.Score)*math.Sqrt(1.2)) {
		t.Errorf("no draws: %+v %v", answers[0], critical)
	}
	// A fit without residuals: an estimate known exactly. Bisection must end though
	// the error is far below the last digit of the estimate.
	r := randomRows(2, 6, 4)
	for i := range r.y {
		r.y[i] = 1e3 + 2*r.x[i][0]
	}
	w, err := WildCluster(r.moments(), int64(len(r.y)), 3, unit(3, 0), o)
	if err != nil || math.Abs(w.Estimate-2) > 1e-9 || w.SE > 1e-9 || math.IsNaN(w.T) {
		t.Errorf("%+v %v", w, err)
	}
	for i := range r.y {
		r.y[i] = 0
	}
	if w, err = WildCluster(r.moments(), int64(len(r.y)), 3, unit(3, 0), o); err != nil || w.T != 0 || w.P != 1 || w.Lower != 0 || w.Upper != 0 {
		t.Errorf("outcome nil: %+v %v", w, err)
	}
	r = randomRows(2, 6, 4)
	n := int64(len(r.y))
	for name, try := range map[string]func() (Wild, error){
		"l is zero":     func() (Wild, error) { return WildCluster(r.moments(), n, 3, mat.NewVecDense(3, nil), o) },
		"one cluster":   func() (Wild, error) { return WildCluster(r.moments()[:1], n, 3, unit(3, 0), o) },
		"no cluster":    func() (Wild, error) { return WildCluster(nil, n, 3, unit(3, 0), o) },
		"n is k":        func() (Wild, error) { return WildCluster(r.moments(), 3, 3, unit(3, 0), o) },
		"never varies":  func() (Wild, error) { return WildCluster(r.without(2), n, 3, unit(3, 0), o) },
		"a sum of both": func() (Wild, error) { return WildCluster(r.sum(2), n, 3, unit(3, 0), o) },
	} {
		if _, err := try(); !errors.Is(err, ErrSingular) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// without has a regressor that is always zero.
func (r regressionRows) without(j int) []RegressionCluster {
	other := r
	other.x = nil
	for _, x := range r.x {
		y := append([]float64(nil), x...)
		y[j] = 0
		other.x = append(other.x, y)
	}
	return other.moments()
}

// sum has a regressor that is the sum of the others.
func (r regressionRows) sum(j int) []RegressionCluster {
	other := r
	other.x = nil
	for _, x := range r.x {
		y := append([]float64(nil), x...)
		y[j] = 0
		for i, v := range x {
			if i != j {
				y[j] += v
			}
		}
		other.x = append(other.x, y)
	}
	return other.moments()
}

// Ten unequal clusters with shocks in common and a regressor that is the same
// throughout a cluster: the bootstrap rejects a true hypothesis about as often as
// it says, where CR1 with the normal distribution rejects twice as often. 1,000
// worlds: a standard error of 0.7 points at 5 %.
func TestWildClusterKeepsItsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 1))
	const worlds = 1000
	rejected, covered, naive := 0, 0, 0
	for range worlds {
		var clusters []RegressionCluster
		var n int64
		for c := range 10 {
			one := RegressionCluster{mat.NewSymDense(2, nil), mat.NewVecDense(2, nil)}
			dose, shock := random.NormFloat64(), random.NormFloat64()
			for range 5 + 3*(c%4) {
				x := mat.NewVecDense(2, []float64{dose, 1})
				one.Gram.SymRankOne(one.Gram, 1, x)
				one.XY.AddScaledVec(one.XY, 0.5*dose+shock+random.NormFloat64(), x)
				n++
			}
			clusters = append(clusters, one)
		}
		w, err := WildClusterAt(clusters, n, 2, unit(2, 0), 0.5, Options{Level: 0.95, Draws: 1024})
		if err != nil {
			t.Fatal(err)
		}
		if w.P <= 0.05 {
			rejected++
		}
		if w.Lower <= 0.5 && 0.5 <= w.Upper {
			covered++
		}
		if math.Abs(w.T) > 1.96 {
			naive++
		}
	}
	if share := float64(rejected) / worlds; share < 0.03 || share > 0.075 {
		t.Errorf("rejected %v of true hypotheses", share)
	}
	if share := float64(covered) / worlds; share < 0.925 || share > 0.975 {
		t.Errorf("covered %v", share)
	}
	if float64(naive)/worlds < 0.08 {
		t.Errorf("CR1 rejected %v: the world is too easy", float64(naive)/worlds)
	}
	t.Logf("rejected %d, covered %d, CR1 with 1.96 rejected %d of %d", rejected, covered, naive, worlds)
}
