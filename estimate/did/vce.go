package did

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxGroups is the most clusters whose sums are kept one by one.
const maxGroups = 20_000

// leastDraws is the least number of draws from which a p at 5 % can be told; all
// possible signs together may be fewer.
const leastDraws = 99

// groupSums are the sums of the features of strata within one cluster.
type groupSums struct {
	name  string
	parts []groupPart
}

type groupPart struct {
	stratum int
	units   int64
	weight2 float64   // sum of squared weights
	weight  float64   // sum of weights, beside influence functions
	sums    []float64 // by feature
}

// needsGroups tells whether the error asked for needs each cluster by itself.
func (p procedure) needsGroups() bool {
	return p.o.Scores || slices.Contains([]string{CR2, CR3, Wild, Randomisation}, p.o.VCE)
}

// groupsFor is the key of the plan for which clusters are looked at one by one.
func (p procedure) groupsFor() string {
	if p.o.VCE == "" {
		return "adjust: romano-wolf"
	}
	return "vce: " + p.o.VCE
}

// checkVCE refuses errors that the estimator does not have.
func (p procedure) checkVCE() error {
	o := p.o
	refuse := func(other string) error {
		return result.Refuse("did-not-together", "key", p.groupsFor(), "other", other)
	}
	if !p.needsGroups() && o.VCE == "" {
		return nil
	}
	switch o.VCE {
	case HC1:
		if o.Estimator != TWFE {
			return refuse("estimator: " + o.Estimator)
		}
		if len(o.Clusters) > 0 {
			return refuse("cluster")
		}
		if len(o.Covariates) > 0 {
			return refuse("covariates")
		}
		if o.Scores {
			return result.Refuse("did-not-together", "key", "adjust: romano-wolf", "other", "vce: "+HC1)
		}
		return nil
	case CR1:
		if p.survey() {
			return refuse("strata")
		}
		if o.Estimator == Imputation {
			return refuse("estimator: " + o.Estimator)
		}
		if !o.Scores {
			return nil
		}
	case CR2:
		if o.Estimator != TWFE && o.Estimator != SunAbraham {
			return refuse("estimator: " + o.Estimator)
		}
	}
	scores := o.VCE == Wild || o.VCE == CR1 || o.VCE == "" // what cluster scores alone give
	switch {
	case len(o.Covariates) > 0 && !scores:
		return refuse("covariates")
	case o.CrossSections && !scores:
		return refuse("panel: false")
	case o.CrossSections && len(o.Clusters) == 0:
		return result.Refuse("did-not-together", "key", p.groupsFor(), "other", "panel: false", "need_cluster", true)
	case p.survey():
		return refuse("strata")
	case len(o.Clusters) == 2:
		return refuse("cluster: [" + o.Clusters[0] + ", " + o.Clusters[1] + "]")
	case o.By != "" && o.VCE == Randomisation:
		return refuse("by")
	}
	return nil
}

// groups asks for the sums of features by cluster and stratum.
func (c collector) groups(b basis) moments.Request {
	r := c.request("sums by cluster")
	r.Steps = c.features(b, nil)
	key := moments.Ref(unitKey)
	if c.p.grouping() != "" {
		key = c.p.group(c.p.grouping())
	}
	r.By = []moments.Field{{Name: clusterKey, Of: key}, {Name: cohortKey, Of: moments.Ref(cohortKey)}, {Name: patternKey, Of: moments.Ref(patternKey)}}
	if c.p.o.By != "" {
		r.By = append(r.By, moments.Field{Name: domainKey, Of: c.p.group(c.p.o.By)})
	}
	weight := moments.Ref(b.features[share].name)
	r.Make = append([]moments.Agg{
		{Name: cellUnits, Op: moments.Count},
		{Name: "weight2", Op: moments.Sum, Of: moments.Mul{weight, weight}},
	}, sums(b.names())...)
	return r
}

