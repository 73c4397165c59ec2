package duckdb_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/testenv"
)

func registered(version string) disclosure.Data {
	return disclosure.Data{Dataset: "d", Version: version, Table: version, Unit: "id", Record: []string{"year"}, MinCell: disclosure.MinCell(),
		Columns: []disclosure.Column{{Name: "region", Public: true}, {Name: "year", Public: true}, {Name: "cohort", Public: true}, {Name: "poor"},
			{Name: "age", Cuts: []float64{30, 45}, Public: true}},
		Measures: []string{"y", "x"}}
}

// outputs are asked for one after the other; some are refused, some lose cells.
func outputs(versions ...string) []disclosure.Output {
	one := disclosure.Everything()
	where := func(column string, except bool, values ...string) disclosure.Filter {
		return disclosure.Filter{{{Column: column, Values: values, Except: except}}}
	}
	var out []disclosure.Output
	for _, v := range versions {
		add := func(measures, covariates []string, model bool, tables ...disclosure.Table) {
			out = append(out, disclosure.Output{ID: strconv.Itoa(len(out)), Title: strconv.Itoa(len(out)), Dataset: "d", Version: v, Measures: measures, Covariates: covariates, Model: model, Tables: tables})
		}
		add([]string{"y"}, nil, false, disclosure.Table{Where: one, By: []string{"region", "poor"}}, disclosure.Table{Where: one, By: []string{"region"}}, disclosure.Table{Where: one, By: []string{"poor"}})
		add([]string{"y"}, nil, true, disclosure.Table{Where: one, By: []string{"cohort", "year"}})
		add([]string{"y"}, []string{"x"}, true, disclosure.Table{Where: where("year", false, "1", "2"), By: []string{"cohort"}})
		add([]string{"y"}, nil, false, disclosure.Table{Where: one, By: []string{"age", "year"}})
		add(nil, nil, false, disclosure.Table{Where: where("region", true, "r0"), By: []string{"age"}})
		add([]string{"x"}, nil, false, disclosure.Table{Where: where("age", false, "0", "2")})
	}
	return out
}

func decisions(t *testing.T, s engine.Session, versions ...string) []string {
	t.Helper()
	gate := disclosure.Gate{Counter: s.(engine.Counter)}
	for _, v := range versions {
		gate.Versions = append(gate.Versions, registered(v))
	}
	var history []disclosure.Output
	var out []string
	for _, o := range outputs(versions...) {
		d, err := gate.Check(context.Background(), history, o)
		if err != nil {
			t.Fatal(err)
		}
		if d.Leaves() {
			history = append(history, d.Output)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// TestGateOnTwoEngines: the gate decides the same on DuckDB and on the referee, also
// over two versions.
func TestGateOnTwoEngines(t *testing.T) {
	columns := []string{"id", "year", "region", "cohort", "poor", "age", "y", "x"}
	tables := map[string]memory.Table{}
	dir := t.TempDir()
	var sources []engine.Source
	for _, v := range []string{"v1", "v2"} {
		table := memory.Table{Columns: columns}
		for unit := range 120 {
			for year := 1; year <= 3; year++ {
				age, y := 20+unit%40, 1000+(unit*7919+year*104729)%5000
				region := "r" + strconv.Itoa(unit%5)
				if unit < 6 {
					region = "r9"
				}
				if v == "v2" && unit%3 == 0 {
					y += 10
				}
				if v == "v2" && unit > 110 {
					continue
				}
				row := []string{"u" + strconv.Itoa(unit), strconv.Itoa(year), region, []string{"", "2", "3"}[unit%3], strconv.Itoa(unit / 4 % 2), strconv.Itoa(age), strconv.Itoa(y), fmt.Sprint(float64(unit*unit%97) / 8)}
				if unit%11 == 0 {
					row[6] = ""
				}
				table.Rows = append(table.Rows, row)
			}
		}
		tables[v] = table
		path := filepath.Join(dir, v+".csv")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := csv.NewWriter(f)
		if err := w.WriteAll(append([][]string{columns}, table.Rows...)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		sources = append(sources, engine.Source{Name: v, Path: path})
	}
	referee, err := memory.From(tables).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	duck, err := duckdb.New().Open(context.Background(), sources, engine.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	want, got := decisions(t, referee, "v1", "v2"), decisions(t, duck, "v1", "v2")
	left := 0
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("output %d:\n%s\nwant\n%s", i, got[i], want[i])
		}
		var d disclosure.Decision
		if err := json.Unmarshal([]byte(want[i]), &d); err != nil {
			t.Fatal(err)
		}
		if d.Leaves() {
			left++
		}
	}
	if left == 0 || left == len(want) {
		t.Errorf("%d of %d outputs leave: the two engines are compared on nothing", left, len(want))
	}
}

// TestGateIsQuick: a did on a panel of 10^6 rows, with a history of four outputs,
// takes a small part of the ten seconds that a study may take from registration to
// release.
func TestGateIsQuick(t *testing.T) {
	testenv.NeedLong(t)
	path := filepath.Join(t.TempDir(), "panel.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`COPY (SELECT 'u' || u AS id, t AS year, 'r' || (u % 38) AS region, CASE WHEN u % 5 < 2 THEN NULL ELSE 2 + u % 3 END AS cohort,
		CAST((u * 7) % 10 < 3 AS INTEGER) AS poor, 18 + u % 60 AS age, 1000 + (u * 7919 + t * 104729) % 5000 AS y, (u * 31) % 1009 AS x
		FROM range(125000) units(u), range(8) times(t) ORDER BY u, t) TO '` + path + `' (FORMAT parquet)`); err != nil {
		t.Fatal(err)
	}
	s, err := duckdb.New().Open(context.Background(), []engine.Source{{Name: "v1", Path: path}}, engine.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	start := time.Now()
	all := decisions(t, s, "v1")
	took := time.Since(start)
	t.Logf("%d outputs on 10^6 rows in %v", len(all), took.Round(time.Millisecond))
	for i, text := range all {
		var d disclosure.Decision
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		if !d.Leaves() {
			t.Errorf("output %d is refused: %v", i, d.Refused)
		}
	}
}
