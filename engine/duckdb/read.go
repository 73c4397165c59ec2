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
	q := c.ref
	if as == moments.Category && c.written != "" {
		return column{ref: c.written, clean: true}.readText(as)
	}
	switch c.store {
	case storedInteger:
		return readInteger(q, as)
	case storedTruth:
		if as == moments.Category {
			return reading{value: "CASE WHEN " + q + " THEN '1' WHEN NOT " + q + " THEN '0' END"}
		}
		return readInteger("CAST("+q+" AS TINYINT)", as)
	case storedLong:
		return readDecimal(q, "FALSE", as)
	case storedDecimal:
		return readDecimal(q, q+" <> floor("+q+")", as)
	case storedReal:
		return c.readReal(as)
	default:
		return c.readText(as)
	}
}

func readInteger(q string, as moments.As) reading {
	switch as {
	case moments.Category:
		return reading{value: "CAST(" + q + " AS VARCHAR)"}
	case moments.Cohort:
		return reading{value: "CASE WHEN " + q + " = 0 THEN NULL ELSE " + q + " END", width: narrow}
	default:
		return reading{value: q, width: narrow}
	}
}

// readDecimal reads exact numbers of any length. One that passes 64 bits where
// a whole number is asked for is an error of the cast, never another number.
func readDecimal(q, fraction string, as moments.As) reading {
	switch as {
	case moments.Category:
		if fraction == "FALSE" {
			return reading{value: "CAST(" + q + " AS VARCHAR)"}
		}
		return reading{value: "CASE WHEN " + fraction + " THEN CAST(" + q + " AS VARCHAR) ELSE CAST(CAST(" + q + " AS HUGEINT) AS VARCHAR) END"}
	case moments.Number:
		return reading{value: "CAST(" + q + " AS DOUBLE)"}
	case moments.Cohort:
		return reading{value: "CASE WHEN " + q + " = 0 THEN NULL ELSE CAST(" + q + " AS BIGINT) END", broken: fraction, width: middle}
	default:
		return reading{value: "CAST(" + q + " AS BIGINT)", broken: fraction, width: middle}
	}
}

func (c column) readReal(as moments.As) reading {
	q := "CAST(" + c.ref + " AS DOUBLE)"
	r := reading{width: middle}
	if !c.clean {
		r.bad = "NOT isfinite(" + q + ")"
	}
	switch as {
	case moments.Number:
		r.value = q
	case moments.Category:
		r.value = "CASE WHEN " + q + " = floor(" + q + ") AND abs(" + q + ") < " + exactLimit +
			" THEN CAST(CAST(" + q + " AS BIGINT) AS VARCHAR) ELSE CAST(" + q + " AS VARCHAR) END"
	case moments.Cohort:
		r.value = "CASE WHEN isinf(" + q + ") OR " + q + " = 0 THEN NULL ELSE CAST(" + q + " AS BIGINT) END"
		if !c.clean {
			r.bad = "isnan(" + q + ") OR " + q + " = CAST('-inf' AS DOUBLE)"
		}
		r.broken = "isfinite(" + q + ") AND " + q + " <> floor(" + q + ")"
	default:
		r.value = "CAST(" + q + " AS BIGINT)"
		r.broken = "isfinite(" + q + ") AND " + q + " <> floor(" + q + ")"
	}
	return r
}

func (c column) readText(as moments.As) reading {
	q := c.ref
	if !c.clean {
		q = "(" + cleaned("CAST("+q+" AS VARCHAR)") + ")"
	}
	number := "TRY_CAST(" + q + " AS DOUBLE)"
	switch as {
	case moments.Category:
		whole := isNumber(q) + " AND " + number + " = floor(" + number + ") AND abs(" + number + ") < " + exactLimit
		return reading{value: "CASE WHEN lower(" + q + ") = 'true' THEN '1' WHEN lower(" + q + ") = 'false' THEN '0' WHEN " + whole +
			" THEN CAST(CAST(" + number + " AS BIGINT) AS VARCHAR) ELSE " + q + " END"}
	case moments.Number:
		return reading{value: number, bad: q + " IS NOT NULL AND NOT " + isNumber(q)}
	case moments.Cohort:
		q = "(CASE WHEN lower(" + q + ") = 'inf' THEN NULL ELSE " + q + " END)"
		number = "nullif(TRY_CAST(" + q + " AS DOUBLE), 0)"
	}
	return reading{
		value: "CAST(" + number + " AS BIGINT)", bad: q + " IS NOT NULL AND NOT " + isNumber(q),
		broken: isNumber(q) + " AND " + number + " <> floor(" + number + ")", width: middle,
	}
}

// hidden stands for a cell that a message may not show.
const hidden = "***"

// prove makes sure, once for each column and way of reading and in one pass,
// that every cell can be read so.
func (s *session) prove(ctx context.Context, t *table, c column, as moments.As) error {
	if t.proved[proof{c.name, as}] {
		return nil
	}
	r := c.read(as)
	if r.bad != "" || r.broken != "" {
		if err := s.findUnreadable(ctx, t, c, as, r); err != nil {
			return err
		}
	}
	t.proved[proof{c.name, as}] = true
	return nil
}

// findUnreadable makes a problem of the first cell that cannot be read, with its
// row in the file, whose header is row 1.
func (s *session) findUnreadable(ctx context.Context, t *table, c column, as moments.As, r reading) error {
	bad, broken := "FALSE", "FALSE"
	if r.bad != "" {
		bad = "coalesce(" + r.bad + ", FALSE)"
	}
	if r.broken != "" {
		broken = "coalesce(" + r.broken + ", FALSE)"
	}
	cell := c.ref
	if c.written != "" {
		cell = c.written
	}
	seen := t.seen
	if seen == "" {
		seen = "TRUE"
	}
	var row int64
	var value string
	var noNumber bool
	err := s.db.QueryRowContext(ctx, "SELECT file_row_number + 2, trim(CAST("+cell+" AS VARCHAR), "+text(space)+"), "+bad+
		" FROM read_parquet("+text(t.parquet)+", file_row_number = true) WHERE "+seen+" AND ("+bad+" OR "+broken+") ORDER BY 1 LIMIT 1").Scan(&row, &value, &noNumber)
	if t.view != nil {
		value = hidden // rows behind a view may be persons
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return t.readError(err)
	case !noNumber:
		return problem.New("not-whole", "column", c.name, "row", row, "value", value).In(t.given)
	case as == moments.Number || as == moments.Category:
		return problem.New("not-a-number", "column", c.name, "row", row, "value", value, "expected", "number").In(t.given)
	default:
		return problem.New("not-a-number", "column", c.name, "row", row, "value", value, "expected", "whole").In(t.given)
	}
}
