package notice

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

func TestEachKindHasItsWords(t *testing.T) {
	for _, l := range i18n.Langs {
		for _, k := range Kinds {
			for _, part := range []string{".title", ".text"} {
				if !i18n.Has(l, "notice."+string(k)+part) {
					t.Errorf("%s: notice.%s%s is missing", l, k, part)
				}
			}
		}
	}
}

func letter(edit func(*Notice)) Notice {
	n := Notice{To: Ref{Position, "p1"}, Kind: HoldingEnding, About: Ref{Position, "p1"}, Values: Values{"day": "2026-12-31", "left": 7}}
	edit(&n)
	return n
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Notice)
		ok   bool
	}{
		{"whole", func(*Notice) {}, true},
		{"an anchor", func(n *Notice) { n.Values = Values{"anchor": "7:" + strings.Repeat("1", 64)} }, true},
		{"no values", func(n *Notice) { n.Values = nil }, true},
		{"to a person", func(n *Notice) { n.To.Kind = "user" }, false},
		{"to nobody", func(n *Notice) { n.To.ID = "" }, false},
		{"of no kind", func(n *Notice) { n.Kind = "weather" }, false},
		{"about nothing", func(n *Notice) { n.About = Ref{} }, false},
		{"an identity number", func(n *Notice) { n.Values["nik"] = "3507123456789012" }, false},
		{"a long text", func(n *Notice) { n.Values["day"] = strings.Repeat("x", 101) }, false},
		{"a blank text", func(n *Notice) { n.Values["day"] = "" }, false},
		{"a real number", func(n *Notice) { n.Values["left"] = 0.5 }, false},
	} {
		if err := letter(c.edit).Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestValuesComeBack as they were, and what is none is refused.
func TestValuesComeBack(t *testing.T) {
	raw, err := json.Marshal(letter(func(*Notice) {}))
	if err != nil {
		t.Fatal(err)
	}
	var n Notice
	if err := json.Unmarshal(raw, &n); err != nil || n.Values["left"] != 7 || n.Values["day"] != "2026-12-31" {
		t.Errorf("%s: %+v %v", raw, n, err)
	}
	for _, bad := range []string{`{"a":0.5}`, `{"a":null}`, `{"a":[1]}`, `{"a":true}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &Values{}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func jakarta(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s+"+07:00")
	if err != nil {
		panic(err)
	}
	return t
}

func TestDue(t *testing.T) {
	for _, c := range []struct {
		since, until string
		left         any // nil: none
	}{
		{"2026-01-01T00:00:00", "2026-11-30T23:59:59", nil},
		{"2026-01-01T00:00:00", "2026-12-01T00:00:00", 30}, // the first instant of the day
		{"2026-01-01T00:00:00", "2026-12-23T12:00:00", 30},
		{"2026-01-01T00:00:00", "2026-12-24T08:00:00", 7},
		{"2026-01-01T00:00:00", "2027-01-01T00:00:00", -1}, // the day after
		{"2026-01-01T00:00:00", "2031-05-05T00:00:00", -1}, // of all that were missed the last alone
		{"2026-12-10T09:00:00", "2026-12-10T09:00:01", nil},
		{"2026-12-10T09:00:00", "2026-12-24T00:00:00", 7}, // 30 days before was before it was known
		{"2027-02-01T00:00:00", "2027-03-01T00:00:00", nil},
	} {
		d := Deadline{ID: "h", Since: jakarta(c.since), Day: "2026-12-31", Steps: []int{-30, -7, 1}, Notice: letter(func(n *Notice) { n.Values = Values{"code": "x"} })}
		due, ok := d.Due(jakarta(c.until))
		key, n := due.Key, due.Notice
		if ok != (c.left != nil) || n.Values["left"] != c.left {
			t.Errorf("%s to %s: %v %+v", c.since, c.until, ok, n)
		}
		if ok && (n.Check() != nil || n.Values["code"] != "x" || n.Values["day"] != "2026-12-31" || !strings.HasPrefix(key, "holding-ending/h/2026-12-31/")) {
			t.Errorf("%s %+v", key, n)
		}
		if len(d.Notice.Values) != 1 {
			t.Error("the deadline was changed")
		}
	}
}

// TestNothingDependsOnWhenOneAsks: however often one asks, and whenever, each key
// comes at most once for each step, the last answer is the same, and nothing comes
// before its day.
func TestNothingDependsOnWhenOneAsks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfNDistinct(rapid.IntRange(-90, 30), 1, 5, rapid.ID).Draw(t, "steps")
		slices.Sort(steps)
		day := registry.Day("2026-06-30")
		hour := func(name string) time.Time {
			return day.Add(-120).Begins().Add(time.Duration(rapid.IntRange(0, 200*24).Draw(t, name)) * time.Hour)
		}
		d := Deadline{ID: "x", Since: hour("since"), Day: day, Steps: steps, Notice: letter(func(*Notice) {})}
		asked := []time.Time{d.Since, hour("a"), hour("b"), hour("c")}
		slices.SortFunc(asked, time.Time.Compare)
		sent := map[string]bool{}
		for _, at := range asked {
			if due, ok := d.Due(at); ok {
				sent[due.Key] = true
				if begins := day.Add(-due.Notice.Values["left"].(int)).Begins(); begins.After(at) || !begins.After(d.Since) {
					t.Fatalf("%s due at %v was given at %v", due.Key, begins, at)
				}
			}
		}
		if len(sent) > len(steps) {
			t.Fatalf("%d notices of %d steps", len(sent), len(steps))
		}
		if due, ok := d.Due(asked[len(asked)-1]); ok && !sent[due.Key] {
			t.Fatal("the last one is missing")
		}
	})
}

func TestWeek(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-29T23:59:59": "2026-W48", "2026-11-30T00:00:00": "2026-W49", // Sunday, Monday in Jakarta
		"2027-01-01T12:00:00": "2026-W53", "2027-01-04T00:00:00": "2027-W01",
	} {
		if got, _, _ := Week(jakarta(at)); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
		if got, _, _ := Week(jakarta(at).UTC()); got != want {
			t.Errorf("%s in UTC: %s, want %s", at, got, want)
		}
	}
}
