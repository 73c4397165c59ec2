package memory

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/dampak/dampak/moments"
)

// largestExponent is the largest exponent of moments.Exp.
const largestExponent = 709

// row is the named values of one row.
type row map[string]cell

// value computes an expression; a missing part makes it missing.
func (r row) value(e moments.Expr) cell {
	switch e := e.(type) {
	case moments.Ref:
		return r[string(e)]
	case moments.Int:
		return wholeCell(big.NewInt(int64(e)))
	case moments.Real:
		return realCell(float64(e))
	case moments.Add:
		return r.chain(e, (*big.Int).Add, func(a, b float64) float64 { return a + b })
	case moments.Mul:
		return r.chain(e, (*big.Int).Mul, func(a, b float64) float64 { return a * b })
	case moments.Sub:
		return r.chain([]moments.Expr{e.A, e.B}, (*big.Int).Sub, func(a, b float64) float64 { return a - b })
	case moments.Div:
		a, b := r.value(e.A), r.value(e.B)
		if a.kind == missing || b.kind == missing || b.float() == 0 {
			return cell{}
		}
		return realCell(a.float() / b.float())
	case moments.Exp:
		a := r.value(e.Of)
		if a.kind == missing || a.float() > largestExponent {
			return cell{}
		}
		return realCell(math.Exp(a.float()))
	case moments.Case:
		if r.holds(e.When) {
			return r.value(e.Then)
		}
		if e.Else == nil {
			return cell{}
		}
		return r.value(e.Else)
	case moments.First:
		for _, part := range e {
			if c := r.value(part); c.kind != missing {
				return c
			}
		}
		return cell{}
	default:
		panic(fmt.Sprintf("memory: unknown expression %T", e))
	}
}

// chain combines parts from left to right: exactly while all are whole.
func (r row) chain(parts []moments.Expr, exact func(z, x, y *big.Int) *big.Int, rounded func(a, b float64) float64) cell {
	acc := r.value(parts[0])
	for _, p := range parts[1:] {
		c := r.value(p)
		switch {
		case acc.kind == missing || c.kind == missing:
			return cell{}
		case acc.kind == whole && c.kind == whole:
			acc = wholeCell(exact(new(big.Int), acc.whole, c.whole))
		default:
			acc = realCell(rounded(acc.float(), c.float()))
		}
	}
	return acc
}

// holds tells whether a condition holds; comparisons with missing never do.
func (r row) holds(c moments.Cond) bool {
	switch c := c.(type) {
	case moments.Compare:
		a, b := r.value(c.A), r.value(c.B)
		if a.kind == missing || b.kind == missing {
			return false
		}
		return verdict(c.Op, order(a, b))
	case moments.Is:
		a := r.value(c.Of)
		return a.kind != missing && slices.ContainsFunc(c.Values, func(v moments.Value) bool { return equals(a, v) })
	case moments.Known:
		return r.value(c.Of).kind != missing
	case moments.Fraction:
		a := r.value(c.Of)
		return a.kind == real && a.real != math.Trunc(a.real)
	case moments.Not:
		return !r.holds(c.Cond)
	case moments.All:
		return !slices.ContainsFunc(c, func(part moments.Cond) bool { return !r.holds(part) })
	case moments.Any:
		return slices.ContainsFunc(c, r.holds)
	default:
		panic(fmt.Sprintf("memory: unknown condition %T", c))
	}
}

// equals compares a value with a constant: names with names, where a whole
// constant stands for its digits; numbers with numbers.
func equals(a cell, v moments.Value) bool {
	b := ofValue(v)
	if a.kind == name && b.kind != name {
		return b.kind != missing && a.name == category(v.String())
	}
	if a.kind != name && b.kind == name {
		return false
	}
	return b.kind != missing && order(a, b) == 0
}

// order compares two known cells of the same sort: names by bytes, whole
// numbers exactly, others as floats.
func order(a, b cell) int {
	switch {
	case a.kind == name && b.kind == name:
		return cmp.Compare(a.name, b.name)
	case a.kind == whole && b.kind == whole:
		return a.whole.Cmp(b.whole)
	default:
		return cmp.Compare(a.float(), b.float())
	}
}

