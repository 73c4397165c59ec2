package duckdb

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// file writes a file of the given content in a folder of the test.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens one file as the table "t"; the session ends with the test.
func open(t *testing.T, path string) engine.Session {
	t.Helper()
	s, err := New().Open(context.Background(), []engine.Source{{Name: "t", Path: path}}, engine.Options{TempDir: t.TempDir(), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// tableOf reads comma-separated lines as the referee holds them.
func tableOf(t *testing.T, content string) memory.Table {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return memory.Table{Columns: records[0], Rows: records[1:]}
}

// referee answers from the same cells.
func referee(t *testing.T, table memory.Table) engine.Session {
	t.Helper()
	s, err := memory.From(map[string]memory.Table{"t": table}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// agree fails unless two answers are the same: keys and whole cells exactly,
// real ones to 1e-9 relative, the tolerance between engines of moments.md.
func agree(t *testing.T, got, want moments.Statistic) {
	t.Helper()
	if len(got.Groups) != len(want.Groups) {
		t.Fatalf("%d groups, want %d:\n%v\n%v", len(got.Groups), len(want.Groups), got.Groups, want.Groups)
	}
	for i, w := range want.Groups {
		g := got.Groups[i]
		for j := range w.Key {
			if g.Key[j].Compare(w.Key[j]) != 0 {
				t.Errorf("group %d: key %#v, want %#v", i, g.Key[j], w.Key[j])
			}
		}
		for j, q := range w.Cells {
			p := g.Cells[j]
			same := p.Equal(q)
			if !same && !p.IsMissing() && !q.IsMissing() && !p.IsWhole() && !q.IsWhole() {
				same = math.Abs(p.Float()-q.Float()) <= 1e-9*max(1, math.Abs(q.Float()))
			}
			if !same {
				t.Errorf("group %d %v: %s is %v, want %v", i, w.Key, want.Names[j], p, q)
			}
		}
	}
}

// same asks both sessions and compares: answers, or the problem's code and
// values.
func same(t *testing.T, duck, memory engine.Session, r moments.Request) {
	t.Helper()
	got, err := duck.Collect(context.Background(), r)
	want, wantErr := memory.Collect(context.Background(), r)
	if wantErr != nil {
		w, g := problem.Of(wantErr), problem.Of(err)
		if len(w) != 1 || len(g) != 1 {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if g[0].Code != w[0].Code {
			t.Errorf("code %s, want %s", g[0].Code, w[0].Code)
		}
		for k, v := range w[0].Values {
			if k != "columns" && g[0].Values[k] != v {
				t.Errorf("%s: %s is %#v, want %#v", g[0].Code, k, g[0].Values[k], v)
			}
		}
		return
	}
	if err != nil {
		t.Fatalf("error %v, want an answer", err)
	}
	agree(t, got, want)
}
