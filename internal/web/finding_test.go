package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// finds adds to a world that inquires: a released run, a finding that is released, one
// that is proposed, two of other studies beside it, and a study that was taken back.
func (w *world) finds() {
	w.t.Helper()
	w.inquires()
	ctx := w.t.Context()
	w.person("kepala-pusat", "pusat")
	id, e, err := w.store.CreatePosition(ctx, w.by("admin", "uji"), registry.Position{Organisation: w.ids["pusat"], Title: "Kepala pusat", Period: registry.Period{From: "2026-01-01"}})
	w.made("jabatan-kepala-pusat", id, e, err)
	w.holds("kepala-pusat", "kepala-pusat")
	w.gives("kepala-pusat", access.Head, registry.Nation, "pusat", "2027-10-01")
	w.letsGo("hitungan")
	w.done(w.store.WithdrawStudy(ctx, w.by("researcher", "dana berakhir"), w.ids["studi-rancangan"]))
	w.found("temuan", "hitungan", 20)
	w.done(w.store.ReleaseFinding(ctx, w.by("kepala-pusat", ""), w.ids["temuan"]))
	w.found("temuan-usulan", "hitungan", 21)
	// Another study of the same, whose run answers after those that wait before it.
	_, err = w.store.CancelRun(ctx, w.by("researcher", ""), w.ids["hitungan-menunggu"])
	w.ok(err)
	var of study.Study
	w.ok(w.store.View(ctx, func(r *store.Reader) (err error) {
		of, _, err = store.StudyOf(r, w.ids["studi"])
		return err
	}))
	p := of.Registrations[0].Protocol
	id, e, err = w.store.DraftStudy(ctx, w.by("researcher", ""), study.Study{Title: "Dampak di tempat lain", Position: w.ids["jabatan-pusat"], User: w.ids["researcher"], Purpose: "evaluation", Programmes: []string{w.ids["program"]}, Draft: &p})
	w.made("studi-kedua", id, e, err)
	w.done(w.store.LockStudy(ctx, w.by("researcher", ""), id))
	run, e, err := w.store.QueueRun(ctx, w.by("researcher", ""), id, store.RunAsk{Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}})
	w.made("hitungan-kedua", run, e, err)
	_, _, ok, err := w.store.ClaimRun(ctx, "uji", time.Minute)
	w.ok(err)
	if !ok {
		w.t.Fatal("no run to claim")
	}
	result, kept := w.computed()
	w.done(w.store.AnswerRun(ctx, "uji", run, study.Answer{Result: w.put(result), Moments: w.put(kept), Gate: w.put([]byte(`{"held":[]}`)), Version: "uji", Grade: "moderate"}))
	w.letsGo("hitungan-kedua")
	w.found("temuan-kedua", "hitungan-kedua", 12)
	w.done(w.store.ReleaseFinding(ctx, w.by("kepala-pusat", ""), w.ids["temuan-kedua"]))
}

func (w *world) put(text []byte) string {
	w.t.Helper()
	hash, _, err := w.store.Contents().Put(w.t.Context(), bytes.NewReader(text))
	w.ok(err)
	return hash
}

// letsGo has the checker release all of a run.
func (w *world) letsGo(run string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.done(w.store.RequestRelease(ctx, w.by("researcher", ""), w.ids[run]))
	left, _ := w.computed()
	w.done(w.store.ReleaseRun(ctx, w.by("pemeriksa", ""), w.ids[run], study.Release{Content: w.put(left)}))
}

func (w *world) found(name, run string, effect float64) {
	w.t.Helper()
	id, e, err := w.store.ProposeFinding(w.t.Context(), w.by("researcher", ""), evidence.Finding{Run: w.ids[run], Programme: w.ids["program"], Outcome: "belanja",
		Sentence: registry.Words{ID: "Bantuan menaikkan belanja keluarga <b>tebal</b>.", EN: "The grant raised what families spend <b>tebal</b>."},
		Effect:   evidence.Effect{Estimate: effect, Lower: effect - 8, Upper: effect + 8, SE: 4, Level: 0.95, Unit: "rupiah", Better: "higher", Term: "att"}, Applies: evidence.Applies{Regions: []string{"3507"}, From: "2024", Until: "2025", Whom: "keluarga penerima"}})
	w.made(name, id, e, err)
}

