// Package i18n holds all words of the program in Indonesian and English, and
// writes numbers and dates as readers of each language do.
//
// A catalogue entry is a key with one sentence a language, in
// catalog/<room>.<lang>.json. Placeholders are {name}, {name:FORMAT} with the
// formats listed at Text, and {name|one|many} for English plurals.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Lang is a language of the program.
type Lang string

// The languages; Indonesian comes first.
const (
	ID Lang = "id"
	EN Lang = "en"
)

// Langs lists the languages in the order in which they are offered.
var Langs = []Lang{ID, EN}

//go:embed catalog/*.json
var files embed.FS

// catalogue is read once: lang -> key -> sentence.
var catalogue = sync.OnceValues(func() (map[Lang]map[string]string, error) {
	all := map[Lang]map[string]string{ID: {}, EN: {}}
	entries, err := files.ReadDir("catalog")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		b, err := files.ReadFile(path.Join("catalog", e.Name()))
		if err != nil {
			return nil, err
		}
		var words map[string]string
		if err := json.Unmarshal(b, &words); err != nil {
			return nil, fmt.Errorf("i18n: %s: %w", e.Name(), err)
		}
		lang := Lang(strings.TrimPrefix(path.Ext(strings.TrimSuffix(e.Name(), ".json")), "."))
		if all[lang] == nil {
			return nil, fmt.Errorf("i18n: %s: the name must end in .id.json or .en.json", e.Name())
		}
		for k, s := range words {
			if _, twice := all[lang][k]; twice {
				return nil, fmt.Errorf("i18n: %s: key %q stands in two files", e.Name(), k)
			}
			all[lang][k] = s
		}
	}
	return all, nil
})

// Has tells whether the catalogue has a key in a language.
func Has(l Lang, key string) bool {
	all, err := catalogue()
	return err == nil && all[l][key] != ""
}

// Keys lists the keys of a language in order.
func Keys(l Lang) []string {
	all, err := catalogue()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(all[l]))
}

// Raw gives an entry with its placeholders; "" when there is none.
func Raw(l Lang, key string) string {
	all, err := catalogue()
	if err != nil {
		return ""
	}
	return all[l][key]
}

// Text gives the sentence of a key with its placeholders filled. Formats:
// {x} strings as they are, whole numbers with separators, real numbers with up
// to four significant digits; {x:2} two decimals; {x:pct} a share as percent
// with up to one decimal; {x:p} a p-value; {x:year} digits without separators;
// {x:list} items joined by commas; {n|unit|units} the word by number. A part
// [[x|...]] is printed only where x is given and is not empty, false or 0. A
// missing key gives the key itself in brackets, which a test of catalogues
// forbids.
func Text(l Lang, key string, values map[string]any) string {
	s := Raw(l, key)
	if s == "" {
		return "[" + key + "]"
	}
	return Fill(l, s, values)
}

// Fill fills the placeholders of a sentence.
func Fill(l Lang, s string, values map[string]any) string {
	s = optional(s, values)
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			b.WriteString(s)
			return b.String()
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			b.WriteString(s)
			return b.String()
		}
		spec := s[open+1 : open+end]
		before, value := s[:open], fill(l, spec, values)
		if strings.HasSuffix(spec, ":p") && strings.HasPrefix(value, "<") { // "p = {p:p}" of a small p is "p < 0.001"
			before = strings.TrimSuffix(before, "= ")
		}
		b.WriteString(before)
		b.WriteString(value)
		s = s[open+end+1:]
	}
}

// optional keeps or drops the parts [[name|...]].
func optional(s string, values map[string]any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "[[")
		part, after, closed := strings.Cut(rest, "]]")
		name, words, named := strings.Cut(part, "|")
		if !ok || !closed || !named {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(before)
		if v := reflect.ValueOf(values[name]); v.IsValid() && !v.IsZero() && (v.Kind() != reflect.Slice || v.Len() > 0) {
			b.WriteString(words)
		}
		s = after
	}
}

func fill(l Lang, spec string, values map[string]any) string {
	if name, words, ok := strings.Cut(spec, "|"); ok {
		one, many, _ := strings.Cut(words, "|")
		if f, isNumber := toFloat(values[name]); isNumber && f == 1 {
			return one
		}
		return many
	}
	name, format, _ := strings.Cut(spec, ":")
	v, ok := values[name]
	if !ok {
		return "{" + name + "}"
	}
	return Format(l, v, format)
}

// Format writes one value in a format of Text.
func Format(l Lang, v any, format string) string {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && !rv.IsNil() {
		v = rv.Elem().Interface()
	}
	if format == "list" {
		rv := reflect.ValueOf(v)
		if rv.Kind() != reflect.Slice {
			return fmt.Sprint(v)
		}
		items := make([]string, rv.Len())
		for i := range items {
			items[i] = fmt.Sprint(rv.Index(i).Interface())
		}
		return strings.Join(items, ", ")
	}
	f, isNumber := toFloat(v)
	if !isNumber {
		return fmt.Sprint(v)
	}
	switch format {
	case "year":
		return strconv.FormatFloat(f, 'f', -1, 64)
	case "pct":
		return Number(l, f*100, -1) + "\u00a0%" // the sign stays with its number
	case "p":
		return P(l, f)
	case "":
		if f == math.Trunc(f) && math.Abs(f) < 1e15 {
			return Number(l, f, 0)
		}
		return Significant(l, f, 4)
	}
	if d, err := strconv.Atoi(format); err == nil {
		return Number(l, f, d)
	}
	return fmt.Sprint(v)
}

func toFloat(v any) (float64, bool) {
	if rv := reflect.ValueOf(v); rv.IsValid() {
		switch {
		case rv.CanInt():
			return float64(rv.Int()), true
		case rv.CanUint():
			return float64(rv.Uint()), true
		case rv.CanFloat():
			return rv.Float(), true
		}
	}
	return 0, false
}

var printers = map[Lang]*message.Printer{
	ID: message.NewPrinter(language.Indonesian),
	EN: message.NewPrinter(language.English),
}

// Number writes x with separators and the given decimals (-1: at most one),
// with a true minus sign: 4.419,10 and 4,419.10.
func Number(l Lang, x float64, decimals int) string {
	opts := []number.Option{number.MinFractionDigits(decimals), number.MaxFractionDigits(decimals)}
	if decimals < 0 {
		opts = []number.Option{number.MaxFractionDigits(1)}
		decimals = 1
	}
	if math.Round(x*math.Pow(10, float64(decimals))) == 0 {
		x = 0 // never "-0"
	}
	s := printers[l].Sprint(number.Decimal(math.Abs(x), opts...))
	if x < 0 {
		return "−" + s
	}
	return s
}

// Significant writes x with the given number of significant digits, never
// fewer digits before the mark than it has.
func Significant(l Lang, x float64, digits int) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return Number(l, x, 0)
	}
	decimals := digits - 1 - int(math.Floor(math.Log10(math.Abs(x))))
	return Number(l, x, max(0, min(decimals, 12)))
}

var months = map[Lang][]string{
	ID: {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
	EN: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// wib is the time of western Indonesia, which all printed instants are in.
var wib = time.FixedZone("WIB", 7*60*60)

// Date writes an instant as day, month in words, year and time in WIB.
func Date(l Lang, t time.Time) string {
	t = t.In(wib)
	return fmt.Sprintf("%d %s %d, %02d.%02d WIB", t.Day(), months[l][t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

// P writes a p-value: three decimals, and "< 0.001" below.
func P(l Lang, p float64) string {
	if p < 0.001 {
		return "< " + Number(l, 0.001, 3)
	}
	return Number(l, p, 3)
}
