package duckdb

import (
	"context"
	"database/sql"
	"math/big"
)

// extent is the range of an integer column; missing where all cells are.
type extent struct{ low, high sql.NullInt64 }

// measure asks once for the extent of an integer column. DuckDB answers from the
// statistics of the Parquet file where it has them, in a few milliseconds.
func (s *session) measure(ctx context.Context, t *table, c column) error {
	if _, known := t.extents[c.name]; known || c.store != storedInteger {
		return nil
	}
	var e extent
	if err := s.db.QueryRowContext(ctx, "SELECT min("+c.ref+"), max("+c.ref+") FROM "+t.scan()).Scan(&e.low, &e.high); err != nil {
		return t.readError(err)
	}
	t.extents[c.name] = e
	return nil
}

// lowest is the least value of each integer type.
var lowest = map[string]int64{
	"TINYINT": -1 << 7, "SMALLINT": -1 << 15, "INTEGER": -1 << 31, "BIGINT": -1 << 63,
	"UTINYINT": 0, "USMALLINT": 0, "UINTEGER": 0,
}

// limits gives the largest absolute value, and a constant of the column's type
// below all its values ("" where the column reaches down to the least).
func (e extent) limits(sqlType string) (bound *big.Int, least string) {
	if !e.low.Valid || !e.high.Valid {
		return new(big.Int), ""
	}
	low, high := big.NewInt(e.low.Int64), big.NewInt(e.high.Int64)
	bound = low.Abs(low)
	if high.CmpAbs(bound) > 0 {
		bound = high.Abs(high)
	}
	if bottom, ok := lowest[sqlType]; ok && e.low.Int64 > bottom {
		least = "CAST('" + big.NewInt(bottom).String() + "' AS " + sqlType + ")"
	}
	return bound, least
}
