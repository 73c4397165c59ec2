package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// TestDataRunOut: rounds tell whoever may accept a version that it waits, tell its owner
// before the last day, erase its rows after it, sweep what an upload has left, and thin
// out the backups, each once.
func TestDataRunOut(t *testing.T) {
	w := newTown(t)
	office := ""
	w.ok(w.View(t.Context(), func(r *store.Reader) error {
		u, _, err := store.UserOf(r, w.ids["sri"])
		office = u.Organisation
		return err
	}))
	grant := access.Grant{User: w.ids["sri"], Role: access.DataSteward, Region: "35", Organisation: office, Period: registry.Period{From: "2026-11-25", Until: "2027-11-24"}}
	_, _, err := w.RequestGrant(t.Context(), w.by("rini"), grant)
	w.ok(err)
	put := func(text string) string {
		hash, _, err := w.Contents().Put(t.Context(), strings.NewReader(text))
		w.ok(err)
		return hash
	}
	column := registry.Column{Name: "desil", Words: registry.Words{ID: "desil", EN: "decile"}}
	v := registry.DatasetVersion{Rows: 3, File: "a.csv", SHA256: put("x"), Content: put("baris"), Contract: put("kontrak"), Quality: put("mutu"), Class: registry.PersonalData,
		Columns: []registry.Column{column}, Purpose: "uji", LegalBasis: "contoh", Retention: registry.DayOf(w.now()).Add(40)}
	_, _, _, err = w.RegisterDatasetWith(t.Context(), w.by("sri"), registry.Dataset{Owner: office, Name: "Contoh", Class: registry.PersonalData, Regions: []string{"35"}, Columns: v.Columns}, v)
	w.ok(err)
	left := put("ditolak")
	path := func(hash string) string {
		p, err := w.Contents().File(hash)
		w.ok(err)
		return p
	}
	rows, swept := path(v.Content), path(left)
	folder := t.TempDir()
	_, err = w.Backup(t.Context(), w.by("rini").Actor, filepath.Join(folder, "a.tar.gz"))
	w.ok(err)
	told := func(kind string) (n int) {
		w.ok(w.View(t.Context(), func(r *store.Reader) error {
			for e, err := range r.Log(0) {
				if err != nil {
					return err
				}
				if e.Type == "notice-sent" && strings.HasPrefix(e.Object.ID, kind+"/") {
					n++
				}
			}
			return nil
		}))
		return n
	}
	there := func(path string) bool { _, err := os.Stat(path); return err == nil }
	for _, day := range []struct {
		wait                  time.Duration
		waiting, ending       int
		rows, swept, backup_a bool
	}{
		{0, 1, 0, true, true, true},
		{11 * 24 * time.Hour, 1, 1, true, false, true},
		{26 * 24 * time.Hour, 1, 2, true, false, false},
		{5 * 24 * time.Hour, 1, 2, false, false, false},
	} {
		w.wait(day.wait)
		if day.wait > 30*24*time.Hour || !day.backup_a && there(filepath.Join(folder, "a.tar.gz")) {
			_, err = w.Backup(t.Context(), w.by("rini").Actor, filepath.Join(folder, "b.tar.gz"))
			w.ok(err)
		}
		if there(swept) { // its time is the machine's
			old := w.now().Add(-day.wait)
			w.ok(os.Chtimes(swept, old, old))
		}
		for range 2 {
			w.Round(t.Context())
		}
		if w.said.Len() > 0 {
			t.Fatal(w.said.String())
		}
		if a, b := told("version-waiting"), told("retention-ending"); a != day.waiting || b != day.ending {
			t.Errorf("after %v: %d waiting, %d ending", day.wait, a, b)
		}
		if a, b, c := there(rows), there(swept), there(filepath.Join(folder, "a.tar.gz")); a != day.rows || b != day.swept || c != day.backup_a {
			t.Errorf("after %v: rows %v, leftover %v, backup %v", day.wait, a, b, c)
		}
	}
	if _, err := w.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
