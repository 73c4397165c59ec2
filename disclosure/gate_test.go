package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/moments"
)

// squad makes n rows of people of one place with the given values.
type squad struct {
	place, trait string
	n            int
	incomes      []int // by turns; none: 100, 101, ...
}

// crowd makes a register of squads.
func crowd(squads ...squad) memory.Table {
	t := memory.Table{Columns: []string{"id", "place", "trait", "age", "income", "flag"}}
	for _, s := range squads {
		for i := range s.n {
			income := 100 + i
			if len(s.incomes) > 0 {
				income = s.incomes[i%len(s.incomes)]
			}
			text := strconv.Itoa(income)
			if income == -1 {
				text = ""
			}
			t.Rows = append(t.Rows, []string{fmt.Sprint("p", len(t.Rows)), s.place, s.trait, strconv.Itoa(20 + i), text, "1"})
		}
	}
	return t
}

func crowdData(version string) Data {
	return Data{Dataset: "crowd", Version: version, Table: version, Unit: "id", MinCell: MinCell(), Measures: []string{"income", "flag"},
		Columns: []Column{{Name: "place", Public: true}, {Name: "trait"}, {Name: "age", Cuts: []float64{30, 40}, Public: true}}}
}

// decide sends outputs through the gate one after the other and gives the last
// decision.
func decide(t *testing.T, table memory.Table, change func(d *Data), outputs ...Output) Decision {
	t.Helper()
	d := crowdData("now")
	if change != nil {
		change(&d)
	}
	gate := Gate{Versions: []Data{d}, Counter: openTables(t, map[string]memory.Table{"now": table})}
	var history []Output
	var last Decision
	for i, o := range outputs {
		o.Dataset, o.Version, o.Title = "crowd", "now", fmt.Sprint("table ", i+1)
		var err error
		if last, err = gate.Check(context.Background(), history, o); err != nil {
			t.Fatal(err)
		}
		if last.Leaves() {
			history = append(history, last.Output)
		}
	}
	return last
}

func table(f Filter, measures []string, by ...string) Output {
	return Output{Measures: measures, Tables: []Table{{Where: f, By: by}}}
}

