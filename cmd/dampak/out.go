package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/report"
)

// The files of a run's folder.
const (
	fileReport = "report.html"
	fileResult = "result.json"
)

// checkOut finds out before the work whether DIR can be a folder.
func checkOut(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return problem.New("unwritable", "path", dir).Because(err)
	}
	if !info.IsDir() {
		return problem.New("out-is-file", "path", dir)
	}
	return nil
}

// writeOut writes the report and the result, each whole or not at all: all are
// made first, then written beside their place, then renamed.
func writeOut(dir string, in report.Input) error {
	files := []struct {
		name string
		make func(io.Writer, report.Input) error
	}{{fileReport, report.HTML}, {fileResult, report.JSON}}
	made := make([][]byte, len(files))
	for i, f := range files {
		var b bytes.Buffer
		if err := f.make(&b, in); err != nil {
			return err
		}
		made[i] = b.Bytes()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return problem.New("unwritable", "path", dir).Because(err)
	}
	for i, f := range files {
		if err := writeFile(filepath.Join(dir, f.name), func(w io.Writer) error { _, err := w.Write(made[i]); return err }); err != nil {
			return problem.New("unwritable", "path", dir).Because(err)
		}
	}
	return nil
}

// writeFile replaces a file in one step: temporary file, sync, rename.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".dampak-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
