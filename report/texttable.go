package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/plan"
)

// textKeys are the columns of an estimate table that fit a terminal.
var textKeys = []string{"what", "estimate", "interval", "shrunk", "p", "p_adjusted", "n", "truth"}

// The column of names is not narrower than narrowest, and does not stay wider
// than longestName for a long word; a line that goes on below is set in.
const (
	narrowest   = 12
	longestName = 24
	goesOn      = " "
)

// textTable writes a table of estimates in columns of a terminal. Headings and
// names that are too long go on below, so that no two rows look the same.
func textTable(title string, t table) string {
	var shown []int
	for _, key := range textKeys {
		if i := slices.Index(t.Keys, key); i >= 0 {
			shown = append(shown, i)
		}
	}
	wide := widths(t, shown, utf8.RuneCountInString)
	if total(wide) > width { // headings go on below, then names
		wide = widths(t, shown, longestWord)
		least := narrowest
		for _, r := range t.Rows {
			least = max(least, longestWord(r[shown[0]])+len(goesOn))
		}
		wide[shown[0]] = max(wide[shown[0]]-max(0, total(wide)-width), min(wide[shown[0]], least, longestName))
	}
	name := shown[0]
	var b strings.Builder
	b.WriteString(fill(title, "") + "\n")
	for n, r := range append([][]string{t.Columns}, t.Rows...) {
		cells := map[int][]string{}
		lines := 0
		for _, i := range shown {
			cells[i] = []string{r[i]}
			if n == 0 {
				cells[i] = wrap(r[i], wide[i], "")
			} else if i == name {
				cells[i] = wrap(r[i], wide[i], goesOn)
			}
			lines = max(lines, len(cells[i]))
		}
		for at := range lines {
			var line strings.Builder
			for _, i := range shown {
				cell := ""
				if from := lines - len(cells[i]); n == 0 && at >= from { // headings stand on their column
					cell = cells[i][at-from]
				} else if n > 0 && at < len(cells[i]) {
					cell = cells[i][at]
				}
				pad := strings.Repeat(" ", max(0, wide[i]-utf8.RuneCountInString(cell)))
				if i == name {
					line.WriteString(cell + pad)
				} else {
					line.WriteString("  " + pad + cell)
				}
			}
			b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		}
	}
	return b.String()
}

// widths are those of columns by place: of the longest cell, and of the heading
// as measured.
func widths(t table, shown []int, heading func(string) int) map[int]int {
	wide := map[int]int{}
	for _, i := range shown {
		wide[i] = heading(t.Columns[i])
		for _, r := range t.Rows {
			wide[i] = max(wide[i], utf8.RuneCountInString(r[i]))
		}
	}
	return wide
}

func longestWord(s string) int {
	n := 0
	for _, word := range words(s) {
		n = max(n, utf8.RuneCountInString(word))
	}
	return n
}

// total is the width of a line: columns with two blanks between them.
func total(wide map[int]int) int {
	n := -2
	for _, w := range wide {
		n += w + 2
	}
	return n
}

// wrap breaks a cell into lines of a column; later lines start with the indent,
// and a word longer than the column is cut into parts.
func wrap(s string, wide int, indent string) []string {
	var lines []string
	line := ""
	for _, word := range words(s) {
		switch next := line + " " + word; {
		case line == "":
			line = word
		case utf8.RuneCountInString(next) <= wide:
			line = next
		default:
			lines, line = append(lines, line), indent+word
		}
		for r := []rune(line); len(r) > wide; r = []rune(line) {
			lines, line = append(lines, string(r[:wide])), indent+string(r[wide:])
		}
	}
	return append(lines, line)
}

// mostDomains is how many regions or groups the text lists.
const mostDomains = 12

// domainText is the table of regions or groups for a terminal, the largest
// effect first, beside each the effect drawn towards the mean. Of more than
// mostDomains it has the largest and the smallest; more says how many it leaves
// to the report, "" where it has all.
func (in Input) domainText(o plan.Outcome, l i18n.Lang, t table) (text table, more string) {
	list, _ := in.domainList(o)
	at := map[string]domain{}
	d := 0
	for _, one := range list {
		at[one.name] = one
		if one.pooled {
			d = max(d, digits(math.Abs(one.shrunk)))
		}
	}
	text = table{Title: t.Title, Keys: append(slices.Clone(t.Keys), "shrunk"), Columns: append(slices.Clone(t.Columns), i18n.Text(l, "column.shrunk", nil))}
	for _, r := range t.Rows {
		shrunk := "–"
		if one := at[r[0]]; one.pooled {
			shrunk = signed(l, one.shrunk, d)
		}
		text.Rows = append(text.Rows, append(slices.Clone(r), shrunk))
	}
	if len(list) == 0 {
		text.Keys, text.Columns = t.Keys, t.Columns
	}
	slices.SortStableFunc(text.Rows, func(a, b []string) int { return cmp.Compare(at[b[0]].sort(), at[a[0]].sort()) })
	if n := len(text.Rows); n > mostDomains {
		known := slices.DeleteFunc(slices.Clone(text.Rows), func(r []string) bool { return math.IsInf(at[r[0]].sort(), -1) })
		if len(known) > mostDomains {
			gap := make([]string, len(text.Keys))
			gap[0] = "…"
			known = slices.Concat(known[:mostDomains/2], [][]string{gap}, known[len(known)-mostDomains/2:])
		}
		text.Rows = known
		more = i18n.Text(l, "report.text.domains.more", map[string]any{"more": n - min(len(known), mostDomains)})
	}
	return text, more
}
