package cooperation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// The two institutions and the day of signing are real; every person, number,
// article, programme and dataset of these tests is invented.

// noon is 12.00 WIB of a day.
func noon(d registry.Day) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), time.FixedZone("WIB", 7*3600))
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour).UTC()
}

// doer is a member of staff at a page.
func doer(user string) event.Actor {
	return event.Actor{User: user, Position: "staff", Capacity: event.Definitive, Via: event.Web}
}

// who gives the invented people their names.
func who(user string) string {
	return map[string]string{"ratna": "Dr. Ratna Widyaningtyas", "bagas": "Bagas Adiwinoto, M.Si.", "tiwi": "Tiwi"}[user]
}

func pactNames() Names {
	return Names{
		Organisations: map[string]string{
			"centre": "Balai Besar Penelitian dan Pengembangan Pelayanan Kesejahteraan Sosial",
			"dinsos": "Dinas Sosial Provinsi Jawa Timur",
			"bps":    "Badan Contoh",
		},
		Positions: map[string]Signatory{
			"head-centre": {Organisation: "centre", Title: "Kepala Balai Besar", Name: who("ratna"), Capacity: event.Definitive},
			"head-dinsos": {Organisation: "dinsos", Title: "Kepala Dinas", Name: who("bagas"), Capacity: event.Plt, Mandate: &registry.Mandate{Number: "821.2/0917/204.4/2020", Date: "2020-08-31"}},
		},
		Programmes: map[string]string{"pkh": "Program Keluarga Harapan", "pkh-plus": "PKH Plus", "aspd": "Asistensi Sosial Penyandang Disabilitas", "other": "Program Lain"},
		Datasets: map[string]Dataset{
			"poverty":    {"Persentase penduduk miskin kabupaten/kota", []string{"region", "year", "p0"}},
			"recipients": {"Penerima PKH Plus", []string{"region", "age", "paid", "received"}},
			"other":      {"Data Lain", []string{"x"}},
		},
	}
}

func pactScope() Scope {
	return Scope{
		Programmes: []string{"aspd", "pkh", "pkh-plus"}, Regions: []string{"35"},
		Datasets: []Columns{{"poverty", []string{All}}, {"recipients", []string{"age", "paid", "region"}}},
		Purposes: []string{"evaluation", "utilisation"},
		Period:   registry.Period{From: "2020-09-21", Until: "2023-09-21"},
	}
}

func pactContent() Content {
	return Content{
		About: "Penelitian dan Pemanfaatan Data Kesejahteraan Sosial di Jawa Timur", Place: "Surabaya", Day: "2020-09-21",
		Parties: []Party{{Organisation: "centre", Position: "head-centre"}, {Organisation: "dinsos", Position: "head-dinsos"}},
		Considerations: []string{
			"bantuan sosial perlu diketahui dampaknya terhadap kemiskinan;",
			"PARA PIHAK memiliki data dan kemampuan meneliti yang saling melengkapi;",
		},
		LegalBases: []string{"ketentuan contoh tentang kerja sama antarlembaga;", "ketentuan contoh tentang pelindungan data pribadi."},
		Articles: []Article{
			{"Maksud dan Tujuan", []string{"Kerja sama ini bermaksud mengetahui dampak program kesejahteraan sosial.", "Kerja sama ini bertujuan memperbaiki program berdasarkan hasil penelitian."}},
			{"Pembiayaan", []string{"Biaya ditanggung PIHAK sesuai dengan tugas masing-masing."}},
			{"Penutup", []string{"Hal yang belum diatur ditetapkan kemudian oleh PARA PIHAK."}},
		},
		Scope: pactScope(), Terms: Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30},
	}
}

