package cooperation_test

import (
	"reflect"
	"testing"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/registry"
	"pgregory.net/rapid"
)

// spot is one thing that a scope opens or does not.
type spot struct {
	programme, region, dataset, column, purpose string
	day                                         registry.Day
}

// opens asks a scope as a reader of its doc comment would.
func opens(s Scope, p spot) bool {
	has := func(list []string, x string) bool {
		for _, y := range list {
			if x == y {
				return true
			}
		}
		return false
	}
	region, column := false, false
	for _, r := range s.Regions {
		region = region || registry.Within(p.region, r)
	}
	for _, c := range s.Datasets {
		column = column || (c.Dataset == p.dataset && (has(c.Columns, p.column) || has(c.Columns, All)))
	}
	return has(s.Programmes, p.programme) && region && column && has(s.Purposes, p.purpose) && s.Period.Has(p.day)
}

// someDay is one of the first sixty days of 2020.
func someDay(t *rapid.T, name string) registry.Day {
	return registry.Day("2020-01-01").Add(rapid.IntRange(0, 59).Draw(t, name))
}

// subset draws a part of a list, mostly not empty, in any order and with repeats.
func subset(t *rapid.T, name string, of ...string) []string {
	return rapid.SliceOfN(rapid.SampledFrom(of), 0, len(of)+1).Draw(t, name)
}

// someScope is a scope as somebody might type it.
func someScope(t *rapid.T) Scope {
	s := Scope{
		Programmes: subset(t, "programmes", "p", "q"), Regions: subset(t, "regions", registry.Nation, "35", "3507", "3578", "36"),
		Purposes: subset(t, "purposes", "evaluation", "planning"),
	}
	for _, d := range subset(t, "datasets", "d", "e") {
		s.Datasets = append(s.Datasets, Columns{d, subset(t, "columns", "a", "b", "c", All)})
	}
	if rapid.IntRange(0, 2).Draw(t, "wide") > 0 { // most open much: what is drawn side by side seldom has anything in common
		s.Programmes, s.Regions, s.Purposes = []string{"p", "q"}, []string{"35"}, []string{"evaluation"}
		s.Datasets = []Columns{{"d", []string{"a", "b"}}}
	}
	a, b := someDay(t, "from"), someDay(t, "until")
	s.Period = registry.Period{From: min(a, b), Until: max(a, b)}
	return s
}

func somewhere(t *rapid.T) spot {
	pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	return spot{
		pick("programme", "p", "q"), pick("region", "3507", "3578", "3501", "3601"), pick("dataset", "d", "e"),
		pick("column", "a", "b", "z"), pick("purpose", "evaluation", "planning"), someDay(t, "day"),
	}
}

// corner is a spot that a scope opens; somewhere seldom falls into a narrow one.
func corner(t *rapid.T, s Scope) spot {
	p := somewhere(t)
	c := rapid.SampledFrom(s.Datasets).Draw(t, "its dataset")
	p.programme, p.purpose, p.day = s.Programmes[0], s.Purposes[0], s.Period.From
	p.region, p.dataset = rapid.SampledFrom(s.Regions).Draw(t, "its region"), c.Dataset
	if c.Columns[0] != All {
		p.column = c.Columns[0]
	}
	return p
}

// TestMeet: what both open, and nothing else; in any order, in any grouping, and
// with itself nothing new.
func TestMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := someScope(t).Tidy(), someScope(t).Tidy(), someScope(t).Tidy()
		m := a.Meet(b)
		for what, pair := range map[string][2]Scope{
			"commutative": {m, b.Meet(a)}, "associative": {m.Meet(c), a.Meet(b.Meet(c))}, "idempotent": {a.Meet(a), a}, "tidy": {m, m.Tidy()},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Fatalf("not %s: %v\n%v", what, pair[0], pair[1])
			}
		}
		for _, larger := range []Scope{a, b} {
			if e := m.Outside(larger); !reflect.DeepEqual(e, m.Outside(m)) {
				t.Fatalf("%v opens more than %v: %+v", m, larger, e)
			}
		}
		for range 20 {
			if p := somewhere(t); opens(m, p) != (opens(a, p) && opens(b, p)) {
				t.Fatalf("%v of %v and %v at %v", m, a, b, p)
			} else if opens(m, p) && m.OpensNothing() {
				t.Fatalf("%v opens %v and is said to open nothing", m, p)
			}
		}
	})
}

// TestTidy changes nothing of what a scope opens, and Outside names whatever
// another does not open.
func TestTidy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someScope(t), someScope(t).Tidy()
		tidy := a.Tidy()
		if !reflect.DeepEqual(tidy, tidy.Tidy()) {
			t.Fatalf("%v is not tidy", tidy)
		}
		e := tidy.Outside(b)
		inside := reflect.DeepEqual(e, tidy.Outside(tidy))
		for range 20 {
			p := somewhere(t)
			if opens(a, p) != opens(tidy, p) {
				t.Fatalf("%v is not %v at %v", tidy, a, p)
			}
			if inside && opens(tidy, p) && !opens(b, p) {
				t.Fatalf("%v is said to lie in %v", tidy, b)
			}
		}
	})
}

// TestOutsideNames: a few by hand.
func TestOutsideNames(t *testing.T) {
	whole := Scope{Programmes: []string{"p"}, Regions: []string{"35"}, Datasets: []Columns{{"d", []string{"a", "b"}}}, Purposes: []string{"evaluation"}, Period: registry.Period{From: "2020-01-01", Until: "2020-12-31"}}
	ask := Scope{Programmes: []string{"p", "q"}, Regions: []string{"3507", "36"}, Datasets: []Columns{{"d", []string{All}}, {"e", []string{"x"}}}, Purposes: []string{"planning"}, Period: registry.Period{From: "2020-06-01", Until: "2021-01-01"}}
	want := Excess{Programmes: []string{"q"}, Regions: []string{"36"}, Datasets: []Columns{{"d", []string{All}}, {"e", []string{"x"}}}, Purposes: []string{"planning"}, Period: true}
	if got := ask.Outside(whole); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
