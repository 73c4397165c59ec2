package series_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/series"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// tester is a test or one of its random runs.
type tester interface {
	Helper()
	Fatal(...any)
	Error(...any)
	Errorf(string, ...any)
}

// looked reads a table under a contract, or a draft where it is nil, as an import
// does, and gives what is found, a line each, and what is refused.
func looked(t tester, text string, c *contract.Contract, figures []registry.Statistic) (lines []string, refused problem.List) {
	t.Helper()
	all, refused, none := found(t, text, c, figures)
	if none {
		return []string{"no series"}, nil
	}
	for _, f := range all {
		line := fmt.Sprintf("%s %s %d:", f.Code, f.Field, f.Count)
		for _, e := range f.Examples {
			line += fmt.Sprintf(" %d %s %s %s<%s", e.Row, e.Region, e.Period, e.Found, e.Expected)
		}
		lines = append(lines, line)
	}
	return lines, refused
}

// found is what looked gives in lines; none says that the table is no series.
func found(t tester, text string, c *contract.Contract, figures []registry.Statistic) (all []contract.Finding, refused problem.List, none bool) {
	t.Helper()
	ctx := context.Background()
	open := func() source.Reader {
		r, err := csvfile.Open(ctx, bytes.NewReader([]byte(text)), csvfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if c == nil {
		d, err := contract.Infer(ctx, open(), "tabel")
		if err != nil {
			t.Fatal(err)
		}
		c = d.Contract
	}
	r := open()
	k, err := c.Check(r.Table(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := series.New(c, k.Table())
	if s == nil {
		return nil, nil, true
	}
	var in, out source.Batch
	for {
		if err := r.Next(ctx, &in); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, one := range k.Batch(&in, &out) {
			s.Reject(one.Row)
		}
		s.Add(&out, k.Totals())
	}
	if figures != nil {
		if len(s.Wants()) == 0 {
			t.Error("no official figures are asked for")
		}
		all, refused = s.Official(figures)
	}
	all = append(s.Findings(), all...)
	for _, f := range all {
		for _, l := range i18n.Langs {
			for _, e := range f.Examples {
				if s := f.ExampleText(l, e); strings.ContainsAny(s, "{}[") || s == "" {
					t.Errorf("%s: %q", f.Code, s)
				}
			}
			if s := f.Text(l); strings.ContainsAny(s, "{}[") || s == "" {
				t.Errorf("%s: %q", f.Code, s)
			}
		}
	}
	return all, refused, false
}

func parsed(t tester, fields, rest string) *contract.Contract {
	t.Helper()
	c, err := contract.Parse([]byte(`{"dampak:contract": "1", "dampak:class": "limited", "fieldsMatch": "partial", `+rest+`
 "foreignKeys": [{"fields": "wilayah", "reference": {"resource": "regions", "fields": "code"}}],
 "fields": [{"name": "wilayah"}, {"name": "tahun", "type": "year", "dampak:role": "period"}, `+fields+`]}`), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Jumps: 3 points of a share a year, what a contract says, and of amounts what the
// other rows do not do.
func TestJumps(t *testing.T) {
	// Twelve regions whose amounts fall by a fifth from 2020 to 2021 and by half to 2022.
	many := func(change func(region, year int, v float64) float64) string {
		var b strings.Builder
		b.WriteString("wilayah,tahun,kpm\n")
		for y, size := range []float64{1, 0.8, 0.4} {
			for r := range 12 {
				fmt.Fprintf(&b, "%d,%d,%.0f\n", 3501+r, 2020+y, change(r, y, size*1000*float64(10+r)*(1+0.02*float64(r%3))))
			}
		}
		return b.String()
	}
	same := func(_, _ int, v float64) float64 { return v }
	for _, c := range []struct {
		name, text, fields, rest string
		want                     []string
	}{
		{"points", "wilayah,tahun,capaian\n3501,2020,10\n3501,2021,13\n3501,2022,16.5\n3502,2020,40\n3502,2023,31.5\n3502,2024,34.6\n", `{"name": "capaian", "type": "number", "dampak:unit": "persen"}`, "",
			[]string{"jump capaian 2: 4 3501 2022 16.5<13 7 3502 2024 34.6<31.5"}},
		{"own limit", "wilayah,tahun,capaian\n3501,2020,10\n3501,2021,13\n3501,2022,16.5\n", `{"name": "capaian", "type": "number", "dampak:unit": "persen", "dampak:jump": 2.5}`, "", []string{"jump capaian 2: 3 3501 2021 13<10 4 3501 2022 16.5<13"}},
		{"own share", "wilayah,tahun,kpm\n3501,2020,100\n3501,2021,120\n3501,2022,150\n", `{"name": "kpm", "type": "integer", "dampak:jump": "20%"}`, "", []string{"jump kpm 1: 4 3501 2022 150<120"}},
		{"not looked at", "wilayah,tahun,capaian\n3501,2020,10\n3501,2021,90\n", `{"name": "capaian", "type": "number", "dampak:unit": "persen", "dampak:jump": "none"}`, "", nil},
		{"all alike", many(same), `{"name": "kpm", "type": "integer"}`, "", nil},
		{"one against the others", many(func(r, y int, v float64) float64 {
			if r == 4 && y == 1 {
				return v * 10
			}
			return v
		}), `{"name": "kpm", "type": "integer"}`, "", []string{"jump kpm 2: 18 3505 2021 114240<14280 30 3505 2022 5712<114240"}},
		{"a zero between", many(func(r, y int, v float64) float64 {
			if r == 4 && y == 1 {
				return 0
			}
			return v
		}), `{"name": "kpm", "type": "integer"}`, "", []string{"jump kpm 1: 18 3505 2021 0<14280"}},
		{"a beginning", many(func(r, y int, v float64) float64 {
			if r < 3 && y == 0 {
				return 0
			}
			return v
		}), `{"name": "kpm", "type": "integer"}`, "", nil},
		{"two alone", "wilayah,tahun,kpm\n3501,2020,100\n3501,2021,250\n3502,2020,100\n3502,2021,350\n", `{"name": "kpm", "type": "integer"}`, "", []string{"jump kpm 1: 5 3502 2021 350<100"}},
		{"several rows of a time", "wilayah,tahun,capaian\n3501,2020,10\n3501,2020,80\n3501,2021,40\n", `{"name": "capaian", "type": "number", "dampak:unit": "persen"}`, "", nil},
		{"of two programmes", "wilayah,tahun,program,capaian\n3501,2020,PKH,10\n3501,2020,BPNT,80\n3501,2021,PKH,40\n3501,2021,BPNT,81\n", `{"name": "program", "dampak:role": "programme"}, {"name": "capaian", "type": "number", "dampak:unit": "persen"}`, "",
			[]string{"jump capaian 1: 4 3501 2021 40<10"}},
		{"years in headers", "wilayah,capaian 2020,capaian 2021\n3501,10,14\n3502,20,21\n", `{"name": "capaian_2020", "type": "number", "dampak:unit": "persen"}, {"name": "capaian_2021", "type": "number", "dampak:unit": "persen"}`, "",
			[]string{"jump capaian_2021 1: 2 3501 2021 14<10"}},
		{"months in a column", "wilayah,tahun,bulan,capaian\n3501,2020,Maret,10\n3501,2020,September,10.5\n3501,2021,Maret,15\n", `{"name": "bulan"}, {"name": "capaian", "type": "number", "dampak:unit": "persen"}`, "",
			[]string{"jump capaian 1: 4 3501 2021-03 15<10.5"}},
	} {
		got, _ := looked(t, c.text, parsed(t, c.fields, c.rest), nil)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// Totals are held against the rows they follow, or against the regions below them.
func TestTotals(t *testing.T) {
	head, block := "Wilayah,KPM,Nilai (juta),Capaian (%)\n", "Kabupaten Pacitan,10,1.25,50\nKabupaten Ponorogo,20,2.25,60\nKabupaten Trenggalek,30,3.25,70\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"right", head + block + "Jumlah,60,6.76,61\n", nil}, // rounding of four values
		{"wrong", head + block + "Jumlah,66,7.25,75\n", []string{"sum kpm 1: 5   66<60", "sum nilai_juta 1: 5   7.25<6.75", "mean capaian 1: 5   75<50 - 70"}},
		{"the province at the end", head + block + "Jawa Timur,59,7.75,60\n", []string{"sum kpm 1: 5 35  59<60"}}, // more than the rows make: some may be missing
		{"the whole in the middle", "Provinsi,KPM,Capaian (%)\nAceh,10,50\nJawa Timur,20,60\nIndonesia,60,60\nPapua,30,70\n", nil},
		{"the whole in the middle, shifted", "Provinsi,KPM,Capaian (%)\nAceh,10,50\nJawa Timur,20,60\nIndonesia,50,95\nPapua,30,70\n", []string{"sum kpm 1: 4 0000  50<60", "mean capaian 1: 4 0000  95<50 - 70"}},
		{"subtotals and a total of all", head + block + "Jumlah,60,6.75,60\nKota Batu,5,1,40\nKota Blitar,5,1,45\nJumlah,10,2,43\nTotal,70,8.75,58\n", nil},
		{"a wrong total of all", head + block + "Jumlah,60,6.75,60\nKota Batu,5,1,40\nKota Blitar,5,1,45\nJumlah,10,2,43\nTotal,71,8.75,58\n", []string{"sum kpm 1: 9   71<70"}},
		{"blank is nothing", head + "Kabupaten Pacitan,10,1.25,50\nKabupaten Ponorogo,,2.25,60\nKabupaten Trenggalek,30,3.25,70\nJumlah,40,6.75,60\n", nil},
		{"blank may be something", head + "Kabupaten Pacitan,10,1.25,50\nKabupaten Ponorogo,,2.25,60\nKabupaten Trenggalek,30,3.25,70\nJumlah,60,6.75,60\n", nil},
	} {
		got, _ := looked(t, c.text, nil, nil)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	// A rejected row is missing from the sum: nothing is said.
	text := "wilayah,tahun,kpm\n3501,2020,10\n3502,2020,20\n3503,2020,99\nJumlah,2020,129\n"
	if got, _ := looked(t, text, parsed(t, `{"name": "kpm", "type": "integer", "constraints": {"maximum": 50}}`, ""), nil); len(got) > 0 {
		t.Error(got)
	}
	// As it is declared.
	text = "wilayah,tahun,kpm\n3501,2020,10\n3502,2020,20\nJumlah,2020,15\n"
	for adds, want := range map[string]string{"mean": "[]", "none": "[]", "sum": "[sum kpm 1: 4  2020 15<30]"} {
		if got, _ := looked(t, text, parsed(t, `{"name": "kpm", "type": "integer", "dampak:adds": "`+adds+`"}`, ""), nil); fmt.Sprint(got) != want {
			t.Error(adds, got)
		}
	}
}

// shared reads a table of the reference data.
func shared(t testing.TB, name string) [][]string {
	t.Helper()
	testenv.Need(t, "golden")
	f, err := os.Open(filepath.Join(testenv.Root(), "..", "shared", "data", "east-java", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// poverty is the poverty rate of BPS of 38 regions, as a register holds it.
func poverty(t testing.TB) (all []registry.Statistic) {
	for _, r := range shared(t, "poverty_kabupaten_year.csv")[1:] {
		v, err := strconv.ParseFloat(r[3], 64)
		if err != nil || r[1] < "2018" {
			continue
		}
		all = append(all, registry.Statistic{Indicator: "p0", Region: r[0], Period: r[1] + "-03", Value: &v, Decimals: 2})
	}
	if len(all) < 200 {
		t.Fatal("the reference data have too few figures:", len(all))
	}
	return all
}

// table writes figures as an office has them.
func table(all []registry.Statistic, change func(i int, v float64) float64) string {
	var b strings.Builder
	b.WriteString("Kode Wilayah;Tahun;Persentase Penduduk Miskin (persen)\n")
	for i, s := range all {
		fmt.Fprintf(&b, "%s;%s;%s\n", s.Region, s.Period[:4], strings.Replace(strconv.FormatFloat(change(i, *s.Value), 'f', 2, 64), ".", ",", 1))
	}
	return b.String()
}

// The guard of official figures, against the figures of BPS: the same table passes,
// a few other values are named, invented and shifted ones refuse it.
func TestOfficial(t *testing.T) {
	held := poverty(t)
	random := rand.New(rand.NewPCG(7, 7))
	for _, c := range []struct {
		name     string
		change   func(i int, v float64) float64
		findings string // codes with counts
		refused  string
	}{
		{"the same", func(_ int, v float64) float64 { return v }, "", ""},
		{"parts of one", func(_ int, v float64) float64 { return v / 100 }, "", ""},
		{"one typed wrong", func(i int, v float64) float64 {
			if i == 10 {
				return v * 10
			}
			return v
		}, "official-jump 1", ""},
		{"some revised", func(i int, v float64) float64 {
			if i%10 == 0 {
				return v + 0.05
			}
			return v
		}, "official-differs " + strconv.Itoa((len(held)+9)/10), ""},
		// As a public file of such figures had them: 0.1 to 2.5 points off in most cells.
		{"invented", func(i int, v float64) float64 { return v + 0.1 + 2.4*random.Float64()*float64(1-i%2*2) }, "x", "intake-official"},
		{"shifted", func(i int, v float64) float64 { return *held[(i+len(held)-1)%len(held)].Value }, "x", "intake-official intake-official-shifted"},
	} {
		got, refused := looked(t, table(held, c.change), nil, held)
		codes, findings := "", ""
		for _, p := range refused {
			if p.Code != "intake-official-cell" {
				codes = strings.TrimSpace(codes + " " + p.Code)
			}
			for _, l := range i18n.Langs {
				if s := p.Text(l); strings.ContainsAny(s, "{}[") {
					t.Error(s)
				}
			}
		}
		for _, f := range got {
			if code, rest, _ := strings.Cut(f, " "); strings.HasPrefix(code, "official") {
				n := strings.Fields(rest)[1]
				findings = strings.TrimSpace(findings + " " + code + " " + strings.TrimSuffix(n, ":"))
			}
		}
		if c.refused != "x" && codes != c.refused || c.findings != "x" && findings != c.findings {
			t.Errorf("%s: %q, refused %q %v", c.name, findings, codes, refused)
		}
		if c.refused == "intake-official" && len(refused) != 11 {
			t.Errorf("%s: %d problems, want ten cells named", c.name, len(refused))
		}
	}
}

// The rate of the whole is the mean of its parts weighted by population: it finds
// a public file of P1 wrong that passes every other check, and passes the poverty
// rate of the same year.
func TestMeanOfWhole(t *testing.T) {
	var held []registry.Statistic
	figure := func(indicator, region, period string, v float64, decimals int) {
		held = append(held, registry.Statistic{Indicator: indicator, Region: region, Period: period, Value: &v, Decimals: decimals})
	}
	rows := shared(t, "p1_p2_2025_unverified.csv")
	text := "Kode Wilayah;Tahun;Indeks Kedalaman Kemiskinan (P1)\n"
	for _, r := range rows[1:] {
		text += r[0] + ";" + r[1] + ";" + strings.Replace(r[2], ".", ",", 1) + "\n"
	}
	for _, r := range shared(t, "indicators_kabupaten_year.csv")[1:] {
		if v, err := strconv.ParseFloat(r[2], 64); err == nil && r[1] == "2021" {
			figure("population", r[0], "2025", v, 0)
		}
	}
	if len(held) != 38 {
		t.Fatal("populations:", len(held))
	}
	figure("p1", "35", "2025-03", 1.414, 3)
	got, refused := looked(t, text, nil, held)
	if len(got) != 1 || !strings.HasPrefix(got[0], "mean indeks_kedalaman_kemiskinan_p1 1: 0 35 2025 1.414<1.1198") || len(refused) > 0 {
		t.Error(got, refused)
	}
	*held[len(held)-1].Value = 1.12
	if got, _ = looked(t, text, nil, held); len(got) > 0 {
		t.Error(got)
	}
}

// A count of people is compared in the unit in which it is written, and with the
// province in the file itself.
func TestUnits(t *testing.T) {
	var held []registry.Statistic
	text, people := "Wilayah,Tahun,Jumlah Penduduk Miskin (ribu)\n", "Wilayah,Tahun,Jumlah Penduduk Miskin (jiwa)\n"
	for i := range 12 {
		v := 50.25 + float64(i)*3.5
		region := strconv.Itoa(3501 + i)
		held = append(held, registry.Statistic{Indicator: "poor", Region: region, Period: "2024-03", Value: &v, Decimals: 2})
		text += fmt.Sprintf("%s,2024,%.2f\n", region, v)
		people += fmt.Sprintf("%s,2024,%.0f\n", region, v*1000)
	}
	for _, s := range []string{text, people} {
		if got, refused := looked(t, s, nil, held); len(got)+len(refused) > 0 {
			t.Error(got, refused)
		}
	}
	// The level that news copies get wrong: the national figure in the row of the province.
	v := 4236.0
	held = append(held, registry.Statistic{Indicator: "poor", Region: "35", Period: "2022-09", Value: &v, Decimals: 0})
	got, _ := looked(t, text+"35,2022,26360.00\n", nil, held)
	if len(got) != 1 || !strings.HasPrefix(got[0], "official-jump jumlah_penduduk_miskin_ribu 1: 14 35 2022 26360<4236") {
		t.Error(got)
	}
}

// What has no figures of regions costs nothing and says nothing.
func TestNoSeries(t *testing.T) {
	for name, text := range map[string]string{
		"persons": "NIK,KPM\n3578990101900001,1\n3578990101900002,2\n",
		"words":   "Wilayah,Catatan\nKota Batu,a\nKota Blitar,b\n",
	} {
		if s, err := csvfile.Open(context.Background(), bytes.NewReader([]byte(text)), csvfile.Options{}); err != nil {
			t.Fatal(err)
		} else if d, err := contract.Infer(context.Background(), s, ""); err != nil {
			t.Fatal(err)
		} else if d.Contract.Class == registry.PersonalData && name != "persons" {
			t.Error(name, d.Contract.Class)
		} else if name == "persons" && series.New(d.Contract, &source.Table{Columns: []source.Column{{Name: "nik"}, {Name: "kpm", Kind: source.Whole}}}) != nil {
			t.Error("a series of persons")
		} else if name == "words" {
			if got, _ := looked(t, text, nil, nil); fmt.Sprint(got) != "[no series]" {
				t.Error(got)
			}
		}
	}
}

// The public tables of official figures: of what is wrong in them each trap that
// the reference figures name is found, and nothing else.
func TestPublicTables(t *testing.T) {
	for name, want := range map[string]string{
		// The columns of the national row of 2018 are shifted by one.
		"poverty_all_provinces_series.csv": "[mean p0_pct 1: 127 0000 2018-03 25674.58<3.57 - 27.74]",
		// Kota Probolinggo falls by 9.8 points in 2013.
		"poverty_kabupaten_year.csv":  "[jump p0_pct 1: 517 3574 2013-09 8.55<18.33]",
		"poverty_province_series.csv": "[]",
	} {
		var text strings.Builder
		if err := csv.NewWriter(&text).WriteAll(shared(t, name)); err != nil {
			t.Fatal(err)
		}
		if got, _ := looked(t, text.String(), nil, nil); fmt.Sprint(got) != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Whatever a table holds, every finding names places that are in it, and what stands
// on record in every cell refuses nothing.
func TestAnyTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var held []registry.Statistic
		text := "wilayah,tahun,penduduk miskin (ribu),persentase penduduk miskin\n"
		rows := rapid.IntRange(3, 40).Draw(rt, "rows")
		for range rows {
			region := rapid.SampledFrom([]string{"3501", "3502", "3571", "35", "", "Jumlah"}).Draw(rt, "region")
			year := rapid.SampledFrom([]string{"2020", "2021", "2023", ""}).Draw(rt, "year")
			poor, p0 := rapid.Float64Range(0, 300).Draw(rt, "poor"), rapid.Float64Range(0, 40).Draw(rt, "p0")
			cell := func(indicator string, v float64) string {
				if rapid.IntRange(0, 9).Draw(rt, "blank") == 0 {
					return ""
				}
				v = math.Round(v*100) / 100
				if region != "" && region != "Jumlah" && year != "" {
					held = append(held, registry.Statistic{Indicator: indicator, Region: region, Period: year, Value: &v, Decimals: 2})
				}
				return strconv.FormatFloat(v, 'f', 2, 64)
			}
			text += fmt.Sprintf("%s,%s,%s,%s\n", region, year, cell("poor", poor), cell("p0", p0))
		}
		all, refused, _ := found(rt, text, parsed(rt, `{"name": "poor", "dampak:synonyms": ["penduduk miskin (ribu)"], "type": "number"}, {"name": "p0", "dampak:synonyms": ["persentase penduduk miskin"], "type": "number"}`, ""), held)
		if len(refused) > 0 {
			rt.Errorf("refused: %v", refused)
		}
		for _, f := range all {
			if f.Code == contract.OfficialDiffers || f.Code == contract.OfficialJump {
				rt.Errorf("on record and yet found: %+v", f)
			}
			if f.Count < int64(len(f.Examples)) || len(f.Examples) == 0 {
				rt.Errorf("%d with %d examples", f.Count, len(f.Examples))
			}
			for _, e := range f.Examples {
				if e.Row < 0 || e.Row > int64(rows+1) || e.Other > int64(rows+1) || e.Row > 0 && e.Other == e.Row {
					rt.Errorf("no such row: %+v", e)
				}
			}
		}
	})
}

// A table that is too long is said to be, if it is one of figures in time; rows of
// payments are none, and of neither anything is kept.
func TestTooLong(t *testing.T) {
	c := parsed(t, `{"name": "id"}, {"name": "kpm", "type": "integer"}`, `"primaryKey": ["wilayah", "tahun", "id"],`)
	columns := []source.Column{{Name: "wilayah"}, {Name: "tahun", Kind: source.Whole}, {Name: "id"}, {Name: "kpm", Kind: source.Whole}}
	for name, want := range map[string]int{"figures": 1, "payments": 0} {
		s := series.New(c, &source.Table{Columns: columns})
		var b, none source.Batch
		none.Start(len(columns))
		for row := int64(1); row <= 310_000; row += 1000 {
			b.Start(len(columns))
			for i := row; i < row+1000; i++ {
				b.AddRow(i)
				b.AddText(0, "3501")
				if name == "figures" {
					b.AddWhole(1, 2000+i%20)
					b.AddText(2, strconv.FormatInt(i/20, 10))
				} else {
					b.AddWhole(1, 2024)
					b.AddText(2, strconv.FormatInt(i, 10))
				}
				b.AddWhole(3, 5)
			}
			s.Add(&b, &none)
			s.Reject(row)
		}
		found := s.Findings()
		if len(found) != want || want == 1 && (found[0].Code != contract.NotCompared || found[0].Values["row"] != int64(300_301)) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
