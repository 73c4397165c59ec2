package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// figuresKind is the kind of object of a batch of budget or disbursement lines.
const figuresKind = "figures"

type figureBatchRow struct {
	ID           string          `db:"id"`
	Organisation string          `db:"organisation"`
	Region       string          `db:"region"`
	Kind         string          `db:"kind"`
	State        string          `db:"state"`
	Value        json.RawMessage `db:"value"`
}

type budgetRow struct {
	Programme string `db:"programme"`
	Year      int64  `db:"year"`
	Region    string `db:"region"`
	Fund      string `db:"fund"`
	Position  string `db:"position"`
	Revision  int64  `db:"revision"`
	Batch     string `db:"batch"`
	Code      string `db:"code"`
	Original  *int64 `db:"original"`
	Revised   *int64 `db:"revised"`
	Spent     *int64 `db:"spent"`
	Latest    bool   `db:"latest"`
	Withdrawn bool   `db:"withdrawn"`
	Parts     int64  `db:"parts"`
}

type disbursementRow struct {
	Programme      string `db:"programme"`
	Year           int64  `db:"year"`
	Region         string `db:"region"`
	Stage          string `db:"stage"`
	Revision       int64  `db:"revision"`
	Batch          string `db:"batch"`
	PeopleQuota    *int64 `db:"people_quota"`
	PeopleDecided  *int64 `db:"people_decided"`
	PeopleReceived *int64 `db:"people_received"`
	PeopleFailed   *int64 `db:"people_failed"`
	PeopleUsed     *int64 `db:"people_used"`
	MoneyQuota     *int64 `db:"money_quota"`
	MoneyDecided   *int64 `db:"money_decided"`
	MoneyReceived  *int64 `db:"money_received"`
	MoneyFailed    *int64 `db:"money_failed"`
	MoneyUsed      *int64 `db:"money_used"`
	Reason         string `db:"reason"`
	Paid           string `db:"paid"`
	Latest         bool   `db:"latest"`
	Withdrawn      bool   `db:"withdrawn"`
	Parts          int64  `db:"parts"`
}

func (r budgetRow) figure() registry.BudgetFigure {
	return registry.BudgetFigure{
		BudgetLine: registry.BudgetLine{Programme: r.Programme, Region: r.Region, Year: int(r.Year), Fund: registry.Fund(r.Fund), Position: registry.Day(r.Position), Code: r.Code, Original: r.Original, Revised: r.Revised, Spent: r.Spent},
		Provenance: registry.Provenance{Batch: r.Batch, Revision: r.Revision, Latest: r.Latest, Withdrawn: r.Withdrawn, Parts: int(r.Parts)},
	}
}

func budgetRowOf(f registry.BudgetFigure) budgetRow {
	return budgetRow{f.Programme, int64(f.Year), f.Region, string(f.Fund), string(f.Position), f.Revision, f.Batch, f.Code, f.Original, f.Revised, f.Spent, f.Latest, f.Withdrawn, int64(f.Parts)}
}

func (r disbursementRow) figure() registry.DisbursementFigure {
	return registry.DisbursementFigure{
		DisbursementLine: registry.DisbursementLine{Programme: r.Programme, Region: r.Region, Year: int(r.Year), Stage: r.Stage,
			People: registry.Amounts{Quota: r.PeopleQuota, Decided: r.PeopleDecided, Received: r.PeopleReceived, Failed: r.PeopleFailed, Used: r.PeopleUsed},
			Money:  registry.Amounts{Quota: r.MoneyQuota, Decided: r.MoneyDecided, Received: r.MoneyReceived, Failed: r.MoneyFailed, Used: r.MoneyUsed}, Reason: r.Reason, Paid: registry.Day(r.Paid)},
		Provenance: registry.Provenance{Batch: r.Batch, Revision: r.Revision, Latest: r.Latest, Withdrawn: r.Withdrawn, Parts: int(r.Parts)},
	}
}

func disbursementRowOf(f registry.DisbursementFigure) disbursementRow {
	p, m := f.People, f.Money
	return disbursementRow{f.Programme, int64(f.Year), f.Region, f.Stage, f.Revision, f.Batch, p.Quota, p.Decided, p.Received, p.Failed, p.Used, m.Quota, m.Decided, m.Received, m.Failed, m.Used,
		f.Reason, string(f.Paid), f.Latest, f.Withdrawn, int64(f.Parts)}
}

var (
	figureBatches     = Projected[figureBatchRow]("figure_batches", "id")
	budgetLines       = Projected[budgetRow]("budget_lines", "programme", "year", "region", "fund", "position", "revision")
	budgetSums        = Projected[budgetRow]("budget_sums", "programme", "year", "region", "fund")
	disbursementLines = Projected[disbursementRow]("disbursement_lines", "programme", "year", "region", "stage", "revision")
	disbursementSums  = Projected[disbursementRow]("disbursement_sums", "programme", "year", "region", "stage")
)

