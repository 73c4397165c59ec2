package experiment

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/dampak/dampak/result"
)

// check gives the diagnostics of a name.
func check(a result.Analysis, name string) []result.Diagnostic {
	return slices.DeleteFunc(slices.Clone(a.Diagnostics), func(d result.Diagnostic) bool { return d.Name != name })
}

func caution(a result.Analysis, code string) bool {
	return slices.ContainsFunc(a.Warnings, func(w result.Warning) bool { return w.Code == code })
}

// Treated 4 and 9, others 1, 2 and 3: of the ten choices of two only {4, 9} has
// a difference of 4.5 or more either way (the next is {3, 9}: 3.67), so p = 1/10.
func TestRandomisationByHand(t *testing.T) {
	people := []person{{arm: "1", y: 4}, {arm: "1", y: 9}, {arm: "0", y: 1}, {arm: "0", y: 2}, {arm: "0", y: 3}}
	o := plain
	o.RandomisationDraws = 1000
	a := must(t, o, people)
	d := check(a, "randomisation")
	if len(d) != 1 || *d[0].P != 0.1 || *d[0].Statistic != 4.5 || d[0].Values["exact"] != true || d[0].Values["draws"] != 10 {
		t.Fatalf("%+v", d)
	}
	if p := a.Estimates[0].Details["p_randomisation"].(*float64); *p != 0.1 {
		t.Errorf("p beside the estimate: %v", *p)
	}
}

// Within blocks only. Block a: 5, 6 against 1, 2; its six choices differ by 4,
// 1, 0, 0, -1, -4. Block b: 7, 4 against 6, 2: by 3.5, 1.5, 0.5, -0.5, -1.5,
// -3.5. Seen is (4 + 1.5)/2 = 2.75; of the 36 sums 4 with 1.5 or 3.5 and their
// mirrors reach it: p = 4/36. Across blocks there would be 70 assignments.
func TestRandomisationStaysWithinBlocks(t *testing.T) {
	o := plain
	o.Blocks, o.RandomisationDraws = "block", 1000
	d := check(must(t, o, []person{
		{arm: "1", block: "a", y: 5}, {arm: "1", block: "a", y: 6}, {arm: "0", block: "a", y: 1}, {arm: "0", block: "a", y: 2},
		{arm: "1", block: "b", y: 7}, {arm: "1", block: "b", y: 4}, {arm: "0", block: "b", y: 6}, {arm: "0", block: "b", y: 2},
	}), "randomisation")
	if len(d) != 1 || d[0].Values["draws"] != 36 || math.Abs(*d[0].P-1.0/9) > 1e-12 || *d[0].Statistic != 2.75 {
		t.Errorf("%+v", d)
	}
}

// Clusters move whole: four of two rows each, two treated, six assignments.
// Means 10 and 8 treated, 1 and 3 others: only this choice and its mirror reach
// a difference of 7, so p = 2/6.
func TestRandomisationMovesClustersWhole(t *testing.T) {
	o := plain
	o.Cluster, o.RandomisationDraws = "cluster", 1000
	var people []person
	for c, mean := range []float64{10, 8, 1, 3} {
		arm := "0"
		if c < 2 {
			arm = "1"
		}
		for _, d := range []float64{-0.5, 0.5} {
			people = append(people, person{arm: arm, cluster: fmt.Sprint("v", c), y: mean + d})
		}
	}
	d := check(must(t, o, people), "randomisation")
	if len(d) != 1 || math.Abs(*d[0].P-1.0/3) > 1e-12 || *d[0].Statistic != 7 {
		t.Fatalf("%+v", d)
	}
	people[0].arm = "0" // treatment differs within cluster v0
	a := must(t, o, people)
	if len(check(a, "randomisation")) > 0 || !caution(a, "experiment-randomisation-within-cluster") {
		t.Errorf("%+v", a.Warnings)
	}
}

// Draws: the same seed gives the same p, shuffled rows and shards too.
func TestRandomisationDoesNotDependOnOrder(t *testing.T) {
	o := plain
	o.RandomisationDraws = 500
	var people []person
	for i := range 40 {
		people = append(people, person{arm: fmt.Sprint(i % 2), y: float64((i*i*7)%23) + float64(3*(i%2))})
	}
	want := *check(must(t, o, people), "randomisation")[0].P
	slices.Reverse(people)
	if got := *check(must(t, o, people), "randomisation")[0].P; got != want {
		t.Errorf("reversed: %v, want %v", got, want)
	}
	whole := table(people)
	half, rest := whole, whole
	half.Rows, rest.Rows = whole.Rows[:17], whole.Rows[17:]
	a, err := run(t, o, whole, half, rest)
	if err != nil {
		t.Fatal(err)
	}
	if got := *check(a, "randomisation")[0].P; got != want {
		t.Errorf("in two shards: %v, want %v", got, want)
	}
}

func TestRandomisationHasALimit(t *testing.T) {
	o := plain
	o.RandomisationDraws = maxMoves/5 + 1
	people := []person{{arm: "1", y: 4}, {arm: "1", y: 9}, {arm: "0", y: 1}, {arm: "0", y: 2}, {arm: "0", y: 3}}
	a := must(t, o, people)
	if len(check(a, "randomisation")) > 0 || !caution(a, "experiment-randomisation-too-large") {
		t.Errorf("%+v", a.Warnings)
	}
}
