package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// calendar are the pages of the calendar of working days. Where a year of it is not
// known, no day of an answer in that year can be told, and silence counts for nothing.
func calendar() noun {
	return noun{
		kind: "calendar", path: nounPath["calendar"], read: access.OrganisationRead, life: registry.CalendarLife,
		load: loadCalendar, list: listCalendar, front: frontOfCalendar, about: aboutCalendar, at: calendarPlaces,
		commands: []command{{path: "ubah", name: "change", fields: calendarFields, do: changeCalendar}},
	}
}

// calendarYear is a year with whose word it is.
type calendarYear struct {
	registry.CalendarYear
	kept   bool // by the office; else the program knows it of itself, or nobody does
	places []access.Place
	rule   []access.Place // at which the right to settings is one to the calendar
}

// calendarYears are all years that are known, the last one first.
func calendarYears(r *store.Reader) ([]calendarYear, error) {
	var all []calendarYear
	shipped := registry.ShippedYears()
	calendar, err := store.CalendarOf(r)
	for year := firstYear; err == nil && year <= lastYear; year++ {
		if !calendar.Known(year) {
			continue
		}
		y := calendarYear{}
		y.CalendarYear, y.kept, err = store.CalendarYearOf(r, year)
		if i := slices.IndexFunc(shipped, func(s registry.CalendarYear) bool { return s.Year == year }); !y.kept && i >= 0 {
			y.CalendarYear = shipped[i]
		}
		all = append([]calendarYear{y}, all...)
	}
	return all, err
}

// The years of which there is a page.
const firstYear, lastYear = 2000, 2100

func loadCalendar(c *call, r *store.Reader, id string, o *object) (bool, error) {
	year, err := strconv.Atoi(id)
	if err != nil || year < firstYear || year > lastYear || strconv.Itoa(year) != id {
		return false, nil //nolint:nilerr // no year: no page
	}
	years, err := calendarYears(r)
	if err != nil {
		return false, err
	}
	y := calendarYear{CalendarYear: registry.CalendarYear{Year: year}}
	if i := slices.IndexFunc(years, func(y calendarYear) bool { return y.Year == year }); i >= 0 {
		y = years[i]
	}
	all, err := store.Organisations(r, c.who, store.Page{})
	for _, x := range all {
		at := access.Place{Region: x.Region, Organisation: x.ID, Name: x.NameOn(c.today()).Full}
		y.places = append(y.places, at)
		if x.Kind != registry.RegencyOffice {
			y.rule = append(y.rule, at)
		}
	}
	y.places, y.rule = append(y.places, nation), append(y.rule, nation)
	o.title, o.value, o.state = c.t("calendar.year", "year", id), y, registry.None
	if y.kept {
		o.state = "kept"
	}
	o.heading, o.lead, o.chip = y.says(c), y.source(c), y.chip(c)
	return true, err
}

// calendarPlaces are those at which a permission counts: to read, of any office; to
// change, of an office of the nation or of a province.
func calendarPlaces(o object, p access.Permission) []access.Place {
	y := o.value.(calendarYear)
	if p == access.SettingManage {
		return y.rule
	}
	return y.places
}

func (y calendarYear) count(k registry.HolidayKind) int {
	n := 0
	for _, h := range y.Holidays {
		if h.Kind == k {
			n++
		}
	}
	return n
}

func (y calendarYear) says(c *call) string {
	if len(y.Holidays) == 0 {
		return c.t("calendar.unknown", "year", itoa(y.Year))
	}
	return c.t("calendar.says", "year", itoa(y.Year), "national", y.count(registry.NationalHoliday), "joint", y.count(registry.JointLeave))
}

// source says whose word the days are.
func (y calendarYear) source(c *call) string {
	switch {
	case len(y.Holidays) == 0:
		return c.t("calendar.unknown.lead")
	case y.kept:
		return c.t("calendar.kept", "decree", y.Decree)
	}
	return c.t("calendar.shipped", "decree", y.Decree)
}

func (y calendarYear) chip(c *call) *chip {
	switch {
	case len(y.Holidays) == 0:
		return &chip{"wait", c.t("calendar.state.unknown")}
	case y.kept:
		return &chip{"ok", c.t("calendar.state.kept")}
	}
	return &chip{"", c.t("calendar.state.shipped")}
}

