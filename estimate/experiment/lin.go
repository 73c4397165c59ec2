package experiment

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// adjusted is the regression of each arm on the covariates, centred at the mean
// of the whole sample, so that the constants of the arms differ by the adjusted
// effect (Lin 2013; estimating each arm apart is the same as interacting all
// covariates with the arm).
type adjusted struct {
	vars    []variable
	cells   []gramCell
	fits    []fit    // by arm; none where skip is set
	dropped []string // collinear covariates
	skip    string   // the code of the caution that says why there is no estimate
}

func (l adjusted) outcome() int { return len(l.vars) - 1 }

// total is the Gram of an arm; of all for arm -1.
func (l adjusted) total(arm int) gram {
	var sum gram
	for _, c := range l.cells {
		if arm < 0 || c.arm == arm {
			sum = sum.plus(c.gram)
		}
	}
	return sum
}

// blocksAsCovariates tells whether the blocks can be indicators in the
// regression of each arm: not too many, and no pairs, whose indicators leave
// nothing to estimate.
func (t trial) blocksAsCovariates() bool {
	if len(t.blocks) < 2 || len(t.blocks) > maxLevels {
		return false
	}
	for arm := 1; arm < len(t.arms); arm++ {
		if _, pairs, err := t.shares(arm); err != nil || pairs {
			return false
		}
	}
	return true
}

// candidates are the regressors: indicators of blocks first, so that of a block
// and a covariate that tell the same the covariate is dropped.
func (l adjusted) candidates() []int {
	var blocks, covariates []int
	for i, v := range l.vars[:l.outcome()] {
		if v.block {
			blocks = append(blocks, i)
		} else {
			covariates = append(covariates, i)
		}
	}
	return append(blocks, covariates...)
}

// ofOneLevel are the categories that have a single level, and so no indicator.
func (p procedure) ofOneLevel(vars []variable) []string {
	return slices.DeleteFunc(p.categories(), func(column string) bool {
		return slices.ContainsFunc(vars, func(v variable) bool { return strings.HasPrefix(v.label, column+" = ") })
	})
}

// adjust fits the arms.
func (p procedure) adjust(t trial, vars []variable, cells []gramCell) adjusted {
	l := adjusted{vars: vars, cells: cells}
	if len(t.blocks) > 1 && !t.blocksAsCovariates() {
		l.skip = "experiment-lin-many-blocks"
		return l
	}
	all := l.total(-1)
	use := all.independent(l.candidates())
	arms := make([]gram, len(t.arms))
	for a := range arms {
		if arms[a] = l.total(a); arms[a].n <= int64(1+len(use)) {
			l.skip = "experiment-lin-few-rows"
			return l
		}
	}
	for _, g := range arms {
		use = g.independent(use)
	}
	kept := map[int]bool{}
	centre := make([]float64, len(use))
	for a, i := range use {
		kept[i], centre[a] = true, all.mean(i)
	}
	for i, v := range vars[:l.outcome()] {
		switch {
		case !kept[i] && v.block:
			l.skip = "experiment-lin-many-blocks"
			return l
		case !kept[i]:
			l.dropped = append(l.dropped, v.label)
		}
	}
	l.dropped = append(l.dropped, p.ofOneLevel(vars)...)
	for _, g := range arms {
		f, ok := regress(g, use, centre, l.outcome())
		if !ok {
			l.skip, l.fits = "experiment-lin-few-rows", nil
			return l
		}
		l.fits = append(l.fits, f)
	}
	return l
}

// constant is the combination of coefficients that is compared between arms.
func (f fit) constant() []float64 {
	l := make([]float64, f.k())
	l[0] = 1
	return l
}

// leverages asks, arm by arm, for the sums that the errors of the constants
// need.
func (p procedure) leverages(s estimate.Sample, t trial, l adjusted) []moments.Request {
	var all []moments.Request
	for a, f := range l.fits {
		r, names := p.derived(s, "distances from the regression", l.vars)
		r.Where = append(append([]moments.Cond{}, r.Where...), moments.Is{Of: moments.Ref(p.o.Treatment), Values: []moments.Value{moments.NameKey(t.arms[a])}})
		all = append(all, f.robust(r, names, names[l.outcome()], f.constant()))
	}
	return all
}

// k is the number of coefficients over all arms.
func (l adjusted) k() int64 {
	var k int64
	for _, f := range l.fits {
		k += int64(f.k())
	}
	return k
}

