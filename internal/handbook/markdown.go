package handbook

import (
	"fmt"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/i18n"
)

// Files are all pages as Markdown by the name of their file in docs/methods:
// each in both languages, with an index.
func Files() map[string]string {
	all := map[string]string{}
	for _, l := range i18n.Langs {
		all[fileName("", l)] = index(l)
		all[fileName(CalibrationName, l)] = Markdown(l, Calibration(l))
		all[fileName(RulesName, l)] = Markdown(l, Rules(l))
		for _, m := range designs.Methods() {
			if p, ok := Method(l, m.Name); ok {
				all[fileName(m.Name, l)] = Markdown(l, p)
			}
		}
	}
	return all
}

// fileName is the file of a page; "" is the index.
func fileName(name string, l i18n.Lang) string {
	switch {
	case name == "" && l == i18n.ID:
		return "README.md"
	case name == "":
		name = "README"
	case name == CalibrationName:
		name = "calibration"
	case name == RulesName:
		name = "rules"
	}
	return name + "." + string(l) + ".md"
}

// Markdown writes a page; links lead to the files of docs/methods.
func Markdown(l i18n.Lang, p Page) string {
	w := writer{lang: l}
	w.line("# " + plain(p.Question))
	w.line(w.top(p.Name, p.Title))
	for _, s := range p.Lead {
		w.line(plain(s))
	}
	for _, s := range p.Sections {
		w.line("## " + plain(s.Title))
		for _, b := range s.Blocks {
			w.block(b)
		}
	}
	w.line("---")
	w.line(plain(book{l}.say("generated")))
	return w.String()
}

type writer struct {
	strings.Builder
	lang i18n.Lang
}

// line writes a paragraph, apart from what follows.
func (w *writer) line(s string) { fmt.Fprintf(w, "%s\n\n", s) }

// end parts a list or a table from what follows.
func (w *writer) end() { w.WriteByte('\n') }

// top names the page and leads to the other language and the index.
func (w *writer) top(name, title string) string {
	b := book{w.lang}
	other := i18n.EN
	if w.lang == i18n.EN {
		other = i18n.ID
	}
	s := "**" + plain(title) + "** · [" + b.say("other-language") + "](" + fileName(name, other) + ")"
	if name != "" {
		s += " · [" + b.say("index.back") + "](" + fileName("", w.lang) + ")"
	}
	return s
}

func (w *writer) block(b Block) {
	switch {
	case b.Head != "":
		w.line("### " + plain(b.Head))
	case b.Code != "":
		w.line("```\n" + strings.TrimRight(b.Code, "\n") + "\n```")
	case b.Table != nil:
		w.table(b.Table)
	case b.List != nil:
		for _, i := range b.List {
			if i.Drawn {
				continue
			}
			if len(i.Lines) == 0 {
				fmt.Fprintf(w, "- %s\n", plain(i.Text))
				continue
			}
			fmt.Fprintf(w, "- **%s**\n", plain(i.Text))
			for _, l := range i.Lines {
				fmt.Fprintf(w, "  - *%s* %s\n", plain(l.Lead), plain(l.Text))
			}
		}
		w.end()
	default:
		w.line(plain(b.Text))
	}
}

func (w *writer) table(t *Table) {
	row := func(all []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(all, " | ")) }
	head, rule := make([]string, len(t.Head)), make([]string, len(t.Head))
	for i, c := range t.Head {
		head[i], rule[i] = cellText(c.Title), "---"
		if c.Number {
			rule[i] = "---:"
		}
	}
	row(head)
	row(rule)
	for _, r := range t.Rows {
		all := make([]string, len(r))
		for i, c := range r {
			if all[i] = cellText(c.Text); c.Link != "" {
				all[i] = "[" + all[i] + "](" + fileName(c.Link, w.lang) + ")"
			}
		}
		row(all)
	}
	w.end()
}

func cellText(s string) string { return strings.NewReplacer("|", `\|`, "\n", "<br>").Replace(plain(s)) }

var markup = strings.NewReplacer(`*`, `\*`, `_`, `\_`, `<`, `&lt;`)

// plain keeps code between backticks and takes the meaning from what else
// Markdown would read as markup.
func plain(s string) string {
	parts := strings.Split(s, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = markup.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// index lists the pages by design.
func index(l i18n.Lang) string {
	w := writer{lang: l}
	b := book{l}
	w.line("# " + b.say("list.answer"))
	w.line(w.top("", b.say("list.title")))
	w.line(plain(b.say("list.lead")))
	w.line("## " + b.say("list.verdict"))
	w.line(plain(b.say("list.verdict.lead")))
	for _, g := range Verdict(l) {
		fmt.Fprintf(&w, "- %s\n", plain(g.Text))
	}
	w.end()
	w.line("[" + b.say("rules.link") + "](" + fileName(RulesName, l) + ")")
	w.line("## " + b.say("list.methods"))
	for _, g := range Groups(l) {
		w.line("### " + plain(g.Title))
		w.line(plain(g.Summary))
		for _, p := range g.Pages {
			fmt.Fprintf(&w, "- [%s](%s): %s\n", plain(p.Title), fileName(p.Name, l), plain(p.Question))
		}
		w.end()
	}
	w.line("## " + b.say("list.calibration"))
	if s := Teaser(l); s != "" {
		w.line(plain(s))
	}
	w.line("[" + b.say("list.calibration.link") + "](" + fileName(CalibrationName, l) + ") · [calibration.csv](calibration.csv)")
	w.line("---")
	w.line(plain(b.say("list.readme")))
	return w.String()
}

// Group are the methods of a design, their pages without sections.
type Group struct {
	Title, Summary string
	Pages          []Page
}

// Groups lists the methods by design.
func Groups(l i18n.Lang) []Group {
	b := book{l}
	var all []Group
	for _, e := range designs.All() {
		g := Group{Title: b.word(e.Title()), Summary: b.word(e.Summary())}
		for _, m := range designs.Methods() {
			if m.Design == e.Name {
				g.Pages = append(g.Pages, Page{Name: m.Name, Title: b.say(m.Name + ".title"), Question: b.say(m.Name + ".question")})
			}
		}
		all = append(all, g)
	}
	return all
}
