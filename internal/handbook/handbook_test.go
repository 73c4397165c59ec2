package handbook

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/testenv"
)

var update = flag.Bool("update", false, "write the pages of docs/methods")

var folder = filepath.Join(testenv.Root(), "docs", "methods")

// TestPagesAreCommitted: docs/methods holds what the program makes; -update
// writes it.
//
//	go test ./internal/handbook -update
func TestPagesAreCommitted(t *testing.T) {
	files := Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		had, err := os.ReadFile(path)
		if err != nil || string(had) != files[name] {
			t.Errorf("%s is not what the program makes (%v): go test ./internal/handbook -update", name, err)
		}
	}
	all, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if _, made := files[filepath.Base(path)]; !made {
			t.Errorf("%s is not made by the program: remove it", path)
		}
	}
}

// TestEveryEstimatorHasAPage: each value of the choice that makes an estimator,
// and each design without such a choice.
func TestEveryEstimatorHasAPage(t *testing.T) {
	chooses := map[string]string{"did": "estimator", "synth": "method"}
	for _, e := range designs.All() {
		want := []string{""}
		for _, k := range e.Keys {
			if k.Name == chooses[e.Name] {
				want = k.Allowed
			}
		}
		var have []string
		for _, m := range designs.Methods() {
			if m.Design == e.Name {
				have = append(have, m.Value)
				if m.Key != chooses[e.Name] {
					t.Errorf("%s is chosen by %q", m.Name, m.Key)
				}
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s: pages for %q, estimators %q", e.Name, have, want)
		}
		for _, c := range e.Claims {
			if designs.MethodOf(e.Name, c).Name == "" {
				t.Errorf("%s: the claim %+v speaks of no method", e.Name, c)
			}
		}
	}
}

// TestTheRegistryIsExplained: each key, value, term, kind of error, assumption
// and refusal of a design stands on a page of it, in words of both languages.
func TestTheRegistryIsExplained(t *testing.T) {
	for _, e := range designs.All() {
		var keys, terms, vce, codes []string
		for _, m := range designs.Methods() {
			if m.Design != e.Name {
				continue
			}
			for _, k := range m.Keys() {
				keys = append(keys, k.Name)
			}
			terms, vce = append(terms, m.Terms...), append(vce, m.VCE...)
			for _, r := range m.Refuses {
				codes = append(codes, r.Codes...)
			}
			if len(m.Assumes) == 0 {
				t.Errorf("%s rests on nothing", m.Name)
			}
		}
		for _, k := range e.Keys {
			if !k.Later && !slices.Contains(keys, k.Name) {
				t.Errorf("%s: no page explains the key %s", e.Name, k.Name)
			}
		}
		for _, x := range e.Terms {
			if !slices.Contains(terms, x) {
				t.Errorf("%s: no page explains the term %s", e.Name, x)
			}
		}
		for _, x := range e.VCE {
			if !slices.Contains(vce, x) {
				t.Errorf("%s: no page explains vce: %s", e.Name, x)
			}
		}
		for _, key := range i18n.Keys(i18n.ID) {
			if code, ours := strings.CutPrefix(key, "refusal."); ours && strings.HasPrefix(code, e.Name+"-") && !slices.Contains(codes, code) {
				t.Errorf("%s: no page tells of the refusal %s", e.Name, code)
			}
		}
	}
}

// TestEveryAssumptionHasItsCheck: a check that can speak to it, with words, or
// the plain statement that there is none; and what to ask in either case.
func TestEveryAssumptionHasItsCheck(t *testing.T) {
	for _, l := range i18n.Langs {
		for _, m := range designs.Methods() {
			for _, a := range m.Assumes {
				for _, key := range []string{a.Key, a.Statement(), a.Ask()} {
					if !i18n.Has(l, key) {
						t.Errorf("%s: %s has no %q", m.Name, l, key)
					}
				}
				if a.Math == "" {
					t.Errorf("%s: %s has no statistical statement", m.Name, a.Key)
				}
			}
			for _, check := range m.Checks() {
				for _, part := range []string{"name", "looks", "cannot"} {
					if key := "methods.check." + check + "." + part; !i18n.Has(l, key) {
						t.Errorf("%s: %s has no %q", m.Name, l, key)
					}
				}
				if !i18n.Has(l, "warning."+check) && !i18n.Has(l, "diagnostic."+check+".pass") && !i18n.Has(l, "diagnostic."+check+".caution") {
					t.Errorf("%s: the program gives no check %q", m.Name, check)
				}
			}
		}
	}
	files := Files()
	for _, l := range i18n.Langs {
		for _, m := range designs.Methods() {
			none := 0
			for _, a := range m.Assumes {
				if len(a.Checks) == 0 {
					none++
				}
			}
			if said := strings.Count(files[fileName(m.Name, l)], book{l}.say("no-check")); said != none || none == 0 {
				t.Errorf("%s: %d assumptions have no check, the page says so of %d", m.Name, none, said)
			}
		}
	}
}

// TestTheRulesAreOnThePages: each line of the verdict and each limit belongs to
// a check that some page shows, and its source can be read and looked up.
func TestTheRulesAreOnThePages(t *testing.T) {
	onPage := map[string]bool{}
	limits := map[designs.Limit]bool{}
	for _, m := range designs.Methods() {
		for _, r := range RulesOf(m) {
			onPage[r.ID] = true
		}
		for _, check := range m.Checks() {
			for _, l := range designs.LimitsOfCheck(m.Design, check) {
				limits[l] = true
			}
		}
	}
	named := regexp.MustCompile(`(\p{Lu}[\p{L}'-]+|et al\.) \(?(1[89]|20)\d\d\b`)
	source := func(id, s string) {
		for _, l := range i18n.Langs {
			if (book{l}).source(s) == "" {
				t.Errorf("%s: its source %q names neither a publication nor whose choice it is", id, s)
			}
		}
		if n := len(named.FindAllString(s, -1)); n != len(designs.CitedIn(s)) {
			t.Errorf("%s: %d publications are named in %q, designs.References has %d of them", id, n, s, len(designs.CitedIn(s)))
		}
	}
	for _, r := range designs.Rules() {
		if !onPage[r.ID] {
			t.Errorf("no page shows the rule %s: its check %q belongs to no method", r.ID, r.Check)
		}
		source(r.ID, r.Source)
	}
	for _, e := range designs.All() {
		for _, l := range append(designs.Limits(e.Name), designs.Limits(designs.AnyDesign)...) {
			if !limits[l] {
				t.Errorf("no page shows the limit %s of %s: add it to its check in designs/methods_checks.go", l.ID, l.Design)
			}
			source(l.ID, l.Source)
		}
	}
	for _, m := range designs.Methods() {
		for _, key := range m.Sources {
			if _, ok := designs.FindReference(key); !ok {
				t.Errorf("%s: no reference %q", m.Name, key)
			}
		}
	}
}

// TestEveryRuleIsPrinted: the page of the rules has every line of every file under
// docs/rules, and a source for each in both languages.
func TestEveryRuleIsPrinted(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Root(), "docs", "rules", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	name := regexp.MustCompile(`(?m)^  - (?:id|field): "?([^"\n]+?)"?$`)
	for _, l := range i18n.Langs {
		page := Markdown(l, Rules(l))
		printed := map[string]int{} // name of a line -> how often it stands in the files
		for _, path := range files {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if file := "docs/rules/" + filepath.Base(path); !strings.Contains(page, "`"+file+"`") {
				t.Errorf("%s: the page does not name %s", l, file)
			}
			lines := name.FindAllStringSubmatch(string(body), -1)
			if len(lines) == 0 {
				t.Errorf("%s: no line of it is known here", path)
			}
			for _, m := range lines {
				printed[m[1]]++
			}
		}
		for id, n := range printed {
			if got := strings.Count(page, "<br>`"+id+"` |"); got != n {
				t.Errorf("%s: the line %s stands %d times in the files, %d times on the page", l, id, n, got)
			}
		}
		for _, s := range Rules(l).Sections {
			for _, b := range s.Blocks {
				if b.Table == nil || b.Table.Head[len(b.Table.Head)-1].Title != (book{l}).say("col.source") {
					continue
				}
				for _, row := range b.Table.Rows {
					if row[len(row)-1].Text == "" {
						t.Errorf("%s: %s names neither a publication nor whose choice it is", l, row[0].Text)
					}
				}
			}
		}
	}
}

// TestExamplesAreRead: the plan of each page is one that the program reads, and
// it chooses the page's method.
func TestExamplesAreRead(t *testing.T) {
	for _, m := range designs.Methods() {
		study, err := designs.Parse([]byte(m.Example), "plan.yaml")
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		if m.Key != "" && study.Values[m.Key] != m.Value {
			t.Errorf("%s: the example chooses %v", m.Name, study.Values[m.Key])
		}
	}
}

// TestEveryWordIsThere: no page has a key without words, or a value not filled
// in.
func TestEveryWordIsThere(t *testing.T) {
	missing := regexp.MustCompile(`\[(methods|design)\.[a-z]|\{`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`]*`")
	for name, page := range Files() {
		if at := missing.FindStringIndex(code.ReplaceAllString(page, "")); at != nil {
			t.Errorf("%s: a word is missing", name)
		}
		if at := missing.FindString(page); strings.HasPrefix(at, "[") {
			t.Errorf("%s: %s", name, at)
		}
	}
}

// TestLanguagesAreNotMixed: no sentence of one language stands on a page of the
// other.
func TestLanguagesAreNotMixed(t *testing.T) {
	for name, page := range Files() {
		l, other := i18n.ID, i18n.EN
		if strings.HasSuffix(name, ".en.md") {
			l, other = i18n.EN, i18n.ID
		}
		for _, key := range i18n.Keys(other) {
			s := i18n.Raw(other, key)
			if strings.ContainsAny(s, "{[") || len(s) < 25 || s == i18n.Raw(l, key) || !strings.Contains(s, " ") {
				continue
			}
			if strings.Contains(page, plain(s)) {
				t.Errorf("%s has %q (%s)", name, s, key)
			}
		}
	}
}
