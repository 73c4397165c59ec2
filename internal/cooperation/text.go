package cooperation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

// Text is a document as blocks of plain text, from the top down. A door decides
// how each kind of block looks.
type Text []Block

// Block is a line or a paragraph of a Text.
type Block struct {
	Kind  BlockKind `json:"kind"`
	Label string    `json:"label"` // before the text: "a.", "(1)", "Pasal 3", "PIHAK KESATU"; may be empty
	Text  string    `json:"text"`  // may hold line breaks
}

// BlockKind is what a block is for.
type BlockKind string

// The kinds of blocks.
const (
	TitleBlock     BlockKind = "title"     // a line of the heading, in the middle
	NumberBlock    BlockKind = "number"    // a party's number, in the order of the parties
	ParagraphBlock BlockKind = "paragraph" // running text
	ItemBlock      BlockKind = "item"      // one of a list, with its label
	HeadingBlock   BlockKind = "heading"   // Label "Pasal 1", Text its title
	SignatureBlock BlockKind = "signature" // Label whose, Text the lines of office, position and name
	AnnexBlock     BlockKind = "annex"     // the title of an annex, on a new page
)

// Plain is the text as lines of UTF-8, a blank line between blocks: what the
// SHA-256 of a frozen text is taken of.
func (t Text) Plain() string {
	var b strings.Builder
	for i, block := range t {
		if i > 0 {
			b.WriteString("\n")
		}
		between := " "
		if block.Kind == SignatureBlock || block.Kind == HeadingBlock {
			between = "\n"
		}
		b.WriteString(strings.Trim(block.Label+between+block.Text, " \n"))
		b.WriteString("\n")
	}
	return b.String()
}

// SHA256 is that of Plain, 64 lowercase hex digits.
func (t Text) SHA256() string {
	sum := sha256.Sum256([]byte(t.Plain()))
	return hex.EncodeToString(sum[:])
}

// open is what stands where something is written in later.
const open = "........"

// Letter is the agreement as it is printed: the frozen text, or before that the
// text as it would be, with the numbers that are known. The places of numbers are
// empty in what is frozen, for an office enters the agreement in its register
// when it is signed.
func (b Bound) Letter(names Names) Text {
	text := b.Text(names)
	if f := b.Agreement.Frozen; f != nil {
		text = slices.Clone(f.Text)
	}
	i := 0
	for at, block := range text {
		if block.Kind != NumberBlock || i >= len(b.Agreement.Parties) {
			continue
		}
		if n := b.Agreement.Parties[i].Number; n != nil {
			text[at].Text = n.Text
		}
		i++
	}
	return text
}

// words are the sentences of the text, which is always Indonesian: it is what
// the parties sign.
func words(key string, pairs ...any) string {
	values := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	return i18n.Text(i18n.ID, "agreement.text."+key, values)
}

// Text is the agreement in formal Indonesian, without numbers: the same value
// gives the same text.
func (b Bound) Text(names Names) Text {
	a := b.Agreement
	w := &writer{names: names}
	w.heading(b)
	w.opening(b)
	for i, x := range a.Articles {
		w.add(HeadingBlock, words("article", "number", i+1), x.Title)
		for j, p := range x.Paragraphs {
			label := ""
			if len(x.Paragraphs) > 1 {
				label = fmt.Sprintf("(%d)", j+1)
			}
			w.add(ParagraphBlock, label, p)
		}
	}
	w.add(ParagraphBlock, "", words("closing", "kind", kindWord(a.Kind), "copies", len(a.Parties), "spelled", i18n.SpelledNumber(i18n.ID, int64(len(a.Parties)))))
	for i, p := range a.Parties {
		s := names.Positions[p.Position]
		w.add(SignatureBlock, ordinal(i), strings.Join([]string{called(names.Organisations, p.Organisation), s.post(), "", orOpen(s.Name)}, "\n"))
	}
	w.annex(a)
	return w.text
}

