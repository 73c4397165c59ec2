package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/dampak/dampak/internal/access"
	demorecord "github.com/dampak/dampak/internal/demo/record"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/internal/web"
)

// offices are a record with the offices of the demo, in which nothing has been
// agreed, its pages, and people who sit each at a browser of their own. Its clock
// stands until it is moved.
type offices struct {
	t        *testing.T
	ctx      context.Context
	dir      string
	record   *store.Store
	clock    *demorecord.Clock
	base     string
	password string
	who      map[string]*seated
	shots    int
}

type seated struct {
	*visitor
	since time.Time // when they signed in
}

func openOffices(t *testing.T, at string) *offices {
	t.Helper()
	w, encoded := newOffices(t, filepath.Join(t.TempDir(), "catatan"))
	w.ok(demorecord.Found(w.ctx, w.record, w.clock, registry.Day(at).Add(-2).Begins(), encoded))
	w.day(at)
	w.serves()
	return w
}

// newOffices opens a record, and gives the password of its people as it is kept.
func newOffices(t *testing.T, dir string) (w *offices, encoded string) {
	t.Helper()
	w = &offices{t: t, ctx: context.Background(), dir: dir, clock: &demorecord.Clock{}, password: "kuda lumping tujuh warna", who: map[string]*seated{}}
	encoded, err := web.HashPassword(w.ctx, w.password)
	w.ok(err)
	w.record, err = store.Open(w.ctx, store.Config{Dir: dir, Now: w.clock.Now, Migrate: true})
	w.ok(err)
	t.Cleanup(func() { w.record.Close() })
	return w, encoded
}

// serves brings the pages of the record up.
func (w *offices) serves() {
	w.t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(w.ctx, "tcp", "127.0.0.1:0")
	w.ok(err)
	w.base = "http://" + listener.Addr().String()
	figures, err := site(nil)
	w.ok(err)
	o := web.Office{Store: w.record, Now: w.clock.Now, URL: w.base, Example: true}
	w.ok(takesUploads(quietly(w.ctx), &o, w.dir))
	pages, err := office(o, figures)
	w.ok(err)
	server := newServer(pages)
	go func() { _ = server.Serve(listener) }()
	w.t.Cleanup(func() { _ = server.Close() })
}

func (w *offices) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// day moves the clock to nine o'clock of a day.
func (w *offices) day(d string) { w.clock.MoveTo(registry.Day(d).Begins().Add(9 * time.Hour)) }

// as gives a person at their browser, signed in; they are known by the first part
// of their address. Empty: somebody who has no account.
func (w *offices) as(name string) *visitor {
	w.t.Helper()
	v, ok := w.who[name]
	if !ok {
		v = &seated{visitor: &visitor{t: w.t, tab: newBrowser(w.t), base: w.base}}
		w.who[name] = v
		v.do(chromedp.Navigate(w.base+"/id/masuk"), chromedp.WaitVisible("h1"))
	}
	if now := w.clock.Now(); name != "" && now.Sub(v.since) > time.Hour {
		v.signIn(name+"@contoh.example", w.password)
		v.since = now
	}
	return v.visitor
}

// person is one of the demo's people as the one who acts.
func (w *offices) person(name string) (a event.Actor, organisation string) {
	w.t.Helper()
	w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
		u, _, err := store.UserByEmail(r, name+"@contoh.example")
		if err != nil {
			return err
		}
		who, err := store.Who(r, u.ID, w.clock.Now())
		if err != nil {
			return err
		}
		a, err = who.Actor(who.Seats[0].Position, event.Web, "")
		organisation = who.Seats[0].Organisation
		return err
	}))
	return a, organisation
}

func (w *offices) by(name string) store.By {
	a, _ := w.person(name)
	return store.By{Actor: a, Seen: store.Whatever}
}

// look takes the page's pictures, numbered through the story.
func (w *offices) look(v *visitor, name string) {
	w.t.Helper()
	v.shot = w.shots
	v.look("izin-" + name)
	w.shots = v.shot
}

// tick chooses among the boxes under a legend, by words of theirs.
func (v *visitor) tick(legend string, words ...string) {
	v.t.Helper()
	for _, word := range words {
		v.script(fmt.Sprintf(`(() => { const f = [...document.querySelectorAll("main fieldset")].find(f => f.querySelector("legend").textContent.includes(%q)); if (!f) return "no boxes under %s";
			const l = [...f.querySelectorAll("label")].find(l => l.textContent.includes(%q)); if (!l) return "no box %s: " + f.textContent; l.querySelector("input").checked = true; return "" })()`, legend, legend, word, word))
	}
}

