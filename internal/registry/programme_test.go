package registry_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
)

// centreOffice and provinceOffice own programmes of their levels.
func centreOffice() Organisation {
	return Organisation{ID: "centre", Kind: MinistryCentre, Region: Nation, Period: Period{From: "2000-01-01"}, Names: []Name{{Full: "Balai", Short: "Balai", From: "2000-01-01"}}}
}

func provinceOffice() Organisation {
	return Organisation{ID: "province", Kind: ProvinceOffice, Region: "35", Period: Period{From: "2000-01-01"}, Names: []Name{{Full: "Dinsos", Short: "Dinsos", From: "2000-01-01"}}}
}

// pkh is a programme of the ministry, as the register has it.
func pkh() Programme {
	return Programme{ID: "pkh", Names: Words{"Program Keluarga Harapan (PKH)", "Family Hope Programme (PKH)"}, Level: MinistryLevel, Owner: "centre", Region: Nation, Period: Period{From: "2007-01-01"},
		Aliases: []string{"Keluarga Harapan"}, Stages: []Stage{{"1", "03-31"}, {"2", "06-30"}, {"3", "09-30"}, {"4", "12-31"}}}
}

func pkhPlus() Programme {
	return Programme{ID: "plus", Names: Words{"PKH Plus", "PKH Plus"}, Period: Period{From: "2023-01-01"}, Variant: &Variant{Of: "pkh", Sort: Extends}}
}

func rupiah(n int64) *int64 { return &n }

