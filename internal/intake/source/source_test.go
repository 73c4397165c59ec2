package source

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/problem"
)

func TestNewDecoder(t *testing.T) {
	for name, want := range map[string]string{
		"UTF-8": "UTF-8", "utf8": "UTF-8", "65001": "UTF-8", "US-ASCII": "UTF-8", "windows-1252": "Windows 1252", "CP1252": "Windows 1252",
		"ANSI 1252": "Windows 1252", "1252": "Windows 1252", "cp850": "IBM Code Page 850", "IBM437": "IBM Code Page 437", "ISO-8859-1": "ISO 8859-1",
		"ISO_8859-15": "ISO 8859-15", "latin1": "ISO 8859-1", "28591": "ISO 8859-1",
	} {
		d, ok := NewDecoder(name)
		if !ok || d.Name() != want {
			t.Errorf("%s: %v %q, want %q", name, ok, d.Name(), want)
		}
	}
	for _, name := range []string{"", "932", "Big5", "EBCDIC", "x"} {
		if d, ok := NewDecoder(name); ok {
			t.Errorf("%q is %q", name, d.Name())
		}
	}
}

// Texts of unknown encoding are UTF-8 where they can be, and are counted where
// they cannot.
func TestUnknownEncoding(t *testing.T) {
	var d Decoder
	for in, want := range map[string]string{"Kediri": "Kediri", "caf\xc3\xa9": "café", "caf\xe9": "café"} {
		if got := d.Text([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if d.Guessed != 1 {
		t.Error(d.Guessed)
	}
}

// Where the file says UTF-8, a character cut by the width of its field is
// dropped, and other damage shows.
func TestKnownUTF8(t *testing.T) {
	d, _ := NewDecoder("UTF-8")
	for in, want := range map[string]string{"D\xc3": "D", "D\xe2\x82": "D", "D\xe9sa": "D\ufffdsa", "\xc3": "", "\x82\x82\x82\x82": "\ufffd", "Désa": "Désa"} {
		if got := d.Text([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if d.Guessed != 0 {
		t.Error(d.Guessed)
	}
}

func TestDayNumber(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		want    int64
		ok      bool
	}{
		{1970, 1, 1, 0, true}, {1969, 12, 31, -1, true}, {2024, 2, 29, 19782, true}, {2023, 2, 29, 0, false}, {2024, 13, 1, 0, false},
		{0, 1, 1, 0, false}, {1, 1, 1, FirstDay, true}, {9999, 12, 31, LastDay, true}, {10000, 1, 1, 0, false}, {2024, 0, 1, 0, false},
	} {
		if got, ok := DayNumber(c.y, c.m, c.d); got != c.want || ok != c.ok {
			t.Errorf("%v: %d %v", c, got, ok)
		}
	}
}

// A batch is full after few rows when there are many columns or long texts, and
// gives back what was put in.
func TestBatch(t *testing.T) {
	var b Batch
	b.Start(2)
	if b.AddRow(7); b.Full() {
		t.Error("full at one row")
	}
	b.AddText(0, "a")
	b.AddReal(1, math.NaN())
	b.AddRow(8)
	b.AddText(0, "")
	b.AddReal(1, 0.1)
	for i, want := range [][2]string{{"a", "."}, {".", "0.1"}} {
		if got := [2]string{b.Cells[0].Spell(Text, i), b.Cells[1].Spell(Real, i)}; got != want {
			t.Errorf("row %d: %q", i, got)
		}
	}
	b.AddText(0, string(make([]byte, maxTexts)))
	if !b.Full() {
		t.Error("not full at its most text")
	}
	b.Start(maxCells)
	if b.AddRow(1); !b.Full() {
		t.Error("the widest table is handed over row by row")
	}
	if len(b.Cells) != maxCells || len(b.Cells[0].Text) != 0 {
		t.Error("a batch starts empty")
	}
}

// TestFill: the end of the rows is no error, one in the midst of a part is.
func TestFill(t *testing.T) {
	for _, c := range []struct {
		ends error
		rows int
		want error
	}{{io.EOF, 2, nil}, {problem.New("source-unreadable").Because(io.EOF), 0, io.EOF}, {context.Canceled, 0, context.Canceled}} {
		var b Batch
		n := 0
		err := b.Fill(1, func() error {
			if n++; n > 2 {
				return c.ends
			}
			b.AddRow(int64(n))
			b.AddWhole(0, 1)
			return nil
		})
		if len(b.Row) != c.rows || (err == nil) != (c.want == nil) || !errors.Is(err, c.want) && c.want != nil {
			t.Errorf("%v: %d rows, %v", c.ends, len(b.Row), err)
		}
	}
}

func TestSpell(t *testing.T) {
	c := Cells{Whole: []int64{-1, 19782, 1, 1709164800500000}, Missing: make([]string, 4)}
	for i, want := range []string{"1969-12-31", "2024-02-29"} {
		if got := c.Spell(Day, i); got != want {
			t.Error(got)
		}
	}
	if got := c.Spell(Moment, 3); got != "2024-02-29 00:00:00.5" {
		t.Error(got)
	}
	if got := c.Spell(Truth, 2); got != "1" {
		t.Error(got)
	}
	if got := SpellReal(3.51514e15); got != "3515140000000000" {
		t.Error(got)
	}
}

// A file that shrinks while it is read does not pass for a shorter one.
func TestFixed(t *testing.T) {
	r := NewFixed(strings.NewReader("aabbcc"), 2, 2, 2)
	for _, want := range []string{"bb", "cc"} {
		if row, err := r.Row(context.Background()); string(row) != want || err != nil {
			t.Error(string(row), err)
		}
	}
	if _, err := r.Row(context.Background()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	for _, left := range []string{"aabbc", "aabb", "aa", ""} {
		r = NewFixed(strings.NewReader(left), 2, 2, 2)
		if _, err := r.Row(context.Background()); errors.Is(err, io.EOF) || len(problem.Of(err)) != 1 {
			t.Errorf("%q: %v", left, err)
		}
	}
}
