package experiment

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// lot makes rows of one arm: outcomes in one block and cluster.
func lot(arm, block, cluster string, outcomes ...float64) []person {
	var all []person
	for _, y := range outcomes {
		all = append(all, person{arm: arm, block: block, cluster: cluster, kind: "a", y: y, x: y})
	}
	return all
}

func TestRefusals(t *testing.T) {
	two := slices.Concat(lot("0", "b", "c1", 1, 2, 4), lot("1", "b", "c2", 3, 5, 9))
	var many []person
	for i := range maxArms + 1 {
		many = append(many, lot(fmt.Sprint("arm", i), "b", "c", 1, 2)...)
	}
	var levels []person
	for i := range 2 * (maxLevels + 1) {
		p := lot(fmt.Sprint(i%2), "b", "c", float64(i))[0]
		p.kind = fmt.Sprint("k", i/2)
		levels = append(levels, p)
	}
	for _, c := range []struct {
		name, want string
		people     []person
		o          Options
	}{
		{"all treated", "experiment-all-treated", lot("1", "", "", 1, 2, 3), Options{}},
		{"nobody treated", "experiment-nobody-treated", lot("0", "", "", 1, 2, 3), Options{}},
		{"nobody treated by name", "experiment-nobody-treated", lot("none", "", "", 1, 2, 3), Options{Control: "none"}},
		{"unknown control", "experiment-unknown-control", two, Options{Control: "none"}},
		{"too many arms", "experiment-many-arms", many, Options{}},
		{"error of rows with clusters", "experiment-vce-with-cluster", two, Options{Cluster: "cluster", VCE: "hc2"}},
		{"error of clusters without", "experiment-vce-without-cluster", two, Options{VCE: "cr2"}},
		{"one cluster", "experiment-one-cluster", slices.Concat(lot("0", "b", "c", 1, 2), lot("1", "b", "c", 3, 4)), Options{Cluster: "cluster"}},
		{"one cluster an arm", "experiment-one-cluster-in-arm", two, Options{Cluster: "cluster"}},
		{"a block without an arm", "experiment-block-without-arm", slices.Concat(two, lot("1", "d", "c3", 1, 2)), Options{Blocks: "block"}},
		{"a single row in a block", "experiment-single-in-block", slices.Concat(two, lot("1", "d", "c3", 1, 2), lot("0", "d", "c4", 1)), Options{Blocks: "block"}},
		{"many levels", "experiment-many-levels", levels, Options{Covariates: []Covariate{{Column: "kind", Category: true}}}},
	} {
		c.o.Outcome, c.o.Treatment = "y", "arm"
		_, err := run(t, c.o, table(c.people))
		var refusal *result.Refusal
		if !errors.As(err, &refusal) || refusal.Code != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
			continue
		}
		for _, lang := range i18n.Langs {
			if s := i18n.Text(lang, "refusal."+refusal.Code, refusal.Values); strings.ContainsAny(s, "{}[]") {
				t.Errorf("%s: %s", c.name, s)
			}
		}
	}
}

// A refused block is named.
func TestBlocksAreNamed(t *testing.T) {
	people := slices.Concat(lot("0", "Sleman", "", 1, 2), lot("1", "Sleman", "", 3, 4), lot("0", "Bantul", "", 1, 2), lot("1", "Bantul", "", 9))
	o := plain
	o.Blocks = "block"
	_, err := run(t, o, table(people))
	var refusal *result.Refusal
	if !errors.As(err, &refusal) || refusal.Values["block"] != "Bantul" || refusal.Values["arm"] != "1" {
		t.Fatal(err)
	}
}

func TestCautions(t *testing.T) {
	one := must(t, plain, slices.Concat(lot("0", "", "", 1, 2, 3), lot("1", "", "", 9)))
	if e := one.Estimates[0]; e.SE != nil || e.P != nil || e.Lower != nil || *e.Estimate != 7 || !slices.Contains(codes(one), "experiment-arm-of-one") {
		t.Errorf("an arm of one: %+v %q", e, codes(one))
	}
	constant := must(t, plain, slices.Concat(lot("0", "", "", 4, 4, 4), lot("1", "", "", 4, 4)))
	if e := constant.Estimates[0]; e.SE != nil || *e.Estimate != 0 || !slices.Contains(codes(constant), "experiment-no-variation") {
		t.Errorf("a constant outcome: %+v %q", e, codes(constant))
	}
	o := plain
	o.Cluster = "cluster"
	few := must(t, o, crowd(rand.New(rand.NewPCG(8, 1)), 2, 1, false, false))
	for _, w := range few.Warnings {
		if w.Code == "few-clusters-experiment" && w.Values["clusters"] == *few.Estimates[0].Clusters {
			return
		}
	}
	t.Errorf("few clusters: %v", few.Warnings)
}

// Every code of the package has a sentence in both languages.
func TestEveryCodeHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(Refuse|Caveat|caution)\("([a-z0-9-]+)"|skip(?:, l\.fits)? = "([a-z-]+)"`)
	found := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(src), -1) {
			key := "warning." + m[2] + m[3]
			if m[1] == "Refuse" {
				key = "refusal." + m[2]
			}
			found++
			for _, lang := range i18n.Langs {
				if !i18n.Has(lang, key) {
					t.Errorf("%s: no %s in %s", f, key, lang)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d codes found", found)
	}
}

// The balance check on each side of its limits.
func TestBalanceVerdict(t *testing.T) {
	for _, c := range []struct {
		smd, p float64
		want   result.CheckVerdict
	}{
		{0.1, 0.001, result.Pass}, {0.2, 0.05, result.Pass}, {0.2, 0.04, result.Caution}, {0.26, 0.5, result.Caution},
		{0.26, 0.02, result.Caution}, {0.26, 0.009, result.Fail}, {0.2, math.NaN(), result.Caution}, {0.05, math.NaN(), result.Pass},
	} {
		d := procedure{o: Options{Limits: UsualLimits()}}.judge(trial{arms: []string{"0", "1"}}, worst{smd: c.smd, p: c.p, covariate: "age"}, 3)
		if d.Verdict != c.want {
			t.Errorf("smd %v, p %v: %s, want %s", c.smd, c.p, d.Verdict, c.want)
		}
		for _, lang := range i18n.Langs {
			s := i18n.Text(lang, "diagnostic.balance."+string(d.Verdict), d.Values)
			if s == "" || strings.ContainsAny(s, "{}[]") || strings.Contains(s, "NaN") {
				t.Errorf("%s: %s", lang, s)
			}
		}
	}
}
