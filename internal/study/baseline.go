package study

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/estimate/power"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Before a plan is registered the study's people may have the outcomes measured in the
// periods that it declares as baseline: what a design could find depends on their
// spread. The rows of other periods are not there for such a run.

// Declares tells whether a draft declares baseline periods.
func (p Protocol) Declares() bool {
	return slices.ContainsFunc(p.Data, func(u Use) bool { return u.Baseline != nil })
}

// Reads tells whether a study has something to read under a permit: it is registered,
// or its draft declares baseline periods.
func (s Study) Reads() bool {
	return s.State() == Running || s.State() == Drafted && s.Draft.Declares()
}

// Periods are the rows of a source whose period lies between two, both with them. The
// zero value is all of them.
type Periods struct {
	Column string `json:"column"` // that holds the period of a row
	From   string `json:"from"`   // as 2019, 2019-03 or 2019-03-17
	Until  string `json:"until"`
}

// Baseline tells whether a run measures outcomes in baseline periods.
func (r Run) Baseline() bool {
	return slices.ContainsFunc(r.Data, func(d RunData) bool { return d.Periods != Periods{} })
}

// Measurement is what a run on baseline periods answered of one outcome: figures of all
// its rows together, as `dampak power` takes them.
type Measurement struct {
	Outcome  string  `json:"outcome"`
	From     string  `json:"from"` // the first period
	Until    string  `json:"until"`
	Rows     int64   `json:"rows"`
	Units    int64   `json:"units"`
	Clusters int64   `json:"clusters"` // 0: the plan names none
	Periods  int     `json:"periods"`  // that the rows have
	Mean     float64 `json:"mean"`
	SD       float64 `json:"sd"`
	Rho      float64 `json:"rho"` // between periods of a unit; 0 with one period
	ICC      float64 `json:"icc"` // between units of a cluster; 0 without clusters
}

// Power is the design that a plan would have on as many units as were measured, half
// of them treated, with one period after the programme, 80 % power.
func (m Measurement) Power(d *designs.Study) power.Design {
	p := power.Design{Units: float64(m.Units), Treated: 0.5, SD: m.SD, Level: d.Plan.Inference.Level, Power: 0.8}
	if m.Clusters > 0 {
		p.ClusterSize, p.ICC = float64(m.Units)/float64(m.Clusters), m.ICC
	}
	if d.Design.Name == "did" {
		p.Before, p.After, p.Rho = max(m.Periods, 1), 1, m.Rho
	}
	return p
}

// Measured says in a registration what had been measured of outcomes by then, in
// periods that it declares as baseline.
type Measured struct {
	Run      string    `json:"run"`     // id
	Dataset  string    `json:"dataset"` // id
	Outcomes []string  `json:"outcomes"`
	From     string    `json:"from"`
	Until    string    `json:"until"`
	At       time.Time `json:"at"` // when it was answered
}

// Listed tells whether a registration says of a run that it measured a baseline.
func (s Study) Listed(run string) bool {
	return slices.ContainsFunc(s.Registrations, func(r Registration) bool {
		return slices.ContainsFunc(r.Measured, func(m Measured) bool { return m.Run == run })
	})
}

// MeasuredIn sorts the runs of a study that answered on real rows into what was
// measured in periods that a protocol declares as baseline, and when its people first
// had any other answer from the data; nil: never.
func (c Checked) MeasuredIn(answered []Run) (in []Measured, looked *time.Time) {
	for _, r := range answered {
		if m, ok := c.measured(r); ok {
			in = append(in, m)
		} else if looked == nil || r.Ended.Before(*looked) {
			looked = r.Ended
		}
	}
	return in, looked
}

func (c Checked) measured(r Run) (Measured, bool) {
	m := Measured{Run: r.ID, At: *r.Ended}
	d, err := designs.Parse([]byte(r.Plan), "")
	if err != nil {
		return m, false
	}
	for _, o := range d.Plan.Outcomes {
		m.Outcomes = append(m.Outcomes, o.Column)
	}
	for _, x := range r.Data {
		if (x.Periods == Periods{}) {
			continue
		}
		m.Dataset, m.From, m.Until = x.Dataset, x.Periods.From, x.Periods.Until
		if !slices.ContainsFunc(c.Data, func(u Use) bool { return u.Dataset == x.Dataset && u.Baseline.covers(x.Periods, u.Period) }) {
			return m, false
		}
	}
	return m, m.Dataset != "" && c.start(c.Design) != "" && c.asked(d)
}