type writer struct {
	names Names
	text  Text
}

func (w *writer) add(kind BlockKind, label, text string) {
	w.text = append(w.text, Block{kind, label, text})
}

// heading is the title with the parties, what it is about, and the numbers.
func (w *writer) heading(b Bound) {
	a := b.Agreement
	title := func(s string) { w.add(TitleBlock, "", strings.ToUpper(s)) }
	title(kindWord(a.Kind))
	if a.Amends != "" && b.Parent != nil {
		title(words("of", "kind", kindWord(b.Parent.Agreement.Kind)))
	}
	for i, p := range a.Parties {
		title(words([]string{"between", "with", "and"}[min(i, 2)]))
		title(called(w.names.Organisations, p.Organisation))
	}
	title(words("about"))
	title(a.About)
	for range a.Parties {
		w.add(NumberBlock, words("number"), open)
	}
}

// opening names the day, who stands before whom, and why.
func (w *writer) opening(b Bound) {
	a := b.Agreement
	day := words("day-open")
	if a.Day != "" {
		day = i18n.SpelledDate(i18n.ID, string(a.Day))
	}
	w.add(ParagraphBlock, "", words("opening", "day", day, "place", a.Place))
	parties := make([]string, len(a.Parties))
	for i, p := range a.Parties {
		s := w.names.Positions[p.Position]
		v := []any{"who", orOpen(s.Name), "post", s.post(), "office", called(w.names.Organisations, p.Organisation), "party", ordinal(i), "mandate", "", "day", ""}
		if s.Mandate != nil {
			v = append(v, "mandate", s.Mandate.Number, "day", i18n.Day(i18n.ID, string(s.Mandate.Date)))
		}
		w.add(ItemBlock, fmt.Sprintf("%d.", i+1), words("party", v...))
		parties[i] = ordinal(i)
	}
	w.add(ParagraphBlock, "", words("parties", "parties", joined(parties)))
	if p := b.Parent; p != nil {
		key := "under"
		if a.Amends != "" {
			key = "amends"
		}
		w.add(ParagraphBlock, "", words(key, "kind", kindWord(a.Kind), "of", p.reference()))
	}
	w.list("considering", a.Considerations, func(i int) string { return string(rune('a'+i)) + "." })
	w.list("minding", a.LegalBases, func(i int) string { return fmt.Sprintf("%d.", i+1) })
	w.add(ParagraphBlock, "", words("agree", "kind", kindWord(a.Kind), "about", a.About))
}

func (w *writer) list(key string, items []string, label func(int) string) {
	if len(items) == 0 {
		return
	}
	w.add(ParagraphBlock, "", words(key))
	for i, s := range items {
		w.add(ItemBlock, label(i), s)
	}
}

// annex says in words what the agreement opens, and its terms.
func (w *writer) annex(a Agreement) {
	w.add(AnnexBlock, "", words("annex"))
	w.add(ParagraphBlock, "", words("annex-opens", "kind", kindWord(a.Kind)))
	n := 0
	item := func(key string, pairs ...any) {
		n++
		w.add(ItemBlock, fmt.Sprintf("%d.", n), words(key, pairs...))
	}
	s, t := a.Scope, a.Terms
	item("programmes", "list", each(s.Programmes, func(id string) string { return called(w.names.Programmes, id) }))
	item("regions", "list", each(s.Regions, registry.RegionName))
	data := make([]string, len(s.Datasets))
	for i, c := range s.Datasets {
		d := w.names.Datasets[c.Dataset]
		if slices.Contains(c.Columns, All) {
			data[i] = words("dataset-all", "dataset", d.Name)
		} else {
			data[i] = words("dataset", "dataset", d.Name, "columns", strings.Join(c.Columns, ", "))
		}
	}
	item("datasets", "list", orOpen(strings.Join(data, "; ")))
	item("purposes", "list", each(s.Purposes, func(p string) string { return i18n.Text(i18n.ID, "purpose."+p, nil) }))
	item("period", "from", orOpen(i18n.Day(i18n.ID, string(s.Period.From))), "until", orOpen(i18n.Day(i18n.ID, string(s.Period.Until))))
	if t.SilenceDays > 0 {
		item("silence", "n", t.SilenceDays)
	} else {
		item("silence-never")
	}
	item("release", "n", t.ReleaseDays)
	item("report", "n", t.ReportDays)
	for _, f := range a.Documents {
		item("document", "name", f.Name, "hash", grouped(f.SHA256))
	}
}

