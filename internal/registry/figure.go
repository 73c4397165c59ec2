package registry

import (
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// Figures are what offices report of money and people: how much a programme was
// given and spent (a budget line), how many it reached (a disbursement line). They
// come in batches, one for each table that was brought in, and a batch counts once
// a second person has accepted it. A later table of the same cell is a correction:
// both stay, and the later one counts.

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

// Provenance says where a figure comes from.
type Provenance struct {
	Batch     string // id
	Revision  int64  // number of the event that accepted the batch
	Latest    bool   // no other line counts in its place
	Withdrawn bool   // its batch was taken out of use
	// Parts is 0 of a line that a table has; of one that was added up from lines
	// below its region it is how many those are, and Batch and Revision are those
	// of the newest of them.
	Parts int
}

// BudgetFigure is a budget line with where it comes from.
type BudgetFigure struct {
	BudgetLine
	Provenance
}

// DisbursementFigure is a disbursement line with where it comes from.
type DisbursementFigure struct {
	DisbursementLine
	Provenance
}

// FigureKind is which of the two kinds of lines a batch holds.
type FigureKind string

// The kinds.
const (
	Budgets       FigureKind = "budget"
	Disbursements FigureKind = "disbursement"
)

// FigureKinds lists the kinds.
var FigureKinds = []FigureKind{Budgets, Disbursements}

// FigureBatch is the lines of one table that was brought in. Its rows are a
// content: EncodeBudget and EncodeDisbursements write them.
type FigureBatch struct {
	ID         string       `json:"id"`
	Kind       FigureKind   `json:"kind"`
	Owner      string       `json:"owner"`  // id of the organisation that brought it in
	Region     string       `json:"region"` // the owner's, BPS code
	State      VersionState `json:"state"`
	File       string       `json:"file"`   // base name of the table
	SHA256     string       `json:"sha256"` // of that file, which is not kept
	Content    string       `json:"content"`
	Quality    string       `json:"quality"`  // content: what was found in the table, as JSON; empty: nothing is kept of that
	Rows       int64        `json:"rows"`     // lines
	Rejected   int64        `json:"rejected"` // rows of the table that were not taken
	Programmes []string     `json:"programmes"`
	First      int          `json:"first"`    // the first year
	Last       int          `json:"last"`     // the last year
	Cautions   int64        `json:"cautions"` // how many were known when it was staged
	Staged     Hand         `json:"staged"`
	Accepted   *Hand        `json:"accepted"`  // nil: not yet, or never
	Withdrawn  *Withdrawal  `json:"withdrawn"` // nil: it was not
}

// Contents are the hashes of what the batch keeps.
func (b FigureBatch) Contents() []string {
	if b.Quality == "" {
		return []string{b.Content}
	}
	return []string{b.Content, b.Quality}
}

// FiguresLife is the life of a batch.
var FiguresLife = Life{
	Object: "figures", States: []string{string(Staged), string(Accepted), string(VersionWithdrawn)},
	Steps: []Step{{"stage", []string{None}}, {"accept", []string{string(Staged)}}, {"withdraw", []string{string(Staged), string(Accepted)}}},
}

// ProgrammeYear is a year of a programme.
type ProgrammeYear struct {
	Programme string // id
	Year      int
}

// FigureGround is what the rows of an office's table are read against.
type FigureGround struct {
	Owner      Organisation
	Programmes []Programme              // of the register
	Kinds      map[ProgrammeYear]string // StageKind of the years that are on record
}

// Lines are the rows of a batch: of its kind, the other list is empty.
type Lines struct {
	Budget       []BudgetLine
	Disbursement []DisbursementLine
}

func (l Lines) len() int { return len(l.Budget) + len(l.Disbursement) }

// place is what lines of both kinds are of, without fund and stage.
type place struct {
	programme, region string
	year              int
}

func (l Lines) places() []place {
	all := make([]place, 0, l.len())
	for _, b := range l.Budget {
		all = append(all, place{b.Programme, b.Region, b.Year})
	}
	for _, d := range l.Disbursement {
		all = append(all, place{d.Programme, d.Region, d.Year})
	}
	return all
}

// Encode writes the lines as they are kept; see EncodeBudget and EncodeDisbursements.
func (l Lines) Encode(kind FigureKind) []byte {
	if kind == Budgets {
		return EncodeBudget(l.Budget)
	}
	return EncodeDisbursements(l.Disbursement)
}

// StageFigures brings a batch in, which a second person has to accept: b has ID,
// Kind, File, SHA256, Content, Quality, Rejected. Held are the lines that count and
// are of the same programmes and years, others the owner's batches. Lines outside
// the owner's region, of a programme that the register lacks, or that no such line
// can be are refused, and rows that are there already. Event: figures-staged.
func StageFigures(b FigureBatch, owner Organisation, others []FigureBatch, lines, held Lines, programmes []Programme, by Hand) (Change, error) {
	if err := owner.owns(); err != nil {
		return Change{}, err
	}
	if !slices.Contains(FigureKinds, b.Kind) {
		return Change{}, problem.New("figures-kind", "found", string(b.Kind), "expected", FigureKinds, "field", "kind")
	}
	b.Owner, b.Region, b.Rows, b.File = owner.ID, owner.Region, int64(lines.len()), Clean(filepath.Base(b.File))
	if err := CheckText("version-file", b.File, LongestName, false); err != nil {
		return Change{}, err
	}
	if lines.len() == 0 || b.Kind == Budgets && len(lines.Budget) == 0 || b.Kind == Disbursements && len(lines.Disbursement) == 0 {
		return Change{}, problem.New("figures-none")
	}
	for _, old := range others {
		if old.Content == b.Content && old.State != VersionWithdrawn {
			return Change{}, problem.New("figures-twice", "file", old.File)
		}
	}
	b.Programmes = nil
	for i, at := range lines.places() {
		if !Within(at.region, owner.Region) {
			return Change{}, problem.New("figures-outside", "region", RegionName(at.region), "owner", RegionName(owner.Region))
		}
		if i == 0 {
			b.First, b.Last = at.year, at.year
		}
		b.First, b.Last = min(b.First, at.year), max(b.Last, at.year)
		b.Programmes = append(b.Programmes, at.programme)
	}
	b.Programmes = sorted(b.Programmes)
	found := ReviewFigures(lines, held, programmes)
	if len(found.Refused) > 0 {
		return Change{}, found.Refused
	}
	b.Cautions = int64(found.Found)
	b.State, b.Staged, b.Accepted, b.Withdrawn = Staged, by, nil, nil
	return Change{Type: "figures-staged", After: b}, nil
}

// Accept puts a batch into use: its lines count from now on. Whether it is a second
// person is settled where hands are known. Event: figures-accepted.
func (b FigureBatch) Accept(by Hand) (Change, error) {
	if err := FiguresLife.Check(string(b.State), "accept"); err != nil {
		return Change{}, err
	}
	after := b
	after.State, after.Accepted = Accepted, &by
	return Change{Type: "figures-accepted", Before: b, After: after}, nil
}

// Withdraw takes a batch out of use, for a reason: what its lines corrected counts
// again. Event: figures-withdrawn.
func (b FigureBatch) Withdraw(user, why string, at time.Time) (Change, error) {
	if err := FiguresLife.Check(string(b.State), "withdraw"); err != nil {
		return Change{}, err
	}
	if err := CheckReason(why); err != nil {
		return Change{}, err
	}
	after := b
	after.State, after.Withdrawn = VersionWithdrawn, &Withdrawal{user, at, why}
	return Change{Type: "figures-withdrawn", Before: b, After: after}, nil
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

// FigureReview is what holding lines against each other, the register and the lines
// that count has found.
type FigureReview struct {
	Refused   problem.List // what no line can be
	Cautions  problem.List // what may be right, and somebody must look at; the first of them
	Found     int          // cautions in all
	Corrected int          // cells of which another value counted until now
	Repeated  int          // cells of which the same counted already
	New       int          // cells of which nothing was known
}

func (r *FigureReview) caution(p *problem.Problem) {
	r.Found++
	if len(r.Cautions) < mostFound {
		r.Cautions = append(r.Cautions, p)
	}
}

// ReviewFigures holds lines against the register, each other and the lines that
// count of the same programmes and years.
func ReviewFigures(lines, held Lines, programmes []Programme) FigureReview {
	var r FigureReview
	of := make(map[string]Programme, len(programmes))
	for _, p := range programmes {
		of[p.ID] = p
	}
	budgets := map[BudgetCell]BudgetLine{}
	for _, l := range held.Budget {
		budgets[l.Cell()] = l
	}
	paid := map[DisbursementCell]DisbursementLine{}
	kinds := map[ProgrammeYear]string{} // of stages, so that a payment is not counted by tahap and by month
	for _, l := range held.Disbursement {
		paid[l.Cell()] = l
		kinds[ProgrammeYear{l.Programme, l.Year}] = StageKind(l.Stage)
	}
	type positioned struct {
		BudgetCell
		on Day
	}
	seen, seenPaid := map[positioned]bool{}, map[DisbursementCell]bool{}
	refuse := func(p *problem.Problem) bool {
		r.Refused = append(r.Refused, p)
		return len(r.Refused) >= mostFound
	}
	for _, l := range lines.Budget {
		p, ok := of[l.Programme]
		switch at := (positioned{l.Cell(), l.Position}); {
		case !ok:
			if refuse(problem.New("programme-unknown", "found", l.Programme)) {
				return r
			}
			continue
		case l.wrong() != nil:
			if refuse(l.wrong()) {
				return r
			}
			continue
		case seen[at]:
			if refuse(lineProblem("figure-twice", p, l.Region, l.Year, string(l.Fund))) {
				return r
			}
			continue
		default:
			seen[at] = true
		}
		r.of(p, l.Region, l.Year)
		for _, c := range l.Doubts() {
			r.caution(lineProblem(c.Code, p, l.Region, l.Year, string(l.Fund), "column", c.Column, "found", c.Found, "expected", c.Expected))
		}
		switch old, ok := budgets[l.Cell()]; {
		case !ok:
			r.New++
		case old.same(l):
			r.Repeated++
		case old.Position > l.Position: // an older position: the one that is held goes on counting
			r.New++
		default:
			r.Corrected++
			if old.Position == l.Position {
				r.changed(p, l.Region, l.Year, string(l.Fund), old.columns(), l.columns(), tellingBudget)
			}
		}
	}
	for _, l := range lines.Disbursement {
		p, ok := of[l.Programme]
		switch {
		case !ok:
			if refuse(problem.New("programme-unknown", "found", l.Programme)) {
				return r
			}
			continue
		case l.wrong() != nil:
			if refuse(l.wrong()) {
				return r
			}
			continue
		case seenPaid[l.Cell()]:
			if refuse(lineProblem("figure-twice", p, l.Region, l.Year, l.Stage)) {
				return r
			}
			continue
		}
		seenPaid[l.Cell()] = true
		year := ProgrammeYear{l.Programme, l.Year}
		if kind, ok := kinds[year]; ok && kind != StageKind(l.Stage) {
			if refuse(lineProblem("figure-stages", p, l.Region, l.Year, l.Stage)) {
				return r
			}
			continue
		}
		kinds[year] = StageKind(l.Stage)
		r.of(p, l.Region, l.Year)
		for _, c := range l.Doubts() {
			r.caution(lineProblem(c.Code, p, l.Region, l.Year, l.Stage, "column", c.Column, "found", c.Found, "expected", c.Expected))
		}
		switch old, ok := paid[l.Cell()]; {
		case !ok:
			r.New++
		case old.same(l):
			r.Repeated++
		default:
			r.Corrected++
			r.changed(p, l.Region, l.Year, l.Stage, old.columns(), l.columns(), tellingPaid)
		}
	}
	if len(r.Refused) == 0 {
		r.parts(lines, held, of)
	}
	return r
}

// of looks at whether the programme ran in the year and place of a line.
func (r *FigureReview) of(p Programme, region string, year int) {
	if !p.RunsIn(region, year) {
		r.caution(lineProblem("figure-not-running", p, region, year, ""))
	}
}

// changed looks at a correction by more than half of the value that counted, in the
// first column that both tell.
func (r *FigureReview) changed(p Programme, region string, year int, of string, old, now []column, telling []string) {
	for _, name := range telling {
		i := slices.IndexFunc(old, func(x column) bool { return x.name == name })
		was, is := old[i].value, now[i].value
		if was == nil || is == nil {
			continue
		}
		if diff := *is - *was; 2*max(diff, -diff) > *was {
			r.caution(lineProblem("figure-differs", p, region, year, of, "column", name, "found", *is, "held", *was))
		}
		return
	}
}

// parts holds each line of a kabupaten or kota against those below it, as they
// stand once the batch counts: they should say the same, and are never added.
func (r *FigureReview) parts(lines, held Lines, of map[string]Programme) {
	fresh := map[place]bool{} // where the batch says something
	for _, at := range lines.places() {
		fresh[place{at.programme, at.region[:min(len(at.region), 4)], at.year}] = true
	}
	budgets := map[BudgetCell]BudgetFigure{}
	for _, l := range slices.Concat(held.Budget, lines.Budget) {
		if old, ok := budgets[l.Cell()]; (!ok || old.Position <= l.Position) && fresh[place{l.Programme, l.Region[:min(len(l.Region), 4)], l.Year}] {
			budgets[l.Cell()] = BudgetFigure{BudgetLine: l}
		}
	}
	for _, sum := range RollUpBudget(sortedBudget(budgets)) {
		if own, ok := budgets[sum.Cell()]; ok {
			r.unlike(of[sum.Programme], sum.Region, sum.Year, string(sum.Fund), own.columns(), sum.columns())
		}
	}
	paid := map[DisbursementCell]DisbursementFigure{}
	for _, l := range slices.Concat(held.Disbursement, lines.Disbursement) {
		if fresh[place{l.Programme, l.Region[:min(len(l.Region), 4)], l.Year}] {
			paid[l.Cell()] = DisbursementFigure{DisbursementLine: l}
		}
	}
	for _, sum := range RollUpDisbursements(sortedDisbursements(paid)) {
		if own, ok := paid[sum.Cell()]; ok {
			r.unlike(of[sum.Programme], sum.Region, sum.Year, sum.Stage, own.columns(), sum.columns())
		}
	}
}

func (r *FigureReview) unlike(p Programme, region string, year int, of string, own, parts []column) {
	for i, x := range own {
		if below := parts[i].value; x.value != nil && below != nil && *x.value != *below {
			r.caution(lineProblem("figure-parts", p, region, year, of, "column", x.name, "found", *x.value, "parts", *below))
			return
		}
	}
}

// lineProblem is a problem of a line, with what it is of.
func lineProblem(code string, p Programme, region string, year int, of string, more ...any) *problem.Problem {
	return problem.New(code, append([]any{"programme", p.Names.ID, "region", RegionName(region), "year", year, "of", of}, more...)...)
}

// Doubt is something about the numbers of one line that contradicts itself.
type Doubt struct {
	Code            string // of the caution
	Column          string // of the contract in which what was found stands
	Found, Expected int64
}

// Doubts are what contradicts itself in the line.
func (l BudgetLine) Doubts() []Doubt {
	ceiling := l.Revised
	if ceiling == nil {
		ceiling = l.Original
	}
	var all []Doubt
	if ceiling != nil && l.Spent != nil && *l.Spent > *ceiling {
		all = append(all, Doubt{"figure-overspent", "realisasi", *l.Spent, *ceiling})
	}
	return all
}

// leastPaid is what no payment to a family or person is below, in rupiah: an
// amount for each that is less was written in thousands or millions.
const leastPaid = 10_000

// Doubts are what contradicts itself in the line.
func (l DisbursementLine) Doubts() []Doubt {
	var all []Doubt
	for _, a := range []struct {
		Amounts
		unit string
	}{{l.People, "kpm_"}, {l.Money, "nominal_"}} {
		for _, x := range []struct {
			code, column string
			low, high    *int64
		}{{"figure-over-quota", "ditetapkan", a.Decided, a.Quota}, {"figure-over-decided", "salur", a.Received, a.Decided}, {"figure-over-received", "transaksi", a.Used, a.Received}} {
			if x.low != nil && x.high != nil && *x.low > *x.high {
				all = append(all, Doubt{x.code, a.unit + x.column, *x.low, *x.high})
			}
		}
		if a.Decided != nil && a.Received != nil && a.Failed != nil && *a.Received <= *a.Decided && *a.Received+*a.Failed != *a.Decided {
			all = append(all, Doubt{"figure-not-whole", a.unit + "salur", *a.Received + *a.Failed, *a.Decided})
		}
	}
	if n, rp := l.People.Received, l.Money.Received; n != nil && rp != nil && *n > 0 && *rp > 0 && *rp / *n < leastPaid {
		all = append(all, Doubt{"figure-unit", "nominal_salur", *rp / *n, leastPaid})
	}
	return all
}

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

// The columns that a correction is looked at by, the most telling first.
var (
	tellingBudget = []string{"realisasi", "pagu_perubahan", "pagu_murni"}
	tellingPaid   = []string{"nominal_salur", "nominal_ditetapkan", "kpm_salur", "kpm_ditetapkan"}
)

func equal(a, b []*int64) bool {
	return slices.EqualFunc(a, b, func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) })
}

func (l BudgetLine) same(o BudgetLine) bool {
	return l.Position == o.Position && l.Code == o.Code && equal(l.numbers(), o.numbers())
}

func (l DisbursementLine) same(o DisbursementLine) bool {
	return l.Reason == o.Reason && l.Paid == o.Paid && equal(l.numbers(), o.numbers())
}
