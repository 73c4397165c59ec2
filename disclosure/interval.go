package disclosure

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// equation says that some cells add up to a number that is known.
type equation struct {
	cells []int
	owner int // of the number: see protect
}

// interval gives the least and the largest value that a withheld cell can have, for
// whoever knows that no cell is negative, the cells that are not withheld, and the
// equations. values are the true ones, from which the totals follow.
//
// In a two-way table with its margins the answer is exact for whole numbers too; in
// others someone who uses that cells are whole may narrow it by less than one.
func interval(values []float64, withheld []bool, equations []equation, cell int) (low, high float64) {
	// What of the equations hangs together with the cell.
	in := map[int]bool{cell: true}
	var used []equation
	for changed := true; changed; {
		changed = false
		used = used[:0]
		for _, e := range equations {
			if !slices.ContainsFunc(e.cells, func(c int) bool { return in[c] }) {
				continue
			}
			used = append(used, e)
			for _, c := range e.cells {
				if withheld[c] && !in[c] {
					in[c], changed = true, true
				}
			}
		}
	}
	if len(used) == 0 {
		return 0, math.Inf(1)
	}
	var unknown []int
	for c := range in {
		unknown = append(unknown, c)
	}
	slices.Sort(unknown)
	rows, totals := solvable(used, values, unknown)
	scale := 1.0 // sums of rupiah are far from the tolerance of the solver
	for i := range totals {
		scale = math.Max(scale, totals[i]/1000)
	}
	for i := range totals {
		totals[i] /= scale
	}
	low, high = 0, math.Inf(1)
	for _, sign := range []float64{1, -1} {
		goal := make([]float64, len(unknown))
		goal[slices.Index(unknown, cell)] = sign
		if len(rows) == len(unknown) { // one solution, the true one
			return values[cell], values[cell]
		}
		a := mat.NewDense(len(rows), len(unknown), nil)
		for i, r := range rows {
			a.SetRow(i, r)
		}
		best, _, err := lp.Simplex(goal, a, totals, 1e-10, nil)
		switch {
		case errors.Is(err, lp.ErrUnbounded):
			continue
		case err != nil: // what cannot be worked out counts as known
			return values[cell], values[cell]
		case sign > 0:
			low = math.Max(0, best*scale)
		default:
			high = -best * scale
		}
	}
	return low, high
}

// solvable writes the equations over the unknown cells, without those that follow
// from others.
func solvable(equations []equation, values []float64, unknown []int) ([][]float64, []float64) {
	var rows, reduced [][]float64
	var totals []float64
	var pivots []int
	for _, e := range equations {
		r, total := make([]float64, len(unknown)), 0.0
		for _, c := range e.cells {
			if at, is := slices.BinarySearch(unknown, c); is {
				r[at] = 1
				total += values[c]
			}
		}
		rest := slices.Clone(r)
		for i, p := range pivots {
			if f := rest[p]; f != 0 {
				for j := range rest {
					rest[j] -= f * reduced[i][j]
				}
			}
		}
		pivot := -1
		for j, x := range rest {
			if math.Abs(x) > 1e-9 && (pivot < 0 || math.Abs(x) > math.Abs(rest[pivot])) {
				pivot = j
			}
		}
		if pivot < 0 {
			continue
		}
		f := rest[pivot]
		for j := range rest {
			rest[j] /= f
		}
		rows, totals = append(rows, r), append(totals, total)
		reduced, pivots = append(reduced, rest), append(pivots, pivot)
	}
	return rows, totals
}
