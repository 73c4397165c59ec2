package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/answers/answerstest"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/result"
)

// leavesOf are the addresses at which numbers of a run stand.
var leavesOf = []string{"/laporan", "/hasil.json", "/tabel.xlsx", "/paket.zip"}

// TestAReportAskedForTooEarly: before the release nobody of another study gets a number
// at any address, and each says why; nothing is noted, for nothing was seen.
func TestAReportAskedForTooEarly(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	closed := map[string]string{"": "sampai dilepas hanya orang studinya yang melihatnya", "/en": "until they are, only the people of its study see them"}
	none := map[string]string{"": "belum mempunyai jawaban", "/en": "has no answer yet"}
	var rows []row
	for _, leaf := range leavesOf {
		for lang := range closed {
			rows = append(rows,
				row{"analyst", "GET", lang + "/hitungan/@hitungan" + leaf, "", 404, closed[lang], 0}, row{"pemeriksa", "GET", lang + "/hitungan/@hitungan" + leaf, "", 404, closed[lang], 0},
				row{"analyst", "GET", lang + "/hitungan/@hitungan-menunggu" + leaf, "", 404, closed[lang], 0}, row{"researcher", "GET", lang + "/hitungan/@hitungan-menunggu" + leaf, "", 404, none[lang], 0},
				row{"researcher", "GET", lang + "/hitungan/@hitungan-gagal" + leaf, "", 404, none[lang], 0})
		}
		rows = append(rows, row{"nobody", "GET", "/hitungan/@hitungan" + leaf, "", 403, "", 0}, row{"", "GET", "/hitungan/@hitungan" + leaf, "", 303, "", 0}, row{"analyst", "GET", "/hitungan/tidakada" + leaf, "", 404, "", 0})
	}
	asks(t, w, rows)
	effect := "estimate" // of the JSON, the workbook and the report, in some form
	for _, leaf := range leavesOf {
		got := w.get("analyst", "/hitungan/@hitungan"+leaf)
		if got.Header().Get("Content-Disposition") != "" || strings.Contains(got.Body.String(), effect) || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %v", leaf, got.Header())
		}
	}
}

// asks is plays for addresses that name their language.
func asks(t *testing.T, w *world, rows []row) {
	t.Helper()
	for _, x := range rows {
		before := w.head()
		got := w.get(x.who, x.url)
		if got.Code != x.status || !strings.Contains(got.Body.String(), x.contains) || w.head() != before+x.events {
			t.Errorf("%s %s: %d, %d events\n%s", x.who, x.url, got.Code, w.head()-before, mainOf(got.Body.String()))
		}
	}
}

// TestAnotherPlanMayRun: what is asked for instead of what is registered is what runs,
// and what a plan cannot be is told at the form.
func TestAnotherPlanMayRun(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	w.done(w.store.CancelRun(t.Context(), w.by("researcher", ""), w.ids["hitungan-menunggu"]))
	other := studyPlan + "inference:\n  level: 0.9\n"
	w.plays(t, map[string]bool{}, []row{
		{"researcher", "GET", "/hitungan/jalankan", "", 200, "Jalankan rencana lain", 0},
	})
	for _, x := range []struct {
		plan, rows string
		status     int
		contains   string
	}{
		{"dampak: 1\nid: [", "dummy", 422, "susunan YAML tidak terbaca"},
		{strings.Replace(other, "data: rumah.csv", "lain: rumah.csv", 1), "dummy", 422, "lain"},
		{strings.Replace(other, "column: belanja", "column: tahun", 1), "dummy", 303, ""},
		{other, "real", 303, ""},
	} {
		v := w.opened("researcher", "/hitungan/jalankan")
		v["of"], v["rows"], v["other_plan"] = []string{w.ids["studi"]}, []string{x.rows}, []string{x.plan}
		got := w.sendForm("researcher", "/hitungan/jalankan", v)
		if got.Code != x.status || !strings.Contains(got.Body.String(), x.contains) {
			t.Errorf("%q: %d %s", x.plan, got.Code, mainOf(got.Body.String()))
		}
		if x.status == 422 && !regexp.MustCompile(`<details class="field area folded[^"]*" open>`).MatchString(got.Body.String()) {
			t.Errorf("%q: what was typed is folded away", x.plan)
		}
	}
	var ran study.Run
	w.ok(w.store.View(t.Context(), func(r *store.Reader) error {
		all, err := store.RunsOf(r, w.ids["studi"])
		for _, x := range all {
			if strings.Contains(x.Plan, "level: 0.9") && !x.Dummy {
				ran = x
			}
		}
		return err
	}))
	if ran.State != study.Queued || ran.Registration != 1 {
		t.Errorf("%+v", ran)
	}
}

