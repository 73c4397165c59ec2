package i18n

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSpelledNumber(t *testing.T) {
	for _, c := range []struct {
		n      int64
		id, en string
	}{
		{0, "nol", "zero"}, {1, "satu", "one"}, {2, "dua", "two"}, {3, "tiga", "three"}, {4, "empat", "four"}, {5, "lima", "five"},
		{6, "enam", "six"}, {7, "tujuh", "seven"}, {8, "delapan", "eight"}, {9, "sembilan", "nine"}, {10, "sepuluh", "ten"},
		{11, "sebelas", "eleven"}, {12, "dua belas", "twelve"}, {13, "tiga belas", "thirteen"}, {14, "empat belas", "fourteen"},
		{15, "lima belas", "fifteen"}, {16, "enam belas", "sixteen"}, {17, "tujuh belas", "seventeen"}, {18, "delapan belas", "eighteen"},
		{19, "sembilan belas", "nineteen"}, {20, "dua puluh", "twenty"}, {21, "dua puluh satu", "twenty-one"},
		{22, "dua puluh dua", "twenty-two"}, {23, "dua puluh tiga", "twenty-three"}, {24, "dua puluh empat", "twenty-four"},
		{25, "dua puluh lima", "twenty-five"}, {26, "dua puluh enam", "twenty-six"}, {27, "dua puluh tujuh", "twenty-seven"},
		{28, "dua puluh delapan", "twenty-eight"}, {29, "dua puluh sembilan", "twenty-nine"}, {30, "tiga puluh", "thirty"},
		{31, "tiga puluh satu", "thirty-one"}, {40, "empat puluh", "forty"}, {55, "lima puluh lima", "fifty-five"},
		{99, "sembilan puluh sembilan", "ninety-nine"}, {100, "seratus", "one hundred"}, {101, "seratus satu", "one hundred and one"},
		{110, "seratus sepuluh", "one hundred and ten"}, {111, "seratus sebelas", "one hundred and eleven"},
		{200, "dua ratus", "two hundred"}, {999, "sembilan ratus sembilan puluh sembilan", "nine hundred and ninety-nine"},
		{1000, "seribu", "one thousand"}, {1001, "seribu satu", "one thousand and one"}, {1100, "seribu seratus", "one thousand one hundred"},
		{1999, "seribu sembilan ratus sembilan puluh sembilan", "one thousand nine hundred and ninety-nine"},
		{2000, "dua ribu", "two thousand"}, {2017, "dua ribu tujuh belas", "two thousand and seventeen"},
		{2020, "dua ribu dua puluh", "two thousand and twenty"}, {11000, "sebelas ribu", "eleven thousand"},
		{21000, "dua puluh satu ribu", "twenty-one thousand"}, {100000, "seratus ribu", "one hundred thousand"},
		{101000, "seratus satu ribu", "one hundred and one thousand"},
		{1000000, "satu juta", "one million"}, {1001000, "satu juta seribu", "one million one thousand"},
		{1000000000, "satu miliar", "one billion"}, {1000000000000, "satu triliun", "one trillion"}, {-5, "minus lima", "minus five"},
		{1000000000000000, "1.000.000.000.000.000", "1,000,000,000,000,000"},
	} {
		if got := SpelledNumber(ID, c.n); got != c.id {
			t.Errorf("%d: %q, want %q", c.n, got, c.id)
		}
		if got := SpelledNumber(EN, c.n); got != c.en {
			t.Errorf("%d: %q, want %q", c.n, got, c.en)
		}
	}
}

// read is the other way round, by the grammar of Indonesian numerals.
func read(words string) (int64, error) {
	var total, group, last int64
	values := map[string]int64{}
	for i, w := range unitsID {
		values[w] = int64(i)
	}
	for _, w := range strings.Fields(words) {
		switch w {
		case "sepuluh":
			group += 10
		case "sebelas":
			group += 11
		case "seratus":
			group += 100
		case "seribu":
			total += 1000
		case "belas":
			group, last = group+last+10, 0
		case "puluh":
			group, last = group+last*10, 0
		case "ratus":
			group, last = group+last*100, 0
		case "ribu", "juta", "miliar", "triliun":
			scale := map[string]int64{"ribu": 1e3, "juta": 1e6, "miliar": 1e9, "triliun": 1e12}[w]
			total, group, last = total+(group+last)*scale, 0, 0
		default:
			v, ok := values[w]
			if !ok || last != 0 {
				return 0, fmt.Errorf("%q in %q", w, words)
			}
			last = v
		}
	}
	return total + group + last, nil
}

