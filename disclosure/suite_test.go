package disclosure

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/testenv"
)

var update = flag.Bool("update", false, "write the table of the suite into docs/disclosure.md")

// Marks of the table in docs/disclosure.md.
const suiteBegin, suiteEnd = "<!-- suite: begin -->\n", "<!-- suite: end -->\n"

// TestSuite is the proof of the room: every attack works where nothing is checked and
// none at the gate, and all that was asked honestly, written down before the rules,
// leaves whole. Both counts stand side by side in docs/disclosure.md.
func TestSuite(t *testing.T) {
	var table strings.Builder
	table.WriteString("| serangan (attack) | dicoba (tried) | berhasil tanpa pemeriksaan (works unguarded) | berhasil melewatinya (works at the gate) |\n|---|---|---|---|\n")
	type line struct{ tried, unguarded, guarded int }
	families, order, sum := map[string]*line{}, []string{}, line{}
	for _, a := range attacks() {
		f := families[a.family]
		if f == nil {
			f = &line{}
			families[a.family] = f
			order = append(order, a.family)
		}
		f.tried++
		sum.tried++
		if free, _ := a.run(t, false); free.people+free.groups > 0 {
			f.unguarded++
			sum.unguarded++
		} else {
			t.Errorf("%s, %s: does not work without the gate either, so that it shows nothing", a.family, a.name)
		}
		if got, _ := a.run(t, true); got.people+got.groups > 0 {
			f.guarded++
			sum.guarded++
			t.Errorf("%s, %s: gives away %d people and %d groups", a.family, a.name, got.people, got.groups)
		}
	}
	for _, name := range order {
		f := families[name]
		fmt.Fprintf(&table, "| %s | %d | %d | %d |\n", name, f.tried, f.unguarded, f.guarded)
	}
	fmt.Fprintf(&table, "| **semua (all)** | **%d** | **%d** | **%d** |\n\n", sum.tried, sum.unguarded, sum.guarded)
	if sum.tried < 200 {
		t.Errorf("%d attacks, at least 200 are wanted", sum.tried)
	}
	asked, left := releaseHonest(t)
	fmt.Fprintf(&table, "| permintaan jujur (honest requests) | diminta (asked) | keluar utuh (left whole) |\n|---|---|---|\n| testdata/honest.yaml | %d | %d |\n", asked, left)
	if asked < 50 || left != asked {
		t.Errorf("%d of %d honest requests leave whole", left, asked)
	}
	t.Logf("attacks: %d tried, %d recover somebody; honest requests: %d asked, %d left whole", sum.tried, sum.guarded, asked, left)
	compare(t, table.String())
}

// compare holds a table against the one in docs/disclosure.md, or writes it there.
func compare(t *testing.T, table string) {
	t.Helper()
	path := filepath.Join(testenv.Root(), "docs", "disclosure.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), suiteBegin)
	_, after, closed := strings.Cut(rest, suiteEnd)
	if !ok || !closed {
		t.Fatal("docs/disclosure.md has no place for the table")
	}
	want := before + suiteBegin + table + suiteEnd + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Error("docs/disclosure.md has another table: go test ./disclosure -run Suite -update")
	}
}
