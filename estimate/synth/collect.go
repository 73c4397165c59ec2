package synth

import (
	"maps"
	"slices"

	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// The ways of Options.Inference.
const (
	Placebo   = "placebo"
	Jackknife = "jackknife"
	None      = "none"
)

// defaultDraws is the number of placebo draws with several treated units.
const defaultDraws = 200

// Options say what is compared with what. Either Treated and FirstYear, or
// FirstTreated, name the treated and the year.
type Options struct {
	Outcome, Unit, Time string   // columns
	Treated             []string // names of treated units
	FirstYear           *int64   // first year of treatment, with Treated
	FirstTreated        string   // column of the first year of treatment; missing = never
	Method              string   // SDID ("" too), SC or DID
	// Inference is Placebo, Jackknife or None; "" is Placebo with one treated
	// unit and Jackknife with more.
	Inference string
	// Draws of placebo groups with several treated units; 0 = 200. With one
	// treated unit every donor is a placebo once and nothing is drawn.
	Draws  int
	Limits Limits
}

type procedure struct {
	o   Options
	inf inference.Options
}

// New makes the procedure of a plan for one outcome.
func New(o Options, inf inference.Options) estimate.Procedure {
	if o.Method == "" {
		o.Method = SDID
	}
	if o.Limits == (Limits{}) {
		o.Limits = UsualLimits()
	}
	if o.Draws == 0 {
		o.Draws = defaultDraws
	}
	return procedure{o, inf}
}

// Columns lists the outcome, unit and time, and the column of first treatment
// where there is one.
func (p procedure) Columns() []estimate.Column {
	cols := []estimate.Column{
		{Name: p.o.Outcome, As: moments.Number, IfMissing: estimate.Leave, Role: "outcome"},
		{Name: p.o.Unit, As: moments.Category, IfMissing: estimate.Stop, Role: "unit"},
		{Name: p.o.Time, As: moments.Period, IfMissing: estimate.Stop, Role: "time"},
	}
	if p.o.FirstTreated != "" {
		cols = append(cols, estimate.Column{Name: p.o.FirstTreated, As: moments.Cohort, IfMissing: estimate.Stay, Role: "first_treated"})
	}
	return cols
}

// Ask asks once: rows and the sum of the outcome by unit, year and year of
// first treatment.
func (p procedure) Ask(s estimate.Sample, so []moments.Statistic) ([]moments.Request, error) {
	if len(so) > 0 {
		return nil, nil
	}
	if p.o.FirstTreated == "" && (len(p.o.Treated) == 0 || p.o.FirstYear == nil) {
		return nil, result.Refuse("synth-nobody-named")
	}
	r := moments.Request{
		Label: "figures by unit and year",
		Table: s.Table,
		Where: s.Where,
		By: []moments.Field{
			{Name: "unit", Of: moments.Ref(p.o.Unit)},
			{Name: "time", Of: moments.Ref(p.o.Time)},
		},
		Make: []moments.Agg{
			{Name: "rows", Op: moments.Count},
			{Name: "sum", Op: moments.Sum, Of: moments.Ref(p.o.Outcome)},
		},
	}
	if p.o.FirstTreated != "" {
		r.By = append(r.By, moments.Field{Name: "first", Of: moments.Ref(p.o.FirstTreated)})
	}
	// All columns of the sample: the plan's conditions may read more than the
	// procedure does.
	r.Columns = s.Pick(slices.Sorted(maps.Keys(s.Columns))...)
	return []moments.Request{r}, nil
}
