package did

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/result"
)

// R packages fixest 0.14.2 and bacondecomp on mpdta: two-way fixed effects with
// four errors, Sun and Abraham, imputation points, and the decomposition.
func TestGoldenRegressions(t *testing.T) {
	panel := change(mpdta(t), func(o *obs) { o.cluster = o.unit / 1000 })
	expected := readCSV(t, "mpdta.expected.csv")
	run := func(estimator string, clusters ...string) result.Analysis {
		o := names
		o.Estimator, o.Clusters = estimator, clusters
		return mustAnalyse(t, o, panel)
	}
	att := run(TWFE)
	state := run(TWFE, "c")
	both := run(TWFE, "id", "year")
	sun := index(run(SunAbraham))
	imputed := index(run(Imputation))
	seen := 0
	check := func(what string, got *float64, want string) {
		t.Helper()
		seen++
		tol := 1e-9
		if strings.HasPrefix(what, "bjs") {
			tol = 1e-6 // fixest takes effects out in rounds, to a tolerance
		}
		if got == nil || !near(*got, number(t, want), tol) {
			t.Errorf("%s: %.12g, want %s", what, deref(got), want)
		}
	}
	detail := func(key string) *float64 { x := att.Estimates[0].Details[key].(float64); return &x }
	for _, r := range expected {
		switch spec := r["spec"]; spec {
		case "twfe_iid":
			check(spec, att.Estimates[0].Estimate, r["value"])
			check(spec, detail("se_iid"), r["se"])
		case "twfe_hetero":
			check(spec, detail("se_hc1"), r["se"])
		case "twfe_cluster_countyreal":
			check(spec, att.Estimates[0].SE, r["se"])
		case "twfe_cluster_state=countyreal%/%1000":
			check(spec, state.Estimates[0].SE, r["se"])
		case "twfe_twoway_countyreal_year":
			check(spec, both.Estimates[0].SE, r["se"])
		case "sunab_cluster_countyreal":
			e := sun["event e"+strings.TrimPrefix(r["quantity"], "year::")]
			check(spec+r["quantity"], e.Estimate, r["value"])
			check(spec+r["quantity"], e.SE, r["se"])
		case "sunab_cluster_countyreal_att":
			check(spec, sun["simple"].Estimate, r["value"])
			check(spec, sun["simple"].SE, r["se"])
		case "bjs_nocov":
			e := imputed["simple"]
			if r["quantity"] == "event" {
				e = imputed["event e"+r["time"]]
			}
			check(spec+r["time"], e.Estimate, r["value"])
		}
		if !strings.HasPrefix(r["spec"], "bacon_") {
			continue
		}
		against := strings.TrimPrefix(r["quantity"], "weight_vs_")
		for _, x := range att.Exhibits {
			if x.Kind != result.ExhibitBacon {
				continue
			}
			for _, row := range x.Rows {
				k, l := row[0].(int64), int64(99999)
				if row[1] != nil {
					l = row[1].(int64)
				}
				if number(t, r["group"]) == float64(k) && number(t, against) == float64(l) {
					value, weight := row[3].(float64), row[4].(float64)
					check(r["spec"], &value, r["value"])
					check(r["spec"], &weight, r["se"])
				}
			}
		}
	}
	if seen != 6+14+2+5+18 {
		t.Errorf("%d numbers compared", seen)
	}
}
