package designs

var experimentMethods = []Method{{
	Name: "experiment", Design: "experiment", Terms: []string{"att"},
	VCE: []string{"hc0", "hc1", "hc2", "hc3", "cr1", "cr2"},
	Assumes: []Assumption{
		{Key: "design.experiment.assumption.chance", Math: "D ⊥ (Y(0), Y(1), X) | B", Checks: []string{"balance", "experiment-treatment-varies-in-cluster"}},
		{Key: "design.experiment.assumption.spillover", Math: "Y_i(d_1, …, d_n) = Y_i(d_i)"},
		{Key: "design.experiment.assumption.attrition", Math: "P(R = 1 | D = 1, Y(0), Y(1)) = P(R = 1 | D = 0, Y(0), Y(1))"},
		{Key: "methods.assumption.experiment.many", Math: "C_1 → ∞,  C_0 → ∞",
			Checks: []string{"few-clusters-experiment", "randomisation"}},
	},
	Also: []string{"detectable-effect", "rows-left-out", "family-adjusted"},
	Formulas: []Formula{
		{"experiment.means", "att = Ȳ_1 − Ȳ_0,  Var = s_1² / n_1 + s_0² / n_0"},
		{"experiment.blocks", "att = Σ_b (n_b / n) (Ȳ_1b − Ȳ_0b)"},
		{"experiment.clusters", "Var = Σ_c (Σ_{i ∈ c} e_i / √(1 − h_c))²"},
		{"experiment.lin", "att = Ŷ_1(x̄) − Ŷ_0(x̄)"},
		{"experiment.randomisation", "p = #{|att*| ≥ |att|} / #{att*}"},
	},
	Refuses: []Refusal{
		{"experiment.rows", []string{"experiment-no-rows"}},
		{"experiment.arms", []string{"experiment-nobody-treated", "experiment-all-treated", "experiment-unknown-control"}},
		{"experiment.many-arms", []string{"experiment-many-arms"}},
		{"experiment.blocks", []string{"experiment-block-without-arm", "experiment-no-common-block", "experiment-single-in-block"}},
		{"experiment.clusters", []string{"experiment-one-cluster", "experiment-one-cluster-in-arm"}},
		{"experiment.vce", []string{"experiment-vce-without-cluster", "experiment-vce-with-cluster"}},
		{"experiment.levels", []string{"experiment-many-levels"}},
		{"experiment.column", []string{"experiment-same-column"}},
	},
	Sources: []string{"neyman", "fisher", "imbens-rubin", "samii-aronow", "imai-king-nall", "lin", "bell-mccaffrey", "pustejovsky-tipton"},
	Example: `dampak: 1
id: example
data: {pilot: pilot.csv}
design:
  experiment:
    treatment: offered
    cluster: village
    covariates: [spending_before, members]
    randomisation: {draws: 5000}
outcomes: [{column: spending_after, unit: rupiah, better: higher, matters: 50000}]
`,
}}
