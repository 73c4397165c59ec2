package report

import (
	"html/template"
	"math"
	"slices"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report/chart"
	"github.com/dampak/dampak/result"
)

// draw makes a figure in both widths.
func draw(title, sub string, at func(width int) string) figure {
	return figure{Title: title, Sub: sub, Wide: template.HTML(at(chart.Wide)), Narrow: template.HTML(at(chart.Narrow))} //nolint:gosec // our own SVG, text escaped by chart
}

// figures are the figures of an outcome: those whose numbers the result has.
func (in Input) figures(o plan.Outcome, l i18n.Lang) []figure {
	var out []figure
	for _, figureOf := range []func(plan.Outcome, i18n.Lang) (figure, bool){in.paths, in.eventStudy, in.sensitivity("relative-magnitudes"), in.sensitivity("smoothness"), in.bacon, in.placebos, in.groups, in.arms, in.balance, in.unitWeights, in.cohortPaths, in.domains} {
		if f, ok := figureOf(o, l); ok {
			out = append(out, f)
		}
	}
	return out
}

// of lists an outcome's estimates of a term.
func (in Input) of(o plan.Outcome, term string) []result.Estimate {
	var out []result.Estimate
	for _, e := range in.Result.Estimates {
		if e.Outcome == o.Column && e.Term == term {
			out = append(out, e)
		}
	}
	return out
}

func (in Input) eventStudy(o plan.Outcome, l i18n.Lang) (figure, bool) {
	var points []chart.Point
	before, after, sure := 0, 0, 0
	for _, e := range in.of(o, "event") {
		if e.Event == nil || e.Estimate == nil {
			continue
		}
		points = append(points, chart.Point{At: *e.Event, Value: *e.Estimate, Lower: e.Lower, Upper: e.Upper, BandLower: e.BandLower, BandUpper: e.BandUpper})
		if *e.Event < 0 {
			before++
			continue
		}
		after++
		if e.BandLower != nil && (*e.BandLower > 0 || *e.BandUpper < 0) {
			sure++
		}
	}
	if len(points) < 2 {
		return figure{}, false
	}
	values := map[string]any{"outcome": within(o, l), "unit": unitName(o, l), "before": before, "after": after, "sure": sure, "level": in.Study.Plan.Inference.Level}
	title := i18n.Text(l, "report.figure.event.title", values)
	return draw(title, i18n.Text(l, "report.figure.event.sub", values), func(width int) string {
		return chart.EventStudy(l, width, title, i18n.Text(l, "report.figure.event.axis", values), points)
	}), true
}

func (in Input) paths(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitPaths)
	if !ok {
		return figure{}, false
	}
	values := map[string]any{"treated": x.Values["treated"], "unit": unitName(o, l), "outcome": outcomeName(o, l), "year": x.Values["first_year"]}
	treated, other := chart.Line{Name: str(x.Values["treated"])}, chart.Line{Name: i18n.Text(l, "report.figure.paths.synthetic", values), Dashed: true}
	var times []int64
	gap := 0.0
	first, _ := x.Values["first_year"].(int64)
	for _, r := range x.Rows {
		t, _ := r[0].(int64)
		times = append(times, t)
		treated.Values = append(treated.Values, cellFloat(r[1]))
		other.Values = append(other.Values, cellFloat(r[2]))
		if t == times[0] || t >= first {
			gap = cellFloat(r[1]) - cellFloat(r[2])
		}
	}
	values["gap"] = quantity(l, math.Abs(gap))
	e, _ := headline(in.Result, o.Column)
	title := i18n.Text(l, "report.figure.paths.title."+map[bool]string{true: "apart", false: "close"}[find(e, o, in.Study.Plan.Inference.Level) != foundNothing], values)
	weights := map[int64]float64{}
	if w, ok := exhibit(in.Result, o.Column, result.ExhibitTimeWeights); ok {
		for _, r := range w.Rows {
			t, _ := r[0].(int64)
			weights[t] = cellFloat(r[1])
		}
	}
	return draw(title, i18n.Text(l, "report.figure.paths.sub", values), func(width int) string {
		return chart.Paths(l, width, title, times, []chart.Line{treated, other}, &first, weights)
	}), true
}

func (in Input) placebos(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitPlacebos)
	if !ok {
		return figure{}, false
	}
	var all []chart.Placebo
	for _, r := range x.Rows {
		all = append(all, chart.Placebo{Name: str(r[0]), Value: cellFloat(r[1]), Treated: str(r[0]) == str(x.Values["treated"])})
	}
	values := map[string]any{"treated": x.Values["treated"], "rank": x.Values["rank"], "of": x.Values["of"], "unit": unitName(o, l)}
	title := i18n.Text(l, "report.figure.placebos.title", values)
	return draw(title, i18n.Text(l, "report.figure.placebos.sub", values), func(width int) string {
		return chart.Placebos(l, width, title, i18n.Text(l, "report.figure.placebos.axis", values), all)
	}), true
}

