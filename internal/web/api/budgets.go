package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Origin says where a line of a budget or disbursement comes from.
type Origin struct {
	Batch     string `json:"batch"`
	Revision  int64  `json:"revision"`
	Latest    bool   `json:"latest"`
	Withdrawn bool   `json:"taken_back"`
	Parts     int    `json:"parts"`
}

// BudgetLine is what was budgeted and spent of a programme for a region in a year
// from one fund. Money is whole rupiah; null: the table does not say.
type BudgetLine struct {
	NewBudgetLine
	Programmes string `json:"programme_name"`
	RegionName string `json:"region_name"`
	Origin
}

// NewBudgetLine is a budget line as it is brought in.
type NewBudgetLine struct {
	Programme string `json:"programme" maxLength:"200"`
	Region    string `json:"region" maxLength:"20"`
	Year      int    `json:"year" minimum:"1990" maximum:"2100"`
	Fund      string `json:"fund" enum:"apbn,apbd-province,apbd-regency,village-fund"`
	Position  string `json:"position_day" format:"date"`
	Code      string `json:"budget_code" maxLength:"100"`
	Original  *int64 `json:"original" required:"true"`
	Revised   *int64 `json:"revised" required:"true"`
	Spent     *int64 `json:"spent" required:"true"`
}

// Amounts are the steps of a disbursement; null: the table does not say.
type Amounts struct {
	Quota    *int64 `json:"quota" required:"true"`
	Decided  *int64 `json:"decided" required:"true"`
	Received *int64 `json:"received" required:"true"`
	Failed   *int64 `json:"failed" required:"true"`
	Used     *int64 `json:"used" required:"true"`
}

// DisbursementLine is what became of one payment of a programme in a region.
type DisbursementLine struct {
	NewDisbursementLine
	Programmes string `json:"programme_name"`
	RegionName string `json:"region_name"`
	Origin
}

// NewDisbursementLine is a disbursement line as it is brought in.
type NewDisbursementLine struct {
	Programme string  `json:"programme" maxLength:"200"`
	Region    string  `json:"region" maxLength:"20"`
	Year      int     `json:"year" minimum:"1990" maximum:"2100"`
	Stage     string  `json:"stage" maxLength:"20"`
	People    Amounts `json:"people"`
	Money     Amounts `json:"money"`
	Reason    string  `json:"failed_for" maxLength:"2000"`
	Paid      string  `json:"paid"`
}

// Lines are the lines of a batch; of its kind, the other list is empty.
type Lines struct {
	Budget       []NewBudgetLine       `json:"budget_lines" maxItems:"50000"`
	Disbursement []NewDisbursementLine `json:"disbursement_lines" maxItems:"50000"`
}

func newBudgetLine(l registry.BudgetLine) NewBudgetLine {
	return NewBudgetLine{l.Programme, l.Region, l.Year, string(l.Fund), string(l.Position), l.Code, l.Original, l.Revised, l.Spent}
}

func newDisbursementLine(l registry.DisbursementLine) NewDisbursementLine {
	return NewDisbursementLine{l.Programme, l.Region, l.Year, l.Stage, Amounts(l.People), Amounts(l.Money), l.Reason, string(l.Paid)}
}

func linesOf(l registry.Lines) Lines {
	out := Lines{[]NewBudgetLine{}, []NewDisbursementLine{}}
	for _, b := range l.Budget {
		out.Budget = append(out.Budget, newBudgetLine(b))
	}
	for _, x := range l.Disbursement {
		out.Disbursement = append(out.Disbursement, newDisbursementLine(x))
	}
	return out
}

func (l Lines) lines() registry.Lines {
	var out registry.Lines
	for _, b := range l.Budget {
		out.Budget = append(out.Budget, registry.BudgetLine{Programme: b.Programme, Region: b.Region, Year: b.Year, Fund: registry.Fund(b.Fund), Position: registry.Day(b.Position), Code: b.Code,
			Original: b.Original, Revised: b.Revised, Spent: b.Spent})
	}
	for _, x := range l.Disbursement {
		out.Disbursement = append(out.Disbursement, registry.DisbursementLine{Programme: x.Programme, Region: x.Region, Year: x.Year, Stage: x.Stage, People: registry.Amounts(x.People),
			Money: registry.Amounts(x.Money), Reason: x.Reason, Paid: registry.Day(x.Paid)})
	}
	return out
}

