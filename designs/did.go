package designs

import (
	"github.com/dampak/dampak/estimate"
	didest "github.com/dampak/dampak/estimate/did"
	"github.com/dampak/dampak/plan"
)

// did compares units before and after their first treatment with units not
// treated then.
var did = &Entry{
	Name: "did", Causal: true,
	Keys: []Key{
		{Name: "unit", Type: Column, Alone: true},
		{Name: "time", Type: Column, Required: true, Alone: true},
		{Name: "first_treated", Type: Column, Required: true, Alone: true},
		{Name: "estimator", Type: Choice, Default: didest.CallawaySantAnna,
			Allowed: []string{didest.CallawaySantAnna, didest.SunAbraham, didest.Imputation, didest.TWFE}},
		{Name: "comparison", Type: Choice, Default: didest.NeverTreated, Allowed: []string{didest.NeverTreated, didest.NotYetTreated}},
		{Name: "covariates", Type: Covariates},
		{Name: "method", Type: Choice, Default: didest.DoublyRobust,
			Allowed: []string{didest.DoublyRobust, didest.DoublyRobustImproved, didest.IPW, didest.OutcomeRegression}},
		{Name: "anticipation", Type: Whole, Default: int64(0), Least: 0, Most: 1000},
		{Name: "base_period", Type: Choice, Default: didest.Varying, Allowed: []string{didest.Varying, didest.Universal}},
		{Name: "weights", Type: Column},
		{Name: "cluster", Type: Columns},
		{Name: "strata", Type: Column},
		{Name: "psu", Type: Column},
		{Name: "fpc", Type: Column},
		{Name: "by", Type: Column},
		{Name: "unbalanced", Type: Choice, Default: didest.Refuse, Allowed: []string{didest.Refuse, didest.Balanced, didest.Pairwise}},
		{Name: "window", Type: Window},
		{Name: "panel", Type: Choice, Default: "true", Allowed: []string{"true", "false"}},
		{Name: "periods", Later: true},
		{Name: "levels", Later: true},
	},
	Terms: []string{"att", "simple", "event-overall", "group-overall", "calendar-overall", "event", "group", "calendar", "att-gt"},
	VCE:   []string{didest.HC1, didest.CR1, didest.CR2, didest.CR3, didest.Wild, didest.Randomisation},
	Assumptions: []string{
		"design.did.assumption.parallel", "design.did.assumption.anticipation",
		"design.did.assumption.spillover", "design.did.assumption.stays-on",
	},
	settle: func(v Values, at plan.Node, c *plan.Checker) {
		if v["panel"] == "true" && v["unit"] == nil {
			c.Require(at, "did", "unit")
		}
		if v["cluster"] == nil && v["panel"] == "true" && v["psu"] == nil && v["strata"] == nil {
			v["cluster"] = v["unit"]
		}
	},
	procedure: func(v Values, o plan.Outcome, inf plan.Inference) estimate.Procedure {
		opts := didest.Options{
			Outcome: o.Column, Unit: v.text("unit"), Time: v.text("time"), FirstTreated: v.text("first_treated"),
			Estimator: v.text("estimator"), Method: v.text("method"), CrossSections: v.text("panel") == "false",
			Weights: v.text("weights"), Comparison: v.text("comparison"), BasePeriod: v.text("base_period"),
			Anticipation: int(*v.whole("anticipation")), Unbalanced: v.text("unbalanced"),
			Clusters: v.columns("cluster"), Strata: v.text("strata"), PSU: v.text("psu"), FPC: v.text("fpc"), By: v.text("by"),
			Matters: o.Matters,
		}
		list, _ := v["covariates"].([]Covariate)
		for _, x := range list {
			opts.Covariates = append(opts.Covariates, didest.Covariate{Column: x.Column, Category: x.Category})
		}
		if inf.VCE != plan.Default {
			opts.VCE = inf.VCE
		}
		if w, ok := v["window"].([]int64); ok {
			opts.WindowFrom, opts.WindowTo = &w[0], &w[1]
		}
		return didest.New(opts, options(inf))
	},
}
