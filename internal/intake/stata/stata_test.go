package stata_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/intake/sourcetest"
	"github.com/dampak/dampak/internal/intake/stata"
	"github.com/dampak/dampak/internal/problem"
)

func open(f source.File) (source.Reader, error) {
	r, err := stata.Open(f, stata.Options{})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// What haven and pandas wrote and read is what this reader reads, cell by cell.
func TestAgainstOtherReaders(t *testing.T) {
	for _, name := range []string{
		"susenas117", "susenas118", "susenas119", "one", "many", "empty", "strl117", "strl118", "strlmany", "periods",
		"pandas117l", "pandas117b", "pandas118l", "pandas118b", "pandas119l", "pandas119b",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := open(sourcetest.Bytes(sourcetest.Load(t, name+".dta")))
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Compare(t, r, "testdata/"+name+".csv")
		})
	}
}

// The labels of columns and values are those that haven reads.
func TestLabels(t *testing.T) {
	for _, name := range []string{"susenas117", "susenas118", "susenas119", "one", "empty", "many", "strl118"} {
		r, err := open(sourcetest.Bytes(sourcetest.Load(t, name+".dta")))
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, c := range r.Table().Columns {
			got = append(got, []string{c.Name, "", c.Label})
			for _, l := range c.Labels {
				got = append(got, []string{c.Name, l.Value, l.Text})
			}
		}
		want, err := csv.NewReader(bytes.NewReader(sourcetest.Load(t, name+"-labels.csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if g, w := lines(got), lines(want[1:]); g != w {
			t.Errorf("%s:\n%s\nwant\n%s", name, g, w)
		}
	}
}

func lines(rows [][]string) string {
	all := make([]string, len(rows))
	for i, r := range rows {
		all[i] = strings.Join(r, "|")
	}
	return strings.Join(all, "\n")
}

func TestTable(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "periods.dta")))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []source.Column{
		{Name: "td", Kind: source.Day, Format: "%td"}, {Name: "tw", Kind: source.Day, Span: source.Week, Format: "%tw"},
		{Name: "tm", Kind: source.Day, Span: source.Month, Format: "%tm"}, {Name: "tq", Kind: source.Day, Span: source.Quarter, Format: "%tq"},
		{Name: "th", Kind: source.Day, Span: source.HalfYear, Format: "%th"}, {Name: "ty", Kind: source.Real, Format: "%ty"},
		{Name: "tc", Kind: source.Moment, Format: "%tc"},
	} {
		if c := r.Table().Columns[i]; c.Name != want.Name || c.Kind != want.Kind || c.Span != want.Span || c.Format != want.Format {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	r, err = open(sourcetest.Bytes(sourcetest.Load(t, "susenas118.dta")))
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Table(); s.Label != "Susenas buatan, désa" || s.Rows != 30 || s.Encoding != "UTF-8" {
		t.Errorf("%+v", s)
	}
}

func code(err error) string {
	if list := problem.Of(err); len(list) > 0 {
		return list[0].Code
	}
	return ""
}

// replaced has the first of some bytes changed.
func replaced(b []byte, from, to string) []byte {
	return bytes.Replace(b, []byte(from), []byte(to), 1)
}

// Each damage has its own problem, and a count that lies allocates nothing.
func TestBadFiles(t *testing.T) {
	whole := sourcetest.Load(t, "susenas118.dta")
	labels := bytes.Index(whole, []byte("<lbl>")) + 5
	table := labels + 4 + 129 + 3 // where the count of a table stands
	put := func(at int, n uint32) []byte {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[at:], n)
		return b
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":           {nil, "stata-magic"},
		"text":            {[]byte("URUT,PSU\n"), "stata-magic"},
		"release 115":     {[]byte{115, 2, 1, 0, 5, 0}, "stata-version"},
		"release 116":     {replaced(whole, "118", "116"), "stata-version"},
		"release 120":     {replaced(whole, "118", "120"), "stata-version"},
		"byte order":      {replaced(whole, "LSF", "XSF"), "stata-tag"},
		"no columns":      {replaced(whole, "<K>\x08\x00", "<K>\x00\x00"), "stata-no-columns"},
		"65535 columns":   {replaced(whole, "<K>\x08\x00", "<K>\xff\xff"), "stata-cut"},
		"7 columns":       {replaced(whole, "<K>\x08\x00", "<K>\x07\x00"), "stata-tag"},
		"2^56 rows":       {replaced(whole, "<N>\x1e\x00\x00\x00\x00\x00\x00\x00", "<N>\x1e\x00\x00\x00\x00\x00\x00\x01"), "stata-rows-cut"},
		"negative rows":   {replaced(whole, "<N>\x1e\x00\x00\x00\x00\x00\x00\x00", "<N>\xff\xff\xff\xff\xff\xff\xff\xff"), "stata-count"},
		"29 rows":         {replaced(whole, "<N>\x1e", "<N>\x1d"), "stata-tag"},
		"type":            {replaced(whole, "<variable_types>\xf8\xff", "<variable_types>\x01\xf0"), "stata-type"},
		"no name":         {replaced(whole, "<varnames>URUT", "<varnames>\x00RUT"), "column-without-name"},
		"name twice":      {replaced(whole, "<varnames>URUT", "<varnames>R102"), "column-twice"},
		"characteristic":  {replaced(whole, "<characteristics>", "<characteristics><ch>\xff\xff\xff\xff"), "stata-cut"},
		"label table":     {put(labels, 0xffffffff), "stata-cut"},
		"label count":     {put(table, 0xffffffff), "stata-labels"},
		"label count big": {put(table, 0x10000000), "stata-labels"},
		"label text":      {put(table+4, 0), "stata-labels"},
		"label offset":    {put(table+8, 1000), "stata-labels"},
		"label negative":  {put(table+8, 0xffffffff), "stata-labels"},
		"after":           {replaced(whole, "</stata_dta>", "</stata-dta>"), "stata-tag"},
	} {
		_, err := sourcetest.Sound(t, open, sourcetest.Bytes(c.b))
		if got := code(err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := stata.Open(sourcetest.Bytes(whole), stata.Options{Encoding: "Big5"}); code(err) != "source-encoding" {
		t.Error(err)
	}
}

// Characteristics, of which Stata writes many, are gone past.
func TestCharacteristicsAreSkipped(t *testing.T) {
	b := replaced(sourcetest.Load(t, "susenas118.dta"), "<characteristics>", "<characteristics><ch>\x03\x00\x00\x00abc</ch><ch>\x00\x00\x00\x00</ch>")
	if n, err := sourcetest.Sound(t, open, sourcetest.Bytes(b)); n != 30 || err != nil {
		t.Error(n, err)
	}
}

// A long text that is not there, or is binary, is a bad cell; texts in another
// order are found all the same.
func TestLongTexts(t *testing.T) {
	whole := sourcetest.Load(t, "strl118.dta")
	column := func(b []byte) []string {
		r, err := open(sourcetest.Bytes(b))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, row := range rows[1:] {
			all = append(all, row[1])
		}
		return all
	}
	if got := column(replaced(whole, "GSO\x02\x00\x00\x00\x01", "GSO\x02\x00\x00\x00\x09")); got[0] != "stata-long-text" {
		t.Error(got[0])
	}
	if got := column(replaced(whole, "\x82\x81\x0c\x00\x00", "\x81\x81\x0c\x00\x00")); got[0] != "stata-long-text" {
		t.Error(got[0])
	}
	section, end := bytes.Index(whole, []byte("<strls>"))+7, bytes.Index(whole, []byte("</strls>"))
	parts := bytes.SplitAfter(whole[section:end], []byte("GSO"))
	var turned []byte
	for i := len(parts) - 1; i > 0; i-- {
		turned = append(append(turned, "GSO"...), bytes.TrimSuffix(parts[i], []byte("GSO"))...)
	}
	other := append(append(bytes.Clone(whole[:section]), turned...), whole[end:]...)
	if got, want := column(other), column(whole); strings.Join(got, "|") != strings.Join(want, "|") || len(parts) < 3 {
		t.Errorf("%.40q, want %.40q", got, want)
	}
}

// one is pandas' file of one moment in its first row, with another value and
// display format.
func one(t *testing.T, format string, v float64) string {
	t.Helper()
	b := sourcetest.Load(t, "periods.dta")
	f := bytes.Index(b, []byte("<formats>")) + 9
	copy(b[f:f+57], make([]byte, 57))
	copy(b[f:], format)
	// pandas writes %td as a number of eight bytes, first in the row.
	binary.LittleEndian.PutUint64(b[bytes.Index(b, []byte("<data>"))+6:], math.Float64bits(v))
	r, err := open(sourcetest.Bytes(b))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sourcetest.Rows(r)
	if err != nil {
		t.Fatal(err)
	}
	return rows[1][0]
}

// Display formats and values that pandas does not write; those of %tC from
// Stata's "Datetime": 22 leap seconds lie before 2000.
func TestDates(t *testing.T) {
	const day = 86_400_000.0
	of2000 := 14610 * day // 2000-01-01 in %tc
	for _, c := range []struct {
		format string
		v      float64
		want   string
	}{
		{"%td", 0, "1960-01-01"}, {"%-tdD_m_CY", -1, "1959-12-31"}, {"%d", 23436.75, "2024-03-01"}, {"%dD/N/Y", 23436, "2024-03-01"},
		{"%tc", of2000, "2000-01-01 00:00:00"}, {"%tC", of2000 + 22_000, "2000-01-01 00:00:00"}, {"%tC", of2000 + 21_000, "1999-12-31 23:59:59"},
		{"%tcHH:MM", -0.5, "1959-12-31 23:59:59.9995"}, {"%tC", 0, "1960-01-01 00:00:00"},
		{"%tm", -1, "1959-12-01"}, {"%tq", -1, "1959-10-01"}, {"%th", -1, "1959-07-01"}, {"%tw", -1, "1959-12-24"},
		{"%tb", 5, "5"}, {"%tg", 5, "5"}, {"%9.2f", 0.5, "0.5"},
		{"%td", 1e9, "stata-date"}, {"%td", 1e300, "stata-date"}, {"%tc", 1e16, "stata-date"}, {"%tm", -1e6, "stata-date"}, {"%tm", 1e6, "stata-date"},
		{"%td", math.NaN(), "."}, {"%td", math.Inf(-1), "."}, {"%td", math.Float64frombits(0x7fe01a0000000000), ".z"},
	} {
		if got := one(t, c.format, c.v); got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.format, c.v, got, c.want)
		}
	}
}

