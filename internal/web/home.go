package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// homeData is what Beranda shows.
type homeData struct {
	Answer  string
	Lead    string
	Waits   *block // for whom is signed in
	Figures []figure
	Series  []seriesRow
	Note    string // below the series
	Regions []rateRow
	Heading string // of the table of regions
	Source  string // of the series
	Source2 string // of the regions
	Found   *block // the newest released findings; nil: none
	Studies []Study
}

// seriesRow is a period of the province's series.
type seriesRow struct {
	Period     string
	Poor, Rate *float64
	Mark       bool
}

// rateRow is a region by its poverty rate.
type rateRow struct {
	Rank int
	Name string
	Link string // "" = the reader is not signed in
	Rate float64
}

// home is Beranda: how many are poor, the regions, the studies, and what waits for
// the reader.
func (p *Pages) home(w http.ResponseWriter, r *http.Request, s *Site) {
	l := languageOf(r)
	c := callOf(r)
	d := homeData{Studies: s.Studies}
	link := ""
	err := c.view(func(from *store.Reader) error {
		regions := make([]string, len(s.Tiles))
		for i, t := range s.Tiles {
			regions[i] = t.Code
		}
		f, err := p.figures(from, l, []string{"poor", "p0"}, append([]string{province}, regions...))
		if err != nil {
			return err
		}
		if c.sess != nil {
			link = regionPath + "/"
			waits, n, err := c.waits(from)
			if err != nil {
				return err
			}
			d.Waits = &block{ID: "menunggu", Title: c.t("waits", "n", n), Waiting: waits}
			if len(waits) == 0 {
				d.Waits = &block{ID: "menunggu", Title: c.t("waits.title"), Note: c.t("waits.nothing")}
			}
		}
		if d.Found, err = c.newestFindings(from); err != nil {
			return err
		}
		d.province(l, f)
		p.regions(l, f, regions, link, &d)
		return nil
	})
	if err != nil {
		c.fail(err)
		return
	}
	if sendDrawing(w, r, d.Figures) {
		return
	}
	p.render(w, r, http.StatusOK, "home", view{Title: "web.home.title", Section: "home", Data: map[string]any{"home": d}})
}

// province fills in the series of East Java.
func (d *homeData) province(l i18n.Lang, f released) {
	d.Answer = answer(l, f)
	poor, rate := f.series("poor", province), f.series("p0", province)
	d.Source = say(l, "web.source.official", "publisher", sources(l, append(append([]registry.Figure{}, poor...), rate...)...))
	d.Lead = say(l, "web.home.lead")
	periods := map[string]bool{}
	for _, series := range [][]registry.Figure{poor, rate} {
		for _, x := range series {
			if !periods[x.Period] {
				periods[x.Period] = true
				d.Series = append(d.Series, seriesRow{Period: x.Period, Mark: x.Period == startPeriod})
			}
		}
	}
	slices.SortFunc(d.Series, func(a, b seriesRow) int { return strings.Compare(a.Period, b.Period) })
	for i := range d.Series {
		r := &d.Series[i]
		if x := f.at("poor", province, r.Period); x != nil {
			r.Poor = x.Value
		}
		if x := f.at("p0", province, r.Period); x != nil {
			r.Rate = x.Value
		}
		r.Period = periodWords(l, r.Period)
	}
	if len(poor) == 0 {
		return
	}
	if poor[0].Batch == "" {
		d.Note = say(l, "web.series.gaps")
	}
	note := ""
	if x, y := f.at("poor", province, startPeriod), f.at("p0", province, startPeriod); x != nil && y != nil {
		note = say(l, "web.series.note", "poor", *x.Value, "p0", *y.Value)
	}
	last := poor[len(poor)-1]
	title := say(l, "web.series.title", "thousand", *last.Value, "period", periodWords(l, last.Period))
	if start := f.at("poor", province, startPeriod); start != nil && start.Period != last.Period {
		key := "web.series.title-fell"
		if *last.Value > *start.Value {
			key = "web.series.title-rose"
		}
		diff := *last.Value - *start.Value
		title = say(l, key, "thousand", max(diff, -diff), "period", periodWords(l, last.Period))
	}
	d.Figures = append(d.Figures, figure{ID: "deret", Title: title, Sub: say(l, "web.series.sub"), Drawing: seriesDrawing(l, poor, say(l, "web.series.label"), note), Source: d.Source, Table: "tabel-provinsi", SVG: "?gambar=deret"})
}

// regions fills in the tile map of the regions and their table.
func (p *Pages) regions(l i18n.Lang, f released, regions []string, link string, d *homeData) {
	period := f.broadest("p0", regions)
	ranked := f.ranked("p0", period, regions)
	if len(ranked) == 0 {
		return
	}
	d.Source2 = say(l, "web.source.official", "publisher", sources(l, ranked...))
	d.Heading = say(l, "web.map.table", "period", periodWords(l, period))
	for i, x := range ranked {
		row := rateRow{Rank: i + 1, Name: registry.RegionName(x.Region), Rate: *x.Value}
		if link != "" {
			row.Link = "/" + string(l) + link + x.Region
		}
		d.Regions = append(d.Regions, row)
	}
	title := say(l, "web.map.title", "name", registry.RegionName(ranked[0].Region), "rate", *ranked[0].Value)
	d.Figures = append(d.Figures, figure{ID: "peta", Title: title, Sub: say(l, "web.map.sub", "period", periodWords(l, period)), Drawing: p.rateMap(l, f, period, link), Source: d.Source2, Table: "tabel-wilayah", SVG: "?gambar=peta"})
}

// answer is the first line of Beranda: how many are poor, and whether that is more
// or fewer than in March 2020.
func answer(l i18n.Lang, f released) string {
	var last *registry.Figure // the newest of which both are known
	for _, x := range f.series("poor", province) {
		if f.at("p0", province, x.Period) != nil {
			last = &x
		}
	}
	if last == nil {
		return say(l, "web.home.no-figures")
	}
	pairs := []any{"thousand", *last.Value, "rate", *f.at("p0", province, last.Period).Value, "period", periodWords(l, last.Period)}
	start, rate := f.at("poor", province, startPeriod), f.at("p0", province, startPeriod)
	if start == nil || rate == nil || start.Period == last.Period {
		return say(l, "web.home.answer", pairs...)
	}
	pairs = append(pairs, "mark", *start.Value, "markRate", *rate.Value, "markPeriod", periodWords(l, startPeriod))
	if *last.Value < *start.Value {
		return say(l, "web.home.answer-fell", pairs...)
	}
	return say(l, "web.home.answer-rose", pairs...)
}

// sendDrawing answers with a figure as a file where the address asks for one; true
// where it did.
func sendDrawing(w http.ResponseWriter, r *http.Request, all []figure) bool {
	name := r.URL.Query().Get("gambar")
	for _, f := range all {
		if name != "" && f.ID == name {
			w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.svg"`)
			_, _ = w.Write([]byte(f.Drawing.file())) // a reader who has gone needs no answer
			return true
		}
	}
	return false
}
