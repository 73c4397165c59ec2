// Package enginetest says by example what each node of a moments.Request means:
// small tables, requests, and the answers worked out by hand. Each engine's
// tests call Run, and Random against the referee of engine/memory, so that an
// engine that passes may stand behind any study.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// Table is a table of text cells as a CSV file holds them; "" is missing.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Open makes a session of the engine under test that holds the tables. The
// caller closes the session.
type Open func(t testing.TB, tables map[string]Table) engine.Session

// example is a request with its answer.
type example struct {
	doc     string
	table   Table
	request moments.Request
	// want has one line a group: keys, a colon, cells. Names are quoted, real
	// numbers have a point, so that kinds are compared too.
	want []string
}

// Run checks an engine against every example.
func Run(t *testing.T, open Open) {
	for _, group := range []struct {
		name     string
		examples []example
	}{
		{"expressions", expressions()},
		{"conditions", conditions()},
		{"columns", columns()},
		{"steps", steps()},
		{"large numbers", large()},
	} {
		t.Run(group.name, func(t *testing.T) {
			s := open(t, tablesOf(group.examples))
			defer s.Close()
			for _, e := range group.examples {
				t.Run(e.doc, func(t *testing.T) { e.check(t, s) })
			}
		})
	}
	t.Run("words", func(t *testing.T) { words(t, open) })
	t.Run("too many groups", func(t *testing.T) { tooMany(t, open) })
	t.Run("shards", func(t *testing.T) { shards(t, open) })
}

// tablesOf gives the tables of examples, each once: opening is slow.
func tablesOf(list []example) map[string]Table {
	tables := map[string]Table{}
	for _, e := range list {
		tables[e.table.name()] = e.table
	}
	return tables
}

// name is a name for the table that tells it from others.
func (t Table) name() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", t)
	return fmt.Sprintf("t%x", h.Sum64())
}

func (e example) check(t *testing.T, s engine.Session) {
	t.Helper()
	e.request.Table, e.request.Label = e.table.name(), e.doc
	got, err := s.Collect(context.Background(), e.request)
	if err != nil {
		t.Fatal(err)
	}
	if lines := print(got); !slices.Equal(lines, e.want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(lines, "\n  "), strings.Join(e.want, "\n  "))
	}
}

// print writes a statistic as examples write it.
func print(s moments.Statistic) []string {
	var lines []string
	for _, g := range s.Groups {
		keys, cells := make([]string, len(g.Key)), make([]string, len(g.Cells))
		for i, k := range g.Key {
			keys[i] = printKey(k)
		}
		for i, c := range g.Cells {
			if cells[i] = c.String(); !c.IsMissing() && !c.IsWhole() {
				cells[i] = point(c.Float())
			}
		}
		lines = append(lines, strings.TrimSpace(strings.Join(keys, " ")+": "+strings.Join(cells, " ")))
	}
	return lines
}

func printKey(v moments.Value) string {
	if v.IsMissing() {
		return "missing"
	}
	if s, ok := v.Name(); ok {
		return strconv.Quote(s)
	}
	if i, ok := v.Whole(); ok {
		return fmt.Sprint(i)
	}
	f, _ := v.Float()
	return point(f)
}

