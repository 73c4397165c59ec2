package enginetest

import "github.com/dampak/dampak/moments"

// column is a table of one column of interest; a second keeps lines from being
// blank.
func column(name string, cells ...string) Table {
	t := Table{Columns: []string{name, "one"}}
	for _, c := range cells {
		t.Rows = append(t.Rows, []string{c, "1"})
	}
	return t
}

// groups counts the rows by the value of a column read so.
func groups(doc string, t Table, as moments.As, want ...string) example {
	name := t.Columns[0]
	return example{doc: doc, table: t, want: want, request: moments.Request{Columns: []moments.Column{{Name: name, As: as}},
		By: []moments.Field{key("k", moments.Ref(name))}, Make: []moments.Agg{count}}}
}

// columns gives the readings of cells, the kinds of keys with missing as one of
// its own, and names that are hard to write.
func columns() []example {
	marks := column("x", "1", "NA", ".", "NULL", "", " 1 ", "2.0")
	list := []example{
		groups("blanks and marks are missing", marks, moments.Whole, "missing: 4", "1: 2", "2: 1"),
		groups("numbers are real keys", marks, moments.Number, "missing: 4", "1.0: 2", "2.0: 1"),
		groups("numbers as categories lose their zeros", marks, moments.Category, "missing: 4", `"1": 2`, `"2": 1`),
		groups("periods", column("x", "2015", "2015.0", "2016"), moments.Period, "2015: 2", "2016: 1"),
		groups("never is a missing cohort", column("x", "2004", "0", "inf", "Inf", "", "2004.0"), moments.Cohort, "missing: 4", "2004: 2"),
		groups("truths are 1 and 0", column("x", "true", "FALSE", "True", ""), moments.Category, "missing: 1", `"0": 1`, `"1": 2`),
		groups("negative keys in order", column("x", "-1.5", "2", "-3"), moments.Number, "-3.0: 1", "-1.5: 1", "2.0: 1"),
		groups("names keep their capitals", column("x", "a", "A", " a "), moments.Category, `"A": 1`, `"a": 2`),
		groups("names of any characters", column("x", "O'Neil", `say "hi"`, "a,b;c|d", "Papua – Maluku", "岛", "x\ny", "%s -- ;"), moments.Category,
			`"%s -- ;": 1`, `"O'Neil": 1`, `"Papua – Maluku": 1`, `"a,b;c|d": 1`, `"say \"hi\"": 1`, `"x\ny": 1`, `"岛": 1`),
	}
	for _, name := range []string{"select", "group", "order", "dec", "q", "from", `a "quoted" name`, "it's", "nama kolom", "penghasilan (Rp)", "岛", "c0", "file_row_number"} {
		list = append(list, groups("a column called "+name, column(name, "3", "3", ""), moments.Whole, "missing: 1", "3: 2"))
	}
	odd := groups("is a name with a quote", column("x", "O'Neil", "b"), moments.Category, `"O'Neil": 1`)
	odd.request.Where = []moments.Cond{moments.Is{Of: moments.Ref("x"), Values: []moments.Value{moments.NameKey("O'Neil")}}}
	digits := groups("a whole constant stands for its digits as a name", column("x", "1", "1.0", "z"), moments.Category, `"1": 2`)
	digits.request.Where = []moments.Cond{moments.Is{Of: moments.Ref("x"), Values: []moments.Value{moments.WholeKey(1)}}}
	return append(list, odd, digits)
}

