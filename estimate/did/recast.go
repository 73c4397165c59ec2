package did

import (
	"fmt"

	"github.com/dampak/dampak/moments"
)

// recast gathers influence functions by themselves: what regressions in surveys
// and with two crossing clusterings need, whose errors are no products within
// strata of one cohort, and every estimator where clusters hold so many strata
// that products across them are too many. An influence function is linear in a unit's features
// (see panel), so it is written as an expression of them.
type recast struct {
	panel    panel
	position map[string]int // of a parameter or a cell, by key
}

// needsRecast tells whether the errors of a regression are of that kind.
func (p procedure) needsRecast() bool {
	return p.linear() && (p.survey() || (len(p.o.Clusters) == 2 && p.o.Estimator != TWFE))
}

// recastRounds asks for the covariance of all effects and of the cells of the
// pre-trend test; nil where answers are missing yet.
func (p procedure) recastRounds(c collector, a *answers, st study) (*recast, error) {
	e := estimator{p: p, f: c.f, pn: st.panel, controls: st.controls}
	cells := e.cells()
	var params []param
	if p.linear() {
		var err error
		if params, err = e.linearParams(); err != nil {
			return nil, err
		}
	} else {
		params = e.aggregates(cells)
		if p.o.By != "" {
			params = append(params, e.byDomain()...)
		}
	}
	scores := newScores(c.f.cohorts, p.shareWeight(st.tally.varies > 0, c.f))
	r := &recast{position: map[string]int{}}
	for _, q := range append(params, cells...) {
		if q.gap || q.base {
			continue
		}
		if _, known := r.position[q.recastKey()]; known {
			continue
		}
		r.position[q.recastKey()] = len(scores.names)
		scores.add(fmt.Sprintf("psi%d", len(scores.names)), e.influence(q)...)
	}
	base := c.request("influence functions")
	base.Steps = c.features(st.panel.basis, nil)
	requests, err := p.covarianceRequests(base, scores, func(column string) moments.Expr { return p.group(column) })
	if err != nil {
		return nil, err
	}
	got, ok := a.get(requests...)
	if !ok {
		return nil, nil
	}
	sp, err := p.readCovariance(scores, got)
	if err != nil {
		return nil, err
	}
	r.panel = scorePanel(st.panel, scores, sp)
	return r, nil
}

// recastKey tells effects of the regression and cells apart, whose terms may be
// the same.
func (q param) recastKey() string {
	if q.cell != nil {
		return "cell " + q.key()
	}
	return q.key()
}

// influence writes a parameter's influence function over n as an expression of
// a unit's features, by cohort and pattern of presence.
func (e estimator) influence(q param) []piece {
	var list []piece
	for h, st := range e.pn.strata {
		var sum moments.Add
		constant := 0.0
		at := h * e.width()
		for f, l := range q.load[at : at+e.width()] {
			if l == 0 {
				continue
			}
			sum = append(sum, moments.Mul{moments.Real(l), moments.Ref(e.pn.basis.features[f].name)})
			if c, _ := e.pn.centre(h, f); c.shift {
				constant -= l * c.mean.float()
			}
		}
		if len(sum) == 0 {
			continue
		}
		if constant != 0 {
			sum = append(sum, moments.Mul{moments.Real(constant), moments.Ref(e.pn.basis.features[share].name)})
		}
		list = append(list, piece{places: []place{{cohort: st.cohort}},
			of: moments.Case{When: e.p.is(st), Then: sum, Else: moments.Real(0)}})
	}
	return byPlace(list)
}

// byPlace adds up the pieces of one place: its patterns of presence leave each
// other out.
func byPlace(list []piece) []piece {
	var out []piece
	at := map[int64]int{}
	for _, p := range list {
		g := p.places[0].cohort
		i, known := at[g]
		if !known {
			at[g] = len(out)
			out = append(out, p)
			continue
		}
		out[i].of = moments.Add{out[i].of, p.of}
	}
	return out
}

// take puts the gathered influence functions in the place of those of features.
func (r *recast) take(e *estimator, params []param) {
	for i := range params {
		q := &params[i]
		q.load = make([]float64, r.panel.blocks*r.panel.width)
		if at, known := r.position[q.recastKey()]; known {
			q.load[at] = 1
		}
		if q.factor == 0 || e.p.survey() {
			q.factor, q.df = 0, 0
			continue
		}
		// CR1 of two clusterings: the smaller number of clusters counts.
		q.factor, q.df = e.lastFit.factor(r.panel.clusters), float64(r.panel.clusters-1)
	}
	e.pn = r.panel
}
