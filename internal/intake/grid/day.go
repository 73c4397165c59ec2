package grid

import (
	"bytes"
	"math"
	"strconv"

	"github.com/dampak/dampak/internal/intake/source"
)

// order is what a written date says of which number is the day.
type order uint8

const (
	noDay       order = iota
	certain           // 2024-03-17, or a month in words
	dayFirst          // 17/03/2024
	monthFirst        // 03/17/2024
	eitherOrder       // 04/03/2024
)

// date is a text looked at as a day.
type date struct {
	order    order
	year     int
	a, b     int   // day and month; a is the first number of eitherOrder
	clock    int64 // microseconds after midnight
	timed    bool  // a time stands there, perhaps 0:00:00
	twoDigit bool  // the year has two digits
}

// months by the first letters of their names, Indonesian and English.
var months = map[string]int{
	"jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "ags": 8, "agt": 8, "aug": 8,
	"sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}

// lookDay finds the order of a trimmed text.
func lookDay(s []byte) date {
	if len(s) < 6 || len(s) > 40 || s[0] < '0' || s[0] > '9' {
		return date{}
	}
	var d date
	n1, l1, s := digits(s)
	sep, s := mark(s)
	if sep == 0 {
		return date{}
	}
	var word bool
	var n2, l2 int
	if n2, l2, s = digits(s); l2 == 0 {
		if n2, s = monthWord(s); n2 == 0 {
			return date{}
		}
		word = true
	}
	sep2, s := mark(s)
	if sep2 == 0 || !word && sep2 != sep {
		return date{}
	}
	n3, l3, s := digits(s)
	if l3 == 0 || l1 > 4 || l2 > 2 || l3 > 4 {
		return date{}
	}
	switch {
	case l1 == 4 && l2 <= 2 && l3 <= 2 && !word && sep != ' ':
		d.order, d.year, d.b, d.a = certain, n1, n2, n3
	case l1 <= 2 && (l3 == 4 || l3 == 2 && sep != '.') && (word || sep != ' '):
		d.year, d.a, d.b, d.twoDigit = n3, n1, n2, l3 == 2
		if d.twoDigit { // the rule of spreadsheets
			if d.year += 1900; d.year < 1930 {
				d.year += 100
			}
		}
		switch {
		case word:
			d.order = certain
		case n1 > 12:
			d.order = dayFirst
		case n2 > 12:
			d.order = monthFirst
		default:
			d.order = eitherOrder
		}
	default:
		return date{}
	}
	var ok bool
	if d.clock, d.timed, ok = clock(s); !ok {
		return date{}
	}
	return d
}

func digits(s []byte) (n, length int, rest []byte) {
	for length < len(s) && s[length] >= '0' && s[length] <= '9' && length < 9 {
		n = n*10 + int(s[length]-'0')
		length++
	}
	return n, length, s[length:]
}

func mark(s []byte) (byte, []byte) {
	if len(s) > 0 && (s[0] == '/' || s[0] == '-' || s[0] == '.' || s[0] == ' ') {
		return s[0], s[1:]
	}
	return 0, s
}

func monthWord(s []byte) (int, []byte) {
	n := 0
	for n < len(s) && (s[n]|0x20) >= 'a' && (s[n]|0x20) <= 'z' {
		n++
	}
	if n < 3 || n > 9 {
		return 0, s
	}
	return months[string(bytes.ToLower(s[:3]))], s[n:]
}

// clock reads what follows a day: nothing, or hours, minutes and seconds, with
// or without zone (the clock of who wrote the file is kept).
func clock(s []byte) (micro int64, timed, ok bool) {
	if len(s) == 0 {
		return 0, false, true
	}
	if s[0] != ' ' && s[0] != 'T' {
		return 0, false, false
	}
	h, lh, s := digits(trim(s[1:]))
	if lh == 0 || lh > 2 || h > 24 || len(s) == 0 || s[0] != ':' {
		return 0, false, false
	}
	m, lm, s := digits(s[1:])
	if lm != 2 || m > 59 {
		return 0, false, false
	}
	micro = int64(h*60+m) * 60e6
	if len(s) > 0 && s[0] == ':' {
		sec, ls, rest := digits(s[1:])
		if ls != 2 || sec > 59 {
			return 0, false, false
		}
		s, micro = rest, micro+int64(sec)*1e6
		if len(s) > 1 && s[0] == '.' {
			part, lp, rest := digits(s[1:])
			for ; lp > 6; lp-- {
				part /= 10
			}
			for ; lp < 6; lp++ {
				part *= 10
			}
			s, micro = rest, micro+int64(part)
		}
	}
	if len(s) > 0 && s[0] != 'Z' && s[0] != '+' && s[0] != '-' && s[0] != ' ' || micro > 86400e6 {
		return 0, false, false
	}
	return micro, true, true
}

// day is the date where the first number is the day, or the month.
func (d *date) day(first order) (int64, bool) {
	day, month := d.a, d.b
	if d.order == monthFirst || d.order == eitherOrder && first == monthFirst {
		day, month = month, day
	}
	return source.DayNumber(d.year, month, day)
}

// epoch is 1899-12-30, from which spreadsheets count, in days since 1970.
const epoch = -25569

// serial turns the days of a spreadsheet into those since 1970 and the
// microseconds within the day. Excel takes 1900 for a leap year: its day 60 does
// not exist and those before it are one less.
func serial(s []byte, since1904 bool) (day, micro int64, ok bool) {
	v, err := strconv.ParseFloat(string(s), 64)
	if err != nil || v < 0 || v > 2958466 {
		return 0, 0, false
	}
	whole := math.Floor(v)
	day, micro = int64(whole), int64(math.Round((v-whole)*86400e3))*1000
	if micro == 86400e6 {
		day, micro = day+1, 0
	}
	switch {
	case since1904:
		day += 1462
	case day == 60 || day == 0:
		return 0, 0, false
	case day < 60:
		day++
	}
	return day + epoch, micro, day+epoch <= source.LastDay
}
