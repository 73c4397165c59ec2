// Package result holds what an analysis yields, as plain data: estimates, the
// diagnostics that speak to their assumptions, cautions, and the exhibits
// (tables behind the figures). It is the lowest room of the house: everything
// above makes or reads these values, and nothing here computes.
//
// A caution is data, never an error and never a silent NaN: a code with
// values, to which the run adds the sentence in both languages. What a method
// cannot give is nil and becomes null in JSON.
package result

import (
	"encoding/json"
	"fmt"
	"math"
)

// Text is one sentence in both languages of the program.
type Text struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

// Values are what the sentence of a code names: counts, names, numbers. Keys
// are snake_case and are the placeholders of the catalogue.
type Values map[string]any

// Result is the whole answer to a plan: the object that `dampak run --format
// json` prints. Field order is the order of the contract.
type Result struct {
	Plan        PlanRef      `json:"plan"`
	Data        []DataRef    `json:"data"`
	Engine      string       `json:"engine"`
	Version     string       `json:"version"`
	Seconds     float64      `json:"seconds"`
	Status      string       `json:"status"` // StatusOK or StatusPartial
	Verdict     *Verdict     `json:"verdict"`
	Estimates   []Estimate   `json:"estimates"`
	Diagnostics []Diagnostic `json:"diagnostics"`
	Warnings    []Warning    `json:"warnings"`
	// Exhibits are the tables behind the figures of the report; they are not
	// part of the JSON contract.
	Exhibits []Exhibit `json:"-"`
}

// The two values of Result.Status.
const (
	StatusOK      = "ok"
	StatusPartial = "partial" // some outcome was refused; a warning says why
)

// PlanRef identifies the plan by name and by the SHA-256 of its canonical form.
type PlanRef struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

// DataRef identifies one data source by the SHA-256 of its content.
type DataRef struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
}

// Grade is the strength of the evidence of an impact result.
type Grade string

// The grades, from best to worst.
const (
	Strong    Grade = "strong"
	Moderate  Grade = "moderate"
	Weak      Grade = "weak"
	NotCausal Grade = "not-causal"
)

// Verdict is the grade with the reasons that led to it. Reasons are printed by
// the report and are not part of the JSON contract.
type Verdict struct {
	Grade   Grade    `json:"grade"`
	Text    Text     `json:"text"`
	Reasons []Reason `json:"-"`
}

// Reason is one line of the rule that a verdict applied.
type Reason struct {
	Rule    string // id of the line in docs/rules/verdict.yaml
	Effect  string // "caution", "underpowered", "failed"
	Outcome string // column that it speaks of
	Text    Text
}

// Estimate is one number with its uncertainty. Pointers are nil, and null in
// JSON, where the method gives no such value.
type Estimate struct {
	Outcome   string         `json:"outcome"`
	Estimator string         `json:"estimator"` // name of the design: did, synth, experiment
	Term      string         `json:"term"`
	Group     *Label         `json:"group"` // cohort, arm, area or domain
	Time      *Label         `json:"time"`
	Event     *int64         `json:"event"` // time since first treatment
	Estimate  *float64       `json:"estimate"`
	SE        *float64       `json:"se"`
	Lower     *float64       `json:"lower"`
	Upper     *float64       `json:"upper"`
	P         *float64       `json:"p"`
	BandLower *float64       `json:"band_lower"`
	BandUpper *float64       `json:"band_upper"`
	N         int64          `json:"n"` // rows used; for panels, units
	Clusters  *int64         `json:"clusters"`
	Details   map[string]any `json:"details"`
}

// Label is a whole number (a year, a cohort) or a name, and prints as the one
// it is.
type Label struct {
	Name   string
	Number int64
	IsName bool
}

// Number makes the label of a whole number.
func Number(n int64) *Label { return &Label{Number: n} }

// Name makes the label of a name.
func Name(s string) *Label { return &Label{Name: s, IsName: true} }

// String gives the label as it is printed.
func (l Label) String() string {
	if l.IsName {
		return l.Name
	}
	return fmt.Sprint(l.Number)
}

// MarshalJSON writes a number or a string.
func (l Label) MarshalJSON() ([]byte, error) {
	if l.IsName {
		return json.Marshal(l.Name)
	}
	return json.Marshal(l.Number)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Label) UnmarshalJSON(text []byte) error {
	*l = Label{IsName: len(text) > 0 && text[0] == '"'}
	if l.IsName {
		return json.Unmarshal(text, &l.Name)
	}
	return json.Unmarshal(text, &l.Number)
}

// CheckVerdict says what a diagnostic found. "Nothing against it" never means
// that the assumption holds.
type CheckVerdict string

// The verdicts of a diagnostic.
const (
	Pass    CheckVerdict = "pass"    // nothing against it
	Caution CheckVerdict = "caution" // read with care
	Fail    CheckVerdict = "fail"    // speaks against the design
)

// Diagnostic is one check of an assumption.
type Diagnostic struct {
	Name      string       `json:"name"`
	Statistic *float64     `json:"statistic"`
	DF        *float64     `json:"df"`
	P         *float64     `json:"p"`
	Verdict   CheckVerdict `json:"verdict"`
	Text      Text         `json:"text"` // filled by the run from Name, Verdict and Values
	Outcome   string       `json:"-"`
	Values    Values       `json:"-"`
}