// readGroups sorts the answer by cluster.
func (pn panel) readGroups(s moments.Statistic, by bool) []groupSums {
	var all []groupSums
	at := map[string]int{}
	for _, g := range s.Groups {
		cohort, _ := g.Key[1].Whole()
		pattern, _ := g.Key[2].Whole()
		h := slices.IndexFunc(pn.strata, func(st stratum) bool {
			return st.cohort == cohort && st.pattern == pattern && (!by || st.domain == g.Key[3].String())
		})
		if h < 0 {
			continue
		}
		name := g.Key[0].String()
		if _, ok := at[name]; !ok {
			at[name] = len(all)
			all = append(all, groupSums{name: name})
		}
		part := groupPart{stratum: h, units: s.Cell(g, cellUnits).Count(), weight2: zeroIfMissing(s.Cell(g, "weight2"))}
		for _, f := range pn.basis.features {
			part.sums = append(part.sums, zeroIfMissing(s.Cell(g, f.name)))
		}
		all[at[name]].parts = append(all[at[name]].parts, part)
	}
	byName(all)
	return all
}

// byName brings clusters into the order of their names, so that draws do not
// depend on how an engine sorts or stores them.
func byName(all []groupSums) {
	slices.SortFunc(all, func(a, b groupSums) int { return compareStrings(a.name, b.name) })
	for _, g := range all {
		slices.SortFunc(g.parts, func(a, b groupPart) int { return a.stratum - b.stratum })
	}
}

// score is the sum of a parameter's influence function over a cluster, over n.
func (e estimator) score(q param, g groupSums) float64 {
	var sum float64
	for _, part := range g.parts {
		at := part.stratum * e.width()
		for f, x := range part.sums {
			l := q.load[at+f]
			if l == 0 {
				continue
			}
			if e.pn.scores == nil {
				if c, partner := e.pn.centre(part.stratum, f); c.shift {
					x -= c.mean.float() * part.sums[partner]
				}
			}
			sum += l * x
		}
	}
	return sum
}

// leverage is |a_c|^2 of a cluster, with a the coefficients of the parameter on
// the outcomes of its rows: a weight times the load on a period's difference
// from the first, and less their sum on the first.
func (e estimator) leverage(q param, g groupSums) float64 {
	var sum float64
	for _, part := range g.parts {
		at := part.stratum * e.width()
		var square, total float64
		for f := 1; f < len(e.f.periods); f++ {
			l := q.load[at+f]
			square += l * l
			total += l
		}
		sum += part.weight2 * (square + total*total)
	}
	return sum
}

// plainLeverages are the leverages where only scores are known: those of the
// plain difference of means between the cohorts behind a parameter and the
// comparison group, since adjustment for covariates moves them little.
func (e estimator) plainLeverages(q param, groups []groupSums) []float64 {
	behind := map[int64]bool{}
	for c, at := range e.pn.scores.cell {
		behind[c.g] = behind[c.g] || q.load[at] != 0
	}
	treated, control := make([]float64, len(groups)), make([]float64, len(groups))
	var allTreated, allControl float64
	for i, g := range groups {
		control[i] = g.parts[0].weight
		for _, cohort := range e.f.cohorts {
			w := g.parts[0].sums[e.pn.scores.share[cohort]]
			control[i] -= w
			if behind[cohort] {
				treated[i] += w
			}
		}
		allTreated, allControl = allTreated+treated[i], allControl+control[i]
	}
	out := make([]float64, len(groups))
	for i := range groups {
		if allTreated > 0 {
			out[i] += treated[i] / (allTreated * allTreated)
		}
		if allControl > 0 {
			out[i] += control[i] / (allControl * allControl)
		}
	}
	return out
}

