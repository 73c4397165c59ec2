package identity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kind is what a column tells of a person.
type Kind string

// The kinds. BirthDate and Location have no pseudonym.
const (
	NIK       Kind = "nik"        // nomor induk kependudukan
	KK        Kind = "kk"         // nomor kartu keluarga
	Member    Kind = "member"     // number in a register of persons or families, such as DTSEN, DTKS or P3KE
	Name      Kind = "name"       // of a person
	Phone     Kind = "phone"      //
	Address   Kind = "address"    // street, RT and RW
	Account   Kind = "account"    // of a bank or a card (KKS)
	Email     Kind = "email"      //
	BirthDate Kind = "birth-date" //
	Location  Kind = "location"   // coordinates of a home
)

// Kinds lists the kinds.
var Kinds = []Kind{NIK, KK, Member, Name, Phone, Address, Account, Email, BirthDate, Location}

// Hashable tells whether a kind can be replaced by a pseudonym.
func (k Kind) Hashable() bool {
	return k != BirthDate && k != Location && slices.Contains(Kinds, k)
}

// longest is the most bytes of a value that are looked at; what is longer is no
// name, number or address.
const longest = 1000

// Normal brings a value into the one spelling that is hashed: digits alone of a
// NIK, KK or phone (which begins with +62), letters and digits in upper case of the
// rest, with single blanks in names and addresses. False when nothing is left, or
// when a number holds something that is no part of it.
func Normal(k Kind, s string) (string, bool) {
	if len(s) > longest {
		return "", false
	}
	switch k {
	case NIK, KK:
		return Digits(s)
	case Account:
		s, ok := words(s)
		return strings.ReplaceAll(s, " ", ""), ok
	case Phone:
		return phone(s)
	case Email:
		s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
		return s, s != ""
	case Address:
		return address(s)
	case Name, Member:
		return words(s)
	}
	return "", false
}

// Digits takes blanks, points, dashes, apostrophes and quotes from a number, and
// the .0 that programs add; false when more than digits is left, or nothing.
func Digits(s string) (string, bool) {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= '0' && s[i] <= '9'
	}
	if plain {
		return s, true
	}
	s = strings.TrimSuffix(strings.TrimSpace(norm.NFKC.String(s)), ".0")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(".'`´‘’\"_", r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// phone gives a number with its country: 0812..., 812... (a spreadsheet took the
// zero), 62812... and +62 812... are +62812...
func phone(s string) (string, bool) {
	s = strings.TrimSpace(norm.NFKC.String(s))
	s, abroad := strings.CutPrefix(s, "+")
	d, ok := Digits(strings.Map(func(r rune) rune {
		if strings.ContainsRune("()/", r) {
			return ' '
		}
		return r
	}, s))
	if !ok {
		return "", false
	}
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		d, abroad = rest, true
	}
	switch {
	case abroad || strings.HasPrefix(d, "62"):
	case strings.HasPrefix(d, "0"):
		d = "62" + d[1:]
	case strings.HasPrefix(d, "8"):
		d = "62" + d
	}
	if rest, ok := strings.CutPrefix(d, "620"); ok { // +62 (0)812
		d = "62" + rest
	}
	// ITU-T E.164: at most 15 digits, the first of them no zero.
	return "+" + d, len(d) >= 8 && len(d) <= 15 && d[0] != '0' && !strings.HasPrefix(d, "620")
}

// words are the letters and digits of a text in upper case without accents, with
// one blank between words; apostrophes and points within a word join its parts
// only where they do not part words: "M. Nur'aini" is "M NURAINI".
func words(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	blank := false
	for i := 0; i < len(s); i++ { // the usual name is ASCII
		c := s[i]
		switch {
		case c >= 0x80:
			return wide(s)
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
		case c == '\'' || c == '`':
			continue
		default:
			blank = len(b) > 0
			continue
		}
		if blank {
			b, blank = append(b, ' '), false
		}
		b = append(b, c)
	}
	return string(b), len(b) > 0
}

func wide(s string) (string, bool) {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("'`´‘’ʼ", r):
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
		default:
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String(), b.Len() > 0
}

// shortened are the words of addresses that are written in several ways.
var shortened = map[string]string{
	"JL": "JALAN", "JLN": "JALAN", "DS": "DESA", "DSN": "DUSUN", "DK": "DUKUH", "KEL": "KELURAHAN", "KEC": "KECAMATAN",
	"KAB": "KABUPATEN", "GG": "GANG", "PERUM": "PERUMAHAN", "NOMOR": "NO", "NOMER": "NO",
}

// address has its usual words written out, and numbers without leading zeros.
func address(s string) (string, bool) {
	s, ok := words(s)
	if !ok {
		return "", false
	}
	parts := strings.Split(s, " ")
	for i, w := range parts {
		if long, ok := shortened[w]; ok {
			parts[i] = long
		} else if cut := strings.TrimLeft(w, "0"); cut != "" && cut[0] >= '0' && cut[0] <= '9' {
			parts[i] = cut
		}
	}
	return strings.Join(parts, " "), true
}

// Masked shows what a message may show of a value: of a number all but the last
// two digits hidden, of anything else its first letter and its length.
func Masked(k Kind, s string) string {
	s = strings.TrimSpace(norm.NFC.String(s))
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	r := []rune(s)
	digits := 0
	for _, c := range r {
		if unicode.IsDigit(c) {
			digits++
		}
	}
	numeric := k == NIK || k == KK || k == Phone || k == Account || k == Member
	if numeric && 2*digits >= len(r) && digits > 4 {
		left := digits
		for i, c := range r {
			if unicode.IsDigit(c) {
				if left > 2 {
					r[i] = '•'
				}
				left--
			} else if unicode.IsLetter(c) {
				r[i] = '•'
			}
		}
		return string(r[:min(len(r), 40)])
	}
	if len(r) < 2 {
		return strings.Repeat("•", len(r))
	}
	first := string(r[0])
	if unicode.IsDigit(r[0]) {
		first = "•"
	}
	return first + strings.Repeat("•", min(len(r), 20)-1)
}
