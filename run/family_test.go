package run

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/result"
)

// four outcomes: two are the same, the third is their mirror, the fourth is
// apart. The effect is chosen so that p alone is a little below 5 %.
func familyWorld(effect float64) memory.Table {
	r := rand.New(rand.NewPCG(2026, 4))
	d := memory.Table{Columns: []string{"unit", "year", "first", "a", "same", "mirror", "apart"}}
	for u := range 120 {
		for year := 2001; year <= 2004; year++ {
			first, y := 0, r.NormFloat64()
			if u%2 == 0 {
				first = 2003
			}
			if first != 0 && year >= first {
				y += effect
			}
			d.Rows = append(d.Rows, []string{fmt.Sprint("u", u), fmt.Sprint(year), fmt.Sprint(first), text(y), text(y), text(-2 * y), text(r.NormFloat64())})
		}
	}
	return d
}

func family(t *testing.T, adjust, outcomes, extra string) result.Result {
	t.Helper()
	src := "dampak: 1\nid: family\ndata: {panel: p.csv}\ndesign:\n  did: {unit: unit, time: year, first_treated: first" + extra + "}\noutcomes: [" + outcomes + "]\ninference: {adjust: " + adjust + "}\n"
	study, err := designs.Parse([]byte(src), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	session, err := memory.From(map[string]memory.Table{"panel": familyWorld(0.45)}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r result.Result
	if err := analyseAll(context.Background(), Input{Study: study, Engine: memory.New()}, session, newProgress(nil, 4), &r); err != nil {
		t.Fatal(err)
	}
	if err := addWords(&r, true); err != nil {
		t.Fatal(err)
	}
	return r
}

// answers gives p alone and adjusted of each outcome, in the order of the plan.
func answers(r result.Result) (p, adjusted map[string]float64) {
	p, adjusted = map[string]float64{}, map[string]float64{}
	for _, e := range r.Estimates {
		if _, seen := p[e.Outcome]; !seen {
			p[e.Outcome] = *e.P
			if a, ok := e.Details["p_adjusted"].(float64); ok {
				adjusted[e.Outcome] = a
			}
		}
	}
	return p, adjusted
}

const all4 = "{column: a}, {column: same}, {column: mirror}, {column: apart}"

func TestHolmOverOutcomes(t *testing.T) {
	r := family(t, "holm", all4, "")
	p, adjusted := answers(r)
	if !(p["a"] < 0.05 && p["a"] > 0.0125 && p["apart"] > p["a"]) {
		t.Fatalf("the world does not serve the test: %v", p)
	}
	// Holm (1979): the smallest times four, and no later one below it.
	for _, o := range []string{"a", "same", "mirror"} {
		if want := 4 * p["a"]; math.Abs(adjusted[o]-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", o, adjusted[o], want)
		}
	}
	told := 0
	for _, w := range r.Warnings {
		if w.Code == "family-adjusted" {
			told++
			if !strings.Contains(w.Text.EN, "4 outcomes") {
				t.Errorf("%q", w.Text.EN)
			}
		}
	}
	if told != 3 {
		t.Errorf("%d outcomes are said to be no longer clear, want 3", told)
	}
}

func TestBenjaminiHochbergOverOutcomes(t *testing.T) {
	p, adjusted := answers(family(t, "bh", all4, ""))
	if want := math.Min(p["a"]*4/3, p["apart"]); math.Abs(adjusted["a"]-want) > 1e-9 {
		t.Errorf("%v, want %v", adjusted["a"], want)
	}
}

// Outcomes that are one and the same cost nothing; one apart costs as Holm says.
func TestRomanoWolfOverOutcomes(t *testing.T) {
	p, adjusted := answers(family(t, "romano-wolf", "{column: a}, {column: same}, {column: mirror}", ""))
	for o, x := range adjusted {
		if math.Abs(x-p["a"]) > 0.006 {
			t.Errorf("%s: %v, alone %v", o, x, p["a"])
		}
	}
	p, adjusted = answers(family(t, "romano-wolf", all4, ""))
	if want := 1 - (1-p["a"])*(1-p["a"]); math.Abs(adjusted["a"]-want) > 0.01 {
		t.Errorf("with one apart %v, want about %v", adjusted["a"], want)
	}
}

func TestFamiliesApart(t *testing.T) {
	p, adjusted := answers(family(t, "holm", "{column: a, family: x}, {column: apart, family: x}, {column: mirror}", ""))
	if _, shown := adjusted["mirror"]; shown || math.Abs(adjusted["a"]-2*p["a"]) > 1e-9 {
		t.Errorf("alone %v, adjusted %v", p, adjusted)
	}
}
