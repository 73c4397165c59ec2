package report

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/i18n"
)

// width is the number of columns of a terminal that everybody has.
const width = 80

// Text writes the report for a terminal of 80 columns: the answer, what may be
// concluded, the verdict, the overall estimates, the checks and cautions, and
// what identifies the run.
func Text(w io.Writer, in Input, l i18n.Lang) error {
	v := in.see(l)
	var b strings.Builder
	b.WriteString(fill(v.Title, "") + "\n")
	if v.Source != "" {
		b.WriteString(fill(v.Source, "") + "\n")
	}
	b.WriteString("\n" + fill(v.Answer, "") + "\n\n")
	for _, c := range v.Conclusions {
		b.WriteString(fill(i18n.Text(l, "report.conclude", nil)+" "+c, "  ") + "\n")
	}
	for _, c := range v.Domains {
		b.WriteString(fill(c.Label+" "+c.Text, "  ") + "\n")
	}
	if len(v.Conclusions) > 0 {
		b.WriteString("\n")
	}
	if v.Verdict != nil {
		b.WriteString(fill(strings.Repeat("●", v.Verdict.Dots)+strings.Repeat("○", 3-v.Verdict.Dots)+" "+v.Verdict.Text, "    ") + "\n")
		for _, r := range v.Verdict.Reasons {
			b.WriteString(fill("- "+r, "  ") + "\n")
		}
		b.WriteString("\n")
	}
	for _, known := range v.Truths {
		b.WriteString(fill(i18n.Text(l, "report.truth", nil)+" "+known, "  ") + "\n\n")
	}
	for _, o := range v.Outcomes {
		for _, t := range o.Tables[:min(1, len(o.Tables))] {
			b.WriteString(textTable(o.Name, t) + "\n")
		}
	}
	for _, c := range v.Checks {
		b.WriteString(fill("["+c.Word+"] "+c.Text, "  ") + "\n")
	}
	for _, c := range v.Cautions {
		b.WriteString(fill("! "+c, "  ") + "\n")
	}
	for _, n := range v.Notes {
		b.WriteString(fill("* "+n, "  ") + "\n")
	}
	b.WriteString("\n")
	for _, p := range v.Provenance {
		b.WriteString(fill(p[0]+": "+p[1], "  ") + "\n")
	}
	b.WriteString("\n  " + v.Command + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// textColumns are those of an estimate table that fit a terminal: the effect,
// its estimate, interval, p-value, n and, in an invented world, the truth.
var textColumns = []int{0, 1, 2, 5, 6, 7}

// textTable writes a table of estimates in columns.
func textTable(title string, t table) string {
	rows := append([][]string{t.Columns}, t.Rows...)
	wide := make([]int, len(t.Columns))
	for _, r := range rows {
		for i, c := range r {
			wide[i] = max(wide[i], utf8.RuneCountInString(c))
		}
	}
	first := width
	for _, i := range textColumns[1:] {
		if i < len(wide) {
			first -= wide[i] + 2
		}
	}
	wide[0] = min(wide[0], max(first, 12))
	var b strings.Builder
	b.WriteString(fill(title, "") + "\n")
	for _, r := range rows {
		for k, i := range textColumns {
			if i >= len(r) {
				continue
			}
			cell := r[i]
			if n := utf8.RuneCountInString(cell); n > wide[i] {
				cell = string([]rune(cell)[:wide[i]-1]) + "…"
			}
			pad := strings.Repeat(" ", wide[i]-utf8.RuneCountInString(cell))
			if k == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// fill breaks a text into lines that fit a terminal; later lines start
// with the indent. A word longer than a line stands alone.
func fill(s, indent string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		next := line + " " + word
		if line == "" || line == indent {
			next = line + word
		}
		if utf8.RuneCountInString(next) > width && strings.TrimSpace(line) != "" {
			lines = append(lines, line)
			next = indent + word
		}
		line = next
	}
	return strings.Join(append(lines, line), "\n")
}
