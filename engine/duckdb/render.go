package duckdb

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dampak/dampak/moments"
)

// width is the size of the integers that a whole expression is computed in. A
// wider one is slower; a narrower one that overflows is an error of DuckDB,
// never a wrong number, and bounds make sure that it does not happen.
type width int

const (
	narrow width = iota // a column's own type: compare and group by it only
	middle              // BIGINT
	wide                // HUGEINT
)

// typed is an expression in SQL with what is known of its values.
type typed struct {
	sql   string
	kind  moments.Kind
	width width
	// bound is the largest absolute value of a whole expression.
	bound *big.Int
	// least is a constant of the expression's own type below all its values; ""
	// when none is known.
	least string
	one   bool // the constant 1
	// digits says that a category stands as the integer whose digits are its
	// name: it is counted and grouped by so, and turned into text where its name
	// is looked at.
	digits bool
}

// named gives a category as its name.
func (t typed) named() typed {
	if t.digits {
		t.sql, t.digits = "CAST("+t.sql+" AS VARCHAR)", false
	}
	return t
}

var (
	int64Limit = new(big.Int).SetInt64(math.MaxInt64)
	unbounded  = int64Limit // of a column whose bound is not known
)

// at gives the expression in integers at least so wide.
func (t typed) at(w width) string {
	if t.kind != moments.KindWhole || t.width >= w {
		return t.sql
	}
	if w == wide {
		return "CAST(" + t.sql + " AS HUGEINT)"
	}
	return "CAST(" + t.sql + " AS BIGINT)"
}

// real gives the expression as a DOUBLE.
func (t typed) real() string {
	if t.kind == moments.KindWhole {
		return "CAST(" + t.sql + " AS DOUBLE)"
	}
	return t.sql
}

// scope gives the expression behind each name that may be referred to.
type scope map[string]typed

// render turns a checked expression into SQL.
func (sc scope) render(e moments.Expr) typed {
	switch e := e.(type) {
	case moments.Ref:
		return sc[string(e)]
	case moments.Int:
		return typed{sql: "CAST(" + strconv.FormatInt(int64(e), 10) + " AS BIGINT)", kind: moments.KindWhole, width: middle,
			bound: new(big.Int).Abs(big.NewInt(int64(e))), one: e == 1}
	case moments.Real:
		return typed{sql: double(float64(e)), kind: moments.KindReal}
	case moments.Add:
		return sc.chain(e, "+", (*big.Int).Add)
	case moments.Mul:
		return sc.chain(e, "*", (*big.Int).Mul)
	case moments.Sub:
		return sc.chain([]moments.Expr{e.A, e.B}, "-", (*big.Int).Add)
	case moments.Div:
		return typed{sql: "(" + sc.render(e.A).real() + " / nullif(" + sc.render(e.B).real() + ", 0))", kind: moments.KindReal}
	case moments.Exp:
		of := sc.render(e.Of).named().real()
		return typed{sql: "CASE WHEN " + of + " <= 709 THEN exp(" + of + ") END", kind: moments.KindReal}
	case moments.Case:
		then := sc.render(e.Then).named()
		then.one = false
		if e.Else == nil {
			then.sql = "CASE WHEN " + sc.cond(e.When) + " THEN " + then.sql + " END"
			return then
		}
		parts, out := unify(then, sc.render(e.Else).named())
		out.sql = "CASE WHEN " + sc.cond(e.When) + " THEN " + parts[0] + " ELSE " + parts[1] + " END"
		return out
	case moments.First:
		rendered := make([]typed, len(e))
		for i, part := range e {
			rendered[i] = sc.render(part).named()
		}
		parts, out := unify(rendered...)
		out.sql = "coalesce(" + strings.Join(parts, ", ") + ")"
		return out
	default:
		panic(fmt.Sprintf("duckdb: unknown expression %T", e))
	}
}

// chain combines parts by an operator from left to right, each time in
// integers wide enough for what can come out.
func (sc scope) chain(parts []moments.Expr, op string, grow func(z, x, y *big.Int) *big.Int) typed {
	acc := sc.render(parts[0])
	for _, p := range parts[1:] {
		next := sc.render(p)
		if op == "*" && (acc.one || next.one) { // moments with a constant: no product
			if acc.one {
				acc = next
			}
			continue
		}
		if acc.kind != moments.KindWhole || next.kind != moments.KindWhole {
			acc = typed{sql: "(" + acc.real() + " " + op + " " + next.real() + ")", kind: moments.KindReal}
			continue
		}
		bound := grow(new(big.Int), acc.bound, next.bound)
		w := middle
		if bound.Cmp(int64Limit) >= 0 {
			w = wide
		}
		acc = typed{sql: "(" + acc.at(w) + " " + op + " " + next.at(w) + ")", kind: moments.KindWhole,
			width: max(w, acc.width, next.width), bound: bound}
	}
	return acc
}

// unify brings alternatives to one type.
func unify(parts ...typed) ([]string, typed) {
	out := typed{kind: parts[0].kind, bound: new(big.Int)}
	for _, p := range parts {
		if p.kind == moments.KindReal {
			out.kind = moments.KindReal
		}
		out.width = max(out.width, p.width, middle)
	}
	sql := make([]string, len(parts))
	for i, p := range parts {
		switch out.kind {
		case moments.KindReal:
			sql[i] = p.real()
		case moments.KindWhole:
			sql[i] = p.at(out.width)
			if p.bound.Cmp(out.bound) > 0 {
				out.bound = p.bound
			}
		default:
			sql[i] = p.sql
		}
	}
	return sql, out
}

