package disclosure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/moments"
)

// attackWorld is a small invented register that lends itself to attacks.
type attackWorld struct {
	tables   map[string]memory.Table
	versions []Data
}

// ask is one request of an attack. A condition stands for its filter: it has to
// become one first. picks are the rows it is about where nothing guards them.
type ask struct {
	out   Output
	cond  moments.Cond
	picks func(r map[string]string) bool
}

// attack is a series of requests meant to give somebody away.
type attack struct {
	family, name string
	world        attackWorld
	asks         []ask
}

const attackColumns = 40 // of noise, for the covariance attack

// townWorld has 4 regions of 5 villages: one of 6 people, the others of 14 to 17; one
// person of each village is alone in its scheme; one of each region is rich; in the
// first village of each region all are poor.
func townWorld(seed uint64) attackWorld {
	r := rand.New(rand.NewPCG(worldSeed, seed))
	t := memory.Table{Columns: []string{"id", "region", "village", "sex", "scheme", "poor", "week", "age", "income", "wealth"}}
	for region := range 4 {
		for village := range 5 {
			n := 14 + village
			if village == 4 {
				n = 6
			}
			for i := range n {
				scheme := []string{"a", "b"}[i%2]
				if i == 0 {
					scheme = "lone"
				}
				poor := []string{"1", "0"}[min(1, r.IntN(3))]
				if village == 0 {
					poor = "1"
				}
				income := strconv.Itoa(1000 + r.IntN(4000))
				if i == 1 && village == 3 {
					income = "900000"
				}
				wealth := "0" // all but two of a village have none
				if i < 2 {
					wealth = strconv.Itoa(1 + r.IntN(9))
				}
				if i == 2 {
					wealth = ""
				}
				t.Rows = append(t.Rows, []string{fmt.Sprintf("p%d-%d-%d", region, village, i), fmt.Sprint("r", region), fmt.Sprintf("v%d-%d", region, village),
					[]string{"L", "P"}[(i/2)%2], scheme, poor, "1", strconv.Itoa(20 + r.IntN(50)), income, wealth})
			}
		}
	}
	return attackWorld{map[string]memory.Table{"v1": t}, []Data{townData("v1")}}
}

func townData(version string) Data {
	return Data{Dataset: "town", Version: version, Table: version, Unit: "id", Record: []string{"week"}, MinCell: MinCell(),
		Columns: []Column{{Name: "region", Public: true}, {Name: "village", Public: true}, {Name: "sex", Public: true}, {Name: "scheme"}, {Name: "poor"},
			{Name: "week", Public: true}, {Name: "age", Cuts: []float64{30, 45, 60}, Public: true}},
		Measures: []string{"income", "wealth"}}
}

// weekWorld has 60 people over 8 weeks, of whom five of each region came in the
// last week alone.
func weekWorld() attackWorld {
	r := rand.New(rand.NewPCG(worldSeed, 7))
	town := townWorld(7).tables["v1"]
	t := memory.Table{Columns: town.Columns}
	for region := range 3 {
		for i := range 20 {
			for week := 1; week <= 8; week++ {
				if i >= 15 && week < 8 || i < 15 && week == 8 {
					continue
				}
				t.Rows = append(t.Rows, []string{fmt.Sprintf("w%d-%d", region, i), fmt.Sprint("r", region), fmt.Sprint("v", region), []string{"L", "P"}[i%2], "a", "0",
					strconv.Itoa(week), "40", strconv.Itoa(1000 + r.IntN(4000)), "1"})
			}
		}
	}
	return attackWorld{map[string]memory.Table{"v1": t}, []Data{townData("v1")}}
}

// vintages is the town and a second version in which change makes of each row
// none, one or more.
func vintages(seed uint64, change func(i int, row []string) [][]string) attackWorld {
	w := townWorld(seed)
	second := memory.Table{Columns: w.tables["v1"].Columns}
	for i, row := range w.tables["v1"].Rows {
		second.Rows = append(second.Rows, change(i, slices.Clone(row))...)
	}
	w.tables["v2"] = second
	w.versions = append(w.versions, townData("v2"))
	return w
}

