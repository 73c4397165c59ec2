package bps_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/intake/bps"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// table is an answer with what a test changes of it.
func table(change map[string]string) string {
	parts := map[string]string{
		"status": `"OK"`, "data-availability": `"available"`, "last_update": `"2025-12-01 13:45:51"`,
		"var": `[{"val":621,"label":"Persentase","unit":"Persen","decimal":2,"note":"<p>a</p>"}]`, "turvar": `[{"val":"0","label":"Tidak ada"}]`,
		"labelvervar": `"Nama Wilayah"`, "vervar": `[{"val":3500,"label":"<b>JAWA TIMUR</b>"},{"val":"3501","label":"Pacitan"}]`,
		"tahun": `[{"val":124,"label":"2024"}]`, "turtahun": `[{"val":0,"label":"Tahun"}]`, "datacontent": `{"350062101240":9.79,"350162101240":"13,08"}`,
	}
	for k, v := range change {
		parts[k] = v
	}
	var all []string
	for k, v := range parts {
		if v != "" {
			all = append(all, fmt.Sprintf("%q:%s", k, v))
		}
	}
	slices.Sort(all)
	return "{" + strings.Join(all, ",") + "}"
}

type change = map[string]string

// TestQuirks: each oddity of the WebAPI that is known, and what comes of it: cells
// as ROW/COLUMN/YEAR/PART=VALUE, or the code of the problem.
func TestQuirks(t *testing.T) {
	for _, c := range []struct {
		what     string
		change   change
		want     string
		cautions string
	}{
		{"ids that are numbers and texts, HTML, a value as text", nil, "3500/0/124/0=9.79 3501/0/124/0=13.08", ""},
		{"a byte order mark and more keys", change{"metadata": `{"a":[1]}`, "related": `[]`}, "3500/0/124/0=9.79 3501/0/124/0=13.08", ""},
		{"no parts of the year", change{"turtahun": `[]`}, "3500/0/124/0=9.79 3501/0/124/0=13.08", ""},
		{"no parts, in the keys either", change{"turtahun": `""`, "datacontent": `{"35006210124":9.79}`}, "3500/0/124/=9.79", ""},
		{"no columns and no parts", change{"turvar": `null`, "turtahun": ``, "datacontent": `{"350062101240":9.79}`}, "3500/0/124/0=9.79", ""},
		{"no columns in the keys", change{"turvar": `[]`, "turtahun": `[]`, "datacontent": `{"3500621124":9.79}`}, "3500//124/=9.79", ""},
		{"real columns and halves of the year", change{
			"turvar": `[{"val":"433","label":"Perkotaan"},{"val":"434","label":"Jumlah"}]`, "turtahun": `[{"val":61,"label":"Semester 1 (Maret)"},{"val":"62","label":"Semester 2 (September)"}]`,
			"datacontent": `{"350062143412461":9.79,"350062143312462":7.5}`,
		}, "3500/433/124/62=7.5 3500/434/124/61=9.79", ""},
		{"the nation and the example key of the documentation", change{
			"vervar": `[{"val":9999,"label":"INDONESIA"}]`, "var": `[{"val":145,"label":"x","unit":"","decimal":""}]`, "turvar": `[{"val":289,"label":"y"}]`, "tahun": `[{"val":"100","label":"2000"}]`,
			"datacontent": `{"99991452891000":1}`,
		}, "9999/289/100/0=1", ""},
		{"available, and empty", change{"datacontent": `{}`}, "", "bps-empty"},
		{"empty as PHP writes it", change{"datacontent": `[]`, "vervar": `""`}, "", "bps-empty"},
		{"not available", change{"data-availability": `"list-not-available"`, "datacontent": ``}, "bps-none", ""},
		{"an error", change{"status": `"Error"`, "message": `"Invalid var"`}, "bps-refused", ""},
		{"cells of no row", change{"datacontent": `{"350062101240":9.79,"350962101240":1}`}, "3500/0/124/0=9.79", "bps-left"},
		{"cells without lists", change{"vervar": `[]`}, "bps-lists", ""},
		{"a key twice", change{"datacontent": `{"350062101240":9.79,"350062101240":9.80}`}, "bps-answer", ""},
		{"a key twice with one value", change{"datacontent": `{"350062101240":9.79,"350062101240":9.79}`}, "3500/0/124/0=9.79", ""},
		{"a key of two cells", change{"tahun": `[{"val":11,"label":"1911"},{"val":111,"label":"2011"}]`, "turtahun": `[{"val":10,"label":"Oktober"},{"val":0,"label":"Tahun"}]`,
			"datacontent": `{"350062101110":1}`}, "bps-ambiguous", ""},
		{"an id with decimals", change{"vervar": `[{"val":35.1,"label":"Pacitan"}]`}, "bps-answer", ""},
		{"a list of something else", change{"vervar": `{"a":1}`}, "bps-answer", ""},
		{"not an answer", change{"datacontent": `5`}, "bps-answer", ""},

		{"missing in every way", change{"tahun": `[{"val":120,"label":"2020"},{"val":121,"label":"2021"},{"val":122,"label":"2022"},{"val":123,"label":"2023"},{"val":124,"label":"2024"}]`,
			"datacontent": `{"350062101200":null,"350062101210":"...","350062101220":"-","350062101230":"","350062101240":"…"}`},
			"3500/0/120/0=null 3500/0/121/0=... 3500/0/122/0=- 3500/0/123/0= 3500/0/124/0=…", ""},
		{"preliminary", change{"datacontent": `{"350062101240":"9,79*","350162101240":"13,08 **"}`}, "3500/0/124/0=9.79* 3501/0/124/0=13.08**", ""},
		{"Indonesian, thousands", change{"datacontent": `{"350062101240":"4.419,10","350162101240":"11.191"}`}, "3500/0/124/0=4419.10 3501/0/124/0=11191", ""},
		{"English", change{"datacontent": `{"350062101240":"4,419.10","350162101240":"1.191"}`}, "3500/0/124/0=4419.10 3501/0/124/0=1.191", ""},
		{"millions", change{"datacontent": `{"350062101240":"1.234.567","350162101240":"-0,5"}`}, "3500/0/124/0=1234567 3501/0/124/0=-0.5", ""},
		{"both forms", change{"datacontent": `{"350062101240":"14,45","350162101240":"14.45"}`}, "bps-number-forms", ""},
		{"unclear, two decimals are said", change{"datacontent": `{"350062101240":"11.191"}`}, "3500/0/124/0=11191", ""},
		{"unclear, three decimals are said", change{"datacontent": `{"350062101240":"0.385","350162101240":"1.385"}`, "var": `[{"val":621,"label":"G","unit":"","decimal":"3"}]`}, "3500/0/124/0=0.385 3501/0/124/0=1.385", ""},
		{"unclear, nothing is said", change{"datacontent": `{"350062101240":"11.191"}`, "var": `[{"val":621,"label":"G","unit":"","decimal":""}]`}, "bps-number-unclear", ""},
		{"unclear beside JSON's numbers", change{"datacontent": `{"350062101240":"11.191","350162101240":12.5}`, "var": `[{"val":621,"label":"G","unit":"","decimal":""}]`}, "bps-number-unclear", ""},
		{"an exponent", change{"datacontent": `{"350062101240":4.4191e3}`}, "3500/0/124/0=4419", ""},
		{"words", change{"datacontent": `{"350062101240":"n/a?"}`}, "bps-number", ""},
		{"a word for a number", change{"datacontent": `{"350062101240":"Inf"}`}, "bps-number", ""},
		{"true", change{"datacontent": `{"350062101240":true}`}, "bps-number", ""},
		{"beyond numbers", change{"datacontent": `{"350062101240":1e999}`}, "bps-number", ""},
		{"groups of two", change{"datacontent": `{"350062101240":"12.34.56"}`}, "bps-number", ""},
	} {
		a, err := bps.ReadAnswer(strings.NewReader("\ufeff" + table(c.change)))
		var got []string
		for _, x := range a.Cells {
			v := x.Missing
			if x.Value != nil {
				v = fmt.Sprintf("%.*f", x.Decimals, *x.Value)
			}
			got = append(got, fmt.Sprintf("%s/%s/%s/%s=%s%s", x.Row.ID, x.Column.ID, x.Year.ID, x.Part.ID, v, x.Mark))
		}
		slices.Sort(got)
		found := strings.Join(got, " ")
		if err != nil {
			found = strings.Join(speaks(t, err), " ")
		}
		if found != c.want || strings.Join(speaks(t, asError(a.Cautions)), " ") != c.cautions {
			t.Errorf("%s: %q, %v, want %q", c.what, found, a.Cautions, c.want)
		}
	}
}