func TestDecimals(t *testing.T) {
	for format, want := range map[string]int{"%9.2f": 2, "%12.0fc": 0, "%9.0g": -1, "%-12.3f": 3, "%9.f": -1, "%9.2e": -1, "%9.xf": -1, "": -1} {
		b := sourcetest.Load(t, "periods.dta")
		f := bytes.Index(b, []byte("<formats>")) + 9
		copy(b[f:f+57], make([]byte, 57))
		copy(b[f:], format)
		r, err := open(sourcetest.Bytes(b))
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Table().Columns[0]; c.Kind != source.Real || c.Decimals != want {
			t.Errorf("%q: kind %d, %d decimals, want %d", format, c.Kind, c.Decimals, want)
		}
	}
}

// Texts of release 117 are in the encoding of who wrote them.
func TestOldTexts(t *testing.T) {
	b := bytes.ReplaceAll(sourcetest.Load(t, "susenas117.dta"), []byte("D\xc3\xa9sa"), []byte("D\xe9sa\x00"))
	for encoding, want := range map[string]string{"": "Désa", "cp850": "DÚsa"} {
		r, err := stata.Open(sourcetest.Bytes(b), stata.Options{Encoding: encoding})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sourcetest.Rows(r)
		if err != nil || rows[4][3] != want {
			t.Errorf("%s: %v %q", encoding, err, rows[4][3])
		}
		if guessed := len(r.Cautions()) == 1 && r.Cautions()[0].Code == "source-guessed-encoding"; guessed != (encoding == "") {
			t.Errorf("%s: %v", encoding, r.Cautions())
		}
	}
}

