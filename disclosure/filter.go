package disclosure

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/plan"
)

// Filter says which rows count, in a normal form that a history can keep and a
// checker can read: any of its parts has to hold. Filter{{}} is every row, an empty
// one is none.
type Filter []Part

// Part holds where each of its tests does; they are of distinct columns, in order.
type Part []Test

// Test is a test of one column. A value is a name, or the number of a bin of a
// column with cut points.
type Test struct {
	Column string   `json:"column"`
	Values []string `json:"values"` // sorted
	// Except turns it round: any known value but those.
	Except bool `json:"except"`
	// Blank holds where the value is missing too.
	Blank bool `json:"blank"`
}

// Everything is the filter that every row meets.
func Everything() Filter { return Filter{{}} }

// id tells a filter from others.
func (f Filter) id() string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // texts and truths always have a JSON form
	}
	return string(b)
}

// columns lists the columns that a filter reads.
func (f Filter) columns() []string {
	var all []string
	for _, p := range f {
		for _, t := range p {
			all = append(all, t.Column)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isEverything tells whether every row meets it.
func (f Filter) isEverything() bool {
	return slices.ContainsFunc(f, func(p Part) bool { return len(p) == 0 })
}

// FilterOf turns the conditions of a plan into a filter. A Reason of effect Refuse
// says why they cannot be one.
func FilterOf(d Data, where []plan.Condition) (Filter, *Reason) {
	conds := make(moments.All, len(where))
	for i, w := range where {
		as := d.read(w.Name).As
		cond, ok := w.CondAs(as)
		if !ok {
			r := because("cut-point", "column", w.Name, "cuts", []string{})
			return nil, &r
		}
		conds[i] = cond
	}
	return FilterOfCond(d, conds)
}

// FilterOfCond turns a condition of a request into a filter: conditions on the
// values of registered columns, bounds at their cut points, and whether a registered
// column or a measure is known. Whatever calculates is refused.
func FilterOfCond(d Data, c moments.Cond) (Filter, *Reason) {
	n := normal{data: d}
	f := n.of(c, false)
	if n.why != nil {
		return nil, n.why
	}
	slices.SortFunc(f, func(a, b Part) int { return cmp.Compare(Filter{a}.id(), Filter{b}.id()) })
	return slices.CompactFunc(f, func(a, b Part) bool { return Filter{a}.id() == Filter{b}.id() }), nil
}

// normal brings conditions to normal form; the first that cannot be is why.
type normal struct {
	data Data
	why  *Reason
}

func (n *normal) refuse(rule string, pairs ...any) Filter {
	if n.why == nil {
		r := because(rule, pairs...)
		n.why = &r
	}
	return nil
}

// of is the filter of a condition, or of its opposite.
func (n *normal) of(c moments.Cond, opposite bool) Filter {
	if n.why != nil {
		return nil
	}
	switch c := c.(type) {
	case moments.All:
		return n.join(c, opposite, !opposite)
	case moments.Any:
		return n.join(c, opposite, opposite)
	case moments.Not:
		return n.of(c.Cond, !opposite)
	case moments.Known:
		name, ok := n.name(c.Of, true)
		if !ok {
			return nil
		}
		return Filter{{Test{Column: name, Values: []string{}, Except: !opposite, Blank: opposite}}}
	case moments.Is:
		return n.among(c.Of, c.Values, opposite, opposite)
	case moments.Compare:
		return n.compare(c, opposite)
	default:
		return n.refuse("filter-form")
	}
}

// join is all of some conditions (both), or any of them.
func (n *normal) join(conds []moments.Cond, opposite, both bool) Filter {
	if !both {
		var out Filter
		for _, c := range conds {
			out = append(out, n.of(c, opposite)...)
		}
		return n.short(out)
	}
	out := Everything()
	for _, c := range conds {
		f := n.of(c, opposite)
		var next Filter
		for _, a := range out {
			for _, b := range f {
				if p, some := a.and(b); some {
					next = append(next, p)
				}
			}
		}
		out = n.short(next)
	}
	return out
}

func (n *normal) short(f Filter) Filter {
	if most := int(limit("filter-parts")); len(f) > most {
		return n.refuse("filter-long", "limit", most)
	}
	return f
}

// name gives the registered column that an expression is; or, where only whether it
// is known matters, also a measure.
func (n *normal) name(e moments.Expr, measure bool) (string, bool) {
	ref, ok := e.(moments.Ref)
	if !ok {
		n.refuse("filter-form")
		return "", false
	}
	name := string(ref)
	if _, registered := n.data.column(name); registered || measure && n.data.isMeasure(name) {
		return name, true
	}
	n.refuse("unregistered", "column", name, "columns", n.data.names())
	return "", false
}

// names lists the registered columns.
func (d Data) names() []string {
	var out []string
	for _, c := range d.Columns {
		out = append(out, c.Name)
	}
	return out
}

// among is a column among values, or any other value; blank rows too where said.
func (n *normal) among(of moments.Expr, values []moments.Value, except, blank bool) Filter {
	name, ok := n.name(of, false)
	if !ok {
		return nil
	}
	if c, _ := n.data.column(name); len(c.Cuts) > 0 {
		return n.refuse("cut-point", "column", name, "cuts", c.cuts())
	}
	t := Test{Column: name, Values: []string{}, Except: except, Blank: blank}
	for _, v := range values {
		if !v.IsMissing() {
			t.Values = append(t.Values, v.String())
		}
	}
	return Filter{{t.tidy()}}
}

func (t Test) tidy() Test {
	slices.Sort(t.Values)
	t.Values = slices.Compact(t.Values)
	return t
}

// cuts lists cut points as they are written.
func (c Column) cuts() []string {
	var out []string
	for _, x := range c.Cuts {
		out = append(out, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return out
}

// compare is a comparison of a column with a constant: equality for a column of
// names, a cut point as bound for one of numbers.
func (n *normal) compare(c moments.Compare, opposite bool) Filter {
	var value moments.Value
	switch b := c.B.(type) {
	case moments.Int:
		value = moments.WholeKey(int64(b))
	case moments.Real:
		value = moments.RealKey(float64(b))
	default:
		return n.refuse("filter-form")
	}
	name, ok := n.name(c.A, false)
	if !ok {
		return nil
	}
	col, _ := n.data.column(name)
	if len(col.Cuts) == 0 {
		switch c.Op {
		case moments.Equal: // its opposite holds where the value is missing
			return n.among(c.A, []moments.Value{value}, opposite, opposite)
		case moments.NotEqual:
			return n.among(c.A, []moments.Value{value}, !opposite, opposite)
		}
		return n.refuse("cut-point", "column", name, "cuts", []string{})
	}
	x, _ := value.Float()
	at, found := slices.BinarySearch(col.Cuts, x)
	if !found || c.Op != moments.Less && c.Op != moments.GreaterEqual {
		return n.refuse("cut-point", "column", name, "cuts", col.cuts())
	}
	t := Test{Column: name, Values: []string{}, Blank: opposite}
	for bin := range len(col.Cuts) + 1 {
		if (bin > at) == ((c.Op == moments.GreaterEqual) != opposite) {
			t.Values = append(t.Values, strconv.Itoa(bin))
		}
	}
	return Filter{{t.tidy()}}
}

// and is both parts; false where no row can meet them.
func (p Part) and(q Part) (Part, bool) {
	out := slices.Clone(p)
	for _, t := range q {
		i := slices.IndexFunc(out, func(o Test) bool { return o.Column == t.Column })
		if i < 0 {
			out = append(out, t)
			continue
		}
		out[i] = out[i].and(t)
		if len(out[i].Values) == 0 && !out[i].Except && !out[i].Blank {
			return nil, false
		}
	}
	slices.SortFunc(out, func(a, b Test) int { return cmp.Compare(a.Column, b.Column) })
	return out, true
}

func (t Test) and(u Test) Test {
	out := Test{Column: t.Column, Values: []string{}, Blank: t.Blank && u.Blank}
	switch {
	case t.Except && u.Except:
		out.Except = true
		out.Values = append(append(out.Values, t.Values...), u.Values...)
	case t.Except:
		t, u = u, t
		fallthrough
	default:
		for _, v := range t.Values {
			if slices.Contains(u.Values, v) != u.Except {
				out.Values = append(out.Values, v)
			}
		}
	}
	return out.tidy()
}

// cond is the filter as a condition on rows of the data.
func (f Filter) cond(d Data) moments.Cond {
	out := moments.Any{}
	for _, p := range f {
		all := moments.All{}
		for _, t := range p {
			all = append(all, t.cond(d))
		}
		out = append(out, all)
	}
	return out
}

func (t Test) cond(d Data) moments.Cond {
	of := moments.Ref(t.Column)
	col, _ := d.column(t.Column)
	var is moments.Cond
	switch {
	case len(t.Values) == 0:
		is = moments.Any{}
	case len(col.Cuts) > 0:
		bins := moments.Any{}
		for _, v := range t.Values {
			if bin, err := strconv.Atoi(v); err == nil {
				bins = append(bins, moments.Compare{A: col.level(), Op: moments.Equal, B: moments.Int(int64(bin))})
			}
		}
		is = bins
	default:
		names := moments.Is{Of: of}
		for _, v := range t.Values {
			names.Values = append(names.Values, moments.NameKey(v))
		}
		is = names
	}
	if t.Except {
		is = moments.All{moments.Known{Of: of}, moments.Not{Cond: is}}
	}
	if t.Blank {
		is = moments.Any{is, moments.Not{Cond: moments.Known{Of: of}}}
	}
	return is
}
