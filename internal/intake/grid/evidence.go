package grid

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
)

// seen is how often something stood in a column, with the first of it.
type seen struct {
	n    int64
	row  int64
	text string
}

func (s *seen) add(row int64, text []byte) {
	if s.n++; s.n == 1 {
		s.row, s.text = row, short(text)
	}
}

// evidence is what a whole pass found in one column.
type evidence struct {
	filled   int64 // cells with a value, missing marks not counted
	marks    seen  // missing marks other than "-"
	dashes   seen
	numbers  [shapes]seen // texts that are numbers, by shape
	stored   seen         // numbers that the file itself says are numbers
	days     [eitherOrder + 1]seen
	dates    seen // serial days that the file says are dates
	truths   int64
	faults   seen
	clocks   int64 // days with a time other than midnight
	tails    seen  // days with a time of midnight
	twoDigit seen
	percent  seen

	preliminary, html, apostrophes seen

	decimals      int   // most digits after the mark
	fractions     bool  // a stored number has decimals
	long          bool  // a number of more than 18 digits
	exponents     seen  // texts such as 3.51514E+15
	identities    int64 // 16 digits
	storedLong    int64 // of them, those that are stored as numbers
	zeroEnds      seen  // of them, those that end in zero
	broken        seen  // identity numbers with blanks, points or the like inside
	threeDecimals int64 // stored numbers between 1 and 1000 with three decimals
	fewerDecimals int64 // those with none to two
	small         bool  // a number below 1, which cannot be thousands that lost their mark
	serials       int64 // whole numbers that would be days between 1910 and 2099
	kemendagri    int64 // codes such as 35.10
}

// add looks at one cell.
func (e *evidence) add(c *Cell, row int64) {
	b := trim(c.Text)
	if len(b) == 0 {
		return
	}
	switch c.Form {
	case Words:
		e.words(b, row)
	case Number:
		e.filled++
		e.stored.add(row, b)
		if c.Percent {
			e.percent.add(row, b)
		}
		e.number(b, row, c.Percent)
	case Serial:
		e.filled++
		e.dates.add(row, b)
		if _, micro, ok := serial(b, false); ok && micro > 0 {
			e.clocks++
		}
	case Truth:
		e.filled++
		e.truths++
	case Fault:
		e.faults.add(row, b)
	}
}

// number looks at a stored number.
func (e *evidence) number(b []byte, row int64, percent bool) {
	f := look(b)
	if v, ok := integer(b); ok && len(v) == 16 {
		e.identities++
		e.storedLong++
		if v[15] == '0' {
			e.zeroEnds.add(row, []byte(masked([]byte(v))))
		}
	}
	whole, isWhole := f.whole('.')
	if percent || !isWhole {
		e.fractions = true
		e.decimals = max(e.decimals, f.decimals)
	} else if whole >= 3653 && whole <= 73050 {
		e.serials++
	}
	e.region(&f)
	e.thousands(&f)
}

// region counts what may be a code such as 35.09, or 35.1 for 35.10.
func (e *evidence) region(f *figure) {
	if f.shape != english || f.digits != 2 || f.decimals > 2 || f.negative {
		return
	}
	if _, ok := registry.MatchRegion(string(f.body)).One(); ok {
		e.kemendagri++
	}
}

// thousands notes how a number would look if it had lost its mark of thousands.
func (e *evidence) thousands(f *figure) {
	switch {
	case f.digits > 3 || f.exponential || f.decimals > 3 || f.zero:
		e.small = true
	case f.decimals == 3:
		e.threeDecimals++
	default:
		e.fewerDecimals++
	}
}

// words looks at a text.
func (e *evidence) words(b []byte, row int64) {
	if missing(b) {
		if b[0] == '-' || b[0] >= 0xe2 && string(b) != "…" {
			e.dashes.add(row, b)
		} else {
			e.marks.add(row, b)
		}
		return
	}
	if b[0] == '#' && fault(b) {
		e.faults.add(row, b)
		return
	}
	e.filled++
	if b[0] >= 'A' && b[0] != 'R' && b[0] != 'r' && b[0] < 0x80 { // no number or day begins so
		if _, ok := truth(b); ok {
			e.truths++
			return
		}
		if bytes.IndexByte(b, '<') >= 0 || bytes.IndexByte(b, '&') >= 0 {
			e.markup(b, row)
		}
		return
	}
	f := look(b)
	if f.shape == noNumber {
		e.noNumber(b, row)
		return
	}
	e.numbers[f.shape].add(row, b)
	if f.shape != bare && f.shape != zeros && f.shape != pointGroup && f.shape != commaGroup {
		e.decimals = max(e.decimals, f.decimals)
	}
	if f.percent {
		e.percent.add(row, b)
	}
	if f.preliminary > 0 {
		e.preliminary.add(row, b)
	}
	if f.apostrophe {
		e.apostrophes.add(row, []byte(masked(b)))
	}
	switch {
	case f.exponential:
		e.exponents.add(row, b)
	case f.shape == bare || f.shape == zeros:
		if f.digits == 16 {
			e.identity(f.body, row)
		} else if f.digits > 18 {
			e.long = true
		} else if f.digits == 4 || f.digits == 5 {
			if n, _ := f.whole('.'); n >= 3653 && n <= 73050 {
				e.serials++
			}
		}
	}
	e.region(&f)
	e.thousands(&f)
}

