package registry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
)

var hand = Hand{User: "tono", Via: event.Web, At: time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)}

func whole(n int64) *int64 { return &n }

func budgetLine() BudgetLine {
	return BudgetLine{Programme: "pkh", Region: "3507", Year: 2024, Fund: NationalFund, Position: "2024-12-31", Original: whole(1000), Spent: whole(900)}
}

func paidLine() DisbursementLine {
	return DisbursementLine{Programme: "pkh", Region: "3507", Year: 2024, Stage: "1", Paid: "2024-04-11",
		People: Amounts{Quota: whole(100), Decided: whole(95), Received: whole(90), Failed: whole(5), Used: whole(80)},
		Money:  Amounts{Quota: whole(75_000_000), Decided: whole(71_250_000), Received: whole(67_500_000), Failed: whole(3_750_000), Used: whole(60_000_000)}}
}

// TestFigureProblems: each rule of tables and lines, by the code of what comes first;
// no problem of figures in the catalogue is without a row.
func TestFigureProblems(t *testing.T) {
	ended := office()
	ended.Period.Until = "2026-01-31"
	register := []Programme{pkh(), {ID: "late", Names: Words{"Baru", "New"}, Region: Nation, Period: Period{From: "2025-01-01"}}}
	stage := func(owner Organisation, b FigureBatch, lines, held Lines, others ...FigureBatch) error {
		b.ID, b.File = "b9", "folder/tabel.xlsx"
		_, err := StageFigures(b, owner, others, lines, held, register, hand)
		return err
	}
	budgets := func(edit func(*BudgetLine), held ...BudgetLine) func() error {
		return func() error {
			l := budgetLine()
			edit(&l)
			found := ReviewFigures(Lines{Budget: []BudgetLine{l}}, Lines{Budget: held}, register)
			return slices.Concat(found.Refused, found.Cautions)
		}
	}
	paid := func(edit func(*DisbursementLine), more ...DisbursementLine) func() error {
		return func() error {
			l := paidLine()
			edit(&l)
			found := ReviewFigures(Lines{Disbursement: []DisbursementLine{l}}, Lines{Disbursement: more}, register)
			return slices.Concat(found.Refused, found.Cautions)
		}
	}
	none := func(*DisbursementLine) {}
	village := paidLine()
	village.Region = "3507012001"
	monthly := paidLine()
	monthly.Stage = "m01"
	accepted := FigureBatch{State: Accepted, Accepted: &hand, Staged: hand}
	waiting := FigureBatch{State: Staged, Content: "x", File: "lama.csv"}
	gone := FigureBatch{State: VersionWithdrawn, Content: "x"}
	one := Lines{Budget: []BudgetLine{budgetLine()}}
	rows := []struct {
		code string
		do   func() error
	}{
		{"", func() error { return stage(office(), FigureBatch{Kind: Budgets}, one, Lines{}) }},
		{"state-organisation-ended", func() error { return stage(ended, FigureBatch{Kind: Budgets}, one, Lines{}) }},
		{"figures-kind", func() error { return stage(office(), FigureBatch{Kind: "gaji"}, one, Lines{}) }},
		{"figures-none", func() error { return stage(office(), FigureBatch{Kind: Budgets}, Lines{}, Lines{}) }},
		{"figures-none", func() error { return stage(office(), FigureBatch{Kind: Disbursements}, one, Lines{}) }},
		{"figures-twice", func() error {
			return stage(office(), FigureBatch{Kind: Budgets, Content: "x"}, one, Lines{}, gone, waiting)
		}},
		{"", func() error { return stage(office(), FigureBatch{Kind: Budgets, Content: "x"}, one, Lines{}, gone) }},
		{"figures-outside", func() error {
			l := budgetLine()
			l.Region = "3578"
			return stage(office(), FigureBatch{Kind: Budgets}, Lines{Budget: []BudgetLine{budgetLine(), l}}, Lines{})
		}},
		{"figure-twice", func() error {
			return stage(office(), FigureBatch{Kind: Budgets}, Lines{Budget: []BudgetLine{budgetLine(), budgetLine()}}, Lines{})
		}},
		{"figure-twice", func() error {
			return stage(office(), FigureBatch{Kind: Disbursements}, Lines{Disbursement: []DisbursementLine{paidLine(), paidLine()}}, Lines{})
		}},
		{"state-figures-accepted", func() error { _, err := accepted.Accept(hand); return err }},
		{"state-figures-withdrawn", func() error { _, err := gone.Accept(hand); return err }},
		{"state-figures-staged", func() error { return FiguresLife.Check("staged", "stage") }},
		{"blank-reason", func() error { _, err := accepted.Withdraw("rara", "", hand.At); return err }},
		{"", func() error { _, err := waiting.Withdraw("rara", "keliru", hand.At); return err }},

		{"", budgets(func(*BudgetLine) {})},
		{"programme-unknown", budgets(func(l *BudgetLine) { l.Programme = "x" })},
		{"figure-region", budgets(func(l *BudgetLine) { l.Region = "3507010" })},
		{"figure-region", budgets(func(l *BudgetLine) { l.Region = "3507010001" })}, // of BPS
		{"figure-region", budgets(func(l *BudgetLine) { l.Region = "3599" })},
		{"figure-region", budgets(func(l *BudgetLine) { l.Region = Nation })},
		{"figure-year", budgets(func(l *BudgetLine) { l.Year = 24 })},
		{"figure-fund", budgets(func(l *BudgetLine) { l.Fund = "hibah" })},
		{"figure-beyond", budgets(func(l *BudgetLine) { l.Spent = whole(-1) })},
		{"figure-beyond", budgets(func(l *BudgetLine) { l.Original = whole(MostFigure + 1) })},
		{"day", budgets(func(l *BudgetLine) { l.Position = "31-12-2024" })},
		{"blank-figure-code", budgets(func(l *BudgetLine) { l.Code = " " })},
		{"text-identity", budgets(func(l *BudgetLine) { l.Code = "3507123456789012" })},
		{"figure-overspent", budgets(func(l *BudgetLine) { l.Spent = whole(1001) })},
		{"", budgets(func(l *BudgetLine) { l.Spent, l.Revised = whole(1001), whole(2000) })},
		{"figure-not-running", budgets(func(l *BudgetLine) { l.Programme = "late" })},
		{"figure-differs", budgets(func(l *BudgetLine) { l.Spent = whole(400) }, budgetLine())},
		{"", budgets(func(l *BudgetLine) { l.Spent, l.Position = whole(400), "2024-06-30" }, budgetLine())}, // an earlier position

		{"", paid(none)},
		{"programme-unknown", paid(func(l *DisbursementLine) { l.Programme = "" })},
		{"figure-region", paid(func(l *DisbursementLine) { l.Region = "" })},
		{"figure-year", paid(func(l *DisbursementLine) { l.Year = 2101 })},
		{"stage-name", paid(func(l *DisbursementLine) { l.Stage = "Tahap 1" })},
		{"figure-beyond", paid(func(l *DisbursementLine) { l.People.Failed = whole(-5) })},
		{"day", paid(func(l *DisbursementLine) { l.Paid = "besok" })},
		{"blank-figure-reason", paid(func(l *DisbursementLine) { l.Reason = "\n" })},
		{"figure-over-quota", paid(func(l *DisbursementLine) { l.People.Quota = whole(94) })},
		{"figure-over-decided", paid(func(l *DisbursementLine) { l.Money.Received, l.Money.Failed = whole(71_250_001), nil })},
		{"figure-over-received", paid(func(l *DisbursementLine) { l.People.Used = whole(91) })},
		{"figure-not-whole", paid(func(l *DisbursementLine) { l.People.Failed = whole(4) })},
		{"figure-unit", paid(func(l *DisbursementLine) { l.Money = Amounts{Received: whole(67_500)} })},
		{"", paid(func(l *DisbursementLine) { l.Money = Amounts{} }, paidLine())}, // people are not held against rupiah
		{"figure-stages", paid(none, monthly)},
		{"figure-parts", paid(none, village, DisbursementLine{Programme: "pkh", Region: "350702", Year: 2024, Stage: "1", People: Amounts{Received: whole(20)}})},
		{"", paid(none, village)},

		{"figure-row", func() error { _, err := DecodeLines(Budgets, strings.NewReader("a,b\n")); return err }},
		{"figure-row", func() error { _, err := DecodeLines(Budgets, strings.NewReader("")); return err }},
		{"figure-row", func() error {
			_, err := DecodeLines(Budgets, strings.NewReader(string(EncodeBudget(nil))+"pkh,2024\n"))
			return err
		}},
		{"figure-number", func() error {
			_, err := DecodeLines(Budgets, strings.NewReader(string(EncodeBudget(nil))+"pkh,2024,3507,apbn,2024-12-31,,1.5,,\n"))
			return err
		}},
		{"figure-number", func() error {
			_, err := DecodeLines(Budgets, strings.NewReader(string(EncodeBudget(nil))+"pkh,dua,3507,apbn,2024-12-31,,1,,\n"))
			return err
		}},
	}
	seen := map[string]bool{}
	for i, r := range rows {
		found := problem.Of(r.do())
		if r.code == "" && len(found) > 0 || r.code != "" && (len(found) == 0 || found[0].Code != r.code) {
			t.Errorf("row %d: found %v, expected %q", i, found, r.code)
		}
		seen[r.code] = true
	}
	var words map[string]string
	if err := json.Unmarshal(readCatalogue(t, "figures.id.json"), &words); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"denied-figure-read", "figures-unknown", "figures-own", "figures-office-first"} { // of the store
		seen[code] = true
	}
	for key := range words {
		if code, ok := strings.CutPrefix(key, "problem."); ok && !seen[code] {
			t.Errorf("no row for %s", code)
		}
	}
}

