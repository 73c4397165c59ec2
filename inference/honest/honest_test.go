package honest

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// random makes an event study whose covariance is that of differences from a
// reference.
func random(seed uint64, pre, post int) Study {
	r := rand.New(rand.NewPCG(seed, 1))
	n := pre + post
	s := Study{Reference: -1}
	cov := mat.NewSymDense(n, nil)
	own := make([]float64, n)
	for i := range n {
		own[i] = 0.5 + r.Float64()
	}
	for i := range n {
		for j := i; j < n; j++ {
			cov.SetSym(i, j, 0.7)
			if i == j {
				cov.SetSym(i, j, 0.7+own[i])
			}
		}
	}
	for i := range pre {
		s.Times = append(s.Times, int64(i-pre-1))
	}
	for i := range post {
		s.Times = append(s.Times, int64(i))
	}
	for range n {
		s.Beta = append(s.Beta, r.NormFloat64())
	}
	s.Cov = cov
	return s
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*math.Max(1, math.Abs(b)) }

// M = 0: the differences go on along a line. The best line through the
// coefficients before treatment is that of generalised least squares, and the
// effect is what lies off it; with one period before, it is the line itself.
func TestSmoothnessAtZeroIsLinearExtrapolation(t *testing.T) {
	for seed := range uint64(20) {
		s := random(seed, 1+int(seed%4), 1+int(seed%3))
		target, err := s.Of(s.Average(), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		got := target.Smoothness(0)
		// beta = gamma (t - ref) + [0; tau]: estimate gamma and the average tau by
		// generalised least squares with one parameter for each post coefficient.
		n, pre := len(s.Beta), len(target.pre)
		x := mat.NewDense(n, 1+n-pre, nil)
		for i, at := range s.Times {
			x.Set(i, 0, float64(at-s.Reference))
			if i >= pre {
				x.Set(i, 1+i-pre, 1)
			}
		}
		var inverse, wx, xwx, v mat.Dense
		if err := inverse.Inverse(s.Cov); err != nil {
			t.Fatal(err)
		}
		wx.Mul(&inverse, x)
		xwx.Mul(x.T(), &wx)
		if err := v.Inverse(&xwx); err != nil {
			t.Fatal(err)
		}
		var xy, b mat.VecDense
		xy.MulVec(wx.T(), mat.NewVecDense(n, s.Beta))
		b.MulVec(&v, &xy)
		var value, variance float64
		for i, l := range s.Average() {
			value += l * b.AtVec(1+i)
			for j, m := range s.Average() {
				variance += l * m * v.At(1+i, 1+j)
			}
		}
		half := distuv.UnitNormal.Quantile(0.975) * math.Sqrt(variance)
		if !near(got.Lower, value-half, 1e-6) || !near(got.Upper, value+half, 1e-6) {
			t.Errorf("seed %d: [%v, %v], closed form %v -+ %v", seed, got.Lower, got.Upper, value, half)
		}
	}
}

// One period before and one after, by hand: the only unbiased-for-lines
// estimator is beta_1 + beta_-1 (times -2 and 0, reference -1), the bias is that
// of one change of slope at the reference, M.
func TestSmoothnessByHand(t *testing.T) {
	s := Study{Beta: []float64{0.5, 3}, Times: []int64{-2, 0}, Reference: -1, Cov: mat.NewSymDense(2, []float64{1, 0.2, 0.2, 2})}
	target, err := s.Of([]float64{1}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	std := math.Sqrt(1 + 2*0.2 + 2)
	for _, m := range []float64{0, 0.5, 3} {
		got := target.Smoothness(m)
		half := std * foldedQuantile(m/std, 0.95)
		if !near(got.Lower, 3.5-half, 1e-7) || !near(got.Upper, 3.5+half, 1e-7) {
			t.Errorf("M %v: %+v, want 3.5 -+ %v", m, got, half)
		}
	}
}

// The weights found are not beaten by any others near them or at random.
func TestSmoothnessIsShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for seed := range uint64(6) {
		s := random(seed, 3, 2)
		target, err := s.Of(s.Average(), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []float64{0.1, 0.5, 2} {
			set := target.Smoothness(m)
			best := (set.Upper - set.Lower) / 2
			for range 4000 {
				w := []float64{r.NormFloat64(), r.NormFloat64(), 0}
				for i := range w {
					w[i] *= math.Pow(10, 1-2*r.Float64())
				}
				w[2] = (target.need - target.slope[0]*w[0] - target.slope[1]*w[1]) / target.slope[2]
				bias, variance := target.rest, target.variance
				for i, x := range w {
					bias += target.d[i] * math.Abs(x)
					variance += 2 * target.lin[i] * x
					for j, y := range w {
						variance += x * y * target.quad.At(i, j)
					}
				}
				std := math.Sqrt(variance)
				if half := std * foldedQuantile(m*bias/std, 0.95); half < best*(1-1e-6) {
					t.Fatalf("seed %d, M %v: half-length %v, %v is shorter", seed, m, best, half)
				}
			}
		}
	}
}

// The bias of the estimator over differences in trends drawn within M never
// passes what the interval allows for, and reaches it.
func TestWorstCaseBias(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	s := random(3, 3, 3)
	s.Times = []int64{-7, -4, -3, 0, 2, 3} // unequal distances, reference -1
	target, err := s.Of(s.Average(), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	a := target.at(1)
	nodes := []int64{-7, -4, -3, -1, 0, 2, 3}
	most := 0.0
	for range 20000 {
		delta := map[int64]float64{-7: 0}
		slope := r.NormFloat64() * 3
		for j := 1; j < len(nodes); j++ {
			if j > 1 {
				d := float64(nodes[j]-nodes[j-2]) / 2
				u := 2*r.Float64() - 1
				if r.Float64() < 0.8 {
					u = math.Copysign(1, u)
				}
				slope += u * d
			}
			delta[nodes[j]] = delta[nodes[j-1]] + slope*float64(nodes[j]-nodes[j-1])
		}
		zero := delta[-1]
		var bias float64
		for i, p := range target.pre {
			var v float64
			for j, w := range a.w {
				v += target.back.At(i, j) * w
			}
			bias += v * (delta[s.Times[p]] - zero)
		}
		for _, p := range target.post {
			bias += target.l[p] * (delta[s.Times[p]] - zero)
		}
		most = math.Max(most, math.Abs(bias))
	}
	if most > a.bias*(1+1e-9) || most < 0.9*a.bias {
		t.Errorf("largest bias drawn %v, computed %v", most, a.bias)
	}
}

// Two periods before, one after, by hand: steps 0.3 and -0.8 (to the reference);
// the effect 2 may be off by Mbar times 0.8.
func TestRelativeMagnitudesByHand(t *testing.T) {
	s := Study{Beta: []float64{0.5, 0.8, 2}, Times: []int64{-3, -2, 0}, Reference: -1, Cov: mat.NewSymDense(3, []float64{
		1e-12, 0, 0, 0, 1e-12, 0, 0, 0, 1e-12})}
	target, err := s.Of([]float64{1}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []float64{0, 1, 2} {
		got := target.RelativeMagnitudes(m)
		if math.Abs(got.Lower-(2-0.8*m)) > 1e-4 || math.Abs(got.Upper-(2+0.8*m)) > 1e-4 {
			t.Errorf("Mbar %v: %+v", m, got)
		}
		lower, upper := target.Identified(m)
		if !near(lower, 2-0.8*m, 1e-12) || !near(upper, 2+0.8*m, 1e-12) {
			t.Errorf("identified %v %v", lower, upper)
		}
	}
	if b := target.BreakdownRelative(); math.Abs(b-2.5) > 1e-3 {
		t.Errorf("breakdown %v, want 2.5", b)
	}
}

func TestRelativeMagnitudesAtZeroIsTheUsualInterval(t *testing.T) {
	s := random(4, 3, 3)
	target, err := s.Of(s.Average(), 0.9)
	if err != nil {
		t.Fatal(err)
	}
	half := distuv.UnitNormal.Quantile(0.95) * math.Sqrt(target.variance)
	if got := target.RelativeMagnitudes(0); !near(got.Lower, target.estimate-half, 1e-12) || !near(got.Upper, target.estimate+half, 1e-12) {
		t.Errorf("%+v", got)
	}
}

// Sets grow with M, follow the units of the outcome, and turn with its sign.
func TestSetsBehave(t *testing.T) {
	for seed := range uint64(5) {
		s := random(seed, 3, 3)
		target, _ := s.Of(s.Average(), 0.95)
		scaled := s
		scaled.Beta = nil
		for _, b := range s.Beta {
			scaled.Beta = append(scaled.Beta, -1e9*b)
		}
		c := mat.NewSymDense(6, nil)
		c.ScaleSym(1e18, s.Cov)
		scaled.Cov = c
		other, _ := scaled.Of(s.Average(), 0.95)
		last := [2]float64{}
		for _, m := range []float64{0, 0.3, 1, 3} {
			sd, rm := target.Smoothness(m), target.RelativeMagnitudes(m)
			if sd.Upper-sd.Lower < last[0]*(1-1e-6) || rm.Upper-rm.Lower < last[1] {
				t.Errorf("seed %d: shorter at M %v", seed, m)
			}
			last = [2]float64{sd.Upper - sd.Lower, rm.Upper - rm.Lower}
			turned, alike := other.Smoothness(1e9*m), other.RelativeMagnitudes(m)
			if !near(turned.Lower, -1e9*sd.Upper, 1e-5) || !near(alike.Lower, -1e9*rm.Upper, 1e-9) {
				t.Errorf("seed %d, M %v: %+v and %+v after -1e9, %+v and %+v before", seed, m, turned, alike, sd, rm)
			}
		}
	}
}

// Coverage at a difference in trends that does its worst: the interval holds the
// effect at least as often as it says.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	base := random(1, 3, 2)
	var chol mat.Cholesky
	chol.Factorize(base.Cov)
	var low mat.TriDense
	chol.LTo(&low)
	// Steps of +-0.6 before and after: Mbar = 1; slopes change by 1.2 once.
	delta := []float64{-0.6, 0, 0.6, 0.6, 1.2} // times -4, -3, -2, (ref 0), 0, 1
	held, heldSmooth, draws := 0, 0, 600
	for range draws {
		z := mat.NewVecDense(5, nil)
		for i := range 5 {
			z.SetVec(i, r.NormFloat64())
		}
		var e mat.VecDense
		e.MulVec(&low, z)
		s := base
		s.Beta = nil
		for i, d := range delta {
			b := d + e.AtVec(i)
			if i >= 3 {
				b += 2
			}
			s.Beta = append(s.Beta, b)
		}
		target, _ := s.Of(s.Average(), 0.95)
		if set := target.RelativeMagnitudes(1); set.Lower <= 2 && 2 <= set.Upper {
			held++
		}
		if set := target.Smoothness(1.2); set.Lower <= 2 && 2 <= set.Upper {
			heldSmooth++
		}
	}
	if float64(held) < 0.93*float64(draws) || float64(heldSmooth) < 0.93*float64(draws) {
		t.Errorf("relative magnitudes hold %d, smoothness %d of %d", held, heldSmooth, draws)
	}
}

func TestRefusals(t *testing.T) {
	s := random(1, 2, 2)
	for name, broken := range map[string]func(*Study) []float64{
		"no periods before": func(s *Study) []float64 { s.Times = []int64{0, 1, 2, 3}; return []float64{1, 0, 0, 0} },
		"no periods after":  func(s *Study) []float64 { s.Times = []int64{-5, -4, -3, -2}; return nil },
		"falling times":     func(s *Study) []float64 { s.Times = []int64{-2, -3, 0, 1}; return []float64{1, 0} },
		"too few weights":   func(*Study) []float64 { return []float64{1} },
		"no variance":       func(s *Study) []float64 { s.Cov = mat.NewSymDense(4, nil); return []float64{1, 0} },
	} {
		other := s
		if _, err := other.Of(broken(&other), 0.95); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// A singular covariance before treatment is no obstacle.
	c := mat.NewSymDense(4, []float64{1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1})
	s.Cov = c
	target, err := s.Of(s.Average(), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []float64{0, 1} {
		if set := target.Smoothness(m); math.IsNaN(set.Lower) || !(set.Upper > set.Lower) {
			t.Errorf("singular: %+v", set)
		}
	}
}

func BenchmarkSensitivity(b *testing.B) {
	s := random(1, 9, 10)
	for b.Loop() {
		target, _ := s.Of(s.Average(), 0.95)
		for _, m := range []float64{0, 0.25, 0.5, 0.75, 1} {
			target.Smoothness(m)
		}
		target.BreakdownSmoothness()
	}
}
