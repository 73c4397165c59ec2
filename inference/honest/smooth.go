package honest

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// smooth writes the bias of v'beta_pre + l'beta_post as a function of the slope
// s of delta right after the reference period, free, and of the changes of slope
// u_j, each within M d_j. Before the reference delta_pre = s (t - t_ref) + R u
// with R triangular, so that w = R'v are the weights of the changes there; after
// it the weights are given by l alone.
func (t *Target) smooth() {
	times, ref := t.study.Times, t.study.Reference
	k := len(t.pre)
	// Changes of slope at the reference and at the periods before it but the
	// first: change j stands at node j, node 0 the reference, node i the i-th
	// period before it.
	node := func(i int) int64 {
		if i == 0 {
			return ref
		}
		return times[t.pre[k-i]]
	}
	next := times[t.post[0]] // the period after the reference
	t.d = make([]float64, k)
	r := mat.NewDense(k, k, nil) // rows: pre periods in the study's order
	for j := range k {
		after := next
		if j > 0 {
			after = node(j - 1)
		}
		t.d[j] = float64(after-node(j+1)) / 2
		for i := j + 1; i <= k; i++ {
			// Going back from node j the slope is lower by u_j.
			r.Set(k-i, j, float64(node(j)-node(i)))
		}
	}
	// v'(R u) = (R'v)'u, so v = R'^-1 w.
	t.back = new(mat.Dense)
	if err := t.back.Inverse(r.T()); err != nil {
		_ = err // triangular with a positive diagonal: only a warning about scale
	}
	trend := mat.NewVecDense(k, nil)
	for i, p := range t.pre {
		trend.SetVec(i, float64(times[p]-ref))
	}
	var slope mat.VecDense
	slope.MulVec(t.back.T(), trend)
	t.slope = slope.RawVector().Data
	for _, p := range t.post {
		t.need -= t.l[p] * float64(times[p]-ref)
	}
	// After the reference: the change of slope at post period j moves all later
	// ones by the time since then.
	for n, j := range t.post[:len(t.post)-1] {
		var weight float64
		for _, i := range t.post[n+1:] {
			weight += t.l[i] * float64(times[i]-times[j])
		}
		before := ref
		if n > 0 {
			before = times[t.post[n-1]]
		}
		t.rest += math.Abs(weight) * float64(times[t.post[n+1]]-before) / 2
	}
	pre := mat.NewSymDense(k, nil)
	cross := mat.NewVecDense(k, nil)
	for a, i := range t.pre {
		for b := a; b < k; b++ {
			pre.SetSym(a, b, t.study.Cov.At(i, t.pre[b]))
		}
		for j, x := range t.l {
			cross.SetVec(a, cross.AtVec(a)+t.study.Cov.At(i, j)*x)
		}
	}
	var half, full mat.Dense
	half.Mul(t.back.T(), pre)
	full.Mul(&half, t.back)
	t.quad = mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			t.quad.SetSym(i, j, (full.At(i, j)+full.At(j, i))/2)
		}
	}
	var lin mat.VecDense
	lin.MulVec(t.back.T(), cross)
	t.lin = lin.RawVector().Data
}

// at is the affine estimator with the least variance + lambda times its
// worst-case bias.
func (t *Target) at(lambda float64) affine {
	if a, ok := t.cache[lambda]; ok {
		return a
	}
	k := len(t.d)
	scale := 1 / t.variance
	h := make([][]float64, k)
	c := make([]float64, k)
	for i := range k {
		h[i] = make([]float64, k)
		for j := range k {
			h[i][j] = 2 * scale * t.quad.At(i, j)
		}
		c[i] = 2 * scale * t.lin[i]
	}
	penalty := make([]float64, k)
	for i := range penalty {
		penalty[i] = lambda * t.d[i]
	}
	w := lasso(h, c, penalty, t.slope, t.need)
	a := affine{w: w, bias: t.rest, std: t.variance}
	for i, x := range w {
		a.bias += t.d[i] * math.Abs(x)
		a.std += 2 * t.lin[i] * x
		for j, y := range w {
			a.std += x * y * t.quad.At(i, j)
		}
	}
	a.std = math.Sqrt(math.Max(a.std, 0))
	t.cache[lambda] = a
	return a
}

