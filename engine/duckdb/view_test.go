package duckdb

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/enginetest"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// sums asks for the rows and the sum of a column by group.
func sums(table string) moments.Request {
	return moments.Request{Table: table,
		Columns: []moments.Column{{Name: "wilayah", As: moments.Category}, {Name: "belanja", As: moments.Number}},
		By:      []moments.Field{{Name: "wilayah", Of: moments.Ref("wilayah")}},
		Make:    []moments.Agg{{Name: "rows", Op: moments.Count}, {Name: "sum", Op: moments.Sum, Of: moments.Ref("belanja")}},
	}
}

// TestViews: what a session sees through a view is what it would see in a file that
// holds nothing else, on both engines and from both kinds of files.
func TestViews(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		regions := []string{"3507", "3507010", "3578", "35", ""}
		all := enginetest.Table{Columns: []string{"wilayah", "belanja", "nama"}}
		for range rapid.IntRange(1, 12).Draw(rt, "rows") {
			all.Rows = append(all.Rows, []string{rapid.SampledFrom(regions).Draw(rt, "region"), strconv.Itoa(rapid.IntRange(0, 9).Draw(rt, "value")), "x"})
		}
		prefixes := rapid.SliceOfN(rapid.SampledFrom([]string{"3507", "3578", "35", "9"}), 0, 2).Draw(rt, "open")
		view := &engine.View{Columns: []string{"wilayah", "belanja"}, Rows: []engine.Within{{Column: "wilayah", Prefixes: prefixes}}}
		inside := enginetest.Table{Columns: all.Columns}
		for _, r := range all.Rows {
			for _, p := range prefixes {
				if r[0] != "" && strings.HasPrefix(r[0], p) {
					inside.Rows = append(inside.Rows, r)
					break
				}
			}
		}
		path := filepath.Join(dir, strconv.Itoa(n)+".csv")
		writeCSV(t, path, all)
		source := engine.Source{Name: "t", Path: path, Called: "Data penerima", View: view}
		for _, e := range []engine.Engine{New(), memory.New()} {
			s, err := e.Open(context.Background(), []engine.Source{source}, engine.Options{TempDir: dir, Threads: 1})
			if len(inside.Rows) == 0 {
				if all := problem.Of(err); len(all) != 1 || all[0].Code != "view-empty" || all[0].File != "Data penerima" {
					rt.Fatalf("%s: %v", e.Name(), err)
				}
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			if rows, err := s.Rows(context.Background(), "t"); err != nil || rows != int64(len(inside.Rows)) {
				rt.Fatalf("%s: %d rows, want %d (%v)", e.Name(), rows, len(inside.Rows), err)
			}
			got, err := s.Collect(context.Background(), sums("t"))
			if err != nil {
				rt.Fatal(err)
			}
			alone, err := memory.From(map[string]memory.Table{"t": {Columns: inside.Columns, Rows: inside.Rows}}).Open(context.Background(), nil, engine.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			want, err := alone.Collect(context.Background(), sums("t"))
			if err != nil || !reflect.DeepEqual(got.Groups, want.Groups) {
				rt.Fatalf("%s: %+v, want %+v (%v)", e.Name(), got.Groups, want.Groups, err)
			}
			s.Close()
		}
	})
}

