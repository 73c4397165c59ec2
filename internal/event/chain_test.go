package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
)

var start = time.Date(2026, 11, 25, 2, 14, 0, 123456000, time.UTC)

// chain is a good log of n events.
func chain(t testing.TB, n int) []Event {
	t.Helper()
	var log []Event
	head := Anchor{Hash: Origin}
	for i := range n {
		after, err := Marshal(map[string]any{"text": fmt.Sprint("n", i), "count": i})
		if err != nil {
			t.Fatal(err)
		}
		e, err := Seal(Event{
			ID: fmt.Sprintf("01kaw5jx%s", strings.Repeat("x", i+1)), At: start.Add(time.Duration(i) * time.Second), Actor: Actor{User: "u1", Position: "p1", Capacity: Plt, Via: Web},
			Object: Object{Kind: "note", ID: fmt.Sprint(i % 3)}, Type: "note-written", Version: 1, After: after, Why: "sebab",
		}, head)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, e)
		head = e.Anchor()
	}
	return log
}

func walk(log []Event) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for _, e := range log {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func headOf(log []Event) Anchor { return log[len(log)-1].Anchor() }

func TestAGoodLogVerifies(t *testing.T) {
	log := chain(t, 20)
	if err := Verify(walk(log), headOf(log), log[4].Anchor(), headOf(log), Anchor{Hash: Origin}); err != nil {
		t.Error(err)
	}
	if err := Verify(walk(nil), Anchor{Hash: Origin}); err != nil {
		t.Error(err)
	}
}

// rehash closes an event again, as one would who changed it.
func rehash(e Event) Event { e.Hash = e.sum(); return e }

// rewrite seals all events from i on anew: the whole chain is then good.
func rewrite(log []Event, i int) {
	for ; i < len(log); i++ {
		log[i].Seq = int64(i + 1)
		log[i].Prev = Origin
		if i > 0 {
			log[i].Prev = log[i-1].Hash
		}
		log[i] = rehash(log[i])
	}
}

func renumber(log []Event) []Event {
	for i := range log {
		log[i].Seq = int64(i + 1)
	}
	return log
}

// TestEachWayToTamperIsNamed: what was done to ten events, and the first fault
// that Verify finds.
func TestEachWayToTamperIsNamed(t *testing.T) {
	good := chain(t, 10)
	forged := good[9]
	forged.Why = "palsu"
	for _, c := range []struct {
		name   string
		tamper func(log []Event) []Event
		head   Anchor
		want   Fault
	}{
		{"why changed", func(l []Event) []Event { l[4].Why = "lain"; return l }, Anchor{}, Fault{Kind: Changed, Seq: 5, ID: good[4].ID}},
		{"after changed", func(l []Event) []Event { l[0].After = json.RawMessage(`{"count":9,"text":"n0"}`); return l }, Anchor{}, Fault{Kind: Changed, Seq: 1, ID: good[0].ID}},
		{"after no JSON", func(l []Event) []Event { l[4].After = json.RawMessage(`{"count"`); return l }, Anchor{}, Fault{Kind: Changed, Seq: 5, ID: good[4].ID}},
		{"after respelled", func(l []Event) []Event { l[4].After = json.RawMessage(`{"text":"n4","count":4}`); return l }, Anchor{}, Fault{Kind: Changed, Seq: 5, ID: good[4].ID}},
		{"actor changed", func(l []Event) []Event { l[8].Actor.User = "u2"; return l }, Anchor{}, Fault{Kind: Changed, Seq: 9, ID: good[8].ID}},
		{"time changed", func(l []Event) []Event { l[3].At = l[3].At.Add(time.Microsecond); return l }, Anchor{}, Fault{Kind: Changed, Seq: 4, ID: good[3].ID}},
		{"hash changed", func(l []Event) []Event { l[3].Hash = Origin; return l }, Anchor{}, Fault{Kind: Changed, Seq: 4, ID: good[3].ID}},
		{"prev changed", func(l []Event) []Event { l[3].Prev = Origin; return l }, Anchor{}, Fault{Kind: Changed, Seq: 4, ID: good[3].ID}},
		{"changed and rehashed", func(l []Event) []Event { l[4].Why = "lain"; l[4] = rehash(l[4]); return l }, Anchor{}, Fault{Kind: Changed, Seq: 5, ID: good[4].ID}},
		{"first rehashed with another origin", func(l []Event) []Event { l[0].Prev = good[5].Hash; l[0] = rehash(l[0]); return l }, Anchor{}, Fault{Kind: Changed, Seq: 1, ID: good[0].ID}},
		{"last changed and rehashed", func(l []Event) []Event { l[9] = rehash(forged); return l }, Anchor{}, Fault{Kind: Headless, Seq: 10, ID: good[9].ID}},
		{"one removed", func(l []Event) []Event { return slices.Delete(l, 4, 5) }, Anchor{}, Fault{Kind: Removed, Seq: 5}},
		{"two removed", func(l []Event) []Event { return slices.Delete(l, 0, 2) }, Anchor{}, Fault{Kind: Removed, Seq: 1}},
		{"one removed, the rest renumbered", func(l []Event) []Event { return renumber(slices.Delete(l, 4, 5)) }, Anchor{}, Fault{Kind: Removed, Seq: 5}},
		{"end removed", func(l []Event) []Event { return l[:7] }, Anchor{}, Fault{Kind: Removed, Seq: 8}},
		{"all removed", func([]Event) []Event { return nil }, Anchor{}, Fault{Kind: Removed, Seq: 1}},
		{"two exchanged", func(l []Event) []Event { l[4], l[5] = l[5], l[4]; return renumber(l) }, Anchor{}, Fault{Kind: Reordered, Seq: 5, ID: good[5].ID, Written: 6}},
		{"two far apart exchanged", func(l []Event) []Event { l[1], l[8] = l[8], l[1]; return renumber(l) }, Anchor{}, Fault{Kind: Reordered, Seq: 2, ID: good[8].ID, Written: 9}},
		{"one moved behind all", func(l []Event) []Event { m := l[4]; m.Seq = 999; return append(slices.Delete(l, 4, 5), m) }, Anchor{}, Fault{Kind: Reordered, Seq: 999, ID: good[4].ID, Written: 5}},
		{"added behind the head", func(l []Event) []Event { return l }, good[8].Anchor(), Fault{Kind: Added, Seq: 10, ID: good[9].ID}},
		{"added in the middle", func(l []Event) []Event {
			f := forged
			f.Seq, f.Prev = 5, l[3].Hash
			return renumber(slices.Insert(l, 4, rehash(f)))
		}, Anchor{}, Fault{Kind: Reordered, Seq: 6, ID: good[4].ID, Written: 5}},
		{"head of another number", func(l []Event) []Event { return l }, Anchor{Seq: 1 << 60, Hash: good[9].Hash}, Fault{Kind: Removed, Seq: 11}},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := c.head
			if head == (Anchor{}) {
				head = headOf(good)
			}
			err := Verify(walk(c.tamper(slices.Clone(good))), head)
			var f *Fault
			if !errors.As(err, &f) {
				t.Fatalf("found %v", err)
			}
			if f.Kind != c.want.Kind || f.Seq != c.want.Seq || f.ID != c.want.ID || f.Written != c.want.Written {
				t.Errorf("found %+v, want %+v", *f, c.want)
			}
			inWords(t, err)
		})
	}
}

