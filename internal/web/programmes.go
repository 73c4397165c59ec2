package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// programmes are the pages of programmes: is it used, does it reach the poor?
func programmes() noun {
	return noun{
		kind: "programme", path: nounPath["programme"], section: "programmes", read: access.ProgrammeRead, life: registry.ProgrammeLife,
		load: loadProgramme, list: listProgrammes, front: programmesFront, about: aboutProgramme, commands: programmeCommands(), before: "keterangan",
	}
}

func (p *Pages) programmeRoutes() []route {
	return []route{{"GET", nounPath["programme"] + "/{id}/wilayah", signedIn, p.signedIn(p.programmeRegions)}}
}

// programmeOn is a programme with what its page says of it.
type programmeOn struct {
	registry.Programme
	register []registry.Programme
	region   registry.Region // of which its use is shown
	used     *used           // nil: the reader may not see figures
	use      registry.Use
	regions  []registry.Use // of its kabupaten and kota; none: it is one
}

// parts are those of which the numbers of its use are made.
func (on programmeOn) parts() part {
	if len(on.region.Code) == 2 {
		return ofRegions
	}
	return ofTables
}

func received(u registry.Use) registry.Measure { return u.Recipients.Received }
func targeted(u registry.Use) registry.Measure { return u.Recipients.Allocated }
func budgeted(u registry.Use) registry.Measure { return u.Money.Allocated }
func spent(u registry.Use) registry.Measure    { return u.Money.Disbursed }

// share compares two stations of the programme's use: of the whole, or where that is
// not wholly reported over the regions that report both; where says how many those
// are.
func (on programmeOn) share(c *call, part, whole func(registry.Use) registry.Measure) (share, where string) {
	if r := part(on.use).Of(whole(on.use)); r.Value != nil && !r.Partial {
		return c.percent(*r.Value), ""
	}
	v, n := like(on.regions, part, whole)
	if v == nil {
		return "", ""
	}
	return c.percent(*v), c.t("programme.where-both", "n", n)
}

func (c *call) programmeName(p registry.Programme) string { return c.both(p.Names) }

// both gives the words of the reader's language.
func (c *call) both(w registry.Words) string {
	if c.lang == i18n.EN {
		return w.EN
	}
	return w.ID
}

// runner is who runs a programme: who the register says, else its owner there.
func (n *names) runner(p registry.Programme) string {
	return cmp.Or(p.RunBy, n.organisation(p.Owner))
}

func sortProgrammes(c *call, all []registry.Programme) {
	slices.SortFunc(all, func(a, b registry.Programme) int {
		return cmp.Or(slices.Index(registry.Levels, a.Level)-slices.Index(registry.Levels, b.Level), strings.Compare(c.programmeName(a), c.programmeName(b)))
	})
}

func loadProgramme(c *call, r *store.Reader, id string, o *object) (bool, error) {
	p, ok, err := store.ProgrammeOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	on, err := c.programmeOn(r, p)
	if err != nil {
		return true, err
	}
	o.title, o.state, o.value, o.chip = c.programmeName(p), p.State(), on, c.programmeChip(p.State())
	o.heading, o.lead = sentence(on.says(c)), on.lead(c)
	return true, nil
}

func (c *call) programmeOn(r *store.Reader, p registry.Programme) (programmeOn, error) {
	on := programmeOn{Programme: p}
	code := province
	if len(p.Region) == 4 && p.Region != registry.Nation {
		code = p.Region
	}
	on.region, _ = registry.FindRegion(code)
	if asked, ok := registry.FindRegion(c.r.URL.Query().Get("wilayah")); ok && registry.Within(asked.Code, code) {
		on.region = asked
	}
	var err error
	if on.register, err = store.AllProgrammes(r); err != nil {
		return on, err
	}
	if on.used, err = c.used(r, []string{p.ID}, on.region.Code); err != nil || on.used == nil {
		return on, err
	}
	on.use = on.used.ledger.Use(p, on.region.Code, on.used.year)
	if len(on.region.Code) == 2 {
		for _, r := range p.Regencies(on.region.Code, on.used.year) {
			on.regions = append(on.regions, on.used.ledger.Use(p, r, on.used.year))
		}
	}
	return on, nil
}

