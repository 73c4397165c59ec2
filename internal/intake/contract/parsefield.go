package contract

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// field reads one column by itself.
func (p *parser) field(n *node) Field {
	kept, ok := p.object(n, "field")
	if !ok {
		return Field{}
	}
	f := Field{
		Name: p.text(n, "name"), Title: p.text(n, "title"), TitleEn: p.text(n, "dampak:titleEn"), Description: p.text(n, "description"),
		Type: Type(p.text(n, "type")), Format: p.text(n, "format"), Decimal: p.text(n, "decimalChar"), Group: p.text(n, "groupChar"),
		True: p.texts(n, "trueValues"), False: p.texts(n, "falseValues"), Missing: blankless(p.texts(n, "missingValues")),
		Unit: p.text(n, "dampak:unit"), Sensitivity: one(p, n, "dampak:sensitivity", sensitivities), Treatment: one(p, n, "dampak:treatment", treatments),
		Reason: p.text(n, "dampak:reason"), Synonyms: p.texts(n, "dampak:synonyms"), Role: one(p, n, "dampak:role", roles), Kept: kept,
	}
	if v := n.get("bareNumber"); v != nil {
		f.NotBare = v.kind == jsonTruth && !v.truth
		p.truth(n, "bareNumber")
	}
	if f.Name == "" {
		p.add(n.at, "contract-lacks", "property", "name")
	} else if utf8.RuneCountInString(f.Name) > 63 || f.Name == registry.AllColumns || strings.ContainsAny(f.Name, "\n\r\t\x00") {
		p.add(n.get("name").at, "contract-field-name", "found", short(f.Name))
	}
	switch later := []string{"array", "duration", "geojson", "geopoint", "list", "object", "time", "any"}; {
	case f.Type == "":
		f.Type = String
	case slices.Contains(later, string(f.Type)):
		p.add(n.get("type").at, "contract-type-later", "column", f.Name, "found", string(f.Type), "known", types)
		f.Type = String
	case !slices.Contains(types, f.Type):
		words := make([]string, len(types))
		for i, t := range types {
			words[i] = string(t)
		}
		p.add(n.get("type").at, "contract-word", "property", "type", "found", short(string(f.Type)), "expected", words, "suggestion", problem.Nearest(string(f.Type), words))
		f.Type = String
	}
	if f.Format == "default" {
		f.Format = ""
	}
	if f.Format != "" && !goodFormat(f.Type, f.Format) {
		p.add(n.get("format").at, "contract-format", "column", f.Name, "found", short(f.Format), "type", string(f.Type))
	}
	for _, name := range []string{"decimalChar", "groupChar"} {
		if v := n.get(name); v != nil && (f.Type != Number && (name == "decimalChar" || f.Type != Integer) || v.text != "" && utf8.RuneCountInString(v.text) != 1) {
			p.add(v.at, "contract-mark", "property", name, "column", f.Name)
		}
	}
	if f.Decimal != "" && f.Decimal == f.Group {
		p.add(n.get("groupChar").at, "contract-mark", "property", "groupChar", "column", f.Name)
	}
	if f.Decimal == "." {
		f.Decimal = ""
	}
	if v := n.get("dampak:blank"); v != nil {
		x, err := strconv.ParseFloat(v.text, 64)
		if v.kind != jsonNumber || err != nil || x < 0 || x > 1 {
			p.add(v.at, "contract-share", "column", f.Name, "found", short(v.text))
		}
		f.Blank = x
	}
	switch s := p.text(n, "dampak:identity"); {
	case s == "none":
		f.NotIdentity = true
	case s != "":
		f.Identity = one(p, n, "dampak:identity", append(slices.Clone(identity.Kinds), "none"))
	}
	p.texts(n, "dampak:evidence") // why a draft says so; a person who edits it reads it, nothing else does
	p.between(n, &f)
	p.categories(n, &f)
	if v := n.get("constraints"); v != nil {
		p.constraints(v, &f)
	}
	return f
}

// between reads what holds between rows: changes in time, totals, official figures.
func (p *parser) between(n *node, f *Field) {
	measure := func(property string) bool {
		if v := n.get(property); v == nil {
			return false
		} else if f.Type != Integer && f.Type != Number {
			p.add(v.at, "contract-constraint", "property", property, "column", f.Name, "type", string(f.Type))
			return false
		}
		return true
	}
	if measure("dampak:jump") {
		v := n.get("dampak:jump")
		share, percent := strings.CutSuffix(strings.TrimSpace(v.text), "%")
		x, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		switch {
		case v.kind == jsonString && v.text == "none":
			f.Jump = Change{Any: true}
		case err != nil || !(x > 0) || math.IsInf(x, 0) || v.kind != jsonString && v.kind != jsonNumber:
			p.add(v.at, "contract-jump", "column", f.Name, "found", short(v.text))
		case percent:
			f.Jump = Change{Most: x, Share: true}
		default:
			f.Jump = Change{Most: x}
		}
	}
	if measure("dampak:adds") {
		f.Adds = one(p, n, "dampak:adds", []Adding{AddsSum, AddsMean, AddsNone})
	}
	if measure("dampak:indicator") {
		codes := []string{NoIndicator}
		for _, i := range registry.Indicators() {
			codes = append(codes, i.Code)
		}
		f.Indicator = one(p, n, "dampak:indicator", codes)
		if f.Indicator == NoIndicator && f.Reason == "" { // it ends a guard
			p.add(n.get("dampak:indicator").at, "contract-reason", "column", f.Name, "property", "dampak:indicator")
		}
	}
}

