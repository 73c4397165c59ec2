package disclosure

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// exhaustive tells the same as isolates by trying every set of variables with few
// people behind it: some vector lives on a set when the columns outside of it have
// a smaller rank than all columns.
func exhaustive(rows []vector, groups [][]int, people []int64, need int64) bool {
	rank := func(within func(v int) bool) int {
		b, n := newBasis(), 0
		for _, r := range rows {
			cut := vector{}
			for v, x := range r {
				if within(v) {
					cut[v] = x
				}
			}
			if len(cut) > 0 && b.take(cut) {
				n++
			}
		}
		return n
	}
	full := rank(func(int) bool { return true })
	p := &problemOf{groups: groups, people: people}
	for set := 1; set < 1<<len(groups); set++ {
		var in []int
		for v := range groups {
			if set>>v&1 == 1 {
				in = append(in, v)
			}
		}
		if p.behind(in) < need && rank(func(v int) bool { return set>>v&1 == 0 }) < full {
			return true
		}
	}
	return false
}

// TestIsolatesIsExact: on small systems of any sort the search says what trying all
// sets of variables says, and never "not proved".
func TestIsolatesIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		variables := rapid.IntRange(1, 10).Draw(rt, "variables")
		shared := rapid.Bool().Draw(rt, "shared")
		need := int64(rapid.IntRange(2, 12).Draw(rt, "need"))
		var groups [][]int
		var people []int64
		for v := range variables {
			g := []int{len(people)}
			people = append(people, int64(rapid.IntRange(1, 5).Draw(rt, "people")))
			if shared && v > 0 && rapid.Bool().Draw(rt, "with the one before") {
				g = append(slices.Clone(groups[v-1]), g...)
			}
			groups = append(groups, g)
		}
		var rows []vector
		for range rapid.IntRange(1, 7).Draw(rt, "rows") {
			r := vector{}
			for v := range variables {
				if rapid.Bool().Draw(rt, "in") {
					r[v] = 1
				}
			}
			if len(r) > 0 {
				rows = append(rows, r)
			}
		}
		p := &problemOf{groups: groups, people: people}
		big := map[int]bool{}
		for v := range variables {
			if p.behind([]int{v}) >= need {
				big[v] = true
			}
		}
		want := isSafe
		if exhaustive(rows, groups, people, need) {
			want = isFound
		}
		if got := isolates(rows, big, slices.Clone(groups), people, need, 1_000_000); got != want {
			rt.Fatalf("got %d, want %d: rows %v, groups %v, people %v, need %d", got, want, rows, groups, people, need)
		}
	})
}

// TestStepsEnd: without steps nothing is proved that needs a search.
func TestStepsEnd(t *testing.T) {
	// Two rows that cross in three variables of four people each.
	rows := []vector{{0: 1, 1: 1, 2: 1}, {1: 1, 2: 1, 3: 1}, {0: 1, 2: 1, 3: 1, 4: 1}}
	groups, people := [][]int{{0}, {1}, {2}, {3}, {4}}, []int64{4, 4, 4, 4, 4}
	if got := isolates(rows, nil, groups, people, 10, 0); got == isSafe {
		t.Error("safe without a step")
	}
}

func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.Uint64Range(1, prime-1).Draw(rt, "a")
		if mul(a, inverse(a)) != 1 || add(a, negative(a)) != 0 {
			rt.Fatal(a)
		}
	})
	if mul(prime-1, prime-1) != 1 {
		t.Error("(-1)^2 is not 1")
	}
}

// TestBlocksAreSound: on systems of many blocks under wide rows, with people who link
// them, what is proved by blocks is what the search alone finds.
func TestBlocksAreSound(t *testing.T) {
	proved, searched := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		need := int64(rapid.IntRange(3, 4).Draw(rt, "need"))
		blocks := rapid.IntRange(9, 12).Draw(rt, "blocks")
		wide := make([]vector, 2+rapid.IntRange(1, 2).Draw(rt, "wide"))
		for i := range wide {
			wide[i] = vector{}
		}
		var rows []vector
		var groups [][]int
		var people []int64
		linked := rapid.Bool().Draw(rt, "linked")
		for b := range blocks {
			total, part, later := vector{}, vector{}, vector{}
			for v := range rapid.IntRange(8, 10).Draw(rt, "variables") {
				id := len(groups)
				groups, people = append(groups, []int{id}), append(people, 1)
				total[id] = 1
				later[id] = 1
				if v%2 == 0 {
					part[id] = 1
				}
				wide[rapid.IntRange(0, 1).Draw(rt, "of the first")][id] = 1 // two partitions of everyone
				wide[2+rapid.IntRange(0, len(wide)-3).Draw(rt, "of the second")][id] = 1
			}
			rows = append(rows, total, part)
			if linked && b > 0 { // one who was here and is in the next
				id := len(groups)
				groups, people = append(groups, []int{id}), append(people, 1)
				total[id] = 1
				rows = append(rows, later)
				if len(rows) > 6 {
					rows[len(rows)-4][id] = 1
				}
			}
		}
		rows = append(rows, wide...)
		rows = slices.DeleteFunc(rows, func(r vector) bool { return len(r) == 0 })
		big := map[int]bool{}
		for v := range groups {
			if people[v] >= need {
				big[v] = true
			}
		}
		got := isolates(rows, big, slices.Clone(groups), people, need, 20_000)
		alone := &problemOf{groups: groups, people: people, need: need, steps: 20_000}
		want := alone.search(rows)
		if got == isSafe {
			proved++
		}
		if want != notKnown {
			searched++
		}
		if got == isSafe && want == isFound || got == isFound && want == isSafe {
			rt.Fatalf("blocks say %d, the search %d: rows %v, people %v, need %d", got, want, rows, people, need)
		}
	})
	if proved == 0 || searched == 0 {
		t.Errorf("%d proved, %d searched: nothing was compared", proved, searched)
	}
}
