package runs

import "testing"

// TestMemoryOfTheMachine: a run is given what it may take, and no more than the machine
// can give beside its pages.
func TestMemoryOfTheMachine(t *testing.T) {
	for _, x := range []struct{ asked, has, want int64 }{{2 << 30, 16 << 30, 2 << 30}, {1 << 40, 16 << 30, 12 << 30}, {1 << 40, 0, 1 << 40}, {64 << 20, 64 << 20, 48 << 20}} {
		if got := memory(x.asked, x.has); got != x.want {
			t.Errorf("asked %d of %d: %d, expected %d", x.asked, x.has, got, x.want)
		}
	}
}