// Warning is a caution: a code of the catalogue with the values its sentence
// names.
type Warning struct {
	Code    string `json:"code"`
	Text    Text   `json:"text"` // filled by the run from Code and Values
	Outcome string `json:"-"`
	Values  Values `json:"-"`
}

// Refusal is the error of an analysis that the data or the plan cannot answer:
// a code of the catalogue ("refusal." + Code) with the values its sentence
// names. Mathematics has no words of its own; the run adds them.
type Refusal struct {
	Code   string
	Values Values
}

// Refuse makes a Refusal from a code and key, value pairs.
func Refuse(code string, pairs ...any) *Refusal {
	return &Refusal{Code: code, Values: MakeValues(pairs...)}
}

// Caveat makes a Warning from a code and key, value pairs.
func Caveat(code string, pairs ...any) Warning {
	return Warning{Code: code, Values: MakeValues(pairs...)}
}

// MakeValues makes Values from key, value pairs. It panics on an odd number of
// arguments or a key that is no string: a mistake of the programmer.
func MakeValues(pairs ...any) Values {
	v := make(Values, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i].(string)] = pairs[i+1]
	}
	return v
}

// Error gives the code and its values, for logs and tests; people read the
// catalogue's sentence.
func (r *Refusal) Error() string {
	b, err := json.Marshal(r.Values)
	if err != nil {
		return r.Code
	}
	return r.Code + " " + string(b)
}

// Float gives a pointer to x, or nil when x is not a finite number: JSON knows
// no NaN, and a missing number must look missing.
func Float(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// Int gives a pointer to n.
func Int(n int64) *int64 { return &n }

// Exhibit is one table behind a figure. Cells are float64, int64, string or
// nil; each row has one cell for each column.
type Exhibit struct {
	Kind    string // one of the Exhibit constants
	Outcome string
	Columns []string // snake_case; headings come from the catalogue
	Rows    [][]any
	Values  Values // what titles and notes name
}

// Kinds of exhibits, with their columns.
const (
	// ExhibitPaths: time, treated, synthetic: the paths of the treated unit(s)
	// and of the weighted donors (shifted by the intercept where there is one).
	ExhibitPaths = "paths"
	// ExhibitUnitWeights: name, weight; donors by falling weight, all of them.
	ExhibitUnitWeights = "unit-weights"
	// ExhibitTimeWeights: time, weight; pre-treatment times.
	ExhibitTimeWeights = "time-weights"
	// ExhibitPlacebos: name, estimate, fit; each donor as if it were treated,
	// and the treated unit itself (name of the treated; Values["treated"]).
	ExhibitPlacebos = "placebos"
	// ExhibitCohorts: cohort (nil = never treated), units, share.
	ExhibitCohorts = "cohorts"
	// ExhibitCohortPaths: cohort (nil = never treated), time, mean.
	ExhibitCohortPaths = "cohort-paths"
	// ExhibitBalance: covariate, arm, mean_treated, mean_control, smd (difference
	// in pooled standard deviations), p.
	ExhibitBalance = "balance"
	// ExhibitArms: arm, n, mean, sd.
	ExhibitArms = "arms"
	// ExhibitSample: step ("file", "where", "missing", "used"), column, rows: what
	// became of the rows of the file; "where" and "missing" count rows that left.
	ExhibitSample = "sample"
	// ExhibitBlocks: block, treated, control, estimate, weight.
	ExhibitBlocks = "blocks"
	// ExhibitBacon: treated, comparison (nil = never treated), kind
	// ("treated-vs-never", "earlier-vs-later", "later-vs-earlier",
	// "treated-vs-always"), estimate, weight: what a two-way fixed effects
	// coefficient is made of; weights sum to 1.
	ExhibitBacon = "bacon"
	// ExhibitHonest: kind ("smoothness", "relative-magnitudes"), term ("average"
	// or "event"), event (nil for the average), m, lower, upper (nil where the
	// set is open or empty), set ("interval", "empty", "split", "open").
	// Values: breakdown of each kind for the average ("breakdown_smoothness",
	// "breakdown_relative"; nil = not found in the range searched).
	ExhibitHonest = "honest"
	// ExhibitDomains: name, n, estimate, se, lower, upper, shrunk,
	// shrunk_lower, shrunk_upper, rank_low, rank_high: effects by domain (region)
	// of the plan's "by", with their empirical-Bayes counterparts and the ranks
	// that the data cannot rule out. Values: mean, tau, q, q_df, q_p, i2, by.
	ExhibitDomains = "domains"
)

// Analysis is what one estimator says about one outcome.
type Analysis struct {
	Estimates   []Estimate
	Diagnostics []Diagnostic
	Warnings    []Warning
	Exhibits    []Exhibit
	// Scores are, where they were asked for, the first estimate's score by
	// cluster: they sum to zero, their squares to its variance before factors for
	// few clusters. Products with those of another outcome are a covariance. They
	// stay inside the program.
	Scores map[string]float64
}
