package did

// Limits are the thresholds of checks and cautions. The zero value stands for
// UsualLimits; docs/rules/cautions.yaml has the same with their sources.
type Limits struct {
	FewClusters     int64   // clusters below which errors tend to be too small
	FewTreated      int64   // treated clusters below which errors can be far too small
	SmallCohort     int64   // units or clusters of a cohort below which its error is marked
	PreTrendFails   float64 // p of the pre-trend test below which it fails; also its size
	PreTrendCaution float64 // p below which it is near its limit
	Power           float64 // with which a test or a design "could have found" something
	ThinOverlap     float64 // effective share of the comparison group below which overlap is thin
	HighScore       float64 // propensity score above which a comparison unit has no counterpart
	Fragile         float64 // breakdown value below which a conclusion hangs on nearly parallel paths
}

// UsualLimits are the thresholds in use where none are given.
func UsualLimits() Limits {
	return Limits{FewClusters: 50, FewTreated: 6, SmallCohort: 5, PreTrendFails: 0.05, PreTrendCaution: 0.10,
		Power: 0.8, ThinOverlap: 0.1, HighScore: 0.95, Fragile: 0.1}
}
