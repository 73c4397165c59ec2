package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// EventOf gives an event by its number; false where there is none.
func EventOf(from From, seq int64) (event.Event, bool, error) {
	return first(from.reader().events("WHERE seq = $1 AND seq >= 1", seq))
}

type revisionRow struct {
	Object string `db:"object_id"`
	Seq    int64  `db:"seq"`
}

// Revisions gives the revision of each of some objects of a kind: the number of
// its last event. Objects that are not there are left out.
func Revisions(from From, kind string, ids []string) (map[string]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, args := among(ids, kind)
	rows, err := Query[revisionRow](from, "SELECT object_id, MAX(seq) AS seq FROM events WHERE object_kind = $1 AND object_id IN "+in+" GROUP BY object_id", args...)
	of := make(map[string]int64, len(rows))
	for _, r := range rows {
		of[r.Object] = r.Seq
	}
	return of, err
}

type nameRow struct {
	ID   string `db:"id"`
	Name string `db:"name"`
}

// NamesOf gives the names of users by their id; those that are not there, or were
// forgotten, are left out.
func NamesOf(from From, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, args := among(ids)
	rows, err := Query[nameRow](from, "SELECT person AS id, name FROM people WHERE person IN "+in, args...)
	of := make(map[string]string, len(rows))
	for _, r := range rows {
		of[r.ID] = r.Name
	}
	return of, err
}

// among writes ($n, ...) for identifiers, behind the arguments that come before.
func among(ids []string, before ...any) (in string, args []any) {
	args = before
	marks := make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	return "(" + strings.Join(marks, ", ") + ")", args
}

// regionWithin writes the condition that a column region lies in one of some regions,
// behind the arguments that come before; "" is all of them.
func regionWithin(codes []string, before []any) (condition string, args []any) {
	if len(codes) == 0 || slices.Contains(codes, registry.Nation) {
		return "", before
	}
	within := make([]string, len(codes))
	for i, code := range codes {
		before = append(before, code)
		within[i] = fmt.Sprintf("SUBSTR(region, 1, %d) = $%d", len(code), len(before))
	}
	return "(" + strings.Join(within, " OR ") + ")", before
}

// OrganisationsNamed gives some organisations by their ids, each once; those that
// are not there are left out.
func OrganisationsNamed(from From, ids []string) ([]registry.Organisation, error) {
	if ids = those(ids); len(ids) == 0 {
		return nil, nil
	}
	in, args := among(ids)
	return organisationsWhere(from, "WHERE id IN "+in, args...)
}
