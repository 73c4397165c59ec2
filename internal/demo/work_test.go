package demo

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// names reads a column of words.
func names(t *testing.T, m *Manifest, file, column string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(m.Dir, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, c := range all[0] {
		if c == column {
			for _, r := range all[1:] {
				out = append(out, r[i])
			}
		}
	}
	return out
}

// The truths of the studies of earnings and food, recomputed from the rows and
// the law: each household-year has the effect of what its household or region
// has received by then.
func TestTruthOfEarningsAndFoodAgainstTheRows(t *testing.T) {
	m := world(t, Options{Seed: 3, Households: 2_000})
	c, rows := file(t, m, householdsFile)
	region := names(t, m, householdsFile, "region_name")
	all, err := laws()
	if err != nil {
		t.Fatal(err)
	}
	full := map[float64]float64{}
	for _, l := range all {
		full[float64(l.region.Code)] = float64(l.work.capital)
	}
	type mean struct{ sum, n float64 }
	naive := map[string]mean{}
	add := func(study, term, first string, i int, effect float64) {
		g, y := c[first][i], c["year"][i]
		if math.IsNaN(g) || y < g {
			return
		}
		for _, key := range []string{term, fmt.Sprint("event ", y-g), fmt.Sprint("group ", g), fmt.Sprint("calendar ", y), fmt.Sprint("att-gt ", g, y)} {
			if term != "simple" && key != term {
				continue
			}
			v := naive[study+": "+key]
			naive[study+": "+key] = mean{v.sum + effect, v.n + 1}
		}
	}
	for i := range rows {
		y := c["year"][i]
		capital := full[c["region"][i]]
		if y == c["capital_year"][i] {
			capital = math.Floor(capital / 2)
		}
		add(StudyCovariates, "simple", "capital_year", i, capital)
		if c["informal"][i] == 1 {
			add(StudyRegions, "simple", "capital_year", i, capital)
			add(StudyRegions, "simple "+region[i], "capital_year", i, capital)
		}
		barn := 12_000.0
		if c["desil"][i] <= 5 {
			barn = 26_000
		}
		add(StudyFew, "simple", "barn_year", i, barn)
		add(StudyBroken, "simple", "market_year", i, 0)
	}
	seen := 0
	for _, tr := range m.Truth {
		if tr.Study == StudyDiD || tr.Study == StudyTwoWay || tr.Study == StudyExperiment || len(tr.Term) > 8 && tr.Term[len(tr.Term)-8:] == "-overall" {
			continue
		}
		key := tr.Study + ": " + tr.Term
		switch {
		case tr.Domain != "":
			key += " " + tr.Domain
		case tr.Group != nil && tr.Time != nil:
			key += fmt.Sprint(" ", float64(*tr.Group), float64(*tr.Time))
		case tr.Group != nil:
			key += fmt.Sprint(" ", *tr.Group)
		case tr.Time != nil:
			key += fmt.Sprint(" ", *tr.Time)
		case tr.Event != nil:
			key += fmt.Sprint(" ", *tr.Event)
		}
		seen++
		v, ok := naive[key]
		if !ok || math.Abs(v.sum/v.n-tr.Value) > 1e-5 {
			t.Errorf("%s: %v, from the rows %v of %v", key, tr.Value, v.sum/v.n, v.n)
		}
	}
	if seen != len(naive) {
		t.Errorf("%d truths, %d from the rows", seen, len(naive))
	}
	for _, tr := range m.Truth {
		if tr.Study == StudyTwoWay && tr.Value != m.Truth[0].Value {
			t.Errorf("the single coefficient seeks %v, the mean effect is %v", tr.Value, m.Truth[0].Value)
		}
	}
}

// Each lesson stands in the law and in the rows: informal workers fall behind
// and get capital, markets come where earnings grow fastest, barns to five of
// the ten regions of the first wave, and no region is without informal workers
// of both kinds.
func TestTheLessonsAreInTheWorld(t *testing.T) {
	m := world(t, Options{Seed: 20200921, Households: 20_000})
	c, rows := file(t, m, householdsFile)
	type mean struct{ sum, n float64 }
	by := map[string]mean{}
	add := func(x float64, of ...any) {
		v := by[fmt.Sprint(of...)]
		by[fmt.Sprint(of...)] = mean{v.sum + x, v.n + 1}
	}
	at := func(of ...any) float64 { v := by[fmt.Sprint(of...)]; return v.sum / v.n }
	barns, others := map[float64]bool{}, map[float64]bool{}
	hands := map[string]bool{}
	for i := range rows {
		y, market, capital := c["year"][i], !math.IsNaN(c["market_year"][i]), !math.IsNaN(c["capital_year"][i])
		if c["earnings"][i] <= 0 || c["food"][i] <= 0 {
			t.Fatalf("row %d: earnings %v, food %v", i, c["earnings"][i], c["food"][i])
		}
		add(c["informal"][i], "informal ", capital)
		add(c["earnings"][i], "market ", market, y)
		if !capital {
			add(c["earnings"][i], "work ", c["informal"][i], y)
		}
		if c["informal"][i] == 1 {
			hands[fmt.Sprint(c["region"][i], capital)] = true
		}
		if c["first_year"][i] == 2018 {
			if math.IsNaN(c["barn_year"][i]) {
				others[c["region"][i]] = true
			} else {
				barns[c["region"][i]] = true
			}
		} else if !math.IsNaN(c["barn_year"][i]) {
			t.Fatalf("row %d: a barn outside the ten regions", i)
		}
	}
	if a, b := at("informal ", true), at("informal ", false); a < b+0.3 {
		t.Errorf("%.2f of those with capital are informal, %.2f of the others", a, b)
	}
	lag := at("work ", 0, 2020) - at("work ", 0, 2015) - at("work ", 1, 2020) + at("work ", 1, 2015)
	if math.Abs(lag-5*informalLag) > 6_000 {
		t.Errorf("informal workers fall behind by %.0f in five years, the law says %d", lag, 5*informalLag)
	}
	if gap := at("market ", true, 2020) - at("market ", true, 2015) - at("market ", false, 2020) + at("market ", false, 2015); gap < 20_000 {
		t.Errorf("before the markets earnings grow faster there by %.0f only", gap)
	}
	if len(barns) != 5 || len(others) != 5 {
		t.Errorf("%d regions with barns, %d without", len(barns), len(others))
	}
	if len(hands) != 2*38 {
		t.Errorf("informal workers with and without capital: %d of 76", len(hands))
	}
}
