package did

import (
	"maps"
	"math"
	"slices"
)

// aggregates sums cells up to the effects that are reported, in the order of
// Terms. Cells without an estimate are left out.
func (e estimator) aggregates(cells []param) []param {
	var known, post []param
	for _, c := range cells {
		if !c.gap {
			known = append(known, c)
			if c.cell.post() {
				post = append(post, c)
			}
		}
	}
	events := e.by(known, "event", func(c param) int64 { return *c.event }, e.weighted)
	groups := e.by(post, "group", func(c param) int64 { return *c.group }, e.plain)
	calendar := e.by(post, "calendar", func(c param) int64 { return *c.time }, e.weighted)
	var later []param
	for _, v := range events {
		if *v.event >= 0 {
			later = append(later, v)
		}
	}
	all := []param{
		e.weighted("simple", post),
		e.plain("event-overall", later),
		e.weighted("group-overall", groups),
		e.plain("calendar-overall", calendar),
	}
	return slices.Concat(all, events, groups, calendar)
}

// by aggregates cells that share a key.
func (e estimator) by(cells []param, term string, key func(param) int64, aggregate func(string, []param) param) []param {
	sets := map[int64][]param{}
	for _, c := range cells {
		sets[key(c)] = append(sets[key(c)], c)
	}
	var out []param
	for _, k := range slices.Sorted(maps.Keys(sets)) {
		q := aggregate(term, sets[k])
		switch term {
		case "event":
			q.event = &k
		case "group":
			q.group = &k
		case "calendar":
			q.time = &k
		}
		out = append(out, q)
	}
	return out
}

// plain is the mean of parameters.
func (e estimator) plain(term string, of []param) param {
	q := e.start(term, of)
	if len(of) == 0 {
		return q
	}
	per := 1 / float64(len(of))
	for _, c := range of {
		q.value += per * c.value
		add(q.load, per, c.load)
	}
	return q
}

// weighted is the mean of parameters, each of one cohort, weighted by the
// cohorts' estimated shares. The last term of its influence function is that of
// the shares: w (theta_k - theta) / W for each unit of cohort k.
func (e estimator) weighted(term string, of []param) param {
	q := e.start(term, of)
	var total float64
	for _, c := range of {
		total += e.shareOf(*c.group)
	}
	if len(of) == 0 || !(total > 0) {
		q.gap, q.value = true, math.NaN()
		return q
	}
	for _, c := range of {
		per := e.shareOf(*c.group) / total
		q.value += per * c.value
		add(q.load, per, c.load)
	}
	for _, c := range of {
		e.loadShare(q.load, *c.group, (c.value-q.value)/total)
	}
	return q
}

// loadShare adds the weight of each unit of a cohort, times a factor.
func (e estimator) loadShare(load []float64, cohort int64, times float64) {
	if s := e.pn.scores; s != nil {
		load[s.share[cohort]] += times
		return
	}
	for h, st := range e.pn.strata {
		if st.cohort == cohort {
			load[h*e.width()+share] += times
		}
	}
}

// start makes an aggregate without its value: what its error rests on is the
// best that its parts offer.
func (e estimator) start(term string, of []param) param {
	q := param{term: term, load: e.noLoad(), base: true, lone: true, gap: len(of) == 0}
	if q.gap {
		q.value = math.NaN()
	}
	for _, c := range of {
		if c.base {
			continue
		}
		if q.base || c.smallest < q.smallest {
			q.smallest = c.smallest
		}
		q.base = false
		q.lone = q.lone && c.lone
	}
	return q
}

// shareOf is the weight of all units of a cohort.
func (e estimator) shareOf(g int64) float64 {
	var sum float64
	for _, st := range e.pn.strata {
		if st.cohort == g {
			sum += st.sums[share].Float()
		}
	}
	return sum
}

func add(to []float64, times float64, of []float64) {
	for i, x := range of {
		to[i] += times * x
	}
}
