package web

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

// rowsOfCalendar: the years that are known, and a year that an office fills in.
var rowsOfCalendar = []row{
	{"head", "GET", "/pengelolaan", "", 200, "Kalender hari kerja", 0}, {"head", "GET", "/pengelolaan/kalender", "", 200, "Hari kerja dapat dihitung sampai akhir 2027", 0},
	{"kabupaten-officer", "GET", "/pengelolaan/kalender/2027", "", 200, "Dari tabel yang dibawa program, menurut", 0}, {"head", "GET", "/pengelolaan/kalender/2027", "", 200, "Jumat, 1 Januari 2027", 0},
	{"head", "GET", "/pengelolaan/kalender/2028", "", 200, "Hari libur 2028 belum tercatat", 0}, {"head", "GET", "/pengelolaan/kalender/lain", "", 404, "", 0}, {"head", "GET", "/pengelolaan/kalender/1999", "", 404, "", 0},
	{"nobody", "GET", "/pengelolaan/kalender", "", 403, "", 0}, {"", "GET", "/pengelolaan/kalender", "", 303, "", 0},
	{"head", "GET", "/pengelolaan/kalender/2027/ubah", "", 200, "1 Januari 2027; libur nasional; ", 0}, {"kabupaten-officer", "GET", "/pengelolaan/kalender/2028/ubah", "", 403, "", 0},
	{"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=&holidays=", 422, "keputusannya belum diisi", 0}, {"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=", 422, "tidak memuat hari libur", 0},
	{"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=1 Januari 2027%3B libur nasional%3B Tahun Baru", 422, "Baris 1 (`1 Januari 2027; libur nasional; Tahun Baru`) bukan hari libur pada tahun ini", 0},
	{"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=1 Januari 2028%3B libur%3B Tahun Baru", 422, "seperti 1 Januari 2028; libur nasional; Tahun Baru Masehi", 0},
	{"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=1 Januari 2028%3B libur nasional%3B Tahun Baru%0D%0A2028-01-01%3B cuti bersama%3B Lagi", 422, "1 Januari 2028 tertulis dua kali", 0},
	{"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=1 Januari 2028%3B libur nasional%3B Tahun <b>tebal</b>%0D%0A%0D%0A3 Januari 2028%3B Cuti Bersama%3B Cuti", 303, "", 1},
	{"head", "GET", "/pengelolaan/kalender/2028", "", 200, "1 hari libur nasional dan 1 hari cuti bersama", 0}, {"head", "GET", "/pengelolaan/kalender/2028", "", 200, "Tahun &lt;b&gt;tebal", 0}, {"head", "GET", "/pengelolaan/kalender/2028", "", 200, "Dicatat oleh kantor, menurut SKB 1 Tahun 2027", 0},
	{"head", "GET", "/pengelolaan/kalender", "", 200, "sampai akhir 2028", 0}, {"head", "POST", "/pengelolaan/kalender/2028/ubah", "decree=SKB 1 Tahun 2027&holidays=1 Januari 2028%3B libur nasional%3B Tahun <b>tebal</b>%0D%0A3 Januari 2028%3B cuti bersama%3B Cuti", 422, "sudah berisi hal yang sama", 0},
}

// TestHolidaysAsTyped: what the form shows of a year reads back as the same, in both
// languages.
func TestHolidaysAsTyped(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.ID, i18n.EN} {
		c := &call{lang: l}
		for _, y := range registry.ShippedYears() {
			fields, err := calendarFields(c, nil, object{value: calendarYear{CalendarYear: y}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.holidays(y.Year, strings.ReplaceAll(fields[1].Value, "\n", "\r\n"))
			if err != nil || len(got) != len(y.Holidays) {
				t.Fatalf("%s %d: %v, %d of %d days", l, y.Year, err, len(got), len(y.Holidays))
			}
			for i := range got {
				if got[i] != y.Holidays[i] {
					t.Errorf("%s: %v is not %v", l, got[i], y.Holidays[i])
				}
			}
		}
	}
}
