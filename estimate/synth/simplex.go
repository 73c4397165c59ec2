package synth

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// The certificate: a solution has a duality gap of at most gapShare of the
// objective plus gapFloor of the largest squared point. The floor is for
// (nearly) perfect fits and for donors that repeat each other, where slopes
// differ only in digits that float64 does not have.
const (
	gapShare = 1e-10
	gapFloor = 1e-12
	// ridgeFloor keeps least squares solvable where zeta is 0 and donors repeat
	// each other; in units of the largest squared column.
	ridgeFloor = 1e-18
)

var errNotSolved = errors.New("synth: the weights did not reach their optimum")

// solution is a point of the simplex with the certificate of its optimality:
// Objective - Gap is a lower bound of the minimum.
type solution struct {
	Weights   []float64
	Objective float64
	Gap       float64
}

// solve minimises over the simplex
//
//	mean_t (sum_j w_j columns[j][t] - target[t] [+ intercept])^2 + zeta^2 |w|^2.
//
// Columns, all as long as target, are not modified. It is errNotSolved when the
// certificate is not reached.
//
// On the simplex the fit is sum_j w_j (columns[j] - target), so the problem is
// the point of least norm in a convex hull. A primal-dual active set method
// (Hintermueller, Ito and Kunisch 2003) settles well-regularised problems in a
// few steps; where it cycles, the descent of Wolfe (1976) and Lawson and Hanson
// (1974), which cannot, takes over.
func solve(columns [][]float64, target []float64, zeta float64, intercept bool) (solution, error) {
	h := newHull(columns, target, zeta, intercept)
	if w, ok := h.activeSet(); ok {
		if s := h.certify(w); h.accepts(s) {
			return h.unscale(s), nil
		}
	}
	s := h.certify(h.descend())
	if !h.accepts(s) {
		return h.unscale(s), errNotSolved
	}
	return h.unscale(s), nil
}

// hull holds the points whose convex hull is searched: the columns less the
// target, in coordinates where the objective is |sum w_j p_j|^2 + ridge |w|^2
// and the largest point has length 1.
type hull struct {
	points [][]float64
	ridge  float64
	scale  float64 // squared length of the largest point before scaling
}

func newHull(columns [][]float64, target []float64, zeta float64, intercept bool) hull {
	h := hull{points: make([][]float64, len(columns))}
	root := math.Sqrt(float64(len(target)))
	for j, c := range columns {
		p := make([]float64, len(target))
		for t := range p {
			p[t] = (c[t] - target[t]) / root
		}
		if intercept {
			p = contrasts(p)
		}
		h.points[j] = p
	}
	h.points = shorten(h.points)
	for _, p := range h.points {
		h.scale = math.Max(h.scale, dot(p, p))
	}
	h.scale = math.Max(h.scale, zeta*zeta)
	if h.scale == 0 {
		h.scale = 1
	}
	root = math.Sqrt(h.scale)
	for _, p := range h.points {
		for t := range p {
			p[t] /= root
		}
	}
	h.ridge = math.Max(zeta*zeta/h.scale, ridgeFloor)
	return h
}

// contrasts gives coordinates of p less its mean: Helmert's orthonormal
// contrasts, one fewer than p has. Centring alone would leave a direction
// without information, and singular systems with it.
func contrasts(p []float64) []float64 {
	out := make([]float64, len(p)-1)
	sum := 0.0
	for i := 1; i < len(p); i++ {
		sum += p[i-1]
		k := float64(i)
		out[i-1] = (k*p[i] - sum) / math.Sqrt(k*(k+1))
	}
	return out
}

// shorten replaces points by others with the same inner products and no more
// coordinates than there are points.
func shorten(points [][]float64) [][]float64 {
	n := len(points)
	if n == 0 || len(points[0]) <= n {
		return points
	}
	var qr mat.QR
	qr.Factorize(columnsOf(points, len(points[0])))
	var r mat.Dense
	qr.RTo(&r)
	short := make([][]float64, n)
	for j := range short {
		short[j] = make([]float64, n)
		for t := 0; t <= j; t++ {
			short[j][t] = r.At(t, j)
		}
	}
	return short
}

