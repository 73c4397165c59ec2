package inference

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// groupOuter is sum over groups of the outer product of the group's sum.
func groupOuter(scores [][]float64, group []int) *mat.SymDense {
	k := len(scores[0])
	sums := map[int]*mat.VecDense{}
	most := 0
	for i, s := range scores {
		if sums[group[i]] == nil {
			sums[group[i]] = mat.NewVecDense(k, nil)
		}
		sums[group[i]].AddVec(sums[group[i]], mat.NewVecDense(k, s))
		most = max(most, group[i])
	}
	v := mat.NewSymDense(k, nil)
	for g := range most + 1 {
		if sums[g] != nil {
			v.SymRankOne(v, 1, sums[g])
		}
	}
	return v
}

// The definition by pairs of rows: those that share a group of either kind.
func TestTwoWayIsThePairsThatShareAGroup(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	mendedOnce := false
	for range 60 {
		n := 12 + r.IntN(30)
		scores, first, second, pair := make([][]float64, n), make([]int, n), make([]int, n), make([]int, n)
		for i := range n {
			scores[i] = []float64{r.NormFloat64(), 1e3 * r.NormFloat64(), 1e-3 * r.NormFloat64()}
			first[i], second[i] = r.IntN(4), r.IntN(5)
			pair[i] = first[i]*5 + second[i]
		}
		want := mat.NewSymDense(3, nil)
		for i := range n {
			for j := range n {
				if first[i] == first[j] || second[i] == second[j] {
					for a := range 3 {
						for b := a; b < 3; b++ {
							want.SetSym(a, b, want.At(a, b)+(scores[i][a]*scores[j][b]+scores[i][b]*scores[j][a])/2)
						}
					}
				}
			}
		}
		got, mended := TwoWay(groupOuter(scores, first), groupOuter(scores, second), groupOuter(scores, pair))
		unit := []float64{1, 1e3, 1e-3}
		scaled := mat.NewSymDense(3, nil)
		for a := range 3 {
			for b := a; b < 3; b++ {
				if !mended && math.Abs(got.At(a, b)-want.At(a, b)) > 1e-9*float64(n)*unit[a]*unit[b] {
					t.Fatalf("%d %d: %v, by pairs %v", a, b, got.At(a, b), want.At(a, b))
				}
				scaled.SetSym(a, b, want.At(a, b)/unit[a]/unit[b])
			}
		}
		// It is mended just where the definition has a negative eigenvalue.
		var eigen mat.EigenSym
		if !eigen.Factorize(scaled, false) {
			t.Fatal("no eigenvalues")
		}
		if negative := eigen.Values(nil)[0] < 0; negative != mended {
			t.Errorf("eigenvalues %v, mended %v", eigen.Values(nil), mended)
		}
		mendedOnce = mendedOnce || mended
	}
	if !mendedOnce {
		t.Error("no world needed mending")
	}
}

// By hand: diagonal 1 and correlation 1.5 after subtraction has the eigenvalues
// 2.5 and -0.5 along (1, 1) and (1, -1); without the second all entries are 1.25.
// Units make no difference, and an estimate without variance stays without.
func TestTwoWayMendedByHand(t *testing.T) {
	for _, s := range []float64{1, 1e4} {
		a := mat.NewSymDense(3, []float64{1, 0.5 * s, 0, 0.5 * s, s * s, 0, 0, 0, 0})
		both := mat.NewSymDense(3, []float64{1, -0.5 * s, 0, -0.5 * s, s * s, 0, 0, 0, 0})
		v, mended := TwoWay(a, a, both)
		if !mended || !near(v.At(0, 0), 1.25) || !near(v.At(0, 1), 1.25*s) || !near(v.At(1, 1), 1.25*s*s) || v.At(2, 2) != 0 {
			t.Errorf("%v mended %v", mat.Formatted(v), mended)
		}
		if a.At(0, 1) != 0.5*s || both.At(0, 1) != -0.5*s {
			t.Error("what was given was changed")
		}
	}
	// One kind nested in the other: the errors by the larger groups.
	large, small := mat.NewSymDense(2, []float64{3, 1, 1, 2}), mat.NewSymDense(2, []float64{1, 0, 0, 1})
	if v, mended := TwoWay(large, small, small); mended || !mat.Equal(v, large) {
		t.Errorf("nested: %v", mat.Formatted(v))
	}
}

// G / (1 + Gamma), Gamma the mean squared distance of the shares from their mean
// over its square (Carter, Schnepel and Steigerwald 2017): 1, 2 and 6 have mean 3
// and squared distances 4, 1 and 9: Gamma = 14/27.
func TestEffectiveClustersByHand(t *testing.T) {
	if got, want := EffectiveClusters([]float64{1, 2, 6}), 3/(1+14.0/27); !near(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := EffectiveClusters([]float64{1e9, 2e9, 6e9}), EffectiveClusters([]float64{1, 2, 6}); !near(got, want) {
		t.Errorf("in other units %v, want %v", got, want)
	}
	if !math.IsNaN(EffectiveClusters([]float64{0, 0})) {
		t.Error("without variance")
	}
}
