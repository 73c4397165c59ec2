package designs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/result"
)

// Limit is one line of docs/rules/cautions.yaml: the value at which a check or
// a caution of a design speaks.
type Limit struct {
	ID     string
	Design string // of the registry, or AnyDesign
	Value  float64
	Source string // a reference, or "our choice"
	Text   result.Text
}

// AnyDesign is the design of limits that the run watches whatever the design.
const AnyDesign = "any"

// Limits lists the limits of a design in the order of the file.
func Limits(design string) []Limit {
	var of []Limit
	for _, l := range limitsFile() {
		if l.Design == design {
			of = append(of, l)
		}
	}
	return of
}

// LimitOf is the value of one limit; it panics on one that the file lacks,
// which is a mistake of ours that a test finds.
func LimitOf(design, id string) float64 {
	i := slices.IndexFunc(limitsFile(), func(l Limit) bool { return l.Design == design && l.ID == id })
	if i < 0 {
		panic(fmt.Sprintf("docs/rules/cautions.yaml has no limit %s of %s", id, design))
	}
	return limitsFile()[i].Value
}

// limitsFile lists the limits of the file.
func limitsFile() []Limit { return cautions().limits }

// SurveyMonth says which columns tell the month of a survey.
func SurveyMonth() SurveyMonths { return cautions().months }

// SurveyMonths are the columns that tell the month of a survey, and the names
// of months that they hold, in lower case.
type SurveyMonths struct {
	Columns []string `yaml:"columns"`
	Months  []string `yaml:"months"`
	Source  string   `yaml:"source"`
}

type cautionRules struct {
	limits []Limit
	months SurveyMonths
}

// cautions reads the file once; it is part of the program.
var cautions = sync.OnceValue(func() cautionRules {
	var file struct {
		Version int `yaml:"version"`
		Limits  []struct {
			ID     string      `yaml:"id"`
			Design string      `yaml:"design"`
			Value  float64     `yaml:"value"`
			Source string      `yaml:"source"`
			Text   rules.Words `yaml:"text"`
		} `yaml:"limits"`
		SurveyMonth SurveyMonths `yaml:"survey_month"`
	}
	rules.Read("cautions.yaml", rules.Cautions, &file)
	all := make([]Limit, len(file.Limits))
	for i, l := range file.Limits {
		all[i] = Limit{l.ID, l.Design, l.Value, l.Source, result.Text(l.Text)}
	}
	return cautionRules{all, file.SurveyMonth}
})

// limitsOf fills the limits of an estimator: the field FewClusters from the line
// few-clusters of its design.
func limitsOf[T any](design string) T {
	var limits T
	v := reflect.ValueOf(&limits).Elem()
	for i := range v.NumField() {
		value := LimitOf(design, kebab(v.Type().Field(i).Name))
		if f := v.Field(i); f.CanInt() {
			f.SetInt(int64(value))
		} else {
			f.SetFloat(value)
		}
	}
	return limits
}

// kebab writes FewClusters as few-clusters.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
