package did

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/result"
)

// The referee: Callaway and Sant'Anna from rows, with an influence function for
// every unit and no moments. It shares nothing with the package but Options.

type person struct {
	first, cluster int64
	y, w           map[int64]float64
	start          float64 // weight of the first period seen
}

// effect is an estimate with its influence function by unit.
type effect struct {
	value float64
	psi   []float64
}

type brute struct {
	o       Options
	people  []person
	periods []int64
	effects map[string]effect
	pretest []string // names of cells before treatment
}

func bruteForce(o Options, panel []obs) brute {
	b := brute{o: o, effects: map[string]effect{}}
	a := int64(o.Anticipation)
	units := map[int64]*person{}
	times := map[int64]bool{}
	for _, r := range panel {
		if math.IsNaN(r.y) || (o.WindowFrom != nil && r.time < *o.WindowFrom) || (o.WindowTo != nil && r.time > *o.WindowTo) {
			continue
		}
		times[r.time] = true
		u := units[r.unit]
		if u == nil {
			u = &person{first: r.first, cluster: r.cluster, y: map[int64]float64{}, w: map[int64]float64{}}
			units[r.unit] = u
		}
		u.y[r.time], u.w[r.time] = r.y, 1
		if o.Weights != "" {
			u.w[r.time] = r.w
		}
	}
	b.periods = slices.Sorted(maps.Keys(times))
	all := slices.Collect(maps.Values(units))
	hasNever, final := false, int64(0)
	end := b.periods[len(b.periods)-1]
	for _, u := range all {
		hasNever = hasNever || u.first == 0 || u.first > end+a
		final = max(final, u.first)
	}
	if !hasNever { // the last cohort stands in
		b.periods = slices.DeleteFunc(b.periods, func(t int64) bool { return t >= final-a })
	}
	start, end := b.periods[0], b.periods[len(b.periods)-1]
	for _, id := range slices.Sorted(maps.Keys(units)) {
		u := *units[id]
		maps.DeleteFunc(u.y, func(t int64, _ float64) bool { return t > end })
		if u.first > end+a {
			u.first = 0
		}
		if len(u.y) == 0 || (u.first != 0 && u.first <= start+a) || (o.Unbalanced == Balanced && len(u.y) < len(b.periods)) {
			continue
		}
		u.start = u.w[slices.Min(slices.Collect(maps.Keys(u.y)))]
		b.people = append(b.people, u)
	}
	b.run(a)
	return b
}