// upload chooses a file in a form.
func (v *visitor) upload(field, name string, content []byte) {
	v.t.Helper()
	path := filepath.Join(v.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.do(chromedp.SetUploadFiles(`main form [name="`+field+`"]`, []string{path}))
}

// handsIn attaches papers to the request for a permit at a path, and submits it.
func (v *visitor) handsIn(permit string, kinds ...string) {
	v.t.Helper()
	for _, kind := range kinds {
		v.open("/id" + permit + "/lampirkan?jenis=" + kind)
		v.upload("file", kind+".pdf", demorecord.Paper("Lampiran permohonan", kind))
		v.send()
		v.sees("Dokumen dilampirkan.")
	}
	v.open("/id" + permit + "/ajukan")
	v.send()
	v.sees("Permohonan diajukan")
}

// path is where the visitor is, without the language.
func (v *visitor) path() string {
	v.t.Helper()
	at, err := chromedp.Run(v.tab, chromedp.Evaluate[string]("location.pathname"))
	if err != nil {
		v.t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(at, "/id"), "/ubah")
}

// qr reads the QR on the page as a telephone would, from its picture.
func (v *visitor) qr() string {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(1280, 900, chromedp.EmulateScale(2)))
	defer v.do(chromedp.EmulateViewport(1280, 900))
	picture, err := chromedp.Run(v.tab, chromedp.Screenshot(".s-qr svg"))
	if err != nil {
		v.t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		v.t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		v.t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		v.t.Fatalf("the QR cannot be read: %v", err)
	}
	return read.GetText()
}

