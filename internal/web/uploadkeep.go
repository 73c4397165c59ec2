package web

import (
	"cmp"
	"context"
	"mime"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	figurelines "github.com/dampak/dampak/internal/intake/figures"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// uploadKeep keeps the rows that were found right as a version, for a second person
// to accept.
func (p *Pages) uploadKeep(c *call) error {
	up, s, err := c.mine(uploadChecked)
	if err != nil {
		return err
	}
	by, err := c.by(cmp.Or(c.typed("why"), c.t("upload.why", "file", s.name)), c.r.PostForm.Get("acting"), store.Whatever)
	if err != nil {
		s.wrong = err
		return c.uploadFound(statusOf(err), s)
	}
	if s.kind != "" {
		return c.keepFigures(up, s, by)
	}
	var owner registry.Organisation
	var entry registry.Dataset
	err = c.view(func(r *store.Reader) (err error) {
		if owner, _, err = store.OrganisationOf(r, s.office); err == nil && s.dataset != "" {
			entry, _, err = store.DatasetOf(r, s.dataset)
		}
		return err
	})
	if err != nil {
		return err
	}
	if entry.ID == "" {
		entry = s.result.Entry(owner, "")
	}
	contents, record := c.o.Store.Contents(), c.o.Store
	file, _, _ := up.bytes()
	o := intake.Options{Reading: s.reading, From: file, Contract: s.contract, Ring: c.o.Ring, Keep: &contents, Lang: c.lang, Progress: up.rows.Store, Figures: intake.OfficialFigures(c.o.Store),
		Allow: func(r *intake.Result) error { return intake.Takes(entry, owner, r) }}
	err = up.run(uploadKeeping, uploadKept, func(ctx context.Context) (func(), error) {
		r, err := intake.Take(ctx, s.name, o)
		if err != nil {
			return nil, err
		}
		id, number, _, err := intake.Stage(ctx, record, by, entry, r)
		return func() { up.dataset, up.number, up.result = id, number, r; up.release() }, err
	})
	if err != nil {
		return err
	}
	c.redirect(uploadPath)
	return nil
}

// lines make lines of budgets or disbursements of the rows of an upload.
func (o *office) lines(ctx context.Context, s uploadState) (*figurelines.Reader, error) {
	var ground registry.FigureGround
	err := o.Store.View(ctx, func(r *store.Reader) (err error) {
		ground, err = store.FigureGroundOf(r, s.office)
		return err
	})
	return figurelines.New(s.kind, ground), err
}

// review holds lines against those on record. Errors: what refuses them.
func (o *office) review(ctx context.Context, rows *figurelines.Reader) (*registry.FigureReview, error) {
	var found registry.FigureReview
	err := o.Store.View(ctx, func(r *store.Reader) (err error) {
		found, err = store.ReviewFigures(r, rows.Lines())
		return err
	})
	if err == nil && len(found.Refused) > 0 {
		err = found.Refused
	}
	return &found, err
}

// keepFigures keeps the lines that were found right as a table of figures, for a
// second person to accept.
func (c *call) keepFigures(up *upload, s uploadState, by store.By) error {
	o, record := c.o, c.o.Store
	rows, err := o.lines(c.ctx(), s)
	if err != nil {
		return err
	}
	contents := record.Contents()
	file, _, _ := up.bytes()
	options := intake.Options{Reading: s.reading, From: file, Contract: s.contract, Ring: o.Ring, Keep: &contents, Lang: c.lang, Progress: up.rows.Store, Rows: rows.Rows}
	err = up.run(uploadKeeping, uploadKept, func(ctx context.Context) (func(), error) {
		options.Allow = func(*intake.Result) error { _, err := o.review(ctx, rows); return err }
		r, err := intake.Take(ctx, s.name, options)
		if err != nil {
			return nil, err
		}
		id, _, err := record.StageFigures(ctx, by, registry.FigureBatch{Owner: s.office, Kind: s.kind, File: r.File, SHA256: r.SHA256, Quality: r.Quality, Rejected: r.Rows.Rejected}, rows.Lines())
		return func() { up.batch, up.result = id, r; up.release() }, err
	})
	if err != nil {
		return err
	}
	c.redirect(uploadPath)
	return nil
}

// attachment says that the answer is a file to keep.
func (c *call) attachment(mediaType, name string) {
	c.w.Header().Set("Content-Type", mediaType)
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

// title is what a column of a contract holds, in the reader's language.
func (c *call) title(f *contract.Field) string {
	if c.lang == i18n.EN {
		return cmp.Or(f.TitleEn, f.Title, f.Name)
	}
	return cmp.Or(f.Title, f.Name)
}

// regionNames lists regions by their names.
func (c *call) regionNames(codes []string) string {
	all := make([]string, len(codes))
	for i, code := range codes {
		all[i] = registry.RegionName(code)
	}
	return strings.Join(all, ", ")
}
