package web

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strings"

	"github.com/dampak/dampak/internal/handbook"
	"github.com/dampak/dampak/internal/i18n"
)

// methods lists the methods, the rule of the verdict, and what calibration says.
func (p *Pages) methods(w http.ResponseWriter, r *http.Request, _ *Site) {
	l := languageOf(r)
	p.render(w, r, http.StatusOK, "methods", view{Title: "methods.list.title", Section: "methods", Data: map[string]any{
		"groups": handbook.Groups(l), "grades": handbook.Verdict(l), "teaser": handbook.Teaser(l),
	}})
}

// method is the page of one method.
func (p *Pages) method(w http.ResponseWriter, r *http.Request, s *Site) {
	page, ok := handbook.Method(languageOf(r), r.PathValue("name"))
	if !ok {
		p.notFound(w, r, s)
		return
	}
	p.handbook(w, r, page, nil)
}

// calibration is the page that says how far intervals can be trusted.
func (p *Pages) calibration(w http.ResponseWriter, r *http.Request, _ *Site) {
	p.handbook(w, r, handbook.Calibration(languageOf(r)), map[string]any{"file": "/metode/kalibrasi.csv"})
}

func (p *Pages) handbook(w http.ResponseWriter, r *http.Request, page handbook.Page, more map[string]any) {
	data := map[string]any{"page": page, "file": ""}
	for k, v := range more {
		data[k] = v
	}
	p.render(w, r, http.StatusOK, "method", view{Words: page.Title, Section: "methods", Data: data})
}

// rules is the page that prints every rule, line by line.
func (p *Pages) rules(w http.ResponseWriter, r *http.Request, _ *Site) {
	p.handbook(w, r, handbook.Rules(languageOf(r)), nil)
}

// calibrationFile is the table as it was written.
func (p *Pages) calibrationFile(w http.ResponseWriter, _ *http.Request, _ *Site) {
	w.Header().Del("Vary")
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="kalibrasi.csv"`)
	_, _ = w.Write(handbook.CalibrationCSV()) // a reader who has gone needs no answer
}

// allRules leads from where a rule was applied to the page that prints them all.
func (c *call) allRules(section string) []action {
	return []action{{Text: c.words("methods.rules.link"), Link: c.link("/metode/" + handbook.RulesName + "#" + section), Plain: true}}
}

// inline writes a text of the handbook: words between backticks are code, lines
// stay apart.
func inline(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		part = strings.ReplaceAll(template.HTMLEscapeString(part), "\n", "<br>")
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) //nolint:gosec // every part is escaped above
}

// Size of a strip, in the units of its viewBox.
const (
	stripWidth, stripHeight = 120.0, 18.0
	stripEdge               = 9.0 // room for a shape at either end
)

// strip draws a share on its scale: the range allowed in grey, the share as the
// shape of its promise, and a small arrow where it lies off the scale. The
// number stands beside it in words.
func strip(m *handbook.Mark) template.HTML {
	if m == nil {
		return ""
	}
	at := func(x float64) float64 {
		share := (x - m.From) / (m.To - m.From)
		return stripEdge + math.Min(math.Max(share, 0), 1)*(stripWidth-2*stripEdge)
	}
	x, y := at(m.Value), stripHeight/2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="strip %s" viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true">`, m.Kind, stripWidth, stripHeight, stripWidth, stripHeight)
	fmt.Fprintf(&b, `<rect class="allowed" x="%.1f" y="2" width="%.1f" height="%g"/><line x1="%g" y1="%g" x2="%g" y2="%g"/>`,
		at(m.Low), at(m.High)-at(m.Low), stripHeight-4, stripEdge, y, stripWidth-stripEdge, y)
	switch {
	case m.Value < m.From:
		fmt.Fprintf(&b, `<path class="edge" d="M%.1f %g l5 -4 v8 z"/>`, x-8, y)
		x += 3
	case m.Value > m.To:
		fmt.Fprintf(&b, `<path class="edge" d="M%.1f %g l-5 -4 v8 z"/>`, x+8, y)
		x -= 3
	}
	switch m.Kind {
	case "conservative":
		fmt.Fprintf(&b, `<path class="point" d="M%.1f %g l5 5 l-5 5 l-5 -5 z"/>`, x, y-5)
	case "fails":
		fmt.Fprintf(&b, `<path class="cross" d="M%.1f %g l8 8 m0 -8 l-8 8"/>`, x-4, y-4)
	default:
		fmt.Fprintf(&b, `<circle class="point" cx="%.1f" cy="%g" r="4"/>`, x, y)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers and a promise of the registry
}

// pageLink is the address of a page of the handbook.
func pageLink(l i18n.Lang, name string) string { return "/" + string(l) + "/metode/" + name }
