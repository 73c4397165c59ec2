package web

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/report/chart"
)

// used is how far programmes are used, as far as the record says, for a year that the
// address names, else the newest with figures.
type used struct {
	c      *call
	ledger *registry.Ledger
	years  []int // with figures, the newest first
	year   int
}

// used gives what is on record of programmes (none: all) within regions; nil where
// the reader may not see such figures.
func (c *call) used(r *store.Reader, programmes []string, within string) (*used, error) {
	if !c.has(access.FigureRead) {
		return nil, nil //nolint:nilnil // a page without these figures is still a page
	}
	f := store.FigureFilter{Programmes: programmes, Within: []string{province}, Digits: 4} // the years of one region are those of all
	budget, err := store.BudgetFigures(r, f)
	if err != nil {
		return nil, err
	}
	paid, err := store.DisbursementFigures(r, f)
	if err != nil {
		return nil, err
	}
	u := &used{c: c}
	for _, x := range budget {
		u.years = append(u.years, x.Year)
	}
	for _, x := range paid {
		u.years = append(u.years, x.Year)
	}
	slices.SortFunc(u.years, func(a, b int) int { return b - a })
	u.years = slices.Compact(u.years)
	if u.year, _ = strconv.Atoi(string(c.today()[:4])); len(u.years) > 0 {
		u.year = u.years[0]
	}
	if asked, err := strconv.Atoi(c.r.URL.Query().Get("tahun")); err == nil && slices.Contains(u.years, asked) {
		u.year = asked
	}
	u.ledger, err = store.Ledger(r, store.FigureFilter{Programmes: programmes, Within: []string{within}, First: u.year, Last: u.year})
	return u, err
}

// choose is the form that asks for another year; no block where there is but one.
func (u *used) choose() block {
	if len(u.years) < 2 {
		return block{}
	}
	var years []option
	for _, y := range u.years {
		years = append(years, option{itoa(y), itoa(y)})
	}
	c := u.c
	return block{Form: &form{Action: c.link(c.r.URL.Path), Get: true, Button: c.t("use.show"), Fields: []field{c.field("tahun", "select", options(years), value(itoa(u.year)))}}}
}

// rupiah writes an amount of money as people say it.
func rupiah(l i18n.Lang, v int64) string {
	for _, x := range []struct {
		from float64
		word string
	}{{1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}} {
		if math.Abs(float64(v)) >= x.from {
			return say(l, "money."+x.word, "n", float64(v)/x.from)
		}
	}
	return say(l, "money.whole", "n", v)
}

// people writes a number of recipients.
func (c *call) people(counts registry.Counted, n int64) string {
	return c.t("use."+string(counts), "n", n)
}

// unit writes a number of a funnel.
type unit func(int64) string

func (c *call) money(v int64) string { return rupiah(c.lang, v) }

func (c *call) counted(counts registry.Counted) unit {
	return func(n int64) string { return c.people(counts, n) }
}

// capital begins a word as at the head of a line.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// stations are the four of a funnel in order.
func stations(f registry.Funnel) []struct {
	registry.Station
	registry.Measure
} {
	return []struct {
		registry.Station
		registry.Measure
	}{{registry.Allocated, f.Allocated}, {registry.Disbursed, f.Disbursed}, {registry.Received, f.Received}, {registry.Used, f.Used}}
}

// percent writes a share, rounded to a whole percent, and to a tenth beside 0 and 100.
func (c *call) percent(v float64) string {
	decimals := 0
	if p := v * 100; p > 99 && p < 100 || p > 0 && p < 1 {
		decimals = 1
	}
	return i18n.Number(c.lang, v*100, decimals) + "\u00a0%"
}

// part says of what parts a number is made: record.use.part.PART.
type part string

// The parts.
const (
	ofRegions    part = "region"
	ofProgrammes part = "programme"
	ofTables     part = "table" // payments, or the funds of a budget
)

// have says what part of a number is known.
func (c *call) have(m registry.Measure, of part) string {
	return c.t("use.have", "have", m.Have, "want", m.Want, "parts", c.t("use.part."+string(of)))
}

