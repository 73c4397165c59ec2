package study

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/registry"
)

// Weight is how much a change of a registered field matters.
type Weight string

// The weights.
const (
	Major Weight = "major" // what is asked, of whom, or how it is answered
	Minor Weight = "minor" // words, and what does not move an estimate
)

// Edit is one field that two protocols say differently. Values are JSON; "" means
// that the protocol does not have the field.
type Edit struct {
	Field  string `json:"field"` // "plan.design.did.comparison", "hypotheses.spending.expects"
	Before string `json:"before"`
	After  string `json:"after"`
	Weight Weight `json:"weight"`
}

// EditsOf lists every field in which two protocols differ, in the order of their
// names. Spelling and comments of the plans do not count. Errors: the problems of a
// plan that cannot be read.
func EditsOf(before, after Protocol) ([]Edit, error) {
	b, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	a, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	return edits(b, a), nil
}

func edits(before, after map[string]string) []Edit {
	out := []Edit{}
	names := map[string]bool{}
	for _, side := range []map[string]string{before, after} {
		for name := range side {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			out = append(out, Edit{Field: name, Before: before[name], After: after[name], Weight: WeightOf(name)})
		}
	}
	return out
}

// fieldsOf spreads a protocol over its leaves.
func fieldsOf(p Protocol) (map[string]string, error) {
	d, err := designs.Parse([]byte(p.Plan), "")
	if err != nil {
		return nil, err
	}
	out, err := planFields(d.Canonical)
	if err != nil {
		return nil, err
	}
	for _, h := range p.Hypotheses {
		// Several of one outcome stand beside each other.
		at := "hypotheses." + h.Outcome
		for n := 2; out[at+".expects"] != ""; n++ {
			at = fmt.Sprintf("hypotheses.%s.%d", h.Outcome, n)
		}
		spread(out, at, map[string]any{"expects": string(h.Expects), "why": h.Why, "minor": h.Minor})
	}
	for _, u := range p.Data {
		at := "data." + u.Name
		spread(out, at, map[string]any{"dataset": u.Dataset, "contract": u.Contract, "period": u.Period})
		if u.Baseline != nil {
			spread(out, at+".baseline", map[string]any{"from": u.Baseline.From, "until": u.Baseline.Until})
		}
	}
	setting, err := plain(p.Setting)
	if err != nil {
		return nil, err
	}
	spread(out, "setting", setting)
	spread(out, "embargo", string(p.Embargo))
	return out, nil
}

// planFields spreads the frozen form of a plan.
func planFields(canonical []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	out := map[string]string{}
	spread(out, "plan", v)
	return out, nil
}

func plain(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(text, &out)
}

// spread writes each leaf of a value under its name; outcomes go by their column,
// other entries of lists by their place. What is not said (null, "") is no leaf.
func spread(out map[string]string, at string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, x := range v {
			spread(out, at+"."+key, x)
		}
	case []any:
		if !slices.ContainsFunc(v, func(x any) bool { _, is := x.(map[string]any); return is }) {
			if len(v) > 0 {
				out[at] = spell(v)
			}
			return
		}
		for i, x := range v {
			key := strconv.Itoa(i + 1)
			if m, is := x.(map[string]any); is && strings.HasSuffix(at, "plan.outcomes") {
				if column, is := m["column"].(string); is {
					key = column
				}
			}
			spread(out, at+"."+key, x)
		}
	case string:
		if v != "" {
			out[at] = spell(v)
		}
	default:
		out[at] = spell(v)
	}
}

func spell(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // plain data
	}
	return strings.TrimSpace(b.String())
}

// AmendmentRule is one line of docs/rules/amendments.yaml.
type AmendmentRule struct {
	Field  string         // a pattern: * stands for one part, a last ** for all that follow
	Weight Weight         //
	Source string         // or "our choice"
	Text   registry.Words // what the field is
}

// AmendmentRules lists the lines in the order in which they are asked.
func AmendmentRules() []AmendmentRule { return amendments() }

var amendments = sync.OnceValue(func() []AmendmentRule {
	var file struct {
		Version int `yaml:"version"`
		Rules   []struct {
			Field  string      `yaml:"field"`
			Weight Weight      `yaml:"weight"`
			Source string      `yaml:"source"`
			Text   rules.Words `yaml:"text"`
		} `yaml:"rules"`
	}
	rules.Read("amendments.yaml", rules.Amendments, &file)
	var out []AmendmentRule
	for _, r := range file.Rules {
		out = append(out, AmendmentRule{r.Field, r.Weight, r.Source, registry.Words(r.Text)})
	}
	return out
})

// RuleOf gives the line that speaks of a field; the last line speaks of all.
func RuleOf(field string) AmendmentRule {
	all := amendments()
	i := slices.IndexFunc(all, func(r AmendmentRule) bool { return matches(strings.Split(r.Field, "."), strings.Split(field, ".")) })
	return all[i]
}

// WeightOf is the weight of a change of a field.
func WeightOf(field string) Weight { return RuleOf(field).Weight }

func matches(pattern, field []string) bool {
	for i, p := range pattern {
		switch {
		case p == "**":
			return true
		case i >= len(field) || (p != "*" && p != field[i]):
			return false
		}
	}
	return len(pattern) == len(field)
}