// activeSet guesses which weights are positive, solves for them, and corrects
// the guess by the signs of weights and slopes until it repeats.
func (h hull) activeSet() ([]float64, bool) {
	const steps = 30
	set := make([]int, len(h.points))
	for j := range set {
		set[j] = j
	}
	for range steps {
		w, ok := h.affine(set)
		if !ok {
			return nil, false
		}
		slope := h.slope(w)
		level := dot(slope, w)
		var next []int
		in := 0
		for j := range w {
			if in < len(set) && set[in] == j {
				in++
				if w[j] > 0 {
					next = append(next, j)
				}
			} else if slope[j] < level {
				next = append(next, j)
			}
		}
		if slices.Equal(next, set) {
			return w, true
		}
		set = next
	}
	return nil, false
}

// descend is the search that cannot cycle: from the nearest point, it takes in
// the point of steepest descent, and leaves out those whose weight would become
// negative.
func (h hull) descend() []float64 {
	n := len(h.points)
	w := make([]float64, n)
	start := 0
	for j, p := range h.points {
		if dot(p, p) < dot(h.points[start], h.points[start]) {
			start = j
		}
	}
	w[start] = 1
	set := []int{start}
	best, stale := h.certify(w), 0
	for range 20*n + 200 {
		slope := h.slope(w)
		enter := argmin(slope)
		if slices.Contains(set, enter) || h.converged(best) {
			break
		}
		set = append(set, enter)
		slices.Sort(set)
		if !h.walk(w, &set) {
			break
		}
		// Near the end the objective no longer moves in its last digit while the
		// gap, of first order, still does.
		if s := h.certify(w); s.Gap < best.Gap || s.Objective < best.Objective*(1-1e-12) {
			best, stale = s, 0
		} else if stale++; stale > n {
			break
		}
	}
	return best.Weights
}

// walk goes from w towards the minimum over the affine hull of the set,
// stopping at each weight that reaches zero and dropping it.
func (h hull) walk(w []float64, set *[]int) bool {
	for len(*set) > 0 {
		v, ok := h.affine(*set)
		if !ok {
			return false
		}
		step, leave := 1.0, -1
		for _, j := range *set {
			if v[j] <= 0 {
				if a := w[j] / (w[j] - v[j]); leave < 0 || a < step {
					step, leave = a, j
				}
			}
		}
		if math.IsNaN(step) { // a weight that entered at zero and would stay there
			step = 0
		}
		for _, j := range *set {
			w[j] += step * (v[j] - w[j])
		}
		if leave < 0 {
			return true
		}
		w[leave] = 0
		*set = slices.DeleteFunc(*set, func(j int) bool { return j == leave || w[j] < 0 })
	}
	return false
}

// affine minimises over weights of the set that sum to one, of any sign. With
// m points around their mean a, w = 1/m + v and v sums to zero by itself:
// v = -C'(C C' + ridge I)^-1 a = -(C'C + ridge I)^-1 C'a, C the centred points;
// whichever system is smaller is also the well-conditioned one.
func (h hull) affine(set []int) ([]float64, bool) {
	w := make([]float64, len(h.points))
	m := len(set)
	if m == 0 {
		return nil, false
	}
	dim := len(h.points[0])
	mean := make([]float64, dim)
	for _, j := range set {
		for t, x := range h.points[j] {
			mean[t] += x / float64(m)
		}
	}
	centred := make([][]float64, m)
	for i, j := range set {
		c := make([]float64, dim)
		for t, x := range h.points[j] {
			c[t] = x - mean[t]
		}
		centred[i] = c
	}
	var v []float64
	var ok bool
	if m > dim {
		v, ok = h.wide(centred, mean)
	} else {
		v, ok = h.tall(centred, mean)
	}
	if !ok {
		return nil, false
	}
	for i, j := range set {
		w[j] = 1/float64(m) + v[i]
	}
	return w, true
}

