package demo

import (
	"strconv"

	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/web"
)

// Site gives the pages' data: the official figures and the studies as handed in.
func Site(studies []web.Study) (web.Site, error) {
	figures, err := official.Statistics()
	if err != nil {
		return web.Site{}, err
	}
	regions, err := official.Regions()
	if err != nil {
		return web.Site{}, err
	}
	s := web.Site{Publisher: official.Publisher, Official: figures, Studies: studies}
	for _, r := range regions {
		s.Tiles = append(s.Tiles, web.Tile{Code: strconv.Itoa(r.Code), Name: r.ShortName, Column: r.Column, Row: r.Row})
	}
	return s, nil
}
