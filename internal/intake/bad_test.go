package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/problem"
)

// TestNothingStored: a file of any form that is cut, damaged or changes under the
// reader leaves nothing behind, whether what is wrong shows at once or at its end.
func TestNothingStored(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	store := record(t, data).Contents()
	files := func() []string {
		var all []string
		err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(path, ".db") { // SQLite's own beside it
				all = append(all, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := files()
	load := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	long := strings.Repeat("Kota Batu;1\nKota Blitar;2\n", 3000)
	for name, c := range map[string]struct {
		b    []byte
		want string // the first code
	}{
		"a.csv cut in a quote":     {[]byte("wilayah;kpm\n" + long + "\"Kota Kediri;3\n"), "csv-quote"},
		"b.csv other columns":      {[]byte("wilayah;kpm\n" + long + "kode;wilayah;kpm\n3501;Pacitan;2\n"), "grid-row-long"},
		"c.csv zero bytes":         {[]byte("wilayah;kpm\n" + long + "Kota \x00Kediri;3\n"), "csv-zero-bytes"},
		"d.csv 1,000,000 columns":  {[]byte(strings.Repeat("a;", 1_000_000) + "\n"), "csv-columns"},
		"e.csv in UTF-16, cut":     {[]byte("\xff\xfew\x00;\x00k\x00\n\x00a\x00;\x001"), "csv-utf16-cut"},
		"f.xlsx cut":               {load("workbook/testdata/bps.xlsx")[:4000], "workbook-cut"},
		"g.xlsx of a survey, cut":  {load("testdata/kobo.xlsx")[:12000], "workbook-cut"},
		"h.dbf cut":                {load("dbase/testdata/many.dbf")[:20_000], "dbase-rows-cut"},
		"i.dta cut":                {load("stata/testdata/many.dta")[:20_000], "stata-rows-cut"},
		"j.sav cut":                {load("spss/testdata/many.sav")[:20_000], "spss-rows-cut"},
		"k.parquet cut":            {load("parquet/testdata/arrow-long.parquet")[:40_000], "parquet-cut"},
		"l.parquet damaged inside": {damaged(load("parquet/testdata/arrow-snappy.parquet"), 3000), "parquet-page"},
		"m.json cut":               {load("testdata/kobo.json")[:20_000], "json-cut"},
		"n.ndjson damaged":         {[]byte(strings.Repeat("{\"a\": 1}\n", 5000) + "{\"a\": }\n"), "json-damaged"},
		"o.geojson cut":            {[]byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kode":"3501"},"geometry":null},`), "geojson-cut"},
	} {
		t.Run(name, func(t *testing.T) {
			file, _, _ := strings.Cut(name, " ")
			path := write(t, filepath.Join(t.TempDir(), file), string(c.b))
			_, err := take(t, path, intake.Options{Keep: &store})
			all := problem.Of(err)
			if len(all) == 0 || all[0].Code != c.want {
				t.Errorf("found %v, want %s", err, c.want)
			}
			if after := files(); !slices.Equal(before, after) {
				t.Errorf("left behind: %v", after)
			}
		})
	}
	// A file that another process writes while its rows pass to the store.
	path := write(t, filepath.Join(t.TempDir(), "p.csv"), "wilayah;kpm\n"+long)
	_, err := take(t, path, intake.Options{Keep: &store, Allow: func(*intake.Result) error { t.Error("it was to be kept"); return nil },
		Progress: func(int64) { _ = os.Chtimes(path, at.Add(time.Hour), at.Add(time.Hour)) }}) // one that fails shows below
	if codes(err) != "intake-being-written" || !slices.Equal(before, files()) {
		t.Errorf("%v %v", err, files())
	}
}

func damaged(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x10
	return b
}

// TestFormulas: what a workbook would calculate is never calculated: the value that
// its program stored is read, and said; a text that begins as a formula stays a text
// and is handed back harmless.
func TestFormulas(t *testing.T) {
	f := excelize.NewFile()
	var all error
	set := func(cell string, v any) { all = errors.Join(all, f.SetCellValue("Sheet1", cell, v)) }
	set("A1", "wilayah")
	set("B1", "kpm")
	for i := range 6 {
		set(fmt.Sprintf("A%d", i+2), []string{"Kota Batu", "Kota Blitar", "Kota Kediri"}[i%3])
		set(fmt.Sprintf("B%d", i+2), i+1)
	}
	set("A8", `=cmd|' /C calc'!A0`)
	set("B8", 8)
	set("B9", 1000)
	all = errors.Join(all, f.SetCellFormula("Sheet1", "B9", "WEBSERVICE(\"http://127.0.0.1:1/\"&A2)"))
	set("A9", "Kota Madiun")
	dir := t.TempDir()
	path, back := filepath.Join(dir, "a.xlsx"), filepath.Join(dir, "ditolak.csv")
	if err := errors.Join(all, f.SaveAs(path), f.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := take(t, path, intake.Options{Rejects: back, Contract: parsed(t, `{"dampak:contract": "1", "name": "kpm", "title": "KPM", "dampak:class": "public", "fieldsMatch": "partial",
		"fields": [{"name": "wilayah", "constraints": {"pattern": "Kota.*"}}, {"name": "kpm", "type": "integer"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows.Accepted != 7 || r.Rows.Rejected != 1 {
		t.Errorf("%+v %+v", r.Rows, r.Counts)
	}
	b, err := os.ReadFile(back)
	if err != nil || !strings.Contains(string(b), "'=cmd") || strings.Contains(string(b), "\n=cmd") {
		t.Errorf("%s %v", b, err)
	}
}
