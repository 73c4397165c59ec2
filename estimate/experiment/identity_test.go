package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/result"
)

// full asks for everything at once.
func full(clusters bool) Options {
	o := plain
	o.Covariates = []Covariate{{Column: "x"}, {Column: "z"}, {Column: "kind", Category: true}}
	o.RandomisationDraws = 50
	if clusters {
		o.Cluster = "cluster"
	}
	return o
}

// same compares two analyses: estimates within a relative difference, 0 for the
// same bits; scale is what the second's numbers are divided by.
func same(t *testing.T, what string, a, b result.Analysis, relative, scale float64) {
	t.Helper()
	if len(a.Estimates) != len(b.Estimates) || len(a.Diagnostics) != len(b.Diagnostics) || fmt.Sprint(codes(a)) != fmt.Sprint(codes(b)) {
		t.Fatalf("%s: not of one shape: %v, %v", what, a, b)
	}
	for i, e := range a.Estimates {
		f := b.Estimates[i]
		for _, pair := range [][2]*float64{{e.Estimate, f.Estimate}, {e.SE, f.SE}, {e.Lower, f.Lower}, {e.Upper, f.Upper}} {
			near(t, what, *pair[1]/scale, *pair[0], relative)
		}
		near(t, what+" p", *f.P, *e.P, 10*relative)
		near(t, what+" df", *f.Details["df"].(*float64), *e.Details["df"].(*float64), 100*relative)
	}
	for i, d := range a.Diagnostics {
		if d.Verdict != b.Diagnostics[i].Verdict {
			t.Errorf("%s: %s is %s and %s", what, d.Name, d.Verdict, b.Diagnostics[i].Verdict)
		}
	}
}

func TestWhatDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, clusters := range []bool{false, true} {
		for _, whole := range []bool{false, true} {
			people := crowd(r, 2, 1, false, whole)
			for len(people) < 80 {
				for _, p := range crowd(r, 2, 1, false, whole) {
					p.cluster += fmt.Sprint("+", len(people))
					people = append(people, p)
				}
			}
			o := full(clusters)
			first := must(t, o, people)
			if len(first.Estimates) != 2 {
				t.Fatal(len(first.Estimates))
			}
			mixed := append([]person{}, people...)
			r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			same(t, "order", first, must(t, o, mixed), 1e-9, 1)

			large := append([]person{}, people...)
			for i := range large {
				large[i].y *= 1e9
			}
			same(t, "scale", first, must(t, o, large), 1e-9, 1e9)

			renamed := append([]person{}, people...)
			for i := range renamed {
				renamed[i].arm = map[string]string{"0": "kontrol", "1": "bantuan"}[renamed[i].arm]
				renamed[i].cluster = "desa " + renamed[i].cluster
			}
			named := o
			named.Control = "kontrol"
			same(t, "names", first, must(t, named, renamed), 1e-9, 1)

			// Sites whose rows of a cluster lie apart.
			var shards [3]memory.Table
			for i := range shards {
				shards[i].Columns = table(nil).Columns
			}
			all := table(people)
			for i, row := range all.Rows {
				shards[i%3].Rows = append(shards[i%3].Rows, row)
			}
			merged, err := run(t, o, all, shards[:]...)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "sites", first, merged, 1e-9, 1)
		}
	}
}

// Whole outcomes give the same bits however rows are split, at 10^15 too.
func TestWholeOutcomesAreExact(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(6, 1)), 2, 1, false, true)
	for i := range people {
		people[i].y += 1e15
	}
	small := crowd(rand.New(rand.NewPCG(6, 1)), 2, 1, false, true)
	a, b := must(t, plain, small), must(t, plain, people)
	if *a.Estimates[0].Estimate != *b.Estimates[0].Estimate || *a.Estimates[0].SE != *b.Estimates[0].SE {
		t.Errorf("%v and %v", a.Estimates[0], b.Estimates[0])
	}
}

// Clusters of one row each are rows.
func TestSingletonClustersAreRows(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(7, 1)), 3, 2, false, false)
	for i := range people {
		people[i].cluster = fmt.Sprint("c", i)
	}
	o := plain
	o.Blocks = "block"
	rows := must(t, o, people)
	o.Cluster = "cluster"
	clusters := must(t, o, people)
	for i := range rows.Estimates {
		near(t, "effect", *clusters.Estimates[i].Estimate, *rows.Estimates[i].Estimate, 1e-12)
		near(t, "CR2 is HC2", *clusters.Estimates[i].SE, *rows.Estimates[i].SE, 1e-10)
	}
}

