package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
)

const calendarKind = "calendar"

type calendarRow struct {
	ID    string          `db:"id"` // the year
	Value json.RawMessage `db:"value"`
}

var calendars = Projected[calendarRow]("calendars", "id")

// CalendarOf is the calendar of working days: the years that the program knows of
// itself, and over them those that the office keeps.
func CalendarOf(from From) (registry.Calendar, error) {
	rows, err := calendars.Select(from, "ORDER BY id")
	if err != nil || len(rows) == 0 {
		return shippedCalendar(), err
	}
	years := registry.ShippedYears()
	for _, row := range rows {
		y, err := Read[registry.CalendarYear](row.Value)
		if err != nil {
			return registry.Calendar{}, err
		}
		years = append(years, y)
	}
	return registry.NewCalendar(years...), nil
}

// shippedCalendar is the calendar of the years that the program knows of itself.
var shippedCalendar = sync.OnceValue(func() registry.Calendar { return registry.NewCalendar(registry.ShippedYears()...) })

// CalendarYearOf gives the holidays of a year as the office keeps them; false where
// it keeps none of that year.
func CalendarYearOf(from From, year int) (registry.CalendarYear, bool, error) {
	row, ok, err := calendars.Get(from, strconv.Itoa(year))
	if err != nil || !ok {
		return registry.CalendarYear{}, false, err
	}
	y, err := Read[registry.CalendarYear](row.Value)
	return y, err == nil, err
}

// CalendarObject is the object in the log of a year of the calendar.
func CalendarObject(year int) event.Object {
	return event.Object{Kind: calendarKind, ID: strconv.Itoa(year)}
}

// ChangeCalendar sets the holidays of a year. The calendar is the whole country's:
// whoever may change the settings of an office of the nation or of a province may.
func (s *Store) ChangeCalendar(ctx context.Context, by By, year registry.CalendarYear) (event.Event, error) {
	return s.change(ctx, by, CalendarObject(year.Year), func(a acting) (registry.Change, error) {
		if err := a.mayCalendar(); err != nil {
			return registry.Change{}, err
		}
		before, ok, err := CalendarYearOf(a, year.Year)
		if err != nil {
			return registry.Change{}, err
		}
		if !ok {
			return registry.ChangeCalendar(nil, year)
		}
		return registry.ChangeCalendar(&before, year)
	})
}

func (a acting) mayCalendar() error {
	denied := a.may(calendarKind, "change", registry.Nation, "")
	var denial *access.Denial
	if !errors.As(denied, &denial) {
		return denied
	}
	offices, err := organisations.Select(a, "WHERE kind <> $1", registry.RegencyOffice)
	if err != nil {
		return err
	}
	for _, o := range offices {
		if a.may(calendarKind, "change", o.Region, o.ID) == nil {
			return nil
		}
	}
	return denied
}