// measured writes a number of a funnel, with what part of it is known.
func (c *call) measured(m registry.Measure, says unit, of part) string {
	switch {
	case m.Value == nil:
		return c.t("use.unreported")
	case m.Partial() && m.Have < m.Want:
		return c.t("use.partly", "value", says(*m.Value), "have", c.have(m, of))
	case m.Partial():
		return c.t("use.partial", "value", says(*m.Value))
	}
	return says(*m.Value)
}

// senses says what a number is in the tables that it comes from.
func (c *call) senses(m registry.Measure) string {
	all := make([]string, len(m.Senses))
	for i, s := range m.Senses {
		all[i] = c.words("sense." + string(s))
	}
	return strings.Join(all, " + ")
}

// funnel draws the way from what was set aside to what was used; false where nothing
// is on record.
func (c *call) funnel(id, label string, f registry.Funnel, says unit, of part) (figure, bool) {
	var stages []chart.Stage
	known := false
	var before *registry.Measure
	var from registry.Station
	for _, s := range stations(f) {
		x := chart.Stage{Name: capital(c.words("station." + string(s.Station))), Sense: c.senses(s.Measure), Text: c.measured(s.Measure, says, of)}
		if s.Value != nil {
			v := float64(*s.Value)
			x.Value, known = &v, true
			if before != nil {
				if ratio := s.Of(*before); ratio.Value != nil && !ratio.Partial {
					x.Share = c.t("use.share", "share", c.percent(*ratio.Value), "of", c.words("station."+string(from)))
				}
			}
			m := s.Measure
			before, from = &m, s.Station
		}
		stages = append(stages, x)
	}
	return figure{ID: id, Title: label, Drawing: draw(func(width int) string { return chart.Funnel(width, label, stages) })}, known
}

