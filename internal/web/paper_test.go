package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/store"
)

// picture is a PNG of a size.
func picture(width, height int) []byte {
	var b bytes.Buffer
	must(0, png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

// TestALogo: it must be a picture of a sensible size, is kept while a form comes
// back, and is given to whoever is signed in, by its hash alone.
func TestALogo(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/instansi/@provinsi/kop"
	sends := func(content []byte, more url.Values) *httptest.ResponseRecorder {
		v := w.opened("head", path)
		v.Set("names", "Pemerintah Provinsi Jawa Timur\r\nDinas Sosial")
		for k, x := range more {
			v[k] = x
		}
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for k, all := range v {
			for _, x := range all {
				must(0, m.WriteField(k, x))
			}
		}
		if content != nil {
			_, err := must(m.CreateFormFile("logo", "lambang.png")).Write(content)
			must(0, err)
		}
		must(0, m.Close())
		r := httptest.NewRequest(http.MethodPost, w.fill(path), &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		return w.send("head", r)
	}
	for _, bad := range []struct {
		content []byte
		says    string
	}{
		{[]byte("%PDF-1.7"), "bukan gambar PNG atau JPEG"}, {[]byte("<svg onload=alert(1)>"), "bukan gambar PNG atau JPEG"},
		{[]byte("\x89PNG\r\n\x1a\n and no more"), "bukan gambar PNG atau JPEG"}, {picture(2001, 10), "2.001 × 10 piksel"},
		{append(picture(10, 10), make([]byte, mostLogo)...), "perkecil sampai 200 kB"},
	} {
		if got := sends(bad.content, nil); got.Code != 422 || !strings.Contains(got.Body.String(), bad.says) {
			t.Errorf("%.20q: %d %s", bad.content, got.Code, mainOf(got.Body.String()))
		}
	}
	logo := picture(60, 80)
	first := sends(logo, url.Values{"office_email": {"bukan surel"}})
	m := regexp.MustCompile(`name="logo_kept" value="(([0-9a-f]{64})[^"]*)"`).FindStringSubmatch(first.Body.String())
	if first.Code != 422 || m == nil {
		t.Fatalf("the logo was lost: %d %s", first.Code, mainOf(first.Body.String()))
	}
	if got := sends(nil, url.Values{"office_email": {""}, "logo_kept": {m[1]}}); got.Code != 303 {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	at := w.fill("/pengelolaan/instansi/@provinsi/logo/") + m[2]
	if page := w.get("head", "/").Body.String(); !strings.Contains(page, `<img src="`+at+`"`) {
		t.Errorf("no logo on %s", mainOf(page))
	}
	got := w.get("nobody", at)
	if got.Code != 200 || !bytes.Equal(got.Body.Bytes(), logo) || got.Header().Get("Content-Type") != "image/png" || !strings.Contains(got.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	// What else is among the contents is nobody's to have here.
	other, _, err := w.store.Contents().Put(t.Context(), strings.NewReader("surat"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.get("head", w.fill("/pengelolaan/instansi/@provinsi/logo/")+other); got.Code != 404 {
		t.Errorf("another content: %d", got.Code)
	}
	// It stays when the rest is changed, and goes when it is taken off.
	if got := sends(nil, nil); got.Code != 303 || !strings.Contains(w.get("head", "/").Body.String(), at) {
		t.Errorf("the logo went: %d", got.Code)
	}
	if got := sends(nil, url.Values{"logo_off": {"ya"}}); got.Code != 303 || strings.Contains(w.get("head", "/").Body.String(), at) {
		t.Errorf("the logo stayed: %d", got.Code)
	}
	if got := w.get("head", at); got.Code != 404 {
		t.Errorf("a logo that was taken off: %d", got.Code)
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPaper: each page says in the margin of its sheets who printed it, when, and
// where the record ended; a name cannot get out of that place.
func TestPaper(t *testing.T) {
	w := newWorld(t)
	if got := w.post("nobody", "/profil/ubah", `name=Orang "} body{display:none} </style>&language=id`); got.Code != 303 {
		t.Fatal(got.Code)
	}
	head := must(w.store.Head(t.Context()))
	margin := regexp.MustCompile(`<style nonce="([0-9a-f]{32})">@page\{@bottom-left\{ content:"((?:[^"\\]|\\.)*)"\}@bottom-right\{ content:"Halaman" " " counter\(page\) " " "dari" " " counter\(pages\)\}\}</style>`)
	for who, want := range map[string]string{"head": "Dicetak oleh Orang head, 27 November 2026", "nobody": "Dicetak oleh Orang ", "": "Dicetak 27 November 2026"} {
		got := w.get(who, "/")
		m := margin.FindStringSubmatch(got.Body.String())
		if m == nil {
			t.Fatalf("%s: no margin: %.1500s", who, got.Body.String())
		}
		if !strings.HasPrefix(m[2], want) || !strings.Contains(m[2], fmt.Sprint("Ujung catatan: ", head.Seq, ":", head.Hash)) || strings.ContainsAny(m[2], "<>{}") {
			t.Errorf("%s: %s", who, m[2])
		}
		if csp := got.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'self' 'nonce-"+m[1]+"'") {
			t.Errorf("%s: the page may not use its own style: %s", who, csp)
		}
		if has := strings.Contains(got.Body.String(), `class="kop"`); has != (who != "") {
			t.Errorf("%q: a letterhead is %v", who, has)
		}
	}
}

// TestPagesOfAList: what is searched and sorted is the whole list, the page is cut
// from that, and the file has all of it.
func TestPagesOfAList(t *testing.T) {
	w := newWorld(t)
	for i := range 115 {
		if _, _, _, err := w.store.AddUser(t.Context(), w.by("admin", "uji"), access.User{Name: fmt.Sprintf("Pegawai %03d", i), Email: fmt.Sprintf("p%03d@contoh.go.id", i), Language: "id"}); err != nil {
			t.Fatal(err)
		}
	}
	name := regexp.MustCompile(`<th scope="row" class="in0"><a href="[^"]*">([^<]*)</a>`)
	link := func(page, rel string) string {
		m := regexp.MustCompile(`<a rel="` + rel + `" href="/id([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	for _, c := range []struct {
		query string
		all   int
		pages []string // what each says of its rows
	}{
		{"", 131, []string{"Baris 1–50 dari 131", "Baris 51–100 dari 131", "Baris 101–131 dari 131"}},
		{"?urut=-2", 131, []string{"Baris 1–50 dari 131", "Baris 51–100 dari 131", "Baris 101–131 dari 131"}},
		{"?cari=pegawai&urut=-1", 115, []string{"Baris 1–50 dari 115", "Baris 51–100 dari 115", "Baris 101–115 dari 115"}},
		{"?cari=Pegawai+01", 10, nil},
		{"?cari=tidak+ada", 0, nil},
	} {
		file := strings.TrimPrefix(c.query, "?")
		rows := must(csv.NewReader(w.get("admin", "/pengelolaan/orang?"+file+"&bentuk=csv&halaman=2").Body).ReadAll())
		var want []string
		for _, r := range rows[1:] {
			want = append(want, r[0])
		}
		if len(want) != c.all {
			t.Errorf("%s: the file has %d rows, want %d", c.query, len(want), c.all)
		}
		var got []string
		at := "/pengelolaan/orang" + c.query
		for i := 0; at != ""; i++ {
			page := w.get("admin", at).Body.String()
			if i < len(c.pages) && !strings.Contains(page, c.pages[i]) {
				t.Errorf("%s does not say %q", at, c.pages[i])
			}
			if (link(page, "prev") != "") != (i > 0) {
				t.Errorf("%s: a way back is %q", at, link(page, "prev"))
			}
			for _, m := range name.FindAllStringSubmatch(page, -1) {
				got = append(got, m[1])
			}
			at = link(page, "next")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the pages have\n%q\nthe file\n%q", c.query, got, want)
		}
	}
	for at, says := range map[string]string{"9": "Baris 101–131", "0": "Baris 1–50", "-3": "Baris 1–50", "x": "Baris 1–50", "99999999999999999999": "Baris 1–50"} {
		if page := w.get("admin", "/pengelolaan/orang?halaman="+at).Body.String(); !strings.Contains(page, says) {
			t.Errorf("page %s does not say %s", at, says)
		}
	}
}

// TestTheLogIsSearched by kind, object and person, together and over its pieces;
// nobody finds there what they may not see.
func TestTheLogIsSearched(t *testing.T) {
	w := newWorld(t)
	for i := range 70 {
		if _, err := w.store.ChangeUser(t.Context(), w.by("second", "mutasi"), w.ids["other"], access.Profile{Name: fmt.Sprint("Orang other ", i), Email: "other@contoh.go.id", Language: "id", Organisation: w.ids["sampang"]}); err != nil {
			t.Fatal(err)
		}
	}
	whole := regexp.MustCompile(`peristiwa nomor \d+`)
	for _, c := range []struct {
		who, query, contains string
		events               int // on all pieces; -1 = whatever
	}{
		{"auditor", "jenis=user&objek=Orang+other", "Hanya tentang", 72}, {"auditor", "objek=other@contoh.go.id&orang=@second", "orang: Orang other 69", 70},
		{"auditor", "objek=user/@other&orang=@admin", "mengundang", 1}, {"auditor", "objek=@other", "Hanya tentang", 72},
		{"auditor", "objek=orang", "Beberapa objek bernama “orang”", 0}, {"auditor", "objek=dinsos+malang&jenis=organisation", "mendaftarkan instansi", 1},
		{"auditor", "objek=tidak+ada+itu", "Tidak ada objek bernama “tidak ada itu”", 0}, {"auditor", "objek=%3Cb%3E", "Tidak ada objek bernama “&lt;b&gt;”", 0},
		{"auditor", "jenis=position", "membuat jabatan", 5}, {"auditor", "jenis=karangan", "", -1}, {"auditor", "jenis=backup", "Tidak ada peristiwa", 0},
		{"auditor-malang", "objek=orang+other", "Tidak ada objek bernama", 0}, {"auditor-malang", "objek=user/@other", "Tidak ada peristiwa", 0},
	} {
		n, at := 0, w.fill("/pengelolaan/catatan?"+c.query)
		for first := true; at != ""; first = false {
			got := w.get(c.who, at)
			page := got.Body.String()
			if got.Code != 200 || (first && !strings.Contains(page, c.contains)) {
				t.Errorf("%s: %d, no %q: %s", at, got.Code, c.contains, mainOf(page))
			}
			n += len(whole.FindAllString(page, -1))
			at = ""
			if m := regexp.MustCompile(`href="/id([^"]*sebelum=[^"]*)"`).FindStringSubmatch(page); m != nil && c.events >= 0 {
				at = html.UnescapeString(m[1])
			}
		}
		if c.events >= 0 && n != c.events {
			t.Errorf("%s finds %d events, want %d", c.query, n, c.events)
		}
	}
	page := w.get("admin", "/pengelolaan/orang/@other").Body.String()
	if n := len(whole.FindAllString(page, -1)); n != historyPiece || !strings.Contains(page, w.fill("catatan?objek=user%2F@other")) {
		t.Errorf("the page of the object has %d events", n)
	}
}

// TestDrafts: what was typed and not sent comes back to the person who typed it,
// and to nobody else, until it is sent or thrown away; secrets do not.
func TestDrafts(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/orang/@other/ubah"
	has := func(who, what string) bool { return strings.Contains(w.get(who, path).Body.String(), what) }
	typed := "name=Orang Belum Jadi&email=other@contoh.go.id&organisation=@sampang&language=en&why=masih dipikir"
	before := w.head()
	if got := w.post("admin", path, typed+"&draf=simpan"); got.Code != 303 || w.head() != before {
		t.Fatalf("%d, %d events", got.Code, w.head()-before)
	}
	for _, want := range []string{`value="Orang Belum Jadi"`, "masih dipikir", `<option value="en" selected`, "Draf dari 27 November 2026", "Buang draf"} {
		if !has("admin", want) {
			t.Errorf("the draft has no %q", want)
		}
		if has("second", want) {
			t.Errorf("somebody else sees %q", want)
		}
	}
	// What others changed meanwhile is told to who opens an old draft, and to who had it
	// open.
	open := w.opened("admin", path)
	if got := w.post("second", path, "name=Orang Lain&email=other@contoh.go.id&organisation=@sampang&language=id"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	if !has("admin", "Draf ini dibuat sebelum perubahan berikut:") {
		t.Error("an old draft says nothing of what was changed")
	}
	for k, all := range must(url.ParseQuery(w.fill(typed))) {
		open[k] = all
	}
	got := w.sendForm("admin", path, open)
	if got.Code != 409 || !strings.Contains(got.Body.String(), "orang lain mengubahnya") {
		t.Errorf("an old draft: %d %s", got.Code, mainOf(got.Body.String()))
	}
	if got := w.post("admin", path, typed); got.Code != 303 {
		t.Errorf("sent: %d %s", got.Code, mainOf(got.Body.String()))
	}
	if has("admin", "Draf dari") {
		t.Error("a draft that was sent is still there")
	}
	// A form that came back leaves a draft; it goes when thrown away, or after 30 days.
	fails := "name=&email=other@contoh.go.id&organisation=@sampang&language=id&why=sebab yang panjang"
	for _, ends := range []func(){
		func() {
			if got := w.post("admin", path, "draf=buang"); got.Code != 303 {
				t.Error(got.Code)
			}
		},
		func() { w.wait(store.DraftLasts) },
	} {
		if got := w.post("admin", path, fails); got.Code != 422 || !has("admin", "sebab yang panjang") {
			t.Errorf("%d: no draft of a form that came back", got.Code)
		}
		ends()
		if has("admin", "sebab yang panjang") || has("admin", "Draf dari") {
			t.Error("the draft is still there")
		}
	}
	// An identity number is not kept, nor is a draft without the form's token.
	if got := w.post("admin", path, "name=Siti 3507123456789012&email=other@contoh.go.id&organisation=@sampang&language=id&draf=simpan"); got.Code != 303 || has("admin", "3507123456789012") {
		t.Errorf("%d: an identity number was kept", got.Code)
	}
	if got := w.sendForm("admin", path, url.Values{"name": {"palsu"}, "draf": {"simpan"}}); got.Code != 409 || has("admin", "palsu") {
		t.Errorf("a forged draft: %d", got.Code)
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestADraftOfALetter: a file and its hash are not part of a draft, what stands
// beside them is; boxes that were unticked stay unticked.
func TestADraftOfALetter(t *testing.T) {
	w := newWorld(t)
	path := "/pengelolaan/jabatan/@jabatan-malang/isi"
	v := w.opened("admin", path)
	for k, x := range map[string]string{"user": w.ids["kabupaten-officer"], "capacity": "plt", "from": "2026-11-01", "mandate_date": "2026-10-30"} {
		v.Set(k, x)
	}
	if got := w.upload("admin", path, v, "surat.pdf", []byte("%PDF-1.7 surat perintah rekaan")); got.Code != 422 {
		t.Fatal(got.Code)
	}
	page := w.get("admin", path).Body.String()
	if !strings.Contains(page, `<option value="plt" selected`) || !strings.Contains(page, `value="2026-10-30"`) || strings.Contains(page, "mandate_kept") {
		t.Errorf("the draft: %s", page)
	}
	path = "/pengelolaan/instansi/@provinsi/tanda-tangan"
	if got := w.post("head", path, "plt=letter&draf=simpan"); got.Code != 303 {
		t.Fatal(got.Code)
	}
	if page := w.get("head", path).Body.String(); strings.Count(page, " checked>") != 1 {
		t.Errorf("%d boxes are ticked: %s", strings.Count(page, " checked>"), mainOf(page))
	}
	if got := w.post("head", path, "plt=letter"); got.Code != 303 {
		t.Errorf("a draft of a setting: %d %s", got.Code, mainOf(got.Body.String()))
	}
}

// TestTheRootOfTheAPI answers as what is below it does.
func TestTheRootOfTheAPI(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/api/v1", "/api/v1/"} {
		if got := w.get("analyst", path); got.Code != 404 || got.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, got.Code, got.Header().Get("Content-Type"))
		}
	}
}
