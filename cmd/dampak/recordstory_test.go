package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/testenv"
)

// visitor is somebody at a browser.
type visitor struct {
	t    *testing.T
	tab  context.Context
	base string
	shot int
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.tab, 40*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		if dir := os.Getenv("DAMPAK_PICTURES"); dir != "" {
			if picture, err := chromedp.Run(v.tab, chromedp.FullScreenshot(100)); err == nil {
				_ = os.WriteFile(filepath.Join(dir, "failed.png"), picture, 0o600)
			}
		}
		text, _ := chromedp.Run(v.tab, chromedp.Text("main"))
		v.t.Fatalf("%v\non the page: %s", err, text)
	}
}

func (v *visitor) open(path string) {
	v.t.Helper()
	v.script(fmt.Sprintf(`(() => { document.documentElement.setAttribute("data-old", "1"); location.href = %q; return "" })()`, v.base+path))
	v.do(chromedp.WaitVisible(`html:not([data-old]) main`))
}

// follow clicks a link or a button by its words.
func (v *visitor) follow(words string) {
	v.t.Helper()
	v.press(fmt.Sprintf(`[...document.querySelectorAll("main a, main button, .viewing button")].find(x => x.textContent.trim() === %q)`, words))
}

// press presses what a JavaScript expression finds and waits for the page that
// it leads to. It does not aim at a place of the screen: the page has just been
// printed and turned from one width to another.
func (v *visitor) press(found string) {
	v.t.Helper()
	v.script(`(() => { const it = ` + found + `; if (!it) return "nothing to press: " + ` + strconv.Quote(found) + `;
		document.documentElement.setAttribute("data-old", "1"); setTimeout(() => it.click(), 0); return "" })()`)
	v.do(chromedp.WaitVisible(`html:not([data-old]) main`))
}

func (v *visitor) script(js string) {
	v.t.Helper()
	said, err := chromedp.Run(v.tab, chromedp.Evaluate[string](js))
	if err != nil || said != "" {
		text, _ := chromedp.Run(v.tab, chromedp.Text("main"))
		v.t.Fatalf("%s (%v)\non the page: %s", said, err, text)
	}
}

// fill fills in fields, by name and value in turn; a value that begins with ~
// chooses the option whose words hold the rest. Then the form is sent.
func (v *visitor) fill(pairs ...string) {
	v.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		v.script(fmt.Sprintf(`(() => { const f = document.querySelector('main form [name="%s"]'); if (!f) return "no field %s"; let w = %q;
			if (w.startsWith("~")) { const o = [...f.options].find(o => o.textContent.includes(w.slice(1))); if (!o) return "no option " + w; w = o.value }
			f.value = w; return f.value === w ? "" : "the field takes no " + w })()`, pairs[i], pairs[i], pairs[i+1]))
	}
}

func (v *visitor) send() {
	v.t.Helper()
	v.press(`document.querySelector("main form.form button")`)
}

func (v *visitor) sees(words ...string) {
	v.t.Helper()
	text, err := chromedp.Run(v.tab, chromedp.Text("body"))
	for _, w := range words {
		if err != nil || !strings.Contains(text, w) {
			v.t.Fatalf("the page does not say %q (%v): %s", w, err, text)
		}
	}
}

// look takes the page's picture at 1280 and 360 px, and prints it, where
// DAMPAK_PICTURES names a folder; nothing may run over the edge at either width.
func (v *visitor) look(name string) {
	v.t.Helper()
	v.shot++
	dir := os.Getenv("DAMPAK_PICTURES")
	for _, width := range []int64{360, 1280} {
		v.do(chromedp.EmulateViewport(width, 900))
		over, err := chromedp.Run(v.tab, chromedp.Evaluate[int64]("document.documentElement.scrollWidth - window.innerWidth"))
		if err != nil || over > 0 {
			v.t.Errorf("%s at %d px runs %d px over the edge (%v)", name, width, over, err)
		}
		if dir == "" {
			continue
		}
		picture, err := chromedp.Run(v.tab, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d-%s-%d.png", v.shot, name, width)), picture, 0o600)
		}
		if err != nil {
			v.t.Error(err)
		}
	}
	if dir != "" {
		v.prints(name)
	}
}