// TestTheCooperationInABrowser is the story of the door: two institutions sign an
// agreement, the centre asks to enter three kabupaten, the province opens, one says
// yes, one says no, one is silent; the letter goes out, a stranger checks its QR,
// the days pass, the report of use comes in, and in the end the agreement is over.
func TestTheCooperationInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	t.Parallel()
	w := openOffices(t, "2026-11-25")

	// The agreement is drafted, proposed, signed by both on paper, checked by others.
	v := w.as("analis")
	v.open("/id/perjanjian/buat?jenis=pks")
	v.fill("about", "Penelitian Dampak Bantuan Sosial pada Kemiskinan di Jawa Timur", "party_1", "~Kepala Balai", "party_2", "~Dinsos Jatim: Kepala Dinas", "place", "Surabaya", "day", "2026-11-26",
		"consideration", "bahwa bantuan sosial perlu diketahui dampaknya pada kemiskinan;\nbahwa data warga harus dilindungi;",
		"legal_basis", "Undang-Undang Nomor 23 Tahun 2014 tentang Pemerintahan Daerah;\nPeraturan Pemerintah Nomor 28 Tahun 2018 tentang Kerja Sama Daerah.",
		"article", "Pasal 1. Maksud dan Tujuan\nPARA PIHAK meneliti dampak bantuan sosial bersama-sama.\nHasilnya dipakai untuk memperbaiki program.\n\nPasal 2. Kerahasiaan dan Pelindungan Data\nData perseorangan dipakai dengan pengenal samaran.\n\nPasal 3. Penutup\nHal yang belum diatur ditetapkan kemudian.",
		"from", "2026-11-26", "until", "2029-11-25", "silence_days", "5")
	v.tick("Program", "PKH", "Sembako")
	v.tick("Wilayah", "Jawa Timur")
	v.tick("Tujuan", "sasaran")
	v.tick("Rekap penyaluran", "semua kolom")
	v.tick("Daerah yang diam", "dianggap mengizinkan")
	w.look(v, "perjanjian-isian")
	v.send()
	v.sees("Rancangan dicatat.")
	agreement := v.path()
	v.open("/id" + agreement)
	v.sees("Bila berlaku, membuka 1 dataset di 38 kabupaten/kota untuk 2 program sampai 25 November 2029", "Nomor: ........", "belum menandatangani")

	v = w.as("pimpinan")
	v.open("/id" + agreement)
	v.follow("Ajukan kepada para pihak")
	v.send()
	v.open("/id" + agreement + "/surat")
	v.sees("PERJANJIAN KERJA SAMA", "Pada hari ini, Kamis, tanggal dua puluh enam, bulan November, tahun dua ribu dua puluh enam", "PIHAK KESATU", "CONTOH - bukan dokumen resmi")
	w.look(v, "perjanjian-naskah")
	v.prints("izin-perjanjian-naskah")

	w.day("2026-11-26")
	scan := demorecord.Paper("Pindaian Perjanjian Kerja Sama", "Di sini akan ada pindaian kedua naskah asli.")
	for _, who := range [][2]string{{"peneliti", "CONTOH-11/B2P3KS/2026"}, {"analis", "CONTOH-701/107.5/2026"}} {
		v = w.as(who[0])
		v.open("/id" + agreement + "/catat-tanda-tangan")
		v.fill("way", "paper", "originals", "2", "day", "2026-11-26")
		v.tick("Meterai", "bermeterai")
		v.upload("file", "pindaian.pdf", scan)
		if who[0] == "peneliti" {
			w.look(v, "tanda-tangan")
		}
		v.send()
		v.sees("menunggu pemeriksaan orang kedua")
		v.open("/id" + agreement + "/beri-nomor")
		v.fill("number", who[1], "number_day", "2026-11-26")
		v.send()
		v.sees(who[1])
	}
	for i, who := range []string{"walidata.balai", "walidata"} {
		v = w.as(who)
		v.open("/id/")
		v.sees("Periksa tanda tangan")
		v.open("/id" + agreement + "/periksa-tanda-tangan")
		v.tick("Yang Anda cocokkan", "Naskah pada berkas", "Nama, jabatan", "Tanggalnya", "meterai")
		if i == 0 {
			w.look(v, "periksa-tanda-tangan")
		}
		v.send()
	}
	v.open("/id" + agreement)
	v.sees("Membuka 1 dataset di 38 kabupaten/kota untuk 2 program sampai 25 November 2029", "CONTOH-11/B2P3KS/2026", "CONTOH-701/107.5/2026", "berlaku")
	w.look(v, "perjanjian")

	// The centre asks: first without its documents.
	w.day("2026-11-27")
	sekar, _ := w.person("peneliti")
	v = w.as("peneliti")
	studyID, _, err := w.record.RegisterStudy(w.ctx, w.by("peneliti"), study.Study{Title: "Ketepatan Sasaran Bantuan di Madura", Position: sekar.Position, User: sekar.User, Purpose: "targeting", Programmes: w.programmes("Program Keluarga Harapan (PKH)"),
		Agreement: strings.TrimPrefix(agreement, "/perjanjian/")})
	w.ok(err)
	v.open("/id/izin/mohon")
	v.fill("study", "~Ketepatan Sasaran", "agreement", "~Penelitian Dampak", "kind", "field-work")
	v.send()
	permit := v.path()
	v.fill("aims", "Mengetahui siapa yang berhak tetapi belum menerima.", "method", "Wawancara rumah tangga dengan kuesioner terstruktur.", "field", "Kesejahteraan sosial",
		"from", "2026-12-14", "until", "2027-03-31", "sample", "900 rumah tangga di 60 desa, diambil acak.", "makes", "Survei ketepatan sasaran Madura")
	v.tick("anggotanya", "Yudha")
	v.tick("Kabupaten/kota mana", "Bangkalan", "Sampang", "Pamekasan")
	v.tick("Rekap penyaluran", "semua kolom")
	v.tick("diwawancarai", "Ya")
	w.look(v, "permohonan-isian")
	v.send()
	v.sees("Permohonan disimpan.")
	v.open("/id" + permit + "/ajukan")
	v.send()
	v.sees("Surat", "Pakta integritas")
	w.look(v, "permohonan-belum-lengkap")
	v.handsIn(permit, "centre-letter", "terms-of-reference", "integrity-pact", "confidentiality", "instrument", "ethics")
	id := strings.TrimPrefix(permit, "/izin/")
	_, err = w.record.NameStudyPermit(w.ctx, w.by("peneliti"), studyID, strings.TrimPrefix(agreement, "/perjanjian/"), id)
	w.ok(err)

	w.day("2026-11-30")
	v = w.as("kesbangpol")
	v.open("/id/izin")
	v.sees("menunggu Anda", "Beri rekomendasi untuk Provinsi Jawa Timur")
	w.look(v, "daftar-menunggu")
	v.open("/id" + permit + "/rekomendasikan")
	v.fill("number", "CONTOH-070/901/2026", "number_day", "2026-11-30")
	v.send()
	w.day("2026-12-01")
	v = w.as("pimpinan")
	v.open("/id" + permit)
	v.follow("Buka pintu")
	w.look(v, "buka-pintu")
	v.send()
	v.sees("belum satu pun dari tiga kabupaten/kota menjawab")

	// Three kabupaten answer differently.
	w.day("2026-12-02")
	for who, region := range map[string]string{"kesbangpol.bangkalan": "3526", "kesbangpol.sampang": "3527", "kesbangpol.pamekasan": "3528"} {
		_, err := w.record.RecommendPermit(w.ctx, w.by(who), id, store.PermitAnswer{Region: region})
		w.ok(err)
	}
	w.day("2026-12-03")
	v = w.as("bangkalan")
	v.open("/id/")
	v.sees("Jawab untuk Kabupaten Bangkalan")
	w.look(v, "beranda-kabupaten")
	v.open("/id" + permit)
	v.follow("Izinkan untuk daerah")
	v.send()
	v.sees("satu dari tiga kabupaten/kota sudah menjawab ya")
	v = w.as("pamekasan")
	v.open("/id" + permit + "/tolak-wilayah")
	v.send() // without a reason
	v.sees("alasan")
	v.fill("why", "Petugas sedang mendata desa dan tidak dapat mendampingi sampai akhir tahun.")
	w.look(v, "kabupaten-menolak")
	v.send()
	v.sees("Jawaban tidak dicatat.")
	v = w.as("sampang")
	v.open("/id" + permit)
	v.sees("bila diam sampai 8 Desember 2026, dianggap mengizinkan")
	w.look(v, "izin-menunggu")

	// One stays silent; after five working days the agreement takes that for a yes,
	// and the program notes it.
	w.day("2026-12-10")
	w.ok(w.record.RecordSilence(w.ctx))
	v = w.as("pimpinan")
	v.open("/id" + permit)
	v.sees("satu dari tiga kabupaten/kota sudah menjawab ya, satu dianggap mengizinkan karena diam, satu menolak", "Petugas sedang mendata desa", "Simpangan sampel studi", "dianggap mengizinkan karena diam")
	v.follow("Terbitkan surat izin")
	v.fill("number", "CONTOH-070/88/107.5/2026", "number_day", "2026-12-10")
	v.send()
	v.sees("Surat diterbitkan.")
	w.look(v, "izin")
	v.open("/id" + permit + "/surat")
	v.sees("CONTOH-070/88/107.5/2026", "Kabupaten Bangkalan (3526)", "Kabupaten Sampang (3527)", "CONTOH - bukan dokumen resmi")
	v.lacks("Kabupaten Pamekasan (3528)", "anda tangan elektronik")
	w.look(v, "surat")
	v.prints("izin-surat")
	address := v.qr()
	if !strings.HasPrefix(address, w.base+"/") || !strings.Contains(address, "/verifikasi/") {
		t.Fatalf("the QR carries %q", address)
	}

	// A stranger reads the QR.
	w.day("2026-12-14")
	v = w.as("")
	check := strings.TrimPrefix(address, w.base)
	v.open(check)
	v.sees("asli dan berlaku hari ini", "CONTOH-070/88/107.5/2026", "Ketepatan Sasaran Bantuan di Madura", "Kabupaten Bangkalan", "CONTOH - bukan dokumen resmi")
	v.lacks("Sekar", "Dewi")
	w.look(v, "verifikasi")
	code := check[strings.LastIndex(check, "/")+1:]
	guess := code[:len(code)-3] + map[bool]string{true: "bbe", false: "aae"}[strings.HasSuffix(code, "aae")]
	v.open("/id/verifikasi/" + guess)
	v.sees("Kode ini tidak ada pada surat izin mana pun")
	w.look(v, "verifikasi-tebakan")

	// The data: what is open, what is refused, and the auditor who sees both.
	v = w.as("peneliti")
	v.open("/id" + permit)
	v.sees("Boleh dikunjungi, tetapi datanya tertutup", "Hanya baris dari", "Boleh turun ke lapangan di")
	w.look(v, "izin-terbuka")
	w.looks(agreement, id)
	v = w.as("auditor")
	v.open("/id" + agreement + "/pemeriksaan")
	v.sees("tidak satu pun di luar yang terbuka", "Sekar Kinanti", "ditolak", "Salinan cakram")
	w.look(v, "pemeriksaan")

	// The days pass.
	w.day("2027-04-01")
	w.ok(w.record.RecordPermitEnds(w.ctx))
	v = w.as("peneliti")
	v.open("/id/")
	v.sees("Kirim laporan pemanfaatan")
	v.open("/id" + permit)
	v.sees("Masa izin berakhir 31 Maret 2027; laporan pemanfaatan ditunggu paling lambat 30 April 2027")
	w.day("2027-04-12")
	v = w.as("peneliti")
	v.open("/id" + permit + "/laporkan")
	v.upload("file", "laporan.pdf", demorecord.Paper("Laporan pemanfaatan", "Bangkalan dan Sampang dimasuki; Pamekasan tidak."))
	v.send()
	v.sees("Laporan dikirim.")
	w.look(v, "laporan")
	w.day("2027-04-14")
	v = w.as("pimpinan")
	v.open("/id" + permit)
	v.follow("Terima laporan")
	v.send()
	v.sees("Izin ini selesai")
	v = w.as("")
	v.open(check)
	v.sees("asli, tetapi masanya sudah berakhir")
	w.day("2029-11-26")
	w.ok(w.record.RecordAgreementEnds(w.ctx))
	v = w.as("")
	v.open(check)
	v.sees("asli, tetapi masanya sudah berakhir")

	var types []string
	w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
		for e, err := range r.Log(0) {
			if err != nil {
				return err
			}
			types = append(types, e.Type)
		}
		return nil
	}))
	for _, want := range []string{"agreement-signature-checked", "permit-region-granted", "permit-region-declined", "permit-region-deemed", "permit-letter-issued", "rows-shown", "look-refused", "permit-expired", "permit-report-accepted", "agreement-expired"} {
		if !slices.Contains(types, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if _, err := w.record.Verify(w.ctx); err != nil {
		t.Error(err)
	}
}

// lacks is sees the other way round.
func (v *visitor) lacks(words ...string) {
	v.t.Helper()
	text, err := chromedp.Run(v.tab, chromedp.Text("body"))
	for _, w := range words {
		if err != nil || strings.Contains(text, w) {
			v.t.Fatalf("the page says %q (%v): %s", w, err, text)
		}
	}
}

// programmes gives the ids of programmes by their names.
func (w *offices) programmes(names ...string) []string {
	var ids []string
	w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
		all, err := store.Programmes(r, access.LocalAdministrator("uji", w.clock.Now()), store.Page{})
		for _, p := range all {
			if slices.Contains(names, p.Names.ID) {
				ids = append(ids, p.ID)
			}
		}
		return err
	}))
	return ids
}

