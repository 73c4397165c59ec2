package disclosure

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// attacker holds all that left, knows who is in which cell (every category of
// everyone, and every covariate), and wants incomes. It knows nothing of how the
// gate decides: it solves.
type attacker struct {
	world     attackWorld
	variables map[string]int // person, week, income -> variable
	person    []string       // of each variable
	income    []float64
	rows      [][]float64
	direct    int // values of one person that it was simply given, or could estimate, or attributes of a whole group
}

// target is the column whose values the attacker wants.
const target = "income"

func newAttacker(w attackWorld) *attacker {
	a := &attacker{world: w, variables: map[string]int{}}
	for _, v := range w.versions {
		for _, r := range w.records(v.Version) {
			id := r["id"] + "/" + r["week"] + "/" + r[target]
			if r[target] == "" {
				continue
			}
			if _, known := a.variables[id]; !known {
				a.variables[id] = len(a.person)
				a.person = append(a.person, r["id"])
				x, _ := strconv.ParseFloat(r[target], 64)
				a.income = append(a.income, x)
			}
		}
	}
	return a
}

// records are the rows of a version by column.
func (w attackWorld) records(version string) []map[string]string {
	t := w.tables[version]
	out := make([]map[string]string, len(t.Rows))
	for i, row := range t.Rows {
		out[i] = map[string]string{}
		for j, c := range t.Columns {
			out[i][c] = row[j]
		}
	}
	return out
}

// level is the value of a record in a column, with bins for columns with cut points.
func attackLevel(d Data, r map[string]string, column string) string {
	v := r[column]
	if v == "" {
		return Blank
	}
	if c, ok := d.column(column); ok && len(c.Cuts) > 0 {
		x, _ := strconv.ParseFloat(v, 64)
		bin := 0
		for _, cut := range c.Cuts {
			if x >= cut {
				bin++
			}
		}
		return strconv.Itoa(bin)
	}
	return v
}

// meets evaluates a filter on a record, in a way of its own.
func meets(d Data, f Filter, r map[string]string) bool {
	return slices.ContainsFunc(f, func(p Part) bool {
		return !slices.ContainsFunc(p, func(t Test) bool {
			v := attackLevel(d, r, t.Column)
			if v == Blank {
				return !t.Blank
			}
			return slices.Contains(t.Values, v) == t.Except
		})
	})
}

// sees adds an output that left. picks, where given, replaces its filter.
func (a *attacker) sees(out Output, picks func(r map[string]string) bool) {
	var d Data
	for _, v := range a.world.versions {
		if v.Version == out.Version {
			d = v
		}
	}
	for _, t := range out.Tables {
		cells := map[string][]map[string]string{}
		for _, r := range a.world.records(out.Version) {
			if picks != nil && !picks(r) || picks == nil && !meets(d, t.Where, r) {
				continue
			}
			cell := make(Cell, len(t.By))
			for i, c := range t.By {
				cell[i] = attackLevel(d, r, c)
			}
			cells[cell.id()] = append(cells[cell.id()], r)
		}
		leaves := func(id string) bool {
			return t.Cells == nil || slices.ContainsFunc(t.Cells, func(c Cell) bool { return c.id() == id })
		}
		for id, records := range cells {
			if !leaves(id) {
				continue
			}
			a.sums(out, records)
			a.fullCell(d, t, records, cells)
		}
	}
}

// fullCell: all of a group have one value of a personal column, and the table says so.
func (a *attacker) fullCell(d Data, t Table, records []map[string]string, cells map[string][]map[string]string) {
	for i, c := range t.By {
		if col, _ := d.column(c); col.Public {
			continue
		}
		levels, alone := map[string]bool{}, true
		for _, others := range cells {
			levels[attackLevel(d, others[0], c)] = true
			same := true
			for j, o := range t.By {
				if j != i {
					same = same && attackLevel(d, others[0], o) == attackLevel(d, records[0], o)
				}
			}
			if same && attackLevel(d, others[0], c) != attackLevel(d, records[0], c) {
				alone = false
			}
		}
		if alone && len(levels) > 1 && len(t.By) > 1 {
			a.direct++
		}
	}
}

// sums adds what the numbers of one cell are: equations over incomes.
func (a *attacker) sums(out Output, records []map[string]string) {
	var known []map[string]string
	for _, r := range records {
		if r[target] != "" {
			known = append(known, r)
		}
	}
	if len(known) == 0 || len(out.Measures)+len(out.Percentiles)+len(out.Extremes) == 0 {
		return
	}
	equation := func(weight func(r map[string]string) float64) {
		row := make([]float64, len(a.person))
		for _, r := range known {
			row[a.variables[r["id"]+"/"+r["week"]+"/"+r[target]]] += weight(r)
		}
		a.rows = append(a.rows, row)
	}
	if slices.Contains(out.Measures, target) {
		equation(func(map[string]string) float64 { return 1 })
		for _, c := range out.Covariates {
			equation(func(r map[string]string) float64 {
				x, _ := strconv.ParseFloat(r[c], 64)
				return x
			})
		}
		a.dominance(known)
	}
	// A minimum, maximum or percentile is somebody's value.
	if len(out.Percentiles)+len(out.Extremes) > 0 {
		a.direct++
	}
}