// TestStageFigures: what a batch says of itself.
func TestStageFigures(t *testing.T) {
	late := budgetLine()
	late.Year, late.Spent = 2025, whole(2000)
	b := FigureBatch{ID: "b1", Kind: Budgets, File: "folder/anggaran 2024.xlsx", Content: "hash", Rejected: 3}
	c, err := StageFigures(b, office(), nil, Lines{Budget: []BudgetLine{budgetLine(), late}}, Lines{}, []Programme{pkh()}, hand)
	if err != nil {
		t.Fatal(err)
	}
	want := b
	want.Owner, want.Region, want.State, want.File, want.Rows, want.Programmes, want.First, want.Last, want.Cautions, want.Staged = "o1", "3507", Staged, "anggaran 2024.xlsx", 2, []string{"pkh"}, 2024, 2025, 1, hand
	if c.Type != "figures-staged" || !reflect.DeepEqual(c.After, want) {
		t.Errorf("%+v\nwant %+v", c.After, want)
	}
}

// figureDraw draws lines of a few cells of all depths.
func figureDraw(t *rapid.T) []DisbursementLine {
	number := func(name string) *int64 {
		if rapid.IntRange(0, 3).Draw(t, name+" missing") == 0 {
			return nil
		}
		return whole(rapid.Int64Range(0, 1000).Draw(t, name))
	}
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) DisbursementLine {
		l := DisbursementLine{Programme: rapid.SampledFrom([]string{"pkh", "plus"}).Draw(t, "programme"), Year: rapid.IntRange(2023, 2024).Draw(t, "year"), Stage: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "stage"),
			Region: rapid.SampledFrom([]string{"35", "3507", "350701", "350702", "3507012001", "3507012002", "3507022001", "3510", "3510012001"}).Draw(t, "region"),
			Paid:   Day(rapid.SampledFrom([]string{"", "2024-04-01", "2024-07-09"}).Draw(t, "paid")), Reason: rapid.SampledFrom([]string{"", "pindah", "meninggal, \"dll\""}).Draw(t, "reason")}
		l.People = Amounts{number("quota"), number("decided"), number("received"), number("failed"), number("used")}
		l.Money = Amounts{number("rp quota"), number("rp decided"), number("rp received"), number("rp failed"), number("rp used")}
		return l
	}), 0, 30, DisbursementLine.Cell).Draw(t, "lines")
}