func TestCut(t *testing.T) {
	for _, name := range []string{"susenas118.dta", "strl117.dta", "pandas119b.dta"} {
		sourcetest.Cut(t, open, sourcetest.Load(t, name), nil)
	}
	sourcetest.Flip(t, open, sourcetest.Load(t, "susenas117.dta"))
}

func TestCancel(t *testing.T) {
	r, err := open(sourcetest.Bytes(sourcetest.Load(t, "many.dta")))
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
	for _, name := range []string{"susenas117", "susenas118", "one", "strl117", "strl118", "strlmany", "periods", "pandas118b", "pandas119l"} {
		f.Add(sourcetest.Load(f, name+".dta"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = sourcetest.Sound(t, open, sourcetest.Bytes(b))
	})
}

// many is a file of so many rows, made by repeating those of haven's.
func many(t testing.TB, rows int64) source.File {
	whole := sourcetest.Load(t, "susenas118.dta")
	from, to := bytes.Index(whole, []byte("<data>"))+6, bytes.Index(whole, []byte("</data>"))
	head := bytes.Clone(whole[:from])
	binary.LittleEndian.PutUint64(head[bytes.Index(head, []byte("<N>"))+3:], uint64(rows))
	return &sourcetest.Repeated{Head: head, Part: whole[from:to], Tail: whole[to:], Times: rows / 30}
}

func TestMemoryDoesNotGrow(t *testing.T) { sourcetest.Flat(t, open, many(t, 30_000), many(t, 600_000)) }

func BenchmarkRead(b *testing.B) { sourcetest.Bench(b, open, many(b, 999_990), 999_990) }
