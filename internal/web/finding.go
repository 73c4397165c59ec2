package web

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/report/chart"
)

// findings are the pages of what is known: one sentence each, with its effect and how
// strong the evidence is.
func findings() noun {
	return noun{
		kind: "finding", path: nounPath["finding"], section: "findings", read: access.StudyRead, life: evidence.Life,
		load: loadFinding, list: listFindings, front: findingsFront, about: aboutFinding, commands: findingCommands(), before: "kekuatan",
		offers: func(c *call, o object, command string) bool {
			return command != "release" || o.value.(findingOn).Made.User != c.self.User
		},
	}
}

// findingOn is a finding with its study and the released findings on the same
// programme and outcome.
type findingOn struct {
	evidence.Finding
	of   study.Study
	same []evidence.Finding
}

func findingWith(r *store.Reader, f evidence.Finding) (on findingOn, err error) {
	on.Finding = f
	if on.of, _, err = store.StudyOf(r, f.Study); err != nil {
		return on, err
	}
	on.same, err = store.PublicFindings(r, store.FindingFilter{Programme: f.Programme, Outcome: f.Outcome}, store.Page{})
	return on, err
}

func loadFinding(c *call, r *store.Reader, id string, o *object) (bool, error) {
	f, ok, err := store.FindingOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	on, err := findingWith(r, f)
	if err != nil {
		return true, err
	}
	o.title, o.state, o.value, o.chip = c.both(f.Sentence), f.State(), on, c.findingChip(f)
	o.heading, o.lead = c.both(f.Sentence), c.effectWords(f.Effect)
	return true, nil
}

func (c *call) findingChip(f evidence.Finding) *chip {
	state := f.State()
	kind := map[string]string{evidence.Proposed: "wait", evidence.Released: "ok", evidence.Superseded: "empty", evidence.Withdrawn: "no"}[state]
	return &chip{kind, c.t("finding.state." + state)}
}

// effectWords say an effect with its interval, and which way it lies for people.
func (c *call) effectWords(e evidence.Effect) string {
	number := c.alike(e.Estimate, e.Lower, e.Upper)
	return c.t("finding.effect", "estimate", number(e.Estimate), "lower", number(e.Lower), "upper", number(e.Upper), "level", e.Level, "unit", report.Unit(e.Unit, c.lang), "direction", c.t("finding.direction."+string(e.Direction())))
}

// alike writes numbers with as many decimals as the largest of them deserves, so that
// they can be compared at a glance; whole ones have none.
func (c *call) alike(all ...float64) func(float64) string {
	most, whole := 0.0, true
	for _, x := range all {
		most = max(most, math.Abs(x))
		whole = whole && x == math.Trunc(x)
	}
	decimals := 0
	if !whole && most > 0 {
		decimals = min(max(0, 3-int(math.Floor(math.Log10(most)))), 12)
	}
	return func(x float64) string { return i18n.Number(c.lang, x, decimals) }
}

// strengthWords are the dots of a strength with its word.
func (c *call) strengthWords(s evidence.Strength) string {
	return strings.Repeat("●", s.Dots) + strings.Repeat("○", 3-s.Dots) + " " + c.t("finding.strength."+itoa(s.Dots))
}

// known are the findings that the reader may see, those of others too once they are
// public; the newest first.
func (c *call) known(r *store.Reader) ([]evidence.Finding, error) {
	all, err := store.Findings(r, c.who, store.FindingFilter{}, store.Page{})
	if err != nil {
		return nil, err
	}
	public, err := store.PublicFindings(r, store.FindingFilter{}, store.Page{})
	all = append(all, public...)
	slices.SortFunc(all, func(a, b evidence.Finding) int { return strings.Compare(b.ID, a.ID) })
	return slices.CompactFunc(all, func(a, b evidence.Finding) bool { return a.ID == b.ID }), err
}

func findingsFront(c *call, r *store.Reader, s *sheet) error {
	all, err := c.known(r)
	s.Heading, s.Lead = c.findingsSay(all), c.t("finding.front.lead")
	s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("finding.public"), Link: c.link(publicPath), Plain: true}}})
	return err
}

// findingsSay is what is known, counted: how many findings stand, and of how many the
// evidence is strong.
func (c *call) findingsSay(all []evidence.Finding) string {
	stand, strong, programmes := 0, 0, map[string]bool{}
	for _, f := range all {
		if f.State() != evidence.Released {
			continue
		}
		stand++
		programmes[f.Programme] = true
		if f.Strength(all).Dots == 3 {
			strong++
		}
	}
	switch {
	case stand == 0:
		return c.t("finding.front.none")
	case strong == 0:
		return c.t("finding.front.no-strong", "n", stand, "programmes", len(programmes))
	}
	return c.t("finding.front", "n", stand, "strong", strong, "programmes", len(programmes))
}

func listFindings(c *call, r *store.Reader) (table, error) {
	all, err := c.known(r)
	if err != nil {
		return table{}, err
	}
	return c.findingsTable(r, all, func(f evidence.Finding) string {
		if c.who.May(access.StudyRead, access.Place{Region: f.Region, Organisation: f.Owner}) != nil {
			return publicPath
		}
		return nounPath["finding"]
	})
}

