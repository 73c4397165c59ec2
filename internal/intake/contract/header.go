package contract

import (
	"bytes"
	_ "embed" // the words of headers
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dampak/dampak/internal/intake/identity"
)

// HeaderKey is what headers that mean the same share: their letters and digits
// in lower case.
func HeaderKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// Words of headers that tell of a person, in Indonesian and English, from the
// layouts of DTSEN, P3KE, SIKS and survey exports and
// from usage. "whole": the header is this; "word": it holds this word, unless a
// word of "not" stands beside it.
//
//go:embed data/headers.csv
var headerTable []byte

type headerRow struct {
	kind identity.Kind
	how  string // whole, word, not
	word string // as HeaderKey for whole; words with blanks between otherwise
}

var headerRows = sync.OnceValue(func() []headerRow {
	rows, err := csv.NewReader(bytes.NewReader(headerTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("headers.csv: %v", err)) // the file is embedded
	}
	var all []headerRow
	for _, r := range rows[1:] {
		h := headerRow{identity.Kind(r[0]), r[1], r[2]}
		if h.how == "whole" {
			h.word = HeaderKey(h.word)
		}
		all = append(all, h)
	}
	return all
})

// headerWords parts a header into words in lower case: at signs, at digits and
// where a small letter is followed by a capital ("NoKTP").
func headerWords(s string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range norm.NFKC.String(s) {
		switch {
		case !unicode.IsLetter(r):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.Fields(b.String())
}

// again is what readers add to a header that stands twice.
var again = regexp.MustCompile(` \([2-9][0-9]*\)$`)

// HeaderIdentity gives what kind of identity a header names and the word that
// says so; "" for none.
func HeaderIdentity(header string) (identity.Kind, string) {
	header = again.ReplaceAllString(header, "")
	key := HeaderKey(header)
	for _, r := range headerRows() {
		if r.how == "whole" && r.word == key {
			return r.kind, header
		}
	}
	// Parted at capitals and not: "NoKTP" and "NAMA".
	for _, words := range [][]string{headerWords(header), headerWords(strings.ToLower(header))} {
		for _, r := range headerRows() {
			if r.how != "word" || !holds(words, r.word) {
				continue
			}
			if !slices.ContainsFunc(headerRows(), func(n headerRow) bool { return n.how == "not" && n.kind == r.kind && holds(words, n.word) }) {
				return r.kind, r.word
			}
		}
	}
	return "", ""
}

// holds tells whether words stand one after the other in others.
func holds(words []string, some string) bool {
	want := strings.Fields(some)
	for i := 0; i+len(want) <= len(words); i++ {
		if slices.Equal(words[i:i+len(want)], want) {
			return true
		}
	}
	return false
}
