package access

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

func noonOf(d registry.Day) time.Time { return d.Begins().Add(12 * time.Hour) }

func did(d registry.Day) cooperation.Mark {
	return cooperation.Mark{User: "u", Via: event.Web, At: noonOf(d)}
}

// opened is an agreement of a centre with a province that both signed, and a
// permit under it which the province opened; 3507 said yes, 3526 no, 3527 nothing.
func opened() Case {
	checked := did("2023-09-25")
	scope := cooperation.Scope{
		Programmes: []string{"pkh", "pkh-plus"}, Regions: []string{"35"}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2023-09-21", Until: "2028-09-20"},
		Datasets: []cooperation.Columns{{Dataset: "limited", Columns: []string{cooperation.All}}, {Dataset: "malang", Columns: []string{"a"}}, {Dataset: "personal", Columns: []string{"a", "b"}}},
	}
	agreement := cooperation.Agreement{ID: "m1", Kind: "pks", Content: cooperation.Content{
		About: "Penelitian bersama", Scope: scope, Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30},
		Parties: []cooperation.Party{{Organisation: "centre"}, {Organisation: "province"}}},
		Frozen: &cooperation.Frozen{Mark: did("2023-09-20"), SHA256: "x"}, Drafted: did("2023-09-01"),
		Signatures: []cooperation.Signature{{Organisation: "centre", Recorded: did("2023-09-21"), Checked: &checked}, {Organisation: "province", Recorded: did("2023-09-21"), Checked: &checked}},
	}
	step := func(rule string, level cooperation.Level, act cooperation.Act, region, office string) cooperation.Step {
		return cooperation.Step{Rule: rule, Level: level, Act: act, Days: 5, Region: region, Organisation: office}
	}
	permit := cooperation.Permit{ID: "i1", Drafted: did("2026-01-05"), Request: cooperation.Request{
		Study: "s1", Agreement: "m1", Institution: "centre", Kind: cooperation.DataUse, Title: "Dampak PKH Plus", Purpose: "evaluation", Programmes: []string{"pkh-plus"},
		Regions: []string{"3507", "3526", "3527"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"}, Members: []string{"member"},
		Datasets: []cooperation.Columns{{Dataset: "limited", Columns: []string{"a", "c"}}, {Dataset: "malang", Columns: []string{cooperation.All}}, {Dataset: "personal", Columns: []string{"b", "c"}}}},
		Chain: []cooperation.Step{step("verify", cooperation.ProvinceLevel, cooperation.Verifies, "35", "province"),
			step("answer", cooperation.RegionLevel, cooperation.Answers, "3507", "o3507"), step("answer", cooperation.RegionLevel, cooperation.Answers, "3526", "o3526"),
			step("answer", cooperation.RegionLevel, cooperation.Answers, "3527", "o3527")},
		Moves: []cooperation.Move{{Command: "submit", Mark: did("2026-01-12")}, {Command: "open", Region: "35", Rule: "verify", Mark: did("2026-01-14")},
			{Command: "grant-region", Region: "3507", Rule: "answer", Until: "2026-12-31", Mark: did("2026-01-15")},
			{Command: "decline-region", Region: "3526", Rule: "answer", Reason: "pendataan ulang", Mark: did("2026-01-16")}},
	}
	return Case{
		Who:   Standing{User: "lead", Status: UserActive, Grants: []Grant{{Role: Researcher, Region: "0000", Organisation: "centre"}}},
		Study: study.Study{ID: "s1", Title: "Dampak PKH Plus", Owner: "centre", Region: "0000", User: "lead", Purpose: "evaluation", Programmes: []string{"pkh-plus"}, Agreement: "m1", Permit: "i1"},
		Place: Place{Region: "0000", Organisation: "centre"}, Agreement: &cooperation.Bound{Agreement: agreement}, Permit: &permit,
		Calendar: registry.NewCalendar(registry.ShippedYears()...),
		Datasets: []registry.Dataset{
			{ID: "limited", Columns: abc, Name: "Rekap", Owner: "province", Region: "35", Class: registry.LimitedData, Regions: []string{"35"}},
			{ID: "malang", Columns: abc, Name: "Malang", Owner: "o3507", Region: "3507", Class: registry.PersonalData, Regions: []string{"3507"}},
			{ID: "personal", Columns: abc, Name: "Penerima", Owner: "province", Region: "35", Class: registry.PersonalData, Regions: []string{"35"}},
			{ID: "public", Columns: abc, Name: "BPS", Owner: "province", Region: "35", Class: registry.PublicData, Regions: []string{"35"}},
		},
	}
}

// abc are the columns of each dataset.
var abc = []registry.Column{{Name: "a"}, {Name: "b"}, {Name: "c"}}

