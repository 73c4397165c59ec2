package study

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

const planText = `# the words may change
dampak: 1
id: bantuan
question: Apakah bantuan menaikkan pengeluaran?
data: {rumah: rumah.csv}
design:
  did: {unit: rumah, time: tahun, first_treated: mulai}
outcomes:
  - {column: pengeluaran, unit: rupiah, better: higher}
  - {column: makan, unit: kali}
`

var (
	contracts = map[string][]string{"d1": {strings.Repeat("a", 64), strings.Repeat("b", 64)}}
	hand      = registry.HandOf(event.Actor{User: "sari", Via: event.Web}, now)
)

func protocol() Protocol {
	return Protocol{
		Plan:       planText,
		Hypotheses: []Hypothesis{{Outcome: "makan", Expects: Differs}, {Outcome: "pengeluaran", Expects: Rises, Why: " uang tunai dibelanjakan "}},
		Data:       []Use{{Name: "rumah", Dataset: "d1", Contract: strings.Repeat("b", 64), Period: "tahun", Baseline: &Baseline{"2018", "2020"}}},
		Setting:    Setting{Intervention: "uang tunai", Assignment: "undian desa"},
	}
}

func checked(t *testing.T, edit func(*Protocol)) Checked {
	t.Helper()
	p := protocol()
	if edit != nil {
		edit(&p)
	}
	c, err := p.Check(contracts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func drafted(t *testing.T) Study {
	t.Helper()
	c, err := Begin(asked(), office, seat, []string{"a", "b"}, now)
	s := then(t, c, err)
	if s.State() != Drafted || c.Type != "study-drafted" {
		t.Fatalf("%+v", c)
	}
	return s
}

// TestSaidBeforeLooking walks a study from its draft over its lock and amendments
// to its stone.
func TestSaidBeforeLooking(t *testing.T) {
	s := drafted(t)
	if p := problem.Of(s.MayRun(nil)); len(p) != 1 || p[0].Code != "state-study-draft" {
		t.Errorf("a draft runs: %v", p)
	}
	c, err := s.Edit(protocol())
	s = then(t, c, err)
	first := checked(t, nil)
	if first.Hypotheses[0].Outcome != "pengeluaran" || first.Hypotheses[0].Why != "uang tunai dibelanjakan" {
		t.Errorf("not in the order of the plan: %+v", first.Hypotheses)
	}
	c, err = s.Lock(first, hand, nil)
	locked := then(t, c, err)
	r, ok := locked.Registered()
	if !ok || r.Number != 1 || len(r.Seal) != 64 || r.SHA256 != first.Design.SHA256 || locked.Draft != nil || locked.State() != Running || len(s.Registrations) != 0 {
		t.Fatalf("%+v", locked)
	}
	if err := locked.MayRun([]string{"3507"}); err != nil {
		t.Error(err)
	}
	if _, err := locked.Lock(first, hand, nil); problem.Of(err)[0].Code != "state-study-registered" {
		t.Error(err)
	}
	looked := now.Add(time.Hour)
	if _, err := s.Lock(first, hand, &looked); problem.Of(err)[0].Code != "study-looked" {
		t.Errorf("registered after the look: %v", err)
	}

	// A comment changes nothing, a label little, a comparison much.
	if _, err := locked.Amend(checked(t, func(p *Protocol) { p.Plan += "# more\n" }), hand, "ejaan", nil); problem.Of(err)[0].Code != "study-amendment-same" {
		t.Error(err)
	}
	c, err = locked.Amend(checked(t, func(p *Protocol) { p.Plan = strings.Replace(planText, "unit: kali", "unit: kali sehari", 1) }), hand, "satuan lebih jelas", nil)
	minor := then(t, c, err)
	c, err = minor.Amend(checked(t, func(p *Protocol) {
		p.Plan = strings.Replace(planText, "first_treated: mulai", "first_treated: mulai, comparison: not-yet-treated", 1)
	}), hand, "pembanding terlalu sedikit", &looked)
	major := then(t, c, err)
	edits := major.Registrations[2].Changes
	if len(minor.Registrations[1].Changes) != 1 || len(edits) != 2 || edits[0].Field != "plan.design.did.comparison" || edits[0].Before != `"never-treated"` || edits[0].Weight != Major || *major.Registrations[2].Looked != looked {
		t.Errorf("%+v\n%+v", minor.Registrations[1].Changes, edits)
	}
	for number, want := range map[int64][2]int{1: {1, 0}, 2: {1, 1}, 3: {2, 0}} {
		if a, b := major.Version(number); [2]int{a, b} != want {
			t.Errorf("registration %d is version %d.%d", number, a, b)
		}
	}

	c, err = major.Withdraw("sari", "dana studi berakhir", now)
	stone := then(t, c, err)
	if stone.State() != Withdrawn || stone.Stone.Reason != "dana studi berakhir" || len(stone.Registrations) != 3 {
		t.Errorf("%+v", stone)
	}
	if _, err := stone.Amend(first, hand, "lagi", nil); problem.Of(err)[0].Code != "state-study-withdrawn" {
		t.Error(err)
	}
}

// TestProtocolRefusals: each thing that a protocol lacks has its problem.
func TestProtocolRefusals(t *testing.T) {
	zero, below := int64(0), -1.0
	for _, r := range []struct {
		code string
		edit func(*Protocol)
	}{
		{"blank-study-plan", func(p *Protocol) { p.Plan = " " }},
		{"study-hypothesis-outcome", func(p *Protocol) { p.Hypotheses[0].Outcome = "lain" }},
		{"study-hypothesis-missing", func(p *Protocol) { p.Hypotheses = p.Hypotheses[:1] }},
		{"study-hypothesis-direction", func(p *Protocol) { p.Hypotheses[0].Expects = "up" }},
		{"study-data-missing", func(p *Protocol) { p.Data = nil }},
		{"study-data-idle", func(p *Protocol) { p.Data = append(p.Data, Use{Name: "lain", Dataset: "d1"}) }},
		{"dataset-unknown", func(p *Protocol) { p.Data[0].Dataset = "d9" }},
		{"study-data-contract", func(p *Protocol) { p.Data[0].Contract = strings.Repeat("c", 64) }},
		{"study-data-baseline", func(p *Protocol) { p.Data[0].Period = "" }},
		{"study-planned", func(p *Protocol) { p.Setting.Clusters = &zero }},
		{"study-detectable", func(p *Protocol) { p.Setting.Detectable = &below }},
		{"text-identity", func(p *Protocol) { p.Setting.Abstract = "milik 3578994107900001" }},
		{"text-identity", func(p *Protocol) { p.Hypotheses[0].Why = "milik 3578994107900001" }},
		{"text-identity", func(p *Protocol) { p.Plan += "# 3578994107900001\n" }},
		{"text-long", func(p *Protocol) { p.Setting.Assignment = strings.Repeat("x", longestText+1) }},
	} {
		p := protocol()
		r.edit(&p)
		_, err := p.Check(contracts)
		all := problem.Of(err)
		if !slices.ContainsFunc(all, func(x *problem.Problem) bool { return x.Code == r.code }) {
			t.Errorf("%s: %v", r.code, err)
		}
	}
	// What is wrong in the plan is said with its place.
	_, err := Protocol{Plan: "dampak: 1\nid: x\nbogus: 2\n"}.Check(contracts)
	if all := problem.Of(err); len(all) == 0 || all[0].Line == 0 {
		t.Errorf("%v", err)
	}
	// A draft may lack everything but not hide an identity number.
	s := drafted(t)
	if _, err := s.Edit(Protocol{Plan: "id: setengah"}); err != nil {
		t.Error(err)
	}
	if _, err := s.Edit(Protocol{Plan: "nik: 3578994107900001"}); err == nil {
		t.Error("an identity number in a draft")
	}
	// A closed registration may be opened sooner, never closed again.
	early := checked(t, func(p *Protocol) { p.Embargo = "2026-11-24" })
	if _, err := s.Lock(early, hand, nil); problem.Of(err)[0].Code != "study-embargo-past" {
		t.Error(err)
	}
	c, err := s.Lock(checked(t, nil), hand, nil)
	open := then(t, c, err)
	if _, err := open.Amend(checked(t, func(p *Protocol) { p.Embargo = "2027-01-01" }), hand, "tertutup", nil); problem.Of(err)[0].Code != "study-embargo-over" {
		t.Error(err)
	}
}

// TestSeal: the seal follows what is said and nothing else.
func TestSeal(t *testing.T) {
	base := checked(t, nil).Seal()
	same := checked(t, func(p *Protocol) {
		p.Plan = "# other words\n" + strings.ReplaceAll(planText, "data: {rumah: rumah.csv}", "data:\n  rumah: /elsewhere/rumah.csv")
	})
	if same.Seal() != base {
		t.Error("a comment or a folder moves the seal")
	}
	for name, edit := range map[string]func(*Protocol){
		"hypothesis": func(p *Protocol) { p.Hypotheses[0].Expects = Falls },
		"contract":   func(p *Protocol) { p.Data[0].Contract = strings.Repeat("a", 64) },
		"baseline":   func(p *Protocol) { p.Data[0].Baseline.Until = "2019" },
		"setting":    func(p *Protocol) { p.Setting.Assignment = "pilihan kepala desa" },
		"plan":       func(p *Protocol) { p.Plan = strings.Replace(planText, "higher", "lower", 1) },
	} {
		if checked(t, edit).Seal() == base {
			t.Errorf("%s does not move the seal", name)
		}
	}
}

// TestDeviations: a run as registered has none; each thing it does otherwise is one.
func TestDeviations(t *testing.T) {
	c := checked(t, nil)
	change, err := drafted(t).Lock(c, hand, nil)
	r, _ := then(t, change, err).Registered()
	as := Ran{Design: c.Design, Data: c.Data}
	if got, err := Deviations(r, as); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
	other, err := designs.Parse([]byte(strings.Replace(planText, "{column: makan, unit: kali}", "{column: minum}", 1)), "")
	if err != nil {
		t.Fatal(err)
	}
	use := slices.Clone(c.Data)
	use[0].Contract = strings.Repeat("a", 64)
	got, err := Deviations(r, Ran{Design: other, Data: use, Shut: map[string]string{"3507": "scope-region-waiting"}})
	var fields []string
	for _, e := range got {
		fields = append(fields, e.Field)
	}
	want := []string{"data.rumah.contract", "plan.outcomes.makan.column", "plan.outcomes.makan.unit", "plan.outcomes.minum.column", "regions.3507"}
	if err != nil || !reflect.DeepEqual(fields, want) {
		t.Errorf("%v %v", fields, err)
	}
}

// TestEditsMirror: what differs one way differs the other way, and nothing differs
// from itself.
func TestEditsMirror(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Protocol {
			p := protocol()
			for i := range p.Hypotheses {
				p.Hypotheses[i].Expects = rapid.SampledFrom(Directions).Draw(t, name)
			}
			p.Setting.Abstract = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, name)
			p.Embargo = rapid.SampledFrom([]registry.Day{"", "2027-01-01"}).Draw(t, name)
			p.Plan = strings.Replace(planText, "better: higher", rapid.SampledFrom([]string{"better: higher", "better: lower"}).Draw(t, name), 1)
			return p
		}
		a, b := draw("a"), draw("b")
		ab, err := EditsOf(a, b)
		if err != nil {
			t.Fatal(err)
		}
		ba, err := EditsOf(b, a)
		if err != nil || len(ab) != len(ba) {
			t.Fatal(ab, ba, err)
		}
		for i := range ab {
			if ab[i].Field != ba[i].Field || ab[i].Before != ba[i].After || ab[i].Weight != ba[i].Weight {
				t.Fatal(ab[i], ba[i])
			}
		}
		if same, err := EditsOf(a, a); err != nil || len(same) != 0 {
			t.Fatal(same, err)
		}
	})
}

