package experiment

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// compared are the covariates of an arm beside those of the reference arm.
type compared struct {
	treated, control []float64 // means, weighted by block as the effect is
	difference       []float64
	smd              []float64 // difference over the root of the mean variance of the two arms
	cov              *mat.SymDense
	df               float64
}

// balance compares the covariates between each arm and the reference arm: the
// table, and the check that no difference is large or beyond chance. Errors are
// those of the effect: within blocks, between pairs, or CR2 by cluster with the
// degrees of freedom df of the effect, by arm.
// Of covariates without a second value there is no table and no check.
func (p procedure) balance(t trial, vars []variable, cells []gramCell, df []float64) ([]result.Diagnostic, []result.Exhibit, error) {
	var use []int
	for i, v := range vars[:len(vars)-1] {
		if !v.block {
			use = append(use, i)
		}
	}
	if len(use) == 0 {
		return nil, nil, nil
	}
	table := result.Exhibit{Kind: result.ExhibitBalance, Outcome: p.o.Outcome,
		Columns: []string{"covariate", "arm", "mean_treated", "mean_control", "smd", "p"}}
	worst := worst{p: math.NaN()}
	for arm := 1; arm < len(t.arms); arm++ {
		all, pairs, err := t.shares(arm)
		if err != nil {
			return nil, nil, err
		}
		c := t.compare(use, cells, arm, all, pairs)
		c.df = df[arm]
		for j, i := range use {
			shift := vars[i].shift
			single := inference.StudentP(c.difference[j], math.Sqrt(c.cov.At(j, j)), c.df)
			table.Rows = append(table.Rows, []any{vars[i].label, t.arms[arm], number(c.treated[j] + shift), number(c.control[j] + shift), number(c.smd[j]), number(single)})
			worst.see(math.Abs(c.smd[j]), vars[i].label, t.arms[arm])
		}
		worst.test(c)
	}
	if worst.covariate == "" {
		return nil, []result.Exhibit{table}, nil
	}
	return []result.Diagnostic{p.judge(t, worst, len(use))}, []result.Exhibit{table}, nil
}

// worst is what speaks most against balance, over covariates and arms.
type worst struct {
	smd            float64
	covariate, arm string
	p              float64 // smallest joint p of an arm; NaN where none can be had
	rank           int
}

// see takes a difference into account; NaN says nothing.
func (w *worst) see(smd float64, covariate, arm string) {
	if smd > w.smd || (w.covariate == "" && !math.IsNaN(smd)) {
		w.smd, w.covariate, w.arm = smd, covariate, arm
	}
}

// test adds the joint test of an arm: Wald's statistic against Hotelling's
// distribution, since the covariance is estimated.
func (w *worst) test(c compared) {
	for i := range c.difference {
		if math.IsNaN(c.cov.At(i, i)) {
			return
		}
	}
	wald := inference.WaldTest(c.difference, c.cov)
	p := inference.HotellingP(wald.Statistic, wald.Rank, c.df)
	if math.IsNaN(w.p) || p < w.p {
		w.p, w.rank = p, wald.Rank
	}
}

// judge gives the diagnostic. With several arms the smallest p counts so many
// times (Bonferroni).
func (p procedure) judge(t trial, w worst, covariates int) result.Diagnostic {
	joint := math.Min(1, w.p*float64(len(t.arms)-1))
	d := result.Diagnostic{Name: "balance", Outcome: p.o.Outcome, Verdict: result.Pass, Statistic: result.Float(w.smd),
		Values: result.MakeValues("smd", w.smd, "covariate", w.covariate, "covariates", covariates, "arm", "", "tested", !math.IsNaN(joint), "p", joint,
			"infinite", math.IsInf(w.smd, 1), "finite", !math.IsInf(w.smd, 1))}
	if len(t.arms) > 2 {
		d.Values["arm"] = w.arm
	}
	if !math.IsNaN(joint) {
		rank := float64(w.rank)
		d.P, d.DF = &joint, &rank
	}
	limits := p.o.Limits
	switch {
	case math.IsInf(w.smd, 1), w.smd > limits.LargeDifference && joint < limits.BeyondChance:
		d.Verdict = result.Fail
	case w.smd <= limits.SmallDifference, w.smd <= limits.LargeDifference && joint >= limits.Unlikely:
	default:
		d.Verdict = result.Caution
	}
	return d
}