// figureRoom keeps budgets and disbursements. The event of a batch carries the hash
// of its rows, which may be many.
type figureRoom struct{}

// Types are the events of the room.
func (figureRoom) Types() []event.Type {
	contents := func(e event.Event) []string {
		b, err := Read[registry.FigureBatch](e.After)
		if err != nil {
			return nil
		}
		return b.Contents()
	}
	var all []event.Type
	for _, name := range []string{"figures-staged", "figures-accepted", "figures-withdrawn"} {
		all = append(all, event.Type{Name: name, Object: figuresKind, Content: contents})
	}
	return all
}

// Tables are the room's.
func (figureRoom) Tables() []AnyTable {
	return []AnyTable{figureBatches, budgetLines, budgetSums, disbursementLines, disbursementSums}
}

// Apply adds the lines of a batch that was accepted, or takes those out of use of
// one that was withdrawn, and settles for each cell which line counts: of a budget
// the one of the newest position, and of these, as of a disbursement, the one that
// was accepted last.
func (figureRoom) Apply(tx *Tx, e event.Event) error {
	if e.Object.Kind != figuresKind {
		return nil
	}
	b, err := Read[registry.FigureBatch](e.After)
	if err != nil {
		return err
	}
	if err := figureBatches.Put(tx, figureBatchRow{b.ID, b.Owner, b.Region, string(b.Kind), string(b.State), e.After}); err != nil {
		return err
	}
	if b.State == registry.Staged || b.Accepted == nil {
		return nil // its lines do not count, and never did
	}
	lines, err := FigureLines(tx.store.contents, b)
	if err != nil {
		return err
	}
	if b.Kind == registry.Budgets {
		return applyLines(tx, b, lines.Budget, book[registry.BudgetFigure, registry.BudgetLine, registry.BudgetCell, budgetRow]{
			table: budgetLines, sums: budgetSums, row: budgetRowOf, figure: budgetRow.figure, roll: registry.RollUpBudget,
			made: func(l registry.BudgetLine) registry.BudgetFigure {
				return registry.BudgetFigure{BudgetLine: l, Provenance: registry.Provenance{Batch: b.ID, Revision: e.Seq}}
			},
			cell: func(f registry.BudgetFigure) registry.BudgetCell { return f.Cell() },
			of:   func(f *registry.BudgetFigure) *registry.Provenance { return &f.Provenance },
			newer: func(f, g registry.BudgetFigure) bool {
				return f.Position > g.Position || f.Position == g.Position && f.Revision > g.Revision
			},
			key: func(f registry.BudgetFigure) []any {
				return []any{f.Programme, int64(f.Year), f.Region, string(f.Fund)}
			},
		})
	}
	return applyLines(tx, b, lines.Disbursement, book[registry.DisbursementFigure, registry.DisbursementLine, registry.DisbursementCell, disbursementRow]{
		table: disbursementLines, sums: disbursementSums, row: disbursementRowOf, figure: disbursementRow.figure, roll: registry.RollUpDisbursements,
		made: func(l registry.DisbursementLine) registry.DisbursementFigure {
			return registry.DisbursementFigure{DisbursementLine: l, Provenance: registry.Provenance{Batch: b.ID, Revision: e.Seq}}
		},
		cell:  func(f registry.DisbursementFigure) registry.DisbursementCell { return f.Cell() },
		of:    func(f *registry.DisbursementFigure) *registry.Provenance { return &f.Provenance },
		newer: func(f, g registry.DisbursementFigure) bool { return f.Revision > g.Revision },
		key: func(f registry.DisbursementFigure) []any {
			return []any{f.Programme, int64(f.Year), f.Region, f.Stage}
		},
	})
}

// book is the lines of one kind with all that settling them needs.
type book[F, L any, C comparable, R any] struct {
	table, sums Table[R]
	row         func(F) R
	figure      func(R) F
	roll        func([]F) []F
	made        func(L) F
	cell        func(F) C
	of          func(*F) *registry.Provenance
	newer       func(f, g F) bool
	key         func(F) []any // of sums
}

