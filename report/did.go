package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

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
		values := map[string]any{"unit": unitName(o, l), "outcome": drawn(o, l), "breakdown": nil, "none": false, "never": false}
		b, _ := x.Values[key].(*float64)
		switch {
		case b == nil:
			values["never"] = true
		case *b == 0:
			values["none"] = true
		default:
			values["breakdown"] = quantity(l, *b)
			if kind == "smoothness" {
				values["breakdown"] = amount(o, l, quantity(l, *b))
			}
			values["less"] = kind == "relative-magnitudes" && *b < 1
		}
		title := i18n.Text(l, "report.figure."+kind+".title", values)
		return draw(title, i18n.Text(l, "report.figure."+kind+".sub", values), func(width int) string {
			return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
		}), true
	}
}

func quantityOrZero(l i18n.Lang, x float64) string {
	switch {
	case x == 0:
		return "0"
	case x >= 10:
		return i18n.Number(l, x, 0)
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
var baconKinds = []string{"treated-vs-never", "earlier-vs-later", "later-vs-earlier", "treated-vs-always"}

// bacon draws what a two-way fixed effects coefficient is made of.
func (in Input) bacon(o plan.Outcome, l i18n.Lang) (figure, bool) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitBacon)
	if !ok || len(x.Rows) == 0 {
		return figure{}, false
	}
	var marks []chart.Mark
	share, used := map[string]float64{}, map[string]bool{}
	for _, r := range x.Rows {
		kind := str(r[2])
		share[kind] += cellFloat(r[4])
		used[kind] = true
		marks = append(marks, chart.Mark{Weight: cellFloat(r[4]), Value: cellFloat(r[3]), Kind: slices.Index(baconKinds, kind)})
	}
	var kinds []chart.Kind
	for i, kind := range baconKinds {
		if used[kind] {
			kinds = append(kinds, chart.Kind{Mark: i, Words: i18n.Text(l, "report.kind."+kind, nil) + ": " + i18n.Number(l, share[kind]*100, 1) + "\u00a0%"})
		}
	}
	total := cellFloat(x.Values["total"])
	values := map[string]any{"unit": unitName(o, l), "forbidden": share["later-vs-earlier"] + share["treated-vs-always"], "total": quantity(l, total), "truth": nil}
	values["clean"] = values["forbidden"] == 0.0
	var known *float64
	if e, ok := headline(in.Result, o.Column); ok {
		if known = in.truth(e); known != nil {
			values["truth"] = quantity(l, *known)
		}
	}
	title := i18n.Text(l, "report.figure.bacon.title", values)
	return draw(title, i18n.Text(l, "report.figure.bacon.sub", values), func(width int) string {
		return chart.Weights(l, width, title, i18n.Text(l, "report.figure.bacon.axis", values), marks, kinds, total, known)
	}), true
}

// domain is the effect of one region: its own, and drawn towards the mean.
type domain struct {
	name                 string
	raw                  *float64
	pooled               bool // the fields below are known
	shrunk, lower, upper float64
	rankLow, rankHigh    int
}

// sort is the value by which regions are ordered: the one drawn to the mean,
// else the region's own.
func (d domain) sort() float64 {
	switch {
	case d.pooled:
		return d.shrunk
	case d.raw != nil:
		return *d.raw
	default:
		return math.Inf(-1)
	}
}

// domainList are the regions, the largest effect first.
func (in Input) domainList(o plan.Outcome) ([]domain, result.Exhibit) {
	x, ok := exhibit(in.Result, o.Column, result.ExhibitDomains)
	if !ok {
		return nil, x
	}
	var all []domain
	for _, r := range x.Rows {
		one := domain{name: str(r[0]), shrunk: cellFloat(r[6]), lower: cellFloat(r[7]), upper: cellFloat(r[8])}
		if raw := cellFloat(r[2]); !math.IsNaN(raw) {
			one.raw = &raw
		}
		if one.pooled = !math.IsNaN(one.shrunk); one.pooled {
			one.rankLow, one.rankHigh = int(cellFloat(r[9])), int(cellFloat(r[10]))
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b domain) int { return cmp.Compare(b.sort(), a.sort()) })
	return all, x
}

// regional are parts of names of columns that hold regions.
var regional = []string{"region", "wilayah", "kab", "kota", "prov", "kecamatan", "desa", "district", "village"}

// domainKind is "region" where the column is one of regions, else "group".
func domainKind(x result.Exhibit) string {
	column := strings.ToLower(str(x.Values["by"]))
	if slices.ContainsFunc(regional, func(part string) bool { return strings.Contains(column, part) }) {
		return "region"
	}
	return "group"
}

