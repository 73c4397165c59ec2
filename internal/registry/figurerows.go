package registry

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// The columns of the rows of a batch.
var (
	budgetColumns       = []string{"programme", "year", "region", "fund", "position", "code", "original", "revised", "spent"}
	disbursementColumns = []string{"programme", "year", "region", "stage", "people_quota", "people_decided", "people_received", "people_failed", "people_used",
		"money_quota", "money_decided", "money_received", "money_failed", "money_used", "reason", "paid"}
)

func compareBudget(a, b BudgetLine) int {
	return cmp.Or(strings.Compare(a.Programme, b.Programme), cmp.Compare(a.Year, b.Year), strings.Compare(a.Region, b.Region),
		strings.Compare(string(a.Fund), string(b.Fund)), strings.Compare(string(a.Position), string(b.Position)))
}

func compareDisbursements(a, b DisbursementLine) int {
	return cmp.Or(strings.Compare(a.Programme, b.Programme), cmp.Compare(a.Year, b.Year), strings.Compare(a.Region, b.Region), compareStages(a.Stage, b.Stage))
}

// CompareBudget orders budget figures by programme, year, region, fund, position
// and revision.
func CompareBudget(a, b BudgetFigure) int {
	return cmp.Or(compareBudget(a.BudgetLine, b.BudgetLine), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Parts, b.Parts))
}

// CompareDisbursements orders disbursement figures by programme, year, region, stage
// and revision.
func CompareDisbursements(a, b DisbursementFigure) int {
	return cmp.Or(compareDisbursements(a.DisbursementLine, b.DisbursementLine), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Parts, b.Parts))
}

func sortedBudget[K comparable](of map[K]BudgetFigure) []BudgetFigure {
	return slices.SortedFunc(maps.Values(of), CompareBudget)
}

func sortedDisbursements[K comparable](of map[K]DisbursementFigure) []DisbursementFigure {
	return slices.SortedFunc(maps.Values(of), CompareDisbursements)
}

// EncodeBudget writes budget lines as CSV in order of programme, year, region, fund
// and position: the form in which they are kept. An empty number says nothing.
func EncodeBudget(lines []BudgetLine) []byte {
	lines = slices.SortedStableFunc(slices.Values(lines), compareBudget)
	rows := [][]string{budgetColumns}
	for _, l := range lines {
		rows = append(rows, append([]string{l.Programme, strconv.Itoa(l.Year), l.Region, string(l.Fund), string(l.Position), l.Code}, spell(l.numbers())...))
	}
	return csvOf(rows)
}

// EncodeDisbursements writes disbursement lines as CSV in order of programme, year,
// region and stage: the form in which they are kept.
func EncodeDisbursements(lines []DisbursementLine) []byte {
	lines = slices.SortedStableFunc(slices.Values(lines), compareDisbursements)
	rows := [][]string{disbursementColumns}
	for _, l := range lines {
		row := append([]string{l.Programme, strconv.Itoa(l.Year), l.Region, l.Stage}, spell(l.numbers())...)
		rows = append(rows, append(row, l.Reason, string(l.Paid)))
	}
	return csvOf(rows)
}

func spell(all []*int64) []string {
	out := make([]string, len(all))
	for i, v := range all {
		if v != nil {
			out[i] = strconv.FormatInt(*v, 10)
		}
	}
	return out
}

func csvOf(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a buffer takes all
	return b.Bytes()
}

// DecodeLines reads what EncodeBudget or EncodeDisbursements writes. Errors: a
// problem with its line; what the lines say is ReviewFigures' to judge.
func DecodeLines(kind FigureKind, from io.Reader) (Lines, error) {
	columns := budgetColumns
	if kind == Disbursements {
		columns = disbursementColumns
	}
	r := csv.NewReader(from)
	r.FieldsPerRecord, r.ReuseRecord = len(columns), true
	var lines Lines
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) && !first {
			return lines, nil
		}
		if err != nil {
			var wrong *csv.ParseError
			if errors.As(err, &wrong) || errors.Is(err, io.EOF) {
				return Lines{}, problem.New("figure-row", "expected", columns).At(max(1, lines.len()+1), 0).Because(err)
			}
			return Lines{}, err
		}
		at, _ := r.FieldPos(0)
		if first {
			if !slices.Equal(row, columns) {
				return Lines{}, problem.New("figure-row", "expected", columns).At(at, 0)
			}
			continue
		}
		for i := range row {
			row[i] = strings.Clone(row[i])
		}
		year, err := strconv.Atoi(row[1])
		if err != nil {
			return Lines{}, problem.New("figure-number", "column", "year", "found", row[1]).At(at, 0)
		}
		var numbers []**int64
		from := 4
		var budget BudgetLine
		var paid DisbursementLine
		if kind == Budgets {
			budget = BudgetLine{Programme: row[0], Year: year, Region: row[2], Fund: Fund(row[3]), Position: Day(row[4]), Code: row[5]}
			numbers, from = []**int64{&budget.Original, &budget.Revised, &budget.Spent}, 6
		} else {
			paid = DisbursementLine{Programme: row[0], Year: year, Region: row[2], Stage: row[3], Reason: row[14], Paid: Day(row[15])}
			for _, a := range []*Amounts{&paid.People, &paid.Money} {
				numbers = append(numbers, &a.Quota, &a.Decided, &a.Received, &a.Failed, &a.Used)
			}
		}
		for i, to := range numbers {
			s := row[from+i]
			if s == "" {
				continue
			}
			v, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return Lines{}, problem.New("figure-number", "column", columns[from+i], "found", s).At(at, 0)
			}
			*to = &v
		}
		if kind == Budgets {
			lines.Budget = append(lines.Budget, budget)
		} else {
			lines.Disbursement = append(lines.Disbursement, paid)
		}
	}
}

