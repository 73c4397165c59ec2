package did

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimate computes every effect with its error: see estimate.Procedure.
func (p procedure) Estimate(s estimate.Sample, so []moments.Statistic) (result.Analysis, error) {
	st, next, err := p.advance(s, so)
	if err != nil {
		return result.Analysis{}, err
	}
	if len(next) > 0 {
		return result.Analysis{}, fmt.Errorf("did: estimate before all of %d more requests are answered", len(next))
	}
	e := estimator{p: p, f: st.frame, pn: st.panel, features: st.panel, adj: st.adj, controls: st.controls}
	if p.grouping() != "" && e.pn.clusters <= 1 {
		return result.Analysis{}, result.Refuse("did-one-cluster", "cluster", p.grouping())
	}
	cells := e.cells()
	var a result.Analysis
	var params []param
	domains := 0
	if p.o.Estimator == CallawaySantAnna {
		params = e.aggregates(cells)
		if p.o.By != "" {
			own := e.byDomain()
			domains = len(own)
			params = slices.Insert(params, 1, own...)
		}
	} else if params, a.Diagnostics, a.Exhibits, err = e.linearEstimates(); err != nil {
		return result.Analysis{}, err
	}
	if st.recast != nil {
		st.recast.take(&e, params)
		st.recast.take(&e, cells)
	}
	offset := len(params) // of the cells
	printed := params
	params = append(slices.Clone(params), cells...)
	if p.o.Estimator == CallawaySantAnna {
		printed = params
	}
	cov := e.covariance(params)
	bands := e.bands(printed, cov)
	other, err := e.alter(printed, st.groups)
	if err != nil {
		return result.Analysis{}, err
	}
	for i, q := range printed {
		out := e.print(q, e.variance(q, cov.At(i, i)), bands[e.family(q)])
		if other != nil {
			e.replace(&out, q, other[i])
		}
		a.Estimates = append(a.Estimates, out)
	}
	a.Diagnostics = append(a.Diagnostics, e.preTrends(cells, cov, offset)...)
	robust, shown := e.sensitivity(cells, printed)
	a.Diagnostics = append(a.Diagnostics, robust...)
	a.Exhibits = append(a.Exhibits, shown...)
	if d, ok := e.equality(params, cov, 1, 1+domains); ok {
		a.Diagnostics = append(a.Diagnostics, d)
	}
	if domains > 1 {
		a.Exhibits = append(a.Exhibits, e.forest(a.Estimates[1:1+domains])...)
	}
	if d, ok := e.detectable(params[0], a.Estimates[0]); ok {
		a.Diagnostics = append(a.Diagnostics, d)
	}
	if d, ok := e.overlap(); ok {
		a.Diagnostics = append(a.Diagnostics, d)
	}
	if p.o.Scores && !params[0].gap {
		a.Scores = map[string]float64{}
		for _, g := range st.groups {
			a.Scores[g.name] += e.score(params[0], g)
		}
	}
	a.Warnings = e.warnings(st.tally, cells)
	a.Exhibits = append(a.Exhibits, e.exhibits()...)
	return a, nil
}

// variance is that of a parameter, from the sum of squares of its influence
// function over n.
func (e estimator) variance(q param, sum float64) float64 {
	if q.plain {
		sum = 0
	}
	sum += q.extra
	switch {
	case q.factor != 0:
		return sum * q.factor
	case e.p.o.VCE == CR1 && e.pn.clusters > 1:
		return sum * float64(e.pn.clusters) / float64(e.pn.clusters-1)
	default:
		return sum
	}
}

// freedom is the degrees of freedom of a parameter's error; 0 = normal.
func (e estimator) freedom(q param) float64 {
	switch {
	case q.df > 0:
		return q.df
	case e.p.o.VCE == CR1:
		return float64(e.pn.clusters - 1)
	}
	return e.pn.df
}

// valid tells whether a parameter has an error that means something.
func (e estimator) valid(q param, variance float64) bool {
	noise := rounding * q.value
	if e.pn.rounded { // differences of products: the root of their rounding
		noise = math.Sqrt(rounding) * q.value
	}
	return !q.gap && !q.base && !q.lone && variance > noise*noise && e.pn.clusters > 1
}

// rounding is the share of an effect below which a standard error is what is
// left of digits, not of spread.
const rounding = 1e-13

// Families of simultaneous bands, by name; the numbers are the streams of their
// draws.
var families = map[string]uint64{"pre": 1, "post": 2, "group": 3, "calendar": 4, "att-gt": 5}

