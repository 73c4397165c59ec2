package notice

import (
	"fmt"
	"maps"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// Deadline is a day that matters to somebody, and when they are told.
type Deadline struct {
	ID    string // of what has the deadline; with Notice.Kind and Day it is one deadline
	Since time.Time
	Day   registry.Day
	// Steps are calendar days from Day on which a notice falls due, at their
	// beginning in Asia/Jakarta, in rising order: -30, -7, 1.
	Steps  []int
	Notice Notice // without the values that Due fills in: "day", and "left", the days from the step to Day
}

// Due is a notice that has fallen due, and the key by which it is sent once: at
// most 200 bytes, of its kind first, then of what has the deadline, then of the day
// or the step.
type Due struct {
	Key    string
	Notice Notice
}

// Due gives the notice of a deadline that has fallen due until an instant; false
// where there is none.
//
// Of several steps that have passed unseen it is the last one alone: what was to
// be said earlier ("in 30 days") is no longer true. A step from before Since,
// when the deadline came into being, is none.
func (d Deadline) Due(until time.Time) (due Due, ok bool) {
	for _, step := range d.Steps {
		if at := d.Day.Add(step).Begins(); at.After(d.Since) && !at.After(until) {
			n := d.Notice
			n.Values = Values{}
			maps.Copy(n.Values, d.Notice.Values)
			n.Values["day"], n.Values["left"] = string(d.Day), -step
			due, ok = Due{fmt.Sprintf("%s/%s/%s/%d", n.Kind, d.ID, d.Day, step), n}, true
		}
	}
	return due, ok
}

// Week names the ISO week in Asia/Jakarta in which an instant lies, such as
// 2026-W48, with its year and number.
func Week(at time.Time) (name string, year, week int) {
	year, week = registry.DayOf(at).Begins().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week), year, week
}
