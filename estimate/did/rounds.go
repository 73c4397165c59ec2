package did

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// maxStacked is the most features that are stacked where clusters hold several
// strata: their products number about half its square.
const maxStacked = 256

// maxPatternPeriods is the most periods that a pattern of presence can mark,
// one bit each in a whole key.
const maxPatternPeriods = 62

// Ask gives the requests of the next round:
//
//  1. the moments of the panel by cohort, and the number of clusters;
//  2. where these show a fault, examples of it (then a refusal);
//  3. where weights change within units, the moments with weights by period;
//  4. where a cluster holds several cohorts, the products across cohorts.
func (p procedure) Ask(s estimate.Sample, so []moments.Statistic) ([]moments.Request, error) {
	_, next, err := p.advance(s, so)
	return next, err
}

// study is all that Estimate needs.
type study struct {
	frame frame
	tally tally
	panel panel
}

// advance walks the rounds as far as the answers go: it gives the next
// requests, or the study when there are none.
func (p procedure) advance(s estimate.Sample, so []moments.Statistic) (study, []moments.Request, error) {
	var st study
	if err := p.checkBefore(s); err != nil {
		return st, nil, err
	}
	f, err := p.newFrame(s)
	if err != nil {
		return st, nil, err
	}
	if n := len(f.periods); p.o.Unbalanced == Pairwise && n > maxPatternPeriods {
		return st, nil, result.Refuse("did-too-many-periods", "periods", n, "limit", maxPatternPeriods)
	}
	c := collector{p: p, s: s, f: f}
	b := p.oneWeight(f)
	first := []moments.Request{c.panel(b)}
	if p.o.Cluster != "" {
		first = append(first, c.clusters())
	}
	if len(so) < len(first) {
		return st, first, nil
	}
	answer, rest := so[0], so[len(first):]
	strata, t := c.readStrata(answer, b)
	if bad := c.fault(t); bad != nil {
		if len(rest) == 0 {
			return st, []moments.Request{bad.request}, nil
		}
		return st, nil, bad.refuse(rest[0])
	}
	if err := p.checkStrata(f, strata, t); err != nil {
		return st, nil, err
	}
	if t.varies > 0 {
		b = p.weightByPeriod(f)
		if len(rest) == 0 {
			return st, []moments.Request{c.panel(b)}, nil
		}
		answer, rest = rest[0], rest[1:]
		strata, _ = c.readStrata(answer, b)
	}
	var joint *moments.Statistic
	if p.o.Cluster != "" && so[1].Cell(so[1].Total(), cellClusters).Count() != t.strataClusters {
		if n := stackedFeatures(strata); n > maxStacked {
			return st, nil, result.Refuse("did-too-many-sums", "cluster", p.o.Cluster, "sums", n, "limit", maxStacked)
		}
		if len(rest) == 0 {
			return st, []moments.Request{c.joint(b, strata)}, nil
		}
		joint = &rest[0]
	}
	return study{frame: f, tally: t, panel: c.newPanel(b, answer, strata, joint)}, nil, nil
}

// checkBefore refuses what the look alone shows.
func (p procedure) checkBefore(s estimate.Sample) error {
	if err := p.checkColumns(); err != nil {
		return err
	}
	for _, o := range []struct{ key, value, one, two, three string }{
		{"comparison", p.o.Comparison, NeverTreated, NotYetTreated, ""},
		{"base_period", p.o.BasePeriod, Varying, Universal, ""},
		{"unbalanced", p.o.Unbalanced, Refuse, Balanced, Pairwise},
	} {
		if o.value == "" || (o.value != o.one && o.value != o.two && o.value != o.three) {
			return result.Refuse("did-option", "key", o.key, "value", o.value, "options", strings.Fields(o.one+" "+o.two+" "+o.three))
		}
	}
	if p.o.Anticipation < 0 {
		return result.Refuse("did-negative-anticipation", "anticipation", p.o.Anticipation)
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

// fault is the first thing wrong with units, or nil.
func (c collector) fault(t tally) *fault {
	switch {
	case t.duplicated > 0:
		return c.twice(t.duplicated)
	case t.switching > 0:
		return c.switches(t.switching)
	case t.split > 0:
		return c.splits(t.split)
	case t.partial > 0 && c.p.o.Unbalanced == Refuse:
		return c.gaps(t.partial, t.units)
	}
	return nil
}

// checkStrata refuses a panel that has lost its treated or comparison units:
// those seen in some periods only, or without weight.
func (p procedure) checkStrata(f frame, strata []stratum, t tally) error {
	weighs := func(st stratum) bool { return st.sums[share].Float() > 0 }
	if !slices.ContainsFunc(strata, func(st stratum) bool { return st.cohort == never && weighs(st) }) {
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