// seats are the positions that sign: ratna is definitive, bagas a Plt. with an
// end.
func signSeat(id string) registry.Position {
	p := registry.Position{ID: id, Organisation: "centre", Title: "Kepala Balai Besar", Period: registry.Period{From: "2015-01-01"}}
	p.Holdings = []registry.Holding{{ID: "h1", User: "ratna", Capacity: event.Definitive, Period: registry.Period{From: "2019-01-01"}}}
	if id == "head-dinsos" {
		p.Organisation, p.Title = "dinsos", "Kepala Dinas"
		p.Holdings = []registry.Holding{{ID: "h2", User: "bagas", Capacity: event.Plt, Period: registry.Period{From: "2020-09-01", Until: "2020-10-31"}, Mandate: &registry.Mandate{Number: "821.2/0917/204.4/2020", Date: "2020-08-31"}}}
	}
	return p
}

// trusting is an office that lets a Plt. sign agreements.
var trusting = registry.Signing{Plt: []registry.Document{registry.AgreementDocument}}

func paperFile() File {
	return File{SHA256: strings.Repeat("0a", 32), Name: "naskah.pdf", Type: "application/pdf", Bytes: 12}
}

// onPaper is a signature of a party on the text of a.
func onPaper(a Agreement, organisation string, day registry.Day) Signature {
	s := Signature{Organisation: organisation, Way: Paper, User: "ratna", Day: day, Originals: 2, Meterai: true, File: paperFile()}
	if organisation == "dinsos" {
		s.User = "bagas"
	}
	if a.Frozen != nil {
		s.Text = a.Frozen.SHA256
	}
	return s
}

// pact moves one agreement through its life.
type pact struct {
	t *testing.T
	Bound
}

func newPact(t *testing.T, id, kind string, above *Bound, c Content, at time.Time) *pact {
	t.Helper()
	p := &pact{t: t, Bound: Bound{Parent: above}}
	return p.then(DraftAgreement(Agreement{ID: id, Kind: kind, Content: c}, above, pactNames(), doer("tiwi"), at))
}

// then takes the state that a command leads to, through JSON as the log does.
func (p *pact) then(c registry.Change, err error) *pact {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := event.Marshal(c.After)
	if err != nil {
		p.t.Fatal(err)
	}
	var a Agreement
	if err := json.Unmarshal(raw, &a); err != nil {
		p.t.Fatal(err)
	}
	if !reflect.DeepEqual(a, c.After) {
		p.t.Fatalf("%s: the state does not survive the log: %s", c.Type, raw)
	}
	p.Agreement = a
	return p
}

func (p *pact) proposed(at time.Time) *pact {
	p.t.Helper()
	return p.then(p.Propose(pactNames(), doer("tiwi"), at))
}

func (p *pact) signed(organisation string, day registry.Day) *pact {
	p.t.Helper()
	seat := map[string]string{"centre": "head-centre", "dinsos": "head-dinsos"}[organisation]
	return p.then(p.RecordSignature(onPaper(p.Agreement, organisation, "2020-09-21"), signSeat(seat), trusting, who, "naskah kertas disalin", doer("tiwi"), noon(day)))
}

func (p *pact) checked(organisation string, at time.Time) *pact {
	p.t.Helper()
	return p.then(p.CheckSignature(organisation, doer("joko"), at))
}

func (p *pact) bound() *Bound { b := p.Bound; return &b }

// concluded is an agreement that all have signed, checked at noon of a day.
func concluded(t *testing.T, id, kind string, above *Bound, c Content, day registry.Day) *pact {
	t.Helper()
	return newPact(t, id, kind, above, c, noon(day)).proposed(noon(day)).signed("centre", day).signed("dinsos", day).
		checked("centre", noon(day)).checked("dinsos", noon(day))
}

// with changes a content.
func with(change func(*Content)) Content {
	c := pactContent()
	change(&c)
	return c
}

// code is that of an error's first problem; "": none.
func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	list := problem.Of(err)
	if len(list) == 0 {
		t.Fatal(err)
	}
	return list[0].Code
}

