package experiment

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/testenv"
)

func readCSV(t testing.TB, name string) memory.Table {
	t.Helper()
	testenv.Need(t, "golden")
	f, err := os.Open(testenv.Golden(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return memory.Table{Columns: all[0], Rows: all[1:]}
}

// published reads nsw_dw.expected.csv: spec/quantity -> value and error.
func published(t testing.TB) map[string][2]float64 {
	want := map[string][2]float64{}
	for _, row := range readCSV(t, "nsw_dw.expected.csv").Rows {
		var pair [2]float64
		for i := range pair {
			if row[2+i] == "" {
				continue
			}
			x, err := strconv.ParseFloat(row[2+i], 64)
			if err != nil {
				t.Fatal(err)
			}
			pair[i] = x
		}
		want[row[0]+"/"+row[1]] = pair
	}
	return want
}

// The job training experiment of Dehejia and Wahba (1999).
func TestJobTraining(t *testing.T) {
	want := published(t)
	for vce, name := range map[string]string{"": "HC2", "hc0": "HC0", "hc1": "HC1", "hc2": "HC2", "hc3": "HC3"} {
		a, err := run(t, Options{Outcome: "re78", Treatment: "treat", VCE: vce}, readCSV(t, "nsw_dw.csv"))
		if err != nil {
			t.Fatal(err)
		}
		e, w := a.Estimates[0], want["experimental_diff_in_means/treat_"+name]
		near(t, name, *e.Estimate, w[0], 1e-10)
		near(t, name+" error", *e.SE, w[1], 1e-10)
		if vce == "" {
			near(t, "p", *e.P, 0.00777, 1e-5)
			near(t, "lower", *e.Lower, 475.61, 1e-5)
			near(t, "upper", *e.Upper, 3113.07, 1e-5)
			near(t, "df", *e.Details["df"].(*float64), 443, 0)
			near(t, "t", *e.Estimate / *e.SE, -want["welch/t"][0], 1e-9)
		}
		if e.N != 445 || e.Group != nil || e.Clusters != nil {
			t.Errorf("n %d, group %v, clusters %v", e.N, e.Group, e.Clusters)
		}
	}
}