// point prints a real number with a point or an exponent.
func point(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// people is the table of most examples: a missing value in every column but
// the identity.
var people = Table{
	Columns: []string{"id", "region", "income", "size", "share"},
	Rows: [][]string{
		{"1", "a", "10", "2", "0.5"},
		{"2", "a", "20", "3", "0.25"},
		{"3", "b", "", "4", "1.5"},
		{"4", "", "-5", "1", ""},
		{"5", "b", "7", "", "2.0"},
	},
}

func peopleColumns() []moments.Column {
	return []moments.Column{{Name: "id", As: moments.Period}, {Name: "region", As: moments.Category},
		{Name: "income", As: moments.Whole}, {Name: "size", As: moments.Whole}, {Name: "share", As: moments.Number}}
}

const (
	region = moments.Ref("region")
	income = moments.Ref("income")
	size   = moments.Ref("size")
	share  = moments.Ref("share")
)

func key(name string, of moments.Expr) moments.Field { return moments.Field{Name: name, Of: of} }
func agg(op moments.AggOp, of moments.Expr) moments.Agg {
	return moments.Agg{Name: string(op), Op: op, Of: of}
}

var count = moments.Agg{Name: "n", Op: moments.Count}

// words: which columns hold words and no numbers.
func words(t *testing.T, open Open) {
	tables, want, docs := map[string]Table{}, map[string]bool{}, map[string]string{}
	for doc, e := range map[string]struct {
		words bool
		cells []string
	}{
		"names":            {true, []string{"desa", "kota", "", "NA", ".", " kota "}},
		"one name alone":   {true, []string{"desa", ""}},
		"codes and ranges": {true, []string{"K00", "3A", "0-4", "2001-05-03", "Rp 5", "1/2"}},
		"words that begin like those of no number": {true, []string{"nano", "inferior", "e5"}},
		"a stray number":                   {false, []string{"desa", "kota", "7"}},
		"a stray word":                     {false, []string{"1", "2", "x"}},
		"whole numbers":                    {false, []string{"1", "2", ""}},
		"numbers":                          {false, []string{"1.5", ".5", "-1e5", "+3."}},
		"numbers with a comma":             {false, []string{"1,5", "1.234,50", "-0,1"}},
		"numbers with blanks and percents": {false, []string{"1 234", "1\u00a0234", "\u22125", "12%", "12,5 %"}},
		"a word for no number":             {false, []string{"desa", "NaN"}},
		"a word for no finite number":      {false, []string{"desa", "-inf"}},
		"nothing known":                    {false, []string{"", "NA", "NULL"}},
	} {
		table := column("x", e.cells...)
		tables[table.name()], want[table.name()], docs[table.name()] = table, e.words, doc
	}
	s := open(t, tables)
	defer s.Close()
	for name, words := range want {
		for range 2 { // the second time from what the engine remembers
			if got, err := s.Words(context.Background(), name, "x"); err != nil || got != words {
				t.Errorf("%s: words %v (%v), want %v", docs[name], got, err, words)
			}
		}
		if _, err := s.Words(context.Background(), name, "y"); err == nil {
			t.Errorf("%s: a column that is not there", docs[name])
		}
	}
}

// tooMany: more groups than the limit are an error that names the request; as
// many are an answer.
func tooMany(t *testing.T, open Open) {
	s := open(t, map[string]Table{"t": people})
	defer s.Close()
	r := moments.Request{Label: "by id", Table: "t", Columns: peopleColumns(), By: []moments.Field{key("id", moments.Ref("id"))},
		Make: []moments.Agg{count}, Limit: 5}
	if got, err := s.Collect(context.Background(), r); err != nil || len(got.Groups) != 5 {
		t.Errorf("limit 5: %d groups, error %v; want 5 and none", len(got.Groups), err)
	}
	r.Limit = 4
	_, err := s.Collect(context.Background(), r)
	var e *moments.ErrTooManyGroups
	if !errors.As(err, &e) || e.Label != "by id" || e.Limit != 4 {
		t.Errorf("limit 4: error %v, want too many groups", err)
	}
}

// shards: the statistics of parts merge to that of the whole, bit for bit.
func shards(t *testing.T, open Open) {
	r := moments.Request{Label: "shards", Table: "t", Columns: peopleColumns(), By: []moments.Field{key("region", region)},
		Make: append(moments.Gram([]string{"income", "size"}), count, agg(moments.Min, share), agg(moments.Max, income))}
	collect := func(rows [][]string) moments.Statistic {
		s := open(t, map[string]Table{"t": {Columns: people.Columns, Rows: rows}})
		defer s.Close()
		got, err := s.Collect(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	merged, err := moments.Merge(collect(people.Rows[3:]), collect(people.Rows[:1]), collect(people.Rows[1:3]))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := print(merged), print(collect(people.Rows)); !slices.Equal(got, want) {
		t.Errorf("merged %q, whole %q", got, want)
	}
}
