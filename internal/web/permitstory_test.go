package web

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

// says asks for a page and holds it against what it must and must not contain.
func (w *world) says(who, path string, status int, contains ...string) string {
	w.t.Helper()
	got := w.get(who, path)
	body := got.Body.String()
	if got.Code != status {
		w.t.Errorf("%s %s: %d, want %d: %s", who, path, got.Code, status, mainOf(body))
	}
	for _, x := range contains {
		if not, is := strings.CutPrefix(x, "!"); is == strings.Contains(strings.ToLower(body), strings.ToLower(not)) {
			w.t.Errorf("%s %s on %s: %q\n%s", who, path, registry.DayOf(w.now()), x, mainOf(body))
		}
	}
	return body
}

// sends fills in a form that must go through.
func (w *world) sends(who, path, body string) {
	w.t.Helper()
	if got := w.post(who, path, body); got.Code != 303 {
		w.t.Fatalf("%s %s %s: %d %s", who, path, body, got.Code, mainOf(got.Body.String()))
	}
}

func paper(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../intake/attachment/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAPermitThroughItsDays: three kabupaten answer differently, one by silence; the
// letter, its check, a newer letter, the end, the report of use; the clock is moved
// through it.
func TestAPermitThroughItsDays(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	at := "/izin/@izin-lapangan"
	w.sends("kabupaten-officer", at+"/izinkan-wilayah", "region=3507&acting=@jabatan-malang")
	w.sends("sampang-officer", at+"/tolak-wilayah", "region=3527&why=sedang pendataan ulang&acting=@jabatan-sampang")
	w.says("researcher", at, 200, "satu dari tiga kabupaten/kota sudah menjawab ya", "sedang pendataan ulang", "bila diam sampai 4 Desember 2026", "Simpangan sampel")
	w.sends("head", at+"/terbitkan-surat", "number=070/1&number_day=2026-11-27&position=@jabatan-provinsi&acting=@jabatan-provinsi")
	p, _ := w.permit("izin-lapangan")
	first := p.Letters[0].Code
	w.says("", "/verifikasi/"+first, 200, "asli dan berlaku hari ini", "070/1", "Kabupaten Malang", "!Kabupaten Sampang", "!Orang researcher", "Balai Besar")
	w.says("", "/verifikasi/"+strings.ToUpper(first[:13])+"%20-%20"+first[13:], 200, "asli dan berlaku hari ini")
	guess := "b" + first[1:]
	if guess == first {
		guess = "c" + first[1:]
	}
	w.says("", "/verifikasi/"+guess, 404, "Kode ini tidak ada")

	w.on("2026-12-07") // Monday after the fifth working day
	w.says("researcher", at, 200, "satu dari tiga kabupaten/kota sudah menjawab ya, satu dianggap mengizinkan karena diam, satu menolak.", "Dianggap mengizinkan", "!terlambat", "Boleh dikunjungi, tetapi datanya tertutup", "diam tidak membuka data")
	w.ok(w.store.RecordSilence(t.Context()))
	w.says("kabupaten-officer", at, 200, "Kabupaten Bangkalan dianggap mengizinkan karena diam", "program", "Diam melewati tenggat hari kerja", "!agreement-silence-days")
	w.says("head", at, 200, "Terbitkan surat baru")
	w.sends("head", at+"/terbitkan-surat", "number=070/2&number_day=2026-12-07&position=@jabatan-provinsi&acting=@jabatan-provinsi")
	w.says("", "/verifikasi/"+first, 200, "sudah diganti surat yang lebih baru", "070/2, tanggal 7 Desember 2026")
	w.says("researcher", at+"/surat/1", 200, "Sudah diganti surat yang lebih baru", "Nomor: 070/1")
	w.says("researcher", at+"/surat", 200, "Nomor: 070/2", "dianggap menyetujui karena tidak menjawab dalam 5 hari kerja")
	w.says("researcher", "/en"+at, 200, "one of three kabupaten/kota said yes, one deemed to agree by silence, one declined.")

	w.on("2027-03-01") // Monday after its last day
	w.done(w.store.BeginHolding(t.Context(), w.by("admin", "uji"), w.ids["jabatan-provinsi"], registry.Holding{User: w.ids["head"], Capacity: event.Definitive, Period: registry.Period{From: "2026-12-11"}}))
	w.says("researcher", at, 200, "laporan pemanfaatan ditunggu paling lambat 28 Maret 2027")
	w.says("researcher", "/", 200, "Kirim laporan pemanfaatan: 070/2", "paling lambat 28 Maret 2027")
	w.says("", "/verifikasi/"+first, 200, "sudah diganti")
	w.says("head", at+"/laporkan", 403)
	if got := w.attaching("researcher", at+"/laporkan", w.opened("researcher", at+"/laporkan"), "file", "laporan.pdf", paper(t, "letter.pdf")); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	w.says("head", "/izin", 200, "Periksa laporan pemanfaatan: 070/2")
	w.sends("head", at+"/kembalikan-laporan", "why=lengkapi lampirannya&acting=@jabatan-provinsi")
	w.on("2027-04-05")
	w.says("researcher", "/izin", 200, "terlambat, batasnya 28 Maret 2027")
	w.says("researcher", at, 200, "perbaikan laporan pemanfaatan terlambat")
	if got := w.attaching("researcher", at+"/laporkan", w.opened("researcher", at+"/laporkan"), "file", "laporan.pdf", paper(t, "letter.pdf")); got.Code != 303 {
		t.Fatal(got.Code, mainOf(got.Body.String()))
	}
	w.sends("head", at+"/terima-laporan", "acting=@jabatan-provinsi")
	w.says("researcher", at, 200, "izin ini selesai", "Laporan diterima", "!Laporan diterima, paling lambat", "1 ya · 1 dianggap mengizinkan karena diam · 1 menolak", "tidak membuka apa pun lagi")
	w.says("head", at+"/cabut", 409)
	if w.said.Len() > 0 {
		t.Error(w.said.String())
	}
}

// TestTwoOfficesAnswerAtOnce: the second is told by whom it was overtaken, and its
// answer goes through on the new revision.
func TestTwoOfficesAnswerAtOnce(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	path := "/izin/@izin-terbuka/tolak-wilayah"
	late := w.opened("sampang-officer", path)
	w.sends("kabupaten-officer", "/izin/@izin-terbuka/izinkan-wilayah", "region=3507&acting=@jabatan-malang")
	late.Set("region", "3527")
	late.Set("why", "sedang pendataan ulang")
	late.Set("acting", w.ids["jabatan-sampang"])
	before := w.head()
	got := w.sendForm("sampang-officer", path, late)
	for _, want := range []string{"orang lain mengubahnya", "Orang kabupaten-officer", "sedang pendataan ulang"} {
		if got.Code != 409 || w.head() != before || !strings.Contains(got.Body.String(), want) {
			t.Fatalf("%d, no %q: %s", got.Code, want, mainOf(got.Body.String()))
		}
	}
	for _, m := range hiddenField.FindAllStringSubmatch(got.Body.String(), -1) {
		late.Set(m[1], m[2])
	}
	if got := w.sendForm("sampang-officer", path, late); got.Code != 303 || w.head() != before+1 {
		t.Errorf("on the new revision: %d %s", got.Code, mainOf(got.Body.String()))
	}
	w.says("researcher", "/izin/@izin-terbuka", 200, "satu dari tiga", "sedang pendataan ulang")
}

// TestSlip: the sealed text in a QR is checked without the record of the letter; it
// speaks of the day of printing, whose key is unknown is said with its fingerprint, and a changed text refused.
func TestSlip(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	key := must(w.store.SlipKey(t.Context()))
	p, g := w.permit("izin-bersurat")
	v, _ := p.Verify(g, w.ids["kode"], w.now())
	slip := must(cooperation.EncodeSlip(v.Slip(key.Text(), "2026-11-27", true), key.Sign))
	send := func(text string) *httptest.ResponseRecorder {
		return w.sendForm("", "/verifikasi", url.Values{"slip": {text}})
	}
	w.on("2026-12-24")
	good := send(strings.ReplaceAll(slip, "\n", "\r\n") + "\r\n")
	for _, want := range []string{"pada hari cetak, 27 November 2026", "bukan keadaan hari ini", "070/100", "CONTOH - bukan dokumen resmi", "&lt;b&gt;tebal"} {
		if good.Code != 200 || !strings.Contains(good.Body.String(), want) {
			t.Errorf("%d, no %q: %s", good.Code, want, mainOf(good.Body.String()))
		}
	}
	_, other, err := ed25519.GenerateKey(nil)
	w.ok(err)
	theirs := v.Slip(cooperation.SlipKeyText(other.Public().(ed25519.PublicKey)), "2026-11-27", false)
	foreign := send(must(cooperation.EncodeSlip(theirs, func(m []byte) []byte { return ed25519.Sign(other, m) })))
	for _, want := range []string{"Segel QR ini utuh, tetapi kunci penerbitnya tidak dikenal", theirs.Fingerprint(), "070/100"} {
		if foreign.Code != 200 || !strings.Contains(foreign.Body.String(), want) || strings.Contains(foreign.Body.String(), "Segelnya cocok") {
			t.Errorf("%d, no %q: %s", foreign.Code, want, mainOf(foreign.Body.String()))
		}
	}
	for text, says := range map[string]string{
		strings.Replace(slip, "070/100", "070/101", 1): "segel qr ini tidak cocok", slip[:len(slip)-4]: "bukan isi qr surat izin", "": "bukan isi qr surat izin",
	} {
		if got := send(text); got.Code != 422 || !strings.Contains(strings.ToLower(got.Body.String()), says) || strings.Contains(got.Body.String(), "Segelnya cocok") {
			t.Errorf("%d, no %q: %s", got.Code, says, mainOf(got.Body.String()))
		}
	}
}

// TestChecksAreCounted: guessing is bounded from each origin, apart from signing in,
// and what is genuine counts for nothing.
func TestChecksAreCounted(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	ask := func(code, from string) int {
		r := httptest.NewRequest(http.MethodGet, "/verifikasi/"+code, nil)
		r.RemoteAddr = from
		return w.send("", r).Code
	}
	for range triesAnOrigin + 5 {
		if got := ask(w.ids["kode"], "192.0.2.7:1"); got != 200 {
			t.Fatal(got)
		}
	}
	for range triesAnOrigin {
		if got := ask(strings.Repeat("b", 26), "192.0.2.7:1"); got != 404 {
			t.Fatal(got)
		}
	}
	if here, there := ask(strings.Repeat("b", 26), "192.0.2.7:2"), ask(strings.Repeat("b", 26), "192.0.2.8:1"); here != 429 || there != 404 {
		t.Errorf("the guesser gets %d, another %d", here, there)
	}
	if got := ask(w.ids["kode"], "192.0.2.7:1"); got != 429 {
		t.Errorf("a genuine code amid guessing: %d", got)
	}
	r := httptest.NewRequest(http.MethodPost, "/masuk", strings.NewReader(url.Values{"email": {"head@contoh.go.id"}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "192.0.2.7:1"
	if got := w.send("", r); got.Code != 303 {
		t.Errorf("signing in from there: %d", got.Code)
	}
	w.wait(triesWindow + time.Second)
	if got := ask(w.ids["kode"], "192.0.2.7:1"); got != 200 {
		t.Errorf("later: %d", got)
	}
}

// TestDocumentsOfPermits: what is attached is what its name says, not too large,
// without identity numbers; it comes back as it was.
func TestDocumentsOfPermits(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	path := "/izin/@izin-kosong/lampirkan"
	send := func(v url.Values, name string, content []byte) *httptest.ResponseRecorder {
		v.Set("attachment", "integrity-pact")
		return w.attaching("researcher", path, v, "file", name, content)
	}
	for _, bad := range []struct {
		name    string
		content []byte
		status  int
		says    string
	}{
		{"besar.pdf", bytes.Repeat([]byte("%PDF-1.7 "), 3<<20), 413, "lebih dari"},
		{"surat.exe", []byte("MZ program"), 422, "bukan jenis berkas yang dapat dilampirkan"},
		{"surat.pdf", []byte("MZ program"), 422, ".pdf"},
		{"identitas.pdf", paper(t, "identity.pdf"), 422, "nomor identitas (NIK, KK)"},
		{"terkunci.pdf", paper(t, "locked.pdf"), 422, "terkunci kata sandi"},
	} {
		before := w.head()
		if got := send(w.opened("researcher", path), bad.name, bad.content); got.Code != bad.status || !strings.Contains(got.Body.String(), bad.says) || w.head() != before {
			t.Errorf("%s: %d, no %q: %s", bad.name, got.Code, bad.says, mainOf(got.Body.String()))
		}
	}
	// A document that came with a form in which something else was wrong is kept.
	v := w.opened("researcher", path)
	v.Set("why", "milik 3507123456789012")
	wrong := send(v, "pakta integritas.pdf", paper(t, "letter.pdf"))
	if wrong.Code != 422 || !strings.Contains(wrong.Body.String(), "masih disimpan") {
		t.Fatalf("%d %s", wrong.Code, mainOf(wrong.Body.String()))
	}
	v = url.Values{"attachment": {"integrity-pact"}}
	for _, m := range hiddenField.FindAllStringSubmatch(wrong.Body.String(), -1) {
		v.Set(m[1], m[2])
	}
	if got := w.sendForm("researcher", path, v); got.Code != 303 {
		t.Fatalf("%d %s", got.Code, mainOf(got.Body.String()))
	}
	p, _ := w.permit("izin-kosong")
	got := w.get("researcher", "/izin/@izin-kosong/berkas/"+p.Documents[0].File.SHA256)
	if got.Code != 200 || !bytes.Equal(got.Body.Bytes(), paper(t, "letter.pdf")) || got.Header().Get("Content-Disposition") != `attachment; filename="pakta integritas.pdf"` ||
		!strings.Contains(got.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	w.says("head", "/izin/@izin-kosong/berkas/"+p.Documents[0].File.SHA256, 403) // a draft is the institution's own
	// What another session has kept is not this one's.
	v = w.opened("researcher", path)
	v.Set("attachment", "ethics")
	v.Set("file_kept", "eyJzaGEyNTYiOiJhYiJ9."+strings.Repeat("0", 64))
	if got := w.sendForm("researcher", path, v); got.Code != 422 {
		t.Errorf("a document that was never uploaded: %d", got.Code)
	}
}

// TestRefusalsHaveShortWords: each reason for which data are shut has a few words
// beside its sentence.
func TestRefusalsHaveShortWords(t *testing.T) {
	found := 0
	for _, l := range []i18n.Lang{i18n.ID, i18n.EN} {
		for _, key := range i18n.Keys(l) {
			code, _ := strings.CutPrefix(key, "problem.")
			if strings.HasPrefix(code, "scope-") || strings.HasPrefix(code, "look-outside-") {
				found++
				if !i18n.Has(l, "record.look.refusal."+code) {
					t.Errorf("%s: no short words for %s", l, code)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("%d reasons", found)
	}
}

// TestAudit: every look is worked out again as of its instant; what was outside is
// named on top, to the auditors of either party, and a workbook runs nothing.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	w.person("auditor-provinsi", "provinsi")
	w.gives("auditor-provinsi", access.Auditor, "35", "provinsi", "2027-10-01")
	w.person("auditor-pusat", "pusat")
	w.gives("auditor-pusat", access.Auditor, "0000", "pusat", "2027-10-01")
	page := "/perjanjian/@kerjasama/pemeriksaan"
	w.sends("kabupaten-officer", "/izin/@izin-terbuka/izinkan-wilayah", "region=3507&acting=@jabatan-malang")
	look := func(edit func(*access.Look)) {
		t.Helper()
		l := access.Look{User: w.ids["researcher"], Position: w.ids["jabatan-pusat"], Kind: access.PreviewLook, Outcome: access.LookShown, Study: w.ids["studi"],
			Agreement: w.ids["kerjasama"], AgreementVersion: 1, Permit: w.ids["izin-terbuka"], PermitVersion: 1, Dataset: w.ids["dataset"], DatasetVersion: strings.Repeat("ab", 32),
			Columns: []string{"desil"}, Regions: []string{"3507"}, Rows: 1234}
		edit(&l)
		w.done(w.store.NoteLook(t.Context(), event.Actor{User: w.ids["researcher"], Via: event.Web}, l))
	}
	look(func(*access.Look) {})
	look(func(l *access.Look) {
		l.Outcome, l.Refusal, l.Rows, l.DatasetVersion, l.Columns, l.Regions = access.LookRefused, "scope-region-waiting", 0, "", nil, nil
	})
	w.says("auditor-pusat", page, 200, "dilihat atau ditolak 2 kali, dan tidak satu pun di luar", "1.234", "ditolak: daerah belum menjawab", "!scope-region-waiting", "perjanjian (versi 1)", "A4 landscape", "Salinan cakram", "Tidak ada.")
	look(func(l *access.Look) {
		l.Regions, l.Columns = []string{"3527"}, []string{"=HYPERLINK(\"http://jahat.example\")"}
	})
	for _, who := range []string{"auditor-provinsi", "auditor-pusat", "auditor"} {
		body := w.says(who, page, 200, "1 dari 3 kali data dilihat berada di luar yang terbuka", "Kabupaten Sampang")
		top, _, _ := strings.Cut(body, `id="semua"`)
		if !strings.Contains(top, "HYPERLINK") || strings.Contains(top, "1.234</td>\n<td>ditampilkan") {
			t.Error("what was outside does not stand on top")
		}
	}
	w.says("auditor-pusat", "/perjanjian/@kerjasama", 200, "/pemeriksaan")
	w.says("head", "/perjanjian/@kerjasama", 200, "!/pemeriksaan")
	w.says("auditor-malang", page, 403)
	w.says("head", page, 403)
	// Once taken back, an earlier look stays right.
	w.on("2026-11-30")
	w.sends("kabupaten-officer", "/izin/@izin-terbuka/cabut-wilayah", "region=3507&why=ketentuan dilanggar&acting=@jabatan-malang")
	w.says("auditor", page, 200, "1 dari 3 kali")
	look(func(*access.Look) {})
	w.says("auditor", page, 200, "2 dari 4 kali")
	w.says("auditor", "/en"+page, 200, "2 of 4 looks were outside what was open")

	book, err := excelize.OpenReader(bytes.NewReader(w.get("auditor", page+"?bentuk=xlsx").Body.Bytes()))
	w.ok(err)
	defer func() { _ = book.Close() }()
	rows := must(book.GetRows(book.GetSheetName(0)))
	if len(rows) != 5 || len(rows[0]) != 14 || !strings.Contains(rows[1][6], "(versi 1)") || strings.Contains(strings.Join(rows[3], "|"), "scope-") {
		t.Fatalf("%d rows of %d cells", len(rows), len(rows[0]))
	}
	for i := range rows {
		for k := range rows[i] {
			cell := must(excelize.CoordinatesToCellName(k+1, i+1))
			if f := must(book.GetCellFormula(book.GetSheetName(0), cell)); f != "" {
				t.Errorf("%s is a formula: %s", cell, f)
			}
			if kind := must(book.GetCellType(book.GetSheetName(0), cell)); kind != excelize.CellTypeSharedString && kind != excelize.CellTypeInlineString {
				t.Errorf("%s is no text: %v", cell, kind)
			}
		}
	}
	if _, err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
