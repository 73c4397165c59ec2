package run

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
)

// withWords is a panel of 60 units over four years, with a trait in words (kind),
// the same trait in numbers (code), a mixture of both, and arms of a trial.
func withWords() string {
	random := rand.New(rand.NewPCG(7, 11))
	kinds := []string{"desa", "kota", "pesisir"}
	var b strings.Builder
	b.WriteString("id,t,g,arm,kind,code,mixed,y\n")
	for id := range 60 {
		first, k := "", random.IntN(3)
		if random.Float64() < 0.3+0.1*float64(k) {
			first = fmt.Sprint(2003 + id%2)
		}
		mixed := kinds[k]
		if id%20 == 0 {
			mixed = "7"
		}
		for t := 2001; t <= 2004; t++ {
			if t == 2003 && id%5 == 0 {
				k = (k + 1) % 3 // a trait that moves, so that unit effects leave some of it
			}
			fmt.Fprintf(&b, "%d,%d,%s,%d,%s,%d,%s,%.3f\n", id, t, first, id%2, kinds[k], k, mixed, float64(k*(t-2000))+2*random.NormFloat64())
		}
	}
	return b.String()
}

// TestWordsAreCategories: a plain covariate that holds words gives what the same
// column gives as a category, for each design and method; it says so, and the
// plan stays the same plan.
func TestWordsAreCategories(t *testing.T) {
	path := write(t, withWords())
	const did = "did: {unit: id, time: t, first_treated: g, covariates: [COVARIATE]"
	for _, design := range []string{
		did + "}",
		did + ", method: ipw}",
		did + ", method: outcome-regression}",
		did + ", method: doubly-robust-improved}",
		did + ", estimator: twfe}",
		did + ", estimator: imputation}",
		did + ", estimator: sun-abraham}",
		"did: {time: t, first_treated: g, panel: false, covariates: [COVARIATE]}",
		"experiment: {treatment: arm, covariates: [COVARIATE]}",
		"experiment: {treatment: arm, cluster: id, covariates: [COVARIATE]}",
	} {
		t.Run(design, func(t *testing.T) {
			src := func(covariate string) string {
				return "dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  " + strings.Replace(design, "COVARIATE", covariate, 1) + "\noutcomes: [{column: y}]\n"
			}
			marked, err := answer(t, src("{column: kind, as: category}"), path)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := answer(t, src("kind"), path)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(plain.Estimates, marked.Estimates) || !reflect.DeepEqual(plain.Diagnostics, marked.Diagnostics) {
				t.Errorf("words give\n%+v\nmarked as a category\n%+v", plain.Estimates, marked.Estimates)
			}
			noted := func(w result.Warning) bool { return w.Code == "words-as-categories" }
			at := slices.IndexFunc(plain.Warnings, noted)
			if at < 0 || !strings.Contains(plain.Warnings[at].Text.ID, "kind") || !strings.Contains(plain.Warnings[at].Text.EN, "as: category") {
				t.Errorf("nothing says that `kind` was read as categories: %+v", plain.Warnings)
			}
			if slices.ContainsFunc(marked.Warnings, noted) {
				t.Error("said of a column that the plan marks")
			}
			study, err := designs.Parse([]byte(src("kind")), "plan.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if plain.Plan.SHA256 != study.SHA256 || plain.Plan.SHA256 == marked.Plan.SHA256 {
				t.Errorf("identity %s of a plan that is %s (marked: %s)", plain.Plan.SHA256, study.SHA256, marked.Plan.SHA256)
			}
			numbers, err := answer(t, src("code"), path)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(numbers.Warnings, noted) || reflect.DeepEqual(numbers.Estimates, marked.Estimates) {
				t.Error("a column of numbers was read as categories")
			}
		})
	}
}

// TestStrayNumberIsNoCategory: words among numbers, or numbers among words,
// stay a mistake of the data that is named with its place.
func TestStrayNumberIsNoCategory(t *testing.T) {
	for _, design := range []string{
		"did: {unit: id, time: t, first_treated: g, covariates: [mixed]}",
		"experiment: {treatment: arm, covariates: [mixed]}",
	} {
		_, err := answer(t, "dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  "+design+"\noutcomes: [{column: y}]\n", write(t, withWords()))
		list := problem.Of(err)
		if len(list) != 1 || list[0].Code != "not-a-number" || list[0].Values["column"] != "mixed" || !strings.Contains(list[0].Text(i18n.EN), "row") {
			t.Errorf("%s: %v", design, err)
		}
	}
}

// TestAsCategoriesLeavesTheStudy: the study asked is not changed.
func TestAsCategoriesLeavesTheStudy(t *testing.T) {
	study, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  experiment: {treatment: arm, covariates: [a, {column: b, as: category}, c]}\noutcomes: [{column: y}]\n"), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if plain := study.PlainCovariates(); !slices.Equal(plain, []string{"a", "c"}) {
		t.Errorf("plain %q", plain)
	}
	read := study.AsCategories([]string{"c"})
	if plain := read.PlainCovariates(); !slices.Equal(plain, []string{"a"}) || read.SHA256 != study.SHA256 {
		t.Errorf("plain %q, identity %s", plain, read.SHA256)
	}
	if plain := study.PlainCovariates(); len(plain) != 2 {
		t.Errorf("the study itself now has plain %q", plain)
	}
}
