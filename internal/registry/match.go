package registry

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// RegionMatch is what a name or code in somebody's table means.
type RegionMatch struct {
	Found  []Region // none: not known; one: decided; more: ambiguous, or the hints contradict the name
	Mended string   // the code as it must have been where a spreadsheet cut it, such as 35.10 for "35.1"; "" where nothing was mended
}

// One gives the region where there is exactly one.
func (m RegionMatch) One() (Region, bool) {
	if len(m.Found) == 1 {
		return m.Found[0], true
	}
	return Region{}, false
}

// MatchRegion finds a region by its name as tables write it ("Kab. Pacitan",
// "KotaKediri", "Surabaya [Kota]", "3501 Pacitan") or by its code (3501, 35.01,
// 3501.0, 35.1 for 35.10). A bare name that a kabupaten and a kota share is
// ambiguous unless a hint decides: another cell of the row, such as its code,
// or a heading such as "Kota". A hint that means nothing is passed over; one
// that contradicts leaves both regions.
func MatchRegion(name string, hints ...string) RegionMatch {
	m := matchWords(name)
	for _, hint := range hints {
		if kind := kindWord(letters(hint)); kind != "" {
			if narrow := only(m.Found, kind); len(narrow) > 0 {
				m.Found = narrow
			}
			continue
		}
		h := matchWords(hint)
		switch both := within(m.Found, h.Found); {
		case len(h.Found) == 0:
		case len(m.Found) == 0:
			m = h
		case len(both) > 0:
			m.Found = both
		case !apart(m.Found, h.Found): // the hint is the province beside its region
		default:
			m.Found = append(slices.Clone(m.Found), h.Found...)
		}
	}
	return m
}

// apart tells that no region of one list holds one of the other.
func apart(a, b []Region) bool {
	for _, x := range a {
		for _, y := range b {
			if Within(x.Code, y.Code) || Within(y.Code, x.Code) {
				return false
			}
		}
	}
	return true
}

func within(a, b []Region) []Region {
	var both []Region
	for _, x := range a {
		if slices.ContainsFunc(b, func(y Region) bool { return x.Code == y.Code }) {
			both = append(both, x)
		}
	}
	return both
}

func only(all []Region, kind RegionKind) []Region {
	var some []Region
	for _, r := range all {
		if r.Kind == kind {
			some = append(some, r)
		}
	}
	return some
}

// matchWords matches one cell: a code, a name, or both in one.
func matchWords(s string) RegionMatch {
	code, name := regionCode(s), letters(s)
	if name == "" {
		return matchCode(code)
	}
	m := RegionMatch{Found: matchName(name)}
	if len(m.Found) == 0 || len(strings.ReplaceAll(code, ".", "")) < 3 { // other words with a number, or a number of the row or of a footnote
		return m
	}
	c := matchCode(code)
	if both := within(c.Found, m.Found); len(both) > 0 {
		return RegionMatch{both, c.Mended}
	}
	if len(c.Found) == 0 {
		return m
	}
	return RegionMatch{append(c.Found, m.Found...), c.Mended}
}

// regionCode gives the first run of digits with its points.
func regionCode(s string) string {
	s = strings.ReplaceAll(s, ",", ".")
	start := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
	if start < 0 {
		return ""
	}
	s = s[start:]
	if end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }); end >= 0 {
		s = s[:end]
	}
	return strings.TrimRight(s, ".")
}

// matchCode knows BPS codes, those of the Ministry of Home Affairs, and what
// spreadsheets make of both when they take them for numbers.
func matchCode(code string) RegionMatch {
	whole, part, pointed := strings.Cut(code, ".")
	if pointed && strings.Trim(part, "0") == "" { // 3501.0
		code, pointed = whole, false
	}
	if pointed {
		if r, ok := FindKemendagri(code); ok {
			return RegionMatch{Found: []Region{r}}
		}
		if len(part) == 1 { // 35.10 as a number
			if r, ok := FindKemendagri(code + "0"); ok {
				return RegionMatch{[]Region{r}, r.Kemendagri}
			}
		}
		return RegionMatch{}
	}
	if code == "9999" { // of BPS' WebAPI
		code = Nation
	}
	if len(code) == 4 && code != Nation {
		code = strings.TrimSuffix(code, "00") // BPS writes 3500 for province 35
	}
	if r, ok := FindRegion(code); ok {
		return RegionMatch{Found: []Region{r}}
	}
	return RegionMatch{}
}

// letters are the letters of a name in lower case, which is all that the ways
// of writing it share.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// kindWords are the words for a level, the longer before those they begin with.
var kindWords = []struct {
	word string
	kind RegionKind
}{
	{"kabupatenregency", RegencyKind}, {"kabupaten", RegencyKind}, {"kab", RegencyKind}, {"regency", RegencyKind},
	{"kotamunicipality", CityKind}, {"kotamadya", CityKind}, {"kota", CityKind}, {"kodya", CityKind}, {"municipality", CityKind}, {"city", CityKind},
	{"provinsi", ProvinceKind}, {"propinsi", ProvinceKind}, {"province", ProvinceKind}, {"prov", ProvinceKind},
}

// RegionKindOf reads a cell that says only what kind of region a row is of, such as
// "Kab." or "Kota/Municipality"; "" for anything else.
func RegionKindOf(s string) RegionKind { return kindWord(letters(s)) }

// kindWord gives the level that a word alone stands for, such as a heading
// "Kota/Municipality"; "" for other words.
func kindWord(word string) RegionKind {
	for _, k := range kindWords {
		if word == k.word {
			return k.kind
		}
	}
	return ""
}

// bareNames are the regions by the letters of their names without the level.
var bareNames = sync.OnceValue(func() map[string][]Region {
	names := map[string][]Region{"nasional": {}, "jatim": {}, "eastjava": {}}
	for _, r := range Regions() {
		name := letters(r.Name)
		for _, k := range kindWords {
			if rest, ok := strings.CutPrefix(name, k.word); ok && k.kind == r.Kind {
				name = rest
				break
			}
		}
		names[name] = append(names[name], r)
	}
	names["nasional"] = names["indonesia"]
	names["jatim"], names["eastjava"] = names["jawatimur"], names["jawatimur"]
	return names
})

// RegionNames gives the letters of all that MatchRegion takes for a name or that a
// name may begin with: names without their level, and words for levels.
func RegionNames() []string {
	all := slices.Collect(maps.Keys(bareNames()))
	for _, k := range kindWords {
		all = append(all, k.word)
	}
	return all
}

// matchName matches the letters of a name with or without its level.
func matchName(name string) []Region {
	if all := bareNames()[name]; len(all) > 0 {
		return slices.Clone(all)
	}
	for _, k := range kindWords {
		for _, cut := range []func(string, string) (string, bool){strings.CutPrefix, strings.CutSuffix} {
			if rest, ok := cut(name, k.word); ok {
				if some := only(bareNames()[rest], k.kind); len(some) > 0 {
					return some
				}
			}
		}
	}
	return nil
}
