package report

import (
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// table is one table of a report, its cells written in the page's language.
type table struct {
	Title   string
	Columns []string
	Number  []bool // which columns are numbers
	Rows    [][]string
	Long    bool // folded away on screen
}

// longTable is the number of rows from which a table is folded away.
const longTable = 15

// tables are the numbers of an outcome: the estimates by term, then what the
// figures were drawn from.
func (in Input) tables(o plan.Outcome, l i18n.Lang) []table {
	var out, byDomain []table
	for _, term := range in.Study.Design.Terms {
		estimates, domains := split(in.of(o, term))
		if len(domains) > 0 && term == "simple" && in.Study.Design.Name == "did" {
			t := table{Title: i18n.Text(l, "report.table.domains", nil)}
			t.Columns, t.Number = in.estimateColumns(l)
			t.Rows = in.estimateRows(l, domains)
			byDomain = append(byDomain, t)
		} else {
			estimates = append(estimates, domains...)
		}
		if len(estimates) > 0 {
			if n := len(out); n > 0 && single(estimates) && out[n-1].Title == overallTitle(l) {
				out[n-1].Rows = append(out[n-1].Rows, in.estimateRows(l, estimates)...)
				continue
			}
			t := table{Title: i18n.Text(l, "term."+term, nil)}
			if single(estimates) {
				t.Title = overallTitle(l)
			}
			t.Columns, t.Number = in.estimateColumns(l)
			t.Rows = in.estimateRows(l, estimates)
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

// estimateColumns are the headings of a table of estimates.
func (in Input) estimateColumns(l i18n.Lang) ([]string, []bool) {
	keys := []string{"what", "estimate", "interval", "band", "se", "p", "n"}
	if len(in.Truth) > 0 {
		keys = append(keys, "truth")
	}
	var columns []string
	number := make([]bool, len(keys))
	for i, k := range keys {
		columns = append(columns, i18n.Text(l, "column."+k, map[string]any{"level": in.Study.Plan.Inference.Level}))
		number[i] = k != "what"
	}
	return columns, number
}

func (in Input) estimateRows(l i18n.Lang, estimates []result.Estimate) [][]string {
	var rows [][]string
	d := places(estimates...)
	if d > 0 {
		d++ // tables are read closer than sentences
	}
	for _, e := range estimates {
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
		se, p := "–", "–"
		if e.SE != nil {
			se = i18n.Number(l, *e.SE, d)
		}
		if e.P != nil {
			p = i18n.P(l, *e.P)
			if x, ok := e.Details["p_adjusted"].(float64); ok {
				p = i18n.Text(l, "report.p.adjusted", map[string]any{"p": p, "adjusted": i18n.P(l, x), "outcomes": e.Details["family_size"]})
			}
		}
		row := []string{in.estimateName(l, e), value(e.Estimate), between(e.Lower, e.Upper), between(e.BandLower, e.BandUpper), se, p, i18n.Number(l, float64(e.N), 0)}
		if len(in.Truth) > 0 {
			row = append(row, value(in.truth(e)))
		}
		rows = append(rows, row)
	}
	return rows
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
	t := table{Title: i18n.Text(l, "report.exhibit."+x.Kind, nil)}
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
