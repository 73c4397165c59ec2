// Package problem has the program's one error type for people: what was found
// where, what was expected and how to mend it. A Problem is a code of the
// catalogue with values, so that each door prints it in the reader's language.
package problem

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
)

// Problem is one mistake in a plan, a file or a call. Zero fields are unknown.
type Problem struct {
	Code   string         // catalogue key: "problem." + Code, or Code itself when it starts with "refusal."
	Values map[string]any // what its sentence names
	File   string         // base name or path as the user gave it
	Sheet  string
	Line   int   // 1-based, of a text file
	Column int   // 1-based, of a plan
	Usage  bool  // wrong call: exit status 2
	Err    error // cause, for logs
}

// New makes a problem from a code and key, value pairs.
func New(code string, pairs ...any) *Problem {
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return &Problem{Code: code, Values: values}
}

// Usage makes a problem of a wrong call.
func Usage(code string, pairs ...any) *Problem {
	p := New(code, pairs...)
	p.Usage = true
	return p
}

// Refusal makes a problem of an analysis that the data cannot answer, from the
// code and values of a result.Refusal (this room knows no other).
func Refusal(code string, values map[string]any) *Problem {
	return &Problem{Code: refusal + code, Values: values}
}

const refusal = "refusal."

// In says in which file the problem is.
func (p *Problem) In(file string) *Problem { p.File = file; return p }

// At says at which line and column of the file the problem is; 0 is unknown.
func (p *Problem) At(line, column int) *Problem { p.Line, p.Column = line, column; return p }

// Because keeps the cause for logs.
func (p *Problem) Because(err error) *Problem { p.Err = err; return p }

// Text is the problem on one line in a language: where, then what. Runs of 16
// digits, which may be identity numbers, are masked.
func (p *Problem) Text(l i18n.Lang) string {
	var where []string
	if p.File != "" {
		where = append(where, p.File)
	}
	if p.Sheet != "" {
		where = append(where, p.Sheet)
	}
	if p.Line > 0 {
		where = append(where, fmt.Sprint(p.Line))
		if p.Column > 0 {
			where = append(where, fmt.Sprint(p.Column))
		}
	}
	key := p.Code
	if !strings.HasPrefix(key, refusal) {
		key = "problem." + key
	}
	text := i18n.Text(l, key, p.Values)
	if len(where) > 0 {
		text = strings.Join(where, ":") + ": " + text
	}
	return Mask(strings.Join(strings.Fields(text), " "))
}

// Error is the English text.
func (p *Problem) Error() string { return p.Text(i18n.EN) }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// List is all problems of one input, in order of place.
type List []*Problem

// Error joins the English texts by newlines.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Of gives the problems that an error carries, whether one or a list; nil when
// it carries none.
func Of(err error) List {
	var list List
	if errors.As(err, &list) {
		return list
	}
	var p *Problem
	if errors.As(err, &p) {
		return List{p}
	}
	return nil
}

var identity = regexp.MustCompile(`\d{16,}`)

// Mask hides all but the last two digits of each run of 16 or more digits: an
// identity number (NIK, KK) must not reach an error or a log.
func Mask(s string) string {
	return identity.ReplaceAllStringFunc(s, func(d string) string {
		return strings.Repeat("•", len(d)-2) + d[len(d)-2:]
	})
}

// Nearest gives the candidate that a misspelled word most likely meant, or "".
func Nearest(word string, candidates []string) string {
	best, bestDistance := "", len([]rune(word))/2+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance with transpositions of neighbours
// counted as one (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}
