package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

// releaseFields show the checker exactly what leaves, number by number: what is left
// ticked goes, what is not stays. With rounded counts it is another list.
func releaseFields(c *call, _ *store.Reader, o object) ([]field, error) {
	a, err := c.toRelease(o)
	if err != nil {
		return nil, err
	}
	var all []option
	var keys []string
	for _, n := range a.Leaves() {
		all = append(all, option{n.Key, c.numberWords(n)})
		keys = append(keys, n.Key)
	}
	at, round, words := c.link(c.r.URL.Path), "", c.t("run.exact")
	if c.rounds() {
		round = "1"
	} else {
		at, words = at+"?bulat=1", c.t("run.round")
	}
	return []field{
		c.study("leaves", "checks", options(all), chosen(keys)),
		c.study("counts", "shown", value(c.t("run.counts."+cmp.Or(round, "0"))), leads(at, words)),
		c.study("rounded", "hidden", value(round)),
	}, nil
}

// rounds tells whether the checker looks at the list with rounded counts.
func (c *call) rounds() bool {
	return c.r.URL.Query().Get("bulat") == "1" || c.r.PostForm.Get("rounded") == "1"
}

// toRelease is the answer that is looked at; who opens the form is noted, once.
func (c *call) toRelease(o object) (a answers.Answer, err error) {
	on := o.value.(runOn)
	if c.r.Method == http.MethodPost {
		a, err = on.answer(c)
	} else if a, err = c.openAnswer(o.ID); err == nil {
		*on.computed = a
	}
	if err == nil && c.rounds() {
		a = a.Rounded()
	}
	return a, err
}

// reviewBlocks are what a checker looks at beside the numbers: what the first gate said,
// and what was let go or refused before on the same data.
func reviewBlocks(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(runOn)
	a, err := on.answer(c)
	if err != nil {
		return nil, err
	}
	g := a.Gate
	said := c.t("run.gate.none")
	switch {
	case g.Public:
		said = c.t("run.gate.public")
	case len(g.Held) > 0:
		said = c.t("run.gate.held", "n", len(g.Held))
	}
	first := block{ID: "penjagaan", Title: c.t("run.gate"), Lines: []string{said}}
	for _, x := range g.Asks {
		first.Lines = append(first.Lines, c.t("run.gate.asks", "what", x.Text(c.lang)))
	}
	tables := c.tablesLeaving(a)
	all, err := answers.EarlierThan(r, c.o.Store.Contents(), c.who, on.Run)
	if err != nil {
		return nil, err
	}
	b := block{ID: "terdahulu", Title: c.t("run.earlier", "n", len(all))}
	if len(all) == 0 {
		return []block{first, tables, b}, nil
	}
	n := c.names(r)
	if !g.Public {
		b.Note = c.t("run.earlier.note")
	}
	t := table{Head: c.heads("run-decided", "study-title", "run-state", "run-about", "run-left", "run-why")}
	for _, e := range all {
		title := cell{Text: e.Study.Title}
		if c.who.May(access.StudyRead, access.Place{Region: e.Study.Region, Organisation: e.Study.Owner}) == nil {
			title.Link = c.link(nounPath["run"] + "/" + e.Run.ID)
		}
		state, by := c.runChip(e.Run), ""
		if e.By != "" {
			by = n.user(e.By)
		} else {
			state = &chip{"no", c.t("run.earlier.gate")}
		}
		numbers := text("–")
		if e.Stage == study.Released {
			numbers = text(c.t("run.earlier.left", "n", e.Left, "held", e.Held))
		}
		why := []string{e.Why}
		for _, p := range e.Problems {
			why = append(why, c.says(p))
		}
		about := "–"
		if len(e.Outcomes) > 0 {
			about = c.t("run.earlier.about", "outcomes", e.Outcomes, "cells", strings.Join(e.Cells, ", "))
		}
		t.Rows = append(t.Rows, []cell{{Text: c.day(registry.DayOf(e.At)), Note: by}, title, {Chip: state}, text(about), numbers, text(cmp.Or(strings.TrimSpace(strings.Join(why, " ")), "–"))})
	}
	b.Table = &t
	return []block{first, tables, b}, n.err
}

// tablesLeaving names the tables that leave beside the numbers of the list, with how many
// rows each has.
func (c *call) tablesLeaving(a answers.Answer) block {
	b := block{ID: "ikut", Title: c.t("run.tables.leave", "n", len(a.Result.Exhibits))}
	for _, x := range a.Result.Exhibits {
		b.Lines = append(b.Lines, c.t("run.tables.leave.one", "outcome", x.Outcome, "table", c.words("report.exhibit."+x.Kind), "n", len(x.Rows)))
	}
	if len(b.Lines) > 0 {
		b.Note = c.t("run.tables.leave.note")
		b.Actions = []action{{Text: c.t("run.report"), Link: c.link(nounPath["run"] + "/" + a.Run.ID + "/laporan"), Plain: true}}
	}
	return b
}

// numberName says which number it is.
func (c *call) numberName(n answers.Number) string {
	parts := []string{n.Outcome, c.words("term." + n.Term)}
	for _, l := range []*result.Label{n.Group, n.Time} {
		if l != nil {
			parts = append(parts, l.String())
		}
	}
	if n.Event != nil && n.Time == nil { // group and period say it already
		plus := ""
		if *n.Event > 0 {
			plus = "+"
		}
		parts = append(parts, c.words("report.event", "event", plus+i18n.Number(c.lang, float64(*n.Event), 0)))
	}
	return strings.Join(parts, ", ")
}

// numberWords say one number that leaves, with its unit and interval and from how many.
func (c *call) numberWords(n answers.Number) string {
	number := func(f *float64) string {
		if f == nil {
			return "–"
		}
		return i18n.Format(c.lang, *f, "")
	}
	return c.numberName(n) + ": " + c.t("run.leaves", "estimate", number(n.Estimate), "unit", report.Unit(n.Of.Unit, c.lang), "lower", number(n.Lower), "upper", number(n.Upper), "level", n.Level, "n", n.N)
}

func releaseRun(c *call, v *values, by store.By, o object) (then, error) {
	a, err := c.toRelease(o)
	if err != nil {
		return then{}, err
	}
	goes := c.r.PostForm["leaves"]
	var held []string
	for _, n := range a.Leaves() {
		if !slices.Contains(goes, n.Key) {
			held = append(held, n.Key)
		}
	}
	if len(held) > 0 && by.Why == "" {
		v.add("why", problem.New("release-why", "n", len(held)))
		return then{}, v.err()
	}
	_, _, err = answers.Release(c.ctx(), c.o.Store, by, o.ID, held, c.rounds())
	return then{}, c.callNumbers(err, a.Leaves())
}

// callNumbers calls the numbers of a refusal as the list above it does; the API calls them
// by their keys.
func (c *call) callNumbers(err error, all []answers.Number) error {
	list := problem.Of(err)
	if len(list) == 0 {
		return err
	}
	called := func(key string) string {
		for _, n := range all {
			if n.Key == key {
				return c.numberName(n)
			}
		}
		return key
	}
	var out problem.List
	for _, p := range list {
		if p.Code == "answer-implied" {
			var from []string
			for _, key := range p.Values["from"].([]string) {
				from = append(from, called(key))
			}
			p = problem.New(p.Code, "found", called(p.Values["found"].(string)), "from", strings.Join(from, "; "), "field", "leaves")
		}
		out = append(out, p)
	}
	return out
}
