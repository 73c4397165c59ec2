package web

import (
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// seat acts from a position.
func (w *world) seat(who, position, why string) store.By {
	b := w.by(who, why)
	b.Actor.Position, b.Actor.Capacity = w.ids[position], event.Definitive
	return b
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) done(_ event.Event, err error) { w.t.Helper(); w.ok(err) }

func (w *world) made(name, id string, _ event.Event, err error) {
	w.t.Helper()
	w.ok(err)
	w.ids[name] = id
}

// kept keeps a content and names it.
func (w *world) kept(name string) cooperation.File {
	w.t.Helper()
	hash, n, err := w.store.Contents().Put(w.t.Context(), strings.NewReader("isi "+name))
	w.ok(err)
	return cooperation.File{SHA256: hash, Name: name, Type: "application/pdf", Bytes: n}
}

// office makes an organisation with one position that somebody new holds.
func (w *world) office(name string, o registry.Organisation, full, short, person string, role access.Role) {
	w.t.Helper()
	o.Period, o.Names = registry.Period{From: "2020-01-01"}, []registry.Name{{Full: full, Short: short, From: "2020-01-01"}}
	id, e, err := w.store.RegisterOrganisation(w.t.Context(), w.by("admin", "uji"), o)
	w.made(name, id, e, err)
	id, e, err = w.store.CreatePosition(w.t.Context(), w.by("admin", "uji"), registry.Position{Organisation: w.ids[name], Title: "Kepala " + short, Period: registry.Period{From: "2020-01-01"}})
	w.made("jabatan-"+name, id, e, err)
	if person != "" {
		w.person(person, name)
		w.holds(person, name)
		w.gives(person, role, o.Region, name, "2027-10-01")
	}
}

func (w *world) holds(person, office string) {
	w.t.Helper()
	w.done(w.store.BeginHolding(w.t.Context(), w.by("admin", "uji"), w.ids["jabatan-"+office], registry.Holding{User: w.ids[person], Capacity: event.Definitive, Period: registry.Period{From: "2026-01-01"}}))
}

// cooperates adds to a world: an agreement in force of the centre and the province
// under which silence counts after five working days, a study with two datasets, and
// permits at several stages. Three kabupaten answer: Malang, Sampang, Bangkalan.
func (w *world) cooperates() {
	w.t.Helper()
	ctx := w.t.Context()
	w.office("bakesbangpol", registry.Organisation{Kind: registry.ProvinceOffice, Office: "kesbangpol", Region: "35"}, "Badan Kesatuan Bangsa dan Politik Provinsi Jawa Timur", "Bakesbangpol", "kesbangpol", access.Head)
	w.office("bangkalan", registry.Organisation{Kind: registry.RegencyOffice, Region: "3526"}, "Dinas Sosial Kabupaten Bangkalan", "Dinsos Bangkalan", "", "")
	w.holds("researcher", "pusat")
	w.holds("kabupaten-officer", "malang")
	w.person("sampang-officer", "sampang")
	w.holds("sampang-officer", "sampang")
	w.gives("sampang-officer", access.KabupatenOfficer, "3527", "sampang", "2027-10-01")

	id, e, err := w.store.RegisterProgramme(ctx, w.by("analyst", ""), registry.Programme{Owner: w.ids["provinsi"], Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2024-01-01"}})
	w.made("program", id, e, err)
	columns := []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil kesejahteraan", EN: "decile of welfare"}}, {Name: "umur", Words: registry.Words{ID: "umur", EN: "age"}}}
	id, e, err = w.store.RegisterDataset(ctx, w.by("data-steward", ""), registry.Dataset{Owner: w.ids["provinsi"], Name: "Susenas contoh", Class: registry.LimitedData, Programmes: []string{w.ids["program"]}, Regions: []string{"35"}, Columns: columns})
	w.made("dataset", id, e, err)
	id, e, err = w.store.RegisterDataset(ctx, w.by("kabupaten-officer", ""), registry.Dataset{Owner: w.ids["malang"], Name: "Penerima contoh", Class: registry.PersonalData, Programmes: []string{w.ids["program"]}, Regions: []string{"3507"}, Columns: columns})
	w.made("penerima", id, e, err)

	id, e, err = w.store.RegisterDataset(ctx, w.by("data-steward", ""), registry.Dataset{Owner: w.ids["provinsi"], Name: "Keluarga contoh", Class: registry.LimitedData, Programmes: []string{w.ids["program"]}, Regions: []string{"35"}, Columns: columns})
	w.made("keluarga", id, e, err)

	w.person("kepala-pusat", "pusat")
	id, e, err = w.store.CreatePosition(ctx, w.by("admin", "uji"), registry.Position{Organisation: w.ids["pusat"], Title: "Kepala Balai", Period: registry.Period{From: "2020-01-01"}})
	w.made("jabatan-kepala-pusat", id, e, err)
	w.holds("kepala-pusat", "kepala-pusat")
	w.gives("kepala-pusat", access.Head, "0000", "pusat", "2027-10-01")

	agreement, _, err := w.store.DraftAgreement(ctx, w.by("researcher", ""), "pks", "", cooperation.Content{
		About: "Penelitian dampak bantuan sosial", Place: "Surabaya",
		Parties:  []cooperation.Party{{Organisation: w.ids["pusat"], Position: w.ids["jabatan-kepala-pusat"]}, {Organisation: w.ids["provinsi"], Position: w.ids["jabatan-provinsi"]}},
		Articles: []cooperation.Article{{Title: "Maksud dan tujuan", Paragraphs: []string{"Para pihak bekerja sama meneliti dampak."}}},
		Scope: cooperation.Scope{Programmes: []string{w.ids["program"]}, Regions: []string{"35"}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2026-11-25", Until: "2027-09-30"},
			Datasets: []cooperation.Columns{{Dataset: w.ids["dataset"], Columns: []string{"desil"}}, {Dataset: w.ids["penerima"], Columns: []string{cooperation.All}}, {Dataset: w.ids["keluarga"], Columns: []string{cooperation.All}}}},
		Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30},
	})
	w.ok(err)
	w.ids["kerjasama"] = agreement
	w.done(w.store.ProposeAgreement(ctx, w.by("head", ""), agreement))
	for _, x := range []struct{ recorder, office, who string }{{"researcher", "pusat", "kepala-pusat"}, {"analyst", "provinsi", "head"}} {
		var text string
		w.ok(w.store.View(ctx, func(r *store.Reader) error {
			a, _, err := store.AgreementOf(r, agreement)
			text = a.Frozen.SHA256
			return err
		}))
		w.done(w.store.RecordSignature(ctx, w.by(x.recorder, ""), agreement, cooperation.Signature{Organisation: w.ids[x.office], Way: cooperation.Paper, User: w.ids[x.who], Day: registry.DayOf(w.now()),
			Originals: 2, Meterai: true, File: w.kept("naskah-" + x.who + ".pdf"), Text: text}))
		w.done(w.store.CheckSignature(ctx, w.by("data-steward", ""), agreement, w.ids[x.office]))
	}
	id, e, err = w.store.RegisterStudy(ctx, w.by("researcher", ""), study.Study{Title: "Dampak contoh", Position: w.ids["jabatan-pusat"], User: w.ids["researcher"], Purpose: "evaluation", Programmes: []string{w.ids["program"]}, Agreement: agreement})
	w.made("studi", id, e, err)

	id, e, err = w.store.DraftPermit(ctx, w.by("researcher", ""), cooperation.Request{Study: w.ids["studi"], Agreement: agreement, Institution: w.ids["pusat"], Kind: cooperation.FieldWork})
	w.made("izin-kosong", id, e, err)
	w.ids["izin-lengkap"] = w.draftWhole(cooperation.DataUse)
	w.ids["izin-diajukan"] = w.submitPermit(cooperation.DataUse)
	w.ids["izin-diperiksa"] = w.submitPermit(cooperation.DataUse)
	w.done(w.store.RecommendPermit(ctx, w.seat("kesbangpol", "jabatan-bakesbangpol", ""), w.ids["izin-diperiksa"], store.PermitAnswer{}))
	w.ids["izin-terbuka"] = w.openPermit(cooperation.DataUse)
	w.ids["izin-lapangan"] = w.openPermit(cooperation.FieldWork)
	w.ids["izin-bersurat"] = w.openPermit(cooperation.DataUse)
	w.done(w.store.GrantRegion(ctx, w.seat("kabupaten-officer", "jabatan-malang", ""), w.ids["izin-bersurat"], store.PermitAnswer{Region: "3507"}))
	w.letter("izin-bersurat", "070/100")
	w.ids["isi"] = w.kept(string(cooperation.CentreLetter) + ".pdf").SHA256
	w.done(w.store.NameStudyPermit(ctx, w.by("researcher", ""), w.ids["studi"], agreement, w.ids["izin-terbuka"]))
}

// letter issues a letter of a permit; its code goes by @kode.
func (w *world) letter(permit, number string) {
	w.t.Helper()
	w.done(w.store.IssuePermitLetter(w.t.Context(), w.seat("head", "jabatan-provinsi", ""), w.ids[permit], w.ids["jabatan-provinsi"], store.PermitAnswer{Number: &cooperation.Number{Text: number, Day: registry.DayOf(w.now())}}))
	p, _ := w.permit(permit)
	w.ids["kode"] = p.Letters[len(p.Letters)-1].Code
}

// permit is a permit as it is now, with its ground.
func (w *world) permit(name string) (p cooperation.Permit, g cooperation.Ground) {
	w.t.Helper()
	w.ok(w.store.View(w.t.Context(), func(r *store.Reader) (err error) {
		if p, _, err = store.PermitOf(r, w.ids[name]); err == nil {
			g, err = store.GroundsIn(r).Of(p.Agreement)
		}
		return err
	}))
	return p, g
}

// draftWhole drafts a whole request.
func (w *world) draftWhole(kind cooperation.PermitKind) string {
	w.t.Helper()
	r := cooperation.Request{
		Study: w.ids["studi"], Agreement: w.ids["kerjasama"], Institution: w.ids["pusat"], Kind: kind, Title: "Dampak <b>tebal</b> pada lansia", Aims: "Mengetahui dampak.", Method: "Selisih ganda.",
		Field: "Kesejahteraan sosial", Status: "new", Responsible: cooperation.Researcher{Position: w.ids["jabatan-pusat"], User: w.ids["researcher"]}, Purpose: "evaluation", Programmes: []string{w.ids["program"]},
		Regions: []string{"3507", "3526", "3527"}, Datasets: []cooperation.Columns{{Dataset: w.ids["dataset"], Columns: []string{"desil"}}, {Dataset: w.ids["penerima"], Columns: []string{"umur"}}},
		Period: registry.Period{From: "2026-11-27", Until: "2027-02-26"},
	}
	if kind == cooperation.FieldWork {
		r.Sample, r.AsksPeople, r.Makes = "400 keluarga, dipilih acak", true, "Survei lansia"
	}
	id, _, err := w.store.DraftPermit(w.t.Context(), w.by("researcher", ""), r)
	w.ok(err)
	for _, k := range cooperation.AttachmentKinds {
		w.done(w.store.AttachToPermit(w.t.Context(), w.by("researcher", ""), id, cooperation.Attachment{Kind: k, File: w.kept(string(k) + ".pdf")}))
	}
	return id
}

func (w *world) submitPermit(kind cooperation.PermitKind) string {
	w.t.Helper()
	id := w.draftWhole(kind)
	w.done(w.store.SubmitPermit(w.t.Context(), w.by("researcher", ""), id))
	return id
}

// openPermit makes a permit that the province has opened.
func (w *world) openPermit(kind cooperation.PermitKind) string {
	w.t.Helper()
	id := w.submitPermit(kind)
	w.done(w.store.RecommendPermit(w.t.Context(), w.seat("kesbangpol", "jabatan-bakesbangpol", ""), id, store.PermitAnswer{Number: &cooperation.Number{Text: "070/" + id[len(id)-6:], Day: registry.DayOf(w.now())}}))
	w.done(w.store.OpenPermit(w.t.Context(), w.seat("head", "jabatan-provinsi", ""), id, store.PermitAnswer{}))
	return id
}

// on moves the clock to ten in the morning of a day.
func (w *world) on(d registry.Day) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = d.Begins().Add(10 * time.Hour)
}
