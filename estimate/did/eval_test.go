package did

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/dampak/dampak/moments"
)

type val struct {
	k moments.Value
	n *big.Int
	f float64
	t int // 0 missing 1 whole 2 real 3 name
}
type row map[string]val

func wholeV(i int64) val  { return val{n: big.NewInt(i), t: 1} }
func realV(f float64) val { return val{f: f, t: 2} }
func nameV(s string) val  { return val{k: moments.NameKey(s), t: 3} }

func (v val) fl() float64 {
	if v.t == 1 {
		f, _ := new(big.Float).SetInt(v.n).Float64()
		return f
	}
	return v.f
}
func (v val) key() moments.Value {
	switch v.t {
	case 1:
		return moments.WholeKey(v.n.Int64())
	case 2:
		return moments.RealKey(v.f)
	case 3:
		return v.k
	}
	return moments.Missing
}
func cmpV(a, b val) int {
	if a.t == 3 {
		return a.k.Compare(b.k)
	}
	if a.t == 1 && b.t == 1 {
		return a.n.Cmp(b.n)
	}
	return cmp.Compare(a.fl(), b.fl())
}

func ev(e moments.Expr, r row) val {
	switch e := e.(type) {
	case moments.Ref:
		v, ok := r[string(e)]
		if !ok {
			panic("no " + string(e))
		}
		return v
	case moments.Int:
		return wholeV(int64(e))
	case moments.Add:
		out := ev(e[0], r)
		for _, x := range e[1:] {
			out = op(out, ev(x, r), '+')
		}
		return out
	case moments.Mul:
		out := ev(e[0], r)
		for _, x := range e[1:] {
			out = op(out, ev(x, r), '*')
		}
		return out
	case moments.Sub:
		return op(ev(e.A, r), ev(e.B, r), '-')
	case moments.Case:
		if cond(e.When, r) {
			return ev(e.Then, r)
		}
		if e.Else == nil {
			return val{}
		}
		return ev(e.Else, r)
	case moments.First:
		for _, x := range e {
			if v := ev(x, r); v.t != 0 {
				return v
			}
		}
		return val{}
	}
	panic(fmt.Sprintf("%T", e))
}
func op(a, b val, o byte) val {
	if a.t == 0 || b.t == 0 {
		return val{}
	}
	if a.t == 1 && b.t == 1 {
		z := new(big.Int)
		switch o {
		case '+':
			z.Add(a.n, b.n)
		case '-':
			z.Sub(a.n, b.n)
		default:
			z.Mul(a.n, b.n)
		}
		return val{n: z, t: 1}
	}
	switch o {
	case '+':
		return realV(a.fl() + b.fl())
	case '-':
		return realV(a.fl() - b.fl())
	}
	return realV(a.fl() * b.fl())
}
func cond(c moments.Cond, r row) bool {
	switch c := c.(type) {
	case moments.Compare:
		a, b := ev(c.A, r), ev(c.B, r)
		if a.t == 0 || b.t == 0 {
			return false
		}
		x := cmpV(a, b)
		switch c.Op {
		case moments.Equal:
			return x == 0
		case moments.NotEqual:
			return x != 0
		case moments.Less:
			return x < 0
		case moments.LessEqual:
			return x <= 0
		case moments.Greater:
			return x > 0
		}
		return x >= 0
	case moments.Is:
		v := ev(c.Of, r)
		return v.t != 0 && slices.Contains(c.Values, v.key())
	case moments.Known:
		return ev(c.Of, r).t != 0
	case moments.Not:
		return !cond(c.Cond, r)
	case moments.All:
		for _, x := range c {
			if !cond(x, r) {
				return false
			}
		}
		return true
	case moments.Any:
		for _, x := range c {
			if cond(x, r) {
				return true
			}
		}
		return false
	}
	panic(fmt.Sprintf("%T", c))
}

func foldRows(rows []row, by []moments.Field, mk []moments.Agg) []row {
	idx := map[string]int{}
	var out []row
	for _, r := range rows {
		keys := row{}
		id := ""
		for _, b := range by {
			keys[b.Name] = ev(b.Of, r)
			id += keys[b.Name].key().String() + fmt.Sprint(keys[b.Name].t) + "|"
		}
		i, ok := idx[id]
		if !ok {
			i = len(out)
			idx[id] = i
			for _, a := range mk {
				if a.Op == moments.Count {
					keys[a.Name] = wholeV(0)
				} else {
					keys[a.Name] = val{}
				}
			}
			out = append(out, keys)
		}
		g := out[i]
		for _, a := range mk {
			v := wholeV(1)
			if a.Of != nil {
				v = ev(a.Of, r)
			}
			if v.t == 0 {
				continue
			}
			old := g[a.Name]
			switch {
			case a.Op == moments.Count:
				g[a.Name] = op(old, wholeV(1), '+')
			case old.t == 0:
				g[a.Name] = v
			case a.Op == moments.Sum:
				g[a.Name] = op(old, v, '+')
			case a.Op == moments.Min && cmpV(v, old) < 0, a.Op == moments.Max && cmpV(v, old) > 0:
				g[a.Name] = v
			}
		}
	}
	return out
}

func collectRows(rows []row, r moments.Request) moments.Statistic {
	if _, err := r.Check(); err != nil {
		panic(err)
	}
	var cur []row
	for _, x := range rows {
		if cond(moments.All(r.Where), x) {
			cur = append(cur, x)
		}
	}
	for _, s := range r.Steps {
		switch s := s.(type) {
		case moments.Fold:
			cur = foldRows(cur, s.By, s.Make)
		case moments.Keep:
			cur = slices.DeleteFunc(slices.Clone(cur), func(x row) bool { return !cond(s.Cond, x) })
		case moments.Derive:
			var next []row
			for _, x := range cur {
				y := row{}
				for k, v := range x {
					y[k] = v
				}
				for _, f := range s {
					y[f.Name] = ev(f.Of, x)
				}
				next = append(next, y)
			}
			cur = next
		}
	}
	st := moments.NewStatistic(r)
	for _, g := range foldRows(cur, r.By, r.Make) {
		grp := moments.Group{}
		for _, b := range r.By {
			grp.Key = append(grp.Key, g[b.Name].key())
		}
		for _, a := range r.Make {
			v := g[a.Name]
			switch v.t {
			case 0:
				grp.Cells = append(grp.Cells, moments.Quantity{})
			case 1:
				grp.Cells = append(grp.Cells, moments.WholeQuantity(v.n))
			default:
				grp.Cells = append(grp.Cells, moments.RealQuantity(v.f))
			}
		}
		st.Groups = append(st.Groups, grp)
	}
	if len(r.By) == 0 && len(st.Groups) == 0 {
		g := moments.Group{}
		for _, a := range r.Make {
			if a.Op == moments.Count {
				g.Cells = append(g.Cells, moments.WholeQuantity(new(big.Int)))
			} else {
				g.Cells = append(g.Cells, moments.Quantity{})
			}
		}
		st.Groups = append(st.Groups, g)
	}
	st.Sort()
	if r.Only > 0 && len(st.Groups) > r.Only {
		st.Groups = st.Groups[:r.Only]
	}
	return st
}

var _ = math.Pi