// rules lists what a decision names, once each.
func (d Decision) rules() []string {
	var out []string
	for _, r := range slices.Concat(d.Refused, d.Asks, d.Changes) {
		out = append(out, r.Rule)
	}
	for _, w := range d.Withheld {
		out = append(out, w.Reason.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestEachRule has a case on each side of each line of docs/rules/disclosure.yaml:
// the first is stopped by it, the second is not.
func TestEachRule(t *testing.T) {
	income := []string{"income"}
	everything := Everything()
	big := crowd(squad{"a", "x", 20, nil}, squad{"a", "y", 20, nil}, squad{"b", "x", 20, nil}, squad{"b", "y", 20, nil})
	modelled := func(o Output, parameters int, covariates ...string) Output {
		o.Model, o.Parameters, o.Covariates = true, parameters, covariates
		return o
	}
	with := func(o Output, change func(o *Output)) Output { change(&o); return o }
	sums := func(n int) []Output { // one covariate more each time
		var out []Output
		for range n {
			out = append(out, modelled(table(everything, income), 2, "flag"))
		}
		return out
	}
	spreadOut := func(people int) memory.Table {
		c := crowd(squad{"a", "x", people, nil})
		for i := range c.Rows {
			c.Rows[i][5] = strconv.Itoa(i)
		}
		return c
	}
	flagged := func(few int) memory.Table {
		c := crowd(squad{"a", "x", 60, nil})
		for i := range few {
			c.Rows[i][5] = strconv.Itoa(i + 2)
		}
		return c
	}
	nine, ten := crowd(squad{"a", "x", 9, nil}, squad{"b", "x", 30, nil}, squad{"c", "x", 30, nil}), crowd(squad{"a", "x", 10, nil}, squad{"b", "x", 30, nil}, squad{"c", "x", 30, nil})
	// A place where some have what is asked, and others not, beside one where half do.
	yesNo := func(have, lack int) memory.Table {
		return crowd(squad{"a", "x", have + lack, append(slices.Repeat([]int{1}, have), slices.Repeat([]int{0}, lack)...)}, squad{"b", "x", 40, []int{0, 1}})
	}
	longFilter := func(parts int) Filter {
		var f Filter
		for i := range parts {
			f = append(f, is("place", "a", fmt.Sprint("n", i)))
		}
		return f
	}
	margins := func(o Output) Output {
		o.Tables = tables(o.Tables[0].Where, o.Tables[0].By, true)
		return o
	}
	dropping := func(n int) memory.Table { return crowd(squad{"a", "x", n, nil}, squad{"a", "y", 40, nil}) }
	for _, c := range []struct {
		rule                string
		stopped, free       memory.Table
		stoppedBy, freeFrom []Output
		change              func(d *Data)
	}{
		{"unregistered", big, big, []Output{table(everything, nil, "income")}, []Output{table(everything, nil, "place")}, nil},
		{"unregistered", big, big, []Output{table(Filter{is("id", "p1")}, nil)}, []Output{table(Filter{is("place", "a")}, nil)}, nil},
		{"unregistered", big, big, []Output{table(everything, []string{"id"})}, []Output{table(everything, income)}, nil},
		{"filter-long", big, big, []Output{table(longFilter(65), nil)}, []Output{table(longFilter(64), nil)}, nil},
		{"extremes", big, big, []Output{with(table(everything, nil), func(o *Output) { o.Extremes = income })}, []Output{table(everything, nil)}, nil},
		{"percentile", big, big, []Output{with(table(everything, nil), func(o *Output) { o.Percentiles = income })}, []Output{table(everything, nil, "age")}, nil},
		{"small-cell", nine, ten, []Output{table(everything, nil, "place")}, []Output{table(everything, nil, "place")}, nil},
		{"small-cell", crowd(squad{"a", "x", 9, nil}, squad{"a", "x", 9, []int{-1}}), crowd(squad{"a", "x", 10, nil}, squad{"a", "x", 10, []int{-1}}), // who has no income does not count
			[]Output{table(everything, income)}, []Output{table(everything, income)}, nil},
		{"small-cell", ten, ten, []Output{table(everything, nil, "place")}, []Output{table(Filter{is("place", "b")}, nil, "place")}, func(d *Data) { d.MinCell = 11 }},
		{"zero-cell", crowd(squad{"a", "x", 20, nil}, squad{"a", "y", 20, nil}, squad{"b", "x", 20, nil}, squad{"b", "y", 20, nil}, squad{"b", "z", 20, nil}),
			crowd(squad{"a", "x", 20, nil}, squad{"a", "y", 20, nil}, squad{"a", "z", 20, nil}, squad{"b", "x", 20, nil}, squad{"b", "y", 20, nil}, squad{"b", "z", 20, nil}),
			[]Output{table(everything, nil, "place", "trait")}, []Output{table(everything, nil, "place", "trait")}, nil},
		{"full-cell", crowd(squad{"a", "x", 20, nil}, squad{"b", "x", 20, nil}, squad{"b", "y", 20, nil}), big,
			[]Output{table(everything, nil, "place", "trait")}, []Output{table(everything, nil, "place", "trait")}, nil},
		{"dominance-nk", crowd(squad{"a", "x", 18, []int{1}}, squad{"a", "x", 2, []int{100}}), crowd(squad{"a", "x", 18, []int{2}}, squad{"a", "x", 2, []int{100}}), // 200 of 218, 200 of 236
			[]Output{table(everything, income)}, []Output{table(everything, income)}, nil},
		{"dominance-p", crowd(squad{"a", "x", 19, []int{10}}, squad{"a", "x", 1, []int{1900}}), crowd(squad{"a", "x", 19, []int{10}}, squad{"a", "x", 1, []int{1500}}), // 180 of 1900, 180 of 1500
			[]Output{table(everything, income)}, []Output{table(everything, income)}, nil},
		{"secondary", crowd(squad{"a", "x", 9, nil}, squad{"a", "y", 20, nil}, squad{"b", "x", 30, nil}, squad{"b", "y", 40, nil}), big,
			[]Output{margins(table(everything, nil, "place", "trait"))}, []Output{margins(table(everything, nil, "place", "trait"))}, nil},
		{"nothing-left", crowd(squad{"a", "x", 9, nil}), crowd(squad{"a", "x", 10, nil}), []Output{table(everything, nil)}, []Output{table(everything, nil)}, nil},
		{"model-cell", nine, ten, []Output{modelled(table(everything, income, "place"), 3)}, []Output{modelled(table(everything, income, "place"), 3)}, nil},
		{"model-values", yesNo(9, 21), yesNo(10, 20), []Output{modelled(table(everything, income, "place"), 3)}, []Output{modelled(table(everything, income, "place"), 3)}, nil},
		{"model-values", yesNo(30, 0), yesNo(20, 10), []Output{modelled(table(everything, income, "place"), 3)}, []Output{modelled(table(everything, income, "place"), 3)}, nil},
		{"small-cell", yesNo(9, 21), yesNo(10, 20), []Output{table(everything, income, "place")}, []Output{table(everything, income, "place")}, nil},
		{"zero-cell", yesNo(0, 30), yesNo(10, 20), []Output{table(everything, income, "place")}, []Output{table(everything, income, "place")}, nil},
		{"full-cell", yesNo(30, 0), yesNo(20, 10), []Output{table(everything, income, "place")}, []Output{table(everything, income, "place")}, nil},
		{"degrees-of-freedom", crowd(squad{"a", "x", 20, nil}), crowd(squad{"a", "x", 20, nil}), []Output{modelled(table(everything, income), 11)}, []Output{modelled(table(everything, income), 10)}, nil},
		{"lone-values", flagged(9), flagged(10), []Output{modelled(table(everything, income), 2, "flag")}, []Output{modelled(table(everything, income), 2, "flag")}, nil},
		{"many-numbers", spreadOut(17), spreadOut(18), sums(4), sums(4), nil}, // four models of two numbers each about the same people
		{"differencing", dropping(9), dropping(10), []Output{table(everything, nil), table(Filter{not("trait", "x")}, nil)}, []Output{table(everything, nil), table(Filter{not("trait", "x")}, nil)}, nil},
		// Ten people apart, of whom one or all have an income.
		{"differencing", crowd(squad{"a", "x", 10, append([]int{500}, slices.Repeat([]int{-1}, 9)...)}, squad{"a", "y", 40, nil}), dropping(10),
			[]Output{table(everything, income), table(Filter{not("trait", "x")}, income)}, []Output{table(everything, income), table(Filter{not("trait", "x")}, income)}, nil},
		{"all-equal", crowd(squad{"a", "x", 20, []int{7}}), crowd(squad{"a", "x", 20, []int{7, 8}}), []Output{table(everything, income)}, []Output{table(everything, income)}, nil},
		{"negative-values", crowd(squad{"a", "x", 20, []int{-7, 8}}), crowd(squad{"a", "x", 20, []int{0, 8}}), []Output{table(everything, income)}, []Output{table(everything, income)}, nil},
		{"rounded", big, big, []Output{with(table(everything, nil), func(o *Output) { o.Rounded = true })}, []Output{table(everything, nil)}, nil},
	} {
		if got := decide(t, c.stopped, c.change, c.stoppedBy...).rules(); !slices.Contains(got, c.rule) {
			t.Errorf("%s: the case beyond it is met by %q", c.rule, got)
		}
		if got := decide(t, c.free, c.change, c.freeFrom...).rules(); slices.Contains(got, c.rule) {
			t.Errorf("%s: stops the case before it too", c.rule)
		}
	}
}

// TestPublishedFiguresLeave: with a least number of 0 nothing is withheld, whatever
// is asked.
func TestPublishedFiguresLeave(t *testing.T) {
	d := decide(t, crowd(squad{"a", "x", 1, nil}, squad{"b", "y", 2, nil}), func(d *Data) { d.MinCell = 0 }, table(Everything(), []string{"income"}, "place", "age"))
	if got := d.rules(); len(got) > 0 || len(d.Output.Tables[0].Cells) != 2 {
		t.Errorf("rules %q, cells %v", got, d.Output.Tables[0].Cells)
	}
}

func TestCountsLeaveRounded(t *testing.T) {
	for n, want := range map[int64]int64{12: 10, 13: 15, 18: 20, 20: 20} {
		if got := (Output{Rounded: true}).Count(n); got != want {
			t.Errorf("%d leaves as %d, want %d", n, got, want)
		}
		if got := (Output{}).Count(n); got != n {
			t.Errorf("%d leaves as %d without rounding", n, got)
		}
	}
}

// TestRefusalNamesTheEarlierTable: the fewest that can be named.
func TestRefusalNamesTheEarlierTable(t *testing.T) {
	c := crowd(squad{"a", "x", 5, nil}, squad{"a", "y", 40, nil}, squad{"b", "x", 30, nil}, squad{"b", "y", 40, nil})
	d := decide(t, c, nil, table(Filter{is("place", "b")}, nil), table(Filter{is("place", "a")}, nil), table(Everything(), nil, "age"), table(Filter{both(is("place", "a"), is("trait", "y"))[0]}, nil))
	if len(d.Refused) != 1 || d.Refused[0].Rule != "differencing" {
		t.Fatalf("refused %v", d.Refused)
	}
	for _, l := range i18n.Langs {
		text := d.Refused[0].Text(l)
		if !strings.Contains(text, "table 2") || strings.Contains(text, "table 1") || strings.Contains(text, "5") {
			t.Errorf("%s: %s", l, text)
		}
	}
	if len(d.Output.Tables[0].Cells) != 0 {
		t.Error("a refused output has cells")
	}
}

// TestVersionsApart: without a pseudonym in each row, or with several rows a record,
// a version is not compared, and so refused.
func TestVersionsApart(t *testing.T) {
	first := crowd(squad{"a", "x", 20, nil}, squad{"b", "y", 20, nil})
	for doc, change := range map[string]func(t *memory.Table, d *Data, open *[]Data){
		"":                             func(*memory.Table, *Data, *[]Data) {},
		"no unit":                      func(_ *memory.Table, d *Data, _ *[]Data) { d.Unit = "" },
		"a missing pseudonym":          func(t *memory.Table, _ *Data, _ *[]Data) { t.Rows[3][0] = "" },
		"one person in two places":     func(t *memory.Table, _ *Data, _ *[]Data) { t.Rows[3][0] = t.Rows[30][0] },
		"the earlier version not open": func(_ *memory.Table, _ *Data, open *[]Data) { *open = (*open)[1:] },
	} {
		second := memory.Table{Columns: first.Columns}
		for _, r := range first.Rows {
			second.Rows = append(second.Rows, slices.Clone(r))
		}
		versions := []Data{crowdData("v1"), crowdData("v2")}
		change(&second, &versions[1], &versions)
		gate := Gate{Versions: versions, Counter: openTables(t, map[string]memory.Table{"v1": first, "v2": second})}
		asked := table(Everything(), nil, "place")
		asked.Dataset, asked.Version = "crowd", "v1"
		history := []Output{asked}
		asked.Version = "v2"
		d, err := gate.Check(context.Background(), history, asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(d.rules(), "versions-apart"); got != (doc != "") {
			t.Errorf("%q: rules %q", doc, d.rules())
		}
	}
}

// TestFilters: conditions as a history keeps them, or why they cannot be.
func TestFilters(t *testing.T) {
	d := crowdData("now")
	ref := func(c string) moments.Expr { return moments.Ref(c) }
	among := func(c string, values ...string) moments.Cond {
		is := moments.Is{Of: ref(c)}
		for _, v := range values {
			is.Values = append(is.Values, moments.NameKey(v))
		}
		return is
	}
	at := func(c string, op moments.Op, n int64) moments.Cond {
		return moments.Compare{A: ref(c), Op: op, B: moments.Int(n)}
	}
	for _, c := range []struct {
		doc, want string
		cond      moments.Cond
	}{
		{"nothing", `[[]]`, moments.All{}},
		{"never", `null`, moments.Any{}},
		{"values in order, once", `[[place=a,b]]`, among("place", "b", "a", "b")},
		{"not", `[[place!a,-]]`, moments.Not{Cond: among("place", "a")}},
		{"known and not", `[[place!a]]`, moments.All{moments.Known{Of: ref("place")}, moments.Not{Cond: among("place", "a")}}},
		{"both of one column", `[[place=b]]`, moments.All{among("place", "a", "b"), among("place", "b", "c")}},
		{"impossible", `null`, moments.All{among("place", "a"), among("place", "b")}},
		{"any of two columns", `[[place=a],[trait=x]]`, moments.Any{among("trait", "x"), among("place", "a")}},
		{"not any", `[[place!a,-;trait!x,-]]`, moments.Not{Cond: moments.Any{among("trait", "x"), among("place", "a")}}},
		{"all over any", `[[place=a;trait=x],[place=a;trait=y]]`, moments.All{among("place", "a"), moments.Any{among("trait", "y"), among("trait", "x")}}},
		{"the same twice", `[[place=a]]`, moments.Any{among("place", "a"), among("place", "a")}},
		{"at a cut point", `[[age=1,2]]`, at("age", moments.GreaterEqual, 30)},
		{"below a cut point", `[[age=0,1]]`, at("age", moments.Less, 40)},
		{"not below a cut point", `[[age=1,2,-]]`, moments.Not{Cond: at("age", moments.Less, 30)}},
		{"beside a cut point", `cut-point`, at("age", moments.GreaterEqual, 31)},
		{"above a cut point", `cut-point`, at("age", moments.Greater, 30)},
		{"a number itself", `cut-point`, at("age", moments.Equal, 30)},
		{"a bound on a measure", `unregistered`, at("income", moments.GreaterEqual, 30)},
		{"a measure known", `[[income!]]`, moments.Known{Of: ref("income")}},
		{"a person", `unregistered`, among("id", "p1")},
		{"whether a person is known", `unregistered`, moments.Known{Of: ref("id")}},
		{"a calculation", `filter-form`, moments.Compare{A: moments.Add{ref("place"), moments.Int(1)}, Op: moments.Equal, B: moments.Int(2)}},
		{"two columns", `filter-form`, moments.Compare{A: ref("place"), Op: moments.Equal, B: ref("trait")}},
		{"a fraction", `filter-form`, moments.Fraction{Of: ref("income")}},
		{"a number as name", `[[place=3]]`, at("place", moments.Equal, 3)},
		{"not a number as name", `[[place!3]]`, at("place", moments.NotEqual, 3)},
		{"a bound on names", `cut-point`, at("place", moments.Less, 3)},
	} {
		f, why := FilterOfCond(d, c.cond)
		got := f.short()
		if why != nil {
			got = why.Rule
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.doc, got, c.want)
		}
	}
}

// short writes a filter as the table above does.
func (f Filter) short() string {
	if len(f) == 0 {
		return "null"
	}
	var parts []string
	for _, p := range f {
		var tests []string
		for _, t := range p {
			values := slices.Clone(t.Values)
			if t.Blank {
				values = append(values, "-")
			}
			tests = append(tests, t.Column+map[bool]string{true: "!", false: "="}[t.Except]+strings.Join(values, ","))
		}
		parts = append(parts, "["+strings.Join(tests, ";")+"]")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// TestHistoryIsKeptAsText: an output that left comes back from its JSON the same.
func TestHistoryIsKeptAsText(t *testing.T) {
	d := decide(t, crowd(squad{"a", "x", 20, nil}, squad{"", "y", 20, nil}), nil, table(Filter{not("trait", "z")}, []string{"income"}, "place", "age"))
	text, err := json.Marshal(d.Output)
	if err != nil {
		t.Fatal(err)
	}
	var back Output
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) || !slices.ContainsFunc(back.Tables[0].Cells, func(c Cell) bool { return c[0] == Blank }) {
		t.Errorf("%s (%v)", again, err)
	}
}
