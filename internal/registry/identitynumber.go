package registry

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dampak/dampak/internal/problem"
)

// identityLength is the number of digits of a NIK and of a KK.
const identityLength = 16

// groupings are the ways in which people write an identity number in groups: as on
// cards, by its parts (region, birth, turn), in the boxes of forms.
var groupings = [][]int{
	{4, 4, 4, 4}, {6, 6, 4}, {2, 2, 2, 6, 4}, {6, 2, 2, 2, 4}, {2, 2, 2, 2, 2, 2, 4}, {8, 8}, {6, 10}, {12, 4},
	{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
}

// provinces are the first two digits of the codes of the Ministry of Home Affairs,
// with which identity numbers begin.
const provinces = " 11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 81 82 91 92 93 94 95 96 97 "

// plausible tells whether 16 digits can be an identity number: region, day (of
// women 40 more), month, year, turn (Permendagri on the NIK).
func plausible(digits string) bool {
	two := func(i int) int { return int(digits[i]-'0')*10 + int(digits[i+1]-'0') }
	day, month := two(6), two(8)
	return strings.Contains(provinces, " "+digits[:2]+" ") && ((day >= 1 && day <= 31) || (day >= 41 && day <= 71)) && month >= 1 && month <= 12
}

// group is a run of digits, with what stands before it since the run before:
// nothing that joins (the start, a word), or a few joining signs.
type group struct {
	digits string
	joined bool
	mark   string // the joining signs; empty where not joined
}

// mostJoining is the longest run of signs that joins groups, such as " | ".
const mostJoining = 3

func joins(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("./_|−", r)
}

func groupsOf(line string) []group {
	line = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r): // zero-width and soft signs, which nobody sees
			return -1
		case r > unicode.MaxASCII && unicode.Is(unicode.Nd, r): // digits of other scripts
			zero := r
			for unicode.Is(unicode.Nd, zero-1) {
				zero--
			}
			return '0' + (r-zero)%10
		}
		return r
	}, norm.NFKC.String(line))
	var all []group
	var between strings.Builder
	broken := true // whether something other than joining signs came since the last group
	for i := 0; i < len(line); {
		j := i
		for j < len(line) && line[j] >= '0' && line[j] <= '9' {
			j++
		}
		if j > i {
			g := group{digits: line[i:j]}
			if mark := between.String(); !broken && mark != "" && len([]rune(mark)) <= mostJoining {
				g.joined, g.mark = true, mark
			}
			all = append(all, g)
			between.Reset()
			broken = false
			i = j
			continue
		}
		r, size := rune(line[i]), 1
		for _, c := range line[i:] {
			r, size = c, len(string(c))
			break
		}
		if r == ',' { // a decimal mark or the end of a cell: it parts, and is told
			between.WriteRune(r)
			broken = broken || between.Len() > 1
		} else if joins(r) {
			between.WriteRune(r)
		} else {
			broken = true
		}
		i += size
	}
	return all
}

// IdentityNumbers finds what may be identity numbers in a line, as they are shown: all
// but the last two digits hidden. A run of 16 digits is one, and two or more of
// them without anything between; of 18 digits it is a NIP, which letters carry. In
// groups it must have the form of an identity number, for tables are full of
// digits.
func IdentityNumbers(line string) []string {
	var found []string
	groups := groupsOf(line)
	for i, g := range groups {
		if len(g.digits)%identityLength == 0 && !decimals(groups, i) {
			found = append(found, problem.Mask(g.digits))
			continue
		}
		if digits, ok := grouped(groups[i:]); ok {
			found = append(found, problem.Mask(digits))
		}
	}
	return found
}

// decimals tells whether a group is what stands behind a decimal mark, and no
// identity number.
func decimals(groups []group, i int) bool {
	g := groups[i]
	if i == 0 || len(g.digits) != identityLength || plausible(g.digits) {
		return false
	}
	before := groups[i-1].digits
	return (g.mark == "." && len(before) <= 3) || (g.mark == "," && before == "0")
}

func grouped(groups []group) (string, bool) {
	for _, sizes := range groupings {
		if len(groups) < len(sizes) {
			continue
		}
		digits := ""
		fits := !slices.ContainsFunc(groups[1:len(sizes)], func(g group) bool { return !g.joined || strings.Contains(g.mark, ",") })
		for i, size := range sizes {
			fits = fits && len(groups[i].digits) == size
			digits += groups[i].digits
		}
		if fits && plausible(digits) {
			return digits, true
		}
	}
	return "", false
}

// written finds identity numbers in what a person wrote: those of IdentityNumbers,
// sixteen digits in any groups that have the form of one, but not dates, and any
// longer run of digits. An official's number (NIP) is not one where official is true.
func written(text string, official bool) []string {
	found := IdentityNumbers(text)
	groups := groupsOf(text)
	for i, g := range groups {
		if n := len(g.digits); n > identityLength && n%identityLength != 0 && (!official || !nip.MatchString(g.digits)) {
			found = append(found, problem.Mask(g.digits))
		}
		digits, sizes := g.digits, []int{len(g.digits)}
		for _, next := range groups[i+1:] {
			if !next.joined || len(digits) >= identityLength {
				break
			}
			digits, sizes = digits+next.digits, append(sizes, len(next.digits))
		}
		if len(sizes) > 1 && len(digits) == identityLength && plausible(digits) && !dates(sizes) {
			found = append(found, problem.Mask(digits))
		}
	}
	return found
}

// nip is the number of an official: birth date, month of entry, sex, turn.
var nip = regexp.MustCompile(`^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(19|20)\d\d(0[1-9]|1[0-2])[12]\d{3}$`)

// dates tells whether groups of digits have the sizes of dates.
func dates(sizes []int) bool {
	for i := 0; i+2 < len(sizes); i++ {
		if d := sizes[i : i+3]; slices.Equal(d, []int{2, 2, 4}) || slices.Equal(d, []int{4, 2, 2}) || slices.Equal(d, []int{1, 2, 4}) || slices.Equal(d, []int{2, 1, 4}) {
			return true
		}
	}
	return false
}