// TestProgrammeRefusals: each rule of an entry, by the code of its problem; no
// problem of programmes in the catalogue is without a row.
func TestProgrammeRefusals(t *testing.T) {
	ended := pkh()
	ended.Period.Until = "2020-12-31"
	variant := pkhPlus()
	variant.Owner, variant.Region, variant.Level = "province", "35", ProvinceLevel
	other := Programme{ID: "other", Names: Words{"Rantang Kasih", "Rantang Kasih"}, Level: RegencyLevel, Owner: "o2", Region: "3578", Period: Period{From: "2020-01-01"}}
	above := other
	above.ID, above.Owner, above.Region, above.Level = "above", "province", "35", ProvinceLevel
	proposal := variant
	proposal.Proposed = true
	of := func(owner Organisation, edit func(*Programme), register ...Programme) func() error {
		return func() error {
			p := pkhPlus()
			edit(&p)
			_, err := RegisterProgramme(p, owner, register)
			return err
		}
	}
	province := func(edit func(*Programme)) func() error { return of(provinceOffice(), edit, pkh()) }
	benefit := func(edit func(*Benefit)) func() error {
		return province(func(p *Programme) {
			b := Benefit{Part: Words{"lansia", "elderly"}, Amount: rupiah(2_000_000), Unit: PersonYear, First: 2023, Last: 2025, Source: "Juknis"}
			edit(&b)
			p.Benefits = []Benefit{b}
		})
	}
	rows := []struct {
		code string
		do   func() error
	}{
		{"", province(func(*Programme) {})},
		{"programme-kind", province(func(p *Programme) { p.Kind = "uang" })},
		{"programme-counts", province(func(p *Programme) { p.Counts = "kk" })},
		{"blank-programme-target-id", province(func(p *Programme) { p.Target.EN = "elderly" })},
		{"blank-programme-target-en", province(func(p *Programme) { p.Target.ID = "lansia" })},
		{"blank-programme-rule-id", province(func(p *Programme) { p.Rule.EN = "decile 1-4" })},
		{"blank-programme-rule-en", province(func(p *Programme) { p.Rule.ID = "desil 1-4" })},
		{"text-identity", province(func(p *Programme) { p.Source = "milik 3507123456789012" })},
		{"text-long", province(func(p *Programme) { p.RunBy = strings.Repeat("a", 2001) })},
		{"", province(func(p *Programme) { p.Where = []string{"3507", "3510", "3507"} })},
		{"region-unknown", province(func(p *Programme) { p.Where = []string{"3599"} })},
		{"programme-outside", of(office(), func(p *Programme) { p.Where = []string{"3578"} }, pkh())},

		{"", benefit(func(*Benefit) {})},
		{"", benefit(func(b *Benefit) { b.Amount, b.Unit, b.Rule, b.Last = nil, "", Words{"barang", "goods"}, 0 })},
		{"blank-benefit-part-id", benefit(func(b *Benefit) { b.Part.ID = "" })},
		{"blank-benefit-part-en", benefit(func(b *Benefit) { b.Part.EN = "" })},
		{"blank-benefit-rule-id", benefit(func(b *Benefit) { b.Rule.EN = "a" })},
		{"blank-benefit-rule-en", benefit(func(b *Benefit) { b.Rule.ID = "a" })},
		{"blank-benefit-source", benefit(func(b *Benefit) { b.Source = " " })},
		{"benefit-years", benefit(func(b *Benefit) { b.First = 23 })},
		{"benefit-years", benefit(func(b *Benefit) { b.Last = 2022 })},
		{"benefit-unit", benefit(func(b *Benefit) { b.Unit = "jiwa" })},
		{"benefit-unit", benefit(func(b *Benefit) { b.Amount = nil })},
		{"benefit-amount", benefit(func(b *Benefit) { b.Amount = rupiah(0) })},
		{"benefit-empty", benefit(func(b *Benefit) { b.Amount, b.Unit = nil, "" })},
		{"programme-many", province(func(p *Programme) { p.Benefits = make([]Benefit, 201) })},

		{"stage-name", province(func(p *Programme) { p.Stages = []Stage{{"akhir", ""}} })},
		{"stage-due", province(func(p *Programme) { p.Stages = []Stage{{"1", "31-03"}} })},
		{"stage-order", province(func(p *Programme) { p.Stages = []Stage{{"2", ""}, {"1", ""}} })},
		{"stage-order", province(func(p *Programme) { p.Stages = []Stage{{"1", ""}, {"TW 2", ""}} })},
		{"programme-many", province(func(p *Programme) { p.Stages = make([]Stage, 13) })},

		{"", province(func(p *Programme) { p.Notes = []Note{{2025, Words{"50.000 orang", "50,000 people"}, "berita"}} })},
		{"note-year", province(func(p *Programme) { p.Notes = []Note{{25, Words{"a", "b"}, "c"}} })},
		{"blank-note-id", province(func(p *Programme) { p.Notes = []Note{{2025, Words{"", "b"}, "c"}} })},
		{"blank-note-en", province(func(p *Programme) { p.Notes = []Note{{2025, Words{"a", ""}, "c"}} })},
		{"blank-note-source", province(func(p *Programme) { p.Notes = []Note{{2025, Words{"a", "b"}, ""}} })},
		{"programme-many", province(func(p *Programme) { p.Notes = make([]Note, 201) })},

		{"programme-unknown", province(func(p *Programme) { p.Variant.Of = "x" })},
		{"programme-unknown", province(func(p *Programme) { p.Variant.Of = p.ID })},
		{"variant-sort", province(func(p *Programme) { p.Variant.Sort = "lain" })},
		{"variant-level", of(centreOffice(), func(*Programme) {}, pkh())},
		{"variant-of-variant", of(office(), func(p *Programme) { p.ID, p.Names, p.Variant.Of = "lagi", Words{"Lagi", "Again"}, "plus" }, pkh(), variant)},
		{"variant-owner", province(func(p *Programme) { p.Variant.Sort, p.Where = Changes, []string{"3507"} })},
		{"variant-where", of(centreOffice(), func(p *Programme) { p.Variant.Sort = Changes }, pkh())},
		{"", of(centreOffice(), func(p *Programme) { p.Variant.Sort, p.Where = Changes, []string{"3507"} }, pkh())},
		{"variant-period", province(func(p *Programme) { p.Period.From = "2006-12-31" })},
		{"variant-period", of(provinceOffice(), func(*Programme) {}, ended)},
		{"", of(provinceOffice(), func(p *Programme) { p.Period.From = "2020-12-31" }, ended)},

		{"blank-programme-alias", province(func(p *Programme) { p.Aliases = []string{" "} })},
		{"programme-many", province(func(p *Programme) { p.Aliases = make([]string, 31) })},
		{"programme-alias-twice", province(func(p *Programme) { p.Aliases = []string{"keluarga harapan"} })},
		{"programme-alias-twice", province(func(p *Programme) { p.Aliases = []string{"Program Keluarga Harapan, PKH"} })},
		{"", of(provinceOffice(), func(p *Programme) { p.Aliases, p.Variant = []string{"keluarga harapan"}, nil }, ended)},
		{"", of(office(), func(p *Programme) { p.Aliases = []string{"rantang kasih"} }, pkh(), other)}, // of another kabupaten
		{"programme-alias-twice", of(office(), func(p *Programme) { p.Aliases = []string{"rantang kasih"} }, pkh(), above)},

		{"", func() error {
			_, err := ProposeProgramme(pkhPlus(), provinceOffice(), []Programme{pkh()})
			return err
		}},
		{"state-programme-proposed", func() error { _, err := proposal.End("2026-01-01"); return err }},
		{"", func() error { _, err := proposal.Start("2026-01-01", []Programme{pkh()}); return err }},
		{"day", func() error { _, err := proposal.Start("", []Programme{pkh()}); return err }},
		{"blank-reason", func() error { _, err := proposal.Drop(" "); return err }},
		{"state-programme-running", func() error { _, err := variant.Start("2026-01-01", nil); return err }},
		{"state-programme-running", func() error { _, err := variant.Drop("tidak jadi"); return err }},
		{"state-programme-ended", func() error { _, err := ended.Edit(pkh(), nil); return err }},
		{"", func() error { _, err := variant.Edit(pkhPlus(), []Programme{pkh(), variant}); return err }},
		{"blank-programme-name-en", func() error {
			_, err := variant.Edit(Programme{Names: Words{"a", ""}, Period: variant.Period}, []Programme{pkh(), variant})
			return err
		}},
	}
	seen := map[string]bool{}
	for i, r := range rows {
		err := r.do()
		if found := problem.Of(err); r.code == "" && err != nil || r.code != "" && (len(found) != 1 || found[0].Code != r.code) {
			t.Errorf("row %d: found %v, expected %q", i, err, r.code)
		}
		seen[r.code] = true
	}
	var words map[string]string
	if err := json.Unmarshal(readCatalogue(t, "programme.id.json"), &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if code, ok := strings.CutPrefix(key, "problem."); ok && !seen[code] {
			t.Errorf("no row for %s", code)
		}
	}
}

