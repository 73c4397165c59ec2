package registry_test

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/demo/official"
	. "github.com/dampak/dampak/internal/registry"
)

// TestRegions: the tree of East Java, each code within its parent's.
func TestRegions(t *testing.T) {
	all := Regions()
	if len(all) != 40 || all[0].Code != Nation || !slices.IsSortedFunc(all, func(a, b Region) int { return map[bool]int{true: -1, false: 1}[a.Code < b.Code] }) {
		t.Fatalf("%d regions, the first is %v", len(all), all[0])
	}
	count := map[RegionKind]int{}
	for _, r := range all {
		count[r.Kind]++
		parent, ok := FindRegion(r.Parent)
		if ok != (r.Code != Nation) || (ok && !Within(r.Code, parent.Code)) {
			t.Errorf("%s: parent %q", r.Code, r.Parent)
		}
		if k, ok := FindKemendagri(r.Kemendagri); r.Code != Nation && (!ok || k.Code != r.Code) {
			t.Errorf("%s: Kemendagri %q gives %q", r.Code, r.Kemendagri, k.Code)
		}
		if city := r.Kind == CityKind; len(r.Code) == 4 && r.Code != Nation && city != (r.Code[2] == '7') {
			t.Errorf("%s is a %s", r.Name, r.Kind)
		}
	}
	if count[NationKind] != 1 || count[ProvinceKind] != 1 || count[RegencyKind] != 29 || count[CityKind] != 9 {
		t.Error(count)
	}
	if r, _ := FindRegion("3510"); r.Kemendagri != "35.10" || r.Name != "Kabupaten Banyuwangi" { // not 35.1, as a spreadsheet makes of it
		t.Error(r)
	}
}

// TestRegionsAgreeWithTheOfficialFigures: two tables of the program name the
// same places alike.
func TestRegionsAgreeWithTheOfficialFigures(t *testing.T) {
	figures, err := official.Regions()
	if err != nil || len(figures) != 38 {
		t.Fatal(len(figures), err)
	}
	for _, f := range figures {
		if r, ok := FindRegion(strconv.Itoa(f.Code)); !ok || r.Name != f.Name || r.Parent != "35" {
			t.Errorf("%d %s: %+v", f.Code, f.Name, r)
		}
	}
}

func TestSubtrees(t *testing.T) {
	for _, c := range []struct {
		root string
		on   Day
		want int
	}{{Nation, "2026-11-25", 40}, {"35", "2026-11-25", 39}, {"35", "2001-06-20", 38}, {"35", "2001-06-21", 39}, {"3578", "2026-11-25", 1}, {"34", "2026-11-25", 0}, {"", "2026-11-25", 0}} {
		if got := Subtree(c.root, c.on); len(got) != c.want {
			t.Errorf("%s on %s: %d regions, want %d", c.root, c.on, len(got), c.want)
		}
	}
	up := Ancestors("3578")
	if len(up) != 2 || up[0].Code != "35" || up[1].Code != Nation || len(Ancestors(Nation)) != 0 {
		t.Error(up)
	}
	for _, c := range []struct {
		code, root string
		want       bool
	}{{"3578", "35", true}, {"35", "35", true}, {"35", "3578", false}, {"3578010", "3578", true}, {"3573", "3578", false}, {"35", Nation, true}, {Nation, "35", false}, {"", Nation, false}, {"35", "", false}} {
		if Within(c.code, c.root) != c.want {
			t.Errorf("%q within %q", c.code, c.root)
		}
	}
}

// TestPeriods against counting days.
func TestPeriods(t *testing.T) {
	day := rapid.Custom(func(t *rapid.T) Day { return Day("2026-02-20").Add(rapid.IntRange(0, 20).Draw(t, "day")) })
	period := rapid.Custom(func(t *rapid.T) Period {
		p := Period{From: day.Draw(t, "from")}
		if rapid.Bool().Draw(t, "ends") {
			p.Until = day.Draw(t, "until")
		}
		return p
	})
	days := func(p Period) (has []bool) {
		for i := -1; i < 30; i++ {
			has = append(has, p.Has(Day("2026-02-20").Add(i)))
		}
		return has
	}
	rapid.Check(t, func(t *rapid.T) {
		p, q := period.Draw(t, "p"), period.Draw(t, "q")
		meets, covers := false, true
		in, other := days(p), days(q)
		for i := range in {
			meets = meets || (in[i] && other[i])
			covers = covers && (in[i] || !other[i])
		}
		if p.Meets(q) != meets || q.Meets(p) != meets {
			t.Fatalf("%v meets %v: %v", p, q, meets)
		}
		if slices.Contains(other, true) && p.Covers(q) != covers {
			t.Fatalf("%v covers %v: %v", p, q, covers)
		}
		for i, was := range days(p.Cut("2026-03-01")) {
			if was != (in[i] && Day("2026-02-20").Add(i-1) <= "2026-03-01") {
				t.Fatalf("%v cut", p)
			}
		}
	})
}
