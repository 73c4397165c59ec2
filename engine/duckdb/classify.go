package duckdb

import (
	"context"
	"strings"

	"github.com/dampak/dampak/moments"
)

const (
	numberPattern = `[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?`
	exactLimit    = "9007199254740992" // 2^53: float64 holds every whole number up to it
	// space is all white space of Unicode: spreadsheets write some of it.
	space = " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

// cleaned is the text of a cell, missing where it is blank or a mark.
func cleaned(sql string) string {
	trimmed := "trim(" + sql + ", " + text(space) + ")"
	return "CASE WHEN " + trimmed + " IN ('', 'NA', '.', 'NULL') THEN NULL ELSE " + trimmed + " END"
}

// isNumber is a condition on text: it is a finite decimal number.
func isNumber(sql string) string {
	return "(regexp_full_match(" + sql + ", " + text(numberPattern) + ") AND coalesce(isfinite(TRY_CAST(" + sql + " AS DOUBLE)), FALSE))"
}

// evidence counts the cells of a text column that decide how to store it.
type evidence struct {
	known     int64 // not missing
	words     int64 // no number
	fractions int64 // a number that is not whole
	beyond    int64 // a number that a float64 may not hold exactly
	spelled   int64 // as a category, the text differs from that of the number
}

// store decides: text where a cell is no number, integers where all are whole
// and exact, else floating numbers, with the text beside them where the number
// alone would merge categories or misspell them.
func (e evidence) store() (as stored, withText bool) {
	switch {
	case e.words > 0 || e.known == 0:
		return storedText, false
	case e.fractions == 0 && e.beyond == 0:
		return storedInteger, false
	default:
		return storedReal, e.spelled > 0
	}
}

// classify decides in one scan how each column is stored, and gives the SELECT
// list that makes it.
func (t *table) classify(ctx context.Context, s *session, source string, names []string) ([]string, error) {
	found := make([]evidence, len(names))
	var clean, counts []string
	var into []any
	for i := range names {
		c := plain(i)
		number := "TRY_CAST(" + c + " AS DOUBLE)"
		asNumber := column{ref: number, store: storedReal}.read(moments.Category).value
		asText := column{ref: c, clean: true}.read(moments.Category).value
		clean = append(clean, cleaned(c)+" AS "+c)
		for _, cond := range []string{
			c + " IS NOT NULL",
			c + " IS NOT NULL AND NOT " + isNumber(c),
			number + " <> floor(" + number + ")",
			"abs(" + number + ") > " + exactLimit,
			"(" + asText + ") <> (" + asNumber + ")",
		} {
			counts = append(counts, "count(CASE WHEN "+cond+" THEN 1 END)")
		}
		e := &found[i]
		into = append(into, &e.known, &e.words, &e.fractions, &e.beyond, &e.spelled)
	}
	query := "SELECT " + strings.Join(counts, ", ") + " FROM (SELECT " + strings.Join(clean, ", ") + " FROM " + source + ")"
	if err := s.db.QueryRowContext(ctx, query).Scan(into...); err != nil {
		return nil, t.readError(err)
	}
	var fields []string
	for i, n := range names {
		c := column{name: n, ref: plain(i), sqlType: "VARCHAR", clean: true}
		value := cleaned(c.ref)
		var withText bool
		switch c.store, withText = found[i].store(); c.store {
		case storedInteger:
			c.sqlType = "BIGINT"
			fields = append(fields, "CAST(CAST("+value+" AS DOUBLE) AS BIGINT) AS "+c.ref)
		case storedReal:
			c.sqlType = "DOUBLE"
			fields = append(fields, "CAST("+value+" AS DOUBLE) AS "+c.ref)
		default:
			fields = append(fields, value+" AS "+c.ref)
		}
		if withText {
			c.written = c.ref + "_text"
			fields = append(fields, value+" AS "+c.written)
		}
		t.columns = append(t.columns, c)
	}
	return fields, nil
}
