package demo

import (
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/web"
	"github.com/dampak/dampak/result"
)

// Site gives the pages' data: the official figures and the studies as handed in.
func Site(studies []web.Study) (web.Site, error) {
	figures, err := official.Statistics()
	if err != nil {
		return web.Site{}, err
	}
	regions, err := official.Regions()
	if err != nil {
		return web.Site{}, err
	}
	s := web.Site{Publisher: official.Publisher, Official: figures, Studies: studies}
	for _, r := range regions {
		s.Tiles = append(s.Tiles, web.Tile{Code: strconv.Itoa(r.Code), Name: r.ShortName, Column: r.Column, Row: r.Row})
	}
	return s, nil
}

// shownTerms are the effects that a page puts beside the truth; the rest stands
// in the report.
var shownTerms = []string{"simple", "event-overall", "group-overall", "group", "att", "ate"}

// Compare puts the estimates of a study beside its known effects.
func Compare(s Study, estimates []result.Estimate, unit string) []web.TruthRow {
	var rows []web.TruthRow
	for _, e := range estimates {
		value, known := s.True(e)
		if !known || !slices.Contains(shownTerms, e.Term) {
			continue
		}
		values := map[string]any{}
		if e.Group != nil {
			values["group"] = e.Group.String()
		}
		if kind, ok := e.Details["adjustment"].(string); ok && kind != "none" {
			values["adjusted"] = true
		}
		rows = append(rows, web.TruthRow{Name: both("demo.term."+e.Term, values), Estimate: e.Estimate, Lower: e.Lower, Upper: e.Upper, True: value, Unit: unit})
	}
	return rows
}
