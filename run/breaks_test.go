package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/result"
)

// TestSurveyMonthBreaks: kabupaten rates of September up to 2014 and of March
// from 2015 are told, in words and in the verdict; rates of one month are not,
// and neither is a column of another kind.
func TestSurveyMonthBreaks(t *testing.T) {
	for _, c := range []struct {
		name, column, where string
		period              func(year int) string
		want                bool
	}{
		{"breaks", "period", "", func(y int) string { return map[bool]string{true: "september", false: "march"}[y < 2015] }, true},
		{"in Indonesian", "bulan_survei", "", func(y int) string { return map[bool]string{true: "September", false: "Maret"}[y < 2015] }, true},
		{"one month", "period", "", func(int) string { return "march" }, false},
		{"left out by where", "period", ", where: [{column: period, is: march}]",
			func(y int) string { return map[bool]string{true: "september", false: "march"}[y < 2014] }, false},
		{"another kind", "period", "", func(y int) string { return fmt.Sprint("wave ", y) }, false},
		{"another name", "season", "", func(y int) string { return map[bool]string{true: "september", false: "march"}[y < 2015] }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := memory.Table{Columns: []string{"region", "year", "first", c.column, "p0"}}
			for u := range 60 {
				for year := 2012; year <= 2017; year++ {
					first := ""
					if u%2 == 0 {
						first = "2016"
					}
					table.Rows = append(table.Rows, []string{fmt.Sprint("r", u), fmt.Sprint(year), first, c.period(year), fmt.Sprint((u*7+year*year*(u%5+3))%101 + u)})
				}
			}
			study, err := designs.Parse([]byte("dampak: 1\nid: months\ndata: {panel: p.csv}\ndesign:\n  did: {unit: region, time: year, first_treated: first"+c.where+"}\noutcomes: [{column: p0}]\n"), "plan.yaml")
			if err != nil {
				t.Fatal(err)
			}
			session, err := memory.From(map[string]memory.Table{"panel": table}).Open(context.Background(), nil, engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := result.Result{}
			if err := analyseAll(context.Background(), Input{Study: study, Engine: memory.New()}, session, newProgress(nil, 1), &r); err != nil {
				t.Fatal(err)
			}
			if err := addWords(&r, false); err != nil {
				t.Fatal(err)
			}
			var told string
			for _, w := range r.Warnings {
				if w.Code == "survey-month-breaks" {
					told = w.Text.EN
				}
			}
			if (told != "") != c.want {
				t.Errorf("told %q, want %v", told, c.want)
			}
			v, err := judge(study.Plan, r)
			if err != nil {
				t.Fatal(err)
			}
			caution := false
			for _, reason := range v.Reasons {
				caution = caution || reason.Rule == "survey-month-breaks"
			}
			if caution != c.want {
				t.Errorf("the verdict speaks of it: %v, want %v", caution, c.want)
			}
		})
	}
}
