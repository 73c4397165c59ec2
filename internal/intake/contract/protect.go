package contract

import (
	"cmp"
	"slices"

	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
)

// Usual gives what happens to a kind of identity unless the contract says
// otherwise: numbers by which persons are linked become pseudonyms, the rest is
// not needed by any study.
func Usual(k identity.Kind) Treatment {
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
		if k == identity.Name && (f.Type == Integer || f.Type == Number) {
			k = "" // "Penerima" over a count: no name can stand there
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
			f.Treatment = Usual(f.Identity)
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
