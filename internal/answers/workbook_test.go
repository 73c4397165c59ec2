package answers

import (
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// TestSheetsHaveNames: whatever a table is titled, its sheet is called so as far as a
// workbook allows, and no two alike.
func TestSheetsHaveNames(t *testing.T) {
	book := excelize.NewFile()
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	var before []string
	for _, x := range []struct{ title, want string }{
		{"Perkiraan", "Perkiraan"},
		{"perkiraan", "perkiraan 2"},
		{"pengeluaran: Jalur [rata-rata]", "pengeluaran – Jalur (rata-rata)"},
		{"pengeluaran_per_kapita_sebulan: Jalur", "pengeluaran_per_kapita_sebulan"},
		{"pengeluaran_per_kapita_sebulan: Sampel", "pengeluaran_per_kapita_sebula 2"},
		{"'a/b\\c?*'", "a b c"},
	} {
		got := sheetName(x.title, before)
		before = append(before, got)
		if got != x.want || utf8.RuneCountInString(got) > 31 {
			t.Errorf("%q is called %q, not %q", x.title, got, x.want)
		}
		if _, err := book.NewSheet(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}