// TestPeriodsOfAView: rows outside the periods of a view do not exist, on both engines
// and from text and typed columns; what they hold changes nothing that is inside.
func TestPeriodsOfAView(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		cells := rapid.SampledFrom([][]string{{"2018", "2019", "2020", "2021", "20191", ""}, {"2018-12", "2019-01", "2019-12", "2020-01", "2019", ""}, {"2019-03-17", "2019-03-31", "2020-01-01", "2018-12-31"}}).Draw(rt, "cells")
		bounds := rapid.SampledFrom([][2]string{{"2019", "2019"}, {"2018", "2020"}, {"2019-01", "2019-12"}, {"2019-03-17", "2019"}, {"2021", "2019"}}).Draw(rt, "bounds")
		w := engine.Within{Column: "masa", From: bounds[0], Until: bounds[1]}
		all, poisoned := enginetest.Table{Columns: []string{"wilayah", "belanja", "masa"}}, enginetest.Table{Columns: []string{"wilayah", "belanja", "masa"}}
		inside := 0
		for range rapid.IntRange(1, 12).Draw(rt, "rows") {
			row := []string{"35", strconv.Itoa(rapid.IntRange(0, 9).Draw(rt, "value")), rapid.SampledFrom(cells).Draw(rt, "period")}
			other := slices.Clone(row)
			if row[2] != "" && w.Has(row[2]) {
				inside++
			} else {
				other[1] = "1000000"
			}
			all.Rows, poisoned.Rows = append(all.Rows, row), append(poisoned.Rows, other)
		}
		view := &engine.View{Columns: []string{"wilayah", "belanja"}, Rows: []engine.Within{w}}
		var answers []moments.Statistic
		for i, x := range []struct {
			table enginetest.Table
			e     engine.Engine
		}{{all, memory.New()}, {poisoned, New()}} {
			path := filepath.Join(dir, strconv.Itoa(n)+"-"+strconv.Itoa(i)+".csv")
			writeCSV(t, path, x.table)
			s, err := x.e.Open(context.Background(), []engine.Source{{Name: "t", Path: path, View: view}}, engine.Options{TempDir: dir, Threads: 1})
			if inside == 0 {
				if all := problem.Of(err); len(all) != 1 || all[0].Code != "view-empty" {
					rt.Fatalf("%s: %v", x.e.Name(), err)
				}
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			if rows, err := s.Rows(context.Background(), "t"); err != nil || rows != int64(inside) {
				rt.Fatalf("%s: %d rows, want %d (%v)", x.e.Name(), rows, inside, err)
			}
			got, err := s.Collect(context.Background(), sums("t"))
			if err != nil {
				rt.Fatal(err)
			}
			answers = append(answers, got)
			s.Close()
		}
		for _, a := range answers {
			if !reflect.DeepEqual(a.Groups, answers[0].Groups) {
				rt.Fatalf("%+v and %+v", a.Groups, answers[0].Groups)
			}
		}
	})
}

// TestWithinPeriods: which periods lie in which.
func TestWithinPeriods(t *testing.T) {
	w := engine.Within{From: "2019", Until: "2020-06"}
	for cell, want := range map[string]bool{"2019-01": true, "2020-06": true, "2020-07": false, "2018-12": false, "2019": false, "2020": false, "2020-06-30": true, "2020-07-01": false, "": false, "x": false, "9": false, "2021-01": false} {
		if w.Has(cell) != want {
			t.Errorf("%q: %v", cell, !want)
		}
	}
}

// TestBehindAView: a column outside does not exist, a cell that cannot be read is
// not shown, and one outside is not even looked at.
func TestBehindAView(t *testing.T) {
	table := enginetest.Table{Columns: []string{"wilayah", "belanja", "nama"}, Rows: [][]string{{"3507", "7", "Sekar"}, {"3578", "rahasia", "Budi"}, {"3507", "8", "Wati"}}}
	path := filepath.Join(t.TempDir(), "t.csv")
	writeCSV(t, path, table)
	open := func(columns []string, prefixes ...string) engine.Session {
		s, err := New().Open(context.Background(), []engine.Source{{Name: "t", Path: path, Called: "Data penerima", View: &engine.View{Columns: columns, Rows: []engine.Within{{Column: "wilayah", Prefixes: prefixes}}}}}, engine.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := open([]string{"belanja"}, "3507")
	listed, err := s.Columns("t")
	if err != nil || len(listed) != 1 || listed[0].Name != "belanja" {
		t.Errorf("%+v %v", listed, err)
	}
	name := moments.Request{Table: "t", Columns: []moments.Column{{Name: "nama", As: moments.Category}}, Make: []moments.Agg{{Name: "rows", Op: moments.Count}}}
	for _, hidden := range []moments.Request{sums("t"), name} {
		_, err := s.Collect(context.Background(), hidden)
		if all := problem.Of(err); len(all) == 0 || all[0].Code != "no-column" || strings.Contains(err.Error(), "wilayah, ") {
			t.Errorf("a closed column answers: %v", err)
		}
	}
	if _, err := open([]string{"wilayah", "belanja"}, "3507").Collect(context.Background(), sums("t")); err != nil {
		t.Errorf("a cell outside the view speaks: %v", err)
	}
	_, err = open([]string{"wilayah", "belanja"}, "35").Collect(context.Background(), sums("t"))
	if all := problem.Of(err); len(all) != 1 || all[0].Code != "not-a-number" || strings.Contains(err.Error(), "rahasia") || strings.Contains(err.Error(), path) {
		t.Errorf("a cell behind the view is shown: %v", err)
	}
	_, err = New().Open(context.Background(), []engine.Source{{Name: "t", Path: path, View: &engine.View{Rows: []engine.Within{{Column: "kabupaten", Prefixes: []string{"35"}}}}}}, engine.Options{TempDir: t.TempDir()})
	if all := problem.Of(err); len(all) != 1 || all[0].Code != "view-column" {
		t.Errorf("rows that cannot be cut: %v", err)
	}
}
