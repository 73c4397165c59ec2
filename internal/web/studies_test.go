package web

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers/answerstest"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

const (
	studyPlan     = "dampak: 1\nid: bantuan\nquestion: Apakah bantuan menaikkan belanja?\ndata:\n  data: rumah.csv\ndesign:\n  experiment:\n    treatment: ikut\noutcomes:\n  - column: belanja\n    unit: rupiah\n    better: higher\n"
	studyContract = `{"dampak:contract": "1", "name": "rumah", "title": "Rumah contoh", "dampak:titleEn": "Example houses", "dampak:class": "public", "dampak:regions": ["35"], "fieldsMatch": "partial",
 "fields": [{"name": "ikut", "type": "integer", "title": "Ikut", "dampak:titleEn": "Takes part", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "tahun", "type": "year", "title": "Tahun", "dampak:titleEn": "Year", "dampak:role": "period"}, {"name": "belanja", "type": "integer", "title": "Belanja", "dampak:titleEn": "Spending"}]}`
)

// inquires adds to a world: public rows, a study whose plan is locked, a run with its
// answer, one that failed and one that waits, a draft, and a checker.
func (w *world) inquires() {
	w.t.Helper()
	ctx := w.t.Context()
	put := func(text []byte) string {
		hash, _, err := w.store.Contents().Put(ctx, bytes.NewReader(text))
		w.ok(err)
		return hash
	}
	id, e, err := w.store.RegisterProgramme(ctx, w.by("analyst", ""), registry.Programme{Owner: w.ids["provinsi"], Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2024-01-01"}})
	w.made("program", id, e, err)
	w.person("walidata-lain", "provinsi")
	w.gives("walidata-lain", access.DataSteward, "35", "provinsi", "2027-10-01")
	w.holds("researcher", "pusat")
	contract := put([]byte(studyContract))
	columns := []registry.Column{{Name: "belanja", Words: registry.Words{ID: "belanja", EN: "spending"}}}
	id, e, err = w.store.RegisterDataset(ctx, w.by("data-steward", ""), registry.Dataset{Owner: w.ids["provinsi"], Name: "Rumah contoh", Class: registry.PublicData, Regions: []string{"35"}, Columns: columns})
	w.made("rumah", id, e, err)
	n, _, err := w.store.StageDatasetVersion(ctx, w.by("data-steward", ""), w.ids["rumah"], registry.DatasetVersion{Rows: 60, File: "rumah.csv", SHA256: contract, Content: put([]byte("baris")), Contract: contract, Quality: contract, Class: registry.PublicData, Columns: columns, Purpose: "uji", LegalBasis: "contoh"})
	w.ok(err)
	w.done(w.store.AcceptDatasetVersion(ctx, w.by("walidata-lain", ""), w.ids["rumah"], n))

	p := study.Protocol{Plan: studyPlan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises, Why: "uang tunai dibelanjakan"}}, Data: []study.Use{{Name: "data", Dataset: w.ids["rumah"], Contract: contract, Period: "tahun"}},
		Setting: study.Setting{Abstract: "contoh", Intervention: "uang tunai <b>tebal</b>", Assignment: "undian"}}
	draft := func(name, title string, p *study.Protocol) {
		id, e, err := w.store.DraftStudy(ctx, w.by("researcher", ""), study.Study{Title: title, Position: w.ids["jabatan-pusat"], User: w.ids["researcher"], Purpose: "evaluation", Programmes: []string{w.ids["program"]}, Draft: p})
		w.made(name, id, e, err)
	}
	draft("studi-rancangan", "Dampak yang dirancang", &study.Protocol{Data: p.Data, Setting: p.Setting})
	draft("studi", "Dampak contoh", &p)
	w.done(w.store.LockStudy(ctx, w.by("researcher", ""), w.ids["studi"]))
	draft("studi-tertutup", "Dampak tertutup", &p)
	hidden := p
	hidden.Embargo = registry.DayOf(w.now()).Add(30)
	w.done(w.store.EditStudy(ctx, w.by("researcher", ""), w.ids["studi-tertutup"], hidden))
	w.done(w.store.LockStudy(ctx, w.by("researcher", ""), w.ids["studi-tertutup"]))

	result, kept := w.computed()
	claim := func(name string) {
		id, e, err := w.store.QueueRun(ctx, w.by("researcher", ""), w.ids["studi"], store.RunAsk{Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}})
		w.made(name, id, e, err)
		_, _, ok, err := w.store.ClaimRun(ctx, "uji", time.Minute)
		w.ok(err)
		if !ok {
			w.t.Fatal("no run to claim")
		}
	}
	claim("hitungan-gagal")
	w.done(w.store.FailRun(ctx, "uji", w.ids["hitungan-gagal"], problem.New("run-too-long", "seconds", 60)))
	claim("hitungan")
	w.done(w.store.AnswerRun(ctx, "uji", w.ids["hitungan"], study.Answer{Result: put(result), Moments: put(kept), Gate: put([]byte(`{"held":[]}`)), Version: "uji", Grade: "strong",
		Deviations: []study.Edit{{Field: "plan.inference.level", Before: "0.95", After: "0.9", Weight: study.Major}}}))
	id, e, err = w.store.QueueRun(ctx, w.by("researcher", ""), w.ids["studi"], store.RunAsk{Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}})
	w.made("hitungan-menunggu", id, e, err)
	w.person("pemeriksa", "provinsi")
	w.gives("pemeriksa", access.OutputChecker, "35", "", "2027-10-01")
}

