package disclosure

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/testenv"
)

// read reads a golden table: one map a row.
func read(t *testing.T, name string) []map[string]string {
	t.Helper()
	testenv.Need(t, "golden")
	f, err := os.Open(testenv.Golden(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = r[i]
		}
		out = append(out, row)
	}
	return out
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGoldenCells: the flags of ACRO 1.0.1, sdcTable and OpenSAFELY on made-up cells
// (../shared/data/golden, SOURCES-poverty.md), from the contributors up.
func TestGoldenCells(t *testing.T) {
	cells := map[string]Contributions{}
	values := map[string][]float64{}
	for _, r := range read(t, "sdc_cells.csv") {
		values[r["cell"]] = append(values[r["cell"]], number(t, r["value"]))
	}
	for name, all := range values {
		c := Contributions{N: int64(len(all)), Least: math.Inf(1), Largest: math.Inf(-1)}
		second := 0.0
		for _, x := range all {
			c.Total += x
			c.Least = math.Min(c.Least, x)
			if x > c.Largest {
				c.Largest, second = x, c.Largest
			} else {
				second = math.Max(second, x)
			}
		}
		if c.TwoLargest = c.Largest; c.N > 1 {
			c.TwoLargest += second
		}
		cells[name] = c
	}
	checked := 0
	for _, r := range read(t, "expected_sdc_cells.csv") {
		c := cells[r["cell"]]
		pass := func(bad bool) string {
			switch {
			case c.Negative():
				return "review"
			case bad:
				return "fail"
			}
			return "pass"
		}
		nk := func(k float64) string {
			if c.Total == 0 {
				return "undefined(0/0)"
			}
			return pass(c.DominatedBy(k))
		}
		for column, got := range map[string]string{
			"threshold10":                map[bool]string{true: "fail", false: "pass"}[c.Thin(10)],
			"opensafely_le7":             map[bool]string{true: "redact", false: "keep"}[c.Thin(8)],
			"nk_2_90":                    nk(0.9),
			"nk_2_85":                    nk(0.85),
			"p_10":                       pass(c.Approximated(0.1)),
			"class_disclosure_all_equal": map[bool]string{true: "review", false: "no"}[c.AllEqual()],
			"round5":                     strconv.FormatInt(Round(c.N, 5), 10),
			"n":                          strconv.FormatInt(c.N, 10),
		} {
			checked++
			if got != r[column] {
				t.Errorf("%s: %s is %s, want %s", r["cell"], column, got, r[column])
			}
		}
	}
	if checked != 15*8 {
		t.Errorf("%d flags checked, want 120", checked)
	}
}

// TestGoldenIntervals: the exact intervals of withheld cells in tables whose margins
// are published (made up, solved as integer programmes; SOURCES-poverty.md).
func TestGoldenIntervals(t *testing.T) {
	tables := map[string][][]float64{}
	for _, r := range read(t, "sdc_tables.csv") {
		for _, name := range strings.Split(r["table"], ",") {
			tables[name] = append(tables[name], []float64{number(t, r["X1"]), number(t, r["X2"]), number(t, r["X3"]), number(t, r["X4"])})
		}
	}
	expected := read(t, "expected_sdc_feasibility.csv")
	at := func(r map[string]string) int { return int(number(t, r["row"])-1)*4 + int(number(t, r["col"])) - 1 }
	stay := map[string][]bool{}
	for _, r := range expected {
		if stay[r["table"]] == nil {
			stay[r["table"]] = make([]bool, 12)
		}
		stay[r["table"]][at(r)] = true
	}
	var margins []equation
	for i := range 3 {
		margins = append(margins, equation{cells: []int{4 * i, 4*i + 1, 4*i + 2, 4*i + 3}})
	}
	for j := range 4 {
		margins = append(margins, equation{cells: []int{j, j + 4, j + 8}})
	}
	for _, r := range expected {
		var values []float64
		for _, row := range tables[r["table"][:1]] {
			values = append(values, row...)
		}
		if values[at(r)] != number(t, r["value"]) {
			t.Fatalf("%v: the table has %v there", r, values[at(r)])
		}
		low, high := interval(values, stay[r["table"]], margins, at(r))
		if math.Abs(low-number(t, r["lo"])) > 1e-6 || math.Abs(high-number(t, r["hi"])) > 1e-6 {
			t.Errorf("%s (%s,%s): [%v, %v], want [%s, %s]", r["table"], r["row"], r["col"], low, high, r["lo"], r["hi"])
		}
		if exact := strings.ToUpper(strconv.FormatBool(high-low < 1e-6)); exact != r["exactly_disclosed"] {
			t.Errorf("%s (%s,%s): exactly disclosed %s, want %s", r["table"], r["row"], r["col"], exact, r["exactly_disclosed"])
		}
	}
}

// TestRules: each line has a source and both languages, and each rule a sentence for
// who asked.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.Source == "" || r.Text.ID == "" || r.Text.EN == "" {
			t.Errorf("rule %q: stands twice or is not complete: %+v", r.ID, r)
		}
		seen[r.ID] = true
		if r.Effect != Refuse && r.Effect != Withhold && r.Effect != Ask && r.Effect != Change {
			t.Errorf("rule %q: effect %q", r.ID, r.Effect)
		}
		for _, l := range i18n.Langs {
			if !i18n.Has(l, "problem.disclosure-"+r.ID) {
				t.Errorf("rule %q has no sentence in %s", r.ID, l)
			}
		}
	}
	for _, key := range i18n.Keys(i18n.ID) {
		if rule, ours := strings.CutPrefix(key, "problem.disclosure-"); ours && !seen[rule] {
			t.Errorf("a sentence of no rule: %s", key)
		}
	}
	seen = map[string]bool{}
	for _, l := range Limits() {
		if seen[l.ID] || l.Source == "" || l.Text.ID == "" || l.Text.EN == "" || l.Value <= 0 {
			t.Errorf("limit %q: stands twice or is not complete: %+v", l.ID, l)
		}
		seen[l.ID] = true
	}
}