// wide solves in the space of coordinates, fewer than the points.
func (h hull) wide(centred [][]float64, mean []float64) ([]float64, bool) {
	v := make([]float64, len(centred))
	dim := len(mean)
	if dim == 0 {
		return v, true
	}
	k := mat.NewSymDense(dim, nil)
	data := k.RawSymmetric().Data
	for _, c := range centred {
		for a, x := range c {
			row := data[a*dim : (a+1)*dim]
			for b := a; b < dim; b++ {
				row[b] += x * c[b]
			}
		}
	}
	ridge := math.Max(h.ridge, 1e-15*mat.Trace(k)) // Cholesky needs more than rounding
	for a := range dim {
		k.SetSym(a, a, k.At(a, a)+ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(k) {
		return nil, false
	}
	y := mat.NewVecDense(dim, nil)
	if err := chol.SolveVecTo(y, mat.NewVecDense(dim, slices.Clone(mean))); err != nil && !conditioned(err) {
		return nil, false
	}
	for i, c := range centred {
		v[i] = -dot(c, y.RawVector().Data)
	}
	if h.ridge >= refinable {
		h.refine(v, centred, mean, &chol)
	}
	return v, true
}

// refinable is the ridge from which dividing by it loses fewer digits than
// refinement wins.
const refinable = 1e-8

// refine takes one Newton step on the slopes that rounding left:
// (C'C + ridge I)^-1 g = (g - C'(C C' + ridge I)^-1 C g) / ridge.
func (h hull) refine(v []float64, centred [][]float64, mean []float64, chol *mat.Cholesky) {
	dim := len(mean)
	fit := slices.Clone(mean)
	for i, c := range centred {
		for t, x := range c {
			fit[t] += v[i] * x
		}
	}
	slope := make([]float64, len(v))
	folded := mat.NewVecDense(dim, nil)
	for i, c := range centred {
		slope[i] = dot(c, fit) + h.ridge*v[i]
		for t, x := range c {
			folded.RawVector().Data[t] += slope[i] * x
		}
	}
	if err := chol.SolveVecTo(folded, folded); err != nil && !conditioned(err) {
		return
	}
	for i, c := range centred {
		v[i] -= (slope[i] - dot(c, folded.RawVector().Data)) / h.ridge
	}
}

// tall solves least squares in the space of weights, by QR so that a small
// ridge keeps its digits. The row of ones settles the direction that centring
// leaves open.
func (h hull) tall(centred [][]float64, mean []float64) ([]float64, bool) {
	m, dim := len(centred), len(mean)
	a := mat.NewDense(dim+m+1, m, nil)
	root := math.Sqrt(h.ridge)
	for i, c := range centred {
		for t, x := range c {
			a.Set(t, i, x)
		}
		a.Set(dim+i, i, root)
		a.Set(dim+m, i, 1)
	}
	b := mat.NewVecDense(dim+m+1, nil)
	for t, x := range mean {
		b.SetVec(t, -x)
	}
	var qr mat.QR
	qr.Factorize(a)
	v := mat.NewVecDense(m, nil)
	if err := qr.SolveVecTo(v, false, b); err != nil && !conditioned(err) {
		return nil, false
	}
	return v.RawVector().Data, true
}

// certify puts w on the simplex exactly and computes the objective and the
// Frank-Wolfe duality gap there.
func (h hull) certify(w []float64) solution {
	w = slices.Clone(w)
	sum := 0.0
	for j := range w {
		w[j] = math.Max(w[j], 0)
		sum += w[j]
	}
	for j := range w {
		w[j] /= sum
	}
	slope := h.slope(w)
	value := dot(slope, w) // |fit|^2 + ridge |w|^2, the objective being quadratic
	return solution{Weights: w, Objective: value, Gap: math.Max(0, 2*(value-slices.Min(slope)))}
}

// slope is half the gradient of the objective.
func (h hull) slope(w []float64) []float64 {
	fit := make([]float64, len(h.points[0]))
	for j, p := range h.points {
		if w[j] != 0 {
			for t, x := range p {
				fit[t] += w[j] * x
			}
		}
	}
	slope := make([]float64, len(w))
	for j, p := range h.points {
		slope[j] = dot(p, fit) + h.ridge*w[j]
	}
	return slope
}

func (h hull) converged(s solution) bool { return s.Gap <= gapShare*s.Objective }

func (h hull) accepts(s solution) bool {
	return s.Gap <= gapShare*s.Objective+gapFloor
}

func (h hull) unscale(s solution) solution {
	s.Objective *= h.scale
	s.Gap *= h.scale
	return s
}

// conditioned tells whether gonum only warns of a large condition number: the
// certificate judges the answer.
func conditioned(err error) bool {
	var c mat.Condition
	return errors.As(err, &c) && !math.IsInf(float64(c), 1)
}

func columnsOf(points [][]float64, rows int) *mat.Dense {
	d := mat.NewDense(rows, len(points), nil)
	for j, p := range points {
		d.SetCol(j, p)
	}
	return d
}

func argmin(x []float64) int {
	best := 0
	for j := range x {
		if x[j] < x[best] {
			best = j
		}
	}
	return best
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
