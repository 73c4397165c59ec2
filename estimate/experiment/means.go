package experiment

import (
	"math"

	"github.com/dampak/dampak/result"
)

// effect is an estimate with its error. A se of NaN is one that cannot be had.
type effect struct {
	value, se, df float64
	n             int64 // rows compared
	vce           string
	adjustment    string
	details       map[string]any // beside df, vce and adjustment
}

// share is a block of one comparison with its part of the rows.
type share struct {
	block            int
	treated, control tally
	weight, value    float64
}

// shares gives the effect in each block of an arm against the reference arm. A
// block without one of the two, or with a single unit (cluster) of one, is
// refused by name unless there is one block only or all are pairs.
func (t trial) shares(arm int) (all []share, pairs bool, err error) {
	var n int64
	ones := 0
	for b := range t.blocks {
		s := share{block: b, treated: t.total[arm][b], control: t.total[0][b]}
		if s.treated.n+s.control.n == 0 {
			continue // a block of other arms only
		}
		if s.treated.n == 0 || s.control.n == 0 {
			absent := t.arms[arm]
			if s.control.n == 0 {
				absent = t.arms[0]
			}
			return nil, false, result.Refuse("experiment-block-without-arm", "block", t.blocks[b], "arm", absent)
		}
		if t.held[arm][b] == 1 && t.held[0][b] == 1 {
			ones++
		}
		s.value = s.treated.less(s.control)
		n += s.treated.n + s.control.n
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, false, result.Refuse("experiment-no-common-block", "arm", t.arms[arm], "control", t.arms[0])
	}
	for i := range all {
		all[i].weight = float64(all[i].treated.n+all[i].control.n) / float64(n)
	}
	if pairs = len(all) > 1 && ones == len(all); pairs || len(t.blocks) == 1 {
		return all, pairs, nil
	}
	for _, s := range all {
		for _, a := range []int{arm, 0} {
			if t.held[a][s.block] == 1 {
				return nil, false, result.Refuse("experiment-single-in-block", "block", t.blocks[s.block], "arm", t.arms[a], "rows", t.clusters() == 0, "clusters", t.clusters() > 0)
			}
		}
	}
	return all, false, nil
}

// pooled is the mean of the block effects, weighted by rows.
func pooled(all []share) float64 {
	if len(all) == 1 {
		return all[0].value
	}
	var sum float64
	for _, s := range all {
		sum += s.weight * s.value
	}
	return sum
}

// betweenPairs is the error of a weighted mean of pair effects with B - 1
// degrees of freedom: B/(B-1) sum (w_b d_b - mean/B)^2, which is the variance
// of the mean of the d_b where the pairs weigh the same (Imai, King and Nall
// 2009, equation 9).
func betweenPairs(all []share, value float64) (se, df float64) {
	b := float64(len(all))
	var sum float64
	for _, s := range all {
		d := s.weight*s.value - value/b
		sum += d * d
	}
	return math.Sqrt(b / (b - 1) * sum), b - 1
}

// means is the difference in means of rows assigned one by one, within blocks
// where there are such.
func (p procedure) means(t trial, arm int) (effect, error) {
	all, pairs, err := t.shares(arm)
	if err != nil {
		return effect{}, err
	}
	e := effect{value: pooled(all), vce: p.o.VCE, adjustment: "none"}
	for _, s := range all {
		e.n += s.treated.n + s.control.n
	}
	if pairs {
		e.se, e.df = betweenPairs(all, e.value)
		e.vce = "between-pairs"
		return e, nil
	}
	var k int64 // means estimated, over all arms
	for a := range t.arms {
		for _, b := range t.total[a] {
			if b.n > 0 {
				k++
			}
		}
	}
	var variance float64
	for _, s := range all {
		variance += s.weight * s.weight * (meanVariance(s.treated, p.o.VCE, t.n, k) + meanVariance(s.control, p.o.VCE, t.n, k))
	}
	e.se, e.df = math.Sqrt(variance), float64(t.n-k)
	return e, nil
}

// meanVariance is the variance of a mean among n rows that k means describe:
// every row of the mean has the leverage 1/n (MacKinnon and White 1985). NaN of
// one row, whose distance from its mean says nothing.
func meanVariance(t tally, vce string, n, k int64) float64 {
	if t.n < 2 {
		return math.NaN()
	}
	rows := float64(t.n)
	v := t.spread() / (rows * rows)
	switch vce {
	case "hc0":
		return v
	case "hc1":
		return v * float64(n) / float64(n-k)
	case "hc2":
		return v * rows / (rows - 1)
	case "hc3":
		return v * rows / (rows - 1) * rows / (rows - 1)
	}
	return math.NaN()
}
