package report

import (
	"strings"
	"unicode"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
	"github.com/dampak/dampak/result"
)

// outcomeName is what the plan calls an outcome, as a heading: its label, else
// its column.
func outcomeName(o plan.Outcome, l i18n.Lang) string {
	if o.Label == (plan.Words{}) {
		return o.Column
	}
	return inLang(o.Label, l)
}

// spoken is the outcome's name at the start of a sentence. A column without a
// label stands between backticks: it is no word, and keeps its small letter.
func spoken(o plan.Outcome, l i18n.Lang) string {
	if o.Label == (plan.Words{}) {
		return "`" + o.Column + "`"
	}
	return inLang(o.Label, l)
}

// within is the outcome's name inside a sentence: a capital that only starts
// it goes, that of a name or an abbreviation stays.
func within(o plan.Outcome, l i18n.Lang) string { return small(spoken(o, l)) }

// drawn is the name inside the words of a figure, which know no backticks.
func drawn(o plan.Outcome, l i18n.Lang) string { return small(outcomeName(o, l)) }

func small(s string) string {
	r := []rune(s)
	if len(r) > 1 && unicode.IsUpper(r[0]) && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

// inside is within, closed by a comma where the name has one of its own.
func inside(o plan.Outcome, l i18n.Lang) string {
	s := within(o, l)
	if strings.Contains(s, ",") {
		s += ","
	}
	return s
}

// mostNames is how many outcomes a sentence names.
const mostNames = 12

// listed names outcomes inside a sentence, the first of them where there are
// many.
func listed(outcomes []plan.Outcome, l i18n.Lang) string {
	comma := ", "
	var names []string
	for _, o := range outcomes {
		names = append(names, within(o, l))
		if strings.Contains(names[len(names)-1], ",") {
			comma = "; "
		}
	}
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n > mostNames:
		return i18n.Text(l, "report.names.more", map[string]any{"names": strings.Join(names[:mostNames], comma), "more": n - mostNames})
	default:
		return i18n.Text(l, "report.names.and", map[string]any{"names": strings.Join(names[:n-1], comma), "last": names[n-1]})
	}
}

// named puts the outcome's name before a sentence of the run, where the plan
// has several: the run writes the column there.
func (in Input) named(t result.Text, column string, l i18n.Lang) string {
	text, prefixed := strings.CutPrefix(pick(t, l), column+": ")
	if !prefixed || column == "" {
		return sentence(pick(t, l))
	}
	for _, o := range in.Study.Plan.Outcomes {
		if o.Column == column {
			return sentence(spoken(o, l) + ": " + text)
		}
	}
	return sentence(pick(t, l))
}

func inLang(w plan.Words, l i18n.Lang) string {
	if l == i18n.ID {
		return w.ID
	}
	return w.EN
}

// pick takes a language.
func pick(t result.Text, l i18n.Lang) string {
	if l == i18n.ID {
		return t.ID
	}
	return t.EN
}

// Unit is a unit as a plan writes it in the reader's language; the units that offices
// write have a name in both languages, others stand as they are.
func Unit(written string, l i18n.Lang) string {
	key := "unit." + strings.ReplaceAll(strings.ToLower(written), " ", "-")
	if i18n.Has(l, key) {
		return i18n.Text(l, key, nil)
	}
	return written
}

// unitName is the outcome's unit; "" where the plan states none.
func unitName(o plan.Outcome, l i18n.Lang) string { return Unit(o.Unit, l) }

// amount is a written number with the outcome's unit, where it has one.
func amount(o plan.Outcome, l i18n.Lang, number string) string {
	if unit := unitName(o, l); unit != "" {
		return number + " " + unit
	}
	return number
}
