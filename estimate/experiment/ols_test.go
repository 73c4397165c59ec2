package experiment

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/moments"
)

// Every row of the published table of the job training experiment, from two
// rounds of moments.
func TestRegressionOfJobTraining(t *testing.T) {
	want := published(t)
	session, err := memory.From(map[string]memory.Table{"people": readCSV(t, "nsw_dw.csv")}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(r moments.Request) moments.Statistic {
		so, err := session.Collect(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		return so
	}
	for spec, regressors := range map[string][]string{
		"experimental_diff_in_means": {"treat"},
		"experimental_ols_cov":       {"treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"},
	} {
		r := moments.Request{Label: "ols", Table: "people"}
		var names []string
		values, use, l := moments.Derive{}, []int{}, make([]float64, 1+len(regressors))
		for i, c := range append(regressors, "re78") {
			r.Columns = append(r.Columns, moments.Column{Name: c, As: moments.Number})
			names = append(names, fmt.Sprint("v", i))
			values = append(values, moments.Field{Name: names[i], Of: moments.Ref(c)})
			if c != "re78" {
				use = append(use, i)
			}
		}
		l[1] = 1
		y := len(regressors)
		r.Steps = []moments.Step{values}
		r.Make = append(moments.Gram(names), moments.Agg{Name: "rows", Op: moments.Count})
		so := ask(r)
		f, ok := regress(readGram(so, so.Total(), names), use, make([]float64, len(use)), y)
		if !ok {
			t.Fatal("collinear")
		}
		n, k := f.n, int64(f.k())
		meat := ask(f.robust(r, names, names[y], l))
		w := want[spec+"/treat_const"]
		near(t, spec, f.coef[1], w[0], 1e-9)
		near(t, "const", math.Sqrt(f.rss/float64(n-k)*f.bread.At(1, 1)), w[1], 1e-9)
		for _, vce := range []string{"hc0", "hc1", "hc2", "hc3"} {
			w := want[spec+"/treat_HC"+vce[2:]]
			near(t, spec+" "+vce, math.Sqrt(variance(meat, vce, n, k)), w[1], 1e-9)
		}
	}
}