// leverages are those of a parameter by cluster, not yet brought to sum one.
func (e estimator) leverages(q param, groups []groupSums) []float64 {
	if e.pn.scores != nil {
		return e.plainLeverages(q, groups)
	}
	out := make([]float64, len(groups))
	for i, g := range groups {
		out[i] = e.leverage(q, g)
	}
	return out
}

// altered is what another kind of error says of a parameter.
type altered struct {
	known        bool
	se           float64 // NaN = none
	p            float64
	lower, upper float64 // infinite = open
	df           float64 // of a Student interval; 0 = the interval above
	details      map[string]any
}

// alter computes the error that the options ask for, for each printed
// parameter; nil where it is the estimator's own.
func (e estimator) alter(printed []param, groups []groupSums) ([]altered, error) {
	switch e.p.o.VCE {
	case Wild:
		out := e.wild(printed, groups)
		for _, a := range out {
			if a.known && a.details["enumerated"] == false && e.p.inf.Draws < leastDraws {
				return nil, result.Refuse("did-few-draws", "draws", e.p.inf.Draws, "least", leastDraws, "vce", e.p.o.VCE)
			}
		}
		return out, nil
	case CR3:
		if e.lastFit == nil || e.p.o.Estimator == Imputation {
			return e.jackknife(printed, groups), nil
		}
		return e.byLeverage(printed, groups, func(x inference.ClusterErrors) (float64, float64) { return x.CR3, float64(len(groups) - 1) })
	case CR2:
		return e.byLeverage(printed, groups, func(x inference.ClusterErrors) (float64, float64) { return x.CR2, x.DF })
	case Randomisation:
		return e.randomised(printed, groups)
	}
	return nil, nil
}

// wild runs the restricted wild cluster bootstrap: on the moments of clusters
// for regressions, on cluster scores for all else.
func (e estimator) wild(printed []param, groups []groupSums) []altered {
	out := make([]altered, len(printed))
	var clusters []inference.RegressionCluster
	for i, q := range printed {
		if q.gap || q.base || q.lone {
			continue
		}
		var w inference.Wild
		var ok bool
		if q.combo != nil && e.controls == nil {
			if clusters == nil {
				clusters = e.regressionClusters(groups)
			}
			w, ok = e.wildRegression(q, clusters)
		} else {
			w, ok = e.wildScores(q, groups)
		}
		if !ok {
			continue
		}
		if !w.Enumerated { // the draw that happened is one of them: p is never 0
			w.P = (w.P*float64(w.Draws) + 1) / float64(w.Draws+1)
		}
		out[i] = altered{known: true, se: w.SE, p: w.P, lower: w.Lower, upper: w.Upper,
			details: map[string]any{"draws": w.Draws, "enumerated": w.Enumerated, "weights": w.Weights}}
		if math.IsInf(w.Lower, 0) || math.IsInf(w.Upper, 0) {
			out[i].details["set"] = "open"
		}
	}
	return out
}

func (e estimator) wildScores(q param, groups []groupSums) (inference.Wild, bool) {
	s := inference.ClusterScores{Estimate: q.value}
	var total float64
	s.Leverage = e.leverages(q, groups)
	for i, g := range groups {
		s.Score = append(s.Score, e.score(q, g))
		total += s.Leverage[i]
	}
	if !(total > 0) {
		return inference.Wild{}, false
	}
	for c := range s.Leverage {
		s.Leverage[c] /= total
	}
	answers, _ := inference.WildScores([]inference.ClusterScores{s}, e.p.inf)
	if len(answers) == 0 {
		return inference.Wild{}, false
	}
	return answers[0], true
}

// key tells parameters apart.
func (q param) key() string {
	s := q.term + " " + q.domain
	for _, x := range []*int64{q.group, q.time, q.event} {
		if x != nil {
			s += fmt.Sprint(" ", *x)
		} else {
			s += " -"
		}
	}
	return s
}