// TestProgrammeLife: what each command of a programme makes of it.
func TestProgrammeLife(t *testing.T) {
	after := func(c Change, err error) Programme {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c.After.(Programme)
	}
	register := []Programme{pkh()}
	p := after(ProposeProgramme(pkhPlus(), provinceOffice(), register))
	if p.State() != ProgrammeProposed || p.Level != ProvinceLevel || p.Owner != "province" || p.Region != "35" || p.RunsIn("3507", 2024) {
		t.Errorf("%+v", p)
	}
	dropped := after(p.Drop("anggaran tidak ada"))
	if dropped.State() != ProgrammeEnded || dropped.RunsIn("3507", 2023) || dropped.RunsIn("3507", 2022) {
		t.Errorf("%+v", dropped)
	}
	p = after(p.Start("2023-07-01", register))
	if p.State() != ProgrammeRunning || p.Period != (Period{From: "2023-07-01"}) || !p.RunsIn("3507", 2023) || p.RunsIn("3507", 2022) || !p.RunsIn("35", 2024) || p.RunsIn("3301", 2024) {
		t.Errorf("%+v", p)
	}
	next := p
	next.ID, next.Level, next.Owner, next.Region, next.Variant, next.Period.Until = "x", RegencyLevel, "o1", "3507", nil, "2024-01-01"
	next.Where, next.Earlier, next.Aliases = []string{"3510", "3507"}, true, []string{"PKH-Plus ", "pkh plus lansia", "PKH plus Lansia"}
	edited := after(p.Edit(next, register))
	want := p
	want.Where, want.Earlier, want.Aliases = []string{"3507", "3510"}, true, []string{"pkh plus lansia"} // of one that is spelt alike there is one
	if !reflect.DeepEqual(edited, want) {
		t.Errorf("%+v\nwant %+v", edited, want)
	}
	if !edited.RunsIn("3507", 2020) || edited.RunsIn("3578", 2024) || !edited.RunsIn("35", 2024) || !reflect.DeepEqual(edited.Regencies("35", 2024), []string{"3507", "3510"}) || len(p.Regencies("35", 2024)) != 38 {
		t.Error("where it runs")
	}
	over := after(edited.End("2025-06-30"))
	if over.State() != ProgrammeEnded || !over.RunsIn("3507", 2025) || over.RunsIn("3507", 2026) {
		t.Errorf("%+v", over)
	}
}

