package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/result"
)

// interacted is Lin's regression as he writes it: a constant, indicators of the
// arms, covariates less their means, and their products with the indicators.
func interacted(people []person, arms int, of ...func(person) float64) brute {
	n := len(people)
	centred := make([][]float64, len(of))
	for j, f := range of {
		var mean float64
		for _, p := range people {
			mean += f(p) / float64(n)
		}
		for _, p := range people {
			centred[j] = append(centred[j], f(p)-mean)
		}
	}
	d := brute{x: mat.NewDense(n, arms*(1+len(of)), nil), y: mat.NewVecDense(n, nil)}
	for i, p := range people {
		d.y.SetVec(i, p.y)
		d.groups = append(d.groups, p.cluster)
		for a := range arms {
			in := 0.0
			if a == 0 || p.arm == fmt.Sprint(a) {
				in = 1
			}
			d.x.Set(i, a, in)
			for j := range of {
				d.x.Set(i, arms+a*len(of)+j, in*centred[j][i])
			}
		}
	}
	return d
}

func lined(a result.Analysis) (all []result.Estimate) {
	for _, e := range a.Estimates {
		if e.Details["adjustment"] == "lin" {
			all = append(all, e)
		}
	}
	return all
}

func is(of func(person) string, name string) func(person) float64 {
	return func(p person) float64 {
		if of(p) == name {
			return 1
		}
		return 0
	}
}

func TestLinIsTheInteractedRegressionByRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	kind := func(p person) string { return p.kind }
	block := func(p person) string { return p.block }
	for _, c := range []struct {
		arms, blocks     int
		clustered, mixed bool
		whole            bool
	}{{2, 1, false, false, false}, {2, 1, false, false, true}, {3, 1, false, false, true}, {2, 3, false, false, false},
		{2, 1, true, false, false}, {3, 1, true, true, true}, {2, 2, true, false, true}} {
		people := crowd(r, c.arms, c.blocks, c.mixed, c.whole)
		for len(people) < 70*c.arms {
			for _, p := range crowd(r, c.arms, c.blocks, c.mixed, c.whole) {
				p.cluster += fmt.Sprint("+", len(people)/50)
				people = append(people, p)
			}
		}
		of := []func(person) float64{func(p person) float64 { return p.x }, func(p person) float64 { return p.z }, is(kind, "q"), is(kind, "r")}
		o := plain
		o.Covariates = []Covariate{{Column: "x"}, {Column: "z"}, {Column: "kind", Category: true}}
		if c.blocks > 1 {
			o.Blocks = "block"
			for b := 1; b < c.blocks; b++ {
				of = append(of, is(block, fmt.Sprint("b", b)))
			}
		}
		d := interacted(people, c.arms, of...)
		vces := []string{"hc0", "hc1", "hc2", "hc3"}
		if c.clustered {
			o.Cluster, vces = "cluster", []string{"cr1", "cr2"}
		}
		for _, vce := range vces {
			o.VCE = vce
			all := lined(must(t, o, people))
			if len(all) != c.arms-1 {
				t.Fatalf("%d adjusted estimates of %d arms", len(all), c.arms)
			}
			for i, e := range all {
				l := make([]float64, d.x.RawMatrix().Cols)
				l[i+1] = 1
				if c.clustered {
					value, _ := d.hc(l, "hc0")
					cr1, cr2, df := d.cr(l)
					near(t, "effect", *e.Estimate, value, 1e-9)
					if vce == "cr1" {
						near(t, "cr1", *e.SE, cr1, 1e-8)
						continue
					}
					near(t, "cr2", *e.SE, cr2, 1e-8)
					near(t, "df", *e.Details["df"].(*float64), df, 1e-6)
					continue
				}
				value, se := d.hc(l, vce)
				near(t, "effect", *e.Estimate, value, 1e-9)
				near(t, vce, *e.SE, se, 1e-8)
			}
		}
	}
}

// Covariates that say nothing, or twice the same, are named and left out; with
// none left the adjusted estimate is the plain one.
func TestCollinearCovariatesAreNamed(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(4, 1)), 2, 1, false, false)
	for i := range people {
		people[i].x, people[i].z = 7, people[i].y+0.5*math.Sin(float64(i))
	}
	o := plain
	o.Covariates = []Covariate{{Column: "x"}}
	a := must(t, o, people)
	lin := lined(a)[0]
	near(t, "effect", *lin.Estimate, *a.Estimates[0].Estimate, 1e-12)
	near(t, "error", *lin.SE, *a.Estimates[0].SE, 1e-10)
	if !slices.Contains(codes(a), "collinear") {
		t.Errorf("cautions %q", codes(a))
	}
}