// Smoothness is the fixed-length interval for M >= 0: the shortest among
// affine estimators whose coverage is at least the level for every difference in
// trends within M.
func (t *Target) Smoothness(m float64) Set {
	half := func(a affine) float64 {
		if a.std == 0 {
			return m * a.bias
		}
		return a.std * foldedQuantile(m*a.bias/a.std, t.level)
	}
	best := t.at(0)
	if m > 0 {
		length := func(power float64) float64 { return half(t.at(math.Pow(10, power))) }
		low, most := -4.0, math.Inf(1)
		for p := -4.0; p <= 4; p++ {
			if x := length(p); x < most {
				low, most = p, x
			}
		}
		const golden = 0.6180339887498949
		a, b := low-1, low+1
		x, y := b-golden*(b-a), a+golden*(b-a)
		fx, fy := length(x), length(y)
		for b-a > 2e-3 {
			if fx <= fy {
				b, y, fy = y, x, fx
				x = b - golden*(b-a)
				fx = length(x)
			} else {
				a, x, fx = x, y, fy
				y = a + golden*(b-a)
				fy = length(y)
			}
		}
		if other := t.at(math.Pow(10, (a+b)/2)); half(other) < half(best) {
			best = other
		}
	}
	centre := t.estimate
	k := len(t.pre)
	for i, p := range t.pre {
		var v float64
		for j := range k {
			v += t.back.At(i, j) * best.w[j]
		}
		centre += v * t.study.Beta[p]
	}
	h := half(best)
	return Set{M: m, Lower: centre - h, Upper: centre + h}
}

// foldedQuantile is the c with P(|N(b, 1)| <= c) = level.
func foldedQuantile(b, level float64) float64 {
	b = math.Abs(b)
	low, high := 0.0, b+10
	for range 100 {
		c := (low + high) / 2
		if c == low || c == high {
			break
		}
		if distuv.UnitNormal.CDF(c-b)-distuv.UnitNormal.CDF(-c-b) < level {
			low = c
		} else {
			high = c
		}
	}
	return (low + high) / 2
}

// lasso minimises x'h x / 2 + c'x + sum penalty |x| subject to g'x = b, h
// positive semi-definite: by a primal-dual interior-point method on the positive
// and negative parts of x.
func lasso(h [][]float64, c, penalty, g []float64, b float64) []float64 {
	k := len(c)
	n := 2 * k
	x, z := make([]float64, n), make([]float64, n)
	size := 1 + math.Abs(b)
	for i := range x {
		x[i], z[i] = size, 1
	}
	y := 0.0
	at := func(v []float64, i int) float64 { return v[i] - v[i+k] }
	dual, dx, dz := make([]float64, n), make([]float64, n), make([]float64, n)
	m := blas64.Symmetric{N: n, Stride: n, Uplo: blas.Upper, Data: make([]float64, n*n)}
	solved := blas64.General{Rows: n, Cols: 2, Stride: 2, Data: make([]float64, 2*n)}
	for range 200 {
		// Residuals: stationarity, the equality, complementarity.
		primal := b
		var mu float64
		for i := range k {
			primal -= g[i] * at(x, i)
			grad := c[i] - g[i]*y
			for j := range k {
				grad += h[i][j] * at(x, j)
			}
			dual[i] = grad + penalty[i] - z[i]
			dual[i+k] = -grad + penalty[i] - z[i+k]
		}
		var worst float64
		for i := range x {
			mu += x[i] * z[i] / float64(n)
			worst = math.Max(worst, math.Abs(dual[i]))
		}
		if mu < 1e-14 && worst < 1e-10 && math.Abs(primal) < 1e-12*size {
			break
		}
		target := 0.1 * mu
		// Eliminate z: (H + Z/X) dx - A'dy = -dual + (target - x z)/x.
		for i := range k {
			for j := range k {
				m.Data[i*n+j], m.Data[(i+k)*n+j+k] = h[i][j], h[i][j]
				m.Data[i*n+j+k] = -h[i][j]
			}
		}
		for i := range n {
			m.Data[i*n+i] += z[i] / x[i]
			normal := g[i%k]
			if i >= k {
				normal = -normal
			}
			solved.Data[2*i], solved.Data[2*i+1] = -dual[i]+(target-x[i]*z[i])/x[i], normal
		}
		// Not mat.Cholesky, which computes a condition number at half the cost.
		triangle, ok := lapack64.Potrf(m)
		if !ok {
			break
		}
		lapack64.Potrs(triangle, solved)
		p, q := func(i int) float64 { return solved.Data[2*i] }, func(i int) float64 { return solved.Data[2*i+1] }
		dy, along := primal, 0.0
		for i := range k {
			dy -= g[i] * (p(i) - p(i+k))
			along += g[i] * (q(i) - q(i+k))
		}
		dy /= along
		step := 1.0
		for i := range n {
			dx[i] = p(i) + dy*q(i)
			dz[i] = (target-x[i]*z[i])/x[i] - z[i]/x[i]*dx[i]
			if dx[i] < 0 {
				step = math.Min(step, -0.99*x[i]/dx[i])
			}
			if dz[i] < 0 {
				step = math.Min(step, -0.99*z[i]/dz[i])
			}
		}
		for i := range n {
			x[i] += step * dx[i]
			z[i] += step * dz[i]
		}
		y += step * dy
	}
	out := make([]float64, k)
	for i := range out {
		out[i] = at(x, i)
	}
	return out
}