// family names the set of estimates that a band holds over: the event study
// before and after treatment apart.
func (e estimator) family(q param) string {
	switch {
	case q.term == "event" && *q.event < 0:
		return "pre"
	case q.term == "event":
		return "post"
	default:
		return q.term
	}
}

// bands gives the critical value of each family.
func (e estimator) bands(params []param, cov *mat.SymDense) map[string]float64 {
	members := map[string][]int{}
	for i, q := range params {
		if name := e.family(q); families[name] > 0 && e.valid(q, cov.At(i, i)) {
			members[name] = append(members[name], i)
		}
	}
	critical := map[string]float64{}
	for name, use := range members {
		if c, ok := inference.Bands(submatrix(cov, use), e.p.inf, families[name]); ok {
			critical[name] = c
		}
	}
	return critical
}

// print makes the estimate of a parameter.
func (e estimator) print(q param, variance, critical float64) result.Estimate {
	out := result.Estimate{Estimator: Estimator, Term: q.term, Event: q.event, N: e.pn.units,
		Estimate: result.Float(q.value), Details: map[string]any{"df": nil, "vce": "if"}}
	if e.adj != nil && e.adj.method != "" {
		out.Details["method"] = e.adj.method
	}
	if q.domain != "" {
		out.Group, out.N = result.Name(q.domain), q.units
	}
	if q.group != nil {
		out.Group = result.Number(*q.group)
	}
	if q.time != nil {
		out.Time = result.Number(*q.time)
	}
	if e.p.grouping() != "" {
		out.Clusters = result.Int(e.pn.clusters)
	}
	out.Details["vce"] = e.kindOfError(q)
	maps.Copy(out.Details, q.details)
	if e.p.o.Estimator != CallawaySantAnna {
		out.Details["estimator"] = e.p.o.Estimator
	}
	if q.cell != nil {
		out.Details["base"] = e.f.periods[q.cell.base]
		out.Details["treated"], out.Details["comparison"] = q.treated, q.controls
	}
	switch {
	case q.gap || q.base:
	case q.lone:
		out.Details["caution"] = "singleton-cohort"
	case q.smallest < e.p.o.Limits.SmallCohort:
		out.Details["caution"] = "small-cohort"
	}
	if !e.valid(q, variance) {
		return out
	}
	se := math.Sqrt(variance)
	df := e.freedom(q)
	if df == 0 {
		df = math.Inf(1)
	} else {
		out.Details["df"] = df
	}
	lower, upper := inference.StudentInterval(q.value, se, df, e.p.inf.Level)
	out.SE, out.Lower, out.Upper = result.Float(se), result.Float(lower), result.Float(upper)
	out.P = result.Float(inference.StudentP(q.value, se, df))
	if critical > 0 {
		critical = math.Max(critical, inference.StudentQuantile((1+e.p.inf.Level)/2, df))
		out.BandLower, out.BandUpper = result.Float(q.value-critical*se), result.Float(q.value+critical*se)
		out.Details["family"], out.Details["critical"] = e.family(q), critical
	}
	return out
}

// replace puts another kind of error in the place of the estimator's own. An
// effect that has no valid error of its own has none of this kind either, but
// for the p of randomisation.
func (e estimator) replace(out *result.Estimate, q param, a altered) {
	own := out.SE != nil
	out.SE, out.Lower, out.Upper, out.P, out.BandLower, out.BandUpper = nil, nil, nil, nil, nil, nil
	out.Details["vce"], out.Details["df"] = e.p.o.VCE, nil
	delete(out.Details, "critical")
	delete(out.Details, "family")
	if !a.known || (!own && e.p.o.VCE != Randomisation) {
		return
	}
	maps.Copy(out.Details, a.details)
	out.SE = result.Float(a.se)
	if a.df != 0 {
		if !(a.df > 0 && a.se > 0) { // every cluster determines a part of it alone
			return
		}
		a.lower, a.upper = inference.StudentInterval(q.value, a.se, a.df, e.p.inf.Level)
		a.p = inference.StudentP(q.value, a.se, a.df)
		out.Details["df"] = a.df
	}
	out.P, out.Lower, out.Upper = result.Float(a.p), result.Float(a.lower), result.Float(a.upper)
}

// kindOfError names the error that is printed.
func (e estimator) kindOfError(q param) string {
	switch {
	case e.p.survey():
		return "if-survey"
	case len(e.p.o.Clusters) == 2 && q.factor == 0:
		return "if-two-way"
	case len(e.p.o.Clusters) == 2:
		return "cr1-two-way"
	case q.plain:
		return HC1
	case q.factor != 0 || e.p.o.VCE == CR1:
		return CR1
	case e.p.grouping() != "":
		return "if-cluster"
	default:
		return "if"
	}
}