// in is the day on which all of it is open.
const in = registry.Day("2026-03-02")

func TestScopeIsTheRectangleOfAgreementAndPermit(t *testing.T) {
	o := opened().Scope(noonOf(in))
	want := cooperation.Scope{
		Programmes: []string{"pkh-plus"}, Regions: []string{"3507"}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2026-01-01", Until: "2026-12-31"},
		Datasets: []cooperation.Columns{{Dataset: "limited", Columns: []string{"a", "c"}}, {Dataset: "malang", Columns: []string{"a"}}, {Dataset: "personal", Columns: []string{"b"}}},
	}
	if !equal(o.Scope, want) {
		t.Errorf("%+v, want %+v", o.Scope, want)
	}
	if got := codes(o.Lacks); got != "scope-region-declined scope-region-silence-opens-no-data" && got != "scope-region-declined scope-region-waiting" {
		t.Errorf("lacks %s", got)
	}
}

// TestScopeOpensNoColumnThatIsNot: whatever word the papers say.
func TestScopeOpensNoColumnThatIsNot(t *testing.T) {
	c := opened()
	c.Permit.Datasets[0].Columns = []string{"a", "nik"} // the agreement opens all
	c.Agreement.Agreement.Scope.Datasets[1].Columns = []string{"nik"}
	o := c.Scope(noonOf(in))
	if got, _ := o.Scope.Columns("limited"); !slices.Equal(got.Columns, []string{"a"}) {
		t.Errorf("%v", got)
	}
	if _, open := o.Scope.Columns("malang"); open || !strings.Contains(codes(o.Lacks), "scope-no-column scope-no-column") {
		t.Errorf("%+v, lacks %s", o.Scope.Datasets, codes(o.Lacks))
	}
}

// TestScopeNamesWhatIsMissing changes one thing at a time.
func TestScopeNamesWhatIsMissing(t *testing.T) {
	addendum := func(c *Case, edit func(*cooperation.Scope)) { edit(&c.Agreement.Agreement.Scope) }
	for _, x := range []struct {
		name, dataset, code string
		on                  registry.Day
		edit                func(*Case)
	}{
		{"nobody", "limited", "denied-nobody", in, func(c *Case) { c.Who = Standing{} }},
		{"no role", "limited", "denied-rows-use", in, func(c *Case) { c.Who.Grants = nil }},
		{"a role elsewhere", "limited", "denied-rows-use", in, func(c *Case) { c.Who.Grants[0].Organisation = "province" }},
		{"another's eyes", "limited", "denied-viewing", in, func(c *Case) { c.Who.Viewer = "admin" }},
		{"no member", "limited", "scope-not-member", in, func(c *Case) { c.Who.User = "other" }},
		{"no agreement", "limited", "scope-no-agreement", in, func(c *Case) { c.Agreement = nil }},
		{"not signed", "limited", "scope-agreement-proposed", in, func(c *Case) { c.Agreement.Agreement.Signatures = nil }},
		{"not checked", "limited", "scope-agreement-signed", in, func(c *Case) { c.Agreement.Agreement.Signatures[0].Checked = nil }},
		{"after the end", "limited", "scope-agreement-expired", "2028-09-21", func(*Case) {}},
		{"terminated", "limited", "scope-agreement-terminated", in, func(c *Case) {
			c.Agreement.Agreement.Terminated = &cooperation.Termination{Mark: did("2026-02-01"), Day: "2026-02-10", Reason: "x"}
		}},
		{"other purpose", "limited", "scope-purpose", in, func(c *Case) { c.Study.Purpose = "targeting" }},
		{"other programme", "limited", "scope-programme", in, func(c *Case) { c.Study.Programmes = []string{"kip"} }},
		{"permit of another study", "limited", "scope-other-permit", in, func(c *Case) { c.Permit.Study = "s2" }},
		{"permit of another agreement", "limited", "scope-other-permit", in, func(c *Case) { c.Permit.Agreement = "m2" }},
		{"before the province", "limited", "scope-permit-province-review", "2026-01-13", func(*Case) {}},
		{"after the permit", "limited", "scope-permit-reporting", "2027-01-01", func(*Case) {}},
		{"revoked", "limited", "scope-permit-revoked", in, func(c *Case) {
			c.Permit.Moves = append(c.Permit.Moves, cooperation.Move{Command: "revoke", Reason: "x", Mark: did("2026-02-01")})
		}},
		{"no region yet", "limited", "scope-region-waiting", "2026-01-14", func(*Case) {}},
		{"no permit", "personal", "scope-no-permit", in, func(c *Case) { c.Permit, c.Study.Permit = nil, "" }},
		{"owner without a yes", "malang", "scope-owner", in, func(c *Case) { c.Datasets[1].Owner = "o3526" }},
		{"owner off the chain", "personal", "scope-owner", in, func(c *Case) { c.Datasets[2].Owner = "elsewhere" }},
		{"dataset withdrawn", "limited", "scope-withdrawn", in, func(c *Case) { c.Datasets[0].Withdrawn = &registry.Withdrawal{At: noonOf("2026-02-01")} }},
		{"not in the agreement", "limited", "scope-dataset", in, func(c *Case) {
			addendum(c, func(s *cooperation.Scope) { s.Datasets = s.Datasets[1:] })
		}},
		{"not in the permit", "limited", "scope-permit-dataset", in, func(c *Case) { c.Permit.Datasets = c.Permit.Datasets[1:] }},
		{"not in the register", "none", "dataset-unknown", in, func(*Case) {}},
		{"stopped", "limited", "scope-stopped", in, func(c *Case) { c.Study.Stops = []study.Stop{{At: noonOf("2026-02-01"), Reason: "x"}} }},
		{"stopped there", "limited", "scope-stopped-region", in, func(c *Case) {
			c.Study.Stops = []study.Stop{{Region: "3507", At: noonOf("2026-02-01"), Reason: "x"}}
		}},
		{"public, yet stopped", "public", "scope-stopped", in, func(c *Case) { c.Study.Stops = []study.Stop{{At: noonOf("2026-02-01"), Reason: "x"}} }},
		{"data gone", "limited", "scope-removed", in, func(c *Case) { c.Study.Removed = &registry.Withdrawal{At: noonOf("2026-02-01"), Reason: "x"} }},
	} {
		c := opened()
		x.edit(&c)
		s, err := c.Use(x.dataset, noonOf(x.on))
		if err == nil || !s.OpensNothing() || !strings.Contains(codes(problem.Of(err)), x.code) {
			t.Errorf("%s: %q, want %s", x.name, codes(problem.Of(err)), x.code)
		}
		for _, p := range problem.Of(err) {
			for _, l := range []i18n.Lang{i18n.ID, i18n.EN} {
				if says := p.Text(l); strings.HasPrefix(says, "[") || says == "" {
					t.Errorf("%s: %s has no words", x.name, p.Code)
				}
			}
		}
	}
}

