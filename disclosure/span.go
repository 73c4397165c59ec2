package disclosure

import (
	"maps"
	"slices"
)

// The heart of the check for differencing, as linear algebra (linear.go).
//
// Whoever holds the sums S(F_1), S(F_2), ... over sets of rows can work out each
// sum_i c_i S(F_i), and nothing else by linear means. Rows that lie in the same
// sets are one variable; a sum is a vector of zeros and ones over variables, and
// what can be worked out is the span of these vectors. A group of people is given
// away when some vector of the span is zero everywhere but on variables behind
// which stand 1 to need-1 people, whatever its coefficients: with fewer people
// than need behind it, a weighted sum is about them alone.
//
// To find the vector of least support in a span is hard in general (it is the
// least distance of a linear code). Here the question has a small answer, fewer
// than ten people, which makes exact answers possible in all the cases that
// releases of tables lead to:
//
//   - a variable of need people or more must be zero in such a vector; so the span
//     is cut down to the vectors that vanish on all of these (mostly to nothing);
//   - variables that are always multiples of each other are one variable;
//   - parts of the span that share no variable are looked at by themselves;
//   - vectors that reach over many blocks of variables (a province's table over its
//     regions) differ from anything local in each of many blocks, so that at
//     least need people stand behind them: only the local ones remain (blocks.go);
//   - a search over which variables are zero does the rest (search.go).
//
// The search has a limit of steps. Beyond it the answer is "not proved", which
// counts as a refusal: the check is sound, at the price of refusing now and then
// what would have been safe.

// finding is the answer of a search.
type finding int

const (
	isSafe   finding = iota
	isFound          // a vector with fewer than need people behind it
	notKnown         // not proved within the steps
)

// problemOf is what is known of the variables of a span: each stands for the people
// of its groups.
type problemOf struct {
	groups [][]int // of each variable
	people []int64 // of each group
	need   int64
	steps  int // that remain
}

// isolates tells whether the span of rows has a vector other than zero with fewer
// than need people behind it. big variables have need people or more.
func isolates(rows []vector, big map[int]bool, groups [][]int, people []int64, need int64, steps int) finding {
	p := &problemOf{groups, people, need, steps}
	return p.prove(vanishing(rows, big))
}

// behind counts the people behind variables.
func (p *problemOf) behind(variables []int) int64 {
	if len(variables) == 1 {
		var n int64
		for _, g := range p.groups[variables[0]] {
			n += p.people[g]
		}
		return n
	}
	seen := map[int]bool{}
	var n int64
	for _, v := range variables {
		for _, g := range p.groups[v] {
			if !seen[g] {
				seen[g] = true
				n += p.people[g]
			}
		}
	}
	return n
}

// prove looks at a span as a whole.
func (p *problemOf) prove(rows []vector) finding {
	worst := isSafe
	for _, part := range components(p.tidy(rows)) {
		switch p.part(part) {
		case isFound:
			return isFound
		case notKnown:
			worst = notKnown
		}
	}
	return worst
}

// part looks at a part of the span that shares no variable with others.
func (p *problemOf) part(rows []vector) finding {
	if len(rows) == 1 {
		if p.behind(slices.Collect(maps.Keys(rows[0]))) < p.need {
			return isFound
		}
		return isSafe
	}
	for _, r := range rows { // what stands in a row by itself
		if p.behind(slices.Collect(maps.Keys(r))) < p.need {
			return isFound
		}
	}
	if local, ok := p.blocks(rows); ok {
		return p.prove(local)
	}
	// With fewer variables looked at there are no more people behind a vector than
	// with all: what is safe so is safe.
	if fewer, ok := p.unlinked(rows); ok && p.prove(fewer) == isSafe {
		return isSafe
	}
	return p.search(rows)
}

// tidy drops rows that stand twice and the variables that must be zero in a vector
// with few people behind it, and makes variables that are multiples of each other
// one. It may add variables to the problem.
func (p *problemOf) tidy(rows []vector) []vector {
	for {
		rows = once(rows)
		if len(rows) == 0 {
			return nil
		}
		columns := map[int]vector{}
		for i, r := range rows {
			for v, x := range r {
				if columns[v] == nil {
					columns[v] = vector{}
				}
				columns[v][i] = x
			}
		}
		// Multiples of each other.
		alike := map[string][]int{}
		for _, v := range slices.Sorted(maps.Keys(columns)) {
			c := columns[v]
			first := slices.Min(slices.Collect(maps.Keys(c)))
			unit := vector{}
			unit.plus(inverse(c[first]), c)
			id := written(unit)
			alike[id] = append(alike[id], v)
		}
		zero := map[int]bool{}
		changed := false
		for _, id := range slices.Sorted(maps.Keys(alike)) {
			same := alike[id]
			if p.behind(same) >= p.need {
				for _, v := range same {
					zero[v] = true
				}
				continue
			}
			if len(same) > 1 {
				p.merge(rows, same)
				changed = true
			}
		}
		if len(zero) == 0 {
			if !changed {
				return rows
			}
			continue
		}
		rows = vanishing(rows, zero)
	}
}

// merge lets the first of some variables stand for all of them.
func (p *problemOf) merge(rows []vector, same []int) {
	var groups []int
	for _, v := range same {
		groups = append(groups, p.groups[v]...)
	}
	slices.Sort(groups)
	p.groups = append(p.groups, slices.Compact(groups))
	made := len(p.groups) - 1
	for _, r := range rows {
		if x, has := r[same[0]]; has {
			for _, v := range same {
				delete(r, v)
			}
			r[made] = x
		}
	}
}
