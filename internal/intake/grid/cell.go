package grid

import (
	"bytes"
	"context"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Form is what a file says that a cell is.
type Form uint8

// The forms.
const (
	Words  Form = iota // text, whatever stands in it: all that a separated text knows
	Number             // digits with a point and perhaps an exponent, as programs store them
	Serial             // the same, shown as a date: days since 1899-12-30
	Truth              // "0" or "1"
	Fault              // what a formula gave instead of a value, such as #REF!
)

// Cell is one filled cell.
type Cell struct {
	Column  int // from 0
	Form    Form
	Percent bool   // a Number that is shown as percent: 0.125 stands for 12.5
	Text    []byte // UTF-8, never empty; valid until the next Scan
}

// Row is one row of a file.
type Row struct {
	Number int64 // as a spreadsheet shows it, from 1
	Width  int   // cells with the empty ones; 0 where the form of file has no such thing
	Cells  []Cell
}

// Scanner yields the rows of a file in order; rows without cells may be left
// out. The row is valid until the next call; io.EOF after the last. A context
// that is over is seen now and then.
type Scanner interface {
	Scan(ctx context.Context) (*Row, error)
}

// MaxColumns is the most columns of a table, as in Excel.
const MaxColumns = 16384

// Letter names a column as a spreadsheet does: 0 is A, 27 is AB.
func Letter(column int) string {
	var b []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		b = append(b, byte('A'+(n-1)%26))
	}
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// trim takes blanks of every kind from both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	if len(b) > 0 && (b[0] >= utf8.RuneSelf || b[len(b)-1] >= utf8.RuneSelf) {
		return bytes.TrimFunc(b, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
	}
	return b
}

// missing tells whether a text only says that there is no value. "-" also
// stands for zero or not applicable, so the mark is kept as it is.
func missing(b []byte) bool {
	if len(b) > 5 {
		return false
	}
	switch string(b) {
	case "-", "--", "–", "—", ".", "..", "...", "…", "NA", "N/A", "n/a", "na", "n.a.", "#N/A", "NaN", "NULL", "null":
		return true
	}
	return false
}

// tags are the elements of HTML that stand in labels of official tables.
var tags = map[string]bool{"b": true, "i": true, "u": true, "p": true, "br": true, "em": true, "strong": true, "sup": true, "sub": true, "span": true, "font": true, "div": true, "a": true, "small": true}

// plain takes HTML from a text; changed tells whether there was any.
func plain(s string) (text string, changed bool) {
	if !strings.ContainsAny(s, "<&") {
		return s, false
	}
	var b strings.Builder
	rest := s
	for {
		before, after, ok := strings.Cut(rest, "<")
		inside, next, closed := strings.Cut(after, ">")
		b.WriteString(before)
		if !ok {
			break
		}
		name := strings.TrimSpace(strings.Trim(inside, "/"))
		if i := strings.IndexAny(name, " \t\n"); i >= 0 {
			name = name[:i]
		}
		name = strings.ToLower(name)
		if !closed || !tags[name] {
			b.WriteByte('<')
			rest = after
			continue
		}
		if name == "br" || name == "p" || name == "div" {
			b.WriteByte(' ')
		}
		rest = next
	}
	text = html.UnescapeString(b.String())
	if text == s {
		return s, false
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "\u00a0", " ")), true
}

// Key is what two ways of writing a title or word share: its letters and digits.
func Key(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// short cuts a text for a sentence.
func short(b []byte) string {
	if len(b) <= 40 {
		return string(b)
	}
	s := []rune(string(b[:min(len(b), 160)]))
	if len(s) <= 40 {
		return string(s)
	}
	return string(s[:40]) + "…"
}

// masked is short with all digits but the last two hidden: it may be of an
// identity number, with blanks or points that would hide it from other masks.
func masked(b []byte) string {
	s := []rune(short(b))
	digits := 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] >= '0' && s[i] <= '9' {
			if digits++; digits > 2 {
				s[i] = '•'
			}
		}
	}
	return string(s)
}
