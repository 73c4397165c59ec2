package run

import (
	"context"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// surveyMonths looks whether the survey was held in other months in some of the
// periods than in the others (docs/rules/cautions.yaml): part of the change
// between them then comes from the season or from the shorter time. Nothing for
// a design without time, or a table that does not tell.
func surveyMonths(ctx context.Context, s *designs.Study, sample estimate.Sample, stored map[string]engine.Column, session engine.Session) ([]result.Warning, error) {
	time, ok := s.Values["time"].(string)
	if !ok {
		return nil, nil
	}
	rule := designs.SurveyMonth()
	var warnings []result.Warning
	for _, name := range rule.Columns {
		if _, there := stored[name]; !there || name == time {
			continue
		}
		month, looked := sample.Columns[name]
		if !looked {
			month = moments.Column{Name: name, As: moments.Category}
		}
		if month.As != moments.Category {
			continue // named by the plan as something else
		}
		answer, err := session.Collect(ctx, moments.Request{
			Label: "months of the survey", Table: sample.Table, Where: sample.Where,
			Columns: columnsOf(sample, month),
			By:      []moments.Field{{Name: "time", Of: moments.Ref(time)}, {Name: "month", Of: moments.Ref(name)}},
			Make:    []moments.Agg{{Name: cellAll, Op: moments.Count}},
		})
		if err != nil {
			return nil, err
		}
		if w, found := monthBreak(answer, rule.Months); found {
			w.Values["column"] = name
			warnings = append(warnings, w)
		}
	}
	return warnings, nil
}

// columnsOf are the columns that the request reads: those of the conditions too.
func columnsOf(s estimate.Sample, month moments.Column) []moments.Column {
	columns := []moments.Column{month}
	for _, c := range s.Columns {
		if c.Name != month.Name {
			columns = append(columns, c)
		}
	}
	slices.SortFunc(columns, func(a, b moments.Column) int { return strings.Compare(a.Name, b.Name) })
	return columns
}

// monthBreak finds the periods whose months are not those of the period before.
func monthBreak(answer moments.Statistic, known []string) (result.Warning, bool) {
	byTime := map[int64][]string{}
	var times []int64
	for _, g := range answer.Groups {
		year, isYear := g.Key[0].Whole()
		month, isName := g.Key[1].Name()
		if !isYear || !isName || !slices.Contains(known, strings.ToLower(month)) {
			return result.Warning{}, false // a column of another kind
		}
		if byTime[year] == nil {
			times = append(times, year)
		}
		byTime[year] = append(byTime[year], month)
	}
	slices.Sort(times)
	var years []int64
	var from, to string
	for i, year := range times {
		slices.Sort(byTime[year])
		if i > 0 && !slices.Equal(byTime[year], byTime[times[i-1]]) {
			if years == nil {
				from, to = strings.Join(byTime[times[i-1]], ", "), strings.Join(byTime[year], ", ")
			}
			years = append(years, year)
		}
	}
	if years == nil {
		return result.Warning{}, false
	}
	return result.Caveat("survey-month-breaks", "years", years, "from", from, "to", to), true
}