// TestScopeAsOfThePast asks of a record that has gone on since.
func TestScopeAsOfThePast(t *testing.T) {
	c := opened()
	c.Study.Stops = []study.Stop{{At: noonOf("2026-06-01"), Reason: "selesai"}}
	c.Permit.Moves = append(c.Permit.Moves, cooperation.Move{Command: "revoke-region", Region: "3507", Reason: "x", Mark: did("2026-05-01")})
	for on, want := range map[registry.Day]bool{"2026-01-14": false, in: true, "2026-05-02": false} {
		if open := !c.Scope(noonOf(on)).Scope.OpensNothing(); open != want {
			t.Errorf("%s: open %v", on, open)
		}
	}
}

func TestPublicAndLimitedDataNeedLess(t *testing.T) {
	c := opened()
	c.Agreement, c.Permit = nil, nil
	if s, err := c.Use("public", noonOf(in)); err != nil || !slices.Equal(s.Regions, []string{"35"}) {
		t.Errorf("public data: %v %v", s, err)
	}
	c = opened()
	c.Permit = nil
	if s, err := c.Use("limited", noonOf(in)); err != nil || !slices.Equal(s.Regions, []string{"35"}) {
		t.Errorf("limited data without a permit: %v %v", s, err)
	}
	c = opened()
	c.Who.User = "member"
	if _, err := c.Use("personal", noonOf(in)); err != nil {
		t.Errorf("a member of the permit: %v", err)
	}
}

