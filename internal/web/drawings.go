package web

import (
	"html/template"
	"math"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/report/chart"
)

// figure is the one frame of figures: a title that states the finding, the drawing,
// its source, and the way to the same as a table.
type figure struct {
	ID      string // by which the drawing can be had as a file
	Title   string
	Sub     string
	Drawing drawing
	Source  string
	Table   string // id of the block with the table; "" = it is right below
	SVG     string // address of the drawing as a file; "" = it cannot be had
}

// drawing is inline SVG: for a page, and for a phone.
type drawing struct{ Wide, Narrow template.HTML }

// draw draws for both widths.
func draw(of func(width int) string) drawing {
	return drawing{template.HTML(of(chart.Full)), template.HTML(of(chart.Narrow))} //nolint:gosec // our own SVG, text escaped by chart
}

// file is a drawing by itself: beside a page it has the page's font.
func (d drawing) file() string {
	return strings.Replace(string(d.Wide), "<svg ", `<svg font-family="'Source Sans 3','Noto Sans','Segoe UI',sans-serif" `, 1)
}

// seriesDrawing draws one official series with the start of the cooperation marked.
func seriesDrawing(l i18n.Lang, series []registry.Figure, label, note string) drawing {
	marked := -1
	points := make([]chart.Dated, len(series))
	for i, f := range series {
		points[i] = dated(f)
		if f.Period == startPeriod {
			marked = i
		}
	}
	return draw(func(width int) string { return chart.Series(l, width, label, points, marked, note) })
}

// dated is a figure on an axis of time, which is labelled once a year.
func dated(f registry.Figure) chart.Dated {
	d := chart.Dated{At: timeOf(f.Period), Value: *f.Value}
	if len(f.Period) == 4 || strings.HasSuffix(f.Period, "-03") {
		d.Label = f.Period[:4]
	}
	return d
}

// rateLimits are the shares of poor people, in percent, at which a tile gets a
// darker step.
var rateLimits = [4]float64{6, 9, 12, 15}

// tiled is what a tile says of its region.
type tiled struct {
	value float64 // NaN: nothing is known
	text  string
	says  string // to those who listen, where the tile leads to the region
}

// tileMap draws the regions as tiles, each with what of says of it. With link the
// tiles lead to their region, at its address in the reader's language.
func (p *Pages) tileMap(l i18n.Lang, label string, limits [4]float64, legend [5]string, link string, of func(code string) tiled) drawing {
	site := p.site.Load()
	if site == nil {
		return drawing{}
	}
	tiles := make([]chart.Tile, len(site.Tiles))
	for i, t := range site.Tiles {
		x := of(t.Code)
		tiles[i] = chart.Tile{Column: t.Column, Row: t.Row, Name: t.Name, Code: t.Code, Value: x.value, Text: x.text}
		if link != "" {
			tiles[i].Link, tiles[i].Says = "/"+string(l)+link+t.Code, x.says
		}
	}
	return draw(func(width int) string { return chart.TileMap(width, label, tiles, limits, legend) })
}

// between names the five steps of a scale whose numbers have a unit.
func between(l i18n.Lang, limits [4]float64) (legend [5]string) {
	for i := range legend {
		switch i {
		case 0:
			legend[i] = say(l, "web.map.below", "high", limits[0])
		case 4:
			legend[i] = say(l, "web.map.above", "low", limits[3])
		default:
			legend[i] = say(l, "web.map.between", "low", limits[i-1], "high", limits[i])
		}
	}
	return legend
}

// rateMap draws the poverty rates of a period.
func (p *Pages) rateMap(l i18n.Lang, f released, period, link string) drawing {
	return p.tileMap(l, say(l, "web.map.label", "period", periodWords(l, period)), rateLimits, between(l, rateLimits), link, func(code string) tiled {
		x := f.at("p0", code, period)
		if x == nil {
			return tiled{math.NaN(), "–", registry.RegionName(code)}
		}
		return tiled{*x.Value, i18n.Number(l, *x.Value, 1), say(l, "web.map.says", "region", registry.RegionName(code), "rate", *x.Value)}
	})
}

// chartTrack is a series with the name of its region.
type chartTrack struct {
	name   string
	series []registry.Figure
}

// tracksDrawing draws series beside each other, the first in the foreground, with the
// start of the cooperation marked and the breaks of the first.
func tracksDrawing(l i18n.Lang, all []chartTrack, label, note string) drawing {
	var tracks []chart.Track
	var marked *float64
	for _, t := range all {
		x := chart.Track{Name: t.name}
		for _, f := range t.series {
			x.Points = append(x.Points, dated(f))
		}
		tracks = append(tracks, x)
	}
	if note != "" {
		at := timeOf(startPeriod)
		marked = &at
	}
	var at []float64
	for _, f := range breaks(all[0].series) {
		at = append(at, timeOf(f.Period))
	}
	return draw(func(width int) string { return chart.Tracks(l, width, label, tracks, marked, note, at) })
}
