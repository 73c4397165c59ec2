package designs

import (
	"slices"
	"strings"
)

// Method is one estimator that a plan can choose, as its page explains it: data
// alone, whose words stand in the catalogue under "methods." and whose page is
// made by internal/handbook.
type Method struct {
	Name   string // of the page: kebab-case
	Design string // of the registry
	// Key and Value are the choice in the plan that makes it; empty where the
	// design has one estimator.
	Key, Value string
	// Without are keys of the design that it refuses or does not read.
	Without []string
	Terms   []string // that it prints, in order
	VCE     []string // of inference.vce, beside "default"
	// VCECovariates are those of VCE that it has with covariates too; nil = all.
	VCECovariates []string
	Assumes       []Assumption
	Also          []string // checks that speak to no assumption but to the answer
	// Formulas say what is computed.
	Formulas []Formula
	Refuses  []Refusal
	Sources  []string // keys of References, in the order in which they are read
	Example  string   // a plan that this version reads
}

// Assumption is what must be true for the answer to be an effect, or for its
// error to be right.
type Assumption struct {
	Key    string   // of the catalogue: the assumption in plain words
	Math   string   // the statistical statement; its words are at Statement
	Checks []string // names of diagnostics and codes of warnings; none = no data can test it
}

// Statement is the catalogue key of the words that read Math, and Ask of what
// to ask people, since no check shows that an assumption holds.
func (a Assumption) Statement() string { return a.under("statement") }

// Ask is the catalogue key of what to ask: see Statement.
func (a Assumption) Ask() string { return a.under("ask") }

func (a Assumption) under(part string) string {
	return "methods." + strings.TrimPrefix(a.Key, "methods.") + "." + part
}

// Formula is one formula; Key names its words, "methods.formula.KEY".
type Formula struct{ Key, Math string }

// Refusal is a reason for which there is no answer; Key names its words,
// "methods.refusal.KEY". Codes are those of result.Refusal.
type Refusal struct {
	Key   string
	Codes []string
}

// Methods lists the estimators in the order in which they are explained.
func Methods() []Method { return slices.Concat(didMethods, synthMethods, experimentMethods) }

// FindMethod gives the method of a page's name.
func FindMethod(name string) (Method, bool) {
	all := Methods()
	i := slices.IndexFunc(all, func(m Method) bool { return m.Name == name })
	if i < 0 {
		return Method{}, false
	}
	return all[i], true
}

// Entry is the method's design.
func (m Method) Entry() *Entry {
	e, _ := Find(m.Design)
	return e
}

// Keys are the keys of the design that the method reads; those of a later
// version are not among them.
func (m Method) Keys() []Key {
	return slices.DeleteFunc(slices.Clone(m.Entry().Keys), func(k Key) bool {
		return k.Later || slices.Contains(m.Without, k.Name)
	})
}

// Checks names the diagnostics and warnings that the method may give, each once.
func (m Method) Checks() []string {
	var all []string
	for _, a := range m.Assumes {
		all = append(all, a.Checks...)
	}
	all = append(all, m.Also...)
	var once []string
	for _, c := range all {
		if !slices.Contains(once, c) {
			once = append(once, c)
		}
	}
	return once
}

// MethodOf is the method that a claim of a design speaks of: its keys choose it,
// else the design's default.
func MethodOf(design string, c Claim) Method {
	chosen := map[string]string{}
	for _, setting := range strings.Split(c.Keys, ", ") {
		if key, value, ok := strings.Cut(setting, ": "); ok {
			chosen[key] = value
		}
	}
	for _, m := range Methods() {
		if m.Design != design {
			continue
		}
		value, given := chosen[m.Key]
		if !given {
			value = m.Entry().defaultOf(m.Key)
		}
		if value == m.Value {
			return m
		}
	}
	return Method{}
}

// defaultOf is the default of a choice; "" where there is none.
func (e *Entry) defaultOf(key string) string {
	i := slices.IndexFunc(e.Keys, func(k Key) bool { return k.Name == key })
	if i < 0 {
		return ""
	}
	value, _ := e.Keys[i].Default.(string)
	return value
}