// prints prints the page, into the folder of pictures where there is one: what is made
// for paper has to become one.
func (v *visitor) prints(name string) {
	v.t.Helper()
	printed, err := chromedp.Call(v.tab, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		v.t.Errorf("%s cannot be printed: %v", name, err)
		return
	}
	paper := printed.Data
	if raw, err := base64.StdEncoding.DecodeString(string(paper)); err == nil {
		paper = raw
	}
	if !strings.HasPrefix(string(paper), "%PDF-") {
		v.t.Errorf("%s printed is no PDF", name)
	}
	if dir := os.Getenv("DAMPAK_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d-%s.pdf", v.shot, name)), paper, 0o600); err != nil {
			v.t.Error(err)
		}
	}
}

func (v *visitor) signIn(email, password string) {
	v.t.Helper()
	v.open("/id/profil")
	if text, _ := chromedp.Run(v.tab, chromedp.Text("h1")); !strings.Contains(text, "Masuk") {
		v.press(`document.querySelector(".who form button")`)
		v.open("/id/profil")
	}
	v.fill("email", email, "password", password)
	v.send()
	v.sees("Yang dicatat tentang")
}

// startServe runs `dampak serve` on an empty folder in this process and gives
// the address and the link of the first run.
func startServe(t *testing.T, dir string) (base, link string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	s := &session{ctx: ctx, stdout: in, stderr: io.Discard, lang: i18n.ID}
	ended := make(chan error, 1)
	cmd := serveCmd{recordFlags: recordFlags{Dir: dir}, Addr: "127.0.0.1:0", Now: "2026-11-25T02:00:00Z"}
	begun := time.Now()
	go func() {
		err := cmd.Run(s)
		in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	for link == "" && lines.Scan() {
		if at := regexp.MustCompile(`http://[^/]+/(\S*)`).FindString(lines.Text()); strings.Contains(at, "/awal/") {
			link = at
		} else if at != "" {
			base = strings.TrimSuffix(at, "/")
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the start takes %v", took)
	}
	go func() {
		for lines.Scan() { // so that what it says at the end is heard
		}
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve ended with %v", err)
		}
	})
	if base == "" || link == "" {
		t.Fatal("serve gives no address or no link")
	}
	return base, link
}

