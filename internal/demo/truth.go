package demo

import (
	"cmp"
	"math"
	"slices"
)

// Truth is one known effect: the mean of the effects that the generator gave to
// the very rows of the file. Term, Group, Time and Event are those of
// result.Estimate; nil where the term has none.
type Truth struct {
	Study  string  `json:"study"`
	Term   string  `json:"term"`
	Group  *int64  `json:"group"`
	Domain string  `json:"domain,omitempty"` // a group with a name: a region
	Time   *int64  `json:"time"`
	Event  *int64  `json:"event"`
	Value  float64 `json:"value"` // rupiah
}

// cell is a wave in a year.
type cell struct{ cohort, year int }

// ledger adds up effects in whole rupiah, so that sums are exact.
type ledger struct {
	sum  map[cell]int64
	rows map[cell]int64
}

func newLedger() ledger { return ledger{map[cell]int64{}, map[cell]int64{}} }

// add notes a household-year of a region whose programme has begun.
func (l ledger) add(cohort, year, effect int) {
	if cohort == 0 || year < cohort {
		return
	}
	c := cell{cohort, year}
	l.sum[c] += int64(effect)
	l.rows[c]++
}

// mean is the mean over the cells that belong.
func (l ledger) mean(belongs func(cell) bool) float64 {
	var sum, rows int64
	for c := range l.rows {
		if belongs(c) {
			sum += l.sum[c]
			rows += l.rows[c]
		}
	}
	return rounded(float64(sum) / float64(rows))
}

// truths gives every effect of the staggered study. With a balanced panel the
// overall "simple" effect is the mean over all treated household-years, a
// wave's is the mean over its years, an event time's the mean over the
// households that reach it (Callaway and Sant'Anna 2021, section 3.1).
func (l ledger) truths(study string) []Truth {
	cells := slices.SortedFunc(keys(l.rows), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.cohort, b.cohort), cmp.Compare(a.year, b.year))
	})
	out := []Truth{{Study: study, Term: "simple", Value: l.mean(func(cell) bool { return true })}}
	series := []struct {
		term string
		of   func(cell) int
		set  func(*Truth, int64)
	}{
		{"event", func(c cell) int { return c.year - c.cohort }, func(t *Truth, k int64) { t.Event = &k }},
		{"group", func(c cell) int { return c.cohort }, func(t *Truth, k int64) { t.Group = &k }},
		{"calendar", func(c cell) int { return c.year }, func(t *Truth, k int64) { t.Time = &k }},
	}
	for _, s := range series {
		var of []int
		for _, c := range cells {
			of = append(of, s.of(c))
		}
		slices.Sort(of)
		var each []Truth
		for _, k := range slices.Compact(of) {
			t := Truth{Study: study, Term: s.term, Value: l.mean(func(c cell) bool { return s.of(c) == k })}
			s.set(&t, int64(k))
			each = append(each, t)
		}
		out = append(append(out, Truth{Study: study, Term: s.term + "-overall", Value: l.overall(s.term, each)}), each...)
	}
	for _, c := range cells {
		g, y, e := int64(c.cohort), int64(c.year), int64(c.year-c.cohort)
		out = append(out, Truth{Study: study, Term: "att-gt", Group: &g, Time: &y, Event: &e,
			Value: l.mean(func(o cell) bool { return o == c })})
	}
	return out
}

// single is the effect that one coefficient for all waves and years means to
// give: the mean over all treated household-years.
func (l ledger) single(study string) Truth {
	return Truth{Study: study, Term: "att", Value: l.mean(func(cell) bool { return true })}
}

// overall averages a series: event times and calendar years count alike, waves
// by their households.
func (l ledger) overall(term string, each []Truth) float64 {
	var sum, weights float64
	for _, t := range each {
		weight := 1.0
		if term == "group" {
			weight = float64(l.rows[cell{int(*t.Group), int(*t.Group)}])
		}
		sum += weight * t.Value
		weights += weight
	}
	return rounded(sum / weights)
}

func keys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for c := range m {
			if !yield(c) {
				return
			}
		}
	}
}

// rounded keeps six decimals: far below any rupiah, and no run of digits in the
// manifest that could be taken for an identity number.
func rounded(x float64) float64 { return math.Round(x*1e6) / 1e6 }