// within keeps the regions that lie in others; none: all.
func within(codes ...string) bps.Keep {
	if len(codes) == 0 {
		return nil
	}
	return func(region string) bool {
		return slices.ContainsFunc(codes, func(w string) bool { return registry.Within(region, w) })
	}
}

func asError(l problem.List) error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// TestStatistics: what figures a table gives, or why none.
func TestStatistics(t *testing.T) {
	halves := `[{"val":61,"label":"Semester 1 (Maret)"},{"val":62,"label":"Semester 2 (September)"},{"val":63,"label":"Tahunan"}]`
	for _, c := range []struct {
		what     string
		change   change
		within   []string
		want     string // rows as REGION PERIOD=VALUE, or a code
		cautions string
	}{
		{"a year is its survey's month", nil, nil, "35 2024-03=9.79 3501 2024-03=13.08", ""},
		{"before 2015, September", change{"tahun": `[{"val":114,"label":"2014"}]`, "datacontent": `{"350062101140":9.79}`}, nil, "35 2014-09=9.79", ""},
		{"in 2015 the series breaks", change{"tahun": `[{"val":115,"label":"2015"}]`, "datacontent": `{"350062101150":9.79}`}, nil, "35 2015-03=9.79 survey-month", ""},
		{"the nation", change{"vervar": `[{"val":9999,"label":"INDONESIA"}]`, "datacontent": `{"999962101240":9}`}, nil, "0000 2024-03=9.00", ""},
		{"one region", nil, []string{"3501"}, "3501 2024-03=13.08", ""},
		{"the whole country", nil, []string{registry.Nation}, "35 2024-03=9.79 3501 2024-03=13.08", ""},
		{"halves", change{"turtahun": halves, "datacontent": `{"3500621012461":9.79,"3500621012462":9.56,"3500621012463":9.7}`}, nil, "35 2024-03=9.79 35 2024-09=9.56 35 2024=9.70", ""},
		{"months, and 13 for the year", change{"turtahun": `[{"val":1,"label":"Januari"},{"val":"12","label":"Desember"},{"val":13,"label":"Tahunan"}]`,
			"datacontent": `{"350062101241":1,"3500621012412":2,"3500621012413":3}`}, nil, "35 2024-01=1.00 35 2024-12=2.00 35 2024=3.00", ""},
		{"a part with two meanings", change{"turtahun": `[{"val":3,"label":"April"}]`, "datacontent": `{"350062101243":1}`}, nil, "bps-part", ""},
		{"a quarter", change{"turtahun": `[{"val":31,"label":"Triwulan I"}]`, "datacontent": `{"3500621012431":1}`}, nil, "bps-part", ""},
		{"halves without words", change{"turtahun": `[{"val":61,"label":"Semester 1"}]`, "datacontent": `{"3500621012461":1}`}, nil, "bps-part", ""},
		{"a preliminary year", change{"tahun": `[{"val":124,"label":"2024*"}]`}, nil, "35 2024-03=9.79* 3501 2024-03=13.08*", ""},
		{"141 is not 2023", change{"tahun": `[{"val":141,"label":"2023"}]`, "datacontent": `{"350062101410":1}`}, nil, "bps-year", ""},
		{"a year without label", change{"tahun": `[{"val":124,"label":""}]`}, nil, "bps-year", ""},
		{"the total of several columns", change{"turvar": `[{"val":"433","label":"Perkotaan"},{"val":"434","label":"<b>Jumlah</b>"}]`, "datacontent": `{"35006214341240":9.79,"35006214331240":7.5}`}, nil, "35 2024-03=9.79", ""},
		{"several columns without total", change{"turvar": `[{"val":"1","label":"Perkotaan"},{"val":"2","label":"Perdesaan"}]`, "datacontent": `{"350062111240":9.79,"350062121240":7.5}`}, nil, "bps-column", ""},
		{"rows that are no regions", change{"labelvervar": `"Jenis Kelamin"`, "vervar": `[{"val":1,"label":"Laki-laki"}]`, "datacontent": `{"162101240":1}`}, nil, "bps-not-regional", ""},
		{"rows that are said to be regions", change{"vervar": `[{"val":1,"label":"Laki-laki"}]`, "datacontent": `{"162101240":1}`}, nil, "bps-not-regional", ""},
		{"old and new codes of Papua", change{"vervar": `[{"val":9416,"label":"Yahukimo"},{"val":9707,"label":"<i>Yahukimo</i>"}]`, "datacontent": `{"941662101240":37.5,"970762101240":37.5}`}, nil,
			"9416 2024-03=37.50 9707 2024-03=37.50", "bps-two-codes"},
		{"of Papua, elsewhere", change{"vervar": `[{"val":9416,"label":"Yahukimo"},{"val":9707,"label":"Yahukimo"},{"val":3501,"label":"Pacitan"}]`, "datacontent": `{"941662101240":37.5,"350162101240":13.08}`}, []string{"35"},
			"3501 2024-03=13.08", ""},
		{"a kabupaten and a kota of one name", change{"vervar": `[{"val":3506,"label":"Kediri"},{"val":3571,"label":"Kota Kediri"}]`, "datacontent": `{"350662101240":10,"357162101240":6}`}, nil, "3506 2024-03=10.00 3571 2024-03=6.00", ""},
		{"a name that has drifted", change{"vervar": `[{"val":3501,"label":"Patjitan"}]`, "datacontent": `{"350162101240":13.08}`}, nil, "3501 2024-03=13.08", ""},
		{"labels that have shifted", change{"vervar": `[{"val":3501,"label":"Ponorogo"}]`, "datacontent": `{"350162101240":13.08}`}, nil, "3501 2024-03=13.08", "bps-label"},
		{"another unit", change{"var": `[{"val":621,"label":"P","unit":"Ribu Jiwa","decimal":2}]`}, nil, "35 2024-03=9.79 3501 2024-03=13.08", "bps-unit"},
		{"no decimals are said", change{"var": `[{"val":621,"label":"P","unit":"Persen","decimal":""}]`, "datacontent": `{"350062101240":9.7}`}, nil, "35 2024-03=9.70", ""},
		{"another variable", change{"var": `[{"val":622,"label":"P1","unit":"","decimal":2}]`, "datacontent": `{"350062201240":1}`}, nil, "bps-variable", ""},
		{"missing cells make no rows", change{"datacontent": `{"350062101240":"...","350162101240":"-"}`}, nil, "", ""},
		{"empty", change{"datacontent": `{}`}, nil, "", "bps-empty"},
	} {
		a, err := bps.ReadAnswer(strings.NewReader(table(c.change)))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		r, err := bps.Statistics(a, bps.Poverty[1], within(c.within...))
		var got []string
		for _, x := range r.Rows {
			s := fmt.Sprintf("%s %s=%.*f%s", x.Region, x.Period, x.Decimals, *x.Value, x.Mark)
			if x.Break != "" {
				s += " " + x.Break
			}
			got = append(got, s)
		}
		found := strings.Join(got, " ")
		if err != nil {
			found = strings.Join(speaks(t, err), " ")
		} else if refused := registry.ReviewStatistics(r.Rows, nil).Refused; len(refused) > 0 || r.Release != "2025-12-01" {
			t.Errorf("%s: the register refuses %v, release %s", c.what, refused, r.Release)
		}
		if found != c.want || err == nil && strings.Join(speaks(t, asError(r.Cautions)), " ") != c.cautions {
			t.Errorf("%s: %q, %v, want %q", c.what, found, r.Cautions, c.want)
		}
	}
	a, err := bps.ReadAnswer(strings.NewReader(table(change{"last_update": ``})))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := bps.Statistics(a, bps.Poverty[1], nil); err != nil || r.Release != "" {
		t.Errorf("a release that is not said: %q %v", r.Release, err)
	}
	if _, err := bps.Statistics(a, bps.Series{Variable: "621", Indicator: "welfare"}, nil); !slices.Equal(speaks(t, err), []string{"statistic-indicator"}) {
		t.Error(err)
	}
}

