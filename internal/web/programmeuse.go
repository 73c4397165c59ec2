package web

import (
	"math"
	"net/url"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// useBlocks are the utilisation of a programme: the two funnels, what fell out and
// how late it was, the regions, and the payments of one region.
func (on programmeOn) useBlocks(c *call) []block {
	u := on.used
	blocks := []block{on.ask(c)}
	if !on.use.Known() {
		return append(blocks, block{ID: "pemanfaatan", Title: c.t("programme.use", "region", on.region.Name, "year", u.year), Note: c.t("use.nothing", "year", u.year)})
	}
	counted := c.counted(on.use.Counts)
	for _, x := range []struct {
		id     string
		funnel registry.Funnel
		says   unit
	}{{"uang", on.use.Money, c.money}, {"penerima", on.use.Recipients, counted}} {
		fig, ok := c.funnel(x.id, on.finding(c, x.id), x.funnel, x.says, on.parts())
		b := block{ID: x.id, Title: c.t("programme.use."+x.id, "region", on.region.Name, "year", u.year), Table: c.funnelTable(x.funnel, x.says, on.parts())}
		if ok {
			q := url.Values{"gambar": {x.id}, "tahun": {itoa(u.year)}, "wilayah": {on.region.Code}}
			fig.Sub, fig.Source, fig.SVG = c.t("programme.use."+x.id+".sub"), c.t("use.source"), "?"+q.Encode()
			b.Figure = &fig
		}
		if x.id == "penerima" {
			b.Note = sentence(c.words("figures.over." + string(on.use.Over)))
		}
		blocks = append(blocks, b)
	}
	blocks = append(blocks, on.remarks(c))
	if len(on.region.Code) == 2 {
		return append(blocks, on.regionBlocks(c)...)
	}
	return append(blocks, on.payments(c))
}

// ask is the form that asks for another year or region.
func (on programmeOn) ask(c *call) block {
	var years []option
	for _, y := range on.used.years {
		years = append(years, option{itoa(y), itoa(y)})
	}
	regions := []option{{province, registry.RegionName(province)}}
	for _, code := range on.Regencies(province, on.used.year) {
		regions = append(regions, option{code, registry.RegionName(code)})
	}
	f := &form{Action: c.link(nounPath["programme"] + "/" + on.ID), Get: true, Button: c.t("use.show")}
	if len(years) > 1 {
		f.Fields = append(f.Fields, c.field("tahun", "select", options(years), value(itoa(on.used.year))))
	}
	if len(regions) > 1 {
		f.Fields = append(f.Fields, c.field("wilayah", "select", options(regions), value(on.region.Code)))
	}
	if len(f.Fields) == 0 {
		return block{}
	}
	return block{Form: f}
}

// finding is the title of a funnel: what part of what was set aside was spent, or
// reached people.
func (on programmeOn) finding(c *call, id string) string {
	part, whole := received, targeted
	if id == "uang" {
		part, whole = spent, budgeted
	}
	share, where := on.share(c, part, whole)
	if share == "" {
		return c.t("programme.finding." + id)
	}
	return c.t("programme.finding."+id+".share", "share", share, "where", where)
}

// remarks are the facts beside the funnels: target against served, what failed, how
// late payments were, what tables say of the same money, and where lines differ.
func (on programmeOn) remarks(c *call) block {
	b := block{ID: "catatan", Title: c.t("programme.remarks")}
	add := func(key, says string) {
		b.Facts = append(b.Facts, fact{Name: c.t("programme.remark." + key), Text: says})
	}
	counted := c.counted(on.use.Counts)
	target, reached := on.use.Recipients.Allocated, on.use.Recipients.Received
	says := c.t("programme.target-served", "target", c.measured(target, counted, on.parts()), "served", c.measured(reached, counted, on.parts()))
	if share, where := on.share(c, received, targeted); share != "" {
		says += ": " + strings.TrimSpace(share+" "+where)
	}
	add("served", says)
	failed := c.measured(on.use.Failed.Recipients, counted, on.parts())
	if on.use.Failed.Recipients.Value != nil && on.use.Failed.Reason != "" {
		failed = c.t("programme.failed-because", "failed", failed, "reason", on.use.Failed.Reason)
	}
	add("failed", failed)
	add("late", c.late(on.use.Delay))
	if on.use.Expected > 1 {
		add("reporting", c.t("programme.reporting", "have", on.use.Reporting, "want", on.use.Expected, "year", on.used.year))
	}
	for _, x := range on.use.Beside {
		add("beside", c.t("programme.beside", "station", c.words("station."+string(x.Station)), "value", c.measured(x.Measure, c.money, on.parts()), "sense", c.senses(x.Measure)))
	}
	for i, d := range on.use.Differs {
		if i == mostDiffers {
			add("differs", c.t("programme.differs-more", "n", len(on.use.Differs)-mostDiffers))
			break
		}
		add("differs", c.t("programme.differs", "region", registry.RegionName(d.Region), "own", d.Own, "parts", d.Parts))
	}
	return b
}

// mostDiffers is how many differing lines a page lists.
const mostDiffers = 5

// servedLimits are the shares of the target, in percent, at which a tile gets a darker
// step.
var servedLimits = [4]float64{70, 80, 90, 95}

// regionBlocks are the regions of a programme: tiles and a table.
func (on programmeOn) regionBlocks(c *call) []block {
	shares := map[string]registry.Use{}
	known := 0
	var least string
	for _, code := range regencies(on.region.Code, c.today()) {
		shares[code] = on.used.ledger.Use(on.Programme, code, on.used.year)
		if s := served(shares[code]); s != nil {
			if known++; least == "" || *s < *served(shares[least]) {
				least = code
			}
		}
	}
	t := on.shortTable(c)
	path := c.link(nounPath["programme"]+"/"+on.ID+"/wilayah") + "?tahun=" + itoa(on.used.year)
	more := block{Actions: []action{{Text: c.t("programme.regions-all"), Link: path, Plain: true}, {Text: "CSV", Link: path + "&bentuk=csv", Plain: true}, {Text: "XLSX", Link: path + "&bentuk=xlsx", Plain: true}}}
	blocks := []block{{ID: "wilayah", Title: c.t("programme.by-region", "year", on.used.year), Table: &t}, more}
	if known == 0 {
		return blocks
	}
	q := url.Values{"gambar": {"peta"}, "tahun": {itoa(on.used.year)}}
	label := c.t("programme.map", "year", on.used.year)
	fig := figure{ID: "peta", Title: c.t("programme.map.title", "region", registry.RegionName(least), "share", c.percent(*served(shares[least]))), Sub: label, Source: c.t("use.source"), Table: "wilayah", SVG: "?" + q.Encode(),
		Drawing: c.p.tileMap(c.lang, label, servedLimits, between(c.lang, servedLimits), regionPath+"/", func(code string) tiled {
			s := served(shares[code])
			if s == nil {
				return tiled{math.NaN(), "–", c.t("programme.map.unreported", "region", registry.RegionName(code))}
			}
			return tiled{*s * 100, i18n.Number(c.lang, *s*100, 0), c.t("programme.map.says", "region", registry.RegionName(code), "share", c.percent(*s))}
		})}
	return append([]block{{Figure: &fig, Note: c.t("programme.map.note")}}, blocks...)
}

// shortTable has of the regions what a page is wide enough for.
func (on programmeOn) shortTable(c *call) table {
	whole := on.regionTable(c)
	t := table{Empty: whole.Empty, Rows: make([][]cell, len(whole.Rows))}
	for _, column := range []int{0, 1, 3, 4, 6, 8, 9} {
		t.Head = append(t.Head, whole.Head[column])
		for i, row := range whole.Rows {
			t.Rows[i] = append(t.Rows[i], row[column])
		}
	}
	return t
}

// regionTable is the use of a programme region by region.
func (on programmeOn) regionTable(c *call) table {
	t := table{Head: c.heads("region", "use-budget", "use-spent", "use-spent-share", "use-quota", "use-decided", "use-received", "use-used", "use-served", "use-late"), Empty: c.t("list.empty")}
	for _, code := range on.Regencies(on.region.Code, on.used.year) {
		x := on.used.ledger.Use(on.Programme, code, on.used.year)
		q := url.Values{"wilayah": {code}, "tahun": {itoa(on.used.year)}}
		var late *float64
		if x.Delay.Median != nil {
			v := float64(*x.Delay.Median)
			late = &v
		}
		t.Rows = append(t.Rows, []cell{{Text: registry.RegionName(code), Link: c.link(nounPath["programme"]+"/"+on.ID) + "?" + q.Encode(), Order: code},
			c.measureCell(x.Money.Allocated, million, 1, ofTables), c.measureCell(x.Money.Disbursed, million, 1, ofTables), c.ratioCell(x.Money.Disbursed.Of(x.Money.Allocated)),
			c.measureCell(x.Recipients.Allocated, 1, 0, ofTables), c.measureCell(x.Recipients.Disbursed, 1, 0, ofTables), c.measureCell(x.Recipients.Received, 1, 0, ofTables), c.measureCell(x.Recipients.Used, 1, 0, ofTables),
			c.ratioCell(x.Recipients.Received.Of(x.Recipients.Allocated)), c.quantity(late, 0, "–")})
	}
	return t
}

// programmeRegions is the table of regions by itself: sorted, searched, as a file.
func (p *Pages) programmeRegions(c *call) error {
	if !c.has(access.FigureRead) {
		return c.missing(access.FigureRead)
	}
	n := programmes()
	var s sheet
	var t table
	err := c.view(func(r *store.Reader) error {
		o, err := n.object(c, r, c.r.PathValue("id"))
		if err != nil {
			return err
		}
		on := o.value.(programmeOn)
		t = on.regionTable(c)
		s = sheet{Title: o.title, Section: n.section, Wide: true, Heading: c.t("programme.by-region.heading", "name", o.title, "year", on.used.year), Lead: c.t("programme.by-region.lead"),
			Crumbs: append(n.crumbs(c), action{Text: o.title, Link: c.link(n.path + "/" + o.ID)})}
		return nil
	})
	if err != nil {
		return err
	}
	return c.list(s, t)
}

// payments are the payments of a region's year, one a row.
func (on programmeOn) payments(c *call) block {
	if len(on.use.Stages) == 0 {
		return block{}
	}
	t := table{Head: c.heads("use-stage", "use-quota", "use-decided", "use-received", "use-used", "use-paid-money", "use-paid", "use-due", "use-late")}
	for _, s := range on.use.Stages {
		late := c.quantity(nil, 0, "–")
		if s.Late != nil {
			v := float64(*s.Late)
			late = c.signed(&v, 0)
		}
		due := cell{Text: c.day(s.Due)}
		if s.Basis != "" {
			due.Note = c.words("figures.due." + string(s.Basis))
		}
		t.Rows = append(t.Rows, []cell{text(capital(c.stage(s.Stage))), c.measureCell(s.Recipients.Allocated, 1, 0, ofTables), c.measureCell(s.Recipients.Disbursed, 1, 0, ofTables), c.measureCell(s.Recipients.Received, 1, 0, ofTables), c.measureCell(s.Recipients.Used, 1, 0, ofTables),
			c.measureCell(s.Money.Received, million, 1, ofTables), text(dash(c.day(s.Paid))), due, late})
	}
	return block{ID: "tahap", Title: c.t("programme.payments", "region", on.region.Name, "year", on.used.year), Table: &t}
}

func dash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "–"
	}
	return s
}