func (c *call) programmeChip(state string) *chip {
	kind := map[string]string{registry.ProgrammeRunning: "ok", registry.ProgrammeProposed: "wait"}[state]
	return &chip{kind, c.t("programme.state." + state)}
}

// says is the first line of a programme: how far its money and its benefits went.
func (on programmeOn) says(c *call) string {
	name := c.programmeName(on.Programme)
	switch {
	case on.State() == registry.ProgrammeProposed:
		return c.t("programme.says.proposed", "name", name, "from", c.day(on.Period.From))
	case on.used == nil:
		return name
	case !on.use.Known():
		return c.t("programme.says.nothing", "name", name, "region", on.region.Name, "year", on.used.year)
	}
	pairs := []any{"name", name, "region", on.region.Name, "year", on.used.year}
	if m := on.use.Recipients.Received; m.Value != nil {
		share, _ := on.share(c, received, targeted)
		pairs = append(pairs, "received", c.people(on.use.Counts, *m.Value), "served", share)
	}
	if m := on.use.Money.Allocated; m.Value != nil {
		share, _ := on.share(c, spent, budgeted)
		pairs = append(pairs, "budget", c.money(*m.Value), "spent", share)
	}
	return c.t("programme.says", pairs...)
}

// lead says for whom a programme is, and of how much of it is known.
func (on programmeOn) lead(c *call) string {
	lead := sentence(c.both(on.Target))
	if lead != "" && !strings.HasSuffix(lead, ".") {
		lead += "."
	}
	if on.used != nil && on.use.Known() && on.use.Expected > 1 {
		lead += " " + c.t("programme.reporting", "have", on.use.Reporting, "want", on.use.Expected, "year", on.used.year)
		if on.use.Reporting < on.use.Expected || on.use.Money.Disbursed.Partial() || on.use.Recipients.Received.Partial() {
			lead += " " + c.t("programme.shares")
		}
	}
	return strings.TrimSpace(lead)
}

// programmesFront answers, above the list, how far the programmes of each level are
// used.
func programmesFront(c *call, r *store.Reader, s *sheet) error {
	all, err := store.AllProgrammes(r)
	if err != nil {
		return err
	}
	running := map[registry.Level]int{}
	for _, p := range all {
		if p.State() == registry.ProgrammeRunning {
			running[p.Level]++
		}
	}
	n := running[registry.MinistryLevel] + running[registry.ProvinceLevel] + running[registry.RegencyLevel]
	s.Heading = c.t("programme.front", "n", n, "ministry", running[registry.MinistryLevel], "province", running[registry.ProvinceLevel], "regency", running[registry.RegencyLevel])
	s.Lead = c.t("programme.front.lead")
	u, err := c.used(r, nil, province)
	if err != nil || u == nil {
		return err
	}
	levels := u.ledger.Levels(all, province, u.year)
	known := slices.ContainsFunc(levels, func(l registry.LevelUse) bool { return l.Reporting > 0 })
	s.Blocks = append(s.Blocks, u.choose())
	if known {
		s.Blocks = append(s.Blocks, block{ID: "tingkat", Title: c.t("programme.levels", "year", u.year), Table: c.levelsTable(levels), Note: c.t("region.levels.note")})
	} else {
		s.Blocks = append(s.Blocks, block{ID: "tingkat", Title: c.t("programme.levels", "year", u.year), Note: c.t("use.nothing", "year", u.year)})
	}
	s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("noun.figures"), Link: c.link(nounPath["figures"]), Plain: true}}})
	return nil
}

