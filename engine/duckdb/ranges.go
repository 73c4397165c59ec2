package duckdb

import (
	"context"
	"fmt"

	"github.com/dampak/dampak/moments"
)

// rowsPerRange is about how many rows of a sorted file are folded at a time: a
// fold by unit holds 200 to 300 bytes a unit, so this holds tens of megabytes.
var rowsPerRange int64 = 5_000_000

// ranges gives conditions that part a table's rows by the values of the unit
// that a request folds by, so that the fold of one part is small. The parts are
// disjoint and whole whatever the file holds, and their statistics merge; that
// they are cheap is what the file's own statistics show: it is sorted by unit,
// so that each part reads its own stretch of the file. One empty condition is
// no parting.
func (s *session) ranges(ctx context.Context, t *table, r moments.Request) ([]string, error) {
	undivided := []string{""}
	c, ok := t.unitOf(r)
	if !ok || t.rows <= rowsPerRange {
		return undivided, nil
	}
	stored := c.name
	if t.format != formatParquet {
		stored = c.ref
	}
	rows, err := s.db.QueryContext(ctx, `SELECT row_group_num_rows, coalesce(stats_null_count, 0), CAST(stats_min_value AS BIGINT), CAST(stats_max_value AS BIGINT)
		FROM parquet_metadata(`+text(t.parquet)+`) WHERE path_in_schema = `+text(stored)+` ORDER BY row_group_id`)
	if err != nil {
		return nil, t.readError(err)
	}
	defer rows.Close()
	var cuts []int64
	var held int64
	var end *int64
	for rows.Next() {
		var n, missing int64
		var low, high *int64
		if err := rows.Scan(&n, &missing, &low, &high); err != nil {
			return nil, t.readError(err)
		}
		if missing == n {
			held += n
			continue
		}
		if low == nil || high == nil || end != nil && *low < *end {
			return undivided, nil // no statistics, or not sorted
		}
		if held >= rowsPerRange && (len(cuts) == 0 || *low > cuts[len(cuts)-1]) {
			cuts, held = append(cuts, *low), 0
		}
		held, end = held+n, high
	}
	if err := rows.Err(); err != nil {
		return nil, t.readError(err)
	}
	return between(c.ref, cuts), nil
}

// between parts all values, missing ones too, at the cuts.
func between(ref string, cuts []int64) []string {
	if len(cuts) == 0 {
		return []string{""}
	}
	parts := []string{fmt.Sprintf("(%s < %d OR %s IS NULL)", ref, cuts[0], ref)}
	for i, cut := range cuts {
		part := fmt.Sprintf("%s >= %d", ref, cut)
		if i+1 < len(cuts) {
			part += fmt.Sprintf(" AND %s < %d", ref, cuts[i+1])
		}
		parts = append(parts, "("+part+")")
	}
	return parts
}

// unitOf gives the integer column that a request folds rows by, where its
// statistics over parts of the units merge: it has no other fold before the
// last.
func (t *table) unitOf(r moments.Request) (column, bool) {
	if r.Only > 0 {
		return column{}, false
	}
	var folds []moments.Fold
	for _, step := range r.Steps {
		if f, ok := step.(moments.Fold); ok {
			folds = append(folds, f)
		}
	}
	if len(folds) != 1 {
		return column{}, false
	}
	for _, by := range folds[0].By {
		ref, ok := by.Of.(moments.Ref)
		if !ok {
			continue
		}
		for _, read := range r.Columns {
			c, _ := t.column(read.Name)
			if read.Name == string(ref) && c.store == storedInteger {
				return c, true
			}
		}
	}
	return column{}, false
}