func domainWord(x result.Exhibit, l i18n.Lang) string {
	return i18n.Text(l, "report.domain."+domainKind(x), nil)
}

// domains is the forest of regions: each drawn towards the mean as far as its
// own uncertainty asks for, with the ranks that cannot be ruled out.
func (in Input) domains(o plan.Outcome, l i18n.Lang) (figure, bool) {
	list, x := in.domainList(o)
	if len(list) == 0 {
		return figure{}, false
	}
	var rows []chart.Row
	sure := 0
	for _, d := range list {
		row := chart.Row{Name: d.name, Truth: in.truth(result.Estimate{Term: "simple", Group: result.Name(d.name)})}
		if d.pooled {
			row.Value, row.Lower, row.Upper, row.Raw = &d.shrunk, &d.lower, &d.upper, d.raw
			row.Text = strconv.Itoa(d.rankLow) + "–" + strconv.Itoa(d.rankHigh)
			if d.lower > 0 || d.upper < 0 {
				sure++
			}
		} else {
			row.Value = d.raw
		}
		rows = append(rows, row)
	}
	values := map[string]any{"unit": unitName(o, l), "outcome": drawn(o, l), "by": x.Values["by"], "domains": len(rows), "sure": sure,
		"kind": domainWord(x, l), "truth": len(in.Truth) > 0, "mean": nil}
	if mean, known := x.Values["mean"].(float64); known {
		values["mean"] = quantity(l, mean)
	}
	title := i18n.Text(l, "report.figure.domains.title", values)
	return draw(title, i18n.Text(l, "report.figure.domains.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}

// strength is the evidence of a result as dots; "" where it has no verdict.
func strength(r result.Result) string {
	if r.Verdict == nil {
		return ""
	}
	n := dots[r.Verdict.Grade]
	return " " + strings.Repeat("●", n) + strings.Repeat("○", 3-n)
}

// reach is the width of an interval; 0 where there is none.
func reach(e result.Estimate) float64 {
	if e.Lower == nil || e.Upper == nil {
		return 0
	}
	return *e.Upper - *e.Lower
}

// beside draws this answer under that of studies of the same effect done in
// another way, and the truth of an invented world.
func (in Input) beside(o plan.Outcome, l i18n.Lang) (figure, bool) {
	e, ok := headline(in.Result, o.Column)
	if !ok || len(in.Beside) == 0 {
		return figure{}, false
	}
	d := places(e)
	known := in.truth(e)
	row := func(name string, e result.Estimate) chart.Row {
		r := chart.Row{Name: name, Value: e.Estimate, Lower: e.Lower, Upper: e.Upper, Text: signed(l, *e.Estimate, d), Truth: known}
		if e.Lower != nil && e.Upper != nil {
			r.Text = signed(l, *e.Lower, d) + " … " + signed(l, *e.Upper, d)
		}
		return r
	}
	rows := []chart.Row{row(i18n.Text(l, "report.beside.this", nil)+strength(in.Result), e)}
	values := map[string]any{"unit": unitName(o, l), "this": signed(l, *e.Estimate, d), "truth": nil, "same": false, "differ": false}
	var titles []string
	for _, b := range in.Beside {
		other, ok := headline(b.Result, o.Column)
		if !ok {
			continue
		}
		name := i18n.Text(l, "report.beside.other", map[string]any{"letter": string(rune('A' + len(titles))), "many": len(in.Beside) > 1})
		rows = append(rows, row(name+strength(b.Result), other))
		titles = append(titles, name+": “"+pick(b.Title, l)+"”")
		if len(titles) > 1 {
			continue
		}
		values["other"] = signed(l, *other.Estimate, d)
		values["same"] = values["other"] == values["this"]
		values["differ"] = values["other"] != values["this"]
		if reach(e) > 0 && reach(other) > 0 {
			values["times"] = reach(e) / reach(other)
		}
	}
	if len(rows) < 2 {
		return figure{}, false
	}
	values["names"] = strings.Join(titles, "; ")
	if known != nil {
		values["truth"] = signed(l, *known, d)
	}
	title := i18n.Text(l, "report.figure.beside.title", values)
	return draw(title, i18n.Text(l, "report.figure.beside.sub", values), func(width int) string {
		return chart.Forest(l, width, title, i18n.Text(l, "report.figure.forest.axis", values), rows, direction(o))
	}), true
}
