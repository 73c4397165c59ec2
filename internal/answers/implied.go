package answers

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// Implied is a number that is held back and that anybody can work out from those that go.
type Implied struct {
	Key  string   // of the number, report.Key
	From []string // of numbers that give it together, none of which could be left out
}

// implied lists them. Each number of a difference in differences is a sum, with weights
// that can be known, of the effects by cohort and period (estimate/did, aggregates): what
// is held is given away exactly when its weights are a combination of those that go.
// Cohorts weigh as many units as the result says, and, because surveys weigh otherwise,
// once more as numbers that have no relation to each other. Numbers of other designs are
// no sums of each other.
func implied(all []result.Estimate, held []string) []Implied {
	sets := map[[2]string][]result.Estimate{}
	var order [][2]string
	for _, e := range all {
		if e.Estimate == nil && !slices.Contains(held, report.Key(e)) {
			continue // no unit was seen: it is in no sum
		}
		of := [2]string{e.Outcome, e.Estimator}
		if sets[of] == nil {
			order = append(order, of)
		}
		sets[of] = append(sets[of], e)
	}
	var out []Implied
	for _, of := range order {
		set := sets[of]
		if !slices.ContainsFunc(set, func(e result.Estimate) bool { return slices.Contains(held, report.Key(e)) }) {
			continue
		}
		told := map[string]bool{}
		for _, weight := range []map[int64]float64{unitsOf(set), unrelated(set)} {
			for _, x := range explained(set, sums(set, weight), held) {
				if !told[x.Key] {
					told[x.Key] = true
					out = append(out, x)
				}
			}
		}
	}
	return out
}

