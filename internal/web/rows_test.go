package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// row is one request and what must come of it.
type row struct {
	who, method, url string
	body             string // of a form that was opened before; "raw:" = sent as it is, without opening it
	status           int
	contains         string
	events           int64
}

const future = "from=2026-11-27&until=2027-06-01"

var rows = []row{
	// Everybody.
	{"", "GET", "/", "", 200, "ribu jiwa penduduk miskin", 0}, {"admin", "GET", "/", "", 200, "menunggu Anda", 0}, {"nobody", "GET", "/", "", 200, "Tidak ada yang menunggu Anda", 0},
	{"second", "GET", "/", "", 200, "Setujui atau tolak: administrator untuk Orang other, diminta Rini Admin", 0},
	{"admin", "GET", "/", "", 200, "Orang head sebagai Kepala Dinsos Jatim, Dinsos Jatim segera berakhir", 0},
	{"", "GET", "/studi", "", 200, "studi, masing-masing dengan jawabannya", 0}, {"", "GET", "/studi/contoh", "", 200, "isi", 0}, {"", "GET", "/metode", "", 200, "Metode", 0}, {"", "GET", "/metode/did-callaway-santanna", "", 200, "", 0},
	{"", "GET", "/metode/kalibrasi", "", 200, "", 0}, {"", "GET", "/metode/aturan", "", 200, "Menurut aturan apa", 0}, {"", "GET", "/metode/kalibrasi.csv", "", 200, "", 0}, {"", "GET", "/assets/tidak.css", "", 404, "", 0}, {"", "GET", "/tidak-ada", "", 404, "Halaman ini tidak ada", 0},
	{"admin", "GET", "/pengelolaan/lain", "", 404, "Halaman ini tidak ada", 0},
	{"", "GET", "/api", "", 200, "/api/v1/openapi.json", 0},
	// Who asks to come in.
	{"", "GET", "/masuk", "", 200, "kata sandi", 0}, {"admin", "GET", "/masuk?ke=/profil", "", 303, "", 0},
	{"", "POST", "/masuk", "raw:email=rini@contoh.go.id&password=salah", 422, "Surel atau kata sandi tidak benar", 0},
	{"", "GET", "/masuk/kode", "", 303, "", 0}, {"", "POST", "/masuk/kode", "raw:code=123456", 303, "", 0}, {"", "POST", "/keluar", "raw:", 303, "", 0},
	{"", "GET", "/undangan/xyz", "", 200, "Buat kata sandi", 0}, {"", "POST", "/undangan/xyz", "raw:password=kuda lumping tujuh&again=kuda lumping tujuh", 404, "undangan ini tidak berlaku", 0},
	{"", "POST", "/undangan/xyz", "raw:password=pendek&again=pendek", 422, "12 sampai 128 huruf", 0},
	{"", "GET", "/awal/xyz", "", 404, "", 0}, {"", "POST", "/awal/xyz", "raw:name=A", 404, "", 0},
	{"", "GET", "/profil", "", 303, "", 0}, {"", "GET", "/pengelolaan/orang?cari=a", "", 303, "", 0}, {"", "POST", "/pengelolaan/cadangan", "raw:", 401, "masuklah lebih dahulu", 0},
	{"suspended", "GET", "/pengelolaan", "", 303, "", 0}, {"suspended", "POST", "/pengelolaan/cadangan", "raw:", 401, "", 0},
	// One's own.
	{"nobody", "GET", "/profil", "", 200, "Orang nobody", 0}, {"admin", "GET", "/profil?sebelum=5", "", 200, "Jejak Anda", 0},
	{"nobody", "GET", "/profil/ubah", "", 200, "Ubah nama atau bahasa", 0}, {"nobody", "POST", "/profil/ubah", "name=Orang Baru&language=en", 303, "", 1}, {"nobody", "POST", "/profil/ubah", "name=&language=en", 422, "Namanya belum diisi", 0},
	{"nobody", "POST", "/profil/ubah", "name=Siti 3507123456789012&language=id", 422, "nomor identitas", 0},
	{"nobody", "GET", "/profil/kata-sandi", "", 200, "Ganti kata sandi", 0}, {"nobody", "POST", "/profil/kata-sandi", "old=bukan&password=aku anak gunung bromo&again=aku anak gunung bromo", 422, "Kata sandi sekarang tidak benar", 0},
	{"nobody", "GET", "/profil/faktor-kedua", "", 200, "data:image/png", 0}, {"nobody", "POST", "/profil/faktor-kedua", "old=" + password + "&code=000000", 422, "tidak berlaku", 0},
	{"nobody", "GET", "/profil/token", "", 200, "Akhiri token", 0}, {"nobody", "POST", "/profil/token", "token=tidak-ada", 422, "Tidak ada token", 0},
	{"nobody", "GET", "/profil/faktor-kedua/hapus", "", 200, "Hapus faktor kedua", 0}, {"nobody", "POST", "/profil/faktor-kedua/hapus", "old=" + password + "&why=hilang", 422, "tidak mempunyai faktor kedua", 0},
	// Lists by right.
	{"admin", "GET", "/pengelolaan", "", 200, "Cadangan", 0}, {"nobody", "GET", "/pengelolaan", "", 200, "belum mempunyai hak", 0},
	{"admin", "GET", "/pengelolaan/orang", "", 200, "16 orang", 0}, {"administrator-malang", "GET", "/pengelolaan/orang", "", 200, "5 orang", 0}, {"head", "GET", "/pengelolaan/orang?cari=checker&urut=-1", "", 200, "1 baris", 0},
	{"admin", "GET", "/pengelolaan/orang?bentuk=csv", "", 200, "rini@contoh.go.id", 0},
	{"admin", "GET", "/pengelolaan/orang?bentuk=xlsx&cari=rini", "", 200, "xl/worksheets", 0}, {"", "GET", "/pengelolaan/orang?bentuk=csv", "", 303, "", 0},
	{"analyst", "GET", "/pengelolaan/orang", "", 403, "Anda tidak berhak melihat pengguna", 0}, {"expired", "GET", "/pengelolaan/orang", "", 403, "26 November 2026", 0}, {"nobody", "GET", "/pengelolaan/orang", "", 403, "Dimiliki peran", 0},
	{"admin", "GET", "/pengelolaan/orang/@head", "", 200, "head@contoh.go.id", 0}, {"administrator-malang", "GET", "/pengelolaan/orang/@head", "", 403, "Provinsi Jawa Timur", 0}, {"admin", "GET", "/pengelolaan/orang/tidakada", "", 404, "", 0},
	{"analyst", "GET", "/pengelolaan/instansi", "", 200, "4 instansi", 0}, {"analyst", "GET", "/pengelolaan/instansi/@malang", "", 200, "Dinas Sosial Kabupaten Malang", 0}, {"nobody", "GET", "/pengelolaan/instansi", "", 403, "", 0},
	{"analyst", "GET", "/pengelolaan/jabatan", "", 200, "lowong", 0}, {"analyst", "GET", "/pengelolaan/jabatan/@jabatan-provinsi", "", 200, "Orang head", 0},
	{"admin", "GET", "/pengelolaan/hak", "", 200, "diminta", 0}, {"admin", "GET", "/pengelolaan/hak/@hak-diminta", "", 200, "dua orang", 0}, {"administrator-malang", "GET", "/pengelolaan/hak/@hak-diminta", "", 403, "Sampang", 0}, {"analyst", "GET", "/pengelolaan/hak", "", 403, "", 0},
	{"auditor", "GET", "/pengelolaan/catatan", "", 200, "meminta hak", 0}, {"auditor", "GET", "/pengelolaan/catatan?orang=@second", "", 200, "menyetujui hak", 0}, {"auditor", "GET", "/pengelolaan/catatan?objek=user/@head", "", 200, "mengundang Orang head", 0},
	{"auditor-malang", "GET", "/pengelolaan/catatan?objek=user/@head", "", 200, "Tidak ada peristiwa", 0}, {"auditor-malang", "GET", "/pengelolaan/catatan?orang=@second", "", 200, "menyetujui hak", 0}, {"head", "GET", "/pengelolaan/catatan", "", 403, "membaca catatan", 0},
	{"auditor", "POST", "/pengelolaan/catatan/periksa", "anchor=", 200, "Catatan utuh", 0}, {"auditor", "POST", "/pengelolaan/catatan/periksa", "anchor=12:zz", 422, "bukan jangkar", 0}, {"head", "POST", "/pengelolaan/catatan/periksa", "raw:", 409, "", 0},
	{"admin", "GET", "/pengelolaan/cadangan", "", 200, "Buat cadangan", 0}, {"auditor", "GET", "/pengelolaan/cadangan", "", 403, "", 0}, {"admin", "POST", "/pengelolaan/cadangan", "", 200, "SHA-256", 1}, {"admin", "POST", "/pengelolaan/cadangan", "raw:", 409, "Formulir ini sudah dikirim", 0},
	// Commands on people.
	{"admin", "GET", "/pengelolaan/orang/tambah", "", 200, "Alamat surel", 0}, {"head", "GET", "/pengelolaan/orang/tambah", "", 403, "", 0},
	{"admin", "POST", "/pengelolaan/orang/tambah", "name=Tono <b>tebal</b>&email=tono@contoh.go.id&organisation=@malang&language=id", 200, "/id/undangan/", 1},
	{"admin", "POST", "/pengelolaan/orang/tambah", "name=Tini&email=bukan surel&organisation=&language=id", 422, "bukan alamat surel", 0}, {"admin", "POST", "/pengelolaan/orang/tambah", "name=Tini&email=head@contoh.go.id&organisation=&language=id", 422, "sudah dipakai", 0},
	{"administrator-malang", "POST", "/pengelolaan/orang/tambah", "name=Tini&email=tini@contoh.go.id&organisation=@sampang&language=id", 403, "Sampang", 0},
	{"admin", "GET", "/pengelolaan/orang/@other/undang", "", 200, "Undang lagi", 0}, {"admin", "POST", "/pengelolaan/orang/@other/undang", "", 200, "hanya tampil sekarang", 1},
	{"admin", "GET", "/pengelolaan/orang/@other/ubah", "", 200, "other@contoh.go.id", 0}, {"admin", "POST", "/pengelolaan/orang/@other/ubah", "name=Orang other&email=lain@contoh.go.id&organisation=@sampang&language=id", 303, "", 1}, {"administrator-malang", "POST", "/pengelolaan/orang/@other/ubah", "raw:", 409, "", 0},
	{"admin", "GET", "/pengelolaan/orang/@analyst/tangguhkan", "", 200, "Tangguhkan", 0}, {"admin", "POST", "/pengelolaan/orang/@analyst/tangguhkan", "why=", 422, "Alasannya belum diisi", 0}, {"admin", "POST", "/pengelolaan/orang/@analyst/tangguhkan", "why=cuti", 303, "", 1},
	{"admin", "GET", "/pengelolaan/orang/@analyst/pulihkan", "", 200, "Pulihkan", 0}, {"admin", "POST", "/pengelolaan/orang/@analyst/pulihkan", "why=kembali", 303, "", 1}, {"admin", "GET", "/pengelolaan/orang/@analyst/pulihkan", "", 409, "aktif", 0},
	{"admin", "GET", "/pengelolaan/orang/@analyst/hapus-faktor-kedua", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/orang/@analyst/hapus-faktor-kedua", "why=hilang", 422, "tidak mempunyai faktor kedua", 0},
	{"admin", "GET", "/pengelolaan/orang/@head/keluarkan", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/orang/@head/keluarkan", "why=pensiun", 422, "masih memegang jabatan", 0},
	{"administrator-35", "POST", "/pengelolaan/orang/@administrator-35/tangguhkan", "why=uji", 403, "diri sendiri", 0},
	{"admin", "GET", "/pengelolaan/orang/@head/lihat-sebagai", "", 200, "", 0}, {"head", "GET", "/pengelolaan/orang/@analyst/lihat-sebagai", "", 403, "", 0},
	{"admin", "POST", "/pengelolaan/orang/@head/lihat-sebagai", "why=membantu", 303, "", 1}, {"admin", "GET", "/profil", "", 200, "Anda melihat halaman sebagai Orang head", 0}, {"admin", "GET", "/pengelolaan/catatan", "", 403, "", 0},
	{"admin", "GET", "/pengelolaan/instansi/@provinsi/tanda-tangan", "", 403, "tidak ada yang dapat diubah", 0}, {"admin", "GET", "/profil/ubah", "", 403, "tidak ada yang dapat diubah", 0}, {"admin", "POST", "/profil/ubah", "raw:name=X", 403, "tidak ada yang dapat diubah", 0},
	{"admin", "POST", "/berhenti-melihat", "from:/profil", 303, "", 0}, {"admin", "GET", "/pengelolaan/catatan", "", 200, "melihat halaman sebagai Orang head", 0},
	// Organisations.
	{"admin", "GET", "/pengelolaan/instansi/daftarkan", "", 200, "Kabupaten Malang", 0}, {"admin", "POST", "/pengelolaan/instansi/daftarkan", "full=Dinas Sosial Kota Surabaya&short=Dinsos Surabaya&kind=regency-office&region=3578&from=2026-01-01", 303, "", 1},
	{"admin", "POST", "/pengelolaan/instansi/daftarkan", "full=Dinas&short=D&kind=regency-office&region=35&from=2026-01-01", 422, "pilih kode empat angka", 0}, {"admin", "POST", "/pengelolaan/instansi/daftarkan", "full=Dinas&short=D&kind=regency-office&region=3578&from=2026-02-31", 422, "bukan tanggal", 0},
	{"administrator-malang", "POST", "/pengelolaan/instansi/daftarkan", "full=Dinas&short=D&kind=regency-office&region=3579&from=2026-01-01", 403, "Kota Batu", 0}, {"analyst", "GET", "/pengelolaan/instansi/daftarkan", "", 403, "", 0},
	{"admin", "GET", "/pengelolaan/instansi/@malang/ganti-nama", "", 200, "Dinsos Malang", 0}, {"admin", "POST", "/pengelolaan/instansi/@malang/ganti-nama", "full=Dinas Sosial dan P3A Kabupaten Malang&short=Dinsos P3A Malang&from=2026-11-01", 303, "", 1}, {"administrator-malang", "GET", "/pengelolaan/instansi/@sampang/ganti-nama", "", 403, "Sampang", 0},
	{"head", "GET", "/pengelolaan/instansi/@provinsi/tanda-tangan", "", 200, "perjanjian", 0}, {"head", "POST", "/pengelolaan/instansi/@provinsi/tanda-tangan", "plt=letter&plh=letter&an=letter", 303, "", 1}, {"head", "POST", "/pengelolaan/instansi/@provinsi/tanda-tangan", "plt=rahasia", 422, "tidak dapat dipakai", 0},
	{"admin", "GET", "/pengelolaan/instansi/@sampang/akhiri", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/instansi/@sampang/akhiri", "last=2026-12-31&why=digabung", 422, "masih ada sesudah", 0},
	{"head", "GET", "/pengelolaan/instansi/@provinsi", "", 200, "Kop belum diatur", 0}, {"head", "GET", "/pengelolaan/instansi/@provinsi/kop", "", 200, "Dinas Sosial Provinsi Jawa Timur</textarea>", 0}, {"administrator-malang", "GET", "/pengelolaan/instansi/@provinsi/kop", "", 403, "Jawa Timur", 0}, {"analyst", "GET", "/pengelolaan/instansi/@provinsi/kop", "", 403, "", 0},
	{"head", "POST", "/pengelolaan/instansi/@provinsi/kop", "names=Pemerintah Provinsi Jawa Timur%0D%0ADinas Sosial&address=Jalan Contoh 1, Surabaya&phone=(031) 555 0100&office_email=kantor@contoh.go.id", 303, "", 1},
	{"head", "POST", "/pengelolaan/instansi/@provinsi/kop", "names=&address=Jalan Contoh 1", 422, "tulis 1 sampai 4 baris", 0}, {"head", "POST", "/pengelolaan/instansi/@provinsi/kop", "names=Dinas Sosial&office_email=kantor", 422, "bukan alamat surel", 0}, {"head", "POST", "/pengelolaan/instansi/@provinsi/kop", "draf=buang", 303, "", 0},
	{"analyst", "GET", "/pengelolaan/instansi/@provinsi", "", 200, "Telepon (031) 555 0100 · Surel kantor@contoh.go.id", 0}, {"head", "GET", "/profil", "", 200, "<p class=\"name\">Pemerintah Provinsi Jawa Timur</p><p class=\"name\">Dinas Sosial</p>", 0}, {"nobody", "GET", "/profil", "", 200, "<p class=\"name\">Dinas Sosial Kabupaten Sampang</p>", 0},
	{"nobody", "GET", "/pengelolaan/instansi/@provinsi/logo/abc", "", 404, "", 0},
	// Positions.
	{"admin", "GET", "/pengelolaan/jabatan/buat?instansi=@malang", "", 200, "Nama jabatan", 0}, {"admin", "POST", "/pengelolaan/jabatan/buat", "organisation=@malang&title=Sekretaris&from=2026-01-01", 303, "", 1}, {"admin", "POST", "/pengelolaan/jabatan/buat", "organisation=@malang&title=Sekretaris&from=2026-01-01", 422, "sudah mempunyai jabatan", 0},
	{"admin", "GET", "/pengelolaan/jabatan/@jabatan-malang/isi", "", 200, "Surat perintah", 0}, {"admin", "POST", "/pengelolaan/jabatan/@jabatan-malang/isi", "user=@kabupaten-officer&capacity=plt&from=2026-11-01", 422, "surat perintah", 0},
	{"admin", "POST", "/pengelolaan/jabatan/@jabatan-malang/isi", "user=@kabupaten-officer&capacity=definitive&from=2026-11-01", 303, "", 1}, {"administrator-malang", "GET", "/pengelolaan/jabatan/@jabatan-sampang/isi", "", 403, "", 0},
	{"admin", "GET", "/pengelolaan/jabatan/@jabatan-malang/akhiri-masa", "", 200, "Orang kabupaten-officer", 0}, {"admin", "POST", "/pengelolaan/jabatan/@jabatan-malang/akhiri-masa", "holding=salah&last=2026-11-27&why=mutasi", 422, "tidak ada masa jabatan", 0},
	{"admin", "GET", "/pengelolaan/jabatan/@jabatan-malang/akhiri", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/jabatan/@jabatan-malang/akhiri", "last=2026-11-27&why=dihapus", 422, "masih memegang", 0},
	{"analyst", "GET", "/pengelolaan/jabatan/@jabatan-malang/surat/tidakada", "", 404, "", 0},
	// Grants.
	{"admin", "GET", "/pengelolaan/hak/minta?orang=@other", "", 200, "pimpinan: memutuskan", 0}, {"admin", "POST", "/pengelolaan/hak/minta", "user=@other&role=kabupaten-officer&region=3527&organisation=@sampang&why=tugas&" + future, 303, "", 1},
	{"admin", "POST", "/pengelolaan/hak/minta", "user=@other&role=public&region=3527&organisation=&why=tugas&" + future, 422, "tidak ada peran", 0}, {"admin", "POST", "/pengelolaan/hak/minta", "user=@other&role=auditor&region=3527&organisation=&why=&" + future, 422, "Alasannya belum diisi", 0},
	{"administrator-malang", "POST", "/pengelolaan/hak/minta", "user=@kabupaten-officer&role=analyst&region=3527&organisation=@sampang&why=coba&" + future, 403, "Sampang", 0},
	{"second", "GET", "/pengelolaan/hak/@hak-diminta/setujui", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/hak/@hak-diminta/setujui", "", 422, "Anda sendiri yang meminta", 0}, {"head", "GET", "/pengelolaan/hak/@hak-diminta/setujui", "", 403, "", 0},
	{"second", "GET", "/pengelolaan/hak/@hak-diminta/tolak", "", 200, "", 0}, {"second", "POST", "/pengelolaan/hak/@hak-diminta/tolak", "why=", 422, "Alasannya", 0}, {"second", "POST", "/pengelolaan/hak/@hak-diminta/setujui", "", 303, "", 1}, {"second", "POST", "/pengelolaan/hak/@hak-diminta/tolak", "raw:", 409, "", 0},
	{"admin", "GET", "/pengelolaan/hak/@hak-diminta/akhiri", "", 200, "", 0}, {"admin", "POST", "/pengelolaan/hak/@hak-diminta/akhiri", "why=mutasi", 303, "", 1},
	{"expired", "GET", "/pengelolaan/orang/@kabupaten-officer/ubah", "", 403, "", 0},
	// What somebody who has left was called.
	{"admin", "GET", "/pengelolaan/orang/@analyst/lupakan", "", 409, "aktif", 0}, {"admin", "POST", "/pengelolaan/orang/@expired/keluarkan", "why=pindah", 303, "", 1}, {"admin", "GET", "/pengelolaan/orang/@expired/lupakan", "", 200, "Hapus nama dan surel", 0},
	{"admin", "POST", "/pengelolaan/orang/@expired/lupakan", "why=", 422, "Alasannya belum diisi", 0}, {"admin", "POST", "/pengelolaan/orang/@expired/lupakan", "why=permintaan 9", 303, "", 1}, {"admin", "GET", "/pengelolaan/orang/@expired", "", 200, "(nama sudah dihapus)", 0},
}

// TestRows asks for each row in order, and for every route at least once.
func TestRows(t *testing.T) {
	asked := map[string]bool{}
	for _, part := range []struct {
		more func(*world) // what has happened besides
		rows []row
	}{{func(*world) {}, slices.Concat(rows, inboxRows, rowsOfCalendar)}, {(*world).agree, rowsOfAgreements}, {(*world).cooperates, rowsOfPermits}, {func(w *world) { w.cooperates(); w.measured() }, rowsOfRegions}, {(*world).funded, rowsOfProgrammes}, {(*world).holdsData, rowsOfData}, {(*world).inquires, rowsOfStudies}, {(*world).finds, rowsOfFindings}} {
		w := newWorld(t)
		part.more(w)
		w.plays(t, asked, part.rows)
	}
	for _, r := range newWorld(t).pages.routes() {
		if !asked[r.method+" "+r.path] {
			t.Errorf("no row asks for %s %s", r.method, r.path)
		}
	}
}

// plays asks for rows in order, and notes the routes.
func (w *world) plays(t *testing.T, asked map[string]bool, rows []row) {
	for _, x := range rows {
		r := httptest.NewRequest(x.method, "/", nil)
		r.URL = must(url.Parse(strings.TrimPrefix(w.fill(x.url), "/id")))
		asked[x.method+" "+w.patternOf(x.method, r.URL.Path)] = true
		before := w.head()
		var answer *httptest.ResponseRecorder
		raw, isRaw := strings.CutPrefix(x.body, "raw:")
		from, isFrom := strings.CutPrefix(x.body, "from:")
		switch {
		case x.method == "GET":
			answer = w.get(x.who, x.url)
			if english := w.get(x.who, "/en"+x.url); !strings.HasPrefix(x.url, "/assets/") {
				if at := unfilled.FindString(english.Body.String()); english.Code != answer.Code || (at != "" && !strings.HasPrefix(x.url, "/metode/") && x.url != "/api") {
					t.Errorf("%s in English: %d, %q", x.url, english.Code, at)
				}
				for _, word := range []string{"Anda ", "Instansi", "Jabatan", "Wilayah<", "tidak ada", "Simpan"} {
					if english.Code == 200 && (strings.HasPrefix(x.url, "/pengelolaan") || strings.HasPrefix(x.url, "/perjanjian")) && !strings.HasSuffix(x.url, "/surat") && strings.Contains(english.Body.String(), word) {
						t.Errorf("%s in English says %q", x.url, word)
					}
				}
			}
		case isRaw:
			answer = w.sendForm(x.who, x.url, must(url.ParseQuery(w.fill(raw))))
		case isFrom: // the form stands on another page
			page := w.get(x.who, from).Body.String()
			m := regexp.MustCompile(`action="/id` + x.url + `"[^>]*><input type="hidden" name="form" value="([^"]+)"`).FindStringSubmatch(page)
			if m == nil {
				t.Fatalf("%s has no form to %s", from, x.url)
			}
			answer = w.sendForm(x.who, x.url, url.Values{"form": {m[1]}})
		case strings.HasSuffix(x.url, "/periksa"):
			page := w.get(x.who, "/pengelolaan/catatan").Body.String()
			m := regexp.MustCompile(`catatan/periksa">\s*<input type="hidden" name="form" value="([^"]+)"`).FindStringSubmatch(page)
			if m == nil {
				t.Fatalf("the log has no form to check it: %s", page)
			}
			v := must(url.ParseQuery(x.body))
			v.Set("form", m[1])
			answer = w.sendForm(x.who, x.url, v)
		default:
			answer = w.post(x.who, x.url, x.body)
		}
		name := x.who + " " + x.method + " " + x.url + " " + x.body
		if answer.Code != x.status {
			t.Errorf("%s: status %d, want %d\n%s", name, answer.Code, x.status, mainOf(answer.Body.String()))
		}
		if !strings.Contains(strings.ToLower(answer.Body.String()), strings.ToLower(x.contains)) {
			t.Errorf("%s: no %q\n%s", name, x.contains, mainOf(answer.Body.String()))
		}
		if got := w.head() - before; got != x.events {
			t.Errorf("%s: %d events, want %d", name, got, x.events)
		}
		if at := unfilled.FindString(answer.Body.String()); at != "" && !strings.HasPrefix(x.url, "/metode/") && x.url != "/api" { // formulas and addresses have braces
			t.Errorf("%s: a word is missing: %s", name, at)
		}
		if at := outside.FindString(answer.Body.String()); at != "" {
			t.Errorf("%s asks elsewhere: %s", name, at)
		}
		if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") && strings.Contains(answer.Body.String(), "<b>tebal</b>") {
			t.Errorf("%s: a name became HTML", name)
		}
	}
	if w.said.Len() > 0 {
		t.Errorf("something failed inside: %s", w.said.String())
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// patternOf is the route that a request goes to.
func (w *world) patternOf(method, path string) string {
	best := ""
	for _, r := range w.pages.routes() {
		if r.method != method {
			continue
		}
		if p := "^" + regexp.MustCompile(`\\\{[^/]*\\\}`).ReplaceAllString(regexp.QuoteMeta(strings.ReplaceAll(r.path, "{$}", "")), "[^/]+") + "$"; r.path != "/" && regexp.MustCompile(p).MatchString(path) {
			if best == "" || strings.Count(r.path, "{") < strings.Count(best, "{") {
				best = r.path
			}
		}
	}
	if best == "" {
		return "/"
	}
	return best
}

func mainOf(page string) string {
	if i := strings.Index(page, "<main"); i >= 0 {
		page = page[i:]
	}
	if len(page) > 1500 {
		page = page[:1500]
	}
	return page
}

// TestMatrix holds every page of an object against the table of rights: each
// command of each noun, asked for by each role, in each region.
func TestMatrix(t *testing.T) {
	w := newWorld(t)
	people := []string{"admin", "head", "analyst", "researcher", "kabupaten-officer", "data-steward", "output-checker", "administrator-malang", "administrator-35", "auditor", "auditor-malang", "nobody", "expired"}
	objects := map[string][]string{"user": {"other", "kabupaten-officer", "analyst", "researcher"}, "organisation": {"pusat", "provinsi", "malang", "sampang"},
		"position": {"jabatan-pusat", "jabatan-provinsi", "jabatan-malang", "jabatan-sampang"}, "grant": {"hak-malang", "hak-diminta"}}
	asked := 0
	for _, who := range people {
		var standing access.Standing
		places := map[string]access.Place{}
		err := w.store.View(t.Context(), func(r *store.Reader) (err error) {
			standing, err = store.Who(r, w.ids[who], w.now())
			for kind, all := range objects {
				for _, o := range all {
					if err == nil {
						places[o], err = store.PlaceOf(r, event.Object{Kind: kind, ID: w.ids[o]})
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nouns() {
			for _, o := range objects[n.kind] {
				own := n.kind == "user" && who == o
				read := own || standing.May(n.read, places[o]) == nil
				for _, m := range n.commands {
					if m.makes {
						continue
					}
					need, ok := access.Needs(n.kind, m.name)
					if !ok {
						t.Fatalf("%s/%s asks for no right", n.kind, m.name)
					}
					path := n.commandPath(m, w.ids[o])
					may := read && (standing.May(need.Permission, places[o]) == nil || (own && need.Self))
					if own && (m.name == "invite" || m.name == "remove-second-factor") {
						may = false // on the profile, with the password
					}
					if got := w.get(who, path).Code; (got == 403) == may {
						t.Errorf("%s opens %s of %s: %d, may is %v", who, m.name, o, got, may)
					}
					// Without the form's token nothing happens, whoever asks.
					if got := w.sendForm(who, path, url.Values{"why": {"coba"}}).Code; got != 409 {
						t.Errorf("%s sends %s of %s without having opened it: %d", who, m.name, o, got)
					}
					// With a token of their own session, yet without the right, it is refused.
					before := w.head()
					if !may {
						v := url.Values{"why": {"coba"}, "form": {must(w.pages.office.sessions.find(t.Context(), w.jar[who])).formToken(path)}}
						if got := w.sendForm(who, path, v).Code; got != 403 || w.head() != before {
							t.Errorf("%s forges %s of %s: %d, %d events", who, m.name, o, got, w.head()-before)
						}
					}
					asked++
				}
				if got := w.get(who, n.path+"/"+w.ids[o]).Code; (got == 200) != read {
					t.Errorf("%s opens %s: %d, may is %v", who, o, got, read)
				}
			}
		}
	}
	if asked < 400 {
		t.Errorf("only %d cells", asked)
	}
}

// TestEveryPageAsksWhoYouAre: without a session each page but the public ones
// leads to sign-in and back, each form is 401, and a request from another site
// is refused before anything else.
func TestEveryPageAsksWhoYouAre(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.pages.routes() {
		path := strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(r.path)
		if r.method == "POST" {
			for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://lain.example"}} {
				q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(""))
				q.Header.Set(header[0], header[1])
				if got := w.send("admin", q); got.Code != 403 || !strings.Contains(got.Body.String(), "situs lain") {
					t.Errorf("POST %s from another site: %d", path, got.Code)
				}
			}
		}
		if r.door != signedIn {
			continue
		}
		got := w.send("", httptest.NewRequest(r.method, path+"?a=b", nil))
		want := 303
		if r.method == "POST" {
			want = 401
		}
		if got.Code != want {
			t.Errorf("%s %s: %d, want %d", r.method, path, got.Code, want)
		}
		if to := got.Header().Get("Location"); want == 303 && to != "/id/masuk?ke="+url.QueryEscape(path+"?a=b") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

// TestAStaleForm: somebody else was first; the page tells who and what, keeps
// what was typed, and lets it be sent again.
func TestAStaleForm(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/orang/@other/ubah"
	v := w.opened("admin", path)
	if got := w.post("second", path, "name=Orang Pertama&email=other@contoh.go.id&organisation=@sampang&language=id"); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	v.Set("name", "Orang Kedua")
	v.Set("email", "other@contoh.go.id")
	v.Set("organisation", w.ids["sampang"])
	v.Set("language", "id")
	before := w.head()
	got := w.sendForm("admin", path, v)
	body := got.Body.String()
	for _, want := range []string{"orang lain mengubahnya", "Orang second", "mengubah data Orang Pertama", `value="Orang Kedua"`} {
		if !strings.Contains(body, want) {
			t.Errorf("a stale form does not say %q: %s", want, mainOf(body))
		}
	}
	if got.Code != 409 || w.head() != before {
		t.Errorf("status %d, %d events", got.Code, w.head()-before)
	}
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		v.Set(m[1], m[2])
	}
	if got := w.sendForm("admin", path, v); got.Code != 303 || w.head() != before+1 {
		t.Errorf("sent again: %d", got.Code)
	}
	if got := w.sendForm("admin", path, v); got.Code != 409 || w.head() != before+1 {
		t.Errorf("replayed: %d", got.Code)
	}
	// A token counts for its own form and session alone.
	v = w.opened("admin", path)
	if got := w.sendForm("second", path, v); got.Code != 409 {
		t.Errorf("a form of another session: %d", got.Code)
	}
	if got := w.sendForm("admin", "/pengelolaan/orang/@head/ubah", v); got.Code != 409 {
		t.Errorf("a form of another page: %d", got.Code)
	}
}

// TestAMandate: a Plt. needs number, date and letter; the letter is kept by what
// it is, whatever it is called, and comes back as a file.
func TestAMandate(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/jabatan/@jabatan-malang/isi"
	filled := func() url.Values {
		v := w.opened("admin", path)
		for k, x := range map[string]string{"user": w.ids["kabupaten-officer"], "capacity": "plt", "from": "2026-11-01", "until": "2027-01-31", "mandate_number": "800/12/2026", "mandate_date": "2026-10-30"} {
			v.Set(k, x)
		}
		return v
	}
	if got := w.upload("admin", path, filled(), "surat.pdf", bytes.Repeat([]byte("%PDF-"), mostBody/4)); got.Code != 413 || !strings.Contains(got.Body.String(), "lebih dari 1.024 kB") {
		t.Errorf("too large: %d %s", got.Code, mainOf(got.Body.String()))
	}
	if got := w.upload("admin", path, filled(), "surat.pdf", []byte("MZ this is a program")); got.Code != 422 || !strings.Contains(got.Body.String(), "bukan PDF") {
		t.Errorf("a program: %d", got.Code)
	}
	v := filled()
	v.Set("mandate_number", "")
	letter := []byte("%PDF-1.7 surat perintah rekaan")
	first := w.upload("admin", path, v, "../../../etc/passwd", letter)
	if first.Code != 422 || !strings.Contains(first.Body.String(), "masih disimpan") {
		t.Fatalf("%d %s", first.Code, mainOf(first.Body.String()))
	}
	v = filled()
	for _, m := range hiddenField.FindAllStringSubmatch(first.Body.String(), -1) {
		v.Set(m[1], m[2])
	}
	if got := w.upload("admin", path, v, "", nil); got.Code != 303 {
		t.Fatalf("the letter that was kept: %d %s", got.Code, mainOf(got.Body.String()))
	}
	page := w.get("analyst", "/pengelolaan/jabatan/@jabatan-malang").Body.String()
	at := regexp.MustCompile(`/id(/pengelolaan/jabatan/[a-z0-9]+/surat/[a-z0-9]+)`).FindStringSubmatch(page)
	if at == nil || !strings.Contains(page, "800/12/2026, 30 Oktober 2026") {
		t.Fatalf("no letter on %s", mainOf(page))
	}
	got := w.get("analyst", at[1])
	if got.Code != 200 || !bytes.Equal(got.Body.Bytes(), letter) || !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment") || got.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	// A hash that was not uploaded in this session is nobody's to use.
	v = filled()
	v.Set("mandate_kept", strings.Repeat("a", 64))
	if got := w.sendForm("admin", path, v); got.Code != 422 {
		t.Errorf("a letter that was never uploaded: %d", got.Code)
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestEveryEventHasItsWords: what the log shows is never the bare name of a type.
func TestEveryEventHasItsWords(t *testing.T) {
	w := newWorld(t)
	page := w.get("admin", "/pengelolaan/catatan").Body.String()
	for _, name := range []string{"grant-", "user-", "organisation-", "position-", "holding-"} {
		if strings.Contains(page, ">"+name) {
			t.Errorf("the log shows a bare %s", name)
		}
	}
	for _, l := range []string{"id", "en"} {
		for _, n := range nouns() {
			for _, m := range n.commands {
				if !slices.ContainsFunc(n.life.Steps, func(s registry.Step) bool { return s.Command == m.name }) {
					t.Errorf("%s: %s is no command of its life", l, m.name)
				}
			}
		}
	}
}

// TestProgramsComeInBySession: the API knows who is signed in at the browser; who
// views the pages as another, or has only given a password, is nobody there.
func TestProgramsComeInBySession(t *testing.T) {
	w := newWorld(t)
	asks := func(who string) int { return w.get(who, "/api/v1/organisations").Code }
	if a, b := asks(""), asks("analyst"); a != 401 || b != 200 {
		t.Errorf("nobody gets %d, somebody %d", a, b)
	}
	if got := w.post("admin", "/pengelolaan/orang/@head/lihat-sebagai", "why=membantu"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	if got := asks("admin"); got != 401 {
		t.Errorf("who views as another gets %d", got)
	}
	w.jar["second"] = must(w.pages.office.sessions.begin(t.Context(), w.ids["second"], true))
	if got := asks("second"); got != 401 {
		t.Errorf("a password without the second factor gets %d", got)
	}
}
