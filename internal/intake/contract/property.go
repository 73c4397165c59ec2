package contract

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// object checks that a value is an object whose properties are known, and gives
// those that are only kept.
func (p *parser) object(n *node, place string) (kept map[string]any, ok bool) {
	if n.kind != jsonObject {
		p.wrong(n, place, jsonObject)
		return nil, false
	}
	known := places[place]
	for _, m := range n.members {
		switch {
		case slices.Contains(known.read, m.name):
		case slices.Contains(known.kept, m.name):
			if kept == nil {
				kept = map[string]any{}
			}
			kept[m.name] = m.value.plain()
		default:
			all := slices.Concat(known.read, known.kept)
			near := problem.Nearest(m.name, all)
			if near == "" && !strings.Contains(m.name, ":") {
				near = problem.Nearest("dampak:"+m.name, all)
			}
			p.add(m.at, "contract-unknown", "property", short(m.name), "suggestion", near, "known", known.read)
		}
	}
	return kept, true
}

func (p *parser) wrong(n *node, property string, want kind) {
	p.add(n.at, "contract-kind", "property", property, "found", string(n.kind), "expected", string(want))
}

// text gives a string property; "" when it is absent.
func (p *parser) text(n *node, name string) string {
	v := n.get(name)
	if v == nil {
		return ""
	}
	if v.kind != jsonString {
		p.wrong(v, name, jsonString)
		return ""
	}
	return strings.TrimSpace(v.text)
}

// one gives a string property out of some.
func one[T ~string](p *parser, n *node, name string, allowed []T) T {
	s := T(p.text(n, name))
	if s != "" && !slices.Contains(allowed, s) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		p.add(n.get(name).at, "contract-word", "property", name, "found", short(string(s)), "expected", words, "suggestion", problem.Nearest(string(s), words))
		return ""
	}
	return s
}

func (p *parser) truth(n *node, name string) bool {
	v := n.get(name)
	if v == nil {
		return false
	}
	if v.kind != jsonTruth {
		p.wrong(v, name, jsonTruth)
	}
	return v.truth
}

// texts gives a list of strings without repetitions.
func (p *parser) texts(n *node, name string) []string {
	v := n.get(name)
	if v == nil {
		return nil
	}
	if v.kind != jsonArray {
		p.wrong(v, name, jsonArray)
		return nil
	}
	var all []string
	for _, x := range v.items {
		s := x.text
		if x.kind == jsonObject && name == "missingValues" { // {value, label} of version 2
			x = cmp.Or(x.get("value"), x)
			s = x.text
		}
		if x.kind != jsonString {
			p.wrong(x, name, jsonString)
			continue
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func fieldNames(c *Contract) []string {
	all := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		all[i] = f.Name
	}
	return all
}

func (p *parser) day(n *node, name string) registry.Day {
	s := p.text(n, name)
	if s == "" {
		return ""
	}
	d, err := registry.ParseDay(s)
	if err != nil {
		p.add(n.get(name).at, "contract-day", "property", name, "found", short(s))
	}
	return d
}

// blankless takes the blank from the marks of missing values: it is always one.
func blankless(all []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// filled checks that a value is a list with something in it.
func (p *parser) filled(v *node, property string) bool {
	if v.kind != jsonArray {
		p.wrong(v, property, jsonArray)
	} else if len(v.items) == 0 {
		p.add(v.at, "contract-empty", "property", property)
	}
	return len(v.items) > 0
}

// short cuts a text for a sentence.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
