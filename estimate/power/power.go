// Package power says before a study what it could find: the smallest effect that
// a design detects with a given power, and the sample that a given effect needs.
//
// Both arms are compared at one time (a trial), or by their change from periods
// before to periods after (difference-in-differences). With N units, a share P
// of them treated, standard deviation s of the outcome between units in one
// period, correlation r of a unit's outcomes over time, m periods before and q
// after, and clusters of k units whose outcomes correlate by c,
//
//	Var = s^2 v (1 + (k-1) c) / (N P (1-P)),   v = 1 without periods before,
//	                                           v = (1-r)(1/m + 1/q) with them.
//
// # Sources
//
// Bloom (1995), Evaluation Review 19: detectable effects; Duflo, Glennerster and
// Kremer (2007), Handbook of Development Economics 4, section 4: clusters;
// McKenzie (2012), Journal of Development Economics 99: several periods, here
// with equal correlation between any two.
package power

import (
	"fmt"
	"math"

	"github.com/dampak/dampak/inference"
)

// RangeError says which number of a design cannot be.
type RangeError struct {
	Name  string  // one of the names below
	Found float64 // may be NaN or infinite
}

// The names of a RangeError, with the range of each.
const (
	NameUnits       = "units"        // 3 to MostUnits
	NameShare       = "share"        // above 0 and below 1
	NameSD          = "sd"           // LeastSize to MostSize
	NameClusterSize = "cluster-size" // 1 to MostUnits; 0 stands for 1
	NameICC         = "icc"          // 0 to 1
	NameBefore      = "before"       // 0 to MostPeriods
	NameAfter       = "after"        // 1 to MostPeriods where there are periods before
	NameRho         = "rho"          // above -1 and below 1
	NameLevel       = "level"        // above 0 and below 1
	NamePower       = "power"        // above 1 - Level and below 1
	NameEffect      = "effect"       // LeastSize to MostSize
	NameClusters    = "clusters"     // 3 or more
	NameArm         = "arm"          // units or clusters of the smaller arm: 2 or more
)

// Limits within which no step leaves the numbers that a float64 holds.
const (
	MostUnits   = 1e12
	MostPeriods = 1e6
	LeastSize   = 1e-100 // of a standard deviation or an effect
	MostSize    = 1e100
)

func (e *RangeError) Error() string { return fmt.Sprintf("power: %s cannot be %v", e.Name, e.Found) }

// TooManyError is the error of an effect so small that more units than Units,
// the largest sample looked at, would be needed.
type TooManyError struct{ Units float64 }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("power: more than %v units would be needed", e.Units)
}

// Design is what is planned. Zero values mean what the comments say; the ranges
// stand at the names of RangeError.
type Design struct {
	Units         float64 // in both arms together; not read by Needed
	Treated       float64 // share of units treated
	SD            float64 // of the outcome between units in a period
	ClusterSize   float64 // units in a cluster; 0 or 1 = each unit by itself
	Mixed         bool    // clusters hold treated and comparison units; else each is of one arm
	ICC           float64 // correlation of units of a cluster
	Before, After int     // periods; Before 0 = a comparison after treatment alone
	Rho           float64 // correlation of a unit's outcomes between periods
	Level, Power  float64 // of the test (0.95) and wanted (0.8)
}

// Check looks at all that does not depend on the number of units: a *RangeError
// names the first number that cannot be.
func (d Design) Check() error {
	between := func(x, least, most float64) bool { return x >= least && x <= most }
	inside := func(x, above, below float64) bool { return x > above && x < below }
	for _, c := range []struct {
		name  string
		found float64
		ok    bool
	}{
		{NameShare, d.Treated, inside(d.Treated, 0, 1)},
		{NameSD, d.SD, between(d.SD, LeastSize, MostSize)},
		{NameClusterSize, d.ClusterSize, d.ClusterSize == 0 || between(d.ClusterSize, 1, MostUnits)},
		{NameICC, d.ICC, between(d.ICC, 0, 1)},
		{NameBefore, float64(d.Before), between(float64(d.Before), 0, MostPeriods)},
		{NameAfter, float64(d.After), d.Before == 0 || between(float64(d.After), 1, MostPeriods)},
		{NameRho, d.Rho, inside(d.Rho, -1, 1)},
		{NameLevel, d.Level, inside(d.Level, 0, 1)},
		{NamePower, d.Power, inside(d.Power, 1-d.Level, 1)}, // a test finds by chance what it finds at its size
	} {
		if !c.ok {
			return &RangeError{c.name, c.found}
		}
	}
	return nil
}

