package web

import (
	"html/template"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/result"
)

// Site is what the pages show without a record. The handler does not change it.
type Site struct {
	Publisher result.Text // of Official
	// Official are the figures that came with the program. They stand where the
	// record has none of an indicator and region.
	Official []registry.Statistic
	Tiles    []Tile  // of the regions, in order of code
	Studies  []Study // in the order in which they are listed
}

// Tile is the place of a region on the tile map.
type Tile struct {
	Code, Name  string // the name is short
	Column, Row int    // from 1
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
	Body     map[i18n.Lang]template.HTML // the report
}
