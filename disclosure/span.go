package disclosure

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
)

// This file is the heart of the check for differencing, as linear algebra.
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
//     least need people stand behind them: only the local ones remain;
//   - a search over which variables are zero does the rest.
//
// The search has a limit of steps. Beyond it the answer is "not proved", which
// counts as a refusal: the check is sound, at the price of refusing now and then
// what would have been safe.
//
// Arithmetic is modulo a prime of 61 bits: a vector of the span with whole
// coefficients stays one, with the same or a smaller support, so that no group is
// overlooked; only were all its coefficients on the variables multiples of the
// prime could it vanish, which needs determinants beyond 10^18.

const prime = 1<<61 - 1

func mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	sum := lo&prime + (lo>>61 | hi<<3)
	if sum >= prime {
		sum -= prime
	}
	if sum >= prime {
		sum -= prime
	}
	return sum
}

func add(a, b uint64) uint64 {
	if a += b; a >= prime {
		a -= prime
	}
	return a
}

func negative(a uint64) uint64 {
	if a == 0 {
		return 0
	}
	return prime - a
}

// inverse is a^(prime-2), for a above 0.
func inverse(a uint64) uint64 {
	out, e := uint64(1), uint64(prime-2)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = mul(out, a)
		}
		a = mul(a, a)
	}
	return out
}

// vector has the entries that are not zero.
type vector map[int]uint64

// plus adds a multiple of another vector to it.
func (v vector) plus(times uint64, w vector) {
	for i, x := range w {
		if sum := add(v[i], mul(times, x)); sum == 0 {
			delete(v, i)
		} else {
			v[i] = sum
		}
	}
}

// basis keeps vectors with a pivot each that no other has before it.
type basis struct {
	pivots map[int]vector // monic at the pivot
	order  func(a, b int) int
}

// take reduces a vector by the basis, adds what remains, and tells whether it was
// new. The pivot is the first of the remaining entries in the basis' order.
func (b *basis) take(v vector) bool {
	v = b.rest(maps.Clone(v))
	if len(v) == 0 {
		return false
	}
	pivot := slices.MinFunc(slices.Collect(maps.Keys(v)), b.order)
	monic := vector{}
	monic.plus(inverse(v[pivot]), v)
	b.pivots[pivot] = monic
	return true
}

// rest is what remains of v, which it changes, after the basis.
func (b *basis) rest(v vector) vector {
	for {
		var pivots []int
		for i := range v {
			if _, is := b.pivots[i]; is {
				pivots = append(pivots, i)
			}
		}
		if len(pivots) == 0 {
			return v
		}
		slices.SortFunc(pivots, b.order)
		for _, i := range pivots {
			if x, still := v[i]; still {
				v.plus(negative(x), b.pivots[i])
			}
		}
	}
}

func newBasis() *basis { return &basis{map[int]vector{}, cmp.Compare[int]} }

// finding is the answer of a search.
type finding int

const (
	isSafe   finding = iota
	isFound          // a vector with fewer than need people behind it
	notKnown         // not proved within the steps
)

// problemOf is a span whose vectors are looked at: rows span it, and a variable
// stands for the people of its groups.
type problemOf struct {
	rows   []vector
	groups [][]int // of each variable
	people []int64 // of each group
	need   int64
	steps  int // that remain
}

// isolates tells whether the span of rows has a vector other than zero with fewer
// than need people behind it. big variables have need people or more.
func isolates(rows []vector, big map[int]bool, groups [][]int, people []int64, need int64, steps int) finding {
	p := &problemOf{groups: groups, people: people, need: need, steps: steps}
	p.rows = vanishing(rows, big)
	return p.prove(p.rows)
}

