package chart

import (
	"math"

	"github.com/dampak/dampak/internal/i18n"
)

// Mark is one estimate by its weight in a total.
type Mark struct {
	Weight, Value float64
	Kind          int // index of Kinds: circle, square, hollow circle, diamond
}

// Weights draws the estimates that a total is made of by their weight, one shape
// for each kind, and the total as a broken line. Kinds are the words of the
// legend.
func Weights(lang i18n.Lang, width int, label, axis string, marks []Mark, kinds []string, total float64) string {
	const top, right, line = 14.0, 26.0, 19.0
	height := 268 + line*float64(len(kinds))
	c := newCanvas(width, height)
	bottom := 214.0
	values := []float64{0, total}
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
	c.line(left, y.at(total), c.width-right, y.at(total), mark, 1.6, "6 4")
	for _, m := range marks {
		c.shape(m.Kind, x.at(m.Weight), y.at(m.Value))
	}
	c.text((left+c.width-right)/2, bottom+40, fit(axis, c.width-10), middle, muted)
	for i, k := range kinds {
		at := bottom + 62 + line*float64(i)
		c.shape(i, 8, at-4)
		c.text(20, at, fit(k, c.width-24), start, ink)
	}
	return c.svg(label)
}

// shape draws one of four marks that can be told apart without colour.
func (c *canvas) shape(kind int, x, y float64) {
	switch kind {
	case 0:
		c.circle(x, y, 4.4, better, better)
	case 1:
		c.rect(x-4.2, y-4.2, 8.4, 8.4, worse)
	case 2:
		c.circle(x, y, 4.4, paper, ink)
	default:
		c.b.WriteString(`<path d="M` + num(x) + " " + num(y-6) + "L" + num(x+6) + " " + num(y) + "L" + num(x) + " " + num(y+6) + "L" + num(x-6) + " " + num(y) + `Z" fill="` + unsure + `"/>`)
	}
}