var rowsOfFindings = []row{
	// Everybody.
	{"", "GET", "/", "", 200, "/id/publik/", 0}, {"", "GET", "/publik", "", 200, `href="/api/v1/findings"`, 0}, {"", "GET", "/publik/@temuan", "", 200, `href="/api/v1/findings/`, 0},
	{"", "GET", "/publik", "", 200, "2 temuan dilepas, tentang 1 program", 0}, {"", "GET", "/publik", "", 200, "tidak pernah didaftarkan", 0}, {"", "GET", "/publik", "", 200, "dana berakhir", 0}, {"nobody", "GET", "/publik", "", 200, "Program contoh", 0},
	{"", "GET", "/publik?bentuk=csv", "", 200, "bukti sedang", 0}, {"", "GET", "/publik?bentuk=xlsx", "", 200, "", 0},
	{"", "GET", "/publik/@temuan", "", 200, "20 rupiah (selang 95", 0}, {"", "GET", "/publik/@temuan", "", 200, "1 hal besar", 0}, {"", "GET", "/publik/@temuan", "", 200, "Cara mengutip", 0}, {"", "GET", "/publik/@temuan", "", 200, "2 studi bersama-sama", 0}, {"", "GET", "/publik/@temuan?gambar=hutan", "", 200, "<svg", 0},
	{"", "GET", "/publik/@temuan-usulan", "", 404, "", 0}, {"researcher", "GET", "/publik/@temuan-usulan", "", 404, "", 0}, {"", "GET", "/publik/tidakada", "", 404, "", 0},
	// Who works with studies.
	{"researcher", "GET", "/temuan", "", 200, "diusulkan", 0}, {"", "GET", "/temuan", "", 303, "", 0}, {"nobody", "GET", "/temuan", "", 403, "", 0},
	{"analyst", "GET", "/temuan/@temuan", "", 200, "searah", 0}, {"analyst", "GET", "/temuan/@temuan-usulan", "", 200, "Diusulkan", 0}, {"nobody", "GET", "/temuan/@temuan", "", 403, "", 0}, {"analyst", "GET", "/temuan/tidakada", "", 404, "", 0},
	{"researcher", "GET", "/hitungan/@hitungan", "", 200, "/temuan/usulkan?hitungan=", 0},
	// Proposed with a number that left, and no other.
	{"researcher", "GET", "/temuan/usulkan?hitungan=@hitungan", "", 200, "belanja", 0}, {"researcher", "GET", "/temuan/usulkan", "", 200, "Dampak di tempat lain", 0}, {"data-steward", "GET", "/temuan/usulkan", "", 403, "", 0},
	{"researcher", "POST", "/temuan/usulkan", "estimate=@hitungan lain/att&programme=@program&outcome=belanja&sentence_id=a&sentence_en=b", 422, "tidak ada di antara yang dilepas", 0},
	{"researcher", "POST", "/temuan/usulkan", "estimate=@hitungan-gagal belanja/att&programme=@program&outcome=belanja&sentence_id=a&sentence_en=b", 422, "tidak ada di antara yang dilepas", 0},
	{"researcher", "POST", "/temuan/usulkan", "estimate=@hitungan belanja/att&programme=@program&outcome=Belanja Orang&sentence_id=a&sentence_en=b", 422, "tidak dapat dipakai", 0},
	{"researcher", "POST", "/temuan/usulkan", "estimate=@hitungan belanja/att&programme=@program&outcome=belanja&sentence_id=&sentence_en=b", 422, "bahasa Indonesia belum diisi", 0},
	{"researcher", "POST", "/temuan/usulkan", "estimate=@hitungan belanja/att&programme=@program&outcome=belanja&sentence_id=Naik.&sentence_en=It rose.&replaces=@temuan", 303, "", 1},
	{"researcher", "GET", "/temuan/@temuan-usulan/ubah", "", 200, "menaikkan belanja", 0}, {"researcher", "POST", "/temuan/@temuan-usulan/ubah", "sentence_id=&sentence_en=b", 422, "belum diisi", 0},
	{"researcher", "POST", "/temuan/@temuan-usulan/ubah", "sentence_id=Belanja naik.&sentence_en=Spending rose.&whom=", 303, "", 1}, {"researcher", "POST", "/temuan/@temuan/ubah", "raw:", 409, "", 0},
	{"researcher", "GET", "/temuan/@temuan-usulan/lepas", "", 403, "", 0}, {"kepala-pusat", "GET", "/temuan/@temuan-usulan/lepas", "", 200, "semua orang membaca", 0}, {"kepala-pusat", "POST", "/temuan/@temuan-usulan/lepas", "", 303, "", 1},
	{"", "GET", "/publik/@temuan-usulan", "", 200, "Belanja naik.", 0},
	{"kepala-pusat", "GET", "/temuan/@temuan/tarik", "", 200, "alasan", 0}, {"kepala-pusat", "POST", "/temuan/@temuan/tarik", "why=", 422, "", 0}, {"kepala-pusat", "POST", "/temuan/@temuan/tarik", "why=data keliru", 303, "", 1}, {"", "GET", "/publik/@temuan", "", 200, "data keliru", 0},
}

