package inference

import (
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/internal/testenv"
)

// regression is a small data set by rows, for referees.
type regressionRows struct {
	x       [][]float64
	y       []float64
	cluster []int
}

func (r regressionRows) moments() []RegressionCluster {
	k := len(r.x[0])
	var all []RegressionCluster
	for c := 0; slices.Contains(r.cluster, c); c++ {
		one := RegressionCluster{mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)}
		for i := range r.y {
			if r.cluster[i] != c {
				continue
			}
			v := mat.NewVecDense(k, r.x[i])
			one.Gram.SymRankOne(one.Gram, 1, v)
			one.XY.AddScaledVec(one.XY, r.y[i], v)
		}
		all = append(all, one)
	}
	return all
}

func (r regressionRows) fit(y []float64) (beta *mat.VecDense, bread *mat.Dense) {
	k := len(r.x[0])
	xx, xy := mat.NewDense(k, k, nil), mat.NewVecDense(k, nil)
	for i, row := range r.x {
		for a := range row {
			xy.SetVec(a, xy.AtVec(a)+row[a]*y[i])
			for b := range row {
				xx.Set(a, b, xx.At(a, b)+row[a]*row[b])
			}
		}
	}
	bread = new(mat.Dense)
	if err := bread.Inverse(xx); err != nil {
		panic(err)
	}
	beta = new(mat.VecDense)
	beta.MulVec(bread, xy)
	return beta, bread
}

// t is the coefficient j less r over its CR0 error.
func (r regressionRows) t(y []float64, j int, null float64) float64 {
	beta, bread := r.fit(y)
	sums := map[int]float64{}
	for i, row := range r.x {
		e := y[i] - mat.Dot(mat.NewVecDense(len(row), row), beta)
		var a float64
		for b := range row {
			a += bread.At(j, b) * row[b]
		}
		sums[r.cluster[i]] += a * e
	}
	var v float64
	for _, s := range sums {
		v += s * s
	}
	return (beta.AtVec(j) - null) / math.Sqrt(v)
}

