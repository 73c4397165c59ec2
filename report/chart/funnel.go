package chart

import "math"

// Stage is one step of the way from what was set aside to what was used.
type Stage struct {
	Name  string   // "diterima"
	Sense string   // what is counted here: "berhasil salur"
	Value *float64 // nil: not reported
	Text  string   // the value as written, or that it is not reported
	Share string   // what part of the step before it that is; "": it cannot be said
}

// Funnel draws steps one below the other as bars to one scale. What a step has less
// than the one before it that is known stands beside it as a broken outline, so
// that the loss is seen without colour; a step that is not reported is an empty
// frame across the whole width, never a bar of no length.
func Funnel(width int, label string, stages []Stage) string {
	const bar, gap = 18.0, 12.0
	words := 20.0 // one line of words above each bar
	if width < Wide {
		words = 38 // two: the step, and its number below it
		for _, s := range stages {
			if !beside(s, float64(width)) {
				words = 56 // three: what is counted stands between them
			}
		}
	}
	step := words + bar + gap
	c := newCanvas(width, step*float64(len(stages)))
	most := 0.0
	for _, s := range stages {
		if s.Value != nil {
			most = math.Max(most, *s.Value)
		}
	}
	x := scale{lo: 0, hi: math.Max(most, 1e-12), from: 1, to: c.width - 1}
	before := math.NaN()
	for i, s := range stages {
		y := step * float64(i)
		says := s.Text
		if s.Share != "" {
			says += " · " + s.Share
		}
		if width < Wide {
			c.stageName(s, y+14, c.width)
			if words > 38 {
				if !beside(s, c.width) {
					c.text(bearing, y+32, fit(s.Sense, c.width), start, muted)
				}
				y += 18
			}
			c.text(bearing, y+32, fit(says, c.width), start, muted)
		} else {
			c.stageName(s, y+14, c.width-textWidth(says)-24)
			c.text(c.width-1, y+14, says, end, muted)
		}
		top := step*float64(i) + words
		if s.Value == nil {
			c.rect(x.from, top, x.to-x.from, bar, paper, "stroke", unsure, "stroke-width", "1.2", "stroke-dasharray", "2 4")
			continue
		}
		at := x.at(*s.Value)
		if before > *s.Value {
			c.rect(at, top+1, x.at(before)-at, bar-2, paper, "stroke", muted, "stroke-width", "1", "stroke-dasharray", "4 3")
		}
		c.rect(x.from, top, math.Max(at-x.from, 1.5), bar, accent)
		before = *s.Value
	}
	return c.svg(label)
}

// beside tells whether what a step counts has room beside its name.
func beside(s Stage, width float64) bool {
	return s.Sense == "" || sense(s)+textWidth(s.Sense) <= width
}

// sense is where what a step counts begins: its name is bold.
func sense(s Stage) float64 { return bearing + textWidth(s.Name)*1.04 + 10 }

// stageName writes what a step is and, as far as there is room, what it counts.
func (c *canvas) stageName(s Stage, y, width float64) {
	c.text(bearing, y, fit(s.Name, width), start, ink, "font-weight", "600")
	if s.Sense != "" && beside(s, width) {
		c.text(sense(s), y, s.Sense, start, muted)
	}
}
