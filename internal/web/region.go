package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// regionPath is where the regions stand; each has a page under its code.
const regionPath = "/wilayah"

func (p *Pages) regionRoutes() []route {
	return []route{
		{"GET", regionPath, signedIn, p.signedIn(p.regionIndex)},
		{"GET", regionPath + "/{code}", signedIn, p.signedIn(p.regionPage)},
	}
}

// regionIndex answers "where are most people poor, and what runs there?", as tiles
// and as a table.
func (p *Pages) regionIndex(c *call) error {
	s := sheet{Title: c.t("region.title"), Section: "regions", Lead: c.t("region.index.lead")}
	t := table{Head: c.heads("region", "region-rate", "region-change", "region-poor", "region-programmes"), Empty: c.t("list.empty")}
	err := c.view(func(r *store.Reader) error {
		codes := regencies(province, c.today())
		f, err := p.figures(r, c.lang, []string{"p0", "poor"}, append([]string{province}, codes...))
		if err != nil {
			return err
		}
		period := f.broadest("p0", codes)
		ranked := f.ranked("p0", period, codes)
		s.Heading = c.t("region.index.none")
		if whole := f.at("p0", province, period); len(ranked) > 0 {
			above := 0
			for _, x := range ranked {
				if whole != nil && *x.Value > *whole.Value {
					above++
				}
			}
			pairs := []any{"region", registry.RegionName(ranked[0].Region), "rate", *ranked[0].Value, "period", periodWords(c.lang, period)}
			s.Heading = c.t("region.index.heading", pairs...)
			if whole != nil {
				s.Heading = c.t("region.index.above", append(pairs, "above", above, "n", len(codes), "whole", *whole.Value)...)
			}
			s.Blocks = append(s.Blocks, block{Figure: &figure{ID: "peta", Title: say(c.lang, "web.map.title", "name", registry.RegionName(ranked[0].Region), "rate", *ranked[0].Value), Sub: say(c.lang, "web.map.sub", "period", periodWords(c.lang, period)),
				Drawing: p.rateMap(c.lang, f, period, regionPath+"/"), Source: say(c.lang, "web.source.official", "publisher", sources(c.lang, ranked...)), SVG: "?gambar=peta"}})
		}
		runs, err := c.running(r)
		if err != nil {
			return err
		}
		if runs.used != nil {
			t.Head = append(t.Head, c.t("region.reports", "year", runs.year))
		}
		for _, code := range codes {
			t.Rows = append(t.Rows, c.regionRow(f, runs, code, period))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.list(s, t)
}

func (c *call) regionRow(f released, runs running, code, period string) []cell {
	var rate, change, poor *float64
	if x := f.at("p0", code, period); x != nil {
		rate = x.Value
		if start := f.at("p0", code, startPeriod); start != nil {
			d := *x.Value - *start.Value
			change = &d
		}
	}
	if x := f.at("poor", code, period); x != nil {
		poor = x.Value
	}
	n, reports := runs.of(code)
	row := []cell{{Text: registry.RegionName(code), Link: c.link(regionPath + "/" + code), Order: code}, c.quantity(rate, 2, "–"), c.signed(change, 2), c.quantity(poor, 2, "–"), c.count(int64(n))}
	if runs.used != nil {
		row = append(row, c.count(int64(reports)))
	}
	return row
}

// signed is a difference with its sign.
func (c *call) signed(v *float64, decimals int) cell {
	x := c.quantity(v, decimals, "–")
	if v != nil && *v > 0 {
		x.Text = "+" + x.Text
	}
	return x
}

// regionPage answers "what is happening in this kabupaten or kota?".
func (p *Pages) regionPage(c *call) error {
	region, ok := registry.FindRegion(c.r.PathValue("code"))
	if !ok || region.Code == registry.Nation {
		return errNotFound
	}
	s := sheet{Title: region.Name, Section: "regions", Crumbs: []action{{Text: c.t("region.title"), Link: c.link(regionPath)}}}
	err := c.view(func(r *store.Reader) error {
		var codes []string
		for _, i := range registry.Indicators() {
			codes = append(codes, i.Code)
		}
		regions := []string{region.Code}
		for _, above := range registry.Ancestors(region.Code) {
			regions = append(regions, above.Code)
		}
		siblings := regencies(province, c.today())
		f, err := p.figures(r, c.lang, codes, append(regions, siblings...))
		if err != nil {
			return err
		}
		s.Heading, s.Lead = c.regionSays(f, region, regions[1:]), c.regionRank(f, region, siblings)
		s.Blocks = append(s.Blocks, c.povertyBlock(f, regions)...)
		for _, more := range []func(*store.Reader, registry.Region) ([]block, error){c.regionUse, c.regionPermits, c.regionStudies, c.regionDatasets} {
			blocks, err := more(r, region)
			if err != nil {
				return err
			}
			s.Blocks = append(s.Blocks, blocks...)
		}
		revised, err := store.Statistics(r, store.StatisticFilter{Indicators: []string{"p0", "poor"}, Regions: []string{region.Code}, Revisions: true})
		if err != nil {
			return err
		}
		s.Blocks = append(s.Blocks, c.seriesBlock(f, regions, revised), c.otherFigures(f, region.Code))
		return nil
	})
	if err != nil {
		return err
	}
	s.Blocks = slices.DeleteFunc(s.Blocks, block.empty)
	c.sheet(http.StatusOK, s)
	return nil
}

// regionSays is the first line of a region: how many are poor, beside the province
// and the nation, and since March 2020.
func (c *call) regionSays(f released, region registry.Region, above []string) string {
	last := f.last("p0", region.Code)
	if last == nil {
		return c.t("region.says.none", "region", region.Name)
	}
	pairs := []any{"region", region.Name, "rate", *last.Value, "period", periodWords(c.lang, last.Period)}
	if poor := f.at("poor", region.Code, last.Period); poor != nil {
		pairs = append(pairs, "thousand", *poor.Value)
	}
	beside := ""
	for _, code := range above {
		x := f.at("p0", code, last.Period)
		if x == nil {
			continue
		}
		name := c.t("region.short." + map[bool]string{true: "nation", false: "province"}[code == registry.Nation])
		if beside != "" {
			beside += "; "
		}
		beside += c.t("region.beside", "name", name, "rate", *x.Value)
	}
	pairs = append(pairs, "beside", beside)
	if start := f.at("p0", region.Code, startPeriod); start != nil && last.Period > startPeriod {
		key := "fell"
		switch {
		case *start.Value < *last.Value:
			key = "rose"
		case *start.Value == *last.Value:
			key = "same"
		}
		pairs = append(pairs, "since", c.t("region.since."+key, "rate", *start.Value, "period", periodWords(c.lang, startPeriod)))
	}
	return c.t("region.says", pairs...)
}

// regionRank says where a region stands among the others.
func (c *call) regionRank(f released, region registry.Region, all []string) string {
	last := f.last("p0", region.Code)
	if last == nil || region.Kind == registry.ProvinceKind {
		return c.t("region.lead.kind." + string(region.Kind))
	}
	ranked := f.ranked("p0", last.Period, all)
	at := slices.IndexFunc(ranked, func(x registry.Figure) bool { return x.Region == region.Code })
	return c.t("region.lead", "rank", at+1, "n", len(ranked), "period", periodWords(c.lang, last.Period))
}

// povertyBlock draws the poverty rate beside that of the province and the nation.
func (c *call) povertyBlock(f released, regions []string) []block {
	own := f.series("p0", regions[0])
	if len(own) == 0 {
		return nil
	}
	var tracks []chartTrack
	var all []registry.Figure
	for _, code := range regions {
		if series := f.series("p0", code); len(series) > 0 {
			tracks, all = append(tracks, chartTrack{registry.RegionName(code), series}), append(all, series...)
		}
	}
	note := ""
	if start := f.at("p0", regions[0], startPeriod); start != nil {
		note = c.t("region.mark", "rate", *start.Value)
	}
	title := c.t("region.figure.same")
	if whole := f.at("p0", province, own[len(own)-1].Period); whole != nil && regions[0] != province {
		key := "below"
		d := *own[len(own)-1].Value - *whole.Value
		if d > 0 {
			key = "above"
		}
		title = c.t("region.figure."+key, "points", max(d, -d), "period", periodWords(c.lang, own[len(own)-1].Period))
	}
	fig := figure{ID: "kemiskinan", Title: title, Sub: c.t("region.figure.sub"), Drawing: tracksDrawing(c.lang, tracks, c.t("region.figure.label", "region", registry.RegionName(regions[0])), note),
		Source: say(c.lang, "web.source.official", "publisher", sources(c.lang, all...)), Table: "deret", SVG: "?gambar=kemiskinan"}
	b := block{Figure: &fig}
	for _, x := range breaks(own) {
		b.Note = strings.TrimSpace(b.Note + " " + c.t("region.break", "period", periodWords(c.lang, x.Period), "why", c.t("break."+x.Break)))
	}
	return []block{b}
}

// seriesBlock is the series as a table: each period with what was said before it was
// corrected.
func (c *call) seriesBlock(f released, regions []string, revised []registry.Figure) block {
	t := table{Head: c.heads("period", "region-rate", "region-poor")}
	for _, code := range regions[1:] {
		t.Head = append(t.Head, c.t("region.rate-of", "region", registry.RegionName(code)))
	}
	t.Head = append(t.Head, c.t("col.region-remark"))
	own := f.series("p0", regions[0])
	for _, x := range slices.Backward(own) {
		row := []cell{{Text: periodWords(c.lang, x.Period), Order: x.Period}, c.quantity(x.Value, 2, "–"), c.quantity(valueOf(f.at("poor", regions[0], x.Period)), 2, "–")}
		for _, code := range regions[1:] {
			row = append(row, c.quantity(valueOf(f.at("p0", code, x.Period)), 2, "–"))
		}
		t.Rows = append(t.Rows, append(row, text(c.remarks(x, revised))))
	}
	if len(t.Rows) == 0 {
		return block{}
	}
	return block{ID: "deret", Title: c.t("region.series"), Table: &t, Note: strings.TrimSpace(say(c.lang, "web.source.official", "publisher", sources(c.lang, own...)) + " " + preliminary(c.lang, own))}
}

func valueOf(x *registry.Figure) *float64 {
	if x == nil {
		return nil
	}
	return x.Value
}

// remarks says what stands beside a figure: the start of the cooperation, a break, a
// mark, and what was said before.
func (c *call) remarks(x registry.Figure, revised []registry.Figure) string {
	var all []string
	if x.Period == startPeriod {
		all = append(all, c.t("region.start"))
	}
	if x.Break != registry.NoBreak {
		all = append(all, c.t("region.breaks", "why", c.t("break."+x.Break)))
	}
	if x.Mark != registry.Final {
		all = append(all, c.t("region.mark."+map[registry.Mark]string{registry.Preliminary: "preliminary", registry.VeryPreliminary: "very"}[x.Mark]))
	}
	for _, old := range revised {
		if old.Cell() == x.Cell() && !old.Latest && old.Value != nil {
			all = append(all, c.t("region.revised", "value", i18n.Number(c.lang, *old.Value, old.Decimals), "day", c.day(old.Release)))
		}
	}
	return strings.Join(all, "; ")
}

// otherFigures are the newest figures of the other indicators.
func (c *call) otherFigures(f released, code string) block {
	t := table{Head: c.heads("region-indicator", "region-value", "region-unit", "period", "region-source")}
	for _, i := range registry.Indicators() {
		x := f.last(i.Code, code)
		if x == nil || i.Code == "p0" || i.Code == "poor" {
			continue
		}
		words, unit := i.Words.ID, i.Unit.ID
		if c.lang == i18n.EN {
			words, unit = i.Words.EN, i.Unit.EN
		}
		t.Rows = append(t.Rows, []cell{text(words), c.quantity(x.Value, x.Decimals, "–"), text(unit), text(periodWords(c.lang, x.Period) + string(x.Mark)), text(sources(c.lang, *x))})
	}
	if len(t.Rows) == 0 {
		return block{}
	}
	return block{ID: "angka-lain", Title: c.t("region.others"), Table: &t}
}

// empty tells a block that shows nothing.
func (b block) empty() bool {
	return b.Facts == nil && b.Figure == nil && b.Table == nil && b.Form == nil && b.Actions == nil && b.Note == "" && b.Waiting == nil && b.Timeline == nil && b.Lines == nil
}

// regionPermits are the permits that reach into a region, of those that the reader
// may see.
func (c *call) regionPermits(r *store.Reader, region registry.Region) ([]block, error) {
	if !c.has(access.PermitRead) {
		return nil, nil
	}
	all, err := store.Permits(r, c.who, store.PermitFilter{}, store.Page{})
	if err != nil {
		return nil, err
	}
	t := table{Head: c.heads("permit-title", "permit-institution", "state", "permit-until")}
	n := c.names(r)
	grounds := store.GroundsIn(r)
	for _, p := range all {
		if !slices.ContainsFunc(p.Regions, func(code string) bool {
			return registry.Within(code, region.Code) || registry.Within(region.Code, code)
		}) {
			continue
		}
		on, err := c.permitOn(grounds, p)
		if err != nil {
			return nil, err
		}
		row := on.row(c, n)
		t.Rows = append(t.Rows, []cell{row[0], row[1], row[2], row[5]})
	}
	b := block{ID: "izin", Title: c.t("region.permits"), Table: &t}
	if len(t.Rows) == 0 {
		b = block{ID: "izin", Title: c.t("region.permits"), Note: c.t("region.permits.none")}
	}
	return []block{b}, n.err
}

// regionStudies are the studies whose permit reaches into a region, of those that the
// reader may see.
func (c *call) regionStudies(r *store.Reader, region registry.Region) ([]block, error) {
	if !c.has(access.StudyRead) {
		return nil, nil
	}
	all, err := store.Studies(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	t := table{Head: c.heads("region-study", "permit-institution")}
	n := c.names(r)
	for _, x := range all {
		if x.Permit == "" {
			continue
		}
		p, ok, err := store.PermitOf(r, x.Permit)
		if err != nil {
			return nil, err
		}
		if !ok || !slices.ContainsFunc(p.Regions, func(code string) bool {
			return registry.Within(code, region.Code) || registry.Within(region.Code, code)
		}) {
			continue
		}
		t.Rows = append(t.Rows, []cell{text(x.Title), text(n.organisation(x.Owner))})
	}
	if len(t.Rows) == 0 {
		return nil, n.err
	}
	return []block{{ID: "studi", Title: c.t("region.studies"), Table: &t}}, n.err
}

// regionDatasets are the datasets with rows of a region, of those that the reader may
// see.
func (c *call) regionDatasets(r *store.Reader, region registry.Region) ([]block, error) {
	if !c.has(access.DatasetRead) {
		return nil, nil
	}
	all, err := store.Datasets(r, c.who, store.Page{})
	if err != nil {
		return nil, err
	}
	t := table{Head: c.heads("region-dataset", "region-owner", "region-class", "region-version")}
	n := c.names(r)
	path, has := nounPath["dataset"]
	for _, d := range all {
		if d.State() != "active" || !d.Covers(region.Code) && !slices.ContainsFunc(d.Regions, func(code string) bool { return registry.Within(code, region.Code) }) {
			continue
		}
		name := cell{Text: d.Name}
		if has {
			name.Link = c.link(path + "/" + d.ID)
		}
		version := c.t("region.no-version")
		if v, ok := d.Current(); ok {
			version = c.t("region.version", "number", v.Number, "rows", v.Rows, "day", c.day(registry.DayOf(v.Accepted.At)))
		}
		t.Rows = append(t.Rows, []cell{name, text(n.organisation(d.Owner)), text(c.t("region.class." + string(d.Class))), text(version)})
	}
	b := block{ID: "data", Title: c.t("region.datasets"), Table: &t}
	if len(t.Rows) == 0 {
		b = block{ID: "data", Title: c.t("region.datasets"), Note: c.t("region.datasets.none")}
	}
	return []block{b}, n.err
}
