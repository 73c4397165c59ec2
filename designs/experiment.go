package designs

import (
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/estimate/experiment"
	"github.com/dampak/dampak/plan"
)

// experimental compares arms to which chance assigned people or clusters.
var experimental = &Entry{
	Name: "experiment", Causal: true,
	Keys: []Key{
		{Name: "treatment", Type: Column, Required: true, Alone: true},
		{Name: "control", Type: Name},
		{Name: "blocks", Type: Column, Alone: true},
		{Name: "cluster", Type: Column},
		{Name: "covariates", Type: Covariates},
		{Name: "randomisation", Type: Draws},
		{Name: "uptake", Later: true},
		{Name: "followed", Later: true},
	},
	Terms:  []string{"att"},
	VCE:    []string{"hc0", "hc1", "hc2", "hc3", "cr1", "cr2"},
	Claims: experimentClaims,
	constant: func(s *Study) [][2]string {
		v := s.Values
		return [][2]string{{v.text("treatment"), v.text("cluster")}, {v.text("blocks"), v.text("cluster")}}
	},
	procedure: func(v Values, o plan.Outcome, inf plan.Inference) estimate.Procedure {
		opts := experiment.Options{
			Outcome: o.Column, Treatment: v.text("treatment"), Control: v.text("control"),
			Blocks: v.text("blocks"), Cluster: v.text("cluster"), Limits: limitsOf[experiment.Limits]("experiment"),
		}
		list, _ := v["covariates"].([]Covariate)
		for _, x := range list {
			opts.Covariates = append(opts.Covariates, experiment.Covariate{Column: x.Column, Category: x.Category})
		}
		if r, ok := v["randomisation"].(map[string]int64); ok {
			opts.RandomisationDraws = int(r["draws"])
		}
		if inf.VCE != plan.Default {
			opts.VCE = inf.VCE
		}
		return experiment.New(opts, options(inf))
	},
}

var experimentClaims = []Claim{
	{Estimator: "hc2", World: WorldRows, Holds: Valid},
	{Estimator: "adjusted", Keys: "covariates: [x]", World: WorldRows, Holds: Valid},
	{Estimator: "hc2", World: WorldBlocks, Holds: Valid},
	{Estimator: "cr2", World: WorldClusters, Holds: Valid},
	{Estimator: "cr2, adjusted", Keys: "covariates: [x]", World: WorldClusters, Holds: Valid},
	{Estimator: "cr2", World: WorldTenClusters, Holds: Valid},
	{Estimator: "cr1", Inference: "vce: cr1", World: WorldTenClusters, Holds: Fails, Caution: "few-clusters-experiment"},
}