// TestLinesThereAndBack: what is kept is what came in, in one order.
func TestLinesThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := figureDraw(t)
		text := EncodeDisbursements(lines)
		back, err := DecodeLines(Disbursements, bytes.NewReader(text))
		if err != nil || !bytes.Equal(EncodeDisbursements(back.Disbursement), text) || len(back.Disbursement) != len(lines) {
			t.Fatalf("%s %v", text, err)
		}
		for _, l := range lines {
			if !slices.ContainsFunc(back.Disbursement, func(b DisbursementLine) bool { return reflect.DeepEqual(b, l) }) {
				t.Fatalf("%+v is lost", l)
			}
		}
	})
	text := EncodeBudget([]BudgetLine{budgetLine()})
	if back, err := DecodeLines(Budgets, bytes.NewReader(text)); err != nil || !reflect.DeepEqual(back.Budget, []BudgetLine{budgetLine()}) {
		t.Errorf("%s %+v %v", text, back, err)
	}
}

// received is the naive sum of a region, straight from the rule: its own number, or
// that of the regions right below it that have lines.
func received(lines []DisbursementLine, programme, region string, year int, stage string) *int64 {
	below := map[int]int{4: 6, 6: 10}[len(region)]
	for _, l := range lines {
		if l.Cell() == (DisbursementCell{programme, region, year, stage}) && l.People.Received != nil {
			return l.People.Received
		}
	}
	if below == 0 {
		return nil
	}
	parts := map[string]bool{}
	for _, l := range lines {
		if len(l.Region) >= below && l.Region[:len(region)] == region {
			parts[l.Region[:below]] = true
		}
	}
	var sum *int64
	for p := range parts {
		if v := received(lines, programme, p, year, stage); v != nil {
			if sum == nil {
				sum = whole(0)
			}
			*sum += *v
		}
	}
	return sum
}

