package synth

import (
	"math"
	"slices"
)

// The methods of Options.Method.
const (
	SDID = "sdid"
	SC   = "sc"
	DID  = "did"
)

// world is one treated path beside donors' paths, over the same years, the
// first pre of which are before treatment.
type world struct {
	donors  [][]float64 // donor x year
	treated []float64   // mean path of the treated
	pre     int
}

// penalty is what the weights pay for concentration (zeta).
type penalty struct {
	omega, lambda float64
	noise         float64 // s: standard deviation of the donors' yearly changes before treatment
}

// fit is one method's answer in one world.
type fit struct {
	omega, lambda []float64
	effect        float64
	level         float64 // treated less weighted donors before treatment: the shift of the curves
	rmspe         float64 // root mean squared gap before treatment, after the intercept where there is one
	objective     float64 // of the unit weights
}

// penalties are those of Arkhangelsky et al. (2021), eq. 5, for n1 treated units.
func penalties(method string, w world, n1 int) penalty {
	var sum, squares float64
	var n int
	for _, y := range w.donors {
		for t := 1; t < w.pre; t++ {
			sum += y[t] - y[t-1]
			n++
		}
	}
	mean := sum / float64(n)
	for _, y := range w.donors {
		for t := 1; t < w.pre; t++ {
			d := y[t] - y[t-1] - mean
			squares += d * d
		}
	}
	p := penalty{noise: math.Sqrt(squares / float64(n-1))}
	switch method {
	case SDID:
		p.omega = math.Pow(float64(n1*(len(w.treated)-w.pre)), 0.25) * p.noise
		p.lambda = 1e-6 * p.noise
	case SC:
		p.omega = 1e-6 * p.noise
	}
	return p
}

// estimate fits the weights of a method and computes the effect.
func (w world) estimate(method string, p penalty) (fit, error) {
	f := fit{omega: uniform(len(w.donors)), lambda: make([]float64, w.pre)}
	switch method {
	case DID:
		f.lambda = uniform(w.pre)
	case SC, SDID:
		s, err := w.unitProblem(p.omega, method == SDID)
		if err != nil {
			return fit{}, err
		}
		f.omega, f.objective = s.Weights, s.Objective
		if method == SDID {
			if s, err = w.yearProblem(p.lambda); err != nil {
				return fit{}, err
			}
			f.lambda = s.Weights
		}
	}
	f.finish(w, method)
	return f, nil
}

func (w world) unitProblem(zeta float64, intercept bool) (solution, error) {
	columns := make([][]float64, len(w.donors))
	for j, y := range w.donors {
		columns[j] = y[:w.pre]
	}
	return solve(columns, w.treated[:w.pre], zeta, intercept)
}

func (w world) yearProblem(zeta float64) (solution, error) {
	columns := make([][]float64, w.pre)
	for t := range columns {
		columns[t] = make([]float64, len(w.donors))
		for j, y := range w.donors {
			columns[t][j] = y[t]
		}
	}
	target := make([]float64, len(w.donors))
	for j, y := range w.donors {
		target[j] = mean(y[w.pre:])
	}
	return solve(columns, target, zeta, true)
}

// finish computes effect, shift and fit from the weights.
func (f *fit) finish(w world, method string) {
	gap := w.gap(f.omega)
	f.level = dot(f.lambda, gap[:w.pre])
	f.effect = mean(gap[w.pre:]) - f.level
	centre := 0.0
	if method != SC {
		centre = mean(gap[:w.pre])
	}
	var squares float64
	for _, g := range gap[:w.pre] {
		squares += (g - centre) * (g - centre)
	}
	f.rmspe = math.Sqrt(squares / float64(w.pre))
}

// gap is the treated path less the weighted donors.
func (w world) gap(omega []float64) []float64 {
	gap := slices.Clone(w.treated)
	for j, y := range w.donors {
		if omega[j] == 0 {
			continue
		}
		for t := range gap {
			gap[t] -= omega[j] * y[t]
		}
	}
	return gap
}

// without is the world with donor j left out.
func (w world) without(j int) world {
	w.donors = slices.Delete(slices.Clone(w.donors), j, j+1)
	return w
}

// meanPath is the mean of the paths at the given positions.
func meanPath(paths [][]float64, at []int) []float64 {
	m := make([]float64, len(paths[at[0]]))
	for _, i := range at {
		for t, y := range paths[i] {
			m[t] += y
		}
	}
	for t := range m {
		m[t] /= float64(len(at))
	}
	return m
}

func uniform(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// spread is the population standard deviation.
func spread(x []float64) float64 {
	m, squares := mean(x), 0.0
	for _, v := range x {
		squares += (v - m) * (v - m)
	}
	return math.Sqrt(squares / float64(len(x)))
}