// TestTheAPIGivesWhatThePagesGive: result, tables and data package of a run are the same
// bytes at either door, before the release for the study's people, afterwards for all.
func TestTheAPIGivesWhatThePagesGive(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	same := func(who string) {
		t.Helper()
		for leaf, below := range map[string]string{"/hasil.json": "/result", "/tabel.xlsx": "/tables", "/paket.zip": "/package"} {
			page, door := w.get(who, "/hitungan/@hitungan"+leaf), w.get(who, "/api/v1/runs/@hitungan"+below)
			a, b := page.Body.Bytes(), door.Body.Bytes()
			if below == "/result" { // the door writes the same value without the blanks
				a, b = compact(t, a), compact(t, b)
			}
			if page.Code != 200 || door.Code != 200 || !bytes.Equal(a, b) || page.Header().Get("Content-Disposition") != door.Header().Get("Content-Disposition") && below != "/result" {
				t.Errorf("%s %s: %d %d, %d and %d bytes %s %s", who, leaf, page.Code, door.Code, len(a), len(b), page.Header(), door.Header())
			}
		}
	}
	same("researcher")
	w.letsGo("hitungan")
	same("analyst")
}

func compact(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTheCheckerSeesWhatLeaves: the form has each number with unit, interval and n, what
// the first gate said, and what was let go or refused before on the same data; a reason
// is asked for where something is held back.
func TestTheCheckerSeesWhatLeaves(t *testing.T) {
	w := newWorld(t)
	w.finds() // of the same data one run was released before
	at := "/hitungan/@hitungan-ketiga"
	var of study.Study
	w.ok(w.store.View(t.Context(), func(r *store.Reader) (err error) {
		of, _, err = store.StudyOf(r, w.ids["studi-kedua"])
		return err
	}))
	other := of.Registrations[0].Protocol
	other.Plan = strings.TrimSpace(studyPlan) + "\n  - column: makan\n    unit: kali\n"
	other.Hypotheses = append(slices.Clone(other.Hypotheses), study.Hypothesis{Outcome: "makan", Expects: study.Rises})
	run, e, err := w.store.QueueRun(t.Context(), w.by("researcher", ""), of.ID, store.RunAsk{Protocol: &other, Limits: study.UsualLimits})
	w.made("hitungan-ketiga", run, e, err)
	_, _, _, err = w.store.ClaimRun(t.Context(), "uji", time.Minute)
	w.ok(err)
	result, kept := answerstest.Computed(t, other.Plan)
	w.done(w.store.AnswerRun(t.Context(), "uji", run, study.Answer{Result: w.put(result), Moments: w.put(kept), Gate: w.put([]byte(`{"held":[],"decisions":[{"output":{"tables":[{"by":["ikut"]}]},"asks":[{"rule":"all-equal","values":{"column":"belanja"}}]}]}`)), Version: "uji", Grade: "strong",
		Scope: []study.Opened{{Name: "data", Columns: []string{"belanja"}, Regions: []string{"35"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}, Rows: 60}}})) // of persons: a look is noted
	w.done(w.store.RequestRelease(t.Context(), w.by("researcher", ""), run))
	var rows []row
	for _, says := range []string{"belanja, ", "22 rupiah (selang 95\u00a0%: 14,30 sampai 29,70), n 60", "makan, efek rata-rata: ", " kali (selang", "Tidak ada angka yang ditahannya", "Perlu dilihat orang", "dari data yang sama: 2", "Dampak di tempat lain", "Dampak contoh", "1 dilepas", "tulis alasannya", "yang ikut keluar: ", "belanja: kelompok, 2 baris"} {
		rows = append(rows, row{"pemeriksa", "GET", at + "/lepas", "", 200, says, 2}) // in either language: that it was seen
	}
	rows = append(rows, row{"pemeriksa", "GET", at + "/lepas?bulat=1", "", 200, "dibulatkan ke kelipatan 5", 2}, row{"pemeriksa", "GET", at + "/lepas?bulat=1", "", 200, "22 rupiah (selang 95\u00a0%: 14,30 sampai 29,70), n 60", 2}, row{"pemeriksa", "GET", at, "", 200, "dari data yang sama: 2", 0}, row{"researcher", "GET", at + "/lepas", "", 403, "", 0},
		row{"pemeriksa", "POST", at + "/lepas", "leaves=", 422, "Alasan menahan 2 angka belum ditulis", 1}, row{"pemeriksa", "POST", at + "/lepas", "leaves=&why=satu sel kecil", 422, "Tidak ada angka yang akan keluar", 1},
		row{"pemeriksa", "POST", at + "/lepas", "leaves=makan/att&rounded=1&why=satu sel kecil", 303, "", 2}, row{"analyst", "GET", at, "", 200, "Yang keluar dibulatkan", 0}, row{"analyst", "GET", at, "", 200, "1 angka ditahan: satu sel kecil", 0})
	w.plays(t, map[string]bool{}, rows)
	if page := w.get("researcher", at).Body.String(); strings.Contains(page, "terdahulu") {
		t.Error("who is of the study sees what the checker sees")
	}
	if got := w.get("analyst", at+"/hasil.json").Body.String(); strings.Contains(got, "14.30") || !strings.Contains(got, `"estimate": null`) || !strings.Contains(got, `"n": 60`) || !strings.Contains(got, `"se": 0.677,`) {
		t.Errorf("%.600s", got)
	}
}

// TestImpliedInWords: a checker reads which number would be known by the words of the
// list, not by keys.
func TestImpliedInWords(t *testing.T) {
	var cell, event answers.Number
	cell.Key, cell.Outcome, cell.Term, cell.Group, cell.Time = "cell", "belanja", "att-gt", result.Number(2021), result.Number(2025)
	four := int64(4)
	event.Key, event.Outcome, event.Term, event.Event = "event", "belanja", "event", &four
	c := &call{lang: i18n.ID}
	err := c.callNumbers(problem.List{problem.New("answer-implied", "found", "cell", "from", []string{"event"}, "field", "held_keys")}, []answers.Number{cell, event})
	if got := c.says(problem.Of(err)[0]); !strings.Contains(got, "belanja, efek per gelombang dan periode, 2021, 2025") || !strings.Contains(got, "+4 periode") {
		t.Error(got)
	}
	if other := errors.New("x"); !errors.Is(c.callNumbers(other, nil), other) {
		t.Error("another error is not its own")
	}
}

// TestATrialSaysSo: the report of a run on made-up rows says first that it is one, in the
// reader's language; that of rows does not.
func TestATrialSaysSo(t *testing.T) {
	w := newWorld(t)
	w.inquires()
	id, e, err := w.store.QueueRun(t.Context(), w.by("researcher", ""), w.ids["studi"], store.RunAsk{Dummy: true, Limits: study.UsualLimits})
	w.made("percobaan", id, e, err)
	for claimed := ""; claimed != id; { // the one that waited before it first
		r, _, ok, err := w.store.ClaimRun(t.Context(), "uji", time.Minute)
		w.ok(err)
		if !ok {
			t.Fatal("the trial does not wait")
		}
		claimed = r.ID
	}
	result, kept := w.computed()
	w.done(w.store.AnswerRun(t.Context(), "uji", id, study.Answer{Result: w.put(result), Moments: w.put(kept), Gate: w.put([]byte(`{"held":[],"public":true}`)), Version: "uji", Grade: "strong"}))
	for path, want := range map[string]string{"/hitungan/@percobaan/laporan": "Percobaan pada baris buatan", "/en/hitungan/@percobaan/laporan": "A trial on made-up rows"} {
		if page := w.get("researcher", path); page.Code != 200 || !strings.Contains(page.Body.String(), want) {
			t.Errorf("%s: %d, without %q", path, page.Code, want)
		}
	}
	if page := w.get("researcher", "/hitungan/@hitungan/laporan"); page.Code != 200 || strings.Contains(page.Body.String(), "Percobaan pada baris buatan") {
		t.Error("an answer from rows is called a trial")
	}
}
