package designs

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/result"
)

// Condition is one thing that must hold for a study's answer to be an effect:
// a catalogue key with the values that its sentence names.
type Condition struct {
	Key    string
	Values result.Values
}

// Keys of assumptions that a study has with covariates alone, or that speak of
// errors, which the checks tell.
const (
	parallelKey      = "design.did.assumption.parallel"
	parallelAlikeKey = "design.did.assumption.parallel-alike"
	overlapKey       = "methods.assumption.did.overlap"
	traitsKey        = "methods.assumption.did.traits"
	forErrors        = ".many"
	alikeErrors      = "methods.assumption.synth.alike"
)

// Conditions lists what must hold for this study's answer to be an effect, as
// its method's page has it: with covariates, trends need be parallel among the
// alike alone.
func (s *Study) Conditions() []Condition {
	i := slices.IndexFunc(Methods(), func(m Method) bool {
		return m.Design == s.Design.Name && (m.Key == "" || s.Values[m.Key] == m.Value)
	})
	if i < 0 {
		return nil
	}
	var covariates []string
	for _, x := range s.covariates() {
		covariates = append(covariates, "`"+x.Column+"`")
	}
	var all []Condition
	for _, a := range Methods()[i].Assumes {
		c := Condition{Key: a.Key}
		switch {
		case strings.HasSuffix(a.Key, forErrors) || a.Key == alikeErrors:
			continue
		case (a.Key == overlapKey || a.Key == traitsKey) && len(covariates) == 0:
			continue
		case a.Key == parallelKey && len(covariates) > 0:
			c = Condition{parallelAlikeKey, result.MakeValues("covariates", covariates)}
		}
		all = append(all, c)
	}
	return all
}
