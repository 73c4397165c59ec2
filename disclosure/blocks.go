package disclosure

import (
	"cmp"
	"maps"
	"slices"
)

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
