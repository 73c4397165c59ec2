package contract

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"

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
			"dampak:class", "dampak:contract", "dampak:evidence", "dampak:legalBasis", "dampak:notes", "dampak:period", "dampak:purpose", "dampak:regions", "dampak:retention", "dampak:titleEn",
		},
		[]string{"$schema", "contributors", "created", "homepage", "image", "keywords", "licenses", "sources", "version"},
	},
	"field": {
		[]string{
			"bareNumber", "categories", "constraints", "decimalChar", "description", "falseValues", "format", "groupChar", "missingValues", "name", "title", "trueValues", "type",
			"dampak:adds", "dampak:blank", "dampak:evidence", "dampak:identity", "dampak:indicator", "dampak:jump", "dampak:reason", "dampak:role", "dampak:sensitivity", "dampak:synonyms", "dampak:titleEn", "dampak:treatment", "dampak:unit",
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

// Kept gives contents by their hash.
type Kept interface {
	Read(hash string) ([]byte, error)
}

// Read reads a contract that is kept. Errors: of from, and those of Parse.
func Read(from Kept, hash string) (*Contract, error) {
	src, err := from.Read(hash)
	if err != nil {
		return nil, err
	}
	return Parse(src, "")
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
	p.texts(n, "dampak:evidence")
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

// Properties lists the properties that are read, by where they stand.
func Properties() map[string][]string {
	all := map[string][]string{}
	for place, p := range places {
		all[place] = slices.Clone(p.read)
	}
	return all
}
