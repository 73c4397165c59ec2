// Package chart draws the figures of reports and pages as SVG: the same drawing
// on screen and paper, without scripts, fonts or anything else from outside.
//
// Every figure is drawn for a width: Wide for a page, Narrow for a phone, with
// text of at least 12 px in both; nothing is shrunk. Colour means one thing
// (teal better, rust worse, grey not to be told from chance) and never carries
// meaning alone: shape, sign or hatching says the same in black and white. Only
// presentation attributes are used, so that a page may forbid inline styles.
package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

// Widths for which figures are drawn, in px: the width they have on the page,
// so that text keeps its size.
const (
	Wide   = 470 // one of two columns of a report
	Narrow = 284 // a phone
	Full   = 1040
)

// Colours of the pages' tokens.
const (
	ink    = "#17212b"
	muted  = "#5a6775"
	faint  = "#6b7785"
	grid   = "#e3e8ed"
	accent = "#0b6670"
	better = "#0b7a6f"
	worse  = "#b3521d"
	unsure = "#7b8793"
	mark   = "#9a6b00"
	paper  = "#ffffff"
	// caution is the colour of what asks for care, as in the list of checks.
	caution = "#c98a00"
)

// textSize is the size of all text, in px.
const textSize = 13

// canvas gathers the elements of one drawing.
type canvas struct {
	b             strings.Builder
	width, height float64
	grouped       bool // it holds links, so it is no single picture to those who listen
}

func newCanvas(width int, height float64) *canvas {
	return &canvas{width: float64(width), height: height}
}

// svg closes the drawing. The label is read aloud in its place.
func (c *canvas) svg(label string) string {
	role := "img"
	if c.grouped {
		role = "group"
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="%s" aria-label="%s" font-size="%d" fill="%s"><title>%s</title>%s</svg>`,
		num(c.width), num(c.height), num(c.width), num(c.height), role, html.EscapeString(label), textSize, ink, html.EscapeString(label), c.b.String())
}

func (c *canvas) line(x1, y1, x2, y2 float64, colour string, width float64, dash string) {
	fmt.Fprintf(&c.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"`, num(x1), num(y1), num(x2), num(y2), colour, num(width))
	if dash != "" {
		fmt.Fprintf(&c.b, ` stroke-dasharray="%s"`, dash)
	}
	c.b.WriteString("/>")
}

func (c *canvas) rect(x, y, w, h float64, fill string, extra ...string) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`, num(x), num(y), num(max(w, 0)), num(max(h, 0)), fill, attributes(extra))
}

func (c *canvas) circle(x, y, r float64, fill, stroke string) {
	fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%s" fill="%s" stroke="%s" stroke-width="1.6"/>`, num(x), num(y), num(r), fill, stroke)
}

// cross marks the known effect of an invented world. It is drawn under the
// estimate, and wide enough to be seen around it.
func (c *canvas) cross(x, y float64) {
	const r = 6
	c.line(x-r, y-r, x+r, y+r, mark, 2.2, "")
	c.line(x-r, y+r, x+r, y-r, mark, 2.2, "")
}

// path draws a line through points.
func (c *canvas) path(points [][2]float64, colour string, width float64, dash string) {
	if len(points) == 0 {
		return
	}
	var d strings.Builder
	for i, p := range points {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + num(p[0]) + " " + num(p[1]))
	}
	fmt.Fprintf(&c.b, `<path d="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round"`, d.String(), colour, num(width))
	if dash != "" {
		fmt.Fprintf(&c.b, ` stroke-dasharray="%s"`, dash)
	}
	c.b.WriteString("/>")
}

// area fills the strip between two lines over the same x.
func (c *canvas) area(upper, lower [][2]float64, fill string) {
	var d strings.Builder
	for i, p := range upper {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + num(p[0]) + " " + num(p[1]))
	}
	for i := len(lower) - 1; i >= 0; i-- {
		d.WriteString("L" + num(lower[i][0]) + " " + num(lower[i][1]))
	}
	fmt.Fprintf(&c.b, `<path d="%sZ" fill="%s" fill-opacity="0.16" stroke="none"/>`, d.String(), fill)
}

// Anchors of text.
const (
	start  = "start"
	middle = "middle"
	end    = "end"
)

func (c *canvas) text(x, y float64, s, anchor, colour string, extra ...string) {
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" text-anchor="%s" fill="%s"%s>%s</text>`, num(x), num(y), anchor, colour, attributes(extra), html.EscapeString(s))
}

func attributes(extra []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(extra); i += 2 {
		fmt.Fprintf(&b, ` %s="%s"`, extra[i], html.EscapeString(extra[i+1]))
	}
	return b.String()
}

// num writes a coordinate with at most one decimal.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}

// letter is the width of a letter in its size: that of the widest font that
// pages fall back on (figures of DejaVu Sans have 0.64, its letters less).
const letter = 0.62

// textWidth is about how wide a text is; fonts differ, so it errs high.
func textWidth(s string) float64 { return float64(len([]rune(s))) * textSize * letter }

// fit shortens a text to a width.
func fit(s string, width float64) string {
	r := []rune(s)
	if textWidth(s) <= width {
		return s
	}
	n := max(int(width/(textSize*letter))-1, 1)
	return string(r[:min(n, len(r))]) + "…"
}

// broken breaks a text into lines of a width, between words.
func broken(s string, width float64) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && textWidth(lines[n-1]+" "+word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// scale maps values to px.
type scale struct{ lo, hi, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.hi == s.lo {
		return (s.from + s.to) / 2
	}
	return s.from + (v-s.lo)/(s.hi-s.lo)*(s.to-s.from)
}

// nice widens a range to round ticks and gives them, about n of them.
func nice(lo, hi float64, n int) (ticks []float64, step float64) {
	if !(hi > lo) {
		pad := math.Max(math.Abs(lo)*0.1, 1)
		lo, hi = lo-pad, hi+pad
	}
	raw := (hi - lo) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step = power
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if step = m * power; step >= raw {
			break
		}
	}
	for i := math.Floor(lo / step); i <= math.Ceil(hi/step); i++ {
		ticks = append(ticks, i*step)
	}
	return ticks, step
}

// decimals are what a tick of a step needs.
func decimals(step float64) int {
	d := 0
	for d < 6 && math.Abs(step-math.Round(step*math.Pow(10, float64(d)))/math.Pow(10, float64(d))) > step*1e-6 {
		d++
	}
	return d
}

// axisY draws horizontal lines with their values and gives the scale; the left
// margin is as wide as the values need.
func (c *canvas) axisY(lang i18n.Lang, values []float64, top, bottom float64, right float64) (scale, float64) {
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	ticks, step := nice(lo, hi, 5)
	left := 0.0
	for _, t := range ticks {
		left = math.Max(left, textWidth(i18n.Number(lang, t, decimals(step))))
	}
	left += 10
	s := scale{lo: ticks[0], hi: ticks[len(ticks)-1], from: bottom, to: top}
	for _, t := range ticks {
		y := s.at(t)
		colour := grid
		if math.Abs(t) < step*1e-9 {
			colour = faint
		}
		c.line(left, y, c.width-right, y, colour, 1, "")
		c.text(left-6, y+4, i18n.Number(lang, t, decimals(step)), end, faint)
	}
	return s, left
}

// every is the step at which labels of a width fit side by side.
func every(n int, width, label float64) int {
	if n == 0 {
		return 1
	}
	return max(1, int(math.Ceil(label*1.25/(width/float64(n)))))
}
