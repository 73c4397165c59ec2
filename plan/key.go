package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Type is what the value of a key must be.
type Type int

// The types of a key, with the Go value that Decode yields.
const (
	Text       Type = iota // string
	Whole                  // int64
	Number                 // float64
	Truth                  // bool
	Names                  // []string; one text stands for a list of one
	Pair                   // []int64 of length two
	Sub                    // map[string]any, by Key.Keys
	Sentence               // Words: one text, or {id, en}
	Conditions             // []Condition
	Covariates             // []Covariate
)

// Key declares one key of a mapping: its name, type, default and bounds. The
// tables of keys are the plan format; help and documentation are made from
// them.
type Key struct {
	Name     string
	Type     Type
	Required bool
	Default  any      // nil means null
	Allowed  []string // of a Text
	NotYet   []string // values of the contract that this version lacks
	Absent   bool     // the whole key is of the contract, but not in this version
	AllowedAt any     // with Absent: the one value that may be written all the same
	Low      float64  // bounds of a number, both included; 0, 0 means none
	High     float64
	Keys     []Key // of a Sub
}

// Decoder turns nodes into values and keeps every problem.
type Decoder struct {
	file     string
	problems problem.List
}

func (d *Decoder) add(p *problem.Problem) { d.problems = append(d.problems, p.In(d.file)) }

// Problem adds a problem at a node.
func (d *Decoder) Problem(n *Node, code string, pairs ...any) {
	d.add(problem.New(code, pairs...).At(n.Line, n.Column))
}

// Err gives all problems in order of place; nil when there are none.
func (d *Decoder) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b *problem.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return d.problems
}

// Decode reads a mapping by its table of keys. The result has every key of the
// table that this version knows: the value of the file, or the default.
func (d *Decoder) Decode(n *Node, within string, keys []Key) map[string]any {
	out := map[string]any{}
	for _, k := range keys {
		if !k.Absent {
			out[k.Name] = k.Default
		}
	}
	if n == nil || n.Kind != Mapping {
		if n != nil {
			d.Problem(n, "plan-expected-mapping", "key", within, "found", describe(n))
		}
		return out
	}
	for _, f := range n.Fields {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == f.Key })
		if i < 0 {
			known := names(keys)
			d.Problem(f.Place, "plan-unknown-key", "key", f.Key, "within", within,
				"suggestion", problem.Nearest(f.Key, known), "keys", known)
			continue
		}
		k := keys[i]
		if k.Absent {
			if k.AllowedAt == nil || f.Value.Scalar != k.AllowedAt {
				d.Problem(f.Place, "plan-not-yet", "what", f.Key)
			}
			continue
		}
		if value, ok := d.value(f.Value, k); ok {
			out[k.Name] = value
		}
	}
	for _, k := range keys {
		if k.Required && n.Get(k.Name) == nil {
			d.Problem(n, "plan-missing-key", "key", k.Name, "within", within)
		}
	}
	return out
}

// names lists the keys that this version knows.
func names(keys []Key) []string {
	var out []string
	for _, k := range keys {
		if !k.Absent {
			out = append(out, k.Name)
		}
	}
	return out
}

// value reads the value of one key; false after a problem.
func (d *Decoder) value(n *Node, k Key) (any, bool) {
	if n.Kind == Scalar && n.Scalar == nil && !k.Required {
		return k.Default, true
	}
	switch k.Type {
	case Text:
		return d.text(n, k)
	case Whole:
		return d.whole(n, k)
	case Number:
		return d.number(n, k)
	case Truth:
		if v, ok := n.Scalar.(bool); ok {
			return v, true
		}
		return d.expected(n, k, "truth")
	case Names:
		return d.names(n, k)
	case Pair:
		return d.pair(n, k)
	case Sub:
		if n.Kind != Mapping {
			return d.expected(n, k, "mapping")
		}
		return d.Decode(n, k.Name, k.Keys), true
	case Sentence:
		return d.sentence(n, k)
	case Conditions:
		return d.conditions(n, k)
	case Covariates:
		return d.covariates(n, k)
	default:
		panic(fmt.Sprintf("plan: key %s has an unknown type", k.Name))
	}
}

// expected says that a value has the wrong type.
func (d *Decoder) expected(n *Node, k Key, what string) (any, bool) {
	d.Problem(n, "plan-expected-"+what, "key", k.Name, "found", describe(n))
	return nil, false
}

// maxText is longer than any name, sentence or path of a plan.
const maxText = 4000

func (d *Decoder) text(n *Node, k Key) (any, bool) {
	s, ok := scalarText(n)
	if !ok || s == "" || len(s) > maxText {
		return d.expected(n, k, "text")
	}
	if slices.Contains(k.NotYet, s) {
		d.Problem(n, "plan-not-yet", "what", k.Name+": "+s)
		return nil, false
	}
	if len(k.Allowed) > 0 && !slices.Contains(k.Allowed, s) {
		d.Problem(n, "plan-not-allowed", "key", k.Name, "found", s, "allowed", k.Allowed,
			"suggestion", problem.Nearest(s, slices.Concat(k.Allowed, k.NotYet)))
		return nil, false
	}
	return s, true
}

