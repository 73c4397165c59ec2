package did

import (
	"slices"

	"github.com/dampak/dampak/result"
)

// sunAbraham is the regression on indicators of cohort and period, but for the
// last period before treatment (less anticipation), with unit and period
// effects; the never treated have none (Sun and Abraham 2021). Cohorts at an
// event time are averaged by their rows there; those shares count as known.
func (e *estimator) sunAbraham() ([]param, error) {
	position := map[*cell]int{}
	var cells []*cell
	for i := range e.f.cells {
		c := &e.f.cells[i]
		if c.at != e.reference(c.g) {
			position[c] = len(cells)
			cells = append(cells, c)
		}
	}
	// The cells of a varying base leave out the first period: it is added.
	for _, g := range e.f.cohorts {
		if e.reference(g) != 0 && !slices.ContainsFunc(cells, func(c *cell) bool { return c.g == g && c.at == 0 }) {
			c := &cell{g: g, t: e.f.periods[0], base: e.reference(g), at: 0}
			position[c] = len(cells)
			cells = append(cells, c)
		}
	}
	slices.SortFunc(cells, func(a, b *cell) int { return slices.Compare([]int64{a.g, a.t}, []int64{b.g, b.t}) })
	for i, c := range cells {
		position[c] = i
	}
	x := e.design(len(cells), func(h, t int) []float64 {
		row := make([]float64, len(cells))
		for i, c := range cells {
			if c.g == e.pn.strata[h].cohort && c.at == t {
				row[i] = 1
			}
		}
		return row
	})
	f, ok := e.fit(e.everyRow(), x)
	if !ok {
		return nil, result.Refuse("did-twfe-no-variation", "column", e.p.o.FirstTreated)
	}
	combine := func(q param, of []*cell, weight []float64) param {
		l := make([]float64, len(f.kept))
		var total float64
		for _, w := range weight {
			total += w
		}
		var cohorts []int64
		for i, c := range of {
			at := slices.Index(f.kept, position[c])
			if at < 0 {
				q.gap = true
				return q
			}
			l[at] += weight[i] / total
			cohorts = append(cohorts, c.g)
		}
		q.value, q.load = f.combination(l)
		q.combo = l
		q.factor, q.df = f.factor(e.pn.clusters), float64(e.pn.clusters-1)
		return e.counted(q, cohorts)
	}
	var post []*cell
	var weights []float64
	events := map[int64][]*cell{}
	var order []int64
	for _, c := range cells {
		if e.rowsAt(c) == 0 {
			continue
		}
		if c.post() {
			post, weights = append(post, c), append(weights, e.rowsAt(c))
		}
		if events[c.event()] == nil {
			order = append(order, c.event())
		}
		events[c.event()] = append(events[c.event()], c)
	}
	if len(post) == 0 {
		return nil, result.Refuse("did-treated-lost", "units", e.pn.units, "partial", int64(0))
	}
	params := []param{combine(param{term: "simple", load: e.noLoad()}, post, weights)}
	slices.Sort(order)
	for _, k := range order {
		var w []float64
		for _, c := range events[k] {
			w = append(w, e.rowsAt(c))
		}
		params = append(params, combine(param{term: "event", event: &k, load: e.noLoad()}, events[k], w))
	}
	for _, c := range cells {
		event := c.event()
		params = append(params, combine(param{term: "att-gt", group: &c.g, time: &c.t, event: &event, load: e.noLoad()}, []*cell{c}, []float64{1}))
	}
	return params, nil
}

// reference is the last period before a cohort's treatment, less anticipation.
func (e *estimator) reference(g int64) int {
	at := 0
	for k, t := range e.f.periods {
		if t+int64(e.p.o.Anticipation) < g {
			at = k
		}
	}
	return at
}

// rowsAt is the weight of a cohort's rows in a period.
func (e *estimator) rowsAt(c *cell) float64 {
	var sum float64
	for _, st := range e.pn.strata {
		if st.cohort == c.g && e.p.sees(st, c.at) {
			sum += st.sums[share].Float()
		}
	}
	return sum
}

