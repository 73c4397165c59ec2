package handbook

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/result"
)

// book writes in one language.
type book struct{ lang i18n.Lang }

// say gives a sentence of this room.
func (b book) say(key string, pairs ...any) string {
	return i18n.Text(b.lang, "methods."+key, result.MakeValues(pairs...))
}

// word gives a sentence of any room.
func (b book) word(key string) string { return i18n.Text(b.lang, key, nil) }

func (b book) pick(t result.Text) string {
	if b.lang == i18n.EN {
		return t.EN
	}
	return t.ID
}

func (b book) number(x float64, decimals int) string { return i18n.Number(b.lang, x, decimals) }

// short writes a number with the digits that it has.
func (b book) short(x float64) string {
	_, after, _ := strings.Cut(strconv.FormatFloat(x, 'f', -1, 64), ".")
	return b.number(x, len(after))
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// rule is the sentence of a rule with its numbers left open.
func (b book) rule(t result.Text) string {
	return placeholder.ReplaceAllString(i18n.Fill(b.lang, b.pick(t), nil), "…")
}

// leans are the limits and the records of decisions that a source leans on.
var leans = []struct {
	pattern *regexp.Regexp
	key     string
}{
	{regexp.MustCompile(`limit ([a-z]+-[a-z-]+)`), "source.limit"},
	{regexp.MustCompile(`docs/decisions/([0-9a-z-]+\.md)`), "source.decision"},
}

// marks are phrases of the sources of rules that stand for no publication.
var marks = []struct{ phrase, key string }{
	{"R package did", "source.r-did"},
	{"calibration.csv", "source.table"},
	{"the usual level", "source.usual"},
	{"UK Data Service", "source.handbook"},
	{"Handbook (2024)", "source.handbook"},
	{"ACRO 1.0.1", "source.acro"},
	{"SACRO (", "source.sacro"},
	{"OpenSAFELY", "source.opensafely"},
	{"Hundepool et al. (2012)", "source.hundepool"},
	{"Huth et al. 2023", "source.huth"},
	{"dsBase issue 250", "source.dsbase"},
	{"docs/disclosure.md", "source.suite"},
	{"AEA RCT registry", "source.aea"},
	{"Permendagri 3/2018", "source.permendagri"},
	{"our choice", "source.choice"},
}

// source says where a rule comes from: the publications that it names, then
// what else it rests on.
func (b book) source(s string) string {
	var all []string
	add := func(word string) {
		for _, known := range all {
			if known == word {
				return
			}
		}
		all = append(all, word)
	}
	for _, r := range designs.CitedIn(s) {
		add(b.cite(r))
	}
	if strings.HasPrefix(s, "BPS") {
		add("BPS")
	}
	for _, x := range leans {
		for _, m := range x.pattern.FindAllStringSubmatch(s, -1) {
			add(b.say(x.key, "id", m[1]))
		}
	}
	for _, m := range marks {
		if strings.Contains(s, m.phrase) {
			add(b.say(m.key))
		}
	}
	return strings.Join(all, "; ")
}

func (b book) cite(r designs.Reference) string { return r.Cite(b.say("and"), b.say("and-others")) }

// code puts words between backticks; nothing stays nothing.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
