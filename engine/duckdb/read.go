package duckdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// reading is how a column is read for a request: the SQL of its value, and the
// SQL of what cannot be read so ("" when nothing can go wrong).
type reading struct {
	value  string
	bad    string // condition of a cell that is no number
	broken string // condition of a number that is not whole
	width  width
}

// read gives the reading of a stored column.
func (c column) read(as moments.As) reading {
	q := name(c.name)
	switch c.store {
	case storedInteger:
		return c.readInteger(q, as)
	case storedTruth:
		if as == moments.Category {
			return reading{value: "CASE WHEN " + q + " THEN '1' WHEN NOT " + q + " THEN '0' END"}
		}
		return column{name: c.name, store: storedInteger}.readInteger("CAST("+q+" AS TINYINT)", as)
	case storedReal:
		return c.readReal("CAST("+q+" AS DOUBLE)", as)
	default:
		return c.readText(as)
	}
}

func (c column) readInteger(q string, as moments.As) reading {
	switch as {
	case moments.Category:
		return reading{value: "CAST(" + q + " AS VARCHAR)"}
	case moments.Cohort:
		return reading{value: "CASE WHEN " + q + " = 0 THEN NULL ELSE " + q + " END", width: narrow}
	case moments.Number:
		return reading{value: q, width: narrow}
	default:
		return reading{value: q, width: narrow}
	}
}

func (c column) readReal(q string, as moments.As) reading {
	notFinite := q + " IS NOT NULL AND NOT isfinite(" + q + ")"
	fraction := q + " <> floor(" + q + ") OR abs(" + q + ") > " + exactLimit
	switch as {
	case moments.Category:
		return reading{value: "CASE WHEN " + q + " = floor(" + q + ") AND abs(" + q + ") < " + exactLimit +
			" THEN CAST(CAST(" + q + " AS BIGINT) AS VARCHAR) ELSE CAST(" + q + " AS VARCHAR) END", bad: notFinite}
	case moments.Number:
		return reading{value: q, bad: notFinite}
	case moments.Cohort:
		never := "(isnan(" + q + ") OR isinf(" + q + ") OR " + q + " = 0)"
		return reading{
			value: "CASE WHEN " + never + " THEN NULL ELSE CAST(" + q + " AS BIGINT) END",
			bad:   "coalesce(isnan(" + q + ") OR " + q + " = CAST('-inf' AS DOUBLE), FALSE)", broken: "isfinite(" + q + ") AND (" + fraction + ")", width: middle,
		}
	default:
		return reading{value: "CAST(" + q + " AS BIGINT)", bad: notFinite, broken: "isfinite(" + q + ") AND (" + fraction + ")", width: middle}
	}
}

func (c column) readText(as moments.As) reading {
	q := "(" + cleaned("CAST("+name(c.name)+" AS VARCHAR)") + ")"
	number := "TRY_CAST(" + q + " AS DOUBLE)"
	whole := isNumber(q) + " AND " + number + " = floor(" + number + ") AND abs(" + number + ") < " + exactLimit
	if as == moments.Category {
		return reading{value: "CASE WHEN lower(" + q + ") = 'true' THEN '1' WHEN lower(" + q + ") = 'false' THEN '0' WHEN " + whole +
			" THEN CAST(CAST(" + number + " AS BIGINT) AS VARCHAR) ELSE " + q + " END"}
	}
	known := q + " IS NOT NULL"
	if as == moments.Number {
		return reading{value: number, bad: known + " AND NOT " + isNumber(q)}
	}
	if as == moments.Cohort {
		q = "(CASE WHEN lower(" + q + ") = 'inf' THEN NULL ELSE " + q + " END)"
		number = "TRY_CAST(" + q + " AS DOUBLE)"
		return reading{
			value: "CASE WHEN " + number + " = 0 THEN NULL ELSE CAST(" + number + " AS BIGINT) END",
			bad:   q + " IS NOT NULL AND NOT " + isNumber(q), broken: isNumber(q) + " AND (" + number + " <> floor(" + number + "))", width: middle,
		}
	}
	return reading{
		value: "CAST(" + number + " AS BIGINT)", bad: known + " AND NOT " + isNumber(q),
		broken: isNumber(q) + " AND (" + number + " <> floor(" + number + "))", width: middle,
	}
}

// prove makes sure, once for each column and way of reading, that every cell
// can be read so.
func (s *session) prove(ctx context.Context, t *table, c column, as moments.As) error {
	if t.proved[proof{c.name, as}] {
		return nil
	}
	r := c.read(as)
	expected := "number"
	if as != moments.Number {
		expected = "whole"
	}
	if r.bad != "" {
		if row, value, err := s.firstWhere(ctx, t, c, r.bad); err != nil {
			return err
		} else if row > 0 {
			return problem.New("not-a-number", "column", c.name, "row", row, "value", value, "expected", expected).In(t.given)
		}
	}
	if r.broken != "" {
		if row, value, err := s.firstWhere(ctx, t, c, r.broken); err != nil {
			return err
		} else if row > 0 {
			return problem.New("not-whole", "column", c.name, "row", row, "value", value).In(t.given)
		}
	}
	t.proved[proof{c.name, as}] = true
	return nil
}

// firstWhere finds the first cell that meets a condition: its row in the file,
// whose header is row 1, and its text; row 0 when there is none.
func (s *session) firstWhere(ctx context.Context, t *table, c column, cond string) (int64, string, error) {
	var row int64
	var value string
	err := s.db.QueryRowContext(ctx, "SELECT file_row_number + 2, CAST("+name(c.name)+" AS VARCHAR) FROM read_parquet("+text(t.parquet)+
		", file_row_number = true) WHERE "+cond+" ORDER BY 1 LIMIT 1").Scan(&row, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", t.readError(err)
	}
	return row, value, nil
}
