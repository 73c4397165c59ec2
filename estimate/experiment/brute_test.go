package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// brute is least squares by rows, as textbooks write it: every matrix is made.
type brute struct {
	x      *mat.Dense
	y      *mat.VecDense
	groups []string // clusters, by row
}

// solve gives the coefficients, (X'X)^-1, the residuals and I - H.
func (d brute) solve() (b mat.VecDense, bread, rest mat.Dense, e mat.VecDense) {
	var xx, xb mat.Dense
	xx.Mul(d.x.T(), d.x)
	if err := bread.Inverse(&xx); err != nil {
		panic(err)
	}
	xb.Mul(d.x, &bread)
	var xy mat.VecDense
	xy.MulVec(d.x.T(), d.y)
	b.MulVec(&bread, &xy)
	rest.Mul(&xb, d.x.T())
	n, _ := d.x.Dims()
	for i := range n {
		for j := range n {
			rest.Set(i, j, -rest.At(i, j))
		}
		rest.Set(i, i, 1+rest.At(i, i))
	}
	e.MulVec(&rest, d.y)
	return b, bread, rest, e
}

// hc is the error of l'b with HC0 to HC3 (MacKinnon and White 1985).
func (d brute) hc(l []float64, vce string) (value, se float64) {
	b, bread, rest, e := d.solve()
	n, k := d.x.Dims()
	c := mat.NewVecDense(k, l)
	var w mat.VecDense
	w.MulVec(&bread, c)
	var v float64
	for i := range n {
		score := mat.Dot(&w, mat.NewVecDense(k, mat.Row(nil, i, d.x))) * e.AtVec(i)
		v += score * score * map[string]float64{"hc0": 1, "hc1": float64(n) / float64(n-k), "hc2": 1 / rest.At(i, i), "hc3": 1 / rest.At(i, i) / rest.At(i, i)}[vce]
	}
	return mat.Dot(c, &b), math.Sqrt(v)
}

// cr is CR1, CR2 and the degrees of freedom of CR2, with explicit symmetric
// square roots and the explicit n by G matrix of Bell and McCaffrey.
func (d brute) cr(l []float64) (cr1, cr2, df float64) {
	_, bread, rest, e := d.solve()
	n, k := d.x.Dims()
	members := map[string][]int{}
	for i, g := range d.groups {
		members[g] = append(members[g], i)
	}
	var w, xw mat.VecDense
	w.MulVec(&bread, mat.NewVecDense(k, l))
	xw.MulVec(d.x, &w)
	g := mat.NewDense(n, len(members), nil)
	at := 0
	for _, rows := range members {
		m := len(rows)
		block, part, residual := mat.NewSymDense(m, nil), mat.NewVecDense(m, nil), mat.NewVecDense(m, nil)
		for a, i := range rows {
			part.SetVec(a, xw.AtVec(i))
			residual.SetVec(a, e.AtVec(i))
			for b := range rows {
				block.SetSym(a, b, rest.At(i, rows[b]))
			}
		}
		var eigen mat.EigenSym
		eigen.Factorize(block, true)
		var q, half, root mat.Dense
		eigen.VectorsTo(&q)
		values := eigen.Values(nil)
		for i, v := range values {
			if values[i] = 0; v > 1e-9 {
				values[i] = 1 / math.Sqrt(v)
			}
		}
		half.Mul(&q, mat.NewDiagDense(m, values))
		root.Mul(&half, q.T())
		var adjusted mat.VecDense
		adjusted.MulVec(&root, part)
		cr1 += math.Pow(mat.Dot(part, residual), 2)
		cr2 += math.Pow(mat.Dot(&adjusted, residual), 2)
		for j := range n {
			for a, i := range rows {
				g.Set(j, at, g.At(j, at)+rest.At(j, i)*adjusted.AtVec(a))
			}
		}
		at++
	}
	var b, bb mat.Dense
	b.Mul(g.T(), g)
	bb.Mul(&b, &b)
	c := float64(len(members))
	return math.Sqrt(cr1 * c / (c - 1) * float64(n-1) / float64(n-k)), math.Sqrt(cr2), mat.Trace(&b) * mat.Trace(&b) / mat.Trace(&bb)
}

