package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

// works does the runs of the record on DuckDB beside its pages.
func (w *offices) works() {
	ctx, stop := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	c := runs.Config{Store: w.record, Engine: duckdb.New(), Dir: filepath.Join(w.t.TempDir(), "runs"), Idle: 50 * time.Millisecond, Version: version, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() { done <- runs.Work(ctx, c, "uji") }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

// ends opens the page of a run until it says that the run is over.
func (v *visitor) ends(path, words string) {
	v.t.Helper()
	for range 80 {
		v.open("/id" + path)
		if text, err := chromedp.Run(v.tab, chromedp.Text("main")); err == nil && strings.Contains(text, words) {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	v.sees(words)
}

// fetches gives status and body of an address, asked for as the visitor's browser would.
func (v *visitor) fetches(path string) (int, []byte) {
	v.t.Helper()
	kept, err := chromedp.Call(v.tab, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.tab, http.MethodGet, v.base+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range kept.Cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, body
}

// closed tells that the visitor gets no number of a run from any of its addresses.
func (v *visitor) closed(run string) {
	v.t.Helper()
	for _, leaf := range []string{"/laporan", "/hasil.json", "/tabel.xlsx", "/paket.zip"} {
		if status, _ := v.fetches("/id" + run + leaf); status != 404 {
			v.t.Errorf("%s answers %d before the release", leaf, status)
		}
	}
}

// TestTheStudyInABrowser is the story of an answer: a researcher asks, says what will
// be computed before looking, changes it with a reason, asks to enter two kabupaten for
// it, tries it on made-up rows and runs it on the rows of families that agreement,
// permit and the yes of both leave; nobody else sees a number until a checker has asked
// and let it out; the head of the centre lets the finding be read, and somebody without
// an account reads it.
func TestTheStudyInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	t.Parallel()
	w := openDemoOffices(t, "peneliti", "pemeriksa", "kepala.balai", "analis")
	w.shots = 80
	w.works()
	look := func(v *visitor, name string) {
		v.shot = w.shots
		v.look("studi-" + name)
		w.shots = v.shot
	}

	// The question, then what the data can carry.
	v := w.as("peneliti")
	v.open("/id/studi")
	v.follow("Buat studi baru")
	v.fill("title", "Dampak PKH Plus di Sampang dan Pamekasan", "question", "Apakah PKH Plus menaikkan pengeluaran keluarga dengan penduduk lanjut usia?", "intervention", "Bantuan tunai PKH Plus, empat kali setahun",
		"dataset", "~Penerima PKH Plus", "purpose", "~dampak", "position", "~Peneliti Ahli Madya")
	v.tick("Program", "PKH Plus")
	look(v, "pertanyaan")
	v.send()
	v.sees("Bagaimana ditentukan siapa")
	at := v.path()
	look(v, "pertanyaan-rencana")
	v.fill("decided", "~Diundi", "outcome", "~pengeluaran", "better", "~lebih tinggi", "expects", "~naik")
	v.send()
	v.sees("Perlu diisi untuk rancangan ini")
	v.fill("decided", "~Bertahap", "assignment", "Desa dijangkau bertahap menurut kemampuan anggaran", "unit", "~nomor keluarga", "time", "~tahun", "first_treated", "~tahun PKH Plus mencapai desa", "cluster", "~kode desa",
		"unit_words", "ribu rupiah", "matters", "25", "why_expected", "uang tunai dibelanjakan")
	v.send()
	v.open("/id" + at)
	v.sees("dapat dipakai untuk 2 dari 3 rancangan")
	look(v, "rancangan")
	draft := w.studyAt(at)
	v.open("/id" + at + "/ubah")
	v.fill("plan", strings.Replace(draft.Draft.Plan, "first_treated: mulai", "first_treated: mulai\n    where: [{column: kode_wilayah, in: [\"3527\", \"3528\"]}]", 1))
	look(v, "susun")
	v.send()

	// Made-up rows run before the registration, the rows do not.
	ask := func(rows string) string {
		t.Helper()
		v.open("/id" + at)
		v.follow("Jalankan hitungan")
		v.fill("rows", rows)
		v.send()
		return v.path()
	}
	refused := ask("real")
	if refused != "/hitungan/jalankan" {
		t.Fatalf("the rows are computed before anything is registered: %s", refused)
	}
	v.sees("tanpa perjanjian tidak ada baris data yang terbuka")
	look(v, "jalankan-ditolak")

	// Locked, then changed with a reason: both stay to be seen.
	v.open("/id" + at)
	v.follow("Daftarkan rencana")
	v.send()
	v.open("/id" + at)
	v.sees("Rencana dikunci pada 25 November 2026", "Segel (SHA-256)", "ya, belum ada hasil yang dibaca")
	first := w.studyAt(at)
	if seal := first.Registrations[0].Seal; len(seal) < 64 || !strings.Contains(w.text(v), seal) {
		t.Errorf("the page does not show the seal %q", seal)
	}
	v.open("/id" + at + "/ubah")
	v.fill("plan", strings.Replace(first.Registrations[0].Plan, "level: 0.95", "level: 0.9", 1))
	v.send()
	v.open("/id" + at + "/catat-perubahan")
	v.fill("why", "Pemerintah provinsi memutuskan dengan keyakinan 90 persen")
	v.send()
	v.open("/id" + at)
	v.sees("Perubahan rencana, versi", "keyakinan 90 persen", "0.95", "0.9", first.Registrations[0].Seal)
	if now := w.studyAt(at); len(now.Registrations) != 2 || now.Registrations[0].Seal != first.Registrations[0].Seal {
		t.Errorf("the first registration was touched: %+v", now.Registrations)
	}
	look(v, "terdaftar")

	// The permit is asked for and named; until it is given the page says what is missing.
	permit := w.asksToEnter(v, at)
	if at := ask("real"); at != "/hitungan/jalankan" {
		t.Fatalf("the rows are computed without a permit: %s", at)
	}
	v.sees("masih menunggu rekomendasi provinsi")
	look(v, "tanpa-izin")
	w.letEnter(permit)
	v = w.as("peneliti")
	v.open("/id" + at)
	look(v, "berizin")
	tried := ask("dummy")
	v.ends(tried, "Rencana berjalan pada data buatan")

	// The rows; and once with what was registered first, which is told.
	ran := ask("real")
	v.ends(ran, "Hitungan selesai, tepat menurut rencana")
	look(v, "hitungan")
	other := first.Registrations[0].Protocol
	id, _, err := w.record.QueueRun(w.ctx, w.by("peneliti"), first.ID, store.RunAsk{Protocol: &other, Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}})
	w.ok(err)
	v.ends("/hitungan/"+id, "dengan 1 penyimpangan")
	look(v, "hitungan-menyimpang")

	// Nobody else sees a number.
	reader, checker := w.as("analis"), w.as("pemeriksa")
	for _, other := range []*visitor{reader, checker} {
		other.open("/id" + ran)
		other.sees("Hitungan selesai", "sampai dilepas oleh pemeriksa keluaran")
		other.closed(ran)
	}
	v.open("/id" + ran + "/laporan")
	v.sees("pengeluaran")

	// Asked, questioned, answered, let out.
	v.open("/id" + ran)
	v.follow("Minta dilepas")
	v.send()
	reader.closed(ran)
	checker.open("/id/")
	checker.sees("Periksa sebelum dilepas: hasil Dampak PKH Plus di Sampang dan Pamekasan", "Periksa sebelum dilepas: hasil Dampak PKH Plus dan ASPD di Enam Kabupaten")
	look(checker, "beranda-pemeriksa")
	checker.open("/id" + ran)
	checker.follow("Tanya dahulu")
	checker.fill("why", "Dari berapa keluarga tiap kelompok?")
	checker.send()
	v.open("/id/")
	v.sees("Jawab pertanyaan pemeriksa keluaran tentang hasil Dampak PKH Plus di Sampang")
	v.open("/id" + ran)
	v.sees("Dari berapa keluarga tiap kelompok?")
	v.follow("Jawab pertanyaan")
	v.fill("why", "Paling sedikit 240 keluarga di dua puluh desa")
	v.send()
	reader.closed(ran)
	checker.open("/id" + ran + "/lepas")
	checker.sees("Tepat angka-angka ini", "pengeluaran")
	look(checker, "lepas")
	checker.send()
	checker.sees("Hasil dilepas.")
	look(checker, "dilepas")

	// A third person reads it, in both languages, and repeats its numbers.
	reader.open("/id" + ran + "/laporan")
	reader.sees("ribu rupiah", "selang 90\u00a0%")
	look(reader, "laporan")
	reader.prints("studi-laporan")
	reader.open("/en" + ran + "/laporan")
	look(reader, "laporan-en")
	reader.open("/en" + at)
	look(reader, "terdaftar-en")
	reader.open("/en" + ran)
	look(reader, "hitungan-en")
	status, body := reader.fetches("/id" + ran + "/paket.zip")
	if status != 200 {
		t.Fatalf("the package answers %d", status)
	}
	repeats(t, body)

	// What is known: proposed, let out by the head, and there for everybody.
	const sentence = "PKH Plus menaikkan pengeluaran keluarga dengan penduduk lanjut usia di Sampang dan Pamekasan."
	v.open("/id" + ran)
	v.follow("Usulkan temuan")
	v.fill("estimate", "~efek rata-rata pada penerima", "programme", "~PKH Plus", "outcome", "pengeluaran", "sentence_id", sentence, "sentence_en", "PKH Plus raises the spending of families with elderly people in Sampang and Pamekasan.", "whom", "keluarga dengan penduduk lanjut usia")
	look(v, "usulkan-temuan")
	v.send()
	finding := v.path()
	stranger := w.as("")
	stranger.open("/id/publik")
	stranger.lacks(sentence)
	head := w.as("kepala.balai")
	head.open("/id/")
	head.sees("Baca dan lepas temuan: " + sentence)
	head.open("/id" + finding)
	head.sees(sentence)
	look(head, "temuan")
	head.follow("Lepas temuan")
	head.send()
	stranger.open("/id/publik")
	stranger.sees(sentence, "PKH Plus")
	stranger.lacks("Sekar", "Fajar")
	look(stranger, "publik")
	head.open("/id/temuan")
	look(head, "daftar-temuan")
	if _, err := w.record.Verify(w.ctx); err != nil {
		t.Error(err)
	}
}

// asksToEnter has the researcher ask for two kabupaten under the agreement that holds,
// and name the permit in the study; it gives the permit's id.
func (w *offices) asksToEnter(v *visitor, at string) string {
	w.t.Helper()
	v.open("/id/izin/mohon")
	v.fill("study", "~Sampang dan Pamekasan", "agreement", "~Kelanjutan Penelitian", "kind", "data")
	v.send()
	permit := v.path()
	id := strings.TrimPrefix(permit, "/izin/")
	v.fill("aims", "Mengetahui berapa besar PKH Plus menaikkan pengeluaran keluarga.", "method", "Selisih dari selisih pada data yang sudah dimiliki.", "field", "Kesejahteraan sosial", "from", "2026-12-03", "until", "2027-03-31")
	v.tick("Kabupaten/kota mana", "Sampang", "Pamekasan")
	v.tick("Penerima PKH Plus", "semua kolom")
	w.look(v, "permohonan-data")
	v.send()
	v.sees("Permohonan disimpan.")
	v.handsIn(permit, "centre-letter", "terms-of-reference", "integrity-pact", "confidentiality")
	v.open("/id" + at + "/izin")
	v.fill("permit", "~Sampang dan Pamekasan")
	v.send()
	return id
}

// letEnter has the offices answer a request for two kabupaten, each for itself.
func (w *offices) letEnter(id string) {
	w.t.Helper()
	number := func(n string) *cooperation.Number {
		return &cooperation.Number{Text: n, Day: registry.DayOf(w.clock.Now())}
	}
	w.day("2026-11-26")
	_, err := w.record.RecommendPermit(w.ctx, w.by("kesbangpol"), id, store.PermitAnswer{Number: number("CONTOH-070/951/2026")})
	w.ok(err)
	w.day("2026-11-27")
	_, err = w.record.OpenPermit(w.ctx, w.by("pimpinan"), id, store.PermitAnswer{})
	w.ok(err)
	for _, region := range [][2]string{{"sampang", "3527"}, {"pamekasan", "3528"}} {
		w.day("2026-11-30")
		_, err = w.record.RecommendPermit(w.ctx, w.by("kesbangpol."+region[0]), id, store.PermitAnswer{Region: region[1]})
		w.ok(err)
		_, err = w.record.GrantRegion(w.ctx, w.by(region[0]), id, store.PermitAnswer{Region: region[1]})
		w.ok(err)
	}
	w.day("2026-12-02")
	_, err = w.record.IssuePermitLetter(w.ctx, w.by("pimpinan"), id, w.by("pimpinan").Actor.Position, store.PermitAnswer{Number: number("CONTOH-070/99/107.5/2026")})
	w.ok(err)
	w.day("2026-12-03")
}

// repeats holds what `dampak estimate` makes of a data package against its result.
func repeats(t *testing.T, body []byte) {
	t.Helper()
	pack, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range pack.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var out, bad bytes.Buffer
	s := &session{ctx: context.Background(), stdout: &out, stderr: &bad, lang: i18n.EN}
	if got := s.main([]string{"estimate", filepath.Join(dir, "rencana.yaml"), filepath.Join(dir, "momen.json"), "--format", "json"}); got != exitAnswered {
		t.Fatalf("status %d: %s", got, bad.String())
	}
	kept, err := os.ReadFile(filepath.Join(dir, "hasil.json"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(text []byte) any {
		var v map[string]any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		all, _ := v["estimates"].([]any) // none is told below
		if len(all) == 0 {
			t.Fatalf("no numbers: %s", text)
		}
		return all
	}
	if was, again := numbers(kept), numbers(out.Bytes()); !reflect.DeepEqual(was, again) {
		t.Errorf("released %v, again %v", was, again)
	}
}

// studyAt is the study of a page.
func (w *offices) studyAt(path string) (s study.Study) {
	w.t.Helper()
	w.ok(w.record.View(w.ctx, func(r *store.Reader) (err error) {
		s, _, err = store.StudyOf(r, strings.TrimPrefix(path, "/studi/"))
		return err
	}))
	return s
}

func (w *offices) text(v *visitor) string {
	w.t.Helper()
	text, err := chromedp.Run(v.tab, chromedp.Text("main"))
	w.ok(err)
	return text
}
