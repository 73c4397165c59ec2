package chart

import (
	"math"

	"github.com/dampak/dampak/internal/i18n"
)

// Track is one of several series over the same time.
type Track struct {
	Name   string
	Points []Dated // in order of time; their labels are those of the axis
}

// Tracks draws official series beside each other, the first in the foreground, with
// one time marked and named. Breaks are times at which figures are not to be
// compared with those before them: lines stop there, and two strokes stand on the
// axis.
func Tracks(lang i18n.Lang, width int, label string, tracks []Track, marked *float64, note string, breaks []float64) string {
	const right, gap = 14.0, 20.0
	top := 12 + gap*float64(len(tracks))
	if marked != nil {
		top += 22
		if textWidth(note) > float64(width)-20 {
			top += 16
		}
	}
	bottom := top + 190
	c := newCanvas(width, bottom+30)
	var values []float64
	first, last := math.Inf(1), math.Inf(-1)
	labels := map[float64]string{}
	for _, t := range tracks {
		for _, p := range t.Points {
			values = append(values, p.Value)
			first, last = math.Min(first, p.At), math.Max(last, p.At)
			if p.Label != "" {
				labels[p.At] = p.Label
			}
		}
	}
	if len(values) == 0 {
		return c.svg(label)
	}
	y, left := c.axisY(lang, append(values, 0), top, bottom, right)
	x := scale{lo: first, hi: last, from: left + 12, to: c.width - right - 12}
	c.years(labels, x, bottom)
	for _, b := range breaks {
		if px := x.at(b); b > first && b <= last {
			c.line(px-5, bottom+5, px-1, bottom-5, ink, 1.6, "")
			c.line(px-1, bottom+5, px+3, bottom-5, ink, 1.6, "")
		}
	}
	if marked != nil && *marked >= first && *marked <= last {
		px := x.at(*marked)
		c.line(px, top, px, bottom, mark, 1.2, "4 4")
		c.note(note, px, top-8)
	}
	for i := len(tracks) - 1; i >= 0; i-- {
		c.track(tracks[i], i, x, y, breaks)
	}
	return c.svg(label)
}

// years writes the labels of the axis, the last of them first, as far as they fit.
func (c *canvas) years(labels map[float64]string, x scale, bottom float64) {
	free := math.Inf(1)
	for at := math.Ceil(x.hi*2) / 2; at >= x.lo; at -= 0.5 {
		s, ok := labels[at]
		half := textWidth(s) / 2
		px := math.Min(x.at(at), c.width-half)
		if !ok || px+half > free {
			continue
		}
		c.text(px, bottom+20, s, middle, muted)
		free = px - half - 8
	}
}

// track draws one series with its entry in the legend above.
func (c *canvas) track(t Track, i int, x, y scale, breaks []float64) {
	colour, w, dash := accent, 2.6, ""
	if i > 0 {
		colour, w, dash = muted, 2, dashes[i%len(dashes)]
	}
	var run [][2]float64
	before := math.Inf(-1)
	for _, p := range t.Points {
		for _, b := range breaks {
			if before < b && b <= p.At {
				c.path(run, colour, w, dash)
				run = nil
			}
		}
		run, before = append(run, [2]float64{x.at(p.At), y.at(p.Value)}), p.At
		if i == 0 {
			c.circle(x.at(p.At), y.at(p.Value), 2.6, colour, colour)
		}
	}
	c.path(run, colour, w, dash)
	ly := 14 + 20*float64(i)
	c.line(bearing, ly-4, 28, ly-4, colour, w, dash)
	c.text(34, ly, fit(t.Name, c.width-40), start, ink)
}
