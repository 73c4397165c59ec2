package answers

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/report"
)

// packed is a file of a data package.
type packed struct {
	name, mediaType string
	body            []byte
}

// resource is a file as the descriptor of a data package names it
// (https://datapackage.org/standard/data-resource/).
type resource struct {
	Name      string `json:"name"`
	Path      string `json:"path"`
	MediaType string `json:"mediatype"`
	Bytes     int    `json:"bytes"`
	Hash      string `json:"hash"`
}

// Package is all that repeats the numbers as one Data Package (ZIP): plan, result,
// tables in a language, report and, where nothing is held back, the moments with the
// command that reads them. Title is that of the study, gone are the rows that were
// erased since. The same answer on the same day makes the same bytes.
func (a Answer) Package(l i18n.Lang, printed time.Time, title string, gone []Gone) ([]byte, error) {
	numbers, err := a.JSON()
	if err != nil {
		return nil, err
	}
	tables, err := a.Workbook(l)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := report.HTML(&page, a.Report(printed)); err != nil {
		return nil, err
	}
	files := []packed{{"rencana.yaml", "application/yaml", []byte(a.Run.Plan)}, {"hasil.json", JSONType, numbers}, {"tabel.xlsx", WorkbookType, tables}, {"laporan.html", "text/html", page.Bytes()}}
	command := ""
	if a.Whole() {
		moments, err := a.kept.Read(a.Run.Answer.Moments)
		if err != nil {
			return nil, err
		}
		files = append(files, packed{"momen.json", JSONType, moments})
		command = Repeat
	}
	return pack(map[string]any{
		"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": a.Plan.Plan.ID, "title": title, "id": a.Run.ID,
		"dampak:study": a.Run.Study, "dampak:registration": a.Run.Registration, "dampak:plan": a.Run.SHA256, "dampak:version": a.Run.Answer.Version, "dampak:repeat": command,
		"dampak:gone": append([]Gone{}, gone...), "dampak:deviations": a.Run.Answer.Deviations,
	}, files)
}

// PackageName is how the file of the data package is called.
func (a Answer) PackageName() string {
	hash := a.Run.Answer.Result
	return "paket-" + hash[:min(len(hash), 12)] + ".zip"
}

func pack(descriptor map[string]any, files []packed) ([]byte, error) {
	var all []resource
	for _, f := range files {
		sum := sha256.Sum256(f.body)
		all = append(all, resource{f.name, f.name, f.mediaType, len(f.body), "sha256:" + hex.EncodeToString(sum[:])})
	}
	descriptor["resources"] = all
	text, err := json.MarshalIndent(descriptor, "", "  ")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range append([]packed{{"datapackage.json", JSONType, text}}, files...) {
		into, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: time.Date(2020, 9, 21, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(into, bytes.NewReader(f.body)); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
