package report

import (
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// Sheet is a table as a workbook has it: numbers stay numbers. A nil cell is empty.
type Sheet struct {
	Title string
	Head  []any // texts
	Rows  [][]any
}

// Sheets are all numbers of a result: its estimates, its checks and cautions, then what
// each figure is drawn from, in full precision.
func Sheets(in Input, l i18n.Lang) []Sheet {
	word := func(key string) any { return i18n.Text(l, "report.column."+key, nil) }
	estimates := Sheet{Title: i18n.Text(l, "report.sheet.estimates", nil)}
	for _, key := range []string{"outcome", "term", "group", "time", "event", "estimate", "se", "lower", "upper", "p", "n"} {
		estimates.Head = append(estimates.Head, word(key))
	}
	for _, e := range in.Result.Estimates {
		estimates.Rows = append(estimates.Rows, []any{e.Outcome, i18n.Text(l, "term."+e.Term, nil), label(e.Group), label(e.Time), whole(e.Event), real(e.Estimate), real(e.SE), real(e.Lower), real(e.Upper), real(e.P), counted(e.N)})
	}
	checks := Sheet{Title: i18n.Text(l, "report.sheet.checks", nil), Head: []any{word("check"), word("statistic"), word("df"), word("p"), word("verdict"), word("says")}}
	for _, d := range in.Result.Diagnostics {
		checks.Rows = append(checks.Rows, []any{checkName(l, d.Name), real(d.Statistic), real(d.DF), real(d.P), i18n.Text(l, "report.check."+string(d.Verdict), nil), in2(d.Text, l)})
	}
	for _, w := range in.Result.Warnings {
		checks.Rows = append(checks.Rows, []any{i18n.Text(l, "report.check.note", nil), nil, nil, nil, nil, in2(w.Text, l)})
	}
	out := []Sheet{estimates, checks}
	for _, x := range in.Result.Exhibits {
		t := exhibitTable(x, l)
		s := Sheet{Title: x.Outcome + ": " + t.Title}
		for _, c := range t.Columns {
			s.Head = append(s.Head, c)
		}
		for _, row := range x.Rows {
			cells := make([]any, len(row))
			for i, v := range row {
				if _, code := v.(string); code { // "kind", "step" and the like have words
					cells[i] = exhibitCell(x, i, v, l)
					continue
				}
				cells[i] = plainCell(v)
			}
			s.Rows = append(s.Rows, cells)
		}
		out = append(out, s)
	}
	return out
}

func in2(t result.Text, l i18n.Lang) string {
	if l == i18n.EN {
		return t.EN
	}
	return t.ID
}

func label(l *result.Label) any {
	switch {
	case l == nil:
		return nil
	case l.IsName:
		return l.Name
	}
	return l.Number
}

func whole(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// counted is how many an estimate is of; of what is held back nobody is told.
func counted(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func real(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// plainCell is a cell of an exhibit as a workbook takes it.
func plainCell(v any) any {
	switch v := v.(type) {
	case *float64:
		return real(v)
	case *int64:
		return whole(v)
	case *result.Label:
		return label(v)
	case result.Label:
		return label(&v)
	}
	return v
}
