package designs

// Validity is what a claim says of 95 % intervals and of tests at 5 %.
type Validity string

const (
	// Valid says that the interval holds the truth in 93 to 97 % of worlds and the test
	// rejects a true null in 3 to 7 %.
	Valid Validity = "valid"
	// Conservative says the interval holds it in 93 % at least, and the test rejects in
	// 7 % at most; both maybe far more careful than said.
	Conservative Validity = "conservative"
	// Fails says that it is known to hold less often; the run says so by its caution.
	Fails Validity = "fails"
)

// Claim says how an estimator behaves in one invented world. Calibration tests
// it (run/calibration_test.go); docs/methods/calibration.csv is what was found.
type Claim struct {
	Estimator string // as in the table: "callaway-santanna, wild"
	Keys      string // of the design, beside those of the world: YAML flow, without braces
	Inference string // of the plan, the same
	World     string
	Holds     Validity
	// Sample: the truth is the mean effect on the treated of the sample, not of
	// the population that it was drawn from.
	Sample bool
	// Caution is the rule of docs/rules/verdict.yaml that tells of a failure; it
	// must apply in most worlds where Holds is Fails.
	Caution string
}

// The invented worlds; run/worlds_test.go draws them.
const (
	WorldSame        = "homogeneous"             // one effect for all, at all times
	WorldDiffering   = "heterogeneous"           // effects grow with time and differ between cohorts
	WorldCovariate   = "trend by covariate"      // trends are parallel only among the alike; effects differ
	WorldSections    = "cross-sections"          // new people each year, trends by covariate
	WorldFewClusters = "few clusters"            // 12 clusters with shocks of their own, 6 of them treated
	WorldFewTreated  = "few treated"             // 2 of 20 clusters treated
	WorldMoving      = "moving covariate"        // one effect for all; a covariate that drifts apart between the cohorts moves the outcome
	WorldFewTrends   = "few clusters, covariate" // 12 clusters as above, and trends that differ by a trait of people
	WorldSurvey      = "survey"                  // PSUs in strata, unequal weights
	WorldRows        = "rows"                    // an experiment on people
	WorldBlocks      = "blocks"                  // drawn within blocks
	WorldClusters    = "clusters"                // an experiment on 24 clusters of unequal size
	WorldTenClusters = "ten clusters"            // an experiment on 10 clusters of unequal size
	WorldAlike       = "factors, alike"          // a panel with an interactive factor, eight of 40 units treated by lot
	WorldFactors     = "factors"                 // the same with treated units that the factor moves more than the others
	WorldOneTreated  = "one treated unit"        // the same with one unit treated
)
