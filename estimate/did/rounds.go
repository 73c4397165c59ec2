package did

import (
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxStacked is the most features that are stacked where clusters hold several
// strata: their products number about half its square.
const maxStacked = 256

// maxPeriods is the most periods whose products are asked for at once: their
// number is half its square, and a statement much longer is more than an engine
// takes.
const maxPeriods = 150

// maxPatternPeriods is the most periods that a pattern of presence can mark,
// one bit each in a whole key.
const maxPatternPeriods = 62

// Ask gives the requests of the next round:
//
//  1. the moments of the panel by cohort, the number of clusters, and the levels
//     of categories;
//  2. where these show a fault, examples of it (then a refusal);
//  3. where weights change within units, the moments with weights by period;
//  4. where a cluster holds several cohorts, the products across cohorts;
//  5. with covariates, sums for least squares, Newton's steps of the propensity
//     scores, sums over the odds, and the products of influence functions; the
//     last also for two-way and survey errors.
//
// Cross-sections have rounds of their own: see crossSections.
func (p procedure) Ask(s estimate.Sample, so []moments.Statistic) ([]moments.Request, error) {
	_, next, err := p.advance(s, so)
	return next, err
}

// study is all that Estimate needs.
type study struct {
	frame frame
	tally tally
	panel panel
	adj   *adjusted // nil without covariates
	// controls are the covariates of regressions with unit effects; nil = none.
	controls *controls
	recast   *recast // nil where products of features give the errors
	// groups are the clusters one by one, where the error asks for them.
	groups []groupSums
}

// adjusted is what was found out about the adjustment for covariates.
type adjusted struct {
	method    string // "" where only the errors are of this kind
	dropped   []string
	gaps      map[*cell]string
	value     map[*cell]float64
	rows      map[*cell][2]int64 // of cross-sections: treated and comparison rows
	apart     []string           // covariates that separate the treated from the comparison
	trimmed   int64
	highest   float64 // propensity score among the treated
	effective float64 // least effective number of comparison units over their number, by odds
}

// answers hands out the answers so far, in the order asked; what is not there
// yet is noted as wanted.
type answers struct {
	left   []moments.Statistic
	wanted []moments.Request
}

// get gives the answers to requests; false where they have yet to be asked.
func (a *answers) get(of ...moments.Request) ([]moments.Statistic, bool) {
	if len(a.left) < len(of) {
		a.wanted = of
		return nil, false
	}
	got := a.left[:len(of)]
	a.left = a.left[len(of):]
	return got, true
}

// advance walks the rounds as far as the answers go: it gives the next
// requests, or the study when there are none.
func (p procedure) advance(s estimate.Sample, so []moments.Statistic) (study, []moments.Request, error) {
	if err := p.checkBefore(s); err != nil {
		return study{}, nil, err
	}
	f, err := p.newFrame(s)
	if err != nil {
		return study{}, nil, err
	}
	limit := maxPeriods
	if p.o.Unbalanced == Pairwise {
		limit = maxPatternPeriods
	}
	if n := len(f.periods); n > limit {
		return study{}, nil, result.Refuse("did-too-many-periods", "periods", n, "limit", limit, "pairwise", p.o.Unbalanced == Pairwise)
	}
	a := &answers{left: so}
	c := collector{p: p, s: s, f: f}
	walk := p.panelRounds
	if p.o.CrossSections {
		walk = p.crossSections
	}
	st, err := walk(c, a)
	if err != nil {
		return study{}, nil, err
	}
	st.frame = f
	return st, a.wanted, nil
}

// panelRounds walks the rounds of a panel.
func (p procedure) panelRounds(c collector, a *answers) (study, error) {
	var st study
	b := p.oneWeight(c.f)
	first := []moments.Request{c.panel(b)}
	if p.grouping() != "" {
		first = append(first, c.clusters())
	}
	for _, column := range p.categories() {
		first = append(first, c.levelsOf(column))
	}
	so, ok := a.get(first...)
	if !ok {
		return st, nil
	}
	answer := so[0]
	strata, t := c.readStrata(answer, b)
	st.tally = t
	if bad := c.fault(t); bad != nil {
		example, ok := a.get(bad.request)
		if !ok {
			return st, nil
		}
		return st, bad.refuse(example[0])
	}
	if err := p.checkStrata(c.f, strata, t); err != nil {
		return st, err
	}
	if t.varies > 0 && p.o.Estimator != CallawaySantAnna {
		return st, result.Refuse("did-weights-change", "column", p.o.Weights, "units", t.varies, "estimator", p.o.Estimator)
	}
	if t.varies > 0 {
		b = p.weightByPeriod(c.f)
		again, ok := a.get(c.panel(b))
		if !ok {
			return st, nil
		}
		answer = again[0]
		strata, _ = c.readStrata(answer, b)
	}
	levels := so[len(so)-len(p.categories()):]
	if p.needsScores() {
		return p.scoreRounds(c, a, st, c.newPanel(b, answer, strata, nil), levels)
	}
	var paths map[int64][]mean // of the outcome as it is
	if p.linear() && len(p.o.Covariates) > 0 {
		first := c.newPanel(b, answer, strata, nil)
		paths = first.levels
		ctl, adjusted, again, err := p.controlRounds(c, a, first, levels)
		if err != nil || again == nil {
			return st, err
		}
		st.controls, b, answer = ctl, adjusted, *again
		strata, _ = c.readStrata(answer, b)
	}
	var joint *moments.Statistic
	// Where clusters hold several strata, products go across these; where that
	// makes too many sums, influence functions are gathered by themselves.
	crossing := p.grouping() != "" && so[1].Cell(so[1].Total(), cellClusters).Count() != t.strataClusters
	byScore := p.needsRecast() || (crossing && stackedFeatures(strata) > maxStacked)
	if byScore && p.needsGroups() {
		return st, result.Refuse("did-too-many-sums", "cluster", p.grouping(), "sums", stackedFeatures(strata), "limit", maxStacked)
	}
	if crossing && !byScore {
		got, ok := a.get(c.joint(b, strata))
		if !ok {
			return st, nil
		}
		joint = &got[0]
	}
	st.panel = c.newPanel(b, answer, strata, joint)
	if paths != nil {
		st.panel.levels = paths
	}
	if byScore {
		var err error
		if st.recast, err = p.recastRounds(c, a, st); err != nil || st.recast == nil {
			return st, err
		}
		st.panel.clusters, st.panel.clustersOf = st.recast.panel.clusters, st.recast.panel.clustersOf
	}
	if p.needsGroups() {
		if t.varies > 0 {
			return st, result.Refuse("did-not-together", "key", p.groupsFor(), "other", "weights")
		}
		if err := p.checkGroups(st.panel.clusters); err != nil {
			return st, err
		}
		got, ok := a.get(c.groups(b))
		if !ok {
			return st, nil
		}
		st.groups = st.panel.readGroups(got[0], p.o.By != "")
	}
	return st, nil
}

// needsScores tells whether errors come from influence functions summed by the
// engine: with covariates, two-way clusters and surveys.
func (p procedure) needsScores() bool {
	return !p.linear() && (len(p.o.Covariates) > 0 || p.survey() || len(p.o.Clusters) == 2)
}

// linear tells whether the estimator is a regression with unit and period
// effects.
func (p procedure) linear() bool { return p.o.Estimator != CallawaySantAnna }

// scoreRounds walks the rounds after the first where influence functions are
// gathered.
func (p procedure) scoreRounds(c collector, a *answers, st study, pn panel, levels []moments.Statistic) (study, error) {
	vars, err := p.variables(c.s, levels)
	if err != nil {
		return st, err
	}
	if len(vars) == 0 { // least squares on a constant: differences of means
		c.p.o.Method = OutcomeRegression
	}
	varying := st.tally.varies > 0 || slices.ContainsFunc(st.tally.changing, func(n int64) bool { return n > 0 })
	ad := newAdjuster(c, vars, pn.strata, varying)
	so, ok := a.get(ad.regressions())
	if !ok {
		return st, nil
	}
	st.adj = &adjusted{dropped: ad.readRegressions(so[0])}
	if len(p.o.Covariates) > 0 {
		st.adj.method = c.p.o.Method
	}
	ad.begin()
	if c.p.o.Method == OutcomeRegression {
		ad.regressionOnly()
	} else {
		if !propensities(ad.base(""), ad.models, c.p.o.Method == DoublyRobustImproved, a) {
			return st, nil
		}
		for _, j := range ad.jobs {
			if j.gap == "" {
				ad.finish(j)
			}
		}
	}
	if err := ad.refuseIfAllGaps(); err != nil {
		return st, err
	}
	st.adj.read(ad)
	scores := newScores(c.f.cohorts, p.shareWeight(st.tally.varies > 0, c.f))
	for _, j := range ad.jobs {
		if j.gap == "" {
			scores.addCell(j.cell, ad.influence(j))
		}
	}
	base := ad.base("influence functions")
	if c.p.o.Method != OutcomeRegression {
		base.Steps = withOdds(base.Steps, arrived(ad.models))
	}
	requests, err := p.covarianceRequests(base, scores, func(column string) moments.Expr { return p.group(column) })
	if err != nil {
		return st, err
	}
	if so, ok = a.get(requests...); !ok {
		return st, nil
	}
	sp, err := p.readCovariance(scores, so)
	if err != nil {
		return st, err
	}
	st.panel = scorePanel(pn, scores, sp)
	if p.needsGroups() {
		if err := p.checkGroups(sp.clusters); err != nil {
			return st, err
		}
		cluster := moments.Expr(moments.Ref(unitKey))
		if p.grouping() != "" {
			cluster = p.group(p.grouping())
		}
		got, ok := a.get(p.groupRequest(base, scores, cluster, p.shareWeight(st.tally.varies > 0, c.f)))
		if !ok {
			return st, nil
		}
		st.groups = scores.readScoreGroups(got[0])
	}
	return st, nil
}

// shareWeight is the weight of a unit in the shares of cohorts: its one weight,
// or that of its first period.
func (p procedure) shareWeight(varying bool, f frame) moments.Expr {
	switch {
	case p.o.Weights == "":
		return moments.Int(1)
	case !varying:
		return moments.Ref("w_max")
	}
	var weights moments.First
	for k := range f.periods {
		weights = append(weights, weightAt(k))
	}
	return weights
}

// read keeps what a reader must know of the adjustment.
func (ad *adjusted) read(a *adjuster) {
	ad.gaps, ad.value, ad.effective = map[*cell]string{}, map[*cell]float64{}, 1
	for _, j := range a.jobs {
		if j.gap != "" {
			ad.gaps[j.cell] = j.gap
			if name := j.apart; j.gap == gapSeparation {
				if j.model != nil {
					name = j.model.apart
				}
				if !slices.Contains(ad.apart, name) {
					ad.apart = append(ad.apart, name)
				}
			}
			continue
		}
		ad.value[j.cell] = j.value
	}
	ad.readModels(a.models)
}

func (ad *adjusted) readModels(models []*model) {
	for _, m := range arrived(models) {
		ad.trimmed += m.trimmed
		ad.highest = max(ad.highest, m.highest)
		if o := m.odds.xx[0][0]; o > 0 && m.square > 0 {
			ad.effective = min(ad.effective, o*o/m.square/m.controls)
		}
	}
}

// Check refuses what the options alone show.
func (p procedure) Check() error {
	if err := p.checkColumns(); err != nil {
		return err
	}
	for _, o := range []struct {
		key, value string
		options    []string
	}{
		{"comparison", p.o.Comparison, []string{NeverTreated, NotYetTreated}},
		{"base_period", p.o.BasePeriod, []string{Varying, Universal}},
		{"unbalanced", p.o.Unbalanced, []string{Refuse, Balanced, Pairwise}},
		{"estimator", p.o.Estimator, []string{CallawaySantAnna, SunAbraham, Imputation, TWFE}},
		{"method", p.o.Method, []string{DoublyRobust, DoublyRobustImproved, IPW, OutcomeRegression}},
	} {
		if !slices.Contains(o.options, o.value) {
			return result.Refuse("did-option", "key", o.key, "value", o.value, "options", o.options)
		}
	}
	if err := p.checkTogether(); err != nil {
		return err
	}
	if err := p.checkVCE(); err != nil {
		return err
	}
	if p.o.Anticipation < 0 {
		return result.Refuse("did-negative-anticipation", "anticipation", p.o.Anticipation)
	}
	if p.o.VCE == Randomisation && p.inf.Draws < leastDraws {
		return result.Refuse("did-few-draws", "draws", p.inf.Draws, "least", leastDraws, "vce", p.o.VCE)
	}
	return nil
}

// checkBefore refuses what the look alone shows.
func (p procedure) checkBefore(s estimate.Sample) error {
	if err := p.Check(); err != nil {
		return err
	}
	if w, ok := s.Summary[p.o.Weights]; ok && p.o.Weights != "" {
		if w.Min < 0 {
			return result.Refuse("did-negative-weight", "column", p.o.Weights, "weight", w.Min)
		}
		if w.Max == 0 {
			return result.Refuse("did-zero-weights", "column", p.o.Weights)
		}
	}
	return nil
}

// checkTogether refuses options that this version cannot serve together.
func (p procedure) checkTogether() error {
	other := func(a, b string) error { return result.Refuse("did-not-together", "key", a, "other", b) }
	o := p.o
	linear := p.linear()
	switch {
	case o.Estimator == TWFE && len(o.Covariates) > 0 && len(o.Clusters) == 2:
		return other("cluster: ["+o.Clusters[0]+", "+o.Clusters[1]+"]", "covariates")
	case o.Estimator == TWFE && o.Anticipation > 0:
		return other("estimator: "+o.Estimator, "anticipation")
	case linear && o.Method != DoublyRobust:
		return other("estimator: "+o.Estimator, "method: "+o.Method)
	case linear && o.CrossSections:
		return other("estimator: "+o.Estimator, "panel: false")
	case p.survey() && len(o.Clusters) > 0:
		return other("cluster", "strata")
	case len(o.Clusters) == 2 && (o.Clusters[1] == o.Time) != (o.Estimator == TWFE):
		return other("cluster: ["+o.Clusters[0]+", "+o.Clusters[1]+"]", "estimator: "+o.Estimator)
	case o.FPC != "" && !p.survey():
		return other("fpc", "psu")
	case o.By != "" && (p.needsScores() || o.CrossSections || linear):
		switch {
		case linear:
			return other("by", "estimator: "+o.Estimator)
		case o.CrossSections:
			return other("by", "panel: false")
		case len(o.Covariates) > 0:
			return other("by", "covariates")
		default:
			return other("by", "strata")
		}
	case o.CrossSections && o.Unbalanced != Refuse:
		return other("unbalanced", "panel: false")
	}
	return nil
}

// fault is the first thing wrong with units, or nil.
func (c collector) fault(t tally) *fault {
	switch {
	case t.duplicated > 0:
		return c.twice(t.duplicated)
	case t.switching > 0:
		return c.switches(t.switching)
	}
	for i, n := range t.split {
		if n > 0 {
			return c.splits(n, i)
		}
	}
	if t.partial > 0 && c.p.o.Unbalanced == Refuse {
		return c.gaps(t.partial, t.units)
	}
	return nil
}

// checkStrata refuses a panel that has lost its treated or comparison units:
// those seen in some periods only, or without weight.
func (p procedure) checkStrata(f frame, strata []stratum, t tally) error {
	weighs := func(st stratum) bool { return st.sums[share].Float() > 0 }
	if !slices.ContainsFunc(strata, func(st stratum) bool { return st.cohort == never && weighs(st) }) && p.o.Estimator != TWFE {
		return result.Refuse("did-comparison-lost", "units", t.units, "partial", t.partial)
	}
	if !slices.ContainsFunc(strata, func(st stratum) bool { return slices.Contains(f.cohorts, st.cohort) && weighs(st) }) {
		return result.Refuse("did-treated-lost", "units", t.units, "partial", t.partial)
	}
	return nil
}

func stackedFeatures(strata []stratum) int {
	n := 0
	for _, st := range strata {
		for _, used := range st.uses {
			if used {
				n++
			}
		}
	}
	return n
}
