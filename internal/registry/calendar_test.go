package registry_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"

	"pgregory.net/rapid"
)

func weekday(t *testing.T, d Day) time.Weekday {
	t.Helper()
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		t.Fatal(err)
	}
	return at.Weekday()
}

// The numbers of days are those that the decrees and the press releases about
// them give: national holidays, with the days of voting, and joint leave. In 2021
// Idulfitri and Kenaikan fell on one day.
func TestShippedCalendar(t *testing.T) {
	want := map[int][2]int{2020: {16 + 1, 5}, 2021: {16 - 1, 1}, 2022: {16, 4}, 2023: {16, 11}, 2024: {17 + 2, 10}, 2025: {17, 11}, 2026: {17, 8}, 2027: {18, 8}}
	years := ShippedYears()
	if len(years) != len(want) {
		t.Fatal(len(years))
	}
	for i, y := range years {
		if y.Year != 2020+i {
			t.Errorf("%d at place %d", y.Year, i)
		}
		var n [2]int
		for _, h := range y.Holidays {
			if h.Kind == NationalHoliday {
				n[0]++
				continue
			}
			n[1]++
			if w := weekday(t, h.Day); w == time.Saturday || w == time.Sunday {
				t.Errorf("joint leave on %s, a %v", h.Day, w)
			}
		}
		if n != want[y.Year] {
			t.Errorf("%d: %v, want %v", y.Year, n, want[y.Year])
		}
		if _, err := ChangeCalendar(nil, y); err != nil {
			t.Errorf("%d: %v", y.Year, err)
		}
	}
	years[0].Holidays[0].Name = "lain"
	if ShippedYears()[0].Holidays[0].Name == "lain" {
		t.Error("a caller changed the table")
	}
}

func TestWorkingDays(t *testing.T) {
	c := NewCalendar(ShippedYears()...)
	for _, r := range []struct {
		after   Day
		n       int
		due     Day
		unknown []int
	}{
		{"2026-11-26", 5, "2026-12-03", nil}, // a Thursday, with one week-end
		{"2026-11-27", 1, "2026-11-30", nil},
		{"2026-11-28", 1, "2026-11-30", nil}, // a Saturday
		{"2026-03-17", 1, "2026-03-25", nil}, // Nyepi, Idulfitri and their leave
		{"2026-12-23", 1, "2026-12-28", nil},
		{"2020-12-23", 3, "2020-12-30", nil}, // the leave of 28 to 30 December was withdrawn
		{"2020-12-30", 1, "2021-01-04", nil},
		{"2021-08-09", 2, "2021-08-12", nil}, // the holiday was moved from the 10th to the 11th
		{"2023-09-20", 6, "2023-09-29", nil},
		{"2027-12-23", 5, "2027-12-31", nil},
		{"2027-12-23", 6, "2028-01-03", []int{2028}},
		{"2019-12-30", 2, "2020-01-02", []int{2019}},
		{"2026-11-28", 0, "2026-11-28", nil},
		{"2026-11-28", -3, "2026-11-28", nil},
		{"", 3, "", nil},
	} {
		due, unknown := c.AddWorkingDays(r.after, r.n)
		if due != r.due || !slices.Equal(unknown, r.unknown) {
			t.Errorf("%s + %d: %s %v, want %s %v", r.after, r.n, due, unknown, r.due, r.unknown)
		}
	}
	for _, r := range []struct {
		after, until Day
		n            int
		unknown      []int
	}{
		{"2026-11-26", "2026-11-26", 0, nil}, {"2026-11-26", "2026-11-25", 0, nil}, {"2026-11-26", "2026-11-30", 2, nil},
		{"2026-03-17", "2026-03-24", 0, nil}, {"2026-03-17", "2026-03-25", 1, nil},
		{"2025-12-31", "2026-12-31", 240, nil}, // the stock exchange has 239: it also closes on 31 December
		{"2027-12-31", "2028-01-04", 2, []int{2028}}, {"", "2026-01-01", 0, nil},
	} {
		if n, unknown := c.WorkingDays(r.after, r.until); n != r.n || !slices.Equal(unknown, r.unknown) {
			t.Errorf("%s to %s: %d %v, want %d %v", r.after, r.until, n, unknown, r.n, r.unknown)
		}
	}
	if c.IsWorking("2026-08-17") || c.IsWorking("2026-11-28") || !c.IsWorking("2026-11-27") || c.IsWorking("2026-02-30") || c.IsWorking("") {
		t.Error("the days of 2026")
	}
	if !c.Known(2026) || c.Known(2028) || (Calendar{}).Known(2026) || !(Calendar{}).IsWorking("2026-08-17") {
		t.Error("years that are known")
	}
	// What the office keeps counts before what is shipped.
	kept := NewCalendar(append(ShippedYears(), CalendarYear{Year: 2026, Holidays: []Holiday{{"2026-11-27", NationalHoliday, "Hari contoh"}}})...)
	if kept.IsWorking("2026-11-27") || !kept.IsWorking("2026-08-17") || kept.IsWorking("2025-12-25") {
		t.Error("a year that the office changed")
	}
}