// groups is the forest of the waves with the overall effect below them.
func (in Input) groups(o plan.Outcome, l i18n.Lang) (figure, bool) {
	waves := in.of(o, "group")
	if len(waves) == 0 {
		return figure{}, false
	}
	var rows []chart.Row
	for _, e := range append(waves, in.of(o, "simple")...) {
		if e.Group != nil && e.Group.IsName { // an effect by domain
			continue
		}
		name := i18n.Text(l, "term."+e.Term, nil)
		if e.Group != nil {
			name = i18n.Text(l, "report.wave", map[string]any{"wave": e.Group.String()})
		}
		rows = append(rows, forestRow(l, name, e, e.Group == nil))
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": within(o, l)}
	title := i18n.Text(l, "report.figure.groups.title", values)
	return draw(title, i18n.Text(l, "report.figure.forest.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}

// arms is the forest of an experiment: each arm, unadjusted and adjusted.
func (in Input) arms(o plan.Outcome, l i18n.Lang) (figure, bool) {
	if in.Study.Design.Name != "experiment" {
		return figure{}, false
	}
	var rows []chart.Row
	for _, e := range in.of(o, "att") {
		name := i18n.Text(l, "report.adjustment."+adjustment(e), nil)
		if e.Group != nil {
			name = e.Group.String() + ": " + name
		}
		rows = append(rows, forestRow(l, name, e, false))
	}
	if len(rows) == 0 {
		return figure{}, false
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": within(o, l)}
	title := i18n.Text(l, "report.figure.arms.title", values)
	return draw(title, i18n.Text(l, "report.figure.forest.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}

// adjustment is how an estimate was adjusted: "none" or "lin".
func adjustment(e result.Estimate) string {
	if s, ok := e.Details["adjustment"].(string); ok && s != "" {
		return s
	}
	return "none"
}

func forestRow(l i18n.Lang, name string, e result.Estimate, strong bool) chart.Row {
	row := chart.Row{Name: name, Value: e.Estimate, Lower: e.Lower, Upper: e.Upper, Strong: strong}
	if e.Estimate != nil {
		row.Text = signed(l, *e.Estimate, places(e))
		if e.Lower != nil && e.Upper != nil {
			row.Text += " [" + signed(l, *e.Lower, places(e)) + "; " + signed(l, *e.Upper, places(e)) + "]"
		}
	}
	return row
}

// Limits of the standardised difference shown in the balance figure.
var balanceLimits = []float64{0.1, 0.25}

func (in Input) balance(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitBalance)
	if !ok || len(x.Rows) == 0 {
		return figure{}, false
	}
	at, name, arm := slices.Index(x.Columns, "smd"), slices.Index(x.Columns, "covariate"), slices.Index(x.Columns, "arm")
	arms := map[string]bool{}
	for _, r := range x.Rows {
		arms[str(r[arm])] = true
	}
	var rows []chart.Row
	for _, r := range x.Rows {
		row := chart.Row{Name: str(r[name])}
		if len(arms) > 1 {
			row.Name = str(r[arm]) + ": " + row.Name
		}
		if v, known := r[at].(float64); known {
			row.Value = &v
		}
		rows = append(rows, row)
	}
	title := i18n.Text(l, "report.figure.balance.title", nil)
	return draw(title, i18n.Text(l, "report.figure.balance.sub", nil), func(width int) string {
		return chart.Balance(l, width, title, i18n.Text(l, "report.figure.balance.axis", nil), rows, balanceLimits)
	}), true
}

// mostBars is how many donors the figure shows; the table has them all.
const mostBars = 12

func (in Input) unitWeights(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitUnitWeights)
	if !ok {
		return figure{}, false
	}
	var bars []chart.Bar
	rest := 0.0
	for _, r := range x.Rows {
		w := cellFloat(r[1])
		if len(bars) == mostBars || w < 0.001 {
			rest += w
			continue
		}
		bars = append(bars, chart.Bar{Name: str(r[0]), Size: w, Text: i18n.Number(l, w*100, 1) + "\u00a0%"})
	}
	values := map[string]any{"treated": x.Values["treated"], "shown": len(bars), "of": len(x.Rows), "rest": rest}
	title := i18n.Text(l, "report.figure.weights.title", values)
	return draw(title, i18n.Text(l, "report.figure.weights.sub", values), func(width int) string {
		return chart.Bars(width, title, bars)
	}), true
}

// mostLines is how many waves can be told apart in one figure.
const mostLines = 4

func (in Input) cohortPaths(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitCohortPaths)
	if !ok {
		return figure{}, false
	}
	var times []int64
	lines := map[string]*chart.Line{}
	var order []string
	for _, r := range x.Rows {
		name := i18n.Text(l, "report.wave.never", nil)
		if r[0] != nil {
			name = i18n.Text(l, "report.wave", map[string]any{"wave": str(r[0])})
		}
		t, isWhole := r[1].(int64)
		if !isWhole {
			return figure{}, false
		}
		if !slices.Contains(times, t) {
			times = append(times, t)
		}
		if lines[name] == nil {
			lines[name] = &chart.Line{Name: name, Dashed: r[0] == nil}
			order = append(order, name)
		}
		lines[name].Values = append(lines[name].Values, cellFloat(r[2]))
	}
	if len(order) > mostLines+1 || len(times) < 2 {
		return figure{}, false
	}
	var list []chart.Line
	for _, name := range order {
		if len(lines[name].Values) != len(times) {
			return figure{}, false
		}
		list = append(list, *lines[name])
	}
	values := map[string]any{"outcome": within(o, l), "unit": unitName(o, l)}
	title := i18n.Text(l, "report.figure.cohorts.title", values)
	return draw(title, i18n.Text(l, "report.figure.cohorts.sub", values), func(width int) string {
		return chart.Paths(l, width, title, times, list, nil, nil)
	}), true
}

// str and cellFloat read the cell of an exhibit.
func str(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return i18n.Format(i18n.EN, v, "year")
	}
}

func cellFloat(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case int:
		return float64(v)
	default:
		return math.NaN()
	}
}