// detectable says what the design could have found: so that a null result can
// tell "none" from "cannot be seen".
func (e estimator) detectable(simple param, printed result.Estimate) (result.Diagnostic, bool) {
	if printed.SE == nil {
		return result.Diagnostic{}, false
	}
	mde := inference.DetectableEffect(*printed.SE, e.p.inf.Level, e.p.o.Limits.Power)
	return result.Diagnostic{Name: "detectable-effect", Statistic: result.Float(mde), Verdict: result.Pass,
		Values: result.MakeValues("mde", mde, "estimate", simple.value, "power", e.p.o.Limits.Power)}, true
}

// warnings lists what a reader must know of the sample.
func (e estimator) warnings(t tally, cells []param) []result.Warning {
	var w []result.Warning
	say := func(code string, pairs ...any) { w = append(w, result.Caveat(code, pairs...)) }
	periods := e.f.periods
	switch {
	case t.always > 0 && e.p.o.Estimator == TWFE:
		say("did-always-treated-kept", "units", t.always, "cohorts", years(e.f.always), "first", periods[0])
	case t.always > 0:
		say("did-always-treated-left", "units", t.always, "cohorts", years(e.f.always), "first", periods[0], "anticipation", e.p.o.Anticipation)
	}
	if e.f.standIn != 0 {
		say("did-last-cohort-compares", "cohort", e.f.standIn, "periods", years(e.f.dropped))
	}
	if len(e.f.late) > 0 {
		say("did-treated-later", "cohorts", years(e.f.late), "last", periods[len(periods)-1])
	}
	if t.partial > 0 && e.p.o.Unbalanced == Balanced {
		say("did-incomplete-left", "units", t.partial, "of", t.units)
	}
	if t.partial > 0 && e.p.o.Unbalanced == Pairwise {
		say("did-pairwise", "units", t.partial, "of", t.units)
	}
	if t.varies > 0 {
		say("did-weights-vary", "units", t.varies, "column", e.p.o.Weights)
	}
	if gaps := e.gaps(); len(gaps) > 0 {
		say("did-gaps", "periods", gaps)
	}
	if empty := e.emptyCells(cells); len(empty) > 0 && !e.p.linear() { // regressions do not rest on cells
		say("did-empty-cells", "cells", empty)
	}
	if e.controls != nil && len(e.controls.dropped) > 0 {
		say("did-collinear", "covariates", e.controls.dropped, "effects", true)
	}
	if ad := e.adj; ad != nil {
		if len(ad.dropped) > 0 {
			say("did-collinear", "covariates", ad.dropped, "effects", false)
		}
		if cells := e.gapCells(gapSeparation); len(cells) > 0 {
			say("did-separation", "covariates", ad.apart, "cells", cells)
		}
		if cells := e.gapCells(gapSingular); len(cells) > 0 {
			say("did-singular-cells", "cells", cells)
		}
	}
	if e.pn.mended {
		say("did-two-way-mended", "clusters", e.p.o.Clusters)
	}
	if e.pn.rounded {
		say("did-digits-lost", "column", e.p.o.Outcome)
	}
	return append(w, e.errorWarnings(cells)...)
}

// errorWarnings are the cautions about errors.
func (e estimator) errorWarnings(cells []param) []result.Warning {
	var w []result.Warning
	effective, unit := e.pn.units, true
	if e.p.grouping() != "" {
		effective, unit = e.pn.clusters, false
	}
	limits := e.p.o.Limits
	few := func(code string, n, limit int64) {
		w = append(w, result.Caveat(code, "clusters", n, "by_unit", unit, "cluster", e.p.grouping(), "limit", limit, "vce", e.p.o.VCE))
	}
	if effective < limits.FewClusters {
		// Errors made for few clusters are said to be so and need no caution.
		if slices.Contains([]string{CR2, CR3, Wild, Randomisation}, e.p.o.VCE) {
			few("few-clusters-remedied", effective, limits.FewClusters)
		} else {
			few("few-clusters", effective, limits.FewClusters)
		}
	}
	if n := e.treatedGroups(); n < limits.FewTreated {
		switch e.p.o.VCE {
		case Randomisation: // chance assignment is all it rests on
		case Wild:
			few("few-treated-wild", n, limits.FewTreated)
		default:
			few("few-treated", n, limits.FewTreated)
		}
	}
	lone, small := map[int64]bool{}, map[int64]bool{}
	single := false
	for _, c := range cells {
		switch {
		case c.gap || c.base:
		case c.smallest <= 1:
			lone[*c.group] = true
		case c.lone:
			single = true
		case c.smallest < e.p.o.Limits.SmallCohort:
			small[*c.group] = true
		}
	}
	if effective > 1 {
		if g := e.named(lone); len(g) > 0 {
			w = append(w, result.Caveat("singleton-cohort", "cohorts", g, "by_unit", unit, "by_cluster", !unit))
		}
		if g := e.named(small); len(g) > 0 {
			w = append(w, result.Caveat("small-cohort", "cohorts", g, "by_unit", unit, "by_cluster", !unit))
		}
		if single {
			w = append(w, result.Caveat("did-single-comparison", "by_unit", unit))
		}
	}
	return w
}

