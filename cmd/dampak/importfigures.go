package main

import (
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/figures"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// figuresOf tells whether rows under a contract are lines of budgets or
// disbursements, which go to the register and not into a dataset.
func figuresOf(c *contract.Contract) (registry.FigureKind, bool) {
	if c == nil {
		return "", false
	}
	return figures.For(c)
}

// keepFigures takes a table of budgets or disbursements in as a batch of lines, for a
// second person to accept.
func (c importCmd) keepFigures(p people, o intake.Options, owner registry.Organisation, kind registry.FigureKind) error {
	if c.Dataset != "" {
		return problem.Usage("import-figures-dataset", "contract", o.Contract.Name)
	}
	var ground registry.FigureGround
	err := p.record.View(p.ctx, func(r *store.Reader) (err error) {
		ground, err = store.FigureGroundOf(r, owner.ID)
		return err
	})
	if err != nil {
		return err
	}
	rows := figures.New(kind, ground)
	var found registry.FigureReview
	o.Rows = rows.Rows
	o.Allow = func(*intake.Result) error {
		err := p.record.View(p.ctx, func(r *store.Reader) (err error) {
			found, err = store.ReviewFigures(r, rows.Lines())
			return err
		})
		if err == nil && len(found.Refused) > 0 {
			return found.Refused
		}
		return err
	}
	r, err := intake.Take(p.ctx, c.File, o)
	if err != nil {
		return err
	}
	id, e, err := p.record.StageFigures(p.ctx, p.by(c.Why), registry.FigureBatch{Owner: owner.ID, Kind: kind, File: r.File, SHA256: r.SHA256, Quality: r.Quality, Rejected: r.Rows.Rejected}, rows.Lines())
	if err != nil {
		return err
	}
	lines := append(c.report(p.session, r), p.text("import.figures", "new", found.New, "corrected", found.Corrected, "repeated", found.Repeated))
	for _, q := range found.Cautions {
		lines = append(lines, p.text("import.note", "what", q.Text(p.lang)))
	}
	if more := found.Found - len(found.Cautions); more > 0 {
		lines = append(lines, "  "+p.text("import.more", "n", more))
	}
	return p.lines(append(lines, p.text("import.figures-staged", "id", id, "office", owner.NameOn(registry.DayOf(p.record.Now())).Short, "seq", e.Seq))...)
}
