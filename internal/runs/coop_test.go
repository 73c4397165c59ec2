package runs_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // writes rows as intake keeps them

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

const (
	// persons is the contract of rows about people, and panel of those of several years.
	persons = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima contoh", "dampak:titleEn": "Example recipients", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": "nik", "fieldsMatch": "partial",
 "dampak:purpose": "uji", "dampak:legalBasis": "contoh", "dampak:retention": "2030-12-31",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [{"name": "nik", "title": "NIK", "dampak:titleEn": "Identity", "dampak:identity": "nik"}, {"name": "kode", "title": "Kode", "dampak:titleEn": "Code"}, {"name": "ikut", "title": "Ikut", "dampak:titleEn": "Takes part", "type": "integer", "constraints": {"minimum": 0, "maximum": 1}},
  {"name": "kelompok", "title": "Kelompok", "dampak:titleEn": "Group"}, {"name": "belanja", "title": "Belanja", "dampak:titleEn": "Spending", "type": "integer"}]}`
	personsOfYears = `{"dampak:contract": "1", "name": "penerima", "title": "Penerima contoh", "dampak:titleEn": "Example recipients", "dampak:class": "personal", "dampak:regions": ["35"], "primaryKey": ["nik", "tahun"], "fieldsMatch": "partial",
 "dampak:purpose": "uji", "dampak:legalBasis": "contoh", "dampak:retention": "2030-12-31",
 "foreignKeys": [{"fields": ["kode"], "reference": {"resource": "regions", "fields": ["code"]}}],
 "fields": [{"name": "nik", "title": "NIK", "dampak:titleEn": "Identity", "dampak:identity": "nik"}, {"name": "kode", "title": "Kode", "dampak:titleEn": "Code"}, {"name": "tahun", "title": "Tahun", "dampak:titleEn": "Year", "type": "year", "dampak:role": "period"},
  {"name": "mulai", "title": "Mulai", "dampak:titleEn": "Start", "type": "year"}, {"name": "belanja", "title": "Belanja", "dampak:titleEn": "Spending", "type": "integer"}]}`

	// people are 200 in each of two kabupaten, one of whom is of a group of his own.
	people = `SELECT sha256('orang ' || i) AS nik, CASE WHEN i % 2 = 0 THEN '3507' ELSE '3578' END AS kode, (i // 2 % 2)::INTEGER AS ikut,
 CASE WHEN i = 7 THEN 'sendiri' ELSE 'umum' END AS kelompok, (100 + i * 37 % 91 + i // 2 % 2 * 20)::INTEGER AS belanja FROM range(400) t(i)`

	everybody  = "dampak: 1\nid: bantuan\ndata: {penerima: penerima.csv}\ndesign: {experiment: {treatment: ikut}}\noutcomes: [{column: belanja, unit: rupiah}]\n"
	withoutOne = "dampak: 1\nid: bantuan\ndata: {penerima: penerima.csv}\ndesign: {experiment: {treatment: ikut, where: [{column: kelompok, is: umum}]}}\noutcomes: [{column: belanja, unit: rupiah}]\n"
)

// panelOf is the rows of so many people in ten years, who begin in one of three years
// or never.
func panelOf(n int) string {
	return fmt.Sprintf(`SELECT sha256('orang ' || i) AS nik, CASE WHEN i %% 2 = 0 THEN '3507' ELSE '3578' END AS kode, y::SMALLINT AS tahun,
 CASE WHEN i %% 4 > 0 THEN (2017 + i %% 4)::SMALLINT END AS mulai, (1000 + i * 37 %% 500 + y)::INTEGER AS belanja FROM range(%d) a(i), range(2015, 2025) b(y)`, n)
}

const panelPlan = "dampak: 1\nid: panel\ndata: {penerima: penerima.csv}\ndesign: {did: {unit: nik, time: tahun, first_treated: mulai}}\noutcomes: [{column: belanja, unit: rupiah}]\n"

// coop is a record with an agreement of two institutions and personal rows in
// two kabupaten. The researcher, rani, may be given permits; everybody is invented.
type coop struct {
	*world
	ids      map[string]string
	contract string
	shift    func(time.Duration) // moves the clock on
	open     func() *store.Store // the same record as another process opens it
}

func (w *coop) by(who, why string) store.By {
	if why == "" {
		why = "uji"
	}
	return store.By{Actor: event.Actor{User: w.ids[who], Via: event.Web}, Seen: store.Whatever, Why: why}
}

// seat acts from a position.
func (w *coop) seat(who, title, why string) store.By {
	b := w.by(who, why)
	b.Actor.Position, b.Actor.Capacity = w.ids[title], event.Definitive
	return b
}

func (w *coop) put(text string) string {
	w.t.Helper()
	hash, _, err := w.Contents().Put(w.ctx, strings.NewReader(text))
	w.ok(err)
	return hash
}

func (w *coop) file(name string) cooperation.File {
	return cooperation.File{SHA256: w.put("isi " + name), Name: name, Type: "application/pdf", Bytes: int64(len("isi " + name))}
}

// cooperates makes the record, in a folder or, with a URL, in PostgreSQL.
func cooperates(t testing.TB, url, contractText, rows string) *coop {
	t.Helper()
	return cooperatesIn(t, func(string) {}, url, contractText, rows)
}

// cooperatesIn is cooperates in a folder that is prepared first.
func cooperatesIn(t testing.TB, prepare func(dir string), url, contractText, rows string) *coop {
	t.Helper()
	begin, at, mu := time.Now(), time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC), sync.Mutex{}
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Millisecond)
		return at.Add(time.Since(begin))
	}
	config := store.Config{Dir: t.TempDir(), URL: url, Now: now, Migrate: true}
	prepare(config.Dir)
	w := &coop{world: &world{t: t, ctx: context.Background(), dir: config.Dir}, ids: map[string]string{}}
	w.shift = func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(d)
	}
	w.open = func() *store.Store {
		s, err := store.Open(w.ctx, config)
		w.ok(err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	w.Store = w.open()

	machine := store.By{Actor: event.Actor{User: "mesin", Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: "mesin"}, Seen: store.Whatever, Why: "uji"}
	password := "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"
	rini, token, err := w.FirstAdministrator(w.ctx, machine, access.User{Name: "Rini", Email: "rini@contoh.example", Language: "id"})
	w.ok(err)
	w.ids["rini"] = rini
	_, err = w.Accept(w.ctx, event.Web, token, password)
	w.ok(err)
	for _, o := range []struct {
		short  string
		kind   registry.OrganisationKind
		office registry.Office
		code   string
	}{{"B2P3KS", registry.MinistryCentre, "", registry.Nation}, {"Dinsos Jatim", registry.ProvinceOffice, "", "35"}, {"Kesbangpol", registry.ProvinceOffice, "kesbangpol", "35"},
		{"Dinsos Malang", registry.RegencyOffice, "", "3507"}, {"Dinsos Surabaya", registry.RegencyOffice, "", "3578"}} {
		w.ids[o.short], _, err = w.RegisterOrganisation(w.ctx, w.by("rini", ""), registry.Organisation{Kind: o.kind, Office: o.office, Region: o.code, Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Kantor " + o.short, Short: o.short}}})
		w.ok(err)
	}
	for _, p := range []struct {
		name, office, region, title string
		role                        access.Role
	}{{"dewi", "B2P3KS", registry.Nation, "Kepala Balai", access.Head}, {"rani", "B2P3KS", registry.Nation, "Peneliti", access.Researcher},
		{"sri", "Dinsos Jatim", "35", "Kepala Dinas", access.Head}, {"kirana", "Kesbangpol", "35", "Kepala Kesbangpol", access.Head},
		{"budi", "Dinsos Jatim", "35", "", access.Analyst}, {"wiwit", "Dinsos Jatim", "35", "", access.DataSteward}, {"yuni", "Dinsos Jatim", "35", "", access.DataSteward},
		{"tono", "Dinsos Malang", "3507", "Kepala Malang", access.KabupatenOfficer}, {"wati", "Dinsos Surabaya", "3578", "Kepala Surabaya", access.KabupatenOfficer},
		{"intan", "Dinsos Jatim", "35", "", access.OutputChecker}} {
		id, token, _, err := w.AddUser(w.ctx, w.by("rini", ""), access.User{Name: p.name, Email: p.name + "@contoh.example", Language: "id", Organisation: w.ids[p.office]})
		w.ok(err)
		w.ids[p.name] = id
		_, err = w.Accept(w.ctx, event.Web, token, password)
		w.ok(err)
		if p.title != "" {
			w.ids[p.title], _, err = w.CreatePosition(w.ctx, w.by("rini", ""), registry.Position{Organisation: w.ids[p.office], Title: p.title, Period: registry.Period{From: "2026-01-01"}})
			w.ok(err)
			_, err = w.BeginHolding(w.ctx, w.by("rini", ""), w.ids[p.title], registry.Holding{User: id, Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01"}})
			w.ok(err)
		}
		grant, e, err := w.RequestGrant(w.ctx, w.by("rini", ""), access.Grant{User: id, Role: p.role, Region: p.region, Organisation: w.ids[p.office], Period: registry.Period{From: "2026-11-01", Until: "2027-10-31"}})
		w.ok(err)
		if e.Type == "grant-requested" {
			_, err = w.ConfirmGrant(w.ctx, machine, grant)
			w.ok(err)
		}
	}
	w.ask = w.by("rani", "")
	w.ids["programme"], _, err = w.RegisterProgramme(w.ctx, w.by("budi", ""), registry.Programme{Owner: w.ids["Dinsos Jatim"], Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2014-01-01"}})
	w.ok(err)
	w.dataset = w.keeps("Penerima contoh", contractText, rows)
	w.ids["agreement"] = w.agrees()
	return w
}

// keeps registers a dataset with rows that a query of DuckDB makes, as intake keeps
// them, and its contract.
func (w *coop) keeps(name, contractText, rows string) string {
	w.t.Helper()
	c, err := contract.Parse([]byte(contractText), "kontrak.json")
	w.ok(err)
	db, err := sql.Open("duckdb", "")
	w.ok(err)
	defer db.Close()
	var n int64
	w.ok(db.QueryRow("SELECT count(*) FROM (" + rows + ")").Scan(&n))
	content, _, err := w.Contents().Write(w.ctx, func(path string) error {
		_, err := db.Exec("COPY (" + rows + ") TO '" + path + "' (FORMAT parquet)")
		return err
	})
	w.ok(err)
	w.contract = w.put(contractText)
	class, columns, regions := c.Register()
	id, _, err := w.RegisterDataset(w.ctx, w.by("wiwit", ""), registry.Dataset{Owner: w.ids["Dinsos Jatim"], Name: name, Class: class, Programmes: []string{w.ids["programme"]}, Regions: regions, Columns: columns})
	w.ok(err)
	staged, _, err := w.StageDatasetVersion(w.ctx, w.by("wiwit", ""), id, registry.DatasetVersion{Rows: n, File: "penerima.csv", SHA256: w.put("berkas " + name), Content: content,
		Contract: w.contract, Quality: w.put("mutu"), Class: class, Columns: columns, Purpose: "uji", LegalBasis: "contoh", Retention: "2030-12-31"})
	w.ok(err)
	_, err = w.AcceptDatasetVersion(w.ctx, w.by("yuni", ""), id, staged)
	w.ok(err)
	return id
}

// agrees concludes the agreement of the two institutions.
func (w *coop) agrees() string {
	w.t.Helper()
	id, _, err := w.DraftAgreement(w.ctx, w.by("rani", ""), "pks", "", cooperation.Content{
		About: "Penelitian dampak bantuan sosial", Place: "Surabaya",
		Parties:  []cooperation.Party{{Organisation: w.ids["B2P3KS"], Position: w.ids["Kepala Balai"]}, {Organisation: w.ids["Dinsos Jatim"], Position: w.ids["Kepala Dinas"]}},
		Articles: []cooperation.Article{{Title: "Maksud dan tujuan", Paragraphs: []string{"Para pihak bekerja sama meneliti dampak."}}},
		Scope: cooperation.Scope{Programmes: []string{w.ids["programme"]}, Regions: []string{"35"}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2026-11-25", Until: "2026-12-31"},
			Datasets: []cooperation.Columns{{Dataset: w.dataset, Columns: []string{cooperation.All}}}},
		Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30},
	})
	w.ok(err)
	_, err = w.ProposeAgreement(w.ctx, w.by("dewi", ""), id)
	w.ok(err)
	for _, x := range []struct{ recorder, office, who string }{{"rani", "B2P3KS", "dewi"}, {"budi", "Dinsos Jatim", "sri"}} {
		var text string
		w.ok(w.View(w.ctx, func(r *store.Reader) error {
			a, _, err := store.AgreementOf(r, id)
			text = a.Frozen.SHA256
			return err
		}))
		_, err = w.RecordSignature(w.ctx, w.by(x.recorder, ""), id, cooperation.Signature{Organisation: w.ids[x.office], Way: cooperation.Paper, User: w.ids[x.who], Day: registry.DayOf(w.Now()), Originals: 2, Meterai: true,
			File: w.file("naskah-" + x.who + ".pdf"), Text: text})
		w.ok(err)
		_, err = w.CheckSignature(w.ctx, w.by("wiwit", ""), id, w.ids[x.office])
		w.ok(err)
	}
	return id
}

// studies drafts and registers a study of a plan under the agreement, and opens it a
// permit for these columns in both kabupaten; w.study and w.ids["permit"] are its own
// then.
func (w *coop) studies(plan string, columns ...string) string {
	w.t.Helper()
	return w.studiesOn(w.dataset, plan, columns...)
}

// studiesOn is studies of a plan that reads another dataset than the permit opens.
func (w *coop) studiesOn(dataset, plan string, columns ...string) string {
	w.t.Helper()
	if len(columns) == 0 {
		columns = []string{cooperation.All}
	}
	id, _, err := w.DraftStudy(w.ctx, w.ask, study.Study{Title: "Dampak contoh", Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Programmes: []string{w.ids["programme"]}, Agreement: w.ids["agreement"],
		Draft: &study.Protocol{Plan: plan, Hypotheses: []study.Hypothesis{{Outcome: "belanja", Expects: study.Differs}}, Data: []study.Use{{Name: "penerima", Dataset: dataset, Contract: w.contract}}}})
	w.ok(err)
	_, err = w.LockStudy(w.ctx, w.ask, id)
	w.ok(err)
	w.permits(id, columns...)
	return id
}

// permits opens a permit for a study; w.study and w.ids["permit"] are these then.
func (w *coop) permits(id string, columns ...string) {
	w.t.Helper()
	permit, _, err := w.DraftPermit(w.ctx, w.ask, cooperation.Request{
		Study: id, Agreement: w.ids["agreement"], Institution: w.ids["B2P3KS"], Kind: cooperation.DataUse, Title: "Dampak contoh", Aims: "Mengetahui dampak.", Method: "Selisih ganda.", Field: "Kesejahteraan sosial",
		Status: "new", Responsible: cooperation.Researcher{Position: w.ids["Peneliti"], User: w.ids["rani"]}, Purpose: "evaluation", Programmes: []string{w.ids["programme"]},
		Regions: []string{"3507", "3578"}, Datasets: []cooperation.Columns{{Dataset: w.dataset, Columns: columns}}, Period: registry.Period{From: "2026-11-25", Until: "2026-12-20"},
	})
	w.ok(err)
	for _, k := range cooperation.AttachmentKinds {
		_, err = w.AttachToPermit(w.ctx, w.ask, permit, cooperation.Attachment{Kind: k, File: w.file(string(k) + ".pdf")})
		w.ok(err)
	}
	_, err = w.NameStudyPermit(w.ctx, w.ask, id, w.ids["agreement"], permit)
	w.ok(err)
	_, err = w.SubmitPermit(w.ctx, w.ask, permit)
	w.ok(err)
	_, err = w.RecommendPermit(w.ctx, w.seat("kirana", "Kepala Kesbangpol", ""), permit, store.PermitAnswer{})
	w.ok(err)
	_, err = w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, store.PermitAnswer{})
	w.ok(err)
	for region, who := range map[string][2]string{"3507": {"tono", "Kepala Malang"}, "3578": {"wati", "Kepala Surabaya"}} {
		_, err = w.GrantRegion(w.ctx, w.seat(who[0], who[1], ""), permit, store.PermitAnswer{Region: region})
		w.ok(err)
	}
	w.study, w.ids["permit"] = id, permit
}

var hashes = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// unnamed are the contents that no event names: what was put for nothing.
func (w *coop) unnamed() (all []string) {
	w.t.Helper()
	named := map[string]bool{}
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		for e, err := range r.Log(0) {
			if err != nil {
				return err
			}
			for _, hash := range hashes.FindAllString(string(e.After), -1) {
				named[hash] = true
			}
		}
		return nil
	}))
	w.ok(filepath.WalkDir(filepath.Join(w.dir, "content"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !named[d.Name()] {
			all = append(all, d.Name())
		}
		return err
	}))
	return all
}

// looks are the looks at rows that the record notes for runs.
func (w *coop) looks() (n int) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(r *store.Reader) error {
		all, err := store.LooksUnder(r, w.ids["agreement"], 0, 0)
		n = len(slices.DeleteFunc(all, func(l store.NotedLook) bool { return l.Kind != access.RunLook }))
		return err
	}))
	return n
}