// findingsTable lists findings, each at the address that at gives.
func (c *call) findingsTable(r *store.Reader, all []evidence.Finding, at func(evidence.Finding) string) (table, error) {
	n := c.names(r)
	t := table{Head: c.heads("finding-sentence", "finding-programme", "finding-effect", "finding-strength", "finding-state", "finding-released"), Empty: c.t("list.empty")}
	for _, f := range all {
		when := text("–")
		if f.Let != nil {
			day := registry.DayOf(f.Let.At)
			when = cell{Text: c.day(day), Order: string(day)}
		}
		s := f.Strength(all)
		t.Rows = append(t.Rows, []cell{{Text: c.both(f.Sentence), Link: c.link(at(f) + "/" + f.ID)}, text(n.programmes([]string{f.Programme})[0]), text(c.effectWords(f.Effect)),
			{Text: c.strengthWords(s), Order: itoa(s.Dots)}, {Chip: c.findingChip(f)}, when})
	}
	return t, n.err
}

func aboutFinding(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(findingOn)
	n := c.names(r)
	blocks, err := c.findingBlocks(r, n, on, nounPath["finding"])
	if err != nil {
		return nil, err
	}
	facts := []fact{
		{Name: c.t("finding.proposed"), Text: c.hand(n, &on.Made)}, {Name: c.t("finding.let"), Text: c.hand(n, on.Let)},
		{Name: c.t("finding.run"), Text: cut12(on.Run), Link: c.link(nounPath["run"] + "/" + on.Run)}, {Name: c.t("study.registration"), Text: on.of.Title, Link: c.link(nounPath["study"]+"/"+on.Study) + "#rencana"},
	}
	blocks = append(blocks, block{ID: "asal", Title: c.t("finding.origin"), Facts: facts})
	if store.Public(on.Finding) {
		blocks[len(blocks)-1].Actions = []action{{Text: c.t("finding.public.one"), Link: c.link(publicPath + "/" + on.ID), Plain: true}}
	}
	return blocks, n.err
}

// findingBlocks say of a finding what everybody may read: its effect, where it holds,
// how strong the evidence is and why, and what stands beside it. They name nobody.
func (c *call) findingBlocks(r *store.Reader, n *names, on findingOn, at string) ([]block, error) {
	e, s := on.Effect, on.Strength(on.same)
	number := c.alike(e.Estimate, e.Lower, e.Upper)
	facts := []fact{
		{Name: c.t("finding.estimate"), Text: strings.TrimSpace(number(e.Estimate) + " " + report.Unit(e.Unit, c.lang))}, {Name: c.t("finding.interval", "level", e.Level), Text: c.t("finding.between", "lower", number(e.Lower), "upper", number(e.Upper))},
		{Name: c.t("finding.says"), Text: c.t("finding.direction." + string(e.Direction()))}, {Name: c.t("col.finding-strength"), Text: c.strengthWords(s), Link: "#kekuatan"},
		{Name: c.t("col.finding-programme"), Text: n.programmes([]string{on.Programme})[0]}, {Name: c.t("finding.outcome"), Text: on.Outcome}, {Name: c.t("finding.term"), Text: c.termWords(e.Term)},
		{Name: c.t("col.study-title"), Text: on.of.Title}, {Name: c.t("col.study-owner"), Text: n.organisation(on.Owner)},
	}
	if len(on.of.Registrations) > 0 {
		first := on.of.Registrations[0]
		facts = append(facts, fact{Name: c.t("finding.registered"), Text: c.day(registry.DayOf(first.By.At))}, fact{Name: c.t("study.seal"), Text: first.Seal})
	}
	if e.Matters != nil {
		facts = append(facts, fact{Name: c.t("finding.matters"), Text: strings.TrimSpace(number(*e.Matters) + " " + report.Unit(e.Unit, c.lang))})
	}
	where := []fact{{Name: c.t("finding.regions"), Text: cmp.Or(c.regionNames(on.Applies.Regions), c.t("finding.regions.data"))}}
	if a := on.Applies; a.From != "" {
		where = append(where, fact{Name: c.t("finding.period"), Text: i18n.Day(c.lang, a.From) + " – " + i18n.Day(c.lang, cmp.Or(a.Until, a.From))})
	}
	where = append(where, fact{Name: c.t("field.finding-whom"), Text: cmp.Or(on.Applies.Whom, c.t("finding.whom.data"))})
	blocks := append(c.synthesisBlocks(r, on, at), block{Facts: facts}, block{ID: "berlaku", Title: c.t("finding.applies"), Facts: where})
	if more, err := c.findingTurns(r, on, at); err != nil {
		return nil, err
	} else if len(more.Facts) > 0 {
		blocks = slices.Insert(blocks, 0, more)
	}
	return append(blocks, c.strengthBlock(s)), n.err
}