// vanishing gives vectors that span those of the span that are zero on the big
// variables.
func vanishing(rows []vector, big map[int]bool) []vector {
	// What multiplies each row is unknown; each sort of big variable is an
	// equation. Rows of few variables (fine cells) are worked out first, which
	// keeps the equations short.
	rank := make([]int, len(rows))
	for i := range rank {
		rank[i] = i
	}
	slices.SortStableFunc(rank, func(a, b int) int { return cmp.Compare(len(rows[a]), len(rows[b])) })
	place := make([]int, len(rows))
	for at, i := range rank {
		place[i] = at
	}
	equations := map[int]vector{}
	for i, r := range rows {
		for v, x := range r {
			if big[v] {
				if equations[v] == nil {
					equations[v] = vector{}
				}
				equations[v][i] = x
			}
		}
	}
	b := &basis{map[int]vector{}, func(i, j int) int { return cmp.Compare(place[i], place[j]) }}
	seen := map[string]bool{}
	for _, v := range slices.Sorted(maps.Keys(equations)) {
		if id := written(equations[v]); !seen[id] {
			seen[id] = true
			b.take(equations[v])
		}
	}
	// With a free row chosen, rows with a pivot follow, the coarsest first.
	var free, bound []int
	for _, i := range slices.Backward(rank) {
		if _, is := b.pivots[i]; is {
			bound = append(bound, i)
		} else {
			free = append(free, i)
		}
	}
	// solved[i] is row i as a combination of free ones.
	solved := map[int]vector{}
	for _, i := range free {
		solved[i] = vector{i: 1}
	}
	for _, i := range bound {
		s := vector{}
		for j, x := range b.pivots[i] {
			if j != i {
				s.plus(negative(x), solved[j])
			}
		}
		solved[i] = s
	}
	sums := map[int]vector{}
	for _, f := range free {
		sums[f] = vector{}
	}
	for i, r := range rows {
		small := vector{}
		for v, x := range r {
			if !big[v] {
				small[v] = x
			}
		}
		for f, x := range solved[i] {
			sums[f].plus(x, small)
		}
	}
	var out []vector
	for _, f := range free {
		if len(sums[f]) > 0 {
			out = append(out, sums[f])
		}
	}
	return out
}

// written is a vector as a text that tells it from others.
func written(v vector) string {
	keys := slices.Sorted(maps.Keys(v))
	out := make([]byte, 0, 12*len(keys))
	for _, k := range keys {
		out = binary.LittleEndian.AppendUint32(out, uint32(k))
		out = binary.LittleEndian.AppendUint64(out, v[k])
	}
	return string(out)
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

// once drops rows that stand twice.
func once(rows []vector) []vector {
	seen := map[string]bool{}
	var out []vector
	for _, r := range rows {
		if id := written(r); len(r) > 0 && !seen[id] {
			seen[id] = true
			out = append(out, maps.Clone(r))
		}
	}
	return out
}

// independent drops rows that the others span, the widest first, and leaves the
// rows as they are.
func independent(rows []vector) []vector {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b vector) int { return cmp.Compare(len(a), len(b)) })
	b, out := newBasis(), rows[:0:0]
	for _, r := range rows {
		if b.take(r) {
			out = append(out, maps.Clone(r))
		}
	}
	return out
}

// components parts rows that share no variable.
func components(rows []vector) [][]vector {
	of := map[int]int{} // variable -> row
	parent := make([]int, len(rows))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, r := range rows {
		for v := range r {
			if j, seen := of[v]; seen {
				parent[root(i)] = root(j)
			} else {
				of[v] = i
			}
		}
	}
	index := map[int]int{}
	var out [][]vector
	for i, r := range rows {
		at := root(i)
		if _, known := index[at]; !known {
			index[at] = len(out)
			out = append(out, nil)
		}
		out[index[at]] = append(out[index[at]], r)
	}
	return out
}

// blocks looks for wide rows without which the others fall apart into blocks, such
// that a vector with a part of the wide rows in it has need people or more behind
// it, since it is zero in none of many blocks. It gives the rows that remain.
func (p *problemOf) blocks(rows []vector) ([]vector, bool) {
	for _, share := range shares {
		near, wide := families(rows, share)
		if len(near) < 2 || len(wide) == 0 || linked(near) != nil {
			continue
		}
		// Blocks of few rows under many wide ones say little of these.
		if local := slices.Concat(near...); len(wide) <= max(len(local), 64) && p.apart(near, wide) {
			return local, true
		}
	}
	return nil, false
}

// shares are the part of a row, one in so many, that a smaller one must be to be of
// its family: rows of a region by sex, but not regions by the province. Which it is
// depends on the tables, so that several are tried.
var shares = []int{5, 7, 3, 14}

// unlinked leaves out the variables that link rows which are otherwise about
// different people (who moved from one region to another between two versions), so
// that the rows fall apart into blocks. It is false where nothing is left out, or
// where some vector would vanish.
func (p *problemOf) unlinked(rows []vector) ([]vector, bool) {
	for _, share := range shares {
		near, _ := families(rows, share)
		links := linked(near)
		if len(near) < 2 || links == nil {
			continue
		}
		fewer := make([]vector, len(rows))
		for i, r := range rows {
			fewer[i] = maps.Clone(r)
			for v := range links {
				delete(fewer[i], v)
			}
		}
		if len(independent(fewer)) == len(independent(rows)) && p.apartOf(fewer) {
			return fewer, true
		}
	}
	return nil, false
}

