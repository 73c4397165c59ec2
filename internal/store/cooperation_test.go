package store

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// partners is a town whose two parties have what they need for an agreement: heads
// who sign, people who prepare and check, a programme, two datasets and a study. All
// people are invented.
func partners(t *testing.T, c Config) *town {
	w := settled(t, c)
	w.organisation("Dinsos Bangkalan", registry.RegencyOffice, "3526")
	id, _, err := w.RegisterOrganisation(w.ctx, w.by("rini", ""), registry.Organisation{Kind: registry.ProvinceOffice, Office: "kesbangpol", Region: "35", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Bakesbangpol contoh", Short: "Kesbangpol"}}})
	w.ok(err)
	w.ids["Kesbangpol"] = id
	for name, of := range map[string]string{"dewi": "B2P3KS", "rani": "B2P3KS", "kirana": "Kesbangpol", "wiwit": "Dinsos Jatim"} {
		w.person(name, of)
	}
	for _, p := range []struct{ title, office, who string }{
		{"Kepala Balai", "B2P3KS", "dewi"}, {"Peneliti", "B2P3KS", "rani"}, {"Kepala Kesbangpol", "Kesbangpol", "kirana"},
		{"Kepala Malang", "Dinsos Malang", "tono"}, {"Kepala Surabaya", "Dinsos Surabaya", "wati"},
	} {
		w.position(p.title, p.office)
		w.hold(p.who, p.title, event.Definitive, "2026-01-01", "")
	}
	w.grant("dewi", access.Head, registry.Nation, "B2P3KS")
	w.grant("rani", access.Researcher, registry.Nation, "B2P3KS")
	w.grant("kirana", access.Head, "35", "Kesbangpol")
	w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
	w.grant("wiwit", access.DataSteward, "35", "Dinsos Jatim")
	w.grant("wati", access.KabupatenOfficer, "3578", "Dinsos Surabaya")
	w.ids["programme"], _, err = w.RegisterProgramme(w.ctx, w.by("budi", ""), registry.Programme{Owner: w.ids["Dinsos Jatim"], Names: registry.Words{ID: "Program contoh", EN: "Example programme"}, Period: registry.Period{From: "2024-01-01"}})
	w.ok(err)
	for _, d := range []struct {
		name, steward, office, region string
		class                         registry.Class
	}{{"limited", "wiwit", "Dinsos Jatim", "35", registry.LimitedData}, {"personal", "tono", "Dinsos Malang", "3507", registry.PersonalData}} {
		w.ids[d.name], _, err = w.RegisterDataset(w.ctx, w.by(d.steward, ""), registry.Dataset{Owner: w.ids[d.office], Name: "Data " + d.name, Class: d.class, Programmes: []string{w.ids["programme"]}, Regions: []string{d.region},
			Columns: []registry.Column{{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}, {Name: "umur", Words: registry.Words{ID: "umur", EN: "age"}}}})
		w.ok(err)
	}
	return w
}

// seat acts from a position.
func (w *town) seat(who, title, why string) By {
	b := w.by(who, why)
	b.Actor.Position, b.Actor.Capacity = w.ids[title], event.Definitive
	return b
}

// file keeps a content and names it.
func (w *town) file(name string) cooperation.File {
	w.t.Helper()
	hash, n, err := w.Contents().Put(w.ctx, strings.NewReader("isi "+name))
	w.ok(err)
	return cooperation.File{SHA256: hash, Name: name, Type: "application/pdf", Bytes: n}
}

func (w *town) content(period registry.Period) cooperation.Content {
	return cooperation.Content{
		About: "Penelitian dampak bantuan sosial", Place: "Surabaya",
		Parties:  []cooperation.Party{{Organisation: w.ids["B2P3KS"], Position: w.ids["Kepala Balai"]}, {Organisation: w.ids["Dinsos Jatim"], Position: w.ids["Kepala Dinas"]}},
		Articles: []cooperation.Article{{Title: "Maksud dan tujuan", Paragraphs: []string{"Para pihak bekerja sama meneliti dampak."}}},
		Scope: cooperation.Scope{
			Programmes: []string{w.ids["programme"]}, Regions: []string{"35"}, Purposes: []string{"evaluation"}, Period: period,
			Datasets: []cooperation.Columns{{Dataset: w.ids["limited"], Columns: []string{"desil"}}, {Dataset: w.ids["personal"], Columns: []string{cooperation.All}}},
		},
		Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30},
	}
}

func (w *town) agreement(id string) (a cooperation.Agreement) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		a, _, err = AgreementOf(r, id)
		return err
	}))
	return a
}

