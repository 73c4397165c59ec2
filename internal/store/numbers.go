package store

import (
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

// numberRow is a number that an office has used.
type numberRow struct {
	Organisation string       `db:"organisation"`
	Year         string       `db:"year"`
	Key          string       `db:"number_key"`
	Number       string       `db:"number"`
	Day          registry.Day `db:"day"`
	ObjectKind   string       `db:"object_kind"`
	ObjectID     string       `db:"object_id"`
}

// officeNumbers are the numbers of all offices on all papers, agreements and
// permits alike: one that was used stays used.
var officeNumbers = Projected[numberRow]("office_numbers", "organisation", "year", "number_key")

// putNumber notes a number of an office; the first paper that had it keeps it.
func putNumber(tx *Tx, organisation string, n cooperation.Number, on event.Object) error {
	_, err := officeNumbers.Insert(tx, numberRow{organisation, n.Year(), n.Key(), n.Text, n.Day, on.Kind, on.ID}, "ON CONFLICT DO NOTHING")
	return err
}

// UsedNumber is a number of an office with the paper that has it.
type UsedNumber struct {
	cooperation.Number
	On event.Object
}

// NumbersOf are the numbers that an office has used in a year (YYYY), in order of
// days.
func NumbersOf(from From, organisation, year string) ([]UsedNumber, error) {
	rows, err := officeNumbers.Select(from, "WHERE organisation = $1 AND year = $2 ORDER BY day, number_key", organisation, year)
	if err != nil {
		return nil, err
	}
	all := make([]UsedNumber, len(rows))
	for i, row := range rows {
		all[i] = UsedNumber{cooperation.Number{Text: row.Number, Day: row.Day}, event.Object{Kind: row.ObjectKind, ID: row.ObjectID}}
	}
	return all, nil
}

// number prepares a number that somebody typed for an office: with the office's
// pattern, and the numbers against which it is held.
func (a acting) number(organisation string, n cooperation.Number) (cooperation.Number, []cooperation.Number, error) {
	pattern, err := NumberPatternOf(a, organisation)
	if err != nil {
		return n, nil, err
	}
	n.Pattern = pattern
	found, err := NumbersOf(a, organisation, n.Year())
	used := make([]cooperation.Number, len(found))
	for i, u := range found {
		used[i] = u.Number
	}
	return n, used, err
}
