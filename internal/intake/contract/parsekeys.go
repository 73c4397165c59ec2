package contract

import (
	"slices"

	"github.com/dampak/dampak/internal/problem"
)

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