// inWords: the sentence stands in both languages and leaves nothing unfilled.
func inWords(t *testing.T, err error) {
	t.Helper()
	list := problem.Of(err)
	if len(list) != 1 {
		t.Fatalf("%v carries no problem", err)
	}
	for _, l := range i18n.Langs {
		if text := list[0].Text(l); strings.ContainsAny(text, "{}[]") {
			t.Errorf("%s: %s", l, text)
		}
	}
}

// TestOnlyAnAnchorCatchesTheKeeper: a log written anew is whole, and so is one
// cut short with its head; the anchors that others hold tell.
func TestOnlyAnAnchorCatchesTheKeeper(t *testing.T) {
	good := chain(t, 10)
	anew := slices.Clone(good)
	anew[4].Why = "lain"
	rewrite(anew, 4)
	if err := Verify(walk(anew), headOf(anew)); err != nil {
		t.Fatal(err)
	}
	if err := Verify(walk(anew), headOf(anew), good[3].Anchor()); err != nil {
		t.Fatalf("an anchor before the change: %v", err)
	}
	for _, c := range []struct {
		log  []Event
		want Fault
	}{
		{anew, Fault{Kind: Rewritten, Seq: 7}},
		{good[:5], Fault{Kind: Truncated, Seq: 7, Written: 5}},
	} {
		err := Verify(walk(c.log), headOf(c.log), good[6].Anchor())
		var f *Fault
		if !errors.As(err, &f) || *f != c.want {
			t.Errorf("found %v, want %v", err, c.want)
		}
		inWords(t, err)
	}
}

// TestNoChangeEscapes: any one field of any event of a log, changed at random,
// is found, and no later event is blamed than the one after it.
func TestNoChangeEscapes(t *testing.T) {
	good := chain(t, 12)
	rapid.Check(t, func(t *rapid.T) {
		log := slices.Clone(good)
		i := rapid.IntRange(0, len(log)-1).Draw(t, "event")
		e := &log[i]
		word := rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "word")
		switch rapid.IntRange(0, 9).Draw(t, "field") {
		case 0:
			e.ID += word
		case 1:
			e.Actor.User += word
		case 2:
			e.Actor.Position += word
		case 3:
			e.Actor.Capacity = An
		case 4:
			e.Actor.Via = API
		case 5:
			e.Object.ID += word
		case 6:
			e.Type += word
		case 7:
			e.Version++
		case 8:
			e.Before = json.RawMessage(`"` + word + `"`)
		case 9:
			e.Why += word
		}
		if rapid.Bool().Draw(t, "rehashed") {
			*e = rehash(*e)
		}
		err := Verify(walk(log), headOf(good))
		var f *Fault
		if !errors.As(err, &f) || f.Seq != int64(i+1) {
			t.Fatalf("event %d: found %v", i+1, err)
		}
	})
}

func TestAnchor(t *testing.T) {
	a := chain(t, 3)[2].Anchor()
	got, err := ParseAnchor(a.String())
	if err != nil || got != a {
		t.Errorf("%v %v", got, err)
	}
	for _, s := range []string{"", "3", "3:", ":" + Origin, "03:" + Origin, "-1:" + Origin, "3:" + Origin[1:], "3:" + Origin + "0", "3:" + strings.Repeat("A", 64), " 3:" + Origin, "9999999999999999999:" + Origin} {
		_, err := ParseAnchor(s)
		if err == nil {
			t.Errorf("%q was read", s)
			continue
		}
		inWords(t, err)
	}
}