// columnsWorld has 45 people with many columns of numbers.
func columnsWorld() attackWorld {
	r := rand.New(rand.NewPCG(worldSeed, 9))
	t := memory.Table{Columns: []string{"id", "region", "week", "income"}}
	d := Data{Dataset: "columns", Version: "v1", Table: "v1", Unit: "id", MinCell: MinCell(), Columns: []Column{{Name: "region", Public: true}}, Measures: []string{"income"}}
	for j := range attackColumns {
		t.Columns = append(t.Columns, fmt.Sprint("x", j))
		d.Measures = append(d.Measures, fmt.Sprint("x", j))
	}
	for i := range attackColumns {
		row := []string{fmt.Sprint("c", i), fmt.Sprint("r", i%2), "1", strconv.Itoa(1000 + r.IntN(4000))}
		for range attackColumns {
			row = append(row, strconv.Itoa(r.IntN(1000)))
		}
		t.Rows = append(t.Rows, row)
	}
	return attackWorld{map[string]memory.Table{"v1": t}, []Data{d}}
}

// is, not and both make filters.
func is(column string, values ...string) Part {
	return Part{Test{Column: column, Values: values}.tidy()}
}
func not(column string, values ...string) Part {
	return Part{Test{Column: column, Values: values, Except: true}.tidy()}
}
func both(parts ...Part) Filter {
	out := Part{}
	for _, p := range parts {
		out, _ = out.and(p)
	}
	return Filter{out}
}

// total asks for the sum of incomes where a filter holds, by columns.
func total(f Filter, by ...string) ask {
	if by == nil {
		by = []string{}
	}
	return ask{out: Output{Measures: []string{target}, Tables: []Table{{Where: f, By: by}}}}
}

func on(version string, a ask) ask {
	a.out.Version = version
	return a
}

func model(a ask, covariates ...string) ask {
	a.out.Model, a.out.Covariates = true, covariates
	return a
}

