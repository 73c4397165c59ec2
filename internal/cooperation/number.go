package cooperation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Number is a number from an office's own register. The program never makes one
// up: somebody reads it there and types it in.
type Number struct {
	Text    string       `json:"text"`
	Day     registry.Day `json:"day"`             // on which the office entered it
	Pattern Pattern      `json:"pattern"`         // of the office, that it was held against; empty: there was none
	Later   string       `json:"later,omitempty"` // why its day lies before the text that it is on; empty: it does not
}

// RecordedLater tells whether the number is of a day before the record had the text:
// it was copied from a paper of that day.
func (n Number) RecordedLater() bool { return n.Later != "" }

// Key is what of a number tells it from others: blanks and capitals do not.
func (n Number) Key() string { return strings.ToLower(strings.Join(strings.Fields(n.Text), "")) }

// Year is that of the day, in which the number is the only one of its office.
func (n Number) Year() string { return string(n.Day[:min(4, len(n.Day))]) }

// CheckNumber gives a number as it is kept, or says why it cannot be: used are
// all that the office has ever used, on whatever document, those of wordings that
// were dropped too. Numbers need not follow one another. Problems carry "field"
// number or number-day.
func CheckNumber(n Number, used []Number, at time.Time) (Number, error) {
	n.Text, n.Later = strings.Join(strings.Fields(n.Text), " "), ""
	if err := registry.CheckText("number", n.Text, longestNumber, false); err != nil {
		return n, err
	}
	if _, err := registry.ParseDay(string(n.Day)); err != nil {
		return n, problem.New("day", "found", string(n.Day), "field", "number-day")
	}
	if today := registry.DayOf(at); n.Day > today {
		return n, problem.New("number-future", "day", string(n.Day), "today", string(today), "field", "number-day")
	}
	if !n.Pattern.fits(n) {
		return n, problem.New("number-pattern", "found", n.Text, "expected", string(n.Pattern), "day", string(n.Day), "field", "number")
	}
	if i := slices.IndexFunc(used, func(u Number) bool { return u.Year() == n.Year() && u.Key() == n.Key() }); i >= 0 {
		return n, problem.New("number-used", "found", n.Text, "year", n.Year(), "day", string(used[i].Day), "field", "number")
	}
	return n, nil
}

const longestNumber = 80

// Pattern is how an office writes its numbers, such as 400.9/<n>/107.5/<tahun>:
// <n> stands for digits, <tahun> for the year of the day, <bulan> for its month
// in two digits, <romawi> for the month in Roman numerals; all else stands for
// itself. Empty: any number.
type Pattern string

var places = regexp.MustCompile(`<[^<>]*>`)

// Check says what is wrong with a pattern that an office sets.
func (p Pattern) Check() error {
	if p == "" {
		return nil
	}
	if err := registry.CheckText("pattern", string(p), longestNumber, false); err != nil {
		return err
	}
	known := []string{"<n>", "<tahun>", "<bulan>", "<romawi>"}
	found := places.FindAllString(string(p), -1)
	for _, f := range found {
		if !slices.Contains(known, f) {
			return problem.New("pattern-place", "found", f, "expected", known, "field", "pattern")
		}
	}
	if !slices.Contains(found, "<n>") || strings.ContainsAny(places.ReplaceAllString(string(p), ""), "<>") {
		return problem.New("pattern-number", "found", string(p), "field", "pattern")
	}
	return nil
}

// fits tells whether a number is written so.
func (p Pattern) fits(n Number) bool {
	if p == "" {
		return true
	}
	month, err := strconv.Atoi(string(n.Day[5:7]))
	if err != nil {
		return false
	}
	form := regexp.QuoteMeta(string(p))
	for place, means := range map[string]string{"<n>": `[0-9]+`, "<tahun>": n.Year(), "<bulan>": fmt.Sprintf("%02d", month), "<romawi>": roman[month-1]} {
		form = strings.ReplaceAll(form, regexp.QuoteMeta(place), means)
	}
	ok, err := regexp.MatchString("^"+form+"$", n.Text)
	return err == nil && ok
}

var roman = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
