package web

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/dampak/dampak/internal/answers/answerstest"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
)

// everyStage adds to a world with findings a run at each stage that it has none of.
func (w *world) everyStage() {
	w.t.Helper()
	ctx := w.t.Context()
	begins := func(name string, dummy bool) {
		id, e, err := w.store.QueueRun(ctx, w.by("researcher", ""), w.ids["studi-kedua"], store.RunAsk{Dummy: dummy, Limits: study.Limits{Memory: 1 << 30, Seconds: 60, Threads: 1}})
		w.made(name, id, e, err)
		_, _, ok, err := w.store.ClaimRun(ctx, "uji", 24*time.Hour)
		w.ok(err)
		if !ok {
			w.t.Fatal("no run to claim")
		}
	}
	result, kept := w.computed()
	answers := func(name string, dummy bool) {
		begins(name, dummy)
		w.done(w.store.AnswerRun(ctx, "uji", w.ids[name], study.Answer{Result: w.put(result), Moments: w.put(kept), Gate: w.put([]byte(`{"held":[]}`)), Version: "uji", Grade: "strong"}))
	}
	answers("hitungan-buatan", true)
	answers("hitungan-ditanyakan", false)
	w.done(w.store.RequestRelease(ctx, w.by("researcher", ""), w.ids["hitungan-ditanyakan"]))
	w.done(w.store.QuestionRelease(ctx, w.by("pemeriksa", "Mengapa sel Kabupaten Sampang hanya 12 keluarga?"), w.ids["hitungan-ditanyakan"]))
	answers("hitungan-ditahan", false)
	w.done(w.store.RequestRelease(ctx, w.by("researcher", ""), w.ids["hitungan-ditahan"]))
	w.done(w.store.RefuseRelease(ctx, w.by("pemeriksa", "Selnya terlalu kecil; gabungkan kabupatennya."), w.ids["hitungan-ditahan"]))
	answers("hitungan-diminta", false)
	w.done(w.store.RequestRelease(ctx, w.by("researcher", ""), w.ids["hitungan-diminta"]))
	begins("hitungan-tertutup", false)
	w.done(w.store.ShutRun(ctx, "uji", w.ids["hitungan-tertutup"], problem.New("run-too-long", "seconds", 60)))
	begins("hitungan-jalan", false)
	w.ok(w.store.BeatRun(ctx, "uji", w.ids["hitungan-jalan"], 24*time.Hour, "belanja", 0.4))
	id, e, err := w.store.QueueRun(ctx, w.by("researcher", ""), w.ids["studi"], store.RunAsk{Limits: study.UsualLimits})
	w.made("hitungan-antre", id, e, err)
}

// TestStudiesInABrowser: no page or form of studies, runs and findings runs over the
// edge at 1280 or 360 px, in either language, and each prints.
func TestStudiesInABrowser(t *testing.T) {
	testenv.Need(t, "chromium")
	w := newWorld(t)
	w.finds()
	w.everyStage()
	b := w.browses(t, "researcher")
	for _, x := range []struct{ who, name, path string }{
		{"researcher", "studi", "/id/studi"}, {"researcher", "studi-en", "/en/studi"}, {"researcher", "studi-baru", "/id/studi/baru"},
		{"researcher", "studi-satu", "/id/studi/@studi"}, {"analyst", "studi-satu-en", "/en/studi/@studi"}, {"analyst", "studi-tertutup", "/id/studi/@studi-tertutup"}, {"researcher", "studi-ditarik", "/id/studi/@studi-rancangan"},
		{"researcher", "studi-ubah", "/id/studi/@studi/ubah"}, {"researcher", "studi-ubah-en", "/en/studi/@studi/ubah"}, {"researcher", "studi-tarik", "/id/studi/@studi/tarik"}, {"researcher", "studi-henti", "/id/studi/@studi/hentikan"},
		{"researcher", "hitungan", "/id/hitungan"}, {"researcher", "hitungan-minta", "/id/hitungan/jalankan"},
		{"researcher", "hitungan-antre", "/id/hitungan/@hitungan-antre"}, {"researcher", "hitungan-jalan", "/id/hitungan/@hitungan-jalan"}, {"researcher", "hitungan-gagal", "/id/hitungan/@hitungan-gagal"}, {"researcher", "hitungan-tertutup", "/id/hitungan/@hitungan-tertutup"},
		{"researcher", "hitungan-buatan", "/id/hitungan/@hitungan-buatan"}, {"researcher", "hitungan-ditanyakan", "/id/hitungan/@hitungan-ditanyakan"}, {"researcher", "hitungan-ditahan", "/id/hitungan/@hitungan-ditahan"}, {"analyst", "hitungan-diminta", "/en/hitungan/@hitungan-diminta"}, {"researcher", "hitungan-dilepas", "/id/hitungan/@hitungan"},
		{"researcher", "laporan", "/id/hitungan/@hitungan/laporan"}, {"researcher", "laporan-en", "/en/hitungan/@hitungan/laporan"}, {"pemeriksa", "lepas", "/id/hitungan/@hitungan-diminta/lepas"}, {"pemeriksa", "lepas-en", "/en/hitungan/@hitungan-diminta/lepas"}, {"pemeriksa", "tanya", "/id/hitungan/@hitungan-diminta/tanya"},
		{"researcher", "temuan", "/id/temuan"}, {"researcher", "temuan-satu", "/id/temuan/@temuan"}, {"analyst", "temuan-usulan-en", "/en/temuan/@temuan-usulan"}, {"researcher", "temuan-usul", "/id/temuan/usulkan?hitungan=@hitungan"}, {"kepala-pusat", "temuan-lepas", "/id/temuan/@temuan-usulan/lepas"},
		{"", "publik", "/id/publik"}, {"", "publik-en", "/en/publik"}, {"", "publik-satu", "/id/publik/@temuan"}, {"", "publik-satu-en", "/en/publik/@temuan"}, {"", "beranda", "/id/"},
	} {
		b.as(x.who)
		b.fits(x.path, x.name)
	}
}

