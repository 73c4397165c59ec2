package web

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"
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

// pack puts files into a Data Package, with the command that repeats the numbers; the
// same files make the same bytes.
func pack(x answered, files []packed, command string) ([]byte, error) {
	descriptor := map[string]any{
		"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": x.plan.Plan.ID, "title": x.of.Title, "id": x.ID,
		"dampak:study": x.Study, "dampak:registration": x.Registration, "dampak:plan": x.SHA256, "dampak:version": x.Answer.Version, "dampak:repeat": command, "dampak:gone": append([]goneRows{}, x.gone...), "dampak:deviations": x.Answer.Deviations,
	}
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
	for _, f := range append([]packed{{"datapackage.json", "application/json", text}}, files...) {
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
