package result

import (
	"encoding/json"
	"math"
	"testing"
)

func TestLabelPrintsAsWhatItIs(t *testing.T) {
	for _, c := range []struct {
		label *Label
		want  string
	}{{Number(2004), "2004"}, {Name("35.01"), `"35.01"`}, {nil, "null"}} {
		b, err := json.Marshal(c.label)
		if err != nil || string(b) != c.want {
			t.Errorf("Marshal(%v) = %s, %v; want %s", c.label, b, err, c.want)
		}
	}
}

func TestFloatNeverHoldsNaN(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if Float(x) != nil {
			t.Errorf("Float(%v) is not nil", x)
		}
	}
	if p := Float(0); p == nil || *p != 0 {
		t.Error("Float(0) lost the zero")
	}
}

// TestLabelsComeBack: what is written of a label reads as the same label.
func TestLabelsComeBack(t *testing.T) {
	for _, want := range []*Label{Number(2019), Number(-1), Name("2019"), Name("desa \"A\""), nil} {
		text, err := json.Marshal(struct{ L *Label }{want})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ L *Label }
		if err := json.Unmarshal(text, &got); err != nil || (got.L == nil) != (want == nil) || want != nil && *got.L != *want {
			t.Errorf("%s reads as %v, %v", text, got.L, err)
		}
	}
	var l Label
	if err := json.Unmarshal([]byte(`1.5`), &l); err == nil {
		t.Error("half a label was read")
	}
}
