package main

import (
	"html/template"

	"github.com/dampak/dampak/internal/demo"
	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/web"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/report/chart"
	"github.com/dampak/dampak/result"
)

// site fills the pages: official figures with their drawings, and the studies
// with their reports.
func site(studies []answered) (web.Site, error) {
	var pages []web.Study
	for _, a := range studies {
		page, err := studyPage(a)
		if err != nil {
			return web.Site{}, err
		}
		pages = append(pages, page)
	}
	s, err := demo.Site(pages)
	if err != nil {
		return web.Site{}, err
	}
	s.ReportCSS = report.CSS()
	s.Figures.Series = seriesDrawing(s)
	s.Figures.Map, err = mapDrawing(s)
	return s, err
}

// studyPage is one study with its report in both languages.
func studyPage(a answered) (web.Study, error) {
	p := a.input.Study.Plan
	page := web.Study{
		ID: a.ID, Title: both(p.Title), Question: both(p.Question), Official: a.Official, Source: a.Source,
		Answer: result.Text{ID: report.Answer(a.input, i18n.ID), EN: report.Answer(a.input, i18n.EN)},
		Body:   map[i18n.Lang]template.HTML{},
	}
	page.Grade, page.Verdict = grade(a.input.Result)
	for _, l := range i18n.Langs {
		body, err := report.Body(a.input, l)
		if err != nil {
			return web.Study{}, err
		}
		page.Body[l] = body
	}
	return page, nil
}

func both(w plan.Words) result.Text { return result.Text{ID: w.ID, EN: w.EN} }

// drawing draws a figure in both languages and both widths.
func drawing(draw func(l i18n.Lang, width int) string) web.Drawing {
	d := web.Drawing{Wide: map[i18n.Lang]template.HTML{}, Narrow: map[i18n.Lang]template.HTML{}}
	for _, l := range i18n.Langs {
		d.Wide[l] = template.HTML(draw(l, chart.Full))     //nolint:gosec // our own SVG, text escaped by chart
		d.Narrow[l] = template.HTML(draw(l, chart.Narrow)) //nolint:gosec // the same
	}
	return d
}

// The figure that the cooperation started from: March 2020.
const startYear = 2020

// seriesDrawing is the official series of the province with its mark.
func seriesDrawing(s web.Site) web.Drawing {
	return drawing(func(l i18n.Lang, width int) string {
		marked := -1
		var points []chart.Dated
		for i, p := range s.Series {
			d := chart.Dated{At: float64(p.Year), Value: p.PoorThousand}
			if p.March {
				d.Label = i18n.Format(l, p.Year, "year")
			} else {
				d.At += 0.5
			}
			if p.Year == startYear && p.March {
				marked = i
			}
			points = append(points, d)
		}
		note := ""
		if marked >= 0 {
			note = i18n.Text(l, "demo.figure.series.mark", map[string]any{"poor": s.Series[marked].PoorThousand, "p0": s.Series[marked].P0})
		}
		return chart.Series(l, width, i18n.Text(l, "demo.figure.series", nil), points, marked, note)
	})
}

// mapLimits are the shares of poor people, in percent, at which a tile gets a
// darker step.
var mapLimits = [4]float64{6, 9, 12, 15}

// mapDrawing is the tile map of the regions' official figures.
func mapDrawing(s web.Site) (web.Drawing, error) {
	regions, err := official.Regions()
	if err != nil {
		return web.Drawing{}, err
	}
	return drawing(func(l i18n.Lang, width int) string {
		var tiles []chart.Tile
		for _, r := range regions {
			value := r.P0[s.Year]
			tiles = append(tiles, chart.Tile{Column: r.Column, Row: r.Row, Name: r.ShortName, Value: value, Text: i18n.Number(l, value, 1)})
		}
		var legend [5]string
		for i := range legend {
			key, values := "demo.figure.map.between", map[string]any{}
			switch i {
			case 0:
				key, values["high"] = "demo.figure.map.below", mapLimits[0]
			case 4:
				key, values["low"] = "demo.figure.map.above", mapLimits[3]
			default:
				values["low"], values["high"] = mapLimits[i-1], mapLimits[i]
			}
			legend[i] = i18n.Text(l, key, values)
		}
		return chart.TileMap(width, i18n.Text(l, "demo.figure.map", map[string]any{"year": s.Year}), tiles, mapLimits, legend)
	}), nil
}
