package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

// lottery is the contract of rows that anybody may read: who won the place in a pilot,
// and what a household spent after it.
const lottery = `{"dampak:contract": "1", "name": "undian", "title": "Undian contoh", "dampak:titleEn": "Example lottery", "dampak:class": "public", "dampak:regions": ["35"],
 "dampak:purpose": "uji", "dampak:legalBasis": "contoh", "fieldsMatch": "partial",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [{"name": "kode", "title": "Kode", "dampak:titleEn": "Code"},
  {"name": "menang", "type": "integer", "title": "Menang undian", "dampak:titleEn": "Won the lottery", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "belanja", "type": "integer", "title": "Belanja sebulan", "dampak:titleEn": "Spending in a month", "dampak:unit": "ribu rupiah", "constraints": {"minimum": 0, "maximum": 1000000}}]}`

// published brings rows into the record that anybody may read: those who won spend
// about 120 more.
func (w *offices) published() {
	w.t.Helper()
	by := func(name string) store.By {
		var id string
		w.ok(w.record.View(w.ctx, func(r *store.Reader) error {
			u, _, err := store.UserByEmail(r, name+"@contoh.example")
			id = u.ID
			return err
		}))
		return store.By{Actor: event.Actor{User: id, Via: event.Web}, Seen: store.Whatever, Why: "uji"}
	}
	_, owner := w.person("walidata")
	c, err := contract.Parse([]byte(lottery), "kontrak.json")
	w.ok(err)
	var rows strings.Builder
	rows.WriteString("kode,menang,belanja\n")
	for i := range 600 {
		fmt.Fprintf(&rows, "35%02d,%d,%d\n", 1+i%29, i/3%2, 1400+i*37%500+120*(i/3%2))
	}
	file := filepath.Join(w.t.TempDir(), "undian.csv")
	w.ok(os.WriteFile(file, []byte(rows.String()), 0o600))
	kept := w.record.Contents()
	taken, err := intake.Take(w.ctx, file, intake.Options{Contract: c, Keep: &kept})
	w.ok(err)
	class, columns, regions := c.Register()
	id, _, err := w.record.RegisterDataset(w.ctx, by("walidata"), registry.Dataset{Owner: owner, Name: "Undian tempat pelatihan", Class: class, Regions: regions, Columns: columns})
	w.ok(err)
	n, _, err := w.record.StageDatasetVersion(w.ctx, by("walidata"), id, registry.DatasetVersion{Rows: taken.Rows.Accepted, File: "undian.csv", SHA256: taken.SHA256, Content: taken.Content,
		Contract: taken.ContractHash, Quality: taken.Quality, Class: class, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	_, err = w.record.AcceptDatasetVersion(w.ctx, by("walidata2"), id, n)
	w.ok(err)
}

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
// be computed before looking, tries it on made-up rows, changes it with a reason, runs
// it on the rows; nobody else sees a number until a checker has asked and let it out;
// then a third person reads the report and repeats its numbers.
func TestTheStudyInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	w := openOffices(t, "2026-11-25")
	w.shots = 80
	w.published()
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
	v.fill("title", "Dampak pelatihan kerja yang diundi", "question", "Apakah pelatihan kerja menaikkan belanja keluarga yang mengikutinya?", "intervention", "Pelatihan kerja tiga bulan bagi keluarga yang mendaftar",
		"dataset", "~Undian tempat pelatihan", "purpose", "~dampak", "position", "~Peneliti Ahli Madya")
	v.tick("Program", "PKH")
	look(v, "pertanyaan")
	v.send()
	v.sees("Bagaimana ditentukan siapa")
	at := v.path()
	look(v, "pertanyaan-rencana")
	v.fill("decided", "~Bertahap", "outcome", "~belanja", "better", "~lebih tinggi", "expects", "~naik")
	v.send()
	v.sees("Perlu diisi untuk rancangan ini")
	v.fill("decided", "~Diundi", "assignment", "Tempat diundi di balai desa", "treatment", "~menang", "unit_words", "ribu rupiah", "matters", "50", "why_expected", "keterampilan menaikkan upah", "sd", "150")
	v.send()
	v.open("/id" + at)
	v.sees("Rancangan yang mungkin", "dapat didaftarkan", "dalam 80 dari 100 kali", "belum dapat")
	look(v, "rancangan")

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
	v.sees("daftarkan rencananya dahulu")
	look(v, "jalankan-ditolak")
	tried := ask("dummy")
	v.ends(tried, "Rencana berjalan pada data buatan")

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
	look(v, "susun")
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
	v.sees("belanja")

	// Asked, questioned, answered, let out.
	v.open("/id" + ran)
	v.follow("Minta dilepas")
	v.send()
	reader.closed(ran)
	checker.open("/id" + ran)
	checker.follow("Tanya dahulu")
	checker.fill("why", "Dari berapa keluarga tiap kelompok?")
	checker.send()
	v.open("/id" + ran)
	v.sees("Dari berapa keluarga tiap kelompok?")
	v.follow("Jawab pertanyaan")
	v.fill("why", "Masing-masing 300 keluarga")
	v.send()
	reader.closed(ran)
	checker.open("/id" + ran + "/lepas")
	checker.sees("Tepat angka-angka ini", "belanja")
	look(checker, "lepas")
	checker.send()
	checker.sees("Hasil dilepas.")
	look(checker, "dilepas")

	// A third person reads it, in both languages, and repeats its numbers.
	reader.open("/id" + ran + "/laporan")
	reader.sees("ribu rupiah", "selang 90\u00a0%")
	look(reader, "laporan")
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
	if _, err := w.record.Verify(w.ctx); err != nil {
		t.Error(err)
	}
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
