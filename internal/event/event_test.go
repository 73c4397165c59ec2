package event

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"{ \"b\" : [ 1 , 2.50 ] ,\n \"a\" : null }": `{"a":null,"b":[1,2.5]}`,
		`"\u00e9\u2028\/<&>"`:                       "\"é\u2028/<&>\"",
		`"\u0001\b\f\n\r\t\"\\"`:                    `"\u0001\b\f\n\r\t\"\\"`,
		`1e3`:                                       `1000`,
		`1E21`:                                      `1e+21`,
		`0.000001`:                                  `0.000001`,
		`1.5e-7`:                                    `1.5e-7`,
		`-0`:                                        `0`,
		`-0.0`:                                      `0`,
		`9223372036854775807`:                       `9223372036854775807`,
		`{"é":1,"e":2,"z":3}`:                       `{"e":2,"z":3,"é":1}`,
		`{}`:                                        `{}`,
		`[]`:                                        `[]`,
		`"\ud800"`:                                  "\"\uFFFD\"",
	} {
		got, err := Canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{``, `{`, `[1`, `{"a"}`, `{"a":1,"a":2}`, `1 2`, "\"\xff\"", `9223372036854775809`, `1e999`, `nul`, `01`, `{"a":1}}`,
		strings.Repeat("[", 200) + strings.Repeat("]", 200)} {
		if got, err := Canonical([]byte(in)); err == nil {
			t.Errorf("%q gave %s", in, got)
		}
	}
}

// TestCanonicalKeepsTheValue: any value of the domain reads back as it was, and
// a second pass changes nothing.
func TestCanonicalKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type value struct {
			I int64             `json:"i"`
			F float64           `json:"f"`
			S string            `json:"s"`
			M map[string]string `json:"m"`
			L []float64         `json:"l"`
		}
		in := value{I: rapid.Int64().Draw(t, "i"), F: rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && f != 0 }).Draw(t, "f"),
			S: rapid.String().Draw(t, "s"), M: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "m"), L: []float64{1.5, 1e300, 5e-324}}
		if math.Abs(in.F) >= 1<<63 && math.Abs(in.F) < 1e21 {
			return // a whole float64 that json.Marshal writes as digits beyond 64 bits is refused or kept exactly
		}
		raw, err := Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Canonical(raw)
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%s, then %s, %v", raw, again, err)
		}
		var out value
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(in)
		b, _ := json.Marshal(out)
		if !bytes.Equal(a, b) {
			t.Fatalf("%s became %s", a, b)
		}
	})
}

func TestMarshalOfNothing(t *testing.T) {
	var none *struct{}
	for _, v := range []any{nil, none} {
		if got, err := Marshal(v); got != nil || err != nil {
			t.Errorf("%s %v", got, err)
		}
	}
	if _, err := Marshal(math.NaN()); err == nil {
		t.Error("NaN was written")
	}
}

func TestSealRefusesWhatIsNoEvent(t *testing.T) {
	good := chain(t, 1)[0]
	for name, spoil := range map[string]func(*Event){
		"no id":             func(e *Event) { e.ID = "" },
		"no user":           func(e *Event) { e.Actor.User = "" },
		"no door":           func(e *Event) { e.Actor.Via = "" },
		"other capacity":    func(e *Event) { e.Actor.Capacity = "deputy" },
		"no object":         func(e *Event) { e.Object.ID = "" },
		"kind with blank":   func(e *Event) { e.Object.Kind = "a b" },
		"type with capital": func(e *Event) { e.Type = "Note" },
		"version 0":         func(e *Event) { e.Version = 0 },
		"local time":        func(e *Event) { e.At = e.At.In(time.FixedZone("WIB", 7*3600)) },
		"nanoseconds":       func(e *Event) { e.At = e.At.Add(1) },
		"NUL":               func(e *Event) { e.Why = "a\x00b" },
		"not UTF-8":         func(e *Event) { e.Why = "\xff" },
		"too long":          func(e *Event) { e.Why = strings.Repeat("x", maxWhy+1) },
		"after null":        func(e *Event) { e.After = json.RawMessage("null") },
		"after respelled":   func(e *Event) { e.After = json.RawMessage("[ ]") },
	} {
		e := good
		spoil(&e)
		if _, err := Seal(e, Anchor{Hash: Origin}); err == nil {
			t.Errorf("%s: was sealed", name)
		}
	}
	system := good
	system.Actor = Actor{Via: System}
	if _, err := Seal(system, Anchor{Hash: Origin}); err != nil {
		t.Errorf("the program itself: %v", err)
	}
}

func TestInstants(t *testing.T) {
	got := FormatInstant(time.Date(2026, 11, 25, 9, 14, 0, 5999, time.FixedZone("WIB", 7*3600)))
	if got != "2026-11-25T02:14:00.000005Z" {
		t.Error(got)
	}
	for _, s := range []string{"", "2026-11-25", "2026-11-25T02:14:00Z", "2026-11-25T02:14:00.0000050Z", "2026-11-25T02:14:00.000005+07:00", "2026-13-25T02:14:00.000005Z", "2026-02-30T02:14:00.000005Z"} {
		if at, err := ParseInstant(s); err == nil {
			t.Errorf("%q was read as %v", s, at)
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	var ids []string
	for i := range 200 {
		id, err := NewID(start.Add(time.Duration(i)*time.Millisecond), bytes.NewReader(bytes.Repeat([]byte{byte(255 - i)}, 10)))
		if err != nil {
			t.Fatal(err)
		}
		if len(id) != 26 {
			t.Fatalf("%q has %d characters", id, len(id))
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("identifiers do not sort by time")
	}
	if _, err := NewID(start, strings.NewReader("short")); err == nil {
		t.Error("an identifier without enough chance")
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range chain(f, 3) {
		f.Add(e.Encode())
	}
	f.Add([]byte(`{"actor":{}}`))
	f.Add([]byte(`{"seq":1e3}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := Decode(line)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Encode(), line) {
			t.Fatalf("%q became %q", line, e.Encode())
		}
		// What is read can be sealed, and the seal is found good.
		s, err := Seal(e, Anchor{Hash: Origin})
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(walk([]Event{s}), s.Anchor()); err != nil {
			t.Fatal(err)
		}
	})
}
