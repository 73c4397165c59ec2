package inference

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestWaldOfIndependentParameters(t *testing.T) {
	w := WaldTest([]float64{2, -3}, diagonal(2, 4))
	if w.Rank != 2 || w.Singular() || math.Abs(w.Statistic-13.0/4) > 1e-12 {
		t.Errorf("%+v, want statistic 3.25 of rank 2", w)
	}
	if want := math.Exp(-3.25 / 2); math.Abs(w.P-want) > 1e-12 { // chi-square with 2 df
		t.Errorf("p = %v, want %v", w.P, want)
	}
}

func TestWaldMatchesThePlainInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		a := factor(r, 5, 5)
		cov := mat.NewSymDense(5, nil)
		cov.SymOuterK(1, a)
		theta := mat.NewVecDense(5, nil)
		for i := range 5 {
			theta.SetVec(i, r.NormFloat64())
		}
		var x mat.VecDense
		if err := x.SolveVec(cov, theta); err != nil {
			continue // badly conditioned by chance
		}
		want := mat.Dot(theta, &x)
		if got := WaldTest(theta.RawVector().Data, cov); math.Abs(got.Statistic-want) > 1e-6*want {
			t.Errorf("statistic %v, want %v", got.Statistic, want)
		}
	}
}

// A parameter that is another's multiple adds nothing to the test, whatever
// the units.
func TestWaldOfASingularCovariance(t *testing.T) {
	cov := mat.NewSymDense(3, []float64{1, 1e6, 0, 1e6, 1e12, 0, 0, 0, 4})
	w := WaldTest([]float64{3, 3e6, 2}, cov)
	if w.Rank != 2 || !w.Singular() || math.Abs(w.Statistic-10) > 1e-9 {
		t.Errorf("%+v, want statistic 9 + 1 of rank 2 out of 3", w)
	}
	none := WaldTest([]float64{1, 2}, diagonal(2, 0))
	if none.Rank != 0 || !math.IsNaN(none.P) {
		t.Errorf("%+v, want rank 0 without p", none)
	}
}

// With one degree of freedom the noncentral tail is that of a shifted normal.
func TestNoncentralChiSquare(t *testing.T) {
	for _, shift := range []float64{0, 0.5, 2.8, 12} {
		for _, x := range []float64{0.3, 1.96, 5} {
			want := (math.Erfc((x-shift)/math.Sqrt2) + math.Erfc((x+shift)/math.Sqrt2)) / 2
			if got := NoncentralChiSquareSurvival(x*x, 1, shift*shift); math.Abs(got-want) > 1e-9 {
				t.Errorf("P(X > %v; %v) = %v, want %v", x*x, shift*shift, got, want)
			}
		}
	}
}

// The noncentrality for 80 % power at 5 %: 7.849 with one degree of freedom,
// (1.960 + 0.842)^2 but for the far tail.
func TestDetectable(t *testing.T) {
	if got := DetectableNoncentrality(1, 0.05, 0.8); math.Abs(got-7.8489) > 5e-4 {
		t.Errorf("noncentrality %v", got)
	}
	// Two independent cells moved by 1 and 2 slopes with variance 0.25.
	got := DetectableSlope([]float64{1, 2}, diagonal(2, 0.25), 0.05, 0.8)
	if want := math.Sqrt(DetectableNoncentrality(2, 0.05, 0.8) / 20); math.Abs(got-want) > 1e-12 {
		t.Errorf("slope %v, want %v", got, want)
	}
	if got := DetectableEffect(2, 0.95, 0.8); math.Abs(got-2*2.80158) > 1e-4 {
		t.Errorf("detectable effect %v", got)
	}
	if !math.IsInf(DetectableSlope([]float64{0, 0}, diagonal(2, 1), 0.05, 0.8), 1) {
		t.Error("a slope that moves nothing can be detected")
	}
}

func TestNormalInterval(t *testing.T) {
	lower, upper := NormalInterval(1, 2, 0.95)
	if math.Abs(lower-(1-3.919928)) > 1e-6 || math.Abs(upper-(1+3.919928)) > 1e-6 {
		t.Errorf("interval %v, %v", lower, upper)
	}
	if p := NormalP(1.959964, 1); math.Abs(p-0.05) > 1e-7 {
		t.Errorf("p = %v", p)
	}
	if !math.IsNaN(NormalP(1, 0)) {
		t.Error("a p-value without a standard error")
	}
}

// TestWaldPower: at the slope that a test finds with some power it has that
// power, and a direction beyond all doubt costs no time.
func TestWaldPower(t *testing.T) {
	cov := mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})
	direction := []float64{1, 2}
	for _, power := range []float64{0.3, 0.8, 0.95} {
		slope := DetectableSlope(direction, cov, 0.05, power)
		if got := WaldPower([]float64{slope, 2 * slope}, cov, 0.05); math.Abs(got-power) > 1e-9 {
			t.Errorf("power %v at the slope found with %v", got, power)
		}
	}
	if got := WaldPower([]float64{1e12, 0}, cov, 0.05); got != 1 {
		t.Errorf("power %v", got)
	}
	if got := WaldPower([]float64{0, 0}, cov, 0.05); got != 0.05 {
		t.Errorf("power %v of no difference", got)
	}
}

// The test for few groups tends to the chi-square, has the size it is said to
// have, and two samples of one size have 2(n-1) degrees of freedom.
func TestHotellingForFewGroups(t *testing.T) {
	df, factor := TwoSampleFreedom(6, 6)
	if math.Abs(df-10) > 1e-12 || math.Abs(factor-5.0/6) > 1e-12 {
		t.Errorf("df %v, factor %v", df, factor)
	}
	if df, _ := TwoSampleFreedom(1, 9); df != 0 || HotellingSize(2, df, 1, 0.05) != 0 || !math.IsNaN(HotellingP(3, 2, df)) {
		t.Errorf("one group on a side: df %v", df)
	}
	if df, factor := TwoSampleFreedom(1e7, 1e7); math.Abs(HotellingSize(3, df, factor, 0.05)-0.05) > 1e-4 {
		t.Errorf("size %v with many groups", HotellingSize(3, df, factor, 0.05))
	}
	size := HotellingSize(3, df, factor, 0.05)
	critical := distuv.ChiSquared{K: 3}.Quantile(1 - size)
	if p := HotellingP(critical*factor, 3, df); math.Abs(p-0.05) > 1e-9 {
		t.Errorf("p %v at the critical value", p)
	}
}
