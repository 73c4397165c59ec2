package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/registry"
)

// pairs is an object of JSON in an order that a person reads.
type pairs []pair

type pair struct {
	key   string
	value any
}

// MarshalJSON writes the properties in their order.
func (o pairs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := plainJSON(p.key)
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(p.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON is JSON with <, > and & as they are.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// set adds a property unless it is at its default.
func (o *pairs) set(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case int:
		if v == 0 {
			return
		}
	case float64:
		if v == 0 {
			return
		}
	case []string:
		if v == nil {
			return
		}
	case pairs:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case *Literal:
		if v == nil {
			return
		}
		value = v.json()
	}
	*o = append(*o, pair{key, value})
}

func (o *pairs) kept(m map[string]any) {
	for _, key := range sortedKeys(m) {
		*o = append(*o, pair{key, m[key]})
	}
}

func sortedKeys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func (l *Literal) json() any {
	if l.Number {
		return json.Number(l.Text)
	}
	return l.Text
}

func literals(all []Literal) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = all[i].json()
	}
	return out
}

// marks writes missing values with the blank, which always is one.
func marks(all []string) []string {
	if all == nil {
		return nil
	}
	return append([]string{""}, all...)
}

func lists(all [][]string) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = all[i]
	}
	return out
}

// object gives the contract without what is at its default. Why has the evidence of a
// draft by field, "" for the table; nil for a contract.
func (c *Contract) object(why map[string][]string) pairs {
	o := pairs{{"dampak:contract", version}}
	o.set("name", c.Name)
	o.set("title", c.Title)
	o.set("dampak:titleEn", c.TitleEn)
	o.set("description", c.Description)
	o.kept(c.Kept)
	o.set("dampak:class", string(c.Class))
	o.set("dampak:regions", c.Regions)
	o.set("dampak:period", period(c.Period))
	o.set("dampak:purpose", c.Purpose)
	o.set("dampak:legalBasis", c.LegalBasis)
	o.set("dampak:retention", string(c.Retention))
	o.set("dampak:notes", c.Notes)
	if c.Match != Exact {
		o.set("fieldsMatch", string(c.Match))
	}
	if len(c.Missing) > 0 {
		o.set("missingValues", marks(c.Missing))
	}
	o.set("primaryKey", c.PrimaryKey)
	o.set("uniqueKeys", lists(c.UniqueKeys))
	var foreign []any
	for _, k := range c.RegionKeys {
		foreign = append(foreign, pairs{{"fields", []string{k.Field}}, {"reference", pairs{{"resource", regionsResource}, {"fields", []string{k.System}}}}})
	}
	o.set("foreignKeys", foreign)
	o.set("dampak:evidence", why[""])
	fields := make([]any, len(c.Fields))
	for i := range c.Fields {
		f := c.Fields[i].object()
		f.set("dampak:evidence", why[c.Fields[i].Name])
		fields[i] = f
	}
	return append(o, pair{"fields", fields})
}

func period(p registry.Period) pairs {
	var o pairs
	o.set("from", string(p.From))
	o.set("until", string(p.Until))
	return o
}

func (f *Field) object() pairs {
	o := pairs{{"name", f.Name}}
	o.set("title", f.Title)
	o.set("dampak:titleEn", f.TitleEn)
	o.set("description", f.Description)
	o.kept(f.Kept)
	o = append(o, pair{"type", string(f.Type)})
	o.set("format", f.Format)
	o.set("decimalChar", f.Decimal)
	o.set("groupChar", f.Group)
	if f.NotBare {
		o = append(o, pair{"bareNumber", false})
	}
	o.set("trueValues", f.True)
	o.set("falseValues", f.False)
	o.set("missingValues", marks(f.Missing))
	var categories []any
	for i := range f.Categories {
		l := &f.Categories[i]
		if slices.ContainsFunc(f.Labels, func(s string) bool { return s != "" }) {
			one := pairs{{"value", l.json()}}
			one.set("label", f.Labels[i])
			categories = append(categories, one)
		} else {
			categories = append(categories, l.json())
		}
	}
	o.set("categories", categories)
	o.set("dampak:unit", f.Unit)
	if f.Sensitivity != Identity && f.Sensitivity != Public {
		o.set("dampak:sensitivity", string(f.Sensitivity))
	}
	if f.NotIdentity {
		o = append(o, pair{"dampak:identity", "none"})
	}
	o.set("dampak:identity", string(f.Identity))
	if f.Identity != "" || f.Treatment != Keep { // said even where usual: a reader wants to know
		o.set("dampak:treatment", string(f.Treatment))
	}
	o.set("dampak:reason", f.Reason)
	o.set("dampak:role", string(f.Role))
	o.set("dampak:blank", f.Blank)
	o.set("dampak:jump", f.Jump.text())
	o.set("dampak:adds", string(f.Adds))
	o.set("dampak:indicator", f.Indicator)
	o.set("dampak:synonyms", f.Synonyms)
	k := &f.Constraints
	var all pairs
	all.set("required", k.Required)
	all.set("unique", k.Unique)
	all.set("minimum", k.Minimum)
	all.set("exclusiveMinimum", k.AboveMinimum)
	all.set("maximum", k.Maximum)
	all.set("exclusiveMaximum", k.BelowMaximum)
	all.set("minLength", k.MinLength)
	all.set("maxLength", k.MaxLength)
	all.set("pattern", k.Pattern)
	all.set("enum", literals(k.Enum))
	o.set("constraints", all)
	return o
}

// text is a change as a contract writes it.
func (c Change) text() string {
	switch {
	case c.Any:
		return "none"
	case c.Share:
		return source.SpellReal(c.Most) + "%"
	case c.Most > 0:
		return source.SpellReal(c.Most)
	}
	return ""
}

// JSON writes the contract for a person: indented, in the order in which it is
// read. Parse gives the same contract back.
func (c *Contract) JSON() []byte { return c.indented(nil) }

// JSON writes the draft with the reasons for what it says, for a person to edit.
// Parse reads it as the contract alone.
func (d *Draft) JSON(l i18n.Lang) []byte {
	why := map[string][]string{}
	for _, e := range d.Evidence {
		why[e.Field] = append(why[e.Field], e.Text(l))
	}
	return d.Contract.indented(why)
}

func (c *Contract) indented(why map[string][]string) []byte {
	flat, err := plainJSON(c.object(why))
	if err != nil {
		panic("contract: " + err.Error()) // strings, numbers and what JSON gave
	}
	var b bytes.Buffer
	if err := json.Indent(&b, flat, "", "  "); err != nil {
		panic("contract: " + err.Error())
	}
	return append(b.Bytes(), '\n')
}

// Canonical is the form whose SHA-256 is the contract's identity: keys sorted,
// without blanks and without what is at its default.
func (c *Contract) Canonical() []byte {
	flat, err := plainJSON(c.object(nil))
	if err != nil {
		panic("contract: " + err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(flat))
	d.UseNumber()
	var tree any // maps are written with sorted keys
	if err := d.Decode(&tree); err != nil {
		panic("contract: " + err.Error())
	}
	out, err := plainJSON(tree)
	if err != nil {
		panic("contract: " + err.Error())
	}
	return out
}

// SHA256 is the identity of the contract in hexadecimal.
func (c *Contract) SHA256() string {
	sum := sha256.Sum256(c.Canonical())
	return hex.EncodeToString(sum[:])
}

// headersOf lists the headers that mean a field, its name first.
func (f *Field) headersOf() string {
	return strings.Join(append([]string{f.Name}, f.Synonyms...), ", ")
}
