package registry

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// named checks that files which name the programme mean no other one: names and
// aliases are of one programme among those that run in the same place.
func (p Programme) named(register []Programme) (Programme, error) {
	if len(p.Aliases) > mostAliases {
		return p, problem.New("programme-many", "found", len(p.Aliases), "most", mostAliases, "field", "aliases")
	}
	own := map[string]bool{programmeKey(p.Names.ID): true, programmeKey(p.Names.EN): true}
	var aliases []string
	for _, a := range p.Aliases {
		a = Clean(a)
		if err := CheckText("programme-alias", a, LongestName, false); err != nil {
			return p, err
		}
		if key := programmeKey(a); key != "" && !own[key] {
			own[key] = true
			aliases = append(aliases, a)
		}
	}
	p.Aliases = aliases
	if p.State() == ProgrammeEnded {
		return p, nil
	}
	for _, other := range register {
		if other.ID == p.ID || other.State() == ProgrammeEnded || other.Owner != p.Owner && !Within(other.Region, p.Region) && !Within(p.Region, other.Region) {
			continue
		}
		if other.Owner == p.Owner && (same(other.Names.ID, p.Names.ID) || same(other.Names.EN, p.Names.EN)) {
			return p, problem.New("programme-twice", "name", other.Names.ID, "field", "name")
		}
		for _, a := range other.Aliases {
			if own[programmeKey(a)] {
				return p, problem.New("programme-alias-twice", "alias", a, "name", other.Names.ID, "field", "aliases")
			}
		}
		for _, a := range p.Aliases {
			if key := programmeKey(a); key == programmeKey(other.Names.ID) || key == programmeKey(other.Names.EN) {
				return p, problem.New("programme-alias-twice", "alias", a, "name", other.Names.ID, "field", "aliases")
			}
		}
	}
	return p, nil
}

// programmeKey is what the ways of writing a programme's name share: letters and
// digits, in lower case.
func programmeKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r > 127: // a letter with a sign over it is another letter
			return r
		}
		return -1
	}, s)
}

// programmeWords may stand before a name without being a part of it.
var programmeWords = []string{"programme", "program", "bantuansosial", "bantuan", "bansos"}

// bracketed finds what stands in brackets, as in "Program Keluarga Harapan (PKH)".
var bracketed = regexp.MustCompile(`^(.*)\(([^()]*)\)\s*$`)

// MatchProgrammes gives the programmes that a file means by a text in a year and
// a region: by id, name or alias, however they are written. None: not known;
// several: ambiguous. Of several those count that ran then and there.
func MatchProgrammes(all []Programme, text, region string, year int) []Programme {
	text = Clean(text)
	for _, p := range all {
		if p.ID == text && text != "" {
			return []Programme{p}
		}
	}
	found := goingBy(all, text)
	if m := bracketed.FindStringSubmatch(text); len(found) == 0 && m != nil {
		outer, inner := goingBy(all, m[1]), goingBy(all, m[2])
		switch both := both(outer, inner); {
		case len(both) > 0:
			found = both
		case len(inner) == 0: // the brackets hold something else, such as a year
			found = outer
		case len(outer) == 0:
			found = inner
		default:
			found = slices.Concat(outer, inner)
		}
	}
	if len(found) > 1 {
		var then []Programme
		for _, p := range found {
			if p.RunsIn(region, year) {
				then = append(then, p)
			}
		}
		if len(then) > 0 {
			return then
		}
	}
	return found
}

func goingBy(all []Programme, text string) []Programme {
	for _, key := range programmeKeys(text) {
		var found []Programme
		for _, p := range all {
			if p.goesBy(key) {
				found = append(found, p)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// programmeKeys are the key of a name, and that of what follows a word such as
// "program".
func programmeKeys(name string) []string {
	var keys []string
	key := programmeKey(name)
	if key != "" {
		keys = append(keys, key)
	}
	for _, w := range programmeWords {
		if rest, ok := strings.CutPrefix(key, w); ok && rest != "" {
			keys = append(keys, rest)
		}
	}
	return keys
}

// goesBy tells whether a key is one of the programme's names, in whole or what
// stands before or in its brackets, or one of its aliases.
func (p Programme) goesBy(key string) bool {
	for _, name := range append([]string{p.Names.ID, p.Names.EN}, p.Aliases...) {
		forms := []string{name}
		if m := bracketed.FindStringSubmatch(name); m != nil {
			forms = append(forms, m[1], m[2])
		}
		for _, form := range forms {
			if slices.Contains(programmeKeys(form), key) {
				return true
			}
		}
	}
	return false
}

func both(a, b []Programme) []Programme {
	var all []Programme
	for _, p := range a {
		if slices.ContainsFunc(b, func(q Programme) bool { return q.ID == p.ID }) {
			all = append(all, p)
		}
	}
	return all
}