func (w *town) permit(id string) (p cooperation.Permit, g cooperation.Ground) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		if p, _, err = PermitOf(r, id); err == nil {
			g, err = GroundsIn(r).Of(p.Agreement)
		}
		return err
	}))
	return p, g
}

// signature is what the scan of a party's original says.
func (w *town) signature(agreement, office, who string) cooperation.Signature {
	return cooperation.Signature{Organisation: w.ids[office], Way: cooperation.Paper, User: w.ids[who], Day: registry.DayOf(*w.now), Originals: 2, Meterai: true,
		File: w.file("naskah-" + who + ".pdf"), Text: w.agreement(agreement).Frozen.SHA256}
}

// sign concludes a proposed agreement.
func (w *town) sign(id string) {
	w.t.Helper()
	for _, x := range []struct{ recorder, office, who string }{{"rani", "B2P3KS", "dewi"}, {"budi", "Dinsos Jatim", "sri"}} {
		_, err := w.RecordSignature(w.ctx, w.by(x.recorder, ""), id, w.signature(id, x.office, x.who))
		w.ok(err)
		_, err = w.CheckSignature(w.ctx, w.by("wiwit", ""), id, w.ids[x.office])
		w.ok(err)
	}
}

// agreed makes an agreement of a period that all have signed.
func (w *town) agreed(kind, above string, period registry.Period) string {
	w.t.Helper()
	id, _, err := w.DraftAgreement(w.ctx, w.by("rani", ""), kind, above, w.content(period))
	w.ok(err)
	_, err = w.ProposeAgreement(w.ctx, w.by("dewi", ""), id)
	w.ok(err)
	w.sign(id)
	return id
}

// asked drafts a permit for a new study, with all documents.
func (w *town) asked(agreement string, period registry.Period) (permit string) {
	w.t.Helper()
	under, _, err := w.RegisterStudy(w.ctx, w.by("rani", ""), study.Study{Title: "Dampak contoh", Position: w.ids["Peneliti"], User: w.ids["rani"], Purpose: "evaluation", Programmes: []string{w.ids["programme"]}, Agreement: agreement})
	w.ok(err)
	w.ids["study"] = under
	id, _, err := w.DraftPermit(w.ctx, w.by("rani", ""), cooperation.Request{
		Study: under, Agreement: agreement, Institution: w.ids["B2P3KS"], Kind: cooperation.FieldWork, Title: "Dampak contoh", Aims: "Mengetahui dampak.", Method: "Selisih ganda.", Field: "Kesejahteraan sosial",
		Status: "new", Responsible: cooperation.Researcher{Position: w.ids["Peneliti"], User: w.ids["rani"]}, Purpose: "evaluation", Programmes: []string{w.ids["programme"]},
		Regions: []string{"3507", "3526", "3578"}, Datasets: []cooperation.Columns{{Dataset: w.ids["limited"], Columns: []string{"desil"}}, {Dataset: w.ids["personal"], Columns: []string{"umur"}}},
		Period: period, Sample: "400 keluarga", Makes: "Survei contoh",
	})
	w.ok(err)
	for _, k := range []cooperation.AttachmentKind{cooperation.CentreLetter, cooperation.TermsOfReference, cooperation.IntegrityPact, cooperation.Confidentiality, cooperation.Instrument} {
		_, err := w.AttachToPermit(w.ctx, w.by("rani", ""), id, cooperation.Attachment{Kind: k, File: w.file(string(k) + ".pdf")})
		w.ok(err)
	}
	_, err = w.NameStudyPermit(w.ctx, w.by("rani", ""), under, agreement, id)
	w.ok(err)
	return id
}