// attacks lists what is tried.
func attacks() []attack {
	var all []attack
	try := func(family, name string, w attackWorld, asks ...ask) {
		all = append(all, attack{family, name, w, asks})
	}
	everything := Everything()
	town := townWorld(1)
	for r := range 4 {
		region := is("region", fmt.Sprint("r", r))
		for v := range 5 {
			name := fmt.Sprintf("v%d-%d", r, v)
			village := is("village", name)
			lone := is("scheme", "lone")
			try("drop one person", name, town, total(both(village)), total(both(village, not("scheme", "lone"))))
			try("indicator of one", name+" in a table", town, total(both(village), "scheme"))
			try("indicator of one", name+" in a model", town, model(total(both(village), "scheme")))
			try("indicator of one", name+" by its cell", town, total(both(village, lone)))
			try("complement", name, town, total(both(region)), total(Filter{both(region, not("scheme", "lone"))[0], both(region, lone, not("village", name))[0]}))
			try("known and missing", name, town, total(both(village)), total(both(village, Part{Test{Column: "wealth", Values: []string{}, Except: true}})))
		}
		small := fmt.Sprintf("v%d-4", r)
		try("drop one village", small, town, total(both(region)), total(both(region, not("village", small))))
		try("drop one village", small+" by elimination", town, total(both(region)), total(both(is("village", fmt.Sprintf("v%d-0", r)))),
			total(both(is("village", fmt.Sprintf("v%d-1", r)))), total(both(is("village", fmt.Sprintf("v%d-2", r)))), total(both(is("village", fmt.Sprintf("v%d-3", r)))))
		try("drop one village", small+" in tables of their own", town, total(both(region), "village"), total(both(region)))
		try("sites", fmt.Sprint("the others of r", r), town, total(everything), total(Filter{not("village", small)}))
		try("sites", fmt.Sprint("the others of r", r, " one by one"), town, total(everything), total(both(not("region", fmt.Sprint("r", r)))), total(both(region), "village"))
		try("linked margins", fmt.Sprint("r", r, ": cells, then rows, then columns"), town, total(both(region), "village", "sex"), total(both(region), "village"), total(both(region), "sex"), total(both(region)))
		try("linked margins", fmt.Sprint("r", r, ": rows and columns, then cells"), town, total(both(region)), total(both(region), "sex"), total(both(region), "village"), total(both(region), "village", "sex"))
		try("linked margins", fmt.Sprint("r", r, ": one table"), town, ask{out: Output{Measures: []string{target}, Tables: tables(both(region), []string{"village", "sex"}, true)}})
		try("linked margins", fmt.Sprint("r", r, ": by age"), town, total(both(region), "sex", "age"), total(both(region), "sex"), total(both(region), "age"), total(both(region), "village"))
		try("overlap", fmt.Sprint("r", r, " and a neighbour"), town, total(Filter{is("region", fmt.Sprint("r", r)), is("region", fmt.Sprint("r", (r+1)%4))}),
			total(both(is("region", fmt.Sprint("r", (r+1)%4)))), total(both(region, not("village", small))))
		try("overlap", fmt.Sprint("r", r, " in two halves"), town, total(both(region)), total(both(region, is("sex", "L"), not("scheme", "lone"))), total(both(region, is("sex", "P"))))
		try("overlap", fmt.Sprint("r", r, " union"), town, total(Filter{is("village", fmt.Sprintf("v%d-1", r)), is("village", small)}), total(both(is("village", fmt.Sprintf("v%d-1", r)))))
		for i, rounded := range []bool{false, true} {
			again := total(both(region))
			again.out.Rounded = rounded
			less := total(both(region, not("scheme", "lone"), not("village", fmt.Sprintf("v%d-1", r), fmt.Sprintf("v%d-2", r), fmt.Sprintf("v%d-3", r), small)))
			less.out.Rounded = rounded
			try("repeated", fmt.Sprint("r", r, " variant ", i), town, again, again, total(both(is("village", fmt.Sprintf("v%d-0", r)))), again, less)
			try("repeated", fmt.Sprint("r", r, " in other words ", i), town, again, total(Filter{both(region, is("sex", "L"), not("scheme", "lone"))[0], both(region, is("sex", "P"))[0]}), again)
		}
		for _, column := range []string{"income", "wealth"} {
			p, e := total(both(region)), total(both(region), "sex")
			p.out.Percentiles, e.out.Extremes = []string{column}, []string{column}
			try("percentiles", fmt.Sprint("r", r, " ", column), town, p)
			try("minimum and maximum", fmt.Sprint("r", r, " ", column), town, e)
			p2 := total(both(region, not("scheme", "lone")))
			p2.out.Percentiles = []string{column}
			try("percentiles", fmt.Sprint("r", r, " ", column, " with and without one"), town, p, p2)
		}
		saturated := model(total(both(is("village", fmt.Sprintf("v%d-1", r))), "sex", "age", "poor", "scheme"))
		try("saturated regression", fmt.Sprint("r", r), town, saturated)
		full := model(total(both(is("village", fmt.Sprintf("v%d-2", r)))))
		full.out.Parameters = 15
		full.out.Covariates = []string{"wealth"}
		try("saturated regression", fmt.Sprint("r", r, " by coefficients"), town, full)
		try("saturated regression", fmt.Sprint("r", r, " with a lone value"), town, model(total(both(is("village", fmt.Sprintf("v%d-1", r)))), "wealth"))
		try("two regressions", fmt.Sprint("r", r), town, model(total(both(region))), model(total(both(region, not("scheme", "lone")))))
		try("two regressions", fmt.Sprint("r", r, " by sex"), town, model(total(both(region), "sex")), model(total(both(region, not("village", small)), "sex")))
		try("dominance", fmt.Sprint("r", r), town, total(both(is("village", fmt.Sprintf("v%d-3", r)))))
		try("dominance", fmt.Sprint("r", r, " by village"), town, total(both(region, not("village", small)), "village"))
		try("dominance", fmt.Sprint("r", r, " by sex"), town, total(both(is("village", fmt.Sprintf("v%d-3", r), fmt.Sprintf("v%d-0", r)), is("sex", "L"))), total(both(is("village", fmt.Sprintf("v%d-3", r)), is("sex", "L"))))
		poor := total(both(region, not("village", small)), "village", "poor")
		poor.out.Measures = nil
		try("full and empty cells", fmt.Sprint("r", r), town, poor)
		poorMargins := ask{out: Output{Tables: tables(both(region, not("village", small)), []string{"village", "poor"}, true)}}
		try("full and empty cells", fmt.Sprint("r", r, " with margins"), town, poorMargins)
		// Vectors and bounds made for the purpose.
		id := fmt.Sprintf("p%d-1-3", r)
		ref := func(column string) moments.Expr { return moments.Ref(column) }
		one := func(row map[string]string) bool { return row["id"] == id }
		rest := func(row map[string]string) bool { return row["id"] != id }
		try("client-made vector", id+" by name", town, ask{total(everything).out, moments.Is{Of: ref("id"), Values: []moments.Value{moments.NameKey(id)}}, one})
		try("client-made vector", id+" all but one", town, total(everything), ask{total(everything).out, moments.Not{Cond: moments.Is{Of: ref("id"), Values: []moments.Value{moments.NameKey(id)}}}, rest})
		try("client-made vector", id+" by calculation", town, ask{total(everything).out,
			moments.Compare{A: moments.Add{moments.Mul{ref("income"), moments.Int(3)}, ref("wealth")}, Op: moments.Equal, B: moments.Int(7)}, one})
		try("client-made vector", id+" by a case", town, ask{total(everything).out,
			moments.Compare{A: moments.Case{When: moments.Is{Of: ref("id"), Values: []moments.Value{moments.NameKey(id)}}, Then: moments.Int(1), Else: moments.Int(0)}, Op: moments.Equal, B: moments.Int(1)}, one})
		rich := func(row map[string]string) bool {
			return row["income"] == "900000" && row["region"] == fmt.Sprint("r", r)
		}
		try("moved bound", fmt.Sprint("r", r, " income above"), town, ask{total(everything).out,
			moments.All{moments.Is{Of: ref("region"), Values: []moments.Value{moments.NameKey(fmt.Sprint("r", r))}}, moments.Compare{A: ref("income"), Op: moments.Greater, B: moments.Int(800000)}}, rich})
		old := func(row map[string]string) bool { return row["age"] == "33" }
		try("moved bound", fmt.Sprint("age in year ", r), town, ask{total(everything).out,
			moments.All{moments.Compare{A: ref("age"), Op: moments.GreaterEqual, B: moments.Int(33)}, moments.Compare{A: ref("age"), Op: moments.Less, B: moments.Int(34)}}, old})
	}
	weeks := weekWorld()
	for r := range 3 {
		region := is("region", fmt.Sprint("r", r))
		try("drop one week", fmt.Sprint("r", r), weeks, total(both(region)), total(both(region, not("week", "8"))))
		try("drop one week", fmt.Sprint("r", r, " by week"), weeks, total(both(region), "week"), total(both(region)))
		try("drop one week", fmt.Sprint("r", r, " as ranges"), weeks, total(both(region, is("week", "1", "2", "3", "4"))), total(both(region, is("week", "5", "6", "7", "8"))), total(both(region, is("week", "5", "6", "7"))))
		try("drop one week", fmt.Sprint("r", r, " in models"), weeks, model(total(both(region))), model(total(both(region, not("week", "8")))))
		try("drop one week", fmt.Sprint("r", r, " between regions"), weeks, total(everything), total(Filter{both(not("region", fmt.Sprint("r", r)))[0], both(region, not("week", "8"))[0]}))
	}
	for k := range 8 {
		region := is("region", fmt.Sprint("r", k%4))
		at := func(i int) bool { return i%4 == 0 && i/4 == k } // one person, early in the file
		same := func(row []string) [][]string { return [][]string{row} }
		id := fmt.Sprintf("p%d-1-%d", k%4, 2+k/4)
		left := vintages(uint64(20+k), func(_ int, row []string) [][]string {
			if row[0] == id {
				return nil
			}
			return same(row)
		})
		try("versions", fmt.Sprint(id, " left"), left, on("v1", total(both(region))), on("v2", total(both(region))))
		try("versions", fmt.Sprint(id, " left, later first"), left, on("v2", total(both(region), "sex")), on("v1", total(both(region), "sex")))
		came := vintages(uint64(40+k), func(i int, row []string) [][]string {
			if !at(i) {
				return same(row)
			}
			more := slices.Clone(row)
			more[0], more[1], more[8] = "new", fmt.Sprint("r", k%4), "2222"
			return [][]string{row, more}
		})
		try("versions", fmt.Sprint("one came to r", k%4), came, on("v1", total(everything)), on("v2", total(everything)))
		corrected := vintages(uint64(60+k), func(_ int, row []string) [][]string {
			if row[0] == id {
				row[8] = "4321"
			}
			return same(row)
		})
		try("versions", fmt.Sprint(id, " corrected"), corrected, on("v1", total(both(region))), on("v2", total(both(region))))
		moved := vintages(uint64(80+k), func(_ int, row []string) [][]string {
			if row[0] == id {
				row[1] = fmt.Sprint("r", (k+1)%4)
			}
			return same(row)
		})
		try("versions", fmt.Sprint(id, " moved"), moved, on("v1", total(everything, "region")), on("v2", total(everything, "region")))
	}
	columns := columnsWorld()
	for k := range 6 {
		var asks []ask
		for j := range attackColumns {
			asks = append(asks, model(total(everything), fmt.Sprint("x", (j+k)%attackColumns)))
		}
		try("covariances", fmt.Sprint("one column a model, from ", k), columns, asks...)
		var few []ask
		for j := 0; j+4 <= attackColumns; j += 4 {
			few = append(few, model(total(everything, []string{"region"}[:k%2]...), fmt.Sprint("x", j), fmt.Sprint("x", j+1), fmt.Sprint("x", j+2), fmt.Sprint("x", (j+3+4*k)%attackColumns)))
		}
		try("covariances", fmt.Sprint("four columns a model, ", k), columns, few...)
	}
	// Whatever comes to mind: unions of villages at random, with one scheme or sex.
	for k := range 40 {
		r := rand.New(rand.NewPCG(worldSeed, uint64(100+k)))
		var asks []ask
		for range 18 {
			var villages []string
			for region := range 2 {
				for v := range 5 {
					if r.IntN(2) == 0 {
						villages = append(villages, fmt.Sprintf("v%d-%d", region, v))
					}
				}
			}
			if len(villages) == 0 {
				continue
			}
			f := both(is("village", villages...))
			switch r.IntN(3) {
			case 0:
				f = both(is("village", villages...), not("scheme", "lone"))
			case 1:
				f = both(is("village", villages...), is("sex", "L"))
			}
			asks = append(asks, total(f))
		}
		try("unions at random", fmt.Sprint(k), town, asks...)
	}
	return all
}

