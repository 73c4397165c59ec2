package grid

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// shape is what the marks within a number say of how it is written.
type shape uint8

const (
	noNumber   shape = iota
	bare             // digits alone, or in groups by blanks
	zeros            // digits that begin with a zero: a code
	pointGroup       // 11.191: one point before three digits, thousands or decimals
	commaGroup       // 11,191
	indonesian       // 4.419,10, 1.234.567 or 0,5
	english          // 4,419.10, 1,234,567 or 0.5
	shapes
)

// figure is a text looked at as a number.
type figure struct {
	shape       shape
	body        []byte // digits and marks, without sign and exponent
	negative    bool
	exponent    int
	exponential bool
	digits      int // before the decimals
	decimals    int // digits after the mark, of shapes that have one mark
	zero        bool
	percent     bool
	preliminary int // asterisks after it: 0, 1 or 2
	apostrophe  bool
}

// look finds the shape of a trimmed text.
func look(b []byte) figure {
	var f figure
	for f.preliminary < 2 && len(b) > 0 && b[len(b)-1] == '*' {
		b = b[:len(b)-1]
		f.preliminary++
	}
	if f.preliminary > 0 {
		b = trim(b)
	}
	if len(b) > 1 && b[len(b)-1] == '%' {
		b, f.percent = trim(b[:len(b)-1]), true
	}
	if len(b) > 2 && (b[0] == 'R' || b[0] == 'r') && (b[1] == 'p' || b[1] == 'P') {
		b = trim(bytes.TrimPrefix(b[2:], []byte(".")))
	}
	if len(b) > 1 && b[0] == '\'' {
		b, f.apostrophe = b[1:], true
	}
	switch {
	case len(b) > 1 && (b[0] == '-' || b[0] == '+'):
		f.negative, b = b[0] == '-', b[1:]
	case bytes.HasPrefix(b, []byte("−")): // the minus sign of typography
		f.negative, b = true, b[len("−"):]
	}
	if len(b) == 0 || len(b) > 60 || (b[0] < '0' || b[0] > '9') && b[0] != '.' && b[0] != ',' {
		return figure{}
	}
	if i := bytes.IndexAny(b, "eE"); i > 0 {
		e, err := strconv.Atoi(string(b[i+1:]))
		if err != nil || e < -400 || e > 400 {
			return figure{}
		}
		f.exponent, f.exponential, b = e, true, b[:i]
	}
	f.body = b
	f.shape = f.marks(b)
	if f.shape == noNumber {
		return figure{}
	}
	return f
}

// marks reads digits in groups.
func (f *figure) marks(b []byte) shape {
	var first, second byte // the marks in order of their kind
	var times, head, run int
	groups := true // every group between marks has three digits
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c >= '0' && c <= '9' {
			run++
			continue
		}
		switch {
		case c == '.' || c == ',' || c == ' ':
		case c == 0xc2 && i+1 < len(b) && b[i+1] == 0xa0:
			c, i = ' ', i+1
		case c == 0xe2 && i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0xaf || b[i+2] == 0x89):
			c, i = ' ', i+2
		default:
			return noNumber
		}
		switch {
		case first == 0:
			first, head, times = c, run, 1
		case second == 0:
			groups = groups && run == 3
			if c == first {
				times++
			} else {
				second = c
			}
		default:
			return noNumber
		}
		run = 0
	}
	if run == 0 {
		return noNumber
	}
	f.zero = b[0] == '0'
	whole := head >= 1 && head <= 3 && groups && !f.zero
	switch {
	case first == 0:
		f.digits = run
		if f.zero && run > 1 {
			return zeros
		}
		return bare
	case second != 0: // groups, then decimals
		if !whole || second == ' ' {
			return noNumber
		}
		f.decimals, f.digits = run, head+3*times
		return decimal(second)
	case first == ' ' || times > 1:
		if !whole || run != 3 {
			return noNumber
		}
		f.digits = head + 3*times
		if first == ' ' {
			return bare
		}
		return decimal('.' + ',' - first)
	}
	f.digits, f.decimals = head, run
	if whole && run == 3 && !f.exponential {
		if first == '.' {
			return pointGroup
		}
		return commaGroup
	}
	if f.zero && head > 1 {
		return noNumber
	}
	return decimal(first)
}

// decimal is the shape of a number with such a mark before its decimals.
func decimal(mark byte) shape {
	if mark == ',' {
		return indonesian
	}
	return english
}

// fits tells whether the number can be read where mark stands before decimals.
func (f *figure) fits(mark byte) bool {
	switch f.shape {
	case indonesian:
		return mark == ','
	case english:
		return mark == '.'
	}
	return f.shape != noNumber
}

// parts is the number as an integer and its power of ten; false when it has
// more than 18 digits.
func (f *figure) parts(mark byte) (n int64, power int, ok bool) {
	count, after := 0, false
	for _, c := range f.body {
		switch {
		case c >= '0' && c <= '9':
			if n = n*10 + int64(c-'0'); n > 0 {
				count++
			}
			if after {
				power--
			}
			if count > 18 {
				return 0, 0, false
			}
		case c == mark:
			after = true
		}
	}
	if f.negative {
		n = -n
	}
	return n, power + f.exponent, true
}

var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// whole is the number when it has no decimals other than zeros.
func (f *figure) whole(mark byte) (int64, bool) {
	n, power, ok := f.parts(mark)
	for ; ok && power < 0 && n%10 == 0; power++ {
		if n == 0 {
			return 0, true
		}
		n /= 10
	}
	for ; ok && power > 0; power-- {
		if n > math.MaxInt64/10 || n < math.MinInt64/10 {
			return 0, false
		}
		n *= 10
	}
	return n, ok && power == 0
}

// real is the number, moved by two digits where the file shows it as percent.
func (f *figure) real(mark byte, percent bool) (float64, bool) {
	n, power, ok := f.parts(mark)
	if percent {
		power += 2
	}
	if ok && n > -1<<53 && n < 1<<53 && (!percent || n > -1e15 && n < 1e15) && power > -len(tens) && power < len(tens) { // exact, so rounded once
		if power < 0 {
			return float64(n) / tens[-power], true
		}
		return float64(n) * tens[power], true
	}
	var b strings.Builder
	if f.negative {
		b.WriteByte('-')
	}
	for _, c := range f.body {
		switch {
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		case c == mark:
			b.WriteByte('.')
		}
	}
	power = f.exponent
	if percent {
		power += 2
	}
	v, err := strconv.ParseFloat(b.String()+"e"+strconv.Itoa(power), 64)
	if percent { // what is stored has the damage of binary fractions; Excel shows 15 digits
		v, err = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	}
	return v, err == nil && !math.IsInf(v, 0)
}
