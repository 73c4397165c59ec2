package intake_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
)

// Bytes that are no file of the disk are taken as the file is, and their rejected
// rows go to whoever asked for them, and the same way.
func TestTakeOfBytes(t *testing.T) {
	dir := t.TempDir()
	kept := record(t, filepath.Join(dir, "data")).Contents()
	path, back := write(t, filepath.Join(dir, "penerima.csv"), people()), filepath.Join(dir, "ditolak.csv")
	file, err := take(t, path, intake.Options{Contract: parsed(t, recipients), Rejects: back, Keep: &kept, Lang: i18n.ID})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(back)
	if err != nil {
		t.Fatal(err)
	}
	var rejected bytes.Buffer
	var seen []int64
	o := intake.Options{Contract: parsed(t, recipients), From: strings.NewReader(people()), RejectsTo: &rejected, Keep: &kept, Lang: i18n.ID, Ring: ring,
		Progress: func(rows int64) { seen = append(seen, rows) }}
	r, err := intake.Take(context.Background(), "penerima.csv", o)
	if err != nil {
		t.Fatal(err)
	}
	if r.File != file.File || r.SHA256 != file.SHA256 || r.Content != file.Content || r.Quality != file.Quality || r.Rejects != "" {
		t.Errorf("%+v, of the file %+v", r, file)
	}
	if rejected.String() != string(want) {
		t.Errorf("handed back\n%s\nof the file\n%s", &rejected, want)
	}
	if len(seen) == 0 || seen[len(seen)-1] != 8 {
		t.Errorf("rows read: %v, expected 8 at the end", seen)
	}
	if _, err := intake.Take(context.Background(), "kosong.csv", intake.Options{From: strings.NewReader("")}); codes(err) != "intake-empty" {
		t.Errorf("found %v", err)
	}
}