// notImplied refuses to let numbers go that give away what is held: a problem answer-implied
// for each of these.
func notImplied(all []result.Estimate, held []string) error {
	var list problem.List
	for _, x := range implied(all, held) {
		list = append(list, problem.New("answer-implied", "found", x.Key, "from", x.From, "field", "held_keys"))
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// unitsOf are the units of each cohort, as the cells of a result tell them.
func unitsOf(set []result.Estimate) map[int64]float64 {
	all := map[int64]float64{}
	for _, e := range set {
		if n, ok := e.Details["treated"].(int64); ok && e.Group != nil {
			all[e.Group.Number] = max(all[e.Group.Number], float64(n))
		}
	}
	return all
}

// unrelated gives each cohort a weight of which no sum or ratio of the others is made.
func unrelated(set []result.Estimate) map[int64]float64 {
	all := map[int64]float64{}
	for _, e := range set {
		if e.Group != nil && !e.Group.IsName && all[e.Group.Number] == 0 {
			all[e.Group.Number] = 1 + math.Mod(math.Sqrt2*math.Exp(1+float64(len(all))), 1)
		}
	}
	return all
}

// sums gives the weights of the effects by cohort and period in each number, in the order
// of set; a number that is no such sum has a place of its own.
func sums(set []result.Estimate, weight map[int64]float64) [][]float64 {
	at := map[int]int{} // place of a cell, by where it stands in set
	for i, e := range set {
		if isCell(e) {
			at[i] = len(at)
		}
	}
	width := len(at) + len(set) // a place of its own for each, used or not
	total := func(keep func(result.Estimate) bool, of func(result.Estimate) float64) []float64 {
		v := make([]float64, width)
		var all float64
		for i, e := range set {
			if !isCell(e) || !keep(e) {
				continue
			}
			w := of(e)
			all += w
			if !byConstruction(e) {
				v[at[i]] = w
			}
		}
		if all > 0 {
			floats.Scale(1/all, v)
		}
		return v
	}
	units := func(e result.Estimate) float64 { return cmp.Or(weight[e.Group.Number], 1) }
	same := func(result.Estimate) float64 { return 1 }
	post := func(e result.Estimate) bool { return *e.Event >= 0 }
	event := func(k int64) []float64 {
		return total(func(e result.Estimate) bool { return *e.Event == k }, units)
	}
	group := func(g int64) []float64 {
		return total(func(e result.Estimate) bool { return post(e) && e.Group.Number == g }, same)
	}
	calendar := func(t int64) []float64 {
		return total(func(e result.Estimate) bool { return post(e) && e.Time.Number == t }, units)
	}
	// mean is that of one sum for each value that a cell after treatment has.
	mean := func(value func(result.Estimate) int64, sum func(int64) []float64, weigh func(int64) float64) []float64 {
		v, seen, all := make([]float64, width), map[int64]bool{}, 0.0
		for _, e := range set {
			if !isCell(e) || !post(e) || seen[value(e)] {
				continue
			}
			k := value(e)
			seen[k] = true
			all += weigh(k)
			floats.AddScaled(v, weigh(k), sum(k))
		}
		if all > 0 {
			floats.Scale(1/all, v)
		}
		return v
	}
	one := func(int64) float64 { return 1 }
	vectors := make([][]float64, len(set))
	for i, e := range set {
		var v []float64
		switch {
		case len(at) == 0:
		case isCell(e):
			v = make([]float64, width)
			if !byConstruction(e) {
				v[at[i]] = 1
			}
		case e.Term == "simple" && e.Group == nil:
			v = total(post, units)
		case e.Term == "event" && e.Event != nil:
			v = event(*e.Event)
		case e.Term == "group" && e.Group != nil:
			v = group(e.Group.Number)
		case e.Term == "calendar" && e.Time != nil:
			v = calendar(e.Time.Number)
		case e.Term == "event-overall":
			v = mean(func(e result.Estimate) int64 { return *e.Event }, event, one)
		case e.Term == "group-overall":
			v = mean(func(e result.Estimate) int64 { return e.Group.Number }, group, func(g int64) float64 { return cmp.Or(weight[g], 1) })
		case e.Term == "calendar-overall":
			v = mean(func(e result.Estimate) int64 { return e.Time.Number }, calendar, one)
		}
		if v == nil {
			v = make([]float64, width)
			v[len(at)+i] = 1
		}
		vectors[i] = v
	}
	return vectors
}

// isCell tells whether a number is the effect of one cohort in one period.
func isCell(e result.Estimate) bool {
	return e.Term == "att-gt" && e.Group != nil && !e.Group.IsName && e.Time != nil && !e.Time.IsName && e.Event != nil
}

// byConstruction tells whether a number is 0 whatever the rows are: the base of its cohort.
func byConstruction(e result.Estimate) bool {
	return e.Estimate != nil && *e.Estimate == 0 && e.SE == nil
}

// spanTolerance is the part of a vector of weights that may be left over where others
// give it. Weights are ratios of counts with 16 digits, summed over hundreds of cells at
// most, so that rounding leaves less than 1e-12; and who knows a number but for a part of
// 1e-9 knows it.
const spanTolerance = 1e-9

// explained lists the numbers of a set that are held and that those which go give, each a
// row of weights.
func explained(set []result.Estimate, weights [][]float64, held []string) []Implied {
	var goes, stays []int
	for i, e := range set {
		switch {
		case !slices.Contains(held, report.Key(e)):
			goes = append(goes, i)
		case floats.Norm(weights[i], 2) > 0: // else it is 0 whatever the rows are
			stays = append(stays, i)
		}
	}
	slices.SortStableFunc(goes, func(a, b int) int { return cmp.Compare(cellsIn(weights[a]), cellsIn(weights[b])) })
	var basis [][]float64
	var used []int
	for _, i := range goes {
		if left := without(weights[i], basis); left != nil {
			basis, used = append(basis, left), append(used, i)
		}
	}
	var out []Implied
	for _, i := range stays {
		if without(weights[i], basis) != nil {
			continue
		}
		x := Implied{Key: report.Key(set[i])}
		for k, share := range combination(weights, used, i) {
			if math.Abs(share) > spanTolerance {
				x.From = append(x.From, report.Key(set[used[k]]))
			}
		}
		out = append(out, x)
	}
	return out
}

// combination gives the one way in which independent rows of weights make up row i.
func combination(weights [][]float64, used []int, i int) []float64 {
	rows := mat.NewDense(len(weights[i]), len(used), nil)
	for k, j := range used {
		rows.SetCol(k, weights[j])
	}
	var share mat.VecDense
	// A Condition warns of digits lost; which shares are 0 can be read all the same.
	_ = share.SolveVec(rows, mat.NewVecDense(len(weights[i]), weights[i]))
	return share.RawVector().Data
}

func cellsIn(v []float64) int { return floats.Count(func(x float64) bool { return x != 0 }, v) }

// without gives the part of a vector that an orthonormal basis does not give, of length
// 1; nil: nothing. Twice, for what rounding leaves the first time.
func without(v []float64, basis [][]float64) []float64 {
	left := slices.Clone(v)
	whole := floats.Norm(v, 2)
	if whole == 0 {
		return nil
	}
	for range 2 {
		for _, b := range basis {
			floats.AddScaled(left, -floats.Dot(left, b), b)
		}
	}
	rest := floats.Norm(left, 2)
	if rest <= spanTolerance*whole {
		return nil
	}
	floats.Scale(1/rest, left)
	return left
}
