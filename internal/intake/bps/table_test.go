package bps_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/intake/bps"
	"github.com/dampak/dampak/internal/intake/csvfile"
	"github.com/dampak/dampak/internal/intake/workbook"
	"github.com/dampak/dampak/internal/registry"
)

// file reads figures from a file's text.
func file(t *testing.T, text string, said bps.Said) (bps.Reading, error) {
	t.Helper()
	r, err := csvfile.Open(t.Context(), bytes.NewReader([]byte(text)), csvfile.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	said.Release = "2025-07-25"
	return bps.ReadTable(t.Context(), r, said, nil)
}

// says writes figures as REGION PERIOD=VALUE, of several indicators with theirs.
func says(rows []registry.Statistic) string {
	var all []string
	several := slices.ContainsFunc(rows, func(s registry.Statistic) bool { return s.Indicator != rows[0].Indicator })
	for _, s := range rows {
		x := fmt.Sprintf("%s %s=%.*f%s", s.Region, s.Period, s.Decimals, *s.Value, s.Mark)
		if several {
			x = s.Indicator + " " + x
		}
		if s.Break != "" {
			x += " " + s.Break
		}
		all = append(all, x)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// own are the codes of what the reader of tables says itself, not those of files.
func own(t *testing.T, r bps.Reading) string {
	var codes []string
	for _, code := range speaks(t, asError(r.Cautions)) {
		if strings.HasPrefix(code, "bps-") {
			codes = append(codes, code)
		}
	}
	return strings.Join(codes, " ")
}

const poverty = "Persentase Penduduk Miskin Menurut Kabupaten/Kota di Jawa Timur (Persen), 2024\n\n"

// TestTables: each oddity of the tables that BPS publishes as files, and what comes
// of it.
func TestTables(t *testing.T) {
	three := func(head string, rows ...string) string { return head + "\n" + strings.Join(rows, "\n") + "\n" }
	for _, c := range []struct {
		what, text string
		said       bps.Said
		want       string // figures, or the code of a problem
		cautions   string
	}{
		{"a byte order mark, a title, notes below", "\ufeff" + poverty + three("Wilayah;Persentase", "Pacitan;13,08", "Ponorogo;9,11", "Trenggalek;10,50", "", "Keterangan:", "- angka Maret"), bps.Said{},
			"3501 2024-03=13.08; 3502 2024-03=9.11; 3503 2024-03=10.50", ""},
		{"the province among its regions", poverty + three("Wilayah;Persentase", "Pacitan;13,08", "Ponorogo;9,11", "JAWA TIMUR;9,79"), bps.Said{}, "35 2024-03=9.79; 3501 2024-03=13.08; 3502 2024-03=9.11", ""},
		{"a total without a name", poverty + three("Wilayah;Persentase", "Pacitan;13,08", "Ponorogo;9,11", "Jumlah;9,79"), bps.Said{}, "3501 2024-03=13.08; 3502 2024-03=9.11", "bps-table-unknown"},
		{"years beside each other", three("Wilayah;2014;2015;2024", "Pacitan;16,18;16,68;13,08", "Ponorogo;11,53;11,91;9,11"), bps.Said{Indicator: "p0"},
			"3501 2014-09=16.18; 3501 2015-03=16.68 survey-month; 3501 2024-03=13.08; 3502 2014-09=11.53; 3502 2015-03=11.91 survey-month; 3502 2024-03=9.11", ""},
		{"years below each other", three("Wilayah;Tahun;Persentase Penduduk Miskin", "Pacitan;2023;13,65", "Pacitan;2024;13,08"), bps.Said{}, "3501 2023-03=13.65; 3501 2024-03=13.08", ""},
		{"months as words", three("Provinsi;Tahun;Bulan;Persentase Penduduk Miskin", "Jawa Timur;2023;Maret;10,35", "Jawa Timur;2024;September;9,56"), bps.Said{}, "35 2023-03=10.35; 35 2024-09=9.56", ""},
		{"doubled units in two levels of heads", "Jumlah Penduduk Miskin - Maret 2024 (ribu) (Ribu);;\n" + three("Provinsi;Jumlah Penduduk Miskin - Maret 2024 (ribu) (Ribu);Persentase Penduduk Miskin - Maret 2024 (Persen)", "Jawa Timur;3.982,69;9,79", "Jawa Barat;3.848,67;7,46"), bps.Said{},
			"p0 32 2024-03=7.46; p0 35 2024-03=9.79; poor 32 2024-03=3848.67; poor 35 2024-03=3982.69", ""},
		{"no figure for September", three("Provinsi;Persentase Penduduk Miskin - Maret 2023;Persentase Penduduk Miskin - September 2023", "Jawa Timur;10,35;...", "Jawa Barat;7,62;..."), bps.Said{}, "32 2023-03=7.62; 35 2023-03=10.35", "*"},
		{"March copied to September", three("Provinsi;Persentase Penduduk Miskin - Maret 2017;Persentase Penduduk Miskin - September 2017", "Jawa Timur;11,20;11,20", "Jawa Barat;8,71;7,83"), bps.Said{},
			"32 2017-03=8.71; 32 2017-09=7.83; 35 2017-03=11.20; 35 2017-09=11.20", "bps-table-same"},
		{"people, not thousands", three("Wilayah;Jumlah Penduduk Miskin 2024 (jiwa)", "Pacitan;72870", "Ponorogo;79710"), bps.Said{}, "3501 2024-03=72.87; 3502 2024-03=79.71", "bps-table-scaled"},
		{"the poverty line in Indonesian form", three("Wilayah;Garis Kemiskinan 2025 (Rupiah/kapita/bulan)", "Pacitan;386.174", "Ponorogo;428.183"), bps.Said{}, "3501 2025-03=386174; 3502 2025-03=428183", ""},
		{"depth and severity", three("Wilayah;Indeks Kedalaman Kemiskinan (P1) 2024;Indeks Keparahan Kemiskinan (P2) 2024", "Pacitan;1,77;0,36", "Ponorogo;1,22;0,26"), bps.Said{},
			"p1 3501 2024-03=1.77; p1 3502 2024-03=1.22; p2 3501 2024-03=0.36; p2 3502 2024-03=0.26", ""},
		{"a preliminary figure", poverty + three("Wilayah;Persentase", "Pacitan;13,08*", "Ponorogo;9,11"), bps.Said{}, "3501 2024-03=13.08*; 3502 2024-03=9.11", "*"},
		{"a preliminary year", three("Wilayah;2023;2024*", "Pacitan;70,94;71,49", "Ponorogo;72,5;73,1"), bps.Said{Indicator: "hdi"}, "3501 2023=70.94; 3501 2024=71.49*; 3502 2023=72.50; 3502 2024=73.10*", ""},
		{"kabupaten and kota of one name", poverty + three("Wilayah;Persentase", "Kediri;9,90", "Kota Kediri;6,51", "Surabaya [Kota];3,96"), bps.Said{}, "3506 2024-03=9.90; 3571 2024-03=6.51; 3578 2024-03=3.96", ""},
		{"told apart by headings", poverty + three("Wilayah;Persentase", "Kabupaten;", "Pacitan;13,08", "Kediri;9,90", "Kota;", "Kediri;6,51", "Malang;3,91"), bps.Said{}, "3501 2024-03=13.08; 3506 2024-03=9.90; 3571 2024-03=6.51; 3573 2024-03=3.91", ""},
		{"one name twice and nothing to tell", poverty + three("Wilayah;Persentase", "Pacitan;13,08", "Kediri;9,90", "Kediri;6,51"), bps.Said{}, "bps-table-ambiguous", ""},
		{"a bare name alone", poverty + three("Wilayah;Persentase", "Pacitan;13,08", "Kediri;9,90"), bps.Said{}, "bps-table-ambiguous", ""},
		{"codes", poverty + three("Kode Wilayah;Nama;Persentase", "3500;JAWA TIMUR;9,79", "3501;Pacitan;13,08", "3571;Kediri;6,51"), bps.Said{}, "35 2024-03=9.79; 3501 2024-03=13.08; 3571 2024-03=6.51", "*"},
		{"codes of the Ministry of Home Affairs as numbers", poverty + three("Kode;Nama;Persentase", "35.1;Banyuwangi;6,54", "35.2;Magetan;9,32", "35.01;Pacitan;13,08"), bps.Said{}, "3501 2024-03=13.08; 3510 2024-03=6.54; 3520 2024-03=9.32", "*"},
		{"codes of regions elsewhere", poverty + three("Kode;Nama;Persentase", "1101;Simeulue;17,9", "3501;Pacitan;13,08"), bps.Said{}, "1101 2024-03=17.90; 3501 2024-03=13.08", "*"},
		{"labels that have shifted", poverty + three("Kode;Nama;Persentase", "3501;Ponorogo;13,08", "3502;Trenggalek;9,11"), bps.Said{}, "bps-table-contradicts", ""},
		{"no year anywhere", three("Wilayah;Persentase Penduduk Miskin", "Pacitan;13,08", "Ponorogo;9,11"), bps.Said{}, "bps-table-period", ""},
		{"a year that is said", three("Wilayah;Persentase Penduduk Miskin", "Pacitan;13,08", "Ponorogo;9,11"), bps.Said{Period: "2024-03"}, "3501 2024-03=13.08; 3502 2024-03=9.11", ""},
		{"of what is not said", three("Wilayah;2023;2024", "Pacitan;13,65;13,08", "Ponorogo;9,53;9,11"), bps.Said{}, "bps-table-columns", ""},
		{"both are in the title, neither in the head", "Jumlah dan Persentase Penduduk Miskin, 2024\n\n" + three("Wilayah;Nilai", "Pacitan;13,08", "Ponorogo;9,11"), bps.Said{}, "bps-table-columns", ""},
		{"no regions", three("Jenis;Persentase Penduduk Miskin 2024", "Laki-laki;13,08", "Perempuan;9,11"), bps.Said{}, "bps-table-regions", ""},
		{"a year that is none", three("Wilayah;Tahun;Persentase Penduduk Miskin", "Pacitan;dua ribu;13,65", "Ponorogo;2024;13,08"), bps.Said{}, "bps-table-year", ""},
		{"other columns", poverty + three("No;Wilayah;Persentase;Luas (km2) 2024", "1;Pacitan;13,08;1390", "2;Ponorogo;9,11;1372"), bps.Said{}, "3501 2024-03=13.08; 3502 2024-03=9.11", "*"},
	} {
		r, err := file(t, c.text, c.said)
		if err != nil {
			if got := strings.Join(speaks(t, err), " "); got != c.want {
				t.Errorf("%s: %s %v, want %q", c.what, got, err, c.want)
			}
			continue
		}
		if got := says(r.Rows); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if got := own(t, r); c.cautions != "*" && got != c.cautions {
			t.Errorf("%s: cautions %q, want %q", c.what, got, c.cautions)
		}
		if r.Release != "2025-07-25" || r.Source == "" {
			t.Errorf("%s: %q of %s", c.what, r.Source, r.Release)
		}
	}
}

// TestTablesThatAreWrong: a poverty line whose thousands were lost, as in a file of
// 2022, and a row that is shifted by one column, as in one of 2018, are read as they
// stand, and the register refuses them.
func TestTablesThatAreWrong(t *testing.T) {
	for what, text := range map[string]string{
		"cut":     "Provinsi;Garis Kemiskinan 2022\nJawa Timur;460,909\nJawa Barat;444,071\nIndonesia;505\n",
		"shifted": "Provinsi;Jumlah Penduduk Miskin 2018 (ribu);Persentase Penduduk Miskin 2018\nJawa Timur;4.332,59;10,98\nJawa Barat;3.615,79;7,45\nIndonesia;9,82;25.949,80\n",
	} {
		r, err := file(t, text, bps.Said{})
		if err != nil {
			t.Fatal(err)
		}
		if got := speaks(t, registry.ReviewStatistics(r.Rows, nil).Refused); !slices.Contains(got, "statistic-range") {
			t.Errorf("%s: %v of %s", what, got, says(r.Rows))
		}
	}
}

// TestTableOfAWorkbook: merged heads of two levels, with what an officer's copy of a
// table of BPS has.
func TestTableOfAWorkbook(t *testing.T) {
	book := excelize.NewFile()
	name := book.GetSheetName(0)
	for at, v := range map[string]any{
		"A1": "Jumlah dan Persentase Penduduk Miskin Menurut Kabupaten/Kota, 2024", "A3": "Kabupaten/Kota", "B3": "Penduduk Miskin", "B4": "Jumlah (ribu)", "C4": "Persentase",
		"A5": "Pacitan", "B5": 72.87, "C5": 13.08, "A6": "Ponorogo", "B6": 79.71, "C6": 9.11, "A7": "Trenggalek", "B7": 73.4, "C7": 10.5, "A8": "Jawa Timur", "B8": 3982.69, "C8": 9.79, "A10": "Sumber: BPS, Susenas",
	} {
		if err := book.SetCellValue(name, at, v); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"A3": "A4", "B3": "C3", "A1": "C1"} {
		if err := book.MergeCell(name, from, to); err != nil {
			t.Fatal(err)
		}
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := workbook.Open(t.Context(), bytes.NewReader(b.Bytes()), workbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r, err := bps.ReadTable(t.Context(), reader, bps.Said{Release: "2024-07-01", File: "miskin.xlsx"}, func(region string) bool { return region != "3503" })
	want := "p0 35 2024-03=9.79; p0 3501 2024-03=13.08; p0 3502 2024-03=9.11; poor 35 2024-03=3982.69; poor 3501 2024-03=72.87; poor 3502 2024-03=79.71"
	if err != nil || says(r.Rows) != want || !strings.Contains(r.Source, "Jumlah dan Persentase") || !strings.Contains(r.Source, "miskin.xlsx") {
		t.Errorf("%q %v, want %q", says(r.Rows), err, want)
	}
}