// Whoever reads the words back finds the number, and no two numbers share words.
func TestSpelledNumberReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64Range(0, 3000), rapid.Int64Range(0, mostSpelled)).Draw(t, "n")
		got, err := read(SpelledNumber(ID, n))
		if err != nil || got != n {
			t.Fatalf("%d is %q, read back as %d (%v)", n, SpelledNumber(ID, n), got, err)
		}
	})
}

// 2018 began on a Monday and its first seven days give the names of the week.
func TestSpelledDate(t *testing.T) {
	for _, c := range []struct{ day, id, en string }{
		{"2020-09-21", "Senin, tanggal dua puluh satu, bulan September, tahun dua ribu dua puluh (21-09-2020)", "Monday, the twenty-first day of September, two thousand and twenty (21-09-2020)"},
		{"2017-03-01", "Rabu, tanggal satu, bulan Maret, tahun dua ribu tujuh belas (01-03-2017)", "Wednesday, the first day of March, two thousand and seventeen (01-03-2017)"},
		{"2018-01-01", "Senin, tanggal satu, bulan Januari, tahun dua ribu delapan belas (01-01-2018)", "Monday, the first day of January, two thousand and eighteen (01-01-2018)"},
		{"2018-02-06", "Selasa, tanggal enam, bulan Februari, tahun dua ribu delapan belas (06-02-2018)", "Tuesday, the sixth day of February, two thousand and eighteen (06-02-2018)"},
		{"2018-04-11", "Rabu, tanggal sebelas, bulan April, tahun dua ribu delapan belas (11-04-2018)", "Wednesday, the eleventh day of April, two thousand and eighteen (11-04-2018)"},
		{"2018-05-31", "Kamis, tanggal tiga puluh satu, bulan Mei, tahun dua ribu delapan belas (31-05-2018)", "Thursday, the thirty-first day of May, two thousand and eighteen (31-05-2018)"},
		{"2018-06-15", "Jumat, tanggal lima belas, bulan Juni, tahun dua ribu delapan belas (15-06-2018)", "Friday, the fifteenth day of June, two thousand and eighteen (15-06-2018)"},
		{"2018-07-07", "Sabtu, tanggal tujuh, bulan Juli, tahun dua ribu delapan belas (07-07-2018)", "Saturday, the seventh day of July, two thousand and eighteen (07-07-2018)"},
		{"2018-08-12", "Minggu, tanggal dua belas, bulan Agustus, tahun dua ribu delapan belas (12-08-2018)", "Sunday, the twelfth day of August, two thousand and eighteen (12-08-2018)"},
		{"1999-10-20", "Rabu, tanggal dua puluh, bulan Oktober, tahun seribu sembilan ratus sembilan puluh sembilan (20-10-1999)", "Wednesday, the twentieth day of October, one thousand nine hundred and ninety-nine (20-10-1999)"},
		{"2000-11-30", "Kamis, tanggal tiga puluh, bulan November, tahun dua ribu (30-11-2000)", "Thursday, the thirtieth day of November, two thousand (30-11-2000)"},
		{"2023-12-22", "Jumat, tanggal dua puluh dua, bulan Desember, tahun dua ribu dua puluh tiga (22-12-2023)", "Friday, the twenty-second day of December, two thousand and twenty-three (22-12-2023)"},
		{"2024-02-29", "Kamis, tanggal dua puluh sembilan, bulan Februari, tahun dua ribu dua puluh empat (29-02-2024)", "Thursday, the twenty-ninth day of February, two thousand and twenty-four (29-02-2024)"},
		{"2023-02-29", "2023-02-29", "2023-02-29"}, {"", "", ""},
	} {
		if got := SpelledDate(ID, c.day); got != c.id {
			t.Errorf("%q, want %q", got, c.id)
		}
		if got := SpelledDate(EN, c.day); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
	}
	if got := Day(ID, "2020-09-01") + " " + Day(EN, "2020-05-21") + " " + Day(ID, "x"); got != "1 September 2020 21 May 2020 x" {
		t.Error(got)
	}
}
