package report

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/i18n"
)

// width is the number of columns of a terminal that everybody has.
const width = 80

// Text writes the report for a terminal of 80 columns: the answer, what may be
// concluded and under which conditions, the verdict, the overall estimates and
// those by region, the checks and cautions, and what identifies the run.
func Text(w io.Writer, in Input, l i18n.Lang) error {
	v := in.see(l)
	var b strings.Builder
	b.WriteString(fill(v.Title, "") + "\n")
	if v.Source != "" {
		b.WriteString(fill(v.Source, "") + "\n")
	}
	b.WriteString("\n" + fill(v.Answer, "") + "\n\n")
	for _, c := range v.Conclusions {
		b.WriteString(fill(c.Label+" "+c.Text, "  ") + "\n")
	}
	for _, c := range v.Domains {
		b.WriteString(fill(c.Label+" "+c.Text, "  ") + "\n")
	}
	if v.Conditional && len(v.Assumptions) > 0 {
		b.WriteString(fill(i18n.Text(l, "report.conditions", nil), "") + "\n")
		for _, a := range v.Assumptions {
			b.WriteString(fill("- "+a, "  ") + "\n")
		}
	}
	if len(v.Conclusions) > 0 {
		b.WriteString("\n")
	}
	if v.Verdict != nil {
		b.WriteString(fill(strings.Repeat("●", v.Verdict.Dots)+strings.Repeat("○", 3-v.Verdict.Dots)+" "+v.Verdict.Text, "    ") + "\n")
		if v.Verdict.Of != "" {
			b.WriteString(fill(v.Verdict.Of, "") + "\n")
		}
		for _, r := range v.Verdict.Reasons {
			b.WriteString(fill("- "+r, "  ") + "\n")
		}
		b.WriteString("\n")
	}
	for _, known := range v.Truths {
		b.WriteString(fill(i18n.Text(l, "report.truth", nil)+" "+known, "  ") + "\n\n")
	}
	for i, o := range v.Outcomes {
		for k, t := range o.Tables {
			switch {
			case t.Domains:
				domains, more := in.domainText(in.Study.Plan.Outcomes[i], l, t)
				b.WriteString(textTable(o.Name+": "+small(t.Title), domains))
				if more != "" {
					b.WriteString(fill(more, "") + "\n")
				}
				b.WriteString("\n")
			case k == 0:
				b.WriteString(textTable(o.Name, t) + "\n")
			}
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
	if v.Command != "" {
		b.WriteString("\n  " + v.Command + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fill breaks a text into lines that fit a terminal; later lines start
// with the indent. A word longer than a line stands alone.
func fill(s, indent string) string {
	var lines []string
	line := ""
	for _, word := range words(s) {
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

// words parts a text at its blanks, but not at those that stay with a number.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' })
}
