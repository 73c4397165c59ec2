// Package honest asks how far an event study bears violations of parallel
// trends (Rambachan and Roth 2023, Review of Economic Studies 90). Before
// treatment the coefficients show how the paths of treated and comparison units
// differed; the package says what the effect is if they go on to differ
//
//   - as smoothly: the slope of the difference changes by at most M from one
//     period to the next (Smoothness), or
//   - as much: from one period to the next the difference moves by at most Mbar
//     times its largest move before treatment (RelativeMagnitudes),
//
// and the largest M and Mbar at which an effect is still told from none
// (breakdown values).
//
// With times t and the difference in trends delta_t, 0 in the reference period,
// slopes are s_j = (delta_{j+1} - delta_j) / (t_{j+1} - t_j), so that periods need
// not follow each other at equal distance: Smoothness bounds |s_j - s_{j-1}| by M
// times half the time between t_{j-1} and t_{j+1}, RelativeMagnitudes bounds
// |s_j| after the reference period by Mbar times the largest |s_j| before it.
// With one period between all times these are the definitions of the paper.
//
// Smoothness intervals are the fixed-length intervals of the paper, optimal among
// affine ones. For relative magnitudes the paper inverts conditional tests of
// moment inequalities; here the set is the union, over the step before treatment
// that may be the largest and its sign, of an interval around two estimated
// bounds, each held with probability (1+level)/2. It covers at least as often and
// is in closed form, at the price of length where steps before treatment are
// poorly known. At Mbar = 0 it is the usual interval.
package honest

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Errors of studies that the method cannot speak about.
var (
	ErrNoPre  = errors.New("honest: no coefficient before the reference period")
	ErrNoPost = errors.New("honest: no coefficient after the reference period")
	ErrShape  = errors.New("honest: times, coefficients and covariance do not fit")
)

// Study is an event study: coefficients at rising times, the reference period
// (where the coefficient is 0) left out.
type Study struct {
	Beta      []float64
	Cov       mat.Symmetric
	Times     []int64
	Reference int64
}

// Set is a confidence set for one M; always an interval.
type Set struct{ M, Lower, Upper float64 }

// HoldsZero tells whether no effect is in the set.
func (s Set) HoldsZero() bool { return s.Lower <= 0 && s.Upper >= 0 }

// Target is a weighted sum of effects after the reference period, ready for
// questions.
type Target struct {
	pre, post []int // positions in the study
	study     Study
	l         []float64 // weights of all coefficients: 0 before the reference
	estimate  float64
	variance  float64
	level     float64

	// Smoothness: v'beta_pre + l'beta_post with v = back w; the bias is M times
	// (sum d |w| + rest), under slope'w = need.
	back  *mat.Dense
	d     []float64
	rest  float64
	slope []float64
	need  float64
	quad  *mat.SymDense // variance = w'quad w + 2 lin'w + variance
	lin   []float64
	cache map[float64]affine

	// Relative magnitudes.
	steps [][]float64 // each step before treatment per period, as weights of the coefficients
	reach float64     // bias for one unit of the largest step
}

type affine struct {
	w         []float64
	bias, std float64 // bias for M = 1
}

// Average gives equal weights to all periods after the reference.
func (s Study) Average() []float64 {
	n := 0
	for _, t := range s.Times {
		if t > s.Reference {
			n++
		}
	}
	l := make([]float64, n)
	for i := range l {
		l[i] = 1 / float64(n)
	}
	return l
}

// Of prepares the target l'tau, l with one weight for each time after the
// reference, for sets of the level in (0, 1).
func (s Study) Of(l []float64, level float64) (*Target, error) {
	k := len(s.Beta)
	if len(s.Times) != k || s.Cov == nil || s.Cov.SymmetricDim() != k {
		return nil, ErrShape
	}
	t := &Target{study: s, level: level, l: make([]float64, k), cache: map[float64]affine{}}
	for i, at := range s.Times {
		if i > 0 && at <= s.Times[i-1] || at == s.Reference {
			return nil, ErrShape
		}
		if at < s.Reference {
			t.pre = append(t.pre, i)
		} else {
			t.post = append(t.post, i)
		}
	}
	switch {
	case len(t.pre) == 0:
		return nil, ErrNoPre
	case len(t.post) == 0:
		return nil, ErrNoPost
	case len(l) != len(t.post):
		return nil, ErrShape
	}
	for i, p := range t.post {
		t.l[p] = l[i]
		t.estimate += l[i] * s.Beta[p]
	}
	t.variance = t.covariance(t.l, t.l)
	if !(t.variance > 0) || math.IsInf(t.variance, 0) {
		return nil, ErrShape
	}
	t.smooth()
	t.relative()
	return t, nil
}

