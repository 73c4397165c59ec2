package run

import (
	"context"
	"math"
	"slices"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/plan"
)

// Baseline is what data of before a programme (or of any time) say about the
// precision of a study: see estimate/power for the words.
type Baseline struct {
	Rows, Units, Clusters int64 // Clusters 0 = none named
	Periods               int
	Mean                  float64
	SD                    float64 // between units about the mean of their period
	Rho                   float64 // between periods of a unit; 0 with one period
	ICC                   float64 // between units of a cluster, of changes over time where there are any; 0 without clusters
	Treated               float64 // share of units that are, or will be, treated; 0 = not in the data
	Before                int     // periods before the first treatment
	MixedClusters         int64   // clusters that hold treated units and others
}

// baselineColumns are the columns of the plan that the data have; "" = absent.
type baselineColumns struct{ unit, time, cluster, treated, control string }

// Measure reads the baseline of one outcome. Columns that the plan names and the
// data lack, such as a treatment that has not been given yet, are done without.
func Measure(ctx context.Context, s engine.Session, study *designs.Study, o plan.Outcome) (Baseline, error) {
	cols, err := s.Columns(study.Plan.Table)
	if err != nil {
		return Baseline{}, err
	}
	has := func(key string) string {
		name, _ := study.Values[key].(string)
		if name != "" && slices.ContainsFunc(cols, func(c engine.Column) bool { return c.Name == name }) {
			return name
		}
		return ""
	}
	c := baselineColumns{unit: has("unit"), time: has("time"), cluster: has("cluster"), treated: has("first_treated")}
	if study.Design.Name == "experiment" {
		c.unit, c.time, c.treated = "", "", has("treatment")
		c.control, _ = study.Values["control"].(string)
	}
	if study.Values["panel"] == "false" {
		c.unit = ""
	}
	if c.cluster == c.unit {
		c.cluster = ""
	}
	m := measurement{study: study, outcome: o.Column, c: c}
	if !slices.ContainsFunc(cols, func(x engine.Column) bool { return x.Name == o.Column }) {
		var names []string
		for _, x := range cols {
			names = append(names, x.Name)
		}
		return Baseline{}, problem.New("no-column", "column", o.Column, "table", study.Plan.Table, "suggestion", problem.Nearest(o.Column, names), "columns", names)
	}
	means, err := s.Collect(ctx, m.periods())
	if err != nil {
		return Baseline{}, err
	}
	spread, err := s.Collect(ctx, m.spread(means))
	if err != nil {
		return Baseline{}, err
	}
	b := m.read(means, spread)
	if !(b.SD > 0) {
		return b, problem.New("power-no-spread", "column", o.Column)
	}
	return b, nil
}

// TreatedIn tells whether the rows of a comparison over time hold a period in which
// somebody is treated already. All rows are asked: a condition of the plan, or an outcome
// that is not known, hides nobody. Other designs, and rows without the column, have no
// first treatment to ask for.
func TreatedIn(ctx context.Context, s engine.Session, study *designs.Study) (bool, error) {
	column, _ := study.Values["first_treated"].(string)
	time, _ := study.Values["time"].(string)
	cols, err := s.Columns(study.Plan.Table)
	if err != nil || study.Design.Name != "did" || !slices.ContainsFunc(cols, func(c engine.Column) bool { return c.Name == column }) {
		return false, err
	}
	got, err := s.Collect(ctx, moments.Request{Label: "first treatment and last period", Table: study.Plan.Table,
		Columns: []moments.Column{{Name: time, As: moments.Period}, {Name: column, As: moments.Cohort}},
		Make:    []moments.Agg{{Name: "last", Op: moments.Max, Of: moments.Ref(time)}, {Name: "first", Op: moments.Min, Of: moments.Ref(column)}}})
	if err != nil {
		return false, err
	}
	last, first := got.Cell(got.Total(), "last"), got.Cell(got.Total(), "first")
	return !last.IsMissing() && !first.IsMissing() && first.Float() <= last.Float(), nil
}

type measurement struct {
	study   *designs.Study
	outcome string
	c       baselineColumns
}

// base begins a request over rows whose outcome is known and that meet the
// plan's conditions.
func (m measurement) base(label string) moments.Request {
	r := moments.Request{Label: label, Table: m.study.Plan.Table, Columns: []moments.Column{{Name: m.outcome, As: moments.Number}}}
	add := func(name string, as moments.As) {
		if name != "" && !slices.ContainsFunc(r.Columns, func(c moments.Column) bool { return c.Name == name }) {
			r.Columns = append(r.Columns, moments.Column{Name: name, As: as})
		}
	}
	treated := moments.Category
	if m.study.Design.Name == "did" {
		treated = moments.Cohort
	}
	add(m.c.unit, moments.Category)
	add(m.c.time, moments.Period)
	add(m.c.cluster, moments.Category)
	add(m.c.treated, treated)
	r.Where = []moments.Cond{moments.Known{Of: moments.Ref(m.outcome)}}
	for _, w := range m.study.Plan.Where {
		add(w.Column().Name, w.Column().As)
		as := w.Column().As
		for _, c := range r.Columns {
			if c.Name == w.Column().Name {
				as = c.As
			}
		}
		if cond, ok := w.CondAs(as); ok {
			r.Where = append(r.Where, cond)
		}
	}
	return r
}