// imputation fits unit and period effects on the rows not yet treated, and
// takes the mean over treated rows of the outcome less what these effects
// predict (Borusyak, Jaravel and Spiess 2024). An estimate is a sum of v Y; its
// conservative error takes for each unit the square of the sum of v times the
// residual, which for treated rows is the effect less the mean over cohort and
// period (their equation 9 with groups by cohort and period).
func (e *estimator) imputation() ([]param, error) {
	untreated := e.everyRow()
	for h, st := range e.pn.strata {
		for t, period := range e.f.periods {
			if st.cohort != never && period+int64(e.p.o.Anticipation) >= st.cohort {
				untreated[h][t] = false
			}
		}
	}
	f, ok := e.fit(untreated, e.design(0, func(int, int) []float64 { return nil }))
	if !ok {
		return nil, result.Refuse("did-comparison-lost", "units", e.pn.units, "partial", int64(0))
	}
	known := map[int]bool{0: true} // periods whose effect is found: the first is the reference
	for _, k := range f.kept {
		known[k+1] = true
	}
	at := func(term string, event *int64, belongs func(h, t int) bool) param {
		q := param{term: term, event: event, load: e.noLoad()}
		v := make([][]float64, len(e.pn.strata)) // weight on treated rows, before division
		var total float64
		var cohorts []int64
		for h, st := range e.pn.strata {
			v[h] = make([]float64, len(e.f.periods))
			for t := range e.f.periods {
				if e.p.sees(st, t) && e.treatedAt(h, t) && belongs(h, t) && st.sums[share].Float() > 0 && known[t] && slices.Contains(untreated[h], true) {
					v[h][t] = 1
					total += st.sums[share].Float()
					if !slices.Contains(cohorts, st.cohort) {
						cohorts = append(cohorts, st.cohort)
					}
				}
			}
		}
		if total == 0 {
			q.gap = true
			return q
		}
		e.imputed(f, v, total, &q)
		return e.counted(q, cohorts)
	}
	params := []param{at("simple", nil, func(int, int) bool { return true })}
	var events []int64
	for i := range e.f.cells {
		if c := &e.f.cells[i]; c.post() && !slices.Contains(events, c.event()) {
			events = append(events, c.event())
		}
	}
	slices.Sort(events)
	for _, k := range events {
		params = append(params, at("event", &k, func(h, t int) bool { return e.f.periods[t]-e.pn.strata[h].cohort == k }))
	}
	return slices.DeleteFunc(params, func(q param) bool { return q.gap && q.term == "event" }), nil
}

// imputed computes one imputation estimate from the weights of treated rows.
func (e *estimator) imputed(f *regression, v [][]float64, total float64, q *param) {
	width := len(f.kept)
	x := func(t int) []float64 { // the period's dummies that were kept
		row := make([]float64, width)
		for i, k := range f.kept {
			if k == t-1 {
				row[i] = 1
			}
		}
		return row
	}
	// c is how the estimate moves with the period effects.
	c := make([]float64, width)
	sum := make([]float64, len(v)) // of weights over a unit's treated rows
	free := make([]float64, len(v))
	meanX := make([][]float64, len(v)) // of the dummies over a unit's untreated rows
	for h, st := range e.pn.strata {
		meanX[h] = make([]float64, width)
		for t := range e.f.periods {
			if f.rows[h][t] {
				free[h]++
				meanX[h] = plusTimes(meanX[h], 1, x(t))
			}
		}
		if free[h] == 0 {
			continue
		}
		meanX[h] = scaled(meanX[h], 1/free[h])
		w := st.sums[share].Float() / total
		for t := range e.f.periods {
			if v[h][t] != 0 {
				sum[h] += v[h][t] / total
				c = plusTimes(c, w*v[h][t], less(x(t), meanX[h]))
			}
		}
	}
	var ofX []float64 // how it moves with the controls' coefficients
	if ctl := e.controls; ctl != nil && ctl.gamma != nil {
		ofX = make([]float64, len(ctl.kept))
		for i := range ctl.kept {
			for h := range v {
				for t := range v[h] {
					if v[h][t] != 0 {
						ofX[i] += v[h][t] / total * ctl.meanWithin(f, i, h, t)
					}
				}
			}
		}
	}
	by, byX := f.solve(c, ofX)
	if e.controls != nil {
		e.controls.load(e, q.load, scaled(byX, -1))
	}
	tau := func(h, t int) float64 { // mean effect of a stratum in a period
		effect := e.mean(h, t) - dot(x(t), f.beta)
		for k := range e.f.periods {
			if f.rows[h][k] {
				effect -= (e.mean(h, k) - dot(x(k), f.beta)) / free[h]
			}
		}
		return effect
	}
	type key struct {
		g int64
		t int
	}
	cell, weight := map[key]float64{}, map[key]float64{}
	for h, st := range e.pn.strata {
		for t := range e.f.periods {
			if v[h][t] != 0 {
				w := st.sums[share].Float()
				cell[key{st.cohort, t}] += w * tau(h, t)
				weight[key{st.cohort, t}] += w
				q.value += w / total * tau(h, t)
			}
		}
	}
	for h, st := range e.pn.strata {
		at := h * e.width()
		add := func(t int, a float64) {
			if t > 0 {
				q.load[at+t] += a
			}
			q.load[at+share] += a * e.mean(h, t)
		}
		for t := range e.f.periods {
			if v[h][t] != 0 { // v (tau_it - mean of the cell)
				a := v[h][t] / total
				add(t, a)
				k := key{st.cohort, t}
				q.load[at+share] -= a * (dot(x(t), f.beta) + cell[k]/weight[k])
				for u := range e.f.periods {
					if f.rows[h][u] {
						add(u, -a/free[h])
						q.load[at+share] += a / free[h] * dot(x(u), f.beta)
					}
				}
			}
			if f.rows[h][t] { // v times the residual of the fit
				a := -sum[h]/free[h] - dot(by, f.centred[h][t])
				add(t, a)
				q.load[at+share] -= a * dot(x(t), f.beta)
				for u := range e.f.periods {
					if f.rows[h][u] {
						add(u, -a/free[h])
						q.load[at+share] += a / free[h] * dot(x(u), f.beta)
					}
				}
			}
		}
	}
}
