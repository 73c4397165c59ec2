package intake_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/sourcetest"
)

// TestOpen: a file is what it holds, whatever it is called, and what is not read
// or does harm is refused with the reason.
func TestOpen(t *testing.T) {
	stored := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	packed := func(names ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range names {
			w, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte("<x/>"))
		}
		z.Close()
		return b.String()
	}
	csv := "wilayah;kpm\nKabupaten Pacitan;10\nKota Batu;20\n"
	for _, c := range []struct {
		name, content string
		form          intake.Form
		rows          int
		refused       string // codes
		said          string // a caution that must be there
	}{
		{"a.csv", csv, intake.CSV, 2, "", ""},
		{"noending", csv, intake.CSV, 2, "", ""},
		{"a.xls", csv, intake.CSV, 2, "", "intake-other-form"},
		{"a.xlsx", csv, intake.CSV, 2, "", "intake-other-form"},
		{"a.tsv", "a\tb\n1\t2\n", intake.CSV, 1, "", ""},
		{"a.dbf", stored("dbase/testdata/susenas.dbf"), intake.DBase, -1, "", ""},
		{"susenas", stored("dbase/testdata/susenas.dbf"), intake.DBase, -1, "", ""},
		{"fox.csv", stored("dbase/testdata/fox.dbf"), intake.DBase, -1, "", "intake-other-form"},
		{"a.dta", stored("stata/testdata/one.dta"), intake.Stata, -1, "", ""},
		{"a.sav", stored("spss/testdata/one.sav"), intake.SPSS, -1, "", ""},
		{"a.zsav", stored("spss/testdata/haven-zlib.zsav"), intake.SPSS, -1, "", ""},
		{"a.json", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kode":"3501"},"geometry":{"type":"Point","coordinates":[111.1,-8.2]}}]}`, intake.GeoJSON, 1, "", ""},
		{"a.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kode":"3501"},"geometry":null}]}`, intake.GeoJSON, 1, "", ""},
		{"a.csv", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kode":"3501"},"geometry":null}]}`, intake.GeoJSON, 1, "", "intake-other-form"},
		{"a.geojson", `[{"kode": 1}]`, "", 0, "geojson-magic", ""},
		{"a.json", `[{"kode": 1}, {"kode": 2}]`, intake.JSON, 2, "", ""},
		{"a.json", "{\"kode\": 1}\n{\"kode\": 2}\n{\"kode\": 3}", intake.JSON, 3, "", ""},
		{"a.txt", `{"data": [{"kode": 1}]}`, intake.JSON, 1, "", "intake-other-form"},
		{"a.ndjson", `{"kode": 1}`, intake.JSON, 1, "", ""},
		{"a.json", "kode;n\n1;2\n", "", 0, "json-damaged", ""},
		{"a.json", `{"a": [{"b": 1}], "c": [{"d": 1}]}`, "", 0, "json-lists", ""},
		{"a.csv", "[kode];n\n1;2\n", intake.CSV, 1, "", ""},
		{"a.csv", "{kode};n\n1;2\n", intake.CSV, 1, "", ""},
		{"a.parquet", stored("parquet/testdata/arrow-nested.parquet"), intake.Parquet, 60, "", ""},
		{"a.csv", stored("parquet/testdata/arrow-nested.parquet"), intake.Parquet, 60, "", "intake-other-form"},
		{"a.parquet", csv, "", 0, "parquet-magic", ""},
		{"a.csv", "", "", 0, "intake-empty", ""},
		{"a.parquet", "PAR1xxxxPAR1", "", 0, "parquet-cut", ""},
		{"a.parquet", "PAREx", "", 0, "parquet-encrypted", ""},
		{"a.xls", "\r\n<html><table><tr><td>NIK</td></tr></table></html>", "", 0, "intake-markup", ""},
		{"a.xml", `<?xml version="1.0"?><Workbook/>`, "", 0, "intake-markup", ""},
		{"a.db", "SQLite format 3\x00", "", 0, "intake-database", ""},
		{"a.csv", "MZ\x90\x00\x03", "", 0, "intake-program", ""},
		{"a.pdf", "%PDF-1.7\n", "", 0, "csv-pdf", ""},
		{"a.csv.gz", "\x1f\x8b\x08\x00", "", 0, "csv-packed", ""},
		{"a.csv", "a,b\n1,\x00\n", "", 0, "csv-zero-bytes", ""},
		{"a.xlsx", packed("xl/vbaProject.bin", "[Content_Types].xml"), "", 0, "workbook-macros", ""},
		{"a.zip", packed("survei.csv", "survei-anggota.csv", "media/foto.jpg"), "", 0, "workbook-packed", ""},
		{"a.csv", packed("mimetype"), "", 0, "workbook-ods", ""},
		{"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", 0, "workbook-old", ""},
		{"a.xlsx", "PK\x03\x04cut", "", 0, "workbook-cut", ""},
		{"a.dta", "not a Stata file", "", 0, "stata-magic", ""},
		{"a.sav", "not an SPSS file", "", 0, "spss-magic", ""},
		{"a.csv", "a;b\n1;2\na;b;c;d\n1;2;3;4\n", "", 0, "grid-row-long", ""},
	} {
		t.Run(c.name+" "+string(c.form)+c.refused, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), c.name), c.content)
			f, err := intake.Open(limit(t, time.Minute), path, intake.Reading{})
			if found := codes(err); found != c.refused {
				t.Fatalf("refused with %q (%v), expected %q", found, err, c.refused)
			}
			if err != nil {
				return
			}
			defer f.Close()
			if f.Form != c.form || len(f.SHA256) != 64 {
				t.Errorf("read as %s, expected %s", f.Form, c.form)
			}
			for range 2 { // and again from the first row
				rows, err := sourcetest.Rows(f)
				if err != nil || c.rows >= 0 && len(rows)-1 != c.rows {
					t.Errorf("%d rows, expected %d: %v", len(rows)-1, c.rows, err)
				}
				if err := f.Again(context.Background()); err != nil {
					t.Error(err)
				}
			}
			said := codes(f.Cautions())
			if c.said != "" && said[:min(len(said), len(c.said))] != c.said {
				t.Errorf("said %q, expected %q", said, c.said)
			}
			if err := f.Unchanged(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOpenNothing: what is no file, and a name that carries an identity number.
func TestOpenNothing(t *testing.T) {
	dir := t.TempDir()
	for path, code := range map[string]string{filepath.Join(dir, "none.csv"): "intake-no-file", dir: "intake-no-regular"} {
		if _, err := intake.Open(context.Background(), path, intake.Reading{}); codes(err) != code {
			t.Errorf("%s: %v", path, err)
		}
	}
	f, err := intake.Open(context.Background(), write(t, filepath.Join(dir, nik(3)+".csv"), "a;b\n1;2\n"), intake.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if bytes.Contains([]byte(f.Name), []byte(nik(3))) {
		t.Error("the name tells an identity number")
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := intake.Open(over, write(t, filepath.Join(dir, "a.csv"), "a;b\n1;2\n"), intake.Reading{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is over: %v", err)
	}
}

// TestBeingWritten: a file that grows, is touched or replaced while it is read is
// refused and nothing of it is kept.
func TestBeingWritten(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"grows": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("Kota Kediri;3\n")
				err = errors.Join(err, f.Close())
			}
			return err
		},
		"touched": func(path string) error { return os.Chtimes(path, at, at) },
		"replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+"2", []byte("wilayah;kpm\nx;1\n"), 0o600), os.Rename(path+"2", path))
		},
		"gone": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), "a.csv"), "wilayah;kpm\nKota Batu;1\nKota Blitar;2\n")
			f, err := intake.Open(limit(t, time.Minute), path, intake.Reading{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			if err := f.Unchanged(); codes(err) != "intake-being-written" {
				t.Errorf("found %v", err)
			}
		})
	}
}
