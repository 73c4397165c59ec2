package inference

import (
	"math"
	"testing"
)

// Quantiles from the printed tables of Student's t, and 2.0 with df 1 by its
// closed form: the Cauchy distribution.
func TestStudentQuantile(t *testing.T) {
	for _, c := range []struct{ p, df, want, tolerance float64 }{
		{0.975, 10, 2.228139, 1e-6},
		{0.975, 443, 1.965332, 1e-5},
		{0.95, 4.5, 2.07, 0.02}, // between df 4 (2.132) and 5 (2.015)
		{0.75, 1, 1, 1e-9},
		{0.9, 1, math.Tan(math.Pi * 0.4), 1e-9},
		{0.975, math.Inf(1), 1.959963984540054, 1e-12},
	} {
		if got := StudentQuantile(c.p, c.df); math.Abs(got-c.want) > c.tolerance {
			t.Errorf("t(%v) at %v = %v, want %v", c.df, c.p, got, c.want)
		}
	}
}

func TestStudentPAndIntervalAgree(t *testing.T) {
	for _, df := range []float64{1, 3.7, 20, 443, math.Inf(1)} {
		lower, upper := StudentInterval(2, 0.8, df, 0.9)
		// The test of the interval's own end has p = 1 - level.
		if p := StudentP(2-lower, 0.8, df); math.Abs(p-0.1) > 1e-9 {
			t.Errorf("df %v: p at the lower end %v", df, p)
		}
		if math.Abs(lower+upper-4) > 1e-12 {
			t.Errorf("df %v: not symmetric: %v %v", df, lower, upper)
		}
	}
	for _, bad := range [][2]float64{{0, 5}, {math.NaN(), 5}, {1, 0}, {1, math.NaN()}} {
		if p := StudentP(1, bad[0], bad[1]); !math.IsNaN(p) {
			t.Errorf("se %v df %v: p = %v", bad[0], bad[1], p)
		}
	}
}

// With one restriction Hotelling's test is Student's.
func TestHotellingOfOneRestriction(t *testing.T) {
	for _, df := range []float64{2, 11.3, 400} {
		if got, want := HotellingP(1.7*1.7, 1, df), StudentP(1.7, 1, df); math.Abs(got-want) > 1e-9 {
			t.Errorf("df %v: %v, want %v", df, got, want)
		}
	}
	if p := HotellingP(5, 6, 5); !math.IsNaN(p) {
		t.Errorf("more restrictions than degrees of freedom: %v", p)
	}
	if got, want := HotellingP(9.3, 3, 1e7), HotellingP(9.3, 3, math.Inf(1)); math.Abs(got-want) > 1e-6 {
		t.Errorf("large df: %v, want %v", got, want)
	}
}

func TestDetectableEffectStudent(t *testing.T) {
	if got, want := DetectableEffectStudent(2, math.Inf(1), 0.95, 0.8), DetectableEffect(2, 0.95, 0.8); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	if a, b := DetectableEffectStudent(1, 10, 0.95, 0.8), DetectableEffectStudent(1, 1000, 0.95, 0.8); !(a > b) {
		t.Errorf("fewer degrees of freedom must detect less: %v, %v", a, b)
	}
}