// periods asks for the mean of the outcome by period, and the first treatment.
func (m measurement) periods() moments.Request {
	r := m.base("means by period")
	if m.c.time != "" {
		r.By = []moments.Field{{Name: "time", Of: moments.Ref(m.c.time)}}
	}
	r.Make = []moments.Agg{{Name: "rows", Op: moments.Count}, {Name: "sum", Op: moments.Sum, Of: moments.Ref(m.outcome)}}
	if m.c.treated != "" && m.study.Design.Name == "did" {
		r.Make = append(r.Make, moments.Agg{Name: "first", Op: moments.Min, Of: moments.Ref(m.c.treated)})
	}
	return r
}

// spread asks for the sums of squares between and within units and clusters,
// about the means of periods.
func (m measurement) spread(means moments.Statistic) moments.Request {
	r := m.base("spread of units and clusters")
	var centre moments.Expr = moments.Real(0)
	for _, g := range means.Groups {
		mean := means.Cell(g, "sum").Float() / math.Max(float64(means.Cell(g, "rows").Count()), 1)
		if m.c.time == "" {
			centre = moments.Real(mean)
			continue
		}
		t, _ := g.Key[0].Whole()
		centre = moments.Case{When: moments.Compare{A: moments.Ref(m.c.time), Op: moments.Equal, B: moments.Int(t)}, Then: moments.Real(mean), Else: centre}
	}
	d := moments.Select{{Name: "e", Of: moments.Sub{A: moments.Ref(m.outcome), B: centre}}}
	key := func(name, column string) {
		if column != "" {
			d = append(d, moments.Field{Name: name, Of: moments.Ref(column)})
		}
	}
	// What clusters share is judged by the change from the first period to the
	// last: what lasts leaves with the comparison over time.
	change := m.c.unit != "" && m.c.time != "" && len(means.Groups) > 1
	if change {
		first, last := means.Groups[0].Key[0], means.Groups[len(means.Groups)-1].Key[0]
		at := func(v moments.Value) moments.Cond {
			return moments.Is{Of: moments.Ref(m.c.time), Values: []moments.Value{v}}
		}
		d = append(d, moments.Field{Name: "end", Of: moments.Case{When: at(last), Then: moments.Int(1), Else: moments.Case{When: at(first), Then: moments.Int(-1), Else: moments.Int(0)}}})
	}
	key("unit", m.c.unit)
	key("cluster", m.c.cluster)
	if m.c.treated != "" {
		var is moments.Cond = moments.Known{Of: moments.Ref(m.c.treated)}
		if m.study.Design.Name == "experiment" {
			control := m.c.control
			if control == "" {
				control = "0"
			}
			is = moments.All{is, moments.Not{Cond: moments.Is{Of: moments.Ref(m.c.treated), Values: []moments.Value{moments.NameKey(control)}}}}
		}
		d = append(d, moments.Field{Name: "treated", Of: moments.Case{When: is, Then: moments.Int(1), Else: moments.Int(0)}})
	}
	squares := moments.Derive{{Name: "ee", Of: moments.Mul{moments.Ref("e"), moments.Ref("e")}}}
	if change {
		squares = append(squares, moments.Field{Name: "moved", Of: moments.Mul{moments.Ref("e"), moments.Ref("end")}})
	}
	r.Steps = []moments.Step{d, squares}
	one := moments.Fold{By: []moments.Field{{Name: "unit", Of: moments.Ref("unit")}}}
	if m.c.unit != "" {
		one.Make = []moments.Agg{{Name: "n", Op: moments.Count}, {Name: "s", Op: moments.Sum, Of: moments.Ref("e")}, {Name: "q", Op: moments.Sum, Of: moments.Ref("ee")}}
		if change {
			one.Make = append(one.Make, moments.Agg{Name: "moved", Op: moments.Sum, Of: moments.Ref("moved")})
		}
		if m.c.cluster != "" {
			one.Make = append(one.Make, moments.Agg{Name: "cluster", Op: moments.Max, Of: moments.Ref("cluster")})
		}
		if m.c.treated != "" {
			one.Make = append(one.Make, moments.Agg{Name: "treated", Op: moments.Max, Of: moments.Ref("treated")})
		}
		r.Steps = append(r.Steps, one)
	} else {
		r.Steps = append(r.Steps, moments.Derive{{Name: "n", Of: moments.Int(1)}, {Name: "s", Of: moments.Ref("e")}, {Name: "q", Of: moments.Ref("ee")}})
	}
	mean := moments.Div{A: moments.Ref("s"), B: moments.Ref("n")}
	own := moments.Expr(mean) // what is compared between clusters
	if change {
		own = moments.Ref("moved")
	}
	r.Steps = append(r.Steps, moments.Derive{{Name: "own", Of: own}, {Name: "between", Of: moments.Mul{mean, moments.Ref("s")}},
		{Name: "nn", Of: moments.Mul{moments.Ref("n"), moments.Ref("n")}}, {Name: "own2", Of: moments.Mul{own, own}}})
	cells := []string{"n", "nn", "q", "between", "own", "own2"}
	if m.c.treated != "" {
		cells = append(cells, "treated")
	}
	sums := []moments.Agg{{Name: "units", Op: moments.Count}}
	for _, name := range cells {
		sums = append(sums, moments.Agg{Name: name, Op: moments.Sum, Of: moments.Ref(name)})
	}
	if m.c.cluster == "" {
		r.Make = sums
		return r
	}
	r.Steps = append(r.Steps, moments.Fold{By: []moments.Field{{Name: "cluster", Of: moments.Ref("cluster")}}, Make: sums},
		moments.Derive{
			{Name: "shared", Of: moments.Div{A: moments.Mul{moments.Ref("own"), moments.Ref("own")}, B: moments.Ref("units")}},
			{Name: "units2", Of: moments.Mul{moments.Ref("units"), moments.Ref("units")}},
		})
	cells = append(cells, "units", "shared", "units2")
	if m.c.treated != "" {
		r.Steps = append(r.Steps, moments.Derive{{Name: "mixed", Of: moments.Case{When: moments.All{
			moments.Compare{A: moments.Ref("treated"), Op: moments.Greater, B: moments.Int(0)},
			moments.Compare{A: moments.Ref("units"), Op: moments.Greater, B: moments.Ref("treated")},
		}, Then: moments.Int(1), Else: moments.Int(0)}}})
		cells = append(cells, "mixed")
	}
	r.Make = []moments.Agg{{Name: "clusters", Op: moments.Count}}
	for _, name := range cells {
		r.Make = append(r.Make, moments.Agg{Name: name, Op: moments.Sum, Of: moments.Ref(name)})
	}
	return r
}

