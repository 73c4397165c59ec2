package designs

import didest "github.com/dampak/dampak/estimate/did"

// What holds for every estimator of did; parallel trends differ.
var (
	didAnticipation = Assumption{Key: "design.did.assumption.anticipation", Math: "Y_it(g) = Y_it(0),  t < g − a",
		Checks: []string{"pre-trend", "pre-trend-before-anticipation"}}
	didSpillover = Assumption{Key: "design.did.assumption.spillover", Math: "Y_it(g_1, …, g_n) = Y_it(g_i)"}
	didStays     = Assumption{Key: "design.did.assumption.stays-on", Math: "D_it = 1[t ≥ G_i]"}
	didClusters  = Assumption{Key: "methods.assumption.did.many", Math: "C → ∞,  C_1 → ∞",
		Checks: []string{"few-clusters", "few-treated", "few-treated-wild", "singleton-cohort", "small-cohort"}}
)

// parallel is the assumption of parallel trends as an estimator needs it.
func parallel(math string, checks ...string) Assumption {
	return Assumption{Key: "design.did.assumption.parallel", Math: math,
		Checks: append([]string{"pre-trend", "pre-trend-before-anticipation"}, checks...)}
}

// didLinear are the keys that least squares with unit and period effects
// refuse or do not read in this version; comparison and base_period then rule the test of
// paths alone.
var didLinear = []string{"method", "by", "panel"}

// didTraits: least squares takes traits as they are in each period, so the
// programme must not change them.
var didTraits = Assumption{Key: "methods.assumption.did.traits", Math: "X_it(g) = X_it(0),  ∀ i, t"}

var (
	didRefuses = []Refusal{
		{"did.one-period", []string{"did-one-period"}},
		{"did.nobody-treated", []string{"did-nobody-treated", "did-nobody-treated-yet", "did-negative-cohort"}},
		{"did.always-treated", []string{"did-always-treated"}},
		{"did.no-comparison", []string{"did-no-never-treated", "did-no-comparison", "did-comparison-lost", "did-treated-lost"}},
		{"did.duplicates", []string{"did-duplicates"}},
		{"did.switching", []string{"did-switching"}},
		{"did.clusters", []string{"did-unit-in-two-clusters", "did-one-cluster"}},
		{"did.unbalanced", []string{"did-unbalanced", "did-too-many-periods"}},
		{"did.weights", []string{"did-negative-weight", "did-zero-weights"}},
		{"did.too-much", []string{"did-too-many-sums", "did-too-many-scores", "did-too-many-clusters"}},
		{"did.shuffled", []string{"did-cluster-of-cohorts"}},
		{"did.covariates", []string{"did-covariates-too-much", "did-many-levels"}},
		{"did.together", []string{"did-not-together", "did-few-draws", "did-option", "did-same-column", "did-negative-anticipation"}},
	}
	didRefusesSurvey    = Refusal{"did.survey", []string{"did-fpc", "did-lonely-psu"}}
	didRefusesWeights   = Refusal{"did.weights-change", []string{"did-weights-change"}}
	didRefusesVariation = Refusal{"did.no-variation", []string{"did-twfe-no-variation"}}
)

// didAlso speak to any answer of did.
var didAlso = []string{"detectable-effect", "rows-left-out", "survey-month-breaks", "family-adjusted"}

const (
	didPlan = `dampak: 1
id: example
data: {households: households.csv}
design:
  did:
    unit: household
    time: year
    first_treated: first_year
    cluster: village
`
	didOutcome = `outcomes: [{column: spending, unit: rupiah, better: higher, matters: 20000}]
`
)

