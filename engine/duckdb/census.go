package duckdb

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dampak/dampak/moments"
)

// Count answers a census with one statement. A sort of rows travels through it as
// one text in which each part has its length before it, so that no two sorts have
// the same text; only counts come back.
func (s *session) Count(ctx context.Context, c moments.Census) (moments.Tally, error) {
	kinds, err := c.Check()
	if err != nil {
		return moments.Tally{}, err
	}
	var t *table
	parts := make([]string, len(c.Parts))
	for i := range c.Parts {
		r := c.Rows(i)
		if t, err = s.ready(ctx, r); err != nil {
			return moments.Tally{}, err
		}
		parts[i] = censusPart(c, i, t.statement(r, "", math.MaxInt-1))
	}
	s.tell(c.Label)
	limit := c.Limit
	if limit == 0 {
		limit = moments.DefaultLimit
	}
	rows, err := s.db.QueryContext(ctx, censusStatement(c, parts))
	if err != nil {
		return moments.Tally{}, t.readError(err)
	}
	defer rows.Close()
	out, index := moments.Tally{}, map[string]int{}
	for rows.Next() {
		var what, id string
		var n int64
		if err := rows.Scan(&what, &id, &n); err != nil {
			return moments.Tally{}, err
		}
		switch what {
		case "nameless":
			out.Nameless = n
		case "split":
			out.Split = n
		case "1 atom":
			atom := moments.Atom{Units: n}
			if atom.Seen, err = seenOf(id, kinds); err != nil {
				return moments.Tally{}, err
			}
			index[id] = len(out.Atoms)
			out.Atoms = append(out.Atoms, atom)
			if len(out.Atoms) > limit {
				return moments.Tally{}, &moments.ErrTooManyGroups{Label: c.Label, Limit: limit}
			}
		default:
			p := moments.Profile{Units: n}
			atoms, err := texts(id)
			if err != nil {
				return moments.Tally{}, err
			}
			for _, a := range atoms {
				p.Atoms = append(p.Atoms, index[a])
			}
			out.Profiles = append(out.Profiles, p)
		}
	}
	if err := rows.Err(); err != nil {
		return moments.Tally{}, t.readError(err)
	}
	out.Sort()
	return out, nil
}

// lengthed writes an expression so that a row of them can be taken apart again.
func lengthed(of string) string {
	return "coalesce(strlen(CAST(" + of + " AS VARCHAR)) || ':' || CAST(" + of + " AS VARCHAR), '-')"
}

// joined writes expressions into one text.
func joined(of []string) string {
	if len(of) == 0 {
		return "''"
	}
	written := make([]string, len(of))
	for i, e := range of {
		written[i] = lengthed(e)
	}
	return strings.Join(written, " || ")
}

// censusPart gives the rows of a part as unit u, record r, key k and content v.
func censusPart(c moments.Census, i int, statement string) string {
	p, r := c.Parts[i], c.Rows(i)
	names := make([]string, 0, len(r.By)+len(r.Make))
	for n := range cap(names) {
		names = append(names, "c"+strconv.Itoa(n))
	}
	unit, at, value, count := "CAST(row_number() OVER () AS VARCHAR)", 0, "''", ""
	if p.Unit != "" {
		unit, at = "CAST(c0 AS VARCHAR)", 1
	}
	keys := names[len(r.By)-len(p.Key) : len(r.By)]
	records := names[at : len(r.By)-len(p.Key)]
	if cells := names[len(r.By):]; len(cells) > 1 {
		made := make([]string, len(cells))
		for j, cell := range cells {
			made[j] = "CAST(" + cell + " AS DOUBLE)"
		}
		value = joined(made)
	}
	if p.Unit == "" { // as many units as rows
		count = ", " + names[len(r.By)] + " AS n"
	}
	return fmt.Sprintf("SELECT %d AS part, %s AS u, %s AS r, %s AS k, %s AS v%s FROM (%s) AS q(%s)",
		i, unit, joined(records), joined(keys), value, count, statement, strings.Join(names, ", "))
}

