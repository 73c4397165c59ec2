package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The largest number that SpelledNumber writes out: below a thousand billion in
// the short scale, seribu triliun in Indonesian.
const mostSpelled = 999_999_999_999_999

var (
	// "satu" comes before "belas", "puluh", "ratus" and "ribu" as the prefix "se-".
	unitsID = []string{"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"}
	unitsEN = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tensEN   = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	scalesID = []string{"", "ribu", "juta", "miliar", "triliun"}
	scalesEN = []string{"", "thousand", "million", "billion", "trillion"}
)

// SpelledNumber writes a whole number in words (terbilang): "dua ribu dua
// puluh", "two thousand and twenty". Beyond 999,999,999,999,999 either way it
// gives the digits.
func SpelledNumber(l Lang, n int64) string {
	switch {
	case n > mostSpelled || n < -mostSpelled:
		return Number(l, float64(n), 0)
	case n < 0:
		return map[Lang]string{ID: "minus ", EN: "minus "}[l] + SpelledNumber(l, -n)
	case n == 0:
		return map[Lang]string{ID: unitsID[0], EN: unitsEN[0]}[l]
	}
	var groups []int // of three digits, the lowest first
	for ; n > 0; n /= 1000 {
		groups = append(groups, int(n%1000))
	}
	var words []string
	for i := len(groups) - 1; i >= 0; i-- {
		g := groups[i]
		switch {
		case g == 0:
		case l == ID && i == 1 && g == 1:
			words = append(words, "seribu")
		case l == ID:
			words = append(words, below1000ID(g), scalesID[i])
		case i == 0 && len(groups) > 1 && g < 100:
			words = append(words, "and", below1000EN(g)) // two thousand and twenty
		default:
			words = append(words, below1000EN(g), scalesEN[i])
		}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func below1000ID(n int) string {
	var words []string
	if h := n / 100; h == 1 {
		words = append(words, "seratus")
	} else if h > 1 {
		words = append(words, unitsID[h], "ratus")
	}
	switch n %= 100; {
	case n == 10:
		words = append(words, "sepuluh")
	case n == 11:
		words = append(words, "sebelas")
	case n > 11 && n < 20:
		words = append(words, unitsID[n-10], "belas")
	default:
		if n >= 20 {
			words = append(words, unitsID[n/10], "puluh")
		}
		if n%10 > 0 {
			words = append(words, unitsID[n%10])
		}
	}
	return strings.Join(words, " ")
}

func below1000EN(n int) string {
	var words []string
	if h := n / 100; h > 0 {
		words = append(words, unitsEN[h], "hundred")
		if n%100 > 0 {
			words = append(words, "and")
		}
	}
	switch n %= 100; {
	case n >= 20 && n%10 > 0:
		words = append(words, tensEN[n/10]+"-"+unitsEN[n%10])
	case n >= 20:
		words = append(words, tensEN[n/10])
	case n > 0:
		words = append(words, unitsEN[n])
	}
	return strings.Join(words, " ")
}

var weekdays = map[Lang][]string{
	ID: {"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
	EN: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
}

var ordinalsEN = []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
	"twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"}

// Spelled is a legal date in words, in the parts that a letter puts together.
type Spelled struct {
	Weekday string // "Senin", "Monday"
	Day     string // "dua puluh satu", "twenty-first"
	Month   string // "September"
	Year    string // "dua ribu dua puluh", "two thousand and twenty"
	Digits  string // "21-09-2020"
}

// SpellDate gives a day YYYY-MM-DD in words; false where it is none.
func SpellDate(l Lang, day string) (Spelled, bool) {
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return Spelled{}, false
	}
	s := Spelled{
		Weekday: weekdays[l][t.Weekday()], Day: SpelledNumber(l, int64(t.Day())), Month: months[l][t.Month()-1],
		Year: SpelledNumber(l, int64(t.Year())), Digits: t.Format("02-01-2006"),
	}
	if l == EN {
		switch d := t.Day(); {
		case d <= 20:
			s.Day = ordinalsEN[d]
		case d == 30:
			s.Day = "thirtieth"
		default:
			s.Day = tensEN[d/10] + "-" + ordinalsEN[d%10]
		}
	}
	return s, true
}

// SpelledDate writes a day YYYY-MM-DD as the opening of an agreement does:
// "Senin, tanggal dua puluh satu, bulan September, tahun dua ribu dua puluh
// (21-09-2020)". What is no day is given back as it is.
func SpelledDate(l Lang, day string) string {
	s, ok := SpellDate(l, day)
	if !ok {
		return day
	}
	form := map[Lang]string{ID: "%s, tanggal %s, bulan %s, tahun %s (%s)", EN: "%s, the %s day of %s, %s (%s)"}[l]
	return fmt.Sprintf(form, s.Weekday, s.Day, s.Month, s.Year, s.Digits)
}

// Day writes a day YYYY-MM-DD with the month in words: "21 September 2020". What
// is no day is given back as it is.
func Day(l Lang, day string) string {
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return day
	}
	return strconv.Itoa(t.Day()) + " " + months[l][t.Month()-1] + " " + strconv.Itoa(t.Year())
}
