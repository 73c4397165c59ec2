package enginetest

import (
	"context"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// Random draws tables and well-typed requests in the form of panel designs
// (rows folded by unit, by cluster, summed by cohort) and fails unless both
// engines answer alike: keys and whole cells the same bits, real cells to 1e-9
// of the sum of their terms' magnitudes, the tolerance between engines. The
// referee b is opened anew with a.
func Random(t *testing.T, a, b Open) {
	rapid.Check(t, func(rt *rapid.T) {
		tables := map[string]Table{"t": drawTable(rt)}
		tested, referee := a(t, tables), b(t, tables)
		defer tested.Close()
		defer referee.Close()
		for range 5 {
			compare(rt, tested, referee, drawRequest(rt))
		}
	})
}

// drawTable draws a panel with missing values. Real cells are eighths, so that
// sums of them are exact in any order and conditions on them do not hang on
// rounding. Values are small: two folds and a Gram of products of them stay
// below 2^127, the most that engines can add.
func drawTable(rt *rapid.T) Table {
	table := Table{Columns: []string{"unit", "time", "cluster", "cohort", "y", "z", "w"}}
	whole := rapid.IntRange(-30, 30)
	for range rapid.IntRange(1, 30).Draw(rt, "rows") {
		row := []string{
			fmt.Sprint(rapid.IntRange(1, 8).Draw(rt, "unit")),
			fmt.Sprint(rapid.IntRange(2001, 2003).Draw(rt, "time")),
			rapid.SampledFrom([]string{"a", "B", "", "it's", "Ñ"}).Draw(rt, "cluster"),
			rapid.SampledFrom([]string{"2002", "2003.0", "0", "inf", ""}).Draw(rt, "cohort"),
			fmt.Sprint(whole.Draw(rt, "y")),
			fmt.Sprint(float64(whole.Draw(rt, "z")) / 8),
			fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, "w")),
		}
		for i := 4; i < len(row); i++ {
			if rapid.IntRange(0, 5).Draw(rt, "missing") == 0 {
				row[i] = ""
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// names are the names that an expression may use.
type names struct{ whole, real, category []moments.Expr }

func drawRequest(rt *rapid.T) moments.Request {
	n := names{
		whole:    []moments.Expr{moments.Ref("y"), moments.Ref("w"), moments.Ref("time"), moments.Ref("cohort")},
		real:     []moments.Expr{moments.Ref("z")},
		category: []moments.Expr{moments.Ref("cluster")},
	}
	r := moments.Request{Label: "random", Table: "t", Columns: []moments.Column{
		{Name: "unit", As: moments.Category}, {Name: "time", As: moments.Period}, {Name: "cluster", As: moments.Category},
		{Name: "cohort", As: moments.Cohort}, {Name: "y", As: moments.Whole}, {Name: "z"}, {Name: "w", As: moments.Whole},
	}}
	if rapid.Bool().Draw(rt, "bounded") {
		r.Columns[4].Bound, r.Columns[6].Bound = 30, 5
	}
	if rapid.Bool().Draw(rt, "where") {
		r.Where = []moments.Cond{n.cond(rt, 2)}
	}
	values := []moments.Expr{
		moments.Mul{moments.Ref("w"), moments.Ref("y")}, moments.Case{When: n.cond(rt, 1), Then: moments.Ref("z")},
		n.number(rt, 2, false), n.number(rt, 2, true),
	}
	if rapid.Bool().Draw(rt, "by unit") {
		fold := moments.Fold{By: []moments.Field{key("u", moments.Ref("unit"))}, Make: []moments.Agg{
			{Name: "g", Op: moments.Max, Of: moments.Ref("cohort")}, {Name: "c", Op: moments.Min, Of: moments.Ref("cluster")}, {Name: "rows", Op: moments.Count}}}
		for i, v := range values {
			op := rapid.SampledFrom([]moments.AggOp{moments.Sum, moments.Min, moments.Max, moments.Count}).Draw(rt, "op")
			fold.Make = append(fold.Make, moments.Agg{Name: fmt.Sprintf("v%d", i), Op: op, Of: v})
		}
		r.Steps = append(r.Steps, fold)
		n = names{whole: []moments.Expr{moments.Ref("g"), moments.Ref("rows")}, category: []moments.Expr{moments.Ref("c")}}
		values = []moments.Expr{moments.Sub{A: moments.Ref("v0"), B: moments.Ref("v1")}, moments.Mul{moments.Ref("rows"), moments.Ref("v2")}, moments.First{moments.Ref("v3"), moments.Int(0)}}
		if rapid.Bool().Draw(rt, "keep") {
			r.Steps = append(r.Steps, moments.Keep{Cond: n.cond(rt, 2)})
		}
	}
	derived := moments.Derive{key("h", n.number(rt, 1, false)), key("m", rapid.SampledFrom(n.category).Draw(rt, "category"))}
	for i, v := range values {
		derived = append(derived, key(fmt.Sprintf("x%d", i), v))
	}
	r.Steps = append(r.Steps, derived)
	if rapid.Bool().Draw(rt, "by cluster") {
		fold := moments.Fold{By: []moments.Field{key("k", moments.Ref("m")), key("cohorts", moments.Ref("h"))}}
		for i := range values {
			fold.Make = append(fold.Make, moments.Agg{Name: fmt.Sprintf("s%d", i), Op: moments.Sum, Of: moments.Ref(fmt.Sprintf("x%d", i))})
		}
		r.Steps = append(r.Steps, fold)
		r.By = []moments.Field{key("by", moments.Ref(rapid.SampledFrom([]string{"k", "cohorts"}).Draw(rt, "by")))}
		r.Make = gramWithScales("s", len(values))
	} else {
		r.By = []moments.Field{key("m", moments.Ref("m")), key("h", moments.Ref("h"))}
		r.Make = gramWithScales("x", len(values))
	}
	return r
}

// gramWithScales is a Gram in which each sum is followed by that of its terms'
// magnitudes.
func gramWithScales(prefix string, n int) []moments.Agg {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(prefix, i))
	}
	out := []moments.Agg{count}
	for _, a := range moments.Gram(list) {
		size := moments.Case{When: moments.Compare{A: a.Of, Op: moments.Less, B: moments.Int(0)},
			Then: moments.Sub{A: moments.Int(0), B: a.Of}, Else: a.Of}
		out = append(out, a, moments.Agg{Name: "scale of " + a.Name, Op: moments.Sum, Of: size})
	}
	return out
}

// number draws an arithmetic expression, whole unless real is allowed.
func (n names) number(rt *rapid.T, depth int, real bool) moments.Expr {
	if depth == 0 || rapid.IntRange(0, 3).Draw(rt, "leaf") == 0 {
		leaves := append([]moments.Expr{moments.Int(rapid.Int64Range(-3, 3).Draw(rt, "constant"))}, n.whole...)
		if real {
			leaves = append(append(leaves, moments.Real(0.375)), n.real...)
		}
		return rapid.SampledFrom(leaves).Draw(rt, "name")
	}
	x, y := n.number(rt, depth-1, real), n.number(rt, depth-1, real)
	switch rapid.IntRange(0, 5).Draw(rt, "node") {
	case 0:
		return moments.Add{x, y}
	case 1:
		return moments.Sub{A: x, B: y}
	case 2:
		return moments.Case{When: n.cond(rt, depth-1), Then: x}
	case 3:
		return moments.Case{When: n.cond(rt, depth-1), Then: x, Else: y}
	case 4:
		return moments.First{x, y}
	}
	if real && rapid.Bool().Draw(rt, "quotient") {
		return moments.Div{A: x, B: y}
	}
	return moments.Mul{moments.Ref(fmt.Sprint(n.whole[len(n.whole)-1])), moments.Add{x, moments.Int(1)}}
}

// cond draws a condition on whole numbers, eighths and names.
func (n names) cond(rt *rapid.T, depth int) moments.Cond {
	if depth > 0 {
		switch rapid.IntRange(0, 3).Draw(rt, "junction") {
		case 0:
			return moments.Not{Cond: n.cond(rt, depth-1)}
		case 1:
			return moments.All{n.cond(rt, depth-1), n.cond(rt, depth-1)}
		case 2:
			return moments.Any{n.cond(rt, depth-1), n.cond(rt, depth-1)}
		}
	}
	plain := append(append([]moments.Expr{}, n.whole...), n.real...)
	of := rapid.SampledFrom(plain).Draw(rt, "of")
	switch rapid.IntRange(0, 4).Draw(rt, "test") {
	case 0:
		return moments.Known{Of: rapid.SampledFrom(append(plain, n.category...)).Draw(rt, "known")}
	case 1:
		return moments.Is{Of: rapid.SampledFrom(n.category).Draw(rt, "category"), Values: []moments.Value{moments.NameKey("a"), moments.NameKey("it's")}}
	case 2:
		return moments.Is{Of: of, Values: []moments.Value{moments.WholeKey(2), moments.WholeKey(2002), moments.RealKey(0.5)}}
	case 3:
		return moments.Fraction{Of: of}
	}
	ops := []moments.Op{moments.Equal, moments.NotEqual, moments.Less, moments.LessEqual, moments.Greater, moments.GreaterEqual}
	return moments.Compare{A: of, Op: rapid.SampledFrom(ops).Draw(rt, "operator"), B: rapid.SampledFrom(append(plain, moments.Int(2))).Draw(rt, "with")}
}

func compare(rt *rapid.T, tested, referee engine.Session, r moments.Request) {
	got, err := tested.Collect(context.Background(), r)
	if err != nil {
		rt.Fatalf("%v\n%#v", err, r)
	}
	want, err := referee.Collect(context.Background(), r)
	if err != nil {
		rt.Fatalf("the referee: %v\n%#v", err, r)
	}
	if len(got.Groups) != len(want.Groups) {
		rt.Fatalf("%d groups, want %d\n%q\n%q\n%#v", len(got.Groups), len(want.Groups), print(got), print(want), r)
	}
	for i, w := range want.Groups {
		for j, k := range w.Key {
			if got.Groups[i].Key[j] != k {
				rt.Fatalf("key %s, want %s\n%#v", printKey(got.Groups[i].Key[j]), printKey(k), r)
			}
		}
		for j, q := range w.Cells {
			p := got.Groups[i].Cells[j]
			if p.IsWhole() != q.IsWhole() || p.IsMissing() != q.IsMissing() || !near(p, q, w.Cells[min(j+1, len(w.Cells)-1)]) {
				rt.Fatalf("%s of %v is %s, want %s\n%#v", want.Names[j], w.Key, p, q, r)
			}
		}
	}
}

// near compares two cells; the cell after a sum is its scale, and a scale is
// its own.
func near(p, q, scale moments.Quantity) bool {
	if p.IsWhole() || p.IsMissing() {
		return p.Equal(q)
	}
	return math.Abs(p.Float()-q.Float()) <= 1e-9*max(math.Abs(q.Float()), math.Abs(scale.Float()), 1e-6)
}