func (b *brute) run(a int64) {
	cohorts := map[int64]float64{}
	for _, u := range b.people {
		if u.first != 0 {
			cohorts[u.first] += u.start
		}
	}
	type at struct {
		g, t int64
		effect
	}
	var cells []at
	for _, g := range slices.Sorted(maps.Keys(cohorts)) {
		var long int64
		for _, t := range b.periods {
			if t+a < g {
				long = t
			}
		}
		for k, t := range b.periods {
			base := long
			if t < g && b.o.BasePeriod == Varying {
				if k == 0 {
					continue
				}
				base = b.periods[k-1]
			}
			name := fmt.Sprintf("att-gt g%d t%d", g, t)
			e := b.cell(g, t, base, a)
			if base == t {
				e = effect{psi: make([]float64, len(b.people))}
			} else if t < g {
				b.pretest = append(b.pretest, name)
			}
			b.effects[name] = e
			if !math.IsNaN(e.value) {
				cells = append(cells, at{g, t, e})
			}
		}
	}
	// mean of cells, weighted by shares or plain
	gather := func(name string, keep func(at) bool, weighted bool) {
		var sum, theta float64
		var use []at
		for _, c := range cells {
			if keep(c) {
				use = append(use, c)
				sum += cohorts[c.g]
			}
		}
		if len(use) == 0 {
			return
		}
		weight := func(c at) float64 {
			if weighted {
				return cohorts[c.g] / sum
			}
			return 1 / float64(len(use))
		}
		psi := make([]float64, len(b.people))
		for _, c := range use {
			theta += weight(c) * c.value
			for i := range psi {
				psi[i] += weight(c) * c.psi[i]
			}
		}
		if weighted {
			n := float64(len(b.people))
			for _, c := range use {
				// influence of p_g / sum of p over the cells used
				for i, u := range b.people {
					own, every := 0.0, 0.0
					if u.first == c.g {
						own = u.start
					}
					for _, d := range use {
						if u.first == d.g {
							every += u.start
						}
					}
					psi[i] += c.value * n * (own/sum - every*cohorts[c.g]/sum/sum)
				}
			}
		}
		b.effects[name] = effect{value: theta, psi: psi}
	}
	mean := func(name string, parts []string) {
		if len(parts) == 0 {
			return
		}
		psi := make([]float64, len(b.people))
		var v float64
		for _, p := range parts {
			e := b.effects[p]
			v += e.value / float64(len(parts))
			for i := range psi {
				psi[i] += e.psi[i] / float64(len(parts))
			}
		}
		b.effects[name] = effect{value: v, psi: psi}
	}
	post := func(c at) bool { return c.t >= c.g }
	gather("simple", post, true)
	var later, calendar []string
	for e := int64(-50); e <= 50; e++ {
		name := fmt.Sprintf("event e%d", e)
		gather(name, func(c at) bool { return c.t-c.g == e }, true)
		if _, ok := b.effects[name]; ok && e >= 0 {
			later = append(later, name)
		}
	}
	mean("event-overall", later)
	for _, t := range b.periods {
		name := fmt.Sprintf("calendar t%d", t)
		gather(name, func(c at) bool { return post(c) && c.t == t }, true)
		if _, ok := b.effects[name]; ok {
			calendar = append(calendar, name)
		}
	}
	mean("calendar-overall", calendar)
	var groups []at
	for _, g := range slices.Sorted(maps.Keys(cohorts)) {
		name := fmt.Sprintf("group g%d", g)
		gather(name, func(c at) bool { return post(c) && c.g == g }, false)
		if e, ok := b.effects[name]; ok {
			groups = append(groups, at{g: g, t: g, effect: e})
		}
	}
	cells = groups
	gather("group-overall", func(at) bool { return true }, true)
}

// cell is the two-by-two of a cohort and its comparison group.
func (b *brute) cell(g, t, base, a int64) effect {
	side := func(in func(person) bool) (m, total float64, w []float64) {
		w = make([]float64, len(b.people))
		var sum float64
		for i, u := range b.people {
			_, now := u.y[t]
			_, then := u.y[base]
			if in(u) && now && then {
				w[i] = u.w[min(t, base)]
				total += w[i]
				sum += w[i] * (u.y[t] - u.y[base])
			}
		}
		return sum / total, total, w
	}
	mt, wt, ct := side(func(u person) bool { return u.first == g })
	mc, wc, cc := side(func(u person) bool {
		return u.first == 0 || (b.o.Comparison == NotYetTreated && u.first != g && u.first > max(t, base)+a)
	})
	e := effect{value: mt - mc, psi: make([]float64, len(b.people))}
	n := float64(len(b.people))
	for i, u := range b.people {
		d := u.y[t] - u.y[base]
		if ct[i] != 0 {
			e.psi[i] += n * ct[i] * (d - mt) / wt
		}
		if cc[i] != 0 {
			e.psi[i] -= n * cc[i] * (d - mc) / wc
		}
	}
	return e
}

func (b *brute) cov(x, y effect) float64 {
	n := float64(len(b.people))
	if len(b.o.Clusters) == 0 {
		var s float64
		for i := range x.psi {
			s += x.psi[i] * y.psi[i]
		}
		return s / n / n
	}
	cx, cy := map[int64]float64{}, map[int64]float64{}
	for i, u := range b.people {
		cx[u.cluster] += x.psi[i]
		cy[u.cluster] += y.psi[i]
	}
	var s float64
	for _, c := range slices.Sorted(maps.Keys(cx)) {
		s += cx[c] * cy[c]
	}
	return s / n / n
}