// Working days added are working days counted, for each day of the table and
// beyond; the n-th is one itself, and none lies between it and the one before.
func TestWorkingDaysAgree(t *testing.T) {
	c := NewCalendar(ShippedYears()...)
	off := map[Day]bool{}
	for _, y := range ShippedYears() {
		for _, h := range y.Holidays {
			off[h.Day] = true
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		d := Day("2019-06-01").Add(rapid.IntRange(0, 365*10).Draw(r, "day"))
		n := rapid.IntRange(1, 60).Draw(r, "n")
		due, _ := c.AddWorkingDays(d, n)
		count := 0
		for x := d; x < due; {
			x = x.Add(1)
			if w := weekday(t, x); w != time.Saturday && w != time.Sunday && !off[x] {
				count++
				if !c.IsWorking(x) {
					r.Fatalf("%s is a working day", x)
				}
			} else if c.IsWorking(x) {
				r.Fatalf("%s is no working day", x)
			}
		}
		again, _ := c.WorkingDays(d, due)
		if count != n || again != n || !c.IsWorking(due) {
			r.Fatalf("%s + %d is %s: %d by hand, %d counted", d, n, due, count, again)
		}
	})
}

func TestChangeCalendar(t *testing.T) {
	year := func(days ...Holiday) CalendarYear {
		return CalendarYear{Year: 2028, Decree: " SKB 1 Tahun 2027 ", Holidays: days}
	}
	newYear := Holiday{"2028-01-01", NationalHoliday, "Tahun Baru 2028 Masehi"}
	leave := Holiday{"2028-01-03", JointLeave, " Tahun Baru\r\n"}
	given := year(leave, newYear)
	c, err := ChangeCalendar(nil, given)
	if err != nil {
		t.Fatal(err)
	}
	kept := c.After.(CalendarYear)
	if c.Type != "calendar-changed" || c.Before != nil || kept.Decree != "SKB 1 Tahun 2027" || !reflect.DeepEqual(kept.Holidays, []Holiday{newYear, {"2028-01-03", JointLeave, "Tahun Baru"}}) {
		t.Errorf("%+v", c)
	}
	if given.Holidays[0] != leave {
		t.Error("the input was changed")
	}
	if c, err := ChangeCalendar(&kept, year(newYear)); err != nil || !reflect.DeepEqual(c.Before, kept) {
		t.Errorf("%+v %v", c, err)
	}
	early := year(newYear)
	early.Year = 1999
	nameless := year(newYear)
	nameless.Decree = " "
	for _, r := range []struct {
		code   string
		before *CalendarYear
		year   CalendarYear
	}{
		{"calendar-year", nil, early}, {"blank-decree", nil, nameless}, {"calendar-empty", nil, year()},
		{"calendar-outside", nil, year(Holiday{"2027-12-31", NationalHoliday, "Contoh"})},
		{"day", nil, year(Holiday{"2028-02-30", NationalHoliday, "Contoh"})},
		{"calendar-twice", nil, year(newYear, newYear)},
		{"calendar-kind", nil, year(Holiday{"2028-01-01", "libur", "Contoh"})},
		{"blank-holiday", nil, year(Holiday{"2028-01-01", NationalHoliday, ""})},
		{"text-long", nil, year(Holiday{"2028-01-01", NationalHoliday, strings.Repeat("a", LongestName+1)})},
		{"calendar-same", &kept, kept},
	} {
		_, err := ChangeCalendar(r.before, r.year)
		if p := problem.Of(err); len(p) != 1 || p[0].Code != r.code {
			t.Errorf("%s: found %v", r.code, err)
		}
	}
}