func states(t *testing.T) regressionRows {
	t.Helper()
	testenv.Need(t, "golden")
	f, err := os.Open(testenv.Golden("wcb_states10.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var r regressionRows
	names := map[string]int{}
	for _, row := range all[1:] {
		if _, ok := names[row[0]]; !ok {
			names[row[0]] = len(names)
		}
	}
	for _, row := range all[1:] {
		number := func(s string) float64 {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		x := make([]float64, 1+len(names)+4)
		x[0] = number(row[3])
		x[1+names[row[0]]] = 1
		if year := int(number(row[1])) - 2003; year > 0 {
			x[len(names)+year] = 1
		}
		r.x, r.y, r.cluster = append(r.x, x), append(r.y, number(row[2])), append(r.cluster, names[row[0]])
	}
	return r
}

func unit(k, j int) *mat.VecDense {
	v := mat.NewVecDense(k, nil)
	v.SetVec(j, 1)
	return v
}

// All 2^10 sign vectors on ten states: the numbers of the golden file, which
// were made from rows.
func TestGoldenWildCluster(t *testing.T) {
	r := states(t)
	// The file counts all dummies in K.
	got, err := WildCluster(r.moments(), 50, 15, unit(len(r.x[0]), 0), Options{Level: 0.95, Draws: 9999})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(testenv.Golden("wcb_states10.expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all[1:] {
		want, _ := strconv.ParseFloat(row[1], 64)
		value := map[string]float64{"beta": got.Estimate, "se": got.SE, "t": got.T,
			"p_sym_ge": got.P, "p_sym_gt": got.PStrict, "p_equal_tail": got.PEqualTail}[row[0]]
		if math.Abs(value-want) > 1e-9*math.Max(math.Abs(want), 1e-3) {
			t.Errorf("%s %.12g, want %.12g", row[0], value, want)
		}
	}
	if !got.Enumerated || got.Draws != 1024 {
		t.Errorf("%+v", got)
	}
	// The interval holds what the test does not reject.
	for _, side := range []float64{got.Lower, got.Upper} {
		for _, step := range []float64{-1e-4, 1e-4} {
			inside := (side == got.Lower) == (step > 0)
			y := slices.Clone(r.y)
			for i := range y {
				y[i] -= (side + step) * r.x[i][0]
			}
			moved := r
			moved.y = y
			p, err := WildCluster(moved.moments(), 50, 15, unit(len(r.x[0]), 0), Options{Level: 0.95, Draws: 9999})
			if err != nil || (p.P > 0.05) != inside {
				t.Errorf("at %v: p %v, inside %v (%v)", side+step, p.P, inside, err)
			}
		}
	}
}

func randomRows(seed uint64, clusters, rows int) regressionRows {
	random := rand.New(rand.NewPCG(seed, 1))
	var r regressionRows
	for c := range clusters {
		shock, level := random.NormFloat64(), random.NormFloat64()
		for range rows + c%3 {
			x := []float64{level + random.NormFloat64(), 1, random.NormFloat64()}
			r.x, r.cluster = append(r.x, x), append(r.cluster, c)
			r.y = append(r.y, 0.3*x[0]+x[2]+shock+random.NormFloat64())
		}
	}
	return r
}

// The referee draws signs in the same order, makes outcomes of restricted
// residuals row by row, and fits the regression anew each time.
func TestWildClusterAgainstRows(t *testing.T) {
	r := randomRows(3, 6, 5)
	o := Options{Level: 0.9, Draws: 64}
	got, err := WildCluster(r.moments(), int64(len(r.y)), 3, unit(3, 0), o)
	if err != nil {
		t.Fatal(err)
	}
	restricted := regressionRows{y: r.y, cluster: r.cluster}
	for _, row := range r.x {
		restricted.x = append(restricted.x, row[1:])
	}
	beta, _ := restricted.fit(r.y)
	t0 := r.t(r.y, 0, 0)
	count := 0
	newSigns(6, o).each(func(_ int, v []float64) {
		y := make([]float64, len(r.y))
		for i := range y {
			fitted := mat.Dot(mat.NewVecDense(2, restricted.x[i]), beta)
			y[i] = fitted + v[r.cluster[i]]*(r.y[i]-fitted)
		}
		if math.Abs(r.t(y, 0, 0)) >= math.Abs(t0)*(1-1e-9) {
			count++
		}
	})
	if want := float64(count) / 64; got.P != want {
		t.Errorf("p %v, from rows %v", got.P, want)
	}
}

// With one regressor left after the others were taken out within clusters, the
// scores' form is that of the regression.
func TestScoresAgreeWithTheRegression(t *testing.T) {
	r := randomRows(5, 9, 4)
	for i := range r.x {
		r.x[i] = r.x[i][:1]
	}
	for _, draws := range []int{600, 200} { // enumerated, Webb
		o := Options{Level: 0.95, Draws: draws, Seed: 2}
		want, err := WildCluster(r.moments(), int64(len(r.y)), 1, unit(1, 0), o)
		if err != nil {
			t.Fatal(err)
		}
		e := ClusterScores{Estimate: want.Estimate}
		var total float64
		for _, c := range r.moments() {
			total += c.Gram.At(0, 0)
		}
		for _, c := range r.moments() {
			e.Score = append(e.Score, (c.XY.AtVec(0)-c.Gram.At(0, 0)*want.Estimate)/total)
			e.Leverage = append(e.Leverage, c.Gram.At(0, 0)/total)
		}
		all, critical := WildScores([]ClusterScores{e}, o)
		got := all[0]
		if got.P != want.P || got.PEqualTail != want.PEqualTail || math.Abs(got.Lower-want.Lower) > 1e-4*want.SE || got.Weights != want.Weights {
			t.Errorf("scores %+v, regression %+v", got, want)
		}
		if (draws == 600) != got.Enumerated || (draws == 200) != (got.Weights == "webb") {
			t.Errorf("draws %d: %+v", draws, got)
		}
		if !(critical > 1.5) {
			t.Errorf("critical value %v", critical)
		}
	}
}

func TestWildClusterRefusesCollinear(t *testing.T) {
	r := randomRows(1, 5, 4)
	for i := range r.x {
		r.x[i][2] = 2 * r.x[i][1]
	}
	if _, err := WildCluster(r.moments(), int64(len(r.y)), 3, unit(3, 0), Options{Level: 0.95, Draws: 32}); !errors.Is(err, ErrSingular) {
		t.Errorf("collinear regressors: %v", err)
	}
}

// CR3 against leaving each cluster out in turn.
func TestJackknife(t *testing.T) {
	r := randomRows(8, 7, 4)
	beta, _ := r.fit(r.y)
	var clusters []ClusterMoment
	for _, c := range r.moments() {
		var score mat.VecDense
		score.MulVec(c.Gram, beta)
		score.SubVec(c.XY, &score)
		clusters = append(clusters, ClusterMoment{Gram: c.Gram, Score: &score})
	}
	got, err := ClusterRobust(clusters, int64(len(r.y)), []*mat.VecDense{unit(3, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var v float64
	for c := range 7 {
		var rest regressionRows
		for i := range r.y {
			if r.cluster[i] != c {
				rest.x, rest.y = append(rest.x, r.x[i]), append(rest.y, r.y[i])
			}
		}
		b, _ := rest.fit(rest.y)
		d := b.AtVec(0) - beta.AtVec(0)
		v += d * d
	}
	if want := math.Sqrt(v * 6 / 7); math.Abs(got[0].CR3-want) > 1e-10*want {
		t.Errorf("CR3 %v, by leaving out %v", got[0].CR3, want)
	}
}
