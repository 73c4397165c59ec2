package series

import (
	"math"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// whole is a line that sums up others, and the lines that it may sum up: one of the
// ways has to fit.
type whole struct {
	line int
	ways [][]int
	all  bool // of a region: its parts are all there
	open bool // of a region: parts may be missing
}

// totals holds lines that sum up others against them.
func (s *Series) totals(out *found) {
	wholes := s.wholes()
	for k := range s.measures {
		m := &s.measures[k]
		adds := m.adds
		if adds == "" {
			adds = s.evidence(k, wholes)
		}
		for _, w := range wholes {
			v := s.value(w.line, k)
			if math.IsNaN(v) || adds == contract.AddsNone {
				continue
			}
			l := s.lines[w.line]
			e := contract.Example{Row: l.row, Region: l.region, Period: m.period(l.period), Found: source.SpellReal(v)}
			if adds == contract.AddsSum {
				if made, sure := s.sums(w, k); sure {
					e.Expected = source.SpellReal(rounded6(made))
					out.add(contract.Sum, m, nil, e)
				}
			} else if made, sure := s.means(w, k); sure {
				e.Expected = made
				out.add(contract.Mean, m, nil, e)
			}
		}
	}
}

// rounded6 takes off the trace of adding numbers of the machine.
func rounded6(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// evidence tells by the totals whether an undeclared measure adds up or is a mean.
func (s *Series) evidence(k int, wholes []whole) contract.Adding {
	sums, within, n := 0, 0, 0
	for _, w := range wholes {
		v := s.value(w.line, k)
		if math.IsNaN(v) {
			continue
		}
		n++
		if _, off := s.sums(w, k); !off {
			sums++
		} else if low, high, ok := s.span(w.ways[0], k); ok && v >= low && v <= high {
			within++
		}
	}
	if sums*2 >= n || within < n-sums {
		return contract.AddsSum
	}
	return contract.AddsMean
}

// wholes finds the lines that sum up others: those that the reader marked, and
// regions whose parts all stand in the table too.
func (s *Series) wholes() []whole {
	children := map[line][]int{} // region, period and dims of the whole
	for i, l := range s.lines {
		if up := s.parent(l.region); up != "" && !l.total {
			at := line{region: up, period: l.period, dims: l.dims}
			children[at] = append(children[at], i)
		}
	}
	var all []whole
	block := 0 // the line after the last marked total
	for i, l := range s.lines {
		var w whole
		parts := children[line{region: l.region, period: l.period, dims: l.dims}]
		if l.region != "" && len(parts) > 1 && s.complete(l.region, l.period, parts) {
			w = whole{line: i, ways: [][]int{parts}, all: true}
		} else if l.total {
			near, before, every := s.fitting(i, block, i), s.fitting(i, 0, i), s.fitting(i, 0, len(s.lines))
			if l.region != "" { // wherever its parts stand
				near = slices.DeleteFunc(slices.Clone(every), func(j int) bool { return !s.within(s.lines[j].region, l.region) })
			} else if len(near) < 2 {
				near = before
			}
			w = whole{line: i, ways: [][]int{near, before, every}, open: l.region != ""}
		}
		if len(w.ways) > 0 && len(w.ways[0]) > 1 {
			all = append(all, w)
		}
		if l.total {
			block = i + 1
		}
	}
	return all
}

// within tells whether a region lies in another.
func (s *Series) within(code, in string) bool {
	if in == registry.Nation {
		return true
	}
	for up := s.parent(code); up != ""; up = s.parent(up) {
		if up == in {
			return true
		}
	}
	return false
}

// fitting are the lines from one to before another that are of the time and kind of a
// total, without those that are parts of others among them.
func (s *Series) fitting(total, from, until int) []int {
	t := s.lines[total]
	known := map[string]bool{} // what rows have in the columns that tell them apart
	for _, l := range s.lines[from:until] {
		if !l.total {
			for k, d := range strings.Split(l.dims, apart) {
				known[string(rune(k))+d] = true
			}
		}
	}
	dims := strings.Split(t.dims, apart)
	fits := func(l line) bool {
		if l.total || t.period != "" && l.period != t.period {
			return false
		}
		for k, d := range strings.Split(l.dims, apart) {
			// "Jumlah" in such a column is no kind of its own.
			if dims[k] != "" && dims[k] != d && known[string(rune(k))+dims[k]] {
				return false
			}
		}
		return true
	}
	var all []int
	regions := map[string]bool{}
	for i := from; i < until; i++ {
		if fits(s.lines[i]) {
			all = append(all, i)
			regions[s.lines[i].region] = true
		}
	}
	return slices.DeleteFunc(all, func(i int) bool {
		for up := s.parent(s.lines[i].region); up != ""; up = s.parent(up) {
			if regions[up] {
				return true
			}
		}
		return false
	})
}

// parent is the code of the region right above, by the length of codes.
func (s *Series) parent(code string) string {
	switch len(code) {
	case 2:
		return registry.Nation
	case 4:
		if code == registry.Nation {
			return ""
		}
		return code[:2]
	case 6, 7:
		return code[:4]
	case 10:
		if s.kemendagri {
			return code[:6]
		}
		return code[:7]
	}
	return ""
}

// complete tells whether the parts of a region that the register knows are all
// there. Of a region without known parts nobody can tell.
func (s *Series) complete(region, period string, parts []int) bool {
	on := registry.Day(period + "-12-31")
	if len(period) > 4 {
		on = registry.Day(period + "-28")
	}
	if period == "" {
		on = ""
	}
	there := map[string]bool{}
	for _, i := range parts {
		there[s.lines[i].region] = true
	}
	n := 0
	for _, r := range registry.Subtree(region, on) {
		if r.Parent != region {
			continue
		}
		if n++; !there[r.Code] {
			return false
		}
	}
	return n > 0 && region != registry.Nation // of whose provinces the table has few
}

// sums gives the sum of the nearest rows, and whether the total is surely none of
// the sums it could be.
func (s *Series) sums(w whole, k int) (made float64, off bool) {
	v := s.value(w.line, k)
	sure := true
	for n, way := range w.ways {
		sum, missing := 0.0, s.rejectedWithin(w, way)
		for _, i := range way {
			x := s.value(i, k)
			if math.IsNaN(x) {
				missing = true
				continue
			}
			sum += x
		}
		if n == 0 {
			made = sum
			sure = !missing
		}
		if math.Abs(sum-v) <= s.slack(k, len(way)+1, math.Abs(sum)) {
			return sum, false
		}
	}
	if w.open && v > made { // parts may be missing
		sure = false
	}
	return made, sure
}

// slack is what rounding may make of a sum of some numbers.
func (s *Series) slack(k, n int, size float64) float64 {
	slack := 1e-9 * size
	if s.decimals[k] > 0 || s.measures[k].coarse {
		slack += float64(n) * 0.5 * math.Pow(10, -float64(s.decimals[k]))
	}
	return slack
}

// rejectedWithin tells whether a rejected row may be part of a whole.
func (s *Series) rejectedWithin(w whole, way []int) bool {
	if w.all || len(way) == 0 {
		return false // all parts are there
	}
	first, last := s.lines[way[0]].row, s.lines[w.line].row
	return slices.ContainsFunc(s.rejected, func(row int64) bool { return row < last && (row > first || first == s.lines[0].row) })
}

// span is from the least to the most value of some lines.
func (s *Series) span(way []int, k int) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, i := range way {
		if x := s.value(i, k); !math.IsNaN(x) {
			low, high, ok = min(low, x), max(high, x), true
		}
	}
	return low, high, ok
}

// means tells whether the rate of a whole is surely not the mean of its parts, and
// what these make: the mean weighted by population where it is known, else the span
// in which every mean lies.
func (s *Series) means(w whole, k int) (made string, off bool) {
	v, way := s.value(w.line, k), w.ways[0]
	low, high, ok := s.span(way, k)
	if !ok || s.rejectedWithin(w, way) {
		return "", false
	}
	made = source.SpellReal(low) + " - " + source.SpellReal(high)
	if w.open { // parts that are missing may lie some way off
		low, high = low-(high-low), high+(high-low)
	}
	half := 0.5 * math.Pow(10, -float64(s.decimals[k]))
	if mean, ok := s.weighted(w, k); ok {
		// 1 % for the weights, which are figures of their own.
		return source.SpellReal(math.Round(mean*1e4) / 1e4), math.Abs(mean-v) > 2*half+0.01*math.Abs(v)
	}
	return made, v < low-2*half || v > high+2*half
}

// weighted is the mean of the parts of a region weighted by population; false for
// what is not weighed so, or where weights are not known.
func (s *Series) weighted(w whole, k int) (float64, bool) {
	m := &s.measures[k]
	i, ok := registry.FindIndicator(m.indicator)
	if !w.all || m.Adds != contract.AddsMean && (!ok || i.Adds != registry.AddsMean) {
		return 0, false
	}
	var sum, weights float64
	for _, at := range w.ways[0] {
		x := s.value(at, k)
		n, ok := s.weight(at, m)
		if math.IsNaN(x) || !ok {
			return 0, false
		}
		sum, weights = sum+n*x, weights+n
	}
	return sum / weights, true
}

// weight is the population of a line: of its own columns, or of the register.
func (s *Series) weight(at int, m *measure) (float64, bool) {
	l := s.lines[at]
	period := m.period(l.period)
	own := func(indicator string) (float64, bool) {
		for k := range s.measures {
			if other := &s.measures[k]; other.indicator == indicator && (other.period(l.period) == period || len(other.period(l.period)) == 4 && strings.HasPrefix(period, other.period(l.period))) {
				if x := s.value(at, k); x > 0 {
					return x, true
				}
			}
		}
		return 0, false
	}
	if n, ok := own("population"); ok {
		return n, true
	}
	if n, ok := s.held.near("population", l.region, period); ok {
		return n, true
	}
	poor, ok := own("poor")
	rate, too := own("p0")
	if !ok || !too {
		poor, ok = s.held.near("poor", l.region, period)
		rate, too = s.held.near("p0", l.region, period)
	}
	return poor / rate, ok && too && rate > 0
}
