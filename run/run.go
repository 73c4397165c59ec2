package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// Input is all that a run needs; it reads nothing else.
type Input struct {
	Study   *designs.Study
	Sources []engine.Source // one for each data entry of the plan that the design reads
	Engine  engine.Engine
	Options engine.Options
	Version string // of the program
	// Now is the clock, for the duration alone.
	Now func() time.Time
	// Progress is told what is being done and how far the whole run is (0 to 1).
	// It may be nil.
	Progress func(doing string, share float64)
}

// Run answers the plan. Errors that a person can mend are *problem.Problem or
// problem.List; when only some outcomes can be answered the result's status is
// partial and the others carry null numbers with a warning.
func Run(ctx context.Context, in Input) (result.Result, error) {
	start := in.Now()
	r := result.Result{
		Plan:    result.PlanRef{ID: in.Study.Plan.ID, SHA256: in.Study.SHA256},
		Engine:  in.Engine.Name(),
		Version: in.Version,
		Status:  result.StatusOK,
		// Empty lists print as [], never as null.
		Data: []result.DataRef{}, Estimates: []result.Estimate{}, Diagnostics: []result.Diagnostic{}, Warnings: []result.Warning{},
	}
	p := newProgress(in.Progress, len(in.Study.Plan.Outcomes))
	in.Options.Progress = p.engine
	session, err := in.Engine.Open(ctx, in.Sources, in.Options)
	if err != nil {
		return result.Result{}, err
	}
	defer session.Close()
	for _, s := range in.Sources {
		ref, err := identify(ctx, session, s)
		if err != nil {
			return result.Result{}, err
		}
		r.Data = append(r.Data, ref)
	}
	if err := analyseAll(ctx, in, session, p, &r); err != nil {
		return result.Result{}, err
	}
	if err := addWords(&r, len(in.Study.Plan.Outcomes) > 1); err != nil {
		return result.Result{}, err
	}
	if in.Study.Design.Causal {
		v, err := judge(in.Study.Plan, r)
		if err != nil {
			return result.Result{}, err
		}
		r.Verdict = &v
	}
	r.Seconds = in.Now().Sub(start).Seconds()
	return r, nil
}

// analyseAll answers each outcome in the order of the plan. A refused outcome
// leaves the others their answer; when all are refused the first reason is the
// error.
func analyseAll(ctx context.Context, in Input, session engine.Session, p *progress, r *result.Result) error {
	var refused []error
	scores := map[string]map[string]float64{}
	for i, o := range in.Study.Plan.Outcomes {
		p.outcome(i)
		a, err := analyse(ctx, in.Study, o, session, p)
		var refusal *result.Refusal
		if errors.As(err, &refusal) {
			refused = append(refused, inFile(refusal, in))
			r.Status = result.StatusPartial
			r.Estimates = append(r.Estimates, nothing(in.Study, o, refusal))
			r.Warnings = append(r.Warnings, refusedOutcome(o, refusal))
			continue
		}
		if err != nil {
			return err
		}
		r.Estimates = append(r.Estimates, a.Estimates...)
		r.Diagnostics = append(r.Diagnostics, a.Diagnostics...)
		r.Warnings = append(r.Warnings, a.Warnings...)
		r.Exhibits = append(r.Exhibits, a.Exhibits...)
		scores[o.Column] = a.Scores
	}
	adjustFamilies(in.Study.Plan, r, scores)
	if len(refused) == len(in.Study.Plan.Outcomes) {
		return refused[0]
	}
	return nil
}

