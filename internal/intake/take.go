package intake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/series"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Options say what is done with a file.
type Options struct {
	Reading
	From     source.File                 // the bytes, where the path names no file of the disk but only whence they came; nil: the file at the path
	Contract *contract.Contract          // nil: a draft is inferred from the file
	Name     string                      // of the draft; may be empty
	Drafted  func(*contract.Draft) error // told the draft before rows are held against it; its error ends the import. Nil: nobody is
	// Ring gives the keys of pseudonyms; it is asked only when the contract has
	// some.
	Ring         func() (*identity.Ring, error)
	AllOrNothing bool             // one rejected row refuses the file
	Rejects      string           // file for the rejected rows; empty: they are counted and gone
	RejectsTo    io.Writer        // takes them in place of a file; nil: Rejects says
	DataDir      string           // of the record, in which Rejects may not lie
	Lang         i18n.Lang        // of the reasons in Rejects
	Keep         *store.Contents  // nil: the file is checked and nothing is kept
	Progress     func(rows int64) // told how many rows of the pass have been read; nil: nobody
	// Rows takes the accepted rows, a batch at a time in the order of the file, in the
	// place of a file of Parquet, and rejects those that cannot be what they are taken
	// for. Nil: nobody takes them. The table is that of the contract.
	Rows func(t *source.Table, rows *source.Batch) []contract.Reject
	// Allow is asked once all rows were seen and before anything is kept; its error
	// refuses the file. Nil: nobody is asked.
	Allow func(*Result) error
	// Figures gives the official figures that the register holds of some indicators,
	// all revisions, the later ones last. It is asked when a file has columns of such
	// figures: most of them other than those are refused. Nil: nothing is compared.
	Figures func(ctx context.Context, indicators []string) ([]registry.Statistic, error)
}

// Result is what came of a file. The hashes are empty where nothing is kept.
type Result struct {
	File     string // base name
	Form     Form
	SHA256   string // of the file
	Contract *contract.Contract
	Evidence []contract.Evidence // of the draft; nil when the contract was given
	Rows     contract.Rows
	Counts   []contract.Count
	Findings []contract.Finding // between rows, periods and official figures
	Cautions problem.List
	Said     *Quality // all that was found, as it is kept
	Keys     map[string]identity.Key
	Rejects  string // where the rejected rows stand; empty when there is none

	Content      string // accepted rows as Parquet
	ContractHash string // content of the contract as JSON
	Quality      string // content of the Quality
	Coverage     string // content of Covered
	Covered      []registry.CoverageCell
}

