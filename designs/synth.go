package designs

import (
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/estimate/synth"
	"github.com/dampak/dampak/plan"
)

// synthetic compares a few treated units with a weighted mixture of untreated
// ones.
var synthetic = &Entry{
	Name: "synth", Causal: true,
	Keys: []Key{
		{Name: "unit", Type: Column, Required: true, Alone: true},
		{Name: "time", Type: Column, Required: true, Alone: true},
		{Name: "treated", Type: NameList},
		{Name: "first_year", Type: Whole, Least: -1 << 40, Most: 1 << 40},
		{Name: "first_treated", Type: Column, Alone: true},
		{Name: "method", Type: Choice, Default: "sdid", Allowed: []string{"sdid", "sc", "did"}},
		// Without a value: placebo with one treated unit, else jackknife.
		{Name: "inference", Type: Choice, Allowed: []string{"placebo", "jackknife", "none"}, Unbuilt: []string{"bootstrap"}},
		{Name: "draws", Type: Whole, Default: int64(200), Least: 1, Most: plan.MaxDraws},
		{Name: "covariates", Later: true},
	},
	Terms:  []string{"att"},
	Claims: synthClaims,
	constant: func(s *Study) [][2]string {
		v := s.Values
		return [][2]string{{v.text("first_treated"), v.text("unit")}}
	},
	settle: func(v Values, at plan.Node, c *plan.Checker) {
		_, treated := at.Get("treated")
		_, year := at.Get("first_year")
		_, column := at.Get("first_treated")
		if column == treated || treated != year {
			c.Add(at, "plan-synth-treated")
		}
		if len(v.names("treated")) == 1 && v["inference"] == nil {
			v["inference"] = "placebo"
		}
	},
	procedure: func(v Values, o plan.Outcome, inf plan.Inference) estimate.Procedure {
		return synth.New(synth.Options{
			Outcome: o.Column, Unit: v.text("unit"), Time: v.text("time"),
			Treated: v.names("treated"), FirstYear: v.whole("first_year"), FirstTreated: v.text("first_treated"),
			Method: v.text("method"), Inference: v.text("inference"), Draws: int(*v.whole("draws")),
			Limits: limitsOf[synth.Limits]("synth"),
		}, options(inf))
	},
}

var synthClaims = []Claim{
	{Estimator: "sdid, jackknife", World: WorldAlike, Holds: Valid},
	{Estimator: "sdid, placebo", Keys: "inference: placebo, draws: 100", World: WorldAlike, Holds: Valid},
	{Estimator: "sdid, jackknife", World: WorldFactors, Holds: Fails, Caution: "few-treated-units"},
	{Estimator: "sdid, placebo", Keys: "inference: placebo, draws: 100", World: WorldFactors, Holds: Fails, Caution: "few-treated-units"},
	{Estimator: "sdid, placebo", World: WorldOneTreated, Holds: Conservative},
	{Estimator: "sc, placebo", Keys: "method: sc", World: WorldOneTreated, Holds: Conservative},
}
