package run

import (
	"maps"
	"reflect"
	"slices"

	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// untold stands in a sentence for what the rows hold.
const untold = "***"

// ofPlan are the values of a sentence that come from a plan or from the program. All
// others may be counts, values or names of the rows.
var ofPlan = []string{"column", "columns", "covariates", "draws", "anticipation", "estimator", "expected", "for", "key", "least", "limit", "options", "other", "outcome", "cluster", "role", "strata", "table", "time", "unit", "vce"}

// WithoutRows are the values of a refusal without what the rows hold: counts, values,
// and examples, which among persons are their pseudonyms.
func WithoutRows(values map[string]any) map[string]any {
	out := maps.Clone(values)
	for name, v := range out {
		if x := reflect.ValueOf(v); !slices.Contains(ofPlan, name) && x.Kind() != reflect.Bool && (x.Kind() != reflect.String || x.Len() > 0) {
			out[name] = untold
		}
	}
	return out
}

// Untold is a result on rows of persons as it may be told: why an outcome was refused
// is said without what the rows hold.
func Untold(r result.Result) result.Result {
	r.Warnings = slices.Clone(r.Warnings)
	for i, w := range r.Warnings {
		if code, refused := refusedAs(r, w); refused {
			r.Warnings[i] = refusedOutcome(plan.Outcome{Column: w.Outcome}, &result.Refusal{Code: code, Values: WithoutRows(w.Values)})
		}
	}
	return r
}

// Refused tells whether some outcome of a result was refused: what was asked of the
// rows to say why may name some of them.
func Refused(r result.Result) bool {
	return slices.ContainsFunc(r.Warnings, func(w result.Warning) bool { return w.Code == codeOutcomeRefused })
}

// refusedAs is the code of the refusal that a warning tells of.
func refusedAs(r result.Result, w result.Warning) (code string, refused bool) {
	if w.Code != codeOutcomeRefused {
		return "", false
	}
	for _, e := range r.Estimates {
		if code, refused := e.Details["refused"].(string); refused && e.Outcome == w.Outcome {
			return code, true
		}
	}
	return "", false
}