// opened is a permit that the province has opened.
func (w *town) opened(agreement string, period registry.Period) string {
	w.t.Helper()
	id := w.asked(agreement, period)
	_, err := w.SubmitPermit(w.ctx, w.by("rani", ""), id)
	w.ok(err)
	_, err = w.RecommendPermit(w.ctx, w.seat("kirana", "Kepala Kesbangpol", ""), id, PermitAnswer{})
	w.ok(err)
	_, err = w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), id, PermitAnswer{})
	w.ok(err)
	return id
}

// on moves the clock to noon of a day.
func (w *town) on(d registry.Day) { *w.now = d.Begins().Add(12 * time.Hour) }

func (w *town) refused(err error, code string) {
	w.t.Helper()
	hasProblem(w.t, err, code)
}

func (w *town) denied(err error, p access.Permission) {
	w.t.Helper()
	var d *access.Denial
	if !errors.As(err, &d) || d.Permission != p {
		w.t.Errorf("expected the want of %s, found %v", p, err)
	}
}

func (w *town) studyNow(id string) (x study.Study) {
	w.t.Helper()
	w.ok(w.View(w.ctx, func(r *Reader) (err error) {
		x, _, err = StudyOf(r, id)
		return err
	}))
	return x
}

// TestCooperation is the story of the issue by commands alone: an agreement, a permit
// that three kabupaten answer differently, what is open meanwhile and was then.
func TestCooperation(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		none := w.content(registry.Period{From: "2026-11-26", Until: "2027-03-31"})
		none.Parties = nil
		_, _, err := w.DraftAgreement(w.ctx, w.by("rani", ""), "pks", "", none)
		w.refused(err, "agreement-own-party")
		_, _, err = w.DraftAgreement(w.ctx, w.by("tono", ""), "pks", "", w.content(registry.Period{From: "2026-11-26", Until: "2027-03-31"}))
		w.denied(err, access.AgreementPrepare) // not of a party
		agreement, drafted, err := w.DraftAgreement(w.ctx, w.by("rani", ""), "pks", "", w.content(registry.Period{From: "2026-11-26", Until: "2027-03-31"}))
		w.ok(err)
		_, err = w.EditAgreement(w.ctx, w.by("rani", ""), agreement, none)
		w.refused(err, "agreement-own-party")
		_, err = w.AttachToAgreement(w.ctx, w.by("rani", ""), agreement, cooperation.File{SHA256: strings.Repeat("ab", 32), Name: "x.pdf", Type: "application/pdf", Bytes: 3})
		w.refused(err, "content-missing")
		stale := w.by("rani", "")
		stale.Seen = drafted.Seq
		_, err = w.AttachToAgreement(w.ctx, w.by("budi", ""), agreement, w.file("lampiran.pdf"))
		w.ok(err)
		_, err = w.EditAgreement(w.ctx, stale, agreement, w.content(registry.Period{From: "2026-11-26", Until: "2027-03-31"}))
		w.refused(err, "stale")
		_, err = w.ProposeAgreement(w.ctx, w.by("rani", ""), agreement)
		w.denied(err, access.AgreementDecide)
		_, err = w.ProposeAgreement(w.ctx, w.by("dewi", ""), agreement)
		w.ok(err)

		// Numbers are of the party's own office, by its pattern, and never again.
		_, err = w.ChangeNumberPattern(w.ctx, w.by("sri", "edaran"), w.ids["Dinsos Jatim"], "no/<n")
		w.refused(err, "pattern-number")
		_, err = w.ChangeNumberPattern(w.ctx, w.by("sri", "edaran"), w.ids["Dinsos Jatim"], "400.9/<n>/107.5/<tahun>")
		w.ok(err)
		number := cooperation.Number{Text: "400.9/17/107.5/2026", Day: "2026-11-25"}
		_, err = w.IssueAgreementNumber(w.ctx, w.by("rani", ""), agreement, w.ids["Dinsos Jatim"], number)
		w.denied(err, access.AgreementPrepare)
		_, err = w.IssueAgreementNumber(w.ctx, w.by("budi", ""), agreement, w.ids["Dinsos Jatim"], cooperation.Number{Text: "17", Day: "2026-11-25"})
		w.refused(err, "number-pattern")
		_, err = w.IssueAgreementNumber(w.ctx, w.by("budi", ""), agreement, w.ids["Dinsos Jatim"], number)
		w.ok(err)
		_, err = w.IssueAgreementNumber(w.ctx, w.by("rani", ""), agreement, w.ids["B2P3KS"], number) // another office's
		w.ok(err)

		// Signatures: at the party's own place, by who held the position, checked by
		// another.
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), agreement, w.signature(agreement, "B2P3KS", "dewi"))
		w.denied(err, access.AgreementPrepare)
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), agreement, w.signature(agreement, "Dinsos Jatim", "budi"))
		w.refused(err, "signature-no-holder")
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), agreement, w.signature(agreement, "Dinsos Jatim", "sri"))
		w.ok(err)
		_, err = w.CheckSignature(w.ctx, w.by("sri", ""), agreement, w.ids["Dinsos Jatim"])
		w.refused(err, "signature-own")
		_, err = w.RefuseSignature(w.ctx, w.by("wiwit", "pindaian tidak terbaca"), agreement, w.ids["Dinsos Jatim"])
		w.ok(err)
		waits := func(who string) (all []string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				found, err := SignaturesWaiting(r, w.who(who, *w.now), 0)
				for _, x := range found {
					all = append(all, x.Command)
				}
				return err
			}))
			return all
		}
		if budi, wiwit, tono := waits("budi"), waits("wiwit"), waits("tono"); !slices.Equal(budi, []string{"record-signature"}) || wiwit != nil || tono != nil {
			t.Error(budi, wiwit, tono)
		}
		w.sign(agreement)

		// The request: of the institution's own, with what it names in the register.
		w.on("2026-11-26")
		_, _, err = w.DraftPermit(w.ctx, w.by("rani", ""), cooperation.Request{Title: "x"})
		w.refused(err, "permit-missing-institution")
		_, _, err = w.DraftPermit(w.ctx, w.by("rani", ""), cooperation.Request{Institution: w.ids["Dinsos Jatim"]})
		w.denied(err, access.PermitRequest)
		_, _, err = w.DraftPermit(w.ctx, w.by("rani", ""), cooperation.Request{Institution: w.ids["B2P3KS"], Agreement: "tidak-ada"})
		w.refused(err, "agreement-unknown")
		permit := w.asked(agreement, registry.Period{From: "2026-11-27", Until: "2027-02-28"})
		sees := func(who string) (n int) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				all, err := Permits(r, w.who(who, *w.now), PermitFilter{}, Page{Most: 10})
				n = len(all)
				return err
			}))
			return n
		}
		if sees("rani") != 1 || sees("tono") != 0 || sees("sri") != 0 {
			t.Error("a draft is the institution's own")
		}
		_, err = w.SubmitPermit(w.ctx, w.by("rani", ""), permit)
		w.ok(err)
		for who, n := range map[string]int{"rani": 1, "tono": 1, "wati": 1, "sri": 1, "kirana": 1, "agus": 1} {
			if got := sees(who); got != n {
				t.Errorf("%s sees %d", who, got)
			}
		}

		// Answers come from a position, in turn, of the office whose step it is.
		_, err = w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{})
		w.refused(err, "state-permit-submitted")
		_, err = w.RecommendPermit(w.ctx, w.by("kirana", ""), permit, PermitAnswer{})
		w.refused(err, "permit-no-position")
		_, err = w.RecommendPermit(w.ctx, w.seat("rani", "Peneliti", ""), permit, PermitAnswer{})
		w.denied(err, access.PermitAnswer)
		_, err = w.RecommendPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{})
		w.refused(err, "permit-not-your-step")
		_, err = w.RecommendPermit(w.ctx, w.seat("kirana", "Kepala Kesbangpol", ""), permit, PermitAnswer{Number: &cooperation.Number{Text: "070/1", Day: "2026-11-26"}, File: ptr(w.file("rekomendasi.pdf"))})
		w.ok(err)
		_, err = w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{Number: &number})
		w.refused(err, "number-used") // by the agreement
		opened, err := w.OpenPermit(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, PermitAnswer{})
		w.ok(err)
		steps := func(who string) (all []string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				s := w.who(who, *w.now)
				found, err := StepsWaiting(r, s, 0)
				for _, x := range found {
					all = append(all, x.Step.Region)
				}
				if n, err := CountStepsWaiting(r, s); err != nil || n != len(all) {
					t.Errorf("%d counted, %d listed, %v", n, len(all), err)
				}
				return err
			}))
			return all
		}
		if got := steps("tono"); !slices.Equal(got, []string{"3507"}) {
			t.Error(got)
		}
		if steps("sri") != nil || steps("rani") != nil {
			t.Error("nothing waits for who is not asked")
		}

		// Two offices answer at once: one is told, and answers again.
		yes := w.seat("tono", "Kepala Malang", "")
		no := w.seat("wati", "Kepala Surabaya", "data belum siap")
		yes.Seen, no.Seen = opened.Seq, opened.Seq
		_, err = w.GrantRegion(w.ctx, yes, permit, PermitAnswer{Region: "3578"})
		w.refused(err, "permit-not-your-step")
		_, err = w.GrantRegion(w.ctx, yes, permit, PermitAnswer{Region: "3510"})
		w.refused(err, "permit-region-not-asked")
		granted, err := w.GrantRegion(w.ctx, yes, permit, PermitAnswer{Region: "3507"})
		w.ok(err)
		_, err = w.DeclineRegion(w.ctx, no, permit, PermitAnswer{Region: "3578"})
		var late *Stale
		if !errors.As(err, &late) || late.Last.Seq != granted.Seq {
			t.Fatalf("expected to be told, found %v", err)
		}
		no.Seen = late.Last.Seq
		_, err = w.DeclineRegion(w.ctx, no, permit, PermitAnswer{Region: "3578"})
		w.ok(err)

		// Letter and code. A number of the letter is used too.
		letter := cooperation.Number{Text: "400.9/18/107.5/2026", Day: "2026-11-26"}
		_, err = w.IssuePermitLetter(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, w.ids["Kepala Dinas"], PermitAnswer{Number: &number})
		w.refused(err, "number-used")
		_, err = w.IssuePermitLetter(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, w.ids["Kepala Dinas"], PermitAnswer{Number: &letter})
		w.ok(err)
		_, err = w.RevokeRegion(w.ctx, w.seat("sri", "Kepala Dinas", "salah"), permit, PermitAnswer{Region: "3507", Number: &letter})
		w.refused(err, "number-used")
		p, _ := w.permit(permit)
		code := p.Letters[0].Code
		check := func(code, state string) {
			t.Helper()
			w.ok(w.View(w.ctx, func(r *Reader) error {
				v, ok, err := VerifyLetter(r, code, *w.now)
				if ok != (state != "") || (ok && (v.State != state || v.Number.Text != letter.Text)) {
					t.Errorf("%+v %v", v, ok)
				}
				return err
			}))
		}
		check(code, "not-begun")
		check(cooperation.MakeCode([16]byte{7}), "")
		w.ok(w.View(w.ctx, func(r *Reader) error {
			_, _, err := VerifyLetter(r, "bukan kode", *w.now)
			w.refused(err, "permit-code")
			used, err := NumbersOf(r, w.ids["Dinsos Jatim"], "2026")
			if len(used) != 2 || used[0].On.Kind != agreementKind || used[1].On.ID != permit {
				t.Errorf("%+v", used)
			}
			return err
		}))

		// What is open, and what was.
		w.on("2026-11-27")
		check(code, "valid")
		open := *w.now
		scope := func(at time.Time) cooperation.Scope {
			t.Helper()
			var o access.Opening
			w.ok(w.View(w.ctx, func(r *Reader) (err error) {
				o, err = scopeOf(r, w.ids["rani"], w.ids["study"], at)
				return err
			}))
			return o.Scope
		}
		s := scope(open)
		if columns, _ := s.Columns(w.ids["personal"]); !slices.Equal(s.Regions, []string{"3507"}) || !slices.Equal(columns.Columns, []string{"umur"}) {
			t.Errorf("%+v", s)
		}
		look := aLook()
		look.User, look.Position, look.Study, look.Agreement, look.Permit, look.Dataset = w.ids["rani"], w.ids["Peneliti"], w.ids["study"], agreement, permit, w.ids["personal"]
		look.Columns, look.Regions = []string{"umur"}, []string{"3507"}
		note := func(change func(*access.Look)) {
			l := look
			change(&l)
			_, err := w.NoteLook(w.ctx, event.Actor{User: w.ids["rani"], Via: event.Web}, l)
			w.ok(err)
		}
		note(func(*access.Look) {})
		note(func(l *access.Look) { l.Columns, l.Regions = []string{"desil", "umur"}, []string{"3507", "3578"} })
		note(func(l *access.Look) { l.User = w.ids["dewi"] })
		note(func(l *access.Look) { l.Study = "" })
		note(func(l *access.Look) { l.Permit = "lain" })
		note(func(l *access.Look) { l.Outcome, l.Refusal, l.Rows = access.LookRefused, "scope-region-waiting", 0 })

		_, err = w.RevokeRegion(w.ctx, w.seat("tono", "Kepala Malang", "keluhan warga"), permit, PermitAnswer{Region: "3507"})
		w.ok(err)
		if x := w.studyNow(w.ids["study"]); len(x.Stops) != 1 || x.Stops[0].Region != "3507" || !strings.Contains(x.Stops[0].Reason, "keluhan warga") || x.State() != study.Running {
			t.Errorf("%+v", x)
		}
		note(func(*access.Look) {}) // behind the program's back
		if now := scope(*w.now); !now.OpensNothing() {
			t.Errorf("%+v", now)
		}
		if then := scope(open); !slices.Equal(then.Regions, []string{"3507"}) {
			t.Errorf("as of then: %+v", then)
		}
		if before := scope(granted.At.Add(-time.Microsecond)); !before.OpensNothing() {
			t.Errorf("%+v", before)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			_, err := scopeOf(r, w.ids["rani"], w.ids["study"], drafted.At)
			w.refused(err, "study-unknown") // it came later
			return nil
		}))
		check(code, "revoked")
		w.ok(w.View(w.ctx, func(r *Reader) error {
			audited, err := AuditLooks(r, agreement, 0, 0)
			var codes []string
			for _, a := range audited {
				one := []string{}
				for _, p := range a.Outside {
					one = append(one, p.Code)
				}
				codes = append(codes, strings.Join(one, " "))
			}
			want := []string{"", "look-outside-columns look-outside-regions", "denied-rows-use", "look-outside-study", "look-outside-permit", "", "scope-region-revoked"}
			if len(codes) > 6 && !strings.Contains(codes[6], want[6]) {
				t.Errorf("%q", codes[6])
			}
			if len(codes) == 7 {
				codes[6] = want[6]
			}
			if !slices.Equal(codes, want) {
				t.Errorf("%q", codes)
			}
			return err
		}))

		// Lists of agreements; places of both objects.
		w.ok(w.View(w.ctx, func(r *Reader) error {
			for who, n := range map[string]int{"tono": 1, "agus": 1, "": 0} {
				s := access.Standing{}
				if who != "" {
					s = w.who(who, *w.now)
				}
				all, err := Agreements(r, s, AgreementFilter{Stage: cooperation.StageConcluded, Party: w.ids["B2P3KS"], Root: true}, Page{Most: 5})
				if err != nil || len(all) != n {
					t.Errorf("%q: %v %v", who, all, err)
				}
			}
			places, err := PlacesOf(r, event.Object{Kind: permitKind, ID: permit})
			if len(places) != 6 || w.who("tono", *w.now).MayAny(access.PermitRead, places) != nil || (access.Standing{}).MayAny(access.PermitRead, places) == nil {
				t.Errorf("%+v", places)
			}
			return err
		}))
		verifies(t, w.Store)
		w.ok(w.Rebuild(w.ctx))
		verifies(t, w.Store)
	})
}

