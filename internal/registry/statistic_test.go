package registry_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

func figure(indicator, region, period string, v float64) Statistic {
	i, _ := FindIndicator(indicator)
	return Statistic{Indicator: indicator, Region: region, Period: period, Value: &v, Decimals: i.Decimals}
}

func release() StatisticBatch {
	return StatisticBatch{ID: "b1", Source: "BPS, tabel contoh", Release: "2026-01-05", Content: strings.Repeat("0a", 32)}
}

// TestStatisticRefusals: each rule, by the code of its first problem; none: it goes
// through. No problem of the catalogue is without a row.
func TestStatisticRefusals(t *testing.T) {
	province := office()
	province.Kind, province.Region = ProvinceOffice, "35"
	records := func(change func(*StatisticBatch), owner Organisation, why string, rows ...Statistic) func() error {
		return func() error {
			b := release()
			change(&b)
			_, err := RecordStatistics(b, owner, rows, nil, why, today)
			return err
		}
	}
	as := func(*StatisticBatch) {}
	one := func(change func(*Statistic)) func() error {
		s := figure("p0", "3507", "2024-03", 9.45)
		change(&s)
		return records(as, office(), "", s)
	}
	reads := func(text string) func() error {
		return func() error { _, err := DecodeStatistics(strings.NewReader(text)); return err }
	}
	const head = "indicator,region,period,value,decimals,mark,break\n"
	ended := office()
	ended.Period.Until = "2026-01-31"
	good := figure("p0", "3507", "2024-03", 9.45)
	held := []Statistic{good}
	rows := []struct {
		what, code string
		do         func() error
	}{
		{"a figure", "", one(func(*Statistic) {})},
		{"none, said so", "", one(func(s *Statistic) { s.Value = nil })},
		{"of a year, preliminary, after a break", "", one(func(s *Statistic) { s.Period, s.Mark, s.Break = "2024", VeryPreliminary, ConceptBreak })},
		{"a region that the table lacks", "", records(as, province, "", figure("p0", "9707", "2024", 30))},
		{"no source", "blank-statistics-source", records(func(b *StatisticBatch) { b.Source = " " }, office(), "", good)},
		{"no release", "day", records(func(b *StatisticBatch) { b.Release = "" }, office(), "", good)},
		{"released today", "", records(func(b *StatisticBatch) { b.Release = today }, office(), "", good)},
		{"released tomorrow", "statistics-future", records(func(b *StatisticBatch) { b.Release = today.Add(1) }, office(), "", good)},
		{"no row", "statistics-none", records(as, office(), "")},
		{"of an office that has ended", "state-organisation-ended", records(as, ended, "", good)},
		{"a neighbour's, by a regency", "statistics-outside", records(as, office(), "", figure("p0", "3578", "2024", 4))},
		{"the province's, by a regency", "statistics-outside", records(as, office(), "", figure("p0", "35", "2024", 9))},
		{"an unknown indicator", "statistic-indicator", one(func(s *Statistic) { s.Indicator = "P0" })},
		{"BPS' code of a province", "statistic-region", records(as, province, "", figure("p0", "3500", "2024", 9))},
		{"BPS' code of the nation", "", records(as, province, "", figure("p0", "0000", "2024", 9))},
		{"a name for a code", "statistic-region", records(as, province, "", figure("p0", "Malang", "2024", 9))},
		{"a month that is none", "statistic-period", one(func(s *Statistic) { s.Period = "2024-13" })},
		{"BPS' number of a year", "statistic-period", one(func(s *Statistic) { s.Period = "124" })},
		{"decimals", "statistic-decimals", one(func(s *Statistic) { s.Decimals = 7 })},
		{"a mark", "statistic-mark", one(func(s *Statistic) { s.Mark = "***" })},
		{"a break", "statistic-break", one(func(s *Statistic) { s.Break = "war" })},
		{"a share of 945 %", "statistic-range", one(func(s *Statistic) { *s.Value = 945 })},
		{"less than nothing", "statistic-range", one(func(s *Statistic) { *s.Value = -0.01 })},
		{"no number", "statistic-range", one(func(s *Statistic) { *s.Value = math.NaN() })},
		{"a line cut after its thousands", "statistic-range", records(as, province, "", figure("poverty-line", "0000", "2022", 505))},
		{"a cell twice", "statistic-twice", records(as, office(), "", good, good)},
		{"a jump without reason", "statistics-cautions", records(as, office(), "", good, figure("p0", "3507", "2025-03", 12.5))},
		{"a jump with a reason", "", records(as, office(), "dicek dengan BPS", good, figure("p0", "3507", "2025-03", 12.5))},
		{"recording twice", "state-statistics-recorded", func() error { return StatisticLife.Check("recorded", "record") }},
		{"a jump", "statistic-jump", func() error {
			return ReviewStatistics([]Statistic{figure("p0", "3507", "2025-03", 12.5)}, held).Cautions
		}},
		{"another value", "statistic-differs", func() error {
			return ReviewStatistics([]Statistic{figure("p0", "3507", "2024-03", 12.5)}, held).Cautions
		}},
		{"parts that are not the whole", "statistic-adds", func() error { return ReviewStatistics(regions("poor", "2024", 1, 39), nil).Cautions }},
		{"no header", "statistics-header", reads("p0,3507,2024,9.45,2,,\n")},
		{"nothing at all", "statistics-header", reads("")},
		{"a byte order mark", "", reads("\ufeff" + head + "p0,3507,2024,9.45,2,,\n")},
		{"a short line", "statistics-row", reads(head + "p0,3507,2024\n")},
		{"an open quote", "statistics-row", reads(head + "\"p0,3507,2024,9.45,2,,\n")},
		{"a comma in the number", "statistics-number", reads(head + "p0,3507,2024,\"9,45\",2,,\n")},
		{"no decimals", "statistics-number", reads(head + "p0,3507,2024,9.45,,,\n")},
	}
	met := map[string]bool{}
	for _, r := range rows {
		found := ""
		if list := problem.Of(r.do()); len(list) > 0 {
			found = list[0].Code
			for _, p := range list {
				for _, l := range []string{p.Text("id"), p.Text("en")} {
					if strings.ContainsAny(l, "{}[]") {
						t.Errorf("%s: %s", r.what, l)
					}
				}
			}
		}
		if found != r.code {
			t.Errorf("%s: %q, want %q", r.what, found, r.code)
		}
		met[found] = true
	}
	var words map[string]string
	if err := json.Unmarshal(readCatalogue(t, "statistic.id.json"), &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if code, ok := strings.CutPrefix(key, "problem."); ok && !met[code] && !strings.HasPrefix(code, "denied-") {
			t.Errorf("no row is refused with %q", code)
		}
	}
	for _, line := range []struct {
		text string
		at   int
	}{{head + "p0,3507,2024,9.45,2,,\np0,3507\n", 3}, {head + "\n\np0,3507,2024,x,2,,\n", 4}} {
		if p := problem.Of(reads(line.text)()); len(p) != 1 || p[0].Line != line.at {
			t.Errorf("%v, want line %d", p, line.at)
		}
	}
}

