package plan

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/dampak/dampak/moments"
)

// Condition is one line of `where`: a column and one test of its value. Values
// are strings, whole or real numbers; truths have become "1" and "0".
type Condition struct {
	Of     string
	Test   string // is, not, in, not_in, at_least, at_most, above, below, known
	Values []moments.Value
	Known  bool // of the test known
}

// conditionKeys are the tests, in the order of the contract.
var conditionKeys = []string{"is", "not", "in", "not_in", "at_least", "at_most", "above", "below", "known"}

func (d *Decoder) conditions(n *Node, k Key) (any, bool) {
	if n.Kind != List {
		return d.expected(n, k, "conditions")
	}
	keys := []Key{{Name: "column", Type: Text, Required: true}}
	for _, t := range conditionKeys {
		keys = append(keys, Key{Name: t})
	}
	out := make([]Condition, 0, len(n.Items))
	for _, item := range n.Items {
		if c, ok := d.condition(item, k, keys); ok {
			out = append(out, c)
		}
	}
	return out, true
}

func (d *Decoder) condition(n *Node, k Key, keys []Key) (Condition, bool) {
	if n.Kind != Mapping {
		d.expected(n, k, "conditions")
		return Condition{}, false
	}
	var c Condition
	before := len(d.problems)
	tests := &Node{Line: n.Line, Column: n.Column, Kind: Mapping}
	for _, f := range n.Fields {
		switch {
		case f.Key == "column" || !isTest(f.Key):
			tests.Fields = append(tests.Fields, f) // checked below as any mapping is
		case c.Test != "":
			d.Problem(f.Place, "plan-two-tests", "first", c.Test, "second", f.Key)
		default:
			c.Test = f.Key
			d.test(&c, f)
		}
	}
	v := d.Decode(tests, "where", keys)
	c.Of, _ = v["column"].(string)
	if c.Test == "" && len(d.problems) == before {
		d.Problem(n, "plan-no-test", "tests", conditionKeys)
	}
	return c, len(d.problems) == before
}

func isTest(key string) bool {
	for _, t := range conditionKeys {
		if t == key {
			return true
		}
	}
	return false
}

// test reads the value of one test.
func (d *Decoder) test(c *Condition, f Field) {
	key := Key{Name: f.Key}
	switch f.Key {
	case "known":
		v, ok := f.Value.Scalar.(bool)
		if !ok {
			d.expected(f.Value, key, "truth")
		}
		c.Known = v
		return
	case "in", "not_in":
		if f.Value.Kind != List || len(f.Value.Items) == 0 {
			d.expected(f.Value, key, "names")
			return
		}
		for _, item := range f.Value.Items {
			d.constant(c, item, key)
		}
	case "is", "not":
		d.constant(c, f.Value, key)
	default:
		if v, ok := d.number(f.Value, key); ok {
			c.Values = append(c.Values, numeric(v.(float64)))
		}
	}
}

// constant adds a value that a column is compared with.
func (d *Decoder) constant(c *Condition, n *Node, k Key) {
	if n.Kind == Scalar {
		switch v := n.Scalar.(type) {
		case string:
			c.Values = append(c.Values, moments.NameKey(v))
			return
		case bool:
			digit := "0"
			if v {
				digit = "1"
			}
			c.Values = append(c.Values, moments.NameKey(digit))
			return
		case int64:
			c.Values = append(c.Values, moments.WholeKey(v))
			return
		case float64:
			if number, ok := d.number(n, k); ok {
				c.Values = append(c.Values, numeric(number.(float64)))
			}
			return
		}
	}
	d.expected(n, k, "constant")
}

func numeric(f float64) moments.Value {
	if i := int64(f); float64(i) == f {
		return moments.WholeKey(i)
	}
	return moments.RealKey(f)
}

// Column says how the condition's column is read when nothing else reads it: as
// a number where all values are numbers, else as a category.
func (c Condition) Column() moments.Column {
	as := moments.Number
	if c.Test == "known" {
		as = moments.Category
	}
	for _, v := range c.Values {
		if _, isName := v.Name(); isName {
			as = moments.Category
		}
	}
	return moments.Column{Name: c.Of, As: as}
}

// Cond is the condition for an engine, on a column that is read As. It is not
// possible, and false, for a limit on a category or a name on a number.
func (c Condition) Cond(as moments.As) (moments.Cond, bool) {
	of := moments.Ref(c.Of)
	limit := func(op moments.Op) (moments.Cond, bool) {
		if as == moments.Category {
			return nil, false
		}
		f, _ := c.Values[0].Float()
		return moments.Compare{A: of, Op: op, B: moments.Real(f)}, true
	}
	switch c.Test {
	case "known":
		if c.Known {
			return moments.Known{Of: of}, true
		}
		return moments.Not{Cond: moments.Known{Of: of}}, true
	case "at_least":
		return limit(moments.GreaterEqual)
	case "at_most":
		return limit(moments.LessEqual)
	case "above":
		return limit(moments.Greater)
	case "below":
		return limit(moments.Less)
	}
	values := make([]moments.Value, len(c.Values))
	for i, v := range c.Values {
		name, isName := v.Name()
		switch {
		case as == moments.Category:
			values[i] = moments.NameKey(v.String())
		case isName:
			f, err := strconv.ParseFloat(name, 64)
			if err != nil {
				return nil, false
			}
			values[i] = numeric(f)
		default:
			values[i] = v
		}
	}
	is := moments.Is{Of: of, Values: values}
	if c.Test == "is" || c.Test == "in" {
		return is, true
	}
	// A row whose value is missing is neither: "not" and "not_in" need it known.
	return moments.All{moments.Known{Of: of}, moments.Not{Cond: is}}, true
}

// MarshalJSON writes the condition as the plan does.
func (c Condition) MarshalJSON() ([]byte, error) {
	out := map[string]any{"column": c.Of}
	plain := make([]any, len(c.Values))
	for i, v := range c.Values {
		if name, ok := v.Name(); ok {
			plain[i] = name
		} else {
			plain[i], _ = v.Float()
		}
	}
	switch {
	case c.Test == "known":
		out[c.Test] = c.Known
	case c.Test == "in" || c.Test == "not_in":
		out[c.Test] = plain
	case len(plain) == 1:
		out[c.Test] = plain[0]
	default:
		return nil, fmt.Errorf("plan: condition on %s has %d values", c.Of, len(plain))
	}
	return json.Marshal(out)
}
