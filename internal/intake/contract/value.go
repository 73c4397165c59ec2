package contract

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/intake/source"
)

// kindOf is how the values of a type are held.
func (t Type) kindOf() source.Kind {
	switch t {
	case Integer, Year:
		return source.Whole
	case Number:
		return source.Real
	case Boolean:
		return source.Truth
	case Date, YearMonth:
		return source.Day
	case Datetime:
		return source.Moment
	}
	return source.Text
}

// spell gives a value of a contract in its one form: whole numbers in digits,
// numbers in the fewest digits, days as 2006-01-02. False when it is no such
// value.
func (f *Field) spell(s string) (string, bool) {
	switch f.Type {
	case Integer, Year:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil || x != math.Trunc(x) || math.Abs(x) >= 1<<53 {
				return "", false
			}
			n = int64(x)
		}
		return strconv.FormatInt(n, 10), f.Type != Year || n >= 1 && n <= 9999
	case Number:
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return "", false
		}
		return source.SpellReal(x), true
	case Date:
		_, ok := parseDay(s)
		return s, ok
	case YearMonth:
		_, ok := parseDay(s + "-01")
		return s, ok
	case Datetime:
		t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(s, "Z"))
		return t.Format("2006-01-02T15:04:05"), err == nil
	case Boolean:
		return s, s == "true" || s == "false"
	}
	return s, true
}

// order gives a number by which values of a field as spelt are ordered.
func (f *Field) order(s string) float64 {
	switch f.Type {
	case Date:
		d, _ := parseDay(s)
		return float64(d)
	case YearMonth:
		d, _ := parseDay(s + "-01")
		return float64(d)
	case Datetime:
		t, _ := time.Parse("2006-01-02T15:04:05", s)
		return float64(t.UnixMicro())
	}
	x, _ := strconv.ParseFloat(s, 64)
	return x
}

// parseDay reads YYYY-MM-DD.
func parseDay(s string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, false
	}
	return t.Unix() / 86400, true
}

var directive, twoLetters = regexp.MustCompile(`%[YmdyHMS]`), regexp.MustCompile(`[A-Za-z]{2}`)

// Layout turns a format of the standard (strptime) into Go's; false for one with
// a directive that is not read.
func Layout(format string) (string, bool) {
	if !strings.Contains(format, "%") {
		return "", false
	}
	out := format
	for from, to := range map[string]string{"%Y": "2006", "%m": "01", "%d": "02", "%y": "06", "%H": "15", "%M": "04", "%S": "05"} {
		out = strings.ReplaceAll(out, from, to)
	}
	// What stands between must not be read as a part of Go's layout.
	rest := directive.ReplaceAllString(format, "")
	return out, !strings.ContainsAny(rest, "%0123456789") && !twoLetters.MatchString(rest)
}

// converter reads cells of a column of a file as values of a field.
type converter struct {
	f       *Field
	to      source.Kind
	layout  string
	missing map[string]bool // marks in text
	numbers map[float64]bool
}

func newConverter(c *Contract, f *Field) *converter {
	v := &converter{f: f, to: f.Type.kindOf(), missing: map[string]bool{"": true}, numbers: map[float64]bool{}}
	v.layout, _ = Layout(f.Format)
	marks := c.Missing
	if f.Missing != nil {
		marks = f.Missing
	}
	for _, m := range marks {
		v.missing[m] = true
		if x, err := strconv.ParseFloat(m, 64); err == nil {
			v.numbers[x] = true
		}
	}
	return v
}

