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
	Scores: true,
	Terms:  []string{"att", "simple", "event-overall", "group-overall", "calendar-overall", "event", "group", "calendar", "att-gt"},
	VCE:    []string{didest.HC1, didest.CR1, didest.CR2, didest.CR3, didest.Wild, didest.Randomisation},
	Claims: didClaims,
	constant: func(s *Study) [][2]string {
		v := s.Values
		if v.text("panel") == "false" {
			return nil
		}
		pairs := [][2]string{{v.text("first_treated"), v.text("unit")}}
		for _, c := range v.columns("cluster") {
			pairs = append(pairs, [2]string{c, v.text("unit")})
		}
		for _, c := range s.Plan.Where { // no unit is left with some of its years
			if c.Name != v.text("time") {
				pairs = append(pairs, [2]string{c.Name, v.text("unit")})
			}
		}
		return append(pairs, [2]string{v.text("by"), v.text("unit")}, [2]string{v.text("weights"), v.text("unit")})
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
			Matters: o.Matters, Scores: inf.Adjust == plan.RomanoWolf, Limits: limitsOf[didest.Limits]("did"),
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

// Each estimator in the worlds that its claim speaks of; where a world asks for
// more than it can do, the line says so.
var didClaims = []Claim{
	{Estimator: "callaway-santanna", World: WorldSame, Holds: Valid},
	{Estimator: "callaway-santanna, not-yet-treated", Keys: "comparison: not-yet-treated", World: WorldSame, Holds: Valid},
	{Estimator: "sun-abraham", Keys: "estimator: sun-abraham", World: WorldSame, Holds: Valid, Sample: true},
	{Estimator: "imputation", Keys: "estimator: imputation", World: WorldSame, Holds: Valid, Sample: true},
	{Estimator: "twfe", Keys: "estimator: twfe", World: WorldSame, Holds: Valid, Sample: true},

	{Estimator: "callaway-santanna", World: WorldDiffering, Holds: Valid},
	{Estimator: "callaway-santanna, not-yet-treated", Keys: "comparison: not-yet-treated", World: WorldDiffering, Holds: Valid},
	{Estimator: "sun-abraham", Keys: "estimator: sun-abraham", World: WorldDiffering, Holds: Valid, Sample: true},
	{Estimator: "imputation", Keys: "estimator: imputation", World: WorldDiffering, Holds: Valid, Sample: true},
	{Estimator: "twfe", Keys: "estimator: twfe", World: WorldDiffering, Holds: Fails, Sample: true, Caution: "forbidden-comparisons"},

	{Estimator: "doubly-robust", Keys: "covariates: [x]", World: WorldCovariate, Holds: Valid},
	{Estimator: "doubly-robust-improved", Keys: "covariates: [x], method: doubly-robust-improved", World: WorldCovariate, Holds: Valid},
	{Estimator: "ipw", Keys: "covariates: [x], method: ipw", World: WorldCovariate, Holds: Valid},
	{Estimator: "outcome-regression", Keys: "covariates: [x], method: outcome-regression", World: WorldCovariate, Holds: Valid},
	{Estimator: "callaway-santanna without the covariate", World: WorldCovariate, Holds: Fails, Caution: "pre-trend-failed"},

	{Estimator: "doubly-robust", Keys: "covariates: [x]", World: WorldSections, Holds: Valid},
	{Estimator: "doubly-robust-improved", Keys: "covariates: [x], method: doubly-robust-improved", World: WorldSections, Holds: Valid},
	{Estimator: "outcome-regression", Keys: "covariates: [x], method: outcome-regression", World: WorldSections, Holds: Valid},

	{Estimator: "sun-abraham with the covariate", Keys: "estimator: sun-abraham, covariates: [x]", World: WorldMoving, Holds: Valid, Sample: true},
	{Estimator: "imputation with the covariate", Keys: "estimator: imputation, covariates: [x]", World: WorldMoving, Holds: Valid, Sample: true},
	{Estimator: "twfe with the covariate", Keys: "estimator: twfe, covariates: [x]", World: WorldMoving, Holds: Valid, Sample: true},

	{Estimator: "callaway-santanna", World: WorldFewClusters, Holds: Fails, Caution: "few-clusters"},
	{Estimator: "callaway-santanna, cr1", Inference: "vce: cr1", World: WorldFewClusters, Holds: Valid},
	{Estimator: "callaway-santanna, cr3", Inference: "vce: cr3", World: WorldFewClusters, Holds: Conservative},
	{Estimator: "callaway-santanna, wild", Inference: "vce: wild, draws: 4999", World: WorldFewClusters, Holds: Valid},
	{Estimator: "callaway-santanna, randomisation", Inference: "vce: randomisation, draws: 999", World: WorldFewClusters, Holds: Valid},
	{Estimator: "twfe", Keys: "estimator: twfe", World: WorldFewClusters, Holds: Valid},
	{Estimator: "twfe, cr2", Keys: "estimator: twfe", Inference: "vce: cr2", World: WorldFewClusters, Holds: Valid},
	{Estimator: "twfe, cr3", Keys: "estimator: twfe", Inference: "vce: cr3", World: WorldFewClusters, Holds: Conservative},
	{Estimator: "twfe, wild", Keys: "estimator: twfe", Inference: "vce: wild, draws: 4999", World: WorldFewClusters, Holds: Valid},

	{Estimator: "doubly-robust", Keys: "covariates: [x]", World: WorldFewTrends, Holds: Fails, Caution: "few-clusters"},
	{Estimator: "doubly-robust, wild", Keys: "covariates: [x]", Inference: "vce: wild, draws: 999", World: WorldFewTrends, Holds: Valid},

	{Estimator: "callaway-santanna", World: WorldFewTreated, Holds: Fails, Caution: "few-treated"},
	{Estimator: "callaway-santanna, wild", Inference: "vce: wild, draws: 999", World: WorldFewTreated, Holds: Conservative},
	{Estimator: "callaway-santanna, randomisation", Inference: "vce: randomisation, draws: 999", World: WorldFewTreated, Holds: Valid},

	{Estimator: "callaway-santanna", World: WorldSurvey, Holds: Valid},
	{Estimator: "sun-abraham", Keys: "estimator: sun-abraham", World: WorldSurvey, Holds: Valid},
}
