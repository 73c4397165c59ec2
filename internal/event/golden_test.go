package event

import (
	"bufio"
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// noteTypes are the types of the golden log. A note's first version had one
// text; the second splits it into a title and the rest, the third counts words.
var noteTypes = []Type{
	{Name: "note-written", Object: "note", Lifts: []Lift{
		eachSide(func(n map[string]any) {
			title, rest, _ := strings.Cut(n["text"].(string), ": ")
			delete(n, "text")
			n["title"], n["rest"] = title, rest
		}),
		eachSide(func(n map[string]any) { n["words"] = len(strings.Fields(n["rest"].(string))) }),
	}},
	{Name: "note-dropped", Object: "note"},
}

// eachSide lifts before and after in the same way.
func eachSide(change func(map[string]any)) Lift {
	one := func(raw json.RawMessage) (json.RawMessage, error) {
		if raw == nil {
			return nil, nil
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber() // a whole number of 64 bits must come through
		var n map[string]any
		if err := d.Decode(&n); err != nil {
			return nil, err
		}
		change(n)
		return Marshal(n)
	}
	return func(before, after json.RawMessage) (json.RawMessage, json.RawMessage, error) {
		b, err := one(before)
		if err != nil {
			return nil, nil, err
		}
		a, err := one(after)
		return b, a, err
	}
}

func readLog(t *testing.T, file string) iter.Seq2[Event, error] {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var log []Event
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		e, err := Decode(lines.Bytes())
		if err != nil {
			t.Fatalf("%s: line %d: %v", file, len(log)+1, err)
		}
		log = append(log, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return walk(log)
}

// TestGoldenLog replays logs that releases wrote. A file of testdata is never
// rewritten: where this test fails, the program can no longer read its past.
func TestGoldenLog(t *testing.T) {
	types, err := NewTypes(noteTypes...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, head string
		want       map[string]string
	}{
		{"log-0.1.0.jsonl", "7:38827bc128f966823553f8128152a98da26fc01b305c256b72f1bf289e4e8dcd", map[string]string{
			"a": `{"rest":"ditunda","tags":["é","` + "\u2028" + `",null,true,1e-9],"title":"Rapat","words":1}`,
			"c": `{"rest":"laporan diterima","title":"Ingat","words":2}`,
		}},
	} {
		log := readLog(t, filepath.Join("testdata", c.file))
		head, err := ParseAnchor(c.head)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(log, head); err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
		state := map[string]string{}
		for e, err := range log {
			if err != nil {
				t.Fatal(err)
			}
			lifted, err := types.Lift(e)
			if err != nil {
				t.Fatal(err)
			}
			if state[e.Object.ID] != string(lifted.Before) {
				t.Errorf("%s: event %d: before is %s, the state was %s", c.file, e.Seq, lifted.Before, state[e.Object.ID])
			}
			if lifted.After == nil {
				delete(state, e.Object.ID)
				continue
			}
			state[e.Object.ID] = string(lifted.After)
		}
		if !maps.Equal(state, c.want) {
			t.Errorf("%s: the state is %q, want %q", c.file, state, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	types, err := NewTypes(noteTypes...)
	if err != nil {
		t.Fatal(err)
	}
	e := chain(t, 1)[0]
	for name, spoil := range map[string]func(*Event){
		"a type of a newer program":    func(e *Event) { e.Type = "note-painted" },
		"a version of a newer program": func(e *Event) { e.Version = 4 },
		"an object of another kind":    func(e *Event) { e.Object.Kind = "letter" },
	} {
		spoilt := e
		spoil(&spoilt)
		_, err := types.Lift(spoilt)
		if err == nil {
			t.Errorf("%s was lifted", name)
			continue
		}
		inWords(t, err)
	}
	broken := e
	broken.After = json.RawMessage(`7`)
	if _, err := types.Lift(broken); err == nil {
		t.Error("what no version wrote was lifted")
	}
	before := slices.Clone(e.After)
	lifted, err := types.Lift(Event{Type: "note-written", Version: 1, Object: e.Object, After: e.After})
	if err != nil || lifted.Version != 3 || string(e.After) != string(before) {
		t.Errorf("%+v %v: the event in the log must stay as it is", lifted, err)
	}
	for _, bad := range [][]Type{{{Name: "Note", Object: "note"}}, {{Name: "a", Object: ""}}, {{Name: "a", Object: "b"}, {Name: "a", Object: "c"}}} {
		if _, err := NewTypes(bad...); err == nil {
			t.Errorf("%v was registered", bad)
		}
	}
}