// reference names an agreement in the text of another.
func (b Bound) reference() string {
	a := b.Agreement
	numbers := []string{}
	for _, p := range a.Parties {
		if p.Number != nil {
			numbers = append(numbers, words("numbered", "number", p.Number.Text))
		}
	}
	day := ""
	if a.Day != "" {
		day = i18n.Day(i18n.ID, string(a.Day))
	}
	return words("reference", "kind", kindWord(a.Kind), "about", a.About, "numbers", joined(numbers), "day", day)
}

// kindWord is a kind's name as it stands in a text.
func kindWord(code string) string { return i18n.Text(i18n.ID, "agreement.kind."+code, nil) }

// ordinal is PIHAK KESATU, PIHAK KEDUA, ...
func ordinal(i int) string {
	return strings.ToUpper(words("ordinal", "n", i18n.SpelledNumber(i18n.ID, int64(i+1))))
}

// post is the title with the capacity before it: "Plt. Kepala Dinas".
func (s Signatory) post() string {
	short := map[event.Capacity]string{event.Plt: "Plt. ", event.Plh: "Plh. ", event.An: "a.n. "}[s.Capacity]
	return short + orOpen(s.Title)
}

func orOpen(s string) string {
	if s == "" {
		return open
	}
	return s
}

// joined puts names into a sentence: "A", "A dan B", "A, B, dan C".
func joined(s []string) string {
	switch n := len(s); n {
	case 0:
		return ""
	case 1:
		return s[0]
	case 2:
		return s[0] + " " + words("and") + " " + s[1]
	default:
		return strings.Join(s[:n-1], ", ") + ", " + words("and") + " " + s[n-1]
	}
}

// each puts the words of ids into one line.
func each(ids []string, name func(string) string) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = name(id)
	}
	return orOpen(strings.Join(all, "; "))
}

// grouped writes a hash in groups of eight, so that a reader can follow it and no
// run of digits looks like an identity number.
func grouped(hash string) string {
	var parts []string
	for c := range slices.Chunk([]byte(hash), 8) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, " ")
}

// Words says in one clause what a scope opens: "membuka 4 dataset di 38
// kabupaten/kota untuk 3 program sampai 21 September 2023". Without a last day it
// says nothing of the end.
func (s Scope) Words(l i18n.Lang) string {
	if s.OpensNothing() {
		return i18n.Text(l, "scope.nothing", nil)
	}
	key := "scope.opens"
	if slices.Contains(s.Regions, registry.Nation) {
		key = "scope.opens-nation"
	}
	values := map[string]any{"datasets": len(s.Datasets), "regions": len(s.Regencies()), "programmes": len(s.Programmes)}
	if s.Period.Until != "" {
		values["until"] = i18n.Day(l, string(s.Period.Until))
	}
	return i18n.Text(l, key, values)
}

// Regencies are the codes of the kabupaten and kota of the table that a scope
// opens, as they are on its first day.
func (s Scope) Regencies() []string {
	var all []string
	for _, root := range s.Regions {
		for _, r := range registry.Subtree(root, s.Period.From) {
			if (r.Kind == registry.RegencyKind || r.Kind == registry.CityKind) && (len(s.Regions) == 1 || !slices.Contains(all, r.Code)) {
				all = append(all, r.Code)
			}
		}
	}
	return all
}