// asked tells whether the rows that a plan measured were asked for the first treatment
// that the protocol goes by: in another column, or under a design that has none, nobody
// looked whether somebody was treated by then. The plan's where is not asked about: all
// rows were (run.TreatedIn).
func (c Checked) asked(measured *designs.Study) bool {
	if c.Design.Design.Name != "did" {
		return true
	}
	return measured.Design.Name == "did" && measured.Plan.Table == c.Design.Plan.Table && measured.Values["first_treated"] == c.Design.Values["first_treated"]
}

// covers tells whether periods lie within those that a protocol declares.
func (b *Baseline) covers(p Periods, column string) bool {
	return b != nil && column == p.Column && b.From <= p.From && (p.Until <= b.Until || strings.HasPrefix(p.Until, b.Until))
}

// period is how the ends of a baseline are written.
var period = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)

// check says what is wrong with the baseline of a data use: its ends are periods, in
// their order, and before the programme where the protocol says when that begins.
func (b *Baseline) check(u Use, start string) error {
	switch {
	case u.Period == "" || b.From == "" || b.Until == "":
		return problem.New("study-data-baseline", "name", u.Name, "field", "data")
	case !period.MatchString(b.From) || !period.MatchString(b.Until) || b.Until < b.From && !strings.HasPrefix(b.From, b.Until):
		return problem.New("study-baseline-period", "name", u.Name, "from", b.From, "until", b.Until, "field", "data")
	case start != "" && b.Until[:min(len(b.Until), len(start))] >= start[:min(len(b.Until), len(start))]:
		return problem.New("study-baseline-late", "name", u.Name, "until", b.Until, "start", start, "field", "data")
	}
	return nil
}

// start is when the programme begins, as far as a protocol says so: the earlier of the
// first year of the plan and the first day of the programme; empty: it does not say.
func (p Protocol) start(d *designs.Study) string {
	start := string(p.Setting.Given.From)
	if year, ok := d.Values["first_year"].(int64); ok {
		if s := strconv.FormatInt(year, 10); len(s) == 4 && (start == "" || s < start) {
			start = s
		}
	}
	return start
}

// baseline is what a run measures before the registration: the periods of the source
// that the plan reads. That they lie before the programme is said by the protocol; the
// rows of a comparison over time are asked for their first treatment besides.
func (c Checked) baseline() (Periods, error) {
	for _, u := range c.Data {
		if u.Name != c.Design.Plan.Table {
			continue
		}
		switch {
		case u.Baseline == nil:
			return Periods{}, problem.New("run-baseline-none", "name", u.Name)
		case c.start(c.Design) == "":
			return Periods{}, problem.New("run-baseline-start")
		}
		return Periods{u.Period, u.Baseline.From, u.Baseline.Until}, nil
	}
	return Periods{}, problem.New("study-data-missing", "name", c.Design.Plan.Table, "field", "data")
}

// QueueBaseline asks for a measurement of the outcomes in the baseline periods of the
// draft that c is; x, others and by as in Queue. It is there until the study is
// registered. Event: run-queued.
func (s Study) QueueBaseline(x Run, c Checked, others []Run, by registry.Hand) (registry.Change, error) {
	if len(s.Registrations) > 0 {
		return registry.Change{}, problem.New("run-baseline-registered")
	}
	if state := s.State(); state != Drafted {
		return registry.Change{}, problem.New("state-study-" + state)
	}
	periods, err := c.baseline()
	if err != nil {
		return registry.Change{}, err
	}
	x.Dummy, x.Data = false, slices.Clone(x.Data)
	for i, d := range x.Data {
		if d.Name == c.Design.Plan.Table {
			x.Data[i].Periods = periods
		}
	}
	return s.queue(x, c, others, by)
}
