package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/report/chart"
	"github.com/dampak/dampak/result"
)

// sensitivity draws the sets of the average effect under differences in paths
// of one kind: "relative-magnitudes" or "smoothness".
func (in Input) sensitivity(kind string) func(plan.Outcome, i18n.Lang) (figure, bool) {
	return func(o plan.Outcome, l i18n.Lang) (figure, bool) {
		x, ok := exhibit(in.Result, o.Column, result.ExhibitHonest)
		if !ok {
			return figure{}, false
		}
		var rows []chart.Row
		for _, r := range x.Rows {
			if str(r[0]) != kind || str(r[1]) != "average" {
				continue
			}
			m := cellFloat(r[3])
			name := i18n.Text(l, "report.sensitivity."+kind, map[string]any{"m": quantityOrZero(l, m), "unit": unitName(o, l)})
			row := chart.Row{Name: name}
			if lower, upper := cellFloat(r[4]), cellFloat(r[5]); !math.IsNaN(lower) && !math.IsNaN(upper) {
				d := places(result.Estimate{Estimate: &lower, Lower: &lower, Upper: &upper})
				middle := (lower + upper) / 2
				row.Value, row.Lower, row.Upper = &middle, &lower, &upper
				row.Text = signed(l, lower, d) + " … " + signed(l, upper, d)
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			return figure{}, false
		}
		key := "breakdown_smoothness"
		if kind == "relative-magnitudes" {
			key = "breakdown_relative"
		}
		values := map[string]any{"unit": unitName(o, l), "outcome": within(o, l), "breakdown": nil, "none": false, "never": false}
		switch b, _ := x.Values[key].(*float64); {
		case b == nil:
			values["never"] = true
		case *b == 0:
			values["none"] = true
		default:
			values["breakdown"] = quantity(l, *b)
		}
		title := i18n.Text(l, "report.figure."+kind+".title", values)
		return draw(title, i18n.Text(l, "report.figure."+kind+".sub", values), func(width int) string {
			return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
		}), true
	}
}

func quantityOrZero(l i18n.Lang, x float64) string {
	if x == 0 {
		return "0"
	}
	if x == math.Trunc(2*x)/2 && x < 1000 {
		return i18n.Number(l, x, decimalsOf(x))
	}
	return quantity(l, x)
}

func decimalsOf(x float64) int {
	if x == math.Trunc(x) {
		return 0
	}
	return 1
}

// baconKinds are the kinds of comparisons in the order of their marks.
var baconKinds = []string{"treated-vs-never", "later-vs-earlier", "earlier-vs-later", "treated-vs-always"}

// bacon draws what a two-way fixed effects coefficient is made of.
func (in Input) bacon(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitBacon)
	if !ok || len(x.Rows) == 0 {
		return figure{}, false
	}
	var marks []chart.Mark
	share := map[string]float64{}
	var used []string
	for _, kind := range baconKinds {
		for _, r := range x.Rows {
			if str(r[2]) == kind && !slices.Contains(used, kind) {
				used = append(used, kind)
			}
		}
	}
	for _, r := range x.Rows {
		kind := str(r[2])
		share[kind] += cellFloat(r[4])
		marks = append(marks, chart.Mark{Weight: cellFloat(r[4]), Value: cellFloat(r[3]), Kind: slices.Index(used, kind)})
	}
	var kinds []string
	for _, kind := range used {
		kinds = append(kinds, i18n.Text(l, "report.kind."+kind, nil)+": "+i18n.Number(l, share[kind]*100, 1)+"\u00a0%")
	}
	total := cellFloat(x.Values["total"])
	values := map[string]any{"unit": unitName(o, l), "forbidden": share["later-vs-earlier"] + share["treated-vs-always"], "total": quantity(l, total)}
	title := i18n.Text(l, "report.figure.bacon.title", values)
	return draw(title, i18n.Text(l, "report.figure.bacon.sub", values), func(width int) string {
		return chart.Weights(l, width, title, i18n.Text(l, "report.figure.bacon.axis", values), marks, kinds, total)
	}), true
}

// domains is the forest of regions: each drawn towards the mean as far as its
// own uncertainty asks for, with the ranks that cannot be ruled out.
func (in Input) domains(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitDomains)
	if !ok || len(x.Rows) == 0 {
		return figure{}, false
	}
	type region struct {
		row  chart.Row
		sort float64
	}
	var all []region
	for _, r := range x.Rows {
		value, lower, upper := cellFloat(r[6]), cellFloat(r[7]), cellFloat(r[8])
		one := region{row: chart.Row{Name: str(r[0])}, sort: value}
		if math.IsNaN(value) { // no error of its own: the raw estimate alone
			value = cellFloat(r[2])
			one.sort = value
			if !math.IsNaN(value) {
				one.row.Value = &value
			}
		} else {
			one.row.Value, one.row.Lower, one.row.Upper = &value, &lower, &upper
			if raw := cellFloat(r[2]); !math.IsNaN(raw) {
				one.row.Raw = &raw
			}
			one.row.Text = strconv.Itoa(int(cellFloat(r[9]))) + "–" + strconv.Itoa(int(cellFloat(r[10])))
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b region) int { return cmp.Compare(b.sort, a.sort) })
	var rows []chart.Row
	for _, one := range all {
		rows = append(rows, one.row)
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": within(o, l), "by": x.Values["by"], "domains": len(rows)}
	if mean, known := x.Values["mean"].(float64); known {
		values["mean"] = quantity(l, mean)
	}
	title := i18n.Text(l, "report.figure.domains.title", values)
	return draw(title, i18n.Text(l, "report.figure.domains.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}
