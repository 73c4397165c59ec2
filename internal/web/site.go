package web

import (
	"html/template"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// Site is all that the pages show. The handler does not change it.
type Site struct {
	Publisher result.Text // of the official figures
	Series    []Point     // of the province, in order of time; at least one
	Regions   []Region    // in order of code
	Year      int         // of the regions' figures (March)
	Figures   Figures
	Studies   []Study // in the order in which they are listed
	ReportCSS string  // style of the studies' bodies; "" = the pages' own
}

// Point is one official figure of the province.
type Point struct {
	Year         int
	March        bool    // else September
	PoorThousand float64 // thousand people
	P0           float64 // percent
}

// Region is one kabupaten or kota with its official figure.
type Region struct {
	Code int
	Name string
	P0   float64 // percent
}

// Figures are drawings by language; a missing one leaves its table alone.
type Figures struct {
	Series Drawing
	Map    Drawing
}

// Drawing is inline SVG by language. Narrow is the drawing for a phone; without
// it Wide serves both.
type Drawing struct {
	Wide, Narrow map[i18n.Lang]template.HTML
}

// Study is one study with its report.
type Study struct {
	ID       string // kebab-case, in the address
	Title    result.Text
	Question result.Text
	Answer   result.Text  // one sentence
	Grade    result.Grade // "" = no verdict
	Verdict  result.Text  // its words
	Official bool         // official figures, else invented data
	Source   result.Text
	Notes    []result.Text
	Truth    []TruthRow                  // where the truth is known
	Body     map[i18n.Lang]template.HTML // the report
}

// TruthRow puts an estimate beside the known effect.
type TruthRow struct {
	Name                   result.Text
	Estimate, Lower, Upper *float64 // nil where the method gives none
	True                   float64
	Unit                   string
}