// effect is the adjusted effect of an arm without its error.
func (p procedure) lin(t trial, l adjusted, arm int) effect {
	e := effect{value: l.fits[arm].coef[0] - l.fits[0].coef[0], se: math.NaN(), df: float64(t.n - l.k()), n: l.fits[arm].n + l.fits[0].n,
		vce: p.o.VCE, adjustment: "lin"}
	var labels []string
	for _, i := range l.fits[arm].use {
		if !l.vars[i].block {
			labels = append(labels, l.vars[i].label)
		}
	}
	e.details = map[string]any{"covariates": labels}
	return e
}

// linEffect is the adjusted effect of an arm.
func (p procedure) linEffect(got answers, arm int) effect {
	if p.o.Cluster != "" {
		return p.linClusters(got.trial, *got.adjusted, arm)
	}
	return p.linRows(got.trial, *got.adjusted, got.leverages, arm)
}

// linRows is the adjusted effect of rows assigned one by one.
func (p procedure) linRows(t trial, l adjusted, leverages []moments.Statistic, arm int) effect {
	e := p.lin(t, l, arm)
	e.se = math.Sqrt(variance(leverages[arm], p.o.VCE, t.n, l.k()) + variance(leverages[0], p.o.VCE, t.n, l.k()))
	return e
}

// linClusters is the adjusted effect of clusters: a regression with a constant
// and slopes for each of the two arms, from the Grams of the clusters.
func (p procedure) linClusters(t trial, l adjusted, arm int) effect {
	e := p.lin(t, l, arm)
	half := l.fits[arm].k()
	scale := l.scale(l.fits[arm].use)
	parts := map[int]*inference.ClusterMoment{}
	var order []int
	for _, c := range l.cells {
		if c.arm != arm && c.arm != 0 {
			continue
		}
		at := 0
		if c.arm == 0 {
			at = half
		}
		m := parts[c.cluster]
		if m == nil {
			m = &inference.ClusterMoment{Gram: mat.NewSymDense(2*half, nil), Score: mat.NewVecDense(2*half, nil)}
			parts[c.cluster] = m
			order = append(order, c.cluster)
		}
		l.addCluster(m, at, c, l.fits[c.arm], scale)
	}
	var moments []inference.ClusterMoment
	for _, c := range order {
		moments = append(moments, *parts[c])
	}
	contrast := mat.NewVecDense(2*half, nil)
	contrast.SetVec(0, 1)
	contrast.SetVec(half, -1)
	errors, err := inference.ClusterRobust(moments, t.n, []*mat.VecDense{contrast})
	if err != nil {
		return e
	}
	// The arms beside these two count in the factor of CR1.
	g := float64(t.clusters())
	errors[0].CR1 = errors[0].CR0 * math.Sqrt(g/(g-1)*float64(t.n-1)/float64(t.n-l.k()))
	labels := e.details["covariates"]
	e = e.withClusters(errors[0], t.clusters())
	e.details["covariates"] = labels
	return e
}

// scale is the standard deviation of each value at use over the sample.
func (l adjusted) scale(use []int) []float64 {
	all := l.total(-1)
	out := []float64{1}
	for _, i := range use {
		out = append(out, math.Sqrt(all.centred(i, i)/float64(all.n)))
	}
	return out
}

// addCluster adds a cluster's rows of one arm at the coefficients from at on.
func (l adjusted) addCluster(m *inference.ClusterMoment, at int, c gramCell, f fit, scale []float64) {
	xx, xy := c.normal(f.use, f.centre, l.outcome())
	for i := range f.k() {
		score := xy.AtVec(i)
		for j := range f.k() {
			score -= xx.At(i, j) * f.coef[j]
			if j >= i {
				m.Gram.SetSym(at+i, at+j, m.Gram.At(at+i, at+j)+xx.At(i, j)/scale[i]/scale[j])
			}
		}
		m.Score.SetVec(at+i, m.Score.AtVec(at+i)+score/scale[i])
	}
}

// linWarnings say what the adjustment left out.
func (p procedure) linWarnings(l adjusted) []result.Warning {
	var all []result.Warning
	if len(l.dropped) > 0 && l.skip == "" {
		all = append(all, result.Caveat("collinear", "columns", l.dropped, "outcome", p.o.Outcome))
	}
	if l.skip != "" {
		all = append(all, result.Caveat(l.skip, "outcome", p.o.Outcome, "limit", maxLevels))
	}
	return all
}
