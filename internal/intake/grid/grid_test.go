package grid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// TestShapes: what the marks within a number say of its form.
func TestShapes(t *testing.T) {
	for text, want := range map[string]shape{
		"5": bare, "2021": bare, "0": bare, "-5": bare, "1 234": bare, "1 234 567": bare, "Rp500": bare, "12%": bare, "7*": bare, "1.5e3": english, "1E5": bare,
		"007": zeros, "0812": zeros, "'0812": zeros,
		"11.191": pointGroup, "1.234*": pointGroup, "11,191": commaGroup, "999,000": commaGroup,
		"4.419,10": indonesian, "1.234.567": indonesian, "0,5": indonesian, "0,123": indonesian, "1234,5": indonesian, "1,5": indonesian, "1 234,5": indonesian, "3,51514E+15": indonesian, ",5": indonesian,
		"4,419.10": english, "1,234,567": english, "0.5": english, "0.123": english, "1234.567": english, "1.2345": english, "3.51514E+15": english, ".5": english,
		"": noNumber, "-": noNumber, "a": noNumber, "1a": noNumber, "1.": noNumber, "1..2": noNumber, "1.2.3": noNumber, "35.01.01.2001": noNumber, "1,23,456": noNumber, "12.34,5": noNumber,
		"4.419,10.2": noNumber, "0.123.456": noNumber, "1 23": noNumber, "17/03/2024": noNumber, "1e": noNumber, "1e999": noNumber, "...": noNumber, "**": noNumber, "00.5": noNumber,
		strings.Repeat("9", 61): noNumber,
	} {
		f := look([]byte(text))
		if f.shape != want {
			t.Errorf("%q: %d, want %d", text, f.shape, want)
		}
	}
}

// TestNumbersRoundTrip: a number written in either form is that number again.
func TestNumbersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-1e15, 1e15).Draw(t, "n")
		decimals := rapid.IntRange(0, 6).Draw(t, "decimals")
		group := rapid.Bool().Draw(t, "group")
		mark, sep := byte('.'), ","
		if rapid.Bool().Draw(t, "indonesian") {
			mark, sep = ',', "."
		}
		digits := fmt.Sprintf("%0*d", decimals+1, max(n, -n))
		whole, part := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
		var b strings.Builder
		for i, d := range whole {
			if group && i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteString(sep)
			}
			b.WriteRune(d)
		}
		if decimals > 0 {
			b.WriteByte(mark)
			b.WriteString(part)
		}
		text := b.String()
		if n < 0 {
			text = "-" + text
		}
		f := look([]byte(text))
		if !f.fits(mark) {
			t.Fatalf("%s does not fit %c: %d", text, mark, f.shape)
		}
		want, _ := strconv.ParseFloat(strings.ReplaceAll(strings.ReplaceAll(text, sep, ""), string(mark), "."), 64)
		if got, ok := f.real(mark, false); !ok || got != want {
			t.Fatalf("%s: %v, want %v", text, got, want)
		}
		if v, ok := f.whole(mark); ok != (want == math.Trunc(want)) || ok && float64(v) != want {
			t.Fatalf("%s: %d %v", text, v, ok)
		}
	})
}

// TestDaysRoundTrip: a day written in any way that is certain is that day again,
// as text and as serial day of both epochs.
func TestDaysRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(-25000, 60000).Draw(t, "day") // 1901 to 2134
		at := time.Unix(day*86400, 0).UTC()
		for _, layout := range []string{"2006-01-02", "2006/1/2", "02/01/2006", "2-1-2006", "02.01.2006", "2 January 2006", "02-Jan-2006", "2006-01-02 00:00:00", "02/01/2006 0:00:00"} {
			d := lookDay([]byte(at.Format(layout)))
			if got, ok := d.day(dayFirst); !ok || got != day || d.order == noDay {
				t.Fatalf("%s: %+v %d, want %d", at.Format(layout), d, got, day)
			}
		}
		d := lookDay([]byte(at.Format("01/02/2006")))
		if got, ok := d.day(monthFirst); d.order != dayFirst && (!ok || got != day) {
			t.Fatalf("%s: %+v %d", at.Format("01/02/2006"), d, got)
		}
		if got, _, ok := serial([]byte(strconv.FormatInt(day-epoch, 10)), false); !ok || got != day {
			t.Fatalf("%d: %d", day-epoch, got)
		}
		if day > -24107+1 {
			if got, _, ok := serial([]byte(strconv.FormatInt(day-epoch-1462, 10)), true); !ok || got != day {
				t.Fatalf("1904, %d: %d", day-epoch-1462, got)
			}
		}
	})
}

