package cooperation_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/docs/rules"
	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

// The people and offices of these tests are invented. "d35" is the social office
// of the province, "k35" its Bakesbangpol; "d3526" and "k3526" those of a
// kabupaten. Sampang (3527) has a DPMPTSP in place of a Bakesbangpol, and
// Pamekasan (3528) neither.

// on is an instant of a day, nine in the morning in Jakarta.
func on(d registry.Day) time.Time { return d.Begins().Add(9 * time.Hour) }

var (
	researcher = event.Actor{User: "peneliti", Position: "p-peneliti", Capacity: event.Definitive, Via: event.Web}
	official   = event.Actor{User: "pejabat", Position: "p-kadis", Capacity: event.Definitive, Via: event.Web}
	system     = event.Actor{Via: event.System}
)

// permitGround is an agreement of three years from 2026 on, under which a region
// that is silent for so many working days counts as having agreed.
func permitGround(silence int) Ground {
	signed := on("2025-12-20")
	mark := Mark{User: "x", At: signed}
	sign := func(o string) Signature {
		return Signature{Organisation: o, Day: "2025-12-20", Recorded: mark, Checked: &Mark{User: "y", At: signed}}
	}
	return Ground{
		Agreement: Bound{Agreement: Agreement{
			ID: "a1", Kind: "pks", Drafted: Mark{At: on("2025-12-01")}, Frozen: &Frozen{Mark: mark}, Signatures: []Signature{sign("centre"), sign("d35")},
			Content: Content{
				About: "Penelitian Dampak Bantuan Sosial", Day: "2025-12-20",
				Parties: []Party{{Organisation: "centre", Number: &Number{Text: "12/HK.02/2025", Day: "2025-12-20"}}, {Organisation: "d35", Number: &Number{Text: "460/77/107.5/2025", Day: "2025-12-20"}}},
				Scope: Scope{
					Programmes: []string{"kip", "pkh-plus"}, Regions: []string{"35"}, Purposes: []string{"evaluation"},
					Datasets: []Columns{{"penerima", []string{"desil", "tahun", "wilayah"}}, {"susenas", []string{All}}},
					Period:   registry.Period{From: "2026-01-01", Until: "2028-12-31"},
				},
				Terms: Terms{SilenceDays: silence, ReleaseDays: 90, ReportDays: 30},
			},
		}},
		Calendar: registry.NewCalendar(registry.ShippedYears()...),
	}
}

func terminated(g Ground, day registry.Day, at time.Time) Ground {
	g.Agreement.Agreement.Terminated = &Termination{Mark: Mark{At: at}, Day: day, Reason: "x"}
	return g
}

var permitNames = LetterNames{
	Names: Names{
		Organisations: map[string]string{
			"centre": "Balai Penelitian Contoh", "d35": "Dinas Sosial Provinsi Jawa Timur", "k35": "Bakesbangpol Provinsi Jawa Timur",
			"d3526": "Dinas Sosial Kabupaten Bangkalan", "k3526": "Bakesbangpol Kabupaten Bangkalan", "d3527": "Dinas Sosial Kabupaten Sampang",
			"m3527": "DPMPTSP Kabupaten Sampang", "d3528": "Dinas Sosial Kabupaten Pamekasan",
		},
		Positions: map[string]Signatory{
			"p-kadis":    {Organisation: "d35", Title: "Kepala Dinas", Name: "Wening Contoh", Capacity: event.Definitive},
			"p-plt":      {Organisation: "d35", Title: "Kepala Dinas", Name: "Wening Contoh", Capacity: event.Plt},
			"p-vacant":   {Organisation: "d35", Title: "Sekretaris"},
			"p-other":    {Organisation: "d3526", Title: "Kepala Dinas", Name: "Lain Contoh", Capacity: event.Definitive},
			"p-peneliti": {Organisation: "centre", Title: "Peneliti Ahli Muda", Name: "Laras Contoh", Capacity: event.Definitive},
		},
		Programmes: map[string]string{"pkh-plus": "PKH Plus", "kip": "KIP Putri Jawara"},
		Datasets:   map[string]Dataset{"penerima": {Name: "Penerima PKH Plus", Columns: []string{"desil", "tahun", "wilayah"}}, "susenas": {Name: "Susenas Maret", Columns: []string{"desil"}}},
	},
	People:  map[string]string{"peneliti": "Laras Contoh", "anggota": "Bagas Contoh"},
	Address: "Jalan Contoh Nomor 1, Yogyakarta",
}

func organisations() []registry.Organisation {
	o := func(id string, office registry.Office, region string) registry.Organisation {
		kind := registry.RegencyOffice
		if region == "35" {
			kind = registry.ProvinceOffice
		}
		return registry.Organisation{ID: id, Kind: kind, Office: office, Region: region, Period: registry.Period{From: "2020-01-01"}}
	}
	return []registry.Organisation{
		o("d35", "social", "35"), o("k35", "kesbangpol", "35"), o("d3526", "social", "3526"), o("m3526", "dpmptsp", "3526"), o("k3526", "kesbangpol", "3526"),
		o("d3527", "social", "3527"), o("m3527", "dpmptsp", "3527"), o("d3528", "social", "3528"),
	}
}