// looks notes what the rooms of data will: rows of Bangkalan are shown, those of
// the silent and the declining kabupaten are refused.
func (w *offices) looks(agreement, permit string) {
	w.t.Helper()
	a, _ := w.person("peneliti")
	var c store.Case
	var dataset string
	w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
		p, _, err := store.PermitOf(r, permit)
		if err != nil {
			return err
		}
		dataset = p.Datasets[0].Dataset
		c, err = store.CaseOf(r, a.User, p.Study, w.clock.Now())
		return err
	}))
	open, err := c.Use(dataset, w.clock.Now())
	w.ok(err)
	for _, region := range []string{"3526", "3527", "3528"} {
		l := access.Look{User: a.User, Position: a.Position, Kind: access.PreviewLook, Outcome: access.LookShown, Study: c.Study.ID, Agreement: strings.TrimPrefix(agreement, "/perjanjian/"), AgreementVersion: c.AgreementVersion,
			Permit: permit, PermitVersion: c.PermitVersion, Dataset: dataset, DatasetVersion: strings.Repeat("0f", 32), Columns: []string{"tahun", "keluarga"}, Regions: []string{region}, Rows: 12}
		if !slices.Contains(open.Regions, region) {
			l.Outcome, l.Refusal, l.DatasetVersion, l.Rows = access.LookRefused, "look-outside-regions", "", 0
		}
		_, err := w.record.NoteLook(w.ctx, a, l)
		w.ok(err)
	}
}