// wald is the pre-test by a plain inverse.
func (b *brute) wald() (float64, bool) {
	k := len(b.pretest)
	if k == 0 {
		return 0, false
	}
	v, th := mat.NewDense(k, k, nil), mat.NewVecDense(k, nil)
	for i, x := range b.pretest {
		th.SetVec(i, b.effects[x].value)
		for j, y := range b.pretest {
			v.Set(i, j, b.cov(b.effects[x], b.effects[y]))
		}
	}
	var s mat.VecDense
	if err := s.SolveVec(v, th); err != nil {
		return 0, false
	}
	return mat.Dot(th, &s), true
}

// world says what a random panel is like.
type world struct {
	units, periods int
	cohorts        []int64 // drawn at random; 0 = never
	step           int64   // between periods
	whole          bool
	missing        float64 // share of rows missing
	weights        string  // "", "unit", "time"
	clusters       string  // "", "nested", "crossing"
	scale          float64 // of unit effects
}

func (w world) draw(seed uint64) []obs {
	r := rand.New(rand.NewPCG(seed, 7))
	var panel []obs
	for i := range w.units {
		g := w.cohorts[i%len(w.cohorts)]
		fixed := w.scale * r.NormFloat64()
		weight := 0.5 + 3*r.Float64()
		cluster := int64(r.IntN(12))
		if w.clusters == "nested" {
			cluster = int64(i%len(w.cohorts))*100 + int64(r.IntN(9))
		}
		for k := range w.periods {
			t := 2000 + int64(k)*max(w.step, 1)
			if r.Float64() < w.missing {
				continue
			}
			y := fixed + float64(k)*0.3 + r.NormFloat64()*(1+0.5*float64(k)) + 0.4*float64(cluster%12)*float64(k)
			if g != 0 && t >= g {
				y += 1 + 0.5*float64(t-g)
			}
			if w.whole {
				y = math.Round(100 * y)
			}
			o := obs{unit: int64(i), time: t, first: g, y: y, w: 1, cluster: cluster}
			switch w.weights {
			case "unit":
				o.w = weight
			case "time":
				o.w = weight * (0.5 + r.Float64())
			}
			panel = append(panel, o)
		}
	}
	r.Shuffle(len(panel), func(i, j int) { panel[i], panel[j] = panel[j], panel[i] })
	return panel
}

// same compares an analysis with the referee: every estimate, error and the
// pre-test. Both are float64 of well-scaled sums: 1e-9 holds with room.
func same(t *testing.T, o Options, a result.Analysis, b brute) {
	t.Helper()
	got := index(a)
	if len(got) != len(b.effects) {
		t.Errorf("%d estimates, the referee has %d", len(got), len(b.effects))
	}
	for _, name := range slices.Sorted(maps.Keys(b.effects)) {
		e, want := got[name], b.effects[name]
		if math.IsNaN(want.value) {
			if e.Estimate != nil {
				t.Errorf("%s: %v where nobody was seen", name, *e.Estimate)
			}
			continue
		}
		if e.Estimate == nil || math.Abs(*e.Estimate-want.value) > 1e-9*(1+math.Abs(want.value)) {
			t.Errorf("%s: %v, referee %v", name, e.Estimate, want.value)
			continue
		}
		if e.N != int64(len(b.people)) {
			t.Errorf("%s: n = %d, referee %d", name, e.N, len(b.people))
		}
		se := math.Sqrt(b.cov(want, want))
		switch {
		case se == 0:
			if e.SE != nil {
				t.Errorf("%s: se %v of a base cell", name, *e.SE)
			}
		case e.SE == nil:
			t.Errorf("%s: no se, referee %v", name, se)
		case math.Abs(*e.SE-se) > 1e-9*se:
			t.Errorf("%s: se %.14g, referee %.14g", name, *e.SE, se)
		}
	}
	if w, ok := b.wald(); ok {
		d := a.Diagnostics[0]
		if d.Statistic == nil {
			t.Errorf("no pre-test, referee %v (%v)", w, d.Values)
		} else if math.Abs(*d.Statistic-w) > 1e-7*(1+w) {
			t.Errorf("pre-test %v, referee %v", *d.Statistic, w)
		}
	}
}

