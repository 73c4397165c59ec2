package experiment

// Limits are the thresholds of checks and cautions. The zero value stands for
// UsualLimits; docs/rules/cautions.yaml has the same with their sources.
//
// In small samples chance alone makes standardised differences above the small
// one, so that a difference between the two passes where the joint test has a p
// of Unlikely or more; a large one speaks against the randomisation only where
// all covariates together are beyond chance too.
type Limits struct {
	FewClusters     int64   // clusters below which even CR2 is read with care
	SmallDifference float64 // standardised difference seen as small
	LargeDifference float64 // and one too large for regression to mend
	Unlikely        float64 // p of the joint test of balance below which differences are not chance alone
	BeyondChance    float64 // p below which a large difference speaks against the randomisation
	Power           float64 // of the detectable effect
}

// UsualLimits are the thresholds in use where none are given.
func UsualLimits() Limits {
	return Limits{FewClusters: 40, SmallDifference: 0.1, LargeDifference: 0.25, Unlikely: 0.05, BeyondChance: 0.01, Power: 0.8}
}
