package did

import (
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimator is the name in result.Estimate.Estimator.
const Estimator = "did"

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

// Options are the keys of the design. Outcome, Unit, Time and FirstTreated are
// names of columns and are needed.
type Options struct {
	Outcome      string
	Unit         string
	Time         string
	FirstTreated string // first period of treatment; missing, 0 or inf = never
	Weights      string // "" = each unit counts once
	Cluster      string // "" = the unit; else a coarser group that holds whole units
	Comparison   string // NeverTreated (also when "") or NotYetTreated
	BasePeriod   string // Varying (also when "") or Universal
	Anticipation int    // periods (in the unit of time) in which the effect may come early, >= 0
	Unbalanced   string // Refuse (also when ""), Balanced or Pairwise
	// WindowFrom and WindowTo bound the periods used, ends included; nil = open.
	WindowFrom, WindowTo *int64
}

// New makes the procedure for one outcome. Empty options get their defaults.
func New(o Options, inf inference.Options) estimate.Procedure {
	if o.Comparison == "" {
		o.Comparison = NeverTreated
	}
	if o.BasePeriod == "" {
		o.BasePeriod = Varying
	}
	if o.Unbalanced == "" {
		o.Unbalanced = Refuse
	}
	if o.Cluster == o.Unit {
		o.Cluster = ""
	}
	return procedure{o: o, inf: inf}
}

type procedure struct {
	o   Options
	inf inference.Options
}

// Columns lists the columns read: see estimate.Procedure. The unit and the
// cluster are categories; the look reads them as whole numbers, which group
// faster, where the file's types allow.
func (p procedure) Columns() []estimate.Column {
	cols := []estimate.Column{
		{Name: p.o.Unit, As: moments.Category, IfMissing: estimate.Stop, Role: "unit"},
		{Name: p.o.Time, As: moments.Period, IfMissing: estimate.Stop, Level: true, Role: "time"},
		{Name: p.o.FirstTreated, As: moments.Cohort, IfMissing: estimate.Stay, Level: true, Role: "first_treated"},
		{Name: p.o.Outcome, As: moments.Number, IfMissing: estimate.Leave, Role: "outcome"},
	}
	if p.o.Weights != "" {
		cols = append(cols, estimate.Column{Name: p.o.Weights, As: moments.Number, IfMissing: estimate.Stop, Role: "weights"})
	}
	if p.o.Cluster != "" {
		cols = append(cols, estimate.Column{Name: p.o.Cluster, As: moments.Category, IfMissing: estimate.Stop, Role: "cluster"})
	}
	return cols
}

// checkColumns refuses one column in two roles.
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
