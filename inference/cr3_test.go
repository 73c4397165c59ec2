package inference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// leaveOneOut is sqrt((G-1)/G sum_c (l'b_(c) - l'b)^2) from rows, on the given
// columns of the regressors.
func (d sample) leaveOneOut(l []float64, columns []int) float64 {
	groups := slices.Max(d.cluster) + 1
	fit := func(without int) float64 {
		k := len(columns)
		xx, xy := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
		for i, c := range d.cluster {
			if c == without {
				continue
			}
			x := mat.NewVecDense(k, nil)
			for a, j := range columns {
				x.SetVec(a, d.x.At(i, j))
			}
			xx.SymRankOne(xx, 1, x)
			xy.AddScaledVec(xy, d.y.AtVec(i), x)
		}
		var chol mat.Cholesky
		if !chol.Factorize(xx) {
			return math.NaN()
		}
		b := mat.NewVecDense(k, nil)
		if err := chol.SolveVecTo(b, xy); err != nil {
			return math.NaN()
		}
		return mat.Dot(mat.NewVecDense(k, l), b)
	}
	all := fit(-1)
	var sum float64
	for c := range groups {
		diff := fit(c) - all
		sum += diff * diff
	}
	return math.Sqrt(sum * float64(groups-1) / float64(groups))
}

// Clusters of very unequal size, several combinations at once.
func TestCR3IsLeavingOutEachCluster(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	for range 20 {
		sizes := make([]int, 6+r.IntN(6))
		for i := range sizes {
			sizes[i] = 1 + r.IntN(9)
		}
		sizes[0] = 40
		d := random(r, sizes, 4)
		combinations := [][]float64{{0, 1, 0, 0}, {1, 0.5, -2, 1}, {0, 0, 0, 1}}
		var vectors []*mat.VecDense
		for _, l := range combinations {
			vectors = append(vectors, mat.NewVecDense(4, l))
		}
		got, err := ClusterRobust(d.moments(), int64(len(d.cluster)), vectors)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range combinations {
			if want := d.leaveOneOut(l, []int{0, 1, 2, 3}); math.Abs(got[i].CR3-want) > 1e-9*want {
				t.Errorf("%v: CR3 %v, by leaving out %v", l, got[i].CR3, want)
			}
			if !(got[i].CR3 > got[i].CR2*math.Sqrt(float64(len(sizes)-1)/float64(len(sizes)))) {
				t.Errorf("%v: CR3 %v below CR2 %v", l, got[i].CR3, got[i].CR2)
			}
		}
	}
}

// The cluster that alone has the second regressor cannot be left out of its
// coefficient: no CR3. The mean of the others does without it: leaving it out
// changes nothing there.
func TestCR3UnderFullLeverage(t *testing.T) {
	d := random(rand.New(rand.NewPCG(7, 8)), []int{4, 4, 4, 6}, 2)
	for i, c := range d.cluster {
		d.x.Set(i, 1, 0)
		if c == 1 {
			d.x.Set(i, 1, 1)
		}
	}
	got, err := ClusterRobust(d.moments(), 18, []*mat.VecDense{mat.NewVecDense(2, []float64{0, 1}), mat.NewVecDense(2, []float64{1, 0})})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Full != 1 || !math.IsNaN(got[0].CR3) {
		t.Errorf("%+v", got[0])
	}
	// The intercept alone, on the other three clusters, with the factor of four.
	rest := sample{x: d.x, y: d.y}
	rest.cluster = nil
	var rows []int
	for i, c := range d.cluster {
		if c != 1 {
			rows = append(rows, i)
			rest.cluster = append(rest.cluster, []int{0, -1, 1, 2}[c])
		}
	}
	rest.y = mat.NewVecDense(len(rows), nil)
	rest.x = mat.NewDense(len(rows), 1, nil)
	for a, i := range rows {
		rest.y.SetVec(a, d.y.AtVec(i))
		rest.x.Set(a, 0, 1)
	}
	want := rest.leaveOneOut([]float64{1}, []int{0}) * math.Sqrt(3.0/4*3/2)
	if math.Abs(got[1].CR3-want) > 1e-9*want {
		t.Errorf("the others' mean: CR3 %v, want %v", got[1].CR3, want)
	}
}

// By hand: clusters with means 1, 2 and 6 of equal size; leaving one out moves
// the mean 3 by 1, 0.5 and -1.5: sum of squares 3.5, times 2/3.
func TestCR3ByHand(t *testing.T) {
	var clusters []ClusterMoment
	var parts [][]CellPart
	for _, y := range []float64{1, 2, 6} {
		clusters = append(clusters, ClusterMoment{Gram: mat.NewSymDense(1, []float64{2}), Score: mat.NewVecDense(1, []float64{2 * (y - 3)})})
		parts = append(parts, []CellPart{{Cell: 0, Rows: 2, Residual: 2 * (y - 3)}})
	}
	got, err := ClusterRobust(clusters, 6, []*mat.VecDense{unit(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	want := math.Sqrt(3.5 * 2 / 3)
	if cells := CellRobust(parts, []float64{6}, []float64{1}, 6); !near(got[0].CR3, want) || !near(cells.CR3, want) {
		t.Errorf("CR3 %v, by cells %v, want %v", got[0].CR3, cells.CR3, want)
	}
}

// On cells, too: clusters in several cells, one that has a cell to itself.
func TestCR3OfCells(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 1))
	for range 20 {
		const cells, clusters = 3, 8
		n := 90
		d := sample{x: mat.NewDense(n, cells, nil), y: mat.NewVecDense(n, nil)}
		rows, mean := make([]float64, cells), make([]float64, cells)
		cell := make([]int, n)
		for i := range n {
			c := i % clusters
			cell[i] = (c + r.IntN(2)) % cells
			d.x.Set(i, cell[i], 1)
			d.y.SetVec(i, float64(c)+r.NormFloat64())
			d.cluster = append(d.cluster, c)
			rows[cell[i]]++
			mean[cell[i]] += d.y.AtVec(i)
		}
		parts := make([][]CellPart, clusters)
		for c := range parts {
			for j := range cells {
				p := CellPart{Cell: j}
				for i := range n {
					if d.cluster[i] == c && cell[i] == j {
						p.Rows++
						p.Residual += d.y.AtVec(i) - mean[j]/rows[j]
					}
				}
				if p.Rows > 0 {
					parts[c] = append(parts[c], p)
				}
			}
		}
		contrast := []float64{1, -0.4, r.NormFloat64()}
		got := CellRobust(parts, rows, contrast, int64(n))
		if want := d.leaveOneOut(contrast, []int{0, 1, 2}); math.Abs(got.CR3-want) > 1e-9*want {
			t.Errorf("CR3 %v, by leaving out %v", got.CR3, want)
		}
	}
	alone := [][]CellPart{{{Cell: 0, Rows: 2}}, {{Cell: 1, Rows: 2, Residual: 1}}, {{Cell: 1, Rows: 3, Residual: -1}}}
	if got := CellRobust(alone, []float64{2, 5}, []float64{1, -1}, 7); !math.IsNaN(got.CR3) || got.Full != 1 {
		t.Errorf("a cluster has a cell to itself: %+v", got)
	}
	if got := CellRobust(alone, []float64{2, 5}, []float64{0, 1}, 7); !(got.CR3 > 0) {
		t.Errorf("the other cell has an error: %+v", got)
	}
}
