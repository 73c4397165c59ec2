package demo

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dampak/dampak/examples"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
)

// Version is raised when the same seed makes other rows.
const Version = 2

const manifestFile = "manifest.json"

// notice is said wherever numbers of a world are shown.
var notice = result.Text{
	ID: "data contoh: rumah tangga dan program ini rekaan, bukan data orang nyata",
	EN: "invented data: these households and programmes are made up, not data of real people",
}

// Options choose a world. Zero fields mean DefaultHouseholds and seed 0.
type Options struct {
	Seed       uint64
	Households int
}

// Manifest says what a folder holds and what is true in it.
type Manifest struct {
	Version    int         `json:"version"`
	Seed       uint64      `json:"seed"`
	Households int         `json:"households"`
	Notice     result.Text `json:"notice"`
	Files      []File      `json:"files"`
	Truth      []Truth     `json:"truth"`

	Dir    string `json:"-"` // the folder
	Reused bool   `json:"-"` // it was there before
}

// File is one file of a world.
type File struct {
	Name  string `json:"name"`
	Rows  int64  `json:"rows"` // without the head
	Bytes int64  `json:"bytes"`
}

// Make makes a world in a folder, or takes the one that is there when its seed,
// households and version are the same. A folder with anything else in it is
// never touched: that is a *problem.Problem. The folder appears whole or not at
// all. Progress is told the share done, 0 to 1; it may be nil.
func Make(ctx context.Context, dir string, o Options, progress func(share float64)) (*Manifest, error) {
	if o.Households == 0 {
		o.Households = DefaultHouseholds
	}
	w := World(o)
	if err := w.check(); err != nil {
		return nil, err
	}
	m, err := reuse(dir, w)
	if m != nil || err != nil {
		return m, err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, problem.New("demo-unwritable", "path", dir).Because(err)
	}
	part, err := os.MkdirTemp(parent, ".dampak-")
	if err != nil {
		return nil, problem.New("demo-unwritable", "path", dir).Because(err)
	}
	defer os.RemoveAll(part)
	m, err = w.fill(ctx, part, progress)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return nil, err
	}
	_ = os.Remove(dir) // an empty folder may stand there; anything else stops the rename
	if err := os.Rename(part, dir); err != nil {
		return nil, problem.New("demo-unwritable", "path", dir).Because(err)
	}
	m.Dir = dir
	return m, nil
}

// fill writes all files of a world, the manifest last.
func (w World) fill(ctx context.Context, dir string, progress func(float64)) (*Manifest, error) {
	m, err := w.write(ctx, dir, progress)
	if err != nil {
		return nil, err
	}
	panel, err := examples.Files.ReadFile("jatim-2021/panel.csv")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, officialFile), panel, 0o644); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	return m, os.WriteFile(filepath.Join(dir, manifestFile), append(b, '\n'), 0o644)
}

// reuse gives the manifest of a folder that holds this very world; nil when the
// folder is absent or empty.
func reuse(dir string, w World) (*Manifest, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.New("demo-dir-file", "path", dir).Because(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil, problem.New("demo-dir-taken", "path", dir)
	}
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, problem.New("demo-dir-taken", "path", dir).Because(err)
	}
	if m.Version != Version || m.Seed != w.Seed || m.Households != w.Households {
		return nil, problem.New("demo-dir-other", "path", dir, "seed", m.Seed, "households", m.Households)
	}
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil || info.Size() != f.Bytes {
			return nil, problem.New("demo-file-changed", "path", dir, "file", f.Name)
		}
	}
	m.Dir, m.Reused = dir, true
	return m, nil
}
