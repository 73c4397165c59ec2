package inference

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// On indicators of cells, CellRobust is ClusterRobust; clusters may lie in
// several cells.
func TestCellsAreARegressionOnIndicators(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for range 20 {
		const cells = 4
		n, clusters := 60+r.IntN(60), 9+r.IntN(8)
		d := sample{x: mat.NewDense(n, cells, nil), y: mat.NewVecDense(n, nil)}
		rows, contrast := make([]float64, cells), []float64{0.3, -1, 0.7, r.NormFloat64()}
		for i := range n {
			cluster := r.IntN(clusters)
			cell := (cluster + r.IntN(2)) % cells
			d.x.Set(i, cell, 1)
			rows[cell]++
			d.y.SetVec(i, float64(cluster%5)+r.NormFloat64())
			d.cluster = append(d.cluster, cluster)
		}
		var parts [][]CellPart
		moments := d.moments()
		for _, m := range moments {
			var all []CellPart
			for j := range cells {
				if m.Gram.At(j, j) > 0 {
					all = append(all, CellPart{Cell: j, Rows: m.Gram.At(j, j), Residual: m.Score.AtVec(j)})
				}
			}
			parts = append(parts, all)
		}
		if slices.Min(rows) == 0 {
			continue
		}
		want, err := ClusterRobust(moments, int64(n), []*mat.VecDense{mat.NewVecDense(cells, contrast)})
		if err != nil {
			t.Fatal(err)
		}
		got := CellRobust(parts, rows, contrast, int64(n))
		if !near(got.CR0, want[0].CR0) || !near(got.CR1, want[0].CR1) || !near(got.CR2, want[0].CR2) || !near(got.DF, want[0].DF) {
			t.Errorf("%+v, want %+v", got, want[0])
		}
	}
}
