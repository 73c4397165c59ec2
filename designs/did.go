package designs

import (
	"github.com/dampak/dampak/estimate"
	didest "github.com/dampak/dampak/estimate/did"
	"github.com/dampak/dampak/plan"
)

// did compares units before and after their first treatment with units not
// treated then (Callaway and Sant'Anna).
var did = &Entry{
	Name: "did", Causal: true,
	Keys: []Key{
		{Name: "unit", Type: Column, Required: true, Alone: true},
		{Name: "time", Type: Column, Required: true, Alone: true},
		{Name: "first_treated", Type: Column, Required: true, Alone: true},
		{Name: "estimator", Type: Choice, Default: "callaway-santanna", Allowed: []string{"callaway-santanna"},
			Unbuilt: []string{"sun-abraham", "imputation", "twfe"}},
		{Name: "comparison", Type: Choice, Default: didest.NeverTreated, Allowed: []string{didest.NeverTreated, didest.NotYetTreated}},
		{Name: "method", Type: Choice, Default: "doubly-robust", Allowed: []string{"doubly-robust"},
			Unbuilt: []string{"doubly-robust-improved", "ipw", "outcome-regression"}},
		{Name: "anticipation", Type: Whole, Default: int64(0), Least: 0, Most: 1000},
		{Name: "base_period", Type: Choice, Default: didest.Varying, Allowed: []string{didest.Varying, didest.Universal}},
		{Name: "weights", Type: Column},
		{Name: "cluster", Type: Column},
		{Name: "unbalanced", Type: Choice, Default: didest.Refuse, Allowed: []string{didest.Refuse, didest.Balanced, didest.Pairwise}},
		{Name: "window", Type: Window},
		{Name: "panel", Type: Choice, Default: "true", Allowed: []string{"true"}, Unbuilt: []string{"false"}},
		{Name: "covariates", Later: true},
		{Name: "strata", Later: true},
		{Name: "psu", Later: true},
		{Name: "fpc", Later: true},
		{Name: "periods", Later: true},
		{Name: "levels", Later: true},
	},
	Terms: []string{"simple", "event-overall", "group-overall", "calendar-overall", "event", "group", "calendar", "att-gt"},
	Assumptions: []string{
		"design.did.assumption.parallel", "design.did.assumption.anticipation",
		"design.did.assumption.spillover", "design.did.assumption.stays-on",
	},
	settle: func(v Values, _ plan.Node, _ *plan.Checker) {
		if v["cluster"] == nil {
			v["cluster"] = v["unit"]
		}
	},
	procedure: func(v Values, o plan.Outcome, inf plan.Inference) estimate.Procedure {
		opts := didest.Options{
			Outcome: o.Column, Unit: v.text("unit"), Time: v.text("time"), FirstTreated: v.text("first_treated"),
			Weights: v.text("weights"), Comparison: v.text("comparison"), BasePeriod: v.text("base_period"),
			Anticipation: int(*v.whole("anticipation")), Unbalanced: v.text("unbalanced"),
		}
		if cluster := v.text("cluster"); cluster != opts.Unit {
			opts.Cluster = cluster
		}
		if w, ok := v["window"].([]int64); ok {
			opts.WindowFrom, opts.WindowTo = &w[0], &w[1]
		}
		return didest.New(opts, options(inf))
	},
}