// values estimates all parameters anew from other sums of the strata, given as
// what to take away from or put into each.
func (e estimator) values(strata []stratum) map[string]float64 {
	other := e
	other.pn.strata, other.pn.levels = strata, nil
	other.pn.blocks = max(e.pn.blocks, len(strata)) // other cohorts may make more strata
	out := map[string]float64{}
	var params []param
	if e.p.o.Estimator == CallawaySantAnna {
		cells := other.cells()
		params = append(other.aggregates(cells), cells...)
		if e.p.o.By != "" {
			domains := other.byDomain()
			params = append(params, domains...)
		}
	} else {
		var err error
		if params, err = other.linearParams(); err != nil {
			return out
		}
	}
	for _, q := range params {
		if !q.gap {
			out[q.key()] = q.value
		}
	}
	return out
}

// jackknife leaves out each cluster in turn (CV3 of MacKinnon, Nielsen and Webb
// 2023). A parameter that cannot be estimated without some cluster has no such
// error.
func (e estimator) jackknife(printed []param, groups []groupSums) []altered {
	sums, counts := make([]float64, len(printed)), make([]int, len(printed))
	for _, g := range groups {
		strata := slices.Clone(e.pn.strata)
		for _, part := range g.parts {
			st := &strata[part.stratum]
			st.units -= part.units
			st.sums = slices.Clone(st.sums)
			for f, x := range part.sums {
				if !st.sums[f].IsMissing() {
					st.sums[f] = moments.RealQuantity(st.sums[f].Float() - x)
				}
			}
			if st.units == 0 { // nothing but rounding is left
				for f := range st.sums {
					st.sums[f] = moments.RealQuantity(0)
				}
			}
		}
		values := e.values(strata)
		for i, q := range printed {
			if v, ok := values[q.key()]; ok {
				sums[i] += (v - q.value) * (v - q.value)
				counts[i]++
			}
		}
	}
	n := float64(len(groups))
	out := make([]altered, len(printed))
	for i, q := range printed {
		if q.gap || q.base {
			continue
		}
		out[i] = altered{known: true, se: math.NaN(), df: n - 1}
		if counts[i] == len(groups) && n > 1 {
			out[i].se = math.Sqrt((n - 1) / n * sums[i])
		}
	}
	return out
}

// regressionClusters are the moments of the last regression by cluster. Units'
// effects are taken out first, which leaves errors by cluster as they are, since
// units lie within clusters (Pustejovsky and Tipton 2018, theorem 2).
func (e estimator) regressionClusters(groups []groupSums) []inference.RegressionCluster {
	f := e.lastFit
	k := len(f.kept)
	var clusters []inference.RegressionCluster
	for _, g := range groups {
		c := inference.RegressionCluster{Gram: mat.NewSymDense(k, nil), XY: mat.NewVecDense(k, nil)}
		for _, part := range g.parts {
			for t := range e.f.periods {
				if !f.rows[part.stratum][t] {
					continue
				}
				x := mat.NewVecDense(k, f.centred[part.stratum][t])
				c.Gram.SymRankOne(c.Gram, part.sums[share], x)
				if t > 0 {
					c.XY.AddScaledVec(c.XY, part.sums[t], x)
				}
			}
		}
		clusters = append(clusters, c)
	}
	return clusters
}

// byLeverage picks an error of regressions with its degrees of freedom: CR2
// with those of Bell and McCaffrey, or CR3.
func (e estimator) byLeverage(printed []param, groups []groupSums, pick func(inference.ClusterErrors) (se, df float64)) ([]altered, error) {
	errors, err := e.clusterRobust(printed, groups)
	if err != nil {
		return nil, err
	}
	out := make([]altered, len(printed))
	for i, x := range errors {
		a := altered{known: true}
		a.se, a.df = pick(x)
		out[i] = a
	}
	return out, nil
}

