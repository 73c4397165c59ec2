package disclosure

import (
	"slices"
	"sync"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
)

// Effect is what a rule does.
type Effect string

// The effects, from the gravest.
const (
	Refuse   Effect = "refuse"   // nothing of the output leaves
	Withhold Effect = "withhold" // a cell does not leave
	Ask      Effect = "ask"      // a person has to look first
	Change   Effect = "change"   // numbers leave changed
)

// Rule is one line of docs/rules/disclosure.yaml.
type Rule struct {
	ID     string
	Effect Effect
	Source string
	Text   result.Text
}

// Limit is a number of that file.
type Limit struct {
	ID     string
	Value  float64
	Source string
	Text   result.Text
}

type ruleBook struct {
	limits []Limit
	rules  []Rule
}

// book reads the file once; it is part of the program and is tested.
var book = sync.OnceValue(func() ruleBook {
	var file struct {
		Version int `yaml:"version"`
		Limits  []struct {
			ID     string      `yaml:"id"`
			Value  float64     `yaml:"value"`
			Source string      `yaml:"source"`
			Text   rules.Words `yaml:"text"`
		} `yaml:"limits"`
		Rules []struct {
			ID     string      `yaml:"id"`
			Effect Effect      `yaml:"effect"`
			Source string      `yaml:"source"`
			Text   rules.Words `yaml:"text"`
		} `yaml:"rules"`
	}
	rules.Read("disclosure.yaml", rules.Disclosure, &file)
	var b ruleBook
	for _, l := range file.Limits {
		b.limits = append(b.limits, Limit{l.ID, l.Value, l.Source, result.Text(l.Text)})
	}
	for _, r := range file.Rules {
		b.rules = append(b.rules, Rule{r.ID, r.Effect, r.Source, result.Text(r.Text)})
	}
	return b
})

// Rules lists the rules in the order in which they are printed.
func Rules() []Rule { return slices.Clone(book().rules) }

// Limits lists the limits in the order in which they are printed.
func Limits() []Limit { return slices.Clone(book().limits) }

// limit gives the value of a limit of the file; another is a mistake of ours.
func limit(id string) float64 {
	for _, l := range book().limits {
		if l.ID == id {
			return l.Value
		}
	}
	panic("disclosure: no limit " + id)
}

// MinCell is the least number of people or households behind a number where a
// dataset says nothing else.
func MinCell() int { return int(limit("min-cell")) }

// Reason is a rule that was applied, with what its sentence names. It never holds
// a count below the limit, so that it may be shown to who asked.
type Reason struct {
	Rule   string        `json:"rule"`
	Values result.Values `json:"values"`
}

// because makes a reason of a rule of the file.
func because(rule string, pairs ...any) Reason {
	return Reason{rule, result.MakeValues(pairs...)}
}

// Effect is what the rule does.
func (r Reason) Effect() Effect {
	for _, known := range book().rules {
		if known.ID == r.Rule {
			return known.Effect
		}
	}
	panic("disclosure: no rule " + r.Rule)
}

// Text is the reason in a language: what was found, and how to mend it.
func (r Reason) Text(l i18n.Lang) string { return r.Problem().Text(l) }

// Problem is the reason as the program's error.
func (r Reason) Problem() *problem.Problem {
	p := problem.New("disclosure-" + r.Rule)
	p.Values = r.Values
	return p
}
