package contract

import (
	"bytes"
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

// MaxSize is the largest contract that is read, in bytes.
const MaxSize = 4 << 20

// mostFields is the most fields of a contract.
const mostFields = 10_000

// The version of our own properties, "dampak:contract".
const version = "1"

// Where properties stand, with those that are read and those of the standard
// that are only kept.
var places = map[string]struct{ read, kept []string }{
	"table": {
		[]string{
			"fields", "fieldsMatch", "foreignKeys", "missingValues", "name", "primaryKey", "title", "description", "uniqueKeys",
			"dampak:class", "dampak:contract", "dampak:legalBasis", "dampak:notes", "dampak:period", "dampak:purpose", "dampak:regions", "dampak:retention", "dampak:titleEn",
		},
		[]string{"$schema", "contributors", "created", "homepage", "image", "keywords", "licenses", "sources", "version"},
	},
	"field": {
		[]string{
			"bareNumber", "categories", "constraints", "decimalChar", "description", "falseValues", "format", "groupChar", "missingValues", "name", "title", "trueValues", "type",
			"dampak:blank", "dampak:identity", "dampak:reason", "dampak:role", "dampak:sensitivity", "dampak:synonyms", "dampak:titleEn", "dampak:treatment", "dampak:unit",
		},
		[]string{"categoriesOrdered", "example", "examples", "rdfType"},
	},
	"constraints": {[]string{"enum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "maximum", "minLength", "minimum", "pattern", "required", "unique"}, nil},
	"foreignKey":  {[]string{"fields", "reference"}, nil},
	"reference":   {[]string{"fields", "resource"}, nil},
	"period":      {[]string{"from", "until"}, nil},
}

// Parse reads a contract; file is its name in messages. Errors: a problem.List
// with the line and column of everything that is wrong.
func Parse(src []byte, file string) (*Contract, error) {
	if len(src) > MaxSize {
		return nil, problem.List{problem.New("contract-too-big", "most", MaxSize>>20).In(file)}
	}
	p := &parser{src: bytes.TrimPrefix(src, []byte("\ufeff")), file: file}
	n := p.tree()
	var c *Contract
	if n != nil && len(p.list) == 0 {
		c = p.contract(n)
	}
	if len(p.list) > 0 {
		slices.SortStableFunc(p.list, func(a, b *problem.Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, p.list
	}
	return c, nil
}

// object checks that a value is an object whose properties are known, and gives
// those that are only kept.
func (p *parser) object(n *node, place string) (kept map[string]any, ok bool) {
	if n.kind != jsonObject {
		p.wrong(n, place, jsonObject)
		return nil, false
	}
	known := places[place]
	for _, m := range n.members {
		switch {
		case slices.Contains(known.read, m.name):
		case slices.Contains(known.kept, m.name):
			if kept == nil {
				kept = map[string]any{}
			}
			kept[m.name] = m.value.plain()
		default:
			all := slices.Concat(known.read, known.kept)
			near := problem.Nearest(m.name, all)
			if near == "" && !strings.Contains(m.name, ":") {
				near = problem.Nearest("dampak:"+m.name, all)
			}
			p.add(m.at, "contract-unknown", "property", short(m.name), "suggestion", near, "known", known.read)
		}
	}
	return kept, true
}

func (p *parser) wrong(n *node, property string, want kind) {
	p.add(n.at, "contract-kind", "property", property, "found", string(n.kind), "expected", string(want))
}

// text gives a string property; "" when it is absent.
func (p *parser) text(n *node, name string) string {
	v := n.get(name)
	if v == nil {
		return ""
	}
	if v.kind != jsonString {
		p.wrong(v, name, jsonString)
		return ""
	}
	return strings.TrimSpace(v.text)
}

// one gives a string property out of some.
func one[T ~string](p *parser, n *node, name string, allowed []T) T {
	s := T(p.text(n, name))
	if s != "" && !slices.Contains(allowed, s) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		p.add(n.get(name).at, "contract-word", "property", name, "found", short(string(s)), "expected", words, "suggestion", problem.Nearest(string(s), words))
		return ""
	}
	return s
}

func (p *parser) truth(n *node, name string) bool {
	v := n.get(name)
	if v == nil {
		return false
	}
	if v.kind != jsonTruth {
		p.wrong(v, name, jsonTruth)
	}
	return v.truth
}

// texts gives a list of strings without repetitions.
func (p *parser) texts(n *node, name string) []string {
	v := n.get(name)
	if v == nil {
		return nil
	}
	if v.kind != jsonArray {
		p.wrong(v, name, jsonArray)
		return nil
	}
	var all []string
	for _, x := range v.items {
		s := x.text
		if x.kind == jsonObject && name == "missingValues" { // {value, label} of version 2
			x = cmp.Or(x.get("value"), x)
			s = x.text
		}
		if x.kind != jsonString {
			p.wrong(x, name, jsonString)
			continue
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// names gives a list of fields that may be written as one string.
func (p *parser) names(v *node, property string, c *Contract) []string {
	list := []*node{v}
	if v.kind == jsonArray {
		list = v.items
	}
	var all []string
	for _, x := range list {
		switch {
		case x.kind != jsonString:
			p.wrong(x, property, jsonString)
		case c.index(x.text) < 0:
			p.add(x.at, "contract-no-field", "property", property, "found", short(x.text), "suggestion", problem.Nearest(x.text, fieldNames(c)))
		case slices.Contains(all, x.text):
			p.add(x.at, "contract-field-repeated", "property", property, "column", x.text)
		default:
			all = append(all, x.text)
		}
	}
	if len(list) == 0 {
		p.add(v.at, "contract-empty", "property", property)
	}
	return all
}

func fieldNames(c *Contract) []string {
	all := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		all[i] = f.Name
	}
	return all
}

var goodName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$`)

// contract reads the whole.
func (p *parser) contract(n *node) *Contract {
	kept, ok := p.object(n, "table")
	if !ok {
		return nil
	}
	c := &Contract{
		Name: p.text(n, "name"), Title: p.text(n, "title"), TitleEn: p.text(n, "dampak:titleEn"), Description: p.text(n, "description"),
		Class: one(p, n, "dampak:class", registry.Classes), Purpose: p.text(n, "dampak:purpose"), LegalBasis: p.text(n, "dampak:legalBasis"),
		Notes: p.text(n, "dampak:notes"), Match: one(p, n, "fieldsMatch", []Match{Exact, Equal, Subset, Superset, Partial}),
		Missing: blankless(p.texts(n, "missingValues")), Kept: kept,
	}
	c.Match = cmp.Or(c.Match, Exact)
	if v := n.get("dampak:contract"); v == nil || v.text != version {
		found, at := "", n.at
		if v != nil {
			found, at = short(v.text), v.at
		}
		p.add(at, "contract-version", "found", found, "expected", version)
	}
	if c.Name != "" && !goodName.MatchString(c.Name) {
		p.add(n.get("name").at, "contract-name", "found", short(c.Name))
	}
	if n.get("dampak:class") == nil {
		p.add(n.at, "contract-lacks", "property", "dampak:class")
	}
	p.coverage(n, c)
	v := n.get("fields")
	if v == nil {
		p.add(n.at, "contract-lacks", "property", "fields")
		return c
	}
	if v.kind != jsonArray {
		p.wrong(v, "fields", jsonArray)
		return c
	}
	if len(v.items) == 0 || len(v.items) > mostFields {
		p.add(v.at, "contract-fields", "found", len(v.items), "most", mostFields)
		return c
	}
	known := map[string]int{} // places of headers
	for _, x := range v.items {
		c.Fields = append(c.Fields, p.field(x))
	}
	for i := range c.Fields {
		p.headers(v.items[i], c, i, known)
	}
	p.keys(n, c)
	for i := range c.Fields {
		p.protect(n, v.items[i], c, &c.Fields[i])
	}
	return c
}

// coverage reads what the dataset covers and until when it may be kept.
func (p *parser) coverage(n *node, c *Contract) {
	c.Regions = p.texts(n, "dampak:regions")
	slices.Sort(c.Regions)
	for _, code := range c.Regions {
		if !knownRegion(code) {
			p.add(n.get("dampak:regions").at, "contract-region", "found", short(code))
		}
	}
	if v := n.get("dampak:period"); v != nil {
		if _, ok := p.object(v, "period"); ok {
			c.Period = registry.Period{From: p.day(v, "from"), Until: p.day(v, "until")}
			if c.Period.From != "" && c.Period.Until != "" && c.Period.Until < c.Period.From {
				p.add(v.at, "contract-range", "property", "dampak:period", "low", string(c.Period.From), "high", string(c.Period.Until))
			}
		}
	}
	c.Retention = p.day(n, "dampak:retention")
}

func (p *parser) day(n *node, name string) registry.Day {
	s := p.text(n, name)
	if s == "" {
		return ""
	}
	d, err := registry.ParseDay(s)
	if err != nil {
		p.add(n.get(name).at, "contract-day", "property", name, "found", short(s))
	}
	return d
}

// blankless takes the blank from the marks of missing values: it is always one.
func blankless(all []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

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
	p.categories(n, &f)
	if v := n.get("constraints"); v != nil {
		p.constraints(v, &f)
	}
	return f
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

// filled checks that a value is a list with something in it.
func (p *parser) filled(v *node, property string) bool {
	if v.kind != jsonArray {
		p.wrong(v, property, jsonArray)
	} else if len(v.items) == 0 {
		p.add(v.at, "contract-empty", "property", property)
	}
	return len(v.items) > 0
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

// headers refuses two fields that one header could mean.
func (p *parser) headers(n *node, c *Contract, i int, known map[string]int) {
	f := &c.Fields[i]
	for _, h := range append([]string{f.Name}, f.Synonyms...) {
		key := HeaderKey(h)
		if key == "" && h != "" {
			key = h
		}
		if j, twice := known[key]; twice && j != i {
			p.add(n.at, "contract-header-twice", "found", short(h), "column", f.Name, "other", c.Fields[j].Name)
		}
		known[key] = i
	}
}

// keys reads what holds between fields.
func (p *parser) keys(n *node, c *Contract) {
	if v := n.get("primaryKey"); v != nil {
		c.PrimaryKey = p.names(v, "primaryKey", c)
	}
	if v := n.get("uniqueKeys"); v != nil {
		if v.kind != jsonArray {
			p.wrong(v, "uniqueKeys", jsonArray)
		}
		for _, x := range v.items {
			c.UniqueKeys = append(c.UniqueKeys, p.names(x, "uniqueKeys", c))
		}
	}
	if v := n.get("foreignKeys"); v != nil {
		if v.kind != jsonArray {
			p.wrong(v, "foreignKeys", jsonArray)
		}
		for _, x := range v.items {
			p.foreign(x, c)
		}
	}
	for _, r := range roles {
		first := c.role(r)
		for i := first + 1; first >= 0 && i < len(c.Fields); i++ {
			if c.Fields[i].Role == r {
				p.add(n.get("fields").items[i].at, "contract-role-twice", "role", string(r), "column", c.Fields[i].Name, "other", c.Fields[first].Name)
			}
		}
	}
	if i := c.role(PeriodRole); i >= 0 && !slices.Contains([]Type{Year, YearMonth, Date, Datetime}, c.Fields[i].Type) {
		p.add(n.get("fields").items[i].at, "contract-role", "role", string(PeriodRole), "column", c.Fields[i].Name)
	}
}

func (p *parser) foreign(n *node, c *Contract) {
	if _, ok := p.object(n, "foreignKey"); !ok {
		return
	}
	fields, reference := n.get("fields"), n.get("reference")
	if fields == nil || reference == nil {
		p.add(n.at, "contract-lacks", "property", "fields, reference")
		return
	}
	if _, ok := p.object(reference, "reference"); !ok {
		return
	}
	names := p.names(fields, "foreignKeys", c)
	system := ""
	if v := reference.get("fields"); v != nil {
		if v.kind == jsonArray && len(v.items) == 1 {
			v = v.items[0]
		}
		system = v.text
	}
	if p.text(reference, "resource") != regionsResource || (system != BPS && system != Kemendagri) || len(names) > 1 {
		p.add(reference.at, "contract-foreign", "resource", regionsResource, "fields", []string{BPS, Kemendagri})
		return
	}
	for _, name := range names {
		if f, _ := c.Field(name); f.Type != String {
			p.add(fields.at, "contract-foreign-type", "column", name, "found", string(f.Type))
		}
		c.RegionKeys = append(c.RegionKeys, RegionKey{name, system})
	}
}

// usual gives what happens to a kind of identity unless the contract says
// otherwise: numbers by which persons are linked become pseudonyms, the rest is
// not needed by any study.
func usual(k identity.Kind) Treatment {
	switch k {
	case identity.NIK, identity.KK, identity.Member:
		return Hash
	case identity.BirthDate:
		return Month
	}
	return Drop
}

// protect settles and checks what happens to a column.
func (p *parser) protect(whole, n *node, c *Contract, f *Field) {
	at := func(property string) int {
		if v := n.get(property); v != nil {
			return v.at
		}
		return n.at
	}
	if f.Identity == "" {
		k := identity.Kind("")
		for _, h := range append([]string{f.Name, f.Title, f.TitleEn}, f.Synonyms...) {
			if k == "" {
				k, _ = HeaderIdentity(h)
			}
		}
		if k != "" && !f.NotIdentity {
			p.add(at("name"), "contract-identity-unsaid", "column", f.Name, "kind", string(k))
		} else if k != "" && f.Reason == "" {
			p.add(at("dampak:identity"), "contract-reason", "column", f.Name, "property", "dampak:identity")
		}
		if f.Sensitivity == Identity {
			p.add(at("dampak:sensitivity"), "contract-identity-kind", "column", f.Name, "known", identity.Kinds)
		}
		f.Sensitivity = cmp.Or(f.Sensitivity, Public)
		f.Treatment = cmp.Or(f.Treatment, Keep)
		if f.Treatment == Hash {
			p.add(at("dampak:treatment"), "contract-hash", "column", f.Name, "found", "")
		}
	} else {
		if f.Sensitivity != "" && f.Sensitivity != Identity {
			p.add(at("dampak:sensitivity"), "contract-sensitivity", "column", f.Name, "found", string(f.Sensitivity))
		}
		f.Sensitivity = Identity
		if f.Treatment == "" {
			f.Treatment = usual(f.Identity)
			if f.Treatment == Month && f.Type != Date && f.Type != Datetime {
				f.Treatment = Drop
			}
		}
		switch {
		case f.Treatment == Keep && f.Identity != identity.BirthDate:
			p.add(at("dampak:treatment"), "contract-keep", "column", f.Name, "kind", string(f.Identity))
		case f.Treatment == Keep && f.Reason == "":
			p.add(at("dampak:treatment"), "contract-reason", "column", f.Name, "property", "dampak:treatment")
		case f.Treatment == Hash && !f.Identity.Hashable():
			p.add(at("dampak:treatment"), "contract-hash", "column", f.Name, "found", string(f.Identity))
		}
		if f.Type != String && f.Identity != identity.BirthDate && f.Identity != identity.Location {
			p.add(at("type"), "contract-identity-type", "column", f.Name, "found", string(f.Type))
		}
	}
	if f.Treatment == Month && f.Type != Date && f.Type != Datetime {
		p.add(at("dampak:treatment"), "contract-month", "column", f.Name, "found", string(f.Type))
	}
	if c.Class == "" || !f.Stored() {
		return
	}
	least := map[Sensitivity]registry.Class{Limited: registry.LimitedData, Personal: registry.PersonalData, Identity: registry.PersonalData}[f.Sensitivity]
	if slices.Index(registry.Classes, c.Class) < slices.Index(registry.Classes, least) {
		p.add(whole.get("dampak:class").at, "contract-class", "found", string(c.Class), "column", f.Name, "sensitivity", string(f.Sensitivity), "expected", string(least))
	}
}

// short cuts a text for a sentence.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Properties lists the properties that are read, by where they stand.
func Properties() map[string][]string {
	all := map[string][]string{}
	for place, p := range places {
		all[place] = slices.Clone(p.read)
	}
	return all
}
