package designs

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

var update = flag.Bool("update", false, "write testdata")

// TestGoldenIdentity holds the canonical JSON and hash of a plan of each
// design: a change of either breaks the identity of studies already run.
func TestGoldenIdentity(t *testing.T) {
	plans, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(plans) == 0 {
		t.Fatal("no plans", err)
	}
	for _, path := range plans {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(src, path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		golden := strings.TrimSuffix(path, ".yaml") + ".canonical"
		got := s.SHA256 + "\n" + string(s.Canonical) + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
		for _, o := range s.Plan.Outcomes {
			if len(s.Procedure(o).Columns()) == 0 {
				t.Errorf("%s: no columns", path)
			}
		}
	}
}

const plain = `dampak: 1
id: a-study
title: {id: Judul, en: Title}
question: Apakah?
data: {panel: a.csv}
design:
  did: {unit: u, time: t, first_treated: g, anticipation: 1, where: [{column: t, at_least: 2015}]}
outcomes: [{column: y, matters: 0.5}]
inference: {level: 0.9, seed: 7}
`

// TestIdentityIgnoresSpelling: comments, key order, number spelling and the
// folder of a file do not change what was asked.
func TestIdentityIgnoresSpelling(t *testing.T) {
	same := `# a comment
inference:
  seed: 7.0
  level: 0.90
outcomes:
  - matters: 5e-1
    column: "y"
design:
  did:
    where:
      - {at_least: 2015.0, column: t}
    anticipation: 1
    comparison: never-treated # the default
    first_treated: g
    time: t
    unit: u
data:
  panel: ../far/away/a.csv
question: {en: 'Apakah?', id: Apakah?}
title: {en: Title, id: Judul}
id: a-study
dampak: 1
`
	a, err := Parse([]byte(plain), "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse([]byte(same), "b")
	if err != nil {
		t.Fatal(err)
	}
	if a.SHA256 != b.SHA256 {
		t.Errorf("%s\n%s", a.Canonical, b.Canonical)
	}
	c, err := Parse([]byte(strings.Replace(plain, "seed: 7", "seed: 8", 1)), "c")
	if err != nil || c.SHA256 == a.SHA256 {
		t.Error("another seed, the same identity", err)
	}
}

// TestBadPlans names every problem of a plan, in order of place.
func TestBadPlans(t *testing.T) {
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(plain) }
	for _, c := range []struct {
		name, src string
		codes     []string // line:column code
	}{
		{"empty", "", []string{"1:1 plan-empty"}},
		{"not UTF-8", "dampak: 1\nid: caf\xe9\n", []string{"2:8 plan-not-utf8"}},
		{"tab", "dampak: 1\ndata:\n\ta: b\n", []string{"3:1 plan-tab"}},
		{"version", swap("dampak: 1", "dampak: 2"), []string{"1:9 plan-version"}},
		{"misspelled", swap("outcomes:", "outcome:"), []string{"1:1 plan-key-missing", "8:1 plan-key-unknown"}},
		{"twice", swap("id: a-study", "id: a-study\nid: b"), []string{"3:1 plan-key-twice"}},
		{"two documents", plain + "---\n" + plain, []string{"11:1 plan-documents"}},
		{"anchor", swap("question: Apakah?", "question: &a Apakah?"), []string{"4:11 plan-anchor"}},
		{"level and seed", swap("0.9", "1", "7}", "-7}"), []string{"9:20 plan-level", "9:29 plan-out-of-range"}},
		{"words for numbers", swap("0.9", "x", "0.5", "{}"), []string{"8:33 plan-not-number", "9:20 plan-not-number"}},
		{"later", swap("did:", "rd:"), []string{"7:3 plan-design-later"}},
		{"later key", swap("anticipation: 1", "periods: 3"), []string{"7:45 plan-key-later"}},
		{"unknown adjustment", swap("seed: 7", "adjust: sidak"), []string{"9:33 plan-not-choice"}},
		{"outcome is unit", swap("column: y", "column: u"), []string{"8:21 plan-outcome-part"}},
		{"window", swap("anticipation: 1", "window: [3, 2]"), []string{"7:53 plan-window"}},
		{"synth needs one", swap("did: {unit: u, time: t, first_treated: g, anticipation: 1,", "synth: {unit: u, time: t, treated: [a],"), []string{"7:10 plan-synth-treated"}},
		{"vce", swap("seed: 7", "vce: hc3"), []string{"9:30 plan-vce-later"}},
		{"min_cell", plain + "disclosure: {min_cell: -1}\n", []string{"10:24 plan-out-of-range"}},
	} {
		_, err := Parse([]byte(c.src), "plan.yaml")
		var got []string
		for _, p := range problem.Of(err) {
			at := strings.SplitN(strings.TrimPrefix(p.Text(i18n.EN), "plan.yaml:"), ": ", 2)[0]
			got = append(got, at+" "+p.Code)
			for _, l := range i18n.Langs {
				if !i18n.Has(l, "problem."+p.Code) || strings.ContainsAny(p.Text(l), "[{") && !strings.Contains(p.Text(l), "`{") && !strings.Contains(p.Text(l), "[a, b]") && p.Code != "plan-window" {
					t.Errorf("%s: %s", c.name, p.Text(l))
				}
			}
			if strings.HasSuffix(p.Code, "-later") && !strings.Contains(p.Text(i18n.EN), "not in this version") {
				t.Error(p.Text(i18n.EN))
			}
		}
		if strings.Join(got, "; ") != strings.Join(c.codes, "; ") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.codes)
		}
	}
}

// FuzzParse never panics, and every problem stands inside the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("a: [b, {c: *d}]\n? x\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse(src, "f")
		if (s == nil) == (err == nil) {
			t.Fatal("neither study nor error, or both")
		}
		var list problem.List
		if err != nil && !errors.As(err, &list) {
			t.Fatal(err)
		}
		lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(src), "\ufeff")), "\n")
		for _, p := range list {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1])+1 {
				t.Fatalf("%d:%d is outside: %v", p.Line, p.Column, p)
			}
		}
	})
}

// TestConstant: what a design takes as the same within something else.
func TestConstant(t *testing.T) {
	for design, want := range map[string][][2]string{
		"did: {unit: id, time: t, first_treated: g, cluster: desa}":                                               {{"g", "id"}, {"desa", "id"}},
		"did: {unit: id, time: t, first_treated: g, where: [{column: t, at_least: 2018}, {column: kode, is: a}]}": {{"g", "id"}, {"kode", "id"}},
		"did: {unit: id, time: t, first_treated: g}":                                                              {{"g", "id"}},
		"did: {time: t, first_treated: g, panel: false, cluster: desa}":                                           nil,
		"experiment: {treatment: x, cluster: desa}":                                                               {{"x", "desa"}},
		"experiment: {treatment: x}":                                                                              nil,
		"synth: {unit: provinsi, time: t, first_treated: g}":                                                      {{"g", "provinsi"}},
		"synth: {unit: provinsi, time: t, treated: [Jawa Timur], first_year: 21}":                                 nil,
	} {
		s, err := Parse([]byte("dampak: 1\nid: x\ndata: {d: d.csv}\ndesign:\n  "+design+"\noutcomes: [{column: y}]\n"), "plan.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if found := s.Constant(); !slices.Equal(found, want) {
			t.Errorf("%s: %v, expected %v", design, found, want)
		}
	}
}
