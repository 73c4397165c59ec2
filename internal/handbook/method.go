package handbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
)

// Method makes the page of a method; false where there is none of that name.
func Method(l i18n.Lang, name string) (Page, bool) {
	m, ok := designs.FindMethod(name)
	if !ok {
		return Page{}, false
	}
	b := book{l}
	return Page{
		Name: m.Name, Title: b.say(m.Name + ".title"), Question: b.say(m.Name + ".question"), Lead: []string{b.say(m.Name + ".when")},
		Sections: []Section{
			b.assumptions(m), b.checks(m), b.reported(m), b.computed(m), b.errors(m),
			b.plan(m), b.calibration(m), b.refused(m), b.sources(m),
		},
	}, true
}

// assumptions are what must be true: in plain words, then the statement, then
// what to ask.
func (b book) assumptions(m designs.Method) Section {
	list := Block{}
	for _, a := range m.Assumes {
		list.List = append(list.List, Item{Text: b.word(a.Key), Lines: []Line{
			{b.say("statement"), b.word(a.Statement()) + ": " + code(a.Math)},
			{b.say("ask"), b.word(a.Ask())},
		}})
	}
	return Section{ID: "syarat", Title: b.say("section.assumptions"), Blocks: []Block{text(b.say("section.assumptions.lead")), list}}
}

// checks say for each assumption which check speaks to it, at which limit, and
// what it cannot show.
func (b book) checks(m designs.Method) Section {
	s := Section{ID: "pemeriksaan", Title: b.say("section.checks"), Blocks: []Block{text(b.say("section.checks.lead"))}}
	var shown []string
	add := func(title, ask string, names []string) {
		s.Blocks = append(s.Blocks, Block{Head: title})
		if len(names) == 0 {
			s.Blocks = append(s.Blocks, Block{Note: true, Text: b.say("no-check") + " " + b.say("ask") + " " + ask})
			return
		}
		if again := known(names, shown); len(again) == len(names) { // as above
			for i, name := range names {
				again[i] = b.say("check." + name + ".name")
			}
			s.Blocks = append(s.Blocks, text(b.say("checks.above", "checks", again)))
			return
		}
		shown = append(shown, names...)
		t := &Table{Head: columns(b.say("col.check"), b.say("col.looks"), b.say("col.limits"), b.say("col.cannot"))}
		for _, name := range names {
			t.Rows = append(t.Rows, cells(b.say("check."+name+".name"), b.say("check."+name+".looks"), b.limits(m.Design, name), b.say("check."+name+".cannot")))
		}
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	for _, a := range m.Assumes {
		add(b.word(a.Key), b.word(a.Ask()), a.Checks)
	}
	add(b.say("checks.also"), "", m.Also)
	return s
}

// known are the names that stand among others.
func known(names, among []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool { return !slices.Contains(among, s) })
}

// limits are the numbers at which a check speaks, with their sources.
func (b book) limits(design, check string) string {
	var all []string
	for _, l := range designs.LimitsOfCheck(design, check) {
		all = append(all, b.say("limit", "value", b.short(l.Value), "text", b.pick(l.Text), "source", b.source(l.Source)))
	}
	if len(all) == 0 {
		return b.say("no-limit")
	}
	return strings.Join(all, "\n")
}

func (b book) reported(m designs.Method) Section {
	t := &Table{Head: columns(b.say("col.term"), b.say("col.meaning"))}
	for _, term := range m.Terms {
		t.Rows = append(t.Rows, cells(code(term), b.say("term."+m.Design+"."+term)))
	}
	return Section{ID: "hasil", Title: b.say("section.reported"), Blocks: []Block{{Table: t}}}
}

func (b book) computed(m designs.Method) Section {
	s := Section{ID: "hitungan", Title: b.say("section.computed")}
	for _, f := range m.Formulas {
		s.Blocks = append(s.Blocks, text(b.say("formula."+f.Key)), Block{Code: f.Math})
	}
	return s
}

// errors say how uncertainty is computed, which kinds there are, and what to do
// where clusters or treated are few.
func (b book) errors(m designs.Method) Section {
	s := Section{ID: "ketidakpastian", Title: b.say("section.errors"), Blocks: []Block{text(b.say(m.Name + ".error"))}}
	if len(m.VCE) > 0 {
		t := &Table{Head: columns(b.say("col.error"), b.say("col.what"), b.say("col.when"))}
		for _, vce := range append([]string{"default"}, m.VCE...) {
			t.Rows = append(t.Rows, cells(code("vce: "+vce), b.say("vce."+m.Design+"."+vce+".what"), b.say("vce."+m.Design+"."+vce+".when")))
		}
		s.Blocks = append(s.Blocks, Block{Table: t})
	}
	if m.VCECovariates != nil {
		var kinds []string
		for _, vce := range append([]string{"default"}, m.VCECovariates...) {
			kinds = append(kinds, code(vce))
		}
		s.Blocks = append(s.Blocks, text(b.say("vce.with-covariates", "kinds", strings.Join(kinds, ", "))))
	}
	limit := func(names ...string) any {
		for _, l := range designs.Limits(m.Design) {
			if slices.Contains(names, l.ID) {
				return l.Value
			}
		}
		return nil
	}
	s.Blocks = append(s.Blocks, text(b.say("few."+m.Design, "few", limit("few-clusters"), "treated", limit("few-treated", "few-treated-units"))))
	return s
}

