package report

import (
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// table is one table of a report, its cells written in the page's language.
type table struct {
	Title   string
	Keys    []string // of the columns
	Columns []string
	Number  []bool // which columns are numbers
	Rows    [][]string
	Long    bool   // folded away on screen
	Domains bool   // one row a region or group
	Held    string // says that numbers of it are held back; "": none is
}

// longTable is the number of rows from which a table is folded away.
const longTable = 15

// tables are the numbers of an outcome: the estimates by term, then what the
// figures were drawn from.
func (in Input) tables(o plan.Outcome, l i18n.Lang) []table {
	var out, byDomain []table
	var overall []result.Estimate
	for _, term := range in.Study.Design.Terms {
		estimates, domains := split(in.of(o, term))
		if len(domains) > 0 && term == "simple" && in.Study.Design.Name == "did" {
			t := table{Title: i18n.Text(l, "report.table.domains", nil), Domains: true}
			in.fillEstimates(&t, domains, l)
			byDomain = append(byDomain, t)
		} else {
			estimates = append(estimates, domains...)
		}
		if len(estimates) > 0 {
			if n := len(out); n > 0 && single(estimates) && out[n-1].Title == overallTitle(l) {
				overall = append(overall, estimates...)
				in.fillEstimates(&out[n-1], overall, l)
				continue
			}
			t := table{Title: i18n.Text(l, "term."+term, nil)}
			if single(estimates) {
				t.Title, overall = overallTitle(l), estimates
			}
			in.fillEstimates(&t, estimates, l)
			out = append(out, t)
		}
	}
	out = append(out, byDomain...)
	for _, x := range in.Result.Exhibits {
		if x.Outcome == o.Column {
			out = append(out, exhibitTable(x, l))
		}
	}
	for i := range out {
		out[i].Title = sentenceCase(out[i].Title)
		out[i].Long = len(out[i].Rows) > longTable
	}
	return out
}

// split parts estimates of named groups from the others.
func split(estimates []result.Estimate) (others, named []result.Estimate) {
	for _, e := range estimates {
		if e.Group != nil && e.Group.IsName {
			named = append(named, e)
		} else {
			others = append(others, e)
		}
	}
	return others, named
}

// single tells an overall effect from a list by group, time or event.
func single(estimates []result.Estimate) bool {
	for _, e := range estimates {
		if e.Group != nil || e.Time != nil || e.Event != nil {
			return false
		}
	}
	return true
}

func overallTitle(l i18n.Lang) string { return i18n.Text(l, "report.table.overall", nil) }

func sentenceCase(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// adjustedP tells whether p was adjusted for outcomes tested together.
func adjustedP(e result.Estimate) bool {
	_, ok := e.Details["p_adjusted"].(float64)
	return ok
}

// isHeld tells an estimate of which Hold has left no number.
func (in Input) isHeld(e result.Estimate) bool {
	return e.Estimate == nil && e.N == 0 && slices.ContainsFunc(in.Result.Warnings, func(w result.Warning) bool { return w.Code == "held-back" && w.Outcome == e.Outcome })
}

// fillEstimates writes the columns and rows of a table of estimates.
func (in Input) fillEstimates(t *table, estimates []result.Estimate, l i18n.Lang) {
	t.Keys = []string{"what", "estimate", "interval", "band", "se", "p", "n"}
	if slices.ContainsFunc(estimates, adjustedP) {
		t.Keys = slices.Insert(t.Keys, len(t.Keys)-1, "p_adjusted")
	}
	if len(in.Truth) > 0 {
		t.Keys = append(t.Keys, "truth")
	}
	t.Columns, t.Number, t.Rows, t.Held = nil, nil, nil, ""
	if slices.ContainsFunc(estimates, in.isHeld) {
		t.Held = i18n.Text(l, "report.table.held", nil)
	}
	for _, k := range t.Keys {
		t.Columns = append(t.Columns, i18n.Text(l, "column."+k, map[string]any{"level": in.Study.Plan.Inference.Level}))
		t.Number = append(t.Number, k != "what")
	}
	d := places(estimates...)
	if d > 0 {
		d++ // tables are read closer than sentences
	}
	for _, e := range estimates {
		cells := in.estimateCells(l, e, d)
		row := make([]string, len(t.Keys))
		for i, k := range t.Keys {
			row[i] = cells[k]
		}
		t.Rows = append(t.Rows, row)
	}
}

// estimateCells writes an estimate with d decimals, by column.
func (in Input) estimateCells(l i18n.Lang, e result.Estimate, d int) map[string]string {
	value := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return signed(l, *v, d)
	}
	between := func(a, b *float64) string {
		if a == nil || b == nil {
			return "–"
		}
		return signed(l, *a, d) + " … " + signed(l, *b, d)
	}
	cells := map[string]string{"what": in.estimateName(l, e), "estimate": value(e.Estimate), "interval": between(e.Lower, e.Upper),
		"band": between(e.BandLower, e.BandUpper), "se": "–", "p": "–", "p_adjusted": "–", "n": "–", "truth": value(in.truth(e))}
	if e.N > 0 { // of what is held back the number of rows is too
		cells["n"] = i18n.Number(l, float64(e.N), 0)
	}
	if e.SE != nil {
		cells["se"] = i18n.Number(l, *e.SE, d)
	}
	if e.P != nil {
		cells["p"] = i18n.P(l, *e.P)
	}
	if p, ok := e.Details["p_adjusted"].(float64); ok {
		cells["p_adjusted"] = i18n.P(l, p)
	}
	return cells
}

// estimateName says which effect an estimate is.
func (in Input) estimateName(l i18n.Lang, e result.Estimate) string {
	var parts []string
	if e.Group != nil {
		key := "report.group"
		if in.Study.Design.Name == "did" && !e.Group.IsName {
			key = "report.wave"
		}
		parts = append(parts, i18n.Text(l, key, map[string]any{"wave": e.Group.String(), "group": e.Group.String()}))
	}
	if e.Time != nil {
		parts = append(parts, e.Time.String())
	}
	if e.Event != nil && e.Term == "event" {
		parts = append(parts, i18n.Text(l, "report.event", map[string]any{"event": signed(l, float64(*e.Event), 0)}))
	}
	if _, stated := e.Details["adjustment"]; stated {
		parts = append(parts, i18n.Text(l, "report.adjustment."+adjustment(e), nil))
	}
	if len(parts) == 0 {
		return i18n.Text(l, "term."+e.Term, nil)
	}
	return strings.Join(parts, " · ")
}

// shareColumns are written as percent.
var shareColumns = map[string]bool{"weight": true, "share": true}

func exhibitTable(x result.Exhibit, l i18n.Lang) table {
	t := table{Title: i18n.Text(l, "report.exhibit."+x.Kind, nil), Keys: x.Columns}
	for _, c := range x.Columns {
		t.Columns = append(t.Columns, i18n.Text(l, "column."+c, nil))
		t.Number = append(t.Number, false)
	}
	for _, r := range x.Rows {
		row := make([]string, len(r))
		for i, cell := range r {
			row[i] = exhibitCell(x, i, cell, l)
			switch cell.(type) {
			case float64, int64, int:
				t.Number[i] = x.Columns[i] != "time" && x.Columns[i] != "cohort"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func exhibitCell(x result.Exhibit, i int, cell any, l i18n.Lang) string {
	column := x.Columns[i]
	switch {
	case column == "cohort" && cell == nil:
		return i18n.Text(l, "report.wave.never", nil)
	case column == "time" || column == "cohort":
		return str(cell)
	case (column == "treated" || column == "comparison") && x.Kind == result.ExhibitBacon:
		if cell == nil {
			return i18n.Text(l, "report.wave.never", nil)
		}
		return str(cell)
	case column == "event" && cell != nil:
		return signed(l, cellFloat(cell), 0)
	case x.Kind != result.ExhibitSample && (column == "kind" || column == "term" || column == "set"):
		return i18n.Text(l, "report."+column+"."+str(cell), nil)
	case column == "step":
		return i18n.Text(l, "report.step."+str(cell), nil)
	case cell == nil:
		return "–"
	case shareColumns[column]:
		return i18n.Number(l, cellFloat(cell)*100, 1) + "\u00a0%"
	case column == "p":
		return i18n.P(l, cellFloat(cell))
	}
	switch v := cell.(type) {
	case string:
		return v
	case float64:
		if v == float64(int64(v)) {
			return i18n.Number(l, v, 0)
		}
		return quantity(l, v)
	default:
		return i18n.Format(l, cell, "")
	}
}
