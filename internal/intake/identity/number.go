package identity

import (
	"strings"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/registry"
)

// Length is the number of digits of a NIK and of a KK.
const Length = 16

// InventedDistrict stands in place of the district (kecamatan) in the numbers
// that the program makes up: no kabupaten or kota has 99 districts, so that such
// a number has the form of an identity number and can be nobody's.
const InventedDistrict = "99"

// Fault is what is wrong with an identity number, a word of the catalogue
// (identity.fault.*).
type Fault string

// The faults. They reject.
const (
	NotDigits    Fault = "digits"   // something other than digits
	WrongLength  Fault = "length"   // not 16 digits
	BadProvince  Fault = "province" // begins with the code of no province
	BadRegency   Fault = "regency"  // 00
	BadDistrict  Fault = "district" // 00
	BadDate      Fault = "date"     // no day of a month
	BadSerial    Fault = "serial"   // 0000
	AllDigitsOne Fault = "repeated" // one digit 16 times
)

// Faults lists the faults.
var Faults = []Fault{NotDigits, WrongLength, BadProvince, BadRegency, BadDistrict, BadDate, BadSerial, AllDigitsOne}

// Doubt is what a person should ask about; it rejects nothing
// (identity.doubt.*).
type Doubt string

// The doubts.
const (
	Invented    Doubt = "invented"     // the number was made up by dampak dummy
	OldRegion   Doubt = "old-region"   // the kabupaten or kota is not in today's table
	OtherRegion Doubt = "other-region" // registered first elsewhere than where the person lives
	OtherSex    Doubt = "other-sex"    // the number says the other sex
	OtherBirth  Doubt = "other-birth"  // the number says another birth date
	LikeNIK     Doubt = "kk-like-nik"  // a KK whose day has 40 added, as that of a NIK has
)

// Doubts lists the doubts.
var Doubts = []Doubt{Invented, OldRegion, OtherRegion, OtherSex, OtherBirth, LikeNIK}

// Number is what the digits of a NIK or KK say.
type Number struct {
	Province string // 2 digits of the Ministry of Home Affairs
	Regency  string // 4 digits, province included
	District string // 6 digits
	Day      int    // 1 to 31
	Month    int    // 1 to 12
	Year     int    // 0 to 99, without century
	Forty    bool   // 40 was added to the day: a woman's NIK
	Serial   string // 4 digits
}

// provinces are the codes of the Ministry of Home Affairs with which numbers
// begin.
const provinces = " 11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 81 82 91 92 93 94 95 96 97 "

// Province tells whether two digits are the code of a province.
func Province(code string) bool { return len(code) == 2 && strings.Contains(provinces, " "+code+" ") }

// Read takes an identity number of 16 digits apart. The fault is empty for a
// number of sound structure.
func Read(digits string) (Number, Fault) {
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return Number{}, NotDigits
		}
	}
	if len(digits) != Length {
		return Number{}, WrongLength
	}
	if strings.Count(digits, digits[:1]) == Length {
		return Number{}, AllDigitsOne
	}
	two := func(i int) int { return int(digits[i]-'0')*10 + int(digits[i+1]-'0') }
	n := Number{Province: digits[:2], Regency: digits[:4], District: digits[:6], Day: two(6), Month: two(8), Year: two(10), Serial: digits[12:]}
	if n.Day > 40 {
		n.Day, n.Forty = n.Day-40, true
	}
	switch {
	case !Province(n.Province):
		return n, BadProvince
	case digits[2:4] == "00":
		return n, BadRegency
	case digits[4:6] == "00":
		return n, BadDistrict
	case !dayOf(n.Year, n.Month, n.Day):
		return n, BadDate
	case n.Serial == "0000":
		return n, BadSerial
	}
	return n, ""
}

// dayOf tells whether a month of a year of two digits has a day; 29 February of
// 00 passes, for 2000 had one.
func dayOf(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= time.Date(2000+year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Beside is what the rest of a row says of the person; zero fields are unknown.
type Beside struct {
	Region string // where the person lives: BPS or Kemendagri digits, 4 or more
	Born   time.Time
	Woman  *bool
}

// regencies are the four digits of the kabupaten and kota of the table, and the
// two of the provinces whose kabupaten and kota it has.
var regencies = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, r := range registry.Regions() {
		if code := strings.ReplaceAll(r.Kemendagri, ".", ""); len(code) == 4 {
			known[code], known[code[:2]] = true, true
		}
	}
	return known
})

// Doubts compares a number of sound structure with the rest of its row. Of a KK
// only the region is compared: its date is that of issue.
func (n Number) Doubts(k Kind, b Beside) []Doubt {
	var all []Doubt
	if n.District[4:] == InventedDistrict {
		all = append(all, Invented)
	}
	if known := regencies(); known[n.Province] && !known[n.Regency] {
		all = append(all, OldRegion)
	}
	if len(b.Region) >= 4 && b.Region[:4] != n.Regency {
		all = append(all, OtherRegion)
	}
	if k == KK {
		if n.Forty {
			all = append(all, LikeNIK)
		}
		return all
	}
	if b.Woman != nil && *b.Woman != n.Forty {
		all = append(all, OtherSex)
	}
	if !b.Born.IsZero() && (b.Born.Year()%100 != n.Year || int(b.Born.Month()) != n.Month || b.Born.Day() != n.Day) {
		all = append(all, OtherBirth)
	}
	return all
}

// Invent makes an identity number that can be nobody's, from a regency of four
// digits, a birth date, the sex and a serial from 1 to 9999.
func Invent(regency string, born time.Time, woman bool, serial int) string {
	day := born.Day()
	if woman {
		day += 40
	}
	b := []byte(regency + InventedDistrict)
	for _, v := range []int{day, int(born.Month()), born.Year() % 100} {
		b = append(b, byte('0'+v/10), byte('0'+v%10))
	}
	return string(append(b, byte('0'+serial/1000%10), byte('0'+serial/100%10), byte('0'+serial/10%10), byte('0'+serial%10)))
}