// Take takes a file in: checks it, and keeps it where the options say so. Errors:
// problems that say what of the file, its columns or its rows is not as it should
// be (none accepted; one rejected with AllOrNothing), and then nothing is kept; or
// of ctx.
func Take(ctx context.Context, path string, o Options) (r *Result, err error) {
	var f *File
	if o.From != nil {
		f, err = OpenAt(ctx, path, o.From, o.Reading)
	} else {
		f, err = Open(ctx, path, o.Reading)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	t := &taking{o: o, f: f, r: &Result{File: f.Name, Form: f.Form, SHA256: f.SHA256, Contract: o.Contract}}
	if t.r.Contract == nil {
		draft, err := contract.Infer(ctx, f, o.Name)
		if err != nil {
			return nil, err
		}
		if o.Drafted != nil {
			if err := o.Drafted(draft); err != nil {
				return nil, err
			}
		}
		t.r.Contract, t.r.Evidence = draft.Contract, draft.Evidence
		if err := f.Again(ctx); err != nil {
			return nil, err
		}
	}
	if hashes(t.r.Contract) {
		if t.ring, err = o.Ring(); err != nil {
			return nil, err
		}
	}
	if o.RejectsTo != nil {
		t.back = rejectsTo(o.RejectsTo, o.Lang)
	} else if o.Rejects != "" {
		if t.back, err = newRejects(o.Rejects, o.DataDir, o.Lang); err != nil {
			return nil, err
		}
	}
	err = t.run(ctx)
	if t.back != nil {
		var refused *Refused
		whole := err == nil || errors.As(err, &refused) // all rows were seen
		if whole && !t.back.none && t.back.file != nil {
			t.r.Rejects = o.Rejects
			if refused != nil {
				refused.List = append(refused.List, problem.New("intake-rejects-at", "path", o.Rejects, "rows", t.r.Rows.Rejected))
			}
		}
		err = errors.Join(err, t.back.close(whole))
	}
	if err != nil {
		return nil, err
	}
	return t.r, nil
}

// Refused is the error of a file whose rows were all seen and that is not taken.
type Refused struct{ List problem.List }

// Error is the English text.
func (e *Refused) Error() string { return e.List.Error() }

// Unwrap gives the problems.
func (e *Refused) Unwrap() error { return e.List }

func hashes(c *contract.Contract) bool {
	for i := range c.Fields {
		if c.Fields[i].Treatment == contract.Hash {
			return true
		}
	}
	return false
}

// taking is a file on its way in.
type taking struct {
	o     Options
	f     *File
	r     *Result
	ring  *identity.Ring
	back  *rejects // nil: rejected rows are not handed back
	check *contract.Check
	said  *Quality
	lines *series.Series // nil: no figures of regions in time
	in    source.Batch
	// second says that the rows were handed back in a pass before.
	second bool
}

// begin starts a pass over the rows.
func (t *taking) begin() (err error) {
	t.said = &Quality{File: t.r.File, Form: t.r.Form, SHA256: t.r.SHA256, Contract: t.r.Contract.SHA256(), Draft: t.r.Evidence != nil,
		Counts: []QualityCount{}, Rejects: []QualityReject{}, Findings: []contract.Finding{}, Cautions: []QualityCaution{}}
	t.check, err = t.r.Contract.Check(t.f.Table(), t.ring)
	if err != nil {
		return t.f.in(err)
	}
	if len(t.check.Table().Columns) == 0 {
		return problem.New("intake-no-columns").In(t.f.Name)
	}
	t.lines = series.New(t.r.Contract, t.check.Table())
	if t.back != nil && !t.second {
		if err := t.back.begin(t.f.Reader); err != nil {
			return problem.New("unwritable", "path", t.back.path).Because(err)
		}
	}
	return nil
}

// next fills out with the next accepted rows, io.EOF after the last.
func (t *taking) next(ctx context.Context, out *source.Batch) error {
	for {
		if err := t.f.Next(ctx, &t.in); err != nil {
			return err
		}
		all := t.check.Batch(&t.in, out)
		if t.o.Rows != nil && len(out.Row) > 0 {
			more := t.o.Rows(t.check.Table(), out)
			t.check.Refuse(more)
			all = append(all, more...)
			slices.SortStableFunc(all, func(a, b contract.Reject) int { return cmp.Compare(a.Row, b.Row) })
		}
		if t.o.Progress != nil {
			t.o.Progress(t.check.Rows().Read)
		}
		if t.lines != nil {
			t.lines.Add(out, t.check.Totals())
		}
		for _, one := range all {
			t.said.reject(t.r.Contract, one)
			if t.lines != nil {
				t.lines.Reject(one.Row)
			}
		}
		if t.back != nil && !t.second && len(all) > 0 {
			if err := t.back.add(t.f.Reader, &t.in, all); err != nil {
				return problem.New("unwritable", "path", t.back.path).Because(err)
			}
		}
		if len(out.Row) > 0 {
			return nil
		}
	}
}

// run makes one pass over the rows, or two: for all or nothing the first has to
// find no fault before anything is written.
func (t *taking) run(ctx context.Context) error {
	if err := t.begin(); err != nil {
		return err
	}
	if t.o.Keep == nil || t.o.AllOrNothing || t.o.Rows != nil {
		var out source.Batch
		for {
			err := t.next(ctx, &out)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		if err := t.end(ctx); err != nil || t.o.Keep == nil {
			return err
		}
		if t.o.Rows != nil {
			if t.o.Allow != nil {
				if err := t.o.Allow(t.r); err != nil {
					return err
				}
			}
			return t.beside(ctx)
		}
		if err := t.f.Again(ctx); err != nil {
			return err
		}
		t.second = true
		if err := t.begin(); err != nil {
			return err
		}
	}
	hash, _, err := t.o.Keep.Write(ctx, func(path string) error {
		err := writeParquet(ctx, path, writeMemory, t.check.Table(), func(out *source.Batch) error { return t.next(ctx, out) })
		if err == nil {
			err = t.end(ctx)
		}
		if err == nil && t.o.Allow != nil {
			err = t.o.Allow(t.r)
		}
		if err == nil {
			t.r.Covered, err = coverageOf(ctx, path, t.r.Contract)
		}
		return err
	})
	if err == nil {
		t.r.Coverage, _, err = t.o.Keep.Put(ctx, bytes.NewReader(registry.EncodeCoverage(t.r.Covered)))
	}
	if err != nil {
		return err
	}
	t.r.Content = hash
	return t.beside(ctx)
}

// beside keeps the contract and what was found.
func (t *taking) beside(ctx context.Context) (err error) {
	if t.r.ContractHash, _, err = t.o.Keep.Put(ctx, bytes.NewReader(t.r.Contract.JSON())); err != nil {
		return err
	}
	t.r.Quality, _, err = t.o.Keep.Put(ctx, bytes.NewReader(t.said.JSON()))
	return err
}

// damage are the cautions of readers that say why rows are rejected: what a
// spreadsheet has done to identity numbers.
var damage = []string{"grid-identity-exponents", "grid-identity-zeros"}

// end settles, once all rows were seen, whether the file is taken.
func (t *taking) end(ctx context.Context) error {
	if err := t.f.Unchanged(); err != nil {
		return err
	}
	r := t.r
	r.Rows, r.Counts = t.check.Rows(), t.check.Counts()
	r.Cautions = append(t.f.Cautions(), t.check.Cautions()...)
	if t.ring != nil {
		r.Keys = t.check.Keys(t.ring)
	}
	refused, err := t.between(ctx)
	if err != nil {
		return err
	}
	t.said.end(r.Contract, t.check, r.Findings, r.Cautions, r.Keys)
	r.Said = t.said
	var why *problem.Problem
	switch n := r.Rows; {
	case n.Accepted == 0:
		why = problem.New("intake-none", "rows", n.Read)
	case t.o.AllOrNothing && n.Rejected > 0:
		why = problem.New("intake-all-or-nothing", "rejected", n.Rejected, "rows", n.Read)
	case len(refused) > 0:
		for _, p := range refused {
			p.File = t.f.Name
		}
		return &Refused{refused}
	default:
		return nil
	}
	list := problem.List{why.In(t.f.Name)}
	for _, c := range r.Counts {
		list = append(list, CountProblem(c).In(t.f.Name))
	}
	for _, p := range r.Cautions {
		if slices.Contains(damage, p.Code) { // why, and what to do
			list = append(list, p)
		}
	}
	return &Refused{list}
}

// between looks at rows together: what stands twice, changes in time, totals and
// official figures. Refused says that the official figures of the file are others
// than those that are held.
func (t *taking) between(ctx context.Context) (refused problem.List, err error) {
	t.r.Findings = t.check.Findings()
	if t.lines == nil {
		return nil, nil
	}
	var official []contract.Finding
	if codes := t.lines.Wants(); t.o.Figures != nil && len(codes) > 0 {
		figures, err := t.o.Figures(ctx, codes)
		if err != nil {
			return nil, err
		}
		official, refused = t.lines.Official(figures)
	}
	t.r.Findings = append(append(t.r.Findings, t.lines.Findings()...), official...)
	return refused, nil
}

// CountProblem puts into words how many rows broke a rule at a field.
func CountProblem(c contract.Count) *problem.Problem {
	return problem.New("intake-count-"+string(c.Rule), "column", c.Field, "rows", c.Rows)
}

// Version is what the register keeps of a result that was kept.
func (r *Result) Version() registry.DatasetVersion {
	_, columns, _ := r.Contract.Register()
	for i := range columns { // a draft has the names of columns alone
		w := &columns[i].Words
		if w.ID == "" {
			w.ID = columns[i].Name
		}
		if w.EN == "" {
			w.EN = columns[i].Name
		}
	}
	v := registry.DatasetVersion{Rows: r.Rows.Accepted, Rejected: r.Rows.Rejected, File: r.File, SHA256: r.SHA256,
		Content: r.Content, Contract: r.ContractHash, Quality: r.Quality, Class: r.Contract.Class, Columns: columns}
	v.Purpose, v.LegalBasis, v.Retention, v.Coverage = r.Contract.Purpose, r.Contract.LegalBasis, r.Contract.Retention, r.Coverage
	v.Regions, v.First, v.Last = registry.Covered(r.Covered)
	for column, k := range r.Keys {
		v.Keys = append(v.Keys, registry.PseudonymKey{Column: column, Number: k.Number, ID: k.ID})
	}
	return v
}
