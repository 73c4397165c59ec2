package registry

import (
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// Day is a legal date, a day in Asia/Jakarta, as YYYY-MM-DD. The empty Day is
// none. Days compare as texts.
type Day string

// wib is Asia/Jakarta: seven hours before UTC, without summer time, throughout
// the years that the record speaks of.
var wib = time.FixedZone("WIB", 7*60*60)

const dayForm = "2006-01-02"

// DayOf is the day in Asia/Jakarta on which an instant lies.
func DayOf(t time.Time) Day { return Day(t.In(wib).Format(dayForm)) }

// ParseDay reads YYYY-MM-DD. Errors: a problem for anything else, the 31st of a
// month of 30 days too.
func ParseDay(s string) (Day, error) {
	if t, err := time.Parse(dayForm, s); err != nil || t.Year() < 1900 {
		return "", problem.New("day", "found", s)
	}
	return Day(s), nil
}

// Add gives the day so many days later; n may be negative.
func (d Day) Add(n int) Day {
	t, err := time.Parse(dayForm, string(d))
	if err != nil {
		return d
	}
	return Day(t.AddDate(0, 0, n).Format(dayForm))
}

// Begins is the first instant of the day, in Asia/Jakarta; of the empty Day it is
// the zero time.
func (d Day) Begins() time.Time {
	t, err := time.ParseInLocation(dayForm, string(d), wib)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Period is a run of days, the first and the last included. From empty: since
// ever; Until empty: open. A period whose Until lies before From has no day.
type Period struct {
	From  Day `json:"from"`
	Until Day `json:"until"`
}

// Has tells whether a day lies in the period.
func (p Period) Has(d Day) bool { return p.From <= d && (p.Until == "" || d <= p.Until) }

// Meets tells whether two periods have a day in common.
func (p Period) Meets(q Period) bool {
	return !p.empty() && !q.empty() && (p.Until == "" || q.From <= p.Until) && (q.Until == "" || p.From <= q.Until)
}

// Covers tells whether all days of another period lie in this one.
func (p Period) Covers(q Period) bool {
	return p.From <= q.From && (p.Until == "" || (q.Until != "" && q.Until <= p.Until))
}

// Cut gives the period up to a last day; an empty day cuts nothing.
func (p Period) Cut(last Day) Period {
	if last != "" && (p.Until == "" || last < p.Until) {
		p.Until = last
	}
	return p
}

func (p Period) empty() bool { return p.Until != "" && p.Until < p.From }

// Check says what is wrong with a period that somebody gave: its first day is
// needed, and the last may not lie before it.
func (p Period) Check() error {
	if _, err := ParseDay(string(p.From)); err != nil {
		return err
	}
	if p.Until == "" {
		return nil
	}
	if _, err := ParseDay(string(p.Until)); err != nil {
		return err
	}
	if p.empty() {
		return problem.New("period", "from", string(p.From), "until", string(p.Until))
	}
	return nil
}