// steps folds, derives and keeps, with each aggregate.
func steps() []example {
	byRegion := []moments.Field{key("region", region)}
	total := moments.Agg{Name: "total", Op: moments.Sum, Of: income}
	var ops []moments.Agg
	for _, op := range []moments.AggOp{moments.Sum, moments.Count, moments.Min, moments.Max} {
		ops = append(ops, agg(op, income))
	}
	return []example{
		{"each aggregate passes over missing values", people, moments.Request{Columns: peopleColumns(), By: byRegion, Make: ops},
			[]string{"missing: -5 1 -5 -5", `"a": 30 2 10 20`, `"b": 7 1 7 7`}},
		{"aggregates of nothing known", people, moments.Request{Columns: peopleColumns(), Make: ops,
			Where: []moments.Cond{moments.Not{Cond: moments.Known{Of: income}}}}, []string{": missing 0 missing missing"}},
		{"without keys there is one group, also of no rows", people, moments.Request{Columns: peopleColumns(), Make: append([]moments.Agg{count}, ops...),
			Where: []moments.Cond{moments.Any{}}}, []string{": 0 missing 0 missing missing"}},
		{"with keys there is no group of no rows", people, moments.Request{Columns: peopleColumns(), By: byRegion, Make: ops,
			Where: []moments.Cond{moments.Any{}}}, nil},
		{"a fold makes one row a key", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{moments.Fold{By: byRegion, Make: []moments.Agg{total}}},
			Make:  []moments.Agg{count, agg(moments.Sum, moments.Mul{moments.Ref("total"), moments.Ref("total")})}}, []string{": 3 974"}},
		{"a fold without aggregates counts keys", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{moments.Fold{By: byRegion}}, Make: []moments.Agg{count}}, []string{": 3"}},
		{"a name is carried through a fold by its greatest", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{moments.Fold{By: []moments.Field{key("half", moments.Case{When: moments.Known{Of: region}, Then: moments.Int(1), Else: moments.Int(0)})},
				Make: []moments.Agg{{Name: "low", Op: moments.Min, Of: region}, {Name: "high", Op: moments.Max, Of: region}}}},
			By:   []moments.Field{key("half", moments.Ref("half")), key("low", moments.Ref("low")), key("high", moments.Ref("high"))},
			Make: []moments.Agg{count}}, []string{"0 missing missing: 1", `1 "a" "b": 1`}},
		{"derive, then keep, then fold twice", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{
				moments.Derive{key("double", moments.Mul{income, moments.Int(2)})},
				moments.Keep{Cond: moments.Compare{A: moments.Ref("double"), Op: moments.Greater, B: moments.Int(0)}},
				moments.Fold{By: byRegion, Make: []moments.Agg{{Name: "d", Op: moments.Sum, Of: moments.Ref("double")}, count}},
				moments.Derive{key("mean", moments.Div{A: moments.Ref("d"), B: moments.Ref("n")})}},
			By: []moments.Field{key("n", moments.Ref("n"))}, Make: []moments.Agg{agg(moments.Sum, moments.Ref("mean"))}},
			[]string{"1: 14.0", "2: 30.0"}},
		{"select forgets other names, and may use them again", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{moments.Select{key("income", size), key("size", income)}},
			By:    []moments.Field{key("n", moments.Ref("income"))}, Make: []moments.Agg{agg(moments.Sum, moments.Ref("size"))}},
			[]string{"missing: 7", "1: -5", "2: 10", "3: 20", "4: missing"}},
		{"a weighted Gram", people, moments.Request{Columns: peopleColumns(),
			Steps: []moments.Step{moments.Derive{key("wy", moments.Mul{size, income})}}, Make: moments.Gram([]string{"size", "wy"})},
			[]string{": 10 75 30 215 4025"}},
		{"two keys", people, moments.Request{Columns: peopleColumns(),
			By:   []moments.Field{key("region", region), key("rich", moments.Case{When: moments.Compare{A: income, Op: moments.Greater, B: moments.Int(10)}, Then: moments.Int(1)})},
			Make: []moments.Agg{count}}, []string{"missing missing: 1", `"a" missing: 1`, `"a" 1: 1`, `"b" missing: 2`}},
		{"only the first groups, in key order", people, moments.Request{Columns: peopleColumns(), By: byRegion, Make: []moments.Agg{count}, Only: 2, Limit: 1},
			[]string{"missing: 1", `"a": 2`}},
		{"whole and real values of one key are one group", column("x", "2.0", "", "0.5"), moments.Request{
			Columns: []moments.Column{{Name: "x"}, {Name: "one", As: moments.Whole}},
			By:      []moments.Field{key("k", moments.First{moments.Ref("x"), moments.Add{moments.Ref("one"), moments.Int(1)}})}, Make: []moments.Agg{count}},
			[]string{"0.5: 1", "2.0: 2"}},
	}
}

// large keeps whole arithmetic exact beyond 64 bits.
func large() []example {
	x := moments.Ref("x")
	t := column("x", "9007199254740991", "-9007199254740991")
	var list []example
	for _, bound := range []int64{0, 9007199254740991} {
		doc := " of an unknown bound"
		if bound > 0 {
			doc = " of a known bound"
		}
		read := []moments.Column{{Name: "x", As: moments.Whole, Bound: bound}}
		list = append(list,
			example{"squares" + doc, t, moments.Request{Columns: read, Make: []moments.Agg{agg(moments.Sum, moments.Mul{x, x})}},
				[]string{": 162259276829213327362780991324162"}},
			example{"squares of sums" + doc, column("x", "9007199254740991", "9007199254740991"), moments.Request{Columns: read,
				Steps: []moments.Step{moments.Fold{By: []moments.Field{key("k", moments.Int(1))}, Make: []moments.Agg{{Name: "s", Op: moments.Sum, Of: x}}}},
				Make:  []moments.Agg{agg(moments.Sum, moments.Mul{moments.Ref("s"), moments.Ref("s")})}},
				[]string{": 324518553658426654725561982648324"}})
	}
	most := moments.Int(9223372036854775807)
	one := []moments.Column{{Name: "one", As: moments.Whole, Bound: 1}}
	return append(list,
		example{"a sum past 64 bits", t, moments.Request{Columns: one, Make: []moments.Agg{agg(moments.Sum, most)}}, []string{": 18446744073709551614"}},
		example{"a term past 64 bits", t, moments.Request{Columns: one, Make: []moments.Agg{agg(moments.Max, moments.Add{most, moments.Ref("one")})}},
			[]string{": 9223372036854775808"}},
		example{"a small product keeps its sign", column("x", "-3000000000", "3000000000"), moments.Request{
			Columns: []moments.Column{{Name: "x", As: moments.Whole, Bound: 3000000000}},
			Make:    []moments.Agg{agg(moments.Min, moments.Mul{x, x, moments.Int(-1)}), agg(moments.Max, moments.Sub{A: x, B: moments.Mul{x, moments.Int(4)}})}},
			[]string{": -9000000000000000000 9000000000"}})
}