// TestOldProgrammes: an entry that was written before proposals reads as before.
func TestOldProgrammes(t *testing.T) {
	const old = `{"id":"p1","level":"province","names":{"en":"PKH Plus","id":"PKH Plus"},"owner":"o1","period":{"from":"2019-01-01","until":""},"region":"35"}`
	var p Programme
	if err := json.Unmarshal([]byte(old), &p); err != nil || p.State() != ProgrammeRunning {
		t.Fatal(p, err)
	}
	again, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if json.Unmarshal([]byte(old), &a) != nil || json.Unmarshal(again, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s", again)
	}
}

// TestMatchProgrammes: the ways in which files write a programme's name.
func TestMatchProgrammes(t *testing.T) {
	sembako := Programme{ID: "sembako", Names: Words{"Program Sembako", "Staple Food Programme"}, Region: Nation, Period: Period{From: "2017-01-01"}, Aliases: []string{"BPNT", "Kartu Sembako", "Bantuan Pangan Non Tunai"}}
	kasih := func(id, region string, from Day) Programme {
		return Programme{ID: id, Names: Words{"Rantang Kasih", "Rantang Kasih"}, Region: region, Period: Period{From: from}}
	}
	plus := pkhPlus()
	plus.Region = "35"
	all := []Programme{pkh(), sembako, plus, kasih("k1", "3507", "2020-01-01"), kasih("k2", "3510", "2020-01-01")}
	for text, want := range map[string]string{
		"pkh": "pkh", "PKH": "pkh", "Program PKH": "pkh", "Program Keluarga Harapan": "pkh", "PROGRAM KELUARGA HARAPAN (PKH)": "pkh", "Keluarga  Harapan": "pkh", "Bantuan PKH": "pkh",
		"Sembako": "sembako", "BPNT": "sembako", "Program Sembako/BPNT": "", "Program Sembako (BPNT)": "sembako", "BPNT (2024)": "sembako", "bantuan pangan non-tunai": "sembako", "Staple Food Programme": "sembako",
		"PKH Plus": "plus", "PKH-PLUS": "plus", "PKH (PKH Plus)": "pkh plus", "Rantang Kasih": "k1 k2", "KIP": "", "": "", "Program": "", "()": "",
	} {
		var ids []string
		for _, p := range MatchProgrammes(all, text, "35", 2024) {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := MatchProgrammes(all, "Rantang Kasih", "3510010", 2024); len(got) != 1 || got[0].ID != "k2" {
		t.Errorf("the region does not decide: %v", got)
	}
}

// TestStages: the ways in which offices write the stage of a year, and by which
// day each is due.
func TestStages(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "Tahap 1": "1", "TAHAP II": "2", "Thp. 3": "3", "Tahap Salur 4": "4", "Termin 2": "2", "1 (2024)": "1", "Gelombang 12": "12",
		"Triwulan 1": "q1", "TW IV": "q4", "tw2": "q2", "Q3": "q3", "Triwulan III 2025": "q3", "Tahap Triwulan 2": "q2", "Januari-Maret": "q1", "Jan s.d. Mar 2025": "q1", "April - Juni": "q2",
		"Semester 1": "s1", "Smt II": "s2", "Juli-Desember": "s2", "Januari": "m01", "Sept": "m09", "Bulan 12": "m12", "Agt": "m08", "m07": "m07", "Mei": "m05", "May": "m05",
		"": "", "Tahap": "", "desa": "", "Triwulan 5": "", "Semester 3": "", "Bulan 13": "", "0": "", "100": "", "Februari-April": "", "1-2": "", "susulan": "", "Tahap 1 susulan": "", "2024": "",
	} {
		got, ok := ParseStage(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
		if again, _ := ParseStage(got); again != got {
			t.Errorf("%q is read as %q", got, again)
		}
	}
	unsaid := pkh()
	for i := range unsaid.Stages {
		unsaid.Stages[i].Due = ""
	}
	if got, basis := unsaid.Due(2024, "3"); got != "2024-09-30" || basis != DueEnd { // the third of four
		t.Error(got, basis)
	}
	if got, basis := pkhPlus().Due(2024, "3"); got != "" || basis != "" {
		t.Error(got, basis)
	}
	for _, c := range []struct {
		stage string
		want  Day
		basis DueBasis
	}{{"2", "2024-06-30", DuePlanned}, {"q1", "2024-03-31", DueEnd}, {"s2", "2024-12-31", DueEnd}, {"m02", "2024-02-29", DueEnd}} {
		if got, basis := pkh().Due(2024, c.stage); got != c.want || basis != c.basis {
			t.Errorf("%s: %s %s", c.stage, got, basis)
		}
	}
}

// TestKnownProgrammes: each goes into an empty register as it stands, with sources
// for all that it says; KIP is not the card for pupils.
func TestKnownProgrammes(t *testing.T) {
	var register []Programme
	ids := map[string]string{}
	for _, k := range KnownProgrammes() {
		owner := provinceOffice()
		if k.Level == MinistryLevel {
			owner = centreOffice()
		}
		if _, ok := k.Registered(owner.ID, register); ok {
			t.Errorf("%s is there already", k.Code)
		}
		p := k.Programme
		p.ID = "known-" + k.Code
		if k.Extends != "" {
			p.Variant = &Variant{Of: ids[k.Extends], Sort: Extends}
		}
		c, err := RegisterProgramme(p, owner, register)
		if err != nil {
			t.Errorf("%s: %v", k.Code, err)
			continue
		}
		made := c.After.(Programme)
		if made.Source == "" || made.Level != k.Level || k.Code == "kipputrijawara" && (len(made.Where) != 15 || !strings.Contains(made.Target.ID, "bukan Kartu Indonesia Pintar")) {
			t.Errorf("%+v", made)
		}
		if found, ok := k.Registered(owner.ID, []Programme{made}); !ok || found.ID != made.ID {
			t.Errorf("%s is not found again", k.Code)
		}
		register, ids[k.Code] = append(register, made), made.ID
	}
	if len(register) != 15 {
		t.Error(len(register))
	}
	for text, want := range map[string]string{"PKH": "pkh", "BPNT": "sembako", "Program Sembako": "sembako", "PKH Plus": "pkhplus", "KIP Putri Jawara": "kipputrijawara", "BST": "bst", "Jatim Puspa": "jatimpuspa", "PBI-JKN": "pbijkn"} {
		if got := MatchProgrammes(register, text, "3507", 2025); len(got) != 1 || got[0].ID != ids[want] {
			t.Errorf("%s: %v", text, got)
		}
	}
}
