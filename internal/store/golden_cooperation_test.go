package store

import (
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// typeNames are the names of all events of some rooms.
func typeNames(rooms ...Projection) (all []string) {
	for _, r := range rooms {
		for _, t := range r.Types() {
			all = append(all, t.Name)
		}
	}
	return all
}

// headOf seats somebody as the head of an office and lets them act from there.
func (w *town) headOf(office, name, tag string) By {
	w.t.Helper()
	today := registry.DayOf(*w.now)
	var region string
	w.ok(w.View(w.ctx, func(r *Reader) error {
		o, _, err := OrganisationOf(r, office)
		region = o.Region
		return err
	}))
	seat, _, err := w.CreatePosition(w.ctx, consoleOf("mesin"), registry.Position{Organisation: office, Title: "Kepala (" + name + tag + ")", Period: registry.Period{From: "2026-01-01"}})
	w.ok(err)
	who := w.aPerson(name, tag, office)
	_, err = w.BeginHolding(w.ctx, consoleOf("mesin"), seat, registry.Holding{User: who, Capacity: event.Definitive, Period: registry.Period{From: "2026-01-05"}})
	w.ok(err)
	grant, _, err := w.RequestGrant(w.ctx, consoleOf("mesin"), access.Grant{User: who, Role: access.Head, Region: region, Organisation: office, Period: registry.Period{From: today, Until: today.Add(364)}})
	w.ok(err)
	_, err = w.ConfirmGrant(w.ctx, consoleOf("lain"), grant)
	w.ok(err)
	return By{Actor: event.Actor{User: who, Position: seat, Capacity: event.Definitive, Via: event.Web}, Seen: Whatever, Why: "uji"}
}

// cooperationScene is an agreement and permits through all that can happen to them.
func cooperationScene(w *town, tag string) {
	today := registry.DayOf(*w.now)
	office := func(kind registry.OrganisationKind, of registry.Office, region, short string) string {
		id, _, err := w.RegisterOrganisation(w.ctx, consoleOf("mesin"), registry.Organisation{Kind: kind, Office: of, Region: region, Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Kantor contoh " + short + " " + tag, Short: short + " " + tag}}})
		w.ok(err)
		return id
	}
	centre, province := office(registry.MinistryCentre, "research", registry.Nation, "Balai"), office(registry.ProvinceOffice, "social", "35", "Dinsos Provinsi")
	office(registry.ProvinceOffice, "kesbangpol", "35", "Bakesbangpol")
	regions := []string{"3511", "3512", "3513"}
	for _, r := range regions {
		office(registry.RegencyOffice, "social", r, "Dinsos "+r)
	}
	asks, opens, steward := w.headOf(centre, "dewi", tag), w.headOf(province, "sri", tag), w.headOf(province, "wening", tag)
	hash, size, err := w.Contents().Put(w.ctx, strings.NewReader(goldenContent))
	w.ok(err)
	file := cooperation.File{SHA256: hash, Name: "naskah.pdf", Type: "application/pdf", Bytes: size}
	programme, _, err := w.RegisterProgramme(w.ctx, opens, registry.Programme{Owner: province, Names: registry.Words{ID: "Program " + tag, EN: "Programme " + tag}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	holder := w.by(w.aPersonAt(access.DataSteward, "laras", tag, province, "35"), "uji")
	dataset, _, err := w.RegisterDataset(w.ctx, holder, registry.Dataset{Owner: province, Name: "Data " + tag, Class: registry.LimitedData, Programmes: []string{programme}, Regions: []string{"35"},
		Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}}})
	w.ok(err)
	content := cooperation.Content{
		About: "Kerja sama contoh " + tag, Place: "Surabaya", Parties: []cooperation.Party{{Organisation: centre, Position: asks.Actor.Position}, {Organisation: province, Position: opens.Actor.Position}},
		Considerations: []string{"bahwa dampak perlu diketahui"}, LegalBases: []string{"peraturan contoh"}, Articles: []cooperation.Article{{Title: "Tujuan", Paragraphs: []string{"Meneliti dampak."}}},
		Scope: cooperation.Scope{Programmes: []string{programme}, Regions: []string{"35"}, Purposes: []string{"evaluation"}, Datasets: []cooperation.Columns{{Dataset: dataset, Columns: []string{cooperation.All}}},
			Period: registry.Period{From: today, Until: today.Add(60)}},
		Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 10, ReportDays: 30},
	}
	done := func(_ event.Event, err error) { w.t.Helper(); w.ok(err) }
	agreed := func() string {
		id, _, err := w.DraftAgreement(w.ctx, asks, "pks", "", content)
		w.ok(err)
		done(w.AttachToAgreement(w.ctx, asks, id, file))
		done(w.DetachFromAgreement(w.ctx, opens, id, hash))
		other := content
		other.Place = "Yogyakarta"
		done(w.EditAgreement(w.ctx, asks, id, other))
		done(w.ProposeAgreement(w.ctx, asks, id))
		done(w.IssueAgreementNumber(w.ctx, asks, id, centre, cooperation.Number{Text: "HK.02/" + id, Day: today}))
		for _, x := range []struct {
			by     By
			office string
		}{{opens, province}, {asks, centre}} {
			recorder := w.by(w.aPersonAt(access.Analyst, "rano"+id[20:], tag+x.office[20:], x.office, map[string]string{province: "35", centre: registry.Nation}[x.office]), "uji")
			for i := range 2 {
				done(w.RecordSignature(w.ctx, recorder, id, cooperation.Signature{Organisation: x.office, Way: cooperation.Paper, User: x.by.Actor.User, Day: today, Originals: 2, Meterai: true, File: file, Text: w.agreement(id).Frozen.SHA256}))
				if i == 0 {
					done(w.RefuseSignature(w.ctx, steward, id, x.office))
				}
			}
			done(w.CheckSignature(w.ctx, steward, id, x.office))
		}
		return id
	}
	agreement := agreed()

	seats := map[string]By{province: opens} // of the offices of the chain, whichever they are
	answer := func(p string, act cooperation.Act, region string) By {
		permit, _ := w.permit(p)
		id := permit.Office(act, region)
		by, ok := seats[id]
		if !ok {
			by = w.headOf(id, "jawab"+region+string(act[0]), tag)
			seats[id] = by
		}
		return by
	}
	asked := func(title string) string {
		under, _, err := w.RegisterStudy(w.ctx, asks, study.Study{Title: title, Position: asks.Actor.Position, User: asks.Actor.User, Purpose: "evaluation", Programmes: []string{programme}, Agreement: agreement})
		w.ok(err)
		r := cooperation.Request{
			Study: under, Agreement: agreement, Institution: centre, Kind: cooperation.FieldWork, Title: title, Aims: "Tujuan.", Method: "Survei.", Field: "Sosial", Status: "new",
			Responsible: cooperation.Researcher{Position: asks.Actor.Position, User: asks.Actor.User}, Purpose: "evaluation", Programmes: []string{programme}, Regions: regions,
			Datasets: []cooperation.Columns{{Dataset: dataset, Columns: []string{"desil"}}}, Period: registry.Period{From: today, Until: today.Add(20)}, Sample: "100 keluarga",
		}
		id, _, err := w.DraftPermit(w.ctx, asks, r)
		w.ok(err)
		r.Makes = "Survei contoh"
		done(w.EditPermit(w.ctx, asks, id, r))
		for _, k := range []cooperation.AttachmentKind{cooperation.CentreLetter, cooperation.TermsOfReference, cooperation.IntegrityPact, cooperation.Confidentiality, cooperation.Instrument} {
			done(w.AttachToPermit(w.ctx, asks, id, cooperation.Attachment{Kind: k, File: file}))
		}
		return id
	}
	submitted := func(title string) string {
		id := asked(title)
		done(w.SubmitPermit(w.ctx, asks, id))
		done(w.RecommendPermit(w.ctx, answer(id, cooperation.Recommends, ""), id, PermitAnswer{}))
		return id
	}
	verifies := func(id string) By { return answer(id, cooperation.Verifies, "") }

	id := submitted("Studi lapangan " + tag)
	done(w.ReturnPermit(w.ctx, verifies(id), id, PermitAnswer{}))
	done(w.SubmitPermit(w.ctx, asks, id))
	done(w.RecommendPermit(w.ctx, answer(id, cooperation.Recommends, ""), id, PermitAnswer{Against: true}))
	done(w.OpenPermit(w.ctx, verifies(id), id, PermitAnswer{}))
	for _, r := range regions[:2] {
		if again, _ := w.permit(id); again.Office(cooperation.Recommends, r) != "" {
			done(w.RecommendPermit(w.ctx, answer(id, cooperation.Recommends, r), id, PermitAnswer{Region: r}))
		}
	}
	done(w.GrantRegion(w.ctx, answer(id, cooperation.Answers, regions[0]), id, PermitAnswer{Region: regions[0], File: &file}))
	done(w.DeclineRegion(w.ctx, answer(id, cooperation.Answers, regions[1]), id, PermitAnswer{Region: regions[1]}))
	done(w.IssuePermitLetter(w.ctx, verifies(id), id, verifies(id).Actor.Position, PermitAnswer{Number: &cooperation.Number{Text: "400.9/" + id, Day: today}}))
	done(w.ExtendPermit(w.ctx, verifies(id), id, today.Add(40), PermitAnswer{}))
	declined := submitted("Studi ditolak " + tag)
	done(w.DeclinePermit(w.ctx, verifies(declined), declined, PermitAnswer{}))
	done(w.WithdrawPermit(w.ctx, asks, asked("Studi ditarik "+tag)))
	revoked := submitted("Studi dicabut " + tag)
	done(w.OpenPermit(w.ctx, verifies(revoked), revoked, PermitAnswer{}))
	done(w.RevokePermit(w.ctx, verifies(revoked), revoked, PermitAnswer{}))
	done(w.SubmitPermit(w.ctx, asks, asked("Studi tanpa rekomendasi "+tag)))

	*w.now = w.now.AddDate(0, 0, 14)
	w.ok(w.RecordSilence(w.ctx))
	done(w.RevokeRegion(w.ctx, verifies(id), id, PermitAnswer{Region: regions[0]}))
	*w.now = w.now.AddDate(0, 0, 30)
	w.ok(w.RecordPermitEnds(w.ctx))
	done(w.FileReport(w.ctx, asks, id, &file))
	done(w.ReturnReport(w.ctx, verifies(id), id, PermitAnswer{}))
	done(w.FileReport(w.ctx, asks, id, &file))
	done(w.AcceptReport(w.ctx, verifies(id), id, PermitAnswer{}))
	early := agreed()
	done(w.TerminateAgreement(w.ctx, asks, early, registry.DayOf(*w.now)))
	*w.now = w.now.AddDate(0, 0, 20)
	w.ok(w.RecordAgreementEnds(w.ctx))
	w.ok(w.StopStudies(w.ctx))
	done(w.RecordDestruction(w.ctx, asks, agreement, cooperation.Destruction{Day: registry.DayOf(*w.now), What: "salinan data", Who: "Balai", How: "dihapus", File: &file}))
}

// aPersonAt is aPersonWith in a region of one's own choice.
func (w *town) aPersonAt(role access.Role, name, tag, office, region string) string {
	name += tag
	w.ids[name] = w.aPerson(name, "", office)
	today := registry.DayOf(*w.now)
	_, _, err := w.RequestGrant(w.ctx, consoleOf("mesin"), access.Grant{User: w.ids[name], Role: role, Region: region, Organisation: office, Period: registry.Period{From: today, Until: today.Add(364)}})
	w.ok(err)
	return name
}