// TestUseIsTheRule: recipients of a region are what the rule says, whatever is missing
// and at whatever level the lines stand; a province is the sum of its regions.
func TestUseIsTheRule(t *testing.T) {
	p := pkh()
	rapid.Check(t, func(t *rapid.T) {
		lines := figureDraw(t)
		var figures []DisbursementFigure
		for i, l := range lines {
			figures = append(figures, DisbursementFigure{l, Provenance{Batch: fmt.Sprint(i), Latest: true}})
		}
		ledger := NewLedger(nil, figures)
		// A store keeps what villages add up to, and hands that over in their place.
		kept := NewLedger(nil, append(RollUpDisbursements(figures), slices.DeleteFunc(slices.Clone(figures), func(f DisbursementFigure) bool { return len(f.Region) > 4 })...))
		var sum *int64
		for _, region := range []string{"3507", "3510"} {
			u := ledger.Use(p, region, 2024)
			if !reflect.DeepEqual(u, kept.Use(p, region, 2024)) {
				t.Fatalf("%s: %+v\nkept %+v", region, u, kept.Use(p, region, 2024))
			}
			var most *int64
			have := 0
			for _, stage := range []string{"1", "2"} {
				v := received(lines, "pkh", region, 2024, stage)
				if v == nil {
					continue
				}
				have++
				if most == nil || *v > *most {
					most = v
				}
			}
			got := u.Recipients.Received
			if !reflect.DeepEqual(got.Value, most) || got.Have != have || most != nil && !got.Partial() { // PKH is paid four times
				t.Fatalf("%s: %+v, want %v of %d", region, got, most, have)
			}
			if most != nil {
				if sum == nil {
					sum = whole(0)
				}
				*sum += *most
			}
		}
		own := false
		for _, l := range lines {
			own = own || l.Programme == "pkh" && l.Region == "35" && l.Year == 2024 && l.People.Received != nil
		}
		if got := ledger.Use(p, "35", 2024).Recipients.Received; !own && !reflect.DeepEqual(got.Value, sum) {
			t.Fatalf("%+v, want %v", got, sum)
		}
	})
}

// TestReviewSaysWhichColumn: what somebody is to look at names its line and its column.
func TestReviewSaysWhichColumn(t *testing.T) {
	held := paidLine()
	village := func(code string, quota int64) DisbursementLine {
		return DisbursementLine{Programme: "pkh", Region: code, Year: 2024, Stage: "2", People: Amounts{Quota: whole(quota)}}
	}
	for name, c := range map[string]struct {
		lines, held Lines
		code        string
		of, column  string
	}{
		"a corrected budget": {Lines{Budget: []BudgetLine{{Programme: "pkh", Region: "3507", Year: 2024, Fund: NationalFund, Position: "2024-12-31", Revised: whole(900)}}},
			Lines{Budget: []BudgetLine{{Programme: "pkh", Region: "3507", Year: 2024, Fund: NationalFund, Position: "2024-12-31", Revised: whole(100), Spent: whole(50)}}}, "figure-differs", "apbn", "pagu_perubahan"},
		"corrected families":          {Lines{Disbursement: []DisbursementLine{{Programme: "pkh", Region: "3507", Year: 2024, Stage: held.Stage, People: Amounts{Received: whole(9)}}}}, Lines{Disbursement: []DisbursementLine{held}}, "figure-differs", "1", "kpm_salur"},
		"parts that differ":           {Lines{Disbursement: []DisbursementLine{village("3507", 9), village("350702", 8)}}, Lines{}, "figure-parts", "2", "kuota"},
		"more money than was decided": {Lines{Disbursement: []DisbursementLine{{Programme: "pkh", Region: "3507", Year: 2024, Stage: "1", Money: Amounts{Decided: whole(5), Received: whole(6)}}}}, Lines{}, "figure-over-decided", "1", "nominal_salur"},
	} {
		found := ReviewFigures(c.lines, c.held, []Programme{pkh()}).Cautions
		if len(found) != 1 || found[0].Code != c.code || found[0].Values["of"] != c.of || found[0].Values["column"] != c.column || !strings.Contains(found[0].Text("id"), "kolom "+c.column) {
			t.Errorf("%s: %v", name, found)
		}
	}
}
