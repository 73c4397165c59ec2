package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Decoder turns the bytes of a file's texts into UTF-8. Its zero value is for
// a file that says nothing: UTF-8 where the bytes are that, else Windows 1252,
// which offices of Indonesia use.
type Decoder struct {
	Charmap *charmap.Charmap // nil for UTF-8
	Sure    bool             // the file says that it is UTF-8: nothing is guessed
	Guessed int64            // texts that were not UTF-8 and were read as Windows 1252
}

// Name is the encoding for a Table.
func (d *Decoder) Name() string {
	if d.Charmap == nil {
		return "UTF-8"
	}
	return d.Charmap.String()
}

// Text decodes. A character that the encoding does not have becomes U+FFFD.
func (d *Decoder) Text(b []byte) string {
	if ascii(b) {
		return string(b)
	}
	m := d.Charmap
	if m == nil {
		if utf8.Valid(b) {
			return string(b)
		}
		if d.Sure { // a field of fixed width may end within a character
			for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
				if end := b[len(b)-n:]; utf8.RuneStart(end[0]) {
					if !utf8.FullRune(end) {
						b = b[:len(b)-n]
					}
					break
				}
			}
			return strings.ToValidUTF8(string(b), "\ufffd")
		}
		d.Guessed++
		m = charmap.Windows1252
	}
	s := make([]byte, 0, len(b)+len(b)/4)
	for _, c := range b {
		s = utf8.AppendRune(s, m.DecodeByte(c))
	}
	return string(s)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// charmaps by the digits, or letters and digits, that name them everywhere.
var charmaps = func() map[string]*charmap.Charmap {
	all := map[string]*charmap.Charmap{}
	for _, e := range charmap.All {
		if m, ok := e.(*charmap.Charmap); ok {
			all[plain(m.String())] = m
		}
	}
	for alias, name := range map[string]string{"latin1": "88591", "28591": "88591", "28592": "88592", "28599": "88599", "latin9": "885915", "28605": "885915"} {
		all[alias] = all[name]
	}
	return all
}()

// plain takes the maker's words and all signs from the name of an encoding.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	for _, word := range []string{"ibmcodepage", "windows", "codepage", "ibm", "cp", "iso", "x", "ansi"} {
		if rest, ok := strings.CutPrefix(name, word); ok && rest != "" {
			return rest
		}
	}
	return name
}

// NewDecoder finds a decoder by the name of an encoding as files and people
// write it: UTF-8, windows-1252, CP850, ISO-8859-1, latin1. It is false for
// one that the program does not have.
func NewDecoder(name string) (Decoder, bool) {
	switch n := plain(name); n {
	case "utf8", "65001", "usascii", "ascii", "20127":
		return Decoder{Sure: true}, true
	default:
		m, ok := charmaps[n]
		return Decoder{Charmap: m}, ok
	}
}