// apartOf tells whether rows fall apart.
func (p *problemOf) apartOf(rows []vector) bool {
	_, ok := p.blocks(rows)
	return ok || len(components(rows)) > 1
}

// families gathers rows that are largely about the same variables, such as those of
// one region, and chooses families that have little in common; all other rows
// are wide.
func families(rows []vector, share int) (near [][]vector, wide []vector) {
	all, of := map[int]bool{}, map[int][]int{} // variable -> rows that are not wide anyway
	for _, r := range rows {
		for v := range r {
			all[v] = true
		}
	}
	broad := func(r vector) bool { return 8*len(r) > len(all) }
	for i, r := range rows {
		if broad(r) {
			wide = append(wide, r)
			continue
		}
		for v := range r {
			of[v] = append(of[v], i)
		}
	}
	family := make([]int, len(rows))
	for i := range family {
		family[i] = i
	}
	root := func(i int) int {
		for family[i] != i {
			family[i] = family[family[i]]
			i = family[i]
		}
		return i
	}
	for i, r := range rows {
		if broad(r) {
			continue
		}
		common := map[int]int{}
		for v := range r {
			for _, j := range of[v] {
				common[j]++
			}
		}
		for j, n := range common { // most of the smaller is in both, and it is a good part of the larger
			if 5*n > 3*min(len(r), len(rows[j])) && share*n > max(len(r), len(rows[j])) {
				family[root(i)] = root(j)
			}
		}
	}
	members := map[int][]vector{}
	for i, r := range rows {
		if broad(r) {
			continue
		}
		f := root(i)
		members[f] = append(members[f], r)
	}
	// How much families have in common, by their place in names.
	names := slices.Sorted(maps.Keys(members))
	common := make([][]int, len(names))
	for i := range common {
		common[i] = make([]int, len(names))
	}
	for _, in := range of {
		var here []int
		for _, i := range in {
			if at, _ := slices.BinarySearch(names, root(i)); !slices.Contains(here, at) {
				here = append(here, at)
			}
		}
		for _, i := range here {
			for _, j := range here {
				common[i][j]++
			}
		}
	}
	best := mostApart(common)
	for at, name := range names {
		if best[at] {
			near = append(near, members[name])
		} else {
			wide = append(wide, members[name]...)
		}
	}
	return near, wide
}

// mostApart chooses as many families as it can that have little in common: from each
// of them as the first, it adds again and again the one that has the least in
// common with those chosen, while that is less than a fifth of it.
func mostApart(common [][]int) map[int]bool {
	var best map[int]bool
	covers := 0
	for first := range common {
		chosen, covered := map[int]bool{}, 0
		shared := make([]int, len(common))
		for next := first; next >= 0; {
			chosen[next] = true
			covered += common[next][next]
			least := -1
			for i := range common {
				shared[i] += common[i][next]
				if chosen[i] || 5*shared[i] >= common[i][i] {
					continue
				}
				if least < 0 || cmp.Or(cmp.Compare(shared[i]*common[least][least], shared[least]*common[i][i]), cmp.Compare(common[i][i], common[least][least])) < 0 {
					least = i
				}
			}
			next = least
		}
		if len(chosen) > len(best) || len(chosen) == len(best) && covered > covers {
			best, covers = chosen, covered
		}
	}
	return best
}

// linked lists the variables of more than one family; nil: none.
func linked(near [][]vector) map[int]bool {
	home := map[int]int{}
	var links map[int]bool
	for f, rows := range near {
		for _, r := range rows {
			for v := range r {
				if h, seen := home[v]; seen && h != f {
					if links == nil {
						links = map[int]bool{}
					}
					links[v] = true
				}
				home[v] = f
			}
		}
	}
	return links
}

