package chart

import (
	"html"
	"math"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

// Row is one line of a forest or balance figure.
type Row struct {
	Name         string
	Value        *float64
	Lower, Upper *float64
	Text         string   // the numbers, written at the right
	Strong       bool     // a total: drawn as a diamond
	Raw          *float64 // an estimate before it was drawn to the mean: a small stroke
	Truth        *float64 // the known effect of an invented world: a cross
}

// Heights of a row: on a phone the name stands above its line.
const (
	rowHeight  = 26.0
	tallHeight = 44.0
)

// bearing is how far from the edge a text starts: some letters, as J, reach to
// the left of their place.
const bearing = 2

// row gives the height of rows and how far below their middle the line lies.
func row(width int) (height, below float64) {
	if width < Wide {
		return tallHeight, 10
	}
	return rowHeight, 0
}

// rowName writes the name of a row beside its line, or above it on a phone.
func (c *canvas) rowName(s string, y, width, below float64) {
	if below > 0 {
		s = fit(s, c.width)
		c.rect(0, y-25, textWidth(s), 15, paper) // no line runs through a name
		c.text(bearing, y-14, s, start, ink)
		return
	}
	c.text(bearing, y+4, fit(s, width), start, ink)
}

// Forest draws estimates with their intervals one below the other around zero.
// Direction is 1 where more is better, -1 where less is, 0 where it is not said.
func Forest(lang i18n.Lang, width int, label, axis string, rows []Row, direction int) string {
	tall, below := row(width)
	height := tall*float64(len(rows)) + 66
	c := newCanvas(width, height)
	values := []float64{0}
	names, texts := 0.0, 0.0
	for _, r := range rows {
		names = math.Max(names, textWidth(r.Name))
		texts = math.Max(texts, textWidth(r.Text))
		for _, v := range []*float64{r.Value, r.Lower, r.Upper, r.Raw, r.Truth} {
			if v != nil {
				values = append(values, *v)
			}
		}
	}
	names = math.Min(names, c.width*0.42)
	if below > 0 {
		names = 0
	}
	if texts > c.width*0.3 {
		texts = 0 // the table below the figure has the numbers
	}
	x, ticks, step := c.xScale(lang, values, names+14, c.width-texts-30)
	bottom := height - 48
	for _, t := range ticks {
		colour := grid
		if math.Abs(t) < step*1e-9 {
			colour = faint
		}
		c.line(x.at(t), 6, x.at(t), bottom, colour, 1, "")
		c.text(x.at(t), bottom+16, i18n.Number(lang, t, decimals(step)), middle, muted)
	}
	for i, r := range rows {
		y := 6 + tall*(float64(i)+0.5) + below
		c.rowName(r.Name, y, names, below)
		if r.Truth != nil {
			c.cross(x.at(*r.Truth), y)
		}
		if r.Raw != nil {
			c.line(x.at(*r.Raw), y-6, x.at(*r.Raw), y+6, faint, 2, "")
		}
		c.estimate(r, x, y, direction)
		if texts > 0 {
			c.text(c.width, y+4, r.Text, end, muted)
		}
	}
	c.text((x.from+x.to)/2, bottom+38, fit(axis, c.width-10), middle, muted)
	return c.svg(label)
}

// estimate draws a value with its interval: teal and filled where it is better
// for sure, rust and square where it is worse, grey and hollow where chance is
// not ruled out.
func (c *canvas) estimate(r Row, x scale, y float64, direction int) {
	colour, sure := unsure, false
	if r.Lower != nil && r.Upper != nil && (*r.Lower > 0 || *r.Upper < 0) {
		sure, colour = true, ink
		if up := *r.Lower > 0; direction != 0 {
			colour = worse
			if up == (direction > 0) {
				colour = better
			}
		}
	}
	if r.Lower != nil && r.Upper != nil {
		c.line(x.at(*r.Lower), y, x.at(*r.Upper), y, colour, 2.2, "")
	}
	if r.Value == nil {
		return
	}
	px := x.at(*r.Value)
	switch {
	case r.Strong:
		c.b.WriteString(`<path d="M` + num(px) + " " + num(y-6) + "L" + num(px+6) + " " + num(y) + "L" + num(px) + " " + num(y+6) + "L" + num(px-6) + " " + num(y) + `Z" fill="` + colour + `"/>`)
	case !sure:
		c.circle(px, y, 4.4, paper, colour)
	case colour == worse:
		c.rect(px-4.2, y-4.2, 8.4, 8.4, colour)
	default:
		c.circle(px, y, 4.4, colour, colour)
	}
}

// xScale is the scale of values from left to right with its ticks: so few that
// their labels stand apart, and moved in where the outermost would leave the
// drawing.
func (c *canvas) xScale(lang i18n.Lang, values []float64, from, to float64) (scale, []float64, float64) {
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	for n := max(2, int((to-from)/75)); ; n-- {
		ticks, step := nice(lo, hi, n)
		last := len(ticks) - 1
		label := func(tick float64) float64 { return textWidth(i18n.Number(lang, tick, decimals(step))) }
		left, right := math.Max(from, label(ticks[0])/2+1), math.Min(to, c.width-label(ticks[last])/2-1)
		widest := math.Max(label(ticks[0]), label(ticks[last]))
		if n <= 1 || (right-left)/float64(last) > widest+8 {
			return scale{lo: ticks[0], hi: ticks[last], from: left, to: right}, ticks, step
		}
	}
}

// Balance draws standardised differences between the groups before the
// programme, with the limits beyond which they need care.
func Balance(lang i18n.Lang, width int, label, axis string, rows []Row, limits []float64) string {
	tall, below := row(width)
	height := tall*float64(len(rows)) + 66
	c := newCanvas(width, height)
	values := []float64{0}
	names := 0.0
	for _, l := range limits {
		values = append(values, l*1.2, -l*1.2)
	}
	for _, r := range rows {
		names = math.Max(names, textWidth(r.Name))
		if r.Value != nil {
			values = append(values, *r.Value)
		}
	}
	names = math.Min(names, c.width*0.4)
	if below > 0 {
		names = 0
	}
	x, ticks, step := c.xScale(lang, values, names+14, c.width-30)
	bottom := height - 48
	for _, t := range ticks {
		c.line(x.at(t), 6, x.at(t), bottom, grid, 1, "")
		c.text(x.at(t), bottom+16, i18n.Number(lang, t, decimals(step)), middle, muted)
	}
	c.line(x.at(0), 6, x.at(0), bottom, faint, 1, "")
	for _, l := range limits {
		for _, sign := range []float64{-1, 1} {
			c.line(x.at(sign*l), 6, x.at(sign*l), bottom, mark, 1, "4 4")
		}
	}
	for i, r := range rows {
		y := 6 + tall*(float64(i)+0.5) + below
		c.rowName(r.Name, y, names, below)
		if r.Value != nil {
			c.line(x.at(0), y, x.at(*r.Value), y, unsure, 1.4, "")
			c.circle(x.at(*r.Value), y, 4.4, ink, ink)
		}
	}
	c.text((x.from+x.to)/2, bottom+38, fit(axis, c.width-10), middle, muted)
	return c.svg(label)
}

// Bar is one named length.
type Bar struct {
	Name string
	Size float64
	Text string
}

// Bars draws named lengths, longest first as given.
func Bars(width int, label string, bars []Bar) string {
	c := newCanvas(width, 22*float64(len(bars))+8)
	names, texts, most := 0.0, 0.0, 0.0
	for _, b := range bars {
		names = math.Max(names, textWidth(b.Name))
		texts = math.Max(texts, textWidth(b.Text))
		most = math.Max(most, b.Size)
	}
	names = math.Min(names, c.width*0.45)
	x := scale{lo: 0, hi: math.Max(most, 1e-12), from: names + 10, to: c.width - texts - 10}
	for i, b := range bars {
		y := 4 + 22*float64(i)
		c.text(bearing, y+14, fit(b.Name, names), start, ink)
		c.rect(x.from, y+3, x.at(b.Size)-x.from, 14, accent, "fill-opacity", "0.8")
		c.text(x.at(b.Size)+6, y+14, b.Text, start, muted)
	}
	return c.svg(label)
}

// Placebo is one effect computed where there was no treatment, or the treated
// unit's own.
type Placebo struct {
	Name    string
	Value   float64
	Treated bool
}

// Placebos draws all effects on one line, each a stroke, the treated unit's as
// a named diamond: how unusual is it among those that were not treated?
func Placebos(lang i18n.Lang, width int, label, axis string, placebos []Placebo) string {
	c := newCanvas(width, 132)
	values := []float64{0}
	for _, p := range placebos {
		values = append(values, p.Value)
	}
	x, ticks, step := c.xScale(lang, values, 24, c.width-24)
	const top, bottom = 40.0, 84.0
	for _, t := range ticks {
		c.line(x.at(t), top, x.at(t), bottom, grid, 1, "")
		c.text(x.at(t), bottom+16, i18n.Number(lang, t, decimals(step)), middle, muted)
	}
	for _, p := range placebos {
		if !p.Treated {
			c.line(x.at(p.Value), top+8, x.at(p.Value), bottom-8, unsure, 2, "")
		}
	}
	for _, p := range placebos {
		if p.Treated {
			px := x.at(p.Value)
			c.line(px, top-6, px, bottom, accent, 3, "")
			c.circle(px, top-8, 5, accent, accent)
			half := textWidth(p.Name) / 2
			at := math.Min(math.Max(px, half), c.width-half)
			c.text(at, top-20, p.Name, middle, accent, "font-weight", "600")
		}
	}
	c.text(c.width/2, bottom+38, fit(axis, c.width-10), middle, muted)
	return c.svg(label)
}

// Tile is one region of a tile map.
type Tile struct {
	Column, Row int // from 1
	Name        string
	Code        string
	Value       float64 // NaN: there is none
	Text        string  // the value as written
	Link        string  // where the region has its page; "" = none
	Says        string  // what the link says to those who listen
}

// levels are five steps of one hue, light to dark: never red or green, for a
// level is no judgement.
var levels = []string{"#eceef6", "#cfd4e8", "#a6b0d3", "#7480b5", "#434f8c"}

// TileMap draws regions as equal tiles placed like the province. Limits are the
// four upper bounds of the first four steps; legend names the five. A tile without a
// value is an empty frame with a broken edge.
func TileMap(width int, label string, tiles []Tile, limits [4]float64, legend [5]string) string {
	columns, rows := 1, 1
	for _, t := range tiles {
		columns, rows = max(columns, t.Column), max(rows, t.Row)
	}
	across := columns
	if width < Full/2 {
		across = phoneColumns // blocks from west to east, one below the other: names keep their size
	}
	size := (float64(width) - 2) / float64(across)
	tall := math.Max(size*0.8, 46)
	blocks := (columns + across - 1) / across
	block := float64(rows)*tall + 14
	legendTop := float64(blocks)*block + 2
	perLine := 5
	if width < Wide {
		perLine = 2
	}
	c := newCanvas(width, legendTop+24*math.Ceil(5/float64(perLine)))
	for _, t := range tiles {
		column, y := t.Column-1, float64(t.Row-1)*tall
		y += float64(column/across) * block
		column %= across
		level := step(t.Value, limits)
		if math.IsNaN(t.Value) {
			level = -1
		}
		if t.Link != "" {
			c.grouped = true
			c.b.WriteString(`<a href="` + html.EscapeString(t.Link) + `" aria-label="` + html.EscapeString(t.Says) + `">`)
		}
		c.tile(t, float64(column)*size, y, size, tall, level)
		if t.Link != "" {
			c.b.WriteString("</a>")
		}
	}
	each := float64(width) / float64(perLine)
	for i, name := range legend {
		x, y := float64(i%perLine)*each, legendTop+24*float64(i/perLine)
		c.rect(x+1, y, 16, 16, levels[i], "stroke", muted, "stroke-width", "0.6")
		c.text(x+22, y+13, name, start, muted)
	}
	return c.svg(label)
}

// step is the number of limits that a value exceeds.
func step(v float64, limits [4]float64) int {
	n := 0
	for _, l := range limits {
		if v > l {
			n++
		}
	}
	return n
}

func (c *canvas) tile(t Tile, x, y, w, h float64, level int) {
	if level < 0 {
		c.rect(x+2.5, y+2.5, w-5, h-5, paper, "rx", "4", "stroke", unsure, "stroke-width", "1.2", "stroke-dasharray", "2 4")
	} else {
		c.rect(x+1.5, y+1.5, w-3, h-3, levels[level], "rx", "4", "stroke", "#9aa5b1", "stroke-width", "0.6")
	}
	colour := ink
	if level >= 3 {
		colour = paper
	}
	words := wrap(t.Name, w-6)
	top := y + h/2 - float64(len(words)-1)*6.5 - 3
	for i, word := range words {
		c.text(x+w/2, top+13*float64(i), word, middle, colour, "font-size", "12")
	}
	c.text(x+w/2, top+13*float64(len(words))+2, t.Text, middle, colour, "font-size", "12", "font-weight", "600")
}

// phoneColumns is how many tiles stand side by side on a phone.
const phoneColumns = 4

// wrap breaks a name into lines that fit a width at 12 px, where small letters
// are about half as wide as high: at its space, else in its middle.
func wrap(name string, width float64) []string {
	if float64(len([]rune(name)))*12*0.52 <= width {
		return []string{name}
	}
	if before, after, ok := strings.Cut(name, " "); ok {
		return append([]string{before}, wrap(after, width)...)
	}
	r := []rune(name)
	half := (len(r) + 1) / 2
	return []string{string(r[:half]) + "-", string(r[half:])}
}
