package duckdb

import (
	"context"
	"fmt"
)

// likeNumber is how a cell in small letters is written that is no word: see
// engine.Session.
const likeNumber = `[+\x{2212}-]?([ \x{a0}\x{202f}.,0-9]*[0-9][ \x{a0}\x{202f}.,0-9]*(e[+-]?[0-9]+)? ?%?|nan|inf|infinity)`

// Words tells whether a column holds words and no numbers: by its type, or where
// it is stored as text by one scan, once.
func (s *session) Words(ctx context.Context, name, columnName string) (bool, error) {
	t, ok := s.tables[name]
	if !ok {
		return false, fmt.Errorf("duckdb: no table %q is open", name)
	}
	c, ok := t.column(columnName)
	if !ok {
		return false, t.lacks(columnName, name)
	}
	if c.store != storedText {
		return false, nil
	}
	words, asked := t.words[c.name]
	if asked {
		return words, nil
	}
	cell := c.ref
	if !c.clean {
		cell = cleaned("CAST(" + cell + " AS VARCHAR)")
	}
	var known, numbers int64
	query := "SELECT count(cell), count(CASE WHEN regexp_full_match(lower(cell), " + text(likeNumber) + ") THEN 1 END) FROM (SELECT " + cell + " AS cell FROM " + t.scan() + ")"
	if err := s.db.QueryRowContext(ctx, query).Scan(&known, &numbers); err != nil {
		return false, t.readError(err)
	}
	t.words[c.name] = known > 0 && numbers == 0
	return t.words[c.name], nil
}
