package contract

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// fieldCheck is a field with the column that it reads.
type fieldCheck struct {
	*Field
	column  int // of the file; -1 when it has none
	kind    source.Kind
	convert *converter
	pattern *regexp.Regexp
	words   map[string]bool   // allowed texts
	spelt   map[string]string // them by HeaderKey, where that is of one alone
	numbers map[float64]bool
	limit   string // allowed values in words
	low     float64
	high    float64
	lowOpen bool
	highOpn bool
	system  string // of codes of regions
	regions map[string]regionRead
	hasher  *identity.Hasher
	needed  bool
	filled  int64
	zeroEnd int64
}

// prepare settles what a value is held against.
func (f *fieldCheck) prepare(c *Contract) {
	k := &f.Constraints
	if k.Pattern != "" {
		f.pattern, _ = wholePattern(k.Pattern) // found sound by Parse
	} else if form, ok := formats[f.Format]; ok && f.Type == String {
		f.pattern = form
	}
	for _, b := range []struct {
		l    *Literal
		to   *float64
		open *bool
		yes  bool
	}{{k.Minimum, &f.low, &f.lowOpen, false}, {k.AboveMinimum, &f.low, &f.lowOpen, true}, {k.Maximum, &f.high, &f.highOpn, false}, {k.BelowMaximum, &f.high, &f.highOpn, true}} {
		if b.l == nil {
			continue
		}
		if x := f.order(b.l.Text); b.to == &f.low && x >= *b.to || b.to == &f.high && x <= *b.to {
			*b.to, *b.open = x, b.yes
		}
	}
	if allowed := f.Allowed(); allowed != nil {
		f.words, f.numbers, f.spelt = map[string]bool{}, map[float64]bool{}, map[string]string{}
		var texts []string
		for _, l := range allowed {
			f.words[l.Text] = true
			x, _ := strconv.ParseFloat(l.Text, 64)
			if f.Type == Boolean && l.Text == "true" {
				x = 1
			}
			f.numbers[x] = true
			texts = append(texts, l.Text)
			key := HeaderKey(l.Text)
			if _, twice := f.spelt[key]; twice {
				f.spelt[key] = "" // two allowed values look alike: nothing is guessed
			} else {
				f.spelt[key] = l.Text
			}
		}
		f.limit = strings.Join(few(texts), ", ")
	}
	if f.system = c.region(f.Name); f.system != "" {
		f.regions = map[string]regionRead{}
	}
}

var formats = map[string]*regexp.Regexp{
	"email": regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`),
	"uri":   regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:\S+$`),
	"uuid":  regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
}

// column converts and checks the cells of a field.
func (k *Check) column(in *source.Batch, i int, skip map[int]source.Said, bad map[[2]int64]*problem.Problem) {
	f := &k.fields[i]
	w := &k.work
	for r := range in.Row {
		if _, ok := skip[r]; ok || f.column < 0 {
			w.AddMissing(i, f.convert.to, source.Plain)
			continue
		}
		cells := &in.Cells[f.column]
		if why, ok := bad[[2]int64{in.Row[r], int64(f.column)}]; ok {
			w.AddMissing(i, f.convert.to, source.Plain)
			k.broke(r, Unreadable, f, "", string(f.Type))
			k.breaks[r][len(k.breaks[r])-1].Why = why
			continue
		}
		if !f.convert.read(cells, f.kind, r, w, i) {
			k.broke(r, WrongType, f, cells.Spell(f.kind, r), string(f.Type))
			continue
		}
		c := &w.Cells[i]
		if c.Missing[r] != "" {
			if f.needed {
				k.broke(r, Blank, f, "", "")
			}
			continue
		}
		f.filled++
		k.value(r, f, c)
	}
}

