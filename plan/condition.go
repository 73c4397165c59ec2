package plan

import (
	"slices"

	"github.com/dampak/dampak/moments"
)

// Test is how a condition compares.
type Test string

// The tests, as they are written in `where`.
const (
	Is      Test = "is"
	IsNot   Test = "not"
	In      Test = "in"
	NotIn   Test = "not_in"
	AtLeast Test = "at_least"
	AtMost  Test = "at_most"
	Above   Test = "above"
	Below   Test = "below"
	Known   Test = "known"
)

// tests lists the tests in the order in which they are explained.
var tests = []string{string(Is), string(IsNot), string(In), string(NotIn),
	string(AtLeast), string(AtMost), string(Above), string(Below), string(Known)}

// Condition is one test on one column. A row whose column is missing meets no
// test but `known: false`.
type Condition struct {
	Name   string // the column
	Test   Test
	Values []Node // one, or those of a list; scalars
}

// bounds are the tests that compare with a number.
var bounds = map[Test]moments.Op{
	AtLeast: moments.GreaterEqual, AtMost: moments.LessEqual, Above: moments.Greater, Below: moments.Less,
}

// Column is the column as the condition alone would read it: a number where
// all values are numbers, else a category.
func (c Condition) Column() moments.Column {
	col := moments.Column{Name: c.Name, As: moments.Category}
	if c.Test != Known && !slices.ContainsFunc(c.Values, func(v Node) bool { return v.Kind != Number }) {
		col.As = moments.Number
	}
	return col
}

// Cond is the condition on the column as Column reads it.
func (c Condition) Cond() moments.Cond {
	cond, _ := c.CondAs(c.Column().As)
	return cond
}

// CondAs is the condition on a column that an estimator reads in its own way.
// It is false for a bound on a column of names. A name never equals a number.
func (c Condition) CondAs(as moments.As) (moments.Cond, bool) {
	ref := moments.Ref(c.Name)
	if c.Test == Known {
		if c.Values[0].True() {
			return moments.Known{Of: ref}, true
		}
		return moments.Not{Cond: moments.Known{Of: ref}}, true
	}
	if op, bound := bounds[c.Test]; bound {
		return moments.Compare{A: ref, Op: op, B: c.Values[0].constant()}, as.Kind() != moments.KindName
	}
	same := c.among(ref, as)
	if c.Test == Is || c.Test == In {
		return same, true
	}
	return moments.All{moments.Known{Of: ref}, moments.Not{Cond: same}}, true
}

// among holds where the column is one of the values.
func (c Condition) among(ref moments.Ref, as moments.As) moments.Cond {
	if as.Kind() == moments.KindName {
		is := moments.Is{Of: ref}
		for _, v := range c.Values {
			name, _ := v.Name()
			is.Values = append(is.Values, moments.NameKey(name))
		}
		return is
	}
	equal := moments.Any{}
	for _, v := range c.Values {
		if name, ok := v.Name(); ok && v.Kind != Number {
			v = scalar(name) // "1" in quotes and true are the number 1 here
		}
		if v.Kind == Number {
			equal = append(equal, moments.Compare{A: ref, Op: moments.Equal, B: v.constant()})
		}
	}
	return equal
}

// constant is a number as an expression, exact where it is whole.
func (n Node) constant() moments.Expr {
	if i, ok := n.Whole(); ok {
		return moments.Int(i)
	}
	f, _ := n.Float()
	return moments.Real(f)
}

// conditions reads `where`.
func (c *Checker) conditions(n Node) []Condition {
	if n.Kind != List {
		c.Add(n, "plan-not-list", "key", "where", "found", found(n))
		return nil
	}
	var all []Condition
	for _, item := range n.Items {
		all = append(all, c.condition(item)...)
	}
	return all
}

// condition reads one item of `where`, which may have several tests.
func (c *Checker) condition(n Node) []Condition {
	if !c.Fields(n, "where", append([]string{"column"}, tests...), nil) || !c.Require(n, "where", "column") {
		return nil
	}
	at, _ := n.Get("column")
	name, ok := c.ColumnName(at, "column")
	var all []Condition
	for _, t := range tests {
		v, given := n.Get(t)
		if !given {
			continue
		}
		if values, good := c.values(Test(t), v); good {
			all = append(all, Condition{Name: name, Test: Test(t), Values: values})
		} else {
			ok = false
		}
	}
	if len(n.Entries) == 1 {
		c.Add(n, "plan-where-no-test", "column", short(name), "known", tests)
	}
	if !ok {
		return nil
	}
	return all
}

// values reads what a test compares with.
func (c *Checker) values(t Test, n Node) ([]Node, bool) {
	key := string(t)
	if _, bound := bounds[t]; bound {
		_, ok := c.Number(n, key)
		return []Node{n}, ok
	}
	switch t {
	case Known:
		_, ok := c.Truth(n, key)
		return []Node{n}, ok
	case Is, IsNot:
		_, ok := c.Name(n, key)
		return []Node{n}, ok
	}
	items, ok := c.Items(n, key)
	for _, item := range items {
		if _, good := c.Name(item, key); !good {
			ok = false
		}
	}
	return items, ok
}
