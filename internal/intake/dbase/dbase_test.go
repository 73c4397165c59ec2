package dbase_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/dbase"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := dbase.Open(f, dbase.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// What R and Python wrote and read is what this reader reads, cell by cell.
func TestAgainstOtherReaders(t *testing.T) {
	for name, memo := range map[string]string{
		"susenas": "", "one": "", "many": "", "empty": "", "clipper": "", "cyrillic": "", "utf8": "", "vfpnull": "",
		"db3memo": "db3memo.dbt", "fox": "fox.fpt", "vfp": "vfp.fpt",
	} {
		t.Run(name, func(t *testing.T) {
			var o dbase.Options
			if memo != "" {
				o.Memo = sourcetest.Bytes(sourcetest.Load(t, memo))
			}
			r, err := dbase.Open(sourcetest.Bytes(sourcetest.Load(t, name+".dbf")), o)
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Compare(t, r, "testdata/"+name+".csv")
		})
	}
}

func TestColumns(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "susenas.dbf")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range r.Table().Columns {
		got = append(got, c.Name+" "+c.Format+" "+[]string{"text", "whole", "real", "day", "moment", "truth"}[c.Kind])
	}
	want := "URUT N(5,0) whole|PSU N(8,0) whole|STRATA C(6) text|R101 N(5,0) whole|R102 N(5,0) whole|NAMA_DESA C(18) text|TGL D(8) day|" +
		"R2204A L(1) truth|KAPITA N(19,8) real|FWT N(19,13) real|KALORI N(19,12) real"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("%s, want %s", s, want)
	}
	if r.Table().Rows != 40 {
		t.Error(r.Table().Rows)
	}
}

// codes reads to the end and lists the codes of cautions, the error last.
func codes(t *testing.T, b []byte, o dbase.Options) []string {
	t.Helper()
	var all []string
	r, err := dbase.Open(sourcetest.Bytes(b), o)
	if err == nil {
		_, err = sourcetest.Rows(r)
		for _, c := range r.Cautions() {
			all = append(all, c.Code)
		}
	}
	for _, p := range problem.Of(err) {
		all = append(all, p.Code)
	}
	return all
}

func TestCautions(t *testing.T) {
	for name, want := range map[string]string{
		"db3memo.dbf": "dbase-memo-absent dbase-deleted", "susenas.dbf": "", "utf8.dbf": "", "cyrillic.dbf": "",
	} {
		if got := strings.Join(codes(t, sourcetest.Load(t, name), dbase.Options{}), " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Row numbers count deleted rows, so that a person finds the row in the file.
func TestRowNumbersCountDeletedRows(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "db3memo.dbf")))
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	if err := r.Next(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Row) != 4 || b.Row[3] != 5 {
		t.Error(b.Row)
	}
}

// set overwrites bytes of a copy.
func set(b []byte, at int, with string) []byte {
	b = append([]byte(nil), b...)
	copy(b[at:], with)
	return b
}