func (t *Target) covariance(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		if x == 0 {
			continue
		}
		for j, y := range b {
			sum += x * y * t.study.Cov.At(i, j)
		}
	}
	return sum
}

// relative writes each step before treatment, the last one to the reference, as
// weights; and how far a step of one after treatment carries the target.
func (t *Target) relative() {
	k := len(t.study.Beta)
	for n, i := range t.pre {
		row := make([]float64, k)
		next := t.study.Reference
		if n+1 < len(t.pre) {
			next = t.study.Times[t.pre[n+1]]
			row[t.pre[n+1]] = 1
		}
		gap := float64(next - t.study.Times[i])
		row[i] = -1
		for j := range row {
			row[j] /= gap
		}
		t.steps = append(t.steps, row)
	}
	before := t.study.Reference
	for n, i := range t.post {
		var later float64
		for _, j := range t.post[n:] {
			later += t.l[j]
		}
		t.reach += math.Abs(later) * float64(t.study.Times[i]-before)
		before = t.study.Times[i]
	}
}

// Critical is the number of standard errors in half of the usual interval.
func (t *Target) Critical() float64 { return distuv.UnitNormal.Quantile((1 + t.level) / 2) }

// RelativeMagnitudes is the confidence set for Mbar >= 0.
func (t *Target) RelativeMagnitudes(mbar float64) Set {
	z := t.Critical()
	out := Set{M: mbar, Lower: math.Inf(1), Upper: math.Inf(-1)}
	for _, step := range t.steps {
		size, var2, with := 0.0, t.covariance(step, step), t.covariance(step, t.l)
		for i, x := range step {
			size += x * t.study.Beta[i]
		}
		by := mbar * t.reach
		for _, sign := range []float64{-1, 1} {
			// The bounds are theta -+ by sign step.
			up := math.Sqrt(math.Max(t.variance+2*by*sign*with+by*by*var2, 0))
			low := math.Sqrt(math.Max(t.variance-2*by*sign*with+by*by*var2, 0))
			out.Upper = math.Max(out.Upper, t.estimate+by*sign*size+z*up)
			out.Lower = math.Min(out.Lower, t.estimate-by*sign*size-z*low)
		}
	}
	return out
}

// Identified is the set of effects that the coefficients themselves allow, as if
// they were the truth: for relative magnitudes.
func (t *Target) Identified(mbar float64) (lower, upper float64) {
	var largest float64
	for _, step := range t.steps {
		var size float64
		for i, x := range step {
			size += x * t.study.Beta[i]
		}
		largest = math.Max(largest, math.Abs(size))
	}
	return t.estimate - mbar*t.reach*largest, t.estimate + mbar*t.reach*largest
}

// Largest value searched for breakdown, in units of its scale.
const farthest = 1e4

// BreakdownRelative is the largest Mbar at which the set leaves out 0: 0 where
// it holds 0 already at Mbar = 0, +Inf where none was found.
func (t *Target) BreakdownRelative() float64 {
	return breakdown(1, func(m float64) bool { return t.RelativeMagnitudes(m).HoldsZero() })
}

// BreakdownSmoothness is the largest M at which the fixed-length interval leaves
// out 0: 0 where it holds 0 already at M = 0, +Inf where none was found.
func (t *Target) BreakdownSmoothness() float64 {
	return breakdown(math.Sqrt(t.variance), func(m float64) bool { return t.Smoothness(m).HoldsZero() })
}

func breakdown(scale float64, holds func(float64) bool) float64 {
	if holds(0) {
		return 0
	}
	low, high := 0.0, scale/16
	for !holds(high) {
		low, high = high, 2*high
		if high > farthest*scale {
			return math.Inf(1)
		}
	}
	for high-low > 1e-4*high {
		if middle := (low + high) / 2; holds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}