// clusterRobust gives the errors of the regression's parameters by position.
func (e estimator) clusterRobust(printed []param, groups []groupSums) (map[int]inference.ClusterErrors, error) {
	f := e.lastFit
	beta := mat.NewVecDense(len(f.beta), f.beta)
	var clusters []inference.ClusterMoment
	for _, c := range e.regressionClusters(groups) {
		score := new(mat.VecDense)
		score.MulVec(c.Gram, beta)
		score.SubVec(c.XY, score)
		clusters = append(clusters, inference.ClusterMoment{Gram: c.Gram, Score: score})
	}
	var combos []*mat.VecDense
	var at []int
	for i, q := range printed {
		if q.combo != nil {
			combos, at = append(combos, mat.NewVecDense(len(q.combo), q.combo)), append(at, i)
		}
	}
	errors, err := inference.ClusterRobust(clusters, f.n, combos)
	if err != nil {
		return nil, result.Refuse("did-twfe-no-variation", "column", e.p.o.FirstTreated)
	}
	out := map[int]inference.ClusterErrors{}
	for k, i := range at {
		out[i] = errors[k]
	}
	return out, nil
}

// wildRegression is the bootstrap of a regression's coefficient, exact.
func (e estimator) wildRegression(q param, groups []inference.RegressionCluster) (inference.Wild, bool) {
	w, err := inference.WildCluster(groups, e.lastFit.n, int64(len(e.lastFit.kept)+1), mat.NewVecDense(len(q.combo), q.combo), e.p.inf)
	return w, err == nil
}

// randomised compares each estimate with what it would have been had chance
// given the cohorts to other clusters: p counts the draw that happened. It needs
// clusters that lie within cohorts; there is no standard error and no interval.
func (e estimator) randomised(printed []param, groups []groupSums) ([]altered, error) {
	cohort := make([]int64, len(groups))
	for c, g := range groups {
		for i, part := range g.parts {
			own := e.pn.strata[part.stratum].cohort
			if i > 0 && own != cohort[c] {
				return nil, result.Refuse("did-cluster-of-cohorts", "cluster", e.p.grouping(), "name", g.name)
			}
			cohort[c] = own
		}
	}
	most := make([]int, len(printed))
	seen := make([]int, len(printed))
	random := rand.New(rand.NewPCG(e.p.inf.Seed, 9))
	for range e.p.inf.Draws {
		shuffled := slices.Clone(cohort)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		values := e.values(e.reassigned(groups, shuffled))
		for i, q := range printed {
			v, ok := values[q.key()]
			if !ok {
				continue
			}
			seen[i]++
			if math.Abs(v) >= math.Abs(q.value)*(1-1e-10) {
				most[i]++
			}
		}
	}
	out := make([]altered, len(printed))
	for i, q := range printed {
		if q.gap || q.base || seen[i] == 0 {
			continue
		}
		out[i] = altered{known: true, se: math.NaN(), p: float64(1+most[i]) / float64(1+seen[i]), lower: math.Inf(-1), upper: math.Inf(1),
			details: map[string]any{"draws": seen[i]}}
	}
	return out, nil
}

// reassigned are the strata when clusters have other cohorts.
func (e estimator) reassigned(groups []groupSums, cohort []int64) []stratum {
	var strata []stratum
	for c, g := range groups {
		for _, part := range g.parts {
			pattern := e.pn.strata[part.stratum].pattern
			h := slices.IndexFunc(strata, func(st stratum) bool { return st.cohort == cohort[c] && st.pattern == pattern })
			if h < 0 {
				h = len(strata)
				st := stratum{cohort: cohort[c], pattern: pattern, sums: make([]moments.Quantity, len(part.sums))}
				for f := range st.sums {
					st.sums[f] = moments.RealQuantity(0)
				}
				strata = append(strata, st)
			}
			strata[h].units += part.units
			strata[h].clusters++
			for f, x := range part.sums {
				strata[h].sums[f] = moments.RealQuantity(strata[h].sums[f].Float() + x)
			}
		}
	}
	return strata
}
