//go:build unix

package intake_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/identity"
)

const wide = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": "nik", "fieldsMatch": "equal",
 "fields": [{"name": "nik", "dampak:identity": "nik", "constraints": {"required": true}}, {"name": "no_kk", "dampak:identity": "kk"}, {"name": "nama", "dampak:identity": "name", "dampak:treatment": "drop"},
  {"name": "kode_wilayah"}, {"name": "desil", "type": "integer", "constraints": {"minimum": 1, "maximum": 10}},
  {"name": "program", "constraints": {"enum": ["PKH", "BPNT"]}}, {"name": "tanggal_salur", "type": "date"}, {"name": "nominal", "type": "number", "constraints": {"minimum": 0}}],
 "foreignKeys": [{"fields": "kode_wilayah", "reference": {"resource": "regions", "fields": "code"}}]}`

// BenchmarkMillion imports a CSV of 1,000,000 persons: NIK and KK hashed, every
// check on, kept as Parquet. It reports the seconds of the processor beside the
// clock, and the most memory that the process had; a tenth of the rows stands beside
// it, to be run alone, as the memory of a process never falls.
//
//	go test ./internal/intake -run '^$' -bench 'Million/csv/1000000' -benchtime 1x
func BenchmarkMillion(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint("csv/", n), func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, "penerima.csv")
			persons(b, path, n)
			imported(b, dir, path, n)
		})
		b.Run(fmt.Sprint("parquet/", n), func(b *testing.B) {
			dir := b.TempDir()
			csv, path := filepath.Join(dir, "penerima.csv"), filepath.Join(dir, "penerima.parquet")
			persons(b, csv, n)
			db, err := sql.Open("duckdb", "")
			if err != nil {
				b.Fatal(err)
			}
			_, err = db.Exec("SET threads = 1; SET memory_limit = '300MB'; SET temp_directory = ''; COPY (SELECT * REPLACE (strptime(tanggal_salur, '%d/%m/%Y')::DATE AS tanggal_salur, replace(replace(nominal, '.', ''), ',', '.')::DOUBLE AS nominal) FROM read_csv('" + csv +
				"', all_varchar = true, delim = ';')) TO '" + path + "' (FORMAT parquet)")
			if err := errors.Join(err, db.Close()); err != nil {
				b.Fatal(err)
			}
			imported(b, dir, path, n)
		})
	}
}

// persons writes a CSV of persons.
func persons(b *testing.B, path string, n int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "nik;no_kk;nama;kode_wilayah;desil;program;tanggal_salur;nominal")
	for i := range n {
		born := time.Date(1950, 1, 1+i/9999, 0, 0, 0, 0, time.UTC)
		fmt.Fprintf(w, "%s;%s;Contoh Orang %d;3578;%d;%s;%02d/%02d/2024;%d.000,00\n", identity.Invent("3578", born, i%2 == 0, 1+i%9999), identity.Invent("3578", born, false, 1+i/3%9999),
			i, 1+i%10, []string{"PKH", "BPNT"}[i%2], 1+i%28, 1+i%12, 100+i%900)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// imported takes a file in.
func imported(b *testing.B, dir, path string, n int) {
	b.Helper()
	s := record(b, filepath.Join(dir, "data"))
	kept := s.Contents()
	before := used(b)
	for b.Loop() {
		r, err := take(b, path, intake.Options{Contract: parsed(b, wide), Keep: &kept})
		if err != nil || r.Rows.Accepted != int64(n) {
			b.Fatal(r, err)
		}
	}
	after := used(b)
	b.ReportMetric((seconds(after.Utime)+seconds(after.Stime)-seconds(before.Utime)-seconds(before.Stime))/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(after.Maxrss)/1024, "peak-MB") // of Linux, in KB
}

// BenchmarkWorkbook imports a workbook of 200,000 persons in the same way.
func BenchmarkWorkbook(b *testing.B) {
	const n = 200_000
	dir := b.TempDir()
	path := filepath.Join(dir, "penerima.xlsx")
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	row := func(i int, cells ...any) {
		if err := w.SetRow(fmt.Sprintf("A%d", i), cells); err != nil {
			b.Fatal(err)
		}
	}
	row(1, "nik", "no_kk", "nama", "kode_wilayah", "desil", "program", "tanggal_salur", "nominal")
	for i := range n {
		born := time.Date(1950, 1, 1+i/9999, 0, 0, 0, 0, time.UTC)
		row(i+2, identity.Invent("3578", born, i%2 == 0, 1+i%9999), identity.Invent("3578", born, false, 1+i/3%9999), fmt.Sprint("Contoh Orang ", i), "3578", 1+i%10,
			[]string{"PKH", "BPNT"}[i%2], fmt.Sprintf("%02d/%02d/2024", 1+i%28, 1+i%12), 100_000+1000*(i%900))
	}
	if err := errors.Join(w.Flush(), f.SaveAs(path), f.Close()); err != nil {
		b.Fatal(err)
	}
	s := record(b, filepath.Join(dir, "data"))
	kept := s.Contents()
	before := used(b)
	for b.Loop() {
		r, err := take(b, path, intake.Options{Contract: parsed(b, wide), Keep: &kept})
		if err != nil || r.Rows.Accepted != n {
			b.Fatal(r, err)
		}
	}
	after := used(b)
	b.ReportMetric((seconds(after.Utime)+seconds(after.Stime)-seconds(before.Utime)-seconds(before.Stime))/float64(b.N), "cpu-s/op")
}

func used(b *testing.B) (u syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