// computed is the answer of the study's plan on made-up rows, with its moments.
func (w *world) computed() (result, moments []byte) { return answerstest.Computed(w.t, studyPlan) }

// typedPlan is the plan of a draft as a form sends it.
func typedPlan(outcome, design string) string {
	plan := strings.NewReplacer("column: belanja", "column: "+outcome, "experiment:", design+":").Replace(studyPlan)
	return url.Values{"plan": {plan}, "abstract": {"contoh"}}.Encode()
}

var rowsOfStudies = []row{
	{"researcher", "GET", "/studi", "", 200, "2 dari 3 studi mendaftarkan rencananya", 0}, {"", "GET", "/studi", "", 200, "studi, masing-masing dengan jawabannya", 0}, {"nobody", "GET", "/studi", "", 403, "", 0}, {"researcher", "GET", "/studi?contoh", "", 200, "penelitian", 0}, {"analyst", "GET", "/studi?bentuk=csv", "", 200, "Dampak contoh", 0},
	{"analyst", "GET", "/studi/@studi", "", 200, "Rencana dikunci pada", 0}, {"analyst", "GET", "/studi/@studi", "", 200, "Segel (SHA-256)", 0}, {"analyst", "GET", "/studi/@studi", "", 200, "&lt;b&gt;tebal", 0}, {"nobody", "GET", "/studi/@studi", "", 403, "", 0}, {"", "GET", "/studi/@studi", "", 303, "", 0}, {"analyst", "GET", "/studi/tidakada", "", 404, "", 0},
	{"researcher", "GET", "/studi/@studi-rancangan", "", 200, "dapat dipakai untuk 1 dari 3 rancangan", 0}, {"researcher", "GET", "/studi/@studi-rancangan", "", 200, "rencananya belum diisi", 0},
	{"analyst", "GET", "/studi/@studi-tertutup", "", 200, "tertutup sampai", 0}, {"researcher", "GET", "/studi/@studi-tertutup", "", 200, "uang tunai", 0},
	{"analyst", "GET", "/studi/@studi/aea.json", "", 200, "Randomization Method", 0}, {"analyst", "GET", "/studi/@studi-tertutup/aea.json", "", 404, "", 0}, {"researcher", "GET", "/studi/@studi-rancangan/aea.json", "", 404, "", 0},
	// Made from questions.
	{"researcher", "GET", "/studi/baru", "", 200, "Rumah contoh", 0}, {"data-steward", "GET", "/studi/baru", "", 403, "", 0}, {"researcher", "POST", "/studi/baru", "title=&question=apa&dataset=@rumah&purpose=evaluation&position=@jabatan-pusat", 422, "judul", 0},
	{"researcher", "POST", "/studi/baru", "title=Studi lain&question=Apakah?&dataset=@rumah&purpose=evaluation&position=@jabatan-pusat&programmes=@program", 303, "", 1},
	{"researcher", "GET", "/studi/@studi-rancangan/ubah", "", 200, "Bagaimana ditentukan siapa", 0}, {"analyst", "GET", "/studi/@studi-rancangan/ubah", "", 403, "", 0},
	{"researcher", "POST", "/studi/@studi-rancangan/ubah", "decided=stages&outcome=belanja&better=higher&expects=rises", 422, "perlu diisi untuk rancangan ini", 0},
	{"researcher", "POST", "/studi/@studi-rancangan/ubah", "decided=lottery&treatment=ikut&outcome=belanja&unit_words=rupiah&better=higher&expects=rises&sd=20", 303, "", 1},
	{"researcher", "GET", "/studi/@studi-rancangan", "", 200, "dalam 80 dari 100 sampel", 0}, {"researcher", "GET", "/studi/@studi-rancangan/ubah", "", 200, "Rencana (YAML)", 0},
	{"researcher", "POST", "/studi/@studi-rancangan/ubah", "plan=dampak: 1&hypotheses=belanja | ke atas", 422, "tidak dikenal", 0},
	// Checked while it is typed; nothing is kept.
	{"researcher", "GET", "/studi/@studi-rancangan/ubah", "", 200, `/periksa" wrap="off"`, 0},
	{"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experiment") + "&hypotheses=belanja | naik", 200, `"seal":"Segelnya bila didaftarkan`, 0}, {"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experiment") + "&hypotheses=belanja | naik", 200, "hasil yang diukur belanja", 0},
	{"researcher", "POST", "/en/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experimen") + "&hypotheses=belanja | rises", 200, `"at":"Line 7, column 3:"`, 0}, {"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experimen"), 200, "belum dapat dibaca: 1 hal", 0},
	{"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanj", "experiment") + "&hypotheses=belanj | naik", 200, "`belanj` tidak ada dalam kontrak data Rumah contoh; maksudnya `belanja`?", 0}, {"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanj", "experiment") + "&hypotheses=belanj | naik", 200, `"line":10,`, 0},
	{"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experiment") + "&hypotheses=belanja | ke atas&embargo=besok", 200, `"field":"hypotheses"`, 0}, {"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:plan=%0A%0Adampak: 2", 200, `"line":3,`, 0},
	{"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:" + typedPlan("belanja", "experiment") + "&hypotheses=belanja | naik&ethics=milik 3507123456789012", 200, `"field":"ethics"`, 0},
	{"analyst", "POST", "/studi/@studi-rancangan/periksa", "raw:plan=dampak: 1", 403, "", 0}, {"", "POST", "/studi/@studi-rancangan/periksa", "raw:plan=dampak: 1", 401, "", 0}, {"researcher", "POST", "/studi/tidakada/periksa", "raw:plan=dampak: 1", 404, "", 0},
	{"researcher", "POST", "/studi/@studi-rancangan/periksa", "raw:plan=" + strings.Repeat("x", mostBody), 413, "", 0},
	{"researcher", "GET", "/studi/@studi-rancangan/daftarkan", "", 200, "segel dan waktu", 0}, {"researcher", "POST", "/studi/@studi-rancangan/daftarkan", "", 303, "", 1},
	{"researcher", "POST", "/studi/@studi-rancangan/ubah", "plan=id: setengah&hypotheses=belanja | naik | lebih jelas", 303, "", 1},
	{"researcher", "GET", "/studi/@studi/catat-perubahan", "", 200, "alasan", 0}, {"researcher", "POST", "/studi/@studi/catat-perubahan", "why=", 422, "", 0},
	{"researcher", "GET", "/studi/@studi/izin", "", 200, "", 0}, {"researcher", "POST", "/studi/@studi/izin", "permit=", 422, "", 0},
	// Runs.
	{"researcher", "GET", "/hitungan", "", 200, "3 hitungan", 0}, {"nobody", "GET", "/hitungan", "", 403, "", 0}, {"analyst", "GET", "/hitungan/@hitungan", "", 200, "1 penyimpangan", 0}, {"analyst", "GET", "/hitungan/@hitungan-gagal", "", 200, "melewati batas 60 detik", 0}, {"analyst", "GET", "/hitungan/tidakada", "", 404, "", 0},
	{"analyst", "GET", "/hitungan/@hitungan-menunggu/kemajuan", "", 200, `"running":true`, 0}, {"analyst", "GET", "/hitungan/@hitungan/kemajuan", "", 200, `"running":false`, 0}, {"nobody", "GET", "/hitungan/@hitungan/kemajuan", "", 403, "", 0},
	{"analyst", "GET", "/hitungan/@hitungan/laporan", "", 404, "", 0}, {"analyst", "GET", "/hitungan/@hitungan/hasil.json", "", 404, "", 0}, {"analyst", "GET", "/hitungan/@hitungan/tabel.xlsx", "", 404, "", 0}, {"analyst", "GET", "/hitungan/@hitungan/paket.zip", "", 404, "", 0}, {"pemeriksa", "GET", "/hitungan/@hitungan/laporan", "", 404, "", 0},
	{"researcher", "GET", "/hitungan/@hitungan/laporan", "", 200, "belanja", 0}, {"researcher", "GET", "/hitungan/@hitungan/laporan", "", 200, "Rumah contoh, versi 1", 0}, {"researcher", "GET", "/hitungan/@hitungan", "", 200, "Rumah contoh, versi 1: SHA-256", 0}, {"researcher", "GET", "/hitungan/@hitungan/hasil.json", "", 200, `"estimates"`, 0}, {"researcher", "GET", "/hitungan/@hitungan/tabel.xlsx", "", 200, "", 0}, {"researcher", "GET", "/hitungan/@hitungan/paket.zip", "", 200, "", 0},
	{"researcher", "GET", "/hitungan/jalankan", "", 200, "data buatan", 0}, {"head", "GET", "/hitungan/jalankan", "", 403, "", 0}, {"researcher", "POST", "/hitungan/jalankan", "of=@studi&rows=real", 422, "belum selesai", 0}, {"researcher", "POST", "/hitungan/jalankan", "of=@studi&rows=dummy", 303, "", 1},
	{"researcher", "GET", "/hitungan/@hitungan-menunggu/batalkan", "", 200, "", 0}, {"researcher", "POST", "/hitungan/@hitungan-menunggu/batalkan", "", 303, "", 1},
	// The way out.
	{"researcher", "GET", "/hitungan/@hitungan/minta-lepas", "", 200, "Pemeriksa keluaran", 0}, {"researcher", "POST", "/hitungan/@hitungan/minta-lepas", "", 303, "", 1}, {"researcher", "GET", "/hitungan/@hitungan", "", 200, "Perjalanan jawaban ini", 0},
	{"pemeriksa", "GET", "/hitungan/@hitungan/tanya", "", 200, "", 0}, {"researcher", "GET", "/hitungan/@hitungan/tanya", "", 403, "", 0}, {"pemeriksa", "POST", "/hitungan/@hitungan/tanya", "why=", 422, "", 0}, {"pemeriksa", "POST", "/hitungan/@hitungan/tanya", "why=mengapa sel ini?", 303, "", 1},
	{"researcher", "GET", "/hitungan/@hitungan/jawab", "", 200, "", 0}, {"researcher", "POST", "/hitungan/@hitungan/jawab", "why=dua kelompok", 303, "", 1},
	{"pemeriksa", "GET", "/hitungan/@hitungan/laporan", "", 200, "belanja", 0}, {"pemeriksa", "GET", "/hitungan/@hitungan/jangan-lepas", "", 200, "", 0}, {"pemeriksa", "POST", "/hitungan/@hitungan/jangan-lepas", "why=", 422, "", 0}, {"pemeriksa", "POST", "/hitungan/@hitungan/jangan-lepas", "why=sel kecil", 303, "", 1},
	{"researcher", "POST", "/hitungan/@hitungan/minta-lepas", "why=digabung", 303, "", 1}, {"pemeriksa", "GET", "/hitungan/@hitungan/lepas", "", 200, "Tepat angka-angka ini", 0}, {"researcher", "GET", "/hitungan/@hitungan/lepas", "", 403, "", 0},
	{"pemeriksa", "POST", "/hitungan/@hitungan/lepas", "leaves=", 422, "", 0}, {"pemeriksa", "POST", "/hitungan/@hitungan/lepas", "why=semua sel besar&leaves=belanja/att", 303, "", 1}, {"analyst", "GET", "/hitungan/@hitungan/laporan", "", 200, "", 0}, {"analyst", "GET", "/hitungan/@hitungan/paket.zip", "", 200, "", 0},
	// Its end.
	{"researcher", "GET", "/studi/@studi/hentikan", "", 200, "", 0}, {"researcher", "POST", "/studi/@studi/hentikan", "region=3507&why=keluhan warga", 303, "", 1}, {"researcher", "POST", "/studi/@studi/hentikan", "region=&why=selesai", 303, "", 1},
	{"researcher", "GET", "/studi/@studi/tarik-data", "", 200, "", 0}, {"researcher", "POST", "/studi/@studi/tarik-data", "why=masa berakhir", 303, "", 1},
	{"researcher", "GET", "/studi/@studi-rancangan/tarik", "", 200, "dapat dibaca semua orang", 0}, {"researcher", "POST", "/studi/@studi-rancangan/tarik", "why=", 422, "", 0}, {"researcher", "POST", "/studi/@studi-rancangan/tarik", "why=dana berakhir", 303, "", 1}, {"analyst", "GET", "/studi/@studi-rancangan", "", 200, "ditarik kembali pada", 0}, {"analyst", "GET", "/studi/@studi-rancangan", "", 200, "Rancangan ini tidak didaftarkan: studinya ditarik kembali.", 0},
}

