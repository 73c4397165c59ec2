package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// balanceTable gives the rows of the balance table by covariate and arm.
func balanceTable(t testing.TB, a result.Analysis) map[string][]any {
	t.Helper()
	rows := map[string][]any{}
	for _, x := range a.Exhibits {
		if x.Kind == result.ExhibitBalance {
			for _, r := range x.Rows {
				rows[r[0].(string)+"/"+r[1].(string)] = r
			}
		}
	}
	if len(rows) == 0 {
		t.Fatal("no balance table")
	}
	return rows
}

// spread is the variance with n - 1 of a trait in an arm.
func spread(people []person, arm string, of func(person) float64) float64 {
	var n, sum, square float64
	for _, p := range people {
		if p.arm == arm {
			n++
			sum += of(p)
		}
	}
	for _, p := range people {
		if p.arm == arm {
			square += (of(p) - sum/n) * (of(p) - sum/n)
		}
	}
	return square / (n - 1)
}

// A line of the table is the effect of treatment on the covariate: the same
// regression by rows with the covariate for the outcome.
func TestBalanceIsTheSameRegressionByRows(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	traits := map[string]func(person) float64{
		"x": func(p person) float64 { return p.x }, "z": func(p person) float64 { return p.z },
		"kind = q": is(func(p person) string { return p.kind }, "q"), "kind = r": is(func(p person) string { return p.kind }, "r"),
	}
	for _, c := range []struct {
		arms, blocks     int
		clustered, mixed bool
		whole            bool
	}{{2, 1, false, false, false}, {3, 1, false, false, true}, {2, 3, false, false, true}, {2, 1, true, false, false}, {3, 2, true, true, true}} {
		people := crowd(r, c.arms, c.blocks, c.mixed, c.whole)
		o := plain
		o.Covariates = []Covariate{{Column: "x"}, {Column: "z"}, {Column: "kind", Category: true}}
		if c.blocks > 1 {
			o.Blocks = "block"
		}
		if c.clustered {
			o.Cluster = "cluster"
		}
		rows := balanceTable(t, must(t, o, people))
		if len(rows) != 4*(c.arms-1) {
			t.Errorf("%d lines of 4 traits and %d arms", len(rows), c.arms)
		}
		largest := 0.0
		for name, of := range traits {
			for arm := 1; arm < c.arms; arm++ {
				other := append([]person{}, people...)
				for i := range other {
					other[i].y = of(other[i])
				}
				d, l := saturated(other, fmt.Sprint(arm), "0")
				value, se := d.hc(l, "hc2")
				n, k := d.x.Dims()
				df := float64(n - k)
				if c.clustered {
					_, se, df = d.cr(l)
				}
				got := rows[name+"/"+fmt.Sprint(arm)]
				smd := value / math.Sqrt((spread(other, fmt.Sprint(arm), of)+spread(other, "0", of))/2)
				near(t, name+" difference", got[2].(float64)-got[3].(float64), value, 1e-9)
				near(t, name+" smd", got[4].(float64), smd, 1e-9)
				near(t, name+" p", got[5].(float64), inference.StudentP(value, se, df), 1e-8)
				largest = max(largest, math.Abs(smd))
			}
		}
		near(t, "largest", *check(must(t, o, people), "balance")[0].Statistic, largest, 1e-9)
	}
}

// Pairs: a covariate that differs by 1, 2 and 6 within three pairs has the mean
// 3 and the error sqrt(7/3) = sqrt((4 + 1 + 9)/2/3).
func TestBalanceBetweenPairs(t *testing.T) {
	var people []person
	for i, d := range []float64{1, 2, 6} {
		b := fmt.Sprint("b", i)
		people = append(people, person{arm: "1", block: b, y: float64(3 * i * i), x: 10 + d + float64(i)}, person{arm: "0", block: b, y: float64(i), x: 10 + float64(i)})
	}
	o := plain
	o.Blocks, o.Covariates = "block", []Covariate{{Column: "x"}}
	row := balanceTable(t, must(t, o, people))["x/1"]
	near(t, "difference", row[2].(float64)-row[3].(float64), 3, 1e-12)
	near(t, "p", row[5].(float64), inference.StudentP(3, math.Sqrt(7.0/3), 2), 1e-12)
}

// With two comparisons the smallest p counts twice, and the arm is named.
func TestBalanceOfSeveralArms(t *testing.T) {
	d := procedure{}.judge(trial{arms: []string{"0", "1", "2"}}, worst{smd: 0.3, p: 0.006, covariate: "age", arm: "2", rank: 1}, 3)
	if *d.P != 0.012 || d.Verdict != result.Caution || d.Values["arm"] != "2" {
		t.Errorf("%+v", d)
	}
}

// A covariate that is the treatment itself.
func TestBalanceOfACovariateThatSeparates(t *testing.T) {
	people := crowd(rand.New(rand.NewPCG(13, 1)), 2, 1, false, false)
	for i := range people {
		people[i].x = 0
		if people[i].arm == "1" {
			people[i].x = 1
		}
	}
	o := plain
	o.Covariates = []Covariate{{Column: "x"}}
	d := check(must(t, o, people), "balance")[0]
	if d.Verdict != result.Fail || d.Statistic != nil || d.Values["infinite"] != true {
		t.Errorf("%+v", d)
	}
}
