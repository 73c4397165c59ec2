package intake_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
)

// TestSpreadsheetDamage: what spreadsheets do to identity numbers is found, by the
// contract and by a draft, in CSV and in workbooks: what is only dressed is taken as
// the number that it is, what has lost digits is rejected and said, and nothing is
// kept of it.
func TestSpreadsheetDamage(t *testing.T) {
	dir := t.TempDir()
	given := parsed(t, `{"dampak:contract": "1", "dampak:class": "personal", "fieldsMatch": "partial", "fields": [{"name": "nik", "dampak:identity": "nik"}, {"name": "kpm", "type": "integer"}]}`)
	short := func(i int) float64 { // as Excel holds it: 15 digits
		n, err := strconv.ParseInt(nik(i), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return float64(n / 10 * 10)
	}
	every := func(n int, one, other func(i int) string) func(i int) string {
		return func(i int) string {
			if i%n == 0 {
				return one(i)
			}
			return other(i)
		}
	}
	cut := func(i int) string { return nik(i)[:15] + "0" }
	for _, c := range []struct {
		name     string
		number   func(i int) string
		book     func(i int) any // in a workbook; nil: as text
		accepted int64
		said     string // code of a caution or problem
	}{
		{"as they are", nik, nil, 30, ""},
		{"an apostrophe", func(i int) string { return "'" + nik(i) }, nil, 30, "grid-identity-signs"},
		{"blanks", func(i int) string { n := nik(i); return n[:4] + " " + n[4:8] + " " + n[8:12] + " " + n[12:] }, nil, 30, "grid-identity-signs"},
		{"points", func(i int) string { n := nik(i); return n[:6] + "." + n[6:12] + "." + n[12:] }, nil, 30, "grid-identity-signs"},
		{"no-break blanks", func(i int) string { return "\u00a0" + nik(i) + "\u00a0" }, nil, 30, ""},
		{"exponents", func(int) string { return "3,57899E+15" }, nil, 0, "grid-identity-exponents"},
		{"English exponents", func(int) string { return "3.57899E+15" }, nil, 0, "grid-identity-exponents"},
		{"some exponents", every(5, func(int) string { return "3,57899E+15" }, nik), nil, 24, "grid-identity-exponents"},
		{"last digits lost", cut, func(i int) any { return short(i) }, 0, "grid-identity-zeros"},
		{"some numbers of the workbook", nik, func(i int) any {
			if i%3 == 0 {
				n, _ := strconv.ParseInt(nik(i), 10, 64)
				return n // all digits, as LibreOffice writes them
			}
			return nik(i)
		}, 30, "grid-identity-stored"},
	} {
		var text strings.Builder
		text.WriteString("NIK;KPM\n")
		book := excelize.NewFile()
		if err := errors.Join(book.SetCellValue("Sheet1", "A1", "NIK"), book.SetCellValue("Sheet1", "B1", "KPM")); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			fmt.Fprintf(&text, "%s;%d\n", c.number(i), i)
			var cell any = c.number(i)
			if c.book != nil {
				cell = c.book(i)
			}
			if err := errors.Join(book.SetCellValue("Sheet1", fmt.Sprint("A", i+2), cell), book.SetCellValue("Sheet1", fmt.Sprint("B", i+2), i)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, c.name+".xlsx")
		if err := errors.Join(book.SaveAs(path), book.Close()); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{write(t, filepath.Join(dir, c.name+".csv"), text.String()), path} {
			for _, k := range []*contract.Contract{given, nil} {
				name := filepath.Base(file) + map[bool]string{true: ", draft"}[k == nil]
				r, err := take(t, file, intake.Options{Contract: k})
				if c.said == "grid-identity-stored" && strings.HasSuffix(file, ".csv") {
					continue // a CSV stores no numbers
				}
				said, lines := codes(err), ""
				if err != nil {
					lines = err.Error()
				} else {
					if r.Rows.Accepted != c.accepted || r.Contract.Fields[0].Identity != identity.NIK || r.Contract.Fields[0].Treatment != contract.Hash {
						t.Errorf("%s: %+v %v", name, r.Rows, r.Counts)
					}
					for _, p := range r.Cautions {
						said += " " + p.Code
						lines += p.Text(i18n.ID) + p.Text(i18n.EN)
					}
				}
				if (err != nil) != (c.accepted == 0) || !strings.Contains(said, c.said) {
					t.Errorf("%s: %v, said %q, expected %q", name, err, said, c.said)
				}
				for i := range 30 {
					if strings.Contains(lines, nik(i)) || strings.Contains(lines, cut(i)) {
						t.Errorf("%s shows a number: %s", name, lines)
					}
				}
			}
		}
	}
}

// TestWhy: what is handed back says of a cell that could not be read what is wrong with
// it, and what is kept does not have its text.
func TestWhy(t *testing.T) {
	dir := t.TempDir()
	s := record(t, filepath.Join(dir, "data"))
	kept := s.Contents()
	text := "NIK;KPM\n3,57899E+15;5\n"
	for i := range 20 {
		text += fmt.Sprintf("%s;%d\n", nik(i), i)
	}
	var back strings.Builder
	r, err := take(t, write(t, filepath.Join(dir, "a.csv"), text), intake.Options{Keep: &kept, RejectsTo: &back, Lang: i18n.ID})
	if err != nil || r.Rows.Rejected != 1 {
		t.Fatal(err, r)
	}
	if line := strings.Split(back.String(), "\n")[1]; !strings.HasPrefix(line, `3,57899E+15;5;`) || !strings.Contains(line, "ambil ulang dari sumbernya") {
		t.Error(line)
	}
	if b := quality(t, kept, r.Quality).Rejects[0].Breaks[0]; b.Rule != contract.Unreadable || b.Value != "" {
		t.Errorf("%+v", b)
	}
}

// TestHeaders: identity is known by the headers that offices write, whatever stands
// below, and protected in the draft.
func TestHeaders(t *testing.T) {
	dir := t.TempDir()
	for header, kind := range map[string]identity.Kind{
		"NIK": identity.NIK, "No. KTP": identity.NIK, "Nomor Induk Kependudukan": identity.NIK, "NIK_KPM": identity.NIK, "noKTP": identity.NIK,
		"No KK": identity.KK, "NO_KK": identity.KK, "Nomor Kartu Keluarga": identity.KK, "nkk": identity.KK,
		"Nama": identity.Name, "NAMA PENERIMA": identity.Name, "Nama Lengkap": identity.Name, "Kepala Keluarga": identity.Name, "Nama Ibu Kandung": identity.Name,
		"Alamat": identity.Address, "Alamat Lengkap": identity.Address, "RT/RW": identity.Address,
		"No HP": identity.Phone, "Nomor Telepon": identity.Phone, "no_wa": identity.Phone, "HP": identity.Phone,
		"No. Rekening": identity.Account, "Nomor KKS": identity.Account, "norek": identity.Account, "Email": identity.Email,
		"ID DTKS": identity.Member, "IDSEMESTA": identity.Member,
	} {
		text := "Desil;" + header + "\n"
		for i := range 30 {
			if kind == identity.NIK || kind == identity.KK {
				text += fmt.Sprintf("%d;%s\n", 1+i%10, nik(i))
			} else {
				text += fmt.Sprintf("%d;Contoh%c Buatan%c\n", 1+i%10, 'a'+i%26, 'z'-i%24)
			}
		}
		r, err := take(t, write(t, filepath.Join(dir, "a.csv"), text), intake.Options{})
		if err != nil {
			t.Errorf("%s: %v", header, err)
			continue
		}
		f := r.Contract.Fields[1]
		if f.Identity != kind || f.Treatment == contract.Keep {
			t.Errorf("%s is taken as %q, %s", header, f.Identity, f.Treatment)
		}
	}
	// Birth dates are kept as months.
	r, err := take(t, write(t, filepath.Join(dir, "b.csv"), "Tanggal Lahir;Desil\n17/08/1980;1\n01/02/1990;2\n"), intake.Options{})
	if err != nil || r.Contract.Fields[0].Treatment != contract.Month {
		t.Error(err, r)
	}
}