// analyse takes one outcome from rows to estimates: the spine of the program.
func analyse(ctx context.Context, s *designs.Study, o plan.Outcome, session engine.Session, p *progress) (result.Analysis, error) {
	stored, err := storedColumns(session, s.Plan, s.Procedure(o).Columns())
	if err != nil {
		return result.Analysis{}, err
	}
	words, err := columnsOfWords(ctx, session, s.Plan.Table, s.PlainCovariates())
	if err != nil {
		return result.Analysis{}, err
	}
	s = s.AsCategories(words)
	procedure := s.Procedure(o)
	columns := procedure.Columns()
	first, err := newLook(s.Plan.Table, columns, s.Plan.Where, stored)
	if err != nil {
		return result.Analysis{}, err
	}
	p.round(first.request.Label)
	sample, rows, err := first.do(ctx, session)
	if err != nil {
		return result.Analysis{}, err
	}
	if err := checkCells(ctx, s, columns, sample, session); err != nil {
		return result.Analysis{}, err
	}
	var answers []moments.Statistic
	for {
		requests, err := procedure.Ask(sample, answers)
		if err != nil {
			return result.Analysis{}, err
		}
		if len(requests) == 0 {
			break
		}
		for _, request := range requests {
			p.round(request.Label)
			answer, err := session.Collect(ctx, request)
			if err != nil {
				return result.Analysis{}, err
			}
			answers = append(answers, answer)
		}
	}
	a, err := procedure.Estimate(sample, answers)
	if err != nil {
		return result.Analysis{}, err
	}
	rows.report(&a)
	if len(words) > 0 {
		a.Warnings = append(a.Warnings, result.Caveat("words-as-categories", "columns", words))
	}
	months, err := surveyMonths(ctx, s, sample, stored, session)
	if err != nil {
		return result.Analysis{}, err
	}
	a.Warnings = append(a.Warnings, months...)
	for i := range a.Estimates {
		a.Estimates[i].Outcome = o.Column
		if a.Estimates[i].Details == nil {
			a.Estimates[i].Details = map[string]any{}
		}
		for k, v := range a.Estimates[i].Details { // JSON knows no NaN
			if x, ok := v.(float64); ok && result.Float(x) == nil {
				a.Estimates[i].Details[k] = nil
			}
		}
	}
	for i := range a.Diagnostics {
		a.Diagnostics[i].Outcome = o.Column
	}
	for i := range a.Warnings {
		a.Warnings[i].Outcome = o.Column
	}
	for i := range a.Exhibits {
		a.Exhibits[i].Outcome = o.Column
	}
	return a, nil
}

// storedColumns checks that the table has every column the analysis and the
// plan's conditions read, and names all that are missing at once.
func storedColumns(session engine.Session, p plan.Plan, columns []estimate.Column) (map[string]engine.Column, error) {
	listed, err := session.Columns(p.Table)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]engine.Column, len(listed))
	names := make([]string, len(listed))
	for i, c := range listed {
		stored[c.Name] = c
		names[i] = c.Name
	}
	var missing problem.List
	seen := map[string]bool{}
	check := func(name string) {
		if _, ok := stored[name]; ok || seen[name] {
			return
		}
		seen[name] = true
		missing = append(missing, problem.New("no-column", "column", name, "table", p.Table,
			"suggestion", problem.Nearest(name, names), "columns", names))
	}
	for _, c := range columns {
		check(c.Name)
	}
	for _, w := range p.Where {
		check(w.Column().Name)
	}
	if len(missing) > 0 {
		return nil, missing
	}
	return stored, nil
}

// identify hashes a source and counts its rows. A session that has no file at hand
// knows the hash itself.
func identify(ctx context.Context, session engine.Session, s engine.Source) (result.DataRef, error) {
	var sum string
	if known, ok := session.(interface{ Identity(table string) string }); ok {
		sum = known.Identity(s.Name)
	} else {
		var err error
		if sum, err = HashFile(s.Path); err != nil {
			return result.DataRef{}, problem.New("no-file", "path", s.Title()).Because(err)
		}
	}
	rows, err := session.Rows(ctx, s.Name)
	if err != nil {
		return result.DataRef{}, err
	}
	return result.DataRef{Name: s.Name, SHA256: sum, Rows: rows}, nil
}

// HashFile is the SHA-256 of a file, in hex.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// inFile turns a refusal into a problem that names the data file.
func inFile(r *result.Refusal, in Input) *problem.Problem {
	p := problem.Refusal(r.Code, r.Values)
	for _, s := range in.Sources {
		if s.Name == in.Study.Plan.Table {
			p.File = filepath.Base(s.Title())
		}
	}
	return p
}
