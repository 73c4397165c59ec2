package moments_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/moments"
)

const (
	whole    = moments.Ref("whole")
	real     = moments.Ref("real")
	category = moments.Ref("category")
)

var env = moments.Env{"whole": moments.KindWhole, "real": moments.KindReal, "category": moments.KindName}

func TestKindOf(t *testing.T) {
	known := moments.Known{Of: whole}
	for _, x := range []struct {
		doc  string
		of   moments.Expr
		want moments.Kind
	}{
		{"a column", whole, moments.KindWhole},
		{"constants", moments.Add{moments.Int(1), moments.Int(2)}, moments.KindWhole},
		{"whole and real", moments.Mul{whole, real}, moments.KindReal},
		{"a difference", moments.Sub{A: whole, B: whole}, moments.KindWhole},
		{"a quotient of whole values", moments.Div{A: whole, B: whole}, moments.KindReal},
		{"a case without else", moments.Case{When: known, Then: category}, moments.KindName},
		{"a case of whole and real", moments.Case{When: known, Then: whole, Else: real}, moments.KindReal},
		{"the first of names", moments.First{category, category}, moments.KindName},
	} {
		if got, err := moments.KindOf(x.of, env); err != nil || got != x.want {
			t.Errorf("%s: kind %d, error %v; want %d", x.doc, got, err, x.want)
		}
	}
}

// Each mistake of a request is an error that says what it is.
func TestCheck(t *testing.T) {
	columns := []moments.Column{{Name: "whole", As: moments.Whole}, {Name: "real"}, {Name: "category", As: moments.Category}}
	sum := func(of moments.Expr) []moments.Agg { return []moments.Agg{{Name: "s", Op: moments.Sum, Of: of}} }
	for _, x := range []struct {
		doc, want string
		r         moments.Request
	}{
		{"unknown name", `unknown name "other"`, moments.Request{Make: sum(moments.Ref("other"))}},
		{"a name of before a fold", `unknown name "real"`, moments.Request{Steps: []moments.Step{moments.Fold{Make: sum(whole)}}, Make: sum(real)}},
		{"a field of its own derive", `unknown name "a"`, moments.Request{Steps: []moments.Step{moments.Derive{{Name: "a", Of: whole}, {Name: "b", Of: moments.Ref("a")}}}}},
		{"derived twice", `"whole" made twice`, moments.Request{Steps: []moments.Step{moments.Derive{{Name: "whole", Of: real}}}}},
		{"a key and a sum of one name", `"s" made twice`, moments.Request{By: []moments.Field{{Name: "s", Of: whole}}, Make: sum(whole)}},
		{"the sum of a category", "of a category", moments.Request{Make: sum(category)}},
		{"arithmetic on a category", "arithmetic on a category", moments.Request{Make: sum(moments.Add{whole, category})}},
		{"a category as a cell", "is a category", moments.Request{Make: []moments.Agg{{Name: "m", Op: moments.Max, Of: category}}}},
		{"a category with a number", "category", moments.Request{Where: []moments.Cond{moments.Compare{A: category, Op: moments.Equal, B: whole}}}},
		{"alternatives of two sorts", "category beside a number", moments.Request{Make: []moments.Agg{{Name: "n", Op: moments.Count, Of: moments.First{category, whole}}}}},
		{"an empty sum", "empty sum", moments.Request{Make: sum(moments.Add{})}},
		{"a fraction of a category", "arithmetic", moments.Request{Where: []moments.Cond{moments.Not{Cond: moments.Fraction{Of: category}}}}},
	} {
		x.r.Columns, x.r.Label = columns, "label"
		if _, err := x.r.Check(); err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "label") {
			t.Errorf("%s: error %v, want one with the label and %q", x.doc, err, x.want)
		}
	}
	if _, err := (moments.Request{Columns: append(columns, columns[0])}).Check(); err == nil {
		t.Error("a column listed twice is accepted")
	}
}