// TestAPlanIsCheckedWhileItIsTyped, with the keyboard alone: what is wrong is named
// with its line, the name leads there, and it is gone once it is mended.
func TestAPlanIsCheckedWhileItIsTyped(t *testing.T) {
	testenv.Need(t, "chromium")
	w := newWorld(t)
	w.inquires()
	b := w.browses(t, "researcher")
	says := func(want string) string {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			got, err := chromedp.Run(b.tab, chromedp.Evaluate[string]("document.getElementById('c-plan').innerText"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got, want) {
				return got
			}
			if time.Now().After(end) {
				t.Fatalf("it never says %q, but %q", want, got)
			}
		}
	}
	b.opens("/id/studi/@studi/ubah")
	says("Segelnya bila didaftarkan seperti ini")
	head := w.head()
	const plan = "document.getElementById('f-plan')"
	at := strings.Index(studyPlan, "experiment:") + len("experiment")
	if _, err := chromedp.Run(b.tab, chromedp.Evaluate[string](plan+".focus()||"+plan+".setSelectionRange("+itoa(at)+","+itoa(at)+")||''")); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.tab, chromedp.KeyEvent("s")); err != nil {
		t.Fatal(err)
	}
	if got := says("Baris 7, kolom 3:"); strings.Contains(got, "Segel") || !strings.Contains(got, "experiment") {
		t.Errorf("of a design that is not known it says %q", got)
	}
	// From the plan the next stop is what it says; it leads to the line.
	if err := chromedp.Do(b.tab, chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r")); err != nil {
		t.Fatal(err)
	}
	line, err := chromedp.Run(b.tab, chromedp.Evaluate[int64]("document.activeElement==="+plan+"?"+plan+".value.slice(0,"+plan+".selectionStart).split('\\n').length:0"))
	if err != nil || line != 7 {
		t.Errorf("it leads to line %d (%v)", line, err)
	}
	for range len("experiment") {
		if err := chromedp.Do(b.tab, chromedp.KeyEvent(kb.ArrowRight)); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(b.tab, chromedp.KeyEvent(kb.Delete)); err != nil {
		t.Fatal(err)
	}
	if got := says("Segelnya bila didaftarkan seperti ini"); strings.Contains(got, "Baris") {
		t.Errorf("mended, it still says %q", got)
	}
	if w.head() != head {
		t.Error("the check left something in the record")
	}
}

// keys is somebody at a window who has no mouse.
type keys struct{ *window }

