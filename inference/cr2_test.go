package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// sample is a regression by rows: regressors x (n by k), outcomes y, clusters.
type sample struct {
	x       *mat.Dense
	y       *mat.VecDense
	cluster []int
}

// random makes clusters of unequal size with an intercept, a regressor that is
// constant in each cluster and k-2 that vary.
func random(r *rand.Rand, sizes []int, k int) sample {
	n := 0
	for _, s := range sizes {
		n += s
	}
	d := sample{x: mat.NewDense(n, k, nil), y: mat.NewVecDense(n, nil)}
	i := 0
	for c, size := range sizes {
		shared := r.NormFloat64()
		for range size {
			d.x.Set(i, 0, 1)
			for j := 1; j < k; j++ {
				d.x.Set(i, j, r.NormFloat64())
			}
			d.x.Set(i, 1, float64(c%2))
			d.y.SetVec(i, 2+d.x.At(i, 1)+shared+r.NormFloat64())
			d.cluster = append(d.cluster, c)
			i++
		}
	}
	return d
}

// fit gives (X'X)^-1, and the residuals.
func (d sample) fit() (bread *mat.Dense, e *mat.VecDense) {
	_, k := d.x.Dims()
	var xx, bx mat.Dense
	xx.Mul(d.x.T(), d.x)
	bread = mat.NewDense(k, k, nil)
	if err := bread.Inverse(&xx); err != nil {
		panic(err)
	}
	var xy, b, fitted mat.VecDense
	xy.MulVec(d.x.T(), d.y)
	b.MulVec(bread, &xy)
	bx.Mul(d.x, bread)
	fitted.MulVec(d.x, &b)
	e = mat.NewVecDense(d.y.Len(), nil)
	e.SubVec(d.y, &fitted)
	return bread, e
}

// moments are what ClusterRobust is given.
func (d sample) moments() []ClusterMoment {
	_, k := d.x.Dims()
	_, e := d.fit()
	byCluster := map[int]*ClusterMoment{}
	var out []ClusterMoment
	var order []int
	for i, c := range d.cluster {
		if byCluster[c] == nil {
			byCluster[c] = &ClusterMoment{Gram: mat.NewSymDense(k, nil), Score: mat.NewVecDense(k, nil)}
			order = append(order, c)
		}
		m, row := byCluster[c], mat.NewVecDense(k, mat.Row(nil, i, d.x))
		m.Gram.SymRankOne(m.Gram, 1, row)
		m.Score.AddScaledVec(m.Score, e.AtVec(i), row)
	}
	for _, c := range order {
		out = append(out, *byCluster[c])
	}
	return out
}

// explicit is CR2 and its degrees of freedom from the n by n matrices of the
// definition: A_c the inverse symmetric square root of the cluster's block of
// I - H, G = [(I-H)_c' A_c X_c M l], df = (sum eigenvalues)^2 / sum squares of
// G'G.
func (d sample) explicit(l *mat.VecDense) (cr0, cr2, df float64) {
	n, k := d.x.Dims()
	bread, e := d.fit()
	var xb, hat mat.Dense
	xb.Mul(d.x, bread)
	hat.Mul(&xb, d.x.T())
	rest := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			rest.Set(i, j, -hat.At(i, j))
		}
		rest.Set(i, i, 1-hat.At(i, i))
	}
	var weights mat.VecDense
	weights.MulVec(bread, l)
	members := map[int][]int{}
	groups := 0
	for i, c := range d.cluster {
		members[c] = append(members[c], i)
		groups = max(groups, c+1)
	}
	g := mat.NewDense(n, groups, nil)
	for c, rows := range members {
		block := mat.NewSymDense(len(rows), nil)
		x := mat.NewDense(len(rows), k, nil)
		ec := mat.NewVecDense(len(rows), nil)
		for a, i := range rows {
			ec.SetVec(a, e.AtVec(i))
			x.SetRow(a, mat.Row(nil, i, d.x))
			for b := a; b < len(rows); b++ {
				block.SetSym(a, b, rest.At(i, rows[b]))
			}
		}
		var eigen mat.EigenSym
		eigen.Factorize(block, true)
		var v, half, adjust mat.Dense
		eigen.VectorsTo(&v)
		values := eigen.Values(nil)
		for i, x := range values {
			values[i] = 0
			if x > 1e-10 {
				values[i] = 1 / math.Sqrt(x)
			}
		}
		half.Mul(&v, mat.NewDiagDense(len(values), values))
		adjust.Mul(&half, v.T())
		var ax mat.Dense
		ax.Mul(&adjust, x)
		var plain, own mat.VecDense
		plain.MulVec(x, &weights)
		own.MulVec(&ax, &weights)
		cr0 += math.Pow(mat.Dot(&plain, ec), 2)
		cr2 += math.Pow(mat.Dot(&own, ec), 2)
		for j := range n {
			var sum float64
			for a, i := range rows {
				sum += rest.At(j, i) * own.AtVec(a)
			}
			g.Set(j, c, sum)
		}
	}
	var p mat.Dense
	p.Mul(g.T(), g)
	var trace, square float64
	for c := range groups {
		trace += p.At(c, c)
		for f := range groups {
			square += p.At(c, f) * p.At(c, f)
		}
	}
	return math.Sqrt(cr0), math.Sqrt(cr2), trace * trace / square
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

