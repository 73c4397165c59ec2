package web

import (
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/dampak/dampak/internal/cooperation"
)

// printed is a letter as somebody gets it.
func (w *world) printed(who string, s surat) string {
	w.t.Helper()
	r := httptest.NewRequest("GET", "/en/", nil) //nolint:usestdlibvars // as elsewhere
	r.AddCookie(w.cookie(who))
	out := httptest.NewRecorder()
	w.pages.language(w.pages.identify(w.pages.signedIn(func(c *call) error { return c.letterSheet(s) }))).ServeHTTP(out, r)
	if out.Code != 200 {
		w.t.Fatalf("%d %s", out.Code, out.Body)
	}
	return out.Body.String()
}

// TestLetter: a letter is Indonesian on English pages too, says what it is and
// where it ends, and takes no text for anything else.
func TestLetter(t *testing.T) {
	w := newWorld(t)
	text := cooperation.Text{
		{Kind: cooperation.TitleBlock, Text: "NOTA KESEPAKATAN"}, {Kind: cooperation.NumberBlock, Label: "Nomor:", Text: "........"}, {Kind: cooperation.NumberBlock, Label: "Nomor:", Text: "12/B2/2026"},
		{Kind: cooperation.HeadingBlock, Label: "Pasal 1", Text: "Maksud <b>dan</b> Tujuan"}, {Kind: cooperation.ParagraphBlock, Label: "(1)", Text: "Ayat satu\nbaris dua"},
		{Kind: cooperation.ItemBlock, Label: "2. Alamat:", Text: "Jalan Contoh"}, {Kind: cooperation.ItemBlock, Label: "a.", Text: "bahwa"},
		{Kind: cooperation.SignatureBlock, Label: "PIHAK KESATU", Text: "Balai\nKepala\n\nSiti"}, {Kind: cooperation.SignatureBlock, Label: "PIHAK KEDUA", Text: "Dinas\nPlt. Kepala\n\n........"},
		{Kind: cooperation.AnnexBlock, Text: "LAMPIRAN"},
	}
	draft := w.printed("head", surat{Title: "Surat", Text: text, Meterai: true, Kop: &kop{Names: []string{"Dinas Sosial"}}})
	for _, want := range []string{
		`>KONSEP<`, `lang="id"`, "Nomor: ........", "Nomor: 12/B2/2026", "Pasal 1<br>Maksud &lt;b&gt;dan&lt;/b&gt; Tujuan", "<span>(1)</span><p>Ayat satu<br>baris dua</p>",
		"<span>2.</span><span>Alamat</span><span>:</span><p>Jalan Contoh</p>", "<span>a.</span><p>bahwa</p>", `class="s-signs s-2"`, `<p class="s-name">Siti</p>`, `<p class="s-name">........</p>`, "<span>meterai</span>",
		"Konsep: naskahnya belum dibekukan", "Dicetak oleh Orang head, 27 November 2026", `"Halaman " counter(page) " dari " counter(pages)`, `<p class="name">Dinas Sosial</p>`,
	} {
		if !strings.Contains(draft, want) {
			t.Errorf("no %q in %s", want, mainOf(draft))
		}
	}
	if strings.Contains(draft, "CONTOH") || strings.Count(draft, `class="s-signs`) != 1 {
		t.Error("an office's own letter is called an example, or its signatures are apart")
	}
	w.pages.office.Example = true
	frozen := w.printed("head", surat{Title: "Surat", Text: text, SHA256: text.SHA256(), QR: must(qrOf("https://dampak.contoh.go.id/verifikasi/x", "Kode untuk memeriksa surat ini"))})
	for _, want := range []string{"CONTOH - bukan dokumen resmi</p>", "EXAMPLE - not an official document</p>", "SHA-256 naskah: " + text.SHA256(), "Kode untuk memeriksa surat ini", "<svg viewBox"} {
		if !strings.Contains(frozen, want) {
			t.Errorf("no %q in %s", want, mainOf(frozen))
		}
	}
	if strings.Contains(frozen, "KONSEP") || strings.Contains(frozen, "meterai") {
		t.Error("a frozen letter without a stamp is called a draft or has its place")
	}
	for _, x := range []string{"/", "/profil", "/masuk"} {
		if page := w.get("", x).Body.String(); x != "/profil" && !strings.Contains(page, "CONTOH - bukan dokumen resmi") {
			t.Errorf("%s of an invented record does not say so", x)
		}
	}
	if csv := w.get("admin", "/pengelolaan/orang?bentuk=csv").Body.String(); !strings.HasSuffix(csv, "CONTOH - bukan dokumen resmi\n") {
		t.Errorf("a file of an invented record does not say so: %s", csv)
	}
}

// TestDatesStayWhole: no date of a letter breaks over two lines.
func TestDatesStayWhole(t *testing.T) {
	for text, want := range map[string]string{
		"tanggal 17 November 2026, dan 1 Mei 2020;": "tanggal 17\u00a0November\u00a02026, dan 1\u00a0Mei\u00a02020;", "17 orang pada 2026": "17 orang pada 2026", "": "",
	} {
		if got := datesWhole(text); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// TestQR: the picture has the modules of the code, four modules from the edge.
func TestQR(t *testing.T) {
	payload := strings.Repeat("DAMPAK IZIN PENELITIAN 1 ", 12)
	drawn := must(qrOf(payload, "")).Picture
	code := must(qr.Encode(payload, qr.M, qr.Auto))
	n := code.Bounds().Dx()
	grid := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(string(drawn), -1) {
		x, y, wide := must(strconv.Atoi(m[1])), must(strconv.Atoi(m[2])), must(strconv.Atoi(m[3]))
		for i := range wide {
			grid[[2]int{x + i, y}] = true
		}
	}
	for y := -4; y < n+4; y++ {
		for x := -4; x < n+4; x++ {
			want := x >= 0 && y >= 0 && x < n && y < n && dark(code.At(x, y))
			if grid[[2]int{x + 4, y + 4}] != want {
				t.Fatalf("module %d, %d: %v", x, y, !want)
			}
		}
	}
	if _, err := qrOf(strings.Repeat("x", 3000), ""); err == nil {
		t.Error("a text that no code holds was drawn")
	}
}
