package web

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// agree adds agreements to a world: an umbrella that is in force (@payung), one that
// is a draft (@rancangan), one that is before the parties (@diajukan), and one that
// the province has signed (@ditandatangani). All numbers and words are invented.
func (w *world) agree() {
	w.t.Helper()
	ctx := w.t.Context()
	w.person("kepala-pusat", "pusat")
	if _, err := w.store.BeginHolding(ctx, w.by("admin", "uji"), w.ids["jabatan-pusat"], registry.Holding{User: w.ids["kepala-pusat"], Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01"}}); err != nil {
		w.t.Fatal(err)
	}
	w.gives("kepala-pusat", access.Head, "0000", "pusat", "2027-10-01")
	w.ids["program"] = must(first2(w.store.RegisterProgramme(ctx, w.by("admin", "uji"), registry.Programme{Names: registry.Words{ID: "PKH Plus", EN: "PKH Plus"}, Owner: w.ids["provinsi"], Period: registry.Period{From: "2020-01-01"}})))
	w.ids["dataset"] = must(first2(w.store.RegisterDataset(ctx, w.by("data-steward", "uji"), registry.Dataset{Name: "Penerima PKH Plus", Owner: w.ids["provinsi"], Class: registry.PersonalData, Programmes: []string{w.ids["program"]}, Regions: []string{"35"},
		Columns: []registry.Column{{Name: "umur", Words: registry.Words{ID: "umur dalam tahun", EN: "age in years"}}, {Name: "bantuan", Words: registry.Words{ID: "rupiah per tahun", EN: "rupiah a year"}}}})))
	for _, name := range []string{"rancangan", "diajukan", "ditandatangani", "payung"} {
		w.ids[name] = must(first2(w.store.DraftAgreement(ctx, w.by("head", ""), "nota-kesepakatan", "", w.content("Penelitian "+name))))
		if name == "rancangan" {
			continue
		}
		if _, err := w.store.ProposeAgreement(ctx, w.by("head", ""), w.ids[name]); err != nil {
			w.t.Fatal(err)
		}
		if name == "diajukan" {
			continue
		}
		w.signs(name, "provinsi", "head", "analyst")
		if name == "payung" {
			w.signs(name, "pusat", "kepala-pusat", "researcher")
			for _, party := range []string{"provinsi", "pusat"} {
				if _, err := w.store.CheckSignature(ctx, w.by("data-steward", ""), w.ids[name], w.ids[party]); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
}

func (w *world) content(about string) cooperation.Content {
	return cooperation.Content{
		About: about, Place: "Surabaya", Day: "2026-11-27",
		Parties:  []cooperation.Party{{Organisation: w.ids["provinsi"], Position: w.ids["jabatan-provinsi"]}, {Organisation: w.ids["pusat"], Position: w.ids["jabatan-pusat"]}},
		Articles: []cooperation.Article{{Title: "Maksud", Paragraphs: []string{"Ayat satu.", "Ayat dua."}}},
		Scope: cooperation.Scope{Programmes: []string{w.ids["program"]}, Regions: []string{"35"}, Datasets: []cooperation.Columns{{Dataset: w.ids["dataset"], Columns: []string{"umur"}}},
			Purposes: []string{"evaluation"}, Period: registry.Period{From: "2026-11-27", Until: "2031-11-26"}},
		Terms: cooperation.DefaultTerms(),
	}
}

// signs records that a party has signed the frozen text.
func (w *world) signs(agreement, party, who, recorder string) {
	w.t.Helper()
	scan := picture(10, 10)
	hash, size, err := w.store.Contents().Put(w.t.Context(), bytes.NewReader(scan))
	if err == nil {
		_, err = w.store.RecordSignature(w.t.Context(), w.by(recorder, ""), w.ids[agreement], cooperation.Signature{Organisation: w.ids[party], Way: cooperation.Paper, User: w.ids[who], Day: "2026-11-27", Originals: 2, Meterai: true,
			File: cooperation.File{SHA256: hash, Name: "pindaian.png", Type: "image/png", Bytes: size}, Text: w.frozen(agreement)})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) agreement(name string) (a cooperation.Agreement) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(r *store.Reader) (err error) {
		a, _, err = store.AgreementOf(r, w.ids[name])
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) frozen(name string) string { return w.agreement(name).Frozen.SHA256 }

const (
	termsTyped = "&release_days=90&report_days=30&silence_days=5"
	draftTyped = "about=Uji coba&party_1=@jabatan-provinsi&party_2=@jabatan-pusat&place=Surabaya&day=&consideration=bahwa satu%0D%0Abahwa dua&legal_basis=Undang-Undang&article=Pasal 1. Maksud%0D%0AAyat.&programmes=@program&regions=3507&purposes=evaluation&data_@dataset=umur&from=2026-12-01&until=2027-11-30" + termsTyped
)

// rowsOfAgreements ask for the pages of agreements, once agree has made some.
var rowsOfAgreements = []row{
	{"", "GET", "/perjanjian", "", 303, "", 0}, {"nobody", "GET", "/perjanjian", "", 403, "perjanjian", 0}, {"nobody", "GET", "/perjanjian/@payung", "", 403, "", 0},
	{"analyst", "GET", "/perjanjian", "", 200, "1 perjanjian berlaku: 1 dataset terbuka di 38 kabupaten/kota untuk 1 program, paling lama sampai 26 November 2031", 0},
	{"analyst", "GET", "/perjanjian?cari=rancangan", "", 200, "1 baris", 0}, {"kabupaten-officer", "GET", "/perjanjian?bentuk=csv", "", 200, "Penelitian diajukan", 0},
	{"analyst", "GET", "/perjanjian/@payung", "", 200, "Membuka 1 dataset di 38 kabupaten/kota untuk 1 program sampai 26 November 2031", 0},
	{"analyst", "GET", "/perjanjian/@payung", "", 200, "diperiksa Orang data-steward", 0}, {"analyst", "GET", "/perjanjian/@payung", "", 200, "pindaian.png</a>", 0},
	{"kabupaten-officer", "GET", "/perjanjian/@payung", "", 200, "90 hari sebelum 26 November 2031", 0},
	{"head", "GET", "/perjanjian/@rancangan", "", 200, "Bila berlaku, membuka 1 dataset", 0}, {"head", "GET", "/perjanjian/tidakada", "", 404, "", 0},
	// The letter and the documents.
	{"analyst", "GET", "/perjanjian/@payung/surat", "", 200, "Nomor: ........", 0}, {"analyst", "GET", "/perjanjian/@rancangan/surat", "", 200, ">KONSEP<", 0}, {"nobody", "GET", "/perjanjian/@payung/surat", "", 403, "", 0},
	{"analyst", "GET", "/perjanjian/@payung/dokumen/tidakada", "", 404, "", 0}, {"kabupaten-officer", "GET", "/perjanjian/@payung/dokumen/tidakada", "", 403, "", 0},
	// Drafting.
	{"analyst", "GET", "/perjanjian/buat", "", 200, "Pasal 1. Maksud dan Tujuan", 0}, {"analyst", "GET", "/perjanjian/buat?jenis=pks&induk=@payung", "", 200, "Kerahasiaan dan Pelindungan Data", 0}, {"auditor", "GET", "/perjanjian/buat", "", 403, "", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + draftTyped, 303, "", 1}, {"analyst", "POST", "/perjanjian/buat", "kind=pks&parent=@payung&" + draftTyped, 303, "", 1},
	{"analyst", "POST", "/perjanjian/buat", "kind=pks&parent=@payung&" + strings.Replace(draftTyped, "umur", "*", 1), 422, "semua kolom dari Penerima PKH Plus diminta", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=pks&parent=@payung&" + strings.Replace(draftTyped, "purposes=evaluation", "purposes=targeting", 1), 422, "tujuan penetapan sasaran di luar perjanjian induk", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=pks&parent=@payung&" + strings.Replace(draftTyped, "until=2027", "until=2032", 1), 422, "melewati perjanjian induk", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=rencana-kerja&parent=&" + draftTyped, 422, "pilih induknya", 0}, {"analyst", "POST", "/perjanjian/buat", "kind=addendum&parent=&" + draftTyped, 422, "pilih perjanjian yang diubah", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "regions=3507", "regions=9999", 1), 422, "9999", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "Uji coba", "Data 3507123456789012", 1), 422, "nomor identitas", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "Pasal 1. Maksud%0D%0A", "", 1), 422, "sebelum judul pasal yang pertama", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "release_days=90", "release_days=banyak", 1), 422, "bukan bilangan bulat", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "party_2=@jabatan-pusat", "party_2=@jabatan-provinsi", 1), 422, "disebut dua kali", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "about=Uji coba", "about=", 1), 422, "belum diisi", 0},
	{"kabupaten-officer", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + draftTyped, 403, "menyiapkan perjanjian", 0},
	{"analyst", "POST", "/perjanjian/buat", "kind=nota-kesepakatan&parent=&" + strings.Replace(draftTyped, "Uji coba", "Uji <b>tebal</b>", 1), 303, "", 1}, {"analyst", "GET", "/perjanjian", "", 200, "Uji &lt;b&gt;tebal&lt;/b&gt;", 0},
	// Changing.
	{"head", "GET", "/perjanjian/@rancangan/ubah", "", 200, "Pasal 1. Maksud", 0}, {"head", "POST", "/perjanjian/@rancangan/ubah", draftTyped, 303, "", 1}, {"head", "POST", "/perjanjian/@rancangan/ubah", draftTyped, 422, "tidak ada yang berubah", 0},
	{"head", "POST", "/perjanjian/@payung/ubah", "raw:", 409, "", 0}, {"head", "GET", "/perjanjian/@payung/ubah", "", 409, "buat adendum", 0}, {"kabupaten-officer", "GET", "/perjanjian/@rancangan/ubah", "", 403, "", 0},
	{"head", "GET", "/perjanjian/@rancangan/lampirkan", "", 200, "type=\"file\"", 0}, {"head", "POST", "/perjanjian/@rancangan/lampirkan", "", 422, "belum diunggah", 0},
	{"head", "GET", "/perjanjian/@rancangan/lepaskan", "", 200, "", 0}, {"head", "POST", "/perjanjian/@rancangan/lepaskan", "document=" + strings.Repeat("a", 64), 422, "tidak ada di antara lampiran", 0},
	{"head", "GET", "/perjanjian/@rancangan/ajukan", "", 200, "SHA-256 naskah bila diajukan sekarang", 0}, {"analyst", "GET", "/perjanjian/@rancangan/ajukan", "", 403, "", 0},
	{"head", "POST", "/perjanjian/@rancangan/ajukan", "", 303, "", 1}, {"head", "GET", "/perjanjian/@rancangan/ajukan", "", 409, "", 0},
	// Numbers.
	{"analyst", "GET", "/perjanjian/@payung/beri-nomor", "", 200, "Dinas Sosial Provinsi Jawa Timur</option>", 0}, {"analyst", "POST", "/perjanjian/@payung/beri-nomor", "organisation=@provinsi&number=400.9/12/107.5/2026&number_day=2026-11-27", 303, "", 1},
	{"analyst", "POST", "/perjanjian/@diajukan/beri-nomor", "organisation=@provinsi&number=400.9/12/107.5/2026&number_day=2026-11-27", 422, "sudah dipakai kantor ini pada tahun 2026", 0},
	{"analyst", "POST", "/perjanjian/@diajukan/beri-nomor", "organisation=@pusat&number=1&number_day=2026-11-27", 403, "", 0}, {"analyst", "POST", "/perjanjian/@diajukan/beri-nomor", "organisation=@provinsi&number=&number_day=2026-12-31", 422, "belum diisi", 0},
	{"analyst", "GET", "/perjanjian/@payung/surat", "", 200, "Nomor: 400.9/12/107.5/2026", 0}, {"researcher", "GET", "/perjanjian/@payung/beri-nomor", "", 200, "Balai Besar Penelitian Kesejahteraan Sosial</option>", 0},
	// Signatures.
	{"researcher", "GET", "/perjanjian/@diajukan/catat-tanda-tangan", "", 200, "Orang kepala-pusat: definitif", 0}, {"researcher", "POST", "/perjanjian/@diajukan/catat-tanda-tangan", "organisation=@pusat&user=@kepala-pusat&way=paper&day=2026-11-27&originals=2&meterai=ya", 422, "belum diunggah", 0},
	{"analyst", "POST", "/perjanjian/@ditandatangani/catat-tanda-tangan", "organisation=@provinsi&user=@head&way=paper&day=2026-11-27&originals=2&meterai=ya", 422, "satu pihak menandatangani satu kali", 0},
	{"analyst", "GET", "/perjanjian/@rancangan/periksa-tanda-tangan", "", 403, "", 0}, {"data-steward", "GET", "/perjanjian/@ditandatangani/periksa-tanda-tangan?pihak=@provinsi", "", 200, "Buka pindaian.png", 0},
	{"data-steward", "GET", "/", "", 200, "Periksa tanda tangan Dinsos Jatim", 0}, {"researcher", "GET", "/", "", 200, "Catat tanda tangan B2P3KS", 0},
	{"data-steward", "POST", "/perjanjian/@ditandatangani/periksa-tanda-tangan", "organisation=@provinsi&checklist=text&checklist=day", 422, "semua butir harus dicocokkan", 0},
	{"head", "POST", "/perjanjian/@ditandatangani/periksa-tanda-tangan", "organisation=@provinsi&checklist=text&checklist=signer&checklist=day&checklist=means", 422, "tidak memeriksa tanda tangannya sendiri", 0},
	{"data-steward", "GET", "/perjanjian/@ditandatangani/tolak-tanda-tangan", "", 200, "", 0}, {"data-steward", "POST", "/perjanjian/@ditandatangani/tolak-tanda-tangan", "organisation=@provinsi&why=", 422, "Alasannya belum diisi", 0},
	{"data-steward", "POST", "/perjanjian/@ditandatangani/periksa-tanda-tangan", "organisation=@provinsi&checklist=text&checklist=signer&checklist=day&checklist=means", 303, "", 1},
	{"data-steward", "POST", "/perjanjian/@ditandatangani/tolak-tanda-tangan", "organisation=@provinsi&why=keliru", 422, "sudah diperiksa", 0},
	{"data-steward", "POST", "/perjanjian/@ditandatangani/tolak-tanda-tangan", "organisation=@provinsi&why=keliru", 422, "sudah diperiksa", 0},
	// The end.
	{"head", "GET", "/perjanjian/@diajukan/akhiri", "", 409, "", 0}, {"head", "GET", "/perjanjian/@payung/akhiri", "", 200, "0 perjanjian di bawahnya, 0 izin yang terbuka, dan 0 studi yang berjalan", 0}, {"head", "GET", "/perjanjian/@payung/akhiri", "", 200, "syarat pemberitahuan", 0}, {"analyst", "GET", "/perjanjian/@payung/akhiri", "", 403, "", 0},
	{"head", "POST", "/perjanjian/@payung/akhiri", "day=2026-11-01&why=kebijakan baru", 422, "beri hari ini atau sesudahnya", 0}, {"head", "GET", "/perjanjian/@payung/catat-pemusnahan", "", 409, "", 0}, {"head", "POST", "/perjanjian/@payung/catat-pemusnahan", "raw:", 409, "", 0},
	{"head", "POST", "/perjanjian/@payung/akhiri", "day=2026-11-27&why=kebijakan baru", 303, "", 1}, {"head", "GET", "/perjanjian/@payung", "", 200, "kebijakan baru", 0}, {"head", "GET", "/perjanjian", "", 200, "semua pintu tertutup", 0},
	{"head", "GET", "/perjanjian/@payung/catat-pemusnahan", "", 200, "Berita acara", 0}, {"head", "POST", "/perjanjian/@payung/catat-pemusnahan", "day=2026-11-27&destroyed_what=&destroyed_who=&destroyed_how=", 422, "apa yang dimusnahkan belum diisi", 0},
	{"head", "POST", "/perjanjian/@payung/catat-pemusnahan", "day=2026-11-27&destroyed_what=salinan data&destroyed_who=Bidang Data&destroyed_how=dihapus", 303, "", 1}, {"analyst", "GET", "/perjanjian/@payung", "", 200, "oleh Bidang Data", 0},
}

// attaching sends a form with one file.
func (w *world) attaching(who, path string, v url.Values, field, name string, content []byte) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, all := range v {
		for _, x := range all {
			must(0, m.WriteField(k, x))
		}
	}
	must(io.Copy(must(m.CreateFormFile(field, name)), bytes.NewReader(content)))
	must(0, m.Close())
	r := httptest.NewRequest(http.MethodPost, w.fill(path), &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.send(who, r)
}

// TestDocumentsOfAgreements: what is attached is looked at, kept by its hash, and
// given to those who have a hand in the agreement.
func TestDocumentsOfAgreements(t *testing.T) {
	w := newWorld(t)
	w.agree()
	path := "/perjanjian/@rancangan/lampirkan"
	for _, bad := range []struct {
		name, content, says string
		status              int
	}{
		{"surat.pdf", "hanya teks", "surat.pdf", 422}, {"makro.docm", "PK\x03\x04", "makro", 422}, {"program.exe", "MZ", "bukan jenis berkas", 422}, {"kosong.txt", "", "kosong", 422},
		{"daftar.txt", "NIK: 3507123456789012\n", "nomor identitas", 422}, {"3507123456789012.txt", "isi", "nama", 422}, {"besar.txt", strings.Repeat("a", 20<<20+1), "paling besar 20 MB", 422}, {"besar.txt", strings.Repeat("a", 22<<20), "21.504", 413},
	} {
		before := w.head()
		got := w.attaching("head", path, w.opened("head", path), "document", bad.name, []byte(bad.content))
		if got.Code != bad.status || !strings.Contains(got.Body.String(), bad.says) || w.head() != before {
			t.Errorf("%s: %d, %d events, %s", bad.name, got.Code, w.head()-before, mainOf(got.Body.String()))
		}
		if strings.Contains(got.Body.String(), "3507123456789012") {
			t.Errorf("%s: the refusal shows the number", bad.name)
		}
	}
	const body = "Kerangka acuan kerja.\n"
	if got := w.attaching("head", path, w.opened("head", path), "document", "../../kerangka <b>tebal</b>.txt", []byte(body)); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	// What the program cannot look into is told where the document stands now, and to
	// this session alone.
	var picture bytes.Buffer
	must(0, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
	scan := w.attaching("head", path, w.opened("head", path), "document", "pindai.png", picture.Bytes())
	told, says := scan.Header().Get("Location"), "pindai.png: isi gambar tidak dapat diperiksa"
	if body := w.get("head", told).Body.String(); scan.Code != 303 || !strings.Contains(body, says) {
		t.Errorf("%d %q %s", scan.Code, told, mainOf(body))
	}
	if strings.Contains(w.get("analyst", told).Body.String(), says) || strings.Contains(w.get("head", "/perjanjian/@rancangan").Body.String(), says) {
		t.Error("a note is told to another, or for ever")
	}
	if got := w.post("head", "/perjanjian/@rancangan/lepaskan", "document="+w.agreement("rancangan").Documents[1].SHA256); got.Code != 303 {
		t.Error(got.Code)
	}
	f := w.agreement("rancangan").Documents[0]
	page := w.get("head", "/perjanjian/@rancangan").Body.String()
	if strings.Contains(page, "<b>tebal") || !strings.Contains(page, f.SHA256) {
		t.Errorf("%+v %s", f, mainOf(page))
	}
	for who, want := range map[string]int{"head": 200, "analyst": 200, "researcher": 200, "auditor": 200, "kabupaten-officer": 403, "nobody": 403} {
		got := w.get(who, "/perjanjian/@rancangan/dokumen/"+f.SHA256)
		if got.Code != want || (want == 200 && (got.Body.String() != body || !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment"))) {
			t.Errorf("%s gets %d, %v", who, got.Code, got.Header())
		}
	}
	if got := w.get("head", "/perjanjian/@diajukan/dokumen/"+f.SHA256); got.Code != 404 {
		t.Errorf("the document of another agreement: %d", got.Code)
	}
	if shut := w.get("kabupaten-officer", "/perjanjian/@rancangan").Body.String(); !strings.Contains(shut, f.SHA256) || strings.Contains(shut, "/dokumen/") {
		t.Error("who has no hand in the agreement sees no hash, or a link")
	}
	if got := w.post("head", "/perjanjian/@rancangan/lepaskan", "document="+f.SHA256); got.Code != 303 || len(w.agreement("rancangan").Documents) != 0 {
		t.Error(got.Code)
	}
}

// TestSigning: both parties sign on paper, a second person checks, and the doors
// open; an edit after the first signature drops it; what is not the frozen text
// cannot be signed.
func TestSigning(t *testing.T) {
	w := newWorld(t)
	w.agree()
	path := "/perjanjian/@diajukan/catat-tanda-tangan"
	typed := func(who, party, signer string) url.Values {
		v := w.opened(who, path)
		for k, x := range map[string]string{"organisation": w.ids[party], "user": w.ids[signer], "way": "paper", "day": "2026-11-27", "originals": "2", "meterai": "ya"} {
			v.Set(k, x)
		}
		return v
	}
	forged := typed("analyst", "provinsi", "head")
	forged.Set("signed_text", strings.Repeat("a", 64))
	if got := w.attaching("analyst", path, forged, "file", "pindaian.png", picture(9, 9)); got.Code != 422 || !strings.Contains(got.Body.String(), "bukan naskah yang dibekukan") {
		t.Error("another text was signed", got.Code)
	}
	wrong := typed("analyst", "provinsi", "head")
	wrong.Set("originals", "1")
	first := w.attaching("analyst", path, wrong, "file", "pindaian.png", picture(9, 9))
	m := regexp.MustCompile(`name="file_kept" value="([^"]+)"`).FindStringSubmatch(first.Body.String())
	if first.Code != 422 || m == nil || !strings.Contains(first.Body.String(), "setiap pihak memegang satu asli") {
		t.Fatal("the scan was lost", first.Code, mainOf(first.Body.String()))
	}
	again := typed("analyst", "provinsi", "head")
	again.Set("file_kept", m[1])
	if got := w.sendForm("analyst", path, again); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	if got := w.attaching("researcher", path, typed("researcher", "pusat", "head"), "file", "pindaian.png", picture(8, 8)); got.Code != 422 || !strings.Contains(got.Body.String(), "sudah menandatangani untuk pihak lain") {
		t.Error(got.Code, mainOf(got.Body.String()))
	}
	if got := w.attaching("researcher", path, typed("researcher", "pusat", "kepala-pusat"), "file", "pindaian.png", picture(8, 8)); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	check := "/perjanjian/@diajukan/periksa-tanda-tangan"
	for _, party := range []string{"provinsi", "pusat"} {
		if got := w.post("data-steward", check, "organisation=@"+party+"&checklist=text&checklist=signer&checklist=day&checklist=means"); got.Code != 303 {
			t.Fatal(got.Code, mainOf(got.Body.String()))
		}
	}
	page := w.get("analyst", "/perjanjian/@diajukan").Body.String()
	if !strings.Contains(page, "Membuka 1 dataset") || strings.Contains(page, "tanda tangan elektronik") {
		t.Error(mainOf(page))
	}
	// An edit drops what was signed.
	if len(w.agreement("ditandatangani").Signatures) != 1 {
		t.Fatal("no signature")
	}
	if got := w.post("head", "/perjanjian/@ditandatangani/ubah", draftTyped); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	if a := w.agreement("ditandatangani"); a.Frozen != nil || len(a.Signatures) != 0 {
		t.Error("an edit left the signature", a.Signatures)
	}
	w.wait(24 * time.Hour)
	if got := w.get("analyst", "/perjanjian").Body.String(); !strings.Contains(got, "2 perjanjian berlaku") {
		t.Error(mainOf(got))
	}
}

// TestDestructionWaits: once results may not be released any more, whoever decides
// for a party is told on Beranda until the destruction is recorded.
func TestDestructionWaits(t *testing.T) {
	w := newWorld(t)
	w.agree()
	if got := w.post("head", "/perjanjian/@payung/akhiri", "day=2026-11-27&why=kebijakan baru"); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	waits := func(who string) bool { return strings.Contains(w.get(who, "/").Body.String(), "Musnahkan data") }
	// The head stays head for longer than in the other tests.
	if _, err := w.store.BeginHolding(t.Context(), w.by("admin", "uji"), w.ids["jabatan-provinsi"], registry.Holding{User: w.ids["head"], Capacity: event.Definitive, Period: registry.Period{From: "2026-12-11"}}); err != nil {
		t.Fatal(err)
	}
	w.wait(89 * 24 * time.Hour)
	if waits("head") {
		t.Error("it waits while results may still be released")
	}
	w.wait(24 * time.Hour) // the 90th day after 26 November, the last one in force, is 24 February
	if !waits("head") || waits("analyst") || waits("kabupaten-officer") {
		t.Error("it does not wait for who decides, or for others")
	}
	if got := w.post("head", "/perjanjian/@payung/catat-pemusnahan", "day=2027-02-25&destroyed_what=salinan data&destroyed_who=Bidang Data&destroyed_how=dihapus"); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	if waits("head") {
		t.Error("it waits although it is recorded")
	}
}

// TestWhatAnAgreementOpened: one that has ended says what its words then in force
// opened, and its last day once.
func TestWhatAnAgreementOpened(t *testing.T) {
	signed := registry.Day("2020-09-21").Begins()
	text := func(id string, until registry.Day, datasets ...string) cooperation.Agreement {
		a := cooperation.Agreement{ID: id, Kind: "pks", Drafted: cooperation.Mark{At: signed}, Frozen: &cooperation.Frozen{Mark: cooperation.Mark{At: signed}}}
		a.Parties = []cooperation.Party{{Organisation: "pusat"}}
		a.Scope = cooperation.Scope{Programmes: []string{"p"}, Regions: []string{"3507"}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2020-09-21", Until: until}}
		for _, d := range datasets {
			a.Scope.Datasets = append(a.Scope.Datasets, cooperation.Columns{Dataset: d, Columns: []string{cooperation.All}})
		}
		a.Signatures = []cooperation.Signature{{Organisation: "pusat", Recorded: cooperation.Mark{At: signed}, Checked: &cooperation.Mark{At: signed}}}
		return a
	}
	first, later := text("a", "2023-09-20", "satu"), text("x", "2028-09-20", "satu", "dua")
	later.Amends, later.Scope.Period.From = "a", "2022-01-01"
	ended := first
	ended.Terminated = &cooperation.Termination{Mark: cooperation.Mark{At: registry.Day("2026-11-27").Begins()}, Day: "2026-12-02"}
	c := &call{o: &office{Office: Office{Now: func() time.Time { return registry.Day("2029-01-01").Begins() }}}, lang: i18n.ID}
	for _, row := range []struct {
		b    cooperation.Bound
		says string
	}{
		{cooperation.Bound{Agreement: first}, "berakhir pada 20 September 2023; selama berlaku membuka 1 dataset di 1 kabupaten/kota untuk 1 program"},
		{cooperation.Bound{Agreement: first, Addenda: []cooperation.Agreement{later}}, "berakhir pada 20 September 2028; selama berlaku membuka 2 dataset di 1 kabupaten/kota untuk 1 program"},
		{cooperation.Bound{Agreement: ended, Addenda: []cooperation.Agreement{later}}, "berakhir pada 1 Desember 2026; selama berlaku membuka 2 dataset di 1 kabupaten/kota untuk 1 program"},
	} {
		if got := c.opens(row.b, row.b.StateAt(c.o.Now())); got != row.says {
			t.Errorf("%q, want %q", got, row.says)
		}
	}
}

// TestStaleAgreement: two offices change a draft at once; the second is told by
// whom it was overtaken, and keeps what was typed.
func TestStaleAgreement(t *testing.T) {
	w := newWorld(t)
	w.agree()
	path := "/perjanjian/@rancangan/ubah"
	v := w.opened("researcher", path)
	for k, x := range must(url.ParseQuery(w.fill(strings.Replace(draftTyped, "Uji coba", "Naskah kedua", 1)))) {
		v[k] = x
	}
	if got := w.post("head", path, draftTyped); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	before := w.head()
	got := w.sendForm("researcher", path, v)
	for _, want := range []string{"orang lain mengubahnya", "Orang head", "Naskah kedua"} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("no %q in %s", want, mainOf(got.Body.String()))
		}
	}
	if got.Code != 409 || w.head() != before {
		t.Errorf("%d, %d events", got.Code, w.head()-before)
	}
}

// TestRightsOfAgreements: each command at each role is as the table of rights says
// for some party.
func TestRightsOfAgreements(t *testing.T) {
	w := newWorld(t)
	w.agree()
	n := agreements()
	for _, who := range []string{"admin", "head", "analyst", "researcher", "kabupaten-officer", "data-steward", "output-checker", "auditor", "nobody", "expired"} {
		var standing access.Standing
		var places []access.Place
		err := w.store.View(t.Context(), func(r *store.Reader) (err error) {
			if standing, err = store.Who(r, w.ids[who], w.now()); err == nil {
				places, err = store.PlacesOf(r, event.Object{Kind: "agreement", ID: w.ids["diajukan"]})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		read := standing.MayAny(access.AgreementRead, places) == nil
		for _, m := range n.commands {
			need, _ := access.Needs(n.kind, m.name)
			path := n.commandPath(m, w.ids["diajukan"])
			may := read && standing.MayAny(need.Permission, places) == nil
			if m.makes {
				may = standing.Has(access.Head) || standing.Has(access.Analyst) || standing.Has(access.Researcher) || standing.Has(access.KabupatenOfficer)
			}
			if got := w.get(who, path).Code; (got == 403) == may {
				t.Errorf("%s opens %s: %d, may is %v", who, m.name, got, may)
			}
			before := w.head()
			if v := (url.Values{"why": {"coba"}, "form": {must(w.pages.office.sessions.find(t.Context(), w.jar[who])).formToken(path)}}); !may {
				if got := w.sendForm(who, path, v).Code; got != 403 || w.head() != before {
					t.Errorf("%s forges %s: %d, %d events", who, m.name, got, w.head()-before)
				}
			}
		}
		if got := w.get(who, "/perjanjian/@diajukan").Code; (got == 200) != read {
			t.Errorf("%s reads: %d, may is %v", who, got, read)
		}
	}
}

// TestArticlesAsTyped: what a form shows of articles reads back as the same.
func TestArticlesAsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[A-Z][a-z]{1,8}( [a-z]{1,8}){0,3}`)
		var all []cooperation.Article
		for range rapid.IntRange(0, 5).Draw(t, "articles") {
			a := cooperation.Article{Title: words.Draw(t, "title")}
			for range rapid.IntRange(0, 4).Draw(t, "paragraphs") {
				p := words.Draw(t, "paragraph")
				if rapid.Bool().Draw(t, "lines") {
					p += "\n" + words.Draw(t, "second line")
				}
				a.Paragraphs = append(a.Paragraphs, p)
			}
			all = append(all, a)
		}
		typed := strings.ReplaceAll(articlesOf(all), "\n", "\r\n")
		back, err := readArticles(registry.Clean(typed))
		if err != nil || articlesOf(back) != articlesOf(all) || len(back) != len(all) {
			t.Fatalf("%v: %q gives %+v", err, typed, back)
		}
		for i := range all {
			if back[i].Title != all[i].Title || strings.Join(back[i].Paragraphs, "|") != strings.Join(all[i].Paragraphs, "|") {
				t.Fatalf("%+v is not %+v", back[i], all[i])
			}
		}
	})
	// As in a letter that was signed before.
	got, err := readArticles("PASAL 1\nMaksud dan Tujuan\n\n(1) Satu.\n(2) Dua menurut\n   Pasal 5 ayat (1).\nPasal 2: Objek\nPasal 5 ayat (2) berlaku.")
	if err != nil || len(got) != 2 || got[0].Title != "Maksud dan Tujuan" || got[0].Paragraphs[1] != "Dua menurut\nPasal 5 ayat (1)." || got[1].Title != "Objek" || got[1].Paragraphs[0] != "Pasal 5 ayat (2) berlaku." {
		t.Errorf("%v %+v", err, got)
	}
}