func ptr[T any](v T) *T { return &v }

// TestMandateAtSigning: a stand-in signs within their days, where the office lets
// them, and not a day later.
func TestMandateAtSigning(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		var held string
		w.ok(w.View(w.ctx, func(r *Reader) error {
			p, _, err := PositionOf(r, w.ids["Kepala Dinas"])
			held = p.Holdings[0].ID
			return err
		}))
		_, err := w.EndHolding(w.ctx, w.by("rini", "pensiun"), w.ids["Kepala Dinas"], held, "2026-11-30")
		w.ok(err)
		w.hold("budi", "Kepala Dinas", event.Plt, "2026-12-01", "2026-12-05")
		id, _, err := w.DraftAgreement(w.ctx, w.by("rani", ""), "pks", "", w.content(registry.Period{From: "2026-12-01", Until: "2027-03-31"}))
		w.ok(err)
		_, err = w.ProposeAgreement(w.ctx, w.by("dewi", ""), id)
		w.ok(err)
		w.on("2026-12-04")
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), id, w.signature(id, "Dinsos Jatim", "budi"))
		w.refused(err, "signing-agreement") // the office has not said that a Plt. may
		_, err = w.ChangeSigning(w.ctx, w.by("rini", "edaran"), w.ids["Dinsos Jatim"], registry.Signing{Plt: []registry.Document{registry.AgreementDocument}})
		w.ok(err)
		w.on("2026-12-06")
		late := w.signature(id, "Dinsos Jatim", "budi")
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), id, late)
		w.refused(err, "signature-mandate")
		late.Day = "2026-12-05"
		_, err = w.RecordSignature(w.ctx, w.by("budi", ""), id, late)
		w.ok(err)
		if s := w.agreement(id).Signatures[0]; s.Capacity != event.Plt || s.Mandate != "821.2/104/2026" {
			t.Errorf("%+v", s)
		}
		// Who no longer holds the position answers nothing from it.
		acting := w.seat("budi", "Kepala Dinas", "")
		acting.Actor.Capacity = event.Plt
		_, err = w.OpenPermit(w.ctx, acting, "tidak-ada", PermitAnswer{})
		w.refused(err, "actor-position")
	})
}