// TestStudyRows plays the rows of studies by themselves; TestRows plays them with all
// others.
func TestStudyRows(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	w.plays(t, map[string]bool{}, rowsOfStudies)
}

// TestARunSaysWhichRowsAreGone: what was computed before somebody was erased stands on
// its moments, says which version is gone, and still repeats.
func TestARunSaysWhichRowsAreGone(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	before := w.get("researcher", "/studi/@studi").Body.String()
	if page := w.get("researcher", "/hitungan/@hitungan").Body.String(); strings.Contains(page, "dihapus pada") || !strings.Contains(page, "dampak estimate rencana.yaml momen.json") || before == "" {
		t.Error("a run says that its rows are gone, or not how it is repeated")
	}
	by := w.by("data-steward", "permintaan 7/2026")
	by.Seen = store.Whatever
	hash, _, err := w.store.Contents().Put(t.Context(), strings.NewReader("sisa"))
	w.ok(err)
	_, err = w.store.ErasePerson(t.Context(), by, w.ids["rumah"], func(context.Context, registry.DatasetVersion) (registry.Rewritten, error) {
		return registry.Rewritten{Removed: 1, Cells: 1, Rows: 59, Content: hash, Regions: []string{"35"}}, nil
	})
	w.ok(err)
	for who, want := range map[string]string{"/hitungan/@hitungan": "versi 1 dari Rumah contoh dihapus pada", "/en/hitungan/@hitungan": "version 1 of Rumah contoh was erased on", "/hitungan/@hitungan/laporan": "belanja"} {
		if page := w.get("researcher", who); page.Code != 200 || !strings.Contains(page.Body.String(), want) {
			t.Errorf("%s: %d, without %q", who, page.Code, want)
		}
	}
}

