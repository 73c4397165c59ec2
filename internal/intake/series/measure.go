package series

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

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
)

// measure is a column of figures.
type measure struct {
	*contract.Field
	column    int    // of the table that is stored
	family    string // the header without its time: columns of one family are one series
	year      string // in the header; "" for that of the row
	month     string // in the header, two digits
	indicator string // official, of the register
	points    bool   // a share in percent
	adds      contract.Adding
	coarse    bool // in thousands or millions: rounded
}

//go:embed data/headers.csv
var headerTable []byte

// headers are the words by which official figures are known, the longest first, and
// the words that say that a header means something else.
var headers = sync.OnceValues(func() (known [][2]string, not map[string]bool) {
	rows, err := csv.NewReader(bytes.NewReader(headerTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("headers.csv: %v", err)) // the file is embedded
	}
	not = map[string]bool{}
	for _, r := range rows[1:] {
		if r[0] == "not" {
			not[r[1]] = true
		} else {
			known = append(known, [2]string{r[0], r[1]})
		}
	}
	slices.SortStableFunc(known, func(a, b [2]string) int { return len(b[1]) - len(a[1]) })
	return known, not
})

// words are the letters and digits of a header in lower case; a per cent sign is the
// word for it.
func words(s string) []string {
	s = strings.ReplaceAll(strings.ToLower(norm.NFKC.String(s)), "%", " persen ")
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// indicatorOf gives the official figure that a header names; "" for none.
func indicatorOf(header []string) string {
	known, not := headers()
	if slices.ContainsFunc(header, func(w string) bool { return not[w] }) {
		return ""
	}
	line := " " + strings.Join(header, " ") + " "
	for _, k := range known {
		if strings.Contains(line, " "+k[1]+" ") {
			return k[0]
		}
	}
	return ""
}

var (
	yearWord = regexp.MustCompile(`^(19|20)\d\d$`)
	months   = map[string]string{
		"januari": "01", "january": "01", "februari": "02", "february": "02", "maret": "03", "march": "03", "april": "04", "mei": "05", "may": "05", "juni": "06", "june": "06",
		"juli": "07", "july": "07", "agustus": "08", "august": "08", "september": "09", "oktober": "10", "october": "10", "november": "11", "desember": "12", "december": "12",
	}
	// notMeasures are words of columns of numbers that are no figures.
	notMeasures = []string{"no", "nomor", "kode", "code", "id", "urut", "peringkat", "rank", "ranking"}
	points      = []string{"persen", "persentase", "percent", "percentage", "pct", "tingkat", "proporsi", "share", "rate"}
	averages    = []string{"rata", "rerata", "ratarata", "average", "mean", "kapita", "capita", "indeks", "index", "rasio", "ratio", "per"}
	rounded     = []string{"ribu", "ribuan", "juta", "jutaan", "miliar", "milyar", "triliun", "thousand", "thousands", "million", "millions", "billion", "billions"}
)

func among(all, some []string) bool {
	return slices.ContainsFunc(all, func(w string) bool { return slices.Contains(some, w) })
}

// measureOf settles what a column of numbers is.
func measureOf(f *contract.Field, column int) (measure, bool) {
	title := words(f.Name + " " + f.Title)
	if among(words(f.Name), notMeasures) && len(words(f.Name)) <= 2 {
		return measure{}, false
	}
	m := measure{Field: f, column: column, adds: f.Adds, indicator: f.Indicator}
	var family []string
	years := 0
	for _, w := range words(f.Name) {
		switch {
		case yearWord.MatchString(w):
			m.year = w
			years++
			continue
		case months[w] != "":
			m.month = months[w]
			continue
		}
		family = append(family, w)
	}
	if years > 1 { // such as "2020-2024"
		m.year = ""
	}
	m.family = strings.Join(family, " ")
	all := slices.Concat(title, words(f.TitleEn), words(f.Unit))
	m.points, m.coarse = among(all, points), among(all, rounded)
	if m.indicator == "" {
		for _, header := range [][]string{slices.Concat(words(f.Title), words(f.Unit)), slices.Concat(words(f.Name), words(f.Unit)), words(f.TitleEn)} {
			if m.indicator == "" {
				m.indicator = indicatorOf(header)
			}
		}
	}
	official, known := registry.FindIndicator(m.indicator)
	if !known {
		m.indicator = ""
	}
	switch {
	case m.adds != "":
	case known && official.Adds == registry.AddsSum:
		m.adds = contract.AddsSum
	case known && official.Adds == registry.AddsMean:
		m.adds = contract.AddsMean
	case known:
		m.adds = contract.AddsNone
	case m.points || among(all, averages):
		m.adds = contract.AddsMean
	case f.Type == contract.Integer:
		m.adds = contract.AddsSum
	}
	return m, true
}

// period is the time of a value: that of its row, of its header, or of both.
func (m *measure) period(row string) string {
	p := row
	if m.year != "" {
		p = m.year
	}
	if m.month != "" && len(p) == 4 {
		p += "-" + m.month
	}
	return p
}

// change is how much the measure may change within a year; false where the
// changes of the other rows say so.
func (m *measure) change() (contract.Change, bool) {
	if m.Jump != (contract.Change{}) {
		return m.Jump, true
	}
	if i, ok := registry.FindIndicator(m.indicator); ok {
		if i.Relative {
			return contract.Change{Most: i.Jump * 100, Share: true}, true
		}
		return contract.Change{Most: i.Jump}, true
	}
	if m.points {
		return contract.Change{Most: usualPoints}, true
	}
	return contract.Change{}, false
}

// usualPoints is how many points a share changes within a year before somebody
// looks at it.
const usualPoints = 3
