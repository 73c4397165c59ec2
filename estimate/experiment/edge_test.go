package experiment

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// One column cannot have two parts in a study; blocks may be the clusters.
func TestOneColumnInTwoRoles(t *testing.T) {
	people := table(crowd(rand.New(rand.NewPCG(21, 1)), 2, 2, true, false))
	for name, o := range map[string]Options{
		"outcome as covariate":   {Outcome: "y", Treatment: "arm", Covariates: []Covariate{{Column: "y"}}},
		"treatment as covariate": {Outcome: "y", Treatment: "arm", Covariates: []Covariate{{Column: "arm", Category: true}}},
		"treatment as cluster":   {Outcome: "y", Treatment: "arm", Cluster: "arm"},
		"treatment as blocks":    {Outcome: "y", Treatment: "arm", Blocks: "arm"},
		"a covariate twice":      {Outcome: "y", Treatment: "arm", Covariates: []Covariate{{Column: "x"}, {Column: "x"}}},
		"cluster as covariate":   {Outcome: "y", Treatment: "arm", Cluster: "cluster", Covariates: []Covariate{{Column: "cluster", Category: true}}},
	} {
		p := New(o, inference.Defaults)
		seen := map[string]bool{}
		for _, c := range p.Columns() {
			if seen[c.Name] {
				t.Errorf("%s: %s is listed twice", name, c.Name)
			}
			seen[c.Name] = true
		}
		_, err := run(t, o, people)
		var refusal *result.Refusal
		if !errors.As(err, &refusal) || refusal.Code != "experiment-same-column" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := run(t, Options{Outcome: "y", Treatment: "arm", Blocks: "block", Cluster: "block"}, people); err != nil {
		var refusal *result.Refusal
		if !errors.As(err, &refusal) || refusal.Code == "experiment-same-column" {
			t.Errorf("blocks as clusters: %v", err)
		}
	}
}

// A category with one level says nothing: it is named, nothing is compared, and
// the adjusted estimate is the plain one.
func TestCategoryOfOneLevel(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(22, 1)), 2, 1, false, false)
	for i := range people {
		people[i].kind = "k"
	}
	o := plain
	o.Covariates = []Covariate{{Column: "kind", Category: true}}
	a := must(t, o, people)
	near(t, "effect", *lined(a)[0].Estimate, *a.Estimates[0].Estimate, 1e-12)
	i := slices.IndexFunc(a.Warnings, func(w result.Warning) bool { return w.Code == "collinear" })
	if i < 0 || !slices.Equal(a.Warnings[i].Values["columns"].([]string), []string{"kind"}) {
		t.Errorf("%v", a.Warnings)
	}
	if len(check(a, "balance")) > 0 {
		t.Error("a check of nothing")
	}
}

// An arm of one row has a mean but no spread: differences are measured against
// the other arm's.
func TestBalanceOfAnArmOfOne(t *testing.T) {
	o := plain
	o.Covariates = []Covariate{{Column: "x"}}
	people := []person{{arm: "1", y: 4, x: 7}, {arm: "0", y: 1, x: 2}, {arm: "0", y: 2, x: 4}, {arm: "0", y: 3, x: 6}}
	d := check(must(t, o, people), "balance")[0]
	if *d.Statistic != 1.5 || d.P != nil || d.Verdict != result.Caution {
		t.Errorf("%+v", d)
	}
	if a := must(t, o, people[:2]); len(check(a, "balance")) > 0 || len(balanceTable(t, a)) != 1 {
		t.Error("two rows have no spread at all")
	}
}

// A row that is the only one of its category in its arm determines that slope:
// no HC2, and the report says so; HC0 and HC1 remain.
func TestAloneInACategory(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(23, 1)), 2, 1, false, false)
	alone := map[string]bool{}
	for i := range people {
		people[i].kind = "p"
		if !alone[people[i].arm] {
			people[i].kind, alone[people[i].arm] = "q", true
		}
	}
	o := plain
	o.Covariates = []Covariate{{Column: "kind", Category: true}}
	a := must(t, o, people)
	if e := lined(a)[0]; e.SE != nil || e.P != nil || e.Estimate == nil || !caution(a, "experiment-lin-no-error") {
		t.Errorf("%+v, cautions %v", e, codes(a))
	}
	o.VCE = "hc1"
	if a = must(t, o, people); lined(a)[0].SE == nil || caution(a, "experiment-lin-no-error") {
		t.Errorf("%+v, cautions %v", lined(a)[0], codes(a))
	}
}

// A covariate that the blocks already tell is the one dropped.
func TestBlocksStayBeforeCovariates(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(24, 1)), 2, 2, false, true)
	people = append(people, crowd(rand.New(rand.NewPCG(25, 1)), 2, 2, false, true)...)
	for i := range people {
		if people[i].z = 1; people[i].block == "b0" {
			people[i].z = 2
		}
	}
	o := plain
	o.Blocks, o.Covariates = "block", []Covariate{{Column: "z"}, {Column: "x"}}
	a := must(t, o, people)
	if len(lined(a)) != 1 || !caution(a, "collinear") {
		t.Fatalf("%d adjusted estimates, cautions %v", len(lined(a)), codes(a))
	}
	if got := lined(a)[0].Details["covariates"].([]string); !slices.Equal(got, []string{"x"}) {
		t.Errorf("kept %q", got)
	}
}