// result of one attack, with and without the gate.
type outcome struct{ people, groups int }

func (a attack) run(t testing.TB, guarded bool) (outcome, int) {
	gate := Gate{Versions: a.world.versions, Counter: openTables(t, a.world.tables)}
	thief := newAttacker(a.world)
	var history []Output
	left := 0
	for i, q := range a.asks {
		out := q.out
		if out.Version == "" {
			out.Version = "v1"
		}
		d, _ := gate.version(a.world.versions[0].Dataset, out.Version)
		out.ID, out.Title, out.Dataset = fmt.Sprint(i), fmt.Sprint("request ", i), d.Dataset
		if !guarded {
			thief.sees(out, q.picks)
			left++
			continue
		}
		if q.cond != nil {
			f, why := FilterOfCond(d, q.cond)
			if why != nil {
				continue
			}
			out.Tables = slices.Clone(out.Tables)
			for j := range out.Tables {
				out.Tables[j].Where = f
			}
		}
		decision, err := gate.Check(context.Background(), history, out)
		if err != nil {
			t.Fatalf("%s, %s: %v", a.family, a.name, err)
		}
		if !decision.Leaves() {
			continue
		}
		left++
		history = append(history, decision.Output)
		thief.sees(decision.Output, nil)
	}
	people, groups := thief.recovers()
	return outcome{people, groups}, left
}
