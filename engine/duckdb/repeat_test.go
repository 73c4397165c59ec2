package duckdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/moments"
)

// A small file of real numbers gives the same bits each time.
func TestSmallFilesRepeat(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("g,y\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "%d,%v\n", i%7, r.NormFloat64()*1e3)
	}
	path := filepath.Join(t.TempDir(), "real.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	request := moments.Request{Label: "sums", Table: "t",
		Columns: []moments.Column{{Name: "g", As: moments.Category}, {Name: "y", As: moments.Number}},
		By:      []moments.Field{{Name: "g", Of: moments.Ref("g")}},
		Make:    []moments.Agg{{Name: "s", Op: moments.Sum, Of: moments.Ref("y")}, {Name: "q", Op: moments.Sum, Of: moments.Mul{moments.Ref("y"), moments.Ref("y")}}}}
	var first string
	for i := range 6 {
		s, err := New().Open(context.Background(), []engine.Source{{Name: "t", Path: path}}, engine.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.Collect(context.Background(), request)
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, g := range answer.Groups {
			for _, q := range g.Cells {
				fmt.Fprintf(&got, "%x ", q.Float())
			}
		}
		if i == 0 {
			first = got.String()
		} else if got.String() != first {
			t.Fatalf("run %d gave other bits", i)
		}
	}
}
