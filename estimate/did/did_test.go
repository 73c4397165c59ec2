package did

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/estimate"
	"github.com/dampak/dampak/inference"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/moments"
	"github.com/dampak/dampak/result"
)

// obs is one row of a panel, as a test writes it; a NaN outcome is missing.
type obs struct {
	unit, time, first int64 // first 0 = never
	y, w              float64
	cluster           int64
	x                 float64 // a covariate
	second            int64   // another cluster, a stratum or a domain
}

// whole tells whether all values are whole numbers.
func whole(panel []obs, of func(obs) float64) bool {
	for _, o := range panel {
		if v := of(o); !math.IsNaN(v) && v != math.Trunc(v) {
			return false
		}
	}
	return true
}

func outcome(o obs) float64 { return o.y }
func weight(o obs) float64  { return o.w }

var names = Options{Outcome: "y", Unit: "id", Time: "year", FirstTreated: "first"}

// open puts a panel into the memory engine, and takes a look as a run does.
func open(p estimate.Procedure, panel []obs) (engine.Session, estimate.Sample, error) {
	table := memory.Table{Columns: []string{"id", "year", "first", "y", "w", "c", "x", "d"}}
	text := func(x float64) string {
		if math.IsNaN(x) {
			return ""
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	summary := estimate.Summary{Min: math.Inf(1), Max: math.Inf(-1)}
	covariate := summary
	for _, o := range panel {
		table.Rows = append(table.Rows, []string{fmt.Sprint("u", o.unit), fmt.Sprint(o.time), fmt.Sprint(o.first), text(o.y), text(o.w), fmt.Sprint(o.cluster), text(o.x), fmt.Sprint(o.second)})
		summary.Min, summary.Max = math.Min(summary.Min, o.w), math.Max(summary.Max, o.w)
		covariate.Min, covariate.Max = math.Min(covariate.Min, o.x), math.Max(covariate.Max, o.x)
		covariate.Mean += o.x / float64(len(panel))
	}
	session, err := memory.From(map[string]memory.Table{"panel": table}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		return nil, estimate.Sample{}, err
	}
	s := estimate.Sample{Table: "panel", Columns: map[string]moments.Column{}, Summary: map[string]estimate.Summary{"w": summary, "x": covariate},
		Where: []moments.Cond{moments.Known{Of: moments.Ref("y")}}}
	for _, c := range p.Columns() {
		as := c.As
		if (c.Name == "y" && whole(panel, outcome)) || (c.Name == "w" && whole(panel, weight)) {
			as = moments.Whole
		}
		s.Columns[c.Name] = moments.Column{Name: c.Name, As: as}
	}
	look := moments.Request{Label: "look", Table: s.Table, Columns: s.Pick("year", "first", "y"), Where: s.Where,
		By:   []moments.Field{{Name: "year", Of: moments.Ref("year")}, {Name: "first", Of: moments.Ref("first")}},
		Make: []moments.Agg{{Name: "rows", Op: moments.Count}}}
	s.Levels, err = session.Collect(context.Background(), look)
	return session, s, err
}

var few = inference.Options{Level: 0.95, Seed: 1, Draws: 200}

// analyse runs the rounds of a study on a panel.
func analyse(o Options, panel []obs) (result.Analysis, error) { return analyseWith(o, few, panel) }

func analyseWith(o Options, inf inference.Options, panel []obs) (result.Analysis, error) {
	return analyseBy(New(o, inf), panel)
}

func analyseBy(p estimate.Procedure, panel []obs) (result.Analysis, error) {
	session, s, err := open(p, panel)
	if err != nil {
		return result.Analysis{}, err
	}
	so, err := rounds(p, s, func(r moments.Request) (moments.Statistic, error) { return session.Collect(context.Background(), r) })
	if err != nil {
		return result.Analysis{}, err
	}
	return p.Estimate(s, so)
}

// rounds asks until nothing more is wanted.
func rounds(p estimate.Procedure, s estimate.Sample, collect func(moments.Request) (moments.Statistic, error)) ([]moments.Statistic, error) {
	var so []moments.Statistic
	for {
		next, err := p.Ask(s, so)
		if err != nil || len(next) == 0 {
			return so, err
		}
		for _, r := range next {
			answer, err := collect(r)
			if err != nil {
				return nil, err
			}
			so = append(so, answer)
		}
	}
}

func mustAnalyse(t *testing.T, o Options, panel []obs) result.Analysis {
	t.Helper()
	a, err := analyse(o, panel)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// label identifies an estimate.
func label(e result.Estimate) string {
	s := e.Term
	if e.Group != nil {
		s += " g" + e.Group.String()
	}
	if e.Time != nil {
		s += " t" + e.Time.String()
	}
	if e.Event != nil && e.Term == "event" {
		s += fmt.Sprintf(" e%d", *e.Event)
	}
	return s
}

func index(a result.Analysis) map[string]result.Estimate {
	m := map[string]result.Estimate{}
	for _, e := range a.Estimates {
		m[label(e)] = e
	}
	return m
}

func readCSV(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(testenv.Golden(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range all[1:] {
		m := map[string]string{}
		for i, h := range all[0] {
			m[h] = r[i]
		}
		rows = append(rows, m)
	}
	return rows
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func mpdta(t *testing.T) []obs {
	t.Helper()
	testenv.Need(t, "golden")
	var panel []obs
	for _, r := range readCSV(t, "mpdta.csv") {
		panel = append(panel, obs{unit: int64(number(t, r["countyreal"])), time: int64(number(t, r["year"])),
			first: int64(number(t, r["first.treat"])), y: number(t, r["lemp"]), w: 1, x: number(t, r["lpop"])})
	}
	return panel
}

// near compares at a relative tolerance, absolute below 1e-3 of the scale.
func near(got, want, tol float64) bool {
	return math.Abs(got-want) <= tol*math.Max(math.Abs(want), 1e-3)
}

// R package did 2.5.1 on mpdta; the file has 12 digits, so that 1e-9 relative
// holds for all but the smallest numbers.
func TestGoldenMpdta(t *testing.T) {
	panel := mpdta(t)
	specs := map[string]Options{
		"cs_nevertreated_nocov":           {},
		"cs_notyettreated_nocov":          {Comparison: NotYetTreated},
		"cs_nevertreated_nocov_universal": {BasePeriod: Universal},
		"cs_nevertreated_nocov_anticip1":  {Anticipation: 1},
	}
	for name, comparison := range map[string]string{"nevertreated": NeverTreated, "notyettreated": NotYetTreated} {
		for short, method := range map[string]string{"dr": DoublyRobust, "ipw": IPW, "reg": OutcomeRegression} {
			specs["cs_"+name+"_lpop_"+short] = Options{Comparison: comparison, Method: method, Covariates: []Covariate{{Column: "x"}}}
		}
	}
	specs["cs_nevertreated_nocov_repeatedcs"] = Options{CrossSections: true}
	specs["cs_notyettreated_lpop_repeatedcs_dr"] = Options{CrossSections: true, Comparison: NotYetTreated, Covariates: []Covariate{{Column: "x"}}}
	terms := map[string]string{"att_gt": "att-gt", "dynamic": "event", "group": "group", "calendar": "calendar",
		"simple_overall": "simple", "group_overall": "group-overall", "dynamic_overall": "event-overall", "calendar_overall": "calendar-overall"}
	expected := readCSV(t, "mpdta.expected.csv")
	for spec, o := range specs {
		o.Outcome, o.Unit, o.Time, o.FirstTreated = "y", "id", "year", "first"
		a, err := analyse(o, panel)
		if err != nil {
			t.Fatal(err)
		}
		got := index(a)
		seen, tol := 0, 1e-9
		if len(o.Covariates) > 0 {
			tol = 1e-6 // R stops the logit at a relative deviance of 1e-8
		}
		for _, r := range expected {
			if r["spec"] != spec {
				continue
			}
			value := number(t, r["value"])
			switch r["quantity"] {
			case "pretest_wald":
				if d := a.Diagnostics[0]; d.Statistic == nil || !near(*d.Statistic, value, 10*tol) {
					t.Errorf("%s: pre-test %v, want %v", spec, d.Statistic, value)
				}
				continue
			case "pretest_p":
				if d := a.Diagnostics[0]; d.P == nil || math.Abs(*d.P-value) > 5.1e-6 { // printed with five decimals
					t.Errorf("%s: p of the pre-test %v, want %v", spec, d.P, value)
				}
				continue
			}
			name := terms[r["quantity"]]
			switch name {
			case "event":
				name += " e" + r["time"]
			case "calendar":
				name += " t" + r["time"]
			case "group", "att-gt":
				name += " g" + r["group"]
				if r["time"] != "" {
					name += " t" + r["time"]
				}
			}
			e, ok := got[name]
			if !ok || e.Estimate == nil {
				t.Errorf("%s: no %s", spec, name)
				continue
			}
			seen++
			if !near(*e.Estimate, value, tol) {
				t.Errorf("%s %s: %.12g, want %.12g", spec, name, *e.Estimate, value)
			}
			if r["se"] == "" || r["se"] == "NA" {
				if e.SE != nil {
					t.Errorf("%s %s: se %v, want none", spec, name, *e.SE)
				}
				continue
			}
			if e.SE == nil || !near(*e.SE, number(t, r["se"]), tol) {
				t.Errorf("%s %s: se %v, want %s", spec, name, deref(e.SE), r["se"])
			}
		}
		if seen != len(a.Estimates) {
			t.Errorf("%s: %d estimates, R has %d", spec, len(a.Estimates), seen)
		}
	}
}

func refusal(err error) string {
	var r *result.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return fmt.Sprint(err)
}

// deref gives the number of a pointer for messages: NaN for nil.
func deref(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
