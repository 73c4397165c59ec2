package contract

import (
	"testing"

	"pgregory.net/rapid"
)

// A set says what a map would, however it grows, and past its bound still knows
// what it has and from which row on it has no more.
func TestSeenSet(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, naive := newSeenSet(true), map[uint64][2]int64{}
		n := rapid.IntRange(1, 5000).Draw(rt, "n")
		spread := rapid.Uint64Range(1, 8000).Draw(rt, "spread")
		x := rapid.Uint64().Draw(rt, "seed")
		for row := int64(1); row <= int64(n); row++ {
			x = x*6364136223846793005 + 1442695040888963407
			sum := 1 + (x>>33)%spread
			first, beside, again := s.add(sum, row, uint32(row*3))
			was, had := naive[sum]
			if again != had || had && (first != was[0] || int64(beside) != was[1]) {
				rt.Fatalf("row %d: %d %d %v, want %v %v", row, first, beside, again, was, had)
			}
			if !had {
				naive[sum] = [2]int64{row, row * 3}
			}
		}
	})
	s := newSeenSet(false)
	s.add(7, 1, 0)
	s.n = mostSeen
	if _, _, again := s.add(8, 2, 0); again || s.full != 2 {
		t.Error("the bound is not said", s.full)
	}
	if first, _, again := s.add(7, 3, 0); !again || first != 1 || s.full != 2 {
		t.Error("what was seen is forgotten")
	}
	if _, _, again := s.add(8, 4, 0); again {
		t.Error("what found no room is known")
	}
}
