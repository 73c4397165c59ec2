package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// Census checks an engine's counts against examples worked out by hand, and
// against the referee b on tables drawn.
func Census(t *testing.T, a, b Open) {
	for _, e := range censuses() {
		t.Run(e.doc, func(t *testing.T) {
			tables := map[string]Table{}
			for i, part := range e.tables {
				tables[fmt.Sprint("t", i)] = part
			}
			s := a(t, tables)
			defer s.Close()
			got, err := s.(engine.Counter).Count(context.Background(), e.census)
			if err != nil {
				t.Fatal(err)
			}
			if lines := printTally(got); !slices.Equal(lines, e.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(lines, "\n  "), strings.Join(e.want, "\n  "))
			}
		})
	}
	t.Run("too many atoms", func(t *testing.T) {
		s := a(t, map[string]Table{"t0": people})
		defer s.Close()
		c := moments.Census{Label: "few", Limit: 1, Parts: []moments.Part{{Table: "t0", Columns: peopleColumns(), Unit: "id", Key: []moments.Field{key("region", region)}}}}
		c.Parts[0].Columns[0].As = moments.Category
		var e *moments.ErrTooManyGroups
		if _, err := s.(engine.Counter).Count(context.Background(), c); !errors.As(err, &e) || e.Limit != 1 {
			t.Errorf("error %v, want too many groups", err)
		}
	})
	t.Run("mistakes", func(t *testing.T) {
		s := a(t, map[string]Table{"t0": people})
		defer s.Close()
		part := moments.Part{Table: "t0", Columns: peopleColumns(), Key: []moments.Field{key("region", region)}}
		real := part
		real.Key = []moments.Field{key("share", share)}
		for doc, parts := range map[string][]moments.Part{
			"no part": {}, "a real key": {real}, "two parts without a unit": {part, part},
		} {
			if _, err := s.(engine.Counter).Count(context.Background(), moments.Census{Label: doc, Parts: parts}); err == nil {
				t.Errorf("%s: no error", doc)
			}
		}
	})
	t.Run("random", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			tables := map[string]Table{"t": drawTable(rt), "v": drawTable(rt), "w": drawTable(rt)}
			tested, referee := a(t, tables), b(t, tables)
			defer tested.Close()
			defer referee.Close()
			for range 5 {
				c := drawCensus(rt)
				got, err := tested.(engine.Counter).Count(context.Background(), c)
				want, wantErr := referee.(engine.Counter).Count(context.Background(), c)
				if err != nil || wantErr != nil {
					rt.Fatalf("errors %v and %v", err, wantErr)
				}
				if g, w := printTally(got), printTally(want); !slices.Equal(g, w) {
					rt.Fatalf("got\n  %s\nwant\n  %s", strings.Join(g, "\n  "), strings.Join(w, "\n  "))
				}
			}
		})
	})
}

// drawCensus draws a census of one to three parts.
func drawCensus(rt *rapid.T) moments.Census {
	c := moments.Census{Label: "census", Small: int64(rapid.IntRange(1, 4).Draw(rt, "small"))}
	names := []string{"t", "v", "w"}[:rapid.IntRange(1, 3).Draw(rt, "parts")]
	cohort, large := rapid.Bool().Draw(rt, "cohort"), rapid.Bool().Draw(rt, "large")
	record, value, where := rapid.Bool().Draw(rt, "record"), rapid.Bool().Draw(rt, "value"), rapid.Bool().Draw(rt, "where")
	for i, n := range names {
		p := moments.Part{Table: n, Unit: "unit", Columns: []moments.Column{{Name: "unit", As: moments.Category}, {Name: "time", As: moments.Period},
			{Name: "cluster", As: moments.Category}, {Name: "cohort", As: moments.Cohort}, {Name: "y", As: moments.Number}, {Name: "z", As: moments.Number}}}
		p.Key = []moments.Field{key("cluster", moments.Ref("cluster"))}
		if cohort && i != 1 { // a part may look at other things
			p.Key = append(p.Key, key("cohort", moments.Ref("cohort")))
		}
		if large { // a packed set of conditions
			p.Key = append(p.Key, key("bits", moments.Add{moments.Int(1 << 60), moments.Case{When: moments.Known{Of: moments.Ref("y")}, Then: moments.Int(1), Else: moments.Int(0)}}))
		}
		if record {
			p.Record = []moments.Field{key("time", moments.Ref("time"))}
		}
		if value {
			p.Value = []moments.Field{key("y", moments.Ref("y")), key("z", moments.Ref("z"))}
		}
		if where {
			p.Where = []moments.Cond{moments.Compare{A: moments.Ref("time"), Op: moments.Greater, B: moments.Int(2001)}}
		}
		c.Parts = append(c.Parts, p)
	}
	if len(names) == 1 && rapid.Bool().Draw(rt, "rows as units") {
		c.Parts[0].Unit = ""
	}
	return c
}

