package report

import (
	"html/template"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report/chart"
	"github.com/dampak/dampak/result"
)

// columns puts figures into two columns of about the same height, each figure
// into the shorter: those that are read together stand side by side, and a long
// list of regions has the others beside it. Where there is room for one column
// alone they stand in their order.
func columns(all []figure) [2][]figure {
	var out [2][]figure
	var tall [2]float64
	for i, f := range all {
		f.Order = i + 1
		at := 0
		if tall[1] < tall[0] {
			at = 1
		}
		out[at] = append(out[at], f)
		tall[at] += f.height()
	}
	return out
}

// svgHeight finds the height of a drawing.
var svgHeight = regexp.MustCompile(` height="([0-9.]+)"`)

// height is about that of the figure on a page, in px: its drawing and its
// words.
func (f figure) height() float64 {
	const letters, line, frame = 62, 21.0, 50.0
	h := frame + line*float64((len(f.Title)+letters-1)/letters+(len(f.Sub)+letters-1)/letters)
	if m := svgHeight.FindStringSubmatch(string(f.Wide)); m != nil {
		drawn, _ := strconv.ParseFloat(m[1], 64) // matched as a number
		h += drawn
	}
	return h
}

// draw makes a figure in both widths.
func draw(title, sub string, at func(width int) string) figure {
	return figure{Title: title, Sub: sub, Wide: template.HTML(at(chart.Wide)), Narrow: template.HTML(at(chart.Narrow))} //nolint:gosec // our own SVG, text escaped by chart
}

// figures are the figures of an outcome: those whose numbers the result has.
func (in Input) figures(o plan.Outcome, l i18n.Lang) []figure {
	var out []figure
	for _, figureOf := range []func(plan.Outcome, i18n.Lang) (figure, bool){in.paths, in.eventStudy, in.beside, in.domains, in.sensitivity("relative-magnitudes"), in.sensitivity("smoothness"), in.bacon, in.placebos, in.groups, in.arms, in.balance, in.unitWeights, in.cohortPaths} {
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
	before, after, sure, alone, bands := 0, 0, 0, 0, false
	truth := false
	for _, e := range in.of(o, "event") {
		if e.Event == nil || e.Estimate == nil {
			continue
		}
		points = append(points, chart.Point{At: *e.Event, Value: *e.Estimate, Lower: e.Lower, Upper: e.Upper, BandLower: e.BandLower, BandUpper: e.BandUpper, Truth: in.truth(e)})
		truth = truth || in.truth(e) != nil
		bands = bands || e.BandLower != nil
		if *e.Event < 0 {
			before++
			continue
		}
		after++
		if e.Lower != nil && (*e.Lower > 0 || *e.Upper < 0) {
			alone++
		}
		if e.BandLower != nil && (*e.BandLower > 0 || *e.BandUpper < 0) {
			sure++
		}
	}
	if len(points) < 2 {
		return figure{}, false
	}
	values := map[string]any{"outcome": drawn(o, l), "unit": unitName(o, l), "before": before, "after": after, "sure": sure, "alone": alone,
		"level": in.Study.Plan.Inference.Level, "truth": truth, "bands": bands, "points": !bands, "broken": false}
	if in.checked(o, "pre-trend") == result.Fail {
		values["broken"], values["bands"], values["points"] = true, false, false
	}
	title := i18n.Text(l, "report.figure.event.title", values)
	values["bands"] = bands
	values["varying"] = in.Study.Values["base_period"] == "varying" && (in.Study.Values["estimator"] == nil || in.Study.Values["estimator"] == "callaway-santanna")
	return draw(title, i18n.Text(l, "report.figure.event.sub", values), func(width int) string {
		return chart.EventStudy(l, width, title, i18n.Text(l, "report.figure.event.axis", values), points)
	}), true
}

// checked is the verdict of an outcome's check; "" where it was not made.
func (in Input) checked(o plan.Outcome, name string) result.CheckVerdict {
	for _, d := range in.Result.Diagnostics {
		if d.Name == name && d.Outcome == o.Column {
			return d.Verdict
		}
	}
	return ""
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
	if len(waves) < 2 {
		return figure{}, false // one wave is the answer itself
	}
	var rows []chart.Row
	sure, truth := 0, false
	for _, e := range append(waves, in.of(o, "simple")...) {
		if e.Group != nil && e.Group.IsName { // an effect by domain
			continue
		}
		name := i18n.Text(l, "report.wave.all", nil)
		if e.Group != nil {
			name = i18n.Text(l, "report.wave", map[string]any{"wave": e.Group.String()})
			if e.Lower != nil && (*e.Lower > 0 || *e.Upper < 0) {
				sure++
			}
		}
		row := forestRow(l, name, e, e.Group == nil)
		row.Truth = in.truth(e)
		truth = truth || row.Truth != nil
		rows = append(rows, row)
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": drawn(o, l), "sure": sure, "waves": len(waves), "truth": truth}
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
		name := i18n.Text(l, "report.adjustment.short."+adjustment(e), nil)
		if e.Group != nil {
			name = e.Group.String() + ": " + name
		}
		row := forestRow(l, name, e, false)
		row.Truth = in.truth(e)
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return figure{}, false
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": drawn(o, l), "truth": rows[0].Truth != nil, "adjusted": nil, "many": len(rows) != 2}
	if a, b := in.adjusted(o); b && len(rows) == 2 {
		first, _ := headline(in.Result, o.Column)
		values["plain"], values["adjusted"] = signed(l, *first.Estimate, places(first)), signed(l, *a.Estimate, places(a))
	}
	title := i18n.Text(l, "report.figure.arms.title", values)
	return draw(title, i18n.Text(l, "report.figure.forest.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}

// adjusted is the headline's effect once adjusted for baseline traits; false
// where it was not computed.
func (in Input) adjusted(o plan.Outcome) (result.Estimate, bool) {
	first, ok := headline(in.Result, o.Column)
	if !ok || adjustment(first) != "none" {
		return result.Estimate{}, false
	}
	for _, e := range in.of(o, first.Term) {
		if adjustment(e) != "none" && e.Estimate != nil && sameLabel(e.Group, first.Group) {
			return e, true
		}
	}
	return result.Estimate{}, false
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
	most, which := 0.0, ""
	for _, r := range x.Rows {
		row := chart.Row{Name: str(r[name])}
		if len(arms) > 1 {
			row.Name = str(r[arm]) + ": " + row.Name
		}
		if v, known := r[at].(float64); known {
			row.Value = &v
			if math.Abs(v) >= math.Abs(most) {
				most, which = v, row.Name
			}
		}
		rows = append(rows, row)
	}
	title := i18n.Text(l, "report.figure.balance.title", map[string]any{"most": i18n.Number(l, math.Abs(most), 2), "which": which})
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
	change := func(line chart.Line) string {
		by := line.Values[len(times)-1] - line.Values[0]
		return signed(l, by, digits(math.Abs(by)))
	}
	first, last := list[0], list[len(list)-1]
	values := map[string]any{"outcome": drawn(o, l), "unit": unitName(o, l), "from": times[0], "to": times[len(times)-1],
		"first": first.Name, "by": amount(o, l, change(first)), "other": last.Name, "other_by": change(last), "never": last.Dashed, "two": len(list) > 1}
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
