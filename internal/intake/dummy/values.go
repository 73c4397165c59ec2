package dummy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// endless is the size of a domain without end.
const endless = math.MaxInt64 / 4

// domain is the values that a field may have, by number from 0. Values of
// different numbers differ, unless the domain is loose.
type domain struct {
	size  int64
	spell func(i int64) string
	loose bool // values may repeat: those of a pattern
	of    bool // of the person of the row: the number is hers
}

// listed is a domain of some values.
func listed(all []string) domain {
	return domain{size: int64(len(all)), spell: func(i int64) string { return all[i] }}
}

// domainOf gives the values of a field.
func (r *Reader) domainOf(f *contract.Field) domain {
	if f.Identity != "" && (f.Type == contract.String || f.Identity == identity.BirthDate) {
		return r.person(f)
	}
	if allowed := f.Allowed(); allowed != nil {
		var all []string
		for _, l := range allowed {
			text := l.Text
			if f.Type == contract.Boolean {
				text = truth(f, text == "true")
			}
			all = append(all, text)
		}
		return r.bounded(f, all)
	}
	if slices.ContainsFunc(r.c.RegionKeys, func(k contract.RegionKey) bool { return k.Field == f.Name }) {
		return listed(r.regions(f))
	}
	switch f.Type {
	case contract.Integer:
		low, high := bounds(f, 0, most(f), 1)
		return domain{size: whole(high) - whole(low) + 1, spell: func(i int64) string { return strconv.FormatInt(whole(low)+i, 10) }}
	case contract.Number:
		return numbers(f)
	case contract.Boolean:
		return listed([]string{truth(f, true), truth(f, false)})
	case contract.Year, contract.YearMonth, contract.Date, contract.Datetime:
		return r.times(f)
	}
	return texts(f)
}

// bounded keeps those values that the other constraints allow.
func (r *Reader) bounded(f *contract.Field, all []string) domain {
	low, high := math.Inf(-1), math.Inf(1)
	if f.Type == contract.Integer || f.Type == contract.Number || f.Type == contract.Year {
		low, high = bounds(f, math.Inf(-1), math.Inf(1), 0)
	}
	return listed(slices.DeleteFunc(all, func(s string) bool {
		x, err := strconv.ParseFloat(s, 64)
		return err == nil && f.Type != contract.String && (x < low || x > high)
	}))
}

func truth(f *contract.Field, yes bool) string {
	switch {
	case yes && len(f.True) > 0:
		return f.True[0]
	case !yes && len(f.False) > 0:
		return f.False[0]
	}
	return strconv.FormatBool(yes)
}

func whole(x float64) int64 {
	return int64(max(-endless/2, min(endless/2, x)))
}

// bounds gives the range of a field; where an end is not said, it is so far from
// the other as usual. Step is what an exclusive end is moved by.
func bounds(f *contract.Field, low, high, step float64) (float64, float64) {
	k := &f.Constraints
	span := high - low
	at := func(l *contract.Literal) float64 { return position(f, l.Text) }
	lowSaid, highSaid := false, false
	for _, l := range []*contract.Literal{k.Minimum, k.AboveMinimum} {
		if l == nil {
			continue
		}
		x := at(l)
		if l == k.AboveMinimum {
			x += step
		}
		if !lowSaid || x > low {
			low, lowSaid = x, true
		}
	}
	for _, l := range []*contract.Literal{k.Maximum, k.BelowMaximum} {
		if l == nil {
			continue
		}
		x := at(l)
		if l == k.BelowMaximum {
			x -= step
		}
		if !highSaid || x < high {
			high, highSaid = x, true
		}
	}
	switch {
	case lowSaid && !highSaid && high < low:
		high = low + span
	case highSaid && !lowSaid && low > high:
		low = high - span
	}
	return low, high
}

// most is the usual end of a range that has none: money is in millions.
func most(f *contract.Field) float64 {
	if unit := strings.ToLower(f.Unit); strings.HasPrefix(unit, "rp") || strings.HasPrefix(unit, "rupiah") {
		return 1_000_000_000
	}
	return 1000
}

