package registry

import (
	"regexp"
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

// Figures are what offices report of money and people: how much a programme was
// given and spent (a budget line), how many it reached (a disbursement line). They
// come in batches, one for each table that was brought in, and a batch counts once
// a second person has accepted it. A later table of the same cell is a correction:
// both stay, and the later one counts. Lines are here, batches in figurebatch.go, what
// lines say against each other in figurereview.go, how they are kept in figurerows.go.

// Fund is where a budget comes from.
type Fund string

// The funds.
const (
	NationalFund Fund = "apbn"
	ProvinceFund Fund = "apbd-province"
	RegencyFund  Fund = "apbd-regency"
	VillageFund  Fund = "village-fund" // dana desa
)

// Funds lists the funds.
var Funds = []Fund{NationalFund, ProvinceFund, RegencyFund, VillageFund}

// BudgetLine is what was budgeted and spent of a programme for a region in a year
// from one fund, up to a day. Money is whole rupiah; nil: the table does not say.
type BudgetLine struct {
	Programme string // id
	Region    string // BPS code of 2 or 4 digits; below a kabupaten that of Kemendagri, 6 or 10
	Year      int
	Fund      Fund
	Position  Day    // up to which Spent counts
	Code      string // of the programme in the budget; empty: the table has none
	Original  *int64 // pagu murni
	Revised   *int64 // pagu perubahan
	Spent     *int64 // realisasi
}

// BudgetCell is what a budget line is of; of one cell the newest position counts.
type BudgetCell struct {
	Programme, Region string
	Year              int
	Fund              Fund
}

// Cell gives what the line is of.
func (l BudgetLine) Cell() BudgetCell { return BudgetCell{l.Programme, l.Region, l.Year, l.Fund} }

// Amounts are the steps of a disbursement, in families or people or in whole
// rupiah; nil: the table does not say.
type Amounts struct {
	Quota    *int64 `json:"quota"`    // kuota: provided for
	Decided  *int64 `json:"decided"`  // ditetapkan; of money the order to pay
	Received *int64 `json:"received"` // berhasil salur
	Failed   *int64 `json:"failed"`   // gagal salur
	Used     *int64 `json:"used"`     // transaksi
}

// DisbursementLine is what became of one payment of a programme in a region.
type DisbursementLine struct {
	Programme string // id
	Region    string // as of BudgetLine
	Year      int
	Stage     string  // as ParseStage and the programme's own list spell it
	People    Amounts // what the programme counts: families or people
	Money     Amounts // rupiah
	Reason    string  // the commonest why it failed; empty: the table does not say
	Paid      Day     // on which paying began; empty: the table does not say
}

// DisbursementCell is what a disbursement line is of; of one cell the table that
// was accepted last counts.
type DisbursementCell struct {
	Programme, Region string
	Year              int
	Stage             string
}

// Cell gives what the line is of.
func (l DisbursementLine) Cell() DisbursementCell {
	return DisbursementCell{l.Programme, l.Region, l.Year, l.Stage}
}

// figureRegion is the form of a region's code in a line: a village of Kemendagri
// has 1 (kelurahan) or 2 (desa) as the seventh digit, so that the code of BPS,
// which has as many digits, is not taken for it.
var figureRegion = regexp.MustCompile(`^[1-9]\d(\d\d(\d\d([12]\d{3})?)?)?$`)

// FigureRegion tells whether a code is that of a region of which lines can be: a
// province, kabupaten or kota of the table, or in one of these a kecamatan (6
// digits) or village (10 digits) by its code of Kemendagri.
func FigureRegion(code string) bool {
	if !figureRegion.MatchString(code) {
		return false
	}
	_, ok := FindRegion(code[:min(len(code), 4)])
	return ok
}

// The years that lines can be of.
const (
	firstFigureYear = 2000
	lastFigureYear  = 2100
)

// Check says why it can be no line, whatever the register has.
func (l BudgetLine) Check() error {
	if p := l.wrong(); p != nil {
		return p
	}
	return nil
}

// Check says why it can be no line, whatever the register has.
func (l DisbursementLine) Check() error {
	if p := l.wrong(); p != nil {
		return p
	}
	return nil
}

func (l BudgetLine) wrong() *problem.Problem {
	switch {
	case !FigureRegion(l.Region):
		return problem.New("figure-region", "found", l.Region)
	case l.Year < firstFigureYear || l.Year > lastFigureYear:
		return problem.New("figure-year", "found", l.Year, "first", firstFigureYear, "last", lastFigureYear)
	case !slices.Contains(Funds, l.Fund):
		return problem.New("figure-fund", "found", string(l.Fund), "expected", Funds)
	case beyond(l.numbers()):
		return problem.New("figure-beyond", "region", RegionName(l.Region), "year", l.Year, "most", MostFigure)
	}
	if _, err := ParseDay(string(l.Position)); err != nil {
		return problem.Of(err)[0]
	}
	return textWrong("figure-code", l.Code)
}

func (l DisbursementLine) wrong() *problem.Problem {
	stage, ok := ParseStage(l.Stage)
	switch {
	case !FigureRegion(l.Region):
		return problem.New("figure-region", "found", l.Region)
	case l.Year < firstFigureYear || l.Year > lastFigureYear:
		return problem.New("figure-year", "found", l.Year, "first", firstFigureYear, "last", lastFigureYear)
	case !ok || stage != l.Stage:
		return problem.New("stage-name", "found", l.Stage)
	case beyond(l.numbers()):
		return problem.New("figure-beyond", "region", RegionName(l.Region), "year", l.Year, "most", MostFigure)
	}
	if l.Paid != "" {
		if _, err := ParseDay(string(l.Paid)); err != nil {
			return problem.Of(err)[0]
		}
	}
	return textWrong("figure-reason", l.Reason)
}

func textWrong(field, s string) *problem.Problem {
	if s == "" {
		return nil
	}
	if err := CheckText(field, s, LongestName, false); err != nil {
		return problem.Of(err)[0]
	}
	return nil
}

// MostFigure is what no number of a line is above: a hundred trillion (seratus
// triliun) rupiah, three times what the whole country spent on its largest
// programme in a year. Sums of lines below it fit.
const MostFigure = 100_000_000_000_000

func beyond(all []*int64) bool {
	return slices.ContainsFunc(all, func(v *int64) bool { return v != nil && (*v < 0 || *v > MostFigure) })
}

func (l BudgetLine) numbers() []*int64 { return []*int64{l.Original, l.Revised, l.Spent} }

func (a Amounts) numbers() []*int64 {
	return []*int64{a.Quota, a.Decided, a.Received, a.Failed, a.Used}
}

func (l DisbursementLine) numbers() []*int64 { return append(l.People.numbers(), l.Money.numbers()...) }

// column is a number of a line by its name in the contract of its table.
type column struct {
	name  string
	value *int64
}

func (l BudgetLine) columns() []column {
	return []column{{"pagu_murni", l.Original}, {"pagu_perubahan", l.Revised}, {"realisasi", l.Spent}}
}

func (l DisbursementLine) columns() []column {
	p, m := l.People, l.Money
	return []column{{"kuota", p.Quota}, {"kpm_ditetapkan", p.Decided}, {"kpm_salur", p.Received}, {"kpm_gagal_salur", p.Failed}, {"kpm_transaksi", p.Used},
		{"nominal_kuota", m.Quota}, {"nominal_ditetapkan", m.Decided}, {"nominal_salur", m.Received}, {"nominal_gagal_salur", m.Failed}, {"nominal_transaksi", m.Used}}
}

func equal(a, b []*int64) bool {
	return slices.EqualFunc(a, b, func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) })
}

func (l BudgetLine) same(o BudgetLine) bool {
	return l.Position == o.Position && l.Code == o.Code && equal(l.numbers(), o.numbers())
}

func (l DisbursementLine) same(o DisbursementLine) bool {
	return l.Reason == o.Reason && l.Paid == o.Paid && equal(l.numbers(), o.numbers())
}
