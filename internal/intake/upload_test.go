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
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
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

// What is shown of a file before it is checked says how it was read, and nothing of
// who anybody is.
func TestLook(t *testing.T) {
	var seen int64
	p, err := intake.Look(context.Background(), "penerima 2024.csv", strings.NewReader(people()), intake.Reading{}, 5, func(rows int64) { seen = rows })
	if err != nil {
		t.Fatal(err)
	}
	if p.Form != intake.CSV || p.Read != 8 || seen != 8 || len(p.Rows) != 5 || p.Rows[0].Row != 2 || p.Sheets != nil {
		t.Errorf("%+v", p)
	}
	if got := p.Draft.Contract; got.Class != registry.PersonalData || got.Fields[0].Identity != identity.NIK || got.Fields[1].Identity != identity.Name {
		t.Errorf("the draft: %+v", got)
	}
	row := p.Rows[0].Cells
	if row[0] != "••••••••••••••"+nik(1)[14:] || strings.Contains(row[1], "Siti") || row[3] != "1234567.5" || row[4] != "PKH" {
		t.Errorf("the first row: %q", row)
	}
	all := p.Cautions.Error()
	for _, e := range p.Draft.Evidence {
		all += e.Text(i18n.ID)
	}
	for _, r := range p.Rows {
		all += strings.Join(r.Cells, " ")
	}
	for n := range 8 {
		if strings.Contains(all, nik(n)) {
			t.Error("an identity number is shown")
		}
	}
	for _, name := range []string{"Aminah", "Budi", "Tini", "HYPERLINK"} {
		if strings.Contains(all, name) {
			t.Errorf("%s is shown", name)
		}
	}
}
