package inference

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// By hand: p = .01, .04, .03, .005 sort to .005, .01, .03, .04. Holm: 4 x .005 =
// .02, 3 x .01 = .03, 2 x .03 = .06, then at least .06. Benjamini-Hochberg:
// .04, min(4/3 x .03, .04) = .04, min(2 x .01, .04) = .02, .02.
func TestAdjustedByHand(t *testing.T) {
	p := []float64{0.01, 0.04, math.NaN(), 0.03, 0.005}
	for i, want := range []float64{0.03, 0.06, math.NaN(), 0.06, 0.02} {
		if got := Holm(p)[i]; math.Abs(got-want) > 1e-12 && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("Holm %d: %v, want %v", i, got, want)
		}
	}
	for i, want := range []float64{0.02, 0.04, math.NaN(), 0.04, 0.02} {
		if got := BenjaminiHochberg(p)[i]; math.Abs(got-want) > 1e-12 && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("Benjamini-Hochberg %d: %v, want %v", i, got, want)
		}
	}
}

func TestAdjustedIdentities(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		p := make([]float64, 1+random.IntN(8))
		for i := range p {
			p[i] = math.Pow(random.Float64(), 3)
		}
		holm, bh := Holm(p), BenjaminiHochberg(p)
		for i := range p {
			if p[i] > bh[i] || bh[i] > holm[i]+1e-15 || holm[i] > 1 {
				t.Fatalf("p %v, bh %v, holm %v", p[i], bh[i], holm[i])
			}
		}
	}
}

// Statistics that are all the same need no adjustment; independent ones are
// adjusted as 1 - (1-p)^n.
func TestRomanoWolf(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	const draws = 40000
	alike, apart := make([][]float64, draws), make([][]float64, draws)
	for b := range draws {
		z := random.NormFloat64()
		alike[b] = []float64{z, z, z}
		apart[b] = []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
	}
	t0 := []float64{2.2, 2.2, 2.2}
	p := NormalP(2.2, 1)
	for i, x := range RomanoWolf(t0, alike) {
		if math.Abs(x-p) > 0.003 {
			t.Errorf("alike %d: %v, raw %v", i, x, p)
		}
	}
	first := RomanoWolf([]float64{2.2, 0, 0.1}, apart)
	if want := 1 - (1-p)*(1-p)*(1-p); math.Abs(first[0]-want) > 0.005 {
		t.Errorf("apart: %v, want %v", first[0], want)
	}
}

func TestTwoWay(t *testing.T) {
	a := mat.NewSymDense(2, []float64{4, 1, 1, 9})
	both := mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2})
	v, mended := TwoWay(a, a, both)
	if mended || v.At(0, 0) != 7 || v.At(0, 1) != 1.5 || v.At(1, 1) != 16 {
		t.Errorf("%v mended %v", mat.Formatted(v), mended)
	}
	small := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	large := mat.NewSymDense(2, []float64{1, 1.5, 1.5, 3})
	v, mended = TwoWay(small, small, large) // [[1, -1.5], [-1.5, -1]]: one negative eigenvalue
	var eigen mat.EigenSym
	if !mended || !eigen.Factorize(v, false) || eigen.Values(nil)[0] < -1e-12 {
		t.Errorf("%v mended %v", mat.Formatted(v), mended)
	}
}

func TestEffectiveClusters(t *testing.T) {
	if g := EffectiveClusters([]float64{2, 2, 2, 2}); g != 4 {
		t.Errorf("equal: %v", g)
	}
	if g := EffectiveClusters([]float64{1, 0, 0}); g != 1 {
		t.Errorf("one: %v", g)
	}
	if !math.IsNaN(EffectiveClusters(nil)) {
		t.Error("none")
	}
}
