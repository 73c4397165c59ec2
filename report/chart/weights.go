package chart

import (
	"math"

	"github.com/dampak/dampak/internal/i18n"
)

// Mark is one estimate by its weight in a total.
type Mark struct {
	Weight, Value float64
	Kind          int // of its shape: see Kind
}

// Kind names a shape in the legend: 0 a filled circle, 1 a hollow one, 2 a
// square that asks for caution, 3 a diamond that does.
type Kind struct {
	Mark  int
	Words string
}

// Weights draws the estimates that a total is made of by their weight, one shape
// for each kind, and the total as a broken line; the known effect of an invented
// world, where truth is not nil, as a dotted one with a cross at its end.
func Weights(lang i18n.Lang, width int, label, axis string, marks []Mark, kinds []Kind, total float64, truth *float64) string {
	const top, right, line, indent = 14.0, 26.0, 19.0, 20.0
	words, lines := make([][]string, len(kinds)), 0
	for i, k := range kinds {
		words[i] = broken(k.Words, float64(width)-indent)
		lines += len(words[i])
	}
	c := newCanvas(width, 268+line*float64(lines))
	bottom := 214.0
	values := []float64{0, total}
	if truth != nil {
		values = append(values, *truth)
	}
	most := 0.0
	for _, m := range marks {
		values = append(values, m.Value)
		most = math.Max(most, m.Weight)
	}
	y, left := c.axisY(lang, values, top, bottom, right)
	ticks, step := nice(0, math.Max(most, 1e-9), max(2, int((c.width-left)/90)))
	x := scale{lo: 0, hi: ticks[len(ticks)-1], from: left + 8, to: c.width - right}
	for _, t := range ticks {
		c.text(x.at(t), bottom+18, i18n.Number(lang, t*100, decimals(step*100))+"\u00a0%", middle, muted)
	}
	c.line(left, y.at(total), c.width-right, y.at(total), ink, 1.6, "6 4")
	if truth != nil {
		c.line(left, y.at(*truth), c.width-right, y.at(*truth), mark, 1.6, "2 3")
		c.cross(c.width-right, y.at(*truth))
	}
	for _, m := range marks {
		c.shape(m.Kind, x.at(m.Weight), y.at(m.Value))
	}
	c.text((left+c.width-right)/2, bottom+40, fit(axis, c.width-10), middle, muted)
	at := bottom + 62
	for i, k := range kinds {
		c.shape(k.Mark, 8, at-4)
		for _, words := range words[i] {
			c.text(indent, at, words, start, ink)
			at += line
		}
	}
	return c.svg(label)
}

// shape draws one of four marks that can be told apart without colour.
func (c *canvas) shape(kind int, x, y float64) {
	switch kind {
	case 0:
		c.circle(x, y, 4.4, ink, ink)
	case 1:
		c.circle(x, y, 4.4, paper, ink)
	case 2:
		c.rect(x-4.2, y-4.2, 8.4, 8.4, caution, "stroke", paper)
	default:
		c.b.WriteString(`<path d="M` + num(x) + " " + num(y-6) + "L" + num(x+6) + " " + num(y) + "L" + num(x) + " " + num(y+6) + "L" + num(x-6) + " " + num(y) + `Z" fill="` + caution + `"/>`)
	}
}
