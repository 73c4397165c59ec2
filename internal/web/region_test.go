package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/registry"
)

// measured records official figures in a world: of the nation and of two releases of
// Malang, whose later one corrects the first.
func (w *world) measured() {
	w.t.Helper()
	record := func(release registry.Day, why string, rows ...registry.Statistic) {
		_, _, err := w.store.RecordStatistics(w.t.Context(), w.by("analyst", why), registry.StatisticBatch{Owner: w.ids["provinsi"], Source: "BPS WebAPI, var 621: Persentase", Release: release}, rows)
		w.ok(err)
	}
	broken := figureOf("p0", "3507", "2015-03", 11.53)
	broken.Break = registry.SurveyMonthBreak
	early := figureOf("p0", "3507", "2025-03", 8.90)
	early.Mark = registry.Preliminary
	record("2025-07-25", "", figureOf("p0", "0000", "2020-03", 9.78), figureOf("p0", "0000", "2025-03", 8.47), figureOf("p0", "3507", "2014-09", 11.07), broken, figureOf("p0", "3507", "2020-03", 10.15), early)
	record("2026-07-25", "", figureOf("p0", "3507", "2025-03", 8.78), figureOf("poor", "3507", "2025-03", 230.12), figureOf("hdi", "3507", "2024", 73.5))
}

var rowsOfRegions = []row{
	{"", "GET", "/wilayah", "", 303, "", 0}, {"", "GET", "/wilayah/3527", "", 303, "", 0},
	{"nobody", "GET", "/wilayah", "", 200, "2 dari 38 kabupaten/kota di atas angka Jawa Timur (9,50 %, Maret 2025); tertinggi Kabupaten Sampang, 20,61 %", 0},
	{"nobody", "GET", "/wilayah?cari=sampang", "", 200, "1 baris", 0}, {"nobody", "GET", "/wilayah?urut=-2&bentuk=csv", "", 200, "Kabupaten Sampang,\"20,61\",\"−2,17\"", 0}, {"nobody", "GET", "/wilayah?bentuk=xlsx", "", 200, "xl/worksheets", 0},
	{"nobody", "GET", "/wilayah?gambar=peta", "", 200, "aria-label=\"Kabupaten Sampang: 20,61 % penduduk miskin\"", 0},
	{"nobody", "GET", "/wilayah/3527", "", 200, "Kabupaten Sampang: 20,61 % penduduk miskin pada Maret 2025; Jawa Timur 9,50 %; Indonesia 8,47 %; turun dari 22,78 % pada Maret 2020", 0},
	{"nobody", "GET", "/wilayah/3527", "", 200, "Peringkat 1 dari 3 kabupaten/kota", 0},
	{"nobody", "GET", "/wilayah/3507", "", 200, "Kabupaten Malang: 8,78 % penduduk miskin (230,12 ribu jiwa) pada Maret 2025", 0},
	{"nobody", "GET", "/wilayah/3507", "", 200, "Deret berubah pada Maret 2015 (bulan survei berganti, dari September ke Maret)", 0},
	{"nobody", "GET", "/wilayah/3507", "", 200, "sebelumnya 8,90, rilis 25 Juli 2025", 0}, {"nobody", "GET", "/wilayah/3507", "", 200, "BPS WebAPI, var 621: Persentase (rilis 25 Juli 2026)", 0},
	{"nobody", "GET", "/wilayah/3507", "", 200, "Indeks pembangunan manusia", 0},
	{"nobody", "GET", "/wilayah/3507?gambar=kemiskinan", "", 200, "<svg font-family=", 0},
	{"nobody", "GET", "/wilayah/3510", "", 200, "Kabupaten Banyuwangi: angka kemiskinannya belum tercatat", 0},
	{"nobody", "GET", "/wilayah/35", "", 200, "Provinsi Jawa Timur: 9,30 % penduduk miskin", 0},
	{"nobody", "GET", "/wilayah/0000", "", 404, "Halaman ini tidak ada", 0}, {"nobody", "GET", "/wilayah/9999", "", 404, "", 0}, {"nobody", "GET", "/wilayah/Sampang", "", 404, "", 0},
	{"researcher", "GET", "/wilayah/3507", "", 200, "Dampak &lt;b&gt;tebal&lt;/b&gt; pada lansia", 0}, {"researcher", "GET", "/wilayah/3507", "", 200, "Penerima contoh", 0},
	{"researcher", "GET", "/wilayah/3507", "", 200, "Dampak contoh", 0}, {"researcher", "GET", "/wilayah/3510", "", 200, "Tidak ada izin penelitian di wilayah ini", 0},
	// Beranda takes the figures of the record where it has some.
	{"", "GET", "/", "", 200, "BPS WebAPI, var 621", 0}, {"nobody", "GET", "/", "", 200, `href="/id/wilayah/3527"`, 0}, {"", "GET", "/?gambar=peta", "", 200, "<svg font-family=", 0},
}

// TestTilesLeadWhoIsSignedIn: to whom is not signed in the tiles lead nowhere, for the
// pages of regions ask who one is.
func TestTilesLeadWhoIsSignedIn(t *testing.T) {
	w := newWorld(t)
	if page := w.get("", "/").Body.String(); strings.Contains(page, regionPath+"/") {
		t.Error("tiles lead the public to a page that asks who they are")
	}
	if page := w.get("nobody", "/").Body.String(); strings.Count(page, `href="/id/wilayah/3527"`) != 3 { // two drawings and the table
		t.Errorf("the tiles of a signed-in reader: %d", strings.Count(page, `href="/id/wilayah/3527"`))
	}
	if got := httptest.NewRecorder(); sendDrawing(got, httptest.NewRequest(http.MethodGet, "/?gambar=lain", nil), []figure{{ID: "peta"}}) {
		t.Error("a drawing that is not there was sent")
	}
}