func TestGram(t *testing.T) {
	var names []string
	for _, a := range moments.Gram([]string{"b", "a"}) {
		names = append(names, a.Name)
	}
	if want := []string{"b", "a", "b*b", "b*a", "a*a"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

var shape = moments.Request{By: []moments.Field{{Name: "k"}}, Make: []moments.Agg{
	{Name: "sum", Op: moments.Sum}, {Name: "n", Op: moments.Count}, {Name: "min", Op: moments.Min}, {Name: "max", Op: moments.Max}}}

// part draws the statistic of a shard; whole cells pass 64 bits.
func part(rt *rapid.T) moments.Statistic {
	s := moments.NewStatistic(shape)
	keys := []moments.Value{moments.Missing, moments.WholeKey(1), moments.RealKey(1), moments.NameKey("1")}
	for _, k := range keys {
		if !rapid.Bool().Draw(rt, "present") {
			continue
		}
		g := moments.Group{Key: []moments.Value{k}}
		for range shape.Make {
			q := moments.Quantity{}
			if rapid.Bool().Draw(rt, "known") {
				x := big.NewInt(rapid.Int64().Draw(rt, "cell"))
				q = moments.WholeQuantity(x.Mul(x, x))
			}
			g.Cells = append(g.Cells, q)
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

func same(a, b moments.Statistic) bool {
	return slices.EqualFunc(a.Groups, b.Groups, func(x, y moments.Group) bool {
		return slices.Equal(x.Key, y.Key) && slices.EqualFunc(x.Cells, y.Cells, moments.Quantity.Equal)
	})
}

func TestMergeInAnyOrderAndGrouping(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		merge := func(parts ...moments.Statistic) moments.Statistic {
			s, err := moments.Merge(parts...)
			if err != nil {
				rt.Fatal(err)
			}
			return s
		}
		a, b, c := part(rt), part(rt), part(rt)
		all := merge(a, b, c)
		for _, other := range []moments.Statistic{merge(c, a, b), merge(merge(a, b), c), merge(a, merge(b, c)), merge(merge(c, b), a)} {
			if !same(all, other) {
				rt.Fatalf("%v\n%v", all.Groups, other.Groups)
			}
		}
		if !same(merge(all), all) {
			rt.Fatal("merging one part changes it")
		}
	})
}

func TestMergeRefusesOtherShapes(t *testing.T) {
	other := shape
	other.Make = slices.Clone(shape.Make)
	other.Make[0].Op = moments.Max
	if _, err := moments.Merge(moments.NewStatistic(shape), moments.NewStatistic(other)); err == nil {
		t.Error("statistics of other aggregates merge")
	}
	other = shape
	other.By = nil
	if _, err := moments.Merge(moments.NewStatistic(shape), moments.NewStatistic(other)); err == nil {
		t.Error("statistics of other keys merge")
	}
	if _, err := moments.Merge(); err == nil {
		t.Error("nothing merges")
	}
}

func TestTotalGathersGroups(t *testing.T) {
	s := moments.NewStatistic(shape)
	for k, x := range []int64{5, -2} {
		q := moments.WholeQuantity(big.NewInt(x))
		s.Groups = append(s.Groups, moments.Group{Key: []moments.Value{moments.WholeKey(int64(k))}, Cells: []moments.Quantity{q, q, q, q}})
	}
	for name, want := range map[string]int64{"sum": 3, "n": 3, "min": -2, "max": 5} {
		if got := s.Cell(s.Total(), name); got.Count() != want {
			t.Errorf("%s is %s, want %d", name, got, want)
		}
	}
}

func TestValuesInOrder(t *testing.T) {
	want := []moments.Value{moments.Missing, moments.WholeKey(-1), moments.WholeKey(2), moments.RealKey(-3), moments.RealKey(0.5), moments.NameKey("A"), moments.NameKey("a")}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, moments.Value.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if moments.WholeKey(1) == moments.RealKey(1) || moments.NameKey("") == moments.Missing {
		t.Error("keys of two kinds are equal")
	}
}

func TestQuantity(t *testing.T) {
	missing, three := moments.Quantity{}, moments.WholeQuantity(big.NewInt(3))
	if !missing.IsMissing() || missing.Float() != 0 || missing.Count() != 0 || missing.String() != "missing" {
		t.Errorf("missing is %v", missing)
	}
	if three.Equal(moments.RealQuantity(3)) || !three.Equal(moments.WholeQuantity(big.NewInt(3))) || three.Equal(missing) {
		t.Error("equality does not follow kinds")
	}
	if three.Float() != 3 || three.Count() != 3 || moments.RealQuantity(2.5).String() != "2.5" {
		t.Error("numbers are not given back")
	}
}