// funnelTable is a funnel as a table: each station with its sense, number and what
// part of it is known.
func (c *call) funnelTable(f registry.Funnel, says unit, of part) *table {
	t := &table{Head: c.heads("use-station", "use-sense", "use-value", "use-known")}
	for _, s := range stations(f) {
		row := []cell{text(capital(c.words("station." + string(s.Station)))), text(c.senses(s.Measure)), text(c.t("use.unreported")), text("")}
		if s.Value != nil {
			row[2] = text(says(*s.Value))
			switch {
			case s.Want > 0:
				row[3] = text(c.have(s.Measure, of))
			case s.Partial():
				row[3] = text(c.t("use.some"))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// measure is a number of a funnel as a cell, in a unit of so many.
func (c *call) measureCell(m registry.Measure, per float64, decimals int, of part) cell {
	if m.Value == nil {
		return c.quantity(nil, 0, c.t("use.unreported"))
	}
	v := float64(*m.Value) / per
	x := c.quantity(&v, decimals, "")
	switch {
	case m.Partial() && m.Have < m.Want:
		x.Note = c.have(m, of)
	case m.Partial():
		x.Note = c.t("use.some")
	}
	return x
}

// ratioCell is a share as a cell, in percent.
func (c *call) ratioCell(r registry.Ratio) cell {
	if r.Value == nil || r.Partial {
		return c.quantity(nil, 0, "–")
	}
	v := *r.Value * 100
	return c.quantity(&v, 1, "")
}

// million is the unit of money in tables.
const million = 1e6

// late says how late payments were.
func (c *call) late(d registry.Delay) string {
	if d.Known == 0 || d.Median == nil {
		return c.t("use.late.unknown")
	}
	bases := make([]string, len(d.Bases))
	for i, b := range d.Bases {
		bases[i] = c.words("figures.due." + string(b))
	}
	return c.t("use.late", "late", d.Late, "known", d.Known, "median", c.daysOff(*d.Median), "worst", c.daysOff(*d.Worst), "bases", strings.Join(bases, "; "))
}

// daysOff says how many days after a day something was, or before it.
func (c *call) daysOff(n int) string {
	switch {
	case n > 0:
		return c.t("use.days.late", "n", n)
	case n < 0:
		return c.t("use.days.early", "n", -n)
	}
	return c.t("use.days.on")
}

// stage writes what a payment is called: tahap 1, triwulan 2, Maret.
func (c *call) stage(s string) string {
	for prefix, key := range map[string]string{"q": "quarter", "s": "semester"} {
		if n, ok := strings.CutPrefix(s, prefix); ok {
			return c.words("figures.stage."+key, "n", n)
		}
	}
	if n, ok := strings.CutPrefix(s, "m"); ok {
		month, _, _ := strings.Cut(periodWords(c.lang, "2000-"+n), " ")
		return month
	}
	return c.words("figures.stage.number", "n", s)
}

// batches are the tables that measures rest on.
func batchesOf(all ...registry.Funnel) []string {
	var ids []string
	for _, f := range all {
		for _, s := range stations(f) {
			ids = append(ids, s.Batches...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// rests lists the tables that figures rest on: who brought them in and who accepted
// them, when.
func (c *call) rests(r *store.Reader, ids []string) (block, error) {
	if len(ids) == 0 {
		return block{}, nil
	}
	t := table{Head: c.heads("use-table", "use-kind", "use-owner", "use-staged", "use-accepted")}
	n := c.names(r)
	for _, id := range ids {
		b, ok, err := store.FigureBatchOf(r, id)
		if err != nil {
			return block{}, err
		}
		if !ok {
			continue
		}
		t.Rows = append(t.Rows, []cell{{Text: b.File, Link: c.link(nounPath["figures"] + "/" + b.ID)}, text(c.words("figures.kind." + string(b.Kind))), text(n.organisation(b.Owner)), text(c.hand(n, &b.Staged)), text(c.hand(n, b.Accepted))})
	}
	return block{ID: "sumber", Title: c.t("use.rests"), Table: &t, Note: c.t("use.rests.note")}, n.err
}

// hand says who did something, and when.
func (c *call) hand(n *names, h *registry.Hand) string {
	if h == nil {
		return "–"
	}
	return n.user(h.User) + ", " + c.day(registry.DayOf(h.At))
}

// levelsTable puts the three levels of government side by side.
func (c *call) levelsTable(all []registry.LevelUse) *table {
	t := &table{Head: c.heads("use-level", "use-programmes", "use-budget", "use-spent", "use-families-target", "use-families", "use-persons-target", "use-persons")}
	for _, l := range all {
		t.Rows = append(t.Rows, []cell{text(c.t("programme.level." + string(l.Level))), {Text: c.t("use.reporting", "have", l.Reporting, "want", l.Programmes)},
			c.measureCell(l.Money.Allocated, million, 1, ofProgrammes), c.measureCell(l.Money.Disbursed, million, 1, ofProgrammes),
			c.measureCell(l.Families.Allocated, 1, 0, ofProgrammes), c.measureCell(l.Families.Received, 1, 0, ofProgrammes), c.measureCell(l.Persons.Allocated, 1, 0, ofProgrammes), c.measureCell(l.Persons.Received, 1, 0, ofProgrammes)})
	}
	return t
}

// like compares two stations over the regions that report both wholly: the share, and
// how many those are; nil where none does.
func like(all []registry.Use, part, whole func(registry.Use) registry.Measure) (share *float64, n int) {
	var above, below int64
	for _, u := range all {
		a, b := part(u), whole(u)
		if a.Value == nil || b.Value == nil || a.Partial() || b.Partial() {
			continue
		}
		above, below, n = above+*a.Value, below+*b.Value, n+1
	}
	if below == 0 {
		return nil, 0
	}
	v := float64(above) / float64(below)
	return &v, n
}

// served is what part of its target a programme reached; nil where one of them is not
// known or of other regions or payments than the other.
func served(u registry.Use) *float64 {
	r := u.Recipients.Received.Of(u.Recipients.Allocated)
	if r.Partial {
		return nil
	}
	return r.Value
}