// TestAPlanThatItsDataCannotCarryIsNotLocked: a column that the contract does not hold
// is said on the page of the study, and the plan is not offered to be locked.
func TestAPlanThatItsDataCannotCarryIsNotLocked(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	hash, _, err := w.store.Contents().Put(t.Context(), strings.NewReader(studyContract))
	w.ok(err)
	for _, plan := range []string{strings.Replace(studyPlan, "treatment: ikut", "treatment: ikuti", 1), studyPlan} {
		locked := plan == studyPlan
		p := study.Protocol{Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Rises, Why: "uang tunai dibelanjakan"}}, Data: []study.Use{{Name: "data", Dataset: w.ids["rumah"], Contract: hash, Period: "tahun"}},
			Setting: study.Setting{Abstract: "contoh", Intervention: "uang tunai", Assignment: "undian"}}
		w.done(w.store.EditStudy(t.Context(), w.by("researcher", ""), w.ids["studi-rancangan"], p))
		if page := w.get("researcher", "/studi/@studi-rancangan").Body.String(); strings.Contains(page, "maksudnya `ikut`?") == locked || strings.Contains(page, "/daftarkan") != locked {
			t.Errorf("%s: %v", plan, locked)
		}
		if got := w.post("researcher", "/studi/@studi-rancangan/daftarkan", ""); (got.Code == 303) != locked {
			t.Errorf("locked (%d): %s", got.Code, plan)
		}
	}
}
