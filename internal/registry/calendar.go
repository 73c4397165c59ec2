package registry

import (
	"bytes"
	_ "embed" // the table of holidays
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// HolidayKind says why offices are closed on a day.
type HolidayKind string

// The kinds.
const (
	NationalHoliday HolidayKind = "national"    // hari libur nasional
	JointLeave      HolidayKind = "joint-leave" // cuti bersama
)

// HolidayKinds lists the kinds.
var HolidayKinds = []HolidayKind{NationalHoliday, JointLeave}

// Holiday is a day on which offices are closed, beside Saturdays and Sundays.
type Holiday struct {
	Day  Day         `json:"day"`
	Kind HolidayKind `json:"kind"`
	Name string      `json:"name"` // as the decree has it
}

// CalendarYear is all holidays of a year, as a decree or its last change settles
// them: an object of the log whose id is the year.
type CalendarYear struct {
	Year     int       `json:"year"`
	Decree   string    `json:"decree"`   // number and year, or numbers
	Holidays []Holiday `json:"holidays"` // in order of day, one a day
}

// CalendarLife is the life of a year of the calendar. It is kept for the whole
// country.
var CalendarLife = Life{Object: "calendar", States: []string{"kept"}, Steps: []Step{{"change", []string{None, "kept"}}}}

// The years that a calendar may have.
const (
	firstCalendarYear = 2000
	lastCalendarYear  = 2100
)

// ChangeCalendar sets the holidays of a year; before is nil where none were kept.
// Event: calendar-changed.
func ChangeCalendar(before *CalendarYear, after CalendarYear) (Change, error) {
	if after.Year < firstCalendarYear || after.Year > lastCalendarYear {
		return Change{}, problem.New("calendar-year", "found", after.Year, "first", firstCalendarYear, "last", lastCalendarYear, "field", "year")
	}
	after.Decree = Clean(after.Decree)
	if err := CheckText("decree", after.Decree, LongestName, false); err != nil {
		return Change{}, err
	}
	if len(after.Holidays) == 0 {
		return Change{}, problem.New("calendar-empty", "year", after.Year, "field", "holidays")
	}
	after.Holidays = slices.Clone(after.Holidays)
	slices.SortStableFunc(after.Holidays, func(a, b Holiday) int { return strings.Compare(string(a.Day), string(b.Day)) })
	for i := range after.Holidays {
		h := &after.Holidays[i]
		h.Name = Clean(h.Name)
		if _, err := ParseDay(string(h.Day)); err != nil {
			return Change{}, err
		}
		switch {
		case h.Day.year() != after.Year:
			return Change{}, problem.New("calendar-outside", "day", string(h.Day), "year", after.Year, "field", "holidays")
		case i > 0 && after.Holidays[i-1].Day == h.Day:
			return Change{}, problem.New("calendar-twice", "day", string(h.Day), "field", "holidays")
		case !slices.Contains(HolidayKinds, h.Kind):
			return Change{}, problem.New("calendar-kind", "day", string(h.Day), "found", string(h.Kind), "expected", HolidayKinds, "field", "holidays")
		}
		if err := CheckText("holiday", h.Name, LongestName, false); err != nil {
			return Change{}, err
		}
	}
	c := Change{Type: "calendar-changed", After: after}
	if before != nil {
		if before.Decree == after.Decree && slices.Equal(before.Holidays, after.Holidays) {
			return Change{}, problem.New("calendar-same", "year", after.Year)
		}
		c.Before = *before
	}
	return c, nil
}

// The shipped table, with its sources.
//
//go:embed data/holidays.csv
var holidayTable []byte

var shippedYears = sync.OnceValue(func() []CalendarYear {
	reader := csv.NewReader(bytes.NewReader(holidayTable))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("holidays.csv: %v", err)) // the file is embedded
	}
	var years []CalendarYear
	decrees := map[int][]string{}
	for _, r := range rows[1:] {
		h := Holiday{Day: Day(r[0]), Kind: HolidayKind(r[1]), Name: r[2]}
		if n := len(years); n == 0 || years[n-1].Year != h.Day.year() {
			years = append(years, CalendarYear{Year: h.Day.year()})
		}
		y := &years[len(years)-1]
		y.Holidays = append(y.Holidays, h)
		if !slices.Contains(decrees[y.Year], r[3]) {
			decrees[y.Year] = append(decrees[y.Year], r[3])
			y.Decree = strings.Join(decrees[y.Year], "; ")
		}
	}
	return years
})

