package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/plan"
)

// familyContract is of rows of a whole province; SYSTEM is how they name regions, and
// LENGTHS of what.
const familyContract = `{"dampak:contract": "1", "name": "keluarga", "title": "Keluarga contoh", "dampak:titleEn": "Example families", "dampak:class": "limited", "dampak:regions": ["35"], "fieldsMatch": "partial",
 "dampak:purpose": "uji", "dampak:legalBasis": "contoh", "dampak:retention": "2030-12-31", "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["SYSTEM"]}}],
 "fields": [{"name": "kode", "title": "Kode", "dampak:titleEn": "Code", "constraints": {LENGTHS}}, {"name": "ikut", "type": "integer", "title": "Ikut", "dampak:titleEn": "Takes part", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "belanja", "type": "integer", "title": "Belanja", "dampak:titleEn": "Spending"}]}`

// holdsFamilies takes in rows of that dataset; of kabupaten it is told how many.
func (w *world) holdsFamilies(system, lengths string) (contract string) {
	w.t.Helper()
	put := func(text string) string {
		hash, _, err := w.store.Contents().Put(w.t.Context(), strings.NewReader(text))
		w.ok(err)
		return hash
	}
	contract = put(strings.NewReplacer("SYSTEM", system, "LENGTHS", lengths).Replace(familyContract))
	n, _, err := w.store.StageDatasetVersion(w.t.Context(), w.by("data-steward", ""), w.ids["keluarga"], registry.DatasetVersion{Rows: 900, File: "keluarga.csv", SHA256: contract, Content: put("baris " + system), Contract: contract, Quality: contract,
		Class: registry.LimitedData, Columns: []registry.Column{{Name: "belanja", Words: registry.Words{ID: "belanja", EN: "spending"}}}, Purpose: "uji", LegalBasis: "contoh", Retention: "2030-12-31", Regions: []string{"3507", "3526", "3527"},
		Coverage: put(string(registry.EncodeCoverage([]registry.CoverageCell{{Region: "3507", Rows: 500}, {Region: "3526", Rows: 100}, {Region: "3527", Rows: 300}})))})
	w.ok(err)
	w.done(w.store.AcceptDatasetVersion(w.t.Context(), w.by("walidata-lain", ""), w.ids["keluarga"], n))
	return contract
}

// TestRegionsOfAPlanMadeFromQuestions: a study that names a permit for two kabupaten has
// them chosen already, the plan that its answers make names them as the data spell them,
// and what it could find rests on their rows; without a choice it is all. Data whose
// regions are not those are not asked for any.
func TestRegionsOfAPlanMadeFromQuestions(t *testing.T) {
	w := newWorld(t)
	w.cooperates()
	w.person("walidata-lain", "provinsi")
	w.gives("walidata-lain", access.DataSteward, "35", "provinsi", "2027-10-01")
	contract := w.holdsFamilies("kemendagri", "")
	begin := func(columns ...string) {
		id, e, err := w.store.DraftStudy(t.Context(), w.by("researcher", ""), study.Study{Title: "Belanja keluarga", Position: w.ids["jabatan-pusat"], User: w.ids["researcher"], Purpose: "evaluation", Programmes: []string{w.ids["program"]}, Agreement: w.ids["kerjasama"],
			Draft: &study.Protocol{Data: []study.Use{{Name: "data", Dataset: w.ids["keluarga"], Contract: contract}}, Setting: study.Setting{Abstract: "Apakah belanja naik?"}}})
		w.made("studi-baru", id, e, err)
		if columns == nil {
			return
		}
		permit, _, err := w.store.DraftPermit(t.Context(), w.by("researcher", ""), cooperation.Request{Study: id, Agreement: w.ids["kerjasama"], Institution: w.ids["pusat"], Kind: cooperation.DataUse, Title: "Belanja keluarga", Purpose: "evaluation",
			Programmes: []string{w.ids["program"]}, Regions: []string{"3507", "3527"}, Datasets: []cooperation.Columns{{Dataset: w.ids["keluarga"], Columns: columns}}})
		w.ok(err)
		w.done(w.store.NameStudyPermit(t.Context(), w.by("researcher", ""), id, w.ids["kerjasama"], permit))
	}
	const form, answers = "/studi/@studi-baru/ubah", "decided=lottery&treatment=ikut&outcome=belanja&better=higher&expects=rises&sd=20"
	chosen := func() (codes []string) {
		page := w.get("researcher", form).Body.String()
		for _, code := range []string{"3507", "3526", "3527"} {
			if strings.Contains(page, `name="regions" value="`+code+`" checked`) {
				codes = append(codes, code)
			} else if !strings.Contains(page, `name="regions" value="`+code+`"`) {
				codes = append(codes, "no "+code)
			}
		}
		return codes
	}
	draft := func() (p study.Protocol) {
		w.ok(w.store.View(t.Context(), func(r *store.Reader) error {
			s, _, err := store.StudyOf(r, w.ids["studi-baru"])
			p = *s.Draft
			return err
		}))
		return p
	}

	begin(cooperation.All)
	if got := chosen(); !slices.Equal(got, []string{"3507", "3527"}) {
		t.Errorf("of a permit for two are chosen: %v", got)
	}
	for _, code := range []string{"3404", "35", "x"} {
		if got := w.post("researcher", form, answers+"&regions="+code); got.Code != 422 || !strings.Contains(got.Body.String(), "bukan kabupaten/kota dalam data Keluarga contoh") {
			t.Errorf("the region %s: %d", code, got.Code)
		}
	}
	w.sends("researcher", form, answers+"&regions=3507&regions=3527")
	d, err := designs.Parse([]byte(draft().Plan), "")
	w.ok(err)
	if where := d.Plan.Where; len(where) != 1 || where[0].Name != "kode" || where[0].Test != plan.In || len(where[0].Values) != 2 || where[0].Values[0].Text != "3507" || where[0].Values[1].Text != "3527" {
		t.Errorf("%+v\n%s", where, draft().Plan)
	}
	if n := draft().Setting.Observations; n == nil || *n != 800 {
		t.Errorf("its power rests on %v rows", n)
	}

	begin()
	if got := chosen(); len(got) != 0 {
		t.Errorf("without a permit are chosen: %v", got)
	}
	w.sends("researcher", form, answers)
	if p := draft(); strings.Contains(p.Plan, "where") || *p.Setting.Observations != 900 {
		t.Errorf("all regions: %s", p.Plan)
	}

	begin("belanja", "ikut")
	if got := chosen(); !slices.Equal(got, []string{"no 3507", "no 3526", "no 3527"}) {
		t.Errorf("a column that the permit does not open is asked: %v", got)
	}
	w.holdsFamilies("code", `"minLength": 10`)
	begin()
	if got := chosen(); !slices.Equal(got, []string{"no 3507", "no 3526", "no 3527"}) {
		t.Errorf("villages are asked for kabupaten: %v", got)
	}
}