// TestAmendmentRules: each line has both languages and a source, the last speaks of
// everything, and each has a field on its side.
func TestAmendmentRules(t *testing.T) {
	all := AmendmentRules()
	for _, r := range all {
		if r.Text.ID == "" || r.Text.EN == "" || r.Source == "" || (r.Weight != Major && r.Weight != Minor) {
			t.Errorf("%+v", r)
		}
	}
	if all[len(all)-1].Field != "**" {
		t.Error("some field has no line")
	}
	for field, want := range map[string]Weight{
		"plan.title.id": Minor, "plan.question.id": Major, "plan.notes.1.id": Minor, "plan.id": Minor, "plan.outcomes.x.label.en": Minor, "plan.outcomes.x.unit": Minor,
		"plan.outcomes.x.better": Major, "plan.data.rumah": Minor, "plan.design.did.cluster": Major, "plan.inference.seed": Major, "plan.inference.level": Major, "plan.disclosure.min_cell": Minor,
		"hypotheses.x.why": Minor, "hypotheses.x.2.why": Minor, "hypotheses.x.expects": Major, "data.rumah.dataset": Major, "setting.abstract": Major, "setting.intervention": Major,
		"setting.assignment": Major, "setting.given.from": Major, "setting.studied.until": Major, "setting.detectable": Minor, "embargo": Minor, "setting.ethics": Major,
	} {
		if got := WeightOf(field); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
}

// TestBaselinePeriods: a baseline is written as periods in their order, before the
// programme where the protocol says when that begins.
func TestBaselinePeriods(t *testing.T) {
	for name, x := range map[string]struct {
		from, until, given, code string
	}{
		"years":                        {"2018", "2020", "2021-01-01", ""},
		"one year":                     {"2020", "2020", "", ""},
		"months to a year":             {"2019-03", "2020", "2021-01-01", ""},
		"a month and its year":         {"2020-03", "2020", "2021-01-01", ""},
		"days":                         {"2019-03-17", "2020-12-31", "2021-01-01", ""},
		"up to the month before":       {"2019", "2020-12", "2021-01-01", ""},
		"backwards":                    {"2020", "2018", "", "study-baseline-period"},
		"words":                        {"awal", "2020", "", "study-baseline-period"},
		"a month that is none":         {"2019-13", "2020", "", "study-baseline-period"},
		"one end":                      {"2019", "", "", "study-data-baseline"},
		"the year of the start":        {"2018", "2021", "2021-07-01", "study-baseline-late"},
		"the month of the start":       {"2018", "2021-07", "2021-07-01", "study-baseline-late"},
		"the day of the start":         {"2018", "2021-07-01", "2021-07-01", "study-baseline-late"},
		"after the start":              {"2018", "2022-03", "2021-07-01", "study-baseline-late"},
		"months before it in its year": {"2018", "2021-06", "2021-07-01", ""},
	} {
		p := protocol()
		p.Data[0].Baseline, p.Setting.Given = &Baseline{x.from, x.until}, registry.Period{}
		if x.given != "" {
			p.Setting.Given = registry.Period{From: registry.Day(x.given), Until: "2030-12-31"}
		}
		_, err := p.Check(contracts)
		got := ""
		if all := problem.Of(err); len(all) > 0 {
			got = all[0].Code
		}
		if got != x.code {
			t.Errorf("%s: %v, want %q", name, err, x.code)
		}
	}
}

// TestMeasuredIn: what was measured in the periods that a protocol declares is no look;
// any other answer is.
func TestMeasuredIn(t *testing.T) {
	p := protocol()
	p.Setting.Given.From, p.Setting.Given.Until = "2021-01-01", "2021-12-31"
	c, err := p.Check(map[string][]string{"d1": {strings.Repeat("b", 64)}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	run := func(id string, p Periods) Run {
		return Run{ID: id, Plan: c.Plan, Ended: &at, Answer: &Answer{}, Data: []RunData{{Name: "rumah", Dataset: "d1", Periods: p}}}
	}
	for name, x := range map[string]struct {
		periods Periods
		is      bool
	}{
		"as declared": {Periods{"tahun", "2018", "2020"}, true}, "within": {Periods{"tahun", "2019", "2019"}, true}, "months of it": {Periods{"tahun", "2018-03", "2020-11"}, true},
		"before it": {Periods{"tahun", "2017", "2019"}, false}, "beyond it": {Periods{"tahun", "2018", "2021"}, false}, "another column": {Periods{"masa", "2018", "2020"}, false}, "all rows": {Periods{}, false},
	} {
		in, looked := c.MeasuredIn([]Run{run("r", x.periods)})
		if (len(in) == 1) != x.is || (looked == nil) != x.is || x.is && (in[0].Run != "r" || len(in[0].Outcomes) == 0) {
			t.Errorf("%s: %+v, looked %v", name, in, looked)
		}
	}
	// What was measured under a plan that asked the rows for no first treatment, or for
	// another, may have been measured after it.
	for name, x := range map[string]struct {
		edit func(*Protocol)
		is   bool
	}{
		"the same": {func(*Protocol) {}, true}, "other rows": {func(p *Protocol) {
			p.Plan = strings.Replace(p.Plan, "did: {", "did: {where: [{column: mulai, known: true}], ", 1)
		}, true},
		"another first treatment": {func(p *Protocol) { p.Plan = strings.Replace(p.Plan, "first_treated: mulai", "first_treated: awal", 1) }, false},
		"a start no longer said":  {func(p *Protocol) { p.Setting.Given = registry.Period{} }, false},
		"a design without one": {func(p *Protocol) {
			p.Plan = strings.Replace(p.Plan, "did: {unit: rumah, time: tahun, first_treated: mulai}", "experiment: {treatment: mulai}", 1)
		}, true},
	} {
		p := protocol()
		p.Setting.Given = c.Setting.Given
		x.edit(&p)
		to, err := p.Check(map[string][]string{"d1": {strings.Repeat("b", 64)}})
		if err != nil {
			t.Fatal(name, err)
		}
		if _, looked := to.MeasuredIn([]Run{run("r", Periods{"tahun", "2018", "2020"})}); (looked == nil) != x.is {
			t.Errorf("%s: looked %v", name, looked)
		}
		back := run("r", Periods{"tahun", "2018", "2020"})
		back.Plan = to.Plan
		if _, looked := c.MeasuredIn([]Run{back}); name == "a design without one" && looked == nil {
			t.Error("measured without a first treatment, and locked by one")
		}
	}
	p.Data[0].Baseline = nil
	if c, err = p.Check(map[string][]string{"d1": {strings.Repeat("b", 64)}}); err != nil {
		t.Fatal(err)
	}
	if in, looked := c.MeasuredIn([]Run{run("r", Periods{"tahun", "2018", "2020"})}); len(in) > 0 || looked == nil {
		t.Errorf("no baseline is declared: %+v %v", in, looked)
	}
}
