package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/access"
)

// TestNothingOfOutcomesBeforeTheRegistration: who is of a study that is not registered
// is told nothing of its outcome by the API either, and that this is so.
func TestNothingOfOutcomesBeforeTheRegistration(t *testing.T) {
	w := newTown(t)
	w.partners()
	w.person("sari", "Jatim")
	w.grant("sari", access.DataSteward, "35", "Jatim")
	rows := datasetRows()
	last := slices.IndexFunc(rows, func(r row) bool { return strings.HasSuffix(r.url, "/versions/2/changes") })
	w.play(rows[:last+1])
	at := w.fill("/datasets/<penerima>")
	telling := map[string]string{"/versions/1/quality": `"column":"desil"`, "/versions/2/changes": `"column":"desil"`, "/versions/1/contract": `"maximum"`}
	see := func(sees bool, unseen string) {
		t.Helper()
		for path, tells := range telling {
			if got := w.send("rudi", "GET", at+path, ""); got.Code != 200 || strings.Contains(got.Body.String(), tells) != sees {
				t.Errorf("%s: %d %s", path, got.Code, got.Body)
			}
		}
		if got := w.send("rudi", "GET", at, ""); got.Code != 200 || !strings.Contains(got.Body.String(), `"unseen_columns":`+unseen) {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	}
	see(true, "[]")
	draft := strings.NewReplacer("<rumah>", "<penerima>", "<kontrak>", "abc", "belanja", "desil").Replace(protocol(""))
	if got := w.send("rudi", "POST", "/studies", w.fill(entry("Dampak bantuan", ","+draft))); got.Code != 201 {
		t.Fatal(got.Code, got.Body)
	}
	see(false, `["desil"]`)
}