// dominance: the second largest contributor subtracts its own part.
func (a *attacker) dominance(records []map[string]string) {
	of := map[string]float64{}
	total := 0.0
	for _, r := range records {
		x, _ := strconv.ParseFloat(r[target], 64)
		of[r["id"]] += x
		total += x
	}
	var parts []float64
	for _, x := range of {
		parts = append(parts, x)
	}
	slices.Sort(parts)
	if n := len(parts); n > 2 {
		first, second := parts[n-1], parts[n-2]
		if total-second-first < 0.1*first {
			a.direct++
		}
	}
}

// recovers gives how many people's values the attacker works out, by least squares
// on all it has: a value is known where the projection on the span of the equations
// leaves it alone, and then the solution has it. groups are sums over 1 to 9 people.
func (a *attacker) recovers() (people, groups int) {
	people = a.direct
	if len(a.rows) == 0 {
		return people, 0
	}
	scale := make([]float64, len(a.rows))
	m := mat.NewDense(len(a.rows), len(a.person), nil)
	for i, r := range a.rows {
		for _, x := range r {
			scale[i] = math.Max(scale[i], math.Abs(x))
		}
		for j, x := range r {
			m.Set(i, j, x/math.Max(scale[i], 1))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		panic("no decomposition")
	}
	rank := 0
	for _, s := range svd.Values(nil) {
		if s > 1e-9*svd.Values(nil)[0] {
			rank++
		}
	}
	var v mat.Dense
	svd.VTo(&v)
	span := v.Slice(0, len(a.person), 0, rank)
	for j := range a.person {
		leverage := 0.0
		for k := range rank {
			leverage += span.At(j, k) * span.At(j, k)
		}
		if leverage < 1-1e-6 {
			continue
		}
		// The solution itself: the projection of the incomes, at this person.
		value := 0.0
		for k := range rank {
			dot := 0.0
			for i := range a.person {
				dot += span.At(i, k) * a.income[i]
			}
			value += dot * span.At(j, k)
		}
		if math.Abs(value-a.income[j]) < 1e-3*a.income[j] {
			people++
		}
	}
	return people, a.groups()
}

// groups counts differences of what left that are about 1 to 9 people: of pairs and
// triples of sums, and of sums reduced by elimination in several orders.
func (a *attacker) groups() int {
	found := 0
	look := func(row []float64) {
		behind := map[string]bool{}
		for j, x := range row {
			if math.Abs(x) > 1e-7 {
				behind[a.person[j]] = true
			}
		}
		if n := len(behind); n >= 1 && n < 10 {
			found++
		}
	}
	combine := func(signs []float64, rows ...[]float64) {
		sum := make([]float64, len(a.person))
		for k, r := range rows {
			for j, x := range r {
				sum[j] += signs[k] * x
			}
		}
		look(sum)
	}
	for i, r := range a.rows {
		look(r)
		for j := range i {
			combine([]float64{1, -1}, r, a.rows[j])
			for k := range j {
				if len(a.rows) > 30 {
					break
				}
				for _, signs := range [][]float64{{1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}} {
					combine(signs, r, a.rows[j], a.rows[k])
				}
			}
		}
	}
	for turn := range 6 {
		rows := make([][]float64, len(a.rows))
		for i, r := range a.rows {
			rows[i] = slices.Clone(r)
		}
		used := map[int]bool{}
		for step := range a.person { // reduced echelon form, columns in another order each turn
			column := (step*(2*turn+1) + turn*17) % len(a.person)
			pivot := -1
			for i, r := range rows {
				if !used[i] && math.Abs(r[column]) > 1e-7 && (pivot < 0 || math.Abs(r[column]) > math.Abs(rows[pivot][column])) {
					pivot = i
				}
			}
			if pivot < 0 {
				continue
			}
			used[pivot] = true
			for i, r := range rows {
				if i == pivot || r[column] == 0 {
					continue
				}
				f := r[column] / rows[pivot][column]
				for j := range r {
					if r[j] -= f * rows[pivot][j]; math.Abs(r[j]) < 1e-9 {
						r[j] = 0
					}
				}
			}
		}
		for _, r := range rows {
			look(r)
		}
	}
	return found
}
