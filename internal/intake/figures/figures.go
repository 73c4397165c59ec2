// Package figures makes lines of budgets and disbursements of the rows of a table
// that an office brought in under one of the two contracts that come with the
// program.
//
//	rows held against the contract -> programme, region, stage, fund as the register spells them -> registry.Lines
//
// A row that can be no line is rejected and goes back with its reason, as rows that
// break a rule of the contract do: an unknown programme, a region outside the
// office's own, a stage that cannot be made out. What contradicts itself is a line
// all the same, and registry.ReviewFigures says so.
package figures

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// The rules that a row can break here; their sentences are contract.rule.* of the
// catalogue, as those of the contract.
const (
	UnknownProgramme contract.Rule = "figure-programme"  // none of the register
	SeveralProgramme contract.Rule = "figure-programmes" // a name that several share there and then
	WrongRegion      contract.Rule = "figure-region"     // no code of which lines can be
	OtherOffice      contract.Rule = "figure-outside"    // outside the office's own region
	WrongStage       contract.Rule = "figure-stage"      // not to be made out
	OtherStages      contract.Rule = "figure-stages"     // the year is told by stages of another kind
	TwiceInTable     contract.Rule = "figure-twice"      // the cell stands in an earlier row, spelt otherwise
	StrangeText      contract.Rule = "figure-text"       // a text that may not be kept
)

// fields are those of a row that lines are made of.
var fields = map[registry.FigureKind][]string{
	registry.Budgets: {"tahun", "program", "kode_program", "kode_wilayah", "sumber_dana", "pagu_murni", "pagu_perubahan", "realisasi", "tanggal_posisi"},
	registry.Disbursements: {"program", "tahun", "tahap", "kode_wilayah", "kuota", "kpm_ditetapkan", "kpm_salur", "kpm_gagal_salur", "alasan_gagal_salur", "kpm_transaksi",
		"nominal_kuota", "nominal_ditetapkan", "nominal_salur", "nominal_gagal_salur", "nominal_transaksi", "tanggal_salur"},
}

// For tells whether rows under a contract are figures, and of which kind: it is one
// of the two that come with the program, by its name and all its fields.
func For(c *contract.Contract) (registry.FigureKind, bool) {
	kind := map[string]registry.FigureKind{contract.Budgets: registry.Budgets, contract.Disbursements: registry.Disbursements}[c.Name]
	for _, name := range fields[kind] {
		if _, ok := c.Field(name); !ok {
			return "", false
		}
	}
	return kind, kind != ""
}

// Reader makes lines of rows. It is for one table and one goroutine.
type Reader struct {
	kind   registry.FigureKind
	ground registry.FigureGround
	lines  registry.Lines
	kinds  map[registry.ProgrammeYear]string // of stages, in the table
	seen   map[any]int64                     // cell -> the row that has it
	found  map[named][]registry.Programme
}

// named is what a programme was looked for by.
type named struct {
	text, region string
	year         int
}

// New begins a table of an office.
func New(kind registry.FigureKind, ground registry.FigureGround) *Reader {
	return &Reader{kind: kind, ground: ground, kinds: map[registry.ProgrammeYear]string{}, seen: map[any]int64{}, found: map[named][]registry.Programme{}}
}

// Lines are what the rows have made so far.
func (r *Reader) Lines() registry.Lines { return r.lines }

// Rows takes a batch of rows that the contract has accepted, and rejects those that
// can be no line. It is the Rows of intake.Options.
func (r *Reader) Rows(t *source.Table, b *source.Batch) []contract.Reject {
	at := map[string]int{}
	for i, c := range t.Columns {
		at[c.Name] = i
	}
	var all []contract.Reject
	for i, number := range b.Row {
		row := row{t, b, at, i}
		if breaks := r.take(row, number); len(breaks) > 0 {
			all = append(all, contract.Reject{Row: number, Breaks: breaks})
		}
	}
	return all
}

// row is one row of a batch, by the names of the contract's fields.
type row struct {
	table *source.Table
	batch *source.Batch
	at    map[string]int
	i     int
}

// text is a cell as a text; empty where it is missing.
func (r row) text(field string) string {
	c, ok := r.at[field]
	if !ok || r.batch.Cells[c].Missing[r.i] != "" {
		return ""
	}
	return strings.Clone(r.batch.Cells[c].Spell(r.table.Columns[c].Kind, r.i))
}

// number is a whole number; nil where the cell is missing.
func (r row) number(field string) *int64 {
	v, err := strconv.ParseInt(r.text(field), 10, 64) // the contract has seen to it that it is one
	if err != nil {
		return nil
	}
	return &v
}

func (r row) amounts(prefix string, decided string) registry.Amounts {
	return registry.Amounts{Decided: r.number(prefix + decided), Received: r.number(prefix + "salur"), Failed: r.number(prefix + "gagal_salur"), Used: r.number(prefix + "transaksi")}
}

