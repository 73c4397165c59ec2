package designs

import (
	"slices"

	"github.com/dampak/dampak/plan"
)

// Type is what a key holds.
type Type string

// The types, with the Go value that Values has for each.
const (
	Column     Type = "column"     // string
	Columns    Type = "columns"    // one column as a string, two as []string
	Choice     Type = "choice"     // string, one of Allowed
	Whole      Type = "whole"      // int64, from Least to Most
	Name       Type = "name"       // string: a value of a category
	NameList   Type = "names"      // []string, distinct
	Window     Type = "window"     // []int64: from, to
	Covariates Type = "covariates" // []Covariate
	Draws      Type = "draws"      // {draws: N}: map[string]int64
)

// Key is one key of a design, as a row of its table.
type Key struct {
	Name        string
	Type        Type
	Required    bool
	Default     any      // nil = absent
	Allowed     []string // of a choice
	Unbuilt     []string // values of a choice that are not in this version
	Least, Most int64    // of a whole number
	Alone       bool     // its column may have no other such part
	Later       bool     // the whole key is not in this version
}

// Covariate is a column that adjusts an estimate.
type Covariate struct {
	Column   string
	Category bool // each value but the first in byte order is an indicator of its own; see Study.AsCategories
}

// covariatesKey is the key of Values that holds the covariates.
const covariatesKey = "covariates"

// Values are the keys of a design with their defaults; nil = absent.
type Values map[string]any

// text gives a string; "" when absent.
func (v Values) text(key string) string { s, _ := v[key].(string); return s }

// whole gives a whole number; nil when absent.
func (v Values) whole(key string) *int64 {
	if i, ok := v[key].(int64); ok {
		return &i
	}
	return nil
}

// names gives a list of names.
func (v Values) names(key string) []string { s, _ := v[key].([]string); return s }

// columns gives one or two columns; nil when absent.
func (v Values) columns(key string) []string {
	if one := v.text(key); one != "" {
		return []string{one}
	}
	return v.names(key)
}

// common are the keys that plan reads in every design.
var common = []string{"table", "where"}

// decode reads the keys of a design by its table.
func (e *Entry) decode(body plan.Node, c *plan.Checker) Values {
	v := Values{}
	known, unbuilt := slices.Clone(common), []string{"by", "weights"}
	for _, k := range e.Keys {
		if k.Later {
			unbuilt = append(unbuilt, k.Name)
			continue
		}
		known = append(known, k.Name)
		v[k.Name] = k.Default
	}
	if !c.Fields(body, e.Name, known, unbuilt) {
		return v
	}
	for _, k := range e.Keys {
		n, given := body.Get(k.Name)
		switch {
		case k.Later:
		case k.Required:
			if c.Require(body, e.Name, k.Name) {
				k.read(n, v, c)
			}
		case given:
			k.read(n, v, c)
		}
	}
	if e.settle != nil {
		e.settle(v, body, c)
	}
	return v
}

// read puts the value of a key into v when it is what the key holds.
func (k Key) read(n plan.Node, v Values, c *plan.Checker) {
	var value any
	var ok bool
	switch k.Type {
	case Column:
		value, ok = c.ColumnName(n, k.Name)
	case Columns:
		value, ok = columns(n, k.Name, c)
	case Choice:
		value, ok = c.Choice(n, k.Name, k.Allowed, k.Unbuilt)
	case Whole:
		value, ok = c.Whole(n, k.Name, k.Least, k.Most)
	case Name:
		value, ok = c.Name(n, k.Name)
	case NameList:
		value, ok = nameList(n, k.Name, c)
	case Window:
		value, ok = window(n, k.Name, c)
	case Covariates:
		value, ok = covariates(n, k.Name, c)
	case Draws:
		if c.Fields(n, k.Name, []string{"draws"}, nil) && c.Require(n, k.Name, "draws") {
			at, _ := n.Get("draws")
			var draws int64
			draws, ok = c.Whole(at, "draws", 1, plan.MaxDraws)
			value = map[string]int64{"draws": draws}
		}
	}
	if ok {
		v[k.Name] = value
	}
}

// columns reads one column, or a list of one or two.
func columns(n plan.Node, key string, c *plan.Checker) (any, bool) {
	if n.Kind != plan.List {
		return c.ColumnName(n, key)
	}
	list, ok := nameList(n, key, c)
	switch {
	case ok && len(list) > 2:
		c.Add(n, "plan-two-columns", "key", key, "count", len(list))
		return nil, false
	case ok && len(list) == 1:
		return list[0], true
	}
	return list, ok
}

func nameList(n plan.Node, key string, c *plan.Checker) ([]string, bool) {
	items, ok := c.Items(n, key)
	var all []string
	for _, item := range items {
		name, good := c.Name(item, key)
		if good && slices.Contains(all, name) {
			c.Add(item, "plan-name-twice", "key", key, "name", name)
			good = false
		}
		ok = ok && good
		all = append(all, name)
	}
	return all, ok
}

func window(n plan.Node, key string, c *plan.Checker) ([]int64, bool) {
	if n.Kind != plan.List || len(n.Items) != 2 {
		c.Add(n, "plan-window", "key", key)
		return nil, false
	}
	const far = 1 << 40
	from, ok := c.Whole(n.Items[0], key, -far, far)
	to, good := c.Whole(n.Items[1], key, -far, far)
	if ok && good && from > to {
		c.Add(n, "plan-window", "key", key)
		return nil, false
	}
	return []int64{from, to}, ok && good
}

func covariates(n plan.Node, key string, c *plan.Checker) ([]Covariate, bool) {
	items, ok := c.Items(n, key)
	var all []Covariate
	for _, item := range items {
		x, good := covariate(item, key, c)
		if good && slices.ContainsFunc(all, func(y Covariate) bool { return x.Column == y.Column }) {
			c.Add(item, "plan-name-twice", "key", key, "name", x.Column)
			good = false
		}
		ok = ok && good
		all = append(all, x)
	}
	return all, ok
}

func covariate(n plan.Node, key string, c *plan.Checker) (Covariate, bool) {
	if n.Kind != plan.Mapping {
		column, ok := c.ColumnName(n, key)
		return Covariate{Column: column}, ok
	}
	if !c.Fields(n, key, []string{"column", "as"}, nil) || !c.Require(n, key, "column") {
		return Covariate{}, false
	}
	at, _ := n.Get("column")
	column, ok := c.ColumnName(at, "column")
	if as, given := n.Get("as"); given {
		_, good := c.Choice(as, "as", []string{"category"}, nil)
		return Covariate{Column: column, Category: true}, ok && good
	}
	return Covariate{Column: column}, ok
}
