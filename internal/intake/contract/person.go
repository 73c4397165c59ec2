package contract

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

type doubtAt struct {
	field int
	doubt identity.Doubt
}

type doubted struct{ rows, first int64 }

// shown is a value as a message may show it: of persons nothing that tells who
// or what they are.
func shown(f *Field, value string) string {
	switch f.Sensitivity {
	case Identity:
		return identity.Masked(f.Identity, value)
	case Personal:
		return identity.Masked(identity.Name, value)
	}
	return problem.Mask(short(value))
}

// hidden finds an identity number in a text: 16 digits in a row, or in groups by
// points, blanks, dashes or the like, whose structure is sound. "" when there is
// none.
func hidden(s string) string {
	if mostDigits(s) < identity.Length {
		return ""
	}
	for _, run := range digitRuns.FindAllString(norm.NFKC.String(s), -1) {
		var groups []string
		for _, g := range strings.FieldsFunc(run, func(r rune) bool { return r < '0' || r > '9' }) {
			for len(g) >= 2*identity.Length && len(g)%identity.Length == 0 { // two without anything between
				groups, g = append(groups, g[:identity.Length]), g[identity.Length:]
			}
			groups = append(groups, g)
		}
		for i := range groups {
			together := ""
			for j := i; j < len(groups) && len(together) < identity.Length; j++ {
				together += groups[j]
			}
			if _, fault := identity.Read(together); fault == "" {
				return together
			}
		}
	}
	return ""
}

// digitRuns are digits with at most three joining signs between them.
var digitRuns = regexp.MustCompile(`[0-9](?:[\s\p{Cf}\p{Pd}./_'|]{0,3}[0-9])*`)

// mostDigits is how many digits a text has at most; it spares most texts a longer look.
func mostDigits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		} else if s[i] >= 0x80 { // may be a digit of another script
			n += 2
		}
	}
	return n
}

// mobile is an Indonesian mobile number: 08 or +62 8, then more digits with a blank, a dot
// or a hyphen between groups of three or four, so that a date or an amount of thousands is
// none; after a letter only where that says it is a telephone.
var mobile = regexp.MustCompile(`(?:^|[^\p{L}\p{N}.,/_+-]|\b(?i:wa|hp|no|tlp|telp|telepon)[.:/-]?)` +
	`((?:\+62\)?[ .-]?|0)8[1-9][0-9]{0,2}(?:(?:[ .-]?[0-9]{3,4}){2,3}|[0-9]{5,10}))` +
	`(?:$|/[0+ ]|[^\p{L}\p{N}/_-])`)

// hiddenPhone gives the first mobile number of 10 to 13 digits, counted from 0, that
// stands in a text; "" where there is none.
func hiddenPhone(s string) string {
	if mostDigits(s) < 10 {
		return ""
	}
	for _, m := range mobile.FindAllStringSubmatch(norm.NFKC.String(s), -1) {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, m[1])
		if rest, ok := strings.CutPrefix(digits, "62"); ok {
			digits = "0" + rest
		}
		if len(digits) >= 10 && len(digits) <= 13 {
			return m[1]
		}
	}
	return ""
}

// identities reads the NIK and KK with the rest of their row.
func (k *Check) identities(in *source.Batch, skip map[int]source.Said) {
	born, sex, home := k.kindField(identity.BirthDate, source.Day), k.c.role(SexRole), -1
	if len(k.c.RegionKeys) > 0 {
		home = k.c.index(k.c.RegionKeys[0].Field)
	}
	for i := range k.fields {
		f := &k.fields[i]
		if f.Identity != identity.NIK && f.Identity != identity.KK || !f.Stored() { // what is dropped may be a text with a number in it
			continue
		}
		c := &k.work.Cells[i]
		for r := range in.Row {
			if _, ok := skip[r]; ok || c.Missing[r] != "" {
				continue
			}
			digits, ok := identity.Digits(c.Text[r])
			fault := identity.NotDigits
			var n identity.Number
			if ok {
				n, fault = identity.Read(digits)
			}
			if fault != "" {
				k.broke(r, BadIdentity, f, c.Text[r], string(fault))
				continue
			}
			c.Text[r] = digits
			if digits[15] == '0' {
				f.zeroEnd++
			}
			var b identity.Beside
			if home >= 0 && k.work.Cells[home].Missing[r] == "" {
				b.Region = k.work.Cells[home].Text[r]
			}
			if born >= 0 && k.work.Cells[born].Missing[r] == "" {
				b.Born = time.Unix(k.work.Cells[born].Whole[r]*86400, 0).UTC()
			}
			if sex >= 0 && k.work.Cells[sex].Missing[r] == "" {
				b.Woman = Woman(k.work.Cells[sex].Spell(k.fields[sex].convert.to, r))
			}
			for _, d := range n.Doubts(f.Identity, b) {
				at := doubtAt{i, d}
				if k.doubts[at] == nil {
					k.doubts[at] = &doubted{first: in.Row[r]}
				}
				k.doubts[at].rows++
			}
		}
	}
}

func (k *Check) kindField(kind identity.Kind, held source.Kind) int {
	return slices.IndexFunc(k.fields, func(f fieldCheck) bool { return f.Identity == kind && f.convert.to == held })
}

// Woman reads what tables write of a person's sex; nil for anything else. BPS
// codes men 1 and women 2.
func Woman(s string) *bool {
	yes, no := true, false
	switch HeaderKey(s) {
	case "p", "pr", "perempuan", "wanita", "w", "f", "female", "2":
		return &yes
	case "l", "lk", "lakilaki", "pria", "m", "male", "1":
		return &no
	}
	return nil
}