// read appends the value at an index to cells; false when it cannot be one.
// Missing cells are added as missing.
func (v *converter) read(in *source.Cells, kind source.Kind, i int, b *source.Batch, column int) bool {
	if in.Missing[i] != "" {
		b.AddMissing(column, v.to, source.Plain)
		return true
	}
	if kind == source.Text {
		s := strings.TrimSpace(in.Text[i])
		if v.missing[s] {
			b.AddMissing(column, v.to, source.Plain)
			return true
		}
		return v.text(s, b, column)
	}
	var x float64
	if kind == source.Real {
		x = in.Real[i]
	} else {
		x = float64(in.Whole[i])
	}
	if len(v.numbers) > 0 && kind != source.Day && kind != source.Moment && v.numbers[x] {
		b.AddMissing(column, v.to, source.Plain)
		return true
	}
	switch v.to {
	case source.Text:
		s := in.Spell(kind, i)
		if v.missing[s] {
			b.AddMissing(column, v.to, source.Plain)
		} else {
			b.AddText(column, s)
		}
		return true
	case source.Real:
		if kind == source.Whole || kind == source.Real {
			b.AddReal(column, x)
			return true
		}
	case source.Whole:
		var n int64
		switch {
		case kind == source.Whole:
			n = in.Whole[i]
		case kind == source.Real && x == math.Trunc(x) && math.Abs(x) < 1<<53:
			n = int64(x)
		case kind == source.Day && v.f.Type == Year:
			n = int64(time.Unix(in.Whole[i]*86400, 0).UTC().Year())
		default:
			return v.bad(b, column)
		}
		if v.f.Type == Year && (n < 1 || n > 9999) {
			return v.bad(b, column)
		}
		b.AddWhole(column, n)
		return true
	case source.Truth:
		if (kind == source.Truth || kind == source.Whole || kind == source.Real) && (x == 0 || x == 1) {
			b.AddWhole(column, int64(x))
			return true
		}
	case source.Day:
		d := in.Whole
		switch kind {
		case source.Day:
			v.day(d[i], b, column)
			return true
		case source.Moment:
			v.day(floorDiv(d[i], 86_400_000_000), b, column)
			return true
		}
	case source.Moment:
		switch kind {
		case source.Moment:
			b.AddWhole(column, in.Whole[i])
			return true
		case source.Day:
			b.AddWhole(column, in.Whole[i]*86_400_000_000)
			return true
		}
	}
	return v.bad(b, column)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (v *converter) bad(b *source.Batch, column int) bool {
	b.AddMissing(column, v.to, source.Plain)
	return false
}

// day adds a day, the first of its month for months.
func (v *converter) day(d int64, b *source.Batch, column int) {
	if v.f.Type == YearMonth {
		d = firstOfMonth(d)
	}
	b.AddWhole(column, d)
}

func firstOfMonth(d int64) int64 {
	return d - int64(time.Unix(d*86400, 0).UTC().Day()) + 1
}

// text reads a text.
func (v *converter) text(s string, b *source.Batch, column int) bool {
	switch v.f.Type {
	case String:
		b.AddText(column, s)
		return true
	case Integer, Number, Year:
		s, ok := v.number(s)
		if !ok {
			return v.bad(b, column)
		}
		if v.f.Type == Number {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil || math.IsInf(x, 0) {
				return v.bad(b, column)
			}
			b.AddReal(column, x)
			return true
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v.f.Type == Year && (n < 1 || n > 9999) {
			return v.bad(b, column)
		}
		b.AddWhole(column, n)
		return true
	case Boolean:
		switch {
		case slices.Contains(orDefault(v.f.True, "true", "True", "TRUE", "1"), s):
			b.AddWhole(column, 1)
		case slices.Contains(orDefault(v.f.False, "false", "False", "FALSE", "0"), s):
			b.AddWhole(column, 0)
		default:
			return v.bad(b, column)
		}
		return true
	case Date, YearMonth:
		d, ok := v.textDay(s)
		if !ok {
			return v.bad(b, column)
		}
		v.day(d, b, column)
		return true
	}
	form := v.layout
	if form == "" {
		form = "2006-01-02T15:04:05"
		s = strings.TrimSuffix(strings.Replace(s, " ", "T", 1), "Z")
	}
	t, err := time.Parse(form, s)
	if err != nil || t.Year() < 1 {
		return v.bad(b, column)
	}
	b.AddWhole(column, t.UnixMicro())
	return true
}

func orDefault(all []string, usual ...string) []string {
	if all == nil {
		return usual
	}
	return all
}

var plainNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

// number takes the marks of the field from a number and gives it as Go reads it.
func (v *converter) number(s string) (string, bool) {
	if v.f.Group != "" {
		s = strings.ReplaceAll(s, v.f.Group, "")
	}
	if v.f.Decimal != "" {
		if strings.Contains(s, ".") {
			return "", false
		}
		s = strings.Replace(s, v.f.Decimal, ".", 1)
	}
	if v.f.NotBare {
		s = strings.TrimFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '-' && r != '+' })
	}
	return s, plainNumber.MatchString(s)
}

var dayFirst = []string{"02/01/2006", "02-01-2006", "2/1/2006", "2-1-2006", "02.01.2006"}

func (v *converter) textDay(s string) (int64, bool) {
	if v.f.Type == YearMonth {
		return parseDay(s + "-01")
	}
	if v.layout != "" {
		t, err := time.Parse(v.layout, s)
		return floorDiv(t.Unix(), 86400), err == nil && t.Year() >= 1
	}
	if d, ok := parseDay(s); ok || v.f.Format != "any" {
		return d, ok
	}
	s, _, _ = strings.Cut(s, " ") // "0:00:00" tails of exports
	for _, form := range dayFirst {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1000 {
			return floorDiv(t.Unix(), 86400), true
		}
	}
	return parseDay(s)
}