// TestAgreementLife holds every command against every state.
func TestAgreementLife(t *testing.T) {
	signing := newPact(t, "a", "pks", nil, pactContent(), noon("2020-09-01"))
	draft := *signing
	withFile := *signing
	withFile.then(draft.Attach(paperFile(), pactNames(), noon("2020-09-01")))
	proposed := withFile
	proposed.proposed(noon("2020-09-21"))
	half := proposed
	half.signed("centre", "2020-09-21")
	whole := half
	whole.signed("dinsos", "2020-09-21").checked("dinsos", noon("2020-09-21")).checked("centre", noon("2020-09-21"))
	future := *concluded(t, "f", "pks", nil, with(func(c *Content) { c.Scope.Period.From = "2020-12-01" }), "2020-09-21")
	add := concluded(t, "x", "addendum", whole.bound(), with(func(c *Content) { c.Scope.Period.From = "2020-10-01" }), "2020-10-01")
	amended := whole
	amended.Addenda = []Agreement{add.Agreement}
	ended := whole
	ended.then(whole.Terminate("2021-01-01", "anggaran dialihkan", doer("ratna"), noon("2020-12-31")))

	states := []struct {
		name  string
		b     Bound
		on    registry.Day
		state string
	}{
		{"draft", withFile.Bound, "2020-09-02", AgreementDraft},
		{"proposed", proposed.Bound, "2020-09-21", AgreementProposed},
		{"half signed", half.Bound, "2020-09-21", AgreementSigned},
		{"before its first day", future.Bound, "2020-11-30", AgreementSigned},
		{"active", whole.Bound, "2023-09-21", AgreementActive},
		{"amended", amended.Bound, "2020-10-02", AgreementAmended},
		{"expired", whole.Bound, "2023-09-22", AgreementExpired},
		{"terminated", ended.Bound, "2021-01-01", AgreementTerminated},
	}
	commands := []struct {
		name string
		do   func(Bound, time.Time) (registry.Change, error)
	}{
		{"edit", func(b Bound, at time.Time) (registry.Change, error) {
			return b.Edit(with(func(c *Content) { c.About = "Lain" }), pactNames(), at)
		}},
		{"attach", func(b Bound, at time.Time) (registry.Change, error) {
			f := paperFile()
			f.SHA256 = strings.Repeat("0b", 32)
			return b.Attach(f, pactNames(), at)
		}},
		{"detach", func(b Bound, at time.Time) (registry.Change, error) {
			return b.Detach(paperFile().SHA256, pactNames(), at)
		}},
		{"propose", func(b Bound, at time.Time) (registry.Change, error) {
			return b.Propose(pactNames(), doer("tiwi"), at)
		}},
		{"issue-number", func(b Bound, at time.Time) (registry.Change, error) {
			return b.IssueNumber("centre", Number{Text: "12/PKS/2020", Day: "2020-09-01"}, nil, "naskah kertas disalin", at)
		}},
		{"record-signature", func(b Bound, at time.Time) (registry.Change, error) {
			return b.RecordSignature(onPaper(b.Agreement, "dinsos", "2020-09-21"), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", doer("tiwi"), at)
		}},
		{"check-signature", func(b Bound, at time.Time) (registry.Change, error) {
			return b.CheckSignature("centre", doer("joko"), at)
		}},
		{"refuse-signature", func(b Bound, at time.Time) (registry.Change, error) {
			return b.RefuseSignature("centre", "pindaian terpotong", at)
		}},
		{"terminate", func(b Bound, at time.Time) (registry.Change, error) {
			return b.Terminate(registry.DayOf(at), "disepakati", doer("ratna"), at)
		}},
		{"record-expiry", func(b Bound, at time.Time) (registry.Change, error) { return b.RecordExpiry(at) }},
		{"record-destruction", func(b Bound, at time.Time) (registry.Change, error) {
			return b.RecordDestruction(Destruction{Day: registry.DayOf(at), What: "semua baris", Who: "Subbagian Data", How: "dihapus"}, doer("tiwi"), at)
		}},
	}
	// . refused by the state, x done, else the code of another refusal.
	const no, ok = ".", "x"
	table := map[string][]string{
		"draft":                {ok, ok, ok, ok, no, no, no, no, no, no, no},
		"proposed":             {ok, ok, ok, no, ok, ok, no, no, no, no, no},
		"half signed":          {ok, ok, ok, no, ok, ok, ok, ok, "agreement-not-concluded", no, no},
		"before its first day": {"agreement-concluded", "agreement-concluded", "agreement-concluded", no, ok, "signature-twice", "signature-checked", "signature-checked", ok, no, no},
		"active":               {no, no, no, no, ok, no, no, no, ok, no, no},
		"amended":              {no, no, no, no, ok, no, no, no, ok, no, no},
		"expired":              {no, no, no, no, no, no, no, no, no, ok, ok},
		"terminated":           {no, no, no, no, no, no, no, no, no, "agreement-end-recorded", ok},
	}
	seen := map[string]bool{}
	for _, s := range states {
		at := noon(s.on)
		if got := s.b.StateAt(at); got != s.state {
			t.Errorf("%s: the state is %q", s.name, got)
		}
		seen[s.state] = true
		for i, c := range commands {
			before, err := event.Marshal(s.b.Agreement)
			if err != nil {
				t.Fatal(err)
			}
			change, err := c.do(s.b, at)
			want := table[s.name][i]
			switch got := code(t, err); {
			case want == no && got != "state-agreement-"+s.state, want == ok && got != "", want != no && want != ok && got != want:
				t.Errorf("%s, %s: %q (%v)", s.name, c.name, got, err)
			}
			if allowed := AgreementLife.Allows(s.state, c.name); allowed == (want == no) {
				t.Errorf("%s, %s: the table of the life says %v", s.name, c.name, allowed)
			}
			if after, err := event.Marshal(s.b.Agreement); err != nil || string(after) != string(before) {
				t.Errorf("%s, %s changed what it was given", s.name, c.name)
			}
			if err == nil && change.Before == nil {
				t.Errorf("%s, %s: no state before", s.name, c.name)
			}
		}
	}
	for _, s := range AgreementLife.States {
		if !seen[s] {
			t.Errorf("no row for %s", s)
		}
	}
	for _, s := range AgreementLife.Steps {
		if s.Command != "draft" && !slices.ContainsFunc(commands, func(c struct {
			name string
			do   func(Bound, time.Time) (registry.Change, error)
		}) bool {
			return c.name == s.Command
		}) {
			t.Errorf("no column for %s", s.Command)
		}
	}
}

// TestAgreementAsOfThen: each step counts from its instant on.
func TestAgreementAsOfThen(t *testing.T) {
	p := newPact(t, "a", "pks", nil, pactContent(), noon("2020-09-01")).proposed(noon("2020-09-10")).
		signed("centre", "2020-09-21").signed("dinsos", "2020-09-22").checked("centre", noon("2020-09-23")).checked("dinsos", noon("2020-09-24"))
	p.then(p.Terminate("2022-03-01", "disepakati", doer("ratna"), noon("2022-02-01")))
	for _, c := range []struct {
		at    time.Time
		state string
		last  registry.Day
	}{
		{noon("2020-09-01").Add(-1), registry.None, "2023-09-21"},
		{noon("2020-09-01"), AgreementDraft, "2023-09-21"},
		{noon("2020-09-10"), AgreementProposed, "2023-09-21"},
		{noon("2020-09-21").Add(-1), AgreementProposed, "2023-09-21"},
		{noon("2020-09-21"), AgreementSigned, "2023-09-21"},
		{noon("2020-09-24").Add(-1), AgreementSigned, "2023-09-21"},
		{noon("2020-09-24"), AgreementActive, "2023-09-21"},
		{noon("2022-02-01").Add(-1), AgreementActive, "2023-09-21"},
		{noon("2022-02-01"), AgreementActive, "2022-02-28"},
		{noon("2022-02-28"), AgreementActive, "2022-02-28"},
		{noon("2022-02-28").Add(12 * time.Hour), AgreementTerminated, "2022-02-28"},
	} {
		if s, last := p.StateAt(c.at), p.PeriodAt(c.at).Until; s != c.state || last != c.last {
			t.Errorf("%s: %s until %s, want %s until %s", c.at, s, last, c.state, c.last)
		}
		if open := !p.ScopeAt(c.at).OpensNothing(); open != (c.state == AgreementActive) {
			t.Errorf("%s: opens %v", c.at, open)
		}
	}
	if d := p.ReleasableUntil(noon("2022-03-01")); d != "2022-05-29" { // 90 days after 28 February
		t.Error(d)
	}
}

// TestAddendum: it replaces scope and terms once it is in force, in the order in
// which addenda come into force, and the agreement keeps its first day.
func TestAddendum(t *testing.T) {
	p := concluded(t, "a", "pks", nil, pactContent(), "2020-09-21")
	longer := concluded(t, "x", "addendum", p.bound(), with(func(c *Content) {
		c.Scope.Period, c.Terms.ReleaseDays = registry.Period{From: "2021-01-01", Until: "2024-12-31"}, 30
	}), "2020-10-01")
	smaller := concluded(t, "y", "addendum", p.bound(), with(func(c *Content) {
		c.Scope.Period, c.Scope.Programmes = registry.Period{From: "2020-11-01", Until: "2023-12-31"}, []string{"pkh"}
	}), "2020-10-01")
	b := *p.bound()
	b.Addenda = []Agreement{longer.Agreement, smaller.Agreement}
	for day, want := range map[registry.Day]struct {
		state    string
		until    registry.Day
		programs int
		release  registry.Day
	}{
		"2020-10-31": {AgreementActive, "2023-09-21", 3, "2023-12-20"},
		"2020-11-01": {AgreementAmended, "2023-12-31", 1, "2024-03-30"},
		"2021-01-01": {AgreementAmended, "2024-12-31", 3, "2025-01-30"},
		"2024-12-31": {AgreementAmended, "2024-12-31", 3, "2025-01-30"},
		"2025-01-01": {AgreementExpired, "2024-12-31", 0, "2025-01-30"},
	} {
		at := noon(day)
		if s, p := b.StateAt(at), b.PeriodAt(at); s != want.state || p.Until != want.until || p.From != "2020-09-21" || len(b.ScopeAt(at).Programmes) != want.programs || b.ReleasableUntil(at) != want.release {
			t.Errorf("%s: %s %v %v %s", day, s, p, b.ScopeAt(at), b.ReleasableUntil(at))
		}
	}
	x := longer.Bound
	x.Parent = &b
	for day, want := range map[registry.Day]string{"2020-10-01": AgreementSigned, "2020-12-31": AgreementSigned, "2021-01-01": AgreementActive, "2025-01-01": AgreementExpired} {
		if s := x.StateAt(noon(day)); s != want {
			t.Errorf("the addendum on %s: %s", day, s)
		}
		if !x.ScopeAt(noon(day)).OpensNothing() {
			t.Error("an addendum opens something by itself")
		}
	}
	y := smaller.Bound
	y.Parent = &b
	if s, days := y.StateAt(noon("2024-06-01")), y.PeriodAt(noon("2024-06-01")); s != AgreementActive || days.Until != "2024-12-31" { // it ends with what it amends
		t.Error(s, days)
	}
	late := b
	late.Addenda = nil
	late.Addenda = append(late.Addenda, longer.Agreement)
	late.Addenda[0].Signatures = slices.Clone(late.Addenda[0].Signatures)
	checked := *late.Addenda[0].Signatures[0].Checked
	checked.At = noon("2023-09-22") // the day after the end
	late.Addenda[0].Signatures[0].Checked = &checked
	if s := late.StateAt(noon("2023-09-23")); s != AgreementExpired {
		t.Errorf("an addendum that came after the end: %s", s)
	}
}

// TestChildEndsWithParent also early.
func TestChildEndsWithParent(t *testing.T) {
	umbrella := concluded(t, "u", "nota-kesepakatan", nil, pactContent(), "2020-09-21")
	child := concluded(t, "c", "pks", umbrella.bound(), with(func(c *Content) { c.Scope.Programmes = []string{"pkh"} }), "2020-10-01")
	if s := child.StateAt(noon("2022-06-30")); s != AgreementActive {
		t.Fatal(s)
	}
	umbrella.then(umbrella.Terminate("2022-06-30", "disepakati", doer("ratna"), noon("2022-06-01")))
	child.Parent = umbrella.bound()
	if s, p := child.StateAt(noon("2022-06-30")), child.PeriodAt(noon("2022-06-30")); s != AgreementTerminated || p.Until != "2022-06-29" {
		t.Error(s, p)
	}
	child.then(child.RecordExpiry(noon("2022-07-01")))
	if _, err := child.RecordExpiry(noon("2022-07-02")); code(t, err) != "agreement-end-recorded" {
		t.Error(err)
	}
}

// TestEditDropsSignatures: and the numbers stay used.
func TestEditDropsSignatures(t *testing.T) {
	p := newPact(t, "a", "pks", nil, pactContent(), noon("2020-09-01")).proposed(noon("2020-09-20"))
	p.then(p.IssueNumber("dinsos", Number{Text: "460/217/2020", Day: "2020-09-20"}, nil, "", noon("2020-09-20")))
	p.signed("centre", "2020-09-21")
	first := p.Agreement.Frozen.SHA256
	p.then(p.Edit(with(func(c *Content) { c.Place = "Yogyakarta" }), pactNames(), noon("2020-09-22")))
	a := p.Agreement
	if p.StateAt(noon("2020-09-22")) != AgreementDraft || a.Frozen != nil || len(a.Signatures) != 0 || a.Parties[1].Number != nil {
		t.Errorf("%+v", a)
	}
	p.proposed(noon("2020-09-23"))
	if p.Agreement.Frozen.SHA256 == first {
		t.Error("another text has the same hash")
	}
	if _, err := p.IssueNumber("dinsos", Number{Text: "460/217/2020", Day: "2020-09-23"}, nil, "", noon("2020-09-23")); code(t, err) != "number-used" {
		t.Error(err)
	}
	if got := p.Agreement.Numbers("dinsos"); len(got) != 1 || got[0].Text != "460/217/2020" {
		t.Error(got)
	}
	s := onPaper(p.Agreement, "centre", "2020-09-21")
	s.Text = first
	if _, err := p.RecordSignature(s, signSeat("head-centre"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon("2020-09-23")); code(t, err) != "signature-other-text" {
		t.Error(err)
	}
}

// TestText of the agreement of 21 September 2020, letter by letter. To write it
// anew: UPDATE_GOLDEN=1; read it before you commit.
func TestText(t *testing.T) {
	p := newPact(t, "a", "pks", nil, pactContent(), noon("2020-09-01"))
	file := paperFile()
	file.Name = "kerangka-acuan.pdf"
	p.then(p.Attach(file, pactNames(), noon("2020-09-02")))
	p.proposed(noon("2020-09-20"))
	text := p.Letter(pactNames())
	golden := filepath.Join("testdata", "agreement-2020-09-21.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(text.Plain()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.Plain() != string(want) {
		t.Errorf("the text is\n%s", text.Plain())
	}
	if text.SHA256() != p.Agreement.Frozen.SHA256 || p.Text(pactNames()).SHA256() != text.SHA256() {
		t.Error("the same agreement has two hashes")
	}
	for _, r := range "[]{}" {
		if strings.ContainsRune(string(want), r) {
			t.Errorf("a place was not filled: %c", r)
		}
	}
	if err := registry.CheckText("text", text.Plain(), len(want), true); err != nil {
		t.Error(err)
	}
	frozen := p.Agreement.Frozen.SHA256
	p.then(p.IssueNumber("dinsos", Number{Text: "460/217/2020", Day: "2020-09-21"}, nil, "", noon("2020-09-21")))
	if p.Agreement.Frozen.SHA256 != frozen || p.Agreement.Frozen.Text.SHA256() != frozen {
		t.Error("a number changed what was frozen")
	}
	renamed := pactNames()
	renamed.Organisations["dinsos"] = "Dinas Lain"
	numbers := []string{}
	for _, b := range p.Letter(renamed) {
		if b.Kind == NumberBlock {
			numbers = append(numbers, b.Text)
		}
		if strings.Contains(b.Text, "Lain") {
			t.Error("a name that came later stands in what was frozen")
		}
	}
	if !slices.Equal(numbers, []string{"........", "460/217/2020"}) {
		t.Error(numbers)
	}
}

// TestTextOfOthers: an addendum names what it amends, a child what it carries
// out; what is not known is left open.
func TestTextOfOthers(t *testing.T) {
	p := newPact(t, "a", "nota-kesepakatan", nil, pactContent(), noon("2020-09-21")).proposed(noon("2020-09-21"))
	p.then(p.IssueNumber("centre", Number{Text: "1/NK/2020", Day: "2020-09-21"}, nil, "", noon("2020-09-21")))
	p.signed("centre", "2020-09-21").signed("dinsos", "2020-09-21").checked("centre", noon("2020-09-21")).checked("dinsos", noon("2020-09-21"))
	add := newPact(t, "x", "addendum", p.bound(), pactContent(), noon("2020-10-01"))
	child := newPact(t, "c", "pks", p.bound(), with(func(c *Content) { c.Day, c.Place, c.Terms.SilenceDays = "", "", 0 }), noon("2020-10-01"))
	vacant := pactNames()
	vacant.Positions["head-centre"] = Signatory{Organisation: "centre", Title: "Kepala Balai Besar"}
	for _, c := range []struct{ text, has string }{
		{add.Text(pactNames()).Plain(), "ADENDUM\n\nATAS NOTA KESEPAKATAN\n"},
		{add.Text(pactNames()).Plain(), "Adendum ini mengubah Nota Kesepakatan tentang Penelitian dan Pemanfaatan Data Kesejahteraan Sosial di Jawa Timur, Nomor 1/NK/2020, tanggal 21 September 2020, yang tetap berlaku"},
		{child.Text(pactNames()).Plain(), "Perjanjian Kerja Sama ini melaksanakan Nota Kesepakatan tentang"},
		{child.Text(pactNames()).Plain(), "Pada hari ini, ........, tanggal ........, bulan ........, tahun ........ (..-..-....), yang bertanda"},
		{child.Text(pactNames()).Plain(), "yang tidak menjawab permohonan izin tidak dianggap mengizinkan"},
		{child.Text(vacant).Plain(), "1. ........, Kepala Balai Besar pada"},
	} {
		if !strings.Contains(c.text, c.has) {
			t.Errorf("%q is missing in\n%s", c.has, c.text)
		}
	}
}

// TestScopeWords in both languages.
func TestScopeWords(t *testing.T) {
	one := pactScope()
	one.Regions, one.Programmes, one.Datasets = []string{"3507"}, []string{"pkh"}, one.Datasets[:1]
	nation := pactScope()
	nation.Regions = []string{registry.Nation}
	for _, c := range []struct {
		s    Scope
		l    i18n.Lang
		want string
	}{
		{pactScope(), i18n.ID, "membuka 2 dataset di 38 kabupaten/kota untuk 3 program sampai 21 September 2023"},
		{pactScope(), i18n.EN, "opens 2 datasets in 38 regencies and cities for 3 programmes until 21 September 2023"},
		{one, i18n.EN, "opens 1 dataset in 1 regency or city for 1 programme until 21 September 2023"},
		{nation, i18n.ID, "membuka 2 dataset di seluruh Indonesia untuk 3 program sampai 21 September 2023"},
		{Nothing(), i18n.ID, "tidak membuka apa pun"},
	} {
		if got := c.s.Words(c.l); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestEndNotices: 90, 30 and 7 days before the end as it stood then, each once.
func TestEndNotices(t *testing.T) {
	p := concluded(t, "a", "pks", nil, pactContent(), "2020-09-21")
	b := *p.bound()
	b.Addenda = []Agreement{concluded(t, "x", "addendum", p.bound(), with(func(c *Content) {
		c.Scope.Period = registry.Period{From: "2023-08-30", Until: "2024-09-21"}
	}), "2020-10-01").Agreement}
	due := func(b Bound, from, to time.Time) []string {
		var all []string
		for _, n := range b.EndNotices(from, to) {
			all = append(all, string(n.Due)+" "+string(n.Last))
		}
		return all
	}
	// The addendum comes into force between the second and the third reminder.
	want := []string{"2023-06-23 2023-09-21", "2023-08-22 2023-09-21", "2024-06-23 2024-09-21", "2024-08-22 2024-09-21", "2024-09-14 2024-09-21"}
	if got := due(b, noon("2020-01-01"), noon("2030-01-01")); !slices.Equal(got, want) {
		t.Error(got)
	}
	midnight := noon("2023-06-23").Add(-12 * time.Hour)
	if got := due(b, midnight.Add(-time.Second), midnight); len(got) != 1 {
		t.Error(got)
	}
	if got := due(b, midnight, midnight.Add(time.Hour)); len(got) != 0 {
		t.Error(got)
	}
	p.then(p.Terminate("2021-03-01", "disepakati", doer("ratna"), noon("2021-02-18")))
	if got := due(p.Bound, noon("2020-01-01"), noon("2030-01-01")); !slices.Equal(got, []string{"2021-02-21 2021-02-28"}) {
		t.Error(got)
	}
	draft := newPact(t, "d", "pks", nil, pactContent(), noon("2020-09-01"))
	if got := due(draft.Bound, noon("2020-01-01"), noon("2030-01-01")); len(got) != 0 {
		t.Error(got)
	}
}

// TestKinds: what the table names is in the table, and has words.
func TestKinds(t *testing.T) {
	for _, k := range Kinds() {
		for _, c := range append(slices.Clone(k.Children), k.Amends...) {
			if _, ok := FindKind(c); !ok {
				t.Errorf("%s names %q", k.Code, c)
			}
		}
		if len(k.Articles) == 0 || slices.Contains(k.Amends, k.Code) || slices.Contains(k.Children, k.Code) {
			t.Errorf("%+v", k)
		}
		for _, l := range i18n.Langs {
			if !i18n.Has(l, "agreement.kind."+k.Code) {
				t.Errorf("%s has no word in %s", k.Code, l)
			}
		}
	}
	if !slices.IsSorted(Purposes) {
		t.Error(Purposes)
	}
	for _, p := range Purposes {
		for _, l := range i18n.Langs {
			if !i18n.Has(l, "purpose."+p) || !i18n.Has(l, "problem.agreement-outside-purpose-"+p) {
				t.Errorf("%s has no words in %s", p, l)
			}
		}
	}
	for _, s := range AgreementLife.States {
		if !i18n.Has(i18n.ID, "agreement.state."+s) || !i18n.Has(i18n.ID, "problem.state-agreement-"+s) {
			t.Errorf("%s has no words", s)
		}
	}
	for _, w := range Ways {
		if !i18n.Has(i18n.ID, "agreement.way."+string(w)) {
			t.Errorf("%s has no words", w)
		}
	}
}

// agreementCodes are the problems of the catalogue of agreements.
func agreementCodes(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", "cooperation.en.json"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	var all []string
	for k := range words {
		if c, ok := strings.CutPrefix(k, "problem."); ok {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return all
}

// TestOldAgreement: one that ended before it was entered was never in force as
// far as the record knows, and is expired once its signatures are checked.
func TestOldAgreement(t *testing.T) {
	now := registry.Day("2026-11-26")
	p := newPact(t, "a", "pks", nil, pactContent(), noon(now)).proposed(noon(now)).signed("centre", now).signed("dinsos", now).checked("centre", noon(now))
	if s := p.StateAt(noon(now)); s != AgreementSigned {
		t.Error(s)
	}
	p.checked("dinsos", noon(now).Add(time.Minute))
	if s := p.StateAt(noon(now).Add(time.Minute)); s != AgreementExpired {
		t.Error(s)
	}
	if at := noon("2021-01-01"); p.StateAt(at) != registry.None || !p.ScopeAt(at).OpensNothing() {
		t.Error("it was in force before the record knew it")
	}
	if _, err := p.RecordExpiry(noon(now.Add(1))); err != nil {
		t.Error(err)
	}
}