func verdict(op moments.Op, order int) bool {
	switch op {
	case moments.Equal:
		return order == 0
	case moments.NotEqual:
		return order != 0
	case moments.Less:
		return order < 0
	case moments.LessEqual:
		return order <= 0
	case moments.Greater:
		return order > 0
	case moments.GreaterEqual:
		return order >= 0
	default:
		panic(fmt.Sprintf("memory: unknown operator %q", op))
	}
}

// typed computes an expression as the kind that the request gives it: whole
// values among real alternatives are real.
func (r row) typed(e moments.Expr, kind moments.Kind) cell {
	c := r.value(e)
	if kind == moments.KindReal && c.kind == whole {
		return realCell(c.float())
	}
	return c
}

// apply does one step on all rows; after are the kinds of the names it yields.
func apply(s moments.Step, rows []row, after moments.Env) []row {
	switch s := s.(type) {
	case moments.Keep:
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !r.holds(s.Cond) })
	case moments.Derive:
		return derive(s, rows, after, true)
	case moments.Select:
		return derive(s, rows, after, false)
	case moments.Fold:
		groups := fold(s.By, s.Make, rows, after)
		out := make([]row, len(groups))
		for i, g := range groups {
			out[i] = make(row, len(s.By)+len(s.Make))
			for j, f := range s.By {
				out[i][f.Name] = g.key[j]
			}
			for j, a := range s.Make {
				out[i][a.Name] = g.cells[j]
			}
		}
		return out
	default:
		panic(fmt.Sprintf("memory: unknown step %T", s))
	}
}

// derive computes the fields of each row, beside what it has or alone.
func derive(fields []moments.Field, rows []row, after moments.Env, beside bool) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		next := make(row, len(r)+len(fields))
		if beside {
			maps.Copy(next, r)
		}
		for _, f := range fields {
			next[f.Name] = r.typed(f.Of, after[f.Name])
		}
		out[i] = next
	}
	return out
}

// group is one key with its aggregates.
type group struct {
	key   []cell
	rows  []row
	cells []cell
}

// fold gathers rows by key, in the order in which keys first come. Without
// keys there is exactly one group, also of no rows.
func fold(by []moments.Field, makes []moments.Agg, rows []row, after moments.Env) []*group {
	var groups []*group
	index := map[string]*group{}
	if len(by) == 0 {
		groups = append(groups, &group{})
		index[""] = groups[0]
	}
	for _, r := range rows {
		key := make([]cell, len(by))
		id := ""
		for i, f := range by {
			key[i] = r.typed(f.Of, after[f.Name])
			id += fmt.Sprintf("%d %q|", key[i].kind, key[i].key().String())
		}
		g := index[id]
		if g == nil {
			g = &group{key: key}
			index[id] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, r)
	}
	for _, g := range groups {
		for _, a := range makes {
			g.cells = append(g.cells, gather(a, g.rows, after[a.Name]))
		}
	}
	return groups
}

// gather computes one aggregate over the rows of a group.
func gather(a moments.Agg, rows []row, kind moments.Kind) cell {
	var values []cell
	for _, r := range rows {
		if a.Of == nil {
			values = append(values, wholeCell(big.NewInt(1)))
			continue
		}
		if c := r.typed(a.Of, kind); c.kind != missing {
			values = append(values, c)
		}
	}
	switch {
	case a.Op == moments.Count:
		return wholeCell(big.NewInt(int64(len(values))))
	case len(values) == 0:
		return cell{}
	case a.Op == moments.Min:
		return slices.MinFunc(values, order)
	case a.Op == moments.Max:
		return slices.MaxFunc(values, order)
	case a.Op == moments.Sum:
		return total(values)
	default:
		panic(fmt.Sprintf("memory: unknown aggregate %q", a.Op))
	}
}

// total adds values: exactly when all are whole, else with Neumaier's
// compensation, so that the referee errs less than those it judges.
func total(values []cell) cell {
	if !slices.ContainsFunc(values, func(c cell) bool { return c.kind != whole }) {
		sum := new(big.Int)
		for _, c := range values {
			sum.Add(sum, c.whole)
		}
		return wholeCell(sum)
	}
	var sum, lost float64
	for _, c := range values {
		x := c.float()
		t := sum + x
		if math.Abs(sum) >= math.Abs(x) {
			lost += (sum - t) + x
		} else {
			lost += (x - t) + sum
		}
		sum = t
	}
	return realCell(sum + lost)
}