// scalarText is the text of a scalar: a column may be named 2015 or true.
func scalarText(n *Node) (string, bool) {
	if n.Kind != Scalar {
		return "", false
	}
	switch v := n.Scalar.(type) {
	case string:
		return strings.TrimSpace(v), true
	case int64, bool:
		return fmt.Sprint(v), true
	default:
		return "", false
	}
}

func (d *Decoder) whole(n *Node, k Key) (any, bool) {
	v, ok := n.Scalar.(int64)
	if f, isFloat := n.Scalar.(float64); isFloat && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		v, ok = int64(f), true // 2015.0
	}
	if n.Kind != Scalar || !ok {
		return d.expected(n, k, "whole")
	}
	return v, d.within(n, k, float64(v))
}

func (d *Decoder) number(n *Node, k Key) (any, bool) {
	v, ok := n.Scalar.(float64)
	if i, isInt := n.Scalar.(int64); isInt {
		v, ok = float64(i), true
	}
	if n.Kind != Scalar || !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return d.expected(n, k, "number")
	}
	return v, d.within(n, k, v)
}

func (d *Decoder) within(n *Node, k Key, v float64) bool {
	if k.Low == 0 && k.High == 0 || v >= k.Low && v <= k.High {
		return true
	}
	d.Problem(n, "plan-range", "key", k.Name, "found", describe(n), "low", k.Low, "high", k.High)
	return false
}

func (d *Decoder) names(n *Node, k Key) (any, bool) {
	items := n.Items
	if n.Kind == Scalar {
		items = []*Node{n}
	}
	if n.Kind == Mapping || len(items) == 0 {
		return d.expected(n, k, "names")
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := scalarText(item)
		if !ok || s == "" {
			return d.expected(item, k, "names")
		}
		if slices.Contains(out, s) {
			d.Problem(item, "plan-name-twice", "key", k.Name, "found", s)
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func (d *Decoder) pair(n *Node, k Key) (any, bool) {
	if n.Kind != List || len(n.Items) != 2 {
		return d.expected(n, k, "pair")
	}
	from, ok1 := n.Items[0].Scalar.(int64)
	to, ok2 := n.Items[1].Scalar.(int64)
	if !ok1 || !ok2 || from > to {
		return d.expected(n, k, "pair")
	}
	return []int64{from, to}, true
}

// Words is one sentence in both languages.
type Words struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

func (d *Decoder) sentence(n *Node, k Key) (any, bool) {
	if s, ok := scalarText(n); ok && s != "" && len(s) <= maxText {
		return Words{ID: s, EN: s}, true
	}
	if n.Kind != Mapping {
		return d.expected(n, k, "sentence")
	}
	v := d.Decode(n, k.Name, []Key{{Name: "id", Type: Text, Required: true}, {Name: "en", Type: Text, Required: true}})
	id, _ := v["id"].(string)
	en, _ := v["en"].(string)
	return Words{ID: id, EN: en}, true
}

// Covariate is a column that the analysis adjusts for.
type Covariate struct {
	Column   string `json:"column"`
	Category bool   `json:"category"`
}

func (d *Decoder) covariates(n *Node, k Key) (any, bool) {
	if n.Kind != List {
		return d.expected(n, k, "covariates")
	}
	out := make([]Covariate, 0, len(n.Items))
	for _, item := range n.Items {
		var c Covariate
		if s, ok := scalarText(item); ok && s != "" {
			c.Column = s
		} else if item.Kind == Mapping {
			v := d.Decode(item, k.Name, []Key{{Name: "column", Type: Text, Required: true}, {Name: "as", Type: Text, Default: "number", Allowed: []string{"number", "category"}}})
			c.Column, _ = v["column"].(string)
			c.Category = v["as"] == "category"
		} else {
			return d.expected(item, k, "covariates")
		}
		if slices.ContainsFunc(out, func(o Covariate) bool { return o.Column == c.Column }) {
			d.Problem(item, "plan-name-twice", "key", k.Name, "found", c.Column)
			continue
		}
		out = append(out, c)
	}
	return out, true
}

// describe prints what was found, for messages: short, on one line.
func describe(n *Node) string {
	switch n.Kind {
	case Mapping:
		return "{...}"
	case List:
		return "[...]"
	}
	if n.Scalar == nil {
		return "null"
	}
	s := []rune(strings.Join(strings.Fields(fmt.Sprint(n.Scalar)), " "))
	if len(s) > 40 {
		return string(s[:40]) + "…"
	}
	return string(s)
}