// read turns sums of squares into variance components (analysis of variance
// with unequal groups; Searle, Casella and McCulloch 1992, chapter 3).
func (m measurement) read(means, spread moments.Statistic) Baseline {
	total := spread.Total()
	cell := func(name string) float64 {
		if q := spread.Cell(total, name); !q.IsMissing() {
			return q.Float()
		}
		return 0
	}
	b := Baseline{Periods: max(len(means.Groups), 1), Rows: int64(cell("n")), Units: int64(cell("units"))}
	n, units := cell("n"), cell("units")
	var sum float64
	for _, g := range means.Groups {
		sum += means.Cell(g, "sum").Float()
	}
	b.Mean = sum / math.Max(n, 1)
	b.SD = math.Sqrt(cell("q") / math.Max(n-float64(b.Periods), 1))
	if m.c.unit != "" && n > units && units > 1 {
		var variance float64
		variance, b.Rho = components(cell("between"), cell("q")-cell("between"), units, n, cell("nn"))
		b.SD = math.Sqrt(variance)
	} else if b.Periods > 1 {
		b.Units = int64(n) / int64(b.Periods) // new people in each period
	}
	if m.c.cluster != "" {
		b.Clusters = int64(cell("clusters"))
		if m.c.treated != "" {
			b.MixedClusters = int64(cell("mixed"))
		}
		if clusters := cell("clusters"); clusters > 1 && units > clusters {
			_, b.ICC = components(cell("shared"), cell("own2")-cell("shared"), clusters, units, cell("units2"))
			b.ICC = math.Min(math.Max(b.ICC, 0), 1)
		}
	}
	if m.c.treated != "" && units > 0 {
		b.Treated = cell("treated") / units
	}
	b.Before = b.Periods
	if m.c.treated != "" && m.study.Design.Name == "did" {
		if first := means.Cell(means.Total(), "first"); !first.IsMissing() {
			b.Before = 0
			for _, g := range means.Groups {
				if t, ok := g.Key[0].Whole(); ok && float64(t) < first.Float() {
					b.Before++
				}
			}
		}
	}
	return b
}

// components gives the variance of one row and the share of it that rows of a
// group have in common, from sums of squares between and within groups.
func components(between, within, groups, rows, squares float64) (variance, share float64) {
	if rows <= groups || groups < 2 {
		return (between + within) / math.Max(rows-1, 1), 0
	}
	msb, msw := between/(groups-1), within/(rows-groups)
	size := (rows - squares/rows) / (groups - 1)
	shared := (msb - msw) / size
	variance = shared + msw
	if !(variance > 0) {
		return 0, 0
	}
	return variance, shared / variance
}
