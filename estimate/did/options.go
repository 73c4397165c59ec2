package did

import (
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimator is the name in result.Estimate.Estimator.
const Estimator = "did"

// Values of Options.Method: what adjusts for covariates.
const (
	DoublyRobust         = "doubly-robust"          // logit by maximum likelihood, least squares in the comparison group
	DoublyRobustImproved = "doubly-robust-improved" // logit by calibration, weighted least squares
	IPW                  = "ipw"                    // logit alone, weights normalised
	OutcomeRegression    = "outcome-regression"     // least squares alone
)

// Values of Options.Estimator.
const (
	CallawaySantAnna = "callaway-santanna"
	SunAbraham       = "sun-abraham"
	Imputation       = "imputation" // Borusyak, Jaravel and Spiess
	TWFE             = "twfe"       // two-way fixed effects: one coefficient
)

// Values of Options.Comparison.
const (
	NeverTreated  = "never-treated"
	NotYetTreated = "not-yet-treated"
)

// Values of Options.BasePeriod.
const (
	Varying   = "varying"
	Universal = "universal"
)

// Values of Options.Unbalanced.
const (
	Refuse   = "refuse"
	Balanced = "balanced" // keep the units seen in all periods
	Pairwise = "pairwise" // for each cell, the units seen in both its periods
)

// Terms are the terms of the estimates, in the order in which they are given.
var Terms = []string{"simple", "event-overall", "group-overall", "calendar-overall", "event", "group", "calendar", "att-gt"}

// Options are the keys of the design. Outcome, Time and FirstTreated are names
// of columns and are needed; so is Unit, but for CrossSections.
type Options struct {
	Outcome      string
	Unit         string
	Time         string
	FirstTreated string // first period of treatment; missing, 0 or inf = never
	Estimator    string // CallawaySantAnna (also when ""), SunAbraham, Imputation or TWFE
	Method       string // of covariates: DoublyRobust (also when ""), DoublyRobustImproved, IPW or OutcomeRegression
	Covariates   []Covariate
	// CrossSections says that each row is a person of its own, seen once: Unit is
	// then not read and may be "".
	CrossSections bool
	Weights       string // "" = each unit counts once
	// Clusters are one column, or two for two-way errors, each a group that holds
	// whole units (two-way fixed effects take the time column as the second too);
	// none = the unit, or the row of cross-sections.
	Clusters []string
	// Strata and PSU describe the survey that the units were drawn in; they stand
	// in the place of Clusters. FPC is the number of PSUs of the population in the
	// stratum, or the share of them that was drawn where it is 1 or below.
	Strata, PSU, FPC string
	By               string // column of domains, constant within units: effects for each; "" = none
	Comparison       string // NeverTreated (also when "") or NotYetTreated
	BasePeriod       string // Varying (also when "") or Universal
	Anticipation     int    // periods (in the unit of time) in which the effect may come early, >= 0
	Unbalanced       string // Refuse (also when ""), Balanced or Pairwise
	// WindowFrom and WindowTo bound the periods used, ends included; nil = open.
	WindowFrom, WindowTo *int64
	VCE                  string // "" = the estimator's own; else CR1, CR2, CR3, HC1, Wild or Randomisation
	// Matters is the smallest effect that would matter, > 0; nil = not stated.
	// Sensitivity is then told against it too.
	Matters *float64
	// Scores asks for the score of each cluster: see result.Analysis.
	Scores bool
	Limits Limits
}

// Values of Options.VCE.
const (
	HC1           = "hc1"
	CR1           = "cr1"
	CR2           = "cr2"
	CR3           = "cr3"
	Wild          = "wild"
	Randomisation = "randomisation"
)

// Covariate is a column that outcomes and treatment may depend on.
type Covariate struct {
	Column   string
	Category bool // indicators of its levels, the first in byte order the reference
}

// New makes the procedure for one outcome. Empty options get their defaults.
func New(o Options, inf inference.Options) estimate.Procedure {
	for _, d := range []struct {
		value   *string
		initial string
	}{
		{&o.Comparison, NeverTreated}, {&o.BasePeriod, Varying}, {&o.Unbalanced, Refuse},
		{&o.Estimator, CallawaySantAnna}, {&o.Method, DoublyRobust},
	} {
		if *d.value == "" {
			*d.value = d.initial
		}
	}
	if len(o.Clusters) == 1 && o.Clusters[0] == o.Unit && !o.CrossSections {
		o.Clusters = nil
	}
	if o.Limits == (Limits{}) {
		o.Limits = UsualLimits()
	}
	return procedure{o: o, inf: inf}
}

type procedure struct {
	o   Options
	inf inference.Options
	// derivative leaves the convention of the R package DRDID in the doubly-robust
	// errors of cross-sections, so that a test can show that these are otherwise
	// the derivative of the estimate: see docs/decisions/0008.
	derivative bool
}

// Columns lists the columns read: see estimate.Procedure. The unit and the
// clusters are categories; the look reads them as whole numbers, which group
// faster, where the file's types allow.
func (p procedure) Columns() []estimate.Column {
	var cols []estimate.Column
	add := func(name string, as moments.As, missing estimate.IfMissing, level bool, role string) {
		if name == "" {
			return
		}
		cols = append(cols, estimate.Column{Name: name, As: as, IfMissing: missing, Level: level, Role: role})
	}
	if !p.o.CrossSections {
		add(p.o.Unit, moments.Category, estimate.Stop, false, "unit")
	}
	add(p.o.Time, moments.Period, estimate.Stop, true, "time")
	add(p.o.FirstTreated, moments.Cohort, estimate.Stay, true, "first_treated")
	add(p.o.Outcome, moments.Number, estimate.Leave, false, "outcome")
	add(p.o.Weights, moments.Number, estimate.Stop, false, "weights")
	for _, name := range p.carried() {
		missing := estimate.Stop
		if name == p.o.By {
			missing = estimate.Leave
		}
		if name != p.o.Unit && name != p.o.Time && !slices.ContainsFunc(cols, func(c estimate.Column) bool { return c.Name == name }) {
			add(name, moments.Category, missing, false, p.roleOf(name))
		}
	}
	add(p.o.FPC, moments.Number, estimate.Stop, false, "fpc")
	for _, x := range p.o.Covariates {
		as := moments.Number
		if x.Category {
			as = moments.Category
		}
		add(x.Column, as, estimate.Leave, false, "covariates")
	}
	return cols
}

// carried lists the columns of categories that stay with a unit: clusters,
// stratum, PSU, domain.
func (p procedure) carried() []string {
	var all []string
	for _, name := range append(slices.Clone(p.o.Clusters), p.o.Strata, p.o.PSU, p.o.By) {
		if name != "" && name != p.o.Time && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func (p procedure) roleOf(name string) string {
	switch {
	case slices.Contains(p.o.Clusters, name):
		return "cluster"
	case name == p.o.Strata:
		return "strata"
	case name == p.o.PSU:
		return "psu"
	default:
		return "by"
	}
}

// survey tells whether errors are those of a sample of PSUs in strata.
func (p procedure) survey() bool { return p.o.PSU != "" || p.o.Strata != "" }

// grouping is the column whose groups a one-way error rests on: "" = the unit.
func (p procedure) grouping() string {
	switch {
	case p.o.PSU != "":
		return p.o.PSU
	case len(p.o.Clusters) > 0:
		return p.o.Clusters[0]
	default:
		return ""
	}
}

// checkColumns refuses one column in two roles; a domain may be a cluster or a
// stratum too.
func (p procedure) checkColumns() error {
	role := map[string]string{}
	for _, c := range p.Columns() {
		if other, twice := role[c.Name]; twice {
			return result.Refuse("did-same-column", "column", c.Name, "role", c.Role, "other", other)
		}
		role[c.Name] = c.Role
	}
	return nil
}