// TestFindingRows plays the rows of findings by themselves; TestRows plays them with
// all others.
func TestFindingRows(t *testing.T) {
	w := newWorld(t)
	w.finds()
	w.plays(t, map[string]bool{}, rowsOfFindings)
}

// TestNumbersAreThoseThatLeft: the effect of a proposal is the number of the released
// content, to the last digit, with what the plan says of its outcome.
func TestNumbersAreThoseThatLeft(t *testing.T) {
	w := newWorld(t)
	w.finds()
	w.post("researcher", "/temuan/usulkan", "estimate=@hitungan belanja/att&programme=@program&outcome=lain&sentence_id=Naik.&sentence_en=It rose.")
	w.ok(w.store.View(t.Context(), func(r *store.Reader) error {
		all, err := store.Findings(r, must(store.Who(r, w.ids["researcher"], w.now())), store.FindingFilter{Outcome: "lain"}, store.Page{})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d findings, %v", len(all), err)
		}
		x, _, err := store.RunOf(r, w.ids["hitungan"])
		if err != nil {
			return err
		}
		left, err := answers.Left(w.store.Contents(), x)
		if err != nil {
			return err
		}
		for _, e := range left {
			if f := all[0].Effect; e.Key == "belanja/att" && f != (evidence.Effect{Estimate: *e.Estimate, Lower: *e.Lower, Upper: *e.Upper, SE: *e.SE, Level: 0.95, Unit: "rupiah", Better: "higher", Term: "att"}) {
				t.Errorf("%+v is not %+v", f, e)
			}
		}
		return nil
	}))
}

// TestStonesWithoutTitles: everybody reads that a study was taken back, and its title
// only where that was public.
func TestStonesWithoutTitles(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	for _, x := range []struct{ study, title, says string }{{"studi-rancangan", "Dampak yang dirancang", "tidak pernah didaftarkan"}, {"studi-tertutup", "Dampak tertutup", "tertutup sampai"}} {
		w.done(w.store.WithdrawStudy(t.Context(), w.by("researcher", "dana berakhir"), w.ids[x.study]))
		if page := w.get("", "/publik").Body.String(); strings.Contains(page, x.title) || !strings.Contains(page, x.says) {
			t.Errorf("%s: %s", x.study, page)
		}
	}
	w.done(w.store.WithdrawStudy(t.Context(), w.by("researcher", "dana berakhir"), w.ids["studi"]))
	var title string
	w.ok(w.store.View(t.Context(), func(r *store.Reader) error {
		s, _, err := store.StudyOf(r, w.ids["studi"])
		title = s.Title
		return err
	}))
	if page := w.get("", "/publik").Body.String(); !strings.Contains(page, title) {
		t.Errorf("a registered study without its title: %s", page)
	}
}
