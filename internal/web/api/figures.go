package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/figures"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const figuresKind = "figures"

// FigureBatch is the lines of one table of budgets or disbursements.
type FigureBatch struct {
	ID           string      `json:"id"`
	Kind         string      `json:"kind" enum:"budget,disbursement"`
	State        string      `json:"state" enum:"staged,accepted,withdrawn"`
	Organisation string      `json:"organisation"`
	Region       string      `json:"region"`
	File         string      `json:"file_name"`
	FileSHA256   string      `json:"file_sha256"`
	SHA256       string      `json:"sha256"`
	Rows         int64       `json:"rows"`
	Rejected     int64       `json:"rejected"`
	Programmes   []string    `json:"programmes"`
	First        int         `json:"first_year"`
	Last         int         `json:"last_year"`
	Cautions     int64       `json:"cautions"`
	Staged       Mark        `json:"staged"`
	Accepted     *Mark       `json:"accepted,omitempty"`
	Withdrawn    *Withdrawal `json:"withdrawn,omitempty"`
	Revision     int64       `json:"revision"`
	Example      bool        `json:"example"`
	// Of one batch alone, not in lists.
	Names    map[string]string `json:"names,omitempty"`
	Offer    *Offer            `json:"offer,omitempty"`
	Commands []string          `json:"commands,omitempty"`
}

func (c caller) figureBatch(b registry.FigureBatch, revision int64) FigureBatch {
	out := FigureBatch{ID: b.ID, Kind: string(b.Kind), State: string(b.State), Organisation: b.Owner, Region: b.Region, File: b.File, FileSHA256: b.SHA256, SHA256: b.Content, Rows: b.Rows, Rejected: b.Rejected,
		Programmes: texts(b.Programmes), First: b.First, Last: b.Last, Cautions: b.Cautions, Staged: markOfHand(b.Staged), Withdrawn: withdrawalOf(b.Withdrawn), Revision: revision, Example: c.example}
	if b.Accepted != nil {
		m := markOfHand(*b.Accepted)
		out.Accepted = &m
	}
	return out
}

// oneFigureBatch is the one, with what the caller may do.
func (c caller) oneFigureBatch(r *store.Reader, b registry.FigureBatch, revision int64) (out FigureBatch, err error) {
	out = c.figureBatch(b, revision)
	if out.Names, err = c.programmeNames(r); err != nil {
		return out, err
	}
	offices, err := c.offices(r, []string{b.Owner})
	if err != nil {
		return out, err
	}
	users := []string{b.Staged.User}
	if b.Accepted != nil {
		users = append(users, b.Accepted.User)
	}
	people, err := store.NamesOf(r, users)
	if err != nil {
		return out, err
	}
	named := map[string]string{}
	for _, id := range b.Programmes {
		named[id] = out.Names[id]
	}
	for _, some := range []map[string]string{offices, people} {
		for id, name := range some {
			named[id] = name
		}
	}
	out.Names = named
	offer, err := store.FigureOffers(r, c.Standing, b)
	out.Offer, out.Commands = &Offer{offer.Accept, offer.Withdraw, texts(offer.Others)}, []string{}
	if offer.Accept && c.writes() {
		out.Commands = append(out.Commands, "accept")
	}
	if offer.Withdraw && c.writes() {
		out.Commands = append(out.Commands, "withdraw")
	}
	return out, err
}

// BatchFilter picks batches. Waiting: the caller may accept it.
type BatchFilter struct {
	Paging
	Kind         string `query:"kind" enum:"budget,disbursement"`
	State        string `query:"state" enum:"staged,accepted,withdrawn"`
	Organisation string `query:"organisation" maxLength:"200"`
	Programme    string `query:"programme" maxLength:"200"`
	Waiting      bool   `query:"waiting"`
}

func (f BatchFilter) keeps(b registry.FigureBatch) bool {
	return (f.Kind == "" || f.Kind == string(b.Kind)) && (f.State == "" || f.State == string(b.State)) && (f.Organisation == "" || f.Organisation == b.Owner) &&
		(f.Programme == "" || slices.Contains(b.Programmes, f.Programme))
}

// StageLines brings lines in, for a second person to accept.
type StageLines struct {
	Organisation string `json:"organisation" maxLength:"200"`
	Kind         string `json:"kind" enum:"budget,disbursement"`
	File         string `json:"file_name" minLength:"1" maxLength:"200"`
	Lines
	Given
}

