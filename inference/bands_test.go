package inference

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func diagonal(k int, v float64) *mat.SymDense {
	s := mat.NewSymDense(k, nil)
	for i := range k {
		s.SetSym(i, i, v)
	}
	return s
}

// Independent estimates have the critical value of Sidak: all k intervals hold
// with probability (2 Phi(c) - 1)^k. A quantile of 200,000 draws has a standard
// error of about 0.003 there.
func TestBandsOfIndependentEstimatesAreSidak(t *testing.T) {
	for _, k := range []int{1, 2, 5, 20} {
		for _, level := range []float64{0.9, 0.95} {
			got, ok := Bands(diagonal(k, 7), Options{Level: level, Seed: 1, Draws: 200_000}, 1)
			want := NormalQuantile((1 + math.Pow(level, 1/float64(k))) / 2)
			if !ok || math.Abs(got-want) > 0.012 {
				t.Errorf("k = %d, level %v: %v, Sidak has %v", k, level, got, want)
			}
		}
	}
}

func TestBandsOfOneAndTheSameEstimateArePointwise(t *testing.T) {
	s := mat.NewSymDense(3, nil)
	sd := []float64{1, 1e6, 1e-3}
	for i := range 3 {
		for j := i; j < 3; j++ {
			s.SetSym(i, j, sd[i]*sd[j])
		}
	}
	got, ok := Bands(s, Options{Level: 0.95, Seed: 1, Draws: 200_000}, 1)
	if !ok || math.Abs(got-NormalQuantile(0.975)) > 0.012 {
		t.Errorf("critical value %v, %v", got, ok)
	}
}

func TestBandsAreReproducibleAndNamedByStream(t *testing.T) {
	o := Options{Level: 0.95, Seed: 9, Draws: 1000}
	a, _ := Bands(diagonal(4, 1), o, 1)
	b, _ := Bands(diagonal(4, 1), o, 1)
	c, _ := Bands(diagonal(4, 1), o, 2)
	if a != b || a == c {
		t.Errorf("same stream %v and %v, other stream %v", a, b, c)
	}
}

func TestBandsWithoutVariance(t *testing.T) {
	if _, ok := Bands(diagonal(2, 0), Defaults, 1); ok {
		t.Error("a band of estimates without variance")
	}
	s := diagonal(2, 1)
	s.SetSym(1, 1, 0)
	got, ok := Bands(s, Options{Level: 0.95, Seed: 1, Draws: 100_000}, 1)
	if !ok || math.Abs(got-NormalQuantile(0.975)) > 0.02 {
		t.Errorf("critical value %v, %v: an estimate without variance must not widen it", got, ok)
	}
}

// factor draws a random k by m matrix with a few common factors.
func factor(r *rand.Rand, k, m int) *mat.Dense {
	a := mat.NewDense(k, m, nil)
	for i := range k {
		for j := range m {
			a.Set(i, j, r.NormFloat64())
		}
	}
	return a
}

// The band holds all true values at once as often as it says: 4,000 worlds, two
// standard errors of the coverage are 0.007.
func TestBandsCover(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const k, m, worlds = 6, 3, 4000 // singular: rank 3
	a := factor(r, k, m)
	cov := mat.NewSymDense(k, nil)
	cov.SymOuterK(1, a)
	c, ok := Bands(cov, Options{Level: 0.95, Seed: 5, Draws: 50_000}, 1)
	if !ok {
		t.Fatal("no band")
	}
	held := 0
	for range worlds {
		z := mat.NewVecDense(m, nil)
		for j := range m {
			z.SetVec(j, r.NormFloat64())
		}
		var x mat.VecDense
		x.MulVec(a, z)
		all := true
		for i := range k {
			all = all && math.Abs(x.AtVec(i)) <= c*math.Sqrt(cov.At(i, i))
		}
		if all {
			held++
		}
	}
	if share := float64(held) / worlds; math.Abs(share-0.95) > 0.011 {
		t.Errorf("the 95 %% band holds in %v of worlds", share)
	}
}
