package web

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/store"
)

// invented makes an identity number that can be nobody's.
func invented(n int) string {
	return identity.Invent("3507", time.Date(1960+n%40, time.Month(1+n%12), 1+n%28, 0, 0, 0, 0, time.UTC), n%2 == 0, 1+n%9999)
}

// recipients is a file of an office: n sound rows, and one whose NIK cannot be.
func recipients(from, n int) string {
	var b strings.Builder
	b.WriteString("Daftar penerima bantuan;;;;\nNIK;Nama;Kode Kab;Tahun;Bantuan\n")
	for i := range n {
		fmt.Fprintf(&b, "%s;Contoh Nama%c;3507;2024;%d.500,25\n", invented(from+i), 'A'+i%26, 1+i%9)
	}
	b.WriteString("3507991399900001;Contoh Salah;3507;2024;2.500,25\n")
	return b.String()
}

// hand sends a file to the page of uploads.
func (w *world) hand(who, what, name, content string) *httptest.ResponseRecorder {
	v := w.opened(who, uploadPath)
	v.Set("upload_what", w.fill(what))
	return w.handForm(who, v, name, content)
}

func (w *world) handForm(who string, v url.Values, name, content string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, all := range v {
		for _, x := range all {
			must(0, m.WriteField(k, x))
		}
	}
	part := must(m.CreateFormFile("upload_file", name))
	must(io.WriteString(part, content))
	must(0, m.Close())
	r := httptest.NewRequest(http.MethodPost, uploadPath, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.send(who, r)
}

// goesOn sends one of the forms of the page of the upload, with what it carries, and
// gives the page after it.
func (w *world) goesOn(who, path string, edit url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	page := w.get(who, uploadPath).Body.String()
	v := formOf(page, "/id"+uploadPath+path)
	if v.Get("form") == "" {
		w.t.Fatalf("%s has no form to %s: %s", uploadPath, path, mainOf(page))
	}
	for k, x := range edit {
		v[k] = x
	}
	return w.sendForm(who, uploadPath+path, v)
}

// formOf reads what a form of a page would send as it stands.
func formOf(page, action string) url.Values {
	v := url.Values{}
	for _, part := range strings.Split(page, "<form")[1:] {
		part, _, _ = strings.Cut(part, "</form>")
		if !strings.Contains(part, `action="`+action+`"`) {
			continue
		}
		for _, tag := range strings.Split(part, "<")[1:] {
			tag, rest, _ := strings.Cut(tag, ">")
			name := attribute(tag, "name")
			switch {
			case strings.HasPrefix(tag, "textarea"):
				v.Set(name, rest)
			case strings.HasPrefix(tag, "select"):
				v.Set("", name)
			case strings.HasPrefix(tag, "option") && (strings.HasSuffix(tag, " selected") || !v.Has(v.Get(""))):
				v.Set(v.Get(""), attribute(tag, "value"))
			case strings.HasPrefix(tag, "input") && attribute(tag, "type") == "checkbox":
				if strings.HasSuffix(tag, " checked") {
					v.Set(name, attribute(tag, "value"))
				}
			case strings.HasPrefix(tag, "input") && name != "":
				v.Set(name, attribute(tag, "value"))
			}
		}
	}
	v.Del("")
	return v
}

var complaint = regexp.MustCompile(`class="(?:error|alert)"[^>]*>([^<]*)`)

// complaints are what a page says is wrong.
func complaints(page *httptest.ResponseRecorder) string {
	var all []string
	for _, m := range complaint.FindAllStringSubmatch(page.Body.String(), -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " | ")
}

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// law is what a contract of data about persons must say.
func law(title string) url.Values {
	return url.Values{"title": {title}, "upload_purpose": {"menghitung dampak bantuan"}, "upload_basis": {"perjanjian contoh"}, "upload_until": {"2029-12-31"}}
}

// takesIn brings a file in as a version that waits for a second person.
func (w *world) takesIn(who, what, title, content string) {
	w.t.Helper()
	for _, step := range []struct {
		path string
		send func() *httptest.ResponseRecorder
	}{
		{"", func() *httptest.ResponseRecorder { return w.hand(who, what, "penerima.csv", content) }},
		{"/kontrak", func() *httptest.ResponseRecorder { return w.goesOn(who, "/kontrak", law(title)) }},
		{"/simpan", func() *httptest.ResponseRecorder { return w.goesOn(who, "/simpan", nil) }},
	} {
		if got := step.send(); got.Code != 303 {
			w.t.Fatalf("%s: %d %s", step.path, got.Code, complaints(got))
		}
	}
	if got := w.get(who, uploadPath); got.Code != 200 || !strings.Contains(got.Body.String(), "Menunggu orang kedua") {
		w.t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	if got := w.goesOn(who, "/batal", nil); got.Code != 303 {
		w.t.Fatal(got.Code)
	}
}

// holdsData adds a dataset of Malang: one version in use, one that waits.
func (w *world) holdsData() {
	w.t.Helper()
	w.person("petugas-malang", "malang")
	w.gives("petugas-malang", "kabupaten-officer", "3507", "malang", "2027-10-01")
	w.takesIn("kabupaten-officer", "new", "Penerima Malang 2024", recipients(0, 40))
	w.ok(w.store.View(w.t.Context(), func(r *store.Reader) error {
		all, err := store.Datasets(r, must(store.Who(r, w.ids["admin"], w.now())), store.Page{})
		for _, d := range all {
			if d.Name == "Penerima Malang 2024" {
				w.ids["penerima-malang"] = d.ID
			}
		}
		return err
	}))
	w.done(w.store.AcceptDatasetVersion(w.t.Context(), w.by("petugas-malang", ""), w.ids["penerima-malang"], 1))
	w.takesIn("kabupaten-officer", "@penerima-malang", "Penerima Malang 2024", recipients(10, 45))
}

var rowsOfData = []row{
	{"analyst", "GET", "/data", "", 200, "1 data terdaftar: 1 siap dipakai, 1 versi menunggu orang kedua", 0}, {"nobody", "GET", "/data", "", 403, "", 0}, {"", "GET", "/data", "", 303, "", 0},
	{"analyst", "GET", "/data?bentuk=csv", "", 200, "Penerima Malang 2024", 0}, {"analyst", "GET", "/data?cari=tidak-ada", "", 200, "0 baris", 0}, {"petugas-malang", "GET", "/data", "", 200, "versi 2 dari Penerima Malang 2024", 0},
	{"petugas-malang", "GET", "/", "", 200, "Periksa lalu terima: versi 2", 0}, {"kabupaten-officer", "GET", "/data", "", 200, "Unggah data", 0},
	{"analyst", "GET", "/data/@penerima-malang", "", 200, "40 baris untuk 2024 siap dipakai (versi 1)", 0}, {"researcher", "GET", "/data/@penerima-malang", "", 200, "Belum ada perjanjian berlaku", 0}, {"analyst", "GET", "/data/tidakada", "", 404, "", 0},
	{"analyst", "GET", "/data/@penerima-malang", "", 200, "diganti pseudonim", 0}, {"analyst", "GET", "/data/@penerima-malang", "", 200, "31 Desember 2029", 0}, {"analyst", "GET", "/data/@penerima-malang", "", 200, "Cakupan: baris menurut wilayah", 0},
	{"analyst", "GET", "/data/@penerima-malang/kontrak/1", "", 200, "dampak:identity", 0}, {"analyst", "GET", "/data/@penerima-malang/kontrak/9", "", 404, "", 0}, {"nobody", "GET", "/data/@penerima-malang/kontrak/1", "", 403, "", 0},
	{"analyst", "GET", "/data/@penerima-malang/mutu/1", "", 200, "1 dari 41 baris ditolak", 0}, {"analyst", "GET", "/data/@penerima-malang/mutu/1?bentuk=csv", "", 200, "43", 0}, {"nobody", "GET", "/data/@penerima-malang/mutu/1", "", 403, "", 0},
	{"analyst", "GET", "/data/@penerima-malang/perubahan/2", "", 200, "Versi 2 dibanding versi 1: 20 baris baru, 10 hilang", 0}, {"analyst", "GET", "/data/@penerima-malang/perubahan/1", "", 404, "", 0}, {"nobody", "GET", "/data/@penerima-malang/perubahan/2", "", 403, "", 0},
	// A second person.
	{"kabupaten-officer", "GET", "/data/@penerima-malang/terima", "", 422, "diurus orang kedua: Orang petugas-malang", 0}, {"researcher", "GET", "/data/@penerima-malang/terima", "", 403, "", 0}, {"petugas-malang", "GET", "/data/@penerima-malang/terima", "", 200, "45 baris diterima, 1 ditolak", 0},
	{"petugas-malang", "POST", "/data/@penerima-malang/terima", "version=7", 422, "", 0}, {"petugas-malang", "POST", "/data/@penerima-malang/terima", "version=2", 303, "", 1}, {"analyst", "GET", "/data/@penerima-malang", "", 200, "45 baris untuk 2024 siap dipakai (versi 2)", 0},
	{"kabupaten-officer", "GET", "/data/@penerima-malang/tarik-versi", "", 422, "diurus orang kedua", 0}, {"petugas-malang", "GET", "/data/@penerima-malang/tarik-versi", "", 200, "versi 2 dari penerima.csv", 0}, {"petugas-malang", "POST", "/data/@penerima-malang/tarik-versi", "version=2&why=", 422, "Alasannya belum diisi", 0},
	// Somebody is erased; the number comes back nowhere.
	{"petugas-malang", "GET", "/data/@penerima-malang/hapus-orang", "", 200, "tidak disimpan di mana pun", 0}, {"researcher", "GET", "/data/@penerima-malang/hapus-orang", "", 403, "", 0},
	{"petugas-malang", "POST", "/data/@penerima-malang/hapus-orang", "erase_kind=nik&erase_number=12&why=permintaan", 422, "", 0}, {"petugas-malang", "POST", "/data/@penerima-malang/hapus-orang", "erase_kind=nik&erase_number=" + invented(12) + "&why=permintaan yang bersangkutan", 200, "2 baris dihapus dari 2 versi", 1},
	{"petugas-malang", "POST", "/data/@penerima-malang/tarik-versi", "version=4&why=keliru", 303, "", 1}, {"analyst", "GET", "/data/@penerima-malang", "", 200, "tidak ada versi yang dipakai", 0},
	{"petugas-malang", "GET", "/data/@penerima-malang/tarik", "", 200, "Tarik data ini", 0}, {"petugas-malang", "POST", "/data/@penerima-malang/tarik", "why=tidak dipakai lagi", 303, "", 1}, {"analyst", "GET", "/data/@penerima-malang", "", 200, "ditarik pada", 0},
	// Uploads.
	{"analyst", "GET", "/data/unggah", "", 403, "", 0}, {"kabupaten-officer", "GET", "/data/unggah", "", 200, "256 MB", 0}, {"kabupaten-officer", "POST", "/data/unggah", "raw:", 409, "sudah dikirim", 0}, {"analyst", "POST", "/data/unggah", "raw:", 403, "", 0},
	{"kabupaten-officer", "POST", "/data/unggah/lembar", "raw:", 409, "", 0}, {"kabupaten-officer", "POST", "/data/unggah/kontrak", "raw:", 409, "", 0}, {"kabupaten-officer", "POST", "/data/unggah/ditolak", "raw:", 409, "", 0},
	{"kabupaten-officer", "POST", "/data/unggah/simpan", "raw:", 409, "", 0}, {"kabupaten-officer", "POST", "/data/unggah/batal", "raw:", 409, "", 0}, {"kabupaten-officer", "GET", "/data/unggah?bentuk=json", "", 200, `"running":false`, 0},
}

// Without the key file nobody can be found, so that nothing is erased and no key made.
func TestEraseWithoutKey(t *testing.T) {
	w := newWorld(t)
	w.holdsData()
	before := w.head()
	w.keyless = true
	got := w.post("petugas-malang", "/data/@penerima-malang/hapus-orang", "erase_kind=nik&erase_number="+invented(12)+"&why=permintaan yang bersangkutan")
	if got.Code != 422 || !strings.Contains(got.Body.String(), "tidak ada berkas kunci pseudonim") || strings.Contains(got.Body.String(), invented(12)) || w.head() != before {
		t.Errorf("%d %s", got.Code, complaints(got))
	}
}

// Whoever looks at what changed leaves no key behind: with the key file persons are
// followed over a new key, without it the versions stand apart.
func TestChangesMakeNoKey(t *testing.T) {
	w := newWorld(t)
	w.holdsData()
	var err error
	if w.ring, err = w.ring.Add(rand.Reader, w.now()); err != nil {
		t.Fatal(err)
	}
	w.takesIn("kabupaten-officer", "@penerima-malang", "Penerima Malang 2024", recipients(20, 70))
	w.asked.Store(0)
	for keyless, says := range map[bool]string{false: "50 baris baru, 20 hilang", true: "pseudonimnya memakai kunci yang berbeda"} {
		w.keyless = keyless
		if got := w.get("analyst", "/data/@penerima-malang/perubahan/3"); got.Code != 200 || !strings.Contains(got.Body.String(), says) || w.asked.Load() > 0 {
			t.Errorf("without keys %v: %d, asked %d times, %s", keyless, got.Code, w.asked.Load(), mainOf(got.Body.String()))
		}
	}
}

// TestUpload walks through the steps: what is shown has nobody in it, what is
// corrected counts, what is rejected goes back once, and nothing is kept before the
// end.
func TestUpload(t *testing.T) {
	w := newWorld(t)
	const who = "kabupaten-officer"
	before := w.head()
	if got := w.hand(who, "new", "penerima 2024.csv", recipients(0, 30)); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	page := w.get(who, uploadPath).Body.String()
	for _, want := range []string{"31 baris dan 5 kolom dibaca; 2 kolom menunjuk orang", "dibaca sebagai judul tabel", "Indonesia", "••••••••••••••"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	english := w.get(who, "/en"+uploadPath).Body.String()
	for i := range 31 {
		for _, s := range []string{page, english} {
			if strings.Contains(s, invented(i)) || strings.Contains(s, "Contoh Nama") {
				t.Fatal("somebody is on the page")
			}
		}
	}
	if got := w.hand(who, "new", "lain.csv", "a;b\n1;2\n"); got.Code != 409 {
		t.Errorf("a second upload in a session: %d", got.Code)
	}

	// What is wrong stands beside its field, and what was typed stays.
	wrong := law("")
	wrong.Set("upload_class", "public")
	got := w.goesOn(who, "/kontrak", wrong)
	if body := got.Body.String(); got.Code != 422 || !strings.Contains(body, "Nama datanya belum diisi") || !strings.Contains(body, "nik, tahun, bantuan") || !strings.Contains(body, "menghitung dampak bantuan") {
		t.Errorf("%d %s", got.Code, complaints(got))
	}
	edit := law("Penerima 2024")
	edit.Set("c4_title", "Nilai bantuan")
	edit.Set("c4_unit", "rupiah")
	edit.Set("c3_use", "drop")
	if got := w.goesOn(who, "/kontrak", edit); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	page = w.get(who, uploadPath).Body.String()
	if !strings.Contains(page, "30 dari 31 baris diterima, 1 ditolak") {
		t.Errorf("the result: %s", mainOf(page))
	}
	if w.head() != before {
		t.Error("something was recorded before the end")
	}
	back := w.goesOn(who, "/ditolak", nil)
	if body := back.Body.String(); back.Code != 200 || !strings.Contains(body, "3507991399900001;Contoh Salah") || strings.Count(body, "\n") != 2 || !strings.HasPrefix(back.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("handed back: %d %q", back.Code, body)
	}
	if page := w.get(who, uploadPath).Body.String(); strings.Contains(page, uploadPath+"/ditolak") || !strings.Contains(page, "Sudah diunduh") {
		t.Errorf("handed back again: %s", mainOf(page))
	}
	if got := w.goesOn(who, "/simpan", nil); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	page = w.get(who, uploadPath).Body.String()
	if !strings.Contains(page, "30 baris disimpan sebagai versi 1 dari Penerima 2024") {
		t.Errorf("the end: %s", mainOf(page))
	}
	if w.head() != before+1 {
		t.Errorf("%d events, want 1", w.head()-before)
	}
	page = w.get("analyst", "/data").Body.String()
	if !strings.Contains(page, "Penerima 2024") || !strings.Contains(page, "menunggu orang kedua") {
		t.Errorf("the catalogue: %s", mainOf(page))
	}
}

// TestUploadIsLetGo: what nobody comes back to is forgotten, and so is what belongs
// to a session that ends; another session never sees it.
func TestUploadIsLetGo(t *testing.T) {
	w := newWorld(t)
	const who = "kabupaten-officer"
	sends := func() {
		t.Helper()
		if got := w.hand(who, "new", "penerima.csv", recipients(0, 5)); got.Code != 303 {
			t.Fatal(got.Code, complaints(got))
		}
	}
	gone := func(why string) {
		t.Helper()
		if page := w.get(who, uploadPath).Body.String(); !strings.Contains(page, "Unggah berkas: diperiksa dahulu") {
			t.Errorf("%s: %s", why, mainOf(page))
		}
		if n := len(w.pages.office.uploads.all); n != 0 {
			t.Errorf("%s: %d wait", why, n)
		}
	}
	sends()
	if page := w.get("data-steward", uploadPath).Body.String(); !strings.Contains(page, "Unggah berkas: diperiksa dahulu") {
		t.Errorf("another session sees %s", mainOf(page))
	}
	if got := w.goesOn(who, "/batal", nil); got.Code != 303 {
		t.Fatal(got.Code)
	}
	gone("let go")
	sends()
	w.wait(50 * time.Minute)
	w.get(who, uploadPath)
	w.wait(50 * time.Minute)
	if page := w.get(who, uploadPath).Body.String(); !strings.Contains(page, "6 baris dan 5 kolom") {
		t.Errorf("who comes back finds %s", mainOf(page))
	}
	up := w.pages.office.uploads.of(must(w.pages.office.sessions.find(t.Context(), w.jar[who])).Hash)
	w.wait(uploadWaits)
	w.pages.office.uploads.sweep()
	if up.file != nil {
		t.Error("the bytes of what nobody came back to are still there")
	}
	gone("too late")
	sends()
	w.sendForm(who, "/keluar", nil)
	gone("signed out")
}

// TestBadUploads: each bad file has a sentence beside the field, leaves nothing, and
// another one may be tried at once.
func TestBadUploads(t *testing.T) {
	w := newWorld(t)
	wide := strings.Repeat("a,", 1_000_000) + "a\n" + strings.Repeat("1,", 1_000_000) + "1\n"
	for _, x := range []struct{ name, file, content, says string }{
		{"empty", "kosong.csv", "", "kosong"},
		{"HTML called .xls", "lama.xls", "<html><table><tr><td>a</td></tr></table></html>", "halaman web"},
		{"an old or locked workbook", "kunci.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 2000), "simpan ulang"},
		{"a workbook that was cut", "potong.xlsx", "PK\x03\x04 potong", "rusak"},
		{"a program", "program.csv", "MZ\x90\x00 program", "program"},
		{"a million columns", "lebar.csv", wide, "kolom"},
		{"a title alone", "judul.csv", "nama;nilai\n", "tidak ada baris data"},
	} {
		before := w.head()
		got := w.hand("kabupaten-officer", "new", x.file, x.content)
		for got.Code == 303 || strings.Contains(got.Body.String(), "aria-busy") { // it takes a while
			got = w.get("kabupaten-officer", uploadPath)
		}
		if body := got.Body.String(); got.Code != 422 || !strings.Contains(body, x.says) || !strings.Contains(body, `class="error"`) {
			t.Errorf("%s: %d %s", x.name, got.Code, complaints(got))
		}
		if w.head() != before || len(w.pages.office.uploads.all) != 0 {
			t.Errorf("%s left something", x.name)
		}
	}
	if w.said.Len() > 0 {
		t.Errorf("something failed inside: %s", w.said.String())
	}
}

// TestUploadOfFigures: a table under a contract of the program becomes figures of the
// register, which a second person accepts; rows of another region go back.
func TestUploadOfFigures(t *testing.T) {
	w := newWorld(t)
	w.funded()
	const who = "data-steward"
	file := "TA,Program,Wilayah,Sumber Dana,Pagu Murni,Realisasi,Posisi\n2024,PKH,Kabupaten Malang,APBN,200000000,150000000,31-12-2024\n2024,PKH,Kabupaten Kediri,APBN,100000000,90000000,31-12-2024\n2024,PKH,Kabupaten Sleman,APBN,1000,900,31-12-2024\n"
	if got := w.hand(who, "anggaran", "anggaran 2024.csv", file); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	if page := w.get(who, uploadPath).Body.String(); !strings.Contains(page, "Kontrak bawaan: kolom yang dicari") {
		t.Errorf("the contract: %s", mainOf(page))
	}
	if got := w.goesOn(who, "/kontrak", nil); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	page := w.get(who, uploadPath).Body.String()
	for _, want := range []string{"2 dari 3 baris diterima, 1 ditolak", "2 angka baru, 0 mengoreksi"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q: %s", want, mainOf(page))
		}
	}
	if got := w.goesOn(who, "/ditolak", nil); got.Code != 200 || !strings.Contains(got.Body.String(), "Kabupaten Sleman") {
		t.Errorf("handed back: %d %s", got.Code, got.Body)
	}
	before := w.head()
	if got := w.goesOn(who, "/simpan", nil); got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	got := w.get(who, uploadPath)
	m := regexp.MustCompile(`href="/id(/angka/[a-z0-9]+)"`).FindStringSubmatch(got.Body.String())
	if m == nil || w.head() != before+1 {
		t.Fatalf("%d events, %s: %s", w.head()-before, complaints(got), mainOf(got.Body.String()))
	}
	if page := w.get("walidata-dua", m[1]); page.Code != 200 || !strings.Contains(page.Body.String(), "anggaran 2024.csv") {
		t.Errorf("%d %s", page.Code, mainOf(page.Body.String()))
	}
}
