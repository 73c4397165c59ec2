package moments

import (
	"fmt"
	"strconv"
	"strings"
)

// Text spells a request out, one step a line, the same for the same request: what
// people read who want to know what was asked, and what a stored answer is found
// by. Label, Bound, Limit and Only do not change an answer and are left out, but
// for Only, which cuts it.
func (r Request) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "from %q\n", r.Table)
	for _, c := range r.Columns {
		fmt.Fprintf(&b, "read %q as %s\n", c.Name, c.As)
	}
	for _, c := range r.Where {
		fmt.Fprintf(&b, "where %s\n", condText(c))
	}
	for _, s := range r.Steps {
		switch s := s.(type) {
		case Fold:
			fmt.Fprintf(&b, "fold %s\n", foldText(s.By, s.Make))
		case Derive:
			fmt.Fprintf(&b, "derive %s\n", fieldsText(s))
		case Select:
			fmt.Fprintf(&b, "select %s\n", fieldsText(s))
		case Keep:
			fmt.Fprintf(&b, "keep %s\n", condText(s.Cond))
		default:
			panic(fmt.Sprintf("moments: unknown step %T", s))
		}
	}
	fmt.Fprintf(&b, "give %s\n", foldText(r.By, r.Make))
	if r.Only > 0 {
		fmt.Fprintf(&b, "only %d\n", r.Only)
	}
	return b.String()
}

// String names the way of reading.
func (a As) String() string {
	names := []string{"number", "whole", "category", "period", "cohort"}
	if int(a) < 0 || int(a) >= len(names) {
		return "as " + strconv.Itoa(int(a))
	}
	return names[a]
}

func foldText(by []Field, aggs []Agg) string {
	parts := []string{}
	for _, a := range aggs {
		of := ""
		if a.Of != nil {
			of = exprText(a.Of)
		}
		parts = append(parts, fmt.Sprintf("%q = %s(%s)", a.Name, a.Op, of))
	}
	text := strings.Join(parts, ", ")
	if len(by) > 0 {
		text += " by " + fieldsText(by)
	}
	return text
}

func fieldsText(fields []Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = fmt.Sprintf("%q = %s", f.Name, exprText(f.Of))
	}
	return strings.Join(parts, ", ")
}

func exprText(e Expr) string {
	list := func(op string, parts []Expr) string {
		words := make([]string, len(parts))
		for i, p := range parts {
			words[i] = exprText(p)
		}
		return "(" + op + " " + strings.Join(words, " ") + ")"
	}
	switch e := e.(type) {
	case nil:
		return "missing"
	case Ref:
		return strconv.Quote(string(e))
	case Int:
		return strconv.FormatInt(int64(e), 10)
	case Real:
		return "real " + strconv.FormatFloat(float64(e), 'g', -1, 64)
	case Add:
		return list("+", e)
	case Mul:
		return list("*", e)
	case Sub:
		return list("-", []Expr{e.A, e.B})
	case Div:
		return list("/", []Expr{e.A, e.B})
	case Exp:
		return list("exp", []Expr{e.Of})
	case First:
		return list("first", e)
	case Case:
		return fmt.Sprintf("(case %s %s %s)", condText(e.When), exprText(e.Then), exprText(e.Else))
	default:
		panic(fmt.Sprintf("moments: unknown expression %T", e))
	}
}

func condText(c Cond) string {
	list := func(op string, parts []Cond) string {
		words := make([]string, len(parts))
		for i, p := range parts {
			words[i] = " " + condText(p)
		}
		return "(" + op + strings.Join(words, "") + ")"
	}
	switch c := c.(type) {
	case Compare:
		return fmt.Sprintf("(%s %s %s)", c.Op, exprText(c.A), exprText(c.B))
	case Is:
		words := make([]string, len(c.Values))
		for i, v := range c.Values {
			words[i] = " " + v.text()
		}
		return "(is " + exprText(c.Of) + strings.Join(words, "") + ")"
	case Known:
		return "(known " + exprText(c.Of) + ")"
	case Fraction:
		return "(fraction " + exprText(c.Of) + ")"
	case Not:
		return "(not " + condText(c.Cond) + ")"
	case All:
		return list("all", c)
	case Any:
		return list("any", c)
	default:
		panic(fmt.Sprintf("moments: unknown condition %T", c))
	}
}

// text spells a key so that kinds differ.
func (v Value) text() string {
	switch v.kind {
	case wholeValue:
		return v.String()
	case realValue:
		return "real " + v.String()
	case nameValue:
		return strconv.Quote(v.s)
	default:
		return "missing"
	}
}