// saturated has an indicator for each arm and block that has rows; the contrast
// weighs the blocks by the rows of the two arms.
func saturated(people []person, arm, control string) (brute, []float64) {
	var cells []string
	both := map[string]float64{}
	var all float64
	for _, p := range people {
		if c := p.arm + "/" + p.block; !slices.Contains(cells, c) {
			cells = append(cells, c)
		}
		if p.arm == arm || p.arm == control {
			both[p.block]++
			all++
		}
	}
	d := brute{x: mat.NewDense(len(people), len(cells), nil), y: mat.NewVecDense(len(people), nil)}
	l := make([]float64, len(cells))
	for i, p := range people {
		d.x.Set(i, slices.Index(cells, p.arm+"/"+p.block), 1)
		d.y.SetVec(i, p.y)
		d.groups = append(d.groups, p.cluster)
	}
	for b, n := range both {
		l[slices.Index(cells, arm+"/"+b)] = n / all
		l[slices.Index(cells, control+"/"+b)] = -n / all
	}
	return d, l
}

// crowd makes an experiment with clusters that lie in one block and one arm
// each, or across arms where mixed.
func crowd(r *rand.Rand, arms, blocks int, mixed, whole bool) []person {
	var people []person
	for b := range blocks {
		for c := range arms * (2 + r.IntN(3)) {
			shared := r.NormFloat64()
			for i := range 2 + r.IntN(4) {
				arm := c % arms
				if mixed {
					arm = (c + i) % arms
				}
				p := person{arm: fmt.Sprint(arm), block: fmt.Sprint("b", b), cluster: fmt.Sprint(b, "-", c), kind: string(rune('p' + r.IntN(3))),
					x: r.NormFloat64(), z: 40 + 10*r.NormFloat64()}
				p.y = 3 + float64(arm+b) + shared + p.x + 0.1*p.z*float64(1+arm) + r.NormFloat64()
				if p.kind == "q" {
					p.y++
				}
				if whole {
					p.y, p.z = math.Round(1e6*p.y), math.Round(p.z)
				}
				people = append(people, p)
			}
		}
	}
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people
}

func TestMeansAreARegressionByRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		arms, blocks int
		whole        bool
	}{{2, 1, false}, {2, 1, true}, {3, 1, true}, {2, 4, false}, {3, 3, true}} {
		people := crowd(r, c.arms, c.blocks, false, c.whole)
		for _, vce := range []string{"hc0", "hc1", "hc2", "hc3"} {
			o := plain
			o.VCE = vce
			if c.blocks > 1 {
				o.Blocks = "block"
			}
			a := must(t, o, people)
			if len(a.Estimates) != c.arms-1 {
				t.Fatalf("%d estimates of %d arms", len(a.Estimates), c.arms)
			}
			for i, e := range a.Estimates {
				d, l := saturated(people, fmt.Sprint(i+1), "0")
				value, se := d.hc(l, vce)
				near(t, "effect", *e.Estimate, value, 1e-10)
				near(t, vce, *e.SE, se, 1e-9)
				n, k := d.x.Dims()
				near(t, "df", *e.Details["df"].(*float64), float64(n-k), 0)
				if (e.Group != nil) != (c.arms > 2) {
					t.Errorf("group %v of %d arms", e.Group, c.arms)
				}
			}
		}
	}
}

func TestClustersAreARegressionByRows(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, c := range []struct {
		arms, blocks int
		mixed, whole bool
	}{{2, 1, false, false}, {2, 1, true, true}, {3, 1, false, true}, {2, 3, false, false}, {3, 2, true, true}} {
		people := crowd(r, c.arms, c.blocks, c.mixed, c.whole)
		o := plain
		o.Cluster = "cluster"
		if c.blocks > 1 {
			o.Blocks = "block"
		}
		a := must(t, o, people)
		for i, e := range a.Estimates {
			d, l := saturated(people, fmt.Sprint(i+1), "0")
			value, _ := d.hc(l, "hc0")
			cr1, cr2, df := d.cr(l)
			near(t, "effect", *e.Estimate, value, 1e-10)
			near(t, "cr2", *e.SE, cr2, 1e-9)
			near(t, "df", *e.Details["df"].(*float64), df, 1e-8)
			near(t, "cr1", *e.Details["se_cr1"].(*float64), cr1, 1e-9)
		}
		if got := slices.ContainsFunc(codes(a), func(s string) bool { return s == "experiment-treatment-varies-in-cluster" }); got != c.mixed {
			t.Errorf("mixed clusters: caution %v, want %v", got, c.mixed)
		}
	}
}
