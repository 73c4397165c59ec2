package synth

// Limits are the thresholds of checks and cautions. The zero value stands for
// UsualLimits; docs/rules/cautions.yaml has the same with their sources.
type Limits struct {
	// The gap before treatment over an ordinary yearly change of the donors.
	PreFitCaution, PreFitFails float64
	FewDonors                  float64 // effective donors (1 / sum of squared weights) below which few carry the result
	OneYear                    float64 // share of the time weight on one year
	FewTreatedUnits            int64   // treated units, more than one, below which errors tend to be too small
	Power                      float64 // of the detectable effect
}

// UsualLimits are the thresholds in use where none are given.
func UsualLimits() Limits {
	return Limits{PreFitCaution: 1, PreFitFails: 2, FewDonors: 3, OneYear: 0.9, FewTreatedUnits: 10, Power: 0.8}
}