// double writes a finite float64 exactly.
func double(f float64) string {
	return "CAST(" + text(strconv.FormatFloat(f, 'g', -1, 64)) + " AS DOUBLE)"
}

// cond turns a condition into SQL that is true where it holds, and false or
// missing elsewhere; Not makes missing false first.
func (sc scope) cond(c moments.Cond) string {
	switch c := c.(type) {
	case moments.Compare:
		a, b := sc.render(c.A).named(), sc.render(c.B).named()
		if a.kind == moments.KindReal || b.kind == moments.KindReal {
			return "(" + a.real() + " " + string(c.Op) + " " + b.real() + ")"
		}
		return "(" + literal(c.A, a) + " " + string(c.Op) + " " + literal(c.B, b) + ")"
	case moments.Is:
		return sc.is(sc.render(c.Of).named(), c.Values)
	case moments.Known:
		return "(" + sc.render(c.Of).sql + " IS NOT NULL)"
	case moments.Fraction:
		of := sc.render(c.Of)
		if of.kind == moments.KindWhole {
			return "FALSE"
		}
		return "(" + of.sql + " <> floor(" + of.sql + "))"
	case moments.Not:
		return "(NOT coalesce(" + sc.cond(c.Cond) + ", FALSE))"
	case moments.All:
		return sc.join(c, " AND ", "TRUE")
	case moments.Any:
		return sc.join(c, " OR ", "FALSE")
	default:
		panic(fmt.Sprintf("duckdb: unknown condition %T", c))
	}
}

// literal leaves a whole constant without its cast: it is then compared in the
// other side's own, narrower type.
func literal(e moments.Expr, v typed) string {
	if i, constant := e.(moments.Int); constant {
		return strconv.FormatInt(int64(i), 10)
	}
	return v.sql
}

func (sc scope) join(conds []moments.Cond, by, empty string) string {
	if len(conds) == 0 {
		return empty
	}
	parts := make([]string, len(conds))
	for i, c := range conds {
		parts[i] = sc.cond(c)
	}
	return "(" + strings.Join(parts, by) + ")"
}

// is compares with constants: a category with names, where a number stands for
// its digits; a number with numbers.
func (sc scope) is(of typed, values []moments.Value) string {
	var constants []string
	for _, v := range values {
		s, isName := v.Name()
		f, isNumber := v.Float()
		switch {
		case of.kind == moments.KindName && isName:
			constants = append(constants, text(s))
		case of.kind == moments.KindName && isNumber:
			constants = append(constants, text(v.String()))
		case of.kind == moments.KindName || !isNumber:
		case of.kind == moments.KindWhole:
			if i, whole := v.Whole(); whole {
				constants = append(constants, strconv.FormatInt(i, 10))
			} else if f == math.Trunc(f) {
				constants = append(constants, strconv.FormatFloat(f, 'f', 0, 64))
			}
		default:
			constants = append(constants, double(f))
		}
	}
	if len(constants) == 0 {
		return "FALSE"
	}
	return "(" + of.sql + " IN (" + strings.Join(constants, ", ") + "))"
}

// agg turns an aggregate over at most so many rows into SQL. Inside a request
// (not in its final fold) a sum is brought back to BIGINT where it fits.
func (sc scope) agg(a moments.Agg, rows *big.Int, final bool) typed {
	if a.Of == nil {
		return typed{sql: "count(*)", kind: moments.KindWhole, width: middle, bound: rows}
	}
	of := sc.render(a.Of)
	of.one = false
	switch a.Op {
	case moments.Count:
		return typed{sql: "count(" + of.sql + ")", kind: moments.KindWhole, width: middle, bound: rows}
	case moments.Min, moments.Max:
		if c, part := a.Of.(moments.Case); part && c.Else == nil && a.Op == moments.Max && of.least != "" {
			of.sql = sc.greatest(c, of.least)
			return of
		}
		of = of.named()
		of.sql = string(a.Op) + "(" + of.sql + ")"
		return of
	case moments.Sum:
		if of.kind != moments.KindWhole {
			return typed{sql: "sum(" + of.sql + ")", kind: moments.KindReal}
		}
		bound := new(big.Int).Mul(of.bound, rows)
		out := typed{sql: "sum(" + of.sql + ")", kind: moments.KindWhole, width: wide, bound: bound}
		if !final && bound.Cmp(int64Limit) < 0 {
			out.sql, out.width = "CAST("+out.sql+" AS BIGINT)", middle
		}
		return out
	default:
		panic(fmt.Sprintf("duckdb: unknown aggregate %q", a.Op))
	}
}

// greatest is the largest value of a column over the rows of a group where a
// condition holds: the pivot of a panel, the hottest place of all. Rows where
// it does not hold give the constant below all values, a quarter faster than
// giving missing.
func (sc scope) greatest(c moments.Case, least string) string {
	return "nullif(max(CASE WHEN " + sc.cond(c.When) + " THEN " + sc.render(c.Then).sql + " ELSE " + least + " END), " + least + ")"
}
