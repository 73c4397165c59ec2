package web

import (
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// TestNobodySeesOutcomesBeforeTheRegistration: whoever is of a study that is not
// registered finds nothing of its outcome on the pages of the data, and everything once
// it is; who brings data in and is of the study is told so.
func TestNobodySeesOutcomesBeforeTheRegistration(t *testing.T) {
	w := newWorld(t)
	w.holdsData()
	w.done(w.store.AcceptDatasetVersion(t.Context(), w.by("petugas-malang", ""), w.ids["penerima-malang"], 2))
	w.takesIn("kabupaten-officer", "@penerima-malang", "Penerima Malang 2024", recipients(20, 45)+invented(900)+";Contoh Nama;3507;2024;98.765,25\n")
	var set registry.Dataset
	w.ok(w.store.View(t.Context(), func(r *store.Reader) (err error) {
		set, _, err = store.DatasetOf(r, w.ids["penerima-malang"])
		return err
	}))
	plan := "dampak: 1\nid: bantuan\ndata: {data: x.parquet}\ndesign: {did: {unit: nik, time: tahun, first_treated: kode_kab}}\noutcomes: [{column: bantuan}]\n"
	w.gives("petugas-malang", access.Researcher, "3507", "malang", "2027-10-01")
	id, e, err := w.store.DraftStudy(t.Context(), w.by("petugas-malang", ""), study.Study{Title: "Dampak di Malang", Position: w.ids["jabatan-malang"], User: w.ids["petugas-malang"], Purpose: "evaluation", Draft: &study.Protocol{
		Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "bantuan", Expects: study.Rises}}, Data: []study.Use{{Name: "data", Dataset: set.ID, Contract: set.Versions[2].Contract, Period: "tahun"}}}})
	w.made("studi-malang", id, e, err)
	why := "kolom itu hasil yang diukur studi yang belum didaftarkan (Dampak di Malang)"
	telling := []struct{ path, tells string }{
		{"/data/@penerima-malang", "paling banyak"}, {"/data/@penerima-malang/kontrak/2", `"maximum"`}, {"/data/@penerima-malang/mutu/3", "nilai di atas batas terbesar"},
		{"/data/@penerima-malang/perubahan/3", ">bantuan<"}, {"/data/@penerima-malang/perubahan/3", " berubah."},
	}
	see := func(who string, sees bool) {
		t.Helper()
		for _, x := range telling {
			page := w.get(who, x.path)
			if body := page.Body.String(); page.Code != 200 || strings.Contains(body, x.tells) != sees || !strings.Contains(x.path, "kontrak") && strings.Contains(body, why) == sees {
				t.Errorf("%s, %s: %d, tells %q: %v, want %v", who, x.path, page.Code, x.tells, strings.Contains(body, x.tells), sees)
			}
		}
	}
	see("analyst", true)
	see("petugas-malang", false)
	for _, says := range []string{why, "Sebaiknya orang lain yang menerima"} {
		if page := w.get("petugas-malang", "/data/@penerima-malang/terima"); page.Code != 200 || !strings.Contains(page.Body.String(), says) {
			t.Errorf("the form of acceptance does not say %q", says)
		}
	}
	w.done(w.store.LockStudy(t.Context(), w.by("petugas-malang", ""), w.ids["studi-malang"]))
	see("petugas-malang", true)
}