// ShippedYears are the years that the program knows of itself, in order.
func ShippedYears() []CalendarYear {
	years := slices.Clone(shippedYears())
	for i := range years {
		years[i].Holidays = slices.Clone(years[i].Holidays)
	}
	return years
}

// Calendar tells working days: all but Saturdays, Sundays and holidays. Of a year
// that it does not know it can tell Saturdays and Sundays alone, and every answer
// that rests on such a year names it. The zero value knows no year.
type Calendar struct {
	years map[int]bool
	off   map[int]bool // holidays, by number of the day
}

// NewCalendar makes a calendar of years; a later one of the same year counts.
func NewCalendar(years ...CalendarYear) Calendar {
	last := map[int]CalendarYear{}
	for _, y := range years {
		last[y.Year] = y
	}
	c := Calendar{years: map[int]bool{}, off: map[int]bool{}}
	for _, y := range last {
		c.years[y.Year] = true
		for _, h := range y.Holidays {
			if n, ok := h.Day.number(); ok {
				c.off[n] = true
			}
		}
	}
	return c
}

// Known tells whether the holidays of a year are known.
func (c Calendar) Known(year int) bool { return c.years[year] }

// Unknown lists the years from one day to another, both included, that the
// calendar does not know; nil: none.
func (c Calendar) Unknown(from, until Day) []int {
	if from == "" || until == "" {
		return nil
	}
	var all []int
	for y := from.year(); y <= until.year(); y++ {
		if !c.years[y] {
			all = append(all, y)
		}
	}
	return all
}

// IsWorking tells whether offices are open on a day; of a year that is not known,
// whether it is neither Saturday nor Sunday. What is no day is none.
func (c Calendar) IsWorking(d Day) bool {
	n, ok := d.number()
	return ok && c.open(n)
}

func (c Calendar) open(n int) bool {
	const thursday = 4 // the first of January 1970, day 0
	w := ((n+thursday)%7 + 7) % 7
	return w != int(time.Saturday) && w != int(time.Sunday) && !c.off[n]
}

// AddWorkingDays gives the n-th working day after a day, which is not counted
// itself; the day where n is 0 or less. Unknown lists the years on the way that the
// calendar does not know: with them the day that is due may be later.
func (c Calendar) AddWorkingDays(after Day, n int) (due Day, unknown []int) {
	i, ok := after.number()
	if !ok || n <= 0 {
		return after, nil
	}
	for n > 0 {
		if i++; c.open(i) {
			n--
		}
	}
	due = dayNumbered(i)
	return due, c.Unknown(after.Add(1), due)
}

// WorkingDays counts the working days after a day up to another, which counts, as
// somebody waits who was handed a paper on the first: none on that day itself.
// Unknown lists the years among them that the calendar does not know: with them
// there may be fewer.
func (c Calendar) WorkingDays(after, until Day) (n int, unknown []int) {
	i, ok := after.number()
	last, too := until.number()
	if !ok || !too || last <= i {
		return 0, nil
	}
	for i++; i <= last; i++ {
		if c.open(i) {
			n++
		}
	}
	return n, c.Unknown(after.Add(1), until)
}

const secondsPerDay = 24 * 60 * 60

// number counts the days since the first of January 1970.
func (d Day) number() (int, bool) {
	t, err := time.Parse(dayForm, string(d))
	if err != nil {
		return 0, false
	}
	return int(t.Unix() / secondsPerDay), true // whole days, so that nothing is cut off
}

func dayNumbered(n int) Day { return Day(time.Unix(int64(n)*secondsPerDay, 0).UTC().Format(dayForm)) }

// year is 0 where the text is no day.
func (d Day) year() int {
	if len(d) < 4 {
		return 0
	}
	y, err := strconv.Atoi(string(d[:4]))
	if err != nil {
		return 0
	}
	return y
}