// figureBatches declares the tables that lines came in by.
func (d *door) figureBatches() {
	const noun = "budgets"
	list(d, reading(noun, figuresKind, false, false, access.FigureRead).in("/batches", "list-figures"),
		func(r *store.Reader, c caller, f BatchFilter, after string, most int) ([]FigureBatch, func(int) string, error) {
			pieces := func(p store.Page) ([]registry.FigureBatch, error) {
				return store.FigureBatches(r, c.Standing, store.BatchFilter{State: registry.VersionState(f.State), Kind: registry.FigureKind(f.Kind), Owner: f.Organisation}, p)
			}
			if f.Waiting {
				pieces = func(p store.Page) ([]registry.FigureBatch, error) {
					all, err := store.FiguresToAccept(r, c.Standing)
					var some []registry.FigureBatch
					for _, b := range all {
						if b.ID > p.After && len(some) < p.Most {
							some = append(some, b)
						}
					}
					return some, err
				}
			}
			id := func(b registry.FigureBatch) string { return b.ID }
			found, err := sifted(after, most, pieces, id, f.keeps)
			if err != nil {
				return nil, nil, err
			}
			ids := make([]string, len(found))
			for i, b := range found {
				ids[i] = b.ID
			}
			revisions, err := store.Revisions(r, figuresKind, ids)
			all := make([]FigureBatch, len(found))
			for i, b := range found {
				all[i] = c.figureBatch(b, revisions[b.ID])
			}
			return all, func(i int) string { return ids[i] }, err
		})
	one := reading(noun, figuresKind, true, false, access.FigureRead).in("/batches", "read-figures")
	read(d, one, func(r *store.Reader, c caller, id string) (FigureBatch, error) {
		b, _, err := store.FigureBatchOf(r, id)
		if err != nil {
			return FigureBatch{}, err
		}
		last, err := r.Last(event.Object{Kind: figuresKind, ID: id})
		if err != nil {
			return FigureBatch{}, err
		}
		return c.oneFigureBatch(r, b, last.Seq)
	})
	read(d, one.under("/lines", "read-figure-lines"), func(r *store.Reader, _ caller, id string) (Lines, error) {
		b, _, err := store.FigureBatchOf(r, id)
		if err != nil {
			return Lines{}, err
		}
		lines, err := store.FigureLines(d.record.Contents(), b)
		return linesOf(lines), err
	})
	read(d, one.under("/quality", "read-figure-quality"), func(r *store.Reader, c caller, id string) (Quality, error) {
		b, _, err := store.FigureBatchOf(r, id)
		if err == nil && b.Quality == "" {
			err = problem.New("api-no-object", "noun", noun+"/batches/"+id, "id", "quality")
		}
		if err != nil {
			return Quality{}, err
		}
		return d.qualityOf(c, b.Quality, store.Unseen{})
	})

	example := OnObject{Seen{12}, Given{Why: "realisasi triwulan II 2026"}}
	n := func(v int64) *int64 { return &v }
	stage := commanding(noun, figuresKind, "stage", true).bringing()
	stage.made = "/batches"
	create(d, stage, StageLines{someID, "budget", "anggaran-2026.csv", Lines{[]NewBudgetLine{{someID, "3507", 2026, "apbd-regency", "2026-06-30", "1.06.05", n(2_000_000_000), nil, n(1_250_000_000)}}, []NewDisbursementLine{}}, example.Given},
		func(ctx context.Context, by store.By, b StageLines) (string, event.Event, error) {
			lines, kind := b.lines(), registry.FigureKind(b.Kind)
			hash := sha256.Sum256(lines.Encode(kind))
			return d.record.StageFigures(ctx, by, registry.FigureBatch{Owner: b.Organisation, Kind: kind, File: b.File, SHA256: hex.EncodeToString(hash[:])}, lines)
		})
	for command, do := range map[string]func(context.Context, store.By, string) (event.Event, error){"accept": d.record.AcceptFigures, "withdraw": d.record.WithdrawFigures} {
		o := commanding(noun, figuresKind, command, false).bySecond()
		act(d, o.in("/batches", o.id), OnlyWhy{example}, func(ctx context.Context, by store.By, id string, _ OnlyWhy) (event.Event, error) {
			return do(ctx, by, id)
		})
	}
	if d.waiting == nil {
		return
	}
	o := commanding(noun, figuresKind, "stage", true).in("/files", "upload-figures")
	h := d.declare(o)
	huma.Register(d.huma, h, func(ctx context.Context, in *arriving) (*created[UploadResult], error) {
		out, err := d.uploadFigures(ctx, *in)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return &created[UploadResult]{Location: Base + "/" + noun + "/batches/" + out.ID, Body: out}, nil
	})
	d.uploading(h, append([]part{{"contract", true, contract.Budgets}, {"organisation", true, someID}}, partsOfAll...)...)
}

// uploadFigures takes a table under one of the two contracts of figures.
func (d *door) uploadFigures(ctx context.Context, in arriving) (out UploadResult, err error) {
	s, err := d.receive(ctx, in, "contract", "organisation")
	if err != nil {
		return out, err
	}
	defer s.forget()
	by, err := s.given(calling(ctx), false)
	if err != nil {
		return out, err
	}
	c, ok := contract.Named(s.said["contract"])
	if ok {
		_, ok = figures.For(c)
	}
	if !ok {
		return out, wrongPart(s.lang, "contract", problem.New("api-choice", "expected", []string{contract.Budgets, contract.Disbursements}))
	}
	kind, _ := figures.For(c)
	owner := s.said["organisation"]
	var ground registry.FigureGround
	if err := d.record.View(ctx, func(r *store.Reader) error {
		at, err := store.PlacesOf(r, event.Object{Kind: organisationKind, ID: owner})
		switch {
		case err != nil:
			return err
		case len(at) == 0:
			return problem.New("organisation-unknown", "found", owner, "field", "organisation")
		}
		if err := calling(ctx).MayCommand(figuresKind, "stage", at[0], ""); err != nil {
			return err
		}
		ground, err = store.FigureGroundOf(r, owner)
		return err
	}); err != nil {
		return out, err
	}
	rows := figures.New(kind, ground)
	r, rejects, err := d.take(ctx, s, intake.Options{Contract: c, Rows: rows.Rows})
	if err != nil {
		return out, err
	}
	out = resultOf(r, rejects)
	out.Lacks = []Words{} // of a dataset's contract; lines need no more of theirs
	if err := d.record.View(ctx, func(from *store.Reader) error {
		found, err := store.ReviewFigures(from, rows.Lines())
		for _, p := range found.Cautions {
			out.Cautions = append(out.Cautions, Caution{p.Code, inBoth(p.Text)})
		}
		return err
	}); err != nil {
		return out, err
	}
	_, e, err := d.record.StageFigures(ctx, by, registry.FigureBatch{Owner: owner, Kind: kind, File: r.File, SHA256: r.SHA256, Quality: r.Quality, Rejected: r.Rows.Rejected}, rows.Lines())
	out.Done = done(e)
	return out, err
}
