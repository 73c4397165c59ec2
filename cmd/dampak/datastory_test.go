package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/internal/web"
)

// nobodys is an identity number that can be nobody's.
func nobodys(n int) string {
	return identity.Invent("3507", time.Date(1960+n%40, time.Month(1+n%12), 1+n%28, 0, 0, 0, 0, time.UTC), n%2 == 0, 1+n%9999)
}

// messy is a workbook as an office keeps one: a title, a head of two rows with merged
// cells, numbers in Indonesian form as text, a total and a note below, a second sheet,
// and one NIK that cannot be.
func messy(t *testing.T, from, rows int) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	sheet := "Penerima"
	set := func(cell string, value any) {
		if err := book.SetCellValue(sheet, cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	set("A1", "DAFTAR PENERIMA BANTUAN SOSIAL KABUPATEN MALANG")
	set("A2", "Keadaan 31 Desember 2024")
	for cell, title := range map[string]string{"A4": "No", "B4": "NIK", "C4": "Nama Penerima", "D4": "Kode Kabupaten", "E4": "Tahun", "F4": "Bantuan", "F5": "Jumlah (Rp)", "G5": "Tahap"} {
		set(cell, title)
	}
	for _, merge := range [][2]string{{"A4", "A5"}, {"B4", "B5"}, {"C4", "C5"}, {"D4", "D5"}, {"E4", "E5"}, {"F4", "G4"}} {
		if err := book.MergeCell(sheet, merge[0], merge[1]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rows {
		at := 6 + i
		nik := nobodys(from + i)
		if i == rows-1 {
			nik = "3507991399900001" // no such day
		}
		for column, value := range []any{i + 1, nik, fmt.Sprintf("Contoh Warga %c%c", 'A'+i%26, 'a'+i%7), "3507", 2024, fmt.Sprintf("%d.%03d.000", 1+i%3, 100+i%7*50), 1 + i%4} {
			cell, err := excelize.CoordinatesToCellName(column+1, at)
			if err != nil {
				t.Fatal(err)
			}
			set(cell, value)
		}
	}
	set(fmt.Sprintf("A%d", 7+rows), "Sumber: contoh; data rekaan")
	if _, err := book.NewSheet("Catatan"); err != nil {
		t.Fatal(err)
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTheDataInABrowser is the story of a file: an officer of a kabupaten uploads a
// workbook with identity numbers, looks at how it was read, corrects a column, gets
// what is rejected back, and confirms; the office has nobody else, so the steward of
// the province accepts; everybody sees it in the catalogue; a second file shows what
// changed.
func TestTheDataInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	t.Parallel()
	w := openOffices(t, "2026-11-25")
	w.shots = 50
	look := func(v *visitor, name string) {
		v.shot = w.shots
		v.look("data-" + name)
		w.shots = v.shot
	}
	ready := func(v *visitor, words string) { // the page that a step leads to draws itself anew
		t.Helper()
		for range 60 {
			text, err := chromedp.Run(v.tab, chromedp.Text("main"))
			if err == nil && strings.Contains(text, words) {
				return
			}
			time.Sleep(250 * time.Millisecond)
		}
		v.sees(words)
	}
	nobody := func(v *visitor, from int) {
		t.Helper()
		all, err := chromedp.Run(v.tab, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
		if err != nil || strings.Contains(all, "Contoh Warga") || strings.Contains(all, nobodys(from)) || strings.Contains(all, nobodys(from+3)) {
			t.Fatalf("somebody is on the page (%v)", err)
		}
	}

	v := w.as("malang")
	v.open("/id/data")
	v.sees("data terdaftar: 0 siap dipakai")
	v.follow("Unggah data")
	look(v, "unggah")
	v.fill("upload_what", "~data baru")
	v.upload("upload_file", "penerima malang 2024.xlsx", messy(t, 0, 60))
	v.send()
	ready(v, "60 baris dan 7 kolom dibaca; 2 kolom menunjuk orang")
	v.sees("bertingkat 2", "angka dibaca dalam bentuk Indonesia", "jadi pseudonim")
	nobody(v, 0)
	look(v, "kontrak")
	v.fill("title", "Penerima bantuan Malang 2024", "title_en", "Recipients Malang 2024", "upload_class", "~Pribadi", "upload_purpose", "Mengukur dampak bantuan pada pengeluaran keluarga",
		"upload_basis", "Perjanjian kerja sama; UU 27/2022 pasal 20", "upload_until", "2031-12-31", "c5_title", "Nilai bantuan", "c5_unit", "rupiah", "c0_use", "~jangan simpan")
	v.press(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Periksa semua baris"))`)
	ready(v, "59 dari 60 baris diterima, 1 ditolak")
	look(v, "hasil")
	nobody(v, 0)

	// The rejected rows go back once.
	back := v.downloads(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Unduh baris yang ditolak"))`)
	if !strings.Contains(back, "3507991399900001") || !strings.Contains(back, "Contoh Warga") || strings.Contains(back, nobodys(1)) {
		t.Fatalf("handed back: %q", back)
	}
	v.open("/id/data/unggah")
	v.sees("Sudah diunduh; di sini tidak ada lagi.")
	v.press(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Simpan 59 baris"))`)
	ready(v, "59 baris disimpan sebagai versi 1 dari Penerima bantuan Malang 2024")
	look(v, "disimpan")
	v.follow("Buka data ini")
	v.sees("menunggu orang kedua", "Nilai bantuan")
	at := v.path()

	// Who brought it in does not accept it; the office has nobody else.
	v.open("/id" + at + "/terima")
	v.sees("ada versi yang menunggu Anda")
	steward := w.as("walidata")
	steward.open("/id/data")
	steward.sees("versi 1 dari Penerima bantuan Malang 2024")
	steward.open("/id" + at)
	steward.follow("Terima versi")
	look(steward, "terima")
	steward.send()
	steward.sees("59 baris untuk 2024 siap dipakai (versi 1)", "Penelitian boleh memakainya bila tiga hal ada")
	look(steward, "dataset")
	nobody(steward, 0)
	steward.open("/id" + at + "/mutu/1")
	look(steward, "mutu")

	// A second file shows what changed.
	v.open("/id/data/unggah")
	v.press(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Unggah berkas lain"))`)
	v.fill("upload_what", "~versi baru dari Penerima bantuan Malang 2024")
	v.upload("upload_file", "penerima malang 2024 perbaikan.xlsx", messy(t, 20, 70))
	v.send()
	ready(v, "70 baris dan 7 kolom dibaca")
	v.press(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Periksa semua baris"))`)
	ready(v, "69 dari 70 baris diterima")
	v.press(`[...document.querySelectorAll("main button")].find(b => b.textContent.includes("Simpan 69 baris"))`)
	ready(v, "sebagai versi 2 dari Penerima bantuan Malang 2024")
	steward.open("/id" + at + "/perubahan/2")
	steward.sees("Versi 2 dibanding versi 1: 30 baris baru, 20 hilang")
	look(steward, "perubahan")
	reader := w.as("peneliti")
	reader.open("/id/data")
	reader.sees("data terdaftar: 1 siap dipakai, 1 versi menunggu orang kedua", "Penerima bantuan Malang 2024", "perlu perjanjian, izin, dan persetujuan pemilik")
	look(reader, "katalog")
	reader.open("/en" + at)
	reader.sees("59 rows for 2024 are ready for use", "replaced by a pseudonym")
	look(reader, "dataset-en")
}

// downloads presses what a JavaScript expression finds and gives the file that comes.
func (v *visitor) downloads(found string) string {
	v.t.Helper()
	dir := v.t.TempDir()
	if _, err := chromedp.Call(v.tab, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(v.tab).BrowserContextID, DownloadPath: dir}); err != nil {
		v.t.Fatal(err)
	}
	v.script(`(() => { const it = ` + found + `; if (!it) return "nothing to press"; it.click(); return "" })()`)
	for range 60 {
		time.Sleep(100 * time.Millisecond)
		all, err := os.ReadDir(dir)
		if err != nil || len(all) != 1 || strings.HasSuffix(all[0].Name(), ".crdownload") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, all[0].Name()))
		if err == nil && len(b) > 0 {
			return string(b)
		}
	}
	v.t.Fatal("no file came")
	return ""
}

// TestNothingOfAnUploadIsOnADisk: a file with identity numbers and names goes in by
// the pages of a running program; while it waits, and after the program was killed,
// no file of the data folder or the temporary one has any of them.
func TestNothingOfAnUploadIsOnADisk(t *testing.T) {
	dir, temp := filepath.Join(t.TempDir(), "catatan"), t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv(identity.KeyFileVariable, filepath.Join(t.TempDir(), "kunci"))
	aSteward(t, dir)
	var secrets []string
	var file strings.Builder
	file.WriteString("NIK;Nama;Tahun\n")
	for i := range 3000 {
		name := fmt.Sprintf("Contoh Rahasia%04d", i)
		secrets = append(secrets, nobodys(i), name)
		fmt.Fprintf(&file, "%s;%s;2024\n", nobodys(i), name)
	}

	s := serveProcess(t, "--dir", dir)
	r := s.reader()
	r.signsIn("walidata@contoh.example")
	page := r.hands("/en/data/unggah", file.String())
	if !strings.Contains(page, "3,000 rows and 3 columns were read") {
		t.Fatal(page)
	}
	for _, secret := range secrets[:40] {
		if strings.Contains(page, secret) {
			t.Errorf("%s is on the page", secret)
		}
	}
	for _, path := range openFiles(s.cmd.Process.Pid) {
		findNone(t, path, secrets)
	}
	findNoneIn(t, secrets, dir, temp)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // it was killed
	findNoneIn(t, secrets, dir, temp)
	if left, err := filepath.Glob(filepath.Join(dir, "waiting", "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}

	// The search finds what is there.
	planted := filepath.Join(temp, "ditanam")
	if err := os.WriteFile(planted, []byte("x"+secrets[77]+"y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := count(t, planted, secrets); n != 1 {
		t.Errorf("the search finds %d of 1 that was planted", n)
	}

	// The next start knows nothing of the upload, and says so.
	if err := os.Remove(planted); err != nil {
		t.Fatal(err)
	}
	s = serveProcess(t, "--dir", dir)
	r.base = s.base
	if page := r.opens("/en/data/unggah"); !strings.Contains(page, "Upload a file: checked first") {
		t.Errorf("after the restart: %s", page)
	}
	s.stop()
}

// aSteward makes a record with one office and its steward, Rini Wulandari.
func aSteward(t *testing.T, dir string) {
	t.Helper()
	ctx := context.Background()
	record, err := store.Open(ctx, store.Config{Dir: dir, Now: time.Now, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	console := func(name string) store.By {
		return store.By{Actor: event.Actor{User: name, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: name}, Seen: store.Whatever, Why: "uji"}
	}
	office, _, err := record.RegisterOrganisation(ctx, console("mesin"), registry.Organisation{Kind: registry.ProvinceOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Sosial Provinsi Jawa Timur", Short: "Dinsos Jatim"}}})
	must(err)
	id, token, _, err := record.AddUser(ctx, console("mesin"), access.User{Name: "Rini Wulandari", Email: "walidata@contoh.example", Language: "en", Organisation: office})
	must(err)
	encoded, err := web.HashPassword(ctx, visitorsWord)
	must(err)
	_, err = record.Accept(ctx, event.Web, token, encoded)
	must(err)
	today := registry.DayOf(time.Now())
	grant, e, err := record.RequestGrant(ctx, console("mesin"), access.Grant{User: id, Role: access.DataSteward, Region: "35", Organisation: office, Period: registry.Period{From: today, Until: today.Add(300)}})
	must(err)
	if e.Type == "grant-requested" {
		_, err = record.ConfirmGrant(ctx, console("lain"), grant)
		must(err)
	}
}

// hands uploads a file by the page for it, and gives the page that it leads to.
func (r *reader) hands(path, content string) string {
	r.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, part := range strings.Split(r.opens(path), "<form")[1:] {
		if strings.Contains(part, `action="`+path+`"`) {
			for _, found := range hidden.FindAllStringSubmatch(part, -1) {
				if err := m.WriteField(found[1], found[2]); err != nil {
					r.t.Fatal(err)
				}
			}
		}
	}
	if err := m.WriteField("upload_what", "new"); err != nil {
		r.t.Fatal(err)
	}
	part, err := m.CreateFormFile("upload_file", "penerima.csv")
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return r.answer(r.Post(r.base+path, m.FormDataContentType(), &b)) //nolint:bodyclose,noctx // closed by answer
}

// openFiles are those of a process, where the system shows them.
func openFiles(pid int) []string {
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)) // the pattern is sound
	var files []string
	for _, path := range all {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, path)
		}
	}
	return files
}

var secretly = regexp.MustCompile(`[0-9]{16}|Contoh Rahasia[0-9]{4}`)

// count is how many secrets a file has.
func count(t *testing.T, path string, secrets []string) (n int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		return 0 // it has gone meanwhile
	}
	known := map[string]bool{}
	for _, s := range secrets {
		known[s] = true
	}
	for _, found := range secretly.FindAll(b, -1) {
		if known[string(found)] {
			n++
		}
	}
	return n
}

func findNone(t *testing.T, path string, secrets []string) {
	t.Helper()
	if n := count(t, path, secrets); n > 0 {
		t.Errorf("%s has %d identity numbers or names", path, n)
	}
}

func findNoneIn(t *testing.T, secrets []string, dirs ...string) {
	t.Helper()
	looked := 0
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				findNone(t, path, secrets)
				looked++
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if looked < 2 {
		t.Errorf("only %d files were looked at", looked)
	}
}