// noNumber looks at a text that is no number: a day, a damaged identity number
// or mere words.
func (e *evidence) noNumber(b []byte, row int64) {
	if d := lookDay(b); d.order != noDay {
		e.days[d.order].add(row, b)
		if d.clock > 0 {
			e.clocks++
		} else if d.timed {
			e.tails.add(row, b)
		}
		if d.twoDigit {
			e.twoDigit.add(row, b)
		}
		return
	}
	if v, ok := compact(b); ok && len(v) == 16 && !identity.IsLocation(string(b)) {
		e.identity(v, row)
		e.broken.add(row, []byte(masked(b)))
		return
	}
	if bytes.IndexByte(b, '<') >= 0 || bytes.IndexByte(b, '&') >= 0 {
		e.markup(b, row)
	}
}

func (e *evidence) markup(b []byte, row int64) {
	if _, changed := plain(string(b)); changed {
		e.html.add(row, b)
	}
}

func (e *evidence) identity(v []byte, row int64) {
	e.identities++
	if v[len(v)-1] == '0' {
		e.zeroEnds.add(row, []byte(masked(v)))
	}
}

// truth reads TRUE and FALSE, as programs write them into separated texts.
func truth(b []byte) (value int64, ok bool) {
	switch string(b) {
	case "TRUE", "True", "true":
		return 1, true
	case "FALSE", "False", "false":
		return 0, true
	}
	return 0, false
}

// fault tells whether a text is what a spreadsheet writes for a formula that
// failed; #N/A is a missing mark.
func fault(b []byte) bool {
	switch string(b) {
	case "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#####", "########":
		return true
	}
	return false
}

// integer writes out a stored number that is whole.
func integer(b []byte) (string, bool) {
	if len(b) < 16 && bytes.IndexByte(b, 'E') < 0 && bytes.IndexByte(b, 'e') < 0 {
		return "", false // too short for what is asked here
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v < 0 || v >= 1<<63 || v != float64(int64(v)) {
		return "", false
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil { // whole as it stands, and exact
		return strconv.FormatInt(n, 10), true
	}
	return strconv.FormatInt(int64(v), 10), true
}

// compact takes apostrophes, blanks, points and dashes from an identity number,
// and the .0 that programs add to numbers; false when more than digits is left.
func compact(b []byte) ([]byte, bool) {
	b = bytes.TrimSuffix(b, []byte(".0"))
	v := make([]byte, 0, 20)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			v = append(v, c)
		case c == '\'' || c == '`' || c == ' ' || c == '.' || c == '-' || c == '"':
		case c == 0xc2 && i+1 < len(b) && b[i+1] == 0xa0:
			i++
		case c == 0xe2 && i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0x98 || b[i+2] == 0x99): // ‘ ’
			i += 2
		default:
			return nil, false
		}
	}
	return v, len(v) > 0
}

// What a title says of its column.
var (
	codeTitle     = regexp.MustCompile(`(?i)(^|[^\p{L}])(kode|code|kd|id|nip|hp|telp|telepon|phone|rekening|norek|kks|rt|rw|npwp|kodepos)([^\p{L}]|$)`)
	identityTitle = regexp.MustCompile(`(?i)(^|[^\p{L}])(nik|kk|nokk|ktp|nomor.kartu.keluarga|nomor.induk.kependudukan)([^\p{L}]|$)`)
	dayTitle      = regexp.MustCompile(`(?i)(^|[^\p{L}])(tanggal|tgl|date|dob)([^\p{L}]|$)`)
	scaleTitle    = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(ribu(?:an)?|juta(?:an)?|mil[iy]ar(?:an)?|tril[iy]un(?:an)?|thousands?|millions?|billions?|000)([^\p{L}\p{N}]|$)`)
	unitTitle     = regexp.MustCompile(`\(([^()]+)\)`)
)

// unit gives what the last brackets of a title say, and the scale within the title.
func unit(title string) (unit, scale string) {
	if all := unitTitle.FindAllStringSubmatch(title, -1); len(all) > 0 {
		unit = strings.TrimSpace(all[len(all)-1][1])
	}
	if m := scaleTitle.FindStringSubmatch(title); m != nil {
		scale = m[2]
	}
	return unit, scale
}