// compare gives the differences of the covariates at use, and their covariance.
func (t trial) compare(use []int, cells []gramCell, arm int, all []share, pairs bool) compared {
	k := len(use)
	c := compared{treated: make([]float64, k), control: make([]float64, k), difference: make([]float64, k), smd: make([]float64, k)}
	sums := t.gramsByBlock(cells)
	apart := make([][]float64, len(all)) // difference by block
	for i, s := range all {
		apart[i] = make([]float64, k)
		for j, v := range use {
			one, other := sums[arm][s.block].mean(v), sums[0][s.block].mean(v)
			c.treated[j] += s.weight * one
			c.control[j] += s.weight * other
			apart[i][j] = one - other
			c.difference[j] += s.weight * apart[i][j]
		}
	}
	treated, control := over(sums[arm]), over(sums[0])
	for j, v := range use {
		scale := math.Sqrt(meanOf(treated.variance(v), control.variance(v)))
		if c.smd[j] = c.difference[j] / scale; c.difference[j] == 0 {
			c.smd[j] = 0
		}
	}
	switch {
	case pairs:
		c.cov = pairsCovariance(all, apart, c.difference)
	case t.clusters() > 0:
		c.cov = t.clusterCovariance(use, cells, sums, arm, all)
	default:
		c.cov = mat.NewSymDense(k, nil)
		for _, s := range all {
			for _, g := range []gram{sums[arm][s.block], sums[0][s.block]} {
				scale := s.weight * s.weight / float64(g.n) / float64(g.n-1)
				for i, a := range use {
					for j := i; j < k; j++ {
						c.cov.SetSym(i, j, c.cov.At(i, j)+scale*g.centred(a, use[j]))
					}
				}
			}
		}
	}
	return c
}

// variance is that of a value with n - 1; NaN of one row.
func (g gram) variance(i int) float64 { return g.centred(i, i) / float64(g.n-1) }

// meanOf is the mean of two numbers, or the one of them that is a number.
func meanOf(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return (a + b) / 2
}

// gramsByBlock adds the Grams of clusters.
func (t trial) gramsByBlock(cells []gramCell) [][]gram {
	sums := make([][]gram, len(t.arms))
	for a := range sums {
		sums[a] = make([]gram, len(t.blocks))
	}
	for _, c := range cells {
		sums[c.arm][c.block] = sums[c.arm][c.block].plus(c.gram)
	}
	return sums
}

// over is an arm over all blocks.
func over(blocks []gram) gram {
	var sum gram
	for _, g := range blocks {
		if g.sums != nil {
			sum = sum.plus(g)
		}
	}
	return sum
}

// pairsCovariance is that of betweenPairs, for several values.
func pairsCovariance(all []share, apart [][]float64, mean []float64) *mat.SymDense {
	k, b := len(mean), float64(len(all))
	cov, d := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i, s := range all {
		for j := range k {
			d.SetVec(j, s.weight*apart[i][j]-mean[j]/b)
		}
		cov.SymRankOne(cov, b/(b-1), d)
	}
	return cov
}

// clusterCovariance is CR2 of several values at once: a cluster's part of the
// difference, its distance in each cell over the root of one less its leverage.
// NaN where a cluster alone is a cell.
func (t trial) clusterCovariance(use []int, cells []gramCell, sums [][]gram, arm int, all []share) *mat.SymDense {
	weight := map[[2]int]float64{}
	for _, s := range all {
		weight[[2]int{arm, s.block}], weight[[2]int{0, s.block}] = s.weight, -s.weight
	}
	k := len(use)
	parts := make([]*mat.VecDense, t.clusters())
	for _, c := range cells {
		w := weight[[2]int{c.arm, c.block}]
		if w == 0 {
			continue
		}
		if parts[c.cluster] == nil {
			parts[c.cluster] = mat.NewVecDense(k, nil)
		}
		whole := sums[c.arm][c.block]
		f := w / float64(whole.n) / math.Sqrt(1-float64(c.n)/float64(whole.n))
		for j, v := range use {
			distance := tally{n: c.n, sum: c.sums[v]}.distance(tally{n: whole.n, sum: whole.sums[v]})
			parts[c.cluster].SetVec(j, parts[c.cluster].AtVec(j)+f*distance)
		}
	}
	cov := mat.NewSymDense(k, nil)
	for _, part := range parts {
		if part != nil {
			cov.SymRankOne(cov, 1, part)
		}
	}
	return cov
}