// LineFilter picks lines.
type LineFilter struct {
	LongPaging
	Form
	Programmes []string `query:"programme" maxItems:"50"`
	Within     []string `query:"within" maxItems:"50"`
	First      int      `query:"from_year" minimum:"1990" maximum:"2100"`
	Last       int      `query:"until_year" minimum:"1990" maximum:"2100"`
	Digits     int      `query:"region_digits" enum:"2,4,6,10"`
	Batch      string   `query:"batch" maxLength:"200"`
	Revisions  bool     `query:"revisions"`
}

// filter is what the store picks by. Errors: a problem with the part of the query.
func (f LineFilter) filter() (store.FigureFilter, error) {
	for _, code := range f.Within {
		if code != registry.Nation && !registry.FigureRegion(code) { // of a kecamatan or village too
			return store.FigureFilter{}, problem.New("api-region", "found", code, "field", "query.within")
		}
	}
	return store.FigureFilter{Programmes: f.Programmes, Within: f.Within, First: f.First, Last: f.Last, Digits: f.Digits, Batch: f.Batch, Revisions: f.Revisions}, nil
}

// The cursors of lines are where a line stands in their order.

func budgetCursor(f registry.BudgetFigure) string {
	return strings.Join([]string{f.Programme, strconv.Itoa(f.Year), f.Region, string(f.Fund), string(f.Position), strconv.FormatInt(f.Revision, 10), strconv.Itoa(f.Parts)}, dot)
}

func disbursementCursor(f registry.DisbursementFigure) string {
	return strings.Join([]string{f.Programme, strconv.Itoa(f.Year), f.Region, f.Stage, strconv.FormatInt(f.Revision, 10), strconv.Itoa(f.Parts)}, dot)
}

// parted gives the parts of a cursor and the numbers among them: the year, the
// revision and how many lines it was added up from.
func parted(cursor string, most int) (part []string, year int, revision int64, parts int, err error) {
	if part = strings.Split(cursor, dot); len(part) != most {
		return nil, 0, 0, 0, problem.New("api-cursor")
	}
	year, err1 := strconv.Atoi(part[1])
	revision, err2 := strconv.ParseInt(part[most-2], 10, 64)
	parts, err3 := strconv.Atoi(part[most-1])
	if cmp.Or(err1, err2, err3) != nil {
		return nil, 0, 0, 0, problem.New("api-cursor")
	}
	return part, year, revision, parts, nil
}

// behind cuts a sorted list to what comes after a place in its order, at most so many.
func behind[F any](all []F, after *F, order func(a, b F) int, most int) []F {
	if after != nil {
		i, found := slices.BinarySearchFunc(all, *after, order)
		if found {
			i++
		}
		all = all[i:]
	}
	return all[:min(len(all), most)]
}

func originOf(p registry.Provenance) Origin {
	return Origin{p.Batch, p.Revision, p.Latest, p.Withdrawn, p.Parts}
}

// programmeNames are those of the register, in the language of the caller.
func (c caller) programmeNames(r *store.Reader) (map[string]string, error) {
	all, err := store.AllProgrammes(r)
	names := map[string]string{}
	for _, p := range all {
		names[p.ID] = inLang(c.lang, p.Names)
	}
	return names, err
}

func (o Origin) cells() []string {
	return []string{o.Batch, strconv.FormatInt(o.Revision, 10), strconv.FormatBool(o.Latest), strconv.FormatBool(o.Withdrawn), strconv.Itoa(o.Parts)}
}

// whole writes a number; an empty cell: the table does not say.
func wholes(all ...*int64) []string {
	out := make([]string, len(all))
	for i, n := range all {
		if n != nil {
			out[i] = strconv.FormatInt(*n, 10)
		}
	}
	return out
}

func (a Amounts) cells() []string { return wholes(a.Quota, a.Decided, a.Received, a.Failed, a.Used) }