// TestWhoMaySign: an agreement and a letter are signed from a position whose holder
// decides for the office, and the name of a vacant one is said.
func TestWhoMaySign(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := partners(t, c)
		period := registry.Period{From: "2026-11-25", Until: "2027-06-30"}
		w.position("Sekretaris", "Dinsos Jatim")
		w.position("Arsiparis", "Dinsos Jatim")
		w.hold("wiwit", "Arsiparis", event.Definitive, "2026-01-01", "")
		proposes := func(title string) error {
			content := w.content(period)
			content.Parties[1].Position = w.ids[title]
			id, _, err := w.DraftAgreement(w.ctx, w.by("rani", ""), "pks", "", content)
			w.ok(err)
			_, err = w.ProposeAgreement(w.ctx, w.by("dewi", ""), id)
			return err
		}
		w.refused(proposes("Sekretaris"), "signs-vacant")
		w.refused(proposes("Arsiparis"), "signs-not-head")
		w.ok(proposes("Kepala Dinas"))

		permit := w.opened(w.agreed("pks", "", period), registry.Period{From: "2026-11-27", Until: "2027-03-31"})
		_, err := w.GrantRegion(w.ctx, w.seat("tono", "Kepala Malang", ""), permit, PermitAnswer{Region: "3507"})
		w.ok(err)
		number := func() PermitAnswer {
			return PermitAnswer{Number: &cooperation.Number{Text: "070/1/2026", Day: registry.DayOf(*w.now)}}
		}
		_, err = w.IssuePermitLetter(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, w.ids["Arsiparis"], number())
		w.refused(err, "signs-not-head")
		_, err = w.IssuePermitLetter(w.ctx, w.seat("sri", "Kepala Dinas", ""), permit, w.ids["Kepala Dinas"], number())
		w.ok(err)
	})
}

// TestSlipKey: made once, the same for all who open the record, and it seals.
func TestSlipKey(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := newTown(t, c)
		first, err := w.SlipKey(w.ctx)
		w.ok(err)
		again, err := w.SlipKey(w.ctx)
		w.ok(err)
		if first.Text() != again.Text() || len(first.Text()) != 43 || !ed25519.Verify(again.Public(), []byte("x"), first.Sign([]byte("x"))) {
			t.Error(first.Text(), again.Text())
		}
		verifies(t, w.Store)
	})
}

// scopeOf gives what was open to a person for a study at an instant.
func scopeOf(from From, user, studyID string, at time.Time) (access.Opening, error) {
	c, err := CaseOf(from, user, studyID, at)
	return c.Scope(at), err
}