// TestSavedAnswer: the one answer of BPS that was saved gives the poverty lines of
// 2025 of the province and its 38 regions.
func TestSavedAnswer(t *testing.T) {
	testenv.Need(t, "golden")
	f, err := os.Open(testenv.EastJava("bps-webapi-var624-2025.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := bps.ReadAnswer(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := bps.Statistics(a, bps.Poverty[4], nil)
	if err != nil || len(r.Rows) != 39 || len(r.Cautions) != 0 || r.Release != "2025-12-01" || r.Missing != 0 {
		t.Fatalf("%d rows, %v, %v", len(r.Rows), r.Cautions, err)
	}
	of := map[string]float64{}
	for _, x := range r.Rows {
		of[x.Region] = *x.Value
		if x.Indicator != "poverty-line" || x.Period != "2025-03" {
			t.Errorf("%+v", x)
		}
	}
	// As they stand in the file, read by eye.
	for region, want := range map[string]float64{"35": 558029, "3501": 386174, "3574": 683244, "3579": 671273} {
		if of[region] != want {
			t.Errorf("%s: %v, want %v", region, of[region], want)
		}
	}
	if found := registry.ReviewStatistics(r.Rows, nil); len(found.Refused)+len(found.Cautions) > 0 {
		t.Errorf("%+v", found)
	}
}

// TestKeysAreBuilt: whatever the ids, each cell comes back with its own value, or
// the answer is refused for being ambiguous; none is ever given to another.
func TestKeysAreBuilt(t *testing.T) {
	ids := func(name string, least, most, n int) *rapid.Generator[[]int] {
		return rapid.SliceOfNDistinct(rapid.IntRange(least, most), 1, n, rapid.ID[int])
	}
	rapid.Check(t, func(t *rapid.T) {
		lists := map[string][]int{
			"vervar": ids("rows", 1, 9999, 4).Draw(t, "rows"), "turvar": ids("columns", 0, 500, 3).Draw(t, "columns"),
			"tahun": ids("years", 1, 130, 4).Draw(t, "years"), "turtahun": ids("parts", 0, 70, 3).Draw(t, "parts"),
		}
		owners := map[string][]string{}
		content := map[string]any{}
		value := map[string]float64{}
		for _, r := range lists["vervar"] {
			for _, c := range lists["turvar"] {
				for _, y := range lists["tahun"] {
					for _, p := range lists["turtahun"] {
						key, cell := fmt.Sprintf("%d%d%d%d%d", r, 621, c, y, p), fmt.Sprintf("%d %d %d %d", r, c, y, p)
						if rapid.IntRange(0, 3).Draw(t, "there") > 0 {
							owners[key] = append(owners[key], cell)
							value[cell] = float64(len(value)) + 0.5
							content[key] = value[cell]
						} else {
							owners[key] = append(owners[key], cell) // it would have the key too
						}
					}
				}
			}
		}
		ambiguous := false
		for key := range content {
			ambiguous = ambiguous || len(owners[key]) > 1
		}
		answer := map[string]any{"status": "OK", "data-availability": "available", "var": []any{item(621, "P0")}, "datacontent": content}
		for name, list := range lists {
			var items []any
			for i, id := range list {
				var val any = id
				if i%2 == 1 {
					val = fmt.Sprint(id)
				}
				items = append(items, item(val, "x"))
			}
			answer[name] = items
		}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		a, err := bps.ReadAnswer(strings.NewReader(string(text)))
		if ambiguous {
			if p := problem.Of(err); len(p) != 1 || p[0].Code != "bps-ambiguous" {
				t.Fatalf("%v", err)
			}
			return
		}
		if err != nil || len(a.Cells) != len(content) {
			t.Fatalf("%d cells of %d: %v", len(a.Cells), len(content), err)
		}
		for _, c := range a.Cells {
			cell := fmt.Sprintf("%s %s %s %s", c.Row.ID, c.Column.ID, c.Year.ID, c.Part.ID)
			if c.Value == nil || *c.Value != value[cell] {
				t.Fatalf("%s: %v, want %v", cell, c.Value, value[cell])
			}
		}
	})
}

// FuzzReadAnswer: no bytes bring the reader down, and every cell has a value or a
// mark for its want.
func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(table(nil)))
	f.Add([]byte(table(change{"datacontent": `{"350062101240":"4.419,10*"}`, "turtahun": `[]`})))
	f.Add([]byte(`{"error":"UserNotFound"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := bps.ReadAnswer(strings.NewReader(string(b)))
		if err != nil {
			if len(problem.Of(err)) == 0 {
				t.Errorf("%v is no problem", err)
			}
			return
		}
		for _, s := range bps.Poverty {
			if r, err := bps.Statistics(a, s, nil); err == nil {
				for _, x := range r.Rows {
					if x.Value == nil {
						t.Errorf("%+v", x)
					}
				}
			}
		}
	})
}

// TestParseSeries: which variables words mean.
func TestParseSeries(t *testing.T) {
	for text, want := range map[string]string{
		"": "619=poor 621=p0 622=p1 623=p2 624=poverty-line", "621": "621=p0", "624, 621": "624=poverty-line 621=p0", "413=hdi": "413=hdi", "621=p0,413=hdi": "621=p0 413=hdi",
		"413": "!", "413=ipm": "!", "621=hdi": "!", "p0": "!", "621,": "!", "=p0": "!",
	} {
		all, err := bps.ParseSeries(text)
		var got []string
		for _, s := range all {
			got = append(got, s.Variable+"="+s.Indicator)
		}
		if found := strings.Join(got, " "); want == "!" && !slices.Equal(speaks(t, err), []string{"bps-series"}) || want != "!" && (err != nil || found != want) {
			t.Errorf("%q: %s %v, want %s", text, found, err, want)
		}
	}
}
