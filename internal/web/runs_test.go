package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
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
