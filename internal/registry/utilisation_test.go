package registry_test

import (
	"reflect"
	"slices"
	"testing"

	. "github.com/dampak/dampak/internal/registry"
)

func budgetFigure(batch string, edit func(*BudgetLine)) BudgetFigure {
	l := budgetLine()
	edit(&l)
	return BudgetFigure{l, Provenance{Batch: batch, Latest: true}}
}

func paidFigure(batch string, edit func(*DisbursementLine)) DisbursementFigure {
	l := paidLine()
	edit(&l)
	return DisbursementFigure{l, Provenance{Batch: batch, Latest: true}}
}

func said(m Measure) []any {
	if m.Value == nil {
		return nil
	}
	return []any{*m.Value, m.Senses, m.Batches, m.Have, m.Want}
}

// TestUse: the way of money and of people through one region's year, each number with
// its sense and its table.
func TestUse(t *testing.T) {
	ledger := NewLedger([]BudgetFigure{
		budgetFigure("dipa", func(l *BudgetLine) {
			l.Original, l.Revised, l.Spent = whole(200_000_000), whole(300_000_000), whole(140_000_000)
		}),
		budgetFigure("apbd", func(l *BudgetLine) { l.Fund, l.Original, l.Spent = RegencyFund, whole(10_000_000), nil }),
		{budgetLine(), Provenance{Batch: "old"}}, // corrected
	}, []DisbursementFigure{
		paidFigure("rekap", func(*DisbursementLine) {}),
		paidFigure("rekap", func(l *DisbursementLine) {
			l.Stage, l.Paid, l.People.Received, l.People.Used, l.Money.Used = "2", "2024-06-20", whole(93), nil, nil
		}),
		paidFigure("rekap3", func(l *DisbursementLine) {
			l.Stage, l.Paid, l.People, l.Money, l.Reason = "3", "", Amounts{Failed: whole(70)}, Amounts{}, "rekening tidak aktif"
		}),
	})
	u := ledger.Use(pkh(), "3507", 2024)
	for name, c := range map[string]struct {
		m    Measure
		want []any
	}{
		"money allocated":  {u.Money.Allocated, []any{int64(310_000_000), []Sense{RevisedBudget, OriginalBudget}, []string{"apbd", "dipa"}, 2, 2}},
		"money disbursed":  {u.Money.Disbursed, []any{int64(140_000_000), []Sense{SpentSense}, []string{"dipa"}, 1, 2}}, // one fund says nothing: partial, not 0
		"money received":   {u.Money.Received, []any{int64(135_000_000), []Sense{ReceivedSense}, []string{"rekap"}, 2, 4}},
		"money used":       {u.Money.Used, []any{int64(60_000_000), []Sense{UsedSense}, []string{"rekap"}, 1, 4}},
		"people allocated": {u.Recipients.Allocated, []any{int64(100), []Sense{QuotaSense}, []string{"rekap"}, 2, 4}},
		"people disbursed": {u.Recipients.Disbursed, []any{int64(95), []Sense{OrderedSense}, []string{"rekap"}, 2, 4}},
		"people received":  {u.Recipients.Received, []any{int64(93), []Sense{ReceivedSense}, []string{"rekap"}, 2, 4}}, // the most of its payments, not 183
		"people used":      {u.Recipients.Used, []any{int64(80), []Sense{UsedSense}, []string{"rekap"}, 1, 4}},
		"people failed":    {u.Failed.Recipients, []any{int64(70), []Sense{FailedSense}, []string{"rekap", "rekap3"}, 3, 4}},
	} {
		if got := said(c.m); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if len(u.Beside) != 2 || u.Beside[0].Station != Allocated || *u.Beside[0].Value != 150_000_000 || u.Beside[1].Station != Disbursed || *u.Beside[1].Value != 142_500_000 {
		t.Errorf("what the disbursements say of the same money: %+v", u.Beside)
	}
	if u.Over != MostOfStages || u.Counts != Families || u.Failed.Reason != "rekening tidak aktif" || u.Expected != 1 || u.Reporting != 1 {
		t.Errorf("%+v", u)
	}
	if s := u.Stages; len(s) != 3 || *s[0].Late != 11 || s[0].Due != "2024-03-31" || s[0].Basis != DuePlanned || *s[1].Late != -10 || s[2].Late != nil {
		t.Errorf("%+v", s)
	}
	if d := u.Delay; d.Known != 2 || d.Late != 1 || *d.Worst != 11 || *d.Median != -10 || !slices.Equal(d.Bases, []DueBasis{DuePlanned}) {
		t.Errorf("%+v", d)
	}
	if r := u.Recipients.Received.Of(u.Recipients.Allocated); *r.Value != 0.93 || !r.Partial {
		t.Errorf("%+v", r)
	}
	if r := u.Money.Used.Of(Measure{}); r.Value != nil {
		t.Error("a share of nothing")
	}
	if r := u.Money.Used.Of(Measure{Value: whole(0)}); r.Value != nil {
		t.Error("a share of 0")
	}
	if none := ledger.Use(pkh(), "3510", 2024); none.Known() || none.Money.Allocated.Value != nil || none.Expected != 1 {
		t.Errorf("%+v", none)
	}
}

// TestUseOnce: where each recipient is paid once, those of all payments are together.
func TestUseOnce(t *testing.T) {
	kip := Programme{ID: "pkh", Names: Words{"KIP", "KIP"}, Region: "35", Period: Period{From: "2024-01-01"}, Counts: Persons, Where: []string{"3507", "3510"}, Stages: []Stage{{Name: "1"}, {Name: "2"}},
		Benefits: []Benefit{{Amount: whole(3_000_000), Unit: PersonOnce, First: 2024, Source: "x"}}}
	ledger := NewLedger(nil, []DisbursementFigure{paidFigure("a", func(*DisbursementLine) {}), paidFigure("a", func(l *DisbursementLine) { l.Stage = "2" })})
	u := ledger.Use(kip, "3507", 2024)
	if *u.Recipients.Received.Value != 180 || u.Over != SumOfStages || u.Recipients.Received.Partial() || u.Counts != Persons || u.Delay.Known != 2 || u.Delay.Late != 0 {
		t.Errorf("%+v", u)
	}
	other := paidFigure("b", func(l *DisbursementLine) { l.Region, l.Stage = "3510", "2" })
	if p := NewLedger(nil, []DisbursementFigure{paidFigure("a", func(l *DisbursementLine) { l.Stage = "2" }), paidFigure("a", func(*DisbursementLine) {}), other}).Use(kip, "35", 2024); len(p.Stages) != 2 || p.Stages[0].Stage != "1" ||
		*p.Stages[0].Recipients.Received.Value != 90 || !p.Stages[0].Recipients.Received.Partial() || *p.Stages[1].Money.Received.Value != 135_000_000 || p.Stages[1].Money.Received.Partial() || p.Stages[1].Paid != "" {
		t.Errorf("the province's payments: %+v", p.Stages)
	}
	// Of the province it is known of how many of the regions in which it runs.
	if p := ledger.Use(kip, "35", 2024); *p.Recipients.Received.Value != 180 || p.Reporting != 1 || p.Expected != 2 || !p.Recipients.Received.Partial() {
		t.Errorf("%+v", p)
	}
}

// TestPaymentsOfAYear: a part of a year is not shown as the year, and of payments that
// are only numbered the register says how many there are.
func TestPaymentsOfAYear(t *testing.T) {
	for name, c := range map[string]struct {
		listed, paid []string
		want         int
		partial      bool
	}{
		"half a year":                       {nil, []string{"s1"}, 2, true},
		"both halves":                       {nil, []string{"s1", "s2"}, 2, false},
		"three quarters":                    {nil, []string{"q1", "q2", "q3"}, 4, true},
		"a month":                           {nil, []string{"m01"}, 12, true},
		"a number, and no list":             {nil, []string{"1"}, 0, true},
		"the one payment of the list":       {[]string{"1"}, []string{"1"}, 1, false},
		"the two months of the list":        {[]string{"m03", "m09"}, []string{"m03", "m09"}, 2, false},
		"half a year of a list of numbers":  {[]string{"1"}, []string{"s1"}, 2, true},
		"more payments than the list knows": {[]string{"1"}, []string{"1", "2"}, 2, false},
	} {
		p := Programme{ID: "pkh", Names: Words{"Sembako", "Sembako"}, Region: "35", Period: Period{From: "2020-01-01"}, Where: []string{"3507"}}
		for _, stage := range c.listed {
			p.Stages = append(p.Stages, Stage{Name: stage})
		}
		var lines []DisbursementFigure
		for _, stage := range c.paid {
			lines = append(lines, paidFigure("rekap", func(l *DisbursementLine) { l.Stage = stage }))
		}
		ledger := NewLedger(nil, lines)
		one, whole := ledger.Use(p, "3507", 2024), ledger.Use(p, "35", 2024)
		if m := one.Recipients.Received; m.Want != c.want || m.Partial() != c.partial || one.Recipients.Received.Of(one.Recipients.Allocated).Partial != c.partial || one.Failed.Recipients.Value != nil && one.Failed.Recipients.Partial() != c.partial {
			t.Errorf("%s: %+v", name, m)
		}
		if m := whole.Recipients.Received; m.Have != 1 || m.Want != 1 || m.Partial() != c.partial {
			t.Errorf("%s: of the province: %+v", name, m)
		}
	}
}

// TestProvince: what the province itself says counts, and is held against the sum of
// its regions; the rest is that sum.
func TestProvince(t *testing.T) {
	lines := []BudgetFigure{
		budgetFigure("own", func(l *BudgetLine) { l.Region, l.Original, l.Spent = "35", whole(5000), nil }),
		budgetFigure("malang", func(l *BudgetLine) { l.Original, l.Spent = whole(1000), whole(900) }),
		budgetFigure("kediri", func(l *BudgetLine) { l.Region, l.Original, l.Spent = "3506", whole(2000), nil }),
	}
	u := NewLedger(lines, nil).Use(pkh(), "35", 2024)
	if *u.Money.Allocated.Value != 5000 || u.Money.Allocated.Partial() || *u.Money.Disbursed.Value != 900 || u.Money.Disbursed.Have != 1 || u.Money.Disbursed.Want != 38 {
		t.Errorf("%+v", u)
	}
	if !reflect.DeepEqual(u.Differs, []Difference{{Region: "35", Own: 5000, Parts: 3000}}) || u.Reporting != 2 || u.Expected != 38 {
		t.Errorf("%+v", u)
	}
	alone := NewLedger(lines[:1], nil).Use(pkh(), "35", 2024)
	if *alone.Money.Allocated.Value != 5000 || alone.Reporting != 1 || alone.Expected != 1 || alone.Money.Disbursed.Value != nil {
		t.Errorf("%+v", alone)
	}
}

// TestLevels: the three levels of government side by side; families and people are
// never added.
func TestLevels(t *testing.T) {
	plus := Programme{ID: "plus", Names: Words{"PKH Plus", "PKH Plus"}, Level: ProvinceLevel, Region: "35", Period: Period{From: "2019-01-01"}, Counts: Persons}
	silent := Programme{ID: "silent", Names: Words{"ASPD", "ASPD"}, Level: ProvinceLevel, Region: "35", Period: Period{From: "2019-01-01"}}
	over := Programme{ID: "over", Names: Words{"BLT", "BLT"}, Level: MinistryLevel, Region: Nation, Period: Period{From: "2005-01-01", Until: "2006-12-31"}}
	own := Programme{ID: "own", Names: Words{"Rantang Kasih", "Rantang Kasih"}, Level: RegencyLevel, Region: "3507", Period: Period{From: "2020-01-01"}}
	ledger := NewLedger([]BudgetFigure{
		budgetFigure("a", func(*BudgetLine) {}), budgetFigure("b", func(l *BudgetLine) { l.Programme, l.Fund, l.Original = "plus", ProvinceFund, whole(500) }),
		budgetFigure("c", func(l *BudgetLine) { l.Programme, l.Fund, l.Original = "own", RegencyFund, whole(50) }),
	}, []DisbursementFigure{paidFigure("r", func(*DisbursementLine) {}), paidFigure("r", func(l *DisbursementLine) { l.Programme = "plus" })})
	all := ledger.Levels([]Programme{pkh(), plus, silent, over, own}, "3507", 2024)
	type short struct {
		level                 Level
		programmes, reporting int
		money                 int64
		families, persons     bool
	}
	var got []short
	for _, l := range all {
		got = append(got, short{l.Level, l.Programmes, l.Reporting, *l.Money.Allocated.Value, l.Families.Received.Value != nil, l.Persons.Received.Value != nil})
	}
	if want := []short{{MinistryLevel, 1, 1, 1000, true, false}, {ProvinceLevel, 2, 1, 500, false, true}, {RegencyLevel, 1, 1, 50, false, false}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if !all[1].Money.Allocated.Partial() || all[0].Money.Allocated.Partial() {
		t.Error("a programme that reports nothing is not told")
	}
	for name, c := range map[string]struct {
		m          Measure
		have, want int
	}{
		"the ministry's one that counts families": {all[0].Families.Received, 1, 1}, "and none that counts persons": {all[0].Persons.Received, 0, 0},
		"the province's silent one counts families": {all[1].Families.Received, 0, 1}, "and one that reports persons": {all[1].Persons.Received, 1, 1},
		"the kabupaten's, of which only the budget is known": {all[2].Families.Allocated, 0, 1},
	} {
		if c.m.Have != c.have || c.m.Want != c.want {
			t.Errorf("%s: %d of %d, want %d of %d", name, c.m.Have, c.m.Want, c.have, c.want)
		}
	}
	aspd := NewLedger(nil, []DisbursementFigure{paidFigure("r", func(l *DisbursementLine) { l.Programme = "silent" })})
	second := Programme{ID: "second", Names: Words{"Dua", "Two"}, Level: ProvinceLevel, Region: "35", Period: Period{From: "2019-01-01"}, Counts: Families}
	if m := aspd.Levels([]Programme{silent, second, plus}, "3507", 2024)[1].Families.Received; m.Have != 1 || m.Want != 2 || !m.Partial() {
		t.Errorf("one of two that count families reports: %+v", m)
	}
	if other := ledger.Levels([]Programme{own}, "3510", 2024); other[2].Programmes != 0 {
		t.Error("another kabupaten's programme")
	}
}