func listProgrammes(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("programme", "programme-level", "programme-state", "programme-benefit")}
	all, err := store.Programmes(r, c.who, store.Page{})
	if err != nil {
		return t, err
	}
	sortProgrammes(c, all)
	u, err := c.used(r, nil, province)
	if err != nil {
		return t, err
	}
	year := number(string(c.today()[:4]))
	if u != nil {
		year = int64(u.year)
		t.Head = append(t.Head, c.t("col.use-budget"), c.t("col.use-spent"), c.t("col.use-target"), c.t("col.use-received"), c.t("col.use-served"))
	}
	n := c.names(r)
	for _, p := range all {
		row := []cell{{Text: c.programmeName(p), Link: c.link(nounPath["programme"] + "/" + p.ID)}, {Text: c.t("programme.level." + string(p.Level)), Note: n.runner(p), Order: itoa(slices.Index(registry.Levels, p.Level))},
			{Chip: c.programmeChip(p.State())}, text(c.benefitWords(p.BenefitsIn(int(year))))}
		if u != nil {
			x := u.ledger.Use(p, province, u.year)
			row = append(row, c.measureCell(x.Money.Allocated, million, 1, ofRegions), c.measureCell(x.Money.Disbursed, million, 1, ofRegions), c.measureCell(x.Recipients.Allocated, 1, 0, ofRegions), c.measureCell(x.Recipients.Received, 1, 0, ofRegions), c.ratioCell(x.Recipients.Received.Of(x.Recipients.Allocated)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, n.err
}

// benefitWords says in a few words what a programme gives.
func (c *call) benefitWords(all []registry.Benefit) string {
	var least, most int64
	var of registry.BenefitUnit
	one := true
	for _, b := range all {
		if b.Amount == nil {
			continue
		}
		if most == 0 {
			least, of = *b.Amount, b.Unit
		}
		least, most = min(least, *b.Amount), max(most, *b.Amount)
		one = one && b.Unit == of
	}
	switch {
	case most == 0:
		return ""
	case !one:
		return c.t("programme.benefit.several", "n", len(all))
	case least == most:
		return c.t("programme.benefit.one", "amount", rupiahWhole(c.lang, most), "unit", c.t("programme.unit."+string(of)))
	}
	return c.t("programme.benefit.span", "least", rupiahWhole(c.lang, least), "most", rupiahWhole(c.lang, most), "unit", c.t("programme.unit."+string(of)))
}

// rupiahWhole writes an amount to the rupiah, as rules do.
func rupiahWhole(l i18n.Lang, v int64) string { return say(l, "money.whole", "n", v) }

// aboutProgramme is the page of a programme below its first line.
func aboutProgramme(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(programmeOn)
	n := c.names(r)
	var blocks []block
	if on.used != nil {
		blocks = append(blocks, on.useBlocks(c)...)
	}
	blocks = append(blocks, on.benefits(c), on.extend(c), block{ID: "keterangan", Title: c.t("programme.about"), Facts: on.facts(c, n)}, on.relatives(c, n), on.overlap(c, n))
	if on.used != nil {
		rests, err := c.rests(r, batchesOf(on.use.Money, on.use.Recipients))
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, rests)
	}
	return slices.DeleteFunc(blocks, block.empty), n.err
}

// facts are what the register says of a programme.
func (on programmeOn) facts(c *call, n *names) []fact {
	var facts []fact
	add := func(key, says, link string) {
		if says != "" {
			facts = append(facts, fact{Name: c.t("programme.fact." + key), Text: says, Link: link})
		}
	}
	add("level", c.t("programme.level."+string(on.Level)), "")
	add("owner", n.organisation(on.Owner), c.link(nounPath["organisation"]+"/"+on.Owner))
	add("run-by", on.RunBy, "")
	if on.Kind != "" {
		add("kind", c.t("programme.kind."+string(on.Kind)), "")
	}
	add("target", c.both(on.Target), "")
	add("rule", c.both(on.Rule), "")
	if on.Counts != "" {
		add("counts", c.t("programme.counts."+string(on.Counts)), "")
	}
	where := ""
	for i, code := range on.Where {
		if i > 0 {
			where += ", "
		}
		where += registry.RegionName(code)
	}
	add("where", where, "")
	if on.State() != registry.ProgrammeProposed {
		days := c.openDays(on.Period)
		if on.Earlier {
			days = c.t("programme.earlier", "days", days)
		}
		add("period", days, "")
	}
	var stages []string
	for _, s := range on.Stages {
		says := c.stage(s.Name)
		if due, err := registry.ParseDay("2000-" + s.Due); err == nil {
			day := strings.TrimSuffix(c.day(due), " 2000")
			says = c.t("programme.stage-due", "stage", says, "due", day)
		}
		stages = append(stages, says)
	}
	add("stages", strings.Join(stages, ", "), "")
	add("aliases", strings.Join(on.Aliases, ", "), "")
	add("source", on.Source, "")
	return facts
}

// extend leads to a programme of one's own that adds to this one, or changes it.
func (on programmeOn) extend(c *call) block {
	if on.State() == registry.ProgrammeEnded || !c.mayAnywhere("programme", "register") {
		return block{}
	}
	to := c.link(nounPath["programme"])
	return block{Actions: []action{{Text: c.t("programme.extend"), Link: to + "/daftarkan?induk=" + on.ID, Plain: true}, {Text: c.t("programme.extend-propose"), Link: to + "/usulkan?induk=" + on.ID, Plain: true}}}
}

// benefits lists what a programme gives by year, each with its source.
func (on programmeOn) benefits(c *call) block {
	b := block{ID: "manfaat", Title: c.t("programme.benefits")}
	if len(on.Benefits) == 0 {
		b.Note = c.t("programme.benefits.none")
		return b
	}
	t := table{Head: c.heads("programme-years", "programme-part", "programme-amount", "programme-terms", "programme-source")}
	all := slices.Clone(on.Benefits)
	slices.SortStableFunc(all, func(a, b registry.Benefit) int { return b.First - a.First })
	for _, x := range all {
		years := fmt.Sprint(x.First)
		switch {
		case x.Last == 0:
			years = c.t("programme.since", "year", x.First)
		case x.Last != x.First:
			years = c.t("programme.years", "first", x.First, "last", x.Last)
		}
		amount := c.t("programme.unsaid")
		if x.Amount != nil {
			amount = c.t("programme.benefit.one", "amount", rupiahWhole(c.lang, *x.Amount), "unit", c.t("programme.unit."+string(x.Unit)))
		}
		part := c.both(x.Part)
		if part == "" {
			part = c.t("programme.everybody")
		}
		t.Rows = append(t.Rows, []cell{text(years), text(part), text(amount), text(c.both(x.Rule)), text(x.Source)})
	}
	b.Table = &t
	return b
}

// relatives are the programme that this one is a variant of, and its variants.
func (on programmeOn) relatives(c *call, n *names) block {
	t := table{Head: c.heads("programme", "programme-how", "programme-level", "programme-regions", "programme-state")}
	add := func(p registry.Programme, how string) {
		where := c.t("programme.everywhere")
		if len(p.Where) > 0 {
			where = c.t("programme.regions", "n", len(p.Where))
		}
		t.Rows = append(t.Rows, []cell{{Text: c.programmeName(p), Link: c.link(nounPath["programme"] + "/" + p.ID)}, text(how), {Text: c.t("programme.level." + string(p.Level)), Note: n.runner(p)}, {Text: where, Note: c.openDays(p.Period)}, {Chip: c.programmeChip(p.State())}})
	}
	for _, p := range on.register {
		switch {
		case on.Variant != nil && on.Variant.Of == p.ID:
			add(p, c.t("programme.of."+string(on.Variant.Sort)))
		case p.Variant != nil && p.Variant.Of == on.ID:
			add(p, c.t("programme.variant."+string(p.Variant.Sort)))
		}
	}
	if len(t.Rows) == 0 {
		return block{}
	}
	return block{ID: "varian", Title: c.t("programme.variants"), Table: &t}
}

// overlap lists the programmes of other levels that run in the same regions, with how
// many both are to reach. Who gets both is not in the record: it has no people.
func (on programmeOn) overlap(c *call, n *names) block {
	year := int(number(string(c.today()[:4])))
	if on.used != nil {
		year = on.used.year
	}
	mine := on.Regencies(on.region.Code, year)
	t := table{Head: c.heads("programme", "programme-level", "programme-shared", "programme-target-group")}
	others := slices.Clone(on.register)
	sortProgrammes(c, others)
	for _, p := range others {
		if p.ID == on.ID || p.Level == on.Level {
			continue
		}
		shared := 0
		for _, code := range mine {
			if on.RunsIn(code, year) && p.RunsIn(code, year) {
				shared++
			}
		}
		if shared > 0 {
			t.Rows = append(t.Rows, []cell{{Text: c.programmeName(p), Link: c.link(nounPath["programme"] + "/" + p.ID)}, {Text: c.t("programme.level." + string(p.Level)), Note: n.runner(p)},
				text(c.t("programme.shared", "n", shared, "of", len(mine))), text(c.both(p.Target))})
		}
	}
	if len(t.Rows) == 0 {
		return block{}
	}
	return block{ID: "tumpang-tindih", Title: c.t("programme.overlap", "year", year), Table: &t, Note: c.t("programme.overlap.note")}
}
