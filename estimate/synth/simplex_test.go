package synth

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// problem is an input of solve.
type problem struct {
	columns   [][]float64
	target    []float64
	zeta      float64
	intercept bool
}

// objective computes the problem's objective plainly.
func (p problem) objective(w []float64) float64 {
	gap := make([]float64, len(p.target))
	for t := range gap {
		gap[t] = -p.target[t]
		for j, c := range p.columns {
			gap[t] += w[j] * c[t]
		}
	}
	if p.intercept {
		m := mean(gap)
		for t := range gap {
			gap[t] -= m
		}
	}
	return dot(gap, gap)/float64(len(gap)) + p.zeta*p.zeta*dot(w, w)
}

// projected is projected gradient with momentum: slow, and shares no idea with
// solve. The step is 1/L with L the trace of the Hessian.
func (p problem) projected(steps int) []float64 {
	n, rows := len(p.columns), len(p.target)
	points := make([][]float64, n)
	lipschitz := 2 * p.zeta * p.zeta
	for j, c := range p.columns {
		points[j] = make([]float64, rows)
		for t := range c {
			points[j][t] = c[t] - p.target[t]
		}
		if p.intercept {
			m := mean(points[j])
			for t := range points[j] {
				points[j][t] -= m
			}
		}
		lipschitz += 2 * dot(points[j], points[j]) / float64(rows)
	}
	w, look, momentum := uniform(n), uniform(n), 1.0
	for range steps {
		fit := make([]float64, rows)
		for j, q := range points {
			for t := range q {
				fit[t] += look[j] * q[t]
			}
		}
		next := make([]float64, n)
		for j, q := range points {
			next[j] = look[j] - (2*dot(q, fit)/float64(rows)+2*p.zeta*p.zeta*look[j])/lipschitz
		}
		next = project(next)
		m := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		for j := range look {
			look[j] = next[j] + (momentum-1)/m*(next[j]-w[j])
		}
		w, momentum = next, m
	}
	return w
}

// project finds the nearest point of the simplex by sorting.
func project(x []float64) []float64 {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	sum, level := 0.0, 0.0
	for i, v := range sorted {
		sum += v
		if l := (sum - 1) / float64(i+1); v > l {
			level = l
		}
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Max(0, v-level)
	}
	return out
}

func TestSolveAgainstProjectedGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for range 60 {
		n, rows := 2+r.IntN(8), 2+r.IntN(8)
		p := problem{zeta: []float64{0.3, 1e-3}[r.IntN(2)], intercept: r.IntN(2) == 0}
		for range n {
			p.columns = append(p.columns, noise(r, rows))
		}
		p.target = noise(r, rows)
		s, err := solve(p.columns, p.target, p.zeta, p.intercept)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "objective reported", s.Objective, p.objective(s.Weights), 1e-12)
		slow := p.objective(p.projected(5000))
		// The gradient search only comes near; it must never come below.
		if slow < s.Objective-1e-12 || slow > s.Objective+1e-4 {
			t.Errorf("%d x %d, zeta %g: objective %.15g, projected gradient %.15g", n, rows, p.zeta, s.Objective, slow)
		}
	}
}

func noise(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// Any problem, also with repeated donors, no noise, large levels or more donors
// than years, ends on the simplex with a certificate that no random point
// contradicts.
func TestCertificate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, rows := rapid.IntRange(1, 40).Draw(t, "donors"), rapid.IntRange(2, 12).Draw(t, "years")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		p := problem{zeta: rapid.SampledFrom([]float64{0, 1e-6, 1e-2, 1, 30}).Draw(t, "zeta"), intercept: rapid.Bool().Draw(t, "intercept")}
		level := rapid.SampledFrom([]float64{0, 1, 1e6}).Draw(t, "level")
		coarse := rapid.Bool().Draw(t, "coarse")
		for range n + 1 {
			c := noise(r, rows)
			for i := range c {
				if coarse {
					c[i] = math.Round(c[i])
				}
				c[i] += level
			}
			p.columns = append(p.columns, c)
		}
		p.target, p.columns = p.columns[n], p.columns[:n]
		s, err := solve(p.columns, p.target, p.zeta, p.intercept)
		if err != nil {
			t.Fatalf("not solved: objective %g, gap %g", s.Objective, s.Gap)
		}
		sum := 0.0
		for _, w := range s.Weights {
			if w < 0 {
				t.Fatalf("weight %g", w)
			}
			sum += w
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("weights sum to %g", sum)
		}
		for range 50 {
			w := make([]float64, n)
			total := 0.0
			for j := range w {
				w[j] = math.Pow(r.ExpFloat64(), 3)
				total += w[j]
			}
			for j := range w {
				w[j] /= total
			}
			if o := p.objective(w); o < s.Objective*(1-1e-9)-1e-9 {
				t.Fatalf("a random point has objective %g, the solution %g", o, s.Objective)
			}
		}
	})
}

// R's published weights are on the simplex, so their objective bounds ours.
func TestNotAboveR(t *testing.T) {
	rows, want := california(t), expected(t)
	d := readPanel(t, one("California", 1989, SDID), rows)
	w := d.world()
	z := penalties(SDID, w, 1)
	f, err := w.estimate(SDID, z)
	if err != nil {
		t.Fatal(err)
	}
	units := problem{target: w.treated[:w.pre], zeta: z.omega, intercept: true}
	years := problem{zeta: z.lambda, intercept: true, columns: make([][]float64, w.pre)}
	for _, y := range w.donors {
		units.columns = append(units.columns, y[:w.pre])
		years.target = append(years.target, mean(y[w.pre:]))
		for k := range years.columns {
			years.columns[k] = append(years.columns[k], y[k])
		}
	}
	published := func(spec string, names []string) []float64 {
		weights, sum := make([]float64, len(names)), 0.0
		for i, n := range names {
			weights[i] = want[spec][n]
			sum += weights[i]
		}
		near(t, "sum of "+spec, sum, 1, 1e-9)
		return weights
	}
	labels := make([]string, w.pre)
	for k := range labels {
		labels[k] = yearLabel(d.years[k])
	}
	below := func(what string, p problem, ours, theirs []float64) {
		// R's weights are printed with 12 digits, so they leave the simplex by as much.
		if a, b := p.objective(ours), p.objective(theirs); a > b*(1+1e-11) {
			t.Errorf("%s: objective %.15g is above R's %.15g", what, a, b)
		}
	}
	below("units", units, f.omega, published("sdid_omega", d.names(d.donors)))
	below("years", years, f.lambda, published("sdid_lambda", labels))
	sc := units
	sc.intercept, sc.zeta = false, penalties(SC, w, 1).omega
	g, err := w.estimate(SC, penalties(SC, w, 1))
	if err != nil {
		t.Fatal(err)
	}
	below("synthetic control", sc, g.omega, published("sc_omega", d.names(d.donors)))
}

func BenchmarkSolveManyDonors(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 0))
	var columns [][]float64
	for range 499 {
		columns = append(columns, noise(r, 20))
	}
	target := noise(r, 20)
	for _, zeta := range []float64{2, 1e-6} {
		b.Run(map[bool]string{true: "sdid", false: "sc"}[zeta > 1], func(b *testing.B) {
			for b.Loop() {
				if _, err := solve(columns, target, zeta, zeta > 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