// regions are the 38 regions with the same figure, and the province.
func regions(indicator, period string, each, whole float64) []Statistic {
	all := []Statistic{figure(indicator, "35", period, whole)}
	for _, r := range Regions() {
		if r.Parent == "35" {
			all = append(all, figure(indicator, r.Code, period, each))
		}
	}
	return all
}

func codes(all problem.List) []string {
	var codes []string
	for _, p := range all {
		codes = append(codes, p.Code)
	}
	return codes
}

func TestReview(t *testing.T) {
	broken := figure("p0", "3507", "2015-03", 20)
	broken.Break = SurveyMonthBreak
	population := regions("population", "2024", 1_000_000, 38_000_000)
	for _, c := range []struct {
		what       string
		rows, held []Statistic
		want       []string
		added, not int
	}{
		{"three points are none", []Statistic{figure("p0", "3507", "2024", 10), figure("p0", "3507", "2025", 13)}, nil, nil, 0, 0},
		{"more is a jump", []Statistic{figure("p0", "3507", "2024", 10), figure("p0", "3507", "2025", 13.01)}, nil, []string{"statistic-jump"}, 0, 0},
		{"over two years it is none", []Statistic{figure("p0", "3507", "2023", 10), figure("p0", "3507", "2025", 13.01)}, nil, nil, 0, 0},
		{"half a year counts as one", []Statistic{figure("p0", "3507", "2024-09", 10), figure("p0", "3507", "2025-03", 13)}, nil, nil, 0, 0},
		{"a break is no jump", []Statistic{figure("p0", "3507", "2014-09", 10), broken}, nil, nil, 0, 0},
		{"a jump from what is held", []Statistic{figure("p0", "3507", "2025", 14)}, []Statistic{figure("p0", "3507", "2024", 10)}, []string{"statistic-jump"}, 0, 0},
		{"a jump among what is held is old", []Statistic{figure("p0", "3507", "2020", 10)}, []Statistic{figure("p0", "3507", "2024", 10), figure("p0", "3507", "2025", 14)}, nil, 0, 0},
		{"another region is no series", []Statistic{figure("p0", "3507", "2024", 10), figure("p0", "3508", "2025", 20)}, nil, nil, 0, 0},
		{"a share of a rupiah figure", []Statistic{figure("poverty-line", "3507", "2024", 400_000), figure("poverty-line", "3507", "2025", 481_000)}, nil, []string{"statistic-jump"}, 0, 0},
		{"a small correction", []Statistic{figure("p0", "3507", "2024", 10.1)}, []Statistic{figure("p0", "3507", "2024", 10)}, nil, 0, 0},
		{"sums", regions("poor", "2024", 100, 3800), nil, nil, 1, 0},
		{"sums, rounded", regions("poor", "2024", 100, 3800.19), nil, nil, 1, 0},
		{"sums, more than rounded", regions("poor", "2024", 100, 3800.21), nil, []string{"statistic-adds"}, 1, 0},
		{"a part is missing", regions("poor", "2024", 100, 9999)[:38], nil, nil, 0, 1},
		{"a mean without weights", regions("p1", "2024", 1, 3), nil, nil, 0, 1},
		{"a mean", regions("p1", "2024", 1, 1), population, nil, 1, 0},
		{"a mean that is off", regions("p1", "2024", 1.12, 1.41), population, []string{"statistic-adds"}, 1, 0},
		{"a mean, weighed by what poor and p0 imply", regions("p1", "2024-03", 1.12, 1.41), append(regions("poor", "2024-03", 100, 3800), regions("p0", "2024-03", 10, 10)...), []string{"statistic-adds"}, 1, 0},
		{"lines do not add up", regions("poverty-line", "2024", 400_000, 500_000), nil, nil, 0, 0},
	} {
		r := ReviewStatistics(c.rows, c.held)
		if len(r.Refused) > 0 || !slices.Equal(codes(r.Cautions), c.want) || r.AddedUp != c.added || r.NotAdded != c.not {
			t.Errorf("%s: %v, %v, %d added, %d not", c.what, r.Refused, r.Cautions, r.AddedUp, r.NotAdded)
		}
	}
	many := ReviewStatistics(slices.Repeat([]Statistic{figure("p0", "3507", "2024", 1)}, 1000), nil)
	if len(many.Refused) != 100 {
		t.Errorf("%d refusals are listed", len(many.Refused))
	}
}

