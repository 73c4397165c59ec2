package synth

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/dampak/dampak/internal/testenv"
)

// readCSV reads a table with its heading.
func readCSV(t testing.TB, path string, comma rune) (head map[string]int, rows [][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = comma
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head = map[string]int{}
	for i, h := range all[0] {
		head[h] = i
	}
	return head, all[1:]
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// california is the panel of Abadie, Diamond and Hainmueller (2010).
func california(t testing.TB) []row {
	testenv.Need(t, "golden")
	head, lines := readCSV(t, testenv.Golden("california_prop99.csv"), ';')
	var rows []row
	for _, l := range lines {
		year := int64(number(t, l[head["Year"]]))
		rows = append(rows, row{l[head["State"]], year, number(t, l[head["PacksPerCapita"]])})
	}
	return rows
}

// expected reads california_prop99.expected.csv: spec -> quantity -> value.
func expected(t testing.TB) map[string]map[string]float64 {
	testenv.Need(t, "golden")
	head, lines := readCSV(t, testenv.Golden("california_prop99.expected.csv"), ',')
	out := map[string]map[string]float64{}
	for _, l := range lines {
		spec := l[head["spec"]]
		if out[spec] == nil {
			out[spec] = map[string]float64{}
		}
		out[spec][l[head["quantity"]]] = number(t, l[head["value"]])
	}
	return out
}

// eastJava is March poverty of the provinces with all eleven years.
func eastJava(t testing.TB) []row {
	testenv.Need(t, "east-java")
	head, lines := readCSV(t, testenv.EastJava("poverty_all_provinces_series.csv"), ',')
	count := map[string]int{}
	var all []row
	for _, l := range lines {
		if l[head["period"]] != "march" || l[head["province"]] == "Indonesia" || l[head["p0_pct"]] == "" {
			continue
		}
		if y := int64(number(t, l[head["year"]])); y >= 2015 && y <= 2025 {
			all = append(all, row{l[head["province"]], y, number(t, l[head["p0_pct"]])})
			count[l[head["province"]]]++
		}
	}
	var rows []row
	for _, r := range all {
		if count[r.unit] == 11 {
			rows = append(rows, r)
		}
	}
	return rows
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}