// printTally writes an atom as its key in each part, with the part that holds the
// same before it, and a profile as its atoms.
func printTally(t moments.Tally) []string {
	var lines []string
	for i, a := range t.Atoms {
		line := fmt.Sprintf("atom %d", i)
		for _, s := range a.Seen {
			if s.Key == nil {
				line += " absent"
				continue
			}
			keys := make([]string, len(s.Key))
			for j, k := range s.Key {
				keys[j] = printKey(k)
			}
			line += fmt.Sprintf(" %d[%s]", s.Same, strings.Join(keys, " "))
		}
		lines = append(lines, fmt.Sprintf("%s: %d", line, a.Units))
	}
	for _, p := range t.Profiles {
		lines = append(lines, fmt.Sprintf("profile %v: %d", p.Atoms, p.Units))
	}
	return append(lines, fmt.Sprintf("nameless %d, split %d", t.Nameless, t.Split))
}

type censusExample struct {
	doc    string
	tables []Table // t0, t1, ...
	census moments.Census
	want   []string
}

// panel has three units over two periods; the second version of it has another
// value for one, another place for one, one unit less and one more.
var (
	panel = Table{Columns: []string{"unit", "time", "place", "y"}, Rows: [][]string{
		{"a", "1", "north", "5"}, {"a", "2", "north", "6"}, {"b", "1", "north", "7"}, {"b", "2", "south", "7"}, {"c", "1", "south", "1"}, {"", "1", "south", "9"}}}
	panelLater = Table{Columns: []string{"unit", "time", "place", "y"}, Rows: [][]string{
		{"a", "1", "north", "5.0"}, {"a", "2", "north", "8"}, {"b", "1", "south", "7"}, {"b", "2", "south", "7"}, {"d", "1", "", "2"}}}
)

func censuses() []censusExample {
	part := func(table string) moments.Part {
		return moments.Part{Table: table, Unit: "unit", Record: []moments.Field{key("time", moments.Ref("time"))},
			Columns: []moments.Column{{Name: "unit", As: moments.Category}, {Name: "time", As: moments.Period}, {Name: "place", As: moments.Category}, {Name: "y", As: moments.Number}},
			Key:     []moments.Field{key("place", moments.Ref("place"))}}
	}
	valued := func(table string) moments.Part {
		p := part(table)
		p.Value = []moments.Field{key("y", moments.Ref("y"))}
		return p
	}
	rows := part("t0")
	rows.Unit = ""
	first := part("t0")
	first.Where = []moments.Cond{moments.Compare{A: moments.Ref("time"), Op: moments.Equal, B: moments.Int(1)}}
	noRecord := part("t0")
	noRecord.Record = nil
	noRecordLater := part("t1")
	noRecordLater.Record = nil
	return []censusExample{
		{"units of a panel, once in each place", []Table{panel}, moments.Census{Small: 2, Parts: []moments.Part{part("t0")}}, []string{
			`atom 0 0["north"]: 2`, `atom 1 0["south"]: 2`, "nameless 1, split 0"}},
		{"profiles of small atoms", []Table{panel}, moments.Census{Small: 3, Parts: []moments.Part{part("t0")}}, []string{
			`atom 0 0["north"]: 2`, `atom 1 0["south"]: 2`, "profile [0]: 1", "profile [0 1]: 1", "profile [1]: 1", "nameless 1, split 0"}},
		{"rows as units", []Table{panel}, moments.Census{Small: 1, Parts: []moments.Part{rows}}, []string{
			`atom 0 0["north"]: 3`, `atom 1 0["south"]: 3`, "nameless 0, split 0"}},
		{"conditions", []Table{panel}, moments.Census{Small: 2, Parts: []moments.Part{first}}, []string{
			`atom 0 0["north"]: 2`, `atom 1 0["south"]: 1`, "profile [1]: 1", "nameless 1, split 0"}},
		{"two versions, by who is in them", []Table{panel, panelLater}, moments.Census{Small: 1, Parts: []moments.Part{part("t0"), part("t1")}}, []string{
			`atom 0 absent 1[missing]: 1`, `atom 1 0["north"] 0["north"]: 1`, `atom 2 0["north"] 0["south"]: 1`,
			`atom 3 0["south"] absent: 1`, `atom 4 0["south"] 0["south"]: 1`, "nameless 1, split 0"}},
		{"two versions, by what they hold", []Table{panel, panelLater}, moments.Census{Small: 1, Parts: []moments.Part{valued("t0"), valued("t1")}}, []string{
			`atom 0 absent 1[missing]: 1`, `atom 1 0["north"] 0["north"]: 1`, `atom 2 0["north"] 1["north"]: 1`, `atom 3 0["north"] 0["south"]: 1`,
			`atom 4 0["south"] absent: 1`, `atom 5 0["south"] 0["south"]: 1`, "nameless 1, split 0"}},
		{"records of two sorts cannot be followed", []Table{panel, panelLater}, moments.Census{Small: 1, Parts: []moments.Part{noRecord, noRecordLater}}, []string{
			`atom 0 absent 1[missing]: 1`, `atom 1 0["north"] 0["north"]: 1`, `atom 2 0["south"] absent: 1`, "nameless 1, split 1"}},
	}
}
