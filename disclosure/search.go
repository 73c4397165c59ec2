package disclosure

import (
	"cmp"
	"maps"
	"slices"
)

// search decides variable by variable whether it is zero. It is exact within the
// steps that remain.
func (p *problemOf) search(rows []vector) finding {
	rows = independent(rows)
	if len(rows) == 0 {
		return isSafe
	}
	return p.decide(rows, nil)
}

// decide looks for a vector of the span with the people of the variables kept, and
// fewer than need in all.
func (p *problemOf) decide(rows []vector, kept []int) finding {
	entries := 0
	for _, r := range rows {
		entries += len(r)
	}
	// A step is a small system; a large one takes as many as its floor is work.
	if p.steps -= 1 + len(rows)*entries/20_000; p.steps < 0 {
		return notKnown
	}
	if len(rows) == 0 {
		return isSafe
	}
	if len(rows) == 1 {
		if p.behind(slices.Collect(maps.Keys(rows[0]))) < p.need {
			return isFound
		}
		return isSafe
	}
	if p.floor(rows, kept) >= p.need {
		return isSafe
	}
	// The variable with the most people that is not decided yet; all rows of a
	// variable are given up when it is zero.
	variable, most := -1, int64(-1)
	for _, r := range rows {
		for v := range r {
			if slices.Contains(kept, v) {
				continue
			}
			if n := p.behind([]int{v}); n > most || n == most && v < variable {
				variable, most = v, n
			}
		}
	}
	if variable < 0 { // all that is left are variables that are kept anyway
		return isFound
	}
	worst := isSafe
	if with := append(slices.Clone(kept), variable); p.behind(with) < p.need {
		if worst = p.decide(rows, with); worst == isFound {
			return isFound
		}
	}
	switch p.decide(without(rows, variable), kept) {
	case isFound:
		return isFound
	case notKnown:
		return notKnown
	}
	return worst
}

// floor is a number of people that stand behind every vector of the span at least:
// those that are kept, and one variable of each of as many disjoint sets of
// variables as can be found on which only zero is zero. People behind two of
// the sets are counted once, by leaving such sets out.
func (p *problemOf) floor(rows []vector, kept []int) int64 {
	columns := map[int]vector{}
	for i, r := range rows {
		for v, x := range r {
			if columns[v] == nil {
				columns[v] = vector{}
			}
			columns[v][i] = x
		}
	}
	for _, v := range kept {
		delete(columns, v)
	}
	used := map[int]bool{}
	for _, v := range kept {
		for _, g := range p.groups[v] {
			used[g] = true
		}
	}
	order := slices.SortedFunc(maps.Keys(columns), func(a, b int) int {
		return cmp.Or(cmp.Compare(p.behind([]int{b}), p.behind([]int{a})), cmp.Compare(a, b))
	})
	var people int64
	for g := range used {
		people += p.people[g]
	}
	for people < p.need {
		b, taken := newBasis(), map[int]bool{}
		left := order[:0:0]
		least := int64(-1)
		for _, v := range order {
			if len(taken) < len(rows) && !slices.ContainsFunc(p.groups[v], func(g int) bool { return used[g] }) && b.take(columns[v]) {
				taken[v] = true
				if n := p.behind([]int{v}); least < 0 || n < least {
					least = n
				}
				continue
			}
			left = append(left, v)
		}
		if len(taken) < len(rows) {
			break
		}
		people += least
		for v := range taken {
			for _, g := range p.groups[v] {
				used[g] = true
			}
		}
		order = left
	}
	return people
}
