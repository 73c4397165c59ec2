package moments

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func randomKey(t *rapid.T) Value {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return Missing
	case 1:
		return WholeKey(rapid.Int64().Draw(t, "whole"))
	case 2:
		return RealKey(rapid.Float64().Draw(t, "real"))
	default:
		return NameKey(rapid.String().Draw(t, "name"))
	}
}

func randomCell(t *rapid.T) Quantity {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return Quantity{}
	case 1:
		i := new(big.Int).SetInt64(rapid.Int64().Draw(t, "whole"))
		return WholeQuantity(i.Mul(i, i))
	case 2:
		return RealQuantity(rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64}).Draw(t, "edge"))
	default:
		return RealQuantity(rapid.Float64().Draw(t, "real"))
	}
}

// TestStatisticsKeepEveryBit: what is written comes back the same, and is written
// the same again.
func TestStatisticsKeepEveryBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStatistic(Request{By: []Field{{Name: "a"}, {Name: "b"}}, Make: []Agg{{Name: "n", Op: Count}, {Name: "x", Op: Sum}, {Name: "least", Op: Min}}})
		seen := map[[2]Value]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "groups") {
			key := [2]Value{randomKey(t), randomKey(t)}
			if seen[key] {
				continue
			}
			seen[key] = true
			s.Groups = append(s.Groups, Group{Key: key[:], Cells: []Quantity{randomCell(t), randomCell(t), randomCell(t)}})
		}
		s.Sort()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Statistic
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%s\n%s %v", text, again, err)
		}
		for i, g := range s.Groups {
			for _, name := range s.Names {
				a, b := s.Cell(g, name), back.Cell(back.Groups[i], name)
				if a.IsMissing() != b.IsMissing() || a.IsWhole() != b.IsWhole() || a.String() != b.String() || math.Float64bits(a.real) != math.Float64bits(b.real) && a.real == a.real {
					t.Fatalf("%s became %s", a, b)
				}
			}
		}
	})
}

// TestBadStatistics: what Write cannot have written is refused.
func TestBadStatistics(t *testing.T) {
	for _, text := range []string{
		``, `[]`, `{"keys":[],"names":["n"],"ops":[],"groups":[]}`, `{"keys":[],"names":["n"],"ops":["mean"],"groups":[]}`,
		`{"keys":[],"names":["n","n"],"ops":["sum","sum"],"groups":[]}`, `{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[],"cells":[1]}]}`,
		`{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1],"cells":[]}]}`, `{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[2],"cells":[1]},{"key":[1],"cells":[1]}]}`,
		`{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1],"cells":[1]},{"key":[1],"cells":[1]}]}`, `{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1.5],"cells":[1]}]}`,
		`{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1],"cells":[1.5]}]}`, `{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1],"cells":[{"real":"x"}]}]}`,
		`{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":[1],"cells":[{"real":"1","unit":"rp"}]}]}`, `{"more":1}`,
	} {
		var s Statistic
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
}

// TestRequestsAreToldApart: the text says each part of a request, and not what
// leaves the answer as it is.
func TestRequestsAreToldApart(t *testing.T) {
	base := func() Request {
		return Request{Label: "means", Table: "t", Columns: []Column{{Name: "x", As: Number}, {Name: "g", As: Category}},
			Where: []Cond{Known{Ref("x")}}, Steps: []Step{Derive{{"y", Add{Ref("x"), Int(1)}}}, Keep{Compare{Ref("y"), Less, Real(1)}}, Fold{By: []Field{{"g", Ref("g")}}, Make: []Agg{{"x", Sum, Ref("x")}}}, Select{{"z", Ref("x")}}},
			By: []Field{{"k", Case{Is{Ref("z"), []Value{WholeKey(1)}}, Int(1), nil}}}, Make: []Agg{{"n", Count, nil}}}
	}
	text := base().Text()
	same := base()
	same.Label, same.Limit, same.Columns[0].Bound = "other", 7, 9
	if same.Text() != text {
		t.Errorf("%s\n%s", same.Text(), text)
	}
	for i, edit := range []func(*Request){
		func(r *Request) { r.Table = "u" },
		func(r *Request) { r.Columns[0].As = Whole },
		func(r *Request) { r.Columns[0].Name = `x" as number` },
		func(r *Request) { r.Where = nil },
		func(r *Request) { r.Where[0] = Not{Known{Ref("x")}} },
		func(r *Request) { r.Where[0] = All{Known{Ref("x")}} },
		func(r *Request) { r.Where[0] = Any{Known{Ref("x")}} },
		func(r *Request) { r.Where[0] = Fraction{Ref("x")} },
		func(r *Request) { r.Steps[0] = Derive{{"y", Mul{Ref("x"), Int(1)}}} },
		func(r *Request) { r.Steps[0] = Derive{{"y", Add{Ref("x"), Real(1)}}} },
		func(r *Request) { r.Steps[0] = Derive{{"y", First{Ref("x"), Int(1)}}} },
		func(r *Request) { r.Steps[0] = Derive{{"y", Sub{Ref("x"), Int(1)}}} },
		func(r *Request) { r.Steps[0] = Derive{{"y", Div{Ref("x"), Int(1)}}} },
		func(r *Request) { r.Steps[0] = Derive{{"y", Exp{Ref("x")}}} },
		func(r *Request) { r.Steps[1] = Keep{Compare{Ref("y"), Less, Real(2)}} },
		func(r *Request) { r.Steps = r.Steps[:3] },
		func(r *Request) { r.By[0].Of = Case{Is{Ref("z"), []Value{NameKey("1")}}, Int(1), nil} },
		func(r *Request) { r.By[0].Of = Case{Is{Ref("z"), []Value{RealKey(1)}}, Int(1), nil} },
		func(r *Request) { r.By[0].Of = Case{Is{Ref("z"), []Value{Missing}}, Int(1), nil} },
		func(r *Request) { r.Make[0].Op = Sum },
		func(r *Request) { r.Make[0].Of = Ref("z") },
		func(r *Request) { r.Only = 3 },
	} {
		r := base()
		edit(&r)
		if r.Text() == text {
			t.Errorf("change %d is not in the text:\n%s", i, text)
		}
	}
}

func FuzzStatistic(f *testing.F) {
	f.Add([]byte(`{"keys":["a"],"names":["n"],"ops":["sum"],"groups":[{"key":["x"],"cells":[{"real":"0.1"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Statistic
		if json.Unmarshal(text, &s) != nil {
			return
		}
		out, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Statistic
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	})
}