func TestAgainstInfluenceFunctionsOfUnits(t *testing.T) {
	four := []int64{0, 2002, 2004, 2005}
	for i, w := range []world{
		{units: 120, periods: 6, cohorts: four, whole: true},
		{units: 120, periods: 6, cohorts: four, scale: 5},
		{units: 160, periods: 6, cohorts: []int64{0, 2000, 2002, 2004, 2006, 2030}, whole: true},
		{units: 120, periods: 6, cohorts: []int64{2002, 2004, 2005}, whole: true},
		{units: 120, periods: 6, cohorts: four, weights: "unit", whole: true},
		{units: 120, periods: 6, cohorts: four, weights: "time"},
		{units: 200, periods: 6, cohorts: four, clusters: "nested", whole: true},
		{units: 200, periods: 6, cohorts: four, clusters: "crossing", whole: true},
		{units: 200, periods: 6, cohorts: four, clusters: "crossing", weights: "unit"},
		{units: 200, periods: 5, cohorts: []int64{0, 2002, 2004}, clusters: "crossing", weights: "time"},
		{units: 200, periods: 6, cohorts: four, clusters: "nested", weights: "time"},
		{units: 120, periods: 5, cohorts: []int64{0, 2004, 2007}, step: 2, whole: true},
		{units: 240, periods: 5, cohorts: []int64{0, 2002, 2004}, missing: 0.1, whole: true},
		{units: 240, periods: 5, cohorts: []int64{0, 2002, 2004}, missing: 0.1, weights: "unit", clusters: "nested"},
		{units: 240, periods: 5, cohorts: []int64{0, 2002, 2004}, missing: 0.1, weights: "time"},
		{units: 240, periods: 4, cohorts: []int64{0, 2002}, missing: 0.1, whole: true, clusters: "crossing"},
	} {
		panel := w.draw(uint64(i))
		for _, comparison := range []string{NeverTreated, NotYetTreated} {
			for _, base := range []string{Varying, Universal} {
				for _, anticipation := range []int{0, 1} {
					o := names
					o.Comparison, o.BasePeriod, o.Anticipation = comparison, base, anticipation
					if w.weights != "" {
						o.Weights = "w"
					}
					if w.clusters != "" {
						o.Clusters = []string{"c"}
					}
					rules := []string{Refuse}
					if w.missing > 0 {
						rules = []string{Balanced, Pairwise}
					}
					if comparison == NeverTreated && !slices.Contains(w.cohorts, 0) {
						continue
					}
					for _, rule := range rules {
						o.Unbalanced = rule
						t.Run(fmt.Sprintf("%d/%s/%s/%d/%s", i, comparison, base, anticipation, rule), func(t *testing.T) {
							a, err := analyse(o, panel)
							if refusal(err) == "did-too-many-sums" {
								t.Skip("too many sums for clusters across cohorts")
							}
							if err != nil {
								t.Fatal(err)
							}
							same(t, o, a, bruteForce(o, panel))
						})
					}
				}
			}
		}
	}
}

// A window is the same as a file without the other periods: cohorts are judged
// by the periods inside it.
func TestWindow(t *testing.T) {
	panel := world{units: 150, periods: 8, cohorts: []int64{0, 2001, 2003, 2005, 2007}, whole: true}.draw(31)
	from, to := int64(2002), int64(2006)
	for _, comparison := range []string{NeverTreated, NotYetTreated} {
		o := names
		o.Comparison, o.BasePeriod = comparison, Varying
		inside := mustAnalyse(t, o, without(panel, func(o obs) bool { return o.time < from || o.time > to }))
		o.WindowFrom, o.WindowTo = &from, &to
		a := mustAnalyse(t, o, panel)
		same(t, o, a, bruteForce(o, panel))
		alike(t, "window", a, inside, 1, 0)
	}
}