var originHead = []string{"batch", "revision", "latest", "taken_back", "parts"}

var budgetColumns = columnsIn[BudgetLine]{
	slices.Concat([]string{"programme", "programme_name", "region", "region_name", "year", "fund", "position_day", "budget_code", "original", "revised", "spent"}, originHead),
	func(_ caller, l BudgetLine) []string {
		return slices.Concat([]string{l.Programme, guarded(l.Programmes), l.Region, guarded(l.RegionName), strconv.Itoa(l.Year), l.Fund, l.Position, guarded(l.Code)}, wholes(l.Original, l.Revised, l.Spent), l.cells())
	},
}

var disbursementColumns = columnsIn[DisbursementLine]{
	slices.Concat([]string{"programme", "programme_name", "region", "region_name", "year", "stage", "people_quota", "people_decided", "people_received", "people_failed", "people_used",
		"money_quota", "money_decided", "money_received", "money_failed", "money_used", "failed_for", "paid"}, originHead),
	func(_ caller, l DisbursementLine) []string {
		return slices.Concat([]string{l.Programme, guarded(l.Programmes), l.Region, guarded(l.RegionName), strconv.Itoa(l.Year), l.Stage}, l.People.cells(), l.Money.cells(), []string{guarded(l.Reason), l.Paid}, l.cells())
	},
}

func (d *door) budgets() {
	const noun = "budgets"
	tabled(d, reading(noun, "", false, false, access.FigureRead), "anggaran", budgetColumns,
		func(r *store.Reader, c caller, f LineFilter, cursor string, most int) ([]BudgetLine, func(int) string, error) {
			var after *registry.BudgetFigure
			if cursor != "" {
				part, year, revision, parts, err := parted(cursor, 7)
				if err != nil {
					return nil, nil, err
				}
				after = &registry.BudgetFigure{BudgetLine: registry.BudgetLine{Programme: part[0], Year: year, Region: part[2], Fund: registry.Fund(part[3]), Position: registry.Day(part[4])},
					Provenance: registry.Provenance{Revision: revision, Parts: parts}}
			}
			filter, err := f.filter()
			if err != nil {
				return nil, nil, err
			}
			found, err := store.BudgetFigures(r, filter)
			if err != nil {
				return nil, nil, err
			}
			found = behind(found, after, registry.CompareBudget, most)
			names, err := c.programmeNames(r)
			all := make([]BudgetLine, len(found))
			for i, l := range found {
				all[i] = BudgetLine{newBudgetLine(l.BudgetLine), names[l.Programme], registry.RegionName(l.Region), originOf(l.Provenance)}
			}
			return all, func(i int) string { return budgetCursor(found[i]) }, err
		})
	tabled(d, reading(noun, "", false, false, access.FigureRead).in("/disbursements", "list-disbursements"), "penyaluran", disbursementColumns,
		func(r *store.Reader, c caller, f LineFilter, cursor string, most int) ([]DisbursementLine, func(int) string, error) {
			var after *registry.DisbursementFigure
			if cursor != "" {
				part, year, revision, parts, err := parted(cursor, 6)
				if err != nil {
					return nil, nil, err
				}
				after = &registry.DisbursementFigure{DisbursementLine: registry.DisbursementLine{Programme: part[0], Year: year, Region: part[2], Stage: part[3]},
					Provenance: registry.Provenance{Revision: revision, Parts: parts}}
			}
			filter, err := f.filter()
			if err != nil {
				return nil, nil, err
			}
			found, err := store.DisbursementFigures(r, filter)
			if err != nil {
				return nil, nil, err
			}
			found = behind(found, after, registry.CompareDisbursements, most)
			names, err := c.programmeNames(r)
			all := make([]DisbursementLine, len(found))
			for i, l := range found {
				all[i] = DisbursementLine{newDisbursementLine(l.DisbursementLine), names[l.Programme], registry.RegionName(l.Region), originOf(l.Provenance)}
			}
			return all, func(i int) string { return disbursementCursor(found[i]) }, err
		})
	d.figureBatches()
}
