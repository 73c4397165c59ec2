package inference

import (
	"math"
	"testing"
)

// units makes rows of the given outcomes.
func units(sums ...float64) []AssignedUnit {
	out := make([]AssignedUnit, len(sums))
	for i, s := range sums {
		out[i] = AssignedUnit{Rows: 1, Sum: s}
	}
	return out
}

var thousand = Options{Level: 0.95, Seed: 7, Draws: 1000}

// Five units, treated 4 and 9, others 1, 2 and 3: means 6.5 and 2. The ten
// choices of two have the sums 3, 4, 5, 5, 6, 7, 10, 11, 12, 13 (1+2 ... 4+9);
// with total 19 the difference is sum/2 - (19-sum)/3 = 5 sum/6 - 19/3. Seen: 4.5
// at 13. Its absolute value reaches 4.5 at 13 alone (at 3 it is 3.83): p = 1/10.
func TestRandomisationByHand(t *testing.T) {
	got := RandomisationTest([]AssignedBlock{{Units: units(4, 9, 1, 2, 3), Treated: 2, Weight: 1}}, thousand, 1)
	if !got.Exact || got.Assignments != 10 || got.Draws != 10 || math.Abs(got.Statistic-4.5) > 1e-12 || got.P != 0.1 {
		t.Errorf("%+v", got)
	}
	// Treated 3 and 9 (sum 12, difference 3.667): reached at 12, 13 and 3: 3/10.
	got = RandomisationTest([]AssignedBlock{{Units: units(3, 9, 1, 2, 4), Treated: 2, Weight: 1}}, thousand, 1)
	if math.Abs(got.P-0.3) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

// Three pairs with differences 3, 1 and 2, all in favour of treatment: of the
// eight ways to toss the signs two, all plus and all minus, are as large.
func TestRandomisationOfPairs(t *testing.T) {
	third := 1.0 / 3
	got := RandomisationTest([]AssignedBlock{
		{Units: units(5, 2), Treated: 1, Weight: third}, {Units: units(4, 3), Treated: 1, Weight: third}, {Units: units(9, 7), Treated: 1, Weight: third},
	}, thousand, 1)
	if got.Assignments != 8 || got.P != 0.25 || math.Abs(got.Statistic-2) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

// Clusters of unequal size: the mean is over rows. Treated {2 rows, sum 10} of
// three clusters, others {1, 2} and {3, 6}: seen 5 - 2 = 3. Choosing {1,2}:
// 2 - 16/5 = -1.2; choosing {3,6}: 2 - 4 = -2. p = 1/3.
func TestRandomisationOfClusters(t *testing.T) {
	got := RandomisationTest([]AssignedBlock{{Units: []AssignedUnit{{2, 10}, {1, 2}, {3, 6}}, Treated: 1, Weight: 1}}, thousand, 1)
	if math.Abs(got.Statistic-3) > 1e-12 || math.Abs(got.P-1.0/3) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

// Draws come near the exact share, are the same for the same seed, and never
// give p = 0; which side is drawn does not matter.
func TestRandomisationByDraws(t *testing.T) {
	sums := []float64{9, 8, 7, 4, 6, 5, 3, 2, 1, 0, 4, 2}
	block := AssignedBlock{Units: units(sums...), Treated: 5, Weight: 1}
	exact := RandomisationTest([]AssignedBlock{block}, Options{Seed: 1, Draws: 792}, 1)
	if !exact.Exact || exact.Assignments != 792 {
		t.Fatalf("%+v", exact)
	}
	// Doubling the world with a block that cannot change makes it too many.
	many := []AssignedBlock{block, {Units: units(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), Treated: 6, Weight: 1}}
	o := Options{Seed: 5, Draws: 20000}
	drawn := RandomisationTest(many, o, 1)
	if drawn.Exact || drawn.Draws != 20000 {
		t.Fatalf("%+v", drawn)
	}
	if spread := 4 * math.Sqrt(exact.P*(1-exact.P)/20000); math.Abs(drawn.P-exact.P) > spread+1e-4 {
		t.Errorf("drawn %v, exact %v", drawn.P, exact.P)
	}
	if again := RandomisationTest(many, o, 1); again != drawn {
		t.Errorf("%+v, then %+v", drawn, again)
	}
	// The other side treated: the same test.
	turned := AssignedBlock{Units: append(units(sums[5:]...), units(sums[:5]...)...), Treated: 7, Weight: 1}
	if other := RandomisationTest([]AssignedBlock{turned, many[1]}, o, 1); math.Abs(other.P-exact.P) > 0.01 || other.Statistic != -drawn.Statistic {
		t.Errorf("%+v", other)
	}
	apart := AssignedBlock{Units: units(100, 101, 102, 103, 104, 105, 106, 107, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), Treated: 8, Weight: 1}
	if p := RandomisationTest([]AssignedBlock{apart}, thousand, 1).P; !(p > 0) {
		t.Errorf("p = %v", p)
	}
}

func TestRandomisationOfNothing(t *testing.T) {
	if p := RandomisationTest(nil, thousand, 1).P; !math.IsNaN(p) {
		t.Errorf("p = %v", p)
	}
	if p := RandomisationTest([]AssignedBlock{{Units: units(2, 2, 2, 2), Treated: 2, Weight: 1}}, thousand, 1).P; p != 1 {
		t.Errorf("a constant outcome: p = %v", p)
	}
}
