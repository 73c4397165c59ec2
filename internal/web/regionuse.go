package web

import (
	"slices"

	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// regionUse is what runs in a region: its programmes with whom they reach, the way of
// the money, and the three levels of government side by side.
func (c *call) regionUse(r *store.Reader, region registry.Region) ([]block, error) {
	all, err := store.AllProgrammes(r)
	if err != nil {
		return nil, err
	}
	u, err := c.used(r, nil, region.Code)
	if err != nil {
		return nil, err
	}
	year := number(string(c.today()[:4]))
	if u != nil {
		year = int64(u.year)
	}
	running := slices.DeleteFunc(slices.Clone(all), func(p registry.Programme) bool { return !p.RunsIn(region.Code, int(year)) })
	sortProgrammes(c, running)
	if len(running) == 0 {
		return []block{{ID: "program", Title: c.t("region.programmes", "year", year), Note: c.t("region.programmes.none")}}, nil
	}
	parts := ofTables
	if len(region.Code) == 2 {
		parts = ofRegions
	}
	n := c.names(r)
	t := table{Head: c.heads("programme", "programme-level", "programme-benefit")}
	if u != nil {
		t.Head = append(t.Head, c.t("col.use-budget"), c.t("col.use-spent"), c.t("col.use-target"), c.t("col.use-received"), c.t("col.use-served"))
	}
	for _, p := range running {
		row := []cell{{Text: c.programmeName(p), Link: c.link(nounPath["programme"] + "/" + p.ID + "?wilayah=" + region.Code)}, {Text: c.t("programme.level." + string(p.Level)), Note: n.runner(p)}, text(c.benefitWords(p.BenefitsIn(int(year))))}
		if u != nil {
			x := u.ledger.Use(p, region.Code, u.year)
			row = append(row, c.measureCell(x.Money.Allocated, million, 1, parts), c.measureCell(x.Money.Disbursed, million, 1, parts), c.measureCell(x.Recipients.Allocated, 1, 0, parts), c.measureCell(x.Recipients.Received, 1, 0, parts), c.ratioCell(x.Recipients.Received.Of(x.Recipients.Allocated)))
		}
		t.Rows = append(t.Rows, row)
	}
	blocks := []block{{ID: "program", Title: c.t("region.programmes", "year", year), Table: &t}}
	if u == nil {
		return blocks, n.err
	}
	blocks = append([]block{u.choose()}, blocks...)
	levels := u.ledger.Levels(all, region.Code, u.year)
	var money registry.Funnel
	for _, l := range levels {
		addFunnel(&money, l.Money)
	}
	if fig, ok := c.funnel("uang", c.t("region.money.figure", "region", region.Name, "year", u.year), money, c.money, ofProgrammes); ok {
		fig.Sub, fig.Source, fig.SVG = c.t("region.money.sub"), c.t("use.source"), "?gambar=uang&tahun="+itoa(u.year)
		blocks = append(blocks, block{ID: "uang", Title: c.t("region.money"), Figure: &fig, Table: c.funnelTable(money, c.money, ofProgrammes)})
	} else {
		blocks = append(blocks, block{ID: "uang", Title: c.t("region.money"), Note: c.t("use.nothing", "year", u.year)})
	}
	blocks = append(blocks, block{ID: "tingkat", Title: c.t("region.levels", "year", u.year), Table: c.levelsTable(levels), Note: c.t("region.levels.note")})
	var funnels []registry.Funnel
	for _, l := range levels {
		funnels = append(funnels, l.Money, l.Families, l.Persons)
	}
	rests, err := c.rests(r, batchesOf(funnels...))
	if err != nil {
		return nil, err
	}
	return append(blocks, rests), n.err
}

// running is what runs where, and what is reported of it.
type running struct {
	all  []registry.Programme
	used *used // nil: the reader may not see figures
	year int
}

func (c *call) running(r *store.Reader) (running, error) {
	all, err := store.AllProgrammes(r)
	if err != nil {
		return running{}, err
	}
	x := running{all: all, year: int(number(string(c.today()[:4])))}
	if x.used, err = c.used(r, nil, province); err == nil && x.used != nil {
		x.year = x.used.year
	}
	return x, err
}

// of counts the programmes of a region and year, and those of which it reports.
func (x running) of(code string) (programmes, reports int) {
	for _, p := range x.all {
		if !p.RunsIn(code, x.year) {
			continue
		}
		programmes++
		if x.used != nil && x.used.ledger.Use(p, code, x.year).Known() {
			reports++
		}
	}
	return programmes, reports
}

// addFunnel adds the money of one level to that of the others; what no level says
// stays unknown.
func addFunnel(sum *registry.Funnel, more registry.Funnel) {
	for _, x := range []struct {
		to   *registry.Measure
		part registry.Measure
	}{{&sum.Allocated, more.Allocated}, {&sum.Disbursed, more.Disbursed}, {&sum.Received, more.Received}, {&sum.Used, more.Used}} {
		x.to.Want += x.part.Want
		if x.part.Value == nil {
			continue
		}
		v := *x.part.Value
		if x.to.Value != nil {
			v += *x.to.Value
		}
		x.to.Value, x.to.Have = &v, x.to.Have+x.part.Have
		for _, s := range x.part.Senses {
			if !slices.Contains(x.to.Senses, s) {
				x.to.Senses = append(x.to.Senses, s)
			}
		}
		x.to.Batches = append(x.to.Batches, x.part.Batches...)
	}
}
