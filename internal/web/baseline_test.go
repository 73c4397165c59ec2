package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// TestBaselinePages: a draft that declares periods before the programme leads to their
// measurement; its people see the figures and what the design could find with them,
// nobody else does, and the registration names it.
func TestBaselinePages(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	var set registry.Dataset
	w.ok(w.store.View(t.Context(), func(r *store.Reader) (err error) {
		set, _, err = store.DatasetOf(r, w.ids["rumah"])
		return err
	}))
	p := study.Protocol{Plan: studyPlan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises, Why: "uang tunai dibelanjakan"}},
		Data:    []study.Use{{Name: "data", Dataset: set.ID, Contract: set.Versions[0].Contract, Period: "tahun", Baseline: &study.Baseline{From: "2018", Until: "2020"}}},
		Setting: study.Setting{Abstract: "contoh", Intervention: "uang tunai", Assignment: "undian", Given: registry.Period{From: "2021-01-01", Until: "2021-12-31"}}}
	id, e, err := w.store.DraftStudy(t.Context(), w.by("researcher", ""), study.Study{Title: "Dampak dasar", Position: w.ids["jabatan-pusat"], User: w.ids["researcher"], Purpose: "evaluation", Programmes: []string{w.ids["program"]}, Draft: &p})
	w.made("studi-dasar", id, e, err)
	says := func(who, path string, status int, words ...string) {
		t.Helper()
		page := w.get(who, path)
		for _, x := range words {
			x, not := strings.CutPrefix(x, "!")
			if strings.Contains(page.Body.String(), x) == not {
				t.Errorf("%s, %s: says %q: %v", who, path, x, not)
			}
		}
		if page.Code != status {
			t.Errorf("%s, %s: %d", who, path, page.Code)
		}
	}
	says("researcher", "/studi/@studi-dasar", 200, "Ukur data dasar", "Masa itu boleh diukur")
	says("researcher", "/studi/@studi-rancangan", 200, "!Ukur data dasar")
	says("analyst", "/studi/@studi-dasar", 200, "!Ukur data dasar")
	says("researcher", "/hitungan/jalankan?studi="+id+"&baris=baseline", 200, `<option value="baseline" selected>`)
	if got := w.post("researcher", "/hitungan/jalankan", "of=@studi&rows=baseline"); got.Code != 409 && got.Code != 422 || !strings.Contains(got.Body.String(), "sudah didaftarkan") {
		t.Errorf("%d %s", got.Code, complaints(got))
	}
	if got := w.post("researcher", "/hitungan/jalankan", "of=@studi-rancangan&rows=baseline"); got.Code < 400 {
		t.Errorf("a draft without a plan is measured: %d", got.Code)
	}
	got := w.post("researcher", "/hitungan/jalankan", "of=@studi-dasar&rows=baseline")
	if got.Code != 303 {
		t.Fatal(got.Code, complaints(got))
	}
	w.ids["ukur"] = got.Header().Get("Location")[strings.LastIndex(got.Header().Get("Location"), "/")+1:]
	says("researcher", "/hitungan/@ukur", 200, "masa sebelum program saja")
	for {
		r, _, ok, err := w.store.ClaimRun(t.Context(), "uji", time.Minute)
		w.ok(err)
		if !ok {
			t.Fatal("the measurement is not in the queue")
		}
		if r.ID == w.ids["ukur"] {
			break
		}
	}
	figures, err := json.Marshal([]study.Measurement{{Outcome: "belanja", From: "2018", Until: "2020", Rows: 1200, Units: 1200, Periods: 1, Mean: 1543.21, SD: 250}})
	w.ok(err)
	w.done(w.store.AnswerRun(t.Context(), "uji", w.ids["ukur"], study.Answer{Result: w.put(figures), Moments: w.put([]byte("momen")), Gate: w.put([]byte(`{"held":[]}`)), Version: "uji"}))

	says("researcher", "/studi/@studi-dasar", 200, "Data dasar 2018 sampai 2020", "1.543", "250", "menemukan efek 40,4", "Ukur lagi")
	says("researcher", "/en/studi/@studi-dasar", 200, "Baseline 2018 to 2020", "finds an effect of 40.4")
	says("analyst", "/studi/@studi-dasar", 200, "hanya terlihat oleh orang studi ini", "!1.543")
	says("researcher", "/hitungan/@ukur", 200, "Data dasar diukur", "1.543")
	says("analyst", "/hitungan/@ukur", 200, "hanya terlihat oleh orang studi ini", "!1.543")
	says("researcher", "/hitungan/@ukur", 200, "!Minta dilepas")
	if got := w.post("researcher", "/hitungan/@ukur/minta-lepas", ""); got.Code < 400 || !strings.Contains(got.Body.String(), "Ukuran data dasar tidak dilepas") {
		t.Errorf("%d %s", got.Code, complaints(got))
	}
	for _, file := range []string{"laporan", "hasil.json", "tabel.xlsx", "paket.zip"} {
		says("researcher", "/hitungan/@ukur/"+file, 404)
		says("analyst", "/hitungan/@ukur/"+file, 404)
	}
	says("researcher", "/studi/@studi-dasar/ubah", 200, `value="40.4`, "Dari data dasar 2018 sampai 2020", "simpangan baku 250")

	w.done(w.store.LockStudy(t.Context(), w.by("researcher", ""), id))
	says("analyst", "/studi/@studi-dasar", 200, "Data dasar yang diukur sebelumnya", "belanja pada 2018 sampai 2020", "bukan hasil yang dilihat", "!1.543", "terdaftar")
	says("researcher", "/studi/@studi-dasar", 200, "!Ukur lagi", "1.543")
}
