package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// What may be read of outcomes before a plan is registered: their measure in the
// periods that the draft declares as baseline.

// inBaseline is the answer of the form of runs that asks for a measurement.
const inBaseline = "baseline"

// measurement is the newest measurement of a study's baseline; false: there is none.
func (on studyOn) measurement() (study.Run, bool) {
	i := slices.IndexFunc(on.runs, func(r study.Run) bool { return r.Baseline() && r.State == study.Done })
	if i < 0 {
		return study.Run{}, false
	}
	return on.runs[i], true
}

// measures tells whether the reader may ask for a measurement of the study's draft.
func (c *call) measures(on studyOn) bool {
	return on.State() == study.Drafted && len(on.lacks) == 0 && on.Draft.Declares() && c.who.May(access.RowsUse, access.Place{Region: on.Region, Organisation: on.Owner}) == nil
}

// baselineBlocks say what was measured of the outcomes before the registration, and
// lead to the measurement where there is none.
func (c *call) baselineBlocks(r *store.Reader, on studyOn) ([]block, error) {
	x, done := on.measurement()
	b := block{ID: "data-dasar", Title: c.t("baseline.none")}
	if done {
		var err error
		if b, err = c.measurementBlock(r, x); err != nil {
			return nil, err
		}
	}
	if c.measures(on) {
		if !done {
			b.Note = c.t("baseline.why")
		}
		words := c.t("baseline.ask")
		if done {
			words = c.t("baseline.again")
		}
		b.Actions = []action{{Text: words, Link: c.link(nounPath["run"]+"/jalankan") + "?studi=" + on.ID + "&baris=" + inBaseline, Plain: true}}
	}
	if !done && b.Actions == nil {
		return nil, nil
	}
	return []block{b}, nil
}

// measurementBlock shows a measurement to those who may see it, who are noted, and to
// others that there is one.
func (c *call) measurementBlock(r *store.Reader, x study.Run) (block, error) {
	days := x.Data[slices.IndexFunc(x.Data, func(d study.RunData) bool { return d.Periods != study.Periods{} })].Periods
	b := block{ID: "data-dasar", Title: c.t("baseline.title", "from", days.From, "until", days.Until)}
	all, plan, err := c.measuredBy(r, x)
	if err != nil || all == nil {
		b.Note = c.t("baseline.closed", "day", c.day(registry.DayOf(*x.Ended)))
		return b, err
	}
	b.Note = c.t("baseline.note", "day", c.day(registry.DayOf(*x.Ended)))
	t := c.measurementTable(all)
	for _, m := range all {
		found, err := m.Power(plan).Detectable()
		if err != nil {
			b.Lines = append(b.Lines, c.t("baseline.small", "outcome", m.Outcome))
			continue
		}
		b.Lines = append(b.Lines, c.t("baseline.detectable", "outcome", m.Outcome, "effect", c.effectIn(plan, m.Outcome, found), "units", m.Units, "clusters", m.Clusters))
	}
	b.Table = &t
	return b, nil
}

// measurementTable has the columns that the outcomes have something in.
func (c *call) measurementTable(all []study.Measurement) table {
	clustered := slices.ContainsFunc(all, func(m study.Measurement) bool { return m.Clusters > 0 })
	repeated := slices.ContainsFunc(all, func(m study.Measurement) bool { return m.Periods > 1 })
	columns := []string{"study-outcome", "baseline-mean", "baseline-sd"}
	if repeated {
		columns = append(columns, "baseline-rho")
	}
	if clustered {
		columns = append(columns, "baseline-icc", "baseline-clusters")
	}
	t := table{Head: c.heads(append(columns, "baseline-units", "baseline-periods")...)}
	for _, m := range all {
		figure := func(v float64, says string) cell { return cell{Text: says, Number: &v} }
		row := []cell{text(m.Outcome), figure(m.Mean, i18n.Format(c.lang, m.Mean, "")), figure(m.SD, i18n.Format(c.lang, m.SD, ""))}
		if repeated {
			row = append(row, figure(m.Rho, i18n.Number(c.lang, m.Rho, 2)))
		}
		if clustered {
			row = append(row, figure(m.ICC, i18n.Number(c.lang, m.ICC, 2)), c.count(m.Clusters))
		}
		t.Rows = append(t.Rows, append(row, c.count(m.Units), c.count(int64(m.Periods))))
	}
	return t
}

func (c *call) effectIn(plan *designs.Study, outcome string, effect float64) string {
	says := i18n.Format(c.lang, effect, "")
	for _, o := range plan.Plan.Outcomes {
		if o.Column == outcome && o.Unit != "" {
			says += " " + o.Unit
		}
	}
	return says
}

// measuredBy gives what a run measured, with its plan, and notes that the reader saw it;
// nil: it is not shown to them.
func (c *call) measuredBy(r *store.Reader, x study.Run) ([]study.Measurement, *designs.Study, error) {
	sight, err := store.SightOf(r, c.who, x)
	if err != nil || !sight.Shows {
		return nil, nil, err
	}
	plan, err := designs.Parse([]byte(x.Plan), "")
	if err != nil {
		return nil, nil, err
	}
	all, err := answers.Measurement(c.ctx(), c.o.Store, event.Actor{User: c.self.User, Via: event.Web}, c.who, x.ID)
	return all, plan, err
}

// fromBaseline fills in what a draft does not say of the effect that it could find, from
// the measurement of its first outcome, and says where that is from.
func (c *call) fromBaseline(r *store.Reader, on studyOn, p study.Protocol) (func(*field), error) {
	none := func(*field) {}
	x, ok := on.measurement()
	d, err := designs.Parse([]byte(p.Plan), "")
	if !ok || err != nil || p.Setting.Detectable != nil || len(on.Registrations) > 0 {
		return none, nil //nolint:nilerr // what cannot be read is said elsewhere
	}
	all, _, err := c.measuredBy(r, x)
	i := slices.IndexFunc(all, func(m study.Measurement) bool { return m.Outcome == d.Plan.Outcomes[0].Column })
	if err != nil || i < 0 {
		return none, err
	}
	found, err := all[i].Power(d).Detectable()
	if err != nil {
		return none, nil //nolint:nilerr // the page of the study says why there is none
	}
	return func(f *field) {
		f.Value = strconv.FormatFloat(found, 'g', 4, 64)
		f.Help = c.t("baseline.fills", "sd", i18n.Format(c.lang, all[i].SD, ""), "from", all[i].From, "until", all[i].Until, "day", c.day(registry.DayOf(*x.Ended)))
	}, nil
}

// measuredFacts say of a registration what had been measured in baseline periods.
func (c *call) measuredFacts(r study.Registration) []fact {
	var facts []fact
	for _, m := range r.Measured {
		facts = append(facts, fact{Name: c.t("baseline.registered"), Text: c.t("baseline.measured", "outcomes", m.Outcomes, "from", m.From, "until", m.Until, "day", c.day(registry.DayOf(m.At))),
			Link: c.link(fmt.Sprintf("%s/%s", nounPath["run"], m.Run))})
	}
	return facts
}

// rowsWords say which rows a run reads.
func (c *call) rowsWords(r study.Run) string {
	switch {
	case r.Dummy:
		return c.t("run.dummy")
	case r.Baseline():
		return c.t("run.baseline")
	}
	return c.t("run.real")
}

// askedRows is which rows the form of runs asks for first.
func (c *call) askedRows() string {
	if strings.EqualFold(c.r.URL.Query().Get("baris"), inBaseline) {
		return inBaseline
	}
	return "dummy"
}
