package disclosure

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
)

// Vectors with few entries that are not zero, and what they span.
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
