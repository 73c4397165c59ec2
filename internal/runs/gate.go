package runs

import (
	"reflect"
	"slices"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// opened is one source as the gate opened it.
type opened struct {
	data     study.RunData
	dataset  registry.Dataset
	contract *contract.Contract
	scope    cooperation.Scope
	view     *engine.View // nil: all of it
	shut     []string     // BPS codes of the dataset that are not open
}

// readBy is the source whose rows a plan reads.
func readBy(plan *designs.Study, all []opened) opened {
	return all[slices.IndexFunc(all, func(o opened) bool { return o.data.Name == plan.Plan.Table })]
}

// same tells whether two openings of a source give the same rows and columns.
func (o opened) same(p opened) bool { return o.data == p.data && reflect.DeepEqual(o.view, p.view) }

// changed says that what a run reads is not what is open now: a *shutError that names
// the regions that closed, where some did; nil: it is, or nothing is read yet.
func changed(reads, now []opened) error {
	for i, o := range reads {
		if o.same(now[i]) {
			continue
		}
		var closed []string
		for _, code := range now[i].shut {
			if !slices.Contains(o.shut, code) {
				closed = append(closed, registry.RegionName(code))
			}
		}
		if len(closed) > 0 {
			return &shutError{problem.List{problem.New("run-regions-shut", "regions", closed, "dataset", o.dataset.Name)}}
		}
		return &shutError{problem.List{problem.New("run-scope-changed")}}
	}
	return nil
}

// shutError says that the data of a run are not open.
type shutError struct{ problem.List }

// gate opens the sources of a run to who asked for it, at an instant. Errors: a
// *shutError that says which document is missing, or which version is gone.
func gate(from store.From, contents store.Contents, r study.Run, at time.Time) (store.Case, []opened, error) {
	ids := make([]string, len(r.Data))
	for i, d := range r.Data {
		ids[i] = d.Dataset
	}
	c, err := store.CaseOf(from, r.Queued.User, r.Study, at, ids...)
	if err != nil {
		return c, nil, err
	}
	if err := mayGoOn(r, c.Study); err != nil {
		return c, nil, &shutError{problem.Of(err)}
	}
	out := make([]opened, len(r.Data))
	var lacks problem.List
	for i, data := range r.Data {
		o, err := openOne(from, contents, c, data, at)
		switch found := problem.Of(err); {
		case err == nil:
			out[i] = o
		case found == nil:
			return c, nil, err
		default:
			lacks = append(lacks, found...)
		}
	}
	if len(lacks) > 0 {
		return c, nil, &shutError{lacks}
	}
	return c, out, nil
}

// mayGoOn says why a study lets no run of a kind go on; where it was stopped the case
// says why.
func mayGoOn(r study.Run, s study.Study) error {
	switch state := s.State(); {
	case state == study.Stopped:
		return nil
	case r.Baseline() && len(s.Registrations) > 0:
		return problem.New("run-baseline-registered")
	case r.Baseline() && state == study.Drafted:
		return nil
	}
	return s.MayRun(nil)
}

// openOne opens one source.
func openOne(from store.From, contents store.Contents, c store.Case, data study.RunData, at time.Time) (o opened, err error) {
	o.data = data
	if o.scope, err = c.Use(data.Dataset, at); err != nil {
		return o, err
	}
	var known bool
	if o.dataset, known, err = store.DatasetOf(from, data.Dataset); err != nil {
		return o, err
	}
	n := slices.IndexFunc(o.dataset.Versions, func(v registry.DatasetVersion) bool {
		return v.Number == data.Version && v.Content == data.Content && v.Erased == nil && v.State != registry.VersionWithdrawn
	})
	if !known || n < 0 {
		return o, problem.New("run-version-gone", "dataset", o.dataset.Name, "number", data.Version)
	}
	if o.contract, err = contract.Read(contents, data.Contract); err != nil {
		return o, err
	}
	return o, o.cut(at)
}

// cut makes the view: the columns of the scope, and the rows of its regions, of a
// baseline those of its periods.
func (o *opened) cut(at time.Time) error {
	columns, _ := o.scope.Columns(o.data.Dataset)
	view := &engine.View{}
	if !slices.Contains(columns.Columns, cooperation.All) {
		view.Columns = append([]string{}, columns.Columns...)
	}
	for _, code := range o.dataset.Regions {
		if !within(code, o.scope.Regions) {
			o.shut = append(o.shut, code)
		}
	}
	// A dataset of a whole province, of which some kabupaten are open, is cut; one
	// that lies in what is open is not.
	if len(o.shut) > 0 {
		o.shut = closedParts(o.dataset.Regions, o.scope.Regions, registry.DayOf(at))
		rows, err := o.rows()
		if err != nil {
			return err
		}
		view.Rows = rows
	}
	if p := o.data.Periods; p != (study.Periods{}) {
		view.Rows = append(view.Rows, engine.Within{Column: p.Column, From: p.From, Until: p.Until})
	}
	if view.Columns != nil || view.Rows != nil {
		o.view = view
	}
	return nil
}

// rows are the prefixes of the codes of the open regions, as the contract's column
// of regions spells codes.
func (o *opened) rows() ([]engine.Within, error) {
	if len(o.contract.RegionKeys) == 0 {
		names := make([]string, len(o.scope.Regions))
		for i, code := range o.scope.Regions {
			names[i] = registry.RegionName(code)
		}
		return nil, problem.New("run-uncut", "dataset", o.dataset.Name, "regions", names)
	}
	key := o.contract.RegionKeys[0]
	w := engine.Within{Column: key.Field}
	for _, code := range o.scope.Regions {
		if spelled, ok := key.Spelled(code); ok {
			w.Prefixes = append(w.Prefixes, spelled)
		}
	}
	return []engine.Within{w}, nil
}

func within(code string, regions []string) bool {
	return slices.ContainsFunc(regions, func(r string) bool { return registry.Within(code, r) })
}

// closedParts are the regions of a dataset that are closed: those named, or, where a
// part of one is open, the parts of it that are not.
func closedParts(of, open []string, on registry.Day) []string {
	var out []string
	for _, code := range of {
		switch {
		case within(code, open):
		case slices.ContainsFunc(open, func(r string) bool { return registry.Within(r, code) }):
			for _, part := range registry.Subtree(code, on) {
				if part.Parent == code && !within(part.Code, open) {
					out = append(out, part.Code)
				}
			}
		default:
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// look is what the record notes of a source whose numbers reach somebody.
func (o opened) look(c store.Case, r study.Run, columns []string, rows int64) access.Look {
	l := access.Look{User: r.Queued.User, Kind: access.RunLook, Outcome: access.LookShown, Study: r.Study, Dataset: o.data.Dataset, DatasetVersion: o.data.Content,
		Columns: columns, Regions: o.scope.Regions, Period: o.scope.Period, Rows: rows}
	if c.Agreement != nil {
		l.Agreement, l.AgreementVersion = c.Agreement.Agreement.ID, c.AgreementVersion
	}
	if c.Permit != nil {
		l.Permit, l.PermitVersion = c.Permit.ID, c.PermitVersion
	}
	return l
}
