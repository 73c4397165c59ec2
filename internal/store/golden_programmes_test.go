package store

import (
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
)

// programmeScene is a programme from its proposal on, with all that an entry can
// say, and one that never ran.
func programmeScene(w *town, tag string) {
	office := w.anOffice("Dinsos Program " + tag)
	owner := w.by(w.aPersonWith(access.KabupatenOfficer, "nadia", tag, office), "usulan bidang")
	words := func(s string) registry.Words { return registry.Words{ID: s + " " + tag, EN: s + " " + tag} }
	above, _, err := w.RegisterProgramme(w.ctx, consoleOf("mesin"), registry.Programme{Owner: w.aCentre("Balai Program " + tag), Names: words("Program pusat"), Period: registry.Period{From: "2020-01-01"}, Earlier: true})
	w.ok(err)
	amount := int64(600_000)
	p := registry.Programme{Owner: office, Names: words("Usulan"), Period: registry.Period{From: "2027-01-01"}, Kind: registry.CashKind, RunBy: "Dinas Sosial", Target: words("lansia"), Rule: words("desil 1-4"),
		Counts: registry.Persons, Aliases: []string{"Bantuan lansia " + tag}, Where: []string{"3510"}, Variant: &registry.Variant{Of: above, Sort: registry.Extends}, Source: "rencana kerja",
		Benefits: []registry.Benefit{{Part: words("umur 70"), Amount: &amount, Unit: registry.PersonYear, Rule: words("dua kali setahun"), First: 2027, Source: "rencana kerja"}},
		Stages:   []registry.Stage{{Name: "1", Due: "06-30"}, {Name: "2", Due: "12-31"}}}
	id, _, err := w.ProposeProgramme(w.ctx, owner, p)
	w.ok(err)
	p.Names = words("Lansia Berdaya")
	_, err = w.EditProgramme(w.ctx, owner, id, p)
	w.ok(err)
	_, err = w.StartProgramme(w.ctx, owner, id, "2027-02-01")
	w.ok(err)
	never, _, err := w.ProposeProgramme(w.ctx, owner, registry.Programme{Owner: office, Names: words("Tidak jadi"), Period: registry.Period{From: "2027-01-01"}})
	w.ok(err)
	_, err = w.DropProgramme(w.ctx, owner, never)
	w.ok(err)
}

// aCentre registers a centre of the ministry.
func (w *town) aCentre(short string) string {
	id, _, err := w.RegisterOrganisation(w.ctx, consoleOf("mesin"), registry.Organisation{Kind: registry.MinistryCentre, Region: registry.Nation, Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Balai Penelitian (" + short + ")", Short: short}}})
	w.ok(err)
	return id
}
