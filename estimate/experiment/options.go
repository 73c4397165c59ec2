package experiment

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// Estimator is the name of the design in results.
const Estimator = "experiment"

// Options say who is compared with whom.
type Options struct {
	Outcome, Treatment string // columns; Treatment names the arm
	// Control is the name of the reference arm; "" is "0" where there is such an
	// arm, else the first in byte order.
	Control string
	// Blocks is the column within whose values chance decided; "" is none.
	Blocks string
	// Cluster is the column of those assigned together; "" is none.
	Cluster    string
	Covariates []Covariate
	// RandomisationDraws is the number of assignments to draw; 0 is no
	// randomisation inference.
	RandomisationDraws int
	// VCE is hc0, hc1, hc2 or hc3, with clusters cr1 or cr2; "" is hc2 or cr2.
	VCE    string
	Limits Limits
}

// Covariate is a trait known before assignment.
type Covariate struct {
	Column   string
	Category bool // names, made into indicators; else a number
}

type procedure struct {
	o   Options
	inf inference.Options
}

// New makes the procedure of a plan for one outcome.
func New(o Options, inf inference.Options) estimate.Procedure {
	if o.VCE == "" {
		o.VCE = "hc2"
		if o.Cluster != "" {
			o.VCE = "cr2"
		}
	}
	if o.Limits == (Limits{}) {
		o.Limits = UsualLimits()
	}
	return procedure{o, inf}
}

// Columns lists the treatment, the outcome, and what the options name; a column
// in two roles once, for Ask to refuse.
func (p procedure) Columns() []estimate.Column {
	var cols []estimate.Column
	for _, c := range p.roles() {
		if !slices.ContainsFunc(cols, func(other estimate.Column) bool { return other.Name == c.Name }) {
			cols = append(cols, c)
		}
	}
	return cols
}

// roles lists the columns by what they are for.
func (p procedure) roles() []estimate.Column {
	cols := []estimate.Column{
		{Name: p.o.Treatment, As: moments.Category, IfMissing: estimate.Stop, Level: true, Role: "treatment"},
		{Name: p.o.Outcome, As: moments.Number, IfMissing: estimate.Leave, Role: "outcome"},
	}
	if p.o.Blocks != "" {
		cols = append(cols, estimate.Column{Name: p.o.Blocks, As: moments.Category, IfMissing: estimate.Stop, Role: "blocks"})
	}
	if p.o.Cluster != "" && p.o.Cluster != p.o.Blocks {
		cols = append(cols, estimate.Column{Name: p.o.Cluster, As: moments.Category, IfMissing: estimate.Stop, Role: "cluster"})
	}
	for _, c := range p.o.Covariates {
		as := moments.Number
		if c.Category {
			as = moments.Category
		}
		cols = append(cols, estimate.Column{Name: c.Column, As: as, IfMissing: estimate.Leave, Role: "covariates"})
	}
	return cols
}

// Check refuses what the options alone show.
func (p procedure) Check() error {
	if err := p.checkColumns(); err != nil {
		return err
	}
	return p.checkVCE()
}

// checkColumns refuses one column in two roles, but for blocks that are the
// clusters.
func (p procedure) checkColumns() error {
	role := map[string]string{}
	for _, c := range p.roles() {
		if other, twice := role[c.Name]; twice {
			return result.Refuse("experiment-same-column", "column", c.Name, "role", c.Role, "other", other)
		}
		role[c.Name] = c.Role
	}
	return nil
}

// checkVCE refuses an error that does not fit how chance was used.
func (p procedure) checkVCE() error {
	if clustered := strings.HasPrefix(p.o.VCE, "cr"); clustered != (p.o.Cluster != "") {
		if clustered {
			return result.Refuse("experiment-vce-without-cluster", "vce", p.o.VCE)
		}
		return result.Refuse("experiment-vce-with-cluster", "vce", p.o.VCE, "cluster", p.o.Cluster)
	}
	return nil
}
