package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// Checker gathers the problems of one file. Its readers give the value of a
// node and report when it is another kind than expected; they return ok false
// then, and the caller goes on, so that one run names all problems.
type Checker struct {
	file     string
	lines    [][]byte
	problems problem.List
}

// Add reports a problem at a node; pairs are the values of its sentence.
func (c *Checker) Add(at Node, code string, pairs ...any) *problem.Problem {
	p := problem.New(code, pairs...).In(c.file).At(max(at.Line, 1), max(at.Column, 1))
	c.problems = append(c.problems, p)
	return p
}

// Err gives all problems in order of place as a problem.List; nil when there
// are none.
func (c *Checker) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	list := slices.Clone(c.problems)
	slices.SortStableFunc(list, func(a, b *problem.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// Fields checks that a node is a mapping and that each key is one of known. A
// key of later belongs to the language but is not built yet. A problem names
// the keys with the word of where they stand.
func (c *Checker) Fields(n Node, where string, known, later []string) bool {
	if n.Kind != Mapping {
		c.Add(n, "plan-not-mapping", "where", where, "found", found(n))
		return false
	}
	for _, e := range n.Entries {
		switch key := e.Key.Text; {
		case slices.Contains(known, key):
		case slices.Contains(later, key):
			c.Add(e.Key, "plan-key-later", "key", key, "where", where)
		default:
			c.Add(e.Key, "plan-key-unknown", "key", short(key), "where", where,
				"suggestion", problem.Nearest(key, known), "known", known)
		}
	}
	return true
}

// Require reports that a mapping lacks a key, and tells whether it has it.
func (c *Checker) Require(n Node, where, key string) bool {
	v, ok := n.Get(key)
	switch {
	case !ok:
		c.Add(n, "plan-key-missing", "key", key, "where", where)
	case v.Kind == Null:
		c.Add(v, "plan-value-empty", "key", key)
		return false
	}
	return ok
}

// Text reads a text that is not empty; a number or truth serves as it is
// written.
func (c *Checker) Text(n Node, key string) (string, bool) {
	s := strings.Join(strings.Fields(n.Text), " ")
	if n.Kind == List || n.Kind == Mapping || s == "" {
		c.Add(n, "plan-not-text", "key", key, "found", found(n))
		return "", false
	}
	return s, true
}

// ColumnName reads the name of a column, which keeps its inner white space.
func (c *Checker) ColumnName(n Node, key string) (string, bool) {
	if n.Kind == List || n.Kind == Mapping || n.Text == "" {
		c.Add(n, "plan-not-text", "key", key, "found", found(n))
		return "", false
	}
	return n.Text, true
}

// Name reads the name of a category.
func (c *Checker) Name(n Node, key string) (string, bool) {
	name, ok := n.Name()
	if !ok {
		c.Add(n, "plan-not-text", "key", key, "found", found(n))
	}
	return name, ok
}

// Number reads a number.
func (c *Checker) Number(n Node, key string) (float64, bool) {
	f, ok := n.Float()
	if !ok {
		c.Add(n, "plan-not-number", "key", key, "found", found(n))
	}
	return f, ok
}

// Whole reads a whole number from least to most.
func (c *Checker) Whole(n Node, key string, least, most int64) (int64, bool) {
	i, ok := n.Whole()
	if !ok {
		c.Add(n, "plan-not-whole", "key", key, "found", found(n))
		return 0, false
	}
	if i < least || i > most {
		c.Add(n, "plan-out-of-range", "key", key, "found", n.Text, "least", least, "most", most)
		return 0, false
	}
	return i, true
}

// Truth reads true or false.
func (c *Checker) Truth(n Node, key string) (truth, ok bool) {
	if n.Kind != Truth {
		c.Add(n, "plan-not-truth", "key", key, "found", found(n))
		return false, false
	}
	return n.True(), true
}

// Choice reads one of the allowed words; a word of later is not built yet.
func (c *Checker) Choice(n Node, key string, allowed, later []string) (string, bool) {
	switch {
	case slices.Contains(allowed, n.Text):
		return n.Text, true
	case slices.Contains(later, n.Text):
		c.Add(n, "plan-value-later", "key", key, "value", n.Text, "allowed", allowed)
	default:
		c.Add(n, "plan-not-choice", "key", key, "found", found(n), "allowed", allowed,
			"suggestion", problem.Nearest(n.Text, allowed))
	}
	return "", false
}

// Items reads a list with at least one item.
func (c *Checker) Items(n Node, key string) ([]Node, bool) {
	if n.Kind != List {
		c.Add(n, "plan-not-list", "key", key, "found", found(n))
		return nil, false
	}
	if len(n.Items) == 0 {
		c.Add(n, "plan-list-empty", "key", key)
		return nil, false
	}
	return n.Items, true
}

// found writes what stands in the file, short and without words of a language.
func found(n Node) string {
	switch n.Kind {
	case Null:
		return ""
	case List:
		return "[...]"
	case Mapping:
		return "{...}"
	}
	return short(n.Text)
}

// short cuts a long text for a message.
func short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
