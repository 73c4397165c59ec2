package designs

import (
	"fmt"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/result"
)

// Rule is one line of docs/rules/verdict.yaml as a page shows it; run applies
// the file.
type Rule struct {
	ID      string
	Check   string // name of the diagnostic or code of the warning; "" = of the answer itself
	Verdict string // of the diagnostic, "" = any
	Effect  string // "caution", "underpowered" or "failed"
	Source  string
	Text    result.Text // with the placeholders of a sentence of the catalogue
}

// Rules lists the lines of the verdict in the order of the file.
func Rules() []Rule { return verdictFile().rules }

// Grades gives the words of each grade of the verdict.
func Grades() map[result.Grade]result.Text { return verdictFile().grades }

type verdictBook struct {
	rules  []Rule
	grades map[result.Grade]result.Text
}

// verdictFile reads the file once; it is part of the program.
var verdictFile = sync.OnceValue(func() verdictBook {
	var file struct {
		Grades map[result.Grade]rules.Words `yaml:"grades"`
		Rules  []struct {
			ID         string      `yaml:"id"`
			Diagnostic string      `yaml:"diagnostic"`
			Warning    string      `yaml:"warning"`
			Verdict    string      `yaml:"verdict"`
			Effect     string      `yaml:"effect"`
			Source     string      `yaml:"source"`
			Text       rules.Words `yaml:"text"`
		} `yaml:"rules"`
	}
	if err := yaml.Unmarshal(rules.Verdict, &file); err != nil {
		panic(fmt.Errorf("docs/rules/verdict.yaml: %w", err))
	}
	b := verdictBook{grades: map[result.Grade]result.Text{}}
	for grade, w := range file.Grades {
		b.grades[grade] = result.Text(w)
	}
	for _, r := range file.Rules {
		b.rules = append(b.rules, Rule{r.ID, r.Diagnostic + r.Warning, r.Verdict, r.Effect, r.Source, result.Text(r.Text)})
	}
	return b
})

// limitsOfChecks names the limits of docs/rules/cautions.yaml at which a check
// speaks; a check that is not here has none.
var limitsOfChecks = map[string][]string{
	"pre-trend":                     {"pre-trend-fails", "pre-trend-caution"},
	"pre-trend-before-anticipation": {"pre-trend-fails", "pre-trend-caution"},
	"few-clusters":                  {"few-clusters"},
	"few-treated":                   {"few-treated"},
	"few-treated-wild":              {"few-treated"},
	"small-cohort":                  {"small-cohort"},
	"overlap":                       {"thin-overlap", "high-score"},
	"sensitivity-magnitude":         {"fragile"},
	"detectable-effect":             {"power"},
	"balance":                       {"small-difference", "large-difference", "unlikely", "beyond-chance"},
	"few-clusters-experiment":       {"few-clusters"},
	"pre-fit":                       {"pre-fit-caution", "pre-fit-fails"},
	"donor-concentration":           {"few-donors"},
	"time-weight-on-one-year":       {"one-year"},
	"few-treated-units":             {"few-treated-units"},
	"rows-left-out":                 {"rows-left-out"},
}

// LimitsOfCheck lists the limits at which a check of a design speaks, in the
// order of the file.
func LimitsOfCheck(design, check string) []Limit {
	var of []Limit
	for _, l := range limitsFile() {
		if (l.Design == design || l.Design == AnyDesign) && slices.Contains(limitsOfChecks[check], l.ID) {
			of = append(of, l)
		}
	}
	return of
}