// position gives a number for a bound: of days the days since 1970.
func position(f *contract.Field, s string) float64 {
	layout := map[contract.Type]string{contract.Date: "2006-01-02", contract.YearMonth: "2006-01", contract.Datetime: "2006-01-02T15:04:05"}[f.Type]
	if layout == "" {
		x, _ := strconv.ParseFloat(s, 64) // found sound by the contract's parser
		return x
	}
	t, _ := time.Parse(layout, s)
	switch f.Type {
	case contract.YearMonth:
		return float64(months(t))
	case contract.Datetime:
		return float64(t.Unix())
	}
	return float64(t.Unix() / 86400)
}

func months(t time.Time) int { return t.Year()*12 + int(t.Month()) - 1 }

// numbers have two decimals where the range has room for them.
func numbers(f *contract.Field) domain {
	low, high := bounds(f, 0, most(f), 0)
	step := 0.01
	for step > 1e-12 && high-low < 100*step {
		step /= 10
	}
	if high-low > 1e15 {
		step = (high - low) / 1e15
	}
	first, last := math.Ceil(low/step), math.Floor(high/step)
	if f.Constraints.AboveMinimum != nil {
		first++
	}
	if f.Constraints.BelowMaximum != nil {
		last--
	}
	scale := math.Round(1 / step)
	spell := func(i int64) string {
		x := (first + float64(i)) * step
		if step < 1 {
			x = (first + float64(i)) / scale // 0.07, not 0.07000000000000001
		}
		x = max(low, min(high, x))
		if f.Decimal != "" {
			return strings.Replace(source.SpellReal(x), ".", f.Decimal, 1)
		}
		return source.SpellReal(x)
	}
	if last < first {
		return domain{size: 1, spell: func(int64) string { return source.SpellReal((low + high) / 2) }}
	}
	return domain{size: whole(last-first) + 1, spell: spell}
}

// times are the days, months or years of a field, those that the dataset covers
// where it is the time of the row.
func (r *Reader) times(f *contract.Field) domain {
	from, until := registry.Day("2015-01-01"), registry.Day("2024-12-31")
	if f.Role == contract.PeriodRole && r.c.Period.From != "" {
		from = r.c.Period.From
		if until = r.c.Period.Until; until == "" || until < from {
			until = from.Add(3652)
		}
	} else if f.Role == contract.PeriodRole && r.c.Period.Until != "" {
		until = r.c.Period.Until
		from = until.Add(-3652)
	}
	first, last, own := day(from), day(until), form(f)
	switch f.Type {
	case contract.Year:
		low, high := within(f, float64(first.Year()), float64(last.Year()))
		return domain{size: whole(high) - whole(low) + 1, spell: func(i int64) string { return strconv.FormatInt(whole(low)+i, 10) }}
	case contract.YearMonth:
		low, high := within(f, float64(months(first)), float64(months(last)))
		return domain{size: whole(high) - whole(low) + 1, spell: func(i int64) string {
			m := whole(low) + i
			return fmt.Sprintf("%04d-%02d", m/12, m%12+1)
		}}
	case contract.Datetime:
		low, high := within(f, float64(first.Unix()), float64(last.Unix()))
		return domain{size: whole(high) - whole(low) + 1, spell: func(i int64) string { return time.Unix(whole(low)+i, 0).UTC().Format(own) }}
	}
	low, high := within(f, float64(first.Unix()/86400), float64(last.Unix()/86400))
	return domain{size: whole(high) - whole(low) + 1, spell: func(i int64) string { return time.Unix((whole(low)+i)*86400, 0).UTC().Format(own) }}
}

func day(d registry.Day) time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// within is the range of a field cut to another, or the field's alone where they
// do not meet.
func within(f *contract.Field, low, high float64) (float64, float64) {
	a, b := bounds(f, low, high, 1)
	if x, y := max(a, low), min(b, high); x <= y {
		return x, y
	}
	return a, b
}

// form is how a field writes an instant, in Go's words.
func form(f *contract.Field) string {
	if own, ok := contract.Layout(f.Format); ok {
		return own
	}
	if f.Type == contract.Datetime {
		return "2006-01-02T15:04:05"
	}
	return time.DateOnly
}

