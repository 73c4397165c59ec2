package duckdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// A session reads its own files and nothing else, and stays so.
func TestSessionIsLocked(t *testing.T) {
	other := file(t, "other.csv", "a,b\n1,2\n")
	s := open(t, file(t, "t.csv", "a,b\n1,2\n")).(*session)
	for _, query := range []string{
		"SELECT * FROM read_csv(" + text(other) + ")", "SELECT * FROM read_text(" + text(other) + ")", "ATTACH " + text(other+".db"),
		"COPY (SELECT 1) TO " + text(other+".out"), "SET enable_external_access = true", "SET memory_limit = '1GB'", "RESET lock_configuration",
	} {
		if _, err := s.db.Exec(query); err == nil {
			t.Errorf("allowed: %s", query)
		}
	}
}

func TestFolderOfASession(t *testing.T) {
	parent := t.TempDir()
	dead := filepath.Join(parent, folderPrefix+"999999999-x") // beyond the largest process id
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := New().Open(context.Background(), []engine.Source{{Name: "t", Path: file(t, "t.csv", "a,b\n1,2\n")}}, engine.Options{TempDir: parent})
	if err != nil {
		t.Fatal(err)
	}
	dir := s.(*session).dir
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, error %v; want mode 0700", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{dir, dead} {
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", gone)
		}
	}
}

func TestCancelled(t *testing.T) {
	s := open(t, file(t, "t.csv", "a,b\n1,2\n"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.Collect(ctx, moments.Request{Label: "l", Table: "t", Make: []moments.Agg{{Name: "n", Op: moments.Count}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
