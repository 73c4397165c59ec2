package duckdb

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// people is one small table in every form that a file can have: a name with a
// separator or a line end in it, a blank, a whole number written as a real one.
var people = map[string]func(t *testing.T) string{
	"comma":      text4("name,year,income\n\"Ani, S.\",2020,10.5\nBudi,2021.0,\nCici,2022,7\n"),
	"semicolon":  text4("name;year;income\n\"Ani, S.\";2020;10.5\nBudi;2021.0;NA\nCici;2022;7\n"),
	"tab":        text4("name\tyear\tincome\n\"Ani, S.\"\t2020\t10.5\nBudi\t2021.0\t.\nCici\t2022\t7\n"),
	"bar":        text4("name|year|income\n\"Ani, S.\"|2020|10.5\nBudi|2021.0|NULL\nCici|2022|7\n"),
	"BOM, CRLF":  text4("\ufeffname,year,income\r\n\"Ani, S.\",2020,10.5\r\nBudi,2021.0,\r\nCici,2022,7\r\n"),
	"no end":     text4("name,year,income\n\"Ani, S.\",2020,10.5\nBudi,2021.0,\nCici,2022,7"),
	"JSON list":  json4(`[{"name":"Ani, S.","year":2020,"income":10.5},{"name":"Budi","year":2021,"income":null},{"name":"Cici","year":2022,"income":7}]`),
	"JSON lines": json4("{\"name\":\"Ani, S.\",\"year\":2020,\"income\":10.5}\n{\"name\":\"Budi\",\"year\":2021,\"income\":null}\n{\"name\":\"Cici\",\"year\":2022,\"income\":7}\n"),
	"XLSX":       workbook,
	"Parquet":    parquetPeople,
}

func text4(content string) func(t *testing.T) string {
	return func(t *testing.T) string { return file(t, "people.csv", content) }
}

func json4(content string) func(t *testing.T) string {
	return func(t *testing.T) string { return file(t, "people.json", content) }
}

func workbook(t *testing.T) string {
	t.Helper()
	book := excelize.NewFile()
	for i, row := range [][]any{{"name", "year", "income"}, {"Ani, S.", 2020, 10.5}, {"Budi", 2021.0, nil}, {"Cici", 2022, 7}} {
		if err := book.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "people.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func parquetPeople(t *testing.T) string {
	t.Helper()
	return parquet(t, "SELECT * FROM (VALUES ('Ani, S.', CAST(2020 AS SMALLINT), CAST(10.5 AS DECIMAL(9,2))), ('Budi', 2021, NULL), ('Cici', 2022, 7)) AS t(name, year, income)")
}

// TestFormats: the same table in every form gives the same answers.
func TestFormats(t *testing.T) {
	request := moments.Request{
		Label: "people", Table: "t",
		Columns: []moments.Column{{Name: "name", As: moments.Category}, {Name: "year", As: moments.Period}, {Name: "income", As: moments.Number}},
		By:      []moments.Field{{Name: "name", Of: moments.Ref("name")}},
		Make:    []moments.Agg{{Name: "year", Op: moments.Sum, Of: moments.Ref("year")}, {Name: "income", Op: moments.Sum, Of: moments.Ref("income")}},
	}
	for form, path := range people {
		t.Run(form, func(t *testing.T) {
			got, err := open(t, path(t)).Collect(context.Background(), request)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"Ani, S. 2020 10.5", "Budi 2021 missing", "Cici 2022 7"}
			if len(got.Groups) != len(want) {
				t.Fatalf("%d groups, want %d", len(got.Groups), len(want))
			}
			for i, g := range got.Groups {
				if line := g.Key[0].String() + " " + got.Cell(g, "year").String() + " " + got.Cell(g, "income").String(); line != want[i] {
					t.Errorf("%q, want %q", line, want[i])
				}
			}
		})
	}
}

// TestBadFiles: each is one problem with its code, before or at the first
// request, and nothing else.
func TestBadFiles(t *testing.T) {
	write := func(name, content string) func(t *testing.T) string {
		return func(t *testing.T) string { return file(t, name, content) }
	}
	for name, c := range map[string]struct {
		make func(t *testing.T) string
		code string
		line int
	}{
		"missing":           {func(t *testing.T) string { return filepath.Join(t.TempDir(), "no.csv") }, "no-file", 0},
		"a folder":          {func(t *testing.T) string { return t.TempDir() }, "file-is-folder", 0},
		"empty":             {write("a.csv", ""), "file-empty", 0},
		"names alone":       {write("a.csv", "x,y\n"), "no-rows", 0},
		"a name twice":      {write("a.csv", "x,x\n1,2\n"), "column-twice", 0},
		"no name":           {write("a.csv", "x,,y\n1,2,3\n"), "column-without-name", 0},
		"not UTF-8":         {write("a.csv", "x,y\n1,2\n3,caf\xe9\n"), "not-utf8", 3},
		"zero bytes":        {write("a.csv", "x,y\n1,\x00\n"), "not-a-table", 0},
		"too many cells":    {write("a.csv", "x,y\n1,2\n3,4,5\n"), "unreadable-csv", 3},
		"too few cells":     {write("a.csv", "x,y\n1,2\n3\n"), "unreadable-csv", 3},
		"an open quote":     {write("a.csv", "x,y\n1,\"2\n"), "unreadable-csv", 0},
		"a long line":       {write("a.csv", "x,y\n1,2\n"+strings.Repeat("9", 5_000_000)), "line-too-long", 3},
		"not a workbook":    {write("a.xlsx", "x,y\n1,2\n"), "not-what-it-says", 0},
		"a broken workbook": {write("a.xlsx", "PK\x03\x04 and no more"), "workbook-unreadable", 0},
		"not Parquet":       {write("a.parquet", "x,y\n1,2\n"), "not-what-it-says", 0},
		"broken Parquet":    {write("a.parquet", "PAR1 and no more"), "unreadable-parquet", 0},
		"broken JSON":       {write("a.json", `[{"x": 1}, {"x": `), "unreadable-json", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.make(t)
			s, err := New().Open(context.Background(), []engine.Source{{Name: "t", Path: path}}, engine.Options{TempDir: t.TempDir()})
			if err == nil {
				defer s.Close()
				t.Fatal("it opened")
			}
			found := problem.Of(err)
			if len(found) != 1 || found[0].Code != c.code {
				t.Fatalf("problems %v, want %s", err, c.code)
			}
			if c.line > 0 && found[0].Line != c.line {
				t.Errorf("line %d, want %d", found[0].Line, c.line)
			}
			if strings.ContainsAny(found[0].Error(), "{}[") {
				t.Errorf("the sentence is not filled: %s", found[0].Error())
			}
		})
	}
}

// TestNumbersThatAreNone in Parquet: NaN and infinity refuse like the words.
func TestNumbersThatAreNone(t *testing.T) {
	path := parquet(t, "SELECT * FROM (VALUES (1.5::DOUBLE), ('nan'::DOUBLE), ('inf'::DOUBLE)) AS t(x)")
	_, err := open(t, path).Collect(context.Background(), moments.Request{
		Label: "x", Table: "t", Columns: []moments.Column{{Name: "x", As: moments.Number}},
		Make: []moments.Agg{{Name: "x", Op: moments.Sum, Of: moments.Ref("x")}},
	})
	found := problem.Of(err)
	if len(found) != 1 || found[0].Code != "not-a-number" || found[0].Values["row"] != int64(3) {
		t.Errorf("problems %v, want not-a-number in row 3", err)
	}
}