// TestReviewOfRealFigures: the shares of the 38 regions that were checked against
// BPS add up to the province's in all years that have both; the P1 and P2 of 2025
// of a public file, which no other check found wrong, do not.
func TestReviewOfRealFigures(t *testing.T) {
	testenv.Need(t, "golden")
	table := func(name string) []map[string]string {
		f, err := os.Open(testenv.EastJava(name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var all []map[string]string
		for _, r := range rows[1:] {
			m := map[string]string{}
			for i, c := range rows[0] {
				m[c] = r[i]
			}
			all = append(all, m)
		}
		return all
	}
	var rows, held []Statistic
	add := func(to *[]Statistic, indicator, region, period, value string) {
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			*to = append(*to, figure(indicator, region, period, v))
		}
	}
	month := map[string]string{"march": "-03", "september": "-09"}
	for _, r := range table("poverty_kabupaten_year.csv") {
		add(&rows, "p0", r["bps_code"], r["year"]+month[r["period"]], r["p0_pct"])
		if n := len(rows) - 1; rows[n].Period == "2015-03" {
			rows[n].Break = SurveyMonthBreak
		}
	}
	for _, r := range table("poverty_province_series.csv") {
		add(&rows, "p0", "35", r["year"]+month[r["period"]], r["p0_pct"])
	}
	last := map[string]string{}
	for _, r := range table("indicators_kabupaten_year.csv") {
		add(&held, "population", r["bps_code"], r["year"], r["population"])
		if r["population"] != "" {
			last[r["bps_code"]] = r["population"]
		}
	}
	for code, n := range last {
		add(&held, "population", code, "2025", n) // close enough to weigh by
	}
	r := ReviewStatistics(rows, held)
	if len(r.Refused) > 0 || r.AddedUp < 5 {
		t.Errorf("%v, %d added up, %d not", r.Refused, r.AddedUp, r.NotAdded)
	}
	for _, p := range r.Cautions {
		if p.Code == "statistic-adds" {
			t.Error(p)
		}
	}
	// Kota Probolinggo's fall of 9.8 points in 2013 is what a jump is for.
	if !slices.ContainsFunc(r.Cautions, func(p *problem.Problem) bool {
		return p.Code == "statistic-jump" && p.Values["region"] == "Kota Probolinggo"
	}) {
		t.Errorf("the fall of Kota Probolinggo is not found: %v", r.Cautions)
	}
	var unverified []Statistic
	for _, r := range table("p1_p2_2025_unverified.csv") {
		add(&unverified, "p1", r["bps_code"], "2025", r["p1"])
	}
	unverified = append(unverified, figure("p1", "35", "2025", 1.414)) // of the province's release
	if r := ReviewStatistics(unverified, held); r.AddedUp != 1 || !slices.Equal(codes(r.Cautions), []string{"statistic-adds"}) {
		t.Errorf("%d added up: %v", r.AddedUp, r.Cautions)
	}
}

// TestStatisticsAsText: what is written is read back, and no order of rows makes
// another text.
func TestStatisticsAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Statistic {
			s := Statistic{
				Indicator: rapid.SampledFrom(Indicators()).Draw(t, "indicator").Code, Region: rapid.SampledFrom([]string{"0000", "35", "3501", "9707"}).Draw(t, "region"),
				Period: strconv.Itoa(rapid.IntRange(1990, 2030).Draw(t, "year")), Decimals: rapid.IntRange(0, 6).Draw(t, "decimals"),
				Mark: rapid.SampledFrom([]Mark{Final, Preliminary, VeryPreliminary}).Draw(t, "mark"), Break: rapid.SampledFrom(append(Breaks, "")).Draw(t, "break"),
			}
			if rapid.Bool().Draw(t, "there") {
				v := rapid.Float64Range(-1e9, 1e9).Draw(t, "value")
				s.Value = &v
			}
			return s
		}), 1, 20, Statistic.Cell).Draw(t, "rows")
		text := EncodeStatistics(rows)
		back, err := DecodeStatistics(bytes.NewReader(text))
		if err != nil || len(back) != len(rows) {
			t.Fatal(err, len(back))
		}
		for _, s := range rows {
			if !slices.ContainsFunc(back, func(b Statistic) bool { return b.Cell() == s.Cell() && b.Same(s) }) {
				t.Fatalf("%+v is not in\n%s", s, text)
			}
		}
		slices.Reverse(rows)
		if !bytes.Equal(EncodeStatistics(rows), text) {
			t.Fatal("the order of rows makes another text")
		}
	})
}
