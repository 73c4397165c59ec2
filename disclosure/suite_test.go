package disclosure

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/testenv"
)

// TestAttacksRecoverNobody: every attack works where nothing is checked, and none does
// at the gate.
func TestAttacksRecoverNobody(t *testing.T) {
	type line struct{ tried, worked, left, broke int }
	families, order := map[string]*line{}, []string{}
	for _, a := range attacks() {
		if families[a.family] == nil {
			families[a.family] = &line{}
			order = append(order, a.family)
		}
		f := families[a.family]
		f.tried++
		if free, _ := a.run(t, false); free.people+free.groups > 0 {
			f.worked++
		} else {
			t.Errorf("%s, %s: does not work without the gate either", a.family, a.name)
		}
		got, left := a.run(t, true)
		f.left += left
		if got.people+got.groups > 0 {
			f.broke++
			t.Errorf("%s, %s: gives away %d people and %d groups", a.family, a.name, got.people, got.groups)
		}
	}
	for _, name := range order {
		f := families[name]
		t.Logf("%-22s %3d tried, %3d work unguarded, %3d at the gate (%d requests left)", name, f.tried, f.worked, f.broke, f.left)
	}
	_, _, _, _ = fmt.Sprint, os.Args, filepath.Join, testenv.Root
	_, _ = slices.Max[[]int], strings.Join
}