// regions are the codes that a field of regions may have: the kabupaten and kota
// that the dataset covers, or units within them where codes must be longer.
func (r *Reader) regions(f *contract.Field) []string {
	roots := r.c.Regions
	if len(roots) == 0 {
		roots = []string{registry.Nation}
	}
	var all []string
	for _, root := range roots {
		found := false
		for _, region := range registry.Regions() {
			if len(region.Code) == 4 && region.Code != registry.Nation && registry.Within(region.Code, root) {
				all = append(all, region.Code)
				found = true
			}
		}
		if !found {
			all = append(all, root)
		}
	}
	k := f.Constraints
	for i, code := range all {
		if k.MaxLength > 0 && len(code) > k.MaxLength {
			code = code[:2]
		}
		if len(code) == 4 && k.MinLength > 4 {
			code += "01"
			if k.MinLength == 7 {
				code += "0"
			}
		}
		if len(code) == 6 && k.MinLength > 7 {
			code += "2001"
		}
		all[i] = code
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// texts are words, or what a pattern or format allows.
func texts(f *contract.Field) domain {
	k := f.Constraints
	numbered := func(form string) domain {
		return domain{size: endless, spell: func(i int64) string { return fmt.Sprintf(form, i+1) }}
	}
	switch f.Format {
	case "email":
		return numbered("warga%d@contoh.invalid")
	case "uri":
		return numbered("https://contoh.invalid/%d")
	case "uuid":
		return domain{size: endless, spell: func(i int64) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", i) }}
	}
	if k.Pattern != "" {
		tree, err := syntax.Parse(k.Pattern, syntax.Perl)
		if err != nil {
			return domain{}
		}
		tree = tree.Simplify()
		return domain{size: endless, loose: true, spell: func(i int64) string {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			s := ""
			for range 200 { // the lengths stand beside the pattern
				var b strings.Builder
				matching(&b, tree, random)
				if s = b.String(); len([]rune(s)) >= k.MinLength && (k.MaxLength == 0 || len([]rune(s)) <= k.MaxLength) && s != "" {
					break
				}
			}
			return s
		}}
	}
	if k.MaxLength > 0 && k.MaxLength < 20 { // numbers as long as there is room
		size := int64(1)
		for range min(k.MaxLength, 15) {
			size *= 10
		}
		return domain{size: size - 1, spell: func(i int64) string {
			s := strconv.FormatInt(i+1, 10)
			return strings.Repeat("0", max(0, k.MinLength-len(s))) + s
		}}
	}
	word := "contoh "
	if f.Role == contract.ProgrammeRole {
		word = "Program contoh "
	}
	return domain{size: endless, spell: func(i int64) string {
		s := word + strconv.FormatInt(i+1, 10)
		return s + strings.Repeat("x", max(0, k.MinLength-len(s)))
	}}
}

// matching writes a text that a pattern matches.
func matching(b *strings.Builder, e *syntax.Regexp, random *rand.Rand) {
	repeat := func(low, high int) {
		if high < 0 {
			high = low + 8
		}
		for range low + random.IntN(high-low+1) {
			matching(b, e.Sub[0], random)
		}
	}
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		b.WriteRune(oneOf(e.Rune, random))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + random.IntN(26)))
	case syntax.OpStar:
		repeat(0, -1)
	case syntax.OpPlus:
		repeat(1, -1)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(e.Min, e.Max)
	case syntax.OpAlternate:
		matching(b, e.Sub[random.IntN(len(e.Sub))], random)
	default: // concatenation, groups; anchors have no parts
		for _, sub := range e.Sub {
			matching(b, sub, random)
		}
	}
}

// oneOf draws a sign from ranges, a letter or digit of ASCII where there is one.
func oneOf(ranges []rune, random *rand.Rand) rune {
	var plain []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := max(ranges[i], '0'); c <= min(ranges[i+1], 'z'); c++ {
			if unicode.IsLetter(c) || unicode.IsDigit(c) {
				plain = append(plain, c)
			}
		}
	}
	if len(plain) > 0 {
		return plain[random.IntN(len(plain))]
	}
	if len(ranges) < 2 {
		return ' '
	}
	i := 2 * random.IntN(len(ranges)/2)
	return ranges[i] + rune(random.IntN(int(min(ranges[i+1]-ranges[i]+1, 1000))))
}
