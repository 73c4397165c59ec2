package chart

import (
	"math"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

// Point is one estimate of an event study. Nil pointers are not drawn.
type Point struct {
	At           int64 // time since first treatment
	Value        float64
	Lower, Upper *float64 // pointwise interval
	BandLower    *float64 // simultaneous band
	BandUpper    *float64
	Truth        *float64 // the known effect of an invented world: a cross
}

// EventStudy draws effects by time since first treatment: before it as hollow
// circles, after it as filled ones, each with its interval, over the band that
// holds for all at once.
func EventStudy(lang i18n.Lang, width int, label string, axis string, points []Point) string {
	c := newCanvas(width, 300)
	const top, bottom, right = 14.0, 246.0, 12.0
	values := []float64{0}
	for _, p := range points {
		values = append(values, p.Value)
		for _, v := range []*float64{p.Lower, p.Upper, p.BandLower, p.BandUpper, p.Truth} {
			if v != nil {
				values = append(values, *v)
			}
		}
	}
	y, left := c.axisY(lang, values, top, bottom, right)
	if len(points) == 0 {
		return c.svg(label)
	}
	first, last := float64(points[0].At), float64(points[len(points)-1].At)
	x := scale{lo: first - 0.6, hi: last + 0.6, from: left, to: c.width - right}
	start := x.at(-0.5)
	if first < 0 && last >= 0 {
		c.line(start, top, start, bottom, mark, 1.4, "5 4")
	}
	c.bands(points, x, y)
	step := every(len(points), x.to-x.from, textWidth("-10"))
	for _, p := range points {
		px := x.at(float64(p.At))
		if p.Truth != nil {
			c.cross(px, y.at(*p.Truth))
		}
		if p.Lower != nil && p.Upper != nil {
			c.line(px, y.at(*p.Lower), px, y.at(*p.Upper), ink, 2, "")
		}
		fill := ink
		if p.At < 0 {
			fill = paper
		}
		c.circle(px, y.at(p.Value), 4.2, fill, ink)
		if int(p.At)%step == 0 {
			c.text(px, bottom+18, i18n.Number(lang, float64(p.At), 0), middle, muted)
		}
	}
	c.text((x.from+x.to)/2, bottom+40, fit(axis, c.width-20), middle, muted)
	return c.svg(label)
}

// bands draws the simultaneous band, before and after treatment apart.
func (c *canvas) bands(points []Point, x, y scale) {
	for _, after := range []bool{false, true} {
		var upper, lower [][2]float64
		for _, p := range points {
			if (p.At >= 0) == after && p.BandLower != nil && p.BandUpper != nil {
				px := x.at(float64(p.At))
				upper = append(upper, [2]float64{px, y.at(*p.BandUpper)})
				lower = append(lower, [2]float64{px, y.at(*p.BandLower)})
			}
		}
		if len(upper) == 1 {
			for _, l := range []*[][2]float64{&upper, &lower} {
				p := (*l)[0]
				*l = [][2]float64{{p[0] - 8, p[1]}, {p[0] + 8, p[1]}}
			}
		}
		if len(upper) > 0 {
			c.area(upper, lower, accent)
		}
	}
}

// Line is one path over time.
type Line struct {
	Name   string
	Values []float64 // one a time; NaN is a gap
	Dashed bool
}

// Paths draws lines over the same times, the first in the foreground, with a
// mark between the last time before treatment and the first after it, and below
// them the weights of the times where there are any.
func Paths(lang i18n.Lang, width int, label string, times []int64, lines []Line, firstTreated *int64, weights map[int64]float64) string {
	const right = 12.0
	top := 14.0 + 20*float64(len(lines))
	bottom := top + 200
	height := bottom + 30
	if len(weights) > 0 {
		height += 72
	}
	c := newCanvas(width, height)
	var values []float64
	for _, l := range lines {
		for _, v := range l.Values {
			if !math.IsNaN(v) {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 || len(times) == 0 {
		return c.svg(label)
	}
	y, left := c.axisY(lang, values, top, bottom, right)
	x := scale{lo: float64(times[0]), hi: float64(times[len(times)-1]), from: left + 12, to: c.width - right - 12}
	if firstTreated != nil {
		at := x.at(float64(*firstTreated) - 0.5)
		c.line(at, top, at, bottom, mark, 1.4, "5 4")
	}
	step := every(len(times), x.to-x.from, textWidth("2020"))
	for i, t := range times {
		if (len(times)-1-i)%step == 0 {
			c.text(x.at(float64(t)), bottom+18, strconv.FormatInt(t, 10), middle, muted)
		}
	}
	for i := len(lines) - 1; i >= 0; i-- {
		c.drawLine(lines[i], i, times, x, y, left)
	}
	if len(weights) > 0 {
		c.timeWeights(lang, times, weights, x, bottom+50)
	}
	return c.svg(label)
}

// dashes tell the lines behind the first apart, in black and white too.
var dashes = []string{"", "2 3", "10 4", "10 4 2 4"}

// drawLine draws one path with its entry in the legend above the figure.
func (c *canvas) drawLine(l Line, i int, times []int64, x, y scale, left float64) {
	colour, w, dash := accent, 2.6, ""
	if i > 0 {
		colour, w, dash = muted, 2, dashes[i%len(dashes)]
	}
	if l.Dashed {
		dash = "6 4"
	}
	var run [][2]float64
	for k, v := range l.Values {
		if math.IsNaN(v) {
			c.path(run, colour, w, dash)
			run = nil
			continue
		}
		run = append(run, [2]float64{x.at(float64(times[k])), y.at(v)})
	}
	c.path(run, colour, w, dash)
	if dash == "" {
		for _, p := range run {
			c.circle(p[0], p[1], 2.6, colour, colour)
		}
	}
	ly := 16 + 20*float64(i)
	c.line(left, ly-4, left+26, ly-4, colour, w, dash)
	c.text(left+32, ly, fit(l.Name, c.width-left-40), start, ink)
}

// timeWeights draws a bar for each time with weight.
func (c *canvas) timeWeights(lang i18n.Lang, times []int64, weights map[int64]float64, x scale, top float64) {
	const height = 44.0
	w := math.Min(22, (x.to-x.from)/float64(len(times))*0.7)
	for _, t := range times {
		v := weights[t]
		if v < 0.005 {
			continue
		}
		h := v * height
		px := x.at(float64(t))
		c.rect(px-w/2, top+height-h, w, h, mark, "fill-opacity", "0.75")
		c.text(px, top+height-h-4, i18n.Number(lang, v*100, 0)+" %", middle, muted)
	}
	c.line(x.from, top+height, x.to, top+height, grid, 1, "")
}

// Dated is one value of a series. Half counts half years: 2020 is March 2020,
// 2020.5 September.
type Dated struct {
	At    float64
	Label string // of the axis; "" is not written
	Value float64
}

// Series draws one official series with one of its points marked and named.
func Series(lang i18n.Lang, width int, label string, points []Dated, marked int, note string) string {
	c := newCanvas(width, 280)
	const top, bottom, right = 44.0, 238.0, 14.0
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	if len(points) == 0 {
		return c.svg(label)
	}
	y, left := c.axisY(lang, values, top, bottom, right)
	x := scale{lo: points[0].At, hi: points[len(points)-1].At, from: left + 8, to: c.width - right - 8}
	labelled := 0
	for _, p := range points {
		if p.Label != "" {
			labelled++
		}
	}
	step := every(labelled, x.to-x.from, textWidth("2020"))
	line := make([][2]float64, len(points))
	for i, p := range points {
		line[i] = [2]float64{x.at(p.At), y.at(p.Value)}
		if p.Label == "" {
			continue
		}
		if labelled--; labelled%step == 0 {
			c.text(line[i][0], bottom+20, p.Label, middle, muted)
		}
	}
	c.path(line, accent, 2.6, "")
	for i, p := range line {
		if i != marked {
			c.circle(p[0], p[1], 2.4, accent, accent)
		}
	}
	if marked >= 0 && marked < len(points) {
		p := line[marked]
		c.line(p[0], top, p[0], bottom, mark, 1.2, "4 4")
		c.circle(p[0], p[1], 5.4, paper, mark)
		c.note(note, p[0], top-12)
	}
	return c.svg(label)
}

// note writes the name of a marked point above it, inside the drawing; what is
// too long for one line breaks at its colon.
func (c *canvas) note(s string, x, y float64) {
	parts := []string{s}
	if before, after, ok := strings.Cut(s, ": "); ok && textWidth(s) > c.width-20 {
		parts = []string{before + ":", after}
	}
	for i, part := range parts {
		half := textWidth(part) / 2
		at := math.Min(math.Max(x, half), c.width-half)
		c.text(at, y-16*float64(len(parts)-1-i), part, middle, mark, "font-weight", "600")
	}
}
