package testenv

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dampak/dampak"

// house is the table of the rooms: each floor may import the floors
// before it; on its own floor a room may import what may names.
var house = []struct {
	floor string
	rooms []string
	may   map[string][]string // room -> rooms of the same floor
}{
	{"maths", []string{"result", "moments", "inference", "inference/*", "estimate", "estimate/*", "welfare", "welfare/*"}, map[string][]string{
		"moments": {"result"}, "inference": {"moments", "result"}, "inference/*": {"inference", "moments", "result"},
		"estimate": {"inference", "inference/*", "moments", "result"},
		// Pooled effects (meta) serve the forest of regions of another estimator.
		"estimate/*": {"estimate", "estimate/meta", "inference", "inference/*", "moments", "result"},
		"welfare":    {"inference", "moments", "result"}, "welfare/*": {"welfare", "inference", "moments", "result"},
	}},
	{"plan", []string{"plan", "designs"}, map[string][]string{"designs": {"plan"}}},
	{"engine", []string{"engine", "engine/*"}, map[string][]string{"engine/*": {"engine"}}},
	{"run", []string{"run", "disclosure", "report", "report/chart"}, map[string][]string{
		"run": {"report", "report/chart", "disclosure"}, "report": {"report/chart"},
	}},
	{"domain", []string{"internal/event", "internal/registry", "internal/notice", "internal/cooperation", "internal/study", "internal/evidence", "internal/access"}, map[string][]string{
		"internal/registry":    {"internal/event"},
		"internal/notice":      {"internal/registry", "internal/event"},
		"internal/cooperation": {"internal/notice", "internal/registry", "internal/event"},
		"internal/study":       {"internal/cooperation", "internal/notice", "internal/registry", "internal/event"},
		"internal/evidence":    {"internal/study", "internal/cooperation", "internal/notice", "internal/registry", "internal/event"},
		"internal/access":      {"internal/evidence", "internal/study", "internal/cooperation", "internal/notice", "internal/registry", "internal/event"},
	}},
	{"store", []string{"internal/store", "internal/intake", "internal/intake/*", "internal/jobs", "internal/runs", "internal/answers"}, map[string][]string{
		"internal/intake": {"internal/store", "internal/intake/*"}, "internal/jobs": {"internal/store"},
		"internal/runs":     {"internal/store", "internal/intake/contract", "internal/intake/dummy"},
		"internal/answers":  {"internal/store"},
		"internal/intake/*": {"internal/intake/source", "internal/intake/grid", "internal/intake/identity", "internal/intake/contract", "internal/intake/jsonfile"},
	}},
	{"doors", []string{"internal/handbook", "internal/web/api", "internal/web", "internal/demo", "internal/demo/*", "internal/mcp", "cmd/dampak"}, map[string][]string{
		"internal/web":  {"internal/handbook", "internal/web/api"},
		"internal/demo": {"internal/demo/*", "internal/web", "internal/mcp"}, "internal/demo/*": {"internal/demo/official"},
		"cmd/dampak": {"internal/demo", "internal/demo/*", "internal/web", "internal/web/api", "internal/mcp"},
	}},
}

// The words' floor, and the rooms that stand beside the house.
var (
	words = map[string][]string{"internal/i18n": nil, "internal/problem": {"internal/i18n"}}
	// beside: room -> who may import it (floors or rooms).
	beside = map[string][]string{
		"docs/rules":   {"designs", "run", "domain", "store", "doors"},
		"docs/methods": {"doors"},
		"examples":     {"doors"},
		"bench":        {"cmd/dampak"},
	}
	// forTests are the rooms that tests alone import.
	forTests = map[string]bool{"internal/testenv": true, "engine/enginetest": true, "internal/answers/answerstest": true}
	// engines may be imported by these alone.
	wiresEngines = []string{"cmd/dampak", "internal/intake", "bench"}
)

// TestArrows walks the imports of every package and fails on one against the
// arrows of that table.
func TestArrows(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module+"/")
		if forTests[room] {
			continue
		}
		for _, path := range p.Imports {
			to, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				if i, _ := place(room); i == 0 && !standard(path) && !strings.HasPrefix(path, "gonum.org/") {
					t.Errorf("%s imports %s: the maths floor has only the standard library and gonum", room, path)
				}
				continue
			}
			if why := forbidden(room, to); why != "" {
				t.Errorf("%s imports %s: %s", room, to, why)
			}
		}
	}
}

// TestEveryRoomHasAPlace fails on a package that the table does not know.
func TestEveryRoomHasAPlace(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module+"/")
		_, known := place(room)
		if _, isWords := words[room]; !known && !isWords && beside[room] == nil && !forTests[room] {
			t.Errorf("%s has no place in the house: add it to the table in this test and to docs/architecture.md", room)
		}
	}
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"estimate/did", "inference", true}, {"inference", "estimate", false}, {"estimate/did", "internal/i18n", false},
		{"estimate/did", "estimate/synth", false}, {"run", "engine", true}, {"run", "engine/duckdb", false}, {"internal/runs", "engine/replay", true}, {"internal/runs", "engine/duckdb", false},
		{"cmd/dampak", "engine/duckdb", true}, {"engine/duckdb", "engine/memory", false}, {"report", "run", false},
		{"plan", "moments", true}, {"moments", "plan", false}, {"internal/web", "report", true}, {"report", "internal/problem", true},
		{"examples", "plan", false}, {"internal/demo", "examples", true}, {"run", "docs/rules", true}, {"internal/web", "internal/testenv", false},
	} {
		if why := forbidden(c.from, c.to); (why == "") != c.ok {
			t.Errorf("%s -> %s: %q", c.from, c.to, why)
		}
	}
}

// forbidden says why a room may not import another, or nothing.
func forbidden(from, to string) string {
	if forTests[to] {
		return "it is for tests alone"
	}
	if who, ok := beside[to]; ok {
		i, known := place(from)
		if slices.Contains(who, from) || (known && slices.Contains(who, house[i].floor)) {
			return ""
		}
		return "only " + strings.Join(who, ", ") + " may"
	}
	if _, ok := words[to]; ok {
		if i, known := place(from); known && i == 0 {
			return "mathematics has no words"
		}
		if allowed, isWords := words[from]; isWords && !slices.Contains(allowed, to) {
			return "the words' floor imports no room of ours but problem -> i18n"
		}
		return ""
	}
	// engine/replay reads no rows: it wraps whichever engine is handed in.
	if strings.HasPrefix(to, "engine/") && to != "engine/replay" && !slices.Contains(wiresEngines, from) {
		return "only " + strings.Join(wiresEngines, ", ") + " and tests know a concrete engine"
	}
	if from == "bench" {
		return ""
	}
	i, known := place(from)
	j, target := place(to)
	switch {
	case !known:
		return "this room may import no other"
	case !target:
		return "the room has no place in the house"
	case j < i:
		return ""
	case j > i:
		return "it is on a higher floor"
	}
	for pattern, allowed := range house[i].may {
		if !match(pattern, from) {
			continue
		}
		for _, a := range allowed {
			if match(a, to) {
				return ""
			}
		}
	}
	return "the order on its floor forbids it"
}

// place gives the floor of a room.
func place(room string) (int, bool) {
	for i, f := range house {
		for _, pattern := range f.rooms {
			if match(pattern, room) {
				return i, true
			}
		}
	}
	return -1, false
}

func match(pattern, room string) bool {
	if under, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(room, under+"/")
	}
	return pattern == room
}

func standard(path string) bool { return !strings.Contains(strings.Split(path, "/")[0], ".") }

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}
