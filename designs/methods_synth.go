package designs

import "github.com/dampak/dampak/estimate/synth"

// mixture is the assumption on the weighted donors as a method needs it.
func mixture(math string, checks ...string) Assumption {
	return Assumption{Key: "design.synth.assumption.mixture", Math: math, Checks: append([]string{"pre-fit", "leave-one-out"}, checks...)}
}

var (
	synthDonors       = Assumption{Key: "design.synth.assumption.donors", Math: "Y_jt = Y_jt(0),  ∀ j"}
	synthAnticipation = Assumption{Key: "design.synth.assumption.anticipation", Math: "Y_tr,t = Y_tr,t(0),  t ≤ T_0"}
	synthAlike        = Assumption{Key: "methods.assumption.synth.alike", Math: "Var(Y_tr(0) − Σ_j ω_j Y_j) = Var(Y_k(0) − Σ_j ω_j Y_j),  ∀ k",
		Checks: []string{"placebo-rank", "one-treated-unit", "few-treated-units", "synth-interval-and-rank"}}
	synthAlso    = []string{"detectable-effect", "rows-left-out", "survey-month-breaks", "family-adjusted"}
	synthRefuses = []Refusal{
		{"synth.nobody-named", []string{"synth-nobody-named", "synth-unknown-unit", "synth-nobody-treated"}},
		{"synth.no-rows", []string{"synth-no-rows"}},
		{"synth.twice", []string{"synth-twice"}},
		{"synth.unbalanced", []string{"synth-unbalanced"}},
		{"synth.donors", []string{"synth-all-treated", "synth-few-donors", "synth-placebo-few-donors"}},
		{"synth.years", []string{"synth-no-years-after", "synth-few-years-before"}},
		{"synth.staggered", []string{"synth-staggered"}},
		{"synth.varies", []string{"synth-treatment-varies"}},
		{"synth.not-solved", []string{"synth-not-solved"}},
	}
)

const (
	synthPlan = `dampak: 1
id: example
data: {panel: provinces.csv}
design:
  synth:
    unit: province
    time: year
    treated: [Jawa Timur]
    first_year: 2021
`
	synthOutcome = `outcomes: [{column: p0_pct, unit: poin persen, better: lower, matters: 0.5}]
`
)

// synthEffect is the formula that the three methods share.
var synthEffect = Formula{"synth.att", "att = (Ȳ_tr − Σ_t λ_t Y_tr,t) − Σ_j ω_j (Ȳ_j − Σ_t λ_t Y_jt)"}

var synthMethods = []Method{
	{
		Name: "synth-sdid", Design: "synth", Key: "method", Value: synth.SDID, Terms: []string{"att"},
		Assumes: []Assumption{
			mixture("E[Y_tr,t(0)] = c + Σ_j ω_j E[Y_jt(0)]", "donor-concentration", "time-weight-on-one-year"),
			synthDonors, synthAnticipation, synthAlike,
		},
		Also: synthAlso,
		Formulas: []Formula{synthEffect,
			{"synth.sdid-units", "ω: min Σ_t (c + Σ_j ω_j Y_jt − Y_tr,t)² / T_0 + ζ² Σ_j ω_j²,  ζ = (N_1 T_1)^¼ s"},
			{"synth.sdid-years", "λ: min Σ_j (c + Σ_t λ_t Y_jt − Ȳ_j)² / N_0 + ζ² Σ_t λ_t²,  ζ = 10⁻⁶ s"}},
		Refuses: synthRefuses, Sources: []string{"arkhangelsky", "abadie", "abadie-diamond-hainmueller"},
		Example: synthPlan + synthOutcome,
	},
	{
		Name: "synth-sc", Design: "synth", Key: "method", Value: synth.SC, Terms: []string{"att"},
		Assumes: []Assumption{
			mixture("E[Y_tr,t(0)] = Σ_j ω_j E[Y_jt(0)]", "donor-concentration", "more-donors-than-years"),
			synthDonors, synthAnticipation, synthAlike,
		},
		Also: synthAlso,
		Formulas: []Formula{synthEffect,
			{"synth.sc", "λ_t = 0;  ω: min Σ_t (Σ_j ω_j Y_jt − Y_tr,t)² / T_0,  ω_j ≥ 0,  Σ ω_j = 1"}},
		Refuses: synthRefuses, Sources: []string{"abadie-diamond-hainmueller", "abadie", "arkhangelsky"},
		Example: synthPlan + "    method: sc\n" + synthOutcome,
	},
	{
		Name: "synth-did", Design: "synth", Key: "method", Value: synth.DID, Terms: []string{"att"},
		Assumes: []Assumption{
			mixture("E[Y_tr,t(0)] = c + Σ_j E[Y_jt(0)] / N_0"),
			synthDonors, synthAnticipation, synthAlike,
		},
		Also: synthAlso,
		Formulas: []Formula{synthEffect,
			{"synth.did", "λ_t = 1 / T_0;  ω_j = 1 / N_0"}},
		Refuses: synthRefuses, Sources: []string{"arkhangelsky", "abadie"},
		Example: synthPlan + "    method: did\n" + synthOutcome,
	},
}
