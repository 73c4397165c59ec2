package moments

import (
	"fmt"
	"maps"
)

// Kind is the arithmetic of a value.
type Kind int

// The kinds.
const (
	KindReal  Kind = iota // float64
	KindWhole             // exact integer
	KindName              // category: can be compared and grouped by, not added
)

// Env gives the kind of each name that an expression may refer to.
type Env map[string]Kind

// Kind is how values of a column read so are computed with.
func (a As) Kind() Kind {
	switch a {
	case Whole, Period, Cohort:
		return KindWhole
	case Category:
		return KindName
	default:
		return KindReal
	}
}

// KindOf infers the kind of an expression; an unknown name or arithmetic on a
// category is an error.
func KindOf(e Expr, env Env) (Kind, error) {
	switch e := e.(type) {
	case Ref:
		k, ok := env[string(e)]
		if !ok {
			return 0, fmt.Errorf("moments: unknown name %q", string(e))
		}
		return k, nil
	case Int:
		return KindWhole, nil
	case Real:
		return KindReal, nil
	case Add:
		return arithmetic(env, e...)
	case Mul:
		return arithmetic(env, e...)
	case Sub:
		return arithmetic(env, e.A, e.B)
	case Div:
		_, err := arithmetic(env, e.A, e.B)
		return KindReal, err
	case Exp:
		_, err := arithmetic(env, e.Of)
		return KindReal, err
	case Case:
		if err := CheckCond(e.When, env); err != nil {
			return 0, err
		}
		if e.Else == nil {
			return KindOf(e.Then, env)
		}
		return same(env, e.Then, e.Else)
	case First:
		return same(env, e...)
	default:
		return 0, fmt.Errorf("moments: unknown expression %T", e)
	}
}

// arithmetic is whole when all parts are, real otherwise, and no part may be a
// category.
func arithmetic(env Env, parts ...Expr) (Kind, error) {
	if len(parts) == 0 {
		return 0, fmt.Errorf("moments: an empty sum or product")
	}
	kind := KindWhole
	for _, p := range parts {
		k, err := KindOf(p, env)
		if err != nil {
			return 0, err
		}
		if k == KindName {
			return 0, fmt.Errorf("moments: arithmetic on a category in %#v", p)
		}
		if k == KindReal {
			kind = KindReal
		}
	}
	return kind, nil
}

// same is the common kind of alternatives: all categories, or all numbers.
func same(env Env, parts ...Expr) (Kind, error) {
	if len(parts) == 0 {
		return 0, fmt.Errorf("moments: no alternatives")
	}
	first, err := KindOf(parts[0], env)
	if err != nil {
		return 0, err
	}
	if first != KindName {
		return arithmetic(env, parts...)
	}
	for _, p := range parts[1:] {
		k, err := KindOf(p, env)
		if err != nil {
			return 0, err
		}
		if k != KindName {
			return 0, fmt.Errorf("moments: a category beside a number in alternatives")
		}
	}
	return KindName, nil
}

// CheckCond checks that a condition refers to known names.
func CheckCond(c Cond, env Env) error {
	switch c := c.(type) {
	case Compare:
		_, err := same(env, c.A, c.B)
		return err
	case Is:
		_, err := KindOf(c.Of, env)
		return err
	case Known:
		_, err := KindOf(c.Of, env)
		return err
	case Fraction:
		_, err := arithmetic(env, c.Of)
		return err
	case Not:
		return CheckCond(c.Cond, env)
	case All:
		return checkConds(c, env)
	case Any:
		return checkConds(c, env)
	default:
		return fmt.Errorf("moments: unknown condition %T", c)
	}
}

func checkConds(conds []Cond, env Env) error {
	for _, c := range conds {
		if err := CheckCond(c, env); err != nil {
			return err
		}
	}
	return nil
}

// KindOfAgg is the kind of an aggregate: counts are whole, others as their
// expression, which may not be a category unless it is counted.
func KindOfAgg(a Agg, env Env) (Kind, error) {
	if a.Op == Count {
		if a.Of == nil {
			return KindWhole, nil
		}
		_, err := KindOf(a.Of, env)
		return KindWhole, err
	}
	k, err := KindOf(a.Of, env)
	if err != nil {
		return 0, err
	}
	if k == KindName && a.Op == Sum {
		return 0, fmt.Errorf("moments: the sum %q of a category", a.Name)
	}
	return k, nil
}

// Check walks the request as an engine does and returns the kinds before each
// step (Envs[0] are the table's columns, the last those that the final fold
// sees), or the first mistake: an unknown name, a name made twice, arithmetic
// on a category. Min and Max of a category are allowed in a step (they carry a
// constant name through a fold, in byte order) but not in the final fold, whose
// cells are numbers.
func (r Request) Check() ([]Env, error) {
	env := Env{}
	for _, c := range r.Columns {
		if _, twice := env[c.Name]; twice {
			return nil, fmt.Errorf("moments: %s: column %q listed twice", r.Label, c.Name)
		}
		env[c.Name] = c.As.Kind()
	}
	if err := checkConds(r.Where, env); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Label, err)
	}
	envs := []Env{env}
	for _, s := range r.Steps {
		next, err := after(s, env)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Label, err)
		}
		env = next
		envs = append(envs, env)
	}
	made, err := fold(Fold{By: r.By, Make: r.Make}, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Label, err)
	}
	for _, a := range r.Make {
		if made[a.Name] == KindName {
			return nil, fmt.Errorf("%s: moments: the cell %q is a category", r.Label, a.Name)
		}
	}
	return envs, nil
}

func after(s Step, env Env) (Env, error) {
	switch s := s.(type) {
	case Fold:
		return fold(s, env)
	case Keep:
		return env, CheckCond(s.Cond, env)
	case Derive:
		return derive(s, env, maps.Clone(env))
	case Select:
		return derive(s, env, Env{})
	default:
		return nil, fmt.Errorf("moments: unknown step %T", s)
	}
}

// derive adds the kinds of fields, made from env, to next.
func derive(fields []Field, env, next Env) (Env, error) {
	for _, f := range fields {
		if _, twice := next[f.Name]; twice {
			return nil, fmt.Errorf("moments: name %q made twice", f.Name)
		}
		k, err := KindOf(f.Of, env)
		if err != nil {
			return nil, err
		}
		next[f.Name] = k
	}
	return next, nil
}

func fold(f Fold, env Env) (Env, error) {
	next := make(Env, len(f.By)+len(f.Make))
	add := func(name string, k Kind, err error) error {
		if err != nil {
			return err
		}
		if _, twice := next[name]; twice {
			return fmt.Errorf("moments: name %q made twice", name)
		}
		next[name] = k
		return nil
	}
	for _, b := range f.By {
		k, err := KindOf(b.Of, env)
		if err := add(b.Name, k, err); err != nil {
			return nil, err
		}
	}
	for _, a := range f.Make {
		k, err := KindOfAgg(a, env)
		if err := add(a.Name, k, err); err != nil {
			return nil, err
		}
	}
	return next, nil
}
