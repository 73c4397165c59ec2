package series

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/source"
)

// point is a value of a unit in time.
type point struct {
	period  string
	value   float64
	line    int
	measure int
}

// step is a change between two neighbouring periods of a unit.
type step struct {
	unit     string
	from, to point
}

const (
	leastChanges = 8   // below so many the others do not tell what is usual
	farRatio     = 1.5 // a change is never a jump when it is less than this above the usual
	farSpread    = 5   // robust standard deviations
	aloneRatio   = 3   // where nothing is usual
)

// jumps finds changes beyond what a column may have.
func (s *Series) jumps(out *found) {
	families := map[string][]int{}
	for k := range s.measures {
		families[s.measures[k].family] = append(families[s.measures[k].family], k)
	}
	for k := range s.measures {
		if all := families[s.measures[k].family]; all[0] == k {
			s.family(all, out)
		}
	}
}

// family looks at the columns of one series.
func (s *Series) family(measures []int, out *found) {
	units := map[string][]point{}
	for i, l := range s.lines {
		if l.total || s.region >= 0 && l.region == "" {
			continue
		}
		for _, k := range measures {
			m := &s.measures[k]
			if p, v := m.period(l.period), s.value(i, k); p != "" && !math.IsNaN(v) {
				unit := l.region + apart + l.dims + apart + strconv.Itoa(len(p))
				units[unit] = append(units[unit], point{p, v, i, k})
			}
		}
	}
	var steps []step
	for unit, points := range units {
		slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.period, b.period) })
		for i := 1; i < len(points); i++ {
			if points[i].period == points[i-1].period {
				return // several rows of one region and time: no series
			}
			steps = append(steps, step{unit, points[i-1], points[i]})
		}
	}
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.to.line, b.to.line), cmp.Compare(a.to.measure, b.to.measure))
	})
	m := &s.measures[measures[0]]
	note := func(st step, values map[string]any) {
		l := s.lines[st.to.line]
		e := contract.Example{Row: l.row, Region: l.region, Period: st.to.period, Found: source.SpellReal(st.to.value), Expected: source.SpellReal(st.from.value)}
		if other := s.lines[st.from.line].row; other != l.row {
			e.Other = other
		}
		out.add(contract.Jump, &s.measures[st.to.measure], values, e)
	}
	if most, ok := m.change(); ok {
		if most.Any {
			return
		}
		values := map[string]any{"limit": "unit", "most": most.Most}
		switch {
		case most.Share:
			values["limit"] = "share"
		case m.points || m.indicator == "p0":
			values["limit"] = "points"
		}
		for _, st := range steps {
			limit := most.Most
			if most.Share {
				limit *= math.Abs(st.from.value) / 100
			}
			if math.Abs(st.to.value-st.from.value) > limit*max(1, years(st.from.period, st.to.period))+1e-9 {
				note(st, values)
			}
		}
		return
	}
	robust(steps, func(st step) { note(st, map[string]any{"limit": "robust"}) })
}

// robust finds the changes of amounts that are not like those of the others between
// the same two periods, and values that are zero between two that are not.
func robust(steps []step, note func(step)) {
	between := map[[2]string][]float64{}
	after := map[string]map[string]float64{} // unit -> period -> value of the next
	var all []float64
	for _, st := range steps {
		at := [2]string{st.from.period, st.to.period}
		if after[st.unit] == nil {
			after[st.unit] = map[string]float64{}
		}
		after[st.unit][st.from.period] = st.to.value
		if d, ok := st.log(); ok {
			between[at], all = append(between[at], d), append(all, d)
		}
	}
	type usual struct{ middle, most float64 }
	of := map[[2]string]usual{}
	settle := func(changes []float64) usual {
		middle := median(changes)
		spread := make([]float64, len(changes))
		for i, d := range changes {
			spread[i] = math.Abs(d - middle)
		}
		return usual{middle, max(math.Log(farRatio), farSpread*1.4826*median(spread))}
	}
	for at, changes := range between {
		switch {
		case len(changes) >= leastChanges:
			of[at] = settle(changes)
		case len(all) >= leastChanges:
			of[at] = settle(all)
		default:
			of[at] = usual{0, math.Log(aloneRatio)}
		}
	}
	for _, st := range steps {
		u := of[[2]string{st.from.period, st.to.period}]
		d, ok := st.log()
		next, has := after[st.unit][st.to.period]
		switch {
		case ok && math.Abs(d-u.middle) > u.most, st.from.value > 0 && st.to.value == 0 && has && next > 0:
			note(st)
		}
	}
}

// log is the logarithm of a change of amounts above zero.
func (st step) log() (float64, bool) {
	if !(st.from.value > 0) || !(st.to.value > 0) {
		return 0, false
	}
	return math.Log(st.to.value / st.from.value), true
}

// median of some numbers; 0 of none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	x := slices.Sorted(slices.Values(all))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// years is how long it is from one period to another of the same form.
func years(from, to string) float64 {
	of := func(p string) float64 {
		y, _ := strconv.ParseFloat(p[:min(4, len(p))], 64)
		if len(p) > 5 {
			m, _ := strconv.ParseFloat(p[5:], 64)
			y += m / 12
		}
		return y
	}
	return of(to) - of(from)
}
