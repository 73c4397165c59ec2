package inference

import (
	"math"
	"math/rand/v2"
)

// AssignedUnit is what was assigned as one: a row, or a cluster of rows.
type AssignedUnit struct {
	Rows float64 // > 0
	Sum  float64 // of the outcome over its rows, best less a number near its mean
}

// AssignedBlock is a set of units among which treatment was drawn. The first
// Treated of its Units are those that got it; 0 < Treated < len(Units).
type AssignedBlock struct {
	Units   []AssignedUnit
	Treated int
	Weight  float64 // of the block's difference in the statistic
}

// Randomisation is the answer of a randomisation test.
type Randomisation struct {
	Statistic   float64 // the weighted difference in means that was seen
	P           float64 // of the sharp null that treatment changed no outcome
	Assignments float64 // how many there are; +Inf when beyond float64
	Exact       bool    // all of them were looked at
	Draws       int     // how many were looked at
}

// tie is how much smaller than the observed statistic one still counts as
// equal: sums in another order differ in their last digits.
const tie = 1e-10

// RandomisationTest tests the sharp null that no outcome depends on the
// assignment (Fisher 1935; Imbens and Rubin 2015, chapter 5): the number of
// treated units of each block stays, who they are is drawn anew, and the
// statistic |sum_b weight_b (mean of treated rows - mean of the others)| is
// compared with the one seen. Where there are at most o.Draws assignments all
// are looked at and p is the share at least as large; else o.Draws are drawn
// with o.Seed and stream, and p = (1 + count)/(1 + draws), which counts the
// assignment that was seen. Blocks are not modified.
func RandomisationTest(blocks []AssignedBlock, o Options, stream uint64) Randomisation {
	out := Randomisation{Assignments: 1, P: math.NaN()}
	for _, b := range blocks {
		out.Assignments *= choices(len(b.Units), b.Treated)
		out.Statistic += b.Weight * difference(sumOf(b.Units[:b.Treated]), sumOf(b.Units))
	}
	if len(blocks) == 0 || o.Draws <= 0 {
		return out
	}
	limit := math.Abs(out.Statistic) * (1 - tie)
	if out.Assignments <= float64(o.Draws) {
		out.Exact, out.Draws = true, int(math.Round(out.Assignments))
		out.P = float64(enumerate(blocks, limit)) / out.Assignments
		return out
	}
	out.Draws = o.Draws
	out.P = float64(1+simulate(blocks, o, stream, limit)) / float64(1+o.Draws)
	return out
}

// choices is the binomial coefficient n over k, exact while it fits.
func choices(n, k int) float64 {
	c := 1.0
	for i := 1; i <= min(k, n-k); i++ {
		c = c * float64(n-i+1) / float64(i)
		if c < 1<<52 {
			c = math.Round(c)
		}
	}
	return c
}

// sumOf adds units.
func sumOf(units []AssignedUnit) AssignedUnit {
	var s AssignedUnit
	for _, u := range units {
		s.Rows += u.Rows
		s.Sum += u.Sum
	}
	return s
}

// difference is the mean over the rows of the chosen units less that over the
// rows of the others.
func difference(chosen, all AssignedUnit) float64 {
	return chosen.Sum/chosen.Rows - (all.Sum-chosen.Sum)/(all.Rows-chosen.Rows)
}

// enumerate counts the assignments whose statistic reaches the limit.
func enumerate(blocks []AssignedBlock, limit float64) int {
	parts := make([][]float64, len(blocks))
	for i, b := range blocks {
		parts[i] = b.effects()
	}
	return reach(parts, 0, limit)
}

// reach counts the ways to take one of each part whose sum reaches the limit.
func reach(parts [][]float64, sum, limit float64) int {
	if len(parts) == 0 {
		if math.Abs(sum) >= limit {
			return 1
		}
		return 0
	}
	count := 0
	for _, x := range parts[0] {
		count += reach(parts[1:], sum+x, limit)
	}
	return count
}

// effects lists the block's part of the statistic for each choice of treated.
func (b AssignedBlock) effects() []float64 {
	var out []float64
	all := sumOf(b.Units)
	var choose func(from, left int, chosen AssignedUnit)
	choose = func(from, left int, chosen AssignedUnit) {
		if left == 0 {
			out = append(out, b.Weight*difference(chosen, all))
			return
		}
		for i := from; i <= len(b.Units)-left; i++ {
			u := b.Units[i]
			choose(i+1, left-1, AssignedUnit{Rows: chosen.Rows + u.Rows, Sum: chosen.Sum + u.Sum})
		}
	}
	choose(0, b.Treated, AssignedUnit{})
	return out
}

// simulate counts the drawn assignments whose statistic reaches the limit. It
// draws the smaller of the two sides, by the first steps of a shuffle.
func simulate(blocks []AssignedBlock, o Options, stream uint64, limit float64) int {
	random := rand.New(rand.NewPCG(o.Seed, stream))
	shuffled := make([][]AssignedUnit, len(blocks))
	totals := make([]AssignedUnit, len(blocks))
	for i, b := range blocks {
		shuffled[i] = append([]AssignedUnit(nil), b.Units...)
		totals[i] = sumOf(b.Units)
	}
	count := 0
	for range o.Draws {
		var statistic float64
		for i, b := range blocks {
			statistic += b.Weight * draw(random, shuffled[i], b.Treated, totals[i])
		}
		if math.Abs(statistic) >= limit {
			count++
		}
	}
	return count
}

// draw treats so many of the units, which it reorders, and gives the difference
// in means.
func draw(random *rand.Rand, units []AssignedUnit, treated int, all AssignedUnit) float64 {
	fewer := min(treated, len(units)-treated)
	var chosen AssignedUnit
	for i := range fewer {
		j := i + random.IntN(len(units)-i)
		units[i], units[j] = units[j], units[i]
		chosen.Rows += units[i].Rows
		chosen.Sum += units[i].Sum
	}
	if fewer < treated {
		return -difference(chosen, all)
	}
	return difference(chosen, all)
}