func TestDays(t *testing.T) {
	for text, want := range map[string]order{
		"2024-03-17": certain, "17 Agustus 2024": certain, "1-Mei-24": certain, "17/03/2024": dayFirst, "03/17/2024": monthFirst, "4/5/2024": eitherOrder, "4/5/24": eitherOrder,
		"2024-03-17T08:30:00.123+07:00": certain, "2024-03-17 8:30": certain,
		"": noDay, "2024": noDay, "2024-03": noDay, "17/03": noDay, "17-03/2024": noDay, "1 Foo 2024": noDay, "17/03/2024 x": noDay, "17/03/2024 25:00": noDay, "17/03/2024 10:61": noDay,
		"1.2.3": noDay, "081-234-5678": noDay, "1 2 2024": noDay, "2024-03-17 24:00:01": noDay, "192.168.1.1": noDay,
	} {
		if d := lookDay([]byte(text)); d.order != want {
			t.Errorf("%q: %+v, want %d", text, d, want)
		}
	}
	for text, ok := range map[string]bool{"1": true, "59": true, "60": false, "61": true, "0": false, "-1": false, "2958465.5": true, "2958467": false, "x": false} {
		if _, _, got := serial([]byte(text), false); got != ok {
			t.Errorf("serial %s: %v", text, got)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"<b>ACEH</b>": "ACEH", "Jumlah<br>Miskin": "Jumlah Miskin", "<span class='x'>a</span>": "a", "A &amp; B": "A & B", "a&nbsp;b": "a b", "<B>x": "x",
		"a < b": "a < b", "a<b": "a<b", "AT&T": "AT&T", "<x>": "<x>", "x<br/>": "x", "<": "<",
	} {
		if got, changed := plain(in); got != want || changed != (in != want) {
			t.Errorf("%q: %q %v, want %q", in, got, changed, want)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]bool{"Sumber: BPS": true, "Keterangan": true, "Catatan/Notes:": true, "* sementara": true, "Notes": true, "Sumberejo": false, "Sumber": false, "Sumber Agung": false, "Sumber/Source: BPS": true, "Sumber : BPS": true, "Catatan": true, "Keterangan a": false, "Kete": false, "Source: x": true, "": false} {
		if footer([]byte(in)) != want {
			t.Errorf("%q", in)
		}
	}
	for in, want := range map[string]class{
		"JAWA TIMUR": province, "Provinsi Jawa Timur": province, "<b>INDONESIA</b>": nation, "Kab. Pacitan": regency, "Kediri": regency, "Jumlah": sum, "Jumlah/Total": sum,
		"Total Jawa Timur": sum, "Jumlah Kabupaten": sum, "TOTAL": sum, "Jumlah penduduk": noClass, "Totalindo": noClass, "Aceh": noClass, "3500": province, "9999": nation,
	} {
		if got := classify(in); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
		if want != noClass && !mayLabel([]byte(in)) {
			t.Errorf("%q is passed over", in)
		}
	}
	for title, want := range map[string][2]string{"Jumlah - Maret (ribu) (Ribu)": {"Ribu", "ribu"}, "Pagu (Rp Juta)": {"Rp Juta", "Juta"}, "P0 (%)": {"%", ""}, "nama": {"", ""}, "Jutawan": {"", ""}, "Rp 000": {"", "000"}, "Tahun 2000": {"", ""}} {
		if u, s := unit(title); u != want[0] || s != want[1] {
			t.Errorf("%q: %q %q", title, u, s)
		}
	}
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 27: "AB", 701: "ZZ", 702: "AAA", MaxColumns - 1: "XFD"} {
		if got := Letter(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// TestMayLabel: every name of a region, in any writing, is looked at; names of persons
// mostly are not.
func TestMayLabel(t *testing.T) {
	for _, r := range registry.Regions() {
		for _, s := range []string{r.Name, strings.ToUpper(r.Name), "Kab. " + r.Name, strings.TrimPrefix(strings.TrimPrefix(r.Name, "Kabupaten "), "Kota "), r.Code + " " + r.Name, "<b>" + r.Name, r.Code} {
			if classify(s) != noClass && !mayLabel([]byte(s)) {
				t.Errorf("%q is passed over", s)
			}
		}
	}
	for _, s := range []string{"Contoh Orang 1", "WARGA", "Émile", "Rekaan"} {
		if mayLabel([]byte(s)) != (s[0] >= 0x80) {
			t.Error(s)
		}
	}
}

// rows is a scanner of texts.
type rows struct {
	cells [][]string
	at    int
	row   Row
}

func (s *rows) Scan(context.Context) (*Row, error) {
	if s.at == len(s.cells) {
		return nil, io.EOF
	}
	s.row = Row{Number: int64(s.at + 1)}
	for i, c := range s.cells[s.at] {
		if c != "" {
			s.row.Cells = append(s.row.Cells, Cell{Column: i, Text: []byte(c)})
		}
	}
	s.at++
	return &s.row, nil
}

// TestMergedHeaders: merged ranges say what a title spans, where holes alone
// would not.
func TestMergedHeaders(t *testing.T) {
	cells := [][]string{{"Wilayah", "Jumlah", "", "Persen", ""}, {"", "L", "P", "L", "P"}, {"Pacitan", "1", "2", "3", "4"}, {"Ngawi", "5", "6", "7", "8"}}
	for _, c := range []struct {
		merges []Merge
		want   string
	}{
		{nil, "Wilayah|Jumlah - L|Jumlah - P|Persen - L|Persen - P"},
		{[]Merge{{1, 2, 0, 0}, {1, 1, 1, 2}, {1, 1, 3, 4}}, "Wilayah|Jumlah - L|Jumlah - P|Persen - L|Persen - P"},
		{[]Merge{{1, 2, 0, 0}, {1, 1, 1, 2}}, "Wilayah|Jumlah - L|Jumlah - P|Persen - L|P"},
	} {
		r, err := Open(context.Background(), func() (Scanner, error) { return &rows{cells: cells}, nil }, Options{Merges: c.merges})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range r.Table().Columns {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, "|"); got != c.want {
			t.Errorf("%v: %s, want %s", c.merges, got, c.want)
		}
	}
}

// TestManyCautions: a wide table cannot fill the list.
func TestManyCautions(t *testing.T) {
	var head, row []string
	for i := range 2000 {
		head, row = append(head, fmt.Sprintf("k%d", i)), append(row, "1,5")
	}
	r, err := Open(context.Background(), func() (Scanner, error) { return &rows{cells: [][]string{head, row}}, nil }, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	for err == nil {
		err = r.Next(context.Background(), &b)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if all := r.Cautions(); len(all) != maxCautions+1 || all[maxCautions].Code != "grid-more" || all[maxCautions].Values["n"] != int64(1500) {
		t.Error(len(all), all[len(all)-1])
	}
}

// TestWide: too many columns are refused, whatever the form of file.
func TestWide(t *testing.T) {
	wide := make([]string, MaxColumns+1)
	for i := range wide {
		wide[i] = "k"
	}
	_, err := Open(context.Background(), func() (Scanner, error) { return &rows{cells: [][]string{wide, wide}}, nil }, Options{})
	if got := problem.Of(err); len(got) != 1 || got[0].Code != "grid-columns" {
		t.Error(err)
	}
}