func goodFormat(t Type, format string) bool {
	switch t {
	case String:
		return slices.Contains([]string{"email", "uri", "uuid"}, format)
	case Date, Datetime:
		_, ok := Layout(format)
		return ok || format == "any"
	}
	return false
}

func (p *parser) categories(n *node, f *Field) {
	v := n.get("categories")
	if v == nil {
		return
	}
	if !p.filled(v, "categories") {
		return
	}
	for _, x := range v.items {
		label := ""
		if x.kind == jsonObject {
			label = p.text(x, "label")
			x = cmp.Or(x.get("value"), x)
		}
		if l, ok := p.literal(x, f, "categories"); ok {
			f.Categories, f.Labels = append(f.Categories, l), append(f.Labels, label)
		}
	}
}

// literal reads a value that is of the field's type.
func (p *parser) literal(n *node, f *Field, property string) (Literal, bool) {
	numeric := f.Type == Integer || f.Type == Number || f.Type == Year
	if n.kind == jsonTruth && f.Type == Boolean {
		return Literal{strconv.FormatBool(n.truth), false}, true
	}
	if n.kind != jsonString && (n.kind != jsonNumber || !numeric) {
		want := jsonString
		if numeric {
			want = jsonNumber
		}
		p.wrong(n, property, want)
		return Literal{}, false
	}
	text, ok := f.spell(n.text)
	if !ok {
		p.add(n.at, "contract-value", "property", property, "column", f.Name, "found", short(n.text), "type", string(f.Type))
		return Literal{}, false
	}
	return Literal{text, numeric}, true
}

func (p *parser) constraints(n *node, f *Field) {
	if _, ok := p.object(n, "constraints"); !ok {
		return
	}
	c := &f.Constraints
	c.Required, c.Unique, c.Pattern = p.truth(n, "required"), p.truth(n, "unique"), p.text(n, "pattern")
	fits := func(name string, of ...Type) *node {
		v := n.get(name)
		if v != nil && !slices.Contains(of, f.Type) {
			p.add(v.at, "contract-constraint", "property", name, "column", f.Name, "type", string(f.Type))
			return nil
		}
		return v
	}
	ordered := []Type{Integer, Number, Date, Year, YearMonth, Datetime}
	for _, b := range []struct {
		name string
		to   **Literal
	}{{"minimum", &c.Minimum}, {"maximum", &c.Maximum}, {"exclusiveMinimum", &c.AboveMinimum}, {"exclusiveMaximum", &c.BelowMaximum}} {
		if v := fits(b.name, ordered...); v != nil {
			if l, ok := p.literal(v, f, b.name); ok {
				*b.to = &l
			}
		}
	}
	for _, low := range []*Literal{c.Minimum, c.AboveMinimum} {
		for _, high := range []*Literal{c.Maximum, c.BelowMaximum} {
			if low != nil && high != nil && f.order(low.Text) > f.order(high.Text) {
				p.add(n.at, "contract-range", "property", f.Name, "low", low.Text, "high", high.Text)
			}
		}
	}
	for _, l := range []struct {
		name string
		to   *int
	}{{"minLength", &c.MinLength}, {"maxLength", &c.MaxLength}} {
		if v := fits(l.name, String); v != nil {
			x, err := strconv.Atoi(v.text)
			if v.kind != jsonNumber || err != nil || x < 0 || x > math.MaxInt32 {
				p.add(v.at, "contract-length", "property", l.name, "column", f.Name, "found", short(v.text))
			}
			*l.to = x
		}
	}
	if c.MaxLength > 0 && c.MinLength > c.MaxLength {
		p.add(n.at, "contract-range", "property", f.Name, "low", c.MinLength, "high", c.MaxLength)
	}
	if v := fits("pattern", String); v != nil {
		if _, err := wholePattern(c.Pattern); err != nil {
			p.add(v.at, "contract-pattern", "column", f.Name, "found", short(c.Pattern))
		}
	}
	if v := fits("enum", String, Integer, Number, Year, Boolean); v != nil {
		if !p.filled(v, "enum") {
			return
		}
		for _, x := range v.items {
			if l, ok := p.literal(x, f, "enum"); ok && !slices.Contains(c.Enum, l) {
				c.Enum = append(c.Enum, l)
			}
		}
	}
}

// wholePattern compiles a pattern that the whole value must match. The standard
// means XML Schema's expressions, of which RE2 knows what contracts use.
func wholePattern(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile(`^(?:` + pattern + `)$`)
}
