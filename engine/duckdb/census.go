package duckdb

import (
	"context"
	"fmt"
	"math"
	"slices"
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
		parts[i] = t.statement(r, "", math.MaxInt-1)
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

// seen writes a key with the part that holds the same before it.
func seen(key, same string) string {
	return "strlen(" + key + ") || ':' || " + key + " || strlen(" + same + ") || ':' || " + same
}

// numbered are the names c0, c1, ... of the columns of a part's rows.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "c" + strconv.Itoa(i)
	}
	return names
}

// profiles counts the units of pairs of a unit u and a small atom a by their set of
// atoms.
const profiles = `SELECT '2 profile', p, count(*) FROM (SELECT string_agg(strlen(a) || ':' || a, '' ORDER BY a) AS p FROM pairs GROUP BY u) GROUP BY p`

// censusStatement counts units by atom and by set of small atoms.
func censusStatement(c moments.Census, parts []string) string {
	switch {
	case c.Parts[0].Unit == "":
		return censusOfRows(c, parts[0])
	case len(parts) == 1:
		return censusOfOne(c, parts[0])
	default:
		return censusOfMany(c, parts)
	}
}

// censusOfRows counts rows as units.
func censusOfRows(c moments.Census, part string) string {
	keys := numbered(len(c.Parts[0].Key))
	return fmt.Sprintf(`WITH sorts AS MATERIALIZED (SELECT %s AS a, n FROM (SELECT %s AS k, %s AS n FROM (%s) AS q(%s)) WHERE n > 0)
SELECT '1 atom' AS what, a, CAST(n AS BIGINT) FROM sorts
UNION ALL SELECT '2 profile', strlen(a) || ':' || a, CAST(n AS BIGINT) FROM sorts WHERE n < %d
ORDER BY what`, seen("k", "'0'"), joined(keys), "c"+strconv.Itoa(len(keys)), part, strings.Join(numbered(len(keys)+1), ", "), c.Small)
}

// censusOfOne counts in one part: rows are grouped by their keys as they are, and
// only the atoms, of which there are few, become texts.
func censusOfOne(c moments.Census, part string) string {
	names := numbered(1 + len(c.Parts[0].Key) + 1) // the unit, the key, the rows
	keys := names[1 : len(names)-1]
	list, group, on := strings.Join(append(slices.Clone(keys), "count(*) AS n"), ", "), "HAVING count(*) > 0", "TRUE"
	if len(keys) > 0 {
		group = "GROUP BY " + strings.Join(keys, ", ")
	}
	for _, k := range keys {
		on += " AND sorts." + k + " IS NOT DISTINCT FROM small." + k
	}
	return fmt.Sprintf(`WITH sorts AS MATERIALIZED (SELECT * FROM (%s) AS q(%s)),
atoms AS MATERIALIZED (SELECT *, %s AS a FROM (SELECT *, %s AS k FROM (SELECT %s FROM sorts WHERE c0 IS NOT NULL %s))),
pairs AS MATERIALIZED (SELECT sorts.c0 AS u, small.a FROM sorts JOIN (SELECT * FROM atoms WHERE n < %d) AS small ON %s WHERE sorts.c0 IS NOT NULL)
SELECT '1 atom' AS what, a, n FROM atoms
UNION ALL %s
UNION ALL SELECT 'nameless', '', count(*) FROM sorts WHERE c0 IS NULL
ORDER BY what`, part, strings.Join(names, ", "), seen("k", "'0'"), joined(keys), list, group, c.Small, on, profiles)
}

// censusOfMany follows each record through the parts.
func censusOfMany(c moments.Census, parts []string) string {
	sorts, fields, once, atoms := make([]string, len(parts)), make([]string, len(parts)), make([]string, len(parts)), make([]string, len(parts))
	for i, statement := range parts {
		r := c.Rows(i)
		names := numbered(len(r.By) + len(r.Make))
		keys := names[len(r.By)-len(c.Parts[i].Key) : len(r.By)]
		records := names[1 : len(r.By)-len(c.Parts[i].Key)]
		value := "''"
		if cells := names[len(r.By):]; len(cells) > 1 {
			made := make([]string, len(cells))
			for j, cell := range cells {
				made[j] = "CAST(" + cell + " AS DOUBLE)"
			}
			value = joined(made)
		}
		sorts[i] = fmt.Sprintf("SELECT %d AS part, CAST(c0 AS VARCHAR) AS u, %s AS r, %s AS k, %s AS v FROM (%s) AS q(%s)",
			i, joined(records), joined(keys), value, statement, strings.Join(names, ", "))
		fields[i] = fmt.Sprintf("max(CASE WHEN part = %[1]d THEN k END) AS k%[1]d, max(CASE WHEN part = %[1]d THEN v END) AS v%[1]d, count(CASE WHEN part = %[1]d THEN 1 END) AS n%[1]d", i)
		once[i] = fmt.Sprintf("n%d <= 1", i)
		same := "'" + strconv.Itoa(i) + "'"
		for j := i - 1; j >= 0; j-- { // the first part of all is asked first
			same = fmt.Sprintf("CASE WHEN v%d = v%d THEN '%d' ELSE %s END", j, i, j, same)
		}
		atoms[i] = fmt.Sprintf("CASE WHEN k%d IS NULL THEN '-' ELSE %s END", i, seen("k"+strconv.Itoa(i), same))
	}
	unique := strings.Join(once, " AND ")
	return fmt.Sprintf(`WITH sorts AS MATERIALIZED (%s),
records AS MATERIALIZED (SELECT u, r, %s FROM sorts WHERE u IS NOT NULL GROUP BY u, r),
each AS MATERIALIZED (SELECT DISTINCT u, %s AS a FROM records WHERE %s),
atoms AS MATERIALIZED (SELECT a, count(*) AS n FROM each GROUP BY a),
pairs AS MATERIALIZED (SELECT u, a FROM each JOIN (SELECT a FROM atoms WHERE n < %d) USING (a))
SELECT '1 atom' AS what, a, n FROM atoms
UNION ALL %s
UNION ALL SELECT 'nameless', '', count(*) FROM sorts WHERE u IS NULL
UNION ALL SELECT 'split', '', count(*) FROM records WHERE NOT (%s)
ORDER BY what`, strings.Join(sorts, " UNION ALL "), strings.Join(fields, ", "), strings.Join(atoms, " || "), unique, c.Small, profiles, unique)
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
