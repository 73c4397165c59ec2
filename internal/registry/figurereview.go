package registry

import (
	"slices"

	"github.com/dampak/dampak/internal/problem"
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

// The columns that a correction is looked at by, the most telling first.
var (
	tellingBudget = []string{"realisasi", "pagu_perubahan", "pagu_murni"}
	tellingPaid   = []string{"nominal_salur", "nominal_ditetapkan", "kpm_salur", "kpm_ditetapkan"}
)
