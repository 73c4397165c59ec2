package contract

import (
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/intake/source"
)

// sensitive finds who can be known by a column, by what it holds first and by
// its header then.
func (n *infer) sensitive(col *column, f *Field) {
	var header identity.Kind
	var word string
	for _, h := range []string{col.Name, col.Label, f.Name} { // the name may be the header cut short
		if header == "" {
			header, word = HeaderIdentity(h)
		}
	}
	share := func(x int64) float64 { return float64(x) / max(1, float64(col.filled)) }
	looked := func(x int64) float64 { return float64(x) / max(1, float64(col.looked)) }
	say := func(k identity.Kind, code string, pairs ...any) {
		f.Identity = k
		n.say(f.Name, code, append([]any{"kind", k}, pairs...)...)
	}
	switch {
	case col.sixteen > 0 && share(col.digits16) >= 0.5 && share(col.sixteen) >= 0.3:
		kind := identity.NIK
		if header == identity.KK || header != identity.NIK && col.sixteen >= 30 && col.forty == 0 {
			kind = identity.KK // among 30 persons there is a woman
		}
		say(kind, "identity-number", "share", share(col.sixteen), "rows", col.sixteen)
	case header != "" && n.contradicts(col, header):
		f.NotIdentity = true
		f.Reason = "isi kolom bukan " + string(header)
		n.say(f.Name, "identity-not", "kind", header, "word", word)
		return
	case header != "":
		say(header, "identity-header", "word", word)
	case col.filled > 0 && share(col.places) >= 0.5:
		say(identity.Location, "identity-form", "share", share(col.places))
	case col.filled > 0 && looked(col.emails) >= 0.5:
		say(identity.Email, "identity-form", "share", looked(col.emails))
	case col.filled >= 5 && looked(col.phones) >= 0.8:
		say(identity.Phone, "identity-form", "share", looked(col.phones))
	case n.headless && col.letters && float64(col.regions) < 0.9*float64(col.looked):
		say(identity.Name, "identity-headless")
	case col.hidden > 0 || col.sixteen > 0:
		say(identity.NIK, "identity-within", "rows", col.hidden+col.sixteen)
		f.Treatment = Drop
	}
	if f.Identity == "" {
		return
	}
	f.Sensitivity = Identity
	if f.Treatment != Drop {
		f.Treatment = Usual(f.Identity)
	}
	if f.Treatment == Month && f.Type != Date && f.Type != Datetime {
		f.Treatment = Drop
	}
	if f.Type != String && f.Identity != identity.BirthDate && f.Identity != identity.Location {
		f.Type = String
	}
	n.say(f.Name, "treatment-"+string(f.Treatment), "kind", f.Identity)
	if col.invented > 0 {
		n.say(f.Name, "invented", "rows", col.invented)
	}
}

// contradicts tells whether what a column holds cannot be what its header says.
func (n *infer) contradicts(col *column, header identity.Kind) bool {
	if col.filled == 0 {
		return false
	}
	numeric := col.Kind == source.Whole || col.Kind == source.Real
	switch header {
	case identity.Name, identity.Address, identity.Email:
		// A column "nama" of a table of regions; few values, many rows: a flag. RT and RW
		// are numbers and an address all the same.
		return (header != identity.Address && (numeric || col.Kind == source.Truth)) || float64(col.regions+col.ambiguous) >= 0.9*float64(col.looked) && col.letters
	case identity.NIK, identity.KK, identity.Phone, identity.Account:
		return col.Kind == source.Truth || numeric && col.high < 10_000 || col.Kind == source.Text && col.long < 4 && col.filled >= 20
	case identity.BirthDate:
		return numeric && col.high < 100
	}
	return false
}
