package cooperation

import (
	"cmp"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// EndNotices are the days before the last one on which the parties are reminded
// of it.
var EndNotices = []int{90, 30, 7}

// EndNotice reminds the parties that an agreement ends.
type EndNotice struct {
	Agreement string       // id
	Days      int          // until the last day, one of EndNotices
	Due       registry.Day // from whose first instant the reminder is due
	Last      registry.Day // of the agreement, as it stood then
}

// EndNotices gives the reminders that fall due after one instant and up to
// another, in order: for the last day as it stood when each fell due, and only
// where the agreement was then in force. Runs that join each other give every
// reminder once.
func (b Bound) EndNotices(after, upTo time.Time) []EndNotice {
	var all []EndNotice
	if b.Agreement.Amends != "" {
		return nil // an addendum ends with the agreement that it amends
	}
	for _, last := range b.ends() {
		for _, n := range EndNotices {
			day := last.Add(-n)
			due := day.Begins()
			if !due.After(after) || due.After(upTo) || !b.InForce(due) || b.PeriodAt(due).Until != last {
				continue
			}
			all = append(all, EndNotice{b.Agreement.ID, n, day, last})
		}
	}
	slices.SortFunc(all, func(x, y EndNotice) int { return cmp.Compare(x.Due, y.Due) })
	return all
}

// ends are all last days that the agreement may have had, each once.
func (b Bound) ends() []registry.Day {
	all := []registry.Day{b.Agreement.Scope.Period.Until}
	for _, a := range b.Addenda {
		all = append(all, a.Scope.Period.Until)
	}
	if t := b.Agreement.Terminated; t != nil {
		all = append(all, t.Day.Add(-1))
	}
	if b.Parent != nil {
		all = append(all, b.Parent.ends()...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(d registry.Day) bool { return d == "" })
}