// apart tells whether any vector with a part of the wide rows that is not local
// has need people or more behind it.
func (p *problemOf) apart(blocks [][]vector, wide []vector) bool {
	if int64(len(blocks)) < 2 {
		return false
	}
	home := map[int]int{} // variable -> block
	for b, rows := range blocks {
		for _, r := range rows {
			for v := range r {
				home[v] = b
			}
		}
	}
	// What of the wide rows lies in each block, and what in none.
	parts := make([][]vector, len(blocks)+1)
	for b := range parts {
		parts[b] = make([]vector, len(wide))
		for i := range wide {
			parts[b][i] = vector{}
		}
	}
	for i, w := range wide {
		for v, x := range w {
			b, in := home[v]
			if !in {
				b = len(blocks)
			}
			parts[b][i][v] = x
		}
	}
	// Whoever's people are in two blocks counts in none.
	owner, shared := map[int]int{}, map[int]bool{}
	for v, b := range home {
		for _, g := range p.groups[v] {
			if o, seen := owner[g]; seen && o != b {
				shared[b], shared[o] = true, true
			}
			owner[g] = b
		}
	}
	// In a block, a combination of the wide rows either is local or has at least so
	// many people behind it. Blocks in which the same combinations are local add up.
	type kin struct {
		kernel []vector // the combinations that are local there
		part   []vector
		people int64
	}
	kins := map[string]*kin{}
	for b, rows := range blocks {
		local := newBasis()
		for _, r := range rows {
			local.take(r)
		}
		whole := slices.Clone(rows)
		for _, part := range parts[b] {
			if len(part) > 0 {
				whole = append(whole, part)
			}
		}
		var people int64
		if !shared[b] {
			people = p.floor(independent(whole), nil)
		}
		for i := range parts[b] {
			parts[b][i] = local.rest(maps.Clone(parts[b][i]))
		}
		kernel := relations(parts[b])
		id := canonical(kernel)
		if kins[id] == nil {
			kins[id] = &kin{kernel: kernel, part: parts[b]}
		}
		kins[id].people += people
	}
	ids := slices.Sorted(maps.Keys(kins))
	// What is local wherever enough people are.
	var common []vector
	for i := range wide {
		common = append(common, vector{i: 1})
	}
	for _, id := range ids {
		k := kins[id]
		var people int64
		for _, other := range ids { // who is not local here is not local there either
			if within(kins[other].kernel, k.kernel) {
				people += kins[other].people
			}
		}
		if people >= p.need {
			common = local(common, k.part)
		}
	}
	// It has to be local everywhere.
	for _, part := range parts {
		if len(local(common, part)) < len(common) {
			return false
		}
	}
	return true
}

// local gives a basis of those combinations in the span of some that vanish on a
// part of the rows that they combine.
func local(combinations, part []vector) []vector {
	sums := make([]vector, len(combinations))
	for i, c := range combinations {
		sums[i] = vector{}
		for row, x := range c {
			sums[i].plus(x, part[row])
		}
	}
	var out []vector
	for _, relation := range relations(sums) {
		c := vector{}
		for i, x := range relation {
			c.plus(x, combinations[i])
		}
		out = append(out, c)
	}
	return out
}

// within tells whether the span of some vectors lies in that of others.
func within(inner, outer []vector) bool {
	b := newBasis()
	for _, v := range outer {
		b.take(v)
	}
	return !slices.ContainsFunc(inner, func(v vector) bool { return len(b.rest(maps.Clone(v))) > 0 })
}

// canonical is a span as a text that tells it from others.
func canonical(rows []vector) string {
	b := newBasis()
	for _, r := range rows {
		b.take(r)
	}
	out := ""
	for _, pivot := range slices.Backward(slices.Sorted(maps.Keys(b.pivots))) {
		monic := maps.Clone(b.pivots[pivot])
		delete(monic, pivot)
		monic = b.rest(monic)
		monic[pivot] = 1
		b.pivots[pivot] = monic
		out += written(monic) + ";"
	}
	return out
}

// relations gives a basis of the combinations of vectors that are zero.
func relations(vectors []vector) []vector {
	// Each vector is followed by a mark of its own beyond all entries.
	const beyond = 1 << 40
	b := newBasis()
	var out []vector
	for i, v := range vectors {
		v = maps.Clone(v)
		v[beyond+i] = 1
		v = b.rest(v)
		pivot, found := 0, false
		for k := range v {
			if k < beyond && (!found || k < pivot) {
				pivot, found = k, true
			}
		}
		if !found {
			c := vector{}
			for k, x := range v {
				c[k-beyond] = x
			}
			out = append(out, c)
			continue
		}
		monic := vector{}
		monic.plus(inverse(v[pivot]), v)
		b.pivots[pivot] = monic
	}
	return out
}

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

// without spans the vectors of a span that are zero at a variable.
func without(rows []vector, variable int) []vector {
	pivot := -1
	for i, r := range rows {
		if _, has := r[variable]; has && (pivot < 0 || len(r) < len(rows[pivot])) {
			pivot = i
		}
	}
	if pivot < 0 {
		return rows
	}
	times := negative(inverse(rows[pivot][variable]))
	out := make([]vector, 0, len(rows)-1)
	for i, r := range rows {
		if i == pivot {
			continue
		}
		if x, has := r[variable]; has {
			r = maps.Clone(r)
			r.plus(mul(times, x), rows[pivot])
		}
		out = append(out, r)
	}
	return out
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