// TestScopeNeverExceeds draws agreements, permits, answers and instants: what is
// open lies in the agreement and in the permit, of regions that said yes, and
// where nothing is open something is named.
func TestScopeNeverExceeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := opened()
		some := func(what string, all ...string) []string {
			var out []string
			for _, x := range all {
				if rapid.IntRange(0, 3).Draw(t, what+" "+x) > 0 {
					out = append(out, x)
				}
			}
			return out
		}
		columns := func(what string) []cooperation.Columns {
			var out []cooperation.Columns
			for _, d := range some(what, "limited", "malang", "personal", "none") {
				cols := some(what+d, "a", "b", "c")
				if rapid.IntRange(0, 3).Draw(t, what+d+"all") == 0 {
					cols = []string{cooperation.All}
				}
				if len(cols) > 0 {
					out = append(out, cooperation.Columns{Dataset: d, Columns: cols})
				}
			}
			return out
		}
		day := func(what string) registry.Day {
			return registry.Day("2026-01-01").Add(rapid.IntRange(-30, 400).Draw(t, what))
		}
		a := &c.Agreement.Agreement
		a.Scope.Datasets, a.Scope.Programmes, a.Scope.Purposes = columns("agreement"), some("agreed", "pkh", "pkh-plus"), some("purposes", "evaluation", "targeting")
		a.Scope.Regions = rapid.SampledFrom([][]string{{"35"}, {"3507"}, {"3507", "3526", "3527"}, {"3526"}}).Draw(t, "regions")
		a.Scope.Period.Until = day("agreement ends")
		p := c.Permit
		p.Datasets, p.Programmes, p.Period.Until = columns("permit"), some("asked", "pkh", "pkh-plus"), day("permit ends")
		p.Kind = rapid.SampledFrom(cooperation.PermitKinds).Draw(t, "kind")
		p.Moves = p.Moves[:2]
		when := noonOf("2026-01-15")
		for range rapid.IntRange(0, 6).Draw(t, "moves") {
			when = when.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "hours")) * time.Hour)
			m := cooperation.Move{Command: rapid.SampledFrom([]string{"grant-region", "grant-region", "decline-region", "revoke-region", "record-deemed", "extend"}).Draw(t, "command"),
				Region: rapid.SampledFrom(p.Regions).Draw(t, "region"), Rule: "answer", Until: day("covers"), Mark: cooperation.Mark{User: "u", At: when}}
			if m.Command == "extend" {
				m.Region = ""
			}
			p.Moves = append(p.Moves, m)
		}
		c.Study.Programmes = some("studied", "pkh", "pkh-plus")
		if rapid.Bool().Draw(t, "alone") {
			c.Permit = nil
		}
		at := noonOf(day("at"))
		o := c.Scope(at)
		if o.Scope.OpensNothing() {
			if len(o.Lacks) == 0 {
				t.Fatal("nothing is open and nothing is named")
			}
			return
		}
		over := c.Agreement.ScopeAt(at)
		if x := o.Scope.Outside(over); !nothing(x) {
			t.Fatalf("outside the agreement: %+v", x)
		}
		if !o.Scope.Period.Has(registry.DayOf(at)) {
			t.Fatalf("open on a day outside %v", o.Scope.Period)
		}
		for _, d := range o.Scope.Datasets {
			set, ok := c.dataset(d.Dataset)
			if !ok || (set.Class == registry.PersonalData && (c.Permit == nil || !c.Permit.SaidYes(c.ground(), set.Owner, at))) {
				t.Fatalf("%s is open without a yes of its owner", d.Dataset)
			}
		}
		if c.Permit == nil {
			return
		}
		if x := o.Scope.Outside(c.Permit.ScopeAt(c.ground(), at)); !nothing(x) {
			t.Fatalf("outside the permit: %+v", x)
		}
		for _, r := range o.Scope.Regions {
			yes := false
			for _, m := range c.Permit.Moves {
				if m.Region == r && !m.Mark.At.After(at) {
					switch m.Command {
					case "grant-region":
						yes = true
					case "decline-region", "revoke-region":
						if m.Command == "revoke-region" {
							yes = false
						}
					}
				}
			}
			if !yes {
				t.Fatalf("%s is open and never said yes", r)
			}
		}
	})
}

func nothing(x cooperation.Excess) bool {
	return len(x.Programmes)+len(x.Regions)+len(x.Datasets)+len(x.Purposes) == 0 && !x.Period
}

func codes(list problem.List) string {
	var all []string
	for _, p := range list {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

func equal(a, b cooperation.Scope) bool {
	return slices.Equal(a.Programmes, b.Programmes) && slices.Equal(a.Regions, b.Regions) && slices.Equal(a.Purposes, b.Purposes) && a.Period == b.Period &&
		slices.EqualFunc(a.Datasets, b.Datasets, func(x, y cooperation.Columns) bool {
			return x.Dataset == y.Dataset && slices.Equal(x.Columns, y.Columns)
		})
}

// BenchmarkScope is the arithmetic alone, over a permit of 38 regions.
func BenchmarkScope(b *testing.B) {
	c := opened()
	for _, r := range registry.Subtree("35", in) {
		if r.Code != "35" && !slices.Contains(c.Permit.Regions, r.Code) {
			c.Permit.Regions = append(c.Permit.Regions, r.Code)
			c.Permit.Moves = append(c.Permit.Moves, cooperation.Move{Command: "grant-region", Region: r.Code, Rule: "answer", Until: "2026-12-31", Mark: did("2026-01-20")})
		}
	}
	at := noonOf(in)
	for b.Loop() {
		if c.Scope(at).Scope.OpensNothing() {
			b.Fatal("closed")
		}
	}
}