var didMethods = []Method{
	{
		Name: "did-callaway-santanna", Design: "did", Key: "estimator", Value: didest.CallawaySantAnna,
		Terms: didest.Terms, VCE: []string{didest.CR1, didest.CR3, didest.Wild, didest.Randomisation},
		VCECovariates: []string{didest.CR1, didest.Wild},
		Assumes: []Assumption{
			parallel("E[Y_t(0) − Y_b(0) | G = g, X] = E[Y_t(0) − Y_b(0) | C(g,t), X]",
				"sensitivity-magnitude", "sensitivity-smoothness"),
			didAnticipation, didSpillover, didStays,
			{Key: "methods.assumption.did.overlap", Math: "p(X) = P(G = g | X, G_i ∈ {g} ∪ C(g,t)) < 1", Checks: []string{"overlap", "did-separation"}},
			didClusters,
		},
		Also: append([]string{"equal-effects"}, didAlso...),
		Formulas: []Formula{
			{"did.att-gt", "ATT(g,t) = E[Y_t − Y_b | G = g] − E[Y_t − Y_b | C(g,t)]"},
			{"did.outcome-regression", "E[Y_t − Y_b − m(X) | G = g]"},
			{"did.ipw", "E[Y_t − Y_b | G = g] − E[w(X) (Y_t − Y_b) | C] / E[w(X) | C],  w = p / (1 − p)"},
			{"did.doubly-robust", "E[Y_t − Y_b − m(X) | G = g] − E[w(X) (Y_t − Y_b − m(X)) | C] / E[w(X) | C]"},
			{"did.doubly-robust-improved", "Σ_C w(X) X = Σ_g X"},
			{"did.simple", "simple = Σ p_g ATT(g,t) / Σ p_g,  t ≥ g"},
		},
		Refuses: append(append([]Refusal{}, didRefuses...), didRefusesSurvey),
		Sources: []string{"callaway-santanna", "santanna-zhao", "roth", "rambachan-roth", "mackinnon-nielsen-webb", "mackinnon-webb", "cameron-gelbach-miller"},
		Example: didPlan + "    covariates: [members, {column: main_job, as: category}]\n" + didOutcome,
	},
	{
		Name: "did-sun-abraham", Design: "did", Key: "estimator", Value: didest.SunAbraham,
		Without: didLinear,
		Terms:   []string{"simple", "event", "att-gt"}, VCE: []string{didest.CR1, didest.CR2, didest.CR3, didest.Wild, didest.Randomisation},
		VCECovariates: []string{didest.CR1, didest.Wild},
		Assumes: []Assumption{
			parallel("E[Y_t(0) − Y_s(0) | G = g, X] = E[Y_t(0) − Y_s(0) | G = ∞, X],  ∀ g, s, t", "sensitivity-magnitude", "sensitivity-smoothness"),
			didAnticipation, didSpillover, didStays, didTraits, didClusters,
		},
		Also: didAlso,
		Formulas: []Formula{
			{"did.sun-abraham", "Y_it = α_i + β_t + X_it γ + Σ_g Σ_e≠−1 δ_ge 1[G_i = g] 1[t − g = e] + ε_it"},
			{"did.sun-abraham-event", "event(e) = Σ_g s_ge δ_ge"},
		},
		Refuses: append(append([]Refusal{}, didRefuses...), didRefusesSurvey, didRefusesWeights, didRefusesVariation),
		Sources: []string{"sun-abraham", "rambachan-roth", "roth", "bell-mccaffrey", "pustejovsky-tipton", "mackinnon-nielsen-webb", "mackinnon-webb"},
		Example: didPlan + "    estimator: sun-abraham\n" + didOutcome,
	},
	{
		Name: "did-imputation", Design: "did", Key: "estimator", Value: didest.Imputation,
		Without: didLinear,
		Terms:   []string{"simple", "event"}, VCE: []string{didest.CR3, didest.Wild, didest.Randomisation},
		VCECovariates: []string{didest.Wild},
		Assumes: []Assumption{
			parallel("E[Y_it(0)] = α_i + β_t + X_it γ,  ∀ i, t"),
			didAnticipation, didSpillover, didStays, didTraits, didClusters,
		},
		Also: didAlso,
		Formulas: []Formula{
			{"did.imputation-fit", "Y_it = α_i + β_t + X_it γ + ε_it,  t + a < G_i"},
			{"did.imputation", "simple = Σ_{t ≥ G_i} (Y_it − α_i − β_t − X_it γ) / n_1"},
		},
		Refuses: append(append([]Refusal{}, didRefuses...), didRefusesSurvey, didRefusesWeights),
		Sources: []string{"borusyak-jaravel-spiess", "roth", "mackinnon-nielsen-webb", "mackinnon-webb"},
		Example: didPlan + "    estimator: imputation\n" + didOutcome,
	},
	{
		Name: "did-twfe", Design: "did", Key: "estimator", Value: didest.TWFE,
		Without: append([]string{"anticipation"}, didLinear...),
		Terms:   []string{"att"}, VCE: []string{didest.HC1, didest.CR1, didest.CR2, didest.CR3, didest.Wild, didest.Randomisation},
		VCECovariates: []string{didest.CR1, didest.Wild},
		Assumes: []Assumption{
			parallel("E[Y_it(0)] = α_i + β_t + X_it γ,  ∀ i, t"),
			{Key: "methods.assumption.did.equal", Math: "ATT(g,t) = τ,  ∀ g ≤ t", Checks: []string{"forbidden-comparisons", "negative-weights"}},
			didAnticipation, didSpillover, didStays, didTraits, didClusters,
		},
		Also: didAlso,
		Formulas: []Formula{
			{"did.twfe", "Y_it = α_i + β_t + X_it γ + τ D_it + ε_it"},
			{"did.twfe-bacon", "τ = Σ w_k DD_k,  Σ w_k = 1"},
		},
		Refuses: append(append([]Refusal{}, didRefuses...), didRefusesSurvey, didRefusesWeights, didRefusesVariation),
		Sources: []string{"goodman-bacon", "chaisemartin-dhaultfoeuille", "roth", "bell-mccaffrey", "pustejovsky-tipton", "mackinnon-nielsen-webb", "mackinnon-webb"},
		Example: didPlan + "    estimator: twfe\n" + didOutcome,
	},
}