func listCalendar(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("calendar-year", "calendar-national", "calendar-joint", "state", "calendar-decree")}
	years, err := calendarYears(r)
	for _, y := range years {
		t.Rows = append(t.Rows, []cell{{Text: itoa(y.Year), Link: c.link(nounPath["calendar"] + "/" + itoa(y.Year))}, text(itoa(y.count(registry.NationalHoliday))), text(itoa(y.count(registry.JointLeave))),
			{Chip: y.chip(c)}, text(y.Decree)})
	}
	return t, err
}

// frontOfCalendar says until when working days can be told, and leads to the year
// after.
func frontOfCalendar(c *call, r *store.Reader, s *sheet) error {
	known, err := store.CalendarOf(r)
	if err != nil {
		return err
	}
	next, _ := strconv.Atoi(string(c.today()[:4]))
	for known.Known(next) && next < lastYear {
		next++
	}
	s.Heading = c.t("calendar.front", "last", itoa(next-1))
	s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("calendar.next", "year", itoa(next)), Link: c.link(nounPath["calendar"] + "/" + itoa(next)), Plain: true}}})
	return nil
}

func aboutCalendar(c *call, _ *store.Reader, o object) ([]block, error) {
	y := o.value.(calendarYear)
	t := table{Head: c.heads("calendar-day", "calendar-kind", "calendar-name"), Empty: c.t("calendar.none")}
	for _, h := range y.Holidays {
		day := c.day(h.Day)
		if s, ok := i18n.SpellDate(c.lang, string(h.Day)); ok {
			day = s.Weekday + ", " + day
		}
		t.Rows = append(t.Rows, []cell{text(day), text(c.t("calendar.kind." + string(h.Kind))), text(h.Name)})
	}
	return []block{{ID: "hari", Table: &t, Note: c.t("calendar.weekends")}}, nil
}

func calendarFields(c *call, _ *store.Reader, o object) ([]field, error) {
	y := o.value.(calendarYear)
	var lines []string
	for _, h := range y.Holidays {
		lines = append(lines, c.day(h.Day)+"; "+c.t("calendar.kind."+string(h.Kind))+"; "+h.Name)
	}
	return []field{
		c.field("decree", "text", required, value(y.Decree)),
		c.field("holidays", "area", required, value(strings.Join(lines, "\n")), func(f *field) { f.Rows = max(12, len(lines)+2) }),
	}, nil
}

func changeCalendar(c *call, v *values, by store.By, o object) (then, error) {
	y := o.value.(calendarYear)
	days, err := c.holidays(y.Year, v.text("holidays"))
	if err != nil {
		v.add("holidays", err)
	}
	if v.text("decree") == "" {
		v.add("decree", problem.New("blank-decree"))
	}
	if err := v.err(); err != nil {
		return then{}, err
	}
	_, err = c.o.Store.ChangeCalendar(c.ctx(), by, registry.CalendarYear{Year: y.Year, Decree: v.text("decree"), Holidays: days})
	return then{}, err
}

// holidays reads one day a line: the day, its kind and its name, with semicolons
// between them, as the form writes them. Errors: each line that is not so.
func (c *call) holidays(year int, typed string) ([]registry.Holiday, error) {
	days := map[string]registry.Day{} // as the page writes them, or YYYY-MM-DD
	for d := registry.Day(fmt.Sprintf("%d-01-01", year)); strings.HasPrefix(string(d), strconv.Itoa(year)); d = d.Add(1) {
		days[strings.ToLower(c.day(d))], days[string(d)] = d, d
	}
	var all []registry.Holiday
	var wrong problem.List
	for i, line := range strings.Split(typed, "\n") {
		if line = registry.Clean(line); line == "" {
			continue
		}
		day, rest, _ := strings.Cut(line, ";")
		word, name, _ := strings.Cut(rest, ";")
		h := registry.Holiday{Day: days[strings.ToLower(registry.Clean(day))], Name: registry.Clean(name)}
		for _, k := range registry.HolidayKinds {
			if strings.EqualFold(registry.Clean(word), c.t("calendar.kind."+string(k))) {
				h.Kind = k
			}
		}
		if h.Day == "" || h.Kind == "" || h.Name == "" {
			wrong = append(wrong, problem.New("calendar-line", "line", i+1, "found", line, "example", c.day(registry.Day(fmt.Sprintf("%d-01-01", year)))+"; "+c.t("calendar.kind.national")+"; "+c.t("calendar.example")))
			continue
		}
		all = append(all, h)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return all, nil
}