// checkSample looks at the number of units: with fewer than two units or
// clusters in an arm, or three in all, no error can be computed from the data.
func (d Design) checkSample() error {
	const rounding = 1e-9
	switch {
	case !(d.Units >= 3 && d.Units <= MostUnits):
		return &RangeError{NameUnits, d.Units}
	case d.Clusters() < 3-rounding:
		return &RangeError{NameClusters, d.Clusters()}
	case d.Arm() < 2-rounding:
		return &RangeError{NameArm, d.Arm()}
	}
	return nil
}

// Arm is the number of clusters, or of units where there are none or where they
// are mixed, of the smaller arm.
func (d Design) Arm() float64 {
	n := d.Clusters()
	if d.Mixed {
		n = d.Units
	}
	return n * math.Min(d.Treated, 1-d.Treated)
}

// perUnit is the variance of the effect times the number of units, for an
// outcome of standard deviation 1.
func (d Design) perUnit() float64 {
	v := 1.0
	if d.Before > 0 {
		v = (1 - d.Rho) * (1/float64(d.Before) + 1/float64(d.After))
	}
	return v * d.DesignEffect() / (d.Treated * (1 - d.Treated))
}

// DesignEffect is how many times clusters raise the variance, >= 1.
func (d Design) DesignEffect() float64 {
	if d.ClusterSize <= 1 {
		return 1
	}
	return 1 + (d.ClusterSize-1)*d.ICC
}

// Clusters is the number of clusters, or of units where there are none.
func (d Design) Clusters() float64 { return d.Units / math.Max(d.ClusterSize, 1) }

// SE is the standard error of the effect.
func (d Design) SE() float64 { return d.SD * math.Sqrt(d.perUnit()/d.Units) }

// freedom of the t test: clusters less two.
func freedom(clusters float64) float64 { return clusters - 2 }

// Detectable is the smallest effect found with the power wanted, finite and
// above 0. The error is a *RangeError.
func (d Design) Detectable() (float64, error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	if err := d.checkSample(); err != nil {
		return 0, err
	}
	return d.detectable(), nil
}

func (d Design) detectable() float64 {
	return inference.DetectableEffectStudent(d.SE(), freedom(d.Clusters()), d.Level, d.Power)
}

// Needed is the least number of units (whole clusters) that detect an effect of
// this size, > 0. The error is a *RangeError, or a *TooManyError where the effect
// is too small for MostUnits.
func (d Design) Needed(effect float64) (float64, error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	if !(effect >= LeastSize && effect <= MostSize) {
		return 0, &RangeError{NameEffect, effect}
	}
	k := math.Max(d.ClusterSize, 1)
	enough := func(clusters float64) bool {
		d.Units = clusters * k
		return d.checkSample() == nil && d.detectable() <= effect
	}
	low, high, most := 2.0, 4.0, math.Floor(MostUnits/k)
	for !enough(high) {
		if high >= most {
			return 0, &TooManyError{most * k}
		}
		low, high = high, math.Min(2*high, most)
	}
	for high-low > 1 {
		if middle := math.Floor((low + high) / 2); enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high * k, nil
}

// Point is one point of a power curve.
type Point struct{ Units, Clusters, Detectable float64 }

// Curve is the detectable effect for multiples of the number of units; those at
// which nothing can be detected are left out. The error is of the design itself.
func (d Design) Curve(multiples []float64) ([]Point, error) {
	if _, err := d.Detectable(); err != nil {
		return nil, err
	}
	var out []Point
	for _, m := range multiples {
		one := d
		one.Units = math.Max(1, math.Round(m*d.Clusters())) * math.Max(d.ClusterSize, 1)
		if mde, err := one.Detectable(); err == nil {
			out = append(out, Point{one.Units, one.Clusters(), mde})
		}
	}
	return out, nil
}

// Chance is the power against an effect. The error is a *RangeError.
func (d Design) Chance(effect float64) (float64, error) {
	if _, err := d.Detectable(); err != nil {
		return 0, err
	}
	// detectable rises with power: found by bisection.
	low, high := 0.0, 1.0
	for range 60 {
		d.Power = (low + high) / 2
		if d.detectable() > math.Abs(effect) {
			high = d.Power
		} else {
			low = d.Power
		}
	}
	return (low + high) / 2, nil
}
