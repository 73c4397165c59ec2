package handbook

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/docs/rules"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/result"
)

// RulesName is the name of the page of the rules.
const RulesName = "aturan"

// Rules is the page that prints every line of the files of docs/rules, each with its
// source or whose choice it is.
func Rules(l i18n.Lang) Page {
	b := book{l}
	return Page{
		Name: RulesName, Title: b.say("rules.title"), Question: b.say("rules.question"), Lead: []string{b.say("rules.lead")},
		Sections: []Section{b.verdictRules(), b.cautionLimits(), b.evidenceRules(), b.amendmentRules(), b.disclosureRules(), b.permitChain()},
	}
}

// ruleSection opens a section: what the rules of a file decide, and which file it is.
func (b book) ruleSection(id, name, file string, blocks ...Block) Section {
	return Section{ID: id, Title: b.say("rules." + name), Blocks: append([]Block{text(b.say("rules."+name+".lead", "file", code("docs/rules/"+file)))}, blocks...)}
}

// named puts the name that a line has in its file under its words.
func named(words, id string) string { return capital(words) + "\n" + code(id) }

// capital begins a line of a table; a letter that stands for a number stays as it is.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if strings.HasPrefix(s[size:], " ") {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

func (b book) verdictRules() Section {
	var grades Block
	for _, g := range Verdict(b.lang) {
		grades.List = append(grades.List, Item{Text: g.Text})
	}
	t := &Table{Head: columns(b.say("col.rule"), b.say("col.effect"), b.say("col.source"))}
	for _, r := range designs.Rules() {
		t.Rows = append(t.Rows, cells(named(b.rule(r.Text), r.ID), b.say("effect."+r.Effect), b.source(r.Source)))
	}
	return b.ruleSection("putusan", "verdict", "verdict.yaml", grades, Block{Table: t})
}

func (b book) cautionLimits() Section {
	s := b.ruleSection("ambang", "limits", "cautions.yaml")
	add := func(title, design string) {
		t := &Table{Head: columns(b.say("rules.col.what"), b.say("rules.col.value"), b.say("col.source"))}
		for _, l := range designs.Limits(design) {
			t.Rows = append(t.Rows, cells(named(b.pick(l.Text), l.ID), b.short(l.Value), b.source(l.Source)))
		}
		t.Head[1].Number = true
		s.Blocks = append(s.Blocks, Block{Head: title}, Block{Table: t})
	}
	add(b.say("rules.limits.any"), designs.AnyDesign)
	for _, e := range designs.All() {
		add(b.word(e.Title()), e.Name)
	}
	months := designs.SurveyMonth()
	s.Blocks = append(s.Blocks, text(b.say("rules.limits.months", "columns", code(strings.Join(months.Columns, "`, `")), "source", b.source(months.Source))))
	return s
}

func (b book) evidenceRules() Section {
	start := &Table{Head: columns(b.say("rules.col.verdict"), b.say("rules.col.starts"))}
	for _, g := range []result.Grade{result.Strong, result.Moderate, result.Weak, result.NotCausal} {
		start.Rows = append(start.Rows, cells(capital(b.word("web.grade."+string(g))), b.say("rules.dots", "n", evidence.Start(string(g)))))
	}
	t := &Table{Head: columns(b.say("col.rule"), b.say("col.effect"), b.say("col.source"))}
	for _, r := range evidence.Rules() {
		effect := b.say("rules.dots.said")
		if r.Lowers > 0 {
			effect = b.say("rules.dots.less", "n", r.Lowers)
		}
		t.Rows = append(t.Rows, cells(named(b.rule(result.Text(r.Text)), r.ID), effect, b.source(r.Source)))
	}
	return b.ruleSection("kekuatan", "evidence", "evidence.yaml", Block{Table: start}, Block{Table: t})
}

func (b book) amendmentRules() Section {
	t := &Table{Head: columns(b.say("rules.col.field"), b.say("rules.col.weight"), b.say("col.source"))}
	for _, r := range study.AmendmentRules() {
		t.Rows = append(t.Rows, cells(named(b.pick(result.Text(r.Text)), r.Field), b.word("change.value.weight."+string(r.Weight)), b.source(r.Source)))
	}
	return b.ruleSection("perubahan", "amendments", "amendments.yaml", Block{Table: t})
}

func (b book) disclosureRules() Section {
	limits := &Table{Head: columns(b.say("rules.col.what"), b.say("rules.col.value"), b.say("col.source"))}
	limits.Head[1].Number = true
	for _, l := range disclosure.Limits() {
		limits.Rows = append(limits.Rows, cells(named(b.pick(l.Text), l.ID), b.short(l.Value), b.source(l.Source)))
	}
	t := &Table{Head: columns(b.say("col.rule"), b.say("col.effect"), b.say("col.source"))}
	for _, r := range disclosure.Rules() {
		t.Rows = append(t.Rows, cells(named(b.rule(r.Text), r.ID), b.say("rules.effect."+string(r.Effect)), b.source(r.Source)))
	}
	return b.ruleSection("keluar", "disclosure", "disclosure.yaml",
		Block{Head: b.say("rules.disclosure.limits")}, Block{Table: limits}, Block{Head: b.say("rules.disclosure.rules")}, Block{Table: t})
}

func (b book) permitChain() Section {
	steps, err := cooperation.ReadChain(rules.PermitChain)
	if err != nil {
		panic(err) // the file is part of the program
	}
	t := &Table{Head: columns(b.say("rules.col.step"), b.say("rules.col.offices"), b.say("rules.col.act"), b.say("rules.col.days"), b.say("col.source"))}
	t.Head[3].Number = true
	for _, s := range steps {
		t.Rows = append(t.Rows, cells(named(s.Text[string(b.lang)], s.ID), b.offices(s.Offices), b.word("change.value.act."+string(s.Act)), b.short(float64(s.Days)), b.source(s.Source)))
	}
	return b.ruleSection("izin", "permits", "permit-chain.yaml", Block{Table: t})
}

// offices are those of which the first that the register has acts.
func (b book) offices(all []registry.Office) string {
	var names []string
	for _, o := range all {
		names = append(names, b.word("record.office."+string(o)))
	}
	return strings.Join(names, b.say("rules.or-else"))
}
