package access

import (
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// Case is all that the record says, as of one instant, about whether a person may
// use data for a study.
type Case struct {
	Who       Standing
	Study     study.Study
	Place     Place // of the study
	Agreement *cooperation.Bound
	Permit    *cooperation.Permit // nil: the study names none, as with Agreement
	Calendar  registry.Calendar
	Datasets  []registry.Dataset // those that the agreement names, and whichever are asked for
}

// Opening is what a case opens at an instant.
type Opening struct {
	// Scope is the one rectangle of limited and personal data: what agreement and
	// permit both open, for the study's purpose and programmes. Opens nothing where
	// something is missing.
	Scope cooperation.Scope
	// Lacks say what keeps the rectangle closed, or a dataset or region out of it,
	// by the document that is missing; none where all that was asked is open.
	Lacks problem.List
}

// Scope works out what is open to a person for a study at an instant: role x
// active agreement x permit, joined in no other way than cooperation.Scope.Meet.
// A study stands under one agreement and at most one permit, so no column of one
// is ever open in the regions of another. Public data need no scope.
//
// Without a permit only limited data are open, in the agreement's regions. Under
// a permit the regions are those whose office said yes; personal data need the
// yes of the office that owns them besides.
func (c Case) Scope(at time.Time) Opening {
	closed := func(lacks ...*problem.Problem) Opening {
		return Opening{Scope: cooperation.Nothing(), Lacks: lacks}
	}
	if err := c.may(at); err != nil {
		return Opening{Scope: cooperation.Nothing(), Lacks: problem.Of(err)}
	}
	if c.Agreement == nil {
		return closed(problem.New("scope-no-agreement", "study", c.Study.Title))
	}
	about := c.Agreement.Agreement.About
	if state := c.Agreement.StateAt(at); !c.Agreement.InForce(at) {
		return closed(problem.New("scope-agreement-"+state, "agreement", about, "until", string(c.Agreement.PeriodAt(at).Until)))
	}
	open := c.Agreement.ScopeAt(at)
	if !slices.Contains(open.Purposes, c.Study.Purpose) {
		return closed(problem.New("scope-purpose", "agreement", about, "purpose", c.Study.Purpose))
	}
	mine := open
	mine.Purposes, mine.Programmes = []string{c.Study.Purpose}, c.Study.Programmes
	open = open.Meet(mine)
	var lacks problem.List
	for _, p := range c.Study.Programmes {
		if !slices.Contains(open.Programmes, p) {
			lacks = append(lacks, problem.New("scope-programme", "agreement", about, "programme", p))
		}
	}
	if c.Permit != nil {
		if c.Permit.Study != c.Study.ID || c.Permit.Agreement != c.Agreement.Agreement.ID {
			return closed(problem.New("scope-other-permit", "permit", c.Permit.Title))
		}
		ground := c.ground()
		if state := c.Permit.StateAt(ground, at); state != cooperation.PermitOpen {
			return closed(problem.New("scope-permit-"+state, "permit", c.Permit.Title))
		}
		regions, shut := c.Permit.Opens(ground, cooperation.DataUse, at)
		open = open.Meet(c.Permit.ScopeIn(regions, at))
		for _, s := range shut {
			lacks = append(lacks, problem.New("scope-region-"+s.Why, "region", registry.RegionName(s.Region), "permit", c.Permit.Title))
		}
	}
	var datasets []cooperation.Columns
	for _, d := range open.Datasets {
		if err := c.opens(d.Dataset, at); err != nil {
			lacks = append(lacks, err)
			continue
		}
		// The papers may say any word; only what the entry has is a column.
		if entry, known := c.dataset(d.Dataset); known {
			had := len(d.Columns)
			d.Columns = slices.DeleteFunc(slices.Clone(d.Columns), func(name string) bool {
				return name != cooperation.All && !slices.ContainsFunc(entry.Columns, func(x registry.Column) bool { return x.Name == name })
			})
			if len(d.Columns) < had {
				lacks = append(lacks, problem.New("scope-no-column", "dataset", entry.Name))
			}
		}
		if len(d.Columns) > 0 {
			datasets = append(datasets, d)
		}
	}
	open.Datasets = datasets
	open.Regions = slices.DeleteFunc(open.Regions, func(r string) bool {
		stop, is := c.stopped(r, at)
		if is {
			lacks = append(lacks, problem.New("scope-stopped-region", "region", registry.RegionName(r), "day", string(registry.DayOf(stop.At)), "why", stop.Reason))
		}
		return is
	})
	if open.OpensNothing() {
		if len(lacks) == 0 {
			lacks = append(lacks, problem.New("scope-nothing-common", "agreement", about))
		}
		return Opening{Scope: cooperation.Nothing(), Lacks: lacks}
	}
	return Opening{Scope: open, Lacks: lacks}
}

// Use gives what is open of one dataset, a rectangle with that dataset alone, or
// the refusal that names what is missing. A public dataset is open to any study
// as far as it reaches. Errors: a problem.List.
func (c Case) Use(dataset string, at time.Time) (cooperation.Scope, error) {
	d, known := c.dataset(dataset)
	if known && d.Class == registry.PublicData && d.Withdrawn == nil {
		s := cooperation.Nothing()
		s.Programmes, s.Regions, s.Purposes = c.Study.Programmes, d.Regions, []string{c.Study.Purpose}
		s.Datasets = []cooperation.Columns{{Dataset: d.ID, Columns: []string{cooperation.All}}}
		if stop, is := c.stopped("", at); is {
			return cooperation.Nothing(), problem.List{problem.New("scope-stopped", "study", c.Study.Title, "day", string(registry.DayOf(stop.At)), "why", stop.Reason)}
		}
		return s, nil
	}
	o := c.Scope(at)
	if columns, ok := o.Scope.Columns(dataset); ok {
		o.Scope.Datasets = []cooperation.Columns{columns}
		return o.Scope, nil
	}
	lacks := o.Lacks
	switch err := c.opens(dataset, at); {
	case !known:
		lacks = problem.List{problem.New("dataset-unknown", "found", dataset)}
	case o.Scope.OpensNothing():
	case err != nil:
		lacks = problem.List{err}
	case !c.named(dataset, at):
		lacks = problem.List{problem.New("scope-dataset", "dataset", d.Name, "agreement", c.Agreement.Agreement.About)}
	default:
		lacks = problem.List{problem.New("scope-permit-dataset", "dataset", d.Name, "permit", c.Permit.Title)}
	}
	return cooperation.Nothing(), lacks
}

// may says why a person has nothing to do with the study's data, or no run of it
// may go on.
func (c Case) may(at time.Time) error {
	if err := c.Who.May(RowsUse, c.Place); err != nil {
		return err
	}
	member := c.Who.User == c.Study.User
	if p := c.Permit; p != nil {
		member = member || c.Who.User == p.Responsible.User || slices.Contains(p.Members, c.Who.User)
	}
	if !member || c.Who.User == "" {
		return problem.New("scope-not-member", "study", c.Study.Title)
	}
	if r := c.Study.Removed; r != nil && !at.Before(r.At) {
		return problem.New("scope-removed", "study", c.Study.Title, "day", string(registry.DayOf(r.At)), "why", r.Reason)
	}
	if stop, is := c.stopped("", at); is {
		return problem.New("scope-stopped", "study", c.Study.Title, "day", string(registry.DayOf(stop.At)), "why", stop.Reason)
	}
	return nil
}

// stopped gives the stop that holds at an instant for the whole study, or in a
// region.
func (c Case) stopped(region string, at time.Time) (study.Stop, bool) {
	for _, s := range c.Study.Stops {
		if !at.Before(s.At) && (s.Region == "" || (region != "" && (registry.Within(region, s.Region) || registry.Within(s.Region, region)))) {
			return s, true
		}
	}
	return study.Stop{}, false
}

// opens says what a dataset lacks to be opened under the agreement and permit;
// nil: nothing.
func (c Case) opens(dataset string, at time.Time) *problem.Problem {
	d, ok := c.dataset(dataset)
	switch {
	case !ok:
		return problem.New("dataset-unknown", "found", dataset)
	case d.Withdrawn != nil && !at.Before(d.Withdrawn.At):
		return problem.New("scope-withdrawn", "dataset", d.Name, "day", string(registry.DayOf(d.Withdrawn.At)))
	case d.Class != registry.PersonalData:
		return nil
	case c.Permit == nil:
		return problem.New("scope-no-permit", "dataset", d.Name)
	case d.Owner != c.Permit.Institution && !c.Permit.SaidYes(c.ground(), d.Owner, at):
		return problem.New("scope-owner", "dataset", d.Name, "region", registry.RegionName(d.Region))
	}
	return nil
}

// named tells whether the agreement names a dataset.
func (c Case) named(dataset string, at time.Time) bool {
	_, ok := c.Agreement.ScopeAt(at).Columns(dataset)
	return ok
}

func (c Case) dataset(id string) (registry.Dataset, bool) {
	i := slices.IndexFunc(c.Datasets, func(d registry.Dataset) bool { return d.ID == id })
	if i < 0 {
		return registry.Dataset{}, false
	}
	return c.Datasets[i], true
}

func (c Case) ground() cooperation.Ground {
	return cooperation.Ground{Agreement: *c.Agreement, Calendar: c.Calendar}
}
