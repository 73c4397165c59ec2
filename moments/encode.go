package moments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// The JSON of a statistic keeps every bit: whole cells and keys are numbers of any
// length, real ones {"real": "0.1"} in their shortest digits, names strings, and
// what is missing null.

type statisticJSON struct {
	Keys   []string    `json:"keys"`
	Names  []string    `json:"names"`
	Ops    []AggOp     `json:"ops"`
	Groups []groupJSON `json:"groups"`
}

type groupJSON struct {
	Key   []Value    `json:"key"`
	Cells []Quantity `json:"cells"`
}

type realJSON struct {
	Real string `json:"real"`
}

// MarshalJSON writes the statistic.
func (s Statistic) MarshalJSON() ([]byte, error) {
	out := statisticJSON{Keys: append([]string{}, s.Keys...), Names: append([]string{}, s.Names...), Ops: append([]AggOp{}, s.Ops...), Groups: make([]groupJSON, len(s.Groups))}
	for i, g := range s.Groups {
		out.Groups[i] = groupJSON{Key: append([]Value{}, g.Key...), Cells: append([]Quantity{}, g.Cells...)}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads a statistic. Errors: what is not the form that MarshalJSON
// writes, such as groups of another width than the names or out of order.
func (s *Statistic) UnmarshalJSON(text []byte) error {
	var in statisticJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return err
	}
	if len(in.Ops) != len(in.Names) {
		return fmt.Errorf("moments: %d aggregates for %d names", len(in.Ops), len(in.Names))
	}
	for _, op := range in.Ops {
		if !slices.Contains([]AggOp{Sum, Count, Min, Max}, op) {
			return fmt.Errorf("moments: unknown aggregate %q", op)
		}
	}
	out := Statistic{Keys: in.Keys, Names: in.Names, Ops: in.Ops}
	out.build()
	if len(out.index) != len(in.Names) {
		return fmt.Errorf("moments: a name stands twice among %q", in.Names)
	}
	for i, g := range in.Groups {
		if len(g.Key) != len(in.Keys) || len(g.Cells) != len(in.Names) {
			return fmt.Errorf("moments: group %d has %d keys and %d cells, expected %d and %d", i+1, len(g.Key), len(g.Cells), len(in.Keys), len(in.Names))
		}
		if i > 0 && compareKeys(in.Groups[i-1].Key, g.Key) >= 0 {
			return fmt.Errorf("moments: group %d is not after the one before it", i+1)
		}
		out.Groups = append(out.Groups, Group(g))
	}
	*s = out
	return nil
}

// MarshalJSON writes a key.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case wholeValue:
		return strconv.AppendInt(nil, v.i, 10), nil
	case realValue:
		return json.Marshal(realJSON{strconv.FormatFloat(v.f, 'g', -1, 64)})
	case nameValue:
		return json.Marshal(v.s)
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads a key.
func (v *Value) UnmarshalJSON(text []byte) error {
	switch {
	case string(text) == "null":
		*v = Missing
	case text[0] == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		*v = NameKey(s)
	case text[0] == '{':
		f, err := readReal(text)
		if err != nil {
			return err
		}
		*v = RealKey(f)
	default:
		i, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return err
		}
		*v = WholeKey(i)
	}
	return nil
}

// MarshalJSON writes a quantity.
func (q Quantity) MarshalJSON() ([]byte, error) {
	switch {
	case !q.known:
		return []byte("null"), nil
	case q.whole != nil:
		return []byte(q.whole.String()), nil
	default:
		return json.Marshal(realJSON{strconv.FormatFloat(q.real, 'g', -1, 64)})
	}
}

// UnmarshalJSON reads a quantity.
func (q *Quantity) UnmarshalJSON(text []byte) error {
	switch {
	case string(text) == "null":
		*q = Quantity{}
	case text[0] == '{':
		f, err := readReal(text)
		if err != nil {
			return err
		}
		*q = RealQuantity(f)
	default:
		i, ok := new(big.Int).SetString(string(text), 10)
		if !ok {
			return fmt.Errorf("moments: %q is no whole number", text)
		}
		*q = WholeQuantity(i)
	}
	return nil
}

func readReal(text []byte) (float64, error) {
	var r realJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return 0, err
	}
	return strconv.ParseFloat(r.Real, 64)
}
