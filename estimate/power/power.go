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
	"errors"
	"math"

	"github.com/dampak/dampak/inference"
)

// ErrImpossible is the error of a design whose numbers cannot be, or that cannot
// detect the effect with any sample.
var ErrImpossible = errors.New("power: no such design")

// Design is what is planned. Zero values mean what the comments say.
type Design struct {
	Units         float64 // in both arms together, > 0 but for Needed
	Treated       float64 // share of units treated, in (0, 1)
	SD            float64 // of the outcome between units in a period, > 0
	ClusterSize   float64 // units in a cluster that is treated as a whole; 0 or 1 = each unit by itself
	ICC           float64 // correlation of units of a cluster, 0 to 1
	Before, After int     // periods; Before 0 = a comparison after treatment alone
	Rho           float64 // correlation of a unit's outcomes between periods, below 1
	Level, Power  float64 // of the test (0.95) and wanted (0.8)
}

func (d Design) check() error {
	ok := d.Treated > 0 && d.Treated < 1 && d.SD > 0 && d.ICC >= 0 && d.ICC <= 1 && d.Rho < 1 && d.Rho > -1 &&
		d.Level > 0 && d.Level < 1 && d.Power > 0 && d.Power < 1 && d.Before >= 0 && (d.Before == 0 || d.After > 0)
	if !ok {
		return ErrImpossible
	}
	return nil
}

// perUnit is the variance of the effect times the number of units.
func (d Design) perUnit() float64 {
	v := 1.0
	if d.Before > 0 {
		v = (1 - d.Rho) * (1/float64(d.Before) + 1/float64(d.After))
	}
	return d.SD * d.SD * v * d.DesignEffect() / (d.Treated * (1 - d.Treated))
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
func (d Design) SE() float64 { return math.Sqrt(d.perUnit() / d.Units) }

// freedom of the t test: clusters less two.
func freedom(clusters float64) float64 { return clusters - 2 }

// Detectable is the smallest effect found with the power wanted.
func (d Design) Detectable() (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	df := freedom(d.Clusters())
	if !(d.Units > 0) || !(df > 0) {
		return 0, ErrImpossible
	}
	return inference.DetectableEffectStudent(d.SE(), df, d.Level, d.Power), nil
}

// Needed is the least number of units (whole clusters) that detect an effect of
// this size, > 0.
func (d Design) Needed(effect float64) (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if !(effect > 0) {
		return 0, ErrImpossible
	}
	k := math.Max(d.ClusterSize, 1)
	enough := func(clusters float64) bool {
		d.Units = clusters * k
		mde, err := d.Detectable()
		return err == nil && mde <= effect
	}
	low, high := 2.0, 4.0
	for !enough(high) {
		low, high = high, 2*high
		if high > 1e12 {
			return 0, ErrImpossible
		}
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

// Curve is the detectable effect for multiples of the number of units.
func (d Design) Curve(multiples []float64) ([]Point, error) {
	var out []Point
	for _, m := range multiples {
		one := d
		one.Units = math.Max(1, math.Round(m*d.Clusters())) * math.Max(d.ClusterSize, 1)
		mde, err := one.Detectable()
		if err != nil {
			continue
		}
		out = append(out, Point{one.Units, one.Clusters(), mde})
	}
	if len(out) == 0 {
		return nil, ErrImpossible
	}
	return out, nil
}

// Chance is the power against an effect.
func (d Design) Chance(effect float64) (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	df := freedom(d.Clusters())
	if !(df > 0) {
		return 0, ErrImpossible
	}
	// Detectable(power) rises with power: found by bisection.
	low, high := 0.0, 1.0
	for range 60 {
		d.Power = (low + high) / 2
		mde, err := d.Detectable()
		if err != nil {
			return 0, err
		}
		if mde > math.Abs(effect) {
			high = d.Power
		} else {
			low = d.Power
		}
	}
	return (low + high) / 2, nil
}
