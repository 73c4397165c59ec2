package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/dampak/dampak/moments"
)

// parquet writes the rows of a query as a Parquet file of small row groups.
func parquet(t *testing.T, query string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "COPY ("+query+") TO "+text(path)+" (FORMAT parquet, ROW_GROUP_SIZE 2048)"); err != nil {
		t.Fatal(err)
	}
	return path
}

// byUnit folds rows into units and sums over them.
var byUnit = moments.Request{
	Label: "by unit", Table: "t",
	Columns: []moments.Column{{Name: "unit", As: moments.Period}, {Name: "year", As: moments.Period}, {Name: "y", As: moments.Whole}},
	Steps: []moments.Step{moments.Fold{By: []moments.Field{{Name: "u", Of: moments.Ref("unit")}}, Make: []moments.Agg{
		{Name: "n", Op: moments.Count},
		{Name: "y0", Op: moments.Max, Of: moments.Case{When: moments.Compare{A: moments.Ref("year"), Op: moments.Equal, B: moments.Int(0)}, Then: moments.Ref("y")}},
		{Name: "y1", Op: moments.Max, Of: moments.Case{When: moments.Compare{A: moments.Ref("year"), Op: moments.Equal, B: moments.Int(1)}, Then: moments.Ref("y")}},
	}}},
	By:   []moments.Field{{Name: "n", Of: moments.Ref("n")}},
	Make: append(moments.Gram([]string{"y0", "y1"}), moments.Agg{Name: "units", Op: moments.Count}, moments.Agg{Name: "least", Op: moments.Min, Of: moments.Ref("y0")}),
}

// A file parted by units answers to the bit as the whole file does, be it
// sorted or not, with units across row groups and rows without a unit.
func TestRangesOfUnitsGiveTheWholeAnswer(t *testing.T) {
	const rows = `SELECT CASE WHEN i % 3 < 2 OR i > 9000 THEN CAST(i // 7 - 500 AS INTEGER) END AS unit, CAST(i % 3 AS TINYINT) AS year,
		CASE WHEN i % 11 > 0 THEN CAST(hash(i) % 2000000000 AS INTEGER) - 1000000000 END AS y FROM range(20000) a(i)`
	for label, c := range map[string]struct {
		query  string
		parted bool
	}{
		"sorted":        {rows + " ORDER BY 1 NULLS FIRST", true},
		"missing last":  {rows + " ORDER BY 1 NULLS LAST", true},
		"shuffled":      {rows + " ORDER BY hash(i)", false},
		"one long unit": {"SELECT 5 AS unit, CAST(i % 2 AS TINYINT) AS year, CAST(i AS INTEGER) AS y FROM range(20000) a(i)", true},
	} {
		t.Run(label, func(t *testing.T) {
			s := open(t, parquet(t, c.query)).(*session)
			whole, err := s.Collect(context.Background(), byUnit)
			if err != nil {
				t.Fatal(err)
			}
			defer func(n int64) { rowsPerRange = n }(rowsPerRange)
			rowsPerRange = 3000
			parts, err := s.ranges(context.Background(), s.tables["t"], byUnit)
			if err != nil || (len(parts) > 1) != c.parted {
				t.Errorf("parts %q, error %v; want parted %v", parts, err, c.parted)
			}
			got, err := s.Collect(context.Background(), byUnit)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, got, whole)
			tight := byUnit
			tight.By, tight.Limit = []moments.Field{{Name: "key", Of: moments.Ref("y0")}}, 100
			var many *moments.ErrTooManyGroups
			if _, err := s.Collect(context.Background(), tight); label != "one long unit" && !errors.As(err, &many) {
				t.Errorf("error %v, want too many groups", err)
			}
		})
	}
}

// A second fold, or a request for the first groups, is answered in one piece.
func TestRequestsThatAreNotParted(t *testing.T) {
	defer func(n int64) { rowsPerRange = n }(rowsPerRange)
	rowsPerRange = 3000
	s := open(t, parquet(t, "SELECT CAST(i // 7 AS INTEGER) AS unit, CAST(i % 3 AS TINYINT) AS year, CAST(i AS INTEGER) AS y FROM range(20000) a(i)")).(*session)
	twice, only, text := byUnit, byUnit, byUnit
	twice.Steps = append(twice.Steps[:1:1], moments.Fold{By: []moments.Field{{Name: "n", Of: moments.Ref("n")}}, Make: byUnit.Make[:2]})
	only.Only = 2
	text.Columns = append([]moments.Column{{Name: "unit", As: moments.Category}}, byUnit.Columns[1:]...)
	for label, r := range map[string]moments.Request{"two folds": twice, "the first groups": only} {
		if parts, err := s.ranges(context.Background(), s.tables["t"], r); err != nil || len(parts) != 1 {
			t.Errorf("%s: parts %q, error %v", label, parts, err)
		}
	}
	if parts, err := s.ranges(context.Background(), s.tables["t"], text); err != nil || len(parts) < 2 {
		t.Errorf("units read as names: parts %q, error %v", parts, err)
	}
}

// A column that reaches down to the least value of its type keeps that value
// in a pivot.
func TestTheLeastValueOfATypeIsAValue(t *testing.T) {
	s := open(t, parquet(t, "SELECT * FROM (VALUES (1, 0, CAST('-2147483648' AS INTEGER)), (1, 1, 7), (2, 1, 5)) v(unit, year, y)"))
	got, err := s.Collect(context.Background(), moments.Request{
		Label: "l", Table: "t", Columns: byUnit.Columns, Steps: byUnit.Steps, By: []moments.Field{{Name: "u", Of: moments.Ref("u")}},
		Make: []moments.Agg{{Name: "s", Op: moments.Sum, Of: moments.Ref("y0")}, {Name: "k", Op: moments.Count, Of: moments.Ref("y0")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if first := got.Groups[0]; got.Cell(first, "s").String() != "-2147483648" || got.Cell(first, "k").Count() != 1 {
		t.Errorf("unit 1 gives %v", first.Cells)
	}
	if second := got.Groups[1]; !got.Cell(second, "s").IsMissing() || got.Cell(second, "k").Count() != 0 {
		t.Errorf("unit 2 gives %v", second.Cells)
	}
}