// TestTheRecordInABrowser is the story of the record: from the link of the first
// run an administrator sets up both institutions and three kabupaten, invites
// people into positions, replaces one by a Plt. with a mandate; an auditor
// follows all of it in the log and proves it.
func TestTheRecordInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	dir := filepath.Join(t.TempDir(), "kantor")
	base, link := startServe(t, dir)
	v := &visitor{t: t, tab: newBrowser(t), base: base}
	const secret = "kuda lumping tujuh warna"
	v.do(chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("h1")))
	v.look("awal")
	v.fill("name", "Rini Wulandari", "email", "rini@contoh.example", "password", secret, "again", secret)
	v.send()
	v.sees("Siapa melakukan apa", "Ujung catatan")
	v.look("pengelolaan")

	for _, o := range [][4]string{
		{"Balai Besar Penelitian Kesejahteraan Sosial", "B2P3KS", "~balai", "~0000"}, {"Dinas Sosial Provinsi Jawa Timur", "Dinsos Jatim", "~provinsi", "~35 "},
		{"Dinas Sosial Kabupaten Banyuwangi", "Dinsos Banyuwangi", "~kabupaten", "~3510"}, {"Dinas Sosial Kabupaten Malang", "Dinsos Malang", "~kabupaten", "~3507"},
		{"Dinas Sosial Kabupaten Sampang", "Dinsos Sampang", "~kabupaten", "~3527"},
	} {
		v.open("/id/pengelolaan/instansi/daftarkan")
		v.fill("full", o[0], "short", o[1], "kind", o[2], "region", o[3], "from", "2020-09-21")
		v.send()
		v.sees("Instansi terdaftar.", o[0])
	}
	v.open("/id/pengelolaan/instansi")
	v.sees("5 instansi menurut wilayah", "Kabupaten Sampang")
	v.look("instansi")

	invite := func(name, email, office string) string {
		v.open("/id/pengelolaan/orang/tambah")
		v.fill("name", name, "email", email, "organisation", "~"+office)
		v.send()
		v.sees(name + " diundang")
		text, err := chromedp.Run(v.tab, chromedp.Text("code.copy"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(text)
	}
	dewi := invite("Dewi Anggraini", "dewi@contoh.example", "Jawa Timur")
	v.look("undangan")
	bayu := invite("Bayu Saputra", "bayu@contoh.example", "Jawa Timur")
	ratna := invite("Ratna Maharani", "ratna@contoh.example", "Balai Besar")

	v.open("/id/pengelolaan/jabatan/buat")
	v.fill("organisation", "~Jawa Timur", "title", "Kepala Dinas", "from", "2020-09-21")
	v.send()
	v.follow("Isi jabatan")
	v.fill("user", "~Dewi", "capacity", "definitive", "from", "2026-01-05")
	v.send()
	v.sees("Pemegang jabatan dicatat.", "definitif Dewi Anggraini")

	// Dewi moves on; Bayu stands in as Plt., first without the letter.
	v.follow("Akhiri masa jabatan")
	v.fill("last", "2026-11-24", "why", "mutasi ke kementerian")
	v.send()
	v.sees("lowong")
	v.follow("Isi jabatan")
	v.fill("user", "~Bayu", "capacity", "plt", "from", "2026-11-25", "until", "2027-05-24", "mandate_number", "800/417/2026", "mandate_date", "2026-11-24")
	v.send()
	v.sees("Berkas surat perintah belum diunggah")
	v.look("isi-jabatan")
	letter := filepath.Join(t.TempDir(), "surat.pdf")
	if err := os.WriteFile(letter, []byte("%PDF-1.4\nsurat perintah rekaan\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v.do(chromedp.SetUploadFiles(`input[name="mandate_file"]`, []string{letter}))
	v.send()
	v.sees("Plt. Bayu Saputra", "800/417/2026, 24 November 2026")
	v.look("jabatan")

	// The auditor's grant takes one person; what follows is hers to see.
	v.open("/id/pengelolaan/hak/minta")
	v.fill("user", "~Ratna", "role", "auditor", "region", "~0000", "why", "pemeriksaan berkala kedua pihak")
	v.send()
	v.sees("aktif", "pemeriksaan berkala")
	v.look("hak")
	v.open("/id/pengelolaan/orang")
	v.sees("4 orang")
	v.look("orang")
	v.open("/id/")
	v.sees("menunggu Anda", "Bayu Saputra belum menerima undangannya")
	v.look("beranda")

	for _, one := range []string{ratna, dewi, bayu} {
		v.open(strings.TrimPrefix(one, base))
		v.fill("password", secret, "again", secret)
		v.send()
		// Whoever opens the link at a machine where another is signed in stays that other.
	}
	v.signIn("ratna@contoh.example", secret)
	v.open("/id/pengelolaan/catatan")
	v.sees("mendaftarkan instansi Dinsos Sampang", "mencatat Bayu Saputra (Plt.) sebagai pemegang jabatan Kepala Dinas, Dinsos Jatim, 25 November 2026 sampai 24 Mei 2027; surat perintah nomor 800/417/2026, 24 November 2026", "mengakhiri masa jabatan", "mutasi ke kementerian", "memberi hak: auditor untuk Ratna Maharani", "Bayu Saputra menerima undangan")
	v.look("catatan")
	v.fill("anchor", "1:"+strings.Repeat("0", 64))
	v.follow("Periksa sekarang")
	v.sees("ditulis ulang")
	v.follow("Periksa sekarang")
	v.sees("Catatan utuh")
	v.open("/id/pengelolaan/orang/tambah")
	v.sees("Anda tidak berhak", "mengundang atau mengubah pengguna")
	v.look("ditolak")
	v.open("/id/profil/faktor-kedua")
	v.look("faktor-kedua")
	v.open("/id/profil")
	v.look("profil")
}