func chain(t testing.TB) []StepRule {
	t.Helper()
	c, err := ReadChain(rules.PermitChain)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(kind PermitKind) Request {
	r := Request{
		Study: "s1", Agreement: "a1", Institution: "centre", Kind: kind, Title: "Dampak PKH Plus pada lansia", Aims: "Mengetahui dampak PKH Plus pada pengeluaran lansia.",
		Method: "Selisih ganda atas data yang sudah ada.", Field: "Kesejahteraan sosial", Status: "new", Responsible: Researcher{"p-peneliti", "peneliti"}, Members: []string{"anggota"},
		Purpose: "evaluation", Programmes: []string{"pkh-plus"}, Regions: []string{"3526", "3527", "3528"}, Datasets: []Columns{{"penerima", []string{"desil", "tahun"}}},
		Period: registry.Period{From: "2026-02-02", Until: "2026-07-31"},
	}
	if kind == FieldWork {
		r.Sample, r.AsksPeople, r.Makes = "400 keluarga, dipilih acak dari penerima", true, "Survei lansia 2026"
	}
	return r
}

var scan = File{SHA256: strings.Repeat("0a", 32), Name: "surat.pdf", Type: "application/pdf", Bytes: 100}

// play carries a permit through commands that must go through.
type play struct {
	t testing.TB
	g Ground
	p Permit
}

func (s *play) do(c registry.Change, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.p = c.After.(Permit)
}

func begin(t testing.TB, g Ground, r Request) *play {
	t.Helper()
	s := &play{t: t, g: g}
	s.do(DraftPermit("i1", r, researcher, on("2026-01-12")))
	for _, k := range AttachmentKinds {
		s.do(s.p.Attach(g, Attachment{k, scan}, on("2026-01-12")))
	}
	return s
}

func signing(office, region string) Answer {
	return Answer{Office: office, Region: region, Signing: registry.DefaultSigning()}
}

func why(a Answer, reason string) Answer { a.Reason = reason; return a }

func (s *play) submit(d registry.Day) *play {
	s.t.Helper()
	s.do(s.p.Submit(s.g, chain(s.t), organisations(), permitNames.Names, researcher, on(d)))
	return s
}

func (s *play) recommend(office, region string, d registry.Day) *play {
	s.t.Helper()
	s.do(s.p.Recommend(s.g, signing(office, region), official, on(d)))
	return s
}

func (s *play) open(d registry.Day) *play {
	s.t.Helper()
	s.recommend("k35", "", d)
	s.do(s.p.Open(s.g, signing("d35", ""), official, on(d)))
	return s
}

func (s *play) grant(region string, d registry.Day) *play {
	s.t.Helper()
	s.do(s.p.Grant(s.g, signing("d"+region, region), official, on(d)))
	return s
}

// opened is a permit that the province opened on Monday, 2 February 2026.
func opened(t testing.TB, kind PermitKind, silence int) *play {
	t.Helper()
	return begin(t, permitGround(silence), request(kind)).submit("2026-01-28").open("2026-02-02")
}

// inState gives a permit in a state, and an instant at which it is in it.
func inState(t testing.TB, state string) (*play, time.Time) {
	t.Helper()
	g := permitGround(0)
	switch state {
	case PermitDraft:
		return begin(t, g, request(DataUse)), on("2026-01-13")
	case PermitSubmitted:
		return begin(t, g, request(DataUse)).submit("2026-01-28"), on("2026-01-29")
	case PermitReview:
		return begin(t, g, request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28"), on("2026-01-29")
	case PermitReturned, PermitDeclined:
		s := begin(t, g, request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28")
		if state == PermitReturned {
			s.do(s.p.Return(g, why(signing("d35", ""), "metode kurang jelas"), official, on("2026-01-29")))
		} else {
			s.do(s.p.Decline(g, why(signing("d35", ""), "sudah ada penelitian serupa"), official, on("2026-01-29")))
		}
		return s, on("2026-01-29").Add(time.Hour)
	case PermitOpen, PermitReporting, PermitClosed, PermitRevoked:
		s := opened(t, DataUse, 0).grant("3528", "2026-02-03")
		switch state {
		case PermitReporting:
			return s, on("2026-08-01")
		case PermitClosed:
			s.do(s.p.FileReport(g, &scan, "", researcher, on("2026-08-03")))
			s.do(s.p.AcceptReport(g, signing("d35", ""), official, on("2026-08-04")))
			return s, on("2026-08-05")
		case PermitRevoked:
			s.do(s.p.Revoke(g, why(signing("d35", ""), "data dipakai di luar izin"), official, on("2026-02-04")))
		}
		return s, on("2026-02-05")
	case PermitWithdrawn:
		s := begin(t, g, request(DataUse))
		s.do(s.p.Withdraw(g, "penelitian batal", researcher, on("2026-01-13")))
		return s, on("2026-01-14")
	case PermitExpired:
		return opened(t, DataUse, 0), on("2026-08-01")
	}
	t.Fatal(state)
	return nil, time.Time{}
}

func codesOf(err error) string {
	var p *problem.Problem
	var l problem.List
	switch {
	case err == nil:
		return ""
	case errors.As(err, &l):
		codes := make([]string, len(l))
		for i, p := range l {
			codes[i] = p.Code
		}
		return strings.Join(codes, " ")
	case errors.As(err, &p):
		return p.Code
	}
	return err.Error()
}

// commands gives each command of PermitLife as it would be given at a permit.
func commands(s *play, at time.Time) map[string]func() error {
	p, g := s.p, s.g
	give := func(_ registry.Change, err error) error { return err }
	province := why(signing("d35", ""), "alasan")
	region := why(signing("d3528", "3528"), "alasan")
	return map[string]func() error{
		"edit":           func() error { return give(p.Edit(g, request(DataUse), at)) },
		"attach":         func() error { return give(p.Attach(g, Attachment{CentreLetter, scan}, at)) },
		"submit":         func() error { return give(p.Submit(g, chain(s.t), organisations(), permitNames.Names, researcher, at)) },
		"recommend":      func() error { return give(p.Recommend(g, signing("k35", ""), official, at)) },
		"return":         func() error { return give(p.Return(g, province, official, at)) },
		"decline":        func() error { return give(p.Decline(g, province, official, at)) },
		"open":           func() error { return give(p.Open(g, province, official, at)) },
		"grant-region":   func() error { return give(p.Grant(g, region, official, at)) },
		"decline-region": func() error { return give(p.DeclineRegion(g, region, official, at)) },
		"revoke-region":  func() error { return give(p.RevokeRegion(g, region, official, at)) },
		"record-deemed":  func() error { return give(p.RecordDeemed(g, "3527", system, at)) },
		"record-passed":  func() error { return give(p.RecordPassed(g, "3526", system, at)) },
		"issue-letter": func() error {
			return give(p.IssueLetter(g, Issue{Answer: Answer{Office: "d35", Number: &Number{Text: "1", Day: registry.DayOf(at)}, Signing: registry.DefaultSigning()}, Position: "p-kadis"}, permitNames, official, at))
		},
		"extend":        func() error { return give(p.Extend(g, "2026-12-31", province, official, at)) },
		"withdraw":      func() error { return give(p.Withdraw(g, "alasan", researcher, at)) },
		"revoke":        func() error { return give(p.Revoke(g, province, official, at)) },
		"record-expiry": func() error { return give(p.RecordExpiry(g, system, at)) },
		"file-report":   func() error { return give(p.FileReport(g, &scan, "", researcher, at)) },
		"return-report": func() error { return give(p.ReturnReport(g, province, official, at)) },
		"accept-report": func() error { return give(p.AcceptReport(g, province, official, at)) },
	}
}

// TestLifeOfAPermit: in each state each command goes through or is refused by the
// state, as PermitLife says. What else it may be refused for is in TestPermitRefusals.
func TestLifeOfAPermit(t *testing.T) {
	through := 0
	for _, state := range PermitLife.States {
		s, at := inState(t, state)
		if got := s.p.StateAt(s.g, at); got != state {
			t.Fatalf("%s, want %s", got, state)
		}
		given := commands(s, at)
		for _, step := range PermitLife.Steps {
			if step.Command == "draft" {
				continue
			}
			do, ok := given[step.Command]
			if !ok {
				t.Fatalf("%s is never given", step.Command)
			}
			err := do()
			if refused := codesOf(err) == "state-permit-"+state; refused == PermitLife.Allows(state, step.Command) {
				t.Errorf("%s while %s: %v", step.Command, state, err)
			}
			if err == nil {
				through++
			}
		}
		for _, key := range []string{"problem.state-permit-" + state, "permit.state." + state} {
			for _, l := range i18n.Langs {
				if !i18n.Has(l, key) {
					t.Errorf("%s: no words for %s", l, key)
				}
			}
		}
	}
	if through < 20 {
		t.Errorf("only %d commands went through", through)
	}
}

// TestPermitStory: one region says yes, one no, one is silent; what is open, who
// holds what, the letter, an extension, the end, the report.
func TestPermitStory(t *testing.T) {
	s := begin(t, permitGround(5), request(FieldWork))
	g := s.g
	s.submit("2026-01-28")
	if s.p.StateAt(g, on("2026-01-28")) != PermitSubmitted || s.p.StateAt(g, on("2026-01-27")) != PermitDraft {
		t.Error("submitted")
	}
	var falls []string
	for _, c := range s.p.Chain {
		if c.FallsAway() {
			falls = append(falls, c.Region+" "+c.Rule)
		}
	}
	if !slices.Equal(falls, []string{"3528 region-recommendation"}) || s.p.Chain[2].Organisation != "k3526" || s.p.Chain[4].Organisation != "m3527" {
		t.Error(falls, s.p.Chain)
	}
	s.recommend("k35", "", "2026-01-29")
	if s.p.StateAt(g, on("2026-01-30")) != PermitReview {
		t.Error("review")
	}
	s.do(s.p.Open(g, signing("d35", ""), official, on("2026-02-02")))
	s.recommend("k3526", "3526", "2026-02-03").grant("3526", "2026-02-04")
	s.recommend("m3527", "3527", "2026-02-03")
	s.do(s.p.DeclineRegion(g, why(signing("d3528", "3528"), "sedang pendataan ulang"), official, on("2026-02-05")))

	steps := s.p.Steps(g, on("2026-02-12"))
	got := map[string]StepStatus{}
	for _, st := range steps {
		got[st.Region+" "+st.Rule] = st
	}
	for key, state := range map[string]string{"35 province-recommendation": "done", "35 province-opening": "done", "3526 region-answer": "done", "3527 region-recommendation": "done", "3527 region-answer": "waiting", "3528 region-recommendation": "falls-away", "3528 region-answer": "done"} {
		if got[key].State != state {
			t.Errorf("%s: %s, want %s", key, got[key].State, state)
		}
	}
	// Sampang's office has it since Tuesday 3 February: Wed, Thu, Fri, Mon, Tue.
	if w := got["3527 region-answer"]; w.Organisation != "d3527" || w.Since != "2026-02-03" || w.Due != "2026-02-10" || w.Waited != 7 || !w.Late {
		t.Errorf("%+v", w)
	}

	regions := func(use PermitKind, d registry.Day) string {
		all, _ := s.p.Opens(g, use, on(d))
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		use  PermitKind
		day  registry.Day
		want string
	}{
		{FieldWork, "2026-02-03", ""}, {FieldWork, "2026-02-04", "3526"}, {FieldWork, "2026-02-09", "3526"}, {FieldWork, "2026-02-10", "3526 3527"},
		{DataUse, "2026-02-11", "3526"}, {FieldWork, "2026-07-31", "3526 3527"}, {FieldWork, "2026-08-01", ""}, {DataUse, "2026-08-01", ""},
	} {
		if got := regions(c.use, c.day); got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.use, c.day, got, c.want)
		}
	}
	if d := s.p.Deviations(g, on("2026-02-12")); !slices.Equal(d, []Shut{{"3528", "declined"}}) {
		t.Error(d)
	}
	if d := s.p.Deviations(g, on("2026-02-05")); !slices.Equal(d, []Shut{{"3528", "declined"}}) {
		t.Error(d)
	}
	s.do(s.p.RecordDeemed(g, "3527", system, on("2026-02-11")))
	if m := s.p.Moves[len(s.p.Moves)-1]; m.Rule != SilenceRule || m.Until != "2026-07-31" || m.Mark.Via != event.System {
		t.Errorf("%+v", m)
	}

	// The extension asks the two again; Bangkalan says yes, Sampang waits.
	s.do(s.p.Extend(g, "2026-09-30", why(signing("d35", ""), "lapangan terlambat"), official, on("2026-07-24")))
	s.grant("3526", "2026-07-27")
	for day, want := range map[registry.Day]string{"2026-07-30": "3526 3527", "2026-08-01": "3526 3527", "2026-10-01": ""} {
		if got := regions(FieldWork, day); got != want {
			t.Errorf("extended, on %s: %q, want %q", day, got, want)
		}
	}
	if r, _ := s.p.RegionAt(g, "3527", on("2026-07-31")); r.State != RegionDeemed || r.Covers != "2026-07-31" && r.Covers != "2026-09-30" {
		t.Errorf("%+v", r)
	}
	if r, _ := s.p.RegionAt(g, "3528", on("2026-08-01")); r.State != RegionDeclined || r.Reason != "sedang pendataan ulang" {
		t.Errorf("%+v", r)
	}
	s.do(s.p.RevokeRegion(g, why(signing("d3526", "3526"), "pelanggaran"), official, on("2026-08-10")))
	if got := regions(FieldWork, "2026-08-10"); got != "3527" {
		t.Error(got)
	}
	if got := regions(FieldWork, "2026-08-09"); got != "3526 3527" {
		t.Errorf("as of the day before: %s", got)
	}

	if r := s.p.ReportAt(g, on("2026-10-01")); r.State != ReportDue || r.Due != "2026-10-30" || r.Late {
		t.Errorf("%+v", r)
	}
	s.do(s.p.RecordExpiry(g, system, on("2026-10-01")))
	s.do(s.p.FileReport(g, &scan, "laporan pertama", researcher, on("2026-10-20")))
	s.do(s.p.ReturnReport(g, why(signing("d35", ""), "tanpa tabel"), official, on("2026-10-22")))
	if r := s.p.ReportAt(g, on("2026-11-02")); r.State != ReportReturned || !r.Late {
		t.Errorf("%+v", r)
	}
	s.do(s.p.FileReport(g, &scan, "", researcher, on("2026-11-03")))
	if r := s.p.ReportAt(g, on("2026-11-04")); r.State != ReportFiled || !r.Late {
		t.Errorf("%+v", r)
	}
	s.do(s.p.AcceptReport(g, signing("d35", ""), official, on("2026-11-05")))
	if s.p.StateAt(g, on("2026-11-05")) != PermitClosed || s.p.StateAt(g, on("2026-11-04")) != PermitReporting || s.p.StateAt(g, on("2026-03-01")) != PermitOpen {
		t.Error("closed")
	}

	// The whole state stands in the event.
	b, err := json.Marshal(s.p)
	if err != nil {
		t.Fatal(err)
	}
	var back Permit
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(back); err != nil || string(again) != string(b) || back.StateAt(g, on("2026-11-05")) != PermitClosed {
		t.Error(err, string(again))
	}
}

// TestPermitRefusals: each refusal a row; none of the catalogue is without one.
func TestPermitRefusals(t *testing.T) {
	give := func(_ registry.Change, err error) error { return err }
	edits := func(change func(*Request)) func() error {
		return func() error {
			r := request(DataUse)
			change(&r)
			return give(DraftPermit("i1", r, researcher, on("2026-01-12")))
		}
	}
	submits := func(kind PermitKind, at registry.Day, change func(*Permit)) func() error {
		return func() error {
			s := begin(t, permitGround(5), request(kind))
			change(&s.p)
			return give(s.p.Submit(s.g, chain(t), organisations(), permitNames.Names, researcher, on(at)))
		}
	}
	field := func(silence int) *play { return opened(t, FieldWork, silence) }
	data := func() *play { return opened(t, DataUse, 5) }
	file := func(k AttachmentKind) func(*Permit) {
		return func(p *Permit) {
			p.Documents = slices.DeleteFunc(slices.Clone(p.Documents), func(a Attachment) bool { return a.Kind == k })
		}
	}
	deemed := func(s *play, region string, at registry.Day) func() error {
		return func() error { return give(s.p.RecordDeemed(s.g, region, system, on(at))) }
	}
	extends := func(until registry.Day, a Answer) func() error {
		return func() error { s := data(); return give(s.p.Extend(s.g, until, a, official, on("2026-03-02"))) }
	}
	letter := func(change func(*Issue)) func() error {
		return func() error {
			s := data().grant("3528", "2026-02-03")
			in := Issue{Answer: signing("d35", ""), Position: "p-kadis"}
			in.Number = &Number{Text: "070/1/2026", Day: "2026-02-04"}
			change(&in)
			return give(s.p.IssueLetter(s.g, in, permitNames, official, on("2026-02-04")))
		}
	}
	province := why(signing("d35", ""), "alasan")
	var everything []string
	for _, what := range []string{"study", "agreement", "institution", "kind", "title", "aims", "method", "field", "status", "responsible", "purpose", "programmes", "regions", "period", "datasets", "centre-letter", "terms-of-reference", "integrity-pact", "confidentiality"} {
		everything = append(everything, "permit-missing-"+what)
	}
	acting := func(c event.Capacity) event.Actor { a := official; a.Capacity = c; return a }
	rows := []struct {
		what, code string
		do         func() error
	}{
		{"an empty draft is a draft", "", func() error { return give(DraftPermit("i1", Request{}, researcher, on("2026-01-12"))) }},
		{"unknown kind", "permit-kind", edits(func(r *Request) { r.Kind = "census" })},
		{"unknown status", "permit-status", edits(func(r *Request) { r.Status = "old" })},
		{"a province is no region of a permit", "permit-region", edits(func(r *Request) { r.Regions = []string{"35"} })},
		{"a region that is not", "permit-region", edits(func(r *Request) { r.Regions = []string{"3599"} })},
		{"a dataset twice", "permit-dataset-twice", edits(func(r *Request) { r.Datasets = append(r.Datasets, r.Datasets[0]) })},
		{"an identity number in the title", "text-identity", edits(func(r *Request) { r.Title = "Penelitian 0000000000000000" })},
		{"two lines of title", "text-strange", edits(func(r *Request) { r.Title = "a\nb" })},
		{"an endless aim", "text-long", edits(func(r *Request) { r.Aims = strings.Repeat("a", 5001) })},
		{"the last day before the first", "period", edits(func(r *Request) { r.Period.Until = "2026-02-01" })},
		{"an attachment of no kind", "permit-attachment-kind", func() error {
			s := begin(t, permitGround(5), request(DataUse))
			return give(s.p.Attach(s.g, Attachment{"selfie", scan}, on("2026-01-13")))
		}},

		{"everything is missing, and all is named", strings.Join(everything, " "), func() error {
			c, err := DraftPermit("i1", Request{}, researcher, on("2026-01-12"))
			if err != nil {
				return err
			}
			return give(c.After.(Permit).Submit(permitGround(5), chain(t), organisations(), permitNames.Names, researcher, on("2026-01-13")))
		}},
		{"complete", "", submits(DataUse, "2026-01-28", func(*Permit) {})},
		{"complete field work", "", submits(FieldWork, "2026-01-28", func(*Permit) {})},
		{"a dataset without columns", "permit-missing-columns", submits(DataUse, "2026-01-28", func(p *Permit) { p.Datasets = []Columns{{"penerima", []string{}}} })},
		{"field work needs no dataset", "", submits(FieldWork, "2026-01-28", func(p *Permit) { p.Datasets = nil })},
		{"no instrument", "permit-missing-instrument", submits(FieldWork, "2026-01-28", file(Instrument))},
		{"data need no instrument", "", submits(DataUse, "2026-01-28", file(Instrument))},
		{"people are asked without ethics clearance", "permit-missing-ethics", submits(FieldWork, "2026-01-28", file(EthicsClearance))},
		{"nobody is asked", "", submits(FieldWork, "2026-01-28", func(p *Permit) { file(EthicsClearance)(p); p.AsksPeople = false })},
		{"no sample, no dataset to come", "permit-missing-sample permit-missing-makes", submits(FieldWork, "2026-01-28", func(p *Permit) { p.Sample, p.Makes = "", "" })},
		{"before the agreement", "permit-agreement-not-in-force", submits(DataUse, "2025-12-31", func(*Permit) {})},
		{"a programme, a dataset and columns outside", "permit-outside-programmes permit-outside-datasets permit-outside-datasets", submits(DataUse, "2026-01-28", func(p *Permit) {
			p.Programmes = []string{"bpnt", "pkh-plus"}
			p.Datasets = []Columns{{"penerima", []string{"desil", "nama"}}, {"podes", []string{All}}}
		})},
		{"all columns where the agreement opens some", "permit-outside-datasets", submits(DataUse, "2026-01-28", func(p *Permit) { p.Datasets = []Columns{{"penerima", []string{All}}} })},
		{"another purpose", "permit-outside-purpose", submits(DataUse, "2026-01-28", func(p *Permit) { p.Purpose = "targeting" })},
		{"longer than the agreement", "permit-outside-period", submits(DataUse, "2026-01-28", func(p *Permit) { p.Period.Until = "2029-01-01" })},
		{"until its last day", "", submits(DataUse, "2026-01-28", func(p *Permit) { p.Period.Until = "2028-12-31" })},
		{"days that are past", "permit-past", submits(DataUse, "2026-08-01", func(*Permit) {})},
		{"a region outside the agreement", "permit-outside-regions", func() error {
			s := begin(t, permitGround(5), request(DataUse))
			s.g.Agreement.Agreement.Scope.Regions = []string{"3526", "3527"}
			return give(s.p.Submit(s.g, chain(t), organisations(), permitNames.Names, researcher, on("2026-01-28")))
		}},
		{"regions of two provinces", "permit-outside-regions permit-provinces", submits(DataUse, "2026-01-28", func(p *Permit) { p.Regions = []string{"3404", "3526"} })},
		{"a region whose office is not registered", "permit-no-office", submits(DataUse, "2026-01-28", func(p *Permit) { p.Regions = []string{"3526", "3529"} })},
		{"a social office that has ended", "permit-no-office permit-no-office permit-no-office permit-no-office", func() error {
			s := begin(t, permitGround(5), request(DataUse))
			ended := organisations()
			for i := range ended {
				ended[i].Period.Until = "2026-01-27"
			}
			return give(s.p.Submit(s.g, chain(t), ended, permitNames.Names, researcher, on("2026-01-28")))
		}},

		{"the wrong office recommends", "permit-not-your-step", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28")
			return give(s.p.Recommend(s.g, signing("d35", ""), official, on("2026-01-29")))
		}},
		{"the wrong office opens", "permit-not-your-step", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28")
			return give(s.p.Open(s.g, signing("k35", ""), official, on("2026-01-29")))
		}},
		{"against, without reason", "blank-reason", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28")
			a := signing("k35", "")
			a.Against = true
			return give(s.p.Recommend(s.g, a, official, on("2026-01-29")))
		}},
		{"a region's office before the door is open", "permit-out-of-turn", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28")
			return give(s.p.Recommend(s.g, signing("k3526", "3526"), official, on("2026-01-29")))
		}},
		{"opening under an agreement that is not in force", "permit-agreement-not-in-force", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28")
			s.g.Agreement.Agreement.Signatures = s.g.Agreement.Agreement.Signatures[:1]
			return give(s.p.Open(s.g, province, official, on("2026-01-29")))
		}},
		{"opening after the agreement was ended", "state-permit-expired", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28")
			return give(s.p.Open(terminated(s.g, "2026-01-30", on("2026-01-29")), province, official, on("2026-01-30")))
		}},
		{"returning without reason", "blank-reason", func() error {
			s := begin(t, permitGround(5), request(DataUse)).submit("2026-01-28").recommend("k35", "", "2026-01-28")
			return give(s.p.Return(s.g, signing("d35", ""), official, on("2026-01-29")))
		}},
		{"answering before the recommendation", "permit-out-of-turn", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3526", "3526"), official, on("2026-02-03")))
		}},
		{"a region for another", "permit-not-your-step", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3527", "3528"), official, on("2026-02-03")))
		}},
		{"the province for a region", "permit-not-your-step", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d35", "3528"), official, on("2026-02-03")))
		}},
		{"a region that was not asked", "permit-region-not-asked", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3529", "3529"), official, on("2026-02-03")))
		}},
		{"yes twice", "permit-answered", func() error {
			s := data().grant("3528", "2026-02-03")
			return give(s.p.Grant(s.g, signing("d3528", "3528"), official, on("2026-02-04")))
		}},
		{"no after yes", "permit-answered", func() error {
			s := data().grant("3528", "2026-02-03")
			return give(s.p.DeclineRegion(s.g, why(signing("d3528", "3528"), "x"), official, on("2026-02-04")))
		}},
		{"recommending twice", "permit-answered", func() error {
			s := data().recommend("k3526", "3526", "2026-02-03")
			return give(s.p.Recommend(s.g, signing("k3526", "3526"), official, on("2026-02-04")))
		}},
		{"the province recommends once it is open", "permit-answered", func() error {
			s := data()
			return give(s.p.Recommend(s.g, signing("k35", ""), official, on("2026-02-03")))
		}},
		{"a no without reason", "blank-reason", func() error {
			s := data()
			return give(s.p.DeclineRegion(s.g, signing("d3528", "3528"), official, on("2026-02-03")))
		}},
		{"a grant after the end", "state-permit-expired", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3528", "3528"), official, on("2026-08-01")))
		}},
		{"on the last day", "", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3528", "3528"), official, on("2026-07-31")))
		}},
		{"by somebody without position", "signing-no-position", func() error {
			s := data()
			return give(s.p.Grant(s.g, signing("d3528", "3528"), acting(event.NoCapacity), on("2026-02-03")))
		}},
		{"by whom the office lets not stand in", "signing-permit", func() error {
			s := data()
			a := signing("d3528", "3528")
			a.Signing = registry.Signing{}
			return give(s.p.Grant(s.g, a, acting(event.Plt), on("2026-02-03")))
		}},
		{"a number that was used", "number-used", func() error {
			s := data()
			a := signing("d3528", "3528")
			a.Number, a.Used = &Number{Text: "070/1", Day: "2026-02-03"}, []Number{{Text: "070/1", Day: "2026-01-05"}}
			return give(s.p.Grant(s.g, a, official, on("2026-02-03")))
		}},
		{"a late yes after a silence", "", func() error {
			s := opened(t, FieldWork, 5)
			return give(s.p.Grant(s.g, signing("d3528", "3528"), official, on("2026-03-02")))
		}},

		{"deemed without the clause", "permit-not-deemed", deemed(field(0), "3528", "2026-03-02")},
		{"deemed on the last day for an answer", "permit-not-deemed", deemed(field(5), "3528", "2026-02-09")},
		{"deemed on the day after", "", deemed(field(5), "3528", "2026-02-10")},
		{"deemed on the last day, the advice missing too", "permit-not-deemed", deemed(field(5), "3526", "2026-02-09")},
		{"deemed although advice never came", "", deemed(field(5), "3526", "2026-02-10")},
		{"advice passed on its last day", "permit-not-passed", func() error { s := field(0); return give(s.p.RecordPassed(s.g, "3526", system, on("2026-02-05"))) }},
		{"advice passed on the day after", "", func() error { s := field(0); return give(s.p.RecordPassed(s.g, "3526", system, on("2026-02-06"))) }},
		{"advice passed twice", "permit-not-passed", func() error {
			s := field(0)
			s.do(s.p.RecordPassed(s.g, "3526", system, on("2026-02-06")))
			return give(s.p.RecordPassed(s.g, "3526", system, on("2026-02-07")))
		}},
		{"an answer before the days for advice are over", "permit-out-of-turn", func() error {
			s := field(0)
			return give(s.p.Grant(s.g, signing("d3526", "3526"), official, on("2026-02-05")))
		}},
		{"advice after the answer", "permit-answered", func() error {
			s := field(0).grant("3526", "2026-02-06")
			return give(s.p.Recommend(s.g, signing("k3526", "3526"), official, on("2026-02-07")))
		}},
		{"deemed although it was not asked", "permit-not-deemed", deemed(field(5), "3529", "2026-03-02")},
		{"deemed after a no", "permit-not-deemed", func() error {
			s := field(5)
			s.do(s.p.DeclineRegion(s.g, why(signing("d3528", "3528"), "x"), official, on("2026-02-03")))
			return deemed(s, "3528", "2026-03-02")()
		}},
		{"deemed twice", "permit-not-deemed", func() error {
			s := field(5)
			s.do(s.p.RecordDeemed(s.g, "3528", system, on("2026-02-10")))
			return deemed(s, "3528", "2026-02-11")()
		}},
		{"deemed by a calendar that does not know the year", "permit-not-deemed", func() error {
			s := field(5)
			s.g.Calendar = registry.NewCalendar()
			return deemed(s, "3528", "2026-03-02")()
		}},
		{"deemed over holidays: Nyepi and Idulfitri count for nothing", "permit-not-deemed", func() error {
			s := begin(t, permitGround(5), request(FieldWork)).submit("2026-03-16").open("2026-03-17") // five working days: 25, 26, 27, 30, 31 March
			return deemed(s, "3528", "2026-03-31")()
		}},
		{"deemed after them", "", func() error {
			s := begin(t, permitGround(5), request(FieldWork)).submit("2026-03-16").open("2026-03-17")
			return deemed(s, "3528", "2026-04-01")()
		}},

		{"beyond the agreement", "permit-extension-agreement", extends("2029-01-01", province)},
		{"to its last day", "", extends("2028-12-31", province)},
		{"no longer than it is", "permit-extension-shorter", extends("2026-07-31", province)},
		{"to no day", "day", extends("2026-02-30", province)},
		{"without reason", "blank-reason", extends("2026-12-31", signing("d35", ""))},
		{"by a region", "permit-not-your-step", extends("2026-12-31", why(signing("d3528", ""), "x"))},
		{"extending what has ended", "state-permit-expired", func() error {
			s := data()
			return give(s.p.Extend(s.g, "2026-12-31", province, official, on("2026-08-01")))
		}},

		{"revoking what is not open", "permit-region-closed", func() error {
			s := data()
			return give(s.p.RevokeRegion(s.g, why(signing("d3528", "3528"), "x"), official, on("2026-02-03")))
		}},
		{"revoking where nobody was asked", "permit-region-not-asked", func() error {
			s := data()
			return give(s.p.RevokeRegion(s.g, why(signing("d35", "3529"), "x"), official, on("2026-02-03")))
		}},
		{"revoking for another region", "permit-not-your-step", func() error {
			s := data().grant("3528", "2026-02-03")
			return give(s.p.RevokeRegion(s.g, why(signing("d3527", "3528"), "x"), official, on("2026-02-04")))
		}},
		{"the province revokes in a region", "", func() error {
			s := data().grant("3528", "2026-02-03")
			return give(s.p.RevokeRegion(s.g, why(signing("d35", "3528"), "x"), official, on("2026-02-04")))
		}},
		{"revoking without reason", "blank-reason", func() error {
			s := data().grant("3528", "2026-02-03")
			return give(s.p.RevokeRegion(s.g, signing("d3528", "3528"), official, on("2026-02-04")))
		}},
		{"a region revokes the permit", "permit-not-your-step", func() error {
			s := data()
			return give(s.p.Revoke(s.g, why(signing("d3528", ""), "x"), official, on("2026-02-03")))
		}},
		{"an answer to the extension after the revocation", "permit-region-revoked", func() error {
			s := data().grant("3528", "2026-02-03")
			s.do(s.p.RevokeRegion(s.g, why(signing("d3528", "3528"), "x"), official, on("2026-02-04")))
			s.do(s.p.Extend(s.g, "2026-12-31", province, official, on("2026-02-05")))
			return give(s.p.Grant(s.g, signing("d3528", "3528"), official, on("2026-02-06")))
		}},

		{"a letter", "", letter(func(*Issue) {})},
		{"by another office", "permit-not-your-step", letter(func(in *Issue) { in.Office = "d3528" })},
		{"without number", "permit-letter-number", letter(func(in *Issue) { in.Number = nil })},
		{"with a number that was used", "number-used", letter(func(in *Issue) { in.Used = []Number{{Text: "070/1/2026", Day: "2026-01-05"}} })},
		{"dated tomorrow", "number-future", letter(func(in *Issue) { in.Number.Day = "2026-02-05" })},
		{"signed by nobody", "permit-letter-signs", letter(func(in *Issue) { in.Position = "" })},
		{"signed by a vacant position", "permit-letter-signs", letter(func(in *Issue) { in.Position = "p-vacant" })},
		{"signed by another office", "permit-letter-signs", letter(func(in *Issue) { in.Position = "p-other" })},
		{"signed by a stand-in whom the office does not let", "signing-permit", letter(func(in *Issue) { in.Position, in.Signing = "p-plt", registry.Signing{} })},
		{"for no region", "permit-letter-empty", func() error {
			s := data()
			in := Issue{Answer: signing("d35", ""), Position: "p-kadis"}
			in.Number = &Number{Text: "070/1/2026", Day: "2026-02-04"}
			return give(s.p.IssueLetter(s.g, in, permitNames, official, on("2026-02-04")))
		}},

		{"the end recorded twice", "permit-expiry-recorded", func() error {
			s, at := inState(t, PermitExpired)
			s.do(s.p.RecordExpiry(s.g, system, at))
			return give(s.p.RecordExpiry(s.g, system, at))
		}},
		{"a report before the end", "state-permit-open", func() error {
			s, at := inState(t, PermitOpen)
			return give(s.p.FileReport(s.g, &scan, "", researcher, at))
		}},
		{"a report that is late", "", func() error {
			s, _ := inState(t, PermitReporting)
			return give(s.p.FileReport(s.g, &scan, "", researcher, on("2026-12-01")))
		}},
		{"a report without file", "permit-report-file", func() error {
			s, at := inState(t, PermitReporting)
			return give(s.p.FileReport(s.g, nil, "", researcher, at))
		}},
		{"a report twice", "permit-report-filed", func() error {
			s, at := inState(t, PermitReporting)
			s.do(s.p.FileReport(s.g, &scan, "", researcher, at))
			return give(s.p.FileReport(s.g, &scan, "", researcher, at))
		}},
		{"accepting what was not filed", "permit-report-none", func() error {
			s, at := inState(t, PermitReporting)
			return give(s.p.AcceptReport(s.g, signing("d35", ""), official, at))
		}},
		{"a column that the dataset has not", "permit-unknown-column", func() error {
			r := request(DataUse)
			r.Datasets = []Columns{{"susenas", []string{"nik"}}} // the agreement opens all columns that there are
			s := begin(t, permitGround(0), r)
			return give(s.p.Submit(s.g, chain(t), organisations(), permitNames.Names, researcher, on("2026-01-28")))
		}},
		{"a letter of before the opening", "permit-number-early", func() error {
			s := opened(t, DataUse, 0).grant("3528", "2026-02-03")
			in := Issue{Answer: signing("d35", ""), Position: "p-kadis"}
			in.Number = &Number{Text: "070/1", Day: "2026-02-01"}
			return give(s.p.IssueLetter(s.g, in, permitNames, official, on("2026-02-04")))
		}},
		{"an extension of before the opening", "permit-number-early", func() error {
			s := opened(t, DataUse, 0).grant("3528", "2026-02-03")
			a := why(signing("d35", ""), "x")
			a.Number = &Number{Text: "070/2", Day: "2026-02-01"}
			return give(s.p.Extend(s.g, "2026-09-30", a, official, on("2026-02-04")))
		}},
		{"accepted by a region", "permit-not-your-step", func() error {
			s, at := inState(t, PermitReporting)
			s.do(s.p.FileReport(s.g, &scan, "", researcher, at))
			return give(s.p.AcceptReport(s.g, signing("d3528", ""), official, at))
		}},
		{"a code", "", func() error { _, err := ParseCode(MakeCode([16]byte{1, 2, 3})); return err }},
		{"half a code", "permit-code", func() error { _, err := ParseCode("abc"); return err }},
		{"no slip", "permit-slip", func() error { _, err := CheckSlip("halo"); return err }},
	}
	seen := map[string]bool{"permit-slip-seal": true, "permit-report-nothing": true} // TestSlip, TestReportAfterRevocation
	for _, r := range rows {
		err := r.do()
		if got := codesOf(err); got != r.code {
			t.Errorf("%s: %q, want %q", r.what, got, r.code)
		}
		for _, p := range problem.Of(err) {
			seen[p.Code] = true
			if p.Values["field"] == nil && strings.HasPrefix(p.Code, "permit-missing") {
				t.Errorf("%s: %s names no field", r.what, p.Code)
			}
			for _, l := range i18n.Langs {
				if text := p.Text(l); strings.ContainsAny(text, "{}[") {
					t.Errorf("%s: %s", r.what, text)
				}
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", "permit.id.json"))
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if p, ok := strings.CutPrefix(key, "problem."); ok && strings.HasPrefix(p, "permit-") && !seen[p] {
			t.Errorf("no row refuses with %s", p)
		}
	}
}

// TestSilenceBeyondTheCalendar: an extension whose term of silence runs into a
// year that the calendar does not know turns no silence into a yes.
func TestSilenceBeyondTheCalendar(t *testing.T) {
	s := begin(t, permitGround(5), request(FieldWork))
	s.p.Period.Until = "2026-12-31"
	s.submit("2026-01-28").open("2026-02-02")
	s.g.Calendar = registry.NewCalendar(slices.DeleteFunc(registry.ShippedYears(), func(y registry.CalendarYear) bool { return y.Year != 2026 })...)
	s.do(s.p.Extend(s.g, "2027-06-30", why(signing("d35", ""), "x"), official, on("2026-12-28")))
	for day, want := range map[registry.Day]string{"2026-12-31": RegionDeemed, "2027-01-02": RegionWaiting, "2027-03-01": RegionWaiting} {
		if r, _ := s.p.RegionAt(s.g, "3528", on(day)); r.State != want {
			t.Errorf("%s: %+v", day, r)
		}
	}
	for _, st := range s.p.Steps(s.g, on("2027-03-01")) {
		if st.Region == "3528" && st.State == "waiting" && !slices.Equal(st.Unknown, []int{2027}) {
			t.Errorf("%+v", st)
		}
	}
}

// TestPermitChain: the rules of the program are a chain, and what is none is told.
func TestPermitChain(t *testing.T) {
	good := string(rules.PermitChain)
	if len(chain(t)) != 4 {
		t.Error(chain(t))
	}
	for what, change := range map[string][2]string{
		"an unknown key": {"act: verify", "act: verify\n    hour: 3"}, "an unknown act": {"act: verify", "act: ponder"},
		"an unknown office": {"[social]", "[circus]"}, "no days": {"days: 3", "days: 0"}, "twice the same": {"id: province-opening", "id: province-recommendation"},
		"a region that verifies": {"level: province\n    offices: [social]", "level: region\n    offices: [social]"},
		"nobody answers":         {"act: answer", "act: recommend"}, "no source": {"source: \"our choice: the province", "source: \"\" #"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := ReadChain([]byte(bad)); err == nil || bad == good {
			t.Errorf("%s is a chain", what)
		}
	}
}

// TestPermitWords: what a page shows by code has words in both languages.
func TestPermitWords(t *testing.T) {
	var keys []string
	add := func(prefix string, codes ...string) {
		for _, c := range codes {
			keys = append(keys, "permit."+prefix+"."+c)
		}
	}
	add("region", RegionWaiting, RegionGranted, RegionDeclined, RegionDeemed, RegionRevoked)
	add("step", StepStates...)
	add("shut", ShutWhys...)
	add("letter-state", LetterStates...)
	add("status", StudyStatuses...)
	add("report", NoReport, ReportDue, ReportFiled, ReportReturned, ReportAccepted)
	add("rule", SilenceRule)
	for _, k := range PermitKinds {
		add("kind", string(k))
	}
	for _, k := range AttachmentKinds {
		add("attachment", string(k))
	}
	for _, k := range keys {
		for _, l := range i18n.Langs {
			if !i18n.Has(l, k) {
				t.Errorf("%s: no words for %s", l, k)
			}
		}
	}
}

// TestSilentAdvice: an office that is to advise and lets its days pass holds nobody
// up, whether or not that is recorded; it stays listed, and may still advise until
// the office behind it has acted. Where the holidays are not known it holds on, and
// the status says of which year.
func TestSilentAdvice(t *testing.T) {
	give := func(_ registry.Change, err error) error { return err }
	s := begin(t, permitGround(0), request(DataUse)).submit("2026-01-28") // a Wednesday; five working days: Wednesday, 4 February
	step := func(d registry.Day, place, rule string) StepStatus {
		t.Helper()
		for _, st := range s.p.Steps(s.g, on(d)) {
			if st.Region == place && st.Rule == rule {
				return st
			}
		}
		t.Fatal("no step", place, rule)
		return StepStatus{}
	}
	if err := give(s.p.Open(s.g, signing("d35", ""), official, on("2026-02-04"))); codesOf(err) != "state-permit-submitted" {
		t.Error("on the last day:", err)
	}
	for _, recorded := range []bool{false, true} {
		if recorded {
			s.do(s.p.RecordPassed(s.g, "35", system, on("2026-02-09")))
			if now := s.p.Turns(); len(now) != 1 || now[0].Act != Verifies {
				t.Errorf("%+v", now)
			}
		}
		if st := step("2026-02-10", "35", "province-recommendation"); st.State != "silent" || !st.Late || st.Due != "2026-02-04" || st.Done != nil {
			t.Errorf("%+v", st)
		}
		if st := step("2026-02-10", "35", "province-opening"); st.State != "waiting" || st.Since != "2026-02-05" || s.p.StateAt(s.g, on("2026-02-10")) != PermitReview {
			t.Errorf("%+v", st)
		}
		if err := give(s.p.Recommend(s.g, signing("k35", ""), official, on("2026-02-10"))); err != nil {
			t.Error("late advice:", err)
		}
	}
	s.do(s.p.Open(s.g, signing("d35", ""), official, on("2026-02-10"))) // a Tuesday; three working days: Friday, 13 February
	if err := give(s.p.Recommend(s.g, signing("k35", ""), official, on("2026-02-11"))); codesOf(err) != "permit-answered" {
		t.Error("advice on what is open:", err)
	}
	if r, _ := s.p.RegionAt(s.g, "3526", on("2026-02-11")); !r.Asked.Equal(on("2026-02-10")) {
		t.Errorf("the region was asked %v", r.Asked)
	}
	if err := give(s.p.DeclineRegion(s.g, why(signing("d3526", "3526"), "x"), official, on("2026-02-13"))); codesOf(err) != "permit-out-of-turn" {
		t.Error("on the last day:", err)
	}
	s.grant("3526", "2026-02-14")
	if st := step("2026-02-16", "3526", "region-recommendation"); st.State != "silent" && st.State != "dropped" {
		t.Errorf("%+v", st)
	}

	unknown := begin(t, permitGround(0), request(DataUse)).submit("2026-01-28")
	unknown.g.Calendar = registry.NewCalendar()
	if state := unknown.p.StateAt(unknown.g, on("2026-03-10")); state != PermitSubmitted {
		t.Error("holidays nobody knows:", state)
	}
	if st := unknown.p.Steps(unknown.g, on("2026-03-10")); st[0].State != "waiting" || !slices.Equal(st[0].Unknown, []int{2026}) {
		t.Errorf("%+v", st[0])
	}
}

// TestDeviations: a region that has not answered is missing from the sample only once
// its days are past.
func TestDeviations(t *testing.T) {
	s := opened(t, DataUse, 0) // Monday, 2 February; Pamekasan, which nobody advises, has until Monday, 9 February
	for day, want := range map[registry.Day]bool{"2026-02-09": false, "2026-02-10": true} {
		if got := slices.Contains(s.p.Deviations(s.g, on(day)), Shut{"3528", "waiting"}); got != want {
			t.Errorf("%s: %v", day, s.p.Deviations(s.g, on(day)))
		}
	}
}

// TestReportAfterRevocation: whoever used what was opened reports on it, although it
// was taken back; where nothing had been opened there is nothing to report.
func TestReportAfterRevocation(t *testing.T) {
	s := opened(t, DataUse, 0).grant("3528", "2026-02-03")
	s.do(s.p.Revoke(s.g, why(signing("d35", ""), "disalahgunakan"), official, on("2026-03-02")))
	if r := s.p.ReportAt(s.g, on("2026-03-03")); r.State != ReportDue || r.Due != "2026-04-01" || s.p.StateAt(s.g, on("2026-03-03")) != PermitRevoked {
		t.Errorf("%+v", r)
	}
	s.do(s.p.FileReport(s.g, &scan, "", researcher, on("2026-03-10")))
	s.do(s.p.AcceptReport(s.g, signing("d35", ""), official, on("2026-03-11")))
	if regions, _ := s.p.Opens(s.g, DataUse, on("2026-03-12")); len(regions) > 0 || s.p.ReportAt(s.g, on("2026-03-12")).State != ReportAccepted {
		t.Error(regions)
	}
	none := opened(t, DataUse, 0)
	none.do(none.p.Revoke(none.g, why(signing("d35", ""), "x"), official, on("2026-03-02")))
	if _, err := none.p.FileReport(none.g, &scan, "", researcher, on("2026-03-10")); codesOf(err) != "permit-report-nothing" {
		t.Error(err)
	}
}