// treatedGroups counts the treated units or clusters; a cluster that holds
// several cohorts counts for each.
func (e estimator) treatedGroups() int64 {
	var n int64
	for _, g := range e.f.cohorts {
		s := e.cohortSide(g)
		n += s.count(e)
	}
	return n
}

// named lists marked cohorts in order.
func (e estimator) named(marked map[int64]bool) []string {
	return years(slices.DeleteFunc(slices.Clone(e.f.cohorts), func(g int64) bool { return !marked[g] }))
}

// gaps lists the steps between periods that are longer than the shortest: the
// panel then has no single rhythm.
func (e estimator) gaps() []string {
	var gaps []string
	step := e.f.periods[1] - e.f.periods[0] // the smallest
	for k := 1; k < len(e.f.periods); k++ {
		step = min(step, e.f.periods[k]-e.f.periods[k-1])
	}
	for k := 1; k < len(e.f.periods); k++ {
		if e.f.periods[k]-e.f.periods[k-1] > step {
			gaps = append(gaps, fmt.Sprintf("%d–%d", e.f.periods[k-1], e.f.periods[k]))
		}
	}
	return gaps
}

// emptyCells names the cells that nobody was seen for.
func (e estimator) emptyCells(cells []param) []string {
	var empty []string
	for _, c := range cells {
		if c.gap && e.gapOf(c.cell) == gapNobody {
			empty = append(empty, fmt.Sprintf("%d/%d", *c.group, *c.time))
		}
	}
	return empty
}

// gapOf tells why a cell has no estimate.
func (e estimator) gapOf(c *cell) string {
	if e.adj != nil && e.adj.gaps[c] != "" {
		return e.adj.gaps[c]
	}
	return gapNobody
}

// gapCells names the cells without an estimate for one reason.
func (e estimator) gapCells(reason string) []string {
	var cells []string
	for i := range e.f.cells {
		if c := &e.f.cells[i]; e.adj.gaps[c] == reason {
			cells = append(cells, fmt.Sprintf("%d/%d", c.g, c.t))
		}
	}
	return cells
}

// overlap says whether the comparison group has counterparts of the treated.
func (e estimator) overlap() (result.Diagnostic, bool) {
	ad := e.adj
	if ad == nil || ad.method == "" || ad.method == OutcomeRegression {
		return result.Diagnostic{}, false
	}
	d := result.Diagnostic{Name: "overlap", Statistic: result.Float(ad.effective), Verdict: result.Pass, Values: result.MakeValues(
		"effective", ad.effective, "highest", ad.highest, "trimmed", ad.trimmed, "covariates", ad.apart)}
	if l := e.p.o.Limits; ad.effective < l.ThinOverlap || ad.highest > l.HighScore || ad.trimmed > 0 { // separation has its own caution
		d.Verdict = result.Caution
	}
	return d, true
}

// exhibits are the sizes of the cohorts and their mean outcomes by period; the
// never treated come last, without a cohort.
func (e estimator) exhibits() []result.Exhibit {
	sizes := result.Exhibit{Kind: result.ExhibitCohorts, Columns: []string{"cohort", "units", "share"}}
	paths := result.Exhibit{Kind: result.ExhibitCohortPaths, Columns: []string{"cohort", "time", "mean"}}
	var total float64
	for _, st := range e.pn.strata {
		total += st.sums[share].Float()
	}
	for _, g := range append(slices.Clone(e.f.cohorts), never) {
		var cohort any
		if g != never {
			cohort = g
		}
		var units int64
		for _, st := range e.pn.strata {
			if st.cohort == g {
				units += st.units
			}
		}
		if units == 0 {
			continue
		}
		sizes.Rows = append(sizes.Rows, []any{cohort, units, e.shareOf(g) / total})
		for k, m := range e.pn.levels[g] {
			if m.defined() {
				paths.Rows = append(paths.Rows, []any{cohort, e.f.periods[k], m.float()})
			}
		}
	}
	return []result.Exhibit{sizes, paths}
}