func (k keys) press(all ...string) {
	k.t.Helper()
	for _, one := range all {
		if err := chromedp.Do(k.tab, chromedp.KeyEvent(one)); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k keys) is(js string) bool {
	k.t.Helper()
	is, err := chromedp.Run(k.tab, chromedp.Evaluate[bool](js))
	if err != nil {
		k.t.Fatalf("%s: %v", js, err)
	}
	return is
}

// to goes from stop to stop until it is at what a selector names; it must be seen there.
func (k keys) to(selector string) {
	k.t.Helper()
	for range 120 {
		if k.is("document.activeElement.matches(" + strconv.Quote(selector) + ")") {
			if k.is("getComputedStyle(document.activeElement).outlineStyle==='none'") {
				k.t.Errorf("nothing shows that %s has the focus", selector)
			}
			return
		}
		k.press(kb.Tab)
	}
	k.t.Fatalf("the keyboard never comes to %s", selector)
}

// chooses goes to a field and through its options to one.
func (k keys) chooses(field, value string) {
	k.t.Helper()
	k.to("[name=" + field + "]")
	for range 30 {
		if k.is("document.activeElement.value===" + strconv.Quote(value)) {
			return
		}
		k.press(kb.ArrowDown)
	}
	k.t.Fatalf("%s has no %s", field, value)
}

func (k keys) types(field, text string) {
	k.t.Helper()
	k.to("[name=" + field + "]")
	k.press(text)
}

// enters presses Enter and waits for the page that says something.
func (k keys) enters(says string) {
	k.t.Helper()
	k.press(kb.Enter)
	k.reads(says)
}

func (k keys) reads(says string) {
	k.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got, err := chromedp.Run(k.tab, chromedp.Evaluate[string]("document.readyState==='complete'?document.body.innerText:''")); err == nil && strings.Contains(got, says) {
			return
		}
	}
	k.t.Fatalf("no page says %q", says)
}

// TestAStudyByKeyboard: from a question to the request to release its answer, without a
// mouse.
func TestAStudyByKeyboard(t *testing.T) {
	testenv.Need(t, "chromium")
	w := newWorld(t)
	w.inquires()
	k := keys{w.browses(t, "researcher")}
	k.opens("/id/studi")
	k.to(`a[href$="/studi/baru"]`)
	k.enters("Mulai dari pertanyaan dan datanya")
	k.types("title", "Apakah uang tunai dibelanjakan")
	k.types("question", "Apakah bantuan menaikkan belanja?")
	k.to("[name=programmes]")
	k.press(" ")
	k.chooses("dataset", w.ids["rumah"])
	k.chooses("purpose", "evaluation")
	k.chooses("position", w.ids["jabatan-pusat"])
	k.to("main form .actions button")
	k.enters("Bagaimana ditentukan siapa yang mendapat program?")
	k.chooses("decided", "lottery")
	k.chooses("outcome", "belanja")
	k.types("unit_words", "rupiah")
	k.chooses("better", "higher")
	k.chooses("expects", "rises")
	k.chooses("treatment", "ikut")
	k.to("main form .actions button")
	k.enters("Rancangan ini lengkap")
	k.to(`a[href$="/daftarkan"]`)
	k.enters("segel dan waktu")
	k.to("main form .actions button")
	k.enters("Rencana dikunci pada")
	k.to(`a[href*="/hitungan/jalankan"]`)
	k.enters("masuk antrean")
	k.chooses("rows", "real")
	k.to("main form .actions button")
	k.enters("Batalkan")
	for range 2 { // what waited before it comes first
		run, _, ok, err := w.store.ClaimRun(t.Context(), "uji", time.Minute)
		w.ok(err)
		if !ok {
			t.Fatal("no run was asked for")
		}
		result, kept := answerstest.Computed(t, run.Plan)
		w.done(w.store.AnswerRun(t.Context(), "uji", run.ID, study.Answer{Result: w.put(result), Moments: w.put(kept), Gate: w.put([]byte(`{"held":[]}`)), Version: "uji", Grade: "strong"}))
	}
	k.reads("tepat menurut rencana") // the page has drawn itself anew
	k.to(`a[href$="/laporan"]`)
	k.enters("Program menaikkan belanja sebesar")
	k.to(`main a[href*="/hitungan/"]`) // the run of the report
	k.enters("tepat menurut rencana")
	k.to(`a[href$="/minta-lepas"]`)
	k.enters("melihat tepat angka yang akan keluar")
	k.to("main form .actions button")
	k.enters("Permintaan dikirim ke pemeriksa keluaran")
}