// ClusterRobust from moments is the definition by rows.
func TestClusterRobustIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		sizes []int
		k     int
	}{
		{[]int{3, 5, 2, 9, 1, 4, 4, 7}, 2},
		{[]int{3, 5, 2, 9, 1, 4, 4, 7, 12, 2}, 5},
		{[]int{20, 1, 1, 1, 30, 2}, 3},
		{[]int{2, 2, 2, 2, 2, 2, 2, 2, 2}, 4}, // smaller than the number of regressors
	} {
		d := random(r, c.sizes, c.k)
		var ls []*mat.VecDense
		for range 3 {
			l := mat.NewVecDense(c.k, nil)
			for j := range c.k {
				l.SetVec(j, r.NormFloat64())
			}
			ls = append(ls, l)
		}
		one := mat.NewVecDense(c.k, nil)
		one.SetVec(1, 1)
		ls = append(ls, one)
		n, _ := d.x.Dims()
		got, err := ClusterRobust(d.moments(), int64(n), ls)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range ls {
			cr0, cr2, df := d.explicit(l)
			if !near(got[i].CR0, cr0) || !near(got[i].CR2, cr2) || !near(got[i].DF, df) {
				t.Errorf("%v: %+v, want CR0 %v CR2 %v df %v", c, got[i], cr0, cr2, df)
			}
			g := float64(len(c.sizes))
			if cr1 := cr0 * math.Sqrt(g/(g-1)*float64(n-1)/float64(n-c.k)); !near(got[i].CR1, cr1) {
				t.Errorf("%v: CR1 %v, want %v", c, got[i].CR1, cr1)
			}
		}
	}
}

// Clusters of one row each: CR2 is HC2.
func TestSingletonsAreHC2(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sizes := make([]int, 25)
	for i := range sizes {
		sizes[i] = 1
	}
	d := random(r, sizes, 3)
	bread, e := d.fit()
	l := mat.NewVecDense(3, []float64{0, 1, 0})
	var want float64
	for i := range sizes {
		x := mat.NewVecDense(3, mat.Row(nil, i, d.x))
		var w mat.VecDense
		w.MulVec(bread, x)
		want += math.Pow(e.AtVec(i)*mat.Dot(&w, l), 2) / (1 - mat.Dot(&w, x))
	}
	got, err := ClusterRobust(d.moments(), 25, []*mat.VecDense{l})
	if err != nil {
		t.Fatal(err)
	}
	if !near(got[0].CR2, math.Sqrt(want)) {
		t.Errorf("%v, want %v", got[0].CR2, math.Sqrt(want))
	}
}

// A difference of two means over equal clusters is the two-sample t test on the
// means of clusters: CR2 its error, G - 2 its degrees of freedom.
func TestEqualClustersAreATTestOnMeans(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	d := random(r, []int{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, 2)
	mean := make([]float64, 10)
	for i, c := range d.cluster {
		mean[c] += d.y.AtVec(i) / 4
	}
	var variance float64
	for arm := range 2 {
		var m, q float64
		for c := arm; c < 10; c += 2 {
			m += mean[c] / 5
		}
		for c := arm; c < 10; c += 2 {
			q += (mean[c] - m) * (mean[c] - m)
		}
		variance += q / 4 / 5
	}
	got, err := ClusterRobust(d.moments(), 40, []*mat.VecDense{mat.NewVecDense(2, []float64{0, 1})})
	if err != nil {
		t.Fatal(err)
	}
	if !near(got[0].CR2, math.Sqrt(variance)) || !near(got[0].DF, 8) {
		t.Errorf("%+v, want %v with 8", got[0], math.Sqrt(variance))
	}
}

// A cluster that alone has an arm leaves nothing to learn its error from.
func TestOneClusterOfAnArmHasNoCR2(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	d := random(r, []int{4, 4, 4}, 2) // cluster 1 alone has regressor 1
	got, err := ClusterRobust(d.moments(), 12, []*mat.VecDense{mat.NewVecDense(2, []float64{0, 1}), mat.NewVecDense(2, []float64{1, 0})})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Full != 1 || !math.IsNaN(got[0].CR2) || !math.IsNaN(got[0].DF) {
		t.Errorf("%+v", got[0])
	}
	if got[1].Full != 0 || !(got[1].CR2 > 0) {
		t.Errorf("the mean of the other arm has an error: %+v", got[1])
	}
}

func TestCollinearRegressorsAreRefused(t *testing.T) {
	d := random(rand.New(rand.NewPCG(9, 9)), []int{3, 3, 3, 3}, 2)
	m := d.moments()
	wide := make([]ClusterMoment, len(m))
	for i, c := range m { // the second regressor twice
		g := mat.NewSymDense(3, nil)
		for a := range 3 {
			for b := a; b < 3; b++ {
				g.SetSym(a, b, c.Gram.At(min(a, 1), min(b, 1)))
			}
		}
		wide[i] = ClusterMoment{Gram: g, Score: mat.NewVecDense(3, []float64{c.Score.AtVec(0), c.Score.AtVec(1), c.Score.AtVec(1)})}
	}
	if _, err := ClusterRobust(wide, 12, nil); !errors.Is(err, ErrSingular) {
		t.Errorf("%v", err)
	}
	if _, err := ClusterRobust(nil, 0, nil); !errors.Is(err, ErrSingular) {
		t.Errorf("%v", err)
	}
}