// findingTurns say what a finding replaces, what has replaced it, and why it was taken
// back.
func (c *call) findingTurns(r *store.Reader, on findingOn, at string) (block, error) {
	b := block{ID: "pengganti"}
	for _, x := range []struct{ key, id string }{{"by", on.By}, {"replaces", on.Replaces}} {
		if x.id == "" {
			continue
		}
		other, ok, err := store.FindingOf(r, x.id)
		if err != nil {
			return b, err
		}
		if ok {
			b.Facts = append(b.Facts, fact{Name: c.t("finding." + x.key), Text: c.both(other.Sentence), Link: c.link(at + "/" + other.ID)})
		}
	}
	if w := on.Gone; w != nil {
		b.Facts = append(b.Facts, fact{Name: c.t("finding.state.withdrawn"), Text: c.t("finding.gone", "day", c.day(registry.DayOf(w.At)), "why", w.Reason)})
	}
	return b, nil
}

// strengthBlock prints each line of the rule that applies.
func (c *call) strengthBlock(s evidence.Strength) block {
	t := table{Head: c.heads("finding-rule", "finding-dots")}
	grade := c.t("finding.grade.none")
	if s.Grade != "" {
		grade = say(c.lang, "web.grade."+s.Grade)
	}
	t.Rows = append(t.Rows, []cell{text(c.t("finding.start", "grade", grade)), text(c.t("finding.dots", "n", s.Start))})
	for _, x := range s.Reasons {
		lowers := c.t("finding.dots.same")
		if x.Rule.Lowers > 0 {
			lowers = c.t("finding.dots.less", "n", x.Rule.Lowers)
		}
		t.Rows = append(t.Rows, []cell{text(sentence(strings.ReplaceAll(c.both(x.Rule.Text), "{n}", itoa(x.N)))), text(lowers)})
	}
	return block{ID: "kekuatan", Title: c.t("finding.strength", "strength", c.strengthWords(s)), Table: &t, Note: c.t("finding.strength.note"), Actions: c.allRules("kekuatan")}
}

// synthesisBlocks draw the effect; where two studies or more have a released finding on
// the same programme and outcome, those stand side by side.
func (c *call) synthesisBlocks(r *store.Reader, on findingOn, at string) []block {
	s := evidence.Synthesise(on.same, on.Programme, on.Outcome, inference.Defaults)
	drawn := func(title, sub, unit, better string, rows []chart.Row) *figure {
		axis := say(c.lang, "report.figure.forest.axis", "unit", report.Unit(unit, c.lang))
		return &figure{ID: "hutan", Title: title, Sub: sub, Source: c.t("finding.source"), SVG: "?gambar=hutan",
			Drawing: draw(func(width int) string {
				return chart.Forest(c.lang, width, title, axis, rows, map[string]int{"higher": 1, "lower": -1}[better])
			})}
	}
	if s.Pooled == nil {
		e := on.Effect
		rows := []chart.Row{{Name: on.of.Title, Value: &e.Estimate, Lower: &e.Lower, Upper: &e.Upper, Text: c.alike(e.Estimate, e.Lower, e.Upper)(e.Estimate)}}
		return []block{{ID: "gambar", Figure: drawn(c.effectWords(e), c.t("finding.alone"), e.Unit, e.Better, rows)}}
	}
	half := inference.NormalQuantile(0.5+inference.Defaults.Level/2) * s.Pooled.SE
	low, high := s.Pooled.Mean-half, s.Pooled.Mean+half
	number, first := c.alike(s.Pooled.Mean, low, high), s.Findings[0].Effect
	t := table{Head: c.heads("study-title", "finding-effect", "finding-strength")}
	var rows []chart.Row
	for _, f := range s.Findings {
		name := f.Study
		if x, ok, err := store.StudyOf(r, f.Study); err == nil && ok {
			name = x.Title
		}
		e := f.Effect
		rows = append(rows, chart.Row{Name: name, Value: &e.Estimate, Lower: &e.Lower, Upper: &e.Upper, Text: number(e.Estimate)})
		t.Rows = append(t.Rows, []cell{{Text: name, Link: c.link(at + "/" + f.ID)}, text(c.effectWords(e)), text(c.strengthWords(f.Strength(on.same)))})
	}
	rows = append(rows, chart.Row{Name: c.t("finding.pooled"), Value: &s.Pooled.Mean, Lower: &low, Upper: &high, Text: number(s.Pooled.Mean), Strong: true})
	title := c.t("finding.forest", "studies", len(s.Findings), "mean", number(s.Pooled.Mean), "lower", number(low), "upper", number(high), "unit", report.Unit(first.Unit, c.lang), "level", inference.Defaults.Level)
	return []block{{ID: "sintesis", Title: c.t("finding.synthesis"), Note: c.t("finding.synthesis.note", "i2", s.Pooled.I2, "left", len(s.Left)), Table: &t,
		Figure: drawn(title, c.t("finding.forest.sub"), first.Unit, first.Better, rows)}}
}

func (c *call) termWords(term string) string {
	if i18n.Has(c.lang, "term."+term) {
		return c.words("term." + term)
	}
	return term
}