// take makes a line of a row, or says why it is none.
func (r *Reader) take(row row, number int64) []contract.Break {
	var breaks []contract.Break
	fail := func(rule contract.Rule, field, value, limit string) {
		breaks = append(breaks, contract.Break{Rule: rule, Field: field, Value: value, Limit: limit})
	}
	code := row.text("kode_wilayah")
	region := regionOf(code)
	switch {
	case !registry.FigureRegion(region):
		fail(WrongRegion, "kode_wilayah", code, "")
	case !registry.Within(region, r.ground.Owner.Region):
		fail(OtherOffice, "kode_wilayah", code, registry.RegionName(r.ground.Owner.Region))
	}
	year, _ := strconv.Atoi(row.text("tahun"))
	name := row.text("program")
	p, several := r.programme(name, region, year)
	switch {
	case len(several) > 0:
		fail(SeveralProgramme, "program", name, strings.Join(several, ", "))
	case p.ID == "":
		fail(UnknownProgramme, "program", name, "")
	}
	if r.kind == registry.Budgets {
		l := registry.BudgetLine{Programme: p.ID, Region: region, Year: year, Fund: funds[row.text("sumber_dana")], Position: registry.Day(row.text("tanggal_posisi")), Code: row.text("kode_program"),
			Original: row.number("pagu_murni"), Revised: row.number("pagu_perubahan"), Spent: row.number("realisasi")}
		if len(breaks) == 0 {
			r.check(row, l.Check(), number, [2]any{l.Cell(), l.Position}, fail)
		}
		if len(breaks) == 0 {
			r.lines.Budget = append(r.lines.Budget, l)
		}
		return breaks
	}
	said := row.text("tahap")
	stage, ok := registry.ParseStage(said)
	if !ok {
		fail(WrongStage, "tahap", said, "")
		return breaks
	}
	l := registry.DisbursementLine{Programme: p.ID, Region: region, Year: year, Stage: p.StageOf(stage), People: row.amounts("kpm_", "ditetapkan"), Money: row.amounts("nominal_", "ditetapkan"),
		Reason: row.text("alasan_gagal_salur"), Paid: registry.Day(row.text("tanggal_salur"))}
	l.People.Quota, l.Money.Quota = row.number("kuota"), row.number("nominal_kuota")
	of := registry.ProgrammeYear{Programme: p.ID, Year: year}
	kind := registry.StageKind(l.Stage)
	for _, kinds := range []map[registry.ProgrammeYear]string{r.ground.Kinds, r.kinds} {
		if held, ok := kinds[of]; ok && held != kind && len(breaks) == 0 {
			fail(OtherStages, "tahap", said, p.Names.ID)
		}
	}
	if len(breaks) == 0 {
		r.check(row, l.Check(), number, l.Cell(), fail)
	}
	if len(breaks) == 0 {
		r.kinds[of] = kind
		r.lines.Disbursement = append(r.lines.Disbursement, l)
	}
	return breaks
}

// check looks at what no line can be, and at whether its cell stands in the table
// already.
func (r *Reader) check(row row, wrong error, number int64, cell any, fail func(rule contract.Rule, field, value, limit string)) {
	for _, field := range fields[r.kind] {
		if v := row.number(field); v != nil && *v > registry.MostFigure {
			fail(contract.TooLarge, field, row.text(field), strconv.Itoa(registry.MostFigure))
			return
		}
	}
	if wrong != nil { // the contract has seen to numbers and days
		fail(StrangeText, map[registry.FigureKind]string{registry.Budgets: "kode_program", registry.Disbursements: "alasan_gagal_salur"}[r.kind], "", "")
		return
	}
	if row, twice := r.seen[cell]; twice {
		fail(TwiceInTable, "", "", fmt.Sprint(row))
		return
	}
	r.seen[cell] = number
}

// programme gives the programme that a text means; several are the names of those
// that it may mean.
func (r *Reader) programme(text, region string, year int) (registry.Programme, []string) {
	key := named{text, region[:min(len(region), 4)], year}
	all, ok := r.found[key]
	if !ok {
		all = registry.MatchProgrammes(r.ground.Programmes, text, key.region, year)
		r.found[key] = all
	}
	if len(all) == 1 {
		return all[0], nil
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Names.ID)
	}
	slices.Sort(names)
	return registry.Programme{}, names
}

// funds are the sources of funds as the contract spells them.
var funds = map[string]registry.Fund{"APBN": registry.NationalFund, "APBD provinsi": registry.ProvinceFund, "APBD kab/kota": registry.RegencyFund, "dana desa": registry.VillageFund}

// regionOf gives the BPS code of a kabupaten, kota or province whose Kemendagri
// code, without points, is given; below these the code of Kemendagri stays, behind
// the kabupaten's BPS code.
func regionOf(code string) string {
	whole := code[:min(len(code), 4)]
	pointed := whole
	if len(whole) == 4 {
		pointed = whole[:2] + "." + whole[2:]
	}
	if found, ok := registry.FindKemendagri(pointed); ok {
		return found.Code + code[len(whole):]
	}
	return code
}
