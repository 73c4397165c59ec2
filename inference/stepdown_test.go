package inference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// By hand: statistics 3, -2 and 1 with the four draws below. The largest of all
// three in each draw is 3.5, 2, 1.5, 2.5: one reaches 3, so p = 2/5. Without the
// first it is 1, 2, 1.5, 2.5: two reach 2, p = 3/5. The last alone is 0.5, 0.5,
// 1.5, 0.2: one reaches 1, which is 2/5, but not below the one before: 3/5.
func TestRomanoWolfByHand(t *testing.T) {
	draws := [][]float64{{3.5, 1, 0.5}, {0.3, -2, 0.5}, {1, 0.1, -1.5}, {0.7, 2.5, 0.2}}
	if got, want := RomanoWolf([]float64{3, -2, 1}, draws), []float64{0.4, 0.6, 0.6}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// The order given does not matter, and an unknown statistic has no part.
	turned := make([][]float64, len(draws))
	for b, d := range draws {
		turned[b] = []float64{d[2], 99, d[0], d[1]}
	}
	got := RomanoWolf([]float64{1, math.NaN(), 3, -2}, turned)
	if got[0] != 0.6 || !math.IsNaN(got[1]) || got[2] != 0.4 || got[3] != 0.6 {
		t.Errorf("%v", got)
	}
	if got := RomanoWolf([]float64{9}, nil); got[0] != 1 {
		t.Errorf("without draws nothing is known: %v", got)
	}
}

// Adjusted values lie between raw ones and those of Holm; equal ones are raw;
// independent ones are 1 - (1-p)^m with m the hypotheses that are left.
func TestRomanoWolfNormal(t *testing.T) {
	o := Options{Level: 0.95, Seed: 4, Draws: 40_000}
	theta := []float64{5.4, -4.4, 4.2, 1}
	sd := []float64{2, 2, 2, 2}
	independent := diagonal(4, 4)
	got := RomanoWolfNormal(theta, independent, o, 1)
	want := 0.0 // never below that of a larger statistic
	for i, m := range []float64{4, 3, 2, 1} {
		want = math.Max(want, 1-math.Pow(1-NormalP(theta[i], sd[i]), m))
		if math.Abs(got[i]-want) > 4*math.Sqrt(want/float64(o.Draws))+1e-4 {
			t.Errorf("independent %d: %v, want %v", i, got[i], want)
		}
	}
	if again := RomanoWolfNormal(theta, independent, o, 1); !slices.Equal(got, again) {
		t.Errorf("%v, then %v", got, again)
	}
	if other := RomanoWolfNormal(theta, independent, o, 2); slices.Equal(got, other) {
		t.Error("another stream draws the same")
	}
	alike := mat.NewSymDense(4, nil)
	for i := range 4 {
		for j := i; j < 4; j++ {
			alike.SetSym(i, j, 4)
		}
	}
	for i, p := range RomanoWolfNormal([]float64{4.4, 4.4, 4.4, 4.4}, alike, o, 1) {
		if raw := NormalP(4.4, 2); math.Abs(p-raw) > 0.004 || p < raw {
			t.Errorf("alike %d: %v, raw %v", i, p, raw)
		}
	}
	random := rand.New(rand.NewPCG(6, 6))
	o.Draws = 5000
	for range 20 {
		var cov mat.SymDense
		cov.SymOuterK(1, factor(random, 6, 4))
		theta, raw := make([]float64, 6), make([]float64, 6)
		for i := range theta {
			theta[i] = 2 * random.NormFloat64() * math.Sqrt(cov.At(i, i))
			raw[i] = NormalP(theta[i], math.Sqrt(cov.At(i, i)))
		}
		holm, p := Holm(raw), RomanoWolfNormal(theta, &cov, o, 1)
		for i := range p {
			if p[i] < raw[i] || p[i] > holm[i]+4*math.Sqrt(holm[i]/5000)+1e-3 {
				t.Errorf("%v: raw %v, Holm %v", p[i], raw[i], holm[i])
			}
		}
	}
}

func TestRomanoWolfNormalWithoutVariance(t *testing.T) {
	cov := diagonal(3, 1)
	cov.SetSym(1, 1, 0)
	o := Options{Seed: 4, Draws: 2000}
	got := RomanoWolfNormal([]float64{2, 7, math.NaN()}, cov, o, 1)
	if raw := NormalP(2, 1); math.Abs(got[0]-raw) > 0.02 || !math.IsNaN(got[1]) || !math.IsNaN(got[2]) {
		t.Errorf("%v, raw of the first %v", got, raw)
	}
}

// The chance of any false rejection is the level, with strongly dependent
// estimates of which one is not null: 1,000 worlds, a standard error of 0.7 points.
func TestRomanoWolfKeepsItsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 2))
	var cov mat.SymDense
	a := factor(random, 5, 3)
	cov.SymOuterK(1, a)
	const worlds = 1000
	wrong, found, foundHolm := 0, 0, 0
	for w := range worlds {
		z := mat.NewVecDense(3, []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()})
		var x mat.VecDense
		x.MulVec(a, z)
		theta, raw := x.RawVector().Data, make([]float64, 5)
		theta[2] += 3 * math.Sqrt(cov.At(2, 2))
		for i := range raw {
			raw[i] = NormalP(theta[i], math.Sqrt(cov.At(i, i)))
		}
		p, holm := RomanoWolfNormal(theta, &cov, Options{Seed: uint64(w), Draws: 999}, 1), Holm(raw)
		if p[0] <= 0.05 || p[1] <= 0.05 || p[3] <= 0.05 || p[4] <= 0.05 {
			wrong++
		}
		if p[2] <= 0.05 {
			found++
		}
		if holm[2] <= 0.05 {
			foundHolm++
		}
	}
	if wrong > 72 || wrong < 15 {
		t.Errorf("a false rejection in %d of %d worlds", wrong, worlds)
	}
	if found < foundHolm {
		t.Errorf("the effect was found %d times, by Holm %d", found, foundHolm)
	}
	t.Logf("false %d, found %d, Holm %d", wrong, found, foundHolm)
}

// Ties, one test, none, all unknown.
func TestAdjustedEdges(t *testing.T) {
	for _, adjust := range []func([]float64) []float64{Holm, BenjaminiHochberg} {
		if got := adjust(nil); len(got) != 0 {
			t.Errorf("none: %v", got)
		}
		if got := adjust([]float64{0.03}); got[0] != 0.03 {
			t.Errorf("one: %v", got)
		}
		if got := adjust([]float64{math.NaN(), math.NaN()}); !math.IsNaN(got[0]) || !math.IsNaN(got[1]) {
			t.Errorf("unknown: %v", got)
		}
		given := []float64{0.5, 0.02, 0.02, 0.9}
		got := adjust(given)
		if got[1] != got[2] || !slices.Equal(given, []float64{0.5, 0.02, 0.02, 0.9}) {
			t.Errorf("ties %v, given %v", got, given)
		}
	}
	// Equal values: Holm takes the most for all, Benjamini-Hochberg leaves them.
	if h, b := Holm([]float64{0.02, 0.02, 0.02}), BenjaminiHochberg([]float64{0.02, 0.02, 0.02}); h[2] != 0.06 || b[0] != 0.02 {
		t.Errorf("%v %v", h, b)
	}
}