func u32(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

// Each damage has its own problem.
func TestBadHeaders(t *testing.T) {
	whole := sourcetest.Load(t, "susenas.dbf") // 40 rows of 114 bytes from byte 385
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":            {nil, "dbase-magic"},
		"workbook":         {[]byte("PK\x03\x04 and more"), "dbase-magic"},
		"text":             {[]byte("URUT,PSU\n1,2\n"), "dbase-magic"},
		"dBase 7":          {set(whole, 0, "\x04"), "dbase-version"},
		"dBase II":         {set(whole, 0, "\x02"), "dbase-version"},
		"encrypted":        {set(whole, 15, "\x01"), "dbase-encrypted"},
		"head cut":         {whole[:200], "dbase-header-cut"},
		"no fields":        {set(whole, 8, "\x20\x00"), "dbase-no-columns"},
		"ended at once":    {set(whole, 32, "\r"), "dbase-no-columns"},
		"row width":        {set(whole, 10, "\x73\x00"), "dbase-row-width"},
		"row width 0":      {set(whole, 10, "\x00\x00"), "dbase-row-width"},
		"type":             {set(whole, 32+11, "X"), "dbase-field-type"},
		"date width":       {set(whole, 32+11, "D"), "dbase-field-width"},
		"name twice":       {set(whole, 64, "URUT"), "column-twice"},
		"no name":          {set(whole, 64, "\x00"), "column-without-name"},
		"fewer rows":       {whole[:len(whole)-500], "dbase-rows-cut"},
		"4e9 rows":         {append(set(whole, 4, u32(0xffffffff)), 0x1a), "dbase-rows-short"}, // a complete file whose header lies
		"4e9 rows, cut":    {set(whole, 4, u32(0xffffffff)), "dbase-rows-cut"},
		"one row too few":  {set(whole, 4, u32(39)), "dbase-rows-beyond"},
		"shifted":          {set(whole, 385+114, "x"), "dbase-row-mark"},
		"unknown code":     {set(whole, 29, "\x7b"), "dbase-code-page"},
		"end mark":         {append(set(whole, 0, "\x03"), 0x1a), ""},
		"picture left out": {set(whole, 32+5*32+11, "G"), "dbase-left-out"},
	} {
		got := codes(t, c.b, dbase.Options{})
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
	if got := codes(t, whole, dbase.Options{Encoding: "Big5"}); len(got) != 1 || got[0] != "source-encoding" {
		t.Error(got)
	}
}

// Bad cells are missing and named; their row is read.
func TestBadCells(t *testing.T) {
	whole := sourcetest.Load(t, "susenas.dbf")
	first := 385 + 1
	for name, c := range map[string]struct {
		at     int // in the row
		with   string
		column int
		want   string
	}{
		"blank":            {0, "     ", 0, "."},
		"overflow":         {0, "*****", 0, "*"},
		"letters":          {0, "  1A ", 0, "not-whole"},
		"decimals":         {0, " 1.50", 0, "not-whole"},
		"zero decimals":    {0, " 1.00", 0, "1"},
		"exponent":         {0, " 3E+3", 0, "not-whole"},
		"sign":             {0, "  -12", 0, "-12"},
		"leading zeros":    {0, "00012", 0, "12"},
		"point":            {0, "    .", 0, "."},
		"zero bytes":       {0, "\x00\x00\x00\x00\x00", 0, "."},
		"day 31 Feb":       {47, "20240231", 6, "not-a-day"},
		"day zeros":        {47, "00000000", 6, "."},
		"day short":        {47, "202402  ", 6, "not-a-day"},
		"day sign":         {47, "+2240231", 6, "not-a-day"},
		"truth":            {55, "X", 7, "not-a-truth"},
		"truth y":          {55, "y", 7, "1"},
		"truth unset":      {55, "?", 7, "."},
		"real letters":     {56, "1,5                ", 8, "not-a-number"},
		"real hexadecimal": {56, "0x1p4              ", 8, "not-a-number"},
		"real infinite":    {56, "1e999              ", 8, "not-a-number"},
		"real exponent":    {56, "1.5E+3             ", 8, "1500"},
		"text cut at zero": {29, "Tuban\x00rest        ", 5, "Tuban"},
	} {
		r, err := open(sourcetest.Bytes(set(whole, first+c.at, c.with)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if err != nil || len(rows) != 41 || rows[1][c.column] != c.want {
			t.Errorf("%s: %v %q, want %q", name, err, rows[1], c.want)
		}
	}
}

// A memo that is not there, or longer than its file, is a bad cell.
func TestBadMemos(t *testing.T) {
	for _, c := range []struct {
		name, memo string
		change     func([]byte) []byte
	}{
		{"db3memo.dbf", "db3memo.dbt", func(b []byte) []byte { return b[:530] }},
		{"db3memo.dbf", "db3memo.dbt", func(b []byte) []byte { return b[:100] }},
		{"fox.dbf", "fox.fpt", func(b []byte) []byte { return set(b, 6, "\xff\xff") }},
		{"vfp.dbf", "vfp.fpt", func(b []byte) []byte { return set(b, 0x204, "\x7f\xff\xff\xff") }},
		{"vfp.dbf", "vfp.fpt", func(b []byte) []byte { return set(b, 0x200, "\x00\x00\x00\x00") }},
		{"vfp.dbf", "vfp.fpt", func(b []byte) []byte { return set(b, 6, "\x00\x00") }},
	} {
		r, err := dbase.Open(sourcetest.Bytes(sourcetest.Load(t, c.name)), dbase.Options{Memo: sourcetest.Bytes(c.change(sourcetest.Load(t, c.memo)))})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if err != nil || rows[1][len(rows[1])-1] != "dbase-memo" {
			t.Errorf("%s: %v %q", c.name, err, rows[1])
		}
	}
	_, err := dbase.Open(sourcetest.Bytes(sourcetest.Load(t, "vfp.dbf")), dbase.Options{Memo: sourcetest.Bytes([]byte("x"))})
	if got := problem.Of(err); len(got) != 1 || got[0].Code != "dbase-memo-file" {
		t.Error(err)
	}
}

// No program at hand writes the memos of dBase IV: Python's of dBase III are put
// into its blocks, which begin with a mark and their length.
func TestMemosOfDBase4(t *testing.T) {
	old := sourcetest.Load(t, "db3memo.dbt")
	memo := make([]byte, len(old)+512)
	binary.LittleEndian.PutUint16(memo[20:], 512)
	for at := 512; at < len(old); at += 512 {
		text, _, ended := bytes.Cut(old[at:], []byte{0x1a})
		if !ended {
			break
		}
		copy(memo[at:], append([]byte{0xff, 0xff, 8, 0}, u32(uint32(8+len(text)))...))
		copy(memo[at+8:], text)
		at += len(text) / 512 * 512
	}
	r, err := dbase.Open(sourcetest.Bytes(set(sourcetest.Load(t, "db3memo.dbf"), 0, "\x8b")), dbase.Options{Memo: sourcetest.Bytes(memo)})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Compare(t, r, "testdata/db3memo.csv")
	binary.LittleEndian.PutUint32(memo[512+4:], 7) // shorter than its own head
	if r, err = dbase.Open(sourcetest.Bytes(set(sourcetest.Load(t, "db3memo.dbf"), 0, "\x8b")), dbase.Options{Memo: sourcetest.Bytes(memo)}); err != nil {
		t.Fatal(err)
	}
	if rows, err := sourcetest.Rows(r); err != nil || rows[1][5] != "dbase-memo" {
		t.Error(err, rows[1])
	}
}

// No part of a table passes for the whole; the end mark alone may be gone.
func TestCut(t *testing.T) {
	for _, name := range []string{"susenas.dbf", "vfp.dbf", "db3memo.dbf"} {
		b := sourcetest.Load(t, name)
		sourcetest.Cut(t, open, b, func(size int) bool { return size == len(b)-1 && b[size] == 0x1a })
		sourcetest.Flip(t, open, b)
	}
}

func TestCancel(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "many.dbf")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b source.Batch
	if err := r.Next(ctx, &b); !errors.Is(err, context.Canceled) || len(b.Row) > 0 {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"susenas.dbf", "vfp.dbf", "fox.dbf", "db3memo.dbf", "vfpnull.dbf", "clipper.dbf"} {
		f.Add(sourcetest.Load(f, name), []byte(nil))
	}
	f.Add(sourcetest.Load(f, "vfp.dbf"), sourcetest.Load(f, "vfp.fpt"))
	f.Add(sourcetest.Load(f, "db3memo.dbf"), sourcetest.Load(f, "db3memo.dbt"))
	f.Fuzz(func(t *testing.T, table, memo []byte) {
		sourcetest.Sound(t, func(f source.File) (source.Reader, error) {
			var o dbase.Options
			if len(memo) > 0 {
				o.Memo = sourcetest.Bytes(memo)
			}
			r, err := dbase.Open(f, o)
			if err != nil {
				return nil, err
			}
			return r, nil
		}, sourcetest.Bytes(table))
	})
}

// many is a table of so many rows, made by repeating those of R's.
func many(t testing.TB, rows int64) source.File {
	whole := sourcetest.Load(t, "susenas.dbf")
	return &sourcetest.Repeated{Head: set(whole[:385], 4, u32(uint32(rows))), Part: whole[385:], Times: rows / 40}
}

func TestMemoryDoesNotGrow(t *testing.T) { sourcetest.Flat(t, open, many(t, 20_000), many(t, 400_000)) }

func BenchmarkRead(b *testing.B) { sourcetest.Bench(b, open, many(b, 1_000_000), 1_000_000) }