// Pairs: the mean of the differences and its error, by rows and by clusters of
// one size.
func TestPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	var people []person
	var d []float64
	for b := range 12 {
		one, two := r.NormFloat64(), r.NormFloat64()
		d = append(d, one-two)
		for i := range 2 {
			shift := float64(2*i-1) * r.Float64()
			for arm, y := range []float64{two, one} {
				people = append(people, person{arm: fmt.Sprint(arm), block: fmt.Sprint("b", b), cluster: fmt.Sprint(b, arm), y: y + shift, x: r.NormFloat64()})
			}
		}
	}
	var mean, ss float64
	for _, x := range d {
		mean += x / 12
	}
	for _, x := range d {
		ss += (x - mean) * (x - mean)
	}
	o := plain
	o.Blocks, o.Cluster = "block", "cluster"
	o.Covariates = []Covariate{{Column: "x"}}
	clusters := must(t, o, people)
	o.Cluster = ""
	var firsts []person
	for i := 0; i < len(people); i += 4 {
		firsts = append(firsts, people[i], people[i+1])
	}
	rows := must(t, o, firsts)
	for _, a := range []result.Analysis{clusters, rows} {
		e := a.Estimates[0]
		near(t, "effect", *e.Estimate, mean, 1e-12)
		near(t, "error", *e.SE, math.Sqrt(ss/12/11), 1e-12)
		near(t, "df", *e.Details["df"].(*float64), 11, 0)
		if len(lined(a)) != 0 || !caution(a, "experiment-lin-many-blocks") {
			t.Error("pairs leave nothing to adjust within")
		}
	}
}

// The balance table is the effect of assignment on each covariate.
func TestBalanceIsTheEffectOnCovariates(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for _, clusters := range []bool{false, true} {
		for _, blocks := range []int{1, 3} {
			people := crowd(r, 3, blocks, false, false)
			o := full(clusters)
			o.RandomisationDraws = 0
			if blocks > 1 {
				o.Blocks = "block"
			}
			a := must(t, o, people)
			swapped := append([]person{}, people...)
			for i := range swapped {
				swapped[i].y = swapped[i].z
			}
			o.Covariates = nil
			on := must(t, o, swapped)
			for _, x := range a.Exhibits {
				if x.Kind != result.ExhibitBalance {
					continue
				}
				seen := 0
				for _, row := range x.Rows {
					if row[0] != "z" {
						continue
					}
					e := on.Estimates[seen]
					seen++
					near(t, "difference", row[2].(float64)-row[3].(float64), *e.Estimate, 1e-9)
					near(t, "p", row[5].(float64), *e.P, 1e-8)
				}
				if seen != 2 {
					t.Errorf("%d rows for z of two arms", seen)
				}
			}
		}
	}
}

// The joint test of two arms without clusters is Hotelling's with separate
// variances.
func TestJointBalance(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(11, 1)), 2, 1, false, false)
	o := plain
	o.Covariates = []Covariate{{Column: "x"}, {Column: "z"}}
	d := check(must(t, o, people), "balance")[0]
	var mean [2][2]float64
	var n [2]float64
	arm := func(p person) int { return int(p.arm[0] - '0') }
	for _, p := range people {
		n[arm(p)]++
		mean[arm(p)][0] += p.x
		mean[arm(p)][1] += p.z
	}
	cov := mat.NewSymDense(2, nil)
	for a := range mean {
		for j := range mean[a] {
			mean[a][j] /= n[a]
		}
	}
	for _, p := range people {
		a := arm(p)
		cov.SymRankOne(cov, 1/n[a]/(n[a]-1), mat.NewVecDense(2, []float64{p.x - mean[a][0], p.z - mean[a][1]}))
	}
	gap := mat.NewVecDense(2, []float64{mean[1][0] - mean[0][0], mean[1][1] - mean[0][1]})
	var inverse mat.Dense
	if err := inverse.Inverse(cov); err != nil {
		t.Fatal(err)
	}
	wald := mat.Inner(gap, &inverse, gap)
	df := n[0] + n[1] - 2
	near(t, "p", *d.P, hotelling(wald, df), 1e-9)
}

// hotelling is the p of two restrictions: F with 2 and df - 1 has the survival
// (1 + 2 f / (df - 1))^(-(df-1)/2).
func hotelling(wald, df float64) float64 {
	f := wald * (df - 1) / (2 * df)
	return math.Pow(1+2*f/(df-1), -(df-1)/2)
}