// censusStatement counts units by atom and by set of small atoms.
func censusStatement(c moments.Census, parts []string) string {
	if c.Parts[0].Unit == "" {
		return fmt.Sprintf(`WITH sorts AS MATERIALIZED (SELECT strlen(k) || ':' || k || '1:0' AS a, n FROM (%s) WHERE n > 0)
SELECT '1 atom' AS what, a, CAST(n AS BIGINT) FROM sorts
UNION ALL SELECT '2 profile', strlen(a) || ':' || a, CAST(n AS BIGINT) FROM sorts WHERE n < %d
ORDER BY what`, parts[0], c.Small)
	}
	seen := func(k, same string) string {
		return "strlen(" + k + ") || ':' || " + k + " || strlen(" + same + ") || ':' || " + same
	}
	with := "WITH sorts AS MATERIALIZED (" + strings.Join(parts, "\nUNION ALL ") + "),\n"
	split := "0"
	if len(parts) == 1 {
		with += "pairs AS MATERIALIZED (SELECT u, " + seen("k", "'0'") + " AS a FROM sorts WHERE u IS NOT NULL)"
	} else {
		var fields, once, atoms []string
		for i := range parts {
			fields = append(fields, fmt.Sprintf("max(CASE WHEN part = %d THEN k END) AS k%d, max(CASE WHEN part = %d THEN v END) AS v%d, count(CASE WHEN part = %d THEN 1 END) AS n%d", i, i, i, i, i, i))
			once = append(once, fmt.Sprintf("n%d <= 1", i))
			same := "'" + strconv.Itoa(i) + "'"
			for j := i - 1; j >= 0; j-- { // the first part of all is asked first
				same = fmt.Sprintf("CASE WHEN v%d = v%d THEN '%d' ELSE %s END", j, i, j, same)
			}
			atoms = append(atoms, fmt.Sprintf("CASE WHEN k%d IS NULL THEN '-' ELSE %s END", i, seen("k"+strconv.Itoa(i), same)))
		}
		with += "records AS MATERIALIZED (SELECT u, r, " + strings.Join(fields, ", ") + " FROM sorts WHERE u IS NOT NULL GROUP BY u, r),\n" +
			"pairs AS MATERIALIZED (SELECT DISTINCT u, " + strings.Join(atoms, " || ") + " AS a FROM records WHERE " + strings.Join(once, " AND ") + ")"
		split = "(SELECT count(*) FROM records WHERE NOT (" + strings.Join(once, " AND ") + "))"
	}
	return with + fmt.Sprintf(`,
atoms AS MATERIALIZED (SELECT a, count(*) AS n FROM pairs GROUP BY a)
SELECT '1 atom' AS what, a, n FROM atoms
UNION ALL SELECT '2 profile', p, count(*) FROM (SELECT string_agg(strlen(a) || ':' || a, '' ORDER BY a) AS p
	FROM pairs JOIN (SELECT a FROM atoms WHERE n < %d) USING (a) GROUP BY u) GROUP BY p
UNION ALL SELECT 'nameless', '', count(*) FROM sorts WHERE u IS NULL
UNION ALL SELECT 'split', '', %s
ORDER BY what`, c.Small, split)
}

// texts takes apart what joined has written; a missing one is refused.
func texts(s string) ([]string, error) {
	all, err := maybe(s)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(all))
	for i, t := range all {
		if t == nil {
			return nil, fmt.Errorf("duckdb: a census has a missing part in %q", s)
		}
		out[i] = *t
	}
	return out, nil
}

// maybe takes apart what joined has written; a missing one is nil.
func maybe(s string) ([]*string, error) {
	var out []*string
	for s != "" {
		if rest, missing := strings.CutPrefix(s, "-"); missing {
			out, s = append(out, nil), rest
			continue
		}
		length, rest, ok := strings.Cut(s, ":")
		n, err := strconv.Atoi(length)
		if !ok || err != nil || n < 0 || n > len(rest) {
			return nil, fmt.Errorf("duckdb: a census has answered %q", s)
		}
		text := rest[:n]
		out, s = append(out, &text), rest[n:]
	}
	return out, nil
}

// seenOf reads the text of an atom.
func seenOf(id string, kinds [][]moments.Kind) ([]moments.Seen, error) {
	written, err := maybe(id)
	if err != nil {
		return nil, err
	}
	seen := make([]moments.Seen, 0, len(kinds))
	for i := 0; i < len(written); i++ {
		if written[i] == nil {
			seen = append(seen, moments.Seen{Same: len(seen)})
			continue
		}
		if i+1 >= len(written) || written[i+1] == nil || len(seen) == len(kinds) {
			return nil, fmt.Errorf("duckdb: a census has answered %q", id)
		}
		same, err := strconv.Atoi(*written[i+1])
		if err != nil {
			return nil, err
		}
		key, err := keyOf(*written[i], kinds[len(seen)])
		if err != nil {
			return nil, err
		}
		seen = append(seen, moments.Seen{Key: key, Same: same})
		i++
	}
	if len(seen) != len(kinds) {
		return nil, fmt.Errorf("duckdb: a census of %d parts has answered %q", len(kinds), id)
	}
	return seen, nil
}

// keyOf reads the text of a key.
func keyOf(id string, kinds []moments.Kind) ([]moments.Value, error) {
	written, err := maybe(id)
	if err != nil {
		return nil, err
	}
	if len(written) != len(kinds) {
		return nil, fmt.Errorf("duckdb: a census has %d keys in %q, not %d", len(written), id, len(kinds))
	}
	key := make([]moments.Value, len(kinds))
	for i, w := range written {
		switch {
		case w == nil:
		case kinds[i] == moments.KindName:
			key[i] = moments.NameKey(*w)
		default:
			n, err := strconv.ParseInt(*w, 10, 64)
			if err != nil {
				return nil, err
			}
			key[i] = moments.WholeKey(n)
		}
	}
	return key, nil
}
