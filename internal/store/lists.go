package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// Page is a piece of a list in order of identifiers, which is that of time.
type Page struct {
	After string // the last identifier of the piece before; empty: from the start
	Most  int    // at most so many; 0: all
}

// seen is the tail of a SELECT for the rows of a list that a standing may see.
func seen(s access.Standing, p access.Permission, c access.Columns, page Page) (tail string, args []any) {
	where, args := s.Where(p, c, 1)
	args = append(args, page.After)
	tail = fmt.Sprintf("WHERE %s AND id > $%d ORDER BY id", where, len(args))
	if page.Most > 0 {
		args = append(args, page.Most)
		tail += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return tail, args
}

// Organisations are those that a standing may see.
func Organisations(from From, s access.Standing, page Page) ([]registry.Organisation, error) {
	tail, args := seen(s, access.OrganisationRead, access.Columns{Region: "region", Organisation: "id"}, page)
	return organisationsWhere(from, tail, args...)
}

// Positions are those that a standing may see, with their holdings.
func Positions(from From, s access.Standing, page Page) ([]registry.Position, error) {
	tail, args := seen(s, access.PositionRead, access.Columns{Region: "region", Organisation: "organisation"}, page)
	return positionsWhere(from, tail, args...)
}

// Users are those that a standing may see.
func Users(from From, s access.Standing, page Page) ([]access.User, error) {
	tail, args := seen(s, access.UserRead, access.Columns{Region: "region", Organisation: "organisation"}, page)
	return usersWhere(from, tail, args...)
}

// Grants are those that a standing may see.
func Grants(from From, s access.Standing, page Page) ([]access.Grant, error) {
	tail, args := seen(s, access.GrantRead, access.Columns{Region: "region", Organisation: "organisation"}, page)
	return grantsWhere(from, tail, args...)
}

// EventFilter picks events; an empty field picks all.
type EventFilter struct {
	Object event.Object // its Kind alone: all objects of the kind
	User   string       // who acted
	Type   string
}

// recent is how many of the last events are searched before the whole log is.
const recent = 5000

// EventsBy are the last events of the log that a standing may see and a filter picks,
// the newest first, at most so many, before a number (0: from the end).
//
// The log is walked from its end, which is quick for whom it holds much. Who may
// see little of a long log would wait for the walk, so after some thousand events
// theirs are gathered object by object instead.
func EventsBy(from From, s access.Standing, f EventFilter, before int64, most int) ([]event.Event, error) {
	return eventsBy(from, s, f, before, most, recent)
}

func eventsBy(from From, s access.Standing, f EventFilter, before int64, most int, recent int64) ([]event.Event, error) {
	var args []any
	var places, gathered []string
	none := ""
	for _, p := range placesOf {
		of, more := s.Where(access.EventRead, access.Columns{Region: "p.region", Organisation: "p.organisation"}, len(args)+1)
		args = append(args, more...)
		place := fmt.Sprintf("object_kind = '%s' AND object_id IN (SELECT p.id FROM (%s) p WHERE %s)", p.kind, p.query, of)
		places = append(places, "("+place+")")
		gathered = append(gathered, "SELECT seq FROM events WHERE "+place)
		none += fmt.Sprintf("object_kind <> '%s' AND ", p.kind)
	}
	all, rest := s.May(access.EventRead, access.Place{Region: registry.Nation}) == nil, "1 = 0"
	if all {
		rest = "1 = 1"
	}
	picked := " AND seq >= 1"
	if before > 0 {
		args = append(args, before)
		picked += fmt.Sprintf(" AND seq < $%d", len(args))
	}
	for _, c := range []struct{ column, value string }{{"object_kind", f.Object.Kind}, {"object_id", f.Object.ID}, {"actor_user", f.User}, {"type", f.Type}} {
		if c.value != "" {
			args = append(args, c.value)
			picked += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	args = append(args, most)
	last := fmt.Sprintf(" ORDER BY seq DESC LIMIT $%d", len(args))
	r := from.reader()
	walk := "WHERE (" + strings.Join(places, " OR ") + " OR (" + none + rest + "))" + picked
	if all || f != (EventFilter{Object: event.Object{Kind: f.Object.Kind}}) { // an index leads to few
		return r.events(walk+last, args...)
	}
	head, err := r.Head()
	if err != nil {
		return nil, err
	}
	since := head.Seq
	if before > 0 {
		since = min(since, before)
	}
	since -= recent
	found, err := r.events(fmt.Sprintf("%s AND seq > $%d%s", walk, len(args)+1, last), append(slices.Clip(args), since)...)
	if err != nil || len(found) == most || since <= 0 {
		return found, err
	}
	return r.events("WHERE seq IN ("+strings.Join(gathered, " UNION ALL ")+")"+picked+last, args...)
}