// plan is the table of keys, and an example.
func (b book) plan(m designs.Method) Section {
	t := &Table{Head: columns(b.say("col.key"), b.say("col.meaning"), b.say("col.default"))}
	for _, k := range m.Keys() {
		t.Rows = append(t.Rows, cells(code(k.Name), b.meaning(m, k), b.initial(m, k)))
	}
	s := Section{ID: "rencana", Title: b.say("section.plan"), Blocks: []Block{{Table: t}}}
	var later []string
	for _, k := range m.Entry().Keys {
		if k.Later || slices.Contains(m.Without, k.Name) {
			later = append(later, code(k.Name))
		}
		for _, v := range k.Unbuilt {
			later = append(later, code(k.Name+": "+v))
		}
	}
	if len(later) > 0 {
		s.Blocks = append(s.Blocks, text(b.say("section.plan.later", "keys", strings.Join(later, ", "))))
	}
	common := &Table{Head: columns(b.say("col.key"), b.say("col.meaning"))}
	for _, key := range []string{"data", "where", "outcomes", "inference"} {
		common.Rows = append(common.Rows, cells(code(key), b.say("common."+key)))
	}
	s.Blocks = append(s.Blocks, text(b.say("section.plan.common")), Block{Table: common}, text(b.say("section.plan.example")), Block{Code: m.Example})
	return s
}

// meaning says what a key holds, and what each value of a choice means.
func (b book) meaning(m designs.Method, k designs.Key) string {
	value := func(v string) string { return b.say("value." + m.Design + "." + k.Name + "." + v) }
	words := b.word(m.Entry().Doc(k))
	switch {
	case k.Name == m.Key:
		return value(m.Value)
	case k.Type == designs.Choice:
		var values []string
		for _, v := range k.Allowed {
			values = append(values, code(v)+": "+value(v))
		}
		return words + "\n" + strings.Join(values, "\n")
	case k.Type == designs.Column, k.Type == designs.Columns, k.Type == designs.Window:
		return words // they say it
	}
	return words + " (" + b.say("type."+string(k.Type)) + ")"
}

// initial is the default of a key; of the key that makes the method, its value.
func (b book) initial(m designs.Method, k designs.Key) string {
	own := "default." + m.Design + "." + k.Name
	switch {
	case k.Name == m.Key && m.Value != k.Default:
		return b.say("required") + ": " + code(m.Value)
	case i18n.Has(b.lang, "methods."+own):
		return b.say(own)
	case k.Required:
		return b.say("required")
	case k.Default != nil:
		return code(fmt.Sprint(k.Default))
	}
	return b.say("absent")
}

func (b book) calibration(m designs.Method) Section {
	s := Section{ID: "kalibrasi", Title: b.say("section.calibration")}
	here := slices.DeleteFunc(trials(), func(t trial) bool { return t.method.Name != m.Name })
	if len(here) == 0 {
		s.Blocks = []Block{text(b.say("calibration.none-of-method"))}
		return s
	}
	found := sum(here)
	words := strings.TrimSpace(b.say("calibration.of-method", found.values()...))
	if found.fails > 0 {
		words = strings.TrimSpace(words + " " + b.say("calibration.of-method-fails", found.values()...))
	}
	s.Blocks = []Block{{Table: b.trials(here, true)}}
	if words != "" {
		s.Blocks = slices.Insert(s.Blocks, 0, text(words))
	}
	return s
}

// refused are the reasons without an answer, and the rules of the verdict that
// a check of the method, or the answer itself, can set off.
func (b book) refused(m designs.Method) Section {
	var reasons Block
	for _, r := range m.Refuses {
		reasons.List = append(reasons.List, Item{Text: b.say("refusal." + r.Key)})
	}
	t := &Table{Head: columns(b.say("col.rule"), b.say("col.effect"), b.say("col.source"))}
	for _, r := range RulesOf(m) {
		t.Rows = append(t.Rows, cells(b.rule(r.Text), b.say("effect."+r.Effect), b.source(r.Source)))
	}
	return Section{ID: "peringatan", Title: b.say("section.refused"), Blocks: []Block{
		text(b.say("section.refused.list")), reasons, text(b.say("section.refused.rules")), {Table: t},
	}}
}

// RulesOf lists the rules of the verdict that may apply to an answer of a
// method.
func RulesOf(m designs.Method) []designs.Rule {
	checks := m.Checks()
	return slices.DeleteFunc(slices.Clone(designs.Rules()), func(r designs.Rule) bool {
		return r.Check != "" && !slices.Contains(checks, r.Check)
	})
}

// sources are those of the method, then those that its rules and limits name.
func (b book) sources(m designs.Method) Section {
	var all []designs.Reference
	add := func(more ...designs.Reference) {
		for _, r := range more {
			if !slices.ContainsFunc(all, func(x designs.Reference) bool { return x.Key == r.Key }) {
				all = append(all, r)
			}
		}
	}
	for _, key := range m.Sources {
		if r, ok := designs.FindReference(key); ok {
			add(r)
		}
	}
	for _, r := range RulesOf(m) {
		add(designs.CitedIn(r.Source)...)
	}
	for _, check := range m.Checks() {
		for _, l := range designs.LimitsOfCheck(m.Design, check) {
			add(designs.CitedIn(l.Source)...)
		}
	}
	var list Block
	for _, r := range all {
		list.List = append(list.List, Item{Text: r.Full(b.say("and")) + "."})
	}
	return Section{ID: "sumber", Title: b.say("section.sources"), Blocks: []Block{list}}
}