// RollUpBudget adds lines of kecamatan and villages up to those of their kabupaten
// or kota, number by number: a kecamatan that has a number of its own counts with
// that, and its villages are not added to it. What it gives has Parts; its
// Position is the earliest of its lines, up to which all of them count. Lines
// of a kabupaten and above are passed over.
func RollUpBudget(lines []BudgetFigure) []BudgetFigure {
	sums := map[BudgetCell]BudgetFigure{}
	for cell, group := range below(lines, func(f BudgetFigure) (string, BudgetCell) {
		c := f.Cell()
		c.Region = regency(c.Region)
		return f.Region, c
	}) {
		sum := BudgetFigure{BudgetLine: BudgetLine{Programme: cell.Programme, Region: cell.Region, Year: cell.Year, Fund: cell.Fund}}
		var parts []part
		for _, f := range group {
			parts = append(parts, part{f.Region, f.numbers()})
			sum.add(f.Provenance)
			if sum.Position == "" || f.Position < sum.Position {
				sum.Position = f.Position
			}
		}
		n := addParts(parts)
		sum.Original, sum.Revised, sum.Spent = n[0], n[1], n[2]
		sums[cell] = sum
	}
	return sortedBudget(sums)
}

// RollUpDisbursements is RollUpBudget for disbursement lines; Paid is the latest
// of the lines, on which the last of them began to be paid, Reason that of the
// lines with the most failed.
func RollUpDisbursements(lines []DisbursementFigure) []DisbursementFigure {
	sums := map[DisbursementCell]DisbursementFigure{}
	for cell, group := range below(lines, func(f DisbursementFigure) (string, DisbursementCell) {
		c := f.Cell()
		c.Region = regency(c.Region)
		return f.Region, c
	}) {
		sum := DisbursementFigure{DisbursementLine: DisbursementLine{Programme: cell.Programme, Region: cell.Region, Year: cell.Year, Stage: cell.Stage}}
		var parts []part
		failed := map[string]int64{}
		for _, f := range group {
			parts = append(parts, part{f.Region, f.numbers()})
			sum.add(f.Provenance)
			sum.Paid = max(sum.Paid, f.Paid)
			if f.Reason != "" && f.People.Failed != nil {
				failed[f.Reason] += *f.People.Failed
			}
		}
		sum.Reason = commonest(failed)
		n := addParts(parts)
		sum.People, sum.Money = Amounts{n[0], n[1], n[2], n[3], n[4]}, Amounts{n[5], n[6], n[7], n[8], n[9]}
		sums[cell] = sum
	}
	return sortedDisbursements(sums)
}

// add counts a line of which a sum is made.
func (p *Provenance) add(of Provenance) {
	p.Parts++
	p.Latest = true
	if of.Revision >= p.Revision {
		p.Batch, p.Revision = of.Batch, of.Revision
	}
}

// commonest is the reason with the most behind it; of equals the first in order of
// letters. Empty where there is none.
func commonest(of map[string]int64) string {
	best := ""
	for _, reason := range slices.Sorted(maps.Keys(of)) {
		if best == "" || of[reason] > of[best] {
			best = reason
		}
	}
	return best
}

// regency is the kabupaten or kota of a region, or the region itself above that.
func regency(region string) string { return region[:min(len(region), 4)] }

// below groups the lines of regions below a kabupaten.
func below[F any, K comparable](lines []F, of func(F) (string, K)) map[K][]F {
	groups := map[K][]F{}
	for _, f := range lines {
		if region, cell := of(f); len(region) > 4 {
			groups[cell] = append(groups[cell], f)
		}
	}
	return groups
}

// part is a line below a kabupaten.
type part struct {
	region  string
	numbers []*int64
}

// addParts adds the lines of one kabupaten up.
func addParts(parts []part) []*int64 {
	sums := make([]*int64, len(parts[0].numbers))
	for i := range sums {
		own := map[string]bool{} // kecamatan that say it themselves
		for _, p := range parts {
			if len(p.region) == 6 && p.numbers[i] != nil {
				own[p.region] = true
			}
		}
		for _, p := range parts {
			if len(p.region) == 6 || !own[p.region[:6]] {
				sums[i] = plus(sums[i], p.numbers[i])
			}
		}
	}
	return sums
}

// plus adds two numbers of which either may be missing.
func plus(a, b *int64) *int64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := *a + *b
	return &sum
}
