package enginetest

import (
	"fmt"

	"github.com/dampak/dampak/moments"
)

// expressions gives the value of each expression for each of the people.
func expressions() []example {
	atLeast3 := moments.Compare{A: size, Op: moments.GreaterEqual, B: moments.Int(3)}
	var list []example
	for _, x := range []struct {
		doc  string
		of   moments.Expr
		want [5]string
	}{
		{"a reference", income, [5]string{"10", "20", "missing", "-5", "7"}},
		{"a whole constant", moments.Int(-3), [5]string{"-3", "-3", "-3", "-3", "-3"}},
		{"a real constant", moments.Real(0.1), [5]string{"0.1", "0.1", "0.1", "0.1", "0.1"}},
		{"a whole sum", moments.Add{income, size}, [5]string{"12", "23", "missing", "-4", "missing"}},
		{"a sum of whole and real is real", moments.Add{income, share}, [5]string{"10.5", "20.25", "missing", "missing", "9.0"}},
		{"a sum of one term", moments.Add{size}, [5]string{"2", "3", "4", "1", "missing"}},
		{"a product of three", moments.Mul{income, size, size}, [5]string{"40", "180", "missing", "-5", "missing"}},
		{"a product of whole and real is real", moments.Mul{size, share}, [5]string{"1.0", "0.75", "6.0", "missing", "missing"}},
		{"a difference, in its order", moments.Sub{A: income, B: size}, [5]string{"8", "17", "missing", "-6", "missing"}},
		{"a quotient is real", moments.Div{A: income, B: moments.Int(4)}, [5]string{"2.5", "5.0", "missing", "-1.25", "1.75"}},
		{"division by zero is missing", moments.Div{A: income, B: moments.Sub{A: size, B: moments.Int(2)}}, [5]string{"missing", "20.0", "missing", "5.0", "missing"}},
		{"the exponential is real", moments.Exp{Of: moments.Sub{A: size, B: size}}, [5]string{"1.0", "1.0", "1.0", "1.0", "missing"}},
		{"an exponential too large is missing", moments.Exp{Of: moments.Mul{size, size, moments.Int(60), moments.Sub{A: size, B: moments.Int(1)}, moments.Sub{A: size, B: moments.Int(2)}}},
			[5]string{"1.0", "missing", "missing", "1.0", "missing"}},
		{"a case without else is missing elsewhere", moments.Case{When: atLeast3, Then: income}, [5]string{"missing", "20", "missing", "missing", "missing"}},
		{"a case with else", moments.Case{When: atLeast3, Then: income, Else: moments.Int(0)}, [5]string{"0", "20", "missing", "0", "0"}},
		{"a case of whole and real is real", moments.Case{When: atLeast3, Then: income, Else: moments.Real(0.5)}, [5]string{"0.5", "20.0", "missing", "0.5", "0.5"}},
		{"the first that is known", moments.First{income, moments.Int(0)}, [5]string{"10", "20", "0", "-5", "7"}},
		{"the first, of real and whole, is real", moments.First{share, size}, [5]string{"0.5", "0.25", "1.5", "1.0", "2.0"}},
	} {
		want := make([]string, 5)
		for i, v := range x.want {
			want[i] = fmt.Sprintf("%d: %s", i+1, v)
		}
		list = append(list, example{doc: x.doc, table: people, want: want, request: moments.Request{Columns: peopleColumns(),
			By: []moments.Field{key("id", moments.Ref("id"))}, Make: []moments.Agg{agg(moments.Sum, x.of)}}})
	}
	return list
}

// conditions tells which of the people each condition keeps. A comparison with
// a missing value does not hold; Not is true exactly where its part is not.
func conditions() []example {
	compare := func(a moments.Expr, op moments.Op, b moments.Expr) moments.Cond {
		return moments.Compare{A: a, Op: op, B: b}
	}
	not := func(c moments.Cond) moments.Cond { return moments.Not{Cond: c} }
	rich := compare(income, moments.Greater, moments.Int(7))
	large := compare(size, moments.Greater, moments.Int(3))
	name, whole, real := moments.NameKey, moments.WholeKey, moments.RealKey
	is := func(of moments.Expr, values ...moments.Value) moments.Cond { return moments.Is{Of: of, Values: values} }
	var list []example
	for _, x := range []struct {
		doc  string
		cond moments.Cond
		want []int
	}{
		{"equal", compare(income, moments.Equal, moments.Int(10)), []int{1}},
		{"not equal leaves missing out", compare(income, moments.NotEqual, moments.Int(10)), []int{2, 4, 5}},
		{"less", compare(income, moments.Less, moments.Int(7)), []int{4}},
		{"less or equal", compare(income, moments.LessEqual, moments.Int(7)), []int{4, 5}},
		{"greater", rich, []int{1, 2}},
		{"greater or equal", compare(income, moments.GreaterEqual, moments.Int(7)), []int{1, 2, 5}},
		{"whole with real", compare(income, moments.Greater, share), []int{1, 2, 5}},
		{"a real constant with whole", compare(income, moments.Less, moments.Real(7.5)), []int{4, 5}},
		{"names", compare(region, moments.Equal, region), []int{1, 2, 3, 5}},
		{"is a name", is(region, name("a")), []int{1, 2}},
		{"is one of some numbers", is(income, whole(10), whole(7)), []int{1, 5}},
		{"a real constant that is whole", is(income, real(10)), []int{1}},
		{"a real constant that no whole equals", is(income, real(10.5)), nil},
		{"real is real or whole", is(share, real(0.5), whole(2)), []int{1, 5}},
		{"a number is no name", is(income, name("10")), nil},
		{"missing is nothing", is(income, moments.Missing), nil},
		{"is none", is(income), nil},
		{"known", moments.Known{Of: income}, []int{1, 2, 4, 5}},
		{"fraction", moments.Fraction{Of: share}, []int{1, 2, 3}},
		{"a whole is no fraction", moments.Fraction{Of: income}, nil},
		{"not holds where missing", not(rich), []int{3, 4, 5}},
		{"not not", not(not(rich)), []int{1, 2}},
		{"not is, also where missing", not(is(region, name("a"))), []int{3, 4, 5}},
		{"not is none", not(is(region)), []int{1, 2, 3, 4, 5}},
		{"not known", not(moments.Known{Of: share}), []int{4}},
		{"not a fraction", not(moments.Fraction{Of: share}), []int{4, 5}},
		{"not all, with missing parts", not(moments.All{rich, large}), []int{1, 2, 3, 4, 5}},
		{"not any, with missing parts", not(moments.Any{rich, large}), []int{4, 5}},
		{"all", moments.All{moments.Known{Of: share}, not(rich)}, []int{3, 5}},
		{"any, with missing parts", moments.Any{rich, large}, []int{1, 2, 3}},
		{"all of nothing", moments.All{}, []int{1, 2, 3, 4, 5}},
		{"any of nothing", moments.Any{}, nil},
		{"not all of nothing", not(moments.All{}), nil},
	} {
		var want []string
		for _, id := range x.want {
			want = append(want, fmt.Sprintf("%d: 1", id))
		}
		by := []moments.Field{key("id", moments.Ref("id"))}
		list = append(list,
			example{doc: "where " + x.doc, table: people, want: want, request: moments.Request{
				Columns: peopleColumns(), Where: []moments.Cond{x.cond}, By: by, Make: []moments.Agg{count}}},
			example{doc: "keep " + x.doc, table: people, want: want, request: moments.Request{
				Columns: peopleColumns(), Steps: []moments.Step{moments.Keep{Cond: x.cond}}, By: by, Make: []moments.Agg{count}}})
	}
	return list
}
