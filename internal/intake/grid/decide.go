package grid

import (
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

// column is one column with what was decided of it.
type column struct {
	at        int // in the file, from 0
	name      string
	levels    []string // of its header
	kind      source.Kind
	decimal   byte  // the mark before decimals of its numbers
	refused   shape // pointGroup or commaGroup where the other one decided
	first     order // of its days: dayFirst or monthFirst
	serials   bool  // bare numbers are days of a spreadsheet
	identity  bool
	zeroLost  bool // identity numbers that end in zero have lost their last digit
	evidence  evidence
	format    string
	decimals  int
	labelled  bool // it names what the row is of, so that a total may stand in it
	total     bool // it has regions among which their province is a total
	nationSum bool // the nation is a total in it
}

// decide chooses the kind of a column and says what it chose.
func (c *column) decide(o *Options, say func(*problem.Problem)) {
	e := &c.evidence
	c.kind, c.decimals = source.Text, -1
	at := func(code string, s seen, pairs ...any) {
		say(problem.New(code, append([]any{"column", c.name, "n", s.n, "row", s.row, "found", s.text}, pairs...)...))
	}
	defer c.common(at)
	texts := int64(0)
	for _, s := range e.numbers {
		texts += s.n
	}
	numbers := texts + e.stored.n
	identityTitled := identityTitle.MatchString(c.name)
	switch days := c.allDays(); {
	case e.filled == 0:
	case e.identities > 0 && (e.identities+e.exponents.n)*2 >= e.filled, identityTitled && e.identities+e.exponents.n > 0 && (e.identities+e.exponents.n)*5 >= e.filled:
		c.asIdentity(at)
	case codeTitle.MatchString(c.name):
		if e.stored.n > 0 {
			at("grid-code-stored", e.stored)
		}
	case e.numbers[zeros].n > 0:
		at("grid-leading-zeros", e.numbers[zeros])
	case e.long:
	case e.kemendagri > 2 && e.kemendagri == e.filled:
		s := e.numbers[english]
		if s.n == 0 {
			s = e.stored
		}
		at("grid-region-codes", s)
	case e.truths == e.filled:
		c.kind = source.Truth
	case days+e.dates.n > 0 && most(days+e.dates.n, e.filled), days+e.dates.n > 0 && most(days+e.dates.n+e.serials, e.filled):
		c.asDays(at, days)
	case numbers > 0 && e.serials == numbers && numbers == e.filled && dayTitle.MatchString(c.name):
		c.asDays(at, days)
	case numbers > 0 && most(numbers, e.filled):
		c.asNumbers(o, at)
	case numbers*5 >= e.filled:
		s := e.stored
		for _, n := range e.numbers {
			if s.n == 0 {
				s = n
			}
		}
		s.n = numbers
		at("grid-mixed-kinds", s, "of", e.filled)
	}
}

// most tells four fifths.
func most(n, of int64) bool { return n*5 >= of*4 }

func (c *column) allDays() int64 {
	n := int64(0)
	for _, s := range c.evidence.days {
		n += s.n
	}
	return n
}

// common says what holds for columns of every kind.
func (c *column) common(at func(string, seen, ...any)) {
	e := &c.evidence
	if e.filled == 0 {
		at("grid-column-without-values", seen{})
	}
	if e.marks.n > 0 {
		at("grid-marks", e.marks)
	}
	if e.dashes.n > 0 {
		at("grid-dashes", e.dashes)
	}
	if e.faults.n > 0 {
		at("grid-faults", e.faults)
	}
	if e.html.n > 0 {
		at("grid-html", e.html)
	}
	if e.apostrophes.n > 0 && !c.identity {
		at("grid-apostrophes", e.apostrophes)
	}
	if c.kind != source.Whole && c.kind != source.Real {
		return
	}
	if e.preliminary.n > 0 {
		at("grid-preliminary", e.preliminary)
	}
	if strings.HasSuffix(c.name, "*") {
		at("grid-preliminary-column", seen{})
	}
	if e.percent.n > 0 {
		at("grid-percent", e.percent)
	}
	if _, scale := unit(c.name); scale != "" {
		at("grid-scale", seen{}, "scale", scale)
	}
}

func (c *column) asIdentity(at func(string, seen, ...any)) {
	e := &c.evidence
	c.identity = true
	number := identityTitle.MatchString(c.name) || !codeTitle.MatchString(c.name) // an account may end in zero by right
	c.zeroLost = number && (e.zeroEnds.n >= 4 && e.zeroEnds.n*2 >= e.identities || e.zeroEnds.n >= 2 && e.zeroEnds.n == e.identities)
	at("grid-identity", seen{n: e.identities})
	if e.exponents.n > 0 {
		at("grid-identity-exponents", e.exponents)
	}
	if c.zeroLost {
		at("grid-identity-zeros", e.zeroEnds, "of", e.identities)
	}
	if n := e.broken.n + e.apostrophes.n; n > 0 {
		s := e.broken
		if e.apostrophes.n > 0 && (s.n == 0 || e.apostrophes.row < s.row) {
			s = e.apostrophes
		}
		s.n = n
		at("grid-identity-signs", s)
	}
	if e.storedLong > 0 {
		at("grid-identity-stored", seen{n: e.storedLong})
	}
}

func (c *column) asDays(at func(string, seen, ...any), days int64) {
	e := &c.evidence
	c.kind, c.first, c.serials = source.Day, dayFirst, true
	if e.clocks > 0 {
		c.kind = source.Moment
	}
	switch d, m := e.days[dayFirst], e.days[monthFirst]; {
	case d.n > 0 && m.n > 0:
		if m.n > d.n {
			c.first = monthFirst
		}
		form := "dd/mm/yyyy"
		if c.first == monthFirst {
			form = "mm/dd/yyyy"
		}
		at("grid-days-both", d, "other", m.n, "otherrow", m.row, "otherfound", m.text, "form", form)
	case m.n > 0:
		c.first = monthFirst
		at("grid-days-month-first", m)
	case d.n == 0 && e.days[eitherOrder].n > 0:
		s := e.days[eitherOrder]
		p := lookDay([]byte(s.text))
		one, _ := p.day(dayFirst)
		two, _ := p.day(monthFirst)
		at("grid-days-ambiguous", s, "made", spellDay(one), "other", spellDay(two))
	case d.n > 0:
		at("grid-days-day-first", d)
	}
	switch {
	case e.days[dayFirst].n+e.days[eitherOrder].n+e.days[monthFirst].n == 0:
		c.format = "yyyy-mm-dd"
	case c.first == monthFirst:
		c.format = "mm/dd/yyyy"
	default:
		c.format = "dd/mm/yyyy"
	}
	if e.tails.n > 0 && c.kind == source.Day {
		at("grid-day-tails", e.tails)
	}
	if e.twoDigit.n > 0 {
		at("grid-day-years", e.twoDigit)
	}
	if e.serials > 0 && days+e.dates.n < e.filled {
		at("grid-day-serials", seen{n: e.serials})
	}
}

func (c *column) asNumbers(o *Options, at func(string, seen, ...any)) {
	e := &c.evidence
	id, en := e.numbers[indonesian], e.numbers[english]
	points, commas := e.numbers[pointGroup], e.numbers[commaGroup]
	asked, decided := o.Decimals[c.name]
	switch {
	case decided:
		c.decimal = asked
		at("grid-numbers-asked", seen{}, "mark", string(asked))
	case id.n > 0 && en.n > 0:
		form := "1.234,5"
		if c.decimal = ','; en.n > id.n {
			c.decimal, form = '.', "1,234.5"
		}
		at("grid-numbers-both", id, "other", en.n, "otherrow", en.row, "otherfound", en.text, "form", form)
	case id.n > 0:
		c.decimal = ','
		c.say(at, id)
	case en.n > 0:
		c.decimal = '.'
		c.say(at, en)
	case points.n > 0 || commas.n > 0:
		c.ambiguous(at, points, commas)
	default:
		c.decimal = '.'
	}
	lost := points // numbers that would be thousands if their mark did not stand before decimals
	if c.decimal == ',' {
		lost = commas
	}
	if lost.n == 0 {
		lost = e.stored
	}
	certain := id.n > 0 || en.n > 0 || e.stored.n > 0
	if !decided && certain && !e.small && e.threeDecimals > 1 && e.threeDecimals*2 >= e.threeDecimals+e.fewerDecimals && e.threeDecimals > 0 && lost.n > 0 {
		at("grid-numbers-thousands", lost, "three", e.threeDecimals, "fewer", e.fewerDecimals)
	}
	if texts := e.filled - e.stored.n; e.stored.n > 0 && texts > 0 {
		var s seen
		for _, n := range e.numbers {
			if n.n > 0 && (s.row == 0 || n.row < s.row) {
				s.row, s.text = n.row, n.text
			}
			s.n += n.n
		}
		if s.n > 0 {
			at("grid-numbers-as-text", s)
		}
	}
	c.decimals = e.decimals
	if (c.decimal == '.' && points.n > 0 || c.decimal == ',' && commas.n > 0) && c.refused == noNumber {
		c.decimals = max(c.decimals, 3)
	}
	c.kind = source.Whole
	if c.decimals > 0 || e.fractions || e.exponents.n > 0 {
		c.kind = source.Real
	} else {
		c.decimals = -1
	}
	if marked := id.n + en.n + points.n + commas.n; marked > 0 {
		if c.format = "1,234.5"; c.decimal == ',' {
			c.format = "1.234,5"
		}
	}
}

// say prints the form that was decided from a cell that can be only that.
func (c *column) say(at func(string, seen, ...any), s seen) {
	code := "grid-numbers-english"
	if c.decimal == ',' {
		code = "grid-numbers-indonesian"
	}
	at(code, s, "made", c.made(s.text, c.decimal))
}

// ambiguous decides where each mark could be of thousands or of decimals: one
// that always stands before three digits separates thousands.
func (c *column) ambiguous(at func(string, seen, ...any), points, commas seen) {
	s := points
	c.decimal, c.refused = ',', commaGroup
	if commas.n > points.n {
		c.decimal, c.refused, s = '.', pointGroup, commas
	}
	other := '.' + ',' - c.decimal
	if points.n == 0 || commas.n == 0 {
		c.refused = noNumber
	}
	at("grid-numbers-ambiguous", s, "made", c.made(s.text, c.decimal), "other", c.made(s.text, other))
	if points.n > 0 && commas.n > 0 {
		at("grid-numbers-both-marks", points, "other", commas.n, "otherrow", commas.row, "otherfound", commas.text)
	}
}

func (c *column) made(text string, decimal byte) string {
	f := look([]byte(text))
	v, _ := f.real(decimal, false)
	return source.SpellReal(v)
}

func spellDay(day int64) string {
	c := source.Cells{Whole: []int64{day}, Missing: []string{""}}
	return c.Spell(source.Day, 0)
}

// fill adds a cell to a batch as what its column is.
func (c *column) fill(b *source.Batch, i int, cell *Cell, row int64, o *Options) {
	s := trim(cell.Text)
	switch {
	case len(s) == 0:
		b.AddMissing(i, c.kind, source.Plain)
	case cell.Form == Fault, cell.Form == Words && (missing(s) || s[0] == '#' && fault(s)):
		b.AddMissing(i, c.kind, string(s))
	case c.identity:
		c.fillIdentity(b, i, cell, s, row)
	case c.kind == source.Whole || c.kind == source.Real:
		c.fillNumber(b, i, cell, s, row)
	case c.kind == source.Day || c.kind == source.Moment:
		c.fillDay(b, i, cell, s, row, o)
	case c.kind == source.Truth:
		v, ok := truth(s)
		if cell.Form == Truth {
			v, ok = int64(s[0]-'0'), true
		}
		if !ok {
			b.AddBad(i, c.kind, c.bad("not-a-truth", s, row))
			return
		}
		b.AddWhole(i, v)
	default:
		c.fillText(b, i, cell, s, row, o)
	}
}

func (c *column) bad(code string, s []byte, row int64, pairs ...any) *problem.Problem {
	return problem.New(code, append([]any{"row", row, "column", c.name, "value", short(s)}, pairs...)...)
}

func (c *column) fillText(b *source.Batch, i int, cell *Cell, s []byte, row int64, o *Options) {
	switch cell.Form {
	case Serial:
		if day, micro, ok := serial(s, o.Since1904); ok {
			v := spellDay(day)
			if micro > 0 {
				t := source.Cells{Whole: []int64{day*86400e6 + micro}, Missing: []string{""}}
				v = t.Spell(source.Moment, 0)
			}
			b.AddText(i, v)
			return
		}
	case Number:
		if v, err := strconv.ParseFloat(string(s), 64); err == nil && (len(s) > 15 || strings.ContainsAny(string(s), "eE")) {
			if n, ok := integer(s); ok {
				b.AddText(i, n)
				return
			}
			b.AddText(i, strconv.FormatFloat(v, 'f', -1, 64))
			return
		}
	}
	if len(s) > source.MaxText {
		b.AddBad(i, source.Text, problem.New("grid-text-long", "row", row, "column", c.name, "most", source.MaxText>>20))
		return
	}
	text := string(s)
	if strings.ContainsRune(text, '\ufffd') {
		b.AddBad(i, source.Text, c.bad("grid-letters", s, row))
		return
	}
	if c.evidence.html.n > 0 {
		text, _ = plain(text)
	}
	if c.evidence.apostrophes.n > 0 && len(text) > 1 && text[0] == '\'' {
		text = text[1:]
	}
	b.AddText(i, text)
}

func (c *column) fillIdentity(b *source.Batch, i int, cell *Cell, s []byte, row int64) {
	var v string
	if cell.Form == Number {
		if n, ok := integer(s); ok {
			v = n
		} else {
			v = string(s)
		}
	} else if f := look(s); f.exponential {
		b.AddBad(i, source.Text, c.bad("grid-identity-exponent", s, row))
		return
	} else if digits, ok := compact(s); ok {
		v = string(digits)
	} else if len(s) <= source.MaxText {
		v = string(s)
	} else {
		b.AddBad(i, source.Text, problem.New("grid-text-long", "row", row, "column", c.name, "most", source.MaxText>>20))
		return
	}
	if c.zeroLost && len(v) == 16 && v[15] == '0' {
		b.AddBad(i, source.Text, problem.New("grid-identity-digit", "row", row, "column", c.name, "value", masked([]byte(v))))
		return
	}
	b.AddText(i, v)
}

func (c *column) fillNumber(b *source.Batch, i int, cell *Cell, s []byte, row int64) {
	f := look(s)
	decimal := c.decimal
	if cell.Form != Words {
		decimal = '.'
	}
	if cell.Form != Words && f.shape != noNumber {
		f.shape = bare
	}
	if cell.Form == Serial || cell.Form == Truth || !f.fits(decimal) || f.shape == zeros || f.shape == c.refused && c.refused != noNumber {
		expected := "1234.5"
		if decimal == ',' {
			expected = "1234,5"
		}
		b.AddBad(i, c.kind, c.bad("grid-no-number", s, row, "expected", expected))
		return
	}
	if c.kind == source.Whole {
		n, ok := f.whole(decimal)
		if !ok {
			b.AddBad(i, c.kind, c.bad("not-whole", s, row))
			return
		}
		b.AddWhole(i, n)
	} else {
		v, ok := f.real(decimal, cell.Percent)
		if !ok {
			b.AddBad(i, c.kind, c.bad("grid-no-number", s, row, "expected", "1234.5"))
			return
		}
		b.AddReal(i, v)
	}
	switch f.preliminary {
	case 1:
		b.Mark(i, source.Preliminary)
	case 2:
		b.Mark(i, source.VeryPreliminary)
	}
}

func (c *column) fillDay(b *source.Batch, i int, cell *Cell, s []byte, row int64, o *Options) {
	var day, micro int64
	ok := false
	d := date{}
	if cell.Form == Words {
		d = lookDay(s)
	}
	switch {
	case d.order != noDay:
		day, ok = d.day(c.first)
		micro = d.clock
		ok = ok && (d.order != dayFirst && d.order != monthFirst || d.order == c.first)
	case cell.Form == Serial || c.serials && cell.Form != Truth:
		if f := look(s); f.shape == bare || cell.Form != Words {
			day, micro, ok = serial(s, o.Since1904)
		}
	}
	if !ok {
		b.AddBad(i, c.kind, c.bad("not-a-day", s, row))
		return
	}
	if c.kind == source.Moment {
		b.AddWhole(i, day*86400e6+micro)
		return
	}
	b.AddWhole(i, day)
}
