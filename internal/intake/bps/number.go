package bps

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// missingMarks stand where there is no value.
var missingMarks = map[string]bool{"": true, "...": true, "..": true, "…": true, "-": true, "–": true, "—": true, "NA": true, "N/A": true, "n.a.": true, "null": true}

var (
	plainNumber = regexp.MustCompile(`^-?\d+$`)
	grouped     = regexp.MustCompile(`^-?\d{1,3}([.,])\d{3}([.,]\d{3})*$`)
	decimal     = regexp.MustCompile(`^-?\d+[.,]\d+$`)
	both        = regexp.MustCompile(`^-?\d{1,3}([.,])\d{3}([.,]\d{3})*([.,])\d+$`)
)

// numbers reads the values. JSON's own numbers have a point. Texts are read all in
// one way, Indonesian or English, as those show that can be read in one way only;
// where none does, the decimals of the variable tell.
func (a *Answer) numbers(values content) error {
	texts := make([]string, len(a.Cells))
	var mark byte // before decimals
	var shown, unclear string
	for i := range a.Cells {
		c := &a.Cells[i]
		raw := bytes.TrimSpace(values[c.key()])
		if len(raw) == 0 || raw[0] != '"' {
			if texts[i] = string(raw); !missingMarks[texts[i]] {
				if err := c.set(texts[i], '.'); err != nil {
					return err
				}
			} else {
				c.Missing = texts[i]
			}
			texts[i] = ""
			continue
		}
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return problem.New("bps-number", "found", cut(string(raw)), "row", c.Row.Label)
		}
		s = plain(s)
		for n := 0; n < 2 && strings.HasSuffix(s, "*"); n++ {
			s = strings.TrimSpace(strings.TrimSuffix(s, "*"))
			c.Mark += registry.Preliminary
		}
		s = strings.ReplaceAll(strings.ReplaceAll(s, "−", "-"), " ", "")
		if missingMarks[s] {
			c.Missing = s
			continue
		}
		texts[i] = s
		m, sure := decimalMark(s)
		switch {
		case m == 0 && !plainNumber.MatchString(s):
			return problem.New("bps-number", "found", cut(s), "row", c.Row.Label)
		case m == 0:
		case !sure:
			unclear = s
		case mark == 0:
			mark, shown = m, s
		case mark != m:
			return problem.New("bps-number-forms", "one", shown, "other", s)
		}
	}
	if mark == 0 && unclear != "" {
		written := unclear[strings.IndexAny(unclear, ".,")]
		switch d := a.Variables[0].Decimals; {
		case d != nil && *d == 3:
			mark = written
		case d != nil && *d < 3:
			mark = '.' + ',' - written
		default:
			return problem.New("bps-number-unclear", "found", unclear)
		}
	}
	for i, s := range texts {
		if s == "" {
			continue
		}
		if err := a.Cells[i].set(s, mark); err != nil {
			return err
		}
	}
	return nil
}

// decimalMark is the mark before the decimals that a text shows; 0: it has no
// marks, or is no number. Not sure: the mark may as well stand between thousands.
func decimalMark(s string) (mark byte, sure bool) {
	if m := both.FindStringSubmatch(s); m != nil && m[1] != m[3] && (m[2] == "" || m[2][:1] == m[1]) {
		return m[3][0], true
	}
	if m := grouped.FindStringSubmatch(s); m != nil && !strings.HasPrefix(strings.TrimPrefix(s, "-"), "0") {
		if strings.Count(s, m[1]) == len(s)-len(strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", "")) {
			return '.' + ',' - m[1][0], strings.Count(s, m[1]) > 1
		}
		return 0, false
	}
	if decimal.MatchString(s) {
		return s[strings.IndexAny(s, ".,")], true
	}
	return 0, false
}

// set reads a number with such a mark before its decimals; 0: it has none.
func (c *Cell) set(s string, mark byte) error {
	thousands := '.' + ',' - mark
	whole, part, _ := strings.Cut(strings.ReplaceAll(s, string(rune(thousands)), ""), string(rune(mark)))
	text := whole
	if part != "" && mark != 0 {
		text += "." + part
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return problem.New("bps-number", "found", cut(s), "row", c.Row.Label)
	}
	if strings.ContainsAny(part, "eE") { // as JSON may write it
		part = ""
	}
	c.Value, c.Decimals = &v, len(part)
	return nil
}