// applyLines follows the acceptance or withdrawal of a batch.
func applyLines[F, L any, C comparable, R any](tx *Tx, b registry.FigureBatch, lines []L, k book[F, L, C, R]) error {
	where, args := lineTail(FigureFilter{Programmes: b.Programmes, First: b.First, Last: b.Last, Revisions: true})
	rows, err := k.table.Select(tx, where, args...)
	if err != nil {
		return err
	}
	of := map[C][]F{}
	for _, r := range rows {
		f := k.figure(r)
		of[k.cell(f)] = append(of[k.cell(f)], f)
	}
	touched := map[C]bool{}
	for _, l := range lines {
		f := k.made(l)
		cell := k.cell(f)
		touched[cell] = true
		if b.State == registry.Accepted {
			of[cell] = append(of[cell], f)
		}
	}
	below := map[C]bool{} // of kabupaten with lines below them that changed
	for cell := range touched {
		all := of[cell]
		best := -1
		for i := range all {
			p := k.of(&all[i])
			if p.Batch == b.ID && b.State == registry.VersionWithdrawn {
				p.Withdrawn = true
			}
			if !p.Withdrawn && (best < 0 || k.newer(all[i], all[best])) {
				best = i
			}
		}
		for i := range all {
			p := k.of(&all[i])
			if p.Latest == (i == best) && p.Batch != b.ID {
				continue
			}
			p.Latest = i == best
			if err := k.table.Put(tx, k.row(all[i])); err != nil {
				return err
			}
		}
		for _, sum := range k.roll(all[:min(len(all), 1)]) {
			below[k.cell(sum)] = true
		}
	}
	if len(below) == 0 {
		return nil
	}
	var counting []F
	for _, all := range of {
		for i := range all {
			if k.of(&all[i]).Latest {
				counting = append(counting, all[i])
			}
		}
	}
	for _, sum := range k.roll(counting) {
		if cell := k.cell(sum); below[cell] {
			delete(below, cell)
			if err := k.sums.Put(tx, k.row(sum)); err != nil {
				return err
			}
		}
	}
	if len(below) == 0 {
		return nil
	}
	old, err := k.sums.Select(tx, where, args...)
	if err != nil {
		return err
	}
	for _, r := range old {
		if f := k.figure(r); below[k.cell(f)] { // nothing below it counts any more
			if err := k.sums.Delete(tx, k.key(f)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// FigureLines reads the rows of a batch, whatever its state. Errors: of the
// contents' folder.
func FigureLines(contents Contents, b registry.FigureBatch) (registry.Lines, error) {
	text, err := contents.Read(b.Content)
	if err != nil {
		return registry.Lines{}, err
	}
	return registry.DecodeLines(b.Kind, bytes.NewReader(text))
}

// FigureFilter picks lines; an empty field picks all.
type FigureFilter struct {
	Programmes []string // ids
	Within     []string // BPS codes, each with all within it
	First      int      // the first year
	Last       int      // the last year
	Digits     int      // the longest code of a region: 2 for provinces, 4 for kabupaten and kota, 6, 10
	Batch      string   // id
	Revisions  bool     // those too that no longer count, and those that were withdrawn
}

// lineTail is the tail of a SELECT of lines; without an order, for a database's
// locale sorts stages and funds as it likes.
func lineTail(f FigureFilter) (string, []any) {
	where, args := []string{"1 = 1"}, []any(nil)
	if len(f.Programmes) > 0 {
		in, with := among(f.Programmes)
		where, args = append(where, "programme IN "+in), with
	}
	if in, with := regionWithin(f.Within, args); in != "" {
		where, args = append(where, in), with
	}
	for _, x := range []struct {
		condition string
		value     any
		given     bool
	}{{"year >=", f.First, f.First != 0}, {"year <=", f.Last, f.Last != 0}, {"LENGTH(region) <=", f.Digits, f.Digits != 0}, {"batch =", f.Batch, f.Batch != ""}} {
		if x.given {
			args = append(args, x.value)
			where = append(where, fmt.Sprintf("%s $%d", x.condition, len(args)))
		}
	}
	if !f.Revisions {
		where = append(where, "latest = 1")
	}
	return "WHERE " + strings.Join(where, " AND "), args
}

func figuresFrom[F, R any](from From, table Table[R], f FigureFilter, figure func(R) F, order func(a, b F) int) ([]F, error) {
	tail, args := lineTail(f)
	rows, err := table.Select(from, tail, args...)
	if err != nil {
		return nil, err
	}
	all := make([]F, len(rows))
	for i, r := range rows {
		all[i] = figure(r)
	}
	slices.SortFunc(all, order)
	return all, nil
}

// BudgetFigures gives budget lines in order of programme, year, region, fund, position
// and revision. The right to see them is for the caller to settle, as of the others
// below.
func BudgetFigures(from From, f FigureFilter) ([]registry.BudgetFigure, error) {
	return figuresFrom(from, budgetLines, f, budgetRow.figure, registry.CompareBudget)
}

// DisbursementFigures gives disbursement lines in order of programme, year, region,
// stage and revision.
func DisbursementFigures(from From, f FigureFilter) ([]registry.DisbursementFigure, error) {
	return figuresFrom(from, disbursementLines, f, disbursementRow.figure, registry.CompareDisbursements)
}

// Ledger gives the lines that count, with what lies below kabupaten and kota added
// up: for utilisation. Digits, Batch and Revisions of the filter are not looked at.
func Ledger(from From, f FigureFilter) (*registry.Ledger, error) {
	f.Digits, f.Batch, f.Revisions = 4, "", false
	budget, err := BudgetFigures(from, f)
	if err != nil {
		return nil, err
	}
	budgetBelow, err := figuresFrom(from, budgetSums, f, budgetRow.figure, registry.CompareBudget)
	if err != nil {
		return nil, err
	}
	paid, err := DisbursementFigures(from, f)
	if err != nil {
		return nil, err
	}
	paidBelow, err := figuresFrom(from, disbursementSums, f, disbursementRow.figure, registry.CompareDisbursements)
	if err != nil {
		return nil, err
	}
	return registry.NewLedger(append(budget, budgetBelow...), append(paid, paidBelow...)), nil
}

// FigureGroundOf gives what the rows of an office's table are read against. Errors: a
// problem where there is no such organisation.
func FigureGroundOf(from From, owner string) (registry.FigureGround, error) {
	var g registry.FigureGround
	var err error
	if g.Owner, err = need("organisation-unknown", owner, func() (registry.Organisation, bool, error) { return OrganisationOf(from, owner) }); err != nil {
		return g, err
	}
	if g.Programmes, err = AllProgrammes(from); err != nil {
		return g, err
	}
	rows, err := Query[struct {
		Programme string `db:"programme"`
		Year      int64  `db:"year"`
		Stage     string `db:"stage"`
	}](from, "SELECT programme, year, MIN(stage) AS stage FROM disbursement_lines WHERE latest = 1 GROUP BY programme, year")
	g.Kinds = map[registry.ProgrammeYear]string{}
	for _, r := range rows {
		g.Kinds[registry.ProgrammeYear{Programme: r.Programme, Year: int(r.Year)}] = registry.StageKind(r.Stage)
	}
	return g, err
}

// linesHeld are the lines that count of the programmes and years of others.
func linesHeld(from From, lines registry.Lines) (registry.Lines, error) {
	f := FigureFilter{First: 1, Last: -1}
	note := func(programme string, year int) {
		if f.Last < f.First {
			f.First, f.Last = year, year
		}
		f.First, f.Last = min(f.First, year), max(f.Last, year)
		if !slices.Contains(f.Programmes, programme) {
			f.Programmes = append(f.Programmes, programme)
		}
	}
	for _, l := range lines.Budget {
		note(l.Programme, l.Year)
	}
	for _, l := range lines.Disbursement {
		note(l.Programme, l.Year)
	}
	var held registry.Lines
	if len(f.Programmes) == 0 {
		return held, nil
	}
	if len(lines.Budget) > 0 {
		all, err := BudgetFigures(from, f)
		if err != nil {
			return held, err
		}
		for _, b := range all {
			held.Budget = append(held.Budget, b.BudgetLine)
		}
	}
	if len(lines.Disbursement) > 0 {
		all, err := DisbursementFigures(from, f)
		if err != nil {
			return held, err
		}
		for _, d := range all {
			held.Disbursement = append(held.Disbursement, d.DisbursementLine)
		}
	}
	return held, nil
}

// FigureBatchOf gives a batch; false where there is none.
func FigureBatchOf(from From, id string) (registry.FigureBatch, bool, error) {
	return first(figureBatchesWhere(from, "WHERE id = $1", id))
}

// BatchFilter picks batches; an empty field picks all.
type BatchFilter struct {
	State registry.VersionState
	Kind  registry.FigureKind
	Owner string // id of an organisation
}

// FigureBatches are the batches that a standing may see, in the order in which they
// came in.
func FigureBatches(from From, s access.Standing, f BatchFilter, page Page) ([]registry.FigureBatch, error) {
	where, args := s.Where(access.FigureRead, ofOwner, 1)
	for _, x := range []struct{ column, value string }{{"state", string(f.State)}, {"kind", string(f.Kind)}, {"organisation", f.Owner}} {
		if x.value != "" {
			args = append(args, x.value)
			where += fmt.Sprintf(" AND %s = $%d", x.column, len(args))
		}
	}
	args = append(args, page.After)
	tail := fmt.Sprintf("WHERE %s AND id > $%d ORDER BY id", where, len(args))
	if page.Most > 0 {
		args = append(args, page.Most)
		tail += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return figureBatchesWhere(from, tail, args...)
}

func figureBatchesWhere(from From, tail string, args ...any) ([]registry.FigureBatch, error) {
	rows, err := figureBatches.Select(from, tail, args...)
	return values[figureBatchRow, registry.FigureBatch](rows, err, func(r figureBatchRow) json.RawMessage { return r.Value })
}
