package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

// TestWordsOnEveryEngine: a covariate in words is a category for the memory
// engine and for DuckDB, from CSV and from Parquet, whether Parquet holds it as
// text or as an enumeration; and one with a stray number is refused by all.
func TestWordsOnEveryEngine(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	var b strings.Builder
	b.WriteString("id,t,g,arm,kind,mixed,y\n")
	for id := range 80 {
		first, kind := "", []string{"desa", "kota", "NA", "pesisir"}[random.IntN(4)]
		if random.Float64() < 0.5 {
			first = fmt.Sprint(2003 + id%2)
		}
		mixed := "desa"
		if id == 79 {
			mixed = "12"
		}
		for year := 2001; year <= 2004; year++ {
			fmt.Fprintf(&b, "%d,%d,%s,%d,%s,%s,%.3f\n", id, year, first, id%2, kind, mixed, float64(len(kind)*(year-2000))+random.NormFloat64())
		}
	}
	dir := t.TempDir()
	csv := filepath.Join(dir, "p.csv")
	if err := os.WriteFile(csv, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct{ file, kind string }{{"text.parquet", "VARCHAR"}, {"enum.parquet", "ENUM ('desa', 'kota', 'pesisir')"}} {
		query := "COPY (SELECT id, t, g, arm, CAST(kind AS " + c.kind + ") AS kind, mixed, y FROM read_csv('" + csv + "', header = true, nullstr = ['', 'NA'])) TO '" + filepath.Join(dir, c.file) + "' (FORMAT parquet)"
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(eng engine.Engine, design, file string) (result.Result, error) {
		study, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  "+design+"\noutcomes: [{column: y}]\n"), "plan.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return run.Run(context.Background(), run.Input{Study: study, Sources: []engine.Source{{Name: "p", Path: filepath.Join(dir, file)}},
			Engine: eng, Version: "test", Now: func() time.Time { return time.Unix(0, 0) }})
	}
	duck := []string{"p.csv", "text.parquet", "enum.parquet"}
	for _, design := range []string{
		"did: {unit: id, time: t, first_treated: g, covariates: [COLUMN]}",
		"did: {unit: id, time: t, first_treated: g, estimator: imputation, covariates: [COLUMN]}",
		"experiment: {treatment: arm, cluster: id, covariates: [COLUMN]}",
	} {
		kind, mixed := strings.Replace(design, "COLUMN", "kind", 1), strings.Replace(design, "COLUMN", "mixed", 1)
		want, err := answer(memory.New(), kind, "p.csv")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		for _, file := range duck {
			got, err := answer(duckdb.New(), kind, file)
			if err != nil {
				t.Errorf("%s of %s: %v", kind, file, err)
				continue
			}
			sameNumbers(t, kind+" of "+file, got, want)
		}
		_, err = answer(memory.New(), mixed, "p.csv")
		refusals := map[string]error{"memory": err}
		for _, file := range duck {
			_, refusals[file] = answer(duckdb.New(), mixed, file)
		}
		for who, err := range refusals {
			if list := problem.Of(err); len(list) != 1 || list[0].Code != "not-a-number" || list[0].Values["column"] != "mixed" {
				t.Errorf("%s by %s: %v", mixed, who, err)
			}
		}
	}
}

// sameNumbers compares estimates and warnings; engines may add floating numbers
// in another order.
func sameNumbers(t *testing.T, what string, got, want result.Result) {
	t.Helper()
	near := func(a, b *float64) bool {
		return (a == nil) == (b == nil) && (a == nil || math.Abs(*a-*b) <= 1e-9*math.Max(1, math.Abs(*b)))
	}
	if len(got.Estimates) != len(want.Estimates) || len(got.Warnings) != len(want.Warnings) {
		t.Fatalf("%s: %d estimates, %d warnings; want %d, %d", what, len(got.Estimates), len(got.Warnings), len(want.Estimates), len(want.Warnings))
	}
	for i, g := range got.Estimates {
		if w := want.Estimates[i]; g.Term != w.Term || g.N != w.N || !near(g.Estimate, w.Estimate) || !near(g.SE, w.SE) {
			t.Errorf("%s: %+v, want %+v", what, g, w)
		}
	}
	said := false
	for i, g := range got.Warnings {
		if g.Text != want.Warnings[i].Text {
			t.Errorf("%s: %q, want %q", what, g.Text.EN, want.Warnings[i].Text.EN)
		}
		said = said || g.Code == "words-as-categories"
	}
	if !said {
		t.Errorf("%s: nothing says that words were read as categories", what)
	}
}
