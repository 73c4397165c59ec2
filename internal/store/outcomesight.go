package store

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/study"
)

// Unseen are the columns of a dataset of which somebody is told nothing: no value,
// no range, no count by value and no difference between versions.
type Unseen struct {
	Columns []string // sorted; cooperation.All: every one of them
	Studies []string // titles of the studies whose drafts say so, sorted
}

// Hides tells whether nothing is told of a column. Several columns may be named at
// once, with commas between them, as a broken key is.
func (u Unseen) Hides(column string) bool {
	if len(u.Columns) == 0 || column == "" {
		return false
	}
	if u.Columns[0] == cooperation.All {
		return true
	}
	return slices.ContainsFunc(strings.Split(column, ","), func(name string) bool { return slices.Contains(u.Columns, strings.TrimSpace(name)) })
}

// UnseenOf gives what somebody is not told of a dataset: the columns that the plan of
// a study of theirs names as outcomes, until it is registered. It is the one place
// that every page and the API ask. A plan that cannot be read yet may name any column;
// one that is not begun names none.
func UnseenOf(from From, user, dataset string) (u Unseen, err error) {
	if user == "" {
		return u, nil
	}
	drafts, err := studiesWhere(from, "WHERE state = $1 AND value LIKE $2 ORDER BY id", study.Drafted, "%"+dataset+"%")
	if err != nil {
		return u, err
	}
	for _, s := range drafts {
		people, err := peopleOf(from, s, study.Run{})
		if err != nil {
			return u, err
		}
		if !slices.Contains(people, user) {
			continue
		}
		columns, err := outcomesEver(from, s, dataset)
		if err != nil {
			return u, err
		}
		if len(columns) > 0 {
			u.Columns, u.Studies = append(u.Columns, columns...), append(u.Studies, s.Title)
		}
	}
	for _, list := range []*[]string{&u.Columns, &u.Studies} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if slices.Contains(u.Columns, cooperation.All) {
		u.Columns = []string{cooperation.All}
	}
	return u, nil
}

// outcomesEver are the outcomes that a draft names or once named: one that is struck
// out to be looked at, and put back, was not unseen.
func outcomesEver(from From, s study.Study, dataset string) ([]string, error) {
	columns := outcomesOf(*s.Draft, dataset)
	wrote, err := from.reader().History(event.Object{Kind: studyKind, ID: s.ID})
	if err != nil {
		return nil, err
	}
	for _, e := range wrote {
		then, err := Read[study.Study](e.After)
		if err != nil {
			return nil, err
		}
		if then.Draft == nil {
			continue
		}
		if before := outcomesOf(*then.Draft, dataset); !slices.Contains(before, cooperation.All) {
			columns = append(columns, before...) // a plan that was half written then names none
		}
	}
	return columns, nil
}

// outcomesOf are the columns of a dataset that a protocol names as outcomes.
func outcomesOf(p study.Protocol, dataset string) []string {
	if p.Plan == "" || !slices.ContainsFunc(p.Data, func(u study.Use) bool { return u.Dataset == dataset }) {
		return nil
	}
	d, err := designs.Parse([]byte(p.Plan), "")
	if err != nil {
		return []string{cooperation.All}
	}
	var out []string
	for _, o := range d.Plan.Outcomes {
		out = append(out, o.Column)
	}
	return out
}