// value holds one value against its field.
func (k *Check) value(r int, f *fieldCheck, c *source.Cells) {
	var x float64
	switch f.convert.to {
	case source.Text:
		k.text(r, f, c)
		return
	case source.Real:
		x = c.Real[r]
	default:
		x = float64(c.Whole[r])
	}
	if x < f.low || f.lowOpen && x == f.low {
		low := cmp.Or(f.Constraints.AboveMinimum, f.Constraints.Minimum)
		k.broke(r, TooSmall, f, c.Spell(f.convert.to, r), low.Text)
	}
	if x > f.high || f.highOpn && x == f.high {
		high := cmp.Or(f.Constraints.BelowMaximum, f.Constraints.Maximum)
		k.broke(r, TooLarge, f, c.Spell(f.convert.to, r), high.Text)
	}
	if f.numbers != nil && !f.numbers[x] {
		k.broke(r, NotAllowed, f, c.Spell(f.convert.to, r), f.limit)
	}
	if f.Identity == "" && f.Stored() && (f.Type == Integer || f.Type == Number) && x >= 1e15 && x < 1e16 {
		digits := c.Spell(f.convert.to, r)
		if _, fault := identity.Read(digits); fault == "" {
			k.broke(r, HiddenIdentity, f, identity.Masked(identity.NIK, digits), "")
		}
	}
	if f.Role == PeriodRole {
		k.period(r, f, c)
	}
}

// period holds the time of a row against what the dataset covers.
func (k *Check) period(r int, f *fieldCheck, c *source.Cells) {
	p := k.c.Period
	if p == (registry.Period{}) {
		return
	}
	v := c.Whole[r]
	if f.Type == Datetime {
		v = floorDiv(v, 86_400_000_000)
	}
	var day string
	whole := len("2006-01-02")
	switch f.Type {
	case Year:
		day, whole = time.Date(int(v), 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), 4
	case YearMonth:
		day, whole = time.Unix(v*86400, 0).UTC().Format(time.DateOnly), 7
	default:
		day = time.Unix(v*86400, 0).UTC().Format(time.DateOnly)
	}
	day = day[:whole]
	if p.From != "" && day < string(p.From)[:whole] || p.Until != "" && day > string(p.Until)[:whole] {
		k.broke(r, OtherPeriod, f, day, string(p.From)+" - "+string(p.Until))
	}
}

// text holds a text against its field.
func (k *Check) text(r int, f *fieldCheck, c *source.Cells) {
	s := c.Text[r]
	if f.system != "" {
		read := k.region(f, s, r)
		if read.rule != "" {
			limit := read.beside
			if read.rule == OtherRegion {
				limit = strings.Join(few(k.c.Regions), ", ")
			}
			k.broke(r, read.rule, f, s, limit)
			return
		}
		s = read.code
		c.Text[r] = s
	}
	if f.Identity != "" {
		if f.Identity == identity.NIK || f.Identity == identity.KK {
			return // identities reads them, with the rest of the row
		}
		if f.Treatment == Hash {
			if _, ok := identity.Normal(f.Identity, s); !ok {
				k.broke(r, WrongType, f, s, string(f.Identity))
				return
			}
		}
	} else if f.Stored() {
		if digits := hidden(s); digits != "" {
			k.broke(r, HiddenIdentity, f, identity.Masked(identity.NIK, digits), "")
			return
		}
		if number := hiddenPhone(s); number != "" {
			k.broke(r, HiddenIdentity, f, identity.Masked(identity.Phone, number), "")
			return
		}
	}
	if n := &f.Constraints; n.MinLength > 0 || n.MaxLength > 0 {
		if size := utf8.RuneCountInString(s); size < n.MinLength || n.MaxLength > 0 && size > n.MaxLength {
			k.broke(r, WrongLength, f, s, strconv.Itoa(n.MinLength)+" - "+strconv.Itoa(n.MaxLength))
		}
	}
	if f.pattern != nil && !f.pattern.MatchString(s) {
		k.broke(r, WrongPattern, f, s, cmp.Or(f.Constraints.Pattern, f.Format))
	}
	if f.words == nil || f.words[s] {
		return
	}
	if right := f.spelt[HeaderKey(s)]; right != "" { // "APBD PROVINSI" is "APBD provinsi"
		c.Text[r] = right
		return
	}
	k.broke(r, NotAllowed, f, s, f.limit)
}
