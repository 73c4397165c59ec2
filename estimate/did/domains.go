package did

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/estimate/meta"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/result"
)

// domain is one value of the column `by` that has treated units.
type domain struct {
	name    string
	units   int64 // treated and comparison units of the domain
	treated int64
}

// domains lists the domains with treated units in byte order, and tells whether
// each has never-treated units of its own too: then effects compare within
// domains; else all domains are compared with the whole comparison group, as
// where a programme reaches whole regions at once.
func (e *estimator) domains() (list []domain, within bool) {
	within = true
	own := map[string]bool{}
	at := map[string]int{}
	for _, st := range e.pn.strata {
		if !(st.sums[share].Float() > 0) {
			continue
		}
		if st.cohort == never {
			own[st.domain] = true
			continue
		}
		if _, ok := at[st.domain]; !ok {
			at[st.domain] = len(list)
			list = append(list, domain{name: st.domain})
		}
		list[at[st.domain]].treated += st.units
	}
	for _, st := range e.pn.strata {
		if i, ok := at[st.domain]; ok {
			list[i].units += st.units
		}
	}
	for _, d := range list {
		within = within && own[d.name]
	}
	slices.SortFunc(list, func(a, b domain) int { return compareStrings(a.name, b.name) })
	return list, within
}

// byDomain estimates the simple effect of each domain: the mean over the cells
// after treatment of its own treated units, weighted by their cohorts' sizes in
// the domain.
func (e *estimator) byDomain() []param {
	list, within := e.domains()
	var params []param
	for _, d := range list {
		treated := func(st stratum) bool { return st.domain == d.name }
		control := func(st stratum) bool { return !within || st.domain == d.name }
		q := param{term: "simple", domain: d.name, units: d.units, load: e.noLoad(), lone: true}
		var total float64
		var cells []param
		for i := range e.f.cells {
			c := &e.f.cells[i]
			if !c.post() {
				continue
			}
			cell := e.attOf(c, treated, control)
			if cell.gap || cell.base {
				continue
			}
			cells = append(cells, cell)
			total += e.shareIn(c.g, d.name)
		}
		if q.gap = len(cells) == 0 || !(total > 0); q.gap {
			q.value = math.NaN()
			params = append(params, q)
			continue
		}
		for i, c := range cells {
			per := e.shareIn(*c.group, d.name) / total
			q.value += per * c.value
			add(q.load, per, c.load)
			if i == 0 || c.smallest < q.smallest {
				q.smallest = c.smallest
			}
			q.lone = q.lone && c.lone
		}
		for _, c := range cells {
			for h, st := range e.pn.strata {
				if st.cohort == *c.group && st.domain == d.name {
					q.load[h*e.width()+share] += (c.value - q.value) / total
				}
			}
		}
		q.details = map[string]any{"by": e.p.o.By, "comparison_within": within, "treated": d.treated}
		params = append(params, q)
	}
	return params
}

func (e *estimator) shareIn(g int64, domain string) float64 {
	var sum float64
	for _, st := range e.pn.strata {
		if st.cohort == g && st.domain == domain {
			sum += st.sums[share].Float()
		}
	}
	return sum
}

// equality tests that the effects of all domains with a valid error are the
// same: a Wald test of their differences from the first.
func (e *estimator) equality(params []param, cov *mat.SymDense, from, to int) (result.Diagnostic, bool) {
	var use []int
	for i := from; i < to; i++ {
		if e.valid(params[i], cov.At(i, i)) {
			use = append(use, i)
		}
	}
	if len(use) < 2 {
		return result.Diagnostic{}, false
	}
	k := len(use) - 1
	contrast := make([]float64, k)
	v := mat.NewSymDense(k, nil)
	first := use[0]
	for a, i := range use[1:] {
		contrast[a] = params[i].value - params[first].value
		for b, j := range use[1:] {
			if b >= a {
				v.SetSym(a, b, cov.At(min(i, j), max(i, j))-cov.At(first, i)-cov.At(first, j)+cov.At(first, first))
			}
		}
	}
	w := inference.WaldTest(contrast, v)
	if w.Rank == 0 {
		return result.Diagnostic{}, false
	}
	return result.Diagnostic{Name: "equal-effects", Statistic: result.Float(w.Statistic), DF: result.Float(float64(w.Rank)), P: result.Float(w.P),
		Verdict: result.Pass, Values: result.MakeValues("p", w.P, "differ", w.P < e.p.o.Limits.PreTrendFails, "same", !(w.P < e.p.o.Limits.PreTrendFails), "domains", len(use), "by", e.p.o.By)}, true
}

// forest puts the effects of domains beside their empirical-Bayes counterparts.
func (e *estimator) forest(estimates []result.Estimate) []result.Exhibit {
	var studies []meta.Study
	for _, x := range estimates {
		if x.SE != nil {
			studies = append(studies, meta.Study{Name: x.Group.Name, Estimate: *x.Estimate, SE: *x.SE})
		}
	}
	p, ok := meta.Pool(studies, e.p.inf)
	x := result.Exhibit{Kind: result.ExhibitDomains, Columns: []string{"name", "n", "estimate", "se", "lower", "upper", "shrunk", "shrunk_lower", "shrunk_upper", "rank_low", "rank_high"},
		Values: result.Values{"by": e.p.o.By, "domains": len(estimates)}}
	if ok {
		x.Values["mean"], x.Values["tau"], x.Values["q"], x.Values["q_df"], x.Values["q_p"], x.Values["i2"] =
			p.Mean, math.Sqrt(p.Tau2), p.Q, len(studies)-1, p.QP, p.I2
	}
	at := 0
	for _, d := range estimates {
		row := []any{d.Group.Name, d.N, cellOf(d.Estimate), cellOf(d.SE), cellOf(d.Lower), cellOf(d.Upper), nil, nil, nil, nil, nil}
		if ok && d.SE != nil {
			r := p.Rows[at]
			at++
			row = append(row[:6:6], r.Shrunk, r.Lower, r.Upper, r.RankLow, r.RankHigh)
		}
		x.Rows = append(x.Rows, row)
	}
	return []result.Exhibit{x}
}

// cellOf is a number in an exhibit; nil where there is none.
func cellOf(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}
